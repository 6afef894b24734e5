//! One zone's text as detectors read it: normal form with case kept, groups of digits, labels.

use std::ops::Range;

use aboveboard_text::{Normal, Options, normalise};

use crate::labels::{self, Label, Labelled};

/// Letter case is kept, since some identifiers have it in their checksum; everything else that hides a character is folded.
const FORM: Options = Options { case: false, accents: true, look_alikes: true };

/// How many groups of digits one number may be written in.
const GROUPS_MAX: usize = 8;
/// Most digits in a number that a detector looks at; an EAN-128 or a transaction id may be longer and is none of ours.
const DIGITS_MAX: usize = 24;
/// From how many single digits in a row ("9 8 7 6 5 4") they are read as one group.
const SPACED_DIGITS_MIN: usize = 6;
/// Longest separator within a number, in bytes of the normal form: ") " or " - ".
const SEPARATOR_BYTES_MAX: usize = 3;
/// From how many digits a group counts as a number of its own when a label is looked for behind it.
const OTHER_NUMBER_DIGITS_MIN: usize = 4;

/// How far before a number its label may stand, in bytes of the normal form.
const LABEL_BEFORE_BYTES_MAX: usize = 64;
/// How far behind a number its label may stand, in bytes of the normal form.
const LABEL_AFTER_BYTES_MAX: usize = 32;
/// How many words may stand between a number and the label that says it is something else.
const OTHER_LABEL_WORDS_MAX: usize = 3;

/// A zone's text, read once for all detectors.
pub(crate) struct Reading<'t> {
    written: &'t str,
    normal: Normal,
    groups: Vec<Group>,
    digits: String,
    labels: Vec<Labelled>,
    /// ISO 3166 country of the business number, if known.
    pub(crate) country: Option<&'t str>,
}

/// Digits that stand together.
struct Group {
    /// Bytes of the normal form.
    span: Range<usize>,
    /// Place in the digits of the whole text.
    digits: Range<usize>,
    /// What stands between the group before and this one.
    gap: Gap,
    /// Whether a letter or a decimal comma touches it on the left.
    is_glued_left: bool,
    /// The same on the right.
    is_glued_right: bool,
}

/// What stands between two groups of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Words, a line end, a plus: never within one number.
    Break,
    /// Spaces.
    Space,
    /// A hyphen, with spaces or without.
    Hyphen,
    /// A full stop.
    Dot,
    /// A slash: between alternatives, or within a CNPJ.
    Slash,
    /// An opening bracket.
    Open,
    /// A closing bracket.
    Close,
}

/// A run of groups that may be one number.
#[derive(Clone)]
pub(crate) struct Number<'r> {
    reading: &'r Reading<'r>,
    groups: Range<usize>,
}

impl<'t> Reading<'t> {
    /// Reads a text.
    pub(crate) fn new(text: &'t str, country: Option<&'t str>) -> Self {
        let normal = normalise(text, FORM);
        let mut digits = String::new();
        let groups = group_digits(normal.text(), &mut digits);
        let labels = labels::find(normal.text());
        Self { written: text, normal, groups, digits, labels, country }
    }

    /// The normal form; all spans are bytes of it.
    pub(crate) fn text(&self) -> &str {
        self.normal.text()
    }

    /// The bytes of the original text behind a span.
    pub(crate) fn original(&self, span: Range<usize>) -> Range<usize> {
        self.normal.original(span)
    }

    /// The text of a span in lower case with look-alikes and accents as they were written: a forged host must not read as the true one.
    pub(crate) fn literal(&self, span: Range<usize>) -> String {
        let text = &self.text()[span.clone()];
        let written = &self.written[self.original(span)];
        if written.is_ascii() {
            text.to_ascii_lowercase()
        } else {
            normalise(written, Options::LITERAL).text().to_lowercase()
        }
    }

