//! `rebuild`: views and index deleted, and made anew from the log.

use std::time::{Duration, Instant};

use aboveboard_ledger::{By, Error, Ledger};
use aboveboard_model::access::Purpose;
use anyhow::{Context, Result, ensure};
use tokio::runtime::Runtime;

use crate::{
    Options,
    archive::{self, Archive},
    corpus::Corpus,
    firm::{self, Firm},
    machine, policies, progress,
    report::{Better, Figure, Report},
};

/// What can be deleted.
const FOLDS: [&str; 4] = ["views.db", "views.db-wal", "views.db-shm", "index"];
/// How often the bar moves.
const LOOK: Duration = Duration::from_millis(200);

/// Runs the bench; says whether its goal is held.
///
/// # Errors
/// Folds that are not what they were, and the machine's.
pub fn run(options: &Options) -> Result<bool> {
    let mut report = Report::begin("rebuild");
    let runtime = Runtime::new()?;
    let corpus = Corpus::new(options.seed);
    let policies = policies::all(&corpus, options.seed);
    let (messages, runs) = if options.quick { (50_000, 1) } else { (archive::MILLION, 3) };
    let archive = Archive::obtain(&runtime, &corpus, &policies, options.seed, messages)?;
    let folder = tempfile::tempdir_in(firm::scratch()?)?;
    let data = folder.path().join("data");
    archive.copy_to(&data)?;
    let firm = Firm::new(&data);
    let before = counted(&*firm.open()?)?;
    ensure!(before.messages == messages as u64, "{} of {messages} messages can be searched", before.messages);
    let (mut rates, mut costs) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        for name in FOLDS {
            delete(&data.join(name))?;
        }
        let (began, cpu) = (Instant::now(), machine::process_cpu(std::process::id())?);
        let ledger = firm.open()?;
        let bar = progress::bar("entries", ledger.len());
        while let Err(Error::Busy) = ledger.settle(LOOK) {
            bar.set_position(ledger.len().saturating_sub(ledger.backlog()?.unfolded));
        }
        bar.finish_and_clear();
        rates.push(messages as f64 / began.elapsed().as_secs_f64());
        let spent = machine::process_cpu(std::process::id())?.saturating_sub(cpu);
        costs.push(spent.as_secs_f64() * 1e6 / messages as f64);
        let after = counted(&ledger)?;
        ensure!(after == before, "rebuilt, {before:?} became {after:?}");
    }
    let size = if options.quick { format!("_at_{messages}") } else { String::new() };
    report.add(Figure::goal(&format!("messages_per_s{size}"), Better::Higher, 10_000.0, rates));
    report.add(Figure::reported(&format!("cpu_us_per_message{size}"), Better::Lower, costs));
    Ok(report.finish())
}

/// What must be the same before and after.
#[derive(Debug, PartialEq, Eq)]
struct Counted {
    messages: u64,
    open_alerts: u64,
    unread: u64,
    unjudged: u64,
}

fn counted(ledger: &Ledger) -> Result<Counted> {
    let by = By::command_line();
    let backlog = ledger.backlog()?;
    Ok(Counted {
        messages: ledger.search(&by.reading(Purpose::Investigation), "kind:message", None, 1)?.total,
        open_alerts: ledger.queue_counts(&by)?.open,
        unread: backlog.unread,
        unjudged: backlog.unjudged,
    })
}

fn delete(path: &std::path::Path) -> Result<()> {
    let deleted = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match deleted {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot delete {}", path.display()))
        }
        _ => Ok(()),
    }
}
