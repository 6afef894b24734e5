//! CARD: a payment card number (ISO/IEC 7812-1): a known issuer's first digits, that issuer's length, Luhn's check; normal form digits.

use aboveboard_model::features::Role;

use crate::{
    checks,
    findings::{Findings, Found},
    labels::Label,
    reading::{Number, Reading},
};

/// Issuer identification: first and last prefix of a range, number lengths, and whether the scheme is common enough to stand without a label.
const ISSUERS: &[(u32, u32, &[usize], bool)] = &[
    (4, 4, &[13, 16, 19], true),           // Visa
    (51, 55, &[16], true),                 // Mastercard
    (2221, 2720, &[16], true),             // Mastercard
    (34, 34, &[15], true),                 // American Express
    (37, 37, &[15], true),                 // American Express
    (300, 305, &[14], false),              // Diners Club
    (36, 36, &[14], false),                // Diners Club
    (38, 39, &[14, 16], false),            // Diners Club
    (6011, 6011, &[16, 19], true),         // Discover
    (644, 649, &[16, 19], true),           // Discover
    (65, 65, &[16, 19], true),             // Discover, RuPay
    (3528, 3589, &[16, 17, 18, 19], true), // JCB
    (62, 62, &[16, 17, 18, 19], true),     // UnionPay
    (81, 82, &[16], false),                // RuPay, UnionPay
    (508, 508, &[16], false),              // RuPay
    (60, 60, &[16], false),                // RuPay, Hipercard
    (2200, 2204, &[16], false),            // Mir
    (50, 50, &[16], false),                // Maestro, Elo
    (56, 58, &[16, 18, 19], false),        // Maestro
    (63, 63, &[16], false),                // Elo, Maestro
    (67, 67, &[16, 18, 19], false),        // Maestro
];

/// Fewest and most digits of a card number.
const LEN: std::ops::RangeInclusive<usize> = 13..=19;

/// How cards are printed.
const GROUPINGS: &[&[usize]] = &[&[4, 4, 4, 4], &[4, 6, 5], &[4, 4, 4, 4, 3], &[6, 13], &[4, 6, 4]];

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    for number in reading.numbers().filter(|number| LEN.contains(&number.digits().len())) {
        if findings.is_full() {
            return;
        }
        let digits = number.digits();
        let Some(is_common) = issuer(digits) else { continue };
        let span = number.span();
        let is_excluded = number.has_slash() || number.has_plus() || number.is_thousands();
        if is_excluded || !checks::luhn(digits) || reading.is_called_other(&span) {
            continue;
        }
        let confidence = confidence(reading, &number, is_common);
        findings.push(Found::new("CARD", Role::Identity, digits, span, confidence));
    }
}

/// Whether an issuer has numbers like these, and whether its scheme is common.
fn issuer(digits: &str) -> Option<bool> {
    let four: u32 = digits.get(..4)?.parse().ok()?;
    ISSUERS.iter().find_map(|(first, last, lengths, is_common)| {
        let prefix = match first {
            0..=9 => four / 1000,
            10..=99 => four / 100,
            100..=999 => four / 10,
            _ => four,
        };
        ((*first..=*last).contains(&prefix) && lengths.contains(&digits.len())).then_some(*is_common)
    })
}

fn confidence(reading: &Reading, number: &Number<'_>, is_common: bool) -> f64 {
    let is_printed = GROUPINGS.iter().any(|grouping| number.is_grouped(grouping));
    let is_one_piece = number.lengths().count() == 1;
    match (reading.is_labelled(&number.span(), &[Label::Card]), is_printed, is_common) {
        (true, ..) => 0.97,
        (false, true, true) => 0.9,
        (false, true, false) => 0.7,
        (false, false, true) if is_one_piece && number.digits().len() >= 15 => 0.6,
        _ => 0.3,
    }
}
