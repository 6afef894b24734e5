//! Charts as SVG paths, drawn on the server: one path a shade, so that a page of many stays small. Each page prints the same
//! figures as a table beside it.

use std::fmt::Write;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// Seconds of an hour.
const HOUR_SECONDS: i64 = 3_600;
/// Hours of a day, as a chart shows it; where clocks are put back one holds two.
pub(crate) const HOURS: usize = 24;
/// Shades of a strip above nothing.
const SHADES: u8 = 4;
/// Pixels between cells.
const BETWEEN: usize = 2;

/// The calendar days of a chart, in the zone in which times are shown, and the hours since 1970 UTC that begin in them.
#[derive(Clone, Debug)]
pub(crate) struct Days {
    zone: TimeZone,
    dates: Vec<Date>,
    from: Timestamp,
    /// The first hour that begins in the days.
    first: i64,
    /// Day and hour of the clock of each hour from the first to now.
    places: Vec<(usize, usize)>,
    minute: i8,
}

impl Days {
    /// So many days up to and with today.
    pub(crate) fn until(now: Timestamp, zone: &TimeZone, count: usize) -> Self {
        let today = now.to_zoned(zone.clone()).date();
        let back = |day: usize| {
            let days = i64::try_from(count - 1 - day).unwrap_or(i64::MAX);
            today.checked_sub(days.days()).unwrap_or(today)
        };
        let dates: Vec<Date> = (0..count).map(back).collect();
        let midnight = dates.first().and_then(|date| date.to_zoned(zone.clone()).ok());
        let from = midnight.map_or(now, |midnight| midnight.timestamp());
        let first = (from.as_second() + HOUR_SECONDS - 1).div_euclid(HOUR_SECONDS);
        let mut days =
            Self { zone: zone.clone(), dates, from, first, places: vec![], minute: days_minute(first, zone) };
        let last = now.as_second().div_euclid(HOUR_SECONDS);
        days.places = (first..=last).filter_map(|hour| days.clock_place(hour)).collect();
        days
    }

    fn clock_place(&self, hour: i64) -> Option<(usize, usize)> {
        let local = Timestamp::from_second(hour * HOUR_SECONDS).ok()?.to_zoned(self.zone.clone());
        let day = self.dates.binary_search(&local.date()).ok()?;
        Some((day, usize::try_from(local.hour()).ok()?))
    }

    /// How many.
    pub(crate) fn count(&self) -> usize {
        self.dates.len()
    }

    /// When the first begins.
    pub(crate) fn from(&self) -> Timestamp {
        self.from
    }

    /// The minute of the clock at which hours begin: 30 in India.
    pub(crate) fn minute(&self) -> i8 {
        self.minute
    }

    /// A day of them.
    pub(crate) fn date(&self, day: usize) -> Date {
        self.dates[day]
    }

    /// Noon of a day, for printing it.
    pub(crate) fn noon(&self, day: usize) -> Timestamp {
        let noon = self.date(day).at(12, 0, 0, 0).to_zoned(self.zone.clone());
        noon.map_or(self.from, |noon| noon.timestamp())
    }

    /// Day and hour of the clock at which an hour begins; `None` outside of them.
    pub(crate) fn place(&self, at: Timestamp) -> Option<(usize, usize)> {
        let hour = at.as_second().div_euclid(HOUR_SECONDS);
        self.places.get(usize::try_from(hour - self.first).ok()?).copied()
    }

    /// Days and hours that a time touches.
    pub(crate) fn touched(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = (usize, usize)> {
        let place = |at: Timestamp| at.as_second().div_euclid(HOUR_SECONDS) - self.first;
        let first = usize::try_from(place(from)).unwrap_or(0);
        let end = usize::try_from(place(until) + 1).unwrap_or(0).min(self.places.len());
        self.places[first.min(end)..end].iter().copied()
    }
}

fn days_minute(hour: i64, zone: &TimeZone) -> i8 {
    Timestamp::from_second(hour * HOUR_SECONDS).map_or(0, |at| at.to_zoned(zone.clone()).minute())
}

/// A cell of a strip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    /// How much; `None` where nobody listened yet, and for what is still to come.
    pub(crate) count: Option<u64>,
    /// Whether capture had stopped, if only for a part of it.
    pub(crate) stopped: bool,
}

/// A row of cells whose shade says how much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strip {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// A path for each shade from 0, nothing, to 4, the most.
    pub(crate) shades: Vec<String>,
    /// Where capture had stopped: the whole cell, or its foot where something was captured all the same.
    pub(crate) stopped: String,
}

/// Draws cells, so wide and high, shaded by their share in the most.
pub(crate) fn strip(cells: &[Cell], most: u64, (wide, high): (usize, usize)) -> Strip {
    let mut shades = vec![String::new(); usize::from(SHADES) + 1];
    let mut stopped = String::new();
    for (at, cell) in cells.iter().enumerate() {
        let x = at * (wide + BETWEEN);
        let count = cell.count.unwrap_or(0);
        if let Some(count) = cell.count.filter(|count| *count > 0 || !cell.stopped) {
            let _ = write!(shades[shade(count, most)], "M{x} 0h{wide}v{high}h-{wide}z");
        }
        if cell.stopped {
            let tall = if count > 0 { high.div_ceil(4) } else { high };
            let _ = write!(stopped, "M{x} {}h{wide}v{tall}h-{wide}z", high - tall);
        }
    }
    Strip { width: (cells.len() * (wide + BETWEEN)).saturating_sub(BETWEEN), height: high, shades, stopped }
}

/// Bars side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bars {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) path: String,
}

