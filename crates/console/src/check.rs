//! The check of the whole log: runs apart from every request, one at a time, and is looked at while it runs.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use aboveboard_ledger::{By, Ledger, VerifyReport};
use jiff::Timestamp;

/// Where the check is.
#[derive(Clone, Debug, Default)]
pub(crate) enum Check {
    /// None was asked for since the server started.
    #[default]
    Never,
    /// One is running.
    Running {
        since: Timestamp,
        /// Entries checked so far, and of how many.
        done: u64,
        all: u64,
    },
    /// One has ended.
    Done { at: Timestamp, report: Arc<VerifyReport> },
    /// One could not be carried through; the server's log says why.
    Failed { at: Timestamp },
}

/// The one check of a console.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    state: Mutex<Check>,
    done: AtomicU64,
    all: AtomicU64,
}

impl Checks {
    /// Where it is now.
    pub(crate) fn state(&self) -> Check {
        match self.state.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            Check::Running { since, .. } => Check::Running {
                since,
                done: self.done.load(Ordering::Relaxed),
                all: self.all.load(Ordering::Relaxed),
            },
            state => state,
        }
    }

    /// Begins one on a thread of its own, unless one runs. Whoever began it must be permitted to: the ledger asks again.
    pub(crate) fn begin(self: &Arc<Self>, ledger: Arc<Ledger>, by: By) {
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if matches!(*state, Check::Running { .. }) {
                return;
            }
            self.done.store(0, Ordering::Relaxed);
            self.all.store(ledger.len(), Ordering::Relaxed);
            *state = Check::Running { since: ledger.now(), done: 0, all: 0 };
        }
        let checks = self.clone();
        let run = move || checks.run(&ledger, &by);
        if let Err(error) = std::thread::Builder::new().name("check".to_owned()).spawn(run) {
            tracing::error!(%error, "no thread for a check of the log");
            *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Check::Never;
        }
    }

    fn run(&self, ledger: &Ledger, by: &By) {
        let checked = ledger.verify(by, &|done, all| {
            self.done.store(done, Ordering::Relaxed);
            self.all.store(all, Ordering::Relaxed);
        });
        let at = ledger.now();
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = match checked {
            Ok(report) => Check::Done { at, report: Arc::new(report) },
            Err(error) => {
                tracing::error!(%error, "a check of the log could not be carried through");
                Check::Failed { at }
            }
        };
    }
}
