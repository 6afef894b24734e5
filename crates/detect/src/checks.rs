//! Check digits and checksums, each as its issuer publishes it. All take ASCII and answer false on anything else.

use sha2::{Digest, Sha256};

/// Luhn's check over decimal digits (ISO/IEC 7812-1, annex B).
pub(crate) fn luhn(digits: &str) -> bool {
    let mut sum = 0u32;
    for (place, byte) in digits.bytes().rev().enumerate() {
        let Some(digit) = decimal(byte) else { return false };
        sum += match (place % 2, digit) {
            (0, _) => digit,
            (_, 5..) => digit * 2 - 9,
            _ => digit * 2,
        };
    }
    !digits.is_empty() && sum.is_multiple_of(10)
}

/// Verhoeff's check over decimal digits (J. Verhoeff, "Error detecting decimal codes", 1969), as UIDAI uses it.
pub(crate) fn verhoeff(digits: &str) -> bool {
    let mut check = 0u8;
    for (place, byte) in digits.bytes().rev().enumerate() {
        let Some(digit) = decimal(byte) else { return false };
        check = dihedral(check, permuted(digit as u8, place));
    }
    !digits.is_empty() && check == 0
}

/// Verhoeff's permutation, applied once for each place (it has order eight).
fn permuted(digit: u8, place: usize) -> u8 {
    const ONCE: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    (0..place % 8).fold(digit, |value, _| ONCE[usize::from(value)])
}

/// Multiplication in the dihedral group of order ten: 0 to 4 are rotations, 5 to 9 reflections.
fn dihedral(left: u8, right: u8) -> u8 {
    match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right - 5) % 5,
        (false, true) => 5 + (left - right) % 5,
        (false, false) => (5 + left - right) % 5,
    }
}

/// Both modulo-11 check digits of a Brazilian CPF of eleven digits (Receita Federal); numbers of one repeated digit are never issued.
pub(crate) fn cpf(digits: &str) -> bool {
    let values: Vec<u32> = digits.bytes().filter_map(decimal).collect();
    values.len() == 11
        && digits.len() == 11
        && values.iter().any(|value| *value != values[0])
        && [9, 10].into_iter().all(|at| {
            let sum: u32 = values[..at]
                .iter()
                .zip((2..=at as u32 + 1).rev())
                .map(|(value, weight)| value * weight)
                .sum();
            values[at] == modulo_11(sum)
        })
}

/// Both modulo-11 check digits of a Brazilian CNPJ of fourteen characters: twelve digits or, from July 2026, capitals (Instrução
/// Normativa RFB 2.229/2024: a character counts as its ASCII code less 48), then two digits.
pub(crate) fn cnpj(characters: &str) -> bool {
    let bytes = characters.as_bytes();
    let fits = bytes.len() == 14
        && bytes[..12].iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && bytes[12..].iter().all(u8::is_ascii_digit);
    if !fits || bytes.iter().all(|byte| *byte == bytes[0]) {
        return false;
    }
    let value = |at: usize| u32::from(bytes[at] - b'0');
    [12, 13].into_iter().all(|at| {
        let sum: u32 = (0..at).map(|place| value(place) * ((at - 1 - place) % 8 + 2) as u32).sum();
        value(at) == modulo_11(sum)
    })
}

/// What Receita Federal makes of a weighted sum: 11 less its remainder, and 0 for 10 and 11.
fn modulo_11(sum: u32) -> u32 {
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

/// Whether an IBAN without separators leaves 1 by ISO 7064 MOD 97-10 (ISO 13616-1).
pub(crate) fn iban(characters: &str) -> bool {
    let (Some(head), Some(tail)) = (characters.get(..4), characters.get(4..)) else { return false };
    let mut rest = 0u32;
    for character in tail.chars().chain(head.chars()) {
        let Some(value) = character.to_digit(36) else { return false };
        rest = if value < 10 { rest * 10 + value } else { rest * 100 + value } % 97;
    }
    rest == 1
}

/// CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF), the last field of an EMV merchant-presented QR code.
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(
            crc ^ u16::from(*byte) << 8,
            |crc: u16, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
            },
        )
    })
}

