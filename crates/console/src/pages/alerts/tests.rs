//! Tests of the queue's page, and sample rows for other pages.

use aboveboard_ledger::view::Place;
use aboveboard_model::id::{CaseId, ContactId, ConversationId, EmployeeId, Index, QueueId, UserId};

use super::*;
use crate::{bubble::tests::clock, fields::Fields};

/// Bytes of a page of a hundred rows.
const PAGE_BYTES_MAX: usize = 100_000;

pub(crate) fn me() -> Actor {
    Actor::User(UserId(1))
}

/// A row of the queue with an open alert.
pub(crate) fn row(id: u64, title: &str) -> AlertRow {
    AlertRow {
        id: AlertId(id),
        number: Index(10_432),
        severity: Severity::High,
        title: title.to_owned(),
        others: vec!["Price below the list".into(), "Secrecy".into()],
        employee: Some(Place {
            employee: EmployeeId(id << 44),
            team: Some("Sales".into()),
            region: Some("BR".into()),
        }),
        contact: Some(ContactId(id << 44)),
        conversation: ConversationId(1),
        opened_at: "2025-11-05T10:00:00Z".parse().unwrap(),
        last_at: "2025-11-05T10:00:00Z".parse().unwrap(),
        state: State::Open,
        escalated: false,
        case: None,
    }
}

pub(crate) fn sample_queue(rows: Vec<AlertRow>, choice: &Choice) -> Queue {
    let page = Rows { rows, next: Some("k1".into()), at: Index(1) };
    let counts = QueueCounts {
        open: 1_234,
        mine: 2,
        escalated: 0,
        closed_today: 17,
        closed_today_by_me: 5,
        closed_today_true: 3,
    };
    queue(&page, counts, choice, Some(AlertId(1)), &me(), &clock())
}

fn saved(name: &str, choice: &str) -> Saved {
    let (id, owner) = (QueueId(1), UserId(1));
    Saved { id, name: name.into(), choice: choice.into(), shared: true, owner }
}

fn html(rows: Vec<AlertRow>, choice: Choice) -> String {
    page(rows, choice).render().unwrap()
}

fn page(rows: Vec<AlertRow>, choice: Choice) -> Page {
    let shell = Shell::sample("Alerts");
    Page {
        w: shell.w,
        queue: Queue { picks: true, ..sample_queue(rows, &choice) },
        shown: "1,234 alerts".into(),
        other_rows: "/alerts?rows=compact".into(),
        days: DAYS,
        choices: QueueChoices { teams: vec!["Sales <b>".into()], regions: vec!["BR".into()] },
        saved: saved_rows(&[saved("Brazil", "region=BR"), saved("مبيعات", "")], &choice, &me()),
        may_decide: true,
        choice,
        severities: Severity::ALL,
        policies: vec!["side-deal.foreign-account".into()],
        done: Some(Done {
            text: "Dismissed.".into(),
            undo: Some("/alerts/alert_x/reopen".into()),
            undo_word: "Undo".into(),
            choice: vec![],
        }),
        shell,
    }
}

#[test]
fn a_row_says_what_who_and_when() {
    let html = html(vec![row(1, "A payee")], Choice::default());
    for wanted in ["A payee", "and 2 more", "Sales · BR", "2 h ago", "1,234", "after=k1", "data-key=\"z\""] {
        assert!(html.contains(wanted), "{wanted} in {html}");
    }
}

#[test]
fn an_empty_queue_says_so_and_what_was_done_today() {
    let empty = html(vec![], Choice::default());
    assert!(
        empty.contains("Nothing needs a look.")
            && empty.contains("17 alerts were closed today. True: 3. Dismissed: 14. By you: 5.")
    );
    let mine = html(vec![], Choice { state: QueueState::Mine, ..Choice::default() });
    assert!(mine.contains("You have claimed no alert.") && !mine.contains("closed today"), "{mine}");
    let narrowed = html(vec![], Choice { severity: Some(Severity::Critical), ..Choice::default() });
    assert!(narrowed.contains("Nothing here with this choice."));
}

