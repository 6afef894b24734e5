//! Rules and messages that are made to hurt: none may be read at less than a tenth of the ordinary rate, nor take much memory, nor may
//! what matches be given up.

use aboveboard_query::{ByteRules, QuerySet, Reading};
use anyhow::{Result, anyhow};

use super::{rules, written};
use crate::{
    corpus::Corpus,
    machine, progress,
    report::{Better, Figure},
};

/// Bytes of a hostile message of each length, and of the longest that a person could send as a text and as a file's words.
const LENGTHS: [usize; 2] = [4 << 10, 1 << 20];
/// Bytes of each that are read at least, by queries and the engine alone, and by regexes one by one, which take longer.
const BYTES_MIN: usize = 4 << 20;
const BYTES_MIN_ONE_BY_ONE: usize = 128 << 10;
/// Of the hostile regexes one in so many is a policy.
const EVERY: usize = 10;
/// What all of it may take, in megabytes.
const MEMORY_MB_MAX: f64 = 512.0;

/// Something that reads a text, and what is known of how fast.
struct Way<'r> {
    name: &'static str,
    look: Box<dyn Fn(&str) + 'r>,
    bytes_min: usize,
    /// Bytes a second of ordinary messages.
    usual: f64,
    /// The slowest hostile text's rate beside it.
    slowest: f64,
}

impl<'r> Way<'r> {
    fn new(name: &'static str, bytes_min: usize, look: impl Fn(&str) + 'r) -> Self {
        Self { name, look: Box::new(look), bytes_min, usual: f64::NAN, slowest: f64::INFINITY }
    }

    /// Bytes a second.
    fn rate<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Result<f64> {
        let mut bytes = 0;
        let began = machine::own_thread_cpu()?;
        for text in texts {
            (self.look)(text);
            bytes += text.len();
        }
        Ok(bytes as f64 / (machine::own_thread_cpu()? - began).as_secs_f64())
    }

    /// A hostile text's rate beside that of ordinary messages.
    fn beside_usual(&mut self, text: &str) -> Result<f64> {
        let times = 1 + self.bytes_min / text.len();
        let share = self.rate(std::iter::repeat_n(text, times))? / self.usual;
        self.slowest = self.slowest.min(share);
        Ok(share)
    }
}

