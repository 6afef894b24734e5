//! A frame: one entry as it lies in a segment.
//!
//! ```text
//! magic "ABF1"  state(1) zero(3)  CRC-32C(4)  previous CRC(4)  group(8)  index(8)  left in group(4)
//! key slot(8)  leaf length(2)  keyed hashes(2)  sealed length(4)          52 bytes, then
//! keyed hashes (16 each)  leaf  sealed bytes
//! ```
//! Integers are little-endian. The checksum covers everything but state, itself and the sealed bytes; those the leaf
//! covers with SHA-256. So content can be destroyed in place (`state`, then zeros) while the frame still reads. Each
//! frame carries the checksum of the one before it, so a stale frame never continues a newer one. A group is what was
//! made durable by one sync; a frame of group `g` proves that group `g - 1` was durable.

use crate::aead::sha256;
use crate::leaf::{LEAF_BYTES_MAX, Leaf};
use crate::seal::SEALED_BYTES_MAX;

use super::{Draft, Entry, HASHES_MAX, KeyHash, Sealed};

pub(crate) const FRAME_MAGIC: &[u8; 4] = b"ABF1";
pub(crate) const FRAME_HEADER_BYTES: usize = 52;
/// Bytes of a segment's header: magic, first index, the previous frame's checksum, checksum.
pub const SEGMENT_HEADER_BYTES: usize = 24;
/// Offset of the state byte in a frame.
pub(crate) const STATE_AT: u64 = 4;
pub(crate) const STATE_KEPT: u8 = 0x00;
pub(crate) const STATE_DESTROYED: u8 = 0xdd;

const SEGMENT_MAGIC: &[u8; 8] = b"ABSEG1\r\n";

/// Where a frame stands: what its header says beside the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub previous_crc: u32,
    pub group: u64,
    pub index: u64,
    pub left_in_group: u32,
}

/// A frame that was read: header checked, sealed bytes not yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub place: Place,
    pub crc: u32,
    pub state: u8,
    pub key_slot: u64,
    hashes: &'a [u8],
    pub leaf: &'a [u8],
    pub sealed: &'a [u8],
}

/// Why bytes are not a frame: what was expected and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FrameError {
    pub expected: String,
    pub found: String,
}

impl FrameError {
    pub fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { expected: expected.into(), found: found.into() }
    }
}

/// Appends a draft's frame with its encoded leaf and gives its checksum.
pub(crate) fn encode(out: &mut Vec<u8>, draft: &Draft, leaf: &[u8], place: Place) -> u32 {
    let start = out.len();
    out.extend_from_slice(FRAME_MAGIC);
    out.extend_from_slice(&[STATE_KEPT, 0, 0, 0]);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&place.previous_crc.to_le_bytes());
    out.extend_from_slice(&place.group.to_le_bytes());
    out.extend_from_slice(&place.index.to_le_bytes());
    out.extend_from_slice(&place.left_in_group.to_le_bytes());
    out.extend_from_slice(&draft.key_slot.to_le_bytes());
    // The three lengths fit: `Batch::check` holds their limits.
    out.extend_from_slice(&(leaf.len() as u16).to_le_bytes());
    out.extend_from_slice(&(draft.hashes.len() as u16).to_le_bytes());
    out.extend_from_slice(&(draft.sealed.len() as u32).to_le_bytes());
    for hash in &draft.hashes {
        out.extend_from_slice(&hash.0);
    }
    out.extend_from_slice(leaf);
    let crc = checksum(&out[start..]);
    out[start + 8..start + 12].copy_from_slice(&crc.to_le_bytes());
    out.extend_from_slice(&draft.sealed);
    crc
}

