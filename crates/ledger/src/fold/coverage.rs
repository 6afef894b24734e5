//! What was captured of each number in each hour, where capture stopped, and who was turned away at a source's address.

use aboveboard_model::{
    connection::Turned,
    id::{Index, SourceId},
    item::Number,
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::{Fold, items::number_key};
use crate::{
    error::Result,
    views::{bits, micros},
};

/// Which numbers an event is about: its number, or every number of its account where it names none.
macro_rules! concerned {
    () => {
        "(number = ?1 OR (?2 IS NULL AND json_extract(json, '$.account') = ?3))"
    };
}

/// Microseconds of an hour.
pub(crate) const HOUR_MICROS: i64 = 3_600_000_000;
/// How far in the past a source may put what it tells: its history is half a year; beyond it counts as of now.
const PAST_MAX: SignedDuration = SignedDuration::from_hours(24 * 400);
/// How far a source's clock may be ahead of ours.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Where a file is that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// It is still to come.
    Awaited,
    /// It will not come.
    Lost,
    /// It is in the log.
    Here,
}

/// The hour since 1970 UTC that an item counts in.
pub(super) fn hour_of(happened_at: Option<Timestamp>, at: Timestamp) -> i64 {
    micros(believed(happened_at, at)).div_euclid(HOUR_MICROS)
}

/// When something happened by the source's clock, as far as that can be believed; else when we were told.
fn believed(happened_at: Option<Timestamp>, at: Timestamp) -> Timestamp {
    let is_believed = |happened: &Timestamp| {
        at.duration_since(*happened) < PAST_MAX && happened.duration_since(at) < AHEAD_MAX
    };
    happened_at.filter(is_believed).unwrap_or(at)
}

impl Fold<'_> {
    /// A file's number and hour, and where it is; `None` where nobody asked for it.
    pub(super) fn file(&self, item: Index, media: &str) -> Result<Option<(String, i64, Stored)>> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT number, hour, entry IS NOT NULL, failed IS NOT NULL FROM media WHERE item = ?1 AND media = ?2",
            )?
            .query_row(params![bits(item.0), media], |row| {
                let stored = match (row.get(2)?, row.get(3)?) {
                    (true, _) => Stored::Here,
                    (false, true) => Stored::Lost,
                    (false, false) => Stored::Awaited,
                };
                Ok((row.get(0)?, row.get(1)?, stored))
            })
            .optional()?)
    }

    /// Counts a file that went from one state to another.
    pub(super) fn count_file(
        &self,
        (number, hour): (&str, i64),
        before: Option<Stored>,
        after: Stored,
    ) -> Result<()> {
        let change = |is: fn(Stored) -> bool| i64::from(is(after)) - i64::from(before.is_some_and(is));
        let awaited = change(|one| one == Stored::Awaited);
        let lost = change(|one| one == Stored::Lost);
        if (awaited, lost) == (0, 0) {
            return Ok(());
        }
        self.db
            .prepare_cached("UPDATE numbers SET awaited = awaited + ?2, lost = lost + ?3 WHERE number = ?1")?
            .execute(params![number, awaited, lost])?;
        self.db
            .prepare_cached(
                "INSERT INTO hours (number, hour, missing) VALUES (?1, ?2, ?3) ON CONFLICT (number, hour) \
                 DO UPDATE SET missing = missing + ?3",
            )?
            .execute(params![number, hour, awaited + lost])?;
        Ok(())
    }

    /// When that happened which an entry tells of.
    pub(super) fn happened_at(&self, cause: Index, at: Timestamp) -> Result<Timestamp> {
        Ok(believed(self.item_of(cause)?.and_then(|item| item.at), at))
    }

    /// Capture of a number, or of every number of an account, has stopped.
    pub(super) fn gap_opened(&mut self, number: &Number, at: Timestamp, reason: &str) -> Result<()> {
        let params = params![number_key(number), number.id, number.account, micros(at), reason];
        self.db
            .prepare_cached(concat!(
                "INSERT OR IGNORE INTO gaps SELECT number, ?4, NULL, ?5 FROM numbers WHERE gap_at IS NULL AND ",
                concerned!()
            ))?
            .execute(params)?;
        self.db
            .prepare_cached(concat!(
                "UPDATE numbers SET gap_at = coalesce(gap_at, ?4), gap_reason = ?5 WHERE ",
                concerned!()
            ))?
            .execute(params)?;
        Ok(())
    }

    /// Capture is back.
    pub(super) fn gap_closed(&mut self, number: &Number, at: Timestamp) -> Result<()> {
        let key = number_key(number);
        self.db
            .prepare_cached(concat!(
                "UPDATE gaps SET until_at = max(from_at, ?4) WHERE until_at IS NULL AND number IN (SELECT number FROM numbers WHERE ",
                concerned!(),
                ")"
            ))?
            .execute(params![key, number.id, number.account, micros(at)])?;
        self.db
            .prepare_cached(concat!(
                "UPDATE numbers SET gap_at = NULL, gap_reason = NULL WHERE ",
                concerned!()
            ))?
            .execute(params![key, number.id, number.account])?;
        Ok(())
    }

    /// Counts those who were turned away, by source, hour and reason.
    pub(super) fn turned_away(
        &mut self,
        source: SourceId,
        why: Turned,
        at: Timestamp,
        times: u64,
    ) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO turned_away VALUES (?1, ?2, ?3, ?4) ON CONFLICT (source, hour, why) DO UPDATE SET \
                 times = times + ?4",
            )?
            .execute(params![
                bits(source.0),
                micros(at).div_euclid(HOUR_MICROS),
                why.word(),
                i64::try_from(times).unwrap_or(i64::MAX)
            ])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_when_it_happened_as_far_as_that_can_be_believed() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let now = 1_000_000 * 3_600;
        let cases = [
            (Some(now - 3_600 * 24 * 180), 1_000_000 - 24 * 180),
            (Some(now + 3_600), 1_000_001),
            (Some(now + 3_600 * 48), 1_000_000),
            (Some(0), 1_000_000),
            (None, 1_000_000),
        ];
        for (happened, hour) in cases {
            assert_eq!(hour_of(happened.map(at), at(now)), hour, "{happened:?}");
        }
        assert_eq!(hour_of(None, at(-1)), -1);
    }
}
