//! The tiles' part of the check: leaves are those of the journal, hashes those of the leaves, the root the signed one.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::fs::{self, Fs};
use crate::note::Checkpoint;
use crate::tiles::{self, CHECKPOINT, Edge, Frozen, TILE_WIDTH, TILES, TileKind, TilePath, read_bundle};

use super::{Report, place};

/// Longest tile or bundle, in bytes.
const TILE_BYTES_MAX: u64 = 1 << 20;

/// Builds the tree again from the journal's leaves and compares every file under `tiles/` as it is completed.
pub(super) struct TreeCheck<'a> {
    frozen: Option<&'a Frozen>,
    checkpoint: Option<Checkpoint>,
    edge: Edge,
    /// Files not yet compared.
    files: BTreeSet<TilePath>,
    /// A leaf was neither in the journal nor in a bundle: nothing after it can be checked.
    lost: bool,
}

impl<'a> TreeCheck<'a> {
    pub fn new(
        fs: &dyn Fs,
        frozen: Option<&'a Frozen>,
        checkpoint: Option<Checkpoint>,
        report: &mut Report,
    ) -> Result<Self> {
        let (files, odd) = match frozen {
            Some(frozen) => (frozen.files.clone(), frozen.odd.clone()),
            None => names(fs)?,
        };
        for path in odd {
            report.problem(place(&path, 0, None, "a tile's name", "another one"));
        }
        let mut check = Self { frozen, checkpoint, edge: Edge::default(), files, lost: false };
        check.missing(report);
        Ok(check)
    }

    fn size(&self) -> u64 {
        self.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size)
    }

    /// Every tile of the checkpoint must be there.
    fn missing(&mut self, report: &mut Report) {
        let size = self.size();
        for kind in tiles::kinds(size) {
            let count = size >> (8 * kind.level());
            for index in 0..count.div_ceil(TILE_WIDTH) {
                let tile = TilePath::at(kind, index * TILE_WIDTH, size);
                if !self.files.contains(&tile) {
                    let expected = format!("a tile of the checkpoint of {size} leaves");
                    report.problem(place(&tile.path(), 0, None, &expected, "no such file"));
                }
            }
        }
    }

    /// Does an unreadable leaf matter to a tile?
    pub fn wants(&self, index: u64) -> bool {
        !self.lost && (index < self.size() || !self.files.is_empty())
    }

    /// Takes the next leaf; one that the journal has lost is taken from its bundle.
    pub fn leaf(
        &mut self,
        fs: &dyn Fs,
        index: u64,
        leaf: Option<Vec<u8>>,
        report: &mut Report,
    ) -> Result<()> {
        if self.lost {
            return Ok(());
        }
        let Some(leaf) = leaf.or_else(|| self.bundled(fs, index)) else {
            self.lost = true;
            let expected = "a leaf to build the tree with";
            report.problem(place(TILES, 0, Some(index), expected, "none in journal or bundle"));
            return Ok(());
        };
        for (path, bytes) in self.edge.push(leaf) {
            if let Some(tile) = TilePath::parse(&path) {
                self.compare(fs, tile, &bytes, report)?;
            }
        }
        match &self.checkpoint {
            Some(checkpoint)
                if checkpoint.size == self.edge.size() && checkpoint.root != self.edge.root() =>
            {
                let expected = format!("root {}", hex::encode(checkpoint.root));
                let found = format!("{} over the leaves", hex::encode(self.edge.root()));
                report.problem(place(CHECKPOINT, 0, Some(checkpoint.size), &expected, &found));
            }
            _ => {}
        }
        Ok(())
    }

    fn bundled(&self, fs: &dyn Fs, index: u64) -> Option<Vec<u8>> {
        let number = index / TILE_WIDTH;
        let widest =
            (1..=TILE_WIDTH).rev().map(|width| TilePath { kind: TileKind::Entries, index: number, width });
        let tile = widest.into_iter().find(|tile| self.files.contains(tile))?;
        let mut leaves = read_bundle(fs, &tile).ok()?;
        let at = (index % TILE_WIDTH) as usize;
        (at < leaves.len()).then(|| leaves.swap_remove(at))
    }

    /// Compares the files of a tile, also partial ones, with what it must hold: each is a beginning of it.
    fn compare(&mut self, fs: &dyn Fs, full: TilePath, bytes: &[u8], report: &mut Report) -> Result<()> {
        for width in 1..=full.width {
            let tile = TilePath { width, ..full };
            if !self.files.remove(&tile) {
                continue;
            }
            report.tiles += 1;
            let path = tile.path();
            let kept = self.frozen.and_then(|frozen| frozen.partial.get(&tile));
            let read =
                kept.map_or_else(|| fs::read_whole(fs, &path, TILE_BYTES_MAX), |kept| Ok(kept.clone()));
            let Some(found) = report.take(read, &path, None)? else { continue };
            let expected = &bytes[..beginning(tile, bytes)];
            if found != expected {
                let same = found.iter().zip(expected).take_while(|(a, b)| a == b).count();
                let (expected, found) = (crate::aead::sha256(expected), crate::aead::sha256(&found));
                let expected = format!("SHA-256 {}", hex::encode(expected));
                report.problem(place(&path, same as u64, None, &expected, &hex::encode(found)));
            }
        }
        Ok(())
    }

    /// Compares the partial files; what is left over holds more than the journal.
    pub fn finish(mut self, fs: &dyn Fs, report: &mut Report) -> Result<()> {
        if self.lost {
            return Ok(());
        }
        for (path, bytes) in self.edge.partial() {
            if let Some(tile) = TilePath::parse(&path) {
                self.compare(fs, tile, &bytes, report)?;
            }
        }
        let len = self.edge.size();
        for tile in &self.files {
            report.problem(place(
                &tile.path(),
                0,
                None,
                &format!("tiles of {len} entries"),
                "a tile of more",
            ));
        }
        if self.size() > len {
            let expected = format!("{} entries", self.size());
            report.problem(place(CHECKPOINT, 0, Some(len), &expected, &format!("{len} in the journal")));
        }
        Ok(())
    }
}

/// The names of all tiles, and of what is among them but none.
fn names(fs: &dyn Fs) -> Result<(BTreeSet<TilePath>, Vec<String>)> {
    let (mut files, mut odd) = (BTreeSet::new(), Vec::new());
    tiles::walk(fs, &mut |path, tile| {
        match tile {
            Some(tile) => {
                files.insert(tile);
            }
            None => odd.push(path.to_owned()),
        }
        Ok(())
    })?;
    Ok((files, odd))
}

/// How many bytes of a full tile a narrower one has.
fn beginning(tile: TilePath, bytes: &[u8]) -> usize {
    if tile.kind != TileKind::Entries {
        return tile.width as usize * 32;
    }
    let mut at = 0;
    for _ in 0..tile.width {
        let len = bytes.get(at..at + 2).map_or(0, |len| usize::from(u16::from_be_bytes([len[0], len[1]])));
        at += 2 + len;
    }
    at.min(bytes.len())
}
