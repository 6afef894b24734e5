//! Search at the ledger's boundary: pages that hold together while the log grows, numbers beside them, and who sees what was asked.

use std::{collections::BTreeSet, time::Duration};

use aboveboard_ledger::{
    Command,
    view::{Hit, RegistryChoice, SearchPage},
};
use aboveboard_model::{
    access::{Actor, Purpose, Role},
    document::{Document, Field, Zone},
    registry::{Entry, Kind},
};
use aboveboard_query::{Environment, Query};

use super::support::*;

fn page(firm: &Firm, query: &str, after: Option<&str>, limit: usize) -> SearchPage {
    firm.ledger().search(&reviewer(), query, after, limit).unwrap()
}

fn values(page: &SearchPage, field: Field) -> Vec<(&str, u64)> {
    let facet = page.facets.iter().find(|facet| facet.field == field);
    facet.map_or(vec![], |facet| facet.values.iter().map(|(value, count)| (value.as_str(), *count)).collect())
}

#[test]
fn pages_hold_together_when_all_is_of_one_instant_and_more_arrives_between_them() {
    let firm = Firm::new();
    let at_once = |from: usize, count: usize| -> Vec<_> {
        (from..from + count).map(|at| said("n1", 5, &format!("m{at}"), &format!("pix number {at}"))).collect()
    };
    firm.record(at_once(0, 150));
    let first: BTreeSet<String> = texts(&firm, "pix").into_iter().collect();
    assert_eq!(first.len(), 100, "a page has at most so many");
    let (mut seen, mut after): (Vec<String>, Option<String>) = (vec![], None);
    let mut more = 150;
    loop {
        let page = page(&firm, "pix", after.as_deref(), 7);
        assert!(page.total >= 150, "{}", page.total);
        seen.extend(page.hits.rows.iter().map(|hit| hit.zones[&Zone::Text].clone()));
        after = page.hits.next;
        if after.is_none() {
            break;
        }
        if more < 165 {
            firm.record(vec![said("n1", 60, &format!("m{more}"), &format!("pix later {more}"))]);
            more += 1;
        }
    }
    let distinct: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "nothing is seen twice");
    assert_eq!(
        seen.iter().filter(|text| text.starts_with("pix number")).count(),
        150,
        "nothing is passed over"
    );
}

#[test]
fn what_is_found_is_counted_by_its_values() {
    let firm = Firm::new();
    firm.record(vec![
        said("n1", 1, "a", "pix:one please"),
        wrote("n1", 2, "b", "pix:two please"),
        wrote("n1", 3, "c", "nothing of the kind"),
    ]);
    let all = page(&firm, "*", None, 10);
    assert_eq!(values(&all, Field::Direction), [("out", 2), ("in", 1)]);
    assert_eq!(values(&all, Field::At), [("2026-11", 3)]);
    assert_eq!(values(&all, Field::Team), [("sales", 3)]);
    assert_eq!(values(&all, Field::Payment), [("PIX_KEY", 2), ("unregistered", 2)]);
    assert!(!all.facets_estimated && !all.estimated && all.total == 3);
    let some = page(&firm, "please direction:out", None, 10);
    assert_eq!(values(&some, Field::Direction), [("out", 1)]);
    let employee = values(&all, Field::Employee)[0].0.to_owned();
    assert_eq!(page(&firm, &format!("employee:{employee}"), None, 10).total, 3);
}

#[test]
fn what_must_not_be_and_numbers_are_told_by_the_index() {
    let firm = Firm::new();
    let message = |at: i64| said("n1", at, &format!("m{at}"), if at % 3 == 0 { "cash" } else { "card cash" });
    firm.record((0..60).map(message).collect());
    let page_of = |query: &str| page(&firm, query, None, 5);
    let without = page_of("cash NOT card");
    assert_eq!((without.total, without.estimated, without.hits.rows.len()), (20, false, 5));
    assert_eq!(page_of("NOT card").total, 20);
    assert_eq!(page_of("NOT \"card cash\"").total, 20);
    assert_eq!(page_of("cash NOT (\"card cash\" OR \"cash card\") NOT \"no such words\"").total, 20);
    assert_eq!(page_of("NOT (card OR cash)").total, 0);
    assert_eq!(page_of("hour:[6 TO 8]").total, 60);
    assert_eq!(page_of("hour:<6 OR hour:>8").total, 0);
    assert_eq!(page_of("NOT hour:7").total, 0);
    assert!(page_of("cash NOT \"card cash\"~2").estimated);
}

