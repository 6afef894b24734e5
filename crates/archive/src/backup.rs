//! Backup of a data folder that may be in use, to a folder that always holds one whole backup; and its restoring.
//!
//! A backup is the log at a signed checkpoint. All that the checkpoint covers had been durable and is never changed again,
//! except that content may be destroyed; so it can be read beside the process that writes the log. Keys go to a folder
//! of their own: whoever has them beside the log can read what was erased meanwhile, so they are kept for a short time.
//!
//! ```text
//! <log folder>/   manifest  lock  journal/…seg  tiles/…  media/…  checkpoint@7
//! <keys folder>/  manifest  lock  keys.db@7
//! ```
//! No byte that the manifest in place covers is ever overwritten: a file is added, or continued behind its end, or
//! stored anew under the number of the backup. Then everything is verified, and a new manifest takes the old one's name.

mod manifest;
mod restore;
mod view;

use std::collections::BTreeSet;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::aead::{Key, sha256};
use crate::blob::{BlobRef, MEDIA};
use crate::error::{Corruption, Doing, Error, Result};
use crate::fs::{self, File, Fs, Mode, SyncSite};
use crate::journal::{self, JOURNAL, Start};
use crate::keys::{self, KeyTable};
use crate::note::{Checkpoint, Verifier};
use crate::tiles::{self, CHECKPOINT, TILE_WIDTH, TILES, TilePath, TileReader};
use crate::tree;
use crate::verify::{self, Means, Report};

use manifest::{MANIFEST_TEMPORARY, Stored};
use view::View;

pub use manifest::{Holds, MANIFEST, Manifest};
pub(crate) use restore::check_restored;
pub use restore::{Restored, restore};

/// The key table's path in a data folder.
pub const KEYS: &str = "keys.db";
/// Held in a backup's folder while somebody writes to it.
const LOCK: &str = "lock";
/// A folder that some file systems have at their root.
const LOST_AND_FOUND: &str = "lost+found/";
/// How often a backup begins anew because something was erased or a checkpoint replaced while it was read.
const ATTEMPTS_MAX: usize = 5;
/// Bytes copied at once.
const COPY_BYTES: usize = 1 << 20;
/// Longest tile or bundle, in bytes.
const TILE_BYTES_MAX: u64 = 1 << 20;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Entries are copied.
    Log,
    /// Media files are copied.
    Media,
    /// Key slots are copied.
    Keys,
    /// Entries are verified.
    Verify,
}

/// How far it is: the step, how much of it is done, and how much there is.
pub type Progress<'a> = &'a mut dyn FnMut(Step, u64, u64);

/// From where a backup is taken, and to where.
#[derive(Clone, Copy)]
pub struct Folders<'a> {
    /// The data folder.
    pub data: &'a dyn Fs,
    /// The log's backup.
    pub log: &'a dyn Fs,
    /// The keys' copy; nothing to leave the keys to somebody else.
    pub keys: Option<&'a dyn Fs>,
}

/// What a backup is made and restored with.
#[derive(Clone, Copy)]
pub struct With<'a> {
    /// The log's public key.
    pub verifier: &'a Verifier,
    /// The deployment key's part that opens the key table.
    pub deployment: &'a Key,
    /// Whether every byte is read again and checked before the backup counts.
    pub verify: bool,
    /// The time.
    pub now: Timestamp,
}

/// A finished backup.
#[derive(Clone, Debug)]
pub struct Taken {
    /// What the folder holds now.
    pub manifest: Manifest,
    /// Bytes that were new.
    pub new_bytes: u64,
    /// The check, where one was asked for.
    pub report: Option<Report>,
}

/// What somebody sees of a data folder that he does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Entries shown: all that were durable, and perhaps a group that is being written.
    pub entries: u64,
    /// Entries under the signed checkpoint: what a backup taken now would hold.
    pub signed: u64,
    /// Whether a process has the folder open, and so will sign the rest.
    pub in_use: bool,
}

/// Looks at a data folder from outside.
///
/// # Errors
/// `Corruption` when the key did not sign the checkpoint; `Io`.
pub fn standing(data: &dyn Fs, verifier: &Verifier) -> Result<Standing> {
    let entries = journal::shown_len(data)?;
    let signed = tiles::read_checkpoint(data, verifier)?.map_or(0, |(checkpoint, _)| checkpoint.size);
    Ok(Standing { entries, signed, in_use: journal::is_open(data)? })
}

