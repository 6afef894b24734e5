//! The crate from outside: crashes, damage, models, golden files.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

#[path = "it/common.rs"]
mod common;

#[path = "it/crash.rs"]
mod crash;

#[path = "it/journal.rs"]
mod journal;

#[path = "it/flips.rs"]
mod flips;

#[path = "it/vectors.rs"]
mod vectors;

#[path = "it/golden.rs"]
mod golden;

#[path = "it/keys.rs"]
mod keys;

#[path = "it/backup.rs"]
mod backup;

#[path = "it/seal.rs"]
mod seal;
