//! Clients as persons: who a party is, what people decided about it, and where messages go when identities change hands.

use aboveboard_model::{
    alert::Alert,
    contact::Event,
    id::{AlertId, ContactId, ConversationId, DocumentId, IdentityId},
    item::Party,
};
use rusqlite::{OptionalExtension, Params, params};

use super::{
    Fold,
    identities::{Found, Seen, Why},
};
use crate::{
    error::Result,
    fact::Opened,
    views::{bits, from_json, json, micros, unbits},
};

/// An identity was seen in a field for phones, or for WhatsApp ids.
pub(crate) const SEEN_AS_PHONE: i64 = 1;
pub(crate) const SEEN_AS_WA_ID: i64 = 2;

impl Fold<'_> {
    /// The client behind a party's identifiers: found or made. `None` where there is no identifier.
    pub(super) fn contact(&mut self, party: &Party, seen: Seen) -> Result<Option<ContactId>> {
        Ok(self.observe_party(party, seen)?.map(|first| first.contact))
    }

    /// Notes every identity of a party and that they are one person's; gives the most lasting one.
    fn observe_party(&mut self, party: &Party, seen: Seen) -> Result<Option<Found>> {
        let (mut found, mut stale) = (Vec::<Found>::new(), Vec::new());
        for (scheme, value) in party.identifiers() {
            let as_field =
                |field: &Option<String>, bit| if field.as_deref() == Some(value) { bit } else { 0 };
            let seen_as = match scheme {
                "phone" => as_field(&party.phone, SEEN_AS_PHONE) | as_field(&party.wa_id, SEEN_AS_WA_ID),
                _ => 0,
            };
            found.push(self.observe(scheme, value, seen_as, seen, &mut stale)?);
        }
        self.note_all(&stale, seen)?;
        let mut is_regrouped = false;
        for (at, one) in found.iter().enumerate() {
            for other in &found[at + 1..] {
                is_regrouped |= self.link(*one, *other, Why::Together, seen)?;
            }
        }
        let mut first = found.first().copied();
        if let Some(first) = first.as_mut().filter(|_| is_regrouped) {
            first.contact = self.person_of(first.id)?.unwrap_or(first.contact);
        }
        if let (Some(first), Some(username)) = (first, &party.username) {
            self.note_username(first.id, username, seen)?;
        }
        Ok(first)
    }

    fn note_username(&self, identity: IdentityId, username: &str, seen: Seen) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO usernames VALUES (?1, ?2, ?3, ?4, ?3, ?4) ON CONFLICT (identity, username) DO UPDATE SET \
                 first_idx = CASE WHEN (?3, ?4) < (first_at, first_idx) THEN ?4 ELSE first_idx END, first_at = min(first_at, ?3), \
                 last_idx = CASE WHEN (?3, ?4) > (last_at, last_idx) THEN ?4 ELSE last_idx END, last_at = max(last_at, ?3)",
            )?
            .execute(params![bits(identity.0), username, micros(seen.at), bits(seen.index.0)])?;
        Ok(())
    }

    /// The client of a message: by identifiers, or, where a source gives none (a chat export), by name on one number.
    pub(super) fn contact_on(
        &mut self,
        number: &str,
        party: &Party,
        seen: Seen,
    ) -> Result<Option<ContactId>> {
        let Some(name) = party.name.as_deref().filter(|_| party.identifiers().is_empty()) else {
            return self.contact(party, seen);
        };
        let mut stale = Vec::new();
        let found = self.observe("name", &format!("{number}\n{name}"), 0, seen, &mut stale)?;
        self.note_all(&stale, seen)?;
        Ok(Some(found.contact))
    }

    /// A client's identifiers changed: both sets belong to one person, where a set has any.
    pub(super) fn contact_changed(&mut self, previous: &Party, current: &Party, seen: Seen) -> Result<()> {
        let before = self.observe_party(previous, seen)?;
        let after = self.observe_party(current, seen)?;
        if let (Some(before), Some(after)) = (before, after) {
            self.link(before, after, Why::Changed, seen)?;
        }
        Ok(())
    }

    /// Folds what a person decided about who is who.
    pub(super) fn contact_decided(&mut self, entry: &Opened, event: &Event) -> Result<()> {
        let index = bits(entry.index.0);
        self.db
            .prepare_cached("INSERT OR IGNORE INTO contact_decisions VALUES (?1, ?2, ?3, ?4, NULL)")?
            .execute(params![index, micros(entry.at), json(&entry.actor), json(event)])?;
        let seen = Seen { at: entry.at, index: entry.index };
        match event {
            Event::Merged { contact, other, .. } => {
                let ends = (self.identity_now(contact.0)?, self.identity_now(other.0)?);
                if let (Some(one), Some(other)) = ends {
                    self.concerns(index, one.contact)?;
                    self.concerns(index, other.contact)?;
                    self.link(one, other, Why::Decided(entry.index), seen)?;
                }
            }
            Event::Split { identity, from, .. } => {
                if let Some(found) = self.identity_now(identity.0)? {
                    self.concerns(index, found.contact)?;
                    self.cut(found, from.map(micros), seen)?;
                }
            }
            Event::Undone { decision, .. } => self.undo(bits(decision.0), index)?,
        }
        Ok(())
    }

    /// Remembers that a decision is about an identity, so that every person it ever touches shows it.
    fn concerns(&self, decision: i64, contact: ContactId) -> Result<()> {
        self.db
            .prepare_cached("INSERT OR IGNORE INTO contact_decisions_of VALUES (?1, ?2)")?
            .execute([bits(contact.0), decision])?;
        Ok(())
    }

    /// The identity that an id means: itself, or, where the split that began it was taken back, the one before it.
    fn identity_now(&self, id: u64) -> Result<Option<Found>> {
        let id = former_identity(self.db, bits(id))?;
        let contact = self.person_of(IdentityId(unbits(id)))?;
        // Decisions bind whatever began an identity: as links of people they look at no cut.
        Ok(contact.map(|contact| Found::decided(IdentityId(unbits(id)), contact)))
    }

    /// Cuts an identity: from an instant on, or from its own beginning, it is another one without links of the past.
    fn cut(&mut self, found: Found, from: Option<i64>, seen: Seen) -> Result<()> {
        let old = bits(found.id.0);
        let (scheme, value, began): (String, String, i64) = self.db.query_row(
            "SELECT scheme, value, from_at FROM identities WHERE id = ?1",
            [old],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let (from, index) = (from.unwrap_or(began), bits(seen.index.0));
        let id = bits(self.store.hasher.id("contact", &format!("{scheme}:{value}@{}", seen.index)));
        let before: (i64, i64) = self.db.query_row(
            "SELECT id, contact FROM identities WHERE scheme = ?1 AND value = ?2 AND from_at <= ?3 ORDER BY from_at DESC, cut DESC LIMIT 1",
            params![scheme, value, from],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        self.db.execute(
            "INSERT INTO identities (id, scheme, value, from_at, cut, contact, born, alike, seen_as) \
             SELECT ?1, scheme, value, ?2, ?3, ?1, ?3, alike, seen_as FROM identities WHERE id = ?4",
            params![id, from, index, before.0],
        )?;
        // What was seen after the cut was seen of the other: its messages are composed anew and say so.
        self.db.execute(
            "UPDATE identities SET last_at = first_at, last_idx = first_idx WHERE id = ?1 AND last_at >= ?2",
            [before.0, from],
        )?;
        self.refresh_contact(id)?;
        self.concerns(index, ContactId(unbits(id)))?;
        self.dirty_contact(before.1)?;
        self.regroup(&[before.0, id])?;
        self.refresh_contact_of(before.0)
    }

    /// What is left of an identity, or is back, may be all that its person is.
    fn refresh_contact_of(&self, identity: i64) -> Result<()> {
        match self.person_of(IdentityId(unbits(identity)))? {
            Some(contact) => self.refresh_contact(bits(contact.0)),
            None => Ok(()),
        }
    }

    fn undo(&mut self, decision: i64, by: i64) -> Result<()> {
        self.db.execute(
            "UPDATE contact_decisions SET undone = ?2 WHERE idx = ?1 AND undone IS NULL",
            [decision, by],
        )?;
        self.db.execute(
            "INSERT OR IGNORE INTO contact_decisions_of SELECT identity, ?2 FROM contact_decisions_of WHERE decision = ?1",
            [decision, by],
        )?;
        let merged: Option<(i64, i64)> = self
            .db
            .query_row(
                "DELETE FROM identity_links WHERE decision = ?1 AND why = 'decided' RETURNING one, other",
                [decision],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        if let Some((one, other)) = merged {
            return self.regroup(&[one, other]);
        }
        let split: Option<(i64, i64)> = self
            .db
            .query_row("SELECT id, contact FROM identities WHERE cut = ?1", [decision], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        match split {
            Some((id, contact)) => self.heal(id, contact),
            None => Ok(()),
        }
    }

    /// Takes a cut back: the identity before it takes over what the one after it was.
    fn heal(&mut self, id: i64, contact: i64) -> Result<()> {
        self.dirty_contact(contact)?;
        let before: i64 = self.db.query_row(
            "SELECT b.id FROM identities a JOIN identities b ON b.scheme = a.scheme AND b.value = a.value \
             AND (b.from_at, b.cut) < (a.from_at, a.cut) WHERE a.id = ?1 ORDER BY b.from_at DESC, b.cut DESC LIMIT 1",
            [id],
            |row| row.get(0),
        )?;
        let links: Vec<(i64, i64, String, i64, i64)> = self
            .db
            .prepare_cached("DELETE FROM identity_links WHERE one = ?1 OR other = ?1 RETURNING one, other, why, decision, idx")?
            .query_map([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut seeds = vec![before];
        for (one, other, why, decision, index) in links {
            let far = if one == id { other } else { one };
            seeds.push(far);
            if far != before {
                self.db.execute(
                    "INSERT OR IGNORE INTO identity_links VALUES (?1, ?2, ?3, ?4, ?5, 0)",
                    params![far.min(before), far.max(before), why, decision, index],
                )?;
            }
        }
        self.db.execute("UPDATE OR IGNORE usernames SET identity = ?2 WHERE identity = ?1", [id, before])?;
        self.db.execute("DELETE FROM usernames WHERE identity = ?1", [id])?;
        let [first, last] = self.seen_of(id)?;
        for at in [first, last].into_iter().flatten() {
            let [first, last] = self.seen_of(before)?;
            self.note_seen(before, at, first, last)?;
        }
        self.db.execute("DELETE FROM identities WHERE id = ?1", [id])?;
        self.db.execute("INSERT OR IGNORE INTO former_identities VALUES (?1, ?2)", [id, before])?;
        self.db.execute("UPDATE former_identities SET identity = ?2 WHERE identity = ?1", [id, before])?;
        self.regroup(&seeds)?;
        self.refresh_contact_of(before)?;
        self.refresh_contact(contact)?;
        self.refresh_contact(id)
    }

    /// Composes every message of a person anew.
    pub(super) fn dirty_contact(&mut self, contact: i64) -> Result<()> {
        self.dirty_all(
            "SELECT doc FROM messages WHERE conversation IN (SELECT id FROM conversations WHERE contact = ?1 \
             UNION SELECT conversation FROM members WHERE contact = ?1)",
            [contact],
        )?;
        let groups: Vec<i64> = self
            .db
            .prepare_cached("DELETE FROM members WHERE contact = ?1 RETURNING conversation")?
            .query_map([contact], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        self.moved.extend(groups.into_iter().map(|group| (group, group)));
        Ok(())
    }

    /// Composes every document anew that a query names.
    pub(super) fn dirty_all(&mut self, sql: &str, params: impl Params) -> Result<()> {
        let mut docs = self.db.prepare_cached(sql)?;
        for doc in docs.query_map(params, |row| row.get::<_, i64>(0))? {
            self.dirty.insert(DocumentId(unbits(doc?)));
        }
        Ok(())
    }

    /// The conversation of a number with a client or a group.
    pub(super) fn conversation_id(
        &self,
        number: &str,
        contact: Option<ContactId>,
        group: Option<&str>,
    ) -> ConversationId {
        let other = match (group, contact) {
            (Some(group), _) => format!("group/{group}"),
            (None, Some(contact)) => contact.to_string(),
            (None, None) => "nobody".to_owned(),
        };
        ConversationId(self.store.hasher.id("conversation", &format!("{number}\n{other}")))
    }

    /// Makes a conversation known. A group's has no client of its own: its members write in it. Gives its first message's instant
    /// and document.
    pub(super) fn ensure_conversation(
        &self,
        id: ConversationId,
        number: &str,
        contact: Option<ContactId>,
        group: Option<&str>,
    ) -> Result<Option<(i64, i64)>> {
        let known: Option<(Option<i64>, Option<i64>)> = self
            .db
            .prepare_cached("SELECT first_at, first_doc FROM conversations WHERE id = ?1")?
            .query_row([bits(id.0)], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let only = contact.filter(|_| group.is_none()).map(|contact| bits(contact.0));
        if known.is_none() {
            self.db
                .prepare_cached(
                    "INSERT INTO conversations (id, number, contact, grp) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![bits(id.0), number, only, group])?;
        }
        if let (Some(contact), Some(_)) = (contact, group) {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO members VALUES (?1, ?2)")?
                .execute([bits(contact.0), bits(id.0)])?;
        }
        Ok(known.and_then(|(at, doc)| at.zip(doc)))
    }

    /// Brings conversations that messages left up to date, and alerts after their documents. Says whether that makes
    /// documents dirty.
    pub(super) fn settle_moved(&mut self) -> Result<bool> {
        for (old, new) in std::mem::take(&mut self.moved) {
            if old != new {
                self.recount(old)?;
                let (messages, first): (i64, Option<i64>) = self.db.query_row(
                    "SELECT messages, first_doc FROM conversations WHERE id = ?1",
                    [old],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )?;
                let forward = (messages == 0).then_some(new);
                self.db.execute(
                    "UPDATE conversations SET merged_into = ?2 WHERE id = ?1",
                    params![old, forward],
                )?;
                self.dirty.extend(first.map(|doc| DocumentId(unbits(doc))));
                // What a client said before is elsewhere now, and with it what is the client's own.
                self.dirty_all(
                    "SELECT DISTINCT m.doc FROM messages m JOIN sightings s ON s.row = m.row WHERE m.conversation = ?1 AND s.incoming = 0",
                    [old],
                )?;
            }
            let alerts: Vec<i64> = self
                .db
                .prepare_cached("SELECT id FROM alerts WHERE conversation = ?1")?
                .query_map([old], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            for alert in alerts {
                self.alert_follows(AlertId(unbits(alert)))?;
            }
        }
        Ok(!self.dirty.is_empty())
    }

    /// Puts an alert where the newest of its documents is.
    pub(super) fn alert_follows(&self, id: AlertId) -> Result<()> {
        let Some(mut alert): Option<Alert> = super::find_alert(self.db, id)? else { return Ok(()) };
        let mut newest = None;
        for one in alert.findings.iter().rev() {
            newest = self
                .db
                .prepare_cached(
                    "SELECT m.conversation, d.json FROM docs JOIN messages m ON m.row = docs.row \
                     JOIN documents d ON d.row = m.row WHERE docs.doc = ?1 ORDER BY d.revision DESC LIMIT 1",
                )?
                .query_row([bits(one.document.0)], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
                })
                .optional()?;
            if newest.is_some() {
                break;
            }
        }
        let Some((conversation, document)) = newest else { return Ok(()) };
        let document: aboveboard_model::document::Document = from_json(&document)?;
        let place = (ConversationId(unbits(conversation)), document.contact);
        if (alert.conversation, alert.contact) != place {
            (alert.conversation, alert.contact) = place;
            self.db
                .prepare_cached("UPDATE alerts SET conversation = ?2, json = ?3 WHERE id = ?1")?
                .execute(params![bits(id.0), conversation, json(&alert)])?;
        }
        Ok(())
    }
}

/// The identity that took over one whose split was taken back; any other stays itself.
pub(crate) fn former_identity(db: &rusqlite::Connection, id: i64) -> Result<i64> {
    Ok(db
        .prepare_cached("SELECT identity FROM former_identities WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .unwrap_or(id))
}
