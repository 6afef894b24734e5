//! Amounts of money as people write them: signs and codes before or after, both decimal marks, Indian grouping, multipliers in words.

mod part;

use std::ops::Range;

use aboveboard_model::{document::Zone, features::Money};

use crate::{findings::Found, reading::Reading};

/// Most amounts kept of one zone.
const MONEY_MAX: usize = 64;
/// Most digits of an amount; longer numbers are not money.
const DIGITS_MAX: usize = 15;
/// Longest word looked at beside a number, in bytes.
const WORD_BYTES_MAX: usize = 24;

/// Signs that stand before or behind an amount, longer ones first, and their currency; `$` and `¥` depend on the country.
const SIGNS: &[(&str, &str)] = &[
    ("US$", "USD"),
    ("HK$", "HKD"),
    ("MX$", "MXN"),
    ("NT$", "TWD"),
    ("R$", "BRL"),
    ("A$", "AUD"),
    ("C$", "CAD"),
    ("S$", "SGD"),
    ("S/.", "PEN"),
    ("S/", "PEN"),
    ("₹", "INR"),
    ("£", "GBP"),
    ("€", "EUR"),
    ("₦", "NGN"),
    ("₩", "KRW"),
    ("₺", "TRY"),
    ("₽", "RUB"),
    ("₴", "UAH"),
    ("₱", "PHP"),
    ("₫", "VND"),
    ("฿", "THB"),
    ("₪", "ILS"),
    ("¥", "CNY"),
    ("$", "USD"),
];

