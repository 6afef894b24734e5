//! Search: the index proposes, the forward evaluator decides on the stored document.

use std::time::Instant;

use aboveboard_model::{
    access::{Access, Permission, ReadOf},
    document::{Document, Field, Zone},
    refusal::Refusal,
};
use aboveboard_query::Query;
use rusqlite::{Connection, OptionalExtension, params};

use super::{alerts, key_of, key_text, rows_of, true_at};
use crate::{
    Ledger,
    command::By,
    error::{Error, Result},
    index::Proposal,
    view::{Hit, Page, SearchPage},
    views::{bits, from_json, unbits},
};

/// Proposals looked at in one step.
const STEP: usize = 256;
/// Proposals looked at for one page.
const PROPOSALS_MAX: usize = 20_000;
/// Bytes of a query.
const QUERY_BYTES_MAX: usize = 8 * 1024;

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
        let query = Query::parse(text).map_err(Error::Query)?;
        let limit = rows_of(limit);
        let from = key_of::<3>(after)?.map(|[at, doc, revision]| Proposal {
            at,
            doc: unbits(doc),
            revision: u32::try_from(revision).unwrap_or_default(),
        });
        let found = self.inner().views.ask(|db| self.confirm(db, &query, from, limit))?;
        let shown = u32::try_from(found.hits.rows.len()).unwrap_or(u32::MAX);
        self.look(access, Permission::Search, ReadOf::Search { query: text.to_owned(), hits: shown })?;
        Ok(SearchPage { took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX), ..found })
    }

    /// Goes through the index's proposals until a page is full.
    fn confirm(
        &self,
        db: &Connection,
        query: &Query,
        from: Option<Proposal>,
        limit: usize,
    ) -> Result<SearchPage> {
        let plan = query.plan();
        let (mut looked_at, mut hits) = (0, Vec::new());
        let (mut proposed, mut confirmed) = (0, 0);
        let (mut more, mut last) = (true, None);
        while more && hits.len() <= limit && looked_at < PROPOSALS_MAX {
            let (mut proposals, count) = self.inner().index.propose(&plan, from, looked_at, STEP)?;
            proposed = count;
            more = proposals.len() == STEP;
            looked_at += proposals.len();
            // The index sorts by time only: what stands at the same instant is put in order here.
            proposals.sort_by_key(|one| (std::cmp::Reverse(one.at), one.doc, one.revision));
            last = proposals.last().copied().or(last);
            for proposal in proposals {
                if from.is_some_and(|from| !after_place(proposal, from)) {
                    proposed = proposed.saturating_sub(1);
                    continue;
                }
                if let Some(hit) = confirm_one(db, query, proposal)? {
                    confirmed += 1;
                    hits.push((proposal, hit));
                }
            }
        }
        let estimated = more || hits.len() > limit;
        // A page that is not full because too much was proposed goes on from the last place looked at.
        let place = if hits.len() > limit { Some(hits[limit - 1].0) } else { last.filter(|_| more) };
        let next = place.map(|place| key_text(&[place.at, bits(place.doc), i64::from(place.revision)]));
        let rows = hits.into_iter().take(limit).map(|(_, hit)| hit).collect();
        Ok(SearchPage {
            hits: Page { rows, next, at: true_at(db)? },
            total: if estimated { proposed } else { confirmed },
            estimated,
            took_ms: 0,
        })
    }
}

fn after_place(one: Proposal, place: Proposal) -> bool {
    (std::cmp::Reverse(one.at), one.doc, one.revision)
        > (std::cmp::Reverse(place.at), place.doc, place.revision)
}

/// The hit, where the stored document matches; documents that are gone since the index was committed do not.
fn confirm_one(db: &Connection, query: &Query, proposal: Proposal) -> Result<Option<Hit>> {
    let text: Option<String> = db
        .prepare_cached("SELECT json FROM documents WHERE doc = ?1 AND revision = ?2")?
        .query_row(params![bits(proposal.doc), proposal.revision], |row| row.get(0))
        .optional()?;
    let Some(text) = text else { return Ok(None) };
    let document: Document = from_json(&text)?;
    let Some(found) = query.matches(&document) else { return Ok(None) };
    let Some((id, at)) = document.id.zip(document.at) else { return Ok(None) };
    let spans =
        found.spans.iter().filter_map(|span| Some((zone_of(span.field)?, span.start, span.end))).collect();
    Ok(Some(Hit {
        document: id,
        revision: proposal.revision,
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

fn zone_of(field: Field) -> Option<Zone> {
    Zone::ALL.iter().copied().find(|zone| zone.field() == field)
}
