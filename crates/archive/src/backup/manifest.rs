//! What a backup holds: a text of one line a file, replaced in one step, so that a backup is the old one or the new one.
//!
//! ```text
//! aboveboard backup 1            or: aboveboard backup of keys 1
//! log <name of the log>
//! made <time>
//! generation <number of this backup in its folder>
//! entries <number>  size <number>  root <hex>  slots <number>
//! <SHA-256> <bytes> <file>       one line a file; "journal/….seg@7" holds the "journal/….seg" of generation 7
//! end <SHA-256 of all bytes before>
//! ```
//! A file may be longer than its line says: what lies behind belongs to a later backup that was interrupted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;

use crate::aead::sha256;
use crate::error::{Corruption, Doing, Error, Result};
use crate::fs::{self, Fs, Mode, SyncSite};
use crate::tree::Hash;

/// The manifest's name in its folder.
pub const MANIFEST: &str = "manifest";
pub(super) const MANIFEST_TEMPORARY: &str = "manifest.tmp";
/// A log of a hundred million entries stays below.
const MANIFEST_BYTES_MAX: u64 = 1 << 30;
/// Between a data folder's path and the generation of the file that holds it.
const GENERATION_MARK: char = '@';

/// Which of the two folders of a backup a manifest is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Journal, tiles, checkpoint, media.
    Log,
    /// The key table.
    Keys,
}

impl Holds {
    fn title(self) -> &'static str {
        match self {
            Self::Log => "aboveboard backup 1",
            Self::Keys => "aboveboard backup of keys 1",
        }
    }
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub sha256: [u8; 32],
    pub bytes: u64,
    /// Its path in the backup's folder.
    pub file: String,
}

/// A backup as its manifest says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Which folder this is.
    pub holds: Holds,
    /// The log's name.
    pub log: String,
    /// When it was made.
    pub made: Timestamp,
    /// How many backups were made into the folder; 0 before the first was finished.
    pub generation: u64,
    /// Entries in it.
    pub entries: u64,
    /// Leaves under its checkpoint.
    pub size: u64,
    /// The root that the checkpoint signs.
    pub root: Hash,
    /// Slots of the key table that its entries need, the header included.
    pub slots: u64,
    /// By path in the data folder.
    pub(crate) files: BTreeMap<String, Stored>,
}

impl Manifest {
    /// The manifest of a folder in which no backup was finished.
    pub(crate) fn empty(holds: Holds, log: &str, made: Timestamp) -> Self {
        let files = BTreeMap::new();
        let root = crate::tree::empty_root();
        Self { holds, log: log.to_owned(), made, generation: 0, entries: 0, size: 0, root, slots: 0, files }
    }

    /// The file under which a path is stored anew in this generation.
    pub(crate) fn fresh_name(&self, path: &str) -> String {
        format!("{path}{GENERATION_MARK}{}", self.generation)
    }

