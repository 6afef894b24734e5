//! Policies, lists and macros: where each stands, its versions, and what was done to it.

use aboveboard_model::{
    access::{Actor, Permission},
    id::Index,
    refusal::Refusal,
    rule::{self, Kind, Rule},
};
use rusqlite::{Row, params};

use super::alerts::history;
use crate::{
    Ledger,
    command::By,
    error::Result,
    fold::find_rule,
    view::{RulePage, RuleVersion},
    views::{from_json, index, instant, unbits},
};

/// Rules that are listed at once.
const RULES_MAX: i64 = 500;

impl Ledger {
    /// A rule with its versions, newest first, and what was done to it, oldest first and without its texts.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub fn rule(&self, by: &By, kind: Kind, name: &str) -> Result<RulePage> {
        self.plain(by, Permission::PolicyRead, |db| {
            let rule = find_rule(db, kind, name)?;
            if rule.is_blank() {
                return Err(Refusal::NotFound.into());
            }
            let mut rows = db.prepare_cached(
                "SELECT version, text, active, at, actor, idx, note, proposed, findings, given_up FROM rule_versions \
                 WHERE kind = ?1 AND name = ?2 ORDER BY version DESC",
            )?;
            let rows = rows.query_map([kind.word(), name], version)?;
            let versions = rows.collect::<rusqlite::Result<_>>()?;
            let history = history::<rule::Event>(db, &format!("{}/{name}", kind.word()))?;
            Ok(RulePage { rule, versions, history })
        })
    }

    /// Rules that somebody writes or that wait for a second person, of one kind or of all, by kind and name.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn rules_in_work(&self, by: &By, kind: Option<Kind>) -> Result<Vec<Rule>> {
        let of = kind.map(Kind::word);
        self.plain(by, Permission::PolicyRead, |db| {
            let mut rows = db.prepare_cached(
                "SELECT json FROM rules WHERE (waits = 1 OR writes = 1) AND (?1 IS NULL OR kind = ?1) \
                 ORDER BY waits DESC, kind, name LIMIT ?2",
            )?;
            let rows = rows.query_map(params![of, RULES_MAX], |row| from_json(&row.get::<_, String>(0)?))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Every rule of a kind, by name.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn rules(&self, by: &By, kind: Kind) -> Result<Vec<Rule>> {
        self.plain(by, Permission::PolicyRead, |db| {
            let mut rows = db.prepare_cached("SELECT json FROM rules WHERE kind = ?1 ORDER BY name")?;
            let rows = rows.query_map([kind.word()], |row| from_json(&row.get::<_, String>(0)?))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Everything that is in force: kind, name, text.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn rules_in_force(&self, by: &By, with_policies: bool) -> Result<Vec<(Kind, String, String)>> {
        self.plain(by, Permission::PolicyRead, |db| crate::ledger::in_force(db, with_policies))
    }
}

fn version(row: &Row<'_>) -> rusqlite::Result<RuleVersion> {
    let proposed: Option<String> = row.get(7)?;
    let proposed: Option<(Actor, Index)> = proposed.map(|text| from_json(&text)).transpose()?;
    Ok(RuleVersion {
        version: row.get(0)?,
        text: row.get(1)?,
        active: row.get(2)?,
        at: instant(row.get(3)?),
        by: from_json(&row.get::<_, String>(4)?)?,
        index: index(row.get(5)?),
        note: row.get(6)?,
        proposed,
        findings: unbits(row.get(8)?),
        given_up: unbits(row.get(9)?),
    })
}
