//! The stand-in for Graph API: media, sending, subscriptions, in the documented shapes and errors.

mod account;
mod answer;
mod limits;
mod media;
mod request;
mod send;

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

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
    /// The app's id.
    pub app_id: String,
    /// The app's secret: half of the app's own token, `{app-id}|{app-secret}`.
    pub app_secret: String,
    /// Where deliveries go from the start, every account subscribed. Without it nothing goes anywhere until the address is
    /// set by `POST /{app-id}/subscriptions` and an account subscribed by `POST /{waba-id}/subscribed_apps`.
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
    /// Where deliveries go, and of which accounts.
    subscription: watch::Sender<Subscription>,
}

/// Where an app's deliveries go, and of which accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subscription {
    /// The address that proved itself.
    pub callback: Option<String>,
    /// The fields it asked for.
    pub fields: Vec<String>,
    /// Ids of the accounts that tell the app.
    pub accounts: BTreeSet<String>,
}

impl Subscription {
    /// The address, once there is one and an account that tells it.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.callback.as_deref().filter(|_| !self.accounts.is_empty())
    }
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
        let subscription = match &options.callback {
            None => Subscription::default(),
            Some(callback) => Subscription {
                callback: Some(callback.clone()),
                fields: account::FIELDS.map(str::to_owned).to_vec(),
                accounts: company.numbers.iter().map(|number| number.waba_id.clone()).collect(),
            },
        };
        let (subscription, _) = watch::channel(subscription);
        Arc::new(Self { company, options, webhooks, state: Mutex::new(state), subscription })
    }

    /// Tells where deliveries go, whenever that changes.
    #[must_use]
    pub fn subscription(&self) -> watch::Receiver<Subscription> {
        self.subscription.subscribe()
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
            .route("/{version}/debug_token", get(account::token))
            .route("/{version}/{id}", get(account::describe))
            .route("/{version}/{id}/phone_numbers", get(account::numbers))
            .route(
                "/{version}/{id}/subscribed_apps",
                get(account::subscribed_apps).post(account::subscribe).delete(account::unsubscribe),
            )
            .route(
                "/{version}/{id}/subscriptions",
                get(account::subscriptions).post(account::set_subscription),
            )
            .route("/{version}/{id}/message_history", get(send::history))
            .route("/{version}/{id}/messages", post(send::messages))
            .route("/{version}/{id}/smb_app_data", post(account::smb_app_data))
            .route(
                "/{version}/{id}/media",
                post(media::upload).layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX)),
            )
            .fallback(|| async { GraphError::unknown_path() })
            .layer(middleware::from_fn_with_state(Arc::clone(self), account::authorise))
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
