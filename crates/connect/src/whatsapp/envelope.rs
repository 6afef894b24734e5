//! From a delivery to its items: root, entries and changes, in every shape in which they were seen.

use std::{fmt, ops::Range};

use aboveboard_model::item::{Body, Content, Item, Stream, UNKNOWN_PATHS_MAX};

use super::{
    json::{Json, Object},
    party, raw,
    reading::{NAME_CHARS_MAX, Reading, cut},
    value::{self, Scene},
};

/// How many items one delivery is taken apart into. What is beyond is kept whole as unknown, one item for each list that
/// was cut short. Meta promises at most 1,000 updates in a delivery; a history chunk holds thousands of messages.
pub const ITEMS_MAX: usize = 20_000;

/// What a delivery holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extraction {
    /// All its items in their order; at least one for any bytes that hold anything.
    pub items: Vec<Extracted>,
    /// Whether every item, and the field it came in, is of a type that this version knows.
    pub complete: bool,
}

/// One item with the exact bytes that it was read from.
#[derive(Clone, PartialEq)]
pub struct Extracted {
    /// The item as read.
    pub item: Item,
    /// A JSON object of exact slices: `item`, `member` (its name in the delivery) and, where there are, its own `contact`,
    /// `metadata`, `field`, `entry_id`, `entry_time`, `thread_id`, `thread_context`. Where the delivery is not JSON, the
    /// delivery itself.
    pub raw: Vec<u8>,
    /// Where the item's slice lies in the delivery.
    pub range: Range<usize>,
}

impl fmt::Debug for Extracted {
    /// Prints where it lies, never what it says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extracted").field("range", &self.range).finish_non_exhaustive()
    }
}

/// Takes a delivery apart into its items.
///
/// Never fails, never drops: an entry, change, value, item or member in an unknown shape is an item of its own, and a
/// bad one costs its neighbours nothing. The layout follows Meta's webhook reference and the deviations seen in practice
/// (a flat body, one entry in place of a list, `field` inside the value, numbers for strings).
pub fn extract(body: &[u8]) -> Extraction {
    let mut delivery = Delivery { bytes: body, items: Vec::new(), complete: true };
    match Json::parse(body) {
        Some(root) => delivery.root(root),
        None => delivery.not_json(),
    }
    Extraction { items: delivery.items, complete: delivery.complete }
}

/// A delivery on its way into items.
pub(super) struct Delivery<'a> {
    bytes: &'a [u8],
    items: Vec<Extracted>,
    complete: bool,
}

impl<'a> Delivery<'a> {
    fn not_json(&mut self) {
        self.complete = false;
        let body = Reading::unknown("", "the delivery is not JSON").body;
        let item =
            Item { number: Default::default(), stream: Stream::Account, at: None, body, unknown: vec![] };
        self.items.push(Extracted { item, raw: self.bytes.to_vec(), range: 0..self.bytes.len() });
    }

    fn root(&mut self, root: Json<'a>) {
        let scene = Scene::default();
        if !root.is_array() {
            return self.body(&scene, root);
        }
        // Some resellers put several bodies into one list.
        self.each(&scene, "", &root.elements(), |delivery, body| delivery.body(&scene, body));
        if self.items.is_empty() {
            self.unknown(&scene, "", root, "an empty list");
        }
    }

    fn body(&mut self, scene: &Scene<'a>, json: Json<'a>) {
        let Some(body) = json.object() else {
            return self.unknown(scene, "", json, "the delivery is not an object");
        };
        if !body.has("entry") {
            return self.entry(scene, "", json);
        }
        self.each_member(scene, &body, |delivery, name, value| match name {
            _ if is_constant(name, value) => {}
            "entry" => delivery.each(scene, "entry", &value.elements(), |delivery, entry| {
                delivery.entry(scene, "entry", entry);
            }),
            _ => delivery.unknown_member(scene, name, value),
        });
        if body.elements("entry").is_empty() {
            self.unknown(scene, "entry", json, "no entry");
        }
    }

