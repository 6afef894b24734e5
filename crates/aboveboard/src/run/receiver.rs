//! The receiver of webhooks: at most 3 MB, signed, durable, then 200. Nothing is understood here.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use aboveboard_connect::whatsapp::{
    DELIVERY_BYTES_MAX,
    handshake::{self, Refused},
    signature::{HEADER, Signature, signer},
};
use aboveboard_ledger::{Fact, Ledger, Stored};
use aboveboard_model::{
    access::Actor,
    connection::Turned,
    event::Event,
    id::SourceId,
    personal::Secret,
    source::{self, Source},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use jiff::{SignedDuration, Timestamp};
use tokio::{sync::oneshot, time::timeout};

/// How long a delivery may take to arrive.
const BODY_SECONDS_MAX: Duration = Duration::from_secs(30);
/// How long a source's secrets are kept in memory before they are asked for again.
const KEPT: SignedDuration = SignedDuration::from_secs(1);
/// How often callers of one kind are written down at most.
const TOLD_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// Takes a delivery that passed the checks, with its source and which of the secrets signed it; says once, when it is
/// durable or not, so. The bytes are not understood yet.
pub type Keep = Arc<dyn Fn(SourceId, u32, Vec<u8>, Stored) + Send + Sync>;

/// The routes of webhooks: `/webhooks/whatsapp/{source}`. Deliveries go to the ledger, or to `keep`.
pub(crate) fn router(ledger: Arc<Ledger>, keep: Option<Keep>) -> Router {
    let keep = keep.unwrap_or_else(|| {
        let ledger = ledger.clone();
        Arc::new(move |source, secret, body, stored| ledger.receive(source, secret, body, stored))
    });
    let receiver = Arc::new(Receiver { ledger, keep, sources: RwLock::default(), told: Mutex::default() });
    Router::new().route("/webhooks/whatsapp/{source}", get(shake_hands).post(receive)).with_state(receiver)
}

struct Receiver {
    ledger: Arc<Ledger>,
    keep: Keep,
    sources: RwLock<HashMap<SourceId, (Timestamp, Arc<Source>)>>,
    /// When callers were last written down, by source and outcome, and how many came since. Sources are known ones, so
    /// that strangers cannot make it grow.
    told: Mutex<HashMap<(SourceId, Option<Turned>), Told>>,
}

/// Callers of one kind.
struct Told {
    at: Timestamp,
    since: u64,
}

impl Receiver {
    /// Writes down that somebody came: with the right token (`None`), or turned away. At most once in [`TOLD_EVERY`] for
    /// each source and outcome, so that nobody can fill the log; those who come in between are counted with the next.
    fn tell(&self, source: SourceId, turned: Option<Turned>) {
        let now = self.ledger.now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let known = told.entry((source, turned)).or_insert(Told { at: Timestamp::MIN, since: 0 });
        known.since += 1;
        if now.duration_since(known.at) < TOLD_EVERY {
            return;
        }
        let times = std::mem::take(&mut known.since);
        known.at = now;
        drop(told);
        let event = match turned {
            None => source::Event::Greeted { source },
            Some(why) => source::Event::TurnedAway { source, why, times },
        };
        let ledger = self.ledger.clone();
        tokio::task::spawn_blocking(move || {
            let fact = Fact::new(Event::Source { event });
            if let Err(error) = ledger.record(&Actor::System("receiver".to_owned()), vec![fact]) {
                tracing::warn!(%error, "a caller could not be written down");
            }
        });
    }

    fn turn_away(&self, source: SourceId, status: StatusCode, why: Turned) -> Response {
        self.tell(source, Some(why));
        refuse(status, why.word())
    }

    fn source(&self, text: &str) -> Option<Arc<Source>> {
        let id: SourceId = text.parse().ok()?;
        let now = self.ledger.now();
        let kept = self.sources.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some((at, source)) = kept
            && now.duration_since(at) < KEPT
        {
            return Some(source);
        }
        let source = match self.ledger.source(id) {
            Ok(source) => Arc::new(source?),
            Err(error) => {
                tracing::error!(%error, "a source could not be looked up");
                return None;
            }
        };
        self.sources.write().unwrap_or_else(PoisonError::into_inner).insert(id, (now, source.clone()));
        Some(source)
    }
}

async fn shake_hands(
    State(receiver): State<Arc<Receiver>>,
    Path(source): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Response {
    let Some(source) = receiver.source(&source) else {
        return refuse(StatusCode::NOT_FOUND, "unknown_source");
    };
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    match handshake::answer(pairs, &source.verify_token) {
        Ok(challenge) => {
            receiver.tell(source.id, None);
            challenge.to_owned().into_response()
        }
        Err(Refused::Token) => receiver.turn_away(source.id, StatusCode::FORBIDDEN, Turned::VerifyToken),
        Err(Refused::NotAHandshake) => refuse(StatusCode::FORBIDDEN, "not_a_handshake"),
    }
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    Path(source): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some(source) = receiver.source(&source) else {
        return refuse(StatusCode::NOT_FOUND, "unknown_source");
    };
    let signature = headers
        .get(HEADER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| Signature::parse(text).ok());
    let Some(signature) = signature else {
        return receiver.turn_away(source.id, StatusCode::UNAUTHORIZED, Turned::NoSignature);
    };
    let body = match timeout(BODY_SECONDS_MAX, to_bytes(body, DELIVERY_BYTES_MAX)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return receiver.turn_away(source.id, StatusCode::PAYLOAD_TOO_LARGE, Turned::TooLarge),
        Err(_) => return refuse(StatusCode::REQUEST_TIMEOUT, "too_slow"),
    };
    let secrets: Vec<Secret> = source.secrets_at(receiver.ledger.now()).cloned().collect();
    let Some(slot) = signer(&body, &signature, &secrets) else {
        return receiver.turn_away(source.id, StatusCode::UNAUTHORIZED, Turned::WrongSignature);
    };
    let (answer, stored) = oneshot::channel();
    let done = Box::new(move |result: aboveboard_ledger::Result<_>| {
        // A receiver that hung up meanwhile is told again by Meta's retry, which is then known.
        let _ = answer.send(result);
    });
    (receiver.keep)(source.id, u32::try_from(slot).unwrap_or(u32::MAX), body.to_vec(), done);
    match stored.await {
        Ok(Ok(_)) => {
            metrics::counter!("aboveboard_deliveries_total", "outcome" => "stored").increment(1);
            StatusCode::OK.into_response()
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "a delivery could not be stored");
            refuse(StatusCode::SERVICE_UNAVAILABLE, "not_durable")
        }
        Err(_) => refuse(StatusCode::SERVICE_UNAVAILABLE, "not_durable"),
    }
}

fn refuse(status: StatusCode, outcome: &'static str) -> Response {
    metrics::counter!("aboveboard_deliveries_total", "outcome" => outcome).increment(1);
    status.into_response()
}
