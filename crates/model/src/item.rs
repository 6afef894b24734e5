//! Items: what a source told us, in one shape for all sources. An item is a reading of exact bytes that stand beside it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One thing extracted from a delivery: a message, an edit, a status, an account event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The business number it concerns; empty fields where the source named none.
    pub number: Number,
    /// Which stream of the source it came in.
    pub stream: Stream,
    /// When it happened, by the source's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What it is.
    pub body: Body,
    /// JSON paths in the raw bytes that this version of the reader does not know; at most [`UNKNOWN_PATHS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

/// How many unknown paths one item lists.
pub const UNKNOWN_PATHS_MAX: usize = 32;

/// A business number as its source names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Number {
    /// The WhatsApp Business Account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Meta's id of the number: what assignments refer to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The number in digits, as displayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

/// The stream of a source in which an item came; a name of one stream is part of the item's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// The field `messages`.
    Messages,
    /// The field `smb_message_echoes`: what the employee sent from the app.
    Echoes,
    /// The field `history`: months before the connection.
    History,
    /// The field `standby`: an AI agent holds the thread.
    Standby,
    /// The field `smb_app_state_sync`: the app's address book.
    AddressBook,
    /// The field `calls`.
    Calls,
    /// The group fields.
    Groups,
    /// The field `messaging_handovers`.
    Handovers,
    /// Account, template, security, and every field this version does not know.
    Account,
    /// A chat export: self-reported.
    Export,
}

/// Everything an item can be. A shape that is not known is [`Body::Unknown`], with its raw bytes kept beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// A message, or a placeholder for one whose content was not kept by the source.
    Message(Message),
    /// New content for an earlier message.
    Edit {
        /// The source's id of the edit itself.
        id: String,
        /// The source's id of the message that was edited.
        original: String,
        /// The message as it reads now.
        message: Message,
    },
    /// An earlier message was deleted for everyone. Its content is kept.
    Revoke {
        /// The source's id of the revocation itself.
        id: String,
        /// The source's id of the message.
        original: String,
        /// The group, where it was not one to one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        /// Who revoked it.
        from: Party,
        /// The other side.
        to: Party,
        /// In or out.
        direction: Direction,
    },
    /// An emoji on an earlier message.
    Reaction {
        /// The source's id of the reaction itself.
        id: String,
        /// The source's id of the message reacted to.
        original: String,
        /// The group, where it was not one to one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        /// The emoji; `None` takes an earlier one back.
        emoji: Option<String>,
        /// Who reacted.
        from: Party,
        /// The other side.
        to: Party,
        /// In or out.
        direction: Direction,
    },
    /// A delivery status of an outgoing message.
    Status(Status),
    /// A call or one event of it.
    Call(Call),
    /// A change of the app's address book.
    AddressBook {
        /// `add` or `remove` or what the source said.
        action: String,
        /// The person.
        party: Party,
    },
    /// A client's identifiers changed: number, user id, security code.
    Identity {
        /// What the source called the change.
        change: String,
        /// Identifiers before.
        previous: Party,
        /// Identifiers now.
        current: Party,
        /// The source's own sentence.
        text: Option<String>,
    },
    /// A group was made, changed, left, joined.
    Group {
        /// The group.
        group: String,
        /// What the source called the event.
        event: String,
        /// The people it names.
        parties: Vec<Party>,
        /// Subject, description and the like as the source's words.
        details: Vec<(String, String)>,
        /// What went wrong.
        errors: Vec<SourceError>,
    },
    /// A thread went from one owner to another (an AI agent, an app).
    Handover {
        /// The client.
        party: Party,
        /// What the source called it, such as `control_passed`.
        event: String,
        /// The former owner's role.
        previous_owner: Option<String>,
        /// The new owner's role.
        new_owner: Option<String>,
        /// A summary handed over with the thread.
        summary: Option<String>,
    },
    /// A client's choice about marketing messages.
    Preference {
        /// The client.
        party: Party,
        /// What it is about.
        category: String,
        /// The choice.
        value: String,
    },
    /// An account, template, security or quality event.
    Account {
        /// The webhook field.
        field: String,
        /// The event's name, such as `ACCOUNT_OFFBOARDED`.
        event: Option<String>,
        /// What it means for capture.
        effect: AccountEffect,
        /// Its leaves as path and value, at most [`DETAILS_MAX`].
        details: Vec<(String, String)>,
    },
    /// Errors with no message and no id: a channel event.
    SourceErrors {
        /// The errors.
        errors: Vec<SourceError>,
    },
    /// How far a history synchronisation has come, or why it will not come.
    HistoryProgress {
        /// Phase 0, 1 or 2 (a day, 90 days, 180 days).
        phase: Option<u32>,
        /// The chunk's number.
        chunk: Option<u32>,
        /// Percent done.
        progress: Option<u32>,
        /// Why it was declined.
        errors: Vec<SourceError>,
    },
    /// A shape this version cannot read. The raw bytes are kept whole beside it.
    Unknown {
        /// The webhook field it came in.
        field: String,
        /// What is not understood, in a few words without content.
        reason: String,
    },
}

