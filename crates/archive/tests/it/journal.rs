//! The file journal: conformance, failures of the disk, sidecars, damage at the start.

use std::sync::Arc;
use std::sync::mpsc;

use aboveboard_archive::Error;
use aboveboard_archive::fs::crash::CrashFs;
use aboveboard_archive::fs::{Fs, Mode, RealFs, SyncSite};
use aboveboard_archive::journal::conformance::{ALL, draft};
use aboveboard_archive::journal::{
    Batch, Expected, FileJournal, Journal, KeyHash, Options, Sealed, SegmentLog, entries,
};
use aboveboard_archive::tiles::{TILE_WIDTH, TileKind, TilePath, read_bundle};
use proptest::prelude::*;

use crate::common::{Archive, Seeded};

const SMALL: Options = Options { segment_bytes: 2000, floor: 0 };

fn log(fs: &CrashFs) -> SegmentLog {
    SegmentLog::open(Arc::new(fs.clone()), SMALL).unwrap()
}

fn fill(fs: &CrashFs, count: u64) {
    let log = log(fs);
    for number in log.len()..log.len() + count {
        log.append(Batch::one(draft(number, &[number as u8]))).unwrap();
    }
}

#[test]
fn the_file_journal_and_its_core_follow_every_rule() {
    for (name, rule) in ALL {
        println!("{name}");
        let folder = tempfile::tempdir().unwrap();
        let fs: Arc<dyn Fs> = Arc::new(RealFs::new(folder.path()));
        rule(&|| Box::new(FileJournal::open(Arc::clone(&fs), SMALL).unwrap()));
        let fs = CrashFs::new(1);
        rule(&|| Box::new(log(&fs)));
        let fs: Arc<dyn Fs> = Arc::new(CrashFs::new(1));
        rule(&|| Box::new(FileJournal::open(Arc::clone(&fs), Options::default()).unwrap()));
    }
}

#[test]
fn a_data_folder_is_opened_by_one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let fs: Arc<dyn Fs> = Arc::new(RealFs::new(folder.path()));
    let first = FileJournal::open(Arc::clone(&fs), SMALL).unwrap();
    assert!(matches!(FileJournal::open(Arc::clone(&fs), SMALL), Err(Error::InUse(_))));
    drop(first);
    FileJournal::open(fs, SMALL).unwrap();
}

#[test]
fn a_failed_sync_fails_every_waiting_batch_and_later_ones_succeed() {
    let fs = CrashFs::new(3);
    let log = log(&fs);
    log.append(Batch::one(draft(0, &[0]))).unwrap();
    fs.fail_sync(SyncSite::JournalGroup);
    let twice = [Batch::one(draft(1, &[1])), {
        let preconditions = vec![(KeyHash([1; 16]), Expected::Absent)];
        Batch { drafts: vec![draft(2, &[1])], preconditions }
    }];
    let answers = log.commit(&twice);
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Io { .. }))), "{answers:?}");
    assert_eq!((log.len(), log.span(KeyHash([1; 16])).unwrap()), (1, None));
    // The same again is a new append in a new segment, not a retried sync.
    assert_eq!(log.append(Batch::one(draft(1, &[1]))).unwrap(), 1);
    assert_eq!(fs.files().iter().filter(|path| path.ends_with(".seg")).count(), 2);
    drop(log);
    fs.crash();
    assert_eq!(self::log(&fs).len(), 2);
}

#[test]
fn a_full_disk_acknowledges_nothing_and_recovers_once_there_is_room() {
    let fs = CrashFs::new(3);
    let log = log(&fs);
    log.append(Batch::one(draft(0, &[0]))).unwrap();
    fs.set_free(Some(100));
    for _ in 0..5 {
        let error = log.append(Batch::one(draft(39, &[1]))).unwrap_err();
        assert!(error.is_storage_full(), "{error}");
    }
    assert_eq!(log.len(), 1);
    fs.set_free(None);
    assert_eq!(log.append(Batch::one(draft(39, &[1]))).unwrap(), 1);
    drop(log);
    fs.crash();
    let indexes = entries(&self::log(&fs), 0).map(|entry| entry.unwrap().key_slot).collect::<Vec<_>>();
    assert_eq!(indexes, [0, 39]);
}

