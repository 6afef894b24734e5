//! Posts signed deliveries to a callback as the platform does: at least once, in no order that holds, again when refused.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use reqwest::Client;
use serde_json::Value;
use sha2::Sha256;
use tokio::{sync::watch, task::JoinSet, time};

use crate::{delivery::Delivery, error::Error, random::Random, webhook};

/// The wait before the second try; it doubles from try to try.
const BACKOFF_MS: u64 = 100;
/// The longest wait between two tries.
const BACKOFF_MS_MAX: u64 = 5_000;
/// How long one answer may take.
const ANSWER_SECONDS_MAX: u64 = 30;

/// How deliveries reach a callback.
#[derive(Debug, Clone)]
pub struct Options {
    /// The receiver's URL.
    pub callback: String,
    /// The key of the signature.
    pub app_secret: String,
    /// Decides duplicates and order.
    pub seed: u64,
    /// Posts under way at once; 1 keeps their order.
    pub concurrency: usize,
    /// Deliveries merged into one body; 1 leaves them as they are.
    pub batch: usize,
    /// Share of bodies that are posted twice, in percent.
    pub duplicate_percent: u32,
    /// How many bodies one may be overtaken by; 0 keeps their order.
    pub reorder_window: usize,
    /// Tries of one body before it is given up; at least 1.
    pub attempts_max: u32,
    /// Bodies a second; as fast as answers come when none.
    pub per_second: Option<u32>,
}

impl Options {
    /// One at a time, in order, once, eight tries each, as fast as the receiver answers.
    #[must_use]
    pub fn plain(callback: &str, app_secret: &str) -> Self {
        Self {
            callback: callback.to_owned(),
            app_secret: app_secret.to_owned(),
            seed: 0,
            concurrency: 1,
            batch: 1,
            duplicate_percent: 0,
            reorder_window: 0,
            attempts_max: 8,
            per_second: None,
        }
    }
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bodies that got 200, duplicates included.
    pub accepted: u64,
    /// Messages in them, duplicates included.
    pub messages: u64,
    /// Tries that got something else.
    pub refused: u64,
    /// Bodies given up after the last try.
    pub lost: u64,
    /// True when every delivery was posted or given up, false when it was stopped before.
    pub finished: bool,
}

