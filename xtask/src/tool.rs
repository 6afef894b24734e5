//! Programs that some checks need beside cargo: found, installed where that is allowed, or asked for by name.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn nothing_is_installed_when_nothing_is_missing() {
        assert!(ensure(&[Tool { sign: Sign::Program("sh"), package: "no-such-package-of-ours" }]).is_ok());
    }
}
