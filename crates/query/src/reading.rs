//! A document read once, for as many queries as there are: tokens by place, keywords in their form.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::ops::{Deref, Range};

use aboveboard_model::document::{Document, Field, FieldType, Value, Zone};
use aboveboard_model::region;
use aboveboard_text::{Normal, Options, TokenKind, normalise};
use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::compile::keyword_form;
use crate::seek::Place;
use crate::stem::{Language, Spoken, Stem, Stems};

/// A document ready to be matched or indexed. What is asked of it first is read first: of most documents most queries ask nothing.
#[derive(Clone, Debug)]
pub struct Reading<'d> {
    pub(crate) document: &'d Document,
    pub(crate) zones: Zones<'d>,
    keywords: OnceCell<Vec<(Field, Vec<String>)>>,
    /// Values that the document's own type cannot hold.
    held: Vec<(Field, Vec<String>)>,
    now: Option<Timestamp>,
    clock_seconds: Option<u32>,
}

/// The words of a document, read when they are first asked for.
#[derive(Clone, Debug)]
pub(crate) struct Zones<'d> {
    document: &'d Document,
    read: OnceCell<Vec<ZoneReading<'d>>>,
}

impl<'d> Deref for Zones<'d> {
    type Target = [ZoneReading<'d>];

    fn deref(&self) -> &[ZoneReading<'d>] {
        self.read.get_or_init(|| {
            self.document.zones.iter().map(|(zone, text)| ZoneReading::of(*zone, text)).collect()
        })
    }
}

/// Steps of looking up a word.
const LOOKUP_STEPS: u64 = 16;
/// Steps of finding the stem of a word in one language.
pub(crate) const STEM_STEPS: u64 = 8;

/// The words of one zone.
#[derive(Clone, Debug)]
pub(crate) struct ZoneReading<'d> {
    pub(crate) zone: Zone,
    /// As written.
    pub(crate) text: &'d str,
    normal: OnceCell<Normal>,
    words: OnceCell<Tokens>,
    /// By language, what words have which stem, as far as it was asked.
    stems: OnceCell<Vec<OnceCell<Stems>>>,
    /// Steps that may still be made, and that were made since that was last said.
    allowed: Cell<u64>,
    spent: Cell<u64>,
}

/// The tokens of a zone.
#[derive(Clone, Debug)]
struct Tokens {
    /// In order of position.
    all: Vec<Placed>,
    /// Indices of `all` by text, then by position.
    by_text: Vec<u32>,
    /// Where in `by_text` each text begins that tokens have, and the end.
    distinct: Vec<u32>,
}

/// A token of a zone.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    place: Range<usize>,
    pub(crate) position: u32,
    pub(crate) span: Range<usize>,
    /// Whether it is two characters of an unspaced script, which stand there one by one as well.
    pub(crate) is_pair: bool,
    is_character: bool,
}

impl Placed {
    /// The position after the last one that it covers.
    pub(crate) fn end(&self) -> u32 {
        self.position + 1 + u32::from(self.is_pair)
    }
}

