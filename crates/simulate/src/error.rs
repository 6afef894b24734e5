//! What can go wrong outside: sockets, the callback, the answer to a handshake.

/// Why the stand-in could not serve or deliver.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address could not be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// As asked for.
        address: std::net::SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A request to the callback could not be made or got no answer.
    #[error("cannot reach the callback: {0}")]
    Callback(#[from] reqwest::Error),
    /// The callback did not echo the challenge.
    #[error("the callback answered the handshake with status {status} and not with the challenge")]
    Handshake {
        /// The HTTP status it answered with.
        status: u16,
    },
}
