//! Patterns over running text: regular expressions, and wildcards in words that are more than letters and digits.

use std::ops::Range;

use aboveboard_text::{Options, normalise};
use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

/// Most memory that one pattern may take when it is compiled, in bytes, and for what it remembers while it runs.
pub const PATTERN_BYTES_MAX: usize = 2 << 20;
/// Deepest nesting within a regular expression.
pub const PATTERN_NESTING_MAX: u32 = 64;
/// Most places of one pattern that are looked at in one zone; whether it is there at all does not depend on it.
pub const PATTERN_PLACES_MAX: usize = 4096;

/// A pattern, to be found anywhere in a text. It is linear in the text.
#[derive(Clone, Debug)]
pub(crate) struct TextPattern {
    /// What was asked, for comparing and for who builds one automaton of many.
    source: String,
    /// Found in the text as written.
    written: Option<Regex>,
    /// Found in the normal form.
    normal: Option<Regex>,
    /// What must stand in the normal form: all of these groups, any of each.
    needs: Vec<Vec<String>>,
    /// Whether it is found even where nothing stands.
    pub(crate) may_be_empty: bool,
}

impl PartialEq for TextPattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
            && self.written.is_some() == other.written.is_some()
            && self.normal.is_some() == other.normal.is_some()
    }
}

impl TextPattern {
    /// A regular expression, found in the text as written and in its normal form, in both whatever the case; with `is_exact`
    /// only as written.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(crate) fn regex(source: &str, flags: &str, is_exact: bool) -> Result<Self, String> {
        let prefix = if flags.is_empty() { String::new() } else { format!("(?{flags})") };
        let build = |source: &str| built(&format!("{prefix}{source}"), !is_exact);
        let hir = ParserBuilder::new()
            .nest_limit(PATTERN_NESTING_MAX)
            .build()
            .parse(source)
            .map_err(|error| reason(&error.to_string()))?;
        let may_be_empty = hir.properties().minimum_len().is_none_or(|len| len == 0);
        let needs = if may_be_empty { Vec::new() } else { needs(&hir) };
        let normal = if is_exact { None } else { Some(build(&folded(source))?) };
        Ok(Self {
            source: format!("{prefix}{source}"),
            written: Some(build(source)?),
            normal,
            needs,
            may_be_empty,
        })
    }

    /// A regular expression that a whole value must fit, in the form in which keywords are compared.
    pub(crate) fn whole(source: &str, flags: &str, is_exact: bool) -> Result<Self, String> {
        let inner = Self::regex(source, flags, is_exact)?;
        // A comment at its end, which `(?x)` allows, is ended by a line of its own: elsewhere a line's end would count.
        let anchored = |source: &str| {
            let closed = |end: &str| built(&format!("^(?{flags}:{source}{end})$"), !is_exact);
            closed("").or_else(|_| closed("\n"))
        };
        let normal = if is_exact { None } else { Some(anchored(&folded(source))?) };
        Ok(Self { written: Some(anchored(source)?), normal, ..inner })
    }

    /// What was already made of wildcards, found in the normal form.
    pub(crate) fn normal(source: String, needs: Vec<Vec<String>>) -> Result<Self, String> {
        let normal = Some(built(&source, false)?);
        Ok(Self { source, written: None, normal, needs, may_be_empty: false })
    }

    /// The same, found as written.
    pub(crate) fn written(source: String) -> Result<Self, String> {
        let written = Some(built(&source, false)?);
        Ok(Self { source, written, normal: None, needs: Vec::new(), may_be_empty: false })
    }

    pub(crate) fn needs(&self) -> &[Vec<String>] {
        &self.needs
    }

    /// Whether it fits a text and its normal form anywhere.
    pub(crate) fn fits(&self, written: &str, normal: &str) -> bool {
        self.written.as_ref().is_some_and(|regex| regex.is_match(written))
            || self.normal.as_ref().is_some_and(|regex| regex.is_match(normal))
    }

    /// Its places in a text as written, in order; `original` leads from the normal form back. Empty ones are left out.
    pub(crate) fn places(
        &self,
        written: &str,
        normal: &str,
        original: impl Fn(Range<usize>) -> Range<usize>,
    ) -> Vec<Range<usize>> {
        let found = |regex: &Regex, text: &str| -> Vec<Range<usize>> {
            let places = regex.find_iter(text).take(PATTERN_PLACES_MAX).map(|place| place.range());
            places.filter(|place| !place.is_empty()).collect()
        };
        let mut places: Vec<Range<usize>> =
            self.written.iter().flat_map(|regex| found(regex, written)).collect();
        if let Some(regex) = &self.normal {
            places.extend(found(regex, normal).into_iter().map(original));
        }
        places.sort_unstable_by_key(|place| (place.start, place.end));
        places.dedup();
        places
    }
}

fn built(source: &str, ignores_case: bool) -> Result<Regex, String> {
    RegexBuilder::new(source)
        .case_insensitive(ignores_case)
        .size_limit(PATTERN_BYTES_MAX)
        .dfa_size_limit(PATTERN_BYTES_MAX)
        .nest_limit(PATTERN_NESTING_MAX)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                "it is too large when its repetitions are counted out".to_owned()
            }
            error => reason(&error.to_string()),
        })
}

/// The last line of what the reader of regular expressions says, which is the reason.
fn reason(error: &str) -> String {
    let last = error.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).trim().to_owned()
}

