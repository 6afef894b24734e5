//! The log: what is fixed, in words; its entries without content; the check of everything.

use aboveboard_ledger::{
    VerifyNote, VerifyReport,
    view::{EntryRow, LogState},
};
use aboveboard_model::{event::Event, id::Index};
use askama::Template;
use http::{HeaderValue, header::REFRESH};

use crate::{
    check::Check,
    fields::link,
    moment::{Clock, Moment},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Rows of one page.
const ROWS: usize = 100;
/// Hexadecimal digits of a hash that a list shows.
const HASH_DIGITS: usize = 16;
/// Damaged places that the page of a check shows.
const PROBLEMS_SHOWN: usize = 200;

/// Seconds after which a page of a running check is asked for again.
const AGAIN_SECONDS: u8 = 2;

/// Where the log stands, in a page.
#[derive(Clone, Debug)]
struct State {
    origin: String,
    entries: u64,
    /// The last entry under the signed checkpoint.
    fixed_upto: Option<u64>,
    fixed_at: Option<Moment>,
    /// Entries behind the checkpoint.
    pending: u64,
    root: String,
    verifier_key: String,
    /// The last entry that pages show.
    folded: u64,
}

/// A line of the list.
#[derive(Clone, Debug)]
struct Row {
    index: u64,
    at: Moment,
    /// What it is, in words, and its type as the leaf has it.
    what: String,
    kind: String,
    hash: String,
    fixed: bool,
}

#[derive(Template)]
#[template(path = "log.html")]
struct Page {
    shell: Shell,
    w: Words,
    state: State,
    rows: Vec<Row>,
    older: Option<String>,
    is_past: bool,
    /// The type that the list is narrowed to.
    kind: Option<&'static str>,
    /// Every type, with its words.
    kinds: Vec<(&'static str, String)>,
    /// Narrowed, and only a part of the log was looked through.
    looked_back_to: Option<u64>,
}

/// A check of the whole log: how far it is, or what it found.
#[derive(Template)]
#[template(path = "verified.html")]
struct Checked {
    shell: Shell,
    w: Words,
    /// Since when one runs, entries checked, of how many, and the percentage.
    running: Option<(Moment, String, u64)>,
    failed: bool,
    at: Option<Moment>,
    found: Option<Verified>,
}

/// What a check found.
struct Verified {
    clean: bool,
    entries: u64,
    opened: u64,
    destroyed: u64,
    behind: u64,
    media: u64,
    tiles: u64,
    key_slots: u64,
    checkpoint: Option<u64>,
    problems: Vec<String>,
    more_problems: u64,
    notes: Vec<String>,
}

/// What an entry of a type is, in words; the type itself where this version of the program does not know it.
pub(super) fn what(w: Words, kind: &str) -> String {
    w.of("entry_kind", kind)
}

/// Where the log stands, and its entries, newest first, or those of one type.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let before: Option<u64> = visit.query.parsed("before");
    let kind =
        visit.query.get("kind").and_then(|kind| Event::KINDS.iter().copied().find(|known| *known == kind));
    let state = visit.ledger().log_state(visit.by()?)?;
    let (entries, next) = match kind {
        Some(kind) => visit.ledger().entries_of(visit.by()?, kind, before.map(Index), ROWS)?,
        None => {
            let entries = visit.ledger().entries(visit.by()?, before.map(Index), ROWS)?;
            let next = entries.last().map(|row| row.index).filter(|last| last.0 > 0);
            (entries, next)
        }
    };
    let page = page(visit.shell(), &state, &entries, before.is_some(), &visit.clock());
    let looked_back_to = next.filter(|_| kind.is_some() && entries.len() < ROWS).map(|next| next.0);
    let to_next = |next: Index| link("/log", &[("kind", kind), ("before", Some(&next.to_string()))]);
    visit.page(&Page { kind, looked_back_to, older: next.map(to_next), ..page })
}

fn page(shell: Shell, state: &LogState, entries: &[EntryRow], is_past: bool, clock: &Clock) -> Page {
    let w = shell.w;
    let row = |row: &EntryRow| Row {
        index: row.index.0,
        at: clock.day_and_time(row.at),
        what: what(w, &row.kind),
        kind: row.kind.clone(),
        hash: row.leaf_hash.chars().take(HASH_DIGITS).collect(),
        fixed: row.index.0 < state.fixed,
    };
    Page {
        w,
        shell,
        state: standing(state, clock),
        rows: entries.iter().map(row).collect(),
        older: None,
        is_past,
        kind: None,
        kinds: Event::KINDS.iter().map(|kind| (*kind, what(w, kind))).collect(),
        looked_back_to: None,
    }
}

fn standing(state: &LogState, clock: &Clock) -> State {
    State {
        origin: state.origin.clone(),
        entries: state.entries,
        fixed_upto: state.fixed.checked_sub(1),
        fixed_at: state.fixed_at.map(|at| clock.ago(at)),
        pending: state.entries.saturating_sub(state.fixed),
        root: state.root.clone(),
        verifier_key: state.verifier_key.clone(),
        folded: state.folded.0,
    }
}

/// Begins a check of everything that is the truth, unless one runs, and leads to where it can be watched.
pub(super) fn verify(visit: &Visit) -> Result<Reply, Problem> {
    visit.console.checks.begin(visit.console.ledger.clone(), visit.by()?.clone());
    Ok(Reply::to("/log/check"))
}

/// How far the check is, or what the last one found.
pub(super) fn check(visit: &Visit) -> Result<Reply, Problem> {
    let state = visit.console.checks.state();
    if matches!(state, Check::Never) {
        return Ok(Reply::to("/log"));
    }
    let page = checked(visit.shell(), &state, &visit.clock());
    let again = page.running.is_some();
    let reply = visit.page(&page)?;
    Ok(if again { reply.with_header(REFRESH, HeaderValue::from(u16::from(AGAIN_SECONDS))) } else { reply })
}

fn checked(shell: Shell, state: &Check, clock: &Clock) -> Checked {
    let w = shell.w;
    let page = Checked { w, shell, running: None, failed: false, at: None, found: None };
    match state {
        Check::Never => page,
        Check::Running { since, done, all } => {
            let percent = (done.saturating_mul(100)).checked_div(*all).unwrap_or(0).min(100);
            let said =
                w.with("log.checked_so_far", "done", w.number(*done)).replace("{all}", &w.number(*all));
            Checked { running: Some((clock.ago(*since), said, percent)), ..page }
        }
        Check::Failed { at } => Checked { failed: true, at: Some(clock.ago(*at)), ..page },
        Check::Done { at, report } => {
            let problems = report.problems.iter().map(ToString::to_string).collect();
            Checked { at: Some(clock.ago(*at)), found: Some(verified(report, problems, w)), ..page }
        }
    }
}

fn verified(report: &VerifyReport, mut problems: Vec<String>, w: Words) -> Verified {
    let clean = problems.is_empty();
    let omitted = u64::try_from(problems.len().saturating_sub(PROBLEMS_SHOWN)).unwrap_or(u64::MAX);
    problems.truncate(PROBLEMS_SHOWN);
    let note = |note: &VerifyNote| match note.code() {
        (code, Some(count)) => w.n(&format!("log_note.{code}"), count),
        (code, None) => w.of("log_note", code),
    };
    Verified {
        clean,
        entries: report.entries,
        opened: report.opened,
        destroyed: report.destroyed,
        behind: report.behind_checkpoint,
        media: report.media,
        tiles: report.tiles,
        key_slots: report.key_slots,
        checkpoint: report.checkpoint.as_ref().and_then(|checkpoint| checkpoint.size.checked_sub(1)),
        problems,
        more_problems: report.problems_omitted.saturating_add(omitted),
        notes: report.notes.iter().map(note).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{bubble::tests::clock, words::Language};

    fn state(fixed: u64) -> LogState {
        LogState {
            origin: "example.com/<log>".into(),
            entries: 48_215,
            fixed,
            fixed_at: (fixed > 0).then(|| "2025-11-05T11:58:00Z".parse().unwrap()),
            root: "cm9vdA==".into(),
            verifier_key: "example.com+abc+key".into(),
            folded: Index(48_214),
        }
    }

    fn row(index: u64) -> EntryRow {
        EntryRow {
            index: Index(index),
            at: "2025-11-05T10:00:00Z".parse().unwrap(),
            kind: "delivery.received".into(),
            leaf_hash: "ab".repeat(32),
        }
    }

    fn html(fixed: u64, rows: &[EntryRow]) -> String {
        page(Shell::sample("Log"), &state(fixed), rows, false, &clock()).render().unwrap()
    }

    #[test]
    fn what_is_fixed_is_said_in_words() {
        let html = html(48_211, &[row(48_214), row(48_210)]);
        assert!(html.contains("Everything up to entry 48,210 is fixed by a signed checkpoint."), "{html}");
        assert!(html.contains("4 newer entries wait") && html.contains("2 min ago"));
        assert!(html.contains("example.com/&#60;log&#62;"));
        assert!(!html.contains(&"ab".repeat(32)), "a list shows the beginning of a hash");
    }

    #[test]
    fn before_the_first_checkpoint_nothing_is_fixed() {
        let html = html(0, &[row(0)]);
        assert!(html.contains("Nothing is fixed yet."));
    }

    #[test]
    fn a_check_says_what_it_looked_at_and_names_each_damaged_place() {
        let notes = vec![VerifyNote::SignatureUnchecked, VerifyNote::BehindCheckpoint(4)];
        let report = VerifyReport { entries: 48_215, notes, ..VerifyReport::default() };
        let at = "2025-11-05T11:58:00Z".parse().unwrap();
        let shown = |state: &Check| checked(Shell::sample("Log"), state, &clock()).render().unwrap();
        let html = shown(&Check::Done { at, report: report.clone().into() });
        assert!(html.contains("Everything is as it was written.") && html.contains("48,215"));
        assert!(
            html.contains("signature was not checked") && html.contains("4 entries lie behind"),
            "{html}"
        );
        let report = VerifyReport { problems_omitted: 5, ..report };
        let problems = (0..300).map(|at| format!("tile/<{at}> at byte 7")).collect();
        let shell = Shell::sample("Log");
        let found = Some(verified(&report, problems, shell.w));
        let page = Checked { w: shell.w, shell, running: None, failed: false, at: None, found };
        let html = page.render().unwrap();
        assert!(html.contains("Something is not as it was written.") && html.contains("tile/&#60;0&#62;"));
        assert!(html.contains("105 more") && !html.contains("tile/&#60;250&#62;"), "{html}");
        let html = shown(&Check::Running { since: at, done: 12_000, all: 48_000 });
        assert!(html.contains("12,000 of 48,000") && html.contains("value=\"25\""), "{html}");
        assert!(shown(&Check::Failed { at }).contains("could not be carried through"));
    }

    #[test]
    fn each_entry_says_what_it_is_and_its_type_beside() {
        let unknown = EntryRow { kind: "later<b>.made".into(), ..row(2) };
        let html = html(1, &[row(3), unknown]);
        assert!(html.contains("A delivery arrived<code class=\"under\">delivery.received</code>"), "{html}");
        assert!(html.contains("later&#60;b&#62;.made<code class=\"under\">later&#60;b&#62;.made</code>"));
    }

    #[test]
    fn every_type_of_entry_has_words_of_its_own_in_every_language() {
        for language in Language::ALL {
            let words: BTreeSet<String> =
                Event::KINDS.iter().map(|kind| what(Words::new(*language), kind)).collect();
            assert_eq!(words.len(), Event::KINDS.len(), "{}", language.tag());
            let raw: Vec<_> = words.iter().filter(|words| !words.contains(' ')).collect();
            assert!(raw.is_empty(), "{}: {raw:?}", language.tag());
        }
    }

    #[test]
    fn the_list_can_be_narrowed_to_every_type_of_entry() {
        let page = page(Shell::sample("Log"), &state(1), &[row(3)], false, &clock());
        let html = Page { kind: Some("search.asked"), looked_back_to: Some(7_000), ..page }.render().unwrap();
        assert!(html.contains("<option value=\"search.asked\" selected>The words of"), "{html}");
        for kind in ["deliveries.read", "queue.changed", "contact.changed"] {
            assert!(html.contains(&format!("<option value=\"{kind}\">")), "{kind}");
        }
        assert!(html.contains("Looked back to entry 7,000"));
    }
}
