//! What is wrong with a text that somebody typed, shown the way a compiler shows it: the line, the place in it, the fix.

use std::ops::Range;

use aboveboard_policy::{Code, Level};
use aboveboard_query::{Help, Severity};

use crate::words::Words;

/// Characters of the line that are shown before and after the place.
const AROUND_CHARS_MAX: usize = 60;
/// Characters of what was typed that a sentence repeats.
const PIECE_CHARS_MAX: usize = 40;

/// One thing that is wrong, or odd, with the words around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Whether the text cannot be used because of it.
    pub(crate) is_error: bool,
    /// The stable code.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    /// `3:14`, line and column from 1, the column in characters.
    pub(crate) place: String,
    /// The line up to the place, the place itself, and the rest of the line.
    pub(crate) before: String,
    pub(crate) at: String,
    pub(crate) after: String,
    /// What somebody else said of it, in English: what a TOML reader stumbled over.
    pub(crate) detail: Option<String>,
    /// Where the mended text is, where it is clear what was meant.
    pub(crate) mended: Option<String>,
}

/// What is wrong with a query; `mend` makes the address of a mended one.
pub(crate) fn in_query(
    text: &str,
    diagnostics: &[aboveboard_query::Diagnostic],
    w: Words,
    mend: impl Fn(&str) -> String,
) -> Vec<Mistake> {
    let mistake = |one: &aboveboard_query::Diagnostic| Mistake {
        is_error: one.severity() == Severity::Error,
        mended: one.mended(text).as_deref().map(&mend),
        ..said(text, &one.span, one.code.word(), &one.message, w).or_near(one.help.as_ref(), w)
    };
    diagnostics.iter().map(mistake).collect()
}

impl Mistake {
    /// The same, with the word that was probably meant ahead of any other help.
    fn or_near(self, help: Option<&Help>, w: Words) -> Self {
        let Some(Help::Near(near)) = help else { return self };
        let asked = w.with("mistake.near", "near", near);
        let otherwise = self.help.map(|help| w.with("mistake.if_not", "help", help));
        Self {
            help: Some([Some(asked), otherwise].into_iter().flatten().collect::<Vec<_>>().join(" ")),
            ..self
        }
    }
}

/// A mistake in the reader's words: a sentence for each code, with what was typed or meant put in.
fn said(text: &str, span: &Range<usize>, code: &'static str, message: &str, w: Words) -> Mistake {
    let typed =
        text.get(span.clone()).map(str::trim).filter(|typed| !typed.is_empty() && !typed.contains('\n'));
    let piece: String = match typed {
        Some(typed) => typed.chars().take(PIECE_CHARS_MAX).collect(),
        // Where something is missing, the message alone knows what.
        None => message.split(['"', '`']).nth(1).unwrap_or_default().to_owned(),
    };
    let with_piece = |sentence: String| sentence.replace("{text}", &piece);
    Mistake {
        code,
        message: with_piece(w.of("diagnostic", code)),
        help: w.has("diagnostic_help", code).then(|| with_piece(w.of("diagnostic_help", code))),
        ..around(text, span)
    }
}

/// What is wrong with a policy: where it is not even TOML that comes first, and warnings come last.
pub(crate) fn in_policy(text: &str, diagnostics: &[aboveboard_policy::Diagnostic], w: Words) -> Vec<Mistake> {
    let mut diagnostics: Vec<_> = diagnostics.iter().collect();
    diagnostics.sort_by_key(|one| (one.level() != Level::Error, one.code != Code::NotToml));
    let mistake = |one: &aboveboard_policy::Diagnostic| Mistake {
        is_error: one.level() == Level::Error,
        detail: (one.code == Code::NotToml).then(|| one.message.clone()),
        ..said(text, &one.span, one.code.word(), &one.message, w)
    };
    diagnostics.into_iter().map(mistake).collect()
}

/// The line around a place, cut on both sides; a place over several lines ends with the first.
fn around(text: &str, span: &Range<usize>) -> Mistake {
    let start = text.floor_char_boundary(span.start);
    let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |end| start + end);
    let end = text.ceil_char_boundary(span.end.min(text.len())).clamp(start, line_end);
    let (before, after) = (&text[line_start..start], &text[end..line_end]);
    let skipped = before.chars().count().saturating_sub(AROUND_CHARS_MAX);
    Mistake {
        is_error: true,
        code: "",
        message: String::new(),
        help: None,
        place: format!("{}:{}", text[..start].matches('\n').count() + 1, before.chars().count() + 1),
        before: before.chars().skip(skipped).map(visible).collect(),
        at: text[start..end].chars().take(AROUND_CHARS_MAX).map(visible).collect(),
        after: after.chars().take(AROUND_CHARS_MAX).map(visible).collect(),
        detail: None,
        mended: None,
    }
}

