//! The rules of the scan bench: phrases in eight languages, regexes as leak prevention has them, policies as firms write them.

use super::messages::COMPLIANCE;
use crate::{corpus::Corpus, random::Random};

/// Phrases in a thousand that are one rare word.
const SINGLE: usize = 100;
const SINGLE_BYTES_MIN: usize = 10;
/// Ranks of the words that make a phrase rare.
const RARE: std::ops::Range<usize> = 400..20_000;

/// So many distinct phrases: those that are planted, rare words, and two to four words after each other.
pub fn phrases(corpus: &Corpus, count: usize, seed: u64) -> Vec<String> {
    let mut random = Random::new(seed, "phrases");
    let mut seen: std::collections::HashSet<String> =
        COMPLIANCE.iter().map(|&phrase| phrase.to_owned()).collect();
    let mut all: Vec<String> = COMPLIANCE.iter().map(|&phrase| phrase.to_owned()).collect();
    while all.len() < count {
        let phrase = phrase(corpus, &mut random);
        // Two characters of Chinese are no rare word.
        if phrase.chars().count() >= 3 && phrase.len() >= 4 && seen.insert(phrase.clone()) {
            all.push(phrase);
        }
    }
    all.truncate(count);
    all
}

fn phrase(corpus: &Corpus, random: &mut Random) -> String {
    let vocabulary = corpus.language(random);
    let rare = vocabulary.words[RARE.start + random.below(RARE.len())].clone();
    // Short ones are parts of many longer words, since all are made of the same pieces.
    if random.in_thousand(SINGLE) && rare.len() >= SINGLE_BYTES_MIN {
        return rare;
    }
    let mut parts: Vec<String> =
        (0..1 + random.below(3)).map(|_| vocabulary.draw(random).to_owned()).collect();
    let less = vocabulary.words[random.below(RARE.start * 2)].clone();
    let at = random.below(parts.len() + 1);
    parts.insert(at, if random.in_thousand(100) { less } else { rare });
    parts.join(if vocabulary.language.spaced { " " } else { "" })
}

/// Regexes over bytes, letters of ASCII in either case.
pub const REGEXES: &[&str] = &[
    r"\b[a-z]{2}\d{2}[ ]?[a-z]{4}[ ]?\d{4}[ ]?\d{4}[ ]?\d{4}\b",
    r"\b[a-z]{2}\d{2}(?:[ ]?[a-z0-9]{4}){3,7}\b",
    r"\b4\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b",
    r"\b5[1-5]\d{2}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b",
    r"\b3[47]\d{2}[ -]?\d{6}[ -]?\d{5}\b",
    r"\b6(?:011|5\d{2})[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b",
    r"\b[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}\b",
    r"\b[a-z]{5}\d{4}[a-z]\b",
    r"\b\d{2}[a-z]{5}\d{4}[a-z][0-9a-z]z[0-9a-z]\b",
    r"\b[a-z]{4}0[a-z0-9]{6}\b",
    r"\b[a-z0-9._-]{2,64}@(?:okaxis|oksbi|okicici|okhdfcbank|ybl|paytm|upi|ibl|axl)\b",
    r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b",
    r"\b\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}\b",
    r"\b\d{3}-\d{2}-\d{4}\b",
    r"\+\d{1,3}[ -]?\(?\d{2,5}\)?(?:[ -]?\d{3,5}){1,3}",
    r"\(\d{2}\) ?9\d{4}-\d{4}",
    r"\b[6-9]\d{4}[ ]?\d{5}\b",
    r"[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}",
    r"https?://[^ ]{4,}",
    r"\bwww\.[a-z0-9-]{2,}\.[a-z]{2,6}",
    r"\b(?:bit\.ly|tinyurl\.com|t\.co|goo\.gl|cutt\.ly|is\.gd)/[a-z0-9]+",
    r"\bwa\.me/\d{6,15}",
    r"\bt\.me/[a-z0-9_]{4,}",
    r"\bdiscord\.gg/[a-z0-9]+",
    r"\br\$ ?\d{1,3}(?:\.?\d{3})*(?:,\d{2})?",
    r"\busd ?\d{1,3}(?:,?\d{3})*(?:\.\d{2})?",
    r"\$ ?\d{1,3}(?:,?\d{3})*(?:\.\d{2})?",
    r"\b(?:inr|rs\.?) ?\d{2,9}\b",
    r"\beur ?\d{2,9}\b",
    r"\b\d{1,2} ?% (?:off|discount|desconto|descuento)\b",
    r"\b(?:discount|desconto|descuento) (?:of|de) \d{1,2} ?%",
    r"\b(?:1[a-km-z1-9]{25,34}|bc1[a-z0-9]{25,59})\b",
    r"\b0x[a-f0-9]{40}\b",
    r"\bt[a-z0-9]{33}\b.{0,20}\busdt\b",
    r"\bakia[0-9a-z]{16}\b",
    r"\bgh[pousr]_[a-z0-9]{36}\b",
    r"\bsk_live_[a-z0-9]{24}\b",
    r"-----begin [a-z ]{3,20}private key-----",
    r"\botp\b[^0-9]{0,12}\d{4,8}\b",
    r"\b(?:password|senha|clave)\b ?[:=] ?[^ ]{4,}",
    r"\bpin\b[^0-9]{0,8}\d{4}\b",
    r"\b(?:account|a/c|acct|conta|cuenta)\b[^0-9]{0,16}\d{6,16}\b",
    r"\b(?:agencia|ag\.?) ?\d{4}\b",
    r"\bswift\b.{0,8}\b[a-z]{6}[a-z0-9]{2}(?:[a-z0-9]{3})?\b",
    r"\bcash\b(?:\W+\w+){0,5}?\W+\bdiscount\b",
    r"\bsend\b(?:\W+\w+){0,4}?\W+\bpayment\b",
    r"\bdelivery\b(?:\W+\w+){0,3}?\W+\binvoice\b",
    r"\bpago\b(?:\W+\w+){0,4}?\W+\befectivo\b",
    r"\bdinheiro\b(?:\W+\w+){0,4}?\W+\bnota\b",
    r"\bstore\b(?:\W+\w+){0,3}?\W+\bprice\b",
];

