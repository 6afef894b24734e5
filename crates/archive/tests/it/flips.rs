//! Any byte changed in a durable file is found, and the file is named.

use std::sync::Arc;

use aboveboard_archive::blob::BlobWriter;
use aboveboard_archive::fs::crash::CrashFs;
use aboveboard_archive::fs::{Fs, Mode};
use aboveboard_archive::journal::{Batch, Draft, Journal, KeyHash};
use aboveboard_archive::keys::ScopeHash;
use aboveboard_archive::seal::{self, Parts};
use aboveboard_archive::verify::Note;

use crate::common::{Archive, Seeded, about, check};

/// More bytes than that are sampled, by a step that no structure has.
const POSITIONS_MAX: u64 = 20_000;

/// A small archive in several segments: parts, a media file, destroyed content, a destroyed key, a partial tile.
fn small() -> CrashFs {
    let fs = CrashFs::new(1);
    let random = Seeded::new(1);
    let mut archive = Archive::open(Arc::new(fs.clone()), 1200, random.random()).unwrap();
    let scope = archive.keys.scope(ScopeHash([1; 16])).unwrap();
    for (number, (key_slot, key)) in archive.keys.make(scope, 6).unwrap().into_iter().enumerate() {
        let rid = random.rid();
        let mut parts = Parts::new().with("raw.json", format!("{{\"n\":{number}}}").into()).unwrap();
        if number == 2 {
            let mut writer = BlobWriter::create(&fs, &key, rid, random.random().as_ref()).unwrap();
            writer.write(&[5; 40]).unwrap();
            parts = parts.with_blob("picture.jpg", writer.finish().unwrap()).unwrap();
        }
        let about = about(rid, "message.captured", number as u64);
        let (leaf, sealed) = seal::seal(&parts, about, &key, random.random().as_ref()).unwrap();
        let draft = Draft { leaf, sealed, key_slot, hashes: vec![KeyHash([number as u8; 16])] };
        archive.log.append(Batch::one(draft)).unwrap();
    }
    archive.log.destroy(&[3]).unwrap();
    archive.keys.destroy(6).unwrap();
    archive.integrator.integrate(&archive.log).unwrap();
    archive.integrator.checkpoint().unwrap();
    fs
}

/// Files that are the truth: not the sidecars, which are derived, nor the lock, which is empty.
fn durable(fs: &CrashFs) -> Vec<(String, u64)> {
    let paths = fs.files().into_iter().filter(|path| !path.ends_with(".idx"));
    paths.map(|path| (path.clone(), fs.open(&path, Mode::Read).unwrap().len().unwrap())).collect()
}

#[test]
fn every_changed_byte_is_found_and_its_file_named() {
    let fs = small();
    let clean = check(&fs, None).unwrap();
    assert!(clean.is_clean(), "{:?}", clean.problems);
    let files = durable(&fs);
    for part in ["journal/", "tiles/", "media/", "keys.db", "checkpoint"] {
        assert!(files.iter().any(|(path, len)| path.starts_with(part) && *len > 0), "{part} is missing");
    }
    let total: u64 = files.iter().map(|(_, len)| len).sum();
    let step = total.div_ceil(POSITIONS_MAX) as usize;
    for (path, len) in &files {
        for offset in (0..*len).step_by(step) {
            let mask = [0x01, 0x80, 0xff, 0xdd][offset as usize % 4];
            fs.flip(path, offset, mask).unwrap();
            let report = check(&fs, None).unwrap();
            let named = report.problems.iter().any(|problem| problem.file == *path);
            assert!(named, "{path} byte {offset}: {:?}", report.problems);
            fs.flip(path, offset, mask).unwrap();
        }
    }
    assert!(check(&fs, None).unwrap().is_clean());
}

#[test]
fn a_cut_or_lengthened_or_missing_file_is_named() {
    let fs = small();
    for (path, len) in durable(&fs).into_iter().filter(|(_, len)| *len > 0) {
        for len in [len - 1, len / 2, 0, len + 1] {
            let copy = small();
            copy.open(&path, Mode::Write).unwrap().set_len(len).unwrap();
            let report = check(&copy, None).unwrap();
            assert!(report.problems.iter().any(|problem| problem.file == path), "{path} of {len} bytes");
        }
        let copy = small();
        copy.remove(&path).unwrap();
        let report = check(&copy, None).unwrap();
        if path == "checkpoint" {
            // A log may have none yet: then everything is only checksummed, and the report says so.
            assert_eq!((report.checkpoint, report.behind_checkpoint), (None, 6));
        } else if path.starts_with("journal/") {
            assert!(!report.is_clean(), "{path} is gone");
        } else {
            assert!(report.problems.iter().any(|problem| problem.file == path), "{path} is gone");
        }
    }
}

#[test]
fn the_report_says_what_it_cannot_show() {
    let fs = small();
    let mut archive = Archive::open(Arc::new(fs.clone()), 1200, Seeded::new(2).random()).unwrap();
    for number in 0..3 {
        let draft = aboveboard_archive::journal::conformance::draft(number, &[]);
        archive.log.append(Batch::one(Draft { key_slot: 0, ..draft })).unwrap();
    }
    archive.integrator.integrate(&archive.log).unwrap();
    let report = check(&fs, Some(&archive.keys)).unwrap();
    assert!(report.is_clean(), "{:?}", report.problems);
    assert_eq!((report.entries, report.behind_checkpoint, report.destroyed, report.opened), (9, 3, 2, 4));
    assert!(report.notes.contains(&Note::BehindCheckpoint(3)));
    assert!(report.notes.contains(&Note::RollbackUnseen));
}