/// Takes a backup at the signed checkpoint. On any failure the folders hold the backup that they held before.
///
/// # Errors
/// `Corruption` naming the place when the data folder is damaged or the backup does not verify; `InUse` when another backup
/// runs; `Invalid` when a folder is not empty and no backup of this log, or of another history of it; `Io`.
pub fn take(folders: Folders<'_>, with: With<'_>, progress: Progress<'_>) -> Result<Taken> {
    let (_lock, old) = begin(folders.log, Holds::Log, with)?;
    let _keys_lock = folders.keys.map(|keys| begin(keys, Holds::Keys, with)).transpose()?;
    let mut again = ATTEMPTS_MAX;
    loop {
        again -= 1;
        match attempt(folders, &old, with, progress) {
            // A media file or a tile was there when its name was read: its entry was erased, or a checkpoint replaced.
            Err(error) if error.is_not_found() && again > 0 => {}
            other => return other,
        }
    }
}

/// Locks a folder and reads its manifest; a folder that has none becomes an unfinished backup.
fn begin(fs: &dyn Fs, holds: Holds, with: With<'_>) -> Result<(Box<dyn Send + Sync>, Manifest)> {
    let there = fs::list(fs, "")?;
    let log = with.verifier.name();
    let old = Manifest::read(fs, holds)?;
    // What a first backup leaves that ended before it could write its manifest, and what some file systems have.
    let fresh = |name: &&String| matches!(name.as_str(), LOCK | MANIFEST_TEMPORARY | LOST_AND_FOUND);
    if old.is_none()
        && let Some(name) = there.iter().find(|name| !fresh(name))
    {
        let what = format!("the backup's folder has no {MANIFEST} but {name}: give an empty folder");
        return Err(Error::Invalid(what));
    }
    if let Some(old) = old.as_ref().filter(|old| old.log != log) {
        let what =
            format!("the folder is a backup of the log {}, not of {log}: give another folder", old.log);
        return Err(Error::Invalid(what));
    }
    let lock = match fs.lock(LOCK) {
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
            return Err(Error::InUse("the backup's folder".to_owned()));
        }
        other => other.doing("lock", LOCK)?,
    };
    match old {
        Some(old) => Ok((lock, old)),
        None => {
            let empty = Manifest::empty(holds, log, with.now);
            empty.publish(fs)?;
            Ok((lock, empty))
        }
    }
}

fn attempt(folders: Folders<'_>, old: &Manifest, with: With<'_>, progress: Progress<'_>) -> Result<Taken> {
    let head = Head::read(folders.data, with.verifier)?;
    if head.checkpoint.size < old.size {
        let what = format!(
            "the log has {} signed entries, the backup {}: the log was set back; back up into another folder",
            head.checkpoint.size, old.size
        );
        return Err(Error::Invalid(what));
    }
    let mut new = Manifest::empty(Holds::Log, &old.log, with.now);
    (new.generation, new.size, new.root) = (old.generation + 1, head.checkpoint.size, head.checkpoint.root);
    let mut copy = Copy::new(folders.data, folders.log, old, new);
    let blobs = copy.journal(progress)?;
    copy.tiles(&head)?;
    copy.media(&blobs, progress)?;
    copy.put(CHECKPOINT, head.note.as_bytes())?;
    let (manifest, mut new_bytes) = copy.finish()?;
    check_history(&View { fs: folders.log, manifest: &manifest }, old, &manifest)?;
    let keys = match folders.keys {
        Some(to) => Some((to, copy_keys(folders.data, to, &manifest, progress)?)),
        None => None,
    };
    let report = if with.verify {
        Some(check(folders.log, &manifest, keys.as_ref().map(|(fs, keys)| (*fs, keys)), with, progress)?)
    } else {
        None
    };
    if let Some(problem) = report.as_ref().and_then(|report| report.problems.first()) {
        return Err(problem.clone().into());
    }
    // Keys first: those of a later backup open an earlier one, and never the other way round.
    if let Some((fs, keys)) = &keys {
        keys.publish(*fs)?;
        sweep(*fs, keys)?;
        new_bytes += keys.slots * keys::SLOT_BYTES;
    }
    manifest.publish(folders.log)?;
    sweep(folders.log, &manifest)?;
    Ok(Taken { manifest, new_bytes, report })
}

