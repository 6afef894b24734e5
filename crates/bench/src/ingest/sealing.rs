//! What keeping a delivery secret and provable costs by itself: sealing, and the commitment within it.

use std::hint::black_box;

use aboveboard_archive::{
    aead::Key,
    leaf::{At, Kind, Rid},
    random::{SystemRandom, draw},
    seal::{self, About, Parts},
};
use aboveboard_model::{
    access::Actor,
    event::{Event, Meta},
    id::SourceId,
};
use anyhow::Result;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use super::{body, words};
use crate::{
    machine,
    report::{Better, Figure},
};

/// Deliveries sealed in a run.
const DELIVERIES: usize = 20_000;
const RUNS: usize = 5;

/// Processor time of a delivery's sealing and of its commitment, in microseconds.
///
/// # Errors
/// The archive's.
pub fn measure(seed: u64) -> Result<[Figure; 2]> {
    let delivery = Delivery::new(seed)?;
    let (mut sealing, mut commitment) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        sealing.push(each_us(|| delivery.seal())?);
        commitment.push(each_us(|| delivery.commit())?);
    }
    Ok([
        Figure::reported("sealing_cpu_us", Better::Lower, sealing),
        Figure::reported("commitment_cpu_us", Better::Lower, commitment),
    ])
}

fn each_us(mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    let before = machine::own_thread_cpu()?;
    for _ in 0..DELIVERIES {
        work()?;
    }
    Ok(machine::own_thread_cpu()?.saturating_sub(before).as_secs_f64() * 1e6 / DELIVERIES as f64)
}

/// A delivery's parts as the ledger seals them.
struct Delivery {
    at: Timestamp,
    kind: Kind,
    raw: Vec<u8>,
    record: Vec<u8>,
    meta: Vec<u8>,
    key: Key,
    random: SystemRandom,
}

impl Delivery {
    fn new(seed: u64) -> Result<Self> {
        let at = Timestamp::from_second(1_790_000_000)?;
        let random = SystemRandom::default();
        let event = Event::Delivery { source: SourceId(seed), secret: 0 };
        let meta = Meta { actor: Actor::System("receiver".to_owned()), at, scope: "delivery".to_owned() };
        Ok(Self {
            at,
            kind: Kind::new(event.kind())?,
            raw: body(seed, 0, &words(seed)),
            record: serde_json::to_vec(&event)?,
            meta: serde_json::to_vec(&meta)?,
            key: Key::new(draw(&random)?),
            random,
        })
    }

    fn parts(&self) -> Result<Parts> {
        Ok(Parts::new()
            .with("record.json", self.record.clone())?
            .with("meta.json", self.meta.clone())?
            .with("raw.json", self.raw.clone())?)
    }

    fn seal(&self) -> Result<()> {
        let about = About {
            at: At::new(self.at)?,
            rid: Rid::from_random(draw(&self.random)?),
            kind: self.kind.clone(),
        };
        black_box(seal::seal(&self.parts()?, about, &self.key, &self.random)?);
        Ok(())
    }

    /// The manifest's hashes and the keyed hash over them, by the published rule: HMAC-SHA-256(salt, manifest).
    fn commit(&self) -> Result<()> {
        let salt: [u8; 32] = draw(&self.random)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&salt)?;
        mac.update(self.parts()?.manifest().as_bytes());
        black_box(mac.finalize());
        Ok(())
    }
}
