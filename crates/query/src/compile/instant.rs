//! Instants as people write them: days, months, times, times of day, and so long before now.

use std::ops::Bound;

use aboveboard_model::document::Field;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

use super::{After, Compiled, Interval, Period, Site, Test, moved};
use crate::diagnostic::{Code, Diagnostic, quoted};

/// Most steps from `now` or from a day, as in `now-1M/M`.
pub const MOMENT_STEPS_MAX: usize = 8;
/// Furthest that one step goes, in its unit.
const STEP_MAX: i64 = 1_000_000;
const DAY_SECONDS: u32 = 24 * 60 * 60;

/// A time of day, in seconds since midnight where the employee works.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Clock {
    pub(crate) from: u32,
    /// The second after the last.
    pub(crate) until: u32,
    /// Whether it goes past midnight.
    pub(crate) is_over_midnight: bool,
}

/// An interval whose ends depend on `now`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MomentInterval(Interval<Moment>);

/// An instant by steps from `now` or from another one.
#[derive(Clone, Debug, PartialEq)]
struct Moment {
    /// `None` is now.
    base: Option<Period<Timestamp>>,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    By(i64, Unit),
    /// To where the unit begins.
    To(Unit),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

/// What the end of a range may be.
#[derive(Clone)]
enum End {
    Moment(Moment),
    Clock(Period<u32>),
}

/// Both ends, if each comes to something.
fn both<A, B>(ends: &Interval<A>, with: impl Fn(&A) -> Option<B>) -> Option<Interval<B>> {
    let known = |value: &A| with(value).ok_or(());
    Some((moved(&ends.0, known).ok()?, moved(&ends.1, known).ok()?))
}

impl MomentInterval {
    /// The interval, now being this.
    pub(crate) fn resolved(&self, now: Timestamp) -> Option<Interval<Timestamp>> {
        both(&self.0, |moment| moment.period(now)).map(|ends| Period::interval(&ends))
    }

    fn is_fixed(&self) -> bool {
        both(&self.0, |moment| moment.base).is_some()
    }
}

impl Site<'_> {
    pub(super) fn instant(&self, field: Field) -> Compiled {
        let ends = self.ends(|text| {
            end(text.trim()).ok_or_else(|| {
                let help = "write `2026-11-21`, `2026-11-21T09:30:00Z`, `now-7d` or a time of day, `18:00`";
                self.wrong(Code::BadInstant, format!("{} is not a day or a time", quoted(text)), help)
            })
        })?;
        if let (Bound::Unbounded, Bound::Unbounded) = ends {
            return Ok((Test::Exists { field }, None));
        }
        let moments = both(&ends, |end| match end {
            End::Moment(moment) => Some(moment.clone()),
            End::Clock(_) => None,
        });
        if let Some(moments) = moments {
            return self.moments(field, MomentInterval(moments));
        }
        let clocks = both(&ends, |end| match end {
            End::Clock(period) => Some(*period),
            End::Moment(_) => None,
        });
        let mixed = || {
            let message = "this range goes from a time of day to a day";
            self.wrong(Code::BadInstant, message, "use two conditions")
        };
        clocks.map(|clocks| self.clock(&clocks)).ok_or_else(mixed)
    }

    fn moments(&self, field: Field, interval: MomentInterval) -> Compiled {
        let now = self.environment.now.or(interval.is_fixed().then_some(Timestamp::UNIX_EPOCH));
        let sometime = Timestamp::UNIX_EPOCH + Span::new().hours(24 * 365 * 50);
        let Some(resolved) = interval.resolved(now.unwrap_or(sometime)) else {
            return Err(self.wrong(Code::BadInstant, "this is further than any time can be", "write a day"));
        };
        let warning = self.empty_interval(&resolved);
        let test = match now {
            Some(_) => Test::Instant { field, interval: resolved },
            None => Test::Moment { field, interval },
        };
        Ok((test, warning))
    }

    fn clock(&self, ends: &Interval<Period<u32>>) -> (Test, Option<Diagnostic>) {
        let (low, high) = Period::interval(ends);
        let second = |bound: Bound<u32>, open: u32| match bound {
            Bound::Included(second) | Bound::Excluded(second) => second,
            Bound::Unbounded => open,
        };
        let (from, until) = (second(low, 0), second(high, DAY_SECONDS));
        let first = |bound: &Bound<Period<u32>>| match bound {
            Bound::Included(period) | Bound::Excluded(period) => Some(period.first),
            Bound::Unbounded => None,
        };
        let is_over_midnight = first(&ends.0).zip(first(&ends.1)).is_some_and(|(low, high)| low > high);
        let warning = (!is_over_midnight && from >= until)
            .then(|| self.wrong(Code::NeverTrue, "nothing lies in this range", "exchange its ends"));
        (Test::Clock(Clock { from, until, is_over_midnight }), warning)
    }
}

/// A stretch up to what comes after it, if anything can.
fn stretch(first: Timestamp, after: Option<Timestamp>) -> Period<Timestamp> {
    Period { first, after: after.map_or(After::Nothing(Timestamp::MAX), After::From) }
}

impl Moment {
    fn period(&self, now: Timestamp) -> Option<Period<Timestamp>> {
        let start = self.base.unwrap_or(Period::exactly(now));
        let Some(last) = self.steps.last() else { return Some(start) };
        let mut at = start.first.to_zoned(TimeZone::UTC);
        for step in &self.steps {
            at = match *step {
                Step::By(count, unit) => at.checked_add(unit.span(count)?).ok()?,
                Step::To(unit) => unit.start(&at)?,
            };
        }
        Some(match last {
            Step::To(unit) => {
                let after = at.checked_add(unit.span(1)?).ok();
                stretch(at.timestamp(), after.map(|after| after.timestamp()))
            }
            Step::By(..) => Period::exactly(at.timestamp()),
        })
    }
}