/// How many details an account or group event lists; the raw bytes hold them all.
pub const DETAILS_MAX: usize = 64;

/// What an account event means for capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountEffect {
    /// Capture goes on.
    None,
    /// Capture stops: off-boarded, partner removed, account deleted or banned. A gap begins.
    GapBegins,
    /// Capture is back. A gap ends.
    GapEnds,
    /// Somebody may be taking the number over.
    Takeover,
}

/// A party of a conversation: a set of identifiers, each of which may be missing. Never key anything on the phone alone.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Phone digits in E.164 without the plus sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// WhatsApp id: digits, mostly but not always the phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<String>,
    /// Business-scoped user id, `CC.…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Parent business-scoped user id, `CC.ENT.…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_user_id: Option<String>,
    /// User name without the at sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Profile or address-book name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl std::fmt::Debug for Party {
    /// Prints which identifiers are there, never what they are.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let known = self.identifiers().into_iter().map(|(scheme, _)| scheme);
        f.debug_list().entries(known).finish()
    }
}

impl Party {
    /// The identifiers that tell persons apart, as scheme and value, the most lasting first. A phone and a wa_id of the
    /// same digits are one identifier. Names and user names are not identifiers: both change hands.
    pub fn identifiers(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("user_id", &self.user_id),
            ("parent_user_id", &self.parent_user_id),
            ("phone", &self.phone),
            ("phone", &self.wa_id),
        ];
        let mut found: Vec<(&'static str, &str)> = Vec::new();
        for (scheme, value) in all {
            let Some(value) = value.as_deref().filter(|value| !value.is_empty()) else { continue };
            if !found.contains(&(scheme, value)) {
                found.push((scheme, value));
            }
        }
        found
    }

    /// Whether nothing at all is known.
    pub fn is_empty(&self) -> bool {
        self.identifiers().is_empty() && self.username.is_none() && self.name.is_none()
    }
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the client.
    In,
    /// From the firm.
    Out,
    /// Between people of the firm.
    Internal,
}

impl Direction {
    /// The word the query language uses.
    pub fn word(self) -> &'static str {
        match self {
            Direction::In => "in",
            Direction::Out => "out",
            Direction::Internal => "internal",
        }
    }
}

/// A message as its source delivered it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The source's id, such as `wamid.…`; unique only together with number and kind.
    pub id: String,
    /// In or out.
    pub direction: Direction,
    /// Who wrote it.
    pub from: Party,
    /// Whom it went to.
    pub to: Party,
    /// The group, where it was not one to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What it says.
    pub content: Content,
    /// The source's id of the message it answers; that message may be unknown to us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Forwarded, and often.
    #[serde(default)]
    pub forwarded: Forwarded,
    /// The advertisement by which the client came: headline, body, address, as path and value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub referral: Vec<(String, String)>,
    /// Errors that came with it; the content may be there all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<SourceError>,
    /// What the source says of the sender's security code, where the firm asked for the check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityCheck>,
    /// The state a history chunk gave for it, such as `READ`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history_status: Option<String>,
}

