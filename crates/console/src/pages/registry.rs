//! The registry: what is the company's, and what may be offered. What staff send that is not in it is the signal.

pub(super) mod given;
mod make;
mod one;
#[cfg(test)]
mod tests;

pub(super) use make::{add, new};
pub(super) use one::{end, settle, show as show_one};

use aboveboard_ledger::{
    Command,
    view::{Page as Rows, RegistryChoice, RegistryRow},
};
use aboveboard_model::{
    access::Permission,
    pseudonym,
    registry::{Entry, Kind, State, Terms},
};
use askama::Template;
use http::StatusCode;

use self::given::{COLUMNS, Failed, Reader, cells};
use super::alerts::{Done, done};
use crate::{
    fields::link,
    lines::{self, Column, Line, Mistakes},
    moment::{Clock, Moment},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Rows of one page.
const ROWS: usize = 50;
/// Rows asked for at once, and how often, when all is written into a file.
const EXPORT_ROWS: usize = 100;
const EXPORT_PAGES_MAX: usize = 5_000;

/// A line of the list.
#[derive(Clone, Debug)]
struct Row {
    kind: &'static str,
    value: String,
    label: String,
    /// What else there is to say of its kind.
    terms: String,
    from: Option<Moment>,
    until: Option<Moment>,
    /// Whether it is not the company's any more.
    ended: bool,
    /// `counts`, `waits`, `declined`.
    state: &'static str,
    /// Whether something of it waits for a second person.
    pending: bool,
    index: u64,
}

#[derive(Template)]
#[template(path = "registry.html")]
struct Page {
    shell: Shell,
    w: Words,
    rows: Vec<Row>,
    next: Option<String>,
    is_later: bool,
    /// What the list is narrowed to.
    kind: Option<&'static str>,
    text: String,
    waiting_only: bool,
    first: String,
    /// Entries that wait for a second person.
    waiting: u64,
    /// The same choice as a file.
    export: String,
    /// A file that was checked and not written: how many entries it has, in words.
    checked: Option<String>,
    may_write: bool,
    kinds: &'static [Kind],
    mistakes: Mistakes,
    columns: String,
    done: Option<Done>,
}

/// The list, by kind and value.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    page(visit, Mistakes::default(), None)
}

fn choice(visit: &Visit) -> RegistryChoice<'_> {
    RegistryChoice {
        kind: visit.query.get("kind").and_then(Kind::from_word),
        text: visit.query.get("q"),
        waiting: visit.query.get("only") == Some("waiting"),
        at: None,
    }
}

fn page(visit: &Visit, mistakes: Mistakes, checked: Option<String>) -> Result<Reply, Problem> {
    let (after, choice) = (visit.query.get("after"), choice(visit));
    let registry = visit.ledger().registry(visit.by()?, &choice, after, ROWS)?;
    let page = list(visit.shell(), &registry, after.is_some(), &visit.clock());
    let narrowed = |path: &str, after: Option<&str>| {
        let only = choice.waiting.then_some("waiting");
        link(
            path,
            &[("kind", choice.kind.map(Kind::word)), ("q", choice.text), ("only", only), ("after", after)],
        )
    };
    visit.page(&Page {
        next: registry.next.as_deref().map(|after| narrowed("/registry", Some(after))),
        first: narrowed("/registry", None),
        export: narrowed("/registry/export", None),
        kind: choice.kind.map(Kind::word),
        text: choice.text.unwrap_or_default().to_owned(),
        waiting_only: choice.waiting,
        waiting: visit.ledger().registry_waiting(visit.by()?)?,
        may_write: visit.may(Permission::RegistryWrite),
        mistakes,
        checked,
        done: done(visit),
        ..page
    })
}

fn row(held: &RegistryRow, clock: &Clock) -> Row {
    let entry = &held.entry;
    Row {
        kind: entry.kind.word(),
        value: entry.value.clone(),
        label: entry.label.clone(),
        terms: terms(entry, clock.w),
        from: entry.from.map(|at| clock.day_or_instant(at)),
        until: entry.until.map(|at| clock.day_or_instant(at)),
        ended: entry.until.is_some_and(|until| until <= clock.now) || held.state == State::Declined,
        state: held.state.word(),
        pending: held.is_pending(),
        index: held.index.0,
    }
}

