//! A data folder in memory that loses power: whatever was not synced may be dropped, torn or reordered, by seed.
//!
//! The model is that of a disk behind a cache: a write reaches it in 512-byte sectors, any subset of them; a length or
//! a name reaches it or not; a rename is atomic; a sync that fails leaves any subset and forgets the rest, while the
//! cache still shows it. Syncs can be ignored by site, to prove that each one is needed.

mod disk;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use disk::{Disk, FileId};

use super::{File, Fs, Mode, SyncSite};

/// A data folder on the crash model. Clones share it.
#[derive(Clone)]
pub struct CrashFs {
    disk: Arc<Mutex<Disk>>,
}

impl CrashFs {
    /// An empty folder; the seed decides what each crash leaves.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { disk: Arc::new(Mutex::new(Disk::new(seed))) }
    }

    /// Loses power and comes back: what survives is durable. Files that are open stay with the old life: drop them.
    pub fn crash(&self) {
        self.disk().crash();
    }

    /// Lets so many further changes or syncs through; the rest fail until `crash`.
    pub fn crash_after(&self, operations: u64) {
        self.disk().operations_left = Some(operations);
    }

    /// Has the power failed, by `crash_after`?
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.disk().operations_left == Some(0)
    }

    /// Makes every sync of a site do nothing, and say that all is well.
    pub fn ignore_sync(&self, site: SyncSite) {
        self.disk().ignored.push(site);
    }

    /// Makes the next sync of a site fail.
    pub fn fail_sync(&self, site: SyncSite) {
        self.disk().failing.push(site);
    }

    /// Limits how many bytes files may still grow by; nothing for no limit.
    pub fn set_free(&self, bytes: Option<u64>) {
        self.disk().free = bytes;
    }

    /// The paths of all files, sorted.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        self.disk().files()
    }

    /// Changes one byte of a file by exclusive or, behind everybody's back.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` past the end.
    pub fn flip(&self, path: &str, offset: u64, mask: u8) -> io::Result<()> {
        self.disk().flip(path, offset, mask)
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fs for CrashFs {
    fn open(&self, path: &str, mode: Mode) -> io::Result<Box<dyn File>> {
        let file = self.disk().open(path, mode)?;
        Ok(Box::new(CrashFile { disk: Arc::clone(&self.disk), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk().rename(from, to)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.disk().remove(path)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.disk().list(dir)
    }

    fn create_dir(&self, dir: &str) -> io::Result<()> {
        self.disk().create_dir(dir)
    }

    fn sync_dir(&self, dir: &str, site: SyncSite) -> io::Result<()> {
        self.disk().sync_dir(dir, site)
    }

    fn lock(&self, path: &str) -> io::Result<Box<dyn Send + Sync>> {
        self.open(path, Mode::Create)?;
        Ok(Box::new(()))
    }
}

struct CrashFile {
    disk: Arc<Mutex<Disk>>,
    file: FileId,
}

impl CrashFile {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl File for CrashFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk().content(self.file).len() as u64)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let disk = self.disk();
        let content = disk.content(self.file);
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
        let len = buf.len().min(content.len() - from);
        buf[..len].copy_from_slice(&content[from..from + len]);
        Ok(len)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk().write(self.file, offset as usize, bytes)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk().set_len(self.file, len as usize)
    }

    fn sync_data(&self, site: SyncSite) -> io::Result<()> {
        self.disk().sync_data(self.file, site)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(fs: &CrashFs, path: &str) -> io::Result<Vec<u8>> {
        let file = fs.open(path, Mode::Read)?;
        let mut bytes = vec![0; file.len()? as usize];
        file.read_at(0, &mut bytes)?;
        Ok(bytes)
    }

    fn outcomes(play: impl Fn(&CrashFs)) -> std::collections::BTreeSet<Option<Vec<u8>>> {
        let after_crash = |seed| {
            let fs = CrashFs::new(seed);
            play(&fs);
            fs.crash();
            content(&fs, "a").ok()
        };
        (0..200).map(after_crash).collect()
    }

    #[test]
    fn synced_bytes_under_a_synced_name_survive() {
        let all = outcomes(|fs| {
            let file = fs.open("a", Mode::Create).unwrap();
            file.write_at(0, b"kept").unwrap();
            file.sync_data(SyncSite::JournalGroup).unwrap();
            fs.sync_dir("", SyncSite::JournalFolder).unwrap();
        });
        assert_eq!(all, [Some(b"kept".to_vec())].into());
    }

    #[test]
    fn an_unsynced_name_or_sector_may_be_lost_or_kept() {
        let all = outcomes(|fs| {
            let file = fs.open("a", Mode::Create).unwrap();
            file.write_at(0, &[1; 1024]).unwrap();
        });
        let torn = [vec![0; 512], vec![1; 512]].concat();
        for expected in [None, Some(vec![]), Some(torn), Some(vec![1; 512]), Some(vec![1; 1024])] {
            assert!(all.contains(&expected), "{expected:?}");
        }
    }

    #[test]
    fn an_unsynced_rename_is_done_or_undone_but_never_half() {
        let all = outcomes(|fs| {
            for (name, byte) in [("a", 1), ("b", 2)] {
                let file = fs.open(name, Mode::Create).unwrap();
                file.write_at(0, &[byte]).unwrap();
                file.sync_data(SyncSite::Checkpoint).unwrap();
            }
            fs.sync_dir("", SyncSite::CheckpointFolder).unwrap();
            fs.rename("b", "a").unwrap();
        });
        assert_eq!(all, [Some(vec![1]), Some(vec![2])].into());
    }

    #[test]
    fn what_a_failed_sync_lost_a_later_sync_does_not_bring_back() {
        let all = outcomes(|fs| {
            let file = fs.open("a", Mode::Create).unwrap();
            fs.sync_dir("", SyncSite::JournalFolder).unwrap();
            file.write_at(0, b"x").unwrap();
            fs.fail_sync(SyncSite::JournalGroup);
            file.sync_data(SyncSite::JournalGroup).unwrap_err();
            assert_eq!(content(fs, "a").unwrap(), b"x");
            file.sync_data(SyncSite::JournalGroup).unwrap();
        });
        assert_eq!(all, [Some(vec![]), Some(b"x".to_vec())].into());
    }

    #[test]
    fn a_full_disk_takes_part_of_a_write() {
        let fs = CrashFs::new(0);
        let file = fs.open("a", Mode::Create).unwrap();
        fs.set_free(Some(3));
        assert_eq!(file.write_at(0, b"hello").unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(content(&fs, "a").unwrap(), b"hel");
        file.set_len(0).unwrap();
        file.write_at(0, b"abc").unwrap();
        fs.set_free(None);
        file.write_at(0, b"hello").unwrap();
    }
}
