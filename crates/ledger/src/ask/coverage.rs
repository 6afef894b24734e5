//! What was captured of each number, hour by hour, where capture stopped, and who was turned away. Counts only: who may see
//! sources may see them. The fold keeps them by the hour; no question counts messages.

use aboveboard_model::{
    access::Permission,
    connection::Turned,
    id::{NumberId, SourceId},
    refusal::Refusal,
};
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{rows_of, sources::numbers_where, true_at};
use crate::{
    Ledger,
    command::By,
    error::Result,
    fold::HOUR_MICROS,
    view::{
        CoverageFilter, CoverageRow, Gap, Hour, NumberCounts, NumberRow, Page, SILENT_AFTER, TurnedAwayHour,
    },
    views::{bits, instant, micros, unbits},
};

/// Hours that one question covers for one number, the last ones: a little over half a year.
const HOURS_MAX: i64 = 24 * 190;
/// Gaps listed for one number, the newest.
const GAPS_MAX: i64 = 200;
/// Rows of those who were turned away, the newest.
const TURNED_ROWS_MAX: i64 = 5_000;

/// A number, and not an account that a source names in the place of one.
macro_rules! is_number {
    () => {
        "number <> '' AND number IS NOT json_extract(json, '$.account')"
    };
}

/// Nobody is accountable at ?2.
macro_rules! is_unassigned {
    () => {
        "(SELECT employee FROM assignments a WHERE a.number = n.number AND from_at <= ?2 \
         ORDER BY from_at DESC, idx DESC LIMIT 1) IS NULL"
    };
}

impl Ledger {
    /// How many numbers there are of each kind.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn number_counts(&self, by: &By) -> Result<NumberCounts> {
        let now = self.now();
        self.plain(by, Permission::SourceRead, |db| {
            let mut counts = db.prepare_cached(concat!(
                "SELECT count(*), coalesce(sum(gap_at IS NOT NULL), 0), coalesce(sum(last_at < ?1), 0), coalesce(sum(",
                is_unassigned!(),
                "), 0), coalesce(sum(awaited + lost > 0), 0) FROM numbers n WHERE ",
                is_number!()
            ))?;
            let count = |row: &rusqlite::Row<'_>, at: usize| Ok::<_, rusqlite::Error>(unbits(row.get(at)?));
            Ok(counts.query_row([micros(now - SILENT_AFTER), micros(now)], |row| {
                Ok(NumberCounts {
                    all: count(row, 0)?,
                    stopped: count(row, 1)?,
                    silent: count(row, 2)?,
                    unassigned: count(row, 3)?,
                    files_missing: count(row, 4)?,
                })
            })?)
        })
    }

    /// Coverage of numbers up to now, by number.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn coverage(&self, by: &By, filter: &CoverageFilter) -> Result<Page<CoverageRow>> {
        let now = self.now();
        self.plain(by, Permission::SourceRead, |db| {
            let limit = rows_of(filter.limit);
            let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
            let after = filter.after.map_or(0, |after| bits(after.0));
            let params = params![micros(now - SILENT_AFTER), micros(now), after, filter.numbers.word(), rows];
            let mut numbers = numbers_where(db, CHOSEN, params, now)?;
            let more = numbers.len() > limit;
            numbers.truncate(limit);
            let next = numbers.last().filter(|_| more).map(|(_, number)| number.id.to_string());
            let hours = hours_of(filter.from, now);
            let rows = numbers.into_iter().map(|number| covered(db, number, hours));
            Ok(Page { rows: rows.collect::<Result<_>>()?, next, at: true_at(db)? })
        })
    }

    /// Coverage of one number from an instant up to now.
    ///
    /// # Errors
    /// A refusal by role, or where the number was never heard of.
    pub fn coverage_of(&self, by: &By, number: NumberId, from: Timestamp) -> Result<CoverageRow> {
        let now = self.now();
        self.plain(by, Permission::SourceRead, |db| {
            let found = numbers_where(db, "id = ?1 LIMIT 1", [bits(number.0)], now)?.pop();
            covered(db, found.ok_or(Refusal::NotFound)?, hours_of(from, now))
        })
    }

    /// Who was turned away at the addresses of sources since an instant, by source and hour, newest first.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn turned_away(&self, by: &By, from: Timestamp) -> Result<Vec<TurnedAwayHour>> {
        let (first, last) = hours_of(from, self.now());
        self.plain(by, Permission::SourceRead, |db| {
            let mut rows = db.prepare_cached(
                "SELECT source, hour, why, times FROM turned_away WHERE hour BETWEEN ?1 AND ?2 \
                 ORDER BY hour DESC, source, why LIMIT ?3",
            )?;
            let rows = rows.query_map([first, last, TURNED_ROWS_MAX], |row| {
                let why = Turned::from_word(&row.get::<_, String>(2)?);
                let (source, at) = (SourceId(unbits(row.get(0)?)), start(row.get(1)?));
                let times = unbits(row.get(3)?);
                Ok(why.map(|why| TurnedAwayHour { source, at, why, times }))
            })?;
            let rows: Vec<Option<TurnedAwayHour>> = rows.collect::<rusqlite::Result<_>>()?;
            Ok(rows.into_iter().flatten().collect())
        })
    }
}

