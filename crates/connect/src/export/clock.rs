//! The time of day as phones write it: separators, seconds, and the words for the parts of a day.

use jiff::civil::Time;

use super::cursor::Cursor;

/// A time as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// The time of day.
    pub time: Time,
    /// Whether seconds were written.
    pub has_seconds: bool,
    /// The part of the day that was named.
    pub day_part: Option<DayPart>,
}

/// What a word for a part of the day does to the hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DayPart {
    /// Before noon: 12 is midnight.
    Morning,
    /// After noon: 12 is noon.
    Afternoon,
    /// Around noon: 10 and 11 are before it.
    Noon,
    /// From dusk on, and by some also after midnight: 12 is midnight, 1 to 5 are before dawn.
    Night,
}

/// A word for a part of the day; a space in it stands for any blanks or none.
struct Word {
    text: &'static str,
    part: DayPart,
    /// Languages with this word write the year first.
    year_first: bool,
}

const fn word(text: &'static str, part: DayPart) -> Word {
    Word { text, part, year_first: false }
}

const fn eastern(text: &'static str, part: DayPart) -> Word {
    Word { text, part, year_first: true }
}

/// Day-part words by language; a word that another begins with comes after it.
const WORDS: &[Word] = &[
    // English and all that borrow it, Spanish, Portuguese, Dutch, and a stray spelling of one Android version.
    word("a. m.", DayPart::Morning),
    word("p. m.", DayPart::Afternoon),
    word("a: m", DayPart::Morning),
    word("p: m", DayPart::Afternoon),
    word("a. m", DayPart::Morning),
    word("p. m", DayPart::Afternoon),
    word("a m", DayPart::Morning),
    word("p m", DayPart::Afternoon),
    word("in the morning", DayPart::Morning),
    word("in the afternoon", DayPart::Afternoon),
    word("in the evening", DayPart::Afternoon),
    word("at night", DayPart::Night),
    word("de la mañana", DayPart::Morning),
    word("de la madrugada", DayPart::Morning),
    word("del mediodía", DayPart::Noon),
    word("de la tarde", DayPart::Afternoon),
    word("de la noche", DayPart::Night),
    word("da manhã", DayPart::Morning),
    word("da madrugada", DayPart::Morning),
    word("da tarde", DayPart::Afternoon),
    word("da noite", DayPart::Night),
    // German, Czech, Slovene, Hungarian, Swedish, Finnish, Turkish, Greek, Bulgarian, Malay, Vietnamese.
    word("vorm.", DayPart::Morning),
    word("nachm.", DayPart::Afternoon),
    word("dop.", DayPart::Morning),
    word("odp.", DayPart::Afternoon),
    word("pop.", DayPart::Afternoon),
    word("de.", DayPart::Morning),
    word("du.", DayPart::Afternoon),
    word("fm", DayPart::Morning),
    word("em", DayPart::Afternoon),
    word("ap.", DayPart::Morning),
    word("ip.", DayPart::Afternoon),
    word("öö", DayPart::Morning),
    word("ös", DayPart::Afternoon),
    word("π. μ.", DayPart::Morning),
    word("μ. μ.", DayPart::Afternoon),
    word("пр. об.", DayPart::Morning),
    word("сл. об.", DayPart::Afternoon),
    word("дп", DayPart::Morning),
    word("пп", DayPart::Afternoon),
    word("ptg", DayPart::Afternoon),
    word("pg", DayPart::Morning),
    word("sa", DayPart::Morning),
    word("ch", DayPart::Afternoon),
    // Arabic, Persian, Hebrew, Urdu.
    word("ص", DayPart::Morning),
    word("م", DayPart::Afternoon),
    word("صباحًا", DayPart::Morning),
    word("مساءً", DayPart::Afternoon),
    word("ق. ظ.", DayPart::Morning),
    word("ب. ظ.", DayPart::Afternoon),
    word("לפנה״צ", DayPart::Morning),
    word("אחה״צ", DayPart::Afternoon),
    word("قبل دوپہر", DayPart::Morning),
    word("بعد دوپہر", DayPart::Afternoon),
    // Hindi, Marathi, Gujarati, Bengali, Tamil, Telugu, Thai.
    word("पूर्वाह्न", DayPart::Morning),
    word("अपराह्न", DayPart::Afternoon),
    word("सुबह", DayPart::Morning),
    word("दोपहर", DayPart::Noon),
    word("शाम", DayPart::Afternoon),
    word("रात", DayPart::Night),
    word("म. पू.", DayPart::Morning),
    word("म. उ.", DayPart::Afternoon),
    word("পূর্বাহ্ণ", DayPart::Morning),
    word("অপরাহ্ণ", DayPart::Afternoon),
    word("முற்பகல்", DayPart::Morning),
    word("பிற்பகல்", DayPart::Afternoon),
    word("ก่อนเที่ยง", DayPart::Morning),
    word("หลังเที่ยง", DayPart::Afternoon),
    // Chinese, Japanese, Korean.
    eastern("凌晨", DayPart::Morning),
    eastern("清晨", DayPart::Morning),
    eastern("早上", DayPart::Morning),
    eastern("上午", DayPart::Morning),
    eastern("中午", DayPart::Noon),
    eastern("下午", DayPart::Afternoon),
    eastern("傍晚", DayPart::Afternoon),
    eastern("晚上", DayPart::Night),
    eastern("半夜", DayPart::Night),
    eastern("午夜", DayPart::Night),
    eastern("午前", DayPart::Morning),
    eastern("午後", DayPart::Afternoon),
    eastern("오전", DayPart::Morning),
    eastern("오후", DayPart::Afternoon),
];

