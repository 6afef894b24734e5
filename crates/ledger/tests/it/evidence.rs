//! Evidence: the tree covers every entry, proofs are given out, damage is named.

use std::io::Read;

use aboveboard_ledger::By;
use aboveboard_model::{
    access::{Purpose, Role},
    id::Index,
};

use crate::support::*;

/// No segment of these tests is larger.
const SEGMENT_BYTES_MAX: u64 = 1 << 20;

#[test]
fn every_entry_is_proved_and_the_whole_verifies() {
    let firm = Firm::new();
    firm.record(vec![said("n1", 0, "m1", "oi"), wrote("n1", 60, "m2", "olá")]);
    let auditor = by(3, Role::Auditor);
    let report = firm.ledger().verify(&auditor, &|_, _| {}).unwrap();
    assert!(report.is_clean(), "{:?}", report.problems);
    assert_eq!(report.opened, report.entries);
    let state = firm.ledger().log_state(&auditor).unwrap();
    assert_eq!(state.fixed, state.entries);
    for index in 0..state.fixed {
        assert!(firm.ledger().proof(&auditor, Index(index)).unwrap().starts_with("c2sp.org/tlog-proof@v1"));
        assert!(firm.ledger().entry(&auditor, Index(index)).unwrap().leaf.contains("hmac-sha256:"));
    }
    let folder = firm.folder.join("export");
    let access = By::command_line().reading(Purpose::Evidence);
    firm.ledger().export_entry(&access, Index(state.fixed - 1), &folder).unwrap();
    assert!(folder.join("evidence.tlog-proof").exists());
}

#[test]
fn a_leaf_says_nothing_about_a_person() {
    let firm = Firm::new();
    firm.record(vec![said("n1", 0, "m1", "segredo 5511988887777")]);
    let auditor = by(3, Role::Auditor);
    for row in firm.ledger().entries(&auditor, None, 100).unwrap() {
        let leaf = firm.ledger().entry(&auditor, row.index).unwrap().leaf;
        let fields: std::collections::BTreeMap<String, serde_json::Value> =
            serde_json::from_str(&leaf).unwrap();
        let names: Vec<&str> = fields.keys().map(String::as_str).collect();
        assert_eq!(names, ["at", "commit", "rid", "sealed", "t", "v"]);
        for secret in ["segredo", "5511988887777", "Ana Lima"] {
            assert!(!leaf.contains(secret), "{leaf}");
        }
    }
}

#[test]
fn a_changed_byte_is_named_and_the_log_opens_no_other_key() {
    let mut firm = Firm::new();
    firm.record((0..20).map(|at| said("n1", at, &format!("m{at}"), "oi")).collect());
    firm.close();
    let segment = std::fs::read_dir(firm.folder.join("journal")).unwrap();
    let segment = segment
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|kind| kind == "seg"));
    let segment = segment.unwrap();
    let mut bytes = Vec::new();
    std::fs::File::open(&segment).unwrap().take(SEGMENT_BYTES_MAX).read_to_end(&mut bytes).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, &bytes).unwrap();
    let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        firm.open();
        firm.ledger().verify(&by(3, Role::Auditor), &|_, _| {}).map(|report| report.is_clean())
    }));
    assert!(!matches!(opened, Ok(Ok(true))), "the damage went unnoticed");
}
