//! Conversations, messages, media.

use aboveboard_archive::{blob::BlobReader, journal::Journal};
use aboveboard_model::{
    access::{Access, Permission, ReadOf},
    event::Event,
    id::{ContactId, ConversationId, DocumentId, Index},
    refusal::Refusal,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{alerts, key_of, key_text, own::Own, rows_of, true_at};
use crate::{
    Ledger,
    error::Result,
    fold::accountable,
    view::{ConversationPage, ConversationRow, Message, Page, Part},
    views::{bits, from_json, instant, micros, unbits},
};

/// How often a conversation that was emptied into another is followed.
const FORWARDS_MAX: usize = 32;
/// Characters of the last message that a list shows.
const LAST_CHARS_MAX: usize = 200;

/// The bytes of a media file, piece by piece.
pub struct MediaStream {
    /// MIME type as served by the source: hostile.
    pub mime: Option<String>,
    /// Bytes in all.
    pub size_bytes: u64,
    reader: BlobReader,
}

impl MediaStream {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// The stored bytes are not what was written.
    pub fn read(&mut self) -> Result<Option<Vec<u8>>> {
        Ok(self.reader.read()?)
    }
}

impl Ledger {
    /// A page of conversations, newest first.
    ///
    /// # Errors
    /// A refusal by role, or for a key that is none.
    pub fn conversations(
        &self,
        access: &Access,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<ConversationRow>> {
        self.conversations_with(access, None, after, limit)
    }

    /// The same with one client only, where one is named.
    ///
    /// # Errors
    /// A refusal by role, or for a key that is none.
    pub fn conversations_with(
        &self,
        access: &Access,
        contact: Option<ContactId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<ConversationRow>> {
        let limit = rows_of(limit);
        let [at, id] = key_of::<2>(after)?.unwrap_or([i64::MAX, i64::MAX]);
        let with = if contact.is_some() { " AND contact = ?4" } else { " AND ?4 IS NULL" };
        let found = self.inner().views.ask(|db| {
            let mut ids = db.prepare_cached(&format!(
                "SELECT id FROM conversations WHERE messages > 0 AND (last_at, id) < (?1, ?2){with} \
                 ORDER BY last_at DESC, id DESC LIMIT ?3",
            ))?;
            let contact = contact.map(|contact| bits(contact.0));
            let ids =
                ids.query_map(params![at, id, limit as i64 + 1, contact], |row| row.get::<_, i64>(0))?;
            let ids: Vec<i64> = ids.collect::<rusqlite::Result<_>>()?;
            let mut rows = Vec::with_capacity(ids.len());
            for id in ids {
                rows.extend(conversation_row(db, ConversationId(unbits(id)), Own::of(access.employee))?);
            }
            alerts::page(rows, limit, |row| key_text(&[micros(row.last_at), bits(row.id.0)]), true_at(db)?)
        })?;
        let shown = u32::try_from(found.rows.len()).unwrap_or(u32::MAX);
        self.look(access, Permission::ConversationRead, ReadOf::Conversations(shown))?;
        Ok(found)
    }

    /// A page of a conversation: the newest messages, those before a key, or those around a document.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub fn conversation(
        &self,
        access: &Access,
        id: ConversationId,
        before: Option<&str>,
        around: Option<DocumentId>,
        limit: usize,
    ) -> Result<ConversationPage> {
        let part = Part { before: before.map(str::to_owned), around, limit, ..Part::default() };
        self.conversation_part(access, id, &part)
    }

    /// A part of a conversation.
    ///
    /// # Errors
    /// A refusal by role, or for a key that is none; [`Refusal::NotFound`].
    pub fn conversation_part(
        &self,
        access: &Access,
        id: ConversationId,
        part: &Part,
    ) -> Result<ConversationPage> {
        let limit = rows_of(part.limit);
        let before = key_of::<2>(part.before.as_deref())?;
        let id = self.inner().views.ask(|db| current_id(db, id))?;
        self.look(access, Permission::ConversationRead, ReadOf::Conversation(id))?;
        self.inner().views.ask(|db| {
            let own = Own::of(access.employee);
            let row = conversation_row(db, id, own)?.ok_or(Refusal::NotFound)?;
            let middle = match part.around {
                Some(document) => message_at(db, document)?.map(|message| (message.at, message.document)),
                None => part.from.map(|at| first_from(db, id, at)).transpose()?.flatten(),
            };
            let from = match middle {
                Some(middle) if before.is_none() => after_half(db, id, middle, limit)?,
                _ => before,
            };
            let waiting = db
                .prepare_cached(
                    "SELECT count(*) FROM items WHERE waits = 1 AND number = (SELECT number FROM conversations WHERE id = ?1)",
                )?
                .query_row([bits(id.0)], |row| row.get::<_, i64>(0))?;
            let alerts = alerts::alerts_on(db, id, own)?;
            Ok(ConversationPage {
                row,
                messages: messages_before(db, id, from, part.marked.then_some(own), limit)?,
                findings: alerts::findings_of(db, &alerts)?,
                alerts,
                waiting: unbits(waiting),
            })
        })
    }

    /// A media file. Only one that belongs to a readable message is shown.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub fn media(&self, access: &Access, entry: Index) -> Result<MediaStream> {
        self.look(access, Permission::ConversationRead, ReadOf::Media(entry))?;
        let inner = self.inner();
        let shown: bool = inner.views.ask(|db| {
            Ok(db
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM media JOIN messages ON messages.row = media.row \
                     JOIN items ON items.idx = media.item AND items.waits = 0 WHERE media.entry = ?1)",
                )?
                .query_row([bits(entry.0)], |row| row.get(0))?)
        })?;
        if !shown {
            return Err(Refusal::NotFound.into());
        }
        let stored = inner.store.journal.read(entry.0)?;
        let opened = inner.store.open_entry(&stored)?.ok_or(Refusal::NotFound)?;
        let Event::Media { mime, size_bytes, .. } = opened.event else {
            return Err(Refusal::NotFound.into());
        };
        let reader = inner.store.open_media(&stored)?.ok_or(Refusal::NotFound)?;
        Ok(MediaStream { mime, size_bytes, reader })
    }
}

