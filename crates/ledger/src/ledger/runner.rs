//! What the runner, the media worker and other jobs of the program ask for and write down.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::PoisonError,
};

use aboveboard_archive::{Error as ArchiveError, journal::Journal};
use aboveboard_model::{
    access::Actor,
    alert::{self, Alert, Grouping, OnDocument},
    document::Document,
    event::Event,
    finding::{Action, Finding, GivenUp},
    id::{AlertId, ConversationId, DocumentId, EmployeeId, Index, SourceId},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::Ledger;
use crate::{
    error::{Error, Result},
    fact::Fact,
    view::Backlog,
    views::{self, bits, from_json, index, instant, unbits},
};

/// The runner's stage that judges documents.
const STAGE: &str = "policy";
/// Judgements written down in one append.
const JUDGEMENTS_MAX: usize = 500;
/// Bytes of deliveries handed out together, unless one alone has more.
const DELIVERY_BYTES_MAX: usize = 16 << 20;
/// What a text has that may count from a date on only; one that has it otherwise costs an older version too many.
const FROM_A_DATE: &str = "effective";
/// How often a batch is grouped anew when a reviewer was faster.
const ATTEMPTS_MAX: usize = 5;

/// A delivery whose items are not entries yet.
#[derive(Clone, Debug, PartialEq)]
pub struct UnreadDelivery {
    /// Its entry.
    pub index: Index,
    /// Where it came from.
    pub source: SourceId,
    /// Its exact bytes.
    pub body: Vec<u8>,
}

/// A document revision that no policy has judged yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Unjudged {
    /// The entry by which it became what it is.
    pub changed: Index,
    /// The document.
    pub document: Document,
}

/// A place in the order in which documents became what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    changed: Index,
    ordinal: u64,
    /// Whether the entry has no documents after it.
    ends: bool,
}

/// What policies say of a document revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The document.
    pub document: Document,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What was not decided.
    pub given_up: Vec<GivenUp>,
}

/// A media file that is not here yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedMedia {
    /// The item that refers to it.
    pub item: Index,
    /// The source's id of the file.
    pub media: String,
    /// Where it comes from.
    pub source: SourceId,
    /// SHA-256 that the source declared, hex.
    pub declared_sha256: Option<String>,
    /// When its item was written down.
    pub asked_at: Timestamp,
    /// Attempts so far.
    pub attempts: u32,
    /// When it was last tried.
    pub tried_at: Option<Timestamp>,
}

