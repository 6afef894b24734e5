//! An entry of the registry as it is held: whether it counts, who asked for it, and who was the second person.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Entry, Event};
use crate::{
    access::{Actor, words},
    id::{AlertId, EmployeeId, Index, UserId},
    refusal::{Refusal, within},
};

/// Bytes of the reason for declining.
const NOTE_BYTES_MAX: usize = 2_000;

words! {
    /// Whether an entry counts.
    State {
        /// It counts, within its dates.
        Counts = "counts",
        /// It waits for a second person, and does not count.
        Waits = "waits",
        /// A second person declined it.
        Declined = "declined",
    }
}

/// An entry, and how it came to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// The entry of the log that added it.
    pub index: Index,
    /// What it says.
    pub entry: Entry,
    /// Whether it counts.
    pub state: State,
    /// Who wrote it down.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// The alert it was added from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<AlertId>,
    /// An end that waits for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Pending>,
}

/// An end that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// From when on it would be the company's no more.
    pub until: Timestamp,
    /// Who asked.
    pub by: Actor,
}

impl Held {
    /// An entry that was added.
    pub fn new(
        index: Index,
        entry: Entry,
        waits: bool,
        alert: Option<AlertId>,
        (by, at): (Actor, Timestamp),
    ) -> Self {
        let state = if waits { State::Waits } else { State::Counts };
        Self { index, entry, state, by, at, alert, end: None }
    }

    /// Whether something of it waits for a second person.
    pub fn is_pending(&self) -> bool {
        self.state == State::Waits || self.end.is_some()
    }

    /// Changes what an event about it changes.
    pub fn apply(&mut self, event: &Event, by: &Actor) {
        match event {
            Event::Added { .. } => {}
            Event::Ended { at, .. } => self.set_end(*at),
            Event::EndSet { at, waits: false, .. } => {
                self.set_end(*at);
                self.end = None;
            }
            Event::EndSet { at, waits: true, .. } => {
                self.end = Some(Pending { until: *at, by: by.clone() });
            }
            Event::Confirmed { .. } if self.state == State::Waits => self.state = State::Counts,
            Event::Confirmed { .. } => {
                if let Some(end) = self.end.take() {
                    self.set_end(end.until);
                }
            }
            Event::Declined { .. } if self.state == State::Waits => self.state = State::Declined,
            Event::Declined { .. } => self.end = None,
        }
    }

    fn set_end(&mut self, at: Timestamp) {
        self.entry.until = Some(self.entry.until.map_or(at, |until| until.min(at)));
    }

    /// Says what follows from ending it at an instant.
    ///
    /// # Errors
    /// A refusal where it does not count, or ends before it begins.
    pub fn end_at(&self, at: Timestamp, waits: bool) -> Result<Vec<Event>, Refusal> {
        if self.state != State::Counts {
            return Err(Refusal::NotFound);
        }
        if self.entry.from.is_some_and(|from| at < from) {
            return Err(Refusal::Malformed);
        }
        if self.entry.until.is_some_and(|until| until <= at) {
            return Ok(vec![]);
        }
        Ok(vec![Event::EndSet { entry: self.index, at, waits }])
    }

    /// Says what follows where a second person confirms or, with a note, declines what waits.
    ///
    /// # Errors
    /// A refusal where nothing waits, for who asked for it, and for the employee whom it concerns.
    pub fn settle(
        &self,
        user: UserId,
        employee: Option<EmployeeId>,
        concerned: &[EmployeeId],
        declined: Option<&str>,
    ) -> Result<Vec<Event>, Refusal> {
        let asked = match (&self.state, &self.end) {
            (State::Waits, _) => &self.by,
            (_, Some(end)) => &end.by,
            _ => return Err(Refusal::NothingPending),
        };
        if employee.is_some_and(|employee| concerned.contains(&employee)) {
            return Err(Refusal::OwnConduct);
        }
        // Who asked may take it back, and nobody else may be spared the second person.
        if *asked == Actor::User(user) && declined.is_none() {
            return Err(Refusal::SecondPersonNeeded);
        }
        match declined {
            None => Ok(vec![Event::Confirmed { entry: self.index }]),
            Some(note) => {
                within(note, NOTE_BYTES_MAX)?;
                Ok(vec![Event::Declined { entry: self.index, note: note.to_owned() }])
            }
        }
    }
}
