//! What a message says, by its type.

use aboveboard_model::item::{Card, Content, Media, MediaKind, OrderLine, SourceError};

use super::{
    json::{Json, Object},
    reading::{NAME_CHARS_MAX, cut, sha256_hex},
};

/// Codes by which Meta says that there was a message whose content is not to be had.
const UNAVAILABLE_CODES: &[i64] = &[131_051, 131_060];
/// How many contact cards and order lines are repeated outside the raw bytes.
const LINES_MAX: usize = 500;

/// The types whose object is read here.
const READABLE: &[&str] = &[
    "text",
    "image",
    "video",
    "audio",
    "voice",
    "document",
    "sticker",
    "location",
    "contacts",
    "interactive",
    "button",
    "order",
];

/// Types that say only that something was there. Where a readable object stands beside them all the same, it is read.
const PLACEHOLDERS: &[&str] = &["", "unsupported", "unknown", "ephemeral", "media_placeholder"];

/// The type by whose name the content is found: the message's own, except where that is only a placeholder.
pub(super) fn shown_type<'k>(kind: &'k str, object: &Object<'_>) -> &'k str {
    if !PLACEHOLDERS.contains(&kind) {
        return kind;
    }
    let has_object = |name: &&&str| object.has(name);
    READABLE.iter().find(has_object).copied().unwrap_or(kind)
}

/// Reads the content of a message of that type. Errors beside it never hide it.
pub(super) fn read(kind: &str, object: &Object<'_>, errors: &[SourceError]) -> Content {
    let shown = shown_type(kind, object);
    if let Some(content) = by_type(shown, object) {
        return content;
    }
    let refused = errors.iter().any(|error| error.code.is_some_and(|code| UNAVAILABLE_CODES.contains(&code)));
    let named = |name: &str| Some(cut(name, NAME_CHARS_MAX)).filter(|name| !name.is_empty());
    match kind {
        "unsupported" => {
            let was = object.object("unsupported").and_then(|unsupported| unsupported.text("type"));
            Content::Unavailable { was: was.and_then(|was| named(&was)) }
        }
        "unknown" => Content::Unavailable { was: None },
        "media_placeholder" | "ephemeral" => Content::Unavailable { was: named(kind) },
        "request_welcome" => Content::System { event: kind.to_owned(), text: String::new() },
        _ if refused || (READABLE.contains(&kind) && !errors.is_empty()) => {
            Content::Unavailable { was: named(kind) }
        }
        "interactive" => Content::Unknown { name: cut(&interactive_name(object), NAME_CHARS_MAX) },
        _ => Content::Unknown { name: cut(kind, NAME_CHARS_MAX) },
    }
}

/// Whether the type's object has a hash that is none of the known forms.
pub(super) fn has_odd_hash(kind: &str, object: &Object<'_>) -> bool {
    let hash = object.object(kind).and_then(|media| media.text("sha256"));
    hash.is_some_and(|hash| sha256_hex(&hash).is_none())
}

fn by_type(kind: &str, object: &Object<'_>) -> Option<Content> {
    let own = object.get(kind)?;
    match kind {
        "text" => text(own),
        "image" => Some(Content::Media(media(MediaKind::Image, &own.object()?))),
        "video" => Some(Content::Media(media(MediaKind::Video, &own.object()?))),
        "document" => Some(Content::Media(media(MediaKind::Document, &own.object()?))),
        "sticker" => Some(Content::Media(media(MediaKind::Sticker, &own.object()?))),
        "voice" => Some(Content::Media(media(MediaKind::Voice, &own.object()?))),
        "audio" => {
            let audio = own.object()?;
            let kind = if audio.flag("voice") { MediaKind::Voice } else { MediaKind::Audio };
            Some(Content::Media(media(kind, &audio)))
        }
        "location" => location(&own.object()?),
        "contacts" => cards(own),
        "interactive" => answer(&own.object()?),
        "button" => button(&own.object()?),
        "order" => order(&own.object()?),
        _ => None,
    }
}

fn text(own: Json<'_>) -> Option<Content> {
    let body = match own.object() {
        Some(object) => object.get("body").and_then(Json::text)?,
        None => own.text()?,
    };
    Some(Content::Text { body })
}

/// A file by the object that names it.
pub(super) fn media(kind: MediaKind, object: &Object<'_>) -> Media {
    Media {
        media: kind,
        id: object.text("id"),
        mime: object.text("mime_type"),
        sha256: object.text("sha256").and_then(|hash| sha256_hex(&hash)),
        filename: object.text("filename"),
        caption: object.text("caption"),
    }
}

