//! Reads the smallest parts of a query: words with their escapes and wildcards, quoted texts, operators.

use std::ops::Range;

/// A place in the text of a query.
pub(crate) struct Scanner<'q> {
    text: &'q str,
    at: usize,
}

/// A word as it stands in a query.
pub(crate) struct Word {
    /// Its characters without escapes and without wildcards.
    pub(crate) text: String,
    /// The unescaped `*` and `?`: which, how many bytes of `text` come before, and the byte in the query.
    pub(crate) wildcards: Vec<(char, usize, usize)>,
    /// Whether the first character was escaped.
    pub(crate) is_escaped: bool,
    /// Its bytes in the query.
    pub(crate) span: Range<usize>,
}

/// An operator between or before operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    And,
    Or,
    Not,
}

const OPERATORS: [(&str, Operator); 6] = [
    ("AND", Operator::And),
    ("&&", Operator::And),
    ("OR", Operator::Or),
    ("||", Operator::Or),
    ("NOT", Operator::Not),
    ("!", Operator::Not),
];

impl<'q> Scanner<'q> {
    pub(crate) fn new(text: &'q str) -> Self {
        Self { text, at: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The text of a place.
    pub(crate) fn source(&self, span: &Range<usize>) -> &'q str {
        &self.text[span.clone()]
    }

    pub(crate) fn rest(&self) -> &'q str {
        &self.text[self.at..]
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The character after the next one.
    pub(crate) fn peek_second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    pub(crate) fn skip_spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Passes over the next character and returns its place.
    pub(crate) fn bump(&mut self) -> Range<usize> {
        let start = self.at;
        self.at += self.peek().map_or(0, char::len_utf8);
        start..self.at
    }

    pub(crate) fn eat(&mut self, wanted: &str) -> Option<Range<usize>> {
        let start = self.at;
        self.at += self.rest().strip_prefix(wanted).map(|_| wanted.len())?;
        Some(start..self.at)
    }

    /// Passes over everything left.
    pub(crate) fn stop(&mut self) {
        self.at = self.text.len();
    }

    /// The operator that stands here, with its place.
    pub(crate) fn operator(&self) -> Option<(Operator, Range<usize>)> {
        let rest = self.rest();
        let (word, operator) = OPERATORS.iter().find(|(word, _)| {
            let after = rest.strip_prefix(word).map(|after| after.chars().next());
            after.is_some_and(|after| {
                !word.starts_with(char::is_alphabetic) || after.is_none_or(ends_operator)
            })
        })?;
        Some((*operator, self.at..self.at + word.len()))
    }

    pub(crate) fn pass(&mut self, span: &Range<usize>) {
        self.at = span.end;
    }

    /// Reads a word up to what ends it; with `is_value` a colon does not. May be empty.
    pub(crate) fn word(&mut self, is_value: bool) -> Word {
        let start = self.at;
        let mut word =
            Word { text: String::new(), wildcards: Vec::new(), is_escaped: false, span: start..start };
        while let Some(c) = self.peek() {
            let is_end = ends_word(c)
                || (c == ':' && !is_value)
                || self.rest().starts_with("&&")
                || self.rest().starts_with("||");
            if is_end {
                break;
            }
            let place = self.bump();
            match c {
                '\\' if self.peek().is_some() => {
                    word.is_escaped |= place.start == start;
                    word.text.extend(self.peek());
                    self.bump();
                }
                '*' | '?' => word.wildcards.push((c, word.text.len(), place.start)),
                _ => word.text.push(c),
            }
        }
        word.span.end = self.at;
        word
    }

    /// Reads a text in quotation marks, which must stand here; an error is the place of the opening mark.
    pub(crate) fn quoted(&mut self) -> Result<(String, Range<usize>), Range<usize>> {
        let open = self.bump();
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.bump();
            match c {
                '"' => return Ok((text, open.start..self.at)),
                '\\' if matches!(self.peek(), Some('"' | '\\')) => {
                    text.extend(self.peek());
                    self.bump();
                }
                _ => text.push(c),
            }
        }
        Err(open)
    }

    /// Reads the digits and points that may follow here.
    pub(crate) fn number(&mut self) -> &'q str {
        let rest = self.rest();
        let digits = &rest[..rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len())];
        self.at += digits.len();
        digits
    }
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '"' | '[' | ']' | '{' | '}' | '~' | '^' | '<' | '>')
}

fn ends_operator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '"' | '[' | ']' | '{' | '}' | '!' | '&' | '|')
}
