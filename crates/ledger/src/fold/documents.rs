//! Documents and messages from what was composed: revisions that policies judge, and what a conversation shows.

use std::collections::BTreeMap;

use aboveboard_model::{
    document::{Document, Mark, Zone},
    features::{Features, Input},
    id::{ContactId, ConversationId, DocumentId, EmployeeId, Index},
    item::{Content, Direction, Forwarded, Party, Status, Stream},
    pseudonym, region,
};
use rusqlite::{OptionalExtension, params};

use super::{
    AtHand, Fold,
    compose::{Composed, Piece, Words, compose},
    docs::Doc,
    identities::Seen,
    items::number_key,
};
use crate::{
    error::Result,
    fold::{
        Derive,
        registry::{Judged, judged_unregistered},
        terms::Reckoned,
    },
    view::{MediaView, Message, Reply, Version},
    views::{bits, from_json, instant, json, micros, unbits},
};

/// Characters of a quoted message that a reply shows.
const QUOTE_CHARS_MAX: usize = 300;

/// What a composed message is about, once people are known.
pub(super) struct About {
    pub doc: Doc,
    number: String,
    pub conversation: ConversationId,
    pub contact: Option<ContactId>,
    identifiers: Vec<String>,
    pub employee: Option<EmployeeId>,
    pub team: Option<String>,
    pub region: Option<String>,
    source: u64,
    first: bool,
    quoted: Option<(Doc, String)>,
}

/// A stored revision of a document, and the item whose words it holds.
struct Revision {
    revision: u32,
    item: i64,
    json: String,
}

