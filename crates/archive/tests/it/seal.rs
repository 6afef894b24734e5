//! Sealing: what goes in comes out, and nothing else opens.

use aboveboard_archive::aead::{Key, sha256};
use aboveboard_archive::seal::{NAMES_RESERVED, PARTS_BYTES_MAX, PARTS_MAX, Parts, blob_ref, open, seal};
use proptest::prelude::*;

use crate::common::{Seeded, about};

fn parts(all: &[(&str, Vec<u8>)]) -> Parts {
    all.iter().fold(Parts::new(), |parts, (name, bytes)| parts.with(name, bytes.clone()).unwrap())
}

#[test]
fn the_manifest_is_sha256sum_text_sorted_by_name() {
    let parts = parts(&[("raw.json", b"abc".to_vec()), ("meta.json", vec![])]);
    let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  meta.json\n\
        ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  raw.json\n";
    assert_eq!(parts.manifest(), expected);
}

#[test]
fn names_and_sizes_outside_the_limits_are_refused() {
    let long = "a".repeat(65);
    for name in
        ["", ".hidden", "a/b", "A", "a b", "-a", "é", &long].into_iter().chain(NAMES_RESERVED.iter().copied())
    {
        assert!(Parts::new().with(name, vec![]).is_err(), "{name:?}");
    }
    assert!(parts(&[("a", vec![])]).with("a", vec![]).is_err());
    assert!(parts(&[("a", vec![0; PARTS_BYTES_MAX])]).with("b", vec![0]).is_err());
    let names: Vec<String> = (0..PARTS_MAX).map(|number| format!("p{number}")).collect();
    let full = names.iter().fold(Parts::new(), |parts, name| parts.with(name, vec![]).unwrap());
    assert!(full.with("more", vec![]).is_err());
}

#[test]
fn the_largest_parts_fit_even_when_they_do_not_compress() {
    let random = Seeded::new(1);
    let mut bytes = vec![0; PARTS_BYTES_MAX];
    random.random().fill(&mut bytes).unwrap();
    let (parts, key) = (parts(&[("raw.json", bytes)]), Key::new([1; 32]));
    let about = about(random.rid(), "delivery", 0);
    let (leaf, sealed) = seal(&parts, about, &key, random.random().as_ref()).unwrap();
    assert!(sealed.len() <= aboveboard_archive::seal::SEALED_BYTES_MAX);
    assert_eq!(open(&leaf, &sealed, &key).unwrap().parts, parts);
}

proptest! {
    #[test]
    fn parts_come_back_and_any_change_is_refused(raw in prop::collection::vec(any::<u8>(), 0..600),
        seed: u64, at: usize, mask in 1u8..=255) {
        let random = Seeded::new(seed);
        let parts = parts(&[("raw.json", raw), ("meta.json", b"{}".to_vec())]);
        let key = Key::new([1; 32]);
        let about = about(random.rid(), "message.captured", 1);
        let (leaf, sealed) = seal(&parts, about, &key, random.random().as_ref()).unwrap();
        let opened = open(&leaf, &sealed, &key).unwrap();
        prop_assert_eq!(&opened.parts, &parts);
        prop_assert_eq!(blob_ref(&sealed), None);
        prop_assert!(open(&leaf, &sealed, &Key::new([2; 32])).is_err());
        let mut changed = sealed.clone();
        changed[at % sealed.len()] ^= mask;
        prop_assert!(open(&leaf, &changed, &key).is_err());
        // A leaf that was made to fit the changed bytes does not help, nor do another id, type or commitment.
        let mut lying = leaf.clone();
        lying.sealed = sha256(&changed);
        prop_assert!(open(&lying, &changed, &key).is_err());
        let mut other = leaf.clone();
        other.rid = random.rid();
        prop_assert!(open(&other, &sealed, &key).is_err());
        let mut other = leaf.clone();
        other.commit[0] ^= mask;
        prop_assert!(open(&other, &sealed, &key).is_err());
    }

    #[test]
    fn no_sealed_bytes_make_open_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let random = Seeded::new(1);
        let key = Key::new([1; 32]);
        let about = about(random.rid(), "message.captured", 1);
        let (mut leaf, _) = seal(&parts(&[]), about, &key, random.random().as_ref()).unwrap();
        leaf.sealed = sha256(&bytes);
        prop_assert!(open(&leaf, &bytes, &key).is_err());
        let _ = blob_ref(&bytes);
    }
}
