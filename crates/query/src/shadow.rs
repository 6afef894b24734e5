//! Texts and regexes in bytes, one for each character, so that automata over many regexes stay small: where a regex is found in a text, its
//! shadow is found in the text's. The reverse does not hold, since most letters beyond ASCII share a byte with others.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, ClassUnicode, Hir, HirKind, Look};

/// What letters beyond ASCII become, by their code point; capitals of ASCII become small ones, so that these are free. They are letters of
/// words themselves, so that words end where they did.
const LETTERS: std::ops::RangeInclusive<u8> = b'A'..=b'Y';
/// What digits beyond ASCII become.
const DIGIT: u8 = b'Z';
/// What everything else beyond ASCII becomes, by its code point.
const SIGNS: std::ops::RangeInclusive<u8> = 0x80..=0xBF;
/// Code points below this are in a table.
const TABLE_LEN: usize = 0x2_0000;
/// Characters of a class that are looked at one by one in each of its ranges.
const RANGE_MAX: u32 = 1_024;

/// Writes the shadow of a text into a buffer.
pub(crate) fn cast(text: &str, shadow: &mut Vec<u8>) {
    shadow.clear();
    if text.is_ascii() {
        shadow.extend_from_slice(text.as_bytes());
        shadow.make_ascii_lowercase();
    } else {
        shadow.extend(text.chars().map(byte_of));
    }
}

/// The shadow of a character.
fn byte_of(c: char) -> u8 {
    match TABLE.bytes.get(c as usize) {
        Some(byte) => *byte,
        None => TABLE.worked_out(c as u32),
    }
}

/// What characters become, and the ranges of those that words are made of.
struct Table {
    words: Vec<(u32, u32)>,
    bytes: Box<[u8]>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { words: ranges_of(r"\w"), bytes: Box::default() };
    let mut bytes: Box<[u8]> = (0..TABLE_LEN as u32).map(|code| table.worked_out(code)).collect();
    for (start, end) in ranges_of(r"\d") {
        let end = (end as usize).min(TABLE_LEN - 1);
        bytes.get_mut((start as usize).max(128)..=end).unwrap_or_default().fill(DIGIT);
    }
    table.bytes = bytes;
    table
});

fn ranges_of(class: &str) -> Vec<(u32, u32)> {
    let hir = regex_syntax::parse(class).expect("it is a class");
    let HirKind::Class(Class::Unicode(class)) = hir.kind() else { return Vec::new() };
    class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
}

impl Table {
    fn worked_out(&self, code: u32) -> u8 {
        let of = |bytes: std::ops::RangeInclusive<u8>| {
            bytes.start() + (code % u32::from(bytes.end() - bytes.start() + 1)) as u8
        };
        match code {
            0..128 => (code as u8).to_ascii_lowercase(),
            // Other cases of letters of ASCII: the long s, and the sign of Kelvin.
            0x17F => b's',
            0x212A => b'k',
            _ if self.word_at(code).is_some() => of(LETTERS),
            _ => of(SIGNS),
        }
    }

    /// The stretch of characters of words around one.
    fn word_at(&self, code: u32) -> Option<(u32, u32)> {
        let at = self.words.partition_point(|(_, end)| *end < code);
        self.words.get(at).copied().filter(|(start, _)| *start <= code)
    }

    /// The shadows of a range of characters, or more.
    fn add(&self, start: u32, end: u32, bytes: &mut Bytes) {
        if end - start < RANGE_MAX {
            (start..=end).filter_map(char::from_u32).for_each(|c| bytes.add(byte_of(c)));
            return;
        }
        let is_word = self.word_at(start).is_some_and(|(_, last)| end <= last);
        let is_apart = !is_word
            && self.words.partition_point(|word| word.1 < start)
                == self.words.partition_point(|word| word.0 <= end);
        (start..(end + 1).min(128)).filter_map(char::from_u32).for_each(|c| bytes.add(byte_of(c)));
        if !is_apart {
            LETTERS.chain([DIGIT, b's', b'k']).for_each(|byte| bytes.add(byte));
        }
        if !is_word {
            SIGNS.for_each(|byte| bytes.add(byte));
        }
    }
}

/// A set of bytes.
#[derive(Default)]
struct Bytes([u64; 4]);

