//! The crate's integration tests.

mod it {
    mod detected;
    mod diagnostics;
    mod ordinary;
    mod packs;
}
