//! The structural checks: what a person should never have to say in a review.
//!
//! To add one: a file in `check/` with `pub fn check(root: &Path) -> Result<Vec<Problem>>` and tests that prove it
//! fails when it should, and a line in [`ALL`].

mod architecture;
mod decisions;
mod dependency_tree;
mod duplicates;
mod files;
mod imports;
mod leftovers;
mod licences;
mod manifests;
mod registries;
mod spdx;
mod words;
mod workspace;

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::problem::Problem;

/// One structural check.
pub struct Check {
    /// What is held, in a few words.
    name: &'static str,
    /// Finds the problems of the tree at a root.
    run: fn(&Path) -> Result<Vec<Problem>>,
}

/// Every check, in reading order.
const ALL: &[Check] = &[
    Check { name: "crates import only what they may", run: imports::check },
    Check { name: "registries name every file of their folder", run: registries::check },
    Check { name: "manifests take lints and versions from the workspace", run: manifests::check },
    Check { name: "files are short and say what they are for", run: files::check },
    Check { name: "nothing is left over and no lint is switched off", run: leftovers::check },
    Check { name: "ARCHITECTURE.md names what exists", run: architecture::check },
    Check { name: "docs/words.md is sorted and unique", run: words::check },
    Check { name: "decisions have their form", run: decisions::check },
    Check { name: "licences are on the list", run: licences::check },
    Check { name: "no banned and no needless second version of a dependency", run: duplicates::check },
];

/// Runs every check and prints every problem.
///
/// # Errors
/// How many problems there are, or the check that could not run.
pub fn run(root: &Path) -> Result<()> {
    let mut count = 0;
    for check in ALL {
        let problems = (check.run)(root).with_context(|| format!("check failed to run: {}", check.name))?;
        println!("{} {}", if problems.is_empty() { "ok  " } else { "FAIL" }, check.name);
        for problem in &problems {
            println!("       {problem}");
        }
        count += problems.len();
    }
    if count > 0 {
        bail!("{count} structural problem{}", if count == 1 { "" } else { "s" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_repository_has_no_structural_problem() {
        let root = crate::root();
        let found: Vec<String> = ALL
            .iter()
            .flat_map(|check| (check.run)(root).unwrap_or_else(|error| panic!("{}: {error:#}", check.name)))
            .map(|problem| problem.to_string())
            .collect();
        assert!(found.is_empty(), "run `cargo xtask check`:\n{}", found.join("\n"));
    }

    #[test]
    fn every_check_is_on_the_list() {
        let source = crate::tree::read(crate::root(), "xtask/src/check.rs").unwrap();
        for path in crate::tree::files(&crate::root().join("xtask/src/check"), &["rs"]).unwrap() {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap();
            let text = crate::tree::read(&crate::root().join("xtask/src/check"), &path).unwrap();
            let is_check = text.contains("pub fn check(root: &Path)");
            assert_eq!(is_check, source.contains(&format!("run: {stem}::check }}")), "{stem}");
        }
    }
}
