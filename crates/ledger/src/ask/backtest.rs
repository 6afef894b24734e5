//! Backtest: what a query would have found in chosen history, counted and compared with what people judged.

use std::{
    collections::{BTreeMap, HashSet},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
};

use aboveboard_model::{
    access::{Access, Permission},
    alert::Disposition,
    document::{Document, Field},
    refusal::Refusal,
    rule::Figures,
};
use aboveboard_query::Query;
use jiff::{civil::Date, tz::TimeZone};
use rusqlite::{Connection, params};

use super::{
    rows_of,
    search::{QUERY_BYTES_MAX, confirm_one, stored},
};
use crate::{
    Ledger,
    command::By,
    error::{Error, Result},
    index::Proposal,
    view::Hit,
    views::{bits, instant, unbits},
};

/// Document revisions that one backtest looks at; of more only the newest.
const LOOKED_AT_MAX: usize = 1_000_000;
/// Threads that confirm what the index cannot decide.
const THREADS: usize = 2;
/// Documents between two looks at whether it was cancelled.
const STEP: usize = 500;
/// Hits whose conversations are looked up, to tell how many alerts they would be; of more it is reckoned from as many.
const GROUPED_MAX: usize = 20_000;
/// Teams and policies that are named.
const NAMED_MAX: usize = 20;

/// What is tested.
#[derive(Clone, Debug)]
pub struct Backtest {
    /// The query, with the scope and the days that it is narrowed to.
    pub query: String,
    /// The policy that it is of: what it found itself is no overlap.
    pub policy: String,
    /// The first day of history and the last.
    pub days: (Date, Date),
    /// Whose days.
    pub zone: TimeZone,
    /// Hits to show, the newest.
    pub sample: usize,
}

/// How far a backtest is, and the way to end it.
#[derive(Debug, Default)]
pub struct BacktestProgress {
    /// Documents looked at.
    pub done: AtomicU64,
    /// Of how many; 0 before the index has answered.
    pub all: AtomicU64,
    /// Set by whoever wants it to end.
    pub cancelled: AtomicBool,
}

/// What came of a backtest.
#[derive(Clone, Debug)]
pub struct Backtested {
    /// Counted, and nothing that anybody wrote.
    pub figures: Figures,
    /// The newest hits; that they are shown is a look.
    pub sample: Vec<Hit>,
    /// Whether hits by team are reckoned from a part of them.
    pub teams_reckoned: bool,
}

/// A hit: when, which document revision.
type Found = Vec<Proposal>;

impl Ledger {
    /// Counts what a query would have found. Nothing where it was cancelled.
    ///
    /// # Errors
    /// A refusal by role; diagnostics where the query has mistakes; the views' and the index's.
    pub fn backtest(
        &self,
        access: &Access,
        wanted: &Backtest,
        progress: &BacktestProgress,
    ) -> Result<Option<Backtested>> {
        let by = By::of(access);
        self.need(&by, Permission::Search)?;
        self.need(&by, Permission::PolicyWrite)?;
        if wanted.query.len() > QUERY_BYTES_MAX {
            return Err(Refusal::TooLong.into());
        }
        let query = Query::parse(&wanted.query).map_err(Error::Query)?;
        let index = &self.inner().index;
        let moment = index.moment();
        let proposed = index.propose(&moment, &query.plan(), None, LOOKED_AT_MAX, true)?;
        progress.all.store(proposed.proposals.len() as u64, Ordering::Relaxed);
        let is_whole = proposed.count <= proposed.proposals.len() as u64;
        let looked_at = proposed.proposals.len() as u64;
        let (found, by_team, teams_reckoned) = if query.plan_is_exact() {
            (proposed.proposals, teams(&proposed.tally), proposed.is_sampled)
        } else {
            let (found, teams) = self.confirm_all(&query, &proposed.proposals, progress)?;
            (found, teams, false)
        };
        if progress.cancelled.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let figures = Figures {
            days: wanted.days,
            looked_at,
            hits: found.len() as u64,
            by_day: by_day(&found, &wanted.zone),
            by_team,
            is_whole,
            ..Figures::default()
        };
        let (figures, sample) = self.inner().views.ask(|db| {
            let figures = compared(db, figures, &found, wanted)?;
            let newest = found.iter().take(rows_of(wanted.sample));
            let hits: Result<Vec<Option<Hit>>> = newest.map(|one| confirm_one(db, &query, *one)).collect();
            Ok((figures, hits?.into_iter().flatten().collect::<Vec<_>>()))
        })?;
        progress.done.store(looked_at, Ordering::Relaxed);
        self.look_at_search(access, &wanted.query, u32::try_from(sample.len()).unwrap_or(u32::MAX))?;
        Ok(Some(Backtested { figures, sample, teams_reckoned }))
    }

