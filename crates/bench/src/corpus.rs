//! The corpus: messages in nine languages, drawn from our own word lists with the frequencies that words have.

pub mod languages;

use std::collections::HashSet;

use crate::random::Random;

pub use languages::VIOLATIONS;

/// Words of each language.
const VOCABULARY: usize = 30_000;
/// How fast words become rare with their rank (Zipf's exponent), and how flat the beginning is (Mandelbrot's offset).
const EXPONENT: f64 = 1.05;
const OFFSET: f64 = 2.7;
/// Bytes of a message: a log-normal with this mean and spread.
const MEAN_BYTES: f64 = 60.0;
const SPREAD: f64 = 0.7;
const BYTES_MAX: f64 = 1_200.0;
/// Clients, of whom few write much.
pub const CLIENTS: usize = 20_000;
/// Business numbers, each one employee's.
pub const NUMBERS: usize = 40;
/// Messages in a thousand that break a default policy.
const VIOLATIONS_IN_THOUSAND: usize = 2;

/// A language of the corpus.
pub struct Language {
    /// ISO 639-1.
    pub code: &'static str,
    /// Messages in a thousand.
    pub share: usize,
    /// Whether spaces part words; where they do not, a word is found wherever its letters stand.
    pub spaced: bool,
    /// Frequent words, the most frequent first.
    pub common: &'static str,
    /// What rare words are made of.
    pub pieces: &'static str,
}

/// What stands behind the words of so many messages in a thousand.
pub type Aside = (usize, fn(&mut Random) -> String);

/// What this corpus has behind its words.
const ASIDES: &[Aside] = &[
    (60, |random| random.pick(languages::ASIDES).to_owned()),
    (80, |random| random.pick(languages::EMOJI).to_owned()),
];

/// A language's words by rank, and their frequencies.
pub struct Vocabulary {
    /// Whose.
    pub language: &'static Language,
    /// Messages in a thousand that are written with it.
    share: usize,
    /// The words, the most frequent first.
    pub words: Vec<String>,
    /// The share of all words up to each, rising to 1.
    cumulative: Vec<f64>,
}

impl Vocabulary {
    /// Makes the words of a language.
    fn new(language: &'static Language, share: usize, seed: u64) -> Self {
        let pieces: Vec<&str> = language.pieces.split_whitespace().collect();
        let mut random = Random::new(seed, language.code);
        let mut words: Vec<String> = Vec::with_capacity(VOCABULARY);
        let mut seen: HashSet<String> = HashSet::with_capacity(VOCABULARY);
        for word in language.common.split_whitespace() {
            if seen.insert(word.to_owned()) {
                words.push(word.to_owned());
            }
        }
        while words.len() < VOCABULARY {
            let count = 2 + random.below(3);
            let word: String = (0..count).map(|_| random.pick(&pieces)).collect();
            if seen.insert(word.clone()) {
                words.push(word);
            }
        }
        let weights = (0..VOCABULARY).map(|rank| (rank as f64 + OFFSET).powf(-EXPONENT));
        let total: f64 = weights.clone().sum();
        let cumulative = weights
            .scan(0.0, |sum, weight| {
                *sum += weight / total;
                Some(*sum)
            })
            .collect();
        Self { language, share, words, cumulative }
    }

    /// A word, as often as it is frequent.
    pub fn draw(&self, random: &mut Random) -> &str {
        let at = random.unit();
        let rank = self.cumulative.partition_point(|share| *share < at);
        &self.words[rank.min(VOCABULARY - 1)]
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its place in the corpus.
    pub at: usize,
    /// The client, below [`CLIENTS`].
    pub client: usize,
    /// Whether staff wrote it.
    pub out: bool,
    /// The words.
    pub text: String,
}

/// All languages' words, and what stands behind them.
pub struct Corpus {
    seed: u64,
    /// By language, in the order of the lists.
    pub vocabularies: Vec<Vocabulary>,
    asides: &'static [Aside],
}

impl Corpus {
    /// Makes the vocabularies of all languages.
    pub fn new(seed: u64) -> Self {
        Self::of(languages::ALL.iter().map(|language| (language, language.share)), ASIDES, seed)
    }

