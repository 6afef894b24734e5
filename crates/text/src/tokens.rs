//! Tokens: UAX 29 words, uni- and bigrams of unspaced scripts, and emoji, with their places.
//!
//! - A **word** is a UAX 29 word that holds a letter or digit, so `3,000.50`, `don't`, `wa.me` and `ana_1` are one word each, and
//!   `ana@mail.com`, `+55 11-98888` and `https://wa.me/55` fall apart at `@`, `+`, space, `-` and `/`. As in CLDR's root rules, a
//!   colon parts words too: `pix:chave` is two.
//! - A run of an **unspaced script** (Han, Kana, Bopomofo, Thai, Lao, Khmer, Myanmar, Tai) takes one position a character. A document
//!   holds each character and each pair of neighbours, at the position of the first; a query asks for the pairs only (or the one
//!   character), so that it is found exactly where the run is a substring.
//! - An **emoji** or pictographic symbol is a token, a flag is one; joined emoji are their parts in order, skin tones do not count.
//! - Other symbols and punctuation take no position.

use std::ops::Range;

use unicode_segmentation::{UWordBoundIndices, UnicodeSegmentation};

use crate::classes::{is_pictograph, is_unspaced};
use crate::offsets::OffsetMap;

/// Longest token, in bytes of the normal form; a longer word is its pieces at successive positions.
pub const TOKEN_BYTES_MAX: usize = 255;

/// One token of a normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'n> {
    /// The token in normal form, at most `TOKEN_BYTES_MAX` bytes.
    pub text: &'n str,
    /// Its place among the tokens; the first has 0. A pair has that of its first character.
    pub position: u32,
    /// What the token is.
    pub kind: TokenKind,
    /// Its bytes in the normal form.
    pub place: Range<usize>,
    /// Its bytes in the original text.
    pub span: Range<usize>,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A word, number or other letters and digits that UAX 29 keeps together.
    Word,
    /// One character of an unspaced script.
    Character,
    /// Two neighbouring characters of an unspaced script; it covers two positions.
    Pair,
    /// An emoji, a flag or a pictographic symbol.
    Emoji,
}

impl Token<'_> {
    /// The position after the last one that the token covers.
    pub fn end_position(&self) -> u32 {
        self.position + if self.kind == TokenKind::Pair { 2 } else { 1 }
    }
}

/// The tokens of a normal form in order of position; see `Normal::tokens` and `Normal::sought_tokens`.
#[derive(Clone)]
pub struct Tokens<'n> {
    text: &'n str,
    map: &'n OffsetMap,
    cursor: usize,
    position: u32,
    at: usize,
    state: State<'n>,
    is_sought: bool,
}

/// What the reader, which stands at `at`, is in.
#[derive(Clone)]
enum State<'n> {
    /// Before a stretch of either kind.
    Between,
    /// A run of an unspaced script up to `end`, begun at `start`; `is_pair_next` after a character was given.
    Run { start: usize, end: usize, is_pair_next: bool },
    /// Other text up to the next space or run, `end`, whose segments count from `base`; `rest` is left of the last one.
    Words { segments: Segments<'n>, base: usize, end: usize, rest: Range<usize> },
}

impl<'n> Tokens<'n> {
    pub(crate) fn stored(text: &'n str, map: &'n OffsetMap) -> Self {
        Self { text, map, cursor: 0, position: 0, at: 0, state: State::Between, is_sought: false }
    }

    pub(crate) fn sought(text: &'n str, map: &'n OffsetMap) -> Self {
        Self { is_sought: true, ..Self::stored(text, map) }
    }

    /// Enters the next run or stretch of words; `None` at the end of the text. UAX 29 parts words at every space, so a stretch may
    /// end there.
    fn enter(&mut self) -> Option<()> {
        let base = self.at + self.text[self.at..].bytes().take_while(|&byte| byte == b' ').count();
        let rest = &self.text[base..];
        let is_run = is_unspaced(rest.chars().next()?);
        let is_end = |c: char| is_unspaced(c) != is_run || c == ' ';
        let end = base + rest.find(is_end).unwrap_or(rest.len());
        self.at = base;
        self.state = if is_run {
            State::Run { start: base, end, is_pair_next: false }
        } else {
            State::Words { segments: Segments::of(&self.text[base..end]), base, end, rest: base..base }
        };
        Some(())
    }

