//! What stands before a colon without being a field, and macros: `exact:`, `stem:`, `_exists_:`, `$name`.

use std::ops::Range;

use super::value::is_of_name;
use super::{Parser, QUERY_BYTES_MAX, TERMS_MAX, Within};
use crate::diagnostic::{Code, Help, Severity, nearest, quoted};
use crate::scan::{Scanner, WordOf};
use crate::stem::Language;
use crate::syntax::{Literal, Manner, Node, NodeKind};

/// Deepest that a macro may name another.
pub const MACRO_DEPTH_MAX: usize = 8;

impl Parser<'_> {
    /// Reads `exact:` or `stem:` if that stands here; `Some(None)` is a mistake, told already.
    pub(super) fn manner(&mut self) -> Option<Option<Manner>> {
        let start = self.scanner.at();
        let (manner, span) = if let Some((part, span)) = self.scanner.named("exact") {
            if !part.is_empty() {
                self.scanner.pass(&(start..start));
                return None;
            }
            (Manner::Exact, span)
        } else {
            let (part, span) = self.scanner.named("stem")?;
            let manner = match part {
                "" => Manner::Stem,
                code => match Language::of(code) {
                    Some(language) => Manner::StemOf(language),
                    None => {
                        let known: Vec<&str> = Language::ALL.iter().map(|language| language.code()).collect();
                        let message = format!("no stems are known of the language {}", quoted(code));
                        self.wrong(
                            Code::MissingLanguage,
                            span,
                            message,
                            format!("it is one of {}", known.join(", ")),
                        );
                        return Some(None);
                    }
                },
            };
            (manner, span)
        };
        self.scanner.skip_spaces();
        if matches!(self.scanner.peek(), None | Some(')')) {
            self.wrong(Code::MissingValue, span, "nothing follows this", "write a word, or put it in quotes");
            return Some(None);
        }
        Some(Some(manner))
    }

    /// Reads something in a manner.
    pub(super) fn in_manner(
        &mut self,
        manner: Manner,
        read: impl FnOnce(&mut Self) -> Option<Node>,
    ) -> Option<Node> {
        let before = std::mem::replace(&mut self.manner, manner);
        let node = read(self);
        self.manner = before;
        node
    }

    /// `_exists_:field`.
    pub(super) fn exists(&mut self, name: Range<usize>) -> Option<Node> {
        self.scanner.skip_spaces();
        let word = self.scanner.word(WordOf::Value);
        if word.span.is_empty() {
            self.wrong(Code::MissingValue, name, "this has no field", "write a field after it");
            return None;
        }
        let scope = self.scope(&word.text, word.span.clone())?;
        self.leaf(&scope, Literal::Any, name.start..word.span.end)
    }

    /// Whether a `$name` stands here.
    pub(super) fn names_macro(&self) -> bool {
        self.scanner.peek() == Some('$')
            && self.scanner.peek_second().is_some_and(|c| c.is_alphabetic() || c == '_')
    }

    /// `$name`: what the environment has under that name, as if it stood here in parentheses.
    pub(super) fn named_part(&mut self, within: Within) -> Option<Node> {
        let start = self.scanner.bump().start;
        let rest = self.scanner.rest();
        let name = &rest[..rest.find(|c| !is_of_name(c)).unwrap_or(rest.len())];
        let name = name.trim_end_matches(['.', '-']);
        self.scanner.pass(&(0..start + 1 + name.len()));
        let span = start..self.scanner.at();
        let Some(text) = self.environment.macros.get(name) else {
            let help = match nearest(name, self.environment.macros.keys().map(String::as_str)) {
                Some(near) => Help::Near(format!("${near}")),
                None => "write `\\$` to mean the character".into(),
            };
            self.wrong(Code::MissingMacro, span, format!("no macro is called {}", quoted(name)), help);
            return None;
        };
        let refusal = if self.macros.iter().any(|open| open == name) {
            Some("it is part of itself")
        } else if self.macros.len() >= MACRO_DEPTH_MAX {
            Some("too many macros stand in each other")
        } else if self.terms >= TERMS_MAX {
            Some("there are too many terms by now")
        } else if text.len() > QUERY_BYTES_MAX {
            Some("it is too long")
        } else {
            None
        };
        if let Some(refusal) = refusal {
            self.wrong(
                Code::BrokenMacro,
                span,
                format!("{} cannot be used: {refusal}", quoted(name)),
                "mend that macro",
            );
            return None;
        }
        self.terms += 1; // A macro counts too, so that macros within macros come to an end.
        self.nested(start, |parser| parser.expanded(name, text, within, span))
    }

    fn expanded(&mut self, name: &str, text: &str, within: Within, span: Range<usize>) -> Option<Node> {
        let mut inner = Parser {
            scanner: Scanner::new(text),
            environment: self.environment,
            manner: self.manner,
            macros: [self.macros.as_slice(), &[name.to_owned()]].concat(),
            depth: self.depth,
            terms: self.terms,
            patterns: self.patterns,
            pattern_bytes: self.pattern_bytes,
            diagnostics: Vec::new(),
        };
        let node = inner.whole_within(within);
        (self.terms, self.patterns, self.pattern_bytes) = (inner.terms, inner.patterns, inner.pattern_bytes);
        if let Some(mistake) = inner.diagnostics.iter().find(|one| one.severity() == Severity::Error) {
            let message = format!("{} has a mistake: {}", quoted(name), mistake.message);
            self.wrong(Code::BrokenMacro, span, message, "mend that macro");
            return None;
        }
        let mut node = node?;
        place(&mut node, &span);
        Some(node)
    }
}

/// Gives a tree that was written elsewhere the place where it is named.
fn place(node: &mut Node, span: &Range<usize>) {
    node.span = span.clone();
    match &mut node.kind {
        NodeKind::And(nodes) | NodeKind::Or(nodes) => nodes.iter_mut().for_each(|node| place(node, span)),
        NodeKind::Not(node) => place(node, span),
        NodeKind::Leaf(leaf) => {
            if let Literal::Near(near) = &mut leaf.literal {
                place(&mut near.left, span);
                place(&mut near.right, span);
            }
        }
    }
}
