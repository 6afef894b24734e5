//! Many regexes over each text, in bounded memory and linear time: automata over some of them each, made as far as texts need them.

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, PatternSet, meta};

/// Regexes of one automaton.
const GROUP_MAX: usize = 64;
/// Bytes that the plan of one automaton may take; regexes that need more are not run here.
const PLAN_BYTES_MAX: usize = 4 << 20;
/// Bytes that all automata of a set may take together while texts are read, and the fewest and most that one of them is given.
const CACHES_BYTES_MAX: usize = 96 << 20;
const CACHE_BYTES: std::ops::RangeInclusive<usize> = 256 << 10..=32 << 20;
/// An automaton that is emptied so often, and then makes a state every few bytes, is given up for the text.
const CLEARINGS_MAX: usize = 3;
const BYTES_A_STATE_MIN: usize = 10;

/// Bytes that the plan of one regex by itself may take.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// Regexes that run together.
#[derive(Debug)]
pub(crate) struct Patterns {
    groups: Vec<Group>,
    /// Those that no automaton could be made for.
    unmade: Vec<u32>,
}

#[derive(Debug)]
struct Group {
    /// The regexes' numbers, ascending.
    numbers: Vec<u32>,
    dfa: DFA,
}

/// What the automata have made of themselves so far.
#[derive(Debug, Default)]
pub(crate) struct Caches(Vec<Option<(Cache, PatternSet)>>);

impl Patterns {
    /// Prepares regexes, numbered in the order given.
    pub(crate) fn new(regexes: &[&str]) -> Self {
        let groups = regexes.len().div_ceil(GROUP_MAX).max(1);
        let bytes = (CACHES_BYTES_MAX / groups).clamp(*CACHE_BYTES.start(), *CACHE_BYTES.end());
        let mut all = Self { groups: Vec::new(), unmade: Vec::new() };
        let numbers: Vec<u32> = (0..regexes.len() as u32).collect();
        for numbers in numbers.chunks(GROUP_MAX) {
            all.add(regexes, numbers, bytes);
        }
        all
    }

    /// Makes an automaton of some regexes, or of the halves of them.
    fn add(&mut self, regexes: &[&str], numbers: &[u32], bytes: usize) {
        let texts: Vec<&str> = numbers.iter().map(|&number| regexes[number as usize]).collect();
        match (automaton(&texts, bytes), numbers) {
            (Some(dfa), _) => self.groups.push(Group { numbers: numbers.to_vec(), dfa }),
            (None, [] | [_]) => self.unmade.extend(numbers),
            (None, _) => {
                let (one, two) = numbers.split_at(numbers.len() / 2);
                self.add(regexes, one, bytes);
                self.add(regexes, two, bytes);
            }
        }
    }

    /// Gives which of the `open` regexes (ascending) match in a text, and whether that is certain: where it is not, one must look.
    pub(crate) fn find(
        &self,
        open: &[u32],
        text: &[u8],
        caches: &mut Caches,
        found: &mut impl FnMut(u32, bool),
    ) {
        caches.0.resize_with(self.groups.len(), || None);
        for (group, cache) in self.groups.iter().zip(&mut caches.0) {
            let is_open = |number: &&u32| open.binary_search(number).is_ok();
            if !group.numbers.iter().any(|number| is_open(&number)) {
                continue;
            }
            let (cache, matched) =
                cache.get_or_insert_with(|| (group.dfa.create_cache(), PatternSet::new(group.numbers.len())));
            matched.clear();
            match group.dfa.try_which_overlapping_matches(cache, &Input::new(text), matched) {
                Ok(()) => matched.iter().for_each(|at| found(group.numbers[at.as_usize()], true)),
                Err(_) => group.numbers.iter().filter(is_open).for_each(|&number| found(number, false)),
            }
        }
        for number in self.unmade.iter().filter(|number| open.binary_search(number).is_ok()) {
            found(*number, false);
        }
    }
}

fn automaton(texts: &[&str], bytes: usize) -> Option<DFA> {
    let config = DFA::config()
        .match_kind(MatchKind::All)
        .cache_capacity(bytes)
        .skip_cache_capacity_check(true)
        .minimum_cache_clear_count(Some(CLEARINGS_MAX))
        .minimum_bytes_per_state(Some(BYTES_A_STATE_MIN));
    DFA::builder()
        .configure(config)
        .syntax(syntax())
        .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(PLAN_BYTES_MAX)))
        .build_many(texts)
        .ok()
}

/// How regexes are parsed: over bytes, classes and word ends as in ASCII, letters of ASCII in either case. In a normal form digits of every
/// script are ASCII.
pub(crate) fn syntax() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false).case_insensitive(true)
}

/// One regex by itself, which decides where an automaton of many cannot.
///
/// # Errors
/// Says what is wrong with it, or that it is too large.
pub(crate) fn single(regex: &str) -> Result<meta::Regex, String> {
    let config = meta::Config::new()
        .utf8_empty(false)
        .nfa_size_limit(Some(REGEX_BYTES_MAX))
        .hybrid_cache_capacity(REGEX_BYTES_MAX / 4);
    let built = meta::Builder::new().configure(config).syntax(syntax()).build(regex);
    built.map_err(|error| format!("{regex}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(regexes: &[&str], text: &str) -> Vec<(u32, bool)> {
        let open: Vec<u32> = (0..regexes.len() as u32).collect();
        let mut all = Vec::new();
        let patterns = Patterns::new(regexes);
        patterns.find(&open, text.as_bytes(), &mut Caches::default(), &mut |number, sure| {
            all.push((number, sure))
        });
        all
    }

    #[test]
    fn regexes_are_found_together_and_what_cannot_be_told_is_said_so() {
        assert_eq!(found(&["a+b", "x", r"\d{4}"], "a 1234 aab"), [(0, true), (2, true)]);
        assert_eq!(found(&[r"\bpix\b"], "пиx pix"), [(0, true)]);
        // Too large to plan.
        assert_eq!(found(&[r"(?:[a-z]{900}.){900}", "a"], "a"), [(1, true), (0, false)]);
    }
}
