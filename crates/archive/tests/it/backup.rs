//! A backup of a log in use is whole or the one before, loses nothing that was signed, and restores to the same root.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_archive::aead::Key;
use aboveboard_archive::backup::{self, Folders, Restored, Step, Taken, With, restore, standing, take};
use aboveboard_archive::blob::BlobWriter;
use aboveboard_archive::fs::crash::CrashFs;
use aboveboard_archive::fs::{Fs, Mode, RealFs, SyncSite};
use aboveboard_archive::journal::{Batch, Draft, Journal, Sealed};
use aboveboard_archive::keys::{KeyTable, ScopeHash};
use aboveboard_archive::note::{Signer, Verifier};
use aboveboard_archive::seal::{self, Parts};
use aboveboard_archive::{Error, Result};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::common::{Archive, KEYS, Seeded, about, check, deployment, signer};

const SEGMENT_BYTES: u32 = 4096;

/// A log that is written to, and the two folders it is copied to.
struct Place<F> {
    data: F,
    log: F,
    keys: F,
    archive: Archive,
    random: Seeded,
    second: u64,
}

impl<F: Fs + Clone + 'static> Place<F> {
    fn new([data, log, keys]: [F; 3]) -> Self {
        let random = Seeded::new(7);
        let archive = Archive::open(Arc::new(data.clone()), SEGMENT_BYTES, random.random()).unwrap();
        Self { data, log, keys, archive, random, second: 0 }
    }

    /// Appends so many entries, every seventh with a media file, and signs.
    fn write(&mut self, entries: u64) {
        for _ in 0..entries {
            self.append();
        }
        self.archive.integrator.integrate(&self.archive.log).unwrap();
        self.archive.integrator.checkpoint().unwrap();
    }

    fn append(&mut self) -> u64 {
        self.second += 1;
        let scope = self.archive.keys.scope(ScopeHash([self.random.below(3) as u8; 16])).unwrap();
        let (key_slot, key) = self.archive.keys.make(scope, 1).unwrap().remove(0);
        let rid = self.random.rid();
        let text = format!("entry {}", self.second).repeat(1 + self.random.below(40) as usize);
        let mut parts = Parts::new().with("raw.json", text.into_bytes()).unwrap();
        if self.second.is_multiple_of(7) {
            let random = self.random.random();
            let mut writer = BlobWriter::create(&self.data, &key, rid, random.as_ref()).unwrap();
            writer.write(&[self.second as u8; 3000]).unwrap();
            parts = parts.with_blob("photo.jpg", writer.finish().unwrap()).unwrap();
        }
        let about = about(rid, "item.captured", self.second);
        let (leaf, sealed) = seal::seal(&parts, about, &key, self.random.random().as_ref()).unwrap();
        let draft = Draft { leaf, sealed, key_slot, hashes: Vec::new() };
        self.archive.log.append(Batch::one(draft)).unwrap()
    }

    /// Destroys an entry's content, media file and, where asked, key.
    fn erase(&self, index: u64, key: bool) {
        let entry = self.archive.log.read(index).unwrap();
        let blob = entry.sealed.bytes().ok().and_then(seal::blob_ref);
        self.archive.log.destroy(&[index]).unwrap();
        if let Some(blob) = blob {
            blob.remove(&self.data).unwrap();
        }
        if key {
            self.archive.keys.destroy(entry.key_slot).unwrap();
        }
    }

    fn take(&self) -> Result<Taken> {
        self.take_with(&signer().verifier(), &deployment())
    }

    fn take_with(&self, verifier: &Verifier, deployment: &Key) -> Result<Taken> {
        let folders = Folders { data: &self.data, log: &self.log, keys: Some(&self.keys) };
        take(folders, with(verifier, deployment), &mut |_, _, _| {})
    }
}

impl Place<RealFs> {
    fn on_disk() -> (TempDir, Self) {
        let folder = tempfile::tempdir().unwrap();
        let inside = ["data", "log", "keys"].map(|name| {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            RealFs::new(folder.path().join(name))
        });
        (folder, Self::new(inside))
    }

    fn restore(&self, to: &RealFs) -> Result<Restored> {
        restore_from(&self.log, &self.keys, to)
    }
}

