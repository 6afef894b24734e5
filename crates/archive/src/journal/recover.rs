//! Opening segments: which frames are whole, where damage begins, and whether it can be a torn tail.

use crate::error::{Corruption, Doing, Error, Result};
use crate::fs::{self, Fs, Mode, SyncSite};

use super::KeyHash;
use super::frame::{self, FRAME_MAGIC, Frame, FrameError, SEGMENT_HEADER_BYTES, STATE_DESTROYED};
use super::index::{Index, JOURNAL, list_segments, read_sidecar, segment_path, write_sidecar};
use super::log::{Active, SEGMENT_BYTES_MAX, Writer};

/// Where a scan starts: what the log before the segment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub first: u64,
    pub previous_crc: u32,
    /// The last whole group before the segment.
    pub group: u64,
}

/// What an index of a whole frame needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub offset: u32,
    pub key_slot: u64,
    pub hashes: Vec<KeyHash>,
}

/// The whole groups of a segment, and the damage after them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scan {
    /// Frames of whole groups, in order.
    pub frames: Vec<Found>,
    /// Where the whole groups end, in bytes; 0 when not even the header is whole.
    pub end: u32,
    /// Checksum of the last frame of them.
    pub crc: u32,
    /// The last whole group.
    pub group: u64,
    /// Where it starts; 0, with the header, when it is the segment's first.
    pub group_at: u32,
    /// The first damage, when there is any byte after the whole frames.
    pub damage: Option<Damage>,
}

/// Bytes that are not the next frame.
#[derive(Clone, Debug)]
pub(crate) struct Damage {
    pub offset: u64,
    /// The index that the damaged frame had.
    pub index: u64,
    pub error: FrameError,
    /// A whole frame further on is of a later group: what is damaged had been durable.
    pub was_durable: bool,
}

impl Damage {
    pub fn corruption(&self, file: &str) -> Corruption {
        Corruption {
            file: file.to_owned(),
            offset: self.offset,
            index: Some(self.index),
            expected: self.error.expected.clone(),
            found: self.error.found.clone(),
        }
    }

    pub fn into_error(self, file: &str) -> Error {
        self.corruption(file).into()
    }
}

/// Scans a segment's bytes.
pub(crate) fn scan(bytes: &[u8], start: Start) -> Scan {
    let mut scan = Scan { crc: start.previous_crc, group: start.group, ..Scan::default() };
    let expected = frame::segment_header(start.first, start.previous_crc);
    if bytes.get(..SEGMENT_HEADER_BYTES) != Some(&expected) {
        let found = hex::encode(&bytes[..bytes.len().min(SEGMENT_HEADER_BYTES)]);
        let error = FrameError::new(hex::encode(expected), found);
        scan.damage = Some(damage(bytes, 0, start.first, start.group, error));
        return scan;
    }
    scan.end = SEGMENT_HEADER_BYTES as u32;
    let mut pending: Vec<Found> = Vec::new();
    let mut offset = SEGMENT_HEADER_BYTES;
    let mut crc = scan.crc;
    let mut left = None;
    while offset < bytes.len() {
        let index = start.first + (scan.frames.len() + pending.len()) as u64;
        let group = scan.group + 1;
        let frame = match next(&bytes[offset..], index, crc, group, left) {
            Ok(frame) => frame,
            Err(error) => {
                scan.damage = Some(damage(bytes, offset, index, scan.group, error));
                return scan;
            }
        };
        pending.push(Found {
            offset: offset as u32,
            key_slot: frame.key_slot,
            hashes: frame.hashes().collect(),
        });
        offset += frame.len();
        crc = frame.crc;
        left = frame.place.left_in_group.checked_sub(1);
        if frame.place.left_in_group == 0 {
            scan.group_at = if scan.frames.is_empty() { 0 } else { scan.end };
            scan.frames.append(&mut pending);
            scan.end = offset as u32;
            scan.crc = crc;
            scan.group = group;
        }
    }
    if !pending.is_empty() {
        let index = start.first + (scan.frames.len() + pending.len()) as u64;
        let error = FrameError::new("the rest of the group", "the end of the file");
        scan.damage = Some(Damage { offset: offset as u64, index, error, was_durable: false });
    }
    scan
}

/// Reads the frame that must come next.
fn next(
    bytes: &[u8],
    index: u64,
    crc: u32,
    group: u64,
    left: Option<u32>,
) -> std::result::Result<Frame<'_>, FrameError> {
    let frame = frame::decode(bytes)?;
    let place = frame.place;
    let placed = place.index == index && place.previous_crc == crc && place.group == group;
    if !placed || left.is_some_and(|left| left != place.left_in_group) {
        return Err(FrameError::new(
            format!("index {index} of group {group} after checksum {crc:08x}"),
            format!("index {} of group {} after {:08x}", place.index, place.group, place.previous_crc),
        ));
    }
    if frame.state != STATE_DESTROYED {
        frame.entry()?;
    }
    Ok(frame)
}

/// Describes damage at an offset: the next group was not durable unless a frame of a later one is found behind it.
fn damage(bytes: &[u8], offset: usize, index: u64, group: u64, error: FrameError) -> Damage {
    let behind = bytes.get(offset + 1..).unwrap_or_default();
    let was_durable = behind.windows(FRAME_MAGIC.len()).enumerate().any(|(at, window)| {
        window == FRAME_MAGIC && frame::decode(&behind[at..]).is_ok_and(|frame| frame.place.group > group + 1)
    });
    Damage { offset: offset as u64, index, error, was_durable }
}