fn visible(one: char) -> char {
    if one.is_control() && one != '\t' { char::REPLACEMENT_CHARACTER } else { one }
}

#[cfg(test)]
mod tests {
    use aboveboard_policy::Policy;
    use aboveboard_query::Query;
    use proptest::prelude::*;

    use super::*;
    use crate::words::Language;

    fn english() -> Words {
        Words::new(Language::English)
    }

    #[test]
    fn a_mistake_stands_in_its_line() {
        let text = "a = 1\né = wrong # x\nb = 2";
        let mistake = around(text, &(11..16));
        assert_eq!((&*mistake.before, &*mistake.at, &*mistake.after), ("é = ", "wrong", " # x"));
        assert_eq!(mistake.place, "2:5");
    }

    #[test]
    fn the_word_that_was_probably_meant_comes_first() {
        for (language, text, wanted) in [
            (Language::English, "diretion:in", "Did you mean direction? If not: Put it in quotation marks"),
            (
                Language::BrazilianPortuguese,
                "diretion:in",
                "Você quis dizer direction? Se não: Ponha entre aspas",
            ),
            (Language::English, "zzzzzz:in", "Put it in quotation marks"),
        ] {
            let diagnostics = Query::parse(text).unwrap_err();
            let mistakes = in_query(text, &diagnostics, Words::new(language), str::to_owned);
            let help = mistakes[0].help.clone().unwrap();
            assert!(help.starts_with(wanted), "{help}");
        }
    }

    #[test]
    fn a_place_over_lines_beyond_the_end_or_inside_a_character_is_still_one() {
        assert_eq!(around("ab\ncd", &(1..5)).at, "b");
        assert_eq!(around("ab", &(2..2)).at, "");
        assert_eq!(around("ab", &(90..95)).place, "1:3");
        assert_eq!(around("é!", &(1..1)).before, "");
        assert_eq!(around("\0x", &(1..2)).before, "\u{fffd}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}HERE{}", "a".repeat(500), "z".repeat(500));
        let mistake = around(&text, &(500..504));
        assert_eq!((mistake.before.len(), mistake.after.len()), (AROUND_CHARS_MAX, AROUND_CHARS_MAX));
        assert_eq!((&*mistake.at, &*mistake.place), ("HERE", "1:501"));
    }

    #[test]
    fn queries_and_policies_say_what_is_wrong_and_where() {
        let text = "tex:hello";
        let mistakes = in_query(text, &Query::parse(text).unwrap_err(), english(), str::to_owned);
        assert!(mistakes[0].is_error && mistakes[0].code.starts_with('E') && mistakes[0].at.contains("tex"));
        assert_eq!(mistakes[0].mended.as_deref(), Some("text:hello"));
        assert_eq!(mistakes[0].message, "No field is called “tex”.");
        let text = "id = 7";
        let mistakes = in_policy(text, &Policy::parse(text).unwrap_err(), english());
        assert!(
            mistakes.iter().any(|one| one.code == "P003" && one.message.contains("title")),
            "{mistakes:?}"
        );
        assert!(mistakes.iter().any(|one| one.code == "P005" && one.place == "1:6"), "{mistakes:?}");
    }

    #[test]
    fn a_text_that_is_not_toml_is_named_first_and_warnings_last() {
        let of =
            |code| aboveboard_policy::Diagnostic { code, span: 0..0, message: String::new(), help: None };
        let warning = Code::OWN.iter().copied().find(|code| code.level() == Level::Warning).unwrap();
        let mistakes = in_policy("", &[of(warning), of(Code::TooLong), of(Code::NotToml)], english());
        let codes: Vec<_> = mistakes.iter().map(|one| one.code).collect();
        assert_eq!(codes, [Code::NotToml.word(), Code::TooLong.word(), warning.word()]);
    }

    proptest! {
        #[test]
        fn no_text_and_no_place_panic(text: String, start in 0usize..40, end in 0usize..40) {
            let mistake = around(&text, &(start..end));
            prop_assert!(!mistake.before.contains('\n') && !mistake.at.contains('\n'));
        }
    }
}