/// The expression with the letters outside of classes and escapes in normal form.
fn folded(source: &str) -> String {
    let mut folded = String::with_capacity(source.len());
    let (mut is_escaped, mut classes, mut braces) = (false, 0u32, false);
    for c in source.chars() {
        let is_plain = !is_escaped && classes == 0 && !braces && !c.is_ascii();
        match c {
            '[' if !is_escaped => classes += 1,
            ']' if !is_escaped => classes = classes.saturating_sub(1),
            '{' => braces = true,
            '}' => braces = false,
            _ => {}
        }
        is_escaped = c == '\\' && !is_escaped;
        if is_plain {
            let mut buffer = [0; 4];
            let normal = normalise(c.encode_utf8(&mut buffer), Options::SEARCH);
            match normal.text().chars().count() {
                0 => {}
                1 => folded.push_str(&regex::escape(normal.text())),
                _ => {
                    folded.push_str("(?:");
                    folded.push_str(&regex::escape(normal.text()));
                    folded.push(')');
                }
            }
        } else {
            folded.push(c);
        }
    }
    folded
}

/// What every match has in its normal form: all of these groups of runs of ASCII letters and digits, any of each group.
fn needs(hir: &Hir) -> Vec<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            runs(&String::from_utf8_lossy(&literal.0)).into_iter().map(|run| vec![run]).collect()
        }
        HirKind::Capture(capture) => needs(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => needs(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().flat_map(needs).collect(),
        HirKind::Alternation(parts) => {
            // One run of each alternative, the longest.
            let best = |part: &Hir| {
                let groups = needs(part);
                groups
                    .into_iter()
                    .min_by_key(|group| group.iter().map(|run| std::cmp::Reverse(run.len())).max())
            };
            let groups: Option<Vec<Vec<String>>> = parts.iter().map(best).collect();
            groups.map(|groups| vec![groups.concat()]).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The runs of a literal that stand in a normal form as one piece of a word: letters that fold to ASCII letters and digits.
fn runs(literal: &str) -> Vec<String> {
    let mut runs = vec![String::new()];
    for c in literal.chars() {
        let mut buffer = [0; 4];
        let normal = normalise(c.encode_utf8(&mut buffer), Options::SEARCH);
        let text = normal.text();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !is_shifting(c) {
            runs.iter_mut().next_back().into_iter().for_each(|run| run.push_str(text));
        } else {
            runs.push(String::new());
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// Whether the letters beside it decide what a letter is in normal form: Greek and Cyrillic.
fn is_shifting(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{52F}')
}

/// Whether a character belongs to a word without being a letter or digit: what marks vowels in Indic scripts.
pub(crate) fn is_mark(c: char) -> bool {
    unicode_mark().is_match(c.encode_utf8(&mut [0; 4]))
}

fn unicode_mark() -> &'static Regex {
    static MARK: std::sync::LazyLock<Regex> =
        std::sync::LazyLock::new(|| Regex::new(r"^\p{M}$").expect("a class of Unicode"));
    &MARK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown<'t>(source: &str, text: &'t str) -> Vec<&'t str> {
        let normal = normalise(text, Options::SEARCH);
        let pattern = TextPattern::regex(source, "", false).unwrap();
        pattern
            .places(text, normal.text(), |place| normal.original(place))
            .into_iter()
            .map(|place| &text[place])
            .collect()
    }

    #[test]
    fn an_expression_is_found_as_written_and_folded() {
        for (source, text, wanted) in [
            ("pix[0-9]+", "o PIX123 e pix4", &["PIX123", "pix4"][..]),
            ("joão", "fala JOAO", &["JOAO"]),
            ("joao", "fala João", &["João"]),
            ("[A-Z]{5}\\d{4}[A-Z]", "pan abcde1234f", &["abcde1234f"]),
            ("paypal", "раураl", &["раураl"]),
            ("“sim”", "“sim”", &["“sim”"]),
            ("a*", "bb", &[]),
            ("\\d+", "١٢٣", &["١٢٣"]),
            ("straße", "STRASSE", &["STRASSE"]),
        ] {
            assert_eq!(shown(source, text), wanted, "{source}");
        }
    }

    #[test]
    fn what_an_expression_needs_is_told() {
        let needs = |source: &str| TextPattern::regex(source, "", false).unwrap().needs;
        let groups = |groups: &[&[&str]]| -> Vec<Vec<String>> {
            groups.iter().map(|group| group.iter().map(|run| (*run).to_owned()).collect()).collect()
        };
        assert_eq!(needs("pix\\d+chave"), groups(&[&["pix"], &["chave"]]));
        assert_eq!(needs("(pagar|enviar) via"), groups(&[&["pagar", "enviar"], &["via"]]));
        assert_eq!(needs("(pagar|.*)x?"), groups(&[]));
        assert_eq!(needs("São+"), groups(&[&["sa"], &["o"]]));
        assert_eq!(needs("a*"), groups(&[]));
    }

    #[test]
    fn an_expression_that_is_broken_or_too_large_is_refused_with_a_reason() {
        for source in ["(", "[a", "a{2,1}", "(?<n", "*", "\\p{Nonsense}", "(?=a)", "(a)\\1"] {
            assert!(
                TextPattern::regex(source, "", false).is_err_and(|reason| !reason.is_empty()),
                "{source}"
            );
        }
        for source in ["((((a{90}){90}){90}){90})", "(\\w{100}){100}", &"(".repeat(500)] {
            assert!(TextPattern::regex(source, "", false).is_err(), "{source}");
        }
    }
}
