//! The file journal: one writer thread that gathers whatever waits and answers all of it after one sync.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::error::{Doing, Error, Result};
use crate::fs::Fs;

use super::{Batch, Done, Entry, Journal, KeyHash, Options, SegmentLog, Span};

/// Batches that may wait; past that `submit` answers `Busy` and `append` waits.
pub const QUEUE_BATCHES_MAX: usize = 4096;
/// Sealed bytes that may wait.
pub const QUEUE_BYTES_MAX: usize = 128 << 20;
/// Sealed bytes that go into one group before the rest waits for the next.
pub const GROUP_BYTES: usize = 32 << 20;

/// A group of so many batches says that more are on their way: the next one waits for them. A sync costs nearly as much
/// processor time for one as for a hundred; where little comes nothing waits.
const BUSY_BATCHES: usize = 8;
/// How long a group waits for more at most.
const GATHER_MAX: Duration = Duration::from_millis(4);
/// Once there are as many as in the last group, it waits no longer than until in such a time nothing came.
const GATHER_STEP: Duration = Duration::from_micros(250);

/// A journal in a data folder, with its writer thread. Dropping it answers what waits, then closes.
pub struct FileJournal {
    log: Arc<SegmentLog>,
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    filled: Condvar,
    emptied: Condvar,
    gathered: Condvar,
}

#[derive(Default)]
struct Waiting {
    batches: VecDeque<(Batch, Done)>,
    bytes: usize,
    /// How many the writer waits for before it looks again; 0 when it does not.
    wanted: usize,
    closed: bool,
}

impl Waiting {
    fn is_full(&self) -> bool {
        self.batches.len() >= QUEUE_BATCHES_MAX || self.bytes >= QUEUE_BYTES_MAX
    }

    /// Whether there are so many batches, or as many bytes as a group has.
    fn has(&self, batches: usize) -> bool {
        self.batches.len() >= batches || self.bytes >= GROUP_BYTES
    }

    fn push(&mut self, batch: Batch, done: Done) {
        self.bytes += batch.sealed_bytes();
        self.batches.push_back((batch, done));
    }

