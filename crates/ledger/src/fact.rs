//! Facts: events with what stands beside them, and what follows from an event for keys, versions and deduplication.

use aboveboard_model::{
    access::Actor,
    contact,
    event::Event,
    id::Index,
    item::{Body, Item, Party},
    people,
};
use jiff::{Timestamp, tz::TimeZone};

/// Something to be written down.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What happened.
    pub event: Event,
    /// The exact bytes it was read from.
    pub raw: Option<Vec<u8>>,
}

impl Fact {
    /// A fact with nothing beside it.
    pub fn new(event: Event) -> Self {
        Fact { event, raw: None }
    }

    /// A fact read from exact bytes.
    pub fn with_raw(event: Event, raw: Vec<u8>) -> Self {
        Fact { event, raw: Some(raw) }
    }

    /// What makes the fact the same fact when it comes again: it is written down once. `None` where repeating it means
    /// that it happened again.
    pub fn identity(&self) -> Option<String> {
        match &self.event {
            Event::DeliveriesRead { deliveries } => {
                let (first, last) = (deliveries.first()?, deliveries.last()?);
                Some(format!("read/{}/{}", first.delivery, last.delivery))
            }
            Event::Item { source, delivery, range, item, .. } => Some(match item.key() {
                Some(key) => format!("item/{key}"),
                // No identity of its own: its bytes are its identity, at its place where it has none either.
                None => match (&self.raw, delivery) {
                    (Some(raw), _) => format!("item/bytes/{source}/{}", hex::encode(sha256(raw))),
                    (None, delivery) => format!("item/place/{source}/{delivery:?}/{range:?}"),
                },
            }),
            Event::Media { item, media, .. } => Some(format!("media/{item}/{media}")),
            Event::GapOpened { cause, .. } => Some(format!("gap/opened/{cause}")),
            Event::GapClosed { cause, .. } => Some(format!("gap/closed/{cause}")),
            Event::Findings { document, revision, detectors, .. } => {
                Some(format!("findings/{document}/{revision}/{detectors}"))
            }
            _ => None,
        }
    }
}

/// SHA-256 of a text, hex: by it a test of a policy names what was tested.
pub fn text_sha256(text: &str) -> String {
    hex::encode(sha256(text.as_bytes()))
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).into()
}

/// What the event changes: decisions about it are made on its version, the number of its events.
pub(crate) fn aggregate(event: &Event) -> Option<String> {
    match event {
        Event::Alert { alert, .. } => Some(alert.to_string()),
        Event::Case { case, .. } => Some(case.to_string()),
        Event::PolicyPublished { policy, .. } | Event::PolicyRetired { policy, .. } => {
            Some(format!("policy/{policy}"))
        }
        Event::Rule { kind, name, .. } => Some(format!("{}/{name}", kind.word())),
        Event::Queue { .. } => Some("queues".to_owned()),
        Event::Registry { .. } => Some("registry".to_owned()),
        Event::People { .. } => Some("people".to_owned()),
        Event::Contact { .. } => Some("contacts".to_owned()),
        Event::Source { .. } => Some("sources".to_owned()),
        Event::User { .. } => Some("users".to_owned()),
        Event::Progress { stage, .. } => Some(format!("progress/{stage}")),
        _ => None,
    }
}

/// Whose key an entry is sealed under: a person's, so that erasing the person destroys it; with the retention month.
pub(crate) struct Scope {
    /// In words for auditors: `contact`, `employee`, `case`, `search`, `delivery`, `system`.
    pub word: &'static str,
    /// What the scope's keyed hash is made of.
    pub text: String,
}

/// The retention class of everything until classes can be chosen: the longest.
const RETENTION_CLASS: &str = "standard";

pub(crate) fn scope(event: &Event, at: Timestamp) -> Scope {
    let (word, whose) = match event {
        Event::Delivery { .. } => ("delivery", String::new()),
        Event::Item { item, .. } => match client(item).and_then(|party| first_identifier(&party)) {
            Some(identifier) => ("contact", identifier),
            None => ("delivery", String::new()),
        },
        Event::Alert { alert, .. } => ("case", alert.to_string()),
        Event::Case { case, .. } => ("case", case.to_string()),
        Event::People { event } => match event {
            people::Event::Saved { employee, .. }
            | people::Event::Placed { employee, .. }
            | people::Event::Managed { employee, .. }
            | people::Event::Notice { employee, .. } => ("employee", employee.to_string()),
            people::Event::Assigned { assignment } => match assignment.employee {
                Some(employee) => ("employee", employee.to_string()),
                None => ("system", String::new()),
            },
        },
        Event::Queue { queue, .. } => ("system", queue.to_string()),
        // A reason may name people: it goes when one of them is erased.
        Event::Contact { event } => match event {
            contact::Event::Merged { contact, .. } => ("contact", contact.to_string()),
            contact::Event::Split { identity, .. } => ("contact", identity.to_string()),
            contact::Event::Undone { decision, .. } => ("contact", format!("decision:{decision}")),
        },
        Event::User { user, .. } => ("employee", user.to_string()),
        Event::Read { .. } => ("system", "reads".to_owned()),
        Event::SearchAsked { by, .. } => ("search", by.clone()),
        Event::Source { event } => ("system", event.source().to_string()),
        _ => ("system", String::new()),
    };
    let date = at.to_zoned(TimeZone::UTC).date();
    Scope { word, text: format!("{word}/{whose}/{RETENTION_CLASS}/{:04}-{:02}", date.year(), date.month()) }
}

