//! What is ordinary is answered alike alone, among others and by the plan, however long its lists and texts are.

use std::time::Duration;

use aboveboard_model::document::{Document, Zone};
use aboveboard_query::{Environment, Language, Lexicon, Query, QuerySet, Reading};
use proptest::prelude::*;

use crate::hostile::spent;

fn saying(text: &str) -> Document {
    Document { zones: [(Zone::Text, text.to_owned())].into(), ..Document::default() }
}

fn listing(entries: impl IntoIterator<Item = String>) -> Environment {
    let mut environment = Environment::default();
    environment.lists.insert("l", Lexicon::new(entries).expect("few and short"));
    environment
}

/// The words that a query shows, the same alone and in a set; `None` if it does not match.
fn agreed<'t>(query: &str, environment: &Environment, text: &'t str) -> Option<Vec<&'t str>> {
    let parsed = Query::parse_in(query, environment).unwrap_or_else(|wrong| panic!("{query}: {wrong:?}"));
    let document = saying(text);
    let reading = Reading::of(&document);
    let alone = parsed.find(&reading);
    let judged = QuerySet::new(vec![parsed.clone()]).judge(&reading);
    let query = &query[..query.floor_char_boundary(80)];
    assert!(judged.exceeded.is_empty(), "{query} is given up");
    assert_eq!(judged.matches.first().map(|(_, found)| found), alone.as_ref(), "{query}");
    assert!(alone.is_none() || parsed.plan().proposes(&reading), "{query} is not proposed");
    Some(alone?.spans.into_iter().map(|span| &text[span.start..span.end]).collect())
}

fn is_found(query: &str, text: &str) -> bool {
    agreed(query, &Environment::default(), text).is_some()
}

#[test]
fn a_long_list_is_judged_like_a_short_one() {
    let phrases = |count: usize| {
        let more = (0..count).map(|at| format!("transfer to w{at}"));
        listing(std::iter::once("transfer to zed".to_owned()).chain(more))
    };
    for count in [400, 900, 20_000] {
        let environment = phrases(count);
        assert_eq!(agreed("@l", &environment, "transfer to zed now"), Some(vec!["transfer to zed"]));
        assert_eq!(agreed("@l", &environment, "transfer to zz now"), None);
        assert_eq!(agreed("NOT @l", &environment, "transfer to zz now"), Some(vec![]));
    }
    let globs =
        listing(std::iter::once("*account*".to_owned()).chain((0..900).map(|at| format!("*word{at}*"))));
    let text = "please send all of the cash to my other account today friend";
    assert_eq!(agreed("@l", &globs, text), Some(vec!["account"]));
    let words: Vec<String> = (0..1_500).map(|at| format!("some{at}")).collect();
    assert_eq!(agreed("@l", &globs, &format!("{} account", words.join(" "))), Some(vec!["account"]));
}

#[test]
fn a_frequent_word_in_many_phrases_is_looked_up_once() {
    let phrases: Vec<String> = (0..150).map(|at| format!("\"a c{at}\"")).collect();
    assert!(is_found(&format!("a OR {}", phrases.join(" OR ")), &"a b ".repeat(2_500)));
}

#[test]
fn what_others_spend_is_not_taken_from_what_a_policy_may() {
    let mut texts: Vec<String> = (0..400).map(|at| format!("\"cash now\"~{}", at % 9 + 1)).collect();
    texts.extend((0..400).map(|at| format!("\"cash me w{at}\"~2 OR me*")));
    texts.push("\"my last word\"".into());
    let set = QuerySet::new(texts.iter().map(|text| Query::parse(text).unwrap()).collect());
    let text = "cash cash ".repeat(3_000) + &"now now ".repeat(3_000) + "me my last word";
    let judged = set.judge(&Reading::of(&saying(&text)));
    assert!(judged.matches.iter().any(|(number, _)| *number == texts.len() - 1), "{:?}", judged.exceeded);
}

