//! Identifiers in the talk and in the registry carry valid check digits, by arithmetic of this file's own.

use aboveboard_simulate::item::Item;

use crate::common::COMPANY;

fn story_text(id: &str) -> String {
    let place = COMPANY.stories.iter().position(|story| story.id == id).unwrap();
    let told: Vec<Item> = COMPANY.items().filter(|item| item.story == Some(place)).collect();
    told.iter().map(Item::words).collect::<Vec<_>>().join("\n")
}

fn registered(kind: &str) -> Vec<String> {
    COMPANY.registry.iter().filter(|entry| entry.kind == kind).map(|entry| entry.value.clone()).collect()
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// The digits of the first run of a text that has this many, taking spaces, dots and hyphens inside it.
fn run_of(text: &str, count: usize) -> Vec<u32> {
    let runs = text.split(|c: char| !(c.is_ascii_digit() || " .-".contains(c)));
    runs.map(digits).find(|run| run.len() == count).unwrap_or_else(|| panic!("no {count} digits in {text}"))
}

fn modulo_11(digits: &[u32], weights: std::ops::RangeInclusive<u32>) -> u32 {
    let sum: u32 = digits.iter().rev().zip(weights.cycle()).map(|(digit, weight)| digit * weight).sum();
    (sum * 10) % 11 % 10
}

fn is_cpf(digits: &[u32]) -> bool {
    digits.len() == 11
        && modulo_11(&digits[..9], 2..=11) == digits[9]
        && modulo_11(&digits[..10], 2..=11) == digits[10]
}

#[test]
fn tax_numbers_hold() {
    assert!(is_cpf(&digits("111.444.777-35")) && !is_cpf(&digits("111.444.777-36")));
    assert!(is_cpf(&run_of(&story_text("another-clients-cpf"), 11)));
    assert!(is_cpf(&run_of(&story_text("refund-to-client"), 11)));
    let cnpj = digits(&registered("pix")[0]);
    assert_eq!(cnpj.len(), 14);
    assert_eq!((modulo_11(&cnpj[..12], 2..=9), modulo_11(&cnpj[..13], 2..=9)), (cnpj[12], cnpj[13]));
}

#[test]
fn cards_hold() {
    let card = run_of(&story_text("card-in-chat"), 16);
    let sum: u32 = card
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| digit * (1 + place as u32 % 2))
        .map(|value| value / 10 + value % 10)
        .sum();
    assert_eq!(sum % 10, 0);
}

#[test]
fn aadhaar_and_pan_hold() {
    // The table of the dihedral group, written out rather than computed.
    const PRODUCT: [[usize; 10]; 10] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ];
    const TURN: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let text = story_text("identity-numbers");
    let aadhaar = run_of(&text, 12);
    let mut check = 0;
    for (place, digit) in aadhaar.iter().rev().enumerate() {
        let mut turned = *digit as usize;
        for _ in 0..place % 8 {
            turned = TURN[turned];
        }
        check = PRODUCT[check][turned];
    }
    assert_eq!(check, 0);
    let pan = text.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| word.len() == 10).unwrap();
    let shape: String = pan.chars().map(|c| if c.is_ascii_digit() { '9' } else { 'A' }).collect();
    assert!(shape == "AAAAA9999A" && pan.chars().nth(3) == Some('P'), "{pan}");
}

#[test]
fn ibans_hold_and_the_private_one_is_not_the_companys() {
    let remainder = |iban: &str| {
        let compact: String = iban.chars().filter(char::is_ascii_alphanumeric).collect();
        let moved = format!("{}{}", &compact[4..], &compact[..4]);
        let decimal: String =
            moved.chars().filter_map(|c| c.to_digit(36)).map(|value| value.to_string()).collect();
        decimal.bytes().fold(0u32, |rest, byte| (rest * 10 + u32::from(byte - b'0')) % 97)
    };
    assert_eq!(remainder("GB82 WEST 1234 5698 7654 32"), 1);
    let own = &registered("iban")[0];
    assert_eq!(remainder(own), 1);
    let text = story_text("private-iban");
    let at = text.find("NORB").unwrap() - 5;
    let private = &text[at..at + 27];
    assert_eq!(remainder(private), 1, "{private}");
    assert_ne!(private, own);
}

#[test]
fn a_private_payee_is_in_no_registry_and_the_companys_is() {
    let upi = registered("upi");
    let handles = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| c.is_whitespace() || ",)".contains(c));
        words.filter(|word| word.contains("@upi")).map(str::to_owned).collect()
    };
    let (private, own) = (handles(&story_text("upi-personal")), handles(&story_text("own-account-checked")));
    assert!(!private.is_empty() && private.iter().all(|handle| !upi.contains(handle)), "{private:?}");
    assert!(!own.is_empty() && own.iter().all(|handle| upi.contains(handle)), "{own:?}");
    assert!(story_text("refuses-private-pay").contains(&registered("pix")[0]));
}
