//! BR_CODE: the text of a Brazilian payment QR code (EMV merchant-presented mode with PIX, Manual de Padrões para Iniciação do Pix): TLV fields,
//! the PIX domain, CRC-16; normal form exactly as written, since its checksum counts every character. The key inside is a PIX_KEY.

use std::ops::Range;

use aboveboard_model::features::Role;

use crate::{
    checks,
    findings::{Findings, Found},
    plans,
    reading::Reading,
};

/// How every code begins: payload format 01.
const HEAD: &str = "000201";
/// The field that ends it: four hexadecimal digits of checksum.
const CHECKSUM_HEAD: &str = "6304";
/// What names PIX in an account template.
const PIX_DOMAIN: &str = "br.gov.bcb.pix";

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    let text = reading.text();
    let mut at = 0;
    while let Some(start) = text[at..].find(HEAD).map(|skip| at + skip) {
        at = start + HEAD.len();
        let Some(code) = parse(text, start) else { continue };
        let span = start..code.end;
        at = code.end;
        if let Some((value, key)) = code.key.and_then(|key| Some((normal_key(&text[key.clone()])?, key))) {
            findings.push(Found::new("PIX_KEY", Role::Payment, value, key, 0.97).at("BR_CODE", span.clone()));
        }
        findings.push(Found::new("BR_CODE", Role::Payment, &text[span.clone()], span, 0.99).enclosing());
    }
}

struct Code {
    end: usize,
    key: Option<Range<usize>>,
}

/// A code that begins at `start`: fields with rising or at least distinct ids up to a right checksum, with PIX among them.
fn parse(text: &str, start: usize) -> Option<Code> {
    let mut seen = [false; 100];
    let mut pix = None;
    let mut at = start;
    loop {
        let (id, value) = field(text, at)?;
        if std::mem::replace(&mut seen[id], true) {
            return None;
        }
        if (26..=51).contains(&id) && pix.is_none() {
            pix = pix_template(text, &value);
        }
        if text[at..].starts_with(CHECKSUM_HEAD) {
            let expected = format!("{:04X}", checks::crc16(&text.as_bytes()[start..value.start]));
            let is_right = text[value.clone()].eq_ignore_ascii_case(&expected);
            return pix.filter(|_| is_right).map(|key| Code { end: value.end, key });
        }
        at = value.end;
    }
}

/// The field at a place: its id and where its value stands. Lengths count characters.
fn field(text: &str, at: usize) -> Option<(usize, Range<usize>)> {
    let number = |range: Range<usize>| {
        text.get(range).filter(|two| two.bytes().all(|byte| byte.is_ascii_digit()))?.parse::<usize>().ok()
    };
    let id = number(at..at + 2)?;
    let len = number(at + 2..at + 4)?;
    let value = text.get(at + 4..)?;
    let end = value.char_indices().nth(len).map_or(value.len(), |(end, _)| end);
    (value[..end].chars().count() == len).then(|| (id, at + 4..at + 4 + end))
}

/// Whether an account template is PIX's, and where its key stands if it names one.
fn pix_template(text: &str, template: &Range<usize>) -> Option<Option<Range<usize>>> {
    let inner = &text[..template.end];
    let (domain_id, domain) = field(inner, template.start)?;
    if domain_id != 0 || !inner[domain.clone()].eq_ignore_ascii_case(PIX_DOMAIN) {
        return None;
    }
    Some(field(inner, domain.end).filter(|(id, _)| *id == 1).map(|(_, key)| key))
}

/// The key in the normal form that a key in prose has; `None` if it is none.
fn normal_key(key: &str) -> Option<String> {
    let digits: String = key.chars().filter(char::is_ascii_digit).collect();
    if let Some(number) = key.strip_prefix('+') {
        return plans::international(number).map(|dialled| dialled.e164);
    }
    let is_number = digits.len() == key.len();
    let is_known = (is_number && (checks::cpf(key) || checks::cnpj(key)))
        || key.contains('@')
        || super::pix_key::is_uuid(key);
    is_known.then(|| key.to_ascii_lowercase())
}
