//! What somebody wants of the registry. What would quiet an open alert counts only once a second person has confirmed it,
//! whichever way it was asked for.

use std::collections::BTreeSet;

use aboveboard_model::{
    event::Event,
    id::{AlertId, EmployeeId, Index},
    refusal::Refusal,
    registry::{self, Entry, Kind, Terms},
};
use jiff::Timestamp;
use rusqlite::{Connection, Params, params};

use crate::{
    command::By,
    error::Result,
    fold::{assignments_of, entries_under, find_alert, find_entry, names_of, span},
    views::{bits, unbits},
};

/// Open alerts that are looked at for one entry.
const TOUCHED_MAX: i64 = 50;

/// Adds entries: those that are there already change nothing.
pub(super) fn add(db: &Connection, by: &By, from: Option<AlertId>, entries: &[Entry]) -> Result<Vec<Event>> {
    if let Some(alert) = from
        && find_alert(db, alert)?.is_none()
    {
        return Err(Refusal::NotFound.into());
    }
    let is_watched = is_watched(db, by)?;
    let mut events = Vec::new();
    for entry in entries {
        let held = entries_under(db, entry.kind, &entry.key())?;
        let known: Vec<Entry> = held
            .into_iter()
            .filter(|held| held.state != registry::State::Declined)
            .map(|held| held.entry)
            .collect();
        let waits = by.actor.user().is_some()
            && (from.is_some() || is_watched || !touched(db, entry, None)?.is_empty());
        for event in registry::add(&known, entry.clone())? {
            let event = match event {
                registry::Event::Added { entry, .. } => registry::Event::Added { entry, alert: from, waits },
                other => other,
            };
            events.push(Event::Registry { event });
        }
    }
    Ok(events)
}

/// Ends an entry from an instant on. Taking an account out quiets nothing; the end of a limit may.
pub(super) fn end(db: &Connection, by: &By, index: Index, at: Timestamp) -> Result<Vec<Event>> {
    let held = find_entry(db, index)?.ok_or(Refusal::NotFound)?;
    let quiets = held.entry.kind.is_term() && held.entry.kind != Kind::Approval && {
        let past = Entry { from: Some(at), ..held.entry.clone() };
        !touched(db, &past, Some(index))?.is_empty()
    };
    let waits = by.actor.user().is_some() && (quiets || held.entry.kind.is_term() && is_watched(db, by)?);
    let events = held.end_at(at, waits)?;
    Ok(events.into_iter().map(|event| Event::Registry { event }).collect())
}

/// Confirms or declines what waits.
pub(super) fn settle(db: &Connection, by: &By, index: Index, declined: Option<&str>) -> Result<Vec<Event>> {
    let user = by.actor.user().ok_or(Refusal::NotPermitted)?;
    let held = find_entry(db, index)?.ok_or(Refusal::NotFound)?;
    let line = held.entry.kind.is_identifier().then_some(index);
    let mut concerned = touched(db, &held.entry, line)?;
    if let Some(alert) = held.alert {
        concerned.extend(find_alert(db, alert)?.and_then(|alert| alert.employee));
    }
    let concerned: Vec<EmployeeId> = concerned.into_iter().collect();
    let events = held.settle(user, by.employee, &concerned, declined)?;
    Ok(events.into_iter().map(|event| Event::Registry { event }).collect())
}

/// Whether who asks has captured conversations of their own.
fn is_watched(db: &Connection, by: &By) -> Result<bool> {
    match by.employee {
        Some(employee) => Ok(!assignments_of(db, employee)?.is_empty()),
        None => Ok(false),
    }
}

/// The employees of open alerts on whose documents an entry has a say; `EmployeeId(0)` where nobody is known.
fn touched(db: &Connection, entry: &Entry, line: Option<Index>) -> Result<BTreeSet<EmployeeId>> {
    let (from, until) = span(entry);
    let mut found = BTreeSet::new();
    match entry.kind {
        Kind::Price => {
            let key = entry.key();
            let below = "o.below IN (SELECT idx FROM registry WHERE kind = 'price' AND (key = ?3 OR idx = ?4)) \
                         OR (?4 IS NULL AND o.below IN (SELECT idx FROM registry_items WHERE phrase IN \
                         (SELECT phrase FROM registry_items i JOIN registry r ON r.idx = i.idx WHERE r.key = ?3)))";
            let line = line.map(|line| bits(line.0));
            offers(db, below, params![from, until, key, line], &mut found)?;
        }
        Kind::Discount => {
            let over = "o.over IS NOT NULL AND (?3 IS NULL OR o.over = ?3)";
            offers(db, over, params![from, until, line.map(|line| bits(line.0))], &mut found)?;
        }
        Kind::Approval => {
            let Terms::Approval { contact, conversation, .. } = &entry.terms else { return Ok(found) };
            let within = "(o.below IS NOT NULL OR o.over IS NOT NULL) AND o.conversation IN \
                          (SELECT id FROM conversations WHERE id = ?3 OR contact = (SELECT contact FROM identities WHERE id = ?4))";
            let conversation = conversation.map(|conversation| bits(conversation.0));
            let contact = contact.map(|contact| bits(contact.0));
            offers(db, within, params![from, until, conversation, contact], &mut found)?;
        }
        _ => {
            let others = line.map_or(Ok(vec![]), |line| names_of(db, "key", line))?;
            for key in std::iter::once(entry.key()).chain(others) {
                let seen = "SELECT DISTINCT a.employee FROM sightings s JOIN docs ON docs.row = s.row JOIN alert_documents d ON d.document = docs.doc \
                            JOIN alerts a ON a.id = d.alert WHERE s.key = ?3 AND s.incoming = 0 AND a.closed = 0 \
                            AND s.at >= ?1 AND s.at < ?2 LIMIT ?4";
                employees(db, seen, params![from, until, key, TOUCHED_MAX], &mut found)?;
            }
            for domain in entry.domains().into_iter().chain(entry.mail_domain()) {
                let host = domain.split('.').rev().collect::<Vec<_>>().join(".");
                let seen = "SELECT DISTINCT a.employee FROM sighted_hosts s JOIN docs ON docs.row = s.row JOIN alert_documents d ON d.document = docs.doc \
                            JOIN alerts a ON a.id = d.alert WHERE (s.host = ?3 OR (s.host > ?3 || '.' AND s.host < ?3 || '/')) \
                            AND a.closed = 0 AND s.at >= ?1 AND s.at < ?2 LIMIT ?4";
                employees(db, seen, params![from, until, host, TOUCHED_MAX], &mut found)?;
            }
        }
    }
    Ok(found)
}

fn offers(
    db: &Connection,
    condition: &str,
    params: impl Params,
    found: &mut BTreeSet<EmployeeId>,
) -> Result<()> {
    let sql = format!(
        "SELECT DISTINCT a.employee FROM offers o JOIN docs ON docs.row = o.row JOIN alert_documents d ON d.document = docs.doc JOIN alerts a ON a.id = d.alert \
         WHERE a.closed = 0 AND o.at >= ?1 AND o.at < ?2 AND ({condition}) LIMIT {TOUCHED_MAX}"
    );
    employees(db, &sql, params, found)
}

fn employees(
    db: &Connection,
    sql: &str,
    params: impl Params,
    found: &mut BTreeSet<EmployeeId>,
) -> Result<()> {
    let mut rows = db.prepare_cached(sql)?;
    for row in rows.query_map(params, |row| row.get::<_, Option<i64>>(0))? {
        found.insert(EmployeeId(row?.map_or(0, unbits)));
    }
    Ok(())
}
