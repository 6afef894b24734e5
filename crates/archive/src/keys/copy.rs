//! Reading slots of a table that somebody else writes to.

use super::slot;
use crate::error::{Doing, Error, Result};
use crate::fs::{Fs, Mode};

/// Slots read at once.
const SLOTS_MAX: u64 = 4096;
/// How often slots are read again that look damaged: one may have been destroyed while it was read.
const READS_MAX: usize = 3;

/// Gives the first `slots` of the table, in pieces, each slot checked.
///
/// # Errors
/// `Corruption` naming the slot; `Io`, also when the table ends before; what `take` returns.
pub(crate) fn read_slots(
    fs: &dyn Fs,
    path: &str,
    slots: u64,
    take: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let file = fs.open(path, Mode::Read).doing("open", path)?;
    let mut next = 0;
    while next < slots {
        let count = (slots - next).min(SLOTS_MAX);
        let mut again = READS_MAX;
        let bytes = loop {
            again -= 1;
            match slot::read_many(file.as_ref(), path, next, count) {
                Err(Error::Corruption(_)) if again > 0 => {}
                other => break other?,
            }
        };
        take(&bytes)?;
        next += count;
    }
    Ok(())
}
