//! Deciding about policies, lists and macros: by the pure rules of `model`, and what is in force has to keep working.

use std::collections::BTreeSet;

use aboveboard_model::{
    event::Event,
    refusal::Refusal,
    rule::{self, Around, Candidate, Command, Decider, Kind, Rule},
    user::User,
};
use rusqlite::{Connection, params};

use super::Ledger;
use crate::{
    command::By,
    error::Result,
    fold::{self, find_rule},
    views::from_json,
};

impl Ledger {
    /// What the program itself puts in force when it is set up: a policy, as its text.
    pub(super) fn set_up(&self, db: &Connection, by: &By, text: &str) -> Result<Vec<Event>> {
        let name = self.checked(db, &Candidate { kind: Kind::Policy, name: None, text: Some(text) })?;
        let events = rule::set_up(&find_rule(db, Kind::Policy, &name)?, text, &by.actor)?;
        Ok(entries(Kind::Policy, &name, events))
    }

    /// What somebody wants done with a rule.
    pub(super) fn decide_rule(
        &self,
        db: &Connection,
        by: &By,
        (kind, name): (Kind, &str),
        command: &Command,
    ) -> Result<Vec<Event>> {
        if !kind.takes_name(name) {
            return Err(Refusal::Malformed.into());
        }
        let known = find_rule(db, kind, name)?;
        let events = rule::decide(&known, command.clone(), &decider(db, by)?)?;
        for event in &events {
            if let Some(text) = will_be_in_force(event, &known) {
                self.stands(db, &Candidate { kind, name: Some(name), text })?;
            }
        }
        Ok(entries(kind, name, events))
    }

    /// Refuses what cannot be in force under its name.
    fn stands(&self, db: &Connection, candidate: &Candidate<'_>) -> Result<()> {
        if candidate.kind == Kind::Policy && candidate.text.is_none() {
            // Nothing is built on a policy.
            return Ok(());
        }
        let name = self.checked(db, candidate)?;
        if candidate.name == Some(name.as_str()) { Ok(()) } else { Err(Refusal::Malformed.into()) }
    }

    fn checked(&self, db: &Connection, candidate: &Candidate<'_>) -> Result<String> {
        let in_force = in_force(db, candidate.kind != Kind::Policy)?;
        let derive = self.inner().derive;
        let example = |zone, text: &str| fold::example(derive, zone, text);
        let around = Around { in_force: &in_force, example: &example };
        Ok((self.inner().check)(candidate, &around)?)
    }
}

/// The text that is to be in force by an event, or none where the rule is to end; nothing where neither comes of it.
fn will_be_in_force<'a>(event: &'a rule::Event, known: &'a Rule) -> Option<Option<&'a str>> {
    match event {
        rule::Event::Proposed { text, .. } => Some(text.as_deref()),
        rule::Event::Published { text, .. } => Some(Some(text)),
        rule::Event::Retired { .. } => known.newest.as_ref().map(|_| None),
        _ => None,
    }
}

/// What is in force: lists and macros, and with them policies where they are asked for.
pub(crate) fn in_force(db: &Connection, with_policies: bool) -> Result<Vec<(Kind, String, String)>> {
    let mut rows = db.prepare_cached(
        "SELECT kind, name, text FROM rule_versions WHERE active = 1 AND (?1 OR kind <> ?2) ORDER BY kind, name",
    )?;
    let rows = rows.query_map(params![with_policies, Kind::Policy.word()], |row| {
        let kind = Kind::from_word(&row.get::<_, String>(0)?).unwrap_or(Kind::Policy);
        Ok((kind, row.get(1)?, row.get(2)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Who decides, with the other sign-ins of the same employee.
fn decider(db: &Connection, by: &By) -> Result<Decider> {
    let mut same = BTreeSet::new();
    if let Some(employee) = by.employee {
        let mut users = db.prepare_cached("SELECT json FROM users")?;
        for text in users.query_map([], |row| row.get::<_, String>(0))? {
            let user: User = from_json(&text?)?;
            if user.employee == Some(employee) {
                same.insert(user.id);
            }
        }
    }
    Ok(Decider { actor: by.actor.clone(), same })
}

/// The entries that say what happened to a rule.
fn entries(kind: Kind, name: &str, events: Vec<rule::Event>) -> Vec<Event> {
    let name = name.to_owned();
    let entry = |event| match (kind, event) {
        (Kind::Policy, rule::Event::Published { version, text, note, proposal }) => {
            Event::PolicyPublished { policy: name.clone(), version, text, note, proposal }
        }
        (Kind::Policy, rule::Event::Retired { note, proposal }) => {
            Event::PolicyRetired { policy: name.clone(), note, proposal }
        }
        (kind, event) => Event::Rule { kind, name: name.clone(), event },
    };
    events.into_iter().map(entry).collect()
}
