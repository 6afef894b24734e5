//! What operators ask: whether every part is at work, and the figures.

use std::sync::Arc;

use aboveboard_ledger::Ledger;
use anyhow::Result;
use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::task::AbortHandle;

use crate::run::runner::Pulse;

/// The parts of a server that have to be at work.
#[derive(Clone)]
pub(super) struct Health {
    ledger: Arc<Ledger>,
    runner: Pulse,
    media: AbortHandle,
}

impl Health {
    pub fn new(ledger: Arc<Ledger>, runner: Pulse, media: AbortHandle) -> Self {
        Self { ledger, runner, media }
    }

    /// The parts that have ended: `fold`, `search`, `tree`, `runner`, `media`.
    pub fn ended(&self) -> Vec<&'static str> {
        let mut ended = self.ledger.ended();
        ended.extend((!self.runner.is_alive()).then_some("runner"));
        ended.extend(self.media.is_finished().then_some("media"));
        ended
    }
}

/// `/healthz`, for whoever watches from outside: `ok`, or which parts have ended. It says nothing else.
pub(super) fn health(health: Health) -> Router {
    Router::new().route("/healthz", get(healthz)).with_state(health)
}

async fn healthz(State(health): State<Health>) -> impl IntoResponse {
    match health.ended().as_slice() {
        [] => (StatusCode::OK, "ok\n".to_owned()),
        ended => (StatusCode::SERVICE_UNAVAILABLE, format!("ended: {}\n", ended.join(", "))),
    }
}

/// `/metrics`, on an address of its own: how much a firm writes, and when, is nobody else's business.
pub(super) fn figures(ledger: Arc<Ledger>) -> Result<Router> {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::debug!("metrics are recorded already");
    }
    Ok(Router::new().route("/metrics", get(show)).with_state((ledger, handle)))
}

/// Counters and the backlog; nothing of what people wrote.
async fn show(State((ledger, handle)): State<(Arc<Ledger>, PrometheusHandle)>) -> impl IntoResponse {
    let entries = ledger.len();
    let backlog = tokio::task::spawn_blocking(move || ledger.backlog()).await;
    metrics::gauge!("aboveboard_log_entries").set(entries as f64);
    if let Ok(Ok(backlog)) = backlog {
        metrics::gauge!("aboveboard_backlog_entries").set(backlog.unfolded as f64);
        metrics::gauge!("aboveboard_backlog_deliveries").set(backlog.unread as f64);
        metrics::gauge!("aboveboard_backlog_documents").set(backlog.unjudged as f64);
        metrics::gauge!("aboveboard_backlog_media").set(backlog.media as f64);
    }
    handle.render()
}

#[cfg(test)]
mod tests {
    use aboveboard_ledger::{DeploymentKey, Options};

    use super::*;
    use crate::{run::runner::Runner, thinking};

    #[tokio::test]
    async fn every_part_that_has_ended_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(Options {
            folder: folder.path().join("data"),
            origin: "test.example/firm/br/evidence".into(),
            deployment_key: DeploymentKey::new([7; 32]),
            derive: thinking::DERIVE,
            check: aboveboard_policy::check,
            clock: super::super::clock(),
            chunk_entries: aboveboard_ledger::CHUNK_ENTRIES,
        });
        let ledger = Arc::new(ledger.unwrap());
        let runner = Runner::start(ledger.clone()).unwrap();
        let media = tokio::spawn(std::future::pending::<()>());
        let health = Health::new(ledger, runner.pulse(), media.abort_handle());
        let told = async || healthz(State(health.clone())).await.into_response().status();
        assert_eq!((health.ended(), told().await), (vec![], StatusCode::OK));
        drop(runner);
        assert_eq!((health.ended(), told().await), (vec!["runner"], StatusCode::SERVICE_UNAVAILABLE));
        media.abort();
        assert!(media.await.unwrap_err().is_cancelled());
        assert_eq!(health.ended(), ["runner", "media"]);
    }
}
