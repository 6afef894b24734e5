//! Deliveries, items, media and gaps into the views.

use aboveboard_model::{
    document::Zone,
    id::{DocumentId, Index, SourceId},
    item::{Body, Content, Item, Media, Number, Status},
};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{
    AtHand, Fold,
    coverage::{Stored, hour_of},
    docs::Doc,
    identities::Seen,
};
use crate::{
    error::Result,
    fact::Opened,
    views::{bits, micros, unbits},
};

/// The name under which assignments and statistics know a number.
pub(crate) fn number_key(number: &Number) -> String {
    number
        .id
        .clone()
        .or_else(|| number.display.clone())
        .or_else(|| number.account.clone())
        .unwrap_or_default()
}

impl Fold<'_> {
    pub(super) fn delivery(&mut self, entry: &Opened, source: SourceId) -> Result<()> {
        let is_new = self
            .db
            .prepare_cached("INSERT OR IGNORE INTO deliveries (idx, source, at) VALUES (?1, ?2, ?3)")?
            .execute(params![bits(entry.index.0), bits(source.0), micros(entry.at)])?;
        self.heard(source, i64::try_from(is_new).unwrap_or(1), 0);
        Ok(())
    }

    /// Folds an item: counts it, asks for its media, and lets it wait sealed or takes its content in.
    pub(super) fn item(&mut self, index: Index, source: SourceId, item: &Item, at: Timestamp) -> Result<()> {
        let number = number_key(&item.number);
        let hour = hour_of(item.at, at);
        self.count(source, (&number, hour), item, at)?;
        self.note_unknown(index, item)?;
        let doc = document_key(&number, &item.body)
            .map(|key| self.doc(DocumentId(self.store.hasher.id("document", &key))))
            .transpose()?;
        if let Some(media) = media_of(&item.body) {
            self.want_media((index, source), (&number, hour), doc, media, at)?;
        }
        let happened_at = item.at.unwrap_or(at);
        let readable = self.readable(&number, happened_at)?;
        let waits = readable.is_none() && concerns_people(&item.body);
        self.ahead.expect(&number, readable);
        self.db.prepare_cached("INSERT OR IGNORE INTO items VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(
            params![
                bits(index.0),
                doc.map(|doc| doc.row),
                number,
                micros(happened_at),
                bits(source.0),
                waits,
            ],
        )?;
        if !waits {
            self.at_hand = Some(AtHand { index, at: happened_at, source, item: item.clone() });
            self.take_in(Seen { at: happened_at, index }, doc, item)?;
        }
        Ok(())
    }

    /// Takes the content of a readable item in. Called again for an item that waited.
    pub(super) fn take_in(&mut self, seen: Seen, doc: Option<Doc>, item: &Item) -> Result<()> {
        match &item.body {
            Body::Status(status) => {
                // A status changes what is shown, never what is judged or found: nothing is composed anew.
                return match doc {
                    Some(doc) => self.status(doc, status, item.at),
                    None => Ok(()),
                };
            }
            Body::AddressBook { party, .. }
            | Body::Preference { party, .. }
            | Body::Handover { party, .. } => {
                self.contact(party, seen)?;
            }
            Body::Identity { previous, current, .. } => {
                self.contact_changed(previous, current, seen)?;
            }
            _ => {}
        }
        if let Some(doc) = doc {
            self.new = Some(doc).filter(|doc| doc.is_new);
            self.dirty.insert(doc.id);
        }
        Ok(())
    }

    fn status(&mut self, doc: Doc, status: &Status, at: Option<Timestamp>) -> Result<()> {
        self.db.prepare_cached("INSERT OR IGNORE INTO statuses VALUES (?1, ?2, ?3, ?4)")?.execute(
            params![
                doc.row,
                status.status,
                status.participant.as_deref().unwrap_or(""),
                at.map_or(0, micros),
            ],
        )?;
        if doc.is_new {
            return Ok(());
        }
        let word = self.status_word(doc, None)?;
        self.db
            .prepare_cached("UPDATE messages SET status = ?2 WHERE row = ?1 AND status IS NOT ?2")?
            .execute(params![doc.row, word])?;
        Ok(())
    }

    fn note_unknown(&mut self, index: Index, item: &Item) -> Result<()> {
        let whole = match &item.body {
            Body::Unknown { field, reason } => Some(format!("{field}: {reason}")),
            Body::Message(message) => match &message.content {
                Content::Unknown { name } => Some(format!("message type: {name}")),
                _ => None,
            },
            _ => None,
        };
        for what in whole.iter().chain(&item.unknown) {
            self.db
                .prepare_cached(
                    "INSERT INTO unknown VALUES (?1, 1, ?2) ON CONFLICT (what) DO UPDATE SET count = count + 1, last = ?2",
                )?
                .execute(params![what, bits(index.0)])?;
        }
        Ok(())
    }

    fn want_media(
        &mut self,
        (index, source): (Index, SourceId),
        (number, hour): (&str, i64),
        doc: Option<Doc>,
        media: &Media,
        at: Timestamp,
    ) -> Result<()> {
        let Some(id) = &media.id else { return Ok(()) };
        let is_new = self
            .db
            .prepare_cached(
                "INSERT OR IGNORE INTO media (item, media, source, number, hour, row, asked_at, declared, mime) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                bits(index.0),
                id,
                bits(source.0),
                number,
                hour,
                doc.map(|doc| doc.row),
                micros(at),
                media.sha256,
                media.mime,
            ])?;
        if is_new > 0 { self.count_file((number, hour), None, Stored::Awaited) } else { Ok(()) }
    }

    pub(super) fn media_stored(
        &mut self,
        entry: Index,
        item: Index,
        media: &str,
        mime: Option<&str>,
        size_bytes: u64,
    ) -> Result<()> {
        if let Some((number, hour, before)) = self.file(item, media)? {
            self.count_file((&number, hour), Some(before), Stored::Here)?;
        }
        self.db
            .prepare_cached(
                "UPDATE media SET entry = ?3, size = ?4, mime = coalesce(?5, mime), failed = NULL WHERE item = ?1 AND media = ?2",
            )?
            .execute(params![bits(item.0), media, bits(entry.0), bits(size_bytes), mime])?;
        self.touch_media(item, media)
    }

    pub(super) fn media_failed(
        &mut self,
        item: Index,
        media: &str,
        attempts: u32,
        at: Timestamp,
        gone: Option<&str>,
    ) -> Result<()> {
        if let Some((number, hour, before)) = self.file(item, media)? {
            let after = match (before, gone) {
                (Stored::Here, _) => Stored::Here,
                (_, Some(_)) => Stored::Lost,
                (_, None) => Stored::Awaited,
            };
            self.count_file((&number, hour), Some(before), after)?;
        }
        self.db
            .prepare_cached(
                "UPDATE media SET attempts = ?3, tried_at = ?4, failed = ?5 WHERE item = ?1 AND media = ?2",
            )?
            .execute(params![bits(item.0), media, attempts, micros(at), gone])?;
        self.touch_media(item, media)
    }

    fn touch_media(&mut self, item: Index, media: &str) -> Result<()> {
        let doc: Option<i64> = self
            .db
            .prepare_cached(
                "SELECT docs.doc FROM media JOIN docs ON docs.row = media.row WHERE item = ?1 AND media = ?2",
            )?
            .query_row(params![bits(item.0), media], |row| row.get(0))
            .optional()?;
        self.dirty.extend(doc.map(|doc| DocumentId(unbits(doc))));
        Ok(())
    }
}

