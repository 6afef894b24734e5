//! A file has one reason to change and says which: long files fail, and Rust files without a first sentence.

use std::path::Path;

use anyhow::{Context, Result};
use toml::Table;

use crate::problem::Problem;
use crate::tree;

/// The most lines a file of each kind may have; tests and tables of data are exempt (see [`tree::is_data`]).
const FILE_LINES_MAX: &[(&str, usize)] = &[("rs", 800), ("html", 800), ("css", 800), ("js", 400)];
/// The most lines a function may have; clippy's `too_many_lines`, denied in the workspace, counts them.
const FUNCTION_LINES_MAX: i64 = 70;

/// Finds files that are too long, unnamed or without a first sentence, and a clippy threshold that is not the rule's.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let mut found = function_threshold(root)?;
    for (extension, lines_max) in FILE_LINES_MAX {
        for path in tree::files(root, &[extension])?.into_iter().filter(|path| !tree::is_data(path)) {
            let text = tree::read(root, &path)?;
            let lines = text.lines().count();
            if lines > *lines_max {
                let text = format!("has {lines} lines; a .{extension} file has at most {lines_max}");
                found.push(Problem::at_line(&path, lines, text));
            }
            found.extend((*extension == "rs").then(|| head(&path, &text)).flatten());
        }
    }
    Ok(found)
}

/// What is wrong with how a Rust file is named or begins.
fn head(path: &Path, text: &str) -> Option<Problem> {
    if path.file_name().is_some_and(|name| name == "mod.rs") {
        return Some(Problem::in_file(path, "is `foo/mod.rs`; a module is `foo.rs` beside `foo/`"));
    }
    let says = text.starts_with("//! ");
    (!says).then(|| Problem::at_line(path, 1, "does not begin with `//!` and what the file is for"))
}

fn function_threshold(root: &Path) -> Result<Vec<Problem>> {
    let table: Table = tree::read(root, "clippy.toml")?.parse().context("clippy.toml is not TOML")?;
    let threshold = table.get("too-many-lines-threshold").and_then(toml::Value::as_integer);
    if threshold == Some(FUNCTION_LINES_MAX) {
        return Ok(Vec::new());
    }
    let text = format!("`too-many-lines-threshold` is not {FUNCTION_LINES_MAX}");
    Ok(vec![Problem::in_file("clippy.toml", text)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        let tree = Fixture::new(&[("clippy.toml", "too-many-lines-threshold = 70\n")]);
        for (path, text) in files {
            tree.write(path, text);
        }
        check(tree.root()).unwrap().iter().map(ToString::to_string).collect()
    }

    fn long(lines: usize) -> String {
        "//! a\n".repeat(lines)
    }

    #[test]
    fn a_rust_file_says_what_it_is_for() {
        assert_eq!(messages(&[("src/a.rs", "//! What it is for.\n")]), [] as [&str; 0]);
        for text in ["", "use std::fmt;\n", "//!\n", "// What it is for.\n"] {
            let found = messages(&[("src/a.rs", text)]);
            assert_eq!(found, ["src/a.rs:1: does not begin with `//!` and what the file is for"], "{text}");
        }
    }

    #[test]
    fn a_module_file_is_named_after_its_module() {
        assert_eq!(messages(&[("src/a/mod.rs", "//! A.\n")]).len(), 1);
    }

    #[test]
    fn a_file_at_its_limit_passes_and_one_line_more_fails() {
        for (extension, lines_max) in FILE_LINES_MAX {
            let path = format!("src/a.{extension}");
            assert_eq!(messages(&[(&path, &long(*lines_max))]), [] as [&str; 0]);
            let found = messages(&[(&path, &long(lines_max + 1))]);
            assert_eq!(found.len(), 1, "{extension}");
            assert!(found[0].starts_with(&format!("{path}:{}: has", lines_max + 1)), "{}", found[0]);
        }
    }

    #[test]
    fn tests_and_tables_may_be_long() {
        let text = long(5_000);
        assert_eq!(messages(&[("tests/it.rs", &text), ("src/fold/table.rs", &text)]), [] as [&str; 0]);
    }

    #[test]
    fn a_loose_or_missing_function_threshold_fails() {
        for clippy in ["too-many-lines-threshold = 200\n", "allow-unwrap-in-tests = true\n"] {
            assert_eq!(messages(&[("clippy.toml", clippy)]).len(), 1, "{clippy}");
        }
    }
}
