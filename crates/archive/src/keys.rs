//! The key table: a random key per entry, wrapped by its scope's key, wrapped by the deployment's.
//!
//! A file of 128-byte slots ([`slot`]); slot 0 is the header. Scope slots are linked backwards, so opening reads the
//! end of the file and the scopes, not every key; a lookup reads two slots. In memory: about 50 bytes a scope, and the
//! pool. Destroying a scope's slot destroys all keys under it. Overwriting in place reaches what the device lets it
//! reach; the table therefore lives apart from the journal, with its own short backup life.

mod copy;
mod slot;
mod verify;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::aead::{self, Key};
use crate::error::{Corruption, Doing, Error, Result};
use crate::fs::{self, File, Fs, Mode, SyncSite};
use crate::random::{Random, SystemRandom, draw};

use slot::{Slot, State};

pub(crate) use copy::read_slots;
pub(crate) use slot::SLOT_BYTES;
pub use verify::verify;

/// Keys made at once.
pub const MAKE_MAX: usize = 4096;
/// Slots written at once: scopes and keys.
const SLOTS_MAX: usize = 4 * MAKE_MAX;
/// Opened scope keys kept in memory; past that all are forgotten and opened again as they are needed.
const OPENED_MAX: usize = 4096;
/// Keys kept ready in memory, over all scopes.
pub const POOL_KEYS_MAX: usize = 65_536;

/// A keyed hash of what a scope is: a contact, an employee, a case, a delivery, the system; class and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeHash(pub [u8; 16]);

/// A key that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Under which scope's key; the scope is made when there is none.
    pub scope: ScopeHash,
    /// How many more keys are made and kept ready when none is, so that the next ones wait for no sync.
    pub spare: usize,
}

/// The table of keys, shared by threads.
pub struct KeyTable {
    path: String,
    file: Box<dyn File>,
    deployment: Key,
    random: Arc<dyn Random>,
    writer: Mutex<Writer>,
    /// Never locked before `writer` by who locks both, and never during a sync: taking a ready key does not wait for
    /// others that are made.
    ready: Mutex<Ready>,
    /// Held for reading while a slot is read, for writing while bytes change, never during a sync.
    bytes: RwLock<()>,
    /// Scope keys that were opened, by slot. One is put in while `bytes` is held for reading and its slot was whole, so
    /// that destroying, which changes the bytes first, leaves none behind.
    opened: Mutex<HashMap<u64, Key>>,
}

/// Slots that are about to be written together.
#[derive(Default)]
struct Drafted {
    next: u64,
    newest_scope: u64,
    bytes: Vec<u8>,
    scopes: HashMap<ScopeHash, (u64, Key)>,
    spares: HashMap<u64, Vec<(u64, Key)>>,
    spare_count: usize,
}

impl Drafted {
    fn push(&mut self, slot: &Slot) -> Result<()> {
        if self.bytes.len() >= SLOTS_MAX * SLOT_BYTES as usize {
            return Err(Error::Invalid(format!("more than {SLOTS_MAX} slots at once")));
        }
        self.bytes.extend_from_slice(&slot.encode(self.next));
        self.next += 1;
        Ok(())
    }
}

#[derive(Default)]
struct Writer {
    /// Slots in use, the header included; the next new slot.
    next: u64,
    /// The newest scope's slot, 0 when none.
    newest_scope: u64,
}

/// What is known of the slots written.
#[derive(Default)]
struct Ready {
    /// Changed under `writer` only.
    scopes: HashMap<ScopeHash, u64>,
    pool: HashMap<u64, Vec<(u64, Key)>>,
    pooled: usize,
}

impl Ready {
    fn take(&mut self, hash: ScopeHash) -> Option<(u64, Key)> {
        let scope = self.scopes.get(&hash)?;
        let key = self.pool.get_mut(scope)?.pop()?;
        self.pooled -= 1;
        Some(key)
    }

    fn put(&mut self, scope: u64, keys: Vec<(u64, Key)>) {
        self.pooled += keys.len();
        self.pool.entry(scope).or_default().extend(keys);
    }
}

