//! The little language in which talk and stories are written: one line a turn, with choices and slots.
//!
//! ```text
//! +5 e document quote.pdf ?40 #quote: [Here is|This is] the quote for {product}
//! ```
//! `+5` minutes after the line before (without it the reader picks a natural pause), said 40 times in 100, by the
//! employee (`e`) or the client (`c`), as a document, under the tag `quote`. `>quote` aims at a tagged line, for
//! replies, reactions, edits and deletions. In the text `[a|b]` is a choice and `{name}` a slot; both nest.
//! `[#q a|b]` takes the same place in every line of a conversation, so that an answer fits its question.

use std::collections::BTreeMap;

use crate::random::Random;

/// Slots inside slots inside slots: deeper text is cut, so that a list that names itself still ends.
const DEPTH_MAX: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    Client,
    Employee,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    Say,
    Forward,
    Image,
    Voice,
    Sticker,
    Document(String),
    Location,
    Contact(String),
    Order,
    React,
    Edit,
    Revoke,
}

/// One turn of a script.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) minutes: Option<i64>,
    pub(crate) percent: u32,
    pub(crate) speaker: Speaker,
    pub(crate) act: Act,
    pub(crate) tag: Option<String>,
    pub(crate) target: Option<String>,
    pub(crate) text: String,
}

impl Line {
    /// Reads one line of a script.
    ///
    /// # Errors
    /// A sentence that quotes the word it stumbled over.
    pub(crate) fn parse(line: &str) -> Result<Self, String> {
        let (head, text) = line.split_once(':').ok_or_else(|| format!("no colon in {line:?}"))?;
        let mut words = head.split_whitespace().peekable();
        let minutes = words.next_if(|w| w.starts_with('+')).map(|w| number(&w[1..])).transpose()?;
        let speaker = match words.next() {
            Some("c") => Speaker::Client,
            Some("e") => Speaker::Employee,
            other => return Err(format!("{other:?} is neither c nor e in {line:?}")),
        };
        let act = match words.next_if(|w| !w.starts_with(['#', '>', '?'])) {
            None => Act::Say,
            Some(verb) => act(verb, &mut words)?,
        };
        let (mut tag, mut target, mut percent) = (None, None, 100);
        for word in words {
            match word.split_at_checked(1) {
                Some(("#", name)) => tag = Some(name.to_owned()),
                Some((">", name)) => target = Some(name.to_owned()),
                Some(("?", share)) => percent = u32::try_from(number(share)?).unwrap_or(100),
                _ => return Err(format!("unknown word {word:?} in {line:?}")),
            }
        }
        Ok(Self { minutes, percent, speaker, act, tag, target, text: text.trim().to_owned() })
    }
}

fn act<'a>(verb: &str, words: &mut impl Iterator<Item = &'a str>) -> Result<Act, String> {
    let mut argument = || words.next().map(str::to_owned).ok_or_else(|| format!("{verb} of what?"));
    Ok(match verb {
        "forward" => Act::Forward,
        "image" => Act::Image,
        "voice" => Act::Voice,
        "sticker" => Act::Sticker,
        "document" => Act::Document(argument()?),
        "location" => Act::Location,
        "contact" => Act::Contact(argument()?),
        "order" => Act::Order,
        "react" => Act::React,
        "edit" => Act::Edit,
        "revoke" => Act::Revoke,
        _ => return Err(format!("unknown act {verb:?}")),
    })
}

fn number(word: &str) -> Result<i64, String> {
    word.parse().map_err(|_| format!("{word:?} is not a number"))
}

/// What the slots of one conversation stand for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slots<'a> {
    /// Slots with one value.
    pub(crate) fixed: BTreeMap<&'static str, String>,
    /// Slots that draw from a list each time.
    pub(crate) lists: Option<&'a BTreeMap<String, List>>,
    /// What a kept list gave when it was first asked in this conversation.
    pub(crate) kept: BTreeMap<String, String>,
    /// Which alternative a named choice took first: an answer that fits its question.
    pub(crate) places: BTreeMap<String, usize>,
}

/// Alternatives for a slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    /// The first draw stays for the whole conversation: a day or a place that was agreed.
    pub(crate) keep: bool,
    pub(crate) entries: Vec<String>,
}

