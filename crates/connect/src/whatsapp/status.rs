//! Delivery statuses of what the firm sent.

use aboveboard_model::item::{Body, Call, Direction, Party, Status};

use super::{
    json::{Json, Object},
    party::{named, username},
    paths,
    reading::{Reading, details_of, errors, timestamp},
    value::Scene,
};

/// Members that are kept as details: money, conversation, and what has no place of its own.
const DETAILS: &[&str] =
    &["type", "pricing", "conversation", "payment", "template_id", "recipient_identity_key_hash"];

/// Reads an element of `statuses`. A status of a call is an event of that call.
pub(super) fn read(scene: &Scene<'_>, json: Json<'_>) -> Reading {
    let Some(object) = json.object() else {
        return Reading::unknown(scene.field(), "a status that is not an object");
    };
    let (Some(message), Some(status)) = (object.text_of(&["id", "message_id"]), object.text("status")) else {
        return Reading::unknown(scene.field(), "a status without the message or the word");
    };
    let group = group(&object);
    let mut recipient = recipient(&object, group.is_some());
    let contact = scene.contacts.join(&mut recipient);
    let errors = errors(object.elements("errors"));
    let body = if object.text("type").as_deref() == Some("call") || scene.field() == "calls" {
        Body::Call(Call {
            id: message,
            event: status,
            direction: Direction::Out,
            from: scene.firm.clone(),
            to: recipient,
            status: None,
            started_at: None,
            ended_at: None,
            duration_s: None,
            recording: None,
            errors,
        })
    } else {
        Body::Status(Status {
            message,
            status,
            participant: participant(&object),
            group,
            tracking: object.text("biz_opaque_callback_data"),
            details: details_of(&object, DETAILS),
            errors,
            recipient,
        })
    };
    let at = timestamp(&object);
    let mut unknown = paths::unknown(json, &[paths::STATUS]);
    if object.has("timestamp") && at.is_none() {
        unknown.push("timestamp".to_owned());
    }
    Reading { contact, ..Reading::of(at, body, unknown) }
}

/// The group, also where only the participant shows that it is one: a status then has the group in the recipient's place.
fn group(object: &Object<'_>) -> Option<String> {
    let named = object.text("recipient_type").as_deref() == Some("group");
    let is_group = named || participant(object).is_some();
    object.text("group_id").or_else(|| object.text("recipient_id").filter(|_| is_group))
}

/// In a group every participant has statuses of their own.
fn participant(object: &Object<'_>) -> Option<String> {
    object.text_of(&["recipient_participant_id", "participant_recipient_id", "recipient_participant_user_id"])
}

fn recipient(object: &Object<'_>, in_group: bool) -> Party {
    if in_group {
        return named(
            object.text_of(&["recipient_participant_id", "participant_recipient_id"]),
            object.text("recipient_participant_user_id"),
            object.text("recipient_participant_parent_user_id"),
        );
    }
    let parents = ["parent_recipient_user_id", "recipient_parent_user_id", "parent_user_id"];
    let mut party = named(
        object.text("recipient_id"),
        object.text_of(&["recipient_user_id", "business_scoped_user_id"]),
        object.text_of(&parents),
    );
    party.username = username(object.text("username"));
    party
}
