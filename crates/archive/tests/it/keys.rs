//! The key table: wrapping, destroying, wrong keys, torn tails.

use std::sync::Arc;

use aboveboard_archive::Error;
use aboveboard_archive::aead::Key;
use aboveboard_archive::fs::crash::CrashFs;
use aboveboard_archive::fs::{Fs, Mode, SyncSite};
use aboveboard_archive::keys::{KeyTable, MAKE_MAX, ScopeHash, Wanted, verify};

use crate::common::{KEYS, Seeded, deployment};

const SLOT_BYTES: u64 = 128;

fn open(fs: &CrashFs, promised: u64) -> aboveboard_archive::Result<KeyTable> {
    let random = Seeded::new(fs.files().len() as u64 + promised);
    KeyTable::open(fs, KEYS, deployment(), random.random(), promised)
}

fn problems(fs: &CrashFs) -> Vec<Option<u64>> {
    let mut slots = Vec::new();
    verify(fs, KEYS, Some(&deployment()), &mut |problem| slots.push(problem.index)).unwrap();
    slots
}

fn wanted(scope: u8, spare: usize) -> Wanted {
    Wanted { scope: ScopeHash([scope; 16]), spare }
}

#[test]
fn keys_and_scopes_are_found_again() {
    let fs = CrashFs::new(1);
    let table = open(&fs, 0).unwrap();
    let scopes: Vec<u64> = (0..5).map(|scope| table.scope(ScopeHash([scope; 16])).unwrap()).collect();
    let mut made: Vec<(u64, Key)> = Vec::new();
    for (at, scope) in scopes.iter().enumerate() {
        made.extend(table.make(*scope, 3).unwrap());
        table.top_up(*scope, 2).unwrap();
        made.extend(table.take_each(&[wanted(at as u8, 0)]).unwrap());
        assert_eq!(table.scope_of(made.last().unwrap().0).unwrap(), *scope);
    }
    let promised = made.iter().map(|(slot, _)| *slot).max().unwrap();
    drop(table);
    fs.crash();
    let table = open(&fs, promised).unwrap();
    for (slot, key) in &made {
        assert_eq!(table.open_key(*slot).unwrap(), *key);
    }
    for (at, scope) in scopes.iter().enumerate() {
        assert_eq!(table.scope(ScopeHash([at as u8; 16])).unwrap(), *scope);
        assert_eq!(table.find_scope(ScopeHash([at as u8; 16])), Some(*scope));
    }
    let mut slots: Vec<u64> = made.iter().map(|(slot, _)| *slot).collect();
    slots.push(table.make(scopes[0], 1).unwrap()[0].0);
    let before = slots.len();
    slots.sort_unstable();
    slots.dedup();
    assert_eq!(slots.len(), before, "a slot was given twice");
    assert_eq!(problems(&fs), []);
}

#[test]
fn many_scopes_and_keys_are_made_together_or_not_at_all() {
    let fs = CrashFs::new(1);
    let table = open(&fs, 0).unwrap();
    let known = table.scope(ScopeHash([9; 16])).unwrap();
    table.top_up(known, 1).unwrap();
    let wants = [wanted(1, 0), wanted(2, 2), wanted(9, 0), wanted(1, 0), wanted(2, 2)];
    fs.fail_sync(SyncSite::Keys);
    assert!(table.take_each(&wants).is_err());
    assert_eq!(table.find_scope(ScopeHash([1; 16])), None);
    let keys = table.take_each(&wants).unwrap();
    let scopes: Vec<u64> = keys.iter().map(|(slot, _)| table.scope_of(*slot).unwrap()).collect();
    let scope = |of: u8| table.find_scope(ScopeHash([of; 16])).unwrap();
    assert_eq!(scopes, [scope(1), scope(2), known, scope(1), scope(2)]);
    fs.fail_sync(SyncSite::Keys);
    table.take_each(&[wanted(2, 0), wanted(2, 0)]).expect("two were kept ready, so that no sync is needed");
    assert!(table.take_each(&[wanted(2, 0)]).is_err());
    let promised = keys.iter().map(|(slot, _)| *slot).max().unwrap();
    drop(table);
    fs.crash();
    let table = open(&fs, promised).unwrap();
    assert!(keys.iter().all(|(slot, key)| table.open_key(*slot).unwrap() == *key));
    assert_eq!(problems(&fs), []);
}

#[test]
fn a_destroyed_key_or_scope_stays_destroyed() {
    let fs = CrashFs::new(1);
    let table = open(&fs, 0).unwrap();
    let (one, two) = (table.scope(ScopeHash([1; 16])).unwrap(), table.scope(ScopeHash([2; 16])).unwrap());
    let (of_one, of_two) = (table.make(one, 3).unwrap(), table.make(two, 3).unwrap());
    table.top_up(one, 4).unwrap();
    table.destroy(one).unwrap();
    table.destroy(of_two[1].0).unwrap();
    table.destroy(of_two[1].0).unwrap();
    let gone = |table: &KeyTable, slot: u64| matches!(table.open_key(slot), Err(Error::Destroyed(_)));
    let (slot, _) = table.take_each(&[wanted(1, 0)]).unwrap()[0];
    let again = table.scope(ScopeHash([1; 16])).unwrap();
    assert_ne!(again, one);
    assert_eq!(
        table.scope_of(slot).unwrap(),
        again,
        "a key made before the end of its scope is not handed out"
    );
    drop(table);
    fs.crash();
    let table = open(&fs, of_two[2].0).unwrap();
    assert!(of_one.iter().all(|(slot, _)| gone(&table, *slot)) && gone(&table, of_two[1].0));
    assert_eq!(table.open_key(of_two[2].0).unwrap(), of_two[2].1);
    assert_eq!(table.find_scope(ScopeHash([1; 16])), Some(again));
    for slot in [0, 10_000] {
        assert!(matches!(table.destroy(slot), Err(Error::Invalid(_))));
    }
    assert_eq!(problems(&fs), []);
}

