//! The disk of the crash model: what the cache shows, what is durable, and what is between.

use std::collections::BTreeMap;
use std::io;

use super::super::{Mode, SyncSite, parent};

const SECTOR_BYTES: usize = 512;

pub(super) type FileId = usize;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    File(FileId),
    Dir,
}

/// A change to content that the cache has taken and the disk has not.
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    SetLen(usize),
}

/// A change to names.
enum Renaming {
    Link { path: String, node: Node },
    Unlink { path: String },
    Move { from: String, to: String, node: Node },
}

impl Renaming {
    fn is_in(&self, dir: &str) -> bool {
        match self {
            Self::Link { path, .. } | Self::Unlink { path } => parent(path) == dir,
            Self::Move { to, .. } => parent(to) == dir,
        }
    }
}

#[derive(Default)]
struct Content {
    shown: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

impl Content {
    fn apply(bytes: &mut Vec<u8>, change: &Change) {
        match change {
            Change::Write { offset, bytes: new } => {
                bytes.resize(bytes.len().max(offset + new.len()), 0);
                bytes[*offset..offset + new.len()].copy_from_slice(new);
            }
            Change::SetLen(len) => bytes.resize(*len, 0),
        }
    }

    fn sync(&mut self) {
        for change in self.pending.drain(..) {
            Self::apply(&mut self.durable, &change);
        }
    }

    /// Lets any subset of the sectors and lengths reach the disk, and forgets the rest.
    fn tear(&mut self, random: &mut SplitMix) {
        let odds = random.odds();
        for change in std::mem::take(&mut self.pending) {
            match change {
                Change::SetLen(_) if random.chance(odds) => Self::apply(&mut self.durable, &change),
                Change::SetLen(_) => {}
                Change::Write { offset, bytes } => {
                    if random.chance(odds / 4) {
                        let end = self.durable.len().max(offset + bytes.len());
                        self.durable.resize(end, 0);
                    }
                    for (offset, bytes) in sectors(offset, &bytes) {
                        if random.chance(odds) {
                            Self::apply(&mut self.durable, &Change::Write { offset, bytes: bytes.to_vec() });
                        }
                    }
                }
            }
        }
    }
}

fn sectors(mut offset: usize, mut bytes: &[u8]) -> Vec<(usize, &[u8])> {
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let len = (SECTOR_BYTES - offset % SECTOR_BYTES).min(bytes.len());
        pieces.push((offset, &bytes[..len]));
        offset += len;
        bytes = &bytes[len..];
    }
    pieces
}

/// See [`super::CrashFs`].
pub(super) struct Disk {
    contents: Vec<Content>,
    shown: BTreeMap<String, Node>,
    durable: BTreeMap<String, Node>,
    pending: Vec<Renaming>,
    random: SplitMix,
    pub operations_left: Option<u64>,
    pub ignored: Vec<SyncSite>,
    pub failing: Vec<SyncSite>,
    pub free: Option<u64>,
}

impl Disk {
    pub fn new(seed: u64) -> Self {
        Self {
            contents: Vec::new(),
            shown: BTreeMap::new(),
            durable: BTreeMap::new(),
            pending: Vec::new(),
            random: SplitMix(seed),
            operations_left: None,
            ignored: Vec::new(),
            failing: Vec::new(),
            free: None,
        }
    }

    pub fn crash(&mut self) {
        let odds = self.random.odds();
        for renaming in std::mem::take(&mut self.pending) {
            if self.random.chance(odds) {
                rename_durably(&mut self.durable, renaming);
            }
        }
        let dirs = self.durable.clone();
        self.durable.retain(|path, _| {
            let mut dir = parent(path);
            while dirs.get(dir) == Some(&Node::Dir) {
                dir = parent(dir);
            }
            dir.is_empty()
        });
        self.shown = self.durable.clone();
        for content in &mut self.contents {
            content.tear(&mut self.random);
            content.shown.clone_from(&content.durable);
        }
        self.operations_left = None;
        self.failing.clear();
        self.free = None;
    }

