//! The crate's promises from outside: golden cases of every detector, properties over generated messages, hostile text.

#[path = "it/golden.rs"]
mod golden;
#[path = "it/hostile.rs"]
mod hostile;
#[path = "it/issue.rs"]
mod issue;
#[path = "it/properties.rs"]
mod properties;
