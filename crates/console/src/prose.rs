//! Words from outside, made ready for a page: identifiers masked, highlights cut out, changes marked, length bounded.
//!
//! Everything works on cells, one for each character, so that no offset that came with the text can cut a character or
//! uncover part of what is masked.

use aboveboard_model::document::{Field, Mark, Zone};

/// Characters that are shown before "more".
pub(crate) const SHOWN_CHARS_MAX: usize = 1_500;
/// Characters at the end of an identifier that stay readable.
const TAIL_CHARS: usize = 2;
/// Identifiers of up to this many characters are masked whole: a tail would be most of them.
const SHORT_CHARS: usize = 3;
/// Digits in a row, separators aside, that look like an identifier where no detector has looked.
const DIGITS_SUSPECT: usize = 5;
/// Steps of one comparison of two versions; beyond it the whole changed middle is marked.
const COMPARISON_STEPS_MAX: usize = 250_000;
/// Reasons that can be told apart on one word.
pub(crate) const REASONS_MAX: usize = 127;
/// What stands for a masked character.
const MASK: char = '•';

/// A stretch of text with one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) text: String,
    /// Part of an identifier, of which only the end is readable.
    pub(crate) masked: bool,
    /// Not in the other version.
    pub(crate) changed: bool,
    /// Numbers of the reasons it is about.
    pub(crate) reasons: Vec<usize>,
    /// Numbers of those reasons whose words end here.
    pub(crate) ends: Vec<usize>,
}

impl Run {
    /// The numbers parted by blanks, for an attribute.
    pub(crate) fn numbers(&self) -> String {
        self.reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }
}

/// A text in runs: what is shown at once, and what stands behind "more".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prose {
    pub(crate) head: Vec<Run>,
    pub(crate) rest: Vec<Run>,
    /// Characters of the rest.
    pub(crate) rest_chars: usize,
}

impl Prose {
    /// Whether the rest has to be open from the start, because a reason is about its words.
    pub(crate) fn rest_matters(&self) -> bool {
        self.rest.iter().any(|run| !run.reasons.is_empty())
    }

    /// Whether any reason is about these words.
    #[cfg(test)]
    pub(crate) fn has_reasons(&self) -> bool {
        self.rest_matters() || self.head.iter().any(|run| !run.reasons.is_empty())
    }

    /// The text as shown, without highlights.
    pub(crate) fn plain(&self) -> String {
        self.head.iter().chain(&self.rest).map(|run| run.text.as_str()).collect()
    }
}

/// Words that a reason is about: first byte, one past the last, the reason's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Highlight {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) reason: usize,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    at: usize,
    raw: char,
    masked: bool,
    changed: bool,
    /// Bit `n` for reason `n`.
    reasons: u128,
}

/// A text while it is made ready.
#[derive(Clone, Debug)]
pub(crate) struct Draft(Vec<Cell>);

impl Draft {
    /// The text of a zone with its identifiers masked.
    pub(crate) fn masked(text: &str, zone: Zone, marks: &[Mark]) -> Self {
        let mut draft = Self::plain(text);
        for mark in marks.iter().filter(|mark| mark.zone == zone && is_identifier(mark.field)) {
            draft.mask(mark.start, mark.end);
        }
        draft
    }

    /// A text that came without marks, such as a quotation: whatever looks like an identifier is masked.
    pub(crate) fn guessed(text: &str) -> Self {
        let mut draft = Self::plain(text);
        for (start, end) in suspects(text) {
            draft.mask(start, end);
        }
        draft
    }

    fn plain(text: &str) -> Self {
        let cell = |(at, raw)| Cell { at, raw, masked: false, changed: false, reasons: 0 };
        Self(text.char_indices().map(cell).collect())
    }

    /// Adds highlights; places outside the text are ignored.
    pub(crate) fn highlight(&mut self, highlights: &[Highlight]) {
        for highlight in highlights.iter().filter(|one| one.reason <= REASONS_MAX) {
            for cell in self.within(highlight.start, highlight.end) {
                cell.reasons |= 1 << highlight.reason;
            }
        }
    }

    /// Marks in both what the other does not have.
    pub(crate) fn compare(&mut self, other: &mut Draft) {
        let (mine, theirs) = (tokens(&self.0), tokens(&other.0));
        let (gone, new) = changes(&self.words(&mine), &other.words(&theirs));
        self.mark_changed(&mine, &gone);
        other.mark_changed(&theirs, &new);
        self.join_changes();
        other.join_changes();
    }

    /// Takes blanks between two changed words for changed, so that a changed phrase reads as one.
    fn join_changes(&mut self) {
        let mut last_changed = None;
        for at in 0..self.0.len() {
            if !self.0[at].changed {
                last_changed = last_changed.filter(|_| self.0[at].raw.is_whitespace());
                continue;
            }
            for cell in last_changed.map_or(&mut [][..], |last| &mut self.0[last..at]) {
                cell.changed = true;
            }
            last_changed = Some(at);
        }
    }

    /// The text in runs, cut at [`SHOWN_CHARS_MAX`].
    pub(crate) fn finish(self) -> Prose {
        let cut = self.0.len().min(SHOWN_CHARS_MAX);
        let (head, rest) = self.0.split_at(cut);
        Prose { head: runs(head, rest.first()), rest: runs(rest, None), rest_chars: rest.len() }
    }

    fn within(&mut self, start: usize, end: usize) -> impl Iterator<Item = &mut Cell> {
        self.0.iter_mut().filter(move |cell| cell.at + cell.raw.len_utf8() > start && cell.at < end)
    }

