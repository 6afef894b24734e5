//! The workspace's packages as cargo sees them, each by the name of its folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// One package of the workspace.
pub struct Member {
    /// The last part of its folder: `ledger` for `crates/ledger`.
    pub name: String,
    /// Its manifest, as a path from the root.
    pub manifest: PathBuf,
    /// Its package, as cargo tells it.
    pub package: Package,
}

/// What a package depends on, and for what.
pub struct Import {
    /// The folder's name for a package of the workspace, the package's name for one from a registry.
    pub name: String,
    /// Normal, build or development.
    pub kind: DependencyKind,
    /// Whether it is a package of the workspace.
    pub is_ours: bool,
}

impl Member {
    /// What its manifest names, in the manifest's order within each kind.
    pub fn imports(&self) -> impl Iterator<Item = Import> + '_ {
        self.package.dependencies.iter().map(|dependency| match &dependency.path {
            Some(path) => Import {
                name: path.file_name().unwrap_or(dependency.name.as_str()).to_owned(),
                kind: dependency.kind,
                is_ours: true,
            },
            None => Import { name: dependency.name.clone(), kind: dependency.kind, is_ours: false },
        })
    }
}

/// The workspace's packages, sorted by name. Needs no network: nothing outside the workspace is looked at.
///
/// # Errors
/// A manifest that cargo cannot load.
pub fn members(root: &Path) -> Result<Vec<Member>> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo metadata cannot load the workspace")?;
    let mut members = Vec::new();
    for package in metadata.packages {
        let folder = package.manifest_path.parent().context("a manifest stands in a folder")?;
        let name = folder.file_name().unwrap_or(package.name.as_str()).to_owned();
        let manifest = package.manifest_path.strip_prefix(&metadata.workspace_root);
        let manifest = manifest.context("a member lies outside the workspace")?.as_std_path().to_path_buf();
        members.push(Member { name, manifest, package });
    }
    members.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(members)
}
