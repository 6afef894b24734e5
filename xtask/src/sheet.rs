//! `cargo xtask sheet`: pictures of every page, made by the browser tests' own walk through all of them.

use std::path::Path;

use anyhow::{Result, bail};

use crate::{step, suite, tool};

/// The walk that makes pictures when it is told where to put them.
const WALK: &str = "browser::sheet::every_page_in_every_state_is_fit_for_everybody";

/// Where the README's pictures are, seen from the package whose test walks.
const README_FOLDER: &str = "../../docs";

/// Makes the contact sheet in the target folder; `wishes` are `--only PART`, `--state NAME` and `--readme`.
///
/// # Errors
/// Words that are no wish, a tool that is missing, or faults that the walk found: the sheet is there all the same.
pub fn run(root: &Path, wishes: &[&str]) -> Result<()> {
    let wishes = variables(wishes)?;
    let folder = tool::target_folder(root)?.join("sheet");
    let mut walk = suite::browser_tests(root)?;
    walk.args(["--", "--exact", WALK, "--nocapture"]).envs(wishes).env("ABOVEBOARD_SHEET", &folder);
    let walked = step::run(&mut walk);
    println!("the sheet: {}", folder.join("index.html").display());
    walked
}

/// The variables in which the walk is told what is wanted.
fn variables<'a>(wishes: &[&'a str]) -> Result<Vec<(&'static str, &'a str)>> {
    match wishes {
        [] => Ok(vec![]),
        ["--only", part, rest @ ..] => {
            Ok([vec![("ABOVEBOARD_SHEET_ONLY", *part)], variables(rest)?].concat())
        }
        ["--state", name, rest @ ..] => {
            Ok([vec![("ABOVEBOARD_SHEET_STATE", *name)], variables(rest)?].concat())
        }
        ["--readme", rest @ ..] => {
            Ok([vec![("ABOVEBOARD_SHEET_README", README_FOLDER)], variables(rest)?].concat())
        }
        [other, ..] => bail!("no such wish: {other}; there are --only PART, --state NAME and --readme"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_come_in_any_order_and_nothing_else_is_one() {
        let all = variables(&["--readme", "--state", "rtl", "--only", "/alerts"]).unwrap();
        assert_eq!(all[0].0, "ABOVEBOARD_SHEET_README");
        assert_eq!(all[1..], [("ABOVEBOARD_SHEET_STATE", "rtl"), ("ABOVEBOARD_SHEET_ONLY", "/alerts")]);
        assert!(variables(&["--only"]).is_err() && variables(&["/alerts"]).is_err());
        assert!(variables(&[]).unwrap().is_empty());
    }
}
