//! `cargo xtask bench`: builds the benches in release and runs one, after making sure that its tools are there.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::step::{self, cargo};
use crate::tool::{self, Sign, Tool};

/// The load generator of `ingest`, and what pins it and the server to a core each.
const TOOLS: &[Tool] = &[
    Tool { sign: Sign::Program("wrk"), package: "wrk" },
    Tool { sign: Sign::Program("taskset"), package: "util-linux" },
];

/// What one of the peers of `scan` is made of.
const VECTORSCAN: &[Tool] =
    &[Tool { sign: Sign::File("/usr/include/hs/hs.h"), package: "libvectorscan-dev" }];
/// The manifest of the peers of `scan`: outside the workspace, so that none of them comes near the product.
const PEERS: &str = "crates/bench/peers/Cargo.toml";
/// Another peer, for a Python of its own.
const PRESIDIO: &str = "presidio-analyzer==2.2.366";

/// Runs a bench by name, with its options. Its last lines are one JSON object a figure.
///
/// # Errors
/// A goal that is missed by more than a tenth, a figure that cannot be measured, a tool that is not there.
pub fn run(root: &Path, arguments: &[&str]) -> Result<()> {
    if arguments.is_empty() {
        bail!("which bench? ingest, pipeline, scan, search, rebuild or pages");
    }
    tool::ensure(TOOLS)?;
    let run = ["run", "--release", "--package", "aboveboard-bench", "--"];
    let mut command = cargo(root, &run);
    if arguments[0] == "scan" {
        peers(root, &mut command)?;
    }
    step::run(command.args(arguments))
}

/// Tells a scan where its peers are. One that cannot be had is named; the scan then misses every goal that is measured against it, so that a
/// run without peers fails. Against Presidio there is none.
fn peers(root: &Path, command: &mut Command) -> Result<()> {
    let target = tool::target_folder(root)?.join("peers");
    match vectorscan(root, &target) {
        Ok(program) => _ = command.env("ABOVEBOARD_SCAN_PEERS", program),
        Err(error) => {
            eprintln!("bench: without Vectorscan, daachorse and RegexSet, whose goals are missed: {error:#}")
        }
    }
    match tool::python_with(&target, PRESIDIO) {
        Ok(python) => _ = command.env("ABOVEBOARD_SCAN_PRESIDIO", python),
        Err(error) => eprintln!("bench: without Presidio: {error:#}"),
    }
    Ok(())
}

fn vectorscan(root: &Path, target: &Path) -> Result<PathBuf> {
    tool::ensure(VECTORSCAN)?;
    let build = ["build", "--release", "--locked", "--manifest-path", PEERS];
    step::run(cargo(root, &build).env("CARGO_TARGET_DIR", target))?;
    Ok(target.join("release/aboveboard-bench-peers"))
}