#[test]
fn hostile_titles_are_text() {
    for title in
        ["<script>alert(1)</script>", "\"><img src=x>", "=HYPERLINK(\"x\")", "a\0b", &"é".repeat(9_000)]
    {
        let html = html(vec![row(1, title)], Choice { policy: Some(title.into()), ..Choice::default() });
        assert!(!html.contains("<script>alert") && !html.contains("<img src=x"), "{title}");
    }
}

#[test]
fn a_page_of_a_hundred_rows_stays_small() {
    let html = html(
        (0..100).map(|id| row(id, "Payment details that are not the company's")).collect(),
        Choice::default(),
    );
    assert!(html.len() <= PAGE_BYTES_MAX, "{} bytes", html.len());
}

#[test]
fn more_policies_than_anybody_reads_are_completed_instead_of_listed() {
    let page = |policies| Page {
        policies,
        ..page(vec![], Choice { policy: Some("p7".into()), ..Choice::default() })
    };
    let some = |count: usize| (0..count).map(|at| format!("p{at}")).collect();
    let listed = page(some(policies::LISTED_MAX)).render().unwrap();
    assert!(listed.contains("<option selected>p7<") && !listed.contains("/alerts/policies"));
    let completed = page(some(policies::LISTED_MAX + 1)).render().unwrap();
    assert!(
        completed.contains("name=\"policy\" value=\"p7\"")
            && completed.contains("data-completes=\"/alerts/policies\"")
    );
    assert!(!completed.contains("<option>p6"));
}

#[test]
fn a_saved_queue_is_there_with_its_name_and_says_which_one_is_shown() {
    let choice = Choice { region: Some("BR".into()), ..Choice::default() };
    let html = html(vec![row(1, "A payee")], choice);
    assert!(html.contains("href=\"/alerts?region=BR\" aria-current=\"true\" dir=\"auto\">Brazil"), "{html}");
    assert!(html.contains("مبيعات") && !html.contains("Sales <b>"));
    assert!(html.contains("Save this queue") && html.contains("form=\"picked\""));
}

#[test]
fn an_address_says_the_whole_choice_and_reads_back() {
    let choice = Choice {
        state: QueueState::Escalated,
        severity: Some(Severity::High),
        policy: Some("a b&c".into()),
        employee: Some(EmployeeId(7)),
        contact: Some(ContactId(8)),
        team: Some("vendas & cia".into()),
        region: Some("BR".into()),
        claimed: Some(false),
        days: Some(3),
        compact: true,
        after: Some("k=1".into()),
    };
    let link = choice.link("/alerts", &[]);
    let (_, query) = link.split_once('?').unwrap();
    assert_eq!(Choice::read(&Fields::parse(query.as_bytes())), choice);
    assert_eq!(Choice::default().link("/alerts", &[]), "/alerts");
    assert_eq!(Choice::saved(&choice.kept()), Choice { after: None, ..choice });
    let malformed = Fields::parse(b"state=x&severity=y&employee=z&claimed=maybe&days=-1&rows=tall");
    assert_eq!(Choice::read(&malformed), Choice::default());
}

#[test]
fn who_has_an_alert_is_you_or_a_pseudonym() {
    let mut rows = vec![row(1, "a"), row(2, "b"), row(3, "c")];
    rows[0].state = State::Claimed(UserId(1));
    rows[1].state = State::Claimed(UserId(2));
    rows[2].state = State::Closed {
        disposition: Disposition::True { note: String::new() },
        by: UserId(1),
        at: "2025-11-05T11:00:00Z".parse().unwrap(),
    };
    rows[2].case = Some(CaseId(1));
    let made = super::rows(&rows, |_| String::new(), None, &me(), &clock());
    let states: Vec<(&str, &str)> = made.iter().map(|row| (row.state, row.by.as_str())).collect();
    assert_eq!(states, [("mine", "you"), ("claimed", "U-0000"), ("true", "you")]);
    assert!(made[2].in_case);
}
