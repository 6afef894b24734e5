//! One TLS stack, no banned package, and no second version of a package without a reason.

use std::path::Path;

use anyhow::Result;

use super::dependency_tree::{DependencyTree, Version};
use crate::problem::Problem;

/// A package that may not be in the binary, and why.
const BANNED: &[(&str, &str)] = &[
    ("native-tls", "the TLS stack is rustls on aws-lc-rs"),
    ("openssl", "the TLS stack is rustls on aws-lc-rs"),
    ("openssl-sys", "the TLS stack is rustls on aws-lc-rs"),
    ("ring", "rustls has aws-lc-rs; one implementation of cryptography under it is enough"),
];

/// An older version of a package that is accepted as long as only `by` needs it.
struct Held {
    name: &'static str,
    /// The versions that are compatible with each other: `2` or `0.16`.
    line: &'static str,
    by: &'static str,
    #[expect(dead_code, reason = "for the reader: a row without a reason cannot be written")]
    reason: &'static str,
}

const CEDAR: &str = "its build-time parser generator and its diagnostics lag; nothing of it meets our data";
const METRICS: &str = "it lags by a version; it sees counters only";
const RUSQLITE: &str = "its statement cache is hashlink on hashbrown 0.16";
const TANTIVY: &str = "it lags by a version; the index is a fold that can be rebuilt";
const WHATLANG: &str = "its hash map is hashbrown 0.15; a table of languages";
const MACRO: &str = "a procedural macro still on syn 2: build time only";

/// Every older version that is accepted. A row that is no longer needed is a problem too.
const HELD: &[Held] = &[
    Held { name: "base64", line: "0.22", by: "metrics-exporter-prometheus", reason: METRICS },
    Held { name: "block-buffer", line: "0.10", by: "cedar-policy", reason: CEDAR },
    Held { name: "crypto-common", line: "0.1", by: "cedar-policy", reason: CEDAR },
    Held { name: "digest", line: "0.10", by: "cedar-policy", reason: CEDAR },
    Held { name: "foldhash", line: "0.1", by: "whatlang", reason: WHATLANG },
    Held { name: "getrandom", line: "0.3", by: "metrics-exporter-prometheus", reason: METRICS },
    Held { name: "getrandom", line: "0.3", by: "tantivy", reason: TANTIVY },
    Held { name: "hashbrown", line: "0.16", by: "metrics-exporter-prometheus", reason: METRICS },
    Held { name: "hashbrown", line: "0.16", by: "rusqlite", reason: RUSQLITE },
    Held { name: "hashbrown", line: "0.15", by: "whatlang", reason: WHATLANG },
    Held { name: "itertools", line: "0.14", by: "cedar-policy", reason: CEDAR },
    Held { name: "itertools", line: "0.14", by: "tantivy", reason: TANTIVY },
    Held { name: "rand", line: "0.9", by: "metrics-exporter-prometheus", reason: METRICS },
    Held { name: "rand", line: "0.9", by: "tantivy", reason: TANTIVY },
    Held { name: "rand_core", line: "0.9", by: "metrics-exporter-prometheus", reason: METRICS },
    Held { name: "rand_core", line: "0.9", by: "tantivy", reason: TANTIVY },
    Held { name: "sketches-ddsketch", line: "0.3", by: "metrics-exporter-prometheus", reason: METRICS },
    Held { name: "syn", line: "2", by: "cedar-policy", reason: MACRO },
    Held { name: "syn", line: "2", by: "curve25519-dalek-derive", reason: MACRO },
    Held { name: "syn", line: "2", by: "tracing-attributes", reason: MACRO },
    Held { name: "syn", line: "2", by: "zeroize_derive", reason: MACRO },
    Held { name: "unicode-width", line: "0.1", by: "cedar-policy", reason: CEDAR },
];

impl Held {
    fn is_of(&self, version: &Version) -> bool {
        self.name == version.name && self.line == version.line()
    }
}

/// Finds banned packages, second versions without a reason, and reasons that no longer hold.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    Ok(problems(&DependencyTree::of(root)?, HELD))
}

