//! Checks every slot of a key table, with or without the deployment key.

use std::collections::HashMap;

use super::slot::{self, SLOT_BYTES, Slot, State};
use crate::aead::Key;
use crate::error::{Corruption, Doing, Error, Result};
use crate::fs::{File, Fs, Mode};

/// Reads the table at `path` and reports each damaged slot. With the deployment key every wrapped key is opened too.
/// Gives the number of slots.
///
/// # Errors
/// `Io` only: damage is reported, not returned.
pub fn verify(
    fs: &dyn Fs,
    path: &str,
    deployment: Option<&Key>,
    report: &mut dyn FnMut(Corruption),
) -> Result<u64> {
    let file = fs.open(path, Mode::Read).doing("open", path)?;
    let len = file.len().doing("measure", path)?;
    let slots = len / SLOT_BYTES;
    let mut check = Check { file: file.as_ref(), path, deployment, scope_keys: HashMap::new() };
    if len % SLOT_BYTES != 0 || slots == 0 {
        report(check.corrupt(slots, "whole slots", format!("{len} bytes")));
    }
    for slot in 0..slots {
        match check.slot(slot) {
            Ok(()) => {}
            Err(Error::Corruption(corruption)) => report(*corruption),
            Err(error) => return Err(error),
        }
    }
    Ok(slots)
}

struct Check<'a> {
    file: &'a dyn File,
    path: &'a str,
    deployment: Option<&'a Key>,
    /// Opened scope keys; nothing for a destroyed or damaged scope, which is reported at its own slot.
    scope_keys: HashMap<u64, Option<Key>>,
}

impl Check<'_> {
    fn slot(&mut self, slot: u64) -> Result<()> {
        let found = slot::read(self.file, self.path, slot)?;
        if (found.state == State::Header) != (slot == 0) || (slot > 0 && found.link >= slot) {
            return Err(self.corrupt(slot, "a slot in its place", format!("{:?}", found.state)).into());
        }
        let opens = match (found.state, self.deployment) {
            (State::Void, _) | (_, None) => true,
            (State::Header, Some(key)) => found.header_opens(key),
            (State::Scope, Some(_)) => self.scope_key(slot, &found).is_some(),
            (State::Entry, Some(_)) => self.entry_opens(slot, &found),
        };
        if opens {
            Ok(())
        } else {
            Err(self.corrupt(slot, "a key that unwraps", "one that does not".into()).into())
        }
    }

    fn scope_key(&mut self, slot: u64, found: &Slot) -> Option<Key> {
        let key = found.wrap.open(self.deployment?, &slot::scope_aad(slot, found.scope_hash));
        self.scope_keys.insert(slot, key.clone());
        key
    }

    /// Under a destroyed scope nothing opens, and nothing needs to.
    fn entry_opens(&mut self, slot: u64, found: &Slot) -> bool {
        match self.scope_keys.get(&found.scope) {
            Some(Some(key)) => found.wrap.open(key, &slot::entry_aad(slot, found.scope)).is_some(),
            _ => true,
        }
    }

    fn corrupt(&self, slot: u64, expected: &str, found: String) -> Corruption {
        Corruption {
            file: self.path.to_owned(),
            offset: slot * SLOT_BYTES,
            index: Some(slot),
            expected: expected.to_owned(),
            found,
        }
    }
}
