//! What must stand in a text before a regex can match there, so that it need not be tried elsewhere.

use aboveboard_text::marks;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Most strings of which one is needed, and the shortest and longest of them in bytes.
const STRINGS_MAX: usize = 64;
const STRING_BYTES: std::ops::RangeInclusive<usize> = 3..=64;
/// Most letters of a class that count as spellings.
const LETTERS_MAX: usize = 8;

/// What every text in which a regex matches holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// All of these marks; see `aboveboard_text::marks`.
    pub(crate) marks: u8,
    /// Of each of these lists one string at least, in lower case; `LISTS_MAX` lists at most.
    pub(crate) any_of: Vec<Vec<String>>,
}

/// Most lists of strings, the best of those that there are.
pub(crate) const LISTS_MAX: usize = 2;

impl Needs {
    /// What a regex needs, as far as it can be told.
    pub(crate) fn of(hir: &Hir) -> Self {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::default(),
            HirKind::Literal(_) | HirKind::Class(_) => Self::of_all(std::slice::from_ref(hir)),
            HirKind::Repetition(repetition) if repetition.min == 0 => Self::default(),
            HirKind::Repetition(repetition) => Self::of(&repetition.sub),
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Concat(parts) => Self::of_all(parts),
            HirKind::Alternation(parts) => parts.iter().map(Self::of).reduce(Self::or).unwrap_or_default(),
        }
    }

    /// Parts after each other: what they spell in a row is a string, or one of a few.
    fn of_all(parts: &[Hir]) -> Self {
        let mut all = Self::default();
        let mut run = vec![String::new()];
        for part in parts {
            if let Some(spellings) = spellings(part) {
                if run.len() * spellings.len() > STRINGS_MAX {
                    all.offer(std::mem::replace(&mut run, vec![String::new()]));
                }
                run = run
                    .iter()
                    .flat_map(|one| spellings.iter().map(move |two| format!("{one}{two}")))
                    .collect();
                continue;
            }
            all.offer(std::mem::replace(&mut run, vec![String::new()]));
            let own = match part.kind() {
                HirKind::Class(class) => Self { marks: marks_of(class), any_of: Vec::new() },
                HirKind::Literal(_) => Self::default(),
                _ => Self::of(part),
            };
            all = all.and(own);
        }
        all.offer(run);
        all
    }

    /// Takes note of strings of which one is needed.
    fn offer(&mut self, mut strings: Vec<String>) {
        let own = |string: &String| string.bytes().fold(0, |marks, byte| marks | marks::of(byte));
        self.marks |= strings.iter().map(own).reduce(|one, two| one & two).unwrap_or(0);
        for string in &mut strings {
            string.truncate(string.floor_char_boundary(*STRING_BYTES.end()));
        }
        if strings.iter().all(|string| STRING_BYTES.contains(&string.len())) {
            let other = Self { marks: 0, any_of: vec![strings] };
            *self = std::mem::take(self).and(other);
        }
    }

    fn and(self, other: Self) -> Self {
        let mut any_of = [self.any_of, other.any_of].concat();
        any_of.sort_by_key(|strings| rank(strings));
        any_of.dedup();
        any_of.truncate(LISTS_MAX);
        Self { marks: self.marks | other.marks, any_of }
    }

    fn or(self, other: Self) -> Self {
        let any_of = match (self.any_of.first(), other.any_of.first()) {
            (Some(one), Some(two)) if one.len() + two.len() <= STRINGS_MAX => {
                vec![[one.as_slice(), two].concat()]
            }
            _ => Vec::new(),
        };
        Self { marks: self.marks & other.marks, any_of }
    }
}

/// The less, the rarer the strings of a list may be expected to be.
fn rank(strings: &[String]) -> (bool, std::cmp::Reverse<usize>, usize) {
    let shortest = strings.iter().map(String::len).min().unwrap_or(0);
    (strings.len() > 8, std::cmp::Reverse(shortest), strings.len())
}

