//! The file that was handed in: a text alone, or an archive with a text and its media. Names in an archive are compared,
//! never used as paths.

use std::{
    collections::BTreeMap,
    io::{self, Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use unicode_normalization::UnicodeNormalization;
use zip::{ZipArchive, result::ZipError};

use super::{
    cursor::is_mark,
    options::{Limits, within},
    problem::{Diagnostics, Problem},
    refusal::Refusal,
};

/// The first bytes of an archive, filled and empty.
const ARCHIVE_STARTS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// The name of the text in an iOS export.
const IOS_TEXT: &str = "_chat.txt";

/// A text or an archive, opened.
pub(super) enum Source<R> {
    /// A text alone.
    Text {
        /// The whole file.
        reader: R,
        /// Its size.
        size_bytes: u64,
    },
    /// An archive.
    Archive {
        /// The open archive.
        archive: ZipArchive<Metered<R>>,
        /// Which entry is the chat's text.
        text: usize,
        /// Its size as declared; hostile.
        size_bytes: u64,
        /// The other files by name.
        files: BTreeMap<String, Entry>,
    },
}

/// A file in an archive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Its place in the archive.
    index: usize,
    /// Its size as declared; hostile.
    pub size_bytes: u64,
}

/// A source, the name of the file that holds the text, and what was odd.
pub(super) struct Opened<R> {
    pub source: Source<R>,
    /// The name of the text's file, where it is not the one handed in.
    pub text_name: Option<String>,
    pub diagnostics: Diagnostics,
}

/// Opens what was handed in, by its first bytes, not by its name.
pub(super) fn open<R: Read + Seek>(mut reader: R, limits: &Limits) -> Result<Opened<R>, Refusal> {
    let size_bytes = reader.seek(SeekFrom::End(0)).map_err(Refusal::unreadable)?;
    reader.rewind().map_err(Refusal::unreadable)?;
    let mut start = Vec::new();
    reader.by_ref().take(4).read_to_end(&mut start).map_err(Refusal::unreadable)?;
    reader.rewind().map_err(Refusal::unreadable)?;
    if ARCHIVE_STARTS.contains(&start.as_slice()) {
        return open_archive(reader, limits);
    }
    if start.starts_with(b"\xFF\xFE") || start.starts_with(b"\xFE\xFF") {
        return Err(Refusal::NotUtf8);
    }
    within("the chat's text", size_bytes, limits.text_bytes_max)?;
    let source = Source::Text { reader, size_bytes };
    Ok(Opened { source, text_name: None, diagnostics: Diagnostics::default() })
}

fn open_archive<R: Read + Seek>(reader: R, limits: &Limits) -> Result<Opened<R>, Refusal> {
    let left_bytes = Arc::new(AtomicU64::new(limits.directory_bytes_max));
    let metered = Metered { reader, left_bytes: Arc::clone(&left_bytes) };
    let mut archive = ZipArchive::new(metered).map_err(|error| broken(&error))?;
    // The list is in memory; what is read from now on is bounded by the size limits of text and files.
    left_bytes.store(u64::MAX, Ordering::Relaxed);
    within("the archive's number of files", archive.len() as u64, limits.entries_max)?;
    let mut listing = Listing::default();
    for index in 0..archive.len() {
        listing.add(&archive, index, limits);
    }
    let chosen = listing.text_name()?;
    let text = listing.files.remove(&chosen).ok_or(Refusal::NoChat)?;
    within("the chat's text", text.size_bytes, limits.text_bytes_max)?;
    // Opening once tells at once whether the text can be read at all.
    archive.by_index(text.index).map_err(|error| broken(&error))?;
    let mut diagnostics = Diagnostics::default();
    for (reason, count) in listing.ignored {
        diagnostics.add(None, Problem::EntriesIgnored { reason, count });
    }
    let source =
        Source::Archive { archive, text: text.index, size_bytes: text.size_bytes, files: listing.files };
    Ok(Opened { source, text_name: Some(chosen), diagnostics })
}

/// The entries of an archive, sorted into files and others.
#[derive(Default)]
struct Listing {
    files: BTreeMap<String, Entry>,
    ignored: BTreeMap<&'static str, usize>,
    total_bytes: u64,
}

impl Listing {
    fn add<R: Read + Seek>(&mut self, archive: &ZipArchive<R>, index: usize, limits: &Limits) {
        let Ok(entry) = archive.by_index_data(index) else {
            return self.ignore("the entry cannot be read");
        };
        let Ok(path) = entry.name() else {
            return self.ignore("the name cannot be read");
        };
        if entry.is_dir() || is_litter(&path) {
            return;
        }
        let Some(name) = base_name(&path) else {
            return self.ignore("the name leaves the folder or is none");
        };
        if entry.is_symlink() {
            return self.ignore("it is a link");
        }
        if entry.encrypted() {
            return self.ignore("it is encrypted");
        }
        let size_bytes = entry.size();
        let total_bytes = self.total_bytes.saturating_add(size_bytes);
        let is_large = size_bytes > limits.file_bytes_max || total_bytes > limits.total_bytes_max;
        // A large text may be the chat: that is refused by name below, not passed over.
        if is_large && !is_text(&name) {
            return self.ignore("it is over the size limit");
        }
        if self.files.contains_key(&name) {
            return self.ignore("another has the same name");
        }
        self.total_bytes = total_bytes;
        self.files.insert(name, Entry { index, size_bytes });
    }

    fn ignore(&mut self, reason: &'static str) {
        *self.ignored.entry(reason).or_insert(0) += 1;
    }

    /// Which file is the chat: `_chat.txt`; else the one text; else the one that is named like a chat.
    fn text_name(&self) -> Result<String, Refusal> {
        if self.files.contains_key(IOS_TEXT) {
            return Ok(IOS_TEXT.to_owned());
        }
        let texts: Vec<&String> = self.files.keys().filter(|name| is_text(name)).collect();
        let named: Vec<&&String> =
            texts.iter().filter(|name| name.to_lowercase().contains("whatsapp")).collect();
        match (texts.as_slice(), named.as_slice()) {
            ([], _) => Err(Refusal::NoChat),
            ([only], _) => Ok((*only).clone()),
            (_, [only]) => Ok((**only).clone()),
            _ => Err(Refusal::SeveralChats { count: texts.len() }),
        }
    }
}

fn is_text(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".txt")
}

