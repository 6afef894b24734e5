//! Phrases and regexes over bytes as they are written: the engine alone, without documents, fields and normal forms, as other matchers can
//! be measured beside it. The product does not come here: it looks with a `QuerySet`.

use regex_automata::meta;
use regex_automata::util::pool::Pool;

use crate::engine::{Engine, Look, Parts, Room, fold_ascii};
use crate::needs::Needs;
use crate::patterns::{parsed, single};

/// Phrases and regexes to be found together in bytes, letters of ASCII in either case, also within words.
///
/// No policy and no search runs on it: `cargo xtask bench scan` holds the engine alone to matchers that read bytes. What the product does
/// with a message is [`QuerySet::judge`](crate::QuerySet::judge), where regular expressions run over the normal form too.
///
/// ```
/// use aboveboard_query::ByteRules;
///
/// let rules = ByteRules::new(&["my pix"], &[r"\b\d{3}-\d{2}\b"]).expect("they parse");
/// assert_eq!(rules.find("Send to MY PIX 123-45".as_bytes()), [0, 1]);
/// ```
#[derive(Debug)]
pub struct ByteRules {
    engine: Engine,
    /// Phrases too short to look for with the others.
    short: Vec<(u32, Vec<u8>)>,
    /// Number of the first regex.
    first_regex: u32,
    regexes: Vec<meta::Regex>,
    rooms: Pool<Rooms, fn() -> Rooms>,
}

/// A text in lower case, and room to look at it.
type Rooms = (Vec<u8>, Room);

impl ByteRules {
    /// Prepares phrases and regexes; they are numbered in the order given, the regexes after the phrases.
    ///
    /// # Errors
    /// Says which regex cannot be read, or is too large, and why.
    pub fn new(phrases: &[&str], regexes: &[&str]) -> Result<Self, String> {
        let mut parts = Parts::default();
        for (number, phrase) in (0..).zip(phrases) {
            parts.string(phrase.to_ascii_lowercase().into_bytes(), number);
        }
        let mut singles = Vec::with_capacity(regexes.len());
        for (number, regex) in (phrases.len() as u32..).zip(regexes) {
            singles.push(single(regex)?);
            let hir = parsed(regex)?;
            let needs = Needs::of(&hir);
            parts.regex(hir, needs, number);
        }
        let engine = parts.build();
        let short = engine
            .always()
            .iter()
            .map(|&number| (number, phrases[number as usize].to_ascii_lowercase().into_bytes()));
        let short = short.filter(|(_, phrase)| !phrase.is_empty()).collect();
        let first_regex = phrases.len() as u32;
        Ok(Self { engine, short, first_regex, regexes: singles, rooms: Pool::new(Default::default) })
    }

    /// The numbers of what stands in a text, ascending.
    pub fn find(&self, text: &[u8]) -> Vec<u32> {
        let mut guard = self.rooms.get();
        let (padded, room) = &mut *guard;
        let marks = fold_ascii(text, padded);
        room.met.clear();
        room.unsure.clear();
        if self.engine.look(&Look { padded, marks, is_broken: false }, room) {
            self.engine.try_open(text, room);
        }
        let lower = &padded[..text.len()];
        let stands = |phrase: &[u8]| lower.windows(phrase.len()).any(|part| part == phrase);
        room.met.extend(self.short.iter().filter(|(_, phrase)| stands(phrase)).map(|(number, _)| number));
        let matches = |number: u32| self.regexes[(number - self.first_regex) as usize].is_match(text);
        room.met.extend(room.unsure.iter().filter(|&&number| matches(number)));
        room.met.sort_unstable();
        room.met.dedup();
        room.met.clone()
    }
}
