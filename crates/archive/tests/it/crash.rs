//! Power is lost at any moment: nothing acknowledged is lost, each item has one entry, the archive verifies.
//!
//! Every sync is needed: without any one of them some history fails.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aboveboard_archive::aead::{Key, sha256};
use aboveboard_archive::blob::{Blob, BlobReader, BlobWriter};
use aboveboard_archive::fs::SyncSite;
use aboveboard_archive::fs::crash::CrashFs;
use aboveboard_archive::journal::{Batch, Draft, Expected, Journal, KeyHash, Sealed};
use aboveboard_archive::keys::{ScopeHash, Wanted};
use aboveboard_archive::leaf::Leaf;
use aboveboard_archive::seal::{self, Parts};
use aboveboard_archive::{Error, Result};

use crate::common::{Archive, Seeded, about, check};

const SEEDS: u64 = 500;
const LIVES_MAX: u64 = 4;
const STEPS_MAX: u64 = 25;
const ITEMS: u64 = 80;
const SEGMENT_BYTES: u32 = 4096;

/// What an entry must give back.
#[derive(Clone)]
struct Written {
    draft: Draft,
    parts: Parts,
}

/// One history: a folder, what was acknowledged, and what was only tried.
struct History {
    fs: CrashFs,
    random: Seeded,
    second: u64,
    /// By index.
    acknowledged: BTreeMap<u64, Written>,
    /// By item: tried without an answer; may turn up whole or not at all.
    tried: Vec<Written>,
    destroyed: BTreeSet<u64>,
    keys_destroyed: BTreeSet<u64>,
    /// Asked for without an answer: done again after a crash.
    to_destroy: BTreeSet<u64>,
    keys_to_destroy: BTreeSet<u64>,
    checkpoint: u64,
}

fn item(number: u64) -> KeyHash {
    let mut hash = [0xaa; 16];
    hash[..8].copy_from_slice(&number.to_le_bytes());
    KeyHash(hash)
}

fn ensure(holds: bool, what: impl Fn() -> String) -> std::result::Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

impl History {
    fn new(seed: u64, ignored: Option<SyncSite>) -> Self {
        let fs = CrashFs::new(seed ^ 0x5eed);
        if let Some(site) = ignored {
            fs.ignore_sync(site);
        }
        Self {
            fs,
            random: Seeded::new(seed),
            second: 0,
            acknowledged: BTreeMap::new(),
            tried: Vec::new(),
            destroyed: BTreeSet::new(),
            keys_destroyed: BTreeSet::new(),
            to_destroy: BTreeSet::new(),
            keys_to_destroy: BTreeSet::new(),
            checkpoint: 0,
        }
    }

    fn run(mut self) -> std::result::Result<(), String> {
        for _ in 0..=self.random.below(LIVES_MAX) {
            if self.random.below(8) > 0 {
                self.fs.crash_after(self.random.below(400));
            }
            let sites = SyncSite::ALL;
            if self.random.below(6) == 0 {
                self.fs.fail_sync(sites[self.random.below(sites.len() as u64) as usize]);
            }
            match self.live() {
                // The power is gone, or a sync was made to fail: the process ends.
                Ok(()) | Err(Error::Io { .. }) => {}
                Err(error) => return Err(error.to_string()),
            }
            // Now and then only the process dies, and the cache stays.
            if self.fs.is_down() || self.random.below(4) > 0 {
                self.fs.crash();
                self.inspect()?;
            }
        }
        self.fs.crash();
        self.inspect()
    }

    fn open(&self) -> Result<Archive> {
        Archive::open(Arc::new(self.fs.clone()), SEGMENT_BYTES, self.random.random())
    }

    fn live(&mut self) -> Result<()> {
        let mut archive = self.open()?;
        for _ in 0..self.random.below(STEPS_MAX) {
            let step = self.step(&mut archive);
            self.fs.set_free(None);
            match step {
                Err(Error::Io { .. }) if !self.fs.is_down() => {}
                other => other?,
            }
        }
        Ok(())
    }