    /// Masks all characters of an identifier but the last, and leaves what separates them.
    fn mask(&mut self, start: usize, end: usize) {
        let cells: Vec<&mut Cell> = self.within(start, end).filter(|cell| !separates(cell.raw)).collect();
        let readable = if cells.len() <= SHORT_CHARS { 0 } else { TAIL_CHARS };
        let hidden = cells.len() - readable;
        for cell in cells.into_iter().take(hidden) {
            cell.masked = true;
        }
    }

    fn words(&self, tokens: &[(usize, usize)]) -> Vec<String> {
        tokens.iter().map(|(start, end)| self.0[*start..*end].iter().map(|cell| cell.raw).collect()).collect()
    }

    fn mark_changed(&mut self, tokens: &[(usize, usize)], changed: &[bool]) {
        for ((start, end), _) in tokens.iter().zip(changed).filter(|(_, changed)| **changed) {
            for cell in &mut self.0[*start..*end] {
                cell.changed = true;
            }
        }
    }
}

/// Fields whose places in a text identify somebody or something that can be paid, called or written to.
fn is_identifier(field: Field) -> bool {
    matches!(field, Field::Entity | Field::Payment | Field::Handle)
}

fn separates(one: char) -> bool {
    one.is_whitespace() || one.is_ascii_punctuation()
}

/// Byte ranges that look like a number to pay or to call, or like an address.
fn suspects(text: &str) -> Vec<(usize, usize)> {
    let numeric = |one: char| one.is_numeric() || " -.()+/".contains(one);
    let digits = |part: &str| part.chars().filter(|one| one.is_numeric()).count();
    let numbers =
        stretches(text, numeric).filter(|(start, end)| digits(&text[*start..*end]) >= DIGITS_SUSPECT);
    let words = stretches(text, |one| !one.is_whitespace());
    numbers.chain(words.filter(|(start, end)| text[*start..*end].contains('@'))).collect()
}

/// Byte ranges of longest stretches of characters of a kind.
fn stretches(text: &str, kind: impl Fn(char) -> bool + Copy) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(kind)?;
        let end = text[start..].find(|one| !kind(one)).map_or(text.len(), |length| start + length);
        at = end;
        Some((start, end))
    })
}

/// Cell ranges of words, and of each character between words.
fn tokens(cells: &[Cell]) -> Vec<(usize, usize)> {
    let mut tokens: Vec<(usize, usize)> = Vec::new();
    for (at, cell) in cells.iter().enumerate() {
        let word = cell.raw.is_alphanumeric();
        match tokens.last_mut() {
            Some((_, end)) if word && cells[at - 1].raw.is_alphanumeric() => *end = at + 1,
            _ => tokens.push((at, at + 1)),
        }
    }
    tokens
}

/// For each of two lists which of its items are not in their longest common subsequence.
fn changes(mine: &[String], theirs: &[String]) -> (Vec<bool>, Vec<bool>) {
    let before = mine.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    let (rest, others) = (&mine[before..], &theirs[before..]);
    let after = rest.iter().rev().zip(others.iter().rev()).take_while(|(a, b)| a == b).count();
    let (rest, others) = (&rest[..rest.len() - after], &others[..others.len() - after]);
    let (gone, new) = if rest.len().saturating_mul(others.len()) > COMPARISON_STEPS_MAX {
        (vec![true; rest.len()], vec![true; others.len()])
    } else {
        unmatched(rest, others)
    };
    let padded = |middle: Vec<bool>| {
        let same = |count| std::iter::repeat_n(false, count);
        same(before).chain(middle).chain(same(after)).collect()
    };
    (padded(gone), padded(new))
}

/// The longest common subsequence by the table of its lengths, walked from the front.
fn unmatched(mine: &[String], theirs: &[String]) -> (Vec<bool>, Vec<bool>) {
    let mut lengths = vec![vec![0u32; theirs.len() + 1]; mine.len() + 1];
    for i in (0..mine.len()).rev() {
        for j in (0..theirs.len()).rev() {
            lengths[i][j] = if mine[i] == theirs[j] {
                lengths[i + 1][j + 1] + 1
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    let (mut gone, mut new) = (vec![true; mine.len()], vec![true; theirs.len()]);
    let (mut i, mut j) = (0, 0);
    while i < mine.len() && j < theirs.len() {
        if mine[i] == theirs[j] {
            (gone[i], new[j]) = (false, false);
            (i, j) = (i + 1, j + 1);
        } else if lengths[i + 1][j] >= lengths[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    (gone, new)
}

/// Runs of cells that look alike; `next` is the cell after the last, where the text goes on elsewhere.
fn runs(cells: &[Cell], next: Option<&Cell>) -> Vec<Run> {
    let alike = |a: &Cell, b: &Cell| (a.masked, a.changed, a.reasons) == (b.masked, b.changed, b.reasons);
    let mut at = 0;
    let chunks = cells.chunk_by(alike).map(|chunk| {
        at += chunk.len();
        let after = cells.get(at).or(next).map_or(0, |cell| cell.reasons);
        let reasons = chunk[0].reasons;
        Run {
            text: chunk.iter().map(shown).collect(),
            masked: chunk[0].masked,
            changed: chunk[0].changed,
            reasons: numbers(reasons),
            ends: numbers(reasons & !after),
        }
    });
    chunks.collect()
}

fn shown(cell: &Cell) -> char {
    match cell.raw {
        _ if cell.masked => MASK,
        '\n' | '\t' => cell.raw,
        one if one.is_control() => char::REPLACEMENT_CHARACTER,
        one => one,
    }
}

fn numbers(reasons: u128) -> Vec<usize> {
    (0..=REASONS_MAX).filter(|number| reasons >> number & 1 == 1).collect()
}

#[cfg(test)]
mod tests;
