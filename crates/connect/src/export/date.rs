//! Dates as phones write them: orders, separators, calendars, month names.

use std::{fmt, str::FromStr};

use jiff::civil::Date;

use super::cursor::Cursor;

/// Which part of a numeric date stands where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// `31/12/2026`: most of the world.
    DayMonthYear,
    /// `12/31/2026`: the United States, the Philippines.
    MonthDayYear,
    /// `26/12/31`: parts of Asia; only asked about where the year has two digits.
    YearMonthDay,
}

impl DateOrder {
    /// All orders.
    pub const ALL: [DateOrder; 3] =
        [DateOrder::DayMonthYear, DateOrder::MonthDayYear, DateOrder::YearMonthDay];

    /// The word on the command line: `dmy`, `mdy`, `ymd`.
    pub fn word(self) -> &'static str {
        match self {
            DateOrder::DayMonthYear => "dmy",
            DateOrder::MonthDayYear => "mdy",
            DateOrder::YearMonthDay => "ymd",
        }
    }
}

impl fmt::Display for DateOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that is no date order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotADateOrder;

impl fmt::Display for NotADateOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date order is one of dmy, mdy, ymd")
    }
}

impl std::error::Error for NotADateOrder {}

impl FromStr for DateOrder {
    type Err = NotADateOrder;
    fn from_str(word: &str) -> Result<Self, NotADateOrder> {
        DateOrder::ALL.into_iter().find(|order| order.word() == word).ok_or(NotADateOrder)
    }
}

/// A date as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WrittenDate {
    /// How it is written.
    pub form: Form,
    /// Its numbers: in written order where `form` is numeric, else day, month, year.
    parts: [u32; 3],
}

/// How dates of one file are written; one file has one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Three numbers with the year last or of two digits: the order must be found out.
    Numeric {
        /// `/`, `.` or `-`.
        separator: char,
        /// Whether the year has four digits; it is then the last part.
        long_year: bool,
    },
    /// Four digits of a year, then month and day.
    YearFirst {
        /// `/`, `.`, `-` or `年`.
        separator: char,
    },
    /// The month has a name.
    Named,
    /// A Japanese era, then month and day.
    Era,
}

/// Why a written date is no day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoDate {
    /// There is no such day, month or year.
    Impossible,
    /// The year is one of the Islamic or the Persian calendar.
    OtherCalendar,
}

/// Years of the common era that a chat may carry; phones with a lost clock say 1970.
const YEARS: std::ops::RangeInclusive<u32> = 1970..=2199;
/// Years of the Buddhist era: 543 ahead.
const BUDDHIST_YEARS: std::ops::RangeInclusive<u32> = 2513..=2742;
/// What the Buddhist era is ahead by.
const BUDDHIST_AHEAD: u32 = 543;
/// Years of the Islamic and the Persian calendar in which WhatsApp has existed or will.
const OTHER_YEARS: std::ops::RangeInclusive<u32> = 1340..=1600;
/// Two digits of the common era. WhatsApp began in 2009; the Buddhist 2552 to 2594 are the same years.
const SHORT_YEARS: std::ops::RangeInclusive<u32> = 9..=51;
/// Two digits of the Buddhist era.
const SHORT_BUDDHIST_YEARS: std::ops::RangeInclusive<u32> = 52..=94;

/// Japanese eras by their letter and their name, with the year before their first.
const ERAS: &[(&str, u32)] = &[("令和", 2018), ("R", 2018), ("平成", 1988), ("H", 1988)];

/// The longest month name that is looked at.
const MONTH_LETTERS_MAX: usize = 14;

