//! What was captured of each number in each hour, where capture stopped, and who was turned away at a source's address.

use aboveboard_model::{
    connection::Turned,
    id::SourceId,
    item::{Body, Content, Direction, Item, Number},
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

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

/// What an item counts as.
#[derive(Default)]
struct Counted {
    received: i64,
    sent: i64,
    edited: i64,
    revoked: i64,
    unavailable: i64,
    unknown: i64,
}

impl Counted {
    fn of(item: &Item) -> Self {
        let mut counted = Self::default();
        match &item.body {
            Body::Message(message) => {
                match message.direction {
                    Direction::In => counted.received = 1,
                    Direction::Out | Direction::Internal => counted.sent = 1,
                }
                counted.unavailable = i64::from(matches!(message.content, Content::Unavailable { .. }));
                counted.unknown = i64::from(matches!(message.content, Content::Unknown { .. }));
            }
            Body::Edit { .. } => counted.edited = 1,
            Body::Revoke { .. } => counted.revoked = 1,
            Body::Unknown { .. } => counted.unknown = 1,
            _ => {}
        }
        counted
    }

    fn is_nothing(&self) -> bool {
        let all = [self.received, self.sent, self.edited, self.revoked, self.unavailable, self.unknown];
        all.iter().all(|count| *count == 0)
    }
}

/// The hour since 1970 UTC that an item counts in: when it happened, as far as that can be believed.
fn hour_of(happened_at: Option<Timestamp>, at: Timestamp) -> i64 {
    let believed = happened_at.filter(|happened| {
        at.duration_since(*happened) < PAST_MAX && happened.duration_since(at) < AHEAD_MAX
    });
    micros(believed.unwrap_or(at)).div_euclid(HOUR_MICROS)
}

impl Fold<'_> {
    /// Counts an item in its hour and for its source. Rows are bounded by numbers times hours.
    pub(super) fn cover(&mut self, source: SourceId, number: &str, item: &Item, at: Timestamp) -> Result<()> {
        let counted = Counted::of(item);
        if counted.is_nothing() {
            return Ok(());
        }
        let Counted { received, sent, edited, revoked, unavailable, unknown } = counted;
        self.db
            .prepare_cached(
                "INSERT INTO hours VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (number, hour) DO UPDATE SET \
                 received = received + ?3, sent = sent + ?4, edited = edited + ?5, revoked = revoked + ?6, \
                 unavailable = unavailable + ?7, unknown = unknown + ?8",
            )?
            .execute(params![
                number,
                hour_of(item.at, at),
                received,
                sent,
                edited,
                revoked,
                unavailable,
                unknown
            ])?;
        if received + sent > 0 {
            self.db
                .prepare_cached(
                    "INSERT INTO heard VALUES (?1, 1, ?2) ON CONFLICT (source) DO UPDATE SET messages = messages + 1",
                )?
                .execute(params![bits(source.0), micros(at)])?;
        }
        Ok(())
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
                "UPDATE gaps SET until_at = ?4 WHERE until_at IS NULL AND number IN (SELECT number FROM numbers WHERE ",
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
