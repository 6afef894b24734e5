//! Calls and their events, recordings and transcripts.

use aboveboard_model::item::{Body, Call, Direction, Media, MediaKind};

use super::{
    content::media,
    json::{Json, Object},
    party::{by_phone, complete, named},
    paths,
    reading::{Reading, errors, instant, timestamp},
    value::Scene,
};

/// Reads an element of `calls`.
pub(super) fn read(scene: &Scene<'_>, json: Json<'_>) -> Reading {
    let Some(object) = json.object() else {
        return Reading::unknown(scene.field(), "a call that is not an object");
    };
    let (Some(id), Some(event)) = (object.text_of(&["id", "wacid"]), object.text("event")) else {
        return Reading::unknown(scene.field(), "a call without an id or an event");
    };
    let side = |name: &str| {
        let id = |suffix: &str| object.text(&format!("{name}_{suffix}"));
        named(object.text(name), id("user_id"), id("parent_user_id"))
    };
    let direction = direction(scene, &object);
    let (mut from, mut to) = (side("from"), side("to"));
    let (client, firm) =
        if direction == Direction::Out { (&mut to, &mut from) } else { (&mut from, &mut to) };
    complete(firm, &scene.firm);
    let contact = scene.contacts.join(client);
    let body = Body::Call(Call {
        id,
        event,
        direction,
        from,
        to,
        status: status(&object),
        started_at: object.get("start_time").and_then(instant),
        ended_at: object.get("end_time").and_then(instant),
        duration_s: object.integer("duration").and_then(|seconds| u64::try_from(seconds).ok()),
        recording: recording(&object),
        errors: errors(object.elements("errors")),
    });
    Reading { contact, ..Reading::of(timestamp(&object), body, paths::unknown(json, &[paths::CALL])) }
}

fn direction(scene: &Scene<'_>, object: &Object<'_>) -> Direction {
    let from = by_phone(object.text("from")).phone;
    match object.text("direction").unwrap_or_default().to_ascii_uppercase().as_str() {
        "BUSINESS_INITIATED" => Direction::Out,
        "USER_INITIATED" => Direction::In,
        _ if from.is_some() && from == scene.firm.phone => Direction::Out,
        _ => Direction::In,
    }
}

/// One word, or several in a list as Meta's examples have it.
fn status(object: &Object<'_>) -> Option<String> {
    let words: Vec<String> = object.elements("status").into_iter().filter_map(Json::text).collect();
    Some(words.join(", ")).filter(|words| !words.is_empty())
}

fn recording(object: &Object<'_>) -> Option<Media> {
    let nested = |outer, inner| object.object(outer).and_then(|outer| outer.object(inner));
    let audio = nested("call_recording", "audio").map(|audio| media(MediaKind::Audio, &audio));
    audio.or_else(|| nested("call_transcript", "document").map(|text| media(MediaKind::Document, &text)))
}