#[test]
fn what_is_near_is_near_however_much_else_is() {
    let a = |count: usize| "a ".repeat(count);
    let numbers: Vec<String> = (0..4_200).map(|at| at.to_string()).collect();
    for (query, text) in [
        ("(a NEAR/30 a) PRE/1 boss", a(600) + "boss"),
        ("boss PRE/1 (a NEAR/30 a)", format!("boss {}", a(600))),
        ("(a NEAR/30 b) PRE/0 c", format!("{}{}c", a(2_000), "b ".repeat(30))),
        ("/\\w+/ NEAR/30 /\\w+/ PRE/0 zzz", "word ".repeat(600) + "zzz"),
        ("/\\d+/ NEAR/2 reais", numbers.join(" ") + " reais"),
        ("a NEAR/1 b", a(17_000) + "b"),
        ("(a OR c) NEAR/1 b", a(17_000) + "b"),
        ("\"a a\" NEAR/1 b", a(17_000) + "b"),
        ("a* NEAR/1 b", a(17_000) + "b"),
    ] {
        assert!(is_found(query, &text), "{query}");
    }
    assert!(!is_found("(a NEAR/30 a) PRE/1 boss", &(a(600) + "x x x boss")));
    assert!(agreed("@l PRE/0 b", &listing(["a".into(), "a a".into()]), &(a(17_000) + "b")).is_some());
}

#[test]
fn an_expression_shows_each_place_once_and_whole() {
    for (query, text, wanted) in [
        ("/[a-z]+/", "João", &["João"][..]),
        ("/trans[a-z]+/", "uma transferência", &["transferência"]),
        ("/p\\w+/", "pix\u{200b}123", &["pix\u{200b}123"]),
        ("/\\d+/", "1 22 333", &["1", "22", "333"]),
        ("/\\{joão\\}/", "{joao}", &["{joao}"]),
        ("/[{]joão/", "{joao", &["{joao"]),
        ("/[\\]x]joão[\\[]/", "]joao[", &["]joao["]),
        ("/(?:joão){1,2}é/", "joaojoaoe", &["joaojoaoe"]),
        ("/jo[ãá]o/", "joão", &["joão"]),
        ("/\\x{e3}o(?P<ü>x)\\p{Lu}/", "ãoxA", &["ãoxA"]),
    ] {
        assert_eq!(agreed(query, &Environment::default(), text), Some(wanted.to_vec()), "{query}");
    }
    assert!(is_found("/\\d*/ PRE/1 reais", &("x".repeat(4_200) + " 500 reais")));
}

#[test]
fn what_is_long_or_repeated_is_answered_in_time() {
    let started = spent();
    assert!(!is_found("\"a b\"", &"a ".repeat(10_000)));
    let words: Vec<String> = (0..300).map(|at| format!("w{at} to")).collect();
    let phrases = listing((0..1_000).map(|at| format!("w{at} to x{at}")));
    assert!(agreed("@l", &phrases, &words.join(" ")).is_none());
    let stems: Vec<String> = (0..200).map(|at| format!("stem:w{at}")).collect();
    let words: Vec<String> = (0..400).map(|at| format!("other{at}")).collect();
    assert!(!is_found(&stems.join(" OR "), &words.join(" ")));
    let took = spent() - started;
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn an_expression_that_reads_on_after_each_place_ends_in_time() {
    let started = spent();
    let text = "A".repeat(1 << 20);
    let found = agreed("exact:/.*[^A-Z]|[A-Z]/", &Environment::default(), &text);
    assert!(found.is_some_and(|found| !found.is_empty()));
    let took = spent() - started;
    assert!(took < Duration::from_secs(5), "{took:?}");
}

/// Letters in an order that does not repeat itself.
fn scattered(letters: &str, bytes: usize) -> String {
    let letters: Vec<char> = letters.chars().collect();
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        letters[(state >> 33) as usize % letters.len()]
    };
    std::iter::repeat_with(&mut next).take(bytes).collect()
}