/// Words and codes for currencies, in the normal form, lower case; they may stand on either side.
const WORDS: &[(&str, &str)] = &[
    ("aed", "AED"),
    ("ars", "ARS"),
    ("aud", "AUD"),
    ("bitcoin", "BTC"),
    ("brl", "BRL"),
    ("btc", "BTC"),
    ("bucks", "USD"),
    ("cad", "CAD"),
    ("chf", "CHF"),
    ("clp", "CLP"),
    ("cny", "CNY"),
    ("conto", "BRL"),
    ("contos", "BRL"),
    ("cop", "COP"),
    ("dhs", "AED"),
    ("dinheiros", "BRL"),
    ("dirham", "AED"),
    ("dirhams", "AED"),
    ("dolar", "USD"),
    ("dolares", "USD"),
    ("dollar", "USD"),
    ("dollars", "USD"),
    ("eur", "EUR"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("gbp", "GBP"),
    ("hkd", "HKD"),
    ("idr", "IDR"),
    ("inr", "INR"),
    ("jpy", "JPY"),
    ("kes", "KES"),
    ("ksh", "KES"),
    ("mxn", "MXN"),
    ("myr", "MYR"),
    ("naira", "NGN"),
    ("ngn", "NGN"),
    ("pesos", "peso"),
    ("pkr", "PKR"),
    ("pounds", "GBP"),
    ("quid", "GBP"),
    ("rand", "ZAR"),
    ("real", "BRL"),
    ("reais", "BRL"),
    ("riyal", "SAR"),
    ("riyals", "SAR"),
    ("rmb", "CNY"),
    ("rp", "IDR"),
    ("rs", "rupee"),
    ("rupaye", "INR"),
    ("rupee", "rupee"),
    ("rupees", "rupee"),
    ("rupiah", "IDR"),
    ("sar", "SAR"),
    ("sgd", "SGD"),
    ("soles", "PEN"),
    ("thb", "THB"),
    ("usd", "USD"),
    ("usdt", "USDT"),
    ("yen", "JPY"),
    ("yuan", "CNY"),
    ("zar", "ZAR"),
    ("रुपये", "INR"),
    ("रुपए", "INR"),
    ("रुपया", "INR"),
    ("रुपयों", "INR"),
    ("रु", "INR"),
    ("درهم", "AED"),
    ("ريال", "SAR"),
    ("جنيه", "EGP"),
    ("دولار", "USD"),
    ("元", "CNY"),
    ("块", "CNY"),
    ("块钱", "CNY"),
    ("人民币", "CNY"),
    ("円", "JPY"),
    ("บาท", "THB"),
    ("рублеи", "RUB"),
    ("руб", "RUB"),
];

/// Multipliers, in the normal form, lower case, what they multiply by, and the currency that they suggest.
const MULTIPLIERS: &[(&str, f64, Option<&str>)] = &[
    ("k", 1e3, None),
    ("mil", 1e3, None),
    ("thousand", 1e3, None),
    ("grand", 1e3, None),
    ("tausend", 1e3, None),
    ("mille", 1e3, None),
    ("ribu", 1e3, Some("IDR")),
    ("rb", 1e3, Some("IDR")),
    ("juta", 1e6, Some("IDR")),
    ("jt", 1e6, Some("IDR")),
    ("lakh", 1e5, Some("INR")),
    ("lakhs", 1e5, Some("INR")),
    ("lac", 1e5, Some("INR")),
    ("lacs", 1e5, Some("INR")),
    ("crore", 1e7, Some("INR")),
    ("crores", 1e7, Some("INR")),
    ("cr", 1e7, Some("INR")),
    ("million", 1e6, None),
    ("millions", 1e6, None),
    ("mn", 1e6, None),
    ("milhao", 1e6, None),
    ("milhoes", 1e6, None),
    ("millon", 1e6, None),
    ("millones", 1e6, None),
    ("millionen", 1e6, None),
    ("hazar", 1e3, Some("INR")),
    ("hazaar", 1e3, Some("INR")),
    ("हजार", 1e3, Some("INR")),
    ("लाख", 1e5, Some("INR")),
    ("करोड", 1e7, Some("INR")),
    ("الف", 1e3, None),
    ("مليون", 1e6, None),
    ("千", 1e3, Some("CNY")),
    ("万", 1e4, Some("CNY")),
    ("亿", 1e8, Some("CNY")),
];

/// Finds the amounts of a zone, outside of what the detectors found.
pub(crate) fn find(reading: &Reading, zone: Zone, settled: &[Found], money: &mut Vec<Money>) {
    let text = reading.text();
    let mut taken =
        settled.iter().filter(|found| found.confidence >= 0.5).map(|found| found.span.clone()).peekable();
    let mut covered = 0;
    let mut kept = 0;
    let mut at = 0;
    while let Some(number) = next_number(text, at) {
        at = number.end;
        while let Some(span) = taken.next_if(|span| span.start < number.end) {
            covered = covered.max(span.end);
        }
        if covered > number.start {
            continue;
        }
        let Some((amount, currency, span)) = amount_at(text, &number, reading.country) else { continue };
        at = at.max(span.end);
        let is_part = part::is_part(text, &span);
        let place = reading.original(span);
        money.push(Money {
            amount,
            currency: currency.map(str::to_owned),
            is_part,
            zone,
            start: place.start,
            end: place.end,
        });
        kept += 1;
        if kept == MONEY_MAX {
            return;
        }
    }
}

/// The next digits with their decimal and thousands marks.
fn next_number(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let start = from + bytes[from..].iter().position(u8::is_ascii_digit)?;
    let mut end = start;
    loop {
        end += bytes[end..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_mark = matches!(bytes.get(end), Some(b'.' | b',' | b'\''));
        if !is_mark || !bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
            return Some(start..end);
        }
        end += 1;
    }
}

/// The amount written around a number, if it is money: the value, the currency, and the whole span.
fn amount_at<'c>(
    text: &str,
    number: &Range<usize>,
    country: Option<&'c str>,
) -> Option<(f64, Option<&'c str>, Range<usize>)> {
    let before = sign_before(text, number.start);
    let mut end = number.end;
    let mut factor = None;
    if let Some((_, by, suggests, stop)) = multiplier_after(text, end) {
        factor = Some((by, suggests));
        end = stop;
    }
    let after = currency_after(text, end);
    let touches_word =
        text[..number.start].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && before.is_none();
    if touches_word || text[end..].starts_with('%') {
        return None;
    }
    let (start, sign) = before.map_or((number.start, None), |(start, sign)| (start, Some(sign)));
    let written = &text[number.clone()];
    let (by, suggested) = factor.unwrap_or((1.0, None));
    let currency = sign.or(after.map(|(sign, _)| sign)).or(suggested);
    if currency.is_none() && (factor.is_none() || is_resolution(text, written, number.end)) {
        return None;
    }
    let amount = value(written, factor.is_some())? * by;
    let span_end = after.filter(|_| sign.is_none()).map_or(end, |(_, stop)| stop);
    Some((amount, currency.and_then(|sign| resolved(sign, country)), start..span_end))
}

