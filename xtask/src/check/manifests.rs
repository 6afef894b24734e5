//! Manifests: the lints and the versions of dependencies are the workspace's, in every crate.

use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::workspace::{self, Member};
use crate::problem::Problem;
use crate::tree;

/// The lints that the workspace must set, and how hard.
const LINTS: &[(&str, &str, &str)] = &[
    ("rust", "unsafe_code", "forbid"),
    ("rust", "missing_docs", "deny"),
    ("clippy", "too_many_lines", "deny"),
    ("clippy", "unwrap_used", "deny"),
    ("clippy", "dbg_macro", "deny"),
    ("clippy", "todo", "deny"),
    ("clippy", "unimplemented", "deny"),
    ("clippy", "print_stdout", "deny"),
    ("clippy", "print_stderr", "deny"),
];
/// Test targets that plain `cargo test` passes over and that a step of `cargo xtask test` runs by name.
const GATED_TESTS: &[(&str, &str)] = &[("aboveboard", "browser")];
/// The one integration test of a crate.
const TEST_NAME: &str = "it";
const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Finds lints that are not the workspace's, dependencies declared outside it, and tests that nothing would run.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let mut found = in_workspace(&Manifest::read(root, Path::new("Cargo.toml"))?);
    for member in workspace::members(root)? {
        found.extend(in_member(&Manifest::read(root, &member.manifest)?));
        found.extend(test_targets(&member));
    }
    Ok(found)
}

/// Each integration-test binary is linked with everything: one a crate, and none that nothing would run.
fn test_targets(member: &Member) -> impl Iterator<Item = Problem> {
    let targets = member.package.targets.iter().filter(|target| target.is_test());
    let other = targets.filter(|target| !GATED_TESTS.contains(&(member.name.as_str(), target.name.as_str())));
    other.filter_map(|target| {
        let name = target.name.as_str();
        let text = match (target.required_features.is_empty(), name == TEST_NAME) {
            (true, true) => return None,
            (true, false) => {
                format!("test `{name}` is a second binary; make it a module of tests/{TEST_NAME}.rs")
            }
            (false, _) => format!("test `{name}` needs a feature, so `cargo test` would skip it in silence"),
        };
        Some(Problem::in_file(&member.manifest, text))
    })
}

/// A manifest's text beside its meaning: the parser keeps no line numbers.
struct Manifest<'a> {
    path: &'a Path,
    text: String,
    table: Table,
}

impl<'a> Manifest<'a> {
    fn read(root: &Path, path: &'a Path) -> Result<Self> {
        let text = tree::read(root, path)?;
        let table = text.parse().with_context(|| format!("{} is not TOML", path.display()))?;
        Ok(Self { path, text, table })
    }

    /// The value at a path of keys.
    fn at(&self, keys: &[&str]) -> Option<&Value> {
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(self.table.get(*first)?, |value, key| value.get(key))
    }

    /// A problem at the line that sets a key, or in the whole file when no line does.
    fn problem(&self, key: &str, text: String) -> Problem {
        let sets = |line: &str| {
            let rest = line.trim_start().strip_prefix(key);
            rest.is_some_and(|rest| rest.starts_with([' ', '=', '.']))
        };
        let line = tree::numbered(&self.text).find(|(_, line)| sets(line)).map(|(number, _)| number);
        Problem { line, ..Problem::in_file(self.path, text) }
    }
}

fn in_workspace(manifest: &Manifest<'_>) -> Vec<Problem> {
    let mut found = Vec::new();
    for (tool, lint, level) in LINTS {
        if manifest.at(&["workspace", "lints", tool, lint]).and_then(Value::as_str) != Some(*level) {
            found.push(manifest.problem(lint, format!("lint `{lint}` is not \"{level}\"")));
        }
    }
    let dependencies = manifest.at(&["workspace", "dependencies"]).and_then(Value::as_table);
    for (name, value) in dependencies.into_iter().flatten() {
        let is_ours = value.get("path").is_some();
        if !is_ours && value.get("default-features").and_then(Value::as_bool) != Some(false) {
            found.push(
                manifest.problem(name, format!("`{name}` takes default features; name those it needs")),
            );
        }
    }
    found
}

fn in_member(manifest: &Manifest<'_>) -> Vec<Problem> {
    let mut found = Vec::new();
    if manifest.at(&["lints", "workspace"]).and_then(Value::as_bool) != Some(true) {
        found.push(manifest.problem("lints", "has no `[lints] workspace = true`".to_owned()));
    }
    for (name, value) in dependencies(&manifest.table) {
        if value.get("workspace").and_then(Value::as_bool) != Some(true) {
            let text = format!("`{name}` is not declared in the workspace: `{name}.workspace = true`");
            found.push(manifest.problem(name, text));
        }
    }
    if manifest.at(&["features", "default"]).is_some() {
        found.push(
            manifest.problem("default", "has default features; a crate has one ordinary form".to_owned()),
        );
    }
    found
}

