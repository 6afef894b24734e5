//! `ingest`: deliveries a second that are durable before they are answered, beside the same receiver that keeps nothing
//! and beside one that only appends. The server has one core and wrk the other.

mod sealing;
mod wrk;

use std::{fmt::Write as _, path::Path, time::Duration};

use aboveboard_connect::whatsapp::signature;
use aboveboard_model::{id::SourceId, personal::Secret};
use anyhow::{Result, ensure};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use self::wrk::{Load, Outcome};
use crate::{
    Options,
    corpus::Corpus,
    firm::{self, Firm},
    machine,
    node::{Keep, Node},
    progress,
    report::{Better, Figure, Report},
    visitor,
    webhook::{self, Text},
};

/// Bytes of a delivery: what a text message of Meta's has.
const BODY_BYTES: usize = 653;
/// Different bodies; wrk goes round.
const BODIES: usize = 4_096;
/// Messages of the corpus whose words they are made of.
const WORDS_OF: usize = 2_000;
/// The core of the server; wrk has the other.
const SERVER_CORE: usize = 1;
const WRK_CORE: usize = 0;

/// Runs the bench; says whether its goals are held.
///
/// # Errors
/// A receiver that keeps what it should refuse or loses what it answered, and the machine's.
pub fn run(options: &Options) -> Result<bool> {
    ensure!(machine::cores() >= 2, "the server and wrk need a core each");
    let mut report = Report::begin("ingest");
    let (turns, seconds) = if options.quick { (1, 2) } else { (5, 4) };
    let folder = tempfile::tempdir_in(firm::scratch()?)?;
    let load = Load::new(folder.path(), &signed(options.seed), WRK_CORE)?;
    let mut sides = Sides::start(folder, load)?;
    sides.check()?;
    let mut measured = Measured::default();
    let bar = progress::bar("turns", turns);
    for turn in 0..turns {
        measured.turn(&mut sides, turn, Duration::from_secs(seconds))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    measured.into_figures().into_iter().for_each(|figure| report.add(figure));
    sealing::measure(options.seed)?.into_iter().for_each(|figure| report.add(figure));
    Ok(report.finish())
}

/// Signed bodies of the same length, one a line: the signature, a tab, the body.
fn signed(seed: u64) -> String {
    let secret = Secret::new(firm::APP_SECRET);
    let mut lines = String::new();
    let words = words(seed);
    for at in 0..BODIES {
        let body = body(seed, at, &words);
        let signature = signature::sign(&body, &secret);
        let written = writeln!(lines, "{signature}\t{}", String::from_utf8_lossy(&body));
        debug_assert!(written.is_ok(), "a string takes what is written to it");
    }
    lines
}

/// Words of the corpus that take as many bytes as letters.
fn words(seed: u64) -> String {
    let mut words = String::new();
    for message in Corpus::new(seed).messages().take(WORDS_OF) {
        let plain = |word: &&str| word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        for word in message.text.split(' ').filter(plain) {
            words.push_str(word);
            words.push(' ');
        }
    }
    words
}

/// One client's message, made as long as it has to be by words, others in each.
fn body(seed: u64, at: usize, words: &str) -> Vec<u8> {
    let id = format!("{seed:016x}{at:08}");
    let with = |text: &str| {
        let second = webhook::second(at);
        webhook::body(&Text {
            id: &id,
            number: at % 40,
            client: &webhook::client_digits(at),
            out: false,
            second,
            text,
        })
    };
    let bare = with("").len();
    let from = at * 97 % words.len().saturating_sub(BODY_BYTES).max(1);
    with(&words[from..][..BODY_BYTES.saturating_sub(bare)])
}

/// The server and its baselines, each on a folder of its own, all on one core; only one is under load at a time.
struct Sides {
    folder: TempDir,
    load: Load,
    nowhere: Side,
    plain: Side,
    durable: Side,
}

struct Side {
    node: Node,
    url: String,
}

impl Side {
    fn start(folder: &Path, name: &str, keep: Keep, held: bool) -> Result<Self> {
        let data = folder.join(name);
        let firm = Firm::new(&data);
        let ledger = firm.open()?;
        let source: SourceId = firm::prepare(&ledger, &[])?;
        drop(ledger);
        let node = Node::start(&data, keep, held, Some(SERVER_CORE))?;
        let url = format!("{}/webhooks/whatsapp/{source}", node.base);
        Ok(Self { node, url })
    }
}

impl Sides {
    fn start(folder: TempDir, load: Load) -> Result<Self> {
        let nowhere = Side::start(folder.path(), "nowhere", Keep::Nowhere, true)?;
        let plain = Side::start(folder.path(), "plain", Keep::Plain, true)?;
        let durable = Side::start(folder.path(), "durable", Keep::Ledger, true)?;
        let sides = Self { folder, load, nowhere, plain, durable };
        // Once without counting: connections, caches, the first segment.
        for side in [&sides.nowhere, &sides.plain, &sides.durable] {
            sides.load.run(&side.url, 64, Duration::from_secs(1))?;
        }
        Ok(sides)
    }

    /// Correct before quick: a delivery with a wrong signature is refused by each side, and a right one is taken.
    fn check(&self) -> Result<()> {
        let runtime = Runtime::new()?;
        let body = body(0, 0, &words(0));
        let right = signature::sign(&body, &Secret::new(firm::APP_SECRET));
        let wrong = signature::sign(&body, &Secret::new("another secret"));
        for side in [&self.nowhere, &self.plain, &self.durable] {
            for (signature, status) in [(&right, 200), (&wrong, 401)] {
                let client = visitor::client()?;
                let request = client.post(&side.url).header(signature::HEADER, signature).body(body.clone());
                let answer = runtime.block_on(request.send())?;
                ensure!(answer.status() == status, "{}: {} instead of {status}", side.url, answer.status());
            }
        }
        Ok(())
    }
}

/// What the turns gave, one value each.
#[derive(Default)]
struct Measured {
    durable_share: Vec<f64>,
    durable_cpu_share: Vec<f64>,
    running_share: Vec<f64>,
    p99_ratio: Vec<f64>,
    tree_share: Vec<f64>,
    durable_per_s: Vec<f64>,
    verify_per_s: Vec<f64>,
    plain_per_s: Vec<f64>,
    durable_cpu_us: Vec<f64>,
    verify_cpu_us: Vec<f64>,
    plain_cpu_us: Vec<f64>,
    durable_p99_ms: Vec<f64>,
}

impl Measured {
    /// Every side in turn under the same load.
    fn turn(&mut self, sides: &mut Sides, turn: u64, time: Duration) -> Result<()> {
        let load = &sides.load;
        let many = 256;
        let (verify, verify_cpu, _) = under_load(load, &sides.nowhere, many, time)?;
        let (durable, durable_cpu, tree_share) = under_load(load, &sides.durable, many, time)?;
        let (plain, plain_cpu, _) = under_load(load, &sides.plain, many, time)?;
        // What it left to be read would disturb the next turn: it lives for one. Its files stay until the end: ext4 without
        // a journal looks at every file deleted in the last seconds whenever it makes one.
        let name = format!("running-{turn}");
        let running = Side::start(sides.folder.path(), &name, Keep::Ledger, false)?;
        let (busy, _, _) = under_load(load, &running, many, time)?;
        drop(running);
        self.durable_share.push(durable.per_s / verify.per_s);
        self.durable_cpu_share.push(verify_cpu / durable_cpu);
        self.running_share.push(busy.per_s / verify.per_s);
        self.tree_share.push(tree_share);
        self.verify_per_s.push(verify.per_s);
        self.durable_per_s.push(durable.per_s);
        self.plain_per_s.push(plain.per_s);
        self.verify_cpu_us.push(verify_cpu);
        self.durable_cpu_us.push(durable_cpu);
        self.plain_cpu_us.push(plain_cpu);
        let few = 64;
        let (plain, _, _) = under_load(load, &sides.plain, few, time)?;
        let (durable, _, _) = under_load(load, &sides.durable, few, time)?;
        self.p99_ratio.push(durable.p99_us / plain.p99_us);
        self.durable_p99_ms.push(durable.p99_us / 1e3);
        Ok(())
    }

    fn into_figures(self) -> Vec<Figure> {
        use Better::{Higher, Lower};
        vec![
            Figure::goal("durable_vs_verify_only", Higher, 0.40, self.durable_share),
            Figure::goal("p99_vs_plain_append", Lower, 1.3, self.p99_ratio),
            Figure::goal("tree_cpu_share", Lower, 0.05, self.tree_share),
            // The same share by processor time: what is left of it when the disk and other programs are taken out.
            Figure::reported("durable_vs_verify_only_by_cpu", Higher, self.durable_cpu_share),
            Figure::reported("durable_with_pipeline_running", Higher, self.running_share),
            Figure::reported("durable_per_s", Higher, self.durable_per_s),
            Figure::reported("verify_only_per_s", Higher, self.verify_per_s),
            Figure::reported("plain_append_per_s", Higher, self.plain_per_s),
            Figure::reported("durable_cpu_us", Lower, self.durable_cpu_us),
            Figure::reported("verify_only_cpu_us", Lower, self.verify_cpu_us),
            Figure::reported("plain_append_cpu_us", Lower, self.plain_cpu_us),
            Figure::reported("durable_p99_ms_at_64", Lower, self.durable_p99_ms),
        ]
    }
}

/// Puts a side under load: the outcome, its processor time a delivery in microseconds, and the tree's share of that.
fn under_load(load: &Load, side: &Side, connections: usize, time: Duration) -> Result<(Outcome, f64, f64)> {
    let (process, tree) = side.node.cpu("tree")?;
    let outcome = load.run(&side.url, connections, time)?;
    let (process_after, tree_after) = side.node.cpu("tree")?;
    let spent = process_after.saturating_sub(process).as_secs_f64();
    let tree = tree_after.saturating_sub(tree).as_secs_f64();
    Ok((outcome, spent * 1e6 / outcome.requests, tree / spent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_has_the_same_length_and_no_two_are_the_same() {
        let words = words(7);
        let bodies: std::collections::HashSet<Vec<u8>> = (0..100).map(|at| body(7, at, &words)).collect();
        assert_eq!(bodies.len(), 100);
        assert!(bodies.iter().all(|body| body.len() == BODY_BYTES));
    }
}
