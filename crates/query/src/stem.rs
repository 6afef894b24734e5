//! Stems, by the algorithms of Snowball: `stem:pay` finds what is said of paying, where it is asked for.

use std::collections::HashMap;

use frostem::{Algorithm, Stemmer};

macro_rules! languages {
    ($($name:ident $code:literal $algorithm:ident;)*) => {
        /// A language whose words have stems here.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Language { $(#[doc = concat!("ISO 639-1 `", $code, "`.")] $name,)* }

        impl Language {
            /// All, in order of their code.
            pub const ALL: &'static [Language] = &[$(Language::$name,)*];

            /// ISO 639-1.
            pub fn code(self) -> &'static str {
                match self { $(Language::$name => $code,)* }
            }

            fn algorithm(self) -> Algorithm {
                match self { $(Language::$name => Algorithm::$algorithm,)* }
            }
        }
    };
}

languages! {
    Arabic "ar" Arabic;
    Danish "da" Danish;
    German "de" German;
    Greek "el" Greek;
    English "en" English;
    Spanish "es" Spanish;
    Finnish "fi" Finnish;
    French "fr" French;
    Hindi "hi" Hindi;
    Hungarian "hu" Hungarian;
    Indonesian "id" Indonesian;
    Italian "it" Italian;
    Dutch "nl" Dutch;
    Norwegian "no" Norwegian;
    Polish "pl" Polish;
    Portuguese "pt" Portuguese;
    Romanian "ro" Romanian;
    Russian "ru" Russian;
    Swedish "sv" Swedish;
    Turkish "tr" Turkish;
    Ukrainian "uk" Ukrainian;
}

impl Language {
    /// The language of a code such as `pt` or `pt-BR`.
    pub fn of(code: &str) -> Option<Self> {
        let code = code.split(['-', '_']).next().unwrap_or(code).to_ascii_lowercase();
        let code = if matches!(code.as_str(), "nb" | "nn") { "no" } else { &code };
        Self::ALL.iter().copied().find(|language| language.code() == code)
    }

    /// Whether all words of a stem begin with the same letter: not where an article or a prefix is taken off the front, nor where
    /// the letters after it decide what the first is in normal form. Of other languages nothing is taken to be known.
    pub(crate) fn keeps_beginning(self) -> bool {
        matches!(self, Self::English | Self::Spanish | Self::Portuguese)
    }
}

/// A word that is compared by its stem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stem {
    /// The word in normal form.
    word: String,
    /// In each language that may be meant, the stem of the word as written and of its normal form.
    stems: Vec<(Language, String, String)>,
    /// Whether a language was asked for, so that the document's does not matter.
    is_told: bool,
}

/// In which languages a document's words are to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoken {
    /// Not known.
    Unknown,
    /// One without stems here.
    Other,
    /// This one.
    In(Language),
}

impl Spoken {
    pub(crate) fn of(code: Option<&str>) -> Self {
        code.map_or(Self::Unknown, |code| Language::of(code).map_or(Self::Other, Self::In))
    }
}

impl Stem {
    pub(crate) fn of(word: &str, language: Option<Language>) -> Self {
        let (small, normal) = (word.to_lowercase(), folded(word));
        let languages = language.map_or(Language::ALL.to_vec(), |language| vec![language]);
        let stems = languages.into_iter().map(|language| {
            let stemmer = Stemmer::new(language.algorithm());
            (language, folded(&stemmer.stem(&small)), folded(&stemmer.stem(&normal)))
        });
        Self { stems: stems.collect(), word: normal, is_told: language.is_some() }
    }

    /// How every word begins that fits, if that is known.
    pub(crate) fn prefix(&self) -> Option<String> {
        let first = self.word.chars().next()?;
        let keeps = self.is_told && self.stems.iter().all(|(language, ..)| language.keeps_beginning());
        keeps.then(|| first.to_string())
    }

    /// The word itself, in normal form; it has its own stem in every language.
    pub(crate) fn word(&self) -> &str {
        &self.word
    }

    /// In how many languages it may be meant.
    pub(crate) fn languages(&self) -> usize {
        self.stems.len()
    }

