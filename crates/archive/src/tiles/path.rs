//! Names of tiles (C2SP tlog-tiles): `tile/0/x001/x234/067`, `tile/entries/000.p/17`.

use crate::error::Result;
use crate::fs::{self, Fs};

use super::{TILE_WIDTH, TILES};

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Leaves.
    Entries,
    /// Hashes of complete subtrees of 256^level leaves; level 0 to 7.
    Hashes(u8),
}

/// A tile's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    /// What it holds.
    pub kind: TileKind,
    /// Its number in its level.
    pub index: u64,
    /// How many of 256 places are filled; 256 is a full one.
    pub width: u64,
}

impl TilePath {
    /// The tile of a level that holds position `at`, in a tree of `size` leaves.
    #[must_use]
    pub fn at(kind: TileKind, at: u64, size: u64) -> Self {
        let index = at / TILE_WIDTH;
        let count = size >> (8 * kind.level());
        Self { kind, index, width: (count - (index * TILE_WIDTH).min(count)).min(TILE_WIDTH) }
    }

    /// The path in the data folder.
    #[must_use]
    pub fn path(&self) -> String {
        let kind = match self.kind {
            TileKind::Entries => "entries".to_owned(),
            TileKind::Hashes(level) => level.to_string(),
        };
        let mut number = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            number = format!("x{:03}/{number}", rest % 1000);
            rest /= 1000;
        }
        let part = if self.width < TILE_WIDTH { format!(".p/{}", self.width) } else { String::new() };
        format!("{TILES}/tile/{kind}/{number}{part}")
    }

    /// Reads a path that `path` writes.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let rest = path.strip_prefix(TILES)?.strip_prefix("/tile/")?;
        let (kind, number) = rest.split_once('/')?;
        let (number, width) = match number.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok()?),
            None => (number, TILE_WIDTH),
        };
        let kind = if kind == "entries" { TileKind::Entries } else { TileKind::Hashes(kind.parse().ok()?) };
        let digits = number.split('/').map(|group| group.trim_start_matches('x')).collect::<String>();
        let tile = Self { kind, index: digits.parse().ok()?, width };
        (width > 0 && kind.level() < 8 && tile.path() == path).then_some(tile)
    }

    /// Is this one of the files that a tree of `size` leaves has: each full tile, and the partial ones of its edge?
    #[must_use]
    pub fn belongs_to(&self, size: u64) -> bool {
        let count = size >> (8 * self.kind.level());
        let filled = count - (self.index.saturating_mul(TILE_WIDTH)).min(count);
        if self.width == TILE_WIDTH { filled >= TILE_WIDTH } else { filled == self.width }
    }
}

impl TileKind {
    /// The level in tiles: a place stands for 256^level leaves.
    #[must_use]
    pub fn level(self) -> u32 {
        match self {
            Self::Entries => 0,
            Self::Hashes(level) => u32::from(level),
        }
    }
}

/// The partial files of a tree of `size` leaves.
pub(crate) fn partial_paths(size: u64) -> Vec<String> {
    kinds(size)
        .filter_map(|kind| {
            let count = size >> (8 * kind.level());
            let tile = TilePath { kind, index: count / TILE_WIDTH, width: count % TILE_WIDTH };
            (tile.width > 0).then(|| tile.path())
        })
        .collect()
}

/// The kinds of tile that a tree of `size` leaves has.
pub(crate) fn kinds(size: u64) -> impl Iterator<Item = TileKind> {
    let levels = (0..8u8).filter(move |level| size >> (8 * level) > 0);
    std::iter::once(TileKind::Entries).filter(move |_| size > 0).chain(levels.map(TileKind::Hashes))
}

/// Shows each file under `tiles/` with what its name says.
pub(crate) fn walk(fs: &dyn Fs, visit: &mut dyn FnMut(&str, Option<TilePath>) -> Result<()>) -> Result<()> {
    walk_folder(fs, TILES, visit)
}

fn walk_folder(
    fs: &dyn Fs,
    folder: &str,
    visit: &mut dyn FnMut(&str, Option<TilePath>) -> Result<()>,
) -> Result<()> {
    for name in fs::list(fs, folder)? {
        match name.strip_suffix('/') {
            Some(name) => walk_folder(fs, &format!("{folder}/{name}"), visit)?,
            None => {
                let path = format!("{folder}/{name}");
                visit(&path, TilePath::parse(&path))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_those_of_the_specification() {
        let name = |kind, index, width| TilePath { kind, index, width }.path();
        assert_eq!(name(TileKind::Hashes(0), 1_234_067, 256), "tiles/tile/0/x001/x234/067");
        assert_eq!(name(TileKind::Entries, 0, 17), "tiles/tile/entries/000.p/17");
        assert_eq!(name(TileKind::Hashes(2), 1000, 1), "tiles/tile/2/x001/000.p/1");
        for wrong in
            ["tiles/tile/8/000", "tiles/tile/0/0", "tiles/tile/0/000.p/256", "tiles/tile/0/000.p/0", "x"]
        {
            assert_eq!(TilePath::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_name_reads_back(level in 0u8..8, index in 0u64..1 << 40, width in 1u64..=256, entries: bool) {
            let kind = if entries { TileKind::Entries } else { TileKind::Hashes(level) };
            let tile = TilePath { kind, index, width };
            prop_assert_eq!(TilePath::parse(&tile.path()), Some(tile));
        }

        #[test]
        fn no_path_makes_parse_panic(path in "tiles/tile/[0-9a-z]{0,3}/[x0-9./p]{0,24}") {
            let _ = TilePath::parse(&path);
        }
    }
}
