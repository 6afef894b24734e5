//! A stand-in for Meta's Graph API and webhooks, and a sample company whose traffic a seed decides.
//!
//! [`Company`] is the truth: people, numbers, clients, registry, stories and 30 days of items. [`Company::deliveries`]
//! tells it as webhook bodies, [`deliver`] posts them signed, [`graph`] answers the calls back, and [`serve()`] runs all
//! of it together:
//!
//! ```no_run
//! # async fn run(clock: aboveboard_simulate::graph::Clock) -> Result<(), aboveboard_simulate::Error> {
//! use aboveboard_simulate::{deliver, live::Pace, serve};
//! let handle = serve::serve(serve::Options {
//!     seed: 7,
//!     ending_at: clock(),
//!     listen: ([127, 0, 0, 1], 0).into(),
//!     app_id: "1000200030004000".into(),
//!     app_secret: "secret".into(),
//!     access_token: "token".into(),
//!     verify_token: "verify".into(),
//!     delivery: Some(deliver::Options::plain("http://127.0.0.1:8080/webhooks/whatsapp", "secret")),
//!     live: Some(Pace::default()),
//!     faults: Default::default(),
//!     clock,
//! })
//! .await?;
//! handle.stop().await
//! # }
//! ```

pub mod company;
pub mod deliver;
pub mod delivery;
pub mod graph;
pub mod item;
pub mod live;
pub mod media;
pub mod serve;
pub mod webhook;

mod error;
mod identifier;
mod manner;
mod perform;
mod random;
mod script;
mod story;
mod talk;
mod traffic;

pub use company::Company;
pub use delivery::Delivery;
pub use error::Error;
pub use random::Random;
pub use story::Story;
pub use traffic::Traffic;
