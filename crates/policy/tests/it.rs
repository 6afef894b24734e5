//! The crate's integration tests.

mod it {
    mod detected;
    mod diagnostics;
    mod hostile;
    mod ordinary;
    mod packs;
}
