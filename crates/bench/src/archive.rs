//! Archives of many messages, built once through the real intake and kept under `target/bench` for the next run.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use aboveboard::{Server, Wiring};
use aboveboard_model::{access::Role, id::SourceId};
use anyhow::{Context, Result, ensure};
use tokio::runtime::Runtime;

use crate::{
    corpus::Corpus,
    firm::{self, Feed, Firm},
    machine, progress, webhook,
};

/// The large archive.
pub const MILLION: usize = 1_000_000;
/// Raised whenever the corpus, the firm or the stored format changes: older archives are built anew.
const VERSION: u32 = 1;
/// Messages handed over before the pipeline is waited for, so that its backlog stays small.
const STEP: usize = 5_000;
/// Deliveries and documents that may wait when the next step is handed over.
const BACKLOG_MAX: u64 = 5_000;
/// People who can sign in and work the queue.
pub const REVIEWERS: usize = 50;
/// What a whole archive is marked with: the source's id.
const WHOLE: &str = "whole";

/// The login of a reviewer of every archive, of those there are.
pub fn reviewer(at: usize) -> String {
    firm::login(Role::Reviewer, at % REVIEWERS)
}

/// An archive that is not to be written to.
pub struct Archive {
    folder: PathBuf,
    /// Messages in it.
    pub messages: usize,
    /// Its source.
    pub source: SourceId,
}

impl Archive {
    /// The archive of a seed and a number of messages; builds it where it is not there.
    ///
    /// # Errors
    /// The ledger's and the disk's.
    pub fn obtain(
        runtime: &Runtime,
        corpus: &Corpus,
        policies: &[String],
        seed: u64,
        messages: usize,
    ) -> Result<Self> {
        let folder = firm::scratch()?.join(format!("archive-v{VERSION}-seed{seed}-{messages}"));
        let mark = folder.join(WHOLE);
        if mark.exists() {
            // Views of an older fold are rebuilt before anything is measured.
            Firm::new(&folder.join("data")).open()?.settle(firm::WAIT)?;
        } else {
            build(runtime, corpus, policies, messages, &folder)?;
        }
        let source = machine::read(&mark)?;
        let source = source.parse().map_err(|_| anyhow::anyhow!("{} names no source", mark.display()))?;
        Ok(Self { folder, messages, source })
    }

    /// Copies its data folder.
    ///
    /// # Errors
    /// The disk's.
    pub fn copy_to(&self, data: &Path) -> Result<()> {
        copy(&self.folder.join("data"), data)?;
        // On the disk before anything is measured: writing gigabytes back would go on beside it.
        let synced = Command::new("sync").arg("--file-system").arg(data).status();
        ensure!(
            synced.context("cannot run sync: install coreutils")?.success(),
            "the copy did not reach the disk"
        );
        Ok(())
    }
}

fn build(
    runtime: &Runtime,
    corpus: &Corpus,
    policies: &[String],
    messages: usize,
    folder: &Path,
) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).context("cannot delete an archive that was left half built")?;
    }
    let firm = Firm::new(&folder.join("data"));
    let ledger = firm.open()?;
    let source = firm::prepare(&ledger, policies)?;
    firm::add_users(&ledger, Role::Reviewer, REVIEWERS)?;
    let server = runtime.block_on(Server::start(ledger.clone(), &firm.config, None, Wiring::SHIPPED))?;
    let bar = progress::bar("building the archive", messages as u64);
    let mut corpus = corpus.messages().take(messages);
    for _ in 0..messages.div_ceil(STEP) {
        let mut feed = Feed::new(&ledger, source);
        for message in corpus.by_ref().take(STEP) {
            feed.push(webhook::of(&message, "A"))?;
            bar.inc(1);
        }
        feed.finish()?;
        while ledger.backlog()?.unread + ledger.backlog()?.unjudged > BACKLOG_MAX {
            ledger.rest(std::time::Duration::from_millis(20));
        }
    }
    firm::drain(&ledger, &|_| ())?;
    bar.finish_and_clear();
    runtime.block_on(server.stop())?;
    drop(ledger);
    std::fs::write(folder.join(WHOLE), source.to_string()).context("cannot mark the archive as whole")
}

/// Copies a folder with everything in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        ensure!(kind.is_dir() || kind.is_file(), "{} is neither file nor folder", entry.path().display());
        if kind.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)
                .with_context(|| format!("cannot copy {}", entry.path().display()))?;
        }
    }
    Ok(())
}
