//! Patterns over running text: regular expressions, and wildcards in words that are more than letters and digits.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::Range;
use std::sync::Arc;

use aboveboard_text::{Normal, Options, normalise};
use regex_automata::meta::{self, Regex};
use regex_automata::util::syntax;
use regex_syntax::ParserBuilder;
use regex_syntax::ast::{self, Ast};
use regex_syntax::hir::{Hir, HirKind};

use crate::herald::{BYTES_A_STEP, Cost, Herald};
use crate::shadow;

/// Most memory that one pattern may take when it is compiled, in bytes, and for what it remembers while it runs.
pub const PATTERN_BYTES_MAX: usize = 2 << 20;
/// Deepest nesting within a regular expression.
pub const PATTERN_NESTING_MAX: u32 = 64;
/// Bytes that a pattern may read again and again to find all of its places in one zone; whether it is there at all does not depend
/// on it.
pub const PATTERN_REREAD_BYTES_MAX: u64 = 1 << 24;

/// A pattern, to be found anywhere in a text. Whether it is there is linear in the text.
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
    /// Whether the text behind a place may be read to its end before it is clear that the place ends there.
    reads_on: bool,
    /// Whether it finds in ASCII as written what it finds in its normal form.
    is_alike: bool,
    /// What announces it, where many are looked for together.
    herald: Option<Arc<Herald>>,
}

/// The places of a pattern in a text.
pub(crate) struct Places {
    /// In order, none of them empty and none over another.
    pub(crate) places: Vec<Range<usize>>,
    /// Whether these are all.
    pub(crate) is_whole: bool,
    /// Bytes that were read more than once, at most.
    pub(crate) bytes_read: u64,
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
        let folded = folded(source)?;
        let hir = ParserBuilder::new()
            .nest_limit(PATTERN_NESTING_MAX)
            .build()
            .parse(source)
            .map_err(|error| reason(&error.to_string()))?;
        let may_be_empty = hir.properties().minimum_len().is_none_or(|len| len == 0);
        let needs = if may_be_empty { Vec::new() } else { needs(&hir) };
        let normal = if is_exact { None } else { Some(build(&folded)?) };
        let written = Some(build(source)?);
        let shadow = |source: &str| {
            let mut parser = ParserBuilder::new();
            let parser = parser.nest_limit(PATTERN_NESTING_MAX).case_insensitive(!is_exact);
            let parsed = parser.build().parse(&format!("{prefix}{source}"));
            parsed.map(|hir| shadow::of_regex(&hir)).map_err(|error| reason(&error.to_string()))
        };
        let (as_written, in_normal) = (shadow(source)?, shadow(&folded)?);
        let shadow = if is_exact || as_written == in_normal {
            as_written
        } else {
            Hir::alternation(vec![as_written, in_normal])
        };
        let herald = Herald::new(format!("{is_exact} {prefix}{source}"), shadow, &hir);
        Ok(Self {
            source: format!("{prefix}{source}"),
            written,
            normal,
            needs,
            may_be_empty,
            reads_on: reads_on(&hir),
            is_alike: !is_exact && folded == source && keeps_case_apart_nowhere(source),
            herald: Some(Arc::new(herald)),
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
        let normal = if is_exact { None } else { Some(anchored(&folded(source)?)?) };
        Ok(Self { written: Some(anchored(source)?), normal, herald: None, ..inner })
    }

    /// What was already made of wildcards, found in the normal form.
    pub(crate) fn normal(source: String, needs: Vec<Vec<String>>) -> Result<Self, String> {
        let normal = Some(built(&source, false)?);
        Ok(Self { normal, needs, ..Self::of_wildcards(source) })
    }

    /// The same, found as written.
    pub(crate) fn written(source: String) -> Result<Self, String> {
        let written = Some(built(&source, false)?);
        Ok(Self { written, ..Self::of_wildcards(source) })
    }

    fn of_wildcards(source: String) -> Self {
        Self {
            source,
            written: None,
            normal: None,
            needs: Vec::new(),
            may_be_empty: false,
            reads_on: true,
            is_alike: false,
            herald: None,
        }
    }

    /// What announces it, unless it is found even where nothing stands.
    pub(crate) fn herald(&self) -> Option<&Arc<Herald>> {
        self.herald.as_ref().filter(|_| !self.may_be_empty)
    }

    /// What it costs to find its places in a text.
    pub(crate) fn cost<'n>(&self, written: &str, normal: impl FnOnce() -> &'n Normal) -> Cost {
        let Some(herald) = &self.herald else { return Cost::Steps(written.len() as u64 / BYTES_A_STEP) };
        match herald.cost(written, normal) {
            Cost::Absent(steps) if self.may_be_empty => Cost::Steps(steps),
            cost => cost,
        }
    }

    pub(crate) fn needs(&self) -> &[Vec<String>] {
        &self.needs
    }

    /// Whether it fits a text and its normal form anywhere.
    pub(crate) fn fits(&self, written: &str, normal: &str) -> bool {
        self.written.as_ref().is_some_and(|regex| regex.is_match(written))
            || self.normal.as_ref().is_some_and(|regex| regex.is_match(normal))
    }

