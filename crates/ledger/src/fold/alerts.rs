//! Alerts and cases into the views.

use aboveboard_model::{
    access::Actor,
    alert::{self, Alert, State},
    case::{self, Case},
    id::{AlertId, CaseId},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::Fold;
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

impl Fold<'_> {
    pub(super) fn alert(&mut self, entry: &Opened, id: AlertId, event: &alert::Event) -> Result<()> {
        let alert = match find_alert(self.db, id)? {
            None => Alert::open(id, event, entry.at),
            Some(mut alert) => {
                alert.apply(event, entry.actor.user(), entry.at);
                Some(alert)
            }
        };
        let Some(alert) = alert else { return Ok(()) };
        self.remember_event(&id.to_string(), entry, &json(event))?;
        let (closed_at, claimed_by) = match &alert.state {
            State::Open => (None, None),
            State::Claimed(user) => (None, Some(bits(user.0))),
            State::Closed { by, at, .. } => (Some(micros(*at)), Some(bits(by.0))),
        };
        self.db
            .prepare_cached(
                "INSERT INTO alerts (id, idx, json, closed, severity, opened_at, closed_at, last_at, conversation, employee, claimed_by, escalated) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (id) DO UPDATE SET json = ?3, closed = ?4, \
                 severity = ?5, closed_at = ?7, last_at = ?8, claimed_by = ?11, escalated = ?12",
            )?
            .execute(params![
                bits(id.0),
                bits(entry.index.0),
                json(&alert),
                closed_at.is_some(),
                alert.severity as i64,
                micros(alert.opened_at),
                closed_at,
                micros(alert.last_at),
                bits(alert.conversation.0),
                alert.employee.map(|employee| bits(employee.0)),
                claimed_by,
                alert.escalated,
            ])?;
        for one in &alert.findings {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO alert_policies VALUES (?1, ?2)")?
                .execute(params![bits(id.0), one.finding.policy])?;
            self.db
                .prepare_cached("INSERT OR IGNORE INTO alert_documents VALUES (?1, ?2)")?
                .execute([bits(one.document.0), bits(id.0)])?;
        }
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

    fn remember_event(&self, aggregate: &str, entry: &Opened, event: &str) -> Result<()> {
        self.db
            .prepare_cached("INSERT OR IGNORE INTO history VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![aggregate, bits(entry.index.0), micros(entry.at), json(&entry.actor), event,])?;
        Ok(())
    }
}
