//! A cursor over the start of a line: steps over direction marks, knows blanks and digits of every script.

/// Marks without a shape: byte-order marks and direction controls, which apps put between any two parts.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '\u{FEFF}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{061C}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{2066}'..='\u{2069}')
}

/// Blanks: the space, the no-break space of Windows and Android, the narrow one that iOS 17 and Android 14 brought.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{A0}' | '\u{2007}' | '\u{2009}' | '\u{202F}' | '\u{3000}')
}

/// The zeros of the scripts in which phones write dates; each is followed by its nine other digits.
const ZEROS: [u32; 16] = [
    0x30, 0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0x1040, 0x17E0,
    0xFF10,
];

/// The value of a decimal digit.
pub(super) fn digit(c: char) -> Option<u32> {
    let code = u32::from(c);
    let next = ZEROS.partition_point(|&zero| zero <= code);
    let value = code - ZEROS[next.checked_sub(1)?];
    (value < 10).then_some(value)
}

/// A place in a line.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Cursor { rest: line }
    }

    /// What is left, marks included.
    pub(super) fn rest(self) -> &'a str {
        self.rest
    }

    /// The next character that is not a mark.
    pub(super) fn peek(self) -> Option<char> {
        self.rest.chars().find(|&c| !is_mark(c))
    }

    /// Steps over marks and the one character after them, if it is wanted.
    pub(super) fn take_if(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        let after = self.rest.trim_start_matches(is_mark);
        let c = after.chars().next().filter(|&c| wanted(c))?;
        self.rest = &after[c.len_utf8()..];
        Some(c)
    }

    /// Steps over this very character.
    pub(super) fn take(&mut self, c: char) -> bool {
        self.take_if(|next| next == c).is_some()
    }

    /// Steps over blanks and says whether there was one.
    pub(super) fn blanks(&mut self) -> bool {
        let mut any = false;
        while self.take_if(is_blank).is_some() {
            any = true;
        }
        any
    }

    /// Reads a number of one to `digits_max` digits: its value and how many digits it has.
    pub(super) fn number(&mut self, digits_max: u8) -> Option<(u32, u8)> {
        let mut ahead = *self;
        let (mut value, mut count) = (0, 0);
        while let Some(next) = ahead.peek().and_then(digit) {
            ahead.take_if(|_| true);
            count += 1;
            if count > digits_max {
                return None;
            }
            value = value * 10 + next;
        }
        if count == 0 {
            return None;
        }
        *self = ahead;
        Some((value, count))
    }

    /// Steps over a word without regard to case; a space in it stands for any blanks or none. No letter may follow.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let mut ahead = *self;
        for wanted in word.chars() {
            if wanted == ' ' {
                ahead.blanks();
            } else if ahead.take_if(|c| same_letter(c, wanted)).is_none() {
                return false;
            }
        }
        if word.ends_with(is_spaced_letter) && ahead.peek().is_some_and(is_spaced_letter) {
            return false;
        }
        *self = ahead;
        true
    }

    /// Reads a run of letters, lower case, at most `letters_max`.
    pub(super) fn letters(&mut self, letters_max: usize) -> Option<String> {
        let mut ahead = *self;
        let mut word = String::new();
        while let Some(c) = ahead.take_if(|c| c.is_alphabetic() || is_vowel_sign(c)) {
            if word.chars().count() >= letters_max {
                return None;
            }
            word.extend(c.to_lowercase());
        }
        if word.is_empty() {
            return None;
        }
        *self = ahead;
        Some(word)
    }
}

fn same_letter(a: char, b: char) -> bool {
    a == b || a.to_lowercase().eq(b.to_lowercase())
}

/// Letters of scripts that put blanks between words: after them a word has ended only where no other follows.
fn is_spaced_letter(c: char) -> bool {
    c.is_alphabetic()
        && !matches!(c, '\u{E00}'..='\u{EFF}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}')
}

/// Vowel signs of Devanagari and its sisters, which are not letters to Unicode but part of a word.
fn is_vowel_sign(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{903}' | '\u{93A}'..='\u{94F}' | '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_are_numbers_and_marks_between_them_do_not_count() {
        for text in ["27", "٢٧", "۲۷", "२७", "๒๗", "２７", "2\u{200F}7"] {
            assert_eq!(Cursor::new(text).number(4), Some((27, 2)), "{text}");
        }
        assert_eq!(Cursor::new("12345").number(4), None, "longer than asked for is no number at all");
        assert_eq!(digit('x'), None);
        assert_eq!(digit('\u{1}'), None);
    }

    #[test]
    fn a_space_in_a_word_stands_for_any_blanks() {
        for text in ["a.m.", "a. m.", "a.\u{A0}m.", "A.\u{202F}M."] {
            assert!(Cursor::new(text).word("a. m."), "{text}");
        }
        assert!(!Cursor::new("america").word("am"));
    }
}
