//! The queue, an alert, cases.

use aboveboard_model::{
    access::{Access, Permission, ReadOf},
    alert::{Alert, Disposition, OnDocument, State},
    case::Case,
    id::{AlertId, CaseId, ConversationId, DocumentId, EmployeeId, Index},
    refusal::Refusal,
};
use jiff::tz::TimeZone;
use rusqlite::{Connection, Row, params, params_from_iter, types::Value};

use super::{key_of, key_text, rows_of, true_at};
use crate::{
    Ledger,
    ask::conversations::{message_at, messages_around},
    command::By,
    error::Result,
    fold::{employee, find_alert, find_case},
    view::{
        AlertPage, AlertRow, CasePage, CaseRow, HistoryRow, Page, Place, QueueCounts, QueueFilter, QueueState,
    },
    views::{bits, from_json, index, instant, micros, unbits},
};

/// Messages shown before and after each one with findings.
const AROUND: usize = 6;
/// Messages of an alert's page at most.
const MESSAGES_MAX: usize = 120;

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
            let row = db
                .prepare_cached(
                    "SELECT count(*), coalesce(sum(claimed_by = ?1), 0), coalesce(sum(escalated), 0) FROM alerts WHERE closed = 0",
                )?
                .query_row([me], |row| Ok([row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?]))?;
            let closed: i64 = db
                .prepare_cached("SELECT count(*) FROM alerts WHERE closed = 1 AND closed_at >= ?1")?
                .query_row([micros(midnight)], |row| row.get(0))?;
            let [open, mine, escalated] = row.map(unbits);
            Ok(QueueCounts { open, mine, escalated, closed_today: unbits(closed) })
        })
    }

    /// Everything an alert's page shows. `filter` is the queue it was opened from: it says which alert is next.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub fn alert(&self, access: &Access, id: AlertId, filter: &QueueFilter) -> Result<AlertPage> {
        self.look(access, Permission::AlertRead, ReadOf::Alert(id))?;
        self.inner().views.ask(|db| {
            let alert = find_alert(db, id)?.ok_or(Refusal::NotFound)?;
            let number = number_of(db, id)?;
            let messages = evidence(db, &alert)?;
            let before = match messages.first() {
                Some(first) => db
                    .prepare_cached(
                        "SELECT count(*) FROM messages WHERE conversation = ?1 AND (at, doc) < (?2, ?3)",
                    )?
                    .query_row(
                        params![bits(alert.conversation.0), micros(first.at), bits(first.document.0)],
                        |row| row.get::<_, i64>(0),
                    )
                    .map(unbits)?,
                None => 0,
            };
            let (previous, next) = neighbours(db, access, filter, &alert)?;
            Ok(AlertPage {
                number,
                employee: place(db, alert.employee, alert.last_at)?,
                earlier: earlier(db, &alert)?,
                messages,
                messages_before: before,
                lapsed: lapsed(db, &alert.findings)?,
                history: history(db, &id.to_string())?,
                next,
                previous,
                at: true_at(db)?,
                alert,
            })
        })
    }

    /// A page of cases, newest first.
    ///
    /// # Errors
    /// A refusal by role, or for a key that is none.
    pub fn cases(
        &self,
        access: &Access,
        open: bool,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<CaseRow>> {
        self.need(&By::of(access), Permission::CaseRead)?;
        let limit = rows_of(limit);
        let [after] = key_of::<1>(after)?.unwrap_or([i64::MAX]);
        self.inner().views.ask(|db| {
            let mut rows = db.prepare_cached(
                "SELECT idx, json FROM cases WHERE closed = ?1 AND idx < ?2 ORDER BY idx DESC LIMIT ?3",
            )?;
            let rows = rows.query_map(params![!open, after, limit as i64 + 1], |row| {
                Ok(CaseRow { number: index(row.get(0)?), case: from_json(&row.get::<_, String>(1)?)? })
            })?;
            let rows: Vec<CaseRow> = rows.collect::<rusqlite::Result<_>>()?;
            page(rows, limit, |row| key_text(&[bits(row.number.0)]), true_at(db)?)
        })
    }

    /// Everything a case's page shows.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub fn case(&self, access: &Access, id: CaseId) -> Result<CasePage> {
        self.look(access, Permission::CaseRead, ReadOf::Case(id))?;
        self.inner().views.ask(|db| {
            let case: Case = find_case(db, id)?.ok_or(Refusal::NotFound)?;
            let number = db
                .query_row("SELECT idx FROM cases WHERE id = ?1", [bits(id.0)], |row| row.get(0))
                .map(index)?;
            let mut alerts = Vec::new();
            for alert in &case.alerts {
                alerts.extend(alert_row(db, *alert)?);
            }
            Ok(CasePage { number, alerts, history: history(db, &id.to_string())?, at: true_at(db)?, case })
        })
    }
}

