//! The JSON paths that this version knows, by kind of item, and the finding of those that it does not.
//!
//! A path is known when a table lists it. `[]` stands for the elements of a list, `.*` at the end for everything below.
//! The tables follow Meta's webhook reference (May to August 2026) and what was seen in public deliveries.

use aboveboard_model::item::UNKNOWN_PATHS_MAX;

use super::{
    json::Json,
    reading::{PATH_CHARS_MAX, cut},
};

/// The paths of a value that none of the tables lists, at most [`UNKNOWN_PATHS_MAX`]. A name that comes twice in one
/// object is listed too.
pub(super) fn unknown(json: Json<'_>, tables: &[&[&str]]) -> Vec<String> {
    let mut found = Vec::new();
    descend(json, "", tables, &mut found);
    found
}

/// The unknown paths of a value's metadata, as items list them.
pub(super) fn of_metadata(json: Json<'_>) -> Vec<String> {
    prefixed("metadata", unknown(json, &[METADATA]))
}

/// Puts a name in front of each path.
pub(super) fn prefixed(prefix: &str, paths: Vec<String>) -> Vec<String> {
    paths
        .into_iter()
        .map(|path| if path.is_empty() { prefix.to_owned() } else { format!("{prefix}.{path}") })
        .collect()
}

fn descend(json: Json<'_>, path: &str, tables: &[&[&str]], found: &mut Vec<String>) {
    if found.len() >= UNKNOWN_PATHS_MAX || json.is_null() || listed_with_all_below(path, tables) {
        return;
    }
    let leads_on = path.is_empty() || leads_on(path, tables);
    if let Some(object) = json.object().filter(|_| leads_on) {
        let mut names: Vec<&str> = Vec::with_capacity(object.members.len());
        for (name, value) in &object.members {
            let below = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
            if names.contains(&&**name) {
                note(&below, found);
            } else if found.len() < UNKNOWN_PATHS_MAX {
                names.push(name);
                descend(*value, &below, tables, found);
            }
        }
    } else if let Some(elements) = json.array().filter(|_| leads_on) {
        let below = format!("{path}[]");
        elements.into_iter().for_each(|element| descend(element, &below, tables, found));
    } else if json.is_object() || json.is_array() || !is_listed(path, tables) {
        note(path, found);
    }
}

fn note(path: &str, found: &mut Vec<String>) {
    let path = cut(path, PATH_CHARS_MAX);
    if found.len() < UNKNOWN_PATHS_MAX && !found.contains(&path) {
        found.push(path);
    }
}

fn any(tables: &[&[&str]], test: impl Fn(&str) -> bool) -> bool {
    tables.iter().any(|table| table.iter().any(|known| test(known)))
}

fn is_listed(path: &str, tables: &[&[&str]]) -> bool {
    any(tables, |known| known == path)
}

fn listed_with_all_below(path: &str, tables: &[&[&str]]) -> bool {
    any(tables, |known| known.strip_suffix(".*") == Some(path))
}

fn leads_on(path: &str, tables: &[&[&str]]) -> bool {
    any(tables, |known| {
        known.strip_prefix(path).is_some_and(|rest| rest.starts_with('.') || rest.starts_with("[]"))
    })
}

/// `value.metadata`.
pub(super) const METADATA: &[&str] = &["display_phone_number", "phone_number_id"];

/// `value.contacts[]`.
pub(super) const CONTACT: &[&str] = &[
    "profile.name",
    "profile.username",
    "profile.country_code",
    "wa_id",
    "user_id",
    "parent_user_id",
    "identity_key_hash",
];

/// `history[].threads[].context`.
pub(super) const THREAD_CONTEXT: &[&str] =
    &["wa_id", "user_id", "parent_user_id", "username", "country_code"];

/// An error wherever it stands.
pub(super) const ERROR: &[&str] = &["code", "title", "message", "details", "href", "error_data.details"];

