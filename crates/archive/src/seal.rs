//! Sealing: exact bytes in, a leaf and ciphertext out, and back.
//!
//! The manifest is `sha256sum` text over the parts, `commit` is HMAC-SHA-256 of it under a random 32-byte salt. Salt
//! and parts are packed ([`pack`]), compressed with zstd, and encrypted. The sealed bytes are
//!
//! ```text
//! 0x01                                              nonce(24) ciphertext tag(16)      parts only
//! 0x02 blob SHA-256(32) blob length(8, big-endian)  nonce(24) ciphertext tag(16)      parts and a media file
//! ```
//!
//! with `rid ‖ type ‖ everything before the nonce` as associated data. The leaf's `sealed` is the SHA-256 of all of
//! it: for an entry with media it covers the media file's ciphertext too, which anyone can check without a key.

mod pack;

use std::collections::BTreeMap;

use subtle::ConstantTimeEq;

use crate::aead::{self, Key, NONCE_BYTES, TAG_BYTES, hmac_sha256, sha256};
use crate::blob::{Blob, BlobRef};
use crate::error::{Error, Result};
use crate::leaf::{At, Kind, Leaf, Rid};
use crate::random::{Random, draw};

/// All parts of an entry together, in bytes.
pub const PARTS_BYTES_MAX: usize = 16 << 20;
/// Parts of an entry.
pub const PARTS_MAX: usize = 64;
/// A part's name, in bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// Sealed bytes of an entry; above `PARTS_BYTES_MAX` for incompressible parts.
pub const SEALED_BYTES_MAX: usize = PARTS_BYTES_MAX + (256 << 10);
/// Bytes of a salt.
pub const SALT_BYTES: usize = 32;
/// Names an export gives to files of its own.
pub const NAMES_RESERVED: &[&str] = &[
    "evidence.tlog-proof",
    "leaf.json",
    "log.vkey",
    "manifest-sha256.txt",
    "readme.txt",
    "salt.hex",
    "verify.sh",
];

const PLAIN: u8 = 1;
const WITH_BLOB: u8 = 2;
const BLOB_HEADER_BYTES: usize = 1 + 32 + 8;

/// Named exact bytes, sorted by name, and at most one media file kept beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    parts: BTreeMap<String, Vec<u8>>,
    attachment: Option<Attachment>,
}

/// A media file that belongs to the parts but is kept as a blob of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name in the manifest.
    pub name: String,
    /// The blob: hashes and lengths of content and of ciphertext.
    pub blob: Blob,
}

impl Parts {
    /// No parts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a part.
    ///
    /// # Errors
    /// `Invalid` for a name that is taken, reserved, longer than 64 bytes or not of `a-z 0-9 . _ -` (first: letter
    /// or digit), and past the limits of number and size.
    pub fn with(mut self, name: &str, bytes: Vec<u8>) -> Result<Self> {
        self.check_name(name)?;
        if self.parts.values().map(Vec::len).sum::<usize>() + bytes.len() > PARTS_BYTES_MAX {
            return Err(Error::Invalid(format!("the parts have more than {PARTS_BYTES_MAX} bytes")));
        }
        self.parts.insert(name.to_owned(), bytes);
        Ok(self)
    }

    /// Attaches a media file under a name. One for each entry.
    ///
    /// # Errors
    /// As `with`, and when one is attached already.
    pub fn with_blob(mut self, name: &str, blob: Blob) -> Result<Self> {
        self.check_name(name)?;
        if self.attachment.is_some() {
            return Err(Error::Invalid("an entry has one media file".to_owned()));
        }
        self.attachment = Some(Attachment { name: name.to_owned(), blob });
        Ok(self)
    }

    fn check_name(&self, name: &str) -> Result<()> {
        let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9');
        let shape = (1..=NAME_BYTES_MAX).contains(&name.len())
            && name.bytes().all(|b| plain(b) || matches!(b, b'.' | b'_' | b'-'))
            && plain(name.as_bytes()[0]);
        let taken = self.parts.contains_key(name) || self.attachment.as_ref().is_some_and(|a| a.name == name);
        if !shape || taken || NAMES_RESERVED.contains(&name) {
            return Err(Error::Invalid(format!("{name:?} cannot name another part")));
        }
        if self.parts.len() >= PARTS_MAX {
            return Err(Error::Invalid(format!("more than {PARTS_MAX} parts")));
        }
        Ok(())
    }

    /// A part's bytes.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.parts.get(name).map(Vec::as_slice)
    }

    /// The parts, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// The media file.
    #[must_use]
    pub fn attachment(&self) -> Option<&Attachment> {
        self.attachment.as_ref()
    }

    /// Writes the manifest: a line `<64 hex>␠␠<name>\n` for each part and the media file's content, sorted by name.
    #[must_use]
    pub fn manifest(&self) -> String {
        let mut hashes: Vec<(&str, [u8; 32])> =
            self.parts.iter().map(|(name, bytes)| (name.as_str(), sha256(bytes))).collect();
        if let Some(attachment) = &self.attachment {
            let at = hashes.partition_point(|(name, _)| *name < attachment.name.as_str());
            hashes.insert(at, (&attachment.name, attachment.blob.content_sha256));
        }
        let mut manifest = String::with_capacity(hashes.len() * (64 + 3 + NAME_BYTES_MAX));
        for (name, hash) in hashes {
            let mut digits = [0; 64];
            hex::encode_to_slice(hash, &mut digits).expect("64 digits hold 32 bytes");
            manifest.push_str(std::str::from_utf8(&digits).expect("hex digits are ASCII"));
            manifest.push_str("  ");
            manifest.push_str(name);
            manifest.push('\n');
        }
        manifest
    }
}