/// The conversation that an id means now: conversations of one person are merged.
pub(super) fn current_id(db: &Connection, id: ConversationId) -> Result<ConversationId> {
    let mut now = bits(id.0);
    for _ in 0..FORWARDS_MAX {
        let merged: Option<Option<i64>> = db
            .prepare_cached("SELECT merged_into FROM conversations WHERE id = ?1")?
            .query_row([now], |row| row.get(0))
            .optional()?;
        let Some(into) = merged.flatten() else { break };
        now = into;
    }
    Ok(ConversationId(unbits(now)))
}

pub(super) fn conversation_row(
    db: &Connection,
    id: ConversationId,
    own: Own,
) -> Result<Option<ConversationRow>> {
    let found = db
        .prepare_cached(&format!(
            "SELECT c.number, c.contact, c.messages, c.last_at, c.last_doc, n.display, \
             (SELECT count(*) FROM alerts a WHERE a.conversation = c.id AND a.closed = 0{}) \
             FROM conversations c LEFT JOIN numbers n ON n.number = c.number WHERE c.id = ?1",
            own.condition("a.id")
        ))?
        .query_row([bits(id.0)], |row| {
            let number: String = row.get(0)?;
            let last_doc: Option<i64> = row.get(4)?;
            let row = ConversationRow {
                id,
                contact: row.get::<_, Option<i64>>(1)?.map(|contact| ContactId(unbits(contact))),
                employee: None,
                number: row.get(5)?,
                messages: unbits(row.get(2)?),
                last_at: instant(row.get(3)?),
                last_text: String::new(),
                open_alerts: unbits(row.get(6)?),
            };
            Ok((number, last_doc, row))
        })
        .optional()?;
    let Some((number, last_doc, mut row)) = found else { return Ok(None) };
    let employee = accountable(db, &number, row.last_at)?;
    row.employee = alerts::place(db, employee, row.last_at)?;
    if let Some(message) = last_doc.map(|doc| message_at(db, DocumentId(unbits(doc)))).transpose()?.flatten()
    {
        row.last_text = last_words(&message);
    }
    Ok(Some(row))
}

