//! The ledger at its boundary: what is recorded is found, what may not be read is not, and what is deleted comes back.

mod deciding;
mod evidence;
mod folding;
mod support;
