//! Sources, business numbers, and shapes that the reader does not know.

use aboveboard_model::{access::Permission, id::SourceId, source::Source};
use rusqlite::{Connection, Row};

use crate::{
    Ledger,
    command::By,
    error::Result,
    fold::{accountable, find_source},
    view::{NumberRow, SourceRow, UnknownRow},
    views::{bits, from_json, index, instant, unbits},
};

/// Shapes listed.
const UNKNOWN_ROWS_MAX: i64 = 500;
/// Numbers listed.
const NUMBER_ROWS_MAX: i64 = 5_000;

impl Ledger {
    /// Sources, without their secrets.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn sources(&self, by: &By) -> Result<Vec<SourceRow>> {
        let now = self.now();
        self.plain(by, Permission::SourceRead, |db| {
            let mut ids = db.prepare_cached("SELECT DISTINCT id FROM sources ORDER BY id")?;
            let ids: Vec<i64> = ids.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            let mut rows = Vec::with_capacity(ids.len());
            for id in ids {
                let source = find_source(db, &self.inner().store, SourceId(unbits(id)))?;
                rows.extend(source.map(|source| source_row(db, source, now)).transpose()?);
            }
            Ok(rows)
        })
    }

    /// Business numbers that were heard of, by number.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn numbers(&self, by: &By) -> Result<Vec<NumberRow>> {
        let now = self.now();
        self.plain(by, Permission::SourceRead, |db| {
            let mut rows = db.prepare_cached(
                "SELECT number, json, first_at, last_at, received, sent, unknown, unavailable, gap_at, gap_reason, \
                 (SELECT count(*) FROM media m WHERE m.number = numbers.number AND entry IS NULL AND failed IS NULL), \
                 (SELECT count(*) FROM media m WHERE m.number = numbers.number AND failed IS NOT NULL), \
                 (SELECT count(*) FROM items i WHERE i.number = numbers.number AND waits = 1) \
                 FROM numbers WHERE number <> '' ORDER BY number LIMIT ?1",
            )?;
            let rows: Vec<(String, NumberRow)> =
                rows.query_map([NUMBER_ROWS_MAX], number_row)?.collect::<rusqlite::Result<_>>()?;
            let mut numbers = Vec::with_capacity(rows.len());
            for (key, row) in rows {
                numbers.push(NumberRow { employee: accountable(db, &key, now)?, ..row });
            }
            Ok(numbers)
        })
    }

    /// Shapes that the reader does not know, the most frequent first.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn unknown(&self, by: &By) -> Result<Vec<UnknownRow>> {
        self.plain(by, Permission::SourceRead, |db| {
            let mut rows = db
                .prepare_cached("SELECT what, count, last FROM unknown ORDER BY count DESC, what LIMIT ?1")?;
            let rows = rows.query_map([UNKNOWN_ROWS_MAX], |row| {
                Ok(UnknownRow { what: row.get(0)?, count: unbits(row.get(1)?), last: index(row.get(2)?) })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

fn source_row(db: &Connection, source: Source, now: jiff::Timestamp) -> Result<SourceRow> {
    let (deliveries, last_at, unread): (i64, Option<i64>, i64) = db
        .prepare_cached(
            "SELECT count(*), max(at), coalesce(sum(items IS NULL), 0) FROM deliveries WHERE source = ?1",
        )?
        .query_row([bits(source.id.0)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(SourceRow {
        id: source.id,
        secrets: source.secrets_at(now).count(),
        name: source.name,
        connector: source.connector,
        has_access_token: source.access_token.is_some(),
        graph_url: source.graph_url,
        deliveries: unbits(deliveries),
        last_at: last_at.map(instant),
        unread: unbits(unread),
    })
}

fn number_row(row: &Row<'_>) -> rusqlite::Result<(String, NumberRow)> {
    let gap_at: Option<i64> = row.get(8)?;
    let reason: Option<String> = row.get(9)?;
    let number = NumberRow {
        number: from_json(&row.get::<_, String>(1)?)?,
        employee: None,
        first_at: instant(row.get(2)?),
        last_at: instant(row.get(3)?),
        received: unbits(row.get(4)?),
        sent: unbits(row.get(5)?),
        unknown: unbits(row.get(6)?),
        unavailable: unbits(row.get(7)?),
        media_waiting: unbits(row.get(10)?),
        media_failed: unbits(row.get(11)?),
        waiting: unbits(row.get(12)?),
        gap: gap_at.map(|at| (instant(at), reason.unwrap_or_default())),
    };
    Ok((row.get(0)?, number))
}