fn restore_from(log: &RealFs, keys: &RealFs, to: &RealFs) -> Result<Restored> {
    let (verifier, deployment) = (signer().verifier(), deployment());
    let data: Arc<dyn Fs> = Arc::new(to.clone());
    restore((log, keys), &data, with(&verifier, &deployment), Seeded::new(9).random(), &mut |_, _, _| {})
}

fn with<'a>(verifier: &'a Verifier, deployment: &'a Key) -> With<'a> {
    With { verifier, deployment, verify: true, now: Timestamp::UNIX_EPOCH }
}

fn fresh(folder: &TempDir, name: &str) -> RealFs {
    std::fs::create_dir(folder.path().join(name)).unwrap();
    RealFs::new(folder.path().join(name))
}

/// Every leaf and the sealed bytes that are kept.
fn contents(fs: &RealFs) -> Vec<(Vec<u8>, Sealed)> {
    let archive = Archive::open(Arc::new(fs.clone()), SEGMENT_BYTES, Seeded::new(3).random()).unwrap();
    let entries = aboveboard_archive::journal::entries(&archive.log, 0);
    entries.map(|entry| entry.unwrap()).map(|entry| (entry.leaf.encode(), entry.sealed)).collect()
}

fn bytes(fs: &dyn Fs, path: &str) -> Vec<u8> {
    let file = fs.open(path, Mode::Read).unwrap();
    let mut bytes = vec![0; file.len().unwrap() as usize];
    file.read_at(0, &mut bytes).unwrap();
    bytes
}

#[test]
fn a_backup_of_a_log_in_use_restores_to_the_same_root() {
    let (folder, mut place) = Place::on_disk();
    place.write(700);
    let seen = standing(&place.data, &signer().verifier()).unwrap();
    assert_eq!((seen.entries, seen.signed, seen.in_use), (700, 700, true));
    place.append();
    assert_eq!(standing(&place.data, &signer().verifier()).unwrap().entries, 701);
    let mut steps = BTreeMap::new();
    let (verifier, deployment) = (signer().verifier(), deployment());
    let folders = Folders { data: &place.data, log: &place.log, keys: Some(&place.keys) };
    let taken = take(folders, with(&verifier, &deployment), &mut |step, done, all| {
        assert!(done <= all, "{step:?}: {done} of {all}");
        steps.insert(format!("{step:?}"), done == all);
    });
    let manifest = taken.unwrap().manifest;
    assert!(steps.contains_key(&format!("{:?}", Step::Media)) && steps["Log"] && steps["Keys"], "{steps:?}");
    let root = place.archive.integrator.signed().unwrap().root;
    assert_eq!((manifest.entries, manifest.root), (700, root));
    let restored = fresh(&folder, "restored");
    let done = place.restore(&restored).unwrap();
    assert!(done.report.is_clean(), "{:?}", done.report.problems);
    assert_eq!((done.report.opened, done.report.behind_checkpoint, done.erased_again), (700, 0, 0));
    assert_eq!(contents(&restored)[..], contents_in(&place)[..700]);
    assert_eq!(bytes(&restored, "checkpoint"), bytes(&place.data, "checkpoint"));
    let mut again = Archive::open(Arc::new(restored), SEGMENT_BYTES, place.random.random()).unwrap();
    assert_eq!(again.integrator.integrate(&again.log).unwrap(), 700);
    let scope = again.keys.scope(ScopeHash([1; 16])).unwrap();
    assert!(again.keys.make(scope, 1).is_ok(), "and it goes on");
}

#[test]
fn a_restoring_that_was_interrupted_begins_no_other_log_and_can_be_done_again() {
    let (folder, mut place) = Place::on_disk();
    place.write(20);
    place.take().unwrap();
    let names = ["keys.db", "media", "tiles", "checkpoint", "journal"];
    for named in 0..=names.len() {
        let name = format!("restored-{named}");
        let restored = fresh(&folder, &name);
        place.restore(&restored).unwrap();
        let at = folder.path().join(&name);
        std::fs::create_dir(at.join("restoring")).unwrap();
        for name in names[named..].iter().filter(|name| at.join(name).exists()) {
            std::fs::rename(at.join(name), at.join("restoring").join(name)).unwrap();
        }
        let opened = Archive::open(Arc::new(restored.clone()), SEGMENT_BYTES, place.random.random());
        if named == names.len() {
            assert_eq!(opened.unwrap().log.len(), 20, "nothing was left to name");
            continue;
        }
        assert!(matches!(opened, Err(Error::Invalid(why)) if why.contains("interrupted")), "{named}");
        assert!(!at.join("journal").exists());
        assert!(place.restore(&restored).unwrap().report.is_clean(), "{named}");
        assert!(!at.join("restoring").exists());
        assert_eq!(contents(&restored), contents_in(&place), "{named}");
    }
}

