//! The core of the file journal: segments, group commit, reads. Deterministic: it has no thread of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use crate::backup;
use crate::error::{Corruption, Doing, Error, Result};
use crate::fs::{self, File, Fs, Mode, SyncSite};

use super::frame::{self, Frame, FrameError, Place, SEGMENT_HEADER_BYTES, STATE_AT, STATE_DESTROYED};
use super::index::{Index, JOURNAL, segment_path, write_sidecar};
use super::recover::{Found, Scan, Start};
use super::{Batch, Done, Draft, Entry, Expected, Journal, KeyHash, PAGE_BYTES, Span};

/// How a file journal is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// A segment that has so many bytes is followed by a new one. At most 1 GiB.
    pub segment_bytes: u32,
    /// Entries known to have been durable, as [`crate::tiles::stored_len`] says: fewer found is `Corruption`.
    pub floor: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, floor: 0 }
    }
}

/// Longest segment that is opened: a full one and a group after it.
pub(crate) const SEGMENT_BYTES_MAX: u64 = 2 << 30;

/// Segments in a data folder: what [`super::FileJournal`] runs behind a thread. Its own `append` commits at once.
pub struct SegmentLog {
    pub(super) fs: Arc<dyn Fs>,
    options: Options,
    index: RwLock<Index>,
    writer: Mutex<Writer>,
    _lock: Box<dyn Send + Sync>,
}

/// The end of the log.
pub(super) struct Writer {
    /// Nothing before the first append and after a failed one: the next append starts a segment.
    pub active: Option<Active>,
    /// Checksum of the last frame.
    pub crc: u32,
    /// The last durable group.
    pub group: u64,
}

/// The segment that is written.
pub(super) struct Active {
    pub file: Box<dyn File>,
    pub start: Start,
    /// What was made durable in it.
    pub scan: Scan,
}

