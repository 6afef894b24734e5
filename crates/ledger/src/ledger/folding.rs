//! The fold's thread: chunks of opened entries into the views, a transaction at a time.

use std::{
    sync::mpsc::Receiver,
    time::{Duration, Instant},
};

use aboveboard_archive::journal::Journal;
use aboveboard_model::{event::Event, id::Index};
use rusqlite::{Connection, Transaction};

use super::{
    Inner, RETRY_AFTER,
    ahead::{Ahead, Chunk, Expectations},
};
use crate::{
    error::Result,
    fold::{Fold, Memo},
    views::{self, Load},
};

/// Chunks behind that are far, as when the views are rebuilt.
const CHUNKS_FAR: u64 = 32;
/// Entries of a chunk that say that many come.
const ENTRIES_BUSY: u64 = 128;
/// How long after the last such chunk the pages for it are kept.
const BUSY_FOR: Duration = Duration::from_secs(10);
/// Chunks of one transaction while the views are far behind: what many entries touch is then written once.
const CHUNKS_TOGETHER: usize = 128;

impl Inner {
    /// Folds for ever. What fails because the world does (a full disk) is tried again; damage ends it.
    pub(super) fn keep_folding(&self, mut writer: Connection) -> Result<()> {
        // It outlives what fails: the pages do, too.
        let mut keeping = Keeping::new(Instant::now());
        while !self.stopping() {
            let expectations = Expectations::default();
            let from = views::folded(&writer)?;
            expectations.applied(from);
            match self.with_chunks(from, &expectations, |chunks| {
                self.fold_all(&mut writer, &mut keeping, &expectations, &chunks)
            }) {
                Ok(()) => {}
                Err(error) if error.is_damage() => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "the fold has to try again");
                    self.rest(RETRY_AFTER);
                }
            }
        }
        Ok(())
    }

    /// Folds chunks until there are no more.
    fn fold_all(
        &self,
        writer: &mut Connection,
        keeping: &mut Keeping,
        expectations: &Expectations,
        chunks: &Receiver<Result<Chunk>>,
    ) -> Result<()> {
        let (mut memo, mut emptied_at) = (Memo::default(), None);
        while let Ok(chunk) = chunks.recv() {
            let chunk = chunk?;
            if let Some(load) = keeping.next(self.load(&chunk), Instant::now()) {
                views::keep_pages(writer, load)?;
            }
            if !chunk.is_empty() {
                let transaction = writer.transaction()?;
                self.fold_together(transaction, &mut memo, expectations, chunk, chunks)?;
            }
            overwrite(writer, &mut emptied_at)?;
        }
        Ok(())
    }

    /// Folds a chunk, and while the views are far behind more of them, in one transaction.
    fn fold_together(
        &self,
        transaction: Transaction<'_>,
        memo: &mut Memo,
        expectations: &Expectations,
        first: Chunk,
        chunks: &Receiver<Result<Chunk>>,
    ) -> Result<()> {
        let (mut chunk, mut upto, mut shows_any) = (first, 0, false);
        let mut failed = None;
        for more in (0..CHUNKS_TOGETHER).rev() {
            let ahead = Ahead { seen: chunk.seen, expectations };
            let mut fold = Fold::new(&transaction, &self.store, self.derive, memo, ahead);
            for entry in &chunk.entries {
                fold.apply(entry)?;
            }
            fold.finish()?;
            shows_any |= chunk.entries.iter().any(|entry| shows(&entry.event));
            upto = chunk.upto;
            expectations.applied(upto);
            if more == 0 || !self.is_far_behind(upto) {
                break;
            }
            chunk = match chunks.recv() {
                Ok(Ok(next)) => next,
                Ok(Err(error)) => {
                    // What is folded stays.
                    failed = Some(error);
                    break;
                }
                Err(_) => break,
            };
        }
        views::set_state(&transaction, "folded", &upto.to_string())?;
        transaction.commit()?;
        self.reached().folded = upto;
        self.moved.notify_all();
        if shows_any {
            self.changed.send_replace(Index(upto));
        }
        failed.map_or(Ok(()), Err)
    }

    fn load(&self, chunk: &Chunk) -> Load {
        match chunk.len() {
            _ if self.is_far_behind(chunk.upto) => Load::FarBehind,
            entries if entries >= ENTRIES_BUSY => Load::Busy,
            _ => Load::Idle,
        }
    }

    fn is_far_behind(&self, folded: u64) -> bool {
        self.store.journal.len() - folded > CHUNKS_FAR * self.chunk_entries as u64
    }
}

/// For which load the writer keeps pages.
struct Keeping {
    load: Load,
    /// When there was last more than little to fold.
    busy_at: Instant,
}

impl Keeping {
    fn new(now: Instant) -> Self {
        Self { load: Load::Idle, busy_at: now }
    }

    /// For which load pages are kept from now on, where that changes: more at once, fewer once many have not come for a while.
    fn next(&mut self, load: Load, now: Instant) -> Option<Load> {
        if load > Load::Idle {
            self.busy_at = now;
        }
        let is_over = self.load == Load::FarBehind || now.duration_since(self.busy_at) >= BUSY_FOR;
        let changes = load > self.load || load < self.load && is_over;
        changes.then(|| {
            self.load = load;
            load
        })
    }
}

/// What is sealed again must not stay behind in the write-ahead log. While somebody reads it is tried again later.
fn overwrite(writer: &Connection, emptied_at: &mut Option<Index>) -> Result<()> {
    let sealed_at = views::sealed_again(writer)?;
    if *emptied_at != sealed_at && views::empty_write_ahead_log(writer)? {
        *emptied_at = sealed_at;
    }
    Ok(())
}

/// Whether a page may look different after an event: looks and heartbeats change none that refreshes itself.
fn shows(event: &Event) -> bool {
    !matches!(
        event,
        Event::Read { .. }
            | Event::SearchAsked { .. }
            | Event::Progress { .. }
            | Event::Heartbeat
            | Event::Delivery { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_kept_at_once_and_given_back_when_many_have_not_come_for_a_while() {
        let start = Instant::now();
        let mut keeping = Keeping::new(start);
        let seconds_and_loads = [
            (0, Load::Idle, None),
            (1, Load::Busy, Some(Load::Busy)),
            (2, Load::Idle, None),
            (9, Load::Busy, None),
            (18, Load::Idle, None),
            (19, Load::Idle, Some(Load::Idle)),
            (30, Load::FarBehind, Some(Load::FarBehind)),
            (31, Load::Busy, Some(Load::Busy)),
            (32, Load::FarBehind, Some(Load::FarBehind)),
            (33, Load::Idle, Some(Load::Idle)),
        ];
        for (second, load, wanted) in seconds_and_loads {
            assert_eq!(keeping.next(load, start + Duration::from_secs(second)), wanted, "second {second}");
        }
    }
}
