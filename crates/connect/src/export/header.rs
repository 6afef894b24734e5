//! The start of a message: marks, date, time, dash or bracket. One file has one shape of it.

use super::{
    clock::{self, Clock},
    cursor::{Cursor, is_blank, is_mark},
    date::{self, Form, WrittenDate},
};

/// A line that starts as messages do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header<'a> {
    /// How it is written.
    pub shape: Shape,
    /// The day.
    pub date: WrittenDate,
    /// The time of day.
    pub clock: Clock,
    /// Whether its words are of a language that writes the year first.
    pub year_first: bool,
    /// Whether U+200E stands before the bracket: the app made the text.
    pub is_marked: bool,
    /// The date and time as written, without a word of content.
    pub stamp: &'a str,
    /// What follows: name and body, or the words of a system line.
    pub rest: &'a str,
}

/// How the headers of one file are written. An app formats a whole export at once, so a line that looks otherwise was
/// typed or pasted into a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// What sets the date off.
    pub style: Style,
    /// How the date is written.
    pub form: Form,
    /// Whether the time stands before the date.
    pub time_first: bool,
    /// Whether seconds are written.
    pub has_seconds: bool,
    /// Whether a part of the day is named.
    pub has_day_part: bool,
}

/// What sets date and time off from the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `[date, time] `: iOS.
    Bracket,
    /// `date, time - `: Android.
    Dash,
    /// `date, time: `: both, long ago.
    Colon,
}

/// Words that some languages put between date and time.
const JOINTS: &[&str] =
    &["klo", "kl.", "kl", "à", "às", "as", "um", "at", "om", "alle", "ore", "u", "в", "о", "la"];

/// The longest stamp that is looked at, in bytes.
const STAMP_BYTES_MAX: usize = 160;

/// Reads the header of a line; `None` for a line that continues a message.
pub(super) fn read(line: &str) -> Option<Header<'_>> {
    let mut cursor = Cursor::new(line);
    let before = line.len();
    let bracket = cursor.take('[');
    let is_marked = line[..before - cursor.rest().len()].contains('\u{200E}');
    if bracket {
        cursor.blanks();
    }
    let start = cursor.rest();
    let (date, clock, year_first, time_first) = stamp(&mut cursor)?;
    let stamp = start[..start.len() - cursor.rest().len()].trim_matches(|c| is_mark(c) || is_blank(c));
    if stamp.len() > STAMP_BYTES_MAX {
        return None;
    }
    let style = end(&mut cursor, bracket)?;
    let shape = Shape {
        style,
        form: date.form,
        time_first,
        has_seconds: clock.has_seconds,
        has_day_part: clock.day_part.is_some(),
    };
    Some(Header { shape, date, clock, year_first, is_marked, stamp, rest: cursor.rest() })
}

fn stamp(cursor: &mut Cursor<'_>) -> Option<(WrittenDate, Clock, bool, bool)> {
    let mut ahead = *cursor;
    if let Some(date) = date::read(&mut ahead)
        && between(&mut ahead)
        && let Some((clock, year_first)) = clock::read(&mut ahead)
    {
        *cursor = ahead;
        return Some((date, clock, year_first, false));
    }
    let mut ahead = *cursor;
    let (clock, year_first) = clock::read(&mut ahead)?;
    if !between(&mut ahead) {
        return None;
    }
    let date = date::read(&mut ahead)?;
    *cursor = ahead;
    Some((date, clock, year_first, true))
}

/// Steps over what stands between date and time: a comma, blanks, a short word.
fn between(cursor: &mut Cursor<'_>) -> bool {
    let blank = cursor.blanks();
    let comma = cursor.take_if(|c| matches!(c, ',' | '،' | '、' | '，')).is_some();
    let blank = cursor.blanks() || blank;
    if blank && JOINTS.iter().any(|joint| cursor.word(joint)) {
        return cursor.blanks();
    }
    blank || comma
}

/// Steps over what ends the header.
fn end(cursor: &mut Cursor<'_>, bracket: bool) -> Option<Style> {
    if bracket {
        cursor.blanks();
        if !cursor.take(']') {
            return None;
        }
        one_blank(cursor);
        return Some(Style::Bracket);
    }
    if cursor.take(':') {
        return one_blank(cursor).then_some(Style::Colon);
    }
    let blank = cursor.blanks();
    let dash = cursor.take_if(|c| matches!(c, '-' | '–' | '—')).is_some();
    (blank && dash && (one_blank(cursor) || cursor.rest().is_empty())).then_some(Style::Dash)
}

/// Steps over one blank that follows at once; marks after it belong to the body.
fn one_blank(cursor: &mut Cursor<'_>) -> bool {
    cursor.take_if(is_blank).is_some()
}

/// Who speaks in a line, and what is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Speech<'a> {
    /// The name as written; `None` where the app speaks.
    pub sender: Option<&'a str>,
    /// The words up to the line's end.
    pub body: &'a str,
}

/// The longest name that is one, in bytes: WhatsApp allows 25 characters, address books more.
pub(super) const SENDER_BYTES_MAX: usize = 400;

