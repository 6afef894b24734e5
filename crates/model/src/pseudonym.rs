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

/// Where the ids of clients with a pseudonym lie, first and last: the letters leave the first four bits and the last forty
/// open. `None` where text is no client's pseudonym.
pub fn contact_ranges(text: &str) -> Option<Vec<(u64, u64)>> {
    let letters = text.strip_prefix("C-").or_else(|| text.strip_prefix("c-"))?;
    let known = crate::id::long(letters).filter(|_| letters.len() == LETTERS)?;
    const OPEN_BITS: u32 = 60 - 5 * LETTERS as u32;
    let low = |head: u64| head << 60 | known << OPEN_BITS;
    Some((0..16).map(|head| (low(head), low(head) | ((1 << OPEN_BITS) - 1))).collect())
}

/// One way in which a client is known, with all but its ends hidden. Names are hidden whole.
pub fn identity(scheme: &str, value: &str) -> String {
    match scheme {
        "phone" | "wa_id" => number(value),
        "user_id" | "parent_user_id" => {
            let (country, rest) = value.split_once('.').unwrap_or(("", value));
            let tail: String = rest.chars().skip(rest.chars().count().saturating_sub(2).max(2)).collect();
            format!("{}.••••{tail}", country.chars().take(2).collect::<String>())
        }
        "username" => format!("@{}•••", value.chars().take(1).collect::<String>()),
        _ => "••••".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_leads_back_to_the_ids_that_have_it() {
        let id = ContactId(0x9234_5678_9abc_def0);
        let ranges = contact_ranges(&contact(id)).unwrap();
        assert_eq!(ranges.iter().filter(|(low, high)| (*low..=*high).contains(&id.0)).count(), 1);
        assert!(ranges.iter().all(|(low, high)| contact(ContactId(*low)) == contact(ContactId(*high))));
        for other in ["C-", "K-4D2P", "C-4D2", "C-4D2PP", "C-!!!!", "5511"] {
            assert_eq!(contact_ranges(other), None, "{other}");
        }
    }

    #[test]
    fn an_identity_keeps_its_ends_and_a_name_nothing() {
        assert_eq!(identity("phone", "5511988880000"), "+55 •••• 00");
        assert_eq!(identity("user_id", "BR.13491208655302741918"), "BR.••••18");
        assert_eq!(identity("user_id", "x"), ".••••");
        assert_eq!(identity("username", "lia.prado"), "@l•••");
        assert_eq!(identity("name", "n1\nAna"), "••••");
    }

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
