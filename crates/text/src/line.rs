//! The words of a text on one line, for those who look for many words at once: nothing but words, one space between them.

use std::sync::LazyLock;

use unicode_normalization::char::canonical_combining_class;

use crate::classes::{is_accent, is_ignorable, is_joining_starter, is_pictograph, is_unspaced};
use crate::fold::{Options, expand, shape_beside_latin};
use crate::normal::{TEXT_BYTES_MAX, normalise};
use crate::tokens::{TOKEN_BYTES_MAX, TokenKind};

/// The words of a text in search normal form on one line: a space before the first, after the last and between any two; what is no part
/// of a word (marks, signs, `.` and `'` inside a word too) is a space, and no two spaces follow each other.
///
/// What makes it useful: **where a token of a text stands, its own line stands in the text's line.** A word is found with its two
/// spaces; letters of unspaced scripts, emoji and rare letters are found without. The reverse does not hold: the line of `wa.me` is
/// that of `wa me`. So it proposes, quickly and without missing anything, and somebody else decides.
#[derive(Clone, Debug, Default)]
pub struct Line {
    bytes: Vec<u8>,
    marks: u8,
    is_broken: bool,
}

/// Kinds of characters that a normal form holds, as bits: what a look at its line tells without another look.
pub mod marks {
    /// A digit.
    pub const DIGIT: u8 = 1;
    /// The sign `@`.
    pub const AT: u8 = 1 << 1;
    /// The sign `/`.
    pub const SLASH: u8 = 1 << 2;
    /// The sign `.`.
    pub const POINT: u8 = 1 << 3;
    /// The sign `:`.
    pub const COLON: u8 = 1 << 4;
    /// The sign `%`.
    pub const PERCENT: u8 = 1 << 5;
    /// The sign `$`.
    pub const DOLLAR: u8 = 1 << 6;
    /// The sign `-`.
    pub const DASH: u8 = 1 << 7;

    /// The bit of a byte; 0 of most.
    pub const fn of(byte: u8) -> u8 {
        match byte {
            b'0'..=b'9' => DIGIT,
            b'@' => AT,
            b'/' => SLASH,
            b'.' => POINT,
            b':' => COLON,
            b'%' => PERCENT,
            b'$' => DOLLAR,
            b'-' => DASH,
            _ => 0,
        }
    }
}

/// Zero bytes after a line.
pub const LINE_PAD: usize = 32;

/// What a character of a normal form does to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Nothing of a word.
    Space,
    /// A letter or digit that UAX 29 never parts from another of these.
    Word,
    /// A letter that may stand beside any other without a break, or with one: an unspaced script's, an emoji, a rare script's.
    Free,
    /// A vowel sign that belongs to the word before it, if there is one.
    Sign,
}

impl Part {
    /// The part that a character has after one of another part.
    fn after(self, state: Self, c: char) -> Self {
        match self {
            Self::Sign if state == Self::Word => Self::Word,
            Self::Sign if c.is_alphanumeric() => Self::Free,
            Self::Sign => Self::Space,
            part => part,
        }
    }
}

impl Line {
    /// An empty line, to be filled again and again.
    pub fn new() -> Self {
        Self::default()
    }