    /// Takes what fits in a group, at least one batch when there is one.
    fn take_group(&mut self) -> (Vec<Batch>, Vec<Done>) {
        let mut group = (Vec::new(), Vec::new());
        let mut bytes = 0;
        while let Some((batch, done)) = self.batches.pop_front() {
            bytes += batch.sealed_bytes();
            group.0.push(batch);
            group.1.push(done);
            if bytes >= GROUP_BYTES {
                break;
            }
        }
        self.bytes -= bytes;
        group
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the writer where it waits for any batch, or for as many as there are now.
    fn wake(&self, mut waiting: MutexGuard<'_, Waiting>) {
        let is_enough = waiting.wanted > 0 && waiting.has(waiting.wanted);
        if is_enough {
            waiting.wanted = 0;
        }
        drop(waiting);
        self.filled.notify_one();
        if is_enough {
            self.gathered.notify_one();
        }
    }

    /// Waits for batches; nothing once closed and empty.
    fn next_group(&self) -> Option<(Vec<Batch>, Vec<Done>)> {
        let idle = |waiting: &mut Waiting| waiting.batches.is_empty() && !waiting.closed;
        let mut waiting = self.filled.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        let group = waiting.take_group();
        self.emptied.notify_all();
        (!group.0.is_empty()).then_some(group)
    }

    /// Lets more come after a group of so many. Until there are as many again, nobody who submits wakes anybody.
    fn gather(&self, last: usize) {
        let end = Instant::now() + GATHER_MAX;
        let mut waiting = self.lock();
        waiting.wanted = if waiting.has(last) { 0 } else { last };
        let few = |waiting: &mut Waiting| waiting.wanted > 0 && !waiting.closed;
        let waited = self.gathered.wait_timeout_while(waiting, GATHER_MAX, few);
        waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        waiting.wanted = 0;
        let mut before = 0;
        while !waiting.has(usize::MAX) && waiting.batches.len() != before && Instant::now() < end {
            before = waiting.batches.len();
            let open = |waiting: &mut Waiting| !waiting.closed;
            let waited = self.gathered.wait_timeout_while(waiting, GATHER_STEP, open);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl FileJournal {
    /// Opens the journal as [`SegmentLog::open`] and starts its thread.
    ///
    /// # Errors
    /// As [`SegmentLog::open`], and when no thread can be started.
    pub fn open(fs: Arc<dyn Fs>, options: Options) -> Result<Self> {
        let log = Arc::new(SegmentLog::open(fs, options)?);
        let queue = Arc::new(Queue::default());
        let (thread_log, thread_queue) = (Arc::clone(&log), Arc::clone(&queue));
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || write_groups(&thread_log, &thread_queue))
            .doing("start", "the journal's thread")?;
        Ok(Self { log, queue, thread: Some(thread) })
    }
}

fn write_groups(log: &SegmentLog, queue: &Queue) {
    while let Some((batches, dones)) = queue.next_group() {
        for (done, answer) in dones.into_iter().zip(log.commit(&batches)) {
            // A callback that panics takes down its own request, not the journal.
            let _ = catch_unwind(AssertUnwindSafe(|| done(answer)));
        }
        if batches.len() >= BUSY_BATCHES {
            queue.gather(batches.len());
        }
    }
}

impl Drop for FileJournal {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.filled.notify_all();
        self.queue.emptied.notify_all();
        self.queue.gathered.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Journal for FileJournal {
    fn append(&self, batch: Batch) -> Result<u64> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let done = Box::new(move |answer| {
            // The receiver waits below for as long as the sender lives.
            let _ = sender.send(answer);
        });
        let full = |waiting: &mut Waiting| waiting.is_full() && !waiting.closed;
        let mut waiting =
            self.queue.emptied.wait_while(self.queue.lock(), full).unwrap_or_else(PoisonError::into_inner);
        if waiting.closed {
            return Err(Error::Closed);
        }
        waiting.push(batch, done);
        self.queue.wake(waiting);
        receiver.recv().unwrap_or(Err(Error::Closed))
    }

    fn submit(&self, batch: Batch, done: Done) {
        let mut waiting = self.queue.lock();
        let refusal = match () {
            () if waiting.closed => Some(Error::Closed),
            () if waiting.is_full() => Some(Error::Busy),
            () => None,
        };
        if let Some(error) = refusal {
            drop(waiting);
            return done(Err(error));
        }
        waiting.push(batch, done);
        self.queue.wake(waiting);
    }

    fn len(&self) -> u64 {
        self.log.len()
    }

    fn read(&self, index: u64) -> Result<Entry> {
        self.log.read(index)
    }

    fn read_from(&self, from: u64, entries_max: usize) -> Result<Vec<Entry>> {
        self.log.read_from(from, entries_max)
    }

    fn leaves_from(&self, from: u64, entries_max: usize) -> Result<Vec<Vec<u8>>> {
        self.log.leaves_from(from, entries_max)
    }

    fn span(&self, hash: KeyHash) -> Result<Option<Span>> {
        self.log.span(hash)
    }

    fn destroy(&self, indexes: &[u64]) -> Result<()> {
        self.log.destroy(indexes)
    }

    fn key_slot_max(&self) -> u64 {
        self.log.key_slot_max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(queue: &Queue, batches: usize) {
        for _ in 0..batches {
            let mut waiting = queue.lock();
            waiting.push(Batch::default(), Box::new(|_| {}));
            queue.wake(waiting);
        }
    }

    #[test]
    fn a_group_waits_for_as_many_as_the_last_one_had_and_no_longer_than_until_it_is_time() {
        for (waiting, last) in [(0, 8), (3, 8), (8, 8), (100, 8), (8, 4096)] {
            let queue = Queue::default();
            push(&queue, waiting);
            queue.gather(last);
            assert_eq!(queue.lock().batches.len(), waiting);
        }
    }

    #[test]
    fn nothing_is_lost_of_what_comes_while_the_writer_gathers_or_after_it_looked() {
        let queue = Arc::new(Queue::default());
        let sizes = [1, 7, 64, 256].repeat(6);
        let writer = std::thread::spawn({
            let queue = Arc::clone(&queue);
            move || {
                let mut taken = 0;
                while let Some((batches, _)) = queue.next_group() {
                    taken += batches.len();
                    queue.gather(batches.len());
                }
                taken
            }
        });
        for size in &sizes {
            push(&queue, *size);
            std::thread::yield_now();
        }
        queue.lock().closed = true;
        queue.filled.notify_all();
        queue.gathered.notify_all();
        assert_eq!(writer.join().unwrap(), sizes.iter().sum::<usize>());
    }
}