/// The value of `X-Hub-Signature-256` for a body: `sha256=` and HMAC-SHA-256 over the raw bytes in lower hexadecimal.
#[must_use]
pub fn sign(app_secret: &str, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// Asks the callback to prove itself, as the platform does before it subscribes.
///
/// # Errors
/// [`Error::Callback`] when it cannot be reached, [`Error::Handshake`] when it does not echo the challenge.
pub async fn handshake(callback: &str, verify_token: &str, challenge: u32) -> Result<(), Error> {
    let challenge = challenge.to_string();
    let query =
        [("hub.mode", "subscribe"), ("hub.challenge", &challenge), ("hub.verify_token", verify_token)];
    let url = reqwest::Url::parse_with_params(callback, query).map_err(|_| Error::Handshake { status: 0 })?;
    let answer = client()?.get(url).send().await?;
    let status = answer.status().as_u16();
    if status == 200 && answer.text().await? == challenge { Ok(()) } else { Err(Error::Handshake { status }) }
}

/// Posts deliveries until there are no more, or until `stop` turns true.
///
/// # Errors
/// [`Error::Callback`] when no HTTP client can be made; a callback that refuses is counted, not an error.
pub async fn deliver(
    options: &Options,
    deliveries: impl Iterator<Item = Delivery>,
    mut report: impl FnMut(Progress),
    stop: watch::Receiver<bool>,
) -> Result<Progress, Error> {
    let client = client()?;
    let mut random = Random::new(options.seed).fork("deliver");
    let mut progress = Progress::default();
    let mut posts = JoinSet::new();
    let mut pace = options.per_second.map(|rate| time::interval(Duration::from_secs(1) / rate.max(1)));
    let disturbed = Disturbed::new(Merged { inner: deliveries, batch: options.batch }, options, &mut random);
    for delivery in disturbed {
        if *stop.borrow() {
            break;
        }
        if let Some(pace) = &mut pace {
            pace.tick().await;
        }
        while posts.len() >= options.concurrency.max(1) {
            count(&mut progress, posts.join_next().await);
        }
        posts.spawn(post(client.clone(), options.clone(), delivery, stop.clone()));
        report(progress);
    }
    while let Some(posted) = posts.join_next().await {
        count(&mut progress, Some(posted));
    }
    progress.finished = !*stop.borrow();
    report(progress);
    Ok(progress)
}

fn count(progress: &mut Progress, posted: Option<Result<Posted, tokio::task::JoinError>>) {
    match posted {
        Some(Ok(posted)) => {
            progress.refused += u64::from(posted.refused);
            if posted.accepted {
                progress.accepted += 1;
                progress.messages += posted.messages;
            } else {
                progress.lost += 1;
            }
        }
        Some(Err(_)) => progress.lost += 1,
        None => {}
    }
}

struct Posted {
    accepted: bool,
    refused: u32,
    messages: u64,
}

/// Posts one body until it gets 200, the tries are used up, or everything stops.
async fn post(
    client: Client,
    options: Options,
    delivery: Delivery,
    mut stop: watch::Receiver<bool>,
) -> Posted {
    let signature = sign(&options.app_secret, &delivery.body);
    let messages = delivery.messages as u64;
    let mut wait_ms = BACKOFF_MS;
    for refused in 0..options.attempts_max.max(1) {
        let request = client
            .post(&options.callback)
            .header("content-type", "application/json")
            .header("x-hub-signature-256", &signature)
            .body(delivery.body.clone());
        if request.send().await.is_ok_and(|answer| answer.status().as_u16() == 200) {
            return Posted { accepted: true, refused, messages };
        }
        tokio::select! {
            () = time::sleep(Duration::from_millis(wait_ms)) => {}
            _ = stop.wait_for(|stop| *stop) => return Posted { accepted: false, refused: refused + 1, messages },
        }
        wait_ms = (wait_ms * 2).min(BACKOFF_MS_MAX);
    }
    Posted { accepted: false, refused: options.attempts_max.max(1), messages }
}

fn client() -> Result<Client, Error> {
    Ok(Client::builder().no_proxy().timeout(Duration::from_secs(ANSWER_SECONDS_MAX)).build()?)
}

/// Joins the entries of several deliveries into one body, never beyond the size limit.
struct Merged<I> {
    inner: I,
    batch: usize,
}

impl<I: Iterator<Item = Delivery>> Iterator for Merged<I> {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        let first = self.inner.next()?;
        if self.batch <= 1 {
            return Some(first);
        }
        Some(merge(first, self.inner.by_ref().take(self.batch - 1)))
    }
}

fn merge(mut merged: Delivery, others: impl Iterator<Item = Delivery>) -> Delivery {
    let mut entries = entries(&merged.body);
    for other in others {
        merged.at = other.at;
        merged.messages += other.messages;
        merged.inbound.extend(other.inbound);
        entries.extend(self::entries(&other.body));
    }
    merged.body = webhook::to_bytes(&webhook::envelope(entries));
    merged
}

fn entries(body: &[u8]) -> Vec<Value> {
    let parsed: Value = serde_json::from_slice(body).unwrap_or_default();
    parsed["entry"].as_array().cloned().unwrap_or_default()
}

/// Repeats and reorders deliveries within a window; nothing is lost.
pub struct Disturbed<I> {
    inner: I,
    window: usize,
    duplicate_percent: u32,
    waiting: Vec<Delivery>,
    random: Random,
}

impl<I: Iterator<Item = Delivery>> Disturbed<I> {
    /// Disturbs an order as the options ask.
    pub fn new(inner: I, options: &Options, random: &mut Random) -> Self {
        Self {
            inner,
            window: options.reorder_window,
            duplicate_percent: options.duplicate_percent,
            waiting: Vec::new(),
            random: random.fork("disturbed"),
        }
    }
}

impl<I: Iterator<Item = Delivery>> Iterator for Disturbed<I> {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        while self.waiting.len() <= self.window {
            let Some(delivery) = self.inner.next() else { break };
            if self.random.chance(self.duplicate_percent) {
                self.waiting.push(delivery.clone());
            }
            self.waiting.push(delivery);
        }
        if self.waiting.is_empty() {
            return None;
        }
        let place = if self.window == 0 { 0 } else { self.random.index(self.waiting.len()) };
        Some(self.waiting.remove(place))
    }
}
