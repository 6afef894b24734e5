//! Answers about what was captured of each number, hour by hour, and what was not.

use aboveboard_model::{
    connection::Turned,
    id::{EmployeeId, NumberId, SourceId},
    item::Number,
};
use jiff::{SignedDuration, Timestamp};

/// A number that was not heard of for longer than this is called silent: longer than a weekend.
pub const SILENT_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// A business number as heard of.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberRow {
    /// Which.
    pub id: NumberId,
    /// The source that it was last heard of from.
    pub source: SourceId,
    /// The number.
    pub number: Number,
    /// Who is accountable now.
    pub employee: Option<EmployeeId>,
    /// When it was first heard of, by our clock.
    pub first_at: Timestamp,
    /// When it was last heard of, by our clock.
    pub last_at: Timestamp,
    /// Messages that came in.
    pub received: u64,
    /// Messages that went out.
    pub sent: u64,
    /// Items whose shape is not known.
    pub unknown: u64,
    /// Files that are not here yet.
    pub media_waiting: u64,
    /// Files that will not come.
    pub media_failed: u64,
    /// Messages whose content the source did not give.
    pub unavailable: u64,
    /// Items that wait sealed; at most [`super::WAITING_MAX`].
    pub waiting: u64,
    /// Since when capture has stopped, and why.
    pub gap: Option<(Timestamp, String)>,
}

/// Which numbers a list of coverage shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// All that were ever heard of.
    #[default]
    All,
    /// Those whose capture has stopped.
    Stopped,
    /// Those that were not heard of for [`SILENT_AFTER`].
    Silent,
    /// Those that nobody is accountable for now.
    Unassigned,
    /// Those of which files are not here.
    FilesMissing,
}

impl Numbers {
    /// All of them, in the order in which they are offered.
    pub const ALL: &[Numbers] =
        &[Numbers::All, Numbers::Stopped, Numbers::Silent, Numbers::Unassigned, Numbers::FilesMissing];

    /// The word for addresses and language files.
    pub fn word(self) -> &'static str {
        match self {
            Numbers::All => "all",
            Numbers::Stopped => "stopped",
            Numbers::Silent => "silent",
            Numbers::Unassigned => "unassigned",
            Numbers::FilesMissing => "files",
        }
    }
}

/// What a list of coverage shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageFilter {
    /// Which numbers.
    pub numbers: Numbers,
    /// From when on.
    pub from: Timestamp,
    /// Where the page begins: after this number.
    pub after: Option<NumberId>,
    /// Rows; at most [`super::PAGE_ROWS_MAX`].
    pub limit: usize,
}

/// How many numbers there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NumberCounts {
    /// Ever heard of.
    pub all: u64,
    /// Capture has stopped.
    pub stopped: u64,
    /// Not heard of for [`SILENT_AFTER`].
    pub silent: u64,
    /// Nobody is accountable now.
    pub unassigned: u64,
    /// Files are not here.
    pub files_missing: u64,
}

impl NumberCounts {
    /// How many there are of a kind.
    pub fn of(&self, numbers: Numbers) -> u64 {
        match numbers {
            Numbers::All => self.all,
            Numbers::Stopped => self.stopped,
            Numbers::Silent => self.silent,
            Numbers::Unassigned => self.unassigned,
            Numbers::FilesMissing => self.files_missing,
        }
    }
}

/// What was captured of a number in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hour {
    /// When the hour began: of what happened, as far as the source's clock can be believed.
    pub at: Timestamp,
    /// Messages that came in.
    pub received: u64,
    /// Messages that went out: echoes from the app, and those that its history brought.
    pub sent: u64,
    /// Edits.
    pub edited: u64,
    /// Deletions for everyone.
    pub revoked: u64,
    /// Messages whose content the source did not give.
    pub unavailable: u64,
    /// Items whose shape is not known.
    pub unknown: u64,
    /// Files that are not here, lost or awaited, by the hour of their message.
    pub media_missing: u64,
}

impl Hour {
    /// An hour in which nothing was captured.
    pub fn at(at: Timestamp) -> Self {
        Hour { at, received: 0, sent: 0, edited: 0, revoked: 0, unavailable: 0, unknown: 0, media_missing: 0 }
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Hour) {
        self.received += other.received;
        self.sent += other.sent;
        self.edited += other.edited;
        self.revoked += other.revoked;
        self.unavailable += other.unavailable;
        self.unknown += other.unknown;
        self.media_missing += other.media_missing;
    }

    /// Messages of both directions.
    pub fn messages(&self) -> u64 {
        self.received + self.sent
    }
}

/// A time without capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None` for still.
    pub until: Option<Timestamp>,
    /// What the source called it.
    pub reason: String,
}

/// A number with what was captured of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CoverageRow {
    /// The number as heard of.
    pub number: NumberRow,
    /// Hours in which something was captured or missed, by time.
    pub hours: Vec<Hour>,
    /// Gaps that touch the time asked for, newest first.
    pub gaps: Vec<Gap>,
}

/// How often somebody was turned away at a source's address in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnedAwayHour {
    /// The source.
    pub source: SourceId,
    /// When the hour began, by our clock.
    pub at: Timestamp,
    /// Why.
    pub why: Turned,
    /// How often; at least.
    pub times: u64,
}