/// Whether a base58check text is a 25-byte address with this version byte: twice SHA-256 over the first 21 bytes ends it.
pub(crate) fn base58_address(text: &str, versions: &[u8]) -> bool {
    const LEN: usize = 25;
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    const TEXT_LEN_MAX: usize = 36;
    if text.len() > TEXT_LEN_MAX {
        return false;
    }
    let mut bytes = [0u8; LEN];
    for character in text.bytes() {
        let Some(digit) = ALPHABET.iter().position(|known| *known == character) else { return false };
        let mut carry = digit as u32;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return false;
        }
    }
    let (payload, sum) = bytes.split_at(LEN - 4);
    versions.contains(&payload[0]) && Sha256::digest(Sha256::digest(payload))[..4] == *sum
}

/// Whether a SegWit address (BIP 173, BIP 350) of this human-readable part is well formed: version, length, checksum.
pub(crate) fn segwit_address(text: &str, part: &str) -> bool {
    const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const BECH32: u32 = 1;
    const BECH32M: u32 = 0x2bc8_30a3;
    let lower = text.to_ascii_lowercase();
    let is_one_case = text == lower || text == text.to_ascii_uppercase();
    let Some(data) = lower.strip_prefix(part).and_then(|rest| rest.strip_prefix('1')) else { return false };
    let values: Option<Vec<u32>> = data
        .bytes()
        .map(|byte| ALPHABET.iter().position(|known| *known == byte).map(|at| at as u32))
        .collect();
    let Some(values) = values.filter(|values| is_one_case && (14..=87).contains(&values.len())) else {
        return false;
    };
    let head = part.bytes().map(|byte| u32::from(byte) >> 5);
    let tail = part.bytes().map(|byte| u32::from(byte) & 31);
    let sum = polymod(head.chain([0]).chain(tail).chain(values.iter().copied()));
    let program_bits = (values.len() - 7) * 5;
    match values[0] {
        0 => sum == BECH32 && matches!(program_bits / 8, 20 | 32),
        1..=16 => sum == BECH32M && (2..=40).contains(&(program_bits / 8)),
        _ => false,
    }
}

fn polymod(values: impl Iterator<Item = u32>) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.fold(1, |sum, value| {
        let shifted = (sum & 0x01ff_ffff) << 5 ^ value;
        GENERATOR
            .iter()
            .enumerate()
            .filter(|(bit, _)| sum >> 25 >> bit & 1 == 1)
            .fold(shifted, |sum, (_, g)| sum ^ g)
    })
}

fn decimal(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Check = fn(&str) -> bool;
    /// A check, an input that passes it, and one that fails.
    type Case = (Check, &'static str, &'static str);

    #[test]
    fn published_examples_pass_and_their_neighbours_fail() {
        let cases: &[Case] = &[
            (luhn, "4111111111111111", "4111111111111112"),
            (luhn, "378282246310005", "378282246310006"),
            (verhoeff, "2363", "2364"),
            (verhoeff, "234123412346", "234123412345"),
            (cpf, "11144477735", "11144477734"),
            (cpf, "52998224725", "11111111111"),
            (cnpj, "11222333000181", "11222333000182"),
            (cnpj, "12ABC34501DE35", "12ABC34501DE36"),
            (iban, "GB82WEST12345698765432", "GB82WEST12345698765423"),
            (iban, "DE89370400440532013000", "DE88370400440532013000"),
            (
                |text| base58_address(text, &[0, 5]),
                "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
                "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
            ),
            (
                |text| base58_address(text, &[0, 5]),
                "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
                "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLz",
            ),
            (
                |text| segwit_address(text, "bc"),
                "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
                "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
            ),
            (
                |text| segwit_address(text, "bc"),
                "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
                "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj1",
            ),
        ];
        for (check, right, wrong) in cases {
            assert!(check(right), "{right}");
            assert!(!check(wrong), "{wrong}");
            assert!(!check("") && !check("é1"), "{right}: other text");
        }
        assert_eq!(crc16(b"123456789"), 0x29B1);
    }

    #[test]
    fn every_single_wrong_digit_is_noticed() {
        let cases: [(Check, &str); 3] =
            [(luhn, "4111111111111111"), (verhoeff, "234123412346"), (iban, "GB82WEST12345698765432")];
        for (check, right) in cases {
            for at in (0..right.len()).filter(|at| right.as_bytes()[*at].is_ascii_digit()) {
                for digit in ('0'..='9').filter(|digit| !right[at..].starts_with(*digit)) {
                    let wrong = format!("{}{digit}{}", &right[..at], &right[at + 1..]);
                    assert!(!check(&wrong), "{wrong}");
                }
            }
        }
    }
}