/// A signed checkpoint and the files of its edge, which a later checkpoint removes.
struct Head {
    checkpoint: Checkpoint,
    note: String,
    partial: Vec<(String, Vec<u8>)>,
}

impl Head {
    fn read(data: &dyn Fs, verifier: &Verifier) -> Result<Self> {
        let Some((checkpoint, note)) = tiles::read_checkpoint(data, verifier)? else {
            return Err(Error::Invalid("the log has no signed checkpoint yet: start the server".to_owned()));
        };
        let mut partial = Vec::new();
        for path in tiles::partial_paths(checkpoint.size) {
            let bytes = fs::read_whole(data, &path, TILE_BYTES_MAX)?;
            partial.push((path, bytes));
        }
        Ok(Self { checkpoint, note, partial })
    }
}

/// Fills a backup's folder beside the backup that it holds.
struct Copy<'a> {
    from: &'a dyn Fs,
    to: &'a dyn Fs,
    old: &'a Manifest,
    new: Manifest,
    folders: BTreeSet<String>,
    new_bytes: u64,
}

impl<'a> Copy<'a> {
    fn new(from: &'a dyn Fs, to: &'a dyn Fs, old: &'a Manifest, new: Manifest) -> Self {
        Self { from, to, old, new, folders: BTreeSet::new(), new_bytes: 0 }
    }

    /// Copies the segments up to the checkpoint; gives the media files that their entries name.
    fn journal(&mut self, progress: Progress<'_>) -> Result<Vec<BlobRef>> {
        let size = self.new.size;
        let firsts = journal::list_segments(self.from)?;
        let firsts: Vec<u64> = firsts.into_iter().filter(|first| *first < size).collect();
        let mut start = Start { first: 0, previous_crc: 0, group: 0 };
        let mut blobs = Vec::new();
        for (at, first) in firsts.iter().enumerate() {
            if *first != start.first {
                return Err(gap(start.first, *first));
            }
            let cut = journal::cut(self.from, start, firsts.get(at + 1).copied().unwrap_or(size))?;
            self.put(&journal::segment_path(*first), &cut.bytes)?;
            self.new.slots = self.new.slots.max(cut.key_slot_max + 1);
            blobs.extend(cut.blobs);
            start = cut.next;
            progress(Step::Log, start.first.min(size), size);
        }
        if start.first < size {
            return Err(gap(start.first, size));
        }
        self.new.entries = start.first;
        self.new.slots = self.new.slots.max(1);
        Ok(blobs)
    }

    /// Copies full tiles, and those of the edge as they were when the checkpoint was read.
    fn tiles(&mut self, head: &Head) -> Result<()> {
        let size = self.new.size;
        for kind in tiles::kinds(size) {
            for index in 0..(size >> (8 * kind.level())) / TILE_WIDTH {
                let path = TilePath { kind, index, width: TILE_WIDTH }.path();
                if !self.keep(&path) {
                    let bytes = fs::read_whole(self.from, &path, TILE_BYTES_MAX)?;
                    self.put(&path, &bytes)?;
                }
            }
        }
        head.partial.iter().try_for_each(|(path, bytes)| self.put(path, bytes))
    }

    fn media(&mut self, blobs: &[BlobRef], progress: Progress<'_>) -> Result<()> {
        for (at, blob) in blobs.iter().enumerate() {
            let path = blob.path();
            if !self.keep(&path) && !self.new.files.contains_key(&path) {
                let stored = self.stream(&path)?;
                if stored.sha256 != blob.sha256 {
                    let (expected, found) = (hex::encode(blob.sha256), hex::encode(stored.sha256));
                    return Err(Corruption { file: path, offset: 0, index: None, expected, found }.into());
                }
                self.new.files.insert(path, stored);
            }
            progress(Step::Media, at as u64 + 1, blobs.len() as u64);
        }
        Ok(())
    }

    /// Takes over a file that never changes once it has its name.
    fn keep(&mut self, path: &str) -> bool {
        let Some(stored) = self.old.files.get(path) else { return false };
        self.new.files.insert(path.to_owned(), stored.clone());
        true
    }

