//! The one seam for file I/O: journal, keys, tiles, checkpoint and media go through `Fs`.

#[cfg(any(test, feature = "crash"))]
pub mod crash;
mod real;

use std::io;

use crate::error::{Doing, Error, Result};

pub use real::RealFs;

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// An existing file, for reading only.
    Read,
    /// An existing file, for reading and writing.
    Write,
    /// A new or emptied file, for reading and writing.
    Create,
}

/// One data folder. Paths are relative, `/`-separated; nothing is durable before the sync that names it.
pub trait Fs: Send + Sync {
    /// Opens or creates a file.
    ///
    /// # Errors
    /// `NotFound` for an absent file unless `Mode::Create`; whatever the file system refuses.
    fn open(&self, path: &str, mode: Mode) -> io::Result<Box<dyn File>>;
    /// Renames, replacing the target. Durable after `sync_dir` of the target's folder.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file or an empty folder. Durable after `sync_dir` of its folder.
    ///
    /// # Errors
    /// `NotFound`, a folder that is not empty, whatever the file system refuses.
    fn remove(&self, path: &str) -> io::Result<()>;
    /// Lists names in a folder, sorted; a folder's name ends in `/`. The root is the empty path.
    ///
    /// # Errors
    /// `NotFound`, whatever the file system refuses.
    fn list(&self, dir: &str) -> io::Result<Vec<String>>;
    /// Creates one folder; an existing one is fine. Durable after `sync_dir` of its parent.
    ///
    /// # Errors
    /// `NotFound` without the parent, whatever the file system refuses.
    fn create_dir(&self, dir: &str) -> io::Result<()>;
    /// Makes a folder's entries durable: files created, renamed and removed in it.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    fn sync_dir(&self, dir: &str, site: SyncSite) -> io::Result<()>;
    /// Takes an exclusive lock on a file, created when absent, held until the value is dropped.
    ///
    /// # Errors
    /// `WouldBlock` when another process holds it.
    fn lock(&self, path: &str) -> io::Result<Box<dyn Send + Sync>>;
}

/// An open file with positioned reads and writes.
pub trait File: Send + Sync {
    /// The length in bytes.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    fn len(&self) -> io::Result<u64>;
    /// Is it empty?
    ///
    /// # Errors
    /// As `len`.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
    /// Reads up to `buf.len()` bytes at `offset`; fewer only at the end of the file.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;
    /// Writes all bytes at `offset`, extending the file. Durable after `sync_data`.
    ///
    /// # Errors
    /// `StorageFull` with some of the bytes written, whatever the file system refuses.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Cuts or extends with zeros. Durable after `sync_data`.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Makes content and length durable (`fdatasync`).
    ///
    /// # Errors
    /// After a failure nothing that was not yet durable may be believed, nor synced again.
    fn sync_data(&self, site: SyncSite) -> io::Result<()>;
}

/// Why a sync is there. Each one is needed: leaving any out loses something in the crash test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SyncSite {
    /// A group of entries, before its appends are answered.
    JournalGroup,
    /// The names of segments and of the journal's folder.
    JournalFolder,
    /// An entry's content overwritten.
    JournalDestroy,
    /// New keys, before one is used.
    Keys,
    /// The key table's name.
    KeysFolder,
    /// A key overwritten.
    KeysDestroy,
    /// Tiles and bundles, before a checkpoint commits to them.
    Tiles,
    /// Names of tiles and their folders, before a checkpoint commits to them.
    TilesFolder,
    /// A checkpoint, before it takes its name.
    Checkpoint,
    /// The checkpoint's name, before it is shown to anybody.
    CheckpointFolder,
    /// A media file, before an entry names it.
    Media,
    /// A media file's name.
    MediaFolder,
    /// A file of a backup, before a manifest names it, and the manifest before it takes its name.
    Backup,
    /// Names of a backup's files, and its manifest's.
    BackupFolder,
}

impl SyncSite {
    /// Every site of a data folder.
    pub const ALL: &'static [Self] = &[
        Self::JournalGroup,
        Self::JournalFolder,
        Self::JournalDestroy,
        Self::Keys,
        Self::KeysFolder,
        Self::KeysDestroy,
        Self::Tiles,
        Self::TilesFolder,
        Self::Checkpoint,
        Self::CheckpointFolder,
        Self::Media,
        Self::MediaFolder,
    ];

    /// Every site of a backup.
    pub const BACKUP: &'static [Self] = &[Self::Backup, Self::BackupFolder];
}

/// The folder part of a path; the root is the empty path.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// Reads a whole file of at most `bytes_max`.
///
/// # Errors
/// `Invalid` when it is longer; as `Fs::open` and `File::read_at`.
pub(crate) fn read_whole(fs: &dyn Fs, path: &str, bytes_max: u64) -> Result<Vec<u8>> {
    let file = fs.open(path, Mode::Read).doing("open", path)?;
    let len = file.len().doing("measure", path)?;
    if len > bytes_max {
        return Err(Error::Invalid(format!("{path} has {len} bytes, more than {bytes_max}")));
    }
    read_range(file.as_ref(), path, 0, usize::try_from(len).unwrap_or(usize::MAX))
}

/// Reads exactly `len` bytes at `offset`.
///
/// # Errors
/// An `Io` error of kind `UnexpectedEof` when the file ends before.
pub(crate) fn read_range(file: &dyn File, path: &str, offset: u64, len: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    let read = file.read_at(offset, &mut bytes).doing("read", path)?;
    if read < len {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof)).doing("read", path);
    }
    Ok(bytes)
}

/// Lists a folder, an absent one being empty.
pub(crate) fn list(fs: &dyn Fs, dir: &str) -> Result<Vec<String>> {
    match fs.list(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other.doing("list", dir),
    }
}

/// Creates a folder and its parents, and makes the name of each durable, also of those that exist: whoever made them
/// may have died before its sync.
pub(crate) fn create_dirs(fs: &dyn Fs, dir: &str, site: SyncSite) -> Result<()> {
    if dir.is_empty() {
        return Ok(());
    }
    create_dirs(fs, parent(dir), site)?;
    fs.create_dir(dir).doing("create", dir)?;
    fs.sync_dir(parent(dir), site).doing("sync", parent(dir))
}
