//! The console: pages for people, over the questions and commands of `ledger`.
//!
//! A page is a function from a [`visit::Visit`] to a template to HTML. The table [`pages::ALL`] says each page's path,
//! title and permission; the router is built from it and from nothing else, so a page that is not in the table cannot
//! be reached. Every visible word comes from `words/*.toml`.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! # fn ledger() -> Arc<aboveboard_ledger::Ledger> { unimplemented!() }
//! let settings = aboveboard_console::Settings::new("https://console.example.com", "Example Ltd");
//! let router: axum::Router = aboveboard_console::router(ledger(), settings);
//! ```

mod pages;

mod fields;
mod problem;
mod reply;
mod route;
mod router;
mod visit;

mod cookies;
mod guard;
mod headers;
mod preferences;
mod session;

mod assets;
mod backtests;
mod bubble;
mod chart;
mod check;
mod difference;
mod lines;
mod mistake;
mod moment;
mod people;
mod prose;
mod settings;
mod shell;
mod shipped;
mod words;

pub use pages::addresses;
pub use router::router;
pub use settings::Settings;
