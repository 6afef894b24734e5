//! The journal's part of the check: every frame in order, and beyond damage the next one that reads.

use std::collections::HashMap;

use crate::blob::{BlobReader, BlobRef};
use crate::error::{Error, Result};
use crate::fs::{self, Fs};
use crate::journal::{
    self, Entry, FRAME_MAGIC, JOURNAL, SEGMENT_BYTES_MAX, SEGMENT_HEADER_BYTES, STATE_DESTROYED, Sealed,
};
use crate::keys::KeyTable;
use crate::leaf::Leaf;
use crate::seal;

use super::tree::TreeCheck;
use super::{Means, Progress, Report, list, place};

const PROGRESS_ENTRIES: u64 = 1000;

/// What the frames say about the rest.
#[derive(Default)]
pub(super) struct Seen {
    /// Entries, damaged ones included.
    pub len: u64,
    pub key_slot_max: u64,
    /// Media files and the entry that names each.
    pub blobs: HashMap<BlobRef, u64>,
}

struct Check<'a, 'b, 'c> {
    fs: &'a dyn Fs,
    table: Option<&'a KeyTable>,
    tree: &'a mut TreeCheck<'c>,
    report: &'a mut Report,
    progress: Progress<'b>,
    seen: Seen,
    /// Checksum of the frame before; nothing after damage.
    crc: Option<u32>,
    group: u64,
    /// How many frames of the group are to come.
    left: Option<u32>,
}

pub(super) fn check(
    fs: &dyn Fs,
    means: Means<'_>,
    tree: &mut TreeCheck<'_>,
    report: &mut Report,
    progress: Progress<'_>,
) -> Result<Seen> {
    check_names(fs, report)?;
    let seen = Seen::default();
    let mut check =
        Check { fs, table: means.table, tree, report, progress, seen, crc: Some(0), group: 0, left: None };
    for first in journal::list_segments(fs)? {
        check.segment(first)?;
    }
    Ok(check.seen)
}

/// Everything in the folder is a segment, a segment's sidecar, or the lock.
fn check_names(fs: &dyn Fs, report: &mut Report) -> Result<()> {
    let segments = journal::list_segments(fs)?;
    for name in list(fs, JOURNAL)? {
        let path = format!("{JOURNAL}/{name}");
        let stem = path.strip_suffix(".idx").or(path.strip_suffix(".seg"));
        let known =
            |stem: &str| segments.iter().any(|first| journal::segment_path(*first) == format!("{stem}.seg"));
        if name != "lock" && !stem.is_some_and(known) {
            report.problem(place(&path, 0, None, "a file of the journal", "another one"));
        }
    }
    Ok(())
}

