//! The registry: what is the company's. What staff send that is not in it is the signal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    access::words,
    features::Role,
    refusal::{Refusal, reason, within},
};

/// Bytes of a value or a label.
pub const VALUE_BYTES_MAX: usize = 500;

words! {
    /// What kind of thing is the company's.
    Kind {
        /// A UPI address.
        Upi = "upi",
        /// A PIX key.
        Pix = "pix",
        /// An IBAN.
        Iban = "iban",
        /// Any other account, as staff write it: sort code and number, card, wallet, PayPal name.
        Account = "account",
        /// A phone number.
        Phone = "phone",
        /// An e-mail address, or a whole domain's with a leading at sign.
        Email = "email",
        /// A web domain with all below it.
        Domain = "domain",
        /// A name on a social network.
        Handle = "handle",
    }
}

/// One thing that is the company's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What kind.
    pub kind: Kind,
    /// As it was written down.
    pub value: String,
    /// What it is for.
    pub label: String,
    /// From when it is the company's; `None` for always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Until when; `None` for still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What happened to the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Event {
    /// Something is the company's.
    Added {
        /// What.
        entry: Entry,
    },
    /// Something is the company's no more.
    Ended {
        /// What kind.
        kind: Kind,
        /// Its [`key`].
        key: String,
        /// From when on.
        at: Timestamp,
    },
}

