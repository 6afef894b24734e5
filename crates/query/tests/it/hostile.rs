//! What is written to hurt stays within its bounds.

use std::time::Duration;

use aboveboard_model::document::{Document, Zone};
use aboveboard_query::{
    DEPTH_MAX, Environment, LIST_ENTRIES_MAX, Lexicon, PATTERNS_MAX, QUERY_BYTES_MAX, Query, QuerySet,
    Reading, TERMS_MAX,
};

/// How often the time of a plain query in the same run a hostile one may take; the worst takes it about a hundred times.
const TIMES_MAX: u32 = 400;

fn saying(text: &str) -> Document {
    Document { zones: [(Zone::Text, text.to_owned())].into(), ..Document::default() }
}

#[test]
fn hostile_queries_on_hostile_texts_take_a_bounded_multiple_of_a_plain_one() {
    let texts = [
        "a".repeat(20_000),
        "a ".repeat(5_000),
        "a-".repeat(5_000),
        "客".repeat(5_000),
        "ab.".repeat(4_000),
        format!("{}b", "a".repeat(250)).repeat(20),
    ];
    let queries = [
        format!("{}b", "*a".repeat(60)),
        format!("\"{}\"", "* a ".repeat(20)),
        format!("{}-b*", "*a".repeat(30)),
        "/(a+)+b/".to_owned(),
        "/(a|a|aa)*$/".to_owned(),
        "/([ab]*?[.-]?)*x/".to_owned(),
        "aaaaaaaaaa~2 OR 客客客客~2".to_owned(),
        "a NEAR/1000 a NEAR/1000 b".to_owned(),
        "(a OR a* OR *a) NEAR/1000 (a OR a* OR *a)".to_owned(),
        "\"a a a a a a a a\"~1000".to_owned(),
        "客*客*客*客*户".to_owned(),
    ];
    let parsed = |query: &str| Query::parse(query).unwrap_or_else(|wrong| panic!("{query}: {wrong:?}"));
    for text in &texts {
        let document = saying(text);
        let plain = parsed("zebra");
        let plain = quickest(|| assert!(plain.matches(&document).is_none()));
        for query in &queries {
            let hostile = parsed(query);
            let took = quickest(|| drop(hostile.matches(&document)));
            assert!(took < TIMES_MAX * plain, "{query} took {took:?}, a plain query {plain:?}");
        }
    }
}

#[test]
fn as_many_mistakes_patterns_and_entries_as_are_allowed_take_a_bounded_multiple_of_a_plain_query() {
    let fuzzy: Vec<String> = (0..TERMS_MAX).map(|at| format!("wordy{at}~2")).collect();
    let patterns: Vec<String> = (0..PATTERNS_MAX).map(|at| format!("/a{at}[a-z]{{1,20}}/")).collect();
    let entries = (0..LIST_ENTRIES_MAX).map(|at| format!("pay {at} to me"));
    let mut environment = Environment::default();
    environment.lists.insert("all", Lexicon::new(entries).unwrap());
    let queries = [fuzzy.join(" OR "), patterns.join(" OR "), "@all".to_owned(), "me NEAR/3 @all".to_owned()];
    let text = "please pay 77 to me, wordy12 a9xyz ".repeat(20);
    let document = saying(&text);
    let parsed: Vec<Query> =
        queries.iter().map(|query| Query::parse_in(query, &environment).unwrap()).collect();
    let plain = Query::parse("please").unwrap();
    let plain = quickest(|| assert!(plain.matches(&document).is_some()));
    for query in &parsed {
        let took = quickest(|| assert!(query.matches(&document).is_some()));
        assert!(took < 10 * TIMES_MAX * plain, "{took:?}, a plain query {plain:?}");
        assert!(query.plan().proposes(&Reading::of(&document)));
    }
    assert_eq!(QuerySet::new(parsed).matches(&Reading::of(&document)).len(), queries.len());
}

/// As much of a stack as a thread may have of which much is gone.
const STACK_BYTES: usize = 512 << 10;

