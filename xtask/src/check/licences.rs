//! Every dependency's licence is one that lets a company ship the binary.

use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{MetadataCommand, Package};

use super::dependency_tree::PLATFORM;
use super::spdx;
use crate::problem::Problem;

/// Licences and exceptions that may be relied upon.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Finds packages whose licence is not on the list, is missing or cannot be read.
///
/// Looks at everything the lock file may bring to [`PLATFORM`], whether or not a feature brings it today.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .other_options(["--all-features".into(), format!("--filter-platform={PLATFORM}")])
        .exec()
        .context("cargo metadata cannot resolve the dependencies")?;
    let nodes = metadata.resolve.as_ref().context("cargo metadata gave no resolution")?.nodes.iter();
    Ok(nodes.filter_map(|node| problem(&metadata[&node.id])).collect())
}

fn problem(package: &Package) -> Option<Problem> {
    let text = match &package.license {
        None => "names no licence".to_owned(),
        Some(licence) => match spdx::is_satisfied(licence, &|name| ALLOWED.contains(&name)) {
            Ok(true) => return None,
            Ok(false) => format!("licence {licence:?} is not on the list in xtask/src/check/licences.rs"),
            Err(fault) => format!("licence {licence:?} cannot be read: {fault}"),
        },
    };
    Some(Problem::in_file("Cargo.lock", format!("{} {}: {text}", package.name, package.version)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn messages(licence: &str) -> Vec<String> {
        let tree = Fixture::new(&[
            (
                "Cargo.toml",
                "[package]\nname = \"ours\"\nversion = \"1.0.0\"\nedition = \"2024\"\nlicense = \"MIT\"\n\
                 [workspace]\n[dependencies]\ntheirs = { path = \"theirs\" }\n",
            ),
            ("src/lib.rs", ""),
            ("theirs/src/lib.rs", ""),
        ]);
        let manifest =
            format!("[package]\nname = \"theirs\"\nversion = \"2.0.0\"\nedition = \"2024\"\n{licence}\n");
        tree.write("theirs/Cargo.toml", &manifest);
        check(tree.root()).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_dependency_with_an_allowed_licence_passes() {
        assert_eq!(messages("license = \"GPL-3.0-only OR (MIT AND Unicode-3.0)\""), [] as [&str; 0]);
    }

    #[test]
    fn another_a_missing_and_a_broken_licence_are_found() {
        for licence in
            ["license = \"AGPL-3.0-only\"", "license-file = \"COPYING\"", "license = \"MIT AND\"", ""]
        {
            let found = messages(licence);
            assert_eq!(found.len(), 1, "{licence}");
            assert!(found[0].starts_with("Cargo.lock: theirs 2.0.0: "), "{}", found[0]);
        }
    }
}
