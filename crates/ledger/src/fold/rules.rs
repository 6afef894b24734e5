//! Policies, lists and macros into the views: where each stands, and every version.

use aboveboard_model::{
    access::Actor,
    event::Event,
    id::Index,
    rule::{self, Kind, Rule},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::Fold;
use crate::{
    error::Result,
    fact::{Opened, aggregate},
    views::{self, bits, from_json, json, micros},
};

/// The state that names the last entry by which something came into force or ended.
const IN_FORCE: &str = "rules/in_force";

impl Fold<'_> {
    /// Folds an entry about a rule; others are none of its business.
    pub(super) fn rule(&mut self, entry: &Opened) -> Result<()> {
        let Some((kind, name, event)) = told(&entry.event) else { return Ok(()) };
        let mut rule = find_rule(self.db, kind, name)?;
        let proposed = rule.proposal.as_ref().map(|proposal| (proposal.by.clone(), proposal.index));
        rule.apply(&event, &entry.actor, entry.at, entry.index);
        match &event {
            rule::Event::Published { version, text, note, .. } => {
                self.no_version_active(kind, name)?;
                self.db
                    .prepare_cached(
                        "INSERT OR REPLACE INTO rule_versions VALUES (?1, ?2, ?3, ?4, 1, 1, ?5, ?6, ?7, ?8, ?9, 0, 0)",
                    )?
                    .execute(params![
                        kind.word(),
                        name,
                        version,
                        text,
                        micros(entry.at),
                        json(&entry.actor),
                        bits(entry.index.0),
                        note,
                        proposed.map(|proposed| json::<(Actor, Index)>(&proposed)),
                    ])?;
                views::set_state(self.db, IN_FORCE, &entry.index.to_string())?;
            }
            rule::Event::Retired { .. } => {
                self.no_version_active(kind, name)?;
                self.db
                    .prepare_cached("UPDATE rule_versions SET standing = 0 WHERE kind = ?1 AND name = ?2")?
                    .execute([kind.word(), name])?;
                views::set_state(self.db, IN_FORCE, &entry.index.to_string())?;
            }
            _ => {}
        }
        if let Some(about) = aggregate(&entry.event) {
            self.remember_event(&about, entry, &json(&event.without_text()))?;
        }
        self.keep_rule(&rule)
    }

    fn no_version_active(&self, kind: Kind, name: &str) -> Result<()> {
        self.db
            .prepare_cached(
                "UPDATE rule_versions SET active = 0 WHERE kind = ?1 AND name = ?2 AND active = 1",
            )?
            .execute([kind.word(), name])?;
        Ok(())
    }

    fn keep_rule(&self, rule: &Rule) -> Result<()> {
        if rule.is_blank() {
            self.db
                .prepare_cached("DELETE FROM rules WHERE kind = ?1 AND name = ?2")?
                .execute([rule.kind.word(), rule.name.as_str()])?;
            return Ok(());
        }
        self.db.prepare_cached("INSERT OR REPLACE INTO rules VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(
            params![rule.kind.word(), rule.name, json(rule), rule.proposal.is_some(), rule.draft.is_some(),],
        )?;
        Ok(())
    }
}

/// What an entry says of a rule: that policies come into force and end have entries of their own.
fn told(event: &Event) -> Option<(Kind, &str, rule::Event)> {
    Some(match event {
        Event::PolicyPublished { policy, version, text, note, proposal } => {
            let (version, text, note, proposal) = (*version, text.clone(), note.clone(), *proposal);
            (Kind::Policy, policy, rule::Event::Published { version, text, note, proposal })
        }
        Event::PolicyRetired { policy, note, proposal } => {
            (Kind::Policy, policy, rule::Event::Retired { note: note.clone(), proposal: *proposal })
        }
        Event::Rule { kind, name, event } => (*kind, name, event.clone()),
        _ => return None,
    })
}

/// A rule by name; one of which nothing is known is blank.
pub(crate) fn find_rule(db: &Connection, kind: Kind, name: &str) -> Result<Rule> {
    let text: Option<String> = db
        .prepare_cached("SELECT json FROM rules WHERE kind = ?1 AND name = ?2")?
        .query_row([kind.word(), name], |row| row.get(0))
        .optional()?;
    Ok(text.map(|text| from_json(&text)).transpose()?.unwrap_or_else(|| Rule::new(kind, name)))
}

/// The last entry by which something came into force or ended: what was read with it is good until it changes.
pub(crate) fn rules_changed(db: &Connection) -> Result<Option<Index>> {
    Ok(views::state(db, IN_FORCE)?.and_then(|text| text.parse().ok()).map(Index))
}
