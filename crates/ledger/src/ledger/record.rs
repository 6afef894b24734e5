//! Recording: what arrived is sealed and appended; what was known before is not written twice.

use std::collections::HashSet;

use aboveboard_archive::{Error as ArchiveError, journal::Journal};
use aboveboard_model::{
    access::Actor,
    event::Event,
    id::{Index, SourceId},
    refusal::Refusal,
};

use super::{Inner, Ledger, WantedMedia};
use crate::{
    error::{Error, Result},
    fact::Fact,
};

/// Facts appended together.
const FACTS_MAX: usize = 1_000;
/// Bytes beside facts that are appended together, unless one alone has more.
const RAW_BYTES_MAX: usize = 8 << 20;

/// Is called once with the entry of a delivery, or with why it is not durable.
pub type Stored = Box<dyn FnOnce(Result<Index>) + Send>;

impl Ledger {
    /// Writes down what happened; durable on return. Gives for each fact its entry, or `None` where it was known before.
    ///
    /// # Errors
    /// The archive's; then nothing, or the first thousands of many facts, were written: recording the same again is safe.
    pub fn record(&self, actor: &Actor, facts: Vec<Fact>) -> Result<Vec<Option<Index>>> {
        self.inner().record(actor, facts)
    }

    /// The entry that wrote a fact down first; `None` where it is not known, or has no identity.
    ///
    /// # Errors
    /// The archive's.
    pub fn entry_of(&self, fact: &Fact) -> Result<Option<Index>> {
        let store = &self.inner().store;
        let Some(identity) = fact.identity() else { return Ok(None) };
        Ok(store.journal.span(store.hasher.identity(&identity))?.map(|span| Index(span.first)))
    }

    /// Writes a delivery's bytes down without waiting; `stored` runs once they are durable, on the journal's thread, and
    /// must be short.
    pub fn receive(&self, source: SourceId, secret: u32, body: Vec<u8>, stored: Stored) {
        let actor = Actor::System("receiver".to_owned());
        let fact = Fact::with_raw(Event::Delivery { source, secret }, body);
        let inner = self.inner.clone();
        let prepared = match inner.store.prepare(&actor, (inner.clock)(), &[fact], &[]) {
            Ok(prepared) => prepared,
            Err(error) => return stored(Err(error)),
        };
        let journal = inner.store.journal.clone();
        journal.submit(
            prepared.batch,
            Box::new(move |appended| {
                inner.grown();
                stored(appended.map(Index).map_err(Error::from));
            }),
        );
    }

    /// Writes a media file down, read piece by piece. `None` where it was there before.
    ///
    /// # Errors
    /// The archive's, or the reader's.
    pub fn record_media(
        &self,
        actor: &Actor,
        wanted: &WantedMedia,
        mime: Option<String>,
        read: &mut dyn FnMut() -> std::io::Result<Option<Vec<u8>>>,
    ) -> Result<Option<Index>> {
        let inner = self.inner();
        let item = inner.store.read(wanted.item)?.ok_or(Refusal::NotFound)?;
        let event = |sha256: String, size_bytes: u64| Event::Media {
            item: wanted.item,
            media: wanted.media.clone(),
            mime: mime.clone(),
            sha256,
            size_bytes,
        };
        let (batch, stored) = inner.store.prepare_media(actor, (inner.clock)(), &item.event, read, &event)?;
        let appended = inner.store.journal.append(batch);
        inner.grown();
        match appended {
            Ok(index) => Ok(Some(Index(index))),
            Err(ArchiveError::Conflict(_)) => {
                // Another fetch was faster; no entry will ever name this copy.
                stored.remove(inner.store.fs.as_ref())?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Inner {
    pub(crate) fn record(&self, actor: &Actor, facts: Vec<Fact>) -> Result<Vec<Option<Index>>> {
        let mut indexes = Vec::with_capacity(facts.len());
        let mut rest = facts.as_slice();
        while !rest.is_empty() {
            let (some, after) = rest.split_at(together(rest));
            indexes.extend(self.record_some(actor, some)?);
            rest = after;
        }
        Ok(indexes)
    }

    fn record_some(&self, actor: &Actor, facts: &[Fact]) -> Result<Vec<Option<Index>>> {
        let mut seen = HashSet::new();
        let mut fresh: Vec<usize> = (0..facts.len())
            .filter(|at| facts[*at].identity().is_none_or(|identity| seen.insert(identity)))
            .filter(|at| !self.is_known(&facts[*at]))
            .collect();
        let mut indexes = vec![None; facts.len()];
        while !fresh.is_empty() {
            let new: Vec<Fact> = fresh.iter().map(|at| facts[*at].clone()).collect();
            let prepared = self.store.prepare(actor, (self.clock)(), &new, &[])?;
            match self.store.journal.append(prepared.batch.clone()) {
                Ok(first) => {
                    for (offset, at) in fresh.iter().enumerate() {
                        indexes[*at] = Some(Index(first + offset as u64));
                    }
                    break;
                }
                Err(ArchiveError::Conflict(failed)) => {
                    let known = prepared.known(&failed).ok_or(ArchiveError::Conflict(failed))?;
                    let mut known = known.into_iter();
                    fresh.retain(|_| !known.next().unwrap_or(false));
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.grown();
        Ok(indexes)
    }

    /// A cheap look before sealing; the append decides.
    pub(super) fn is_known(&self, fact: &Fact) -> bool {
        fact.identity().is_some_and(|identity| {
            matches!(self.store.journal.span(self.store.hasher.identity(&identity)), Ok(Some(_)))
        })
    }
}

/// How many facts from the first on go into one append: bounded in number and in bytes, and at least one.
fn together(facts: &[Fact]) -> usize {
    let mut bytes = 0;
    let fits = facts.iter().take(FACTS_MAX).take_while(|fact| {
        bytes += fact.raw.as_ref().map_or(0, Vec::len);
        bytes <= RAW_BYTES_MAX
    });
    fits.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_append_is_bounded_in_number_and_in_bytes_and_never_empty() {
        let fact = |bytes: usize| Fact::with_raw(Event::Heartbeat, vec![0; bytes]);
        assert_eq!(together(&vec![fact(1); FACTS_MAX + 5]), FACTS_MAX);
        assert_eq!(together(&vec![fact(3 << 20); 10]), 2);
        assert_eq!(together(&[fact(9 << 20), fact(1)]), 1);
    }
}
