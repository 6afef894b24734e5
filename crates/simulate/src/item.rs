//! One thing that happens on a business number: a message, a change to one, or its status.

use jiff::Timestamp;
use serde_json::Value;

use crate::media::Media;

/// Who spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The client, to the company.
    In,
    /// The company, to the client.
    Out,
}

/// What a status says of an outbound message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Left the platform.
    Sent,
    /// Reached the client's phone.
    Delivered,
    /// Opened.
    Read,
    /// Could not be delivered.
    Failed {
        /// Graph's error code, such as 131026.
        code: u32,
    },
}

/// What happened; the names follow the types of Meta's webhooks.
#[derive(Debug, Clone)]
pub enum Content {
    /// Words.
    Text {
        /// At most 4,096 characters.
        body: String,
    },
    /// A photo.
    Image {
        /// The file.
        media: Media,
        /// Empty where there is none.
        caption: String,
    },
    /// A voice note.
    Voice {
        /// The file.
        media: Media,
    },
    /// A film.
    Video {
        /// The file.
        media: Media,
        /// Empty where there is none.
        caption: String,
    },
    /// A sticker.
    Sticker {
        /// The file.
        media: Media,
    },
    /// A file of any kind.
    Document {
        /// The file.
        media: Media,
        /// As the sender named it.
        filename: String,
        /// Empty where there is none.
        caption: String,
    },
    /// A place.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// What the sender calls it.
        name: String,
    },
    /// A contact card.
    Contacts {
        /// The name on the card.
        name: String,
        /// As written on the card.
        phone: String,
    },
    /// An emoji on another message; an empty one takes it back.
    Reaction {
        /// The id of the message reacted to.
        to: String,
        /// One emoji.
        emoji: String,
    },
    /// A new text for an earlier message.
    Edit {
        /// The id of the message changed.
        of: String,
        /// The new text.
        body: String,
    },
    /// An earlier message taken back.
    Revoke {
        /// The id of the message deleted.
        of: String,
    },
    /// A basket from the catalogue.
    Order {
        /// The product's id in the catalogue.
        product: String,
        /// Of the one product.
        quantity: u32,
        /// In the region's currency.
        price: u32,
        /// ISO 4217.
        currency: &'static str,
    },
    /// A tapped button of an interactive message.
    ButtonReply {
        /// The button's id.
        id: String,
        /// What was on it.
        title: String,
    },
    /// Something the platform would not hand over.
    Unsupported {
        /// Graph's error code: 131051 or 131060.
        code: u32,
        /// The platform's word for the kind, empty where it says none.
        kind: &'static str,
    },
    /// The client now has another number.
    NumberChanged {
        /// International digits.
        to: String,
    },
    /// A type that nobody knows yet.
    Unknown {
        /// The value of `type`.
        kind: &'static str,
        /// The object under its own name.
        object: Value,
    },
    /// News of an outbound message.
    Status {
        /// The message's id.
        of: String,
        /// The news.
        status: Status,
    },
}

/// One thing that happened, in the order in which the company's deliveries tell of it.
#[derive(Debug, Clone)]
pub struct Item {
    /// When, to the second.
    pub at: Timestamp,
    /// Index in `Company::numbers`.
    pub number: usize,
    /// Index in `Company::clients`.
    pub client: usize,
    /// Who spoke; a status counts as the company's.
    pub direction: Direction,
    /// `wamid.…`; a status has its message's.
    pub id: String,
    /// What.
    pub content: Content,
    /// The id of the message this one answers.
    pub reply_to: Option<String>,
    /// Passed on from elsewhere.
    pub forwarded: bool,
    /// Index in `Company::stories` of the story this is part of.
    pub story: Option<usize>,
}

impl Item {
    /// False for statuses.
    #[must_use]
    pub fn is_message(&self) -> bool {
        !matches!(self.content, Content::Status { .. })
    }

    /// The words a person reads: the body, the new body, or the caption.
    #[must_use]
    pub fn words(&self) -> &str {
        match &self.content {
            Content::Text { body } | Content::Edit { body, .. } => body,
            Content::Image { caption, .. }
            | Content::Document { caption, .. }
            | Content::Video { caption, .. } => caption,
            _ => "",
        }
    }
}
