//! The tree at one moment: what may change under a long check is kept, what never changes is only named.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::fs::{self, Fs};
use crate::note::NOTE_BYTES_MAX;

use super::{CHECKPOINT, TilePath, path};

/// Longest tile or bundle, in bytes.
const TILE_BYTES_MAX: u64 = 1 << 20;

/// The checkpoint, the names of all tiles, and the bytes of the partial ones, which are removed once the tree has grown.
/// Full tiles never change.
pub struct Frozen {
    pub(crate) note: Option<Vec<u8>>,
    pub(crate) files: BTreeSet<TilePath>,
    pub(crate) odd: Vec<String>,
    pub(crate) partial: BTreeMap<TilePath, Vec<u8>>,
}

impl Frozen {
    /// Takes the tree of `size` leaves; nobody may write tiles meanwhile. What is unreadable here is missing in the check.
    pub(super) fn take(fs: &dyn Fs, size: u64) -> Result<Self> {
        let note = match fs::read_whole(fs, CHECKPOINT, NOTE_BYTES_MAX as u64) {
            Err(error) if error.is_not_found() => None,
            other => Some(other?),
        };
        let mut frozen = Self { note, files: BTreeSet::new(), odd: Vec::new(), partial: BTreeMap::new() };
        path::walk(fs, &mut |path, tile| {
            match tile {
                Some(tile) => {
                    frozen.files.insert(tile);
                }
                None => frozen.odd.push(path.to_owned()),
            }
            Ok(())
        })?;
        for path in path::partial_paths(size) {
            let Some(tile) = TilePath::parse(&path).filter(|tile| frozen.files.contains(tile)) else {
                continue;
            };
            frozen.partial.insert(tile, fs::read_whole(fs, &path, TILE_BYTES_MAX)?);
        }
        Ok(frozen)
    }
}