/// Splits what follows a header into the name and the body, at the first colon that a blank or the line's end follows.
pub(super) fn speech(rest: &str) -> Speech<'_> {
    let nobody = Speech { sender: None, body: rest };
    let mut from = 0;
    while let Some(found) = rest[from..].find(':') {
        let colon = from + found;
        let after = &rest[colon + 1..];
        let ends = after.trim_matches(is_mark).is_empty();
        if ends || after.trim_start_matches(is_mark).starts_with(is_blank) {
            let sender = &rest[..colon];
            let is_name = colon <= SENDER_BYTES_MAX && sender.chars().any(|c| !is_mark(c) && !is_blank(c));
            let body = after.strip_prefix(is_blank).unwrap_or(after);
            return if is_name { Speech { sender: Some(sender), body } } else { nobody };
        }
        from = colon + 1;
        if from > SENDER_BYTES_MAX {
            break;
        }
    }
    nobody
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_a_header_is_read() {
        let cases = [
            ("1/8/20, 15:24 - Ana: oi", Style::Dash),
            ("01/08/2020 15:24 - Ana: oi", Style::Dash),
            ("8/1/20, 3:24 PM - Ana: oi", Style::Dash),
            ("8/1/20, 3:24\u{202F}PM - Ana: oi", Style::Dash),
            ("1/8/2020, 3:24 p. m. - Ana: oi", Style::Dash),
            ("01.08.20, 15:24 - Ana: oi", Style::Dash),
            ("1. 8. 2020 15:24 - Ana: oi", Style::Dash),
            ("1.8.2020 klo 15.24 - Ana: oi", Style::Dash),
            ("15:24 01/08/2020 - Ana: oi", Style::Dash),
            ("15:24, 01/08/2020 - Ana: oi", Style::Dash),
            ("2020/8/1 下午3:24 - Ana: oi", Style::Dash),
            ("٠١‏/٠٨‏/٢٠٢٠، ٣:٢٤ م - Ana: oi", Style::Dash),
            ("\u{FEFF}01.08.20, 15:24 - Ana: oi", Style::Dash),
            ("1/8/20, 15:24 – Ana: oi", Style::Dash),
            ("[01/08/20, 15:24:05] Ana: oi", Style::Bracket),
            ("\u{200E}[01/08/20, 15:24:05] Ana: oi", Style::Bracket),
            ("[01/08/2020 à 15:24:05] Ana: oi", Style::Bracket),
            ("[8/1/20, 3:24:05\u{202F}PM] Ana: oi", Style::Bracket),
            ("[R2/08/01 15:24:05] Ana: oi", Style::Bracket),
            ("[15:24:05, 1/8/2020] Ana: oi", Style::Bracket),
            ("[1 Aug 2020 at 3:24:05 PM] Ana: oi", Style::Bracket),
            ("\u{FEFF}\u{200E}[01/08/20 15:24:05] Ana: oi", Style::Bracket),
            ("01.08.20, 15:24:05: Ana: oi", Style::Colon),
        ];
        for (line, style) in cases {
            let header = read(line).unwrap_or_else(|| panic!("not read: {line}"));
            assert_eq!((header.shape.style, header.rest), (style, "Ana: oi"), "{line}");
        }
    }

    #[test]
    fn a_line_that_is_no_header_is_not_read() {
        let lines = [
            "",
            "oi - tudo bem",
            "1/8/20 - Ana: oi",
            "15:24 - Ana: oi",
            "1/8/20, 15:24 Ana: oi",
            "1/8/20, 15:24-Ana: oi",
            "[1/8/20, 15:24 Ana: oi",
            "[draft] Ana: oi",
            "12:30 - 13:00 lunch - then back",
            "1/8/20, 15:24:99 - Ana",
            "2 - 3 - 4",
        ];
        for line in lines {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn the_mark_before_the_bracket_is_seen() {
        assert!(read("\u{200E}[01/08/20, 15:24:05] Ana: x").unwrap().is_marked);
        assert!(!read("[01/08/20, 15:24:05] Ana: \u{200E}x").unwrap().is_marked);
        assert_eq!(read("[01/08/20, 15:24:05] Ana: \u{200E}x").unwrap().rest, "Ana: \u{200E}x");
    }

    #[test]
    fn a_name_ends_at_the_first_colon_with_a_blank() {
        let cases = [
            ("Ana: oi: tudo", Some("Ana"), "oi: tudo"),
            ("Ana:", Some("Ana"), ""),
            ("Ana: ", Some("Ana"), ""),
            ("Ana: \u{200E}x", Some("Ana"), "\u{200E}x"),
            ("Shop 24:7: hi", Some("Shop 24:7"), "hi"),
            ("Ana joined", None, "Ana joined"),
            ("see https://example.org/a", None, "see https://example.org/a"),
            (": oi", None, ": oi"),
            ("\u{200E}: oi", None, "\u{200E}: oi"),
        ];
        for (rest, sender, body) in cases {
            assert_eq!(speech(rest), Speech { sender, body }, "{rest}");
        }
    }
}
