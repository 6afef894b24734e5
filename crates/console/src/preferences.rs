//! How a person wants the pages of this browser: colours, and whether single letters are keys.

use http::HeaderMap;

use crate::cookies;

/// The colours of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// In the order in which they are offered.
    pub(crate) const ALL: &[Theme] = &[Theme::System, Theme::Light, Theme::Dark];

    /// The word in forms, in the cookie, and under `theme` in the language files.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The theme with that word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|theme| theme.word() == word)
    }
}

/// What a browser's cookies say; what they do not say is as it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Preferences {
    pub(crate) theme: Theme,
    /// Whether single letters are keys (WCAG 2.1.4).
    pub(crate) keys_on: bool,
}

impl Preferences {
    /// Nothing said.
    pub(crate) const NONE: Self = Self { theme: Theme::System, keys_on: true };

    /// From the cookies of a request. What they say that is no preference is as if it were not there.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let theme = cookies::read(headers, cookies::THEME).and_then(Theme::from_word);
        Self {
            theme: theme.unwrap_or_default(),
            keys_on: cookies::read(headers, cookies::KEYS) != Some(cookies::KEYS_OFF),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header::COOKIE};

    use super::*;

    #[test]
    fn what_is_no_preference_is_as_if_it_were_not_there() {
        let read = |cookie: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(COOKIE, HeaderValue::from_static(cookie));
            Preferences::read(&headers)
        };
        let dark = Preferences { theme: Theme::Dark, keys_on: false };
        assert_eq!(read("theme=dark; keys=off"), dark);
        for odd in ["", "theme=", "theme=DARK; keys=no", "theme=\"><script>; keys=on", "xtheme=dark"] {
            assert_eq!(read(odd), Preferences::NONE, "{odd}");
        }
    }
}