fn first_identifier(party: &Party) -> Option<String> {
    party.identifiers().first().map(|(scheme, value)| format!("{scheme}:{value}"))
}

/// The client that an item is about: the side that is not the firm's.
pub(crate) fn client(item: &Item) -> Option<Party> {
    use aboveboard_model::item::Direction::{In, Internal, Out};
    let side = |direction: &aboveboard_model::item::Direction, from: &Party, to: &Party| match direction {
        In => from.clone(),
        Out | Internal => to.clone(),
    };
    let party = match &item.body {
        Body::Message(message) | Body::Edit { message, .. } => {
            side(&message.direction, &message.from, &message.to)
        }
        Body::Revoke { from, to, direction, .. } | Body::Reaction { from, to, direction, .. } => {
            side(direction, from, to)
        }
        Body::Call(call) => side(&call.direction, &call.from, &call.to),
        Body::Status(status) => status.recipient.clone(),
        Body::AddressBook { party, .. } | Body::Handover { party, .. } | Body::Preference { party, .. } => {
            party.clone()
        }
        Body::Identity { current, .. } => current.clone(),
        _ => return None,
    };
    Some(party).filter(|party| !party.is_empty())
}

/// A stored entry, opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// Which.
    pub index: Index,
    /// What happened.
    pub event: Event,
    /// Who made it happen.
    pub actor: Actor,
    /// When it was written down, by our clock.
    pub at: Timestamp,
    /// The exact bytes it was read from.
    pub raw: Option<Vec<u8>>,
}

#[cfg(test)]
mod tests {
    use aboveboard_model::{
        id::SourceId,
        item::{Content, Direction, Message, Number, Stream},
    };

    use super::*;

    fn message(id: &str, phone: &str) -> Item {
        let party = Party { phone: Some(phone.into()), ..Party::default() };
        Item {
            number: Number { id: Some("n".into()), ..Number::default() },
            stream: Stream::Messages,
            at: None,
            body: Body::Message(Message {
                id: id.into(),
                direction: Direction::In,
                from: party,
                to: Party::default(),
                group: None,
                content: Content::Text { body: "hi".into() },
                reply_to: None,
                forwarded: Default::default(),
                referral: vec![],
                errors: vec![],
                identity: None,
                history_status: None,
            }),
            unknown: vec![],
        }
    }

    fn fact(item: Item, raw: &str) -> Fact {
        let event = Event::Item {
            source: SourceId(1),
            delivery: Some(Index(1)),
            range: (0, 1),
            item: Box::new(item),
        };
        Fact::with_raw(event, raw.as_bytes().to_vec())
    }

    #[test]
    fn a_message_is_the_same_message_whatever_bytes_it_comes_in() {
        let (one, again) = (fact(message("m1", "55119"), "{}"), fact(message("m1", "55119"), "{ }"));
        assert_eq!(one.identity(), again.identity());
        assert_ne!(one.identity(), fact(message("m2", "55119"), "{}").identity());
    }

    #[test]
    fn an_item_without_an_id_is_told_by_its_bytes() {
        let (one, two) = (fact(message("", "55119"), "{1}"), fact(message("", "55119"), "{2}"));
        assert_ne!(one.identity(), two.identity());
        assert_eq!(one.identity(), fact(message("", "55119"), "{1}").identity());
    }

    #[test]
    fn a_clients_words_lie_under_the_clients_key_for_the_month() {
        let at: Timestamp = "2026-11-04T12:00:00Z".parse().unwrap();
        let ana = scope(&fact(message("m1", "55119"), "{}").event, at);
        assert_eq!((ana.word, ana.text.as_str()), ("contact", "contact/phone:55119/standard/2026-11"));
        let nobody = scope(&fact(message("m1", ""), "{}").event, at);
        assert_eq!(nobody.word, "delivery");
    }
}
