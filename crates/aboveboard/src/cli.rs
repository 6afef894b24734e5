//! The command line.

use std::{io::Write, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::{
    commands,
    config::{Config, Written},
    demo, serve,
};

/// Keeps a company's WhatsApp conversations with its clients above board.
#[derive(Parser)]
#[command(name = "aboveboard", bin_name = "aboveboard", version, max_term_width = 110)]
struct Arguments {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE", env = "ABOVEBOARD_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows the whole product with a sample company; keeps nothing unless told to.
    Demo {
        /// The port of the console on this machine.
        #[arg(long, default_value_t = 8088)]
        port: u16,
        /// Keep the data in this folder.
        #[arg(long, value_name = "FOLDER")]
        keep: Option<PathBuf>,
    },
    /// Runs the server.
    Serve,
    /// Names every mistake in the configuration.
    Check,
    /// Prints a new deployment key.
    Key,
    /// Manages who signs in.
    #[command(subcommand)]
    User(commands::user::User),
    /// Imports a chat that was exported from the WhatsApp app (.txt or .zip). The server must not be running.
    Import(commands::import::Import),
    /// Policies, lists and macros as files of a folder.
    #[command(subcommand)]
    Policy(commands::policy::Policy),
    /// Searches everything that may be read. The server must not be running.
    Search {
        /// The query, as in the console.
        query: String,
        /// Hits at most.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Copies the log to a folder and its keys to another; the server may be running. Again into the same folders copies
    /// only what is new. What was there before stands until the new backup is whole.
    Backup(commands::backup::Backup),
    /// Makes a data folder, which must be empty, from a backup and its keys, and proves that it is the same log.
    Restore(commands::backup::Restore),
    /// Asks the running server whether it is well; for the health check of a container.
    Health,
    /// Checks every byte of the log, its tree, media and keys; names each damaged place.
    Verify,
    /// Exports one entry with its proof into a new folder, to be checked offline by anybody.
    Proof {
        /// The entry's index.
        index: u64,
        /// The folder to make.
        folder: PathBuf,
    },
    /// Checks an exported entry offline: needs no server, no data folder and no configuration.
    CheckProof {
        /// The folder of the export.
        folder: PathBuf,
        /// The log's key, from the log's operator. Without it the export's own is believed, which shows only that the
        /// export agrees with itself.
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// Answers cases from a file, one a line, with what the shipped engine says: needs no server and no data folder.
    #[command(subcommand)]
    Evaluate(commands::evaluate::Evaluation),
    /// Deletes views and search index and rebuilds them from the log.
    Replay,
    /// Serves a stand-in for Meta's Graph API that delivers a sample company's webhooks, for tests of any receiver.
    Simulate(commands::simulate::Simulate),
}

/// Runs the command line of this process, to its exit code.
pub fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Runs what was asked for.
fn run() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let config = || read(arguments.config.as_deref());
    match arguments.command {
        Command::Demo { port, keep } => {
            log(false);
            within(demo::run(port, keep))
        }
        Command::Serve => {
            let config = config()?;
            log(config.log_json);
            within(serve::run(config))
        }
        Command::Check => {
            config()?;
            say("the configuration has no mistakes");
            Ok(ExitCode::SUCCESS)
        }
        Command::Key => commands::key(),
        Command::User(user) => commands::user::run(user, &config()?),
        Command::Import(import) => commands::import::run(&import, &config()?),
        Command::Policy(commands::policy::Policy::Check { folder }) => {
            commands::policy::check_folder(&folder)
        }
        Command::Policy(commands::policy::Policy::Pull { folder }) => {
            commands::policy::pull(&folder, &config()?)
        }
        Command::Policy(commands::policy::Policy::Push { folder, note }) => {
            commands::policy::push(&folder, &note, &config()?)
        }
        Command::Search { query, limit } => commands::search(&query, limit, &config()?),
        Command::Backup(backup) => commands::backup::backup(&backup, &config()?),
        Command::Restore(restore) => commands::backup::restore(&restore, &config()?),
        Command::Health => within(commands::health::run(config()?)),
        Command::Verify => commands::verify(&config()?),
        Command::Proof { index, folder } => commands::proof(index, &folder, &config()?),
        Command::CheckProof { folder, key } => commands::check_proof(&folder, key.as_deref()),
        Command::Evaluate(evaluation) => commands::evaluate::run(&evaluation),
        Command::Replay => commands::replay(&config()?),
        Command::Simulate(simulate) => {
            log(false);
            within(commands::simulate::run(simulate))
        }
    }
}

fn read(file: Option<&std::path::Path>) -> Result<Config> {
    let environment = |name: &str| std::env::var(name).ok();
    Ok(Written::read(file, &environment)?.check()?)
}

fn within(work: impl Future<Output = Result<()>>) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(work)?;
    Ok(ExitCode::SUCCESS)
}

/// One line an event on standard error; never what people wrote, names, numbers or tokens.
fn log(json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("ABOVEBOARD_LOG")
        .unwrap_or_else(|_| "warn,aboveboard=info".into());
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let set = if json { lines.json().try_init() } else { lines.try_init() };
    if let Err(error) = set {
        complain(&anyhow::anyhow!("logs are set up already: {error}"));
    }
}

/// Prints a line for people.
pub(crate) fn say(line: &str) {
    // Nobody reads any more when standard output is closed.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Prints an error for people.
fn complain(error: &anyhow::Error) {
    let _ = writeln!(std::io::stderr(), "aboveboard: {error:#}");
}
