//! PHONE: a telephone number; normal form E.164 where the country is known from the number, the business number's country or its shape, else
//! the national digits. Digits that nothing says are a telephone stay below the line.

use std::ops::Range;

use aboveboard_model::features::Role;

use crate::{
    findings::{Findings, Found},
    labels::Label,
    plans::{self, Dialled},
    reading::{Gap, Number, Reading},
};

/// Fewest and most digits of a number without a known country.
const UNKNOWN_LEN: std::ops::RangeInclusive<usize> = 7..=12;
/// Fewest and most digits of any number (ITU-T E.164), with a prefix for dialling abroad.
const ANY_LEN: std::ops::RangeInclusive<usize> = 7..=17;

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    for number in reading.numbers().filter(|number| ANY_LEN.contains(&number.digits().len())) {
        if findings.is_full() {
            return;
        }
        let has_plus = number.has_plus();
        if number.has_slash() || number.is_thousands() || is_date(&number) {
            continue;
        }
        let span = number.span();
        if !has_plus && reading.is_called_other(&span) {
            continue;
        }
        let speech = Speech::about(reading, &span);
        let read =
            if has_plus { abroad(number.digits(), &speech) } else { at_home(reading, &number, &speech) };
        if let Some((value, confidence)) = read {
            findings.push(Found::new(
                "PHONE",
                Role::Handle,
                value,
                whole_span(reading.text(), span),
                confidence,
            ));
        }
    }
}

/// What the words around a number say about it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Speech {
    /// It is a telephone, or a PIX key that may be one.
    Phone,
    /// It is another kind of identifier.
    Another,
    /// Nothing.
    Silent,
}

impl Speech {
    fn about(reading: &Reading, span: &Range<usize>) -> Self {
        match reading.own_label(span) {
            Some(Label::Phone | Label::Contact | Label::Pix | Label::Key | Label::Upi | Label::Social) => {
                Speech::Phone
            }
            Some(
                Label::Aadhaar
                | Label::Pan
                | Label::Cpf
                | Label::Cnpj
                | Label::Card
                | Label::Account
                | Label::SortCode
                | Label::Other,
            ) => Speech::Another,
            Some(Label::Bitcoin | Label::Handle | Label::Site) | None => Speech::Silent,
        }
    }
}

/// A number with a plus: the calling code says it all.
fn abroad(digits: &str, speech: &Speech) -> Option<(String, f64)> {
    let dialled = plans::international(digits)?;
    let confidence = match (dialled.country.is_some(), speech) {
        (true, _) => 0.97,
        (false, Speech::Phone) => 0.9,
        (false, _) => 0.7,
    };
    Some((dialled.e164, confidence))
}

/// A number without a plus: the surest of the ways in which people write one.
fn at_home(reading: &Reading, number: &Number<'_>, speech: &Speech) -> Option<(String, f64)> {
    let candidates = [
        with_exit_code(number, speech),
        with_calling_code(reading, number, speech),
        in_known_country(reading, number, speech),
        by_its_shape(number, speech),
        by_its_label(number, speech),
    ];
    let (value, confidence) =
        candidates.into_iter().flatten().reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    Some((value, if *speech == Speech::Another { confidence.min(0.35) } else { confidence }))
}

/// "00" and a calling code.
fn with_exit_code(number: &Number<'_>, speech: &Speech) -> Option<(String, f64)> {
    let dialled = plans::international(number.digits().strip_prefix("00")?)?;
    let confidence = if *speech == Speech::Phone { 0.9 } else { 0.7 };
    dialled.country.is_some().then_some((dialled.e164, confidence))
}

