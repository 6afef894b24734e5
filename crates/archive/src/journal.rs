//! The journal: entries in order, durable before they are answered, conditional on keyed hashes.

mod cut;
mod file;
mod frame;
mod index;
mod log;
mod recover;

#[cfg(any(test, feature = "crash"))]
pub mod conformance;

use crate::error::{Error, Result};
use crate::leaf::Leaf;
use crate::seal::SEALED_BYTES_MAX;

pub use file::FileJournal;
pub use frame::SEGMENT_HEADER_BYTES;
pub use log::{Options, SegmentLog};

pub(crate) use cut::{cut, is_open, shown_len};
pub(crate) use frame::{FRAME_MAGIC, STATE_DESTROYED, decode, segment_header};
pub(crate) use index::{JOURNAL, list_segments, segment_path};
pub(crate) use log::SEGMENT_BYTES_MAX;
pub(crate) use recover::Start;

/// Entries of one batch.
pub const BATCH_ENTRIES_MAX: usize = 4096;
/// Sealed bytes of one batch.
pub const BATCH_BYTES_MAX: usize = 32 << 20;
/// Keyed hashes of one entry.
pub const HASHES_MAX: usize = 64;
/// Sealed bytes that one page of `read_from` holds before it stops.
pub const PAGE_BYTES: usize = 8 << 20;

/// A keyed hash of something an entry is about: HMAC under a deployment key, cut to 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash(pub [u8; 16]);

/// What an append expects of a keyed hash. Its version is the number of entries that carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// No entry carries it.
    Absent,
    /// So many entries carry it.
    Version(u64),
}

/// An entry to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The leaf; its `sealed` is the SHA-256 of `sealed`.
    pub leaf: Leaf,
    /// The sealed bytes, at most `SEALED_BYTES_MAX`.
    pub sealed: Vec<u8>,
    /// The slot of its key in the key table; 0 for none.
    pub key_slot: u64,
    /// The keyed hashes whose version it raises by one, at most `HASHES_MAX`, no two alike.
    pub hashes: Vec<KeyHash>,
}

/// Entries that are appended together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// In order; at least one, at most `BATCH_ENTRIES_MAX`.
    pub drafts: Vec<Draft>,
    /// Checked against the journal before any of the drafts.
    pub preconditions: Vec<(KeyHash, Expected)>,
}

impl Batch {
    /// A batch of one entry without preconditions.
    #[must_use]
    pub fn one(draft: Draft) -> Self {
        Self { drafts: vec![draft], preconditions: Vec::new() }
    }

    /// Checks the documented limits, and that each leaf covers its sealed bytes.
    ///
    /// # Errors
    /// `Invalid`, naming the draft.
    pub fn check(&self) -> Result<()> {
        let entries = self.drafts.len();
        if !(1..=BATCH_ENTRIES_MAX).contains(&entries) || self.sealed_bytes() > BATCH_BYTES_MAX {
            return Err(Error::Invalid(format!(
                "a batch of {entries} entries, {} bytes",
                self.sealed_bytes()
            )));
        }
        for (at, draft) in self.drafts.iter().enumerate() {
            let mut hashes = draft.hashes.clone();
            hashes.sort_unstable();
            hashes.dedup();
            let fits = draft.sealed.len() <= SEALED_BYTES_MAX && draft.hashes.len() <= HASHES_MAX;
            if !fits || hashes.len() < draft.hashes.len() {
                return Err(Error::Invalid(format!("draft {at} is too large or repeats a keyed hash")));
            }
            if crate::aead::sha256(&draft.sealed) != draft.leaf.sealed {
                return Err(Error::Invalid(format!("draft {at}: the leaf does not cover the sealed bytes")));
            }
        }
        Ok(())
    }

    /// Sealed bytes of all drafts.
    #[must_use]
    pub fn sealed_bytes(&self) -> usize {
        self.drafts.iter().map(|draft| draft.sealed.len()).sum()
    }
}

