//! The months before a number was connected: chunks of threads of messages.

use aboveboard_model::item::{Body, Party, Stream};

use super::{
    envelope::Delivery,
    identity,
    json::{Json, Object},
    message::{self, Side},
    party::{by_phone, complete, of},
    paths, raw,
    reading::{Reading, errors},
    value::Scene,
};

/// The thread that a message of the past stands in.
#[derive(Clone)]
pub(super) struct Thread<'a> {
    /// The client's phone.
    pub(super) id: Option<Json<'a>>,
    /// The client's other identifiers.
    pub(super) context: Option<Json<'a>>,
    /// The client.
    pub(super) client: Party,
}

impl Thread<'_> {
    /// Completes the client's side of a message. A message in the thread of another number keeps what it says itself.
    pub(super) fn complete(&self, client: &mut Party) {
        let other =
            client.phone.is_some() && self.client.phone.is_some() && client.phone != self.client.phone;
        if !other {
            complete(client, &self.client);
        }
    }
}

/// Reads an element of `history`: how far the synchronisation has come, then each message of each thread.
pub(super) fn read<'a>(delivery: &mut Delivery<'a>, scene: &Scene<'a>, json: Json<'a>) {
    let Some(chunk) = json.object() else {
        return delivery.unknown(scene, "history", json, "a history chunk that is not an object");
    };
    progress(delivery, scene, json, &chunk);
    delivery.each_member(scene, &chunk, |delivery, name, value| match name {
        "metadata" | "errors" => {}
        "threads" => delivery.each(scene, "threads", &value.elements(), |delivery, thread| {
            read_thread(delivery, scene, thread);
        }),
        _ => delivery.unknown_member(scene, name, value),
    });
}

/// The chunk's own item is composed of its members without the threads: those are other people's.
fn progress<'a>(delivery: &mut Delivery<'a>, scene: &Scene<'a>, json: Json<'a>, chunk: &Object<'a>) {
    let own: Vec<(&str, Json<'a>)> = chunk
        .members
        .iter()
        .filter(|(name, _)| name == "metadata" || name == "errors")
        .map(|(name, value)| (&**name, *value))
        .collect();
    let metadata = chunk.object("metadata");
    let number = |name| {
        let number = metadata.as_ref().and_then(|metadata| metadata.integer(name));
        number.and_then(|number| u32::try_from(number).ok())
    };
    let body = Body::HistoryProgress {
        phase: number("phase"),
        chunk: number("chunk_order"),
        progress: number("progress"),
        errors: errors(chunk.elements("errors")),
    };
    let range = match own.first() {
        Some((_, first)) => delivery.range(*first),
        None => delivery.range(json).start..delivery.range(json).start,
    };
    let slice = raw::object_of(own);
    let unknown =
        Json::parse(slice.as_bytes()).map(|json| paths::unknown(json, &[paths::HISTORY])).unwrap_or_default();
    delivery.keep(scene, Stream::History, "history", &slice, range, Reading::of(None, body, unknown));
}

fn read_thread<'a>(delivery: &mut Delivery<'a>, scene: &Scene<'a>, json: Json<'a>) {
    let Some(object) = json.object() else {
        return delivery.unknown(scene, "threads", json, "a thread that is not an object");
    };
    let id = delivery.small(scene, &object, "id");
    let context = delivery.small(scene, &object, "context");
    let mut client = context.and_then(Json::object).map(|context| of(&context)).unwrap_or_default();
    complete(&mut client, &by_phone(id.and_then(Json::text).filter(|id| !id.is_empty())));
    let mut inside = scene.clone();
    if let Some(context) = context {
        let unknown = paths::unknown(context, &[paths::THREAD_CONTEXT]);
        inside.unknown.extend(paths::prefixed("thread_context", unknown));
    }
    inside.thread = Some(Thread { id, context, client });
    delivery.each_member(&inside, &object, |delivery, name, value| match name {
        "id" | "context" => {}
        "messages" => delivery.each(&inside, "messages", &value.elements(), |delivery, message| {
            let reading = message::read(&inside, Side::Thread, message);
            delivery.push(&inside, Stream::History, "messages", message, reading);
        }),
        _ => delivery.unknown_member(&inside, name, value),
    });
    if object.elements("messages").is_empty() {
        delivery.push(&inside, Stream::History, "threads", json, identity::thread(&inside));
    }
}
