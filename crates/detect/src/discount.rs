//! Discounts in percent: a percentage and a word for discount in the same clause ("10% off", "desconto de 12%", "8折").

use crate::money;

/// Words for a discount, in the normal form, lower case.
const WORDS: &[&str] = &[
    "off",
    "discount",
    "discounts",
    "disc",
    "discounted",
    "cheaper",
    "less",
    "desconto",
    "descontos",
    "desc",
    "abatimento",
    "descuento",
    "descuentos",
    "dcto",
    "rebaja",
    "rabatt",
    "nachlass",
    "remise",
    "reduction",
    "rabais",
    "diskon",
    "potongan",
    "sconto",
    "chhoot",
    "छूट",
    "डिस्काउंट",
    "خصم",
    "تخفيض",
];
/// Words for percent, beside the sign.
const PERCENT_WORDS: &[&str] = &[
    "percent",
    "per cent",
    "por cento",
    "por ciento",
    "pct",
    "prozent",
    "pour cent",
    "persen",
    "प्रतिशत",
    "फीसदी",
    "في المئة",
    "بالمئة",
];
/// Chinese words for a discount, which stand without spaces.
const HAN_WORDS: &[&str] = &["折扣", "优惠", "便宜"];
/// How far before the percentage the word may stand, in bytes of the normal form.
const BEFORE_BYTES_MAX: usize = 40;
/// How many words behind the percentage are looked at.
const AFTER_WORDS_MAX: usize = 4;
/// How far behind the percentage the word may stand, in bytes of the normal form.
const AFTER_BYTES_MAX: usize = 48;

/// A discount in percent, and where it stands in the normal form.
pub(crate) type Named = (f64, std::ops::Range<usize>);

/// The largest discount named in a text in normal form, in percent above 0, at most 100.
pub(crate) fn largest(text: &str) -> Option<Named> {
    let mut best: Option<Named> = None;
    let mut at = 0;
    while let Some(number) = next_number(text, at) {
        at = number.end;
        let named = percentage(text, &number).or_else(|| tenths(text, &number));
        let named = named.filter(|percent| *percent > 0.0 && *percent <= 100.0);
        best = larger(best, named.map(|percent| (percent, number.start..with_sign(text, number.end))));
    }
    larger(best, spelt_tenths(text))
}

/// The larger of two discounts, if there is one; of two alike the first.
pub(crate) fn larger<T>(left: Option<(f64, T)>, right: Option<(f64, T)>) -> Option<(f64, T)> {
    left.into_iter().chain(right).reduce(|best, next| if next.0 > best.0 { next } else { best })
}

/// The end of a number with the sign right behind it.
fn with_sign(text: &str, end: usize) -> usize {
    let sign = text[end..].chars().next().filter(|c| matches!(c, '%' | '٪' | '折'));
    end + sign.map_or(0, char::len_utf8)
}

fn next_number(text: &str, from: usize) -> Option<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let start = from + bytes[from..].iter().position(u8::is_ascii_digit)?;
    let digits = |at: usize| bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = start + digits(start);
    if matches!(bytes.get(end), Some(b'.' | b',')) && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    Some(start..end)
}

/// A percentage that a word beside it calls a discount.
fn percentage(text: &str, number: &std::ops::Range<usize>) -> Option<f64> {
    let rest = &text[number.end..];
    let tail = rest.strip_prefix(' ').unwrap_or(rest);
    let window = &tail[..tail.floor_char_boundary(AFTER_BYTES_MAX)];
    let lower = window.to_lowercase();
    let sign = window.starts_with(['%', '٪']).then(|| window.chars().next().map_or(0, char::len_utf8));
    let percent_len =
        sign.or_else(|| PERCENT_WORDS.iter().find(|word| lower.starts_with(**word)).map(|word| word.len()))?;
    let after = &lower[lower.floor_char_boundary(percent_len)..];
    let floor = text.ceil_char_boundary(number.start.saturating_sub(BEFORE_BYTES_MAX));
    let before = text[floor..number.start].to_lowercase();
    let is_discount = names_discount(clause_words(after).take(AFTER_WORDS_MAX), after)
        || names_discount(clause_words(last_clause(&before)), last_clause(&before));
    is_discount.then(|| money::value(&text[number.clone()], true)).flatten()
}