/// The zones of a content, as policies and search see them.
pub(super) fn zones(content: &Content) -> Vec<(Zone, String)> {
    let mut zones = vec![(Zone::Text, content.text())];
    if let Content::Media(media) = content {
        zones.extend(media.caption.clone().map(|caption| (Zone::Caption, caption)));
        zones.extend(media.filename.clone().map(|name| (Zone::Filename, name)));
    }
    zones.retain(|(_, text)| !text.trim().is_empty());
    zones
}

/// What a document is known by: the number and the source's id of the message or call it is about.
fn document_key(number: &str, body: &Body) -> Option<String> {
    let (kind, id) = match body {
        Body::Message(message) => ("message", &message.id),
        Body::Edit { original, .. } | Body::Revoke { original, .. } | Body::Reaction { original, .. } => {
            ("message", original)
        }
        Body::Status(status) => ("message", &status.message),
        Body::Call(call) => ("call", &call.id),
        _ => return None,
    };
    (!id.is_empty()).then(|| format!("{number}\n{kind}\n{id}"))
}

fn media_of(body: &Body) -> Option<&Media> {
    let content = match body {
        Body::Message(message) | Body::Edit { message, .. } => &message.content,
        Body::Call(call) => return call.recording.as_ref(),
        _ => return None,
    };
    match content {
        Content::Media(media) => Some(media),
        _ => None,
    }
}

/// Whether an item says something of what people did or wrote, and so waits for notice.
pub(super) fn concerns_people(body: &Body) -> bool {
    !matches!(body, Body::Account { .. } | Body::SourceErrors { .. } | Body::HistoryProgress { .. })
}
