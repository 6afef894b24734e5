//! Steps of a long command: each announced, timed, and named in one line at the end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Runs steps in order. A failed step does not hide the next ones: one run tells everything that is wrong.
pub struct Steps {
    title: &'static str,
    started: Instant,
    done: Vec<Done>,
}

struct Done {
    name: &'static str,
    took: Duration,
    passed: bool,
}

impl Steps {
    /// Begins a run with a title for its last line.
    pub fn begin(title: &'static str) -> Self {
        Self { title, started: Instant::now(), done: Vec::new() }
    }

    /// Runs one step and says how it went.
    pub fn run(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        println!("\n==> {name}");
        let started = Instant::now();
        let outcome = work();
        let took = started.elapsed();
        match &outcome {
            Ok(()) => println!("==> {name}: passed in {}", spoken(took)),
            Err(error) => println!("==> {name}: FAILED in {}: {error:#}", spoken(took)),
        }
        self.done.push(Done { name, took, passed: outcome.is_ok() });
    }

    /// Prints the summary line.
    ///
    /// # Errors
    /// Names the steps that failed.
    pub fn finish(self) -> Result<()> {
        println!("\n{}", self.summary(self.started.elapsed()));
        let failed: Vec<&str> = self.done.iter().filter(|done| !done.passed).map(|done| done.name).collect();
        if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
    }

    fn summary(&self, took: Duration) -> String {
        let verdict = if self.done.iter().all(|done| done.passed) { "passed" } else { "FAILED" };
        let steps = self.done.iter().map(|done| {
            let mark = if done.passed { "" } else { " FAILED" };
            format!("{}{mark} {}", done.name, spoken(done.took))
        });
        format!("{} {verdict} in {}: {}", self.title, spoken(took), steps.collect::<Vec<_>>().join(", "))
    }
}

/// A duration as a person says it: `0.4 s`, `7 s`, `12 min 3 s`.
fn spoken(took: Duration) -> String {
    match took.as_secs() {
        0 => format!("0.{} s", took.subsec_millis() / 100),
        seconds @ 1..60 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// Runs a program in a folder with its output shown and no input.
///
/// # Errors
/// A program that cannot be started or that does not succeed.
pub fn run(command: &mut Command) -> Result<()> {
    let line = line(command);
    println!("$ {line}");
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot run {line}"))?;
    if status.success() { Ok(()) } else { bail!("{status} from {line}") }
}

/// A call of the same cargo that runs this, in the repository.
///
/// In CI nothing is compiled twice from one checkout, so the incremental cache would only cost time and disk.
pub fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root);
    if in_ci() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// Whether a machine asked, which gives the variable `CI` any value but an empty one.
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}

/// A command as one would type it.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_is_named_and_does_not_stop_the_next() {
        let mut steps = Steps::begin("a run");
        let mut ran = 0;
        steps.run("one", || bail!("broken"));
        steps.run("two", || {
            ran += 1;
            Ok(())
        });
        assert_eq!(ran, 1);
        assert_eq!(
            steps.summary(Duration::from_secs(63)),
            "a run FAILED in 1 min 3 s: one FAILED 0.0 s, two 0.0 s"
        );
        assert_eq!(steps.finish().unwrap_err().to_string(), "failed: one");
    }

    #[test]
    fn a_run_of_passed_steps_passes() {
        let mut steps = Steps::begin("a run");
        steps.run("one", || Ok(()));
        assert!(steps.summary(Duration::from_secs(9)).starts_with("a run passed in 9 s: "));
        assert!(steps.finish().is_ok());
    }

    #[test]
    fn a_program_that_fails_or_is_not_there_is_an_error_that_names_it() {
        for name in ["false", "no-such-program-of-ours"] {
            let error = run(&mut Command::new(name)).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
