//! The raw bytes kept for one item: a JSON object made of exact slices of the delivery, and of nothing that is another
//! person's.
//!
//! `{"item":…,"member":…,"contact":…,"metadata":…,"field":…,"entry_id":…,"entry_time":…,"thread_id":…,"thread_context":…}`
//! in this order, each but `item` and `member` only where the delivery has it. `member` is the name under which the item
//! stood in its value (`messages`, `statuses`, …), so that the item can be read again from these bytes alone.

use super::{json::Json, value::Scene};

/// How long a contact, metadata and the like may be to be repeated beside each item, in bytes. A longer one becomes an
/// item of its own: many items times one huge contact must not fill a disk.
pub const CONTEXT_BYTES_MAX: usize = 1_024;

/// Whether a slice is short enough to stand beside every item.
pub(super) fn fits(json: Json<'_>) -> bool {
    json.slice().len() <= CONTEXT_BYTES_MAX
}

/// Composes the raw bytes of one item.
pub(super) fn compose(scene: &Scene<'_>, member: &str, item: &str, contact: Option<Json<'_>>) -> Vec<u8> {
    let member = serde_json::to_string(member).unwrap_or_default();
    let thread = scene.thread.as_ref();
    let context = [
        ("contact", contact),
        ("metadata", scene.metadata),
        ("field", scene.field_slice),
        ("entry_id", scene.entry_id),
        ("entry_time", scene.entry_time),
        ("thread_id", thread.and_then(|thread| thread.id)),
        ("thread_context", thread.and_then(|thread| thread.context)),
    ];
    let mut raw = format!("{{\"item\":{item},\"member\":{member}");
    for (name, slice) in context {
        if let Some(slice) = slice {
            raw.push_str(&format!(",\"{name}\":{}", slice.slice()));
        }
    }
    raw.push('}');
    raw.into_bytes()
}

/// A JSON array of slices.
pub(super) fn array_of(slices: &[Json<'_>]) -> String {
    let list: Vec<&str> = slices.iter().map(|slice| slice.slice()).collect();
    format!("[{}]", list.join(","))
}

/// A JSON object of names and slices.
pub(super) fn object_of<'m>(members: impl IntoIterator<Item = (&'m str, Json<'m>)>) -> String {
    let list: Vec<String> = members
        .into_iter()
        .map(|(name, slice)| format!("{}:{}", serde_json::to_string(name).unwrap_or_default(), slice.slice()))
        .collect();
    format!("{{{}}}", list.join(","))
}
