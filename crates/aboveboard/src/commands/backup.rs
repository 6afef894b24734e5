//! Backup of a running system, and its restoring.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use aboveboard_ledger::{
    Error,
    backup::{Folder, Restored, Step},
};
use anyhow::{Context, Result, anyhow, bail};
use clap::{ArgAction, Args};
use indicatif::{ProgressBar, ProgressStyle};

use super::say_damage;
use crate::{cli::say, config::Config, serve};

/// Where a backup goes. Keys have a folder of their own, on another disk and kept for a short time: whoever has an old copy
/// of the keys beside an old copy of the log can read what was erased since.
#[derive(Args)]
pub(crate) struct Backup {
    /// The folder of the log's backup: empty, or a backup of this log.
    folder: PathBuf,
    /// The folder of the keys' copy.
    #[arg(long, value_name = "FOLDER", required_unless_present = "without_keys")]
    keys: Option<PathBuf>,
    /// Leave the keys alone: a backup without them cannot be read.
    #[arg(long, conflicts_with = "keys")]
    without_keys: bool,
    /// Read every byte of the backup again, and count it only if it is whole.
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set)]
    verify: bool,
}

/// What is restored.
#[derive(Args)]
pub(crate) struct Restore {
    /// The folder of the log's backup.
    folder: PathBuf,
    /// The folder of the keys' copy, made with the backup or later.
    #[arg(long, value_name = "FOLDER")]
    keys: PathBuf,
}

/// Takes a backup.
pub(crate) fn backup(wanted: &Backup, config: &Config) -> Result<ExitCode> {
    if !config.data.join("journal").is_dir() {
        bail!("there is no log in {}: is `data` in the configuration right?", config.data.display());
    }
    serve::check_owner(&config.data)?;
    let folders = [Some(config.data.as_path()), Some(wanted.folder.as_path()), wanted.keys.as_deref()];
    check_apart(&folders.into_iter().flatten().collect::<Vec<_>>())?;
    let bar = bar();
    let taken = folder(config).backup(
        &wanted.folder,
        wanted.keys.as_deref(),
        wanted.verify,
        &mut |step, done, all| show(&bar, step, done, all),
    );
    bar.finish_and_clear();
    let taken = taken.map_err(explain)?;
    let manifest = &taken.manifest;
    say(&format!(
        "{} entries are in {}, {} of it new; the root of the first {} is {}",
        manifest.entries,
        wanted.folder.display(),
        indicatif::HumanBytes(taken.new_bytes),
        manifest.size,
        hex::encode(manifest.root)
    ));
    say(match (&taken.report, &wanted.keys) {
        (Some(_), Some(_)) => "every byte was read again, every entry opens, and the root is the signed one",
        (Some(_), None) => {
            "every byte was read again, and the root is the signed one; without keys nothing was opened"
        }
        (None, _) => "it was not verified",
    });
    if let Some(keys) = &wanted.keys {
        say(&format!(
            "its keys are in {}: keep them apart from the log, and for a short time only",
            keys.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Restores into the empty data folder of the configuration.
pub(crate) fn restore(wanted: &Restore, config: &Config) -> Result<ExitCode> {
    serve::check_owner(&config.data)?;
    let folders = [config.data.as_path(), wanted.folder.as_path(), wanted.keys.as_path()];
    check_apart(&folders)?;
    let bar = bar();
    let restored = folder(config)
        .restore(&wanted.folder, &wanted.keys, &mut |step, done, all| show(&bar, step, done, all));
    bar.finish_and_clear();
    let Restored { manifest, report, erased_again } = restored.map_err(explain)?;
    if !report.is_clean() {
        say_damage(&report);
        bail!("the backup is damaged in {} place(s): nothing was restored", report.problems.len());
    }
    say(&format!(
        "{} entries are in {}, as they were on {}",
        manifest.entries,
        config.data.display(),
        manifest.made
    ));
    say(&format!(
        "proved: {} entries opened, {} media files, {} key slots, and the root over the first {} is the signed one, {}",
        report.opened,
        report.media,
        report.key_slots,
        manifest.size,
        hex::encode(manifest.root)
    ));
    if erased_again > 0 {
        say(&format!("{erased_again} keys of what had been erased were destroyed again"));
    }
    say("views and search index are made anew when the server starts");
    Ok(ExitCode::SUCCESS)
}

fn folder(config: &Config) -> Folder {
    Folder {
        folder: config.data.clone(),
        origin: config.log_name.clone(),
        deployment_key: config.deployment_key(),
        clock: serve::clock(),
    }
}

/// No folder may be another one or lie in it.
fn check_apart(folders: &[&Path]) -> Result<()> {
    let real = folders.iter().map(|folder| resolve(folder)).collect::<Result<Vec<_>>>()?;
    for (at, one) in real.iter().enumerate() {
        for other in &real[at + 1..] {
            if one.starts_with(other) || other.starts_with(one) {
                bail!(
                    "{} and {} are not apart: data, backup and keys need folders of their own",
                    one.display(),
                    other.display()
                );
            }
        }
    }
    Ok(())
}

/// The real place of a folder that may not be there yet.
fn resolve(folder: &Path) -> Result<PathBuf> {
    let absolute =
        std::path::absolute(folder).with_context(|| format!("cannot find {}", folder.display()))?;
    let there = absolute.ancestors().find_map(|ancestor| Some((ancestor, ancestor.canonicalize().ok()?)));
    let Some((ancestor, real)) = there else { return Ok(absolute) };
    Ok(absolute.strip_prefix(ancestor).map_or(real.clone(), |rest| real.join(rest)))
}

/// What to do about an error.
fn explain(error: Error) -> anyhow::Error {
    use aboveboard_archive::Error as Archive;
    let help = match &error {
        Error::Archive(Archive::WrongKey(_)) => {
            "it is of another system, or `deployment_key_file` is not the key that this system began with"
        }
        Error::Archive(Archive::Corruption(place)) if place.file == "checkpoint" => {
            "if the key and the file are right, it is another log's: `origin`, `firm` and `region` must be those that the \
             log began with"
        }
        Error::Archive(Archive::Corruption(_)) => {
            "this place is not as it was written; the backup that was there before stands. Restore from an older backup, \
             or see `aboveboard verify`"
        }
        Error::Archive(Archive::InUse(_)) => "wait for the other backup, or end it",
        Error::Archive(error) if error.is_storage_full() => {
            "make room; the backup that was there before stands"
        }
        _ => return anyhow!(error),
    };
    anyhow!("{error}: {help}")
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg:8} {bar:40} {percent}%  {eta} left") {
        bar.set_style(style);
    }
    bar
}

fn show(bar: &ProgressBar, step: Step, done: u64, all: u64) {
    bar.set_message(match step {
        Step::Log => "log",
        Step::Media => "media",
        Step::Keys => "keys",
        Step::Verify => "verify",
    });
    bar.set_length(all);
    bar.set_position(done);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_inside_each_other_are_refused_also_through_links_and_before_they_exist() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("data")).unwrap();
        std::os::unix::fs::symlink(at("data"), at("link")).unwrap();
        assert!(check_apart(&[&at("data"), &at("log"), &at("keys")]).is_ok());
        for (one, other) in
            [("data", "data/backup"), ("data", "link/backup"), ("log", "log"), ("log/keys", "log")]
        {
            assert!(check_apart(&[&at(one), &at(other)]).is_err(), "{one} and {other}");
        }
    }
}
