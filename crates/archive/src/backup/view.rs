//! Other faces of a folder: a backup read as the data folder that it holds, and a folder inside a folder.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use super::Manifest;
use crate::fs::{File, Fs, Mode, SyncSite};

/// A backup as the data folder that it holds, for reading only.
pub(super) struct View<'a> {
    pub fs: &'a dyn Fs,
    pub manifest: &'a Manifest,
}

impl Fs for View<'_> {
    fn open(&self, path: &str, mode: Mode) -> io::Result<Box<dyn File>> {
        let stored = self.manifest.files.get(path).ok_or(io::ErrorKind::NotFound)?;
        if mode != Mode::Read {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        let file = self.fs.open(&stored.file, Mode::Read)?;
        Ok(Box::new(Beginning { file, bytes: stored.bytes }))
    }

    fn rename(&self, _from: &str, _to: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn remove(&self, _path: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let mut names = BTreeSet::new();
        for (path, _) in self.manifest.files.range(prefix.clone()..) {
            let Some(rest) = path.strip_prefix(&prefix) else { break };
            names.insert(match rest.split_once('/') {
                Some((folder, _)) => format!("{folder}/"),
                None => rest.to_owned(),
            });
        }
        if names.is_empty() && !dir.is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(names.into_iter().collect())
    }

    fn create_dir(&self, _dir: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync_dir(&self, _dir: &str, _site: SyncSite) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn lock(&self, _path: &str) -> io::Result<Box<dyn Send + Sync>> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}

/// The part of a file that a manifest covers.
struct Beginning {
    file: Box<dyn File>,
    bytes: u64,
}

impl File for Beginning {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.len()?.min(self.bytes))
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.bytes.saturating_sub(offset)).unwrap_or(usize::MAX);
        let len = buf.len().min(left);
        self.file.read_at(offset, &mut buf[..len])
    }

    fn write_at(&self, _offset: u64, _bytes: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn set_len(&self, _len: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync_data(&self, _site: SyncSite) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}

/// A folder inside a data folder, as a data folder.
pub(super) struct Inside {
    pub fs: Arc<dyn Fs>,
    pub folder: &'static str,
}

impl Inside {
    fn path(&self, path: &str) -> String {
        if path.is_empty() { self.folder.to_owned() } else { format!("{}/{path}", self.folder) }
    }
}

impl Fs for Inside {
    fn open(&self, path: &str, mode: Mode) -> io::Result<Box<dyn File>> {
        self.fs.open(&self.path(path), mode)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.fs.rename(&self.path(from), &self.path(to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.fs.remove(&self.path(path))
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        self.fs.list(&self.path(dir))
    }

    fn create_dir(&self, dir: &str) -> io::Result<()> {
        self.fs.create_dir(&self.path(dir))
    }

    fn sync_dir(&self, dir: &str, site: SyncSite) -> io::Result<()> {
        self.fs.sync_dir(&self.path(dir), site)
    }

    fn lock(&self, path: &str) -> io::Result<Box<dyn Send + Sync>> {
        self.fs.lock(&self.path(path))
    }
}
