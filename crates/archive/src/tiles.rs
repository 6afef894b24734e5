//! Integration: the journal's leaves become C2SP tlog-tiles under a signed checkpoint.
//!
//! Under `tiles/` lie `tile/<level>/<n>[.p/<width>]` and `tile/entries/<n>[.p/<width>]`, 256 wide; the signed note is
//! `checkpoint` in the data folder. Tiles follow from the journal: full ones are synced as they are written, partial ones
//! and folders when a checkpoint is about to commit to them; what lies beyond it at a start is written again. Their names alone say how many entries
//! had been durable ([`stored_len`]). The caller owns the clock: `integrate` within 1 s of an append, `checkpoint`
//! within 10 s.

mod edge;
mod frozen;
mod path;
mod reader;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::{Corruption, Doing, Error, Result};
use crate::fs::{self, File, Fs, Mode, SyncSite};
use crate::journal::Journal;
use crate::note::{Checkpoint, NOTE_BYTES_MAX, Signer, Verifier};

pub(crate) use edge::Edge;
pub(crate) use path::{kinds, partial_paths, walk};

pub use frozen::Frozen;
pub use path::{TileKind, TilePath};
pub use reader::{TileReader, read_bundle};

/// Hashes in a full tile, leaves in a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// The folder of tiles.
pub const TILES: &str = "tiles";
/// The signed checkpoint.
pub const CHECKPOINT: &str = "checkpoint";
/// Where a checkpoint is written before it takes its name.
pub const CHECKPOINT_TEMPORARY: &str = "checkpoint.tmp";

/// Writes tiles and checkpoints. One at a time for a data folder.
pub struct Integrator {
    fs: Arc<dyn Fs>,
    signer: Signer,
    edge: Edge,
    /// The last signed checkpoint and its note.
    signed: Option<(Checkpoint, String)>,
    /// Partial files written since, not yet durable.
    unsynced: BTreeSet<String>,
    /// Folders of files that are durable by now, but whose names may not be.
    unsynced_folders: BTreeSet<String>,
    /// Partial files there are: of the edge and of the signed checkpoint.
    partial: BTreeSet<String>,
    /// A sync failed: what was written since the checkpoint may be lost, whatever a later sync says.
    doubtful: bool,
    /// Sizes of checkpoints whose replacing failed: any of them may be the one in the folder.
    attempted: BTreeSet<u64>,
}

impl Integrator {
    /// Opens the tiles, checks their right edge against checkpoint and journal, and integrates what is behind.
    ///
    /// # Errors
    /// `Corruption` naming the file when the checkpoint's signature, the edge or the journal's leaves do not agree; `Io`.
    pub fn open(fs: Arc<dyn Fs>, journal: &dyn Journal, signer: Signer) -> Result<Self> {
        let signed = read_checkpoint(fs.as_ref(), &signer.verifier())?;
        let mut integrator = Self {
            fs,
            signer,
            edge: Edge::default(),
            signed,
            unsynced: BTreeSet::new(),
            unsynced_folders: BTreeSet::new(),
            partial: BTreeSet::new(),
            doubtful: true,
            attempted: BTreeSet::new(),
        };
        integrator.integrate(journal)?;
        Ok(integrator)
    }

    /// Goes back to the signed checkpoint, whose tiles are durable, and removes what lies beyond.
    fn restart(&mut self, journal: &dyn Journal) -> Result<()> {
        let edge = match &self.signed {
            None => Edge::default(),
            Some((checkpoint, _)) => {
                let edge = Edge::read(self.fs.as_ref(), checkpoint.size)?;
                check_edge(&edge, checkpoint, journal)?;
                edge
            }
        };
        self.partial = self.committed().flat_map(path::partial_paths).collect();
        self.edge = edge;
        self.unsynced.clear();
        self.unsynced_folders.clear();
        self.remove_beyond()?;
        self.doubtful = false;
        Ok(())
    }

    /// Leaves integrated.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The last signed checkpoint.
    #[must_use]
    pub fn signed(&self) -> Option<&Checkpoint> {
        self.signed.as_ref().map(|(checkpoint, _)| checkpoint)
    }

