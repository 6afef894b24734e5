//! Commands: what a person or a job wants. Each is decided by the pure rules in `model`, on the newest state.

use std::collections::BTreeSet;

use aboveboard_model::{
    access::{Access, Actor, Role},
    alert, case,
    connection::Errand,
    contact,
    id::{AlertId, CaseId, EmployeeId, Index, QueueId, SourceId, UserId},
    people, queue, registry, rule, source, user,
};

/// Who commands: the actor with the roles held now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// In which roles.
    pub roles: BTreeSet<Role>,
    /// The employee that the user is.
    pub employee: Option<EmployeeId>,
}

impl By {
    /// A job of the program.
    pub fn system(job: &str) -> Self {
        By { actor: Actor::System(job.to_owned()), roles: BTreeSet::new(), employee: None }
    }

    /// Somebody with a shell on the machine.
    pub fn command_line() -> Self {
        By { actor: Actor::CommandLine, roles: BTreeSet::new(), employee: None }
    }

    /// Who asks, without the purpose.
    pub(crate) fn of(access: &Access) -> Self {
        By { actor: access.actor.clone(), roles: access.roles.clone(), employee: access.employee }
    }

    /// The same person, asking for content with a purpose.
    pub fn reading(&self, purpose: aboveboard_model::access::Purpose) -> Access {
        Access { actor: self.actor.clone(), roles: self.roles.clone(), employee: self.employee, purpose }
    }
}

/// Alerts that are decided at once.
pub const ALERTS_AT_ONCE_MAX: usize = 100;

/// What is wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Something with an alert. Opening a case on it is [`Command::Case`].
    Alert(AlertId, alert::Command),
    /// The same with several alerts, each with an entry of its own: all of them, or none. Closing takes near-duplicates; taking back
    /// leaves out those that somebody has built on, unless that is all of them.
    Alerts {
        /// The alert that all of them are near-duplicates of; for closing.
        like: Option<AlertId>,
        /// Which, at most [`ALERTS_AT_ONCE_MAX`].
        alerts: Vec<AlertId>,
        /// What.
        command: alert::Command,
    },
    /// Something with a saved queue; `None` makes one.
    Queue(Option<QueueId>, queue::Command),
    /// Something with a case; `None` opens one (its alerts are linked, and claimed by who opens it where nobody has them).
    Case(Option<CaseId>, case::Command),
    /// A policy in force without a second person, as its TOML text: by the program itself, when it is set up.
    PublishPolicy(String),
    /// Something with a policy, a list or a macro, by name.
    Rule(rule::Kind, String, rule::Command),
    /// Something is the company's.
    AddToRegistry(Vec<registry::Entry>),
    /// Something is the company's, as an alert made somebody see. It counts once a second person has confirmed it.
    AddFromAlert {
        /// Which alert.
        alert: AlertId,
        /// What.
        entry: registry::Entry,
    },
    /// An entry of the registry ends.
    EndEntry {
        /// Which.
        entry: Index,
        /// From when on.
        at: jiff::Timestamp,
    },
    /// What waits in the registry is confirmed by a second person or, with a note, declined.
    SettleEntry {
        /// Which entry.
        entry: Index,
        /// Why it is declined; `None` confirms.
        declined: Option<String>,
    },
    /// Employees with place, number and notice, from a form or a CSV file: all of them or none.
    DeclarePeople(Vec<people::Declared>),
    /// Who is who among clients: merge, split, take back.
    Contact(contact::Command),
    /// A source with its secrets; `None` connects a new one.
    DeclareSource(Option<SourceId>, source::Declared),
    /// Something to be done at a source's platform; a job does it and writes the answer down.
    AskSource(SourceId, Errand),
    /// Something with a user; `None` makes one.
    User(Option<UserId>, user::Command),
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The last entry it made, or the head of the log where nothing had to change: ask questions `at_least` here.
    pub index: Index,
    /// The case that was opened.
    pub case: Option<CaseId>,
    /// The user that was made.
    pub user: Option<UserId>,
    /// The source that was connected.
    pub source: Option<SourceId>,
    /// How many entries it made.
    pub entries: usize,
}
