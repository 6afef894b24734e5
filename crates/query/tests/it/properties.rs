//! What holds for every query and every document.

use aboveboard_model::document::{Document, Zone};
use aboveboard_query::{Query, QuerySet, Reading, Severity};
use proptest::prelude::*;

use crate::generate::{document, environment, expression, hostile_query, hostile_words, query};

fn parsed(text: &str) -> Query {
    Query::parse_in(text, &environment()).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}"))
}

/// Whether two words can stand in a text such that moving them together takes at most `slop`, by trying all pairs.
fn near(text: &[&str], one: &str, other: &str, slop: i64) -> bool {
    let places = |word: &str| -> Vec<i64> {
        (0..).zip(text).filter(|(_, at)| **at == word).map(|(at, _)| at).collect()
    };
    let others = places(other);
    places(one).iter().any(|a| others.iter().any(|b| a != b && (a - (b - 1)).abs() <= slop))
}

/// Whether every word of a phrase can be given a place of its own with all shifts within `slop`, by trying all.
fn sloppy(text: &[&str], phrase: &[&str], slop: i64, shifts: &mut Vec<i64>) -> bool {
    let at = shifts.len();
    if at == phrase.len() {
        return shifts.iter().all(|one| shifts.iter().all(|other| one - other <= slop));
    }
    (0..text.len() as i64).filter(|&place| text[place as usize] == phrase[at]).any(|place| {
        let is_taken = (0..).zip(shifts.iter()).any(|(index, shift)| shift + index == place);
        shifts.push(place - at as i64);
        let found = !is_taken && sloppy(text, phrase, slop, shifts);
        shifts.pop();
        found
    })
}

