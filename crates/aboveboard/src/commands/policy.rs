//! Policies, lists and macros as files in a folder, for firms that keep them under version control. A folder proposes; people decide.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use aboveboard_ledger::{By, Command, Error, example};
use aboveboard_model::{
    refusal::Refusal,
    rule::{self, Around, Candidate, Kind},
};
use aboveboard_policy::{Expect, Level, Policy as Parsed, check, check_examples};
use anyhow::{Context, Result};
use clap::Subcommand;

use crate::{
    cli::say,
    commands::SETTLE_MAX,
    config::{Config, read_text},
    serve,
    thinking::DERIVE,
};

/// Where files of each kind are, and how their names end.
const FOLDERS: &[(Kind, &str, &str)] =
    &[(Kind::Policy, "policies", "toml"), (Kind::List, "lists", "txt"), (Kind::Macro, "macros", "query")];

/// What to do with a folder: `policies/*.toml`, `lists/*.txt`, `macros/*.query`.
#[derive(Subcommand)]
pub(crate) enum Policy {
    /// Names every mistake with its line and column, and every example that does not come out; needs no server and no data folder.
    Check {
        /// The folder.
        folder: PathBuf,
    },
    /// Writes what is in force into the folder, a file each. Files of other names stay. The server must not be running.
    Pull {
        /// The folder; made where it is not there.
        folder: PathBuf,
    },
    /// Proposes every text of the folder that is in force otherwise or not at all, all of them checked first; a person agrees in
    /// the console. The server must not be running.
    Push {
        /// The folder.
        folder: PathBuf,
        /// Why, for the person who is asked to agree.
        #[arg(long)]
        note: String,
    },
}

/// A file of the folder.
struct File {
    kind: Kind,
    /// Its name without the ending.
    name: String,
    path: PathBuf,
    text: String,
}

/// Names the mistakes of a folder.
pub(crate) fn check_folder(folder: &Path) -> Result<ExitCode> {
    let files = files(folder)?;
    let mistakes = mistakes(&files);
    say(&format!("{} files, {mistakes} mistakes", files.len()));
    Ok(if mistakes == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes what is in force into a folder.
pub(crate) fn pull(folder: &Path, config: &Config) -> Result<ExitCode> {
    let ledger = serve::open(config)?;
    ledger.settle(SETTLE_MAX)?;
    let in_force = ledger.rules_in_force(&By::command_line(), true)?;
    for (kind, name, text) in &in_force {
        let (_, within, ending) = place(*kind);
        let within = folder.join(within);
        std::fs::create_dir_all(&within).with_context(|| format!("cannot make {}", within.display()))?;
        let path = within.join(format!("{name}.{ending}"));
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    say(&format!("{} files in {}", in_force.len(), folder.display()));
    Ok(ExitCode::SUCCESS)
}

/// Proposes what differs, unless anything in the folder is wrong.
pub(crate) fn push(folder: &Path, note: &str, config: &Config) -> Result<ExitCode> {
    let files = files(folder)?;
    if mistakes(&files) > 0 {
        say("nothing was proposed");
        return Ok(ExitCode::FAILURE);
    }
    let ledger = serve::open(config)?;
    ledger.settle(SETTLE_MAX)?;
    let (mut proposed, mut refused) = (0, 0);
    for file in &files {
        let propose = rule::Command::Propose { text: Some(file.text.clone()), note: note.to_owned() };
        match ledger.decide(&By::command_line(), Command::Rule(file.kind, file.name.clone(), propose)) {
            Ok(decided) => {
                ledger.at_least(decided.index)?;
                proposed += 1;
                say(&format!("{}: proposed, entry {}", file.path.display(), decided.index));
            }
            Err(Error::Refused(Refusal::SameText)) => {}
            Err(Error::Refused(refusal)) => {
                refused += 1;
                say(&format!("{}: {refusal}", file.path.display()));
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot propose {}", file.path.display()));
            }
        }
    }
    say(&format!("{proposed} proposed: a compliance officer agrees in the console"));
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn place(kind: Kind) -> (Kind, &'static str, &'static str) {
    FOLDERS.iter().copied().find(|(of, ..)| *of == kind).unwrap_or(FOLDERS[0])
}

/// The files of a folder, by kind and name.
fn files(folder: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for (kind, within, ending) in FOLDERS {
        let within = folder.join(within);
        if !within.is_dir() {
            continue;
        }
        for entry in
            std::fs::read_dir(&within).with_context(|| format!("cannot list {}", within.display()))?
        {
            let path = entry?.path();
            let name = path.file_stem().and_then(|name| name.to_str()).map(str::to_owned);
            if let (Some(name), true) = (name, path.extension().is_some_and(|of| of == *ending)) {
                let text = read_text(&path).map_err(anyhow::Error::msg)?;
                files.push(File { kind: *kind, name, path, text });
            }
        }
    }
    anyhow::ensure!(
        !files.is_empty(),
        "{} has no policies/*.toml, lists/*.txt or macros/*.query",
        folder.display()
    );
    files.sort_by(|one, other| (one.kind, &one.name).cmp(&(other.kind, &other.name)));
    Ok(files)
}

/// Prints what is wrong or odd, and says how much is wrong.
fn mistakes(files: &[File]) -> usize {
    let others: Vec<(Kind, String, String)> = files
        .iter()
        .filter(|file| file.kind != Kind::Policy)
        .map(|file| (file.kind, file.name.clone(), file.text.clone()))
        .collect();
    let mut mistakes = 0;
    for file in files {
        let before = mistakes;
        if file.kind == Kind::Policy {
            mistakes += policy_mistakes(file);
        }
        let around = Around { in_force: &others, example: &|zone, text| example(DERIVE, zone, text) };
        let name = (file.kind != Kind::Policy).then_some(file.name.as_str());
        let candidate = Candidate { kind: file.kind, name, text: Some(&file.text) };
        match check(&candidate, &around) {
            // What a diagnostic or an example has said already is not said again.
            Err(refusal) if before == mistakes => {
                mistakes += 1;
                say(&format!("{}:1:1: {refusal}", file.path.display()));
            }
            Err(_) => {}
            Ok(name) if name != file.name => {
                mistakes += 1;
                say(&format!("{}:1:1: its id is {name}: the file is to be called so", file.path.display()));
            }
            Ok(_) => {}
        }
    }
    mistakes
}

fn policy_mistakes(file: &File) -> usize {
    let place = |start: usize| {
        let before = &file.text[..file.text.floor_char_boundary(start)];
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    };
    let (diagnostics, parsed) = match Parsed::parse(&file.text) {
        Ok(parsed) => (parsed.warnings.clone(), Some(parsed.policy)),
        Err(diagnostics) => (diagnostics, None),
    };
    for one in &diagnostics {
        let (line, column) = one.place(&file.text);
        let help = one.help.as_ref().map_or(String::new(), |help| format!(" ({help})"));
        let (path, code) = (file.path.display(), one.code.word());
        say(&format!("{path}:{line}:{column}: {code} {}{help}", one.message));
    }
    let failures = parsed
        .map(|policy| check_examples(&policy, &|zone, text| example(DERIVE, zone, text)))
        .unwrap_or_default();
    for failure in &failures {
        let (line, column) = place(failure.span.start);
        let said = match failure.expect {
            Expect::Match => "the example must match and does not",
            Expect::NoMatch => "the example must not match and does",
        };
        say(&format!("{}:{line}:{column}: {} {said}", file.path.display(), Refusal::ExampleFails));
    }
    diagnostics.iter().filter(|one| one.level() == Level::Error).count() + failures.len()
}
