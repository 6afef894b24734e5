//! A small file tree for one test, gone when it is dropped.

use std::path::Path;

use tempfile::TempDir;

/// A temporary folder with the files a test names.
pub struct Fixture(TempDir);

impl Fixture {
    /// Writes each (path from the root, text).
    pub fn new(files: &[(&str, &str)]) -> Self {
        let fixture = Self(TempDir::new().unwrap());
        for (path, text) in files {
            fixture.write(path, text);
        }
        fixture
    }

    /// Adds or replaces one file.
    pub fn write(&self, path: &str, text: &str) {
        let place = self.root().join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, text).unwrap();
    }

    /// The tree's root folder.
    pub fn root(&self) -> &Path {
        self.0.path()
    }
}
