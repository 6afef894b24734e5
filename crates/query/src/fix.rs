//! What a query becomes when the change that a diagnostic asks for is made, where it is clear what to write.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, Help};

/// A distance between words to begin with.
const DISTANCE: &str = "~5";

impl Diagnostic {
    /// The query with this mended; `None` where only its author knows what was meant. Other mistakes stay.
    pub fn mended(&self, text: &str) -> Option<String> {
        let place = text.get(self.span.clone())?;
        let near = match &self.help {
            Some(Help::Near(word)) => Some(word.as_str()),
            _ => None,
        };
        let put = |new: &str| Some(replaced(text, &self.span, new));
        match self.code {
            Code::UnknownField => put(near?),
            Code::Unbalanced if place == "(" => Some(format!("{})", text.trim_end())),
            Code::Unbalanced => put(""),
            Code::Unquoted => Some(format!("{}\"", text.trim_end())),
            Code::MissingOperand | Code::BoostIgnored => put("").map(|left| left.trim().to_owned()),
            Code::BadDistance => put(DISTANCE),
            Code::BrokenRegex if place == "/" => Some(format!("{}/", text.trim_end())),
            Code::MissingList | Code::MissingMacro if near.is_some() => put(near?),
            Code::Unsupported => {
                let end = self.span.end + suffix(&text[self.span.end..]);
                let words = place.trim_matches(['/', '@', '"']).replace(['"', '\\'], "");
                Some(replaced(text, &(self.span.start..end), &format!("\"{words}\"")))
            }
            Code::MissingValue if place.ends_with(':') => put(&format!("{place}*")),
            Code::LowerCaseOperator => put(&place.to_uppercase()),
            Code::NeverTrue if near.is_some() => put(&place.replace(place.rsplit(':').next()?, near?)),
            _ => None,
        }
        .filter(|mended| mended != text && !mended.is_empty())
    }
}

/// The bytes of a fuzzy distance or a boost at the beginning of what follows a word.
fn suffix(rest: &str) -> usize {
    let is_part = |c: char| matches!(c, '~' | '^' | '.') || c.is_ascii_digit();
    if rest.starts_with(['~', '^']) { rest.find(|c| !is_part(c)).unwrap_or(rest.len()) } else { 0 }
}

fn replaced(text: &str, span: &Range<usize>, new: &str) -> String {
    [&text[..span.start], new, &text[span.end..]].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::Query;

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
            ("p*x~2 cash", "\"p*x~2\" cash"),
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
        for text in
            ["at:yesterday", "hour:noon", "forwarded:maybe", "money:much", "direction:sideways", "AND", ""]
        {
            assert_eq!(mended(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_query_panics_when_mended(text in "[a-z:()\"~^*?/@ éAND]{0,24}") {
            let _ = mended(&text);
        }
    }
}
