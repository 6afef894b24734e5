//! Words that are looked for in a zone by more than their letters: with wildcards, mistakes, stems, near each other, from lists.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use aboveboard_text::{Options, normalise};

use crate::fuzzy::Fuzzy;
use crate::glob::Glob;
use crate::lists::Lexicon;
use crate::matching::{phrase, proximity};
use crate::reading::ZoneReading;
use crate::stem::{Spoken, Stem};
use crate::text_pattern::TextPattern;

/// Most places of one part of a query that are kept for one zone; what is near what is looked for among these.
pub const PLACES_MAX: usize = 1 << 14;

/// What is looked for in a zone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seek {
    /// Words at their distances.
    Row(Row),
    /// A pattern over running text.
    Pattern(Box<TextPattern>),
    /// A word of an unspaced script with mistakes: a stretch of a run.
    Stretch(Fuzzy),
    /// Any of these.
    Any(Vec<Seek>),
    /// The first, and of the second what does not overlap it.
    Besides(Box<Seek>, Box<Seek>),
    /// Two things with no more than so many words between them.
    Near { left: Box<Seek>, right: Box<Seek>, distance: u32, is_ordered: bool },
    /// Any entry of a list.
    List(Arc<Lexicon>),
}

/// Words at distances, `slop` positions apart at most.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// In order of position; the first has 0. Never empty.
    pub(crate) words: Vec<Wanted>,
    pub(crate) slop: u32,
}

/// A word and its place in a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) form: Form,
    /// What the word must be as it was written, where that is asked.
    pub(crate) exact: Option<Form>,
    pub(crate) position: u32,
}

/// How a token is compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Form {
    /// It is this.
    Same(String),
    /// It fits.
    Glob(Glob),
    /// It is this with mistakes.
    Fuzzy(Fuzzy),
    /// It has this stem.
    Stem(Stem),
    /// Anything.
    Any,
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The first position.
    pub(crate) from: u32,
    /// The position after the last.
    pub(crate) to: u32,
    /// The bytes to show.
    pub(crate) shown: Vec<(usize, usize)>,
}

impl Seek {
    /// The places in a zone, in order, each once, at most `PLACES_MAX`.
    pub(crate) fn places(&self, zone: &ZoneReading<'_>, spoken: Spoken) -> Vec<Place> {
        let mut places = match self {
            Self::Row(row) => row.places(zone, spoken),
            Self::Pattern(pattern) => {
                let original = |place| zone.normal.original(place);
                let found = pattern.places(zone.text, zone.normal.text(), original);
                found.into_iter().map(|bytes| zone.place(bytes)).collect()
            }
            Self::Stretch(fuzzy) => stretches(fuzzy, zone),
            Self::Any(seeks) => seeks.iter().flat_map(|seek| seek.places(zone, spoken)).collect(),
            Self::Besides(first, second) => {
                let mut places = first.places(zone, spoken);
                let overlaps = |place: &Place, other: &Place| place.from < other.to && other.from < place.to;
                let mut more = second.places(zone, spoken);
                more.retain(|place| {
                    // Neither list overlaps itself by much, so that the neighbours tell.
                    let next = places.partition_point(|other| other.from < place.from);
                    let around = &places[next.saturating_sub(1)..places.len().min(next + 1)];
                    !around.iter().any(|other| overlaps(place, other))
                });
                places.extend(more);
                places
            }
            Self::Near { left, right, distance, is_ordered } => {
                let left = left.places(zone, spoken);
                let right = if left.is_empty() { Vec::new() } else { right.places(zone, spoken) };
                near(&left, &right, *distance, *is_ordered)
            }
            Self::List(lexicon) => lexicon.places(zone, spoken),
        };
        places.sort_unstable();
        places.dedup();
        places.truncate(PLACES_MAX);
        places
    }
}

impl Seek {
    /// Whether it is found even where nothing stands.
    pub(crate) fn is_empty_place(&self, zone: &ZoneReading<'_>) -> bool {
        match self {
            Self::Pattern(pattern) => pattern.may_be_empty && pattern.fits(zone.text, zone.normal.text()),
            Self::Any(seeks) => seeks.iter().any(|seek| seek.is_empty_place(zone)),
            _ => false,
        }
    }
}

impl Row {
    fn places(&self, zone: &ZoneReading<'_>, spoken: Spoken) -> Vec<Place> {
        let mut places = Vec::new();
        let mut occurrences = Vec::with_capacity(self.words.len());
        for wanted in &self.words {
            let found = wanted.occurrences(zone, spoken);
            if found.is_empty() {
                return places;
            }
            occurrences.push(found);
        }
        let position = |at: usize| self.words[at].position;
        let mut keep = |found: &[u32]| {
            let token = |at: &u32| &zone.tokens[*at as usize];
            let bytes = |at: &u32| (token(at).span.start, token(at).span.end);
            let from = found.iter().map(|at| token(at).position).min().unwrap_or(0);
            let to = found.iter().map(|at| token(at).end()).max().unwrap_or(0);
            let shown = match (self.slop, found) {
                (0, [first, .., last]) => vec![(bytes(first).0, bytes(last).1)],
                _ => found.iter().map(bytes).collect(),
            };
            places.push(Place { from, to, shown });
            places.len() < PLACES_MAX
        };
        if self.slop == 0 {
            phrase(position, &occurrences, zone, &mut keep);
        } else {
            proximity(position, self.slop, &occurrences, zone, &mut keep);
        }
        places
    }
}

