//! From TOML text to a policy, finding every mistake at once.

use std::ops::Range;

use aboveboard_model::finding::{Action, Severity};
use aboveboard_query::Query;
use jiff::SignedDuration;
use toml::de::{DeTable, DeValue};

use crate::{
    diagnostic::{Code, Diagnostic},
    effective::effective,
    parse_example::example,
    policy::{
        Before, EXAMPLES_MAX, Example, Expect, ID_BYTES_MAX, KINDS_TO_COME, Kind, LANGUAGES,
        POLICY_BYTES_MAX, Policy, REMARK_BYTES_MAX, Remarks, SCOPE_NAMES_MAX, Scope, TITLE_BYTES_MAX,
        Translation,
    },
    source::{Notes, Table, Text, WORD_BYTES_MAX, unknown_word, wrong_type},
};

/// The keys of a policy, in the manual's order.
const KEYS: &[&str] = &[
    "id",
    "title",
    "why",
    "serves",
    "misfires",
    "kind",
    "query",
    "scope",
    "effective",
    "severity",
    "action",
    "before",
    "lateness",
    "en",
    "pt-BR",
    "example",
];

/// What a policy's text came to: the policy, unless something is wrong, and everything that is wrong or odd.
///
/// With the policy comes the place of its id.
pub(crate) fn parse(text: &str) -> (Option<(Policy, Range<usize>)>, Vec<Diagnostic>) {
    if text.len() > POLICY_BYTES_MAX {
        let message = format!("this policy is {} bytes long, the limit is {POLICY_BYTES_MAX}", text.len());
        return (None, vec![Diagnostic::new(Code::TooLong, 0..text.len(), message)]);
    }
    let mut notes = Notes::default();
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        notes.add(Diagnostic::new(Code::NotToml, span, error.message()));
    }
    let table = Table::new(table.get_ref(), 0..text.len(), "a policy");
    table.only(KEYS, &mut notes);
    let policy = policy(&table, text, &mut notes);
    let id_span = table.get("id").map_or(0..0, |value| value.span());
    (policy.map(|policy| (policy, id_span)), notes.in_order())
}

fn policy(table: &Table<'_, '_>, text: &str, notes: &mut Notes) -> Option<Policy> {
    let id = id(table, notes);
    let title = table.required_text("title", TITLE_BYTES_MAX, notes).map(|title| title.value.to_owned());
    let remarks = remarks(table, notes);
    let translations = LANGUAGES.iter().filter_map(|tag| Some((*tag, translation(table, tag, notes)?)));
    let translations = translations.collect();
    let kind = kind(table, notes);
    let query = query(table, text, notes);
    let scope = scope(table, notes);
    let effective = effective(table, notes);
    table.required("severity", notes);
    let severity = table.word("severity", Severity::ALL, Severity::word, notes);
    table.required("action", notes);
    let action = table.word("action", Action::ALL, Action::word, notes);
    let before = match table.get("before") {
        Some(_) => table.word("before", Before::ALL, Before::word, notes),
        None => Some(Before::None),
    };
    let lateness = lateness(table, notes);
    let examples = examples(table, notes);
    if action == Some(Action::Ignore) && before.is_some_and(|before| before != Before::None) {
        let span = table.get("before").map_or(0..0, |value| value.span());
        let message = "an exception does not act before sending either";
        notes.add(Diagnostic::new(Code::NoEffect, span, message).with_help("leave \"before\" out"));
    }
    Some(Policy {
        id: id?,
        title: title?,
        remarks,
        translations,
        kind: kind?,
        query: query?,
        scope,
        effective,
        severity: severity?,
        action: action?,
        before: before?,
        lateness,
        examples,
    })
}

fn remarks(table: &Table<'_, '_>, notes: &mut Notes) -> Remarks {
    let mut remark =
        |key| table.text(key, REMARK_BYTES_MAX, notes).map(|remark| remark.value.trim().to_owned());
    Remarks { why: remark("why"), serves: remark("serves"), misfires: remark("misfires") }
}

/// Title and remarks in one more language, if its table is there.
fn translation(table: &Table<'_, '_>, tag: &'static str, notes: &mut Notes) -> Option<Translation> {
    let value = table.get(tag)?;
    let DeValue::Table(inner) = value.get_ref() else {
        wrong_type(tag, "a table", value, notes);
        return None;
    };
    let table = Table::new(inner, value.span(), "a translation");
    table.only(&["title", "why", "serves", "misfires"], notes);
    let title = table.text("title", TITLE_BYTES_MAX, notes).map(|title| title.value.to_owned());
    Some(Translation { title, remarks: remarks(&table, notes) })
}

