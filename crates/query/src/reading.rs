//! A document read once, for as many queries as there are: tokens by place, keywords in their form.

use std::borrow::Cow;
use std::ops::Range;

use aboveboard_model::document::{Document, Field, FieldType, Value, Zone};
use aboveboard_text::{Normal, Options, normalise};
use jiff::Timestamp;

use crate::compile::keyword_form;

/// A document ready to be matched or indexed.
#[derive(Clone, Debug)]
pub struct Reading<'d> {
    pub(crate) document: &'d Document,
    pub(crate) zones: Vec<ZoneReading>,
    pub(crate) keywords: Vec<(Field, Vec<String>)>,
}

/// The words of one zone.
#[derive(Clone, Debug)]
pub(crate) struct ZoneReading {
    pub(crate) zone: Zone,
    pub(crate) normal: Normal,
    pub(crate) tokens: Vec<Placed>,
    /// Indices of `tokens` by text, then by position.
    by_text: Vec<u32>,
}

/// A token of a zone.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    place: Range<usize>,
    pub(crate) position: u32,
    pub(crate) span: Range<usize>,
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
        let zones = document.zones.iter().map(|(zone, text)| ZoneReading::of(*zone, text)).collect();
        let keywords = Field::ALL.iter().filter_map(|&field| {
            let forms = match document.value(field) {
                Value::Keywords(values) => values.iter().map(|value| keyword_form(value)).collect(),
                Value::Flag(value) => vec![value.to_string()],
                Value::Scores(scores) => scores.keys().map(|label| keyword_form(label)).collect(),
                Value::Missing | Value::Text(_) | Value::Number(_) | Value::Instant(_) | Value::Money(_) => {
                    return None;
                }
            };
            Some((field, forms))
        });
        Self { document, zones, keywords: keywords.collect() }
    }

    /// Everything an index stores of the document, field by field; `Query::plan` speaks of these.
    pub fn stored(&self) -> impl Iterator<Item = (Field, Stored<'_>)> {
        Field::ALL
            .iter()
            .flat_map(|&field| self.stored_of(field).into_iter().map(move |stored| (field, stored)))
    }

    fn stored_of(&self, field: Field) -> Vec<Stored<'_>> {
        let mut stored = match self.document.value(field) {
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

    fn zones_of(&self, field: Field) -> impl Iterator<Item = &ZoneReading> {
        self.zones.iter().filter(move |reading| reading.zone.field() == field)
    }

    /// The keywords of a field in their form.
    pub(crate) fn forms(&self, field: Field) -> &[String] {
        debug_assert!(matches!(field.kind(), FieldType::Keyword | FieldType::Flag | FieldType::Scores));
        self.keywords.iter().find(|(of, _)| *of == field).map_or(&[], |(_, forms)| forms)
    }
}

impl ZoneReading {
    fn of(zone: Zone, text: &str) -> Self {
        let normal = normalise(text, Options::SEARCH);
        let tokens: Vec<Placed> = normal
            .tokens()
            .map(|token| Placed { place: token.place, position: token.position, span: token.span })
            .collect();
        let mut by_text: Vec<u32> = (0..).take(tokens.len()).collect();
        by_text.sort_by_key(|&at| (&normal.text()[tokens[at as usize].place.clone()], at));
        Self { zone, normal, tokens, by_text }
    }

    fn text_of(&self, token: &Placed) -> &str {
        &self.normal.text()[token.place.clone()]
    }

    fn stored(&self) -> impl Iterator<Item = Stored<'_>> {
        self.tokens.iter().map(|token| Stored::Token(self.text_of(token), token.position))
    }

    /// The tokens that are `text`, or begin with it, in order of position, as indices of `tokens`.
    pub(crate) fn occurrences(&self, text: &str, is_prefix: bool) -> Cow<'_, [u32]> {
        let token_text = |&at: &u32| self.text_of(&self.tokens[at as usize]);
        let start = self.by_text.partition_point(|at| token_text(at) < text);
        let rest = &self.by_text[start..];
        if !is_prefix {
            return rest[..rest.partition_point(|at| token_text(at) == text)].into();
        }
        let mut found = rest[..rest.partition_point(|at| token_text(at).starts_with(text))].to_vec();
        found.sort_unstable();
        found.into()
    }
}
