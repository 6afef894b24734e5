//! ARCHITECTURE.md stays short and true: what it names in backticks exists, and it names every crate.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::{imports, workspace};
use crate::problem::Problem;
use crate::tree;

const PAGE: &str = "ARCHITECTURE.md";
/// Longer, and nobody reads it.
const WORDS_MAX: usize = 2_000;
/// The header of the table whose first column is the map of crates.
const MAP_HEADER: &str = "crate";
/// What its third column says of a crate that may import every crate above, and of one that may import none.
const ALL_ABOVE: &str = "all above";
const NO_IMPORTS: &str = "–";
/// A name that ends so, or begins with a folder of the root, is a path and must exist.
const PATH_ENDINGS: [&str; 7] = [".css", ".js", ".md", ".html", ".lock", ".rs", ".toml"];
const PATH_FOLDERS: [&str; 5] = [".cargo/", ".ci/", "crates/", "docs/", "xtask/"];

/// Finds names that are not there, crates that are not named, and a page that grew too long.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let text = tree::read(root, PAGE)?;
    let crates: BTreeSet<String> = workspace::members(root)?.into_iter().map(|member| member.name).collect();
    let mut found = names(root, &text, &crates)?;
    found.extend(map(&text, &crates));
    let words = text.split_whitespace().count();
    if words >= WORDS_MAX {
        found.push(Problem::in_file(PAGE, format!("has {words} words; it stays under {WORDS_MAX}")));
    }
    Ok(found)
}

/// Names in backticks that are neither a crate, nor a path, nor words of the code.
fn names(root: &Path, text: &str, crates: &BTreeSet<String>) -> Result<Vec<Problem>> {
    let known = words_of_the_code(root)?;
    let mut found = Vec::new();
    for (line, text) in prose(text) {
        let gone = backticked(text).filter(|name| !crates.contains(*name) && !exists(root, &known, name));
        found.extend(gone.map(|name| Problem::at_line(PAGE, line, format!("`{name}` does not exist"))));
    }
    Ok(found)
}

/// Rows of the map that are no crate or say other imports than the check of imports allows, and crates that have no row.
fn map(text: &str, crates: &BTreeSet<String>) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut mapped = BTreeSet::new();
    let mut in_map = false;
    for (line, text) in prose(text) {
        let cell = first_cell(text);
        in_map = cell.is_some_and(|cell| in_map || cell == MAP_HEADER);
        let Some(name) = cell.filter(|_| in_map).and_then(|cell| backticked(cell).next()) else { continue };
        if !crates.contains(name) {
            found.push(Problem::at_line(PAGE, line, format!("the map names `{name}`, which is no crate")));
        }
        let said = said_imports(text, &mapped);
        let allowed = imports::allowed(name).unwrap_or_default();
        if said != allowed.iter().map(|name| (*name).to_owned()).collect() {
            let text = format!("the map lets `{name}` import {said:?}; the check allows {allowed:?}");
            found.push(Problem::at_line(PAGE, line, text));
        }
        mapped.insert(name.to_owned());
    }
    let unmapped = crates.difference(&mapped);
    found
        .extend(unmapped.map(|name| Problem::in_file(PAGE, format!("the map does not name crate `{name}`"))));
    found
}

/// The page's lines outside fenced blocks, which hold drawings.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    tree::numbered(text).filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        fenced ^= is_fence;
        !fenced && !is_fence
    })
}

/// Every `name` in backticks on a line; a cargo command names nothing of ours that could be gone unseen.
fn backticked(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|name| !name.is_empty() && !name.starts_with("cargo "))
}

/// The first cell of a table's row.
fn first_cell(line: &str) -> Option<&str> {
    line.trim().strip_prefix('|')?.split('|').next().map(str::trim)
}

/// The crates that a row of the map lets its crate import: names with commas between them, or all rows above.
fn said_imports(row: &str, above: &BTreeSet<String>) -> BTreeSet<String> {
    match row.split('|').nth(3).map_or("", str::trim) {
        ALL_ABOVE => above.clone(),
        NO_IMPORTS => BTreeSet::new(),
        names => names.split(',').map(|name| name.trim().to_owned()).collect(),
    }
}

