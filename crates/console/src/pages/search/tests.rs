//! Tests of the page of the search.

use std::collections::BTreeMap;

use aboveboard_ledger::view::{Facet, Page as Rows, Place};
use aboveboard_model::{
    document::Mark,
    id::{ContactId, ConversationId, DocumentId, EmployeeId, Index},
};

use super::*;
use crate::bubble::tests::{OFFER, clock};

fn hit(text: &str, words: &str) -> view::Hit {
    let start = text.find(words).unwrap();
    let payee = text.find("11 98888").map(|start| Mark {
        field: Field::Payment,
        value: "unregistered".into(),
        kind: "PIX_KEY".into(),
        zone: Zone::Text,
        start,
        end: start + 13,
        against: None,
    });
    view::Hit {
        document: DocumentId(4),
        revision: 1,
        kind: "message".into(),
        conversation: Some(ConversationId(9)),
        employee: Some(Place {
            employee: EmployeeId(7 << 44),
            team: Some("Sales".into()),
            region: Some("BR".into()),
        }),
        contact: Some(ContactId(5 << 44)),
        direction: Some(Direction::Out),
        at: "2025-11-04T14:02:00Z".parse().unwrap(),
        zones: BTreeMap::from([(Zone::Text, text.to_owned())]),
        spans: vec![(Zone::Text, start, start + words.len())],
        marks: payee.into_iter().collect(),
    }
}

fn html(query: &str, hits: Vec<view::Hit>, estimated: bool, is_later: bool) -> String {
    let answer = SearchPage {
        hits: Rows { rows: hits, next: Some("1.2.3".into()), at: Index(1) },
        total: 1_234,
        estimated,
        facets: vec![
            Facet { field: Field::Payment, values: vec![("unregistered".into(), 7)], others: 0 },
            Facet { field: Field::Handle, values: vec![("registered".into(), 2)], others: 0 },
            Facet { field: Field::Team, values: vec![("Key <b>".into(), 1_200)], others: 3 },
            Facet { field: Field::At, values: vec![("2025-11".into(), 30)], others: 0 },
        ],
        facets_estimated: estimated,
        took_ms: 12,
    };
    let found = found(&answer, query, is_later, &clock());
    let shell = Shell::sample("Search");
    let groups = groups(&answer, &Query::parse(query).unwrap(), shell.w);
    let shows_how = found.hits.is_empty();
    Page { groups, shows_how, found: Some(found), ..page(shell, query.into()) }.render().unwrap()
}

#[test]
fn what_matched_is_marked_and_identifiers_stay_masked() {
    let html = html("pix", vec![hit(OFFER, "my pix")], false, false);
    assert!(html.contains("<mark>my pix</mark>"), "{html}");
    assert!(!html.contains("98888") && html.contains("1,234 messages") && html.contains("12 ms"));
    let document = DocumentId(4);
    assert!(html.contains(&format!("?around={document}#{document}")));
}

#[test]
fn a_match_inside_an_identifier_does_not_uncover_it() {
    let html = html("98888", vec![hit(OFFER, "98888")], false, false);
    assert!(html.contains("<mark class=\"masked\">") && !html.contains(">98888"), "{html}");
}

#[test]
fn an_estimate_is_called_one_and_a_later_page_leads_back() {
    let estimated = html("a", vec![], true, false);
    assert!(estimated.contains("About 1,234 messages") && estimated.contains("about 1,200"), "{estimated}");
    let later = html("a&b", vec![], true, true);
    assert!(later.contains("/search?q=a%26b\""), "{later}");
    assert!(later.contains("/search?q=a%26b&#38;after=1.2.3"));
}

#[test]
fn how_to_ask_is_said_where_nothing_was_found_and_not_beside_hits() {
    let none = html("nosuchword", vec![], false, false);
    assert!(none.contains("No message that may be read matches.") && none.contains("How to ask"), "{none}");
    assert!(!html("pix", vec![hit(OFFER, "my pix")], false, false).contains("How to ask"));
}

#[test]
fn hostile_words_and_hostile_queries_are_text() {
    let hostile = "<script>alert(1)</script> مرحبا \0 =HYPERLINK()";
    let html = html("\"\\\"><script>alert(2)\"", vec![hit(hostile, "alert")], false, false);
    assert!(!html.contains("<script>alert"), "{html}");
    assert!(html.contains("/policies/new?query=%22%5C%22%3E%3Cscript%3E"));
}

#[test]
fn mistakes_stand_under_the_bar_with_their_place() {
    let query = "tex:hello";
    let shell = Shell::sample("Search");
    let mistakes = mistakes(query, shell.w);
    let html = Page { mistakes, ..page(shell, query.into()) }.render().unwrap();
    assert!(html.contains("href=\"/search?q=text%3Ahello\"") && html.contains("Mend it"), "{html}");
    assert!(html.contains("<mark class=\"mistake\">tex</mark>") && html.contains("value=\"tex:hello\""));
    assert!(!html.contains("/policies/new"), "a broken query becomes no policy");
}

#[test]
fn every_example_is_a_query_without_mistakes_and_has_words() {
    let w = Shell::sample("Search").w;
    for (query, word) in EXAMPLES {
        let parsed = Query::parse(query).unwrap_or_else(|mistakes| panic!("{query}: {mistakes:?}"));
        assert!(parsed.warnings().is_empty(), "{query}: {:?}", parsed.warnings());
        assert!(w.has("search_example", word), "{word}");
    }
    let html = page(Shell::sample("Search"), String::new()).render().unwrap();
    assert!(html.contains("/search?q=direction%3Aout") && html.contains("opened the conversation"));
}

#[test]
fn a_value_narrows_the_text_of_the_search_and_a_chosen_one_is_taken_back() {
    let html = html("pix team:\"Key <b>\"", vec![hit(OFFER, "my pix")], false, false);
    let to = |query: &str| format!("href=\"{}\"", link("", &[("q", Some(query))]));
    for wanted in [
        to("pix team:\"Key <b>\" payment:unregistered"),
        to("pix team:\"Key <b>\" at:2025-11"),
        format!("{} aria-current=\"true\"", to("pix")),
        "Payee · not in the registry".into(),
        "Contact detail · the company".into(),
        "Nov 2025".into(),
        "3 more values".into(),
    ] {
        assert!(html.contains(&wanted), "{wanted}: {html}");
    }
    assert_eq!(html.matches("Marked in the words").count(), 1, "marks of all fields stand together");
}
