//! Everything that can be in the log, on one page. Events change only by addition.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    access::{Purpose, ReadOf},
    alert, case, contact,
    finding::{Finding, GivenUp},
    id::{AlertId, CaseId, DocumentId, Index, QueueId, SearchId, SourceId, UserId},
    item::{Item, Number},
    people, queue, registry, rule, source, user,
};

/// One entry of the log, as its sealed record says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Event {
    /// Bytes arrived and their signature was right. The bytes stand beside it.
    Delivery {
        /// Where they came from.
        source: SourceId,
        /// Which of the source's secrets signed them, 0 the newest.
        secret: u32,
    },
    /// Every item of some deliveries is an entry now.
    DeliveriesRead {
        /// Which, in log order; at most a few hundred.
        deliveries: Vec<DeliveryRead>,
    },
    /// One item of a delivery or an import. Its exact bytes stand beside it.
    Item {
        /// The source.
        source: SourceId,
        /// The delivery; `None` for an import.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delivery: Option<Index>,
        /// Where in the delivery or the file its bytes begin and end.
        range: (u64, u64),
        /// What it says.
        item: Box<Item>,
    },
    /// A media file was fetched; its bytes stand beside it as a sealed stream.
    Media {
        /// The item that refers to it.
        item: Index,
        /// The source's id of the file.
        media: String,
        /// MIME type as served.
        mime: Option<String>,
        /// SHA-256 of the bytes, hex.
        sha256: String,
        /// Bytes.
        size_bytes: u64,
    },
    /// A media file could not be had.
    MediaFailed {
        /// The item that refers to it.
        item: Index,
        /// The source's id of the file.
        media: String,
        /// Attempts so far.
        attempts: u32,
        /// Why, as a code: `gone`, `expired`, `hash`, `too_large`, `refused`, `unreachable`.
        reason: String,
        /// Whether nothing will be tried again.
        permanent: bool,
    },
    /// Capture of a number stopped.
    GapOpened {
        /// The number or account.
        number: Number,
        /// The entry that says so.
        cause: Index,
        /// What the source called it.
        reason: String,
    },
    /// Capture of a number is back.
    GapClosed {
        /// The number or account.
        number: Number,
        /// The entry that says so.
        cause: Index,
    },
    /// Policies matched a document revision, or cost too much on it. At most one such entry per revision.
    Findings {
        /// Which document.
        document: DocumentId,
        /// Which revision.
        revision: u32,
        /// The detectors' version.
        detectors: u32,
        /// What was found, by policy id.
        findings: Vec<Finding>,
        /// What was not decided.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        given_up: Vec<GivenUp>,
    },
    /// The runner has judged every document that became visible up to an entry.
    Progress {
        /// Which runner stage.
        stage: String,
        /// The last entry whose consequences are in the log.
        upto: Index,
    },
    /// Nothing happened: silence shows as the lack of these.
    Heartbeat,
    /// An alert changed.
    Alert {
        /// Which.
        alert: AlertId,
        /// How.
        event: alert::Event,
    },
    /// A case changed.
    Case {
        /// Which.
        case: CaseId,
        /// How.
        event: case::Event,
    },
    /// A saved queue changed.
    Queue {
        /// Which.
        queue: QueueId,
        /// How.
        event: queue::Event,
    },
    /// A policy is in force from now on in this version.
    PolicyPublished {
        /// Its id.
        policy: String,
        /// Its version, from 1.
        version: u32,
        /// Its TOML text.
        text: String,
        /// Why the second person agreed; empty where the program itself set it up, and in logs of before.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
        /// The entry that proposed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proposal: Option<Index>,
    },
    /// A policy is in force no more.
    PolicyRetired {
        /// Its id.
        policy: String,
        /// Why the second person agreed.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
        /// The entry that proposed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proposal: Option<Index>,
    },
    /// A policy, list or macro changed. That a policy comes into force or ends is said by the two entries above.
    Rule {
        /// What it is.
        kind: rule::Kind,
        /// What it is called.
        name: String,
        /// How.
        event: rule::Event,
    },
    /// The registry changed.
    Registry {
        /// How.
        event: registry::Event,
    },
    /// Employees, assignments or notice changed.
    People {
        /// How.
        event: people::Event,
    },
    /// Somebody decided which identities are one client's.
    Contact {
        /// What.
        event: contact::Event,
    },
    /// A source changed.
    Source {
        /// How.
        event: source::Event,
    },
    /// A user changed or signed in.
    User {
        /// Which.
        user: UserId,
        /// How.
        event: user::Event,
    },
    /// Somebody read content.
    Read {
        /// Why.
        purpose: Purpose,
        /// What.
        of: ReadOf,
    },
    /// What somebody searched for: words about people, apart from the entry that says that there was a search, so that they can
    /// be erased and the search stays known.
    SearchAsked {
        /// Which, as [`ReadOf::Search`] names it.
        search: SearchId,
        /// Who asked, as `Actor` prints it: the words lie under this person's key.
        by: String,
        /// The query as typed.
        query: String,
    },
    /// An import of a file began or ended.
    Import {
        /// The source made for it.
        source: SourceId,
        /// SHA-256 of the file, hex.
        sha256: String,
        /// Messages that were new; `None` when it begins.
        imported: Option<u64>,
        /// Messages that were known before.
        known: Option<u64>,
        /// Lines that could not be read.
        rejected: Option<u64>,
    },
}