/// Beginnings of month names, lower case, by month. Longer ones come first where one begins another.
const MONTHS: &[(&str, u32)] = &[
    ("červenec", 7),
    ("července", 7),
    ("červ", 6),
    ("jan", 1),
    ("jän", 1),
    ("ene", 1),
    ("gen", 1),
    ("янв", 1),
    ("led", 1),
    ("oca", 1),
    ("जन", 1),
    ("يناير", 1),
    ("feb", 2),
    ("fev", 2),
    ("fév", 2),
    ("фев", 2),
    ("úno", 2),
    ("şub", 2),
    ("फ़र", 2),
    ("फर", 2),
    ("فبراير", 2),
    ("mar", 3),
    ("mär", 3),
    ("mrt", 3),
    ("maa", 3),
    ("мар", 3),
    ("bře", 3),
    ("मार्च", 3),
    ("مارس", 3),
    ("apr", 4),
    ("abr", 4),
    ("avr", 4),
    ("апр", 4),
    ("dub", 4),
    ("nis", 4),
    ("अप्रै", 4),
    ("أبريل", 4),
    ("may", 5),
    ("mai", 5),
    ("mag", 5),
    ("mei", 5),
    ("maj", 5),
    ("май", 5),
    ("мая", 5),
    ("kvě", 5),
    ("मई", 5),
    ("مايو", 5),
    ("jun", 6),
    ("juin", 6),
    ("giu", 6),
    ("июн", 6),
    ("haz", 6),
    ("जून", 6),
    ("يونيو", 6),
    ("jul", 7),
    ("juil", 7),
    ("lug", 7),
    ("июл", 7),
    ("tem", 7),
    ("जुल", 7),
    ("يوليو", 7),
    ("aug", 8),
    ("ago", 8),
    ("aoû", 8),
    ("agu", 8),
    ("авг", 8),
    ("srp", 8),
    ("ağu", 8),
    ("अग", 8),
    ("أغسطس", 8),
    ("sep", 9),
    ("set", 9),
    ("сен", 9),
    ("zář", 9),
    ("eyl", 9),
    ("सित", 9),
    ("سبتمبر", 9),
    ("oct", 10),
    ("out", 10),
    ("okt", 10),
    ("ott", 10),
    ("окт", 10),
    ("říj", 10),
    ("eki", 10),
    ("अक्टू", 10),
    ("अक्तू", 10),
    ("أكتوبر", 10),
    ("nov", 11),
    ("ноя", 11),
    ("lis", 11),
    ("kas", 11),
    ("नव", 11),
    ("نوفمبر", 11),
    ("dec", 12),
    ("dez", 12),
    ("dic", 12),
    ("déc", 12),
    ("des", 12),
    ("дек", 12),
    ("pro", 12),
    ("ara", 12),
    ("दिस", 12),
    ("ديسمبر", 12),
];

/// Reads a date.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<WrittenDate> {
    let mut ahead = *cursor;
    let date = if ahead.peek()?.is_alphabetic() {
        era(&mut ahead).or_else(|| month_first(&mut ahead))?
    } else {
        numeric(&mut ahead).or_else(|| day_first(&mut ahead))?
    };
    era_suffix(&mut ahead);
    *cursor = ahead;
    Some(date)
}

/// `R4/8/1`, `令和4年8月1日`, `令和元年…`.
fn era(cursor: &mut Cursor<'_>) -> Option<WrittenDate> {
    let mut ahead = *cursor;
    let (_, before) = ERAS.iter().find(|(name, _)| {
        let mut tried = ahead;
        let found = name.chars().all(|c| tried.take(c));
        if found {
            ahead = tried;
        }
        found
    })?;
    let year = if ahead.take('元') { 1 } else { ahead.number(2)?.0 };
    let (month, day) = rest_of_year_first(&mut ahead)?;
    *cursor = ahead;
    Some(WrittenDate { form: Form::Era, parts: [day, month, before + year] })
}

/// After the year: separator, month, separator, day.
fn rest_of_year_first(cursor: &mut Cursor<'_>) -> Option<(u32, u32)> {
    separator(cursor)?;
    let (month, _) = cursor.number(2)?;
    separator(cursor)?;
    let (day, _) = cursor.number(2)?;
    end_of_date(cursor);
    Some((month, day))
}

/// `1/8/2020`, `1. 8. 2020.`, `20-08-01`, `2020/08/01`, `2020年8月1日`.
fn numeric(cursor: &mut Cursor<'_>) -> Option<WrittenDate> {
    let mut ahead = *cursor;
    let (first, first_digits) = ahead.number(4)?;
    let separator = separator(&mut ahead)?;
    if first_digits == 4 {
        let (month, _) = ahead.number(2)?;
        self::separator(&mut ahead)?;
        let (day, _) = ahead.number(2)?;
        end_of_date(&mut ahead);
        *cursor = ahead;
        return Some(WrittenDate { form: Form::YearFirst { separator }, parts: [day, month, first] });
    }
    let (second, second_digits) = ahead.number(2)?;
    if first_digits > 2 || second_digits > 2 || self::separator(&mut ahead)? != separator {
        return None;
    }
    let (third, third_digits) = ahead.number(4)?;
    if third_digits == 3 {
        return None;
    }
    end_of_date(&mut ahead);
    *cursor = ahead;
    let form = Form::Numeric { separator, long_year: third_digits == 4 };
    Some(WrittenDate { form, parts: [first, second, third] })
}

