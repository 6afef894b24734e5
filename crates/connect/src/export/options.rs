//! What an importer is told: whose chat it is, when its clock ran, and how much it may cost.

use aboveboard_model::item::Number;
use jiff::tz::TimeZone;

use super::{date::DateOrder, refusal::Refusal};

/// What must be known about a file that does not say it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which of day and month comes first, where somebody said so. `None` finds out, or asks.
    pub date_order: Option<DateOrder>,
    /// The names under which people of the firm write in this chat. May be empty where the chat is between two and is
    /// named after the other.
    pub own_names: Vec<String>,
    /// The chat's name, where the file's name does not say it. It is part of every id.
    pub conversation: Option<String>,
    /// The time zone of the phone that made the export. Where a clock was set back, the earlier of two times is taken.
    pub time_zone: TimeZone,
    /// The business number that the chat belongs to.
    pub number: Number,
    /// What the file may cost.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            date_order: None,
            own_names: Vec::new(),
            conversation: None,
            time_zone: TimeZone::UTC,
            number: Number::default(),
            limits: Limits::default(),
        }
    }
}

/// Bounds on a hostile file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The chat's text, unpacked, in bytes.
    pub text_bytes_max: u64,
    /// One line, in bytes; a longer one is read in pieces.
    pub line_bytes_max: u64,
    /// One message with all its lines, in bytes; the rest of a larger one is kept unread.
    pub message_bytes_max: u64,
    /// Messages in a file.
    pub messages_max: u64,
    /// Different senders in a file.
    pub senders_max: u64,
    /// Files in an archive.
    pub entries_max: u64,
    /// An archive's list of files, in bytes read.
    pub directory_bytes_max: u64,
    /// One file of an archive, unpacked, in bytes.
    pub file_bytes_max: u64,
    /// All files of an archive together, unpacked, in bytes.
    pub total_bytes_max: u64,
}

impl Default for Limits {
    /// Well above what WhatsApp writes: 40,000 messages of at most 65,536 characters, files of at most 2 GB.
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        const GIB: u64 = 1 << 30;
        Limits {
            text_bytes_max: GIB,
            line_bytes_max: MIB,
            message_bytes_max: 4 * MIB,
            messages_max: 2_000_000,
            senders_max: 5_000,
            entries_max: 100_000,
            directory_bytes_max: 32 * MIB,
            file_bytes_max: 2 * GIB,
            total_bytes_max: 64 * GIB,
        }
    }
}

/// Refuses what is over a limit.
pub(super) fn within(what: &'static str, value: u64, limit: u64) -> Result<(), Refusal> {
    if value > limit { Err(Refusal::TooLarge { what, limit }) } else { Ok(()) }
}
