//! Who is told of an account, where deliveries go, and what a token may do.

use aboveboard_model::personal::Secret;
use serde::Deserialize;

use super::{Graph, GraphError, Success};

/// The object whose fields an app subscribes to.
const OBJECT: &str = "whatsapp_business_account";

/// An app that receives an account's webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscribedApp {
    /// The app's id.
    pub id: String,
    /// The app's name.
    pub name: Option<String>,
}

/// Where an app takes its webhooks, and which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription {
    /// The address that deliveries go to.
    pub callback: Option<String>,
    /// The fields.
    pub fields: Vec<String>,
}

/// What is said of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TokenDetails {
    /// The app that it is of.
    pub app_id: String,
    /// Whether it is good now.
    pub is_valid: bool,
    /// Seconds since 1970 UTC at which it ends; 0 for never.
    pub expires_at: i64,
    /// The permissions that it carries.
    pub scopes: Vec<String>,
}

impl Graph {
    /// What a token is and may do, asked with the token itself: `GET /debug_token`.
    ///
    /// # Errors
    /// [`GraphError`] with its class.
    pub async fn token_details(&self, token: &Secret) -> Result<TokenDetails, GraphError> {
        #[derive(Deserialize)]
        struct Answer {
            data: TokenDetails,
        }
        let url = self.url(&["debug_token"], &[("input_token", token.reveal())])?;
        let answer: Answer = self.ask(self.client.get(url), token).await?;
        Ok(answer.data)
    }

    /// The apps that receive an account's webhooks: `GET /{waba}/subscribed_apps`.
    ///
    /// # Errors
    /// [`GraphError`] with its class.
    pub async fn subscribed_apps(
        &self,
        token: &Secret,
        account: &str,
    ) -> Result<Vec<SubscribedApp>, GraphError> {
        #[derive(Deserialize)]
        struct Row {
            whatsapp_business_api_data: App,
        }
        #[derive(Deserialize)]
        struct App {
            id: String,
            name: Option<String>,
        }
        let rows: Vec<Row> = self.list(token, account, "subscribed_apps", &[]).await?;
        let apps = rows.into_iter().map(|row| row.whatsapp_business_api_data);
        Ok(apps.map(|app| SubscribedApp { id: app.id, name: app.name }).collect())
    }

    /// Lets the token's app receive an account's webhooks: `POST /{waba}/subscribed_apps`. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`GraphError`] with its class.
    pub async fn subscribe(&self, token: &Secret, account: &str) -> Result<(), GraphError> {
        let url = self.url(&[account, "subscribed_apps"], &[])?;
        let answer: Success = self.ask(self.client.post(url), token).await?;
        answer.or_unreadable()
    }

    /// Where an app takes webhooks of accounts: `GET /{app}/subscriptions`, with the app's own token. Those of
    /// [`WANTED_FIELDS`](super::WANTED_FIELDS) that are missing are messages that will be missed. `None` where it takes none.
    ///
    /// # Errors
    /// [`GraphError`] with its class.
    pub async fn subscription(
        &self,
        app_token: &Secret,
        app: &str,
    ) -> Result<Option<Subscription>, GraphError> {
        #[derive(Deserialize)]
        struct Row {
            object: String,
            callback_url: Option<String>,
            #[serde(default)]
            fields: Vec<Field>,
        }
        #[derive(Deserialize)]
        struct Field {
            name: String,
        }
        let rows: Vec<Row> = self.list(app_token, app, "subscriptions", &[]).await?;
        let ours = rows.into_iter().find(|row| row.object == OBJECT);
        Ok(ours.map(|row| Subscription {
            callback: row.callback_url,
            fields: row.fields.into_iter().map(|field| field.name).collect(),
        }))
    }

    /// Sets where an app takes webhooks of accounts, and which: `POST /{app}/subscriptions`, with the app's own token. The
    /// platform asks the address to prove itself before it answers.
    ///
    /// # Errors
    /// [`GraphError`] with its class; code 2200 says that the address did not prove itself.
    pub async fn set_subscription(
        &self,
        app_token: &Secret,
        app: &str,
        callback: &str,
        verify_token: &Secret,
        fields: &[&str],
    ) -> Result<(), GraphError> {
        let url = self.url(&[app, "subscriptions"], &[])?;
        let body = serde_json::json!({
            "object": OBJECT,
            "callback_url": callback,
            "verify_token": verify_token.reveal(),
            "fields": fields.join(","),
        });
        let answer: Success = self.ask(self.client.post(url).json(&body), app_token).await?;
        answer.or_unreadable()
    }
}

/// The token by which an app speaks for itself: its id and its secret.
pub fn app_token(app: &str, secret: &Secret) -> Secret {
    Secret::new(format!("{app}|{}", secret.reveal()))
}
