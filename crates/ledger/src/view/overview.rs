//! Answers for the first page: sums over everything, and which alerts have waited longest.

use aboveboard_model::{finding::Severity, id::AlertId};
use jiff::Timestamp;

/// Alerts opened and closed in an hour. An alert that was reopened counts as not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertHour {
    /// When the hour began.
    pub at: Timestamp,
    /// Opened.
    pub opened: u64,
    /// Closed as true.
    pub confirmed: u64,
    /// Dismissed.
    pub dismissed: u64,
}

/// How long alerts without outcome have waited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ageing {
    /// Up to a day.
    pub a_day: u64,
    /// One to three days.
    pub three_days: u64,
    /// Three to seven days.
    pub a_week: u64,
    /// Longer.
    pub longer: u64,
    /// Claimed by nobody.
    pub unclaimed: u64,
    /// A second pair of eyes was asked for.
    pub escalated: u64,
    /// When the oldest was opened.
    pub oldest_at: Option<Timestamp>,
}

impl Ageing {
    /// All without outcome.
    pub fn open(&self) -> u64 {
        self.a_day + self.three_days + self.a_week + self.longer
    }
}

/// An open alert, without anything of what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenAlert {
    /// Which.
    pub id: AlertId,
    /// The number by which people call it.
    pub number: u64,
    /// How bad.
    pub severity: Severity,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Whether somebody has it.
    pub is_claimed: bool,
}