fn problems(tree: &DependencyTree, held: &[Held]) -> Vec<Problem> {
    let mut texts = Vec::new();
    for version in tree.versions() {
        let banned = BANNED.iter().find(|(name, _)| *name == version.name);
        texts.extend(
            banned.map(|(name, reason)| format!("`{name}` is banned: {reason}; {}", who(tree, version))),
        );
    }
    for version in older_versions(tree) {
        let stops: Vec<&str> = held.iter().filter(|row| row.is_of(version)).map(|row| row.by).collect();
        let needed_by = tree.needed_by(version, &stops);
        if needed_by.iter().any(|other| tree.is_top(other) && !stops.contains(&other.name.as_str())) {
            let text =
                format!("{} {} is a second version; {}", version.name, version.written(), who(tree, version));
            texts.push(text);
        }
    }
    texts.extend(held.iter().filter(|row| is_stale(tree, row)).map(|row| {
        format!(
            "`{}` no longer holds back `{} {}`: remove its row in xtask/src/check/duplicates.rs",
            row.by, row.name, row.line
        )
    }));
    texts.into_iter().map(|text| Problem::in_file("Cargo.lock", text)).collect()
}

/// Every version of a package that has a newer one beside it.
fn older_versions(tree: &DependencyTree) -> impl Iterator<Item = &Version> {
    let next = tree.versions().skip(1);
    tree.versions().zip(next).filter(|(version, next)| version.name == next.name).map(|(version, _)| version)
}

/// Whether the holder is there and no longer needs what it is said to hold.
fn is_stale(tree: &DependencyTree, row: &Held) -> bool {
    let is_there = tree.versions().any(|version| version.name == row.by);
    let mut held = tree.versions().filter(|version| row.is_of(version));
    is_there && !held.any(|version| tree.needed_by(version, &[]).iter().any(|other| other.name == row.by))
}

fn who(tree: &DependencyTree, version: &Version) -> String {
    let names: Vec<&str> = tree.needed_by(version, &[]).iter().map(|other| other.name.as_str()).collect();
    format!("needed by {}", if names.is_empty() { "the workspace".to_owned() } else { names.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    const HELD_BY_THEIRS: &[Held] = &[Held { name: "part", line: "1", by: "theirs", reason: "a reason" }];

    /// The messages for a workspace `ours` that needs `part` 2 itself, `part` 1 by way of `theirs`, and what is given.
    fn messages(ours: &str, theirs: &str, held: &[Held]) -> Vec<String> {
        let workspace = "[workspace]\nresolver = \"3\"\n";
        let tree = Fixture::new(&[]);
        let new = "part = { path = \"../part-2\" }\n";
        for (folder, name, version, dependencies) in [
            ("ours", "ours", "0.1.0", format!("theirs = {{ path = \"../theirs\" }}\n{new}{ours}{workspace}")),
            ("theirs", "theirs", "0.1.0", theirs.to_owned()),
            ("part-1", "part", "1.9.0", String::new()),
            ("part-2", "part", "2.0.0", String::new()),
            ("ring", "ring", "0.17.0", String::new()),
        ] {
            let manifest = format!(
                "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n[dependencies]\n{dependencies}"
            );
            tree.write(&format!("{folder}/Cargo.toml"), &manifest);
            tree.write(&format!("{folder}/src/lib.rs"), "");
        }
        let found = problems(&DependencyTree::of(&tree.root().join("ours")).unwrap(), held);
        found.iter().map(|problem| problem.text.clone()).collect()
    }

    const OLD: &str = "part = { path = \"../part-1\" }\n";
    const OLD_BESIDE_NEW: &str = "old = { package = \"part\", path = \"../part-1\" }\n";

    #[test]
    fn a_second_version_needs_a_row() {
        assert_eq!(messages("", OLD, &[]), ["part 1.9.0 is a second version; needed by ours, theirs"]);
        assert_eq!(messages("", OLD, HELD_BY_THEIRS), [] as [&str; 0]);
    }

    #[test]
    fn a_row_for_one_version_excuses_no_other() {
        let other = [Held { name: "part", line: "0.9", by: "theirs", reason: "a reason" }];
        assert_eq!(messages("", OLD, &other).len(), 2);
    }

    #[test]
    fn a_row_for_one_holder_excuses_no_other() {
        assert_eq!(messages(OLD_BESIDE_NEW, OLD, HELD_BY_THEIRS).len(), 1);
    }

    #[test]
    fn a_row_that_is_no_longer_needed_is_a_problem() {
        let text = "`theirs` no longer holds back `part 1`: remove its row in xtask/src/check/duplicates.rs";
        assert_eq!(messages("", "", HELD_BY_THEIRS), [text]);
    }

    #[test]
    fn a_banned_package_is_found_with_those_who_need_it() {
        let found = messages("", "ring = { path = \"../ring\" }\n", &[]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("`ring` is banned") && found[0].ends_with("needed by ours, theirs"),
            "{}",
            found[0]
        );
    }
}
