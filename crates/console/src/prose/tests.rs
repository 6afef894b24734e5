//! Tests of masking, highlighting, comparing and cutting.

use proptest::prelude::*;

use super::*;

fn mark(field: Field, start: usize, end: usize) -> Mark {
    Mark {
        field,
        value: "unregistered".into(),
        kind: "PIX_KEY".into(),
        zone: Zone::Text,
        start,
        end,
        against: None,
    }
}

fn plain(draft: Draft) -> String {
    draft.finish().plain()
}

#[test]
fn an_identifier_keeps_its_separators_and_its_last_two_characters() {
    let cases = [
        ("pix 11 98888-0000 ok", 4, 17, "pix •• •••••-••00 ok"),
        ("ana@x.co", 0, 8, "•••@•.co"),
        ("chave 123", 6, 9, "chave •••"),
        ("आधार २३४५ ६७८९", 13, 38, "आधार •••• ••८९"),
        ("three characters are masked whole", 6, 9, "three •••racters are masked whole"),
        ("an end beyond the text 12345", 23, 900, "an end beyond the text •••45"),
    ];
    for (text, start, end, wanted) in cases {
        let field = if text.contains('@') { Field::Entity } else { Field::Payment };
        let shown = plain(Draft::masked(text, Zone::Text, &[mark(field, start, end)]));
        assert_eq!(shown, wanted);
    }
}

#[test]
fn only_identifiers_of_the_same_zone_are_masked() {
    let text = "1.350 em https://x.co";
    let elsewhere = Mark { zone: Zone::Caption, ..mark(Field::Payment, 0, 5) };
    let marks = [mark(Field::Money, 0, 5), mark(Field::Link, 9, 21), elsewhere];
    assert_eq!(plain(Draft::masked(text, Zone::Text, &marks)), text);
}

#[test]
fn words_without_marks_hide_what_looks_like_an_identifier() {
    let cases = [
        ("chave 11 98888-0000!", "chave •• •••••-••00!"),
        ("a 1.350 b", "a 1.350 b"),
        ("to ana.silva@mail.example now", "to •••.•••••@••••.•••••le now"),
    ];
    for (text, wanted) in cases {
        assert_eq!(plain(Draft::guessed(text)), wanted);
    }
}

#[test]
fn highlights_cut_runs_and_say_where_each_reason_ends() {
    let mut draft = Draft::masked("pay me on pix", Zone::Text, &[]);
    let highlight = |start, end, reason| Highlight { start, end, reason };
    draft.highlight(&[highlight(0, 9, 1), highlight(7, 13, 2), highlight(90, 99, 3)]);
    let prose = draft.finish();
    let runs: Vec<_> =
        prose.head.iter().map(|run| (run.text.as_str(), run.numbers(), run.ends.clone())).collect();
    assert_eq!(
        runs,
        [
            ("pay me ", "1".to_owned(), vec![]),
            ("on", "1 2".to_owned(), vec![1]),
            (" pix", "2".to_owned(), vec![2]),
        ]
    );
    assert!(prose.has_reasons() && !prose.rest_matters());
}

#[test]
fn an_edit_shows_what_went_and_what_came() {
    let mut old = Draft::masked("I can do 1500 for you", Zone::Text, &[]);
    let mut new = Draft::masked("I can do 1850 for all of you", Zone::Text, &[]);
    old.compare(&mut new);
    let changed = |prose: Prose| -> Vec<String> {
        prose.head.into_iter().filter(|run| run.changed).map(|run| run.text).collect()
    };
    assert_eq!(changed(old.finish()), ["1500"]);
    assert_eq!(changed(new.finish()), ["1850", " all of"]);
    let mut old = Draft::masked("we can ask for another way", Zone::Text, &[]);
    old.compare(&mut Draft::masked("we pay", Zone::Text, &[]));
    assert_eq!(
        changed(old.finish()),
        ["can ask for another way"],
        "blanks between changed words are part of the change"
    );
}

#[test]
fn two_masked_identifiers_still_differ() {
    let marks = [mark(Field::Payment, 0, 6)];
    let mut old = Draft::masked("111199 ok", Zone::Text, &marks);
    let mut new = Draft::masked("222299 ok", Zone::Text, &marks);
    old.compare(&mut new);
    assert_eq!(
        old.finish().head[0],
        Run { text: "••••".into(), masked: true, changed: true, reasons: vec![], ends: vec![] }
    );
}

#[test]
fn a_long_text_is_cut_and_its_rest_opens_where_a_reason_is_in_it() {
    let mut draft = Draft::masked(&"é".repeat(SHOWN_CHARS_MAX + 10), Zone::Text, &[]);
    draft.highlight(&[Highlight { start: SHOWN_CHARS_MAX * 2 - 2, end: SHOWN_CHARS_MAX * 2 + 2, reason: 4 }]);
    let prose = draft.finish();
    assert_eq!(prose.rest_chars, 10);
    assert!(prose.rest_matters());
    assert_eq!(prose.head.last().unwrap().ends, [] as [usize; 0], "the reason goes on in the rest");
    assert_eq!(prose.rest[0].ends, [4]);
}

#[test]
fn control_characters_are_shown_as_such() {
    assert_eq!(plain(Draft::masked("a\0b\u{1b}c\nd", Zone::Text, &[])), "a\u{fffd}b\u{fffd}c\nd");
}

proptest! {
    #[test]
    fn no_offsets_panic_and_no_character_is_lost(
        text in "\\PC{0,40}",
        marks in prop::collection::vec((0usize..90, 0usize..90), 0..4),
        highlights in prop::collection::vec((0usize..90, 0usize..90, 0usize..140), 0..6),
    ) {
        let marks: Vec<Mark> = marks.iter().map(|(start, end)| mark(Field::Payment, *start, *end)).collect();
        let mut draft = Draft::masked(&text, Zone::Text, &marks);
        let highlights: Vec<Highlight> =
            highlights.iter().map(|(start, end, reason)| Highlight { start: *start, end: *end, reason: *reason }).collect();
        draft.highlight(&highlights);
        prop_assert_eq!(plain(draft).chars().count(), text.chars().count());
    }

    #[test]
    fn what_an_edit_leaves_unchanged_is_the_same_on_both_sides(old in "[ab ]{0,30}", new in "[ab ]{0,30}") {
        let (mut before, mut after) = (Draft::plain(&old), Draft::plain(&new));
        before.compare(&mut after);
        let same = |prose: Prose| -> String {
            let unchanged: String = prose.head.into_iter().filter(|run| !run.changed).map(|run| run.text).collect();
            unchanged.split_whitespace().collect()
        };
        prop_assert_eq!(same(before.finish()), same(after.finish()));
    }
}