/// Numbers of a kind after one of them: ?1 since when one is silent, ?2 now, ?3 the one, ?4 the kind, ?5 rows.
const CHOSEN: &str = concat!(
    is_number!(),
    " AND number > coalesce((SELECT number FROM numbers WHERE id = ?3), '') AND CASE ?4 \
     WHEN 'stopped' THEN gap_at IS NOT NULL WHEN 'silent' THEN last_at < ?1 WHEN 'unassigned' THEN ",
    is_unassigned!(),
    " WHEN 'files' THEN awaited + lost > 0 ELSE TRUE END ORDER BY number LIMIT ?5"
);

/// The first and the last hour of a time.
fn hours_of(from: Timestamp, until: Timestamp) -> (i64, i64) {
    let [first, last] = [from, until].map(|at| micros(at).div_euclid(HOUR_MICROS));
    (first.max(last - HOURS_MAX), last)
}

/// When an hour since 1970 UTC began.
pub(super) fn start(hour: i64) -> Timestamp {
    instant(hour.saturating_mul(HOUR_MICROS))
}

fn covered(
    db: &Connection,
    (key, number): (String, NumberRow),
    (first, last): (i64, i64),
) -> Result<CoverageRow> {
    let mut rows = db.prepare_cached(
        "SELECT hour, received, sent, edited, revoked, unavailable, unknown, missing FROM hours \
         WHERE number = ?1 AND hour BETWEEN ?2 AND ?3 ORDER BY hour",
    )?;
    let rows = rows.query_map(params![key, first, last], |row| {
        Ok(Hour {
            at: start(row.get(0)?),
            received: unbits(row.get(1)?),
            sent: unbits(row.get(2)?),
            edited: unbits(row.get(3)?),
            revoked: unbits(row.get(4)?),
            unavailable: unbits(row.get(5)?),
            unknown: unbits(row.get(6)?),
            media_missing: unbits(row.get(7)?),
        })
    })?;
    let hours = rows.collect::<rusqlite::Result<_>>()?;
    Ok(CoverageRow { number, hours, gaps: gaps(db, &key, first)? })
}

/// Gaps that are open or ended after an hour, newest first.
fn gaps(db: &Connection, key: &str, first: i64) -> Result<Vec<Gap>> {
    let mut rows = db.prepare_cached(
        "SELECT from_at, until_at, reason FROM gaps WHERE number = ?1 AND coalesce(until_at, ?2) >= ?2 \
         ORDER BY from_at DESC LIMIT ?3",
    )?;
    let rows = rows.query_map(params![key, first.saturating_mul(HOUR_MICROS), GAPS_MAX], |row| {
        Ok(Gap {
            from: instant(row.get(0)?),
            until: row.get::<_, Option<i64>>(1)?.map(instant),
            reason: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
