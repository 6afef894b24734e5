//! A receiver that checks signatures by itself, refuses some bodies, and counts what it got.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use aboveboard_simulate::deliver::{self, Options, sign};
use axum::{
    Router,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    routing::get,
};
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, sync::watch};

use crate::common::{DELIVERIES, wamids};

pub const SECRET: &str = "an app secret";
pub const VERIFY_TOKEN: &str = "a verify token";

#[derive(Default)]
pub struct Received {
    pub bodies: Vec<Vec<u8>>,
    pub posts: usize,
    pub bad_signatures: usize,
    /// Refuse every so many posts with 503; 0 refuses none.
    pub refuse_every: usize,
}

pub type Shared = Arc<Mutex<Received>>;

/// HMAC-SHA-256 from its definition (RFC 2104), not by the crate under test.
fn hmac(key: &[u8], message: &[u8]) -> String {
    let pad =
        |byte: u8| -> Vec<u8> { (0..64).map(|place| key.get(place).copied().unwrap_or(0) ^ byte).collect() };
    let inner = Sha256::digest([pad(0x36), message.to_vec()].concat());
    hex::encode(Sha256::digest([pad(0x5c), inner.to_vec()].concat()))
}

async fn receive(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut received = shared.lock().unwrap();
    received.posts += 1;
    if received.refuse_every > 0 && received.posts.is_multiple_of(received.refuse_every) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let expected = format!("sha256={}", hmac(SECRET.as_bytes(), &body));
    if headers.get("x-hub-signature-256").is_none_or(|value| *value != *expected) {
        received.bad_signatures += 1;
        return StatusCode::UNAUTHORIZED;
    }
    received.bodies.push(body.to_vec());
    StatusCode::OK
}

async fn verify(
    Query(query): Query<std::collections::HashMap<String, String>>,
) -> Result<String, StatusCode> {
    let proven = query.get("hub.verify_token").is_some_and(|token| token == VERIFY_TOKEN)
        && query.get("hub.mode").is_some_and(|mode| mode == "subscribe");
    query.get("hub.challenge").filter(|_| proven).cloned().ok_or(StatusCode::FORBIDDEN)
}

/// Starts a receiver on loopback; it ends with the test's runtime.
pub async fn start(refuse_every: usize) -> (SocketAddr, Shared) {
    let shared: Shared = Arc::new(Mutex::new(Received { refuse_every, ..Received::default() }));
    let routes = Router::new().route("/hook", get(verify).post(receive)).with_state(Arc::clone(&shared));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (address, shared)
}

fn ids(bodies: impl Iterator<Item = Vec<u8>>) -> BTreeSet<String> {
    bodies.flat_map(|body| wamids(&body).collect::<Vec<_>>()).collect()
}

#[test]
fn the_signature_is_hmac_over_the_raw_bytes() {
    assert_eq!(
        sign("key", b"The quick brown fox jumps over the lazy dog"),
        "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    );
    let body = &DELIVERIES[100].body;
    assert_eq!(sign(SECRET, body), format!("sha256={}", hmac(SECRET.as_bytes(), body)));
}

#[tokio::test]
async fn a_receiver_that_refuses_every_fifth_post_still_gets_every_item() {
    let (address, shared) = start(5).await;
    let options = Options {
        seed: 11,
        concurrency: 4,
        batch: 3,
        duplicate_percent: 20,
        reorder_window: 10,
        ..Options::plain(&format!("http://{address}/hook"), SECRET)
    };
    let part = &DELIVERIES[..240];
    let (_stop, stopped) = watch::channel(false);
    let mut reports = 0;
    let progress = deliver::deliver(&options, part.iter().cloned(), |_| reports += 1, stopped).await.unwrap();
    let received = shared.lock().unwrap();
    assert!(progress.finished && progress.lost == 0 && progress.refused > 10, "{progress:?}");
    assert_eq!(progress.accepted, received.bodies.len() as u64);
    assert!(progress.accepted > 80, "80 merged bodies and their duplicates");
    assert_eq!(received.bad_signatures, 0);
    assert!(reports > 80);
    assert_eq!(ids(received.bodies.iter().cloned()), ids(part.iter().map(|d| d.body.clone())));
}

#[tokio::test]
async fn a_receiver_that_always_refuses_is_given_up_after_the_last_try() {
    let (address, shared) = start(1).await;
    let options = Options { attempts_max: 2, ..Options::plain(&format!("http://{address}/hook"), SECRET) };
    let (_stop, stopped) = watch::channel(false);
    let progress =
        deliver::deliver(&options, DELIVERIES[..3].iter().cloned(), |_| {}, stopped).await.unwrap();
    assert_eq!((progress.accepted, progress.refused, progress.lost), (0, 6, 3));
    assert_eq!(shared.lock().unwrap().posts, 6);
}

#[tokio::test]
async fn the_handshake_needs_the_right_token() {
    let (address, _) = start(0).await;
    let callback = format!("http://{address}/hook");
    deliver::handshake(&callback, VERIFY_TOKEN, 42).await.unwrap();
    assert!(deliver::handshake(&callback, "another", 42).await.is_err());
}