    /// Its places in a text as written, in order. Empty ones are left out.
    pub(crate) fn places<'n>(&self, written: &str, normal: impl Fn() -> &'n Normal, most: usize) -> Places {
        let mut found = Places { places: Vec::new(), is_whole: true, bytes_read: 0 };
        let mut look = |regex: &Regex, text: &str| {
            let mut places = Vec::new();
            let mut left = PATTERN_REREAD_BYTES_MAX;
            for place in regex.find_iter(text).filter(|place| !place.is_empty()) {
                places.push(place.range());
                let reread = if self.reads_on { (text.len() - place.end()) as u64 } else { 0 };
                found.bytes_read += reread;
                left = left.saturating_sub(reread);
                if left == 0 || places.len() >= most {
                    found.is_whole = false;
                    break;
                }
            }
            places
        };
        let mut places: Vec<Range<usize>> =
            self.written.iter().flat_map(|regex| look(regex, written)).collect();
        let is_enough = self.normal.is_none() || self.is_alike && written.is_ascii();
        if is_enough && places.len() <= 1 {
            found.places = places;
            return found;
        }
        if let Some(regex) = self.normal.as_ref().filter(|_| !is_enough) {
            let normal = normal();
            places.extend(look(regex, normal.text()).into_iter().map(|place| normal.original(place)));
        }
        found.places = longest(places);
        found
    }

    /// Bytes that it takes.
    pub(crate) fn size_bytes(&self) -> usize {
        self.written.iter().chain(&self.normal).map(Regex::memory_usage).sum()
    }
}

/// Of places that lie over each other the longest, in order.
fn longest(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_unstable_by_key(|place| (std::cmp::Reverse(place.len()), place.start));
    let mut kept: BTreeMap<usize, usize> = BTreeMap::new();
    for place in places {
        let is_over = kept.range(..place.end).next_back().is_some_and(|(_, end)| *end > place.start);
        if !is_over && !place.is_empty() {
            kept.insert(place.start, place.end);
        }
    }
    kept.into_iter().map(|(start, end)| start..end).collect()
}

fn built(source: &str, ignores_case: bool) -> Result<Regex, String> {
    let config =
        meta::Config::new().nfa_size_limit(Some(PATTERN_BYTES_MAX)).hybrid_cache_capacity(PATTERN_BYTES_MAX);
    let syntax = syntax::Config::new().case_insensitive(ignores_case).nest_limit(PATTERN_NESTING_MAX);
    meta::Builder::new().configure(config).syntax(syntax).build(source).map_err(|error| {
        match error.syntax_error() {
            Some(error) => reason(&error.to_string()),
            None => "it is too large when its repetitions are counted out".to_owned(),
        }
    })
}

/// Whether an expression has no part of its own in which case counts.
fn keeps_case_apart_nowhere(source: &str) -> bool {
    source.match_indices("(?").all(|(at, _)| source[at + 2..].starts_with(':'))
}

/// Whether a match may be known long before it is known that no better one begins there: where what has no end is one of several
/// things, or may be left out or repeated.
fn reads_on(hir: &Hir) -> bool {
    let is_endless = |hir: &Hir| hir.properties().maximum_len().is_none();
    match hir.kind() {
        HirKind::Repetition(repetition) => is_endless(&repetition.sub),
        HirKind::Capture(capture) => reads_on(&capture.sub),
        HirKind::Concat(parts) => parts.iter().any(reads_on),
        HirKind::Alternation(parts) => parts.iter().any(is_endless),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => false,
    }
}

/// The last line of what the reader of regular expressions says, which is the reason.
fn reason(error: &str) -> String {
    let last = error.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).trim().to_owned()
}

/// The expression with the letters outside of classes in normal form.
fn folded(source: &str) -> Result<String, String> {
    let parser = ast::parse::ParserBuilder::new().nest_limit(PATTERN_NESTING_MAX).build().parse(source);
    let ast = parser.map_err(|error| reason(&error.to_string()))?;
    let Ok(letters) = ast::visit(&ast, Letters(Vec::new()));
    let (mut folded, mut end) = (String::with_capacity(source.len()), 0);
    for (span, letter) in letters {
        folded.push_str(&source[end..span.start]);
        end = span.end;
        let normal = normalise(letter.encode_utf8(&mut [0; 4]), Options::SEARCH);
        // What becomes of one letter stays one thing, so that what is said of the letter is said of it.
        folded.push_str(&format!("(?:{})", regex::escape(normal.text())));
    }
    folded.push_str(&source[end..]);
    Ok(folded)
}

/// The letters of an expression that are not ASCII, outside of classes, and where they stand.
struct Letters(Vec<(Range<usize>, char)>);

impl ast::Visitor for Letters {
    type Output = Vec<(Range<usize>, char)>;
    type Err = Infallible;

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Infallible> {
        if let Ast::Literal(literal) = ast
            && !literal.c.is_ascii()
        {
            self.0.push((literal.span.start.offset..literal.span.end.offset, literal.c));
        }
        Ok(())
    }

    fn finish(self) -> Result<Self::Output, Infallible> {
        Ok(self.0)
    }
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
pub(crate) fn is_shifting(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{52F}')
}

/// Whether a character belongs to a word without being a letter or digit: what marks vowels in Indic scripts.
pub(crate) fn is_mark(c: char) -> bool {
    unicode_mark().is_match(c.encode_utf8(&mut [0; 4]))
}

fn unicode_mark() -> &'static regex::Regex {
    static MARK: std::sync::LazyLock<regex::Regex> =
        std::sync::LazyLock::new(|| regex::Regex::new(r"^\p{M}$").expect("a class of Unicode"));
    &MARK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown<'t>(source: &str, text: &'t str) -> Vec<&'t str> {
        let normal = normalise(text, Options::SEARCH);
        let pattern = TextPattern::regex(source, "", false).unwrap();
        pattern.places(text, || &normal, usize::MAX).places.into_iter().map(|place| &text[place]).collect()
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
            ("(?-i:pix)", "PIX", &["PIX"]),
            ("(?-i:PIX)", "pix", &[]),
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
