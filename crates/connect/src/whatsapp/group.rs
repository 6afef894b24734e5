//! Groups that were made with the Groups API: their life, people, settings and status.

use aboveboard_model::item::{Body, Party};

use super::{
    json::{Json, Object},
    party, paths,
    reading::{Reading, details_but, errors, timestamp},
    value::Scene,
};

/// Members that list people.
const PEOPLE: &[&str] = &["added_participants", "removed_participants", "failed_participants"];
/// Members that say whether a setting was changed, with errors of their own.
const SETTINGS: &[&str] = &["profile_picture", "group_subject", "group_description"];
/// How many people of one event are repeated outside the raw bytes; a group has at most 8.
const PEOPLE_MAX: usize = 64;

/// Reads an element of `groups`.
pub(super) fn read(scene: &Scene<'_>, json: Json<'_>) -> Reading {
    let Some(object) = json.object() else {
        return Reading::unknown(scene.field(), "a group event that is not an object");
    };
    let (group, event) = (object.text("group_id"), object.text("type"));
    if group.is_none() && event.is_none() {
        return Reading::unknown(scene.field(), "a group event without a group and a type");
    }
    let mut nested = errors(object.elements("errors"));
    let people = PEOPLE.iter().flat_map(|name| object.elements(name)).take(PEOPLE_MAX);
    let people: Vec<Object<'_>> = people.filter_map(Json::object).collect();
    for person in &people {
        nested.extend(errors(person.elements("errors")));
    }
    for setting in SETTINGS.iter().filter_map(|name| object.object(name)) {
        nested.extend(errors(setting.elements("errors")));
    }
    let body = Body::Group {
        group: group.unwrap_or_default(),
        event: event.unwrap_or_default(),
        parties: parties(&object, &people),
        details: details_but(&object, &["group_id", "type", "timestamp", "errors"]),
        errors: nested,
    };
    Reading::of(timestamp(&object), body, paths::unknown(json, &[paths::GROUP]))
}

/// The people named, once each: those in lists, and the one who asked to join.
fn parties(object: &Object<'_>, people: &[Object<'_>]) -> Vec<Party> {
    let mut found: Vec<Party> = Vec::new();
    for party in people.iter().chain([object]).map(party::of) {
        if !party.is_empty() && !found.contains(&party) {
            found.push(party);
        }
    }
    found
}