impl Wanted {
    fn occurrences<'z>(&self, zone: &'z ZoneReading<'_>, spoken: Spoken) -> Cow<'z, [u32]> {
        let mut found: Cow<'z, [u32]> = match &self.form {
            Form::Same(text) => zone.occurrences(text, false),
            Form::Glob(glob) if glob.is_prefix() => zone.occurrences(glob.prefix(), true),
            Form::Glob(glob) => zone.occurrences_where(glob.prefix(), |text| glob.fits(text)).into(),
            Form::Fuzzy(fuzzy) => zone.occurrences_where("", |text| fuzzy.fits(text)).into(),
            Form::Stem(stem) => {
                let fits = |&at: &u32| stem.fits(&zone.text[zone.tokens[at as usize].span.clone()], spoken);
                zone.words().filter(fits).collect::<Vec<_>>().into()
            }
            Form::Any => zone.words().collect::<Vec<_>>().into(),
        };
        if let Some(exact) = &self.exact {
            found
                .to_mut()
                .retain(|&at| exact.is_as_written(&zone.text[zone.tokens[at as usize].span.clone()]));
        }
        found
    }
}

impl Form {
    /// Whether a word as it was written is this, width and what cannot be seen apart.
    pub(crate) fn is_as_written(&self, written: &str) -> bool {
        let literal = normalise(written, Options::LITERAL);
        match self {
            Self::Same(text) => literal.text() == text,
            Self::Glob(glob) => glob.fits(literal.text()),
            Self::Fuzzy(fuzzy) => fuzzy.fits(literal.text()),
            Self::Stem(_) | Self::Any => true,
        }
    }
}

/// Each pair that is near enough: the bytes of both.
fn near(left: &[Place], right: &[Place], distance: u32, is_ordered: bool) -> Vec<Place> {
    let mut pairs = Vec::new();
    let widest = right.iter().map(|place| place.to - place.from).max().unwrap_or(0);
    for one in left {
        let earliest =
            if is_ordered { one.to } else { one.from.saturating_sub(distance.saturating_add(widest)) };
        let first = right.partition_point(|other| other.from < earliest);
        let latest = one.to.saturating_add(distance);
        for other in right[first..].iter().take_while(|other| other.from <= latest) {
            let is_after = other.from >= one.to;
            let is_before = !is_ordered && other.to <= one.from && one.from - other.to <= distance;
            if is_after || is_before {
                let mut shown = [one.shown.as_slice(), &other.shown].concat();
                shown.sort_unstable();
                shown.dedup();
                pairs.push(Place { from: one.from.min(other.from), to: one.to.max(other.to), shown });
            }
            if pairs.len() >= PLACES_MAX {
                return pairs;
            }
        }
    }
    pairs
}

/// The stretches of unspaced runs that are a word with mistakes: of those that overlap the nearest.
fn stretches(fuzzy: &Fuzzy, zone: &ZoneReading<'_>) -> Vec<Place> {
    let mut found: Vec<(usize, Place)> = Vec::new();
    let (least, most) = (fuzzy.len().saturating_sub(fuzzy.edits()).max(1), fuzzy.len() + fuzzy.edits());
    for run in zone.runs() {
        let letters: Vec<char> = run.iter().filter_map(|&at| zone.token_text(at).chars().next()).collect();
        if letters.len() != run.len() {
            continue;
        }
        for start in 0..run.len() {
            let ends = (start + least..=(start + most).min(run.len()))
                .filter_map(|end| Some((fuzzy.distance(&letters[start..end])?, end)));
            let Some((distance, end)) = ends.min() else { continue };
            let (first, last) = (&zone.tokens[run[start] as usize], &zone.tokens[run[end - 1] as usize]);
            let place = Place {
                from: first.position,
                to: last.end(),
                shown: vec![(first.span.start, last.span.end)],
            };
            match found.last_mut() {
                Some((other, before)) if before.to > place.from => {
                    if distance < *other {
                        (*other, *before) = (distance, place);
                    }
                }
                _ => found.push((distance, place)),
            }
            if found.len() >= PLACES_MAX {
                break;
            }
        }
    }
    found.into_iter().map(|(_, place)| place).collect()
}

impl ZoneReading<'_> {
    /// The place of some bytes of the text: the positions of the words they touch.
    fn place(&self, bytes: Range<usize>) -> Place {
        let first = self.tokens.partition_point(|token| token.span.end <= bytes.start);
        let after = first + self.tokens[first..].partition_point(|token| token.span.start < bytes.end);
        let touched = &self.tokens[first..after];
        let next = self
            .tokens
            .get(first)
            .map_or_else(|| self.tokens.last().map_or(0, |last| last.end()), |token| token.position);
        let from = touched.first().map_or(next, |token| token.position);
        let to = touched
            .iter()
            .map(|token| if token.is_pair { token.position + 1 } else { token.end() })
            .max()
            .unwrap_or(next);
        Place { from, to, shown: vec![(bytes.start, bytes.end)] }
    }
}
