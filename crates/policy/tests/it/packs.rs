//! The policies that ship: each reads without a mistake, does what its examples say, and tells why it is there.

use std::{collections::BTreeSet, io::Read, path::Path};

use aboveboard_model::{
    document::{Document, Zone},
    item::Direction,
};
use aboveboard_policy::{ALL, Expect, Policy, PolicySet, Published, check_examples, folder};

/// What words alone make of an example: no detector runs here, the examples' facts stand for them.
fn words_only(_: Zone, _: &str) -> Document {
    Document::default()
}

fn policies() -> Vec<Policy> {
    let (policies, diagnostics) = folder(ALL.iter().map(|pack| (pack.name, pack.text)));
    assert_eq!(diagnostics, [], "a default policy has a mistake or is odd");
    policies
}

#[test]
fn every_default_policy_does_what_its_examples_say() {
    for policy in policies() {
        let failures = check_examples(&policy, &words_only);
        let texts: Vec<&str> =
            failures.iter().map(|failure| policy.examples[failure.number].text.as_str()).collect();
        assert!(failures.is_empty(), "{}: {texts:?} {failures:?}", policy.id);
    }
}

#[test]
fn every_default_policy_has_two_examples_each_way_and_says_why_it_is_there() {
    let mut ids = BTreeSet::new();
    for (policy, pack) in policies().into_iter().zip(ALL) {
        assert_eq!(policy.id, pack.name);
        assert!(ids.insert(policy.id.clone()));
        for expect in Expect::ALL {
            let count = policy.examples.iter().filter(|example| example.expect == *expect).count();
            assert!(count >= 2, "{}: {count} examples of {}", policy.id, expect.word());
        }
        for comment in ["# Why: ", "# Serves: ", "# Misfires on: "] {
            assert!(pack.text.lines().any(|line| line.starts_with(comment)), "{}: {comment}", policy.id);
        }
        assert!(policy.explain(&|phrase| phrase.key()).lines().count() >= 3);
    }
}

#[test]
fn every_file_of_the_folder_ships() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/default");
    let mut files: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut listed: Vec<String> = ALL.iter().map(|pack| format!("{}.toml", pack.name)).collect();
    listed.sort();
    assert_eq!(files, listed);
    for pack in ALL {
        let mut text = String::new();
        let file = std::fs::File::open(folder.join(format!("{}.toml", pack.name))).unwrap();
        file.take(1 << 20).read_to_string(&mut text).unwrap();
        assert_eq!(text, pack.text);
    }
}

#[test]
fn together_they_find_what_each_finds_alone() {
    let published: Vec<Published> =
        policies().into_iter().map(|policy| Published { policy, version: 1 }).collect();
    let examples: Vec<_> = published.iter().flat_map(|published| published.policy.examples.clone()).collect();
    let set = PolicySet::new(published.clone());
    for example in examples {
        let mut document = Document { direction: Some(Direction::Out), ..Document::default() };
        document.zones.insert(example.zone, example.text);
        document.payment = example.facts.payment.unwrap_or_default();
        let together: Vec<String> =
            set.evaluate(&document).into_iter().map(|finding| finding.policy).collect();
        let alone: Vec<String> = published
            .iter()
            .filter(|published| published.policy.query.matches(&document).is_some())
            .map(|published| published.policy.id.clone())
            .collect();
        assert_eq!(together, alone);
    }
}

/// Talk of a working day, in the languages of the policies; none of it is anybody's business.
const ORDINARY: &[&str] = &[
    "Good morning! The fridge is 899 with delivery on Friday.",
    "It has a two-year guarantee and we take the old one away.",
    "Please pay through the link on our website, the receipt comes by mail.",
    "The manager signed it off, I will send the invoice today.",
    "Bom dia! Temos em branco e em inox, entrego na quinta.",
    "A nota fiscal vai junto com o produto, guarda para a garantia.",
    "O desconto da tabela é de cinco por cento à vista.",
    "Buenos días, le paso la factura por correo.",
    "Puede pagar con tarjeta en la tienda, aceptamos todas.",
    "Namaste ji, delivery kal subah ho jayegi, bill ke saath.",
    "जी, बिल और वारंटी कार्ड साथ में मिलेगा।",
    "صباح الخير، الطلب جاهز والفاتورة معه",
    "早上好,发票随货一起寄出,周五到。",
    "Happy birthday! A small surprise is waiting for you in the shop.",
    "My brother says hello, he bought the same one.",
];

#[test]
fn ordinary_talk_of_staff_makes_no_finding() {
    let published = policies().into_iter().map(|policy| Published { policy, version: 1 }).collect();
    let set = PolicySet::new(published);
    for text in ORDINARY {
        let document = Document {
            kind: "message".to_owned(),
            direction: Some(Direction::Out),
            zones: [(Zone::Text, (*text).to_owned())].into(),
            ..Document::default()
        };
        let found: Vec<String> = set.evaluate(&document).into_iter().map(|finding| finding.policy).collect();
        assert_eq!(found, [""; 0], "{text}");
    }
}
