//! The fold: order, waiting, replay.

use std::{io::Read, sync::atomic::Ordering};

use aboveboard_ledger::view::ReadFilter;
use aboveboard_model::{
    access::{Actor, Purpose, Role},
    id::ConversationId,
    item::{Body, Direction, Party, Status, Stream},
};
use rusqlite::Connection;

use crate::support::*;

fn only_conversation(firm: &Firm) -> ConversationId {
    let page = firm.ledger().conversations(&reviewer(), None, 10).unwrap();
    assert_eq!(page.rows.len(), 1);
    page.rows[0].id
}

#[test]
fn a_conversation_shows_versions_deletions_and_what_is_missing() {
    let firm = Firm::new();
    firm.record(vec![
        said("n1", 0, "m1", "consegue melhorar o preço?"),
        wrote("n1", 60, "m2", "pela loja não"),
        edit("n1", 90, "m2", "se pagar no meu pix:11988880000 faço"),
        revoke("n1", 120, "m2"),
        edit("n1", 130, "m9", "an edit of what never came"),
    ]);
    let page = firm.ledger().conversation(&reviewer(), only_conversation(&firm), None, None, 50).unwrap();
    let messages = &page.messages.rows;
    assert_eq!(messages.len(), 3);
    assert_eq!(messages[1].versions.len(), 2);
    assert!(messages[1].deleted_at.is_some());
    assert!(messages[2].original_missing);
    assert_eq!(messages[1].versions[1].marks[0].value, "unregistered");
}

#[test]
fn what_waits_for_notice_is_nowhere_until_notice_and_gone_again_after_it_ends() {
    let firm = Firm::new();
    firm.record(vec![said("n2", 0, "m1", "segredo"), wrote("n2", 5, "m2", "segredo meu")]);
    let nothing = |firm: &Firm| {
        assert!(texts(firm, "segredo").is_empty());
        assert!(firm.ledger().conversations(&reviewer(), None, 10).unwrap().rows.is_empty());
        assert!(firm.ledger().unjudged(10).unwrap().0.is_empty());
        assert_eq!(occurrences(firm, "segredo"), 0, "no view may hold the words");
    };
    nothing(&firm);
    let declare =
        |notice| aboveboard_ledger::Command::DeclarePeople(vec![declared("E-2", "Ben", "n2", notice)]);
    firm.by_machine(declare(Some(at("2026-11-04T10:00:03Z"))));
    firm.settle();
    assert_eq!(texts(&firm, "segredo"), ["segredo meu"], "only what was written after notice");
    firm.by_machine(declare(None));
    firm.settle();
    nothing(&firm);
}

#[test]
fn of_what_is_sealed_again_no_file_keeps_a_word() {
    let mut firm = Firm::new();
    let declare =
        |notice| aboveboard_ledger::Command::DeclarePeople(vec![declared("E-2", "Ben", "n2", notice)]);
    firm.by_machine(declare(Some(at("2026-01-01T00:00:00Z"))));
    firm.record(vec![said("n1", 0, "m0", "outra conversa"), said("n2", 0, "m1", "inconfidencialmente")]);
    firm.settle();
    assert!(holds(&firm, "inconfidencialmente"), "what may be read is in a file");
    assert_eq!(indexed(&firm, "inconfidencialmente"), 1);
    firm.by_machine(declare(None));
    firm.settle();
    let overwritten = (0..200).any(|_| {
        firm.ledger().rest(std::time::Duration::from_millis(25));
        !holds(&firm, "inconfidencialmente")
            && indexed(&firm, "inconfidencialmente") == 0
            && left_over(&firm) == 0
    });
    assert!(overwritten, "within five seconds, while it runs");
    assert_eq!(indexed(&firm, "conversa"), 1, "others stay");
    firm.close();
    assert!(!holds(&firm, "inconfidencialmente"));
}

/// Whether a file of the views has bytes.
fn holds(firm: &Firm, words: &str) -> bool {
    ["views.db", "views.db-wal"].iter().any(|name| {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(firm.folder.join(name));
        let read = file.and_then(|file| file.take(1 << 28).read_to_end(&mut bytes));
        read.is_ok() && bytes.windows(words.len()).any(|window| window == words.as_bytes())
    })
}

