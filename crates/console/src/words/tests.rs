//! Tests of the language files, and of the templates and code that use them: nothing missing, nothing unused, nothing raw.

use std::{
    collections::BTreeSet,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use aboveboard_ledger::view::Numbers;
use aboveboard_model::{
    access::Role,
    alert::DismissReason,
    case::Outcome,
    connection::{Doing, Errand, Turned, Why},
    document::Field,
    event::Event,
    finding::Severity,
    item::MediaKind,
    refusal::Refusal,
    registry,
};
use aboveboard_policy::Phrase as Explained;

use super::*;
use crate::{pages, preferences::Theme, problem::Problem};

/// Bytes of a source file that the scanner reads.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Families whose members are known by a list in code.
fn closed_families() -> Vec<String> {
    let numbers = |family: &str, last: u8| (1..=last).map(|n| format!("{family}.{n}")).collect::<Vec<_>>();
    let mut keys = Vec::new();
    let mut family =
        |name: &str, members: Vec<&str>| keys.extend(members.iter().map(|one| format!("{name}.{one}")));
    family("refusal", Refusal::ALL.iter().map(|one| one.code()).collect());
    family("role", Role::ALL.iter().map(|one| one.word()).collect());
    family("entry_kind", Event::KINDS.to_vec());
    family("pack", aboveboard_policy::ALL.iter().map(|pack| pack.name).collect());
    let sectors = aboveboard_policy::ALL.iter().map(|pack| pack.sector);
    family("sector", sectors.filter(|sector| !sector.is_empty()).collect());
    family("severity", Severity::ALL.iter().map(|one| one.word()).collect());
    family("severity_from", Severity::ALL.iter().map(|one| one.word()).collect());
    family("dismiss_reason", DismissReason::ALL.iter().map(|one| one.word()).collect());
    family("outcome", Outcome::ALL.iter().map(|one| one.word()).collect());
    family("field", Field::ALL.iter().map(|one| one.word()).collect());
    family("field_doc", Field::ALL.iter().map(|one| one.word()).collect());
    let query = aboveboard_query::Code::ALL.iter().map(|one| one.word());
    family("diagnostic", query.chain(aboveboard_policy::Code::OWN.iter().map(|one| one.word())).collect());
    let kinds = [MediaKind::Image, MediaKind::Video, MediaKind::Audio, MediaKind::Voice];
    family("media", kinds.iter().map(|one| one.word()).chain(["document", "sticker"]).collect());
    family("errand", Errand::ALL.iter().map(|one| one.word()).collect());
    family("asking", Errand::ALL.iter().map(|one| one.word()).collect());
    family("doing", Doing::ALL.iter().map(|one| one.word()).collect());
    family("why_failed", Why::ALL.iter().map(|one| one.word()).collect());
    family("fix", Why::ALL.iter().map(|one| one.word()).collect());
    family("registry_flaw", registry::Flaw::ALL.iter().map(|one| one.word()).collect());
    family("registry_kind", registry::Kind::ALL.iter().map(|one| one.word()).collect());
    family("registry_state", registry::State::ALL.iter().map(|one| one.word()).collect());
    family("theme", Theme::ALL.iter().map(|theme| theme.word()).collect());
    family("turned", Turned::ALL.iter().map(|one| one.word()).collect());
    family("numbers", Numbers::ALL.iter().map(|one| one.word()).collect());
    family("step", pages::STEP_WORDS.to_vec());
    keys.extend(Explained::ALL.iter().map(|phrase| phrase.key()));
    keys.extend(numbers("weekday", 7));
    keys.extend(numbers("month", 12));
    for word in Problem::WORDS {
        keys.extend(["title", "safe", "todo"].map(|part| format!("problem.{word}.{part}")));
        if !["refused", "not_found", "not_permitted"].contains(word) {
            keys.push(format!("problem.{word}.what"));
        }
    }
    keys.extend(pages::ALL.iter().map(|route| route.title.to_owned()));
    keys
}

/// Families whose members come from outside or from a page's own words: what the files list is what is known.
const FAMILIES: &[&str] = &[
    "age",
    "alert_event",
    "alert_state",
    "alerts_none",
    "blind",
    "card",
    "case_event",
    "case_state",
    "coexistence",
    "diagnostic_help",
    "done",
    "facet",
    "facet_direction",
    "facet_judged",
    "facet_kind",
    "gap_reason",
    "go_also",
    "identity",
    "log_note",
    "message_kind",
    "operator",
    "people",
    "policy_action",
    "policy_step",
    "purpose",
    "queue_state",
    "registry_event",
    "registry_flaw",
    "registry_kind",
    "registry_state",
    "rule_did",
    "search_example",
    "standing",
    "status",
    "suggestion",
    "why_named",
    "zone",
];

fn keys(language: Language) -> BTreeSet<&'static str> {
    language.file().keys().map(String::as_str).collect()
}

fn read_file(path: &Path) -> String {
    let mut text = String::new();
    File::open(path).unwrap().take(FILE_BYTES_MAX).read_to_string(&mut text).unwrap();
    text
}