#[test]
fn waiting_batches_share_a_sync_and_are_answered_before_the_journal_closes() {
    let fs = CrashFs::new(5);
    let journal = FileJournal::open(Arc::new(fs.clone()), SMALL).unwrap();
    let (sender, receiver) = mpsc::channel();
    for number in 0..500 {
        let sender = sender.clone();
        journal.submit(Batch::one(draft(number, &[])), Box::new(move |answer| sender.send(answer).unwrap()));
    }
    journal.submit(Batch::one(draft(500, &[])), Box::new(|_| panic!("a caller's own panic")));
    drop(journal);
    drop(sender);
    let mut indexes: Vec<u64> = receiver.iter().map(Result::unwrap).collect();
    indexes.sort_unstable();
    assert_eq!(indexes, (0..500).collect::<Vec<_>>());
    assert_eq!(log(&fs).len(), 501);
}

#[test]
fn a_missing_or_damaged_sidecar_is_rebuilt() {
    let fs = CrashFs::new(7);
    fill(&fs, 60);
    let sidecars: Vec<String> = fs.files().into_iter().filter(|path| path.ends_with(".idx")).collect();
    assert!(sidecars.len() >= 3, "{sidecars:?}");
    let bytes = |path: &str| {
        let file = fs.open(path, Mode::Read).unwrap();
        let mut bytes = vec![0; file.len().unwrap() as usize];
        file.read_at(0, &mut bytes).unwrap();
        bytes
    };
    let before: Vec<Vec<u8>> = sidecars.iter().map(|path| bytes(path)).collect();
    fs.remove(&sidecars[0]).unwrap();
    fs.flip(&sidecars[1], 20, 0xff).unwrap();
    fs.open(&sidecars[2], Mode::Create).unwrap();
    let log = log(&fs);
    assert_eq!(
        entries(&log, 0).map(|entry| entry.unwrap().key_slot).collect::<Vec<_>>(),
        (0..60).collect::<Vec<_>>()
    );
    assert_eq!(log.span(KeyHash([2; 16])).unwrap().unwrap().first, 2);
    assert_eq!(sidecars.iter().map(|path| bytes(path)).collect::<Vec<_>>(), before);
}

#[test]
fn a_torn_tail_is_cut_but_damage_before_a_durable_group_is_corruption() {
    let fs = CrashFs::new(7);
    let wide = Options { segment_bytes: 1 << 20, floor: 0 };
    let open = |floor| SegmentLog::open(Arc::new(fs.clone()), Options { floor, ..wide });
    let log = open(0).unwrap();
    for number in 0..10 {
        log.append(Batch::one(draft(number, &[]))).unwrap();
    }
    drop(log);
    let segment = "journal/00000000000000000000.seg";
    let len = fs.open(segment, Mode::Read).unwrap().len().unwrap();
    // The last group could be torn: it is cut, unless the tiles say that it had been durable.
    fs.flip(segment, len - 1, 1).unwrap();
    let refused = open(10).err().unwrap();
    let Error::Corruption(corruption) = refused else { panic!("{refused}") };
    assert_eq!((corruption.file.as_str(), corruption.index), (segment, Some(9)));
    assert!(corruption.expected.contains("SHA-256"), "{corruption}");
    assert_eq!(open(9).unwrap().len(), 9);
    // Anything earlier had been durable, for a later group is there.
    for offset in 0..200 {
        fs.flip(segment, offset, 0x55).unwrap();
        assert!(matches!(open(0), Err(Error::Corruption(_))), "byte {offset}");
        fs.flip(segment, offset, 0x55).unwrap();
    }
    assert_eq!(open(0).unwrap().len(), 9);
}

#[test]
fn a_damaged_entry_is_named_when_it_is_read() {
    let fs = CrashFs::new(7);
    fill(&fs, 40);
    let log = log(&fs);
    let first = fs.files().into_iter().find(|path| path.ends_with(".seg")).unwrap();
    fs.flip(&first, 24 + 60, 1).unwrap();
    let error = log.read(0).unwrap_err();
    let Error::Corruption(corruption) = error else { panic!("{error}") };
    assert_eq!((corruption.file, corruption.offset, corruption.index), (first, 24, Some(0)));
    assert!(log.read(1).is_ok());
}

