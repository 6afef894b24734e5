//! What every fast matcher must agree with: every rule by itself, in the plainest way that gives the answer.

use aboveboard_model::document::Document;
use aboveboard_query::{ByteRules, QuerySet, Reading};
use aboveboard_text::{Options, normalise};
use anyhow::{Result, ensure};
use regex::{Regex, RegexBuilder};

use super::{Folded, rules, written};
use crate::progress;

/// Messages that the plainest matchers read.
pub const MESSAGES: usize = 20_000;
/// Phrases, and regexes, that must be found in a thousand of them: agreeing on nothing proves nothing.
const HITS_IN_THOUSAND_MIN: usize = 5;

/// Every phrase and every regex by itself finds in bytes what all together find.
///
/// # Errors
/// The first message where it does not.
pub fn bytes(messages: &[String], phrases: &[String], engine: &ByteRules) -> Result<()> {
    let lower: Vec<String> = phrases.iter().map(|phrase| phrase.to_ascii_lowercase()).collect();
    let regexes = rules::REGEXES
        .iter()
        .map(|regex| regex::bytes::RegexBuilder::new(regex).case_insensitive(true).unicode(false).build());
    let regexes: Vec<regex::bytes::Regex> = regexes.collect::<Result<_, _>>()?;
    same("bytes", messages, phrases.len(), |message| {
        let text = message.to_ascii_lowercase();
        let phrases =
            (0..).zip(&lower).filter(|(_, phrase)| text.contains(*phrase)).map(|(number, _)| number);
        let regexes = (lower.len() as u32..).zip(&regexes);
        let regexes = regexes.filter(|(_, regex)| regex.is_match(message.as_bytes()));
        Ok((phrases.chain(regexes.map(|(number, _)| number)).collect(), engine.find(message.as_bytes())))
    })
}

/// What the product finds of phrases and regexes is what the normal form holds, searched as a string: whole words of spaced scripts,
/// any stretch of others, and regexes there or as written; and the places given are those where the phrase is written.
///
/// # Errors
/// The first message where it is not.
pub fn folded(messages: &[String], phrases: &[String], folded: &Folded) -> Result<()> {
    let lines: Vec<Phrase> = phrases.iter().map(|phrase| Phrase::of(phrase)).collect();
    let build = |regex: &&str| RegexBuilder::new(regex).case_insensitive(true).build();
    let regexes: Vec<Regex> = rules::REGEXES.iter().map(build).collect::<Result<_, _>>()?;
    same("normal forms", messages, phrases.len(), |message| {
        let normal = normalise(message, Options::SEARCH);
        let line = words(normal.text());
        let alone = lines.iter().map(|phrase| phrase.stands_in(normal.text(), &line));
        let regexes = regexes.iter().map(|regex| regex.is_match(message) || regex.is_match(normal.text()));
        let alone = (0..).zip(alone.chain(regexes)).filter(|(_, holds)| *holds).map(|(number, _)| number);
        let document = written(message);
        let judged = folded.set.judge(&Reading::of(&document));
        for (number, found) in judged.matches.iter().filter(|(number, _)| *number < lines.len()) {
            let places: Vec<&str> =
                found.spans.iter().map(|span| message.get(span.start..span.end).unwrap_or("")).collect();
            let around = found.spans.first().zip(found.spans.last());
            let around = around.and_then(|(first, last)| message.get(first.start..last.end)).unwrap_or("");
            ensure!(
                lines[*number].is_written(&places, around),
                "{message}: `{}` is not written at {places:?}",
                phrases[*number]
            );
        }
        Ok((alone.collect(), folded.find(&document)?))
    })
}

/// Each query alone finds what all together find.
///
/// # Errors
/// The first document where it does not.
pub fn queries(documents: &[Document], set: &QuerySet) -> Result<()> {
    for (at, document) in documents.iter().enumerate() {
        let reading = Reading::of(document);
        let queries = set.queries().iter().enumerate();
        let alone: Vec<_> =
            queries.filter_map(|(number, query)| Some((number, query.find(&reading)?))).collect();
        ensure!(
            set.matches(&reading) == alone,
            "document {at}: all together find something else than {alone:?}"
        );
    }
    Ok(())
}