/// Whether "4K" is a television's and nobody's price.
fn is_resolution(text: &str, number: &str, end: usize) -> bool {
    const SCREENS: &[&str] = &[
        "tv",
        "uhd",
        "hdr",
        "ultra",
        "smart",
        "oled",
        "qled",
        "led",
        "video",
        "monitor",
        "screen",
        "tela",
        "televisao",
        "resolution",
    ];
    let rest = &text[end..];
    let next = word_after(text, end + 1).map(|(word, _)| word.to_lowercase());
    matches!(number, "2" | "4" | "5" | "8")
        && rest.starts_with(['k', 'K'])
        && (rest.starts_with('K') || next.is_some_and(|word| SCREENS.contains(&word.as_str())))
}

/// A sign or code that ends right before the number.
fn sign_before(text: &str, number: usize) -> Option<(usize, &'static str)> {
    let head = text[..number].strip_suffix(' ').unwrap_or(&text[..number]);
    let window = &head[head.ceil_char_boundary(head.len().saturating_sub(WORD_BYTES_MAX))..];
    let upper = window.to_ascii_uppercase();
    if let Some((sign, currency)) = SIGNS.iter().find(|(sign, _)| upper.ends_with(sign)) {
        return Some((head.len() - sign.len(), currency));
    }
    let bare = window.strip_suffix('.').or_else(|| window.strip_suffix(':')).unwrap_or(window);
    let word_len: usize = bare.chars().rev().take_while(|c| is_word(*c)).map(char::len_utf8).sum();
    let word = bare[bare.len() - word_len..].to_lowercase();
    let start = head.len() - (window.len() - bare.len()) - word_len;
    WORDS.iter().find(|(known, _)| *known == word).map(|(_, currency)| (start, *currency))
}

/// A multiplier behind the number, with a space or without: the word, the factor, the currency it suggests, and its end.
fn multiplier_after(text: &str, end: usize) -> Option<(&str, f64, Option<&'static str>, usize)> {
    let (word, stop) = word_after(text, end)?;
    let is_attached = text[end..].starts_with(word);
    let lower = word.to_lowercase();
    let exact = MULTIPLIERS.iter().find(|(known, ..)| *known == lower);
    if let Some((_, by, suggests)) = exact.filter(|(known, ..)| is_attached || *known != "k") {
        return Some((word, *by, *suggests, stop));
    }
    // Chinese goes on without a space: 3万元.
    let (known, by, suggests) = MULTIPLIERS
        .iter()
        .find(|(known, ..)| !known.is_ascii() && is_attached && is_han(known) && word.starts_with(known))?;
    Some((&word[..known.len()], *by, *suggests, stop - word.len() + known.len()))
}

