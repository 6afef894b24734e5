//! Deliveries as bytes: deterministic, well formed, bounded, and whole under every disturbance.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use aboveboard_simulate::{
    Company, Delivery, Random,
    deliver::{Disturbed, Options},
    item::Item,
    webhook::BODY_BYTES_MAX,
};
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::common::{COMPANY, DELIVERIES, ENDING_AT, wamids};

fn digest<'a>(deliveries: impl Iterator<Item = &'a Delivery>) -> String {
    let mut hash = Sha256::new();
    for delivery in deliveries {
        hash.update(delivery.at.to_string());
        hash.update((delivery.body.len() as u64).to_be_bytes());
        hash.update(&delivery.body);
    }
    hex::encode(hash.finalize())
}

/// Every list of items that a change may hold, and the identity of each: stream, kind, id and state.
fn identities(body: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).unwrap();
    let mut found = Vec::new();
    for entry in body["entry"].as_array().unwrap() {
        for change in entry["changes"].as_array().unwrap() {
            let (field, value) = (&change["field"], &change["value"]);
            let phone = &value["metadata"]["phone_number_id"];
            let mut name = |item: &Value| {
                found.push(format!("{field} {phone} {} {} {}", item["id"], item["status"], item["type"]));
            };
            for list in ["messages", "message_echoes", "statuses"] {
                value[list].as_array().into_iter().flatten().for_each(&mut name);
            }
            let chunks = value["history"].as_array().into_iter().flatten();
            let threads = chunks.flat_map(|chunk| chunk["threads"].as_array().into_iter().flatten());
            threads
                .flat_map(|thread| thread["messages"].as_array().into_iter().flatten())
                .for_each(&mut name);
            if phone.is_null() {
                found.push(format!("{field} {} {}", entry["id"], entry["time"]));
            }
        }
    }
    found
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let again = Company::new(7, ENDING_AT.parse().unwrap());
    let again: Vec<Delivery> = again.deliveries().collect();
    assert_eq!(digest(DELIVERIES.iter()), digest(again.iter()));
    let other = Company::new(8, ENDING_AT.parse().unwrap());
    let other: Vec<Delivery> = other.deliveries().collect();
    assert_ne!(digest(DELIVERIES.iter()), digest(other.iter()));
}

#[test]
fn every_body_parses_within_three_megabytes_in_the_order_of_time() {
    assert!(DELIVERIES.is_sorted_by_key(|delivery| delivery.at));
    for delivery in DELIVERIES.iter() {
        assert!(delivery.body.len() <= BODY_BYTES_MAX && delivery.body.is_ascii());
        let body: Value = serde_json::from_slice(&delivery.body).unwrap();
        assert_eq!(body["object"], "whatsapp_business_account");
        assert!(!body["entry"].as_array().unwrap().is_empty());
    }
}

#[test]
fn everything_captured_is_delivered_once_and_nothing_of_the_gap_is() {
    let mut delivered: BTreeMap<String, usize> = BTreeMap::new();
    let ids: HashSet<String> = DELIVERIES.iter().flat_map(|delivery| wamids(&delivery.body)).collect();
    for delivery in DELIVERIES.iter() {
        for identity in identities(&delivery.body) {
            *delivered.entry(identity).or_default() += 1;
        }
    }
    let twice: Vec<&String> =
        delivered.iter().filter(|(_, count)| **count > 1).map(|(name, _)| name).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let gap = &COMPANY.gap;
    let (mut lost, mut kept) = (0, 0);
    for item in COMPANY.items().filter(Item::is_message) {
        let away =
            COMPANY.numbers[item.number].waba_id == gap.waba_id && item.at >= gap.from && item.at < gap.to;
        let joined = COMPANY.numbers[item.number].onboarded_at.is_none_or(|joined| item.at >= joined);
        let told = ids.contains(&item.id);
        assert!(!(away && told) && (away || told || !joined), "{item:?}");
        lost += usize::from(away);
        kept += usize::from(told);
    }
    assert!(kept > 15_000, "{kept}");
    assert!(lost > 0, "the gap takes something away");
}

#[test]
fn every_field_the_company_causes_occurs_and_some_bodies_mix_accounts() {
    let mut fields = BTreeSet::new();
    let (mut mixed, mut placeholders) = (0, 0);
    for delivery in DELIVERIES.iter() {
        let body: Value = serde_json::from_slice(&delivery.body).unwrap();
        let entries = body["entry"].as_array().unwrap();
        mixed += usize::from(entries.len() > 1);
        for change in entries.iter().flat_map(|entry| entry["changes"].as_array().unwrap()) {
            fields.insert(change["field"].as_str().unwrap().to_owned());
        }
        placeholders += String::from_utf8_lossy(&delivery.body).matches("media_placeholder").count();
    }
    for field in [
        "messages",
        "smb_message_echoes",
        "history",
        "smb_app_state_sync",
        "account_update",
        "account_alerts",
        "security",
        "phone_number_quality_update",
        "message_template_status_update",
        "conversation_insight_update",
    ] {
        assert!(fields.contains(field), "{field} in {fields:?}");
    }
    assert!(mixed > 100 && placeholders > 0, "{mixed} {placeholders}");
}

#[test]
fn statuses_never_come_before_their_message() {
    let mut told = BTreeSet::new();
    for delivery in DELIVERIES.iter() {
        let body: Value = serde_json::from_slice(&delivery.body).unwrap();
        for change in body["entry"].as_array().unwrap().iter().flat_map(|e| e["changes"].as_array().unwrap())
        {
            for echo in change["value"]["message_echoes"].as_array().into_iter().flatten() {
                told.insert(echo["id"].to_string());
            }
            for status in change["value"]["statuses"].as_array().into_iter().flatten() {
                assert!(told.contains(&status["id"].to_string()), "{status}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn repeated_reordered_deliveries_hold_the_same_items(
        seed: u64, window in 0usize..40, duplicates in 0u32..60, from in 0usize..5_000,
    ) {
        let part = &DELIVERIES[from..from + 300];
        let options = Options {
            seed, reorder_window: window, duplicate_percent: duplicates, ..Options::plain("http://127.0.0.1:1/", "s")
        };
        let mut random = Random::new(seed);
        let disturbed: Vec<Delivery> = Disturbed::new(part.iter().cloned(), &options, &mut random).collect();
        prop_assert!(disturbed.len() >= part.len());
        let items = |deliveries: &[Delivery]| -> BTreeSet<String> {
            deliveries.iter().flat_map(|delivery| identities(&delivery.body)).collect()
        };
        prop_assert_eq!(items(part), items(&disturbed));
        if duplicates == 0 {
            let sorted = |deliveries: &[Delivery]| {
                let mut all: Vec<String> = deliveries.iter().flat_map(|d| identities(&d.body)).collect();
                all.sort();
                all
            };
            prop_assert_eq!(sorted(part), sorted(&disturbed));
        }
    }
}
