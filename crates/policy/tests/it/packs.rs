//! The policies that ship, of all packs: each reads without a mistake, does what its examples say, and tells why it is there.

use std::{collections::BTreeSet, io::Read, path::Path};

use aboveboard_model::{
    document::{Document, Zone},
    item::Direction,
};
use aboveboard_policy::{
    ALL, DEFAULT, Expect, Pack, Policy, PolicySet, Published, Remarks, check_examples, folder,
};

/// Examples each way that a policy has at least.
const EXAMPLES_MIN: usize = 3;

/// What words alone make of an example: no detector runs here, the examples' facts stand for them.
pub(crate) fn words_only(_: Zone, _: &str) -> Document {
    Document::default()
}

/// All that ship, each pack's in its order.
pub(crate) fn policies() -> Vec<Policy> {
    let shipped = ALL.iter().flat_map(|pack| pack.policies);
    let (policies, diagnostics) = folder(shipped.map(|one| (one.name, one.text)));
    assert_eq!(diagnostics, [], "a policy that ships has a mistake, is odd, or has the id of another");
    policies
}

#[test]
fn every_policy_that_ships_does_what_its_examples_say() {
    let mut wrong = Vec::new();
    for policy in policies() {
        for failure in check_examples(&policy, &words_only) {
            let text = &policy.examples[failure.number].text;
            wrong.push(format!("{}: must be {}: {text}", policy.id, failure.expect.word()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_policy_that_ships_has_three_examples_each_way_and_says_why_it_is_there() {
    for (policy, shipped) in policies().into_iter().zip(ALL.iter().flat_map(|pack| pack.policies)) {
        assert_eq!(policy.id, shipped.name);
        for expect in Expect::ALL {
            let examples = policy.examples.iter().filter(|example| example.expect == *expect);
            let texts: BTreeSet<_> =
                examples.map(|example| (&example.text, example.facts.direction.word())).collect();
            assert!(texts.len() >= EXAMPLES_MIN, "{}: {} of {}", policy.id, texts.len(), expect.word());
        }
        assert_remarks(&policy.id, &policy.remarks);
        assert_ne!(policy.title_in("pt-BR"), policy.title, "{}", policy.id);
        assert!(policy.explain(&|phrase| phrase.key()).lines().count() >= 3);
    }
}

fn assert_remarks(id: &str, remarks: &Remarks) {
    for remark in [&remarks.why, &remarks.serves, &remarks.misfires] {
        let is_sentence =
            |text: &String| text.len() >= 15 && text.ends_with('.') && text.starts_with(char::is_uppercase);
        assert!(remark.as_ref().is_some_and(is_sentence), "{id}: {remark:?}");
    }
}

#[test]
fn the_default_policies_speak_brazilian_portuguese() {
    for shipped in DEFAULT.policies {
        let policy = Policy::parse(shipped.text).unwrap().policy;
        let theirs = policy.remarks_in("pt-BR");
        assert_remarks(&policy.id, &theirs);
        assert!(theirs.why != policy.remarks.why && theirs.serves != policy.remarks.serves);
        assert_ne!(theirs.misfires, policy.remarks.misfires);
        assert_eq!(policy.remarks_in("hi"), policy.remarks, "what is not translated is the author's");
    }
}

#[test]
fn every_file_of_every_pack_ships() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("packs");
    let names = |folder: &Path| -> BTreeSet<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names(&root), ALL.iter().map(|pack| pack.name.to_owned()).collect());
    for pack in ALL {
        let folder = root.join(pack.name);
        let listed: BTreeSet<String> = pack.policies.iter().map(|one| format!("{}.toml", one.name)).collect();
        assert_eq!((names(&folder), listed.len()), (listed, pack.policies.len()), "{}", pack.name);
        for shipped in pack.policies {
            let mut text = String::new();
            let file = std::fs::File::open(folder.join(format!("{}.toml", shipped.name))).unwrap();
            file.take(1 << 20).read_to_string(&mut text).unwrap();
            assert_eq!(text, shipped.text);
            assert_eq!(Pack::policy(shipped.name), Some(shipped));
        }
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
