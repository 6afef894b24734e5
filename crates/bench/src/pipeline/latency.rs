//! At a steady thousand a second over HTTP: how long after its delivery an alert stands in the open queue.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use aboveboard_connect::whatsapp::signature;
use aboveboard_model::{access::Role, personal::Secret};
use anyhow::{Result, bail, ensure};
use reqwest::{Client, Response};
use tokio::{
    runtime::Runtime,
    sync::Semaphore,
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{PAGE_ROWS_MAX, Running, planted, policy_of, queue};
use crate::{
    Options,
    corpus::Corpus,
    firm, progress,
    report::{Better, Figure, percentile},
    visitor::{self, Visitor},
    webhook,
};

/// Deliveries offered a second.
const OFFERED: usize = 1_000;
/// One delivery in so many is a planted violation.
const PLANTED_EVERY: usize = 100;
/// Requests under way at once; more would only wait in the server.
const UNDER_WAY: usize = 512;
/// How long an alert may take before the bench gives up.
const WAIT: Duration = Duration::from_secs(120);

/// A signed body.
struct Signed {
    body: Vec<u8>,
    signature: String,
}

/// The latencies' 99th percentile and median in seconds.
pub fn measure(
    runtime: &Runtime,
    corpus: &Corpus,
    policies: &[String],
    options: &Options,
) -> Result<[Figure; 2]> {
    let seconds = if options.quick { 10 } else { 30 };
    let deliveries: Vec<Signed> = signed(corpus, seconds * OFFERED);
    let running = Running::start(runtime, policies)?;
    firm::add_users(&running.ledger, Role::Reviewer, 1)?;
    let login = firm::login(Role::Reviewer, 0);
    let mut latencies = runtime.block_on(offer(&running, &login, deliveries))?;
    running.stop(runtime)?;
    let p50 = percentile(&mut latencies, 0.50);
    let p99 = percentile(&mut latencies, 0.99);
    Ok([
        Figure::goal("alert_visible_p99_s_at_1000_per_s", Better::Lower, 1.0, vec![p99]),
        Figure::reported("alert_visible_p50_s_at_1000_per_s", Better::Lower, vec![p50]),
    ])
}

fn signed(corpus: &Corpus, count: usize) -> Vec<Signed> {
    let secret = Secret::new(firm::APP_SECRET);
    let body = |(at, message)| match at % PLANTED_EVERY {
        0 => planted(at / PLANTED_EVERY, "L"),
        _ => webhook::of(&message, "L"),
    };
    let bodies = corpus.messages().take(count).enumerate().map(body);
    bodies.map(|body| Signed { signature: signature::sign(&body, &secret), body }).collect()
}

/// Offers everything at its time and watches the queue; gives the seconds from each planted violation's time to the first
/// queue that shows its alert. A delivery that cannot be sent in time counts from when it should have been.
async fn offer(running: &Running, login: &str, deliveries: Vec<Signed>) -> Result<Vec<f64>> {
    let base = format!("http://{}", running.server.address);
    let visitor = Visitor::sign_in(&base, login).await?;
    let events = visitor.listen().await?;
    let planted = deliveries.len().div_ceil(PLANTED_EVERY);
    let url = format!("{base}/webhooks/whatsapp/{}", running.source);
    let began = Instant::now();
    let sending = tokio::spawn(send(visitor::client()?, url, deliveries));
    let seen = timeout(WAIT, watch(running, events, planted)).await;
    sending.await??;
    let Ok(seen) = seen else { bail!("not every planted violation showed within {WAIT:?}") };
    let interval_s = PLANTED_EVERY as f64 / OFFERED as f64;
    let latency =
        |(at, shown): (usize, Instant)| shown.duration_since(began).as_secs_f64() - at as f64 * interval_s;
    Ok(seen?.into_iter().map(latency).collect())
}

async fn send(client: Client, url: String, deliveries: Vec<Signed>) -> Result<()> {
    let bar = progress::bar("offered at 1,000/s", deliveries.len() as u64);
    let turns = Arc::new(Semaphore::new(UNDER_WAY));
    let mut ticks = interval(Duration::from_secs(1) / OFFERED as u32);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut requests = JoinSet::new();
    for delivery in deliveries {
        ticks.tick().await;
        let turn = turns.clone().acquire_owned().await?;
        let request = client.post(&url).header(signature::HEADER, delivery.signature).body(delivery.body);
        requests.spawn(async move {
            let answer = request.send().await?;
            drop(turn);
            ensure!(answer.status().is_success(), "a delivery was answered {}", answer.status());
            Ok(())
        });
        while let Some(done) = requests.try_join_next() {
            done??;
        }
        bar.inc(1);
    }
    while let Some(done) = requests.join_next().await {
        done??;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Asks for the queue whenever the server says that something changed, until every planted violation was seen.
async fn watch(running: &Running, mut events: Response, planted: usize) -> Result<HashMap<usize, Instant>> {
    let mut seen: HashMap<usize, Instant> = HashMap::new();
    while seen.len() < planted {
        let Some(chunk) = events.chunk().await? else { bail!("the stream of changes ended") };
        if !String::from_utf8_lossy(&chunk).contains("event: changed") {
            continue;
        }
        // The queue is walked from the first policy whose alerts are not all here.
        let mut at = 0;
        while at < planted && (at..(at + PAGE_ROWS_MAX).min(planted)).all(|one| seen.contains_key(&one)) {
            at += PAGE_ROWS_MAX;
        }
        while at < planted {
            let ledger = running.ledger.clone();
            let rows = tokio::task::spawn_blocking(move || queue(&ledger, policy_of(at))).await??;
            let now = Instant::now();
            for row in &rows {
                let one = usize::try_from(row.last_at.as_second() - webhook::second(0))?;
                seen.entry(one).or_insert(now);
            }
            if rows.len() < PAGE_ROWS_MAX {
                break;
            }
            at += PAGE_ROWS_MAX;
        }
    }
    Ok(seen)
}
