//! Identifiers of people and accounts, invented from the seed, with the check digits their issuers publish.

use crate::random::Random;

/// A Brazilian CPF, written `000.000.000-00`, with both modulo-11 check digits (Receita Federal).
pub fn cpf(random: &mut Random) -> String {
    let mut digits = decimal(&random.digits(9));
    push_modulo_11(&mut digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]);
    push_modulo_11(&mut digits, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    let text = join(&digits);
    format!("{}.{}.{}-{}", &text[..3], &text[3..6], &text[6..9], &text[9..])
}

/// A Brazilian CNPJ of a head office, written `00.000.000/0001-00`, with both check digits (Receita Federal).
pub fn cnpj(random: &mut Random) -> String {
    let mut digits = decimal(&format!("{}0001", random.digits(8)));
    push_modulo_11(&mut digits, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]);
    push_modulo_11(&mut digits, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]);
    let text = join(&digits);
    format!("{}.{}.{}/{}-{}", &text[..2], &text[2..5], &text[5..8], &text[8..12], &text[12..])
}

/// An Indian Aadhaar number, written `0000 0000 0000`, with its Verhoeff check digit (UIDAI).
pub fn aadhaar(random: &mut Random) -> String {
    let mut digits = vec![u8::try_from(random.between(2, 9)).unwrap_or(2)];
    digits.extend(decimal(&random.digits(10)));
    digits.push(verhoeff(&digits));
    let text = join(&digits);
    format!("{} {} {}", &text[..4], &text[4..8], &text[8..])
}

/// An Indian PAN of a person: three letters, `P`, the surname's initial, four digits, a letter (Income Tax Department).
pub fn pan(random: &mut Random, surname: &str) -> String {
    let mut letter = || char::from(b'A' + u8::try_from(random.below(26)).unwrap_or(0));
    let head: String = (0..3).map(|_| letter()).collect();
    let last = letter();
    let initial = surname.chars().find(char::is_ascii_alphabetic).map_or('S', |c| c.to_ascii_uppercase());
    format!("{head}P{initial}{}{last}", random.digits(4))
}

/// A payment card number in groups of four, from the schemes' test prefix, with its Luhn digit (ISO/IEC 7812-1).
pub fn card(random: &mut Random) -> String {
    let mut digits = decimal(&format!("411111{}", random.digits(9)));
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { doubled(*digit) } else { u32::from(*digit) })
        .sum();
    digits.push(u8::try_from((10 - sum % 10) % 10).unwrap_or(0));
    let text = join(&digits);
    format!("{} {} {} {}", &text[..4], &text[4..8], &text[8..12], &text[12..])
}

/// A British IBAN of the given bank in groups of four, with its ISO 7064 MOD 97-10 check digits (ISO 13616).
pub fn iban(random: &mut Random, bank: &str) -> String {
    let account = format!("{bank}{}{}", random.digits(6), random.digits(8));
    let check = 98 - remainder_97(&format!("{account}GB00"));
    let text = format!("GB{check:02}{account}");
    text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
}

/// A random PIX key: a version 4 UUID in lower case (Banco Central do Brasil, DICT).
pub fn pix_random(random: &mut Random) -> String {
    let hex = random.hex(30).to_lowercase();
    let variant = ['8', '9', 'a', 'b'][random.index(4)];
    format!("{}-{}-4{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..30])
}

/// The ISO 7064 MOD 97-10 remainder of letters and digits, letters counted from A = 10.
fn remainder_97(text: &str) -> u32 {
    text.chars()
        .filter_map(|c| c.to_digit(36))
        .fold(0, |rest, value| if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 })
}

fn doubled(digit: u8) -> u32 {
    let twice = u32::from(digit) * 2;
    if twice > 9 { twice - 9 } else { twice }
}

fn push_modulo_11(digits: &mut Vec<u8>, weights: &[u32]) {
    let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    let rest = sum % 11;
    digits.push(if rest < 2 { 0 } else { u8::try_from(11 - rest).unwrap_or(0) });
}

/// Verhoeff's dihedral check digit (J. Verhoeff, "Error detecting decimal codes", 1969).
fn verhoeff(digits: &[u8]) -> u8 {
    const PERMUTATION: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    const INVERSE: [u8; 10] = [0, 4, 3, 2, 1, 5, 6, 7, 8, 9];
    let check = digits.iter().rev().enumerate().fold(0u8, |check, (place, digit)| {
        let permuted = (0..(place + 1) % 8).fold(*digit, |value, _| PERMUTATION[usize::from(value)]);
        dihedral(check, permuted)
    });
    INVERSE[usize::from(check)]
}

/// Multiplication in the dihedral group of order ten, with rotations as 0 to 4 and reflections as 5 to 9.
fn dihedral(left: u8, right: u8) -> u8 {
    match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right) % 5,
        (false, true) => 5 + (left - right) % 5,
        (false, false) => (left + 5 - right) % 5,
    }
}

fn decimal(text: &str) -> Vec<u8> {
    text.bytes().map(|byte| byte - b'0').collect()
}

fn join(digits: &[u8]) -> String {
    digits.iter().map(|digit| char::from(b'0' + digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_published_examples() {
        assert_eq!(verhoeff(&[2, 3, 6]), 3);
        assert_eq!(verhoeff(&[2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]), 6);
        let mut digits = decimal("111444777");
        push_modulo_11(&mut digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]);
        push_modulo_11(&mut digits, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
        assert_eq!(join(&digits), "11144477735");
        assert_eq!(remainder_97("WEST12345698765432GB82"), 1);
    }

    #[test]
    fn every_identifier_has_its_written_shape() {
        let mut random = Random::new(3);
        for _ in 0..200 {
            assert_eq!(cpf(&mut random).len(), 14);
            assert_eq!(cnpj(&mut random).len(), 18);
            assert_eq!(aadhaar(&mut random).len(), 14);
            assert_eq!(pan(&mut random, "Menon").chars().nth(4), Some('M'));
            assert_eq!(card(&mut random).len(), 19);
            assert_eq!(iban(&mut random, "ABHM").len(), 27);
            assert_eq!(pix_random(&mut random).len(), 36);
        }
    }
}
