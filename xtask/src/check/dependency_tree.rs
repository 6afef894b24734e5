//! What is really built: the graph that `cargo tree` prints.
//!
//! `cargo metadata` would not do: its graph also has what a weak feature (`ring?/std`) could bring but does not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The platform that is shipped and tested; what other platforms would bring is not looked at.
pub const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// One version of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The package's name.
    pub name: String,
    /// Its version, as major, minor, patch and the rest, so that it sorts.
    pub number: (u64, u64, u64, String),
}

impl Version {
    /// Reads `name v1.2.3-rc.1 (/where)`.
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (name, number) = (words.next()?, words.next()?.strip_prefix('v')?);
        let (core, rest) = number.split_at(number.find(['-', '+']).unwrap_or(number.len()));
        let mut parts = core.split('.').map(|part| part.parse().ok());
        let number = (parts.next()??, parts.next()??, parts.next()??, rest.to_owned());
        Some(Self { name: name.to_owned(), number })
    }

    /// The versions that are compatible with this one, as a caret requirement counts: `2` or `0.16`.
    pub fn line(&self) -> String {
        match self.number {
            (0, minor, _, _) => format!("0.{minor}"),
            (major, ..) => major.to_string(),
        }
    }

    /// The number as it is written.
    pub fn written(&self) -> String {
        let (major, minor, patch, rest) = &self.number;
        format!("{major}.{minor}.{patch}{rest}")
    }
}

/// Packages, and who depends on each directly; a package of the workspace that nobody imports has nobody.
#[derive(Debug, Default)]
pub struct DependencyTree {
    dependents: BTreeMap<Version, BTreeSet<Version>>,
}

impl DependencyTree {
    /// Asks cargo for the workspace's graph, with every feature and for tests and build scripts too.
    ///
    /// # Errors
    /// cargo cannot be run, or resolves nothing, or prints what this cannot read.
    pub fn of(root: &Path) -> Result<Self> {
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["tree", "--quiet", "--workspace", "--all-features", "--edges=normal,build,dev"])
            .args(["--prefix=depth", "--format=|{p}", "--target", PLATFORM])
            .current_dir(root)
            .output()
            .context("cannot run cargo tree")?;
        ensure!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
        Self::parse(&String::from_utf8_lossy(&output.stdout))
    }

    /// Reads lines of `depth|package`, in which a package stands under the one that depends on it.
    fn parse(text: &str) -> Result<Self> {
        let mut tree = Self::default();
        let mut path: Vec<Version> = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let (depth, package) =
                line.split_once('|').with_context(|| format!("not a line of a tree: {line}"))?;
            let depth: usize = depth.parse().with_context(|| format!("not a depth: {line}"))?;
            let version = Version::parse(package).with_context(|| format!("not a package: {line}"))?;
            ensure!(depth <= path.len(), "a line without the one it hangs on: {line}");
            path.truncate(depth);
            tree.dependents.entry(version.clone()).or_default().extend(path.last().cloned());
            path.push(version);
        }
        Ok(tree)
    }

    /// Every version of every package, sorted.
    pub fn versions(&self) -> impl Iterator<Item = &Version> {
        self.dependents.keys()
    }

    /// The names met going from a version up to those that need it, without going past a name in `stops`.
    pub fn needed_by<'a>(&'a self, version: &'a Version, stops: &[&str]) -> BTreeSet<&'a Version> {
        let mut met = BTreeSet::new();
        let mut waiting = vec![version];
        while let Some(version) = waiting.pop() {
            let is_new = met.insert(version);
            if is_new && !stops.contains(&version.name.as_str()) {
                waiting.extend(self.dependents.get(version).into_iter().flatten());
            }
        }
        met.remove(version);
        met
    }

    /// Whether nobody depends on a version: it is a package of the workspace at the top of the graph.
    pub fn is_top(&self, version: &Version) -> bool {
        self.dependents.get(version).is_some_and(BTreeSet::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0|ours v0.1.0 (/x)\n1|a v1.0.0\n2|c v0.9.10\n1|b v2.0.0-rc.1\n2|c v0.10.0 (*)\n\n0|tool v0.1.0\n1|a v1.0.0 (*)\n";

    fn names(found: BTreeSet<&Version>) -> Vec<&str> {
        found.into_iter().map(|version| version.name.as_str()).collect()
    }

    #[test]
    fn versions_sort_as_numbers_and_keep_their_rest() {
        let tree = DependencyTree::parse(TREE).unwrap();
        let written: Vec<_> =
            tree.versions().map(|version| format!("{} {}", version.name, version.written())).collect();
        assert_eq!(written, ["a 1.0.0", "b 2.0.0-rc.1", "c 0.9.10", "c 0.10.0", "ours 0.1.0", "tool 0.1.0"]);
    }

    #[test]
    fn a_line_of_versions_is_what_a_caret_means() {
        for (text, line) in [("c v0.9.10", "0.9"), ("c v2.3.4", "2"), ("c v10.0.0-rc.1", "10")] {
            assert_eq!(Version::parse(text).unwrap().line(), line);
        }
    }

    #[test]
    fn who_needs_a_version_is_found_up_to_a_stop() {
        let tree = DependencyTree::parse(TREE).unwrap();
        let old = Version::parse("c v0.9.10").unwrap();
        assert_eq!(names(tree.needed_by(&old, &[])), ["a", "ours", "tool"]);
        assert_eq!(names(tree.needed_by(&old, &["a"])), ["a"]);
        assert_eq!(tree.versions().filter(|version| tree.is_top(version)).count(), 2);
    }

    #[test]
    fn output_that_is_no_tree_is_an_error() {
        for text in ["what", "0|a", "x|a v1.0.0", "1|a v1.0.0", "0|a v1.0"] {
            assert!(DependencyTree::parse(text).is_err(), "{text}");
        }
    }
}
