//! An offence is found although words stand elsewhere in the message that are an exception of the same policy.

use std::collections::BTreeMap;

use aboveboard_policy::{ALL, Pack, Policy, check_examples};

use super::{detected::document, packs::words_only};

/// Sections of `[policy] facts`, then a message a line.
const TABLE: &str = include_str!("../hostile.txt");
/// Messages that a policy with an exception has at least.
const MESSAGES_MIN: usize = 2;

/// The shipped policy with the table's messages as its only examples.
fn with_messages() -> BTreeMap<&'static str, Policy> {
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    let (mut name, mut facts) = ("", String::new());
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        if let Some((policy, said)) = line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            (name, facts) = (policy, said.replace(';', "\n"));
            continue;
        }
        assert!(!line.contains("'''"), "{line}");
        let shipped = || {
            let text = Pack::policy(name).unwrap_or_else(|| panic!("no policy ships as {name:?}")).text;
            text.split_once("[[example]]").map_or(text, |(policy, _)| policy).to_owned()
        };
        *texts.entry(name).or_insert_with(shipped) +=
            &format!("\n[[example]]\ntext = '''{line}'''\nexpect = \"match\"\n{facts}\n");
    }
    let parsed = |(name, text): (&'static str, String)| {
        let policy = Policy::parse(&text).unwrap_or_else(|mistakes| panic!("{name}: {mistakes:?}")).policy;
        (name, policy)
    };
    texts.into_iter().map(parsed).collect()
}

#[test]
fn what_is_an_exception_elsewhere_silences_no_policy_on_its_own_case() {
    let mut silent = Vec::new();
    for (name, policy) in with_messages() {
        let mut failures = check_examples(&policy, &words_only);
        failures.extend(check_examples(&policy, &document));
        let numbers: std::collections::BTreeSet<usize> =
            failures.iter().map(|failure| failure.number).collect();
        silent.extend(numbers.iter().map(|number| format!("{name}: {}", policy.examples[*number].text)));
    }
    assert!(silent.is_empty(), "{} silent: {silent:#?}", silent.len());
}

#[test]
fn every_policy_with_an_exception_has_its_hostile_messages() {
    let messages = with_messages();
    let count = |id: &str| messages.get(id).map_or(0, |policy| policy.examples.len());
    let has_exception = |text: &str| {
        let query = text.split_once("query = '''").and_then(|(_, rest)| rest.split_once("'''"));
        query.is_some_and(|(query, _)| query.contains("NOT "))
    };
    let lacking: Vec<&str> = ALL
        .iter()
        .flat_map(|pack| pack.policies)
        .filter(|shipped| has_exception(shipped.text) && count(shipped.name) < MESSAGES_MIN)
        .map(|shipped| shipped.name)
        .collect();
    assert!(lacking.is_empty(), "{lacking:#?}");
}
