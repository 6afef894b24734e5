//! The power is cut under load, again and again: what got 200 is there, once, and every byte is as it was written.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use aboveboard_model::id::SourceId;
use aboveboard_simulate::Random;
use tokio::{task::JoinSet, time::sleep};

use crate::support::*;

/// Rounds where `ABOVEBOARD_KILLS` says nothing else.
const KILLS: u32 = 5;
/// Tasks that post at once.
const POSTERS: u32 = 8;
/// Decides when the power is cut, where `ABOVEBOARD_KILL_SEED` says nothing else.
const SEED: u64 = 20_261_121;
/// How long the server runs under load before it is killed, in milliseconds.
const LOAD_MS: (i64, i64) = (50, 400);

/// What became of posts, by the words in them.
#[derive(Default)]
struct Posted {
    /// Got 200.
    stored: BTreeSet<String>,
    /// Got no answer: may be stored or not. Posted again in the next round, as the platform does.
    unanswered: BTreeSet<String>,
}

fn from_environment<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The id in a message is its words: both are unique.
fn body(words: &str) -> Vec<u8> {
    let poster: u32 = words.bytes().map(u32::from).sum::<u32>() % POSTERS;
    text_body(&format!("55119000001{poster:02}"), &format!("wamid.{words}"), words)
}

/// Posts what had no answer, then new messages, until the server is gone.
async fn load(client: reqwest::Client, url: String, again: Vec<String>, next: Arc<AtomicU32>) -> Posted {
    let mut posted = Posted::default();
    let mut again = again.into_iter();
    loop {
        let words = again.next().unwrap_or_else(|| format!("load {}", next.fetch_add(1, Ordering::SeqCst)));
        match post(&client, &url, body(&words)).await {
            Some(200) => posted.stored.insert(words),
            Some(503) => posted.unanswered.insert(words),
            Some(status) => panic!("{status} for {words}"),
            None => {
                posted.unanswered.insert(words);
                posted.unanswered.extend(again);
                return posted;
            }
        };
    }
}

/// One life of the server: load from all posters, and the cut.
async fn round(firm: &Firm, source: SourceId, ms: u64, posted: &mut Posted, next: &Arc<AtomicU32>) {
    let server = firm.serve();
    let again: Vec<String> = std::mem::take(&mut posted.unanswered).into_iter().collect();
    let mut tasks = JoinSet::new();
    for poster in 0..POSTERS as usize {
        let mine = again.iter().skip(poster).step_by(POSTERS as usize).cloned().collect();
        tasks.spawn(load(server.client.clone(), server.webhook(source), mine, next.clone()));
    }
    sleep(Duration::from_millis(ms)).await;
    server.kill();
    while let Some(done) = tasks.join_next().await {
        let done = done.unwrap();
        posted.stored.extend(done.stored);
        posted.unanswered.extend(done.unanswered);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_got_200_survives_kill_9_under_load_and_is_there_once() {
    let (firm, source) = Firm::connected();
    let mut random = Random::new(from_environment("ABOVEBOARD_KILL_SEED", SEED));
    let (mut posted, next) = (Posted::default(), Arc::new(AtomicU32::new(0)));
    let kills = from_environment("ABOVEBOARD_KILLS", KILLS);
    for _ in 0..kills {
        let ms = u64::try_from(random.between(LOAD_MS.0, LOAD_MS.1)).unwrap();
        round(&firm, source, ms, &mut posted, &next).await;
    }
    assert!(posted.stored.len() >= kills as usize, "there was hardly any load: {}", posted.stored.len());

    let server = firm.serve();
    server.idle().await;
    server.stop().await;
    let ledger = firm.ledger();
    settle(&ledger);
    let mut found: BTreeMap<String, u32> = BTreeMap::new();
    for words in words(&ledger) {
        *found.entry(words).or_default() += 1;
    }
    let lost: Vec<&String> = posted.stored.iter().filter(|words| !found.contains_key(*words)).collect();
    assert!(lost.is_empty(), "{} of {} are lost: {lost:?}", lost.len(), posted.stored.len());
    let twice: Vec<&String> = found.iter().filter(|(_, count)| **count > 1).map(|(words, _)| words).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let invented = |words: &&String| !posted.stored.contains(*words) && !posted.unanswered.contains(*words);
    assert_eq!(found.keys().filter(invented).count(), 0);
    assert_eq!(entries_of(&ledger, "item.captured"), found.len(), "one entry for each item");
    drop(ledger);
    let report = firm.succeed(&["verify"]);
    assert!(report.contains("0 problem(s)"), "{report}");
}