/// What archivers of macOS and Windows leave behind.
fn is_litter(path: &str) -> bool {
    let base = path.rsplit('/').next().unwrap_or(path);
    path.starts_with("__MACOSX/") || base == ".DS_Store" || base == "Thumbs.db" || base.starts_with("._")
}

/// The last part of a path that stays in its folder, in the form in which names are compared.
fn base_name(path: &str) -> Option<String> {
    let leaves = path.starts_with('/')
        || path.contains(['\\', '\0'])
        || path.split('/').any(|part| part == ".." || part.ends_with(':'));
    let base = path.rsplit('/').next().unwrap_or(path);
    let is_name = !leaves && !base.is_empty() && base != ".";
    is_name.then(|| compared_name(base))
}

/// A file's name in the form in which names are compared: composed, without direction marks.
pub(super) fn compared_name(name: &str) -> String {
    name.nfc().filter(|&c| !is_mark(c)).collect::<String>().trim().to_owned()
}

impl<R: Read + Seek> Source<R> {
    /// Opens the text from its start. It gives at most the limit and one byte, so that a reader can tell.
    pub(super) fn text(&mut self, limits: &Limits) -> Result<Box<dyn Read + '_>, Refusal> {
        let limit = limits.text_bytes_max.saturating_add(1);
        match self {
            Source::Text { reader, .. } => {
                reader.rewind().map_err(Refusal::unreadable)?;
                Ok(Box::new(reader.take(limit)))
            }
            Source::Archive { archive, text, .. } => {
                let file = archive.by_index(*text).map_err(|error| broken(&error))?;
                Ok(Box::new(file.take(limit)))
            }
        }
    }

    /// Opens a file by its compared name.
    pub(super) fn file(&mut self, name: &str) -> Result<Box<dyn Read + '_>, Refusal> {
        let Source::Archive { archive, files, .. } = self else { return Err(Refusal::NoSuchFile) };
        let entry = files.get(name).ok_or(Refusal::NoSuchFile)?;
        Ok(Box::new(archive.by_index(entry.index).map_err(|error| broken(&error))?))
    }
}

impl<R> Source<R> {
    /// The files beside the text; none where a text came alone.
    pub(super) fn files(&self) -> Option<&BTreeMap<String, Entry>> {
        match self {
            Source::Text { .. } => None,
            Source::Archive { files, .. } => Some(files),
        }
    }

    /// The text's size, as far as known before it is read.
    pub(super) fn text_size_bytes(&self) -> u64 {
        match self {
            Source::Text { size_bytes, .. } | Source::Archive { size_bytes, .. } => *size_bytes,
        }
    }
}

/// A refusal for what is wrong with an archive, in words without its content.
fn broken(error: &ZipError) -> Refusal {
    let reason = match error {
        ZipError::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            return Refusal::ArchiveListTooLarge;
        }
        ZipError::Io(_) => "it cannot be read to its end",
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            "it is packed or encrypted in a way that is not read"
        }
        ZipError::InvalidPassword => "it is encrypted",
        _ => "its list of files is damaged",
    };
    Refusal::BrokenArchive { reason }
}

/// A reader that gives only so many bytes until its limit is lifted: bounds what an archive's list of files can cost.
pub(super) struct Metered<R> {
    reader: R,
    left_bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        let left = self.left_bytes.load(Ordering::Relaxed).checked_sub(count as u64);
        self.left_bytes.store(left.unwrap_or(0), Ordering::Relaxed);
        left.map(|_| count).ok_or_else(|| io::ErrorKind::FileTooLarge.into())
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.reader.seek(to)
    }
}