/// What every message has, whatever its type.
pub(super) const MESSAGE: &[&str] = &[
    "id",
    "from",
    "from_user_id",
    "from_parent_user_id",
    "from_logical_id",
    "to",
    "to_user_id",
    "to_parent_user_id",
    "timestamp",
    "type",
    "group_id",
    "context.id",
    "context.from",
    "context.from_user_id",
    "context.message_id",
    "context.forwarded",
    "context.frequently_forwarded",
    "context.referred_product.catalog_id",
    "context.referred_product.product_retailer_id",
    "referral.source_url",
    "referral.source_id",
    "referral.source_type",
    "referral.headline",
    "referral.body",
    "referral.media_type",
    "referral.image_url",
    "referral.video_url",
    "referral.thumbnail_url",
    "referral.ctwa_clid",
    "referral.welcome_message.text",
    "referral.ref",
    "identity.acknowledged",
    "identity.created_timestamp",
    "identity.hash",
    "history_context.status",
    "errors[].code",
    "errors[].title",
    "errors[].message",
    "errors[].details",
    "errors[].href",
    "errors[].error_data.details",
];

/// The paths of one type's own object, for messages and for what an edit holds.
pub(super) fn of_type(kind: &str) -> &'static [&'static str] {
    match kind {
        "text" => &["text.body"],
        "image" => {
            &["image.id", "image.mime_type", "image.sha256", "image.caption", "image.url", "image.file"]
        }
        "video" => {
            &["video.id", "video.mime_type", "video.sha256", "video.caption", "video.url", "video.file"]
        }
        "audio" => AUDIO,
        "voice" => &["voice.id", "voice.mime_type", "voice.sha256", "voice.url", "voice.file"],
        "document" => DOCUMENT,
        "sticker" => STICKER,
        "location" => {
            &["location.latitude", "location.longitude", "location.name", "location.address", "location.url"]
        }
        "contacts" => CARDS,
        "interactive" => INTERACTIVE,
        "button" => &["button.text", "button.payload"],
        "order" => ORDER,
        "reaction" => &["reaction.message_id", "reaction.emoji"],
        "revoke" => &["revoke.original_message_id"],
        "system" => SYSTEM,
        "unsupported" => &["unsupported.type"],
        _ => &[],
    }
}

const AUDIO: &[&str] = &[
    "audio.id",
    "audio.mime_type",
    "audio.sha256",
    "audio.caption",
    "audio.voice",
    "audio.url",
    "audio.file",
];

const DOCUMENT: &[&str] = &[
    "document.id",
    "document.mime_type",
    "document.sha256",
    "document.caption",
    "document.filename",
    "document.url",
    "document.file",
];

const STICKER: &[&str] =
    &["sticker.id", "sticker.mime_type", "sticker.sha256", "sticker.animated", "sticker.url", "sticker.file"];

const CARDS: &[&str] = &[
    "origin",
    "contacts[].name.formatted_name",
    "contacts[].name.first_name",
    "contacts[].name.last_name",
    "contacts[].name.middle_name",
    "contacts[].name.prefix",
    "contacts[].name.suffix",
    "contacts[].phones[].phone",
    "contacts[].phones[].wa_id",
    "contacts[].phones[].user_id",
    "contacts[].phones[].type",
    "contacts[].emails[].email",
    "contacts[].emails[].type",
    "contacts[].urls[].url",
    "contacts[].urls[].type",
    "contacts[].org.company",
    "contacts[].org.department",
    "contacts[].org.title",
    "contacts[].addresses[].street",
    "contacts[].addresses[].city",
    "contacts[].addresses[].state",
    "contacts[].addresses[].zip",
    "contacts[].addresses[].country",
    "contacts[].addresses[].country_code",
    "contacts[].addresses[].type",
    "contacts[].birthday",
    "contacts[].vcard",
    "contacts[].origin",
];

const INTERACTIVE: &[&str] = &[
    "interactive.type",
    "interactive.button_reply.id",
    "interactive.button_reply.title",
    "interactive.list_reply.id",
    "interactive.list_reply.title",
    "interactive.list_reply.description",
    "interactive.nfm_reply.name",
    "interactive.nfm_reply.body",
    "interactive.nfm_reply.response_json",
    "interactive.call_permission_reply.*",
    "interactive.payment_method.*",
    "interactive.product.*",
];

