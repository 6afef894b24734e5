//! GB_SORT_ACCOUNT: a British sort code and account number (UK Finance): six digits in pairs and eight digits near each other; normal form the
//! fourteen digits. The banks' modulus check needs their licensed tables, so labels and the written shape decide.

use std::ops::Range;

use aboveboard_model::features::Role;

use crate::{
    findings::{Findings, Found},
    labels::Label,
    reading::{Gap, Number, Reading},
};

const SORT_LEN: usize = 6;
const ACCOUNT_LEN: usize = 8;
/// How many bytes of words may stand between the two.
const BETWEEN_BYTES_MAX: usize = 48;

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    let mut previous: Option<Part> = None;
    for number in reading.numbers() {
        if findings.is_full() {
            return;
        }
        let Some(part) = part(reading, &number) else { continue };
        if let Some(first) = previous.take()
            && let Some(found) = pair(reading, &first, &part)
        {
            findings.push(found);
            continue;
        }
        previous = Some(part);
    }
}

/// One half: a sort code or an account number.
struct Part {
    digits: String,
    span: Range<usize>,
    is_labelled: bool,
}

impl Part {
    fn is_sort(&self) -> bool {
        self.digits.len() == SORT_LEN
    }
}

fn part(reading: &Reading, number: &Number<'_>) -> Option<Part> {
    let span = number.span();
    if !matches!(number.digits().len(), SORT_LEN | ACCOUNT_LEN) {
        return None;
    }
    let is_pairs =
        number.is_grouped(&[2, 2, 2]) && number.gaps().all(|gap| matches!(gap, Gap::Hyphen | Gap::Space));
    let is_sort_labelled =
        reading.nearest_before(&span, &[Label::SortCode, Label::Account]).map(|label| label.label);
    let is_labelled = match number.digits().len() {
        SORT_LEN if is_pairs || is_sort_labelled == Some(Label::SortCode) => {
            is_sort_labelled == Some(Label::SortCode)
        }
        ACCOUNT_LEN if number.is_grouped(&[ACCOUNT_LEN]) || number.is_grouped(&[4, 4]) => {
            is_sort_labelled == Some(Label::Account)
        }
        _ => return None,
    };
    let is_other = number.has_plus() || number.has_slash() || reading.is_called_other(&span);
    (!is_other).then(|| Part { digits: number.digits().to_owned(), span, is_labelled })
}

fn pair(reading: &Reading, first: &Part, second: &Part) -> Option<Found> {
    let between = reading.text().get(first.span.end..second.span.start)?;
    let is_adjacent = between.chars().all(|c| matches!(c, ' ' | '/' | ',' | '-' | ':' | '\n'));
    if first.is_sort() == second.is_sort() || between.len() > BETWEEN_BYTES_MAX {
        return None;
    }
    let (sort, account) = if first.is_sort() { (first, second) } else { (second, first) };
    let confidence = match (sort.is_labelled, account.is_labelled) {
        (true, true) => 0.97,
        (true, false) | (false, true) => 0.85,
        (false, false) if is_adjacent && first.is_sort() => 0.6,
        (false, false) => return None,
    };
    let value = format!("{}{}", sort.digits, account.digits);
    let span = first.span.start..second.span.end;
    Some(Found::new("GB_SORT_ACCOUNT", Role::Payment, value, span, confidence).enclosing())
}