/// Says once what each event is called in a leaf, so that no list of the types can lack one.
macro_rules! kinds {
    ($($event:ident = $kind:literal,)*) => {
        impl Event {
            /// The types of all entries, as their leaves have them.
            pub const KINDS: &'static [&'static str] = &[$($kind,)*];

            /// The entry's type in its public leaf. Says what kind of thing happened, nothing about whom.
            pub fn kind(&self) -> &'static str {
                match self { $(Event::$event { .. } => $kind,)* }
            }
        }
    };
}

kinds! {
    Delivery = "delivery.received",
    DeliveriesRead = "deliveries.read",
    Item = "item.captured",
    Media = "media.stored",
    MediaFailed = "media.failed",
    GapOpened = "gap.opened",
    GapClosed = "gap.closed",
    Findings = "findings.recorded",
    Progress = "runner.progress",
    Heartbeat = "heartbeat",
    Alert = "alert.changed",
    Case = "case.changed",
    Queue = "queue.changed",
    PolicyPublished = "policy.published",
    PolicyRetired = "policy.retired",
    Rule = "rule.changed",
    Registry = "registry.changed",
    People = "people.changed",
    Contact = "contact.changed",
    Source = "source.changed",
    User = "user.changed",
    Read = "access.read",
    SearchAsked = "search.asked",
    Import = "import.changed",
}

/// That every item of a delivery is an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRead {
    /// Which delivery.
    pub delivery: Index,
    /// How many items it held, known before or not.
    pub items: u32,
    /// Whether all were of known types; if not, the delivery keeps the longest retention.
    pub complete: bool,
}

/// What stands beside every event in `meta.json`: who made it happen, and when it was written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// Who.
    pub actor: crate::access::Actor,
    /// When the entry was made, by our clock.
    pub at: Timestamp,
    /// Whose scope its key is under, in words for auditors: `contact`, `employee`, `case`, `search`, `delivery`,
    /// `system`.
    pub scope: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ConversationId;

    #[test]
    fn an_event_survives_json() {
        let events = [
            Event::Heartbeat,
            Event::Delivery { source: SourceId(1), secret: 0 },
            Event::Alert { alert: AlertId(2), event: alert::Event::Claimed },
            Event::Alert { alert: AlertId(2), event: alert::Event::Undone },
            Event::Alert { alert: AlertId(2), event: alert::Event::Assigned { to: UserId(3) } },
            Event::Queue {
                queue: QueueId(5),
                event: queue::Event::Saved { name: "BR".into(), choice: "region=BR".into(), shared: true },
            },
            Event::Queue { queue: QueueId(5), event: queue::Event::Dropped },
            Event::Rule {
                kind: rule::Kind::List,
                name: "payees".into(),
                event: rule::Event::Proposed { text: None, note: "no use".into() },
            },
            Event::User { user: UserId(3), event: user::Event::SignedIn { from: user::Place(5) } },
            Event::Contact {
                event: contact::Event::Split {
                    identity: crate::id::IdentityId(5),
                    from: None,
                    reason: "recycled".into(),
                },
            },
            Event::Read { purpose: Purpose::Review(AlertId(2)), of: ReadOf::Conversation(ConversationId(4)) },
        ];
        for event in events {
            let json = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event, "{json}");
        }
    }

    #[test]
    fn a_policy_of_a_log_of_before_still_reads() {
        let published = r#"{"t":"policy_published","policy":"a.b","version":2,"text":"x"}"#;
        let retired = r#"{"t":"policy_retired","policy":"a.b"}"#;
        for json in [published, retired] {
            let event: Event = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&event).unwrap(), json);
        }
    }
}
