//! The container inside the seal: salt, parts, media file, compressed.
//!
//! ```text
//! salt(32) count(2) { name length(1) name  length(4) bytes } …
//! 0x00, or 0x01 name length(1) name  content SHA-256(32) content bytes(8) stored SHA-256(32) stored bytes(8)
//! ```
//! Integers are big-endian. Entries are short and alike, so compression begins with a dictionary, which was trained on the
//! sample company's entries (docs/decisions/0022). A frame names its dictionary: one without any is read too.

use std::{cell::RefCell, io, sync::LazyLock};

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use super::{PARTS_BYTES_MAX, PARTS_MAX, Parts, SALT_BYTES};
use crate::blob::{Blob, BlobRef};

/// With the dictionary a higher one costs half as much time again and saves three bytes of a hundred.
const COMPRESSION_LEVEL: i32 = 1;
/// Part of the format for good: another one stands beside it, under another id.
const DICTIONARY: &[u8] = include_bytes!("entries.dict");
static ENCODER: LazyLock<EncoderDictionary> =
    LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, COMPRESSION_LEVEL));
static DECODER: LazyLock<DecoderDictionary> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));
/// Bytes of a container beside the parts' own.
const OVERHEAD_BYTES_MAX: usize = SALT_BYTES + (PARTS_MAX + 2) * 128;

pub(super) fn pack(salt: &[u8; SALT_BYTES], parts: &Parts) -> Vec<u8> {
    let mut out = salt.to_vec();
    let count = u16::try_from(parts.parts.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&count.to_be_bytes());
    for (name, bytes) in &parts.parts {
        put_name(&mut out, name);
        out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(bytes);
    }
    match &parts.attachment {
        None => out.push(0),
        Some(attachment) => {
            out.push(1);
            put_name(&mut out, &attachment.name);
            let blob = &attachment.blob;
            out.extend_from_slice(&blob.content_sha256);
            out.extend_from_slice(&blob.content_bytes.to_be_bytes());
            out.extend_from_slice(&blob.stored.sha256);
            out.extend_from_slice(&blob.stored.bytes.to_be_bytes());
        }
    }
    out
}

/// Decompresses, never past the limit, and takes the container apart; nothing for any other form.
pub(super) fn unpack(squeezed: &[u8]) -> Option<([u8; SALT_BYTES], Parts)> {
    let bytes_max = PARTS_BYTES_MAX + OVERHEAD_BYTES_MAX;
    let packed = zeroize::Zeroizing::new(expand(squeezed, bytes_max)?);
    let mut rest = packed.as_slice();
    let salt = *take(&mut rest)?;
    let count = u16::from_be_bytes(*take(&mut rest)?);
    let mut parts = Parts::new();
    for _ in 0..count {
        let name = take_name(&mut rest)?;
        let len = u32::from_be_bytes(*take(&mut rest)?) as usize;
        let (bytes, after) = rest.split_at_checked(len)?;
        rest = after;
        parts = parts.with(&name, bytes.to_vec()).ok()?;
    }
    match rest {
        [0] => Some((salt, parts)),
        [1, after @ ..] => Some((salt, take_attachment(after, parts)?)),
        _ => None,
    }
}

/// Compresses with this thread's compressor: making one costs more than an entry.
pub(super) fn squeeze(packed: &[u8]) -> io::Result<Vec<u8>> {
    thread_local! {
        static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    }
    COMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(compressor) => compressor.compress(packed),
        none => none.insert(Compressor::with_prepared_dictionary(&ENCODER)?).compress(packed),
    })
}

/// Decompresses one frame that says its length, with this thread's decompressor.
fn expand(squeezed: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
    thread_local! {
        static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    }
    let said = zstd::zstd_safe::get_frame_content_size(squeezed).ok().flatten()?;
    let bytes = usize::try_from(said).ok().filter(|bytes| *bytes <= bytes_max)?;
    DECOMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(decompressor) => decompressor.decompress(squeezed, bytes).ok(),
        none => {
            let decompressor = Decompressor::with_prepared_dictionary(&DECODER).ok()?;
            none.insert(decompressor).decompress(squeezed, bytes).ok()
        }
    })
}

fn take_attachment(mut rest: &[u8], parts: Parts) -> Option<Parts> {
    let name = take_name(&mut rest)?;
    let blob = Blob {
        content_sha256: *take(&mut rest)?,
        content_bytes: u64::from_be_bytes(*take(&mut rest)?),
        stored: BlobRef { sha256: *take(&mut rest)?, bytes: u64::from_be_bytes(*take(&mut rest)?) },
    };
    if rest.is_empty() { parts.with_blob(&name, blob).ok() } else { None }
}

fn put_name(out: &mut Vec<u8>, name: &str) {
    out.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(name.as_bytes());
}

fn take_name(rest: &mut &[u8]) -> Option<String> {
    let [len] = *take::<1>(rest)?;
    let (name, after) = rest.split_at_checked(usize::from(len))?;
    *rest = after;
    String::from_utf8(name.to_vec()).ok()
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use zstd::bulk::Compressor;

    use super::*;
    use crate::aead::sha256;

    #[test]
    fn the_dictionary_is_the_one_that_every_stored_entry_was_squeezed_with() {
        let expected = "7416abea69618f1784bfe300868bb63c065d04253f8bce055afa3c2d95405f60";
        assert_eq!(hex::encode(sha256(DICTIONARY)), expected);
        let squeezed = squeeze(b"bytes").unwrap();
        assert_eq!(zstd::zstd_safe::get_dict_id_from_frame(&squeezed).unwrap().get(), 40_001);
    }

    #[test]
    fn frames_with_and_without_the_dictionary_are_read_and_no_others() {
        let parts = Parts::new().with("raw.json", vec![b'{'; 300]).unwrap();
        let packed = pack(&[7; SALT_BYTES], &parts);
        let bare = Compressor::new(19).unwrap().compress(&packed).unwrap();
        for squeezed in [squeeze(&packed).unwrap(), bare] {
            assert_eq!(unpack(&squeezed), Some(([7; SALT_BYTES], parts.clone())));
        }
        let mut unknown = squeeze(&packed).unwrap();
        let id = 40_001u16.to_le_bytes();
        let at = unknown.windows(2).position(|two| two == id).unwrap();
        unknown[at] ^= 1;
        assert_eq!(unpack(&unknown), None, "a frame of another dictionary");
    }
}
