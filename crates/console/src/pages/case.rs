//! A case: its alerts, its notes, its outcome, and everything that was done, by whom and when.

use aboveboard_ledger::{
    Command,
    view::{CasePage, Message, ReadRow},
};
use aboveboard_model::{
    access::{Actor, Permission, Purpose},
    case::{self, Event, Outcome, State},
    id::{AlertId, CaseId},
    pseudonym,
    refusal::Refusal,
};
use askama::Template;

use super::{
    access_log::looked_at,
    alert::Step,
    alerts::{Done, Row, done, rows},
};
use crate::{
    bubble::{Bubble, Sides, bubbles},
    moment::{Clock, Moment},
    people,
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// A case in a page.
#[derive(Clone, Debug)]
struct Shown {
    id: String,
    number: u64,
    title: String,
    /// `open`, or the outcome.
    state: &'static str,
    opened: Moment,
    opened_by: String,
    closed: Option<Closed>,
    alerts: Vec<Row>,
    /// The messages with findings, each with the way to its alert.
    evidence: Vec<Evidence>,
    /// Who looked for its sake.
    looks: Vec<Step>,
    notes: Vec<Step>,
    history: Vec<Step>,
    at: u64,
}

/// A message with findings of one of the case's alerts.
#[derive(Clone, Debug)]
struct Evidence {
    alert: String,
    number: u64,
    bubble: Bubble,
}

/// How a case ended.
#[derive(Clone, Debug)]
struct Closed {
    reason: String,
    by: String,
    at: Moment,
}

#[derive(Template)]
#[template(path = "case.html")]
struct Page {
    shell: Shell,
    w: Words,
    case: Shown,
    may_decide: bool,
    outcomes: Vec<&'static str>,
    done: Option<Done>,
}

/// The case with its alerts and its custody so far.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let id: CaseId = visit.part("id")?;
    let access = visit.access(Purpose::Case(id))?;
    let page = visit.ledger().case(&access, id)?;
    let case = shown(&page, &visit.shell(), &access.actor, &visit.clock());
    visit.page(&Page {
        shell: visit.shell_titled(visit.words.with("case.numbered", "number", case.number)),
        w: visit.words,
        case,
        may_decide: visit.may(Permission::CaseDecide),
        outcomes: Outcome::ALL.iter().map(|outcome| outcome.word()).collect(),
        done: done(visit),
    })
}

fn shown(page: &CasePage, shell: &Shell, me: &Actor, clock: &Clock) -> Shown {
    let w = clock.w;
    let user = |user| people::actor(w, &Actor::User(user), me);
    let history: Vec<Step> =
        page.history.iter().map(|row| Step::of(row, told(&row.event, w), me, clock)).collect();
    let noted = page.history.iter().map(|row| matches!(row.event, Event::Noted { .. }));
    let notes = history.iter().zip(noted).filter(|(_, noted)| *noted).map(|(step, _)| step.clone());
    Shown {
        id: page.case.id.to_string(),
        number: page.number.0,
        title: page.case.title.clone(),
        state: match page.case.state {
            State::Open => "open",
            State::Closed { outcome, .. } => outcome.word(),
        },
        opened: clock.day_and_time(page.case.opened_at),
        opened_by: user(page.case.opened_by),
        closed: match &page.case.state {
            State::Open => None,
            State::Closed { reason, by, at, .. } => {
                Some(Closed { reason: reason.clone(), by: user(*by), at: clock.day_and_time(*at) })
            }
        },
        evidence: evidence(page, clock),
        looks: page.looks.iter().map(|look| looked(look, shell, me, clock)).collect(),
        alerts: rows(&page.alerts, |alert| format!("/alerts/{alert}"), None, me, clock),
        notes: notes.collect(),
        history,
        at: page.at.0,
    }
}

fn evidence(page: &CasePage, clock: &Clock) -> Vec<Evidence> {
    let one = |(id, message): &(AlertId, Message)| {
        let alert = page.alerts.iter().find(|alert| alert.id == *id)?;
        let sides = Sides {
            client: alert.contact.map_or_else(|| clock.w.t("people.client"), pseudonym::contact),
            employee: people::employee_name(alert.employee.as_ref().map(|place| place.employee), clock.w),
        };
        let found = bubbles(std::slice::from_ref(message), &[], &sides, clock, &page.case.id.to_string());
        let bubble = found.into_iter().next()?;
        Some(Evidence { alert: format!("/alerts/{id}"), number: alert.number.0, bubble })
    };
    page.evidence.iter().filter_map(one).collect()
}

/// A look at content for the case's sake.
fn looked(look: &ReadRow, shell: &Shell, me: &Actor, clock: &Clock) -> Step {
    let (what, which) = looked_at(look, shell, clock.w);
    Step {
        index: look.index.0,
        at: clock.day_and_time(look.at),
        who: people::actor(clock.w, &look.actor, me),
        what: clock.w.with("case.looked", "what", what),
        words: which.name,
    }
}

fn told(event: &Event, w: Words) -> (String, String) {
    let said = |member: &str| w.of("case_event", member);
    match event {
        Event::Opened { title, .. } => (said("opened"), title.clone()),
        Event::Added { .. } => (said("added"), String::new()),
        Event::Noted { text } => (said("noted"), text.clone()),
        Event::Closed { outcome, reason } => {
            (w.with("case_event.closed", "outcome", w.of("outcome", outcome.word())), reason.clone())
        }
        Event::Reopened => (said("reopened"), String::new()),
    }
}

/// Writes something down.
pub(super) fn note(visit: &Visit) -> Result<Reply, Problem> {
    decide(visit, case::Command::Note { text: visit.form.text("note") }, "noted")
}

/// Puts another alert in, by the id that its page shows.
pub(super) fn add(visit: &Visit) -> Result<Reply, Problem> {
    let typed = visit.form.text("alert");
    let id = typed.rsplit('/').next().and_then(|last| last.split('?').next()).unwrap_or_default();
    let alert = id.parse().map_err(|_| Refusal::Malformed)?;
    decide(visit, case::Command::Add { alert }, "alert_added")
}

/// Closes it with an outcome and the reason for it.
pub(super) fn close(visit: &Visit) -> Result<Reply, Problem> {
    let outcome = visit.form.get("outcome").and_then(Outcome::from_word);
    let outcome = outcome.ok_or(Refusal::Malformed)?;
    decide(visit, case::Command::Close { outcome, reason: visit.form.text("reason") }, "case_closed")
}

/// Takes the outcome back.
pub(super) fn reopen(visit: &Visit) -> Result<Reply, Problem> {
    decide(visit, case::Command::Reopen, "case_reopened")
}

fn decide(visit: &Visit, command: case::Command, word: &str) -> Result<Reply, Problem> {
    let id: CaseId = visit.part("id")?;
    let decided = visit.ledger().decide(visit.by()?, Command::Case(Some(id), command))?;
    Ok(Reply::to(&format!("/cases/{id}?done={word}")).wrote(decided.index))
}

#[cfg(test)]
mod tests;
