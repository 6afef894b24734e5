//! People: who is accountable for which number, where they work, and since when they have had notice.

use std::collections::BTreeMap;

use aboveboard_ledger::{
    Command,
    view::{EmployeeRow, NumberRow, Page as Rows},
};
use aboveboard_model::{access::Permission, id::EmployeeId, people::Declared, pseudonym};
use askama::Template;
use http::StatusCode;
use jiff::Timestamp;

use super::{
    alerts::{Done, done},
    registry::columns,
};
use crate::{
    fields::link,
    lines::{self, Mistakes},
    moment::{Clock, Moment},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

mod declare;

pub(super) use declare::Known;
use declare::{COLUMNS, Plan, declared, no_more_notice};

/// Rows of one page.
const ROWS: usize = 50;

/// A line of the directory.
#[derive(Clone, Debug)]
struct Row {
    href: String,
    reference: String,
    name: String,
    pseudonym: String,
    /// Team and region now.
    place: String,
    numbers: Vec<Number>,
    /// `none`, `future` or `given`.
    notice: &'static str,
    notice_at: Option<Moment>,
    waiting: u64,
}

/// A number that somebody is or was accountable for.
#[derive(Clone, Debug)]
struct Number {
    id: String,
    /// All but its ends hidden; empty where the number was not heard of yet.
    masked: String,
    from: Moment,
}

#[derive(Template)]
#[template(path = "people.html")]
struct Page {
    shell: Shell,
    w: Words,
    tab: &'static str,
    rows: Vec<Row>,
    next: Option<String>,
    is_later: bool,
    may_write: bool,
    mistakes: Mistakes,
    failed: Option<String>,
    /// What was typed into the form that was refused, by field.
    typed: BTreeMap<&'static str, String>,
    columns: String,
    plan: Option<Plan>,
    done: Option<Done>,
}

impl Page {
    /// What a field of the form holds: nothing, but after a refusal.
    fn typed(&self, field: &str) -> &str {
        self.typed.get(field).map_or("", String::as_str)
    }
}

/// What stands above the list after a form or file was refused.
#[derive(Default)]
struct Refused {
    mistakes: Mistakes,
    failed: Option<String>,
    typed: BTreeMap<&'static str, String>,
    /// What a file would do, where it was only checked.
    plan: Option<Plan>,
}

impl Refused {
    fn shown(self, visit: &Visit) -> Result<Reply, Problem> {
        page(visit, self)
    }

    fn answer(self, visit: &Visit) -> Result<Reply, Problem> {
        Ok(page(visit, self)?.with_status(StatusCode::UNPROCESSABLE_ENTITY))
    }
}

/// The directory, by the firm's reference.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    page(visit, Refused::default())
}

fn page(visit: &Visit, refused: Refused) -> Result<Reply, Problem> {
    let after = visit.query.get("after");
    let employees = visit.ledger().employees(visit.by()?, after, ROWS)?;
    let page = list(visit.shell(), &employees, &numbers(visit)?, after.is_some(), &visit.clock());
    visit.page(&Page {
        may_write: visit.may(Permission::PeopleWrite),
        mistakes: refused.mistakes,
        failed: refused.failed,
        typed: refused.typed,
        plan: refused.plan,
        done: done(visit),
        ..page
    })
}

/// The numbers that were heard of, where the visitor may see sources.
fn numbers(visit: &Visit) -> Result<Vec<NumberRow>, Problem> {
    if visit.may(Permission::SourceRead) { Ok(visit.ledger().numbers(visit.by()?)?) } else { Ok(vec![]) }
}

fn list(
    shell: Shell,
    page: &Rows<EmployeeRow>,
    numbers: &[NumberRow],
    is_later: bool,
    clock: &Clock,
) -> Page {
    Page {
        w: shell.w,
        shell,
        tab: "employees",
        rows: page.rows.iter().map(|row| shown(row, numbers, clock)).collect(),
        next: page.next.as_deref().map(|after| link("/people", &[("after", Some(after))])),
        is_later,
        may_write: false,
        mistakes: Mistakes::default(),
        failed: None,
        typed: BTreeMap::new(),
        columns: columns(COLUMNS),
        plan: None,
        done: None,
    }
}

