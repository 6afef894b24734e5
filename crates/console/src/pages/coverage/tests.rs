use aboveboard_ledger::view::NumberRow;
use aboveboard_model::{connection, id::EmployeeId, item};
use jiff::{SignedDuration, tz::TimeZone};

use super::*;
use crate::bubble::tests::clock;

/// Bytes of a page at most.
const HTML_BYTES_MAX: usize = 100_000;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn number(id: u64) -> NumberRow {
    NumberRow {
        id: NumberId(id),
        source: SourceId(1),
        number: item::Number {
            account: None,
            id: Some("106 <b>".into()),
            display: Some("5511988880000".into()),
        },
        employee: Some(EmployeeId(7 << 44)),
        first_at: at("2025-10-25T00:00:00Z"),
        last_at: at("2025-11-05T11:00:00Z"),
        received: 9,
        sent: 2,
        unknown: 0,
        media_waiting: 3,
        media_failed: 0,
        unavailable: 0,
        waiting: 0,
        gap: None,
    }
}

fn gap(from: &str, until: Option<&str>, reason: &str) -> Gap {
    Gap { from: at(from), until: until.map(at), reason: reason.into() }
}

fn row(id: u64) -> CoverageRow {
    let hour = |text: &str, received: u64| Hour { received, sent: 1, revoked: 2, ..Hour::at(at(text)) };
    CoverageRow {
        number: number(id),
        hours: vec![hour("2025-11-03T14:00:00Z", 5), hour("2025-11-05T11:00:00Z", 4)],
        gaps: vec![
            gap("2025-11-05T10:00:00Z", None, "PARTNER_REMOVED"),
            gap("2025-11-04T01:00:00Z", Some("2025-11-04T09:00:00Z"), "<script>x مرحبا"),
        ],
    }
}

fn days() -> Days {
    Days::until(clock().now, &TimeZone::UTC, DAYS)
}

fn turned(hour: &str, times: u64) -> TurnedAwayHour {
    let why = connection::Turned::WrongSignature;
    TurnedAwayHour { source: SourceId(1), at: at(hour), why, times }
}

fn page(rows: &[CoverageRow]) -> String {
    let shell = Shell::sample("Coverage");
    let (days, clock) = (days(), clock());
    let turned = [turned("2025-11-05T10:00:00Z", 3), turned("2025-11-05T09:00:00Z", 2)];
    let names = BTreeMap::from([(SourceId(1), "Meta <app>".to_owned())]);
    let counts = NumberCounts { all: rows.len() as u64, stopped: 1, ..NumberCounts::default() };
    let page = Page {
        w: shell.w,
        tabs: tabs(Some(Numbers::All), &counts),
        rows: rows.iter().map(|row| shown(row, &Grid::of(row, &days, clock.now), &days, &clock)).collect(),
        next: None,
        first: None,
        turned: turned_away(&turned, &names, &clock),
        blind: BLIND,
        span: span(&days, &clock),
        zone: clock.zone_name(),
        shell,
    };
    page.render().unwrap()
}

fn one_page(row: &CoverageRow, chosen: Option<usize>) -> String {
    let turned = [turned("2025-11-03T14:00:00Z", 31), turned("2025-10-01T00:00:00Z", 77)];
    let page = one(Shell::sample("Number"), row, (&turned, "Meta <app>".into()), (&days(), chosen), &clock());
    page.render().unwrap()
}

#[test]
fn a_number_is_told_by_its_strip_in_figures_and_in_words_and_its_gaps_are_named() {
    let html = page(&[row(5)]);
    assert!(html.contains("+55 •••• 00") && !html.contains("5511988880000"), "the number is masked");
    assert!(html.contains("11 messages, 10 days without any, 2 gaps"), "{html}");
    assert!(html.contains("access to the account was taken away") && html.contains("still open"));
    assert!(html.contains("&#60;script&#62;x مرحبا"), "a reason that nobody knows stands as it came");
    assert!(html.contains("class=\"stopped\"") && html.contains("Meta &#60;app&#62;"));
    assert!(html.contains(">5</td>"), "turned away, of both hours");
    assert!(html.contains("Group chats"), "what cannot be captured is said");
    assert!(html.contains(&format!("/sources/coverage/{}", NumberId(5))), "no digits in an address");
}

#[test]
fn forty_busy_numbers_and_a_busy_number_are_pages_of_less_than_a_hundred_kilobytes() {
    let busy = |id: u64| {
        let hours = (0..DAYS * HOURS).map(|hour| {
            let at = clock().now - SignedDuration::from_hours(i64::try_from(hour).unwrap());
            let many = 7_000 * (hour as u64 % 13);
            Hour { received: many, sent: 3, media_missing: many, edited: many, ..Hour::at(at) }
        });
        let gap = |day| gap(&format!("2025-11-0{day}T01:00:00Z"), None, "PARTNER_APP_UNINSTALLED");
        CoverageRow { hours: hours.collect(), gaps: (1..5).map(gap).collect(), number: number(id) }
    };
    let rows: Vec<CoverageRow> = (0..ROWS as u64).map(busy).collect();
    for html in [page(&rows), one_page(&rows[0], Some(3))] {
        assert!(html.len() < HTML_BYTES_MAX, "{} bytes", html.len());
    }
}

#[test]
fn a_day_is_told_hour_by_hour_with_the_figures_beside_the_strip() {
    let html = one_page(&row(5), Some(25));
    assert!(html.contains("Mon 3 Nov") && html.contains("14:00"), "{html}");
    assert!(html.contains(&format!("/sources/coverage/{}?day=2025-11-03", NumberId(5))), "{html}");
    assert_eq!(html.matches("scope=\"row\"").count(), DAYS + HOURS);
    assert_eq!(html.matches(">31</td>").count(), 2, "turned away in that hour of that day");
    assert!(!html.contains(">77</td>"), "and not before");
    assert!(!one_page(&row(5), None).contains("14:00"));
    assert!(one_page(&row(5), Some(0)).contains("Nothing is known of this day"));
}

#[test]
fn nothing_is_said_of_what_nobody_could_have_heard() {
    let (row, days, now) = (row(5), days(), clock().now);
    let grid = Grid::of(&row, &days, now);
    let day = |text: &str| days.place(at(text)).unwrap().0;
    assert_eq!(grid.day(day("2025-10-24T10:00:00Z")), Cell::default(), "before it was heard of");
    assert_eq!(grid.day(day("2025-10-26T10:00:00Z")).count, Some(0), "a silent day");
    let today = day("2025-11-05T10:00:00Z");
    assert_eq!(grid.hour(today, 23), Cell::default(), "still to come");
    assert_eq!(grid.hour(today, 11), Cell { count: Some(5), stopped: true }, "came in a gap all the same");
    assert!(
        !grid.hour(day("2025-11-04T00:00:00Z"), 0).stopped
            && grid.hour(day("2025-11-04T09:00:00Z"), 9).stopped
    );
}

#[test]
fn where_nothing_was_captured_the_page_says_what_comes_next() {
    let html = page(&[]);
    assert!(html.contains("No number here") && html.contains("href=\"/guide\""));
}
