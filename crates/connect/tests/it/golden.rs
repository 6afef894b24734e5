//! Golden cases: `tests/golden/whatsapp/<field>/<case>.json` in, `.expect.json` out. `UPDATE_EXPECT=1` rewrites them.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use aboveboard_connect::whatsapp::{Extracted, Extraction, extract};
use serde_json::{Value, json};

const CASE_BYTES_MAX: u64 = 1 << 20;
const SUFFIX: &str = ".expect.json";

/// One case: its name as `field/case`, and its bytes.
pub struct Case {
    pub name: String,
    pub body: Vec<u8>,
    expected: PathBuf,
}

/// All cases in the order of their names.
pub fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/whatsapp");
    let mut found = Vec::new();
    for field in entries(&root) {
        for path in entries(&field) {
            let file = path.file_name().unwrap().to_str().unwrap();
            let Some(case) = file.strip_suffix(".json").filter(|_| !file.ends_with(SUFFIX)) else { continue };
            let field = field.file_name().unwrap().to_str().unwrap();
            let expected = path.with_file_name(format!("{case}{SUFFIX}"));
            found.push(Case { name: format!("{field}/{case}"), body: read(&path), expected });
        }
    }
    assert!(found.len() > 200, "the golden folder is incomplete");
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

fn read(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    File::open(path).unwrap().take(CASE_BYTES_MAX).read_to_end(&mut bytes).unwrap();
    bytes
}

/// What a golden file says of an extraction: each item, what stands beside it in its raw bytes, and whether all is known.
fn shown(extraction: &Extraction) -> Value {
    let items: Vec<Value> = extraction
        .items
        .iter()
        .map(|extracted| {
            let raw: Option<Value> = serde_json::from_slice(&extracted.raw).ok();
            let beside: Vec<&String> =
                raw.iter().filter_map(Value::as_object).flat_map(|raw| raw.keys()).collect();
            json!({ "item": extracted.item, "raw": beside, "key": extracted.item.key() })
        })
        .collect();
    json!({ "complete": extraction.complete, "items": items })
}

#[test]
fn every_golden_case_reads_as_expected() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let found = format!("{:#}\n", shown(&extract(&case.body)));
        if update {
            fs::write(&case.expected, found).unwrap();
        } else if !case.expected.exists() || found.as_bytes() != read(&case.expected) {
            wrong.push(case.name);
        }
    }
    assert!(wrong.is_empty(), "differ from what is expected (UPDATE_EXPECT=1 rewrites): {wrong:#?}");
}

#[test]
fn no_expectation_outlives_its_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/whatsapp");
    let names: Vec<PathBuf> = cases().into_iter().map(|case| case.expected).collect();
    for path in entries(&root).iter().flat_map(|field| entries(field)) {
        let is_expectation = path.to_str().unwrap().ends_with(SUFFIX);
        assert!(!is_expectation || names.contains(&path), "{} has no case", path.display());
    }
}

#[test]
fn the_raw_bytes_are_exact_slices_of_the_delivery() {
    for case in cases() {
        for extracted in extract(&case.body).items {
            assert_exact(&case, &extracted);
        }
    }
}

fn assert_exact(case: &Case, extracted: &Extracted) {
    let slice = &case.body[extracted.range.clone()];
    let at = |needle: &[u8]| extracted.raw.windows(needle.len().max(1)).any(|window| window == needle);
    assert!(at(slice) || slice.is_empty(), "{}: the slice is not in the raw bytes", case.name);
    let Ok(raw) = serde_json::from_slice::<std::collections::BTreeMap<String, &serde_json::value::RawValue>>(
        &extracted.raw,
    ) else {
        assert_eq!(
            extracted.raw, case.body,
            "{}: only a delivery that is not JSON is kept as it is",
            case.name
        );
        return;
    };
    for (name, slice) in raw.iter().filter(|(name, _)| !matches!(&***name, "item" | "member")) {
        let whole = std::str::from_utf8(&case.body).unwrap();
        assert!(whole.contains(slice.get()), "{}: {name} is not a slice of the delivery", case.name);
    }
}

#[test]
fn the_contact_beside_an_item_is_its_own() {
    let mut seen = 0;
    for case in cases() {
        for extracted in extract(&case.body).items {
            let Ok(raw) = serde_json::from_slice::<Value>(&extracted.raw) else { continue };
            let Some(contact) = raw.get("contact") else { continue };
            let ids = ["user_id", "wa_id"].into_iter().filter_map(|name| contact[name].as_str());
            let item = raw["item"].to_string();
            let is_named = ids.into_iter().any(|id| item.contains(id));
            // A summary names nobody: it takes the only contact there is.
            assert!(is_named || raw["member"] == "conversation_context", "{}: {raw}", case.name);
            seen += 1;
        }
    }
    assert!(seen > 50, "hardly any contact was joined");
}

#[test]
fn no_item_holds_another_persons_message_or_contact() {
    let people: Vec<String> = (0..6).map(|at| format!("55119700000{at}0")).collect();
    let contacts: Vec<Value> = people.iter().rev().map(|id| json!({ "wa_id": id })).collect();
    let each = |make: &dyn Fn(&str) -> Value| people.iter().map(|id| make(id)).collect::<Vec<Value>>();
    let text = json!({ "body": "hello" });
    let messages = each(&|id| json!({ "from": id, "id": "m", "type": "text", "text": text }));
    let statuses = each(&|id| json!({ "id": "s", "status": "read", "recipient_id": id }));
    let threads = each(
        &|id| json!({ "id": id, "messages": [{ "from": id, "id": "h", "type": "text", "text": text }] }),
    );
    let value = json!({ "contacts": contacts, "messages": messages, "statuses": statuses, "history": [{ "threads": threads }] });
    let body = json!({ "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }] });
    let found = extract(&serde_json::to_vec(&body).unwrap());
    assert_eq!(
        found.items.len(),
        3 * people.len() + 1,
        "a message, a status, a past message each, and the chunk"
    );
    for extracted in found.items {
        let raw = String::from_utf8(extracted.raw).unwrap();
        let named = people.iter().filter(|id| raw.contains(*id)).count();
        assert!(named <= 1, "{raw}");
    }
}