#[derive(Clone, Debug)]
enum Step {
    Append(Vec<(u64, Vec<u8>)>, Vec<(u8, u64)>),
    Destroy(u64),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let hashes = prop::collection::btree_set(0u8..6, 0..3).prop_map(|hashes| hashes.into_iter().collect());
    let drafts = prop::collection::vec((0u64..200, hashes), 1..4);
    let preconditions = prop::collection::vec((0u8..6, 0u64..4), 0..3);
    prop_oneof![
        6 => (drafts, preconditions).prop_map(|(drafts, preconditions)| Step::Append(drafts, preconditions)),
        1 => (0u64..40).prop_map(Step::Destroy),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #[test]
    fn the_journal_behaves_like_a_list(steps in prop::collection::vec(step(), 1..40)) {
        let fs = CrashFs::new(1);
        let mut log = Some(self::log(&fs));
        let mut model: Vec<(u64, Vec<u8>, bool)> = Vec::new();
        for step in steps {
            let open = log.as_ref().unwrap();
            match step {
                Step::Append(drafts, preconditions) => {
                    let version = |hash: u8| model.iter().filter(|(_, hashes, _)| hashes.contains(&hash)).count() as u64;
                    let violated: Vec<usize> = preconditions.iter().enumerate()
                        .filter(|(_, (hash, expected))| version(*hash) != *expected).map(|(at, _)| at).collect();
                    let batch = Batch {
                        drafts: drafts.iter().map(|(number, hashes)| draft(*number, hashes)).collect(),
                        preconditions: preconditions.iter()
                            .map(|(hash, expected)| (KeyHash([*hash; 16]), Expected::Version(*expected))).collect(),
                    };
                    match open.append(batch) {
                        Ok(first) => {
                            prop_assert!(violated.is_empty());
                            prop_assert_eq!(first, model.len() as u64);
                            model.extend(drafts.into_iter().map(|(number, hashes)| (number, hashes, false)));
                        }
                        Err(Error::Conflict(found)) => prop_assert_eq!(found, violated),
                        Err(error) => panic!("{error}"),
                    }
                }
                Step::Destroy(index) => {
                    let there = index < model.len() as u64;
                    prop_assert_eq!(open.destroy(&[index]).is_ok(), there);
                    if there { model[index as usize].2 = true; }
                }
                Step::Reopen => {
                    drop(log.take());
                    fs.crash();
                    log = Some(self::log(&fs));
                }
            }
            let open = log.as_ref().unwrap();
            prop_assert_eq!(open.len(), model.len() as u64);
        }
        let log = log.unwrap();
        for (index, (number, hashes, destroyed)) in model.iter().enumerate() {
            let entry = log.read(index as u64).unwrap();
            prop_assert_eq!(&entry.leaf, &draft(*number, hashes).leaf);
            prop_assert_eq!(entry.sealed == Sealed::Destroyed, *destroyed);
        }
    }
}

#[test]
fn every_integrated_leaf_is_in_a_bundle_and_its_hash_in_a_tile_before_any_checkpoint() {
    let fs = CrashFs::new(1);
    let mut archive = Archive::open(Arc::new(fs.clone()), 2000, Seeded::new(1).random()).unwrap();
    for size in [1, 3, 255, 256, 257, 600] {
        for number in archive.log.len()..size {
            archive.log.append(Batch::one(draft(number, &[]))).unwrap();
            // In small steps too: only where a bundle is full, whatever was partial before.
            let is_full = (number + 1) % TILE_WIDTH == 0;
            assert_eq!(archive.integrator.advance(&archive.log).unwrap(), is_full, "{number}");
            if is_full {
                assert_eq!(archive.integrator.size(), number + 1);
            }
        }
        assert_eq!(archive.integrator.integrate(&archive.log).unwrap(), size);
        for index in 0..size {
            let tile = TilePath::at(TileKind::Entries, index, size);
            let leaves = read_bundle(&fs, &tile).unwrap();
            assert_eq!(
                leaves[(index % TILE_WIDTH) as usize],
                draft(index, &[]).leaf.encode(),
                "{index} of {size}"
            );
            let hashes = TilePath::at(TileKind::Hashes(0), index, size);
            let written = fs.open(&hashes.path(), Mode::Read).unwrap().len().unwrap();
            assert_eq!(written, hashes.width * 32, "{index} of {size}");
        }
    }
    assert!(archive.integrator.signed().is_none());
}
