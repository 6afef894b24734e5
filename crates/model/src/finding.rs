//! Findings: one policy on one document revision, with the words it is about.

use serde::{Deserialize, Serialize};

use crate::{
    access::words,
    document::{Field, Zone},
};

words! {
    /// How bad it would be if it were true.
    Severity {
        /// Worth a look when there is time.
        Low = "low",
        /// Worth a look this week.
        Medium = "medium",
        /// Worth a look today.
        High = "high",
        /// Worth a look now.
        Critical = "critical",
    }
}

words! {
    /// What follows a match after it happened.
    Action {
        /// Nothing, and no other policy fires on the same words: a known exception.
        Ignore = "ignore",
        /// A finding in the log; nobody is called.
        Log = "log",
        /// A finding and an alert.
        Alert = "alert",
    }
}

/// One policy that matched one document revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The policy's id, such as `side-deal.foreign-account`.
    pub policy: String,
    /// The policy's version: the number of times it was published before, plus one.
    pub version: u32,
    /// Its title at that version.
    pub title: String,
    /// Its severity at that version.
    pub severity: Severity,
    /// Its action at that version.
    pub action: Action,
    /// The words it is about; empty where the match is about facts, not words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
}

/// A policy that cost too much on a document and was given up there: whether it matches is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenUp {
    /// The policy's id.
    pub policy: String,
    /// The policy's version.
    pub version: u32,
}

/// A place in the stored text of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// Which zone.
    pub zone: Zone,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The field whose test the words passed: `text` for words, `payment` for a payee …
    pub because: Field,
}