/// A stored entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log, from 0.
    pub index: u64,
    /// The leaf.
    pub leaf: Leaf,
    /// The sealed bytes, checked against the leaf, unless destroyed.
    pub sealed: Sealed,
    /// The slot of its key in the key table; 0 for none.
    pub key_slot: u64,
    /// The keyed hashes it carries.
    pub hashes: Vec<KeyHash>,
}

/// An entry's sealed bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// As appended.
    Kept(Vec<u8>),
    /// Destroyed on purpose; the leaf stays.
    Destroyed,
}

impl Sealed {
    /// The bytes.
    ///
    /// # Errors
    /// `Destroyed`.
    pub fn bytes(&self) -> Result<&[u8]> {
        match self {
            Self::Kept(bytes) => Ok(bytes),
            Self::Destroyed => Err(Error::Destroyed("the content".to_owned())),
        }
    }
}

/// The entries that carry a keyed hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first one's index.
    pub first: u64,
    /// The last one's index.
    pub last: u64,
    /// Their number.
    pub version: u64,
}

/// Is called once with the first index of the batch, or with why it was not appended.
pub type Done = Box<dyn FnOnce(Result<u64>) + Send>;

/// An append-only sequence of entries. One suite, [`conformance`], runs on every implementation.
pub trait Journal: Send + Sync {
    /// Appends a batch and gives the index of its first entry; durable on return.
    ///
    /// # Errors
    /// `Conflict` with every precondition that does not hold; `Invalid`; `Io` when it may not be durable. Nothing is
    /// then readable, now or after a restart, except that after `Io` a crash may bring the whole batch back.
    fn append(&self, batch: Batch) -> Result<u64>;
    /// Appends without waiting: `done` runs on the journal's thread, must be short, and may run before this returns.
    fn submit(&self, batch: Batch, done: Done);
    /// The number of durable entries.
    fn len(&self) -> u64;
    /// Is there none?
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Reads one entry.
    ///
    /// # Errors
    /// `Absent`, `Corruption`, `Io`.
    fn read(&self, index: u64) -> Result<Entry>;
    /// Reads entries in order from an index: at most `entries_max`, and no more once `PAGE_BYTES` are reached. Empty at
    /// the end.
    ///
    /// # Errors
    /// `Corruption`, `Io`.
    fn read_from(&self, from: u64, entries_max: usize) -> Result<Vec<Entry>>;
    /// Reads encoded leaves in order from an index, as `read_from` reads entries: for the tree, which wants nothing else.
    ///
    /// # Errors
    /// `Corruption` of what is not covered by the leaf, `Io`.
    fn leaves_from(&self, from: u64, entries_max: usize) -> Result<Vec<Vec<u8>>>;
    /// The entries that carry a keyed hash; none when it is absent.
    ///
    /// # Errors
    /// `Io`.
    fn span(&self, hash: KeyHash) -> Result<Option<Span>>;
    /// Destroys the content of entries, durably, in place; leaves, hashes and proofs stay. Repeating it is fine, and
    /// needed when it failed or was interrupted.
    ///
    /// # Errors
    /// `Absent`, `Io`.
    fn destroy(&self, indexes: &[u64]) -> Result<()>;
    /// The highest key slot that any entry names: what the key table must have. 0 when none.
    fn key_slot_max(&self) -> u64;
}

/// Iterates over all entries from an index, page by page; ends after the first error.
pub fn entries(journal: &dyn Journal, from: u64) -> Entries<'_> {
    Entries { journal, page: Vec::new().into_iter(), next: from, failed: false }
}

/// What `entries` gives.
pub struct Entries<'a> {
    journal: &'a dyn Journal,
    page: std::vec::IntoIter<Entry>,
    next: u64,
    failed: bool,
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.len() == 0 && !self.failed {
            match self.journal.read_from(self.next, BATCH_ENTRIES_MAX) {
                Ok(page) => self.page = page.into_iter(),
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
        let entry = self.page.next()?;
        self.next = entry.index + 1;
        Some(Ok(entry))
    }
}
