//! The normal form of a text, built in one pass, with the map back to the original.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, compose};

use crate::classes::{attaches, is_joining_starter};
use crate::fold::{BREVE, Options, expand, is_cyrillic_i, shape_beside_latin, starter};
use crate::offsets::OffsetMap;
use crate::tokens::Tokens;

/// Longest text that is read, in bytes; what lies behind is left out of the normal form, and `Normal::is_cut` says so.
pub const TEXT_BYTES_MAX: usize = 16 << 20;

/// Most combining marks kept on one character, in code points; the further marks of "Zalgo" text are dropped. (Unicode's
/// stream-safe format, UAX 15, allows 30; no language needs more than about eight.)
pub const MARKS_MAX: usize = 16;

/// Folds a text to the form in which texts are compared: NFKC, then whatever `options` forgets; invisible characters never count and
/// digits of every script are ASCII digits.
///
/// Normalising a normal form changes nothing. Time and space are linear in the text.
pub fn normalise(text: &str, options: Options) -> Normal {
    let kept = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
    let mut builder = Builder::new(kept.len(), options);
    builder.read(kept);
    Normal { text: builder.text, map: builder.map, cut: kept.len() < text.len() }
}

/// A text in normal form, knowing which bytes of the original each of its characters came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normal {
    text: String,
    map: OffsetMap,
    cut: bool,
}

impl Normal {
    /// The normal form.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the original was longer than `TEXT_BYTES_MAX` and its end is missing here.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// The bytes of the original behind a byte range of the normal form: whole characters with their accents. A range past the end is cut
    /// short.
    pub fn original(&self, normal: Range<usize>) -> Range<usize> {
        let end = normal.end.min(self.text.len());
        self.map.original(normal.start.min(end)..end)
    }

    /// The tokens as an index stores them and documents are read: words, and for unspaced scripts every character and every pair of
    /// characters.
    pub fn tokens(&self) -> Tokens<'_> {
        Tokens::stored(&self.text, &self.map)
    }

    /// The tokens as a query asks for them: of a run in an unspaced script the pairs only, or its one character. Found at the
    /// same distances, they mean that the run occurs as a substring.
    pub fn sought_tokens(&self) -> Tokens<'_> {
        Tokens::sought(&self.text, &self.map)
    }
}

/// Builds a normal form chunk by chunk. A chunk is one starter with all that joins it; chunks compose independently of each other.
struct Builder {
    options: Options,
    text: String,
    map: OffsetMap,
    chunk: Vec<char>,
    /// The chunk composed so far, if that is one character.
    composed: Option<char>,
    marks: usize,
    original: Range<usize>,
    /// Characters read, folded and composed so far: what the linear-time test counts.
    work: usize,
}

impl Builder {
    fn new(capacity: usize, options: Options) -> Self {
        Self {
            options,
            text: String::with_capacity(capacity),
            map: OffsetMap::default(),
            chunk: Vec::with_capacity(2 * MARKS_MAX),
            composed: None,
            marks: 0,
            original: 0..0,
            work: 0,
        }
    }

    fn read(&mut self, text: &str) {
        let mut at = 0;
        let mut previous = '\0';
        while let Some(c) = text[at..].chars().next() {
            let plain = plain_len(&text.as_bytes()[at..]);
            if plain > 0 {
                self.copy_plain(&text[at..at + plain], at);
                at += plain;
                previous = char::from(text.as_bytes()[at - 1]);
                continue;
            }
            let end = at + c.len_utf8();
            let c_shaped = if c.is_ascii() { c } else { self.shaped(c, previous, &text[end..]) };
            self.read_char(c_shaped, at..end);
            (at, previous) = (end, c);
        }
        self.flush();
    }

    /// Copies ASCII that nothing can join: the fast path.
    fn copy_plain(&mut self, plain: &str, at: usize) {
        self.flush();
        self.map.push_equal(self.text.len(), at);
        self.text.push_str(plain);
        if self.options.case {
            let start = self.text.len() - plain.len();
            self.text[start..].make_ascii_lowercase();
        }
        self.work += plain.len();
    }

    /// The Latin letter that a capital is drawn as if a Latin letter stands beside it.
    fn shaped(&self, c: char, previous: char, rest: &str) -> char {
        let next = rest.bytes().next().unwrap_or(0);
        let beside = previous.is_ascii_alphabetic() || next.is_ascii_alphabetic();
        shape_beside_latin(c, self.options).filter(|_| beside).unwrap_or(c)
    }

    fn read_char(&mut self, c: char, original: Range<usize>) {
        self.work += 1;
        if let Some(starter) = starter(c, self.options) {
            return self.start(starter, original);
        }
        let mut is_dropped = true;
        let options = self.options;
        expand(c, options, &mut |part| {
            is_dropped = false;
            self.join(part, &original);
        });
        if is_dropped && attaches(c) {
            self.extend(original.end);
        }
    }