    fn step(&mut self, archive: &mut Archive) -> Result<()> {
        match self.random.below(24) {
            0..10 => self.append(archive),
            10 | 11 => archive.integrator.integrate(&archive.log).map(|_| ()),
            12 => archive.integrator.advance(&archive.log).map(|_| ()),
            13..16 => {
                let size = archive.integrator.checkpoint()?.map_or(0, |checkpoint| checkpoint.size);
                self.checkpoint = self.checkpoint.max(size);
                Ok(())
            }
            16 | 17 => self.destroy(archive),
            18 => self.destroy_key(archive),
            19 => {
                let scope = archive.keys.scope(self.scope())?;
                archive.keys.top_up(scope, 5)
            }
            20 => {
                self.fs.set_free(Some(self.random.below(3000)));
                self.append(archive)
            }
            _ => {
                let sites = SyncSite::ALL;
                self.fs.fail_sync(sites[self.random.below(sites.len() as u64) as usize]);
                self.append(archive)
            }
        }
    }

    fn scope(&self) -> ScopeHash {
        ScopeHash([self.random.below(4) as u8; 16])
    }

    /// A group of batches in one commit, as concurrent callers would make; items are often repeated.
    fn append(&mut self, archive: &Archive) -> Result<()> {
        let mut batches = Vec::new();
        let mut written = Vec::new();
        for _ in 0..=self.random.below(3) {
            let mut of_batch = Vec::new();
            let mut items = BTreeSet::new();
            for _ in 0..=self.random.below(2) {
                let number = self.random.below(ITEMS);
                if items.insert(number) {
                    of_batch.push(self.write(archive, item(number))?);
                }
            }
            batches.push(Batch {
                drafts: of_batch.iter().map(|written| written.draft.clone()).collect(),
                preconditions: items.iter().map(|number| (item(*number), Expected::Absent)).collect(),
            });
            written.push(of_batch);
        }
        let answers = archive.log.commit(&batches);
        let mut failed = Ok(());
        for (answer, of_batch) in answers.into_iter().zip(written) {
            match answer {
                Ok(first) => self.acknowledged.extend((first..).zip(of_batch)),
                Err(Error::Conflict(_)) => {}
                Err(error) => {
                    self.tried.extend(of_batch);
                    failed = Err(error);
                }
            }
        }
        failed
    }

    fn write(&mut self, archive: &Archive, item: KeyHash) -> Result<Written> {
        self.second += 1;
        let rid = self.random.rid();
        let wanted = Wanted { scope: self.scope(), spare: self.random.below(10) as usize / 7 };
        let (key_slot, key) = archive.keys.take_each(&[wanted])?.remove(0);
        let text = vec![self.random.next() as u8; self.random.below(1500) as usize];
        let mut parts =
            Parts::new().with("raw.json", text)?.with("meta.json", self.second.to_string().into())?;
        if self.random.below(8) == 0 {
            parts = parts.with_blob("media.bin", self.write_blob(&key, rid)?)?;
        }
        let about = about(rid, "message.captured", self.second);
        let (leaf, sealed) = seal::seal(&parts, about, &key, self.random.random().as_ref())?;
        Ok(Written { draft: Draft { leaf, sealed, key_slot, hashes: vec![item] }, parts })
    }

    fn write_blob(&self, key: &Key, rid: aboveboard_archive::leaf::Rid) -> Result<Blob> {
        let mut writer = BlobWriter::create(&self.fs, key, rid, self.random.random().as_ref())?;
        writer.write(&vec![7; self.random.below(3000) as usize])?;
        writer.finish()
    }

    fn destroy(&mut self, archive: &Archive) -> Result<()> {
        let Some(index) = self.any_acknowledged() else { return Ok(()) };
        self.to_destroy.insert(index);
        archive.log.destroy(&[index])?;
        self.to_destroy.remove(&index);
        self.destroyed.insert(index);
        Ok(())
    }

    fn destroy_key(&mut self, archive: &Archive) -> Result<()> {
        let Some(index) = self.any_acknowledged() else { return Ok(()) };
        let slot = self.acknowledged[&index].draft.key_slot;
        self.keys_to_destroy.insert(slot);
        archive.keys.destroy(slot)?;
        self.keys_to_destroy.remove(&slot);
        self.keys_destroyed.insert(slot);
        Ok(())
    }