fn separator(cursor: &mut Cursor<'_>) -> Option<char> {
    let found = cursor.take_if(|c| matches!(c, '/' | '.' | '-' | '‐' | '年' | '月'))?;
    cursor.blanks();
    Some(found)
}

/// A day sign, or a full stop that closes a date, as in `13. 6. 2018.`
fn end_of_date(cursor: &mut Cursor<'_>) {
    if !cursor.take('日') {
        cursor.take('.');
    }
}

/// `1 Aug 2020`, `1. Aug. 2020`, `1 de ago. de 2020`, `1-Aug-2020`.
fn day_first(cursor: &mut Cursor<'_>) -> Option<WrittenDate> {
    let mut ahead = *cursor;
    let (day, _) = ahead.number(2)?;
    between(&mut ahead);
    let month = month(&mut ahead)?;
    between(&mut ahead);
    let (year, _) = ahead.number(4)?;
    *cursor = ahead;
    Some(WrittenDate { form: Form::Named, parts: [day, month, year] })
}

/// `Aug 1, 2020`.
fn month_first(cursor: &mut Cursor<'_>) -> Option<WrittenDate> {
    let mut ahead = *cursor;
    let month = month(&mut ahead)?;
    between(&mut ahead);
    let (day, _) = ahead.number(2)?;
    ahead.take(',');
    between(&mut ahead);
    let (year, _) = ahead.number(4)?;
    *cursor = ahead;
    Some(WrittenDate { form: Form::Named, parts: [day, month, year] })
}

/// What may stand between the parts of a date with a month name.
fn between(cursor: &mut Cursor<'_>) {
    cursor.take_if(|c| matches!(c, '.' | '-' | '‐' | '/'));
    cursor.blanks();
    if cursor.word("de") {
        cursor.blanks();
    }
}

fn month(cursor: &mut Cursor<'_>) -> Option<u32> {
    let mut ahead = *cursor;
    let word = ahead.letters(MONTH_LETTERS_MAX)?;
    let (_, month) = MONTHS.iter().find(|(start, _)| word.starts_with(start))?;
    *cursor = ahead;
    Some(*month)
}

/// The name of the era after the year; the year's size says as much.
fn era_suffix(cursor: &mut Cursor<'_>) {
    let mut ahead = *cursor;
    if ahead.blanks() && ["BE", "AD", "AH", "г.", "هـ"].iter().any(|name| ahead.word(name)) {
        *cursor = ahead;
    }
}

impl WrittenDate {
    /// Whether its day and month must be told apart by an order.
    pub(super) fn needs_order(&self) -> bool {
        matches!(self.form, Form::Numeric { .. })
    }

    /// Whether its year may stand first although it has two digits.
    pub(super) fn may_be_year_first(&self) -> bool {
        matches!(self.form, Form::Numeric { long_year: false, .. })
    }

    /// The day it means when numeric dates have this order.
    pub(super) fn resolve(&self, order: DateOrder) -> Result<Date, NoDate> {
        let [a, b, c] = self.parts;
        let (day, month, year) = match (self.needs_order(), order) {
            (false, _) | (true, DateOrder::DayMonthYear) => (a, b, c),
            (true, DateOrder::MonthDayYear) => (b, a, c),
            (true, DateOrder::YearMonthDay) if self.may_be_year_first() => (c, b, a),
            (true, DateOrder::YearMonthDay) => return Err(NoDate::Impossible),
        };
        let year = common_year(year)?;
        let parts = (i16::try_from(year).ok(), i8::try_from(month).ok(), i8::try_from(day).ok());
        let (Some(year), Some(month), Some(day)) = parts else { return Err(NoDate::Impossible) };
        Date::new(year, month, day).map_err(|_| NoDate::Impossible)
    }
}

