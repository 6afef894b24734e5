//! The check of a whole archive: every byte that is the truth, each problem with its place.

mod frames;
mod media;
mod tree;

use std::fmt;

use crate::aead::Key;
use crate::error::{Corruption, Doing, Error, Result};
use crate::fs::Fs;
use crate::keys::{self, KeyTable};
use crate::note::{Checkpoint, NOTE_BYTES_MAX, Verifier};
use crate::tiles::{CHECKPOINT, Frozen, open_checkpoint, read_checkpoint};

/// Problems that a report lists; further ones are only counted.
pub const PROBLEMS_MAX: usize = 10_000;

/// What to check with.
#[derive(Clone, Copy, Default)]
pub struct Means<'a> {
    /// The log's public key. Without it the checkpoint's signature is not checked, and a note says so.
    pub verifier: Option<&'a Verifier>,
    /// The key table's folder and path. Without it no key slot is checked.
    pub keys: Option<(&'a dyn Fs, &'a str)>,
    /// The deployment key: opens every wrapped key.
    pub deployment: Option<&'a Key>,
    /// The open key table: opens every entry and its media file and hashes the parts again.
    pub table: Option<&'a KeyTable>,
    /// The tree as it was at one moment, where it goes on growing. Without it the tree is read from the folder.
    pub frozen: Option<&'a Frozen>,
}

/// How far a check is: entries checked so far.
pub type Progress<'a> = &'a mut dyn FnMut(u64);

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Entries that read.
    pub entries: u64,
    /// Entries whose content was destroyed on purpose, or whose key was.
    pub destroyed: u64,
    /// Entries that were opened and hashed again.
    pub opened: u64,
    /// Entries behind the checkpoint: checksummed only.
    pub behind_checkpoint: u64,
    /// The checkpoint.
    pub checkpoint: Option<Checkpoint>,
    /// Tiles and bundles compared.
    pub tiles: u64,
    /// Media files hashed.
    pub media: u64,
    /// Key slots checked, the header included.
    pub key_slots: u64,
    /// Each damaged place, at most `PROBLEMS_MAX`.
    pub problems: Vec<Corruption>,
    /// Problems past that.
    pub problems_omitted: u64,
    /// What the check cannot show, or found in order but worth knowing.
    pub notes: Vec<Note>,
}

/// Something worth knowing that is not damage. Pages have words for each `code`; `Display` is the English of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// So many entries lie behind the checkpoint.
    BehindCheckpoint(u64),
    /// That all of it was put back to an earlier state shows only to a witness.
    RollbackUnseen,
    /// No key was given for the checkpoint's signature.
    SignatureUnchecked,
    /// So many media files are whole but named by no entry that can be read.
    OrphanedMedia(u64),
}

impl Note {
    /// The stable code, and the count that belongs to it.
    #[must_use]
    pub fn code(self) -> (&'static str, Option<u64>) {
        match self {
            Note::BehindCheckpoint(entries) => ("behind_checkpoint", Some(entries)),
            Note::RollbackUnseen => ("rollback_unseen", None),
            Note::SignatureUnchecked => ("signature_unchecked", None),
            Note::OrphanedMedia(files) => ("orphaned_media", Some(files)),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::BehindCheckpoint(entries) => {
                write!(f, "{entries} entries lie behind the checkpoint: they are checksummed only")
            }
            Note::RollbackUnseen => {
                f.write_str("a rollback of everything to an earlier state is seen only by a witness")
            }
            Note::SignatureUnchecked => {
                f.write_str("the checkpoint's signature was not checked: no key was given")
            }
            Note::OrphanedMedia(files) => {
                write!(f, "{files} media files are whole but named by no entry that can be read")
            }
        }
    }
}

impl Report {
    /// Was no problem found?
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    fn problem(&mut self, corruption: Corruption) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(corruption);
        } else {
            self.problems_omitted += 1;
        }
    }

    /// Takes a failure that names a place as a problem, a missing file too, and hands on the others.
    fn take<T>(&mut self, result: Result<T>, file: &str, index: Option<u64>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::Corruption(corruption)) => {
                self.problem(*corruption);
                Ok(None)
            }
            Err(error) if error.is_not_found() => {
                self.problem(place(file, 0, index, "the file", "no such file"));
                Ok(None)
            }
            Err(Error::Invalid(what)) => {
                self.problem(place(file, 0, index, "what the log says", &what));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Checks journal, tiles, checkpoint, media and keys in a data folder that nobody writes to meanwhile, or whose tree was
/// frozen.
///
/// # Errors
/// `Io` when something cannot be read; damage is in the report.
pub fn verify(fs: &dyn Fs, means: Means<'_>, progress: Progress<'_>) -> Result<Report> {
    let mut report = Report::default();
    report.checkpoint = checkpoint(fs, means, &mut report)?;
    let mut tree = tree::TreeCheck::new(fs, means.frozen, report.checkpoint.clone(), &mut report)?;
    let seen = frames::check(fs, means, &mut tree, &mut report, progress)?;
    tree.finish(fs, &mut report)?;
    media::check(fs, &seen.blobs, &mut report)?;
    if let Some((keys_fs, path)) = means.keys {
        check_keys(keys_fs, path, means.deployment, seen.key_slot_max, &mut report)?;
    }
    let size = report.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size);
    report.behind_checkpoint = seen.len.saturating_sub(size);
    if report.behind_checkpoint > 0 {
        report.notes.push(Note::BehindCheckpoint(report.behind_checkpoint));
    }
    report.notes.push(Note::RollbackUnseen);
    Ok(report)
}

fn checkpoint(fs: &dyn Fs, means: Means<'_>, report: &mut Report) -> Result<Option<Checkpoint>> {
    if let Some(verifier) = means.verifier {
        let read = match means.frozen {
            None => read_checkpoint(fs, verifier).map(|read| read.map(|(checkpoint, _)| checkpoint)),
            Some(frozen) => frozen.note.as_ref().map(|note| open_checkpoint(note, verifier)).transpose(),
        };
        return Ok(report.take(read, CHECKPOINT, None)?.flatten());
    }
    report.notes.push(Note::SignatureUnchecked);
    let note = match crate::fs::read_whole(fs, CHECKPOINT, NOTE_BYTES_MAX as u64) {
        Err(error) if error.is_not_found() => return Ok(None),
        other => other?,
    };
    let parsed = Checkpoint::parse(&String::from_utf8_lossy(&note));
    if parsed.is_none() {
        report.problem(place(CHECKPOINT, 0, None, "a checkpoint", "another text"));
    }
    Ok(parsed)
}

fn check_keys(
    fs: &dyn Fs,
    path: &str,
    deployment: Option<&Key>,
    slot_max: u64,
    report: &mut Report,
) -> Result<()> {
    let checked = keys::verify(fs, path, deployment, &mut |corruption| report.problem(corruption));
    if let Some(slots) = report.take(checked, path, None)? {
        report.key_slots = slots;
        if slots <= slot_max {
            let expected = format!("slot {slot_max}, which an entry names");
            report.problem(place(path, 0, Some(slot_max), &expected, &format!("{slots} slots")));
        }
    }
    Ok(())
}

fn place(file: &str, offset: u64, index: Option<u64>, expected: &str, found: &str) -> Corruption {
    Corruption {
        file: file.to_owned(),
        offset,
        index,
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}

/// Lists a folder; an absent one is empty.
fn list(fs: &dyn Fs, folder: &str) -> Result<Vec<String>> {
    match fs.list(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other.doing("list", folder),
    }
}
