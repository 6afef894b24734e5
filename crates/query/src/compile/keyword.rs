//! Values of keyword fields: whole, with wildcards, with mistakes, by a regular expression, from a list.

use aboveboard_model::document::Field;
use aboveboard_text::{Options, normalise};

use super::{Compiled, Like, Site, Test, closed_values, keyword_form};
use crate::diagnostic::{Code, Help, nearest, quoted};
use crate::fuzzy::Fuzzy;
use crate::glob::{Glob, Piece};
use crate::seek::Form;
use crate::syntax::{Literal, Manner};
use crate::text_pattern::TextPattern;

impl Site<'_> {
    pub(super) fn keyword(&self, field: Field) -> Compiled {
        let is_exact = self.manner == Manner::Exact;
        let like = match self.literal {
            Literal::Word { .. } | Literal::Phrase { .. } => return self.value(field, is_exact),
            Literal::Pattern { text, wildcards, .. } if is_exact => {
                Like::Written(Form::Glob(literal_glob(text, wildcards)))
            }
            Literal::Pattern { text, wildcards, .. } => Like::Glob(glob(text, wildcards)),
            Literal::Fuzzy { .. } if is_exact => {
                return Err(
                    self.unsupported("`exact:` and mistakes exclude each other", "remove one of them")
                );
            }
            Literal::Fuzzy { text, edits } => Like::Fuzzy(Fuzzy::of(&keyword_form(text), *edits)),
            Literal::Regex { source, flags } => {
                let pattern = TextPattern::whole(source, flags, is_exact);
                Like::Pattern(Box::new(pattern.map_err(|reason| self.broken_regex(&reason))?))
            }
            Literal::List { .. } if is_exact => {
                return Err(self.unsupported("a list is never exact", "remove `exact:`"));
            }
            Literal::List { name } => Like::List(self.list(name)?.clone()),
            Literal::Range { .. } | Literal::Any | Literal::Near(_) => return Err(self.no_range()),
        };
        let warning = match &like {
            Like::List(lexicon) if lexicon.is_empty() => Some(self.empty_list()),
            Like::Glob(glob) if !closed_values(field).is_empty() => {
                let can_be = closed_values(field).iter().any(|value| glob.fits(value));
                (!can_be).then(|| self.never(field, "this"))
            }
            _ => None,
        };
        Ok((Test::Like { field, like }, warning))
    }

    fn value(&self, field: Field, is_exact: bool) -> Compiled {
        let (text, is_prefix) = match self.literal {
            Literal::Word { text, is_prefix } => (text.as_str(), *is_prefix),
            _ => (self.plain()?, false),
        };
        let form = keyword_form(text);
        if form.is_empty() {
            return Err(self.wrong(
                Code::NothingToFind,
                "this value is empty",
                "write a value, or `*` for any",
            ));
        }
        let known = closed_values(field);
        let is_known = known.is_empty()
            || known.iter().any(|value| *value == form || is_prefix && value.starts_with(&form));
        let warning = (!is_known).then(|| self.never(field, text));
        if is_exact {
            let literal = normalise(text.trim().trim_start_matches('+'), Options::LITERAL).text().to_owned();
            let written = if is_prefix {
                let len = literal.len();
                Form::Glob(literal_glob(&format!("{literal}*"), &[len]))
            } else {
                Form::Same(literal)
            };
            return Ok((Test::Like { field, like: Like::Written(written) }, warning));
        }
        Ok((Test::Keyword { field, form, is_prefix }, warning))
    }

    fn never(&self, field: Field, text: &str) -> crate::Diagnostic {
        let known = closed_values(field);
        let help = match nearest(&keyword_form(text), known.iter().copied()) {
            Some(near) => Help::Near(near.to_owned()),
            None => format!("it is one of {}", known.join(", ")).into(),
        };
        self.wrong(Code::NeverTrue, format!("`{}` is never {}", field.word(), quoted(text)), help)
    }

    pub(super) fn empty_list(&self) -> crate::Diagnostic {
        self.wrong(Code::NeverTrue, "this list is empty", "add entries to it")
    }
}

/// A value with wildcards, in the form in which keywords are compared.
pub(crate) fn glob(text: &str, wildcards: &[usize]) -> Glob {
    of_text(text, wildcards, |part, is_first| {
        let form = normalise(part, Options::SEARCH).text().to_owned();
        let form = if is_first { form.trim_start().to_owned() } else { form };
        if is_first { form.strip_prefix('+').unwrap_or(&form).to_owned() } else { form }
    })
}

fn literal_glob(text: &str, wildcards: &[usize]) -> Glob {
    of_text(text, wildcards, |part, _| normalise(part, Options::LITERAL).text().to_owned())
}

fn of_text(text: &str, wildcards: &[usize], form: impl Fn(&str, bool) -> String) -> Glob {
    let mut pieces = Vec::new();
    let mut from = 0;
    for &at in wildcards.iter().chain([&text.len()]) {
        pieces.extend(form(&text[from..at], from == 0).chars().map(Piece::Letter));
        match text[at..].chars().next() {
            Some('*') => pieces.push(Piece::Many),
            Some(_) => pieces.push(Piece::One),
            None => {}
        }
        from = (at + 1).min(text.len());
    }
    Glob::of(pieces.into_iter())
}
