//! The sample company's stories, delivered through the real receiver: an alert on each that deserves one, none on the
//! others, whatever the order of arrival, and the same again from the log alone.

use std::collections::{BTreeMap, BTreeSet};

use aboveboard_ledger::{Ledger, view::QueueFilter};
use aboveboard_simulate::{deliver, item::Item};
use jiff::Timestamp;

use crate::{
    company::{self, COMPANY, ITEMS, deliveries, post_all},
    support::*,
};

/// One in so many clients has their ordinary talk delivered among the stories.
const ORDINARY_ONE_IN: usize = 100;

/// A finding, told by what does not depend on the order of arrival: policy, instant and words.
type Found = (String, Timestamp, String);

/// What came of a delivery of the stories.
struct Outcome {
    /// Ids of stories with an alert.
    alerted: BTreeSet<&'static str>,
    /// Findings of alerts on ordinary talk.
    on_ordinary: Vec<Found>,
    /// Every finding of every alert.
    found: BTreeSet<Found>,
}

fn chosen(item: &Item) -> bool {
    item.story.is_some() || item.client % ORDINARY_ONE_IN == 7
}

/// Words that are said in one story and nowhere else, with its place in `Company::stories`.
fn story_words() -> BTreeMap<&'static str, usize> {
    let mut said: BTreeMap<&str, BTreeSet<Option<usize>>> = BTreeMap::new();
    for item in ITEMS.iter().filter(|item| !item.words().is_empty()) {
        said.entry(item.words()).or_default().insert(item.story);
    }
    let only = |(words, stories): (&'static str, BTreeSet<Option<usize>>)| match stories.first() {
        Some(Some(story)) if stories.len() == 1 => Some((words, *story)),
        _ => None,
    };
    said.into_iter().filter_map(only).collect()
}

fn outcome(ledger: &Ledger) -> Outcome {
    let known = story_words();
    let mut outcome = Outcome { alerted: BTreeSet::new(), on_ordinary: Vec::new(), found: BTreeSet::new() };
    let mut filter = QueueFilter { limit: 100, ..QueueFilter::default() };
    loop {
        let page = ledger.queue(&investigator(), &filter).unwrap();
        for row in &page.rows {
            let said = words_of(ledger, row.conversation);
            let story = said.iter().find_map(|words| known.get(words.as_str()));
            let found = findings(ledger, row.id);
            match story {
                Some(story) => outcome.alerted.extend([COMPANY.stories[*story].id]),
                None => outcome.on_ordinary.extend(found.clone()),
            }
            outcome.found.extend(found);
        }
        filter.after = page.next;
        if filter.after.is_none() {
            return outcome;
        }
    }
}

fn findings(ledger: &Ledger, id: aboveboard_model::id::AlertId) -> Vec<Found> {
    let page = ledger.alert(&investigator(), id, &QueueFilter::default()).unwrap();
    let found = page.alert.findings.iter().map(|one| {
        let message = page.messages.iter().find(|message| message.document == one.document).unwrap();
        let version = message.versions.iter().find(|version| version.revision == one.revision);
        let version = version.or(message.versions.last()).unwrap();
        let words: Vec<&str> = version.zones.values().map(String::as_str).collect();
        (one.finding.policy.clone(), message.at, words.join(" / "))
    });
    found.collect()
}

/// Delivers the chosen part of the company's traffic; gives the firm with nothing running on it.
async fn delivered(change: impl FnOnce(&mut deliver::Options)) -> Firm {
    let (firm, source) = company::firm();
    let server = firm.serve();
    let mut options = deliver::Options::plain(&server.webhook(source), APP_SECRET);
    change(&mut options);
    post_all(&server, &options, deliveries(chosen)).await;
    server.stop().await;
    firm
}

fn expected() -> BTreeSet<&'static str> {
    COMPANY.stories.iter().filter(|story| story.expect_alert).map(|story| story.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_story_that_deserves_an_alert_has_one_and_replay_says_the_same() {
    let firm = delivered(|_| {}).await;
    let state = |ledger: &Ledger| {
        settle(ledger);
        (outcome(ledger), entries_of(ledger, "findings.recorded"), entries_of(ledger, "alert.changed"))
    };
    let (live, findings, alerts) = state(&firm.ledger());
    assert_eq!(live.alerted, expected());
    assert_eq!(live.on_ordinary, [], "ordinary talk is nobody's business");

    let report = firm.succeed(&["verify"]);
    assert!(report.contains(" 0 problem(s)"), "{report}");
    firm.succeed(&["replay"]);
    let (replayed, findings_after, alerts_after) = state(&firm.ledger());
    assert_eq!((findings_after, alerts_after), (findings, alerts), "a replay finds nothing anew");
    assert_eq!(replayed.found, live.found);
    assert_eq!(replayed.alerted, live.alerted);
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicated_reordered_and_rebatched_deliveries_give_the_same_findings() {
    let plain = delivered(|_| {}).await;
    let disturbed = delivered(|options| {
        options.seed = 5;
        options.concurrency = 8;
        options.batch = 3;
        options.duplicate_percent = 20;
        options.reorder_window = 8;
    })
    .await;
    let result = |firm: &Firm| {
        let ledger = firm.ledger();
        settle(&ledger);
        let mut said = words(&ledger);
        said.sort();
        (outcome(&ledger), said, entries_of(&ledger, "item.captured"))
    };
    let ((plain, plain_said, plain_items), (disturbed, disturbed_said, disturbed_items)) =
        (result(&plain), result(&disturbed));
    assert_eq!(disturbed_said, plain_said);
    assert_eq!(disturbed_items, plain_items);
    assert_eq!(disturbed.alerted, plain.alerted);
    let only = |one: &Outcome, other: &Outcome| -> Vec<Found> {
        one.found.difference(&other.found).cloned().collect()
    };
    assert_eq!(only(&disturbed, &plain), [], "only the disturbed delivery has these");
    assert_eq!(only(&plain, &disturbed), [], "only the plain delivery has these");
}
