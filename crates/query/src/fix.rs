//! What a query becomes when the change that a diagnostic asks for is made, where it is clear what to write.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, Help};
use crate::{EDITS_MAX, Query, SLOP_MAX};

/// A distance between words to begin with.
const DISTANCE: u32 = 5;

/// A query with a part of it written anew.
struct Mended {
    text: String,
    /// Where the new part stands.
    place: Range<usize>,
}

impl Diagnostic {
    /// The query with this mended; `None` where only its author knows what was meant. Other mistakes stay.
    pub fn mended(&self, text: &str) -> Option<String> {
        let mended = self.rewritten(text)?;
        // A name that was nearly right is one of an environment that is not known here.
        let is_name = matches!(self.code, Code::MissingList | Code::MissingMacro);
        if !is_name && self.is_still_in(&mended) {
            return None;
        }
        let whole = match self.code {
            Code::MissingOperand | Code::BoostIgnored => mended.text.trim(),
            _ => &mended.text,
        };
        (whole != text && !whole.is_empty()).then(|| whole.to_owned())
    }

    /// Whether the same is wrong with the mended query in the same place.
    fn is_still_in(&self, mended: &Mended) -> bool {
        let diagnostics =
            Query::parse(&mended.text).map_or_else(|mistakes| mistakes, |query| query.warnings().to_vec());
        diagnostics.iter().any(|one| {
            let is_there = one.span.start <= mended.place.end && one.span.end >= mended.place.start;
            one.code == self.code && (is_there || one.span.start == self.span.start)
        })
    }

    fn rewritten(&self, text: &str) -> Option<Mended> {
        let place = text.get(self.span.clone())?;
        let near = match &self.help {
            Some(Help::Near(word)) => Some(word.as_str()),
            _ => None,
        };
        let put = |new: &str| Some(replaced(text, &self.span, new));
        match self.code {
            Code::UnknownField => put(near?),
            Code::Unbalanced if place == "(" => Some(closed(text, ")")),
            Code::Unquoted => Some(closed(text, "\"")),
            Code::Unbalanced | Code::MissingOperand | Code::BoostIgnored => put(""),
            Code::BadDistance => put(&distance(place, text[..self.span.start].ends_with('"'))),
            Code::BrokenRegex if place == "/" => Some(closed(text, "/")),
            Code::MissingList | Code::MissingMacro if near.is_some() => put(near?),
            Code::Unsupported => match without_mistakes(place) {
                Some(word) => put(word),
                None => Some(replaced(text, &(manner(text, self.span.start)?..self.span.start), "")),
            },
            Code::MissingValue if place.ends_with(':') => put(&format!("{place}*")),
            Code::LowerCaseOperator => put(&place.to_uppercase()),
            Code::NeverTrue if near.is_some() => put(&place.replace(place.rsplit(':').next()?, near?)),
            _ => None,
        }
    }
}

/// A distance that may be, nearest to the one that is written.
fn distance(written: &str, is_after_phrase: bool) -> String {
    let is_digit = |c: char| c.is_ascii_digit();
    match written.strip_prefix('~') {
        Some(digits) if is_after_phrase && (digits.is_empty() || !digits.chars().all(is_digit)) => {
            format!("~{DISTANCE}")
        }
        Some(_) if is_after_phrase => format!("~{SLOP_MAX}"),
        Some(_) => format!("~{EDITS_MAX}"),
        None => {
            let start = written.find(is_digit).unwrap_or(written.len());
            let end = written.rfind(is_digit).map_or(start, |last| last + 1);
            replaced(written, &(start..end), &SLOP_MAX.to_string()).text
        }
    }
}

/// A word without the number of its mistakes, if it has one.
fn without_mistakes(word: &str) -> Option<&str> {
    word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').strip_suffix('~')
}

/// Where the `exact:` or `stem:` begins that stands right before a place.
fn manner(text: &str, place: usize) -> Option<usize> {
    let name = text[..place].trim_end().strip_suffix(':')?;
    let start =
        name.len() - name.chars().rev().take_while(|&c| c.is_ascii_alphanumeric() || c == '.').count();
    let word = name[start..].split('.').next()?;
    ["exact", "stem"].iter().any(|manner| manner.eq_ignore_ascii_case(word)).then_some(start)
}

/// The text with what closes its last part.
fn closed(text: &str, sign: &str) -> Mended {
    let end = text.trim_end().len();
    replaced(text, &(end..text.len()), sign)
}

fn replaced(text: &str, span: &Range<usize>, new: &str) -> Mended {
    let place = span.start..span.start + new.len();
    Mended { text: [&text[..span.start], new, &text[span.end..]].concat(), place }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{Environment, Lexicon, Query};

    fn mended(text: &str) -> Option<String> {
        let diagnostics = match Query::parse(text) {
            Ok(query) => query.warnings().to_vec(),
            Err(diagnostics) => diagnostics,
        };
        diagnostics.first()?.mended(text)
    }

    #[test]
    fn what_is_mended_is_what_was_meant() {
        for (text, wanted) in [
            ("tex:pix", "text:pix"),
            ("(pix OR cash", "(pix OR cash)"),
            ("pix)", "pix"),
            ("\"my pix", "\"my pix\""),
            ("pix AND", "pix"),
            ("OR pix", "pix"),
            ("pix ()", "pix"),
            ("\"a b\"~x", "\"a b\"~5x"),
            ("/pix.*", "/pix.*/"),
            ("p*x~2 cash", "p*x cash"),
            ("pix~9", "pix~2"),
            ("pix~1.5 b", "pix~2 b"),
            ("\"a b\"~9999", "\"a b\"~1000"),
            ("a NEAR/9999 b", "a NEAR/1000 b"),
            ("a ONEAR(n=2000) b", "a ONEAR(n=1000) b"),
            ("a FOLLOWEDBY,99999999999 b", "a FOLLOWEDBY,1000 b"),
            ("stem:pi*", "pi*"),
            ("x stem.pt: pi*", "x pi*"),
            ("stem:pix~1", "stem:pix"),
            ("text:Stem:/a~1/", "text:/a~1/"),
            ("exact:team:sales~1", "exact:team:sales"),
            ("a w/5 b", "a W/5 b"),
            ("team: ", "team:* "),
            ("pix and cash", "pix AND cash"),
            ("direction:ot", "direction:out"),
            ("pix^2", "pix"),
        ] {
            assert_eq!(mended(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn where_only_the_author_knows_nothing_is_offered() {
        for text in [
            "at:yesterday",
            "hour:noon",
            "forwarded:maybe",
            "money:much",
            "direction:sideways",
            "AND",
            "",
            "exact:(a pi*)",
            "stem:(a pi*)",
            "+pix OR cash",
        ] {
            assert_eq!(mended(text), None, "{text}");
        }
    }

    #[test]
    fn a_list_stays_a_list() {
        let mut environment = Environment::default();
        environment.lists.insert("vip", Lexicon::new(["ana"]).unwrap());
        for (text, wanted) in [
            ("exact:@vip", Some("@vip")),
            ("text:exact:@vip", Some("text:@vip")),
            ("@vip~1", Some("@vip")),
            ("exact:(a @vip)", None),
            ("@vi", Some("@vip")),
        ] {
            let mistakes = Query::parse_in(text, &environment).unwrap_err();
            assert_eq!(mistakes[0].mended(text).as_deref(), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_query_panics_when_mended(text in "[a-z:()\"~^*?/@ éAND]{0,24}") {
            let _ = mended(&text);
        }
    }
}
