//! Stems, by the algorithms of Snowball: `stem:pay` finds what is said of paying, where it is asked for.

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

    /// Whether a stem always begins as the word does: not where something may be taken off its front.
    pub(crate) fn keeps_beginning(self) -> bool {
        !matches!(self, Self::Arabic | Self::Indonesian | Self::Dutch | Self::Hungarian)
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

    /// Whether a word as written has the same stem: in the language asked for, else in the document's, else in any. In a
    /// document of a language without stems here it must be the word itself.
    pub(crate) fn fits(&self, written: &str, spoken: Spoken) -> bool {
        let (small, normal) = (written.to_lowercase(), folded(written));
        let is_meant = |language: Language| {
            self.is_told || matches!(spoken, Spoken::Unknown) || spoken == Spoken::In(language)
        };
        normal == self.word
            || self.stems.iter().filter(|(language, ..)| is_meant(*language)).any(
                |(language, own, own_normal)| {
                    let stemmer = Stemmer::new(language.algorithm());
                    folded(&stemmer.stem(&small)) == *own || folded(&stemmer.stem(&normal)) == *own_normal
                },
            )
    }
}

fn folded(word: &str) -> String {
    aboveboard_text::normalise(word, aboveboard_text::Options::SEARCH).text().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(stem.fits(other, Spoken::Other), meets, "{code} {word} {other}");
            assert_eq!(
                Stem::of(word, None).fits(other, Spoken::of(Some(code))),
                meets,
                "{code} {word} {other}"
            );
            assert!(!meets || Stem::of(word, None).fits(other, Spoken::Unknown), "{code} {word} {other}");
            assert!(!Stem::of(word, None).fits(other, Spoken::of(Some("zh"))), "no stems there");
        }
        assert_eq!(Language::of("xx"), None);
        assert!(Stem::of("pay", None).fits("PAY", Spoken::Other));
    }
}