    /// The languages that are meant, with the stems that words have there as written or in normal form: the language asked for,
    /// else the document's, else any. In a document of a language without stems here it must be the word itself.
    pub(crate) fn meant(&self, spoken: Spoken) -> impl Iterator<Item = (Language, &str, &str)> {
        let is_meant = move |language: Language| {
            self.is_told || matches!(spoken, Spoken::Unknown) || spoken == Spoken::In(language)
        };
        let stems = self.stems.iter().filter(move |(language, ..)| is_meant(*language));
        stems.map(|(language, own, normal)| (*language, own.as_str(), normal.as_str()))
    }
}

/// The stems of a text's words in one language.
#[derive(Clone, Debug)]
pub(crate) struct Stems {
    language: Language,
    /// The tokens by their stem as written, and by that of their normal form.
    written: HashMap<String, Vec<u32>>,
    normal: HashMap<String, Vec<u32>>,
}

impl Stems {
    pub(crate) fn new(language: Language) -> Self {
        Self { language, written: HashMap::new(), normal: HashMap::new() }
    }

    /// Adds tokens of one normal form, each with how it is written.
    pub(crate) fn add<'w>(&mut self, normal: &str, tokens: impl Iterator<Item = (u32, &'w str)>) {
        let stemmer = Stemmer::new(self.language.algorithm());
        // Most are written in few ways.
        let mut ways: HashMap<&str, Vec<u32>> = HashMap::new();
        for (token, written) in tokens {
            ways.entry(written).or_default().push(token);
        }
        if ways.is_empty() {
            return;
        }
        let all = self.normal.entry(folded(&stemmer.stem(normal))).or_default();
        ways.values().for_each(|tokens| all.extend(tokens));
        for (written, tokens) in ways {
            let stem = folded(&stemmer.stem(&written.to_lowercase()));
            self.written.entry(stem).or_default().extend(tokens);
        }
    }

    /// The tokens with a stem as written, and those with another in normal form.
    pub(crate) fn with(&self, written: &str, normal: &str) -> impl Iterator<Item = u32> {
        let (written, normal) = (self.written.get(written), self.normal.get(normal));
        written.into_iter().chain(normal).flatten().copied()
    }
}

fn folded(word: &str) -> String {
    aboveboard_text::normalise(word, aboveboard_text::Options::SEARCH).text().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(stem: &Stem, written: &str, spoken: Spoken) -> bool {
        folded(written) == stem.word()
            || stem.meant(spoken).any(|(language, own, own_normal)| {
                let mut stems = Stems::new(language);
                stems.add(&folded(written), [(0, written)].into_iter());
                stems.with(own, own_normal).next().is_some()
            })
    }

    #[test]
    fn words_of_one_stem_meet_in_their_language() {
        for (code, word, other, meets) in [
            ("en", "pay", "Paying", true),
            ("en", "payment", "payments", true),
            ("en", "pay", "pays", true),
            ("en", "university", "union", false),
            ("pt", "pagar", "pagando", true),
            ("pt", "transferência", "transferencias", true),
            ("pt-BR", "pago", "pagaram", true),
            ("es", "transferir", "transferido", true),
            ("de", "zahlung", "Zahlungen", true),
            ("ru", "платить", "платил", true),
        ] {
            let language = Language::of(code);
            assert!(language.is_some(), "{code}");
            let stem = Stem::of(word, language);
            assert_eq!(fits(&stem, other, Spoken::Other), meets, "{code} {word} {other}");
            assert_eq!(
                fits(&Stem::of(word, None), other, Spoken::of(Some(code))),
                meets,
                "{code} {word} {other}"
            );
            assert!(!meets || fits(&Stem::of(word, None), other, Spoken::Unknown), "{code} {word} {other}");
            assert!(!fits(&Stem::of(word, None), other, Spoken::of(Some("zh"))), "no stems there");
        }
        assert_eq!(Language::of("xx"), None);
        assert!(fits(&Stem::of("pay", None), "PAY", Spoken::Other));
    }
}