    /// Reads an entry; a body without entries is read as one.
    fn entry(&mut self, scene: &Scene<'a>, member: &str, json: Json<'a>) {
        let Some(entry) = json.object() else {
            return self.unknown(scene, member, json, "an entry that is not an object");
        };
        if entry.has("value") {
            return self.change(scene, member, json);
        }
        if !entry.has("changes") {
            return self.flat(scene, member, json, &entry);
        }
        let mut inside = scene.clone();
        inside.entry_id = self.small(scene, &entry, "id");
        inside.entry_time = self.small(scene, &entry, "time");
        inside.number = party::number(inside.entry_id, None);
        if let Some(field) = self.small(scene, &entry, "field") {
            inside.name_field(field);
        }
        let changes = entry.elements("changes");
        self.each_member(&inside, &entry, |delivery, name, value| match name {
            "id" | "time" | "field" => {}
            _ if is_constant(name, value) => {}
            "changes" => delivery.each(&inside, "changes", &value.elements(), |delivery, change| {
                delivery.change(&inside, "changes", change);
            }),
            _ => delivery.unknown_member(&inside, name, value),
        });
        if changes.is_empty() {
            self.unknown(&inside, member, json, "an entry without changes");
        }
    }

    /// Reads a body or entry that has no changes but may be a value itself, as older resellers send it.
    fn flat(&mut self, scene: &Scene<'a>, member: &str, json: Json<'a>, entry: &Object<'a>) {
        if value::is_value(entry) {
            value::read(self, scene.clone(), json);
        } else {
            self.unknown(scene, member, json, "neither an entry nor a value");
        }
    }

    fn change(&mut self, scene: &Scene<'a>, member: &str, json: Json<'a>) {
        let Some(change) = json.object() else {
            return self.unknown(scene, member, json, "a change that is not an object");
        };
        let mut inside = scene.clone();
        if let Some(field) = self.small(scene, &change, "field") {
            if let Some(outer) = scene.field_slice.filter(|outer| outer.slice() != field.slice()) {
                self.unknown_member(scene, "field", outer);
            }
            inside.name_field(field);
        }
        self.each_member(&inside, &change, |delivery, name, member| match name {
            "field" => {}
            _ if is_constant(name, member) => {}
            "value" => delivery.each(&inside, "value", &member.elements(), |delivery, json| {
                value::read(delivery, inside.clone(), json);
            }),
            _ => delivery.unknown_member(&inside, name, member),
        });
        if change.elements("value").is_empty() {
            self.unknown(&inside, member, json, "a change without a value");
        }
    }