    /// The line.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.bytes.len().saturating_sub(LINE_PAD)]
    }

    /// The line with `LINE_PAD` zero bytes after it, so that what reads many bytes at once can read from its last byte on.
    pub fn padded(&self) -> &[u8] {
        &self.bytes
    }

    /// The kinds of characters in the normal form; see [`marks`].
    pub fn marks(&self) -> u8 {
        self.marks
    }

    /// Whether letters that stand together in the normal form are apart here, since a word is longer than a token may be.
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Reads a text, forgetting the one before. Time and space are linear.
    pub fn read(&mut self, text: &str) {
        let text = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
        if self.read_quickly(text).is_none() {
            self.read_normal(text);
        }
    }

    fn clear(&mut self, capacity: usize) {
        self.bytes.clear();
        self.bytes.reserve(capacity + 2 + LINE_PAD);
        self.bytes.push(b' ');
        (self.marks, self.is_broken) = (0, false);
    }

    /// Reads a text of which every character has a normal form by itself; nothing if one may not, or a word may be cut.
    fn read_quickly(&mut self, text: &str) -> Option<()> {
        // Folding makes no character more than half as long again.
        if has_long_stretch(text, TOKEN_BYTES_MAX * 2 / 3) {
            return None;
        }
        // Between any two characters there may be a space.
        self.clear(0);
        self.bytes.resize(2 * text.len() + LINE_PAD + 8, 0);
        let (bytes, line) = (text.as_bytes(), &mut self.bytes[..]);
        let (mut at, mut to, mut marks) = (0, 1, 0);
        let (mut state, mut was_virama) = (Part::Space, false);
        let is_ascii = text.is_ascii();
        while at < bytes.len() {
            let start = at;
            let rest = &bytes[at..];
            let run =
                if is_ascii { rest.len() } else { rest.iter().take_while(|byte| byte.is_ascii()).count() };
            if run > 0 {
                if state == Part::Free && ASCII[usize::from(rest[0])] as u8 != b' ' {
                    line[to] = b' ';
                    to += 1;
                }
                let mut was_space = state == Part::Space;
                for &byte in &rest[..run] {
                    let entry = ASCII[usize::from(byte)];
                    let letter = entry as u8;
                    marks |= (entry >> 8) as u8;
                    line[to] = letter;
                    let is_space = letter == b' ';
                    to += usize::from(!(is_space & was_space));
                    was_space = is_space;
                }
                state = if was_space { Part::Space } else { Part::Word };
                at += run;
            }
            was_virama &= at == start;
            let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
            at += c.len_utf8();
            let step = Step::of(c);
            match step.kind() {
                Step::SLOW => return None,
                Step::DROPPED => continue,
                Step::VIRAMA if was_virama => return None,
                kind => was_virama = kind == Step::VIRAMA,
            }
            let folded = step.character();
            marks |= mark_of(folded);
            let part = step.part().after(state, folded);
            if part != state && state != Part::Space {
                line[to] = b' ';
                to += 1;
            }
            if part != Part::Space {
                to += folded.encode_utf8(&mut line[to..]).len();
            }
            state = part;
        }
        self.marks = marks;
        self.bytes.truncate(to);
        self.finish(state);
        Some(())
    }

    /// Writes a character of the normal form after one of another part; gives its own part.
    fn push(&mut self, c: char, part: Part, state: Part) -> Part {
        let part = part.after(state, c);
        let is_apart = part != state && state != Part::Space;
        if is_apart {
            self.bytes.push(b' ');
        }
        if part != Part::Space {
            self.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        part
    }

    fn finish(&mut self, state: Part) {
        if state != Part::Space {
            self.bytes.push(b' ');
        }
        self.bytes.resize(self.bytes.len() + LINE_PAD, 0);
    }

    /// Reads any text, by its normal form.
    fn read_normal(&mut self, text: &str) {
        let normal = normalise(text, Options::SEARCH);
        if !has_long_stretch(normal.text(), TOKEN_BYTES_MAX) {
            self.clear(normal.text().len());
            let state = self.push_all(normal.text(), Part::Space);
            return self.finish(state);
        }
        self.clear(normal.text().len());
        self.is_broken = true;
        let (mut state, mut end) = (Part::Space, 0);
        for token in normal.tokens().filter(|token| token.kind != TokenKind::Pair) {
            let is_run = token.kind == TokenKind::Character && token.place.start == end;
            if !is_run && state != Part::Space {
                self.bytes.push(b' ');
                state = Part::Space;
            }
            end = token.place.end;
            state = self.push_all(token.text, state);
        }
        self.finish(state);
        self.marks = normal.text().bytes().fold(0, |all, byte| all | marks::of(byte));
    }

    fn push_all(&mut self, normal: &str, mut state: Part) -> Part {
        for c in normal.chars() {
            self.mark(c);
            state = self.push(c, part_of(c), state);
        }
        state
    }

    fn mark(&mut self, c: char) {
        self.marks |= mark_of(c);
    }
}

/// The line of a token, or of a stretch of a normal form, as it stands within the lines of texts: without outer spaces, but for one on
/// the sides where its word ends, if `is_whole` says that the word ends there.
///
/// Empty if nothing of it is part of a word.
pub fn line_of_part(normal: &str, is_whole: [bool; 2]) -> String {
    let mut line = Line::new();
    line.clear(normal.len());
    let state = line.push_all(normal, Part::Space);
    line.finish(state);
    let text = String::from_utf8_lossy(line.as_bytes());
    let inner = text.trim_matches(' ');
    if inner.is_empty() {
        return String::new();
    }
    let is_word = |c: Option<char>| c.is_some_and(|c| matches!(part_of(c), Part::Word | Part::Sign));
    // A sign at the start was free, or it would not be there.
    let before = is_whole[0] && inner.chars().next().is_some_and(|c| part_of(c) == Part::Word);
    let after = is_whole[1] && is_word(inner.chars().next_back()) && ends_in_word(inner);
    format!("{}{inner}{}", if before { " " } else { "" }, if after { " " } else { "" })
}

