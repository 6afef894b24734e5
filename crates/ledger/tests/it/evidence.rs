//! Evidence: the tree covers every entry, proofs are given out, damage is named.

use std::{collections::BTreeSet, io::Read, os::unix::fs::PermissionsExt};

use aboveboard_ledger::{By, Command, Error, Fact, view::ReadFilter};
use aboveboard_model::{
    access::{Access, Actor, Purpose, ReadOf, Role},
    event::{DeliveryRead, Event},
    id::{Index, SearchId, SourceId},
    item::{Body, Content, Direction, Media, MediaKind, Message},
    refusal::Refusal,
    user,
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
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn an_entry_is_not_exported_into_a_folder_that_holds_something() {
    let firm = Firm::new();
    firm.ledger().verify(&by(3, Role::Auditor), &|_, _| {}).unwrap();
    let folder = firm.folder.parent().unwrap().join("shared");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(folder.join("note"), "somebody's").unwrap();
    let access = By::command_line().reading(Purpose::Evidence);
    let refused = firm.ledger().export_entry(&access, Index(0), &folder);
    assert!(matches!(refused, Err(Error::Folder { .. })), "{refused:?}");
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn what_waits_for_notice_is_not_exported_neither_itself_nor_its_file_nor_its_delivery() {
    let firm = Firm::new();
    let picture = picture();
    let actor = Actor::System("intake".into());
    let record = |fact| firm.ledger().record(&actor, vec![fact]).unwrap()[0].unwrap();
    let delivery = record(Fact::with_raw(Event::Delivery { source: SOURCE, secret: 0 }, b"{}".to_vec()));
    // The same bytes again, by another way in: it brought nothing new.
    let raw = Fact::with_raw(Event::Delivery { source: SourceId(2), secret: 0 }, b"{}".to_vec());
    let again = record(raw);
    let group = Body::Group {
        group: "g".into(),
        event: "group_create".into(),
        parties: vec![party("5511988880000")],
        details: vec![("subject".into(), "Clients of Ben".into())],
        errors: Vec::new(),
    };
    let group = record(fact(item("n2", 1, group)));
    let item = record(fact(item("n2", 0, Body::Message(picture))));
    firm.settle();
    let notice = |at| Command::DeclarePeople(vec![declared("E-2", "Ben", "n2", at)]);
    firm.by_machine(notice(Some(at("2026-01-01T00:00:00Z"))));
    firm.settle();
    let wanted = firm.ledger().wanted_media(10).unwrap().remove(0);
    let mut pieces = vec![b"the bytes".to_vec()].into_iter();
    let file = firm.ledger().record_media(&actor, &wanted, None, &mut || Ok(pieces.next())).unwrap().unwrap();
    firm.ledger().verify(&by(3, Role::Auditor), &|_, _| {}).unwrap();
    let access = By::command_line().reading(Purpose::Evidence);
    let export = |index: Index, name: &str| {
        let folder = firm.folder.join(format!("{name}-{index}"));
        let exported = firm.ledger().export_entry(&access, index, &folder);
        (exported, folder.exists())
    };
    let refused = |index, name| {
        let (exported, made) = export(index, name);
        matches!(exported, Err(Error::Refused(Refusal::NotFound))) && !made
    };
    assert!(refused(delivery, "unread"), "nobody knows yet whose words it holds");
    let read = DeliveryRead { delivery, items: 2, complete: true };
    let repeated = DeliveryRead { delivery: again, items: 0, complete: true };
    record(Fact::new(Event::DeliveriesRead { deliveries: vec![read, repeated] }));
    firm.settle();
    for index in [delivery, again, item, group, file] {
        export(index, "readable").0.unwrap();
    }
    firm.by_machine(notice(None));
    firm.settle();
    for index in [delivery, again, item, group, file] {
        assert!(refused(index, "waiting"), "{index}");
        assert!(firm.ledger().entry(&by(3, Role::Auditor), index).unwrap().waits, "{index}");
    }
}

#[test]
fn who_exports_an_entry_may_read_what_it_is_about_and_each_export_is_a_look() {
    let firm = Firm::new();
    firm.record(vec![said("n1", 0, "m1", "oi")]);
    let password = firm.ledger().hash_password("rita", "correct horse battery").unwrap();
    let roles = [Role::Auditor].into_iter().collect();
    let make = user::Command::Create { login: "rita".into(), password, roles, employee: None };
    firm.by_machine(Command::User(None, make));
    firm.settle();
    let auditor = by(3, Role::Auditor);
    firm.ledger().verify(&auditor, &|_, _| {}).unwrap();
    let officer = by(2, Role::ComplianceOfficer).reading(Purpose::Evidence);
    let refusal = |access: &Access, index| match firm.ledger().entry_export(access, index) {
        Ok(_) => None,
        Err(Error::Refused(refusal)) => Some(refusal),
        Err(error) => panic!("{error}"),
    };
    let entries = firm.ledger().entries(&auditor, None, 100).unwrap();
    for row in &entries {
        let secret = matches!(&*row.kind, "user.changed" | "source.changed" | "queue.changed");
        let wanted = secret.then_some(Refusal::NotPermitted);
        assert_eq!(refusal(&officer, row.index), wanted, "{} {}", row.index, row.kind);
        let shown = firm.ledger().entry(&by(2, Role::ComplianceOfficer), row.index).unwrap();
        assert_eq!(shown.may_export, !secret, "{}", row.kind);
        assert!(!firm.ledger().entry(&auditor, row.index).unwrap().may_export);
        for role in [Role::Reviewer, Role::PrivacyOfficer, Role::Administrator, Role::Auditor] {
            let access = by(4, role).reading(Purpose::Evidence);
            assert_eq!(refusal(&access, row.index), Some(Refusal::NotPermitted), "{}", role.word());
        }
        assert_eq!(refusal(&By::command_line().reading(Purpose::Evidence), row.index), None);
    }
    for kind in ["user.changed", "item.captured", "people.changed"] {
        assert!(entries.iter().any(|row| row.kind == kind), "{kind}");
    }
    firm.settle();
    let filter = ReadFilter { actor: Some(officer.actor.clone()), limit: 100, ..ReadFilter::default() };
    let looks = firm.ledger().reads(&by(5, Role::PrivacyOfficer), &filter).unwrap();
    let taken: BTreeSet<Index> = looks
        .iter()
        .filter_map(|look| match (&look.purpose, &look.of) {
            (Purpose::Evidence, ReadOf::Entry(index)) => Some(*index),
            _ => None,
        })
        .collect();
    let readable = entries.iter().filter(|row| row.kind != "user.changed").map(|row| row.index);
    assert_eq!(taken, readable.collect());
}

#[test]
fn the_same_entry_taken_out_twice_within_a_minute_is_two_looks() {
    let firm = Firm::new();
    firm.ledger().verify(&by(3, Role::Auditor), &|_, _| {}).unwrap();
    let officer = by(2, Role::ComplianceOfficer).reading(Purpose::Evidence);
    for _ in 0..2 {
        firm.ledger().entry_export(&officer, Index(0)).unwrap();
    }
    firm.settle();
    let filter = ReadFilter { actor: Some(officer.actor.clone()), limit: 100, ..ReadFilter::default() };
    let looks = firm.ledger().reads(&by(5, Role::PrivacyOfficer), &filter).unwrap();
    let of: Vec<&ReadOf> = looks.iter().map(|look| &look.of).collect();
    assert_eq!(of, [&ReadOf::Entry(Index(0)), &ReadOf::Entry(Index(0))]);
}

#[test]
fn a_look_that_holds_what_was_searched_for_is_taken_out_by_who_may_read_that() {
    let firm = Firm::new();
    let searcher = by(1, Role::Reviewer).actor;
    let searched = |search: Option<SearchId>, query: &str| {
        let of = ReadOf::Search { search, query: query.into(), hits: 1 };
        let look = Event::Read { purpose: Purpose::Investigation, of };
        firm.ledger().record(&searcher, vec![Fact::new(look)]).unwrap()[0].unwrap()
    };
    let (first_version, todays) = (searched(None, "segredo"), searched(Some(SearchId(4)), ""));
    firm.settle();
    firm.ledger().verify(&by(3, Role::Auditor), &|_, _| {}).unwrap();
    let taken = |more: &[Role], index| {
        let roles = std::iter::once(Role::ComplianceOfficer).chain(more.iter().copied()).collect();
        let access = By { roles, ..by(2, Role::ComplianceOfficer) }.reading(Purpose::Evidence);
        match firm.ledger().entry_export(&access, index) {
            Ok(_) => true,
            Err(Error::Refused(Refusal::NotPermitted)) => false,
            Err(error) => panic!("{error}"),
        }
    };
    for (roles, wanted) in [
        (&[][..], [false, false]),
        (&[Role::Auditor][..], [false, true]),
        (&[Role::Auditor, Role::PrivacyOfficer][..], [true, true]),
    ] {
        assert_eq!([first_version, todays].map(|index| taken(roles, index)), wanted, "{roles:?}");
    }
}

#[test]
fn the_tree_grows_and_proofs_are_given_while_everything_is_verified() {
    let firm = Firm::new();
    firm.record((0..1_000).map(|n| said("n1", n, &format!("m{n}"), "oi")).collect());
    let auditor = by(3, Role::Auditor);
    let (ask, asked) = std::sync::mpsc::channel::<()>();
    let (answer, answered) = std::sync::mpsc::channel::<u64>();
    let fixed = || firm.ledger().log_state(&auditor).unwrap().fixed;
    let (report, before, after) = std::thread::scope(|scope| {
        scope.spawn(|| {
            for () in asked {
                // What the check froze is replaced under it: partial tiles, and the checkpoint.
                let before = fixed();
                firm.record((1_000..1_100).map(|n| said("n1", n, &format!("m{n}"), "oi")).collect());
                firm.ledger().verify(&auditor, &|_, _| {}).unwrap();
                let proof = firm.ledger().proof(&auditor, Index(before)).unwrap();
                assert!(proof.starts_with("c2sp.org/tlog-proof@v1"));
                answer.send(before).unwrap();
                answer.send(fixed()).unwrap();
            }
        });
        let told = std::cell::RefCell::new(Vec::new());
        let report = firm.ledger().verify(&auditor, &|_, _| {
            if told.borrow().is_empty() {
                ask.send(()).unwrap();
                let waited = [answered.recv_timeout(WAIT), answered.recv_timeout(WAIT)];
                told.borrow_mut().extend(waited.map(|told| told.expect("nobody waits for the check")));
            }
        });
        drop(ask);
        let told = told.into_inner();
        (report.unwrap(), told[0], told[1])
    });
    assert!(report.is_clean(), "{:?}", report.problems);
    assert!(after > before, "{after} entries are fixed after {before}");
}

/// A message with a file.
fn picture() -> Message {
    let picture = Media {
        media: MediaKind::Image,
        id: Some("f1".into()),
        mime: None,
        sha256: None,
        filename: None,
        caption: None,
    };
    Message { content: Content::Media(picture), ..message("m1", Direction::In, "") }
}

/// Media files in the data folder.
fn media_files(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.map(|path| if path.is_dir() { media_files(&path) } else { 1 }).sum()
}

#[test]
fn a_file_fetched_twice_is_kept_once() {
    let firm = Firm::new();
    firm.record(vec![item("n1", 0, Body::Message(picture()))]);
    let wanted = firm.ledger().wanted_media(10).unwrap().remove(0);
    let fetch = || {
        let mut pieces = vec![b"the bytes".to_vec()].into_iter();
        let actor = Actor::System("media".into());
        firm.ledger().record_media(&actor, &wanted, None, &mut || Ok(pieces.next())).unwrap()
    };
    assert!(fetch().is_some());
    assert_eq!(fetch(), None);
    assert_eq!(media_files(&firm.folder.join("media")), 1);
    firm.settle();
    assert!(firm.ledger().wanted_media(10).unwrap().is_empty());
}

#[test]
fn the_data_folder_is_its_owners_alone() {
    let firm = Firm::new();
    assert_eq!(std::fs::metadata(&firm.folder).unwrap().permissions().mode() & 0o077, 0);
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
