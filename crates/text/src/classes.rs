//! Which characters count as what: ignorable, accent, digit, unspaced script, pictograph.

/// The zeros of Unicode's decimal digits (general category Nd, Unicode 17); each is followed by its nine others.
const ZEROS: [u32; 77] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50,
    0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x10D40,
    0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0, 0x116DA,
    0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11DE0, 0x11F50, 0x16130, 0x16A60,
    0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0,
    0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// The ASCII digit that a decimal digit of any script stands for.
pub(crate) fn ascii_digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let next = ZEROS.partition_point(|&zero| zero <= code);
    let value = code - ZEROS[next.checked_sub(1)?];
    char::from_digit(value, 10)
}

/// Characters without a shape of their own: zero width, bidirectional controls, soft hyphen, fillers, variation
/// selectors, tags (Unicode's `Default_Ignorable_Code_Point`), and the Arabic tatweel, which only stretches a word.
pub(crate) fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}' | TATWEEL)
}

/// The Arabic letter stretcher.
const TATWEEL: char = '\u{640}';

/// Marks that change how a letter is spelt but not which word is meant: the accents of Latin, Greek and Cyrillic, Hebrew
/// points, Arabic harakat and hamza marks, the Devanagari nukta, combining signs around symbols, skin tones.
///
/// Vowel signs of Indic, Thai and Lao, and the kana voicing marks, are letters in this sense and stay.
pub(crate) fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5BD}' | '\u{5BF}'
        | '\u{5C1}'..='\u{5C2}' | '\u{5C4}'..='\u{5C5}' | '\u{5C7}' | '\u{610}'..='\u{61A}'
        | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E4}'
        | '\u{6E7}'..='\u{6E8}' | '\u{6EA}'..='\u{6ED}' | '\u{8CA}'..='\u{8E1}' | '\u{8E3}'..='\u{8FF}'
        | '\u{93C}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}' | '\u{1F3FB}'..='\u{1F3FF}')
}

/// Whether a character that leaves no trace in the normal form still belongs to the one before it, so that a highlight covers it.
pub(crate) fn attaches(c: char) -> bool {
    is_accent(c) || c == TATWEEL || matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Characters of combining class 0 that can compose with the character before them: conjoining Hangul vowels and finals,
/// and the second halves of some Indic vowel signs.
pub(crate) fn is_joining_starter(c: char) -> bool {
    matches!(c,
        '\u{1161}'..='\u{1175}' | '\u{11A8}'..='\u{11C2}' | '\u{9BE}' | '\u{9D7}' | '\u{B3E}'
        | '\u{B56}'..='\u{B57}' | '\u{BBE}' | '\u{BD7}' | '\u{CC2}' | '\u{CD5}'..='\u{CD6}' | '\u{D3E}'
        | '\u{D57}' | '\u{DCF}' | '\u{DDF}' | '\u{102E}' | '\u{1B35}' | '\u{11127}' | '\u{1133E}'
        | '\u{11357}' | '\u{113B8}' | '\u{113BB}' | '\u{113C2}' | '\u{113C5}' | '\u{113C7}'..='\u{113C9}'
        | '\u{114B0}' | '\u{114BA}' | '\u{114BD}' | '\u{115AF}' | '\u{11930}' | '\u{1611E}'..='\u{16129}'
        | '\u{16D63}' | '\u{16D67}')
}

/// Scripts written without spaces between words: Han, Kana, Bopomofo, Thai, Lao, Khmer, Myanmar, Tai (their digits
/// are ASCII in the normal form).
pub fn is_unspaced(c: char) -> bool {
    if c < '\u{E01}' {
        return false;
    }
    matches!(c,
        '\u{E01}'..='\u{E3A}' | '\u{E40}'..='\u{E4E}' | '\u{E81}'..='\u{ECF}' | '\u{EDC}'..='\u{EDF}'
        | '\u{1000}'..='\u{1049}' | '\u{1050}'..='\u{109F}' | '\u{1780}'..='\u{17D3}' | '\u{17D7}'
        | '\u{17DC}'..='\u{17DD}' | '\u{1950}'..='\u{19DF}' | '\u{1A20}'..='\u{1AAD}'
        | '\u{2E80}'..='\u{2FD5}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}'
        | '\u{3031}'..='\u{3035}' | '\u{3038}'..='\u{303C}' | '\u{3041}'..='\u{309F}'
        | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{312F}' | '\u{31A0}'..='\u{31BF}'
        | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{A9E0}'..='\u{A9FE}' | '\u{AA60}'..='\u{AADF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{1AFF0}'..='\u{1B16F}' | '\u{20000}'..='\u{3FFFF}')
}

/// Emoji, flags and pictographic symbols, each of which is a token.
pub(crate) fn is_pictograph(c: char) -> bool {
    if c < '\u{203C}' {
        return matches!(c, '\u{A9}' | '\u{AE}');
    }
    matches!(c,
        '\u{203C}' | '\u{2049}' | '\u{2139}' | '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}'
        | '\u{25A0}'..='\u{27BF}' | '\u{2900}'..='\u{297F}' | '\u{2B00}'..='\u{2BFF}' | '\u{303D}'
        | '\u{1F000}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::canonical_combining_class;

    use super::*;

    #[test]
    fn every_zero_is_followed_by_nine_digits_and_preceded_by_none() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            for value in 0..10 {
                let digit = char::from_u32(zero + value).unwrap();
                assert!(digit.is_numeric(), "{digit:?}");
                assert_eq!(ascii_digit(digit), char::from_digit(value, 10));
            }
        }
        for (digit, value) in [('٣', '3'), ('۳', '3'), ('३', '3'), ('๓', '3'), ('３', '3'), ('০', '0')]
        {
            assert_eq!(ascii_digit(digit), Some(value));
        }
        for other in ['a', '/', ':', '²', '三', '\0', '\u{10FFFF}'] {
            assert_eq!(ascii_digit(other), None, "{other:?}");
        }
    }

    #[test]
    fn no_starter_composes_with_its_predecessor_unless_it_is_listed() {
        for composed in ('\0'..=char::MAX).filter(|c| !c.is_ascii()) {
            let parts: Vec<char> = composed.nfd().collect();
            let recomposes = parts.iter().copied().nfc().eq([composed]);
            for &second in parts.iter().skip(1).filter(|_| recomposes) {
                let joins = canonical_combining_class(second) != 0 || is_joining_starter(second);
                assert!(joins, "{second:?} in {composed:?}");
            }
        }
    }
}
