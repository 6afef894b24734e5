//! Messages as bubbles: the words of every version with their highlights, and what is known about them.

use aboveboard_ledger::view::{MediaView, Message, Reply, Version};
use aboveboard_model::{
    document::Zone,
    id::DocumentId,
    item::{Direction, Stream},
};

use crate::{
    moment::{Clock, Moment},
    prose::{Draft, Highlight, Prose},
    words::Words,
};

/// What a reason points at: a document's revision, and words in it unless it is about facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pointer {
    pub(crate) document: DocumentId,
    pub(crate) revision: u32,
    pub(crate) words: Option<(Zone, usize, usize)>,
    pub(crate) reason: usize,
}

/// A message in a page.
#[derive(Clone, Debug)]
pub(crate) struct Bubble {
    pub(crate) document: String,
    pub(crate) index: u64,
    /// The day, where it is the first message of it.
    pub(crate) day: Option<String>,
    /// `in`, `out` or `internal`.
    pub(crate) side: &'static str,
    /// The client's or the employee's pseudonym.
    pub(crate) who: String,
    pub(crate) at: Moment,
    /// The words of the current version.
    pub(crate) texts: Vec<Zoned>,
    /// Earlier versions, newest first.
    pub(crate) edits: Vec<Edit>,
    pub(crate) deleted: Option<Moment>,
    pub(crate) original_missing: bool,
    pub(crate) media: Option<File>,
    pub(crate) reply: Option<Quotation>,
    /// Short facts: forwarded, from the history, self-reported, not kept …
    pub(crate) facts: Vec<String>,
    pub(crate) reactions: Vec<(String, String)>,
    /// `sent`, `delivered`, `read` … of what went out.
    pub(crate) status: Option<String>,
    pub(crate) errors: Vec<String>,
    /// Whether any reason is about this message.
    pub(crate) is_found: bool,
    /// Numbers of the reasons that are about facts of this message and not about its words.
    pub(crate) reasons: Vec<usize>,
}

/// The words of one zone.
#[derive(Clone, Debug)]
pub(crate) struct Zoned {
    /// Where the words stand, if not in the message's text itself.
    pub(crate) label: Option<String>,
    pub(crate) prose: Prose,
}

/// An earlier version.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    /// When it was replaced.
    pub(crate) at: Moment,
    /// Its words; what the next version does not have is marked.
    pub(crate) texts: Vec<Zoned>,
}

/// A file of a message.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// `image`, `video` …
    pub(crate) kind: &'static str,
    pub(crate) label: String,
    /// Where its bytes are, once they are here.
    pub(crate) href: Option<String>,
    /// Whether a browser can show it as a picture.
    pub(crate) is_picture: bool,
    /// That it is not here, will not be, or was not read.
    pub(crate) note: Option<String>,
}

/// What a message answers.
#[derive(Clone, Debug)]
pub(crate) struct Quotation {
    /// The quoted message, where it is on the page.
    pub(crate) anchor: Option<String>,
    pub(crate) text: String,
}

/// The two sides of a conversation, by pseudonym.
#[derive(Clone, Debug)]
pub(crate) struct Sides {
    pub(crate) client: String,
    pub(crate) employee: String,
}

/// Makes messages ready for a page. `purpose` is what reading their files is for, as a query string's value.
pub(crate) fn bubbles(
    messages: &[Message],
    pointers: &[Pointer],
    sides: &Sides,
    clock: &Clock,
    purpose: &str,
) -> Vec<Bubble> {
    let mut last_day = None;
    let shown = |document: DocumentId| messages.iter().find(|message| message.document == document);
    let bubbles = messages.iter().map(|message| {
        let mut bubble = bubble(message, pointers, sides, clock, purpose);
        bubble.reply = message.reply.as_ref().map(|reply| quotation(reply, shown, clock.w));
        let day = clock.date(message.at);
        bubble.day = (last_day != Some(day)).then(|| clock.day(message.at));
        last_day = Some(day);
        bubble
    });
    bubbles.collect()
}

fn bubble(message: &Message, pointers: &[Pointer], sides: &Sides, clock: &Clock, purpose: &str) -> Bubble {
    let w = clock.w;
    let pointers: Vec<&Pointer> = pointers.iter().filter(|one| one.document == message.document).collect();
    let (texts, edits) = versions(message, &pointers, clock);
    let mut reasons: Vec<usize> =
        pointers.iter().filter(|pointer| pointer.words.is_none()).map(|pointer| pointer.reason).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let client = message.direction == Direction::In;
    let side = |direction| if direction == Direction::In { &sides.client } else { &sides.employee };
    Bubble {
        document: message.document.to_string(),
        index: message.index.0,
        day: None,
        side: message.direction.word(),
        who: side(message.direction).clone(),
        at: clock.time(message.at),
        edits,
        deleted: message.deleted_at.map(|at| clock.day_and_time(at)),
        original_missing: message.original_missing,
        media: message.media.as_ref().map(|media| file(media, &texts_of(message), purpose, w)),
        texts,
        reply: None,
        facts: facts(message, w),
        reactions: message.reactions.iter().map(|(by, emoji)| (side(*by).clone(), emoji.clone())).collect(),
        status: message.status.as_ref().filter(|_| !client).cloned(),
        errors: message.errors.clone(),
        is_found: !pointers.is_empty(),
        reasons,
    }
}

