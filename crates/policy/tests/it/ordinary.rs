//! Talk of working days that is nobody's business: what ships must stay silent on it, in ten languages, as the product reads it.

use std::collections::{BTreeMap, BTreeSet};

use aboveboard_model::{
    document::{Document, Zone},
    finding::Action,
    item::Direction,
};
use aboveboard_policy::{ALL, Policy, PolicySet, Published};
use aboveboard_query::{Node, NodeKind, Query, Scope};

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

/// Files as people send them: the kind, the name.
const FILES: [(&str, &str); 12] = [
    ("image", "IMG-20260114-WA0007.jpg"),
    ("image", "WhatsApp Image 2026-01-14 at 10.22.31.jpeg"),
    ("image", "scratch door left.png"),
    ("document", "Invoice 4471.pdf"),
    ("document", "Rechnung_88213.pdf"),
    ("document", "nota fiscal 4471.pdf"),
    ("document", "price list spring 2026.pdf"),
    ("document", "contract Meyer signed.pdf"),
    ("document", "manual fridge.pdf"),
    ("document", "application form.pdf"),
    ("voice", "PTT-20260114-WA0002.opus"),
    ("video", "VID-20260114-WA0001.mp4"),
];
/// Of a hundred messages, so many carry a file, quote the one before, are forwarded, open a conversation, are edited, are
/// deleted, are written outside of working hours.
const WITH_FILE: usize = 12;
const QUOTING: usize = 10;
const FORWARDED: usize = 4;
const OPENING: usize = 6;
const EDITED: usize = 3;
const DELETED: usize = 2;
const OFF_HOURS: usize = 15;
/// Of a hundred offers, so many go below the list or over the authority, and were approved.
const APPROVED: usize = 3;

/// The message as the ledger's fold would give it, with the firm's own accounts, numbers and sites registered: its words, what
/// detectors see in them, and the facts about it at such shares as a firm has, always the same for the same number.
fn read(number: usize, said: &Said, before: Option<&Said>) -> Document {
    let verdict = |written: &str| {
        let written = written.to_lowercase();
        let is_known = REGISTERED.iter().any(|known| written.contains(&known.to_lowercase()));
        if is_known { "registered" } else { "unregistered" }
    };
    let mut row = Row(number as u64);
    let mut of_a_hundred = |share: usize| row.below(100) < share;
    let (has_file, quotes, is_off) =
        (of_a_hundred(WITH_FILE), of_a_hundred(QUOTING), of_a_hundred(OFF_HOURS));
    let zone = if has_file { Zone::Caption } else { Zone::Text };
    let mut document = document_by(zone, &said.text, &verdict);
    document.kind = "message".to_owned();
    document.direction = Some(said.direction);
    document.zones.insert(zone, said.text.clone());
    document.forwarded = Some(of_a_hundred(FORWARDED));
    document.first_contact = Some(of_a_hundred(OPENING));
    document.edited = Some(of_a_hundred(EDITED));
    document.deleted = Some(of_a_hundred(DELETED));
    document.off_hours = Some(is_off);
    document.hour = Some(if is_off { [7, 20, 21, 22][row.below(4)] } else { 9 + row.below(9) as u8 });
    document.team = Some(row.one_of(&["Sales", "Service", "Key accounts"]).to_owned());
    document.region = Some(said.language.to_owned());
    if said.direction == Direction::Out && (!document.money.is_empty() || document.discount.is_some()) {
        let (price, limit) = match row.below(100) < APPROVED {
            true => ("below_list", "over_authority"),
            false => ("at_list", "within_authority"),
        };
        document.price = document.money.iter().take(1).map(|_| price.to_owned()).collect();
        document.discount_limit = document.discount.iter().map(|_| limit.to_owned()).collect();
        document.approval = if price == "at_list" { vec![] } else { vec!["given".to_owned()] };
    }
    if has_file {
        let (media, name) = FILES[row.below(FILES.len())];
        document.media = Some(media.to_owned());
        document.zones.insert(Zone::Filename, name.to_owned());
    }
    if let Some(before) = before.filter(|_| quotes) {
        document.zones.insert(Zone::Quoted, before.text.clone());
    }
    document
}

/// All of the talk as documents.
fn documents(talk: &[Said]) -> Vec<Document> {
    let before = |number: usize| number.checked_sub(1).map(|before| &talk[before]);
    talk.iter().enumerate().map(|(number, said)| read(number, said, before(number))).collect()
}

/// The fields without which a query finds nothing.
fn necessary(node: &Node) -> BTreeSet<&'static str> {
    match &node.kind {
        NodeKind::And(parts) => parts.iter().flat_map(necessary).collect(),
        NodeKind::Or(parts) => {
            let common = |all: BTreeSet<_>, one: BTreeSet<_>| &all & &one;
            parts.iter().map(necessary).reduce(common).unwrap_or_default()
        }
        NodeKind::Leaf(leaf) => match &leaf.scope {
            Scope::Field(field) => [field.word()].into(),
            Scope::Words | Scope::Label(..) => BTreeSet::new(),
        },
        NodeKind::Not(_) => BTreeSet::new(),
    }
}

/// Whether a document has all these fields; of a flag, that it is set.
fn has_all(document: &Document, fields: &BTreeSet<&str>) -> bool {
    const FLAGS: [&str; 6] = ["forwarded", "first_contact", "edited", "deleted", "off_hours", "disappearing"];
    fields.iter().all(|field| {
        let value = if FLAGS.contains(field) { "true" } else { "*" };
        Query::parse(&format!("{field}:{value}")).is_ok_and(|query| query.matches(document).is_some())
    })
}

#[test]
fn what_a_policy_needs_occurs_in_the_talk_so_that_its_silence_says_something() {
    let documents = documents(&ordinary());
    let mut lacking = Vec::new();
    for shipped in ALL.iter().flat_map(|pack| pack.policies) {
        let policy = Policy::parse(shipped.text).unwrap().policy;
        let fields = necessary(policy.query.root());
        if !documents.iter().any(|document| has_all(document, &fields)) {
            lacking.push(format!("{}: {fields:?}", policy.id));
        }
    }
    assert!(lacking.is_empty(), "{lacking:#?}");
}

#[test]
fn ordinary_talk_in_ten_languages_raises_hardly_an_alert() {
    let talk = ordinary();
    let documents = documents(&talk);
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
        let different: BTreeSet<&String> = own.map(|said| &said.text).collect();
        assert!(different.len() * 3 >= MESSAGES * 2, "{language}: {} different", different.len());
    }
}
