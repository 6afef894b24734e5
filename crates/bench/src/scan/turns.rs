//! Matchers in turns over the same messages, and the figures that follow: the product's own way first, then the engine alone.

use anyhow::{Result, ensure};

use super::peers::{self, Found};
use super::{Folded, PHRASES_FEW, RUNS, engine, naive, rules, written};
use crate::{
    machine, progress,
    report::{Better, Figure},
};

/// Processor time of each turn, in seconds.
#[derive(Default)]
struct Turns {
    /// The product's way: queries over documents, the regexes among them.
    folded: Vec<f64>,
    /// The same without the regexes.
    folded_phrases: Vec<f64>,
    /// The engine alone, over bytes: no documents, normal forms, words, places or queries.
    engine: Vec<f64>,
    engine_few: Vec<f64>,
}

/// Lets all matchers read all messages in turns.
///
/// # Errors
/// A matcher that finds something else than another, or than itself before.
pub fn run(messages: &[String], phrases: &[String]) -> Result<Vec<Figure>> {
    let (large, small) = (engine(phrases)?, engine(&phrases[..PHRASES_FEW])?);
    naive::bytes(messages, phrases, &large)?;
    let began = machine::own_thread_cpu()?;
    let folded = Folded::new(phrases)?;
    let build = vec![(machine::own_thread_cpu()? - began).as_secs_f64()];
    let folded_phrases = Folded::of(phrases, &[])?;
    naive::folded(messages, phrases, &folded)?;
    let documents: Vec<_> = messages.iter().map(|message| written(message)).collect();
    let mut all: [Matcher<'_>; 4] = [
        Matcher::new("folded", |at| folded.find(&documents[at])),
        Matcher::new("folded phrases", |at| folded_phrases.find(&documents[at])),
        Matcher::new("engine alone", |at| Ok(large.find(messages[at].as_bytes()))),
        Matcher::new("engine alone, few", |at| Ok(small.find(messages[at].as_bytes()))),
    ];
    let mut peers = peers::start(messages, phrases, rules::REGEXES)?;
    let bar = progress::bar("in turns", RUNS as u64 + 1);
    for _ in 0..=RUNS {
        for matcher in &mut all {
            matcher.run(messages.len())?;
        }
        bar.inc(1);
        if all[0].seconds.is_empty() {
            continue;
        }
        for peer in &mut peers {
            let other = peer.run()?;
            let found = all[2].found.unwrap_or_default();
            ensure!(other == found, "{} finds {other:?}, not {found:?}", peer.name);
        }
    }
    bar.finish_and_clear();
    let [folded, folded_phrases, engine, engine_few] = all.map(|matcher| matcher.seconds);
    let turns = Turns { folded, folded_phrases, engine, engine_few };
    let of_peer = |name: &str| -> Vec<f64> {
        peers.iter().find(|peer| peer.name == name).map(|peer| peer.seconds.clone()).unwrap_or_default()
    };
    let mut figures = turns.figures(messages.len(), of_peer);
    figures.push(Figure::reported("folded_build_s", Better::Lower, build));
    Ok(figures)
}

/// One of ours: what finds the rules of the message at a place.
struct Matcher<'m> {
    name: &'static str,
    find: Box<dyn FnMut(usize) -> Result<Vec<u32>> + 'm>,
    /// What the first run found, which is not timed; every other must find the same.
    found: Option<Found>,
    seconds: Vec<f64>,
}

impl<'m> Matcher<'m> {
    fn new(name: &'static str, find: impl FnMut(usize) -> Result<Vec<u32>> + 'm) -> Self {
        Self { name, find: Box::new(find), found: None, seconds: Vec::new() }
    }

    /// Reads every message once.
    fn run(&mut self, messages: usize) -> Result<()> {
        let mut found = Found::default();
        let began = machine::own_thread_cpu()?;
        for at in 0..messages {
            found.add(at, &(self.find)(at)?);
        }
        let seconds = (machine::own_thread_cpu()? - began).as_secs_f64();
        match self.found {
            None => self.found = Some(found),
            Some(before) => {
                ensure!(found == before, "{} finds {found:?}, and before {before:?}", self.name);
                self.seconds.push(seconds);
            }
        }
        Ok(())
    }
}

impl Turns {
    /// A peer that is not there took no seconds, and a goal that is measured against it is missed.
    fn figures(&self, messages: usize, of_peer: impl Fn(&str) -> Vec<f64>) -> Vec<Figure> {
        let rate = |name: &str, seconds: &[f64]| {
            let rates = seconds.iter().map(|one| messages as f64 / one).collect();
            Figure::reported(name, Better::Higher, rates)
        };
        let ratios = |theirs: &[f64], own: &[f64]| -> Vec<f64> {
            theirs.iter().zip(own).map(|(theirs, own)| theirs / own).collect()
        };
        let beside = |name: &str, goal: f64, own: &[f64], peer: &str| {
            Figure::goal(&format!("{name}_vs_{peer}"), Better::Higher, goal, ratios(&of_peer(peer), own))
        };
        let daachorse = ratios(&of_peer("daachorse+regexset"), &self.engine);
        let flat = ratios(&self.engine_few, &self.engine);
        let mut all = vec![
            rate("folded_messages_s", &self.folded),
            beside("folded", 1.3, &self.folded, "vectorscan"),
            rate("folded_without_regexes_messages_s", &self.folded_phrases),
            rate("engine_alone_bytes_messages_s", &self.engine),
            beside("engine_alone_bytes", 2.0, &self.engine, "vectorscan"),
            beside("engine_alone_bytes", 1.0, &self.engine, "vectorscan+regexset"),
            Figure::reported("engine_alone_bytes_vs_daachorse+regexset", Better::Higher, daachorse),
            Figure::goal("engine_alone_rate_at_10000_vs_100", Better::Higher, 0.55, flat),
        ];
        all.extend(peers::NAMES.iter().map(|name| rate(&format!("{name}_messages_s"), &of_peer(name))));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_against_a_peer_that_is_not_there_is_missed() {
        let own = vec![1.0; 5];
        let turns =
            Turns { folded: own.clone(), folded_phrases: own.clone(), engine: own.clone(), engine_few: own };
        let missed = |of_peer: fn(&str) -> Vec<f64>| -> Vec<String> {
            let figures = turns.figures(10, of_peer);
            figures
                .iter()
                .filter(|figure| figure.is_missed())
                .map(|figure| figure.name().to_owned())
                .collect()
        };
        assert_eq!(missed(|_| vec![9.0; 5]), [""; 0]);
        let all = [
            "folded_vs_vectorscan",
            "engine_alone_bytes_vs_vectorscan",
            "engine_alone_bytes_vs_vectorscan+regexset",
        ];
        assert_eq!(missed(|_| Vec::new()), all);
        assert_eq!(missed(|name| if name == "vectorscan" { Vec::new() } else { vec![9.0; 5] }), all[..2]);
    }

    #[test]
    fn a_run_that_finds_something_else_than_the_first_is_an_error() {
        let mut calls = 0;
        let mut matcher = Matcher::new("ours", |_| {
            calls += 1;
            Ok(if calls < 5 { vec![1] } else { Vec::new() })
        });
        matcher.run(2).unwrap();
        assert!(matcher.seconds.is_empty());
        matcher.run(2).unwrap();
        assert_eq!(matcher.seconds.len(), 1);
        assert!(matcher.run(2).is_err());
    }
}
