//! The media worker: fetches files by the Graph API's two steps, seals them as they come, tries again, and records what is lost.

use std::{
    collections::{HashMap, hash_map::Entry},
    io,
    sync::Arc,
    time::Duration,
};

use aboveboard_connect::whatsapp::graph::{Class, Config, Graph, GraphError, next_attempt};
use aboveboard_ledger::{Error, Fact, Ledger, Result, WantedMedia};
use aboveboard_model::{access::Actor, event::Event, source::Source};
use jiff::SignedDuration;
use tokio::{io::AsyncReadExt, sync::mpsc, task::JoinSet};

/// Files fetched at once.
const FETCHES_MAX: usize = 4;
/// Files looked at in one go.
const WANTED_MAX: usize = 256;
/// How long the worker waits for something to fetch.
const PAUSE: Duration = Duration::from_secs(1);
/// Bytes of a file between the network and the seal.
const PIPE_BYTES: usize = 256 * 1024;
/// Pieces of a file between the network and the seal.
const PIECES_MAX: usize = 4;

/// Fetches files until the task is dropped. `stand_in` says whether a source's Graph API may be on this machine.
pub(crate) async fn work(ledger: Arc<Ledger>, stand_in: bool) {
    let mut clients: HashMap<String, Graph> = HashMap::new();
    loop {
        match due(ledger.clone()).await {
            Ok(wanted) if !wanted.is_empty() => {
                for batch in wanted.chunks(FETCHES_MAX) {
                    fetch_all(&ledger, &mut clients, stand_in, batch).await;
                }
            }
            // Views that are behind the log catch up by themselves.
            Ok(_) | Err(Error::Busy) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::warn!(%error, "media could not be looked up");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Files whose next attempt is due, with their sources.
async fn due(ledger: Arc<Ledger>) -> Result<Vec<(WantedMedia, Source)>> {
    let looked_up = tokio::task::spawn_blocking(move || {
        let now = ledger.now();
        let (mut found, mut sources) = (Vec::new(), HashMap::new());
        for wanted in ledger.wanted_media(WANTED_MAX)? {
            let source: &Option<Source> = match sources.entry(wanted.source) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(ledger.source(wanted.source)?),
            };
            let Some(source) = source.as_ref().filter(|source| source.access_token.is_some()) else {
                continue;
            };
            let waits = wanted.tried_at.is_some_and(|tried_at| {
                let wait = next_attempt(Class::Retry, wanted.attempts, wanted.asked_at, tried_at);
                let wait = wait.and_then(|wait| SignedDuration::try_from(wait).ok());
                wait.is_some_and(|wait| now.duration_since(tried_at) < wait)
            });
            if !waits {
                found.push((wanted, source.clone()));
            }
        }
        Ok(found)
    });
    looked_up.await.unwrap_or(Err(Error::Stopped("the media worker")))
}

async fn fetch_all(
    ledger: &Arc<Ledger>,
    clients: &mut HashMap<String, Graph>,
    stand_in: bool,
    batch: &[(WantedMedia, Source)],
) {
    let mut fetches = JoinSet::new();
    for (wanted, source) in batch {
        let mut config = Config { loopback: stand_in, ..Config::default() };
        if let Some(base) = &source.graph_url {
            config.base.clone_from(base);
        }
        let client = match clients.get(&config.base) {
            Some(client) => Ok(client.clone()),
            None => Graph::new(config.clone()).inspect(|client| {
                clients.insert(config.base.clone(), client.clone());
            }),
        };
        fetches.spawn(fetch(ledger.clone(), client, wanted.clone(), source.clone()));
    }
    while let Some(ended) = fetches.join_next().await {
        // What could not be written down while the views were behind is still wanted.
        if let Ok(Err(error)) = ended
            && !matches!(error, Error::Busy)
        {
            tracing::warn!(%error, "a media file could not be written down");
        }
    }
}

async fn fetch(
    ledger: Arc<Ledger>,
    client: std::result::Result<Graph, GraphError>,
    wanted: WantedMedia,
    source: Source,
) -> Result<()> {
    let fetched = match client {
        Ok(client) => fetch_and_seal(ledger.clone(), client, &wanted, &source).await,
        Err(error) => Err(Failure::Fetch(error)),
    };
    match fetched {
        Ok(()) => {
            metrics::counter!("aboveboard_media_total", "outcome" => "stored").increment(1);
            Ok(())
        }
        Err(Failure::Store(error)) => Err(error),
        Err(Failure::Fetch(error)) => {
            metrics::counter!("aboveboard_media_total", "outcome" => "failed").increment(1);
            record_failure(ledger, wanted, error.class()).await
        }
    }
}

enum Failure {
    Fetch(GraphError),
    Store(Error),
}

/// Streams a file from the network into its sealed form; nothing of it is held in memory whole or lies on disk in clear.
async fn fetch_and_seal(
    ledger: Arc<Ledger>,
    client: Graph,
    wanted: &WantedMedia,
    source: &Source,
) -> std::result::Result<(), Failure> {
    let Some(token) = source.access_token.clone() else { return Ok(()) };
    let (mut into, mut from) = tokio::io::duplex(PIPE_BYTES);
    let (pieces, mut received) = mpsc::channel::<io::Result<Vec<u8>>>(PIECES_MAX);
    let sealing = {
        let (ledger, wanted) = (ledger.clone(), wanted.clone());
        tokio::task::spawn_blocking(move || {
            let actor = Actor::System("media".to_owned());
            let mut read = || received.blocking_recv().transpose();
            ledger.record_media(&actor, &wanted, None, &mut read)
        })
    };
    let fetching = async {
        let fetched = client.media(&token, &wanted.media, wanted.declared_sha256.as_deref(), &mut into).await;
        drop(into);
        fetched
    };
    let pumping = async {
        let mut piece = vec![0; PIPE_BYTES];
        while let Ok(length @ 1..) = from.read(&mut piece).await {
            if pieces.send(Ok(piece[..length].to_vec())).await.is_err() {
                break;
            }
        }
    };
    let (fetched, ()) = tokio::join!(fetching, pumping);
    if fetched.is_err() {
        // The seal is told that the file is not what was promised, and keeps nothing of it.
        let _ = pieces.send(Err(io::Error::other("the file did not arrive whole"))).await;
    }
    drop(pieces);
    let sealed = sealing.await;
    fetched.map_err(Failure::Fetch)?;
    match sealed {
        // Until the view knows of the file, it would be asked for again.
        Ok(Ok(Some(index))) => {
            let waited = tokio::task::spawn_blocking(move || ledger.at_least(index)).await;
            waited.unwrap_or(Ok(())).map_err(Failure::Store)
        }
        Ok(Ok(None)) => Ok(()),
        Ok(Err(error)) => Err(Failure::Store(error)),
        Err(_) => Err(Failure::Store(Error::Stopped("a seal"))),
    }
}

async fn record_failure(ledger: Arc<Ledger>, wanted: WantedMedia, class: Class) -> Result<()> {
    let recorded = tokio::task::spawn_blocking(move || {
        let attempts = wanted.attempts + 1;
        let again = next_attempt(class, attempts, wanted.asked_at, ledger.now());
        let reason = match class {
            Class::Auth => "refused",
            Class::Gone => "gone",
            Class::Never => "invalid",
            Class::Throttle | Class::Retry if again.is_none() => "expired",
            Class::Throttle | Class::Retry => "unreachable",
        };
        let event = Event::MediaFailed {
            item: wanted.item,
            media: wanted.media,
            attempts,
            reason: reason.to_owned(),
            permanent: again.is_none(),
        };
        let index = ledger.record(&Actor::System("media".to_owned()), vec![Fact::new(event)])?;
        // Until the view knows of the attempt, the file would be asked for again at once.
        match index.first().copied().flatten() {
            Some(index) => ledger.at_least(index),
            None => Ok(()),
        }
    });
    recorded.await.unwrap_or(Err(Error::Stopped("the media worker")))
}