/// A regex as a query of the language.
pub fn expression(regex: &str) -> String {
    format!("/{}/", regex.replace('/', r"\/"))
}

/// A phrase as a query.
pub fn query(phrase: &str) -> String {
    format!("\"{}\"", phrase.replace('\\', "\\\\").replace('"', "\\\""))
}

/// So many policies' queries: boolean, phrases, proximity, fields, and lists of words.
pub fn policies(corpus: &Corpus, count: usize, seed: u64) -> Vec<String> {
    let mut random = Random::new(seed, "scan policies");
    (0..count).map(|at| policy(at, corpus, &mut random)).collect()
}

fn policy(at: usize, corpus: &Corpus, random: &mut Random) -> String {
    let vocabulary = corpus.language(random);
    let word = |random: &mut Random| query(&vocabulary.words[RARE.start + random.below(RARE.len())]);
    let common = |random: &mut Random| query(vocabulary.draw(random));
    let phrase = |random: &mut Random| query(&phrase(corpus, random));
    match at % 6 {
        0 => format!(
            "direction:out ({} OR {} OR {}) NOT {}",
            word(random),
            phrase(random),
            phrase(random),
            common(random)
        ),
        1 => {
            let phrases: Vec<String> = (0..12).map(|_| phrase(random)).collect();
            format!("({}) NOT team:finance", phrases.join(" OR "))
        }
        2 => {
            let (one, two) = (vocabulary.draw(random).to_owned(), word(random));
            format!("\"{one} {}\"~5 direction:out", two.trim_matches('"'))
        }
        3 => format!(
            "direction:out off_hours:true (entity:EMAIL OR link:unregistered OR money:>500) {}",
            common(random)
        ),
        4 => {
            let list: Vec<String> = (0..40).map(|_| word(random)).collect();
            format!("text:({}) region:BR", list.join(" OR "))
        }
        _ => format!("({} {}) OR (payment:unregistered {})", common(random), word(random), common(random)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::messages;
    use super::*;

    #[test]
    fn there_are_as_many_rules_as_asked_for_and_all_are_read() {
        let corpus = messages::corpus(1);
        assert_eq!((phrases(&corpus, 1000, 1).len(), REGEXES.len()), (1000, 50));
        assert_eq!(phrases(&corpus, 10, 1), phrases(&corpus, 1000, 1)[..10]);
        let queries = phrases(&corpus, 100, 1).into_iter().map(|phrase| query(&phrase));
        let expressions = REGEXES.iter().map(|regex| expression(regex));
        for text in policies(&corpus, 60, 1).into_iter().chain(queries).chain(expressions) {
            aboveboard_query::Query::parse(&text).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}"));
        }
        aboveboard_query::ByteRules::new(&[], REGEXES).unwrap();
    }
}
