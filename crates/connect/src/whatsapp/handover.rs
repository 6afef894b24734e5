//! A thread changed hands between an AI agent, an app and people; and the summary that came with it.

use aboveboard_model::item::{Body, Number, Party};

use super::{
    json::{Json, Object},
    party, paths,
    reading::{NAME_CHARS_MAX, Reading, cut, timestamp},
    value::Scene,
};

/// Reads the value of `messaging_handovers`. Every member is taken as optional.
pub(super) fn read(scene: &Scene<'_>, json: Json<'_>, value: &Object<'_>) -> Reading {
    let number = Some(number(scene, value));
    let Some(event) = value.text("type").or_else(|| spelled_out(value)) else {
        return Reading { number, ..Reading::unknown(scene.field(), "a handover without a type") };
    };
    let own = value.object(&event);
    let named = |names: &[&str]| own.as_ref().and_then(|own| own.text_of(names));
    let sender = value.object("sender");
    let body = Body::Handover {
        party: sender.as_ref().map(party::of).unwrap_or_default(),
        previous_owner: named(&["previous_owner_role", "previous_owner_app_role", "previous_owner_app_id"]),
        new_owner: named(&["new_owner_role", "new_owner_app_role", "new_owner_app_id"]),
        summary: own.as_ref().and_then(summary),
        event: cut(&event, NAME_CHARS_MAX),
    };
    let own_paths: Vec<String> = paths::HANDOVER_OWN.iter().map(|path| format!("{event}.{path}")).collect();
    let own_paths: Vec<&str> = own_paths.iter().map(String::as_str).collect();
    let unknown = paths::unknown(json, &[paths::HANDOVER, &own_paths]);
    Reading { number, ..Reading::of(timestamp(value), body, unknown) }
}

/// The number stands under `recipient` here; `metadata` is what all other fields have.
fn number(scene: &Scene<'_>, value: &Object<'_>) -> Number {
    let number = party::number(scene.entry_id, value.get("recipient"));
    if number.id.is_some() || number.display.is_some() {
        return number;
    }
    party::number(scene.entry_id, value.get("metadata"))
}

/// The event's name where only its own object is there.
fn spelled_out(value: &Object<'_>) -> Option<String> {
    value.members.iter().map(|(name, _)| &**name).find(|name| name.starts_with("control_")).map(str::to_owned)
}

/// The summary, then the words of the one who handed over.
fn summary(own: &Object<'_>) -> Option<String> {
    let context = own.object("conversation_context").and_then(|context| context.object("summary"));
    let parts: Vec<String> = [context.and_then(|summary| summary.text("text")), own.text("metadata")]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// Reads `conversation_context`, which stands beside the messages of a thread that was handed to us. It names nobody;
/// where the value has one contact only, it is about that one.
pub(super) fn context(scene: &Scene<'_>, json: Json<'_>) -> Reading {
    let Some(object) = json.object() else {
        return Reading::unknown(scene.field(), "a conversation context that is not an object");
    };
    let text = object.object("summary").and_then(|summary| summary.text("text"));
    if text.is_none() {
        return Reading::unknown(scene.field(), "a conversation context without a summary");
    }
    let only = scene.contacts.only();
    let body = Body::Handover {
        party: only.as_ref().map_or_else(Party::default, |(_, party)| party.clone()),
        event: "conversation_context".to_owned(),
        previous_owner: None,
        new_owner: None,
        summary: text,
    };
    let unknown = paths::unknown(json, &[paths::CONVERSATION_CONTEXT]);
    Reading { contact: only.map(|(at, _)| at), ..Reading::of(None, body, unknown) }
}
