//! Cases: open ones, or those with an outcome.

use aboveboard_ledger::view::{CaseRow, Page as Rows};
use aboveboard_model::{
    access::{Actor, Purpose},
    case::State,
};
use askama::Template;

use crate::{
    fields::link,
    moment::{Clock, Moment},
    people,
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Rows of one page.
const ROWS: usize = 50;

/// A line of the list.
#[derive(Clone, Debug)]
struct Row {
    href: String,
    number: u64,
    title: String,
    alerts: usize,
    notes: usize,
    opened: Moment,
    by: String,
    /// `open`, or the outcome.
    state: &'static str,
}

#[derive(Template)]
#[template(path = "cases.html")]
struct Page {
    shell: Shell,
    w: Words,
    open: bool,
    rows: Vec<Row>,
    next: Option<String>,
}

/// The list of open cases, or of closed ones.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let open = visit.query.get("state") != Some("closed");
    let access = visit.access(Purpose::Investigation)?;
    let page = visit.ledger().cases(&access, open, visit.query.get("after"), ROWS)?;
    visit.page(&list(visit.shell(), &page, open, &access.actor, &visit.clock()))
}

fn list(shell: Shell, page: &Rows<CaseRow>, open: bool, me: &Actor, clock: &Clock) -> Page {
    let rows = page.rows.iter().map(|CaseRow { case, number }| Row {
        href: format!("/cases/{}", case.id),
        number: number.0,
        title: case.title.clone(),
        alerts: case.alerts.len(),
        notes: case.notes.len(),
        opened: clock.ago(case.opened_at),
        by: people::actor(clock.w, &Actor::User(case.opened_by), me),
        state: match case.state {
            State::Open => "open",
            State::Closed { outcome, .. } => outcome.word(),
        },
    });
    let state = if open { None } else { Some("closed") };
    let next = page.next.as_deref().map(|after| link("/cases", &[("state", state), ("after", Some(after))]));
    Page { w: shell.w, shell, open, rows: rows.collect(), next }
}

#[cfg(test)]
mod tests;