impl Check<'_, '_, '_> {
    fn segment(&mut self, first: u64) -> Result<()> {
        let path = journal::segment_path(first);
        let bytes = fs::read_whole(self.fs, &path, SEGMENT_BYTES_MAX)?;
        if first != self.seen.len {
            let found = format!("a segment from {first}");
            self.report.problem(place(
                &path,
                0,
                Some(self.seen.len),
                &format!("index {}", self.seen.len),
                &found,
            ));
            self.skip_to(first)?;
        }
        let header = bytes.get(..SEGMENT_HEADER_BYTES).unwrap_or_default();
        let good = match self.crc {
            Some(crc) => *header == journal::segment_header(first, crc),
            None => (header.len() == SEGMENT_HEADER_BYTES)
                .then(|| u32::from_le_bytes([header[16], header[17], header[18], header[19]]))
                .is_some_and(|crc| *header == journal::segment_header(first, crc)),
        };
        if !good {
            let found = hex::encode(header);
            self.report.problem(place(&path, 0, Some(first), "the segment's header", &found));
        }
        let mut offset = SEGMENT_HEADER_BYTES;
        while offset < bytes.len() {
            offset = self.frame(&path, &bytes, offset)?;
        }
        if self.left.take().is_some() {
            let end = bytes.len() as u64;
            let found = "the end of the segment";
            self.report.problem(place(&path, end, Some(self.seen.len), "the rest of the group", found));
        }
        Ok(())
    }

    /// Checks the frame at an offset and gives the next one's.
    fn frame(&mut self, path: &str, bytes: &[u8], offset: usize) -> Result<usize> {
        let index = self.seen.len;
        let frame = match journal::decode(&bytes[offset..]) {
            Ok(frame) => frame,
            Err(error) => {
                self.report.problem(place(path, offset as u64, Some(index), &error.expected, &error.found));
                return self.beyond(bytes, offset);
            }
        };
        let at = frame.place;
        let in_order = at.index == index
            && self.crc.is_none_or(|crc| crc == at.previous_crc)
            && match self.left {
                Some(left) => at.group == self.group && at.left_in_group == left,
                None => self.crc.is_none() || at.group == self.group + 1,
            };
        if !in_order {
            let expected = format!("index {index} after group {}", self.group);
            let found = format!("index {} of group {}", at.index, at.group);
            self.report.problem(place(path, offset as u64, Some(index), &expected, &found));
            self.skip_to(at.index)?;
        }
        self.crc = Some(frame.crc);
        self.group = at.group;
        self.left = at.left_in_group.checked_sub(1);
        match frame.entry() {
            Ok(entry) => self.entry(path, offset, &entry)?,
            Err(error) => {
                self.report.problem(place(path, offset as u64, Some(index), &error.expected, &error.found));
                let leaf = Leaf::parse(frame.leaf).ok();
                self.leaf(leaf.map(|leaf| leaf.encode()))?;
            }
        }
        if frame.state == STATE_DESTROYED && frame.sealed.iter().any(|byte| *byte != 0) {
            let found = "bytes that are not zero: destroy it again";
            self.report.problem(place(path, offset as u64, Some(index), "destroyed content", found));
        }
        self.seen.key_slot_max = self.seen.key_slot_max.max(frame.key_slot);
        Ok(offset + frame.len())
    }

    /// After damage: the next offset where a frame of a later entry reads, or the end.
    fn beyond(&mut self, bytes: &[u8], offset: usize) -> Result<usize> {
        let mut found = None;
        for (at, window) in bytes.windows(FRAME_MAGIC.len()).enumerate().skip(offset + 1) {
            if window == FRAME_MAGIC
                && let Ok(frame) = journal::decode(&bytes[at..])
                && frame.place.index > self.seen.len
            {
                found = Some((at, frame.place.index));
                break;
            }
        }
        self.crc = None;
        self.left = None;
        match found {
            Some((at, index)) => {
                self.skip_to(index)?;
                Ok(at)
            }
            None => Ok(bytes.len()),
        }
    }

    /// Counts entries that cannot be read.
    fn skip_to(&mut self, index: u64) -> Result<()> {
        self.crc = None;
        self.left = None;
        while self.seen.len < index && self.tree.wants(self.seen.len) {
            self.leaf(None)?;
        }
        self.seen.len = self.seen.len.max(index);
        Ok(())
    }

    fn leaf(&mut self, leaf: Option<Vec<u8>>) -> Result<()> {
        self.tree.leaf(self.fs, self.seen.len, leaf, self.report)?;
        self.seen.len += 1;
        if self.seen.len.is_multiple_of(PROGRESS_ENTRIES) {
            (self.progress)(self.seen.len);
        }
        Ok(())
    }

    fn entry(&mut self, path: &str, offset: usize, entry: &Entry) -> Result<()> {
        self.report.entries += 1;
        match &entry.sealed {
            Sealed::Destroyed => self.report.destroyed += 1,
            Sealed::Kept(sealed) => {
                if let Some(blob) = seal::blob_ref(sealed) {
                    self.seen.blobs.entry(blob).or_insert(entry.index);
                }
                self.open(path, offset, entry, sealed)?;
            }
        }
        self.leaf(Some(entry.leaf.encode()))
    }

    /// With the keys: opens the entry, hashes its parts again, and its media file's content.
    fn open(&mut self, path: &str, offset: usize, entry: &Entry, sealed: &[u8]) -> Result<()> {
        let Some(table) = self.table.filter(|_| entry.key_slot > 0) else { return Ok(()) };
        let key = match table.open_key(entry.key_slot) {
            Err(Error::Destroyed(_)) => {
                self.report.destroyed += 1;
                return Ok(());
            }
            other => match self.report.take(other, path, Some(entry.index))? {
                Some(key) => key,
                None => return Ok(()),
            },
        };
        let opened = match seal::open(&entry.leaf, sealed, &key) {
            Ok(opened) => opened,
            Err(error) => {
                let found = error.to_string();
                self.report.problem(place(path, offset as u64, Some(entry.index), "parts that open", &found));
                return Ok(());
            }
        };
        self.report.opened += 1;
        if let Some(attachment) = opened.parts.attachment() {
            let stored = &attachment.blob.stored;
            let hashed = BlobReader::open(self.fs, stored, &key, entry.leaf.rid).and_then(content_sha256);
            let file = stored.path();
            let hash = self.report.take(hashed, &file, Some(entry.index))?;
            if hash.is_some_and(|hash| hash != attachment.blob.content_sha256) {
                let found = "content of another hash";
                self.report.problem(place(&file, 0, Some(entry.index), "the content in the manifest", found));
            }
        }
        Ok(())
    }
}

fn content_sha256(mut reader: BlobReader) -> Result<[u8; 32]> {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    while let Some(piece) = reader.read()? {
        hasher.update(&piece);
    }
    Ok(hasher.finalize().into())
}
