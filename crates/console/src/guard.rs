//! Whether a form comes from our own page: the browser's word for its origin, and the session's token in the form.

use http::{HeaderMap, header::ORIGIN};
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
    fn secrets_are_compared_whole() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd") && !same("abc", "ab") && !same("", "a"));
    }
}
