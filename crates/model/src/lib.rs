//! The nouns of Aboveboard and the rules that change them. Pure: no clock, no files, no randomness.
//!
//! A state change is a pair: `decide` says which events follow from a command or refuses, `apply` says what an event
//! changes. [`event::Event`] is everything that can be in the log.
//!
//! ```
//! use aboveboard_model::{case, id::AlertId};
//!
//! let command = case::Command::Open { title: "A PIX key of his own".into(), alerts: vec![AlertId(7)] };
//! let events = case::decide(None, command).expect("a title and an alert are enough");
//! assert_eq!(events.len(), 1);
//! ```

pub mod event;

pub mod item;

pub mod document;
pub mod features;
pub mod finding;

pub mod alert;
pub mod case;
pub mod connection;
pub mod contact;
pub mod people;
pub mod queue;
pub mod region;
pub mod registry;
pub mod rule;
pub mod source;
pub mod user;

pub mod access;
pub mod id;
pub mod personal;
pub mod pseudonym;
pub mod refusal;