    fn any_acknowledged(&self) -> Option<u64> {
        let count = self.acknowledged.len() as u64;
        let at = self.random.below(count.max(1)) as usize;
        self.acknowledged.keys().nth(at).copied()
    }

    /// After a crash: opens, compares everything with what was acknowledged, finishes interrupted erasures, verifies.
    fn inspect(&mut self) -> std::result::Result<(), String> {
        let archive = self.open().map_err(|error| format!("open: {error}"))?;
        self.adopt(&archive)?;
        let redo = || -> Result<()> {
            archive.log.destroy(&self.to_destroy.iter().copied().collect::<Vec<_>>())?;
            self.keys_to_destroy.iter().try_for_each(|slot| archive.keys.destroy(*slot))
        };
        redo().map_err(|error| format!("destroy again: {error}"))?;
        self.destroyed.append(&mut self.to_destroy);
        self.keys_destroyed.append(&mut self.keys_to_destroy);
        for (index, written) in &self.acknowledged {
            self.inspect_entry(&archive, *index, written).map_err(|what| format!("entry {index}: {what}"))?;
        }
        let size = archive.integrator.signed().map_or(0, |checkpoint| checkpoint.size);
        ensure(size >= self.checkpoint, || format!("checkpoint {} went back to {size}", self.checkpoint))?;
        ensure(archive.integrator.size() == archive.log.len(), || "not all is integrated".to_owned())?;
        let report = check(&self.fs, Some(&archive.keys)).map_err(|error| format!("verify: {error}"))?;
        ensure(report.is_clean(), || format!("verify: {}", report.problems[0]))
    }

    /// Entries that nobody was told of must be whole ones that were tried; from now on they count.
    fn adopt(&mut self, archive: &Archive) -> std::result::Result<(), String> {
        for index in 0..archive.log.len() {
            if self.acknowledged.contains_key(&index) {
                continue;
            }
            let entry = archive.log.read(index).map_err(|error| error.to_string())?;
            let written = self.tried.iter().find(|written| written.draft.leaf == entry.leaf).cloned();
            self.acknowledged.insert(index, written.ok_or(format!("entry {index} was never tried"))?);
        }
        self.tried.clear();
        Ok(())
    }

    fn inspect_entry(
        &self,
        archive: &Archive,
        index: u64,
        written: &Written,
    ) -> std::result::Result<(), String> {
        let entry = archive.log.read(index).map_err(|error| error.to_string())?;
        let draft = &written.draft;
        ensure(entry.leaf == draft.leaf && entry.hashes == draft.hashes, || "another entry".to_owned())?;
        for hash in &draft.hashes {
            let span = archive.log.span(*hash).map_err(|error| error.to_string())?;
            let once =
                span.is_some_and(|span| span.version == 1 && span.first == index && span.last == index);
            ensure(once, || format!("its item has {span:?}"))?;
        }
        let key = match (archive.keys.open_key(draft.key_slot), self.keys_destroyed.contains(&draft.key_slot))
        {
            (Err(Error::Destroyed(_)), true) => return Ok(()),
            (Ok(_), true) => return Err("its key is back".to_owned()),
            (key, _) => key.map_err(|error| error.to_string())?,
        };
        let sealed = match (&entry.sealed, self.destroyed.contains(&index)) {
            (Sealed::Destroyed, true) => return Ok(()),
            (Sealed::Kept(sealed), false) => sealed,
            (found, destroyed) => return Err(format!("destroyed: {destroyed}, but {found:?}")),
        };
        let opened = seal::open(&entry.leaf, sealed, &key).map_err(|error| error.to_string())?;
        ensure(opened.parts == written.parts, || "other parts".to_owned())?;
        if let Some(attachment) = opened.parts.attachment() {
            let reader = BlobReader::open(&self.fs, &attachment.blob.stored, &key, entry.leaf.rid);
            let mut reader = reader.map_err(|error| error.to_string())?;
            while reader.read().map_err(|error| error.to_string())?.is_some() {}
        }
        Ok(())
    }
}

/// The seeds to run: from 0, or those from `ABOVEBOARD_CRASH_FIRST`, as many as `ABOVEBOARD_CRASH_SEEDS`.
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let first = number("ABOVEBOARD_CRASH_FIRST").unwrap_or(0);
    first..first + number("ABOVEBOARD_CRASH_SEEDS").unwrap_or(SEEDS)
}

