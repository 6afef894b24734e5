//! Sources, business numbers, and shapes that the reader does not know.

use aboveboard_model::{
    access::Permission,
    connection::{self, Errand},
    id::{NumberId, SourceId},
    item::Number,
    personal::Secret,
    refusal::Refusal,
    source::Source,
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::{
    Ledger,
    command::By,
    error::Result,
    fold::{accountable, find_connection, find_source},
    view::{NumberRow, SourceRow, UnknownRow, WAITING_MAX},
    views::{bits, from_json, index, instant, unbits},
};

/// Shapes listed.
const UNKNOWN_ROWS_MAX: i64 = 500;
/// How often the platform is asked whether everything is still as it must be.
const LOOK_EVERY: SignedDuration = SignedDuration::from_hours(24);
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

    /// What a source's handshake has to say, for whoever tells it to the platform.
    ///
    /// # Errors
    /// A refusal by role, or where there is no such source.
    pub fn verify_token(&self, by: &By, id: SourceId) -> Result<Secret> {
        self.plain(by, Permission::SourceWrite, |db| {
            let source = find_source(db, &self.inner().store, id)?;
            Ok(source.ok_or(Refusal::NotFound)?.verify_token)
        })
    }

    /// Sources at whose platform something is to be done: what was asked for, and a look once a day.
    ///
    /// # Errors
    /// The views' and the archive's.
    pub fn errands(&self) -> Result<Vec<(Source, Option<Errand>)>> {
        let now = self.now();
        self.inner().views.ask(|db| {
            let mut rows = db.prepare_cached("SELECT id, json FROM connections ORDER BY id")?;
            let rows: Vec<(i64, String)> =
                rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
            let mut due = Vec::new();
            for (id, text) in rows {
                let Some(errand) = errand_of(&from_json(&text)?, now) else { continue };
                let source = find_source(db, &self.inner().store, SourceId(unbits(id)))?;
                due.extend(source.map(|source| (source, errand)));
            }
            Ok(due)
        })
    }

    /// Business numbers that were heard of, by number.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn numbers(&self, by: &By) -> Result<Vec<NumberRow>> {
        let now = self.now();
        self.plain(by, Permission::SourceRead, |db| {
            let rows = numbers_where(db, "TRUE ORDER BY number LIMIT ?1", [NUMBER_ROWS_MAX], now)?;
            Ok(rows.into_iter().map(|(_, row)| row).collect())
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

/// What is to be done at a platform, if anything is: an errand, or the daily look (`Some(None)`) where the last one had a
/// token that was good.
fn errand_of(connection: &connection::Connection, now: Timestamp) -> Option<Option<Errand>> {
    if let Some((errand, _)) = connection.errand {
        return Some(Some(errand));
    }
    let (report, looked_at) = connection.report.as_ref()?;
    (report.token.is_some() && now.duration_since(*looked_at) >= LOOK_EVERY).then_some(None)
}

fn source_row(db: &Connection, source: Source, now: Timestamp) -> Result<SourceRow> {
    let (last_at, unread): (Option<i64>, i64) = db
        .prepare_cached(
            "SELECT (SELECT max(at) FROM deliveries WHERE source = ?1), \
             (SELECT count(*) FROM deliveries WHERE items IS NULL AND source = ?1)",
        )?
        .query_row([bits(source.id.0)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let heard: Option<(i64, i64)> = db
        .prepare_cached("SELECT deliveries, messages FROM heard WHERE source = ?1")?
        .query_row([bits(source.id.0)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (deliveries, messages) = heard.unwrap_or_default();
    let former = source.secrets.iter().filter_map(|dated| dated.until).filter(|until| now < *until);
    Ok(SourceRow {
        id: source.id,
        secrets: source.secrets_at(now).count(),
        overlap_until: former.max(),
        name: source.name,
        connector: source.connector,
        has_access_token: source.access_token.is_some(),
        graph_url: source.graph_url,
        account: source.account,
        number: source.number,
        connection: find_connection(db, source.id)?,
        deliveries: unbits(deliveries),
        last_at: last_at.map(instant),
        unread: unbits(unread),
        messages: unbits(messages),
    })
}

/// Which of the numbers a question is about; parameters are a key that they come after, and rows at most.
pub(super) fn numbers_where(
    db: &Connection,
    condition: &str,
    params: impl Params,
    now: Timestamp,
) -> Result<Vec<(String, NumberRow)>> {
    let text = format!(
        "SELECT number, id, source, json, display, first_at, last_at, received, sent, unknown, unavailable, awaited, lost, \
         gap_at, gap_reason, (SELECT count(*) FROM (SELECT 1 FROM items i WHERE i.number = n.number AND waits = 1 \
         LIMIT {WAITING_MAX})) FROM numbers n WHERE number <> '' AND {condition}"
    );
    let mut rows = db.prepare_cached(&text)?;
    let rows: Vec<(String, NumberRow)> =
        rows.query_map(params, number_row)?.collect::<rusqlite::Result<_>>()?;
    let known = |(key, row): (String, NumberRow)| {
        let employee = accountable(db, &key, now)?;
        Ok((key, NumberRow { employee, ..row }))
    };
    rows.into_iter().map(known).collect()
}

fn number_row(row: &Row<'_>) -> rusqlite::Result<(String, NumberRow)> {
    let gap_at: Option<i64> = row.get(13)?;
    let reason: Option<String> = row.get(14)?;
    let mut number: Number = from_json(&row.get::<_, String>(3)?)?;
    number.display = number.display.or(row.get(4)?);
    let number = NumberRow {
        id: NumberId(unbits(row.get(1)?)),
        source: SourceId(unbits(row.get(2)?)),
        number,
        employee: None,
        first_at: instant(row.get(5)?),
        last_at: instant(row.get(6)?),
        received: unbits(row.get(7)?),
        sent: unbits(row.get(8)?),
        unknown: unbits(row.get(9)?),
        unavailable: unbits(row.get(10)?),
        media_waiting: unbits(row.get(11)?),
        media_failed: unbits(row.get(12)?),
        waiting: unbits(row.get(15)?),
        gap: gap_at.map(|at| (instant(at), reason.unwrap_or_default())),
    };
    Ok((row.get(0)?, number))
}