    /// Adds a folded character to the chunk that it belongs to.
    fn join(&mut self, part: char, original: &Range<usize>) {
        self.work += 1;
        let is_mark = canonical_combining_class(part) != 0;
        if is_mark && !self.chunk.is_empty() {
            let is_accent = part == BREVE
                && self.options.accents
                && !self.chunk.last().is_some_and(|&last| is_cyrillic_i(last));
            if !is_accent && self.marks < MARKS_MAX {
                self.chunk.push(part);
                self.marks += 1;
                self.composed = self.composed.and_then(|starter| compose(starter, part));
            }
            return self.extend(original.end);
        }
        if is_joining_starter(part)
            && let Some(composed) = self.composed.and_then(|starter| compose(starter, part))
        {
            self.chunk.push(part);
            self.composed = Some(composed);
            return self.extend(original.end);
        }
        self.flush();
        if part == BREVE && self.options.accents {
            return;
        }
        self.chunk.push(part);
        self.composed = (!is_mark).then_some(part);
        self.marks = usize::from(is_mark);
        self.original = original.clone();
    }

    /// Opens a chunk with a character that joins nothing before it.
    fn start(&mut self, starter: char, original: Range<usize>) {
        self.work += 1;
        self.flush();
        self.chunk.push(starter);
        self.composed = Some(starter);
        self.marks = 0;
        self.original = original;
    }

    /// Lets the open chunk cover the original up to `end`.
    fn extend(&mut self, end: usize) {
        if !self.chunk.is_empty() {
            self.original.end = end;
        }
    }

    /// Composes the open chunk and writes it out.
    fn flush(&mut self) {
        if self.chunk.is_empty() {
            return;
        }
        let start = self.text.len();
        self.work += self.chunk.len();
        if let [only] = self.chunk[..] {
            self.text.push(only);
            if only.len_utf8() == self.original.len() {
                self.map.push_equal(start, self.original.start);
                return self.chunk.clear();
            }
        } else {
            self.text.extend(self.chunk.drain(..).nfc());
        }
        self.chunk.clear();
        self.map.push_piece(start..self.text.len(), self.original.clone());
    }
}

