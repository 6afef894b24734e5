//! What announces that a query may match: something that must stand in every document that it finds.

use std::iter::Sum;
use std::ops::Add;
use std::sync::Arc;

use aboveboard_model::document::Field;
use aboveboard_text::{line_of_part, line_of_run};

use crate::compile::{Like, Sought, Test, Words};
use crate::herald::Herald;
use crate::needs::Needs;
use crate::seek::{Form, Seek, Wanted};
use crate::syntax::{Node, NodeKind};
use crate::text_pattern::TextPattern;

/// Something that must stand in a document before a query can match.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Clue {
    /// These bytes, in the line of one of its texts.
    Line(String),
    /// These bytes, in the line of one of its texts unless that is broken.
    Run(String),
    /// This regular expression, in one of its texts.
    Expression(Arc<Herald>),
    /// This value of a keyword field, a flag or a label.
    Keyword(Field, String),
    /// Any value of a field.
    Present(Field),
}

/// Clues of which at least one stands in every document that matches; `None` if there are no such clues.
pub(crate) fn clues(node: &Node) -> Option<Vec<Clue>> {
    match &node.kind {
        NodeKind::And(nodes) => {
            nodes.iter().filter_map(clues).min_by_key(|clues| clues.iter().map(cost).sum::<u64>())
        }
        NodeKind::Or(nodes) => {
            nodes.iter().map(clues).collect::<Option<Vec<_>>>().map(|parts| parts.concat())
        }
        NodeKind::Not(_) => None,
        NodeKind::Leaf(leaf) => of_test(&leaf.test, expression),
    }
}

/// What announces a pattern.
type OfPattern = fn(&TextPattern) -> Option<Vec<Clue>>;

/// A regular expression announces itself.
fn expression(pattern: &TextPattern) -> Option<Vec<Clue>> {
    pattern.herald().map(|herald| vec![Clue::Expression(Arc::clone(herald))]).or_else(|| runs(pattern))
}

/// Runs of letters that a pattern has announce it.
fn runs(pattern: &TextPattern) -> Option<Vec<Clue>> {
    let groups = pattern.needs().iter().filter_map(|group| {
        group
            .iter()
            .map(|run| Some(line_of_run(run)).filter(|line| !line.is_empty()).map(Clue::Run))
            .collect()
    });
    cheapest(groups)
}

/// Whether a query is announced by a word or a name: without one it is tried on every document that has some field at all.
pub(crate) fn has_clues(root: &Node) -> bool {
    let is_strong = |node: &Node| match &node.kind {
        NodeKind::Leaf(leaf) => match &leaf.test {
            Test::Words(_) | Test::Seek { .. } | Test::Keyword { is_prefix: false, .. } => {
                of_test(&leaf.test, runs).is_some()
            }
            Test::Like { like: Like::List(_), .. } => of_test(&leaf.test, runs)
                .is_some_and(|clues| !clues.iter().any(|clue| matches!(clue, Clue::Present(_)))),
            _ => false,
        },
        _ => has_clues(node),
    };
    match &root.kind {
        NodeKind::And(nodes) => nodes.iter().any(is_strong),
        NodeKind::Or(nodes) => nodes.iter().all(is_strong),
        NodeKind::Not(_) => false,
        NodeKind::Leaf(_) => is_strong(root),
    }
}

/// Clues to what is looked for by more than its letters: runs of letters that it has.
fn sought(seek: &Seek, of_pattern: OfPattern) -> Option<Vec<Clue>> {
    let own = |seek: &Seek| sought(seek, of_pattern);
    match seek {
        Seek::Row(row) => row.words.iter().filter_map(of_wanted).min_by_key(cost).map(|clue| vec![clue]),
        Seek::Pattern(pattern) => of_pattern(pattern),
        Seek::Any(seeks) => seeks.iter().map(own).collect::<Option<Vec<_>>>().map(|parts| parts.concat()),
        Seek::Besides(first, second) => Some([own(first)?, own(second)?].concat()),
        Seek::Near { left, right, .. } => cheapest([own(left), own(right)].into_iter().flatten()),
        Seek::List(lexicon) => {
            let (words, prefixes, patterns) = lexicon.parts();
            let words: Option<Vec<_>> = words.map(of_words).collect();
            let runs = prefixes
                .map(|prefix| Some(line_of_run(prefix)).filter(|line| !line.is_empty()).map(Clue::Line));
            let runs: Option<Vec<_>> = runs.collect();
            let patterns: Option<Vec<_>> = patterns.iter().map(own).collect();
            Some([words?, runs?, patterns?.concat()].concat())
        }
        Seek::Stretch(_) => None,
    }
}

