//! A data folder with everything open, and deterministic randomness.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aboveboard_archive::aead::Key;
use aboveboard_archive::fs::Fs;
use aboveboard_archive::journal::{Journal, Options, SegmentLog};
use aboveboard_archive::keys::KeyTable;
use aboveboard_archive::leaf::{At, Kind, Rid};
use aboveboard_archive::note::Signer;
use aboveboard_archive::random::Random;
use aboveboard_archive::seal::About;
use aboveboard_archive::tiles::{Integrator, stored_len};
use aboveboard_archive::verify::{Means, Report, verify};
use aboveboard_archive::{Result, blob};

pub const KEYS: &str = "keys.db";

/// SplitMix64, shared by clones.
#[derive(Clone)]
pub struct Seeded(Arc<AtomicU64>);

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seed)))
    }

    pub fn next(&self) -> u64 {
        let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub fn random(&self) -> Arc<dyn Random> {
        let seeded = self.clone();
        Arc::new(move |bytes: &mut [u8]| {
            for chunk in bytes.chunks_mut(8) {
                chunk.copy_from_slice(&seeded.next().to_le_bytes()[..chunk.len()]);
            }
        })
    }

    pub fn rid(&self) -> Rid {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_le_bytes());
        bytes[8..].copy_from_slice(&self.next().to_le_bytes());
        Rid::from_random(bytes)
    }
}

pub fn signer() -> Signer {
    Signer::new("aboveboard.example/test/evidence", &[42; 32]).unwrap()
}

pub fn deployment() -> Key {
    Key::new([9; 32])
}

pub fn about(rid: Rid, kind: &str, second: u64) -> About {
    let at = "2026-11-21T09:00:00Z".parse::<jiff::Timestamp>().unwrap();
    let at = at + jiff::SignedDuration::from_secs(second as i64);
    About { at: At::new(at).unwrap(), rid, kind: Kind::new(kind).unwrap() }
}

/// Everything that an owner keeps open.
pub struct Archive {
    pub log: SegmentLog,
    pub keys: KeyTable,
    pub integrator: Integrator,
}

impl Archive {
    pub fn open(fs: Arc<dyn Fs>, segment_bytes: u32, random: Arc<dyn Random>) -> Result<Self> {
        blob::sweep(fs.as_ref())?;
        let options = Options { segment_bytes, floor: stored_len(fs.as_ref())? };
        let log = SegmentLog::open(Arc::clone(&fs), options)?;
        let keys = KeyTable::open(fs.as_ref(), KEYS, deployment(), random, log.key_slot_max())?;
        let integrator = Integrator::open(fs, &log, signer())?;
        Ok(Self { log, keys, integrator })
    }
}

/// Verifies with every means.
pub fn check(fs: &dyn Fs, keys: Option<&KeyTable>) -> Result<Report> {
    let (verifier, deployment) = (signer().verifier(), deployment());
    let means = Means {
        verifier: Some(&verifier),
        keys: Some((fs, KEYS)),
        deployment: Some(&deployment),
        table: keys,
        frozen: None,
    };
    verify(fs, means, &mut |_| {})
}
