//! The golden data folder: written by fixed keys and compared byte for byte; opened, verified and exported by every
//! later version. `UPDATE_EXPECT=1` writes it again.
//!
//! `tests/golden/data` is a data folder of 300 entries with their first 200 under an earlier checkpoint,
//! `tests/golden/records` holds exports, `tests/independent` programs of other code bases that check them.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aboveboard_archive::aead::{Key, sha256};
use aboveboard_archive::blob::BlobWriter;
use aboveboard_archive::fs::{Fs, RealFs};
use aboveboard_archive::journal::{Batch, Draft, Journal, KeyHash, Options, SegmentLog};
use aboveboard_archive::keys::{KeyTable, ScopeHash};
use aboveboard_archive::note::{Checkpoint, Signer, Verifier};
use aboveboard_archive::proof::{open_export, prove_consistency, verify_export};
use aboveboard_archive::seal::{self, Parts};
use aboveboard_archive::tiles::{Integrator, read_checkpoint, stored_len};
use aboveboard_archive::verify::{Means, verify};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::common::{KEYS, Seeded, about};

const ENTRIES: u64 = 300;
const FIRST: u64 = 200;
const EXPORTED: [u64; 6] = [0, 1, 42, 255, 256, 299];
const WITH_MEDIA: u64 = 42;
const CONTENT_DESTROYED: u64 = 7;
const KEY_DESTROYED: u64 = 8;
const SEGMENT_BYTES: u32 = 64 << 10;
const FILE_BYTES_MAX: u64 = 1 << 20;

fn key(what: &str) -> [u8; 32] {
    sha256(format!("aboveboard golden {what} key").as_bytes())
}

fn signer() -> Signer {
    Signer::new("aboveboard.example/golden/eu-1/evidence", &key("log")).unwrap()
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

struct Writer {
    fs: Arc<dyn Fs>,
    random: Seeded,
    log: SegmentLog,
    keys: KeyTable,
}

impl Writer {
    fn append(&self, scope: u64, number: u64) {
        let rid = self.random.rid();
        let (key_slot, key) = self.keys.make(scope, 1).unwrap().remove(0);
        let raw = format!("{{\"text\":\"golden message {number}: olá, नमस्ते, 你好\"}}");
        let meta = format!("{{\"actor\":\"system\",\"sequence\":{number}}}");
        let parts =
            Parts::new().with("raw.json", raw.into()).unwrap().with("meta.json", meta.into()).unwrap();
        let (kind, parts) = if number == WITH_MEDIA {
            let mut writer =
                BlobWriter::create(self.fs.as_ref(), &key, rid, self.random.random().as_ref()).unwrap();
            writer.write(b"not really a picture").unwrap();
            ("media.captured", parts.with_blob("picture.jpg", writer.finish().unwrap()).unwrap())
        } else {
            ("message.captured", parts)
        };
        let about = about(rid, kind, 7 * number);
        let (leaf, sealed) = seal::seal(&parts, about, &key, self.random.random().as_ref()).unwrap();
        let mut hash = [0; 16];
        hash.copy_from_slice(&sha256(&number.to_le_bytes())[..16]);
        let draft = Draft { leaf, sealed, key_slot, hashes: vec![KeyHash(hash)] };
        assert_eq!(self.log.append(Batch::one(draft)).unwrap(), number);
    }
}

/// Writes the golden folder's content below `root`.
fn write(root: &Path) {
    std::fs::create_dir(root.join("data")).unwrap();
    let fs: Arc<dyn Fs> = Arc::new(RealFs::new(root.join("data")));
    let out = RealFs::new(root);
    let random = Seeded::new(20261121);
    let options = Options { segment_bytes: SEGMENT_BYTES, floor: 0 };
    let log = SegmentLog::open(Arc::clone(&fs), options).unwrap();
    let deployment = Key::new(key("deployment"));
    let keys = KeyTable::open(fs.as_ref(), KEYS, deployment, random.random(), 0).unwrap();
    let writer = Writer { fs: Arc::clone(&fs), random, log, keys };
    let scopes = [1, 2].map(|scope| writer.keys.scope(ScopeHash([scope; 16])).unwrap());
    let mut integrator = Integrator::open(Arc::clone(&fs), &writer.log, signer()).unwrap();
    (0..FIRST).for_each(|number| writer.append(scopes[number as usize % 2], number));
    integrator.integrate(&writer.log).unwrap();
    let first = integrator.checkpoint().unwrap().unwrap().clone();
    let first_note = read_checkpoint(fs.as_ref(), &signer().verifier()).unwrap().unwrap().1;
    (FIRST..ENTRIES).for_each(|number| writer.append(scopes[number as usize % 2], number));
    writer.log.destroy(&[CONTENT_DESTROYED]).unwrap();
    let doomed = writer.log.read(KEY_DESTROYED).unwrap().key_slot;
    writer.keys.destroy(doomed).unwrap();
    integrator.integrate(&writer.log).unwrap();
    integrator.checkpoint().unwrap();
    let verifier = signer().verifier();
    out.create_dir("records").unwrap();
    for index in EXPORTED {
        let key = writer.keys.open_key(writer.log.read(index).unwrap().key_slot).unwrap();
        let folder = format!("records/{index:06}");
        let export = open_export(fs.as_ref(), &writer.log, index, &key, &verifier).unwrap();
        export.write(&verifier, (&out, &folder)).unwrap();
    }
    let (hashes, note) = prove_consistency(fs.as_ref(), &first, &verifier).unwrap();
    let hashes: String = hashes.iter().map(|hash| STANDARD.encode(hash) + "\n").collect();
    for (name, text) in [
        ("checkpoint.200", first_note),
        ("consistency.200-300.txt", format!("old {FIRST}\n{hashes}\n{note}")),
        ("log.vkey", verifier.vkey() + "\n"),
    ] {
        std::fs::write(root.join(name), text).unwrap();
    }
}

fn read(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).unwrap().take(FILE_BYTES_MAX).read_to_end(&mut bytes).unwrap();
    bytes
}

fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != "lock") {
                files.insert(path.strip_prefix(root).unwrap().to_owned(), read(&path));
            }
        }
    }
    files
}

fn copy(from: &Path, to: &Path) {
    for (path, bytes) in tree(from) {
        let path = to.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[test]
fn the_golden_folder_is_written_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let _ = std::fs::remove_dir_all(golden());
        copy(folder.path(), &golden());
    }
    let (written, expected) = (tree(folder.path()), tree(&golden()));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&written), names(&expected));
    for (path, bytes) in &written {
        assert!(*bytes == expected[path], "{} differs: UPDATE_EXPECT=1 writes it", path.display());
    }
}

#[test]
fn the_golden_folder_opens_verifies_and_grows() {
    let folder = tempfile::tempdir().unwrap();
    copy(&golden().join("data"), folder.path());
    let fs: Arc<dyn Fs> = Arc::new(RealFs::new(folder.path()));
    let floor = stored_len(fs.as_ref()).unwrap();
    assert_eq!(floor, ENTRIES);
    let options = Options { segment_bytes: SEGMENT_BYTES, floor };
    let log = SegmentLog::open(Arc::clone(&fs), options).unwrap();
    let deployment = Key::new(key("deployment"));
    let random = Seeded::new(5);
    let keys =
        KeyTable::open(fs.as_ref(), KEYS, deployment.clone(), random.random(), log.key_slot_max()).unwrap();
    let writer = Writer { fs: Arc::clone(&fs), random, log, keys };
    writer.append(writer.keys.scope(ScopeHash([1; 16])).unwrap(), ENTRIES);
    let mut integrator = Integrator::open(Arc::clone(&fs), &writer.log, signer()).unwrap();
    integrator.checkpoint().unwrap();
    let verifier = Verifier::parse(std::str::from_utf8(&read(&golden().join("log.vkey"))).unwrap()).unwrap();
    let means = Means {
        verifier: Some(&verifier),
        keys: Some((fs.as_ref(), KEYS)),
        deployment: Some(&deployment),
        table: Some(&writer.keys),
        frozen: None,
    };
    let mut steps = Vec::new();
    let report = verify(fs.as_ref(), means, &mut |entries| steps.push(entries)).unwrap();
    assert!(report.is_clean(), "{:?}", report.problems);
    assert_eq!((report.entries, report.opened, report.destroyed), (ENTRIES + 1, ENTRIES - 1, 2));
    assert_eq!((report.media, report.behind_checkpoint), (1, 0));
    let earlier = Checkpoint::open(&read(&golden().join("checkpoint.200")), &verifier).unwrap();
    prove_consistency(fs.as_ref(), &earlier, &verifier).unwrap();
}

#[test]
fn every_exported_byte_matters() {
    let verifier = signer().verifier();
    for index in EXPORTED {
        let from = golden().join(format!("records/{index:06}"));
        let verified = verify_export(&RealFs::new(&from), "", &verifier).unwrap();
        assert_eq!((verified.index, verified.checkpoint.size), (index, ENTRIES));
        assert_eq!(verified.parts.contains(&"picture.jpg".to_owned()), index == WITH_MEDIA);
    }
    let folder = tempfile::tempdir().unwrap();
    copy(&golden().join("records/000042"), folder.path());
    let fs = RealFs::new(folder.path());
    let own = ["log.vkey", "verify.sh", "readme.txt"];
    for (path, bytes) in tree(folder.path()) {
        if own.contains(&path.to_str().unwrap()) {
            continue;
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(folder.path().join(&path), &changed).unwrap();
            assert!(verify_export(&fs, "", &verifier).is_err(), "{} byte {at}", path.display());
        }
        std::fs::write(folder.path().join(&path), &bytes).unwrap();
    }
    verify_export(&fs, "", &verifier).unwrap();
    let other = Signer::new(verifier.name(), &[1; 32]).unwrap();
    assert!(verify_export(&fs, "", &other.verifier()).is_err());
}