/// Reads the frame at the start of `bytes` and checks its checksum.
pub(crate) fn decode(bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
    let header = bytes
        .first_chunk::<FRAME_HEADER_BYTES>()
        .ok_or_else(|| FrameError::new("a frame", format!("{} bytes", bytes.len())))?;
    if header[..4] != *FRAME_MAGIC {
        return Err(FrameError::new(hex::encode(FRAME_MAGIC), hex::encode(&header[..4])));
    }
    let leaf_len = usize::from(u16_at(header, 44));
    let hash_count = usize::from(u16_at(header, 46));
    let sealed_len = u32_at(header, 48) as usize;
    if leaf_len > LEAF_BYTES_MAX || hash_count > HASHES_MAX || sealed_len > SEALED_BYTES_MAX {
        return Err(FrameError::new(
            "lengths within limits",
            format!("{leaf_len}, {hash_count}, {sealed_len}"),
        ));
    }
    let leaf_at = FRAME_HEADER_BYTES + 16 * hash_count;
    let sealed_at = leaf_at + leaf_len;
    if bytes.len() < sealed_at + sealed_len {
        let found = format!("{} bytes", bytes.len());
        return Err(FrameError::new(format!("a frame of {} bytes", sealed_at + sealed_len), found));
    }
    let (stored, computed) = (u32_at(header, 8), checksum(&bytes[..sealed_at]));
    if stored != computed {
        return Err(FrameError::new(format!("checksum {stored:08x}"), format!("{computed:08x}")));
    }
    Ok(Frame {
        place: Place {
            previous_crc: u32_at(header, 12),
            group: u64_at(header, 16),
            index: u64_at(header, 24),
            left_in_group: u32_at(header, 32),
        },
        crc: stored,
        state: header[4],
        key_slot: u64_at(header, 36),
        hashes: &bytes[FRAME_HEADER_BYTES..leaf_at],
        leaf: &bytes[leaf_at..sealed_at],
        sealed: &bytes[sealed_at..sealed_at + sealed_len],
    })
}

impl Frame<'_> {
    /// Bytes in the segment.
    pub fn len(&self) -> usize {
        self.sealed_at() + self.sealed.len()
    }

    /// Offset of the sealed bytes in the frame.
    pub fn sealed_at(&self) -> usize {
        FRAME_HEADER_BYTES + self.hashes.len() + self.leaf.len()
    }

    pub fn hashes(&self) -> impl Iterator<Item = KeyHash> + '_ {
        self.hashes.as_chunks::<16>().0.iter().map(|hash| KeyHash(*hash))
    }

    /// Parses the leaf and checks the sealed bytes against it.
    pub fn entry(&self) -> Result<Entry, FrameError> {
        let leaf = Leaf::parse(self.leaf).map_err(|error| FrameError::new("a leaf", error.to_string()))?;
        let sealed = match self.state {
            STATE_DESTROYED => Sealed::Destroyed,
            STATE_KEPT => {
                let found = sha256(self.sealed);
                if found != leaf.sealed {
                    let expected = format!("sealed bytes of SHA-256 {}", hex::encode(leaf.sealed));
                    return Err(FrameError::new(expected, hex::encode(found)));
                }
                Sealed::Kept(self.sealed.to_vec())
            }
            other => return Err(FrameError::new("state 00 or dd", format!("{other:02x}"))),
        };
        let hashes = self.hashes().collect();
        Ok(Entry { index: self.place.index, leaf, sealed, key_slot: self.key_slot, hashes })
    }
}

/// The header of the segment that starts at an index. It follows from the log before it: nothing in it is news.
pub(crate) fn segment_header(first: u64, previous_crc: u32) -> [u8; SEGMENT_HEADER_BYTES] {
    let mut header = [0; SEGMENT_HEADER_BYTES];
    header[..8].copy_from_slice(SEGMENT_MAGIC);
    header[8..16].copy_from_slice(&first.to_le_bytes());
    header[16..20].copy_from_slice(&previous_crc.to_le_bytes());
    let crc = crc32c::crc32c(&header[..20]);
    header[20..].copy_from_slice(&crc.to_le_bytes());
    header
}

/// Over a frame's bytes before the sealed ones, without the state and the checksum.
fn checksum(frame: &[u8]) -> u32 {
    let crc = crc32c::crc32c(&frame[..4]);
    let crc = crc32c::crc32c_append(crc, &frame[5..8]);
    crc32c::crc32c_append(crc, &frame[12..])
}

fn u16_at(bytes: &[u8; FRAME_HEADER_BYTES], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8; FRAME_HEADER_BYTES], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8; FRAME_HEADER_BYTES], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