    /// The next step in a run: a character, a pair, or nothing of interest.
    fn step_run(
        &mut self,
        start: usize,
        end: usize,
        is_pair_next: bool,
    ) -> Option<(Range<usize>, TokenKind)> {
        let after = self.at + char_len(&self.text[self.at..]);
        if !is_pair_next {
            if after == end {
                let alone = self.at..after;
                let is_alone = self.at == start;
                (self.at, self.state) = (after, State::Between);
                return (is_alone || !self.is_sought).then_some((alone, TokenKind::Character));
            }
            self.state = State::Run { start, end, is_pair_next: true };
            return (!self.is_sought).then_some((self.at..after, TokenKind::Character));
        }
        let pair = self.at..after + char_len(&self.text[after..]);
        (self.at, self.state) = (after, State::Run { start, end, is_pair_next: false });
        Some((pair, TokenKind::Pair))
    }
}

impl<'n> Iterator for Tokens<'n> {
    type Item = Token<'n>;

    fn next(&mut self) -> Option<Token<'n>> {
        loop {
            let position = self.position;
            let found = match &mut self.state {
                State::Between => {
                    self.enter()?;
                    None
                }
                &mut State::Run { start, end, is_pair_next } => {
                    let before = self.at;
                    let found = self.step_run(start, end, is_pair_next);
                    self.position += u32::from(self.at > before);
                    found
                }
                State::Words { segments, base, end, rest } => {
                    if rest.start == rest.end {
                        match segments.next() {
                            Some(segment) => *rest = *base + segment.start..*base + segment.end,
                            None => (self.at, self.state) = (*end, State::Between),
                        }
                        None
                    } else {
                        let found = piece(self.text, rest);
                        self.position += u32::from(found.is_some());
                        found
                    }
                }
            };
            if let Some((range, kind)) = found {
                let span = self.map.original_from(&mut self.cursor, range.clone());
                return Some(Token { text: &self.text[range.clone()], position, kind, place: range, span });
            }
        }
    }
}

