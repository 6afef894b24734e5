//! An alert, cases, and what stands beside them.

use aboveboard_model::{
    access::{Access, Permission, Purpose, ReadOf},
    alert::{Alert, OnDocument},
    case::Case,
    finding::Severity,
    id::{AlertId, CaseId, ConversationId, DocumentId, EmployeeId, Index},
    refusal::Refusal,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{key_of, key_text, own::Own, queue::neighbours, reads::for_purpose, rows_of, true_at};
use crate::{
    Ledger,
    ask::conversations::{message_at, messages_around},
    error::Result,
    fold::{employee, find_alert, find_case},
    view::{
        AlertPage, AlertRow, CasePage, CaseRow, HistoryRow, Message, Page, Place, QueueFilter, Recorded,
        RegistryRow,
    },
    views::{bits, from_json, index, instant, micros, unbits},
};

/// Messages shown before and after each one with findings.
const AROUND: usize = 6;
/// Messages of an alert's page, or of a case's evidence, at most.
const MESSAGES_MAX: usize = 120;
/// Other alerts that are shown beside one, of each kind; registry entries beside a message.
const RELATED_MAX: i64 = 5;
/// Looks that a case's page lists.
const LOOKS_MAX: usize = 100;

impl Ledger {
    /// Everything an alert's page shows. `filter` is the queue it was opened from: it says which alert is next.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub fn alert(&self, access: &Access, id: AlertId, filter: &QueueFilter) -> Result<AlertPage> {
        let own = self.own_beside_alert(access, id)?;
        self.look(access, Permission::AlertRead, ReadOf::Alert(id))?;
        self.inner().views.ask(|db| {
            let alert = find_alert(db, id)?.ok_or(Refusal::NotFound)?;
            let number = number_of(db, id)?;
            let messages = evidence(db, &alert)?;
            let before = match messages.first() {
                Some(first) => db
                    .prepare_cached(
                        "SELECT count(*) FROM messages WHERE conversation = ?1 AND (at, doc) < (?2, ?3)",
                    )?
                    .query_row(
                        params![bits(alert.conversation.0), micros(first.at), bits(first.document.0)],
                        |row| row.get::<_, i64>(0),
                    )
                    .map(unbits)?,
                None => 0,
            };
            let (previous, next) = neighbours(db, access, filter, &alert)?;
            Ok(AlertPage {
                number,
                employee: place(db, alert.employee, alert.last_at)?,
                earlier: earlier(db, &alert)?,
                closed_before: closed_before(db, &alert, own)?,
                open_here: open_here(db, &alert, own)?,
                same_policies: same_policies(db, id, own)?,
                recorded: recorded(db, &alert)?,
                registered: registered(db, &alert)?,
                messages,
                messages_before: before,
                lapsed: lapsed(db, &alert.findings)?,
                history: history(db, &id.to_string())?,
                next,
                previous,
                at: true_at(db)?,
                alert,
            })
        })
    }

    /// A page of cases, newest first.
    ///
    /// # Errors
    /// A refusal by role, or for a key that is none.
    pub fn cases(
        &self,
        access: &Access,
        open: bool,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<CaseRow>> {
        let limit = rows_of(limit);
        let [after] = key_of::<1>(after)?.unwrap_or([i64::MAX]);
        let found = self.inner().views.ask(|db| {
            let others = Own::of(access.employee).condition_on_cases("cases.json");
            let mut rows = db.prepare_cached(&format!(
                "SELECT idx, json FROM cases WHERE closed = ?1 AND idx < ?2{others} ORDER BY idx DESC LIMIT ?3",
            ))?;
            let rows = rows.query_map(params![!open, after, limit as i64 + 1], |row| {
                Ok(CaseRow { number: index(row.get(0)?), case: from_json(&row.get::<_, String>(1)?)? })
            })?;
            let rows: Vec<CaseRow> = rows.collect::<rusqlite::Result<_>>()?;
            page(rows, limit, |row| key_text(&[bits(row.number.0)]), true_at(db)?)
        })?;
        let shown = u32::try_from(found.rows.len()).unwrap_or(u32::MAX);
        self.look(access, Permission::CaseRead, ReadOf::Cases(shown))?;
        Ok(found)
    }

    /// Everything a case's page shows.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub fn case(&self, access: &Access, id: CaseId) -> Result<CasePage> {
        let own = self.own_beside_case(access, id)?;
        self.look(access, Permission::CaseRead, ReadOf::Case(id))?;
        self.inner().views.ask(|db| {
            let case: Case = find_case(db, id)?.ok_or(Refusal::NotFound)?;
            let number = db
                .query_row("SELECT idx FROM cases WHERE id = ?1", [bits(id.0)], |row| row.get(0))
                .map(index)?;
            let mut alerts = Vec::new();
            for alert in &case.alerts {
                alerts.extend(alert_row(db, *alert, own)?);
            }
            Ok(CasePage {
                number,
                evidence: case_evidence(db, &case)?,
                looks: for_purpose(db, &Purpose::Case(id), LOOKS_MAX)?,
                alerts,
                history: history(db, &id.to_string())?,
                at: true_at(db)?,
                case,
            })
        })
    }
}

