//! Reading tiles: leaves of a bundle, and nodes for proofs.

use std::collections::HashMap;

use crate::error::{Corruption, Error, Result};
use crate::fs::{self, Fs};
use crate::leaf::LEAF_BYTES_MAX;
use crate::tree::{Hash, Nodes};

use super::TILE_WIDTH;
use super::edge::complete_root;
use super::path::{TileKind, TilePath};

const BUNDLE_BYTES_MAX: u64 = TILE_WIDTH * (LEAF_BYTES_MAX as u64 + 2);
const TILE_BYTES_MAX: u64 = TILE_WIDTH * 32;
/// Tiles kept by a reader: proofs of neighbours share most of theirs.
const TILES_KEPT_MAX: usize = 64;

/// Reads nodes of the tree of a given size from its tiles.
pub struct TileReader<'a> {
    fs: &'a dyn Fs,
    size: u64,
    tiles: HashMap<TilePath, Vec<Hash>>,
}

impl<'a> TileReader<'a> {
    /// Reads the tree of a checkpoint's size.
    #[must_use]
    pub fn new(fs: &'a dyn Fs, size: u64) -> Self {
        Self { fs, size, tiles: HashMap::new() }
    }

    fn tile(&mut self, path: TilePath) -> Result<&[Hash]> {
        if !self.tiles.contains_key(&path) {
            if self.tiles.len() >= TILES_KEPT_MAX {
                self.tiles.clear();
            }
            self.tiles.insert(path, read_hashes(self.fs, &path)?);
        }
        self.tiles.get(&path).map(Vec::as_slice).ok_or_else(|| corrupt(&path.path(), "a tile", "none"))
    }
}

impl Nodes for TileReader<'_> {
    fn node(&mut self, level: u32, index: u64) -> Result<Hash> {
        let inside = level % 8;
        let at = index << inside;
        let kind = TileKind::Hashes((level / 8) as u8);
        let path = TilePath::at(kind, at, self.size);
        let start = (at % TILE_WIDTH) as usize;
        let hashes = self.tile(path)?.get(start..start + (1 << inside));
        hashes.map(complete_root).ok_or_else(|| {
            Error::Invalid(format!("node {index} of level {level} is not in a tree of {}", self.size))
        })
    }
}

/// Reads the leaves of a bundle.
///
/// # Errors
/// `Corruption` when it does not hold exactly its width of leaves; `Io`.
pub fn read_bundle(fs: &dyn Fs, tile: &TilePath) -> Result<Vec<Vec<u8>>> {
    let path = tile.path();
    let bytes = fs::read_whole(fs, &path, BUNDLE_BYTES_MAX)?;
    let mut rest = bytes.as_slice();
    let mut leaves = Vec::new();
    while let Some((len, after)) = rest.split_first_chunk() {
        let Some((leaf, after)) = after.split_at_checked(usize::from(u16::from_be_bytes(*len))) else {
            break;
        };
        leaves.push(leaf.to_vec());
        rest = after;
    }
    if rest.is_empty() && leaves.len() as u64 == tile.width {
        return Ok(leaves);
    }
    Err(corrupt(
        &path,
        &format!("{} leaves", tile.width),
        &format!("{} and {} bytes", leaves.len(), rest.len()),
    ))
}

/// Reads the hashes of a tile.
pub(super) fn read_hashes(fs: &dyn Fs, tile: &TilePath) -> Result<Vec<Hash>> {
    let path = tile.path();
    let bytes = fs::read_whole(fs, &path, TILE_BYTES_MAX)?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    if rest.is_empty() && hashes.len() as u64 == tile.width {
        return Ok(hashes.to_vec());
    }
    Err(corrupt(&path, &format!("{} hashes", tile.width), &format!("{} bytes", bytes.len())))
}

pub(super) fn corrupt(path: &str, expected: &str, found: &str) -> Error {
    let (expected, found) = (expected.to_owned(), found.to_owned());
    Corruption { file: path.to_owned(), offset: 0, index: None, expected, found }.into()
}