impl Bytes {
    fn add(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn into_hir(self) -> Hir {
        let holds = |byte: &u8| self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1;
        let ranges = (0..=255).filter(holds).map(|byte| ClassBytesRange::new(byte, byte));
        Hir::class(Class::Bytes(ClassBytes::new(ranges)))
    }
}

/// The shadow of a regex over texts.
pub(crate) fn of_regex(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => Hir::literal(text.chars().map(byte_of).collect::<Vec<u8>>()),
            // No text has it.
            Err(_) => Hir::fail(),
        },
        HirKind::Class(class) => of_class(class),
        HirKind::Look(look) => of_look(*look),
        HirKind::Repetition(repetition) => {
            let mut repetition = repetition.clone();
            repetition.sub = Box::new(of_regex(&repetition.sub));
            Hir::repetition(repetition)
        }
        HirKind::Capture(capture) => of_regex(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(of_regex).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(of_regex).collect()),
    }
}

fn of_class(class: &Class) -> Hir {
    let mut bytes = Bytes::default();
    match class {
        Class::Unicode(class) => of_characters(class, &mut bytes),
        Class::Bytes(class) => {
            for range in class.ranges() {
                // Beyond ASCII a byte is no character.
                TABLE.add(range.start().into(), range.end().min(127).into(), &mut bytes);
            }
        }
    }
    bytes.into_hir()
}

fn of_characters(class: &ClassUnicode, bytes: &mut Bytes) {
    for range in class.ranges() {
        TABLE.add(range.start().into(), range.end().into(), bytes);
    }
}

/// Where words end they end in the shadow too. What words are in ASCII alone cannot be told from it.
fn of_look(look: Look) -> Hir {
    Hir::look(match look {
        Look::WordUnicode => Look::WordAscii,
        Look::WordUnicodeNegate => Look::WordAsciiNegate,
        Look::WordStartUnicode => Look::WordStartAscii,
        Look::WordEndUnicode => Look::WordEndAscii,
        Look::WordStartHalfUnicode => Look::WordStartHalfAscii,
        Look::WordEndHalfUnicode => Look::WordEndHalfAscii,
        Look::WordAscii
        | Look::WordAsciiNegate
        | Look::WordStartAscii
        | Look::WordEndAscii
        | Look::WordStartHalfAscii
        | Look::WordEndHalfAscii => return Hir::empty(),
        Look::Start | Look::End | Look::StartLF | Look::EndLF | Look::StartCRLF | Look::EndCRLF => look,
    })
}

/// States of an automaton for a regex, about: what it may remember at once of a text.
pub(crate) fn states(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Capture(capture) => states(&capture.sub),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min.saturating_add(1)).max(1);
            1 + states(&repetition.sub).saturating_mul(times.into())
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(states).fold(1, u64::saturating_add)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_casts_a_shadow_that_is_a_letter_of_words_where_it_is() {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        for c in '\0'..=char::MAX {
            let byte = byte_of(c);
            assert_eq!(is_word(byte), regex_syntax::is_word_character(c), "{c:?}");
            assert_eq!(byte == b'\n', c == '\n');
        }
    }

    #[test]
    fn the_shadow_of_a_class_holds_those_of_its_characters() {
        for class in [
            r"\w",
            r"\W",
            r"\d",
            r"\D",
            r"\s",
            ".",
            "[^0-9]",
            "[一-龥]",
            r"\p{Lu}",
            "[^é]",
            "(?i)[a-z]",
            r"\PL",
            "(?s).",
        ] {
            let hir = regex_syntax::parse(class).unwrap();
            let HirKind::Class(Class::Unicode(set)) = hir.kind() else { panic!("{class}") };
            let shadow = of_regex(&hir);
            let bytes: Vec<(u8, u8)> = match shadow.kind() {
                HirKind::Class(Class::Bytes(bytes)) => {
                    bytes.ranges().iter().map(|range| (range.start(), range.end())).collect()
                }
                other => panic!("{class}: {other:?}"),
            };
            for c in set.ranges().iter().flat_map(|range| range.start()..=range.end()) {
                let byte = byte_of(c);
                assert!(bytes.iter().any(|(start, end)| (*start..=*end).contains(&byte)), "{class}: {c:?}");
            }
        }
        let narrow = |class: &str| of_regex(&regex_syntax::parse(class).unwrap());
        assert_eq!(narrow("(?i)[a-z]"), narrow("(?-u:[a-z])"));
        assert_eq!(narrow(r"[0-9]"), narrow("(?-u:[0-9])"));
    }
}
