//! `pages`: fifty people work the queue at a human pace without a script, one more listens for changes, and the weight of
//! what a browser is sent.

mod reviewer;
mod weight;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use aboveboard::{Server, Wiring};
use aboveboard_connect::whatsapp::signature;
use aboveboard_ledger::Ledger;
use aboveboard_model::{id::SourceId, personal::Secret};
use anyhow::{Context, Result, bail, ensure};
use tokio::{
    runtime::Runtime,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    Options,
    archive::{self, Archive, REVIEWERS},
    corpus::Corpus,
    firm::{self, Firm},
    policies, progress,
    random::Random,
    report::{Better, Figure, Report, percentile},
    visitor::{self, Visitor},
    webhook::{self, Text},
};

/// How long after an append a change may show before the bench gives up.
const SHOWN_MAX: Duration = Duration::from_secs(30);
/// Time between two messages that the listener waits for.
const BETWEEN: Duration = Duration::from_millis(1_300);

/// Runs the bench; says whether its goals are held.
///
/// # Errors
/// A page that is refused or broken, a change that never shows, and the machine's.
pub fn run(options: &Options) -> Result<bool> {
    let mut report = Report::begin("pages");
    let runtime = Runtime::new()?;
    let corpus = Corpus::new(options.seed);
    let policies = policies::all(&corpus, options.seed);
    let messages = if options.quick { 10_000 } else { archive::MILLION };
    let (runs, time) = if options.quick { (1, 15) } else { (3, 40) };
    let archive = Archive::obtain(&runtime, &corpus, &policies, options.seed, messages)?;
    let folder = tempfile::tempdir_in(firm::scratch()?)?;
    let data = folder.path().join("data");
    archive.copy_to(&data)?;
    let firm = Firm::new(&data);
    let ledger = firm.open()?;
    let server = runtime.block_on(Server::start(ledger.clone(), &firm.config, None, Wiring::SHIPPED))?;
    let site = Site { ledger, source: archive.source, base: format!("http://{}", server.address) };
    let size = if options.quick { format!("_at_{messages}") } else { String::new() };
    let (mut tails, mut live, mut decided) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..runs {
        let worked = runtime.block_on(work(&site, options.seed + run, Duration::from_secs(time)))?;
        tails.push(worked.p95_ms);
        live.push(worked.live_p99_s);
        decided.push(worked.decided as f64);
    }
    report.add(Figure::goal(&format!("p95_ms_of_50_reviewers{size}"), Better::Lower, 150.0, tails));
    report.add(Figure::goal(&format!("live_update_p99_s{size}"), Better::Lower, 1.0, live));
    report.add(Figure::reported("alerts_decided", Better::Higher, decided));
    for figure in runtime.block_on(weight::measure(&site.base))? {
        report.add(figure);
    }
    runtime.block_on(server.stop())?;
    Ok(report.finish())
}

/// The server under work.
struct Site {
    ledger: Arc<Ledger>,
    source: SourceId,
    base: String,
}

/// What a run gave.
struct Worked {
    p95_ms: f64,
    live_p99_s: f64,
    decided: usize,
}

/// Lets everybody work for a time.
async fn work(site: &Site, seed: u64, time: Duration) -> Result<Worked> {
    let mut people = Vec::with_capacity(REVIEWERS);
    let bar = progress::bar("signing in", REVIEWERS as u64);
    for at in 0..REVIEWERS {
        people.push(Visitor::sign_in(&site.base, &archive::reviewer(at)).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let listener = people.first().context("somebody signs in")?.clone();
    let until = Instant::now() + time;
    let mut working = JoinSet::new();
    for (at, person) in people.into_iter().enumerate() {
        let random = Random::new(seed, &format!("reviewer {at}"));
        working.spawn(reviewer::work(person, random, until));
    }
    let mut live = listen(site, &listener, until, seed).await?;
    let (mut times, mut decided) = (Vec::new(), 0);
    while let Some(ended) = working.join_next().await {
        let worked = ended??;
        times.extend(worked.times_ms);
        decided += worked.decided;
    }
    ensure!(decided > 0, "nobody decided anything");
    Ok(Worked { p95_ms: percentile(&mut times, 0.95), live_p99_s: percentile(&mut live, 0.99), decided })
}

/// Posts a message now and then; gives the seconds from its append to the event that says that it shows.
async fn listen(site: &Site, visitor: &Visitor, until: Instant, seed: u64) -> Result<Vec<f64>> {
    let mut events = visitor.listen().await?;
    let client = visitor::client()?;
    let url = format!("{}/webhooks/whatsapp/{}", site.base, site.source);
    let secret = Secret::new(firm::APP_SECRET);
    let mut seconds = Vec::new();
    for at in 0.. {
        if Instant::now() >= until {
            break;
        }
        let body = webhook::body(&Text {
            id: &format!("live{seed:x}x{at}"),
            number: 0,
            client: &webhook::client_digits(at),
            out: false,
            second: webhook::second(at),
            text: "is it there yet?",
        });
        let signature = signature::sign(&body, &secret);
        let answer = client.post(&url).header(signature::HEADER, signature).body(body).send().await?;
        ensure!(answer.status().is_success(), "a delivery was answered {}", answer.status());
        let (began, head) = (Instant::now(), site.ledger.len());
        loop {
            let chunk = timeout(SHOWN_MAX, events.chunk()).await.context("no change shows")??;
            let Some(chunk) = chunk else { bail!("the stream of changes ended") };
            // What the delivery holds is an entry after it, so that an index past both is needed.
            if changed(&chunk).is_some_and(|index| index > head) {
                break;
            }
        }
        seconds.push(began.elapsed().as_secs_f64());
        sleep(BETWEEN).await;
    }
    Ok(seconds)
}

/// The index that an event names.
fn changed(chunk: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(chunk).ok()?;
    let line = text.lines().filter_map(|line| line.strip_prefix("data:")).next_back()?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_index_of_a_chunk_counts_and_a_comment_is_none() {
        assert_eq!(changed(b"event: changed\ndata: 7\n\nevent: changed\ndata: 9\n\n"), Some(9));
        assert_eq!(changed(b":\n\n"), None);
    }
}
