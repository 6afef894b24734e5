//! Tells a service manager how the server is: systemd's notification protocol, one datagram a word (sd_notify(3)).

use std::{
    os::{linux::net::SocketAddrExt, unix::net},
    time::Duration,
};

/// The manager listens, and the server takes requests.
pub(crate) fn ready() {
    tell("READY=1\nSTATUS=serving");
}

/// No new request is taken.
pub(crate) fn stopping() {
    tell("STOPPING=1");
}

/// Says twice in each interval of the manager's watchdog that every part is at work; says nothing once one has
/// ended, so that the manager starts the server again.
pub(crate) async fn keep_watch(is_well: impl Fn() -> bool) {
    let interval = std::env::var("WATCHDOG_USEC").ok().and_then(|text| text.parse().ok());
    let Some(interval) = interval.filter(|interval| *interval > 0).map(Duration::from_micros) else { return };
    let mut ticks = tokio::time::interval(interval / 2);
    loop {
        ticks.tick().await;
        if is_well() {
            tell("WATCHDOG=1");
        }
    }
}

/// Without a manager nobody is told.
fn tell(words: &str) {
    let Some(name) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let name = name.as_encoded_bytes();
    let address = match name.strip_prefix(b"@") {
        Some(name) => net::SocketAddr::from_abstract_name(name),
        None => net::SocketAddr::from_pathname(std::path::Path::new(&*String::from_utf8_lossy(name))),
    };
    let sent = address.and_then(|address| {
        let socket = net::UnixDatagram::unbound()?;
        socket.send_to_addr(words.as_bytes(), &address)
    });
    if let Err(error) = sent {
        tracing::warn!(%error, "the service manager could not be told");
    }
}