impl Slots<'_> {
    /// Text with its choices drawn and its slots filled.
    ///
    /// # Errors
    /// The name of a slot that has no value, or what is unbalanced.
    pub(crate) fn fill(&mut self, text: &str, random: &mut Random) -> Result<String, String> {
        let filled = self.expand(text, random, 0)?;
        Ok(tidy(&filled))
    }

    fn expand(&mut self, text: &str, random: &mut Random, depth: usize) -> Result<String, String> {
        if depth > DEPTH_MAX {
            return Err(format!("too deep: {text:?}"));
        }
        let mut out = String::with_capacity(text.len() * 2);
        let mut rest = text;
        while let Some(at) = rest.find(['[', '{']) {
            out.push_str(&rest[..at]);
            let (inside, after) = bracketed(&rest[at..]).ok_or_else(|| format!("unbalanced: {text:?}"))?;
            if rest[at..].starts_with('[') {
                let chosen = self.choose(inside, random);
                out.push_str(&self.expand(chosen, random, depth + 1)?);
            } else {
                out.push_str(&self.slot(inside, random, depth + 1)?);
            }
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// One alternative; those of choices with the same `#name` have the same place throughout a conversation.
    fn choose<'t>(&mut self, inside: &'t str, random: &mut Random) -> &'t str {
        let Some((name, rest)) = inside.strip_prefix('#').and_then(|named| named.split_once(' ')) else {
            let choices = choices(inside);
            return choices[random.index(choices.len())];
        };
        let choices = choices(rest);
        let drawn = random.index(choices.len());
        let place = *self.places.entry(name.to_owned()).or_insert(drawn);
        choices[place % choices.len()]
    }

    fn slot(&mut self, name: &str, random: &mut Random, depth: usize) -> Result<String, String> {
        if let Some(value) = self.fixed.get(name) {
            return Ok(value.clone());
        }
        if let Some(value) = self.kept.get(name) {
            return Ok(value.clone());
        }
        let list = self.lists.and_then(|lists| lists.get(name)).ok_or_else(|| format!("no slot {name:?}"))?;
        if list.entries.is_empty() {
            return Err(format!("empty list {name:?}"));
        }
        let entry: &String = random.pick(&list.entries);
        let value = self.expand(entry, random, depth)?;
        if list.keep {
            self.kept.insert(name.to_owned(), value.clone());
        }
        Ok(value)
    }
}

/// The inside of the bracket that text opens with, and what follows it.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' if depth == 1 => return Some((&text[1..at], &text[at + 1..])),
            ']' | '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Splits at the `|` that stand in no inner bracket.
fn choices(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0usize, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Closes the gaps that an empty choice leaves, and ends a sentence once.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim().chars() {
        if c == ' ' && out.ends_with(' ') {
            continue;
        }
        if matches!(c, ',' | '.' | '?' | '!') && out.ends_with(' ') {
            out.pop();
        }
        // Two pieces may both end the sentence: "how are you?" and "!".
        if matches!(c, ',' | '.' | '!' | '。') && out.ends_with(['?', '!', '.', '؟', '。']) {
            continue;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_when_who_how_and_what() {
        let line = Line::parse("+5 e document quote.pdf ?40 #q >p: Here: [a|b]").unwrap();
        assert_eq!((line.minutes, line.percent, line.speaker), (Some(5), 40, Speaker::Employee));
        assert_eq!(line.act, Act::Document("quote.pdf".into()));
        assert_eq!((line.tag.as_deref(), line.target.as_deref()), (Some("q"), Some("p")));
        assert_eq!(line.text, "Here: [a|b]");
    }

    #[test]
    fn a_malformed_line_is_refused_with_its_words() {
        for bad in ["hello", "x: hi", "e dance: hi", "+a c: hi", "e contact: hi", "c say what: hi"] {
            assert!(Line::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn choices_and_slots_nest_and_kept_lists_stay() {
        let list =
            |keep, entries: &[&str]| List { keep, entries: entries.iter().map(|e| (*e).into()).collect() };
        let lists = BTreeMap::from([
            ("day".to_owned(), list(true, &["Monday", "Tuesday", "Friday", "Sunday"])),
            ("ok".to_owned(), list(false, &["ok {day}", "fine, {day}"])),
        ]);
        let mut slots = Slots { lists: Some(&lists), ..Slots::default() };
        let mut random = Random::new(1);
        let day = slots.fill("{day}", &mut random).unwrap();
        for _ in 0..20 {
            let text = slots.fill("[{ok}|[sure |]{day}] !", &mut random).unwrap();
            assert!(text.ends_with(&format!("{day}!")), "{text}");
        }
        assert!(slots.fill("{nobody}", &mut random).is_err());
        assert!(slots.fill("[a|b", &mut random).is_err());
    }

    #[test]
    fn an_answer_takes_the_place_of_its_question() {
        for seed in 0..30 {
            let (mut slots, mut random) = (Slots::default(), Random::new(seed));
            let question = slots.fill("[#q loud?|dear?|big?]", &mut random).unwrap();
            let answer = slots.fill("[#q quiet|cheap|small]", &mut random).unwrap();
            let fits = [("loud?", "quiet"), ("dear?", "cheap"), ("big?", "small")];
            assert!(fits.contains(&(question.as_str(), answer.as_str())));
        }
    }

    #[test]
    fn a_list_that_names_itself_is_an_error_and_not_a_loop() {
        let list = List { keep: false, entries: vec!["{a}".into()] };
        let lists = BTreeMap::from([("a".to_owned(), list)]);
        let mut slots = Slots { lists: Some(&lists), ..Slots::default() };
        assert!(slots.fill("{a}", &mut Random::new(1)).is_err());
    }
}