    /// The public key.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        self.signer.verifier()
    }

    /// The tree as it is signed now, for a check that goes on while the tree grows.
    ///
    /// # Errors
    /// `Io`.
    pub fn freeze(&self) -> Result<Frozen> {
        Frozen::take(self.fs.as_ref(), self.signed().map_or(0, |checkpoint| checkpoint.size))
    }

    /// Takes in the journal's new leaves and gives their number with the old. Not durable before `checkpoint`.
    ///
    /// # Errors
    /// As `Journal::read_from`; `Io`. What was taken in stays, the rest is taken in by the next call.
    pub fn integrate(&mut self, journal: &dyn Journal) -> Result<u64> {
        if self.doubtful {
            self.restart(journal)?;
        }
        while self.take_in(journal, TILE_WIDTH as usize)? {}
        self.write_partial()?;
        Ok(self.edge.size())
    }

    /// Takes in the leaves that the last bundle lacks, where there are so many; says whether there were. For the time
    /// between two calls of `integrate`, so that the second finds little to do.
    ///
    /// # Errors
    /// As `integrate`.
    pub fn advance(&mut self, journal: &dyn Journal) -> Result<bool> {
        let full = (self.edge.size() / TILE_WIDTH + 1) * TILE_WIDTH;
        if self.doubtful || journal.len() < full {
            return Ok(false);
        }
        // One page may hold less than is asked for.
        while self.edge.size() < full && self.take_in(journal, (full - self.edge.size()) as usize)? {}
        Ok(true)
    }

    /// Takes in some leaves, without what is partial; says whether there were any.
    fn take_in(&mut self, journal: &dyn Journal, leaves_max: usize) -> Result<bool> {
        let page = journal.leaves_from(self.edge.size(), leaves_max)?;
        if page.is_empty() {
            return Ok(false);
        }
        let mut edge = self.edge.clone();
        let full = page.into_iter().flat_map(|leaf| edge.push(leaf)).collect::<Vec<_>>();
        for (path, bytes) in full {
            if self.is_committed(&path) {
                continue;
            }
            let file = self.write(&path, &bytes)?;
            // At once, so that no checkpoint syncs hundreds of files in a row while others wait for the disk.
            self.doubtful = true;
            file.sync_data(SyncSite::Tiles).doing("sync", &path)?;
            self.doubtful = false;
            self.unsynced_folders.insert(fs::parent(&path).to_owned());
        }
        self.edge = edge;
        Ok(true)
    }

    /// Signs what is integrated; tiles, checkpoint and its name are durable on return. Without new leaves it gives the
    /// last one again; an empty log has none. After a failed sync it gives the last one until `integrate` has written
    /// the tiles again.
    ///
    /// # Errors
    /// `Io`; the last checkpoint stands then.
    pub fn checkpoint(&mut self) -> Result<Option<&Checkpoint>> {
        let size = self.edge.size();
        if self.doubtful || size == self.signed().map_or(0, |signed| signed.size) {
            return Ok(self.signed());
        }
        // Written again in case a call before this one failed between entries and edge.
        self.write_partial()?;
        self.sync_tiles().inspect_err(|_| self.doubtful = true)?;
        let checkpoint =
            Checkpoint { origin: self.signer.verifier().name().to_owned(), size, root: self.edge.root() };
        let note = self.signer.sign(&checkpoint.encode());
        self.attempted.insert(size);
        replace_checkpoint(self.fs.as_ref(), &note)?;
        self.attempted.clear();
        self.signed = Some((checkpoint, note));
        self.remove_superseded()?;
        Ok(self.signed())
    }

    /// Whether a checkpoint that may be the one in the folder commits to a full tile: it is durable, and stays as it is.
    fn is_committed(&self, path: &str) -> bool {
        let tile = TilePath::parse(path);
        tile.is_some_and(|tile| self.committed().any(|size| tile.belongs_to(size)))
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<Box<dyn File>> {
        let file = match self.fs.open(path, Mode::Create) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                create_folders(self.fs.as_ref(), fs::parent(path))?;
                self.fs.open(path, Mode::Create)
            }
            opened => opened,
        };
        let file = file.doing("create", path)?;
        file.write_at(0, bytes).doing("write", path)?;
        Ok(file)
    }

    fn write_partial(&mut self) -> Result<()> {
        for (path, bytes) in self.edge.partial() {
            if !self.partial.contains(&path) {
                self.write(&path, &bytes)?;
                self.unsynced.insert(path.clone());
                self.partial.insert(path);
            }
        }
        self.remove_superseded()
    }

    /// Removes partial files that neither the edge nor the signed checkpoint needs.
    fn remove_superseded(&mut self) -> Result<()> {
        let mut needed: BTreeSet<String> = self.edge.partial_paths().into_iter().collect();
        needed.extend(self.committed().flat_map(path::partial_paths));
        for path in self.partial.clone().difference(&needed) {
            remove_tile(self.fs.as_ref(), path)?;
            self.partial.remove(path);
            self.unsynced.remove(path);
        }
        Ok(())
    }

    /// Sizes that the checkpoint in the folder may have.
    fn committed(&self) -> impl Iterator<Item = u64> + '_ {
        self.attempted.iter().copied().chain(self.signed().map(|checkpoint| checkpoint.size))
    }

    /// After a crash there may be anything beyond the checkpoint: it follows from the journal and is written again.
    fn remove_beyond(&mut self) -> Result<()> {
        let mut beyond = Vec::new();
        path::walk(self.fs.as_ref(), &mut |path, tile| {
            if tile.is_some_and(|tile| !self.committed().any(|size| tile.belongs_to(size))) {
                beyond.push(path.to_owned());
            }
            Ok(())
        })?;
        beyond.iter().try_for_each(|path| remove_tile(self.fs.as_ref(), path))
    }

    fn sync_tiles(&mut self) -> Result<()> {
        for path in &self.unsynced {
            let file = self.fs.open(path, Mode::Write).doing("open", path)?;
            file.sync_data(SyncSite::Tiles).doing("sync", path)?;
        }
        let mut folders = BTreeSet::from([""]);
        for folder in self
            .unsynced
            .iter()
            .map(|path| fs::parent(path))
            .chain(self.unsynced_folders.iter().map(String::as_str))
        {
            let mut folder = folder;
            while !folder.is_empty() {
                folders.insert(folder);
                folder = fs::parent(folder);
            }
        }
        for folder in folders {
            self.fs.sync_dir(folder, SyncSite::TilesFolder).doing("sync", folder)?;
        }
        self.unsynced.clear();
        self.unsynced_folders.clear();
        Ok(())
    }
}