    /// Every run of groups that may be one number: at most [`GROUPS_MAX`] for each group.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = Number<'_>> {
        (0..self.groups.len()).filter(|first| self.may_start(*first)).flat_map(move |first| {
            let last_max = (first + GROUPS_MAX).min(self.groups.len());
            (first..last_max)
                .take_while(move |last| *last == first || self.groups[*last].gap != Gap::Break)
                .take_while(move |last| {
                    self.groups[*last].digits.end - self.groups[first].digits.start <= DIGITS_MAX
                })
                .filter(move |last| self.may_end(*last))
                .map(move |last| Number { reading: self, groups: first..last + 1 })
        })
    }

    /// The spans of all groups of digits.
    pub(crate) fn digit_groups(&self) -> impl Iterator<Item = Range<usize>> {
        self.groups.iter().map(|group| group.span.clone())
    }

    /// The spans of these labels.
    pub(crate) fn labels(&self, wanted: &[Label]) -> impl Iterator<Item = Range<usize>> {
        self.labels.iter().filter(move |label| wanted.contains(&label.label)).map(|label| label.span.clone())
    }

    /// Whether the business number is of this country.
    pub(crate) fn is_in(&self, country: &str) -> bool {
        self.country == Some(country)
    }

    fn may_start(&self, at: usize) -> bool {
        let group = &self.groups[at];
        let continues = |other: Option<&Group>, gap| {
            other.is_some_and(|next| next.gap == gap && next.digits.len() == group.digits.len())
        };
        match group.gap {
            _ if group.is_glued_left => false,
            Gap::Break | Gap::Slash | Gap::Open => true,
            Gap::Space => {
                let is_like_previous = self.groups[at - 1].digits.len() == group.digits.len();
                !(is_like_previous && continues(self.groups.get(at + 1), Gap::Space))
            }
            Gap::Hyphen | Gap::Dot | Gap::Close => false,
        }
    }

    fn may_end(&self, at: usize) -> bool {
        let group = &self.groups[at];
        let Some(next) = self.groups.get(at + 1) else { return !group.is_glued_right };
        match next.gap {
            _ if group.is_glued_right => false,
            Gap::Break | Gap::Slash | Gap::Open => true,
            Gap::Space => {
                let is_like_next = next.digits.len() == group.digits.len();
                let is_like_previous = group.gap == Gap::Space
                    && at
                        .checked_sub(1)
                        .is_some_and(|before| self.groups[before].digits.len() == group.digits.len());
                !(is_like_next && is_like_previous)
            }
            Gap::Hyphen | Gap::Dot | Gap::Close => false,
        }
    }

    /// Whether one of these labels speaks of what stands at `span`: before it with no other number in between, or right after it.
    pub(crate) fn is_labelled(&self, span: &Range<usize>, wanted: &[Label]) -> bool {
        self.labels_before(span).any(|label| wanted.contains(&label.label))
            || self.label_after(span).is_some_and(|label| wanted.contains(&label.label))
    }

    /// The label that stands nearest before `span` among these.
    pub(crate) fn nearest_before(&self, span: &Range<usize>, among: &[Label]) -> Option<&Labelled> {
        self.labels_before(span).find(|label| among.contains(&label.label))
    }

    /// Whether the number at `span` is called an order, a booking, a product or the like by its own label, or is an amount of money.
    pub(crate) fn is_called_other(&self, span: &Range<usize>) -> bool {
        let text = self.text();
        let head = text[..span.start].trim_end_matches([' ', '+', '(']);
        if head.ends_with(['#', '$', '₹', '£', '€', '¥']) {
            return true;
        }
        let before = self.labels_before(span).next().is_some_and(|label| {
            let between = &text[label.span.end..span.start];
            let with_label = &text[label.span.start..span.start];
            label.label == Label::Other
                && !has_clause_end(with_label)
                && strange_words(between) <= OTHER_LABEL_WORDS_MAX
        });
        before || self.label_after(span).is_some_and(|label| label.label == Label::Other)
    }

    /// What the number at `span` is called: by the label nearest before it, or else right behind it.
    pub(crate) fn own_label(&self, span: &Range<usize>) -> Option<Label> {
        self.labels_before(span).next().or_else(|| self.label_after(span)).map(|label| label.label)
    }

    /// Labels before `span`, nearest first, as far as no other number and no blank line stands in between.
    fn labels_before(&self, span: &Range<usize>) -> impl Iterator<Item = &Labelled> {
        let floor = self.floor_before(span.start);
        let end = self.labels.partition_point(|label| label.span.end <= span.start);
        self.labels[..end].iter().rev().take_while(move |label| label.span.start >= floor)
    }

    /// How far back a label of something at `start` may stand.
    fn floor_before(&self, start: usize) -> usize {
        let nearest = start.saturating_sub(LABEL_BEFORE_BYTES_MAX);
        let before = self.groups.partition_point(|group| group.span.end <= start);
        let other = self.groups[..before]
            .iter()
            .rev()
            .take_while(|group| group.span.end > nearest)
            .find(|group| group.digits.len() >= OTHER_NUMBER_DIGITS_MIN || group.gap != Gap::Break)
            .map_or(0, |group| group.span.end);
        nearest.max(other)
    }

    /// The label right behind `span`: nothing but brackets and small words in between.
    fn label_after(&self, span: &Range<usize>) -> Option<&Labelled> {
        let at = self.labels.partition_point(|label| label.span.start < span.end);
        let label = self.labels.get(at)?;
        let between = self.text().get(span.end..label.span.start)?;
        let is_near =
            between.len() <= LABEL_AFTER_BYTES_MAX && !has_clause_end(between) && !between.contains(':');
        (is_near && strange_words(between) == 0 && !self.owns_next(label)).then_some(label)
    }

    /// Whether a label has a colon or a number right behind itself, so that it speaks of that.
    fn owns_next(&self, label: &Labelled) -> bool {
        let rest = self.text()[label.span.end..].trim_start_matches([' ', '.', '#']);
        rest.starts_with([':', '=', '+']) || rest.starts_with(|c: char| c.is_ascii_digit())
    }
}

