//! A policy in plain words, for the person who did not write it.

use std::fmt::{self, Write};
use std::ops::Bound;

use aboveboard_model::{document::Field, finding::Action};
use aboveboard_query::{Leaf, Literal, Node, NodeKind, Scope};

use crate::policy::{Before, Policy};

impl Policy {
    /// Says in plain English what the policy looks for and what follows, a list of conditions with one line each.
    pub fn explain(&self) -> String {
        let mut text = String::new();
        match &self.query.root().kind {
            NodeKind::And(nodes) => {
                text.push_str("Matches when all of this holds:\n");
                nodes.iter().for_each(|node| condition(node, 1, &mut text));
            }
            NodeKind::Or(nodes) => {
                text.push_str("Matches when any of this holds:\n");
                nodes.iter().for_each(|node| condition(node, 1, &mut text));
            }
            NodeKind::Not(_) | NodeKind::Leaf(_) => {
                text.push_str("Matches when this holds:\n");
                condition(self.query.root(), 1, &mut text);
            }
        }
        text.push_str(&self.about_whom());
        text.push_str(&self.consequence());
        text
    }

    fn about_whom(&self) -> String {
        let list = |what: &str, names: &[String]| match names {
            [] => String::new(),
            names => format!(" in the {what} {}", names.join(", ")),
        };
        match self.scope.is_everybody() {
            true => "It is about everybody.\n".to_owned(),
            false => format!(
                "It is about people{}{}.\n",
                list("regions", &self.scope.regions),
                list("teams", &self.scope.teams)
            ),
        }
    }

    fn consequence(&self) -> String {
        let after = match self.action {
            Action::Ignore => "A match is a known exception: no other policy reports these words.".to_owned(),
            Action::Log => format!("A match is logged, severity {}; nobody is called.", self.severity.word()),
            Action::Alert => format!("A match makes an alert, severity {}.", self.severity.word()),
        };
        let before = match self.before {
            Before::None => "",
            Before::Notify => " The sender is told that it was seen.",
            Before::Warn => " Before sending, the sender is warned.",
            Before::Justify => " Before sending, the sender must give a reason.",
            Before::Block => " It cannot be sent.",
        };
        format!("{after}{before}\n")
    }
}

/// Deepest nesting that is spelled out; below it the query's own text stands.
const DEPTH_MAX: usize = 8;

fn condition(node: &Node, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth - 1);
    let line = match &node.kind {
        NodeKind::Leaf(leaf) => Words(leaf).to_string(),
        _ if depth >= DEPTH_MAX => node.to_string(),
        NodeKind::And(nodes) => return group("all of this", nodes, depth, text),
        NodeKind::Or(nodes) => match alternatives(nodes) {
            Some(line) => line,
            None => return group("any of this", nodes, depth, text),
        },
        NodeKind::Not(inner) => match &inner.kind {
            NodeKind::Leaf(leaf) => format!("not: {}", Words(leaf)),
            NodeKind::Or(nodes) if let Some(line) = alternatives(nodes) => format!("not: {line}"),
            _ => return group("not this", std::slice::from_ref(inner), depth, text),
        },
    };
    writeln!(text, "{indent}- {line}").expect("a String takes all that is written");
}

fn group(what: &str, nodes: &[Node], depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth - 1);
    writeln!(text, "{indent}- {what}:").expect("a String takes all that is written");
    nodes.iter().for_each(|node| condition(node, depth + 1, text));
}

/// Alternatives that all look in one place, as one line.
fn alternatives(nodes: &[Node]) -> Option<String> {
    let leaves: Vec<&Leaf> = nodes
        .iter()
        .map(|node| match &node.kind {
            NodeKind::Leaf(leaf) if !matches!(leaf.literal, Literal::Any) => Some(leaf),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let first = leaves.first()?;
    if leaves.iter().any(|leaf| leaf.scope != first.scope) {
        return None;
    }
    let values: Vec<String> = leaves.iter().map(|leaf| value(&leaf.literal)).collect();
    Some(format!("{} {}", place(&first.scope), values.join(" or ")))
}

/// A single test in words.
struct Words<'a>(&'a Leaf);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Leaf { scope, literal, .. } = self.0;
        match (literal, scope) {
            (Literal::Any, Scope::Words) => f.write_str("anything"),
            (Literal::Any, Scope::Field(field)) => write!(f, "there is a value of {}", field.word()),
            (Literal::Any, Scope::Label(field, label)) => {
                write!(f, "there is a value of {} {label}", field.word())
            }
            _ => write!(f, "{} {}", place(scope), value(literal)),
        }
    }
}

fn place(scope: &Scope) -> String {
    match scope {
        Scope::Words => "the words contain".to_owned(),
        Scope::Field(Field::Text) => "the message contains".to_owned(),
        Scope::Field(
            field @ (Field::Caption | Field::Filename | Field::Ocr | Field::Transcript | Field::Quoted),
        ) => format!("the {} contains", field.word()),
        Scope::Field(field) => format!("{} is", field.word()),
        Scope::Label(field, label) => format!("the {} of {label} is", field.word()),
    }
}

fn value(literal: &Literal) -> String {
    match literal {
        Literal::Word { text, is_prefix: false } | Literal::Phrase { text, slop: 0 } => format!("“{text}”"),
        Literal::Word { text, is_prefix: true } => format!("a word that begins with “{text}”"),
        Literal::Phrase { text, slop } => {
            format!("the words “{text}” at most {slop} places out of order or apart")
        }
        Literal::Range { low, high } => {
            match (bound(low, "at least", "more than"), bound(high, "at most", "less than")) {
                (Some(low), Some(high)) => format!("{low} and {high}"),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => "anything".to_owned(),
            }
        }
        Literal::Any => "anything".to_owned(),
    }
}

fn bound(bound: &Bound<String>, included: &str, excluded: &str) -> Option<String> {
    match bound {
        Bound::Included(end) => Some(format!("{included} {end}")),
        Bound::Excluded(end) => Some(format!("{excluded} {end}")),
        Bound::Unbounded => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_told_in_plain_words() {
        let text = r#"
id = "a.b"
title = "t"
kind = "match"
query = 'direction:out (payment:unregistered OR "my pix"~3) discount:>10 NOT (refund OR reembols*) intent.secrecy:>=0.5'
severity = "high"
action = "alert"
before = "justify"
scope = { regions = ["BR"], teams = ["sales"] }
"#;
        let wanted = "\
Matches when all of this holds:
- direction is “out”
- any of this:
  - payment is “unregistered”
  - the words contain the words “my pix” at most 3 places out of order or apart
- discount is more than 10
- not: the words contain “refund” or a word that begins with “reembols”
- the intent of secrecy is at least 0.5
It is about people in the regions BR in the teams sales.
A match makes an alert, severity high. Before sending, the sender must give a reason.
";
        assert_eq!(Policy::parse(text).unwrap().policy.explain(), wanted);
    }
}
