//! Questions. Each that shows content takes an [`Access`], asks the roles, writes the look down, and only then answers.

mod alerts;
mod alike;
mod backtest;
mod contacts;
mod conversations;
mod coverage;
mod log;
mod overview;
mod own;
mod people;
mod purposes;
mod queue;
mod reads;
mod records;
mod registry;
mod rules;
mod search;
mod setup;
mod sources;
mod targets;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use aboveboard_model::{
    access::{Access, Permission, ReadOf},
    event::Event,
    id::{Index, SearchId},
    refusal::Refusal,
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use crate::{
    Ledger,
    command::By,
    error::Result,
    fact::Fact,
    view::PAGE_ROWS_MAX,
    views::{self, json},
};

pub(crate) use alike::near;
pub use backtest::{Backtest, BacktestProgress, Backtested};
pub use conversations::MediaStream;
pub use log::{EntryExport, VerifyNote, VerifyReport};
pub use queue::COUNTED_MAX;

/// The same look by the same person for the same purpose within this time is one look: a page that refreshes itself.
const SAME_LOOK: SignedDuration = SignedDuration::from_secs(60);
/// Looks remembered for that.
const LOOKS_MAX: usize = 10_000;

/// Looks of the last minute.
#[derive(Default)]
pub(crate) struct Looks(Mutex<HashMap<String, Timestamp>>);

impl Looks {
    /// Whether this is a new look.
    fn is_new(&self, look: String, now: Timestamp) -> bool {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if looks.get(&look).is_some_and(|at| now.duration_since(*at) < SAME_LOOK) {
            return false;
        }
        if looks.len() >= LOOKS_MAX {
            looks.retain(|_, at| now.duration_since(*at) < SAME_LOOK);
        }
        if looks.len() < LOOKS_MAX {
            looks.insert(look, now);
        }
        true
    }

    /// A look that could not be written down did not happen.
    fn forget(&self, look: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(look);
    }
}

impl Ledger {
    /// Lets somebody look at content: asks the roles, and writes the look down before anything is shown.
    fn look(&self, access: &Access, permission: Permission, of: ReadOf) -> Result<()> {
        let event = self.looking(access, permission, of)?;
        let look = json(&(&access.actor, &event));
        self.write_look(access, look, || Ok(vec![Fact::new(event)]))
    }

    /// The same for what is taken away: each time is a look, however soon it comes again.
    fn look_each_time(&self, access: &Access, permission: Permission, of: ReadOf) -> Result<()> {
        let event = self.looking(access, permission, of)?;
        self.record(&access.actor, vec![Fact::new(event)])?;
        Ok(())
    }

    /// The look of somebody who may have it.
    fn looking(&self, access: &Access, permission: Permission, of: ReadOf) -> Result<Event> {
        if !self.inner().roles.permit(&access.actor, &access.roles, permission) {
            return Err(Refusal::NotPermitted.into());
        }
        self.concerns(access, &of)?;
        Ok(Event::Read { purpose: access.purpose.clone(), of })
    }

    /// The same for a search: that there was one, and apart from it, under the key of who searched, what for.
    fn look_at_search(&self, access: &Access, query: &str, hits: u32) -> Result<()> {
        self.concerns(access, &ReadOf::Search { search: None, query: String::new(), hits })?;
        let purpose = access.purpose.clone();
        let look = json(&(&access.actor, &purpose, query, hits));
        self.write_look(access, look, || {
            let search = SearchId(self.inner().store.random_u64()?);
            let by = access.actor.to_string();
            let of = ReadOf::Search { search: Some(search), query: String::new(), hits };
            let asked = Event::SearchAsked { search, by, query: query.to_owned() };
            Ok(vec![Fact::new(asked), Fact::new(Event::Read { purpose, of })])
        })
    }

    /// Refuses a purpose that is about something else than what is read.
    fn concerns(&self, access: &Access, of: &ReadOf) -> Result<()> {
        let concerns = self.inner().views.ask(|db| purposes::concerns(db, &access.purpose, of))?;
        if concerns { Ok(()) } else { Err(Refusal::PurposeUnrelated.into()) }
    }

    /// Writes a look down unless the same person has just had the same.
    fn write_look(
        &self,
        access: &Access,
        look: String,
        facts: impl FnOnce() -> Result<Vec<Fact>>,
    ) -> Result<()> {
        if self.inner().looks.is_new(look.clone(), self.now()) {
            facts()
                .and_then(|facts| self.record(&access.actor, facts))
                .inspect_err(|_| self.inner().looks.forget(&look))?;
        }
        Ok(())
    }

    /// Asks the views for what is not content.
    fn plain<T>(
        &self,
        by: &By,
        permission: Permission,
        question: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        self.need(by, permission)?;
        self.inner().views.ask(question)
    }
}

/// How many rows a page has.
fn rows_of(limit: usize) -> usize {
    limit.clamp(1, PAGE_ROWS_MAX)
}

/// The log index that an answer is true at.
fn true_at(db: &Connection) -> Result<Index> {
    Ok(Index(views::folded(db)?.saturating_sub(1)))
}

/// A page's key from and to text: numbers apart by full stops.
fn key_text(parts: &[i64]) -> String {
    parts.iter().map(i64::to_string).collect::<Vec<_>>().join(".")
}

fn key_of<const N: usize>(text: Option<&str>) -> Result<Option<[i64; N]>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let parts: Option<Vec<i64>> = text.split('.').map(|part| part.parse().ok()).collect();
    let key = parts.and_then(|parts| <[i64; N]>::try_from(parts).ok());
    Ok(Some(key.ok_or(Refusal::Malformed)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_key_reads_back_and_nonsense_is_refused() {
        assert_eq!(key_of::<2>(Some(&key_text(&[-3, 9]))).unwrap(), Some([-3, 9]));
        assert_eq!(key_of::<2>(None).unwrap(), None);
        for nonsense in ["1", "1.x", "1.2.3", "99999999999999999999.1"] {
            assert!(key_of::<2>(Some(nonsense)).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn the_same_look_within_a_minute_is_one_look() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let looks = Looks::default();
        assert!(looks.is_new("a".into(), at(0)));
        assert!(!looks.is_new("a".into(), at(59)));
        assert!(looks.is_new("b".into(), at(59)));
        assert!(looks.is_new("a".into(), at(60)));
    }
}
