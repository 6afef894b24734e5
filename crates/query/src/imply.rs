//! Whether all that one query matches another matches too, told from the queries alone: `true` is certain, `false` says nothing.

use std::ops::Bound;

use aboveboard_model::document::{Field, FieldType};

use crate::Query;
use crate::compile::{Interval, Test, Words, is_empty};
use crate::syntax::{Node, NodeKind};

/// Most comparisons of single tests before nothing is said.
pub const COMPARISONS_MAX: usize = 100_000;

impl Query {
    /// Whether every document that this query matches is certain to match the other: then a policy with the other one finds all
    /// that a policy with this one does.
    pub fn implies(&self, other: &Query) -> bool {
        implies(self.root(), other.root())
    }
}

/// See [`Query::implies`].
pub(crate) fn implies(one: &Node, other: &Node) -> bool {
    let mut left = COMPARISONS_MAX;
    within(one, other, &mut left)
}

fn within(one: &Node, other: &Node, left: &mut usize) -> bool {
    if *left == 0 {
        return false;
    }
    *left -= 1;
    match (&one.kind, &other.kind) {
        (NodeKind::Or(nodes), _) => nodes.iter().all(|node| within(node, other, left)),
        (_, NodeKind::And(nodes)) => nodes.iter().all(|node| within(one, node, left)),
        (NodeKind::Not(one), NodeKind::Not(other)) => within(other, one, left),
        (NodeKind::And(nodes), _) => {
            nodes.iter().any(|node| within(node, other, left))
                || matches!(&other.kind, NodeKind::Or(others) if others.iter().any(|other| within(one, other, left)))
        }
        (_, NodeKind::Or(nodes)) => nodes.iter().any(|node| within(one, node, left)),
        (NodeKind::Leaf(one), NodeKind::Leaf(other)) => {
            one.test == other.test || test_within(&one.test, &other.test)
        }
        (NodeKind::Leaf(leaf), NodeKind::Not(not)) => {
            matches!(&not.kind, NodeKind::Leaf(other) if disjoint(&leaf.test, &other.test))
        }
        (NodeKind::Not(_), NodeKind::Leaf(leaf)) => leaf.test == Test::Everything,
    }
}

fn test_within(one: &Test, other: &Test) -> bool {
    match (one, other) {
        (_, Test::Everything) => true,
        (Test::Words(one), Test::Words(other)) => words_within(one, other),
        (Test::Keyword { field, form, .. }, Test::Keyword { field: of, form: other, is_prefix: true }) => {
            field == of && form.starts_with(other.as_str())
        }
        (Test::Keyword { field, form, is_prefix: false }, Test::Like { field: of, like }) => {
            field == of && matches!(like, crate::compile::Like::Glob(glob) if glob.fits(form))
        }
        (Test::Number { field, interval }, Test::Number { field: of, interval: other }) => {
            field == of && lies_in(interval, other)
        }
        (Test::Instant { field, interval }, Test::Instant { field: of, interval: other }) => {
            field == of && lies_in(interval, other)
        }
        (
            Test::Money { field, interval, currency },
            Test::Money { field: of, interval: other, currency: wanted },
        ) => field == of && lies_in(interval, other) && (wanted.is_none() || wanted == currency),
        (
            Test::Score { field, label, interval },
            Test::Score { field: of, label: wanted, interval: other },
        ) => field == of && lies_in(interval, other) && (wanted.is_none() || wanted == label),
        (
            Test::Keyword { field, .. }
            | Test::Like { field, .. }
            | Test::Number { field, .. }
            | Test::Flag { field, .. }
            | Test::Instant { field, .. }
            | Test::Money { field, .. }
            | Test::Score { field, .. },
            Test::Exists { field: of },
        ) => field == of,
        _ => false,
    }
}

/// Whether a phrase holds another, as a part of it in every place where the other is looked for.
fn words_within(one: &Words, other: &Words) -> bool {
    let is_part = |offset: usize| {
        let part = &one.tokens[offset..];
        let start = part.first().map_or(0, |token| token.position);
        part.len() >= other.tokens.len()
            && other.tokens.iter().zip(part).enumerate().all(|(at, (wanted, token))| {
                let may_go_on = other.is_prefix && at + 1 == other.tokens.len();
                let is_open = one.is_prefix && offset + at + 1 == one.tokens.len();
                let fits = if may_go_on {
                    token.text.starts_with(&wanted.text)
                } else {
                    !is_open && token.text == wanted.text
                };
                fits && token.position - start == wanted.position
            })
    };
    let is_somewhere = one.zones.iter().all(|zone| other.zones.contains(zone));
    is_somewhere
        && (one.slop == 0 || other.tokens.len() == 1 || one.tokens == other.tokens && one.slop <= other.slop)
        && (0..one.tokens.len()).any(is_part)
}

