//! The ledger: the one writer, the fold, keys, and every question. All SQL and the search index are in here.
//!
//! [`Ledger::record`] is for what arrived: durable on return. [`Ledger::decide`] is for what somebody wants: the pure rules
//! of `model` say which events follow, or refuse. Both give log indexes; every question can wait `at_least` for one.
//! Views, search index and queues are folds over the log: delete them, open the folder again, and they are back.

mod error;
mod secrets;

mod fact;
mod store;

mod fold;
mod index;
mod views;

mod ledger;
mod password;
mod roles;

mod ask;
pub mod backup;
mod command;
pub mod view;

pub use ask::{
    Backtest, BacktestProgress, Backtested, COUNTED_MAX, EntryExport, MediaStream, VerifyNote, VerifyReport,
};
pub use command::{ALERTS_AT_ONCE_MAX, By, Command, Decided};
pub use error::{Error, Result};
pub use fact::{Fact, Opened, text_sha256};
pub use fold::{Derive, example};
pub use ledger::{
    CHUNK_ENTRIES, Clock, Judgement, Ledger, Options, Reach, Stored, Unjudged, UnreadDelivery, WantedMedia,
};
pub use secrets::{DEPLOYMENT_KEY_BYTES, DeploymentKey};