/// In how many files of the search index a word is, of documents that were deleted too.
fn indexed(firm: &Firm, word: &str) -> usize {
    let index = tantivy::Index::open_in_dir(firm.folder.join("index")).unwrap();
    let field = index.schema().get_field("text").unwrap();
    let term = tantivy::Term::from_field_text(field, word);
    let searcher = index.reader().unwrap().searcher();
    let has = |segment: &&tantivy::SegmentReader| {
        segment.inverted_index(field).unwrap().get_term_info(&term).unwrap().is_some()
    };
    searcher.segment_readers().iter().filter(has).count()
}

/// How many files of words are of segments that the search index has no more.
fn left_over(firm: &Firm) -> usize {
    let folder = firm.folder.join("index");
    let index = tantivy::Index::open_in_dir(&folder).unwrap();
    let of = |segment: tantivy::index::SegmentId| format!("{}.term", segment.uuid_string());
    let wanted: Vec<String> = index.searchable_segment_ids().unwrap().into_iter().map(of).collect();
    let names =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".term") && !wanted.contains(name)).count()
}

/// How often words occur in any text of the views, but for what reviewers themselves typed.
fn occurrences(firm: &Firm, words: &str) -> usize {
    dump(firm).iter().filter(|line| line.contains(words) && !is_look(line)).count()
}

/// Whether a row is about what somebody looked at.
fn is_look(line: &str) -> bool {
    line.starts_with("reads") || line.starts_with("searches")
}

/// Every row of every table of the views, as text.
fn dump(firm: &Firm) -> Vec<String> {
    let db = Connection::open(firm.folder.join("views.db")).unwrap();
    let mut tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut lines = Vec::new();
    for table in tables {
        let mut rows = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = rows.column_count();
        let rows = rows.query_map([], |row| {
            let value = |at| match row.get_ref(at).unwrap() {
                rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                other => format!("{other:?}"),
            };
            let values: Vec<String> = (0..columns).map(value).collect();
            Ok(format!("{table}: {}", values.join(" | ")))
        });
        lines.extend(rows.unwrap().map(Result::unwrap));
    }
    lines.sort();
    lines
}

fn history_of_a_firm(firm: &Firm) {
    firm.record(vec![
        said("n1", 0, "m1", "oi"),
        wrote("n1", 60, "m2", "paga no pix:11988880000 direto"),
        edit("n1", 90, "m2", "paga na loja"),
        said("n2", 10, "m3", "olá"),
    ]);
    firm.judge();
    firm.record(vec![revoke("n1", 100, "m2"), wrote("n1", 200, "m4", "ou no pix:22 mesmo")]);
    let notice = declared("E-2", "Ben", "n2", Some(at("2026-01-01T00:00:00Z")));
    firm.by_machine(aboveboard_ledger::Command::DeclarePeople(vec![notice]));
    firm.judge();
}

/// Deletes every view and the index, opens the folder again, and says what the replay has otherwise.
pub(crate) fn replay_differs(firm: &mut Firm) -> Vec<String> {
    let state = |firm: &Firm| -> Vec<String> {
        let passing = ["gone", "state: folded"];
        dump(firm)
            .into_iter()
            .filter(|line| !is_look(line) && !passing.iter().any(|one| line.starts_with(one)))
            .collect()
    };
    let live = state(firm);
    firm.close();
    for gone in ["views.db", "views.db-wal", "views.db-shm"] {
        let _ = std::fs::remove_file(firm.folder.join(gone));
    }
    std::fs::remove_dir_all(firm.folder.join("index")).unwrap();
    firm.open();
    firm.settle();
    let replayed = state(firm);
    let only = |one: &[String], other: &[String], whose: &str| -> Vec<String> {
        let lines = one.iter().filter(|line| !other.contains(line));
        lines.map(|line| format!("only {whose}: {line}")).collect()
    };
    [only(&live, &replayed, "live"), only(&replayed, &live, "the replay")].concat()
}

#[test]
fn replay_equals_live_and_repeats_no_finding() {
    let mut firm = Firm::new();
    history_of_a_firm(&firm);
    let alerts = firm.ledger().queue(&reviewer(), &Default::default()).unwrap().rows;
    assert_eq!(alerts.len(), 1, "both findings are in one alert");
    let len = firm.ledger().len();
    let found = texts(&firm, "kind:message");
    assert_eq!(replay_differs(&mut firm), Vec::<String>::new());
    assert!(firm.ledger().unjudged(10).unwrap().0.is_empty());
    assert!(firm.ledger().len() - len <= 2, "opening again writes nothing; a search is a look and its words");
    assert_eq!(texts(&firm, "kind:message"), found);
}

