//! Which crate may import which: the table of crates is the architecture, this makes it true.

use std::path::Path;

use anyhow::Result;
use cargo_metadata::DependencyKind;

use super::workspace::{self, Import, Member};
use crate::problem::Problem;

/// One crate and the crates of the workspace it may import.
struct Crate {
    name: &'static str,
    may_import: &'static [&'static str],
}

/// Every crate of the workspace, from those that know nothing to those that know all.
const CRATES: &[Crate] = &[
    Crate { name: "text", may_import: &[] },
    Crate { name: "model", may_import: &[] },
    Crate { name: "archive", may_import: &[] },
    Crate { name: "query", may_import: &["text", "model"] },
    Crate { name: "detect", may_import: &["text", "model"] },
    Crate { name: "connect", may_import: &["text", "model"] },
    Crate { name: "policy", may_import: &["text", "model", "query"] },
    Crate { name: "ledger", may_import: &["text", "model", "query", "archive"] },
    Crate { name: "console", may_import: &["model", "query", "policy", "ledger"] },
    Crate { name: "simulate", may_import: &["model"] },
    Crate {
        name: "aboveboard",
        may_import: &[
            "text", "model", "archive", "query", "detect", "connect", "policy", "ledger", "console",
            "simulate",
        ],
    },
    Crate {
        name: "bench",
        may_import: &[
            "text",
            "model",
            "archive",
            "query",
            "connect",
            "policy",
            "ledger",
            "simulate",
            "aboveboard",
        ],
    },
    Crate { name: "xtask", may_import: &[] },
];

/// An import that only tests make and that the table above does not allow.
struct TestImport {
    importer: &'static str,
    imported: &'static str,
    #[expect(dead_code, reason = "for the reader: a line without a reason cannot be written")]
    reason: &'static str,
}

/// The exceptions for `[dev-dependencies]`, each with its reason. What a crate may import, its tests may too, and a
/// crate's tests may name the crate itself to switch on a feature of its own.
const TEST_IMPORTS: &[TestImport] = &[TestImport {
    importer: "policy",
    imported: "detect",
    reason: "what ships is tried on ordinary talk as the product reads it, with what the detectors see",
}];

/// A library that only some crates may use, outside their tests.
struct Confined {
    library: &'static str,
    to: &'static [&'static str],
    reason: &'static str,
}

const CONFINED: &[Confined] = &[
    Confined { library: "rusqlite", to: &["ledger"], reason: "all SQL is in ledger" },
    Confined { library: "tantivy", to: &["ledger"], reason: "the search index is in ledger" },
    Confined { library: "askama", to: &["console"], reason: "all HTML is in console" },
    Confined {
        library: "cedar-policy",
        to: &["console", "ledger", "aboveboard"],
        reason: "roles guard questions and routes",
    },
    Confined {
        library: "tokio",
        to: &["connect", "ledger", "console", "simulate", "aboveboard", "bench"],
        reason: "the thinking crates do no I/O",
    },
    Confined {
        library: "axum",
        to: &["connect", "console", "simulate", "aboveboard"],
        reason: "HTTP is at the edges",
    },
    Confined {
        library: "reqwest",
        to: &["connect", "simulate", "aboveboard", "bench"],
        reason: "what goes out goes out through a connector",
    },
    Confined {
        library: "anyhow",
        to: &["aboveboard", "bench", "xtask"],
        reason: "a library names its errors",
    },
];

/// What a crate of the table may import.
pub fn allowed(name: &str) -> Option<&'static [&'static str]> {
    CRATES.iter().find(|row| row.name == name).map(|row| row.may_import)
}

/// Finds imports that the tables do not allow, and crates that the table does not know.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    Ok(problems(&workspace::members(root)?, CRATES, TEST_IMPORTS))
}

fn problems(members: &[Member], crates: &[Crate], test_imports: &[TestImport]) -> Vec<Problem> {
    let mut found = Vec::new();
    for member in members {
        match crates.iter().find(|row| row.name == member.name) {
            None => {
                let text = format!(
                    "crate `{}` is not in the table of crates in xtask/src/check/imports.rs",
                    member.name
                );
                found.push(Problem::in_file(&member.manifest, text));
            }
            Some(row) => {
                let refused = member.imports().filter_map(|import| refusal(row, &import, test_imports));
                found.extend(refused.map(|text| Problem::in_file(&member.manifest, text)));
            }
        }
    }
    for row in crates.iter().filter(|row| !members.iter().any(|member| member.name == row.name)) {
        let text = format!("the table of crates names `{}`, which is not in the workspace", row.name);
        found.push(Problem::in_file("xtask/src/check/imports.rs", text));
    }
    found
}