/// One thing that an index stores of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored<'r> {
    /// The field has a value.
    Present,
    /// A token of running text at its position. Positions may repeat.
    Token(&'r str, u32),
    /// A keyword in `keyword_form`, `true` or `false`, or the label of a score.
    Term(&'r str),
    /// A number, or the size of an amount of money.
    Number(f64),
    /// An instant.
    Instant(Timestamp),
}

impl<'d> Reading<'d> {
    /// Reads a document: time and space are linear in its words, but for sorting them.
    pub fn of(document: &'d Document) -> Self {
        Self {
            document,
            zones: Zones { document, read: OnceCell::new() },
            keywords: OnceCell::new(),
            held: Vec::new(),
            now: None,
            clock_seconds: None,
        }
    }

    fn keywords(&self) -> &[(Field, Vec<String>)] {
        let held = |of: Field| self.held.iter().find(|(field, _)| *field == of);
        let forms = |&field: &Field| {
            let forms = match self.document.value(field) {
                _ if held(field).is_some() => held(field)
                    .into_iter()
                    .flat_map(|(_, values)| values)
                    .map(|value| keyword_form(value))
                    .collect(),
                Value::Keywords(values) => values.iter().map(|value| keyword_form(value)).collect(),
                Value::Flag(value) => vec![value.to_string()],
                Value::Scores(scores) => scores.keys().map(|label| keyword_form(label)).collect(),
                Value::Missing | Value::Text(_) | Value::Number(_) | Value::Instant(_) | Value::Money(_) => {
                    return None;
                }
            };
            Some((field, forms))
        };
        self.keywords.get_or_init(|| Field::ALL.iter().filter_map(forms).collect())
    }

    /// Whether a field has values that the document's own type cannot hold.
    pub(crate) fn is_held(&self, field: Field) -> bool {
        self.held.iter().any(|(of, _)| *of == field)
    }

    /// Lets so many steps be made from here on: beyond them no word is found.
    pub(crate) fn allow(&self, steps: u64) {
        for zone in self.zones.iter() {
            zone.allowed.set(steps);
            zone.spent.set(0);
        }
    }

    /// Steps made since they were last allowed.
    pub(crate) fn spent(&self) -> u64 {
        self.zones.iter().map(|zone| zone.spent.get()).fold(0, u64::saturating_add)
    }

    /// The same, with `now` at another time than when the document was written: when its entry was made, or when it is asked.
    pub fn asked_at(self, now: Timestamp) -> Self {
        Self { now: Some(now), ..self }
    }

    /// The same, with values of a keyword field that the document's own type cannot hold.
    pub fn holding(mut self, field: Field, values: Vec<String>) -> Self {
        if field.kind() == FieldType::Keyword && !values.is_empty() {
            self.keywords = OnceCell::new();
            self.held.retain(|(of, _)| *of != field);
            self.held.push((field, values));
        }
        self
    }

    /// The same, with the time of day where the employee works, in seconds, where the region does not tell it.
    pub fn at_clock(self, seconds: u32) -> Self {
        Self { clock_seconds: Some(seconds), ..self }
    }

    /// What `now` is.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        self.now.or(self.document.at)
    }

    /// The time of day where the employee works, in seconds since midnight.
    pub(crate) fn clock_seconds(&self) -> Option<u32> {
        let at = self.document.at?;
        let region = self.document.region.as_deref().and_then(region::find);
        let zone = region.and_then(|region| TimeZone::get(region.zone).ok());
        let local = |zone| seconds_of_day(at.to_zoned(zone).time());
        Some(match (zone, self.clock_seconds) {
            (Some(zone), _) => local(zone),
            (None, Some(seconds)) => seconds,
            (None, None) => local(TimeZone::UTC),
        })
    }

    /// The language that its words are in.
    pub(crate) fn spoken(&self) -> Spoken {
        let held = self.held.iter().find(|(of, _)| *of == Field::Language);
        Spoken::of(
            held.and_then(|(_, values)| values.first())
                .or(self.document.language.as_ref())
                .map(String::as_str),
        )
    }

    /// The values of a keyword field as written.
    pub(crate) fn written(&self, field: Field) -> Vec<Cow<'_, str>> {
        if let Some((_, values)) = self.held.iter().find(|(of, _)| *of == field) {
            return values.iter().map(|value| Cow::from(value.as_str())).collect();
        }
        match self.document.value(field) {
            Value::Keywords(values) => values,
            _ => Vec::new(),
        }
    }

    /// Whether a field has a value.
    pub(crate) fn has(&self, field: Field) -> bool {
        self.document.value(field) != Value::Missing || self.held.iter().any(|(of, _)| *of == field)
    }

    /// Everything an index stores of the document, field by field; `Query::plan` speaks of these.
    pub fn stored(&self) -> impl Iterator<Item = (Field, Stored<'_>)> {
        Field::ALL
            .iter()
            .flat_map(|&field| self.stored_of(field).into_iter().map(move |stored| (field, stored)))
    }

    fn stored_of(&self, field: Field) -> Vec<Stored<'_>> {
        let mut stored: Vec<Stored<'_>> = match self.document.value(field) {
            _ if self.held.iter().any(|(of, _)| *of == field) => {
                self.forms(field).iter().map(|form| Stored::Term(form)).collect()
            }
            Value::Missing => return Vec::new(),
            Value::Text(_) => self.zones_of(field).flat_map(ZoneReading::stored).collect(),
            Value::Number(number) => vec![Stored::Number(number)],
            Value::Instant(at) => vec![Stored::Instant(at)],
            Value::Money(amounts) => amounts.iter().map(|amount| Stored::Number(amount.amount)).collect(),
            Value::Keywords(_) | Value::Flag(_) | Value::Scores(_) => {
                self.forms(field).iter().map(|form| Stored::Term(form)).collect()
            }
        };
        stored.push(Stored::Present);
        stored
    }

    fn zones_of(&self, field: Field) -> impl Iterator<Item = &ZoneReading<'d>> {
        self.zones.iter().filter(move |reading| reading.zone.field() == field)
    }

    /// The keywords of a field in their form.
    pub(crate) fn forms(&self, field: Field) -> &[String] {
        debug_assert!(matches!(field.kind(), FieldType::Keyword | FieldType::Flag | FieldType::Scores));
        self.keywords().iter().find(|(of, _)| *of == field).map_or(&[], |(_, forms)| forms)
    }
}