/// Draws a bar for each value, so wide, the most so high; a value above nothing is seen.
pub(crate) fn bars(values: &[u64], (wide, high): (usize, usize)) -> Bars {
    let most = values.iter().copied().max().unwrap_or(0);
    let mut path = String::new();
    for (at, value) in values.iter().enumerate().filter(|(_, value)| **value > 0) {
        let x = at * (wide + BETWEEN);
        let tall = ((*value as f64 / most as f64 * high as f64).round() as usize).clamp(1, high);
        let _ = write!(path, "M{x} {}h{wide}v{tall}h-{wide}z", high - tall);
    }
    Bars { width: (values.len() * (wide + BETWEEN)).saturating_sub(BETWEEN), height: high, path }
}

/// 0 for nothing, else 1 to 4 by the square root, so that a quiet day is told from a busy one and from none.
fn shade(count: u64, most: u64) -> usize {
    if count == 0 || most == 0 {
        return 0;
    }
    let share = (count as f64 / most as f64).sqrt();
    (share * f64::from(SHADES)).ceil().clamp(1.0, f64::from(SHADES)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn days(now: &str, zone: &str, count: usize) -> Days {
        Days::until(at(now), &TimeZone::get(zone).unwrap(), count)
    }

    fn cell(count: u64, stopped: bool) -> Cell {
        Cell { count: Some(count), stopped }
    }

    #[test]
    fn days_and_hours_are_those_of_the_zone() {
        let days = days("2026-11-05T02:00:00Z", "America/Sao_Paulo", 3);
        assert_eq!(days.from(), at("2026-11-02T03:00:00Z"));
        assert_eq!((days.count(), days.minute()), (3, 0));
        assert_eq!(days.place(at("2026-11-05T02:00:00Z")), Some((2, 23)));
        assert_eq!(days.place(at("2026-11-05T03:00:00Z")), None, "to come");
        assert_eq!(days.place(at("2026-11-02T02:00:00Z")), None, "before");
        assert_eq!(days.place(at("2026-11-02T03:00:00Z")), Some((0, 0)));
        assert_eq!(days.date(2).to_string(), "2026-11-04");
        assert_eq!(days.noon(0), at("2026-11-02T15:00:00Z"));
    }

    #[test]
    fn where_hours_begin_at_half_past_they_say_so() {
        let days = days("2026-11-05T12:00:00Z", "Asia/Kolkata", 2);
        assert_eq!((days.from(), days.minute()), (at("2026-11-03T18:30:00Z"), 30));
        assert_eq!(days.place(at("2026-11-03T19:00:00Z")), Some((0, 0)));
        assert_eq!(days.place(at("2026-11-03T18:00:00Z")), None);
    }

    #[test]
    fn a_day_on_which_clocks_change_keeps_every_hour() {
        let back = days("2026-10-25T22:00:00Z", "Europe/London", 1);
        let two = ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"].map(|text| back.place(at(text)));
        assert_eq!(two, [Some((0, 1)), Some((0, 1))]);
        let forth = days("2026-03-29T22:00:00Z", "Europe/London", 1);
        assert!(
            forth.touched(at("2026-03-28T00:00:00Z"), at("2026-03-30T00:00:00Z")).all(|place| place.1 != 1)
        );
    }

    #[test]
    fn a_time_touches_the_hours_that_it_has_a_part_in() {
        let days = days("2026-11-04T05:30:00Z", "UTC", 2);
        let touched =
            |from: &str, until: &str| -> Vec<(usize, usize)> { days.touched(at(from), at(until)).collect() };
        assert_eq!(touched("2026-11-03T22:59:00Z", "2026-11-04T00:01:00Z"), [(0, 22), (0, 23), (1, 0)]);
        assert_eq!(touched("2026-10-01T00:00:00Z", "2026-11-03T00:00:00Z"), [(0, 0)]);
        assert_eq!(touched("2026-11-04T05:00:00Z", "2026-12-03T12:00:00Z"), [(1, 5)]);
        assert_eq!(touched("2026-10-01T00:00:00Z", "2026-10-03T12:00:00Z"), []);
        assert_eq!(touched("2026-11-06T00:00:00Z", "2026-11-07T12:00:00Z"), []);
    }

    #[test]
    fn the_most_is_darkest_a_little_is_something_and_nothing_is_nothing() {
        assert_eq!([0, 1, 30, 60, 100].map(|value| shade(value, 100)), [0, 1, 3, 4, 4]);
        assert_eq!((shade(0, 0), shade(u64::MAX, u64::MAX)), (0, 4));
    }

    #[test]
    fn a_strip_is_one_path_a_shade_and_says_where_capture_stopped() {
        let cells = [cell(0, false), cell(0, true), cell(9, true), Cell::default()];
        let strip = strip(&cells, 9, (8, 16));
        assert_eq!((strip.width, strip.height), (38, 16));
        assert_eq!(strip.shades[0], "M0 0h8v16h-8z");
        assert_eq!(strip.shades[4], "M20 0h8v16h-8z");
        assert_eq!(
            strip.stopped, "M10 0h8v16h-8zM20 12h8v4h-8z",
            "at the foot where something came all the same"
        );
        assert_eq!(super::strip(&[], 0, (8, 8)).width, 0);
    }

    #[test]
    fn a_bar_is_seen_as_soon_as_there_is_anything() {
        let drawn = bars(&[1_000, 1, 0], (6, 40));
        assert_eq!((drawn.width, drawn.path.as_str()), (22, "M0 0h6v40h-6zM8 39h6v1h-6z"));
        assert_eq!(bars(&[], (6, 40)), Bars { height: 40, ..Bars::default() });
    }
}
