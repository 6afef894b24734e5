//! Documents and queries made at random from the same few words, so that they meet often.

use aboveboard_model::document::{Amount, Document, Zone};
use aboveboard_model::item::Direction;
use aboveboard_query::{Environment, Language, Lexicon};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::{collection, option, sample};

const WORDS: [&str; 27] = [
    "pix",
    "PIX",
    "pay",
    "paid",
    "раy",
    "cash",
    "João",
    "joao",
    "don't",
    "l'argent",
    "argent",
    "кращий",
    "3,000.50",
    "wa.me",
    "ana@mail.com",
    "客户",
    "价格",
    "客户价",
    "ราคา",
    "नहीं",
    "बिल",
    "السعر",
    "١٥٠",
    "고객",
    "👍🏽",
    "a",
    "b",
];
/// Words that are likely to stand near each other.
const FREQUENT: [&str; 4] = ["pix", "pay", "a", "客户"];
const TEAMS: [&str; 4] = ["sales", "Field Sales", "finance", "客户"];

fn words() -> impl Strategy<Value = String> {
    let separators = sample::select(vec![" ", " ", ", ", "-", "", "\u{200b}", " \n"]);
    let word = prop_oneof![sample::select(WORDS.to_vec()), sample::select(FREQUENT.to_vec())];
    collection::vec((word, separators), 0..12)
        .prop_map(|parts| parts.into_iter().flat_map(|(word, separator)| [word, separator]).collect())
}

fn score() -> impl Strategy<Value = f64> {
    (0..=10u8).prop_map(|tenths| f64::from(tenths) / 10.0)
}

/// A document with some of its fields.
pub fn document() -> impl Strategy<Value = Document> {
    let keywords = || collection::vec(sample::select(TEAMS.to_vec()).prop_map(str::to_owned), 0..3);
    let zones = collection::btree_map(sample::select(Zone::ALL.to_vec()), words(), 0..4);
    let amount = (0..5u8, option::of(sample::select(vec!["BRL", "usd"]))).prop_map(|(hundreds, currency)| {
        Amount { amount: f64::from(hundreds) * 100.0, currency: currency.map(str::to_owned) }
    });
    let direction = option::of(sample::select(vec![Direction::In, Direction::Out]));
    let day = option::of(
        (0..5i64).prop_map(|days| Timestamp::from_second(1_795_219_200 + days * 43_200).expect("in range")),
    );
    let scores =
        collection::btree_map(sample::select(vec!["secrecy".to_owned(), "joke".to_owned()]), score(), 0..3);
    let texts = (zones, keywords(), option::of(sample::select(TEAMS.to_vec())), keywords());
    let numbers = (option::of(score()), collection::vec(amount, 0..3), scores, option::of(any::<bool>()));
    (texts, numbers, direction, day).prop_map(|(texts, numbers, direction, at)| Document {
        kind: "message".into(),
        zones: texts.0,
        from: texts.1,
        team: texts.2.map(str::to_owned),
        entity: texts.3,
        side_deal: numbers.0,
        money: numbers.1,
        intent: numbers.2,
        deleted: numbers.3,
        direction,
        at,
        ..Document::default()
    })
}

/// Regexes that decide and that only propose.
const REGEXES: &[&str] = &[
    "/p[ai]x?/",
    "/jo.o/",
    "/[客户]+价/",
    "/\\d+/",
    "/a b/",
    "/(pix|cash).*/",
    "/p\\w+$/",
    "/x*/",
    "/ã/",
    "/@/",
    "/\\b\\w{3}\\b/",
    "/pix\\b/",
    "/\\Bx/",
    "/[^a-z]pay/",
    "/joão[^ ]*/",
    "/[а-я]{3,}/",
    "/\\d{3}\\W/",
    "/कि?/",
    "/(wa\\.me|mail\\.com)/",
    "/PIX|كي?/",
    "/(?-i:PIX)/",
    "/\\S+@\\w+/",
    "/^\\W*(pay|客)/m",
    "/[\\p{Lu}👍]/",
    "/p(?-u:\\b)/",
];

