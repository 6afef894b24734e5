//! The right edge of a tree: what is needed to add leaves and to know the root.

use crate::error::Result;
use crate::fs::Fs;
use crate::tree::{Hash, empty_root, leaf_hash, node_hash};

use super::path::{TileKind, TilePath, partial_paths};
use super::reader::{read_bundle, read_hashes};
use super::{TILE_WIDTH, path};

/// The partial tile of each level and the partial bundle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    size: u64,
    levels: Vec<Vec<Hash>>,
    leaves: Vec<Vec<u8>>,
}

impl Edge {
    /// Reads the partial tiles of a tree of `size` leaves. Their bytes are checked by `root`, the leaves here.
    pub fn read(fs: &dyn Fs, size: u64) -> Result<Self> {
        let mut edge = Self { size, ..Self::default() };
        for kind in path::kinds(size) {
            let count = size >> (8 * kind.level());
            let tile = TilePath { kind, index: count / TILE_WIDTH, width: count % TILE_WIDTH };
            match kind {
                TileKind::Entries if tile.width > 0 => edge.leaves = read_bundle(fs, &tile)?,
                TileKind::Entries => {}
                TileKind::Hashes(_) if tile.width > 0 => edge.levels.push(read_hashes(fs, &tile)?),
                TileKind::Hashes(_) => edge.levels.push(Vec::new()),
            }
        }
        for (leaf, hash) in edge.leaves.iter().zip(edge.levels.first().into_iter().flatten()) {
            if leaf_hash(leaf) != *hash {
                let bundle = TilePath::at(TileKind::Entries, size - 1, size).path();
                return Err(super::reader::corrupt(&bundle, "the leaves of tile 0", "others"));
            }
        }
        Ok(edge)
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn leaves(&self) -> &[Vec<u8>] {
        &self.leaves
    }

    /// Adds a leaf and gives the files that it completes.
    pub fn push(&mut self, leaf: Vec<u8>) -> Vec<(String, Vec<u8>)> {
        let mut full = Vec::new();
        let index = self.size / TILE_WIDTH;
        let mut hash = leaf_hash(&leaf);
        self.leaves.push(leaf);
        self.size += 1;
        if self.leaves.len() as u64 == TILE_WIDTH {
            let tile = TilePath { kind: TileKind::Entries, index, width: TILE_WIDTH };
            full.push((tile.path(), bundle(&self.leaves)));
            self.leaves.clear();
        }
        for level in 0..8u8 {
            let at = usize::from(level);
            if self.levels.len() == at {
                self.levels.push(Vec::new());
            }
            let hashes = &mut self.levels[at];
            hashes.push(hash);
            if (hashes.len() as u64) < TILE_WIDTH {
                break;
            }
            let index = (self.size >> (8 * (u32::from(level) + 1))) - 1;
            let tile = TilePath { kind: TileKind::Hashes(level), index, width: TILE_WIDTH };
            full.push((tile.path(), hashes.concat()));
            hash = complete_root(hashes);
            hashes.clear();
        }
        full
    }

    /// The partial files.
    pub fn partial(&self) -> Vec<(String, Vec<u8>)> {
        let contents = std::iter::once(bundle(&self.leaves))
            .chain(self.levels.iter().map(|hashes| hashes.concat()))
            .filter(|bytes| !bytes.is_empty());
        self.partial_paths().into_iter().zip(contents).collect()
    }

    pub fn partial_paths(&self) -> Vec<String> {
        partial_paths(self.size)
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        // Complete subtrees from the left, ever smaller: of each level's hashes the binary digits of their number.
        let mut complete = Vec::new();
        for hashes in self.levels.iter().rev() {
            let mut rest = hashes.as_slice();
            while !rest.is_empty() {
                let (now, later) = rest.split_at(1 << rest.len().ilog2());
                complete.push(complete_root(now));
                rest = later;
            }
        }
        let whole = complete.into_iter().rev().reduce(|right, left| node_hash(&left, &right));
        whole.unwrap_or_else(empty_root)
    }
}

/// The root over a power of two of hashes.
pub(super) fn complete_root(hashes: &[Hash]) -> Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    row.first().copied().unwrap_or_else(empty_root)
}

/// Leaves as a bundle: each behind its length in 2 bytes, big-endian.
pub(super) fn bundle(leaves: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for leaf in leaves {
        // A leaf has at most `LEAF_BYTES_MAX` bytes.
        bytes.extend_from_slice(&(leaf.len() as u16).to_be_bytes());
        bytes.extend_from_slice(leaf);
    }
    bytes
}
