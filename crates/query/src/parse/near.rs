//! Words near each other: `a NEAR/5 b` in any order, `a PRE/5 b` in this one.

use std::sync::Arc;

use aboveboard_model::document::Zone;

use super::{Code, Parser, SLOP_MAX, Within, is_text};
use crate::compile::{self, Test};
use crate::scan::Operator;
use crate::seek::Seek;
use crate::syntax::{Leaf, Literal, Manner, Near, Node, NodeKind, Scope};

/// Most operators of proximity one after or within the other.
pub const NEAR_DEPTH_MAX: usize = 8;

impl Parser<'_> {
    /// Something, and what it must be near.
    pub(super) fn near(&mut self, within: Within) -> Option<Node> {
        let takes_words = within.is_none_or(is_text);
        if let Some(operator) = self.scanner.proximity().filter(|_| takes_words) {
            self.scanner.pass(&operator.span);
            self.missing_operand(operator.span, "this");
            return None;
        }
        let mut left = self.primary(within);
        loop {
            let end = self.scanner.at();
            self.scanner.skip_spaces();
            let Some(operator) = self.scanner.proximity().filter(|_| takes_words) else {
                self.scanner.pass(&(end..end));
                return left;
            };
            self.scanner.pass(&operator.span);
            let Some(distance) = operator.distance.parse().ok().filter(|distance| *distance <= SLOP_MAX)
            else {
                let message = format!("a distance is a whole number up to {SLOP_MAX}");
                self.wrong(Code::BadDistance, operator.span, message, "write for example `NEAR/5`");
                left = None;
                continue;
            };
            self.scanner.skip_spaces();
            let is_missing = matches!(self.scanner.peek(), None | Some(')'))
                || self.scanner.operator().is_some_and(|(operator, _)| operator != Operator::Not);
            if is_missing {
                self.missing_operand(operator.span, "this");
                return None;
            }
            let is_negated = self.scanner.operator().is_some();
            if is_negated {
                let help = "write `a NEAR/5 b NOT …`, or leave the other one out";
                self.wrong(Code::BrokenNear, operator.span, "nothing can be near what is not there", help);
                return None;
            }
            let right = self.primary(within);
            let (Some(one), Some(other)) = (left.take(), right) else { continue };
            let near = Near { left: one, right: other, distance, is_ordered: operator.is_ordered };
            left = self.join(near, operator.span);
        }
    }

    fn join(&mut self, near: Near, operator: std::ops::Range<usize>) -> Option<Node> {
        let span = near.left.span.start..near.right.span.end;
        let sides = compile::seek_of(&near.left).zip(compile::seek_of(&near.right));
        let Some(((left_zones, left), (right_zones, right))) = sides else {
            let help = "put words, phrases, lists, or several of them with OR between, on both sides";
            self.wrong(Code::BrokenNear, operator, "only words can be near each other", help);
            return None;
        };
        let Some((scope, zones)) = common(&left_zones, &right_zones) else {
            let message = "both sides of this look in different places";
            self.wrong(Code::BrokenNear, operator, message, "name one field for both: `text:(a NEAR/5 b)`");
            return None;
        };
        if depth(&near.left).max(depth(&near.right)) >= NEAR_DEPTH_MAX {
            self.too_deep(span);
            return None;
        }
        let seek = Seek::Near {
            left: Box::new(left),
            right: Box::new(right),
            distance: near.distance,
            is_ordered: near.is_ordered,
        };
        let test = Test::Seek { zones, seek: Arc::new(seek) };
        let leaf = Leaf { manner: Manner::Folded, scope, literal: Literal::Near(Box::new(near)), test };
        Some(Node { kind: NodeKind::Leaf(Box::new(leaf)), span })
    }
}

/// Where both of two look.
fn common(one: &[Zone], other: &[Zone]) -> Option<(Scope, &'static [Zone])> {
    let zones: Vec<Zone> = one.iter().copied().filter(|zone| other.contains(zone)).collect();
    match zones.as_slice() {
        [] => None,
        [only] => {
            let at = Zone::ALL.iter().position(|zone| zone == only)?;
            Some((Scope::Field(only.field()), &Zone::ALL[at..=at]))
        }
        _ => Some((Scope::Words, compile::OWN_ZONES)),
    }
}

/// How many operators of proximity stand in each other.
fn depth(node: &Node) -> usize {
    match &node.kind {
        NodeKind::And(nodes) | NodeKind::Or(nodes) => nodes.iter().map(depth).max().unwrap_or(0),
        NodeKind::Not(node) => depth(node),
        NodeKind::Leaf(leaf) => match &leaf.literal {
            Literal::Near(near) => 1 + depth(&near.left).max(depth(&near.right)),
            _ => 0,
        },
    }
}
