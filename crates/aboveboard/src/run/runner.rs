//! The runner: deliveries into items, documents into findings and alerts, in log order. One for each log.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use aboveboard_connect::whatsapp::{self, Extracted};
use aboveboard_ledger::{Fact, Judgement, Ledger, Result, UnreadDelivery};
use aboveboard_model::{
    access::Actor,
    event::{DeliveryRead, Event},
    finding::GivenUp,
    id::Index,
    item::{AccountEffect, Body, Item},
};
use aboveboard_policy::{PolicySet, Verdict};

use crate::thinking;

/// Deliveries read in one go.
const DELIVERIES_MAX: usize = 256;
/// Documents judged in one go.
const DOCUMENTS_MAX: usize = 256;
/// How long the runner waits for something to do.
const PAUSE: Duration = Duration::from_millis(250);
/// How long it waits after something failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(2);

/// A running runner; dropping it stops it after the pieces of work at hand.
pub(crate) struct Runner {
    stop: Arc<AtomicBool>,
    pulse: Pulse,
    threads: Vec<JoinHandle<()>>,
}

/// Tells whether a runner is at work: each of its threads alone holds the other end of one.
#[derive(Clone, Default)]
pub(crate) struct Pulse(Vec<Weak<()>>);

impl Pulse {
    pub fn is_alive(&self) -> bool {
        self.0.iter().all(|beat| beat.strong_count() > 0)
    }
}

impl Runner {
    /// Starts the runner of a ledger: one thread reads deliveries, one judges what came of them, each in log order.
    pub fn start(ledger: Arc<Ledger>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (mut threads, mut beats) = (Vec::with_capacity(2), Vec::with_capacity(2));
        let mut start = |name, step: Box<dyn FnMut() -> Result<bool> + Send>| -> std::io::Result<()> {
            let alive = Arc::new(());
            beats.push(Arc::downgrade(&alive));
            threads.push(keep(name, ledger.clone(), stop.clone(), alive, step)?);
            Ok(())
        };
        let (mut intake, mut judge) = (Intake::new(ledger.clone()), Judge::new(ledger.clone()));
        start("intake", Box::new(move || intake.step()))?;
        start("judge", Box::new(move || judge.step()))?;
        Ok(Self { stop, pulse: Pulse(beats), threads })
    }

    /// What tells whether it is at work.
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }
}

/// Does one kind of work for ever, resting while there is none.
fn keep(
    name: &'static str,
    ledger: Arc<Ledger>,
    stopping: Arc<AtomicBool>,
    alive: Arc<()>,
    mut step: Box<dyn FnMut() -> Result<bool> + Send>,
) -> std::io::Result<JoinHandle<()>> {
    let run = move || {
        let _alive = alive;
        while !stopping.load(Ordering::SeqCst) {
            let seen = ledger.folded();
            match step() {
                Ok(true) => {}
                Ok(false) => ledger.pause(seen, PAUSE),
                Err(error) => {
                    tracing::warn!(job = name, %error, "the runner has to try again");
                    ledger.rest(PAUSE_AFTER_FAILURE);
                }
            }
        }
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(run)
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("the runner panicked");
            }
        }
    }
}

/// Reads and judges until nothing is left; for commands that run without a server.
pub(crate) fn run_dry(ledger: Arc<Ledger>) -> Result<()> {
    let (mut intake, mut judge) = (Intake::new(ledger.clone()), Judge::new(ledger.clone()));
    loop {
        if let Some(head) = ledger.len().checked_sub(1) {
            ledger.at_least(Index(head))?;
        }
        let (read, judged) = (intake.step()?, judge.step()?);
        if !read && !judged {
            return Ok(());
        }
    }
}

/// Turns deliveries into items.
struct Intake {
    ledger: Arc<Ledger>,
    /// The last delivery that was read; the views may not know yet.
    after: Option<Index>,
}

impl Intake {
    fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger, after: None }
    }

    /// Reads some deliveries, many at once: a batch costs a few syncs, however many deliveries are in it. What was
    /// written before a failure is known when the same deliveries are read again.
    fn step(&mut self) -> Result<bool> {
        let deliveries = self.ledger.unread_deliveries(self.after, DELIVERIES_MAX)?;
        let Some(last) = deliveries.last().map(|last| last.index) else { return Ok(false) };
        let actor = Actor::System("intake".to_owned());
        let (mut facts, mut effects, mut read) = (Vec::new(), Vec::new(), Vec::new());
        for delivery in &deliveries {
            let extraction = whatsapp::extract(&delivery.body);
            read.push(DeliveryRead {
                delivery: delivery.index,
                items: u32::try_from(extraction.items.len()).unwrap_or(u32::MAX),
                complete: extraction.complete,
            });
            for extracted in extraction.items {
                let effect = effect(&extracted.item);
                let fact = item_fact(delivery, extracted);
                effects.push(effect.map(|effect| (effect, fact.clone())));
                facts.push(fact);
            }
        }
        let read = Fact::new(Event::DeliveriesRead { deliveries: read });
        if effects.iter().all(Option::is_none) {
            // Nothing follows from what was read, so that all of it is one append.
            facts.push(read);
            self.ledger.record(&actor, facts)?;
        } else {
            let indexes = self.ledger.record(&actor, facts)?;
            let mut follow = Vec::new();
            for (effect, index) in effects.into_iter().zip(indexes) {
                let Some((effect, fact)) = effect else { continue };
                // Known already where a failure came between an item and what follows from it.
                let cause = index.or(self.ledger.entry_of(&fact)?);
                follow.extend(cause.and_then(|cause| gap(effect, cause)).map(Fact::new));
            }
            follow.push(read);
            self.ledger.record(&actor, follow)?;
        }
        self.after = Some(last);
        Ok(true)
    }
}