    /// Puts what the index proposes to the evaluator, on some threads.
    fn confirm_all(
        &self,
        query: &Query,
        proposals: &[Proposal],
        progress: &BacktestProgress,
    ) -> Result<(Found, Vec<(String, u64)>)> {
        let parts = proposals.chunks(proposals.len().div_ceil(THREADS).max(1));
        let confirm = |part: &[Proposal]| {
            self.inner().views.ask(|db| {
                let (mut found, mut teams) = (Found::new(), BTreeMap::new());
                for step in part.chunks(STEP) {
                    if progress.cancelled.load(Ordering::Relaxed) {
                        break;
                    }
                    for one in step {
                        let Some(document) = stored(db, *one)? else { continue };
                        if query.matches(&document).is_some() {
                            found.push(*one);
                            count_team(&mut teams, document);
                        }
                    }
                    progress.done.fetch_add(step.len() as u64, Ordering::Relaxed);
                }
                Ok((found, teams))
            })
        };
        let confirmed: Vec<Result<(Found, BTreeMap<String, u64>)>> = thread::scope(|scope| {
            let threads: Vec<_> = parts.map(|part| scope.spawn(|| confirm(part))).collect();
            let ended = |thread: thread::ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or(Err(Error::Stopped("a part of a backtest")))
            };
            threads.into_iter().map(ended).collect()
        });
        let (mut found, mut teams) = (Found::new(), BTreeMap::<String, u64>::new());
        for part in confirmed {
            let (hits, by_team) = part?;
            found.extend(hits);
            by_team.into_iter().for_each(|(team, count)| *teams.entry(team).or_default() += count);
        }
        Ok((found, most(teams)))
    }
}

fn count_team(teams: &mut BTreeMap<String, u64>, document: Document) {
    if let Some(team) = document.team {
        *teams.entry(team).or_default() += 1;
    }
}

/// Hits by team as the index counts them.
fn teams(tally: &BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let prefix = format!("{}=", Field::Team.word());
    let of_team = |(key, count): (&String, &u64)| Some((key.strip_prefix(&prefix)?.to_owned(), *count));
    most(tally.iter().filter_map(of_team).collect())
}

/// The most first, and no more than can be read.
fn most(counts: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.truncate(NAMED_MAX);
    counts
}

/// Hits a day of the zone; found is newest first, so that a day's hits stand together.
fn by_day(found: &[Proposal], zone: &TimeZone) -> Vec<(Date, u64)> {
    let mut days: BTreeMap<Date, u64> = BTreeMap::new();
    // A day is worked out once for many hits: its first instant is after all that come before it.
    let mut last: Option<(Date, i64)> = None;
    for one in found {
        let date = match last {
            Some((date, begins)) if one.at >= begins && one.at < begins + DAY_MICROS_MIN => date,
            _ => {
                let date = instant(one.at).to_zoned(zone.clone()).date();
                let begins =
                    date.to_zoned(zone.clone()).map_or(one.at, |begins| begins.timestamp().as_microsecond());
                last = Some((date, begins));
                date
            }
        };
        *days.entry(date).or_default() += 1;
    }
    days.into_iter().collect()
}

/// The shortest day where clocks are put forward: what is later than that in a day is worked out by itself.
const DAY_MICROS_MIN: i64 = 22 * 3_600 * 1_000_000;

/// What people judged, what other policies found, and how many alerts it would be.
fn compared(db: &Connection, figures: Figures, found: &[Proposal], wanted: &Backtest) -> Result<Figures> {
    let documents: HashSet<u64> = found.iter().map(|one| one.doc).collect();
    let (judged_true, dismissed) = judged(db, &documents)?;
    let revisions: HashSet<(u64, u32)> = found.iter().map(|one| (one.doc, one.revision)).collect();
    let mut also: BTreeMap<String, u64> = BTreeMap::new();
    let mut rows = db.prepare_cached("SELECT doc, revision, policy FROM findings WHERE policy <> ?1")?;
    let mut rows = rows.query(params![wanted.policy])?;
    while let Some(row) = rows.next()? {
        if revisions.contains(&(unbits(row.get(0)?), row.get(1)?)) {
            *also.entry(row.get(2)?).or_default() += 1;
        }
    }
    let alerts = alerts(db, found, &wanted.zone)?;
    Ok(Figures { judged_true, dismissed, also: most(also), alerts, ..figures })
}

/// Hits whose message is in an alert that a person found true, and those in one that was dismissed and none found true.
fn judged(db: &Connection, documents: &HashSet<u64>) -> Result<(u64, u64)> {
    let (mut found_true, mut dismissed) = (HashSet::new(), HashSet::new());
    let is_true = Disposition::True { note: String::new() }.word();
    let mut rows = db.prepare_cached(
        "SELECT d.document, a.outcome FROM alerts a JOIN alert_documents d ON d.alert = a.id WHERE a.closed = 1",
    )?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let document = unbits(row.get(0)?);
        if documents.contains(&document) {
            let is_found_true = row.get::<_, Option<String>>(1)?.as_deref() == Some(is_true);
            if is_found_true {
                found_true.insert(document)
            } else {
                dismissed.insert(document)
            };
        }
    }
    let only_dismissed = dismissed.difference(&found_true).count();
    Ok((found_true.len() as u64, only_dismissed as u64))
}

/// Hits of one conversation on one day are one alert.
fn alerts(db: &Connection, found: &[Proposal], zone: &TimeZone) -> Result<u64> {
    let mut conversation = db.prepare_cached(
        "SELECT conversation FROM messages WHERE row = (SELECT row FROM docs WHERE doc = ?1)",
    )?;
    let mut alerts: HashSet<(i64, Date)> = HashSet::new();
    let looked_up = &found[..found.len().min(GROUPED_MAX)];
    for one in looked_up {
        let mut rows = conversation.query([bits(one.doc)])?;
        if let Some(row) = rows.next()? {
            alerts.insert((row.get(0)?, instant(one.at).to_zoned(zone.clone()).date()));
        }
    }
    let (alerts, of) = (alerts.len() as u64, looked_up.len() as u64);
    Ok((alerts * found.len() as u64).checked_div(of).unwrap_or(0))
}
