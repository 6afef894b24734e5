//! What an entry must be before it is written down, told column by column.

use serde::{Deserialize, Serialize};

use super::{Entry, Event, Kind, NAMES_MAX, Terms, VALUE_BYTES_MAX, key};
use crate::{access::words, document::Amount, refusal::Refusal};

/// The largest price that a list may have.
const PRICE_MAX: f64 = 1e12;

words! {
    /// What is wrong with an entry. Each has its words, with the fix, in the language files under `registry_flaw`.
    Flaw {
        /// There is no value.
        Blank = "value_blank",
        /// The value is too long.
        Long = "value_long",
        /// The value cannot be of its kind.
        Shape = "value_shape",
        /// The label is too long.
        LabelLong = "label_long",
        /// It ends before it begins.
        Dates = "until_before_from",
        /// A brand has no domain, too many, or something that is none.
        Domains = "domains",
        /// The name of a network is too long.
        Network = "network",
        /// There is no price above nothing, or one beyond belief.
        Price = "price",
        /// The currency is not three letters of ISO 4217.
        Currency = "currency",
        /// A percentage is not from 0 to 100.
        Percent = "percent",
        /// There are too many other words for an item, or too long ones.
        Words = "words",
        /// A team or region is too long.
        Scope = "scope",
        /// An approval is for nobody.
        ForWhom = "for_whom",
        /// An approval says neither how much may be taken off nor a lowest price.
        HowFar = "how_far",
        /// What is said besides does not go with the kind.
        OtherKind = "other_kind",
    }
}

impl Flaw {
    /// The column of a file, or the field of a form, in which it is.
    pub fn column(self) -> &'static str {
        match self {
            Flaw::Blank | Flaw::Long | Flaw::Shape => "value",
            Flaw::LabelLong => "label",
            Flaw::Dates => "until",
            Flaw::Domains => "domains",
            Flaw::Network => "network",
            Flaw::Price => "price",
            Flaw::Currency => "currency",
            Flaw::Percent | Flaw::HowFar => "percent",
            Flaw::Words => "words",
            Flaw::Scope => "team",
            Flaw::ForWhom => "client",
            Flaw::OtherKind => "kind",
        }
    }
}

/// What is wrong with an entry, if anything is: the first thing.
pub fn flaw(entry: &Entry) -> Option<Flaw> {
    let checks = [
        (entry.value.trim().is_empty(), Flaw::Blank),
        (entry.value.len() > VALUE_BYTES_MAX, Flaw::Long),
        (!has_shape(entry.kind, &key(&entry.value)), Flaw::Shape),
        (entry.label.len() > VALUE_BYTES_MAX, Flaw::LabelLong),
        (entry.from.zip(entry.until).is_some_and(|(from, until)| until <= from), Flaw::Dates),
    ];
    checks.into_iter().find(|(is_wrong, _)| *is_wrong).map(|(_, flaw)| flaw).or_else(|| terms_flaw(entry))
}

fn terms_flaw(entry: &Entry) -> Option<Flaw> {
    let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > VALUE_BYTES_MAX);
    match (&entry.terms, entry.kind) {
        (Terms::None, kind) => (kind.is_term() || kind == Kind::Brand).then_some(match kind {
            Kind::Brand => Flaw::Domains,
            Kind::Price => Flaw::Price,
            Kind::Discount => Flaw::Percent,
            _ => Flaw::ForWhom,
        }),
        (Terms::Network { network }, Kind::Handle | Kind::Account) => {
            (network.len() > VALUE_BYTES_MAX).then_some(Flaw::Network)
        }
        (Terms::Brand { domains }, Kind::Brand) => {
            let is_domain = |domain: &String| has_shape(Kind::Domain, &key(domain));
            let all = (1..=NAMES_MAX).contains(&domains.len()) && domains.iter().all(is_domain);
            (!all).then_some(Flaw::Domains)
        }
        (Terms::Price { price, region, words }, Kind::Price) => {
            let wordy = words.len() > NAMES_MAX
                || words.iter().any(|word| word.len() > VALUE_BYTES_MAX || key(word).is_empty());
            amount_flaw(price).or((long(region)).then_some(Flaw::Scope)).or(wordy.then_some(Flaw::Words))
        }
        (Terms::Authority { percent, team, region, .. }, Kind::Discount) => {
            percent_flaw(*percent).or((long(team) || long(region)).then_some(Flaw::Scope))
        }
        (Terms::Approval { contact, conversation, percent, price, .. }, Kind::Approval) => {
            let nobody = contact.is_none() && conversation.is_none();
            let nothing = percent.is_none() && price.is_none();
            (nobody.then_some(Flaw::ForWhom))
                .or(nothing.then_some(Flaw::HowFar))
                .or(percent.and_then(percent_flaw))
                .or(price.as_ref().and_then(amount_flaw))
        }
        _ => Some(Flaw::OtherKind),
    }
}

fn percent_flaw(percent: f64) -> Option<Flaw> {
    (!(0.0..=100.0).contains(&percent)).then_some(Flaw::Percent)
}

fn amount_flaw(price: &Amount) -> Option<Flaw> {
    let is_currency =
        |currency: &String| currency.len() == 3 && currency.bytes().all(|letter| letter.is_ascii_uppercase());
    if !(price.amount > 0.0 && price.amount <= PRICE_MAX) {
        return Some(Flaw::Price);
    }
    (!price.currency.as_ref().is_some_and(is_currency)).then_some(Flaw::Currency)
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
        Kind::Domain => {
            key.contains('.') && !key.contains('@') && !key.starts_with('.') && !key.ends_with('.')
        }
        Kind::Phone => letters(5, 15) && key.chars().all(char::is_numeric),
        Kind::Pix | Kind::Account | Kind::Handle | Kind::Brand | Kind::Price => letters(2, VALUE_BYTES_MAX),
        Kind::Discount | Kind::Approval => letters(1, VALUE_BYTES_MAX),
    }
}

/// Says which events follow from writing an entry down; none where it is there already.
///
/// # Errors
/// A refusal for an empty or overlong value.
pub fn add(known: &[Entry], entry: Entry) -> Result<Vec<Event>, Refusal> {
    match flaw(&entry) {
        Some(Flaw::Long | Flaw::LabelLong) => return Err(Refusal::TooLong),
        Some(_) => return Err(Refusal::Malformed),
        None => {}
    }
    let kept = |held: &Entry| entry.label.trim().is_empty() || held.label == entry.label;
    if known.iter().any(|held| held.is_same(&entry) && kept(held)) {
        return Ok(vec![]);
    }
    Ok(vec![Event::Added { entry, alert: None, waits: false }])
}
