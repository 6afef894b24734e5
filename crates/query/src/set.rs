//! Many queries at once: one look at a document proposes, each query's tree decides.

use std::borrow::Cow;
use std::collections::HashMap;

use aboveboard_model::document::{Field, Value};
use aboveboard_text::{Line, TEXT_BYTES_MAX};
use regex_automata::util::pool::Pool;

use crate::Query;
use crate::clues::{Clue, Effort, clues, effort, facts};
use crate::compile::keyword_form;
use crate::engine::{Engine, Look, Parts, Room};
use crate::matching::Match;
use crate::reading::{Reading, STEM_STEPS};
use crate::shadow;

/// What deciding queries on one document may cost, in steps: a place of a word that is looked at, or a fixed handful for each word that
/// is looked up. A step takes some nanoseconds. Steps are counted, not time, so that a replay stops where the first run did.
///
/// Every query has a share of its own, by what it looks for and how long the texts are. What a query needs beyond that it takes from what
/// all have together, so that whatever one spends another has its own.
struct Allowance {
    /// One query at most, its own share and what it takes from all.
    a_query_max: u64,
    /// Of its own, whatever it looks for, and for each word that it looks up in a text.
    a_query: u64,
    a_word: u64,
    /// All together.
    together: u64,
}

const STEPS_A_QUERY_MAX: u64 = 4_000_000;
const STEPS_A_QUERY: u64 = 4_096;
const STEPS_A_WORD: u64 = 64;
/// All queries together, on any document and for each byte of its texts.
const STEPS_TOGETHER: u64 = 1 << 20;
const STEPS_A_BYTE: u64 = 16;

/// Queries that run together over each document. What it answers is what each query alone would, but for those that it names as given
/// up because they cost too much there.
#[derive(Debug)]
pub struct QuerySet {
    queries: Vec<Query>,
    /// Finds in the lines of a document whatever announces a query.
    engine: Engine,
    /// For each field of which a value announces queries or is needed by some: the value's number among all, and those that it
    /// announces, by its form.
    by_keyword: Vec<(Field, HashMap<String, Known>)>,
    /// By query, the numbers of the values that it cannot match without.
    facts: Vec<Vec<u32>>,
    /// By query, what it does with a text at most.
    efforts: Vec<Effort>,
    /// Queries that any value of a field announces.
    by_field: Vec<(Field, Vec<u32>)>,
    /// Queries that nothing announces.
    always: Vec<u32>,
    /// Queries of which a run of letters may be torn apart in a line that is broken.
    when_broken: Vec<u32>,
    rooms: Pool<Rooms, fn() -> Rooms>,
}

/// A text's line and shadow, and room to look at them.
type Rooms = (Line, Vec<u8>, Room);

/// What queries say of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// The queries that match, by number, ascending, with what they found.
    pub matches: Vec<(usize, Match)>,
    /// The queries, by number, ascending, that were given up, since they cost more than a document may: whether they match is not known.
    pub exceeded: Vec<usize>,
}

/// A value of a field that queries ask for.
#[derive(Debug)]
struct Known {
    number: u32,
    announces: Vec<u32>,
}

/// All values of fields that queries ask for.
#[derive(Default)]
struct Values {
    by_field: Vec<(Field, HashMap<String, Known>)>,
    count: u32,
}

impl Values {
    fn known(&mut self, field: Field, form: String) -> &mut Known {
        let count = &mut self.count;
        of_field(&mut self.by_field, field).entry(form).or_insert_with(|| {
            *count += 1;
            Known { number: *count, announces: Vec::new() }
        })
    }
}

impl QuerySet {
    /// Prepares queries to run together; they are numbered in the order given.
    pub fn new(queries: Vec<Query>) -> Self {
        let mut parts = Parts::default();
        let mut values = Values::default();
        let mut all_facts = Vec::with_capacity(queries.len());
        let mut by_field: Vec<(Field, Vec<u32>)> = Vec::new();
        let (mut always, mut when_broken) = (Vec::new(), Vec::new());
        let mut regexes: HashMap<String, usize> = HashMap::new();
        for (number, query) in (0..).zip(&queries) {
            let own = facts(query.root()).map(|(field, form)| values.known(field, form.to_owned()).number);
            all_facts.push(own.collect());
            let Some(clues) = clues(query.root()) else {
                always.push(number);
                continue;
            };
            for clue in clues {
                match clue {
                    Clue::Line(line) => parts.string(line.into_bytes(), number),
                    Clue::Run(line) => {
                        parts.string(line.into_bytes(), number);
                        when_broken.push(number);
                    }
                    Clue::Expression(herald) => match regexes.get(&herald.name) {
                        Some(&regex) => parts.target(regex, number),
                        None => {
                            let regex = parts.regex(herald.shadow.clone(), herald.needs.clone(), number);
                            regexes.insert(herald.name.clone(), regex);
                        }
                    },
                    Clue::Keyword(field, form) => values.known(field, form).announces.push(number),
                    Clue::Present(field) => of_field(&mut by_field, field).push(number),
                }
            }
        }
        let efforts = queries.iter().map(|query| effort(query.root())).collect();
        let engine = parts.build();
        always.extend(engine.always());
        let rooms: Pool<_, fn() -> _> = Pool::new(Default::default);
        Self {
            queries,
            engine,
            by_keyword: values.by_field,
            facts: all_facts,
            efforts,
            by_field,
            always,
            when_broken,
            rooms,
        }
    }

