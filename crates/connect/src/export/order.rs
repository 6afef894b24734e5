//! Which of day and month comes first: decided for a whole file from all its dates, or not at all.

use jiff::civil::{Date, DateTime};

use super::{
    date::{DateOrder, NoDate},
    header::Header,
};

/// How many dates a question about the order shows.
const EXAMPLES_MAX: usize = 3;
/// Of this many dates one may be impossible: a line typed to look like a header must not undo the evidence of a file.
const STRAY_SHARE: u64 = 20;

/// A date that can be read in more ways than one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateExample {
    /// The line it stands in, from 1.
    pub line: u64,
    /// The date and time as written.
    pub written: String,
    /// The orders in which it is a date, and the day it then is.
    pub readings: Vec<(DateOrder, Date)>,
}

/// What the dates of a file say about their order; takes them one by one and keeps a few numbers.
#[derive(Debug, Default)]
pub(super) struct OrderEvidence {
    dates: u64,
    day_first: Reading,
    month_first: Reading,
    year_first: Reading,
    /// Whether day first and month first give different days anywhere.
    differs: bool,
    /// Whether a language was seen that writes the year first.
    year_first_language: bool,
    examples: Vec<DateExample>,
}

#[derive(Debug, Default)]
struct Reading {
    /// How many dates are no days in this order.
    impossible: u64,
    /// How often time goes back.
    decreases: u64,
    last: Option<DateTime>,
}

impl Reading {
    fn add(&mut self, header: &Header<'_>, order: DateOrder) -> Option<Date> {
        let Ok(date) = header.date.resolve(order) else {
            self.impossible += 1;
            return None;
        };
        let now = date.to_datetime(header.clock.time);
        if self.last.is_some_and(|last| now < last) {
            self.decreases += 1;
        }
        self.last = Some(now);
        Some(date)
    }
}

impl OrderEvidence {
    /// Takes the date of one header.
    pub(super) fn add(&mut self, header: &Header<'_>, line: u64) {
        if !header.date.needs_order() {
            return;
        }
        // A day that is in no calendar says nothing about the order.
        if DateOrder::ALL.iter().all(|order| header.date.resolve(*order).is_err()) {
            return;
        }
        self.dates += 1;
        self.year_first_language |= header.year_first;
        let day = self.day_first.add(header, DateOrder::DayMonthYear);
        let month = self.month_first.add(header, DateOrder::MonthDayYear);
        self.year_first.add(header, DateOrder::YearMonthDay);
        if day != month {
            self.differs = true;
            if self.examples.len() < EXAMPLES_MAX {
                self.examples.push(example(header, line));
            }
        }
    }

    /// The order of the file; the examples where it cannot be known. A file without numeric dates has any order.
    ///
    /// A part above 12 decides. Else time must run forward: where it does in one reading only, that is the order. A year
    /// of two digits is taken to stand first only where both other readings fail or the language writes it so.
    pub(super) fn decide(self) -> Result<DateOrder, Vec<DateExample>> {
        let fits = |reading: &Reading| reading.impossible == 0;
        if fits(&self.year_first) && self.dates > 0 && self.year_first_language {
            return Ok(DateOrder::YearMonthDay);
        }
        match (fits(&self.day_first), fits(&self.month_first)) {
            (true, false) => return Ok(DateOrder::DayMonthYear),
            (false, true) => return Ok(DateOrder::MonthDayYear),
            (true, true) if !self.differs => return Ok(DateOrder::DayMonthYear),
            (true, true) => match (self.day_first.decreases, self.month_first.decreases) {
                (0, 1..) => return Ok(DateOrder::DayMonthYear),
                (1.., 0) => return Ok(DateOrder::MonthDayYear),
                _ => {}
            },
            (false, false) if fits(&self.year_first) => return Ok(DateOrder::YearMonthDay),
            (false, false) => return self.by_majority(),
        }
        Err(self.examples)
    }

