//! One entry of the registry: what it says, who wrote it down, what waits for a second person, and what was done to it.

use aboveboard_ledger::Command;
use aboveboard_model::{
    access::Permission,
    id::Index,
    refusal::Refusal,
    registry::{Event, Terms},
};
use askama::Template;

use super::{
    super::alert::Step,
    super::alerts::{Done, done},
    Row,
    given::Reader,
    row,
};
use crate::{
    moment::Clock, people, problem::Problem, reply::Reply, shell::Shell, visit::Visit, words::Words,
};

#[derive(Template)]
#[template(path = "registry_entry.html")]
struct Page {
    shell: Shell,
    w: Words,
    row: Row,
    by: String,
    alert: Option<String>,
    conversation: Option<String>,
    /// Whether the visitor asked for what waits, and may only take it back.
    is_mine: bool,
    /// The end that waits.
    end: Option<crate::moment::Moment>,
    may_write: bool,
    history: Vec<Step>,
    done: Option<Done>,
}

/// The entry with its history.
pub(in crate::pages) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let index = Index(visit.part("id")?);
    let found = visit.ledger().registry_entry(visit.by()?, index)?;
    let (clock, me) = (visit.clock(), &visit.by()?.actor);
    let held = &found.held;
    let conversation = match held.entry.terms {
        Terms::Approval { conversation, .. } => conversation.map(|id| id.to_string()),
        _ => None,
    };
    let asked = held.end.as_ref().map_or(&held.by, |end| &end.by);
    let history = found.history.iter().map(|row| Step::of(row, told(&row.event, &clock), me, &clock));
    visit.page(&Page {
        shell: visit.shell_titled(held.entry.value.clone()),
        w: visit.words,
        row: row(held, &clock),
        by: people::actor(visit.words, &held.by, me),
        alert: held.alert.map(|alert| alert.to_string()),
        conversation,
        is_mine: asked == me,
        end: held.end.as_ref().map(|end| clock.day_and_time(end.until)),
        may_write: visit.may(Permission::RegistryWrite),
        history: history.collect(),
        done: done(visit),
    })
}

fn told(event: &Event, clock: &Clock) -> (String, String) {
    let w = clock.w;
    let said = |member: &str| w.of("registry_event", member);
    match event {
        Event::Added { waits: true, .. } => (said("asked"), String::new()),
        Event::Added { .. } => (said("added"), String::new()),
        Event::Ended { at, .. } | Event::EndSet { at, waits: false, .. } => {
            (w.with("registry_event.ended", "when", clock.day_and_time(*at).shown), String::new())
        }
        Event::EndSet { at, .. } => {
            (w.with("registry_event.end_asked", "when", clock.day_and_time(*at).shown), String::new())
        }
        Event::Confirmed { .. } => (said("confirmed"), String::new()),
        Event::Declined { note, .. } => (said("declined"), note.clone()),
    }
}

/// Ends the entry from a day on; from now where none is said.
pub(in crate::pages) fn end(visit: &Visit) -> Result<Reply, Problem> {
    let index = Index(visit.part("id")?);
    let reader = Reader { ledger: visit.ledger(), by: visit.by()?, zone: &visit.clock().zone };
    let at = reader.end(&|name| visit.form.get(name).map(str::to_owned)).map_err(|_| Refusal::Malformed)?;
    let command = Command::EndEntry { entry: index, at: at.unwrap_or(visit.now) };
    let decided = visit.ledger().decide(visit.by()?, command)?;
    Ok(Reply::to(&format!("/registry/{index}?done=ended")).wrote(decided.index))
}

/// Confirms or declines what waits.
pub(in crate::pages) fn settle(visit: &Visit) -> Result<Reply, Problem> {
    let index = Index(visit.part("id")?);
    let declined = (visit.form.get("do") == Some("decline")).then(|| visit.form.text("note"));
    let word = if declined.is_some() { "declined" } else { "approved" };
    let decided = visit.ledger().decide(visit.by()?, Command::SettleEntry { entry: index, declined })?;
    Ok(Reply::to(&format!("/registry/{index}?done={word}")).wrote(decided.index))
}