/// Cuts a list that was read one row too far into a page.
pub(super) fn page<T>(
    mut rows: Vec<T>,
    limit: usize,
    key: impl Fn(&T) -> String,
    at: Index,
) -> Result<Page<T>> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = if more { rows.last().map(key) } else { None };
    Ok(Page { rows, next, at })
}

/// The condition and order of a queue, and what goes into the condition.
struct Wanted {
    condition: String,
    values: Vec<Value>,
    closed: bool,
}

fn wanted(access: &Access, filter: &QueueFilter) -> Wanted {
    let mut values = Vec::new();
    let closed = filter.state == QueueState::Closed;
    let mut condition = format!("closed = {}", i32::from(closed));
    let mut and = |test: &str, value: Value| {
        values.push(value);
        condition.push_str(&format!(" AND {}", test.replace('?', &format!("?{}", values.len()))));
    };
    match filter.state {
        QueueState::Open | QueueState::Closed => {}
        QueueState::Mine => {
            and("claimed_by = ?", Value::Integer(access.actor.user().map_or(0, |user| bits(user.0))));
        }
        QueueState::Escalated => and("escalated = ?", Value::Integer(1)),
    }
    if let Some(severity) = filter.severity {
        and("severity >= ?", Value::Integer(severity as i64));
    }
    if let Some(policy) = &filter.policy {
        and("id IN (SELECT alert FROM alert_policies WHERE policy = ?)", Value::Text(policy.clone()));
    }
    if let Some(employee) = filter.employee {
        and("employee = ?", Value::Integer(bits(employee.0)));
    }
    Wanted { condition, values, closed }
}

impl Wanted {
    /// The order, and the columns it is by, so that a key is a place in it.
    fn order(&self, backward: bool) -> (&'static str, &'static str, &'static str) {
        match (self.closed, backward) {
            (false, false) => ("-severity, opened_at, id", "-severity, opened_at, id", ">"),
            (false, true) => ("-severity, opened_at, id", "-severity DESC, opened_at DESC, id DESC", "<"),
            (true, false) => ("0, -closed_at, id", "-closed_at, id", ">"),
            (true, true) => ("0, -closed_at, id", "-closed_at DESC, id DESC", "<"),
        }
    }

    fn ids(
        &self,
        db: &Connection,
        place: Option<[i64; 3]>,
        backward: bool,
        limit: usize,
    ) -> Result<Vec<(i64, [i64; 3])>> {
        let (columns, order, past) = self.order(backward);
        let mut values = self.values.clone();
        let after = place.map_or(String::new(), |place| {
            values.extend(place.map(Value::Integer));
            let first = self.values.len() + 1;
            format!(" AND ({columns}) {past} (?{first}, ?{}, ?{})", first + 1, first + 2)
        });
        let sql = format!(
            "SELECT id, {columns} FROM alerts WHERE {}{after} ORDER BY {order} LIMIT {limit}",
            self.condition
        );
        let mut rows = db.prepare_cached(&sql)?;
        let rows = rows.query_map(params_from_iter(values), |row| {
            Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?]))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

fn queue_page(db: &Connection, access: &Access, filter: &QueueFilter) -> Result<Page<AlertRow>> {
    let limit = rows_of(filter.limit);
    let ids = wanted(access, filter).ids(db, key_of::<3>(filter.after.as_deref())?, false, limit + 1)?;
    let next = (ids.len() > limit).then(|| key_text(&ids[limit - 1].1));
    let mut rows = Vec::with_capacity(limit);
    for (id, _) in ids.iter().take(limit) {
        rows.extend(alert_row(db, AlertId(unbits(*id)))?);
    }
    Ok(Page { rows, next, at: true_at(db)? })
}

/// The alerts before and after one in a queue, whether or not it is still in it.
fn neighbours(
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
        false => [-(alert.severity as i64), micros(alert.opened_at), bits(alert.id.0)],
        true => [0, -closed_at, bits(alert.id.0)],
    };
    let one = |backward| -> Result<Option<AlertId>> {
        Ok(wanted.ids(db, Some(place), backward, 1)?.first().map(|(id, _)| AlertId(unbits(*id))))
    };
    Ok((one(true)?, one(false)?))
}

/// A line of the queue.
pub(super) fn alert_row(db: &Connection, id: AlertId) -> Result<Option<AlertRow>> {
    let Some(alert) = find_alert(db, id)? else { return Ok(None) };
    let mut policies: Vec<(aboveboard_model::finding::Severity, String)> = Vec::new();
    for one in &alert.findings {
        let line = (one.finding.severity, one.finding.title.clone());
        if !policies.contains(&line) {
            policies.push(line);
        }
    }
    policies.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    let mut titles = policies.into_iter().map(|(_, title)| title);
    Ok(Some(AlertRow {
        id,
        number: number_of(db, id)?,
        severity: alert.severity,
        title: titles.next().unwrap_or_default(),
        others: titles.collect(),
        employee: place(db, alert.employee, alert.last_at)?,
        contact: alert.contact,
        conversation: alert.conversation,
        opened_at: alert.opened_at,
        last_at: alert.last_at,
        state: alert.state,
        escalated: alert.escalated,
        case: alert.case,
    }))
}

