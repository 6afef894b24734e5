//! The server: configuration, wiring, the runner, receivers, the media worker, the command line.
//!
//! The binary is [`main`]. What else is public is what the benches need to measure the server as it is shipped.

mod cli;

mod demo;
mod notify;
mod serve;

mod commands;
mod run;

mod config;
mod thinking;

pub use cli::main;
pub use config::Config;
pub use run::receiver::Keep;
pub use serve::{Server, Wiring, clock, open, open_held, until_stopped};

/// Many small strings live and die on many threads: glibc's allocator took a seventh of the pipeline's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