/// A firm with more chunks of entries than are far behind when all is folded anew, of numbers and kinds of items by turns.
fn long_history_of_a_firm(firm: &Firm) {
    let many = (0..120).map(|at| match at % 6 {
        0..4 => said("n1", at, &format!("long{at}"), &format!("pix:{} fim", at % 7)),
        4 => edit("n1", at, &format!("long{}", at - 1), "foi engano"),
        _ => said("n2", at, &format!("long{at}"), "segredo"),
    });
    firm.record(many.collect());
    history_of_a_firm(firm);
}

#[test]
fn a_replay_from_far_behind_gives_what_live_gave() {
    let mut firm = Firm::new();
    long_history_of_a_firm(&firm);
    assert!(firm.ledger().len() > 120);
    assert_eq!(replay_differs(&mut firm), Vec::<String>::new());
}

#[test]
fn what_may_not_be_read_is_not_looked_at_either() {
    let mut firm = Firm::new();
    firm.record((0..9).map(|at| said("n1", at, &format!("m{at}"), "pode ler")).collect());
    // Readable and not by turns, so that each is in a chunk with the other: before notice, without any, after it ended.
    let before = -365 * 86_400;
    let turns = (10..40).map(|at| match at % 3 {
        0 => said("n1", at, &format!("m{at}"), "pode ler"),
        1 => said("n1", before + at, &format!("m{at}"), UNSPOKEN),
        _ => said("n2", at, &format!("m{at}"), UNSPOKEN),
    });
    firm.record(turns.collect());
    // So many that it is known to be readable when the end of notice comes into the chunks that are opened ahead.
    firm.record((40..80).map(|at| said("n1", at, &format!("m{at}"), "pode ler")).collect());
    firm.by_machine(aboveboard_ledger::Command::DeclarePeople(vec![declared("E-1", "Ana", "n1", None)]));
    firm.record((90..130).map(|at| said("n1", at, &format!("m{at}"), UNSPOKEN)).collect());
    assert_eq!(replay_differs(&mut firm), Vec::<String>::new());
    assert!(!WAS_SHOWN.load(Ordering::SeqCst));
}

#[test]
fn order_duplicates_and_streams_do_not_matter() {
    let items = || {
        vec![
            said("n1", 0, "m1", "oi"),
            wrote("n1", 60, "m2", "um"),
            edit("n1", 90, "m2", "dois"),
            edit("n1", 95, "m2", "três"),
            revoke("n1", 100, "m2"),
            said("n1", 110, "m5", "meu pix:55 é este"),
            wrote("n1", 120, "m6", "devolvo no pix:55 já"),
        ]
    };
    let summary = |firm: &Firm| {
        let page = firm.ledger().conversation(&reviewer(), only_conversation(firm), None, None, 50).unwrap();
        let message = |message: &aboveboard_ledger::view::Message| {
            let versions: Vec<_> = message
                .versions
                .iter()
                .map(|version| {
                    let marks: Vec<&str> = version.marks.iter().map(|mark| mark.value.as_str()).collect();
                    format!("{:?} {marks:?}", version.zones)
                })
                .collect();
            (message.at, versions, message.deleted_at, message.original_missing)
        };
        page.messages.rows.iter().map(message).collect::<Vec<_>>()
    };
    let straight = Firm::new();
    straight.record(items());
    let turned = Firm::new();
    for mut item in items().into_iter().rev() {
        turned.record(vec![item.clone()]);
        turned.record(vec![item.clone()]);
        item.stream = Stream::History;
        turned.record(vec![item]);
    }
    assert_eq!(summary(&straight), summary(&turned));
    let last = summary(&straight).pop().unwrap();
    assert!(last.1[0].contains("client"), "the client said the key before: {:?}", last.1);
    assert!(texts(&turned, "first_contact:true").contains(&"oi".to_owned()));
    assert_eq!(texts(&turned, "first_contact:true").len(), 1);
}