fn contents_in(place: &Place<RealFs>) -> Vec<(Vec<u8>, Sealed)> {
    let entries = aboveboard_archive::journal::entries(&place.archive.log, 0);
    entries.map(|entry| entry.unwrap()).map(|entry| (entry.leaf.encode(), entry.sealed)).collect()
}

#[test]
fn a_second_backup_copies_what_is_new_only() {
    let (folder, mut place) = Place::on_disk();
    place.write(900);
    let first = place.take().unwrap();
    let nothing = place.take().unwrap();
    let keys = |taken: &Taken| taken.manifest.slots * 128;
    let checkpoint = bytes(&place.data, "checkpoint").len() as u64;
    assert!(nothing.new_bytes <= keys(&nothing) + checkpoint, "{} bytes", nothing.new_bytes);
    place.write(10);
    let little = place.take().unwrap();
    let copied = little.new_bytes - keys(&little);
    assert!(copied < (first.new_bytes - keys(&first)) / 4, "{copied} of {}", first.new_bytes);
    let restored = fresh(&folder, "restored");
    assert!(place.restore(&restored).unwrap().report.is_clean());
    assert_eq!(contents(&restored).len(), 910);
}

#[test]
fn what_is_erased_leaves_the_backup_and_does_not_come_back() {
    let (folder, mut place) = Place::on_disk();
    place.write(300);
    place.take().unwrap();
    let secret = place.archive.log.read(6).unwrap().sealed;
    let old_keys = fresh(&folder, "old-keys");
    for name in place.keys.list("").unwrap() {
        let to = old_keys.open(&name, Mode::Create).unwrap();
        to.write_at(0, &bytes(&place.keys, &name)).unwrap();
    }
    // Entries 6 and 13 have a media file.
    place.erase(6, true);
    place.erase(13, false);
    place.write(1);
    place.take().unwrap();
    let kept: Vec<Vec<u8>> = all_bytes(&folder.path().join("log"));
    let sealed = secret.bytes().unwrap();
    assert!(!kept.iter().any(|bytes| bytes.windows(sealed.len()).any(|window| window == sealed)));
    let restored = fresh(&folder, "restored");
    let done = place.restore(&restored).unwrap();
    assert!(done.report.is_clean(), "{:?}", done.report.problems);
    assert_eq!((done.report.destroyed, done.erased_again), (2, 1), "13's key was still in the copy");

    // An older copy of the keys does not cover a longer log.
    place.write(100);
    place.take().unwrap();
    let refused = restore_from(&place.log, &old_keys, &fresh(&folder, "elsewhere")).unwrap_err().to_string();
    assert!(refused.contains("when the log had 300 entries, the backup has 401"), "{refused}");
}

#[test]
fn an_old_copy_of_keys_that_covers_the_log_is_emptied_of_what_was_erased() {
    let (folder, mut place) = Place::on_disk();
    place.write(100);
    place.take().unwrap();
    let old_keys = fresh(&folder, "old-keys");
    for name in place.keys.list("").unwrap() {
        old_keys.open(&name, Mode::Create).unwrap().write_at(0, &bytes(&place.keys, &name)).unwrap();
    }
    place.erase(50, true);
    place.take().unwrap();
    let restored = fresh(&folder, "restored");
    let done = restore_from(&place.log, &old_keys, &restored).unwrap();
    assert!(done.report.is_clean());
    assert_eq!(done.erased_again, 1);
    let archive = Archive::open(Arc::new(restored), SEGMENT_BYTES, place.random.random()).unwrap();
    let slot = archive.log.read(50).unwrap().key_slot;
    assert!(matches!(archive.keys.open_key(slot), Err(Error::Destroyed(_))));
}

