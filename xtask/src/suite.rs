//! `cargo xtask test`: everything that must pass before a change lands, in one command.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::step::{self, Steps, cargo};
use crate::tool::{self, NpmFile, Sign, Tool};
use crate::{check, evidence};

/// What judges pages in the browser tests: not ours, and so not in this repository.
const AXE: NpmFile = NpmFile {
    package: "axe-core",
    version: "4.14.1",
    file: "axe.min.js",
    sha256: "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
};

/// What the browser tests need: a browser, its driver, and the scripts that our pages show.
const BROWSER_TOOLS: &[Tool] = &[
    Tool { sign: Sign::Program("chromium"), package: "chromium" },
    Tool { sign: Sign::Program("chromedriver"), package: "chromium-driver" },
    Tool {
        sign: Sign::File("/usr/share/fonts/truetype/noto/NotoSansDevanagari-Regular.ttf"),
        package: "fonts-noto-core",
    },
    Tool {
        sign: Sign::File("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
        package: "fonts-noto-cjk",
    },
    Tool {
        sign: Sign::File("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"),
        package: "fonts-noto-color-emoji",
    },
];

/// Runs every step, the quick ones first.
///
/// What it costs: the dependencies are checked once for clippy, which makes no machine code, and compiled once for all
/// tests. Clippy shares with the build only build scripts (all the C code) and procedural macros. To keep it at
/// that, every compiling step takes the whole workspace and one profile, so that cargo settles on the same features;
/// `-p one-crate` would compile half of the dependencies again. The browser step changes a feature of the topmost crate
/// only, and so compiles only that.
///
/// # Errors
/// Names the steps that failed.
pub fn run(root: &Path) -> Result<()> {
    let mut steps = Steps::begin("cargo xtask test");
    steps.run("formatting", || step::run(&mut cargo(root, &["fmt", "--all", "--check"])));
    steps.run("structure", || check::run(root));
    steps.run("lints", || lints(root));
    steps.run("tests", || step::run(&mut cargo(root, &["test", "--workspace", "--no-fail-fast"])));
    steps.run("evidence", || evidence::run(root));
    steps.run("browser", || browser(root));
    if step::in_ci() {
        steps.run("clean tree", || clean_tree(root));
    }
    steps.finish()
}

/// With every feature on, so that nothing stays unread behind one.
fn lints(root: &Path) -> Result<()> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    step::run(&mut cargo(root, &arguments))
}

/// The test target `browser` needs a feature, so that plain `cargo test` works on a machine without a browser.
fn browser(root: &Path) -> Result<()> {
    step::run(&mut browser_tests(root)?)
}

/// The browser tests, with all that they need at hand.
///
/// # Errors
/// Something that they need is missing and cannot be had.
pub fn browser_tests(root: &Path) -> Result<Command> {
    tool::ensure(BROWSER_TOOLS)?;
    let axe = tool::npm_file(&tool::target_folder(root)?, &AXE)?;
    let arguments = ["test", "--workspace", "--features", "aboveboard/browser", "--test", "browser"];
    let mut command = cargo(root, &arguments);
    command.env("ABOVEBOARD_BROWSER", "1").env("ABOVEBOARD_AXE", axe);
    Ok(command)
}

/// A fresh clone is as it was: the lock file was up to date and no test wrote over a file of the repository.
fn clean_tree(root: &Path) -> Result<()> {
    let mut git = Command::new("git");
    step::run(git.args(["diff", "--stat", "--exit-code"]).current_dir(root))
}