/// The words of a message's newest version, with identifiers hidden: a list shows no numbers.
fn last_words(message: &Message) -> String {
    let Some(version) = message.versions.last() else { return String::new() };
    let zone = version.zones.iter().next();
    let Some((zone, text)) = zone else { return String::new() };
    let mut hidden = String::with_capacity(text.len());
    let mut at = 0;
    let mut marks: Vec<_> = version.marks.iter().filter(|mark| mark.zone == *zone).collect();
    marks.sort_by_key(|mark| mark.start);
    for mark in marks {
        let (Some(before), true) = (text.get(at..mark.start.max(at)), mark.end > at) else { continue };
        hidden.push_str(before);
        hidden.push_str("••••");
        at = mark.end;
    }
    hidden.push_str(text.get(at..).unwrap_or_default());
    hidden.chars().take(LAST_CHARS_MAX).collect()
}

/// A message by its document.
pub(super) fn message_at(db: &Connection, id: DocumentId) -> Result<Option<Message>> {
    Ok(db
        .prepare_cached(
            "SELECT json, status FROM messages WHERE row = (SELECT row FROM docs WHERE doc = ?1)",
        )?
        .query_row([bits(id.0)], message)
        .optional()?)
}

/// A message from its JSON and its status, the first two columns of a row.
fn message(row: &rusqlite::Row<'_>) -> rusqlite::Result<Message> {
    let message: Message = from_json(&row.get::<_, String>(0)?)?;
    Ok(Message { status: row.get(1)?, ..message })
}

fn conversation_of(db: &Connection, message: &Message) -> Result<i64> {
    Ok(db
        .prepare_cached(
            "SELECT conversation FROM messages WHERE row = (SELECT row FROM docs WHERE doc = ?1)",
        )?
        .query_row([bits(message.document.0)], |row| row.get(0))?)
}

/// A message with so many before and after it, oldest first.
pub(super) fn messages_around(db: &Connection, message: &Message, count: usize) -> Result<Vec<Message>> {
    let conversation = ConversationId(unbits(conversation_of(db, message)?));
    let upto = after_half(db, conversation, (message.at, message.document), count * 2 + 1)?;
    Ok(messages_before(db, conversation, upto, None, count * 2 + 1)?.rows)
}

/// The first message of a conversation from an instant on.
fn first_from(db: &Connection, id: ConversationId, at: Timestamp) -> Result<Option<(Timestamp, DocumentId)>> {
    Ok(db
        .prepare_cached(
            "SELECT at, doc FROM messages WHERE conversation = ?1 AND at >= ?2 ORDER BY at, doc LIMIT 1",
        )?
        .query_row(params![bits(id.0), micros(at)], |row| {
            Ok((instant(row.get(0)?), DocumentId(unbits(row.get(1)?))))
        })
        .optional()?)
}

/// The key that puts a message in the middle of a page that ends before it; `None` where the newest page does.
fn after_half(
    db: &Connection,
    id: ConversationId,
    (at, document): (Timestamp, DocumentId),
    limit: usize,
) -> Result<Option<[i64; 2]>> {
    Ok(db
        .prepare_cached(
            "SELECT at, doc FROM messages WHERE conversation = ?1 AND (at, doc) > (?2, ?3) ORDER BY at, doc LIMIT 1 OFFSET ?4",
        )?
        .query_row(
            params![bits(id.0), micros(at), bits(document.0), (limit / 2) as i64],
            |row| Ok([row.get(0)?, row.get(1)?]),
        )
        .optional()?)
}

/// A page of messages that ends before a key, oldest first; `next` leads to the past. `marked`: those with findings only, as far as
/// whoever asks may know of them.
fn messages_before(
    db: &Connection,
    id: ConversationId,
    before: Option<[i64; 2]>,
    marked: Option<Own>,
    limit: usize,
) -> Result<Page<Message>> {
    let [at, doc] = before.unwrap_or([i64::MAX, i64::MAX]);
    let found = marked.map_or(String::new(), |own| own.condition_on_marked("messages.doc"));
    let mut rows = db.prepare_cached(&format!(
        "SELECT json, status FROM messages WHERE conversation = ?1 AND (at, doc) < (?2, ?3){found} \
         ORDER BY at DESC, doc DESC LIMIT ?4",
    ))?;
    let rows = rows.query_map(params![bits(id.0), at, doc, limit as i64 + 1], message)?;
    let rows: Vec<Message> = rows.collect::<rusqlite::Result<_>>()?;
    let key = |message: &Message| key_text(&[micros(message.at), bits(message.document.0)]);
    let mut page = alerts::page(rows, limit, key, true_at(db)?)?;
    page.rows.reverse();
    Ok(page)
}