impl Tokens {
    fn of(normal: &Normal) -> Self {
        let all: Vec<Placed> = normal
            .tokens()
            .map(|token| Placed {
                place: token.place,
                position: token.position,
                span: token.span,
                is_pair: token.kind == TokenKind::Pair,
                is_character: token.kind == TokenKind::Character,
            })
            .collect();
        let text_of = |at: u32| &normal.text()[all[at as usize].place.clone()];
        let mut by_text: Vec<u32> = (0..).take(all.len()).collect();
        by_text.sort_by_key(|&at| (text_of(at), at));
        let alike = by_text.chunk_by(|one, other| text_of(*one) == text_of(*other));
        let ends = alike.scan(0, |end, alike| {
            *end += alike.len() as u32;
            Some(*end)
        });
        let distinct = std::iter::once(0).chain(ends).collect();
        Self { all, by_text, distinct }
    }

    /// The tokens that have some of the texts, by the texts' numbers, as indices of `all`.
    fn alike(&self, numbers: Range<usize>) -> &[u32] {
        &self.by_text[self.distinct[numbers.start] as usize..self.distinct[numbers.end] as usize]
    }
}

/// A time of day in whole seconds since midnight.
pub fn seconds_of_day(time: Time) -> u32 {
    let of = |part: i8, seconds| u32::from(part.unsigned_abs()) * seconds;
    of(time.hour(), 3600) + of(time.minute(), 60) + of(time.second(), 1)
}

impl<'d> ZoneReading<'d> {
    fn of(zone: Zone, text: &'d str) -> Self {
        let (allowed, spent) = (Cell::new(u64::MAX), Cell::new(0));
        let (normal, words, stems) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { zone, text, normal, words, stems, allowed, spent }
    }

    /// The normal form, read when it is first asked for.
    pub(crate) fn normal(&self) -> &Normal {
        self.normal.get_or_init(|| normalise(self.text, Options::SEARCH))
    }

    fn read(&self) -> &Tokens {
        self.words.get_or_init(|| Tokens::of(self.normal()))
    }

    /// The tokens, in order of position, read when they are first asked for.
    pub(crate) fn tokens(&self) -> &[Placed] {
        &self.read().all
    }

    fn text_of(&self, token: &Placed) -> &str {
        &self.normal().text()[token.place.clone()]
    }