    fn encode(&self) -> Vec<u8> {
        let mut text = format!(
            "{}\nlog {}\nmade {}\ngeneration {}\nentries {}  size {}  root {}  slots {}\n",
            self.holds.title(),
            self.log,
            self.made,
            self.generation,
            self.entries,
            self.size,
            hex::encode(self.root),
            self.slots
        );
        for stored in self.files.values() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{} {} {}", hex::encode(stored.sha256), stored.bytes, stored.file);
        }
        let end = hex::encode(sha256(text.as_bytes()));
        let _ = writeln!(text, "end {end}");
        text.into_bytes()
    }

    /// Reads the manifest of a folder; nothing where there is none.
    ///
    /// # Errors
    /// `Corruption` when it is not as it was written; `Invalid` for the other kind of folder; `Io`.
    pub fn read(fs: &dyn Fs, holds: Holds) -> Result<Option<Self>> {
        let bytes = match fs::read_whole(fs, MANIFEST, MANIFEST_BYTES_MAX) {
            Err(error) if error.is_not_found() => return Ok(None),
            other => other?,
        };
        let damaged = |expected: String, found: String| {
            let file = MANIFEST.to_owned();
            Error::from(Corruption { file, offset: 0, index: None, expected, found })
        };
        let text = String::from_utf8_lossy(&bytes);
        let other = if holds == Holds::Log { Holds::Keys } else { Holds::Log };
        if text.lines().next() == Some(other.title()) {
            let (is, wanted) = match holds {
                Holds::Log => ("a copy of keys", "a backup of the log"),
                Holds::Keys => ("a backup of the log", "a copy of keys"),
            };
            return Err(Error::Invalid(format!("the folder holds {is}, not {wanted}: exchange the folders")));
        }
        let covered = text.trim_end().rfind('\n').map_or(0, |at| at + 1);
        let expected = format!("end {}", hex::encode(sha256(&bytes[..covered.min(bytes.len())])));
        let found = text[covered..].trim_end();
        if found != expected {
            return Err(damaged(expected, found.chars().take(80).collect()));
        }
        let parsed = Self::parse(&text[..covered], holds);
        parsed.map(Some).ok_or_else(|| damaged("a manifest".to_owned(), "another text".to_owned()))
    }

    fn parse(text: &str, holds: Holds) -> Option<Self> {
        let mut lines = text.lines();
        let mut field = |name: &str| lines.next()?.strip_prefix(name).map(str::trim);
        let _title = field(holds.title())?;
        let (log, made) = (field("log ")?, field("made ")?.parse().ok()?);
        let mut manifest = Self::empty(holds, log, made);
        manifest.generation = field("generation ")?.parse().ok()?;
        let numbers: Vec<&str> = lines.next()?.split_whitespace().collect();
        let ["entries", entries, "size", size, "root", root, "slots", slots] = numbers.as_slice() else {
            return None;
        };
        manifest.entries = entries.parse().ok()?;
        manifest.size = size.parse().ok()?;
        manifest.root = hex::decode(root).ok()?.try_into().ok()?;
        manifest.slots = slots.parse().ok()?;
        for line in lines {
            let (sha256, rest) = line.split_once(' ')?;
            let (bytes, file) = rest.split_once(' ')?;
            let path = file.split_once(GENERATION_MARK).map_or(file, |(path, _)| path).to_owned();
            let sha256 = hex::decode(sha256).ok()?.try_into().ok()?;
            let stored = Stored { sha256, bytes: bytes.parse().ok()?, file: file.to_owned() };
            manifest.files.insert(path, stored);
        }
        Some(manifest)
    }

    /// Puts the manifest into its place, durably. The files that it names must be durable.
    ///
    /// # Errors
    /// `Io`; the one before stands then.
    pub(crate) fn publish(&self, fs: &dyn Fs) -> Result<()> {
        let file = fs.open(MANIFEST_TEMPORARY, Mode::Create).doing("create", MANIFEST_TEMPORARY)?;
        file.write_at(0, &self.encode()).doing("write", MANIFEST_TEMPORARY)?;
        file.sync_data(SyncSite::Backup).doing("sync", MANIFEST_TEMPORARY)?;
        fs.rename(MANIFEST_TEMPORARY, MANIFEST).doing("rename", MANIFEST)?;
        fs.sync_dir("", SyncSite::BackupFolder).doing("sync", "the backup's folder")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::crash::CrashFs;

    fn sample() -> Manifest {
        let mut manifest = Manifest::empty(Holds::Log, "host/firm/br-1/evidence", Timestamp::UNIX_EPOCH);
        (manifest.generation, manifest.entries, manifest.size, manifest.slots) = (7, 300, 299, 12);
        for (path, file) in [("checkpoint", "checkpoint@7"), ("journal/0.seg", "journal/0.seg")] {
            let stored = Stored { sha256: [7; 32], bytes: 9, file: file.to_owned() };
            manifest.files.insert(path.to_owned(), stored);
        }
        manifest
    }

    #[test]
    fn a_manifest_reads_back() {
        let fs = CrashFs::new(1);
        assert_eq!(Manifest::read(&fs, Holds::Log).unwrap(), None);
        sample().publish(&fs).unwrap();
        assert_eq!(Manifest::read(&fs, Holds::Log).unwrap(), Some(sample()));
    }

    #[test]
    fn any_changed_byte_of_a_manifest_is_refused() {
        let fs = CrashFs::new(1);
        sample().publish(&fs).unwrap();
        let len = sample().encode().len() as u64;
        for offset in 0..len - 1 {
            fs.flip(MANIFEST, offset, 1).unwrap();
            assert!(Manifest::read(&fs, Holds::Log).is_err(), "byte {offset}");
            fs.flip(MANIFEST, offset, 1).unwrap();
        }
    }

    #[test]
    fn keys_are_not_taken_for_a_log() {
        let fs = CrashFs::new(1);
        sample().publish(&fs).unwrap();
        let told = Manifest::read(&fs, Holds::Keys).unwrap_err().to_string();
        assert!(told.contains("exchange the folders"), "{told}");
    }
}
