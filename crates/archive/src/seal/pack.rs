//! The container inside the seal: salt, parts, media file, compressed.
//!
//! ```text
//! salt(32) count(2) { name length(1) name  length(4) bytes } …
//! 0x00, or 0x01 name length(1) name  content SHA-256(32) content bytes(8) stored SHA-256(32) stored bytes(8)
//! ```
//! Integers are big-endian.

use std::io::Read;

use super::{PARTS_BYTES_MAX, PARTS_MAX, Parts, SALT_BYTES};
use crate::blob::{Blob, BlobRef};

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
    let mut packed = zeroize::Zeroizing::new(Vec::new());
    let decoder = zstd::stream::read::Decoder::with_buffer(squeezed).ok()?;
    decoder.take(bytes_max as u64 + 1).read_to_end(&mut packed).ok()?;
    if packed.len() > bytes_max {
        return None;
    }
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
