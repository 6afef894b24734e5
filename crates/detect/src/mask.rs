//! Masking: how an identifier is shown to people who may read the words around it but not the identifier.

/// Stands for a letter or digit that is hidden.
const HIDDEN: char = '•';
/// Most letters and digits that stay readable.
const SHOWN_MAX: usize = 2;
/// One in so many letters and digits may stay readable, so that a short value is hidden whole.
const SHOWN_ONE_IN: usize = 4;

/// Masks a value as it stands in a text: spaces and punctuation stay, so that its shape is seen; of its letters and digits at most the last two
/// stay, of an address with `@` those before the `@`. Invisible characters are dropped. The longer the value the longer the mask.
///
/// ```
/// assert_eq!(aboveboard_detect::mask("PHONE", "+55 11 98888-0077"), "+•• •• •••••-••77");
/// assert_eq!(aboveboard_detect::mask("EMAIL", "joana@example.com"), "••••a@•••••••.•••");
/// ```
#[must_use]
pub fn mask(kind: &str, value_in_text: &str) -> String {
    let has_local = matches!(kind, "EMAIL" | "UPI" | "PIX_KEY");
    let local_end = if has_local { value_in_text.find(['@', '＠']) } else { None };
    let shown_end = local_end.unwrap_or(value_in_text.len());
    let is_word = |c: &char| c.is_alphanumeric();
    let count = value_in_text[..shown_end].chars().filter(is_word).count();
    let hidden_before = count - SHOWN_MAX.min(count / SHOWN_ONE_IN).min(count);
    let mut seen = 0;
    value_in_text
        .char_indices()
        .filter(|(_, c)| is_word(c) || is_plain_mark(*c))
        .map(|(at, c)| {
            seen += usize::from(is_word(&c));
            if is_word(&c) && (at >= shown_end || seen <= hidden_before) { HIDDEN } else { c }
        })
        .collect()
}

/// Marks that give a value its shape; everything else that is no letter might carry a digit (a keycap) or hide one.
fn is_plain_mark(c: char) -> bool {
    c == ' '
        || c.is_ascii_punctuation()
        || matches!(c, '＠' | '．' | '－' | '／' | '＋' | '–' | '‑' | '\u{a0}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_shape_stays_and_the_value_goes() {
        for (kind, value, expected) in [
            ("BR_CPF", "111.444.777-35", "•••.•••.•••-35"),
            ("IN_AADHAAR", "2341 2341 2346", "•••• •••• ••46"),
            ("CARD", "4111111111111111", "••••••••••••••11"),
            ("UPI", "asha.k@okaxis", "••••.k@••••••"),
            ("EMAIL", "jo@example.com", "••@•••••••.•••"),
            ("PHONE", "९८७६५ ४३२१०", "••••• •••१०"),
            ("SOCIAL_HANDLE", "@abc", "@•••"),
            ("BTC", "", ""),
        ] {
            assert_eq!(mask(kind, value), expected, "{kind}");
        }
    }

    proptest! {
        #[test]
        fn no_more_than_two_characters_are_shown(kind in "EMAIL|UPI|PHONE|IBAN", value in "\\PC{0,40}") {
            let masked = mask(&kind, &value);
            prop_assert!(masked.chars().filter(|c| c.is_alphanumeric()).count() <= SHOWN_MAX);
        }
    }
}
