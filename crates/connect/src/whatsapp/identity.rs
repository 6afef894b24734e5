//! Who is who: changed identifiers, the app's address book, choices about marketing, contacts that no item names.

use aboveboard_model::item::{Body, Party};

use super::{
    json::{Json, Object},
    party::{self, by_phone, digits},
    paths,
    reading::{Reading, instant, timestamp},
    value::Scene,
};

/// Reads the object of a system message that says how a client's identifiers changed; `None` for any other line. The
/// names without `user_` are those of older versions.
pub(super) fn changed(from: &Party, system: &Object<'_>) -> Option<Body> {
    let change = system.text("type")?;
    let (previous, current) = match &*change {
        "user_changed_number" | "customer_changed_number" | "user_changed_user_id" => {
            (before(from, system), now(system))
        }
        "customer_identity_changed" | "user_identity_changed" => (from.clone(), from.clone()),
        _ => return None,
    };
    Some(Body::Identity { change, previous, current, text: system.text("body") })
}

fn before(from: &Party, system: &Object<'_>) -> Party {
    let customer = by_phone(system.text("customer"));
    Party {
        phone: from.phone.clone().or(customer.phone),
        user_id: system.text("previous_user_id").or_else(|| from.user_id.clone()),
        parent_user_id: system.text("previous_parent_user_id").or_else(|| from.parent_user_id.clone()),
        ..from.clone()
    }
}

fn now(system: &Object<'_>) -> Party {
    let wa_id = system.text_of(&["wa_id", "new_wa_id"]);
    Party {
        phone: wa_id.as_deref().and_then(digits),
        wa_id,
        user_id: system.text("user_id"),
        parent_user_id: system.text("parent_user_id"),
        ..Party::default()
    }
}

/// Reads an element of `user_id_update`, which resellers forward.
pub(super) fn user_id_update(scene: &Scene<'_>, json: Json<'_>) -> Reading {
    let Some(object) = json.object() else {
        return Reading::unknown(scene.field(), "a change of user id that is not an object");
    };
    let pair = |name: &str, part: &str| object.object(name).and_then(|pair| pair.text(part));
    let wa_id = |name: &str| object.text(name).map(|id| digits(&id).unwrap_or(id));
    let previous = Party {
        wa_id: wa_id("previous_wa_id"),
        user_id: pair("user_id", "previous")
            .or_else(|| object.text_of(&["previous_user_id", "previous_business_scoped_user_id"])),
        parent_user_id: pair("parent_user_id", "previous").or_else(|| object.text("previous_parent_user_id")),
        ..Party::default()
    };
    let current = Party {
        wa_id: wa_id("new_wa_id").or_else(|| wa_id("wa_id")),
        user_id: pair("user_id", "current")
            .or_else(|| object.text_of(&["user_id", "business_scoped_user_id"])),
        parent_user_id: pair("parent_user_id", "current").or_else(|| object.text("parent_user_id")),
        username: party::username(object.text("username")),
        ..Party::default()
    };
    if current.is_empty() && previous.is_empty() {
        return Reading::unknown(scene.field(), "a change of user id that names nobody");
    }
    let change = "user_id_update".to_owned();
    let body = Body::Identity { change, previous, current, text: object.text("detail") };
    Reading::of(timestamp(&object), body, paths::unknown(json, &[paths::USER_ID_UPDATE]))
}

/// Reads an element of `state_sync`: the address book of the app.
pub(super) fn address_book(scene: &Scene<'_>, json: Json<'_>) -> Reading {
    let Some(object) = json.object() else {
        return Reading::unknown(scene.field(), "an address book entry that is not an object");
    };
    let kind = object.text("type");
    let contact = object.object("contact").filter(|_| kind.is_none() || kind.as_deref() == Some("contact"));
    let (Some(contact), Some(action)) = (contact, object.text("action")) else {
        return Reading::unknown(scene.field(), "not a contact that was added or removed");
    };
    let at = object.object("metadata").and_then(|metadata| timestamp(&metadata));
    let body = Body::AddressBook { action, party: party::of(&contact) };
    Reading::of(at, body, paths::unknown(json, &[paths::STATE_SYNC]))
}

/// Reads an element of `user_preferences`: a client's choice about marketing messages.
pub(super) fn preference(scene: &Scene<'_>, json: Json<'_>) -> Reading {
    let Some(object) = json.object() else {
        return Reading::unknown(scene.field(), "a preference that is not an object");
    };
    let Some(value) = object.text("value") else {
        return Reading::unknown(scene.field(), "a preference without a value");
    };
    let mut party = party::of(&object);
    let contact = scene.contacts.join(&mut party);
    let body = Body::Preference { party, category: object.text("category").unwrap_or_default(), value };
    let at = object.get("timestamp").and_then(instant);
    Reading { contact, ..Reading::of(at, body, paths::unknown(json, &[paths::PREFERENCE])) }
}

/// Reads a contact that no item of its value names: it still says which identifiers are one person's.
pub(super) fn contact(scene: &Scene<'_>, json: Json<'_>) -> Reading {
    let party = json.object().map(|object| party::of(&object)).unwrap_or_default();
    if party.is_empty() {
        return Reading::unknown(scene.field(), "a contact that names nobody");
    }
    together("contact", party, paths::unknown(json, &[paths::CONTACT]))
}

/// A thread of the past without messages, which still says whom it was with.
pub(super) fn thread(scene: &Scene<'_>) -> Reading {
    let client = scene.thread.as_ref().map(|thread| thread.client.clone()).unwrap_or_default();
    if client.is_empty() {
        return Reading::unknown(scene.field(), "a thread with nobody and no messages");
    }
    together("history_thread", client, Vec::new())
}

fn together(change: &str, current: Party, unknown: Vec<String>) -> Reading {
    let body = Body::Identity { change: change.to_owned(), previous: Party::default(), current, text: None };
    Reading::of(None, body, unknown)
}