/// The line of a run of letters that may begin and end within words, as it stands within the lines of texts that hold it. Empty if nothing
/// of it is certain to.
pub fn line_of_run(normal: &str) -> String {
    // How a sign is written depends on what stands before it.
    line_of_part(normal.trim_start_matches(|c| part_of(c) == Part::Sign), [false; 2])
}

/// Whether the last character is a letter of a word, or signs on one.
fn ends_in_word(inner: &str) -> bool {
    inner.chars().rev().map(part_of).find(|part| *part != Part::Sign) == Some(Part::Word)
}

/// Whether a stretch without a space or a letter of an unspaced script is longer than `bytes_max`, so that a word in it might be.
fn has_long_stretch(text: &str, bytes_max: usize) -> bool {
    if text.len() <= bytes_max {
        return false;
    }
    let mut left = bytes_max;
    text.bytes().any(|byte| {
        // The first bytes of U+4000 to U+9FFF.
        let parts = matches!(byte, b' ' | b'\n' | 0xE4..=0xE9);
        left = if parts { bytes_max } else { left.saturating_sub(1) };
        left == 0
    })
}

/// The part that a character of a normal form has.
fn part_of(c: char) -> Part {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => Part::Word,
        '\0'..='\x7f' => Part::Space,
        '\u{DF}'..='\u{F6}' | '\u{F8}'..='\u{2AF}' => Part::Word,
        '\u{3AC}'..='\u{3CE}' | '\u{430}'..='\u{481}' | '\u{48A}'..='\u{52F}' => Part::Word,
        '\u{5D0}'..='\u{5EA}' | '\u{620}'..='\u{63F}' | '\u{641}'..='\u{64A}' => Part::Word,
        '\u{671}'..='\u{6D3}' | '\u{6D5}' => Part::Word,
        '\u{900}'..='\u{903}' | '\u{93A}'..='\u{93B}' | '\u{93E}'..='\u{94F}' => Part::Sign,
        '\u{904}'..='\u{939}' | '\u{93D}' | '\u{950}' | '\u{972}'..='\u{97F}' => Part::Word,
        '\u{AC00}'..='\u{D7A3}' => Part::Word,
        c if c.is_alphanumeric() || is_pictograph(c) || is_unspaced(c) => Part::Free,
        _ => Part::Space,
    }
}

/// The mark of a character.
fn mark_of(c: char) -> u8 {
    u8::try_from(c).map_or(0, marks::of)
}

/// ASCII as it stands in a line, and its marks in the upper byte.
const ASCII: [u16; 256] = {
    let mut table = [b' ' as u16; 256];
    let mut byte = 0;
    while byte < 128 {
        let letter = byte as u8;
        let written = if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { b' ' };
        table[byte] = written as u16 | (marks::of(letter) as u16) << 8;
        byte += 1;
    }
    table
};

/// What the quick way does with a character of a text: the character that it becomes, its part, and what else there is to know.
#[derive(Clone, Copy)]
struct Step(u32);

impl Step {
    /// It becomes one character.
    const PLAIN: u32 = 0;
    /// It leaves no trace.
    const DROPPED: u32 = 1;
    /// It joins what stands before it, but never changes it nor its place, if it stands alone.
    const VIRAMA: u32 = 2;
    /// Only the whole normal form can tell.
    const SLOW: u32 = 3;

    fn new(kind: u32, c: char) -> Self {
        let part = match part_of(c) {
            Part::Space => 0,
            Part::Word => 1,
            Part::Free => 2,
            Part::Sign => 3,
        };
        Self(kind << 30 | part << 28 | u32::from(c))
    }

    fn of(c: char) -> Self {
        let code = c as usize;
        match code {
            0..TABLE_LEN => TABLE[code],
            WIDE..WIDE_END => TABLE[code - WIDE + TABLE_LEN],
            _ => Self::worked_out(c),
        }
    }