/// A path must be there; any other name must be made of words that the code uses.
fn exists(root: &Path, known: &BTreeSet<String>, name: &str) -> bool {
    let is_path = PATH_ENDINGS.iter().any(|ending| name.ends_with(ending))
        || PATH_FOLDERS.iter().any(|folder| name.starts_with(folder));
    if is_path {
        return root.join(name).exists();
    }
    let mut words = tree::words(name).peekable();
    root.join(name).exists() || (words.peek().is_some() && words.all(|word| known.contains(word)))
}

/// Every word in the crates' Rust files, comments and strings too: a column or a folder is named in a string.
fn words_of_the_code(root: &Path) -> Result<BTreeSet<String>> {
    let mut known = BTreeSet::new();
    for path in tree::files(root, &["rs"])?.into_iter().filter(|path| !path.starts_with("xtask")) {
        known.extend(tree::words(&tree::read(root, path)?).map(str::to_owned));
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    const PAGE_TEXT: &str = "\
# Architecture
One walk: `record` in `crates/ledger/src/lib.rs` writes `views.db`.

| crate | what | imports |
|---|---|---|
| `ledger` | the one writer, `decide` | text, model, query, archive |
";

    fn messages(page: &str) -> Vec<String> {
        let tree = Fixture::new(&[
            ("ARCHITECTURE.md", page),
            ("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n"),
            ("crates/ledger/Cargo.toml", "[package]\nname = \"ab-ledger\"\nedition = \"2024\"\n"),
            ("xtask/src/main.rs", "const TEXT: &str = \"recorded keys\";"),
            ("crates/ledger/src/lib.rs", "pub fn record() { open(\"views.db\") }\npub fn decide() {}\n"),
        ]);
        check(tree.root()).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_page_whose_names_exist_passes() {
        assert_eq!(messages(PAGE_TEXT), [] as [&str; 0]);
    }

    #[test]
    fn a_path_or_a_name_that_is_gone_is_found_at_its_line() {
        for (before, after) in
            [("src/lib.rs", "src/gone.rs"), ("`record`", "`recorded`"), ("`views.db`", "`keys.db`")]
        {
            let found = messages(&PAGE_TEXT.replace(before, after));
            assert_eq!(found.len(), 1, "{after}: {found:?}");
            assert!(found[0].starts_with("ARCHITECTURE.md:2: "), "{}", found[0]);
        }
    }

    #[test]
    fn commands_and_drawings_may_name_what_is_not_code() {
        assert_eq!(messages(&format!("{PAGE_TEXT}Run `cargo imagined`.\n")), [] as [&str; 0]);
        assert_eq!(messages(&format!("{PAGE_TEXT}```\n`imagined`\n```\n")), [] as [&str; 0]);
    }

    #[test]
    fn the_map_must_name_every_crate_and_nothing_else() {
        let found = messages(&PAGE_TEXT.replace("| `ledger` |", "| `record` |"));
        let texts = [
            "ARCHITECTURE.md:6: the map names `record`, which is no crate",
            "ARCHITECTURE.md: the map does not name crate `ledger`",
        ];
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!([&found[0], &found[2]], texts);
    }

    #[test]
    fn the_map_must_say_the_imports_that_the_check_allows() {
        for imports in ["text, model, query", "text, model, query, archive, detect", "all above", "–", ""] {
            let found = messages(&PAGE_TEXT.replace("text, model, query, archive", imports));
            assert_eq!(found.len(), 1, "{imports}: {found:?}");
            assert!(found[0].starts_with("ARCHITECTURE.md:6: the map lets `ledger` import "), "{found:?}");
        }
    }

    #[test]
    fn a_page_that_is_too_long_is_found() {
        let found = messages(&format!("{PAGE_TEXT}{}", "word ".repeat(WORDS_MAX)));
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