/// Measures the slowest hostile message beside ordinary ones, by bytes a second, and what is given up.
///
/// # Errors
/// The machine's.
pub fn run(corpus: &Corpus, messages: &[String], phrases: &[String]) -> Result<Vec<Figure>> {
    machine::forget_peak();
    let before = machine::resident(std::process::id())?.0;
    let regexes = regexes();
    let queries = super::set(queries(corpus, phrases))?;
    let expressions = super::set(regexes.iter().step_by(EVERY).map(|regex| rules::expression(regex)))?;
    let every: Vec<&str> = regexes.iter().map(String::as_str).collect();
    let engine = ByteRules::new(&[], &every).map_err(|error| anyhow!(error))?;
    let judge =
        |set: &QuerySet, text: &str| _ = std::hint::black_box(set.judge(&Reading::of(&written(text))));
    let mut ways = [
        Way::new("hostile_queries", BYTES_MIN, |text| judge(&queries, text)),
        Way::new("hostile_regex_queries", BYTES_MIN_ONE_BY_ONE, |text| judge(&expressions, text)),
        Way::new("engine_alone_hostile_regexes", BYTES_MIN, |text| {
            _ = std::hint::black_box(engine.find(text.as_bytes()));
        }),
    ];
    for way in &mut ways {
        way.usual = way.rate(messages.iter().take(20_000).map(String::as_str))?;
    }
    let texts = texts();
    let bar = progress::bar("hostile messages", texts.len() as u64);
    let mut given_up = Vec::new();
    for text in &texts {
        let shares: Vec<f64> =
            ways.iter_mut().map(|way| way.beside_usual(&text.text)).collect::<Result<_>>()?;
        let own = GivenUp::of(text, &[&queries, &expressions]);
        bar.suspend(|| {
            eprintln!("  {}: {shares:.2?} of the ordinary rate, {} given up", text.name(), own.count)
        });
        given_up.push(own);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mut figures: Vec<Figure> = ways
        .iter()
        .map(|way| Figure::goal(&format!("{}_vs_ordinary", way.name), Better::Higher, 0.1, vec![way.slowest]))
        .collect();
    figures.extend(GivenUp::figures(&given_up));
    let taken = machine::peak(std::process::id())?.saturating_sub(before) as f64 / 1e6;
    figures.push(Figure::goal("hostile_memory_mb", Better::Lower, MEMORY_MB_MAX, vec![taken]));
    Ok(figures)
}

/// What is written again and again, and so makes a text.
struct Text {
    kind: &'static str,
    text: String,
}

impl Text {
    fn of(kind: &'static str, unit: &str, bytes: usize) -> Self {
        Self { kind, text: unit.repeat(bytes / unit.len()) }
    }

    fn name(&self) -> String {
        format!("{}_{}_bytes", self.kind.replace(' ', "_"), self.text.len())
    }
}

/// The policies that were given up on a text.
struct GivenUp {
    name: String,
    count: usize,
    /// Those of them that match it.
    matching: usize,
}

impl GivenUp {
    fn of(text: &Text, sets: &[&QuerySet]) -> Self {
        let mut own = Self { name: text.name(), count: 0, matching: 0 };
        let document = written(&text.text);
        for set in sets {
            let reading = Reading::of(&document);
            let exceeded = set.judge(&reading).exceeded;
            // By themselves they may take as long as they need.
            let matches = |number: &&usize| set.queries()[**number].find(&reading).is_some();
            own.count += exceeded.len();
            own.matching += exceeded.iter().filter(matches).count();
        }
        own
    }

    /// A figure for each text, and the texts on which something that matches was given up: none may be.
    fn figures(all: &[Self]) -> Vec<Figure> {
        let figure = |own: &Self| {
            let name = format!("given_up_on_{}", own.name);
            Figure::reported(&name, Better::Lower, vec![own.count as f64])
        };
        let mut figures: Vec<Figure> = all.iter().map(figure).collect();
        let missed = all.iter().filter(|own| own.matching > 0).count() as f64;
        figures.push(Figure::exact("hostile_texts_with_a_match_given_up", Better::Lower, 0.0, vec![missed]));
        figures
    }
}

/// The phrases, and among them what hurts: common words, single letters, words that begin alike, everything but.
fn queries(corpus: &Corpus, phrases: &[String]) -> impl Iterator<Item = String> {
    let common: Vec<&str> = super::messages::COMPLIANCE.iter().flat_map(|text| text.split(' ')).collect();
    let letters = ('a'..='z').map(|c| c.to_string());
    let pairs: Vec<String> =
        common.iter().zip(common.iter().skip(1)).map(|(one, two)| format!("\"{one} {two}\"~50")).collect();
    let nested = (1..40).map(|count| format!("\"{}\"", vec!["a"; count].join(" ")));
    let spread = (2..20).map(|count| format!("\"{}\"~50", ["a", "b"].repeat(count).join(" ")));
    let starts = ('a'..='z').flat_map(|one| ('a'..='z').map(move |two| format!("{one}{two}*")));
    let all = phrases.iter().map(|phrase| rules::query(phrase));
    let policies = rules::policies(corpus, 500, 7);
    all.chain(letters).chain(pairs).chain(nested).chain(spread).chain(starts).chain(policies)
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

fn texts() -> Vec<Text> {
    let units = [
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
    units.iter().flat_map(|(kind, unit)| LENGTHS.map(|bytes| Text::of(kind, unit, bytes))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_up_is_counted_and_a_match_among_it_misses_the_goal() {
        let set = |texts: Vec<String>| super::super::set(texts.into_iter()).unwrap();
        // It matches only where all else was looked at.
        let long = format!("\"{} cash\"~9", ["a", "b"].repeat(31).join(" "));
        let text = Text { kind: "cash at the end", text: "a b ".repeat(90_000) + "cash" };
        let own = GivenUp::of(&text, &[&set(vec!["a".to_owned()]), &set(vec![long; 3])]);
        assert_eq!(own.name, "cash_at_the_end_360004_bytes");
        assert_eq!((own.count, own.matching), (3, 3));
        let is_missed = |all: &[GivenUp]| GivenUp::figures(all).iter().any(Figure::is_missed);
        assert!(is_missed(&[own]));
        assert!(!is_missed(&[GivenUp { name: String::new(), count: 3, matching: 0 }]));
    }
}
