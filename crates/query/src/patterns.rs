//! Many regexes over each text, in bounded memory and linear time: automata over some of them each, made as far as texts need them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, PatternSet, meta};
use regex_syntax::hir::Hir;

use crate::shadow::states;

/// Regexes of one automaton, and states that a text may need of it at once, about. A regex that needs more is not run here.
const GROUP_MAX: usize = 64;
const GROUP_STATES_MAX: u64 = 4_096;
/// Bytes that the plan of one automaton may take.
const PLAN_BYTES_MAX: usize = 4 << 20;
/// Those who may read at a time, each with automata of its own, and bytes that the automata of one may take together. Who comes later waits.
const READERS_MAX: usize = 3;
const CACHES_BYTES_MAX: usize = 32 << 20;
/// The fewest and most bytes that one of them is given. Regexes of more automata than there is room for are not run here.
const CACHE_BYTES: std::ops::RangeInclusive<usize> = 128 << 10..=8 << 20;
const GROUPS_MAX: usize = CACHES_BYTES_MAX / *CACHE_BYTES.start();
/// Bytes of a text times states of an automaton up to which it is never given up: its work is that at most.
const SHORT: u64 = 1 << 21;
/// Otherwise it is given up for the text where it was emptied so often.
const CLEARINGS_MAX: usize = 3;

/// Bytes that the plan of one regex by itself may take.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// Regexes that run together.
#[derive(Debug)]
pub(crate) struct Patterns {
    groups: Vec<Group>,
    /// Those that no automaton could be made for.
    unmade: Vec<u32>,
    caches: [Mutex<Caches>; READERS_MAX],
}

/// What is found must not depend on what was read before, since from it follows what is given up. So an automaton goes on from what it
/// made of itself before only where it is never given up.
#[derive(Debug)]
struct Group {
    /// The regexes' numbers, ascending.
    numbers: Vec<u32>,
    states: u64,
    short: DFA,
    long: DFA,
}

/// What the automata have made of themselves so far.
#[derive(Debug, Default)]
struct Caches(Vec<Option<(Cache, PatternSet)>>);

impl Patterns {
    /// Prepares regexes, numbered in the order given.
    pub(crate) fn new(regexes: &[Hir]) -> Self {
        let mut all = Self { groups: Vec::new(), unmade: Vec::new(), caches: Default::default() };
        let sizes: Vec<u64> = regexes.iter().map(states).collect();
        let mut numbers: Vec<Vec<u32>> = Vec::new();
        let mut together = 0;
        for (number, &size) in (0..).zip(&sizes) {
            if size > GROUP_STATES_MAX {
                all.unmade.push(number);
                continue;
            }
            together += size;
            match numbers.last_mut() {
                Some(group) if together <= GROUP_STATES_MAX && group.len() < GROUP_MAX => group.push(number),
                _ => {
                    together = size;
                    numbers.push(vec![number]);
                }
            }
        }
        all.unmade.extend(numbers.iter().skip(GROUPS_MAX).flatten());
        numbers.truncate(GROUPS_MAX);
        let bytes = (CACHES_BYTES_MAX / numbers.len().max(1)).min(*CACHE_BYTES.end());
        for numbers in numbers {
            let own: Vec<&Hir> = numbers.iter().map(|&number| &regexes[number as usize]).collect();
            let states = numbers.iter().map(|&number| sizes[number as usize]).sum();
            match Group::new(&own, states, bytes) {
                Some(group) => all.groups.push(Group { numbers, ..group }),
                None => all.unmade.extend(numbers),
            }
        }
        all
    }

    /// Gives which of the `open` regexes (ascending) match in a text, and whether that is certain: where it is not, one must look.
    pub(crate) fn find(&self, open: &[u32], text: &[u8], found: &mut impl FnMut(u32, bool)) {
        let is_open = |number: &&u32| open.binary_search(number).is_ok();
        let mut caches = self.caches();
        caches.0.resize_with(self.groups.len(), || None);
        for (group, cache) in self.groups.iter().zip(&mut caches.0) {
            if !group.numbers.iter().any(|number| is_open(&number)) {
                continue;
            }
            let make = || (group.short.create_cache(), PatternSet::new(group.numbers.len()));
            let (cache, matched) = cache.get_or_insert_with(make);
            matched.clear();
            if group.find(text, cache, matched) {
                matched.iter().for_each(|at| found(group.numbers[at.as_usize()], true));
            } else {
                group.numbers.iter().filter(is_open).for_each(|&number| found(number, false));
            }
        }
        self.unmade.iter().filter(is_open).for_each(|&number| found(number, false));
    }

