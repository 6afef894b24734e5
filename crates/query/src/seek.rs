//! Words that are looked for in a zone by more than their letters: with wildcards, mistakes, stems, near each other, from lists.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use aboveboard_text::{Options, normalise};

use crate::fuzzy::Fuzzy;
use crate::glob::Glob;
use crate::herald::{BYTES_A_STEP, Cost};
use crate::lists::Lexicon;
use crate::matching::{phrase, proximity};
use crate::reading::ZoneReading;
use crate::stem::{Spoken, Stem};
use crate::text_pattern::TextPattern;

/// Most places of a query that are kept for one zone, to be shown; whether it matches does not depend on it.
pub const PLACES_MAX: usize = 1 << 14;
/// Most places of one side of a proximity that are looked at in one zone.
pub const NEAR_PLACES_MAX: usize = 1 << 20;
/// Most pairs of a proximity that is a side of another; where there are more, those of each place with the nearest ones.
pub const NEAR_PAIRS_MAX: usize = 1 << 17;

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
    /// The places in a zone, in order, each once, at most so many.
    pub(crate) fn places(&self, zone: &ZoneReading<'_>, spoken: Spoken, most: usize) -> Vec<Place> {
        let mut places = match self {
            Self::Row(row) => row.places(zone, spoken, most),
            Self::Pattern(pattern) => zone.places_of(pattern, most),
            Self::Stretch(fuzzy) => stretches(fuzzy, zone),
            Self::Any(seeks) => seeks.iter().flat_map(|seek| seek.places(zone, spoken, most)).collect(),
            Self::Besides(first, second) => {
                let mut places = first.places(zone, spoken, most);
                let overlaps = |place: &Place, other: &Place| place.from < other.to && other.from < place.to;
                let mut more = second.places(zone, spoken, most);
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
                let side = |seek: &Seek| {
                    let places = seek.places(zone, spoken, NEAR_PLACES_MAX);
                    if places.len() >= NEAR_PLACES_MAX {
                        zone.give_up();
                    }
                    places
                };
                // A side that is many pairs comes last: where the other is nowhere it need not be looked for.
                let is_left_last = matches!(**left, Self::Near { .. });
                let (first, last) = if is_left_last { (right, left) } else { (left, right) };
                let first = side(first);
                let last = if first.is_empty() { Vec::new() } else { side(last) };
                let (left, right) = if is_left_last { (last, first) } else { (first, last) };
                let near = Near { left: &left, right: &right, distance: *distance, is_ordered: *is_ordered };
                near.pairs(most.min(NEAR_PAIRS_MAX), zone)
            }
            Self::List(lexicon) => lexicon.places(zone, spoken, most),
        };
        places.sort_unstable();
        places.dedup();
        places.truncate(most);
        places
    }
}

impl Seek {
    /// Bytes that its patterns take; a list's are not the query's own.
    pub(crate) fn pattern_bytes(&self) -> usize {
        match self {
            Self::Pattern(pattern) => pattern.size_bytes(),
            Self::Any(seeks) => seeks.iter().map(Self::pattern_bytes).sum(),
            Self::Besides(first, second) => first.pattern_bytes() + second.pattern_bytes(),
            Self::Row(_) | Self::Stretch(_) | Self::Near { .. } | Self::List(_) => 0,
        }
    }

    /// Whether it is found even where nothing stands.
    pub(crate) fn is_empty_place(&self, zone: &ZoneReading<'_>) -> bool {
        match self {
            Self::Pattern(pattern) => pattern.may_be_empty && pattern.fits(zone.text, zone.normal().text()),
            Self::Any(seeks) => seeks.iter().any(|seek| seek.is_empty_place(zone)),
            _ => false,
        }
    }
}