    /// The step of a character beyond the table.
    fn worked_out(c: char) -> Self {
        match c {
            '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' => {
                Self::new(Self::PLAIN, c)
            }
            '\u{1F3FB}'..='\u{1F3FF}' | '\u{FE00}'..='\u{FE0F}' => Self::new(Self::DROPPED, c),
            '\u{1F300}'..='\u{1FAFF}' => Self::new(Self::PLAIN, c),
            _ => Self::new(Self::SLOW, c),
        }
    }

    /// The step of any character, by its full folding.
    fn folded(c: char) -> Self {
        if c == 'й' || c == 'Й' {
            return Self::new(Self::PLAIN, 'й');
        }
        if shape_beside_latin(c, Options::SEARCH).is_some() {
            return Self::new(Self::SLOW, c);
        }
        let mut parts = Vec::new();
        expand(c, Options::SEARCH, &mut |part| parts.push(part));
        let is_starter = |d: char| canonical_combining_class(d) == 0 && !is_joining_starter(d);
        match parts[..] {
            [] if is_ignorable(c) || is_accent(c) => Self::new(Self::DROPPED, c),
            [only] if is_starter(only) => Self::new(Self::PLAIN, only),
            ['\u{94D}'] => Self::new(Self::VIRAMA, '\u{94D}'),
            // An ellipsis.
            ['.', ..] if parts.iter().all(|&d| d == '.') => Self::new(Self::PLAIN, '.'),
            _ => Self::new(Self::SLOW, c),
        }
    }

    fn kind(self) -> u32 {
        self.0 >> 30
    }

    fn part(self) -> Part {
        [Part::Space, Part::Word, Part::Free, Part::Sign][(self.0 >> 28 & 3) as usize]
    }

    fn character(self) -> char {
        char::from_u32(self.0 & 0x1F_FFFF).expect("it was made from a character")
    }
}

/// Code points below this, and from `WIDE` on, are in the table.
const TABLE_LEN: usize = 0x3400;
/// Full-width and half-width forms.
const WIDE: usize = 0xFF00;
const WIDE_END: usize = 0xFFF0;

