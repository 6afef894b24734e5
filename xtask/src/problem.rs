//! A problem: what a check found wrong, and where.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing wrong with the repository; prints as `file:line: text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path from the repository's root.
    pub file: PathBuf,
    /// Line counted from 1; absent when the file as a whole is wrong.
    pub line: Option<usize>,
    /// What is wrong and what would be right.
    pub text: String,
}

impl Problem {
    /// A problem of a whole file or folder.
    pub fn in_file(file: impl AsRef<Path>, text: impl Into<String>) -> Self {
        Self { file: file.as_ref().to_path_buf(), line: None, text: text.into() }
    }

    /// A problem at a line counted from 1.
    pub fn at_line(file: impl AsRef<Path>, line: usize, text: impl Into<String>) -> Self {
        Self { line: Some(line), ..Self::in_file(file, text) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(out, ":{line}")?;
        }
        write!(out, ": {}", self.text)
    }
}
