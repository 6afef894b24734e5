//! The forward evaluator: does a document match, and where.

use std::borrow::Cow;
use std::ops::{Range, RangeBounds};

use aboveboard_model::document::{Field, Mark, Value, Zone};

use crate::compile::{Clock, Interval, Like, Test, Words, keyword_form};
use crate::reading::{Reading, ZoneReading};
use crate::seek::{PLACES_MAX, Seek};
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
        Test::Seek { zones, seek } => return found_in_any_zone(zones, seek, reading, spans),
        Test::Like { field, like } => is_like(reading, *field, like),
        Test::Clock(clock) => reading.clock_seconds().is_some_and(|seconds| is_within(clock, seconds)),
        Test::Moment { field, interval } => {
            let bounds = reading.now().and_then(|now| interval.resolved(now));
            let Value::Instant(at) = reading.document.value(*field) else { return false };
            bounds.is_some_and(|bounds| bounds.contains(&at))
        }
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
        Test::Exists { field } => reading.has(*field),
    };
    if holds {
        point_at_marks(test, reading, spans);
    }
    holds
}

fn is_keyword(value: &str, form: &str, is_prefix: bool) -> bool {
    if is_prefix { value.starts_with(form) } else { value == form }
}

fn is_like(reading: &Reading<'_>, field: Field, like: &Like) -> bool {
    match like {
        Like::Pattern(_) | Like::Written(_) => {
            reading.written(field).iter().any(|value| like_value(like, value, &keyword_form(value)))
        }
        // What these are compared with is known already.
        Like::Glob(_) | Like::Fuzzy(_) | Like::List(_) => {
            reading.forms(field).iter().any(|form| like_value(like, form, form))
        }
    }
}

