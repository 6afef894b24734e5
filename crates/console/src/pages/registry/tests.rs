//! The list, the form and the file, from hand-made entries.

use aboveboard_model::{access::Actor, id::Index};

use super::*;
use crate::bubble::tests::clock;

fn held(value: &str, until: Option<&str>) -> RegistryRow {
    let until = until.map(|until| until.parse().unwrap());
    let entry = Entry { label: "Shop <b>".into(), until, ..Entry::new(Kind::Pix, value) };
    RegistryRow::new(Index(12), entry, false, None, (Actor::CommandLine, clock().now))
}

fn html(rows: Vec<RegistryRow>, may_write: bool, mistakes: Mistakes) -> String {
    let rows = Rows { rows, next: Some("pix:1:a".into()), at: Index(1) };
    let page = list(Shell::sample("Registry"), &rows, false, &clock());
    Page { may_write, mistakes, ..page }.render().unwrap()
}

#[test]
fn an_entry_is_shown_whole_and_leads_to_its_page() {
    let html = html(vec![held("=HYPERLINK(\"x\") \0", None)], true, Mistakes::default());
    assert!(html.contains("=HYPERLINK(&#34;x&#34;)") && html.contains("Shop &#60;b&#62;"), "{html}");
    assert!(html.contains("href=\"/registry/12\"") && html.contains("after=pix%3A1%3Aa"));
    assert!(html.contains("href=\"/registry/export\""));
}

#[test]
fn what_has_ended_is_told_and_readers_change_nothing() {
    let ended = vec![held("a@b.c", Some("2025-11-01T00:00:00Z"))];
    assert!(html(ended, true, Mistakes::default()).contains("Sat 1 Nov"));
    assert!(!html(vec![held("a@b.c", None)], false, Mistakes::default()).contains("/registry/new"));
    assert!(html(vec![], false, Mistakes::default()).contains("Nothing is known to be the company"));
}

#[test]
fn what_waits_says_so_and_terms_are_told_in_words() {
    let price = Terms::Price {
        price: aboveboard_model::document::Amount { amount: 1350.5, currency: Some("BRL".into()) },
        region: Some("BR".into()),
        words: vec!["geladeira".into()],
    };
    let entry = Entry { terms: price, ..Entry::new(Kind::Price, "Fridge") };
    let waiting = RegistryRow::new(Index(3), entry, true, None, (Actor::CommandLine, clock().now));
    let html = html(vec![waiting], false, Mistakes::default());
    assert!(html.contains("BRL 1,350.50 · BR · also geladeira"), "{html}");
    assert!(html.contains("waits for a second person"), "{html}");
}

#[test]
fn mistakes_of_a_file_name_line_and_column() {
    let mut mistakes = Mistakes::default();
    let wrong = given::Wrong { column: "price", what: "price" };
    mistakes.add(2, wrong.told(clock().w));
    let html = html(vec![], true, mistakes);
    assert!(html.contains("Nothing was written") && html.contains("Line 2"), "{html}");
    assert!(html.contains("price: This is no price."), "{html}");
}