impl SegmentLog {
    /// Opens the journal, cuts a torn tail, rebuilds missing sidecars.
    ///
    /// # Errors
    /// `Corruption` when something that had been durable is damaged or missing; `InUse`; `Io`.
    pub fn open(fs: Arc<dyn Fs>, options: Options) -> Result<Self> {
        backup::check_restored(fs.as_ref())?;
        let lock_path = format!("{JOURNAL}/lock");
        fs::create_dirs(fs.as_ref(), JOURNAL, SyncSite::JournalFolder)?;
        let lock = match fs.lock(&lock_path) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                return Err(Error::InUse(lock_path));
            }
            other => other.doing("lock", &lock_path)?,
        };
        let (index, writer) = super::recover::open(fs.as_ref(), options.floor)?;
        Ok(Self { fs, options, index: RwLock::new(index), writer: Mutex::new(writer), _lock: lock })
    }

    /// Appends batches as one group with one sync, in order: an answer for each. A batch sees those before it.
    pub fn commit(&self, batches: &[Batch]) -> Vec<Result<u64>> {
        let mut writer = self.writer();
        let (answers, drafts) = self.decide(batches);
        if drafts.is_empty() {
            return answers;
        }
        match self.write_group(&mut writer, &drafts) {
            Ok(()) => answers,
            Err(error) => {
                self.abandon(&mut writer);
                // A conflict may be with a batch of this very group, so none of the answers stands.
                batches.iter().map(|_| Err(error.clone())).collect()
            }
        }
    }

    /// Decides which batches go in: an answer for each, and the drafts of those that do.
    fn decide<'a>(&self, batches: &'a [Batch]) -> (Vec<Result<u64>>, Vec<&'a Draft>) {
        let index = self.index();
        let mut raised: HashMap<KeyHash, u64> = HashMap::new();
        let mut drafts = Vec::new();
        let mut answers = Vec::with_capacity(batches.len());
        for batch in batches {
            let version = |hash: &KeyHash| {
                let stored = index.spans.get(hash).map_or(0, |span| span.version);
                stored + raised.get(hash).copied().unwrap_or(0)
            };
            let violated = violations(batch, version);
            let answer = match batch.check() {
                Err(error) => Err(error),
                Ok(()) if !violated.is_empty() => Err(Error::Conflict(violated)),
                Ok(()) => Ok(index.len + drafts.len() as u64),
            };
            if answer.is_ok() {
                for hash in batch.drafts.iter().flat_map(|draft| &draft.hashes) {
                    *raised.entry(*hash).or_default() += 1;
                }
                drafts.extend(&batch.drafts);
            }
            answers.push(answer);
        }
        (answers, drafts)
    }

    fn write_group(&self, writer: &mut Writer, drafts: &[&Draft]) -> Result<()> {
        let first = self.len();
        let group = writer.group + 1;
        let active = self.active(writer, first)?;
        let path = segment_path(active.start.first);
        let start = active.scan.end;
        let mut crc = active.scan.crc;
        let mut bytes = Vec::new();
        let mut found = Vec::with_capacity(drafts.len());
        let mut leaves = Vec::with_capacity(drafts.len());
        for (at, draft) in drafts.iter().enumerate() {
            let offset = start + bytes.len() as u32;
            found.push(Found { offset, key_slot: draft.key_slot, hashes: draft.hashes.clone() });
            let left_in_group = (drafts.len() - 1 - at) as u32;
            let place = Place { previous_crc: crc, group, index: first + at as u64, left_in_group };
            let leaf = draft.leaf.encode();
            crc = frame::encode(&mut bytes, draft, &leaf, place);
            leaves.push(leaf);
        }
        active.file.write_at(u64::from(start), &bytes).doing("write", &path)?;
        active.file.sync_data(SyncSite::JournalGroup).doing("sync", &path)?;
        let end = start + bytes.len() as u32;
        let segment = active.start.first;
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        index.extend(segment, &found, end);
        index.remember(leaves);
        drop(index);
        active.scan.frames.append(&mut found);
        active.scan.end = end;
        active.scan.crc = crc;
        active.scan.group = group;
        writer.crc = crc;
        writer.group = group;
        Ok(())
    }

    /// The segment to write to: the active one, or a new one when it is full or there is none.
    fn active<'w>(&self, writer: &'w mut Writer, first: u64) -> Result<&'w mut Active> {
        if let Some(full) = writer.active.take_if(|active| active.scan.end >= self.options.segment_bytes) {
            self.seal(&full);
        }
        let start = Start { first, previous_crc: writer.crc, group: writer.group };
        match &mut writer.active {
            Some(active) => Ok(active),
            none => Ok(none.insert(create_segment(self.fs.as_ref(), start)?)),
        }
    }

    /// After a failed write or sync nothing of the segment's end may be believed: it is cut back to what was durable,
    /// and the next append starts a segment, which supersedes the tail even where the cut fails.
    fn abandon(&self, writer: &mut Writer) {
        if let Some(active) = writer.active.take() {
            let _ = active.file.set_len(u64::from(active.scan.end));
            if !active.scan.frames.is_empty() {
                self.seal(&active);
            }
        }
    }

    /// Leaves a sidecar. A failure costs one scan at the next start, nothing else.
    fn seal(&self, active: &Active) {
        let _ = write_sidecar(self.fs.as_ref(), active.start, &active.scan);
    }

    fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The segment's path and the byte range of an entry.
    fn locate(&self, index: u64) -> Result<(String, u32, u32)> {
        let all = self.index();
        let found = all.locate(index).and_then(|(segment, at)| Some((segment.first, segment.range(at)?)));
        let (first, (start, end)) = found.ok_or(Error::Absent { index, len: all.len })?;
        Ok((segment_path(first), start, end))
    }

    /// The first entry's index and the byte ranges of a page, all in one segment.
    fn page(&self, from: u64, entries_max: usize) -> Option<(String, Vec<(u32, u32)>)> {
        let all = self.index();
        let (segment, at) = all.locate(from)?;
        let mut ranges = Vec::new();
        let mut bytes = 0;
        for position in at..segment.offsets.len() {
            if ranges.len() >= entries_max || bytes >= PAGE_BYTES {
                break;
            }
            let (start, end) = segment.range(position)?;
            bytes += (end - start) as usize;
            ranges.push((start, end));
        }
        Some((segment_path(segment.first), ranges))
    }

    /// Reads a page of frames; `of` makes something of each one's bytes, path, offset and index.
    fn read_each<T>(
        &self,
        from: u64,
        entries_max: usize,
        of: impl Fn(&[u8], &str, u64, u64) -> Result<T>,
    ) -> Result<Vec<T>> {
        let Some((path, ranges)) = self.page(from, entries_max) else { return Ok(Vec::new()) };
        let (Some((start, _)), Some((_, end))) = (ranges.first().copied(), ranges.last().copied()) else {
            return Ok(Vec::new());
        };
        let file = self.fs.open(&path, Mode::Read).doing("open", &path)?;
        let bytes = fs::read_range(file.as_ref(), &path, u64::from(start), (end - start) as usize)?;
        let each = ranges.iter().zip(from..).map(|((from, to), index)| {
            of(&bytes[(from - start) as usize..(to - start) as usize], &path, u64::from(*from), index)
        });
        each.collect()
    }

    /// Writes the state of an entry, or zeros over its sealed bytes.
    fn overwrite(&self, index: u64, step: Step) -> Result<Box<dyn File>> {
        let (path, start, end) = self.locate(index)?;
        let file = self.fs.open(&path, Mode::Write).doing("open", &path)?;
        let bytes = fs::read_range(file.as_ref(), &path, u64::from(start), (end - start) as usize)?;
        let frame = decode_at(&bytes, &path, u64::from(start), index)?;
        let start = u64::from(start);
        match step {
            Step::Mark => file.write_at(start + STATE_AT, &[STATE_DESTROYED]),
            Step::Wipe => file.write_at(start + frame.sealed_at() as u64, &vec![0; frame.sealed.len()]),
        }
        .doing("overwrite", &path)?;
        Ok(file)
    }
}

