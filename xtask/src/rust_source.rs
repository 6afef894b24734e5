//! Splits Rust source into code and comments, so that a check is not fooled by a string that only talks about code.

use std::iter::Peekable;
use std::str::Chars;

/// One file's text twice: the code with comments and the insides of literals blanked, and the comments with code blanked.
///
/// Both keep every line break, so a line number in either is the line number in the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RustSource {
    /// Code without comments; a string literal is left as `""`, a character literal as a space.
    pub code: String,
    /// Comments without code.
    pub comments: String,
}

/// An attribute: its first line, counted from 1, and what stands between its brackets.
#[derive(Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Line of the opening `#`.
    pub line: usize,
    /// For `#[allow(dead_code)]`: `allow(dead_code)`.
    pub text: String,
}

impl RustSource {
    /// Splits a file's text. Text that is no valid Rust is split as far as it goes, never refused.
    pub fn parse(text: &str) -> Self {
        let mut splitter = Splitter { rest: text.chars().peekable(), previous: ' ', out: Self::default() };
        while splitter.step() {}
        splitter.out
    }

    /// Every attribute, `#[…]` and `#![…]`, in order.
    pub fn attributes(&self) -> Vec<Attribute> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(offset) = self.code[from..].find('#') {
            let at = from + offset;
            let after = self.code[at + 1..].trim_start_matches('!');
            if let Some(inside) = after.strip_prefix('[') {
                let line = self.code[..at].matches('\n').count() + 1;
                found.push(Attribute { line, text: balanced(inside).to_owned() });
            }
            from = at + 1;
        }
        found
    }
}

/// The text up to the bracket that closes the one before it.
fn balanced(inside: &str) -> &str {
    let mut depth = 1;
    for (at, letter) in inside.char_indices() {
        match letter {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return &inside[..at];
        }
    }
    inside
}

struct Splitter<'a> {
    rest: Peekable<Chars<'a>>,
    /// The letter of code before the current one: tells the `r` of `r"…"` from the `r` that ends a name.
    previous: char,
    out: RustSource,
}

impl Splitter<'_> {
    /// Takes one token's worth; false at the end of the text.
    fn step(&mut self) -> bool {
        let Some(letter) = self.rest.next() else { return false };
        let next = self.rest.peek().copied();
        let starts_word = !is_word(self.previous);
        match (letter, next) {
            ('/', Some('/')) => self.line_comment(),
            ('/', Some('*')) => self.block_comment(),
            ('"', _) => self.string(),
            ('\'', _) => self.quote(),
            ('r', Some('"' | '#')) if starts_word || self.previous == 'b' || self.previous == 'c' => {
                self.raw_string()
            }
            _ => self.code(letter),
        }
        true
    }

    fn code(&mut self, letter: char) {
        self.out.code.push(letter);
        if letter == '\n' {
            self.out.comments.push('\n');
        }
        self.previous = letter;
    }

    fn comment(&mut self, letter: char) {
        self.out.comments.push(letter);
        if letter == '\n' {
            self.out.code.push('\n');
        }
    }

    /// Keeps the line break of a letter inside a literal and drops the rest.
    fn blank(&mut self, letter: char) {
        if letter == '\n' {
            self.code('\n');
        }
    }

    fn line_comment(&mut self) {
        self.previous = ' ';
        while let Some(letter) = self.rest.next_if(|letter| *letter != '\n') {
            self.comment(letter);
        }
    }

    fn block_comment(&mut self) {
        self.previous = ' ';
        self.rest.next();
        let mut depth = 1;
        while let Some(letter) = self.rest.next() {
            match (letter, self.rest.peek()) {
                ('/', Some('*')) => depth += 1,
                ('*', Some('/')) => depth -= 1,
                _ => {
                    self.comment(letter);
                    continue;
                }
            }
            self.rest.next();
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.code('"');
        while let Some(letter) = self.rest.next() {
            match letter {
                '"' => break,
                '\\' => {
                    if let Some(escaped) = self.rest.next() {
                        self.blank(escaped);
                    }
                }
                _ => self.blank(letter),
            }
        }
        self.code('"');
    }

    /// `r"…"` and `r#"…"#`; an `r#name` is a name, not a literal.
    fn raw_string(&mut self) {
        let mut hashes = 0;
        while self.rest.next_if_eq(&'#').is_some() {
            hashes += 1;
        }
        if self.rest.next_if_eq(&'"').is_none() {
            return self.code('r');
        }
        self.code('"');
        let mut closing = None;
        while closing != Some(hashes) {
            let Some(letter) = self.rest.next() else { break };
            self.blank(letter);
            closing = match (letter, closing) {
                ('"', _) => Some(0),
                ('#', Some(count)) => Some(count + 1),
                _ => None,
            };
        }
        self.code('"');
    }

    /// A character literal is blanked; a lifetime or a loop's label is code.
    fn quote(&mut self) {
        let mut ahead = self.rest.clone();
        match (ahead.next(), ahead.next()) {
            (Some('\\'), Some(_)) => {
                self.rest.next();
                self.rest.next();
                while self.rest.next_if(|letter| *letter != '\'' && *letter != '\n').is_some() {}
                self.rest.next_if_eq(&'\'');
                self.code(' ');
            }
            (Some(_), Some('\'')) => {
                self.rest.next();
                self.rest.next();
                self.code(' ');
            }
            _ => self.code('\''),
        }
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_comments_are_not_code() {
        for (text, code, comments) in [
            ("a // b", "a ", "/ b"),
            ("a /* b /* c */ d */ e", "a  e", " b  c  d "),
            (r#"f("x // \" y")"#, r#"f("")"#, ""),
            ("r\"\\\" // z", "\"\" ", "/ z"),
            ("r##\"a\"# b\"## c", "\"\" c", ""),
            ("br#\"x\"# y", "b\"\" y", ""),
            ("r#type x", "rtype x", ""),
            ("var\"x\"", "var\"\"", ""),
            ("'\"' x", "  x", ""),
            ("'\\'' x", "  x", ""),
            ("'\\u{22}' x", "  x", ""),
            ("&'a str", "&'a str", ""),
            ("\"a\nb\" // c\nd", "\"\n\" \nd", "\n/ c\n"),
        ] {
            let source = RustSource::parse(text);
            assert_eq!((source.code.as_str(), source.comments.as_str()), (code, comments), "{text}");
        }
    }

    #[test]
    fn both_halves_keep_the_line_numbers_of_the_file() {
        let text = "//! a\n/* b\nc */ let x = \"d\ne\"; // f\nlet r = r#\"\n\"#;\n";
        let source = RustSource::parse(text);
        let lines = text.matches('\n').count();
        assert_eq!(source.code.matches('\n').count(), lines);
        assert_eq!(source.comments.matches('\n').count(), lines);
    }

    #[test]
    fn attributes_are_found_with_their_line_and_nested_brackets() {
        let source = RustSource::parse("#![a]\n\n#[b(c[0], \"]\")]\nfn f() { x[1] }\n// #[d]\n");
        let found: Vec<_> = source.attributes().into_iter().map(|found| (found.line, found.text)).collect();
        assert_eq!(found, [(1, "a".to_owned()), (3, "b(c[0], \"\")".to_owned())]);
    }
}
