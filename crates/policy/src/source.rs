//! Reading tables of a policy's text: every key once, every mistake noted with its place.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    diagnostic::{Code, DIAGNOSTICS_MAX, Diagnostic},
    nearest::nearest,
};

/// A value of the text and its place.
pub(crate) type Value<'t> = Spanned<DeValue<'t>>;

/// Everything noted so far, bounded.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<Diagnostic>);

impl Notes {
    pub(crate) fn add(&mut self, diagnostic: Diagnostic) {
        if self.0.len() < DIAGNOSTICS_MAX {
            self.0.push(diagnostic);
        }
    }

    /// All of them in the order of the text.
    pub(crate) fn in_order(mut self) -> Vec<Diagnostic> {
        self.0.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
        self.0
    }
}

/// A table whose keys are taken one by one, and its place.
pub(crate) struct Table<'a, 't> {
    table: &'a DeTable<'t>,
    /// Where it stands.
    pub span: Range<usize>,
    /// What it is called in messages.
    name: &'static str,
}

impl<'a, 't> Table<'a, 't> {
    pub(crate) fn new(table: &'a DeTable<'t>, span: Range<usize>, name: &'static str) -> Self {
        Table { table, span, name }
    }

    /// Notes every key that is not among those known.
    pub(crate) fn only(&self, known: &[&'static str], notes: &mut Notes) {
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let message = format!("no key of {} is called {}", self.name, quoted(name));
            let help = match nearest(name, known) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("its keys are {}", known.join(", ")),
            };
            notes.add(Diagnostic::new(Code::UnknownKey, key.span(), message).with_help(help));
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Value<'t>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    /// The value of a key that must be there.
    pub(crate) fn required(&self, key: &str, notes: &mut Notes) -> Option<&'a Value<'t>> {
        let value = self.get(key);
        if value.is_none() {
            let message = format!("{} has no key \"{key}\"", self.name);
            // The place is where the table begins, so that an editor shows it at its first line.
            let start = self.span.start;
            notes.add(Diagnostic::new(Code::MissingKey, start..start, message));
        }
        value
    }

    /// The text of a key, if it is there; its bytes are between one and `bytes_max`.
    pub(crate) fn text(&self, key: &str, bytes_max: usize, notes: &mut Notes) -> Option<Text<'a>> {
        text(key, self.get(key)?, bytes_max, notes)
    }

    /// The same of a key that must be there.
    pub(crate) fn required_text(&self, key: &str, bytes_max: usize, notes: &mut Notes) -> Option<Text<'a>> {
        text(key, self.required(key, notes)?, bytes_max, notes)
    }

    /// A flag, false where it is not there.
    pub(crate) fn flag(&self, key: &str, notes: &mut Notes) -> bool {
        let Some(value) = self.get(key) else { return false };
        value.get_ref().as_bool().unwrap_or_else(|| {
            wrong_type(key, "true or false", value, notes);
            false
        })
    }

    /// A number, if it is there.
    pub(crate) fn number(&self, key: &str, notes: &mut Notes) -> Option<f64> {
        let value = self.get(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(integer) => integer.as_str().parse().ok(),
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number: &f64| number.is_finite());
        if number.is_none() {
            wrong_type(key, "a number", value, notes);
        }
        number
    }

    /// A list of texts, if it is there; a single text stands for a list of one.
    pub(crate) fn texts(&self, key: &str, many_max: usize, notes: &mut Notes) -> Option<Vec<String>> {
        const TEXT_BYTES_MAX: usize = 200;
        let value = self.get(key)?;
        let values = match value.get_ref() {
            DeValue::Array(array) => array.iter().collect(),
            DeValue::String(_) => vec![value],
            _ => {
                wrong_type(key, "a list of texts", value, notes);
                return None;
            }
        };
        if values.len() > many_max {
            let message = format!("\"{key}\" has {} entries, the limit is {many_max}", values.len());
            notes.add(Diagnostic::new(Code::TooMany, value.span(), message));
        }
        let read = |value| text(key, value, TEXT_BYTES_MAX, notes).map(|text| text.value.to_owned());
        Some(values.into_iter().take(many_max).filter_map(read).collect())
    }

    /// One of a closed set of words, if the key is there.
    pub(crate) fn word<T: Copy>(
        &self,
        key: &str,
        all: &[T],
        word_of: fn(T) -> &'static str,
        notes: &mut Notes,
    ) -> Option<T> {
        let found = self.text(key, WORD_BYTES_MAX, notes)?;
        let known = all.iter().copied().find(|one| word_of(*one) == found.value);
        if known.is_none() {
            let words: Vec<&str> = all.iter().map(|one| word_of(*one)).collect();
            notes.add(unknown_word(key, &found, &words));
        }
        known
    }
}

/// The longest word of a closed set, in bytes, with room for slips.
pub(crate) const WORD_BYTES_MAX: usize = 100;

/// A text and its place, quotation marks included.
pub(crate) struct Text<'a> {
    /// What it says.
    pub value: &'a str,
    /// Where it stands.
    pub span: Range<usize>,
}

fn text<'a>(key: &str, value: &'a Value<'_>, bytes_max: usize, notes: &mut Notes) -> Option<Text<'a>> {
    let Some(found) = value.get_ref().as_str() else {
        wrong_type(key, "a text", value, notes);
        return None;
    };
    if found.trim().is_empty() || found.len() > bytes_max {
        let message = format!("\"{key}\" must have 1 to {bytes_max} bytes, this has {}", found.trim().len());
        notes.add(Diagnostic::new(Code::BadLength, value.span(), message));
        return None;
    }
    Some(Text { value: found, span: value.span() })
}

pub(crate) fn wrong_type(key: &str, wanted: &str, value: &Value<'_>, notes: &mut Notes) {
    let kind = value.get_ref().type_str();
    let message = format!("\"{key}\" must be {wanted}, this is of type {kind}");
    notes.add(Diagnostic::new(Code::WrongType, value.span(), message));
}

pub(crate) fn unknown_word(key: &str, found: &Text<'_>, words: &[&str]) -> Diagnostic {
    let message = format!("\"{key}\" cannot be {}", quoted(found.value));
    let help = match nearest(found.value, words) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("it is one of {}", words.join(", ")),
    };
    Diagnostic::new(Code::UnknownWord, found.span.clone(), message).with_help(help)
}

/// A piece of the text as messages repeat it: cut short if it is long.
pub(crate) fn quoted(text: &str) -> String {
    const QUOTED_CHARS_MAX: usize = 40;
    match text.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((end, _)) => format!("\"{}…\"", &text[..end]),
        None => format!("\"{text}\""),
    }
}
