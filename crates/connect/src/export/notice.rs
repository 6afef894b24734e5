//! Finds the app's own words in a text: the matcher over the phrase lists.

use std::{collections::HashMap, sync::LazyLock};

use unicode_normalization::UnicodeNormalization;

use super::{
    cursor::{digit, is_blank, is_mark},
    events::EVENTS,
    phrases::{self, Called, Omitted},
};

/// No notice is longer than this; a longer text is somebody's message.
const NOTICE_BYTES_MAX: usize = 2_000;
/// No placeholder is longer than this.
const PLACEHOLDER_BYTES_MAX: usize = 300;

/// A phrase that stands for a whole message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placeholder {
    /// A file was not exported.
    Omitted(Omitted),
    /// The message was deleted for everyone.
    Deleted,
    /// A moving place was shared.
    LiveLocation,
    /// The phone could not read the message yet.
    Waiting,
}

static PLACEHOLDERS: LazyLock<HashMap<&'static str, Placeholder>> = LazyLock::new(|| {
    let omitted = phrases::OMITTED
        .iter()
        .flat_map(|(what, list)| list.iter().map(|phrase| (*phrase, Placeholder::Omitted(*what))));
    let others = [
        (phrases::DELETED, Placeholder::Deleted),
        (phrases::LIVE_LOCATION, Placeholder::LiveLocation),
        (phrases::WAITING, Placeholder::Waiting),
    ];
    let others = others.into_iter().flat_map(|(list, what)| list.iter().map(move |phrase| (*phrase, what)));
    omitted.chain(others).collect()
});

/// The form in which phrases are compared: marks gone, one kind of blank and of quote, lower case, composed, without the
/// full stop at the end.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.nfc().filter(|&c| !is_mark(c)) {
        match c {
            '“' | '”' | '„' | '«' | '»' | '‟' | '＂' => plain.push('"'),
            '’' | '‘' => plain.push('\''),
            c if is_blank(c) || c == '\n' || c == '\r' => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            c => plain.extend(c.to_lowercase()),
        }
    }
    plain.trim_matches(|c: char| c == ' ').trim_end_matches(is_stop).trim_end().to_owned()
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | '。' | '।' | '．')
}

/// What a text stands for, if it is a placeholder and nothing else.
pub(super) fn placeholder(text: &str) -> Option<Placeholder> {
    if text.len() > PLACEHOLDER_BYTES_MAX {
        return None;
    }
    let text = plain(text.trim().trim_start_matches('<').trim_end_matches('>'));
    if let Some(found) = PLACEHOLDERS.get(text.as_str()) {
        return Some(*found);
    }
    let by_admin = phrases::DELETED.iter().filter(|phrase| phrase.contains('*'));
    by_admin.into_iter().any(|phrase| matches(phrase, &text)).then_some(Placeholder::Deleted)
}

/// Whether a text is one of the phrases.
pub(super) fn is_one_of(text: &str, list: &[&str]) -> bool {
    text.len() <= PLACEHOLDER_BYTES_MAX && list.contains(&plain(text).as_str())
}

/// What happened in a chat, by the app's own line about it.
pub(super) fn event(text: &str) -> Option<&'static str> {
    if text.len() > NOTICE_BYTES_MAX {
        return None;
    }
    let text = plain(text);
    EVENTS
        .iter()
        .find(|(_, patterns)| patterns.iter().any(|pattern| matches(pattern, &text)))
        .map(|(event, _)| *event)
}

/// A call that a text reports, and how many seconds it took.
pub(super) fn call(text: &str) -> Option<(Called, Option<u64>)> {
    if text.len() > PLACEHOLDER_BYTES_MAX {
        return None;
    }
    let text = plain(text);
    let rest_after = |phrase: &str| -> Option<String> {
        let rest = text.strip_prefix(phrase)?;
        let rest = if rest.is_empty() { rest } else { rest.strip_prefix(|c| is_stop(c) || c == ',')? };
        Some(rest.to_owned())
    };
    phrases::CALLS.iter().find_map(|(called, list)| {
        let rest = list.iter().find_map(|phrase| rest_after(phrase))?;
        Some((*called, duration_s(&rest)))
    })
}