#[test]
fn another_deployment_key_is_refused_at_once() {
    let fs = CrashFs::new(1);
    open(&fs, 0).unwrap().scope(ScopeHash([1; 16])).unwrap();
    let opened = KeyTable::open(&fs, KEYS, Key::new([1; 32]), Seeded::new(1).random(), 0);
    assert!(matches!(opened, Err(Error::WrongKey(_))));
    open(&fs, 0).unwrap();
}

#[test]
fn a_damaged_slot_that_an_entry_names_is_corruption_and_one_after_it_is_voided() {
    let fs = CrashFs::new(1);
    let table = open(&fs, 0).unwrap();
    let scope = table.scope(ScopeHash([1; 16])).unwrap();
    let made = table.make(scope, 6).unwrap();
    drop(table);
    let (used, last) = (made[2].0, made[5].0);
    for byte in 0..SLOT_BYTES {
        fs.flip(KEYS, last * SLOT_BYTES + byte, 0x10).unwrap();
        assert_eq!(problems(&fs), [Some(last)], "byte {byte}");
        fs.flip(KEYS, last * SLOT_BYTES + byte, 0x10).unwrap();
    }
    fs.flip(KEYS, last * SLOT_BYTES + 70, 1).unwrap();
    match open(&fs, last) {
        Err(Error::Corruption(corruption)) => assert_eq!(corruption.index, Some(last)),
        other => panic!("{:?}", other.map(|_| ())),
    }
    let table = open(&fs, used).unwrap();
    assert!(matches!(table.open_key(last), Err(Error::Destroyed(_))));
    assert_eq!(table.open_key(used).unwrap(), made[2].1);
    assert_eq!(problems(&fs), []);
    drop(table);
    fs.open(KEYS, Mode::Write).unwrap().set_len(used * SLOT_BYTES).unwrap();
    assert!(matches!(open(&fs, used), Err(Error::Corruption(_))));
}

#[test]
fn a_key_moved_to_another_slot_or_scope_does_not_open() {
    let fs = CrashFs::new(1);
    let table = open(&fs, 0).unwrap();
    let (one, two) = (table.scope(ScopeHash([1; 16])).unwrap(), table.scope(ScopeHash([2; 16])).unwrap());
    let (of_one, of_two) = (table.make(one, 1).unwrap()[0].0, table.make(two, 1).unwrap()[0].0);
    let file = fs.open(KEYS, Mode::Write).unwrap();
    let mut bytes = [0; SLOT_BYTES as usize];
    file.read_at(of_one * SLOT_BYTES, &mut bytes).unwrap();
    file.write_at(of_two * SLOT_BYTES, &bytes).unwrap();
    assert!(matches!(table.open_key(of_two), Err(Error::Corruption(_))));
    // With a checksum that fits its place it still does not unwrap: slot and scope are bound.
    let crc = crc32c::crc32c_append(crc32c::crc32c(&of_two.to_le_bytes()), &bytes[..124]);
    bytes[124..].copy_from_slice(&crc.to_le_bytes());
    file.write_at(of_two * SLOT_BYTES, &bytes).unwrap();
    assert!(matches!(table.open_key(of_two), Err(Error::Corruption(_))));
    assert_eq!(problems(&fs), [Some(of_two)]);
}

#[test]
fn a_failed_sync_or_a_full_disk_promises_nothing() {
    let fs = CrashFs::new(1);
    let table = open(&fs, 0).unwrap();
    let scope = table.scope(ScopeHash([1; 16])).unwrap();
    fs.fail_sync(SyncSite::Keys);
    assert!(table.make(scope, 4).is_err());
    fs.set_free(Some(60));
    assert!(table.make(scope, 8).is_err());
    fs.set_free(None);
    let made = table.make(scope, 2).unwrap();
    assert!(matches!(table.make(scope, MAKE_MAX + 1), Err(Error::Invalid(_))));
    drop(table);
    fs.crash();
    let table = open(&fs, made[1].0).unwrap();
    assert!(made.iter().all(|(slot, key)| table.open_key(*slot).unwrap() == *key));
    assert_eq!(problems(&fs), []);
}

#[test]
fn many_threads_take_different_keys() {
    let fs = CrashFs::new(1);
    let table = Arc::new(open(&fs, 0).unwrap());
    let takers: Vec<_> = (0..4)
        .map(|_| {
            let table = Arc::clone(&table);
            std::thread::spawn(move || {
                let take = |spare| table.take_each(&[wanted(1, spare), wanted(2, 0)]).unwrap();
                (0..50).flat_map(|turn| take(turn % 4)).map(|(slot, _)| slot).collect::<Vec<_>>()
            })
        })
        .collect();
    let mut slots: Vec<u64> = takers.into_iter().flat_map(|taker| taker.join().unwrap()).collect();
    slots.sort_unstable();
    slots.dedup();
    assert_eq!(slots.len(), 400);
}
