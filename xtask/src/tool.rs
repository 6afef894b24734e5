//! Programs that some checks need beside cargo: found, installed where that is allowed, or asked for by name.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::MetadataCommand;

use crate::step;

/// How long apt waits for another apt, in seconds.
const APT_LOCK_WAIT: &str = "DPkg::Lock::Timeout=120";

/// Something that a check needs, and the Debian package that has it.
pub struct Tool {
    /// How to see that it is there.
    pub sign: Sign,
    /// What `apt-get install` is given.
    pub package: &'static str,
}

/// How to see that a tool is there.
pub enum Sign {
    /// A program on the PATH.
    Program(&'static str),
    /// A file or folder.
    File(&'static str),
    /// A Python module.
    Module(&'static str),
}

impl Tool {
    fn is_there(&self) -> bool {
        match self.sign {
            Sign::Program(name) => on_path(name),
            Sign::File(path) => Path::new(path).exists(),
            Sign::Module(name) => {
                let mut python = Command::new("python3");
                python.args(["-c", &format!("import {name}")]).stdin(Stdio::null()).stderr(Stdio::null());
                python.status().is_ok_and(|status| status.success())
            }
        }
    }
}

/// Makes sure that every tool is there: installs what is missing when this runs as root and apt is at hand.
///
/// # Errors
/// Says exactly what to install when it may not, or what is still missing afterwards.
pub fn ensure(tools: &[Tool]) -> Result<()> {
    let missing = missing(tools);
    if missing.is_empty() {
        return Ok(());
    }
    if !on_path("apt-get") || !is_root() {
        bail!(
            "missing: install them with `sudo apt-get install {}` or your system's equal",
            missing.join(" ")
        );
    }
    step::run(&mut apt(&["update", "-q"]))?;
    let mut arguments = vec!["install", "-q", "-y", "--no-install-recommends"];
    arguments.extend(&missing);
    step::run(&mut apt(&arguments))?;
    let missing = self::missing(tools);
    if missing.is_empty() {
        Ok(())
    } else {
        bail!("installed, but still not to be found: {}", missing.join(" "))
    }
}

fn missing(tools: &[Tool]) -> Vec<&'static str> {
    tools.iter().filter(|tool| !tool.is_there()).map(|tool| tool.package).collect()
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(["-o", APT_LOCK_WAIT]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn on_path(name: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(name).is_file())
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The Python of a virtual environment under the target folder, with one package of one version installed in it.
///
/// # Errors
/// An environment that cannot be made, or a package that cannot be installed.
pub fn python_with(target: &Path, package: &str) -> Result<PathBuf> {
    let environment = target.join("python").join(package);
    let python = environment.join("bin/python");
    let marker = environment.join("installed");
    if marker.exists() {
        return Ok(python);
    }
    step::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package];
    step::run(Command::new(&python).args(install))?;
    std::fs::write(&marker, package).with_context(|| format!("cannot write {}", marker.display()))?;
    Ok(python)
}

/// One file of one version of a package of the npm registry.
pub struct NpmFile {
    /// The package's name.
    pub package: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The file's path in the package.
    pub file: &'static str,
    /// The file's SHA-256 in hexadecimal digits: what npm brings is believed by nothing else.
    pub sha256: &'static str,
}

/// Where a file of an npm package is, under the target folder: fetched once, and looked at again every time.
///
/// # Errors
/// A file that cannot be fetched, or is not the one that is meant; says where to put it by hand.
pub fn npm_file(target: &Path, wanted: &NpmFile) -> Result<PathBuf> {
    let NpmFile { package, version, file, sha256 } = wanted;
    let folder = target.join("npm").join(format!("{package}-{version}"));
    let place = folder.join(file);
    if !has_hash(&place, sha256) {
        fetch(&folder, wanted).with_context(|| {
            format!(
                "cannot fetch {package} {version} from the npm registry; without a network, put its {file} at {} \
                 (SHA-256 {sha256})",
                place.display()
            )
        })?;
    }
    ensure!(has_hash(&place, sha256), "{} is not {file} of {package} {version}: delete it", place.display());
    Ok(place)
}

fn fetch(folder: &Path, wanted: &NpmFile) -> Result<()> {
    ensure(&[Tool { sign: Sign::Program("npm"), package: "npm" }])?;
    std::fs::create_dir_all(folder)?;
    let name = format!("{}@{}", wanted.package, wanted.version);
    step::run(Command::new("npm").args(["pack", "--silent", &name, "--pack-destination"]).arg(folder))?;
    let archive = folder.join(format!("{}-{}.tgz", wanted.package, wanted.version));
    let part = format!("package/{}", wanted.file);
    let mut unpack = Command::new("tar");
    unpack.arg("-xzf").arg(archive).arg("-C").arg(folder).args(["--strip-components=1", &part]);
    step::run(&mut unpack)
}

/// Whether a file is there and has a hash, by the machine's own `sha256sum`.
fn has_hash(place: &Path, sha256: &str) -> bool {
    let output = Command::new("sha256sum").arg(place).stdin(Stdio::null()).stderr(Stdio::null()).output();
    output.is_ok_and(|output| output.status.success() && output.stdout.starts_with(sha256.as_bytes()))
}

/// Cargo's target folder.
///
/// # Errors
/// Cargo cannot tell.
pub fn target_folder(root: &Path) -> Result<PathBuf> {
    let metadata = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec()?;
    Ok(metadata.target_directory.into_std_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn what_is_there_is_seen_and_what_is_not_is_named_by_its_package() {
        let tools = [
            Tool { sign: Sign::Program("sh"), package: "dash" },
            Tool { sign: Sign::File("/"), package: "root" },
            Tool { sign: Sign::Program("no-such-program-of-ours"), package: "a" },
            Tool { sign: Sign::File("/no/such/file"), package: "b" },
            Tool { sign: Sign::Module("no_such_module_of_ours"), package: "c" },
        ];
        assert_eq!(missing(&tools), ["a", "b", "c"]);
    }

    #[test]
    fn a_file_that_is_there_is_believed_by_its_hash_alone() {
        let tree = Fixture::new(&[("npm/none-1.0.0/a.js", "a\n")]);
        let sha256 = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7";
        let wanted = NpmFile { package: "none", version: "1.0.0", file: "a.js", sha256 };
        assert_eq!(npm_file(tree.root(), &wanted).unwrap(), tree.root().join("npm/none-1.0.0/a.js"));
        assert!(!has_hash(&tree.root().join("npm/none-1.0.0/a.js"), &sha256.replace('8', "9")));
        assert!(!has_hash(&tree.root().join("npm/none-1.0.0/b.js"), sha256));
    }

    #[test]
    fn nothing_is_installed_when_nothing_is_missing() {
        assert!(ensure(&[Tool { sign: Sign::Program("sh"), package: "no-such-package-of-ours" }]).is_ok());
    }
}
