//! Nothing unfinished lands: no note to self, no ignored test, no lint of the bar switched off.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use crate::problem::Problem;
use crate::rust_source::RustSource;
use crate::tree;

/// Words that say a thing is not done; spelt apart so that this file does not trip over itself.
const NOTES: [&str; 4] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")];
/// Lints that are the bar: no attribute may loosen them.
const FIRM_LINTS: [&str; 8] = [
    "unsafe_code",
    "missing_docs",
    "too_many_lines",
    "unwrap_used",
    "dbg_macro",
    "todo",
    "unimplemented",
    "warnings",
];
/// Macros of a half-done piece of work.
const MACROS: [&str; 3] = [concat!("db", "g"), concat!("to", "do"), concat!("unimple", "mented")];
/// Other text files, in which a note is looked for on the whole line.
const PLAIN_EXTENSIONS: [&str; 7] = ["css", "go", "html", "js", "py", "sh", "toml"];

/// Finds notes to self, ignored tests, unfinished macros and loosened lints.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let mut found = Vec::new();
    for path in tree::files(root, &["rs"])? {
        found.extend(in_rust(&path, &tree::read(root, &path)?));
    }
    for path in tree::files(root, &PLAIN_EXTENSIONS)?.into_iter().filter(|path| !tree::is_data(path)) {
        found.extend(notes(&path, &tree::read(root, &path)?));
    }
    Ok(found)
}

fn in_rust(path: &Path, text: &str) -> Vec<Problem> {
    let source = RustSource::parse(text);
    let mut found = notes(path, &source.comments);
    let in_tests = path.iter().any(|part| part == "tests");
    for attribute in source.attributes() {
        let text = in_attribute(&attribute.text, in_tests);
        found.extend(text.map(|text| Problem::at_line(path, attribute.line, text)));
    }
    for (line, code) in tree::numbered(&source.code) {
        let called = MACROS.iter().find(|name| calls(code, name));
        found.extend(
            called.map(|name| Problem::at_line(path, line, format!("`{name}!` is for unfinished work"))),
        );
    }
    found
}

/// Notes to self, as whole words.
fn notes(path: &Path, text: &str) -> Vec<Problem> {
    let lines = tree::numbered(text).filter_map(|(line, text)| {
        let note = tree::words(text).find(|word| NOTES.contains(word))?;
        Some(Problem::at_line(path, line, format!("`{note}`: finish it, or file an issue and remove it")))
    });
    lines.collect()
}

/// What is wrong with an attribute. An integration test may unwrap: clippy knows only `#[cfg(test)]` for a test.
fn in_attribute(attribute: &str, in_tests: bool) -> Option<String> {
    let words: BTreeSet<&str> = tree::words(attribute).collect();
    if words.contains("ignore") && !attribute.trim_start().starts_with("doc") {
        return Some("a test is never ignored: make it pass or remove it".to_owned());
    }
    let loosens = ["allow", "expect", "warn"].iter().any(|level| words.contains(level));
    let lint = FIRM_LINTS.iter().find(|lint| {
        let is_excused = in_tests && **lint == "unwrap_used";
        loosens && words.contains(*lint) && !is_excused
    })?;
    Some(format!("`{lint}` may not be loosened"))
}

/// Whether a line of code calls a macro by exactly this name.
fn calls(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
            && code[at + name.len()..].starts_with('!')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn messages(path: &str, text: &str) -> Vec<String> {
        let tree = Fixture::new(&[(path, text)]);
        check(tree.root()).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_leftover_is_found_at_its_line() {
        let [note, fix, mark, _] = NOTES;
        let [debug, undone, _] = MACROS;
        for line in [
            format!("// {note}: later"),
            format!("/* a\n{fix} b */").replace('\n', " "),
            format!("/// {mark}"),
            "#[ignore]".to_owned(),
            "#[ignore = \"slow\"]".to_owned(),
            "#[cfg_attr(miri, ignore)]".to_owned(),
            format!("let x = {debug}!(y);"),
            format!("{undone}!()"),
            "#[allow(missing_docs)]".to_owned(),
            "#![allow(clippy::unwrap_used, reason = \"…\")]".to_owned(),
            "#[expect(clippy::too_many_lines)]".to_owned(),
            "#[cfg_attr(test, allow(unsafe_code))]".to_owned(),
        ] {
            let found = messages("src/a.rs", &format!("fn a() {{}}\n{line}\n"));
            assert_eq!(found.len(), 1, "{line}: {found:?}");
            assert!(found[0].starts_with("src/a.rs:2: "), "{}", found[0]);
        }
    }

    #[test]
    fn what_only_looks_like_a_leftover_is_not_one() {
        let note = NOTES[0];
        for line in [
            format!("let spanish = \"{note} el stock\";"),
            format!("fn method() {{}} // {note}S"),
            "#[allow(dead_code, reason = \"…\")]".to_owned(),
            "#[deny(missing_docs)]".to_owned(),
            "fn ignore() {}".to_owned(),
            "my_dbg!(x)".to_owned(),
        ] {
            assert_eq!(messages("src/a.rs", &line), [] as [&str; 0], "{line}");
        }
    }

    #[test]
    fn only_an_integration_test_may_unwrap() {
        let attribute = "#![allow(clippy::unwrap_used, reason = \"a test\")]";
        assert_eq!(messages("crates/x/tests/it.rs", attribute), [] as [&str; 0]);
        assert_eq!(messages("crates/x/src/lib.rs", attribute).len(), 1);
    }

    #[test]
    fn scripts_and_pages_are_read_too_and_test_data_is_not() {
        let note = NOTES[0];
        assert_eq!(messages("src/a.css", &format!("/* {note} */")).len(), 1);
        assert_eq!(messages("tests/data/talk.html", &format!("<p>{note}</p>")), [] as [&str; 0]);
    }
}