fn shown(row: &EmployeeRow, numbers: &[NumberRow], clock: &Clock) -> Row {
    let employee = &row.employee;
    let place = employee.place_at(clock.now).map(|place| [place.team.as_str(), place.region.as_str()]);
    let place: Vec<&str> = place.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let number = |assignment: &aboveboard_model::people::Assignment| {
        let heard_of = numbers.iter().find(|one| one.number.id.as_deref() == Some(&assignment.number));
        let display = heard_of.and_then(|one| one.number.display.as_deref());
        Number {
            id: assignment.number.clone(),
            masked: display.map(pseudonym::number).unwrap_or_default(),
            from: clock.day_or_instant(assignment.from),
        }
    };
    Row {
        href: format!("/people/{}", employee.id),
        reference: employee.reference.clone(),
        name: employee.name.0.clone(),
        pseudonym: pseudonym::employee(employee.id),
        place: place.join(" · "),
        numbers: row.assignments.iter().map(number).collect(),
        notice: notice_word(employee.notice_at, clock.now),
        notice_at: employee.notice_at.map(|at| clock.day_or_instant(at)),
        waiting: row.waiting,
    }
}

/// `none`, `future` or `given`.
pub(super) fn notice_word(notice_at: Option<Timestamp>, now: Timestamp) -> &'static str {
    match notice_at {
        None => "none",
        Some(at) if at > now => "future",
        Some(_) => "given",
    }
}

/// Writes one person down, or what differs from what is known of them.
pub(super) fn save(visit: &Visit) -> Result<Reply, Problem> {
    let known = Known::read(visit, numbers(visit)?)?;
    match declared(|name| visit.form.get(name), &known, visit.words) {
        Ok(person) => decide(visit, vec![person], "saved"),
        Err(failed) => {
            let typed = COLUMNS.iter().map(|(name, _)| (*name, visit.form.text(name))).collect();
            Refused { failed: Some(failed), typed, ..Refused::default() }.answer(visit)
        }
    }
}

/// Sets from when somebody has had notice, or takes it back.
pub(super) fn notice(visit: &Visit) -> Result<Reply, Problem> {
    let known = Known::read(visit, vec![])?;
    let person = match (visit.form.get("do"), visit.form.get("notice_at")) {
        (Some("take_back"), _) => {
            Ok(no_more_notice(known.find(&visit.form.text("employee")).ok_or(Problem::NOT_FOUND)?))
        }
        (_, None) => Err(visit.words.t("people_page.notice_blank")),
        (_, Some(_)) => declared(
            |name| visit.form.get(name).filter(|_| ["employee", "notice_at"].contains(&name)),
            &known,
            visit.words,
        ),
    };
    match person {
        Ok(person) => decide(visit, vec![person], "notice_set"),
        Err(failed) => Refused { failed: Some(failed), ..Refused::default() }.answer(visit),
    }
}

/// Writes down every line of a file, or none where any has a mistake.
pub(super) fn upload(visit: &Visit) -> Result<Reply, Problem> {
    let known = Known::read(visit, numbers(visit)?)?;
    let file = visit.form.upload("file").unwrap_or_default();
    match declare::file(file, &known, visit.words) {
        Ok(people) if visit.form.get("do") == Some("check") => {
            Refused { plan: Some(declare::plan(&people, &known)), ..Refused::default() }.shown(visit)
        }
        Ok(people) => import(visit, &people),
        Err(mistakes) => Refused { mistakes, ..Refused::default() }.answer(visit),
    }
}

/// Writes a file down in appends of [`lines::APPENDED_MAX`] lines: everybody first, then who leads whom, since a manager may stand
/// anywhere in the file.
fn import(visit: &Visit, people: &[Declared]) -> Result<Reply, Problem> {
    if people.len() <= lines::APPENDED_MAX {
        return decide(visit, people.to_vec(), "imported");
    }
    let alone = |one: &Declared| Declared { manager: None, ..one.clone() };
    let everybody = people.chunks(lines::APPENDED_MAX).map(|part| part.iter().map(alone).collect());
    let led: Vec<Declared> = people.iter().filter(|one| one.manager.is_some()).cloned().collect();
    let mut written = Reply::to("/people?done=imported");
    for part in everybody.chain(led.chunks(lines::APPENDED_MAX).map(<[Declared]>::to_vec)) {
        let decided = visit.ledger().decide(visit.by()?, Command::DeclarePeople(part))?;
        // A later part names people of an earlier one.
        visit.ledger().at_least(decided.index)?;
        written = written.wrote(decided.index);
    }
    Ok(written)
}

fn decide(visit: &Visit, people: Vec<Declared>, word: &str) -> Result<Reply, Problem> {
    let decided = visit.ledger().decide(visit.by()?, Command::DeclarePeople(people))?;
    // From an employee's page back to it.
    let back: Option<EmployeeId> = visit.form.parsed("back");
    let to = back.map_or_else(|| "/people".to_owned(), |id| format!("/people/{id}"));
    Ok(Reply::to(&link(&to, &[("done", Some(word))])).wrote(decided.index))
}

#[cfg(test)]
mod tests;