    /// A member that is put beside every item; one that is too long for that becomes an item of its own.
    pub(super) fn small(&mut self, scene: &Scene<'a>, object: &Object<'a>, name: &str) -> Option<Json<'a>> {
        let (last, earlier) = split_last(object, name);
        for json in earlier {
            self.unknown(scene, name, json, "a name that comes twice");
        }
        let json = last.filter(|json| !json.is_null())?;
        if raw::fits(json) {
            return Some(json);
        }
        self.unknown(scene, name, json, "too long to stand beside every item");
        None
    }

    /// Visits elements until the delivery is full; the rest is kept as one item.
    pub(super) fn each(
        &mut self,
        scene: &Scene<'a>,
        member: &str,
        elements: &[Json<'a>],
        mut visit: impl FnMut(&mut Delivery<'a>, Json<'a>),
    ) {
        for (at, element) in elements.iter().enumerate() {
            if self.items.len() >= ITEMS_MAX {
                return self.rest(scene, member, &elements[at..], raw::array_of);
            }
            visit(self, *element);
        }
    }

    /// Visits members until the delivery is full; the rest is kept as one item.
    pub(super) fn each_member(
        &mut self,
        scene: &Scene<'a>,
        object: &Object<'a>,
        mut visit: impl FnMut(&mut Delivery<'a>, &str, Json<'a>),
    ) {
        for (at, (name, json)) in object.members.iter().enumerate() {
            if self.items.len() >= ITEMS_MAX {
                let rest = &object.members[at..];
                let slices: Vec<Json<'a>> = rest.iter().map(|(_, json)| *json).collect();
                let names = rest.iter().map(|(name, json)| (&**name, *json));
                return self.rest(scene, "", &slices, |_| raw::object_of(names));
            }
            visit(self, name, *json);
        }
    }

    fn rest(
        &mut self,
        scene: &Scene<'a>,
        member: &str,
        slices: &[Json<'a>],
        compose: impl FnOnce(&[Json<'a>]) -> String,
    ) {
        let (Some(first), Some(last)) = (slices.first(), slices.last()) else { return };
        let reading = Reading::unknown(scene.field(), "more items than a delivery is taken apart into");
        let range = first.range_to(*last, self.bytes);
        self.keep(scene, value::stream(scene, member), member, &compose(slices), range, reading);
    }

    /// Keeps an element that cannot be read.
    pub(super) fn unknown(&mut self, scene: &Scene<'a>, member: &str, json: Json<'a>, reason: &str) {
        let reading = Reading::unknown(scene.field(), reason);
        self.push(scene, value::stream(scene, member), member, json, reading);
    }

    /// Keeps a member whose name is not known. `null`, an empty text and an empty list say nothing and are let go.
    pub(super) fn unknown_member(&mut self, scene: &Scene<'a>, name: &str, json: Json<'a>) {
        if matches!(json.slice(), "null" | "\"\"" | "[]" | "{}") {
            return;
        }
        let reason = format!("a member that is not known: {}", cut(name, NAME_CHARS_MAX));
        self.unknown(scene, name, json, &reason);
    }

    /// Adds an item whose bytes are one slice.
    pub(super) fn push(
        &mut self,
        scene: &Scene<'a>,
        stream: Stream,
        member: &str,
        json: Json<'a>,
        reading: Reading,
    ) {
        self.keep(scene, stream, member, json.slice(), json.range(self.bytes), reading);
    }

    /// Adds an item whose bytes were composed of several slices.
    pub(super) fn keep(
        &mut self,
        scene: &Scene<'a>,
        stream: Stream,
        member: &str,
        slice: &str,
        range: Range<usize>,
        reading: Reading,
    ) {
        self.complete &= is_known(&reading.body) && scene.known_field();
        let contact = reading.contact.and_then(|at| scene.contacts.take(at));
        let mut unknown: Vec<String> = reading.unknown.iter().map(|path| format!("item.{path}")).collect();
        if let Some(at) = reading.contact {
            unknown.extend(scene.contacts.unknown(at));
        }
        unknown.extend_from_slice(&scene.unknown);
        unknown.truncate(UNKNOWN_PATHS_MAX);
        let number = reading.number.unwrap_or_else(|| scene.number.clone());
        let item = Item { number, stream, at: reading.at, body: reading.body, unknown };
        self.items.push(Extracted { item, raw: raw::compose(scene, member, slice, contact), range });
    }

    /// How many items were found so far.
    pub(super) fn count(&self) -> usize {
        self.items.len()
    }

    /// Where a slice lies, for items that are composed.
    pub(super) fn range(&self, json: Json<'a>) -> Range<usize> {
        json.range(self.bytes)
    }
}

/// The last member of a name, which counts, and those before it.
fn split_last<'a>(object: &Object<'a>, name: &str) -> (Option<Json<'a>>, Vec<Json<'a>>) {
    let mut all: Vec<Json<'a>> =
        object.members.iter().filter(|(other, _)| other == name).map(|(_, json)| *json).collect();
    let last = all.pop();
    (last, all)
}

/// Whether a member says what every delivery of this source says, and nothing else.
pub(super) fn is_constant(name: &str, json: Json<'_>) -> bool {
    match name {
        "object" => json.slice() == "\"whatsapp_business_account\"",
        "messaging_product" => json.slice() == "\"whatsapp\"",
        _ => false,
    }
}

fn is_known(body: &Body) -> bool {
    match body {
        Body::Unknown { .. } => false,
        Body::Message(message) | Body::Edit { message, .. } => {
            !matches!(message.content, Content::Unknown { .. })
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_an_item_for_a_log_shows_nothing_of_what_it_says() {
        let found =
            extract(br#"{"messages":[{"from":"5511977001122","type":"text","text":{"body":"my secret"}}]}"#);
        let shown = format!("{found:?}");
        assert!(shown.contains("range") && !shown.contains("secret") && !shown.contains("5511"), "{shown}");
    }

    #[test]
    fn what_goes_beyond_the_limit_of_items_is_kept_in_one() {
        let list = vec!["7"; ITEMS_MAX + 3].join(",");
        let found = extract(format!("{{\"messages\":[{list}]}}").as_bytes());
        assert_eq!(found.items.len(), ITEMS_MAX + 1);
        let last = &found.items[ITEMS_MAX];
        assert_eq!(String::from_utf8_lossy(&last.raw), r#"{"item":[7,7,7],"member":"messages"}"#);
        assert!(!found.complete);
    }
}