/// Queries with every operator that an index may decide or only propose.
const OPERATORS: &[&str] = &[
    "*pix*",
    "p?x",
    "pa*mento",
    "*mento*",
    "\"send * cash\"",
    "\"by p?x\"",
    "*@gmail.com",
    "*.xlsx",
    "98888-*",
    "客*价",
    "客?价",
    "*户*",
    "transfer~1",
    "客服~1",
    "/pix(el)?/",
    "/[0-9]{5}-[0-9]{4}/",
    "/joao/",
    "/客户/",
    "/./",
    "stem.en:sending",
    "stem.pt:pagamento",
    "exact:São",
    "exact:sao",
    "cash NEAR/3 send",
    "cash PRE/3 send",
    "send PRE/1 cash",
    "(cash OR x) NEAR/5 p?x",
    "*aypa*",
    "150 OR *٥*",
    "team:s*s",
    "team:sale~1",
    "team:/s.*s/",
    "team:/s/",
    "at:[00:00 TO 23:59]",
    "at:[now-10d TO now]",
    "at:<now-1000d",
    "NOT *pix*",
    "*keyb*",
    "*pixkey*",
    "/pixkeyb/",
    "kind:mess*ge",
    "_exists_:team",
    "*:*",
];

#[test]
fn every_operator_finds_in_the_index_what_it_finds_in_each_document() {
    let firm = Firm::new();
    let long = format!("{}pixkey{}", "a".repeat(253), "b".repeat(80));
    let said_of = [
        "send the cash by pix tomorrow",
        "PIXEL pagamento",
        "manda o pagamentos pra ana.silva@gmail.com",
        "tranfser agora",
        "我们的客户很多",
        "客户价格",
        "ราคาสินค้า",
        "السعر ١٥٠",
        "раураl now",
        "ok 👍🏽 pix",
        "report_2026.xlsx",
        &long,
        "98888-0000",
        "São João",
        "no words of interest",
    ];
    firm.record((0..).zip(said_of).map(|(at, text)| said("n1", at, &format!("m{at}"), text)).collect());
    for &query in OPERATORS {
        let wanted: BTreeSet<String> = {
            let all = page(&firm, "*", None, 100).hits.rows;
            let now = firm.ledger().now();
            let environment = Environment { now: Some(now), ..Environment::default() };
            let parsed =
                Query::parse_in(query, &environment).unwrap_or_else(|wrong| panic!("{query}: {wrong:?}"));
            let document = |hit: &Hit| Document {
                kind: hit.kind.clone(),
                zones: hit.zones.clone(),
                at: Some(hit.at),
                team: Some("sales".into()),
                ..Document::default()
            };
            let found = all.iter().filter(|hit| parsed.matches(&document(hit)).is_some());
            found.map(|hit| hit.zones[&Zone::Text].clone()).collect()
        };
        let found: BTreeSet<String> = texts(&firm, query).into_iter().collect();
        assert_eq!(found, wanted, "{query}");
        // A word past the longest token is read in parts: a wildcard holds within one of them, as in each document.
        let nothing = ["cash PRE/3 send", "exact:sao", "team:/s/", "at:<now-1000d", "*pixkey*"];
        let finds_nothing = nothing.contains(&query);
        assert_eq!(found.is_empty(), finds_nothing, "{query}");
    }
}

#[test]
fn only_names_that_the_firm_gave_and_pseudonyms_are_offered() {
    let firm = Firm::new();
    firm.record(vec![said("n1", 1, "a", "hello pix:one")]);
    let offered = |field, typed| firm.ledger().completions(&by(1, Role::Reviewer), field, typed, 10).unwrap();
    assert_eq!(offered(Field::Team, "SA"), ["sales"]);
    assert_eq!(offered(Field::Team, "x"), [""; 0]);
    assert_eq!(offered(Field::Employee, "k-").len(), 1);
    let contacts = offered(Field::Contact, "");
    assert!(contacts.len() == 1 && contacts[0].starts_with("C-"), "{contacts:?}");
    for field in [Field::From, Field::To, Field::Text, Field::Channel] {
        assert_eq!(offered(field, ""), [""; 0], "{field:?}");
    }
    let refused = firm.ledger().completions(&by(2, Role::Auditor), Field::Team, "", 10);
    assert!(refused.is_err());
}

