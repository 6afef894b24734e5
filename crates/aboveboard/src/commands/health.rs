//! The health check: asks the server on this machine, for a container that has no shell and no other program.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{cli::say, config::Config};

/// How long the server may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Succeeds when the server says that it is well.
pub(crate) async fn run(config: Config) -> Result<()> {
    let mut address = config.listen;
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{address}/healthz");
    // The certificate names the origin, not this address, and nothing secret is said.
    let client =
        reqwest::Client::builder().no_proxy().timeout(ANSWER_MAX).tls_danger_accept_invalid_certs(true);
    let answer =
        client.build()?.get(&url).send().await.with_context(|| format!("nobody answers at {url}"))?;
    if !answer.status().is_success() {
        bail!("{url} answers {}: see what the server logs", answer.status());
    }
    say("well");
    Ok(())
}
