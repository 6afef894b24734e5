//! The long forms of tests that run short in `cargo test`: crash histories, kills, mutations, and the properties of the query language.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::step::{self, Steps, cargo};

/// What the crash test must survive; each seed is one history of writes with one crash or more.
const CRASH_SEEDS: &str = "10000";
/// How often the server is killed under load.
const KILLS: &str = "100";
/// On how many queries and documents each property of the query language is tried.
const CASES: &str = "100000";
/// How long each mutation test runs when no time is given.
pub const FUZZ_MINUTES_DEFAULT: u64 = 20;
const FUZZ_MINUTES_MAX: u64 = 24 * 60;

/// One package's tests whose name has a word, in release.
struct LongTests {
    package: &'static str,
    name_part: &'static str,
}

/// Runs the archive's crash histories. `ABOVEBOARD_CRASH_SEEDS`, when set, says how many.
///
/// # Errors
/// A history that loses something, or a package without such a test.
pub fn crash(root: &Path) -> Result<()> {
    let mut steps = Steps::begin("cargo xtask crash");
    steps.run("crash histories", || crash_histories(root));
    steps.finish()
}

fn crash_histories(root: &Path) -> Result<()> {
    let tests = LongTests { package: "aboveboard-archive", name_part: "crash" };
    tests.run(root, "ABOVEBOARD_CRASH_SEEDS", &from_environment("ABOVEBOARD_CRASH_SEEDS", CRASH_SEEDS))
}

fn kills(root: &Path) -> Result<()> {
    let tests = LongTests { package: "aboveboard", name_part: "kill_9" };
    tests.run(root, "ABOVEBOARD_KILLS", &from_environment("ABOVEBOARD_KILLS", KILLS))
}

fn from_environment(variable: &str, otherwise: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| otherwise.to_owned())
}

/// Runs the connectors' mutation tests, each for the given time.
///
/// # Errors
/// A mutation that panics, loses an item or grows without bound, or a package without such a test.
pub fn fuzz(root: &Path, minutes: u64) -> Result<()> {
    let mut steps = Steps::begin("cargo xtask fuzz");
    steps.run("mutations", || mutations(root, minutes));
    steps.finish()
}

fn mutations(root: &Path, minutes: u64) -> Result<()> {
    let tests = LongTests { package: "aboveboard-connect", name_part: "mutation" };
    tests.run(root, "ABOVEBOARD_FUZZ_SECONDS", &(minutes * 60).to_string())
}

/// Runs all long tests after each other: crash histories, kills of the server under load (`ABOVEBOARD_KILLS`, when set,
/// says how many), mutations, properties of the query language (`ABOVEBOARD_CASES`, when set, says on how many cases each).
///
/// # Errors
/// Names the ones that failed; one that fails does not keep the next from running.
pub fn soak(root: &Path, minutes: u64) -> Result<()> {
    let mut steps = Steps::begin("cargo xtask soak");
    steps.run("crash histories", || crash_histories(root));
    steps.run("kills", || kills(root));
    steps.run("mutations", || mutations(root, minutes));
    steps.run("queries", || queries(root));
    steps.finish()
}

/// Runs the properties of the query language on many cases; `ABOVEBOARD_CASES`, when set, says how many. Among them a query's plan, as
/// it is meant, is held to the query itself on the same document; the search index runs no plan here: `ledger` tests that.
fn queries(root: &Path) -> Result<()> {
    let tests = LongTests { package: "aboveboard-query", name_part: "properties" };
    tests.run(root, "ABOVEBOARD_CASES", &from_environment("ABOVEBOARD_CASES", CASES))
}

/// Reads the number of minutes.
///
/// # Errors
/// Anything but a whole number from 1 to a day's minutes.
pub fn parse_minutes(text: &str) -> Result<u64> {
    let minutes = text.parse().with_context(|| format!("not a number of minutes: {text}"))?;
    ensure!((1..=FUZZ_MINUTES_MAX).contains(&minutes), "minutes go from 1 to {FUZZ_MINUTES_MAX}");
    Ok(minutes)
}

impl LongTests {
    /// Runs them with one variable set, after making sure that there are any: a filter that names none passes too.
    fn run(&self, root: &Path, variable: &str, value: &str) -> Result<()> {
        let listing = self.cargo(root, &["--list"]).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let listing = listing.context("cannot run cargo test --list")?;
        ensure!(listing.status.success(), "the tests of {} do not compile", self.package);
        let count = count_listed(&String::from_utf8_lossy(&listing.stdout));
        ensure!(count > 0, "{} has no test named *{}*", self.package, self.name_part);
        println!("{count} tests named *{}*, {variable}={value}", self.name_part);
        step::run(self.cargo(root, &["--nocapture"]).env(variable, value))
    }

    fn cargo(&self, root: &Path, arguments: &[&str]) -> std::process::Command {
        let mut command = cargo(root, &["test", "--release", "--package", self.package, "--all-features"]);
        command.arg(self.name_part).arg("--").args(arguments);
        command
    }
}

/// How many tests `cargo test -- --list` names.
fn count_listed(listing: &str) -> usize {
    listing.lines().filter(|line| line.ends_with(": test")).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_whole_and_bounded() {
        assert_eq!(parse_minutes("20").unwrap(), 20);
        for text in ["", "0", "-1", "1.5", "1441", "many"] {
            assert!(parse_minutes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_tests_are_counted_in_a_listing() {
        let listing =
            "receive::a_mutation_never_panics: test\n\n1 test, 0 benchmarks\n0 tests, 0 benchmarks\n";
        assert_eq!(count_listed(listing), 1);
    }
}
