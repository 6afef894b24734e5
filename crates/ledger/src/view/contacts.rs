//! Answers about clients as persons: their identities, what was decided about them, and what is suggested.

use aboveboard_model::{
    access::Actor,
    contact::Event,
    id::{ContactId, IdentityId, Index},
    personal::Personal,
};
use jiff::Timestamp;

use super::{AlertRow, ConversationRow, ReadRow};

/// Which clients a list shows. Newest known first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactFilter {
    /// A pseudonym, an id, the beginning of a phone, a user id or a user name.
    pub text: Option<String>,
    /// Only those that may be one person with somebody else.
    pub suggested: bool,
    /// Where the page begins: a former page's `next`.
    pub after: Option<String>,
    /// Rows; at most [`super::PAGE_ROWS_MAX`].
    pub limit: usize,
}

/// A line of the list of clients.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactRow {
    /// Which.
    pub id: ContactId,
    /// The entry by which the client became known.
    pub since: Index,
    /// The identities, oldest first; at most [`IDENTITIES_SHOWN_MAX`].
    pub identities: Vec<IdentityRow>,
    /// Conversations with messages.
    pub conversations: u64,
    /// Messages that may be read.
    pub messages: u64,
    /// When the client was seen last.
    pub last_at: Option<Timestamp>,
    /// Alerts without outcome.
    pub open_alerts: u64,
}

/// Identities shown of one client.
pub const IDENTITIES_SHOWN_MAX: usize = 100;

/// One way in which a client is known.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentityRow {
    /// Which.
    pub id: IdentityId,
    /// `phone`, `wa_id`, `user_id`, `parent_user_id`, `username`, or `name` (of a chat export, on one number).
    pub scheme: &'static str,
    /// The value, to be shown under a mask.
    pub value: Personal,
    /// From when it is this client's, where a split says so.
    pub from: Option<Timestamp>,
    /// Until when, where a split says so.
    pub until: Option<Timestamp>,
    /// When it was first seen by the source's clock, and the entry that says so.
    pub first: Option<(Timestamp, Index)>,
    /// When it was last seen by the source's clock, and the entry that says so.
    pub last: Option<(Timestamp, Index)>,
    /// Whether it can be split off. A user name goes with the identity that had it.
    pub is_own: bool,
}

/// Something that was decided about who a client is.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactDecision {
    /// The entry.
    pub index: Index,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub event: Event,
    /// The entry that took it back.
    pub undone: Option<Index>,
}

/// Somebody who may be the same person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Who.
    pub contact: ContactId,
    /// `together`: seen together after a split; `changed`: one became the other after a split; `alike`: the same phone
    /// written another way.
    pub why: &'static str,
    /// The entry that says so; of a phone written another way, the one that brought it.
    pub index: Index,
}

/// Everything a client's page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactPage {
    /// The line of the list.
    pub row: ContactRow,
    /// Conversations with messages, newest first, without words; none where the asker may not read them.
    pub conversations: Vec<ConversationRow>,
    /// Alerts, newest first; none where the asker may not see them.
    pub alerts: Vec<AlertRow>,
    /// What was decided about who this is, newest first.
    pub decisions: Vec<ContactDecision>,
    /// Who else this may be.
    pub suggestions: Vec<Suggestion>,
    /// Who looked at anything of this client, newest first; `None` where the asker may not see the access log.
    pub reads: Option<Vec<ReadRow>>,
    /// The log index that the page is true at.
    pub at: Index,
}
