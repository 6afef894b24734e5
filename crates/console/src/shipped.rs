//! Titles of policies that ship, in the reader's language: a finding keeps the one it was made with.

use std::{collections::BTreeMap, sync::LazyLock};

use aboveboard_policy::{ALL, LANGUAGES, Policy};

use crate::words::Words;

/// Language and author's title to the title in that language.
static TITLES: LazyLock<BTreeMap<(&str, String), String>> = LazyLock::new(|| {
    let policies = ALL.iter().flat_map(|pack| pack.policies).filter_map(|one| Policy::parse(one.text).ok());
    let titles = policies.flat_map(|parsed| {
        let policy = parsed.policy;
        LANGUAGES.iter().map(move |tag| ((*tag, policy.title.clone()), policy.title_in(tag).to_owned()))
    });
    titles.collect()
});

/// The title as the reader reads it; one that did not ship stays as it is.
pub(crate) fn title(title: &str, w: Words) -> String {
    TITLES.get(&(w.tag(), title.to_owned())).cloned().unwrap_or_else(|| title.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn a_title_that_ships_is_in_the_readers_language_and_another_stays() {
        let [english, portuguese] = [Language::English, Language::BrazilianPortuguese].map(Words::new);
        assert_eq!(title("A card number in a chat", portuguese), "Número de cartão numa conversa");
        assert_eq!(title("A card number in a chat", english), "A card number in a chat");
        assert_eq!(title("Own <PIX> key", portuguese), "Own <PIX> key");
    }
}
