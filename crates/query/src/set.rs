//! Many queries at once: one automaton proposes, each query's tree decides.

use std::collections::HashMap;

use aboveboard_model::document::Field;
use aho_corasick::AhoCorasick;

use crate::Query;
use crate::compile::{Like, Test, Words};
use crate::matching::Match;
use crate::reading::Reading;
use crate::seek::{Form, Seek, Wanted};
use crate::syntax::{Node, NodeKind};

/// Most tokens that the automaton is built over, in bytes of text: it takes some twenty times as much memory. Beyond it every
/// query is tried on every document.
const AUTOMATON_BYTES_MAX: usize = 16 << 20;

/// Queries that run together over each document. What it answers is what each query alone would.
#[derive(Debug)]
pub struct QuerySet {
    queries: Vec<Query>,
    /// Finds every token that some query needs; absent if there are none, or more than an automaton can hold.
    automaton: Option<AhoCorasick>,
    /// For each pattern of the automaton the queries that it proposes.
    by_token: Vec<Vec<usize>>,
    /// For each keyword the queries that it proposes.
    by_keyword: HashMap<(Field, String), Vec<usize>>,
    /// Queries that no token or keyword announces.
    always: Vec<usize>,
}

/// Something that must stand in a document before a query can match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Clue<'q> {
    Token(&'q str),
    Keyword(Field, &'q str),
}

impl QuerySet {
    /// Prepares queries to run together; they are numbered in the order given.
    pub fn new(queries: Vec<Query>) -> Self {
        Self::bounded(queries, AUTOMATON_BYTES_MAX)
    }

    fn bounded(queries: Vec<Query>, bytes_max: usize) -> Self {
        let mut tokens: Vec<String> = Vec::new();
        let mut by_token: Vec<Vec<usize>> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut by_keyword: HashMap<(Field, String), Vec<usize>> = HashMap::new();
        let mut always = Vec::new();
        for (number, query) in queries.iter().enumerate() {
            let Some(clues) = clues(query.root()) else {
                always.push(number);
                continue;
            };
            for clue in clues {
                let proposed = match clue {
                    Clue::Keyword(field, form) => by_keyword.entry((field, form.to_owned())).or_default(),
                    Clue::Token(token) => {
                        let at = *known.entry(token.to_owned()).or_insert_with(|| {
                            tokens.push(token.to_owned());
                            by_token.push(Vec::new());
                            tokens.len() - 1
                        });
                        &mut by_token[at]
                    }
                };
                if proposed.last() != Some(&number) {
                    proposed.push(number);
                }
            }
        }
        let is_small = tokens.iter().map(String::len).sum::<usize>() <= bytes_max;
        let automaton = if is_small && !tokens.is_empty() { AhoCorasick::new(&tokens).ok() } else { None };
        if automaton.is_none() {
            always.extend(by_token.drain(..).flatten());
        }
        Self { queries, automaton, by_token, by_keyword, always }
    }

    /// The queries, by number.
    pub fn queries(&self) -> &[Query] {
        &self.queries
    }

    /// The numbers of the queries that could match, ascending: all that do, and some that do not.
    pub fn proposals(&self, reading: &Reading<'_>) -> Vec<usize> {
        let mut proposed = self.always.clone();
        if let Some(automaton) = &self.automaton {
            let mut is_seen = vec![false; self.by_token.len()];
            for zone in &reading.zones {
                for found in automaton.find_overlapping_iter(zone.normal.text()) {
                    let pattern = found.pattern().as_usize();
                    if !std::mem::replace(&mut is_seen[pattern], true) {
                        proposed.extend(&self.by_token[pattern]);
                    }
                }
            }
        }
        for (field, forms) in reading.keywords.iter().filter(|_| !self.by_keyword.is_empty()) {
            for form in forms {
                proposed.extend(self.by_keyword.get(&(*field, form.clone())).into_iter().flatten());
            }
        }
        proposed.sort_unstable();
        proposed.dedup();
        proposed
    }

    /// The queries that match a document, by number, ascending, with what they found.
    pub fn matches(&self, reading: &Reading<'_>) -> Vec<(usize, Match)> {
        let decide = |number: usize| Some((number, self.queries[number].find(reading)?));
        self.proposals(reading).into_iter().filter_map(decide).collect()
    }
}

/// Clues of which at least one stands in every document that matches; `None` if there are no such clues.
fn clues(node: &Node) -> Option<Vec<Clue<'_>>> {
    match &node.kind {
        NodeKind::And(nodes) => {
            nodes.iter().filter_map(clues).min_by_key(|clues| clues.iter().map(cost).sum::<u64>())
        }
        NodeKind::Or(nodes) => {
            nodes.iter().map(clues).collect::<Option<Vec<_>>>().map(|parts| parts.concat())
        }
        NodeKind::Not(_) => None,
        NodeKind::Leaf(leaf) => match &leaf.test {
            Test::Words(words) => {
                let longest = words.tokens.iter().max_by_key(|token| token.text.len())?;
                Some(vec![Clue::Token(&longest.text)])
            }
            Test::Keyword { field, form, is_prefix: false } => Some(vec![Clue::Keyword(*field, form)]),
            Test::Seek { seek, .. } => sought(seek),
            Test::Like { field, like: Like::List(lexicon) } if lexicon.forms().1 => {
                Some(lexicon.forms().0.map(|form| Clue::Keyword(*field, form)).collect())
            }
            _ => None,
        },
    }
}