fn names_discount<'w>(mut words: impl Iterator<Item = &'w str>, clause: &str) -> bool {
    words.any(|word| WORDS.contains(&word)) || HAN_WORDS.iter().any(|word| clause.contains(word))
}

/// The words up to the end of the clause or to the next number.
fn clause_words(text: &str) -> impl Iterator<Item = &str> {
    let mark = text.find(|c: char| is_clause_end(c) || c.is_ascii_digit()).unwrap_or(text.len());
    let end = text.find(". ").map_or(mark, |stop| stop.min(mark));
    text[..end].split(|c: char| c.is_whitespace() || c.is_ascii_punctuation()).filter(|word| !word.is_empty())
}

/// What stands behind the last end of a clause and the last number.
fn last_clause(text: &str) -> &str {
    let is_end = |c: char| is_clause_end(c) || c == '%' || c.is_ascii_digit();
    let clause = text.rfind(is_end).map_or(text, |at| text[at..].trim_start_matches(is_end));
    clause.rsplit(". ").next().unwrap_or(clause)
}

fn is_clause_end(c: char) -> bool {
    matches!(c, ',' | ';' | '!' | '?' | '\n' | '。' | '，' | '،' | '।')
}

/// "8折" asks for eight tenths, "85折" for 85 hundredths of the price.
fn tenths(text: &str, number: &std::ops::Range<usize>) -> Option<f64> {
    let written = text[number.clone()].trim_start_matches('0');
    let price: f64 =
        written.replace(',', ".").parse().ok().filter(|_| text[number.end..].starts_with('折'))?;
    let share = if price < 10.0 { price * 10.0 } else { price };
    (share < 100.0).then_some(100.0 - share)
}

/// The same in Chinese numerals: 八折, 八五折.
fn spelt_tenths(text: &str) -> Option<Named> {
    const NUMERALS: &str = "一二三四五六七八九";
    let value = |c: char| NUMERALS.chars().position(|numeral| numeral == c).map(|at| (at + 1) as f64);
    text.match_indices('折')
        .filter_map(|(at, _)| {
            let mut numerals = text[..at].chars().rev().map_while(value).take(2);
            let last = numerals.next()?;
            let tens = numerals.next();
            // Each numeral takes three bytes, the sign too.
            let start = at - if tens.is_some() { 6 } else { 3 };
            Some((100.0 - tens.map_or(last * 10.0, |tens| tens * 10.0 + last), start..at + '折'.len_utf8()))
        })
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
}

#[cfg(test)]
mod tests {
    use aboveboard_text::{Options, normalise};

    use super::*;

    #[test]
    fn discounts_are_read_and_other_percentages_are_not() {
        for (text, expected) in [
            ("I can do 10% off", Some(10.0)),
            ("desconto de 12%", Some(12.0)),
            ("7,5% de desconto à vista", Some(7.5)),
            ("discount of 5 percent, or 15% off for cash", Some(15.0)),
            ("20 por cento de desconto", Some(20.0)),
            ("१०% छूट", Some(10.0)),
            ("خصم ٢٠٪", Some(20.0)),
            ("给你八折", Some(20.0)),
            ("8.5折可以吗", Some(15.0)),
            ("打85折", Some(15.0)),
            ("100% original, no discount", None),
            ("50% upfront", None),
            ("juros de 2% ao mês", None),
            ("battery at 80%. Big discount!", None),
            ("200% off", None),
        ] {
            let form = Options { case: false, accents: true, look_alikes: true };
            let found = largest(normalise(text, form).text());
            assert_eq!(found.map(|(percent, _)| percent), expected, "{text}");
        }
    }
}