#[test]
fn nothing_that_goes_deep_takes_the_stack() {
    let mut environment = Environment::default();
    environment.macros.insert("open".into(), format!("{}a", "(".repeat(20_000)));
    environment.macros.insert("not".into(), format!("{}a", "NOT ".repeat(15_000)));
    environment.macros.insert("closed".into(), format!("{}a{}", "(".repeat(64), ")".repeat(64)));
    environment.macros.insert("stem".into(), format!("text:{}a", "stem:".repeat(10_000)));
    let within = |many: usize, text: &str| format!("{}{text}{}", "(".repeat(many), ")".repeat(many));
    let not_within = |many: usize, text: &str| format!("{}{text}{}", "(NOT ".repeat(many), ")".repeat(many));
    let refused = [
        format!("text:{}a", "stem:".repeat(13_090)),
        format!("text:{}a", "exact:".repeat(10_800)),
        format!("tex:{}a", "exact:".repeat(10_800)),
        format!("text:({}a)", "exact:".repeat(10_800)),
        format!("{}a", "exact:text:".repeat(5_900)),
        format!("team:{}a", "exact:(".repeat(9_000)),
        "+-!".repeat(21_000) + "a",
        "(a NEAR/1 ".repeat(6_000),
        within(64, "$open"),
        within(64, "$not"),
        within(64, "$stem"),
        within(32, "$closed"),
        "$open".into(),
        "$stem".into(),
        format!("{}a", "[".repeat(60_000)),
        format!("text:{}a", "$closed:".repeat(8_000)),
    ];
    let deepest = [
        within(DEPTH_MAX, "a"),
        not_within(DEPTH_MAX / 2, "a"),
        "NOT ".repeat(DEPTH_MAX) + "a",
        format!("{}a", "exact:".repeat(DEPTH_MAX)),
        format!("{}a{}", "(a OR (a ".repeat(DEPTH_MAX / 2), "))".repeat(DEPTH_MAX / 2)),
        format!("{}a", "stem:".repeat(DEPTH_MAX)),
        format!("{}a NEAR/1 b{}", "(".repeat(DEPTH_MAX - 1), ")".repeat(DEPTH_MAX - 1)),
    ];
    let asked = move || {
        for query in refused {
            assert!(Query::parse_in(&query, &environment).is_err(), "{}", &query[..40]);
        }
        for query in deepest {
            let parsed = Query::parse(&query).unwrap_or_else(|wrong| panic!("{query}: {wrong:?}"));
            assert_eq!(Query::parse(&parsed.to_string()).unwrap(), parsed);
            assert!(parsed.implies(&parsed.clone()) && parsed.matches(&saying("a b")).is_none_or(|_| true));
            QuerySet::new(vec![parsed]).matches(&Reading::of(&saying("a b")));
        }
    };
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(asked).unwrap().join().unwrap();
}

/// Processor time of this thread: others on the machine do not lengthen it.
pub fn spent() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).expect("less than a second"))
}

/// The quickest of three times that something takes.
fn quickest(run: impl Fn()) -> Duration {
    let once = |_| {
        let started = spent();
        run();
        spent() - started
    };
    (0..3).map(once).min().expect("three")
}

#[test]
fn a_query_takes_as_long_to_read_as_one_of_the_same_length_without_signs() {
    let long = |piece: &str| piece.repeat((QUERY_BYTES_MAX - 16) / piece.len());
    let plain = quickest(|| drop(Query::parse(&format!("\"{}\"", long("a")))));
    for query in [
        format!("\"{}a\"", long("?")),
        format!("\"{}\"", long("? ?a ")),
        format!("\"{}a\"", long("\\?")),
        long("exact "),
        format!("{}{}", "and ".repeat(8_000), " ".repeat(32_000)),
        long("?"),
        long("@"),
        long("near "),
        long("a:["),
        long("a||"),
    ] {
        let took = quickest(|| drop(Query::parse(&query)));
        assert!(took < TIMES_MAX * plain, "{} took {took:?}, a plain query {plain:?}", &query[..20]);
    }
}

#[test]
fn what_is_larger_than_it_may_be_is_refused() {
    let patterns: Vec<String> = (0..=PATTERNS_MAX).map(|at| format!("/a{at}/")).collect();
    let mut environment = Environment::default();
    for at in 0..20 {
        environment.macros.insert(format!("m{at}"), format!("$m{0} OR $m{0} OR $m{0}", at + 1));
    }
    for depth in 0..8 {
        environment.macros.insert(
            format!("n{depth}"),
            if depth == 7 { "a b c".into() } else { format!("$n{0} $n{0} $n{0} $n{0}", depth + 1) },
        );
    }
    for (query, code) in [
        (patterns.join(" "), "E004"),
        (format!("{}a", "*?".repeat(40)), "E004"),
        ("/((((a{90}){90}){90}){90})/".to_owned(), "E022"),
        (format!("/{}/", "(".repeat(500)), "E022"),
        ("$m0".to_owned(), "E025"),
        ("$n0".to_owned(), "E025"),
        (format!("a{}", " NEAR/1 a".repeat(20)), "E003"),
    ] {
        let mistakes = Query::parse_in(&query, &environment).unwrap_err();
        assert_eq!(mistakes[0].code.word(), code, "{}", &query[..query.len().min(60)]);
    }
}
