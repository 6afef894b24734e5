//! A message from all items about it, whatever order they came in: the original, edits, revocations, reactions.

use std::collections::BTreeMap;

use aboveboard_model::{
    document::Zone,
    id::Index,
    item::{Body, Call, Content, Direction, Forwarded, Item, Message, Party, SourceError, Stream},
};
use jiff::Timestamp;

use super::items::zones;

/// An item about a document, with its entry and instant.
pub(super) struct Piece {
    pub index: Index,
    pub at: Timestamp,
    pub item: Item,
}

/// What all pieces together say.
pub(super) struct Composed {
    /// The item that stands for the message: the original, or the first edit where the original never came.
    pub main: Index,
    pub at: Timestamp,
    pub kind: String,
    pub document_kind: &'static str,
    pub direction: Direction,
    pub stream: Stream,
    pub from: Party,
    pub to: Party,
    pub group: Option<String>,
    pub versions: Vec<Words>,
    pub deleted_at: Option<Timestamp>,
    pub original_missing: bool,
    pub content: Option<Content>,
    pub reply_to: Option<String>,
    pub forwarded: Forwarded,
    pub reactions: Vec<(Direction, String)>,
    pub errors: Vec<String>,
    pub history_status: Option<String>,
    pub number: aboveboard_model::item::Number,
}

/// One version's words.
pub(super) struct Words {
    pub index: Index,
    pub at: Timestamp,
    pub zones: BTreeMap<Zone, String>,
}

/// Composes the pieces of one document; `None` where none of them says what the message is about.
pub(super) fn compose(mut pieces: Vec<Piece>) -> Option<Composed> {
    pieces.sort_by_key(|piece| (stream_rank(piece.item.stream), piece.at, piece.index));
    if let Some(call) = compose_call(&pieces) {
        return Some(call);
    }
    let original = pieces.iter().find(|piece| matches!(piece.item.body, Body::Message(_)));
    let mut edits: Vec<&Piece> =
        pieces.iter().filter(|piece| matches!(piece.item.body, Body::Edit { .. })).collect();
    edits.sort_by_key(|piece| (piece.at, piece.index));
    let main = original.or(edits.first().copied())?;
    let message = message_of(main)?;
    let mut versions: Vec<Words> = original.into_iter().filter_map(words).collect();
    versions.extend(distinct_edits(&edits));
    let last = edits.last().copied().and_then(message_of).unwrap_or(message);
    Some(Composed {
        main: main.index,
        at: main.at,
        kind: content_word(&message.content).to_owned(),
        document_kind: "message",
        direction: message.direction,
        stream: main.item.stream,
        from: message.from.clone(),
        to: message.to.clone(),
        group: message.group.clone(),
        versions,
        deleted_at: deleted_at(&pieces),
        original_missing: original.is_none(),
        content: Some(last.content.clone()),
        reply_to: message.reply_to.clone(),
        forwarded: message.forwarded,
        reactions: reactions(&pieces),
        errors: message.errors.iter().map(error_words).collect(),
        history_status: message.history_status.clone(),
        number: main.item.number.clone(),
    })
}

/// The same message may come in several streams: what came live stands for it.
fn stream_rank(stream: Stream) -> u8 {
    match stream {
        Stream::Messages | Stream::Echoes | Stream::Calls => 0,
        Stream::Standby => 1,
        Stream::History => 2,
        _ => 3,
    }
}

fn message_of(piece: &Piece) -> Option<&Message> {
    message_in(&piece.item)
}

fn message_in(item: &Item) -> Option<&Message> {
    match &item.body {
        Body::Message(message) | Body::Edit { message, .. } => Some(message),
        _ => None,
    }
}

/// The words of an item that says what a message says.
pub(crate) fn words_of(item: &Item) -> Option<BTreeMap<Zone, String>> {
    Some(zones(&message_in(item)?.content).into_iter().collect())
}

fn words(piece: &Piece) -> Option<Words> {
    Some(Words { index: piece.index, at: piece.at, zones: words_of(&piece.item)? })
}

/// Edits by instant; the same edit seen in two streams counts once.
fn distinct_edits(edits: &[&Piece]) -> Vec<Words> {
    let mut seen: Vec<&str> = Vec::new();
    let mut versions = Vec::new();
    for piece in edits {
        let Body::Edit { id, .. } = &piece.item.body else { continue };
        if !id.is_empty() && seen.contains(&id.as_str()) {
            continue;
        }
        seen.push(id);
        versions.extend(words(piece));
    }
    versions
}

fn deleted_at(pieces: &[Piece]) -> Option<Timestamp> {
    pieces.iter().filter(|piece| matches!(piece.item.body, Body::Revoke { .. })).map(|piece| piece.at).min()
}

