//! Seeded mutations of the golden cases: nothing panics, nothing is lost, nothing grows without bound. Two seconds, or
//! `ABOVEBOARD_FUZZ_SECONDS`.

use std::time::{Duration, Instant};

use aboveboard_connect::whatsapp::{CONTEXT_BYTES_MAX, Extraction, ITEMS_MAX, extract};
use serde_json::{Value, json};

use super::golden::cases;

/// A small generator (splitmix64), so that a seed is the whole story.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

fn seconds() -> Duration {
    let long = std::env::var("ABOVEBOARD_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(long.unwrap_or(2))
}

#[test]
fn mutations_of_every_golden_case_lose_nothing_and_stay_bounded() {
    let bodies: Vec<Vec<u8>> = cases().into_iter().map(|case| case.body).collect();
    let values: Vec<Value> = bodies.iter().filter_map(|body| serde_json::from_slice(body).ok()).collect();
    let started = Instant::now();
    let mut seed = 0;
    while started.elapsed() < seconds() {
        seed += 1;
        let mut random = Random(seed);
        let mut value = values[random.below(values.len())].clone();
        for _ in 0..=random.below(4) {
            mutate(&mut value, &values, &mut random, 0);
        }
        let body = serde_json::to_vec(&value).unwrap();
        let found = extract(&body);
        assert_whole(&value, &found, seed);
        assert_bounded(&body, &found, seed);
        let broken = break_bytes(body, &mut random);
        assert_bounded(&broken, &extract(&broken), seed);
    }
    assert!(seed > 100, "too few mutations to mean anything");
}

/// Walks to a random place and changes it.
fn mutate(value: &mut Value, others: &[Value], random: &mut Random, depth: usize) {
    let stay = random.one_in(6) || depth > 30;
    match value {
        Value::Object(members) if !stay && !members.is_empty() => {
            let at = random.below(members.len());
            let name = members.keys().nth(at).unwrap().clone();
            match random.below(12) {
                0 => drop(members.remove(&name)),
                1 => drop(members.insert(format!("{name}_new"), members[&name].clone())),
                2 => {
                    let renamed = members.remove(&name).unwrap();
                    members.insert(format!("new_{}", random.below(100)), renamed);
                }
                _ => mutate(members.get_mut(&name).unwrap(), others, random, depth + 1),
            }
        }
        Value::Array(elements) if !stay && !elements.is_empty() => {
            let at = random.below(elements.len());
            match random.below(10) {
                0 => drop(elements.remove(at)),
                1 => elements.extend(vec![elements[at].clone(); random.below(40)]),
                2 => elements.push(odd(others, random)),
                _ => mutate(&mut elements[at], others, random, depth + 1),
            }
        }
        _ => *value = replaced(value.take(), others, random),
    }
}

fn replaced(value: Value, others: &[Value], random: &mut Random) -> Value {
    match random.below(6) {
        0 => json!([value]),
        1 => json!({ "nested": value }),
        2 => (0..random.below(20)).fold(value, |inner, _| json!([inner])),
        3 => Value::String(value.to_string()),
        _ => odd(others, random),
    }
}

fn odd(others: &[Value], random: &mut Random) -> Value {
    match random.below(14) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(1.5e300),
        5 => json!(""),
        6 => json!("\u{0}\u{202e}\u{feff}é\u{1F600}"),
        7 => Value::String("9".repeat(random.below(5_000))),
        8 => json!([]),
        9 => json!({}),
        10 => json!({ "type": "text", "text": { "body": "moved here" } }),
        11 => json!({ "id": "x", "messages": [{ "type": "edit" }] }),
        _ => others[random.below(others.len())].clone(),
    }
}

/// Bytes that are not JSON, not UTF-8, cut off, or with escapes that stand for nothing.
fn break_bytes(mut body: Vec<u8>, random: &mut Random) -> Vec<u8> {
    let at = random.below(body.len());
    match random.below(5) {
        0 => body.truncate(at),
        1 => body.insert(at, random.next() as u8),
        2 if !body.is_empty() => body[at] = random.next() as u8,
        3 => {
            let text = String::from_utf8(body).unwrap();
            body = text.replacen("5511", "\\ud83d55\\udc00", 1 + random.below(3)).into_bytes();
        }
        _ => {
            let text = String::from_utf8(body).unwrap();
            body = text
                .replacen("\"type\":", "\"type\":1e9999,\"\\udfff\":0,\"type\":", 1 + random.below(3))
                .into_bytes();
        }
    }
    body
}

/// Every string and number of the delivery is in the raw bytes of some item, but for the envelope's two constants; and each
/// element of a list of items is an item.
fn assert_whole(value: &Value, found: &Extraction, seed: u64) {
    let kept: Vec<Value> =
        found.items.iter().map(|item| serde_json::from_slice(&item.raw).unwrap()).collect();
    let mut leaves = std::collections::HashSet::new();
    kept.iter().for_each(|raw| collect(raw, &mut leaves));
    let mut wanted = std::collections::HashSet::new();
    collect(value, &mut wanted);
    for leaf in wanted {
        let constant = matches!(&*leaf, "\"whatsapp\"" | "\"whatsapp_business_account\"" | "\"\"");
        assert!(leaves.contains(&leaf) || constant, "seed {seed} lost {leaf}: {value}");
    }
    let elements = count(value);
    let full = found.items.len() >= ITEMS_MAX;
    assert!(
        full || found.items.len() >= elements,
        "seed {seed}: {} items of {elements}: {value}",
        found.items.len()
    );
}

