//! What may stand where somebody is typing: for the help that a search bar gives.

use std::ops::Range;

use aboveboard_model::document::{Field, FieldType};

use crate::compile::closed_values;

/// What is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The bytes of the query that a completion takes the place of: what is typed of it so far.
    pub span: Range<usize>,
    /// What may stand there.
    pub wanted: Wanted,
}

/// What may stand in a place of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A word, a field, or, where something stands before it, an operator.
    Term {
        /// What is typed of it.
        typed: String,
        /// Whether an operator may stand here.
        may_join: bool,
    },
    /// A value of a field.
    Value {
        /// Which field.
        field: Field,
        /// What is typed of it, without quotation marks.
        typed: String,
    },
    /// Somebody's own words: nothing can be offered.
    Words,
}

/// The values that are worth offering for a field before anything is known of the documents.
pub fn known_values(field: Field) -> &'static [&'static str] {
    match (field, field.kind()) {
        (_, FieldType::Flag) => &["true", "false"],
        (Field::Kind, _) => &["message", "reaction", "call"],
        (Field::Media, _) => &["image", "video", "audio", "voice", "document", "sticker"],
        (Field::Payment | Field::Handle | Field::Link, _) => &["unregistered", "registered", "client"],
        _ => closed_values(field),
    }
}

/// What may stand at a byte of a query; the query need not be well formed. Bytes beyond the end are its end.
pub fn expected(text: &str, at: usize) -> Expected {
    let at = text.floor_char_boundary(at);
    let mut reader = Reader::default();
    for (place, c) in text[..at].char_indices() {
        reader.read(place, c, text);
    }
    reader.expected(&text[..at])
}

/// Where in a query a reader is.
#[derive(Default)]
struct Reader {
    /// Where the quotation that is open began.
    quote: Option<usize>,
    is_escaped: bool,
    /// Where the word that is being read began.
    word: Option<usize>,
    /// The field before the colon of that word, and where its value begins.
    field: Option<(Option<Field>, usize)>,
    /// For each open parenthesis the field that it belongs to.
    open: Vec<Option<Field>>,
    /// Whether something stands before the word that could be joined to it.
    has_before: bool,
}

/// Parentheses that are followed; deeper ones are nobody's field.
const OPEN_MAX: usize = 256;

impl Reader {
    fn read(&mut self, place: usize, c: char, text: &str) {
        if std::mem::take(&mut self.is_escaped) {
            return;
        }
        match c {
            '\\' => {
                self.is_escaped = true;
                self.word.get_or_insert(place);
            }
            '"' if self.quote.is_some() => self.end(),
            '"' => {
                self.word.get_or_insert(place);
                self.quote = Some(place);
            }
            _ if self.quote.is_some() => {}
            '(' => {
                let field = self.field.and_then(|(field, _)| field).or(self.within());
                if self.open.len() < OPEN_MAX {
                    self.open.push(field);
                }
                (self.word, self.field, self.has_before) = (None, None, false);
            }
            ')' => {
                self.open.pop();
                self.end();
            }
            c if c.is_whitespace() => {
                let word = self.word.map(|start| &text[start..place]);
                let is_operator = matches!(word, Some("AND" | "OR" | "NOT" | "&&" | "||"));
                let had_before = self.has_before || self.word.is_some();
                (self.word, self.field) = (None, None);
                self.has_before = had_before && !is_operator;
            }
            '-' | '+' | '!' if self.word.is_none() => {}
            ':' if self.field.is_none() && self.within().is_none() => {
                if let Some(start) = self.word {
                    let name = text[start..place].to_lowercase();
                    let field = Field::ALL.iter().copied().find(|field| field.word() == name);
                    self.field = Some((field, place + 1));
                }
            }
            _ => {
                self.word.get_or_insert(place);
            }
        }
    }

    fn end(&mut self) {
        (self.quote, self.word, self.field, self.has_before) = (None, None, None, true);
    }

    fn within(&self) -> Option<Field> {
        self.open.last().copied().flatten()
    }

    fn expected(&self, text: &str) -> Expected {
        let end = text.len();
        let of_value = self.field.or(self.within().map(|field| (Some(field), self.word.unwrap_or(end))));
        match of_value {
            Some((Some(field), start)) if field.kind() != FieldType::Text => {
                let typed = text[start..].trim_start_matches('"').to_owned();
                Expected { span: start..end, wanted: Wanted::Value { field, typed } }
            }
            Some(_) => Expected { span: end..end, wanted: Wanted::Words },
            None if self.quote.is_some() => Expected { span: end..end, wanted: Wanted::Words },
            None => {
                let start = self.word.unwrap_or(end);
                let typed = text[start..].to_owned();
                Expected { span: start..end, wanted: Wanted::Term { typed, may_join: self.has_before } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `|` is where the cursor stands.
    fn at(text: &str) -> Expected {
        let cursor = text.find('|').unwrap();
        expected(&text.replace('|', ""), cursor)
    }

    fn term(span: Range<usize>, typed: &str, may_join: bool) -> Expected {
        Expected { span, wanted: Wanted::Term { typed: typed.into(), may_join } }
    }

    fn value(span: Range<usize>, field: Field, typed: &str) -> Expected {
        Expected { span, wanted: Wanted::Value { field, typed: typed.into() } }
    }

    #[test]
    fn a_field_a_value_or_an_operator_is_expected_where_it_may_stand() {
        for (text, wanted) in [
            ("|", term(0..0, "", false)),
            ("dir|", term(0..3, "dir", false)),
            ("pix di|", term(4..6, "di", true)),
            ("pix |", term(4..4, "", true)),
            ("pix AND |", term(8..8, "", false)),
            ("(te|", term(1..3, "te", false)),
            ("-te|", term(1..3, "te", false)),
            ("\"my pix\" |", term(9..9, "", true)),
            ("direction:|", value(10..10, Field::Direction, "")),
            ("direction:o| pix", value(10..11, Field::Direction, "o")),
            ("DIRECTION:o|", value(10..11, Field::Direction, "o")),
            ("team:\"Key a|", value(5..11, Field::Team, "Key a")),
            ("team:(Sales OR K|", value(15..16, Field::Team, "K")),
            ("team:(Sales) k|", term(13..14, "k", true)),
            ("team:Sales k|", term(11..12, "k", true)),
        ] {
            assert_eq!(at(text), wanted, "{text}");
        }
    }

    #[test]
    fn nothing_is_expected_among_somebodys_own_words() {
        for text in ["\"my p|", "text:hel|", "caption:(a b|", "nonsense:x|"] {
            assert_eq!(at(text).wanted, Wanted::Words, "{text}");
        }
    }

    #[test]
    fn values_that_are_offered_are_values_that_can_be() {
        for field in Field::ALL {
            for value in known_values(field.to_owned()) {
                let query = crate::Query::parse(&format!("{}:{value}", field.word())).unwrap();
                assert!(query.warnings().is_empty(), "{field:?} {value}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_and_no_place_panic(text: String, at in 0usize..80) {
            let expected = expected(&text, at);
            prop_assert!(text.get(expected.span).is_some());
        }
    }
}
