use aboveboard_model::{
    connection::{Connection, Report},
    finding::Severity,
    id::{AlertId, Index, SourceId},
};
use jiff::tz::TimeZone;

use super::*;
use crate::bubble::tests::clock;

fn days() -> Days {
    Days::until(clock().now, &TimeZone::UTC, DAYS)
}

fn ago(hours: i64) -> Timestamp {
    clock().now - SignedDuration::from_hours(hours)
}

fn source(report: Option<Report>, messages: u64) -> SourceRow {
    SourceRow {
        id: SourceId(3),
        name: "Meta <b> مرحبا".into(),
        connector: "whatsapp".into(),
        has_access_token: true,
        secrets: 1,
        overlap_until: None,
        graph_url: None,
        account: None,
        number: None,
        connection: Connection {
            report: report.map(|report| (report, clock().now)),
            ..Connection::default()
        },
        deliveries: 1,
        last_at: None,
        unread: 0,
        messages,
    }
}

fn setup() -> Setup {
    Setup {
        administrators: 1,
        officers: 1,
        employees: 4,
        accountable: 4,
        noticed: 3,
        waiting: 7,
        readable: true,
    }
}

fn everything() -> Known {
    let hour =
        |hours, opened, confirmed, dismissed| AlertHour { at: ago(hours), opened, confirmed, dismissed };
    let ageing = Ageing {
        a_day: 2,
        longer: 1,
        unclaimed: 3,
        escalated: 1,
        oldest_at: Some(ago(24 * 30)),
        ..Ageing::default()
    };
    let number = 10_432;
    let severity = Severity::Critical;
    Known {
        captured: Some((
            vec![(ago(24 * 8), 400), (ago(1), 1_000)],
            NumberCounts { all: 3, stopped: 1, silent: 1, unassigned: 1, files_missing: 0 },
        )),
        alerts: Some((vec![hour(24 * 9, 2, 0, 0), hour(2, 5, 1, 3)], ageing)),
        oldest: vec![OpenAlert {
            id: AlertId(9),
            number,
            severity,
            opened_at: ago(24 * 30),
            is_claimed: false,
        }],
        log: Some(LogState {
            origin: "o".into(),
            entries: 12,
            fixed: 10,
            fixed_at: Some(ago(1)),
            root: "r".into(),
            verifier_key: "k".into(),
            folded: Index(11),
        }),
        checked: Some((ago(2), true)),
        sources: vec![source(Some(Report::default()), 1)],
        setup: Some(setup()),
        wrong_signatures: 6,
        pending: 2,
        proposals: 1,
        unknown: 4,
    }
}

fn html(known: &Known) -> String {
    page(Shell::sample("Overview"), known, &days(), &clock()).render().unwrap()
}

#[test]
fn every_figure_says_what_it_is_and_how_it_was_the_week_before() {
    let html = html(&everything());
    assert!(html.contains("1,000") && html.contains("150 % more than in the 7 days before (400)"), "{html}");
    assert!(html.contains("2 of 3 numbers heard of in 3 days"));
    assert!(html.contains("1 of 4 closed in 28 days were true (25 %)"));
    assert!(html.contains("2 newer entries wait") && html.contains("Checked whole 2 h ago"));
    assert_eq!(html.matches("class=\"heat\" role=\"img\"").count(), 2, "captured and alerts");
    assert_eq!(html.matches("scope=\"row\"").count(), DAYS, "and a table beside them");
}

#[test]
fn what_needs_somebody_is_listed_the_most_pressing_first_with_the_way_there() {
    let known = everything();
    let needs = needs(&known, &clock());
    let severities: Vec<&str> = needs.iter().map(|need| need.severity).collect();
    assert_eq!(severities.first(), Some(&"critical"));
    let order = |word: &&str| ["critical", "high", "medium", "low"].iter().position(|one| one == word);
    assert!(severities.is_sorted_by_key(order), "{severities:?}");
    let html = html(&known);
    for way in [
        &format!("/guide?source={}", SourceId(3)),
        &format!("/alerts/{}", AlertId(9)),
        "/sources/coverage?show=stopped",
        "/sources/coverage?show=unassigned",
        "/alerts?state=escalated",
        "/users",
        "/policies",
        "/people",
    ] {
        assert!(html.contains(&format!("href=\"{way}\"")), "{way}: {html}");
    }
    assert!(html.contains("Meta &#60;b&#62; مرحبا") && html.contains("A-10432"));
}

#[test]
fn where_nothing_needs_anybody_the_page_says_so() {
    let calm = Known {
        sources: vec![source(None, 9)],
        setup: Some(Setup { noticed: 4, waiting: 0, ..setup() }),
        ..Known::default()
    };
    assert_eq!(needs(&calm, &clock()), []);
    assert!(html(&calm).contains("Nothing needs anybody now"));
    let damaged = Known { checked: Some((ago(1), false)), ..calm };
    assert_eq!(needs(&damaged, &clock())[0].severity, "critical");
}

#[test]
fn who_may_not_see_alerts_is_told_nothing_of_them() {
    let known = Known { alerts: None, oldest: vec![], ..everything() };
    let html = html(&known);
    assert!(
        !html.contains("/alerts/") && !html.contains("Waiting alerts") && !html.contains("state=escalated")
    );
    assert!(html.contains("Captured") && !html.contains("Alerts opened"));
    let reviewer = Known { alerts: everything().alerts, ..Known::default() };
    let html = super::tests::html(&reviewer);
    assert!(!html.contains("numbers heard of") && html.contains("Alerts opened"));
}

#[test]
fn a_trend_compares_seven_days_with_the_seven_before_them_to_the_hour() {
    let now = clock().now;
    let sums = |hours: &[i64]| weeks(hours.iter().map(|hours| (ago(*hours), 1)), now);
    assert_eq!(sums(&[0, 167, 168, 335, 336]), (2, 2));
    let w = clock().w;
    assert_eq!(trend(3, 0, w), "none in the 7 days before");
    assert_eq!(trend(3, 3, w), "as in the 7 days before");
    assert_eq!(trend(1, 3, w), "67 % less than in the 7 days before (3)");
    assert!(trend(u64::MAX, 3, w).contains("more"));
}

#[test]
fn before_anything_happened_nothing_is_made_up() {
    let empty = Known {
        captured: Some((vec![], NumberCounts::default())),
        alerts: Some((vec![], Ageing::default())),
        ..Known::default()
    };
    let html = html(&empty);
    assert!(html.contains("None was closed in 28 days") && html.contains("0 of 0 numbers"), "{html}");
    assert!(!html.contains("NaN") && !html.contains('%'), "{html}");
}