fn all_bytes(folder: &std::path::Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| match path.is_dir() {
        true => all_bytes(&path),
        false => {
            vec![bytes(&RealFs::new(path.parent().unwrap()), path.file_name().unwrap().to_str().unwrap())]
        }
    };
    entries.flat_map(read).collect()
}

#[test]
fn a_changed_byte_of_a_backup_is_named_and_nothing_is_restored() {
    let (folder, mut place) = Place::on_disk();
    place.write(60);
    place.take().unwrap();
    let data = fresh(&folder, "restored");
    for (in_folder, part) in [
        ("log", "journal/00000000000000000000.seg"),
        ("log", "tiles/tile/entries/000.p/60"),
        ("log", "tiles/tile/0/000.p/60"),
        ("log", "checkpoint@1"),
        ("log", "manifest"),
        ("keys", "keys.db@1"),
        ("keys", "manifest"),
    ] {
        let fs = RealFs::new(folder.path().join(in_folder));
        let file = fs.open(part, Mode::Write).unwrap();
        let at = file.len().unwrap() / 2;
        let mut byte = [0];
        file.read_at(at, &mut byte).unwrap();
        file.write_at(at, &[byte[0] ^ 1]).unwrap();
        let plain = part.split('@').next().unwrap();
        let named = match place.restore(&data) {
            Ok(done) => done.report.problems.iter().any(|problem| problem.file == plain),
            Err(Error::Corruption(corruption)) => corruption.file.starts_with(plain),
            Err(error) => panic!("{part}: {error}"),
        };
        assert!(named, "{part}");
        assert_eq!(data.list("").unwrap(), [""; 0], "{part}");
        file.write_at(at, &byte).unwrap();
    }
    assert!(place.restore(&data).unwrap().report.is_clean());
}

#[test]
fn a_damaged_log_is_named_and_does_not_replace_the_backup() {
    let [data, log, keys] = [1, 2, 3].map(CrashFs::new);
    let mut place = Place::new([data, log, keys]);
    place.write(60);
    place.take().unwrap();
    let before = bytes(&place.log, "manifest");
    place.write(60);
    place.data.flip("journal/00000000000000000000.seg", 700, 4).unwrap();
    let Err(Error::Corruption(named)) = place.take() else { panic!("the damage was copied") };
    assert_eq!(named.file, "journal/00000000000000000000.seg");
    assert_eq!(bytes(&place.log, "manifest"), before);
    place.data.flip("journal/00000000000000000000.seg", 700, 4).unwrap();
    assert_eq!(place.take().unwrap().manifest.entries, 120);
}

#[test]
fn each_mistake_is_told_with_its_cause() {
    let (folder, mut place) = Place::on_disk();
    let told = |result: Result<Taken>| result.unwrap_err().to_string();
    assert!(told(place.take()).contains("no signed checkpoint yet"));
    place.write(20);
    place.take().unwrap();
    let other_key = Key::new([1; 32]);
    let opened = KeyTable::open_to_read(&place.data, KEYS, other_key.clone());
    assert!(matches!(opened, Err(Error::WrongKey(_))));
    let message = told(place.take_with(&signer().verifier(), &other_key));
    assert!(message.contains("the deployment key does not open keys.db"), "{message}");
    let other = Signer::new("other.example/log", &[42; 32]).unwrap().verifier();
    assert!(told(place.take_with(&other, &deployment())).contains("aboveboard.example/test/evidence"));
    let _held = place.log.lock("lock").unwrap();
    assert!(told(place.take()).contains("in use"), "two at once");

    let full = fresh(&folder, "full");
    full.open("letter.txt", Mode::Create).unwrap();
    let refused = place.restore(&full).unwrap_err().to_string();
    assert!(refused.contains("not empty, it has letter.txt"), "{refused}");
    let nothing = fresh(&folder, "nothing");
    let refused = restore_from(&nothing, &place.keys, &fresh(&folder, "to")).unwrap_err().to_string();
    assert!(refused.contains("no finished backup"), "{refused}");
    let refused = restore_from(&place.keys, &place.log, &nothing).unwrap_err().to_string();
    assert!(refused.contains("exchange the folders"), "{refused}");
    place.log = full;
    assert!(told(place.take()).contains("give an empty folder"));
}