    /// Stores bytes under a path: kept when they are the same, continued when they begin the same, else stored anew.
    fn put(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let len = bytes.len() as u64;
        let begins = |old: &&Stored| old.bytes <= len && sha256(&bytes[..old.bytes as usize]) == old.sha256;
        let (file, from) = match self.old.files.get(path) {
            Some(old) if begins(&old) => (old.file.clone(), old.bytes),
            Some(_) => (self.new.fresh_name(path), 0),
            None => (self.first_name(path), 0),
        };
        if from < len || from == 0 {
            let opened = self.create(&file, if from > 0 { Mode::Write } else { Mode::Create })?;
            // Behind the old end there may be what an interrupted backup left.
            opened.set_len(from).doing("cut", &file)?;
            opened.write_at(from, &bytes[from as usize..]).doing("write", &file)?;
            opened.sync_data(SyncSite::Backup).doing("sync", &file)?;
            self.new_bytes += len - from;
        }
        self.new.files.insert(path.to_owned(), Stored { sha256: sha256(bytes), bytes: len, file });
        Ok(())
    }

    /// The checkpoint is another one each time; what grows or stays has its plain name.
    fn first_name(&self, path: &str) -> String {
        if path == CHECKPOINT { self.new.fresh_name(path) } else { path.to_owned() }
    }

    fn create(&mut self, file: &str, mode: Mode) -> Result<Box<dyn File>> {
        let folder = fs::parent(file);
        if self.folders.insert(folder.to_owned()) {
            fs::create_dirs(self.to, folder, SyncSite::BackupFolder)?;
        }
        self.to.open(file, mode).doing("create", file)
    }

    fn stream(&mut self, path: &str) -> Result<Stored> {
        let from = self.from.open(path, Mode::Read).doing("open", path)?;
        let to = self.create(path, Mode::Create)?;
        let stored = copy_file((from.as_ref(), path), (to.as_ref(), path), u64::MAX)?;
        self.new_bytes += stored.bytes;
        Ok(stored)
    }

    /// Makes the names durable.
    fn finish(self) -> Result<(Manifest, u64)> {
        for folder in &self.folders {
            self.to.sync_dir(folder, SyncSite::BackupFolder).doing("sync", folder)?;
        }
        Ok((self.new, self.new_bytes))
    }
}

/// Copies up to so many bytes of a file, durably.
fn copy_file(from: (&dyn File, &str), to: (&dyn File, &str), bytes_max: u64) -> Result<Stored> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; COPY_BYTES];
    let mut done = 0;
    while done < bytes_max {
        let len = buffer.len().min(usize::try_from(bytes_max - done).unwrap_or(usize::MAX));
        let read = from.0.read_at(done, &mut buffer[..len]).doing("read", from.1)?;
        to.0.write_at(done, &buffer[..read]).doing("write", to.1)?;
        hasher.update(&buffer[..read]);
        done += read as u64;
        if read < len {
            break;
        }
    }
    to.0.sync_data(SyncSite::Backup).doing("sync", to.1)?;
    Ok(Stored { sha256: hasher.finalize().into(), bytes: done, file: to.1.to_owned() })
}

/// Copies the slots that the entries of a backup need: no key more.
fn copy_keys(data: &dyn Fs, to: &dyn Fs, log: &Manifest, progress: Progress<'_>) -> Result<Manifest> {
    let old = Manifest::read(to, Holds::Keys)?;
    let mut new = Manifest::empty(Holds::Keys, &log.log, log.made);
    new.generation = old.map_or(0, |old| old.generation) + 1;
    (new.entries, new.size, new.root, new.slots) = (log.entries, log.size, log.root, log.slots);
    let name = new.fresh_name(KEYS);
    let file = to.open(&name, Mode::Create).doing("create", &name)?;
    let (mut hasher, mut done) = (Sha256::new(), 0);
    keys::read_slots(data, KEYS, log.slots, &mut |slots| {
        file.write_at(done, slots).doing("write", &name)?;
        hasher.update(slots);
        done += slots.len() as u64;
        progress(Step::Keys, done / keys::SLOT_BYTES, log.slots);
        Ok(())
    })?;
    file.sync_data(SyncSite::Backup).doing("sync", &name)?;
    to.sync_dir("", SyncSite::BackupFolder).doing("sync", "the keys' folder")?;
    let stored = Stored { sha256: hasher.finalize().into(), bytes: done, file: name };
    new.files.insert(KEYS.to_owned(), stored);
    Ok(new)
}

