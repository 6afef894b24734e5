//! The headers that go with every answer.

use axum::response::Response;
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};

/// No inline anything, nothing from elsewhere, and one Trusted Types policy: the script's own swap.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
     media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types aboveboard";
/// Two years, as the preload lists ask.
const TRANSPORT: &str = "max-age=63072000; includeSubDomains";
/// What stands in the answer where nothing else was said about keeping it.
const KEEP_NOTHING: &str = "no-store";
/// For assets whose address changes with their bytes.
pub(crate) const KEEP_FOREVER: &str = "public, max-age=31536000, immutable";

static ALWAYS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    ),
];

/// Puts them on an answer.
pub(crate) fn guard(mut response: Response, secure: bool) -> Response {
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, value) in &ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TRANSPORT));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static(KEEP_NOTHING));
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn every_answer_is_guarded_and_kept_nowhere() {
        let guarded = guard(Response::new(Body::empty()), true);
        let policy = guarded.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(guarded.headers()[CACHE_CONTROL], "no-store");
        assert!(guarded.headers().contains_key(STRICT_TRANSPORT_SECURITY));
        assert!(
            !guard(Response::new(Body::empty()), false).headers().contains_key(STRICT_TRANSPORT_SECURITY)
        );
    }

    #[test]
    fn what_an_answer_says_about_keeping_it_stands() {
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(KEEP_FOREVER));
        assert_eq!(guard(response, true).headers()[CACHE_CONTROL], KEEP_FOREVER);
    }
}
