//! The media files' part of the check: each file has the hash it is named by, each named one is there.

use std::collections::HashMap;
use std::io;

use sha2::{Digest, Sha256};

use crate::blob::{BlobRef, MEDIA, MEDIA_TEMPORARY};
use crate::error::{Doing, Result};
use crate::fs::{Fs, Mode};

use super::{Note, Report, list, place};

const READ_BYTES: usize = 64 << 10;

pub(super) fn check(fs: &dyn Fs, named: &HashMap<BlobRef, u64>, report: &mut Report) -> Result<()> {
    let mut orphans = 0u64;
    for folder in list(fs, MEDIA)? {
        let path = format!("{MEDIA}/{}", folder.trim_end_matches('/'));
        if path == MEDIA_TEMPORARY {
            continue;
        }
        if !folder.ends_with('/') {
            report.problem(place(&path, 0, None, "a folder of media files", "a file"));
            continue;
        }
        for name in list(fs, &path)? {
            let stored = file(fs, &format!("{path}/{name}"), report)?;
            orphans += u64::from(stored.is_some_and(|stored| !named.contains_key(&stored)));
        }
    }
    for (blob, index) in named {
        let path = blob.path();
        match fs.open(&path, Mode::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                report.problem(place(&path, 0, Some(*index), "the media file of the entry", "no such file"));
            }
            other => {
                let len = other.and_then(|file| file.len()).doing("measure", &path)?;
                if len != blob.bytes {
                    let expected = format!("{} bytes", blob.bytes);
                    report.problem(place(&path, 0, Some(*index), &expected, &format!("{len}")));
                }
            }
        }
    }
    if orphans > 0 {
        report.notes.push(Note::OrphanedMedia(orphans));
    }
    Ok(())
}

/// Hashes a file and compares with its name.
fn file(fs: &dyn Fs, path: &str, report: &mut Report) -> Result<Option<BlobRef>> {
    let file = fs.open(path, Mode::Read).doing("open", path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; READ_BYTES];
    let mut bytes = 0;
    loop {
        let read = file.read_at(bytes, &mut buffer).doing("read", path)?;
        hasher.update(&buffer[..read]);
        bytes += read as u64;
        if read < buffer.len() {
            break;
        }
    }
    report.media += 1;
    let stored = BlobRef { sha256: hasher.finalize().into(), bytes };
    if stored.path() == path {
        return Ok(Some(stored));
    }
    report.problem(place(path, 0, None, "bytes of the SHA-256 it is named by", &hex::encode(stored.sha256)));
    Ok(None)
}
