//! Clients as a graph of identifiers: any of them may be missing, and two persons may turn out to be one.

use aboveboard_model::{
    id::{ContactId, ConversationId, DocumentId, Index},
    item::Party,
};
use rusqlite::{OptionalExtension, params};

use super::Fold;
use crate::{
    error::Result,
    views::{bits, unbits},
};

impl Fold<'_> {
    /// The client behind a party's identifiers: found, made, or merged from several. `None` where there is no identifier.
    pub(super) fn contact(&mut self, party: &Party, index: Index) -> Result<Option<ContactId>> {
        let identifiers = party.identifiers();
        let stored: Vec<Option<ContactId>> = identifiers
            .iter()
            .map(|(scheme, value)| self.contact_of(scheme, value))
            .collect::<Result<_>>()?;
        let mut known: Vec<ContactId> = Vec::new();
        for contact in stored.iter().flatten() {
            if !known.contains(contact) {
                known.push(*contact);
            }
        }
        let Some((scheme, value)) = identifiers.first() else { return Ok(None) };
        let contact = match known.first() {
            None => self.make_contact(scheme, value, index)?,
            Some(only) if known.len() == 1 => *only,
            Some(_) => self.merge(&known, index)?,
        };
        let unknown = identifiers.iter().zip(stored).filter(|(_, stored)| *stored != Some(contact));
        for ((scheme, value), _) in unknown {
            self.db
                .prepare_cached(
                    "INSERT INTO identifiers VALUES (?1, ?2, ?3) ON CONFLICT (scheme, value) DO UPDATE SET contact = ?3",
                )?
                .execute(params![scheme, value, bits(contact.0)])?;
        }
        if party.name.is_some() || party.username.is_some() {
            self.db
                .prepare_cached(
                    "UPDATE contacts SET name = coalesce(?2, name), username = coalesce(?3, username) \
                     WHERE id = ?1 AND (name IS NOT coalesce(?2, name) OR username IS NOT coalesce(?3, username))",
                )?
                .execute(params![bits(contact.0), party.name, party.username])?;
        }
        Ok(Some(contact))
    }

    /// The client of a message: by identifiers, or, where a source gives none (a chat export), by name on one number.
    pub(super) fn contact_on(
        &mut self,
        number: &str,
        party: &Party,
        index: Index,
    ) -> Result<Option<ContactId>> {
        let Some(name) = party.name.as_deref().filter(|_| party.identifiers().is_empty()) else {
            return self.contact(party, index);
        };
        let value = format!("{number}\n{name}");
        if let Some(contact) = self.contact_of("name", &value)? {
            return Ok(Some(contact));
        }
        let contact = self.make_contact("name", &value, index)?;
        self.db
            .prepare_cached("INSERT INTO identifiers VALUES ('name', ?1, ?2)")?
            .execute(params![value, bits(contact.0)])?;
        self.db
            .prepare_cached("UPDATE contacts SET name = ?2 WHERE id = ?1")?
            .execute(params![bits(contact.0), name])?;
        Ok(Some(contact))
    }

    /// A client's identifiers changed: both sets belong to one person, where a set has any.
    pub(super) fn contact_changed(&mut self, previous: &Party, current: &Party, index: Index) -> Result<()> {
        let before = self.contact(previous, index)?;
        let after = self.contact(current, index)?;
        if let (Some(before), Some(after)) = (before, after)
            && before != after
        {
            self.merge(&[before, after], index)?;
        }
        Ok(())
    }

    fn contact_of(&self, scheme: &str, value: &str) -> Result<Option<ContactId>> {
        let found: Option<i64> = self
            .db
            .prepare_cached("SELECT contact FROM identifiers WHERE scheme = ?1 AND value = ?2")?
            .query_row([scheme, value], |row| row.get(0))
            .optional()?;
        Ok(found.map(|contact| ContactId(unbits(contact))))
    }

    fn make_contact(&self, scheme: &str, value: &str, index: Index) -> Result<ContactId> {
        let contact = ContactId(self.store.hasher.id("contact", &format!("{scheme}:{value}")));
        self.db
            .prepare_cached("INSERT OR IGNORE INTO contacts (id, idx) VALUES (?1, ?2)")?
            .execute(params![bits(contact.0), bits(index.0)])?;
        Ok(contact)
    }

    /// Makes several persons one: the one known longest stays, so that its pseudonym lasts.
    fn merge(&mut self, known: &[ContactId], index: Index) -> Result<ContactId> {
        let mut by_age: Vec<(i64, ContactId)> = Vec::new();
        for contact in known {
            let since = self
                .db
                .prepare_cached("SELECT idx FROM contacts WHERE id = ?1")?
                .query_row([bits(contact.0)], |row| row.get(0))
                .optional()?
                .unwrap_or(bits(index.0));
            by_age.push((since, *contact));
        }
        by_age.sort_unstable();
        let (_, survivor) = by_age[0];
        for (_, merged) in &by_age[1..] {
            self.merge_into(*merged, survivor)?;
        }
        Ok(survivor)
    }

    fn merge_into(&mut self, merged: ContactId, survivor: ContactId) -> Result<()> {
        let (from, to) = (bits(merged.0), bits(survivor.0));
        self.db.execute("UPDATE identifiers SET contact = ?2 WHERE contact = ?1", [from, to])?;
        self.db.execute(
            "UPDATE contacts SET name = coalesce(name, (SELECT name FROM contacts WHERE id = ?1)), \
             username = coalesce(username, (SELECT username FROM contacts WHERE id = ?1)) WHERE id = ?2",
            [from, to],
        )?;
        self.db.execute(
            "UPDATE contacts SET merged_into = ?2, name = NULL, username = NULL WHERE id = ?1 OR merged_into = ?1",
            [from, to],
        )?;
        let conversations: Vec<(i64, String)> = self
            .db
            .prepare_cached("SELECT id, number FROM conversations WHERE contact = ?1 AND grp IS NULL AND merged_into IS NULL")?
            .query_map([from], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (old, number) in conversations {
            let new = self.conversation_id(&number, Some(survivor), None);
            self.move_conversation(ConversationId(unbits(old)), new, &number, survivor)?;
        }
        // Messages of a group stay in their conversation; who wrote them has changed all the same.
        Ok(())
    }

    fn move_conversation(
        &mut self,
        old: ConversationId,
        new: ConversationId,
        number: &str,
        survivor: ContactId,
    ) -> Result<()> {
        self.ensure_conversation(new, number, Some(survivor), None)?;
        let docs: Vec<i64> = self
            .db
            .prepare_cached("SELECT doc FROM messages WHERE conversation = ?1")?
            .query_map([bits(old.0)], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        self.dirty.extend(docs.into_iter().map(|doc| DocumentId(unbits(doc))));
        self.db.execute(
            "UPDATE conversations SET merged_into = ?2 WHERE id = ?1 OR merged_into = ?1",
            [bits(old.0), bits(new.0)],
        )?;
        let alerts: Vec<(i64, String)> = self
            .db
            .prepare_cached("SELECT id, json FROM alerts WHERE conversation = ?1")?
            .query_map([bits(old.0)], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (id, text) in alerts {
            let mut alert: aboveboard_model::alert::Alert = crate::views::from_json(&text)?;
            alert.conversation = new;
            alert.contact = Some(survivor);
            self.db.execute(
                "UPDATE alerts SET conversation = ?2, json = ?3 WHERE id = ?1",
                params![id, bits(new.0), crate::views::json(&alert)],
            )?;
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

    /// Makes a conversation known.
    pub(super) fn ensure_conversation(
        &self,
        id: ConversationId,
        number: &str,
        contact: Option<ContactId>,
        group: Option<&str>,
    ) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT OR IGNORE INTO conversations (id, number, contact, grp) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![bits(id.0), number, contact.map(|contact| bits(contact.0)), group])?;
        Ok(())
    }
}
