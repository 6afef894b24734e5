//! Checks the golden log with programs that share no code with ours: shell with openssl, Go, Python.
//!
//! Each must accept every golden record or log, and refuse the same with one bit changed: a checker that cannot refuse
//! shows nothing.

use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::step;
use crate::tool::{self, Sign, Tool};

/// Our own golden log: a data folder `data/`, `log.vkey`, an earlier checkpoint with its consistency proof, and exported
/// entries under `records/`.
const GOLDEN: &str = "crates/archive/tests/golden";
/// The checkers' sources.
const CHECKERS: &str = "crates/archive/tests/independent";
/// The shell checker, which every export carries.
const SHELL_CHECKER: &str = "crates/archive/src/proof/verify.sh";
/// Where Debian puts the source of Go libraries.
const GO_PATH: &str = "/usr/share/gocode";
/// A Merkle tree by other hands, from PyPI.
const PYMERKLE: &str = "pymerkle==7.0.0";
/// An earlier checkpoint of the golden log, and the proof that the log is its continuation.
const OLD_CHECKPOINT: &str = "checkpoint.200";
const CONSISTENCY: &str = "consistency.200-300.txt";
/// No golden file is larger.
const GOLDEN_BYTES_MAX: u64 = 16 * 1024 * 1024;

const TOOLS: &[Tool] = &[
    Tool { sign: Sign::Program("openssl"), package: "openssl" },
    Tool { sign: Sign::Program("go"), package: "golang-go" },
    Tool {
        sign: Sign::File("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog"),
        package: "golang-golang-x-mod-dev",
    },
    Tool { sign: Sign::Program("python3"), package: "python3" },
    Tool { sign: Sign::Module("ensurepip"), package: "python3-venv" },
];

/// One independent program and what it is shown.
struct Checker {
    name: &'static str,
    /// The program and its first arguments.
    program: Vec<OsString>,
    shown: Shown,
}

/// What a checker is shown, and so what is changed in the copy that it must refuse.
#[derive(Clone, Copy)]
enum Shown {
    /// `RECORD_FOLDER LOG.vkey`; the leaf is changed.
    Record,
    /// `entry LOG.vkey RECORD_FOLDER`; the leaf is changed.
    Entry,
    /// `growth LOG.vkey OLD_CHECKPOINT CONSISTENCY_PROOF`; the proof is changed.
    Growth,
    /// `DATA_FOLDER`; an entry bundle is changed.
    Log,
}

/// Runs every checker on every golden record, and on a changed copy of it.
///
/// # Errors
/// A missing tool, a golden file that a checker refuses, or a changed one that it accepts.
pub fn run(root: &Path) -> Result<()> {
    tool::ensure(TOOLS)?;
    let work = work_folder(root)?;
    let golden = root.join(GOLDEN);
    let mut failed = 0;
    for checker in checkers(root, &work)? {
        for subject in subjects(&golden, checker.shown)? {
            let changed = changed_copy(&subject, checker.shown, &work.join("changed"))?;
            let name = subject.file_name().unwrap_or_default().to_string_lossy();
            let accepts = checker.judge(&subject, &golden)?;
            let refuses = checker.judge(&changed, &golden)?;
            failed += usize::from(!tell(&format!("{} accepts {name}", checker.name), &accepts, true));
            let sentence = format!("{} refuses {name} with one bit changed", checker.name);
            failed += usize::from(!tell(&sentence, &refuses, false));
        }
    }
    ensure!(failed == 0, "{failed} independent checks failed");
    Ok(())
}

/// Prints whether a checker judged as it should, and if not, what it said.
fn tell(sentence: &str, judgement: &Output, should_accept: bool) -> bool {
    let held = judgement.status.success() == should_accept;
    println!("{} {sentence}", if held { "pass" } else { "FAIL" });
    if !held {
        let said = [judgement.stdout.as_slice(), &judgement.stderr].concat();
        String::from_utf8_lossy(&said).lines().for_each(|line| println!("       {line}"));
    }
    held
}

