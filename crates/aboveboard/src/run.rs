//! The jobs of a running server: reading deliveries, judging documents, fetching media, receiving webhooks, asking the
//! platform whether everything is connected.

pub(crate) mod connection;
pub(crate) mod media;
pub(crate) mod receiver;
pub(crate) mod runner;
