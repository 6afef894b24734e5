//! Rules and messages that are made to hurt: none may be read at less than a tenth of the ordinary rate, nor take much memory.

use aboveboard_query::{ByteRules, QuerySet, Reading};
use anyhow::{Result, anyhow};

use super::messages::Words;
use super::{rules, written};
use crate::{
    machine, progress,
    report::{Better, Figure, Report},
};

/// Bytes of a hostile message of each length, and of the longest that a person could send as a text and as a file's words.
const LENGTHS: [usize; 2] = [4 << 10, 1 << 20];
/// What all of it may take, in bytes.
const MEMORY_MB_MAX: f64 = 512.0;

/// Measures the slowest hostile message beside ordinary ones, by bytes a second.
///
/// # Errors
/// The machine's.
pub fn run(words: &Words, messages: &[String], phrases: &[String], report: &mut Report) -> Result<()> {
    let pid = std::process::id();
    let before = machine::resident(pid)?.1;
    let set = QuerySet::new(queries(words, phrases)?);
    let regexes = regexes();
    let regexes: Vec<&str> = regexes.iter().map(String::as_str).collect();
    let lexicon = ByteRules::new(&[], &regexes).map_err(|error| anyhow!(error))?;
    let ordinary: Vec<&str> = messages.iter().take(20_000).map(String::as_str).collect();
    let texts = texts();
    let mut slowest = [f64::INFINITY; 2];
    let rates = |texts: &[&str]| -> Result<[f64; 2]> {
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        let began = machine::own_thread_cpu()?;
        for text in texts {
            let document = written(text);
            std::hint::black_box(set.judge(&Reading::of(&document)));
        }
        let middle = machine::own_thread_cpu()?;
        for text in texts {
            std::hint::black_box(lexicon.find(text.as_bytes()));
        }
        let end = machine::own_thread_cpu()?;
        Ok([bytes as f64 / (middle - began).as_secs_f64(), bytes as f64 / (end - middle).as_secs_f64()])
    };
    let usual = rates(&ordinary)?;
    let bar = progress::bar("hostile messages", texts.len() as u64);
    for (name, text) in &texts {
        let own = rates(&vec![text.as_str(); 1 + (4 << 20) / text.len()])?;
        for ((own, usual), slowest) in own.iter().zip(usual).zip(&mut slowest) {
            *slowest = slowest.min(own / usual);
        }
        bar.suspend(|| {
            eprintln!(
                "  {name}, {} bytes: {:.2} and {:.2} of the ordinary rate",
                text.len(),
                own[0] / usual[0],
                own[1] / usual[1]
            )
        });
        bar.inc(1);
    }
    bar.finish_and_clear();
    report.add(Figure::goal("hostile_queries_vs_ordinary", Better::Higher, 0.1, vec![slowest[0]]));
    report.add(Figure::goal("hostile_regexes_vs_ordinary", Better::Higher, 0.1, vec![slowest[1]]));
    let taken = machine::resident(pid)?.1.saturating_sub(before) as f64 / 1e6;
    report.add(Figure::goal("hostile_memory_mb", Better::Lower, MEMORY_MB_MAX, vec![taken]));
    Ok(())
}

/// The phrases, and among them what hurts: common words, single letters, words that begin alike, everything but.
fn queries(words: &Words, phrases: &[String]) -> Result<Vec<aboveboard_query::Query>> {
    let common: Vec<&str> = super::messages::COMPLIANCE.iter().flat_map(|text| text.split(' ')).collect();
    let letters = ('a'..='z').map(|c| c.to_string());
    let pairs = common.iter().zip(common.iter().skip(1)).map(|(one, two)| format!("\"{one} {two}\"~50"));
    let nested = (1..40).map(|count| format!("\"{}\"", vec!["a"; count].join(" ")));
    let spread = (2..20).map(|count| format!("\"{}\"~50", ["a", "b"].repeat(count).join(" ")));
    let starts = ('a'..='z').flat_map(|one| ('a'..='z').map(move |two| format!("{one}{two}*")));
    let all = phrases.iter().map(|phrase| rules::query(phrase));
    let policies = rules::policies(words, 500, 7);
    all.chain(letters)
        .chain(pairs)
        .chain(nested)
        .chain(spread)
        .chain(starts)
        .chain(policies)
        .map(|text| super::parsed(&text))
        .collect()
}

/// A thousand regexes: the fifty, and those that match everywhere, nearly everywhere, and only after long searches.
fn regexes() -> Vec<String> {
    let own = rules::REGEXES.iter().map(|&regex| regex.to_owned());
    let letter = |at: usize| char::from(b'a' + (at % 26) as u8);
    let stars = (0..300).map(|at| format!("{}*{}*{}+x{at}", letter(at), letter(at / 26), letter(at + 7)));
    let spread = (0..300).map(|at| format!("{}.{{0,20}}{}.{{0,20}}z{at}", letter(at), letter(at + 3)));
    let counted = (0..200).map(|at| format!("(?:{}[a-z]){{20,40}}q{at}", letter(at)));
    let ends = (0..150).map(|at| format!("[a-z]+{}{}[a-z]*[0-9]{at}$", letter(at), letter(at / 26)));
    own.chain(stars).chain(spread).chain(counted).chain(ends).collect()
}

fn texts() -> Vec<(&'static str, String)> {
    let units: [(&str, &str); 9] = [
        ("one letter", "a"),
        ("one letter and a space", "a "),
        ("two letters in turns", "a b "),
        ("common words", "cash only no receipt this chat my personal account "),
        ("one gram", "ceip"),
        ("marks without end", "a\u{301}\u{301}\u{5b0}"),
        ("invisible characters", "a\u{200b}"),
        ("digits", "4111 1111 1111 1111 "),
        ("characters without spaces", "不要告诉公司"),
    ];
    units
        .iter()
        .flat_map(|(name, unit)| LENGTHS.map(|length| (*name, unit.repeat(length / unit.len()))))
        .collect()
}
