//! Clients as persons: which identities are one person's is worked out from what was captured, and people may correct it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    alert::NOTE_BYTES_MAX,
    id::{ContactId, IdentityId, Index},
    refusal::{Refusal, reason},
};

/// What a person decided about who is who. Holds opaque ids and a reason, never an identity's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Event {
    /// Two persons are one.
    Merged {
        /// One.
        contact: ContactId,
        /// The other.
        other: ContactId,
        /// Why.
        reason: String,
    },
    /// An identity is a person of its own.
    Split {
        /// Which.
        identity: IdentityId,
        /// From when; `None` from the beginning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        /// Why.
        reason: String,
    },
    /// A merge or a split is taken back.
    Undone {
        /// The entry that decided it.
        decision: Index,
        /// Why.
        reason: String,
    },
}

/// What a person wants decided about who is who.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Make two persons one.
    Merge {
        /// One.
        contact: ContactId,
        /// The other.
        other: ContactId,
        /// Why.
        reason: String,
    },
    /// Take an identity away into a person of its own.
    Split {
        /// Which.
        identity: IdentityId,
        /// From when; `None` from the beginning.
        from: Option<Timestamp>,
        /// Why.
        reason: String,
    },
    /// Take a merge or a split back.
    Undo {
        /// The entry that decided it.
        decision: Index,
        /// Why.
        reason: String,
    },
}

/// A merge or a split as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It holds.
    Held,
    /// It was taken back.
    Undone,
}

/// What a decision is made on.
pub trait Known {
    /// The person that an id means now; `None` where it never meant one.
    fn person(&self, contact: ContactId) -> Option<ContactId>;
    /// The person that an identity belongs to, and how many identities that person has; `None` where it is not known.
    fn holder(&self, identity: IdentityId) -> Option<(ContactId, usize)>;
    /// Whether an identity is cut at this instant already.
    fn is_cut(&self, identity: IdentityId, from: Option<Timestamp>) -> bool;
    /// How a merge or a split stands; `None` where the entry is neither.
    fn standing(&self, decision: Index) -> Option<Standing>;
}

/// Says which event follows from a command.
///
/// # Errors
/// A refusal: no reason, somebody who is not known, one person already, the only identity, or taken back already.
pub fn decide(command: Command, known: &impl Known) -> Result<Event, Refusal> {
    match command {
        Command::Merge { contact, other, reason: why } => {
            reason(&why, NOTE_BYTES_MAX)?;
            let persons = (known.person(contact), known.person(other));
            let (Some(contact), Some(other)) = persons else { return Err(Refusal::NotFound) };
            if contact == other {
                return Err(Refusal::SamePerson);
            }
            Ok(Event::Merged { contact, other, reason: why })
        }
        Command::Split { identity, from, reason: why } => {
            reason(&why, NOTE_BYTES_MAX)?;
            let (_, identities) = known.holder(identity).ok_or(Refusal::NotFound)?;
            if identities < 2 && from.is_none() {
                return Err(Refusal::OnlyIdentity);
            }
            if known.is_cut(identity, from) {
                return Err(Refusal::Exists);
            }
            Ok(Event::Split { identity, from, reason: why })
        }
        Command::Undo { decision, reason: why } => {
            reason(&why, NOTE_BYTES_MAX)?;
            match known.standing(decision) {
                None => Err(Refusal::NotFound),
                Some(Standing::Undone) => Err(Refusal::AlreadyUndone),
                Some(Standing::Held) => Ok(Event::Undone { decision, reason: why }),
            }
        }
    }
}

