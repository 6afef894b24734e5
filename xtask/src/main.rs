//! Repository checks and developer commands: `cargo xtask help` lists them.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what a command says goes to its terminal")]

mod bench;
mod check;
mod evidence;
mod long;
mod package;
mod problem;
mod rust_source;
mod sheet;
mod step;
mod suite;
mod tool;
mod tree;

#[cfg(test)]
mod fixture;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  test             everything that must pass before a change lands; CI runs exactly this
  check            the structural checks alone, in seconds
  sheet            pictures of every page in every state, colour scheme and size, as one page: target/sheet/index.html
                   (--only PART: pages whose address has it; --state NAME: ordinary, empty, huge, long-names, rtl, error;
                   --readme: the README's pictures too)
  crash            the long crash histories: 10,000 seeds, in release
  fuzz [minutes]   the long mutation tests: minutes for each of them (20), in release
  soak [minutes]   the long crash, kill, mutation and query tests after each other
  manual           writes docs/query.md anew from the query language
  bench <name> …   measures the server as shipped: ingest, pipeline, scan, search, rebuild, pages;
                   --quick for a smaller run, --seed for another corpus
  package deb [binary]   the Debian package, from a release build or from a binary that is there
  package container      the container image, with docker or podman
  help             this text";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = root();
    let outcome = match words.as_slice() {
        ["test"] => suite::run(root),
        ["check"] => check::run(root),
        ["sheet", wishes @ ..] => sheet::run(root, wishes),
        ["crash"] => long::crash(root),
        ["fuzz"] => long::fuzz(root, long::FUZZ_MINUTES_DEFAULT),
        ["fuzz", minutes] => long::parse_minutes(minutes).and_then(|minutes| long::fuzz(root, minutes)),
        ["soak"] => long::soak(root, long::FUZZ_MINUTES_DEFAULT),
        ["soak", minutes] => long::parse_minutes(minutes).and_then(|minutes| long::soak(root, minutes)),
        ["manual"] => manual(root),
        ["bench", arguments @ ..] => bench::run(root, arguments),
        ["package", "deb"] => package::deb(root, None),
        ["package", "deb", binary] => package::deb(root, Some(Path::new(binary))),
        ["package", "container"] => package::container(root),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(anyhow::anyhow!("no such command\n\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Lets the language's own test write its manual.
fn manual(root: &Path) -> anyhow::Result<()> {
    let test = ["test", "--workspace", "--test", "it", "the_manual_is_as_the_language_is"];
    step::run(step::cargo(root, &test).env("UPDATE_EXPECT", "1"))
}

/// The repository's root: the folder above this package.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is a folder inside the repository")
}