/// A regular expression: letters of many scripts, classes, ends of words and lines, repeated and in alternatives.
pub fn expression() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => sample::select(WORDS.to_vec()).prop_map(|word| word.replace(['.', '/'], "\\.")),
        4 => "[a-eA-E0-3ßſéйиνН客णیم]",
        6 => sample::select(vec![
            "\\b", "\\B", "\\w", "\\W", "\\d", "\\D", "\\s", ".", "^", "$", " ", "[a-z]", "[^a-z]", "[0-9]", "[а-яё]", "[一-龥]", "[^客]", "\\p{L}",
            "\\PL", "\\p{Lu}", "\\p{M}", "-", "@", "\\$", "%", ":", "\\/", "(?-i:P)", "(?-u:\\b)", "(?m:^)", "(?s:.)", "\\b{start}", "\\b{end-half}", "[k-s]",
        ])
        .prop_map(str::to_owned),
    ];
    piece.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            4 => collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            2 => collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("(?:{})", parts.join("|"))),
            1 => (inner.clone(), sample::select(vec!["?", "+", "{2}", "{1,3}", "*", "+?"]))
                .prop_map(|(part, times)| format!("(?:{part}){times}")),
        ]
    })
}

/// Words, and characters that fold to others, to nothing, or join their neighbours.
pub fn hostile_words() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => sample::select(WORDS.to_vec()).prop_map(str::to_owned),
        2 => "[ a-eA-E0-9.,:_@$%/\\n-]{1,3}",
        2 => sample::select(vec![
            "\u{300}", "\u{301}", "\u{306}", "\u{338}", "\u{200b}", "ſ", "K", "ß", "ẞ", "ﬁ", "…", "٣", "३", "И", "и", "Ν", "Η", "ﷺ", "e\u{301}", "\u{94d}", "क़", "Å",
            "İ", "ı", "ǅ", "𝟘", "𠀀", "\u{a0}", "½", "²",
        ])
        .prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => Just("x".repeat(300)),
    ];
    collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

