//! Search: the index proposes, the forward evaluator decides on the stored document.

use std::time::{Duration, Instant};

use aboveboard_model::{
    access::{Access, Permission},
    document::{Document, Field, Zone},
    refusal::Refusal,
};
use aboveboard_query::{Environment, Query, keyword_form};
use rusqlite::{Connection, OptionalExtension, params};

use super::{alerts, key_of, key_text, rows_of, true_at};
use crate::{
    Ledger,
    command::By,
    error::{Error, Result},
    index::{Collected, Proposal},
    view::{Facet, Hit, Page, SearchPage},
    views::{bits, from_json, unbits},
};

/// Proposals asked of the index in the first step; further steps ask for [`STEP_GROWS`] times as many.
const STEP: usize = 128;
/// See [`STEP`].
const STEP_GROWS: usize = 8;
/// Proposals looked at for one page.
const PROPOSALS_MAX: usize = 20_000;
/// How long proposals are looked at for one page, which then goes on from where it stopped.
const CONFIRM_MAX: Duration = Duration::from_millis(1_500);
/// Bytes of a query.
pub(super) const QUERY_BYTES_MAX: usize = 8 * 1024;
/// Values of a field that are counted by name; the others are counted together.
const FACET_VALUES_MAX: usize = 8;
/// Months that are counted by name.
const FACET_MONTHS_MAX: usize = 12;
/// Completions that are offered at most.
const COMPLETIONS_MAX: usize = 20;
/// Fields whose values are counted, in reading order.
const FACETS: &[Field] = &[
    Field::Kind,
    Field::Direction,
    Field::Payment,
    Field::Handle,
    Field::Link,
    Field::Entity,
    Field::Region,
    Field::Team,
    Field::Employee,
    Field::Language,
    Field::Media,
    Field::At,
];

impl Ledger {
    /// A page of what a query matches, newest first.
    ///
    /// # Errors
    /// A refusal by role; diagnostics where the query has mistakes.
    pub fn search(
        &self,
        access: &Access,
        text: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<SearchPage> {
        self.need(&By::of(access), Permission::Search)?;
        let started = Instant::now();
        if text.len() > QUERY_BYTES_MAX {
            return Err(Refusal::TooLong.into());
        }
        let environment = Environment { now: Some(self.now()), ..Environment::default() };
        let query = Query::parse_in(text, &environment).map_err(Error::Query)?;
        let limit = rows_of(limit);
        let from = key_of::<3>(after)?.map(|[at, doc, revision]| Proposal {
            at,
            doc: unbits(doc),
            revision: u32::try_from(revision).unwrap_or_default(),
        });
        let until = started + CONFIRM_MAX;
        let found = self.inner().views.ask(|db| self.confirm(db, &query, from, limit, until))?;
        let shown = u32::try_from(found.hits.rows.len()).unwrap_or(u32::MAX);
        self.look_at_search(access, text, shown)?;
        Ok(SearchPage { took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX), ..found })
    }

    /// Values of a field to go on from what is typed: names that the firm gave and pseudonyms, never words of messages.
    ///
    /// # Errors
    /// A refusal by role; the index's.
    pub fn completions(&self, by: &By, field: Field, typed: &str, limit: usize) -> Result<Vec<String>> {
        self.need(by, Permission::Search)?;
        let (index, limit) = (&self.inner().index, limit.min(COMPLETIONS_MAX));
        match field {
            // There are many clients: only pseudonyms that begin as typed, which are kept as they are compared.
            Field::Contact => {
                let typed = keyword_form(typed);
                let begins = if typed.starts_with("c-") { typed } else { format!("c-{typed}") };
                let found = index.keywords(field, &begins, limit)?;
                Ok(found.into_iter().map(|value| value.to_uppercase()).collect())
            }
            _ if FACETS.contains(&field) => index.values(field, typed, limit),
            _ => Ok(Vec::new()),
        }
    }