#[test]
fn an_expression_that_would_take_long_is_given_up_and_named_and_takes_nothing_from_others() {
    let started = spent();
    let hostile = ["/(?:a[ab]{0,40}){20,40}c/", "/[ab]*a[ab]{2000}c/"];
    let plain = ["/ab{2,3}a/", "/c{3}/", "ccc", "/[bc]{3}$/", "/(a|b|ab){2000}x?c/"];
    let queries = hostile.iter().chain(&plain).map(|query| Query::parse(query).unwrap());
    let set = QuerySet::new(queries.collect());
    let short = saying("abba ccc");
    let of = |document: &Document| {
        let judged = set.judge(&Reading::of(document));
        (judged.matches.iter().map(|(number, _)| *number).collect::<Vec<_>>(), judged.exceeded)
    };
    let long = saying(&(scattered("ab", 1 << 20) + " ccc"));
    for _ in 0..2 {
        assert_eq!(of(&short), (vec![2, 3, 4, 5], vec![]));
        assert_eq!(of(&long), (vec![2, 3, 4, 5], vec![0, 1]));
    }
    let took = spent() - started;
    assert!(took < Duration::from_secs(60), "{took:?}");
}

#[test]
fn an_ordinary_expression_is_not_given_up_on_a_long_text() {
    let started = spent();
    let text = scattered("abc de fgé 0123 ", 1 << 20) + " pin 4711 joão@mail.com";
    for query in [
        "/\\bpin\\b[^0-9]{0,8}\\d{4}\\b/",
        "/[a-z0-9._%+ã-]+@[a-z0-9.-]+\\.[a-z]{2,}/",
        "/\\bgh[pousr]_[a-z0-9]{36}\\b|joao@/",
        "/\\bpin\\b(?:\\W+\\w+){0,5}?\\W+\\bmail\\b/",
        "exact:/joão@/",
        "/joão@/ NEAR/3 4711",
    ] {
        assert!(is_found(query, &text), "{query}");
    }
    assert!(!is_found("/\\b[a-z]{4}0[a-z0-9]{6}é@/", &text));
    let took = spent() - started;
    assert!(took < Duration::from_secs(60), "{took:?}");
}

