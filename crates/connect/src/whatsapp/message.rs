//! Messages, and what comes in their place: edits, revocations, reactions, changes of identity.

use aboveboard_model::item::{
    Body, Content, Direction, Forwarded, IdentityCheck, Message, Party, SourceError,
};
use jiff::Timestamp;

use super::{
    content, identity,
    json::{Json, Object},
    outgoing,
    party::{by_phone, complete, named},
    paths,
    reading::{NAME_CHARS_MAX, Reading, cut, details_but, details_of, errors, instant, timestamp},
    value::Scene,
};

/// Whose list a message stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Clients' messages to the number.
    Client,
    /// Echoes of what the firm sent.
    Firm,
    /// A thread of the past: both.
    Thread,
}

/// Reads an element of `messages`, `message_echoes` or of a thread.
pub(super) fn read(scene: &Scene<'_>, side: Side, json: Json<'_>) -> Reading {
    let Some(object) = json.object() else {
        return Reading::unknown(scene.field(), "a message that is not an object");
    };
    let sent = object.object("message").filter(|_| !object.has("type"));
    if let Some(request) = sent {
        return sent_by_request(scene, json, &object, &request);
    }
    let head = Head::read(scene, side, &object);
    let kind = object.text("type").unwrap_or_default();
    let mut reading = match &*kind {
        "reaction" => reaction(scene, head, &object),
        "edit" => edit(scene, head, &object),
        "revoke" => revoke(scene, head, &object),
        "system" => system(head, &object),
        _ => {
            let content = content::read(&kind, &object, &head.errors);
            head.message(&object, content)
        }
    };
    reading.unknown = unknown_paths(json, &object, &kind, reading.at);
    reading
}

/// What all messages have in common.
struct Head {
    id: String,
    at: Option<Timestamp>,
    direction: Direction,
    from: Party,
    to: Party,
    group: Option<String>,
    errors: Vec<SourceError>,
    contact: Option<usize>,
}

impl Head {
    fn read(scene: &Scene<'_>, side: Side, object: &Object<'_>) -> Head {
        let direction = direction(scene, side, object);
        let (mut client, mut firm) = match direction {
            Direction::Out => (recipient(object), by_phone(object.text("from"))),
            _ => (sender(object), by_phone(object.text("to"))),
        };
        complete(&mut firm, &scene.firm);
        if let Some(thread) = &scene.thread {
            thread.complete(&mut client);
        }
        let contact = scene.contacts.join(&mut client);
        let (from, to) = if direction == Direction::Out { (firm, client) } else { (client, firm) };
        Head {
            id: object.text("id").unwrap_or_default(),
            at: timestamp(object),
            direction,
            from,
            to,
            group: object.text("group_id"),
            errors: errors(object.elements("errors")),
            contact,
        }
    }

    fn message(self, object: &Object<'_>, content: Content) -> Reading {
        let (at, contact) = (self.at, self.contact);
        let body = Body::Message(self.with(object, content));
        Reading { contact, ..Reading::of(at, body, Vec::new()) }
    }

    /// What is known of a message all the same goes with its bytes: when it came, and whose contact stands beside it.
    fn unreadable(self, scene: &Scene<'_>, reason: &str) -> Reading {
        Reading { at: self.at, contact: self.contact, ..Reading::unknown(scene.field(), reason) }
    }

    fn with(self, object: &Object<'_>, content: Content) -> Message {
        let context = object.object("context");
        Message {
            id: self.id,
            direction: self.direction,
            from: self.from,
            to: self.to,
            group: self.group,
            content,
            reply_to: context.as_ref().and_then(|context| context.text_of(&["id", "message_id"])),
            forwarded: context.as_ref().map(forwarded).unwrap_or_default(),
            referral: referral(object, context.as_ref()),
            errors: self.errors,
            identity: object.object("identity").map(|identity| identity_check(&identity)),
            history_status: object.object("history_context").and_then(|context| context.text("status")),
        }
    }
}

/// Which way it went. In a thread the parties decide: what has a recipient is the firm's own, unless a party says otherwise.
fn direction(scene: &Scene<'_>, side: Side, object: &Object<'_>) -> Direction {
    let thread = scene.thread.as_ref().and_then(|thread| thread.client.phone.clone());
    let firm = scene.firm.phone.clone();
    let (from, to) = (by_phone(object.text("from")).phone, by_phone(object.text("to")).phone);
    let is = |party: &Option<String>, other: &Option<String>| party.is_some() && party == other;
    match side {
        Side::Client => Direction::In,
        Side::Firm => Direction::Out,
        Side::Thread if is(&from, &firm) => Direction::Out,
        Side::Thread if is(&to, &firm) || is(&from, &thread) => Direction::In,
        Side::Thread if object.has("to") || object.has("to_user_id") => Direction::Out,
        Side::Thread => Direction::In,
    }
}

fn sender(object: &Object<'_>) -> Party {
    named(object.text("from"), object.text("from_user_id"), object.text("from_parent_user_id"))
}

fn recipient(object: &Object<'_>) -> Party {
    named(object.text("to"), object.text("to_user_id"), object.text("to_parent_user_id"))
}

fn forwarded(context: &Object<'_>) -> Forwarded {
    if context.flag("frequently_forwarded") {
        Forwarded::Often
    } else if context.flag("forwarded") {
        Forwarded::Yes
    } else {
        Forwarded::No
    }
}