    /// Goes through the index's proposals until a page is full. All of them are of one moment of the index, and in one order, so
    /// that nothing is seen twice or passed over, whatever is written meanwhile.
    fn confirm(
        &self,
        db: &Connection,
        query: &Query,
        from: Option<Proposal>,
        limit: usize,
        until: Instant,
    ) -> Result<SearchPage> {
        let (plan, index) = (query.plan(), &self.inner().index);
        let moment = index.moment();
        let (mut step, mut looked_at, mut last) = (STEP.max(limit + 1), 0, from);
        let mut hits = Vec::new();
        let first = index.propose(&moment, &plan, last, step, true)?;
        let (count, facets) = (first.count, facets(&first));
        let mut proposals = first.proposals;
        let is_whole = 'looking: loop {
            let is_last_step = proposals.len() < step;
            for proposal in proposals {
                if hits.len() > limit || looked_at >= PROPOSALS_MAX || Instant::now() >= until {
                    break 'looking false;
                }
                looked_at += 1;
                last = Some(proposal);
                hits.extend(confirm_one(db, query, proposal)?.map(|hit| (proposal, hit)));
            }
            if is_last_step {
                break true;
            }
            step *= STEP_GROWS;
            proposals = index.propose(&moment, &plan, last, step, false)?.proposals;
        };
        // A page that is not full because too much was proposed goes on from the last place looked at.
        let place = if hits.len() > limit { Some(hits[limit - 1].0) } else { last.filter(|_| !is_whole) };
        let next = place.map(|place| key_text(&[place.at, bits(place.doc), i64::from(place.revision)]));
        let is_counted = is_whole && from.is_none() && hits.len() <= limit;
        let total = if is_counted { hits.len() as u64 } else { count };
        let rows = hits.into_iter().take(limit).map(|(_, hit)| hit).collect();
        let is_exact = query.plan_is_exact();
        Ok(SearchPage {
            hits: Page { rows, next, at: true_at(db)? },
            total,
            estimated: !is_counted && !is_exact,
            facets,
            facets_estimated: first.is_sampled || !is_exact && total != count,
            took_ms: 0,
        })
    }
}

/// The most frequent values of each field, and months from the last one back.
fn facets(collected: &Collected) -> Vec<Facet> {
    let of = |field: &Field| {
        let prefix = format!("{}=", field.word());
        let mut values: Vec<(String, u64)> = collected
            .tally
            .range(prefix.clone()..)
            .map_while(|(key, count)| Some((key.strip_prefix(&prefix)?.to_owned(), *count)))
            .collect();
        let many_max = if *field == Field::At {
            values.reverse();
            FACET_MONTHS_MAX
        } else {
            values.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            FACET_VALUES_MAX
        };
        let others = values.len().saturating_sub(many_max);
        values.truncate(many_max);
        Facet { field: *field, values, others }
    };
    FACETS.iter().map(of).filter(|facet| !facet.values.is_empty()).collect()
}

/// The hit, where the stored document matches; documents that are gone since the index was committed do not.
pub(super) fn confirm_one(db: &Connection, query: &Query, proposal: Proposal) -> Result<Option<Hit>> {
    let Some(document) = stored(db, proposal)? else { return Ok(None) };
    let Some(found) = query.matches(&document) else { return Ok(None) };
    let Some((id, at)) = document.id.zip(document.at) else { return Ok(None) };
    let spans =
        found.spans.iter().filter_map(|span| Some((zone_of(span.field)?, span.start, span.end))).collect();
    Ok(Some(Hit {
        document: id,
        revision: proposal.revision,
        kind: document.kind,
        conversation: document.conversation,
        employee: alerts::place(db, document.employee, at)?,
        contact: document.contact,
        direction: document.direction,
        at,
        spans,
        zones: document.zones,
        marks: document.marks,
    }))
}

/// The document that is proposed, where it is still there.
pub(super) fn stored(db: &Connection, proposal: Proposal) -> Result<Option<Document>> {
    let text: Option<String> = db
        .prepare_cached(
            "SELECT json FROM documents WHERE row = (SELECT row FROM docs WHERE doc = ?1) AND revision = ?2",
        )?
        .query_row(params![bits(proposal.doc), proposal.revision], |row| row.get(0))
        .optional()?;
    Ok(text.map(|text| from_json(&text)).transpose()?)
}

fn zone_of(field: Field) -> Option<Zone> {
    Zone::ALL.iter().copied().find(|zone| zone.field() == field)
}
