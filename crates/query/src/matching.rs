//! The forward evaluator: does a document match, and where.

use std::borrow::Cow;
use std::ops::{Range, RangeBounds};

use aboveboard_model::document::{Field, Mark, Value};

use crate::compile::{Interval, Sought, Test, Words, keyword_form};
use crate::reading::{Reading, ZoneReading};
use crate::syntax::{Node, NodeKind};

/// Most places reported for one document and query; the answer itself does not depend on it.
pub const SPANS_MAX: usize = 1000;

/// That a document matches, and what a person should be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// The words behind the match, in order, without repetition, at most `SPANS_MAX`. Empty if no words are behind it, as for
    /// `direction:out`. A phrase is one place, words in proximity are one place each, negated words none.
    pub spans: Vec<FieldSpan>,
}

/// A place in the stored text of a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldSpan {
    /// Which text.
    pub field: Field,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Evaluates the tree on a document.
pub(crate) fn find(root: &Node, reading: &Reading<'_>) -> Option<Match> {
    let mut spans = Spans::default();
    if !holds(root, reading, &mut spans) {
        return None;
    }
    spans.0.sort_unstable();
    spans.0.dedup();
    Some(Match { spans: spans.0 })
}

/// Spans found so far, up to `SPANS_MAX`.
#[derive(Default)]
struct Spans(Vec<FieldSpan>);

impl Spans {
    fn push(&mut self, field: Field, span: Range<usize>) {
        if !self.is_full() {
            self.0.push(FieldSpan { field, start: span.start, end: span.end });
        }
    }

    fn is_full(&self) -> bool {
        self.0.len() >= SPANS_MAX
    }
}

/// Whether a node holds; if so its spans are added, if not none are.
fn holds(node: &Node, reading: &Reading<'_>, spans: &mut Spans) -> bool {
    let before = spans.0.len();
    let holds = match &node.kind {
        NodeKind::And(nodes) => nodes.iter().all(|node| holds(node, reading, spans)),
        NodeKind::Or(nodes) => nodes.iter().fold(false, |any, node| holds(node, reading, spans) | any),
        NodeKind::Not(node) => !holds(node, reading, spans),
        NodeKind::Leaf(leaf) => test(&leaf.test, reading, spans),
    };
    if !holds {
        spans.0.truncate(before);
    }
    holds
}

fn test(test: &Test, reading: &Reading<'_>, spans: &mut Spans) -> bool {
    let holds = match test {
        Test::Everything => true,
        Test::Words(words) => return in_any_zone(words, reading, spans),
        Test::Keyword { field, form, is_prefix } => {
            reading.forms(*field).iter().any(|value| is_keyword(value, form, *is_prefix))
        }
        Test::Number { field, interval } => {
            matches!(reading.document.value(*field), Value::Number(number) if interval.contains(&number))
        }
        Test::Flag { field, value } => reading.document.value(*field) == Value::Flag(*value),
        Test::Instant { field, interval } => {
            matches!(reading.document.value(*field), Value::Instant(at) if interval.contains(&at))
        }
        Test::Money { field, interval, currency } => {
            has_amount(reading, *field, interval, currency.as_deref())
        }
        Test::Score { field, label, interval } => has_score(reading, *field, label.as_deref(), interval),
        Test::Exists { field } => reading.document.value(*field) != Value::Missing,
    };
    if holds {
        point_at_marks(test, reading, spans);
    }
    holds
}

fn is_keyword(value: &str, form: &str, is_prefix: bool) -> bool {
    if is_prefix { value.starts_with(form) } else { value == form }
}

fn has_amount(reading: &Reading<'_>, field: Field, interval: &Interval<f64>, currency: Option<&str>) -> bool {
    let Value::Money(amounts) = reading.document.value(field) else { return false };
    amounts.iter().any(|amount| {
        let own = amount.currency.as_deref();
        let is_meant = currency.is_none_or(|wanted| own.is_some_and(|own| own.eq_ignore_ascii_case(wanted)));
        is_meant && interval.contains(&amount.amount)
    })
}

fn has_score(reading: &Reading<'_>, field: Field, label: Option<&str>, interval: &Interval<f64>) -> bool {
    let Value::Scores(scores) = reading.document.value(field) else { return false };
    scores.iter().any(|(name, score)| {
        interval.contains(score) && label.is_none_or(|wanted| keyword_form(name) == wanted)
    })
}

/// Adds the words that detectors vouch for behind a field's value.
fn point_at_marks(test: &Test, reading: &Reading<'_>, spans: &mut Spans) {
    let (field, wanted) = match test {
        Test::Keyword { field, form, is_prefix } => (field, Some((form, *is_prefix))),
        Test::Score { field, label, .. } => (field, label.as_ref().map(|label| (label, false))),
        Test::Number { field, .. } | Test::Money { field, .. } | Test::Exists { field } => (field, None),
        Test::Everything | Test::Words(_) | Test::Flag { .. } | Test::Instant { .. } => return,
    };
    let is_meant = |mark: &&Mark| {
        let is_value = |value: &str| {
            wanted.is_none_or(|(form, is_prefix)| is_keyword(&keyword_form(value), form, is_prefix))
        };
        mark.field == *field && (is_value(&mark.value) || is_value(&mark.kind))
    };
    for mark in reading.document.marks.iter().filter(is_meant) {
        let text = reading.document.zones.get(&mark.zone);
        if text.is_some_and(|text| text.get(mark.start..mark.end).is_some()) {
            spans.push(mark.zone.field(), mark.start..mark.end);
        }
    }
}