#[test]
fn nothing_acknowledged_is_lost_by_a_crash() {
    for seed in seeds() {
        if let Err(what) = History::new(seed, None).run() {
            panic!("seed {seed}: {what}");
        }
    }
}

#[test]
fn leaving_out_any_single_sync_loses_something() {
    for site in SyncSite::ALL {
        let lost =
            (0..20 * SEEDS).find_map(|seed| Some((seed, History::new(seed, Some(*site)).run().err()?)));
        let (seed, what) = lost.unwrap_or_else(|| panic!("{site:?} is not needed"));
        println!("without {site:?} seed {seed} fails: {what}");
    }
}

/// A tree that fills tiles while syncs fail, through crashes: what a checkpoint commits to is there.
fn grow_a_tree(seed: u64, ignored: Option<SyncSite>) -> std::result::Result<(), String> {
    const SITES: [SyncSite; 4] =
        [SyncSite::Tiles, SyncSite::TilesFolder, SyncSite::Checkpoint, SyncSite::CheckpointFolder];
    let (fs, random) = (CrashFs::new(seed ^ 0x7ee), Seeded::new(seed));
    ignored.into_iter().for_each(|site| fs.ignore_sync(site));
    let draft = || {
        let sealed = random.next().to_le_bytes().to_vec();
        let about = about(random.rid(), "tree.test", 1);
        let leaf =
            Leaf { at: about.at, commit: [0; 32], rid: about.rid, sealed: sha256(&sealed), kind: about.kind };
        Draft { leaf, sealed, key_slot: 0, hashes: Vec::new() }
    };
    let open = || Archive::open(Arc::new(fs.clone()), 1 << 20, random.random());
    let mut signed = 0;
    for life in 0..=3 {
        let mut archive = open().map_err(|error| format!("open: {error}"))?;
        ensure(archive.integrator.size() == archive.log.len(), || "not all is integrated".to_owned())?;
        let found = archive.integrator.signed().map_or(0, |checkpoint| checkpoint.size);
        ensure(found >= signed, || format!("checkpoint {signed} went back to {found}"))?;
        let report = check(&fs, None).map_err(|error| format!("verify: {error}"))?;
        ensure(report.is_clean(), || format!("verify: {}", report.problems[0]))?;
        if life == 3 {
            break;
        }
        fs.crash_after(random.below(250));
        while !fs.is_down() && archive.log.len() < 1_500 {
            let drafts = (0..=random.below(120)).map(|_| draft()).collect();
            let _ = archive.log.append(Batch { drafts, preconditions: Vec::new() });
            // What fails is tried again by the next step; what a crash leaves is looked at above.
            let _ = match random.below(6) {
                0 => archive.integrator.integrate(&archive.log).map(|_| ()),
                1..3 => archive.integrator.advance(&archive.log).map(|_| ()),
                3..5 => archive.integrator.checkpoint().map(|checkpoint| {
                    signed = checkpoint.map_or(signed, |checkpoint| signed.max(checkpoint.size));
                }),
                _ => {
                    fs.fail_sync(SITES[random.below(SITES.len() as u64) as usize]);
                    Ok(())
                }
            };
        }
        drop(archive);
        fs.crash();
    }
    Ok(())
}

#[test]
fn full_tiles_under_a_checkpoint_survive_failing_syncs_and_crashes() {
    // 909: a checkpoint whose replacing failed after its rename committed to a tile that was being written again.
    for seed in seeds().chain([909]) {
        if let Err(what) = grow_a_tree(seed, None) {
            panic!("seed {seed}: {what}");
        }
    }
}

#[test]
fn without_the_syncs_of_tiles_a_tree_that_grows_loses_some() {
    for site in [SyncSite::Tiles, SyncSite::TilesFolder] {
        let lost = (0..20 * SEEDS).find_map(|seed| Some((seed, grow_a_tree(seed, Some(site)).err()?)));
        let (seed, what) = lost.unwrap_or_else(|| panic!("{site:?} is not needed"));
        println!("without {site:?} seed {seed} fails: {what}");
    }
}