fn files(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|one| one == extension) {
                let text = read_file(&path);
                found.push((path, text));
            }
        }
    }
    found
}

/// Keys that stand as text in calls of `t`, `n` and `with`.
fn called(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for call in [".t(\"", ".n(\"", ".with(\""] {
        let keys = text.match_indices(call).filter_map(|(at, _)| text[at + call.len()..].split('"').next());
        found.extend(keys.map(str::to_owned));
    }
    found
}

fn all_called() -> BTreeSet<String> {
    let mut sources = files("templates", "html");
    sources.extend(files("src", "rs").into_iter().filter(|(path, _)| !path.ends_with("tests.rs")));
    let mut found: BTreeSet<String> = sources.iter().flat_map(|(_, text)| called(text)).collect();
    found.retain(|key| key.contains('.') && !key.contains('{'));
    found
}

#[test]
fn every_language_has_the_same_keys() {
    let first = keys(Language::ALL[0]);
    for language in Language::ALL {
        let other = keys(*language);
        let missing: Vec<_> = first.symmetric_difference(&other).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", language.tag());
    }
}

#[test]
fn every_key_that_is_used_exists() {
    let known = keys(Language::English);
    let missing: Vec<String> = all_called()
        .into_iter()
        .chain(closed_families())
        .filter(|key| !known.contains(key.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_key_is_used() {
    let used: BTreeSet<String> = all_called().into_iter().chain(closed_families()).collect();
    let in_family = |key: &str| key.split_once('.').is_some_and(|(family, _)| FAMILIES.contains(&family));
    let unused: Vec<_> =
        keys(Language::English).into_iter().filter(|key| !used.contains(*key) && !in_family(key)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn every_phrase_of_an_explanation_has_its_places_in_every_language() {
    for language in Language::ALL {
        for phrase in Explained::ALL {
            let text = Words::new(*language).t(&phrase.key());
            assert_eq!(places(&text), phrase.places(), "{} {}", language.tag(), phrase.key());
        }
    }
}

#[test]
fn every_family_is_asked_for_somewhere() {
    let mut sources = files("templates", "html");
    sources.extend(files("src", "rs"));
    for family in FAMILIES {
        let (of, has) = (format!(".of(\"{family}\""), format!("\"{family}."));
        assert!(sources.iter().any(|(_, text)| text.contains(&of) || text.contains(&has)), "{family}");
    }
}

/// The names in braces, sorted.
fn places(text: &str) -> Vec<&str> {
    let mut places: Vec<&str> = text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
    places.sort_unstable();
    places.dedup();
    places
}

fn texts(phrase: &Phrase) -> [&str; 2] {
    match phrase {
        Phrase::Plain(text) => [text, text],
        Phrase::Plural { one, other } => [one, other],
    }
}

#[test]
fn a_text_has_the_same_places_in_every_language_and_form() {
    for (key, phrase) in Language::English.file() {
        for language in Language::ALL {
            let Some(other) = language.file().get(key) else { continue };
            for text in texts(other) {
                assert_eq!(places(text), places(texts(phrase)[1]), "{}: {key}", language.tag());
                assert!(
                    !text.trim().is_empty() && !text.contains('!') && !text.contains('<'),
                    "{key}: {text}"
                );
            }
        }
    }
}

#[test]
fn plurals_follow_the_language() {
    let english = Words::new(Language::English);
    let portuguese = Words::new(Language::BrazilianPortuguese);
    assert_eq!(english.n("alert.earlier", 0usize), "0 closed alerts on this employee");
    assert_eq!(english.n("alert.earlier", 1usize), "1 closed alert on this employee");
    assert_eq!(portuguese.n("alert.earlier", 0usize), "0 alerta encerrado desta pessoa");
    assert_eq!(portuguese.n("alert.earlier", 1_234_567usize), "1.234.567 alertas encerrados desta pessoa");
    assert_eq!(english.number(1_234_567usize), "1,234,567");
}

#[test]
fn the_browsers_first_language_that_the_console_speaks_is_taken() {
    let cases = [
        ("pt-BR,pt;q=0.9,en;q=0.8", Some(Language::BrazilianPortuguese)),
        ("pt-PT", Some(Language::BrazilianPortuguese)),
        ("de,en-GB;q=0.7,pt;q=0.3", Some(Language::English)),
        ("en;q=0.1, pt;q=0.9", Some(Language::BrazilianPortuguese)),
        ("en;q=0", None),
        ("de", None),
        ("", None),
        (";;;,q=,en;q=x", None),
    ];
    for (header, wanted) in cases {
        assert_eq!(Language::accepted(header), wanted, "{header}");
    }
}

#[test]
fn an_unknown_member_of_a_family_is_shown_as_it_is() {
    let w = Words::new(Language::English);
    assert_eq!(w.of("status", "read"), "read");
    assert_eq!(w.of("status", "warning_2031"), "warning_2031");
}

/// Attributes whose values only programs read. What stands in any other is read or heard by people.
const CODE: &[&str] = &[
    "accept",
    "action",
    "aria-autocomplete",
    "aria-controls",
    "aria-current",
    "aria-describedby",
    "aria-expanded",
    "aria-hidden",
    "aria-invalid",
    "aria-labelledby",
    "aria-keyshortcuts",
    "aria-live",
    "aria-selected",
    "aria-sort",
    "autocapitalize",
    "autocomplete",
    "blocking",
    "charset",
    "class",
    "content",
    "d",
    "data-keys",
    "data-live",
    "data-completes",
    "data-key",
    "data-opens",
    "data-previews",
    "dir",
    "enctype",
    "for",
    "form",
    "href",
    "id",
    "inputmode",
    "lang",
    "list",
    "loading",
    "method",
    "name",
    "preserveaspectratio",
    "rel",
    "role",
    "scope",
    "spellcheck",
    "src",
    "text-anchor",
    "type",
    "value",
    "viewbox",
    "wrap",
];

/// What a template says by itself: outside tags, comments, expressions and blocks; in attributes that people read; and in
/// the texts of expressions.
fn raw_words(template: &str) -> Vec<String> {
    let mut text = template.replace("&nbsp;", " ").replace("&amp;", "&");
    let mut raw = Vec::new();
    for (open, close) in [("{% block shape %}", "{% endblock %}"), ("{#", "#}"), ("{%", "%}"), ("{{", "}}")] {
        while let Some(start) = text.find(open) {
            let end = text[start..].find(close).map_or(text.len(), |end| start + end + close.len());
            if matches!(open, "{%" | "{{") {
                raw.extend(spoken(&text[start..end]));
            }
            text.replace_range(start..end, "\u{0}");
        }
    }
    for (at, part) in text.split('<').enumerate() {
        let (tag, outside) = if at == 0 { ("", part) } else { part.split_once('>').unwrap_or((part, "")) };
        raw.push(outside.to_owned());
        raw.extend(
            attributes(tag).filter(|(name, _)| !CODE.contains(name)).map(|(_, value)| value.to_owned()),
        );
    }
    raw.retain(|text| text.chars().any(char::is_alphabetic));
    raw
}

/// Texts in an expression that are no key, symbol or address: more than one letter, with a capital or a blank among them.
fn spoken(expression: &str) -> Vec<String> {
    let is_path = |text: &str| text.contains(['/', '.']) && !text.contains(' ');
    let is_spoken = |text: &&str| {
        text.chars().filter(|one| one.is_alphabetic()).count() > 1
            && text.contains(|one: char| one.is_uppercase() || one == ' ')
            && !is_path(text)
    };
    expression.split('"').skip(1).step_by(2).filter(is_spoken).map(str::to_owned).collect()
}

/// The attributes of a tag, with either kind of quotes.
fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = tag;
    std::iter::from_fn(move || {
        let (before, after) = rest.split_once('=')?;
        let name = before.rsplit(|one: char| one.is_whitespace() || one == '\0').next().unwrap_or_default();
        let quote = after.chars().next().filter(|one| matches!(one, '"' | '\''));
        let (value, left) = match quote {
            Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        rest = left;
        Some((name, value))
    })
}

/// Letters that are signs and not words: the prefixes of numbers that people quote.
const SIGNS: &[&str] = &["A-\u{0}", "C-\u{0}"];

#[test]
fn no_template_has_words_of_its_own() {
    for (path, text) in files("templates", "html") {
        let raw: Vec<String> =
            raw_words(&text).into_iter().filter(|raw| !SIGNS.contains(&raw.trim())).collect();
        assert!(raw.is_empty(), "{}: {raw:?}", path.display());
    }
}

#[test]
fn the_scanner_finds_raw_words() {
    for raw in [
        "<p>{{ w.t(\"a\") }} raw</p>",
        "<b>{% if x %}raw{% endif %}</b>",
        "<p title=\"Hi\">",
        "<p title='Hi there' class=\"a\">",
        "<input placeholder=Name>",
        "<p data-unsent=\"Not sent\">",
        "<p aria-description=\"{{ w.t(\"a\") }} and more\">",
        "<optgroup label=\"Mine\">",
        "{{ name.unwrap_or(\"Nobody\") }}",
        "{% let text = \"not yet\" %}",
    ] {
        assert_eq!(raw_words(raw).len(), 1, "{raw}: {:?}", raw_words(raw));
    }
    for clean in [
        "{# A note. #}<p class=\"words\">{{ w.t(\"a\") }} · </p>",
        "<a href=\"/alerts?state={{ state }}\" data-key=\"N\">{{ parts::key(\"N\") }}</a>",
        "<a{% if shell.opens(\"/log/{index}\") %} aria-label=\"{{ w.t(\"a.b\") }}\"{% endif %}>{{ w.of(\"a_b\", c) }}</a>",
    ] {
        assert!(raw_words(clean).is_empty(), "{clean}: {:?}", raw_words(clean));
    }
}
