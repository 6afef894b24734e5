//! IBAN: an international bank account number (ISO 13616-1): a country's length and ISO 7064 MOD 97-10; normal form upper case without
//! separators.

use std::ops::Range;

use aboveboard_model::features::Role;

use crate::{
    checks,
    findings::{Findings, Found},
    reading::Reading,
};

/// Length of each country's IBAN (SWIFT IBAN Registry).
const LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HN", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    let text = reading.text();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at + 4 <= bytes.len() && !findings.is_full() {
        match iban_at(bytes, at) {
            Some((value, span)) => {
                at = span.end;
                findings.push(Found::new("IBAN", Role::Payment, value, span, 0.97).enclosing());
            }
            None => at += 1,
        }
    }
}

/// The IBAN that begins at a byte, if one does.
fn iban_at(bytes: &[u8], start: usize) -> Option<(String, Range<usize>)> {
    let begins_word = start.checked_sub(1).is_none_or(|before| !bytes[before].is_ascii_alphanumeric());
    let head = bytes.get(start..start + 2)?;
    if !begins_word || !head.iter().all(u8::is_ascii_alphabetic) {
        return None;
    }
    let country = [head[0].to_ascii_uppercase(), head[1].to_ascii_uppercase()];
    let at = LENGTHS.binary_search_by(|(known, _)| known.as_bytes().cmp(&country[..])).ok()?;
    let len = LENGTHS[at].1;
    let mut value = String::with_capacity(len);
    let mut end = start;
    while value.len() < len {
        let byte = *bytes.get(end)?;
        if byte.is_ascii_alphanumeric() {
            value.push(char::from(byte.to_ascii_uppercase()));
        } else if !matches!(byte, b' ' | b'-' | b'.') || !bytes[end - 1].is_ascii_alphanumeric() {
            return None;
        }
        let digits_expected = matches!(value.len(), 3 | 4);
        if digits_expected && !value.ends_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        end += 1;
    }
    let ends_word = bytes.get(end).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    (ends_word && checks::iban(&value)).then_some((value, start..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lengths_are_in_order_for_the_search() {
        assert!(LENGTHS.is_sorted());
    }
}
