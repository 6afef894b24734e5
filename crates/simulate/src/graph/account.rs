//! Tokens, accounts, numbers and subscriptions: what an app finds out and sets up before its first delivery.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, Query, Request, State},
    http::header::AUTHORIZATION,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{Graph, GraphError, media};
use crate::{
    company::{BusinessNumber, Lane},
    deliver,
};

/// Fields of a company's app that has been at it for long; the first thing that a receiver checks.
pub(super) const FIELDS: [&str; 9] = [
    "messages",
    "smb_message_echoes",
    "smb_app_state_sync",
    "history",
    "account_update",
    "account_alerts",
    "security",
    "phone_number_quality_update",
    "message_template_status_update",
];
/// What a good token carries.
const SCOPES: [&str; 2] = ["whatsapp_business_management", "whatsapp_business_messaging"];
/// Behind the access token: the same token after its end.
const EXPIRED: &str = "-expired";
/// Behind the access token: the same token without the permission to manage accounts.
const NARROW: &str = "-narrow";
/// The number of the handshake.
const CHALLENGE: u32 = 1_158_201_444;

/// Every request carries a token: the access token, or the app's own where subscriptions are read and set.
pub(super) async fn authorise(State(graph): State<Arc<Graph>>, request: Request, next: Next) -> Response {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    let path = request.uri().path();
    let options = &graph.options;
    let refused = match token {
        None => Some(GraphError::no_token()),
        Some(token) if token == format!("{}|{}", options.app_id, options.app_secret) => {
            (!path.ends_with("/subscriptions")).then(GraphError::invalid_token)
        }
        Some(token) => match token.strip_prefix(&options.access_token) {
            Some(_) if path.ends_with("/subscriptions") => Some(GraphError::app_token_needed()),
            Some("") => None,
            Some(EXPIRED) => Some(GraphError::expired_token()),
            Some(NARROW) if path.ends_with("/phone_numbers") || path.ends_with("/subscribed_apps") => {
                Some(GraphError::permission())
            }
            Some(NARROW) => None,
            _ => Some(GraphError::invalid_token()),
        },
    };
    match refused {
        Some(error) => error.into_response(),
        None => next.run(request).await,
    }
}