fn common_year(written: u32) -> Result<u32, NoDate> {
    match written {
        year if YEARS.contains(&year) => Ok(year),
        year if BUDDHIST_YEARS.contains(&year) => Ok(year - BUDDHIST_AHEAD),
        year if SHORT_YEARS.contains(&year) => Ok(2000 + year),
        year if SHORT_BUDDHIST_YEARS.contains(&year) => Ok(2500 + year - BUDDHIST_AHEAD),
        year if OTHER_YEARS.contains(&year) => Err(NoDate::OtherCalendar),
        _ => Err(NoDate::Impossible),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn reads(text: &str, order: DateOrder) -> Option<Date> {
        let mut cursor = Cursor::new(text);
        let written = read(&mut cursor)?;
        cursor.rest().is_empty().then(|| written.resolve(order).ok()).flatten()
    }

    #[test]
    fn every_way_of_writing_a_date_is_read() {
        let wanted = date(2020, 8, 1);
        let cases = [
            ("1/8/2020", DateOrder::DayMonthYear),
            ("01/08/20", DateOrder::DayMonthYear),
            ("8/1/20", DateOrder::MonthDayYear),
            ("20. 8. 1.", DateOrder::YearMonthDay),
            ("1.8.2020", DateOrder::DayMonthYear),
            ("1. 8. 2020.", DateOrder::DayMonthYear),
            ("01-08-2020", DateOrder::DayMonthYear),
            ("2020-08-01", DateOrder::DayMonthYear),
            ("2020/8/1", DateOrder::MonthDayYear),
            ("2020年8月1日", DateOrder::DayMonthYear),
            ("1 Aug 2020", DateOrder::MonthDayYear),
            ("1. August 2020", DateOrder::MonthDayYear),
            ("1 de ago. de 2020", DateOrder::MonthDayYear),
            ("Aug 1, 2020", DateOrder::DayMonthYear),
            ("1 août 2020", DateOrder::DayMonthYear),
            ("1 авг. 2020 г.", DateOrder::DayMonthYear),
            ("1 srpna 2020", DateOrder::DayMonthYear),
            ("1 अगस्त 2020", DateOrder::DayMonthYear),
            ("1/8/2563", DateOrder::DayMonthYear),
            ("1/8/63", DateOrder::DayMonthYear),
            ("1/8/2563 BE", DateOrder::DayMonthYear),
            ("R2/8/1", DateOrder::DayMonthYear),
            ("令和2年8月1日", DateOrder::DayMonthYear),
            ("١‏/٨‏/٢٠٢٠", DateOrder::DayMonthYear),
            ("१/८/२०२०", DateOrder::DayMonthYear),
            ("1\u{200F}/8\u{200F}/2020", DateOrder::DayMonthYear),
        ];
        for (text, order) in cases {
            assert_eq!(reads(text, order), Some(wanted), "{text}");
        }
        assert_eq!(reads("令和元年5月1日", DateOrder::DayMonthYear), Some(date(2019, 5, 1)));
        assert_eq!(reads("H31/4/30", DateOrder::DayMonthYear), Some(date(2019, 4, 30)));
        assert_eq!(reads("1 července 2020", DateOrder::DayMonthYear), Some(date(2020, 7, 1)));
        assert_eq!(reads("1 června 2020", DateOrder::DayMonthYear), Some(date(2020, 6, 1)));
    }

    #[test]
    fn a_day_that_is_not_in_the_calendar_is_no_date() {
        for text in ["31/2/2020", "0/1/2020", "1/13/2020", "1/1/1800", "1/1/99", "1/1/202"] {
            assert_eq!(reads(text, DateOrder::DayMonthYear), None, "{text}");
        }
        let islamic = read(&mut Cursor::new("1/2/1445")).unwrap();
        assert_eq!(islamic.resolve(DateOrder::DayMonthYear), Err(NoDate::OtherCalendar));
    }

    #[test]
    fn an_order_reads_back_what_it_prints() {
        for order in DateOrder::ALL {
            assert_eq!(order.to_string().parse(), Ok(order));
        }
        assert_eq!("dd/mm".parse::<DateOrder>(), Err(NotADateOrder));
    }
}