/// What a source says of a sender's security code: it changes when the app is installed anew, or somebody else has the number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityCheck {
    /// Whether the firm has acknowledged the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<bool>,
    /// When the code was made, by the source's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The code's hash as the source wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// Whether a message was forwarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forwarded {
    /// It was not, as far as the source says.
    #[default]
    No,
    /// It was.
    Yes,
    /// More than five times.
    Often,
}

/// What a message says, by type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// Plain text.
    Text {
        /// At most 4,096 characters by WhatsApp's rule; not relied on.
        body: String,
    },
    /// A picture, film, sound, file or sticker.
    Media(Media),
    /// A place.
    Location {
        /// Degrees.
        latitude: f64,
        /// Degrees.
        longitude: f64,
        /// The place's name.
        name: Option<String>,
        /// Its address.
        address: Option<String>,
        /// Its page on the web.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// Contact cards.
    Contacts {
        /// The cards.
        cards: Vec<Card>,
    },
    /// An answer to buttons, a list, a form, or a template's quick reply.
    Answer {
        /// What was answered: `button`, `button_reply`, `list_reply`, `nfm_reply` …
        to: String,
        /// What the client saw and chose.
        text: String,
        /// The payload or form data as the source gave it.
        payload: Option<String>,
    },
    /// An order from a catalogue.
    Order {
        /// The catalogue.
        catalog: Option<String>,
        /// The client's words.
        text: Option<String>,
        /// What was ordered.
        lines: Vec<OrderLine>,
    },
    /// A template or an interactive message that the firm sent, as the words it showed.
    Template {
        /// The template's name, where known.
        name: Option<String>,
        /// All words shown, in order.
        text: String,
    },
    /// A line that WhatsApp wrote: a timer was changed, a person joined.
    System {
        /// What kind, as the source calls it.
        event: String,
        /// Its words.
        text: String,
    },
    /// The source says there was a message and that its content is not to be had: view-once, a companion device, a poll.
    Unavailable {
        /// What the source said it was, where it said.
        was: Option<String>,
    },
    /// A type that this version does not know; the raw bytes are kept.
    Unknown {
        /// The type's name; empty where the source gave none.
        name: String,
    },
}

impl Content {
    /// The words of the message body that people and policies read; captions and file names are separate zones.
    pub fn text(&self) -> String {
        match self {
            Content::Text { body } => body.clone(),
            Content::Answer { text, payload, .. } => match payload {
                Some(payload) => format!("{text}\n{payload}"),
                None => text.clone(),
            },
            Content::Template { text, .. } | Content::System { text, .. } => text.clone(),
            Content::Order { text, lines, .. } => order_text(text.as_deref(), lines),
            Content::Location { name, address, url, .. } => {
                [name.as_deref(), address.as_deref(), url.as_deref()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join("\n")
            }
            Content::Contacts { cards } => cards.iter().map(Card::text).collect::<Vec<_>>().join("\n\n"),
            Content::Media(_) | Content::Unavailable { .. } | Content::Unknown { .. } => String::new(),
        }
    }
}

fn order_text(text: Option<&str>, lines: &[OrderLine]) -> String {
    let mut all: Vec<String> = text.map(str::to_owned).into_iter().collect();
    all.extend(
        lines
            .iter()
            .map(|line| format!("{} × {} {} {}", line.quantity, line.product, line.price, line.currency)),
    );
    all.join("\n")
}

/// One line of an order, numbers as the source wrote them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The retailer's product id.
    pub product: String,
    /// How many.
    pub quantity: String,
    /// Price of one.
    pub price: String,
    /// ISO 4217.
    pub currency: String,
}

/// A contact card.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The formatted name.
    pub name: String,
    /// Phones as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// E-mail addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// Web addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// The firm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
}

impl Card {
    fn text(&self) -> String {
        let mut lines = vec![self.name.clone()];
        lines.extend(self.organisation.clone());
        lines.extend(self.phones.iter().chain(&self.emails).chain(&self.urls).cloned());
        lines.join("\n")
    }
}

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound file.
    Audio,
    /// A voice message.
    Voice,
    /// Any other file.
    Document,
    /// A sticker.
    Sticker,
}

