//! The jobs of a running server: reading deliveries, judging documents, fetching media, receiving webhooks.

pub(crate) mod media;
pub(crate) mod receiver;
pub(crate) mod runner;