/// Seconds in `1 hr 3 min`, `45 sec`, `3 мин`; `None` where a unit is not known.
fn duration_s(text: &str) -> Option<u64> {
    let mut total = None;
    let mut number: Option<u64> = None;
    for c in text.chars() {
        if let Some(value) = digit(c) {
            number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(u64::from(value))?);
        } else if c != ' '
            && let Some(count) = number.take()
        {
            let unit = match c {
                'h' | 'ч' => 3_600,
                'm' | 'м' => 60,
                's' | 'с' => 1,
                _ => return None,
            };
            total = Some(count.checked_mul(unit)?.checked_add(total.unwrap_or(0))?);
        }
    }
    total
}

/// Whether a text in plain form is an instance of a pattern, or starts with one that a full stop closes.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*').peekable();
    let mut at = match pieces.next() {
        Some(first) if text.starts_with(first) => first.len(),
        _ => return false,
    };
    if pieces.peek().is_none() {
        return is_end(&text[at..]);
    }
    while let Some(piece) = pieces.next() {
        // A star stands for one character at least.
        let Some(skipped) = text[at..].chars().next() else { return false };
        let from = at + skipped.len_utf8();
        if pieces.peek().is_none() {
            return piece.is_empty() || ends_with_piece(&text[from..], piece);
        }
        match text[from..].find(piece) {
            Some(found) => at = from + found + piece.len(),
            None => return false,
        }
    }
    false
}

fn ends_with_piece(text: &str, piece: &str) -> bool {
    text.match_indices(piece).any(|(at, _)| is_end(&text[at + piece.len()..]))
}

fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(is_stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_phrases_are_in_plain_form_and_none_stands_for_two_things() {
        let lists = [
            phrases::MEDIA_OMITTED,
            phrases::ATTACHED_AFTER,
            phrases::ATTACHED_BEFORE,
            phrases::DELETED,
            phrases::EDITED,
            phrases::LOCATION,
            phrases::LIVE_LOCATION,
            phrases::WAITING,
        ];
        let omitted = phrases::OMITTED.iter().map(|(_, list)| *list);
        let calls = phrases::CALLS.iter().map(|(_, list)| *list);
        let events = EVENTS.iter().map(|(_, list)| *list);
        for phrase in lists.into_iter().chain(omitted).chain(calls).chain(events).flatten() {
            assert_eq!(&plain(phrase), phrase);
        }
        let count: usize = phrases::OMITTED.iter().map(|(_, list)| list.len()).sum::<usize>()
            + phrases::DELETED.len()
            + phrases::LIVE_LOCATION.len()
            + phrases::WAITING.len();
        assert_eq!(PLACEHOLDERS.len(), count, "a phrase is listed twice");
    }

    #[test]
    fn every_event_finds_its_own_patterns() {
        for (wanted, patterns) in EVENTS {
            for pattern in *patterns {
                let text = pattern.replace('*', "Ana & Rui");
                assert_eq!(event(&text), Some(*wanted), "{text}");
            }
        }
    }

    #[test]
    fn a_pattern_is_anchored_at_both_ends() {
        let yes = [
            ("* left", "ana left"),
            ("* left", "ana left left"),
            ("you're now an admin", "you're now an admin. tap"),
            ("* changed the subject to \"*\"", "ana changed the subject to \"b: c\""),
        ];
        for (pattern, text) in yes {
            assert!(matches(pattern, text), "{pattern} / {text}");
        }
        let no = [("* left", " left"), ("* left", "ana left us"), ("* added *", "ana added "), ("a*b", "ab")];
        for (pattern, text) in no {
            assert!(!matches(pattern, text), "{pattern} / {text}");
        }
    }

    #[test]
    fn a_call_may_say_how_long_it_took() {
        assert_eq!(call("Missed voice call"), Some((Called::MissedVoice, None)));
        assert_eq!(call("\u{200E}Voice call. \u{200E}3 min"), Some((Called::Voice, Some(180))));
        assert_eq!(call("Video call, 1 hr 2 min"), Some((Called::Video, Some(3_720))));
        assert_eq!(call("Chamada de voz perdida"), Some((Called::MissedVoice, None)));
        assert_eq!(call("Voice call me later"), None);
    }
}
