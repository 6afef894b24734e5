//! The connectors at their boundary: deliveries in, items out; and the Graph API's client against a loopback stand-in.

// The lint spares test functions only; the helpers beside them fail a test in the same way.
#![allow(clippy::unwrap_used)]

mod coverage;
mod golden;
mod graph;
mod mutation;
mod rebatch;
