//! `scan`: all rules over a million messages, on one core, beside the matchers that others use. Before anything is timed, what is found is held
//! to a matcher that looks for every rule by itself; of what is timed, each run must find what the first one found.

mod hostile;
mod messages;
mod naive;
mod peers;
mod rules;
mod turns;

use std::time::Instant;

use aboveboard_model::document::{Amount, Document, Zone};
use aboveboard_model::item::Direction;
use aboveboard_query::{ByteRules, Query, QuerySet, Reading};
use anyhow::{Result, anyhow, ensure};

use crate::{
    Options,
    corpus::Corpus,
    machine,
    random::Random,
    report::{Better, Figure, Report},
};

/// Messages of a whole run and of a quick one.
const MESSAGES: usize = 1_000_000;
const MESSAGES_QUICK: usize = 100_000;
/// Runs of each matcher, in turns.
const RUNS: usize = 5;
/// Phrases of the large set and of the small one that it is compared with.
const PHRASES: usize = 10_000;
const PHRASES_FEW: usize = 100;
/// Policies of a firm.
const POLICIES: usize = 1_000;

/// Runs the bench; says whether its goals are held.
///
/// # Errors
/// A matcher that finds something else than another, and the machine's.
pub fn run(options: &Options) -> Result<bool> {
    let mut report = Report::begin("scan");
    let corpus = messages::corpus(options.seed);
    let count = if options.quick { MESSAGES_QUICK } else { MESSAGES };
    let messages = messages::messages(&corpus, count, options.seed);
    let phrases = rules::phrases(&corpus, PHRASES, options.seed);
    // First, so that what it takes is not what others have left; told last.
    let hostile = hostile::run(&corpus, &messages, &phrases)?;
    turns::run(&messages, &phrases)?.into_iter().for_each(|figure| report.add(figure));
    policies(&corpus, &messages, options.seed, &mut report)?;
    hostile.into_iter().for_each(|figure| report.add(figure));
    peers::presidio(&messages, &mut report);
    Ok(report.finish())
}

/// The engine alone over bytes, which is not how the product reads a message.
fn engine(phrases: &[String]) -> Result<ByteRules> {
    let phrases: Vec<&str> = phrases.iter().map(String::as_str).collect();
    ByteRules::new(&phrases, rules::REGEXES).map_err(|error| anyhow!(error))
}

/// The rules as the product means them: each phrase and each regex a query of the language. Phrases are whole words of the normal form, with the
/// places where they were written.
struct Folded {
    set: QuerySet,
}

impl Folded {
    fn new(phrases: &[String]) -> Result<Self> {
        Self::of(phrases, rules::REGEXES)
    }

    fn of(phrases: &[String], regexes: &[&str]) -> Result<Self> {
        let phrases = phrases.iter().map(|phrase| rules::query(phrase));
        let regexes = regexes.iter().map(|regex| rules::expression(regex));
        Ok(Self { set: set(phrases.chain(regexes))? })
    }

    fn find(&self, document: &Document) -> Result<Vec<u32>> {
        let judged = self.set.judge(&Reading::of(document));
        ensure!(judged.exceeded.is_empty(), "{:?} are given up on {document:?}", judged.exceeded);
        Ok(judged.matches.iter().map(|(number, _)| *number as u32).collect())
    }
}

fn set(texts: impl Iterator<Item = String>) -> Result<QuerySet> {
    Ok(QuerySet::new(texts.map(|text| parsed(&text)).collect::<Result<_>>()?))
}

fn parsed(text: &str) -> Result<Query> {
    Query::parse(text).map_err(|mistakes| anyhow!("{text}: {mistakes:?}"))
}

fn written(message: &str) -> Document {
    Document { zones: [(Zone::Text, message.to_owned())].into(), ..Document::default() }
}

/// A firm's policies over whole documents, then some of them regexes.
fn policies(corpus: &Corpus, messages: &[String], seed: u64, report: &mut Report) -> Result<()> {
    let mut random = Random::new(seed, "facts");
    let documents: Vec<Document> = messages.iter().map(|message| document(message, &mut random)).collect();
    let texts = rules::policies(corpus, POLICIES, seed);
    let (rates, share) = judged(set(texts.iter().cloned())?, &documents)?;
    report.add(Figure::goal("policies_1000_messages_s", Better::Higher, 300_000.0, rates));
    report.add(Figure::reported("policies_1000_findings_a_message", Better::Lower, vec![share]));
    let regexes = rules::REGEXES.iter().map(|regex| rules::expression(regex));
    let others = texts.into_iter().skip(rules::REGEXES.len());
    let (rates, _) = judged(set(regexes.chain(others))?, &documents)?;
    report.add(Figure::reported("policies_1000_with_50_regexes_messages_s", Better::Higher, rates));
    reload(corpus, seed, report)
}

/// The documents a second of some policies in each run, and how many of them match a document.
fn judged(set: QuerySet, documents: &[Document]) -> Result<(Vec<f64>, f64)> {
    naive::queries(&documents[..naive::MESSAGES.min(documents.len())], &set)?;
    let run = || -> Result<usize> {
        let mut findings = 0;
        for document in documents {
            let judged = set.judge(&Reading::of(document));
            ensure!(judged.exceeded.is_empty(), "{:?} are given up on {document:?}", judged.exceeded);
            findings += judged.matches.len();
        }
        Ok(findings)
    };
    let first = run()?;
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        let began = machine::own_thread_cpu()?;
        let findings = run()?;
        rates.push(documents.len() as f64 / (machine::own_thread_cpu()? - began).as_secs_f64());
        ensure!(findings == first, "{findings} findings, and before {first}");
    }
    Ok((rates, first as f64 / documents.len() as f64))
}

fn reload(corpus: &Corpus, seed: u64, report: &mut Report) -> Result<()> {
    let many = rules::policies(corpus, PHRASES, seed + 1);
    let mut times = Vec::new();
    for _ in 0..3 {
        let began = Instant::now();
        let set = set(many.iter().cloned())?;
        times.push(began.elapsed().as_secs_f64());
        ensure!(set.queries().len() == PHRASES, "queries are missing");
    }
    report.add(Figure::goal("reload_10000_policies_s", Better::Lower, 1.0, times));
    Ok(())
}

/// A message with the facts that policies ask for.
fn document(message: &str, random: &mut Random) -> Document {
    let has_digits = message.bytes().filter(u8::is_ascii_digit).count() > 4;
    let facts = if has_digits { 300 } else { 5 };
    let mut document = Document {
        kind: "message".into(),
        direction: Some(if random.in_thousand(400) { Direction::Out } else { Direction::In }),
        team: Some(random.pick(&["sales", "service", "finance"]).into()),
        region: Some(random.pick(&["BR", "IN", "ES"]).into()),
        off_hours: Some(random.in_thousand(200)),
        hour: Some(random.below(24) as u8),
        ..written(message)
    };
    if random.in_thousand(facts) {
        document.entity = vec!["EMAIL".into()];
    }
    if random.in_thousand(facts) {
        document.money = vec![Amount { amount: random.below(2000) as f64, currency: Some("BRL".into()) }];
    }
    if random.in_thousand(facts) {
        document.payment = vec!["unregistered".into(), "PIX_KEY".into()];
    }
    document
}
