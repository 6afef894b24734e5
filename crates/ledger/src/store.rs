//! The store: events into sealed entries of the archive, and back.

use std::sync::Arc;

use aboveboard_archive::{
    blob::{self, BlobReader, BlobRef, BlobWriter},
    fs::Fs,
    journal::{Batch, Draft, Entry, Expected, FileJournal, Journal, KeyHash, Options},
    keys::{KeyTable, Wanted},
    leaf::{At, Kind, Rid},
    random::{self, Random},
    seal::{self, About, Parts},
    tiles,
};
use aboveboard_model::{
    access::Actor,
    event::{Event, Meta},
    id::Index,
};
use jiff::Timestamp;

use crate::{
    error::{Error, Result},
    fact::{Fact, Opened, Scope, aggregate, scope},
    secrets::{DeploymentKey, Hasher},
};

/// The key table, apart from the journal.
pub(crate) const KEYS_FILE: &str = "keys.db";
/// Delivery keys made at once when a burst has used up those that were ready.
const DELIVERY_KEYS_SPARE: usize = 255;
/// Keys of a system scope made at once.
const SYSTEM_KEYS_SPARE: usize = 63;

/// Journal and keys.
pub(crate) struct Store {
    pub fs: Arc<dyn Fs>,
    pub journal: Arc<FileJournal>,
    pub keys: KeyTable,
    pub hasher: Hasher,
    random: Arc<dyn Random>,
}

/// What an append waits for, beside durability.
pub(crate) struct Prepared {
    pub batch: Batch,
    /// For each fact, the precondition that says it is new, by position in the batch's list.
    identities: Vec<Option<usize>>,
}

impl Store {
    pub fn open(fs: Arc<dyn Fs>, deployment: &DeploymentKey, random: Arc<dyn Random>) -> Result<Self> {
        blob::sweep(fs.as_ref())?;
        let floor = tiles::stored_len(fs.as_ref())?;
        let journal = Arc::new(FileJournal::open(fs.clone(), Options { floor, ..Options::default() })?);
        let keys = KeyTable::open(
            fs.as_ref(),
            KEYS_FILE,
            deployment.key_table(),
            random.clone(),
            journal.key_slot_max(),
        )?;
        Ok(Self { fs, journal, keys, hasher: deployment.hasher(), random })
    }

    /// Makes delivery keys ahead, so that a webhook waits for one sync only: as many as `wanted` says, given how many are
    /// ready. Those that are ready when the server ends are never used.
    pub fn stock_delivery_keys(&self, now: Timestamp, wanted: impl FnOnce(usize) -> usize) -> Result<()> {
        let scope = Scope::delivery(now);
        let slot = self.keys.scope(self.hasher.scope(&scope.text))?;
        Ok(self.keys.top_up(slot, wanted(self.keys.ready_keys(slot)))?)
    }

    pub fn random_u64(&self) -> Result<u64> {
        Ok(u64::from_be_bytes(random::draw(self.random.as_ref())?))
    }

    /// Seals facts. `expected` is the version each touched aggregate must have, by name.
    pub fn prepare(
        &self,
        actor: &Actor,
        at: Timestamp,
        facts: &[Fact],
        expected: &[(String, u64)],
    ) -> Result<Prepared> {
        let mut batch = Batch::default();
        for (name, version) in expected {
            let precondition = if *version == 0 { Expected::Absent } else { Expected::Version(*version) };
            batch.preconditions.push((self.hasher.identity(name), precondition));
        }
        let mut identities = Vec::with_capacity(facts.len());
        let scopes: Vec<Scope> = facts.iter().map(|fact| scope(&fact.event, at)).collect();
        let wanted: Vec<Wanted> = scopes.iter().map(|scope| self.wanted(scope)).collect();
        let keys = self.keys.take_each(&wanted)?;
        for ((fact, scope), key) in facts.iter().zip(&scopes).zip(keys) {
            let mut hashes: Vec<KeyHash> = Vec::new();
            identities.push(fact.identity().map(|identity| {
                let hash = self.hasher.identity(&identity);
                hashes.push(hash);
                batch.preconditions.push((hash, Expected::Absent));
                batch.preconditions.len() - 1
            }));
            hashes.extend(aggregate(&fact.event).map(|name| self.hasher.identity(&name)));
            let (key_slot, key) = key;
            let parts = parts(actor, at, scope, fact)?;
            let about = self.about(at, &fact.event)?;
            let (leaf, sealed) = seal::seal(&parts, about, &key, self.random.as_ref())?;
            batch.drafts.push(Draft { leaf, sealed, key_slot, hashes });
        }
        Ok(Prepared { batch, identities })
    }

    fn wanted(&self, scope: &Scope) -> Wanted {
        Wanted { scope: self.hasher.scope(&scope.text), spare: scope.spare_keys() }
    }

    fn about(&self, at: Timestamp, event: &Event) -> Result<About> {
        let rid = Rid::from_random(random::draw(self.random.as_ref())?);
        Ok(About { at: At::new(at)?, rid, kind: Kind::new(event.kind())? })
    }

