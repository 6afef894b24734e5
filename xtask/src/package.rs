//! `cargo xtask package`: the Debian package and the container image, from `packaging/`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::{self, cargo};
use crate::tool::{self, Sign, Tool};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The folder of everything that a package holds beside the binary.
const PACKAGING: &str = "packaging";

const DEB_TOOLS: &[Tool] = &[
    Tool { sign: Sign::Program("dpkg-deb"), package: "dpkg" },
    Tool { sign: Sign::Program("dpkg-shlibdeps"), package: "dpkg-dev" },
    Tool { sign: Sign::Program("strip"), package: "binutils" },
    Tool { sign: Sign::Program("gzip"), package: "gzip" },
];

/// What is installed as it is: a file of the repository, its place, its mode.
const FILES: &[(&str, &str, u32)] = &[
    ("packaging/aboveboard.service", "usr/lib/systemd/system/aboveboard.service", 0o644),
    ("packaging/aboveboard-backup.service", "usr/lib/systemd/system/aboveboard-backup.service", 0o644),
    ("packaging/aboveboard-backup.timer", "usr/lib/systemd/system/aboveboard-backup.timer", 0o644),
    ("packaging/aboveboard.sysusers", "usr/lib/sysusers.d/aboveboard.conf", 0o644),
    ("packaging/aboveboard.tmpfiles", "usr/lib/tmpfiles.d/aboveboard.conf", 0o644),
    ("packaging/aboveboard.toml", "etc/aboveboard/aboveboard.toml", 0o644),
    ("packaging/copyright", "usr/share/doc/aboveboard/copyright", 0o644),
    ("docs/operations.md", "usr/share/doc/aboveboard/operations.md", 0o644),
    ("CHANGELOG.md", "usr/share/doc/aboveboard/changelog", 0o644),
    ("packaging/postinst", "DEBIAN/postinst", 0o755),
    ("packaging/prerm", "DEBIAN/prerm", 0o755),
    ("packaging/postrm", "DEBIAN/postrm", 0o755),
];

/// Builds `target/package/aboveboard_<version>_<architecture>.deb`, from a binary that is built for it or given.
///
/// # Errors
/// A tool that is missing or fails.
pub fn deb(root: &Path, binary: Option<&Path>) -> Result<()> {
    tool::ensure(DEB_TOOLS)?;
    let target = target(root)?;
    let binary = match binary {
        Some(binary) => binary.to_owned(),
        None => {
            step::run(&mut cargo(root, &["build", "--release", "--locked", "-p", "aboveboard"]))?;
            target.join("release/aboveboard")
        }
    };
    let folder = target.join("package/deb");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    for (from, to, mode) in FILES {
        install(&root.join(from), &folder.join(to), *mode)?;
    }
    let program = folder.join("usr/bin/aboveboard");
    install(&binary, &program, 0o755)?;
    step::run(Command::new("strip").args(["--strip-unneeded", "--remove-section=.comment"]).arg(&program))?;
    let manual = folder.join("usr/share/man/man1/aboveboard.1");
    write(&manual, &manual_page(&binary)?, 0o644)?;
    let changelog = folder.join("usr/share/doc/aboveboard/changelog");
    step::run(Command::new("gzip").args(["-9n"]).arg(&manual).arg(&changelog))?;
    control_files(root, &folder)?;
    let name = format!("aboveboard_{}_{}.deb", debian_version(VERSION), architecture()?);
    let package = target.join("package").join(name);
    let epoch = text_of(Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(root))?;
    let mut build = Command::new("dpkg-deb");
    build.args(["--root-owner-group", "-Zxz", "--build"]).arg(&folder).arg(&package);
    step::run(build.env("SOURCE_DATE_EPOCH", epoch.trim()))?;
    println!("{}", package.display());
    Ok(())
}

/// Builds the image `aboveboard:<version>` with docker or podman, whichever is there.
///
/// # Errors
/// Neither is there, or it fails.
pub fn container(root: &Path) -> Result<()> {
    let builders = ["docker", "podman"];
    let works = |name: &&&str| text_of(Command::new(name).arg("info")).is_ok();
    let Some(builder) = builders.iter().find(works) else {
        bail!("neither docker nor podman answers `info`: install one, or start its service");
    };
    let file = format!("{PACKAGING}/Containerfile");
    let tag = format!("aboveboard:{VERSION}");
    step::run(Command::new(builder).args(["build", "-f", &file, "-t", &tag, "."]).current_dir(root))
}

/// What dpkg reads: the control file, the list of configuration files, the checksums.
fn control_files(root: &Path, folder: &Path) -> Result<()> {
    let template = crate::tree::read(root, format!("{PACKAGING}/control.in"))?;
    let size = text_of(Command::new("du").args(["-sk", "--exclude=DEBIAN"]).arg(folder))?;
    let control = template
        .replace("@VERSION@", &debian_version(VERSION))
        .replace("@ARCHITECTURE@", &architecture()?)
        .replace("@SIZE@", size.split_whitespace().next().unwrap_or("0"))
        .replace("@DEPENDS@", &libraries(folder)?);
    write(&folder.join("DEBIAN/control"), &control, 0o644)?;
    write(&folder.join("DEBIAN/conffiles"), "/etc/aboveboard/aboveboard.toml\n", 0o644)?;
    let sums = "find etc usr -type f -print0 | sort -z | xargs -0 md5sum";
    let sums = text_of(Command::new("sh").args(["-c", sums]).current_dir(folder))?;
    write(&folder.join("DEBIAN/md5sums"), &sums, 0o644)
}

