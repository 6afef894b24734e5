//! The figures of the first page: what was captured, what was alerted and how that turned out, and how long things wait. They are
//! kept by the fold, or counted in an index of what is open; none names a person or what anybody wrote.

use aboveboard_model::{access::Permission, finding::Severity, id::AlertId};
use jiff::{SignedDuration, Timestamp};

use super::{coverage::start, own::Own, rows_of};
use crate::{
    Ledger,
    command::By,
    error::Result,
    fold::HOUR_MICROS,
    view::{Ageing, AlertHour, OpenAlert},
    views::{instant, micros, unbits},
};

/// Ages in hours at which a wait counts as another kind of wait.
const AGES: [i64; 3] = [24, 72, 168];

impl Ledger {
    /// Messages captured since an instant, hour by hour over all numbers, by when they were written.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn captured(&self, by: &By, from: Timestamp) -> Result<Vec<(Timestamp, u64)>> {
        self.plain(by, Permission::SourceRead, |db| {
            let mut rows =
                db.prepare_cached("SELECT hour, messages FROM captured WHERE hour >= ?1 ORDER BY hour")?;
            let rows = rows.query_map([micros(from).div_euclid(HOUR_MICROS)], |row| {
                Ok((start(row.get(0)?), unbits(row.get(1)?)))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Alerts opened and closed since an instant, hour by hour; those about who asks too, since they say nothing of whom.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn alert_hours(&self, by: &By, from: Timestamp) -> Result<Vec<AlertHour>> {
        self.plain(by, Permission::AlertFigures, |db| {
            let mut rows = db.prepare_cached(
                "SELECT hour, opened, confirmed, dismissed FROM alert_hours WHERE hour >= ?1 ORDER BY hour",
            )?;
            let rows = rows.query_map([micros(from).div_euclid(HOUR_MICROS)], |row| {
                Ok(AlertHour {
                    at: start(row.get(0)?),
                    opened: unbits(row.get(1)?),
                    confirmed: unbits(row.get(2)?),
                    dismissed: unbits(row.get(3)?),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How long alerts without outcome have waited.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn ageing(&self, by: &By) -> Result<Ageing> {
        let now = self.now();
        self.plain(by, Permission::AlertFigures, |db| {
            let mut counts = db.prepare_cached(&format!(
                "SELECT coalesce(sum(opened_at > ?1), 0), coalesce(sum(opened_at <= ?1 AND opened_at > ?2), 0), \
                 coalesce(sum(opened_at <= ?2 AND opened_at > ?3), 0), coalesce(sum(opened_at <= ?3), 0), \
                 coalesce(sum(claimed_by IS NULL), 0), coalesce(sum(escalated), 0), min(opened_at) \
                 FROM alerts WHERE closed = 0{}",
                Own::of(by.employee).condition("id")
            ))?;
            let before = AGES.map(|hours| micros(now - SignedDuration::from_hours(hours)));
            Ok(counts.query_row(before, |row| {
                Ok(Ageing {
                    a_day: unbits(row.get(0)?),
                    three_days: unbits(row.get(1)?),
                    a_week: unbits(row.get(2)?),
                    longer: unbits(row.get(3)?),
                    unclaimed: unbits(row.get(4)?),
                    escalated: unbits(row.get(5)?),
                    oldest_at: row.get::<_, Option<i64>>(6)?.map(instant),
                })
            })?)
        })
    }

    /// The open alerts that have waited longest, without anything of what they are about.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn oldest_alerts(&self, by: &By, limit: usize) -> Result<Vec<OpenAlert>> {
        self.plain(by, Permission::AlertRead, |db| {
            let mut rows = db.prepare_cached(&format!(
                "SELECT id, idx, rank, opened_at, claimed_by IS NOT NULL FROM alerts \
                 WHERE closed = 0{} ORDER BY opened_at, id LIMIT ?1",
                Own::of(by.employee).condition("id")
            ))?;
            let rows = rows.query_map([i64::try_from(rows_of(limit)).unwrap_or(1)], |row| {
                let rank: i64 = row.get(2)?;
                Ok(OpenAlert {
                    id: AlertId(unbits(row.get(0)?)),
                    number: unbits(row.get(1)?),
                    severity: severity(rank),
                    opened_at: instant(row.get(3)?),
                    is_claimed: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// The severity that the views hold negated, so that the worst comes first.
fn severity(rank: i64) -> Severity {
    Severity::ALL.iter().copied().find(|one| -(*one as i64) == rank).unwrap_or(Severity::Low)
}
