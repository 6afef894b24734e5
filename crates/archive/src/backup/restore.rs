//! Restoring: a backup and a copy of its keys become a data folder, checked before it has its name.

use std::sync::Arc;

use super::view::{Inside, View};
use super::{Holds, KEYS, LOST_AND_FOUND, Manifest, Progress, Step, With, check, copy_file};
use crate::error::{Corruption, Doing, Error, Result};
use crate::fs::{self, Fs, Mode, SyncSite};
use crate::journal::{self, JOURNAL, Journal, Options, Sealed, SegmentLog};
use crate::keys::KeyTable;
use crate::random::Random;
use crate::verify::{self, Means, Report};

/// The folder, inside the data folder, that is being restored.
const RESTORING: &str = "restoring";
/// What a data folder is made of, in the order in which it takes its place: with the journal it is whole.
const NAMES: [&str; 5] = [KEYS, "media", "tiles", "checkpoint", JOURNAL];

/// What was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The backup that it was restored from.
    pub manifest: Manifest,
    /// The check of the restored folder; with a problem in it nothing was restored.
    pub report: Report,
    /// Keys of erased entries that the copy of the keys still had.
    pub erased_again: u64,
}

/// Restores into an empty data folder. Where the report names a problem, or on an error, the data folder is not made.
///
/// # Errors
/// `Invalid` when the folder is not empty, no backup was finished, it is another log's, or the keys are older than it;
/// `WrongKey`; `Corruption` of a manifest; `Io`.
pub fn restore(
    (log, keys): (&dyn Fs, &dyn Fs),
    data: &Arc<dyn Fs>,
    with: With<'_>,
    random: Arc<dyn Random>,
    progress: Progress<'_>,
) -> Result<Restored> {
    let manifest = read(log, Holds::Log, with)?;
    let keys_manifest = read(keys, Holds::Keys, with)?;
    if keys_manifest.slots < manifest.slots {
        let what = format!(
            "the keys were copied when the log had {} entries, the backup has {}: give keys copied with it or later",
            keys_manifest.entries, manifest.entries
        );
        return Err(Error::Invalid(what));
    }
    let keys_view = View { fs: keys, manifest: &keys_manifest };
    KeyTable::open_to_read(&keys_view, KEYS, with.deployment.clone())?;
    check_empty(data.as_ref())?;
    fs::create_dirs(data.as_ref(), RESTORING, SyncSite::BackupFolder)?;
    let inside: Arc<dyn Fs> = Arc::new(Inside { fs: Arc::clone(data), folder: RESTORING });
    let stored = copy_all(log, &manifest, inside.as_ref(), progress)
        .and_then(|()| copy_all(keys, &keys_manifest, inside.as_ref(), progress));
    if let Err(error) = stored {
        remove_all(data.as_ref(), RESTORING)?;
        if !matches!(error, Error::Corruption(_)) {
            return Err(error);
        }
        // A file is not what the manifest says: the check names the places in it.
        let report = check(log, &manifest, Some((keys, &keys_manifest)), with, progress)?;
        if report.is_clean() {
            return Err(error);
        }
        return Ok(Restored { manifest, report, erased_again: 0 });
    }
    let (report, erased_again) = settle(&inside, &manifest, with, random, progress)?;
    if !report.is_clean() {
        remove_all(data.as_ref(), RESTORING)?;
        return Ok(Restored { manifest, report, erased_again });
    }
    for name in NAMES {
        match data.rename(&format!("{RESTORING}/{name}"), name) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            other => other.doing("rename", name)?,
        }
        data.sync_dir("", SyncSite::BackupFolder).doing("sync", "the data folder")?;
    }
    remove_all(data.as_ref(), RESTORING)?;
    Ok(Restored { manifest, report, erased_again })
}

fn read(fs: &dyn Fs, holds: Holds, with: With<'_>) -> Result<Manifest> {
    let what = if holds == Holds::Log { "backup" } else { "copy of keys" };
    let Some(manifest) = Manifest::read(fs, holds)?.filter(|manifest| manifest.generation > 0) else {
        return Err(Error::Invalid(format!("there is no finished {what} in the folder")));
    };
    let log = with.verifier.name();
    if manifest.log == log {
        return Ok(manifest);
    }
    let what = format!(
        "the {what} is of the log {}, the configuration is of {log}: origin, firm and region must be those of the backup",
        manifest.log
    );
    Err(Error::Invalid(what))
}

/// Refuses a folder into which a backup was being restored: whoever opened it would begin another log under the same name.
///
/// # Errors
/// `Invalid` where a restoring was interrupted.
pub(crate) fn check_restored(data: &dyn Fs) -> Result<()> {
    if is_interrupted(&fs::list(data, "")?) {
        let what = "a backup was being restored into the data folder and was interrupted: restore it again";
        return Err(Error::Invalid(what.to_owned()));
    }
    Ok(())
}

/// Whether names in a data folder are those of one that is not whole yet.
fn is_interrupted(there: &[String]) -> bool {
    let has = |name: &str| there.iter().any(|one| one.strip_suffix('/') == Some(name));
    has(RESTORING) && !has(JOURNAL)
}

