//! PIX_KEY: a key of the Brazilian instant payment (Banco Central do Brasil, DICT): CPF, CNPJ, telephone or e-mail that is called one, or a
//! random UUID; normal form as of the CPF, CNPJ, PHONE or EMAIL itself, a UUID lower case with hyphens.

use std::ops::Range;

use aboveboard_model::features::Role;

use crate::{
    findings::{Findings, Found},
    labels::Label,
    reading::Reading,
};

/// Lengths of a UUID's groups in hexadecimal digits (RFC 9562).
const UUID_GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
/// Its length with hyphens.
const UUID_LEN: usize = 36;
/// Kinds that can be a key, beside a UUID.
const KEY_KINDS: &[&str] = &["BR_CPF", "BR_CNPJ", "PHONE", "EMAIL"];
/// How sure the identifier itself must be; its label makes up for the rest.
const HOST_CONFIDENCE_MIN: f64 = 0.5;

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    for host in
        findings.all().iter().filter(|found| KEY_KINDS.contains(&found.kind)).cloned().collect::<Vec<_>>()
    {
        let is_brazilian = host.kind != "PHONE" || host.value.starts_with("+55");
        if is_brazilian && host.confidence >= HOST_CONFIDENCE_MIN && is_called_key(reading, &host.span) {
            findings.push(
                Found::new("PIX_KEY", Role::Payment, host.value, host.span.clone(), 0.92)
                    .at(host.kind, host.span),
            );
        }
    }
    random_keys(reading, findings);
}

/// Whether a PIX label speaks of this, and no nearer request to call or write there.
fn is_called_key(reading: &Reading, span: &Range<usize>) -> bool {
    let nearest = reading.nearest_before(span, &[Label::Pix, Label::Key, Label::Contact]);
    match nearest.map(|label| label.label) {
        Some(Label::Contact) => false,
        Some(_) => true,
        None => reading.is_labelled(span, &[Label::Pix, Label::Key]),
    }
}

fn random_keys(reading: &Reading, findings: &mut Findings) {
    let text = reading.text();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(hyphen) = bytes[at..].iter().position(|byte| *byte == b'-').map(|skip| at + skip) {
        at = hyphen + 1;
        let Some(start) = hyphen.checked_sub(UUID_GROUPS[0]) else { continue };
        let span = start..start + UUID_LEN;
        let touches =
            |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
        if !text.get(span.clone()).is_some_and(is_uuid)
            || touches(start.checked_sub(1))
            || touches(Some(span.end))
        {
            continue;
        }
        at = span.end;
        let is_key = reading.is_labelled(&span, &[Label::Pix, Label::Key]);
        let confidence = if is_key { 0.95 } else { 0.4 };
        let value = text[span.clone()].to_ascii_lowercase();
        findings.push(Found::new("PIX_KEY", Role::Payment, value, span, confidence).enclosing());
    }
}

/// Whether a text is a UUID with hyphens.
pub(super) fn is_uuid(text: &str) -> bool {
    let groups = text.split('-');
    text.len() == UUID_LEN
        && groups.clone().map(str::len).eq(UUID_GROUPS)
        && groups.into_iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
