//! The WhatsApp Cloud API: deliveries are authenticated and read, media and history are fetched.
//!
//! A delivery is kept before it is read: a receiver checks [`signature`], stores the raw bytes, answers 200. [`extract`]
//! runs afterwards on the stored bytes, as often as one likes, and loses nothing: what this version does not know comes
//! back as [`Body::Unknown`](aboveboard_model::item::Body::Unknown) with its bytes beside it.

mod account;
mod call;
mod content;
mod envelope;
mod group;
mod handover;
mod history;
mod identity;
mod json;
mod message;
mod outgoing;
mod party;
mod paths;
mod raw;
mod reading;
mod status;
mod value;

pub mod graph;
pub mod handshake;
pub mod signature;

pub use envelope::{Extracted, Extraction, ITEMS_MAX, extract};
pub use raw::CONTEXT_BYTES_MAX;

use crate::Connector;

/// How many bytes a delivery has at most; Meta's limit for a webhook body.
pub const DELIVERY_BYTES_MAX: usize = 3 << 20;

/// This connector.
pub const CONNECTOR: Connector = Connector {
    name: "whatsapp",
    title: "WhatsApp Business numbers by Meta's Cloud API, with or without the app beside it.",
};
