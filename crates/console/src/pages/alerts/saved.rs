//! Saved queues: a choice under a name, one's own or shared with everybody who reads alerts. Each change is an entry.

use aboveboard_ledger::Command;
use aboveboard_model::{id::QueueId, queue};

use super::Choice;
use crate::{problem::Problem, reply::Reply, visit::Visit};

/// Keeps the choice that the page shows, under a name.
pub(in crate::pages) fn save(visit: &Visit) -> Result<Reply, Problem> {
    let choice = Choice { after: None, ..Choice::read(&visit.form) };
    let command = queue::Command::Save {
        name: visit.form.text("name"),
        choice: choice.kept(),
        shared: visit.form.ticked("shared"),
    };
    decide(visit, None, command, &choice, "queue_saved")
}

/// Does away with one; the alerts stay as they are.
pub(in crate::pages) fn drop(visit: &Visit) -> Result<Reply, Problem> {
    let id: QueueId = visit.part("id")?;
    decide(visit, Some(id), queue::Command::Drop, &Choice::default(), "queue_dropped")
}

fn decide(
    visit: &Visit,
    id: Option<QueueId>,
    command: queue::Command,
    choice: &Choice,
    word: &str,
) -> Result<Reply, Problem> {
    let decided = visit.ledger().decide(visit.by()?, Command::Queue(id, command))?;
    Ok(Reply::to(&choice.link("/alerts", &[("done", Some(word))])).wrote(decided.index))
}
