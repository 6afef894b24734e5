//! Measures the server as it is shipped beside its baselines; `cargo xtask bench` runs it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what a bench says goes to its terminal")]

mod archive;
mod corpus;
mod dictionary;
mod firm;
mod ingest;
mod machine;
mod node;
mod pages;
mod pipeline;
mod policies;
mod progress;
mod random;
mod rebuild;
mod report;
mod scan;
mod search;
mod visitor;
mod webhook;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

/// Measures Aboveboard. The last lines are one JSON object a figure; the exit status is 1 where a goal is missed by more
/// than a tenth.
#[derive(Parser)]
#[command(name = "aboveboard-bench", max_term_width = 110)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Durable deliveries a second, beside a receiver that keeps nothing and one that only appends. Needs wrk.
    Ingest(Options),
    /// Fifty people work the queue, one listens for changes; the weight of what a browser is sent.
    Pages(Options),
    /// Intake, detection, 300 policies, fold and index.
    Pipeline(Options),
    /// Views and index deleted, and made anew from the log.
    Rebuild(Options),
    /// Ten thousand rules over a million messages, beside other matchers. `cargo xtask bench scan` builds those.
    Scan(Options),
    /// A million messages: start, memory, the tail of searches and pages.
    Search(Options),
    /// Samples to train the archive's dictionary on.
    Samples(dictionary::Wanted),
    /// A server for a bench, until standard input ends.
    #[command(hide = true)]
    Node(node::Wanted),
}

/// What every bench takes.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// A smaller run, to see that it works; figures that depend on size say so in their names.
    #[arg(long)]
    quick: bool,
    /// What the corpus is drawn from.
    #[arg(long, default_value_t = 20_261_122)]
    seed: u64,
}

fn main() -> ExitCode {
    let lines = tracing_subscriber::fmt().with_env_filter("warn").with_writer(std::io::stderr);
    let _ = lines.try_init();
    match run(Arguments::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("aboveboard-bench: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<bool> {
    match command {
        Command::Ingest(options) => ingest::run(&options),
        Command::Node(wanted) => node::run(&wanted).map(|()| true),
        Command::Pages(options) => pages::run(&options),
        Command::Pipeline(options) => pipeline::run(&options),
        Command::Rebuild(options) => rebuild::run(&options),
        Command::Samples(wanted) => dictionary::write_samples(&wanted).map(|()| true),
        Command::Scan(options) => scan::run(&options),
        Command::Search(options) => search::run(&options),
    }
}
