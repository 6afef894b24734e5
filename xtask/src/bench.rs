//! `cargo xtask bench`: builds the benches in release and runs one, after making sure that its tools are there.

use std::path::Path;

use anyhow::{Result, bail};

use crate::step::{self, cargo};
use crate::tool::{self, Sign, Tool};

/// The load generator of `ingest`, and what pins it and the server to a core each.
const TOOLS: &[Tool] = &[
    Tool { sign: Sign::Program("wrk"), package: "wrk" },
    Tool { sign: Sign::Program("taskset"), package: "util-linux" },
];

/// Runs a bench by name, with its options. Its last lines are one JSON object a figure.
///
/// # Errors
/// A goal that is missed by more than a tenth, a figure that cannot be measured, a tool that is not there.
pub fn run(root: &Path, arguments: &[&str]) -> Result<()> {
    if arguments.is_empty() {
        bail!("which bench? ingest, pipeline, search, rebuild or pages");
    }
    tool::ensure(TOOLS)?;
    let run = ["run", "--release", "--package", "aboveboard-bench", "--"];
    step::run(cargo(root, &run).args(arguments))
}
