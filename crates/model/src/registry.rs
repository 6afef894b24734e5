//! The registry: what is the company's. What staff send that is not in it is the signal.

mod change;
mod check;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::{
    change::{Held, Pending, State},
    check::{Flaw, add, flaw},
};
use crate::{
    access::words,
    document::Amount,
    features::Role,
    id::{AlertId, ContactId, ConversationId, EmployeeId, Index},
};

/// Bytes of a value or a label.
pub const VALUE_BYTES_MAX: usize = 500;
/// Domains of a brand, other words for an item.
pub const NAMES_MAX: usize = 20;

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
        /// A name the company goes by, with its domains.
        Brand = "brand",
        /// An item of the price list.
        Price = "price",
        /// How much may be taken off, and by whom.
        Discount = "discount",
        /// What was approved for a client or a conversation beyond price list and authority.
        Approval = "approval",
    }
}

impl Kind {
    /// Whether it names something that staff write to clients, and that is then found to be the company's.
    pub fn is_identifier(self) -> bool {
        !self.is_term()
    }

    /// Whether it says what may be offered.
    pub fn is_term(self) -> bool {
        matches!(self, Kind::Price | Kind::Discount | Kind::Approval)
    }

    /// Whether it receives money.
    pub fn is_account(self) -> bool {
        matches!(self, Kind::Upi | Kind::Pix | Kind::Iban | Kind::Account)
    }
}

/// One thing that is the company's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// What else there is to say of its kind.
    #[serde(default, skip_serializing_if = "Terms::is_none")]
    pub terms: Terms,
}

/// What else there is to say of a kind of entry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Terms {
    /// Nothing.
    #[default]
    None,
    /// Of a handle or an account.
    Network {
        /// Where it is one: `instagram`, `telegram`, `paypal` …
        network: String,
    },
    /// Of a brand.
    Brand {
        /// Its web domains, each with all below it.
        domains: Vec<String>,
    },
    /// Of an item: the value is its name or number in the list.
    Price {
        /// What one of it costs.
        price: Amount,
        /// Where; `None` for everywhere.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
        /// What people call it besides.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        words: Vec<String>,
    },
    /// Of a discount authority: whose it is, narrower before wider. The value is its name.
    Authority {
        /// How much may be taken off, in percent.
        percent: f64,
        /// One employee.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        employee: Option<EmployeeId>,
        /// A team.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team: Option<String>,
        /// A region.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
    },
    /// Of an approval: for a client or one conversation. The value says what was approved.
    Approval {
        /// For which client.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contact: Option<ContactId>,
        /// For which conversation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conversation: Option<ConversationId>,
        /// How much may be taken off, in percent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        percent: Option<f64>,
        /// The lowest price.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        price: Option<Amount>,
        /// Who approved it; `None` for who wrote it down.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approver: Option<EmployeeId>,
    },
}

impl Terms {
    fn is_none(&self) -> bool {
        *self == Terms::None
    }
}

/// What happened to the registry. An entry is named by the index of the log's entry that added it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Event {
    /// Something is the company's.
    Added {
        /// What.
        entry: Entry,
        /// The alert that it was added from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alert: Option<AlertId>,
        /// Whether it counts only once a second person has confirmed it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waits: bool,
    },
    /// Something is the company's no more: every entry of the kind with this key that has no earlier end.
    Ended {
        /// What kind.
        kind: Kind,
        /// Its [`key`].
        key: String,
        /// From when on.
        at: Timestamp,
    },
    /// One entry ends.
    EndSet {
        /// Which.
        entry: Index,
        /// From when on.
        at: Timestamp,
        /// Whether it counts only once a second person has confirmed it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waits: bool,
    },
    /// A second person confirmed what waited.
    Confirmed {
        /// Which entry.
        entry: Index,
    },
    /// A second person declined what waited.
    Declined {
        /// Which entry.
        entry: Index,
        /// Why.
        note: String,
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
    /// Something of a kind, always.
    pub fn new(kind: Kind, value: &str) -> Self {
        Self {
            kind,
            value: value.to_owned(),
            label: String::new(),
            from: None,
            until: None,
            terms: Terms::None,
        }
    }

    /// The form under which it is looked up: a handle's without its sign.
    pub fn key(&self) -> String {
        match self.kind {
            Kind::Handle => key(self.value.trim().trim_start_matches('@')),
            _ => key(&self.value),
        }
    }

    /// Whether it was the company's at an instant.
    pub fn valid_at(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    /// The domains that are the company's by it.
    pub fn domains(&self) -> Vec<String> {
        match (&self.terms, self.kind) {
            (Terms::Brand { domains }, _) => domains.iter().map(|domain| key(domain)).collect(),
            (_, Kind::Domain) => vec![key(&self.value)],
            _ => vec![],
        }
    }

    /// The domain at which every mail address is the company's by it.
    pub fn mail_domain(&self) -> Option<String> {
        let key = (self.kind == Kind::Email).then(|| key(&self.value))?;
        key.strip_prefix('@').map(str::to_owned)
    }

    /// Whether it names what somebody wrote, given as its normal form and what it is good for. An account is also a way to reach
    /// the company; a phone or an e-mail address that is not written down as an account receives no money.
    pub fn names(&self, role: Role, normal: &str) -> bool {
        let (own, seen) = (self.key(), key(normal));
        let host = match role {
            Role::Link => Some(seen.as_str()),
            Role::Handle => seen.split_once('@').map(|(_, host)| host),
            Role::Payment | Role::Identity => None,
        };
        match self.kind {
            Kind::Domain | Kind::Brand => {
                host.is_some_and(|host| self.domains().iter().any(|domain| under_domain(host, domain)))
            }
            Kind::Email if own.starts_with('@') => role == Role::Handle && seen.ends_with(&own),
            kind if role == Role::Payment => kind.is_account() && !own.is_empty() && own == seen,
            kind => kind.is_identifier() && !own.is_empty() && own == seen,
        }
    }

    /// Whether two entries say the same, labels apart.
    pub fn is_same(&self, other: &Entry) -> bool {
        let of = |entry: &Entry| (entry.kind, entry.key(), entry.from, entry.until);
        of(self) == of(other) && self.terms == other.terms
    }
}

fn under_domain(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}