    /// Counts an operation; fails when the power is gone.
    fn step(&mut self) -> io::Result<()> {
        match &mut self.operations_left {
            Some(0) => Err(io::Error::other("the power is gone")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn is_dir(&self, dir: &str) -> bool {
        dir.is_empty() || self.shown.get(dir) == Some(&Node::Dir)
    }

    fn link(&mut self, path: &str, node: Node) -> io::Result<()> {
        if !self.is_dir(parent(path)) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.shown.insert(path.to_owned(), node);
        self.pending.push(Renaming::Link { path: path.to_owned(), node });
        Ok(())
    }

    pub fn open(&mut self, path: &str, mode: Mode) -> io::Result<FileId> {
        match (self.shown.get(path).copied(), mode) {
            (Some(Node::Dir), _) => Err(io::ErrorKind::IsADirectory.into()),
            (Some(Node::File(file)), Mode::Create) => {
                self.set_len(file, 0)?;
                Ok(file)
            }
            (Some(Node::File(file)), _) => Ok(file),
            (None, Mode::Create) => {
                self.step()?;
                self.contents.push(Content::default());
                let file = self.contents.len() - 1;
                self.link(path, Node::File(file))?;
                Ok(file)
            }
            (None, _) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    pub fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.step()?;
        let node = self.shown.remove(from).ok_or(io::ErrorKind::NotFound)?;
        self.shown.insert(to.to_owned(), node);
        self.pending.push(Renaming::Move { from: from.to_owned(), to: to.to_owned(), node });
        Ok(())
    }

    pub fn remove(&mut self, path: &str) -> io::Result<()> {
        self.step()?;
        if self.shown.get(path) == Some(&Node::Dir) && !self.list(path)?.is_empty() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        self.shown.remove(path).ok_or(io::ErrorKind::NotFound)?;
        self.pending.push(Renaming::Unlink { path: path.to_owned() });
        Ok(())
    }

    pub fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        if !self.is_dir(dir) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let inside = self.shown.iter().filter(|(path, _)| parent(path) == dir);
        Ok(inside
            .map(|(path, node)| {
                let name = path.rsplit('/').next().unwrap_or(path);
                if *node == Node::Dir { format!("{name}/") } else { name.to_owned() }
            })
            .collect())
    }

    pub fn create_dir(&mut self, dir: &str) -> io::Result<()> {
        if self.is_dir(dir) {
            return Ok(());
        }
        self.step()?;
        self.link(dir, Node::Dir)
    }

    pub fn sync_dir(&mut self, dir: &str, site: SyncSite) -> io::Result<()> {
        self.step()?;
        if self.fails(site) {
            return Err(io::Error::other("injected sync failure"));
        }
        if !self.is_dir(dir) {
            return Err(io::ErrorKind::NotFound.into());
        }
        if !self.ignored.contains(&site) {
            let (now, later) = std::mem::take(&mut self.pending).into_iter().partition(|r| r.is_in(dir));
            self.pending = later;
            let now: Vec<Renaming> = now;
            now.into_iter().for_each(|renaming| rename_durably(&mut self.durable, renaming));
        }
        Ok(())
    }

    fn fails(&mut self, site: SyncSite) -> bool {
        let at = self.failing.iter().position(|failing| *failing == site);
        at.map(|at| self.failing.remove(at)).is_some()
    }

    pub fn content(&self, file: FileId) -> &[u8] {
        &self.contents[file].shown
    }

    fn change(&mut self, file: FileId, change: Change) {
        let content = &mut self.contents[file];
        Content::apply(&mut content.shown, &change);
        content.pending.push(change);
    }

    pub fn write(&mut self, file: FileId, offset: usize, bytes: &[u8]) -> io::Result<()> {
        self.step()?;
        let len = self.contents[file].shown.len();
        let growth = (offset + bytes.len()).saturating_sub(len);
        let free = self.free.map_or(usize::MAX, |free| free as usize);
        let taken = bytes.len() - growth.saturating_sub(free);
        if let Some(free) = &mut self.free {
            *free -= growth.min(*free as usize) as u64;
        }
        self.change(file, Change::Write { offset, bytes: bytes[..taken].to_vec() });
        if taken < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    pub fn set_len(&mut self, file: FileId, len: usize) -> io::Result<()> {
        self.step()?;
        let shrunk = self.contents[file].shown.len().saturating_sub(len);
        if let Some(free) = &mut self.free {
            *free += shrunk as u64;
        }
        self.change(file, Change::SetLen(len));
        Ok(())
    }

    pub fn sync_data(&mut self, file: FileId, site: SyncSite) -> io::Result<()> {
        self.step()?;
        if self.fails(site) {
            self.contents[file].tear(&mut self.random);
            return Err(io::Error::other("injected sync failure"));
        }
        if !self.ignored.contains(&site) {
            self.contents[file].sync();
        }
        Ok(())
    }

    pub fn files(&self) -> Vec<String> {
        let files = self.shown.iter().filter(|(_, node)| matches!(node, Node::File(_)));
        files.map(|(path, _)| path.clone()).collect()
    }

    pub fn flip(&mut self, path: &str, offset: u64, mask: u8) -> io::Result<()> {
        let Some(Node::File(file)) = self.shown.get(path).copied() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let content = &mut self.contents[file];
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        let byte = content.shown.get_mut(at).ok_or(io::ErrorKind::InvalidInput)?;
        *byte ^= mask;
        if let Some(byte) = content.durable.get_mut(at) {
            *byte ^= mask;
        }
        Ok(())
    }
}

fn rename_durably(names: &mut BTreeMap<String, Node>, renaming: Renaming) {
    match renaming {
        Renaming::Link { path, node } => {
            names.insert(path, node);
        }
        Renaming::Unlink { path } => {
            names.remove(&path);
        }
        Renaming::Move { from, to, node } => {
            if names.get(&from) == Some(&node) {
                names.remove(&from);
            }
            names.insert(to, node);
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, the same everywhere.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// How likely a crash lets a change through, in 1,024ths: often all or nothing, else anything.
    fn odds(&mut self) -> u64 {
        match self.next() % 4 {
            0 => 0,
            1 => 1024,
            _ => self.next() % 1024,
        }
    }

    fn chance(&mut self, odds: u64) -> bool {
        self.next() % 1024 < odds
    }
}