/// Nothing may be there but what an interrupted restoring left, which is removed.
fn check_empty(data: &dyn Fs) -> Result<()> {
    let there = fs::list(data, "")?;
    let leftover: &[&str] = if is_interrupted(&there) { &NAMES } else { &[] };
    let is_left = |name: &str| name == RESTORING || leftover.contains(&name);
    let others = |name: &&String| !is_left(name.trim_end_matches('/')) && *name != LOST_AND_FOUND;
    if let Some(name) = there.iter().find(others) {
        let what = format!("the data folder is not empty, it has {name}: restore into an empty one");
        return Err(Error::Invalid(what));
    }
    // What marks it as interrupted goes last.
    for name in there.iter().filter(|name| leftover.contains(&name.trim_end_matches('/'))) {
        match name.strip_suffix('/') {
            Some(folder) => remove_all(data, folder)?,
            None => data.remove(name).doing("remove", name)?,
        }
    }
    data.sync_dir("", SyncSite::BackupFolder).doing("sync", "the data folder")?;
    remove_all(data, RESTORING)
}

/// Copies every file of a manifest, and compares its hash.
fn copy_all(from: &dyn Fs, manifest: &Manifest, to: &dyn Fs, progress: Progress<'_>) -> Result<()> {
    let all: u64 = manifest.files.values().map(|stored| stored.bytes).sum();
    let step = if manifest.holds == Holds::Log { Step::Log } else { Step::Keys };
    let mut done = 0;
    for (path, stored) in &manifest.files {
        fs::create_dirs(to, fs::parent(path), SyncSite::BackupFolder)?;
        let opened = from.open(&stored.file, Mode::Read);
        let missing = |found: &str| Corruption {
            file: stored.file.clone(),
            offset: 0,
            index: None,
            expected: format!("{} bytes of SHA-256 {}", stored.bytes, hex::encode(stored.sha256)),
            found: found.to_owned(),
        };
        let source = match opened {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(missing("no such file").into());
            }
            other => other.doing("open", &stored.file)?,
        };
        let target = to.open(path, Mode::Create).doing("create", path)?;
        let copied = copy_file((source.as_ref(), &stored.file), (target.as_ref(), path), stored.bytes)?;
        if copied.sha256 != stored.sha256 || copied.bytes != stored.bytes {
            let found = format!("{} bytes of {}", copied.bytes, hex::encode(copied.sha256));
            return Err(missing(&found).into());
        }
        to.sync_dir(fs::parent(path), SyncSite::BackupFolder).doing("sync", path)?;
        done += stored.bytes;
        progress(step, done, all);
    }
    Ok(())
}

/// Opens the restored log, destroys the keys of what was erased, and checks everything with the rest.
fn settle(
    data: &Arc<dyn Fs>,
    manifest: &Manifest,
    with: With<'_>,
    random: Arc<dyn Random>,
    progress: Progress<'_>,
) -> Result<(Report, u64)> {
    let options = Options { floor: manifest.entries, ..Options::default() };
    let log = SegmentLog::open(Arc::clone(data), options)?;
    let keys = KeyTable::open(data.as_ref(), KEYS, with.deployment.clone(), random, log.key_slot_max())?;
    let mut erased_again = 0;
    for entry in journal::entries(&log, 0) {
        let entry = entry?;
        if entry.sealed == Sealed::Destroyed && entry.key_slot > 0 && keys.open_key(entry.key_slot).is_ok() {
            keys.destroy(entry.key_slot)?;
            erased_again += 1;
        }
    }
    let means = Means {
        frozen: None,
        verifier: Some(with.verifier),
        keys: Some((data.as_ref(), KEYS)),
        deployment: Some(with.deployment),
        table: Some(&keys),
    };
    let mut shown = |done| progress(Step::Verify, done, manifest.entries);
    let report = verify::verify(data.as_ref(), means, &mut shown)?;
    let root = report.checkpoint.as_ref().map(|checkpoint| checkpoint.root);
    if report.is_clean() && (root != Some(manifest.root) || log.len() != manifest.entries) {
        let expected = format!("{} entries, root {}", manifest.entries, hex::encode(manifest.root));
        let found = format!("{} entries, root {}", log.len(), root.map_or(String::new(), hex::encode));
        let file = crate::tiles::CHECKPOINT.to_owned();
        return Err(Corruption { file, offset: 0, index: None, expected, found }.into());
    }
    Ok((report, erased_again))
}

/// Removes a folder with all that is in it; one that is not there is fine.
fn remove_all(fs: &dyn Fs, folder: &str) -> Result<()> {
    let Ok(names) = fs.list(folder) else { return Ok(()) };
    for name in names {
        let path = format!("{folder}/{name}");
        match path.strip_suffix('/') {
            Some(folder) => remove_all(fs, folder)?,
            None => fs.remove(&path).doing("remove", &path)?,
        }
    }
    fs.remove(folder).doing("remove", folder)
}