/// Leaves as JSON text. Scalars only: `null` says nothing.
fn collect(value: &Value, leaves: &mut std::collections::HashSet<String>) {
    match value {
        Value::Object(members) => members.values().for_each(|value| collect(value, leaves)),
        Value::Array(elements) => elements.iter().for_each(|value| collect(value, leaves)),
        Value::Null => {}
        scalar => drop(leaves.insert(scalar.to_string())),
    }
}

/// How many elements the lists of items have that an ordinary walk of the envelope reaches.
fn count(value: &Value) -> usize {
    const LISTS: &[&str] =
        &["messages", "message_echoes", "statuses", "errors", "calls", "groups", "state_sync"];
    const ITEM_FIELDS: &[&str] =
        &["messages", "smb_message_echoes", "calls", "group_status_update", "smb_app_state_sync"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut count = 0;
    for entry in list(&value["entry"]) {
        for change in list(&entry["changes"]) {
            if change["field"].as_str().is_some_and(|field| ITEM_FIELDS.contains(&field)) {
                count += LISTS.iter().map(|name| list(&change["value"][*name]).len()).sum::<usize>();
            }
        }
    }
    count
}

fn assert_bounded(body: &[u8], found: &Extraction, seed: u64) {
    assert!(!found.items.is_empty(), "seed {seed}: nothing came out");
    assert!(found.items.len() <= ITEMS_MAX + 64, "seed {seed}");
    let raw: usize = found.items.iter().map(|item| item.raw.len()).sum();
    let records: usize = found.items.iter().map(|item| serde_json::to_vec(&item.item).unwrap().len()).sum();
    let bound = body.len() * 4 + found.items.len() * (7 * CONTEXT_BYTES_MAX + 512);
    assert!(raw <= bound, "seed {seed}: {raw} raw bytes of {}", body.len());
    assert!(records <= bound * 2, "seed {seed}: {records} bytes of records of {}", body.len());
    for item in &found.items {
        assert!(item.range.end <= body.len(), "seed {seed}");
        assert!(item.item.unknown.len() <= aboveboard_model::item::UNKNOWN_PATHS_MAX, "seed {seed}");
    }
}

#[test]
fn mutation_bombs_stay_bounded() {
    let many = |element: &str, count: usize| vec![element; count].join(",");
    let huge = "x".repeat(1 << 20);
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(200_000), close.repeat(200_000));
    let value = |inside: String| {
        format!(
            "{{\"entry\":[{{\"id\":\"1\",\"changes\":[{{\"field\":\"messages\",\"value\":{{{inside}}}}}]}}]}}"
        )
    };
    let bombs = [
        format!("[{}]", many("{}", 100_000)),
        format!("{{\"entry\":[{}]}}", many("{}", 100_000)),
        format!("{{{}}}", many("\"k\":1", 100_000)),
        value(format!("\"messages\":[{}]", many("0", 100_000))),
        value(format!(
            "\"metadata\":{{\"phone_number_id\":\"{huge}\"}},\"messages\":[{}]",
            many("{}", 30_000)
        )),
        value(format!(
            "\"contacts\":[{{\"wa_id\":\"1\",\"profile\":{{\"name\":\"{huge}\"}}}}],\"messages\":[{}]",
            many("{\"from\":\"1\",\"type\":\"text\"}", 30_000)
        )),
        value(format!("\"contacts\":[{}],\"messages\":[]", many("{\"wa_id\":\"1\"}", 100_000))),
        value(format!("\"messages\":[{}]", deep("[", "]"))),
        value(format!("\"messages\":[{}]", deep("{\"edit\":", "}"))),
        value(format!("\"history\":[{{\"threads\":[{}]}}]", many("{\"id\":\"1\",\"messages\":[1]}", 60_000))),
        value(many("\"messages\":[1]", 100_000)),
        value(many("\"unheard_of\":[1]", 100_000)),
        format!(
            "{{\"entry\":[{{\"changes\":[{{\"field\":\"{huge}\",\"value\":{{\"messages\":[{}]}}}}]}}]}}",
            many("1", 9_000)
        ),
        value(format!(
            "\"message_echoes\":[{{\"message\":{{\"template\":{{\"components\":[{part}]}},\"recipient_type\":\"x\",\"to\":\"1\",\"type\":\"template\"}},\"template\":{{\"components\":[{part}]}}}}]",
            part = many("{\"type\":\"body\",\"text\":\"{{1}}\",\"parameters\":[{\"text\":\"x\"}]}", 10_000)
        )),
        deep("[", "]"),
        deep("{\"entry\":", "}"),
    ];
    for (at, bomb) in bombs.iter().enumerate() {
        let started = Instant::now();
        assert_bounded(bomb.as_bytes(), &extract(bomb.as_bytes()), at as u64);
        assert!(started.elapsed() < Duration::from_secs(20), "bomb {at} took {:?}", started.elapsed());
    }
}
