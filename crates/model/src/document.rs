//! Documents: what policies and search see. One typed list of fields is the manual, the index's schema and the query
//! language's vocabulary at once.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    id::{ContactId, ConversationId, DocumentId, EmployeeId, Index},
    item::Direction,
    pseudonym,
};

/// A document in one revision. A field that is missing matches nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    /// Which document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<DocumentId>,
    /// Its revision: 0 first, one more for each edit, revocation or change of assignment.
    pub revision: u32,
    /// See [`Field::Kind`].
    pub kind: String,
    /// Words by zone; see the text fields.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub zones: BTreeMap<Zone, String>,
    /// See [`Field::From`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// See [`Field::To`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// See [`Field::Employee`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee: Option<EmployeeId>,
    /// See [`Field::Team`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// See [`Field::Region`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// See [`Field::Contact`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// See [`Field::Conversation`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// See [`Field::Source`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// See [`Field::Channel`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// See [`Field::Direction`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// See [`Field::At`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// See [`Field::Hour`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour: Option<u8>,
    /// See [`Field::OffHours`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub off_hours: Option<bool>,
    /// See [`Field::Language`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// See [`Field::Forwarded`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<bool>,
    /// See [`Field::Media`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<String>,
    /// See [`Field::Size`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// See [`Field::Deleted`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
    /// See [`Field::Edited`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<bool>,
    /// See [`Field::Disappearing`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disappearing: Option<bool>,
    /// See [`Field::FirstContact`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_contact: Option<bool>,
    /// See [`Field::Entity`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entity: Vec<String>,
    /// See [`Field::Payment`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payment: Vec<String>,
    /// See [`Field::Handle`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub handle: Vec<String>,
    /// See [`Field::Link`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub link: Vec<String>,
    /// See [`Field::Money`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub money: Vec<Amount>,
    /// See [`Field::Discount`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<f64>,
    /// See [`Field::DiscountLimit`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub discount_limit: Vec<String>,
    /// See [`Field::Price`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub price: Vec<String>,
    /// See [`Field::Approval`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approval: Vec<String>,
    /// See [`Field::Intent`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub intent: BTreeMap<String, f64>,
    /// See [`Field::SideDeal`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side_deal: Option<f64>,
    /// See [`Field::Score`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// See [`Field::Actor`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// See [`Field::Action`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Where in the zones the registry and the detectors found what; for highlights, not a field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

/// A place in a zone that a detector vouches for: lets a match on `payment:unregistered` point at the words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The field it feeds.
    pub field: Field,
    /// The value it gives that field, such as `unregistered` or `IBAN`.
    pub value: String,
    /// What kind of identifier stands there, such as `PIX_KEY`.
    pub kind: String,
    /// Where.
    pub zone: Zone,
    /// First byte in the stored text of the zone.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What the registry has against it or for it, where it was compared with a line of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
}

/// A line of the registry beside what somebody wrote: what a reviewer is told in a sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Against {
    /// A price of the list.
    Price {
        /// The item, as the list names it.
        item: String,
        /// What was asked for it.
        offered: Amount,
        /// What the list says.
        list: Amount,
        /// Until when it says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// The entry of the log that wrote the line down.
        entry: Index,
    },
    /// What the accountable employee may take off.
    Discount {
        /// What was offered, in percent.
        offered: f64,
        /// What may be offered, in percent.
        limit: f64,
        /// The entry of the log that wrote the line down.
        entry: Index,
    },
    /// Somebody approved it.
    Approval {
        /// The entry of the log that wrote the line down.
        entry: Index,
    },
}

/// An amount and its currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Amount {
    /// How much.
    pub amount: f64,
    /// ISO 4217, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// A place where words stand in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// The message itself.
    Text,
    /// The words under a picture, film or file.
    Caption,
    /// A file's name.
    Filename,
    /// Words read from a picture.
    Ocr,
    /// Words heard in a sound file.
    Transcript,
    /// Words quoted from an earlier message.
    Quoted,
}

impl Zone {
    /// All zones, in the order in which people read them.
    pub const ALL: &'static [Zone] =
        &[Zone::Text, Zone::Caption, Zone::Filename, Zone::Ocr, Zone::Transcript, Zone::Quoted];

    /// The field of the same name.
    pub fn field(self) -> Field {
        match self {
            Zone::Text => Field::Text,
            Zone::Caption => Field::Caption,
            Zone::Filename => Field::Filename,
            Zone::Ocr => Field::Ocr,
            Zone::Transcript => Field::Transcript,
            Zone::Quoted => Field::Quoted,
        }
    }
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Running text: words, phrases, proximity, wildcards.
    Text,
    /// Names from a set, or ids: whole values and trailing wildcards, case-insensitive.
    Keyword,
    /// Numbers: equality and ranges.
    Number,
    /// `true` or `false`.
    Flag,
    /// Instants: days (`2026-11-21`) and RFC 3339 times, ranges.
    Instant,
    /// Amounts of money: `money:>1000`, `money:BRL`, ranges.
    Money,
    /// Scores by label: `intent.secrecy:>=0.5`.
    Scores,
}

