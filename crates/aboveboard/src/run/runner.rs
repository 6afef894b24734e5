//! The runner: deliveries into items, documents into findings and alerts, in log order. One for each log.

use std::{
    sync::{
        Arc,
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
    id::Index,
    item::{AccountEffect, Body, Item},
};
use aboveboard_policy::PolicySet;

use crate::thinking;

/// Deliveries read in one go.
const DELIVERIES_MAX: usize = 256;
/// Documents judged in one go.
const DOCUMENTS_MAX: usize = 256;
/// How long the runner waits for something to do.
const PAUSE: Duration = Duration::from_millis(250);
/// How long it waits after something failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(2);

/// A running runner; dropping it stops it after the piece of work at hand.
pub(crate) struct Runner {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Runner {
    /// Starts the runner of a ledger.
    pub fn start(ledger: Arc<Ledger>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = stop.clone();
        let thread = std::thread::Builder::new().name("runner".to_owned()).spawn(move || {
            let mut work = Work { ledger, in_force: Vec::new(), policies: PolicySet::new(Vec::new()) };
            while !stopping.load(Ordering::SeqCst) {
                match work.step() {
                    Ok(true) => {}
                    Ok(false) => work.ledger.pause(PAUSE),
                    Err(error) => {
                        tracing::warn!(%error, "the runner has to try again");
                        work.ledger.rest(PAUSE_AFTER_FAILURE);
                    }
                }
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the runner panicked");
        }
    }
}

/// Reads and judges until nothing is left; for commands that run without a server.
pub(crate) fn run_dry(ledger: Arc<Ledger>) -> Result<()> {
    let mut work = Work { ledger, in_force: Vec::new(), policies: PolicySet::new(Vec::new()) };
    while work.step()? {}
    Ok(())
}

struct Work {
    ledger: Arc<Ledger>,
    in_force: Vec<(String, u32, String)>,
    policies: PolicySet,
}

impl Work {
    /// Does a piece of work; says whether there was any.
    fn step(&mut self) -> Result<bool> {
        let read = self.read_deliveries()?;
        let judged = self.judge()?;
        Ok(read || judged)
    }

    /// Turns deliveries into items, many at once: a batch costs a few syncs, however many deliveries are in it. What was
    /// written before a failure is known when the same deliveries are read again.
    fn read_deliveries(&self) -> Result<bool> {
        let deliveries = self.ledger.unread_deliveries(DELIVERIES_MAX)?;
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
                effects.push(effect(&extracted.item));
                facts.push(item_fact(delivery, extracted));
            }
        }
        if deliveries.is_empty() {
            return Ok(false);
        }
        let read = Fact::new(Event::DeliveriesRead { deliveries: read });
        if effects.iter().all(Option::is_none) {
            // Nothing follows from what was read, so that all of it is one append.
            facts.push(read);
            self.ledger.record(&actor, facts)?;
        } else {
            let indexes = self.ledger.record(&actor, facts)?;
            let gaps = effects.into_iter().zip(indexes).filter_map(|(effect, index)| gap(effect?, index?));
            let follow = gaps.map(Fact::new).chain([read]).collect();
            self.ledger.record(&actor, follow)?;
        }
        self.catch_up(true)
    }

    fn judge(&mut self) -> Result<bool> {
        let (documents, upto) = self.ledger.unjudged(DOCUMENTS_MAX)?;
        let Some(upto) = upto else { return Ok(false) };
        self.load_policies()?;
        let judgements: Vec<Judgement> = documents
            .into_iter()
            .map(|unjudged| Judgement {
                findings: self.policies.evaluate(&unjudged.document),
                document: unjudged.document,
            })
            .collect();
        self.ledger.judged(&judgements, upto, aboveboard_detect::VERSION)?;
        self.catch_up(true)
    }

    fn load_policies(&mut self) -> Result<()> {
        let in_force = self.ledger.policies_in_force()?;
        if in_force != self.in_force {
            self.policies = thinking::compile(&in_force);
            self.in_force = in_force;
        }
        Ok(())
    }

    /// Waits until the views hold what was just written, so that it is not done again.
    fn catch_up(&self, wrote: bool) -> Result<bool> {
        if wrote && let Some(head) = self.ledger.len().checked_sub(1) {
            self.ledger.at_least(Index(head))?;
        }
        Ok(wrote)
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
