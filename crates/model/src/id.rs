//! Ids: types that print with a prefix, so that a pasted id says what it is.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Crockford's base 32, lower case: no i, l, o, u, so that an id can be read aloud.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Digits of an id after its prefix: 13 of five bits hold 64 bits.
const DIGITS: usize = 13;

/// A position in the log: entry 0 is the first. An index alone names an entry of the one log that a ledger opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Index(pub u64);

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Text that is not an id of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnId {
    /// The prefix that was wanted.
    pub prefix: &'static str,
}

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an id of the form {}_ and {DIGITS} letters or digits", self.prefix)
    }
}

impl std::error::Error for NotAnId {}

fn print(prefix: &str, value: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{prefix}_")?;
    for digit in (0..DIGITS).rev() {
        let five = (value >> (digit * 5)) & 31;
        write!(f, "{}", ALPHABET[five as usize] as char)?;
    }
    Ok(())
}

fn parse(prefix: &'static str, text: &str) -> Result<u64, NotAnId> {
    let refused = NotAnId { prefix };
    let digits = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(refused.clone())?;
    if digits.len() != DIGITS {
        return Err(refused);
    }
    digits.bytes().try_fold(0u64, |value, byte| {
        let five = ALPHABET.iter().position(|&letter| letter == byte).ok_or(refused.clone())?;
        let shifted = value.checked_mul(32).ok_or(refused.clone())?;
        Ok(shifted | five as u64)
    })
}

/// The letters by which people tell ids apart at a glance: the first `len` digits after the leading one (which carries
/// four bits only), upper case.
pub(crate) fn short(value: u64, len: usize) -> String {
    (0..len.min(DIGITS - 1))
        .map(|at| ALPHABET[((value >> ((DIGITS - 2 - at) * 5)) & 31) as usize].to_ascii_uppercase() as char)
        .collect()
}

/// Inclusive ranges of values whose [`short`] form begins with these letters; empty where one of them is none of ours.
pub(crate) fn short_ranges(letters: &str) -> Vec<(u64, u64)> {
    let digit = |letter: u8| {
        let found = ALPHABET.iter().position(|&one| one == letter.to_ascii_lowercase());
        found.map(|at| at as u64)
    };
    let Some(digits) = letters.bytes().map(digit).collect::<Option<Vec<u64>>>() else { return vec![] };
    let head = digits.iter().fold(0u64, |head, digit| head << 5 | digit);
    let free = 5 * (DIGITS - 1).saturating_sub(digits.len());
    let range = |leading: u64| {
        let first = leading << (5 * (DIGITS - 1)) | head << free;
        (first, first | ((1u64 << free) - 1))
    };
    (0..16).map(range).collect()
}

/// The bits that such letters stand for; `None` where one is none of them.
pub(crate) fn long(letters: &str) -> Option<u64> {
    letters.to_ascii_lowercase().bytes().try_fold(0u64, |value, byte| {
        let five = ALPHABET.iter().position(|&letter| letter == byte)?;
        Some(value.checked_mul(32)? | five as u64)
    })
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl $name {
            /// What stands before the underscore.
            pub const PREFIX: &'static str = $prefix;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                print(Self::PREFIX, self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                parse(Self::PREFIX, text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A search that somebody made, as the access log names it.
    SearchId = "search";
    /// A person of the firm whose conversations are captured; derived from the firm's own reference for the person.
    EmployeeId = "emp";
    /// A client: a person, by the oldest of the identities known to be theirs.
    ContactId = "con";
    /// One way in which a client is known: a phone, a user id; from a split on, another one.
    IdentityId = "ident";
    /// A business number and a client, or a business number and a group.
    ConversationId = "conv";
    /// One message with all its versions, or one call, reaction or event that policies see.
    DocumentId = "doc";
    /// Findings grouped for a person.
    AlertId = "alert";
    /// Work on one or more alerts, with an outcome.
    CaseId = "case";
    /// A saved choice of alerts.
    QueueId = "queue";
    /// A person who signs in.
    UserId = "user";
    /// Where deliveries come from: an app at Meta, an import.
    SourceId = "src";
    /// A business number as pages name it, so that no address of a page holds its digits.
    NumberId = "number";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_reads_back_what_it_prints(value: u64) {
            prop_assert_eq!(CaseId(value).to_string().parse(), Ok(CaseId(value)));
        }

        #[test]
        fn no_text_panics_the_reader(text: String) {
            let _ = text.parse::<CaseId>();
        }
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        assert!(AlertId(7).to_string().parse::<CaseId>().is_err());
        assert!("case_zzzzzzzzzzzzz".parse::<CaseId>().is_err(), "more than 64 bits");
        assert!("case_".parse::<CaseId>().is_err());
    }

    #[test]
    fn an_id_is_one_json_string() {
        let json = serde_json::to_string(&CaseId(33)).unwrap();
        assert_eq!(json, "\"case_0000000000011\"");
        assert_eq!(serde_json::from_str::<CaseId>(&json).unwrap(), CaseId(33));
    }
}