/// Every dependency of a manifest, also those for one target only.
fn dependencies(table: &Table) -> Vec<(&String, &Value)> {
    let targets = table.get("target").and_then(Value::as_table).into_iter().flatten();
    let tables = targets.filter_map(|(_, value)| value.as_table()).chain([table]);
    let sections = tables.flat_map(|table| SECTIONS.iter().filter_map(|section| table.get(*section)));
    sections.filter_map(Value::as_table).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    const WORKSPACE: &str = "\
[workspace]
resolver = \"3\"
members = [\"one\"]

[workspace.lints.rust]
unsafe_code = \"forbid\"
missing_docs = \"deny\"

[workspace.lints.clippy]
too_many_lines = \"deny\"
unwrap_used = \"deny\"
dbg_macro = \"deny\"
todo = \"deny\"
unimplemented = \"deny\"
print_stdout = \"deny\"
print_stderr = \"deny\"

[workspace.dependencies]
hex = { version = \"0.4\", default-features = false }
";
    const MEMBER: &str = "[package]\nname = \"one\"\nedition = \"2024\"\n[lints]\nworkspace = true\n";

    fn messages(workspace: &str, member: &str) -> Vec<String> {
        let tree = Fixture::new(&[
            ("Cargo.toml", workspace),
            ("one/Cargo.toml", member),
            ("one/src/lib.rs", ""),
            ("one/tests/it.rs", ""),
        ]);
        check(tree.root()).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn manifests_that_follow_the_rules_pass() {
        let member = format!("{MEMBER}[dependencies]\nhex.workspace = true\n");
        assert_eq!(messages(WORKSPACE, &member), [] as [&str; 0]);
    }

    #[test]
    fn a_lint_that_is_missing_or_softer_is_found() {
        let soft = WORKSPACE.replace("missing_docs = \"deny\"", "missing_docs = \"warn\"");
        assert_eq!(messages(&soft, MEMBER), ["Cargo.toml:7: lint `missing_docs` is not \"deny\""]);
        let gone = WORKSPACE.replace("unsafe_code = \"forbid\"\n", "");
        assert_eq!(messages(&gone, MEMBER), ["Cargo.toml: lint `unsafe_code` is not \"forbid\""]);
    }

    #[test]
    fn a_crate_outside_the_workspaces_lints_is_found() {
        let found = messages(WORKSPACE, "[package]\nname = \"one\"\nedition = \"2024\"\n");
        assert_eq!(found, ["one/Cargo.toml: has no `[lints] workspace = true`"]);
    }

    #[test]
    fn a_dependency_declared_by_a_crate_itself_is_found() {
        for section in ["dependencies", "dev-dependencies", "target.'cfg(unix)'.dependencies"] {
            let found = messages(WORKSPACE, &format!("{MEMBER}[{section}]\nhex = \"0.4\"\n"));
            let text = "one/Cargo.toml:7: `hex` is not declared in the workspace: `hex.workspace = true`";
            assert_eq!(found, [text], "{section}");
        }
    }

    #[test]
    fn a_dependency_with_default_features_is_found() {
        let found = messages(&WORKSPACE.replace(", default-features = false", ""), MEMBER);
        assert_eq!(found, ["Cargo.toml:19: `hex` takes default features; name those it needs"]);
    }

    #[test]
    fn a_test_that_plain_cargo_test_would_skip_is_found() {
        let gate = "[features]\nslow = []\n[[test]]\nname = \"it\"\nrequired-features = [\"slow\"]\n";
        let found = messages(WORKSPACE, &format!("{MEMBER}{gate}"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("`it` needs a feature"), "{}", found[0]);
    }

    #[test]
    fn a_second_integration_test_is_found() {
        let other = "[[test]]\nname = \"other\"\npath = \"tests/it.rs\"\n";
        let found = messages(WORKSPACE, &format!("{MEMBER}{other}"));
        assert!(found.iter().any(|text| text.contains("`other` is a second binary")), "{found:?}");
    }

    #[test]
    fn default_features_of_our_own_are_found() {
        let found = messages(WORKSPACE, &format!("{MEMBER}[features]\ndefault = []\n"));
        assert_eq!(found, ["one/Cargo.toml:7: has default features; a crate has one ordinary form"]);
    }
}
