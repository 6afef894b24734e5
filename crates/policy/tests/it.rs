//! The crate's integration tests.

mod it {
    mod diagnostics;
    mod packs;
}