    fn stored(&self) -> impl Iterator<Item = Stored<'_>> {
        self.tokens().iter().map(|token| Stored::Token(self.text_of(token), token.position))
    }

    /// The text of a token, by its index.
    pub(crate) fn token_text(&self, at: u32) -> &str {
        self.text_of(&self.tokens()[at as usize])
    }

    /// The tokens but for pairs, as indices of `tokens`: each word, emoji and character of an unspaced script once.
    pub(crate) fn words(&self) -> impl Iterator<Item = u32> {
        (0..).zip(self.tokens()).filter(|(_, token)| !token.is_pair).map(|(at, _)| at)
    }

    /// Each text that tokens have, with its tokens, as indices of `tokens`.
    pub(crate) fn distinct(&self) -> impl Iterator<Item = (&str, &[u32])> {
        let words = self.read();
        (0..words.distinct.len() - 1).map(|number| {
            let alike = words.alike(number..number + 1);
            (self.token_text(alike[0]), alike)
        })
    }

    /// The numbers of the texts that are `text`, or begin with it.
    fn numbers(&self, text: &str, is_prefix: bool) -> Range<usize> {
        let (normal, words) = (self.normal().text(), self.read());
        let starts = &words.distinct[..words.distinct.len() - 1];
        let text_at = |start: u32| {
            let token = &words.all[words.by_text[start as usize] as usize];
            &normal[token.place.clone()]
        };
        let first = starts.partition_point(|&start| text_at(start) < text);
        let count = if is_prefix {
            starts[first..].partition_point(|&start| text_at(start).starts_with(text))
        } else {
            usize::from(starts.get(first).is_some_and(|&start| text_at(start) == text))
        };
        first..first + count
    }

    /// The tokens that begin so and of whose texts a test holds, in order of position, as indices of `tokens`. Each text is
    /// tested once.
    pub(crate) fn occurrences_where(&self, prefix: &str, holds: impl Fn(&str) -> bool) -> Vec<u32> {
        if self.is_spent() {
            return Vec::new();
        }
        let numbers = self.numbers(prefix, true);
        self.spend(LOOKUP_STEPS + numbers.len() as u64);
        let words = self.read();
        let is_whole = |alike: &&[u32]| alike.first().is_some_and(|&at| !words.all[at as usize].is_pair);
        let mut found: Vec<u32> = numbers
            .map(|number| words.alike(number..number + 1))
            .filter(is_whole)
            .filter(|alike| holds(self.token_text(alike[0])))
            .flatten()
            .copied()
            .collect();
        self.spend(found.len() as u64);
        found.sort_unstable();
        found
    }

    /// The tokens that have a stem, in order of position, as indices of `tokens`.
    pub(crate) fn stemmed(&self, stem: &Stem, spoken: Spoken) -> Vec<u32> {
        let mut found = self.occurrences(stem.word(), false).into_owned();
        for (language, own, own_normal) in stem.meant(spoken) {
            let Some(stems) = self.stems_in(language) else { return Vec::new() };
            found.extend(stems.with(own, own_normal));
        }
        self.spend(found.len() as u64);
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The stems of all words in a language, found once; `None` where no more steps are allowed.
    fn stems_in(&self, language: Language) -> Option<&Stems> {
        let cells = self.stems.get_or_init(|| vec![OnceCell::new(); Language::ALL.len()]);
        let cell = &cells[language as usize];
        if cell.get().is_none() {
            self.spend(STEM_STEPS * self.read().distinct.len() as u64);
        }
        self.spend(LOOKUP_STEPS);
        if self.is_spent() {
            return None;
        }
        Some(cell.get_or_init(|| {
            let mut stems = Stems::new(language);
            let tokens = self.tokens();
            for (text, alike) in self.distinct() {
                let words = alike.iter().filter(|&&at| !tokens[at as usize].is_pair);
                stems.add(text, words.map(|&at| (at, &self.text[tokens[at as usize].span.clone()])));
            }
            stems
        }))
    }

    /// The runs of unspaced scripts, each as its characters in order, as indices of `tokens`.
    pub(crate) fn runs(&self) -> Vec<Vec<u32>> {
        let mut runs: Vec<Vec<u32>> = Vec::new();
        let mut end = None;
        for (at, token) in (0..).zip(self.tokens()).filter(|(_, token)| token.is_character) {
            match runs.last_mut() {
                Some(run) if end == Some(token.place.start) => run.push(at),
                _ => runs.push(vec![at]),
            }
            end = Some(token.place.end);
        }
        runs
    }

    /// The place from one token to another.
    pub(crate) fn place_of(&self, first: u32, last: u32) -> Place {
        let (first, last) = (&self.tokens()[first as usize], &self.tokens()[last as usize]);
        Place { from: first.position, to: last.end(), shown: vec![(first.span.start, last.span.end)] }
    }

    /// The tokens that are `text`, or begin with it, in order of position, as indices of `tokens`; none when no more steps are allowed.
    pub(crate) fn occurrences(&self, text: &str, is_prefix: bool) -> Cow<'_, [u32]> {
        if self.is_spent() {
            return Cow::Borrowed(&[]);
        }
        self.spend(LOOKUP_STEPS);
        let numbers = self.numbers(text, is_prefix);
        let found = self.read().alike(numbers.clone());
        if numbers.len() <= 1 {
            return found.into();
        }
        self.spend(found.len() as u64);
        let mut found = found.to_vec();
        found.sort_unstable();
        found.into()
    }

    /// Whether more steps were made than are allowed: what is found then does not count.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent.get() > self.allowed.get()
    }

    /// Whether steps are limited.
    pub(crate) fn is_counted(&self) -> bool {
        self.allowed.get() < u64::MAX
    }

    /// Counts steps.
    pub(crate) fn spend(&self, steps: u64) {
        self.spent.set(self.spent.get().saturating_add(steps));
    }

    /// Says that more would have to be looked at than ever is.
    pub(crate) fn give_up(&self) {
        self.spent.set(u64::MAX);
    }
}