/// Reads and checks the signed checkpoint; nothing when there is none.
///
/// # Errors
/// `Corruption` when the key did not sign it; `Io`.
pub fn read_checkpoint(fs: &dyn Fs, verifier: &Verifier) -> Result<Option<(Checkpoint, String)>> {
    let note = match fs::read_whole(fs, CHECKPOINT, NOTE_BYTES_MAX as u64) {
        Err(error) if error.is_not_found() => return Ok(None),
        other => other?,
    };
    let checkpoint = open_checkpoint(&note, verifier)?;
    Ok(Some((checkpoint, String::from_utf8_lossy(&note).into_owned())))
}

/// Checks a signed checkpoint's bytes.
pub(crate) fn open_checkpoint(note: &[u8], verifier: &Verifier) -> Result<Checkpoint> {
    Checkpoint::open(note, verifier).map_err(|error| {
        let expected = format!("a checkpoint signed by {}", verifier.vkey());
        let file = CHECKPOINT.to_owned();
        Error::from(Corruption { file, offset: 0, index: None, expected, found: error.to_string() })
    })
}

/// How many entries had been durable, as the checkpoint and the names of bundles say: the floor for opening the journal
/// ([`crate::journal::Options`]). Reads names and one line, checks no signature.
///
/// # Errors
/// `Io`.
pub fn stored_len(fs: &dyn Fs) -> Result<u64> {
    let mut len = match fs::read_whole(fs, CHECKPOINT, NOTE_BYTES_MAX as u64) {
        Err(error) if error.is_not_found() => 0,
        other => Checkpoint::parse(&String::from_utf8_lossy(&other?)).map_or(0, |checkpoint| checkpoint.size),
    };
    path::walk(fs, &mut |_, tile| {
        if let Some(tile) = tile.filter(|tile| tile.kind == TileKind::Entries) {
            len = len.max(tile.index * TILE_WIDTH + tile.width);
        }
        Ok(())
    })?;
    Ok(len)
}

fn check_edge(edge: &Edge, checkpoint: &Checkpoint, journal: &dyn Journal) -> Result<()> {
    let corrupt = |expected: String, found: String| {
        let file = CHECKPOINT.to_owned();
        Err(Corruption { file, offset: 0, index: Some(checkpoint.size), expected, found }.into())
    };
    if edge.root() != checkpoint.root {
        return corrupt(
            format!("root {} of {} leaves", hex::encode(checkpoint.root), checkpoint.size),
            format!("tiles of root {}", hex::encode(edge.root())),
        );
    }
    if journal.len() < checkpoint.size {
        return corrupt(format!("{} entries", checkpoint.size), format!("{}", journal.len()));
    }
    let first = checkpoint.size - checkpoint.size % TILE_WIDTH;
    for (index, leaf) in (first..checkpoint.size).zip(edge.leaves()) {
        let entry = journal.read(index)?;
        if entry.leaf.encode() != *leaf {
            return corrupt(format!("the journal's leaf {index}"), "another one in the bundle".to_owned());
        }
    }
    Ok(())
}

fn replace_checkpoint(fs: &dyn Fs, note: &str) -> Result<()> {
    let file = fs.open(CHECKPOINT_TEMPORARY, Mode::Create).doing("create", CHECKPOINT_TEMPORARY)?;
    file.write_at(0, note.as_bytes()).doing("write", CHECKPOINT_TEMPORARY)?;
    file.sync_data(SyncSite::Checkpoint).doing("sync", CHECKPOINT_TEMPORARY)?;
    fs.rename(CHECKPOINT_TEMPORARY, CHECKPOINT).doing("rename", CHECKPOINT)?;
    fs.sync_dir("", SyncSite::CheckpointFolder).doing("sync", "the data folder")
}

/// Creates folders without syncing: `sync_tiles` does, before anybody relies on them.
fn create_folders(fs: &dyn Fs, dir: &str) -> Result<()> {
    if dir.is_empty() || fs.list(dir).is_ok() {
        return Ok(());
    }
    create_folders(fs, fs::parent(dir))?;
    fs.create_dir(dir).doing("create", dir)
}

fn remove_tile(fs: &dyn Fs, path: &str) -> Result<()> {
    match fs.remove(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        other => other.doing("remove", path)?,
    }
    let folder = fs::parent(path);
    if folder.ends_with(".p") && fs::list(fs, folder)?.is_empty() {
        fs.remove(folder).doing("remove", folder)?;
    }
    Ok(())
}