fn identity_check(identity: &Object<'_>) -> IdentityCheck {
    IdentityCheck {
        acknowledged: identity.has("acknowledged").then(|| identity.flag("acknowledged")),
        created_at: identity.get("created_timestamp").and_then(instant),
        hash: identity.text("hash"),
    }
}

/// By what the client came: an advertisement, a product.
fn referral(object: &Object<'_>, context: Option<&Object<'_>>) -> Vec<(String, String)> {
    let mut found = object.object("referral").map(|ad| details_but(&ad, &[])).unwrap_or_default();
    if let Some(context) = context {
        found.extend(details_of(context, &["referred_product"]));
    }
    found
}

fn reaction(scene: &Scene<'_>, head: Head, object: &Object<'_>) -> Reading {
    let reaction = object.object("reaction");
    let Some(original) = reaction.as_ref().and_then(|reaction| reaction.text("message_id")) else {
        return head.unreadable(scene, "a reaction to no message");
    };
    let emoji = reaction.and_then(|reaction| reaction.text("emoji"));
    let Head { id, at, direction, from, to, group, contact, .. } = head;
    let body = Body::Reaction { id, original, group, emoji, from, to, direction };
    Reading { contact, ..Reading::of(at, body, Vec::new()) }
}

fn revoke(scene: &Scene<'_>, head: Head, object: &Object<'_>) -> Reading {
    let Some(original) = object.object("revoke").and_then(|revoke| revoke.text("original_message_id")) else {
        return head.unreadable(scene, "a revocation of no message");
    };
    let Head { id, at, direction, from, to, group, contact, .. } = head;
    let body = Body::Revoke { id, original, group, from, to, direction };
    Reading { contact, ..Reading::of(at, body, Vec::new()) }
}

/// The message inside an edit keeps the original's id: it is what that message says now.
fn edit(scene: &Scene<'_>, head: Head, object: &Object<'_>) -> Reading {
    let edit = object.object("edit");
    let original = edit.as_ref().and_then(|edit| edit.text("original_message_id"));
    let inner = edit.and_then(|edit| edit.object("message"));
    let (Some(original), Some(inner)) = (original, inner) else {
        return head.unreadable(scene, "an edit without its message");
    };
    let kind = inner.text("type").unwrap_or_default();
    let content = content::read(&kind, &inner, &head.errors);
    let (at, contact, id) = (head.at, head.contact, head.id.clone());
    let message = Head { id: original.clone(), ..head }.with(&inner, content);
    let body = Body::Edit { id, original, message };
    Reading { contact, ..Reading::of(at, body, Vec::new()) }
}

/// A line that WhatsApp wrote: a client's identifiers changed, or something that is shown as it is worded.
fn system(head: Head, object: &Object<'_>) -> Reading {
    let system = object.object("system");
    if let Some(body) = system.as_ref().and_then(|system| identity::changed(&head.from, system)) {
        return Reading { contact: head.contact, ..Reading::of(head.at, body, Vec::new()) };
    }
    let named = |name| system.as_ref().and_then(|system| system.text(name)).unwrap_or_default();
    let content = Content::System { event: cut(&named("type"), NAME_CHARS_MAX), text: named("body") };
    head.message(object, content)
}

/// An echo whose content is the request that was sent, as `standby` has it.
fn sent_by_request(scene: &Scene<'_>, json: Json<'_>, object: &Object<'_>, request: &Object<'_>) -> Reading {
    let group = request.text("to").filter(|_| request.text("recipient_type").as_deref() == Some("group"));
    let phone = request.text("to").or_else(|| object.text("to")).filter(|_| group.is_none());
    let user_id = request.text("recipient").or_else(|| object.text("to_user_id"));
    let mut client = named(phone, user_id, object.text("to_parent_user_id"));
    let contact = scene.contacts.join(&mut client);
    let mut firm = by_phone(object.text("from"));
    complete(&mut firm, &scene.firm);
    let head = Head {
        id: object.text("id").unwrap_or_default(),
        at: timestamp(object),
        direction: Direction::Out,
        from: firm,
        to: client,
        group,
        errors: errors(object.elements("errors")),
        contact,
    };
    let is_reaction = request.text("type").as_deref() == Some("reaction");
    let mut reading = if is_reaction {
        reaction(scene, head, request)
    } else {
        let content = outgoing::read(request, object.object("template").as_ref());
        head.message(request, content)
    };
    reading.unknown = paths::unknown(json, &[paths::MESSAGE, paths::SENT]);
    reading
}

/// Paths that are not known, an instant that cannot be read, a hash that is none.
fn unknown_paths(json: Json<'_>, object: &Object<'_>, kind: &str, at: Option<Timestamp>) -> Vec<String> {
    let shown = content::shown_type(kind, object);
    let mut tables = vec![paths::MESSAGE, paths::of_type(kind), paths::of_type(shown)];
    if kind == "edit" {
        tables.push(paths::EDIT);
    }
    let mut found = paths::unknown(json, &tables);
    if let Some(inner) = object.object("edit").filter(|_| kind == "edit").and_then(|edit| edit.get("message"))
    {
        let kind = inner.object().and_then(|inner| inner.text("type")).unwrap_or_default();
        let inside = paths::unknown(inner, &[paths::MESSAGE, paths::of_type(&kind)]);
        found.extend(paths::prefixed("edit.message", inside));
    }
    if object.has("timestamp") && at.is_none() {
        found.push("timestamp".to_owned());
    }
    if content::has_odd_hash(shown, object) {
        found.push(format!("{shown}.sha256"));
    }
    found
}