/// Cuts a list that was read one row too far into a page.
pub(super) fn page<T>(
    mut rows: Vec<T>,
    limit: usize,
    key: impl Fn(&T) -> String,
    at: Index,
) -> Result<Page<T>> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = if more { rows.last().map(key) } else { None };
    Ok(Page { rows, next, at })
}

/// A line of the queue; none for what is hidden from who asks.
pub(super) fn alert_row(db: &Connection, id: AlertId, own: Own) -> Result<Option<AlertRow>> {
    let Some(alert) = find_alert(db, id)?.filter(|alert| !own.hides(alert)) else { return Ok(None) };
    let mut policies: Vec<(Severity, String)> = Vec::new();
    for one in &alert.findings {
        let line = (one.finding.severity, one.finding.title.clone());
        if !policies.contains(&line) {
            policies.push(line);
        }
    }
    policies.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    let mut titles = policies.into_iter().map(|(_, title)| title);
    Ok(Some(AlertRow {
        id,
        number: number_of(db, id)?,
        severity: alert.severity,
        title: titles.next().unwrap_or_default(),
        others: titles.collect(),
        employee: place(db, alert.employee, alert.last_at)?,
        contact: alert.contact,
        conversation: alert.conversation,
        opened_at: alert.opened_at,
        last_at: alert.last_at,
        state: alert.state,
        escalated: alert.escalated,
        case: alert.case,
    }))
}

fn number_of(db: &Connection, id: AlertId) -> Result<Index> {
    Ok(db
        .prepare_cached("SELECT idx FROM alerts WHERE id = ?1")?
        .query_row([bits(id.0)], |row| row.get(0))
        .map(index)?)
}

/// An employee with team and region at an instant.
pub(super) fn place(db: &Connection, id: Option<EmployeeId>, at: jiff::Timestamp) -> Result<Option<Place>> {
    let Some(id) = id else { return Ok(None) };
    let place = employee(db, id)?.and_then(|employee| employee.place_at(at).cloned());
    let (team, region) = place.map(|place| (place.team, place.region)).unzip();
    Ok(Some(Place { employee: id, team, region }))
}

/// Alerts on a conversation, newest first.
pub(super) fn alerts_on(db: &Connection, conversation: ConversationId, own: Own) -> Result<Vec<AlertRow>> {
    let others = own.condition("id");
    let sql = format!("SELECT id FROM alerts WHERE conversation = ?1{others} ORDER BY idx DESC LIMIT 50");
    rows_by(db, &sql, [bits(conversation.0)])
}

