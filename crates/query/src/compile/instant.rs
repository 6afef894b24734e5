//! Instants as people write them: days, months, times, times of day, and so long before now.

use std::ops::Bound;

use aboveboard_model::document::Field;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

use super::{Compiled, Interval, Period, Site, Test, is_empty};
use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::syntax::Literal;

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
pub(crate) struct MomentInterval {
    low: Bound<Moment>,
    high: Bound<Moment>,
}

/// An instant by steps from `now` or from another one.
#[derive(Clone, Debug, PartialEq)]
struct Moment {
    /// `None` is now.
    base: Option<Timestamp>,
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
enum End {
    Fixed(Period<Timestamp>),
    Moment(Moment),
    Clock(Period<u32>),
}

/// A bound that is not open.
macro_rules! bound {
    ($pattern:pat) => {
        Bound::Included($pattern) | Bound::Excluded($pattern)
    };
}

impl MomentInterval {
    /// The interval, now being this.
    pub(crate) fn resolved(&self, now: Timestamp) -> Option<Interval<Timestamp>> {
        let low = match &self.low {
            Bound::Included(moment) => moment.period(now)?.from(true),
            Bound::Excluded(moment) => moment.period(now)?.from(false),
            Bound::Unbounded => Bound::Unbounded,
        };
        let high = match &self.high {
            Bound::Included(moment) => moment.period(now)?.until(true),
            Bound::Excluded(moment) => moment.period(now)?.until(false),
            Bound::Unbounded => Bound::Unbounded,
        };
        Some((low, high))
    }
}

impl Site<'_> {
    pub(super) fn instant(&self, field: Field) -> Compiled {
        let (low, high) = match self.literal {
            Literal::Range { low, high } => (low.clone(), high.clone()),
            _ => {
                let text = self.plain()?.to_owned();
                (Bound::Included(text.clone()), Bound::Included(text))
            }
        };
        let (low, high) = (self.end(low)?, self.end(high)?);
        match (&low, &high) {
            (Bound::Unbounded, Bound::Unbounded) => return Ok((Test::Exists { field }, None)),
            (bound!(End::Clock(_)), bound!(End::Clock(_)) | Bound::Unbounded)
            | (Bound::Unbounded, bound!(End::Clock(_))) => {
                return Ok(self.clock(&low, &high));
            }
            (bound!(End::Clock(_)), _) | (_, bound!(End::Clock(_))) => {
                return Err(self.wrong(
                    Code::BadInstant,
                    "this range goes from a time of day to a day",
                    "use two conditions",
                ));
            }
            _ => {}
        }
        let moment = |bound: Bound<End>| {
            bound.map(|end| match end {
                End::Moment(moment) => moment,
                End::Fixed(period) => Moment::fixed(&period),
                End::Clock(_) => Moment { base: None, steps: Vec::new() },
            })
        };
        let is_fixed = |bound: &Bound<End>| !matches!(bound, bound!(End::Moment(Moment { base: None, .. })));
        if is_fixed(&low) && is_fixed(&high) || self.environment.now.is_some() {
            let now = self.environment.now.unwrap_or(Timestamp::UNIX_EPOCH);
            let period = |end: &End| match end {
                End::Fixed(period) => Some(*period),
                End::Moment(moment) => moment.period(now),
                End::Clock(_) => None,
            };
            let too_far =
                || self.wrong(Code::BadInstant, "this is further than any time can be", "write a day");
            let low = match &low {
                Bound::Included(end) => period(end).ok_or_else(too_far)?.from(true),
                Bound::Excluded(end) => period(end).ok_or_else(too_far)?.from(false),
                Bound::Unbounded => Bound::Unbounded,
            };
            let high = match &high {
                Bound::Included(end) => period(end).ok_or_else(too_far)?.until(true),
                Bound::Excluded(end) => period(end).ok_or_else(too_far)?.until(false),
                Bound::Unbounded => Bound::Unbounded,
            };
            let warning = self.empty_interval(&(low, high));
            return Ok((Test::Instant { field, interval: (low, high) }, warning));
        }
        let interval = MomentInterval { low: moment(low), high: moment(high) };
        let sometime = interval.resolved(Timestamp::UNIX_EPOCH + Span::new().hours(24 * 365 * 50));
        let Some(sometime) = sometime else {
            return Err(self.wrong(Code::BadInstant, "this is further than any time can be", "write a day"));
        };
        let warning = if is_empty(&sometime) { self.empty_interval(&sometime) } else { None };
        Ok((Test::Moment { field, interval }, warning))
    }