/// Whether a query has clues: without any it is tried on every document.
pub(crate) fn has_clues(root: &Node) -> bool {
    clues(root).is_some()
}

/// Clues to what is looked for by more than its letters: runs of letters that it has.
fn sought(seek: &Seek) -> Option<Vec<Clue<'_>>> {
    match seek {
        Seek::Row(row) => row.words.iter().filter_map(clue).min_by_key(cost).map(|clue| vec![clue]),
        Seek::Pattern(pattern) => {
            let groups =
                pattern.needs().iter().map(|group| group.iter().map(|run| Clue::Token(run)).collect());
            cheapest(groups)
        }
        Seek::Any(seeks) => seeks.iter().map(sought).collect::<Option<Vec<_>>>().map(|parts| parts.concat()),
        Seek::Besides(first, second) => Some([sought(first)?, sought(second)?].concat()),
        Seek::Near { left, right, .. } => cheapest([sought(left), sought(right)].into_iter().flatten()),
        Seek::List(lexicon) => {
            let (words, prefixes, patterns) = lexicon.parts();
            let patterns: Option<Vec<_>> = patterns.iter().map(sought).collect();
            let mut clues = patterns?.concat();
            clues.extend(words.filter_map(longest).map(Clue::Token));
            clues.extend(prefixes.map(|prefix| Clue::Token(prefix)));
            Some(clues)
        }
        Seek::Stretch(_) => None,
    }
}

fn clue(wanted: &Wanted) -> Option<Clue<'_>> {
    match &wanted.form {
        Form::Same(text) => Some(Clue::Token(text)),
        Form::Glob(glob) => glob.longest().map(Clue::Token),
        Form::Fuzzy(_) | Form::Stem(_) | Form::Any => None,
    }
}

fn cheapest<'q>(parts: impl Iterator<Item = Vec<Clue<'q>>>) -> Option<Vec<Clue<'q>>> {
    parts.min_by_key(|clues| clues.iter().map(cost).sum::<u64>())
}

fn longest(words: &Words) -> Option<&str> {
    words.tokens.iter().map(|token| token.text.as_str()).max_by_key(|text| text.len())
}

/// How often a clue may be expected, in parts of an arbitrary whole: a long token is rare, a keyword common.
fn cost(clue: &Clue<'_>) -> u64 {
    const WHOLE: u64 = 1 << 20;
    match clue {
        Clue::Keyword(..) => WHOLE,
        Clue::Token(token) => WHOLE >> token.len().min(20),
    }
}

#[cfg(test)]
mod tests {
    use aboveboard_model::document::{Document, Zone};

    use super::*;

    fn set(bytes_max: usize) -> QuerySet {
        let texts = ["pix", "team:sales", "NOT pix", "pix OR cash", "text:cas*", "caption:pix"];
        QuerySet::bounded(texts.iter().map(|text| Query::parse(text).unwrap()).collect(), bytes_max)
    }

    #[test]
    fn only_queries_whose_words_occur_are_tried() {
        let mut document = Document { team: Some("Sales".into()), ..Document::default() };
        assert_eq!(set(AUTOMATON_BYTES_MAX).proposals(&Reading::of(&document)), [1, 2]);
        document.zones.insert(Zone::Text, "in cash".into());
        assert_eq!(set(AUTOMATON_BYTES_MAX).proposals(&Reading::of(&document)), [1, 2, 3, 4]);
    }

    #[test]
    fn without_an_automaton_the_answer_is_the_same() {
        let document = Document { zones: [(Zone::Text, "pix in cash".into())].into(), ..Document::default() };
        let reading = Reading::of(&document);
        assert_eq!(set(0).proposals(&reading), [0, 2, 3, 4, 5]);
        assert_eq!(set(0).matches(&reading), set(AUTOMATON_BYTES_MAX).matches(&reading));
        assert_eq!(set(0).matches(&reading).len(), 3);
        assert_eq!(QuerySet::new(Vec::new()).matches(&reading), []);
    }
}
