//! The manual is what the language is.

use std::path::Path;

/// Where the manual is kept.
const MANUAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/query.md");

#[test]
fn the_manual_is_as_the_language_is() {
    let written = aboveboard_query::manual();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(Path::new(MANUAL), &written).unwrap();
    }
    assert!(
        include_str!("../../../../docs/query.md") == written || std::env::var_os("UPDATE_EXPECT").is_some(),
        "docs/query.md is stale: run `cargo xtask manual`"
    );
}
