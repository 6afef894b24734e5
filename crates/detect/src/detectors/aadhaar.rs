//! IN_AADHAAR: an Indian Aadhaar number (UIDAI): twelve digits, the first 2 to 9, Verhoeff's check; normal form digits. An Indian mobile
//! written with its calling code is none.

use aboveboard_model::features::Role;

use crate::{
    checks,
    findings::{Findings, Found},
    labels::Label,
    reading::{Number, Reading},
};

const LEN: usize = 12;
const GROUPING: &[usize] = &[4, 4, 4];

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    for number in reading.numbers().filter(|number| number.digits().len() == LEN) {
        if findings.is_full() {
            return;
        }
        let digits = number.digits();
        if digits.starts_with(['0', '1'])
            || number.has_slash()
            || number.has_plus()
            || !checks::verhoeff(digits)
        {
            continue;
        }
        let span = number.span();
        if !reading.is_called_other(&span)
            && let Some(confidence) = confidence(reading, &number)
        {
            findings.push(Found::new("IN_AADHAAR", Role::Identity, digits, span, confidence));
        }
    }
}

fn confidence(reading: &Reading, number: &Number<'_>) -> Option<f64> {
    let own_label = reading.own_label(&number.span());
    let is_printed = number.is_grouped(GROUPING);
    let is_mobile =
        number.digits().strip_prefix("91").is_some_and(|rest| rest.starts_with(['6', '7', '8', '9']));
    match own_label {
        Some(Label::Aadhaar) => (is_printed || !is_mobile).then_some(0.97),
        _ if is_mobile => None,
        Some(Label::Phone | Label::Contact | Label::Card | Label::Account) => Some(0.3),
        _ if is_printed => Some(0.75),
        _ if reading.is_labelled(&number.span(), &[Label::Aadhaar]) => Some(0.9),
        _ => Some(0.4),
    }
}
