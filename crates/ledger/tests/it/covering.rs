//! Coverage: counted by the hour, told by number, equal after a replay, for those who may.

use std::collections::BTreeMap;

use aboveboard_ledger::{
    Command, Fact,
    view::{CoverageFilter, CoverageRow, Numbers},
};
use aboveboard_model::{
    access::{Actor, Role},
    connection::Turned,
    event::Event,
    id::{Index, NumberId, SourceId},
    item::{Body, Content, Direction, Item, Media, MediaKind},
    personal::Secret,
    source::{self, Declared},
};

use crate::{folding::replay_differs, support::*};

/// Seconds of an hour.
const HOUR: i64 = 3_600;

fn coverage(firm: &Firm, numbers: Numbers) -> BTreeMap<String, CoverageRow> {
    let filter = CoverageFilter { numbers, from: at("2026-11-01T00:00:00Z"), after: None, limit: 50 };
    let page = firm.ledger().coverage(&by(2, Role::Administrator), &filter).unwrap();
    page.rows.into_iter().map(|row| (row.number.number.id.clone().unwrap_or_default(), row)).collect()
}

fn names(firm: &Firm, numbers: Numbers) -> Vec<String> {
    coverage(firm, numbers).into_keys().collect()
}

/// Received, sent, edited, deleted and missing files of each hour.
fn hours(row: &CoverageRow) -> Vec<(String, [u64; 5])> {
    let counts = |hour: &aboveboard_ledger::view::Hour| {
        [hour.received, hour.sent, hour.edited, hour.revoked, hour.media_missing]
    };
    row.hours.iter().map(|hour| (hour.at.to_string(), counts(hour))).collect()
}

fn picture(on: &str, second: i64, id: &str) -> Item {
    let content = Content::Media(Media {
        media: MediaKind::Image,
        id: Some(format!("file-{id}")),
        mime: None,
        sha256: None,
        filename: None,
        caption: None,
    });
    item(
        on,
        second,
        Body::Message(aboveboard_model::item::Message { content, ..message(id, Direction::In, "") }),
    )
}

fn tell(firm: &Firm, event: Event) -> Index {
    let written = firm.ledger().record(&Actor::System("test".into()), vec![Fact::new(event)]).unwrap();
    firm.settle();
    written[0].unwrap()
}

fn gap(firm: &Firm, id: &str, cause: u64, opens: bool) {
    let (number, cause) = (number(id), Index(cause));
    let reason = "ACCOUNT_OFFBOARDED".into();
    tell(
        firm,
        if opens { Event::GapOpened { number, cause, reason } } else { Event::GapClosed { number, cause } },
    );
}

fn failed(item: Index, permanent: bool) -> Event {
    let (media, reason) = ("file-m6".into(), "gone".into());
    Event::MediaFailed { item, media, attempts: 1, reason, permanent }
}

/// Two hours of one number, a file that is lost, one that is awaited, a gap that ended and one that did not.
fn captured() -> (Firm, Index) {
    let firm = Firm::new();
    firm.record(vec![
        said("n1", 0, "m1", "oi"),
        wrote("n1", 60, "m2", "olá"),
        edit("n1", 90, "m2", "olá!"),
        revoke("n1", HOUR, "m2"),
        said("n1", HOUR, "m3", "?"),
        said("n2", 2 * HOUR, "m4", "segredo"),
        picture("n2", 2 * HOUR, "m5"),
    ]);
    let facts = vec![fact(picture("n1", HOUR, "m6"))];
    let item = firm.ledger().record(&Actor::System("intake".into()), facts).unwrap()[0].unwrap();
    firm.settle();
    gap(&firm, "n1", 1, true);
    gap(&firm, "n1", 1, false);
    gap(&firm, "n2", 2, true);
    (firm, item)
}

#[test]
fn an_hour_counts_what_was_written_in_it_whoever_may_read_it() {
    let (firm, _) = captured();
    let rows = coverage(&firm, Numbers::All);
    let wanted = [
        ("2026-11-04T10:00:00Z".to_owned(), [1, 1, 1, 0, 0]),
        ("2026-11-04T11:00:00Z".to_owned(), [2, 0, 0, 1, 1]),
    ];
    assert_eq!(hours(&rows["n1"]), wanted);
    assert_eq!(hours(&rows["n2"]), [("2026-11-04T12:00:00Z".to_owned(), [2, 0, 0, 0, 1])]);
    assert_eq!(
        (rows["n1"].number.waiting, rows["n2"].number.waiting),
        (0, 2),
        "without notice it waits sealed"
    );
    assert!(rows["n1"].number.employee.is_some() && rows["n1"].number.source == SOURCE);
}

