//! Ahead of the fold: while it works on some entries, a thread beside it opens the next ones and lets the detectors look at
//! their words, so that a rebuild uses two cores.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use aboveboard_archive::journal::Journal;
use aboveboard_model::{
    event::Event,
    features::{Features, Input},
    id::Index,
};

use jiff::Timestamp;

use super::Inner;
use crate::{
    error::{Error, Result},
    fact::Opened,
    fold::{number_key, words_of},
    views::micros,
};

/// Bytes of opened deliveries and items in a chunk, unless one alone has more.
const CHUNK_BYTES_MAX: usize = 8 << 20;
/// Chunks that wait for the fold.
const CHUNKS_AHEAD: usize = 2;
/// How long it waits for entries before it hands over an empty chunk.
const CHUNK_EVERY: Duration = Duration::from_millis(500);

/// Entries in order, opened.
pub(super) struct Chunk {
    from: u64,
    pub entries: Vec<Opened>,
    /// One past the last of them; destroyed entries are left out.
    pub upto: u64,
    pub seen: Seen,
}

impl Chunk {
    pub fn len(&self) -> u64 {
        self.upto - self.from
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What the detectors saw in items, for the country that was expected.
pub(super) type Seen = HashMap<Index, (Country, Features)>;

type Country = Option<&'static str>;

/// What is expected of each number's next messages. A number of which nothing may be read is not in it.
#[derive(Default)]
pub(super) struct Expectations {
    numbers: Mutex<HashMap<String, Expected>>,
    /// One past the last entry that was folded, committed or not.
    applied: AtomicU64,
}

struct Expected {
    /// When what is written may be read, in microseconds, as far as is known now.
    readable: Range<i64>,
    /// What the last message was judged for.
    country: Option<Country>,
}

impl Expectations {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Expected>> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All entries before one are folded: what is expected follows from them.
    pub fn applied(&self, upto: u64) {
        self.applied.store(upto, Ordering::SeqCst);
    }

    /// The country to look at a message of a number for; `None` where it is not to be looked at.
    fn country(&self, number: &str, at: Timestamp) -> Option<Country> {
        let all = self.all();
        let expected = all.get(number).filter(|expected| expected.readable.contains(&micros(at)))?;
        expected.country
    }
}

/// What a fold takes from the thread ahead of it, and tells it.
pub(crate) struct Ahead<'a> {
    pub(super) seen: Seen,
    pub(super) expectations: &'a Expectations,
}

impl Ahead<'_> {
    /// When messages of a number may be read; where they may not, none is looked at.
    pub fn expect(&self, number: &str, readable: Option<Range<i64>>) {
        let mut all = self.expectations.all();
        match (readable, all.get_mut(number)) {
            (Some(readable), Some(expected)) => expected.readable = readable,
            (Some(readable), None) => {
                all.insert(number.to_owned(), Expected { readable, country: None });
            }
            (None, _) => {
                all.remove(number);
            }
        }
    }

    /// Something of people changed: nothing is expected until the next message of each number.
    pub fn forget(&self) {
        self.expectations.all().clear();
    }

    /// What the detectors saw in an item for a country, where that is what was expected. It is expected from now on.
    pub fn features(&mut self, item: Index, number: &str, country: Country) -> Option<Features> {
        if let Some(expected) = self.expectations.all().get_mut(number) {
            expected.country = Some(country);
        }
        let (expected, features) = self.seen.remove(&item)?;
        (expected == country).then_some(features)
    }
}

impl Inner {
    /// Lets `fold` take chunks from an entry on, until it returns or the ledger is closed, which ends the chunks.
    pub(super) fn with_chunks(
        &self,
        from: u64,
        expectations: &Expectations,
        fold: impl FnOnce(Receiver<Result<Chunk>>) -> Result<()>,
    ) -> Result<()> {
        let (sender, chunks) = sync_channel(CHUNKS_AHEAD);
        thread::scope(|scope| {
            let opening = thread::Builder::new().name("ahead".to_owned());
            let started = opening.spawn_scoped(scope, move || self.keep_opening(from, expectations, &sender));
            started.map_err(|source| Error::Folder {
                doing: "start the thread",
                path: "ahead".to_owned(),
                source,
            })?;
            fold(chunks)
        })
    }

