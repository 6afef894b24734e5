//! The lower half of the grammar: words, phrases, ranges and comparisons, and the tests they come to.

use std::ops::{Bound, Range};

use aboveboard_model::document::{Field, FieldType};

use super::{Parser, SLOP_MAX, TERMS_MAX};
use crate::compile::compile;
use crate::diagnostic::{Code, Diagnostic};
use crate::scan::Word;
use crate::syntax::{Leaf, Literal, Node, NodeKind, Scope};

impl Parser<'_> {
    pub(super) fn value(&mut self, scope: &Scope) -> Option<Node> {
        match self.scanner.peek()? {
            '"' => self.phrase(scope),
            '[' | '{' => self.range(scope),
            '<' | '>' => self.compare(scope),
            _ => {
                let word = self.scanner.word(true);
                let name = word.text.split_once(':').map_or("", |(name, _)| name);
                if *scope != Scope::Words && Field::ALL.iter().any(|field| field.word() == name) {
                    let message = format!("the field `{name}` stands inside another field");
                    self.wrong(
                        Code::NestedField,
                        word.span,
                        message,
                        "close the outer field's parentheses first, or put the value in quotes",
                    );
                    return None;
                }
                self.warn_of_sign(scope, &word);
                self.word_literal(scope, word)
            }
        }
    }

    fn warn_of_sign(&mut self, scope: &Scope, word: &Word) {
        let Scope::Field(field) = scope else { return };
        let is_name = matches!(field.kind(), FieldType::Text | FieldType::Keyword);
        if is_name && word.text.starts_with(['-', '!']) && !word.is_escaped {
            let message = "a sign after the colon is part of the value";
            let help = format!("write `-{}:` to exclude it, or `\\` before the sign", field.word());
            self.wrong(Code::MisplacedSign, word.span.start..word.span.start + 1, message, help);
        }
    }

    pub(super) fn word_literal(&mut self, scope: &Scope, word: Word) -> Option<Node> {
        if word.span.is_empty() {
            let span = self.scanner.bump();
            self.report(Diagnostic::new(Code::MissingValue, span, "a value was expected here"));
            return None;
        }
        let has_suffix = self.suffixes();
        let is_plain_start = !word.is_escaped && word.wildcards.first().is_none_or(|first| first.1 > 0);
        let reserved = match word.text.chars().next().filter(|_| is_plain_start) {
            Some('/') => Some("regular expressions are not part of this version"),
            Some('@') => Some("named word lists are not part of this version"),
            _ => has_suffix.then_some("fuzzy words are not part of this version"),
        };
        if let Some(message) = reserved {
            let help = "put it in quotes to search for the words themselves";
            self.wrong(Code::Unsupported, word.span, message, help);
            return None;
        }
        let literal = self.wildcards(&word)?;
        self.leaf(scope, literal, word.span)
    }

    /// What follows a word: `~1`, which is told, and a boost, which is noted.
    fn suffixes(&mut self) -> bool {
        let is_fuzzy = self.scanner.eat("~").is_some();
        if is_fuzzy {
            self.scanner.number();
        }
        self.boost();
        is_fuzzy
    }

    fn boost(&mut self) {
        if let Some(hat) = self.scanner.eat("^") {
            self.scanner.number();
            let span = hat.start..self.scanner.at();
            self.wrong(
                Code::BoostIgnored,
                span,
                "a boost changes nothing, matches are not ranked",
                "remove it",
            );
        }
    }

    /// The literal for a word and its wildcards.
    fn wildcards(&mut self, word: &Word) -> Option<Literal> {
        let Word { text, wildcards, .. } = word;
        if text.is_empty() && wildcards.iter().all(|(c, ..)| *c == '*') {
            return Some(Literal::Any);
        }
        if let Some(&(c, at, place)) = wildcards.iter().find(|&&(c, at, _)| c == '?' || at < text.len()) {
            let code = if at == 0 { Code::LeadingWildcard } else { Code::InnerWildcard };
            let help = format!("end the word with `*`, or write `\\{c}` to mean the character");
            self.wrong(code, place..place + 1, "a wildcard may only end a word", help);
            return None;
        }
        Some(Literal::Word { text: text.clone(), is_prefix: !wildcards.is_empty() })
    }

    fn phrase(&mut self, scope: &Scope) -> Option<Node> {
        let (text, mut span) = match self.scanner.quoted() {
            Ok(found) => found,
            Err(open) => {
                self.scanner.stop();
                self.wrong(
                    Code::Unquoted,
                    open,
                    "this quotation mark is never closed",
                    "add `\"`, or write `\\\"` to mean the character",
                );
                return None;
            }
        };
        let mut slop = 0;
        if let Some(tilde) = self.scanner.eat("~") {
            let digits = self.scanner.number();
            span.end = self.scanner.at();
            let Some(distance) = digits.parse().ok().filter(|&distance| distance <= SLOP_MAX) else {
                let message = format!("a distance is a whole number up to {SLOP_MAX}");
                self.wrong(Code::BadDistance, tilde.start..span.end, message, "write for example `~5`");
                return None;
            };
            slop = distance;
        }
        self.boost();
        if let Some(star) = self.scanner.eat("*") {
            let help = "move it to the end of a single word, without quotes";
            self.wrong(Code::InnerWildcard, star, "a wildcard may only end a word", help);
            return None;
        }
        self.leaf(scope, Literal::Phrase { text, slop }, span)
    }

    fn range(&mut self, scope: &Scope) -> Option<Node> {
        let (low_excluded, open) = (self.scanner.peek() == Some('{'), self.scanner.bump());
        let ends = self.range_ends();
        let high_excluded = self.scanner.peek() == Some('}');
        let Some((low, high)) = ends.filter(|_| matches!(self.scanner.peek(), Some(']' | '}'))) else {
            // Read on behind the bracket that was probably meant to close it.
            if let Some(len) = self
                .scanner
                .rest()
                .find([']', '}', ')', '"'])
                .filter(|&at| self.scanner.rest()[at..].starts_with([']', '}']))
            {
                let end = self.scanner.at() + len + 1;
                self.scanner.pass(&(end..end));
            }
            let span = open.start..self.scanner.at();
            self.wrong(
                Code::BrokenRange,
                span,
                "this is not a range",
                "write `[low TO high]`, with `*` for an open end",
            );
            return None;
        };
        let close = self.scanner.bump();
        let bound = |end: Option<String>, is_excluded| match end {
            None => Bound::Unbounded,
            Some(text) if is_excluded => Bound::Excluded(text),
            Some(text) => Bound::Included(text),
        };
        let literal = Literal::Range { low: bound(low, low_excluded), high: bound(high, high_excluded) };
        self.leaf(scope, literal, open.start..close.end)
    }

    /// Both ends and the TO between them; an open end is `None` inside.
    fn range_ends(&mut self) -> Option<(Option<String>, Option<String>)> {
        let low = self.end()?;
        self.scanner.skip_spaces();
        let to = self.scanner.word(true);
        if to.text != "TO" || to.is_escaped || !to.wildcards.is_empty() {
            return None;
        }
        let high = self.end()?;
        self.scanner.skip_spaces();
        Some((low, high))
    }

    /// One end of a range or comparison: quoted or a word, or `*` for an open one.
    fn end(&mut self) -> Option<Option<String>> {
        self.scanner.skip_spaces();
        if self.scanner.peek() == Some('"') {
            return self.scanner.quoted().ok().map(|(text, _)| Some(text));
        }
        let word = self.scanner.word(true);
        match word.wildcards[..] {
            [] => (!word.text.is_empty() && word.text != "TO").then_some(Some(word.text)),
            [('*', ..)] if word.text.is_empty() => Some(None),
            _ => None,
        }
    }

    fn compare(&mut self, scope: &Scope) -> Option<Node> {
        let (is_less, start) = (self.scanner.peek() == Some('<'), self.scanner.bump().start);
        let is_excluded = self.scanner.eat("=").is_none();
        let operator = start..self.scanner.at();
        let Some(Some(text)) = self.end() else {
            self.wrong(Code::MissingValue, operator, "this compares with nothing", "write a value after it");
            return None;
        };
        let end = if is_excluded { Bound::Excluded(text) } else { Bound::Included(text) };
        let (low, high) = if is_less { (Bound::Unbounded, end) } else { (end, Bound::Unbounded) };
        self.leaf(scope, Literal::Range { low, high }, start..self.scanner.at())
    }

    /// Makes a test of a literal, if its field allows it.
    fn leaf(&mut self, scope: &Scope, literal: Literal, span: Range<usize>) -> Option<Node> {
        self.terms += 1;
        if self.terms > TERMS_MAX {
            let message = format!("this query has more than {TERMS_MAX} terms");
            self.report(Diagnostic::new(Code::TooManyTerms, span, message));
            self.scanner.stop();
            return None;
        }
        match compile(scope, &literal, &span) {
            Ok((test, warning)) => {
                warning.into_iter().for_each(|warning| self.report(warning));
                let leaf = Leaf { scope: scope.clone(), literal, test };
                Some(Node { kind: NodeKind::Leaf(leaf), span })
            }
            Err(diagnostic) => {
                self.report(diagnostic);
                None
            }
        }
    }
}
