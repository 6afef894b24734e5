//! `views.db`: the connection, its schema, and how ids, instants and JSON are stored in it.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use aboveboard_model::id::Index;
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::{Error, Result};

const SCHEMA: &str = include_str!("schema.sql");
/// Raised whenever the schema or a fold changes: older views are deleted and rebuilt.
const FOLD_VERSION: u32 = 21;
/// Readers kept open.
const READERS_MAX: usize = 8;
/// How long a statement waits for a lock.
const BUSY: std::time::Duration = std::time::Duration::from_secs(5);
/// The state that says when content was last sealed again.
const SEALED_AGAIN: &str = "sealed_again";
/// Pages of 4 KiB that a connection keeps, as SQLite counts them: negative is KiB.
const CACHE_KIB: i64 = -16_384;
/// The same for the writer while many entries come: pages of indexes in random order, that many chunks touch.
const CACHE_BUSY_KIB: i64 = -131_072;
/// The same while the views are far behind: pages that one large transaction touches again and again.
const CACHE_FAR_KIB: i64 = -262_144;
/// Pages in the write-ahead log that are written back together: a page that many commits touched is written once.
const CHECKPOINT_PAGES: i64 = 8_192;
/// Prepared statements kept by a connection.
const STATEMENTS_MAX: usize = 128;

/// The views of one data folder: one writer, many readers.
pub(crate) struct Views {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
}

impl Views {
    /// Opens the views for writing, deleting those of another fold or detector version, or that do not read.
    pub fn open(folder: &Path, detectors: u32) -> Result<(Self, Connection)> {
        let path = folder.join("views.db");
        let version = format!("{FOLD_VERSION}/{detectors}");
        let writer = match open_writer(&path) {
            Ok(writer) if stored_version(&writer).as_deref() == Some(version.as_str()) => writer,
            _ => {
                for suffix in ["", "-wal", "-shm"] {
                    let file = folder.join(format!("views.db{suffix}"));
                    match std::fs::remove_file(&file) {
                        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                            return Err(Error::Folder {
                                doing: "delete",
                                path: file.display().to_string(),
                                source,
                            });
                        }
                        _ => {}
                    }
                }
                let writer = open_writer(&path)?;
                writer.execute_batch(SCHEMA)?;
                writer.execute("INSERT INTO state VALUES ('version', ?1)", [&version])?;
                writer
            }
        };
        Ok((Self { path, readers: Mutex::new(Vec::new()) }, writer))
    }

    /// Asks a question on a reader of its own, in one transaction, so that all of its answers are of one moment.
    pub fn ask<T>(&self, question: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let pooled = self.readers.lock().ok().and_then(|mut readers| readers.pop());
        let reader = match pooled {
            Some(reader) => reader,
            None => self.open_reader()?,
        };
        reader.execute_batch("BEGIN")?;
        let answer = question(&reader);
        reader.execute_batch("COMMIT")?;
        if let Ok(mut readers) = self.readers.lock()
            && readers.len() < READERS_MAX
        {
            readers.push(reader);
        }
        answer
    }

    fn open_reader(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let reader = Connection::open_with_flags(&self.path, flags)?;
        settings(&reader)?;
        Ok(reader)
    }
}

fn open_writer(path: &Path) -> Result<Connection> {
    let writer = Connection::open(path)?;
    settings(&writer)?;
    writer.pragma_update(None, "journal_mode", "WAL")?;
    // A fold can be rebuilt, so a commit need not reach the disk; WAL keeps it whole across a crash all the same.
    writer.pragma_update(None, "synchronous", "NORMAL")?;
    writer.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    // What is sealed again or forgotten is overwritten, not only unlinked.
    writer.pragma_update(None, "secure_delete", "ON")?;
    Ok(writer)
}

fn settings(connection: &Connection) -> Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "cache_size", CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(())
}

/// How much there is to fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Load {
    Idle,
    Busy,
    FarBehind,
}

/// Keeps as many pages in memory as the load is worth, and gives back those that are too many.
pub(crate) fn keep_pages(writer: &Connection, load: Load) -> Result<()> {
    let cache = match load {
        Load::Idle => CACHE_KIB,
        Load::Busy => CACHE_BUSY_KIB,
        Load::FarBehind => CACHE_FAR_KIB,
    };
    writer.pragma_update(None, "cache_size", cache)?;
    Ok(writer.execute_batch("PRAGMA shrink_memory")?)
}

fn stored_version(writer: &Connection) -> Option<String> {
    state(writer, "version").ok().flatten()
}

/// A named value of the views.
pub(crate) fn state(db: &Connection, name: &str) -> Result<Option<String>> {
    Ok(db
        .prepare_cached("SELECT value FROM state WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

/// Sets a named value of the views.
pub(crate) fn set_state(db: &Connection, name: &str, value: &str) -> Result<()> {
    db.prepare_cached("INSERT INTO state VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2")?
        .execute(params![name, value])?;
    Ok(())
}

/// The last entry by which content was sealed again; `None` where none ever was.
pub(crate) fn sealed_again(db: &Connection) -> Result<Option<Index>> {
    Ok(state(db, SEALED_AGAIN)?.and_then(|text| text.parse().ok()).map(Index))
}

/// Notes that an entry sealed content again, so that what is left of it is overwritten.
pub(crate) fn set_sealed_again(db: &Connection, because: Index) -> Result<()> {
    set_state(db, SEALED_AGAIN, &because.to_string())
}

/// Empties the write-ahead log into the views, overwriting what it held. Says whether it could: not while somebody reads.
pub(crate) fn empty_write_ahead_log(writer: &Connection) -> Result<bool> {
    writer.busy_timeout(std::time::Duration::ZERO)?;
    let busy: rusqlite::Result<bool> =
        writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
    writer.busy_timeout(BUSY)?;
    Ok(!busy?)
}

/// How many entries are folded.
pub(crate) fn folded(db: &Connection) -> Result<u64> {
    Ok(state(db, "folded")?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// An id or index as SQLite stores it.
pub(crate) fn bits(value: u64) -> i64 {
    value.cast_signed()
}

/// What SQLite stored as an id or index.
pub(crate) fn unbits(value: i64) -> u64 {
    value.cast_unsigned()
}

/// An instant as SQLite stores it.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// What SQLite stored as an instant.
pub(crate) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A log index that SQLite stored.
pub(crate) fn index(value: i64) -> Index {
    Index(unbits(value))
}

/// A value as JSON text.
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("views hold values with string keys and finite numbers only")
}

/// A value from JSON text that the fold wrote.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })
}
