//! Matchers that others use, each in a process of its own that reads the same messages and rules.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};

use crate::report::{Better, Figure, Report};

/// The peers, by the names that their program knows them by.
pub const NAMES: &[&str] = &["vectorscan", "vectorscan+regexset", "daachorse+regexset"];
/// Where xtask says that their program is.
pub const PROGRAM: &str = "ABOVEBOARD_SCAN_PEERS";
/// Where xtask says that a Python with Presidio is.
pub const PRESIDIO: &str = "ABOVEBOARD_SCAN_PRESIDIO";
/// Messages that Presidio reads.
const PRESIDIO_MESSAGES: usize = 3_000;

/// What a matcher found: messages with a rule, pairs of message and rule, and a sum over the pairs that tells them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    hit: u64,
    pairs: u64,
    sum: u64,
}

impl Found {
    /// Adds what was found in a message; each rule once.
    pub fn add(&mut self, at: usize, rules: &[u32]) {
        self.hit += u64::from(!rules.is_empty());
        self.pairs += rules.len() as u64;
        for rule in rules {
            let pair = (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(*rule) << 17;
            self.sum = self.sum.wrapping_add(pair);
        }
    }
}

/// A peer that waits to be told to run.
pub struct Peer {
    /// What it is called.
    pub name: &'static str,
    /// The processor time of each run so far.
    pub seconds: Vec<f64>,
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    _folder: std::rc::Rc<tempfile::TempDir>,
}

/// Starts every peer. Without their program there is none, which is said, and what is measured against them is missed.
///
/// # Errors
/// A peer that cannot be started, or does not take the rules.
pub fn start(messages: &[String], phrases: &[String], regexes: &[&str]) -> Result<Vec<Peer>> {
    let Some(program) = std::env::var_os(PROGRAM).map(PathBuf::from) else {
        eprintln!(
            "scan: no peers: {PROGRAM} does not say where their program is; every goal against them is missed"
        );
        return Ok(Vec::new());
    };
    let folder = std::rc::Rc::new(tempfile::tempdir()?);
    let (corpus, rules) = (folder.path().join("messages"), folder.path().join("rules"));
    std::fs::write(&corpus, messages.join("\n"))?;
    let lines = phrases.iter().map(|phrase| format!("phrase\t{phrase}\n"));
    let lines = lines.chain(regexes.iter().map(|regex| format!("regex\t{regex}\n")));
    std::fs::write(&rules, lines.collect::<String>())?;
    NAMES.iter().map(|name| Peer::start(name, &program, [&corpus, &rules], &folder)).collect()
}

impl Peer {
    fn start(
        name: &'static str,
        program: &Path,
        files: [&Path; 2],
        folder: &std::rc::Rc<tempfile::TempDir>,
    ) -> Result<Self> {
        let mut child = Command::new(program)
            .arg(name)
            .args(files)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let to = child.stdin.take().context("a pipe")?;
        let from = BufReader::new(child.stdout.take().context("a pipe")?);
        let mut peer = Self { name, seconds: Vec::new(), child, to, from, _folder: folder.clone() };
        let ready = peer.line()?;
        eprintln!("  {name}: {ready} s to build");
        Ok(peer)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        anyhow::ensure!(!line.is_empty(), "{} ended", self.name);
        Ok(line.trim_end().to_owned())
    }

    /// Lets it read every message once.
    ///
    /// # Errors
    /// It ended.
    pub fn run(&mut self) -> Result<Found> {
        self.to.write_all(b"run\n")?;
        let line = self.line()?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let [seconds, hit, pairs, sum] = words[..] else { anyhow::bail!("{}: {line}", self.name) };
        self.seconds.push(seconds.parse()?);
        Ok(Found { hit: hit.parse()?, pairs: pairs.parse()?, sum: sum.parse()? })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Presidio's default recognisers over a few messages, where a Python with it is at hand: to know, for no goal is measured against it.
pub fn presidio(messages: &[String], report: &mut Report) {
    let Some(python) = std::env::var_os(PRESIDIO) else {
        eprintln!("scan: no Presidio: {PRESIDIO} does not say where a Python with it is");
        return;
    };
    match presidio_rate(&python, &messages[..PRESIDIO_MESSAGES.min(messages.len())]) {
        Ok(rate) => report.add(Figure::reported("presidio_messages_s", Better::Higher, vec![rate])),
        Err(error) => eprintln!("scan: no Presidio: {error:#}"),
    }
}

fn presidio_rate(python: &std::ffi::OsStr, messages: &[String]) -> Result<f64> {
    let mut child = Command::new(python)
        .args(["-c", include_str!("presidio.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    child.stdin.take().context("a pipe")?.write_all(messages.join("\n").as_bytes())?;
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let seconds: f64 = text.trim().parse().with_context(|| format!("it ended with {}", output.status))?;
    Ok(messages.len() as f64 / seconds)
}