/// The findings of some alerts, each with its alert.
pub(super) fn findings_of(db: &Connection, alerts: &[AlertRow]) -> Result<Vec<(AlertId, OnDocument)>> {
    let mut found = Vec::new();
    for row in alerts {
        let findings = find_alert(db, row.id)?.map(|alert| alert.findings).unwrap_or_default();
        found.extend(findings.into_iter().map(|one| (row.id, one)));
    }
    Ok(found)
}

/// Closed alerts on the same employee before, and how many were true.
fn earlier(db: &Connection, alert: &Alert) -> Result<(u64, u64)> {
    let Some(employee) = alert.employee else { return Ok((0, 0)) };
    let counts = db
        .prepare_cached(
            "SELECT count(*), coalesce(sum(outcome = 'true'), 0) FROM alerts WHERE employee = ?1 AND closed = 1 AND id <> ?2",
        )?
        .query_row([bits(employee.0), bits(alert.id.0)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((unbits(counts.0), unbits(counts.1)))
}

/// The rows of the alerts that a question finds, which leaves out what is hidden.
fn rows_by(db: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<Vec<AlertRow>> {
    let mut ids = db.prepare_cached(sql)?;
    let ids: Vec<i64> = ids.query_map(values, |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.extend(alert_row(db, AlertId(unbits(id)), Own::NOBODYS)?);
    }
    Ok(rows)
}

/// The newest closed alerts on the same employee or client.
fn closed_before(db: &Connection, alert: &Alert, own: Own) -> Result<Vec<AlertRow>> {
    let others = own.condition("id");
    let of = |column| {
        format!(
            "SELECT id, closed_at FROM alerts WHERE {column} AND closed = 1 AND id <> ?3{others} ORDER BY closed_at DESC LIMIT {RELATED_MAX}"
        )
    };
    let sql = format!(
        "SELECT id FROM (SELECT * FROM ({}) UNION SELECT * FROM ({})) ORDER BY closed_at DESC LIMIT {RELATED_MAX}",
        of("employee = ?1"),
        of("contact = ?2"),
    );
    let employee = alert.employee.map(|employee| bits(employee.0));
    let contact = alert.contact.map(|contact| bits(contact.0));
    rows_by(db, &sql, params![employee, contact, bits(alert.id.0)])
}

/// Other alerts without outcome on the same conversation, newest first.
fn open_here(db: &Connection, alert: &Alert, own: Own) -> Result<Vec<AlertRow>> {
    let others = own.condition("id");
    let sql = format!(
        "SELECT id FROM alerts WHERE conversation = ?1 AND closed = 0 AND id <> ?2{others} ORDER BY idx DESC LIMIT {RELATED_MAX}"
    );
    rows_by(db, &sql, params![bits(alert.conversation.0), bits(alert.id.0)])
}

/// How many other alerts without outcome are about the same policies.
fn same_policies(db: &Connection, id: AlertId, own: Own) -> Result<u64> {
    let count = db
        .prepare_cached(&format!(
            "SELECT count(*) FROM alerts WHERE closed = 0 AND id <> ?1 AND reasons = (SELECT reasons FROM alerts WHERE id = ?1){}",
            own.condition("id")
        ))?
        .query_row([bits(id.0)], |row| row.get(0))?;
    Ok(unbits(count))
}

/// Which entries recorded an alert's findings.
fn recorded(db: &Connection, alert: &Alert) -> Result<Vec<Recorded>> {
    let mut found: Vec<Recorded> = Vec::new();
    let mut one = db.prepare_cached(
        "SELECT idx, detectors FROM findings WHERE doc = ?1 AND policy = ?2 AND revision = ?3",
    )?;
    for held in &alert.findings {
        let key = params![bits(held.document.0), held.finding.policy, held.revision];
        let made = one.query_row(key, |row| Ok((index(row.get(0)?), row.get(1)?))).optional()?;
        found.extend(made.map(|(index, detectors)| Recorded {
            document: held.document,
            revision: held.revision,
            policy: held.finding.policy.clone(),
            index,
            detectors,
        }));
    }
    Ok(found)
}

/// What the registry holds under a value that stands in a message with findings.
fn registered(db: &Connection, alert: &Alert) -> Result<Vec<(DocumentId, RegistryRow)>> {
    let mut documents: Vec<DocumentId> = alert.findings.iter().map(|one| one.document).collect();
    documents.sort_unstable();
    documents.dedup();
    let mut rows = db.prepare_cached(
        "SELECT r.json FROM sightings s JOIN registry r ON r.key = s.key \
         WHERE s.row = (SELECT row FROM docs WHERE doc = ?1) ORDER BY r.idx LIMIT ?2",
    )?;
    let mut found = Vec::new();
    for document in documents {
        let held = rows.query_map(params![bits(document.0), RELATED_MAX], |row| {
            from_json::<RegistryRow>(&row.get::<_, String>(0)?)
        })?;
        for row in held {
            found.push((document, row?));
        }
    }
    Ok(found)
}

/// The messages with findings of a case's alerts, oldest first.
fn case_evidence(db: &Connection, case: &Case) -> Result<Vec<(AlertId, Message)>> {
    let mut found: Vec<(AlertId, Message)> = Vec::new();
    for id in &case.alerts {
        let Some(alert) = find_alert(db, *id)? else { continue };
        for one in &alert.findings {
            let known = found.iter().any(|(_, message)| message.document == one.document);
            if known || found.len() >= MESSAGES_MAX {
                continue;
            }
            found.extend(message_at(db, one.document)?.map(|message| (*id, message)));
        }
    }
    found.sort_by_key(|(_, message)| (message.at, bits(message.document.0)));
    Ok(found)
}

/// The messages with findings and those around them, oldest first.
fn evidence(db: &Connection, alert: &Alert) -> Result<Vec<Message>> {
    let mut documents: Vec<DocumentId> = alert.findings.iter().map(|one| one.document).collect();
    documents.dedup();
    let mut messages: Vec<Message> = Vec::new();
    for document in documents {
        let Some(message) = message_at(db, document)? else { continue };
        for message in messages_around(db, &message, AROUND)? {
            if messages.len() < MESSAGES_MAX
                && !messages.iter().any(|known| known.document == message.document)
            {
                messages.push(message);
            }
        }
    }
    messages.sort_by_key(|message| (message.at, bits(message.document.0)));
    Ok(messages)
}

/// Which findings their documents bear out no more: the revision is gone, and those that took its place were judged
/// without it.
fn lapsed(db: &Connection, findings: &[OnDocument]) -> Result<Vec<bool>> {
    let judged = crate::ledger::judged_upto(db)?;
    let mut standing = db.prepare_cached(
        "SELECT count(*), coalesce(sum(d.revision = ?2 OR d.changed > ?4 OR NOT d.live OR f.doc IS NOT NULL), 0) \
         FROM documents d LEFT JOIN findings f ON f.doc = d.doc AND f.revision = d.revision AND f.policy = ?3 \
         WHERE d.row = (SELECT row FROM docs WHERE doc = ?1)",
    )?;
    let mut lapsed = Vec::with_capacity(findings.len());
    for one in findings {
        let (revisions, bear_it_out): (i64, i64) = standing
            .query_row(params![bits(one.document.0), one.revision, one.finding.policy, judged], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        lapsed.push(revisions > 0 && bear_it_out == 0);
    }
    Ok(lapsed)
}

/// What was done to an aggregate, oldest first.
pub(super) fn history<E: serde::de::DeserializeOwned>(
    db: &Connection,
    aggregate: &str,
) -> Result<Vec<HistoryRow<E>>> {
    let mut rows = db.prepare_cached(
        "SELECT idx, at, actor, event FROM history WHERE aggregate = ?1 ORDER BY idx LIMIT 1000",
    )?;
    let rows = rows.query_map([aggregate], |row| {
        Ok(HistoryRow {
            index: index(row.get(0)?),
            at: instant(row.get(1)?),
            actor: from_json(&row.get::<_, String>(2)?)?,
            event: from_json(&row.get::<_, String>(3)?)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
