//! A change's value: which of its members hold items, and who reads them.

use std::{cell::RefCell, rc::Rc};

use aboveboard_model::item::{Body, Number, Party, Stream};

use super::{
    account, call,
    envelope::{Delivery, is_constant},
    group, handover, history, identity,
    json::{Json, Object},
    message::{self, Side},
    party::{self, Contacts},
    paths, raw,
    reading::{Reading, error},
    status,
};

/// What stands around an item and belongs to it.
#[derive(Clone, Default)]
pub(super) struct Scene<'a> {
    /// The entry's id: the account, except where the event names it itself.
    pub(super) entry_id: Option<Json<'a>>,
    /// The entry's time; account fields have it.
    pub(super) entry_time: Option<Json<'a>>,
    /// The field's name as it was written; see [`Scene::name_field`].
    pub(super) field_slice: Option<Json<'a>>,
    field: String,
    /// The value's metadata.
    pub(super) metadata: Option<Json<'a>>,
    /// The thread of a history chunk.
    pub(super) thread: Option<history::Thread<'a>>,
    /// The value's contacts.
    pub(super) contacts: SharedContacts<'a>,
    /// The business number.
    pub(super) number: Number,
    /// The firm's side of the conversation.
    pub(super) firm: Party,
    /// Whether the items stand inside `standby`.
    pub(super) standby: bool,
    /// Unknown paths of the surroundings, which each item lists.
    pub(super) unknown: Vec<String>,
}

impl<'a> Scene<'a> {
    /// Says which field the items come in.
    pub(super) fn name_field(&mut self, slice: Json<'a>) {
        self.field_slice = Some(slice);
        self.field = slice.text().unwrap_or_default();
    }

    /// The field's name, or an empty text.
    pub(super) fn field(&self) -> &str {
        &self.field
    }

    /// Whether the field is known, or none was named (a flat body).
    pub(super) fn known_field(&self) -> bool {
        let field = self.field();
        self.field_slice.is_none() || MESSAGE_FIELDS.contains(&field) || account::FIELDS.contains(&field)
    }
}

/// The contacts of a value, and which of them went out beside an item.
#[derive(Clone, Default)]
pub(super) struct SharedContacts<'a>(Rc<Inner<'a>>);

#[derive(Default)]
struct Inner<'a> {
    contacts: Contacts<'a>,
    taken: RefCell<Vec<bool>>,
}

impl<'a> SharedContacts<'a> {
    fn new(elements: Vec<Json<'a>>) -> SharedContacts<'a> {
        let taken = RefCell::new(vec![false; elements.len()]);
        SharedContacts(Rc::new(Inner { contacts: Contacts::new(elements), taken }))
    }

    /// Completes a party from its contact; the place of the contact, if there is one.
    pub(super) fn join(&self, party: &mut Party) -> Option<usize> {
        self.0.contacts.join(party)
    }

    /// The place and party of the only contact there is.
    pub(super) fn only(&self) -> Option<(usize, Party)> {
        let at = self.0.contacts.only()?;
        Some((at, self.0.contacts.get(at)?.1.clone()))
    }

    /// The contact's slice, which from now on stands beside an item.
    pub(super) fn take(&self, at: usize) -> Option<Json<'a>> {
        let (json, _) = self.0.contacts.get(at)?;
        if let Some(taken) = self.0.taken.borrow_mut().get_mut(at) {
            *taken = true;
        }
        Some(json)
    }

    /// Paths of the contact that are not known.
    pub(super) fn unknown(&self, at: usize) -> Vec<String> {
        let Some((json, _)) = self.0.contacts.get(at) else { return Vec::new() };
        paths::prefixed("contact", paths::unknown(json, &[paths::CONTACT]))
    }

    /// The contacts that stand beside no item.
    fn left(&self) -> Vec<Json<'a>> {
        let taken = self.0.taken.borrow();
        let is_left = |at: &usize| !taken.get(*at).copied().unwrap_or_default();
        (0..self.0.contacts.len()).filter(is_left).filter_map(|at| Some(self.0.contacts.get(at)?.0)).collect()
    }
}

/// The fields whose values hold lists of items.
pub(super) const MESSAGE_FIELDS: &[&str] = &[
    "messages",
    "smb_message_echoes",
    "history",
    "smb_app_state_sync",
    "calls",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "standby",
    "messaging_handovers",
    "user_preferences",
    "automatic_events",
    "user_id_update",
];

/// The members of a value that hold items, whatever its field is called.
const ITEM_MEMBERS: &[&str] = &[
    "messages",
    "message_echoes",
    "statuses",
    "errors",
    "calls",
    "history",
    "state_sync",
    "groups",
    "standby",
    "user_actions",
    "conversation_context",
    "user_preferences",
    "automatic_events",
    "user_id_update",
];

/// Whether an object without entries and changes is a value itself.
pub(super) fn is_value(object: &Object<'_>) -> bool {
    ITEM_MEMBERS.iter().any(|name| object.has(name)) || object.has("contacts") || account::is_update(object)
}

