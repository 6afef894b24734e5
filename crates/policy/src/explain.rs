//! A policy in plain words, for the person who did not write it: the sentences of the reader's language, filled in.

mod phrase;

use std::ops::Bound;

use aboveboard_model::{document::Field, finding::Action};
use aboveboard_query::{Leaf, Literal, Node, NodeKind, Scope};

use crate::policy::{Before, Policy};

pub use phrase::Phrase;

/// Deepest nesting that is spelled out; below it the query's own text stands.
const DEPTH_MAX: usize = 8;

impl Policy {
    /// Says what the policy looks for and what follows, a list of conditions with one line each. `say` gives the text of a
    /// phrase in the reader's language, with its [`Phrase::places`] in braces.
    pub fn explain(&self, say: &dyn Fn(Phrase) -> String) -> String {
        let teller = Teller { say };
        let root = self.query.root();
        let mut lines = match &root.kind {
            NodeKind::And(nodes) => teller.listed(Phrase::All, nodes),
            NodeKind::Or(nodes) => teller.listed(Phrase::Any, nodes),
            NodeKind::Not(_) | NodeKind::Leaf(_) => teller.listed(Phrase::One, std::slice::from_ref(root)),
        };
        lines.push(self.about_whom(&teller));
        lines.push(self.consequence(&teller));
        lines.join("\n")
    }

    fn about_whom(&self, teller: &Teller<'_>) -> String {
        let list = |phrase, names: &[String]| {
            (!names.is_empty()).then(|| teller.fill(phrase, &[("names", &names.join(", "))]))
        };
        let places = [list(Phrase::Regions, &self.scope.regions), list(Phrase::Teams, &self.scope.teams)];
        match self.scope.is_everybody() {
            true => teller.fill(Phrase::Everybody, &[]),
            false => {
                let places: Vec<String> = places.into_iter().flatten().collect();
                teller.fill(Phrase::People, &[("where", &places.join(" "))])
            }
        }
    }

