//! Cases: work on alerts, with notes and an outcome.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    access::words,
    alert::NOTE_BYTES_MAX,
    id::{AlertId, CaseId, UserId},
    refusal::{Refusal, reason},
};

/// Bytes of a case's title.
pub const TITLE_BYTES_MAX: usize = 300;
/// Alerts in one case.
pub const ALERTS_MAX: usize = 500;

words! {
    /// A person's outcome of a case.
    Outcome {
        /// It happened.
        Substantiated = "substantiated",
        /// It did not happen.
        Unfounded = "unfounded",
        /// It cannot be told.
        Inconclusive = "inconclusive",
    }
}

/// A case as folded from its events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Which.
    pub id: CaseId,
    /// What it is about, in a few words.
    pub title: String,
    /// Its alerts, in order of joining.
    pub alerts: Vec<AlertId>,
    /// Who opened it.
    pub opened_by: UserId,
    /// When.
    pub opened_at: Timestamp,
    /// Notes, oldest first.
    pub notes: Vec<Note>,
    /// Where it stands.
    pub state: State,
    /// Events so far: the version a decision is made on.
    pub version: u64,
}

/// Where a case stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is being worked on.
    Open,
    /// It has an outcome.
    Closed {
        /// The outcome.
        outcome: Outcome,
        /// Why.
        reason: String,
        /// Who decided.
        by: UserId,
        /// When.
        at: Timestamp,
    },
}

/// Something a person wrote down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
}

/// What a person wants done with a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Begin one.
    Open {
        /// What it is about.
        title: String,
        /// Its first alerts.
        alerts: Vec<AlertId>,
    },
    /// Put another alert in.
    Add {
        /// Which.
        alert: AlertId,
    },
    /// Write something down.
    Note {
        /// What.
        text: String,
    },
    /// Close it.
    Close {
        /// The outcome.
        outcome: Outcome,
        /// Why.
        reason: String,
    },
    /// Take the outcome back.
    Reopen,
}

/// What happened to a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Event {
    /// It was begun.
    Opened {
        /// What it is about.
        title: String,
        /// Its first alerts.
        alerts: Vec<AlertId>,
    },
    /// An alert joined.
    Added {
        /// Which.
        alert: AlertId,
    },
    /// Something was written down.
    Noted {
        /// What.
        text: String,
    },
    /// It was closed.
    Closed {
        /// The outcome.
        outcome: Outcome,
        /// Why.
        reason: String,
    },
    /// The outcome was taken back.
    Reopened,
}

/// Says which events follow from a command; `case` is `None` before it is opened.
///
/// # Errors
/// A refusal where the case's state or the command's words rule it out.
pub fn decide(case: Option<&Case>, command: Command) -> Result<Vec<Event>, Refusal> {
    match (case, command) {
        (None, Command::Open { title, alerts }) => {
            reason(&title, TITLE_BYTES_MAX)?;
            if alerts.is_empty() || alerts.len() > ALERTS_MAX {
                return Err(Refusal::NoAlerts);
            }
            Ok(vec![Event::Opened { title, alerts }])
        }
        (Some(_), Command::Open { .. }) => Err(Refusal::Exists),
        (None, _) => Err(Refusal::NotFound),
        (Some(case), Command::Reopen) => match case.state {
            State::Closed { .. } => Ok(vec![Event::Reopened]),
            State::Open => Err(Refusal::NotClosed),
        },
        (Some(Case { state: State::Closed { .. }, .. }), _) => Err(Refusal::AlreadyClosed),
        (Some(case), Command::Add { alert }) if case.alerts.contains(&alert) => Ok(vec![]),
        (Some(case), Command::Add { .. }) if case.alerts.len() >= ALERTS_MAX => Err(Refusal::TooLong),
        (Some(_), Command::Add { alert }) => Ok(vec![Event::Added { alert }]),
        (Some(_), Command::Note { text }) => {
            reason(&text, NOTE_BYTES_MAX)?;
            Ok(vec![Event::Noted { text }])
        }
        (Some(_), Command::Close { outcome, reason: why }) => {
            reason(&why, NOTE_BYTES_MAX)?;
            Ok(vec![Event::Closed { outcome, reason: why }])
        }
    }
}

impl Case {
    /// The case that an `Opened` event makes; `None` for any other event.
    pub fn open(id: CaseId, event: &Event, by: UserId, at: Timestamp) -> Option<Case> {
        let Event::Opened { title, alerts } = event else { return None };
        Some(Case {
            id,
            title: title.clone(),
            alerts: alerts.clone(),
            opened_by: by,
            opened_at: at,
            notes: vec![],
            state: State::Open,
            version: 1,
        })
    }

    /// What an event changes.
    pub fn apply(&mut self, event: &Event, by: UserId, at: Timestamp) {
        self.version += 1;
        match event {
            Event::Opened { .. } => {}
            Event::Added { alert } => self.alerts.push(*alert),
            Event::Noted { text } => self.notes.push(Note { by, at, text: text.clone() }),
            Event::Closed { outcome, reason } => {
                self.state = State::Closed { outcome: *outcome, reason: reason.clone(), by, at };
            }
            Event::Reopened => self.state = State::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case() -> Case {
        let opened = Event::Opened { title: "PIX".into(), alerts: vec![AlertId(1)] };
        Case::open(CaseId(1), &opened, UserId(1), Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_case_needs_an_alert_and_a_title() {
        let open = |title: &str, alerts: Vec<AlertId>| {
            decide(None, Command::Open { title: title.into(), alerts }).map(|events| events.len())
        };
        assert_eq!(open("PIX", vec![AlertId(1)]), Ok(1));
        assert_eq!(open("PIX", vec![]), Err(Refusal::NoAlerts));
        assert_eq!(open(" ", vec![AlertId(1)]), Err(Refusal::ReasonMissing));
        assert_eq!(open(&"x".repeat(301), vec![AlertId(1)]), Err(Refusal::TooLong));
    }

    #[test]
    fn a_closed_case_takes_no_more_until_it_is_reopened() {
        let mut case = case();
        let close = Command::Close { outcome: Outcome::Substantiated, reason: "paid".into() };
        for event in decide(Some(&case), close.clone()).unwrap() {
            case.apply(&event, UserId(1), Timestamp::UNIX_EPOCH);
        }
        assert_eq!(decide(Some(&case), close), Err(Refusal::AlreadyClosed));
        assert_eq!(decide(Some(&case), Command::Note { text: "x".into() }), Err(Refusal::AlreadyClosed));
        assert_eq!(decide(Some(&case), Command::Reopen), Ok(vec![Event::Reopened]));
    }
}