/// A value of a field of one document, as the evaluator reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// The field is missing.
    Missing,
    /// Running text.
    Text(&'a str),
    /// Keywords; never empty.
    Keywords(Vec<std::borrow::Cow<'a, str>>),
    /// A number.
    Number(f64),
    /// A flag.
    Flag(bool),
    /// An instant.
    Instant(Timestamp),
    /// Amounts; never empty.
    Money(&'a [Amount]),
    /// Scores by label; never empty.
    Scores(&'a BTreeMap<String, f64>),
}

macro_rules! fields {
    ($($(#[doc = $doc:literal])* $name:ident $word:literal $kind:ident;)*) => {
        /// Every field of a document. The doc comment of each is its entry in the manual.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field { $($(#[doc = $doc])* $name,)* }

        impl Field {
            /// All fields, in the manual's order.
            pub const ALL: &'static [Field] = &[$(Field::$name,)*];

            /// The name in the query language.
            pub fn word(self) -> &'static str {
                match self { $(Field::$name => $word,)* }
            }

            /// What its values are.
            pub fn kind(self) -> FieldType {
                match self { $(Field::$name => FieldType::$kind,)* }
            }

            /// Its entry in the manual.
            pub fn manual(self) -> &'static str {
                match self { $(Field::$name => concat!($($doc, "\n",)*),)* }
            }
        }
    };
}

fields! {
    /// What the document is: `message`, `reaction`, `call`.
    Kind "kind" Keyword;
    /// The words of the message itself. A bare term searches all zones but `quoted`.
    Text "text" Text;
    /// The words under a picture, film or file.
    Caption "caption" Text;
    /// A file's name.
    Filename "filename" Text;
    /// Words read from a picture.
    Ocr "ocr" Text;
    /// Words heard in a sound file.
    Transcript "transcript" Text;
    /// Words quoted from the message that is answered.
    Quoted "quoted" Text;
    /// Who wrote it: identifiers (digits of a phone, user id), and the person's id and pseudonym.
    From "from" Keyword;
    /// Whom it went to, in the same forms.
    To "to" Keyword;
    /// The employee accountable for the number at the time, by id or pseudonym (`K-7F2A`).
    Employee "employee" Keyword;
    /// The employee's team at the time.
    Team "team" Keyword;
    /// The employee's region at the time.
    Region "region" Keyword;
    /// The client, by id or pseudonym (`C-0B1X`).
    Contact "contact" Keyword;
    /// The conversation, as an id.
    Conversation "conversation" Keyword;
    /// The source it came from, as an id.
    Source "source" Keyword;
    /// The business number it passed, digits.
    Channel "channel" Keyword;
    /// `in` from the client, `out` from the firm, `internal`.
    Direction "direction" Keyword;
    /// When it was written, by the source's clock.
    At "at" Instant;
    /// The hour of the day where the employee works, 0 to 23.
    Hour "hour" Number;
    /// Whether it was outside the region's working hours.
    OffHours "off_hours" Flag;
    /// The language, ISO 639-1, where it is clear.
    Language "language" Keyword;
    /// Whether it was forwarded.
    Forwarded "forwarded" Flag;
    /// What kind of file came with it: `image`, `video`, `audio`, `voice`, `document`, `sticker`.
    Media "media" Keyword;
    /// The file's size in bytes.
    Size "size" Number;
    /// Whether it was deleted for everyone. Its words are kept.
    Deleted "deleted" Flag;
    /// Whether it was edited. Each earlier version is a revision.
    Edited "edited" Flag;
    /// Whether a disappearing-message timer was on or set by it.
    Disappearing "disappearing" Flag;
    /// Whether it opened the conversation.
    FirstContact "first_contact" Flag;
    /// Kinds of identifiers of persons in its words: `IN_AADHAAR`, `BR_CPF`, `CARD` …
    Entity "entity" Keyword;
    /// For each payee in its words whether the registry knows it: `registered`, `unregistered`; and its kind.
    Payment "payment" Keyword;
    /// For each phone, e-mail or handle in its words: `registered`, `unregistered`; and its kind.
    Handle "handle" Keyword;
    /// For each web address: its host, and `registered` or `unregistered`.
    Link "link" Keyword;
    /// Amounts of money in its words.
    Money "money" Money;
    /// The largest discount offered, in percent: `discount:>10`. Asked for a word, it says what the registry says of it: see
    /// `discount_limit`.
    Discount "discount" Number;
    /// Whether the discount is more than the accountable employee may give at the time: `discount:over_authority` or
    /// `discount:within_authority`. Missing where the registry has no line for the employee.
    DiscountLimit "discount_limit" Keyword;
    /// Whether an amount beside an item of the price list is lower than the list has it at the time, in the region and currency:
    /// `below_list`, `at_list`.
    Price "price" Keyword;
    /// For a price below the list or a discount over the authority, whether the registry has an approval for the client or the
    /// conversation that reaches as far: `given`, `none`.
    Approval "approval" Keyword;
    /// Intents and their scores.
    Intent "intent" Scores;
    /// How much the conversation so far looks like a side deal, 0 to 1.
    SideDeal "side_deal" Number;
    /// The score of a behavior finding.
    Score "score" Number;
    /// Who did it, for audit events.
    Actor "actor" Keyword;
    /// What was done, for audit events.
    Action "action" Keyword;
}

impl Field {
    /// The keyword field that answers when a number field is asked for a word: what the registry makes of the number.
    pub fn in_words(self) -> Option<Field> {
        (self == Field::Discount).then_some(Field::DiscountLimit)
    }
}

impl Document {
    /// The value of a field.
    pub fn value(&self, field: Field) -> Value<'_> {
        match field {
            Field::Kind => one(Some(self.kind.as_str()).filter(|kind| !kind.is_empty())),
            Field::Text => self.zone(Zone::Text),
            Field::Caption => self.zone(Zone::Caption),
            Field::Filename => self.zone(Zone::Filename),
            Field::Ocr => self.zone(Zone::Ocr),
            Field::Transcript => self.zone(Zone::Transcript),
            Field::Quoted => self.zone(Zone::Quoted),
            Field::From => many(&self.from),
            Field::To => many(&self.to),
            Field::Employee => person(self.employee, pseudonym::employee),
            Field::Team => one(self.team.as_deref()),
            Field::Region => one(self.region.as_deref()),
            Field::Contact => person(self.contact, pseudonym::contact),
            Field::Conversation => id(self.conversation),
            Field::Source => one(self.source.as_deref()),
            Field::Channel => one(self.channel.as_deref()),
            Field::Direction => one(self.direction.map(Direction::word)),
            Field::At => self.at.map_or(Value::Missing, Value::Instant),
            Field::Hour => number(self.hour.map(f64::from)),
            Field::OffHours => flag(self.off_hours),
            Field::Language => one(self.language.as_deref()),
            Field::Forwarded => flag(self.forwarded),
            Field::Media => one(self.media.as_deref()),
            Field::Size => number(self.size_bytes.map(|size| size as f64)),
            Field::Deleted => flag(self.deleted),
            Field::Edited => flag(self.edited),
            Field::Disappearing => flag(self.disappearing),
            Field::FirstContact => flag(self.first_contact),
            Field::Entity => many(&self.entity),
            Field::Payment => many(&self.payment),
            Field::Handle => many(&self.handle),
            Field::Link => many(&self.link),
            Field::Money if self.money.is_empty() => Value::Missing,
            Field::Money => Value::Money(&self.money),
            Field::Discount => number(self.discount),
            Field::DiscountLimit => many(&self.discount_limit),
            Field::Price => many(&self.price),
            Field::Approval => many(&self.approval),
            Field::Intent if self.intent.is_empty() => Value::Missing,
            Field::Intent => Value::Scores(&self.intent),
            Field::SideDeal => number(self.side_deal),
            Field::Score => number(self.score),
            Field::Actor => one(self.actor.as_deref()),
            Field::Action => one(self.action.as_deref()),
        }
    }

    fn zone(&self, zone: Zone) -> Value<'_> {
        self.zones.get(&zone).map_or(Value::Missing, |text| Value::Text(text))
    }
}

fn one(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Missing, |value| Value::Keywords(vec![value.into()]))
}

