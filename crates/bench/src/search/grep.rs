//! The matcher that search is held to. It shares no code with the product: whole words where spaces part them, letters
//! anywhere where they do not, case and accents of Latin letters put aside.

use std::collections::{HashMap, HashSet};

use crate::{corpus::Corpus, progress};

/// Words looked at in each language, at ranks that grow by a quarter.
const CANDIDATES: usize = 48;
/// Hits of a word that is searched for.
const HITS_MAX: usize = 10_000;
/// What stands between words in the corpus, beside white space.
const BETWEEN: &[char] = &[',', '.', '!', '?'];
/// Accented letters of the corpus and what they are without.
const ACCENTS: &[(char, &str)] = &[
    ('á', "a"),
    ('à', "a"),
    ('ã', "a"),
    ('â', "a"),
    ('ä', "a"),
    ('é', "e"),
    ('ê', "e"),
    ('í', "i"),
    ('ó', "o"),
    ('õ', "o"),
    ('ô', "o"),
    ('ö', "o"),
    ('ú', "u"),
    ('ü', "u"),
    ('ç', "c"),
    ('ñ', "n"),
    ('ß', "ss"),
];

/// A word and where it stands.
pub struct Sought {
    word: String,
    /// Places in the corpus of the messages that hold it, in order.
    pub hits: Vec<usize>,
}

impl Sought {
    /// The word as a query: in quotes, so that none is an operator.
    pub fn query(&self) -> String {
        format!("\"{}\"", self.word)
    }
}

/// So many words of all languages with 1 to 10,000 hits each in the first messages of the corpus.
pub fn sample(corpus: &Corpus, messages: usize, count: usize) -> Vec<Sought> {
    let languages = corpus.vocabularies.len();
    let mut sought: Vec<Vec<Candidate>> = corpus.vocabularies.iter().map(candidates).collect();
    let mut places: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
    for (language, words) in sought.iter().enumerate() {
        for (at, candidate) in words.iter().enumerate().filter(|(_, candidate)| candidate.whole) {
            places.entry(candidate.folded.clone()).or_default().push((language, at));
        }
    }
    let bar = progress::bar("reading the corpus", messages as u64);
    for message in corpus.messages().take(messages) {
        let text = folded(&message.text);
        let words: HashSet<&str> =
            text.split(|letter: char| letter.is_whitespace() || BETWEEN.contains(&letter)).collect();
        for word in words {
            for (language, at) in places.get(word).into_iter().flatten() {
                sought[*language][*at].hits.push(message.at);
            }
        }
        if !text.is_ascii() {
            let parts = sought.iter_mut().flatten().filter(|candidate| !candidate.whole);
            parts
                .filter(|candidate| text.contains(&candidate.folded))
                .for_each(|one| one.hits.push(message.at));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let each = count.div_ceil(languages);
    let chosen = sought.into_iter().flat_map(|words| spread(words, each));
    chosen.take(count).map(|candidate| Sought { word: candidate.word, hits: candidate.hits }).collect()
}

struct Candidate {
    word: String,
    folded: String,
    whole: bool,
    hits: Vec<usize>,
}

fn candidates(vocabulary: &crate::corpus::Vocabulary) -> Vec<Candidate> {
    let last = vocabulary.words.len() as f64;
    let ranks: std::collections::BTreeSet<usize> =
        (0..CANDIDATES).map(|at| last.powf((at as f64 + 0.5) / CANDIDATES as f64) as usize).collect();
    let word = |rank: usize| vocabulary.words.get(rank).cloned();
    let candidate = |word: String| Candidate {
        folded: folded(&word),
        word,
        whole: vocabulary.language.spaced,
        hits: Vec::new(),
    };
    ranks.into_iter().filter_map(word).map(candidate).collect()
}

/// So many of the words that have hits but not too many, evenly over how frequent they are.
fn spread(words: Vec<Candidate>, count: usize) -> Vec<Candidate> {
    let fit: Vec<Candidate> =
        words.into_iter().filter(|word| (1..=HITS_MAX).contains(&word.hits.len())).collect();
    let all = fit.len();
    let keep = |at: usize| at * count / all.max(1) != (at + 1) * count / all.max(1);
    fit.into_iter().enumerate().filter(|(at, _)| all <= count || keep(*at)).map(|(_, word)| word).collect()
}

fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match ACCENTS.iter().find(|(accented, _)| *accented == letter) {
            Some((_, plain)) => folded.push_str(plain),
            None => folded.push(letter),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sampled_from_every_language_with_hits_that_hold_them() {
        let corpus = Corpus::new(3);
        let sought = sample(&corpus, 3_000, 90);
        assert!(sought.len() > 60, "{}", sought.len());
        let messages: Vec<_> = corpus.messages().take(3_000).collect();
        for word in &sought {
            assert!((1..=HITS_MAX).contains(&word.hits.len()), "{}", word.word);
            assert!(word.hits.iter().all(|at| folded(&messages[*at].text).contains(&folded(&word.word))));
        }
    }

    #[test]
    fn case_and_accents_are_put_aside() {
        assert_eq!(folded("MAÑANA Straße ção"), "manana strasse cao");
    }
}
