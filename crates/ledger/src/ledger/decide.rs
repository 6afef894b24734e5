//! Deciding: what somebody wants, on the newest state, by the pure rules of `model`; appended only if nothing changed meanwhile.

use aboveboard_archive::{Error as ArchiveError, journal::Journal};
use aboveboard_model::{
    access::{Actor, Permission},
    alert, case, contact,
    event::Event,
    id::{AlertId, CaseId, Index, QueueId, SourceId, UserId},
    queue,
    refusal::Refusal,
    source,
    user::{self, Commander, User},
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use super::{Ledger, persons::Persons, registering};
use crate::{
    ask::near,
    command::{ALERTS_AT_ONCE_MAX, By, Command, Decided},
    error::{Error, Result},
    fact::{Fact, aggregate},
    fold::{
        find_alert, find_case, find_connection, find_queue, find_source, find_user, is_source, queues_of,
    },
    views::{from_json, unbits},
};

/// How often a command is decided anew when somebody else was faster.
const ATTEMPTS_MAX: usize = 5;
/// How long a former app secret stays good after a rotation.
const SECRET_OVERLAP: SignedDuration = SignedDuration::from_hours(72);

/// Ids that a command may need, drawn before it is decided.
struct Fresh {
    id: u64,
    now: Timestamp,
}

/// What a command comes to: events, and the ids of what it made.
#[derive(Default)]
struct Outcome {
    events: Vec<Event>,
    case: Option<CaseId>,
    user: Option<UserId>,
    source: Option<SourceId>,
}

impl Ledger {
    /// Decides a command and writes down what follows.
    ///
    /// # Errors
    /// A refusal by role, by rule, or because somebody else changed the same thing; the archive's.
    pub fn decide(&self, by: &By, command: Command) -> Result<Decided> {
        self.need(by, permission(by, &command))?;
        let _one_at_a_time = self.inner.deciding.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let fresh = Fresh { id: self.inner().random_u64()?, now: self.now() };
        for _ in 0..ATTEMPTS_MAX {
            let (outcome, versions) = self.inner().views.ask(|db| {
                let outcome = self.outcome(db, by, &command, &fresh)?;
                let versions = versions(db, &outcome.events)?;
                Ok((outcome, versions))
            })?;
            match self.append(by, &outcome, &versions) {
                Err(Error::Archive(ArchiveError::Conflict(_))) => self.catch_up()?,
                other => return other,
            }
        }
        Err(Refusal::ChangedMeanwhile.into())
    }

    fn append(&self, by: &By, outcome: &Outcome, versions: &[(String, u64)]) -> Result<Decided> {
        let inner = self.inner();
        let facts: Vec<Fact> = outcome.events.iter().cloned().map(Fact::new).collect();
        let index = if facts.is_empty() {
            Index(self.len().saturating_sub(1))
        } else {
            let prepared = inner.store.prepare(&by.actor, self.now(), &facts, versions)?;
            let first = inner.store.journal.append(prepared.batch)?;
            inner.grown();
            Index(first + facts.len() as u64 - 1)
        };
        Ok(Decided {
            index,
            case: outcome.case,
            user: outcome.user,
            source: outcome.source,
            entries: facts.len(),
        })
    }

    fn catch_up(&self) -> Result<()> {
        self.at_least(Index(self.len().saturating_sub(1)))
    }

    fn outcome(&self, db: &Connection, by: &By, command: &Command, fresh: &Fresh) -> Result<Outcome> {
        let events = match command {
            Command::Alert(id, command) => self.decide_alert(db, by, *id, command.clone())?,
            Command::Alerts { like, alerts, command } => {
                self.decide_alerts(db, by, *like, alerts, command)?
            }
            Command::Queue(id, command) => decide_queue(db, by, id.unwrap_or(QueueId(fresh.id)), command)?,
            Command::Case(None, command) => return open_case(db, by, CaseId(fresh.id), command.clone()),
            Command::Case(Some(id), command) => self.decide_case(db, by, *id, command.clone())?,
            Command::PublishPolicy(text) => self.set_up(db, by, text)?,
            Command::Rule(kind, name, command) => self.decide_rule(db, by, (*kind, name), command)?,
            Command::AddToRegistry(entries) => registering::add(db, by, None, entries)?,
            Command::AddFromAlert { alert, entry } => {
                let known = find_alert(db, *alert)?.ok_or(Refusal::NotFound)?;
                if by.employee.is_some() && by.employee == known.employee {
                    return Err(Refusal::OwnConduct.into());
                }
                registering::add(db, by, Some(*alert), std::slice::from_ref(entry))?
            }
            Command::EndEntry { entry, at } => registering::end(db, by, *entry, *at)?,
            Command::SettleEntry { entry, declined } => {
                registering::settle(db, by, *entry, declined.as_deref())?
            }
            Command::DeclarePeople(declared) => self.declare(db, declared)?,
            Command::Contact(command) => {
                vec![Event::Contact { event: contact::decide(command.clone(), &Persons(db))? }]
            }
            Command::DeclareSource(id, declared) => {
                let id = id.unwrap_or(SourceId(fresh.id));
                let known = find_source(db, &self.inner().store, id)?;
                let overlap_until = fresh.now + SECRET_OVERLAP;
                let events = source::decide(id, known.as_ref(), declared.clone(), overlap_until)?;
                let events = events.into_iter().map(|event| Event::Source { event }).collect();
                return Ok(Outcome { events, source: Some(id), ..Outcome::default() });
            }
            Command::AskSource(id, errand) => {
                if !is_source(db, *id)? {
                    return Err(Refusal::NotFound.into());
                }
                let asked = find_connection(db, *id)?.ask(*id, *errand, fresh.now);
                asked.into_iter().map(|event| Event::Source { event }).collect()
            }
            Command::User(id, command) => {
                let id = id.unwrap_or(UserId(fresh.id));
                let events = decide_user(db, by, id, command.clone())?;
                return Ok(Outcome { events, user: Some(id), ..Outcome::default() });
            }
        };
        Ok(Outcome { events, ..Outcome::default() })
    }

    fn decide_alert(
        &self,
        db: &Connection,
        by: &By,
        id: AlertId,
        command: alert::Command,
    ) -> Result<Vec<Event>> {
        let alert = find_alert(db, id)?.ok_or(Refusal::NotFound)?;
        let command = match command {
            alert::Command::Assign { to } => alert::Command::Assign { to: self.colleague(db, to.user)? },
            command => command,
        };
        Ok(alert_events(id, alert::decide(&alert, command, decider(by)?)?).collect())
    }

    /// Several alerts at once. What closes them is a judgement on what they say, so they have to say nearly the same.
    fn decide_alerts(
        &self,
        db: &Connection,
        by: &By,
        like: Option<AlertId>,
        alerts: &[AlertId],
        command: &alert::Command,
    ) -> Result<Vec<Event>> {
        if alerts.is_empty() || alerts.len() > ALERTS_AT_ONCE_MAX {
            return Err(Refusal::Malformed.into());
        }
        match (command, like) {
            (alert::Command::Close(_), Some(like)) => {
                let near = near(db, like)?;
                if alerts.iter().any(|id| !near.contains(id)) {
                    return Err(Refusal::NotAlike.into());
                }
            }
            (alert::Command::Claim | alert::Command::Release | alert::Command::Undo, _) => {}
            _ => return Err(Refusal::NotAlike.into()),
        }
        let mut events = Vec::new();
        for id in alerts.iter().collect::<std::collections::BTreeSet<_>>() {
            match self.decide_alert(db, by, *id, command.clone()) {
                // What somebody has built on stands; the others are taken back all the same.
                Err(Error::Refused(Refusal::NothingToUndo)) => {}
                decided => events.extend(decided?),
            }
        }
        if events.is_empty() && *command == alert::Command::Undo {
            return Err(Refusal::NothingToUndo.into());
        }
        Ok(events)
    }

    /// Somebody who may decide about alerts, with the employee they are.
    fn colleague(&self, db: &Connection, id: UserId) -> Result<alert::Decider> {
        let user = find_user(db, id)?.filter(|user| !user.disabled).ok_or(Refusal::NotFound)?;
        if !self.inner().roles.permit(&Actor::User(id), &user.roles, Permission::AlertDecide) {
            return Err(Refusal::NotPermitted.into());
        }
        Ok(alert::Decider { user: id, employee: user.employee })
    }

    fn decide_case(
        &self,
        db: &Connection,
        by: &By,
        id: CaseId,
        command: case::Command,
    ) -> Result<Vec<Event>> {
        let who = decider(by)?;
        let known = find_case(db, id)?.ok_or(Refusal::NotFound)?;
        let mut events = Vec::new();
        for alert_id in &known.alerts {
            let alert = find_alert(db, *alert_id)?.ok_or(Refusal::NotFound)?;
            if by.employee.is_some() && by.employee == alert.employee {
                return Err(Refusal::OwnConduct.into());
            }
            if let case::Command::Close { outcome, reason } = &command {
                let disposition = disposition(*outcome, reason);
                let settled = alert::settle(&alert, disposition, who, known.opened_by)?;
                events.extend(alert_events(*alert_id, settled));
            }
        }
        if let case::Command::Add { alert } = &command {
            events.extend(self.decide_alert(db, by, *alert, alert::Command::Link { case: id })?);
        }
        let decided = case::decide(Some(&known), command)?;
        events.extend(decided.into_iter().map(|event| Event::Case { case: id, event }));
        Ok(events)
    }
}

/// The permission that a command needs.
fn permission(by: &By, command: &Command) -> Permission {
    match command {
        Command::Alert(..) | Command::Alerts { .. } => Permission::AlertDecide,
        Command::Queue(..) => Permission::AlertRead,
        Command::Case(..) => Permission::CaseDecide,
        Command::PublishPolicy(_) | Command::Rule(..) => Permission::PolicyWrite,
        Command::AddToRegistry(_)
        | Command::AddFromAlert { .. }
        | Command::EndEntry { .. }
        | Command::SettleEntry { .. } => Permission::RegistryWrite,
        Command::DeclarePeople(_) => Permission::PeopleWrite,
        Command::Contact(_) => Permission::ContactWrite,
        Command::DeclareSource(..) | Command::AskSource(..) => Permission::SourceWrite,
        Command::User(_, user::Command::Approve) => Permission::UserApprove,
        Command::User(Some(user), user::Command::SetPassword { .. }) if by.actor == Actor::User(*user) => {
            Permission::OwnAccount
        }
        Command::User(..) => Permission::UserWrite,
    }
}

/// The version that each touched aggregate must have for the events to follow.
fn versions(db: &Connection, events: &[Event]) -> Result<Vec<(String, u64)>> {
    let mut versions: Vec<(String, u64)> = Vec::new();
    for name in events.iter().filter_map(aggregate) {
        if versions.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let version: Option<i64> = db
            .prepare_cached("SELECT version FROM versions WHERE aggregate = ?1")?
            .query_row([&name], |row| row.get(0))
            .optional()?;
        versions.push((name, version.map_or(0, unbits)));
    }
    Ok(versions)
}

fn decider(by: &By) -> Result<alert::Decider> {
    // A disposition is a person's: neither a job nor the shell judges.
    let user = by.actor.user().ok_or(Refusal::NotPermitted)?;
    Ok(alert::Decider { user, employee: by.employee })
}

fn alert_events(alert: AlertId, events: Vec<alert::Event>) -> impl Iterator<Item = Event> {
    events.into_iter().map(move |event| Event::Alert { alert, event })
}

/// A queue is made, changed and dropped by its owner; its id is new where nobody has it.
fn decide_queue(db: &Connection, by: &By, id: QueueId, command: &queue::Command) -> Result<Vec<Event>> {
    let user = decider(by)?.user;
    let events = queue::decide(find_queue(db, id)?.as_ref(), &queues_of(db, user)?, command.clone(), user)?;
    Ok(events.into_iter().map(|event| Event::Queue { queue: id, event }).collect())
}

/// Opens a case: its alerts are linked, and claimed by who opens it where nobody has them.
fn open_case(db: &Connection, by: &By, id: CaseId, command: case::Command) -> Result<Outcome> {
    let who = decider(by)?;
    let case::Command::Open { alerts, .. } = &command else { return Err(Refusal::NotFound.into()) };
    let mut events = Vec::new();
    for alert_id in alerts {
        let alert = find_alert(db, *alert_id)?.ok_or(Refusal::NotFound)?;
        if alert.state == alert::State::Open {
            events.extend(alert_events(*alert_id, alert::decide(&alert, alert::Command::Claim, who)?));
        }
        events
            .extend(alert_events(*alert_id, alert::decide(&alert, alert::Command::Link { case: id }, who)?));
    }
    let opened = case::decide(None, command)?;
    events.extend(opened.into_iter().map(|event| Event::Case { case: id, event }));
    Ok(Outcome { events, case: Some(id), ..Outcome::default() })
}

/// What a case's outcome says of its alerts.
fn disposition(outcome: case::Outcome, reason: &str) -> alert::Disposition {
    let note = reason.to_owned();
    match outcome {
        case::Outcome::Substantiated => alert::Disposition::True { note },
        case::Outcome::Unfounded | case::Outcome::Inconclusive => {
            alert::Disposition::Dismissed { reason: alert::DismissReason::Other, note }
        }
    }
}

fn decide_user(db: &Connection, by: &By, id: UserId, command: user::Command) -> Result<Vec<Event>> {
    let known = find_user(db, id)?;
    let others: Vec<User> = db
        .prepare_cached("SELECT json FROM users WHERE id <> ?1")?
        .query_map([crate::views::bits(id.0)], |row| row.get::<_, String>(0))?
        .map(|text| text.and_then(|text| from_json(&text)))
        .collect::<rusqlite::Result<_>>()?;
    let commander = Commander { actor: by.actor.clone(), roles: by.roles.clone() };
    let events = user::decide(known.as_ref(), &others, command, &commander)?;
    Ok(events.into_iter().map(|event| Event::User { user: id, event }).collect())
}