    /// Makes those of some languages, each with its messages in a thousand.
    pub fn of(
        languages: impl Iterator<Item = (&'static Language, usize)>,
        asides: &'static [Aside],
        seed: u64,
    ) -> Self {
        let vocabularies =
            languages.map(|(language, share)| Vocabulary::new(language, share, seed)).collect();
        Self { seed, vocabularies, asides }
    }

    /// Messages from the first on, without end. The same seed gives the same ones.
    pub fn messages(&self) -> impl Iterator<Item = Message> + '_ {
        let mut random = Random::new(self.seed, "messages");
        (0..).map(move |at| self.message(at, &mut random))
    }

    fn message(&self, at: usize, random: &mut Random) -> Message {
        let unit = random.unit();
        // The square makes few clients write much.
        let client = ((unit * unit) * CLIENTS as f64) as usize;
        if random.in_thousand(VIOLATIONS_IN_THOUSAND) {
            return Message { at, client, out: true, text: random.pick(VIOLATIONS).to_owned() };
        }
        let out = random.in_thousand(400);
        Message { at, client, out, text: self.text(random) }
    }

    /// The words of a message, in one language, and what stands behind them.
    pub fn text(&self, random: &mut Random) -> String {
        let vocabulary = self.language(random);
        let bytes = length(random);
        let mut text = String::with_capacity(bytes + 32);
        while text.len() < bytes || text.is_empty() {
            if vocabulary.language.spaced && !text.is_empty() {
                text.push_str(if random.in_thousand(60) { ", " } else { " " });
            }
            let word = vocabulary.draw(random);
            if text.is_empty() && random.in_thousand(500) {
                capitalised(word, &mut text)
            } else {
                text.push_str(word)
            }
        }
        if random.in_thousand(300) {
            text.push_str(random.pick(&["?", ".", "!"]));
        }
        for (share, aside) in self.asides {
            if random.in_thousand(*share) {
                text.push(' ');
                text.push_str(&aside(random));
            }
        }
        text
    }

    /// A language's words, as often as people write it.
    pub fn language(&self, random: &mut Random) -> &Vocabulary {
        let mut at = random.below(1000);
        for vocabulary in &self.vocabularies {
            match at.checked_sub(vocabulary.share) {
                None => return vocabulary,
                Some(rest) => at = rest,
            }
        }
        &self.vocabularies[0]
    }
}

/// A length in bytes, log-normal by Box and Muller's transform.
fn length(random: &mut Random) -> usize {
    let (one, two) = (random.unit().max(f64::MIN_POSITIVE), random.unit());
    let normal = (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * two).cos();
    let location = MEAN_BYTES.ln() - SPREAD * SPREAD / 2.0;
    (location + SPREAD * normal).exp().clamp(2.0, BYTES_MAX) as usize
}

/// Adds a word with a capital.
fn capitalised(word: &str, into: &mut String) {
    let mut letters = word.chars();
    into.extend(letters.next().into_iter().flat_map(char::to_uppercase));
    into.push_str(letters.as_str());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_messages_and_another_gives_others() {
        let some = |seed| Corpus::new(seed).messages().take(50).collect::<Vec<_>>();
        assert_eq!(some(1), some(1));
        assert_ne!(some(1), some(2));
    }

    #[test]
    fn shares_cover_all_messages_and_words_are_distinct() {
        assert_eq!(languages::ALL.iter().map(|language| language.share).sum::<usize>(), 1000);
        for vocabulary in Corpus::new(1).vocabularies {
            let distinct: HashSet<&String> = vocabulary.words.iter().collect();
            assert_eq!(distinct.len(), VOCABULARY, "{}", vocabulary.language.code);
        }
    }

    #[test]
    fn messages_are_as_long_as_real_ones_and_some_break_a_policy() {
        let corpus = Corpus::new(1);
        let messages: Vec<Message> = corpus.messages().take(20_000).collect();
        let mean = messages.iter().map(|message| message.text.len()).sum::<usize>() / messages.len();
        assert!((55..80).contains(&mean), "{mean} bytes");
        let broken = messages.iter().filter(|message| VIOLATIONS.contains(&message.text.as_str())).count();
        assert!((10..100).contains(&broken), "{broken}");
        assert!(messages.iter().all(|message| message.client < CLIENTS));
    }
}
