//! Policies.

use aboveboard_model::{
    access::Permission,
    document::{Document, Zone},
    refusal::Refusal,
};
use rusqlite::{Row, params};

use super::{alerts, rows_of, true_at};
use crate::{
    Ledger,
    command::By,
    error::Result,
    fold,
    view::{Page, PolicyRow},
    views::{from_json, index, instant, unbits},
};

const POLICY_COLUMNS: &str = "id, version, text, active, at, actor, idx, (SELECT sum(findings) FROM policies p WHERE p.id = policies.id), \
     (SELECT sum(given_up) FROM policies p WHERE p.id = policies.id)";

impl Ledger {
    /// What the detectors make of an example's words, as if nothing were registered; its own facts are laid over it.
    pub fn example(&self, zone: Zone, text: &str) -> Document {
        fold::example(self.inner().derive, zone, text)
    }

    /// Every policy in its newest version, by id.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn policies(&self, by: &By) -> Result<Vec<PolicyRow>> {
        self.plain(by, Permission::PolicyRead, |db| {
            let mut rows = db.prepare_cached(&format!(
                "SELECT {POLICY_COLUMNS} FROM policies WHERE version = \
                 (SELECT max(version) FROM policies p WHERE p.id = policies.id) ORDER BY id"
            ))?;
            let rows = rows.query_map([], policy_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// A page of policies in their newest versions: those in force by id, then the retired ones by id.
    ///
    /// # Errors
    /// A refusal by role, or for a key that is none.
    pub fn policies_page(&self, by: &By, after: Option<&str>, limit: usize) -> Result<Page<PolicyRow>> {
        let limit = rows_of(limit);
        let (is_active, after) = match after.map(|after| after.split_once(':')) {
            None => (true, ""),
            Some(Some(("1", id))) => (true, id),
            Some(Some(("0", id))) => (false, id),
            Some(_) => return Err(Refusal::Malformed.into()),
        };
        self.plain(by, Permission::PolicyRead, |db| {
            let read = |condition: &str, after: &str, wanted: usize| -> Result<Vec<PolicyRow>> {
                let mut rows = db.prepare_cached(&format!(
                    "SELECT {POLICY_COLUMNS} FROM policies WHERE {condition} AND id > ?1 ORDER BY id LIMIT ?2"
                ))?;
                let rows = rows.query_map(params![after, wanted as i64], policy_row)?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            };
            let mut rows = if is_active { read("active = 1", after, limit + 1)? } else { vec![] };
            if rows.len() <= limit {
                let newest =
                    "active = 0 AND version = (SELECT max(version) FROM policies p WHERE p.id = policies.id)";
                let after = if is_active { "" } else { after };
                rows.extend(read(newest, after, limit + 1 - rows.len())?);
            }
            let key = |row: &PolicyRow| format!("{}:{}", u8::from(row.active), row.id);
            alerts::page(rows, limit, key, true_at(db)?)
        })
    }

    /// Every version of a policy, newest first.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub fn policy(&self, by: &By, id: &str) -> Result<Vec<PolicyRow>> {
        self.plain(by, Permission::PolicyRead, |db| {
            let mut rows = db.prepare_cached(&format!(
                "SELECT {POLICY_COLUMNS} FROM policies WHERE id = ?1 ORDER BY version DESC"
            ))?;
            let rows: Vec<PolicyRow> = rows.query_map([id], policy_row)?.collect::<rusqlite::Result<_>>()?;
            if rows.is_empty() { Err(Refusal::NotFound.into()) } else { Ok(rows) }
        })
    }
}

fn policy_row(row: &Row<'_>) -> rusqlite::Result<PolicyRow> {
    Ok(PolicyRow {
        id: row.get(0)?,
        version: row.get(1)?,
        text: row.get(2)?,
        active: row.get(3)?,
        at: instant(row.get(4)?),
        by: from_json(&row.get::<_, String>(5)?)?,
        index: index(row.get(6)?),
        findings: unbits(row.get(7)?),
        given_up: unbits(row.get(8)?),
    })
}