    fn consequence(&self, teller: &Teller<'_>) -> String {
        let severity = (teller.say)(Phrase::Severity(self.severity));
        let after = match self.action {
            Action::Ignore => Phrase::Ignored,
            Action::Log => Phrase::Logged,
            Action::Alert => Phrase::Alerted,
        };
        let before = match self.before {
            Before::None => None,
            Before::Notify => Some(Phrase::Notify),
            Before::Warn => Some(Phrase::Warn),
            Before::Justify => Some(Phrase::Justify),
            Before::Block => Some(Phrase::Block),
        };
        let said = [Some(teller.fill(after, &[("severity", &severity)])), before.map(teller.say)];
        said.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// Fills phrases in.
struct Teller<'a> {
    say: &'a dyn Fn(Phrase) -> String,
}

impl Teller<'_> {
    /// A phrase with its places filled. What is put in is not looked into: a policy may hold braces.
    fn fill(&self, phrase: Phrase, values: &[(&str, &str)]) -> String {
        let text = (self.say)(phrase);
        let mut pieces = text.split('{');
        let mut filled = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (name, rest) = piece.split_once('}').unwrap_or(("", piece));
            let value = values.iter().find(|(one, _)| *one == name);
            filled.push_str(value.map_or("", |(_, value)| value));
            filled.push_str(rest);
        }
        filled
    }

    fn listed(&self, head: Phrase, nodes: &[Node]) -> Vec<String> {
        let mut lines = vec![self.fill(head, &[])];
        nodes.iter().for_each(|node| self.condition(node, 1, &mut lines));
        lines
    }

    fn condition(&self, node: &Node, depth: usize, lines: &mut Vec<String>) {
        let line = match &node.kind {
            NodeKind::Leaf(leaf) => self.leaf(leaf),
            _ if depth >= DEPTH_MAX => node.to_string(),
            NodeKind::And(nodes) => return self.group(Phrase::AllOf, nodes, depth, lines),
            NodeKind::Or(nodes) => match self.alternatives(nodes) {
                Some(line) => line,
                None => return self.group(Phrase::AnyOf, nodes, depth, lines),
            },
            NodeKind::Not(inner) => match &inner.kind {
                NodeKind::Leaf(leaf) => self.fill(Phrase::Not, &[("test", &self.leaf(leaf))]),
                NodeKind::Or(nodes) if let Some(line) = self.alternatives(nodes) => {
                    self.fill(Phrase::Not, &[("test", &line)])
                }
                _ => return self.group(Phrase::NoneOf, std::slice::from_ref(inner), depth, lines),
            },
        };
        lines.push(format!("{}- {line}", "  ".repeat(depth - 1)));
    }

    fn group(&self, head: Phrase, nodes: &[Node], depth: usize, lines: &mut Vec<String>) {
        lines.push(format!("{}- {}", "  ".repeat(depth - 1), self.fill(head, &[])));
        nodes.iter().for_each(|node| self.condition(node, depth + 1, lines));
    }

    /// Alternatives that all look in one place, as one line.
    fn alternatives(&self, nodes: &[Node]) -> Option<String> {
        let leaves: Vec<&Leaf> = nodes
            .iter()
            .map(|node| match &node.kind {
                NodeKind::Leaf(leaf) if !matches!(leaf.literal, Literal::Any) => Some(leaf.as_ref()),
                _ => None,
            })
            .collect::<Option<_>>()?;
        let first = leaves.first()?;
        if leaves.iter().any(|leaf| leaf.scope != first.scope) {
            return None;
        }
        let values = leaves.iter().map(|leaf| self.value(&leaf.literal));
        let either = |one: String, other: String| self.fill(Phrase::Or, &[("one", &one), ("other", &other)]);
        Some(self.test(&first.scope, &values.reduce(either)?))
    }

    /// A single test.
    fn leaf(&self, leaf: &Leaf) -> String {
        match (&leaf.literal, &leaf.scope) {
            (Literal::Any, Scope::Words) => self.fill(Phrase::Anything, &[]),
            (Literal::Any, Scope::Field(field)) => self.fill(Phrase::Has, &[("field", &self.field(*field))]),
            (Literal::Any, Scope::Label(field, label)) => {
                self.fill(Phrase::HasLabel, &[("field", &self.field(*field)), ("label", label)])
            }
            (Literal::Word { text, is_prefix: false }, Scope::Field(field)) => match plain(*field, text) {
                Some(phrase) => self.fill(phrase, &[("field", &self.field(*field))]),
                None => self.test(&leaf.scope, &self.value(&leaf.literal)),
            },
            (literal, scope) => self.test(scope, &self.value(literal)),
        }
    }

    fn field(&self, field: Field) -> String {
        (self.say)(Phrase::Field(field))
    }

    fn test(&self, scope: &Scope, value: &str) -> String {
        match scope {
            Scope::Words => self.fill(Phrase::Words, &[("value", value)]),
            Scope::Field(Field::Text) => self.fill(Phrase::Message, &[("value", value)]),
            Scope::Field(
                field @ (Field::Caption | Field::Filename | Field::Ocr | Field::Transcript | Field::Quoted),
            ) => self.fill(Phrase::Zone, &[("field", &self.field(*field)), ("value", value)]),
            Scope::Field(field) => self.fill(Phrase::Is, &[("field", &self.field(*field)), ("value", value)]),
            Scope::Label(field, label) => self
                .fill(Phrase::LabelIs, &[("field", &self.field(*field)), ("label", label), ("value", value)]),
        }
    }

    fn value(&self, literal: &Literal) -> String {
        match literal {
            Literal::Word { text, is_prefix: false } | Literal::Phrase { text, slop: 0 } => {
                self.fill(Phrase::Word, &[("text", text)])
            }
            Literal::Word { text, is_prefix: true } => self.fill(Phrase::Prefix, &[("text", text)]),
            Literal::Phrase { text, slop } => {
                self.fill(Phrase::Near, &[("text", text), ("slop", &slop.to_string())])
            }
            Literal::Range { low, high } => {
                let low = self.end(low, Phrase::AtLeast, Phrase::MoreThan);
                let high = self.end(high, Phrase::AtMost, Phrase::LessThan);
                match (low, high) {
                    (Some(low), Some(high)) => self.fill(Phrase::Between, &[("low", &low), ("high", &high)]),
                    (Some(one), None) | (None, Some(one)) => one,
                    (None, None) => self.fill(Phrase::Anything, &[]),
                }
            }
            Literal::Any => self.fill(Phrase::Anything, &[]),
            // As they are written: a pattern says itself best.
            Literal::Pattern { .. }
            | Literal::Fuzzy { .. }
            | Literal::Regex { .. }
            | Literal::List { .. }
            | Literal::Near(_) => self.fill(Phrase::Word, &[("text", &literal.to_string())]),
        }
    }

    fn end(&self, bound: &Bound<String>, included: Phrase, excluded: Phrase) -> Option<String> {
        match bound {
            Bound::Included(end) => Some(self.fill(included, &[("end", end)])),
            Bound::Excluded(end) => Some(self.fill(excluded, &[("end", end)])),
            Bound::Unbounded => None,
        }
    }
}

