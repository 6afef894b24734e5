//! The registry: what is the company's, and what waits for a second person.

use aboveboard_model::{
    access::Permission,
    id::{ContactId, ConversationId, EmployeeId, Index},
    refusal::Refusal,
    registry,
};
use rusqlite::{OptionalExtension, params};

use super::{alerts, rows_of, true_at};
use crate::{
    Ledger,
    command::By,
    error::Result,
    fold::{employee, find_entry},
    view::{Page, RegistryChoice, RegistryPage, RegistryRow},
    views::{bits, from_json, micros, unbits},
};

impl Ledger {
    /// A page of the registry, by kind and value, then by age.
    ///
    /// # Errors
    /// A refusal by role, or for a key that is none.
    pub fn registry(
        &self,
        by: &By,
        choice: &RegistryChoice<'_>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<RegistryRow>> {
        let limit = rows_of(limit);
        let (kind, key, index) = after.map_or(Ok(("", "", -1)), place)?;
        self.plain(by, Permission::RegistryRead, |db| {
            let mut rows = db.prepare_cached(
                "SELECT json FROM registry WHERE (kind, key, idx) > (?1, ?2, ?3) AND (?4 IS NULL OR kind = ?4) \
                 AND (?5 IS NULL OR instr(key, ?6) > 0 OR instr(words, ?5) > 0) AND (?7 = 0 OR waits = 1) \
                 AND (?8 IS NULL OR (counts = 1 AND from_at <= ?8 AND ?8 < until_at)) ORDER BY kind, key, idx LIMIT ?9",
            )?;
            let form = choice.text.map(str::to_lowercase);
            let as_key = choice.text.map(registry::key).filter(|key| !key.is_empty());
            let rows = rows.query_map(
                params![
                    kind,
                    key,
                    index,
                    choice.kind.map(registry::Kind::word),
                    form,
                    as_key,
                    choice.waiting,
                    choice.at.map(micros),
                    limit as i64 + 1,
                ],
                |row| from_json(&row.get::<_, String>(0)?),
            )?;
            let rows: Vec<RegistryRow> = rows.collect::<rusqlite::Result<_>>()?;
            let place = |row: &RegistryRow| {
                format!("{}:{}:{}", row.entry.kind.word(), row.index, row.entry.key())
            };
            alerts::page(rows, limit, place, true_at(db)?)
        })
    }

    /// One entry of the registry, with what was done to it.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub fn registry_entry(&self, by: &By, index: Index) -> Result<RegistryPage> {
        self.plain(by, Permission::RegistryRead, |db| {
            let held = find_entry(db, index)?.ok_or(Refusal::NotFound)?;
            let history = alerts::history(db, &format!("registry/{index}"))?;
            Ok(RegistryPage { held, history })
        })
    }

    /// How many entries wait for a second person, up to 1,000.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn registry_waiting(&self, by: &By) -> Result<u64> {
        self.plain(by, Permission::RegistryRead, |db| {
            let count = "SELECT count(*) FROM (SELECT 1 FROM registry WHERE waits = 1 LIMIT 1000)";
            Ok(unbits(db.prepare_cached(count)?.query_row([], |row| row.get(0))?))
        })
    }

    /// The employee with the firm's reference.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn employee_of_reference(&self, by: &By, reference: &str) -> Result<Option<EmployeeId>> {
        let id = EmployeeId(self.inner().store.hasher.id("employee", &reference.trim().to_lowercase()));
        self.plain(by, Permission::RegistryRead, |db| Ok(employee(db, id)?.map(|known| known.id)))
    }

    /// The client of a phone number (digits), or by id.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn client_of(&self, by: &By, named: &str) -> Result<Option<ContactId>> {
        self.plain(by, Permission::RegistryWrite, |db| {
            let sql = match named.parse::<ContactId>() {
                Ok(_) => "SELECT contact FROM identities WHERE id = ?2 AND ?1 IS NOT NULL",
                Err(_) => {
                    "SELECT contact FROM identities WHERE scheme = 'phone' AND value = ?1 AND ?2 IS NOT NULL"
                }
            };
            let id = named.parse::<ContactId>().map_or(0, |id| bits(id.0));
            let found: Option<i64> = db
                .prepare_cached(sql)?
                .query_row(params![registry::key(named), id], |row| row.get(0))
                .optional()?;
            Ok(found.map(|id| ContactId(unbits(id))))
        })
    }

    /// The client of a conversation, if there is such a conversation.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn is_conversation(&self, by: &By, id: ConversationId) -> Result<bool> {
        self.plain(by, Permission::RegistryWrite, |db| {
            Ok(db
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM conversations WHERE id = ?1)")?
                .query_row([bits(id.0)], |row| row.get(0))?)
        })
    }
}

/// The key of a row: its kind, its entry, its value's key.
fn place(after: &str) -> Result<(&str, &str, i64)> {
    let mut parts = after.splitn(3, ':');
    let (kind, index, key) = (parts.next(), parts.next(), parts.next());
    match (kind, index.and_then(|index| index.parse().ok()), key) {
        (Some(kind), Some(index), Some(key)) => Ok((kind, key, index)),
        _ => Err(Refusal::Malformed.into()),
    }
}
