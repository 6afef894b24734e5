//! Why a file is not imported: answers with a stable code and a hint, without a word of content.

use std::{fmt, io};

use super::order::DateExample;

/// Why a file is not imported. Nothing was recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(io::Error),
    /// Nowhere in the text does a message begin.
    #[error("this is not a chat export: no line begins as messages do")]
    NotAnExport,
    /// The text is UTF-16: an editor has saved it anew.
    #[error("the text is not UTF-8: it is not as WhatsApp wrote it")]
    NotUtf8,
    /// The archive is damaged, encrypted or packed in an unknown way.
    #[error("the archive cannot be opened: {reason}")]
    BrokenArchive {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The archive's list of files is over the limit.
    #[error("the archive's list of files is over the size limit")]
    ArchiveListTooLarge,
    /// The archive holds no text.
    #[error("the archive holds no chat: no .txt file")]
    NoChat,
    /// The archive holds several texts and none is named like a chat.
    #[error("the archive holds {count} .txt files and none is named like a chat")]
    SeveralChats {
        /// How many.
        count: usize,
    },
    /// Something is over a limit.
    #[error("{what} is over the limit of {limit}")]
    TooLarge {
        /// What.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The dates do not say whether the day or the month comes first: all can be read both ways, or they disagree.
    #[error("the dates do not say whether the day or the month comes first")]
    DateOrderNeeded {
        /// A few of them.
        examples: Vec<DateExample>,
    },
    /// The years are of the Islamic or the Persian calendar.
    #[error("the years are of a calendar that is not read (line {line})")]
    OtherCalendar {
        /// The first such line, from 1.
        line: u64,
    },
    /// Neither the file's name nor the chat says what the chat is called.
    #[error("the name of the chat is not known")]
    ConversationNameNeeded,
    /// Which of the senders belong to the firm is not known.
    #[error("which of the senders belong to the firm is not known")]
    OwnNamesNeeded {
        /// Everybody who wrote.
        senders: Names,
    },
    /// No file of this name is in the archive.
    #[error("no file of this name is in the archive")]
    NoSuchFile,
}

impl Refusal {
    pub(super) fn unreadable(error: io::Error) -> Self {
        Refusal::Unreadable(error)
    }

    /// A stable name for logs, pages and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Unreadable(_) => "unreadable",
            Refusal::NotAnExport => "not_an_export",
            Refusal::NotUtf8 => "not_utf8",
            Refusal::BrokenArchive { .. } => "broken_archive",
            Refusal::ArchiveListTooLarge => "archive_list_too_large",
            Refusal::NoChat => "no_chat",
            Refusal::SeveralChats { .. } => "several_chats",
            Refusal::TooLarge { .. } => "too_large",
            Refusal::DateOrderNeeded { .. } => "date_order_needed",
            Refusal::OtherCalendar { .. } => "other_calendar",
            Refusal::ConversationNameNeeded => "conversation_name_needed",
            Refusal::OwnNamesNeeded { .. } => "own_names_needed",
            Refusal::NoSuchFile => "no_such_file",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Refusal::Unreadable(_) => "Copy the file to this machine again.",
            Refusal::NotAnExport | Refusal::NotUtf8 | Refusal::BrokenArchive { .. } => {
                "Export the chat again and hand in the file as the phone made it."
            }
            Refusal::ArchiveListTooLarge | Refusal::TooLarge { .. } => {
                "A real export is far smaller. If this one is real, raise the limit."
            }
            Refusal::NoChat | Refusal::SeveralChats { .. } => {
                "Hand in the archive as the phone made it, or the chat's .txt file alone."
            }
            Refusal::DateOrderNeeded { .. } => {
                "Look at the examples and say --date-order dmy or --date-order mdy (ymd for short years that come first)."
            }
            Refusal::OtherCalendar { .. } => {
                "Set the phone's calendar to Gregorian and export the chat again."
            }
            Refusal::ConversationNameNeeded => "Give the chat's name.",
            Refusal::OwnNamesNeeded { .. } => "Say which of the senders belong to the firm.",
            Refusal::NoSuchFile => "Ask for a file that the import lists.",
        }
    }
}

/// Names of people; printing it for a log shows how many, never which.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} names", self.0.len())
    }
}
