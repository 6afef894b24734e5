//! `POST /{phone-number-id}/messages`: checks, limits, the answer, and the statuses that follow.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, Query, State, rejection::JsonRejection},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Graph, GraphError, HISTORY_MAX, request};
use crate::{
    company::{Client, Lane},
    delivery::Delivery,
    perform::wamid,
    script::Speaker,
    webhook,
};

/// How long after a client's message anything may be sent (Meta: customer service window).
const WINDOW_HOURS: i64 = 24;
/// Entries of one page of `message_history`.
const PAGE_MAX: usize = 100;
/// Milliseconds after the request at which each status is told.
const STATUSES: [(&str, i64); 3] = [("sent", 400), ("delivered", 1_100), ("read", 4_000)];
/// Undeliverable: nobody with that number.
const UNDELIVERABLE: u32 = 131_026;

/// A message that was accepted.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    phone_number_id: String,
    id: String,
    at: Timestamp,
}

pub(super) async fn messages(
    State(graph): State<Arc<Graph>>,
    Path((_, phone)): Path<(String, String)>,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<Json<Value>, GraphError> {
    let number = graph.number(&phone)?;
    let Json(body) = body.map_err(|_| GraphError::invalid("The body is not JSON."))?;
    let (to, template, reference) = match request::read(&body)? {
        request::Wanted::Read => return Ok(Json(json!({"success": true}))),
        request::Wanted::Message { to, template, reference } => (to, template, reference),
    };
    let now = graph.now();
    let client = graph.company.clients.iter().find(|c| c.phone.as_ref() == Some(&to) || c.user_id == to);
    let sent = graph.accept(number, &to, client, template, now)?;
    graph.tell_statuses(number, &sent, &to, client, reference.as_deref());
    let contact = match client {
        Some(client) => json!({"input": to, "wa_id": client.phone, "user_id": client.user_id}),
        None => json!({"input": to, "wa_id": to}),
    };
    let message = json!({"id": sent.id, "message_status": "accepted"});
    Ok(Json(json!({"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]})))
}

impl Graph {
    /// Passes the window and the rates, and gives the message its id.
    fn accept(
        &self,
        number: usize,
        to: &str,
        client: Option<&Client>,
        template: bool,
        now: Timestamp,
    ) -> Result<Sent, GraphError> {
        let line = &self.company.numbers[number];
        let mut state = self.state();
        let last = state.windows.get(&(line.phone_number_id.clone(), to.to_owned()));
        let open = last.is_some_and(|last| now < (*last + SignedDuration::from_hours(WINDOW_HOURS)));
        if !open && !template {
            return Err(GraphError::outside_window());
        }
        state.limits.take(&line.phone_number_id, to, line.lane == Lane::Native, now)?;
        let id = match client {
            Some(client) => wamid(client, Speaker::Employee, &mut state.random),
            None => format!("wamid.{}", STANDARD.encode(format!("{to}{}", state.random.hex(18)))),
        };
        let sent = Sent { phone_number_id: line.phone_number_id.clone(), id, at: now };
        if state.sent.len() >= HISTORY_MAX {
            state.sent.pop_front();
        }
        state.sent.push_back(sent.clone());
        Ok(sent)
    }

    /// Puts the statuses into the outbox, each to be told at its time; a full outbox loses them, as an outage would.
    fn tell_statuses(
        &self,
        number: usize,
        sent: &Sent,
        to: &str,
        client: Option<&Client>,
        reference: Option<&str>,
    ) {
        let statuses: &[(&str, i64)] = if client.is_some() { &STATUSES } else { &[("failed", 900)] };
        for (status, after_ms) in statuses {
            let at = sent.at + SignedDuration::from_millis(*after_ms);
            let mut value = json!({"id": sent.id, "status": status, "recipient_id": to,
                "timestamp": at.as_second().to_string()});
            if let Some(client) = client {
                value["recipient_user_id"] = json!(client.user_id);
            } else {
                value["errors"] = json!([{"code": UNDELIVERABLE, "title": "Message undeliverable",
                    "message": "Message undeliverable", "error_data": {"details": "Message Undeliverable."}}]);
            }
            if let Some(reference) = reference {
                value["biz_opaque_callback_data"] = json!(reference);
            }
            let line = &self.company.numbers[number];
            let change = webhook::change("messages", webhook::phone_value(line, "statuses", json!([value])));
            let body =
                webhook::to_bytes(&webhook::envelope(vec![webhook::entry(&line.waba_id, vec![change])]));
            // The statuses of a message are news of it only, so a full outbox is no reason to refuse the message.
            drop(self.webhooks.try_send(Delivery { at, body, messages: 0, inbound: Vec::new() }));
        }
    }
}

/// `GET /{phone-number-id}/message_history`: the accepted messages of a number, latest first, without their content.
pub(super) async fn history(
    State(graph): State<Arc<Graph>>,
    Path((_, phone)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, GraphError> {
    graph.number(&phone)?;
    let limit = query.get("limit").and_then(|text| text.parse().ok()).unwrap_or(PAGE_MAX).min(PAGE_MAX);
    let wanted = query.get("message_id");
    let state = graph.state();
    let fits = |sent: &&Sent| sent.phone_number_id == phone && wanted.is_none_or(|id| *id == sent.id);
    let page: Vec<Value> = state.sent.iter().rev().filter(fits).take(limit).map(entry).collect();
    Ok(Json(json!({"data": page})))
}

fn entry(sent: &Sent) -> Value {
    let event = json!({"delivery_status": "SENT", "webhook_update_state": "DELIVERED",
        "timestamp": sent.at.as_second()});
    json!({"id": sent.id, "message_id": sent.id, "events": {"data": [event]}})
}