/// A calling code without plus, as WhatsApp writes its ids.
fn with_calling_code(reading: &Reading, number: &Number<'_>, speech: &Speech) -> Option<(String, f64)> {
    const CONTACTS_CODES: &[&str] = &["+91", "+55", "+447"];
    let dialled = plans::international(number.digits()).filter(|dialled| dialled.is_mobile)?;
    let is_ours = CONTACTS_CODES.iter().any(|code| dialled.e164.starts_with(code));
    let is_local = dialled.country.is_some_and(|country| reading.is_in(country));
    let confidence = match speech {
        Speech::Phone => 0.88,
        _ if is_local => 0.7,
        _ if is_ours => 0.55,
        _ => 0.3,
    };
    Some((dialled.e164, confidence))
}

/// As dialled in the country of the business number; a PIX key is Brazilian.
fn in_known_country(reading: &Reading, number: &Number<'_>, speech: &Speech) -> Option<(String, f64)> {
    let is_pix = reading.is_labelled(&number.span(), &[Label::Pix]);
    let country = if is_pix { Some("BR") } else { reading.country };
    let Dialled { e164, is_mobile, .. } = plans::national(number.digits(), country?)?;
    let is_one_piece = number.lengths().count() == 1;
    let confidence = match (speech, is_mobile, is_one_piece) {
        (Speech::Phone, ..) => 0.92,
        (_, true, false) => 0.75,
        (_, true, true) => 0.6,
        (_, false, false) if number.gaps().any(|gap| matches!(gap, Gap::Close | Gap::Hyphen)) => 0.6,
        (_, false, _) => 0.4,
    };
    Some((e164, confidence))
}

/// In a shape that one country only writes.
fn by_its_shape(number: &Number<'_>, speech: &Speech) -> Option<(String, f64)> {
    let digits = number.digits();
    let first_gap = number.gaps().next();
    let is_bracketed = first_gap == Some(Gap::Close);
    let country = match digits.len() {
        10 if number.is_grouped(&[5, 5]) => "IN",
        10 if number.is_grouped(&[3, 3, 4])
            && (is_bracketed || number.gaps().all(|gap| gap == Gap::Hyphen)) =>
        {
            "US"
        }
        10 if number.is_grouped(&[2, 4, 4]) && is_bracketed => "BR",
        11 if number.is_grouped(&[2, 5, 4]) => "BR",
        11 if is_bracketed && number.is_grouped(&[2, 9]) => "BR",
        11 if ["071", "072", "073", "074", "075", "077", "078", "079"]
            .iter()
            .any(|head| digits.starts_with(head)) =>
        {
            "GB"
        }
        11 if number.is_grouped(&[3, 4, 4]) => "CN",
        _ => return None,
    };
    let dialled = plans::national(digits, country)
        .filter(|dialled| dialled.is_mobile || is_bracketed || country == "US")?;
    let is_one_piece = number.lengths().count() == 1;
    let confidence = match speech {
        Speech::Phone => 0.85,
        _ if is_one_piece => 0.55,
        _ => 0.7,
    };
    Some((dialled.e164, confidence))
}

/// Called a telephone, and nothing tells of which country.
fn by_its_label(number: &Number<'_>, speech: &Speech) -> Option<(String, f64)> {
    let fits = *speech == Speech::Phone && UNKNOWN_LEN.contains(&number.digits().len());
    fits.then(|| (number.digits().to_owned(), 0.7))
}

/// Whether it is written like a date: a year and two pairs.
fn is_date(number: &Number<'_>) -> bool {
    let is_shaped = number.is_grouped(&[4, 2, 2]) || number.is_grouped(&[2, 2, 4]);
    is_shaped
        && !number.has_plus()
        && number.gaps().all(|gap| matches!(gap, Gap::Hyphen | Gap::Dot | Gap::Slash))
}

/// The span with the plus and the opening bracket that belong to the number.
fn whole_span(text: &str, span: Range<usize>) -> Range<usize> {
    let mut start = span.start;
    if text[..start].ends_with('(') && text[start..span.end].contains(')') {
        start -= 1;
    }
    let before_plus = text[..start].trim_end_matches([' ', '(']);
    if before_plus.ends_with('+') {
        start = before_plus.len() - 1;
    }
    start..span.end
}
