//! What decisions about who is who are made on: persons and identities as they are folded.

use aboveboard_model::{
    contact::{Event, Known, Standing},
    id::{ContactId, IdentityId, Index},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    fold::former_identity,
    views::{bits, from_json, micros, unbits},
};

/// Persons and identities of the views. A question that the views cannot answer is answered as if nothing were known: the
/// command is refused.
pub(super) struct Persons<'a>(pub &'a Connection);

impl Persons<'_> {
    fn contact_of(&self, id: u64) -> Option<i64> {
        let id = former_identity(self.0, bits(id)).ok()?;
        self.0
            .prepare_cached("SELECT contact FROM identities WHERE id = ?1")
            .ok()?
            .query_row([id], |row| row.get(0))
            .optional()
            .ok()?
    }
}

impl Known for Persons<'_> {
    fn person(&self, contact: ContactId) -> Option<ContactId> {
        self.contact_of(contact.0).map(|contact| ContactId(unbits(contact)))
    }

    fn holder(&self, identity: IdentityId) -> Option<(ContactId, usize)> {
        let contact = self.contact_of(identity.0)?;
        let mut held = self
            .0
            .prepare_cached(
                "SELECT count(DISTINCT i.scheme || ':' || i.value) FROM identities i WHERE i.contact = ?1 AND NOT EXISTS \
                 (SELECT 1 FROM identities n WHERE n.scheme = i.scheme AND n.value = i.value AND n.from_at = i.from_at AND n.cut > i.cut)",
            )
            .ok()?;
        let count: i64 = held.query_row([contact], |row| row.get(0)).ok()?;
        Some((ContactId(unbits(contact)), usize::try_from(count).unwrap_or_default()))
    }

    fn is_cut(&self, identity: IdentityId, from: Option<Timestamp>) -> bool {
        let exists = || -> rusqlite::Result<bool> {
            self.0
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM identities a JOIN identities b ON b.scheme = a.scheme AND b.value = a.value \
                     WHERE a.id = ?1 AND b.cut > 0 AND b.from_at = ?2 AND b.id <> a.id)",
                )?
                .query_row(params![bits(identity.0), from.map(micros)], |row| row.get(0))
        };
        exists().unwrap_or(true)
    }

    fn standing(&self, decision: Index) -> Option<Standing> {
        let found = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?));
        let (event, undone) = self
            .0
            .prepare_cached("SELECT event, undone FROM contact_decisions WHERE idx = ?1")
            .ok()?
            .query_row([bits(decision.0)], found)
            .optional()
            .ok()??;
        match from_json(&event).ok()? {
            Event::Undone { .. } => None,
            _ if undone.is_some() => Some(Standing::Undone),
            _ => Some(Standing::Held),
        }
    }
}
