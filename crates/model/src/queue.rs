//! Saved queues: a choice of alerts under a name, one's own or shared with everybody who reads alerts.

use serde::{Deserialize, Serialize};

use crate::{
    id::{QueueId, UserId},
    refusal::{Refusal, reason, within},
};

/// Bytes of a name.
pub const NAME_BYTES_MAX: usize = 120;
/// Bytes of a choice.
pub const CHOICE_BYTES_MAX: usize = 1_000;
/// Queues that one person keeps.
pub const QUEUES_MAX: usize = 50;

/// A saved queue as folded from its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Which.
    pub id: QueueId,
    /// What people call it.
    pub name: String,
    /// What it shows, as the query string of the queue's page.
    pub choice: String,
    /// Whether everybody who reads alerts sees it.
    pub shared: bool,
    /// Who made it: nobody else changes it.
    pub owner: UserId,
}

/// What a person wants done with a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Make it, or change it.
    Save {
        /// What people call it.
        name: String,
        /// What it shows.
        choice: String,
        /// Whether everybody sees it.
        shared: bool,
    },
    /// Do away with it.
    Drop,
}

/// What happened to a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Event {
    /// It was made or changed.
    Saved {
        /// What people call it.
        name: String,
        /// What it shows.
        choice: String,
        /// Whether everybody sees it.
        shared: bool,
    },
    /// It is gone.
    Dropped,
}

/// Says which events follow from a command. `own` are the queues that the person has.
///
/// # Errors
/// A refusal where the name is blank or taken, the choice too long, the queue somebody else's, or there are too many.
pub fn decide(
    known: Option<&Queue>,
    own: &[Queue],
    command: Command,
    by: UserId,
) -> Result<Vec<Event>, Refusal> {
    if known.is_some_and(|queue| queue.owner != by) {
        return Err(Refusal::NotPermitted);
    }
    match command {
        Command::Drop => match known {
            Some(_) => Ok(vec![Event::Dropped]),
            None => Err(Refusal::NotFound),
        },
        Command::Save { name, choice, shared } => {
            reason(&name, NAME_BYTES_MAX)?;
            within(&choice, CHOICE_BYTES_MAX)?;
            let name = name.trim().to_owned();
            let others = own.iter().filter(|queue| known.is_none_or(|known| known.id != queue.id));
            if others.clone().any(|queue| queue.name == name) || others.count() >= QUEUES_MAX {
                return Err(Refusal::Exists);
            }
            Ok(vec![Event::Saved { name, choice, shared }])
        }
    }
}

impl Queue {
    /// The queue after an event; `None` once it is gone.
    pub fn after(id: QueueId, event: &Event, owner: UserId) -> Option<Queue> {
        let Event::Saved { name, choice, shared } = event else { return None };
        Some(Queue { id, name: name.clone(), choice: choice.clone(), shared: *shared, owner })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(id: u64, name: &str) -> Queue {
        let event = Event::Saved { name: name.into(), choice: "region=BR".into(), shared: false };
        Queue::after(QueueId(id), &event, UserId(1)).unwrap()
    }

    fn save(name: &str) -> Command {
        Command::Save { name: name.into(), choice: String::new(), shared: true }
    }

    #[test]
    fn a_queue_has_a_name_of_its_own_and_belongs_to_who_made_it() {
        let own = [saved(1, "BR")];
        let cases = [
            (None, save(" IN "), UserId(1), Ok(1)),
            (None, save("BR"), UserId(1), Err(Refusal::Exists)),
            (None, save("  "), UserId(1), Err(Refusal::ReasonMissing)),
            (None, save(&"x".repeat(NAME_BYTES_MAX + 1)), UserId(1), Err(Refusal::TooLong)),
            (Some(&own[0]), save("BR"), UserId(1), Ok(1)),
            (Some(&own[0]), save("mine"), UserId(2), Err(Refusal::NotPermitted)),
            (Some(&own[0]), Command::Drop, UserId(2), Err(Refusal::NotPermitted)),
            (Some(&own[0]), Command::Drop, UserId(1), Ok(1)),
            (None, Command::Drop, UserId(1), Err(Refusal::NotFound)),
        ];
        for (known, command, by, wanted) in cases {
            let got = decide(known, &own, command.clone(), by).map(|events| events.len());
            assert_eq!(got, wanted, "{command:?} {by:?}");
        }
    }

    #[test]
    fn nobody_keeps_more_queues_than_can_be_looked_through() {
        let own: Vec<Queue> = (0..QUEUES_MAX as u64).map(|at| saved(at, &at.to_string())).collect();
        assert_eq!(decide(None, &own, save("one more"), UserId(1)), Err(Refusal::Exists));
        assert_eq!(decide(Some(&own[0]), &own, save("renamed"), UserId(1)).map(|events| events.len()), Ok(1));
    }
}
