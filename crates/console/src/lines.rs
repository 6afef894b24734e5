//! Files of lines (CSV, RFC 4180) as people upload them: columns by the names in the header, a mistake for every line.

use std::collections::BTreeSet;

use csv::{ByteRecord, ReaderBuilder};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::words::Words;

/// Lines of a file.
const LINES_MAX: usize = 10_000;
/// Lines that become one append of the log, all or nothing. Saying what is there already changes nothing, so that a longer file
/// whose upload broke off can be uploaded again.
pub(crate) const APPENDED_MAX: usize = 1_000;
/// Mistakes that are shown; the others show once these are mended.
const MISTAKES_MAX: usize = 50;

/// A column by its name in the header, and whether every file needs it.
pub(crate) type Column = (&'static str, bool);

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// From 1, with the header.
    pub(crate) line: u64,
    pub(crate) what: String,
}

/// Mistakes of a file, cut, with how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mistakes {
    pub(crate) shown: Vec<Mistake>,
    pub(crate) more: usize,
}

impl Mistakes {
    fn one(line: u64, what: String) -> Self {
        Self { shown: vec![Mistake { line, what }], more: 0 }
    }

    /// Adds what shows only once all lines are read.
    pub(crate) fn add(&mut self, line: u64, what: String) {
        self.push(Mistake { line, what });
    }

    fn push(&mut self, mistake: Mistake) {
        if self.shown.len() < MISTAKES_MAX {
            self.shown.push(mistake);
        } else {
            self.more += 1;
        }
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}

/// A line of a file.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) number: u64,
    /// Values in the order of the known columns; blank where the file does not have the column.
    cells: Vec<String>,
    names: Vec<&'static str>,
}

impl Line {
    /// The value of a column, trimmed; `None` where it is blank or the file does not have the column.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let at = self.names.iter().position(|one| *one == name)?;
        self.cells.get(at).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value of a column, trimmed; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }
}

/// Reads a file line by line; `read` makes a value of a line, or says what is wrong with it.
///
/// # Errors
/// Every mistake of the header, or of all lines. Nothing is kept of a file with mistakes.
pub(crate) fn read<T>(
    bytes: &[u8],
    columns: &[Column],
    w: Words,
    mut read: impl FnMut(&Line) -> Result<T, String>,
) -> Result<Vec<T>, Mistakes> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter(bytes)).from_reader(bytes);
    let mut records = reader.byte_records().map(|record| record.unwrap_or_default());
    let header = records.next().ok_or_else(|| Mistakes::one(1, w.t("lines.empty")))?;
    let places = places(&header, columns, w)?;
    let (mut values, mut mistakes) = (Vec::new(), Mistakes::default());
    let mut counter = Counter { bytes, at: 0, line: 1 };
    for record in records {
        let number = counter.line_at(record.position().map_or(0, csv::Position::byte));
        if record.iter().all(<[u8]>::is_empty) {
            continue;
        }
        if values.len() >= LINES_MAX {
            return Err(Mistakes::one(number, w.with("lines.too_many", "max", w.number(LINES_MAX))));
        }
        let value = line(number, &record, columns, &places, header.len(), w).and_then(|line| read(&line));
        match value {
            Ok(value) => values.push(value),
            Err(what) => mistakes.push(Mistake { line: number, what }),
        }
    }
    match mistakes.is_empty() {
        true if values.is_empty() => Err(Mistakes::one(1, w.t("lines.empty"))),
        true => Ok(values),
        false => Err(mistakes),
    }
}

/// Counts lines as an editor does. The reader's own count stays behind blank lines and the ends of lines it has yet to skip.
struct Counter<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl Counter<'_> {
    /// The line of the record that begins at an offset or after the ends of lines there. Offsets only grow.
    fn line_at(&mut self, offset: u64) -> u64 {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        while let Some(byte) = self.bytes.get(self.at) {
            if self.at >= offset && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(*byte == b'\n');
            self.at += 1;
        }
        self.line
    }
}