fn of_wanted(wanted: &Wanted) -> Option<Clue> {
    let line = match &wanted.form {
        Form::Same(text) => line_of_part(text, [true; 2]),
        Form::Glob(glob) => line_of_run(glob.longest()?),
        Form::Fuzzy(_) | Form::Stem(_) | Form::Any => return None,
    };
    Some(line).filter(|line| !line.is_empty()).map(Clue::Line)
}

fn cheapest(parts: impl Iterator<Item = Vec<Clue>>) -> Option<Vec<Clue>> {
    parts.min_by_key(|clues| clues.iter().map(cost).sum::<u64>())
}

/// Values of fields without which a query cannot match, whatever its words.
pub(crate) fn facts(node: &Node) -> impl Iterator<Item = (Field, &str)> {
    let nodes = match &node.kind {
        NodeKind::And(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(node),
    };
    nodes.iter().filter_map(|node| match &node.kind {
        NodeKind::Leaf(leaf) => match &leaf.test {
            Test::Keyword { field, form, is_prefix: false } => Some((*field, form.as_str())),
            Test::Flag { field, value } => Some((*field, if *value { "true" } else { "false" })),
            _ => None,
        },
        _ => None,
    })
}

/// What a query does with a text at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Effort {
    /// Languages in which it asks for stems, which are found for each word.
    pub(crate) stems: u64,
    /// Things for which it goes through the text, or through all of its words.
    pub(crate) passes: u64,
    /// Words that it looks up.
    pub(crate) words: u64,
}

impl Effort {
    fn words(words: usize) -> Self {
        Self { words: words as u64, ..Self::default() }
    }

    fn passes(passes: usize) -> Self {
        Self { passes: passes as u64, ..Self::default() }
    }
}

impl Add for Effort {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            stems: self.stems + other.stems,
            passes: self.passes + other.passes,
            words: self.words + other.words,
        }
    }
}