#[derive(Clone, Copy)]
enum Step {
    Mark,
    Wipe,
}

impl Journal for SegmentLog {
    fn append(&self, batch: Batch) -> Result<u64> {
        self.commit(std::slice::from_ref(&batch)).pop().unwrap_or(Err(Error::Closed))
    }

    fn submit(&self, batch: Batch, done: Done) {
        done(self.append(batch));
    }

    fn len(&self) -> u64 {
        self.index().len
    }

    fn read(&self, index: u64) -> Result<Entry> {
        let (path, start, end) = self.locate(index)?;
        let file = self.fs.open(&path, Mode::Read).doing("open", &path)?;
        let bytes = fs::read_range(file.as_ref(), &path, u64::from(start), (end - start) as usize)?;
        entry_at(&bytes, &path, u64::from(start), index)
    }

    fn read_from(&self, from: u64, entries_max: usize) -> Result<Vec<Entry>> {
        self.read_each(from, entries_max, entry_at)
    }

    fn leaves_from(&self, from: u64, entries_max: usize) -> Result<Vec<Vec<u8>>> {
        if let Some(leaves) = self.index().remembered(from, entries_max) {
            return Ok(leaves);
        }
        self.read_each(from, entries_max, |bytes, path, offset, index| {
            Ok(decode_at(bytes, path, offset, index)?.leaf.to_vec())
        })
    }

    fn span(&self, hash: KeyHash) -> Result<Option<Span>> {
        Ok(self.index().spans.get(&hash).copied())
    }

    fn destroy(&self, indexes: &[u64]) -> Result<()> {
        let _writer = self.writer();
        let mut indexes = indexes.to_vec();
        indexes.sort_unstable();
        indexes.dedup();
        for index in &indexes {
            self.locate(*index)?;
        }
        // Marked durably first: a crash then leaves a marked entry, never one whose bytes only look damaged.
        for step in [Step::Mark, Step::Wipe] {
            for in_segment in indexes.chunk_by(|a, b| self.same_segment(*a, *b)) {
                let mut last = None;
                for index in in_segment {
                    last = Some(self.overwrite(*index, step)?);
                }
                if let Some(file) = last {
                    file.sync_data(SyncSite::JournalDestroy).doing("sync", JOURNAL)?;
                }
            }
        }
        Ok(())
    }

    fn key_slot_max(&self) -> u64 {
        self.index().key_slot_max
    }
}

impl SegmentLog {
    fn same_segment(&self, a: u64, b: u64) -> bool {
        let all = self.index();
        let first = |index| all.locate(index).map(|(segment, _)| segment.first);
        first(a) == first(b)
    }
}

/// The preconditions that do not hold.
fn violations(batch: &Batch, version: impl Fn(&KeyHash) -> u64) -> Vec<usize> {
    let holds = |(hash, expected): &(KeyHash, Expected)| match expected {
        Expected::Absent => version(hash) == 0,
        Expected::Version(expected) => version(hash) == *expected,
    };
    let all = batch.preconditions.iter().enumerate();
    all.filter(|(_, precondition)| !holds(precondition)).map(|(at, _)| at).collect()
}

/// Makes a new segment file and its name durable. One left by a failed append is removed: it holds nothing durable.
fn create_segment(fs: &dyn Fs, start: Start) -> Result<Active> {
    let path = segment_path(start.first);
    match fs.remove(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        other => other.doing("remove", &path)?,
    }
    let file = fs.open(&path, Mode::Create).doing("create", &path)?;
    file.write_at(0, &frame::segment_header(start.first, start.previous_crc)).doing("write", &path)?;
    fs.sync_dir(JOURNAL, SyncSite::JournalFolder).doing("sync", JOURNAL)?;
    let scan = Scan {
        end: SEGMENT_HEADER_BYTES as u32,
        crc: start.previous_crc,
        group: start.group,
        ..Scan::default()
    };
    Ok(Active { file, start, scan })
}

fn decode_at<'a>(bytes: &'a [u8], path: &str, offset: u64, index: u64) -> Result<Frame<'a>> {
    let frame = frame::decode(bytes).and_then(|frame| {
        if frame.place.index == index && frame.len() == bytes.len() {
            Ok(frame)
        } else {
            Err(FrameError::new(format!("index {index}"), format!("index {}", frame.place.index)))
        }
    });
    frame.map_err(|error| corruption(path, offset, index, error))
}

fn entry_at(bytes: &[u8], path: &str, offset: u64, index: u64) -> Result<Entry> {
    decode_at(bytes, path, offset, index)?.entry().map_err(|error| corruption(path, offset, index, error))
}

fn corruption(path: &str, offset: u64, index: u64, error: FrameError) -> Error {
    Corruption {
        file: path.to_owned(),
        offset,
        index: Some(index),
        expected: error.expected,
        found: error.found,
    }
    .into()
}
