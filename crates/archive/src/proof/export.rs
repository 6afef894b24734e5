//! One entry as a folder of files, and its check.

use sha2::{Digest, Sha256};

use super::{Files, PROOF_BYTES_MAX, Proof, prove};
use crate::aead::{Key, hmac_sha256};
use crate::blob::BlobReader;
use crate::error::{Doing, Error, Result};
use crate::fs::{self, Fs, Mode};
use crate::journal::Journal;
use crate::leaf::{LEAF_BYTES_MAX, Leaf};
use crate::note::{Checkpoint, Verifier};
use crate::seal;

/// Longest part that `verify_export` reads, in bytes.
pub const EXPORT_FILE_BYTES_MAX: u64 = 8 << 30;

const MANIFEST_BYTES_MAX: u64 = 64 << 10;
const READ_BYTES: usize = 64 << 10;

/// What an export proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The entry's index.
    pub index: u64,
    /// The leaf.
    pub leaf: Leaf,
    /// The checkpoint it is under.
    pub checkpoint: Checkpoint,
    /// The names of the parts.
    pub parts: Vec<String>,
}

/// One entry with its proof, ready to be written down: what [`verify_export`] accepts once it is a folder.
pub struct Export {
    /// Names and bytes of its files, sorted, but for a media file.
    pub files: Vec<(String, Vec<u8>)>,
    /// Name and content of a media file, which comes piece by piece.
    pub attachment: Option<(String, BlobReader)>,
}

impl Export {
    /// Writes it into a folder, which is created; a media file is copied piece by piece.
    ///
    /// # Errors
    /// As [`verify_export`], which has the last word; `Corruption`, `Io`.
    pub fn write(self, verifier: &Verifier, to: (&dyn Fs, &str)) -> Result<Verified> {
        let (to_fs, folder) = to;
        if !folder.is_empty() {
            to_fs.create_dir(folder).doing("create", folder)?;
        }
        for (name, bytes) in &self.files {
            let path = join(folder, name);
            let file = to_fs.open(&path, Mode::Create).doing("create", &path)?;
            file.write_at(0, bytes).doing("write", &path)?;
        }
        if let Some((name, mut reader)) = self.attachment {
            let path = join(folder, &name);
            let file = to_fs.open(&path, Mode::Create).doing("create", &path)?;
            let mut offset = 0;
            while let Some(piece) = reader.read()? {
                file.write_at(offset, &piece).doing("write", &path)?;
                offset += piece.len() as u64;
            }
        }
        verify_export(to_fs, folder, verifier)
    }
}

/// Opens one entry for an export, and proves it.
///
/// # Errors
/// As [`prove`]; `Destroyed`; `Invalid` when the key does not open the entry; `Io`.
pub fn open_export(
    fs: &dyn Fs,
    journal: &dyn Journal,
    index: u64,
    key: &Key,
    verifier: &Verifier,
) -> Result<Export> {
    let entry = journal.read(index)?;
    let sealed = entry.sealed.bytes()?;
    let opened = seal::open(&entry.leaf, sealed, key)?;
    let proof = prove(fs, journal, index, Some(opened.salt.to_vec()), verifier)?;
    let mut files: Files =
        opened.parts.iter().map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect();
    for (name, bytes) in [
        ("manifest-sha256.txt", opened.parts.manifest().into_bytes()),
        ("salt.hex", hex::encode(opened.salt).into_bytes()),
        ("leaf.json", entry.leaf.encode()),
        ("evidence.tlog-proof", proof.encode().into_bytes()),
        ("log.vkey", format!("{}\n", verifier.vkey()).into_bytes()),
        ("verify.sh", include_bytes!("verify.sh").to_vec()),
        ("readme.txt", include_bytes!("readme.txt").to_vec()),
    ] {
        files.insert(name.to_owned(), bytes);
    }
    let attachment = match opened.parts.attachment() {
        Some(attachment) => {
            let reader = BlobReader::open(fs, &attachment.blob.stored, key, entry.leaf.rid)?;
            Some((attachment.name.clone(), reader))
        }
        None => None,
    };
    Ok(Export { files: files.into_iter().collect(), attachment })
}

/// Checks an exported folder offline: parts, manifest, commitment, leaf, path, root, signature.
///
/// # Errors
/// `Invalid` with the first check that failed; `Io`.
pub fn verify_export(fs: &dyn Fs, folder: &str, verifier: &Verifier) -> Result<Verified> {
    let read = |name: &str, bytes_max: u64| fs::read_whole(fs, &join(folder, name), bytes_max);
    let manifest = read("manifest-sha256.txt", MANIFEST_BYTES_MAX)?;
    let mut parts = Vec::new();
    for line in String::from_utf8_lossy(&manifest).lines() {
        let (hash, name) = line
            .split_once("  ")
            .filter(|(_, name)| is_plain(name))
            .ok_or_else(|| Error::Invalid(format!("the manifest has a line of another form: {line:?}")))?;
        if hash_file(fs, &join(folder, name))? != hash {
            return Err(Error::Invalid(format!("{name} is not the part in the manifest")));
        }
        parts.push(name.to_owned());
    }
    let salt = hex::decode(read("salt.hex", 66)?.trim_ascii_end());
    let salt: [u8; 32] = salt
        .ok()
        .and_then(|salt| salt.try_into().ok())
        .ok_or_else(|| Error::Invalid("the salt is not 32 bytes".to_owned()))?;
    let leaf_bytes = read("leaf.json", LEAF_BYTES_MAX as u64)?;
    let leaf = Leaf::parse(&leaf_bytes)?;
    if hmac_sha256(&salt, &manifest) != leaf.commit {
        return Err(Error::Invalid("the leaf commits to another manifest".to_owned()));
    }
    let proof = Proof::parse(&read("evidence.tlog-proof", PROOF_BYTES_MAX)?)?;
    if proof.extra.as_deref().is_some_and(|extra| extra != salt) {
        return Err(Error::Invalid("the proof has another salt".to_owned()));
    }
    let checkpoint = proof.verify(&leaf_bytes, verifier)?;
    Ok(Verified { index: proof.index, leaf, checkpoint, parts })
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A name that stays in the folder.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}

fn hash_file(fs: &dyn Fs, path: &str) -> Result<String> {
    let file = fs.open(path, Mode::Read).doing("open", path)?;
    if file.len().doing("measure", path)? > EXPORT_FILE_BYTES_MAX {
        return Err(Error::Invalid(format!("{path} is too long")));
    }
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; READ_BYTES];
    let mut offset = 0;
    loop {
        let read = file.read_at(offset, &mut buffer).doing("read", path)?;
        hasher.update(&buffer[..read]);
        offset += read as u64;
        if read < buffer.len() {
            return Ok(hex::encode(hasher.finalize()));
        }
    }
}