impl MediaKind {
    /// The word the query language uses.
    pub fn word(self) -> &'static str {
        match self {
            MediaKind::Image => "image",
            MediaKind::Video => "video",
            MediaKind::Audio => "audio",
            MediaKind::Voice => "voice",
            MediaKind::Document => "document",
            MediaKind::Sticker => "sticker",
        }
    }
}

/// A file that a message refers to. Its bytes come later, as an entry of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Media {
    /// What kind of file.
    pub media: MediaKind,
    /// The source's id, by which the bytes are fetched; lives 7 days at Meta. `None` where only a placeholder came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// MIME type as the source said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// SHA-256 of the bytes as the source said, in lower-case hex whatever form it came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The file's name: chosen by the sender, hostile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The words under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

/// A delivery status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The source's id of the message; it may be unknown to us.
    pub message: String,
    /// `sent`, `delivered`, `read`, `played`, `failed`, or what the source said.
    pub status: String,
    /// Whom it is about.
    pub recipient: Party,
    /// The group's participant it is about, where it was a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<String>,
    /// The group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The tracking text that we sent along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
    /// Pricing, payment, conversation as path and value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<(String, String)>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<SourceError>,
}

impl Status {
    /// Rank of a status word: a later status never lowers the state shown; `failed` is terminal.
    pub fn rank(word: &str) -> u8 {
        match word {
            "sent" => 1,
            "delivered" => 2,
            "read" => 3,
            "played" => 4,
            "failed" => 5,
            _ => 0,
        }
    }
}

/// A call or one event of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The source's id, `wacid.…`.
    pub id: String,
    /// `connect`, `terminate`, a status such as `RINGING`, or what the source said.
    pub event: String,
    /// In or out.
    pub direction: Direction,
    /// Who calls.
    pub from: Party,
    /// Who is called.
    pub to: Party,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When it began, by the source's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended, by the source's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<u64>,
    /// A recording or a transcript to be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<Media>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<SourceError>,
}

/// An error in the source's words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceError {
    /// The source's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// The source's title or message.
    pub title: String,
    /// More of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

impl Item {
    /// What makes this item the same item when it is delivered again: number, stream, kind, id, and what else tells two
    /// of one id apart (a status word, a participant). `None` for items that have no identity of their own; their bytes
    /// are their identity.
    pub fn key(&self) -> Option<String> {
        let number = self.number.id.as_deref().or(self.number.account.as_deref()).unwrap_or("");
        let stream = stream_word(self.stream);
        let rest = match &self.body {
            Body::Message(message) if !message.id.is_empty() => format!("message\n{}", message.id),
            Body::Edit { id, original, .. } if !id.is_empty() => format!("edit\n{id}\n{original}"),
            Body::Revoke { id, original, .. } if !id.is_empty() => format!("revoke\n{id}\n{original}"),
            Body::Reaction { id, original, emoji, .. } if !id.is_empty() => {
                format!("reaction\n{id}\n{original}\n{}", emoji.as_deref().unwrap_or(""))
            }
            Body::Status(status) if !status.message.is_empty() => {
                let participant = status.participant.as_deref().unwrap_or("");
                let at = self.at.map(|at| at.as_second()).unwrap_or_default();
                format!("status\n{}\n{}\n{participant}\n{at}", status.message, status.status)
            }
            Body::Call(call) if !call.id.is_empty() => {
                format!("call\n{}\n{}\n{}", call.id, call.event, call.status.as_deref().unwrap_or(""))
            }
            _ => return None,
        };
        Some(format!("{number}\n{stream}\n{rest}"))
    }
}

fn stream_word(stream: Stream) -> &'static str {
    match stream {
        Stream::Messages => "messages",
        Stream::Echoes => "echoes",
        Stream::History => "history",
        Stream::Standby => "standby",
        Stream::AddressBook => "address_book",
        Stream::Calls => "calls",
        Stream::Groups => "groups",
        Stream::Handovers => "handovers",
        Stream::Account => "account",
        Stream::Export => "export",
    }
}