/// The UAX 29 segments of a stretch, as byte ranges; of plain ASCII only those that hold a word.
#[derive(Clone)]
enum Segments<'n> {
    Any(UWordBoundIndices<'n>),
    Ascii { bytes: &'n [u8], at: usize },
}

impl<'n> Segments<'n> {
    fn of(stretch: &'n str) -> Self {
        if stretch.is_ascii() {
            Self::Ascii { bytes: stretch.as_bytes(), at: 0 }
        } else {
            Self::Any(stretch.split_word_bound_indices())
        }
    }

    fn next(&mut self) -> Option<Range<usize>> {
        match self {
            Self::Any(segments) => segments.next().map(|(at, segment)| at..at + segment.len()),
            Self::Ascii { bytes, at } => {
                let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
                let start = *at + bytes[*at..].iter().position(is_word)?;
                let is_inside = |&index: &usize| is_word(&bytes[index]) || joins(bytes, index);
                *at = (start + 1..bytes.len()).find(|index| !is_inside(index)).unwrap_or(bytes.len());
                Some(start..*at)
            }
        }
    }
}

/// Whether the ASCII mark at `index`, not the first byte, keeps the letters or the digits around it in one word (UAX 29, WB6, WB7,
/// WB11, WB12).
fn joins(bytes: &[u8], index: usize) -> bool {
    let (before, after) = (bytes[index - 1], bytes.get(index + 1).copied().unwrap_or(0));
    match bytes[index] {
        b'\'' | b'.' => {
            before.is_ascii_alphabetic() && after.is_ascii_alphabetic()
                || before.is_ascii_digit() && after.is_ascii_digit()
        }
        b',' | b';' => before.is_ascii_digit() && after.is_ascii_digit(),
        _ => false,
    }
}

/// Takes the next piece, no longer than a token may be and without colons, off a UAX 29 segment; none if it is no token.
fn piece(text: &str, rest: &mut Range<usize>) -> Option<(Range<usize>, TokenKind)> {
    let left = &text[rest.clone()];
    let left = &left[..left.floor_char_boundary(TOKEN_BYTES_MAX)];
    let colon = left.find(':');
    let range = rest.start..rest.start + colon.unwrap_or(left.len());
    rest.start = range.end + usize::from(colon.is_some());
    let kind = match &text[range.clone()] {
        piece if piece.chars().next().is_some_and(is_pictograph) => TokenKind::Emoji,
        piece if piece.chars().any(char::is_alphanumeric) => TokenKind::Word,
        _ => return None,
    };
    Some((range, kind))
}

/// The length in bytes of the first character of a text that has one.
fn char_len(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::normal::tests::hostile_text;
    use crate::{Normal, Options, normalise};

    fn form(text: &str) -> Normal {
        normalise(text, Options::SEARCH)
    }

    fn words(text: &str) -> Vec<String> {
        form(text).tokens().map(|token| token.text.to_owned()).collect()
    }

    #[test]
    fn words_of_spaced_scripts_are_found_whole() {
        for (text, expected) in [
            ("Can't pay 3,000.50 to wa.me?", "can't pay 3,000.50 to wa.me"),
            ("Não dê desconto, João!", "nao de desconto joao"),
            ("¿Cuánto cuesta? ¡Mañana!", "cuanto cuesta manana"),
            ("Überweisung für Müller-Straße", "uberweisung fur muller strasse"),
            ("l'été déjà vu", "l'ete deja vu"),
            ("नहीं, बिल दो", "नहीं बिल दो"),
            ("টাকা পাঠাও", "টাকা পাঠাও"),
            ("பணம் அனுப்பு", "பணம் அனுப்பு"),
            ("السعر ١٥٠ ريالًا", "السعر 150 ريالا"),
            ("پول را بفرست", "پول را بفرست"),
            ("לא לשלם", "לא לשלם"),
            ("안녕하세요 고객님", "안녕하세요 고객님"),
            ("gửi tiền cho tôi", "gui tien cho toi"),
            ("kirim uang ke rekening", "kirim uang ke rekening"),
            ("Zażółć gęślą jaźń", "zazolc gesla jazn"),
            ("pix:chave ana@mail.com @ana_1", "pix chave ana mail.com ana_1"),
            ("+55 (11) 98888-0000", "55 11 98888 0000"),
            ("https://wa.me/5511?x=1", "https wa.me 5511 x 1"),
            ("12:30 a:b", "12 30 a b"),
            ("-- ... _ ?!", ""),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
        assert_eq!(words("Привет, мир"), words("ПРИВЕТ МИР"));
        assert_eq!(words("Καλημέρα κόσμε").len(), 2);
    }

    #[test]
    fn emoji_are_tokens_and_joined_ones_are_their_parts() {
        assert_eq!(words("ok👍🏽👍 ❤️"), ["ok", "👍", "👍", "❤"]);
        assert_eq!(words("👨‍👩‍👧"), ["👨", "👩", "👧"]);
        assert_eq!(words("🇧🇷🇮🇳"), ["🇧🇷", "🇮🇳"]);
        assert_eq!(words("1️⃣"), ["1"]);
    }

    #[test]
    fn unspaced_scripts_are_characters_and_pairs_with_positions() {
        let normal = form("iPhone手机好 3天 カ");
        let all: Vec<_> = normal.tokens().map(|t| (t.text, t.position, t.kind)).collect();
        use TokenKind::{Character, Pair, Word};
        assert_eq!(
            all,
            [
                ("iphone", 0, Word),
                ("手", 1, Character),
                ("手机", 1, Pair),
                ("机", 2, Character),
                ("机好", 2, Pair),
                ("好", 3, Character),
                ("3", 4, Word),
                ("天", 5, Character),
                ("カ", 6, Character),
            ]
        );
        let sought: Vec<_> = normal.sought_tokens().map(|t| (t.text, t.position)).collect();
        assert_eq!(sought, [("iphone", 0), ("手机", 1), ("机好", 2), ("3", 4), ("天", 5), ("カ", 6)]);
    }

    #[test]
    fn the_span_of_a_token_is_where_it_was_written() {
        let text = "Ｏi, São\u{200b} 手机 r\u{200b}аsсal!";
        let spans: Vec<_> = form(text).tokens().map(|t| &text[t.span]).collect();
        assert_eq!(spans, ["Ｏi", "São", "手", "手机", "机", "r\u{200b}аsсal"]);
    }

    #[test]
    fn a_word_past_the_limit_is_pieces_at_successive_positions() {
        let text = "é".repeat(TOKEN_BYTES_MAX + 1);
        let normal = form(&text);
        let lens: Vec<_> = normal.tokens().map(|t| (t.text.len(), t.position)).collect();
        assert_eq!(lens, [(TOKEN_BYTES_MAX, 0), (1, 1)]);
    }

    /// Whether the sought tokens of `needle` stand in `text` at the same distances: what a phrase query asks.
    fn has_phrase(text: &str, needle: &str) -> bool {
        let (text, needle) = (form(text), form(needle));
        let stored: std::collections::HashSet<_> = text.tokens().map(|t| (t.position, t.text)).collect();
        let mut sought = needle.sought_tokens();
        let Some(first) = sought.next() else { return false };
        text.tokens().filter(|t| t.text == first.text).any(|start| {
            sought.clone().all(|t| stored.contains(&(start.position + t.position - first.position, t.text)))
        })
    }

    #[test]
    fn every_piece_of_a_long_segment_is_read_once() {
        for unit in ["a", "a.", "1,", "_", "a:", "क", "क\u{93e}", "א\"", "a_é"] {
            let text = unit.repeat(4_000);
            let (mut rest, mut pieces) = (0..text.len(), 0);
            while rest.start < rest.end {
                let before = rest.start;
                piece(&text, &mut rest);
                assert!(rest.start > before && rest.start - before <= TOKEN_BYTES_MAX + 1);
                pieces += 1;
            }
            assert!(pieces <= 4_000 + text.len() / (TOKEN_BYTES_MAX - 4), "{unit}: {pieces}");
        }
    }

    proptest! {
        #[test]
        fn the_short_cut_for_ascii_finds_the_words_of_uax_29(text in "[aB1_'.,;:\"/@ \n-]{0,24}") {
            let (normal, mut expected) = (form(&text), Vec::new());
            for (at, segment) in normal.text().split_word_bound_indices() {
                let mut rest = at..at + segment.len();
                while rest.start < rest.end {
                    expected.extend(piece(normal.text(), &mut rest).map(|(range, _)| normal.text()[range].to_owned()));
                }
            }
            prop_assert_eq!(words(&text), expected);
        }

        #[test]
        fn words_are_those_of_uax_29_but_for_a_space_that_a_mark_clings_to(text in hostile_text()) {
            let (normal, mut expected) = (form(&text), Vec::new());
            for stretch in normal.text().split(is_unspaced) {
                for (at, segment) in stretch.split_word_bound_indices() {
                    let mut rest = at..at + segment.len();
                    while rest.start < rest.end {
                        expected.extend(piece(stretch, &mut rest).map(|(range, _)| stretch[range].trim_start_matches(' ').to_owned()));
                    }
                }
            }
            let found = normal.tokens().filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::Emoji));
            prop_assert_eq!(found.map(|token| token.text.to_owned()).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn a_phrase_in_an_unspaced_script_means_a_substring(text in "[客户价格a ]{0,12}", needle in "[客户价格]{1,3}") {
            prop_assert_eq!(has_phrase(&text, &needle), text.contains(&needle));
        }

        #[test]
        fn a_thai_phrase_means_a_substring(text in "[กาิน่ ]{0,12}", needle in "[กาิน่]{1,3}") {
            prop_assert_eq!(has_phrase(&text, &needle), text.contains(&needle));
        }

        #[test]
        fn what_a_text_seeks_it_also_stores(text in hostile_text()) {
            let normal = form(&text);
            let stored: Vec<_> = normal.tokens().collect();
            prop_assert!(normal.sought_tokens().all(|token| stored.contains(&token)));
            prop_assert_eq!(normal.sought_tokens().count() == 0, stored.is_empty());
        }

        #[test]
        fn tokens_are_bounded_in_order_and_on_character_boundaries(text in hostile_text()) {
            let normal = form(&text);
            let (mut expected, mut start) = (0, 0);
            for token in normal.tokens() {
                prop_assert!(token.position == expected || token.position + 1 == expected);
                prop_assert!(token.text.len() <= TOKEN_BYTES_MAX);
                prop_assert!(!text[token.span.clone()].is_empty());
                prop_assert!(token.span.start >= start);
                (expected, start) = (token.position + 1, token.span.start);
            }
        }

        #[test]
        fn spans_by_cursor_are_spans_by_search(text in hostile_text()) {
            let normal = form(&text);
            for token in normal.tokens() {
                prop_assert_eq!(token.text, &normal.text()[token.place.clone()]);
                prop_assert_eq!(token.span, normal.original(token.place));
            }
        }

        #[test]
        fn a_normal_form_has_the_tokens_of_its_original(text in hostile_text()) {
            prop_assert_eq!(words(&text), words(form(&text).text()));
        }
    }
}