fn number_of(db: &Connection, id: AlertId) -> Result<Index> {
    Ok(db
        .prepare_cached("SELECT idx FROM alerts WHERE id = ?1")?
        .query_row([bits(id.0)], |row| row.get(0))
        .map(index)?)
}

/// An employee with team and region at an instant.
pub(super) fn place(db: &Connection, id: Option<EmployeeId>, at: jiff::Timestamp) -> Result<Option<Place>> {
    let Some(id) = id else { return Ok(None) };
    let place = employee(db, id)?.and_then(|employee| employee.place_at(at).cloned());
    let (team, region) = place.map(|place| (place.team, place.region)).unzip();
    Ok(Some(Place { employee: id, team, region }))
}

/// Alerts on a conversation, newest first.
pub(super) fn alerts_on(db: &Connection, conversation: ConversationId) -> Result<Vec<AlertRow>> {
    let mut ids =
        db.prepare_cached("SELECT id FROM alerts WHERE conversation = ?1 ORDER BY idx DESC LIMIT 50")?;
    let ids: Vec<i64> =
        ids.query_map([bits(conversation.0)], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut rows = Vec::new();
    for id in ids {
        rows.extend(alert_row(db, AlertId(unbits(id)))?);
    }
    Ok(rows)
}

/// Closed alerts on the same employee before, and how many were true.
fn earlier(db: &Connection, alert: &Alert) -> Result<(u64, u64)> {
    let Some(employee) = alert.employee else { return Ok((0, 0)) };
    let mut rows = db.prepare_cached(
        "SELECT json FROM alerts WHERE employee = ?1 AND closed_at IS NOT NULL AND id <> ?2",
    )?;
    let rows =
        rows.query_map([bits(employee.0), bits(alert.id.0)], |row: &Row<'_>| row.get::<_, String>(0))?;
    let (mut all, mut confirmed) = (0, 0);
    for text in rows {
        let other: Alert = from_json(&text?)?;
        all += 1;
        let is_true = matches!(other.state, State::Closed { disposition: Disposition::True { .. }, .. });
        confirmed += u64::from(is_true);
    }
    Ok((all, confirmed))
}

/// The messages with findings and those around them, oldest first.
fn evidence(db: &Connection, alert: &Alert) -> Result<Vec<crate::view::Message>> {
    let mut documents: Vec<DocumentId> = alert.findings.iter().map(|one| one.document).collect();
    documents.dedup();
    let mut messages: Vec<crate::view::Message> = Vec::new();
    for document in documents {
        let Some(message) = message_at(db, document)? else { continue };
        for message in messages_around(db, &message, AROUND)? {
            if messages.len() < MESSAGES_MAX
                && !messages.iter().any(|known| known.document == message.document)
            {
                messages.push(message);
            }
        }
    }
    messages.sort_by_key(|message| (message.at, bits(message.document.0)));
    Ok(messages)
}

/// Which findings their documents bear out no more: the revision is gone, and those that took its place were judged
/// without it.
fn lapsed(db: &Connection, findings: &[OnDocument]) -> Result<Vec<bool>> {
    let judged = crate::ledger::judged_upto(db)?;
    let mut standing = db.prepare_cached(
        "SELECT count(*), coalesce(sum(d.revision = ?2 OR d.changed > ?4 OR NOT d.live OR f.doc IS NOT NULL), 0) \
         FROM documents d LEFT JOIN findings f ON f.doc = d.doc AND f.revision = d.revision AND f.policy = ?3 \
         WHERE d.doc = ?1",
    )?;
    let mut lapsed = Vec::with_capacity(findings.len());
    for one in findings {
        let (revisions, bear_it_out): (i64, i64) = standing
            .query_row(params![bits(one.document.0), one.revision, one.finding.policy, judged], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        lapsed.push(revisions > 0 && bear_it_out == 0);
    }
    Ok(lapsed)
}

fn history<E: serde::de::DeserializeOwned>(db: &Connection, aggregate: &str) -> Result<Vec<HistoryRow<E>>> {
    let mut rows = db.prepare_cached(
        "SELECT idx, at, actor, event FROM history WHERE aggregate = ?1 ORDER BY idx LIMIT 1000",
    )?;
    let rows = rows.query_map([aggregate], |row| {
        Ok(HistoryRow {
            index: index(row.get(0)?),
            at: instant(row.get(1)?),
            actor: from_json(&row.get::<_, String>(2)?)?,
            event: from_json(&row.get::<_, String>(3)?)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
