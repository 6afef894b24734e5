//! Backtests that run: each on a thread of its own, few at once, looked at while they run and ended when nobody wants them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
};

use aboveboard_ledger::{Backtest, BacktestProgress, Backtested, By, Command, Ledger};
use aboveboard_model::{
    access::{Actor, Purpose},
    refusal::Refusal,
    rule::{self, Kind},
};
use jiff::Timestamp;

use crate::problem::Problem;

/// Backtests that run at once: each takes both cores of a small machine for some seconds.
const RUNNING_MAX: usize = 2;
/// Backtests that are remembered, with the hits that they showed.
const KEPT_MAX: usize = 32;

/// Where a backtest is.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    Running(Arc<BacktestProgress>),
    Done(Arc<Backtested>),
    Cancelled,
    /// It could not be carried through; the server's log says why.
    Failed,
}

/// One person's backtest of one policy, the last.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) since: Timestamp,
    pub(crate) stage: Stage,
}

/// The backtests of a console, by who asked and the policy.
#[derive(Debug, Default)]
pub(crate) struct Backtests(Mutex<BTreeMap<(String, String), Job>>);

impl Backtests {
    /// The last one that somebody began of a policy.
    pub(crate) fn of(&self, who: &Actor, policy: &str) -> Option<Job> {
        self.jobs().get(&(who.to_string(), policy.to_owned())).cloned()
    }

    /// Begins one on a thread of its own. What it comes to is written down for the text that was tested.
    ///
    /// # Errors
    /// Busy, where too many run or this one does.
    pub(crate) fn begin(
        self: &Arc<Self>,
        ledger: Arc<Ledger>,
        by: By,
        wanted: Backtest,
        sha256: String,
    ) -> Result<(), Problem> {
        let key = (by.actor.to_string(), wanted.policy.clone());
        let progress = Arc::new(BacktestProgress::default());
        {
            let mut jobs = self.jobs();
            let runs = |job: &Job| matches!(job.stage, Stage::Running(_));
            if jobs.get(&key).is_some_and(runs)
                || jobs.values().filter(|job| runs(job)).count() >= RUNNING_MAX
            {
                return Err(Problem::Busy);
            }
            if jobs.len() >= KEPT_MAX {
                let ended = jobs.iter().filter(|(_, job)| !runs(job));
                let oldest = ended.min_by_key(|(_, job)| job.since).map(|(key, _)| key.clone());
                oldest.map(|oldest| jobs.remove(&oldest));
            }
            jobs.insert(key.clone(), Job { since: ledger.now(), stage: Stage::Running(progress.clone()) });
        }
        let jobs = self.clone();
        let run = move || {
            let stage = run(&ledger, &by, &wanted, sha256, &progress);
            if let Some(job) = jobs.jobs().get_mut(&key) {
                job.stage = stage;
            }
        };
        std::thread::Builder::new()
            .name("backtest".to_owned())
            .spawn(run)
            .map(drop)
            .map_err(|error| Problem::Broken(error.to_string()))
    }

    /// Ends one; it stops after the step at hand.
    pub(crate) fn cancel(&self, who: &Actor, policy: &str) -> Result<(), Problem> {
        match self.of(who, policy) {
            Some(Job { stage: Stage::Running(progress), .. }) => {
                progress.cancelled.store(true, Ordering::Relaxed);
                Ok(())
            }
            _ => Err(Refusal::NotFound.into()),
        }
    }

    fn jobs(&self) -> MutexGuard<'_, BTreeMap<(String, String), Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run(ledger: &Ledger, by: &By, wanted: &Backtest, sha256: String, progress: &BacktestProgress) -> Stage {
    let tested = ledger.backtest(&by.reading(Purpose::PolicyWork), wanted, progress);
    let written = tested.and_then(|tested| {
        let Some(tested) = tested else { return Ok(Stage::Cancelled) };
        let figures = Box::new(tested.figures.clone());
        let test = rule::Command::Test { sha256, figures };
        ledger.decide(by, Command::Rule(Kind::Policy, wanted.policy.clone(), test))?;
        Ok(Stage::Done(Arc::new(tested)))
    });
    written.unwrap_or_else(|error| {
        tracing::error!(%error, "a backtest could not be carried through");
        Stage::Failed
    })
}