/// A semicolon where the header has more of them than commas: what spreadsheets write in many countries.
fn delimiter(bytes: &[u8]) -> u8 {
    let header = bytes.split(|one| *one == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| header.iter().filter(|one| **one == wanted).count();
    if count(b';') > count(b',') { b';' } else { b',' }
}

/// Where each known column stands in the file.
fn places(header: &ByteRecord, columns: &[Column], w: Words) -> Result<Vec<Option<usize>>, Mistakes> {
    let names: Vec<String> =
        header.iter().map(|name| String::from_utf8_lossy(name).trim().to_lowercase()).collect();
    let mut mistakes = Mistakes::default();
    let mut seen = BTreeSet::new();
    for name in names.iter().filter(|name| !name.is_empty()) {
        if !columns.iter().any(|(column, _)| column == name) {
            mistakes.push(Mistake { line: 1, what: w.with("lines.unknown_column", "name", name) });
        } else if !seen.insert(name) {
            mistakes.push(Mistake { line: 1, what: w.with("lines.column_twice", "name", name) });
        }
    }
    for (column, _) in
        columns.iter().filter(|(column, needed)| *needed && !names.iter().any(|one| one == column))
    {
        mistakes.push(Mistake { line: 1, what: w.with("lines.missing_column", "name", column) });
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok(columns.iter().map(|(column, _)| names.iter().position(|name| name == column)).collect())
}

fn line(
    number: u64,
    record: &ByteRecord,
    columns: &[Column],
    places: &[Option<usize>],
    width: usize,
    w: Words,
) -> Result<Line, String> {
    if record.iter().skip(width).any(|cell| !cell.is_empty()) {
        return Err(w.t("lines.too_wide"));
    }
    let mut cells = Vec::with_capacity(columns.len());
    for (place, (column, needed)) in places.iter().zip(columns) {
        let cell = place.and_then(|place| record.get(place)).unwrap_or_default();
        let cell = std::str::from_utf8(cell).map_err(|_| w.t("lines.not_utf8"))?.trim();
        if *needed && cell.is_empty() {
            return Err(w.with("lines.blank", "name", column));
        }
        cells.push(cell.to_owned());
    }
    Ok(Line { number, cells, names: columns.iter().map(|(column, _)| *column).collect() })
}

/// An instant (RFC 3339), or a day, which begins at midnight in the firm's zone.
pub(crate) fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let day = || Some(text.parse::<Date>().ok()?.to_zoned(zone.clone()).ok()?.timestamp());
    if text.len() == "2026-01-31".len() { day() } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::words::Language;

    const COLUMNS: &[Column] = &[("kind", true), ("value", true), ("label", false)];

    fn pairs(file: &[u8]) -> Result<Vec<(u64, String, String)>, Mistakes> {
        read(file, COLUMNS, Words::new(Language::English), |line| {
            Ok((line.number, line.text("value"), line.text("label")))
        })
    }

    fn whats(file: &[u8]) -> Vec<(u64, String)> {
        pairs(file).unwrap_err().shown.into_iter().map(|one| (one.line, one.what)).collect()
    }

    #[test]
    fn columns_are_found_by_name_whatever_their_order_mark_or_separator() {
        let wanted = vec![(2, "a@b.c".to_owned(), "Shop, main".to_owned())];
        for file in [
            "value,kind,label\na@b.c,pix,\"Shop, main\"\n",
            "\u{feff}Kind;Value;Label\r\npix; a@b.c ;Shop, main\r\n",
            "label,value,kind\n\"Shop, main\",a@b.c,pix\n\n,,\n",
        ] {
            assert_eq!(pairs(file.as_bytes()).unwrap(), wanted, "{file}");
        }
    }

    #[test]
    fn every_line_with_a_mistake_is_named() {
        let file = b"kind,value\r\npix,\npix,\"two\nlines\"\n\r\npix,\xff\r\npix,a,b,c\n";
        let lines: Vec<u64> = whats(file).iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 6, 7]);
    }

    #[test]
    fn a_header_has_every_needed_column_once_and_no_other() {
        let whats: Vec<String> = whats(b"kind,kind,extra\n").into_iter().map(|(_, what)| what).collect();
        assert_eq!(whats.len(), 3, "{whats:?}");
        assert!(whats.iter().any(|what| what.contains("extra")));
    }

    #[test]
    fn an_empty_file_and_one_that_is_too_long_are_refused() {
        assert_eq!(whats(b"").len(), 1);
        assert_eq!(whats(b"kind,value\n").len(), 1);
        let long = format!("kind,value\n{}", "pix,a\n".repeat(LINES_MAX + 1));
        assert!(whats(long.as_bytes())[0].1.contains("10,000"));
    }

    #[test]
    fn a_flood_of_mistakes_is_cut_and_counted() {
        let mistakes = pairs(format!("kind,value\n{}", "pix,\n".repeat(80)).as_bytes()).unwrap_err();
        assert_eq!((mistakes.shown.len(), mistakes.more), (MISTAKES_MAX, 80 - MISTAKES_MAX));
    }

    #[test]
    fn a_day_begins_at_midnight_where_the_firm_is() {
        let zone = TimeZone::fixed(jiff::tz::offset(-3));
        assert_eq!(instant("2026-03-01", &zone), "2026-03-01T03:00:00Z".parse().ok());
        assert_eq!(instant("2026-03-01T00:00:00Z", &zone), "2026-03-01T00:00:00Z".parse().ok());
        for nonsense in ["", "01/03/2026", "2026-13-01", "2026-3-1", "tomorrow!!"] {
            assert_eq!(instant(nonsense, &zone), None, "{nonsense}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic_the_reader(bytes: Vec<u8>) {
            let _ = pairs(&bytes);
            let _ = pairs(&[b"kind,value\n".as_slice(), &bytes].concat());
        }
    }
}