const ORDER: &[&str] = &[
    "order.catalog_id",
    "order.text",
    "order.product_items[].product_retailer_id",
    "order.product_items[].quantity",
    "order.product_items[].item_price",
    "order.product_items[].currency",
];

const SYSTEM: &[&str] = &[
    "system.body",
    "system.type",
    "system.wa_id",
    "system.new_wa_id",
    "system.customer",
    "system.identity",
    "system.user_id",
    "system.parent_user_id",
    "system.previous_user_id",
    "system.previous_parent_user_id",
];

/// `messages[].edit`, but for the message inside.
pub(super) const EDIT: &[&str] = &["edit.original_message_id", "edit.message.*"];

/// An echo that holds the request by which it was sent, and the definition of its template.
pub(super) const SENT: &[&str] = &["message.*", "template.*", "flow.*"];

/// `value.statuses[]`.
pub(super) const STATUS: &[&str] = &[
    "id",
    "status",
    "timestamp",
    "type",
    "recipient_id",
    "recipient_type",
    "recipient_user_id",
    "business_scoped_user_id",
    "parent_recipient_user_id",
    "recipient_parent_user_id",
    "parent_user_id",
    "username",
    "recipient_participant_id",
    "participant_recipient_id",
    "recipient_participant_user_id",
    "recipient_participant_parent_user_id",
    "recipient_identity_key_hash",
    "group_id",
    "biz_opaque_callback_data",
    "template_id",
    "conversation.id",
    "conversation.expiration_timestamp",
    "conversation.origin.type",
    "conversation.pricing.*",
    "pricing.billable",
    "pricing.pricing_model",
    "pricing.type",
    "pricing.category",
    "payment.*",
    "errors[].code",
    "errors[].title",
    "errors[].message",
    "errors[].details",
    "errors[].href",
    "errors[].error_data.details",
];

/// `value.calls[]`.
pub(super) const CALL: &[&str] = &[
    "id",
    "wacid",
    "event",
    "from",
    "from_user_id",
    "from_parent_user_id",
    "to",
    "to_user_id",
    "to_parent_user_id",
    "direction",
    "timestamp",
    "session.sdp_type",
    "session.sdp",
    "connection.webrtc.sdp",
    "status",
    "status[]",
    "start_time",
    "end_time",
    "duration",
    "biz_opaque_callback_data",
    "deeplink_payload",
    "cta_payload",
    "call_recording.type",
    "call_recording.audio.id",
    "call_recording.audio.mime_type",
    "call_recording.audio.sha256",
    "call_recording.audio.url",
    "call_transcript.type",
    "call_transcript.document.id",
    "call_transcript.document.mime_type",
    "call_transcript.document.sha256",
    "call_transcript.document.url",
    "call_transcript.document.filename",
    "errors[].code",
    "errors[].title",
    "errors[].message",
    "errors[].details",
    "errors[].href",
    "errors[].error_data.details",
];

/// `value.groups[]`.
pub(super) const GROUP: &[&str] = &[
    "timestamp",
    "group_id",
    "type",
    "request_id",
    "subject",
    "description",
    "invite_link",
    "join_approval_mode",
    "reason",
    "initiated_by",
    "join_request_id",
    "wa_id",
    "user_id",
    "parent_user_id",
    "username",
    "country_code",
    "added_participants[].*",
    "removed_participants[].*",
    "failed_participants[].*",
    "profile_picture.*",
    "group_subject.*",
    "group_description.*",
    "errors[].code",
    "errors[].title",
    "errors[].message",
    "errors[].details",
    "errors[].href",
    "errors[].error_data.details",
];

/// `history[]`, but for its threads.
pub(super) const HISTORY: &[&str] = &[
    "metadata.phase",
    "metadata.chunk_order",
    "metadata.progress",
    "errors[].code",
    "errors[].title",
    "errors[].message",
    "errors[].details",
    "errors[].href",
    "errors[].error_data.details",
];