/// What else there is to say of an entry, in a few words.
fn terms(entry: &Entry, w: Words) -> String {
    let mut said: Vec<String> = Vec::new();
    match &entry.terms {
        Terms::None => {}
        Terms::Network { network } => said.push(network.clone()),
        Terms::Brand { domains } => said.push(domains.join(", ")),
        Terms::Price { price, region, words } => {
            said.push(w.amount(price));
            said.extend(region.clone());
            if !words.is_empty() {
                said.push(w.with("registry.also", "words", words.join(", ")));
            }
        }
        Terms::Authority { percent, employee, team, region } => {
            said.push(w.with("registry.up_to", "percent", w.decimal(*percent)));
            let whose = employee.map(pseudonym::employee);
            said.extend(whose.into_iter().chain(team.clone()).chain(region.clone()));
        }
        Terms::Approval { contact, percent, price, approver, .. } => {
            said.extend(percent.map(|percent| w.with("registry.up_to", "percent", w.decimal(percent))));
            said.extend(price.as_ref().map(|price| w.with("registry.not_below", "price", w.amount(price))));
            said.extend(contact.map(pseudonym::contact));
            said.extend(approver.map(|one| w.with("registry.approved_by", "who", pseudonym::employee(one))));
        }
    }
    said.join(" · ")
}

fn list(shell: Shell, page: &Rows<RegistryRow>, is_later: bool, clock: &Clock) -> Page {
    Page {
        w: shell.w,
        shell,
        rows: page.rows.iter().map(|held| row(held, clock)).collect(),
        next: page.next.as_deref().map(|after| link("/registry", &[("after", Some(after))])),
        is_later,
        kind: None,
        text: String::new(),
        waiting_only: false,
        first: "/registry".to_owned(),
        waiting: 0,
        export: "/registry/export".to_owned(),
        checked: None,
        may_write: false,
        kinds: Kind::ALL,
        mistakes: Mistakes::default(),
        columns: columns(COLUMNS),
        done: None,
    }
}

/// The names of columns as a file's header has them.
pub(super) fn columns(columns: &[Column]) -> String {
    columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",")
}

/// Writes down every line of a file, or none where any has a mistake; or only says what is wrong with each.
pub(super) fn upload(visit: &Visit) -> Result<Reply, Problem> {
    let file = visit.form.upload("file").unwrap_or_default();
    let w = visit.words;
    let clock = visit.clock();
    let reader = Reader { ledger: visit.ledger(), by: visit.by()?, zone: &clock.zone };
    let mut failed = None;
    let read = lines::read(file, COLUMNS, w, |line| entry(&reader, line, w, &mut failed));
    if let Some(problem) = failed {
        return Err(problem);
    }
    let entries = match read {
        Ok(entries) => entries,
        Err(mistakes) => {
            return Ok(page(visit, mistakes, None)?.with_status(StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    if visit.form.get("do") == Some("check") {
        return page(visit, Mistakes::default(), Some(w.n("registry.checked", entries.len())));
    }
    let mut written = Reply::to("/registry?done=imported");
    for part in entries.chunks(lines::APPENDED_MAX) {
        let decided = visit.ledger().decide(visit.by()?, Command::AddToRegistry(part.to_vec()))?;
        written = written.wrote(decided.index);
    }
    Ok(written)
}

/// The entry of a line, if the registry would take it; else its column, what is wrong and what mends it.
fn entry(reader: &Reader<'_>, line: &Line, w: Words, failed: &mut Option<Problem>) -> Result<Entry, String> {
    reader.entry(&|name| line.get(name).map(str::to_owned)).map_err(|why| match why {
        Failed::Wrong(wrong) => wrong.told(w),
        Failed::Problem(problem) => {
            *failed = Some(problem);
            String::new()
        }
    })
}

/// What counts, in the form in which it is uploaded.
pub(super) fn export(visit: &Visit) -> Result<Reply, Problem> {
    let choice = choice(visit);
    let mut file = csv::Writer::from_writer(Vec::new());
    let broken = |error: csv::Error| Problem::Broken(error.to_string());
    file.write_record(COLUMNS.iter().map(|(name, _)| *name)).map_err(broken)?;
    let mut after: Option<String> = None;
    for _ in 0..EXPORT_PAGES_MAX {
        let page = visit.ledger().registry(visit.by()?, &choice, after.as_deref(), EXPORT_ROWS)?;
        for held in page.rows.iter().filter(|held| held.state == State::Counts) {
            file.write_record(cells(&held.entry)).map_err(broken)?;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let bytes = file.into_inner().map_err(|error| Problem::Broken(error.to_string()))?;
    Ok(Reply::download(
        "text/csv; charset=utf-8",
        "registry.csv",
        String::from_utf8_lossy(&bytes).into_owned(),
    ))
}
