//! Whether a form comes from our own page: the browser's word for its origin, and the session's token in the form; and where
//! a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, header::ORIGIN};
use subtle::ConstantTimeEq;

/// Whether the browser says that the request comes from our own origin.
///
/// `Sec-Fetch-Site` decides where it is sent (a page with `Referrer-Policy: no-referrer` sends `Origin: null` with its own
/// forms); older browsers are judged by `Origin`. A request with neither is nobody's form.
pub(crate) fn is_own(headers: &HeaderMap, origin: &str) -> bool {
    let sent = headers.get(ORIGIN).map(|value| value.as_bytes());
    match headers.get("sec-fetch-site").map(|value| value.as_bytes()) {
        Some(b"same-origin") => sent.is_none_or(|sent| sent == b"null" || sent == origin.as_bytes()),
        Some(_) => false,
        None => sent.is_some_and(|sent| sent == origin.as_bytes()),
    }
}

/// The network address of who asks. A peer on this machine is a proxy, whose word is taken for the address that it adds last
/// to `X-Forwarded-For`; what stands before it anybody can write.
pub(crate) fn client(extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
    let forwarded = || {
        let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        last.rsplit(',').next()?.trim().parse().ok()
    };
    Some(if peer.is_loopback() { forwarded().unwrap_or(peer) } else { peer })
}

/// Compares two secrets in a time that does not depend on where they differ.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const OWN: &str = "https://console.example.com";

    fn judged(site: Option<&'static str>, origin: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(site) = site {
            headers.insert("sec-fetch-site", HeaderValue::from_static(site));
        }
        if let Some(origin) = origin {
            headers.insert(ORIGIN, HeaderValue::from_static(origin));
        }
        is_own(&headers, OWN)
    }

    #[test]
    fn only_our_own_pages_may_send_forms() {
        let evil = Some("https://evil.example");
        let cases = [
            (Some("same-origin"), Some(OWN), true),
            (Some("same-origin"), Some("null"), true),
            (Some("same-origin"), None, true),
            (Some("same-origin"), evil, false),
            (Some("same-site"), Some(OWN), false),
            (Some("cross-site"), Some(OWN), false),
            (Some("none"), None, false),
            (None, Some(OWN), true),
            (None, Some("null"), false),
            (None, evil, false),
            (None, None, false),
        ];
        for (site, origin, wanted) in cases {
            assert_eq!(judged(site, origin), wanted, "{site:?} {origin:?}");
        }
    }

    #[test]
    fn only_a_proxy_on_this_machine_says_where_somebody_comes_from() {
        let asked = |peer: &str, forwarded: &[&'static str]| {
            let mut extensions = Extensions::new();
            extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", HeaderValue::from_static(value));
            }
            client(&extensions, &headers).unwrap().to_string()
        };
        for (peer, forwarded, wanted) in [
            ("127.0.0.1", vec![], "127.0.0.1"),
            ("127.0.0.1", vec!["198.51.100.7"], "198.51.100.7"),
            ("::1", vec!["203.0.113.1, 198.51.100.7"], "198.51.100.7"),
            ("::ffff:127.0.0.1", vec!["203.0.113.1", "198.51.100.7"], "198.51.100.7"),
            ("127.0.0.1", vec!["nonsense"], "127.0.0.1"),
            ("198.51.100.9", vec!["203.0.113.1"], "198.51.100.9"),
        ] {
            assert_eq!(asked(peer, &forwarded), wanted, "{peer} {forwarded:?}");
        }
        assert_eq!(client(&Extensions::new(), &HeaderMap::new()), None);
    }

    #[test]
    fn secrets_are_compared_whole() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd") && !same("abc", "ab") && !same("", "a"));
    }
}
