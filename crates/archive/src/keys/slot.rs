//! One slot of the key table.
//!
//! ```text
//! state(1) zero(7) link(8) scope slot(8) scope hash(16) nonce(24) wrapped key and tag(48) zero(12) CRC-32C(4)
//! ```
//! Integers are little-endian; the checksum also covers the slot's number. `link` is the newest scope before the slot.
//! 128 bytes never straddle a sector, so a slot is overwritten whole or not at all.

use zeroize::Zeroizing;

use super::ScopeHash;
use crate::aead::{self, Key, NONCE_BYTES};
use crate::error::{Corruption, Result};
use crate::fs::{self, File};

pub(crate) const SLOT_BYTES: u64 = 128;
const WRAPPED_BYTES: usize = 48;
const CRC_AT: usize = SLOT_BYTES as usize - 4;
const HEADER_MAGIC: [u8; 16] = *b"aboveboard keys1";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Void = 0x00,
    Scope = 0x53,
    Entry = 0x45,
    Header = 0x48,
}

/// A decoded slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub state: State,
    pub link: u64,
    pub scope: u64,
    pub scope_hash: ScopeHash,
    pub wrap: Wrap,
}

/// A wrapped key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrap {
    nonce: [u8; NONCE_BYTES],
    sealed: [u8; WRAPPED_BYTES],
}

impl Wrap {
    fn empty() -> Self {
        Self { nonce: [0; NONCE_BYTES], sealed: [0; WRAPPED_BYTES] }
    }

    fn new(key: &Key, under: &Key, nonce: [u8; NONCE_BYTES], aad: &[u8]) -> Result<Self> {
        let sealed = aead::encrypt(under, &nonce, aad, key.as_bytes())?;
        let mut wrap = Self { nonce, ..Self::empty() };
        wrap.sealed.copy_from_slice(&sealed);
        Ok(wrap)
    }

    pub fn open(&self, under: &Key, aad: &[u8]) -> Option<Key> {
        let key = Zeroizing::new(aead::decrypt(under, &self.nonce, aad, &self.sealed)?);
        Some(Key::new(key.as_slice().try_into().ok()?))
    }
}

impl Slot {
    /// The header: a zero key wrapped by the deployment's, to tell a wrong one.
    pub fn header(deployment: &Key, nonce: [u8; NONCE_BYTES]) -> Result<Self> {
        let wrap = Wrap::new(&Key::new([0; 32]), deployment, nonce, &HEADER_MAGIC)?;
        Ok(Self { state: State::Header, link: 0, scope: 0, scope_hash: ScopeHash(HEADER_MAGIC), wrap })
    }

    pub fn void(link: u64) -> Self {
        Self { state: State::Void, link, scope: 0, scope_hash: ScopeHash([0; 16]), wrap: Wrap::empty() }
    }

    pub fn scope(
        slot: u64,
        link: u64,
        hash: ScopeHash,
        key: &Key,
        deployment: &Key,
        nonce: [u8; NONCE_BYTES],
    ) -> Result<Self> {
        let wrap = Wrap::new(key, deployment, nonce, &scope_aad(slot, hash))?;
        Ok(Self { state: State::Scope, link, scope: 0, scope_hash: hash, wrap })
    }

    pub fn entry(
        slot: u64,
        link: u64,
        scope: u64,
        key: &Key,
        scope_key: &Key,
        nonce: [u8; NONCE_BYTES],
    ) -> Result<Self> {
        let wrap = Wrap::new(key, scope_key, nonce, &entry_aad(slot, scope))?;
        Ok(Self { state: State::Entry, link, scope, scope_hash: ScopeHash([0; 16]), wrap })
    }

    /// Does the deployment key open the header?
    pub fn header_opens(&self, deployment: &Key) -> bool {
        self.scope_hash.0 == HEADER_MAGIC && self.wrap.open(deployment, &HEADER_MAGIC).is_some()
    }

    pub fn encode(&self, slot: u64) -> [u8; SLOT_BYTES as usize] {
        let mut bytes = [0; SLOT_BYTES as usize];
        bytes[0] = self.state as u8;
        bytes[8..16].copy_from_slice(&self.link.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.scope.to_le_bytes());
        bytes[24..40].copy_from_slice(&self.scope_hash.0);
        bytes[40..64].copy_from_slice(&self.wrap.nonce);
        bytes[64..112].copy_from_slice(&self.wrap.sealed);
        let crc = checksum(slot, &bytes[..CRC_AT]);
        bytes[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8; SLOT_BYTES as usize]) -> Option<Self> {
        let state = [State::Void, State::Scope, State::Entry, State::Header]
            .into_iter()
            .find(|state| *state as u8 == bytes[0])?;
        Some(Self {
            state,
            link: u64::from_le_bytes(bytes[8..16].try_into().ok()?),
            scope: u64::from_le_bytes(bytes[16..24].try_into().ok()?),
            scope_hash: ScopeHash(bytes[24..40].try_into().ok()?),
            wrap: Wrap { nonce: bytes[40..64].try_into().ok()?, sealed: bytes[64..112].try_into().ok()? },
        })
    }
}

/// Reads a slot and checks it.
pub(super) fn read(file: &dyn File, path: &str, slot: u64) -> Result<Slot> {
    let found = fs::read_range(file, path, slot * SLOT_BYTES, SLOT_BYTES as usize)?;
    let mut bytes = [0; SLOT_BYTES as usize];
    bytes.copy_from_slice(&found);
    parse(&bytes, path, slot)
}

/// Reads `count` slots and checks each.
pub(super) fn read_many(file: &dyn File, path: &str, first: u64, count: u64) -> Result<Vec<u8>> {
    let len = usize::try_from(count * SLOT_BYTES).unwrap_or(usize::MAX);
    let bytes = fs::read_range(file, path, first * SLOT_BYTES, len)?;
    for (slot, bytes) in (first..).zip(bytes.as_chunks().0) {
        parse(bytes, path, slot)?;
    }
    Ok(bytes)
}

fn parse(bytes: &[u8; SLOT_BYTES as usize], path: &str, slot: u64) -> Result<Slot> {
    let offset = slot * SLOT_BYTES;
    let stored = u32::from_le_bytes([bytes[124], bytes[125], bytes[126], bytes[127]]);
    let computed = checksum(slot, &bytes[..CRC_AT]);
    let decoded = Slot::decode(bytes).filter(|_| stored == computed);
    decoded.ok_or_else(|| {
        let expected = format!("checksum {stored:08x}");
        let found = format!("{computed:08x}");
        Corruption { file: path.to_owned(), offset, index: Some(slot), expected, found }.into()
    })
}

fn checksum(slot: u64, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&slot.to_le_bytes()), bytes)
}

pub(super) fn scope_aad(slot: u64, hash: ScopeHash) -> Vec<u8> {
    [b"aboveboard scope key v1".as_slice(), &slot.to_le_bytes(), &hash.0].concat()
}

pub(super) fn entry_aad(slot: u64, scope: u64) -> Vec<u8> {
    [b"aboveboard entry key v1".as_slice(), &slot.to_le_bytes(), &scope.to_le_bytes()].concat()
}
