//! What is wrong with a query, said like a good compiler: a stable code, the place, what was meant, a fix.

use std::fmt;
use std::ops::Range;

use crate::fuzzy::distance;

/// One thing that is wrong, or odd, in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of mistake; its printed form never changes.
    pub code: Code,
    /// Which bytes of the query are meant.
    pub span: Range<usize>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<Help>,
}

/// What to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Help {
    /// The word that was probably meant.
    Near(String),
    /// What else, in one sentence without a full stop.
    Advice(String),
}

impl From<&str> for Help {
    fn from(advice: &str) -> Self {
        Help::Advice(advice.to_owned())
    }
}

impl From<String> for Help {
    fn from(advice: String) -> Self {
        Help::Advice(advice)
    }
}

impl fmt::Display for Help {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Help::Near(word) => write!(f, "did you mean `{word}`?"),
            Help::Advice(advice) => f.write_str(advice),
        }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The query runs, but perhaps not as meant.
    Warning,
    /// The query cannot run.
    Error,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident $code:literal $severity:ident;)*) => {
        /// Every kind of diagnostic.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])* $name,)* }

        impl Code {
            /// All codes, in order.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code that people and programs see.
            pub fn word(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }

            /// What it means, one sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$name => concat!($($doc),*).trim_ascii(),)* }
            }

            /// How bad it is.
            pub fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity,)* }
            }
        }
    };
}

// Codes never change what they mean: E014 and E015 were wildcards that an earlier version did not know, and are not given again.
codes! {
    /// Nothing was asked.
    Empty "E001" Error;
    /// The query is longer than `QUERY_BYTES_MAX`.
    TooLong "E002" Error;
    /// Parentheses and NOTs are nested deeper than `DEPTH_MAX`.
    TooDeep "E003" Error;
    /// There are more than `TERMS_MAX` terms.
    TooManyTerms "E004" Error;
    /// A parenthesis without its partner.
    Unbalanced "E005" Error;
    /// A quotation mark without its partner.
    Unquoted "E006" Error;
    /// A range that is not `[low TO high]`.
    BrokenRange "E007" Error;
    /// AND, OR or NOT with nothing to work on, or empty parentheses.
    MissingOperand "E008" Error;
    /// No field has this name.
    UnknownField "E009" Error;
    /// The field's type does not allow this.
    WrongType "E010" Error;
    /// Not a number.
    BadNumber "E011" Error;
    /// Not a day or a time.
    BadInstant "E012" Error;
    /// Neither `true` nor `false`.
    BadFlag "E013" Error;
    /// No letter, digit or emoji to look for.
    NothingToFind "E016" Error;
    /// A distance that is not a whole number up to `SLOP_MAX`, or more mistakes in a word than `EDITS_MAX`.
    BadDistance "E017" Error;
    /// Things that cannot be asked together, such as wildcards and mistakes in one word.
    Unsupported "E018" Error;
    /// A field without a value.
    MissingValue "E019" Error;
    /// Not an amount of money.
    BadAmount "E020" Error;
    /// A field inside the parentheses of another field.
    NestedField "E021" Error;
    /// A regular expression that is never closed, cannot be read or is too large.
    BrokenRegex "E022" Error;
    /// No list has this name.
    MissingList "E023" Error;
    /// No macro has this name.
    MissingMacro "E024" Error;
    /// A macro that has a mistake, is part of itself or too long.
    BrokenMacro "E025" Error;
    /// A proximity between what cannot be near each other.
    BrokenNear "E026" Error;
    /// A language without stems.
    MissingLanguage "E027" Error;
    /// A lower-case `and`, `or`, `not` or `near/5` is a word like any other.
    LowerCaseOperator "W001" Warning;
    /// The field never has this value, the range holds none, or what is asked contradicts itself.
    NeverTrue "W002" Warning;
    /// A boost changes nothing here.
    BoostIgnored "W003" Warning;
    /// A sign after the colon is part of the value and negates nothing.
    MisplacedSign "W004" Warning;
    /// This holds of every document.
    AlwaysTrue "W005" Warning;
    /// Every document must be read for this.
    Slow "W006" Warning;
    /// Beside what a `+` requires this decides nothing.
    Undecided "W007" Warning;
}

impl Diagnostic {
    pub(crate) fn new(code: Code, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into(), help: None }
    }

    pub(crate) fn with_help(self, help: impl Into<Help>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// What is wrong and what to write instead, without the code and the place.
    pub fn explanation(&self) -> String {
        let help = self.help.iter().map(|help| format!(" ({help})"));
        [self.message.clone()].into_iter().chain(help).collect()
    }
}

impl fmt::Display for Diagnostic {
    /// One line: `E009 at 0..5: no field is called "tex" (did you mean "text"?)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.span;
        write!(f, "{} at {start}..{end}: {}", self.code.word(), self.explanation())
    }
}

/// Most of a query's own text that is repeated in a message, in characters.
const QUOTED_CHARS_MAX: usize = 40;

/// A piece of the query as messages repeat it: cut short if it is long.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// The candidate nearest to a mistyped word, if it is near: at most a third of its letters wrong, or begun alike.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let letters: Vec<char> = word.chars().take(NEAREST_LETTERS_MAX + 1).collect();
    let scored = candidates.filter_map(|candidate| {
        let begun = word.len() >= 3 && (candidate.starts_with(&word) || word.starts_with(candidate));
        let own: Vec<char> = candidate.chars().collect();
        let is_far = letters.len() > NEAREST_LETTERS_MAX;
        let edits = if is_far { None } else { distance(&letters, &own, (candidate.len() / 3).max(1)) };
        Some((if begun { 1 } else { edits? }, candidate))
    });
    scored.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// A word of more letters is near nothing.
const NEAREST_LETTERS_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_say_how_bad_they_are() {
        let mut words: Vec<_> = Code::ALL.iter().map(|code| code.word()).collect();
        assert!(words.is_sorted());
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
        for code in Code::ALL {
            assert_eq!(code.severity() == Severity::Error, code.word().starts_with('E'));
        }
    }

    #[test]
    fn a_long_piece_of_a_query_is_repeated_in_part() {
        assert_eq!(quoted("pix"), "`pix`");
        assert_eq!(quoted(&"é".repeat(1000)), format!("`{}…`", "é".repeat(QUOTED_CHARS_MAX)));
    }

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        let names = ["text", "team", "direction", "employee", "at", "hour"];
        for (word, expected) in [
            ("tetx", Some("text")),
            ("Text", Some("text")),
            ("dir", Some("direction")),
            ("employe", Some("employee")),
            ("directon", Some("direction")),
            ("salary", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, names.into_iter()), expected, "{word}");
        }
        assert_eq!(nearest(&"x".repeat(100_000), names.into_iter()), None);
    }
}
