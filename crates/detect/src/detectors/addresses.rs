//! Texts around an `@`, cut the way that e-mail and UPI addresses are written; shared by both.

use std::ops::Range;

/// Longest part before the `@`, in bytes (RFC 5321, 4.5.3.1.1).
const LOCAL_BYTES_MAX: usize = 64;
/// Longest part behind the `@`, in bytes (RFC 1035, 2.3.4).
const DOMAIN_BYTES_MAX: usize = 253;

/// A text with one `@` in it.
pub(super) struct Address<'t> {
    /// Before the `@`.
    pub(super) local: &'t str,
    /// Behind the `@`, without a full stop or hyphen at its end.
    pub(super) domain: &'t str,
    /// Bytes of all of it.
    pub(super) span: Range<usize>,
}

/// Gives each text around an `@` that has word characters on both sides, each `@` in at most one. Reads a bounded stretch on either side.
pub(super) fn addresses(text: &str) -> impl Iterator<Item = Address<'_>> {
    let bytes = text.as_bytes();
    text.match_indices('@').filter_map(move |(at, _)| {
        let is_local = |byte: &&u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(*byte);
        let is_domain = |byte: &&u8| byte.is_ascii_alphanumeric() || b".-".contains(*byte);
        let local_len = bytes[..at].iter().rev().take(LOCAL_BYTES_MAX + 1).take_while(is_local).count();
        let domain_len = bytes[at + 1..].iter().take(DOMAIN_BYTES_MAX + 1).take_while(is_domain).count();
        if local_len > LOCAL_BYTES_MAX || domain_len > DOMAIN_BYTES_MAX {
            return None;
        }
        let local = text[at - local_len..at].trim_start_matches(['.', '-', '%', '+', '_']);
        let domain = text[at + 1..at + 1 + domain_len].trim_end_matches(['.', '-']);
        let is_whole = bytes.get(at + 1 + domain_len) != Some(&b'@')
            && (local_len == at || bytes[at - local_len - 1] != b'@');
        (is_whole && !local.is_empty() && !domain.is_empty()).then(|| Address {
            local,
            domain,
            span: at - local.len()..at + 1 + domain.len(),
        })
    })
}