    /// The queries, by number.
    pub fn queries(&self) -> &[Query] {
        &self.queries
    }

    /// The numbers of the queries that could match, ascending: all that do, and some that do not.
    pub fn proposals(&self, reading: &Reading<'_>) -> Vec<usize> {
        let mut guard = self.rooms.get();
        let (line, text_shadow, room) = &mut *guard;
        room.met.clear();
        room.unsure.clear();
        if !self.engine.is_empty() {
            for (at, text) in reading.document.zones.values().enumerate() {
                line.read(text);
                // Of a text past the limit a line holds the beginning, and a pattern is found in all of it as written.
                let is_broken = line.is_broken() || text.len() > TEXT_BYTES_MAX;
                if is_broken {
                    room.met.extend(&self.when_broken);
                }
                if self.engine.look(&Look { padded: line.padded(), marks: line.marks(), is_broken }, room) {
                    shadow::cast(text, text_shadow);
                    self.engine.try_open(text_shadow, room);
                    if !text.is_ascii() {
                        shadow::cast(reading.zones[at].normal().text(), text_shadow);
                        self.engine.try_open(text_shadow, room);
                    }
                }
            }
        }
        room.met.append(&mut room.unsure);
        room.held.clear();
        self.look_at_fields(reading, &mut room.met, &mut room.held);
        if room.met.is_empty() && self.always.is_empty() {
            return Vec::new();
        }
        let holds = |number: &usize| self.facts[*number].iter().all(|fact| room.held.contains(fact));
        let found = room.met.iter().chain(&self.always).map(|&number| number as usize);
        let mut proposed: Vec<usize> = found.filter(holds).collect();
        proposed.sort_unstable();
        proposed.dedup();
        proposed
    }

    fn look_at_fields(&self, reading: &Reading<'_>, met: &mut Vec<u32>, held: &mut Vec<u32>) {
        let document = reading.document;
        for (field, numbers) in &self.by_field {
            if reading.has(*field) {
                met.extend(numbers);
            }
        }
        for (field, by_form) in &self.by_keyword {
            let mut meet = |form: &str| {
                if let Some(known) = by_form.get(form) {
                    held.push(known.number);
                    met.extend(&known.announces);
                }
            };
            match document.value(*field) {
                _ if reading.is_held(*field) => reading.forms(*field).iter().for_each(|form| meet(form)),
                Value::Keywords(values) => values.iter().for_each(|value| meet(&form(value))),
                Value::Flag(value) => meet(if value { "true" } else { "false" }),
                Value::Scores(scores) => scores.keys().for_each(|label| meet(&form(label))),
                Value::Missing | Value::Text(_) | Value::Number(_) | Value::Instant(_) | Value::Money(_) => {}
            }
        }
    }

    /// The queries that match a document, by number, ascending, with what they found; without those that were given up.
    pub fn matches(&self, reading: &Reading<'_>) -> Vec<(usize, Match)> {
        self.judge(reading).matches
    }

    /// What the queries say of a document.
    pub fn judge(&self, reading: &Reading<'_>) -> Judged {
        self.judge_within(
            reading,
            &Allowance {
                a_query_max: STEPS_A_QUERY_MAX,
                a_query: STEPS_A_QUERY,
                a_word: STEPS_A_WORD,
                together: STEPS_TOGETHER + STEPS_A_BYTE * bytes_of(reading),
            },
        )
    }

