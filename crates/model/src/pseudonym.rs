//! The one way in which people's names and numbers are shown: as pseudonyms, unless somebody may see more.

use crate::id::{ContactId, EmployeeId, UserId, short, short_ranges};

/// Letters of a pseudonym after its sign: 20 bits, so that namesakes are rare within a firm; links carry the whole id.
const LETTERS: usize = 4;

/// `K-7F2A`: an employee.
pub fn employee(id: EmployeeId) -> String {
    format!("K-{}", short(id.0, LETTERS))
}

/// `C-0B1X`: a client.
pub fn contact(id: ContactId) -> String {
    format!("C-{}", short(id.0, LETTERS))
}

/// `U-3M9Q`: somebody who signs in.
pub fn user(id: UserId) -> String {
    format!("U-{}", short(id.0, LETTERS))
}

/// The ids, as inclusive ranges, whose pseudonym begins with these letters: one range for each leading digit, which a
/// pseudonym does not show. Empty where the letters are none, or too many.
pub fn ranges(letters: &str) -> Vec<(u64, u64)> {
    if letters.is_empty() || letters.len() > LETTERS { vec![] } else { short_ranges(letters) }
}

/// A business number with all but its country and last two digits hidden: `+55 •••• 88`.
pub fn number(digits: &str) -> String {
    let digits: Vec<char> = digits.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 6 {
        return "••••".to_owned();
    }
    let head: String = digits[..2].iter().collect();
    let tail: String = digits[digits.len() - 2..].iter().collect();
    format!("+{head} •••• {tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_short_and_lasts() {
        assert_eq!(employee(EmployeeId(0x1234_5678_9abc_def0)), "K-4D2P");
        assert_eq!(contact(ContactId(0)), "C-0000");
    }

    #[test]
    fn a_pseudonyms_beginning_finds_the_ids_that_show_it() {
        let id = 0x1234_5678_9abc_def0;
        let holds =
            |letters: &str| ranges(letters).iter().any(|(first, last)| (*first..=*last).contains(&id));
        for letters in ["4", "4D", "4d2", "4D2P"] {
            assert!(holds(letters), "{letters}");
        }
        for letters in ["", "5", "4D2Q", "4D2P0", "u", "é"] {
            assert!(!holds(letters), "{letters}");
        }
        assert!(ranges("Z").iter().any(|(_, last)| *last == u64::MAX));
    }

    #[test]
    fn a_number_keeps_its_country_and_two_digits() {
        assert_eq!(number("5511988880000"), "+55 •••• 00");
        assert_eq!(number("12"), "••••");
    }
}
