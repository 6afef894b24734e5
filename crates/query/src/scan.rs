//! Reads the smallest parts of a query: words with their escapes and wildcards, quoted texts, operators.

use std::ops::Range;

/// A place in the text of a query.
pub(crate) struct Scanner<'q> {
    text: &'q str,
    at: usize,
}

/// What a word is part of, and so what ends it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WordOf {
    /// A query: a colon ends it.
    Query,
    /// A value, in which colons may stand.
    Value,
    /// A time, from which `||` and steps go on.
    Time,
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

/// A text with wildcards.
#[derive(Default)]
pub(crate) struct Marked {
    /// Without escapes.
    pub(crate) text: String,
    /// Which bytes of it are wildcards.
    pub(crate) wildcards: Vec<usize>,
}

impl Marked {
    fn wildcard(&mut self, c: char) {
        self.wildcards.push(self.text.len());
        self.text.push(c);
    }
}

impl Word {
    /// The word with its wildcards in their places.
    pub(crate) fn marked(&self) -> Marked {
        let mut marked = Marked::default();
        let mut from = 0;
        for &(c, at, _) in &self.wildcards {
            marked.text.push_str(&self.text[from..at]);
            marked.wildcard(c);
            from = at;
        }
        marked.text.push_str(&self.text[from..]);
        marked
    }
}

/// An operator that joins words near each other.
pub(crate) struct Proximity<'q> {
    pub(crate) is_ordered: bool,
    /// Digits.
    pub(crate) distance: &'q str,
    pub(crate) span: Range<usize>,
}

/// Names of the operators of proximity, and whether what stands on the left must come first.
const PROXIMITIES: [(&str, bool); 6] =
    [("NEAR", false), ("W", false), ("WITHIN", false), ("PRE", true), ("FOLLOWEDBY", true), ("ONEAR", true)];

/// Whether a word would be taken for an operator of proximity.
pub(crate) fn reads_as_operator(word: &str) -> bool {
    Scanner::new(word).proximity().is_some_and(|found| found.span.end == word.len())
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

    /// Whether steps from a day stand here: `||+2w`, `||/M`.
    fn goes_on(&self) -> bool {
        let after = self.rest().strip_prefix("||").and_then(|rest| rest.strip_prefix(['+', '-', '/']));
        let mut unit = after.unwrap_or_default().trim_start_matches(|c: char| c.is_ascii_digit()).chars();
        unit.next().is_some_and(|unit| "yMwdhHms".contains(unit))
            && unit.next().is_none_or(|c| ends_word(c) || "+-/&|".contains(c))
    }

    /// Reads a word up to what ends it. May be empty.
    pub(crate) fn word(&mut self, of: WordOf) -> Word {
        let start = self.at;
        let mut word =
            Word { text: String::new(), wildcards: Vec::new(), is_escaped: false, span: start..start };
        while let Some(c) = self.peek() {
            let is_step = of == WordOf::Time && !word.text.is_empty() && self.goes_on();
            let is_end = ends_word(c)
                || (c == ':' && of == WordOf::Query)
                || self.rest().starts_with("&&")
                || (self.rest().starts_with("||") && !is_step);
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
    pub(crate) fn quoted(&mut self) -> Result<(Marked, Range<usize>), Range<usize>> {
        let open = self.bump();
        let marked = self.marked(Some('"'));
        marked.map(|marked| (marked, open.start..self.at)).ok_or(open)
    }

    /// Reads a text with its escapes and wildcards up to what closes it, or all that is left if nothing does.
    pub(crate) fn marked(&mut self, closing: Option<char>) -> Option<Marked> {
        let mut marked = Marked::default();
        while let Some(c) = self.peek() {
            self.bump();
            match c {
                c if Some(c) == closing => return Some(marked),
                '\\' if matches!(self.peek(), Some('"' | '\\' | '*' | '?')) => {
                    marked.text.extend(self.peek());
                    self.bump();
                }
                '*' => marked.wildcard(c),
                // Question marks that no letter follows are punctuation: `"how much?"`.
                '?' => {
                    let after = self.rest().trim_start_matches('?');
                    let marks = 1 + self.rest().len() - after.len();
                    self.at += marks - 1;
                    let is_wildcard = after.starts_with(|c: char| c.is_alphanumeric() || c == '*');
                    for _ in 0..marks {
                        if is_wildcard { marked.wildcard(c) } else { marked.text.push(c) }
                    }
                }
                _ => marked.text.push(c),
            }
        }
        closing.is_none().then_some(marked)
    }

    /// Reads a regular expression with its slashes and the letters after them; an error is the place of the first slash.
    pub(crate) fn regex(&mut self) -> Result<(&'q str, &'q str, Range<usize>), Range<usize>> {
        let open = self.bump();
        let source = self.rest();
        let mut is_escaped = false;
        let end = source.find(|c| {
            let is_end = c == '/' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            is_end
        });
        let Some(end) = end else { return Err(open) };
        self.at += end + 1;
        let rest = self.rest();
        let flags = rest.len() - rest.trim_start_matches(['i', 'm', 's']).len();
        let is_whole = rest[flags..].chars().next().is_none_or(ends_operator);
        let flags = if is_whole { &rest[..flags] } else { "" };
        self.at += flags.len();
        Ok((&source[..end], flags, open.start..self.at))
    }

    /// The operator of proximity that stands here, with its place and its distance as written.
    pub(crate) fn proximity(&self) -> Option<Proximity<'q>> {
        let rest = self.rest();
        let len = rest.find(|c: char| !c.is_ascii_alphabetic())?;
        let (_, is_ordered) = PROXIMITIES.iter().find(|(name, _)| *name == &rest[..len])?;
        let (mut at, is_closed) = match rest.as_bytes()[len] {
            b'/' | b',' => (len + 1, false),
            b'(' => (len + 1, true),
            _ => return None,
        };
        at += if is_closed && rest[at..].starts_with("n=") { 2 } else { 0 };
        let digits = rest[at..].bytes().take_while(u8::is_ascii_digit).count();
        let distance = &rest[at..at + digits];
        at += digits;
        if is_closed {
            at += usize::from(rest[at..].starts_with(')'));
        }
        let is_whole = rest[at..].chars().next().is_none_or(ends_operator);
        (digits > 0 && is_whole && (!is_closed || rest[..at].ends_with(')'))).then_some(Proximity {
            is_ordered: *is_ordered,
            distance,
            span: self.at..self.at + at,
        })
    }

    /// Reads a name and the colon after it, if it is this one, whatever its case; gives what stands after a point in the name.
    pub(crate) fn named(&mut self, wanted: &str) -> Option<(&'q str, Range<usize>)> {
        let rest = self.rest();
        let name = rest.get(..wanted.len()).filter(|name| name.eq_ignore_ascii_case(wanted))?;
        let after = &rest[name.len()..];
        let colon = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '.')?;
        let part = match &after[..colon] {
            _ if !after[colon..].starts_with(':') => return None,
            "" => "",
            part => part.strip_prefix('.').filter(|part| !part.contains('.'))?,
        };
        let span = self.at..self.at + name.len() + colon + 1;
        self.at = span.end;
        Some((part, span))
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