/// The stream of a member: history and standby keep theirs, everything else goes by the member's name.
pub(super) fn stream(scene: &Scene<'_>, member: &str) -> Stream {
    match (scene.field(), member) {
        ("history", _) | (_, "history") => Stream::History,
        ("standby", _) | (_, "standby") => Stream::Standby,
        _ if scene.standby => Stream::Standby,
        (_, "message_echoes") => Stream::Echoes,
        (_, "state_sync") => Stream::AddressBook,
        (_, "calls") | ("calls", _) => Stream::Calls,
        (_, "groups") => Stream::Groups,
        (_, "messages" | "statuses" | "errors" | "user_actions" | "conversation_context") => Stream::Messages,
        ("messages", _) => Stream::Messages,
        ("smb_message_echoes", _) => Stream::Echoes,
        ("smb_app_state_sync", _) => Stream::AddressBook,
        ("messaging_handovers", _) => Stream::Handovers,
        (field, _) if field.starts_with("group_") => Stream::Groups,
        _ => Stream::Account,
    }
}

/// Reads one value.
pub(super) fn read<'a>(delivery: &mut Delivery<'a>, mut scene: Scene<'a>, json: Json<'a>) {
    let Some(value) = json.object() else {
        return delivery.unknown(&scene, "value", json, "a value that is not an object");
    };
    if let Some(field) = delivery.small(&scene, &value, "field").filter(|_| scene.field().is_empty()) {
        scene.name_field(field);
    }
    let field = scene.field().to_owned();
    if account::FIELDS.contains(&&*field) || (field.is_empty() && account::is_update(&value)) {
        let reading = account::read(&scene, &field, json, &value);
        return delivery.push(&scene, Stream::Account, "value", json, reading);
    }
    if field == "messaging_handovers" {
        return delivery.push(&scene, Stream::Handovers, "value", json, handover::read(&scene, json, &value));
    }
    if !is_value(&value) {
        return delivery.unknown(&scene, "value", json, "a value with no member that is known");
    }
    scene.metadata = delivery.small(&scene, &value, "metadata");
    scene.number = party::number(scene.entry_id, scene.metadata);
    scene.firm = party::firm(&scene.number);
    scene.unknown = scene.metadata.map(paths::of_metadata).unwrap_or_default();
    let before = delivery.count();
    scene.contacts = contacts(delivery, &scene, &value);
    members(delivery, &scene, &value);
    let left = scene.contacts.left();
    alone(delivery, &scene, &left);
    if delivery.count() == before {
        delivery.unknown(&scene, "value", json, "a value without items");
    }
}

/// Contacts that become items of their own.
fn alone<'a>(delivery: &mut Delivery<'a>, scene: &Scene<'a>, contacts: &[Json<'a>]) {
    delivery.each(scene, "contacts", contacts, |delivery, contact| {
        let reading = identity::contact(scene, contact);
        delivery.push(scene, stream(scene, "messages"), "contacts", contact, reading);
    });
}

/// The contacts of a value. Those that are too long to be repeated become items of their own.
fn contacts<'a>(delivery: &mut Delivery<'a>, scene: &Scene<'a>, value: &Object<'a>) -> SharedContacts<'a> {
    let all =
        value.members.iter().filter(|(name, _)| name == "contacts").flat_map(|(_, json)| json.elements());
    let (short, long): (Vec<Json<'a>>, Vec<Json<'a>>) = all.partition(|json| raw::fits(*json));
    alone(delivery, scene, &long);
    SharedContacts::new(short)
}

fn members<'a>(delivery: &mut Delivery<'a>, scene: &Scene<'a>, value: &Object<'a>) {
    delivery.each_member(scene, value, |delivery, name, json| match name {
        "metadata" | "contacts" => {}
        "field" if json.text().as_deref() == Some(scene.field()) => {}
        name if is_constant(name, json) => {}
        "standby" if !scene.standby => standby(delivery, scene, json),
        "history" => delivery.each(scene, name, &json.elements(), |delivery, chunk| {
            history::read(delivery, scene, chunk);
        }),
        name if ITEM_MEMBERS.contains(&name) && name != "standby" => {
            delivery.each(scene, name, &json.elements(), |delivery, element| {
                delivery.push(scene, stream(scene, name), name, element, item(scene, name, element));
            });
        }
        _ => delivery.unknown_member(scene, name, json),
    });
}

/// An AI agent holds the thread: the same lists, one level deeper.
fn standby<'a>(delivery: &mut Delivery<'a>, scene: &Scene<'a>, json: Json<'a>) {
    let mut inside = scene.clone();
    inside.standby = true;
    delivery.each(scene, "standby", &json.elements(), |delivery, element| match element.object() {
        Some(value) => members(delivery, &inside, &value),
        None => delivery.unknown(&inside, "standby", element, "a standby value that is not an object"),
    });
}

fn item<'a>(scene: &Scene<'a>, member: &str, json: Json<'a>) -> Reading {
    match member {
        "messages" => message::read(scene, Side::Client, json),
        "message_echoes" => message::read(scene, Side::Firm, json),
        "statuses" => status::read(scene, json),
        "errors" => source_error(scene, json),
        "calls" => call::read(scene, json),
        "state_sync" => identity::address_book(scene, json),
        "groups" => group::read(scene, json),
        "user_actions" => account::user_action(scene, json),
        "conversation_context" => handover::context(scene, json),
        "user_preferences" => identity::preference(scene, json),
        "automatic_events" => account::automatic_event(scene, json),
        "user_id_update" => identity::user_id_update(scene, json),
        other => Reading::unknown(scene.field(), other),
    }
}

/// An error with no message and no id is an event of the channel.
fn source_error(scene: &Scene<'_>, json: Json<'_>) -> Reading {
    if !json.is_object() {
        return Reading::unknown(scene.field(), "an error that is not an object");
    }
    let body = Body::SourceErrors { errors: vec![error(json)] };
    Reading::of(None, body, paths::unknown(json, &[paths::ERROR]))
}
