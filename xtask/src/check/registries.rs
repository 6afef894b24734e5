//! Explicit lists: a folder of connectors, detectors or pages has one `ALL` slice that names every file in it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use crate::problem::Problem;
use crate::rust_source::RustSource;
use crate::tree;

/// A folder of files that are one kind of thing, and the file whose `ALL` slice names each of them.
struct Registry {
    /// Folder from the root; only the files directly in it count.
    folder: &'static str,
    /// The file with `const ALL: … = …[…]`, in which each file's stem stands as a word: `pix::DETECTOR`.
    list: &'static str,
    /// Files of the folder that are not entries, such as a type they share.
    besides: &'static [&'static str],
}

/// Every registry. To add one: a line such as
/// `Registry { folder: "crates/detect/src/detectors", list: "crates/detect/src/detectors.rs", besides: &["addresses"] }`.
const REGISTRIES: &[Registry] = &[
    Registry { folder: "crates/console/src/pages", list: "crates/console/src/pages.rs", besides: &["tests"] },
    Registry {
        folder: "crates/detect/src/detectors",
        list: "crates/detect/src/detectors.rs",
        besides: &["addresses"],
    },
];

/// Finds files that their registry's `ALL` does not name.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    problems(root, REGISTRIES)
}

fn problems(root: &Path, registries: &[Registry]) -> Result<Vec<Problem>> {
    let mut found = Vec::new();
    for registry in registries {
        found.extend(problems_of(root, registry)?);
    }
    Ok(found)
}

fn problems_of(root: &Path, registry: &Registry) -> Result<Vec<Problem>> {
    if !root.join(registry.folder).is_dir() || !root.join(registry.list).is_file() {
        let text = format!("the registry of {} names a folder or list that does not exist", registry.folder);
        return Ok(vec![Problem::in_file(registry.list, text)]);
    }
    let source = RustSource::parse(&tree::read(root, registry.list)?);
    let Some(listed) = all_slice(&source.code) else {
        return Ok(vec![Problem::in_file(registry.list, "has no `ALL` slice")]);
    };
    let named: BTreeSet<&str> = tree::words(listed).collect();
    let files = tree::files(&root.join(registry.folder), &["rs"])?;
    let missing = files.iter().filter(|path| path.components().count() == 1).filter(|path| {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        !named.contains(stem) && !registry.besides.contains(&stem)
    });
    let text = format!("is not named in `ALL` of {}", registry.list);
    Ok(missing.map(|path| Problem::in_file(Path::new(registry.folder).join(path), text.as_str())).collect())
}

/// What stands between the brackets of `ALL: … = &[…]`.
fn all_slice(code: &str) -> Option<&str> {
    let name = code.match_indices("ALL").map(|(at, _)| at).find(|at| {
        let before = code[..*at].chars().next_back();
        let after = code[at + 3..].trim_start();
        before.is_some_and(char::is_whitespace) && after.starts_with(':')
    })?;
    let value = &code[name + code[name..].find('=')?..];
    let inside = &value[value.find('[')? + 1..];
    Some(&inside[..inside.find("];").unwrap_or(inside.len())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    const REGISTRY: &[Registry] =
        &[Registry { folder: "src/detectors", list: "src/detectors.rs", besides: &["shape"] }];

    fn messages(list: &str) -> Vec<String> {
        let tree = Fixture::new(&[
            ("src/detectors.rs", list),
            ("src/detectors/pix.rs", ""),
            ("src/detectors/upi.rs", ""),
            ("src/detectors/shape.rs", ""),
            ("src/detectors/pix/digits.rs", ""),
        ]);
        problems(tree.root(), REGISTRY).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_list_that_names_every_file_is_complete() {
        let list = "mod pix;\npub const ALL: &[Detector] = &[\n    pix::DETECTOR,\n    upi::DETECTOR,\n];\n";
        assert_eq!(messages(list), [] as [&str; 0]);
    }

    #[test]
    fn a_file_that_is_only_declared_or_commented_is_not_on_the_list() {
        let list = "mod pix;\nmod upi;\nconst ALL: [Detector; 1] = [\n    pix::DETECTOR, // upi\n];\n";
        assert_eq!(messages(list), ["src/detectors/upi.rs: is not named in `ALL` of src/detectors.rs"]);
    }

    #[test]
    fn a_registry_without_a_list_or_a_folder_is_a_problem() {
        assert_eq!(messages("mod pix;"), ["src/detectors.rs: has no `ALL` slice"]);
        let empty = Fixture::new(&[]);
        assert_eq!(problems(empty.root(), REGISTRY).unwrap().len(), 1);
    }
}
