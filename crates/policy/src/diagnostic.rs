//! What is wrong with a policy, said like a good compiler: a stable code, the place in the file, what was meant, a fix.

use std::{fmt, ops::Range};

/// How many diagnostics one policy gets at most; further mistakes show once these are mended.
pub const DIAGNOSTICS_MAX: usize = 64;

/// One thing that is wrong, or odd, in a policy's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of mistake; its printed form never changes.
    pub code: Code,
    /// Which bytes of the policy's text are meant.
    pub span: Range<usize>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The policy works, but perhaps not as meant.
    Warning,
    /// The policy cannot be used.
    Error,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident $code:literal $level:ident;)*) => {
        /// Every kind of diagnostic; mistakes inside a query keep the query language's own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[doc = $doc])* $name,)*
            /// A mistake in the query.
            Query(aboveboard_query::Code),
        }

        impl Code {
            /// All codes of policies themselves, in order.
            pub const OWN: &'static [Code] = &[$(Code::$name,)*];

            /// The code that people and programs see.
            pub fn word(self) -> &'static str {
                match self {
                    $(Code::$name => $code,)*
                    Code::Query(code) => code.word(),
                }
            }

            /// How bad it is.
            pub fn level(self) -> Level {
                match self {
                    $(Code::$name => Level::$level,)*
                    Code::Query(code) => match code.severity() {
                        aboveboard_query::Severity::Warning => Level::Warning,
                        aboveboard_query::Severity::Error => Level::Error,
                    },
                }
            }
        }
    };
}

codes! {
    /// The text is not TOML.
    NotToml "P001" Error;
    /// The text is longer than `POLICY_BYTES_MAX`.
    TooLong "P002" Error;
    /// A key that policies must have is not there.
    MissingKey "P003" Error;
    /// No key is called so.
    UnknownKey "P004" Error;
    /// The value is not of the type that the key wants.
    WrongType "P005" Error;
    /// The value is not one of those that the key knows.
    UnknownWord "P006" Error;
    /// The kind of policy is known and not yet to be had.
    KindNotYet "P007" Error;
    /// The id is not of the form that ids have.
    BadId "P008" Error;
    /// The value is empty or too long.
    BadLength "P009" Error;
    /// There are too many.
    TooMany "P010" Error;
    /// Not a length of time.
    BadDuration "P011" Error;
    /// Another policy has the same id.
    DuplicateId "P012" Error;
    /// Neither a day nor an instant.
    BadDate "P013" Error;
    /// The policy does nothing that could be noticed, or a key has no effect here.
    NoEffect "W101" Warning;
    /// There is no example that must match, or none that must not.
    FewExamples "W102" Warning;
}

impl Diagnostic {
    pub(crate) fn new(code: Code, span: Range<usize>, message: impl Into<String>) -> Self {
        Diagnostic { code, span, message: message.into(), help: None }
    }

    pub(crate) fn with_help(self, help: impl Into<String>) -> Self {
        Diagnostic { help: Some(help.into()), ..self }
    }

    /// How bad it is.
    pub fn level(&self) -> Level {
        self.code.level()
    }

    /// The line and the column of its first byte in the policy's text, both from 1, the column in characters.
    pub fn place(&self, text: &str) -> (usize, usize) {
        let start = text.floor_char_boundary(self.span.start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

impl fmt::Display for Diagnostic {
    /// One line: `P004 at 0..5: no key is called "tilte" (did you mean "title"?)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}..{}: {}", self.code.word(), self.span.start, self.span.end, self.message)?;
        self.help.iter().try_for_each(|help| write!(f, " ({help})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_say_how_bad_they_are() {
        let mut words: Vec<&str> = Code::OWN.iter().map(|code| code.word()).collect();
        for code in Code::OWN {
            assert_eq!(code.level() == Level::Warning, code.word().starts_with('W'), "{code:?}");
        }
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::OWN.len());
    }

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        let text = "a = 1\né = \"x\"\n";
        let at = |start| Diagnostic::new(Code::WrongType, start..start, "").place(text);
        assert_eq!((at(0), at(6), at(11)), ((1, 1), (2, 1), (2, 5)));
        assert_eq!(at(900), (3, 1), "a place beyond the end is the end");
    }
}
