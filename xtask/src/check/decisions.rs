//! docs/decisions: one page a decision, numbered without a gap: the question, the answer, what was refused.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use crate::problem::Problem;
use crate::tree;

const FOLDER: &str = "docs/decisions";
const HEADINGS: [&str; 3] = ["## Question", "## Answer", "## Refused"];
/// A decision is a page.
const LINES_MAX: usize = 60;
const NUMBER_DIGITS: usize = 4;

/// Finds decisions with a wrong name, number or form.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let mut found = Vec::new();
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    for name in tree::files(&root.join(FOLDER), &["md"])? {
        let path = Path::new(FOLDER).join(&name);
        match name.to_str().and_then(number) {
            Some(number) => *numbers.entry(number).or_default() += 1,
            None => found.push(Problem::in_file(&path, "is not named NNNN-title-in-lower-case.md")),
        }
        found.extend(in_page(&path, &tree::read(root, &path)?));
    }
    let unbroken =
        numbers.iter().enumerate().all(|(index, (number, files))| *number == index + 1 && *files == 1);
    if !unbroken || numbers.is_empty() {
        found.push(Problem::in_file(
            FOLDER,
            "decisions are numbered from 0001, each number once, without a gap",
        ));
    }
    Ok(found)
}

/// The number in a file's name, if the name has the form.
fn number(name: &str) -> Option<usize> {
    let (number, title) = name.strip_suffix(".md")?.split_once('-')?;
    let is_title = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let fits = number.len() == NUMBER_DIGITS && !title.is_empty() && title.chars().all(is_title);
    fits.then(|| number.parse().ok()).flatten()
}

fn in_page(path: &Path, text: &str) -> Vec<Problem> {
    let mut found = Vec::new();
    if !text.lines().next().is_some_and(|line| line.starts_with("# ")) {
        found.push(Problem::at_line(path, 1, "does not begin with a title"));
    }
    let headings: Vec<&str> =
        text.lines().filter(|line| line.starts_with("## ")).map(str::trim_end).collect();
    if headings != HEADINGS {
        found.push(Problem::in_file(path, format!("its headings are not {HEADINGS:?}")));
    }
    let mut sections = text.split("\n## ").skip(1);
    if sections.any(|section| section.lines().skip(1).all(|line| line.trim().is_empty())) {
        found.push(Problem::in_file(path, "has an empty section"));
    }
    let lines = text.lines().count();
    if lines > LINES_MAX {
        found.push(Problem::at_line(path, lines, format!("is longer than a page of {LINES_MAX} lines")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    const PAGE: &str = "# A title\n\n## Question\nq\n\n## Answer\na\n\n## Refused\nr\n";

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        let tree = Fixture::new(&[]);
        std::fs::create_dir_all(tree.root().join(FOLDER)).unwrap();
        for (name, text) in files {
            tree.write(&format!("{FOLDER}/{name}"), text);
        }
        check(tree.root()).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn decisions_in_their_form_pass() {
        assert_eq!(messages(&[("0001-one.md", PAGE), ("0002-two-2.md", PAGE)]), [] as [&str; 0]);
    }

    #[test]
    fn a_gap_a_double_number_and_an_empty_folder_are_found() {
        for files in [
            &[("0002-two.md", PAGE)][..],
            &[("0001-one.md", PAGE), ("0003-three.md", PAGE)],
            &[("0001-one.md", PAGE), ("0001-uno.md", PAGE)],
            &[],
        ] {
            assert_eq!(messages(files).len(), 1, "{files:?}");
        }
    }

    #[test]
    fn a_wrong_name_is_found() {
        for name in ["two.md", "2-two.md", "0002_two.md", "0002-Two.md", "0002-.md"] {
            assert_eq!(messages(&[("0001-one.md", PAGE), (name, PAGE)]).len(), 1, "{name}");
        }
    }

    #[test]
    fn a_page_without_its_form_is_found() {
        for page in [
            PAGE.replace("# A title\n", "A title\n"),
            PAGE.replace("## Refused", "## Rejected"),
            PAGE.replace("## Refused\nr\n", ""),
            PAGE.replace("q\n", ""),
            format!("{PAGE}{}", "more\n".repeat(LINES_MAX)),
        ] {
            assert_eq!(messages(&[("0001-one.md", &page)]).len(), 1, "{page}");
        }
    }
}
