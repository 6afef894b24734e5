//! What must hold for whole files: ids that last, limits, progress, refusals.

use std::collections::BTreeSet;

use aboveboard_model::item::{Body, Stream};

use super::*;

fn ids(text: &str) -> Vec<String> {
    items(text, own("Rui")).iter().map(|exported| exported.item.key().unwrap()).collect()
}

#[test]
fn the_same_file_again_gives_the_same_ids_and_they_are_all_different() {
    let text = "31/12/2026, 09:15 - Ana: oi\n31/12/2026, 09:15 - Ana: oi\n31/12/2026, 09:16 - Rui: oi\n";
    let first = ids(text);
    assert_eq!(first, ids(text));
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 3, "two of one minute and text are two messages");
    assert!(items(text, own("Rui")).iter().all(|exported| exported.item.stream == Stream::Export));
}

#[test]
fn a_longer_later_export_gives_the_earlier_messages_the_same_ids() {
    let day = |day: u32| {
        format!("{day}/12/2026, 09:15 - Ana: oi\nsegunda linha\n{day}/12/2026, 09:16 - Rui: bom dia")
    };
    let early = [day(13), day(14)].join("\n");
    let late = [day(14), day(15)].join("\n");
    let (early, late) = (ids(&early), ids(&format!("{late}\n")));
    assert_eq!(early[2..], late[..2]);
    assert!(!early.contains(&late[2]));
}

#[test]
fn a_corrected_time_zone_gives_the_same_ids() {
    let text = "31/12/2026, 09:15 - Ana: oi\n31/12/2026, 09:16 - Rui: oi\n";
    let zone = jiff::tz::TimeZone::get("Asia/Kolkata").unwrap();
    let moved = items(text, Options { time_zone: zone, ..own("Rui") });
    assert_ne!(moved[0].item.at, items(text, own("Rui"))[0].item.at);
    assert_eq!(moved.iter().map(|exported| exported.item.key().unwrap()).collect::<Vec<_>>(), ids(text));
}

#[test]
fn a_copy_of_the_file_under_a_browser_s_name_is_the_same_chat() {
    let text = b"31/12/2026, 09:15 - Ana: oi\n31/12/2026, 09:16 - Rui: oi\n";
    let keys = |name: &str| {
        let mut import = read_bytes(text, name, own("Rui")).unwrap();
        all_of(&mut import).iter().map(|exported| exported.item.key()).collect::<Vec<_>>()
    };
    assert_eq!(keys("WhatsApp Chat with Ana.txt"), keys("WhatsApp Chat with Ana (3).txt"));
}

#[test]
fn the_other_side_names_the_chat_and_so_the_own_side_is_known() {
    let text = b"31/12/2026, 09:15 - Ana: oi\n31/12/2026, 09:16 - Rui: oi\n";
    let import = read_bytes(text, "WhatsApp Chat with Ana.txt", Options::default()).unwrap();
    assert_eq!(import.survey().own_names, Names(vec!["Rui".to_owned()]));
    let refusal = read_bytes(text, "chat of last week.txt", Options::default()).unwrap_err();
    let Refusal::OwnNamesNeeded { senders } = refusal else { panic!("{refusal}") };
    assert_eq!(senders.0, ["Ana", "Rui"]);
    assert_eq!(format!("{senders:?}"), "2 names");
    let unnamed = read_bytes(text, "_chat.txt", own("Rui")).unwrap();
    assert_eq!(unnamed.survey().conversation, "Ana");
}

#[test]
fn a_message_over_the_limit_is_kept_in_pieces() {
    let long = "x".repeat(500);
    let text = format!("31/12/2026, 09:15 - Ana: {long}\n{long}\n{long}\n31/12/2026, 09:16 - Rui: oi\n");
    let limits = Limits { line_bytes_max: 100, message_bytes_max: 300, ..Limits::default() };
    let mut import =
        read_bytes(text.as_bytes(), "WhatsApp Chat with Ana.txt", Options { limits, ..own("Rui") }).unwrap();
    let all = all_of(&mut import);
    let raw: Vec<u8> = all.iter().flat_map(|exported| exported.raw.clone()).collect();
    assert!(raw == text.as_bytes());
    assert!(all.iter().all(|exported| exported.raw.len() <= 300));
    let messages = all.iter().filter(|exported| matches!(exported.item.body, Body::Message(_))).count();
    assert_eq!(messages, 2);
    let codes: BTreeSet<&str> =
        import.diagnostics().listed.iter().map(|diagnostic| diagnostic.problem.code()).collect();
    assert_eq!(codes, BTreeSet::from(["long_line", "long_message"]));
}

#[test]
fn limits_on_messages_and_senders_refuse() {
    let text: String = (0..30).map(|n| format!("31/12/2026, 09:15 - P{n}: oi\n")).collect();
    for limits in [
        Limits { messages_max: 20, ..Limits::default() },
        Limits { senders_max: 20, ..Limits::default() },
        Limits { text_bytes_max: 200, ..Limits::default() },
    ] {
        let refusal = read_bytes(text.as_bytes(), "g.txt", Options { limits, ..own("P1") }).unwrap_err();
        assert_eq!(refusal.code(), "too_large");
    }
}

#[test]
fn progress_runs_forward_to_its_total() {
    let text: String = (0..20_000).map(|n| format!("31/12/2026, 09:15 - Ana: message {n}\n")).collect();
    let mut seen = Vec::new();
    let reader = Cursor::new(text.into_bytes());
    let mut import =
        read(reader, "WhatsApp Chat with Ana.txt", own("Ana"), &mut |progress| seen.push(progress)).unwrap();
    import.for_each(&mut |progress| seen.push(progress), &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(seen.len() > 4);
    assert!(seen.is_sorted_by_key(|progress| progress.read_bytes));
    let last = seen.last().unwrap();
    assert_eq!(last.read_bytes, last.total_bytes);
}

#[test]
fn a_break_stops_at_once_and_the_next_call_starts_again() {
    let text = b"31/12/2026, 09:15 - Ana: oi\n31/12/2026, 09:16 - Rui: oi\n";
    let mut import = read_bytes(text, "WhatsApp Chat with Ana.txt", own("Rui")).unwrap();
    let mut count = 0;
    import
        .for_each(&mut |_| {}, &mut |_| {
            count += 1;
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!((count, all_of(&mut import).len()), (1, 2));
}

#[test]
fn what_is_no_export_is_refused() {
    let cases: [(&[u8], &str); 4] = [
        (b"", "not_an_export"),
        (b"Dear all,\nplease find attached\n", "not_an_export"),
        (b"\xFF\xFE3\x001\x00", "not_utf8"),
        (b"1/2/1445, 10:00 - Ana: x\n", "other_calendar"),
    ];
    for (bytes, code) in cases {
        assert_eq!(read_bytes(bytes, "a.txt", own("Rui")).unwrap_err().code(), code);
    }
}