#[test]
fn a_missing_file_is_counted_until_it_is_here() {
    let (firm, item) = captured();
    let state = |firm: &Firm| {
        let row = coverage(firm, Numbers::All).remove("n1").unwrap();
        (row.hours[1].media_missing, row.number.media_waiting, row.number.media_failed)
    };
    assert_eq!(state(&firm), (1, 1, 0), "awaited");
    tell(&firm, failed(item, false));
    assert_eq!(state(&firm), (1, 1, 0), "it will be tried again");
    tell(&firm, failed(item, true));
    assert_eq!(state(&firm), (1, 0, 1), "lost");
    let (media, sha256) = ("file-m6".to_owned(), String::new());
    tell(&firm, Event::Media { item, media, mime: None, sha256, size_bytes: 9 });
    assert_eq!(state(&firm), (0, 0, 0), "here");
    assert_eq!(names(&firm, Numbers::FilesMissing), ["n2"]);
}

#[test]
fn gaps_are_named_and_numbers_are_found_by_what_they_lack() {
    let (firm, _) = captured();
    let rows = coverage(&firm, Numbers::All);
    let [closed, open] = [&rows["n1"].gaps, &rows["n2"].gaps];
    assert!(closed.len() == 1 && closed[0].until.is_some_and(|until| until > closed[0].from));
    assert!(open[0].until.is_none() && open[0].reason == "ACCOUNT_OFFBOARDED");
    let since_tomorrow = firm
        .ledger()
        .coverage_of(&by(2, Role::Auditor), rows["n1"].number.id, at("2026-11-05T00:00:00Z"))
        .unwrap();
    assert!(since_tomorrow.gaps.is_empty() && since_tomorrow.hours.is_empty());
    firm.record(vec![said("n3", 0, "m9", "oi")]);
    assert_eq!(names(&firm, Numbers::Stopped), ["n2"]);
    assert_eq!(names(&firm, Numbers::Unassigned), ["n3"]);
    assert!(names(&firm, Numbers::Silent).is_empty());
    let counts = firm.ledger().number_counts(&by(2, Role::Administrator)).unwrap();
    let counted: Vec<u64> = Numbers::ALL.iter().map(|one| counts.of(*one)).collect();
    assert_eq!(counted, [3, 1, 0, 1, 2]);
}

#[test]
fn a_list_goes_on_after_a_number_and_names_none_by_its_digits() {
    let (firm, _) = captured();
    let page = |after: Option<NumberId>| {
        let filter =
            CoverageFilter { numbers: Numbers::All, from: at("2026-11-01T00:00:00Z"), after, limit: 1 };
        firm.ledger().coverage(&by(2, Role::ComplianceOfficer), &filter).unwrap()
    };
    let first = page(None);
    let next: NumberId = first.next.clone().unwrap().parse().unwrap();
    assert_eq!((first.rows[0].number.number.id.as_deref(), first.rows[0].number.id), (Some("n1"), next));
    let second = page(Some(next));
    assert_eq!((second.rows[0].number.number.id.as_deref(), second.next), (Some("n2"), None));
}

#[test]
fn who_was_turned_away_is_counted_by_source_and_hour() {
    let firm = Firm::new();
    let declared = Declared {
        name: "Meta".into(),
        connector: "whatsapp".into(),
        verify_token: Some(Secret::new("a token of ours")),
        app_secret: Some(Secret::new("a secret of theirs")),
        ..Declared::default()
    };
    let source: SourceId = firm.by_machine(Command::DeclareSource(None, declared)).source.unwrap();
    let why = Turned::WrongSignature;
    for times in [2, 3] {
        tell(&firm, Event::Source { event: source::Event::TurnedAway { source, why, times } });
    }
    let turned = firm.ledger().turned_away(&by(2, Role::Administrator), at("2026-11-04T00:00:00Z")).unwrap();
    assert_eq!((turned.len(), turned[0].times, turned[0].source, turned[0].why), (1, 5, source, why));
    assert_eq!(turned[0].at, at("2026-11-04T12:00:00Z"));
}

#[test]
fn coverage_is_the_same_after_a_replay() {
    let (mut firm, item) = captured();
    tell(&firm, failed(item, true));
    assert_eq!(replay_differs(&mut firm), Vec::<String>::new());
}

#[test]
fn who_may_not_see_sources_sees_no_coverage() {
    let (firm, _) = captured();
    let reviewer = by(3, Role::Reviewer);
    let filter =
        CoverageFilter { numbers: Numbers::All, from: at("2026-11-01T00:00:00Z"), after: None, limit: 1 };
    let id = coverage(&firm, Numbers::All)["n1"].number.id;
    assert!(firm.ledger().coverage(&reviewer, &filter).is_err());
    assert!(firm.ledger().coverage_of(&reviewer, id, at("2026-11-01T00:00:00Z")).is_err());
    assert!(firm.ledger().number_counts(&reviewer).is_err());
    assert!(firm.ledger().turned_away(&reviewer, at("2026-11-01T00:00:00Z")).is_err());
}