/// Opens all segments in order: sealed ones by their sidecars, the last one by reading it.
pub(super) fn open(fs: &dyn Fs, floor: u64) -> Result<(Index, Writer)> {
    let firsts = list_segments(fs)?;
    let mut index = Index::default();
    let mut writer = Writer { active: None, crc: 0, group: 0 };
    for (at, first) in firsts.iter().enumerate() {
        let start = Start { first: *first, previous_crc: writer.crc, group: writer.group };
        if *first != index.len {
            return Err(gap(*first, index.len));
        }
        let scan = match firsts.get(at + 1) {
            Some(next) => open_sealed(fs, start, *next, at + 2 == firsts.len())?,
            None => {
                let (active, scan) = open_last(fs, start, floor)?;
                writer.active = active;
                scan
            }
        };
        if !scan.frames.is_empty() {
            index.extend(*first, &scan.frames, scan.end);
        }
        writer.crc = scan.crc;
        writer.group = scan.group;
    }
    if index.len < floor {
        return Err(missing(index.len, floor));
    }
    // A process that died may have left names that only the cache has.
    fs.sync_dir(JOURNAL, SyncSite::JournalFolder).doing("sync", JOURNAL)?;
    Ok((index, writer))
}

/// A segment with another one after it, which says where this one ends: what lies behind is a failed append's. In the
/// last such segment the cut is made durable, for the segment after it may hold nothing yet that would supersede it.
fn open_sealed(fs: &dyn Fs, start: Start, next: u64, is_last: bool) -> Result<Scan> {
    let path = segment_path(start.first);
    let file = fs.open(&path, Mode::Write).doing("open", &path)?;
    let len = file.len().doing("measure", &path)?;
    let reaches = |scan: &Scan| start.first + scan.frames.len() as u64 == next && u64::from(scan.end) <= len;
    let scan = match read_sidecar(fs, start).filter(reaches) {
        Some(scan) => scan,
        None => {
            let scan = rescan(fs, start, next)?;
            // Without a sidecar the next start reads the segment again, nothing else.
            let _ = write_sidecar(fs, start, &scan);
            scan
        }
    };
    if len > u64::from(scan.end) {
        file.set_len(u64::from(scan.end)).doing("cut", &path)?;
    }
    if is_last {
        file.sync_data(SyncSite::JournalGroup).doing("sync", &path)?;
    }
    Ok(scan)
}

fn rescan(fs: &dyn Fs, start: Start, next: u64) -> Result<Scan> {
    let path = segment_path(start.first);
    let bytes = fs::read_whole(fs, &path, SEGMENT_BYTES_MAX)?;
    let whole = scan(&bytes, start);
    let wanted = usize::try_from(next - start.first).unwrap_or(usize::MAX);
    let scan = match whole.frames.get(wanted) {
        Some(superseded) => scan(&bytes[..superseded.offset as usize], start),
        None => whole,
    };
    if scan.frames.len() == wanted {
        return Ok(scan);
    }
    Err(match scan.damage {
        Some(damage) => damage.into_error(&path),
        None => gap(next, start.first + scan.frames.len() as u64),
    })
}

/// The last segment: damage behind its last whole group is a torn tail, unless it had been durable.
fn open_last(fs: &dyn Fs, start: Start, floor: u64) -> Result<(Option<Active>, Scan)> {
    let path = segment_path(start.first);
    let bytes = fs::read_whole(fs, &path, SEGMENT_BYTES_MAX)?;
    let mut scan = scan(&bytes, start);
    let len = start.first + scan.frames.len() as u64;
    if let Some(damage) = scan.damage.take() {
        if damage.was_durable || len < floor {
            return Err(damage.into_error(&path));
        }
        if scan.end == 0 {
            fs.remove(&path).doing("remove", &path)?;
            return Ok((None, scan));
        }
    }
    let file = fs.open(&path, Mode::Write).doing("open", &path)?;
    if bytes.len() > scan.end as usize {
        file.set_len(u64::from(scan.end)).doing("cut", &path)?;
    }
    // A process that died, or whose sync failed, may have left bytes that only the cache has and that a sync would pass
    // over. The last group proves that the ones before it were durable; it is written again.
    let last_group = bytes.get(scan.group_at as usize..scan.end as usize).unwrap_or_default();
    file.write_at(u64::from(scan.group_at), last_group).doing("write", &path)?;
    file.sync_data(SyncSite::JournalGroup).doing("sync", &path)?;
    Ok((Some(Active { file, start, scan: scan.clone() }), scan))
}

fn gap(first: u64, len: u64) -> Error {
    let file = segment_path(first);
    let expected = format!("a segment that starts at index {len}");
    Corruption { file, offset: 0, index: Some(len), expected, found: format!("index {first}") }.into()
}

fn missing(len: u64, floor: u64) -> Error {
    let expected = format!("{floor} entries, which the tiles hold");
    let file = JOURNAL.to_owned();
    Corruption { file, offset: 0, index: Some(len), expected, found: format!("{len}") }.into()
}