impl<'r> Number<'r> {
    /// Its digits.
    pub(crate) fn digits(&self) -> &'r str {
        let groups = &self.reading.groups;
        &self.reading.digits[groups[self.groups.start].digits.start..groups[self.groups.end - 1].digits.end]
    }

    /// Its bytes in the normal form, from the first digit to the last.
    pub(crate) fn span(&self) -> Range<usize> {
        let groups = &self.reading.groups;
        groups[self.groups.start].span.start..groups[self.groups.end - 1].span.end
    }

    /// The lengths of its groups.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = usize> {
        self.reading.groups[self.groups.clone()].iter().map(|group| group.digits.len())
    }

    /// Whether it is written in groups of these lengths.
    pub(crate) fn is_grouped(&self, lengths: &[usize]) -> bool {
        self.groups.len() == lengths.len() && self.lengths().eq(lengths.iter().copied())
    }

    /// What stands between its groups.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = Gap> {
        self.reading.groups[self.groups.start + 1..self.groups.end].iter().map(|group| group.gap)
    }

    /// Whether a slash stands in it.
    pub(crate) fn has_slash(&self) -> bool {
        self.gaps().any(|gap| gap == Gap::Slash)
    }

    /// Whether a plus stands before it.
    pub(crate) fn has_plus(&self) -> bool {
        self.reading.text()[..self.span().start].trim_end_matches([' ', '(']).ends_with('+')
    }

    /// Whether it looks like digits of one amount or version: groups of three after the first, all after full stops.
    pub(crate) fn is_thousands(&self) -> bool {
        self.groups.len() > 1
            && self.gaps().all(|gap| gap == Gap::Dot)
            && self.lengths().skip(1).all(|len| len == 3)
    }
}

