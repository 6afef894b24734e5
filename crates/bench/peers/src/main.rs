//! Peers of the scan bench: each reads the same messages and rules, waits for `run` on standard input, and answers with its processor
//! time and what it found.

mod vectorscan;

use std::io::{BufRead, Write};

use anyhow::{Context, Result, bail};
use daachorse::DoubleArrayAhoCorasick;
use regex::bytes::{RegexSet, RegexSetBuilder};

/// What the set of regexes may use before it falls back: what made it fastest on this job.
const DFA_BYTES_MAX: usize = 256 << 20;

/// A matcher under test: gives the numbers of the rules that a message holds, in any order, more than once if it likes.
pub trait Peer {
    fn find(&mut self, message: &[u8], found: &mut Vec<u32>) -> Result<()>;
}

/// Rules as the bench writes them: phrases first, then regexes, numbered on.
pub struct Rules {
    pub phrases: Vec<String>,
    pub regexes: Vec<String>,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, name, messages, rules] = &arguments[..] else { bail!("peer, messages, rules") };
    let messages = std::fs::read(messages).context("messages")?;
    let messages: Vec<&[u8]> =
        messages.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let rules = read_rules(&std::fs::read_to_string(rules).context("rules")?)?;
    let before = cpu()?;
    let mut peer: Box<dyn Peer> = match name.as_str() {
        "vectorscan" => Box::new(vectorscan::OneDatabase::new(&rules)?),
        "vectorscan+regexset" => {
            Box::new(Both(vectorscan::Literals::new(&rules.phrases)?, Set::new(&rules)?))
        }
        "daachorse+regexset" => Box::new(Both(Daachorse::new(&rules.phrases)?, Set::new(&rules)?)),
        "regexset" => Box::new(Set::new(&rules)?),
        other => bail!("no peer is called {other}"),
    };
    say(&format!("ready {}", cpu()? - before))?;
    for line in std::io::stdin().lock().lines() {
        if line? != "run" {
            break;
        }
        say(&run(peer.as_mut(), &messages)?)?;
    }
    Ok(())
}

fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// Reads every message once: seconds, messages with a rule, pairs of message and rule, and a sum over the pairs.
fn run(peer: &mut dyn Peer, messages: &[&[u8]]) -> Result<String> {
    let mut found = Vec::new();
    let (mut hit, mut pairs, mut sum) = (0u64, 0u64, 0u64);
    let before = cpu()?;
    for (at, message) in messages.iter().enumerate() {
        found.clear();
        peer.find(message, &mut found)?;
        if found.is_empty() {
            continue;
        }
        found.sort_unstable();
        found.dedup();
        hit += 1;
        pairs += found.len() as u64;
        for rule in &found {
            sum = sum
                .wrapping_add((at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(*rule) << 17);
        }
    }
    Ok(format!("{} {hit} {pairs} {sum}", cpu()? - before))
}

/// Processor time of this thread, in seconds.
fn cpu() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = text.split_whitespace().next().context("schedstat")?.parse()?;
    Ok(nanoseconds / 1e9)
}

fn read_rules(text: &str) -> Result<Rules> {
    let mut rules = Rules { phrases: Vec::new(), regexes: Vec::new() };
    for line in text.lines() {
        match line.split_once('\t') {
            Some(("phrase", phrase)) => rules.phrases.push(phrase.to_owned()),
            Some(("regex", regex)) => rules.regexes.push(regex.to_owned()),
            _ => bail!("a rule that is none: {line}"),
        }
    }
    Ok(rules)
}

/// One peer for phrases, one for regexes.
struct Both<A, B>(A, B);

impl<A: Peer, B: Peer> Peer for Both<A, B> {
    fn find(&mut self, message: &[u8], found: &mut Vec<u32>) -> Result<()> {
        self.0.find(message, found)?;
        self.1.find(message, found)
    }
}

/// The `regex` crate's set, with room for its automaton.
struct Set {
    set: RegexSet,
    first: u32,
}

impl Set {
    fn new(rules: &Rules) -> Result<Self> {
        let mut builder = RegexSetBuilder::new(&rules.regexes);
        builder.case_insensitive(true).unicode(false).size_limit(DFA_BYTES_MAX).dfa_size_limit(DFA_BYTES_MAX);
        Ok(Self { set: builder.build()?, first: rules.phrases.len() as u32 })
    }
}

impl Peer for Set {
    fn find(&mut self, message: &[u8], found: &mut Vec<u32>) -> Result<()> {
        found.extend(self.set.matches(message).iter().map(|at| self.first + at as u32));
        Ok(())
    }
}

/// The `daachorse` crate over lower-cased bytes.
struct Daachorse {
    automaton: DoubleArrayAhoCorasick<u32>,
    lower: Vec<u8>,
}

impl Daachorse {
    fn new(phrases: &[String]) -> Result<Self> {
        let numbered =
            phrases.iter().enumerate().map(|(at, phrase)| (phrase.to_ascii_lowercase(), at as u32));
        let automaton = DoubleArrayAhoCorasick::with_values(numbered)
            .map_err(|error| anyhow::anyhow!("daachorse: {error}"))?;
        Ok(Self { automaton, lower: Vec::new() })
    }
}

impl Peer for Daachorse {
    fn find(&mut self, message: &[u8], found: &mut Vec<u32>) -> Result<()> {
        self.lower.clear();
        self.lower.extend_from_slice(message);
        self.lower.make_ascii_lowercase();
        found.extend(self.automaton.find_overlapping_iter(&self.lower).map(|hit| hit.value()));
        Ok(())
    }
}
