//! BR_CNPJ: a Brazilian firm's tax number (Receita Federal): twelve digits, or capitals from July 2026, and two modulo-11 check digits;
//! normal form upper case without separators.

use std::ops::Range;

use aboveboard_model::features::Role;

use crate::{
    checks,
    findings::{Findings, Found},
    labels::Label,
    reading::{Number, Reading, ascii_words},
};

const LEN: usize = 14;
/// How it is printed; `A` stands for a letter or digit, `0` for a digit.
const PRINTED: &[u8] = b"AA.AAA.AAA/AAAA-00";
/// Where the slash stands in it.
const SLASH_AT: usize = 10;

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    let text = reading.text();
    for (slash, _) in text.match_indices('/') {
        let Some((value, span)) = printed_around(text.as_bytes(), slash) else { continue };
        findings.push(Found::new("BR_CNPJ", Role::Identity, value, span, 0.97));
    }
    for number in reading.numbers().filter(|number| number.digits().len() == LEN) {
        if findings.is_full() {
            return;
        }
        let span = number.span();
        if checks::cnpj(number.digits()) && !number.has_plus() && !reading.is_called_other(&span) {
            findings.push(Found::new(
                "BR_CNPJ",
                Role::Identity,
                number.digits(),
                span,
                confidence(reading, &number),
            ));
        }
    }
    labelled_letters(reading, findings);
}

/// The number printed around a slash, letters and all.
fn printed_around(bytes: &[u8], slash: usize) -> Option<(String, Range<usize>)> {
    let start = slash.checked_sub(SLASH_AT)?;
    let span = start..start + PRINTED.len();
    let written = bytes.get(span.clone())?;
    let fits = written.iter().zip(PRINTED).all(|(byte, shape)| match shape {
        b'A' => byte.is_ascii_alphanumeric(),
        b'0' => byte.is_ascii_digit(),
        mark => byte == mark,
    });
    let touches = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    if !fits || touches(start.checked_sub(1)) || touches(Some(span.end)) {
        return None;
    }
    let value: String = written
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(|byte| char::from(byte.to_ascii_uppercase()))
        .collect();
    checks::cnpj(&value).then_some((value, span))
}

/// Numbers with letters, without separators: only behind their label.
fn labelled_letters(reading: &Reading, findings: &mut Findings) {
    const WINDOW_BYTES: usize = 32;
    let text = reading.text();
    for label in reading.labels(&[Label::Cnpj]) {
        let window = &text[label.end..text.floor_char_boundary(label.end + WINDOW_BYTES)];
        for (skip, word) in ascii_words(window).filter(|(_, word)| word.len() == LEN) {
            let start = label.end + skip;
            let value = word.to_ascii_uppercase();
            let has_letter = value.bytes().any(|byte| byte.is_ascii_uppercase());
            if has_letter && checks::cnpj(&value) {
                findings.push(Found::new("BR_CNPJ", Role::Identity, value, start..start + LEN, 0.95));
            }
        }
    }
}

fn confidence(reading: &Reading, number: &Number<'_>) -> f64 {
    let is_printed = number.is_grouped(&[2, 3, 3, 4, 2]) || number.is_grouped(&[8, 4, 2]);
    let is_head_office = number.digits()[8..].starts_with("0001");
    match reading.own_label(&number.span()) {
        Some(Label::Cnpj) => 0.97,
        _ if is_printed => 0.95,
        Some(Label::Pix | Label::Key) => 0.9,
        _ if is_head_office => 0.65,
        _ => 0.4,
    }
}