    fn end(&self, bound: Bound<String>) -> Result<Bound<End>, Diagnostic> {
        let read = |text: &str| {
            end(text.trim()).ok_or_else(|| {
                let help = "write `2026-11-21`, `2026-11-21T09:30:00Z`, `now-7d` or a time of day, `18:00`";
                self.wrong(Code::BadInstant, format!("{} is not a day or a time", quoted(text)), help)
            })
        };
        Ok(match bound {
            Bound::Included(text) => Bound::Included(read(&text)?),
            Bound::Excluded(text) => Bound::Excluded(read(&text)?),
            Bound::Unbounded => Bound::Unbounded,
        })
    }

    fn clock(&self, low: &Bound<End>, high: &Bound<End>) -> (Test, Option<Diagnostic>) {
        let period = |end: &End| match end {
            End::Clock(period) => *period,
            End::Fixed(_) | End::Moment(_) => Period::exactly(0),
        };
        let from = match low {
            Bound::Included(end) => period(end).first,
            Bound::Excluded(end) => period(end).after.unwrap_or(DAY_SECONDS),
            Bound::Unbounded => 0,
        };
        let until = match high {
            Bound::Included(end) => period(end).after.unwrap_or(period(end).first),
            Bound::Excluded(end) => period(end).first,
            Bound::Unbounded => DAY_SECONDS,
        };
        let is_over_midnight = match (low, high) {
            (Bound::Included(low) | Bound::Excluded(low), Bound::Included(high) | Bound::Excluded(high)) => {
                period(low).first > period(high).first
            }
            _ => false,
        };
        let warning = (!is_over_midnight && from >= until)
            .then(|| self.wrong(Code::NeverTrue, "nothing lies in this range", "exchange its ends"));
        (Test::Clock(Clock { from, until, is_over_midnight }), warning)
    }
}

impl Moment {
    /// A stretch that does not depend on now. What is more than an instant begins where it begins and ends after its unit.
    fn fixed(period: &Period<Timestamp>) -> Self {
        let mut steps = Vec::new();
        if let Some(after) = period.after {
            let seconds = after.as_second() - period.first.as_second();
            let unit = match seconds {
                0..=1 => Unit::Second,
                2..=60 => Unit::Minute,
                61..=3_600 => Unit::Hour,
                3_601..=86_400 => Unit::Day,
                86_401..=2_678_400 => Unit::Month,
                _ => Unit::Year,
            };
            steps.push(Step::To(unit));
        }
        Self { base: Some(period.first), steps }
    }

    fn period(&self, now: Timestamp) -> Option<Period<Timestamp>> {
        let mut at = self.base.unwrap_or(now).to_zoned(TimeZone::UTC);
        for step in &self.steps {
            at = match *step {
                Step::By(count, unit) => at.checked_add(unit.span(count)?).ok()?,
                Step::To(unit) => unit.start(&at)?,
            };
        }
        let after = match self.steps.last() {
            Some(Step::To(unit)) => Some(at.checked_add(unit.span(1)?).ok()?.timestamp()),
            _ => None,
        };
        Some(Period { first: at.timestamp(), after })
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
        return Some(End::Moment(Moment { base: Some(period(day)?.first), steps: steps(rest)? }));
    }
    if let Some(clock) = clock(text) {
        return Some(End::Clock(clock));
    }
    period(text).map(End::Fixed)
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
    let after = (first < DAY_SECONDS).then_some(first + if is_whole { 60 } else { 1 });
    is_read.then_some(Period { first, after })
}

/// A year, month, day, minute, second or fraction; without an offset it is UTC.
fn period(text: &str) -> Option<Period<Timestamp>> {
    let utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let from_day = |first: Date, after: fn(Date) -> Option<Date>| {
        let (first, after) = (first.to_datetime(Time::midnight()), after(first)?);
        Some(Period { first: utc(first)?, after: Some(utc(after.to_datetime(Time::midnight()))?) })
    };
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i16>().ok();
    let small = |range: std::ops::Range<usize>| i8::try_from(part(range)?).ok();
    match shape.as_str() {
        "9999" => from_day(Date::new(part(0..4)?, 1, 1).ok()?, |day| Date::new(day.year() + 1, 1, 1).ok()),
        "9999-99" => {
            from_day(Date::new(part(0..4)?, small(5..7)?, 1).ok()?, |day| day.last_of_month().tomorrow().ok())
        }
        "9999-99-99" => {
            from_day(Date::new(part(0..4)?, small(5..7)?, small(8..10)?).ok()?, |day| day.tomorrow().ok())
        }
        _ if shape.starts_with("9999-99-99T") => {
            let exact = text.parse::<Timestamp>().ok().or_else(|| utc(text.parse::<DateTime>().ok()?))?;
            Some(Period::exactly(exact))
        }
        _ => None,
    }
}
