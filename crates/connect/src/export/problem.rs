//! What was odd in a file, beside the result: each with its line and without a word of content.

use std::fmt;

/// How many diagnostics are listed; the rest is counted.
pub const DIAGNOSTICS_MAX: usize = 1_000;

/// One odd place in a file. Nothing was lost there: the bytes are in the items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The line of the chat's text, from 1; `None` where it is about the file as a whole.
    pub line: Option<u64>,
    /// What is odd.
    pub problem: Problem,
}

/// What can be odd in an export.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// Text stands before the first message.
    BeforeFirstMessage,
    /// The bytes are not UTF-8; signs of replacement stand in the text, the exact bytes beside it.
    NotUtf8,
    /// The line is longer than the limit and was read in pieces.
    LongLine,
    /// The message is larger than the limit; its rest is kept as unread bytes.
    LongMessage,
    /// The line looks like the start of a message of another app's export; it was kept as part of the message it stands in.
    OtherShape,
    /// The line looks like the start of a message, with a day that is not in the calendar; kept as part of the message.
    NoSuchDay,
    /// Time goes back by more than a day: lines were moved, or typed to look like messages.
    TimeGoesBack,
    /// A file is named here and is not in the archive.
    FileMissing,
    /// Files in the archive that no message names.
    FilesUnnamed {
        /// How many.
        count: usize,
    },
    /// Entries of the archive that cannot be files of a chat: a path that leaves the folder, a link, a second of one
    /// name, an encrypted or over-large one.
    EntriesIgnored {
        /// Why.
        reason: &'static str,
        /// How many.
        count: usize,
    },
    /// None of the names given for the firm's side wrote anything.
    OwnNameAbsent,
}

impl Problem {
    /// A stable name for logs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Problem::BeforeFirstMessage => "before_first_message",
            Problem::NotUtf8 => "not_utf8",
            Problem::LongLine => "long_line",
            Problem::LongMessage => "long_message",
            Problem::OtherShape => "other_shape",
            Problem::NoSuchDay => "no_such_day",
            Problem::TimeGoesBack => "time_goes_back",
            Problem::FileMissing => "file_missing",
            Problem::FilesUnnamed { .. } => "files_unnamed",
            Problem::EntriesIgnored { .. } => "entries_ignored",
            Problem::OwnNameAbsent => "own_name_absent",
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        match &self.problem {
            Problem::BeforeFirstMessage => f.write_str("text before the first message; kept as it is"),
            Problem::NotUtf8 => {
                f.write_str("not UTF-8; what could not be read is marked, the bytes are kept")
            }
            Problem::LongLine => f.write_str("the line is over the size limit; read in pieces"),
            Problem::LongMessage => {
                f.write_str("the message is over the size limit; its rest is kept unread")
            }
            Problem::OtherShape => f.write_str(
                "looks like a message, but not as this file writes them; kept as text of the message above",
            ),
            Problem::NoSuchDay => f.write_str(
                "looks like a message, but the day does not exist; kept as text of the message above",
            ),
            Problem::TimeGoesBack => f.write_str("time goes back by more than a day here"),
            Problem::FileMissing => f.write_str("the file named here is not in the archive"),
            Problem::FilesUnnamed { count } => {
                write!(f, "files in the archive that no message names: {count}")
            }
            Problem::EntriesIgnored { reason, count } => {
                write!(f, "entries of the archive that were not read, because {reason}: {count}")
            }
            Problem::OwnNameAbsent => {
                f.write_str("nobody of the names given for the firm's side wrote in this chat")
            }
        }
    }
}

/// Diagnostics in the order of the file, bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    /// The first [`DIAGNOSTICS_MAX`].
    pub listed: Vec<Diagnostic>,
    /// How many more there were.
    pub more: u64,
}

impl Diagnostics {
    pub(super) fn add(&mut self, line: impl Into<Option<u64>>, problem: Problem) {
        if self.listed.len() < DIAGNOSTICS_MAX {
            self.listed.push(Diagnostic { line: line.into(), problem });
        } else {
            self.more += 1;
        }
    }
}
