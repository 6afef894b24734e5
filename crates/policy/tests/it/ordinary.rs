//! Talk of working days that is nobody's business: what ships must stay silent on it, in ten languages, as the product reads it.

use std::collections::BTreeMap;

use aboveboard_model::{
    document::{Document, Zone},
    finding::Action,
    item::Direction,
};
use aboveboard_policy::{ALL, Policy, PolicySet, Published};

use super::detected::document_by;

/// Each language's authored parts: slots (`day: Friday|tomorrow`), then bodies of the firm (`>`) and of clients (`<`).
const LANGUAGES: [(&str, &str); 10] = [
    ("en", include_str!("../ordinary/en.txt")),
    ("pt", include_str!("../ordinary/pt.txt")),
    ("es", include_str!("../ordinary/es.txt")),
    ("hi", include_str!("../ordinary/hi.txt")),
    ("hinglish", include_str!("../ordinary/hinglish.txt")),
    ("zh", include_str!("../ordinary/zh.txt")),
    ("ar", include_str!("../ordinary/ar.txt")),
    ("id", include_str!("../ordinary/id.txt")),
    ("de", include_str!("../ordinary/de.txt")),
    ("fr", include_str!("../ordinary/fr.txt")),
];
/// Messages of each language.
const MESSAGES: usize = 400;
/// Most alerts of all packs together: one for so many messages.
const MESSAGES_PER_ALERT: usize = 500;
/// Most alerts of the default pack: one for so many messages.
const MESSAGES_PER_DEFAULT_ALERT: usize = 2_000;
/// What the firm of this talk has registered, as it is written in the parts.
const REGISTERED: [&str; 6] = [
    "aurorahome",
    "11.222.333/0001-81",
    "GB82 WEST 1234 5698 7654 32",
    "+44 20 7946 0018",
    "@aurorahome.br",
    "@aurorahome.es",
];

/// One message of ordinary talk.
struct Said {
    language: &'static str,
    direction: Direction,
    text: String,
}

/// A line of authored parts: the next number of a row that is always the same (SplitMix64).
struct Row(u64);

impl Row {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn one_of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// The talk of one language: every body in turn, with parts, haste and slips that differ each time.
fn talk(language: &'static str, parts: &'static str, seed: u64) -> Vec<Said> {
    let mut row = Row(seed);
    let mut slots: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut bodies = Vec::new();
    for line in parts.lines() {
        match (line.strip_prefix("> "), line.strip_prefix("< "), line.split_once(": ")) {
            (Some(body), ..) => bodies.push((Direction::Out, body)),
            (_, Some(body), _) => bodies.push((Direction::In, body)),
            (_, _, Some((slot, values))) => drop(slots.insert(slot, values.split('|').collect())),
            _ => panic!("{language}: {line}"),
        }
    }
    let said = |number: usize| {
        let (direction, body) = bodies[number % bodies.len()];
        let mut text = format!("{}{body}{}", row.one_of(&slots["open"]), row.one_of(&slots["close"]));
        for (slot, values) in &slots {
            text = text.replace(&format!("{{{slot}}}"), row.one_of(values));
        }
        assert!(!text.contains('{'), "{language}: a slot has no values: {text}");
        Said { language, direction, text: hasty(text, &mut row) }
    };
    (0..MESSAGES).map(said).collect()
}

/// What haste makes of a text now and then: lower case, a letter twice, no accents' worth of care, no punctuation.
fn hasty(text: String, row: &mut Row) -> String {
    match row.below(6) {
        0 if !text.contains("://") => text.to_lowercase(),
        1 => text.replace(", ", " "),
        2 if !text.contains(|c: char| c.is_ascii_digit()) => {
            let at = row.below(text.chars().count().max(1));
            let doubled = |(n, c): (usize, char)| {
                std::iter::repeat_n(c, if n == at && c.is_alphabetic() { 2 } else { 1 })
            };
            text.chars().enumerate().flat_map(doubled).collect()
        }
        _ => text,
    }
}

fn ordinary() -> Vec<Said> {
    LANGUAGES.iter().zip(1..).flat_map(|((language, parts), seed)| talk(language, parts, seed)).collect()
}

/// The message as the ledger's fold would give it, with the firm's own accounts, numbers and sites registered.
fn read(said: &Said) -> Document {
    let verdict = |written: &str| {
        let written = written.to_lowercase();
        let is_known = REGISTERED.iter().any(|known| written.contains(&known.to_lowercase()));
        if is_known { "registered" } else { "unregistered" }
    };
    let mut document = document_by(Zone::Text, &said.text, &verdict);
    document.kind = "message".to_owned();
    document.direction = Some(said.direction);
    document.zones.insert(Zone::Text, said.text.clone());
    document
}

#[test]
fn ordinary_talk_in_ten_languages_raises_hardly_an_alert() {
    let talk = ordinary();
    let documents: Vec<Document> = talk.iter().map(read).collect();
    let shipped = || ALL.iter().flat_map(|pack| pack.policies.iter().map(move |one| (pack.name, one)));
    let packs: BTreeMap<&str, &str> = shipped().map(|(pack, one)| (one.name, pack)).collect();
    let policies = shipped().map(|(_, one)| Policy::parse(one.text).unwrap().policy);
    let set = PolicySet::new(policies.map(|policy| Published { policy, version: 1 }).collect());
    let mut alerts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut told = Vec::new();
    for (said, document) in talk.iter().zip(&documents) {
        for finding in set.evaluate(document) {
            if finding.action == Action::Alert {
                *alerts.entry((packs[finding.policy.as_str()], said.language)).or_default() += 1;
            }
            told.push(format!("{} ({}): {}", finding.policy, finding.action.word(), said.text));
        }
    }
    let of_pack = |name: &str| -> usize {
        alerts.iter().filter(|((pack, _), _)| *pack == name).map(|(_, count)| count).sum()
    };
    let table: Vec<String> = ALL
        .iter()
        .map(|pack| {
            format!("{:18} {:3} policies {:3} alerts", pack.name, pack.policies.len(), of_pack(pack.name))
        })
        .collect();
    let table = table.join("\n");
    let (all, default): (usize, usize) = (alerts.values().sum(), of_pack("default"));
    println!("{} messages\n{table}\nall packs {all}, default {default}\n{}", talk.len(), told.join("\n"));
    assert!(talk.len() >= 2_000);
    assert!(all * MESSAGES_PER_ALERT <= talk.len(), "{all} alerts\n{table}{told:#?}");
    assert!(
        default * MESSAGES_PER_DEFAULT_ALERT <= talk.len(),
        "{default} alerts of the default pack\n{table}{told:#?}"
    );
}

#[test]
fn the_talk_is_varied_and_always_the_same() {
    let [once, again] = [ordinary(), ordinary()];
    assert!(once.iter().map(|said| &said.text).eq(again.iter().map(|said| &said.text)));
    for (language, _) in LANGUAGES {
        let own = once.iter().filter(|said| said.language == language);
        let different: std::collections::BTreeSet<&String> = own.map(|said| &said.text).collect();
        assert!(different.len() * 3 >= MESSAGES * 2, "{language}: {} different", different.len());
    }
}