static TABLE: LazyLock<Box<[Step]>> = LazyLock::new(|| {
    let wide = (WIDE..WIDE_END).filter_map(|code| char::from_u32(code as u32));
    ('\0'..).take(TABLE_LEN).chain(wide).map(Step::folded).collect()
});

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;
    use crate::normal::tests::hostile_text;

    fn line(text: &str) -> (String, u8, bool) {
        let mut line = Line::new();
        line.read(text);
        (String::from_utf8(line.as_bytes().to_vec()).unwrap(), line.marks, line.is_broken)
    }

    fn slowly(text: &str) -> (String, u8, bool) {
        let mut line = Line::new();
        line.read_normal(text);
        (String::from_utf8(line.as_bytes().to_vec()).unwrap(), line.marks, line.is_broken)
    }

    #[test]
    fn a_line_is_words_with_one_space_around_each() {
        for (text, expected) in [
            ("", " "),
            ("...", " "),
            ("Pay me, NOW!", " pay me now "),
            (" São\u{200b} João — 3.5% ", " sao joao 3 5 "),
            ("wa.me/55 a_b don’t", " wa me 55 a b don t "),
            ("iPhone手机，好👍ok", " iphone 手机 好👍 ok "),
            ("नहीं, बिल क्या दो", " नहीं बिल क्या दो "),
            ("мой ПРИВЕТ", " moй пpиbet "),
            ("السعر ١٥٠", " السعر 150 "),
            ("ｐａｙ　ｍｅ", " pay me "),
        ] {
            assert_eq!(line(text).0, expected, "{text}");
            assert_eq!(line(text), slowly(text), "{text}");
        }
    }

    #[test]
    fn what_is_asked_for_has_spaces_where_words_end() {
        for (part, expected) in [
            ("pay me", " pay me "),
            ("手机", "手机"),
            ("iphone 手机", " iphone 手机"),
            ("नहीं", " नहीं "),
            ("wa.me", " wa me "),
            ("👍", "👍"),
            ("--", ""),
        ] {
            assert_eq!(line_of_part(part, [true; 2]), expected, "{part}");
        }
        assert_eq!(line_of_part("wa.", [true, false]), " wa");
    }

    #[test]
    fn every_mark_of_the_text_is_noted_in_whatever_script() {
        assert_eq!(line("a b").1, 0);
        assert_eq!(line("5@x.y").1, marks::DIGIT | marks::AT | marks::POINT);
        assert_eq!(
            line("５＠٪…").1 & (marks::DIGIT | marks::AT | marks::POINT),
            marks::DIGIT | marks::AT | marks::POINT
        );
    }

    #[test]
    fn letters_of_words_are_never_parted_by_uax_29() {
        let letters = ('\0'..='\u{FFFF}').filter(|&c| part_of(c) == Part::Word && c.is_alphanumeric());
        for c in letters.filter(|c| !c.is_uppercase()) {
            for text in
                [format!("a{c}"), format!("{c}a"), format!("1{c}"), format!("{c}1"), format!("{c}{c}")]
            {
                assert_eq!(text.split_word_bounds().count(), 1, "{text:?} {:x}", u32::from(c));
            }
        }
        for sign in ('\0'..='\u{FFFF}').filter(|&c| part_of(c) == Part::Sign) {
            assert_eq!(format!("क{sign}क{sign}").split_word_bounds().count(), 1, "{sign:?}");
        }
    }

    #[test]
    fn every_step_is_what_folding_gives() {
        for c in ('\0'..=char::MAX).filter(|&c| c as usize >= TABLE_LEN) {
            let quick = Step::of(c);
            let folded = Step::folded(c);
            if quick.kind() != Step::SLOW {
                assert_eq!(quick.kind(), folded.kind(), "{c:?}");
                assert!(quick.kind() == Step::DROPPED || quick.0 == folded.0, "{c:?}");
            }
        }
    }

    /// Text as people write it, in the scripts of the quick way.
    fn common_text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            6 => "[ a-zA-Z0-9.,:'_@/%$-]",
            2 => "[à-ÿÀ-ÿ]",
            2 => "[а-яА-ЯёЁйЙ]",
            2 => "[क-हा-्ंँ़।]",
            1 => "[آ-يً-ْ٠-٩]",
            1 => "[一-龥，。！？]",
            1 => "[🙂👍🙏❤️🏽…ＡＺ０]",
            1 => "[가-힣]",
        ];
        proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    fn every_token_stands_in_the_line(text: &str) -> Result<(), TestCaseError> {
        let (all, ..) = line(text);
        let normal = normalise(text, Options::SEARCH);
        let tokens: Vec<_> = normal.tokens().collect();
        for token in &tokens {
            let part = line_of_part(token.text, [true; 2]);
            prop_assert!(all.contains(&part), "{:?} of {all:?}", part);
        }
        // Words that follow each other do so on the line, whatever stood between them.
        let singles: Vec<_> = tokens.iter().filter(|token| token.kind == TokenKind::Word).collect();
        for pair in singles.windows(2).filter(|pair| pair[0].end_position() == pair[1].position) {
            let part = line_of_part(&format!("{} {}", pair[0].text, pair[1].text), [true; 2]);
            let is_spaced = line_of_part(pair[0].text, [true; 2]).ends_with(' ')
                || line_of_part(pair[1].text, [true; 2]).starts_with(' ');
            prop_assert!(!is_spaced || all.contains(&part), "{:?} of {all:?}", part);
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn the_quick_way_gives_what_the_normal_form_gives(text in common_text()) {
            let mut quick = Line::new();
            prop_assert!(text.contains(['\u{94d}', 'ß', 'æ', 'Æ']) || quick.read_quickly(&text).is_some(), "{text:?}");
            prop_assert_eq!(line(&text), slowly(&text));
        }

        #[test]
        fn any_text_gives_what_its_normal_form_gives(text in hostile_text()) {
            prop_assert_eq!(line(&text), slowly(&text));
        }

        #[test]
        fn tokens_of_any_text_stand_in_its_line(text in hostile_text()) {
            every_token_stands_in_the_line(&text)?;
        }

        #[test]
        fn tokens_of_common_text_stand_in_its_line(text in common_text()) {
            every_token_stands_in_the_line(&text)?;
        }

        #[test]
        fn tokens_of_words_past_the_limit_stand_in_the_line(unit in "[aक्ा1.'手é]{1,3}", count in 80..400usize, text in hostile_text()) {
            every_token_stands_in_the_line(&(text + &unit.repeat(count)))?;
        }
    }
}