/// `value.state_sync[]`.
pub(super) const STATE_SYNC: &[&str] = &[
    "type",
    "action",
    "contact.full_name",
    "contact.first_name",
    "contact.phone_number",
    "contact.user_id",
    "contact.parent_user_id",
    "contact.username",
    "contact.country_code",
    "metadata.timestamp",
];

/// The value of `messaging_handovers`; what is said under the type's own name is added by the reader.
pub(super) const HANDOVER: &[&str] = &[
    "messaging_product",
    "recipient.phone_number_id",
    "recipient.display_phone_number",
    "sender.phone_number",
    "sender.user_id",
    "sender.parent_user_id",
    "sender.username",
    "sender.wa_id",
    "type",
    "timestamp",
];

/// What stands under the type's own name in `messaging_handovers`.
pub(super) const HANDOVER_OWN: &[&str] = &[
    "previous_owner_app_id",
    "previous_owner_app_role",
    "previous_owner_role",
    "new_owner_app_id",
    "new_owner_app_role",
    "new_owner_role",
    "metadata",
    "conversation_context.type",
    "conversation_context.summary.text",
];

/// `value.conversation_context`.
pub(super) const CONVERSATION_CONTEXT: &[&str] = &["type", "summary.text"];

/// `value.user_preferences[]`.
pub(super) const PREFERENCE: &[&str] =
    &["wa_id", "user_id", "parent_user_id", "category", "value", "detail", "signup_id", "timestamp"];

/// `value.user_id_update`.
pub(super) const USER_ID_UPDATE: &[&str] = &[
    "wa_id",
    "detail",
    "timestamp",
    "user_id",
    "user_id.previous",
    "user_id.current",
    "parent_user_id",
    "parent_user_id.previous",
    "parent_user_id.current",
    "business_scoped_user_id",
    "previous_business_scoped_user_id",
    "previous_user_id",
    "previous_parent_user_id",
    "new_wa_id",
    "previous_wa_id",
    "username",
];

/// `value.user_actions[]`.
pub(super) const USER_ACTION: &[&str] = &["action_type", "timestamp", "marketing_messages_link_click_data.*"];

/// `value.automatic_events[]`.
pub(super) const AUTOMATIC_EVENT: &[&str] =
    &["id", "event_name", "timestamp", "ctwa_clid", "custom_data.currency", "custom_data.value"];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, tables: &[&[&str]]) -> Vec<String> {
        unknown(Json::parse(text.as_bytes()).unwrap(), tables)
    }

    #[test]
    fn paths_that_no_table_lists_are_found_once_each() {
        let known: &[&str] = &["a", "b.c", "d[].e", "f.*", "g[]"];
        let text = r#"{"a":1,"b":{"c":2,"x":[{"deep":1}]},"d":[{"e":1,"y":2},{"y":3}],"f":{"any":{"thing":[]}},"g":["u"],"z":0}"#;
        assert_eq!(found(text, &[known]), ["b.x", "d[].y", "z"]);
    }

    #[test]
    fn an_object_where_a_word_was_expected_is_found_and_so_is_the_reverse() {
        let known: &[&str] = &["a", "b.c"];
        assert_eq!(found(r#"{"a":{"k":1},"b":"word"}"#, &[known]), ["a", "b"]);
        assert_eq!(found(r#"{"a":null,"b":null}"#, &[known]), Vec::<String>::new());
    }

    #[test]
    fn a_name_that_comes_twice_is_found() {
        assert_eq!(found(r#"{"a":1,"a":2}"#, &[&["a"]]), ["a"]);
    }

    #[test]
    fn what_is_listed_is_bounded_in_number_and_length() {
        let many: Vec<String> = (0..500).map(|at| format!("\"{}{at}\":1", "k".repeat(400))).collect();
        let paths = found(&format!("{{{}}}", many.join(",")), &[]);
        assert!(paths.len() <= UNKNOWN_PATHS_MAX && paths.iter().all(|path| path.len() <= PATH_CHARS_MAX));
    }
}
