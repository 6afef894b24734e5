//! What is odd about a whole query: that it can never match, always does, or must read every document.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

use crate::clues;
use crate::compile::Test;
use crate::diagnostic::{Code, Diagnostic};
use crate::imply::{disjoint, implies};
use crate::seek::{Form, Seek};
use crate::syntax::{Literal, Node, NodeKind};
use crate::text_pattern::PATTERN_NESTING_MAX;

/// Most parts of one AND or OR that are compared with each other.
pub const COMPARED_MAX: usize = 64;
/// Fewest letters that a wildcard must leave for a query to be quick.
const LETTERS_MIN: usize = 2;

/// What is odd, worst first.
pub(crate) fn odd(root: &Node) -> Vec<Diagnostic> {
    let mut odd = Vec::new();
    contradictions(root, &mut odd);
    if !is_narrowed(root) {
        slow(root, &mut odd);
    }
    odd
}

fn contradictions(node: &Node, odd: &mut Vec<Diagnostic>) {
    match &node.kind {
        NodeKind::And(nodes) => {
            if let Some((_, one)) = pairs(nodes).find(|(one, other)| excludes(one, other)) {
                let message = "this and another condition exclude each other, so that nothing can match";
                odd.push(
                    Diagnostic::new(Code::NeverTrue, one.span.clone(), message)
                        .with_help("remove one, or join them with OR"),
                );
            }
        }
        NodeKind::Or(nodes) => {
            let whole = nodes.iter().find(|node| is_everything(node));
            let pair = pairs(nodes).find(|(one, other)| completes(one, other)).map(|(_, other)| other);
            if let Some(always) = whole.or(pair) {
                let message = "with this alternative everything matches";
                odd.push(
                    Diagnostic::new(Code::AlwaysTrue, always.span.clone(), message)
                        .with_help("remove it, or join it with AND"),
                );
            }
        }
        NodeKind::Not(inner) if is_everything(inner) => {
            let message = "nothing is left when everything is taken away";
            odd.push(
                Diagnostic::new(Code::NeverTrue, node.span.clone(), message)
                    .with_help("remove it, or name what to leave out"),
            );
        }
        NodeKind::Not(_) => {}
        NodeKind::Leaf(leaf) => {
            if let Test::Seek { seek, .. } = &leaf.test
                && let Seek::Pattern(_) = seek.as_ref()
                && let Literal::Regex { source, .. } = &leaf.literal
                && is_found_everywhere(source)
            {
                let message = "this is found where nothing stands, and so in every text";
                odd.push(
                    Diagnostic::new(Code::AlwaysTrue, node.span.clone(), message)
                        .with_help("write `+` where `*` stands"),
                );
            }
        }
    }
    match &node.kind {
        NodeKind::And(nodes) | NodeKind::Or(nodes) => nodes.iter().for_each(|node| contradictions(node, odd)),
        NodeKind::Not(inner) => contradictions(inner, odd),
        NodeKind::Leaf(_) => {}
    }
}

/// Whether an expression is found in every text, even where nothing stands.
fn is_found_everywhere(source: &str) -> bool {
    fn asks_nothing(hir: &Hir) -> bool {
        match hir.kind() {
            HirKind::Empty => true,
            HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => false,
            HirKind::Repetition(repetition) => repetition.min == 0 || asks_nothing(&repetition.sub),
            HirKind::Capture(capture) => asks_nothing(&capture.sub),
            HirKind::Concat(parts) => parts.iter().all(asks_nothing),
            HirKind::Alternation(parts) => parts.iter().any(asks_nothing),
        }
    }
    let parsed = ParserBuilder::new().nest_limit(PATTERN_NESTING_MAX).build().parse(source);
    parsed.is_ok_and(|hir| asks_nothing(&hir))
}

/// Each pair, the earlier one first.
fn pairs(nodes: &[Node]) -> impl Iterator<Item = (&Node, &Node)> {
    let nodes = &nodes[..nodes.len().min(COMPARED_MAX)];
    nodes.iter().enumerate().flat_map(|(at, other)| nodes[..at].iter().map(move |one| (one, other)))
}

fn is_everything(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Leaf(leaf) if leaf.test == Test::Everything)
}

/// Whether no document can match both.
fn excludes(one: &Node, other: &Node) -> bool {
    match (&one.kind, &other.kind) {
        (NodeKind::Not(not), _) => implies(other, not),
        (_, NodeKind::Not(not)) => implies(one, not),
        (NodeKind::Leaf(one), NodeKind::Leaf(other)) => disjoint(&one.test, &other.test),
        _ => false,
    }
}

/// Whether every document matches one of both.
fn completes(one: &Node, other: &Node) -> bool {
    match (&one.kind, &other.kind) {
        (NodeKind::Not(not), _) => implies(not, other),
        (_, NodeKind::Not(not)) => implies(not, one),
        _ => false,
    }
}

/// Whether something that is quick to look up keeps most documents out.
fn is_narrowed(node: &Node) -> bool {
    match &node.kind {
        NodeKind::And(nodes) => nodes.iter().any(is_narrowed),
        NodeKind::Or(nodes) => nodes.iter().all(is_narrowed),
        NodeKind::Not(_) => false,
        NodeKind::Leaf(leaf) => {
            let is_slow = matches!(&leaf.test, Test::Seek { seek, .. } if is_slow(seek));
            !is_slow && clues::has_clues(node)
        }
    }
}

/// The parts for which every document must be read, where nothing else narrows the query.
fn slow(node: &Node, odd: &mut Vec<Diagnostic>) {
    match &node.kind {
        NodeKind::And(nodes) | NodeKind::Or(nodes) => nodes.iter().for_each(|node| slow(node, odd)),
        NodeKind::Not(_) => {}
        NodeKind::Leaf(leaf) => {
            let Test::Seek { seek, .. } = &leaf.test else { return };
            let help = match &leaf.literal {
                Literal::Regex { .. } => {
                    "put letters into it that every match has, or add a word or a field beside it"
                }
                _ => "write more letters, or add a word or a field beside it",
            };
            if is_slow(seek) {
                let message = "every document must be read for this";
                odd.push(Diagnostic::new(Code::Slow, node.span.clone(), message).with_help(help));
            }
        }
    }
}

fn is_slow(seek: &Seek) -> bool {
    match seek {
        Seek::Row(row) => row.words.iter().all(|wanted| match &wanted.form {
            Form::Glob(glob) => {
                let longest = glob.longest().map_or(0, |run| run.chars().count());
                glob.prefix().is_empty() && longest < LETTERS_MIN
            }
            Form::Any => true,
            Form::Same(_) | Form::Fuzzy(_) | Form::Stem(_) => false,
        }),
        Seek::Pattern(pattern) => !pattern
            .needs()
            .iter()
            .any(|group| group.iter().all(|run| run.chars().count() >= LETTERS_MIN || !run.is_ascii())),
        Seek::Any(seeks) => seeks.iter().any(is_slow),
        Seek::Besides(first, second) => is_slow(first) && is_slow(second),
        Seek::Near { left, right, .. } => is_slow(left) && is_slow(right),
        Seek::Stretch(_) | Seek::List(_) => false,
    }
}
