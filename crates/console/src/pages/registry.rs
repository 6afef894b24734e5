//! The registry: what is the company's. What staff send that is not in it is the signal.

use aboveboard_ledger::{
    Command,
    view::{Page as Rows, RegistryRow},
};
use aboveboard_model::{
    access::Permission,
    refusal::Refusal,
    registry::{self, Entry, Kind},
};
use askama::Template;
use http::StatusCode;

use super::alerts::{Done, done};
use crate::{
    fields::{Fields, link},
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
/// Columns of a file.
const COLUMNS: &[Column] = &[("kind", true), ("value", true), ("label", false)];

/// A line of the list.
#[derive(Clone, Debug)]
struct Row {
    kind: &'static str,
    value: String,
    label: String,
    from: Option<Moment>,
    until: Option<Moment>,
    /// Whether it is not the company's any more.
    ended: bool,
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
    first: String,
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

fn page(visit: &Visit, mistakes: Mistakes, checked: Option<String>) -> Result<Reply, Problem> {
    let (after, text) = (visit.query.get("after"), visit.query.get("q"));
    let kind = visit.query.get("kind").and_then(Kind::from_word);
    let registry = visit.ledger().registry(visit.by()?, kind, text, after, ROWS)?;
    let page = list(visit.shell(), &registry, after.is_some(), &visit.clock());
    let narrowed = |after: Option<&str>| {
        link("/registry", &[("kind", kind.map(Kind::word)), ("q", text), ("after", after)])
    };
    visit.page(&Page {
        next: registry.next.as_deref().map(|after| narrowed(Some(after))),
        first: narrowed(None),
        kind: kind.map(Kind::word),
        text: text.unwrap_or_default().to_owned(),
        may_write: visit.may(Permission::RegistryWrite),
        mistakes,
        checked,
        done: done(visit),
        ..page
    })
}

fn list(shell: Shell, page: &Rows<RegistryRow>, is_later: bool, clock: &Clock) -> Page {
    let row = |RegistryRow { entry, index }: &RegistryRow| Row {
        kind: entry.kind.word(),
        value: entry.value.clone(),
        label: entry.label.clone(),
        from: entry.from.map(|at| clock.day_and_time(at)),
        until: entry.until.map(|at| clock.day_and_time(at)),
        ended: entry.until.is_some_and(|until| until <= clock.now),
        index: index.0,
    };
    Page {
        w: shell.w,
        shell,
        rows: page.rows.iter().map(row).collect(),
        next: page.next.as_deref().map(|after| link("/registry", &[("after", Some(after))])),
        is_later,
        kind: None,
        text: String::new(),
        first: "/registry".to_owned(),
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

/// Writes one entry down.
pub(super) fn add(visit: &Visit) -> Result<Reply, Problem> {
    let decided = visit.ledger().decide(visit.by()?, Command::AddToRegistry(vec![typed(&visit.form)?]))?;
    Ok(Reply::to("/registry?done=added").wrote(decided.index))
}

fn typed(form: &Fields) -> Result<Entry, Refusal> {
    let kind = form.get("kind").and_then(Kind::from_word).ok_or(Refusal::Malformed)?;
    Ok(Entry { kind, value: form.text("value"), label: form.text("label"), from: None, until: None })
}

/// Writes down every line of a file, or none where any has a mistake; or only says what is wrong with it.
pub(super) fn upload(visit: &Visit) -> Result<Reply, Problem> {
    let file = visit.form.upload("file").unwrap_or_default();
    let w = visit.words;
    let entries = match lines::read(file, COLUMNS, w, |line| entry(line, w)) {
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

/// The entry of a line, if the registry would take it.
fn entry(line: &Line, w: Words) -> Result<Entry, String> {
    let word = line.text("kind").to_lowercase();
    let kind = Kind::from_word(&word).ok_or_else(|| {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        w.with("registry.no_kind", "kinds", known.join(", "))
    })?;
    let entry = Entry { kind, value: line.text("value"), label: line.text("label"), from: None, until: None };
    match registry::add(&[], entry.clone()) {
        Ok(_) => Ok(entry),
        Err(refusal) => Err(w.of("refusal", refusal.code())),
    }
}

/// Says that something is the company's no more.
pub(super) fn end(visit: &Visit) -> Result<Reply, Problem> {
    let Entry { kind, value, .. } = typed(&visit.form)?;
    let decided = visit.ledger().decide(visit.by()?, Command::EndInRegistry { kind, value })?;
    Ok(Reply::to("/registry?done=ended").wrote(decided.index))
}

#[cfg(test)]
mod tests {
    use aboveboard_model::id::Index;

    use super::*;
    use crate::bubble::tests::clock;

    fn row(value: &str, until: Option<&str>) -> RegistryRow {
        let until = until.map(|until| until.parse().unwrap());
        let entry =
            Entry { kind: Kind::Pix, value: value.into(), label: "Shop <b>".into(), from: None, until };
        RegistryRow { entry, index: Index(12) }
    }

    fn html(rows: Vec<RegistryRow>, may_write: bool, mistakes: Mistakes) -> String {
        let rows = Rows { rows, next: Some("pix:a".into()), at: Index(1) };
        let page = list(Shell::sample("Registry"), &rows, false, &clock());
        Page { may_write, mistakes, ..page }.render().unwrap()
    }

    #[test]
    fn an_entry_is_shown_whole_with_the_way_to_end_it() {
        let html = html(vec![row("=HYPERLINK(\"x\") \0", None)], true, Mistakes::default());
        assert!(html.contains("=HYPERLINK(&#34;x&#34;)") && html.contains("Shop &#60;b&#62;"), "{html}");
        assert!(html.contains("action=\"/registry/end\"") && html.contains("after=pix%3Aa"));
    }

    #[test]
    fn what_has_ended_is_not_ended_again_and_readers_change_nothing() {
        let ended = vec![row("a@b.c", Some("2025-11-01T00:00:00Z"))];
        assert!(!html(ended.clone(), true, Mistakes::default()).contains("/registry/end"));
        assert!(html(ended, true, Mistakes::default()).contains("Sat 1 Nov"));
        assert!(!html(vec![row("a@b.c", None)], false, Mistakes::default()).contains("action=\"/registry/"));
        assert!(html(vec![], false, Mistakes::default()).contains("Nothing is known to be the company"));
    }

    #[test]
    fn a_file_is_read_whole_or_its_lines_are_named() {
        let w = clock().w;
        let read = |file: &str| lines::read(file.as_bytes(), COLUMNS, w, |line| entry(line, w));
        assert_eq!(read("kind,value,label\nPIX,a@b.c,Shop\nphone,+55 11 9,\n").unwrap().len(), 2);
        let mistakes = read("kind,value\nbitcoin,x\npix,...\npix,a@b.c\n").unwrap_err();
        assert_eq!(mistakes.shown.iter().map(|one| one.line).collect::<Vec<_>>(), [2, 3]);
        assert!(mistakes.shown[0].what.contains("iban"));
        let html = html(vec![], true, mistakes);
        assert!(html.contains("Nothing was written") && html.contains("Line 2"), "{html}");
    }
}
