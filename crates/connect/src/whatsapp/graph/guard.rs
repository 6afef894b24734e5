//! Where a request may go: named hosts of Meta, public addresses, or the one loopback stand-in that was configured.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

use super::error::GraphError;

/// Hosts on which Meta keeps files.
const FILE_HOSTS: &[&str] = &["graph.facebook.com", "lookaside.fbsbx.com"];
/// Domains below which Meta keeps files.
const FILE_DOMAINS: &[&str] = &[".whatsapp.net"];
const HTTPS_PORT: u16 = 443;

/// Reads the base address: https to a host that is not a private address, or http on loopback.
pub(super) fn base(text: &str) -> Result<Url, GraphError> {
    let url = Url::parse(text).map_err(|_| GraphError::Base)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let good = match address(&url) {
        _ if is_loopback(&url) => matches!(url.scheme(), "http" | "https"),
        Some(ip) => url.scheme() == "https" && is_public(ip),
        None => url.scheme() == "https" && url.has_host(),
    };
    if good && plain && !url.cannot_be_a_base() { Ok(url) } else { Err(GraphError::Base) }
}

/// Whether an address that an answer names for a file may be asked, token and all: the base's own origin or, where the
/// base is not a stand-in on loopback, https to one of Meta's hosts.
pub(super) fn allows(base: &Url, url: &Url) -> bool {
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    if url.origin() == base.origin() {
        return true;
    }
    let host = url.host_str().unwrap_or_default();
    let named = FILE_HOSTS.contains(&host) || FILE_DOMAINS.iter().any(|domain| host.ends_with(domain));
    let standard = url.scheme() == "https" && url.port_or_known_default() == Some(HTTPS_PORT);
    named && standard && !is_loopback(base)
}

/// Whether an address is on this machine by its own words.
pub(super) fn is_loopback(url: &Url) -> bool {
    url.host_str() == Some("localhost") || address(url).is_some_and(|ip| ip.is_loopback())
}

/// The host where it is spelt as an address.
fn address(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Resolves names to public addresses only, so that no name can lead into our own network.
#[derive(Debug)]
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<_> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address can be reached by anybody: none of the special-purpose ranges of IANA (RFC 6890).
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => is_public_v4(ip),
            None => is_public_v6(ip),
        },
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let special = matches!(
        ip.octets(),
        [0 | 240..=255, ..] | [100, 64..=127, ..] | [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..]
    );
    let named = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || ip.is_unspecified()
        || ip.is_broadcast();
    !special && !named
}

/// Global unicast is 2000::/3; within it, Teredo, 6to4 and documentation lead elsewhere.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    match ip.segments() {
        [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x2002, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn files_are_asked_for_at_metas_hosts_only() {
        let base = base("https://graph.facebook.com/v23.0").unwrap();
        for good in [
            "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
            "https://graph.facebook.com/x",
            "https://mmg.whatsapp.net/x",
            "https://LOOKASIDE.fbsbx.com/x",
        ] {
            assert!(allows(&base, &url(good)), "{good}");
        }
        for bad in [
            "http://lookaside.fbsbx.com/x",
            "https://lookaside.fbsbx.com:8443/x",
            "https://lookaside.fbsbx.com.evil.example/x",
            "https://evil.example/lookaside.fbsbx.com",
            "https://whatsapp.net.evil.example/",
            "https://evilwhatsapp.net/",
            "https://user:pass@graph.facebook.com/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
            "https://localhost/x",
        ] {
            assert!(!allows(&base, &url(bad)), "{bad}");
        }
    }

    #[test]
    fn a_stand_in_on_loopback_gives_addresses_of_its_own_only() {
        let base = base("http://127.0.0.1:8080/v23.0").unwrap();
        assert!(allows(&base, &url("http://127.0.0.1:8080/file/1")));
        for bad in ["http://127.0.0.1:22/", "http://localhost:8080/", "https://lookaside.fbsbx.com/x"] {
            assert!(!allows(&base, &url(bad)), "{bad}");
        }
    }

    #[test]
    fn the_base_is_https_or_loopback() {
        for good in
            ["https://graph.facebook.com/v23.0", "http://localhost:1/", "http://[::1]:1", "https://8.8.8.8/"]
        {
            assert!(base(good).is_ok(), "{good}");
        }
        for bad in [
            "http://graph.facebook.com",
            "https://10.0.0.5/v1",
            "ftp://localhost/",
            "https://u:p@graph.facebook.com",
            "https://graph.facebook.com?access_token=x",
            "graph.facebook.com",
            "data:text/plain,x",
        ] {
            assert!(base(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn special_addresses_are_not_public() {
        for good in ["157.240.1.1", "8.8.8.8", "2a03:2880:f001::1", "::ffff:8.8.8.8"] {
            assert!(is_public(good.parse().unwrap()), "{good}");
        }
        for bad in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:a00:1::",
        ] {
            assert!(!is_public(bad.parse().unwrap()), "{bad}");
        }
    }
}