/// The form in which phones that are written differently are alike; `None` where a value is no phone. Brazil's mobiles got
/// a ninth digit, Mexico and Argentina write a mobile digit after the country: the same line is known with and without it.
pub fn alike(scheme: &str, value: &str) -> Option<String> {
    let digits: String = match scheme {
        "phone" => value.to_owned(),
        // A chat export names an unsaved client by the number, with spaces and signs.
        "name" => digits_of(value.split_once('\n').map_or(value, |(_, name)| name))?,
        _ => return None,
    };
    if !(8..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let without = |at: usize| format!("{}{}", &digits[..at], &digits[at + 1..]);
    Some(match digits.len() {
        13 if digits.starts_with("55") && digits[4..].starts_with('9') => without(4),
        13 if digits.starts_with("521") || digits.starts_with("549") => without(2),
        _ => digits,
    })
}

/// The digits of text that is nothing but a phone number.
fn digits_of(text: &str) -> Option<String> {
    let rest: String = text
        .chars()
        .filter(|c| !matches!(c, '+' | '-' | '(' | ')' | '.' | '\u{202a}' | '\u{202c}') && !c.is_whitespace())
        .collect();
    (!rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit())).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Persons 1 (identities 1 and 2) and 3 (identity 3); entry 9 is a merge that holds, 8 one that was taken back.
    struct Two;

    impl Known for Two {
        fn person(&self, contact: ContactId) -> Option<ContactId> {
            [(1, 1), (2, 1), (3, 3)]
                .iter()
                .find(|(id, _)| *id == contact.0)
                .map(|(_, person)| ContactId(*person))
        }
        fn holder(&self, identity: IdentityId) -> Option<(ContactId, usize)> {
            let person = self.person(ContactId(identity.0))?;
            Some((person, if person.0 == 1 { 2 } else { 1 }))
        }
        fn is_cut(&self, identity: IdentityId, from: Option<Timestamp>) -> bool {
            identity.0 == 2 && from == Some(Timestamp::UNIX_EPOCH)
        }
        fn standing(&self, decision: Index) -> Option<Standing> {
            match decision.0 {
                9 => Some(Standing::Held),
                8 => Some(Standing::Undone),
                _ => None,
            }
        }
    }

    fn merge(contact: u64, other: u64, why: &str) -> Result<Event, Refusal> {
        let (contact, other) = (ContactId(contact), ContactId(other));
        decide(Command::Merge { contact, other, reason: why.into() }, &Two)
    }

    fn split(identity: u64, from: Option<Timestamp>) -> Result<Event, Refusal> {
        decide(Command::Split { identity: IdentityId(identity), from, reason: "recycled".into() }, &Two)
    }

    #[test]
    fn two_persons_are_merged_once_and_with_a_reason() {
        let merged = Event::Merged { contact: ContactId(1), other: ContactId(3), reason: "same".into() };
        assert_eq!(merge(2, 3, "same"), Ok(merged));
        assert_eq!(merge(1, 2, "same"), Err(Refusal::SamePerson));
        assert_eq!(merge(1, 7, "same"), Err(Refusal::NotFound));
        assert_eq!(merge(1, 3, " "), Err(Refusal::ReasonMissing));
        assert_eq!(merge(1, 3, &"x".repeat(NOTE_BYTES_MAX + 1)), Err(Refusal::TooLong));
    }

    #[test]
    fn an_only_identity_is_split_by_a_day_or_not_at_all() {
        let day = Some(Timestamp::UNIX_EPOCH);
        assert!(split(2, None).is_ok() && split(3, day).is_ok());
        assert_eq!(split(3, None), Err(Refusal::OnlyIdentity));
        assert_eq!(split(2, day), Err(Refusal::Exists));
        assert_eq!(split(7, day), Err(Refusal::NotFound));
    }

    #[test]
    fn a_decision_is_taken_back_once() {
        let undo =
            |decision: u64| decide(Command::Undo { decision: Index(decision), reason: "wrong".into() }, &Two);
        assert!(undo(9).is_ok());
        assert_eq!(undo(8), Err(Refusal::AlreadyUndone));
        assert_eq!(undo(1), Err(Refusal::NotFound));
    }

    #[test]
    fn the_same_line_written_differently_is_alike_and_a_name_is_not() {
        let brazil = Some("551188887777".to_owned());
        assert_eq!(alike("phone", "5511988887777"), brazil);
        assert_eq!(alike("phone", "551188887777"), brazil);
        assert_eq!(alike("name", "n1\n+55 (11) 98888-7777"), brazil);
        assert_eq!(alike("phone", "5215512345678"), alike("phone", "525512345678"));
        assert_eq!(alike("phone", "5491122334455"), alike("phone", "541122334455"));
        for (scheme, value) in
            [("name", "n1\nAna 98888"), ("user_id", "BR.13491208"), ("phone", "12"), ("phone", "PN")]
        {
            assert_eq!(alike(scheme, value), None, "{value}");
        }
    }
}