/// What others say of the first message: a reply, a reaction, an edit and two statuses, that of the message being the higher.
fn about_the_first() -> Vec<aboveboard_model::item::Item> {
    let mut reply = message("m2", Direction::In, "esse aí");
    reply.reply_to = Some("m1".into());
    let status = |status: &str| Status {
        message: "m1".into(),
        status: status.into(),
        recipient: party("5511988887777"),
        participant: None,
        group: None,
        tracking: None,
        details: vec![],
        errors: vec![],
    };
    let reaction = Body::Reaction {
        id: "r1".into(),
        original: "m1".into(),
        group: None,
        emoji: Some("👍".into()),
        from: party("5511988887777"),
        to: Party::default(),
        direction: Direction::In,
    };
    vec![
        item("n1", 20, Body::Message(reply)),
        item("n1", 30, reaction),
        edit("n1", 40, "m1", "qual deles, o azul?"),
        item("n1", 10, Body::Status(status("delivered"))),
        item("n1", 15, Body::Status(status("read"))),
    ]
}

#[test]
fn what_came_before_its_message_is_not_missed() {
    let shown = |items: Vec<_>| {
        let mut firm = Firm::new();
        for item in items {
            firm.record(vec![item]);
        }
        let page = firm.ledger().conversation(&reviewer(), only_conversation(&firm), None, None, 50).unwrap();
        let message = |message: aboveboard_ledger::view::Message| {
            let words: Vec<String> =
                message.versions.into_iter().flat_map(|version| version.zones.into_values()).collect();
            let missing = message.original_missing;
            (
                message.at,
                message.reply.map(|reply| reply.text),
                message.reactions,
                message.status,
                words,
                missing,
            )
        };
        let shown = page.messages.rows.into_iter().map(message).collect::<Vec<_>>();
        assert_eq!(replay_differs(&mut firm), Vec::<String>::new());
        shown
    };
    let first = || wrote("n1", 0, "m1", "qual deles?");
    let after = shown([vec![first()], about_the_first()].concat());
    assert_eq!(after[0].2.len(), 1);
    assert_eq!(after[0].3.as_deref(), Some("read"));
    assert_eq!(after[1].1.as_deref(), Some("qual deles, o azul?"));
    // Each of them in turn is what names the message first.
    for turn in 0..about_the_first().len() {
        let mut items = about_the_first();
        items.rotate_left(turn);
        items.push(first());
        assert_eq!(shown(items), after, "turn {turn}");
    }
}

#[test]
fn the_same_fact_is_written_once() {
    let firm = Firm::new();
    let twice = vec![fact(said("n1", 0, "m1", "oi")), fact(said("n1", 0, "m1", "oi"))];
    let actor = Actor::System("intake".into());
    let first = firm.ledger().record(&actor, twice.clone()).unwrap();
    assert_eq!(first.iter().filter(|index| index.is_some()).count(), 1);
    let again = firm.ledger().record(&actor, twice).unwrap();
    assert_eq!(again, [None, None]);
}

#[test]
fn search_and_evaluation_agree_in_every_script() {
    let firm = Firm::new();
    let said_texts = ["São João", "私的に払って", "मेरे खाते में भेजो", "ادفع لي مباشرة", "pay me directly"];
    let items =
        said_texts.iter().enumerate().map(|(at, text)| said("n1", at as i64, &format!("m{at}"), text));
    firm.record(items.collect());
    for (query, wanted) in [
        ("sao", 1),
        ("払", 1),
        ("खाते", 1),
        ("مباشرة", 1),
        ("dir*", 1),
        ("\"pay me\"", 1),
        ("direction:in", 5),
        ("NOT pay", 4),
        ("pay OR sao", 2),
        ("at:2026-11-04", 5),
        ("at:2026-11-05", 0),
        ("team:sales hour:7", 5),
    ] {
        assert_eq!(texts(&firm, query).len(), wanted, "{query}");
    }
}

#[test]
fn a_look_is_an_entry_and_says_who_why_and_what() {
    let firm = Firm::new();
    firm.record(vec![said("n1", 0, "m1", "oi")]);
    let before = firm.ledger().len();
    firm.ledger().conversation(&reviewer(), only_conversation(&firm), None, None, 50).unwrap();
    firm.settle();
    assert!(firm.ledger().len() > before);
    let reads = firm
        .ledger()
        .reads(&by(9, Role::PrivacyOfficer), &ReadFilter { limit: 10, ..ReadFilter::default() })
        .unwrap();
    assert_eq!(reads[0].purpose, Purpose::Investigation);
}
