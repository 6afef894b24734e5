//! The repository's own files: which there are, and a bounded read of one.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Far above any source file; a larger one is data that no check reads.
const READ_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Folders that are never ours, wherever they stand.
const FOREIGN_FOLDERS: [&str; 3] = [".git", "target", "node_modules"];
/// Folders whose files are data for tests or tables of data: what is in them is exempt from rules on prose and size.
const DATA_FOLDERS: [&str; 4] = ["data", "fixtures", "golden", "tests"];
/// File stems that say the same of a single file.
const DATA_STEMS: [&str; 3] = ["table", "tables", "tests"];

/// Every file with one of the extensions, as sorted paths from the root.
///
/// # Errors
/// A folder that cannot be listed.
pub fn files(root: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for (path, is_folder) in entries(root, &folder)? {
            if is_folder {
                folders.push(path);
            } else if extension(&path).is_some_and(|extension| extensions.contains(&extension)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The entries of one folder, without foreign folders, links, and the data folder of a local run.
fn entries(root: &Path, folder: &Path) -> Result<Vec<(PathBuf, bool)>> {
    let place = root.join(folder);
    let listing = std::fs::read_dir(&place).with_context(|| format!("cannot list {}", place.display()))?;
    let mut found = Vec::new();
    for entry in listing {
        let entry = entry.with_context(|| format!("cannot list {}", place.display()))?;
        let kind = entry.file_type().with_context(|| format!("cannot look at {}", entry.path().display()))?;
        let path = folder.join(entry.file_name());
        if kind.is_file() || (kind.is_dir() && !is_foreign(&path)) {
            found.push((path, kind.is_dir()));
        }
    }
    Ok(found)
}

/// Build output, other people's code, and `/data`, which git ignores.
fn is_foreign(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| FOREIGN_FOLDERS.contains(&name)) || folder == Path::new("data")
}

/// Whether a file is a test or a table of data, by its folder or its name.
pub fn is_data(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let in_folder = path
        .parent()
        .is_some_and(|folder| folder.iter().any(|part| DATA_FOLDERS.iter().any(|name| part == *name)));
    in_folder || stem.is_some_and(|stem| DATA_STEMS.contains(&stem))
}

/// A file's extension, empty for a name that has none.
pub fn extension(path: &Path) -> Option<&str> {
    match path.extension() {
        Some(extension) => extension.to_str(),
        None => Some(""),
    }
}

/// The text of one file under the root.
///
/// # Errors
/// A file that is missing, unreadable, not UTF-8, or larger than any source file should be.
pub fn read(root: &Path, path: impl AsRef<Path>) -> Result<String> {
    let place = root.join(path);
    let mut text = String::new();
    File::open(&place)
        .and_then(|file| file.take(READ_BYTES_MAX + 1).read_to_string(&mut text))
        .with_context(|| format!("cannot read {}", place.display()))?;
    ensure!(text.len() as u64 <= READ_BYTES_MAX, "{} is over {READ_BYTES_MAX} bytes", place.display());
    Ok(text)
}

/// The lines of a text, each with its number counted from 1.
pub fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// The identifiers in a text: runs of letters, digits and underscores that do not begin with a digit.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .filter(|word| word.chars().next().is_some_and(|first| !first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn build_output_and_links_are_not_the_repository() {
        let tree = Fixture::new(&[
            ("src/a.rs", ""),
            ("target/b.rs", ""),
            (".git/c.rs", ""),
            ("data/d.rs", ""),
            ("crates/x/src/data/e.rs", ""),
            ("notes.md", ""),
        ]);
        std::os::unix::fs::symlink(tree.root(), tree.root().join("loop")).unwrap();
        let found = files(tree.root(), &["rs"]).unwrap();
        assert_eq!(found, [Path::new("crates/x/src/data/e.rs"), Path::new("src/a.rs")]);
    }

    #[test]
    fn tests_golden_files_and_tables_are_data_and_code_is_not() {
        for path in
            ["crates/x/tests/it.rs", "crates/x/tests/golden/a.html", "src/fold/table.rs", "src/x/tests.rs"]
        {
            assert!(is_data(Path::new(path)), "{path}");
        }
        for path in ["crates/x/src/lib.rs", "crates/data.rs", "src/tests_of_time.rs"] {
            assert!(!is_data(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn a_file_that_is_too_large_is_an_error_and_not_a_short_read() {
        let tree = Fixture::new(&[("big.txt", &"x".repeat(READ_BYTES_MAX as usize + 1))]);
        assert!(read(tree.root(), "big.txt").is_err());
    }
}
