//! Tests of bubbles, and sample messages for the tests of pages.

use std::collections::BTreeMap;

use aboveboard_ledger::view::{MediaView, Message, Reply, Version};
use aboveboard_model::{
    document::{Field, Mark},
    id::Index,
    item::{MediaKind, Stream},
};
use jiff::{Timestamp, tz::TimeZone};

use super::*;
use crate::words::Language;

/// What the sample employee wrote after an edit; the payee stands in it.
pub(crate) const OFFER: &str = "not at the shop, but on my pix 11 98888-0000 I can do 1.350";

pub(crate) fn clock() -> Clock {
    let now = "2025-11-05T12:00:00Z".parse().unwrap();
    Clock { now, zone: TimeZone::UTC, w: Words::new(Language::English) }
}

fn version(entry: u64, at: Timestamp, revision: u32, text: &str) -> Version {
    let payee = text.find("11 98888").map(|start| Mark {
        field: Field::Payment,
        value: "unregistered".into(),
        kind: "PIX_KEY".into(),
        zone: Zone::Text,
        start,
        end: start + 13,
        against: None,
    });
    let zones = BTreeMap::from([(Zone::Text, text.to_owned())]);
    Version { index: Index(entry), at, revision, zones, marks: payee.into_iter().collect() }
}

pub(crate) fn message(document: u64, at: &str, direction: Direction, texts: &[&str]) -> Message {
    let at: Timestamp = at.parse().unwrap();
    let versions = texts.iter().zip(1..).map(|(text, revision)| version(document, at, revision, text));
    Message {
        document: DocumentId(document),
        index: Index(document),
        at,
        direction,
        stream: Stream::Messages,
        kind: "text".into(),
        versions: versions.collect(),
        deleted_at: None,
        original_missing: false,
        media: None,
        reply: None,
        forwarded: 0,
        reactions: vec![],
        status: None,
        errors: vec![],
    }
}

/// A question, an edited offer with a payee, and a hostile answer in two scripts.
pub(crate) fn messages() -> Vec<Message> {
    let mut offer = message(2, "2025-11-04T14:05:00Z", Direction::Out, &["not at the shop", OFFER]);
    offer.reply = Some(Reply { document: Some(DocumentId(1)), text: "any better price?".into() });
    offer.status = Some("read".into());
    vec![
        message(1, "2025-11-04T14:02:00Z", Direction::In, &["any better price?"]),
        offer,
        message(
            3,
            "2025-11-05T09:00:00Z",
            Direction::In,
            &["<script>alert(1)</script> مرحبا =HYPERLINK(\"x\")\0"],
        ),
    ]
}

fn sides() -> Sides {
    Sides { client: "C-0001".into(), employee: "K-0001".into() }
}

fn pointer(document: u64, revision: u32, words: Option<(usize, usize)>) -> Pointer {
    let words = words.map(|(start, end)| (Zone::Text, start, end));
    Pointer { document: DocumentId(document), revision, words, reason: 1 }
}

fn shown(messages: &[Message], pointers: &[Pointer]) -> Vec<Bubble> {
    bubbles(messages, pointers, &sides(), &clock(), "alert_x")
}

#[test]
fn a_day_is_named_once() {
    let days: Vec<Option<String>> = shown(&messages(), &[]).into_iter().map(|bubble| bubble.day).collect();
    assert_eq!(days, [Some("Tue 4 Nov".to_owned()), None, Some("Wed 5 Nov".to_owned())]);
}

#[test]
fn a_finding_lights_the_version_that_it_was_made_on() {
    let on_first = shown(&messages(), &[pointer(2, 1, Some((0, 3)))]);
    assert!(!on_first[1].texts[0].prose.has_reasons());
    assert!(on_first[1].edits[0].texts[0].prose.has_reasons());
    let on_last = shown(&messages(), &[pointer(2, 2, Some((0, 3)))]);
    assert!(on_last[1].texts[0].prose.has_reasons());
    let beyond = shown(&messages(), &[pointer(2, 99, Some((0, 3)))]);
    assert!(beyond[1].texts[0].prose.has_reasons(), "a revision that is not here yet is the newest");
}

#[test]
fn a_finding_about_facts_stands_on_the_message_itself() {
    let bubbles = shown(&messages(), &[pointer(1, 1, None)]);
    assert_eq!((bubbles[0].is_found, bubbles[0].reasons.as_slice()), (true, &[1][..]));
    assert!(!bubbles[1].is_found);
}

#[test]
fn no_identifier_is_readable_in_text_edit_or_quotation() {
    let mut messages = messages();
    let mut answer = message(4, "2025-11-05T09:05:00Z", Direction::In, &["ok"]);
    answer.reply = Some(Reply { document: Some(DocumentId(2)), text: OFFER.into() });
    let mut elsewhere = message(5, "2025-11-05T09:06:00Z", Direction::In, &["ok"]);
    elsewhere.reply = Some(Reply { document: None, text: OFFER.into() });
    messages.extend([answer, elsewhere]);
    let bubbles = shown(&messages, &[]);
    assert!(!format!("{bubbles:?}").contains("98888"));
    assert_eq!(
        bubbles[3].reply.as_ref().unwrap().anchor.as_deref(),
        Some(DocumentId(2).to_string().as_str())
    );
    assert!(bubbles[4].reply.as_ref().unwrap().text.contains("••00"));
}

#[test]
fn a_file_says_where_it_stands() {
    let view = |entry: Option<u64>, failed: Option<&str>| MediaView {
        kind: MediaKind::Image,
        mime: Some("image/jpeg; charset=binary".into()),
        size_bytes: Some(184_233),
        entry: entry.map(Index),
        failed: failed.map(str::to_owned),
    };
    let cases = [
        (view(Some(9), None), &[Zone::Caption][..], Some("No policy has read this file.")),
        (view(Some(9), None), &[Zone::Ocr][..], None),
        (view(None, None), &[][..], Some("The file is not here yet.")),
        (view(None, Some("131052")), &[][..], Some("The file will not come (131052).")),
    ];
    for (media, zones, note) in cases {
        let file = file(&media, zones, "alert_x", clock().w);
        assert_eq!(file.note.as_deref(), note);
        assert_eq!(file.label, "Picture · image/jpeg · 184 KB");
        assert_eq!(file.href.is_some(), media.entry.is_some());
    }
}

#[test]
fn what_was_deleted_stays_with_the_time_of_its_deletion() {
    let mut message = message(1, "2025-11-04T14:02:00Z", Direction::Out, &["delete this"]);
    message.deleted_at = Some("2025-11-04T14:31:00Z".parse().unwrap());
    let bubbles = shown(&[message], &[]);
    assert_eq!(bubbles[0].deleted.as_ref().unwrap().shown, "Tue 4 Nov, 14:31");
    assert_eq!(bubbles[0].texts[0].prose.plain(), "delete this");
}

#[test]
fn a_message_without_any_version_is_shown_as_what_it_is() {
    let mut message = message(1, "2025-11-04T14:02:00Z", Direction::In, &[]);
    message.kind = "unavailable".into();
    let bubbles = shown(&[message], &[pointer(1, 1, Some((0, 5)))]);
    assert!(bubbles[0].texts.is_empty() && bubbles[0].edits.is_empty());
    assert_eq!(bubbles[0].facts, ["The source did not give this message's content."]);
}

#[test]
fn sizes_are_short() {
    let w = clock().w;
    assert_eq!(
        [1, 999, 1_000, 2_500_000].map(|bytes| bytes_shown(bytes, w)),
        ["1 byte", "999 bytes", "1 KB", "2 MB"]
    );
}
