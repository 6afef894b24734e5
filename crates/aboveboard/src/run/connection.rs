//! The connection job: does what an administrator asked for at a source's platform, looks once a day whether everything is
//! still as it must be, and writes the answers down.

use std::{sync::Arc, time::Duration};

use aboveboard_connect::whatsapp::graph::{
    Config, Graph, GraphError, PhoneNumber, Synchronisation, WANTED_FIELDS, app_token,
};
use aboveboard_ledger::{Fact, Ledger, Result};
use aboveboard_model::{
    access::Actor,
    connection::{
        AccountNumber, Doing, Errand, Failure, REPORT_FIELDS_MAX, REPORT_NUMBERS_MAX, Report, Token, Webhook,
        Why,
    },
    event::Event,
    personal::Secret,
    source::{self, Source},
};
use jiff::Timestamp;

/// How often is looked whether something was asked for.
const PAUSE: Duration = Duration::from_secs(1);
/// Permissions that an access token must carry: to see the account, and to fetch its messages' files.
const SCOPES: &[&str] = &["whatsapp_business_management", "whatsapp_business_messaging"];

/// Asks the platforms of sources.
pub(crate) struct Asker {
    /// What Meta sees of this server.
    pub origin: String,
    /// Whether a source's Graph API may be on this machine.
    pub stand_in: bool,
}