impl KeyTable {
    /// Opens the table, or makes it. `promised` is the highest slot that an entry names
    /// ([`crate::journal::Journal::key_slot_max`]): a slot up to there must be whole; a torn one after it was never
    /// handed out and is voided.
    ///
    /// # Errors
    /// `WrongKey` for another deployment key; `Corruption` naming the slot; `Io`.
    pub fn open(
        fs: &dyn Fs,
        path: &str,
        deployment: Key,
        random: Arc<dyn Random>,
        promised: u64,
    ) -> Result<Self> {
        let file = match fs.open(path, Mode::Write) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => fs.open(path, Mode::Create),
            other => other,
        }
        .doing("open", path)?;
        let table = Self {
            path: path.to_owned(),
            file,
            deployment,
            random,
            writer: Mutex::new(Writer { next: 1, newest_scope: 0 }),
            ready: Mutex::default(),
            bytes: RwLock::new(()),
            opened: Mutex::default(),
        };
        table.open_header(promised)?;
        fs.sync_dir(fs::parent(path), SyncSite::KeysFolder).doing("sync", fs::parent(path))?;
        table.settle_tail(promised)?;
        table.load_scopes()?;
        table.file.sync_data(SyncSite::Keys).doing("sync", path)?;
        Ok(table)
    }

    /// Opens the table for [`Self::open_key`] alone, beside a process that writes to it: nothing is written nor made.
    ///
    /// # Errors
    /// `WrongKey` for another deployment key; `Corruption` naming the slot; `Io`.
    pub fn open_to_read(fs: &dyn Fs, path: &str, deployment: Key) -> Result<Self> {
        let file = fs.open(path, Mode::Read).doing("open", path)?;
        let next = file.len().doing("measure", path)? / SLOT_BYTES;
        let table = Self {
            path: path.to_owned(),
            file,
            deployment,
            random: Arc::new(SystemRandom::default()),
            writer: Mutex::new(Writer { next, newest_scope: 0 }),
            ready: Mutex::default(),
            bytes: RwLock::new(()),
            opened: Mutex::default(),
        };
        let header = table.read(0)?;
        match header.state {
            State::Header if header.header_opens(&table.deployment) => Ok(table),
            State::Header => Err(Error::WrongKey(path.to_owned())),
            _ => Err(table.corrupt(0, "a header".to_owned(), "another slot".to_owned())),
        }
    }

    fn open_header(&self, promised: u64) -> Result<()> {
        let len = self.file.len().doing("measure", &self.path)?;
        let fresh = promised == 0 && len <= SLOT_BYTES;
        match self.read(0) {
            Ok(header) if header.header_opens(&self.deployment) && fresh => self.write(0, &header.encode(0)),
            Ok(header) if header.header_opens(&self.deployment) => Ok(()),
            Ok(header) if header.state == State::Header => Err(Error::WrongKey(self.path.clone())),
            Ok(_) | Err(Error::Corruption(_) | Error::Io { .. }) if fresh => self.make_header(),
            Ok(_) => Err(self.corrupt(0, "a header".to_owned(), "another slot".to_owned())),
            Err(error) => Err(error),
        }
    }

    fn make_header(&self) -> Result<()> {
        let header = Slot::header(&self.deployment, draw(self.random.as_ref())?)?;
        self.write(0, &header.encode(0))?;
        self.file.sync_data(SyncSite::Keys).doing("sync", &self.path)
    }

    /// Finds the end, and voids slots after the last promised one that a crash left torn. Whole ones are written again:
    /// a process that died, or whose sync failed, may have left slots that only the cache has.
    fn settle_tail(&self, promised: u64) -> Result<()> {
        let len = self.file.len().doing("measure", &self.path)?;
        let slots = len / SLOT_BYTES;
        if slots <= promised {
            return Err(self.corrupt(
                slots,
                format!("at least {} slots", promised + 1),
                format!("{len} bytes"),
            ));
        }
        if len % SLOT_BYTES != 0 {
            self.file.set_len(slots * SLOT_BYTES).doing("cut", &self.path)?;
        }
        let mut newest_scope = 0;
        for slot in promised.max(1)..slots {
            match self.read(slot) {
                Ok(found) => {
                    newest_scope =
                        if found.state == State::Scope { slot } else { newest_scope.max(found.link) };
                    if slot > promised {
                        self.write(slot, &found.encode(slot))?;
                    }
                }
                Err(Error::Corruption(_)) if slot > promised => {
                    self.write(slot, &Slot::void(newest_scope).encode(slot))?;
                }
                Err(error) => return Err(error),
            }
        }
        let mut writer = self.writer();
        writer.next = slots;
        writer.newest_scope = newest_scope;
        Ok(())
    }

    fn load_scopes(&self) -> Result<()> {
        let mut slot = self.writer().newest_scope;
        let mut ready = self.ready();
        while slot > 0 {
            let found = self.read(slot)?;
            if found.state == State::Scope {
                ready.scopes.entry(found.scope_hash).or_insert(slot);
            }
            if found.link >= slot {
                return Err(self.corrupt(slot, format!("a link below {slot}"), found.link.to_string()));
            }
            slot = found.link;
        }
        Ok(())
    }

    /// The slot of a scope's key, made when there is none; durable on return.
    ///
    /// # Errors
    /// `Io`; nothing was promised then.
    pub fn scope(&self, hash: ScopeHash) -> Result<u64> {
        if let Some(slot) = self.find_scope(hash) {
            return Ok(slot);
        }
        let mut writer = self.writer();
        if let Some(slot) = self.find_scope(hash) {
            return Ok(slot);
        }
        let slot = writer.next;
        let key = self.draw_key()?;
        let made = Slot::scope(slot, writer.newest_scope, hash, &key, &self.deployment, self.nonce()?)?;
        self.write(slot, &made.encode(slot))?;
        self.file.sync_data(SyncSite::Keys).doing("sync", &self.path)?;
        writer.next += 1;
        writer.newest_scope = slot;
        self.ready().scopes.insert(hash, slot);
        Ok(slot)
    }

    /// Makes `count` keys under a scope's slot with one sync; durable on return.
    ///
    /// # Errors
    /// `Invalid` past `MAKE_MAX`; `Destroyed` when the scope was; `Io`, with nothing promised.
    pub fn make(&self, scope: u64, count: usize) -> Result<Vec<(u64, Key)>> {
        self.make_locked(&mut self.writer(), scope, count)
    }

    fn make_locked(&self, writer: &mut Writer, scope: u64, count: usize) -> Result<Vec<(u64, Key)>> {
        if count > MAKE_MAX {
            return Err(Error::Invalid(format!("{count} keys at once, more than {MAKE_MAX}")));
        }
        if count == 0 {
            return Ok(Vec::new());
        }
        let scope_key = self.scope_key(scope)?;
        let mut keys = Vec::with_capacity(count);
        let mut bytes = Vec::with_capacity(count * SLOT_BYTES as usize);
        for slot in writer.next..writer.next + count as u64 {
            let key = self.draw_key()?;
            let made = Slot::entry(slot, writer.newest_scope, scope, &key, &scope_key, self.nonce()?)?;
            bytes.extend_from_slice(&made.encode(slot));
            keys.push((slot, key));
        }
        self.write(writer.next, &bytes)?;
        self.file.sync_data(SyncSite::Keys).doing("sync", &self.path)?;
        writer.next += count as u64;
        Ok(keys)
    }

    /// Makes keys ahead, so that `take` finds `ready` of them without a sync. Call it off the hot path.
    ///
    /// # Errors
    /// As `make`.
    pub fn top_up(&self, scope: u64, ready: usize) -> Result<()> {
        let mut writer = self.writer();
        let (have, room) = (self.ready_keys(scope), POOL_KEYS_MAX.saturating_sub(self.ready().pooled));
        let made =
            self.make_locked(&mut writer, scope, ready.saturating_sub(have).min(MAKE_MAX).min(room))?;
        self.ready().put(scope, made);
        Ok(())
    }

    /// How many keys of a scope's slot are ready.
    #[must_use]
    pub fn ready_keys(&self, scope: u64) -> usize {
        self.ready().pool.get(&scope).map_or(0, Vec::len)
    }

    /// A key for each wanted one, in order: those made ahead first, then new ones, and scopes that were not there, all
    /// written together with one sync; durable on return.
    ///
    /// # Errors
    /// `Invalid` past `MAKE_MAX`; `Destroyed` when a scope was; `Io`, with nothing promised.
    pub fn take_each(&self, wanted: &[Wanted]) -> Result<Vec<(u64, Key)>> {
        let mut ready = self.ready();
        let taken: Vec<Option<(u64, Key)>> = wanted.iter().map(|want| ready.take(want.scope)).collect();
        drop(ready);
        let missing: Vec<Wanted> =
            wanted.iter().zip(&taken).filter(|(_, ready)| ready.is_none()).map(|(want, _)| *want).collect();
        let mut made = self.make_each(&missing)?.into_iter();
        let keys = taken.into_iter().map(|ready| ready.or_else(|| made.next())).collect::<Option<_>>();
        keys.ok_or_else(|| Error::Invalid("no key was made".to_owned()))
    }

    fn make_each(&self, wanted: &[Wanted]) -> Result<Vec<(u64, Key)>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut writer = self.writer();
        let room = POOL_KEYS_MAX.saturating_sub(self.ready().pooled);
        let mut draft =
            Drafted { next: writer.next, newest_scope: writer.newest_scope, ..Drafted::default() };
        let mut keys = Vec::with_capacity(wanted.len());
        for want in wanted {
            let (scope, scope_key) = match (draft.scopes.get(&want.scope), self.find_scope(want.scope)) {
                (Some((slot, key)), _) => (*slot, key.clone()),
                (None, Some(slot)) => (slot, self.scope_key(slot)?),
                (None, None) => self.draft_scope(&mut draft, want.scope)?,
            };
            keys.push(self.draft_key(&mut draft, scope, &scope_key)?);
            let is_first = !draft.spares.contains_key(&scope);
            for _ in 0..want.spare.min(room.saturating_sub(draft.spare_count)).min(if is_first {
                MAKE_MAX
            } else {
                0
            }) {
                let spare = self.draft_key(&mut draft, scope, &scope_key)?;
                draft.spares.entry(scope).or_default().push(spare);
                draft.spare_count += 1;
            }
        }
        self.write(writer.next, &draft.bytes)?;
        self.file.sync_data(SyncSite::Keys).doing("sync", &self.path)?;
        writer.next = draft.next;
        writer.newest_scope = draft.newest_scope;
        let mut ready = self.ready();
        ready.scopes.extend(draft.scopes.into_iter().map(|(hash, (slot, _))| (hash, slot)));
        draft.spares.into_iter().for_each(|(scope, spares)| ready.put(scope, spares));
        Ok(keys)
    }

    fn draft_scope(&self, draft: &mut Drafted, hash: ScopeHash) -> Result<(u64, Key)> {
        let (slot, key) = (draft.next, self.draw_key()?);
        let made = Slot::scope(slot, draft.newest_scope, hash, &key, &self.deployment, self.nonce()?)?;
        draft.push(&made)?;
        draft.newest_scope = slot;
        draft.scopes.insert(hash, (slot, key.clone()));
        Ok((slot, key))
    }

    fn draft_key(&self, draft: &mut Drafted, scope: u64, scope_key: &Key) -> Result<(u64, Key)> {
        let (slot, key) = (draft.next, self.draw_key()?);
        let made = Slot::entry(slot, draft.newest_scope, scope, &key, scope_key, self.nonce()?)?;
        draft.push(&made)?;
        Ok((slot, key))
    }

    /// Opens the key in an entry's slot.
    ///
    /// # Errors
    /// `Destroyed` when it or its scope was; `Corruption` naming the slot; `Invalid` for a scope's slot; `Io`.
    pub fn open_key(&self, slot: u64) -> Result<Key> {
        let found = self.read_used(slot)?;
        match found.state {
            State::Entry => {
                let scope_key = self.scope_key(found.scope)?;
                found
                    .wrap
                    .open(&scope_key, &slot::entry_aad(slot, found.scope))
                    .ok_or_else(|| self.unwrapped(slot))
            }
            State::Void => Err(Error::Destroyed(format!("key {slot}"))),
            State::Scope | State::Header => Err(Error::Invalid(format!("slot {slot} is no entry's"))),
        }
    }

    /// The scope's slot of the key in an entry's slot.
    ///
    /// # Errors
    /// As `open_key`.
    pub fn scope_of(&self, slot: u64) -> Result<u64> {
        let found = self.read_used(slot)?;
        match found.state {
            State::Entry => Ok(found.scope),
            State::Void => Err(Error::Destroyed(format!("key {slot}"))),
            State::Scope | State::Header => Err(Error::Invalid(format!("slot {slot} is no entry's"))),
        }
    }

    /// Destroys an entry's key, or a scope's with all keys under it; durable on return. Repeating it is fine.
    ///
    /// # Errors
    /// `Invalid` for the header and past the end; `Io`: repeat it then.
    pub fn destroy(&self, slot: u64) -> Result<()> {
        let writer = self.writer();
        if slot == 0 || slot >= writer.next {
            return Err(Error::Invalid(format!("there is no key slot {slot}")));
        }
        let found = self.read(slot)?;
        self.write(slot, &Slot::void(found.link).encode(slot))?;
        self.file.sync_data(SyncSite::KeysDestroy).doing("sync", &self.path)?;
        let mut ready = self.ready();
        if found.state == State::Scope {
            self.opened().remove(&slot);
            ready.scopes.remove(&found.scope_hash);
            ready.pool.remove(&slot);
        }
        for keys in ready.pool.values_mut() {
            keys.retain(|(pooled, _)| *pooled != slot);
        }
        ready.pooled = ready.pool.values().map(Vec::len).sum();
        Ok(())
    }

    /// The slot of a scope's key, when there is one.
    #[must_use]
    pub fn find_scope(&self, hash: ScopeHash) -> Option<u64> {
        self.ready().scopes.get(&hash).copied()
    }

    fn scope_key(&self, scope: u64) -> Result<Key> {
        let reading = self.bytes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = self.opened().get(&scope) {
            return Ok(key.clone());
        }
        let key = self.unwrap_scope(scope)?;
        let mut opened = self.opened();
        if opened.len() >= OPENED_MAX {
            opened.clear();
        }
        opened.insert(scope, key.clone());
        drop(reading);
        Ok(key)
    }

    /// Opens a scope's key from its slot; the caller holds `bytes`.
    fn unwrap_scope(&self, scope: u64) -> Result<Key> {
        if scope == 0 {
            return Err(Error::Invalid("slot 0 holds no key".to_owned()));
        }
        let found = slot::read(self.file.as_ref(), &self.path, scope)?;
        match found.state {
            State::Scope => {
                let aad = slot::scope_aad(scope, found.scope_hash);
                found.wrap.open(&self.deployment, &aad).ok_or_else(|| self.unwrapped(scope))
            }
            State::Void => Err(Error::Destroyed(format!("scope {scope}"))),
            State::Entry | State::Header => Err(Error::Invalid(format!("slot {scope} is no scope's"))),
        }
    }

    fn read_used(&self, slot: u64) -> Result<Slot> {
        if slot == 0 {
            return Err(Error::Invalid("slot 0 holds no key".to_owned()));
        }
        self.read(slot)
    }

    fn read(&self, slot: u64) -> Result<Slot> {
        let _reading = self.bytes.read().unwrap_or_else(PoisonError::into_inner);
        slot::read(self.file.as_ref(), &self.path, slot)
    }

    fn write(&self, slot: u64, bytes: &[u8]) -> Result<()> {
        let _writing = self.bytes.write().unwrap_or_else(PoisonError::into_inner);
        self.file.write_at(slot * SLOT_BYTES, bytes).doing("write", &self.path)
    }

    fn ready(&self) -> MutexGuard<'_, Ready> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self) -> MutexGuard<'_, HashMap<u64, Key>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw_key(&self) -> Result<Key> {
        Ok(Key::new(draw(self.random.as_ref())?))
    }

    fn nonce(&self) -> Result<[u8; aead::NONCE_BYTES]> {
        draw(self.random.as_ref())
    }

    fn unwrapped(&self, slot: u64) -> Error {
        self.corrupt(slot, "a key that unwraps".to_owned(), "one that does not".to_owned())
    }

    fn corrupt(&self, slot: u64, expected: String, found: String) -> Error {
        let file = self.path.clone();
        Corruption { file, offset: slot * SLOT_BYTES, index: Some(slot), expected, found }.into()
    }
}