impl Unit {
    fn span(self, count: i64) -> Option<Span> {
        let span = Span::new();
        match self {
            Self::Year => span.try_years(count),
            Self::Month => span.try_months(count),
            Self::Week => span.try_weeks(count),
            Self::Day => span.try_days(count),
            Self::Hour => span.try_hours(count),
            Self::Minute => span.try_minutes(count),
            Self::Second => span.try_seconds(count),
        }
        .ok()
    }

    /// Where the unit begins that holds a time; a week on Monday.
    fn start(self, at: &Zoned) -> Option<Zoned> {
        let midnight = at.start_of_day().ok()?;
        let date = at.date();
        let on = |date: Date| date.to_zoned(TimeZone::UTC).ok();
        match self {
            Self::Year => on(date.first_of_year()),
            Self::Month => on(date.first_of_month()),
            Self::Week => {
                let back = i64::from(date.weekday().to_monday_zero_offset());
                midnight.checked_sub(Span::new().try_days(back).ok()?).ok()
            }
            Self::Day => Some(midnight),
            Self::Hour => at.with().minute(0).second(0).subsec_nanosecond(0).build().ok(),
            Self::Minute => at.with().second(0).subsec_nanosecond(0).build().ok(),
            Self::Second => at.with().subsec_nanosecond(0).build().ok(),
        }
    }

    fn of(letter: char) -> Option<Self> {
        Some(match letter {
            'y' => Self::Year,
            'M' => Self::Month,
            'w' => Self::Week,
            'd' => Self::Day,
            'h' | 'H' => Self::Hour,
            'm' => Self::Minute,
            's' => Self::Second,
            _ => return None,
        })
    }
}

fn end(text: &str) -> Option<End> {
    if let Some(rest) = text.strip_prefix("now") {
        return Some(End::Moment(Moment { base: None, steps: steps(rest)? }));
    }
    if let Some((day, rest)) = text.split_once("||") {
        return Some(End::Moment(Moment { base: Some(period(day)?), steps: steps(rest)? }));
    }
    if let Some(clock) = clock(text) {
        return Some(End::Clock(clock));
    }
    period(text).map(|period| End::Moment(Moment { base: Some(period), steps: Vec::new() }))
}

/// `-7d`, `+1M`, `/d`, one after the other.
fn steps(mut rest: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while let Some(sign) = rest.chars().next() {
        let after = &rest[sign.len_utf8()..];
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let unit = Unit::of(after[digits..].chars().next()?)?;
        let count = match &after[..digits] {
            "" => 1,
            digits => digits.parse().ok().filter(|count| *count <= STEP_MAX)?,
        };
        steps.push(match sign {
            '-' => Step::By(-count, unit),
            '+' => Step::By(count, unit),
            '/' if digits == 0 => Step::To(unit),
            _ => return None,
        });
        rest = &after[digits + 1..];
    }
    (steps.len() <= MOMENT_STEPS_MAX).then_some(steps)
}

/// `18:00`, `18:00:30`; `24:00` is the end of the day.
fn clock(text: &str) -> Option<Period<u32>> {
    let mut parts = text.split(':');
    let mut part = |most: u32| {
        let part = parts.next()?;
        let is_short = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|value| is_short && *value <= most)
    };
    let (hour, minute) = (part(24)?, part(59)?);
    let is_whole = text.matches(':').count() == 1;
    let second = if is_whole { 0 } else { part(59)? };
    let first = hour * 3_600 + minute * 60 + second;
    let is_read = parts.next().is_none() && first <= DAY_SECONDS;
    let after = match first {
        DAY_SECONDS => After::First,
        _ => After::From(first + if is_whole { 60 } else { 1 }),
    };
    is_read.then_some(Period { first, after })
}

/// A year, month, day, hour, minute, second or fraction; without an offset it is UTC.
fn period(text: &str) -> Option<Period<Timestamp>> {
    let utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let midnight = |day: Date| utc(day.to_datetime(Time::midnight()));
    // The last day there is begins after the last instant.
    let from_day = |first: Date, after: Option<Date>| {
        stretch(midnight(first).unwrap_or(Timestamp::MAX), after.and_then(midnight))
    };
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i16>().ok();
    let small = |range: std::ops::Range<usize>| i8::try_from(part(range)?).ok();
    let month = || Date::new(part(0..4)?, small(5..7)?, 1).ok();
    Some(match shape.as_str() {
        "9999" => {
            let year = part(0..4)?;
            from_day(Date::new(year, 1, 1).ok()?, Date::new(year + 1, 1, 1).ok())
        }
        "9999-99" => from_day(month()?, month()?.last_of_month().tomorrow().ok()),
        "9999-99-99" => {
            let day = Date::new(part(0..4)?, small(5..7)?, small(8..10)?).ok()?;
            from_day(day, day.tomorrow().ok())
        }
        _ if shape.starts_with("9999-99-99T") => {
            let first = text.parse::<Timestamp>().ok().or_else(|| utc(text.parse::<DateTime>().ok()?))?;
            let time = shape[11..].bytes().take_while(|byte| matches!(byte, b'9' | b':' | b'.' | b','));
            let unit = match time.filter(u8::is_ascii_digit).count() {
                2 => Unit::Hour,
                4 => Unit::Minute,
                6 => Unit::Second,
                _ => return Some(Period::exactly(first)),
            };
            stretch(first, first.checked_add(unit.span(1)?).ok())
        }
        _ => return None,
    })
}