/// A currency's sign or word behind a number or its multiplier; "de" may stand between.
fn currency_after(text: &str, end: usize) -> Option<(&'static str, usize)> {
    let rest = text[end..].strip_prefix(' ').unwrap_or(&text[end..]);
    let begin = text.len() - rest.len();
    if rest.starts_with("/-") {
        return Some(("rupee", begin + "/-".len()));
    }
    if let Some((sign, currency)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
        // In "3 £5" the sign belongs to the next number.
        let is_next = rest[sign.len()..].trim_start_matches(' ').starts_with(|c: char| c.is_ascii_digit());
        return (!is_next).then_some((*currency, begin + sign.len()));
    }
    let (word, stop) = word_after(text, end)?;
    let (word, stop) = if word == "de" { word_after(text, stop)? } else { (word, stop) };
    let lower = word.to_lowercase();
    if let Some((_, currency)) = WORDS.iter().find(|(known, _)| *known == lower) {
        return Some((*currency, stop));
    }
    let (known, currency) =
        WORDS.iter().filter(|(known, _)| is_han(known)).find(|(known, _)| word.starts_with(known))?;
    Some((*currency, stop - word.len() + known.len()))
}

/// The word behind a place, after at most one space, and its end. A word longer than the limit is none.
fn word_after(text: &str, at: usize) -> Option<(&str, usize)> {
    let rest = text.get(at..)?;
    let skip = usize::from(rest.starts_with(' '));
    let len: usize =
        rest[skip..].chars().take_while(|c| is_word(*c)).take(WORD_BYTES_MAX).map(char::len_utf8).sum();
    (len > 0).then(|| (&rest[skip..skip + len], at + skip + len))
}

/// Letters and the vowel signs of Indian scripts, not digits.
fn is_word(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\u{93C}' | '\u{94D}')
}

fn is_han(word: &str) -> bool {
    word.chars().all(|c| matches!(c, '\u{3400}'..='\u{9FFF}'))
}

/// A currency by sign and country; `None` where the sign alone does not say.
fn resolved<'c>(sign: &'c str, country: Option<&'c str>) -> Option<&'c str> {
    Some(match (sign, country) {
        ("USD", Some("MX")) => "MXN",
        ("USD", Some("AR")) => "ARS",
        ("USD", Some("CL")) => "CLP",
        ("USD", Some("CO")) => "COP",
        ("USD", Some("CA")) => "CAD",
        ("USD", Some("AU")) => "AUD",
        ("USD", Some("SG")) => "SGD",
        ("USD", Some("HK")) => "HKD",
        ("CNY", Some("JP")) => "JPY",
        ("INR" | "rupee", Some("PK")) => "PKR",
        ("INR" | "rupee", Some("LK")) => "LKR",
        ("INR" | "rupee", Some("NP")) => "NPR",
        ("INR", Some("BD")) => "BDT",
        ("rupee", _) => "INR",
        ("peso", Some("AR")) => "ARS",
        ("peso", Some("CL")) => "CLP",
        ("peso", Some("CO")) => "COP",
        ("peso", Some("MX")) => "MXN",
        ("peso", Some("PH")) => "PHP",
        ("peso", _) => return None,
        (known, _) => known,
    })
}