#[test]
fn that_somebody_searched_is_known_to_auditors_and_what_for_to_privacy_officers_alone() {
    let firm = Firm::new();
    firm.record(vec![said("n1", 1, "a", "hello")]);
    page(&firm, "\"Maria da Silva\"", None, 10);
    let access = by(1, Role::ComplianceOfficer).reading(Purpose::PolicyWork);
    firm.ledger().search(&access, "hello", None, 10).unwrap();
    firm.settle();
    let seen = |role| {
        let reads = firm
            .ledger()
            .reads(&by(9, role), &aboveboard_ledger::view::ReadFilter { limit: 10, ..Default::default() })
            .unwrap();
        reads.into_iter().map(|read| (read.purpose, read.query)).collect::<Vec<_>>()
    };
    let words = |text: &str| Some(text.to_owned());
    assert_eq!(
        seen(Role::PrivacyOfficer),
        [(Purpose::PolicyWork, words("hello")), (Purpose::Investigation, words("\"Maria da Silva\""))]
    );
    assert_eq!(seen(Role::Auditor), [(Purpose::PolicyWork, None), (Purpose::Investigation, None)]);
}

#[test]
fn the_registry_is_searched_by_kind_and_by_letters_of_value_and_label() {
    let firm = Firm::new();
    let entry = |kind, value: &str, label: &str| Entry { label: label.into(), ..Entry::new(kind, value) };
    firm.by_machine(Command::AddToRegistry(vec![
        entry(Kind::Pix, "12.345.678/0001-95", "Loja Centro"),
        entry(Kind::Pix, "shop@example.com", ""),
        entry(Kind::Domain, "example.com", "Shop on the web"),
    ]));
    let found = |kind, text: &str| -> Vec<String> {
        let text = Some(text).filter(|text| !text.is_empty());
        let choice = RegistryChoice { kind, text, ..RegistryChoice::default() };
        let page = firm.ledger().registry(&by(1, Role::Auditor), &choice, None, 10).unwrap();
        page.rows.into_iter().map(|row| row.entry.value).collect()
    };
    assert_eq!(found(None, "").len(), 3);
    assert_eq!(found(Some(Kind::Pix), "SHOP"), ["shop@example.com"]);
    assert_eq!(found(None, "shop").len(), 2);
    assert_eq!(found(None, "0001 95"), ["12.345.678/0001-95"]);
    assert_eq!(found(None, "centro"), ["12.345.678/0001-95"]);
    assert_eq!(found(None, "%"), [""; 0]);
}

#[test]
fn entries_of_one_type_are_found_page_by_page() {
    let firm = Firm::new();
    firm.record((0..5).map(|at| said("n1", at, &format!("m{at}"), "hello")).collect());
    let auditor = by(1, Role::Auditor);
    let (first, next) = firm.ledger().entries_of(&auditor, "item.captured", None, 3).unwrap();
    assert_eq!(first.len(), 3);
    let (rest, end) = firm.ledger().entries_of(&auditor, "item.captured", next, 3).unwrap();
    assert_eq!((rest.len(), end), (2, None));
    assert!(first.iter().chain(&rest).all(|row| row.kind == "item.captured"));
    assert!(firm.ledger().entries_of(&by(1, Role::Reviewer), "item.captured", None, 3).is_err());
}

#[test]
fn what_is_committed_to_the_index_and_cannot_be_loaded_yet_is_not_taken_in_again() {
    let mut firm = Firm::new();
    firm.record(vec![said("n1", 1, "m1", "uma palavra rara")]);
    firm.settle();
    // Loading takes this lock, which a folder cannot be.
    let lock = firm.folder.join("index/.tantivy-meta.lock");
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let other = vec![fact(said("n1", 2, "m2", "outra palavra rara"))];
    firm.ledger().record(&Actor::System("intake".into()), other).unwrap();
    assert!(firm.ledger().settle(Duration::from_millis(2_500)).is_err(), "it is not loaded");
    std::fs::remove_dir(&lock).unwrap();
    for _ in 0..2 {
        firm.settle();
        let found = firm.ledger().search(&reviewer(), "rara", None, 50).unwrap();
        assert_eq!((found.total, found.hits.rows.len()), (2, 2));
        firm.close();
        firm.open();
    }
}
