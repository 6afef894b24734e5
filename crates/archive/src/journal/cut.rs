//! Reading a segment that somebody may be writing to: what of it was durable when its length was known.

use crate::blob::BlobRef;
use crate::error::{Corruption, Result};
use crate::fs::{self, Fs};
use crate::seal;

use super::frame::{self, STATE_DESTROYED};
use super::index::{JOURNAL, list_segments, segment_path};
use super::log::SEGMENT_BYTES_MAX;
use super::recover::{self, Start};

/// How often a segment is read again that looks damaged: an entry may have been destroyed while it was read.
const READS_MAX: usize = 3;

/// The beginning of a segment: whole groups only.
pub(crate) struct Cut {
    /// Its bytes; those of destroyed entries are zeros.
    pub bytes: Vec<u8>,
    /// What the next segment continues.
    pub next: Start,
    pub key_slot_max: u64,
    /// Media files that its entries name.
    pub blobs: Vec<BlobRef>,
}

/// Reads the segment that continues `start` up to the end of the group that holds entry `until - 1`, which had been
/// durable.
///
/// # Errors
/// `Corruption` naming the first damaged place before that; `Io`.
pub(crate) fn cut(fs: &dyn Fs, start: Start, until: u64) -> Result<Cut> {
    let mut again = READS_MAX;
    loop {
        again -= 1;
        let bytes = fs::read_whole(fs, &segment_path(start.first), SEGMENT_BYTES_MAX)?;
        match cut_bytes(bytes, start, until) {
            Err(_) if again > 0 => {}
            other => return other,
        }
    }
}

fn cut_bytes(mut bytes: Vec<u8>, start: Start, until: u64) -> Result<Cut> {
    let path = segment_path(start.first);
    let scan = recover::scan(&bytes, start);
    let wanted = usize::try_from(until - start.first).unwrap_or(usize::MAX);
    let Some(last) = wanted.checked_sub(1).and_then(|at| scan.frames.get(at)) else {
        let expected = format!("entries up to {until}");
        let found = format!("{} entries", scan.frames.len());
        let short =
            Corruption { file: path.clone(), offset: u64::from(scan.end), index: None, expected, found };
        return Err(scan.damage.map_or_else(|| short.into(), |damage| damage.into_error(&path)));
    };
    // The frames were read just now, and stand in whole groups.
    let left = frame::decode(&bytes[last.offset as usize..]).map_or(0, |frame| frame.place.left_in_group);
    let frames = &scan.frames[..(wanted + left as usize).min(scan.frames.len())];
    let end = scan.frames.get(frames.len()).map_or(scan.end, |beyond| beyond.offset);
    bytes.truncate(end as usize);
    let mut cut = Cut {
        next: Start { first: start.first + frames.len() as u64, ..start },
        key_slot_max: frames.iter().map(|found| found.key_slot).max().unwrap_or(0),
        blobs: Vec::new(),
        bytes: Vec::new(),
    };
    for found in frames {
        let offset = found.offset as usize;
        let Ok(frame) = frame::decode(&bytes[offset..]) else { continue };
        (cut.next.previous_crc, cut.next.group) = (frame.crc, frame.place.group);
        if frame.state == STATE_DESTROYED {
            let sealed = offset + frame.sealed_at()..offset + frame.len();
            bytes[sealed].fill(0);
        } else {
            cut.blobs.extend(seal::blob_ref(frame.sealed));
        }
    }
    cut.bytes = bytes;
    Ok(cut)
}

/// How many entries a journal shows to somebody who does not hold it: all that were durable, and perhaps a group that
/// is being written.
///
/// # Errors
/// `Io`.
pub(crate) fn shown_len(fs: &dyn Fs) -> Result<u64> {
    let Some(first) = list_segments(fs)?.last().copied() else { return Ok(0) };
    let bytes = match fs::read_whole(fs, &segment_path(first), SEGMENT_BYTES_MAX) {
        // A segment without an entry was replaced just now.
        Err(error) if error.is_not_found() => return Ok(first),
        other => other?,
    };
    let header = bytes.first_chunk::<{ frame::SEGMENT_HEADER_BYTES }>();
    let opening = header.and_then(|_| frame::decode(&bytes[frame::SEGMENT_HEADER_BYTES..]).ok());
    let Some(opening) = opening else { return Ok(first) };
    let start = Start {
        first,
        previous_crc: opening.place.previous_crc,
        group: opening.place.group.saturating_sub(1),
    };
    Ok(first + recover::scan(&bytes, start).frames.len() as u64)
}

/// Whether a process has the journal open.
///
/// # Errors
/// `Io`.
pub(crate) fn is_open(fs: &dyn Fs) -> Result<bool> {
    use crate::error::Doing;
    let path = format!("{JOURNAL}/lock");
    match fs.lock(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        other => other.doing("lock", &path).map(|_| false),
    }
}
