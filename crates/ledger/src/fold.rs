//! The fold: entries of the log, in order, into the views. Deterministic: the same log gives the same views.

mod alerts;
mod compose;
mod contacts;
mod coverage;
mod docs;
mod documents;
mod identities;
mod items;
mod people;
mod records;
mod registry;
mod rules;
mod tallies;
mod terms;

pub(crate) use alerts::{find_alert, find_case, find_queue, queues_of};
pub(crate) use compose::words_of;
pub(crate) use contacts::{SEEN_AS_PHONE, SEEN_AS_WA_ID, former_identity};
pub(crate) use coverage::HOUR_MICROS;
pub use documents::example;
pub(crate) use identities::ALWAYS;
pub(crate) use items::number_key;
pub(crate) use people::{Memo, accountable, assignments_of, employee};
pub(crate) use records::{find_connection, find_source, find_user, is_source};
pub(crate) use registry::{REJUDGING, entries_under, find_entry, is_rejudging, names_of, span};
pub(crate) use rules::{find_rule, rules_changed};

use std::collections::{BTreeMap, BTreeSet};

use aboveboard_model::{
    event::Event,
    features::{Features, Input},
    id::{DocumentId, Index, SourceId},
    item::Item,
};
use jiff::Timestamp;
use rusqlite::{Connection, params};

use self::{docs::Doc, tallies::Tallies};
use crate::{
    error::Result,
    fact::{Opened, aggregate},
    ledger::Ahead,
    store::Store,
    views,
};

/// The cheap half of detection, handed in by the binary: pure, bounded, keyed by its version.
#[derive(Clone, Copy)]
pub struct Derive {
    /// What a message's words hold.
    pub derive: fn(&Input<'_>) -> Features,
    /// Raised whenever `derive` answers differently; the views are then rebuilt.
    pub version: u32,
}

/// What a fold works with: the views, the log for entries that had to wait, and the detectors.
pub(crate) struct Fold<'a> {
    pub db: &'a Connection,
    pub store: &'a Store,
    pub derive: Derive,
    memo: &'a mut Memo,
    ahead: Ahead<'a>,
    tallies: Tallies,
    /// Documents that have to be composed anew because of the entry being folded.
    pub dirty: BTreeSet<DocumentId>,
    /// The item being folded, until it is composed.
    at_hand: Option<AtHand>,
    /// The document that this item named first, until it is composed.
    new: Option<Doc>,
    /// Conversations that messages left, and where the last of them went; itself, where only its people changed.
    moved: BTreeMap<i64, i64>,
}

/// An item with what the views hold of it.
struct AtHand {
    index: Index,
    at: Timestamp,
    source: SourceId,
    item: Item,
}

impl<'a> Fold<'a> {
    pub fn new(
        db: &'a Connection,
        store: &'a Store,
        derive: Derive,
        memo: &'a mut Memo,
        ahead: Ahead<'a>,
    ) -> Self {
        Self {
            db,
            store,
            derive,
            memo,
            ahead,
            tallies: Tallies::default(),
            dirty: BTreeSet::new(),
            at_hand: None,
            new: None,
            moved: BTreeMap::new(),
        }
    }

    /// Folds one entry. What it counts is written by `finish`.
    pub fn apply(&mut self, entry: &Opened) -> Result<()> {
        if let Some(name) = aggregate(&entry.event) {
            self.db
                .prepare_cached(
                    "INSERT INTO versions VALUES (?1, 1) ON CONFLICT (aggregate) DO UPDATE SET version = version + 1",
                )?
                .execute([name])?;
        }
        match &entry.event {
            Event::Delivery { source, .. } => self.delivery(entry, *source)?,
            Event::DeliveriesRead { deliveries } => {
                for read in deliveries {
                    self.db
                        .prepare_cached("UPDATE deliveries SET items = ?2, complete = ?3 WHERE idx = ?1")?
                        .execute(params![views::bits(read.delivery.0), read.items, read.complete])?;
                }
            }
            Event::Item { source, item, .. } => self.item(entry.index, *source, item, entry.at)?,
            Event::Media { item, media, mime, size_bytes, .. } => {
                self.media_stored(entry.index, *item, media, mime.as_deref(), *size_bytes)?;
            }
            Event::MediaFailed { item, media, attempts, reason, permanent } => {
                self.media_failed(*item, media, *attempts, entry.at, permanent.then_some(reason.as_str()))?;
            }
            Event::GapOpened { number, cause, reason } => {
                let at = self.happened_at(*cause, entry.at)?;
                self.gap_opened(number, at, reason)?;
            }
            Event::GapClosed { number, cause } => {
                let at = self.happened_at(*cause, entry.at)?;
                self.gap_closed(number, at)?;
            }
            Event::Findings { document, revision, detectors, findings, given_up } => {
                self.findings(entry.index, (*document, *revision), *detectors, findings)?;
                self.given_up(given_up)?;
            }
            Event::Alert { alert, event } => {
                self.alert(entry, *alert, event)?;
                // Identities may have changed hands while it was being raised.
                self.alert_follows(*alert)?;
            }
            Event::Case { case, event } => self.case(entry, *case, event)?,
            Event::Queue { queue, event } => self.queue(entry, *queue, event)?,
            Event::PolicyPublished { .. } | Event::PolicyRetired { .. } | Event::Rule { .. } => {
                self.rule(entry)?
            }
            Event::Registry { event } => self.registry(entry, event)?,
            Event::People { event } => self.people(entry, event)?,
            Event::Source { event } => self.source(entry, event)?,
            Event::Contact { event } => self.contact_decided(entry, event)?,
            Event::User { user, event } => self.user(entry, *user, event)?,
            Event::Read { purpose, of } => self.read(entry, purpose, of)?,
            Event::SearchAsked { search, query, .. } => self.search_asked(*search, query)?,
            Event::Progress { stage, upto } => {
                views::set_state(self.db, &format!("progress/{stage}"), &upto.to_string())?;
                if stage == REJUDGING {
                    self.rejudge_some()?;
                }
            }
            Event::Heartbeat | Event::Import { .. } => {}
        }
        self.compose_dirty(entry.index)
    }
}
