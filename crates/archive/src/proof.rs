//! What leaves the house: a proof file (C2SP tlog-proof), and one entry's export that a court can check without us.

mod export;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Error, Result};
use crate::fs::Fs;
use crate::journal::Journal;
use crate::note::{Checkpoint, Verifier};
use crate::tiles::{TileReader, read_checkpoint};
use crate::tree::{self, Hash, PROOF_HASHES_MAX, leaf_hash};

pub use export::{EXPORT_FILE_BYTES_MAX, Export, Verified, open_export, verify_export};

/// Longest proof file, in bytes.
pub const PROOF_BYTES_MAX: u64 = 128 << 10;
/// Longest `extra`, in bytes.
pub const EXTRA_BYTES_MAX: usize = 1024;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// A proof that a leaf is in the log that a checkpoint commits to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Bytes for the verifier: here the salt of the commitment.
    pub extra: Option<Vec<u8>>,
    /// The leaf's index.
    pub index: u64,
    /// The path to the root.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

impl Proof {
    /// Writes the file.
    #[must_use]
    pub fn encode(&self) -> String {
        let extra = self.extra.as_ref().map(|extra| format!("extra {}\n", STANDARD.encode(extra)));
        let hashes: String = self.hashes.iter().map(|hash| STANDARD.encode(hash) + "\n").collect();
        format!("{HEADER}\n{}index {}\n{hashes}\n{}", extra.unwrap_or_default(), self.index, self.checkpoint)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// `Invalid` for any bytes that `encode` does not write.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        Self::read(bytes)
            .filter(|proof| proof.encode().as_bytes() == bytes)
            .ok_or_else(|| Error::Invalid("not a tlog-proof file".to_owned()))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() as u64 <= PROOF_BYTES_MAX)?;
        let (head, checkpoint) = text.split_once("\n\n")?;
        let mut lines = head.strip_prefix(HEADER)?.strip_prefix('\n')?.lines().peekable();
        let extra = match lines.peek()?.strip_prefix("extra ") {
            Some(extra) => Some(STANDARD.decode(extra).ok().filter(|extra| extra.len() <= EXTRA_BYTES_MAX)?),
            None => None,
        };
        if extra.is_some() {
            lines.next();
        }
        let index = lines.next()?.strip_prefix("index ")?.parse().ok()?;
        let hashes = lines.take(PROOF_HASHES_MAX + 1).map(|line| STANDARD.decode(line).ok()?.try_into().ok());
        let hashes = hashes.collect::<Option<Vec<Hash>>>()?;
        let short = hashes.len() <= PROOF_HASHES_MAX;
        short.then(|| Self { extra, index, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// Checks the checkpoint's signature and the path from the leaf, and gives the checkpoint.
    ///
    /// # Errors
    /// `Invalid`, with what failed.
    pub fn verify(&self, leaf: &[u8], verifier: &Verifier) -> Result<Checkpoint> {
        let checkpoint = Checkpoint::open(self.checkpoint.as_bytes(), verifier)?;
        let hash = leaf_hash(leaf);
        if tree::verify_inclusion(&hash, self.index, checkpoint.size, &self.hashes, &checkpoint.root) {
            Ok(checkpoint)
        } else {
            Err(Error::Invalid(format!("leaf {} is not in the tree of the checkpoint", self.index)))
        }
    }
}

/// Proves an entry against the signed checkpoint in the data folder, and checks the proof before giving it out.
///
/// # Errors
/// `Absent` for an entry behind the checkpoint; `Corruption`, `Invalid` when the tiles do not lead to the root; `Io`.
pub fn prove(
    fs: &dyn Fs,
    journal: &dyn Journal,
    index: u64,
    extra: Option<Vec<u8>>,
    verifier: &Verifier,
) -> Result<Proof> {
    let (checkpoint, note) = read_checkpoint(fs, verifier)?.ok_or(Error::Absent { index, len: 0 })?;
    if index >= checkpoint.size {
        return Err(Error::Absent { index, len: checkpoint.size });
    }
    let hashes = tree::inclusion(index, checkpoint.size, &mut TileReader::new(fs, checkpoint.size))?;
    let proof = Proof { extra, index, hashes, checkpoint: note };
    proof.verify(&journal.read(index)?.leaf.encode(), verifier)?;
    Ok(proof)
}

/// Proves that an earlier checkpoint is the beginning of the signed one in the data folder.
///
/// # Errors
/// `Invalid` for an empty or larger tree, and when it is not its beginning; `Corruption`, `Io`.
pub fn prove_consistency(fs: &dyn Fs, old: &Checkpoint, verifier: &Verifier) -> Result<(Vec<Hash>, String)> {
    let (checkpoint, note) =
        read_checkpoint(fs, verifier)?.ok_or_else(|| Error::Invalid("there is no checkpoint".to_owned()))?;
    let mut nodes = TileReader::new(fs, checkpoint.size);
    let hashes = tree::consistency(old.size, checkpoint.size, &mut nodes)?;
    if tree::verify_consistency(old.size, &old.root, checkpoint.size, &checkpoint.root, &hashes) {
        Ok((hashes, note))
    } else {
        Err(Error::Invalid(format!("the log of {} leaves is not the beginning of this one", old.size)))
    }
}

/// Names and bytes of small files, sorted.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;