/// The packages of the libraries that the binary is linked to, as dpkg-shlibdeps knows them.
fn libraries(folder: &Path) -> Result<String> {
    let beside = folder.with_file_name("shlibdeps");
    write(
        &beside.join("debian/control"),
        "Source: aboveboard\n\nPackage: aboveboard\nArchitecture: any\n",
        0o644,
    )?;
    let mut command = Command::new("dpkg-shlibdeps");
    command.args(["-O", "-e"]).arg(folder.join("usr/bin/aboveboard")).current_dir(&beside);
    let told = text_of(&mut command)?;
    let found = told.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
    Ok(found.context("dpkg-shlibdeps names no library")?.to_owned())
}

/// The manual page: what the binary says of itself and of each command, so that it cannot be stale.
fn manual_page(binary: &Path) -> Result<String> {
    let about = text_of(Command::new(binary).arg("--help"))?;
    let mut page = format!(".TH ABOVEBOARD 1 \"\" \"aboveboard {VERSION}\"\n.SH NAME\n");
    page += "aboveboard \\- keeps a company's WhatsApp conversations with its clients above board\n";
    page += &section("SYNOPSIS AND COMMANDS", &about);
    for name in commands(&about) {
        let told = text_of(Command::new(binary).args([name, "--help"]))?;
        page += &section(&format!("ABOVEBOARD {}", name.to_uppercase()), &told);
    }
    let files = "/etc/aboveboard/aboveboard.toml\n/etc/aboveboard/deployment.key\n/var/lib/aboveboard\n\
                 /usr/share/doc/aboveboard/operations.md   how to run it, back it up and restore it\n";
    page += &section("FILES", files);
    Ok(page)
}

/// The names under `Commands:` in a help text.
fn commands(help: &str) -> Vec<&str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = listed.take_while(|line| !line.is_empty()).filter_map(|line| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && name != "help").then_some(name)
    });
    names.collect()
}

/// A section whose lines stay as they are.
fn section(title: &str, text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
        format!("{guard}{line}\n")
    });
    format!(".SH \"{title}\"\n.nf\n{}.fi\n", lines.collect::<String>())
}

/// A version as Debian sorts it: what comes before a release is below it.
fn debian_version(version: &str) -> String {
    version.replacen('-', "~", 1)
}

fn architecture() -> Result<String> {
    Ok(text_of(Command::new("dpkg").arg("--print-architecture"))?.trim().to_owned())
}

fn target(root: &Path) -> Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new().current_dir(root).no_deps().exec();
    Ok(metadata.context("cannot ask cargo for its target folder")?.target_directory.into_std_path_buf())
}

fn install(from: &Path, to: &Path, mode: u32) -> Result<()> {
    make_parent(to)?;
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    set_mode(to, mode)
}

fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    make_parent(path)?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    set_mode(path, mode)
}

fn make_parent(path: &Path) -> Result<()> {
    let parent = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))
}

fn set_mode(path: &Path, mode: u32) -> Result<()> {
    let permissions = fs::Permissions::from_mode(mode);
    fs::set_permissions(path, permissions)
        .with_context(|| format!("cannot set the mode of {}", path.display()))
}

/// What a program prints.
fn text_of(command: &mut Command) -> Result<String> {
    let output = command.stdin(std::process::Stdio::null()).output();
    let output = output.with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {} {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{command:?} does not print text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_before_a_release_sorts_before_it() {
        assert_eq!(debian_version("1.2.0-rc.1"), "1.2.0~rc.1");
        assert_eq!(debian_version("1.2.0"), "1.2.0");
    }

    #[test]
    fn the_commands_of_a_help_text_are_found() {
        let help = "About.\n\nUsage: x\n\nCommands:\n  demo    Shows\n          more\n  serve   Runs\n  help    This\n\nOptions:\n  -h\n";
        assert_eq!(commands(help), ["demo", "serve"]);
    }

    #[test]
    fn no_line_of_a_text_becomes_a_command_of_the_formatter() {
        let page = section("A", ".so /etc/passwd\n'x\na \\fB --b\n");
        assert_eq!(page, ".SH \"A\"\n.nf\n\\&.so /etc/passwd\n\\&'x\na \\efB \\-\\-b\n.fi\n");
    }

    #[test]
    fn everything_that_is_packed_is_in_the_repository() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for (from, ..) in FILES {
            assert!(root.join(from).is_file(), "{from}");
        }
        for entry in fs::read_dir(root.join(PACKAGING)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let is_packed = FILES.iter().any(|(from, ..)| *from == format!("{PACKAGING}/{name}"));
            let is_other =
                ["control.in", "Containerfile", "Containerfile.dockerignore"].contains(&name.as_str());
            assert!(is_packed || is_other, "{name} is packed nowhere");
        }
    }
}
