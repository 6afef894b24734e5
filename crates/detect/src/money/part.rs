//! Amounts that say themselves that they are not a whole price: instalments, deposits, delivery, fees, what is taken off.

use std::ops::Range;

/// How far before and behind an amount its words are looked at, in bytes of the normal form.
const AROUND_BYTES_MAX: usize = 24;

/// What stands before such an amount, lower case, in the normal form.
const BEFORE: &[&str] = &[
    "deposit",
    "advance",
    "token",
    "booking",
    "delivery",
    "shipping",
    "freight",
    "installation",
    "fitting",
    "fee",
    "tax",
    "save",
    "saving",
    "entrada",
    "sinal",
    "frete",
    "entrega",
    "taxa",
    "instalacao",
    "adiantamento",
    "parcela",
    "parcelas",
    "economiza",
    "anticipo",
    "envio",
    "cuota",
    "cuotas",
    "enganche",
    "instalacion",
    "anzahlung",
    "versand",
    "lieferung",
    "acompte",
    "livraison",
    "ongkir",
    "emi",
    "instalment",
    "instalments",
    "installment",
    "installments",
    "discount",
    "desconto",
    "descuento",
    "定金",
    "运费",
];
/// What stands behind such an amount.
const BEHIND: &[&str] = &[
    "off",
    "discount",
    "deposit",
    "advance",
    "monthly",
    "month",
    "delivery",
    "shipping",
    "fee",
    "extra",
    "cashback",
    "mes",
    "mensais",
    "desconto",
    "entrada",
    "sinal",
    "frete",
    "descuento",
    "mensual",
    "cuotas",
    "rabatt",
    "anzahlung",
    "monat",
];

/// Whether the words around an amount, in the same clause, say that it is a part of a price or something beside it.
pub(super) fn is_part(text: &str, amount: &Range<usize>) -> bool {
    let start = text.ceil_char_boundary(amount.start.saturating_sub(AROUND_BYTES_MAX));
    let end = text.floor_char_boundary((amount.end + AROUND_BYTES_MAX).min(text.len()));
    let before = text[start..amount.start].to_lowercase();
    let before = before.rsplit(is_end).next().unwrap_or_default();
    let behind = text[amount.end..end].to_lowercase();
    let behind = behind.split(is_end).next().unwrap_or_default();
    is_times(before)
        || words(before).any(|word| BEFORE.contains(&word))
        || words(behind).take(3).any(|word| BEHIND.contains(&word))
}

/// Another number ends the clause too: its words are its own.
fn is_end(c: char) -> bool {
    matches!(c, ',' | ';' | '.' | '!' | '?' | '\n' | '。' | '，' | '،' | '।')
}

/// Whether an amount is one of several: "10x de", "12 x".
fn is_times(before: &str) -> bool {
    let bare = before.trim_end();
    let bare = bare.strip_suffix(" de").or_else(|| bare.strip_suffix(" of")).unwrap_or(bare).trim_end();
    let Some(count) = bare.strip_suffix(['x', '×']) else { return false };
    count.trim_end().ends_with(|c: char| c.is_ascii_digit())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_price_are_told_from_prices() {
        for (text, amount, wanted) in [
            ("the fridge is £600", "£600", false),
            ("the fridge for £600, delivery £30", "£600", false),
            ("the fridge for £600, delivery £30", "£30", true),
            ("em 10x de R$ 135", "R$ 135", true),
            ("10x R$ 135 sem juros", "R$ 135", true),
            ("entrada de R$ 200", "R$ 200", true),
            ("R$ 200 de desconto", "R$ 200", true),
            ("£50 off the oven", "£50", true),
            ("faço por R$ 1.350", "R$ 1.350", false),
            ("a geladeira sai por R$ 3.000 no meu pix", "R$ 3.000", false),
            ("pay a deposit. The hob is £279", "£279", false),
        ] {
            let at = text.find(amount).unwrap();
            assert_eq!(is_part(text, &(at..at + amount.len())), wanted, "{text}: {amount}");
        }
    }
}
