//! Checks a policy against its own examples.

use aboveboard_model::document::{Document, Zone};
use aboveboard_query::FieldSpan;

use crate::policy::{Example, Expect, Facts, Policy};

/// An example that does not come out as it says.
#[derive(Clone, Debug, PartialEq)]
pub struct ExampleFailure {
    /// Which example, from 0.
    pub number: usize,
    /// What it says.
    pub expect: Expect,
    /// Its bytes in the policy's text.
    pub span: std::ops::Range<usize>,
    /// Where the query matched although it must not; empty where it did not match, or matched facts alone.
    pub found: Vec<FieldSpan>,
}

/// Runs every example through the policy's query, whatever the policy's scope.
///
/// `derive` says what detectors and an empty registry make of the words in a zone; the example's own facts are laid over
/// it, so that an example can say what the registry would.
pub fn check_examples(policy: &Policy, derive: &dyn Fn(Zone, &str) -> Document) -> Vec<ExampleFailure> {
    let failure = |(number, example): (usize, &Example)| {
        let mut document = derive(example.zone, &example.text);
        document.zones.insert(example.zone, example.text.clone());
        lay_over(&mut document, &example.facts);
        let found = policy.query.matches(&document);
        let is_met = found.is_some() == (example.expect == Expect::Match);
        (!is_met).then(|| ExampleFailure {
            number,
            expect: example.expect,
            span: example.span.clone(),
            found: found.map(|found| found.spans).unwrap_or_default(),
        })
    };
    policy.examples.iter().enumerate().filter_map(failure).collect()
}

/// Puts what an example says in place of what was derived.
fn lay_over(document: &mut Document, facts: &Facts) {
    if document.kind.is_empty() {
        document.kind = "message".to_owned();
    }
    document.direction = Some(facts.direction);
    let lists = [
        (&mut document.payment, &facts.payment),
        (&mut document.handle, &facts.handle),
        (&mut document.link, &facts.link),
        (&mut document.entity, &facts.entity),
        (&mut document.discount_limit, &facts.discount_limit),
        (&mut document.price, &facts.price),
        (&mut document.approval, &facts.approval),
    ];
    for (list, given) in lists {
        if let Some(given) = given {
            list.clone_from(given);
        }
    }
    if facts.discount.is_some() {
        document.discount = facts.discount;
    }
    if facts.media.is_some() {
        document.media.clone_from(&facts.media);
    }
    document.deleted = Some(facts.deleted);
    document.edited = Some(facts.edited);
    document.forwarded = Some(facts.forwarded);
    document.first_contact = Some(facts.first_contact);
    document.off_hours = Some(facts.off_hours);
}
