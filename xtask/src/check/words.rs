//! docs/words.md: one word a thing, sorted, so that a new one shows its neighbours.

use std::path::Path;

use anyhow::Result;

use crate::problem::Problem;
use crate::tree;

const PAGE: &str = "docs/words.md";
const HEADER: [&str; 3] = ["word", "meaning", "in code, SQL, URL"];

/// Finds rows that are incomplete, out of order or double.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let text = tree::read(root, PAGE)?;
    let mut rows = tree::numbered(&text).filter_map(|(line, text)| Some((line, cells(text)?)));
    if rows.next().is_none_or(|(_, cells)| cells != HEADER) {
        return Ok(vec![Problem::in_file(PAGE, format!("has no table headed {HEADER:?}"))]);
    }
    let mut found = Vec::new();
    let mut last: Option<String> = None;
    for (line, cells) in rows.skip(1) {
        if cells.len() != HEADER.len() || cells.iter().any(|cell| cell.is_empty()) {
            found.push(Problem::at_line(PAGE, line, format!("a row has {} filled cells", HEADER.len())));
        }
        let word = cells.first().copied().unwrap_or_default().to_lowercase();
        if last.as_ref().is_some_and(|last| *last == word) {
            found.push(Problem::at_line(PAGE, line, format!("`{word}` stands twice")));
        } else if last.as_ref().is_some_and(|last| *last > word) {
            found.push(Problem::at_line(PAGE, line, format!("`{word}` is out of alphabetical order")));
        }
        last = Some(word);
    }
    if last.is_none() {
        found.push(Problem::in_file(PAGE, "the table is empty"));
    }
    Ok(found)
}

/// A table row's cells.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inside = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inside.split('|').map(str::trim).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn messages(rows: &str) -> Vec<String> {
        let page = format!("# Words\n\n| word | meaning | in code, SQL, URL |\n|---|---|---|\n{rows}");
        let tree = Fixture::new(&[(PAGE, &page)]);
        check(tree.root()).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_sorted_table_passes() {
        assert_eq!(messages("| alert | a | `Alert` |\n| case | b | `Case` |\n"), [] as [&str; 0]);
    }

    #[test]
    fn disorder_doubles_and_holes_are_found_at_their_line() {
        for (rows, text) in [
            ("| case | b | `Case` |\n| alert | a | `Alert` |\n", "out of alphabetical order"),
            ("| case | b | `Case` |\n| Case | a | `Case` |\n", "stands twice"),
            ("| alert | a | `Alert` |\n| case | | `Case` |\n", "3 filled cells"),
        ] {
            let found = messages(rows);
            assert_eq!(found.len(), 1, "{rows}");
            assert!(found[0].starts_with("docs/words.md:6: ") && found[0].contains(text), "{}", found[0]);
        }
    }

    #[test]
    fn a_page_without_the_table_or_its_rows_is_a_problem() {
        assert_eq!(messages(""), ["docs/words.md: the table is empty"]);
        let tree = Fixture::new(&[(PAGE, "# Words\n")]);
        assert_eq!(check(tree.root()).unwrap().len(), 1);
    }
}
