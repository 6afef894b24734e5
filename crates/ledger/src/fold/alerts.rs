//! Alerts and cases into the views.

use std::collections::BTreeSet;

use aboveboard_model::{
    access::Actor,
    alert::{self, Alert, Disposition, State},
    case::{self, Case},
    id::{AlertId, CaseId, EmployeeId, QueueId, UserId},
    queue::{self, Queue},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::{Fold, coverage::HOUR_MICROS, people::employee};
use crate::{
    error::Result,
    fact::Opened,
    views::{bits, from_json, json, micros},
};

/// An alert by id.
pub(crate) fn find_alert(db: &Connection, id: AlertId) -> Result<Option<Alert>> {
    let text: Option<String> = db
        .prepare_cached("SELECT json FROM alerts WHERE id = ?1")?
        .query_row([bits(id.0)], |row| row.get(0))
        .optional()?;
    Ok(text.map(|text| from_json(&text)).transpose()?)
}

/// A case by id.
pub(crate) fn find_case(db: &Connection, id: CaseId) -> Result<Option<Case>> {
    let text: Option<String> = db
        .prepare_cached("SELECT json FROM cases WHERE id = ?1")?
        .query_row([bits(id.0)], |row| row.get(0))
        .optional()?;
    Ok(text.map(|text| from_json(&text)).transpose()?)
}

/// A saved queue by id.
pub(crate) fn find_queue(db: &Connection, id: QueueId) -> Result<Option<Queue>> {
    let text: Option<String> = db
        .prepare_cached("SELECT json FROM queues WHERE id = ?1")?
        .query_row([bits(id.0)], |row| row.get(0))
        .optional()?;
    Ok(text.map(|text| from_json(&text)).transpose()?)
}

/// The queues that a person made, by name.
pub(crate) fn queues_of(db: &Connection, owner: UserId) -> Result<Vec<Queue>> {
    let mut rows = db.prepare_cached("SELECT json FROM queues WHERE owner = ?1 ORDER BY name, id")?;
    let rows = rows.query_map([bits(owner.0)], |row| from_json(&row.get::<_, String>(0)?))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

impl Fold<'_> {
    pub(super) fn alert(&mut self, entry: &Opened, id: AlertId, event: &alert::Event) -> Result<()> {
        let before = find_alert(self.db, id)?;
        let alert = match before.clone() {
            None => Alert::open(id, event, entry.at),
            Some(mut alert) => {
                alert.apply(event, entry.actor.user(), entry.at);
                Some(alert)
            }
        };
        let Some(alert) = alert else { return Ok(()) };
        self.count_alert(before.as_ref(), &alert)?;
        self.remember_event(&id.to_string(), entry, &json(event))?;
        self.store_alert(entry, &alert)?;
        self.place_alert(&alert)?;
        for one in &alert.findings {
            self.db
                .prepare_cached(
                    "INSERT INTO alert_policies VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (alert, policy) \
                     DO UPDATE SET closed = ?3, rank = ?4",
                )?
                .execute(params![
                    bits(id.0),
                    one.finding.policy,
                    matches!(alert.state, State::Closed { .. }),
                    -(alert.severity as i64),
                    micros(alert.opened_at),
                ])?;
            self.db
                .prepare_cached("INSERT OR IGNORE INTO alert_documents VALUES (?1, ?2)")?
                .execute([bits(one.document.0), bits(id.0)])?;
        }
        Ok(())
    }

    /// Counts an alert in the hour in which it was opened, and in that in which it was closed for as long as it is.
    fn count_alert(&self, before: Option<&Alert>, alert: &Alert) -> Result<()> {
        if before.is_none() {
            self.count_hour(alert.opened_at, [1, 0, 0])?;
        }
        let ended = |alert: &Alert| match &alert.state {
            State::Closed { at, disposition, .. } => {
                Some((*at, matches!(disposition, Disposition::True { .. })))
            }
            _ => None,
        };
        let (was, is) = (before.and_then(ended), ended(alert));
        if was == is {
            return Ok(());
        }
        let counts = |sign: i64, is_true: bool| if is_true { [0, sign, 0] } else { [0, 0, sign] };
        if let Some((at, is_true)) = was {
            self.count_hour(at, counts(-1, is_true))?;
        }
        is.map_or(Ok(()), |(at, is_true)| self.count_hour(at, counts(1, is_true)))
    }

    fn count_hour(&self, at: Timestamp, [opened, confirmed, dismissed]: [i64; 3]) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO alert_hours VALUES (?1, ?2, ?3, ?4) ON CONFLICT (hour) DO UPDATE SET opened = opened + ?2, \
                 confirmed = confirmed + ?3, dismissed = dismissed + ?4",
            )?
            .execute([micros(at).div_euclid(HOUR_MICROS), opened, confirmed, dismissed])?;
        Ok(())
    }

    fn store_alert(&self, entry: &Opened, alert: &Alert) -> Result<()> {
        let (closed_at, claimed_by, outcome) = match &alert.state {
            State::Open => (None, None, None),
            State::Claimed(user) => (None, Some(bits(user.0)), None),
            State::Closed { by, at, disposition } => {
                (Some(micros(*at)), Some(bits(by.0)), Some(disposition.word()))
            }
        };
        self.db
            .prepare_cached(
                "INSERT INTO alerts (id, idx, json, closed, rank, opened_at, closed_at, last_at, conversation, employee, \
                 contact, claimed_by, escalated, outcome, reasons, found_doc) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) \
                 ON CONFLICT (id) DO UPDATE SET json = ?3, closed = ?4, rank = ?5, closed_at = ?7, last_at = ?8, \
                 claimed_by = ?12, escalated = ?13, outcome = ?14, reasons = ?15, found_doc = ?16",
            )?
            .execute(params![
                bits(alert.id.0),
                bits(entry.index.0),
                json(alert),
                closed_at.is_some(),
                -(alert.severity as i64),
                micros(alert.opened_at),
                closed_at,
                micros(alert.last_at),
                bits(alert.conversation.0),
                alert.employee.map(|employee| bits(employee.0)),
                alert.contact.map(|contact| bits(contact.0)),
                claimed_by,
                alert.escalated,
                outcome,
                reasons(alert),
                alert.findings.first().map(|one| bits(one.document.0)),
            ])?;
        Ok(())
    }

    /// Writes down where an alert's employee worked at its time.
    fn place_alert(&self, alert: &Alert) -> Result<()> {
        let Some(id) = alert.employee else { return Ok(()) };
        let known = employee(self.db, id)?;
        let place = known.as_ref().and_then(|known| known.place_at(alert.last_at));
        self.db.prepare_cached("UPDATE alerts SET team = ?2, region = ?3 WHERE id = ?1")?.execute(
            params![
                bits(alert.id.0),
                place.map(|place| place.team.as_str()),
                place.map(|place| place.region.as_str()),
            ],
        )?;
        Ok(())
    }

    /// The same for every alert on an employee, after somebody said where they work or worked.
    pub(super) fn place_alerts(&self, employee: EmployeeId) -> Result<()> {
        let mut rows = self.db.prepare_cached("SELECT json FROM alerts WHERE employee = ?1")?;
        let alerts: Vec<Alert> = rows
            .query_map([bits(employee.0)], |row| from_json(&row.get::<_, String>(0)?))?
            .collect::<rusqlite::Result<_>>()?;
        alerts.iter().try_for_each(|alert| self.place_alert(alert))
    }

    pub(super) fn queue(&mut self, entry: &Opened, id: QueueId, event: &queue::Event) -> Result<()> {
        let Actor::User(by) = entry.actor else { return Ok(()) };
        match Queue::after(id, event, by) {
            Some(queue) => self
                .db
                .prepare_cached("INSERT OR REPLACE INTO queues VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![bits(id.0), bits(by.0), queue.shared, queue.name, json(&queue)])?,
            None => self.db.prepare_cached("DELETE FROM queues WHERE id = ?1")?.execute([bits(id.0)])?,
        };
        Ok(())
    }

    pub(super) fn case(&mut self, entry: &Opened, id: CaseId, event: &case::Event) -> Result<()> {
        let Actor::User(by) = entry.actor else { return Ok(()) };
        let case = match find_case(self.db, id)? {
            None => Case::open(id, event, by, entry.at),
            Some(mut case) => {
                case.apply(event, by, entry.at);
                Some(case)
            }
        };
        let Some(case) = case else { return Ok(()) };
        self.remember_event(&id.to_string(), entry, &json(event))?;
        self.db
            .prepare_cached(
                "INSERT INTO cases VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET json = ?3, closed = ?4",
            )?
            .execute(params![
                bits(id.0),
                bits(entry.index.0),
                json(&case),
                matches!(case.state, case::State::Closed { .. }),
                micros(case.opened_at),
            ])?;
        Ok(())
    }

    pub(super) fn remember_event(&self, aggregate: &str, entry: &Opened, event: &str) -> Result<()> {
        self.db
            .prepare_cached("INSERT OR IGNORE INTO history VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![aggregate, bits(entry.index.0), micros(entry.at), json(&entry.actor), event,])?;
        Ok(())
    }
}

/// A number for the set of policies that an alert is about: alerts that may be alike have the same.
fn reasons(alert: &Alert) -> i64 {
    let policies: BTreeSet<&str> = alert.findings.iter().map(|one| one.finding.policy.as_str()).collect();
    let names = policies.into_iter().collect::<Vec<_>>().join("\n");
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(names));
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}
