//! Tests of the list of cases.

use aboveboard_model::{
    case::{Case, Outcome},
    id::{AlertId, CaseId, Index, UserId},
};

use super::*;
use crate::bubble::tests::clock;

fn html(rows: Vec<CaseRow>, open: bool) -> String {
    let page = Rows { rows, next: Some("k".into()), at: Index(1) };
    list(Shell::sample("Cases"), &page, open, &Actor::User(UserId(1)), &clock()).render().unwrap()
}

fn case(title: &str, state: State) -> CaseRow {
    let opened_at = "2025-11-05T10:00:00Z".parse().unwrap();
    let (id, opened_by) = (CaseId(1), UserId(1));
    let case = Case {
        id,
        title: title.into(),
        alerts: vec![AlertId(1)],
        opened_by,
        opened_at,
        notes: vec![],
        state,
        version: 1,
    };
    CaseRow { case, number: Index(7) }
}

#[test]
fn a_case_says_what_it_is_about_and_how_it_ended() {
    let html_open = html(vec![case("<b>PIX</b> \0 مرحبا", State::Open)], true);
    assert!(html_open.contains("1 alert") && html_open.contains("0 notes") && html_open.contains("C-7"));
    assert!(!html_open.contains("<b>PIX"));
    assert!(html_open.contains("/cases?after=k"));
    let state = State::Closed {
        outcome: Outcome::Unfounded,
        reason: "r".into(),
        by: UserId(2),
        at: "2025-11-05T11:00:00Z".parse().unwrap(),
    };
    let closed = html(vec![case("a", state)], false);
    assert!(closed.contains("It did not happen") && closed.contains("state=closed&#38;after=k"));
}

#[test]
fn an_empty_list_says_so() {
    assert!(html(vec![], true).contains("No case is open."));
    assert!(html(vec![], false).contains("No case has been closed."));
}