/// Whether a time of day lies within, past midnight where the end is before the beginning.
fn is_within(clock: &Clock, seconds: u32) -> bool {
    if clock.is_over_midnight {
        seconds >= clock.from || seconds < clock.until
    } else {
        (clock.from..clock.until).contains(&seconds)
    }
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
        Test::Like { field, .. } => (field, None),
        Test::Everything
        | Test::Words(_)
        | Test::Seek { .. }
        | Test::Flag { .. }
        | Test::Instant { .. }
        | Test::Moment { .. }
        | Test::Clock(_) => return,
    };
    let is_meant = |mark: &&Mark| {
        let is_value = |value: &str| match test {
            Test::Like { like, .. } => like_value(like, value, &keyword_form(value)),
            _ => wanted.is_none_or(|(form, is_prefix)| is_keyword(&keyword_form(value), form, is_prefix)),
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

/// Whether a single value, as written and in its form, is like what is asked for.
fn like_value(like: &Like, value: &str, form: &str) -> bool {
    match like {
        Like::Glob(glob) => glob.fits(form),
        Like::Fuzzy(fuzzy) => fuzzy.fits(form),
        Like::List(lexicon) => lexicon.holds(form),
        Like::Pattern(pattern) => pattern.fits(value.trim(), form),
        Like::Written(written) => written.is_as_written(value.trim().trim_start_matches('+')),
    }
}

fn found_in_any_zone(zones: &[Zone], seek: &Seek, reading: &Reading<'_>, spans: &mut Spans) -> bool {
    let mut is_found = false;
    for zone in reading.zones.iter().filter(|reading| zones.contains(&reading.zone)) {
        if let Seek::Pattern(pattern) = seek {
            // Of what stands nowhere near anything no words need be known.
            let places = zone.stretches_of(pattern, PLACES_MAX);
            is_found |= !places.is_empty() || seek.is_empty_place(zone);
            places.into_iter().for_each(|place| spans.push(zone.zone.field(), place));
            continue;
        }
        let places = seek.places(zone, reading.spoken(), PLACES_MAX);
        is_found |= !places.is_empty() || seek.is_empty_place(zone);
        for (start, end) in places.iter().flat_map(|place| &place.shown) {
            spans.push(zone.zone.field(), *start..*end);
        }
    }
    is_found
}

fn in_any_zone(words: &Words, reading: &Reading<'_>, spans: &mut Spans) -> bool {
    let zones = reading.zones.iter().filter(|reading| words.zones.contains(&reading.zone));
    zones.fold(false, |any, zone| in_zone(words, zone, spans) | any)
}

fn in_zone(words: &Words, zone: &ZoneReading<'_>, spans: &mut Spans) -> bool {
    let last = words.tokens.len() - 1;
    let mut occurrences = Vec::with_capacity(words.tokens.len());
    for (at, token) in words.tokens.iter().enumerate() {
        let found = zone.occurrences(&token.text, words.is_prefix && at == last);
        if found.is_empty() {
            return false;
        }
        occurrences.push(found);
    }
    let position = |at: usize| words.tokens[at].position;
    let tokens = zone.tokens();
    let bytes = |at: u32| tokens[at as usize].span.clone();
    if words.slop == 0 {
        phrase(position, &occurrences, zone, &mut |found| {
            if let [first, .., last] | [first @ last] = *found {
                spans.push(zone.zone.field(), bytes(first).start..bytes(last).end);
            }
            !spans.is_full()
        })
    } else {
        proximity(position, words.slop, &occurrences, zone, &mut |found| {
            found.iter().for_each(|&at| spans.push(zone.zone.field(), bytes(at)));
            !spans.is_full()
        })
    }
}

/// Looks for all tokens at exactly their distances, starting from the rarest. Each find is given to `keep`, which says whether to
/// go on.
pub(crate) fn phrase(
    position: impl Fn(usize) -> u32,
    occurrences: &[Cow<'_, [u32]>],
    zone: &ZoneReading<'_>,
    keep: &mut impl FnMut(&[u32]) -> bool,
) -> bool {
    let tokens = zone.tokens();
    let place = |at: u32| &tokens[at as usize];
    let Some((rarest, anchors)) = occurrences.iter().enumerate().min_by_key(|(_, list)| list.len()) else {
        return false;
    };
    let mut is_found = false;
    // Anchors go on in the text, and so does what is looked for beside them: each list is gone through once.
    let mut passed = vec![0; occurrences.len()];
    let mut found = Vec::with_capacity(occurrences.len());
    for &anchor in anchors.iter() {
        let Some(start) = place(anchor).position.checked_sub(position(rarest)) else { continue };
        zone.spend(occurrences.len() as u64);
        if zone.is_spent() {
            break;
        }
        found.clear();
        for (number, (list, passed)) in occurrences.iter().zip(&mut passed).enumerate() {
            if number == rarest {
                found.push(anchor);
                continue;
            }
            let wanted = start + position(number);
            *passed = leap(list, *passed, |at| place(at).position < wanted);
            match list.get(*passed) {
                Some(&at) if place(at).position == wanted => found.push(at),
                _ => break,
            }
        }
        if found.len() == occurrences.len() {
            is_found = true;
            if !keep(&found) {
                break;
            }
        }
    }
    is_found
}

/// The first place from one on that does not lie before, in a list of which those that do come first; near ones are found soonest.
fn leap(list: &[u32], from: usize, is_before: impl Fn(u32) -> bool) -> usize {
    let (mut from, mut step) = (from, 1);
    while list.get(from + step - 1).is_some_and(|&at| is_before(at)) {
        from += step;
        step *= 2;
    }
    let rest = &list[from..list.len().min(from + step - 1)];
    from + rest.partition_point(|&at| is_before(at))
}

/// Looks for all tokens, each at a token of its own, such that moving them to where the phrase has them needs no more than `slop`
/// positions between the one moved furthest back and the one moved furthest ahead (Lucene's sloppy phrase).
///
/// A window of `slop` positions slides over the moved places, from one to the next, leaping over what the scarcest token cannot
/// reach: linear in the occurrences.
pub(crate) fn proximity(
    position: impl Fn(usize) -> u32,
    slop: u32,
    occurrences: &[Cow<'_, [u32]>],
    zone: &ZoneReading<'_>,
    keep: &mut impl FnMut(&[u32]) -> bool,
) -> bool {
    let slop = i64::from(slop);
    let tokens = zone.tokens();
    let moved =
        |number: usize, at: u32| i64::from(tokens[at as usize].position) - i64::from(position(number));
    let mut rest: Vec<&[u32]> = occurrences.iter().map(|list| &**list).collect();
    let mut low = i64::MIN;
    let mut is_found = false;
    loop {
        // Each word is compared with those that were chosen before it.
        zone.spend((rest.len() + rest.len() * rest.len() / 8) as u64);
        if zone.is_spent() {
            return is_found;
        }
        let mut furthest = low;
        for (number, list) in rest.iter_mut().enumerate() {
            let passed = list.iter().take_while(|&&at| moved(number, at) < low).count();
            zone.spend(passed as u64);
            *list = &list[passed..];
            let Some(&first) = list.first() else { return is_found };
            furthest = furthest.max(moved(number, first));
        }
        if furthest - slop > low {
            low = furthest - slop;
            continue;
        }
        if let Some(chosen) = choose(&rest, |number, at| moved(number, at) <= low + slop) {
            is_found = true;
            if !keep(&chosen) {
                return true;
            }
        }
        let after = |(number, list): (usize, &&[u32])| {
            list.iter().map(|&at| moved(number, at)).find(|&place| place > low)
        };
        let Some(next) = rest.iter().enumerate().filter_map(after).min() else { return is_found };
        low = next;
    }
}

/// Gives each token in turn the first place that fits and is not taken.
fn choose(rest: &[&[u32]], fits: impl Fn(usize, u32) -> bool) -> Option<Vec<u32>> {
    let mut chosen = Vec::with_capacity(rest.len());
    for (number, list) in rest.iter().enumerate() {
        let mut fitting = list.iter().take_while(|&&at| fits(number, at));
        chosen.push(*fitting.find(|at| !chosen.contains(*at))?);
    }
    Some(chosen)
}