/// A place.
pub(super) fn location(object: &Object<'_>) -> Option<Content> {
    Some(Content::Location {
        latitude: object.get("latitude")?.number()?,
        longitude: object.get("longitude")?.number()?,
        name: object.text("name"),
        address: object.text("address"),
        url: object.text("url"),
    })
}

/// Contact cards: a list, or one card in its place.
pub(super) fn cards(own: Json<'_>) -> Option<Content> {
    let cards: Vec<Card> = own.elements().into_iter().take(LINES_MAX).filter_map(card).collect();
    (!cards.is_empty()).then_some(Content::Contacts { cards })
}

fn card(json: Json<'_>) -> Option<Card> {
    let object = json.object()?;
    let name = object.object("name");
    let part = |part| name.as_ref().and_then(|name| name.text(part));
    let parts: Vec<String> =
        ["prefix", "first_name", "middle_name", "last_name", "suffix"].into_iter().filter_map(part).collect();
    let list = |member: &str, names: &[&str]| -> Vec<String> {
        let elements = object.elements(member).into_iter().take(LINES_MAX);
        elements.filter_map(|json| json.object()?.text_of(names)).collect()
    };
    let organisation = object.object("org").map(|org| {
        let parts: Vec<String> =
            ["company", "department", "title"].into_iter().filter_map(|part| org.text(part)).collect();
        parts.join(", ")
    });
    Some(Card {
        name: part("formatted_name").unwrap_or_else(|| parts.join(" ")),
        phones: list("phones", &["phone", "wa_id", "user_id"]),
        emails: list("emails", &["email"]),
        urls: list("urls", &["url"]),
        organisation: organisation.filter(|text| !text.is_empty()),
    })
}

fn button(object: &Object<'_>) -> Option<Content> {
    let (text, payload) = (object.text("text"), object.text("payload"));
    if text.is_none() && payload.is_none() {
        return None;
    }
    Some(Content::Answer { to: "button".to_owned(), text: text.unwrap_or_default(), payload })
}

/// The answers' names, in the order in which they are looked for where the type is missing.
const ANSWERS: &[&str] =
    &["button_reply", "list_reply", "nfm_reply", "call_permission_reply", "payment_method", "product"];

fn interactive_name(object: &Object<'_>) -> String {
    let inner = object.object("interactive").and_then(|own| own.text("type"));
    inner.map_or_else(|| "interactive".to_owned(), |inner| format!("interactive.{inner}"))
}

fn answer(object: &Object<'_>) -> Option<Content> {
    let named = object.text("type").and_then(|kind| ANSWERS.iter().find(|answer| **answer == kind).copied());
    let to = match object.text("type") {
        Some(_) => named?,
        None => ANSWERS.iter().find(|answer| object.has(answer)).copied()?,
    };
    let own = object.get(to)?;
    let inner = own.object()?;
    let (text, payload) = match to {
        "button_reply" | "list_reply" => (joined(&inner, &["title", "description"]), inner.text("id")),
        "nfm_reply" => (joined(&inner, &["name", "body"]), form(&inner)),
        "call_permission_reply" => (joined(&inner, &["response"]), Some(own.slice().to_owned())),
        "payment_method" => {
            (joined(&inner, &["payment_method", "reference_id"]), Some(own.slice().to_owned()))
        }
        _ => (joined(&inner, &["name", "title", "description"]), Some(own.slice().to_owned())),
    };
    Some(Content::Answer { to: to.to_owned(), text, payload })
}

/// A form's data: a string that may hold JSON or anything else, or `null`, or JSON itself.
fn form(object: &Object<'_>) -> Option<String> {
    let data = object.get("response_json")?;
    Some(data.text().unwrap_or_else(|| data.slice().to_owned()))
}

fn joined(object: &Object<'_>, names: &[&str]) -> String {
    let found: Vec<String> = names.iter().filter_map(|name| object.text(name)).collect();
    found.join("\n")
}

fn order(object: &Object<'_>) -> Option<Content> {
    let known = ["catalog_id", "text", "product_items"].iter().any(|name| object.has(name));
    let line = |json: Json<'_>| {
        let line = json.object()?;
        let named = |name| line.text(name).unwrap_or_default();
        Some(OrderLine {
            product: named("product_retailer_id"),
            quantity: named("quantity"),
            price: named("item_price"),
            currency: named("currency"),
        })
    };
    let lines = object.elements("product_items").into_iter().take(LINES_MAX).filter_map(line).collect();
    known.then(|| Content::Order { catalog: object.text("catalog_id"), text: object.text("text"), lines })
}
