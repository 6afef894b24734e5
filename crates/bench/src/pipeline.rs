//! `pipeline`: intake, detection, 300 policies, fold and index; how many a second, how soon an alert shows, and whether
//! a full archive makes it dearer.

mod cost;
mod latency;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use aboveboard::{Server, Wiring};
use aboveboard_ledger::{
    By, Ledger,
    view::{AlertRow, PAGE_ROWS_MAX, QueueFilter},
};
use aboveboard_model::{
    access::{Access, Purpose},
    id::SourceId,
};
use anyhow::{Result, ensure};
use tokio::runtime::Runtime;

use crate::{
    Options,
    corpus::{Corpus, NUMBERS},
    firm::{self, Feed, Firm},
    machine, policies, progress,
    report::{Better, Figure, Report},
    webhook::{self, Text},
};

/// One message in so many is a planted violation.
const PLANTED_EVERY: usize = 500;

/// Runs the bench; says whether its goals are held.
///
/// # Errors
/// Anything wrong with what the pipeline found, or with the machine.
pub fn run(options: &Options) -> Result<bool> {
    let mut report = Report::begin("pipeline");
    let corpus = Corpus::new(options.seed);
    let policies = policies::all(&corpus, options.seed);
    let runtime = Runtime::new()?;
    let (messages, runs) = if options.quick { (10_000, 1) } else { (60_000, 3) };
    let (mut rates, mut costs) = (Vec::new(), Vec::new());
    for turn in 0..runs {
        let run = format!("P{turn}");
        let (rate, cost) = throughput(&runtime, &corpus, &policies, messages, &run)?;
        rates.push(rate);
        costs.push(cost);
    }
    report.add(Figure::goal("messages_per_s", Better::Higher, 5_000.0, rates));
    report.add(Figure::reported("cpu_us_per_message", Better::Lower, costs));
    for figure in latency::measure(&runtime, &corpus, &policies, options)? {
        report.add(figure);
    }
    for figure in cost::measure(&runtime, &corpus, &policies, options)? {
        report.add(figure);
    }
    Ok(report.finish())
}

/// A whole server in this process, as shipped, on a folder that goes with it.
struct Running {
    ledger: Arc<Ledger>,
    server: Server,
    source: SourceId,
    _folder: Option<tempfile::TempDir>,
}

impl Running {
    /// Starts one on an empty folder.
    fn start(runtime: &Runtime, policies: &[String]) -> Result<Self> {
        let folder = tempfile::tempdir_in(firm::scratch()?)?;
        let firm = Firm::new(folder.path());
        let ledger = firm.open()?;
        let source = firm::prepare(&ledger, policies)?;
        Self::serve(runtime, &firm, ledger, source, Some(folder))
    }

    fn serve(
        runtime: &Runtime,
        firm: &Firm,
        ledger: Arc<Ledger>,
        source: SourceId,
        folder: Option<tempfile::TempDir>,
    ) -> Result<Self> {
        let server = runtime.block_on(Server::start(ledger.clone(), &firm.config, None, Wiring::SHIPPED))?;
        Ok(Running { ledger, server, source, _folder: folder })
    }

    fn stop(self, runtime: &Runtime) -> Result<()> {
        runtime.block_on(self.server.stop())
    }
}

/// Messages a second from the first delivery until the last message is judged and can be searched, and the processor
/// time of each in microseconds.
fn throughput(
    runtime: &Runtime,
    corpus: &Corpus,
    policies: &[String],
    messages: usize,
    run: &str,
) -> Result<(f64, f64)> {
    let bodies = bodies(corpus, 0, messages, run);
    let running = Running::start(runtime, policies)?;
    let (took, cpu) = pass(&running, bodies, run)?;
    check(&running.ledger, messages)?;
    running.stop(runtime)?;
    let each_us = cpu.as_secs_f64() * 1e6 / messages as f64;
    Ok((messages as f64 / took.as_secs_f64(), each_us))
}

/// Hands bodies over and waits until all that follows from them is done; gives the time and the processor time it took.
fn pass(running: &Running, bodies: Vec<Vec<u8>>, title: &str) -> Result<(Duration, Duration)> {
    let bar = progress::bar(title, bodies.len() as u64);
    let all = bodies.len() as u64;
    let pid = std::process::id();
    let (began, cpu) = (Instant::now(), machine::process_cpu(pid)?);
    let mut feed = Feed::new(&running.ledger, running.source);
    for body in bodies {
        feed.push(body)?;
    }
    feed.finish()?;
    firm::drain(&running.ledger, &|waiting| bar.set_position(all.saturating_sub(waiting)))?;
    bar.finish_and_clear();
    Ok((began.elapsed(), machine::process_cpu(pid)?.saturating_sub(cpu)))
}

/// Bodies of the corpus from a place on, with planted violations of clients of their own among them.
fn bodies(corpus: &Corpus, from: usize, count: usize, run: &str) -> Vec<Vec<u8>> {
    let messages = corpus.messages().skip(from).take(count);
    let body = |(at, message)| {
        if at % PLANTED_EVERY == 0 { planted(at / PLANTED_EVERY, run) } else { webhook::of(&message, run) }
    };
    messages.enumerate().map(body).collect()
}

/// A planted violation: its client writes with nobody else, so that it opens an alert, and its second is its own, so that
/// the alert says which it is.
fn planted(at: usize, run: &str) -> Vec<u8> {
    webhook::body(&Text {
        id: &format!("{run}planted{at:06}"),
        number: at % NUMBERS,
        client: &format!("4420{at:08}"),
        out: true,
        second: webhook::second(0) + at as i64,
        text: &policies::planted_text(policy_of(at)),
    })
}

/// Which of the planted policies finds a planted violation: so many a policy that one page of the queue holds them.
fn policy_of(at: usize) -> usize {
    (at / PAGE_ROWS_MAX) % policies::PLANTED_POLICIES
}

/// Everything arrived, and every planted violation opened one alert.
fn check(ledger: &Ledger, messages: usize) -> Result<()> {
    let found = ledger.search(&officer(Purpose::Investigation), "kind:message", None, 1)?.total;
    ensure!(found == messages as u64, "{messages} messages were delivered, {found} can be searched");
    let planted = messages.div_ceil(PLANTED_EVERY);
    let mut alerts = 0;
    for policy in 0..policies::PLANTED_POLICIES.min(policy_of(planted) + 1) {
        alerts += queue(ledger, policy)?.len();
    }
    ensure!(alerts == planted, "{planted} violations were planted, {alerts} alerts are open");
    Ok(())
}

/// The open alerts of a planted policy, at most a page: the question that the queue's page asks.
fn queue(ledger: &Ledger, policy: usize) -> Result<Vec<AlertRow>> {
    let filter = QueueFilter {
        policy: Some(format!("{}-{policy}", policies::PLANTED)),
        limit: PAGE_ROWS_MAX,
        ..QueueFilter::default()
    };
    Ok(ledger.queue(&officer(Purpose::Queue), &filter)?.rows)
}

fn officer(purpose: Purpose) -> Access {
    By::command_line().reading(purpose)
}
