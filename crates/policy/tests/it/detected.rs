//! Shipped policies and shipped detectors: what an example promises, the words alone must bring about.

use aboveboard_detect::derive;
use aboveboard_model::{
    document::{Amount, Document, Field, Mark, Zone},
    features::{CONFIDENCE_MIN, Input, Money, Role, Sighting},
};
use aboveboard_policy::{Example, check_examples};

use super::packs::policies;

/// What the registry says of what it does not know.
const UNREGISTERED: &str = "unregistered";
/// What the registry may say of a sighting, which no detector can see.
const VERDICTS: [&str; 3] = ["registered", UNREGISTERED, "client"];

/// A document as the ledger's fold makes it from one zone's words, with an empty registry.
pub(crate) fn document(zone: Zone, text: &str) -> Document {
    document_by(zone, text, &|_| UNREGISTERED)
}

/// The same, with what a registry says of an identifier as it is written.
pub(crate) fn document_by(zone: Zone, text: &str, verdict: &dyn Fn(&str) -> &'static str) -> Document {
    let features = derive(&Input { zones: vec![(zone, text)], country: None });
    let amount = |money: &Money| Amount { amount: money.amount, currency: money.currency.clone() };
    let mut document = Document {
        language: features.language,
        discount: features.discount_percent,
        money: features.money.iter().map(amount).collect(),
        ..Document::default()
    };
    for sighting in features.sightings.iter().filter(|sighting| sighting.confidence >= CONFIDENCE_MIN) {
        let (field, list) = match sighting.role {
            Role::Identity => (Field::Entity, &mut document.entity),
            Role::Payment => (Field::Payment, &mut document.payment),
            Role::Handle => (Field::Handle, &mut document.handle),
            Role::Link => (Field::Link, &mut document.link),
        };
        let words = values(sighting, verdict(&text[sighting.start..sighting.end]));
        document.marks.push(mark(field, &words[0], sighting));
        list.extend(words);
    }
    document
}

fn values(sighting: &Sighting, verdict: &str) -> Vec<String> {
    let host = || sighting.value.split(['/', '?', '#', ':']).next().unwrap_or_default().to_owned();
    match sighting.role {
        Role::Identity => vec![sighting.kind.clone()],
        Role::Link => vec![verdict.to_owned(), host()],
        Role::Payment | Role::Handle => vec![verdict.to_owned(), sighting.kind.clone()],
    }
}

fn mark(field: Field, value: &str, sighting: &Sighting) -> Mark {
    Mark {
        field,
        value: value.to_owned(),
        kind: sighting.kind.clone(),
        zone: sighting.zone,
        start: sighting.start,
        end: sighting.end,
        against: None,
    }
}

#[test]
fn every_example_of_the_shipped_policies_comes_out_right_through_the_shipped_detectors() {
    let mut checked = 0;
    for policy in policies() {
        let failures = check_examples(&policy, &document);
        let texts: Vec<&str> =
            failures.iter().map(|failure| policy.examples[failure.number].text.as_str()).collect();
        assert!(failures.is_empty(), "{}: {texts:?} {failures:?}", policy.id);
        checked += policy.examples.len();
    }
    assert!(checked >= 6 * policies().len(), "{checked} examples");
}

#[test]
fn what_an_example_says_is_in_its_words_the_detectors_see_there() {
    let mut wrong = Vec::new();
    for policy in policies() {
        for example in &policy.examples {
            let seen = document(example.zone, &example.text);
            for (said, seen) in stated(example, &seen) {
                let unseen = said.iter().filter(|word| !VERDICTS.contains(&word.as_str()));
                wrong.extend(
                    unseen
                        .filter(|word| !seen.contains(word))
                        .map(|word| format!("{}: {word} in {:?}, only {seen:?}", policy.id, example.text)),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The lists an example states, each beside what the detectors saw.
fn stated<'a>(example: &'a Example, seen: &'a Document) -> Vec<(&'a Vec<String>, &'a Vec<String>)> {
    let facts = &example.facts;
    let pairs = [
        (&facts.payment, &seen.payment),
        (&facts.handle, &seen.handle),
        (&facts.link, &seen.link),
        (&facts.entity, &seen.entity),
    ];
    pairs.into_iter().filter_map(|(said, seen)| Some((said.as_ref()?, seen))).collect()
}