impl Sum for Effort {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// What a query does with a text at most.
pub(crate) fn effort(node: &Node) -> Effort {
    match &node.kind {
        NodeKind::And(nodes) | NodeKind::Or(nodes) => nodes.iter().map(effort).sum(),
        NodeKind::Not(node) => effort(node),
        NodeKind::Leaf(leaf) => match &leaf.test {
            Test::Words(words) => of_row(words),
            Test::Seek { seek, .. } => seeking(seek),
            _ => Effort::default(),
        },
    }
}

fn of_row(words: &Words) -> Effort {
    Effort::words(words.tokens.len()) + Effort::passes(usize::from(words.is_prefix))
}

fn seeking(seek: &Seek) -> Effort {
    match seek {
        Seek::Row(row) => row.words.iter().map(finding).sum(),
        // As written and in normal form.
        Seek::Pattern(_) => Effort::passes(2),
        Seek::Stretch(fuzzy) => Effort::passes(fuzzy.len()),
        Seek::Any(seeks) => seeks.iter().map(seeking).sum(),
        Seek::Besides(first, second) => seeking(first) + seeking(second),
        Seek::Near { left, right, .. } => seeking(left) + seeking(right) + Effort::passes(2),
        Seek::List(lexicon) => {
            let (words, _, patterns) = lexicon.parts();
            words.map(of_row).chain(patterns.iter().map(seeking)).sum::<Effort>() + Effort::passes(1)
        }
    }
}

fn finding(wanted: &Wanted) -> Effort {
    let exact = Effort::passes(usize::from(wanted.exact.is_some()));
    let own = match &wanted.form {
        Form::Same(_) => Effort::words(1),
        Form::Stem(stem) => Effort { stems: stem.languages() as u64, passes: 1, words: 1 },
        Form::Glob(_) | Form::Fuzzy(_) | Form::Any => Effort { passes: 2, words: 1, stems: 0 },
    };
    own + exact
}

fn of_test(test: &Test, of_pattern: OfPattern) -> Option<Vec<Clue>> {
    let clue = match test {
        Test::Words(words) => return of_words(words).map(|clue| vec![clue]),
        Test::Seek { seek, .. } => return sought(seek, of_pattern),
        Test::Like { field, like: Like::List(lexicon) } if lexicon.forms().1 => {
            return Some(lexicon.forms().0.map(|form| Clue::Keyword(*field, form.clone())).collect());
        }
        Test::Keyword { field, form, is_prefix: false } => Clue::Keyword(*field, form.clone()),
        Test::Flag { field, value } => Clue::Keyword(*field, value.to_string()),
        Test::Score { field, label: Some(label), .. } => Clue::Keyword(*field, label.clone()),
        Test::Keyword { field, .. }
        | Test::Like { field, .. }
        | Test::Number { field, .. }
        | Test::Instant { field, .. }
        | Test::Moment { field, .. }
        | Test::Money { field, .. }
        | Test::Score { field, .. }
        | Test::Exists { field } => Clue::Present(*field),
        Test::Everything | Test::Clock(_) => return None,
    };
    Some(vec![clue])
}

/// The longest stretch of a phrase that stands in a line as it is; of words in proximity the longest word.
fn of_words(words: &Words) -> Option<Clue> {
    let mut stretches: Vec<String> = Vec::new();
    let mut before: Option<&Sought> = None;
    for token in &words.tokens {
        let follows = before.filter(|_| words.slop == 0).map(|before| how(before, token));
        match (follows, stretches.last_mut()) {
            (Some(How::Overlapping), Some(stretch)) => stretch.extend(token.text.chars().skip(1)),
            (Some(How::Apart), Some(stretch)) => *stretch = format!("{stretch} {}", token.text),
            _ => stretches.push(token.text.clone()),
        }
        before = Some(token);
    }
    let last = stretches.len().checked_sub(1)?;
    let lines = stretches
        .iter()
        .enumerate()
        .map(|(at, stretch)| line_of_part(stretch, [true, !(words.is_prefix && at == last)]));
    lines.max_by_key(String::len).filter(|line| !line.is_empty()).map(Clue::Line)
}

/// How a token of a phrase follows another in every text that holds the phrase.
enum How {
    /// Both are pairs of one run, and share a character.
    Overlapping,
    /// With one space between them in the text's line.
    Apart,
    /// That cannot be told.
    Somehow,
}

fn how(before: &Sought, token: &Sought) -> How {
    if before.width == 2 && token.width == 2 && token.position == before.position + 1 {
        How::Overlapping
    } else if ends_spaced(&before.text) || begins_spaced(&token.text) {
        // No position of a phrase is left free.
        How::Apart
    } else {
        How::Somehow
    }
}

fn ends_spaced(text: &str) -> bool {
    line_of_part(text, [false, true]).ends_with(' ')
}

fn begins_spaced(text: &str) -> bool {
    line_of_part(text, [true, false]).starts_with(' ')
}

/// How often a clue may be expected, in parts of an arbitrary whole: a long string is rare, what detectors find is rarer than a short
/// word, and a value that every document has is common.
fn cost(clue: &Clue) -> u64 {
    const WHOLE: u64 = 1 << 24;
    match clue {
        Clue::Present(field) | Clue::Keyword(field, _) => match field {
            Field::Entity | Field::Payment | Field::Handle | Field::Link | Field::Money | Field::Discount => {
                WHOLE >> 6
            }
            Field::Intent | Field::SideDeal | Field::Score | Field::Actor | Field::Action => WHOLE >> 6,
            _ => WHOLE,
        },
        // Where what it needs is told already; elsewhere it must be tried on every text.
        Clue::Expression(herald) if herald.needs != Needs::default() => WHOLE >> 9,
        Clue::Expression(_) => WHOLE >> 5,
        Clue::Line(line) | Clue::Run(line) => (WHOLE >> line.len().min(20)).max(1),
    }
}
