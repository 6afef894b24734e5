//! Live updates: a stream that says only that something changed, and up to which entry.

use std::{convert::Infallible, sync::Arc, time::Duration};

use aboveboard_model::id::Index;
use axum::response::{
    IntoResponse,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, stream};
use tokio::{
    sync::watch::Receiver,
    time::{Instant, sleep, timeout_at},
};

use crate::{problem::Problem, reply::Reply, router::Console, session::Key, visit::Visit};

/// How long a stream lasts; the browser opens another, which finds out whether the session still holds.
const STREAM_SECONDS_MAX: Duration = Duration::from_secs(15 * 60);
/// How often a comment shows that the line is not dead.
const ALIVE_SECONDS: Duration = Duration::from_secs(20);
/// Changes closer than this are told as one.
const QUIET: Duration = Duration::from_millis(200);

/// Streams `changed` with the index of the newest entry that pages show.
pub(super) fn stream(visit: &Visit) -> Result<Reply, Problem> {
    let session = visit.viewer()?.session;
    if !visit.console.streams.take(session) {
        return Err(Problem::Busy);
    }
    let watched = Watched {
        console: visit.console.clone(),
        session,
        moved: visit.ledger().subscribe(),
        until: Instant::now() + STREAM_SECONDS_MAX,
    };
    let alive = KeepAlive::new().interval(ALIVE_SECONDS);
    Ok(Sse::new(watched.changes()).keep_alive(alive).into_response().into())
}

struct Watched {
    console: Arc<Console>,
    session: Key,
    moved: Receiver<Index>,
    until: Instant,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.console.streams.leave(self.session);
    }
}

impl Watched {
    fn changes(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut watched| async move {
            timeout_at(watched.until, watched.moved.changed()).await.ok()?.ok()?;
            sleep(QUIET).await;
            let now = watched.console.ledger.now();
            if !watched.console.sessions.is_alive(watched.session, now) {
                return None;
            }
            let index = *watched.moved.borrow_and_update();
            Some((Ok(Event::default().event("changed").data(index.to_string())), watched))
        })
    }
}
