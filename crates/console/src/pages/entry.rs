//! An entry of the log: its public leaf, the sizes of its parts, and the proof that it is in the log. Never its content.

use aboveboard_ledger::view::EntryPage;
use aboveboard_model::{access::Purpose, id::Index};
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
    /// The commands that check the archive once it is unpacked, and that export the entry by the shell.
    check: String,
    export: String,
    /// Whether its content waits for notice; and whether the visitor may export such entries here.
    waits: bool,
    may_export: bool,
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
        check: format!("aboveboard check-proof {}", name(entry.row.index)),
        export: format!("aboveboard proof {} {}", entry.row.index, name(entry.row.index)),
        waits: entry.waits,
        may_export: entry.may_export,
        previous: entry.row.index.0.checked_sub(1),
    }
}

fn name(index: Index) -> String {
    format!("entry-{index}")
}

/// The entry with its content and its proof, as an archive that `aboveboard check-proof` accepts once it is unpacked.
pub(super) fn export(visit: &Visit) -> Result<Reply, Problem> {
    let turn = visit.console.exports.clone().try_acquire_owned().map_err(|_| Problem::Busy)?;
    let index = Index(visit.part("index")?);
    let export = visit.ledger().entry_export(&visit.access(Purpose::Evidence)?, index)?;
    let now = visit.now.to_zoned(visit.console.settings.zone.clone()).datetime();
    Ok(Reply::export(export, turn, &name(index), now))
}

/// The proof as a file: anybody can check it without this program.
pub(super) fn proof(visit: &Visit) -> Result<Reply, Problem> {
    let index = Index(visit.part("index")?);
    let proof = visit.ledger().proof(visit.by()?, index)?;
    Ok(Reply::download("text/plain; charset=utf-8", &format!("{}.tlog-proof", name(index)), proof))
}

#[cfg(test)]
mod tests {
    use aboveboard_ledger::view::EntryRow;

    use super::*;
    use crate::bubble::tests::clock;

    fn row() -> EntryRow {
        EntryRow {
            index: Index(48_210),
            at: "2025-11-05T10:00:00Z".parse().unwrap(),
            kind: "delivery.received".into(),
            leaf_hash: "ab".repeat(32),
        }
    }

    fn html(fixed: bool, parts: Vec<(String, u64)>) -> String {
        let entry = EntryPage {
            row: row(),
            leaf: "{\"v\":1,\"x\":\"<script>\"}".into(),
            parts,
            fixed,
            waits: false,
            may_export: false,
        };
        page(Shell::sample("Entry"), &entry, &clock()).render().unwrap()
    }

    #[test]
    fn an_entry_shows_its_leaf_and_the_sizes_of_its_parts() {
        let html = html(true, vec![("body<b>".into(), 120_000)]);
        assert!(html.contains("&#60;script&#62;") && html.contains("body&#60;b&#62;"), "{html}");
        assert!(html.contains("120 KB") && html.contains(&"ab".repeat(32)));
        assert!(html.contains("href=\"/log/48210/proof\"") && html.contains("href=\"/log/48209\""));
        assert!(html.contains("aboveboard proof 48210 entry-48210") && !html.contains("/export"), "{html}");
    }

    #[test]
    fn who_may_export_is_offered_the_archive_and_told_how_to_check_it() {
        let entry = |parts, waits| EntryPage {
            row: row(),
            leaf: "{}".into(),
            parts,
            fixed: true,
            waits,
            may_export: true,
        };
        let html =
            |parts, waits| page(Shell::sample("Entry"), &entry(parts, waits), &clock()).render().unwrap();
        let offered = html(vec![("raw.json".into(), 1)], false);
        assert!(offered.contains("href=\"/log/48210/export\" download"), "{offered}");
        assert!(offered.contains("aboveboard check-proof entry-48210"), "{offered}");
        let waits = html(vec![("raw.json".into(), 1)], true);
        assert!(!waits.contains("/export") && waits.contains("waits sealed for notice"), "{waits}");
        let destroyed = html(vec![], false);
        assert!(!destroyed.contains("/export") && destroyed.contains("/proof"), "{destroyed}");
    }

    #[test]
    fn an_entry_behind_the_checkpoint_has_no_proof_yet_and_destroyed_content_is_named() {
        let html = html(false, vec![]);
        assert!(!html.contains("/proof") && html.contains("no signed checkpoint covers it yet"), "{html}");
        assert!(html.contains("Its content was destroyed"));
    }
}