/// What is compressed of parts under a salt: what a dictionary is trained on.
#[must_use]
pub fn container(salt: &[u8; SALT_BYTES], parts: &Parts) -> Vec<u8> {
    pack::pack(salt, parts)
}

/// What the leaf says besides the hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// When it is recorded.
    pub at: At,
    /// A fresh random id.
    pub rid: Rid,
    /// The type.
    pub kind: Kind,
}

/// What `open` gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The salt of the commitment.
    pub salt: [u8; SALT_BYTES],
    /// The exact parts.
    pub parts: Parts,
}

/// Seals parts under an entry's key, drawing salt and nonce.
///
/// # Errors
/// When the random source fails.
pub fn seal(parts: &Parts, about: About, key: &Key, random: &dyn Random) -> Result<(Leaf, Vec<u8>)> {
    let salt: [u8; SALT_BYTES] = draw(random)?;
    let nonce: [u8; NONCE_BYTES] = draw(random)?;
    let mut sealed = match &parts.attachment {
        None => vec![PLAIN],
        Some(attachment) => blob_header(&attachment.blob.stored),
    };
    let aad = associated(&about.rid, &about.kind, &sealed);
    let packed = zeroize::Zeroizing::new(pack::pack(&salt, parts));
    let squeezed =
        pack::squeeze(&packed).map_err(|error| Error::Invalid(format!("cannot compress: {error}")))?;
    sealed.extend_from_slice(&nonce);
    sealed.extend(aead::encrypt(key, &nonce, &aad, &squeezed)?);
    let leaf = Leaf {
        at: about.at,
        commit: hmac_sha256(&salt, parts.manifest().as_bytes()),
        rid: about.rid,
        sealed: sha256(&sealed),
        kind: about.kind,
    };
    Ok((leaf, sealed))
}

/// Opens sealed bytes and checks them against the leaf: ciphertext hash, tag, commitment.
///
/// # Errors
/// `Invalid`, with the first check that failed.
pub fn open(leaf: &Leaf, sealed: &[u8], key: &Key) -> Result<Opened> {
    let fail = |what: &str| Error::Invalid(format!("entry {}: {what}", leaf.rid));
    if sha256(sealed) != leaf.sealed {
        return Err(fail("the sealed bytes are not those of the leaf"));
    }
    let (header, nonce, ciphertext) =
        split(sealed).ok_or_else(|| fail("the sealed bytes have no known form"))?;
    let squeezed = aead::decrypt(key, nonce, &associated(&leaf.rid, &leaf.kind, header), ciphertext)
        .ok_or_else(|| fail("the key does not open it"))?;
    let (salt, parts) = pack::unpack(&squeezed).ok_or_else(|| fail("the parts have no known form"))?;
    if parts.attachment.as_ref().map(|attachment| attachment.blob.stored) != blob_ref(sealed) {
        return Err(fail("the media file is not the one inside"));
    }
    let commit = hmac_sha256(&salt, parts.manifest().as_bytes());
    if !bool::from(commit.ct_eq(&leaf.commit)) {
        return Err(fail("the commitment is not the leaf's"));
    }
    Ok(Opened { salt, parts })
}

/// The media file that sealed bytes name, readable without a key.
#[must_use]
pub fn blob_ref(sealed: &[u8]) -> Option<BlobRef> {
    let (header, ..) = split(sealed)?;
    let (sha256, bytes) = header.get(1..)?.split_first_chunk::<32>()?;
    Some(BlobRef { sha256: *sha256, bytes: u64::from_be_bytes(bytes.try_into().ok()?) })
}

fn split(sealed: &[u8]) -> Option<(&[u8], &[u8; NONCE_BYTES], &[u8])> {
    let header_bytes = match *sealed.first()? {
        PLAIN => 1,
        WITH_BLOB => BLOB_HEADER_BYTES,
        _ => return None,
    };
    let (header, rest) = sealed.split_at_checked(header_bytes)?;
    let (nonce, ciphertext) = rest.split_first_chunk()?;
    (ciphertext.len() >= TAG_BYTES).then_some((header, nonce, ciphertext))
}

fn blob_header(blob: &BlobRef) -> Vec<u8> {
    let mut header = vec![WITH_BLOB];
    header.extend_from_slice(&blob.sha256);
    header.extend_from_slice(&blob.bytes.to_be_bytes());
    header
}

fn associated(rid: &Rid, kind: &Kind, header: &[u8]) -> Vec<u8> {
    [rid.as_bytes().as_slice(), kind.as_str().as_bytes(), header].concat()
}
