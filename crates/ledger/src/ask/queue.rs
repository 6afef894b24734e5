//! The queue: which alerts, in which order, how many; and the choices of it that people saved.

use aboveboard_model::{
    access::{Access, Permission, ReadOf},
    alert::{Alert, State},
    id::{AlertId, UserId},
    queue::Queue,
};
use jiff::tz::TimeZone;
use rusqlite::{Connection, params, params_from_iter, types::Value};

use super::{alerts::alert_row, key_of, key_text, own::Own, rows_of, true_at};
use crate::{
    Ledger,
    command::By,
    error::Result,
    view::{AlertRow, Page, QueueChoices, QueueCounts, QueueFilter, QueueState},
    views::{bits, from_json, micros, unbits},
};

/// Alerts counted one by one; of more it is said that there are more.
pub const COUNTED_MAX: u64 = 10_000;
/// Teams or regions that a queue can be narrowed by.
const CHOICES_MAX: usize = 200;
/// Saved queues that one person sees.
const QUEUES_MAX: i64 = 200;

impl Ledger {
    /// A page of the queue: without outcome worst first, then oldest; with outcome newest first.
    ///
    /// # Errors
    /// A refusal by role, or for a key that is none.
    pub fn queue(&self, access: &Access, filter: &QueueFilter) -> Result<Page<AlertRow>> {
        let page = self.inner().views.ask(|db| queue_page(db, access, filter))?;
        let shown = u32::try_from(page.rows.len()).unwrap_or(u32::MAX);
        self.look(access, Permission::AlertRead, ReadOf::Queue(shown))?;
        Ok(page)
    }