fn lies_in<T: PartialOrd>(inner: &Interval<T>, outer: &Interval<T>) -> bool {
    let low = match (&inner.0, &outer.0) {
        (_, Bound::Unbounded) => true,
        (Bound::Unbounded, _) => false,
        (Bound::Excluded(inner), Bound::Excluded(outer) | Bound::Included(outer))
        | (Bound::Included(inner), Bound::Included(outer)) => inner >= outer,
        (Bound::Included(inner), Bound::Excluded(outer)) => inner > outer,
    };
    let high = match (&inner.1, &outer.1) {
        (_, Bound::Unbounded) => true,
        (Bound::Unbounded, _) => false,
        (Bound::Excluded(inner), Bound::Excluded(outer) | Bound::Included(outer))
        | (Bound::Included(inner), Bound::Included(outer)) => inner <= outer,
        (Bound::Included(inner), Bound::Excluded(outer)) => inner < outer,
    };
    low && high
}

/// Whether no document can pass both tests: of a field that has one value only.
pub(crate) fn disjoint(one: &Test, other: &Test) -> bool {
    match (one, other) {
        (
            Test::Keyword { field, form, is_prefix },
            Test::Keyword { field: of, form: other, is_prefix: open },
        ) => {
            let fits = |form: &str, other: &str, open: bool| {
                if open { form.starts_with(other) } else { form == other }
            };
            field == of
                && has_one_value(*field)
                && !fits(form, other, *open)
                && !fits(other, form, *is_prefix)
        }
        (Test::Flag { field, value }, Test::Flag { field: of, value: other }) => {
            field == of && value != other
        }
        (Test::Number { field, interval }, Test::Number { field: of, interval: other }) => {
            field == of && is_empty(&both(interval, other))
        }
        (Test::Instant { field, interval }, Test::Instant { field: of, interval: other }) => {
            field == of && is_empty(&both(interval, other))
        }
        _ => false,
    }
}

/// The part that two intervals share.
fn both<T: PartialOrd + Copy>(one: &Interval<T>, other: &Interval<T>) -> Interval<T> {
    let further = |one: Bound<T>, other: Bound<T>, is_low: bool| match (one, other) {
        (Bound::Unbounded, bound) | (bound, Bound::Unbounded) => bound,
        (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => {
            if a == b {
                if matches!(one, Bound::Excluded(_)) { one } else { other }
            } else if (a > b) == is_low {
                one
            } else {
                other
            }
        }
    };
    (further(one.0, other.0, true), further(one.1, other.1, false))
}

/// Whether a document has at most one value in a field.
fn has_one_value(field: Field) -> bool {
    field.kind() == FieldType::Keyword
        && matches!(
            field,
            Field::Kind
                | Field::Team
                | Field::Region
                | Field::Conversation
                | Field::Source
                | Field::Channel
                | Field::Direction
                | Field::Language
                | Field::Media
                | Field::Actor
                | Field::Action
        )
}

#[cfg(test)]
mod tests {
    use crate::Query;

    fn implies(one: &str, other: &str) -> bool {
        let parsed = |text: &str| Query::parse(text).unwrap();
        parsed(one).implies(&parsed(other))
    }

    #[test]
    fn what_is_narrower_implies_what_is_wider() {
        for (one, other) in [
            ("pix", "pix"),
            ("pix team:sales", "pix"),
            ("pix", "pix OR cash"),
            ("\"my pix key\"", "\"my pix\""),
            ("\"my pix key\"", "pix"),
            ("\"my pix\"~2", "\"my pix\"~5"),
            ("\"my pix\"~2", "my"),
            ("text:pix", "pix"),
            ("pixel", "pix*"),
            ("team:sales", "team:sal*"),
            ("team:sales", "team:*s*"),
            ("team:sales", "team:*"),
            ("discount:[5 TO 7]", "discount:>4"),
            ("at:2026-11-21", "at:2026-11"),
            ("money:>10BRL", "money:>5"),
            ("NOT (a OR b)", "NOT a"),
            ("(a OR b) c", "c (a OR b OR d)"),
            ("direction:in", "NOT direction:out"),
            ("pix", "*"),
        ] {
            assert!(implies(one, other), "{one} / {other}");
        }
    }

    #[test]
    fn nothing_is_said_where_it_is_not_certain() {
        for (one, other) in [
            ("pix", "\"my pix\""),
            ("pix*", "pix"),
            ("pix", "text:pix"),
            ("pix OR cash", "pix"),
            ("\"a b\"~3", "\"a b\""),
            ("from:a", "NOT from:b"),
            ("discount:>4", "discount:[5 TO 7]"),
            ("money:>10", "money:>5BRL"),
            ("NOT a", "NOT (a OR b)"),
        ] {
            assert!(!implies(one, other), "{one} / {other}");
        }
    }
}