/// The current words and the earlier ones, each with its highlights, compared pair by pair.
fn versions(message: &Message, pointers: &[&Pointer], clock: &Clock) -> (Vec<Zoned>, Vec<Edit>) {
    let mut drafts: Vec<Vec<(Zone, Draft)>> = Vec::new();
    for (at, version) in message.versions.iter().enumerate() {
        let mine: Vec<&Pointer> = pointers
            .iter()
            .copied()
            .filter(|pointer| judged(&message.versions, pointer.revision) == at)
            .collect();
        drafts.push(draft(version, &mine, message.reply.is_some()));
    }
    for newer in 1..drafts.len() {
        let (older, newer) = drafts.split_at_mut(newer);
        let (Some(older), Some(newer)) = (older.last_mut(), newer.first_mut()) else { continue };
        compare(older, newer);
    }
    let current = drafts.pop().map(|drafts| zoned(drafts, clock.w)).unwrap_or_default();
    let replaced = message.versions.iter().skip(1);
    let edits = drafts
        .into_iter()
        .zip(replaced)
        .map(|(drafts, next)| Edit { at: clock.time(next.at), texts: zoned(drafts, clock.w) });
    let mut edits: Vec<Edit> = edits.collect();
    edits.reverse();
    (current, edits)
}

/// Which version a revision of the document was: the first that was still judged at or after it.
fn judged(versions: &[Version], revision: u32) -> usize {
    let found = versions.iter().position(|version| version.revision >= revision);
    found.unwrap_or(versions.len().saturating_sub(1))
}

fn draft(version: &Version, pointers: &[&Pointer], is_reply: bool) -> Vec<(Zone, Draft)> {
    let zones = version.zones.iter().map(|(zone, text)| {
        let highlights: Vec<Highlight> = pointers
            .iter()
            .filter_map(|pointer| pointer.words.map(|words| (words, pointer.reason)))
            .filter(|((place, _, _), _)| place == zone)
            .map(|((_, start, end), reason)| Highlight { start, end, reason })
            .collect();
        let mut draft = Draft::masked(text, *zone, &version.marks);
        draft.highlight(&highlights);
        (*zone, draft, highlights.is_empty())
    });
    // The quoted words stand above an answer already; they come again only where a reason is about them.
    zones
        .filter(|(zone, _, unmarked)| !(is_reply && *zone == Zone::Quoted && *unmarked))
        .map(|(zone, draft, _)| (zone, draft))
        .collect()
}

fn compare(older: &mut [(Zone, Draft)], newer: &mut [(Zone, Draft)]) {
    for (zone, draft) in older {
        if let Some((_, other)) = newer.iter_mut().find(|(other, _)| other == zone) {
            draft.compare(other);
        }
    }
}

fn zoned(drafts: Vec<(Zone, Draft)>, w: Words) -> Vec<Zoned> {
    let label = |zone: Zone| (zone != Zone::Text).then(|| w.of("zone", zone.field().word()));
    drafts.into_iter().map(|(zone, draft)| Zoned { label: label(zone), prose: draft.finish() }).collect()
}

fn texts_of(message: &Message) -> Vec<Zone> {
    message.versions.last().map(|version| version.zones.keys().copied().collect()).unwrap_or_default()
}

fn file(media: &MediaView, zones: &[Zone], purpose: &str, w: Words) -> File {
    let kind = media.kind.word();
    let size = media.size_bytes.map(|bytes| bytes_shown(bytes, w));
    let mime = media.mime.as_deref().map(|mime| mime.split(';').next().unwrap_or(mime).trim().to_owned());
    let parts: Vec<String> = [Some(w.of("media", kind)), mime.clone(), size].into_iter().flatten().collect();
    let read = zones.iter().any(|zone| matches!(zone, Zone::Ocr | Zone::Transcript));
    let note = match (&media.failed, media.entry) {
        (Some(code), _) => Some(w.with("media.will_not_come", "code", code)),
        (None, None) => Some(w.t("media.waiting")),
        (None, Some(_)) if !read => Some(w.t("media.unread")),
        _ => None,
    };
    File {
        kind,
        label: parts.join(" · "),
        href: media.entry.map(|entry| format!("/media/{entry}?for={purpose}")),
        is_picture: mime.is_some_and(|mime| mime.starts_with("image/")),
        note,
    }
}

fn quotation<'a>(reply: &Reply, shown: impl Fn(DocumentId) -> Option<&'a Message>, w: Words) -> Quotation {
    let original = reply.document.and_then(shown);
    let known = original.and_then(|message| message.versions.last()).and_then(|version| {
        let (zone, text) = version.zones.first_key_value()?;
        Some(Draft::masked(text, *zone, &version.marks).finish().plain())
    });
    let text = known.unwrap_or_else(|| Draft::guessed(&reply.text).finish().plain());
    Quotation {
        anchor: original.map(|message| message.document.to_string()),
        text: if text.trim().is_empty() { w.t("message.reply_unknown") } else { text },
    }
}

fn facts(message: &Message, w: Words) -> Vec<String> {
    let forwarded = match message.forwarded {
        0 => None,
        1 => Some(w.t("message.forwarded")),
        _ => Some(w.t("message.forwarded_often")),
    };
    let stream = match message.stream {
        Stream::History => Some(w.t("message.from_history")),
        Stream::Export => Some(w.t("message.self_reported")),
        _ => None,
    };
    let kind = w.has("message_kind", &message.kind).then(|| w.of("message_kind", &message.kind));
    [kind, forwarded, stream].into_iter().flatten().collect()
}

/// `120 KB`: a size in steps of a thousand.
pub(crate) fn bytes_shown(bytes: u64, w: Words) -> String {
    match bytes {
        0..1_000 => w.n("size.bytes", bytes),
        1_000..1_000_000 => w.n("size.kilobytes", bytes / 1_000),
        _ => w.n("size.megabytes", bytes / 1_000_000),
    }
}

#[cfg(test)]
pub(crate) mod tests;