/// A test of a single field, as text.
fn leaf() -> impl Strategy<Value = String> {
    let word = || sample::select(WORDS.to_vec()).prop_map(|word| word.replace('@', "\\@"));
    let phrase_word = prop_oneof![sample::select(WORDS.to_vec()), sample::select(FREQUENT.to_vec())];
    let phrase = collection::vec(phrase_word, 1..4).prop_map(|words| format!("\"{}\"", words.join(" ")));
    let zone = sample::select(Zone::ALL.to_vec()).prop_map(|zone| zone.field().word());
    let compare = || sample::select(vec![":>", ":>=", ":<", ":<=", ":"]);
    let keyword = (sample::select(vec!["team", "from", "entity"]), sample::select(TEAMS.to_vec()));
    let pattern = || {
        "[apbcjwxo客价3*?]{1,5}[a*?客]"
            .prop_filter("has letters", |text| text.chars().any(char::is_alphanumeric))
    };
    let wildcards =
        || pattern().prop_map(|text| if text.starts_with("**") { format!("a{text}") } else { text });
    let fuzzy = || {
        (sample::select(vec!["pix", "pays", "joão", "客户", "ราคา", "نهيم", "cash", "3000", "pxi"]), 0..3u8)
    };
    let regex = || sample::select(REGEXES.to_vec());
    let stems = Language::ALL.iter().map(|language| format!("stem.{}:", language.code()));
    let manner =
        sample::select(["exact:".into(), "stem:".into()].into_iter().chain(stems).collect::<Vec<_>>());
    let side = || {
        prop_oneof![
            sample::select(FREQUENT.to_vec()).prop_map(str::to_owned),
            sample::select(vec!["(a OR b)", "\"a b\"", "p*", "pix~1", "@words", "/p./", "\"pay a\"~3"])
                .prop_map(str::to_owned),
        ]
    };
    let near = (side(), sample::select(vec!["NEAR", "PRE", "W"]), 0..5u8, side())
        .prop_map(|(one, operator, distance, other)| format!("{one} {operator}/{distance} {other}"));
    let days = (0..4u8, 0..4u8)
        .prop_map(|(low, high)| format!("at:[2026-11-{:02} TO 2026-11-{:02}}}", 20 + low, 20 + high));
    prop_oneof![
        6 => word(),
        3 => phrase.clone(),
        2 => (phrase, 0..6u8).prop_map(|(phrase, slop)| format!("{phrase}~{slop}")),
        2 => "[apbcjw客价3]{1,2}".prop_map(|start| format!("{start}*")),
        3 => (zone.clone(), word()).prop_map(|(zone, word)| format!("{zone}:{word}")),
        1 => (zone, word(), word()).prop_map(|(zone, one, other)| format!("{zone}:({one} {other})")),
        3 => keyword.prop_map(|(field, value)| format!("{field}:\"{value}\"")),
        1 => Just("team:(sales finance -客户)".to_owned()),
        1 => Just("team:fi*".to_owned()),
        2 => (compare(), score()).prop_map(|(compare, value)| format!("side_deal{compare}{value}")),
        2 => (compare(), 0..5u8).prop_map(|(compare, hundreds)| format!("money{compare}{hundreds}00BRL")),
        1 => Just("money:BRL".to_owned()),
        2 => (compare(), score()).prop_map(|(compare, value)| format!("intent.secrecy{compare}{value}")),
        1 => sample::select(vec!["intent:joke", "intent:*", "intent:>0.5", "deleted:true", "deleted:false", "at:2026-11-21", "*"])
            .prop_map(str::to_owned),
        1 => sample::select(vec!["direction:in", "direction:out", "from:*", "text:*", "at:*", "money:*"]).prop_map(str::to_owned),
        1 => days,
        3 => wildcards(),
        1 => wildcards().prop_map(|text| format!("text:\"a {text}\"")),
        1 => wildcards().prop_map(|text| format!("exact:{text}")),
        2 => fuzzy().prop_map(|(word, edits)| format!("{word}~{edits}")),
        2 => regex().prop_map(str::to_owned),
        1 => regex().prop_map(|regex| format!("team:{regex}")),
        2 => (manner, word()).prop_map(|(manner, word)| format!("{manner}{word}")),
        3 => near,
        1 => sample::select(vec![
            "@words", "text:@words", "team:@words", "team:f*e", "from:sal~1", "at:[06:00 TO 18:00]", "at:[now-1d TO now]", "exact:team:sales",
            "_exists_:caption", "$part", "at:>2026-11-21||-1d", "team:*客*",
        ]).prop_map(str::to_owned),
    ]
}

/// What the queries name.
pub fn environment() -> Environment {
    let mut environment = Environment::default();
    let words = ["pix", "pay a", "客户", "jo*", "\"a b\"~2", "*.me", "sales", "Field S*", "👍"];
    environment.lists.insert("words", Lexicon::new(words).expect("a short list"));
    environment.macros.insert("part".into(), "pix OR (a NOT b)".into());
    environment
}

/// A query without mistakes, as text.
pub fn query() -> impl Strategy<Value = String> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            3 => collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" "))),
            2 => collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" AND "))),
            3 => collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" OR "))),
            2 => inner.prop_map(|part| format!("NOT {part}")),
        ]
    })
}

/// Anything, but mostly what looks like a query.
pub fn hostile_query() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => any::<char>().prop_map(String::from),
        6 => "[()\\[\\]{}\"~^*?:<>=+!\\\\/@&| -]",
        2 => sample::select(vec!["NEAR/", "W/2", "exact:", "stem.", "stem:", "_exists_:", "@words", "$part", "now-", "/", "~1", "*a", "(?i", "{2,", "||"])
            .prop_map(str::to_owned),
        4 => sample::select(vec!["AND", "OR", "NOT", "TO", " ", "text", "discount:", "at:", "money:", "intent.x:", "2026-11-21", "5"])
            .prop_map(str::to_owned),
        2 => leaf(),
    ];
    collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}