#[test]
fn a_log_that_was_set_back_does_not_replace_a_longer_or_another_backup() {
    let (folder, mut place) = Place::on_disk();
    place.write(40);
    place.take().unwrap();
    let restored = fresh(&folder, "restored");
    place.restore(&restored).unwrap();
    place.write(20);
    place.take().unwrap();
    let (log, keys) = (place.log.clone(), place.keys.clone());
    drop(place);
    let mut back = Place::new([restored, log, keys]);
    let told = back.take().unwrap_err().to_string();
    assert!(told.contains("the log was set back"), "{told}");
    back.second = 1000;
    back.write(30);
    let told = back.take().unwrap_err().to_string();
    assert!(told.contains("are not those that the log begins with"), "{told}");
}

/// One history: a backup, more of everything, and a second backup whose power fails after so many changes. Says whether it
/// came to its end.
fn interrupted(seed: u64, operations: u64, ignored: Option<SyncSite>) -> std::result::Result<bool, String> {
    let [data, log, keys] = [seed, seed + 1, seed + 2].map(CrashFs::new);
    let mut place = Place::new([data, log, keys]);
    if let Some(site) = ignored {
        place.log.ignore_sync(site);
        place.keys.ignore_sync(site);
    }
    place.write(40);
    let first = place.take().map_err(|error| error.to_string())?.manifest;
    place.erase(6, true);
    place.write(25);
    place.log.crash_after(operations);
    if seed.is_multiple_of(2) {
        place.keys.crash_after(operations / 3);
    }
    let finished = place.take().is_ok();
    place.log.crash();
    place.keys.crash();
    let found = backup::Manifest::read(&place.log, backup::Holds::Log).map_err(|error| error.to_string())?;
    let found = found.ok_or("there is no backup")?;
    if found.entries < first.entries || (finished && found.entries != 65) {
        return Err(format!("{} entries after {}", found.entries, first.entries));
    }
    whole(&place, found.entries)?;
    let again = place.take().map_err(|error| format!("it cannot be taken again: {error}"))?;
    if again.manifest.entries == 65 { Ok(finished) } else { Err("the last one is short".to_owned()) }
}

/// Restores what the folders hold, on a real disk.
fn whole(place: &Place<CrashFs>, entries: u64) -> std::result::Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let [log, keys] = [(&place.log, "log"), (&place.keys, "keys")].map(|(from, name)| {
        let to = fresh(&folder, name);
        for path in from.files() {
            let parent = folder.path().join(name).join(&path);
            std::fs::create_dir_all(parent.parent().unwrap()).unwrap();
            to.open(&path, Mode::Create).unwrap().write_at(0, &bytes(from, &path)).unwrap();
        }
        to
    });
    let data = fresh(&folder, "data");
    let done = restore_from(&log, &keys, &data).map_err(|error| error.to_string())?;
    if !done.report.is_clean() || done.report.entries != entries {
        return Err(format!("{} entries, {:?}", done.report.entries, done.report.problems));
    }
    let checked = check(&data, None).map_err(|error| error.to_string())?;
    if checked.is_clean() { Ok(()) } else { Err(format!("{:?}", checked.problems)) }
}

#[test]
fn power_lost_at_any_moment_leaves_the_backup_before_or_the_new_one() {
    let every = std::env::var_os("ABOVEBOARD_CRASH_SEEDS").is_some();
    let mut finished = 0;
    for operations in (0..160).step_by(if every { 1 } else { 9 }) {
        match interrupted(operations * 10, operations, None) {
            Ok(done) => finished += u64::from(done),
            Err(error) => panic!("after {operations} changes: {error}"),
        }
    }
    assert!((1..160).contains(&finished), "{finished} came to their end");
}

#[test]
fn without_either_sync_a_backup_may_be_lost() {
    for site in SyncSite::BACKUP {
        let lost = (0..200).any(|seed| interrupted(seed * 10, 3 * seed, Some(*site)).is_err());
        assert!(lost, "{site:?} is not needed");
    }
}