fn many(values: &[String]) -> Value<'_> {
    if values.is_empty() {
        return Value::Missing;
    }
    Value::Keywords(values.iter().map(|value| value.as_str().into()).collect())
}

fn id<'a, T: ToString>(value: Option<T>) -> Value<'a> {
    value.map_or(Value::Missing, |value| Value::Keywords(vec![value.to_string().into()]))
}

/// A person by id and by the pseudonym that pages show, so that what is read can be searched for.
fn person<'a, T: ToString + Copy>(value: Option<T>, pseudonym: fn(T) -> String) -> Value<'a> {
    value.map_or(Value::Missing, |id| Value::Keywords(vec![id.to_string().into(), pseudonym(id).into()]))
}

fn number<'a>(value: Option<f64>) -> Value<'a> {
    value.map_or(Value::Missing, Value::Number)
}

fn flag<'a>(value: Option<bool>) -> Value<'a> {
    value.map_or(Value::Missing, Value::Flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_manual_entry_and_a_name_of_its_own() {
        let mut words: Vec<&str> = Field::ALL.iter().map(|field| field.word()).collect();
        for field in Field::ALL {
            assert!(field.manual().trim().len() > 10, "{field:?}");
        }
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Field::ALL.len());
    }

    #[test]
    fn an_empty_document_has_no_value_in_any_field() {
        for field in Field::ALL {
            assert_eq!(Document::default().value(*field), Value::Missing, "{field:?}");
        }
    }

    #[test]
    fn a_document_survives_json() {
        let document = Document {
            kind: "message".into(),
            zones: [(Zone::Text, "olá".to_owned())].into(),
            direction: Some(Direction::Out),
            ..Document::default()
        };
        let json = serde_json::to_string(&document).unwrap();
        assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document);
    }
}