/// Runs the policies over documents.
struct Judge {
    ledger: Arc<Ledger>,
    /// As of which entry the policies were read; nothing before they were.
    read: Option<Option<Index>>,
    policies: PolicySet,
}

impl Judge {
    fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger, read: None, policies: PolicySet::new(Vec::new()) }
    }

    fn step(&mut self) -> Result<bool> {
        let (documents, upto) = self.ledger.unjudged(DOCUMENTS_MAX)?;
        let Some(upto) = upto else { return self.ledger.rejudge() };
        self.load_policies()?;
        let judgements: Vec<Judgement> = documents
            .into_iter()
            .map(|unjudged| {
                let Verdict { findings, exceeded } = self.policies.judge(&unjudged.document);
                let given_up = exceeded.into_iter().map(|published| GivenUp {
                    policy: published.policy.id.clone(),
                    version: published.version,
                });
                Judgement { findings, given_up: given_up.collect(), document: unjudged.document }
            })
            .collect();
        self.ledger.judged(&judgements, upto, aboveboard_detect::VERSION)?;
        Ok(true)
    }

    fn load_policies(&mut self) -> Result<()> {
        // Asked first: what changes between the two questions is read once more.
        let changed = self.ledger.rules_changed()?;
        if self.read != Some(changed) {
            self.policies = thinking::compile(&self.ledger.policies_in_force()?);
            self.read = Some(changed);
        }
        Ok(())
    }
}

fn item_fact(delivery: &UnreadDelivery, extracted: Extracted) -> Fact {
    let event = Event::Item {
        source: delivery.source,
        delivery: Some(delivery.index),
        range: (extracted.range.start as u64, extracted.range.end as u64),
        item: Box::new(extracted.item),
    };
    Fact::with_raw(event, extracted.raw)
}

/// What an account event means for capture, with the number it is about.
fn effect(item: &Item) -> Option<(aboveboard_model::item::Number, AccountEffect, String)> {
    match &item.body {
        Body::Account { effect, event, field, .. } => {
            Some((item.number.clone(), *effect, event.clone().unwrap_or_else(|| field.clone())))
        }
        _ => None,
    }
}

fn gap(
    (number, effect, reason): (aboveboard_model::item::Number, AccountEffect, String),
    cause: Index,
) -> Option<Event> {
    match effect {
        AccountEffect::GapBegins => Some(Event::GapOpened { number, cause, reason }),
        AccountEffect::GapEnds => Some(Event::GapClosed { number, cause }),
        AccountEffect::Takeover | AccountEffect::None => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use aboveboard_ledger::{DeploymentKey, Options};
    use aboveboard_model::id::SourceId;

    use super::*;

    const OFFBOARDED: &str = r#"{"object":"whatsapp_business_account","entry":[{"id":"102","time":1762250000,
        "changes":[{"field":"account_update","value":{"event":"ACCOUNT_OFFBOARDED","phone_number":"551140000417"}}]}]}"#;

    fn ledger(folder: &std::path::Path) -> Arc<Ledger> {
        let options = Options {
            folder: folder.to_owned(),
            origin: "a.example/firm/br/evidence".to_owned(),
            deployment_key: DeploymentKey::new([7; 32]),
            derive: thinking::DERIVE,
            check: aboveboard_policy::check,
            clock: crate::serve::clock(),
            chunk_entries: aboveboard_ledger::CHUNK_ENTRIES,
        };
        Arc::new(Ledger::open(options).unwrap())
    }

    fn receive(ledger: &Ledger, body: &str) {
        let (done, stored) = std::sync::mpsc::channel();
        let done = Mutex::new(done);
        let tell = move |result: Result<Index>| done.lock().unwrap().send(result).unwrap();
        ledger.receive(SourceId(1), 0, body.as_bytes().to_vec(), Box::new(tell));
        stored.recv().unwrap().unwrap();
    }

    fn gaps(ledger: &Ledger) -> usize {
        let by = aboveboard_ledger::By::command_line();
        ledger.entries(&by, None, 100).unwrap().iter().filter(|entry| entry.kind == "gap.opened").count()
    }

    #[test]
    fn a_gap_is_written_down_even_where_its_cause_was_written_before_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(folder.path());
        receive(&ledger, OFFBOARDED);
        ledger.at_least(Index(0)).unwrap();
        let delivery = ledger.unread_deliveries(None, 1).unwrap().remove(0);
        let extracted = whatsapp::extract(&delivery.body).items.remove(0);
        ledger.record(&Actor::System("intake".to_owned()), vec![item_fact(&delivery, extracted)]).unwrap();
        run_dry(ledger.clone()).unwrap();
        assert_eq!(gaps(&ledger), 1);
        run_dry(ledger.clone()).unwrap();
        assert_eq!(gaps(&ledger), 1, "doing it twice equals doing it once");
        assert_eq!(ledger.backlog().unwrap().unread, 0);
    }
}