/// The last reaction of each side, in order of giving.
fn reactions(pieces: &[Piece]) -> Vec<(Direction, String)> {
    let mut given: Vec<(Timestamp, Index, Direction, Option<&String>)> = pieces
        .iter()
        .filter_map(|piece| match &piece.item.body {
            Body::Reaction { emoji, direction, .. } => {
                Some((piece.at, piece.index, *direction, emoji.as_ref()))
            }
            _ => None,
        })
        .collect();
    given.sort_by_key(|(at, index, ..)| (*at, *index));
    let mut last: Vec<(Direction, Option<&String>)> = Vec::new();
    for (_, _, direction, emoji) in given {
        last.retain(|(side, _)| *side != direction);
        last.push((direction, emoji));
    }
    last.into_iter().filter_map(|(side, emoji)| emoji.map(|emoji| (side, emoji.clone()))).collect()
}

fn compose_call(pieces: &[Piece]) -> Option<Composed> {
    let calls: Vec<(&Piece, &Call)> = pieces
        .iter()
        .filter_map(|piece| match &piece.item.body {
            Body::Call(call) => Some((piece, call)),
            _ => None,
        })
        .collect();
    let (first, call) = calls.first()?;
    let ended = calls.iter().find_map(|(_, call)| call.duration_s);
    let mut text: Vec<String> = Vec::new();
    for (_, call) in &calls {
        let word = call.status.as_deref().unwrap_or(&call.event).to_lowercase();
        if !text.contains(&word) {
            text.push(word);
        }
    }
    text.extend(ended.map(|seconds| format!("{seconds} s")));
    Some(Composed {
        main: first.index,
        at: first.at,
        kind: "call".to_owned(),
        document_kind: "call",
        direction: call.direction,
        stream: first.item.stream,
        from: call.from.clone(),
        to: call.to.clone(),
        group: None,
        versions: vec![Words {
            index: first.index,
            at: first.at,
            zones: [(Zone::Text, text.join(", "))].into(),
        }],
        deleted_at: None,
        original_missing: false,
        content: calls.iter().find_map(|(_, call)| call.recording.clone()).map(Content::Media),
        reply_to: None,
        forwarded: Forwarded::No,
        reactions: vec![],
        errors: call.errors.iter().map(error_words).collect(),
        history_status: None,
        number: first.item.number.clone(),
    })
}

fn error_words(error: &SourceError) -> String {
    let code = error.code.map(|code| format!("{code} ")).unwrap_or_default();
    format!("{code}{}", error.title)
}

fn content_word(content: &Content) -> &str {
    match content {
        Content::Text { .. } => "text",
        Content::Media(media) => media.media.word(),
        Content::Location { .. } => "location",
        Content::Contacts { .. } => "contacts",
        Content::Answer { .. } => "answer",
        Content::Order { .. } => "order",
        Content::Template { .. } => "template",
        Content::System { .. } => "system",
        Content::Unavailable { .. } => "unavailable",
        Content::Unknown { .. } => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn message(text: &str) -> Message {
        Message {
            id: "m1".into(),
            direction: Direction::Out,
            from: Party::default(),
            to: Party::default(),
            group: None,
            content: Content::Text { body: text.into() },
            reply_to: None,
            forwarded: Forwarded::No,
            referral: vec![],
            errors: vec![],
            identity: None,
            history_status: None,
        }
    }

    fn piece(index: u64, second: i64, body: Body) -> Piece {
        let item =
            Item { number: Default::default(), stream: Stream::Echoes, at: None, body, unknown: vec![] };
        Piece { index: Index(index), at: at(second), item }
    }

    fn pieces() -> Vec<Piece> {
        let reaction = |emoji: Option<&str>| Body::Reaction {
            id: "r".into(),
            original: "m1".into(),
            group: None,
            emoji: emoji.map(str::to_owned),
            from: Party::default(),
            to: Party::default(),
            direction: Direction::In,
        };
        let revoke = Body::Revoke {
            id: "d".into(),
            original: "m1".into(),
            group: None,
            from: Party::default(),
            to: Party::default(),
            direction: Direction::Out,
        };
        let edit = |id: &str, text: &str| Body::Edit {
            id: id.into(),
            original: "m1".into(),
            message: message(text),
        };
        vec![
            piece(1, 10, Body::Message(message("one"))),
            piece(2, 20, edit("e1", "two")),
            piece(3, 30, edit("e2", "three")),
            piece(4, 31, edit("e2", "three")),
            piece(5, 40, reaction(Some("👍"))),
            piece(6, 50, reaction(None)),
            piece(7, 60, revoke),
        ]
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        let texts = |composed: &Composed| -> Vec<String> {
            composed.versions.iter().map(|version| version.zones[&Zone::Text].clone()).collect()
        };
        let mut turned = pieces();
        turned.reverse();
        for composed in [compose(pieces()).unwrap(), compose(turned).unwrap()] {
            assert_eq!(texts(&composed), ["one", "two", "three"]);
            assert_eq!(composed.deleted_at, Some(at(60)));
            assert!(composed.reactions.is_empty(), "the reaction was taken back");
            assert!(!composed.original_missing);
        }
    }

    #[test]
    fn an_edit_without_its_original_stands_for_it_and_says_so() {
        let composed = compose(pieces().split_off(1)).unwrap();
        assert!(composed.original_missing);
        assert_eq!(composed.versions.len(), 2);
    }

    #[test]
    fn a_reaction_to_an_unknown_message_is_no_message() {
        assert!(compose(pieces().split_off(4)).is_none());
    }
}
