//! Inclusion and consistency vectors: our own, and the public ones of transparency-dev/merkle when their folder is named
//! by `ABOVEBOARD_MERKLE_TESTDATA`.

use std::io::Read;
use std::path::{Path, PathBuf};

use aboveboard_archive::aead::sha256;
use aboveboard_archive::tree::{
    Hash, consistency, empty_root, inclusion, leaf_hash, root, verify_consistency, verify_inclusion,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

const PUBLIC_CASES: usize = 196;
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Runs a case in the public form and says whether the proof was accepted.
fn accepts(case: &Value) -> bool {
    let number = |name: &str| case[name].as_u64();
    let bytes = |value: &Value| STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default();
    // The public vectors compare roots of any length; another length stands for some hash of ours.
    let opaque = |name: &str| -> Hash {
        let bytes = bytes(&case[name]);
        Hash::try_from(bytes.as_slice()).unwrap_or_else(|_| sha256(&bytes))
    };
    let proof: Option<Vec<Hash>> = match &case["proof"] {
        Value::Array(hashes) => hashes.iter().map(|hash| bytes(hash).try_into().ok()).collect(),
        _ => Some(Vec::new()),
    };
    let Some(proof) = proof else { return false };
    if let Some(size) = number("treeSize") {
        let Ok(leaf) = Hash::try_from(bytes(&case["leafHash"])) else { return false };
        return verify_inclusion(&leaf, number("leafIdx").unwrap(), size, &proof, &opaque("root"));
    }
    let (old, size) = (number("size1").unwrap(), number("size2").unwrap());
    verify_consistency(old, &opaque("root1"), size, &opaque("root2"), &proof)
}

fn json_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            json_files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            into.push(path);
        }
    }
}

#[test]
fn the_public_vectors_are_judged_as_they_say() {
    let Some(folder) = std::env::var_os("ABOVEBOARD_MERKLE_TESTDATA") else {
        println!("ABOVEBOARD_MERKLE_TESTDATA is not set: only our own vectors were run");
        return our_own_vectors_are_judged_as_they_say();
    };
    let mut paths = Vec::new();
    for kind in ["inclusion", "consistency"] {
        json_files(&Path::new(&folder).join(kind), &mut paths);
    }
    for path in &paths {
        let mut text = String::new();
        std::fs::File::open(path).unwrap().take(FILE_BYTES_MAX).read_to_string(&mut text).unwrap();
        let case: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(accepts(&case), case["wantErr"] == false, "{}", path.display());
    }
    assert_eq!(paths.len(), PUBLIC_CASES);
    println!("{} public vectors agree", paths.len());
}

/// A tree of words of our own, with its nodes computed from the leaves each time.
fn nodes(level: u32, index: u64) -> aboveboard_archive::Result<Hash> {
    if level == 0 {
        return Ok(leaf_hash(format!("aboveboard vector {index}").as_bytes()));
    }
    let (left, right) = (nodes(level - 1, 2 * index)?, nodes(level - 1, 2 * index + 1)?);
    Ok(aboveboard_archive::tree::node_hash(&left, &right))
}

/// Ways to spoil a list of hashes.
fn spoiled(proof: &[Hash], extra: &Hash) -> Vec<Vec<Hash>> {
    let mut all = vec![
        [proof, &[*extra]].concat(),
        [&[*extra], proof].concat(),
        [proof, &[[0; 32]]].concat(),
        [&[empty_root()], proof].concat(),
    ];
    for at in 0..proof.len() {
        let mut without = proof.to_vec();
        without.remove(at);
        let mut flipped = proof.to_vec();
        flipped[at][31 - at] ^= 1 << (at % 8);
        let mut twice = proof.to_vec();
        twice.insert(at, proof[at]);
        all.extend([without, flipped, twice, proof[..at].to_vec()]);
    }
    all
}

#[test]
fn our_own_vectors_are_judged_as_they_say() {
    let mut cases = 0;
    for size in [1u64, 2, 3, 5, 7, 8, 11, 16, 21, 64, 100] {
        let whole = root(size, &mut nodes).unwrap();
        for index in [0, 1, size / 2, size - 1] {
            let index = index.min(size - 1);
            let (leaf, proof) = (nodes(0, index).unwrap(), inclusion(index, size, &mut nodes).unwrap());
            assert!(verify_inclusion(&leaf, index, size, &proof, &whole));
            for bad in spoiled(&proof, &whole) {
                assert!(!verify_inclusion(&leaf, index, size, &bad, &whole));
            }
            for (index, size) in
                [(index + size, size), (size, size), (index, 0), (index ^ 2, size), (u64::MAX, size)]
            {
                assert!(!verify_inclusion(&leaf, index, size, &proof, &whole), "{index} of {size}");
            }
            assert!(!verify_inclusion(&whole, index, size, &proof, &leaf) || whole == leaf);
            assert!(!verify_inclusion(&leaf, index, size, &proof, &empty_root()));
            let (old, old_root) = (index + 1, root(index + 1, &mut nodes).unwrap());
            let proof = consistency(old, size, &mut nodes).unwrap();
            assert!(verify_consistency(old, &old_root, size, &whole, &proof));
            for bad in spoiled(&proof, &old_root) {
                assert!(!verify_consistency(old, &old_root, size, &whole, &bad));
            }
            for (old, size) in
                [(0, size), (0, 0), (size + 1, size), (old, 0), (old + size, size), (size, old - 1)]
            {
                assert!(!verify_consistency(old, &old_root, size, &whole, &proof), "{old} to {size}");
            }
            let swapped = verify_consistency(old, &whole, size, &old_root, &proof);
            assert!(!swapped || whole == old_root);
            cases += 1;
        }
    }
    assert_eq!(cases, 44);
}
