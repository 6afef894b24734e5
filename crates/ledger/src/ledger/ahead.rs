//! Ahead of the fold: while it works on some entries, a thread beside it opens the next ones and lets the detectors look at
//! their words, so that a rebuild uses two cores.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use aboveboard_model::{
    event::Event,
    features::{Features, Input},
    id::Index,
};

use super::Inner;
use crate::{
    error::{Error, Result},
    fact::Opened,
    fold::{number_key, words_of},
};

/// Entries of a chunk.
const CHUNK_ENTRIES_MAX: usize = 512;
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
    pub fn is_empty(&self) -> bool {
        self.upto == self.from
    }
}

/// What the detectors saw in items, for the country that was expected.
pub(super) type Seen = HashMap<Index, (Country, Features)>;

type Country = Option<&'static str>;

/// The country that each number's last message was judged for. A number of which nothing may be read is not in it.
#[derive(Default)]
pub(super) struct Countries(Mutex<HashMap<String, Country>>);

impl Countries {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Country>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a fold takes from the thread ahead of it, and tells it.
pub(crate) struct Ahead<'a> {
    pub(super) seen: Seen,
    pub(super) countries: &'a Countries,
}

impl Ahead<'_> {
    /// What the detectors saw in an item for a country, where that is what was expected. It is expected from now on.
    pub fn features(&mut self, item: Index, number: &str, country: Country) -> Option<Features> {
        if self.countries.all().get(number) != Some(&country) {
            self.countries.all().insert(number.to_owned(), country);
        }
        let (expected, features) = self.seen.remove(&item)?;
        (expected == country).then_some(features)
    }

    /// Nothing of a number may be read: its words are not looked at.
    pub fn close(&mut self, number: &str) {
        self.countries.all().remove(number);
    }
}

impl Inner {
    /// Lets `fold` take chunks from an entry on, until it returns or the ledger is closed, which ends the chunks.
    pub(super) fn with_chunks(
        &self,
        from: u64,
        countries: &Countries,
        fold: impl FnOnce(Receiver<Result<Chunk>>) -> Result<()>,
    ) -> Result<()> {
        let (sender, chunks) = sync_channel(CHUNKS_AHEAD);
        thread::scope(|scope| {
            let opening = thread::Builder::new().name("ahead".to_owned());
            let started = opening.spawn_scoped(scope, move || self.keep_opening(from, countries, &sender));
            started.map_err(|source| Error::Folder {
                doing: "start the thread",
                path: "ahead".to_owned(),
                source,
            })?;
            fold(chunks)
        })
    }

    /// Hands over chunks until nobody takes them. One comes at least every [`CHUNK_EVERY`]; after an error none does.
    fn keep_opening(&self, mut from: u64, countries: &Countries, chunks: &SyncSender<Result<Chunk>>) {
        while !self.stopping() {
            self.nap(CHUNK_EVERY, from);
            let chunk = self.open_chunk(from, countries);
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

    fn open_chunk(&self, from: u64, countries: &Countries) -> Result<Chunk> {
        let (entries, upto) = self.store.read_from(from, CHUNK_ENTRIES_MAX)?;
        let seen = entries.iter().filter_map(|entry| self.look(entry, countries)).collect();
        Ok(Chunk { from, entries, upto, seen })
    }

    fn look(&self, entry: &Opened, countries: &Countries) -> Option<(Index, (Country, Features))> {
        let Event::Item { item, .. } = &entry.event else { return None };
        let words = words_of(item)?;
        let country = *countries.all().get(&number_key(&item.number))?;
        let zones = words.iter().map(|(zone, text)| (*zone, text.as_str())).collect();
        Some((entry.index, (country, (self.derive.derive)(&Input { zones, country }))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_seen_for_the_right_country_of_an_open_number_is_taken() {
        let countries = Countries::default();
        let features = Features { discount_percent: Some(5.0), ..Features::default() };
        let seen = |country| Seen::from([(Index(1), (country, features.clone()))]);
        let mut ahead = Ahead { seen: seen(Some("BR")), countries: &countries };
        assert_eq!(ahead.features(Index(2), "n1", Some("BR")), None, "nothing was seen of it");
        assert_eq!(ahead.features(Index(1), "n1", Some("BR")), Some(features.clone()));
        assert_eq!(ahead.features(Index(1), "n1", Some("BR")), None, "it is taken once");
        assert_eq!(countries.all().get("n1"), Some(&Some("BR")));
        let mut ahead = Ahead { seen: seen(Some("BR")), countries: &countries };
        assert_eq!(ahead.features(Index(1), "n1", Some("IN")), None, "another country's");
        assert_eq!(countries.all().get("n1"), Some(&Some("IN")), "is expected from now on");
        ahead.close("n1");
        assert_eq!(countries.all().get("n1"), None);
    }
}
