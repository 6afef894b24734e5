//! IN_PAN: an Indian permanent account number (Income Tax Department): five letters, four digits, a letter; the fourth letter is the class of
//! holder; normal form upper case.

use std::ops::Range;

use aboveboard_model::features::Role;

use crate::{
    findings::{Findings, Found},
    labels::Label,
    reading::Reading,
};

const LEN: usize = 10;
/// Classes of holder: person, company, family, firm, association, trust, body, local authority, juridical person, government.
const HOLDERS: &[u8] = b"PCHFATBLJG";

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    let text = reading.text();
    let bytes = text.as_bytes();
    for digits in reading.digit_groups().filter(|group| group.len() == 4) {
        let Some((value, span)) = pan_around(bytes, &digits) else { continue };
        if reading.is_called_other(&span) {
            continue;
        }
        let is_labelled = reading.is_labelled(&span, &[Label::Pan]);
        let is_upper = text[span.clone()] == text[span.clone()].to_ascii_uppercase();
        let is_whole = span.len() == LEN;
        let confidence = match (HOLDERS.contains(&value.as_bytes()[3]), is_labelled) {
            (true, true) => 0.97,
            (true, false) if is_upper && is_whole => 0.8,
            (false, _) if is_upper || is_labelled => 0.3,
            (true, false) => 0.35,
            (false, _) => continue,
        };
        findings.push(Found::new("IN_PAN", Role::Identity, value, span, confidence));
    }
}

/// The ten characters around four digits, if they have the shape; one space or hyphen may stand at each side of the digits.
fn pan_around(bytes: &[u8], digits: &Range<usize>) -> Option<(String, Range<usize>)> {
    let is_gap =
        |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(|byte| matches!(byte, b' ' | b'-'));
    let left_gap = usize::from(is_gap(digits.start.checked_sub(1)));
    let right_gap = usize::from(is_gap(Some(digits.end)));
    let start = digits.start.checked_sub(left_gap + 5)?;
    let letters = &bytes[start..digits.start - left_gap];
    let last = *bytes.get(digits.end + right_gap)?;
    let end = digits.end + right_gap + 1;
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic();
    let touches = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    if !letters.iter().all(is_letter)
        || !is_letter(&last)
        || touches(start.checked_sub(1))
        || touches(Some(end))
    {
        return None;
    }
    let parts = [letters, &bytes[digits.clone()], &[last]].concat();
    Some((parts.iter().map(|byte| char::from(byte.to_ascii_uppercase())).collect(), start..end))
}
