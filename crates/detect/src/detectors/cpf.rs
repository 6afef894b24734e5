//! BR_CPF: a Brazilian person's tax number (Receita Federal): eleven digits with two modulo-11 check digits; normal form digits.

use aboveboard_model::features::Role;

use crate::{
    checks,
    findings::{Findings, Found},
    labels::Label,
    plans,
    reading::{Gap, Number, Reading},
};

const LEN: usize = 11;

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    for number in reading.numbers().filter(|number| number.digits().len() == LEN) {
        if findings.is_full() {
            return;
        }
        let digits = number.digits();
        if !checks::cpf(digits) || number.has_plus() {
            continue;
        }
        let span = number.span();
        if !reading.is_called_other(&span) {
            findings.push(Found::new("BR_CPF", Role::Identity, digits, span, confidence(reading, &number)));
        }
    }
}

fn confidence(reading: &Reading, number: &Number<'_>) -> f64 {
    let span = number.span();
    let ends_with_hyphen_or_slash =
        number.gaps().last().is_some_and(|gap| matches!(gap, Gap::Hyphen | Gap::Slash));
    let is_printed =
        number.is_grouped(&[3, 3, 3, 2]) || (number.is_grouped(&[9, 2]) && ends_with_hyphen_or_slash);
    let is_mobile = plans::national(number.digits(), "BR").is_some_and(|dialled| dialled.is_mobile);
    match reading.own_label(&span) {
        Some(Label::Cpf) => 0.97,
        Some(Label::Phone | Label::Contact) if !is_printed => 0.3,
        _ if is_printed && !number.is_grouped(&[9, 2]) => 0.95,
        _ if is_printed || reading.is_labelled(&span, &[Label::Cpf]) => 0.85,
        _ if number.has_slash() || is_mobile => 0.3,
        Some(Label::Pix | Label::Key) => 0.9,
        _ if reading.is_in("BR") => 0.6,
        _ => 0.4,
    }
}