    fn judge_within(&self, reading: &Reading<'_>, allowance: &Allowance) -> Judged {
        let mut judged = Judged::default();
        let mut proposed = self.proposals(reading);
        if proposed.is_empty() {
            // Its words were not even read.
            return judged;
        }
        let (texts, bytes) = (reading.document.zones.len() as u64, bytes_of(reading));
        let mut left = allowance.together;
        // Those that look up little come first: what one that looks up much may cost is never taken from them.
        proposed.sort_by_key(|&number| (self.efforts[number], number));
        for number in proposed {
            let own = allowance.own(self.efforts[number], texts, bytes);
            let allowed = own.saturating_add(left).min(allowance.a_query_max);
            reading.allow(allowed);
            let found = self.queries[number].find(reading);
            let spent = reading.spent();
            match found {
                _ if spent > allowed => judged.exceeded.push(number),
                Some(found) => judged.matches.push((number, found)),
                None => {}
            }
            left = left.saturating_sub(spent.saturating_sub(own));
        }
        judged.matches.sort_unstable_by_key(|(number, _)| *number);
        judged.exceeded.sort_unstable();
        reading.allow(u64::MAX);
        judged
    }
}

impl Allowance {
    /// What a query has of its own on texts of so many bytes, of which each holds half as many words at most.
    fn own(&self, effort: Effort, texts: u64, bytes: u64) -> u64 {
        let lookups = self.a_word * texts * (effort.words + effort.passes + effort.stems);
        let passes = bytes * (effort.passes + STEM_STEPS * effort.stems) / 2;
        self.a_query + lookups + passes
    }
}

fn bytes_of(reading: &Reading<'_>) -> u64 {
    reading.document.zones.values().map(|text| text.len() as u64).sum()
}

fn of_field<T: Default>(all: &mut Vec<(Field, T)>, field: Field) -> &mut T {
    let at = all.iter().position(|(of, _)| *of == field).unwrap_or_else(|| {
        all.push((field, T::default()));
        all.len() - 1
    });
    &mut all[at].1
}

/// A keyword's form; most are written in it.
fn form(value: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.');
    if value.len() <= 64 && value.bytes().all(is_plain) { value.into() } else { keyword_form(value).into() }
}

#[cfg(test)]
mod tests {
    use aboveboard_model::document::{Document, Zone};

    use super::*;

    fn set(texts: &[&str]) -> QuerySet {
        QuerySet::new(texts.iter().map(|text| Query::parse(text).unwrap()).collect())
    }

    fn written(text: &str) -> Document {
        Document { zones: [(Zone::Text, text.into())].into(), ..Document::default() }
    }

    #[test]
    fn only_queries_whose_words_and_values_occur_are_tried() {
        let set = set(&[
            "pix",
            "team:sales",
            "NOT pix",
            "pix OR cash",
            "text:cas*",
            "money:>5 in",
            "\"in cash\"",
            "hour:7",
        ]);
        let mut document = Document { team: Some("Sales".into()), ..Document::default() };
        assert_eq!(set.proposals(&Reading::of(&document)), [1, 2]);
        document.zones.insert(Zone::Text, "in ready cash".into());
        assert_eq!(set.proposals(&Reading::of(&document)), [1, 2, 3, 4]);
        document.zones.insert(Zone::Text, "In, CASH!".into());
        document.hour = Some(8);
        assert_eq!(set.proposals(&Reading::of(&document)), [1, 2, 3, 4, 6, 7]);
        assert_eq!(QuerySet::new(Vec::new()).matches(&Reading::of(&document)), []);
    }

    #[test]
    fn what_costs_too_much_is_reported_and_what_does_not_is_judged() {
        let set = set(&["a", "\"a b\"~3", "b", "c", "x"]);
        let document = written(&("c ".to_owned() + &"a b ".repeat(500)));
        let reading = Reading::of(&document);
        let numbers = |judged: &Judged| judged.matches.iter().map(|(number, _)| *number).collect::<Vec<_>>();
        let judged = set.judge(&reading);
        assert_eq!((numbers(&judged), &judged.exceeded[..]), (vec![0, 1, 2, 3], &[][..]));
        let within = |a_query_max, a_query, together| {
            set.judge_within(&reading, &Allowance { a_query_max, a_query, a_word: 0, together })
        };
        let judged = within(900, 0, u64::MAX);
        assert_eq!((numbers(&judged), &judged.exceeded[..]), (vec![0, 2, 3], &[1][..]));
        // What many words cost is not taken from who looks up one, wherever it stands among them.
        let judged = within(u64::MAX, 0, 1_200);
        assert_eq!((numbers(&judged), &judged.exceeded[..]), (vec![0, 2, 3], &[1][..]));
        let judged = within(u64::MAX, 0, 600);
        assert_eq!((numbers(&judged), &judged.exceeded[..]), (vec![0], &[1, 2, 3][..]));
        // What one spends is not taken from what another has of its own.
        let judged = within(u64::MAX, 600, 0);
        assert_eq!((numbers(&judged), &judged.exceeded[..]), (vec![0, 2, 3], &[1][..]));
        // The next who asks is not held to what another may spend.
        assert!(set.queries()[1].find(&reading).is_some());
    }
}