/// How many bytes from the start are ASCII and cannot be joined by what follows them.
fn plain_len(bytes: &[u8]) -> usize {
    let ascii = bytes.iter().take_while(|byte| byte.is_ascii()).count();
    if ascii == bytes.len() { ascii } else { ascii.saturating_sub(1) }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::code_points;

    fn form(text: &str) -> String {
        normalise(text, Options::SEARCH).text().to_owned()
    }

    #[test]
    fn texts_that_read_alike_have_one_normal_form() {
        for (one, other) in [
            ("São João", "sao joao"),
            ("Sa\u{303}o", "SÃO"),
            ("ＰＡＹ　ＭＥ", "pay me"),
            ("p\u{200b}a\u{ad}y\u{feff}", "pay"),
            ("\u{202e}pay\u{202c}", "pay"),
            ("раураl", "paypal"),
            ("ΡΑΥ", "pau"),
            ("Νame", "name"),
            ("ΝΑΙ", "ναι"),
            ("ВТС", "bтc"),
            ("don’t", "don't"),
            ("STRASSE", "straße"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("İstanbul", "istanbul"),
            ("كِتَـــاب", "كتاب"),
            ("أحمد", "احمد"),
            ("می\u{200c}خواهم", "ميخواهم"),
            ("١٢٣ १२३ １２３", "123 123 123"),
            ("फ़ोन", "फोन"),
            ("पाँच", "पांच"),
            ("שָׁלוֹם", "שלום"),
            ("ｶﾞｷﾞ", "ガギ"),
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}", "한국"),
            ("👍🏽❤️", "👍❤"),
            ("ёлка", "елка"),
        ] {
            assert_eq!(form(one), form(other), "{one} / {other}");
        }
    }

    #[test]
    fn texts_that_mean_different_things_stay_apart() {
        for (one, other) in [
            ("мой", "мои"),
            ("modem", "modern"),
            ("1", "l"),
            ("0", "o"),
            ("か", "が"),
            ("नहीं", "नह"),
            ("กา", "กำ"),
            ("बिल", "बल"),
            ("οσο", "οοο"),
            ("þor", "por"),
        ] {
            assert_ne!(form(one), form(other), "{one} / {other}");
        }
    }

    #[test]
    fn a_place_in_the_normal_form_leads_to_whole_original_characters() {
        for (text, needle, original) in [
            ("vou pagar São João", "sao", "São"),
            ("vou pagar Sa\u{303}o João", "a", "a"),
            ("x Sa\u{303}o", "sao", "Sa\u{303}o"),
            ("x p\u{200b}ay\u{200b} now", "pay", "p\u{200b}ay"),
            ("see раураl.com", "paypal", "раураl"),
            ("die Straße", "ss", "ß"),
            ("كِتَـــاب", "كتا", "كِتَـــا"),
            ("ﷺ", "ع", "ﷺ"),
            ("한국어 ok", "국", "국"),
            ("Ｐ٣５", "35", "٣５"),
            ("👍🏽 ok", "👍", "👍🏽"),
        ] {
            let normal = normalise(text, Options::SEARCH);
            let at = normal.text().find(needle).expect(needle);
            let span = normal.original(at..at + needle.len());
            assert_eq!(&text[span], original, "{text}");
        }
    }

    #[test]
    fn plain_text_needs_a_map_of_one_run_and_scripts_of_equal_width_too() {
        assert_eq!(normalise(&"Pay me directly. ".repeat(500), Options::SEARCH).map.len(), 1);
        assert_eq!(normalise(&"今天我们去吃饭".repeat(500), Options::SEARCH).map.len(), 1);
        assert_eq!(normalise(&"ＰＡＹ".repeat(500), Options::SEARCH).map.len(), 1);
    }

    #[test]
    fn a_text_past_the_limit_is_cut_at_a_character_and_says_so() {
        let text = "é".repeat(TEXT_BYTES_MAX / 2 + 1);
        let normal = normalise(&text, Options::SEARCH);
        assert!(normal.is_cut());
        assert_eq!(normal.text().len(), TEXT_BYTES_MAX / 2);
        assert!(!normalise("é", Options::SEARCH).is_cut());
    }

    #[test]
    fn doubling_a_hostile_text_at_most_doubles_the_work() {
        let hostile = [
            "a",
            "é",
            "a\u{301}",
            "\u{301}",
            "\u{5b0}\u{93e}",
            "한",
            "ﷺ",
            "ㅠ",
            "ㅋㅠ",
            "\u{200b}",
            "a\u{200b}",
            "\u{1100}\u{1161}\u{11a8}",
            "\u{9c7}\u{9be}",
            "и\u{306}",
            "今",
            "раy",
            "\u{f73}",
            "👨\u{200d}👩",
        ];
        for unit in hostile {
            let work = |count| {
                let mut builder = Builder::new(0, Options::SEARCH);
                builder.read(&unit.repeat(count));
                builder.work
            };
            let (once, twice) = (work(2_000), work(4_000));
            assert!(twice <= 2 * once + 64, "{unit:?}: {once} then {twice}");
            assert!(once <= 64 * 2_000, "{unit:?}: {once}");
        }
    }

    /// Text that is likely to hurt: every script, marks, invisible characters, anything at all.
    pub(crate) fn hostile_text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => any::<char>().prop_map(String::from),
            4 => "[ a-zA-Z0-9.,:'_@-]",
            2 => "[\u{300}-\u{36f}\u{591}-\u{5c7}\u{64b}-\u{65f}\u{900}-\u{903}\u{93c}\u{f71}-\u{f75}\u{3099}]",
            2 => "[\u{200b}-\u{200f}\u{202a}-\u{202e}\u{fe0f}\u{200d}\u{ad}]",
            2 => "[\u{1100}-\u{1112}\u{1161}-\u{1175}\u{11a8}-\u{11c2}ㄱ-ㅣ]",
            2 => "[а-яА-ЯёЁйЙα-ωΑ-ΩÀ-ÿ]",
            2 => "[\u{9c7}\u{9be}\u{9d7}\u{dd9}\u{dcf}\u{dca}\u{cc6}\u{cc2}\u{cd5}क-ह]",
            2 => "[一-龥ぁ-んァ-ヶｦ-ﾟก-๙]",
        ];
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in hostile_text(), bits in 0..8u8) {
            let options = Options { case: bits & 1 > 0, accents: bits & 2 > 0, look_alikes: bits & 4 > 0 };
            let once = normalise(&text, options);
            let twice = normalise(once.text(), options);
            prop_assert_eq!(once.text(), twice.text());
        }

        #[test]
        fn the_normal_form_is_in_nfkc_and_bounded(text in hostile_text()) {
            let normal = normalise(&text, Options::SEARCH);
            prop_assert_eq!(normal.text().nfkc().collect::<String>(), normal.text());
            prop_assert!(normal.text().len() <= 11 * text.len());
        }

        #[test]
        fn every_place_leads_to_character_boundaries_in_order(text in hostile_text()) {
            let normal = normalise(&text, Options::SEARCH);
            let mut last = 0..0;
            for (at, c) in normal.text().char_indices() {
                let span = normal.original(at..at + c.len_utf8());
                prop_assert!(!text[span.clone()].is_empty());
                prop_assert!(span.start >= last.start && span.end >= last.end);
                let points = code_points(&text, std::slice::from_ref(&span))[0].clone();
                prop_assert_eq!(points.len(), text[span.clone()].chars().count());
                last = span;
            }
            prop_assert_eq!(normal.original(0..usize::MAX).end, last.end);
        }
    }
}
