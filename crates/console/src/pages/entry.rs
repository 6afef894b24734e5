//! An entry of the log: its public leaf, the sizes of its parts, and the proof that it is in the log. Never its content.

use aboveboard_ledger::view::EntryPage;
use aboveboard_model::id::Index;
use askama::Template;

use super::log;
use crate::{
    bubble::bytes_shown,
    moment::{Clock, Moment},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

#[derive(Template)]
#[template(path = "entry.html")]
struct Page {
    shell: Shell,
    w: Words,
    index: u64,
    at: Moment,
    /// What it is, in words, and its type as the leaf has it.
    what: String,
    kind: String,
    hash: String,
    leaf: String,
    /// Names and sizes.
    parts_of: Vec<(String, String)>,
    fixed: bool,
    /// The command that exports it with its content.
    export: String,
    previous: Option<u64>,
}

/// The entry without its content.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let index = Index(visit.part("index")?);
    let entry = visit.ledger().entry(visit.by()?, index)?;
    let title = visit.words.with("entry.numbered", "number", index);
    visit.page(&page(visit.shell_titled(title), &entry, &visit.clock()))
}

fn page(shell: Shell, entry: &EntryPage, clock: &Clock) -> Page {
    let size = |(name, bytes): &(String, u64)| (name.clone(), bytes_shown(*bytes, clock.w));
    Page {
        w: shell.w,
        shell,
        index: entry.row.index.0,
        at: clock.day_and_time(entry.row.at),
        what: log::what(clock.w, &entry.row.kind),
        kind: entry.row.kind.clone(),
        hash: entry.row.leaf_hash.clone(),
        leaf: entry.leaf.clone(),
        parts_of: entry.parts.iter().map(size).collect(),
        fixed: entry.fixed,
        export: format!("aboveboard proof {0} entry-{0}", entry.row.index),
        previous: entry.row.index.0.checked_sub(1),
    }
}

/// The proof as a file: anybody can check it without this program.
pub(super) fn proof(visit: &Visit) -> Result<Reply, Problem> {
    let index = Index(visit.part("index")?);
    let proof = visit.ledger().proof(visit.by()?, index)?;
    Ok(Reply::download("text/plain; charset=utf-8", &format!("entry-{index}.tlog-proof"), proof))
}

#[cfg(test)]
mod tests {
    use aboveboard_ledger::view::EntryRow;

    use super::*;
    use crate::bubble::tests::clock;

    fn html(fixed: bool, parts: Vec<(String, u64)>) -> String {
        let row = EntryRow {
            index: Index(48_210),
            at: "2025-11-05T10:00:00Z".parse().unwrap(),
            kind: "delivery".into(),
            leaf_hash: "ab".repeat(32),
        };
        let entry = EntryPage { row, leaf: "{\"v\":1,\"x\":\"<script>\"}".into(), parts, fixed };
        page(Shell::sample("Entry"), &entry, &clock()).render().unwrap()
    }

    #[test]
    fn an_entry_shows_its_leaf_and_the_sizes_of_its_parts() {
        let html = html(true, vec![("body<b>".into(), 120_000)]);
        assert!(html.contains("&#60;script&#62;") && html.contains("body&#60;b&#62;"), "{html}");
        assert!(html.contains("120 KB") && html.contains(&"ab".repeat(32)));
        assert!(html.contains("href=\"/log/48210/proof\"") && html.contains("href=\"/log/48209\""));
        assert!(html.contains("aboveboard proof 48210 entry-48210"), "{html}");
    }

    #[test]
    fn an_entry_behind_the_checkpoint_has_no_proof_yet_and_destroyed_content_is_named() {
        let html = html(false, vec![]);
        assert!(!html.contains("/proof") && html.contains("no signed checkpoint covers it yet"), "{html}");
        assert!(html.contains("Its content was destroyed"));
    }
}