/// Words that may stand between a label and its number without changing what is spoken of, in the normal form, lower case.
const SMALL_WORDS: &[&str] = &[
    "no",
    "nr",
    "num",
    "number",
    "id",
    "is",
    "was",
    "the",
    "my",
    "our",
    "your",
    "his",
    "her",
    "of",
    "for",
    "this",
    "that",
    "a",
    "an",
    "code",
    "key",
    "it",
    "s",
    "here",
    "as",
    "on",
    "in",
    "and",
    "numero",
    "n",
    "o",
    "os",
    "e",
    "es",
    "meu",
    "minha",
    "seu",
    "sua",
    "do",
    "da",
    "de",
    "del",
    "el",
    "la",
    "lo",
    "mi",
    "su",
    "este",
    "esta",
    "eh",
    "aqui",
    "chave",
    "clave",
    "codigo",
    "hai",
    "hain",
    "ka",
    "ki",
    "ke",
    "mera",
    "meri",
    "yeh",
    "ye",
    "number's",
    "nummer",
    "ist",
    "meine",
    "die",
    "der",
    "le",
    "mon",
    "est",
    "du",
    "to",
    "via",
    "ao",
    "na",
    "pro",
    "pra",
    "para",
    "com",
    "with",
    "num",
    "है",
    "का",
    "की",
    "मेरा",
    "मेरी",
    "नंबर",
    "نمبر",
    "رقم",
    "هو",
    "هي",
];

/// How many words are not small ones.
fn strange_words(between: &str) -> usize {
    between
        .split(|c: char| !c.is_alphanumeric() && c != '\'' && !('\u{900}'..'\u{980}').contains(&c))
        .filter(|word| !word.is_empty() && !SMALL_WORDS.contains(&word.to_lowercase().as_str()))
        .count()
}

/// Whether a clause ends here: a comma, a line end, or a full stop that does not follow an abbreviation such as "no.".
fn has_clause_end(between: &str) -> bool {
    const ABBREVIATION_LEN_MAX: usize = 3;
    if between.contains([',', ';', '!', '?', '\n', '|', '。', '，', '؟', '،', '।']) {
        return true;
    }
    between.match_indices(". ").any(|(at, _)| {
        let word = between[..at].chars().rev().take_while(|c| c.is_alphanumeric()).count();
        word > ABBREVIATION_LEN_MAX
    })
}

/// The words of ASCII letters and digits, with the byte each begins at.
pub(crate) fn ascii_words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(u8::is_ascii_alphanumeric)?;
        at = start + bytes[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        Some((start, &text[start..at]))
    })
}

fn group_digits(text: &str, digits: &mut String) -> Vec<Group> {
    let bytes = text.as_bytes();
    let mut groups: Vec<Group> = Vec::new();
    let mut single_run = 0;
    let mut at = 0;
    while let Some(skip) = bytes[at..].iter().position(u8::is_ascii_digit) {
        let start = at + skip;
        let len = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let end = start + len;
        let gap = groups.last().map_or(Gap::Break, |last| gap_between(&text[last.span.end..start]));
        let digits_start = digits.len();
        digits.push_str(&text[start..end]);
        groups.push(Group {
            span: start..end,
            digits: digits_start..digits.len(),
            gap,
            is_glued_left: is_glued_left(bytes, start),
            is_glued_right: is_glued_right(bytes, end),
        });
        single_run = match (len, gap) {
            (1, Gap::Break) => 1,
            (1, _) => single_run + 1,
            _ => 0,
        };
        if single_run >= SPACED_DIGITS_MIN {
            merge_singles(&mut groups, if single_run == SPACED_DIGITS_MIN { SPACED_DIGITS_MIN } else { 2 });
        }
        at = end;
    }
    groups
}

/// Makes one group of the last `count`, which are digits written one by one.
fn merge_singles(groups: &mut Vec<Group>, count: usize) {
    let tail = groups.split_off(groups.len() - count.min(groups.len()));
    if let (Some(first), Some(last)) = (tail.first(), tail.last()) {
        groups.push(Group {
            span: first.span.start..last.span.end,
            digits: first.digits.start..last.digits.end,
            gap: first.gap,
            is_glued_left: first.is_glued_left,
            is_glued_right: last.is_glued_right,
        });
    }
}

