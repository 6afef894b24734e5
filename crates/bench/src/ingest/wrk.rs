//! The load generator: wrk, with a script that goes round signed bodies.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};

const SCRIPT: &str = include_str!("deliver.lua");
/// What the script puts before its numbers.
const RESULT: &str = "RESULT ";

/// The load, ready to be put on a server.
pub struct Load {
    script: PathBuf,
    bodies: PathBuf,
    core: usize,
}

/// What wrk measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Deliveries that were answered 200.
    pub requests: f64,
    /// Of them, in a second.
    pub per_s: f64,
    /// 99th percentile of the time to the answer.
    pub p99_us: f64,
}

impl Load {
    /// Writes script and bodies into a folder.
    ///
    /// # Errors
    /// The disk's.
    pub fn new(folder: &Path, bodies: &str, core: usize) -> Result<Self> {
        let load = Self { script: folder.join("deliver.lua"), bodies: folder.join("bodies"), core };
        std::fs::write(&load.script, SCRIPT).context("cannot write wrk's script")?;
        std::fs::write(&load.bodies, bodies).context("cannot write the bodies")?;
        Ok(load)
    }

    /// Posts for a time over so many connections.
    ///
    /// # Errors
    /// No wrk, and any answer but 200.
    pub fn run(&self, url: &str, connections: usize, time: Duration) -> Result<Outcome> {
        let mut command = Command::new("taskset");
        command.arg("-c").arg(self.core.to_string()).args(["wrk", "--threads", "1", "--latency"]);
        command.arg("--connections").arg(connections.to_string());
        command.arg("--duration").arg(format!("{}s", time.as_secs()));
        command.arg("--script").arg(&self.script).arg(url).arg("--").arg(&self.bodies);
        let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let output = output.context("cannot run taskset and wrk: install util-linux and wrk")?;
        let told = String::from_utf8_lossy(&output.stdout);
        parse(&told).with_context(|| format!("wrk: {told}"))
    }
}

fn parse(told: &str) -> Result<Outcome> {
    let line = told.lines().find_map(|line| line.strip_prefix(RESULT)).context("no result")?;
    let numbers: Vec<f64> = line.split_whitespace().filter_map(|text| text.parse().ok()).collect();
    let [requests, duration_us, p99_us, errors] = numbers[..] else { anyhow::bail!("not four numbers") };
    ensure!(errors == 0.0, "{errors} deliveries were not answered 200");
    ensure!(requests > 0.0 && duration_us > 0.0, "nothing was delivered");
    Ok(Outcome { requests, per_s: requests / (duration_us / 1e6), p99_us })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_read_and_an_error_refused() {
        let outcome = parse("  Latency x\nRESULT 1000 2000000 1500 0\n").unwrap();
        assert_eq!(outcome, Outcome { requests: 1000.0, per_s: 500.0, p99_us: 1500.0 });
        for told in ["", "RESULT 1000 2000000 1500 3", "RESULT 0 2000000 0 0", "RESULT 1 2"] {
            assert!(parse(told).is_err(), "{told}");
        }
    }
}
