//! Counts of a chunk of entries: what many messages add to is written once, at its end.

use std::collections::BTreeMap;

use aboveboard_model::{
    id::SourceId,
    item::{Body, Content, Direction, Item},
    registry,
};
use jiff::Timestamp;
use rusqlite::params;

use super::Fold;
use crate::{
    error::Result,
    views::{bits, json, micros},
};

/// What was counted and is not written.
#[derive(Default)]
pub(super) struct Tallies {
    numbers: BTreeMap<String, OfNumber>,
    hours: BTreeMap<(String, i64), Counted>,
    /// Messages of an hour, over all numbers.
    captured: BTreeMap<i64, i64>,
    /// Deliveries and messages of a source.
    heard: BTreeMap<i64, (i64, i64)>,
}

/// What a number's row lacks. The row itself is there, for others look at it.
#[derive(Default)]
struct OfNumber {
    has_display: bool,
    counted: Counted,
    last_at: i64,
    source: i64,
}

/// What items count as.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Counted {
    received: i64,
    sent: i64,
    edited: i64,
    revoked: i64,
    unavailable: i64,
    unknown: i64,
}

impl Counted {
    fn of(item: &Item) -> Self {
        let mut counted = Self::default();
        match &item.body {
            Body::Message(message) => {
                match message.direction {
                    Direction::In => counted.received = 1,
                    Direction::Out | Direction::Internal => counted.sent = 1,
                }
                counted.unavailable = i64::from(matches!(message.content, Content::Unavailable { .. }));
                counted.unknown = i64::from(matches!(message.content, Content::Unknown { .. }));
            }
            Body::Edit { .. } => counted.edited = 1,
            Body::Revoke { .. } => counted.revoked = 1,
            Body::Unknown { .. } => counted.unknown = 1,
            _ => {}
        }
        counted
    }

    fn add(&mut self, other: Self) {
        self.received += other.received;
        self.sent += other.sent;
        self.edited += other.edited;
        self.revoked += other.revoked;
        self.unavailable += other.unavailable;
        self.unknown += other.unknown;
    }
}

impl Fold<'_> {
    /// Counts an item for its number, its source, and in its hour. Rows of hours are bounded by numbers times hours.
    pub(super) fn count(
        &mut self,
        source: SourceId,
        (number, hour): (&str, i64),
        item: &Item,
        at: Timestamp,
    ) -> Result<()> {
        let counted = Counted::of(item);
        if counted != Counted::default() {
            self.tallies.hours.entry((number.to_owned(), hour)).or_default().add(counted);
        }
        let messages = counted.received + counted.sent;
        if messages > 0 {
            *self.tallies.captured.entry(hour).or_default() += messages;
            self.heard(source, 0, messages);
        }
        let (at, source) = (micros(at), bits(source.0));
        match self.tallies.numbers.get_mut(number) {
            Some(known) if known.has_display || item.number.display.is_none() => {
                known.counted.add(unknown_apart(counted, item));
                known.last_at = known.last_at.max(at);
                known.source = source;
                Ok(())
            }
            _ => self.count_at_once(source, number, item, at),
        }
    }

    /// The first item of a number in a chunk, and what first says how it is written: others may ask for the row.
    fn count_at_once(&mut self, source: i64, number: &str, item: &Item, at: i64) -> Result<()> {
        let counted = unknown_apart(Counted::of(item), item);
        let display = item.number.display.as_deref().map(registry::key);
        let has_display = display.is_some();
        self.db
            .prepare_cached(
                "INSERT INTO numbers (number, json, first_at, last_at, received, sent, unknown, unavailable, display, id, source) \
                 VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (number) DO UPDATE SET source = ?10, \
                 display = coalesce(display, ?8), last_at = max(last_at, ?3), received = received + ?4, sent = sent + ?5, \
                 unknown = unknown + ?6, unavailable = unavailable + ?7",
            )?
            .execute(params![
                number,
                json(&item.number),
                at,
                counted.received,
                counted.sent,
                counted.unknown,
                counted.unavailable,
                display,
                bits(self.store.hasher.id("number", number)),
                source,
            ])?;
        let known = self.tallies.numbers.entry(number.to_owned()).or_default();
        known.has_display |= has_display;
        (known.last_at, known.source) = (known.last_at.max(at), source);
        Ok(())
    }

    /// Counts what was heard from a source.
    pub(super) fn heard(&mut self, source: SourceId, deliveries: i64, messages: i64) {
        let heard = self.tallies.heard.entry(bits(source.0)).or_default();
        *heard = (heard.0 + deliveries, heard.1 + messages);
    }

    /// Writes what was counted.
    pub fn finish(self) -> Result<()> {
        for (number, OfNumber { counted, last_at, source, .. }) in &self.tallies.numbers {
            self.db
                .prepare_cached(
                    "UPDATE numbers SET source = ?2, last_at = max(last_at, ?3), received = received + ?4, sent = sent + ?5, \
                     unknown = unknown + ?6, unavailable = unavailable + ?7 WHERE number = ?1",
                )?
                .execute(params![
                    number,
                    source,
                    last_at,
                    counted.received,
                    counted.sent,
                    counted.unknown,
                    counted.unavailable,
                ])?;
        }
        for ((number, hour), counted) in &self.tallies.hours {
            let Counted { received, sent, edited, revoked, unavailable, unknown } = counted;
            self.db
                .prepare_cached(
                    "INSERT INTO hours (number, hour, received, sent, edited, revoked, unavailable, unknown) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (number, hour) DO UPDATE SET \
                     received = received + ?3, sent = sent + ?4, edited = edited + ?5, revoked = revoked + ?6, \
                     unavailable = unavailable + ?7, unknown = unknown + ?8",
                )?
                .execute(params![number, hour, received, sent, edited, revoked, unavailable, unknown])?;
        }
        for (hour, messages) in &self.tallies.captured {
            self.db
                .prepare_cached(
                    "INSERT INTO captured VALUES (?1, ?2) ON CONFLICT (hour) DO UPDATE SET messages = messages + ?2",
                )?
                .execute([hour, messages])?;
        }
        for (source, (deliveries, messages)) in &self.tallies.heard {
            self.db
                .prepare_cached(
                    "INSERT INTO heard VALUES (?1, ?2, ?3) ON CONFLICT (source) DO UPDATE SET \
                     deliveries = deliveries + ?2, messages = messages + ?3",
                )?
                .execute([source, deliveries, messages])?;
        }
        Ok(())
    }
}

/// A number's row counts as unknown what could not be read at all; a message of an unknown type is a message.
fn unknown_apart(counted: Counted, item: &Item) -> Counted {
    Counted { unknown: i64::from(matches!(item.body, Body::Unknown { .. })), ..counted }
}