/// What a word of the query language means, where a sentence says it better than the word.
fn plain(field: Field, word: &str) -> Option<Phrase> {
    match (field, word) {
        (Field::Direction, "in") => Some(Phrase::Received),
        (Field::Direction, "out") => Some(Phrase::Sent),
        (Field::Direction, "internal") => Some(Phrase::Internal),
        (Field::Payment | Field::Handle | Field::Link, "unregistered") => Some(Phrase::Unregistered),
        (Field::Payment | Field::Handle | Field::Link, "registered") => Some(Phrase::Registered),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The phrase's word and its places, such as `is({field}, {value})`.
    fn say(phrase: Phrase) -> String {
        let key = phrase.key();
        let word = key.split_once('.').unwrap().1;
        match phrase.places() {
            [] => word.to_owned(),
            places => format!("{word}({{{}}})", places.join("}, {")),
        }
    }

    fn told(query: &str, rest: &str) -> String {
        let text = format!("id = \"a.b\"\ntitle = \"t\"\nkind = \"match\"\nquery = '{query}'\n{rest}");
        Policy::parse(&text).unwrap().policy.explain(&say)
    }

    #[test]
    fn a_policy_is_told_phrase_by_phrase() {
        let query = r#"direction:out (payment:unregistered OR "my pix"~3) discount:>10 NOT (refund OR reembols*) intent.secrecy:>=0.5"#;
        let rest = "severity = \"high\"\naction = \"alert\"\nbefore = \"justify\"\n\
                    scope = { regions = [\"BR\"], teams = [\"sales\"] }\n";
        let wanted = "\
all
- sent
- any_of
  - unregistered(payment)
  - words(near(3, my pix))
- is(discount, more_than(10))
- not(words(or(word(refund), prefix(reembols))))
- label_is(intent, secrecy, at_least(0.5))
people(regions(BR) teams(sales))
alerted(high) justify";
        assert_eq!(told(query, rest), wanted);
    }

    #[test]
    fn what_a_policy_says_is_put_in_as_it_stands() {
        let rest = "severity = \"low\"\naction = \"log\"\nscope = { teams = [\"{severity}\"] }\n";
        let told = told("\"{value} <b>\" OR actor:*", rest);
        assert!(told.ends_with("people(teams({severity}))\nlogged(low)"), "{told}");
        assert!(told.starts_with("any\n- words(word("), "{told}");
    }

    #[test]
    fn every_phrase_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<String> =
            Phrase::ALL.iter().map(|phrase| phrase.key()).collect();
        assert_eq!(words.len(), Phrase::ALL.len());
    }
}