impl Fold<'_> {
    /// Composes every dirty document anew. Composing one may make others dirty.
    pub(super) fn compose_dirty(&mut self, index: Index) -> Result<()> {
        let mut ordinal = 0;
        loop {
            while let Some(id) = self.dirty.pop_first() {
                let Some(doc) = self.known(id)? else { continue };
                let (pieces, source) = self.pieces(doc)?;
                match compose(pieces) {
                    Some(composed) => self.store_composed(doc, composed, source, index, &mut ordinal)?,
                    None if doc.is_new => {}
                    None => self.forget(doc, index)?,
                }
            }
            if !self.settle_moved()? {
                return Ok(());
            }
        }
    }

    fn pieces(&mut self, doc: Doc) -> Result<(Vec<Piece>, u64)> {
        if let Some(AtHand { index, at, source, item }) = self.at_hand.take_if(|_| doc.is_new) {
            return Ok((vec![Piece { index, at: instant(micros(at)), item }], source.0));
        }
        let rows: Vec<(u64, i64, u64)> = self
            .db
            .prepare_cached(
                "SELECT idx, at, source FROM items WHERE row = ?1 AND waits = 0 ORDER BY at, idx",
            )?
            .query_map([doc.row], |row| Ok((unbits(row.get(0)?), row.get(1)?, unbits(row.get(2)?))))?
            .collect::<rusqlite::Result<_>>()?;
        let source = rows.last().map_or(0, |(_, _, source)| *source);
        let mut pieces = Vec::with_capacity(rows.len());
        for (index, at, _) in rows {
            let index = Index(index);
            // The item being folded is at hand; others are opened in the log.
            let item = match self.at_hand.take_if(|hand| hand.index == index) {
                Some(hand) => Some(hand.item),
                None => self.item_of(index)?,
            };
            pieces.extend(item.map(|item| Piece { index, at: instant(at), item }));
        }
        Ok((pieces, source))
    }

    fn store_composed(
        &mut self,
        doc: Doc,
        composed: Composed,
        source: u64,
        index: Index,
        ordinal: &mut u64,
    ) -> Result<()> {
        let about = self.about(doc, &composed, source)?;
        let live = !matches!(composed.stream, Stream::History | Stream::Export);
        let stored = self.revisions(doc)?;
        let mut versions = Vec::with_capacity(composed.versions.len());
        let last = composed.versions.len().saturating_sub(1);
        for (at, words) in composed.versions.iter().enumerate() {
            let document = self.document(&about, &composed, words, at == last)?;
            let revision = match stored.iter().find(|stored| stored.item == bits(words.index.0)) {
                Some(stored) if stored.json == json(&document) => stored.revision,
                Some(stored) => {
                    self.drop_revision(doc, stored.revision, index)?;
                    self.store_document(doc, words, &document, live, index, ordinal)?
                }
                None => self.store_document(doc, words, &document, live, index, ordinal)?,
            };
            versions.push(Version {
                index: words.index,
                at: words.at,
                revision,
                zones: words.zones.clone(),
                marks: document.marks,
            });
        }
        self.drop_versions(doc, &stored, &composed.versions, index)?;
        self.store_message(&about, composed, versions)
    }

    fn about(&mut self, doc: Doc, composed: &Composed, source: u64) -> Result<About> {
        let number = number_key(&composed.number);
        let party = client_of(composed);
        let contact = self.contact_on(&number, &party, Seen { at: composed.at, index: composed.main })?;
        let conversation = self.conversation_id(&number, contact, composed.group.as_deref());
        let began = self.ensure_conversation(conversation, &number, contact, composed.group.as_deref())?;
        let accountable = self.accountable(&number, composed.at)?;
        let place = match accountable {
            Some(id) => self.employee(id)?.and_then(|employee| employee.place_at(composed.at).cloned()),
            None => None,
        };
        let first = self.is_first(conversation, began, doc.id, composed.at)?;
        let quoted = match &composed.reply_to {
            Some(original) => self.quoted(&number, original)?,
            None => None,
        };
        Ok(About {
            doc,
            number,
            conversation,
            contact,
            identifiers: party.identifiers().into_iter().map(|(_, value)| value.to_owned()).collect(),
            employee: accountable,
            team: place.as_ref().map(|place| place.team.clone()),
            region: place.map(|place| place.region),
            source,
            first,
            quoted,
        })
    }

    /// Whether a message is its conversation's first; where it takes the place of another, that one is composed anew.
    fn is_first(
        &mut self,
        conversation: ConversationId,
        began: Option<(i64, i64)>,
        id: DocumentId,
        at: jiff::Timestamp,
    ) -> Result<bool> {
        let mine = (micros(at), bits(id.0));
        let Some(former) = began.filter(|former| *former < mine) else {
            self.db
                .prepare_cached("UPDATE conversations SET first_at = ?2, first_doc = ?3 WHERE id = ?1")?
                .execute([bits(conversation.0), mine.0, mine.1])?;
            if let Some((_, doc)) = began.filter(|(_, doc)| *doc != mine.1) {
                self.dirty.insert(DocumentId(unbits(doc)));
            }
            return Ok(true);
        };
        Ok(former.1 == mine.1)
    }

    fn quoted(&self, number: &str, original: &str) -> Result<Option<(Doc, String)>> {
        let id = DocumentId(self.store.hasher.id("document", &format!("{number}\nmessage\n{original}")));
        let doc = self.doc(id)?;
        let text: Option<String> = self
            .db
            .prepare_cached("SELECT json FROM messages WHERE row = ?1")?
            .query_row([doc.row], |row| row.get(0))
            .optional()?;
        let Some(text) = text else { return Ok(Some((doc, String::new()))) };
        let message: Message = from_json(&text)?;
        let words = message.versions.last().map(|version| {
            let zones: Vec<&str> = version.zones.values().map(String::as_str).collect();
            zones.join("\n").chars().take(QUOTE_CHARS_MAX).collect::<String>()
        });
        Ok(Some((doc, words.unwrap_or_default())))
    }

    fn document(
        &mut self,
        about: &About,
        composed: &Composed,
        words: &Words,
        current: bool,
    ) -> Result<Document> {
        let mut zones = words.zones.clone();
        if let Some((_, quoted)) = &about.quoted
            && !quoted.is_empty()
        {
            zones.insert(Zone::Quoted, quoted.clone());
        }
        let own: Vec<(Zone, &str)> = zones
            .iter()
            .filter(|(zone, _)| **zone != Zone::Quoted)
            .map(|(zone, text)| (*zone, text.as_str()))
            .collect();
        let country = about.region.as_deref().and_then(region::find).map(|region| region.country);
        let input = Input { zones: own, country };
        let features = match self.ahead.features(words.index, &about.number, country) {
            Some(features) => features,
            None => (self.derive.derive)(&input),
        };
        debug_assert_eq!(features, (self.derive.derive)(&input), "what was seen ahead is what is seen now");
        let judged = self.judge(about.doc, about.conversation, about.contact, composed, &features)?;
        let reckoned = self.reckon(about, composed, &zones, &features)?;
        let (hour, off_hours) = region::hour_at(about.region.as_deref(), composed.at);
        let (from, to) = sides(about, composed);
        let media = match &composed.content {
            Some(Content::Media(media)) => Some(media.media.word().to_owned()),
            _ => None,
        };
        Ok(Document {
            id: Some(about.doc.id),
            revision: 0,
            kind: composed.document_kind.to_owned(),
            zones,
            from,
            to,
            employee: about.employee,
            team: about.team.clone(),
            region: about.region.clone(),
            contact: about.contact,
            conversation: Some(about.conversation),
            source: Some(aboveboard_model::id::SourceId(about.source).to_string()),
            channel: Some(composed.number.display.clone().unwrap_or_else(|| about.number.clone())),
            direction: Some(composed.direction),
            at: Some(words.at),
            hour: Some(hour),
            off_hours: Some(off_hours),
            forwarded: Some(composed.forwarded != Forwarded::No),
            media,
            deleted: Some(current && (composed.deleted_at.is_some() || was_deleted(composed))),
            edited: Some(
                current
                    && (composed.versions.len() > 1
                        || composed.history_status.as_deref() == Some(EXPORTED_EDIT)),
            ),
            disappearing: Some(sets_timer(composed)),
            first_contact: Some(about.first),
            ..from_features(features, judged, reckoned)
        })
    }

    /// The revisions that are stored of a document.
    fn revisions(&self, doc: Doc) -> Result<Vec<Revision>> {
        if doc.is_new {
            return Ok(vec![]);
        }
        let mut rows =
            self.db.prepare_cached("SELECT revision, version_item, json FROM documents WHERE row = ?1")?;
        let rows = rows.query_map([doc.row], |row| {
            Ok(Revision { revision: row.get(0)?, item: row.get(1)?, json: row.get(2)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Stores a version's document as a new revision; gives its number.
    fn store_document(
        &mut self,
        doc: Doc,
        words: &Words,
        document: &Document,
        live: bool,
        index: Index,
        ordinal: &mut u64,
    ) -> Result<u32> {
        let revision = self.next_revision(doc)?;
        self.db
            .prepare_cached("INSERT INTO documents VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
            .execute(params![
                doc.row,
                bits(doc.id.0),
                revision,
                bits(words.index.0),
                document.at.map_or(0, micros),
                bits(index.0),
                bits(*ordinal),
                live,
                json(document),
            ])?;
        *ordinal += 1;
        Ok(revision)
    }

    /// The number after every one that a document's revisions have and had.
    fn next_revision(&self, doc: Doc) -> Result<u32> {
        if doc.is_new {
            return Ok(0);
        }
        Ok(self
            .db
            .prepare_cached(
                "SELECT max(coalesce((SELECT max(revision) + 1 FROM documents WHERE row = ?1), 0), \
                 coalesce((SELECT next FROM revisions WHERE row = ?1), 0))",
            )?
            .query_row([doc.row], |row| row.get(0))?)
    }

    fn drop_revision(&self, doc: Doc, revision: u32, index: Index) -> Result<()> {
        self.db
            .prepare_cached("DELETE FROM documents WHERE row = ?1 AND revision = ?2")?
            .execute(params![doc.row, revision])?;
        self.db
            .prepare_cached(
                "INSERT INTO revisions VALUES (?1, ?2 + 1) ON CONFLICT (row) DO UPDATE SET next = max(next, ?2 + 1)",
            )?
            .execute(params![doc.row, revision])?;
        self.db.prepare_cached("INSERT OR REPLACE INTO gone VALUES (?1, ?2, ?3)")?.execute(params![
            bits(doc.id.0),
            revision,
            bits(index.0)
        ])?;
        Ok(())
    }

    /// Drops the documents of versions that are no longer there.
    fn drop_versions(&self, doc: Doc, stored: &[Revision], versions: &[Words], index: Index) -> Result<()> {
        for stored in stored {
            if !versions.iter().any(|words| bits(words.index.0) == stored.item) {
                self.drop_revision(doc, stored.revision, index)?;
            }
        }
        Ok(())
    }

    fn store_message(&mut self, about: &About, composed: Composed, versions: Vec<Version>) -> Result<()> {
        let message = Message {
            document: about.doc.id,
            index: composed.main,
            at: composed.at,
            direction: composed.direction,
            stream: composed.stream,
            kind: composed.kind,
            versions,
            deleted_at: composed.deleted_at,
            original_missing: composed.original_missing,
            media: self.media_view(about.doc, composed.content.as_ref())?,
            reply: about
                .quoted
                .as_ref()
                .map(|(document, text)| Reply { document: Some(document.id), text: text.clone() }),
            forwarded: composed.forwarded as u8,
            reactions: composed.reactions,
            // Kept beside, since it changes on its own.
            status: None,
            errors: composed.errors,
        };
        let status = self.status_word(about.doc, composed.history_status.as_deref())?;
        let before = self.stored_message(about.doc)?;
        let now = (bits(about.conversation.0), json(&message), status);
        if before.as_ref() == Some(&now) {
            return Ok(());
        }
        let (conversation, text, status) = now;
        self.db
            .prepare_cached(
                "INSERT INTO messages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (row) DO UPDATE SET \
                 conversation = ?3, at = ?4, reply_to = ?5, status = ?6, json = ?7",
            )?
            .execute(params![
                about.doc.row,
                bits(about.doc.id.0),
                conversation,
                micros(message.at),
                about.quoted.as_ref().map(|(document, _)| document.row),
                status,
                text,
            ])?;
        let before = before.map(|(conversation, ..)| conversation);
        self.count_message(about.conversation, about.doc.id, message.at, before)?;
        self.wake_replies(about.doc)
    }

    /// A message's conversation, words and status, as they are stored.
    fn stored_message(&self, doc: Doc) -> Result<Option<(i64, String, Option<String>)>> {
        if doc.is_new {
            return Ok(None);
        }
        Ok(self
            .db
            .prepare_cached("SELECT conversation, json, status FROM messages WHERE row = ?1")?
            .query_row([doc.row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?)
    }

    /// Those who answered this message quote it: they are composed anew when it appears or changes.
    fn wake_replies(&mut self, doc: Doc) -> Result<()> {
        if doc.is_new {
            return Ok(());
        }
        let mut replies = self.db.prepare_cached("SELECT doc FROM messages WHERE reply_to = ?1")?;
        for reply in replies.query_map([doc.row], |row| row.get::<_, i64>(0))? {
            let reply = DocumentId(unbits(reply?));
            if reply != doc.id {
                self.dirty.insert(reply);
            }
        }
        Ok(())
    }

    fn count_message(
        &mut self,
        conversation: ConversationId,
        id: DocumentId,
        at: jiff::Timestamp,
        before: Option<i64>,
    ) -> Result<()> {
        let new = bits(conversation.0);
        let sql = if before == Some(new) {
            "UPDATE conversations SET last_at = ?2, last_doc = ?3 WHERE id = ?1 AND (last_at, coalesce(last_doc, 0)) <= (?2, ?3)"
        } else {
            self.moved.extend(before.map(|old| (old, new)));
            "UPDATE conversations SET messages = messages + 1, merged_into = NULL, last_at = max(last_at, ?2), \
             last_doc = CASE WHEN (last_at, coalesce(last_doc, 0)) <= (?2, ?3) THEN ?3 ELSE last_doc END WHERE id = ?1"
        };
        self.db.prepare_cached(sql)?.execute([new, micros(at), bits(id.0)])?;
        Ok(())
    }

    pub(super) fn recount(&self, conversation: i64) -> Result<()> {
        self.db.execute(
            "UPDATE conversations SET \
             messages = (SELECT count(*) FROM messages WHERE conversation = ?1), \
             last_at = coalesce((SELECT max(at) FROM messages WHERE conversation = ?1), 0), \
             last_doc = (SELECT doc FROM messages WHERE conversation = ?1 ORDER BY at DESC, doc DESC LIMIT 1), \
             first_at = (SELECT min(at) FROM messages WHERE conversation = ?1), \
             first_doc = (SELECT doc FROM messages WHERE conversation = ?1 ORDER BY at, doc LIMIT 1) \
             WHERE id = ?1",
            [conversation],
        )?;
        Ok(())
    }

    /// Forgets a document of which nothing readable is left.
    fn forget(&mut self, doc: Doc, index: Index) -> Result<()> {
        self.drop_versions(doc, &self.revisions(doc)?, &[], index)?;
        for table in ["sightings", "sighted_hosts", "offers", "rejudging"] {
            self.db.prepare_cached(&format!("DELETE FROM {table} WHERE row = ?1"))?.execute([doc.row])?;
        }
        let conversation: Option<i64> = self
            .db
            .prepare_cached("DELETE FROM messages WHERE row = ?1 RETURNING conversation")?
            .query_row([doc.row], |row| row.get(0))
            .optional()?;
        if let Some(conversation) = conversation {
            self.recount(conversation)?;
            let first: Option<i64> = self.db.query_row(
                "SELECT first_doc FROM conversations WHERE id = ?1",
                [conversation],
                |row| row.get(0),
            )?;
            self.dirty.extend(first.map(|doc| DocumentId(unbits(doc))));
            self.wake_replies(doc)?;
        }
        Ok(())
    }

    fn media_view(&self, doc: Doc, content: Option<&Content>) -> Result<Option<MediaView>> {
        let Some(Content::Media(media)) = content else { return Ok(None) };
        let stored = self
            .db
            .prepare_cached("SELECT mime, size, entry, failed FROM media WHERE row = ?1 AND media = ?2 ORDER BY entry IS NULL LIMIT 1")?
            .query_row(params![doc.row, media.id], |row| {
                Ok(MediaView {
                    kind: media.media,
                    mime: row.get(0)?,
                    size_bytes: row.get::<_, Option<i64>>(1)?.map(unbits),
                    entry: row.get::<_, Option<i64>>(2)?.map(|entry| Index(unbits(entry))),
                    failed: row.get(3)?,
                })
            })
            .optional()?;
        Ok(Some(stored.unwrap_or(MediaView {
            kind: media.media,
            mime: media.mime.clone(),
            size_bytes: None,
            entry: None,
            failed: media.id.is_none().then(|| "not_given".to_owned()),
        })))
    }

    /// The highest status by rank; what a history chunk said, where nothing else did.
    pub(super) fn status_word(&self, doc: Doc, history: Option<&str>) -> Result<Option<String>> {
        let mut words: Vec<String> = vec![];
        if !doc.is_new {
            let mut statuses = self.db.prepare_cached("SELECT status FROM statuses WHERE row = ?1")?;
            words = statuses.query_map([doc.row], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        }
        let highest = words.into_iter().max_by_key(|word| (Status::rank(word), word.clone()));
        Ok(highest.or(history.map(str::to_lowercase)))
    }
}

fn client_of(composed: &Composed) -> Party {
    match composed.direction {
        Direction::In => composed.from.clone(),
        Direction::Out | Direction::Internal => composed.to.clone(),
    }
}

/// What a chat export says instead of an edited message's state.
const EXPORTED_EDIT: &str = "EDITED";

/// Whether a source gave only that there was a message, now deleted.
fn was_deleted(composed: &Composed) -> bool {
    matches!(&composed.content, Some(Content::Unavailable { was: Some(was) }) if was == "deleted")
}

/// Who wrote it and whom it went to, as keywords: identifiers and the id of the person.
fn sides(about: &About, composed: &Composed) -> (Vec<String>, Vec<String>) {
    let mut client = about.identifiers.clone();
    client.extend(about.contact.into_iter().flat_map(|id| [id.to_string(), pseudonym::contact(id)]));
    let mut firm: Vec<String> = composed.number.display.clone().into_iter().collect();
    firm.extend(about.employee.into_iter().flat_map(|id| [id.to_string(), pseudonym::employee(id)]));
    match composed.direction {
        Direction::In => (client, firm),
        Direction::Out | Direction::Internal => (firm, client),
    }
}

fn sets_timer(composed: &Composed) -> bool {
    matches!(&composed.content, Some(Content::System { event, .. })
        if ["timer", "ephemeral", "disappearing"].iter().any(|word| event.to_lowercase().contains(word)))
}

fn from_features(features: Features, judged: Judged, reckoned: Reckoned) -> Document {
    let intent: BTreeMap<String, f64> = features.intents.into_iter().collect();
    let money = features
        .money
        .into_iter()
        .map(|money| aboveboard_model::document::Amount { amount: money.amount, currency: money.currency })
        .collect();
    Document {
        language: features.language,
        entity: judged.entity,
        payment: judged.payment,
        handle: judged.handle,
        link: judged.link,
        money,
        discount: features.discount_percent,
        discount_limit: reckoned.discount_limit,
        price: reckoned.price,
        approval: reckoned.approval,
        intent,
        marks: judged.marks.into_iter().chain(reckoned.marks).collect(),
        ..Document::default()
    }
}

/// What the detectors make of words of which nothing else is known, as if nothing were registered: for examples.
pub fn example(derive: Derive, zone: Zone, text: &str) -> Document {
    let features = (derive.derive)(&Input { zones: vec![(zone, text)], country: None });
    let judged = judged_unregistered(&features);
    from_features(features, judged, Reckoned::default())
}

/// Sightings of a document, for the fold and for what the detectors said elsewhere.
pub(super) fn mark(
    field: aboveboard_model::document::Field,
    value: &str,
    sighting: &aboveboard_model::features::Sighting,
) -> Mark {
    Mark {
        field,
        value: value.to_owned(),
        kind: sighting.kind.clone(),
        zone: sighting.zone,
        start: sighting.start,
        end: sighting.end,
        against: None,
    }
}