impl Asker {
    /// Works until the task is dropped.
    pub async fn work(self, ledger: Arc<Ledger>) {
        loop {
            if let Err(error) = self.step(&ledger).await {
                tracing::warn!(%error, "what was found out at a platform could not be written down");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn step(&self, ledger: &Arc<Ledger>) -> Result<()> {
        let due = {
            let ledger = ledger.clone();
            blocking(move || ledger.errands()).await?
        };
        for (source, errand) in due {
            let report = self.ask(&source, errand).await;
            let ledger = ledger.clone();
            let event = source::Event::Reported { source: source.id, report: Box::new(report) };
            blocking(move || {
                let fact = Fact::new(Event::Source { event });
                let indexes = ledger.record(&Actor::System("connection".to_owned()), vec![fact])?;
                // Until the view knows of the answer, it would be asked for again.
                indexes.first().copied().flatten().map_or(Ok(()), |index| ledger.at_least(index))
            })
            .await?;
            metrics::counter!("aboveboard_connection_reports_total").increment(1);
        }
        Ok(())
    }

    async fn ask(&self, source: &Source, errand: Option<Errand>) -> Report {
        let mut talk = Talk { source, report: Report { errand, ..Report::default() } };
        let mut config = Config { loopback: self.stand_in, ..Config::default() };
        if let Some(base) = &source.graph_url {
            config.base.clone_from(base);
        }
        let callback = format!("{}/webhooks/whatsapp/{}", self.origin, source.id);
        match (Graph::new(config), &source.access_token) {
            (_, None) => talk.lacks(Doing::Token, Why::NoToken),
            (Err(error), _) => talk.failed(Doing::Token, &error),
            (Ok(graph), Some(token)) => talk.through(&graph, token, &callback).await,
        }
        talk.report
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or(Err(aboveboard_ledger::Error::Stopped("the connection job")))
}

/// One talk with the platform about a source.
struct Talk<'a> {
    source: &'a Source,
    report: Report,
}

impl Talk<'_> {
    async fn through(&mut self, graph: &Graph, token: &Secret, callback: &str) {
        let Some(app) = self.token(graph, token).await else { return };
        self.numbers(graph, token).await;
        let subscribes = self.report.errand == Some(Errand::Subscribe);
        if let Some(secret) = self.source.secrets.first() {
            let own = app_token(&app, &secret.secret);
            if subscribes {
                self.set_webhook(graph, &own, &app, callback).await;
            }
            self.webhook(graph, &own, &app, callback).await;
        }
        if let Some(account) = &self.source.account {
            if subscribes && let Err(error) = graph.subscribe(token, account).await {
                self.failed(Doing::Subscribe, &error);
            }
            match graph.subscribed_apps(token, account).await {
                Ok(apps) => self.report.subscribed = Some(apps.iter().any(|one| one.id == app)),
                Err(error) => self.failed(Doing::Subscribed, &error),
            }
        }
        if self.report.errand == Some(Errand::Past) {
            self.past(graph, token).await;
        }
    }

    /// The token's app; `None` where nothing else can be asked.
    async fn token(&mut self, graph: &Graph, token: &Secret) -> Option<String> {
        let details = match graph.token_details(token).await {
            Ok(details) if details.is_valid => details,
            Ok(_) => {
                self.lacks(Doing::Token, Why::TokenInvalid);
                return None;
            }
            Err(error) => {
                self.failed(Doing::Token, &error);
                return None;
            }
        };
        let carries = |scope: &&&str| !details.scopes.iter().any(|carried| carried == **scope);
        self.report.token = Some(Token {
            app: details.app_id.clone(),
            ends_at: Some(details.expires_at)
                .filter(|second| *second > 0)
                .and_then(|second| Timestamp::from_second(second).ok()),
            lacks: SCOPES.iter().filter(carries).map(|scope| (*scope).to_owned()).collect(),
        });
        Some(details.app_id)
    }

    /// The account's numbers, or the one number where no account is known.
    async fn numbers(&mut self, graph: &Graph, token: &Secret) {
        match (&self.source.account, &self.source.number) {
            (Some(account), number) => match graph.phone_numbers(token, account).await {
                Ok(numbers) => {
                    self.report.numbers = numbers.into_iter().take(REPORT_NUMBERS_MAX).map(known).collect();
                    let is_there = |id: &String| self.report.numbers.iter().any(|number| number.id == *id);
                    if number.as_ref().is_some_and(|id| !is_there(id)) {
                        self.lacks(Doing::Number, Why::WrongId);
                    }
                }
                Err(error) => self.failed(Doing::Numbers, &error),
            },
            (None, Some(number)) => {
                self.lacks(Doing::Numbers, Why::NoAccount);
                match graph.phone_number(token, number).await {
                    Ok(number) => self.report.numbers = vec![known(number)],
                    Err(error) => self.failed(Doing::Number, &error),
                }
            }
            (None, None) => self.lacks(Doing::Numbers, Why::NoAccount),
        }
    }

    async fn set_webhook(&mut self, graph: &Graph, own: &Secret, app: &str, callback: &str) {
        let set = graph.set_subscription(own, app, callback, &self.source.verify_token, WANTED_FIELDS).await;
        if let Err(error) = set {
            self.failed_as_app(Doing::SetWebhook, &error);
        }
    }

    async fn webhook(&mut self, graph: &Graph, own: &Secret, app: &str, callback: &str) {
        match graph.subscription(own, app).await {
            Ok(found) => {
                let found = found.unwrap_or_default();
                let missing =
                    WANTED_FIELDS.iter().filter(|field| !found.fields.iter().any(|one| one == **field));
                self.report.webhook = Some(Webhook {
                    ours: found.callback.as_deref() == Some(callback),
                    missing: missing.take(REPORT_FIELDS_MAX).map(|field| (*field).to_owned()).collect(),
                });
            }
            Err(error) => self.failed_as_app(Doing::Webhook, &error),
        }
    }

    async fn past(&mut self, graph: &Graph, token: &Secret) {
        let Some(number) = &self.source.number else { return self.lacks(Doing::Past, Why::NoNumber) };
        for what in [Synchronisation::AddressBook, Synchronisation::History] {
            match graph.synchronise(token, number, what).await {
                Ok(_) => self.report.past_asked = true,
                Err(error) => return self.failed(Doing::Past, &error),
            }
        }
    }

    fn lacks(&mut self, doing: Doing, why: Why) {
        self.report.failures.push(Failure { doing, why, code: None, trace: None });
    }

    fn failed(&mut self, doing: Doing, error: &GraphError) {
        let (code, trace) = error.quoted();
        self.report.failures.push(Failure { doing, why: error.why(), code, trace });
    }

    /// What fails with the app's own token fails by the app secret.
    fn failed_as_app(&mut self, doing: Doing, error: &GraphError) {
        self.failed(doing, error);
        if let Some(failure) = self.report.failures.last_mut()
            && matches!(failure.why, Why::TokenInvalid | Why::TokenExpired)
        {
            failure.why = Why::AppSecret;
        }
    }
}

fn known(number: PhoneNumber) -> AccountNumber {
    AccountNumber {
        id: number.id,
        display: number.display_phone_number,
        status: number.status,
        in_app: number.is_on_biz_app,
    }
}
