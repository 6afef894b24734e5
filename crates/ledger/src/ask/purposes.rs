//! Purposes: a look that names an alert or a case has to be at something which that alert or case is about.

use aboveboard_model::{
    access::{Purpose, ReadOf},
    id::{AlertId, ContactId, ConversationId},
};
use rusqlite::{Connection, OptionalExtension};

use super::{contacts::contact_now, conversations::current_id};
use crate::{
    error::Result,
    fold::{find_alert, find_case},
    views::{bits, unbits},
};

/// Whether what is read belongs to the alert or the case that the purpose names. A purpose that names none fits anything.
pub(super) fn concerns(db: &Connection, purpose: &Purpose, of: &ReadOf) -> Result<bool> {
    let alerts = match purpose {
        Purpose::Review(alert) => vec![*alert],
        Purpose::Case(case) => find_case(db, *case)?.map_or(vec![], |case| case.alerts),
        Purpose::Queue
        | Purpose::Investigation
        | Purpose::PolicyWork
        | Purpose::Detection
        | Purpose::Evidence => return Ok(true),
    };
    match of {
        ReadOf::Alert(alert) => Ok(alerts.contains(alert)),
        ReadOf::Case(case) => Ok(*purpose == Purpose::Case(*case)),
        ReadOf::Contact(contact) => is_about(db, &alerts, *contact),
        ReadOf::Employee(employee) => {
            let mut about = alerts.iter().map(|alert| find_alert(db, *alert));
            about.try_fold(false, |found, alert| {
                Ok(found || alert?.is_some_and(|alert| alert.employee == Some(*employee)))
            })
        }
        ReadOf::Conversation(conversation) => is_on(db, &alerts, *conversation),
        ReadOf::Media(entry) => {
            let conversation: Option<i64> = db
                .prepare_cached(
                    "SELECT messages.conversation FROM media JOIN messages ON messages.row = media.row WHERE media.entry = ?1",
                )?
                .query_row([bits(entry.0)], |row| row.get(0))
                .optional()?;
            conversation.map_or(Ok(false), |id| is_on(db, &alerts, ConversationId(unbits(id))))
        }
        // Lists, searches and exports are of more than one alert's conversation.
        ReadOf::Queue(_)
        | ReadOf::Cases(_)
        | ReadOf::Conversations(_)
        | ReadOf::Search { .. }
        | ReadOf::Entry(_) => Ok(false),
    }
}

/// Whether one of the alerts is about a client, by whatever id either is known.
fn is_about(db: &Connection, alerts: &[AlertId], contact: ContactId) -> Result<bool> {
    let Some(wanted) = contact_now(db, contact)? else { return Ok(false) };
    for alert in alerts {
        let named = find_alert(db, *alert)?.and_then(|alert| alert.contact);
        if named.map(|named| contact_now(db, named)).transpose()?.flatten() == Some(wanted) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether one of the alerts is on a conversation, by whatever id it was known when the alert was opened.
fn is_on(db: &Connection, alerts: &[AlertId], conversation: ConversationId) -> Result<bool> {
    let wanted = current_id(db, conversation)?;
    for alert in alerts {
        let Some(alert) = find_alert(db, *alert)? else { continue };
        if current_id(db, alert.conversation)? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}