    /// Counts over the queue.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn queue_counts(&self, by: &By) -> Result<QueueCounts> {
        let now = self.now();
        let midnight = now.to_zoned(TimeZone::UTC).start_of_day().map_or(now, |day| day.timestamp());
        self.plain(by, Permission::AlertRead, |db| {
            let me = by.actor.user().map_or(0, |user| bits(user.0));
            let others = Own::of(by.employee).condition("id");
            let open = db
                .prepare_cached(&format!(
                    "SELECT count(*), coalesce(sum(claimed_by = ?1), 0), coalesce(sum(escalated), 0) \
                     FROM alerts INDEXED BY alerts_open WHERE closed = 0{others}",
                ))?
                .query_row([me], |row| Ok([row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?]))?;
            let closed = db
                .prepare_cached(&format!(
                    "SELECT count(*), coalesce(sum(claimed_by = ?2), 0), coalesce(sum(outcome = 'true'), 0) \
                     FROM alerts INDEXED BY alerts_closed WHERE closed = 1 AND closed_at >= ?1{others}",
                ))?
                .query_row([micros(midnight), me], |row| {
                    Ok([row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?])
                })?;
            let ([open, mine, escalated], [all, own, confirmed]) = (open.map(unbits), closed.map(unbits));
            Ok(QueueCounts {
                open,
                mine,
                escalated,
                closed_today: all,
                closed_today_by_me: own,
                closed_today_true: confirmed,
            })
        })
    }

    /// How many alerts a choice shows, up to [`COUNTED_MAX`] and one more.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn queue_count(&self, access: &Access, filter: &QueueFilter) -> Result<u64> {
        self.plain(&By::of(access), Permission::AlertRead, |db| wanted(access, filter).count(db))
    }

    /// Teams and regions of the alerts without outcome.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn queue_choices(&self, by: &By) -> Result<QueueChoices> {
        self.plain(by, Permission::AlertRead, |db| {
            let own = Own::of(by.employee);
            Ok(QueueChoices { teams: different(db, "team", own)?, regions: different(db, "region", own)? })
        })
    }

    /// The saved queues that somebody sees: their own, then shared ones, each by name.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn saved_queues(&self, by: &By) -> Result<Vec<Queue>> {
        let me = by.actor.user().unwrap_or(UserId(0));
        self.plain(by, Permission::AlertRead, |db| {
            let mut rows = db.prepare_cached(
                "SELECT json FROM queues WHERE owner = ?1 OR shared = 1 ORDER BY owner <> ?1, name, id LIMIT ?2",
            )?;
            let rows =
                rows.query_map(params![bits(me.0), QUEUES_MAX], |row| from_json(&row.get::<_, String>(0)?))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// Every value of a column of the alerts without outcome, one step of its index for each.
fn different(db: &Connection, column: &str, own: Own) -> Result<Vec<String>> {
    let others = own.condition("id");
    let next = |past: &str| format!("SELECT min({column}) FROM alerts WHERE closed = 0{past}{others}");
    let sql = format!(
        "WITH RECURSIVE each(value) AS ({} UNION ALL SELECT ({}) FROM each WHERE value IS NOT NULL) \
         SELECT value FROM each WHERE value IS NOT NULL LIMIT {CHOICES_MAX}",
        next(""),
        next(&format!(" AND {column} > each.value")),
    );
    let mut rows = db.prepare_cached(&sql)?;
    let rows = rows.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Where alerts are looked for, the condition they meet, what goes into it, and their order.
struct Wanted {
    tables: &'static str,
    condition: String,
    values: Vec<Value>,
    closed: bool,
    by_policy: bool,
}

fn wanted(access: &Access, filter: &QueueFilter) -> Wanted {
    let closed = filter.state == QueueState::Closed;
    let is_narrow = filter.team.is_some() || filter.region.is_some();
    let is_about = filter.employee.is_some() || filter.contact.is_some();
    let by_policy = filter.policy.is_some() && !closed && !is_narrow && !is_about;
    let mut wanted = Wanted {
        // From the side of the policy, so that the order comes from its index and rare policies are found at once; but
        // not where another index holds fewer.
        tables: if by_policy { "alert_policies p CROSS JOIN alerts a ON a.id = p.alert" } else { "alerts a" },
        condition: if by_policy {
            "p.closed = 0".to_owned()
        } else {
            format!("a.closed = {}", i32::from(closed))
        },
        values: vec![],
        closed,
        by_policy,
    };
    wanted.condition.push_str(&Own::of(access.employee).condition("a.id"));
    wanted.narrow_by_state(access, filter.state);
    if let Some(policy) = &filter.policy {
        let test = if by_policy {
            "p.policy = ?"
        } else {
            "EXISTS (SELECT 1 FROM alert_policies WHERE alert = a.id AND policy = ?)"
        };
        wanted.and(test, Value::Text(policy.clone()));
    }
    if let Some(severity) = filter.severity {
        wanted.and(if by_policy { "p.rank <= ?" } else { "a.rank <= ?" }, Value::Integer(-(severity as i64)));
    }
    let ids = [
        ("a.employee = ?", filter.employee.map(|employee| bits(employee.0))),
        ("a.contact = ?", filter.contact.map(|contact| bits(contact.0))),
        ("a.opened_at < ?", filter.opened_before.map(micros)),
    ];
    for (test, value) in ids {
        if let Some(value) = value {
            wanted.and(test, Value::Integer(value));
        }
    }
    for (test, value) in [("a.team = ?", &filter.team), ("a.region = ?", &filter.region)] {
        if let Some(value) = value {
            wanted.and(test, Value::Text(value.clone()));
        }
    }
    match filter.claimed {
        Some(true) => wanted.condition.push_str(" AND a.claimed_by IS NOT NULL"),
        Some(false) => wanted.condition.push_str(" AND a.claimed_by IS NULL"),
        None => {}
    }
    wanted
}

impl Wanted {
    fn and(&mut self, test: &str, value: Value) {
        self.values.push(value);
        self.condition.push_str(&format!(" AND {}", test.replace('?', &format!("?{}", self.values.len()))));
    }

    fn narrow_by_state(&mut self, access: &Access, state: QueueState) {
        match state {
            QueueState::Open | QueueState::Closed => {}
            QueueState::Mine => {
                let me = access.actor.user().map_or(0, |user| bits(user.0));
                self.and("a.claimed_by = ?", Value::Integer(me));
            }
            QueueState::Escalated => self.condition.push_str(" AND a.escalated = 1"),
        }
    }

    /// The columns of the order, as every index of the queue has them.
    fn columns(&self) -> &'static [&'static str] {
        match (self.closed, self.by_policy) {
            (true, _) => &["a.closed_at", "a.id"],
            (false, true) => &["p.rank", "p.opened_at", "p.alert"],
            (false, false) => &["a.rank", "a.opened_at", "a.id"],
        }
    }

    fn ids(
        &self,
        db: &Connection,
        place: Option<&[i64]>,
        backward: bool,
        limit: usize,
    ) -> Result<Vec<(i64, Vec<i64>)>> {
        let columns = self.columns();
        // Closed ones stand newest first, so that forward is downward.
        let (past, direction) = if self.closed == backward { (">", "") } else { ("<", " DESC") };
        let mut values = self.values.clone();
        let after = place.map_or(String::new(), |place| {
            let holes: Vec<String> = (1..=place.len()).map(|at| format!("?{}", values.len() + at)).collect();
            values.extend(place.iter().map(|value| Value::Integer(*value)));
            format!(" AND ({}) {past} ({})", columns.join(", "), holes.join(", "))
        });
        let order: Vec<String> = columns.iter().map(|column| format!("{column}{direction}")).collect();
        let sql = format!(
            "SELECT a.id, {} FROM {} WHERE {}{after} ORDER BY {} LIMIT {limit}",
            columns.join(", "),
            self.tables,
            self.condition,
            order.join(", ")
        );
        let mut rows = db.prepare_cached(&sql)?;
        let rows = rows.query_map(params_from_iter(values), |row| {
            let key: rusqlite::Result<Vec<i64>> = (1..=columns.len()).map(|at| row.get(at)).collect();
            Ok((row.get(0)?, key?))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn count(&self, db: &Connection) -> Result<u64> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {} WHERE {} LIMIT {})",
            self.tables,
            self.condition,
            COUNTED_MAX + 1
        );
        let count =
            db.prepare_cached(&sql)?.query_row(params_from_iter(self.values.clone()), |row| row.get(0));
        Ok(unbits(count?))
    }

    /// A page's key from its text: closed ones have one column less.
    fn key(&self, after: Option<&str>) -> Result<Option<Vec<i64>>> {
        Ok(match self.closed {
            true => key_of::<2>(after)?.map(|key| key.to_vec()),
            false => key_of::<3>(after)?.map(|key| key.to_vec()),
        })
    }
}

fn queue_page(db: &Connection, access: &Access, filter: &QueueFilter) -> Result<Page<AlertRow>> {
    let limit = rows_of(filter.limit);
    let wanted = wanted(access, filter);
    let after = wanted.key(filter.after.as_deref())?;
    let ids = wanted.ids(db, after.as_deref(), false, limit + 1)?;
    let next = (ids.len() > limit).then(|| key_text(&ids[limit - 1].1));
    let mut rows = Vec::with_capacity(limit);
    for (id, _) in ids.iter().take(limit) {
        rows.extend(alert_row(db, AlertId(unbits(*id)), Own::NOBODYS)?);
    }
    Ok(Page { rows, next, at: true_at(db)? })
}

/// The alerts before and after one in a queue, whether or not it is still in it.
pub(super) fn neighbours(
    db: &Connection,
    access: &Access,
    filter: &QueueFilter,
    alert: &Alert,
) -> Result<(Option<AlertId>, Option<AlertId>)> {
    let wanted = wanted(access, filter);
    let closed_at = match &alert.state {
        State::Closed { at, .. } => micros(*at),
        _ => i64::MAX,
    };
    let place = match wanted.closed {
        false => vec![-(alert.severity as i64), micros(alert.opened_at), bits(alert.id.0)],
        true => vec![closed_at, bits(alert.id.0)],
    };
    let one = |backward| -> Result<Option<AlertId>> {
        Ok(wanted.ids(db, Some(&place), backward, 1)?.first().map(|(id, _)| AlertId(unbits(*id))))
    };
    Ok((one(true)?, one(false)?))
}
