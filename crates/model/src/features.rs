//! Features: what the detectors saw in a message. Cheap, folded, never recorded; keyed by the detectors' version.

use serde::{Deserialize, Serialize};

use crate::document::Zone;

/// What a detector reads: the words of one message by zone, and what is known about where it was said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input<'a> {
    /// The zones that hold words. A zone appears at most once.
    pub zones: Vec<(Zone, &'a str)>,
    /// ISO 3166 country of the business number or region, upper case, as a hint.
    pub country: Option<&'a str>,
}

/// What the detectors saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// Identifiers, payees, handles, links: in order of zone and place; at most [`SIGHTINGS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sightings: Vec<Sighting>,
    /// Amounts of money.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub money: Vec<Money>,
    /// The largest discount offered, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_percent: Option<f64>,
    /// Where that discount stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_at: Option<Place>,
    /// Language as ISO 639-1 where it is clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Intent labels and their scores, 0 to 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intents: Vec<(String, f64)>,
}

/// How many sightings one message yields at most.
pub const SIGHTINGS_MAX: usize = 256;

/// The confidence from which a sighting counts.
pub const CONFIDENCE_MIN: f64 = 0.5;

/// One identifier in the words of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// What it is, in the spelling of the manual: `IBAN`, `PIX_KEY`, `PHONE`, `URL` …
    pub kind: String,
    /// What it is good for.
    pub role: Role,
    /// Its normal form.
    pub value: String,
    /// Where it stands.
    pub zone: Zone,
    /// First byte in the zone's stored text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// 0 to 1; [`CONFIDENCE_MIN`] is the line.
    pub confidence: f64,
}

/// What an identifier is good for: how it is looked up in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Names a person or a document (Aadhaar, CPF, passport): an entity.
    Identity,
    /// Receives money (IBAN, UPI, PIX): a payee.
    Payment,
    /// Leads to a person elsewhere (phone, e-mail, handle).
    Handle,
    /// A web address.
    Link,
}

/// A place in the stored text of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Which zone.
    pub zone: Zone,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// An amount of money in the words of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Money {
    /// How much.
    pub amount: f64,
    /// ISO 4217 where it is clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Whether the words around it say that it is not a whole price: an instalment, a deposit, delivery, what is taken off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_part: bool,
    /// Where it stands.
    pub zone: Zone,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}
