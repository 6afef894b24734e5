//! The receiver of webhooks: at most 3 MB, signed, durable, then 200. Nothing is understood here.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use aboveboard_connect::whatsapp::{
    DELIVERY_BYTES_MAX, handshake,
    signature::{HEADER, Signature, signer},
};
use aboveboard_ledger::{Ledger, Stored};
use aboveboard_model::{id::SourceId, personal::Secret, source::Source};
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

/// Takes a delivery that passed the checks, with its source and which of the secrets signed it; says once, when it is
/// durable or not, so. The bytes are not understood yet.
pub type Keep = Arc<dyn Fn(SourceId, u32, Vec<u8>, Stored) + Send + Sync>;

/// The routes of webhooks: `/webhooks/whatsapp/{source}`. Deliveries go to the ledger, or to `keep`.
pub(crate) fn router(ledger: Arc<Ledger>, keep: Option<Keep>) -> Router {
    let keep = keep.unwrap_or_else(|| {
        let ledger = ledger.clone();
        Arc::new(move |source, secret, body, stored| ledger.receive(source, secret, body, stored))
    });
    let receiver = Arc::new(Receiver { ledger, keep, sources: RwLock::default() });
    Router::new().route("/webhooks/whatsapp/{source}", get(shake_hands).post(receive)).with_state(receiver)
}

struct Receiver {
    ledger: Arc<Ledger>,
    keep: Keep,
    sources: RwLock<HashMap<SourceId, (Timestamp, Arc<Source>)>>,
}

impl Receiver {
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
        Ok(challenge) => challenge.to_owned().into_response(),
        Err(_) => refuse(StatusCode::FORBIDDEN, "verify_token"),
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
    let Some(signature) = signature else { return refuse(StatusCode::UNAUTHORIZED, "no_signature") };
    let body = match timeout(BODY_SECONDS_MAX, to_bytes(body, DELIVERY_BYTES_MAX)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return refuse(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        Err(_) => return refuse(StatusCode::REQUEST_TIMEOUT, "too_slow"),
    };
    let secrets: Vec<Secret> = source.secrets_at(receiver.ledger.now()).cloned().collect();
    let Some(slot) = signer(&body, &signature, &secrets) else {
        return refuse(StatusCode::UNAUTHORIZED, "wrong_signature");
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
