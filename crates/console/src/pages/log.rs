//! The log: what is fixed, in words; its entries without content; the check of everything.

use std::sync::Mutex;

use aboveboard_ledger::{
    VerifyReport,
    view::{EntryRow, LogState},
};
use aboveboard_model::id::Index;
use askama::Template;

use crate::{
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

/// Held while a check runs: it reads the whole log, so one at a time.
static CHECKING: Mutex<()> = Mutex::new(());

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
}

/// What a check found.
#[derive(Template)]
#[template(path = "verified.html")]
struct Verified {
    shell: Shell,
    w: Words,
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

/// Where the log stands, and its entries, newest first.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let before: Option<u64> = visit.query.parsed("before");
    let state = visit.ledger().log_state(visit.by()?)?;
    let entries = visit.ledger().entries(visit.by()?, before.map(Index), ROWS)?;
    visit.page(&page(visit.shell(), &state, &entries, before.is_some(), &visit.clock()))
}

fn page(shell: Shell, state: &LogState, entries: &[EntryRow], is_past: bool, clock: &Clock) -> Page {
    let row = |row: &EntryRow| Row {
        index: row.index.0,
        at: clock.day_and_time(row.at),
        kind: row.kind.clone(),
        hash: row.leaf_hash.chars().take(HASH_DIGITS).collect(),
        fixed: row.index.0 < state.fixed,
    };
    let last = entries.last().map(|row| row.index.0).filter(|last| *last > 0);
    Page {
        w: shell.w,
        shell,
        state: standing(state, clock),
        rows: entries.iter().map(row).collect(),
        older: last.map(|last| format!("/log?before={last}")),
        is_past,
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

/// Checks everything that is the truth and shows what came of it. One check at a time: another is asked to wait.
pub(super) fn verify(visit: &Visit) -> Result<Reply, Problem> {
    let _turn = CHECKING.try_lock().map_err(|_| Problem::Busy)?;
    let report = visit.ledger().verify(visit.by()?, &|_, _| {})?;
    let problems = report.problems.iter().map(ToString::to_string).collect();
    visit.page(&verified(visit.shell(), &report, problems))
}

fn verified(shell: Shell, report: &VerifyReport, mut problems: Vec<String>) -> Verified {
    let clean = problems.is_empty();
    let omitted = u64::try_from(problems.len().saturating_sub(PROBLEMS_SHOWN)).unwrap_or(u64::MAX);
    problems.truncate(PROBLEMS_SHOWN);
    Verified {
        w: shell.w,
        shell,
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
        notes: report.notes.iter().filter(|note| !note.starts_with("0 ")).cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bubble::tests::clock;

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
            kind: "delivery".into(),
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
        assert!(html.contains("example.com/&#60;log&#62;") && html.contains("/log?before=48210"));
        assert!(!html.contains(&"ab".repeat(32)), "a list shows the beginning of a hash");
    }

    #[test]
    fn before_the_first_checkpoint_nothing_is_fixed() {
        let html = html(0, &[row(0)]);
        assert!(html.contains("Nothing is fixed yet.") && !html.contains("before="));
    }

    #[test]
    fn a_check_says_what_it_looked_at_and_names_each_damaged_place() {
        let notes = vec!["no deployment key".to_owned(), "0 entries lie behind the checkpoint".to_owned()];
        let report = VerifyReport { entries: 48_215, notes, ..VerifyReport::default() };
        let html = verified(Shell::sample("Log"), &report, vec![]).render().unwrap();
        assert!(html.contains("Everything is as it was written.") && html.contains("48,215"));
        assert!(html.contains("no deployment key") && !html.contains("0 entries"));
        let report = VerifyReport { problems_omitted: 5, ..report };
        let problems = (0..300).map(|at| format!("tile/<{at}> at byte 7")).collect();
        let html = verified(Shell::sample("Log"), &report, problems).render().unwrap();
        assert!(html.contains("Something is not as it was written.") && html.contains("tile/&#60;0&#62;"));
        assert!(html.contains("105 more") && !html.contains("tile/&#60;250&#62;"), "{html}");
    }
}