/// Why a crate may not import something, if it may not.
fn refusal(row: &Crate, import: &Import, test_imports: &[TestImport]) -> Option<String> {
    let (importer, imported) = (row.name, import.name.as_str());
    let by_test = import.kind == DependencyKind::Development;
    if !import.is_ours {
        let confined = CONFINED.iter().find(|confined| confined.library == imported)?;
        let refused = !by_test && !confined.to.contains(&importer);
        return refused.then(|| format!("`{importer}` may not use `{imported}`: {}", confined.reason));
    }
    let listed = test_imports.iter().any(|row| row.importer == importer && row.imported == imported);
    if row.may_import.contains(&imported) || (by_test && (listed || importer == imported)) {
        return None;
    }
    Some(match by_test {
        true => format!("the tests of `{importer}` import `{imported}` and TEST_IMPORTS gives no reason"),
        false => format!("`{importer}` may not import `{imported}`: it may import {:?}", row.may_import),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    const ROWS: &[Crate] =
        &[Crate { name: "low", may_import: &[] }, Crate { name: "high", may_import: &["low"] }];

    /// A workspace of `low` and `high`, each with the manifest lines given, as the messages of the check.
    fn messages(low: &str, high: &str, test_imports: &[TestImport]) -> Vec<String> {
        let tree = Fixture::new(&[
            ("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n"),
            ("crates/low/src/lib.rs", ""),
            ("crates/high/src/lib.rs", ""),
        ]);
        for (name, lines) in [("low", low), ("high", high)] {
            let manifest = format!("[package]\nname = \"ab-{name}\"\nedition = \"2024\"\n{lines}\n");
            tree.write(&format!("crates/{name}/Cargo.toml"), &manifest);
        }
        let members = workspace::members(tree.root()).unwrap();
        problems(&members, ROWS, test_imports).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_import_in_the_tables_direction_is_allowed() {
        let high = "[dependencies]\nab-low = { path = \"../low\" }";
        assert_eq!(messages("", high, &[]), [] as [&str; 0]);
    }

    #[test]
    fn an_import_against_the_tables_direction_is_a_problem() {
        let found = messages("[dependencies]\nab-high = { path = \"../high\" }", "", &[]);
        assert_eq!(found, ["crates/low/Cargo.toml: `low` may not import `high`: it may import []"]);
    }

    #[test]
    fn a_build_script_is_held_to_the_table_too() {
        let found = messages("[build-dependencies]\nab-high = { path = \"../high\" }", "", &[]);
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn a_test_import_needs_a_line_with_a_reason() {
        let low = "[dev-dependencies]\nab-high = { path = \"../high\" }";
        assert_eq!(messages(low, "", &[]).len(), 1);
        let listed = TestImport { importer: "low", imported: "high", reason: "a reason" };
        assert_eq!(messages(low, "", &[listed]), [] as [&str; 0]);
    }

    #[test]
    fn the_tests_of_a_crate_may_switch_on_its_own_features() {
        let low = "[dev-dependencies]\nab-low = { path = \".\" }";
        assert_eq!(messages(low, "", &[]), [] as [&str; 0]);
    }

    #[test]
    fn a_confined_library_is_refused_elsewhere_except_in_tests() {
        let use_of = |section: &str| format!("[{section}]\nrusqlite = \"0.39\"");
        assert_eq!(
            messages(&use_of("dependencies"), "", &[]),
            ["crates/low/Cargo.toml: `low` may not use `rusqlite`: all SQL is in ledger"]
        );
        assert_eq!(messages(&use_of("dev-dependencies"), "", &[]), [] as [&str; 0]);
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate_are_problems() {
        let tree = Fixture::new(&[
            ("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"new\"]\n"),
            ("new/Cargo.toml", "[package]\nname = \"new\"\nedition = \"2024\"\n"),
            ("new/src/lib.rs", ""),
        ]);
        let found = problems(&workspace::members(tree.root()).unwrap(), ROWS, &[]);
        let places: Vec<_> = found.iter().map(|problem| problem.file.to_str().unwrap()).collect();
        assert_eq!(places, ["new/Cargo.toml", "xtask/src/check/imports.rs", "xtask/src/check/imports.rs"]);
    }
}