#[test]
fn regexes_are_bounded_together() {
    let started = spent();
    let patterns: Vec<String> = (0..256).map(|at| format!("/\\w{{18}}a{at}/")).collect();
    let mistakes = Query::parse(&patterns.join(" OR ")).unwrap_err();
    assert_eq!(mistakes[0].code.word(), "E022");
    let took = spent() - started;
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn a_regex_is_found_where_a_word_is_longer_than_a_token_may_be() {
    for before in 240..262 {
        assert!(is_found("/pix[0-9]chave/", &format!("{}pix7chave", "x".repeat(before))), "{before}");
    }
}

#[test]
fn the_plan_of_a_stem_proposes_what_has_it() {
    for (query, text) in [
        ("stem.fr:argent", "il veut l'argent"),
        ("stem.fr:argent", "il veut l’argent"),
        ("stem.fr:homme", "l'homme d'affaires"),
        ("stem.it:amico", "l'amico"),
        ("stem.uk:найкращий", "кращий"),
        ("stem.uk:кращий", "найкращий"),
    ] {
        assert!(is_found(query, text), "{query} in {text}");
    }
}

/// Words of one stem or near it in each language, with what is joined to their front.
const FORMS: [&[&str]; 21] = [
    &["كتاب", "الكتاب", "والكتاب", "كتب", "بالكتاب"],
    &["betaling", "betalinger", "betalt", "betale"],
    &["zahlung", "Zahlungen", "gezahlt", "zahlen", "Überweisung", "überweisen"],
    &["χρήματα", "χρήμα", "πληρωμή", "πληρωμές", "πληρώνω"],
    &["pay", "paying", "payments", "don't", "o'clock", "yes", "early", "the customer's"],
    &["transferir", "transferido", "pagar", "págame", "ñandú", "ñandúes"],
    &["maksu", "maksut", "maksaa", "maksettu"],
    &[
        "argent",
        "l'argent",
        "l’argent",
        "d'argent",
        "qu'argent",
        "homme",
        "l'homme",
        "d'hommes",
        "jusqu'homme",
    ],
    &["लड़का", "लड़के", "लड़कों", "भुगतान"],
    &["pénz", "pénzt", "legnagyobb", "nagy", "pénzek"],
    &["bayar", "membayar", "dibayar", "pembayaran", "bayarkan"],
    &["amico", "l'amico", "l’amico", "amici", "dell'amico", "un'amica"],
    &["betaling", "betalingen", "gegeten", "eten", "betaald"],
    &["betaling", "betalinger", "betalte", "betale"],
    &["najlepszych", "lepszych", "najlepsze", "najlepszy", "pieniądze", "pieniędzy"],
    &["pagar", "pagando", "d'água", "água", "transferência", "transferências"],
    &["plată", "plăți", "plătesc", "într-un"],
    &["платить", "платил", "наилучший", "лучший", "сор", "сору", "сором"],
    &["betalning", "betalningar", "betala", "betalat"],
    &["ankara", "Ankara'ya", "ödeme", "ödemeler", "İstanbul", "istanbul"],
    &["найкращий", "кращий", "найбільший", "більший", "гроші", "грошей"],
];

#[test]
fn the_plan_of_a_stem_proposes_whatever_is_found_in_every_language() {
    let mut met = 0;
    for (language, words) in Language::ALL.iter().zip(FORMS) {
        let mut meets = 0;
        for (one, other) in words.iter().flat_map(|one| words.iter().map(move |other| (one, other))) {
            let told = format!("stem.{}:\"{one}\"", language.code());
            meets += u32::from(is_found(&told, other) && one != other);
            is_found(&format!("stem:\"{one}\""), other);
        }
        assert!(meets > 0, "{language:?}");
        met += meets;
    }
    assert!(met > 60, "{met}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn long_lists_long_texts_and_many_queries_are_judged_as_each_alone(
        entries in 100..700usize,
        words in 50..2_500usize,
        queries in 10..150usize,
        kinds in 1..60u32,
        spread in 1..400usize,
    ) {
        let entry = |at: usize| match at as u32 % kinds {
            0 => format!("w{} to", at % spread),
            1 => format!("*w{at}*"),
            2 => format!("w{}*", at % 7),
            3 => format!("\"w{} to\"~3", at % spread),
            _ => format!("w{} to w{at}", at % spread),
        };
        let environment = listing((0..entries).map(entry));
        let text: Vec<String> = (0..words).map(|at| format!("w{} to", at * 7 % spread)).collect();
        let one = |at: usize| match at % 9 {
            0 => "@l".to_owned(),
            1 => format!("NOT @l OR w{at}"),
            2 => format!("\"w{} to\"~4", at % spread),
            3 => format!("w{} NEAR/5 to", at % spread),
            4 => format!("*{at}*"),
            5 => format!("w{at}~1"),
            6 => format!("stem.en:w{at} to"),
            7 => format!("/w{at}\\d+/"),
            _ => format!("\"to w{at} to\""),
        };
        let parsed = |at| Query::parse_in(&one(at), &environment).unwrap();
        let set = QuerySet::new((0..queries).map(parsed).collect());
        let document = saying(&text.join(" "));
        let reading = Reading::of(&document);
        let alone: Vec<_> = set.queries().iter().enumerate().filter_map(|(n, q)| Some((n, q.find(&reading)?))).collect();
        let together = set.judge(&reading);
        prop_assert_eq!(&together.exceeded, &Vec::<usize>::new());
        prop_assert_eq!(together.matches, alone);
    }
}
