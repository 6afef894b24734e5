//! `scan`: all rules over a million messages, on one core, beside the matchers that others use, which must find the same.

mod hostile;
mod messages;
mod peers;
mod rules;

use std::time::Instant;

use aboveboard_model::document::{Amount, Document, Zone};
use aboveboard_model::item::Direction;
use aboveboard_query::{ByteRules, Query, QuerySet, Reading};
use anyhow::{Result, anyhow, ensure};

use self::messages::Words;
use self::peers::{Found, Peer};
use crate::{
    Options, machine, progress,
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
/// Messages on which the plainest matchers are tried first: every rule by itself.
const NAIVE: usize = 20_000;
const NAIVE_QUERIES: usize = 3_000;
/// Policies of a firm.
const POLICIES: usize = 1_000;

/// Runs the bench; says whether its goals are held.
///
/// # Errors
/// A matcher that finds something else than another, and the machine's.
pub fn run(options: &Options) -> Result<bool> {
    let mut report = Report::begin("scan");
    let words = Words::new(options.seed);
    let messages = words.messages(if options.quick { MESSAGES_QUICK } else { MESSAGES });
    let phrases = rules::phrases(&words, PHRASES, options.seed);
    // First, so that what it takes is not what others have left.
    hostile::run(&words, &messages, &phrases, &mut report)?;
    on_bytes(&messages, &phrases, &mut report)?;
    policies(&words, &messages, options.seed, &mut report)?;
    Ok(report.finish())
}

/// Substrings and regexes over bytes, then whole words over normal forms, beside the peers.
fn on_bytes(messages: &[String], phrases: &[String], report: &mut Report) -> Result<()> {
    let large = lexicon(phrases)?;
    let small = lexicon(&phrases[..PHRASES_FEW])?;
    naive_bytes(messages, phrases, &large)?;
    let began = machine::own_thread_cpu()?;
    let folded = Folded::new(phrases)?;
    report.add(Figure::reported(
        "folded_build_s",
        Better::Lower,
        vec![(machine::own_thread_cpu()? - began).as_secs_f64()],
    ));
    naive_words(messages, &folded)?;
    let documents: Vec<Document> = messages.iter().map(|message| written(message)).collect();
    let mut peers = peers::start(messages, phrases, rules::REGEXES)?;
    let [mut ours, mut few, mut full]: [Vec<f64>; 3] = Default::default();
    let bar = progress::bar("in turns", RUNS as u64);
    for _ in 0..RUNS {
        let found = measured(messages, |message| large.find(message.as_bytes()), &mut ours)?;
        measured(messages, |message| small.find(message.as_bytes()), &mut few)?;
        measured(&documents, |document| folded.find(document), &mut full)?;
        for peer in &mut peers {
            let other = peer.run()?;
            ensure!(other == found, "{} finds {other:?}, not {found:?}", peer.name);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let rates =
        |seconds: &[f64]| -> Vec<f64> { seconds.iter().map(|one| messages.len() as f64 / one).collect() };
    let ratios = |peer: &Peer, ours: &[f64]| -> Vec<f64> {
        peer.seconds.iter().zip(ours).map(|(theirs, own)| theirs / own).collect()
    };
    report.add(Figure::reported("bytes_messages_s", Better::Higher, rates(&ours)));
    report.add(Figure::reported("folded_messages_s", Better::Higher, rates(&full)));
    for peer in &peers {
        report.add(Figure::reported(
            &format!("{}_messages_s", peer.name),
            Better::Higher,
            rates(&peer.seconds),
        ));
        let name = format!("bytes_vs_{}", peer.name);
        report.add(match peer.name {
            "vectorscan" => Figure::goal(&name, Better::Higher, 2.0, ratios(peer, &ours)),
            "vectorscan+regexset" => Figure::goal(&name, Better::Higher, 1.0, ratios(peer, &ours)),
            _ => Figure::reported(&name, Better::Higher, ratios(peer, &ours)),
        });
        if peer.name == "vectorscan" {
            report.add(Figure::goal("folded_vs_vectorscan", Better::Higher, 1.3, ratios(peer, &full)));
        }
    }
    let flat = few.iter().zip(&ours).map(|(few, many)| few / many).collect();
    report.add(Figure::goal("rate_at_10000_vs_100", Better::Higher, 0.55, flat));
    peers::presidio(messages, report);
    Ok(())
}

fn lexicon(phrases: &[String]) -> Result<ByteRules> {
    let phrases: Vec<&str> = phrases.iter().map(String::as_str).collect();
    ByteRules::new(&phrases, rules::REGEXES).map_err(|error| anyhow!(error))
}

/// Reads every message once; what was found, and the processor time that it took is added to the others.
fn measured<T>(
    messages: &[T],
    mut find: impl FnMut(&T) -> Vec<u32>,
    seconds: &mut Vec<f64>,
) -> Result<Found> {
    let mut found = Found::default();
    let began = machine::own_thread_cpu()?;
    for (at, message) in messages.iter().enumerate() {
        found.add(at, &find(message));
    }
    seconds.push((machine::own_thread_cpu()? - began).as_secs_f64());
    Ok(found)
}

/// Every phrase and every regex by itself finds what all together find.
fn naive_bytes(messages: &[String], phrases: &[String], lexicon: &ByteRules) -> Result<()> {
    let lower: Vec<String> = phrases.iter().map(|phrase| phrase.to_ascii_lowercase()).collect();
    let singles: Vec<ByteRules> = rules::REGEXES
        .iter()
        .map(|regex| ByteRules::new(&[], &[regex]).map_err(|error| anyhow!(error)))
        .collect::<Result<_>>()?;
    let messages = &messages[..NAIVE.min(messages.len())];
    let bar = progress::bar("rules one by one", messages.len() as u64);
    for (at, message) in messages.iter().enumerate() {
        let text = message.to_ascii_lowercase();
        let by_phrase =
            (0..).zip(&lower).filter(|(_, phrase)| text.contains(*phrase)).map(|(number, _)| number);
        let by_regex = (lower.len() as u32..)
            .zip(&singles)
            .filter(|(_, single)| !single.find(message.as_bytes()).is_empty())
            .map(|(number, _)| number);
        let alone: Vec<u32> = by_phrase.chain(by_regex).collect();
        ensure!(
            lexicon.find(message.as_bytes()) == alone,
            "message {at}: all together find something else than {alone:?}"
        );
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Each query and each regex alone finds what all together find.
fn naive_words(messages: &[String], folded: &Folded) -> Result<()> {
    let alone = |regex: &&str| QuerySet::with_patterns(Vec::new(), &[regex]).map_err(|error| anyhow!(error));
    let singles: Vec<QuerySet> = rules::REGEXES.iter().map(alone).collect::<Result<_>>()?;
    let messages = &messages[..NAIVE_QUERIES.min(messages.len())];
    let bar = progress::bar("queries one by one", messages.len() as u64);
    for (at, message) in messages.iter().enumerate() {
        let document = written(message);
        let reading = Reading::of(&document);
        let queries = folded.set.queries().iter().enumerate();
        let alone: Vec<_> =
            queries.filter_map(|(number, query)| Some((number, query.find(&reading)?))).collect();
        let together = folded.set.judge(&reading);
        ensure!(together.matches == alone, "message {at}: all together find something else than {alone:?}");
        let holds = |(_, single): &(usize, &QuerySet)| !single.judge(&reading).patterns.is_empty();
        let patterns: Vec<usize> =
            singles.iter().enumerate().filter(holds).map(|(number, _)| number).collect();
        ensure!(
            together.patterns == patterns,
            "message {at}: all together find something else than {patterns:?}"
        );
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// The phrases as the product means them, whole words of the normal form with the places where they were written, and the regexes over the
/// normal form.
struct Folded {
    set: QuerySet,
}

impl Folded {
    fn new(phrases: &[String]) -> Result<Self> {
        let queries = phrases.iter().map(|phrase| parsed(&rules::query(phrase))).collect::<Result<_>>()?;
        let set = QuerySet::with_patterns(queries, rules::REGEXES).map_err(|error| anyhow!(error))?;
        Ok(Self { set })
    }

    fn find(&self, document: &Document) -> Vec<u32> {
        let judged = self.set.judge(&Reading::of(document));
        let mut found: Vec<u32> = judged.matches.iter().map(|(number, _)| *number as u32).collect();
        let first = self.set.queries().len();
        found.extend(judged.patterns.iter().map(|number| (first + number) as u32));
        found
    }
}

fn parsed(text: &str) -> Result<Query> {
    Query::parse(text).map_err(|mistakes| anyhow!("{text}: {mistakes:?}"))
}

fn written(message: &str) -> Document {
    Document { zones: [(Zone::Text, message.to_owned())].into(), ..Document::default() }
}

/// A firm's policies over whole documents.
fn policies(words: &Words, messages: &[String], seed: u64, report: &mut Report) -> Result<()> {
    let texts = rules::policies(words, POLICIES, seed);
    let set = QuerySet::new(texts.iter().map(|text| parsed(text)).collect::<Result<_>>()?);
    let mut random = Random::new(seed, "facts");
    let documents: Vec<Document> = messages.iter().map(|message| document(message, &mut random)).collect();
    for (at, document) in documents.iter().take(NAIVE).enumerate() {
        let reading = Reading::of(document);
        let queries = set.queries().iter().enumerate();
        let alone: Vec<_> =
            queries.filter_map(|(number, query)| Some((number, query.find(&reading)?))).collect();
        ensure!(
            set.matches(&reading) == alone,
            "document {at}: all together find something else than {alone:?}"
        );
    }
    let (mut rates, mut findings) = (Vec::new(), 0);
    for _ in 0..RUNS {
        let began = machine::own_thread_cpu()?;
        findings = documents.iter().map(|document| set.judge(&Reading::of(document)).matches.len()).sum();
        rates.push(documents.len() as f64 / (machine::own_thread_cpu()? - began).as_secs_f64());
    }
    report.add(Figure::goal("policies_1000_messages_s", Better::Higher, 300_000.0, rates));
    let share = findings as f64 / documents.len() as f64;
    report.add(Figure::reported("policies_1000_findings_a_message", Better::Lower, vec![share]));
    let many = rules::policies(words, PHRASES, seed + 1);
    let mut times = Vec::new();
    for _ in 0..3 {
        let began = Instant::now();
        let queries = many.iter().map(|text| parsed(text)).collect::<Result<_>>()?;
        let set = QuerySet::new(queries);
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