/// The form in which values meet, however they are written: lower-case letters and digits; in names with an at sign or a
/// letter also the full stop and the at sign.
pub fn key(value: &str) -> String {
    let named = value.contains('@') || value.chars().any(char::is_alphabetic) && value.contains('.');
    value
        .trim()
        .chars()
        .filter(|&letter| letter.is_alphanumeric() || named && matches!(letter, '@' | '.' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

impl Entry {
    /// Whether it was the company's at an instant.
    pub fn valid_at(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    /// Whether it names what somebody wrote, given as its normal form and what it is good for.
    pub fn names(&self, role: Role, normal: &str) -> bool {
        let (own, seen) = (key(&self.value), key(normal));
        match self.kind {
            Kind::Domain => match role {
                Role::Link => under_domain(&seen, &own),
                Role::Handle => seen.split_once('@').is_some_and(|(_, host)| under_domain(host, &own)),
                _ => false,
            },
            Kind::Email if own.starts_with('@') => seen.ends_with(&own),
            _ => !own.is_empty() && own == seen,
        }
    }
}

fn under_domain(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Whether a key can be of its kind at all, so that a mistyped account is told at once and not by false alarms.
fn has_shape(kind: Kind, key: &str) -> bool {
    let letters = |from: usize, to: usize| (from..=to).contains(&key.chars().count());
    match kind {
        // ISO 13616: two letters, two digits, at most 30 more.
        Kind::Iban => {
            let head: Vec<char> = key.chars().take(4).collect();
            letters(15, 34)
                && key.chars().all(|letter| letter.is_ascii_alphanumeric())
                && matches!(head[..], [a, b, c, d] if a.is_alphabetic() && b.is_alphabetic() && c.is_numeric() && d.is_numeric())
        }
        Kind::Upi => key.split_once('@').is_some_and(|(name, bank)| name.len() > 1 && bank.len() > 1),
        Kind::Email => key.split_once('@').is_some_and(|(_, host)| host.contains('.')),
        Kind::Domain => key.contains('.') && !key.contains('@'),
        Kind::Phone => letters(5, 15) && key.chars().all(char::is_numeric),
        Kind::Pix | Kind::Account | Kind::Handle => letters(2, VALUE_BYTES_MAX),
    }
}

/// Says which events follow from writing an entry down; none where it is there already.
///
/// # Errors
/// A refusal for an empty or overlong value.
pub fn add(known: &[Entry], entry: Entry) -> Result<Vec<Event>, Refusal> {
    reason(&entry.value, VALUE_BYTES_MAX).map_err(|_| Refusal::Malformed)?;
    within(&entry.label, VALUE_BYTES_MAX)?;
    if !has_shape(entry.kind, &key(&entry.value)) {
        return Err(Refusal::Malformed);
    }
    let same = |held: &&Entry| held.kind == entry.kind && key(&held.value) == key(&entry.value);
    let kept = |held: &Entry| entry.label.trim().is_empty() || held.label == entry.label;
    if known.iter().find(same).is_some_and(|held| held.until.is_none() && kept(held)) {
        return Ok(vec![]);
    }
    Ok(vec![Event::Added { entry }])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: Kind, value: &str) -> Entry {
        Entry { kind, value: value.into(), label: String::new(), from: None, until: None }
    }

    #[test]
    fn a_value_meets_itself_however_it_is_written() {
        let cases = [
            (Kind::Iban, "GB33 BUKB 2020 1555 5555 55", Role::Payment, "GB33BUKB20201555555555", true),
            (Kind::Pix, "12.345.678/0001-95", Role::Payment, "12345678000195", true),
            (
                Kind::Pix,
                "7d9f0335-8dcc-4054-9bf9-0dbd61d36906",
                Role::Payment,
                "7D9F03358DCC40549BF90DBD61D36906",
                true,
            ),
            (Kind::Phone, "+55 (11) 98888-0000", Role::Handle, "+5511988880000", true),
            (Kind::Upi, "Aurora@okhdfcbank", Role::Payment, "aurora@okhdfcbank", true),
            (Kind::Upi, "aurora@okhdfcbank", Role::Payment, "aurora@ybl", false),
            (Kind::Domain, "aurora.example", Role::Link, "shop.aurora.example", true),
            (Kind::Domain, "aurora.example", Role::Link, "evilaurora.example", false),
            (Kind::Domain, "aurora.example", Role::Handle, "sales@aurora.example", true),
            (Kind::Domain, "aurora.example", Role::Handle, "sales@aurora.example.evil", false),
            (Kind::Email, "@aurora.example", Role::Handle, "x@aurora.example", true),
            (Kind::Account, "12", Role::Payment, "", false),
        ];
        for (kind, value, role, seen, wanted) in cases {
            assert_eq!(entry(kind, value).names(role, seen), wanted, "{value} {seen}");
        }
    }

    #[test]
    fn an_entry_counts_only_while_it_is_valid() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let entry = Entry { from: Some(at(10)), until: Some(at(20)), ..entry(Kind::Pix, "a@b.c") };
        assert_eq!([9, 10, 19, 20].map(|second| entry.valid_at(at(second))), [false, true, true, false]);
    }

    #[test]
    fn a_value_that_cannot_be_of_its_kind_is_refused() {
        let cases = [
            (Kind::Iban, "GB33 BUKB 2020 1555 5555 55", true),
            (Kind::Iban, "not an iban", false),
            (Kind::Upi, "aurora@okhdfcbank", true),
            (Kind::Upi, "aurora", false),
            (Kind::Email, "@aurora.example", true),
            (Kind::Email, "sales@aurora", false),
            (Kind::Domain, "aurora.example", true),
            (Kind::Domain, "aurora", false),
            (Kind::Phone, "+55 (11) 98888-0000", true),
            (Kind::Phone, "call me", false),
            (Kind::Account, "20-00-00 12345678", true),
            (Kind::Handle, "@casa.aurora", true),
        ];
        for (kind, value, wanted) in cases {
            assert_eq!(add(&[], entry(kind, value)).is_ok(), wanted, "{kind:?} {value}");
        }
    }

    #[test]
    fn the_same_entry_twice_is_one_event() {
        let one = entry(Kind::Pix, "loja@aurora.example");
        assert_eq!(add(&[], one.clone()).unwrap().len(), 1);
        assert_eq!(add(std::slice::from_ref(&one), one.clone()).unwrap(), vec![]);
        let labelled = Entry { label: "The shop".into(), ..one.clone() };
        assert_eq!(
            add(std::slice::from_ref(&labelled), one.clone()).unwrap(),
            vec![],
            "a blank label keeps the held one"
        );
        assert_eq!(add(&[], entry(Kind::Pix, " . ")), Err(Refusal::Malformed));
    }
}
