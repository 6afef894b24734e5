//! The lower half of the grammar: words, phrases, ranges and comparisons, and the tests they come to.

use std::ops::{Bound, Range};

use aboveboard_model::document::{Field, FieldType};

use super::is_text;
use super::{PATTERNS_MAX, Parser, QUERY_PATTERN_BYTES_MAX, SLOP_MAX, TERMS_MAX};
use crate::compile::{Written, compile};
use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::fuzzy::EDITS_MAX;
use crate::scan::{Word, WordOf};
use crate::syntax::{Leaf, Literal, Node, NodeKind, Scope};

impl Parser<'_> {
    pub(super) fn value(&mut self, scope: &Scope) -> Option<Node> {
        let start = self.scanner.at();
        if let Some(manner) = self.manner() {
            return self
                .in_manner(manner?, |parser| parser.nested(start, |parser| parser.value_or_group(scope)));
        }
        let takes_regex =
            is_text(scope) || matches!(scope, Scope::Field(field) if field.kind() == FieldType::Keyword);
        match self.scanner.peek()? {
            '"' => self.phrase(scope),
            '/' if takes_regex => self.regex(scope),
            '[' | '{' => self.range(scope),
            '<' | '>' => self.compare(scope),
            '$' if self.names_macro() => self.named_part(Some(scope)),
            _ => {
                let word = self.scanner.word(word_of(scope));
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

    /// What follows `text:exact:`.
    fn value_or_group(&mut self, scope: &Scope) -> Option<Node> {
        match self.scanner.peek() {
            Some('(') => self.parentheses(Some(scope)),
            _ => self.value(scope),
        }
    }

    fn regex(&mut self, scope: &Scope) -> Option<Node> {
        match self.scanner.regex() {
            Ok((source, flags, span)) => {
                self.boost();
                let literal = Literal::Regex { source: source.to_owned(), flags: flags.to_owned() };
                self.leaf(scope, literal, span)
            }
            Err(open) => {
                self.scanner.stop();
                let help = "add `/`, or write `\\/` to mean the character";
                self.wrong(Code::BrokenRegex, open, "this regular expression is never closed", help);
                None
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
        let is_plain_start = !word.is_escaped && word.wildcards.first().is_none_or(|first| first.1 > 0);
        let list =
            word.text.strip_prefix('@').filter(|_| is_plain_start && !matches!(scope, Scope::Label(..)));
        let mut span = word.span.clone();
        let edits = self.edits(&word.text, &mut span)?;
        self.boost();
        let literal = match (list, edits) {
            (Some(_), Some(_)) => {
                return self.unsupported(span, "a list takes no mistakes, its entries are what they are");
            }
            (_, Some(_)) if !word.wildcards.is_empty() => {
                return self.unsupported(span, "a word has wildcards or mistakes, not both");
            }
            (Some(name), None) => {
                if !word.wildcards.is_empty() || name.is_empty() || !name.chars().all(is_of_name) {
                    let message = format!("{} is no name of a list", quoted(&word.text));
                    let help = "write `\\` before the sign, or put it in quotation marks, to search for the words themselves";
                    self.wrong(Code::MissingList, span, message, help);
                    return None;
                }
                Literal::List { name: name.to_owned() }
            }
            (None, Some(edits)) => Literal::Fuzzy { text: word.text, edits },
            (None, None) => wildcards(word),
        };
        self.leaf(scope, literal, span)
    }

    fn unsupported(&mut self, span: Range<usize>, message: &str) -> Option<Node> {
        self.wrong(Code::Unsupported, span, message, "remove one of them, or put it in quotes");
        None
    }

    /// What follows `~` behind a word: how many mistakes, two if nothing is said. `None` outside is a mistake, told already.
    fn edits(&mut self, word: &str, span: &mut Range<usize>) -> Option<Option<u32>> {
        let Some(tilde) = self.scanner.eat("~") else { return Some(None) };
        let digits = self.scanner.number();
        span.end = self.scanner.at();
        let edits = match digits {
            "" => Some(EDITS_MAX),
            // The older way to say it: how alike, from 0 to 1.
            share if share.contains('.') => {
                let wrong = share.parse::<f64>().ok().filter(|share| *share < 1.0).map(|share| 1.0 - share);
                wrong.map(|wrong| ((wrong * word.chars().count() as f64) as u32).min(EDITS_MAX))
            }
            digits => digits.parse().ok().filter(|edits| *edits <= EDITS_MAX),
        };
        if edits.is_none() {
            let message = format!("a word has at most {EDITS_MAX} mistakes");
            self.wrong(Code::BadDistance, tilde.start..span.end, message, "write `~1` or `~2`");
            return None;
        }
        Some(edits)
    }

    pub(super) fn boost(&mut self) {
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

    fn phrase(&mut self, scope: &Scope) -> Option<Node> {
        let (mut marked, mut span) = match self.scanner.quoted() {
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
        if let Some(star) = self.scanner.eat("*") {
            span.end = star.end;
            marked.wildcards.push(marked.text.len());
            marked.text.push('*');
        }
        self.boost();
        let literal = match marked.wildcards.as_slice() {
            [.., last] if !is_text(scope) && span.end > 0 && self.scanner.source(&span).ends_with('*') => {
                marked.text.truncate(*last);
                Literal::Word { text: marked.text, is_prefix: true }
            }
            [_, ..] if is_text(scope) => {
                Literal::Pattern { text: marked.text, wildcards: marked.wildcards, is_quoted: true, slop }
            }
            _ => Literal::Phrase { text: marked.text, slop },
        };
        self.leaf(scope, literal, span)
    }

    fn range(&mut self, scope: &Scope) -> Option<Node> {
        let (low_excluded, open) = (self.scanner.peek() == Some('{'), self.scanner.bump());
        let ends = self.range_ends(scope);
        let high_excluded = self.scanner.peek() == Some('}');
        let Some([(low, low_at), (high, high_at)]) =
            ends.filter(|_| matches!(self.scanner.peek(), Some(']' | '}')))
        else {
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
        self.placed(scope, literal, Written { whole: open.start..close.end, ends: [low_at, high_at] })
    }

    /// Both ends and the TO between them.
    fn range_ends(&mut self, scope: &Scope) -> Option<[Placed; 2]> {
        let low = self.end(scope)?;
        self.scanner.skip_spaces();
        let to = self.scanner.word(WordOf::Value);
        if to.text != "TO" || to.is_escaped || !to.wildcards.is_empty() {
            return None;
        }
        let high = self.end(scope)?;
        self.scanner.skip_spaces();
        Some([low, high])
    }

    /// One end of a range or comparison: quoted or a word, or `*` for an open one.
    fn end(&mut self, scope: &Scope) -> Option<Placed> {
        self.scanner.skip_spaces();
        if self.scanner.peek() == Some('"') {
            return self.scanner.quoted().ok().map(|(marked, span)| (Some(marked.text), span));
        }
        let word = self.scanner.word(word_of(scope));
        match word.wildcards[..] {
            [] => (!word.text.is_empty() && word.text != "TO").then_some((Some(word.text), word.span)),
            [('*', ..)] if word.text.is_empty() => Some((None, word.span)),
            _ => None,
        }
    }

    fn compare(&mut self, scope: &Scope) -> Option<Node> {
        let (is_less, start) = (self.scanner.peek() == Some('<'), self.scanner.bump().start);
        let is_excluded = self.scanner.eat("=").is_none();
        let operator = start..self.scanner.at();
        let Some((Some(text), at)) = self.end(scope) else {
            self.wrong(Code::MissingValue, operator, "this compares with nothing", "write a value after it");
            return None;
        };
        let end = if is_excluded { Bound::Excluded(text) } else { Bound::Included(text) };
        let (low, high) = if is_less { (Bound::Unbounded, end) } else { (end, Bound::Unbounded) };
        let written = Written { whole: start..self.scanner.at(), ends: [at.clone(), at] };
        self.placed(scope, Literal::Range { low, high }, written)
    }

    /// Makes a test of a literal, if its field allows it.
    pub(super) fn leaf(&mut self, scope: &Scope, literal: Literal, span: Range<usize>) -> Option<Node> {
        self.placed(scope, literal, Written { ends: [span.clone(), span.clone()], whole: span })
    }

    fn placed(&mut self, scope: &Scope, literal: Literal, written: Written) -> Option<Node> {
        let span = written.whole.clone();
        self.terms += 1;
        self.patterns += usize::from(matches!(literal, Literal::Regex { .. } | Literal::Pattern { .. }));
        if self.patterns > PATTERNS_MAX {
            let message = format!(
                "this query has more than {PATTERNS_MAX} regular expressions and words with wildcards"
            );
            self.report(Diagnostic::new(Code::TooManyTerms, span, message));
            self.scanner.stop();
            return None;
        }
        if self.terms > TERMS_MAX {
            let message = format!("this query has more than {TERMS_MAX} terms");
            self.report(Diagnostic::new(Code::TooManyTerms, span, message));
            self.scanner.stop();
            return None;
        }
        let manner = self.manner;
        match compile(manner, scope, &literal, &written, self.environment) {
            Ok((test, warning)) => {
                warning.into_iter().for_each(|warning| self.report(warning));
                self.pattern_bytes += test.pattern_bytes();
                if self.pattern_bytes > QUERY_PATTERN_BYTES_MAX {
                    let message =
                        "the regular expressions and wildcards of this query are too large together";
                    let help = "use fewer, or count out fewer repetitions";
                    self.report(Diagnostic::new(Code::BrokenRegex, span, message).with_help(help));
                    self.scanner.stop();
                    return None;
                }
                let leaf = Box::new(Leaf { manner, scope: scope.clone(), literal, test });
                Some(Node { kind: NodeKind::Leaf(leaf), span })
            }
            Err(diagnostic) => {
                self.report(diagnostic);
                None
            }
        }
    }
}

/// An end of a range, which is open if it is `None`, and its place.
type Placed = (Option<String>, Range<usize>);

/// What a word of a value is part of.
fn word_of(scope: &Scope) -> WordOf {
    match scope {
        Scope::Field(field) if field.kind() == FieldType::Instant => WordOf::Time,
        _ => WordOf::Value,
    }
}

/// The literal for a word and its wildcards.
fn wildcards(word: Word) -> Literal {
    let is_at_end = |(c, at, _): &(char, usize, usize)| *c == '*' && *at == word.text.len();
    if word.text.is_empty() && !word.wildcards.is_empty() && word.wildcards.iter().all(is_at_end) {
        return Literal::Any;
    }
    if word.wildcards.iter().all(is_at_end) {
        return Literal::Word { is_prefix: !word.wildcards.is_empty(), text: word.text };
    }
    let marked = word.marked();
    Literal::Pattern { text: marked.text, wildcards: marked.wildcards, is_quoted: false, slop: 0 }
}

/// Whether a character may stand in the name of a list or of a part of a query.
pub(super) fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}