/// The backup before must be a beginning of this one; else it is the only copy of another history.
fn check_history(view: &View<'_>, old: &Manifest, new: &Manifest) -> Result<()> {
    if old.size == 0 || tree::root(old.size, &mut TileReader::new(view, new.size))? == old.root {
        return Ok(());
    }
    let what = format!(
        "the {} entries of the backup are not those that the log begins with: back up into another folder",
        old.size
    );
    Err(Error::Invalid(what))
}

/// Checks a backup as a data folder; with its keys every entry is opened.
fn check(
    log: &dyn Fs,
    manifest: &Manifest,
    keys: Option<(&dyn Fs, &Manifest)>,
    with: With<'_>,
    progress: Progress<'_>,
) -> Result<Report> {
    let view = View { fs: log, manifest };
    let keys_view = keys.map(|(fs, manifest)| View { fs, manifest });
    let keys_fs = keys_view.as_ref().map(|view| view as &dyn Fs);
    let table = match keys_fs {
        Some(fs) => Some(KeyTable::open_to_read(fs, KEYS, with.deployment.clone())?),
        None => None,
    };
    let means = Means {
        frozen: None,
        verifier: Some(with.verifier),
        keys: keys_fs.map(|fs| (fs, KEYS)),
        deployment: Some(with.deployment),
        table: table.as_ref(),
    };
    let mut shown = |done| progress(Step::Verify, done, manifest.entries);
    verify::verify(&view, means, &mut shown)
}

/// Removes what the manifest in place does not name: older generations, superseded tiles, media of erased entries, and
/// what an interrupted backup left. Keys are overwritten first, as far as the device lets it.
fn sweep(fs: &dyn Fs, manifest: &Manifest) -> Result<()> {
    let named: BTreeSet<&str> = manifest.files.values().map(|stored| stored.file.as_str()).collect();
    let mut stale = Vec::new();
    for name in fs::list(fs, "")? {
        if let Some(folder) = name.strip_suffix('/') {
            if [JOURNAL, TILES, MEDIA].contains(&folder) {
                find_stale(fs, folder, &named, &mut stale)?;
            }
        } else if name.starts_with("checkpoint@") || name.starts_with("keys.db@") {
            stale.extend((!named.contains(name.as_str())).then_some(name));
        }
    }
    for path in stale {
        if manifest.holds == Holds::Keys {
            overwrite(fs, &path)?;
        }
        fs.remove(&path).doing("remove", &path)?;
        let folder = fs::parent(&path);
        if folder.ends_with(".p") && fs::list(fs, folder)?.is_empty() {
            fs.remove(folder).doing("remove", folder)?;
        }
    }
    Ok(())
}

fn overwrite(fs: &dyn Fs, path: &str) -> Result<()> {
    let file = fs.open(path, Mode::Write).doing("open", path)?;
    let len = file.len().doing("measure", path)?;
    let zeros = vec![0; COPY_BYTES];
    for at in (0..len).step_by(COPY_BYTES) {
        let piece = zeros.len().min(usize::try_from(len - at).unwrap_or(usize::MAX));
        file.write_at(at, &zeros[..piece]).doing("overwrite", path)?;
    }
    file.sync_data(SyncSite::Backup).doing("sync", path)
}

fn find_stale(fs: &dyn Fs, folder: &str, named: &BTreeSet<&str>, stale: &mut Vec<String>) -> Result<()> {
    for name in fs::list(fs, folder)? {
        let path = format!("{folder}/{name}");
        match path.strip_suffix('/') {
            Some(folder) => find_stale(fs, folder, named, stale)?,
            None => stale.extend((!named.contains(path.as_str())).then_some(path)),
        }
    }
    Ok(())
}

fn gap(len: u64, next: u64) -> Error {
    let (expected, found) = (format!("entry {len}"), format!("a segment from {next}"));
    Corruption { file: JOURNAL.to_owned(), offset: 0, index: Some(len), expected, found }.into()
}
