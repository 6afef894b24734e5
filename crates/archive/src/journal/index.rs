//! Where entries lie: segment names, sidecar indexes, and what is kept in memory.
//!
//! In memory an entry takes 4 bytes, and a distinct keyed hash 45 to 90 (its hash, first, last, number, and the
//! table's slack). A sealed segment has a sidecar `.idx` so that a start does not read it; the sidecar is derived,
//! checked by its SHA-256 and rebuilt from the segment when missing or wrong:
//!
//! ```text
//! "ABIDX1\r\n" first(8) previous CRC(4) last CRC(4) group before(8) last group(8) end(4) entries(4)
//! { offset(4) key slot(8) keyed hashes(1) { hash(16) } … } …  SHA-256(32)
//! ```

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use crate::aead::sha256;
use crate::error::{Doing, Result};
use crate::fs::{self, Fs, Mode};

use super::recover::{Found, Scan, Start};
use super::{KeyHash, Span};

/// The folder of segments.
pub(crate) const JOURNAL: &str = "journal";

const MAGIC: &[u8; 8] = b"ABIDX1\r\n";
/// Leaves kept in memory: a quarter of a second's at the highest rate, a megabyte.
const LEAVES_KEPT: usize = 4096;
/// A sidecar of a full segment of the smallest entries stays far below.
const SIDECAR_BYTES_MAX: u64 = 512 << 20;

/// A segment's path: `journal/<first index, 20 digits>.seg`.
pub(crate) fn segment_path(first: u64) -> String {
    format!("{JOURNAL}/{first:020}.seg")
}

pub(crate) fn sidecar_path(first: u64) -> String {
    format!("{JOURNAL}/{first:020}.idx")
}

/// The first indexes of the segments in the folder, ascending.
pub(crate) fn list_segments(fs: &dyn Fs) -> Result<Vec<u64>> {
    let names = fs::list(fs, JOURNAL)?;
    let firsts = names.iter().filter_map(|name| {
        let first = name.strip_suffix(".seg")?.parse().ok()?;
        (segment_path(first) == format!("{JOURNAL}/{name}")).then_some(first)
    });
    Ok(firsts.collect())
}

/// A segment as kept in memory.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub first: u64,
    pub offsets: Vec<u32>,
    pub end: u32,
}

impl Segment {
    /// The byte range of the entry at a position.
    pub fn range(&self, at: usize) -> Option<(u32, u32)> {
        let start = *self.offsets.get(at)?;
        Some((start, self.offsets.get(at + 1).copied().unwrap_or(self.end)))
    }
}

/// Spreads keyed hashes over a table by their own bytes: they are uniform, and nobody without the key can aim them.
#[derive(Default)]
pub(crate) struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    /// The length, which is the same for all.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// What readers share with the writer.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub segments: Vec<Segment>,
    pub spans: HashMap<KeyHash, Span, BuildHasherDefault<Spread>>,
    pub len: u64,
    pub key_slot_max: u64,
    /// The encoded leaves of the last entries, so that the tree does not read them back.
    leaves: VecDeque<Vec<u8>>,
}

impl Index {
    /// Takes in a segment's frames, which continue the last one.
    pub fn extend(&mut self, first: u64, found: &[Found], end: u32) {
        let continues = self.segments.last().is_some_and(|segment| segment.first == first);
        if !continues {
            self.segments.push(Segment { first, offsets: Vec::with_capacity(found.len()), end });
        }
        for found in found {
            let index = self.len;
            self.len += 1;
            self.key_slot_max = self.key_slot_max.max(found.key_slot);
            for hash in &found.hashes {
                let span = self.spans.entry(*hash).or_insert(Span { first: index, last: index, version: 0 });
                span.last = index;
                span.version += 1;
            }
        }
        if let Some(segment) = self.segments.last_mut() {
            segment.offsets.extend(found.iter().map(|found| found.offset));
            segment.end = end;
        }
    }