/// A folder of our own under cargo's target folder.
fn work_folder(root: &Path) -> Result<PathBuf> {
    let folder = tool::target_folder(root)?.join("evidence");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// Builds what has to be built, and gives the checkers in the order of how little they need.
fn checkers(root: &Path, work: &Path) -> Result<[Checker; 4]> {
    let sources = root.join(CHECKERS);
    let binary = work.join("check-go");
    let mut build = Command::new("go");
    build.arg("build").arg("-o").arg(&binary).arg("check.go").current_dir(&sources);
    // Debian's Go libraries stand in one GOPATH and have no modules: nothing is fetched.
    build
        .env("GOPATH", GO_PATH)
        .env("GO111MODULE", "off")
        .env("GOFLAGS", "")
        .env("GOCACHE", work.join("go-cache"));
    step::run(&mut build)?;
    let python = tool::python_with(work, PYMERKLE)?;
    Ok([
        Checker {
            name: "shell with openssl",
            program: vec!["bash".into(), root.join(SHELL_CHECKER).into()],
            shown: Shown::Record,
        },
        Checker {
            name: "Go's sumdb/tlog",
            program: vec![binary.clone().into(), "entry".into()],
            shown: Shown::Entry,
        },
        Checker {
            name: "Go's sumdb/tlog on growth",
            program: vec![binary.into(), "growth".into()],
            shown: Shown::Growth,
        },
        Checker {
            name: "Python's pymerkle",
            program: vec![python.into(), sources.join("audit.py").into()],
            shown: Shown::Log,
        },
    ])
}

impl Checker {
    /// Shows the checker a golden folder; it accepts by ending well.
    fn judge(&self, subject: &Path, golden: &Path) -> Result<Output> {
        let key = golden.join("log.vkey");
        let (program, first) = self.program.split_first().context("a checker has a program")?;
        let mut command = Command::new(program);
        command.args(first).stdin(Stdio::null());
        match self.shown {
            Shown::Record => command.arg(subject).arg(key),
            Shown::Entry => command.arg(key).arg(subject),
            Shown::Growth => {
                command.arg(key).arg(subject.join(OLD_CHECKPOINT)).arg(subject.join(CONSISTENCY))
            }
            Shown::Log => command.arg(subject),
        };
        command.output().with_context(|| format!("cannot run {}", self.name))
    }
}

/// The golden folders of one kind; none at all is an error, since nothing would be shown.
fn subjects(golden: &Path, shown: Shown) -> Result<Vec<PathBuf>> {
    match shown {
        Shown::Log => return Ok(vec![golden.join("data")]),
        Shown::Growth => return Ok(vec![golden.to_path_buf()]),
        Shown::Record | Shown::Entry => {}
    }
    let folder = golden.join("records");
    let listing = fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut found = Vec::new();
    for entry in listing {
        found.push(entry.with_context(|| format!("cannot list {}", folder.display()))?.path());
    }
    found.sort();
    if found.is_empty() {
        bail!("{} has no record", folder.display());
    }
    Ok(found)
}

/// Copies a golden folder and flips one bit of the file that the checker must not believe.
fn changed_copy(subject: &Path, shown: Shown, place: &Path) -> Result<PathBuf> {
    if place.exists() {
        fs::remove_dir_all(place).with_context(|| format!("cannot clear {}", place.display()))?;
    }
    copy_folder(subject, place)?;
    let target = match shown {
        Shown::Record | Shown::Entry => place.join("leaf.json"),
        Shown::Growth => place.join(CONSISTENCY),
        Shown::Log => first_file(&place.join("tiles/tile/entries"))?,
    };
    match shown {
        // Its last line is a signature in base64, whose last bits mean nothing; the first hash is what must not be believed.
        Shown::Growth => {
            flip_bit(&target, |bytes| bytes.iter().position(|byte| *byte == b'\n').map(|end| end + 1))?
        }
        _ => flip_bit(&target, |bytes| bytes.iter().rposition(u8::is_ascii_alphanumeric))?,
    }
    Ok(place.to_path_buf())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry.with_context(|| format!("cannot list {}", from.display()))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_folder(&source, &target)?;
        } else {
            fs::copy(&source, &target).with_context(|| format!("cannot copy {}", source.display()))?;
        }
    }
    Ok(())
}

/// The first file of a folder by name, or of its first folder.
fn first_file(folder: &Path) -> Result<PathBuf> {
    let listing = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let first = listing.flatten().map(|entry| entry.path()).min();
    let first = first.with_context(|| format!("{} is empty", folder.display()))?;
    if first.is_dir() { first_file(&first) } else { Ok(first) }
}

/// Flips the lowest bit of one byte of a file.
fn flip_bit(path: &Path, which: impl Fn(&[u8]) -> Option<usize>) -> Result<()> {
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(GOLDEN_BYTES_MAX).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", path.display()))?;
    let chosen = which(&bytes).and_then(|at| bytes.get_mut(at));
    *chosen.with_context(|| format!("{} has nothing to change", path.display()))? ^= 1;
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    /// A checker made of one line of shell, which sees the subject as `$1`.
    fn shell(line: &str, shown: Shown) -> Checker {
        Checker {
            name: "a line of shell",
            program: vec!["sh".into(), "-c".into(), line.into(), "sh".into()],
            shown,
        }
    }

    fn golden() -> Fixture {
        Fixture::new(&[
            ("log.vkey", "key"),
            ("data/tiles/tile/entries/000", "leaf1"),
            ("records/0/leaf.json", "{\"v\":1}\n"),
        ])
    }

    #[test]
    fn one_bit_of_content_is_changed_in_the_copy_alone() {
        let golden = golden();
        let work = Fixture::new(&[]);
        for (shown, file, text) in
            [(Shown::Record, "leaf.json", "{\"v\":0}\n"), (Shown::Log, "tiles/tile/entries/000", "leaf0")]
        {
            let subject = subjects(golden.root(), shown).unwrap().remove(0);
            let copy = changed_copy(&subject, shown, &work.root().join("changed")).unwrap();
            assert_eq!(crate::tree::read(&copy, file).unwrap(), text);
            assert_ne!(crate::tree::read(&subject, file).unwrap(), text);
        }
    }

    #[test]
    fn a_checker_that_tells_them_apart_is_seen_to() {
        let golden = golden();
        let work = Fixture::new(&[]);
        let subject = subjects(golden.root(), Shown::Record).unwrap().remove(0);
        let changed = changed_copy(&subject, Shown::Record, &work.root().join("changed")).unwrap();
        let honest = shell("grep -q 1 \"$1/leaf.json\"", Shown::Record);
        assert!(tell("accepts", &honest.judge(&subject, golden.root()).unwrap(), true));
        assert!(tell("refuses", &honest.judge(&changed, golden.root()).unwrap(), false));
    }

    #[test]
    fn a_checker_that_accepts_everything_is_found_out() {
        let golden = golden();
        let work = Fixture::new(&[]);
        let subject = subjects(golden.root(), Shown::Record).unwrap().remove(0);
        let changed = changed_copy(&subject, Shown::Record, &work.root().join("changed")).unwrap();
        let blind = shell("true", Shown::Record);
        assert!(!tell("refuses", &blind.judge(&changed, golden.root()).unwrap(), false));
    }

    #[test]
    fn a_golden_folder_without_records_is_an_error() {
        let empty = Fixture::new(&[("records.txt", "")]);
        assert!(subjects(empty.root(), Shown::Entry).is_err());
    }
}