/// Reads digits with marks. A single mark before exactly three digits parts thousands, unless a multiplier follows: "1.350" but "1.350 million".
pub(crate) fn value(written: &str, has_multiplier: bool) -> Option<f64> {
    let digits = written.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || digits > DIGITS_MAX {
        return None;
    }
    let last = written.rfind(['.', ',', '\'']);
    let Some(last) = last else { return written.parse().ok() };
    let mark = written.as_bytes()[last];
    let tail = written.len() - last - 1;
    let is_repeated = written.bytes().filter(|byte| *byte == mark).count() > 1;
    let has_other = written.bytes().any(|byte| !byte.is_ascii_digit() && byte != mark);
    let parts_thousands = tail == 3
        && !has_other
        && (is_repeated || (!has_multiplier && (1..=3).contains(&last) && !written.starts_with('0')));
    if is_repeated && !parts_thousands
        || (tail > 2 && !parts_thousands && !has_multiplier)
        || mark == b'\'' && !parts_thousands
    {
        return None;
    }
    let plain = |part: &str| part.chars().filter(char::is_ascii_digit).collect::<String>();
    let number = if parts_thousands {
        plain(written)
    } else {
        format!("{}.{}", plain(&written[..last]), &written[last + 1..])
    };
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str, country: Option<&str>) -> Vec<(f64, Option<String>, String)> {
        let reading = Reading::new(text, country);
        let mut all = Vec::new();
        find(&reading, Zone::Text, &[], &mut all);
        all.into_iter().map(|one| (one.amount, one.currency, text[one.start..one.end].to_owned())).collect()
    }

    #[test]
    fn amounts_are_read_in_the_ways_people_write_them() {
        for (text, country, amount, currency, span) in [
            ("por R$ 1.350,00 à vista", None, 1350.0, "BRL", "R$ 1.350,00"),
            ("only ₹1,35,000 sir", None, 135_000.0, "INR", "₹1,35,000"),
            ("that's £1,200.", None, 1200.0, "GBP", "£1,200"),
            ("total 1.35 lakh", None, 135_000.0, "INR", "1.35 lakh"),
            ("1,35 lakh final", None, 135_000.0, "INR", "1,35 lakh"),
            ("2.5 crore", Some("PK"), 25_000_000.0, "PKR", "2.5 crore"),
            ("faço 1500 reais", None, 1500.0, "BRL", "1500 reais"),
            ("1,5 milhão de reais", None, 1_500_000.0, "BRL", "1,5 milhão de reais"),
            ("Rs. 4500/-", None, 4500.0, "INR", "Rs. 4500"),
            ("MRP 45,990/- only", None, 45_990.0, "INR", "45,990/-"),
            ("Rs 4500", Some("PK"), 4500.0, "PKR", "Rs 4500"),
            ("USD 99.95 each", None, 99.95, "USD", "USD 99.95"),
            ("$20", Some("MX"), 20.0, "MXN", "$20"),
            ("€ 1.299,90", None, 1299.9, "EUR", "€ 1.299,90"),
            ("1 299 €", None, 299.0, "EUR", "299 €"),
            ("500 dirhams", None, 500.0, "AED", "500 dirhams"),
            ("３万元", None, 30_000.0, "CNY", "３万元"),
            ("五折后800块钱", None, 800.0, "CNY", "800块钱"),
            ("५०० रुपये", None, 500.0, "INR", "५०० रुपये"),
            ("R$ 3 mil", None, 3000.0, "BRL", "R$ 3 mil"),
            ("R$15k", None, 15_000.0, "BRL", "R$15k"),
            ("CHF 1'350.50", None, 1350.5, "CHF", "CHF 1'350.50"),
            ("200 jt", None, 200_000_000.0, "IDR", "200 jt"),
        ] {
            assert_eq!(
                money(text, country),
                [(amount, Some(currency.to_owned()), span.to_owned())],
                "{text}"
            );
        }
    }

    #[test]
    fn a_multiplier_alone_is_money_of_unknown_currency() {
        assert_eq!(money("can you do 3k", None), [(3000.0, None, "3k".to_owned())]);
        assert_eq!(money("faço por 2,5 mil", None), [(2500.0, None, "2,5 mil".to_owned())]);
        assert_eq!(money("100 pesos", None), [(100.0, None, "100 pesos".to_owned())]);
    }

    #[test]
    fn other_numbers_are_not_money() {
        for text in [
            "call 98765 43210",
            "55 inch 4K TV",
            "4k smart tv",
            "at 10:30 on 12.05.2024",
            "3 kg, 5 km",
            "10% off",
            "order 4500",
            "v1.350.2",
            "2 kids",
            "A500k",
        ] {
            assert_eq!(money(text, Some("IN")), [], "{text}");
        }
    }
}