fn gap_between(between: &str) -> Gap {
    let is_separator = |c: char| matches!(c, ' ' | '\t' | '-' | '.' | '/' | '(' | ')');
    let is_sentence_end = between.starts_with(". ");
    if between.len() > SEPARATOR_BYTES_MAX || is_sentence_end || !between.chars().all(is_separator) {
        return Gap::Break;
    }
    let has = |c| between.contains(c);
    if has('/') {
        Gap::Slash
    } else if has('(') {
        Gap::Open
    } else if has(')') {
        Gap::Close
    } else if has('-') {
        Gap::Hyphen
    } else if has('.') {
        Gap::Dot
    } else {
        Gap::Space
    }
}

/// Digits that follow a comma within an amount: "1,35,000", "9.999,90".
const AMOUNT_TAIL_DIGITS_MAX: usize = 3;

fn is_glued_left(bytes: &[u8], start: usize) -> bool {
    let Some(before) = start.checked_sub(1).map(|at| bytes[at]) else { return false };
    let after_digit = start >= 2 && bytes[start - 2].is_ascii_digit();
    let digits = bytes[start..]
        .iter()
        .take(AMOUNT_TAIL_DIGITS_MAX + 1)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    before.is_ascii_alphabetic()
        || matches!(before, b'_' | b'@')
        || (before == b',' && after_digit && digits <= AMOUNT_TAIL_DIGITS_MAX)
}

fn is_glued_right(bytes: &[u8], end: usize) -> bool {
    let Some(after) = bytes.get(end) else { return false };
    let tail = bytes[end + 1..]
        .iter()
        .take(AMOUNT_TAIL_DIGITS_MAX + 1)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    after.is_ascii_alphabetic()
        || matches!(after, b'_' | b'@' | b'%')
        || (*after == b',' && (1..=AMOUNT_TAIL_DIGITS_MAX).contains(&tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<String> {
        Reading::new(text, None).numbers().map(|number| number.digits().to_owned()).collect()
    }

    #[test]
    fn numbers_are_cut_only_where_people_cut_them() {
        for (text, expected, refused) in [
            ("2345 6789 0124 98765 43210", "234567890124", "678901249876"),
            ("4829 1038 4756 1234", "4829103847561234", "482910384756"),
            ("(11) 98888-0000", "11988880000", "1198888"),
            ("9 8 7 6 5 4 3 2 1 0", "9876543210", "987654"),
            ("９８７６５ ４３２１०", "9876543210", "98765432"),
            ("111.444.777-35 11 98888-0000", "11988880000", "7773511"),
            ("我的号码13812345678谢谢", "13812345678", "1"),
            ("call 98765 43210. 2 pieces", "9876543210", "98765432102"),
        ] {
            let all = numbers(text);
            assert!(all.contains(&expected.to_owned()), "{text}: {all:?}");
            assert!(!all.contains(&refused.to_owned()), "{text}: {all:?}");
        }
    }

    #[test]
    fn a_label_speaks_of_its_own_number_only() {
        let text = "order 48291038 call 9876543210, 5550001111 is your booking number. SKU: 77";
        let reading = Reading::new(text, None);
        let place = |needle: &str| {
            let start = text.find(needle).unwrap();
            start..start + needle.len()
        };
        assert!(reading.is_called_other(&place("48291038")));
        assert!(!reading.is_called_other(&place("9876543210")));
        assert!(reading.is_labelled(&place("9876543210"), &[Label::Contact]));
        assert!(reading.is_called_other(&place("5550001111")));
    }

    #[test]
    fn work_grows_with_the_text_and_not_faster() {
        for unit in ["12 345 ", "1 1 ", "98765 43210 ", "123456789012345678901234567890", "a1", "1.2-3/4(5)"]
        {
            let count = |times: usize| numbers(&unit.repeat(times)).len();
            assert!(count(2000) <= 2 * count(1000) + GROUPS_MAX * GROUPS_MAX, "{unit}");
        }
    }
}
