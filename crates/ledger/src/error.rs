//! The errors of this crate: refusals with a code, diagnostics of a query, and the world failing.

use aboveboard_model::refusal::Refusal;

/// What a question or a command can come back with instead of an answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A domain answer: no, and why, as a stable code.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The query's text has mistakes.
    #[error("the query has {} mistakes", .0.len())]
    Query(Vec<aboveboard_query::Diagnostic>),
    /// The views did not catch up in time; try again.
    #[error("the views are behind the log")]
    Busy,
    /// The archive failed: storage is full or broken, or bytes are not what was written.
    #[error("archive: {0}")]
    Archive(#[from] aboveboard_archive::Error),
    /// The views failed. They can be deleted and are rebuilt from the log.
    #[error("views: {0}")]
    Views(#[from] rusqlite::Error),
    /// The search index failed. It can be deleted and is rebuilt from the views.
    #[error("index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// A sealed record does not read as what its type says.
    #[error("entry {index} does not read: {reason}")]
    Record {
        /// Which entry.
        index: u64,
        /// Why, without content.
        reason: String,
    },
    /// The data folder cannot be used.
    #[error("{doing} {path}: {source}")]
    Folder {
        /// What was being done, as a verb.
        doing: &'static str,
        /// Where.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// A running server did not sign in time what was stored before a backup began.
    #[error("the server has signed {signed} of {entries} entries and does not go on: see what it logs")]
    Unsigned {
        /// Entries that were stored.
        entries: u64,
        /// Entries under the checkpoint.
        signed: u64,
    },
    /// A part of the program ended; the server has to be started again.
    #[error("{0} has stopped")]
    Stopped(&'static str),
}

impl Error {
    /// Whether stored bytes are not what was written: trying again would not help.
    pub fn is_damage(&self) -> bool {
        matches!(self, Error::Record { .. } | Error::Archive(aboveboard_archive::Error::Corruption(_)))
    }

    /// Whether nothing was wrong with what was asked: the same may go through later.
    pub fn is_unavailable(&self) -> bool {
        !matches!(self, Error::Refused(_) | Error::Query(_) | Error::Record { .. })
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Error::Refused(refusal)
    }
}

/// The short form used throughout the crate.
pub type Result<T> = std::result::Result<T, Error>;