    /// No order fits all dates: one that fits all but strays, where the others fail more, is taken.
    fn by_majority(self) -> Result<DateOrder, Vec<DateExample>> {
        let is_stray = |reading: &Reading| reading.impossible * STRAY_SHARE <= self.dates;
        let all = [
            (DateOrder::DayMonthYear, &self.day_first),
            (DateOrder::MonthDayYear, &self.month_first),
            (DateOrder::YearMonthDay, &self.year_first),
        ];
        let mut fitting = all.iter().filter(|(_, reading)| is_stray(reading));
        match (fitting.next(), fitting.next()) {
            (Some((order, _)), None) => Ok(*order),
            _ => Err(self.examples),
        }
    }
}

fn example(header: &Header<'_>, line: u64) -> DateExample {
    let readings = DateOrder::ALL
        .into_iter()
        .filter_map(|order| header.date.resolve(order).ok().map(|date| (order, date)))
        .collect();
    DateExample { line, written: header.stamp.to_owned(), readings }
}

/// Whether a header's year is of a calendar that is not read.
pub(super) fn is_other_calendar(header: &Header<'_>) -> bool {
    header.date.resolve(DateOrder::DayMonthYear) == Err(NoDate::OtherCalendar)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::header;

    fn decide(dates: &[&str]) -> Result<DateOrder, Vec<DateExample>> {
        let mut evidence = OrderEvidence::default();
        for (line, date) in dates.iter().enumerate() {
            let text = format!("{date}, 10:00 - Ana: x");
            evidence.add(&header::read(&text).unwrap(), line as u64 + 1);
        }
        evidence.decide()
    }

    #[test]
    fn a_part_above_twelve_decides_for_the_whole_file() {
        assert_eq!(decide(&["01/02/2024", "13/02/2024"]), Ok(DateOrder::DayMonthYear));
        assert_eq!(decide(&["01/02/2024", "01/13/2024"]), Ok(DateOrder::MonthDayYear));
        assert_eq!(decide(&["13/02/24"]), Ok(DateOrder::DayMonthYear));
    }

    #[test]
    fn else_time_must_run_forward() {
        assert_eq!(decide(&["01/02/2024", "02/02/2024", "01/03/2024"]), Ok(DateOrder::DayMonthYear));
        assert_eq!(decide(&["02/01/2024", "02/02/2024", "03/01/2024"]), Ok(DateOrder::MonthDayYear));
    }

    #[test]
    fn what_cannot_be_known_is_asked_for() {
        let examples = decide(&["01/02/2024", "03/04/2024"]).unwrap_err();
        assert_eq!(examples.len(), 2);
        assert_eq!((examples[0].line, examples[0].written.as_str()), (1, "01/02/2024, 10:00"));
        assert_eq!(examples[0].readings.len(), 2);
        assert!(decide(&["05/06/2024", "01/02/2024", "01/03/2023"]).is_err(), "time goes back both ways");
    }

    #[test]
    fn a_day_that_is_in_no_calendar_says_nothing() {
        assert_eq!(decide(&["25/08/2024", "31/02/2024", "26/08/2024"]), Ok(DateOrder::DayMonthYear));
    }

    #[test]
    fn dates_that_read_alike_both_ways_need_no_decision() {
        assert!(decide(&["05/05/2024", "06/06/2024"]).is_ok());
        assert!(decide(&["2024-05-06"]).is_ok());
    }

    #[test]
    fn a_short_year_stands_first_only_where_nothing_else_fits_or_the_language_says_so() {
        assert_eq!(decide(&["24/08/01", "24/08/15"]), Ok(DateOrder::YearMonthDay));
        let mut evidence = OrderEvidence::default();
        evidence.add(&header::read("20. 8. 15. 오후 3:24 - Ana: x").unwrap(), 1);
        assert_eq!(evidence.decide(), Ok(DateOrder::YearMonthDay));
    }

    #[test]
    fn a_stray_line_does_not_undo_a_file_but_two_halves_do() {
        let mut dates = vec!["01/25/2024"; 40];
        dates.push("25/01/2024");
        assert_eq!(decide(&dates), Ok(DateOrder::MonthDayYear));
        assert!(decide(&["25/01/2024", "01/25/2024"]).is_err());
    }
}