impl Row {
    fn places(&self, zone: &ZoneReading<'_>, spoken: Spoken, most: usize) -> Vec<Place> {
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
        let tokens = zone.tokens();
        let mut keep = |found: &[u32]| {
            let token = |at: &u32| &tokens[*at as usize];
            let bytes = |at: &u32| (token(at).span.start, token(at).span.end);
            let from = found.iter().map(|at| token(at).position).min().unwrap_or(0);
            let to = found.iter().map(|at| token(at).end()).max().unwrap_or(0);
            let shown = match (self.slop, found) {
                (0, [first, .., last]) => vec![(bytes(first).0, bytes(last).1)],
                _ => found.iter().map(bytes).collect(),
            };
            places.push(Place { from, to, shown });
            places.len() < most
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
            Form::Glob(glob) => {
                let has = |text: &str| glob.longest().is_none_or(|run| text.contains(run));
                zone.occurrences_where(glob.prefix(), |text| has(text) && glob.fits(text)).into()
            }
            Form::Fuzzy(fuzzy) => zone.occurrences_where("", |text| fuzzy.fits(text)).into(),
            Form::Stem(stem) => zone.stemmed(stem, spoken).into(),
            Form::Any => {
                zone.spend(zone.tokens().len() as u64);
                zone.words().collect::<Vec<_>>().into()
            }
        };
        if let Some(exact) = &self.exact {
            zone.spend(found.len() as u64);
            let tokens = zone.tokens();
            found.to_mut().retain(|&at| exact.is_as_written(&zone.text[tokens[at as usize].span.clone()]));
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

/// What is near each other.
struct Near<'p> {
    /// In order.
    left: &'p [Place],
    right: &'p [Place],
    distance: u32,
    is_ordered: bool,
}

/// Places in order, and the same by where they end.
struct Ordered<'p> {
    by_from: &'p [Place],
    by_to: Vec<&'p Place>,
}

impl<'p> Ordered<'p> {
    fn of(places: &'p [Place]) -> Self {
        let mut by_to: Vec<&Place> = places.iter().collect();
        by_to.sort_by_key(|place| place.to);
        Self { by_from: places, by_to }
    }

    /// Those that begin behind a place, the nearest first.
    fn after(&self, one: &Place, distance: u32) -> &'p [Place] {
        let behind = &self.by_from[self.by_from.partition_point(|other| other.from < one.to)..];
        &behind[..behind.partition_point(|other| other.from - one.to <= distance)]
    }

    /// Those that end before a place, the nearest last.
    fn before(&self, one: &Place, distance: u32) -> &[&'p Place] {
        let ahead = &self.by_to[..self.by_to.partition_point(|other| other.to <= one.from)];
        &ahead[ahead.partition_point(|other| one.from - other.to > distance)..]
    }
}

impl Near<'_> {
    /// Each pair that is near enough: the bytes of both. Where there are more than `most`, for each place on either side those with
    /// the nearest ones of the other, so that whatever stands in a pair stands in one of these.
    fn pairs(&self, most: usize, zone: &ZoneReading<'_>) -> Vec<Place> {
        let (left, right) = (Ordered::of(self.left), Ordered::of(self.right));
        let count = |one: &Place| {
            let before = if self.is_ordered { 0 } else { right.before(one, self.distance).len() };
            right.after(one, self.distance).len() + before
        };
        let all: usize = self.left.iter().map(count).sum();
        zone.spend((self.left.len() + self.right.len()) as u64);
        let mut pairs = Vec::new();
        if all <= most {
            zone.spend(all as u64);
            for one in self.left {
                self.add(one, &right, usize::MAX, &mut pairs);
            }
            return pairs;
        }
        let nearest = (most / (self.left.len() + self.right.len())).max(1);
        for one in self.left {
            self.add(one, &right, nearest, &mut pairs);
        }
        for one in self.right {
            let before = left.before(one, self.distance).iter().rev().take(nearest);
            pairs.extend(before.map(|other| other.with(one)));
            if !self.is_ordered {
                pairs
                    .extend(left.after(one, self.distance).iter().take(nearest).map(|other| other.with(one)));
            }
        }
        zone.spend(pairs.len() as u64);
        pairs
    }

    /// Adds the pairs of a place with the nearest of the others.
    fn add(&self, one: &Place, others: &Ordered<'_>, nearest: usize, pairs: &mut Vec<Place>) {
        pairs.extend(others.after(one, self.distance).iter().take(nearest).map(|other| one.with(other)));
        if !self.is_ordered {
            let before = others.before(one, self.distance).iter().rev().take(nearest);
            pairs.extend(before.map(|other| one.with(other)));
        }
    }
}

