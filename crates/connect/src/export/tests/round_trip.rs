//! The property behind the grammar: what is written in any shape of header is read back as it was.

use aboveboard_model::item::{Body, Content, Direction};
use jiff::civil::DateTime;
use proptest::prelude::*;

use super::*;

/// A shape: its name, whether it has seconds, and how it writes a header up to the name.
type Shape = (&'static str, bool, fn(DateTime) -> String);

/// The hour of twelve and the words for the half of the day.
fn half(at: DateTime, words: [&'static str; 2]) -> (i8, &'static str) {
    let hour = if at.hour() % 12 == 0 { 12 } else { at.hour() % 12 };
    (hour, words[usize::from(at.hour() >= 12)])
}

fn in_digits(text: &str, zero: u32) -> String {
    let digit = |c: char| c.to_digit(10).and_then(|value| char::from_u32(zero + value)).unwrap_or(c);
    text.chars().map(digit).collect()
}

const SHAPES: &[Shape] = &[
    ("Android 24 h", false, |at| at.strftime("%d/%m/%Y, %H:%M - ").to_string()),
    ("Android, short year, no comma", false, |at| at.strftime("%d/%m/%y %H:%M - ").to_string()),
    ("Android, dots", false, |at| at.strftime("%d.%m.%y, %H:%M - ").to_string()),
    ("Android, dots and blanks", false, |at| at.strftime("%-d. %-m. %Y %-H:%M - ").to_string()),
    ("Android, hyphens", false, |at| at.strftime("%d-%m-%Y %H:%M - ").to_string()),
    ("Android, year first", false, |at| at.strftime("%Y/%m/%d, %H:%M - ").to_string()),
    ("Android, ISO", false, |at| at.strftime("%Y-%m-%d %H:%M - ").to_string()),
    ("Finnish", false, |at| at.strftime("%-d.%-m.%Y klo %-H.%M - ").to_string()),
    ("Vietnamese", false, |at| at.strftime("%H:%M %d/%m/%Y - ").to_string()),
    ("United States", false, |at| {
        let (hour, word) = half(at, ["AM", "PM"]);
        format!("{}, {hour}:{:02}\u{202F}{word} - ", at.strftime("%-m/%-d/%y"), at.minute())
    }),
    ("Spanish", false, |at| {
        let (hour, word) = half(at, ["a.\u{A0}m.", "p.\u{A0}m."]);
        format!("{}, {hour}:{:02} {word} - ", at.strftime("%-d/%-m/%Y"), at.minute())
    }),
    ("Arabic", false, |at| {
        let (hour, word) = half(at, ["ص", "م"]);
        let text =
            format!("{}، {hour}:{:02} {word} - ", at.strftime("%-d\u{200F}/%-m\u{200F}/%Y"), at.minute());
        in_digits(&text, 0x660)
    }),
    ("Hindi digits", false, |at| in_digits(&at.strftime("%d/%m/%Y, %H:%M - ").to_string(), 0x966)),
    ("Chinese", false, |at| {
        let (hour, word) = half(at, ["上午", "下午"]);
        format!("{} {word}{hour}:{:02} - ", at.strftime("%Y/%-m/%-d"), at.minute())
    }),
    ("Chinese in words", false, |at| at.strftime("%Y年%-m月%-d日 %H:%M - ").to_string()),
    ("Korean", false, |at| {
        let (hour, word) = half(at, ["오전", "오후"]);
        format!("{} {word} {hour}:{:02} - ", at.strftime("%y. %-m. %-d."), at.minute())
    }),
    ("Thai, Buddhist era", false, |at| {
        format!("{}{} {} - ", at.strftime("%-d/%-m/"), i32::from(at.year()) + 543, at.strftime("%H:%M"))
    }),
    ("Thai, Buddhist era, short", false, |at| {
        format!("{}{:02} {} - ", at.strftime("%-d/%-m/"), (at.year() + 543) % 100, at.strftime("%H:%M"))
    }),
    ("iOS 24 h", true, |at| at.strftime("[%d/%m/%Y, %H:%M:%S] ").to_string()),
    ("iOS, marked", true, |at| at.strftime("\u{200E}[%d/%m/%y %H:%M:%S] ").to_string()),
    ("iOS, BOM", true, |at| at.strftime("\u{FEFF}[%d.%m.%y, %H:%M:%S] ").to_string()),
    ("iOS United States", true, |at| {
        let (hour, word) = half(at, ["AM", "PM"]);
        let (date, rest) = (at.strftime("%-m/%-d/%y"), at.strftime("%M:%S"));
        format!("[{date}, {hour}:{rest}\u{202F}{word}] ")
    }),
    ("iOS, names of months", true, |at| at.strftime("[%-d %b %Y at %H:%M:%S] ").to_string()),
    ("iOS, month first by name", true, |at| at.strftime("[%b %-d, %Y, %H:%M:%S] ").to_string()),
    ("iOS, Japanese era", true, |at| format!("[R{}/{}] ", at.year() - 2018, at.strftime("%m/%d %H:%M:%S"))),
    ("iOS, French", true, |at| at.strftime("[%d/%m/%Y à %H:%M:%S] ").to_string()),
    ("old", true, |at| at.strftime("%d.%m.%y, %H:%M:%S: ").to_string()),
];

/// Words with all that makes trouble: dashes, colons, brackets, digits, marks, several scripts.
fn body() -> impl Strategy<Value = String> {
    let line = "[a-zA-Z0-9 :,.;/<>()\\[\\]@+é你नम\u{A0}\u{202F}👍-]{0,30}";
    let looks_alike = |body: &String| body.lines().skip(1).any(|line| header::read(line).is_some());
    (proptest::collection::vec(line, 1..4))
        .prop_map(|lines| lines.join("\n"))
        .prop_filter("a line that is a header begins a message, whoever typed it", move |body| {
            !looks_alike(body)
        })
}

fn messages() -> impl Strategy<Value = Vec<(u32, bool, String)>> {
    proptest::collection::vec((1u32..400_000, any::<bool>(), body()), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn messages_written_in_any_shape_are_read_back(said in messages(), is_crlf: bool) {
        for (name, has_seconds, print) in SHAPES {
            let mut text = String::new();
            let mut wanted = Vec::new();
            // The first day settles the order of day and month in both readings.
            let mut at = jiff::civil::date(2020, 1, 30).at(0, 0, 0, 0);
            for (step, is_own, body) in &said {
                at = at.saturating_add(jiff::Span::new().seconds(i64::from(*step)));
                let sender = if *is_own { "Rui" } else { "Ana - Lima: SP".split(':').next().unwrap() };
                let body = body.replace('\r', "");
                text.push_str(&format!("{}{sender}: {body}\n", print(at)));
                let seconds = if *has_seconds { at.second() } else { 0 };
                wanted.push((at.with().second(seconds).build().unwrap(), sender, body));
            }
            let text = if is_crlf { text.replace('\n', "\r\n") } else { text };
            let options = Options { date_order: Some(order_of(name)), ..own("Rui") };
            let mut import = read_bytes(text.as_bytes(), "Chat Lima.txt", options).unwrap();
            let found = all_of(&mut import);
            prop_assert_eq!(found.len(), wanted.len(), "{}: {}", name, text);
            for (exported, (at, sender, body)) in found.iter().zip(&wanted) {
                let Body::Message(message) = &exported.item.body else { panic!("{name}: {exported:?}") };
                let zoned = at.to_zoned(jiff::tz::TimeZone::UTC).unwrap();
                prop_assert_eq!(exported.item.at, Some(zoned.timestamp()), "{}", name);
                prop_assert_eq!(message.from.name.as_deref(), Some(*sender));
                prop_assert_eq!(message.direction == Direction::Out, *sender == "Rui");
                let body = body.trim_end_matches(['\n', ' ', '\u{A0}', '\u{202F}']);
                prop_assert_eq!(&message.content, &Content::Text { body: body.to_owned() }, "{}", name);
            }
        }
    }
}

fn order_of(shape: &str) -> DateOrder {
    match shape {
        "United States" | "iOS United States" => DateOrder::MonthDayYear,
        "Korean" => DateOrder::YearMonthDay,
        _ => DateOrder::DayMonthYear,
    }
}