/// An id: lower-case words of letters and digits with hyphens, parted by full stops.
fn id(table: &Table<'_, '_>, notes: &mut Notes) -> Option<String> {
    let id = table.required_text("id", ID_BYTES_MAX, notes)?;
    let is_word = |word: &str| {
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        word.bytes().all(|byte| is_letter(byte) || byte == b'-')
            && word.bytes().next().is_some_and(is_letter)
            && !word.ends_with('-')
    };
    if !id.value.split('.').all(is_word) {
        let message = "an id is lower-case words of letters, digits and hyphens, parted by full stops";
        notes.add(Diagnostic::new(Code::BadId, id.span, message).with_help("like side-deal.foreign-account"));
        return None;
    }
    Some(id.value.to_owned())
}

fn kind(table: &Table<'_, '_>, notes: &mut Notes) -> Option<Kind> {
    let found = table.required_text("kind", WORD_BYTES_MAX, notes)?;
    let known = Kind::ALL.iter().copied().find(|kind| kind.word() == found.value);
    if known.is_some() {
        return known;
    }
    let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
    if KINDS_TO_COME.contains(&found.value) {
        let message = format!("policies of kind \"{}\" cannot be used yet", found.value);
        let help = format!("the kinds that can be used are: {}", words.join(", "));
        notes.add(Diagnostic::new(Code::KindNotYet, found.span, message).with_help(help));
    } else {
        notes.add(unknown_word("kind", &found, &words));
    }
    None
}

/// The query, with its mistakes at their places in the policy's text.
fn query(table: &Table<'_, '_>, text: &str, notes: &mut Notes) -> Option<Query> {
    let found = table.required_text("query", aboveboard_query::QUERY_BYTES_MAX, notes)?;
    let (query, mistakes) = match Query::parse(found.value) {
        Ok(query) => {
            let warnings = query.warnings().to_vec();
            (Some(query), warnings)
        }
        Err(mistakes) => (None, mistakes),
    };
    for mistake in mistakes {
        notes.add(Diagnostic {
            code: Code::Query(mistake.code),
            span: place(&found, &mistake.span, text),
            message: mistake.message,
            help: mistake.help.map(|help| help.to_string()),
        });
    }
    query
}

/// Where a place of a quoted text stands in the file: exact where the text is written without escapes, else all of it.
fn place(found: &Text<'_>, within: &Range<usize>, text: &str) -> Range<usize> {
    match text.get(found.span.clone()).and_then(|written| written.find(found.value)) {
        Some(start) => {
            let start = found.span.start + start;
            start + within.start..start + within.end
        }
        None => found.span.clone(),
    }
}

fn scope(table: &Table<'_, '_>, notes: &mut Notes) -> Scope {
    let Some(value) = table.get("scope") else { return Scope::default() };
    let DeValue::Table(inner) = value.get_ref() else {
        wrong_type("scope", "a table", value, notes);
        return Scope::default();
    };
    let scope = Table::new(inner, value.span(), "a scope");
    scope.only(&["regions", "teams"], notes);
    Scope {
        regions: scope.texts("regions", SCOPE_NAMES_MAX, notes).unwrap_or_default(),
        teams: scope.texts("teams", SCOPE_NAMES_MAX, notes).unwrap_or_default(),
    }
}

fn lateness(table: &Table<'_, '_>, notes: &mut Notes) -> Option<SignedDuration> {
    let found = table.text("lateness", WORD_BYTES_MAX, notes)?;
    let duration: Option<SignedDuration> = found.value.parse().ok();
    let duration = duration.filter(|duration| duration.is_positive());
    let note = match duration {
        Some(_) => Diagnostic::new(
            Code::NoEffect,
            found.span,
            "\"lateness\" has no effect on a match policy: it looks at one message",
        ),
        None => Diagnostic::new(Code::BadDuration, found.span, "\"lateness\" is not a length of time")
            .with_help("like \"2h\" or \"30m\""),
    };
    notes.add(note);
    duration
}

fn examples(table: &Table<'_, '_>, notes: &mut Notes) -> Vec<Example> {
    let Some(value) = table.get("example") else {
        few_examples(table.span.end..table.span.end, notes);
        return Vec::new();
    };
    let Some(array) = value.get_ref().as_array() else {
        wrong_type("example", "a list of tables, each under [[example]]", value, notes);
        return Vec::new();
    };
    if array.len() > EXAMPLES_MAX {
        let message = format!("there are {} examples, the limit is {EXAMPLES_MAX}", array.len());
        notes.add(Diagnostic::new(Code::TooMany, value.span(), message));
    }
    let read = |value| example(value, notes);
    let examples: Vec<Example> = array.iter().take(EXAMPLES_MAX).filter_map(read).collect();
    let has = |expect| examples.iter().any(|example| example.expect == expect);
    if !has(Expect::Match) || !has(Expect::NoMatch) {
        few_examples(value.span(), notes);
    }
    examples
}

fn few_examples(span: Range<usize>, notes: &mut Notes) {
    let message = "there is no example that must match, or none that must not";
    let help = "add [[example]] tables with \"text\" and \"expect\"";
    notes.add(Diagnostic::new(Code::FewExamples, span, message).with_help(help));
}