fn in_any_zone(words: &Words, reading: &Reading<'_>, spans: &mut Spans) -> bool {
    let zones = reading.zones.iter().filter(|reading| words.zones.contains(&reading.zone));
    zones.fold(false, |any, zone| in_zone(words, zone, spans) | any)
}

fn in_zone(words: &Words, zone: &ZoneReading, spans: &mut Spans) -> bool {
    let last = words.tokens.len() - 1;
    let mut occurrences = Vec::with_capacity(words.tokens.len());
    for (at, token) in words.tokens.iter().enumerate() {
        let found = zone.occurrences(&token.text, words.is_prefix && at == last);
        if found.is_empty() {
            return false;
        }
        occurrences.push(found);
    }
    if words.slop == 0 {
        phrase(&words.tokens, &occurrences, zone, spans)
    } else {
        proximity(words, &occurrences, zone, spans)
    }
}

/// Looks for all tokens at exactly their distances, starting from the rarest.
fn phrase(tokens: &[Sought], occurrences: &[Cow<'_, [u32]>], zone: &ZoneReading, spans: &mut Spans) -> bool {
    let place = |at: u32| &zone.tokens[at as usize];
    let Some((rarest, anchors)) = occurrences.iter().enumerate().min_by_key(|(_, list)| list.len()) else {
        return false;
    };
    let mut is_found = false;
    for &anchor in anchors.iter() {
        let Some(start) = place(anchor).position.checked_sub(tokens[rarest].position) else { continue };
        let find = |token: &Sought, list: &[u32]| {
            let wanted = start + token.position;
            let at = list.partition_point(|&at| place(at).position < wanted);
            list.get(at).copied().filter(|&at| place(at).position == wanted)
        };
        let found: Option<Vec<u32>> =
            tokens.iter().zip(occurrences).map(|(token, list)| find(token, list)).collect();
        if let Some(&[first, .., last] | &[first @ last]) = found.as_deref() {
            is_found = true;
            spans.push(zone.zone.field(), place(first).span.start..place(last).span.end);
            if spans.is_full() {
                break;
            }
        }
    }
    is_found
}

/// Looks for all tokens, each at a token of its own, such that moving them to where the phrase has them needs no more than `slop`
/// positions between the one moved furthest back and the one moved furthest ahead (Lucene's sloppy phrase).
///
/// A window of `slop` positions slides over the moved places, from one to the next, leaping over what the scarcest token cannot
/// reach: linear in the occurrences.
fn proximity(words: &Words, occurrences: &[Cow<'_, [u32]>], zone: &ZoneReading, spans: &mut Spans) -> bool {
    let slop = i64::from(words.slop);
    let moved =
        |token: &Sought, at: u32| i64::from(zone.tokens[at as usize].position) - i64::from(token.position);
    let mut rest: Vec<&[u32]> = occurrences.iter().map(|list| &**list).collect();
    let mut low = i64::MIN;
    let mut is_found = false;
    loop {
        let mut furthest = low;
        for (token, list) in words.tokens.iter().zip(&mut rest) {
            let passed = list.iter().take_while(|&&at| moved(token, at) < low).count();
            *list = &list[passed..];
            let Some(&first) = list.first() else { return is_found };
            furthest = furthest.max(moved(token, first));
        }
        if furthest - slop > low {
            low = furthest - slop;
            continue;
        }
        if let Some(chosen) = choose(words, &rest, |token, at| moved(token, at) <= low + slop) {
            is_found = true;
            chosen
                .iter()
                .for_each(|&at| spans.push(zone.zone.field(), zone.tokens[at as usize].span.clone()));
            if spans.is_full() {
                return true;
            }
        }
        let after = |(token, list): (&Sought, &&[u32])| {
            list.iter().map(|&at| moved(token, at)).find(|&place| place > low)
        };
        let Some(next) = words.tokens.iter().zip(&rest).filter_map(after).min() else { return is_found };
        low = next;
    }
}

/// Gives each token in turn the first place that fits and is not taken.
fn choose(words: &Words, rest: &[&[u32]], fits: impl Fn(&Sought, u32) -> bool) -> Option<Vec<u32>> {
    let mut chosen = Vec::with_capacity(rest.len());
    for (token, list) in words.tokens.iter().zip(rest) {
        let mut fitting = list.iter().take_while(|&&at| fits(token, at));
        chosen.push(*fitting.find(|at| !chosen.contains(*at))?);
    }
    Some(chosen)
}
