//! EMAIL: an e-mail address (RFC 5321) with a domain that can exist; normal form lower case.

use aboveboard_model::features::Role;

use super::addresses::addresses;
use crate::{
    domains,
    findings::{Findings, Found},
    reading::Reading,
};

/// Longest label of a domain, in bytes (RFC 1035, 2.3.4).
const LABEL_BYTES_MAX: usize = 63;

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    for address in addresses(reading.text()) {
        let Some(confidence) = domain_confidence(address.domain) else { continue };
        if address.local.contains("..") || address.local.ends_with('.') {
            continue;
        }
        let value = reading.literal(address.span.clone());
        findings.push(Found::new("EMAIL", Role::Handle, value, address.span, confidence).enclosing());
    }
}

/// How sure a domain is one: its labels are well formed, and its last one exists.
fn domain_confidence(domain: &str) -> Option<f64> {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= LABEL_BYTES_MAX
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let (_, last) = domain.rsplit_once('.')?;
    if !domain.split('.').all(is_label)
        || last.len() < 2
        || !last.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        return None;
    }
    Some(if domains::suffix(last).is_some() { 0.95 } else { 0.6 })
}