/// Holds two answers to each other, message by message, and makes sure that there are enough.
fn same(
    what: &'static str,
    messages: &[String],
    phrases: usize,
    answers: impl Fn(&str) -> Result<(Vec<u32>, Vec<u32>)>,
) -> Result<()> {
    let messages = &messages[..MESSAGES.min(messages.len())];
    let bar = progress::bar(what, messages.len() as u64);
    let mut hits = [0; 2];
    for (at, message) in messages.iter().enumerate() {
        let (alone, together) = answers(message)?;
        ensure!(alone == together, "{what}, message {at}: all together find {together:?}, not {alone:?}");
        let own = alone.partition_point(|number| (*number as usize) < phrases);
        hits = [hits[0] + own, hits[1] + alone.len() - own];
        bar.inc(1);
    }
    bar.finish_and_clear();
    eprintln!(
        "  {what}: {} phrases and {} regexes in {} messages, as one by one",
        hits[0],
        hits[1],
        messages.len()
    );
    ensure!(
        hits.iter().all(|hits| hits * 1000 >= HITS_IN_THOUSAND_MIN * messages.len()),
        "{what}: too few hits to prove anything: {hits:?}"
    );
    Ok(())
}

/// A phrase as it must stand in a text.
struct Phrase {
    /// Its words with a space around each; of a script without spaces its characters.
    sought: String,
    is_spaced: bool,
}

impl Phrase {
    fn of(phrase: &str) -> Self {
        let normal = normalise(phrase, Options::SEARCH);
        let is_spaced = !normal.text().chars().any(is_chinese);
        let sought = if is_spaced { words(normal.text()) } else { normal.text().to_owned() };
        Self { sought, is_spaced }
    }

    fn stands_in(&self, normal: &str, line: &str) -> bool {
        if self.is_spaced { line.contains(&self.sought) } else { normal.contains(&self.sought) }
    }

    /// Whether the words written at some places, or of an unspaced script all from the first to the last, are it.
    fn is_written(&self, places: &[&str], around: &str) -> bool {
        let text = if self.is_spaced { places.join(" ") } else { around.to_owned() };
        let normal = normalise(&text, Options::SEARCH);
        self.stands_in(normal.text(), &words(normal.text()))
    }
}

/// The words of a text with a space around each. A Unicode scalar is part of a word unless it is space or punctuation of ASCII: the
/// corpus has no other.
fn words(text: &str) -> String {
    let is_between = |c: char| c.is_whitespace() || c.is_ascii_punctuation();
    let words: Vec<&str> = text.split(is_between).filter(|word| !word.is_empty()).collect();
    format!(" {} ", words.join(" "))
}

fn is_chinese(c: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_found_as_whole_words_whatever_their_case_and_accents() {
        let stands = |phrase: &str, text: &str| {
            let normal = normalise(text, Options::SEARCH);
            Phrase::of(phrase).stands_in(normal.text(), &words(normal.text()))
        };
        assert!(stands("sem nota", "SEM, Nóta!"));
        assert!(!stands("sem nota", "sem notas"));
        assert!(!stands("sem nota", "sem 🙂 nota"));
        assert!(stands("不要告诉", "今天不要告诉公司"));
        assert!(!stands("不要告诉", "不要 告诉"));
    }

    #[test]
    fn the_set_agrees_and_a_rule_that_it_does_not_know_is_noticed() {
        let corpus = super::super::messages::corpus(1);
        let messages = super::super::messages::messages(&corpus, 2_000, 1);
        let phrases = rules::phrases(&corpus, 2_000, 1);
        let set = Folded::new(&phrases).unwrap();
        folded(&messages, &phrases, &set).unwrap();
        let engine = super::super::engine(&phrases).unwrap();
        bytes(&messages, &phrases, &engine).unwrap();
        let mut other = phrases.clone();
        other[0] = "the".to_owned();
        assert!(folded(&messages, &other, &set).is_err());
        assert!(bytes(&messages, &other, &engine).is_err());
        assert!(
            folded(&vec!["hm".to_owned(); 9], &phrases, &set)
                .unwrap_err()
                .to_string()
                .contains("too few hits")
        );
    }
}