    /// Seals a fact whose bytes are a media file: `read` gives the file piece by piece, `event` makes the event once its
    /// hash and length are known.
    pub fn prepare_media(
        &self,
        actor: &Actor,
        at: Timestamp,
        scope_of: &Event,
        read: &mut dyn FnMut() -> std::io::Result<Option<Vec<u8>>>,
        event: &dyn Fn(String, u64) -> Event,
    ) -> Result<(Batch, BlobRef)> {
        let scope = scope(scope_of, at);
        let mut keys = self.keys.take_each(&[self.wanted(&scope)])?;
        let (key_slot, key) = keys.pop().ok_or_else(|| unkeyed(&scope))?;
        let kind = event(String::new(), 0);
        let about = self.about(at, &kind)?;
        let mut writer = BlobWriter::create(self.fs.as_ref(), &key, about.rid, self.random.as_ref())?;
        while let Some(bytes) =
            read().map_err(|source| Error::Folder { doing: "read", path: "media file".to_owned(), source })?
        {
            writer.write(&bytes)?;
        }
        let blob = writer.finish()?;
        let stored = blob.stored;
        let event = event(hex::encode(blob.content_sha256), blob.content_bytes);
        let fact = Fact::new(event);
        let parts = parts(actor, at, &scope, &fact)?.with_blob(MEDIA_PART, blob)?;
        let identity = fact.identity().map(|identity| self.hasher.identity(&identity));
        let (leaf, sealed) = seal::seal(&parts, about, &key, self.random.as_ref())?;
        let hashes: Vec<KeyHash> = identity.into_iter().collect();
        let preconditions = hashes.iter().map(|hash| (*hash, Expected::Absent)).collect();
        Ok((Batch { drafts: vec![Draft { leaf, sealed, key_slot, hashes }], preconditions }, stored))
    }

    /// Reads and opens an entry; `None` where its content was destroyed on purpose.
    pub fn open_entry(&self, entry: &Entry) -> Result<Option<Opened>> {
        let Some(parts) = self.open_parts(entry)? else { return Ok(None) };
        let read = |name: &str| -> Result<&[u8]> {
            parts.get(name).ok_or_else(|| unreadable(entry, &format!("no part {name}")))
        };
        let event = serde_json::from_slice(read(RECORD_PART)?)
            .map_err(|error| unreadable(entry, &format!("record: {:?}", error.classify())))?;
        let meta: Meta = serde_json::from_slice(read(META_PART)?)
            .map_err(|error| unreadable(entry, &format!("meta: {:?}", error.classify())))?;
        let raw = parts.get(RAW_PART).map(<[u8]>::to_vec);
        Ok(Some(Opened { index: Index(entry.index), event, actor: meta.actor, at: meta.at, raw }))
    }

    /// The parts of an entry; `None` where they were destroyed on purpose.
    pub fn open_parts(&self, entry: &Entry) -> Result<Option<Parts>> {
        Ok(self.open_sealed(entry)?.map(|opened| opened.parts))
    }

    /// Salt and parts of an entry; `None` where they were destroyed on purpose.
    pub fn open_sealed(&self, entry: &Entry) -> Result<Option<seal::Opened>> {
        let opened = entry.sealed.bytes().and_then(|sealed| {
            let key = self.keys.open_key(entry.key_slot)?;
            seal::open(&entry.leaf, sealed, &key)
        });
        match opened {
            Ok(opened) => Ok(Some(opened)),
            Err(aboveboard_archive::Error::Destroyed(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the media file of an entry.
    pub fn open_media(&self, entry: &Entry) -> Result<Option<BlobReader>> {
        let Some(stored) = seal::blob_ref(entry.sealed.bytes()?) else { return Ok(None) };
        let key = self.keys.open_key(entry.key_slot)?;
        Ok(Some(BlobReader::open(self.fs.as_ref(), &stored, &key, entry.leaf.rid)?))
    }

    pub fn read(&self, index: Index) -> Result<Option<Opened>> {
        self.open_entry(&self.journal.read(index.0)?)
    }
}

impl Prepared {
    /// Which facts were known before, given the failed preconditions of a conflict; `None` where another precondition
    /// failed too.
    pub fn known(&self, failed: &[usize]) -> Option<Vec<bool>> {
        let known: Vec<bool> =
            self.identities.iter().map(|identity| identity.is_some_and(|at| failed.contains(&at))).collect();
        (known.iter().filter(|known| **known).count() == failed.len()).then_some(known)
    }
}

impl Scope {
    /// Keys to make ahead whenever one is wanted and none is ready. Contacts, cases and people are many and get few
    /// entries each; what everybody writes under does not wait for a sync each time.
    fn spare_keys(&self) -> usize {
        match self.word {
            "delivery" => DELIVERY_KEYS_SPARE,
            "system" => SYSTEM_KEYS_SPARE,
            _ => 0,
        }
    }

    fn delivery(at: Timestamp) -> Scope {
        scope(&Event::Delivery { source: aboveboard_model::id::SourceId(0), secret: 0 }, at)
    }
}

/// The part that holds the exact bytes received.
pub(crate) const RAW_PART: &str = "raw.json";
/// The part that holds the event.
pub(crate) const RECORD_PART: &str = "record.json";
/// The part that says who and when.
pub(crate) const META_PART: &str = "meta.json";
/// The part that is a media file.
const MEDIA_PART: &str = "media.bin";

fn parts(actor: &Actor, at: Timestamp, scope: &Scope, fact: &Fact) -> Result<Parts> {
    let meta = Meta { actor: actor.clone(), at, scope: scope.word.to_owned() };
    let json = |result: std::result::Result<Vec<u8>, serde_json::Error>| {
        result.expect("events and their meta have string keys and finite numbers only")
    };
    let mut parts = Parts::new()
        .with(RECORD_PART, json(serde_json::to_vec(&fact.event)))?
        .with(META_PART, json(serde_json::to_vec(&meta)))?;
    if let Some(raw) = &fact.raw {
        parts = parts.with(RAW_PART, raw.clone())?;
    }
    Ok(parts)
}

fn unkeyed(scope: &Scope) -> Error {
    aboveboard_archive::Error::Invalid(format!("no key of a {} scope", scope.word)).into()
}

fn unreadable(entry: &Entry, reason: &str) -> Error {
    Error::Record { index: entry.index, reason: reason.to_owned() }
}
