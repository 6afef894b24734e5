//! How a source packs its items into deliveries changes nothing about the items.

use std::sync::LazyLock;

use aboveboard_connect::whatsapp::extract;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::golden::cases;

/// The changes of all golden deliveries in the documented envelope, each with its entry's other members.
fn changes() -> &'static [Value] {
    static CHANGES: LazyLock<Vec<Value>> = LazyLock::new(read_changes);
    &CHANGES
}

fn read_changes() -> Vec<Value> {
    let mut found = Vec::new();
    for case in cases() {
        let Ok(body) = serde_json::from_slice::<Value>(&case.body) else { continue };
        let Some(entries) = body["entry"].as_array() else { continue };
        for entry in entries {
            for change in
                entry["changes"].as_array().into_iter().flatten().filter(|change| change["value"].is_object())
            {
                let mut single = entry.clone();
                single["changes"] = json!([change]);
                found.push(single);
            }
        }
    }
    found
}

/// The items of a set of deliveries, in an order of their own.
fn items(deliveries: &[Value]) -> Vec<String> {
    let mut all: Vec<String> = deliveries
        .iter()
        .flat_map(|delivery| extract(&serde_json::to_vec(delivery).unwrap()).items)
        .map(|found| {
            format!(
                "{} {}",
                serde_json::to_string(&found.item).unwrap(),
                String::from_utf8(found.raw).unwrap()
            )
        })
        .collect();
    all.sort();
    all
}

fn delivery(entries: &[Value]) -> Value {
    json!({ "object": "whatsapp_business_account", "entry": entries })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_same_items_come_out_however_they_are_packed(
        order in Just((0..changes().len()).collect::<Vec<usize>>()).prop_shuffle(),
        sizes in prop::collection::vec(1usize..12, 1..40),
    ) {
        let changes = changes();
        let alone: Vec<Value> = changes.iter().map(|entry| delivery(std::slice::from_ref(entry))).collect();
        let mut packed = Vec::new();
        let mut rest: Vec<Value> = order.iter().map(|at| changes[*at].clone()).collect();
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let some: Vec<Value> = rest.drain(..(*size).min(rest.len())).collect();
            packed.push(delivery(&some));
        }
        prop_assert_eq!(items(&alone), items(&packed));
    }

    #[test]
    fn changes_of_one_account_may_share_an_entry(split in 1usize..5) {
        let plain = |entry: &&Value| entry.as_object().unwrap().len() == 2;
        let changes = changes();
        let ours: Vec<&Value> = changes.iter().filter(plain).filter(|entry| entry["id"] == "900100200300400").collect();
        let alone: Vec<Value> = ours.iter().map(|entry| delivery(&[(*entry).clone()])).collect();
        let shared: Vec<Value> = ours
            .chunks(split)
            .map(|some| {
                let inside: Vec<Value> = some.iter().map(|entry| entry["changes"][0].clone()).collect();
                delivery(&[json!({ "id": "900100200300400", "changes": inside })])
            })
            .collect();
        prop_assert_eq!(items(&alone), items(&shared));
    }
}
