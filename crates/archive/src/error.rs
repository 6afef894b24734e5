//! The one error of this crate: the world failing, or an answer the caller must act on.

use std::io;
use std::sync::Arc;

/// What can go wrong in the archive. Cloneable, because one failed sync answers many waiting appends.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("cannot {doing} {path}: {source}")]
    Io {
        /// What was being done, as a verb.
        doing: &'static str,
        /// The file or folder, relative to the data folder.
        path: String,
        /// The cause.
        source: Arc<io::Error>,
    },
    /// Stored bytes are not what was written.
    #[error("corruption: {0}")]
    Corruption(Box<Corruption>),
    /// Preconditions of an append do not hold; nothing was written. Positions in the batch's list.
    #[error("{} preconditions of the append do not hold", .0.len())]
    Conflict(Vec<usize>),
    /// The append queue is full; try again later.
    #[error("the append queue is full")]
    Busy,
    /// The journal was closed.
    #[error("the journal is closed")]
    Closed,
    /// There is no such entry.
    #[error("no entry {index}: the journal has {len}")]
    Absent {
        /// The index asked for.
        index: u64,
        /// Entries in the journal.
        len: u64,
    },
    /// The content or the key was destroyed on purpose.
    #[error("{0} was destroyed")]
    Destroyed(String),
    /// The deployment key is not the one the key table was made with.
    #[error("the deployment key does not open {0}")]
    WrongKey(String),
    /// What was handed in, or read, breaks a documented rule or limit.
    #[error("{0}")]
    Invalid(String),
    /// Another process holds the data folder.
    #[error("{0} is in use by another process")]
    InUse(String),
}

/// The short form used throughout the crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A place where stored bytes differ from what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corruption {
    /// File, relative to the data folder.
    pub file: String,
    /// Byte offset in the file.
    pub offset: u64,
    /// Entry index or key slot, where one is known.
    pub index: Option<u64>,
    /// What should have been there: a hash, checksum or value in words.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl std::fmt::Display for Corruption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at byte {}", self.file, self.offset)?;
        if let Some(index) = self.index {
            write!(f, ", index {index}")?;
        }
        write!(f, ": expected {}, found {}", self.expected, self.found)
    }
}

impl From<Corruption> for Error {
    fn from(corruption: Corruption) -> Self {
        Self::Corruption(Box::new(corruption))
    }
}

impl Error {
    /// Is this the disk being full?
    #[must_use]
    pub fn is_storage_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull)
    }

    /// Is this a file that is not there?
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Adds what was being done to which path.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str, path: &str) -> Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: &str) -> Result<T> {
        self.map_err(|source| Error::Io { doing, path: path.to_owned(), source: Arc::new(source) })
    }
}
