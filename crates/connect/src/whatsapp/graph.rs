//! What goes out to Meta's Graph API: files are fetched, subscriptions checked, history asked for.
//!
//! Every call is bounded in bytes and time, goes to allowed hosts only, and fails with a [`Class`] that says what to do
//! next. Errors hold codes, never content, addresses or tokens.

mod error;
mod guard;
mod media;
mod retry;
mod subscription;

use std::{sync::Arc, time::Duration};

use aboveboard_model::personal::Secret;
use reqwest::{Client, RequestBuilder, Response, Url, redirect};
use serde::{Deserialize, de::DeserializeOwned};

pub use error::{Class, GraphError};
pub use media::Fetched;
pub use retry::{KEPT_BY_META, next_attempt};
pub use subscription::{SubscribedApp, Subscription, TokenDetails, app_token};

/// Where the Graph API is, unless the configuration says otherwise.
pub const BASE: &str = "https://graph.facebook.com/v23.0";
/// How large a file may be, unless the configuration says otherwise; Meta's own limit.
pub const MEDIA_BYTES_MAX: u64 = 100 << 20;
/// How many bytes an answer other than a file may have.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// How many pages of a list are asked for.
const PAGES_MAX: usize = 50;
/// How long an id in a path may be.
const ID_BYTES_MAX: usize = 128;

/// The webhook fields that an app must be subscribed to, so that nothing a firm says or hears is missed.
pub const WANTED_FIELDS: &[&str] = &[
    "messages",
    "smb_message_echoes",
    "smb_app_state_sync",
    "history",
    "standby",
    "messaging_handovers",
    "calls",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "account_update",
    "account_alerts",
    "account_settings_update",
    "business_capability_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "message_template_status_update",
    "message_template_components_update",
    "user_preferences",
];

/// How the client behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the API is, with its version: https, or http on loopback for a stand-in.
    pub base: String,
    /// Whether the base may be on this machine: only where the deployment runs with a stand-in.
    pub loopback: bool,
    /// How many bytes a file may have.
    pub media_bytes_max: u64,
    /// How long one file may take, both steps together.
    pub media_time_max: Duration,
    /// How long any other answer may take, and how long a file may stand still.
    pub answer_time_max: Duration,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            base: BASE.to_owned(),
            loopback: false,
            media_bytes_max: MEDIA_BYTES_MAX,
            media_time_max: Duration::from_secs(300),
            answer_time_max: Duration::from_secs(20),
        }
    }
}

/// A client of the Graph API. Cheap to clone; connections are shared.
#[derive(Clone, Debug)]
pub struct Graph {
    client: Client,
    base: Url,
    config: Config,
}

/// A number of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PhoneNumber {
    /// Meta's id of the number.
    pub id: String,
    /// The number as displayed.
    pub display_phone_number: Option<String>,
    /// The name that clients see.
    pub verified_name: Option<String>,
    /// `CONNECTED`, `DISCONNECTED`, …
    pub status: Option<String>,
    /// `CLOUD_API`, `ON_PREMISE`, `NOT_APPLICABLE`.
    pub platform_type: Option<String>,
    /// Whether the number is also used in the WhatsApp Business app.
    pub is_on_biz_app: Option<bool>,
}

/// What may be asked of a number that is shared with the app, once each within 24 hours of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronisation {
    /// Months of messages; they arrive in the field `history`.
    History,
    /// The address book; it arrives in the field `smb_app_state_sync`.
    AddressBook,
}

impl Synchronisation {
    fn word(self) -> &'static str {
        match self {
            Synchronisation::History => "history",
            Synchronisation::AddressBook => "smb_app_state_sync",
        }
    }
}

