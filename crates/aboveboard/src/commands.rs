//! Commands that work on a data folder without a server.

pub(crate) mod backup;
pub(crate) mod evaluate;
pub(crate) mod health;
pub(crate) mod import;
pub(crate) mod policy;
pub(crate) mod simulate;
pub(crate) mod user;

use std::{path::Path, process::ExitCode, time::Duration};

use aboveboard_archive::{fs::RealFs, note::Verifier, proof::verify_export};
use aboveboard_ledger::{By, Error, VerifyReport};
use aboveboard_model::{access::Purpose, document::Zone, id::Index, pseudonym};
use anyhow::{Context, Result};
use indicatif::ProgressBar;

use crate::{
    cli::say,
    config::{self, Config},
    run::runner,
    serve,
};

/// How long a command waits for views and index.
const SETTLE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Prints a new deployment key.
pub(crate) fn key() -> Result<ExitCode> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    say(&hex::encode(bytes));
    Ok(ExitCode::SUCCESS)
}

/// Prints what a query matches, newest first.
pub(crate) fn search(query: &str, limit: usize, config: &Config) -> Result<ExitCode> {
    let ledger = serve::open(config)?;
    ledger.settle(SETTLE_MAX)?;
    let access = By::command_line().reading(Purpose::Investigation);
    let page = match ledger.search(&access, query, None, limit) {
        Err(Error::Query(mistakes)) => {
            for mistake in mistakes {
                say(&mistake.to_string());
            }
            return Ok(ExitCode::FAILURE);
        }
        other => other?,
    };
    for hit in &page.hits.rows {
        let who = hit.employee.as_ref().map_or(String::new(), |place| pseudonym::employee(place.employee));
        let client = hit.contact.map_or(String::new(), pseudonym::contact);
        let words: Vec<&str> = hit
            .zones
            .iter()
            .filter(|(zone, _)| **zone != Zone::Quoted)
            .map(|(_, text)| text.as_str())
            .collect();
        say(&format!("{}  {who} {client}  {}", hit.at, words.join(" / ").replace('\n', " ")));
    }
    let about = if page.estimated { "about " } else { "" };
    say(&format!("{about}{} in {} ms", page.total, page.took_ms));
    Ok(ExitCode::SUCCESS)
}

/// Checks every byte.
pub(crate) fn verify(config: &Config) -> Result<ExitCode> {
    let ledger = serve::open(config)?;
    let bar = ProgressBar::new(ledger.len());
    let report = ledger.verify(&By::command_line(), &|done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    say_damage(&report);
    for note in &report.notes {
        say(&note.to_string());
    }
    say(&format!(
        "{} entries, {} opened, {} behind the checkpoint, {} tiles, {} media files, {} key slots: {} problem(s)",
        report.entries,
        report.opened,
        report.behind_checkpoint,
        report.tiles,
        report.media,
        report.key_slots,
        report.problems.len() as u64 + report.problems_omitted,
    ));
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Names each damaged place.
fn say_damage(report: &VerifyReport) {
    for problem in &report.problems {
        say(&format!("damaged: {problem}"));
    }
}

/// Exports one entry with its proof.
pub(crate) fn proof(index: u64, folder: &Path, config: &Config) -> Result<ExitCode> {
    let ledger = serve::open(config)?;
    // A check signs the head, so that the newest entry is under it too.
    ledger.verify(&By::command_line(), &|_, _| {})?;
    let access = By::command_line().reading(Purpose::Evidence);
    ledger
        .export_entry(&access, Index(index), folder)
        .with_context(|| format!("cannot export entry {index}"))?;
    say(&format!(
        "entry {index} is in {0}: check it with `bash {0}/verify.sh {0} {0}/log.vkey`",
        folder.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Checks an exported entry with the log's key, or with the key that came with it.
pub(crate) fn check_proof(folder: &Path, key: Option<&Path>) -> Result<ExitCode> {
    let own = folder.join("log.vkey");
    let key_text = config::read_text(key.unwrap_or(&own)).map_err(anyhow::Error::msg)?;
    let verifier = Verifier::parse(key_text.trim_end()).context("the log's key")?;
    let verified = verify_export(&RealFs::new(folder), "", &verifier)
        .with_context(|| format!("{} is not what the log holds", folder.display()))?;
    say(&format!(
        "entry {} of {}, {}, {}, is under the signed checkpoint of {} entries",
        verified.index,
        verified.checkpoint.origin,
        verified.leaf.kind,
        verified.leaf.at,
        verified.checkpoint.size,
    ));
    if key.is_none() {
        say("the key came with the export: compare it with the one that the log's operator gives out");
    }
    Ok(ExitCode::SUCCESS)
}

/// Deletes the folds and makes them anew.
pub(crate) fn replay(config: &Config) -> Result<ExitCode> {
    for name in ["views.db", "views.db-wal", "views.db-shm"] {
        remove(std::fs::remove_file(config.data.join(name)), name)?;
    }
    remove(std::fs::remove_dir_all(config.data.join("index")), "index")?;
    let ledger = serve::open(config)?;
    let bar = ProgressBar::new(ledger.len());
    while let Err(Error::Busy) = ledger.settle(Duration::from_millis(200)) {
        bar.set_position(ledger.len().saturating_sub(ledger.backlog()?.unfolded));
    }
    bar.finish_and_clear();
    runner::run_dry(ledger.clone())?;
    say(&format!("views and index are rebuilt from {} entries", ledger.len()));
    Ok(ExitCode::SUCCESS)
}

fn remove(removed: std::io::Result<()>, name: &str) -> Result<()> {
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot delete {name}"))
        }
        _ => Ok(()),
    }
}