    /// Automata that nobody else uses.
    fn caches(&self) -> MutexGuard<'_, Caches> {
        let free = self.caches.iter().find_map(|caches| caches.try_lock().ok());
        free.unwrap_or_else(|| {
            let mut caches = self.caches[0].lock().unwrap_or_else(PoisonError::into_inner);
            if self.caches[0].is_poisoned() {
                *caches = Caches::default();
                self.caches[0].clear_poison();
            }
            caches
        })
    }
}

impl Group {
    fn new(regexes: &[&Hir], states: u64, bytes: usize) -> Option<Self> {
        let plan = plan(regexes)?;
        let short = automaton(&plan, bytes, false)?;
        Some(Self { numbers: Vec::new(), states, short, long: automaton(&plan, bytes, true)? })
    }

    /// Says whether it read the text, and so found what matches.
    fn find(&self, text: &[u8], cache: &mut Cache, matched: &mut PatternSet) -> bool {
        let mut find = |dfa: &DFA, cache: &mut Cache| {
            dfa.try_which_overlapping_matches(cache, &Input::new(text), matched).is_ok()
        };
        if self.states.saturating_mul(text.len() as u64) <= SHORT {
            return find(&self.short, cache);
        }
        cache.reset(&self.long);
        let is_read = find(&self.long, cache);
        cache.reset(&self.short);
        is_read
    }
}

/// A regex's automaton by itself.
#[derive(Clone, Debug)]
pub(crate) struct Alone(DFA);

impl Alone {
    /// Prepares a regex; nothing where its plan is too large.
    pub(crate) fn new(regex: &Hir) -> Option<Self> {
        automaton(&plan(&[regex])?, *CACHE_BYTES.end() / 4, true).map(Self)
    }

    /// Whether it matches in a text; nothing where an automaton does not tell, which is the same each time.
    pub(crate) fn is_in(&self, text: &[u8]) -> Option<bool> {
        let mut matched = PatternSet::new(1);
        let mut cache = self.0.create_cache();
        let read = self.0.try_which_overlapping_matches(&mut cache, &Input::new(text), &mut matched);
        read.ok().map(|()| !matched.is_empty())
    }
}

fn plan(regexes: &[&Hir]) -> Option<NFA> {
    let config = thompson::Config::new()
        .utf8(false)
        .nfa_size_limit(Some(PLAN_BYTES_MAX))
        .which_captures(WhichCaptures::None);
    thompson::Compiler::new().configure(config).build_many_from_hir(regexes).ok()
}

fn automaton(plan: &NFA, bytes: usize, may_give_up: bool) -> Option<DFA> {
    let config = DFA::config()
        .match_kind(MatchKind::All)
        .cache_capacity(bytes)
        .skip_cache_capacity_check(true)
        .minimum_cache_clear_count(may_give_up.then_some(CLEARINGS_MAX));
    DFA::builder().configure(config).build_from_nfa(plan.clone()).ok()
}

/// How regexes are parsed: over bytes, classes and word ends as in ASCII, letters of ASCII in either case. In a normal form digits of every
/// script are ASCII.
pub(crate) fn syntax() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false).case_insensitive(true)
}

/// A regex over bytes.
///
/// # Errors
/// Says what is wrong with it.
pub(crate) fn parsed(regex: &str) -> Result<Hir, String> {
    let mut parser = regex_syntax::ParserBuilder::new();
    let parsed = parser.unicode(false).utf8(false).case_insensitive(true).build().parse(regex);
    parsed.map_err(|error| format!("{regex}: {error}"))
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
        let regexes: Vec<Hir> = regexes.iter().map(|regex| parsed(regex).unwrap()).collect();
        let patterns = Patterns::new(&regexes);
        patterns.find(&open, text.as_bytes(), &mut |number, sure| all.push((number, sure)));
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