impl Place {
    /// Both as one place.
    fn with(&self, other: &Self) -> Self {
        let mut shown = [self.shown.as_slice(), &other.shown].concat();
        shown.sort_unstable();
        shown.dedup();
        Self { from: self.from.min(other.from), to: self.to.max(other.to), shown }
    }
}

/// The stretches of unspaced runs that are a word with mistakes: of those that overlap the nearest.
fn stretches(fuzzy: &Fuzzy, zone: &ZoneReading<'_>) -> Vec<Place> {
    let mut found: Vec<(usize, Place)> = Vec::new();
    let tokens = zone.tokens();
    let (least, most) = (fuzzy.len().saturating_sub(fuzzy.edits()).max(1), fuzzy.len() + fuzzy.edits());
    for run in zone.runs() {
        let letters: Vec<char> = run.iter().filter_map(|&at| zone.token_text(at).chars().next()).collect();
        zone.spend((run.len() * fuzzy.len()) as u64);
        if letters.len() != run.len() {
            continue;
        }
        for start in 0..run.len() {
            let ends = (start + least..=(start + most).min(run.len()))
                .filter_map(|end| Some((fuzzy.distance(&letters[start..end])?, end)));
            let Some((distance, end)) = ends.min() else { continue };
            let (first, last) = (&tokens[run[start] as usize], &tokens[run[end - 1] as usize]);
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
        }
    }
    found.into_iter().map(|(_, place)| place).collect()
}

impl ZoneReading<'_> {
    /// The places of a pattern. Where one has more that a proximity would have to look at, that is given up.
    fn places_of(&self, pattern: &TextPattern, most: usize) -> Vec<Place> {
        self.stretches_of(pattern, most).into_iter().map(|bytes| self.place(bytes)).collect()
    }

    /// The same, as bytes.
    pub(crate) fn stretches_of(&self, pattern: &TextPattern, most: usize) -> Vec<Range<usize>> {
        let is_absent = if self.is_counted() {
            let cost = pattern.cost(self.text, || self.normal());
            let (Cost::Absent(steps) | Cost::Steps(steps)) = cost;
            self.spend(steps);
            matches!(cost, Cost::Absent(_))
        } else {
            false
        };
        if is_absent || self.is_spent() {
            return Vec::new();
        }
        let found = pattern.places(self.text, || self.normal(), most);
        self.spend((found.bytes_read / BYTES_A_STEP).saturating_add(found.places.len() as u64));
        if !found.is_whole && most > PLACES_MAX {
            self.give_up();
        }
        found.places
    }

    /// The place of some bytes of the text: the positions of the words they touch.
    fn place(&self, bytes: Range<usize>) -> Place {
        let tokens = self.tokens();
        let first = tokens.partition_point(|token| token.span.end <= bytes.start);
        let after = first + tokens[first..].partition_point(|token| token.span.start < bytes.end);
        let touched = &tokens[first..after];
        let next = tokens
            .get(first)
            .map_or_else(|| tokens.last().map_or(0, |last| last.end()), |token| token.position);
        let from = touched.first().map_or(next, |token| token.position);
        let to = touched
            .iter()
            .map(|token| if token.is_pair { token.position + 1 } else { token.end() })
            .max()
            .unwrap_or(next);
        Place { from, to, shown: vec![(bytes.start, bytes.end)] }
    }
}
