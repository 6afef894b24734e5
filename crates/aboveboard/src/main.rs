//! The server binary: configuration, wiring, the runner, receivers, the media worker, the command line.

mod cli;

mod demo;
mod serve;

mod commands;
mod run;

mod config;
mod thinking;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            cli::complain(&error);
            ExitCode::FAILURE
        }
    }
}