impl Graph {
    /// Makes a client. A proxy that the environment names is used, except towards loopback; it then resolves the names, and
    /// only the list of hosts guards where files are asked for.
    ///
    /// # Errors
    /// [`GraphError::Base`] where the base is neither https to a public host nor on loopback where that is allowed;
    /// [`GraphError::Setup`] where TLS cannot be set up.
    pub fn new(config: Config) -> Result<Graph, GraphError> {
        let base = guard::base(&config.base)?;
        if guard::is_loopback(&base) && !config.loopback {
            return Err(GraphError::Base);
        }
        let mut builder = Client::builder()
            .user_agent(concat!("aboveboard/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(config.answer_time_max)
            .read_timeout(config.answer_time_max);
        builder = if guard::is_loopback(&base) {
            builder.no_proxy()
        } else {
            builder.https_only(true).dns_resolver(Arc::new(guard::PublicOnly))
        };
        let client = builder.build().map_err(|_| GraphError::Setup)?;
        Ok(Graph { client, base, config })
    }

    /// The numbers of an account: `GET /{waba}/phone_numbers`.
    ///
    /// # Errors
    /// [`GraphError`] with its class.
    pub async fn phone_numbers(&self, token: &Secret, account: &str) -> Result<Vec<PhoneNumber>, GraphError> {
        self.list(token, account, "phone_numbers", &[("fields", PHONE_NUMBER_FIELDS)]).await
    }

    /// One number: `GET /{number}`.
    ///
    /// # Errors
    /// [`GraphError`] with its class.
    pub async fn phone_number(&self, token: &Secret, number: &str) -> Result<PhoneNumber, GraphError> {
        let url = self.url(&[number], &[("fields", PHONE_NUMBER_FIELDS)])?;
        self.ask(self.client.get(url), token).await
    }

    /// Asks for the past of a number that is shared with the app: `POST /{number}/smb_app_data`. Returns Meta's id of the
    /// request. The answer comes by webhook, or never: expect its progress.
    ///
    /// # Errors
    /// [`GraphError`] with its class; 2593107 and 2593108 say that it is too late or was asked before.
    pub async fn synchronise(
        &self,
        token: &Secret,
        number: &str,
        what: Synchronisation,
    ) -> Result<Option<String>, GraphError> {
        #[derive(Deserialize)]
        struct Accepted {
            request_id: Option<String>,
        }
        let url = self.url(&[number, "smb_app_data"], &[])?;
        let body = serde_json::json!({ "messaging_product": "whatsapp", "sync_type": what.word() });
        let accepted: Accepted = self.ask(self.client.post(url).json(&body), token).await?;
        Ok(accepted.request_id)
    }

    /// All rows of a list, page by page.
    async fn list<T: DeserializeOwned>(
        &self,
        token: &Secret,
        owner: &str,
        edge: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, GraphError> {
        #[derive(Deserialize)]
        struct Page<T> {
            data: Vec<T>,
            paging: Option<Paging>,
        }
        #[derive(Deserialize)]
        struct Paging {
            cursors: Option<Cursors>,
            next: Option<serde::de::IgnoredAny>,
        }
        #[derive(Deserialize)]
        struct Cursors {
            after: Option<String>,
        }
        let mut rows = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut url = self.url(&[owner, edge], query)?;
            if let Some(after) = &after {
                url.query_pairs_mut().append_pair("after", after);
            }
            let page: Page<T> = self.ask(self.client.get(url), token).await?;
            rows.extend(page.data);
            let more = page.paging.filter(|paging| paging.next.is_some()).and_then(|paging| paging.cursors);
            after = more.and_then(|cursors| cursors.after);
            if after.is_none() {
                break;
            }
        }
        Ok(rows)
    }

    /// An address below the base. The first segment is an id and is checked; the others are ours.
    fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Url, GraphError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let id = segments.first().copied().unwrap_or_default();
        if id.is_empty() || id.len() > ID_BYTES_MAX || !id.bytes().all(plain) {
            return Err(GraphError::Id);
        }
        let mut url = self.base.clone();
        url.path_segments_mut().map_err(|()| GraphError::Base)?.pop_if_empty().extend(segments);
        for (name, value) in query {
            url.query_pairs_mut().append_pair(name, value);
        }
        Ok(url)
    }

    /// Sends a request with the token and reads its answer as JSON.
    async fn ask<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        token: &Secret,
    ) -> Result<T, GraphError> {
        let whole = async {
            let response = send(request, token).await?;
            let status = response.status();
            let body = read(response).await?;
            if !status.is_success() {
                return Err(error::answer(status.as_u16(), &body));
            }
            serde_json::from_slice(&body).map_err(|_| GraphError::Unreadable)
        };
        tokio::time::timeout(self.config.answer_time_max, whole).await.map_err(|_| GraphError::Time)?
    }
}

/// What an answer without content says.
#[derive(Deserialize)]
struct Success {
    #[serde(default)]
    success: bool,
}

impl Success {
    fn or_unreadable(self) -> Result<(), GraphError> {
        if self.success { Ok(()) } else { Err(GraphError::Unreadable) }
    }
}

const PHONE_NUMBER_FIELDS: &str = "id,display_phone_number,verified_name,status,platform_type,is_on_biz_app";

async fn send(request: RequestBuilder, token: &Secret) -> Result<Response, GraphError> {
    request.bearer_auth(token.reveal()).send().await.map_err(|error| error::transport(&error))
}

/// A whole answer, bounded.
async fn read(mut response: Response) -> Result<Vec<u8>, GraphError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| error::transport(&error))? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(GraphError::Unreadable);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