/// How many cases each property is tried on: `ABOVEBOARD_CASES`, or so many that a test takes seconds.
fn cases() -> u32 {
    std::env::var("ABOVEBOARD_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(256)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn a_printed_query_parses_to_itself(text in query()) {
        let query = parsed(&text);
        let printed = query.to_string();
        let again = parsed(&printed);
        prop_assert_eq!(&again, &query, "{}", printed);
        prop_assert_eq!(again.to_string(), printed);
    }

    #[test]
    fn anything_parses_or_is_told_why_not(text in hostile_query()) {
        match Query::parse_in(&text, &environment()) {
            Ok(query) => {
                prop_assert!(query.warnings().iter().all(|warning| warning.severity() == Severity::Warning));
                prop_assert_eq!(parsed(&query.to_string()), query);
            }
            Err(mistakes) => {
                prop_assert!(mistakes.iter().any(|mistake| mistake.severity() == Severity::Error));
                prop_assert!(mistakes.iter().all(|mistake| text.get(mistake.span.clone()).is_some()));
            }
        }
    }

    #[test]
    fn the_plan_proposes_every_match(text in query(), documents in prop::collection::vec(document(), 1..6)) {
        let query = parsed(&text);
        let plan = query.plan();
        for document in &documents {
            let reading = Reading::of(document);
            let is_match = query.find(&reading).is_some();
            if is_match || query.plan_is_exact() {
                prop_assert_eq!(plan.proposes(&reading), is_match, "{:?} for {}", plan, text);
            }
        }
    }

    #[test]
    fn many_queries_together_answer_like_each_alone(
        texts in prop::collection::vec(query(), 1..12),
        documents in prop::collection::vec(document(), 1..4),
    ) {
        let set = QuerySet::new(texts.iter().map(|text| parsed(text)).collect());
        for document in &documents {
            let alone: Vec<_> = set.queries().iter().enumerate().filter_map(|(n, q)| Some((n, q.matches(document)?))).collect();
            prop_assert_eq!(set.matches(&Reading::of(document)), alone);
        }
    }

    #[test]
    fn the_form_of_an_ascii_keyword_is_that_of_its_normal_form(text in "[ -~\t\n]{0,40}") {
        let normal = aboveboard_text::normalise(&text, aboveboard_text::Options::SEARCH);
        let trimmed = normal.text().trim();
        prop_assert_eq!(aboveboard_query::keyword_form(&text), trimmed.strip_prefix('+').unwrap_or(trimmed));
    }

    #[test]
    fn hostile_queries_together_answer_as_each_alone(
        words in proptest::collection::vec("[ab]{1,2}", 1..6),
        letters in proptest::collection::vec("[ab ]{1,12}", 1..12),
        text in "([ab]{1,2}[ .,]{1,2}){0,60}",
    ) {
        let near = letters.iter().map(|letters| format!("\"{letters} a\"~3"));
        let phrases = letters.iter().map(|letters| format!("\"b {letters}\""));
        let texts = words.iter().flat_map(|word| [word.clone(), format!("{word}*"), format!("NOT {word}")]);
        let set = QuerySet::new(texts.chain(near).chain(phrases).map(|text| parsed(&text)).collect());
        let document = aboveboard_model::document::Document { zones: [(Zone::Text, text)].into(), ..Default::default() };
        let alone: Vec<_> = set.queries().iter().enumerate().filter_map(|(n, q)| Some((n, q.matches(&document)?))).collect();
        let together = set.judge(&Reading::of(&document));
        prop_assert_eq!(together.matches, alone);
        prop_assert!(together.exceeded.is_empty());
    }

    #[test]
    fn expressions_together_answer_as_each_alone(
        sources in proptest::collection::vec(expression(), 1..24),
        texts in proptest::collection::vec(prop_oneof![hostile_words(), "[ -~]{0,40}"], 1..6),
    ) {
        let queries = sources.iter().flat_map(|source| [format!("/{source}/"), format!("exact:/{source}/")]);
        let set = QuerySet::new(queries.filter_map(|text| Query::parse(&text).ok()).collect());
        for text in texts {
            let zones = [(Zone::Text, text.clone()), (Zone::Caption, text.chars().rev().collect())].into();
            let document = Document { zones, ..Document::default() };
            let alone: Vec<_> = set.queries().iter().enumerate().filter_map(|(n, q)| Some((n, q.matches(&document)?))).collect();
            let together = set.judge(&Reading::of(&document));
            prop_assert_eq!(together.matches, alone, "{}", text);
            prop_assert_eq!(together.exceeded, Vec::<usize>::new());
        }
    }

    #[test]
    fn spans_are_ordered_places_in_the_stored_text(text in query(), document in document()) {
        let Some(found) = parsed(&text).matches(&document) else { return Ok(()) };
        prop_assert!(found.spans.is_sorted_by(|one, other| one < other));
        for span in found.spans {
            let zone = Zone::ALL.iter().find(|zone| zone.field() == span.field).expect("a zone");
            prop_assert!(document.zones[zone].get(span.start..span.end).is_some_and(|words| !words.is_empty()));
        }
    }

    #[test]
    fn operators_mean_what_logic_says(one in query(), other in query(), document in document()) {
        let holds = |text: &str| parsed(text).matches(&document).is_some();
        prop_assert_eq!(holds(&format!("({one}) AND ({other})")), holds(&one) && holds(&other));
        prop_assert_eq!(holds(&format!("({one}) ({other})")), holds(&one) && holds(&other));
        prop_assert_eq!(holds(&format!("({one}) OR ({other})")), holds(&one) || holds(&other));
        prop_assert_eq!(holds(&format!("NOT ({one})")), !holds(&one));
    }

    #[test]
    fn proximity_is_what_trying_every_arrangement_says(
        text in prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "x"]), 0..9),
        phrase in prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 2..5),
        slop in 0..6u32,
    ) {
        let document = Document { zones: [(Zone::Text, text.join(" "))].into(), ..Document::default() };
        let found = parsed(&format!("\"{}\"~{slop}", phrase.join(" "))).matches(&document).is_some();
        prop_assert_eq!(found, sloppy(&text, &phrase, i64::from(slop), &mut Vec::new()));
        if let [one, other] = phrase[..] {
            prop_assert_eq!(found, near(&text, one, other, i64::from(slop)));
        }
    }

    #[test]
    fn a_phrase_is_found_wherever_its_words_follow_each_other(
        text in prop::collection::vec(prop::sample::select(vec!["a", "a", "a", "b", "c"]), 0..60),
        phrase in prop::collection::vec(prop::sample::select(vec!["a", "a", "b", "c"]), 2..6),
    ) {
        let document = Document { zones: [(Zone::Text, text.join(" "))].into(), ..Document::default() };
        let found = parsed(&format!("\"{}\"", phrase.join(" "))).matches(&document).unwrap_or_default();
        let found: Vec<(usize, usize)> = found.spans.iter().map(|span| (span.start, span.end)).collect();
        let places = text.windows(phrase.len()).enumerate().filter(|(_, words)| *words == phrase);
        // A letter and a space are two bytes.
        let places: Vec<(usize, usize)> = places.map(|(at, words)| (2 * at, 2 * (at + words.len()) - 1)).collect();
        prop_assert_eq!(found, places);
    }

    #[test]
    fn a_query_in_an_unspaced_script_finds_substrings(text in "[客户价格 ]{0,10}", word in "[客户价格]{1,4}") {
        let document = Document { zones: [(Zone::Text, text.clone())].into(), ..Document::default() };
        let found = parsed(&word).matches(&document);
        prop_assert_eq!(found.is_some(), text.contains(&word));
        prop_assert!(found.into_iter().flat_map(|found| found.spans).all(|span| text[span.start..span.end] == word));
    }
}