/// Reads a time; also says whether its words are of a language that writes the year first.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<(Clock, bool)> {
    let mut ahead = *cursor;
    let before = day_part(&mut ahead);
    if before.is_some() {
        ahead.blanks();
    }
    let (hour, _) = ahead.number(2)?;
    let separator = ahead.take_if(|c| matches!(c, ':' | '.' | '：'))?;
    let (minute, 2) = ahead.number(2)? else { return None };
    let second = seconds(&mut ahead, separator);
    let part = before.or_else(|| {
        let mut after = ahead;
        after.blanks();
        let part = day_part(&mut after)?;
        ahead = after;
        Some(part)
    });
    let hour = part.map_or(hour, |word| word.part.hour(hour));
    let parts = [hour, minute, second.unwrap_or(0)].map(|part| i8::try_from(part).ok());
    let [Some(hour), Some(minute), Some(second_value)] = parts else { return None };
    let time = Time::new(hour, minute, second_value, 0).ok()?;
    *cursor = ahead;
    let clock = Clock { time, has_seconds: second.is_some(), day_part: part.map(|word| word.part) };
    Some((clock, part.is_some_and(|word| word.year_first)))
}

fn seconds(cursor: &mut Cursor<'_>, separator: char) -> Option<u32> {
    let mut ahead = *cursor;
    if !ahead.take(separator) {
        return None;
    }
    let (second, 2) = ahead.number(2)? else { return None };
    *cursor = ahead;
    Some(second)
}

fn day_part(cursor: &mut Cursor<'_>) -> Option<&'static Word> {
    let next = cursor.peek()?;
    if !next.is_alphabetic() {
        return None;
    }
    WORDS.iter().find(|word| cursor.word(word.text))
}

impl DayPart {
    /// The hour of 24 for an hour as written. An hour above 12 was already one of 24.
    fn hour(self, written: u32) -> u32 {
        match (self, written) {
            (_, 13..) => written,
            (DayPart::Morning | DayPart::Night, 12) => 0,
            (DayPart::Morning, hour) => hour,
            (DayPart::Afternoon | DayPart::Noon, 12) => 12,
            (DayPart::Noon, 10 | 11) => written,
            (DayPart::Night, 0..=5) => written,
            (_, hour) => hour + 12,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    fn reads(text: &str) -> Option<(Time, bool)> {
        let mut cursor = Cursor::new(text);
        let (clock, _) = read(&mut cursor)?;
        cursor.rest().is_empty().then_some((clock.time, clock.has_seconds))
    }

    #[test]
    fn every_way_of_writing_a_time_is_read() {
        let cases = [
            ("15:24", 15, 24, None),
            ("15.24", 15, 24, None),
            ("15.24.05", 15, 24, Some(5)),
            ("3:24:05 PM", 15, 24, Some(5)),
            ("3:24\u{202F}PM", 15, 24, None),
            ("3:24\u{A0}pm", 15, 24, None),
            ("3:24pm", 15, 24, None),
            ("3:24 p. m.", 15, 24, None),
            ("3:24 p.\u{A0}m.", 15, 24, None),
            ("3:24 a: m", 3, 24, None),
            ("12:05 AM", 0, 5, None),
            ("12:05 PM", 12, 5, None),
            ("0:05 PM", 12, 5, None),
            ("15:24 PM", 15, 24, None),
            ("٣:٢٤ م", 15, 24, None),
            ("٣:٢٤ ص", 3, 24, None),
            ("下午3:24", 15, 24, None),
            ("中午12:24", 12, 24, None),
            ("凌晨1:24", 1, 24, None),
            ("晚上11:24", 23, 24, None),
            ("午後 3:24", 15, 24, None),
            ("오후 3:24", 15, 24, None),
            ("3:24 अपराह्न", 15, 24, None),
            ("रात 11:24", 23, 24, None),
            ("3:24 CH", 15, 24, None),
            ("3:24 ÖS", 15, 24, None),
            ("3:24 μ.μ.", 15, 24, None),
            ("3:24 หลังเที่ยง", 15, 24, None),
        ];
        for (text, hour, minute, second) in cases {
            let wanted = time(hour, minute, second.unwrap_or(0), 0);
            assert_eq!(reads(text), Some((wanted, second.is_some())), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_time_is_not_read() {
        for text in ["25:00", "12:60", "12:5", "12", "ab", "", "12:30:99", "12:30 amber"] {
            assert_eq!(reads(text), None, "{text}");
        }
    }
}