    /// Keeps the leaves of the entries that were appended last.
    pub fn remember(&mut self, leaves: Vec<Vec<u8>>) {
        self.leaves.extend(leaves);
        let past = self.leaves.len().saturating_sub(LEAVES_KEPT);
        self.leaves.drain(..past);
    }

    /// Leaves from an index on, where the first of them is kept.
    pub fn remembered(&self, from: u64, leaves_max: usize) -> Option<Vec<Vec<u8>>> {
        let first = self.len - self.leaves.len() as u64;
        let at = usize::try_from(from.checked_sub(first)?).ok()?;
        (at < self.leaves.len()).then(|| self.leaves.iter().skip(at).take(leaves_max).cloned().collect())
    }

    /// The segment of an entry and its position there.
    pub fn locate(&self, index: u64) -> Option<(&Segment, usize)> {
        let after = self.segments.partition_point(|segment| segment.first <= index);
        let segment = self.segments.get(after.checked_sub(1)?)?;
        let at = usize::try_from(index - segment.first).ok()?;
        (index < self.len && at < segment.offsets.len()).then_some((segment, at))
    }
}

/// Writes a sidecar. It is not synced: a torn one is rebuilt.
pub(crate) fn write_sidecar(fs: &dyn Fs, start: Start, scan: &Scan) -> Result<()> {
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&start.first.to_le_bytes());
    out.extend_from_slice(&start.previous_crc.to_le_bytes());
    out.extend_from_slice(&scan.crc.to_le_bytes());
    out.extend_from_slice(&start.group.to_le_bytes());
    out.extend_from_slice(&scan.group.to_le_bytes());
    out.extend_from_slice(&scan.end.to_le_bytes());
    out.extend_from_slice(&(scan.frames.len() as u32).to_le_bytes());
    for found in &scan.frames {
        out.extend_from_slice(&found.offset.to_le_bytes());
        out.extend_from_slice(&found.key_slot.to_le_bytes());
        out.push(found.hashes.len() as u8);
        found.hashes.iter().for_each(|hash| out.extend_from_slice(&hash.0));
    }
    let hash = sha256(&out);
    out.extend_from_slice(&hash);
    let path = sidecar_path(start.first);
    fs.open(&path, Mode::Create).doing("create", &path)?.write_at(0, &out).doing("write", &path)
}

/// Reads a sidecar; nothing when it is missing, damaged or does not continue `start`.
pub(crate) fn read_sidecar(fs: &dyn Fs, start: Start) -> Option<Scan> {
    let bytes = fs::read_whole(fs, &sidecar_path(start.first), SIDECAR_BYTES_MAX).ok()?;
    let (mut rest, hash) = bytes.split_last_chunk::<32>()?;
    if sha256(rest) != *hash || take(&mut rest)? != MAGIC {
        return None;
    }
    let first = u64::from_le_bytes(*take(&mut rest)?);
    let previous_crc = u32::from_le_bytes(*take(&mut rest)?);
    let crc = u32::from_le_bytes(*take(&mut rest)?);
    let group_before = u64::from_le_bytes(*take(&mut rest)?);
    let group = u64::from_le_bytes(*take(&mut rest)?);
    let end = u32::from_le_bytes(*take(&mut rest)?);
    let count = u32::from_le_bytes(*take(&mut rest)?);
    if (Start { first, previous_crc, group: group_before }) != start {
        return None;
    }
    let mut frames = Vec::new();
    for _ in 0..count {
        let offset = u32::from_le_bytes(*take(&mut rest)?);
        let key_slot = u64::from_le_bytes(*take(&mut rest)?);
        let [hash_count] = *take(&mut rest)?;
        let mut hashes = Vec::with_capacity(usize::from(hash_count));
        for _ in 0..hash_count {
            hashes.push(KeyHash(*take(&mut rest)?));
        }
        frames.push(Found { offset, key_slot, hashes });
    }
    rest.is_empty().then_some(Scan { frames, end, crc, group, ..Scan::default() })
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(taken)
}