pub(super) async fn token(
    State(graph): State<Arc<Graph>>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, GraphError> {
    let asked = query.get("input_token").ok_or_else(|| GraphError::missing("input_token"))?;
    let scopes = match asked.strip_prefix(&graph.options.access_token) {
        Some("") => &SCOPES[..],
        Some(NARROW) => &SCOPES[1..],
        _ => return Err(GraphError::invalid_token()),
    };
    Ok(Json(json!({"data": {
        "app_id": graph.options.app_id, "type": "SYSTEM_USER", "application": "Aboveboard", "is_valid": true,
        "expires_at": 0, "data_access_expires_at": 0, "issued_at": graph.now().as_second(), "scopes": scopes,
    }})))
}

/// A number where the id is one's, else a file.
pub(super) async fn describe(
    State(graph): State<Arc<Graph>>,
    Path((version, id)): Path<(String, String)>,
) -> Result<Json<Value>, GraphError> {
    match graph.number(&id) {
        Ok(number) => Ok(Json(shown(&graph.company.numbers[number]))),
        Err(_) => media::describe(State(graph), Path((version, id))).await,
    }
}

pub(super) async fn numbers(
    State(graph): State<Arc<Graph>>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, GraphError> {
    graph.account(&id)?;
    let ours = graph.company.numbers.iter().filter(|number| number.waba_id == id).map(shown);
    Ok(Json(json!({"data": ours.collect::<Vec<_>>()})))
}

fn shown(number: &BusinessNumber) -> Value {
    json!({
        "id": number.phone_number_id,
        "display_phone_number": format!("+{}", number.digits),
        "verified_name": "Aurora Home",
        "status": "CONNECTED",
        "platform_type": "CLOUD_API",
        "is_on_biz_app": number.lane == Lane::Native,
    })
}

pub(super) async fn subscribed_apps(
    State(graph): State<Arc<Graph>>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, GraphError> {
    graph.account(&id)?;
    let app =
        json!({"id": graph.options.app_id, "name": "Aboveboard", "link": "https://www.facebook.com/games/"});
    let told = graph.subscription.borrow().accounts.contains(&id);
    let apps: Vec<Value> = told.then(|| json!({"whatsapp_business_api_data": app})).into_iter().collect();
    Ok(Json(json!({"data": apps})))
}

pub(super) async fn subscribe(
    State(graph): State<Arc<Graph>>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, GraphError> {
    graph.account(&id)?;
    graph.subscription.send_modify(|subscription| {
        subscription.accounts.insert(id);
    });
    Ok(Json(json!({"success": true})))
}

pub(super) async fn unsubscribe(
    State(graph): State<Arc<Graph>>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, GraphError> {
    graph.account(&id)?;
    graph.subscription.send_modify(|subscription| {
        subscription.accounts.remove(&id);
    });
    Ok(Json(json!({"success": true})))
}

pub(super) async fn subscriptions(
    State(graph): State<Arc<Graph>>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, GraphError> {
    graph.app(&id)?;
    let subscription = graph.subscription.borrow().clone();
    let Some(callback) = subscription.callback else { return Ok(Json(json!({"data": []}))) };
    let fields: Vec<Value> =
        subscription.fields.iter().map(|name| json!({"name": name, "version": "v25.0"})).collect();
    Ok(Json(json!({"data": [
        {"object": "whatsapp_business_account", "callback_url": callback, "active": true, "fields": fields}
    ]})))
}

/// Sets the address, once it has proved itself. Parameters come in the query or as JSON.
pub(super) async fn set_subscription(
    State(graph): State<Arc<Graph>>,
    Path((_, id)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    body: Option<Json<Value>>,
) -> Result<Json<Value>, GraphError> {
    graph.app(&id)?;
    let body = body.map(|Json(body)| body).unwrap_or_default();
    let given = |name: &str| {
        let text = body[name].as_str().or_else(|| query.get(name).map(String::as_str));
        text.filter(|text| !text.is_empty()).map(str::to_owned).ok_or_else(|| GraphError::missing(name))
    };
    if given("object")? != "whatsapp_business_account" {
        return Err(GraphError::invalid("object must be one of {whatsapp_business_account}"));
    }
    let (callback, verify_token, fields) = (given("callback_url")?, given("verify_token")?, given("fields")?);
    if let Err(error) = deliver::handshake(&callback, &verify_token, CHALLENGE).await {
        return Err(GraphError::callback(&error.to_string()));
    }
    graph.subscription.send_modify(|subscription| {
        subscription.callback = Some(callback);
        subscription.fields = fields.split(',').map(|field| field.trim().to_owned()).collect();
    });
    Ok(Json(json!({"success": true})))
}

pub(super) async fn smb_app_data(
    State(graph): State<Arc<Graph>>,
    Path((_, id)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    body: Option<Json<Value>>,
) -> Result<Json<Value>, GraphError> {
    graph.number(&id)?;
    let body = body.map(|Json(body)| body).unwrap_or_default();
    let kind =
        body["sync_type"].as_str().or_else(|| query.get("sync_type").map(String::as_str)).unwrap_or_default();
    if !matches!(kind, "history" | "smb_app_state_sync") {
        return Err(GraphError::invalid("sync_type must be one of {history, smb_app_state_sync}"));
    }
    let mut state = graph.state();
    if !state.synchronised.insert((id, kind.to_owned())) {
        return Err(GraphError::synchronised_before());
    }
    let request_id = state.random.hex(32).to_lowercase();
    Ok(Json(json!({"messaging_product": "whatsapp", "request_id": request_id})))
}

impl Graph {
    fn account(&self, id: &str) -> Result<(), GraphError> {
        let known = self.company.numbers.iter().any(|number| number.waba_id == id);
        if known { Ok(()) } else { Err(GraphError::unknown_object(id)) }
    }

    fn app(&self, id: &str) -> Result<(), GraphError> {
        if id == self.options.app_id { Ok(()) } else { Err(GraphError::unknown_object(id)) }
    }
}
