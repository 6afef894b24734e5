//! Merkle trees of RFC 6962 (RFC 9162 section 2.1): hashes, roots, inclusion and consistency proofs.

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Hashes in the longest proof: one a level of a tree of 2^63 leaves.
pub const PROOF_HASHES_MAX: usize = 63;

/// The hash of a leaf's bytes.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

/// The hash of a node with two children.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the empty tree: the hash of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// Gives the root of the complete subtree of 2^level leaves that starts at leaf `index` × 2^level.
pub trait Nodes {
    /// Gives that root.
    ///
    /// # Errors
    /// When it cannot be read, or is not what was written.
    fn node(&mut self, level: u32, index: u64) -> Result<Hash>;
}

impl<F: FnMut(u32, u64) -> Result<Hash>> Nodes for F {
    fn node(&mut self, level: u32, index: u64) -> Result<Hash> {
        self(level, index)
    }
}

/// The root of the first `size` leaves.
///
/// # Errors
/// As `Nodes::node`.
pub fn root(size: u64, nodes: &mut dyn Nodes) -> Result<Hash> {
    if size == 0 { Ok(empty_root()) } else { range_root(0, size, nodes) }
}

/// The inclusion proof of a leaf in the tree of the first `size` leaves.
///
/// # Errors
/// `Invalid` when the leaf is not in it; as `Nodes::node`.
pub fn inclusion(index: u64, size: u64, nodes: &mut dyn Nodes) -> Result<Vec<Hash>> {
    if index >= size {
        return Err(Error::Invalid(format!("leaf {index} is not in a tree of {size}")));
    }
    let (mut low, mut high) = (0, size);
    let mut proof = Vec::new();
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            proof.push(range_root(middle, high, nodes)?);
            high = middle;
        } else {
            proof.push(range_root(low, middle, nodes)?);
            low = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the first `old` of `size` leaves are an earlier tree.
///
/// # Errors
/// `Invalid` unless 0 < `old` ≤ `size`; as `Nodes::node`.
pub fn consistency(old: u64, size: u64, nodes: &mut dyn Nodes) -> Result<Vec<Hash>> {
    if old == 0 || old > size {
        return Err(Error::Invalid(format!("no proof from {old} to {size}")));
    }
    let (mut low, mut high) = (0, size);
    let mut proof = Vec::new();
    while old < high {
        let middle = low + split(high - low);
        if old <= middle {
            proof.push(range_root(middle, high, nodes)?);
            high = middle;
        } else {
            proof.push(range_root(low, middle, nodes)?);
            low = middle;
        }
    }
    // The verifier has the old root itself, unless the old tree's last complete subtree is only a part of it.
    if low > 0 {
        proof.push(range_root(low, high, nodes)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Does the proof lead from the leaf's hash to the root? (RFC 9162, 2.1.3.2)
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Does the proof show that the tree of `old` leaves is the beginning of the tree of `size`? (RFC 9162, 2.1.4.2) An
/// empty old tree proves nothing and is refused.
#[must_use]
pub fn verify_consistency(old: u64, old_root: &Hash, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if old == 0 || old > size {
        return false;
    }
    if old == size {
        return proof.is_empty() && old_root == root;
    }
    let (first, rest) = if old.is_power_of_two() {
        (old_root, proof)
    } else {
        match proof.split_first() {
            Some(split) => split,
            None => return false,
        }
    };
    let (mut node, mut last) = (old - 1, size - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && hash == *root
}

/// The largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// The root of the leaves from `low` to before `high`, a range that the splitting of some tree makes.
fn range_root(low: u64, high: u64, nodes: &mut dyn Nodes) -> Result<Hash> {
    let size = high - low;
    if size.is_power_of_two() {
        let level = size.trailing_zeros();
        return nodes.node(level, low >> level);
    }
    let middle = low + split(size);
    Ok(node_hash(&range_root(low, middle, nodes)?, &range_root(middle, high, nodes)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 9162, 2.1.1, word by word.
    fn naive_root(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => leaf_hash(leaf),
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
                node_hash(&naive_root(left), &naive_root(right))
            }
        }
    }

    fn naive_inclusion(index: usize, leaves: &[Vec<u8>]) -> Vec<Hash> {
        if leaves.len() < 2 {
            return Vec::new();
        }
        let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
        let (mut proof, sibling) = if index < left.len() {
            (naive_inclusion(index, left), naive_root(right))
        } else {
            (naive_inclusion(index - left.len(), right), naive_root(left))
        };
        proof.push(sibling);
        proof
    }

    /// RFC 9162, 2.1.4.1.
    fn naive_consistency(old: usize, leaves: &[Vec<u8>], whole: bool) -> Vec<Hash> {
        if old == leaves.len() {
            return if whole { Vec::new() } else { vec![naive_root(leaves)] };
        }
        let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
        let (mut proof, sibling) = if old <= left.len() {
            (naive_consistency(old, left, whole), naive_root(right))
        } else {
            (naive_consistency(old - left.len(), right, false), naive_root(left))
        };
        proof.push(sibling);
        proof
    }

    fn nodes(leaves: &[Vec<u8>]) -> impl FnMut(u32, u64) -> Result<Hash> + '_ {
        |level, index| Ok(naive_root(&leaves[(index << level) as usize..((index + 1) << level) as usize]))
    }

    fn leaves(count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|i| format!("leaf {i}").into_bytes()).collect()
    }

    #[test]
    fn hashes_are_those_of_the_rfc() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex::encode(empty_root()), empty);
        assert_eq!(
            hex::encode(leaf_hash(b"")),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }

    #[test]
    fn every_proof_of_small_trees_is_the_naive_one_and_verifies() {
        for size in 1..40u64 {
            let leaves = leaves(size as usize);
            let root_hash = root(size, &mut nodes(&leaves)).unwrap();
            assert_eq!(root_hash, naive_root(&leaves));
            for index in 0..size {
                let proof = inclusion(index, size, &mut nodes(&leaves)).unwrap();
                assert_eq!(proof, naive_inclusion(index as usize, &leaves), "{index} of {size}");
                let leaf = leaf_hash(&leaves[index as usize]);
                assert!(verify_inclusion(&leaf, index, size, &proof, &root_hash));
                assert!(!verify_inclusion(&leaf, index + 1, size, &proof, &root_hash));
                let old = index + 1;
                let old_root = naive_root(&leaves[..old as usize]);
                let proof = consistency(old, size, &mut nodes(&leaves)).unwrap();
                assert_eq!(proof, naive_consistency(old as usize, &leaves, true), "{old} to {size}");
                assert!(verify_consistency(old, &old_root, size, &root_hash, &proof));
            }
        }
    }

    proptest! {
        #[test]
        fn a_proof_with_anything_changed_is_refused(size in 2u64..70, at in 0u64..70, twist in 0usize..8,
            which in 0usize..8, bit in 0usize..256) {
            let leaves = leaves(size as usize);
            let root_hash = naive_root(&leaves);
            let index = at % size;
            let leaf = leaf_hash(&leaves[index as usize]);
            let old = index + 1;
            let old_root = naive_root(&leaves[..old as usize]);
            let spoil = |proof: &[Hash]| {
                let mut proof = proof.to_vec();
                let place = which % (proof.len() + 1);
                match twist {
                    0 => proof.insert(place, [7; 32]),
                    1 => proof.insert(place, root_hash),
                    2 if place < proof.len() => { proof.remove(place); }
                    _ if place < proof.len() => proof[place][bit / 8] ^= 1 << (bit % 8),
                    _ => proof.push([0; 32]),
                }
                proof
            };
            let good = naive_inclusion(index as usize, &leaves);
            let bad = spoil(&good);
            prop_assert!(!verify_inclusion(&leaf, index, size, &bad, &root_hash));
            let bad = spoil(&naive_consistency(old as usize, &leaves, true));
            prop_assert!(!verify_consistency(old, &old_root, size, &root_hash, &bad));
        }
    }
}
