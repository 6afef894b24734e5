//! The stand-in for Graph API: media, sending, subscriptions, in the documented shapes and errors.

mod answer;
mod limits;
mod media;
mod request;
mod send;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, Request, State},
    http::header::AUTHORIZATION,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;

pub use answer::GraphError;
pub use media::Faults;

use crate::{
    company::Company,
    delivery::{Delivery, Inbound},
    random::Random,
};

/// What tells the time; a parameter, so that tests own it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The largest upload (Meta: document, 100 MB).
const UPLOAD_BYTES_MAX: usize = 100 * 1024 * 1024;
/// Sent messages that `message_history` remembers.
const HISTORY_MAX: usize = 1_000;
/// Clients whose last message is remembered; the whole table starts anew beyond it.
const WINDOWS_MAX: usize = 100_000;

/// How the stand-in behaves.
#[derive(Clone)]
pub struct Options {
    /// The bearer token that every request must carry.
    pub access_token: String,
    /// The app's id, for `GET /{app-id}/subscriptions`.
    pub app_id: String,
    /// The callback named in the subscriptions.
    pub callback: Option<String>,
    /// The origin that media URLs begin with, such as `http://127.0.0.1:8441`.
    pub origin: String,
    /// What goes wrong with media.
    pub faults: Faults,
    /// Now.
    pub clock: Clock,
}

/// The stand-in's state, shared by its routes and by whoever delivers.
pub struct Graph {
    company: Arc<Company>,
    options: Options,
    webhooks: mpsc::Sender<Delivery>,
    state: Mutex<GraphState>,
}

struct GraphState {
    random: Random,
    /// Last message of a client to a number: what opens the 24-hour window.
    windows: HashMap<(String, String), Timestamp>,
    limits: limits::Limits,
    sent: VecDeque<send::Sent>,
    synchronised: HashSet<(String, String)>,
    uploads: media::Uploads,
    failed_once: HashSet<String>,
}

impl Graph {
    /// A stand-in for the company's numbers; statuses of what is sent go into `webhooks`.
    #[must_use]
    pub fn new(company: Arc<Company>, options: Options, webhooks: mpsc::Sender<Delivery>) -> Arc<Self> {
        let state = GraphState {
            random: company.random("graph"),
            windows: HashMap::new(),
            limits: limits::Limits::default(),
            sent: VecDeque::new(),
            synchronised: HashSet::new(),
            uploads: media::Uploads::default(),
            failed_once: HashSet::new(),
        };
        Arc::new(Self { company, options, webhooks, state: Mutex::new(state) })
    }

    /// Notes that clients wrote, which opens their 24-hour windows.
    pub fn note(&self, inbound: &[Inbound]) {
        let mut state = self.state();
        if state.windows.len() + inbound.len() > WINDOWS_MAX {
            state.windows.clear();
        }
        for message in inbound {
            let latest =
                state.windows.entry((message.phone_number_id.clone(), message.from.clone())).or_default();
            *latest = message.at.max(*latest);
        }
    }

    /// The routes, each under any version such as `/v25.0`.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/media/{id}", get(media::download))
            .route("/{version}/{id}", get(media::describe))
            .route("/{version}/{id}/subscribed_apps", get(subscribed_apps))
            .route("/{version}/{id}/subscriptions", get(subscriptions))
            .route("/{version}/{id}/message_history", get(send::history))
            .route("/{version}/{id}/messages", post(send::messages))
            .route("/{version}/{id}/smb_app_data", post(smb_app_data))
            .route(
                "/{version}/{id}/media",
                post(media::upload).layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX)),
            )
            .fallback(|| async { GraphError::unknown_path() })
            .layer(middleware::from_fn_with_state(Arc::clone(self), authorise))
            .with_state(Arc::clone(self))
    }

    fn now(&self) -> Timestamp {
        (self.options.clock)()
    }

    /// A panic elsewhere leaves the state usable: each change to it is complete in itself.
    fn state(&self) -> MutexGuard<'_, GraphState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self, phone_number_id: &str) -> Result<usize, GraphError> {
        let found = self.company.numbers.iter().position(|n| n.phone_number_id == phone_number_id);
        found.ok_or_else(|| GraphError::unknown_object(phone_number_id))
    }
}

async fn authorise(State(graph): State<Arc<Graph>>, request: Request, next: Next) -> Response {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    match header.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(token) if token == graph.options.access_token => next.run(request).await,
        Some(_) => GraphError::invalid_token().into_response(),
        None => GraphError::no_token().into_response(),
    }
}

async fn subscribed_apps(
    State(graph): State<Arc<Graph>>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, GraphError> {
    if !graph.company.numbers.iter().any(|number| number.waba_id == id) {
        return Err(GraphError::unknown_object(&id));
    }
    let app =
        json!({"id": graph.options.app_id, "name": "Aboveboard", "link": "https://www.facebook.com/games/"});
    Ok(Json(json!({"data": [{"whatsapp_business_api_data": app}]})))
}

/// The fields that the app subscribes to, by which a receiver checks that it is told of everything.
const FIELDS: [&str; 9] = [
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

async fn subscriptions(
    State(graph): State<Arc<Graph>>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, GraphError> {
    if id != graph.options.app_id {
        return Err(GraphError::unknown_object(&id));
    }
    let fields: Vec<Value> = FIELDS.iter().map(|name| json!({"name": name, "version": "v25.0"})).collect();
    let callback = graph.options.callback.as_deref().unwrap_or_default();
    let subscription = json!({"object": "whatsapp_business_account", "callback_url": callback, "active": true,
        "fields": fields});
    Ok(Json(json!({"data": [subscription]})))
}

async fn smb_app_data(
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