/// Everything that a part can spell, in lower case, if that is not much.
fn spellings(part: &Hir) -> Option<Vec<String>> {
    match part.kind() {
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            Some(vec![text.chars().flat_map(char::to_lowercase).map(plain).collect()])
        }
        HirKind::Capture(capture) => spellings(&capture.sub),
        HirKind::Class(class) => {
            let mut letters: Vec<char> = few(class)?.into_iter().map(small).collect();
            letters.sort_unstable();
            letters.dedup();
            (letters.len() <= LETTERS_MAX).then(|| letters.into_iter().map(String::from).collect())
        }
        HirKind::Repetition(repetition) if (repetition.min, repetition.max) == (0, Some(1)) => {
            let mut all = spellings(&repetition.sub)?;
            all.push(String::new());
            Some(all)
        }
        HirKind::Concat(parts) => parts.iter().try_fold(vec![String::new()], |all, part| {
            let next = spellings(part)?;
            let crossed = all.iter().flat_map(|one| next.iter().map(move |two| format!("{one}{two}")));
            (all.len() * next.len() <= STRINGS_MAX).then(|| crossed.collect())
        }),
        HirKind::Alternation(parts) => {
            let all = parts.iter().map(spellings).collect::<Option<Vec<_>>>()?.concat();
            (all.len() <= STRINGS_MAX).then_some(all)
        }
        HirKind::Look(_) | HirKind::Empty => Some(vec![String::new()]),
        HirKind::Repetition(_) => None,
    }
}

/// The characters of a class, if they are few.
fn few(class: &Class) -> Option<Vec<char>> {
    const FEW: usize = 64;
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => {
            let ranges = class.ranges().iter();
            if class.ranges().iter().any(|range| range.end() > 127) {
                return None;
            }
            ranges.map(|range| (char::from(range.start()), char::from(range.end()))).collect()
        }
    };
    let count: usize = ranges.iter().map(|(start, end)| *end as usize - *start as usize + 1).sum();
    (count <= FEW).then(|| ranges.iter().flat_map(|&(start, end)| start..=end).collect())
}

/// A letter in lower case.
fn small(c: char) -> char {
    plain(c.to_lowercase().next().unwrap_or(c))
}

/// The long s is a case of s that no normal form holds.
fn plain(c: char) -> char {
    if c == 'ſ' { 's' } else { c }
}

/// The marks that all characters of a class have.
fn marks_of(class: &Class) -> u8 {
    let digits = |ranges: &[regex_syntax::hir::ClassUnicodeRange]| {
        // What `\d` means: of each script's digits the normal form keeps those of ASCII.
        ranges.iter().all(|range| range.start().is_numeric() && range.end().is_numeric())
    };
    if let Class::Unicode(class) = class
        && class.ranges().len() > 8
        && class.ranges().first().is_some_and(|range| range.start() == '0' && range.end() == '9')
        && digits(class.ranges())
    {
        return marks::DIGIT;
    }
    let mark = |c: char| u8::try_from(c).map_or(0, marks::of);
    few(class)
        .and_then(|characters| characters.into_iter().map(mark).reduce(|one, two| one & two))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(regex: &str) -> Needs {
        Needs::of(&regex_syntax::Parser::new().parse(regex).unwrap())
    }

    #[test]
    fn what_a_regex_needs_is_told_from_how_it_is_written() {
        let cases: &[(&str, u8, &[&[&str]])] = &[
            ("a*b*c*", 0, &[]),
            (r"\d{3}-\d{2}", marks::DIGIT | marks::DASH, &[]),
            (r"(?i)otp\D{0,9}\d{4}", marks::DIGIT, &[&["otp"]]),
            (r"(?i)\bbitcoin|ether(eum)?\b", 0, &[&["bitcoin", "ethereum", "ether"]]),
            (r"bit|.", 0, &[]),
            (r"[\w.]+@[\w.]+", marks::AT, &[]),
            (r"(?:https?)://\S+", marks::COLON | marks::SLASH, &[&["https://", "http://"]]),
            (r"(?i)cash(?:\W+\w+){0,5}\W+discount", 0, &[&["discount"], &["cash"]]),
            (r"(?:pay|pix)x?y+", 0, &[&["payx", "pay", "pixx", "pix"]]),
            (r"(?-u:[0-9]{2}%)", marks::DIGIT | marks::PERCENT, &[]),
            ("[ab]{9}", 0, &[]),
        ];
        for (regex, marks, any_of) in cases {
            let owned = |strings: &&[&str]| strings.iter().map(|&string| string.to_owned()).collect();
            let any_of = any_of.iter().map(owned).collect();
            assert_eq!(needs(regex), Needs { marks: *marks, any_of }, "{regex}");
        }
    }
}