    /// Hands over chunks until nobody takes them. One comes at least every [`CHUNK_EVERY`]; after an error none does.
    fn keep_opening(&self, mut from: u64, expectations: &Expectations, chunks: &SyncSender<Result<Chunk>>) {
        // Who may be read changes with what is known of people: up to there nothing is looked at before it is folded.
        let mut people = from;
        while !self.stopping() {
            self.nap(CHUNK_EVERY, from);
            let chunk = self.open_chunk(from, expectations, &mut people);
            match &chunk {
                Ok(chunk) => from = chunk.upto,
                Err(_) => {
                    let _ = chunks.send(chunk);
                    return;
                }
            }
            if chunks.send(chunk).is_err() {
                return;
            }
        }
    }

    fn open_chunk(&self, from: u64, expectations: &Expectations, people: &mut u64) -> Result<Chunk> {
        let mut chunk = Chunk { from, entries: Vec::new(), upto: from, seen: Seen::new() };
        let mut bytes = 0;
        for entry in self.store.journal.read_from(from, self.chunk_entries)? {
            chunk.upto = entry.index + 1;
            let Some(mut opened) = self.store.open_entry(&entry)? else { continue };
            // A fold wants what was understood; the exact bytes stay in the log.
            bytes += opened.raw.take().map_or(0, |raw| raw.len());
            if matches!(opened.event, Event::People { .. }) {
                *people = chunk.upto;
            }
            if expectations.applied.load(Ordering::SeqCst) >= *people {
                chunk.seen.extend(self.look(&opened, expectations));
            }
            chunk.entries.push(opened);
            if bytes >= CHUNK_BYTES_MAX {
                break;
            }
        }
        Ok(chunk)
    }

    fn look(&self, entry: &Opened, expectations: &Expectations) -> Option<(Index, (Country, Features))> {
        let Event::Item { item, .. } = &entry.event else { return None };
        let words = words_of(item)?;
        let country = expectations.country(&number_key(&item.number), item.at.unwrap_or(entry.at))?;
        let zones = words.iter().map(|(zone, text)| (*zone, text.as_str())).collect();
        Some((entry.index, (country, (self.derive.derive)(&Input { zones, country }))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_seen_for_the_right_country_is_taken_and_only_what_may_be_read_is_looked_at() {
        let expectations = Expectations::default();
        let features = Features { discount_percent: Some(5.0), ..Features::default() };
        let seen = || Seen::from([(Index(1), (Some("BR"), features.clone()))]);
        let at = |micros| Timestamp::from_microsecond(micros).unwrap();
        let mut ahead = Ahead { seen: seen(), expectations: &expectations };
        assert_eq!(ahead.features(Index(2), "n1", Some("BR")), None, "nothing was seen of it");
        assert_eq!(expectations.country("n1", at(15)), None, "whether it may be read is not known");
        ahead.expect("n1", Some(10..20));
        assert_eq!(ahead.features(Index(1), "n1", Some("BR")), Some(features.clone()));
        assert_eq!(ahead.features(Index(1), "n1", Some("BR")), None, "it is taken once");
        for (micros, country) in [(9, None), (10, Some(Some("BR"))), (19, Some(Some("BR"))), (20, None)] {
            assert_eq!(expectations.country("n1", at(micros)), country, "{micros}");
        }
        let mut ahead = Ahead { seen: seen(), expectations: &expectations };
        assert_eq!(ahead.features(Index(1), "n1", Some("IN")), None, "another country's");
        assert_eq!(expectations.country("n1", at(15)), Some(Some("IN")), "is expected from now on");
        ahead.expect("n1", None);
        assert_eq!(expectations.country("n1", at(15)), None);
    }
}