impl Ledger {
    /// Deliveries after an entry that are not read yet, in log order. Who has just read some names the last of them, and
    /// need not wait until the views know.
    ///
    /// # Errors
    /// The views' and the archive's.
    pub fn unread_deliveries(&self, after: Option<Index>, limit: usize) -> Result<Vec<UnreadDelivery>> {
        let rows: Vec<u64> = self.inner().views.ask(|db| {
            let mut rows = db.prepare_cached(
                "SELECT idx FROM deliveries WHERE items IS NULL AND idx > ?1 ORDER BY idx LIMIT ?2",
            )?;
            let after = after.map_or(-1, |after| bits(after.0));
            let rows = rows.query_map([after, limit as i64], |row| Ok(unbits(row.get(0)?)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })?;
        let (mut deliveries, mut bytes) = (Vec::with_capacity(rows.len()), 0);
        for row in rows {
            if bytes >= DELIVERY_BYTES_MAX {
                break;
            }
            let Some(opened) = self.inner().store.read(Index(row))? else { continue };
            if let (Event::Delivery { source, .. }, Some(body)) = (opened.event, opened.raw) {
                bytes += body.len();
                deliveries.push(UnreadDelivery { index: opened.index, source, body });
            }
        }
        Ok(deliveries)
    }

    /// Documents that are not judged yet, in log order, and the place up to which they reach. One entry may change any
    /// number of documents: its documents may come in several goes.
    ///
    /// # Errors
    /// The views'.
    pub fn unjudged(&self, limit: usize) -> Result<(Vec<Unjudged>, Option<Reach>)> {
        let within = self.judging();
        self.inner().views.ask(|db| {
            let cursor = judged_upto(db)?;
            let (changed, ordinal) = within
                .map(|place| (bits(place.changed.0), bits(place.ordinal)))
                .filter(|(changed, _)| *changed > cursor)
                .unwrap_or((cursor, i64::MAX));
            let mut rows = db.prepare_cached(
                "SELECT changed, ordinal, json, revision, live FROM documents WHERE (changed, ordinal) > (?1, ?2) \
                 ORDER BY changed, ordinal LIMIT ?3",
            )?;
            let rows = rows.query_map(params![changed, ordinal, limit as i64 + 1], |row| {
                let place = Reach { changed: index(row.get(0)?), ordinal: unbits(row.get(1)?), ends: true };
                let document: Document = from_json(&row.get::<_, String>(2)?)?;
                let document = Document { revision: row.get(3)?, ..document };
                Ok((place, document, row.get::<_, bool>(4)?))
            })?;
            let mut rows: Vec<(Reach, Document, bool)> = rows.collect::<rusqlite::Result<_>>()?;
            let following = if rows.len() > limit { rows.pop().map(|(place, ..)| place.changed) } else { None };
            let upto = rows
                .last()
                .map(|(place, ..)| Reach { ends: following != Some(place.changed), ..*place });
            // History and imports are searched and backtested; they alert only on request.
            let live = rows.into_iter().filter(|(.., live)| *live);
            let documents =
                live.map(|(place, document, _)| Unjudged { changed: place.changed, document }).collect();
            Ok((documents, upto))
        })
    }

    /// Writes findings and the alerts that follow from them down, and that everything up to a place is judged.
    ///
    /// # Errors
    /// The archive's; then the same documents are judged again, and what was written before is not written twice.
    pub fn judged(&self, judgements: &[Judgement], upto: Reach, detectors: u32) -> Result<()> {
        // In the middle of an entry the progress in the log is the entry before: after a crash its documents are judged
        // from the first on, and what was found is known.
        let entry = if upto.ends { Some(upto.changed) } else { upto.changed.0.checked_sub(1).map(Index) };
        let mut parts = judgements.chunks(JUDGEMENTS_MAX).peekable();
        if parts.peek().is_none() {
            self.judged_part(&[], entry, detectors)?;
        }
        while let Some(part) = parts.next() {
            // The progress goes with the last part: until then the same documents are judged again.
            if self.judged_part(part, entry.filter(|_| parts.peek().is_none()), detectors)? {
                // What comes next may belong to an alert that was raised just now.
                self.at_least(Index(self.len().saturating_sub(1)))?;
            }
        }
        *self.inner().judging.lock().unwrap_or_else(PoisonError::into_inner) = Some(upto);
        Ok(())
    }

    /// Lets the next documents be composed anew that a change of the registry concerns; says whether there were any. How
    /// many follow from one entry is bounded, and where the walk is follows from the log.
    ///
    /// # Errors
    /// The views' and the archive's.
    pub fn rejudge(&self) -> Result<bool> {
        if !self.inner().views.ask(crate::fold::is_rejudging)? {
            return Ok(false);
        }
        let upto = Index(self.len().saturating_sub(1));
        let stage = crate::fold::REJUDGING.to_owned();
        let next = Fact::new(Event::Progress { stage, upto });
        let written = self.record(&Actor::System("runner".to_owned()), vec![next])?;
        if let Some(index) = written.into_iter().flatten().next_back() {
            self.at_least(index)?;
        }
        Ok(true)
    }

    /// The place up to which this process has judged.
    fn judging(&self) -> Option<Reach> {
        *self.inner().judging.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says whether an alert was raised or has grown.
    fn judged_part(&self, judgements: &[Judgement], upto: Option<Index>, detectors: u32) -> Result<bool> {
        let actor = Actor::System("runner".to_owned());
        for _ in 0..ATTEMPTS_MAX {
            let (facts, expected) =
                self.inner().views.ask(|db| follow(db, self, judgements, upto, detectors))?;
            if facts.is_empty() {
                return Ok(false);
            }
            let prepared = self.inner().store.prepare(&actor, self.now(), &facts, &expected)?;
            let appended = self.inner().store.journal.append(prepared.batch);
            self.inner().grown();
            match appended {
                Ok(_) => return Ok(facts.iter().any(|fact| matches!(fact.event, Event::Alert { .. }))),
                Err(ArchiveError::Conflict(_)) => self.at_least(Index(self.len().saturating_sub(1)))?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Busy)
    }

    /// Media files that are not here yet and were not tried since an instant, oldest first.
    ///
    /// # Errors
    /// The views'.
    pub fn wanted_media(&self, limit: usize) -> Result<Vec<WantedMedia>> {
        self.inner().views.ask(|db| {
            let mut rows = db.prepare_cached(
                "SELECT item, media, source, declared, asked_at, attempts, tried_at FROM media \
                 WHERE entry IS NULL AND failed IS NULL ORDER BY attempts, asked_at LIMIT ?1",
            )?;
            let rows = rows.query_map([limit as i64], |row| {
                Ok(WantedMedia {
                    item: index(row.get(0)?),
                    media: row.get(1)?,
                    source: SourceId(unbits(row.get(2)?)),
                    declared_sha256: row.get(3)?,
                    asked_at: instant(row.get(4)?),
                    attempts: row.get(5)?,
                    tried_at: row.get::<_, Option<i64>>(6)?.map(instant),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// A source with its secrets, for receivers and workers: opened from the log each time, so who asks often keeps it.
    ///
    /// # Errors
    /// The views' and the archive's.
    pub fn source(&self, id: SourceId) -> Result<Option<aboveboard_model::source::Source>> {
        self.inner().views.ask(|db| crate::fold::find_source(db, &self.inner().store, id))
    }

    /// The last entry by which a policy, list or macro came into force or ended: what was read with it is good until it changes.
    ///
    /// # Errors
    /// The views'.
    pub fn rules_changed(&self) -> Result<Option<Index>> {
        self.inner().views.ask(crate::fold::rules_changed)
    }

    /// The policies in force: id, version and text, by id; after one that may count from a date on only, the versions that count until
    /// then, newest first.
    ///
    /// # Errors
    /// The views'.
    pub fn policies_in_force(&self) -> Result<Vec<(String, u32, String)>> {
        self.inner().views.ask(|db| {
            let mut rows =
                db.prepare_cached("SELECT id, version, text FROM policies WHERE active = 1 ORDER BY id")?;
            let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            let mut in_force: Vec<(String, u32, String)> = Vec::new();
            for row in rows {
                let mut row: (String, u32, String) = row?;
                while row.2.contains(FROM_A_DATE) {
                    let Some(before) = version_before(db, &row.0, row.1)? else { break };
                    in_force.push(std::mem::replace(&mut row, before));
                }
                in_force.push(row);
            }
            Ok(in_force)
        })
    }

    /// What waits to be done by the program itself.
    ///
    /// # Errors
    /// The views'.
    pub fn backlog(&self) -> Result<Backlog> {
        let len = self.len();
        self.inner().views.ask(|db| {
            let count = |sql: &str| -> Result<u64> {
                Ok(unbits(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?))
            };
            let cursor = judged_upto(db)?;
            let unjudged: i64 = db
                .prepare_cached("SELECT count(*) FROM documents WHERE changed > ?1")?
                .query_row([cursor], |row| row.get(0))?;
            Ok(Backlog {
                unfolded: len.saturating_sub(views::folded(db)?),
                unread: count("SELECT count(*) FROM deliveries WHERE items IS NULL")?,
                unjudged: unbits(unjudged),
                media: count("SELECT count(*) FROM media WHERE entry IS NULL AND failed IS NULL")?,
            })
        })
    }
}

/// The version of a policy before one, unless the policy was ended in between.
fn version_before(db: &Connection, id: &str, version: u32) -> Result<Option<(String, u32, String)>> {
    Ok(db
        .prepare_cached(
            "SELECT name, version, text FROM rule_versions WHERE kind = 'policy' AND name = ?1 AND version < ?2 \
             AND standing = 1 ORDER BY version DESC LIMIT 1",
        )?
        .query_row(params![id, version], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?)
}

/// The entry up to which documents are judged; -1 before the first.
pub(crate) fn judged_upto(db: &Connection) -> Result<i64> {
    let state = views::state(db, &format!("progress/{STAGE}"))?;
    Ok(state.and_then(|text| text.parse().ok()).unwrap_or(-1))
}

/// The version that each touched alert must have, by name.
type Expected = Vec<(String, u64)>;

/// The facts that follow from judgements, and the versions of alerts that they follow from.
fn follow(
    db: &Connection,
    ledger: &Ledger,
    judgements: &[Judgement],
    upto: Option<Index>,
    detectors: u32,
) -> Result<(Vec<Fact>, Expected)> {
    let mut facts = Vec::new();
    let mut alerts = Alerts { db, newest: HashMap::new(), held: HashMap::new(), expected: Vec::new() };
    for judgement in judgements {
        let (Some(document), false) =
            (judgement.document.id, judgement.findings.is_empty() && judgement.given_up.is_empty())
        else {
            continue;
        };
        let revision = judgement.document.revision;
        let findings = Fact::new(Event::Findings {
            document,
            revision,
            detectors,
            findings: judgement.findings.clone(),
            given_up: judgement.given_up.clone(),
        });
        if ledger.inner().is_known(&findings) {
            continue;
        }
        facts.push(findings);
        facts.extend(alerts.raise(ledger, judgement, document, detectors)?.map(Fact::new));
    }
    let cursor = judged_upto(db)?;
    let upto = upto.filter(|upto| bits(upto.0) > cursor);
    facts.extend(upto.map(|upto| Fact::new(Event::Progress { stage: STAGE.to_owned(), upto })));
    Ok((facts, alerts.expected))
}

/// Alerts as they are, and as they become while a batch is worked through.
struct Alerts<'a> {
    db: &'a Connection,
    newest: HashMap<(ConversationId, Option<EmployeeId>), Alert>,
    /// What any alert holds on a document, whatever became of it.
    held: HashMap<DocumentId, Vec<OnDocument>>,
    expected: Expected,
}

impl Alerts<'_> {
    fn raise(
        &mut self,
        ledger: &Ledger,
        judgement: &Judgement,
        document: DocumentId,
        detectors: u32,
    ) -> Result<Option<Event>> {
        let revision = judgement.document.revision;
        let findings = judgement.findings.iter().filter(|finding| finding.action == Action::Alert);
        let findings: Vec<OnDocument> = findings
            .map(|finding| OnDocument {
                document,
                revision,
                finding: finding.clone(),
                matched: Some(matched(ledger, &judgement.document, finding)),
            })
            .collect();
        let (Some(conversation), false) = (judgement.document.conversation, findings.is_empty()) else {
            return Ok(None);
        };
        let held = match self.held.entry(document) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(held_on(self.db, document)?),
        };
        let findings = alert::fresh(held, findings);
        if findings.is_empty() {
            return Ok(None);
        }
        held.extend(findings.iter().cloned());
        let document_at = judgement.document.at.unwrap_or(Timestamp::UNIX_EPOCH);
        let key = (conversation, judgement.document.employee);
        let known = self.newest(key)?;
        match (alert::group(known.as_ref(), &findings, document_at), known) {
            (Grouping::Join, Some(mut alert)) => {
                let event = alert::Event::Extended { findings, document_at };
                self.expect(&alert);
                alert.apply(&event, None, ledger.now());
                let id = alert.id;
                self.newest.insert(key, alert);
                Ok(Some(Event::Alert { alert: id, event }))
            }
            _ => {
                let event = alert::Event::Opened {
                    conversation,
                    employee: judgement.document.employee,
                    contact: judgement.document.contact,
                    findings,
                    document_at,
                };
                // The id follows from its cause, so that doing it twice equals doing it once.
                let cause = format!("{document}/{revision}/{detectors}");
                let id = AlertId(ledger.inner().store.hasher.id("alert", &cause));
                self.expected.push((id.to_string(), 0));
                self.newest.extend(Alert::open(id, &event, ledger.now()).map(|alert| (key, alert)));
                Ok(Some(Event::Alert { alert: id, event }))
            }
        }
    }

    fn expect(&mut self, alert: &Alert) {
        let name = alert.id.to_string();
        if !self.expected.iter().any(|(known, _)| *known == name) {
            self.expected.push((name, alert.version));
        }
    }

    fn newest(&self, key: (ConversationId, Option<EmployeeId>)) -> Result<Option<Alert>> {
        if let Some(alert) = self.newest.get(&key) {
            return Ok(Some(alert.clone()));
        }
        let text: Option<String> = self
            .db
            .prepare_cached(
                "SELECT json FROM alerts WHERE conversation = ?1 AND employee IS ?2 ORDER BY idx DESC LIMIT 1",
            )?
            .query_row(params![bits(key.0.0), key.1.map(|employee| bits(employee.0))], |row| row.get(0))
            .optional()?;
        Ok(text.map(|text| from_json(&text)).transpose()?)
    }
}

/// Every finding on a document that an alert holds.
fn held_on(db: &Connection, document: DocumentId) -> Result<Vec<OnDocument>> {
    let mut rows = db.prepare_cached(
        "SELECT json FROM alerts WHERE id IN (SELECT alert FROM alert_documents WHERE document = ?1)",
    )?;
    let mut held = Vec::new();
    for text in rows.query_map([bits(document.0)], |row| row.get::<_, String>(0))? {
        let alert: Alert = from_json(&text?)?;
        held.extend(alert.findings.into_iter().filter(|one| one.document == document));
    }
    Ok(held)
}

/// The words that a finding points at, as a keyed hash: in any order, and each once.
fn matched(ledger: &Ledger, document: &Document, finding: &Finding) -> u64 {
    let mut words: Vec<String> = finding
        .spans
        .iter()
        .map(|span| {
            let text = document.zones.get(&span.zone).and_then(|text| text.get(span.start..span.end));
            format!("{:?}\0{:?}\0{}", span.because, span.zone, text.unwrap_or_default())
        })
        .collect();
    words.sort_unstable();
    words.dedup();
    ledger.inner().store.hasher.id("matched", &words.join("\n"))
}
