//! Tests of a case's page.

use aboveboard_ledger::view::HistoryRow;
use aboveboard_model::{
    case::Case,
    id::{AlertId, Index, UserId},
};

use super::{super::alerts::tests::row, *};
use crate::bubble::tests::clock;

fn page(state: State) -> CasePage {
    let at = "2025-11-05T10:00:00Z".parse().unwrap();
    let me = Actor::User(UserId(1));
    let line = |index, event| HistoryRow { index: Index(index), at, actor: me.clone(), event };
    CasePage {
        case: Case {
            id: CaseId(1),
            title: "A payee of his own <script>".into(),
            alerts: vec![AlertId(1)],
            opened_by: UserId(1),
            opened_at: at,
            notes: vec![],
            state,
            version: 3,
        },
        number: Index(10_500),
        alerts: vec![row(1, "A payee")],
        evidence: vec![],
        looks: vec![],
        history: vec![
            line(10_500, Event::Opened { title: "A payee".into(), alerts: vec![AlertId(1)] }),
            line(10_501, Event::Noted { text: "Asked the shop. =HYPERLINK(\"x\") <b>".into() }),
        ],
        at: Index(10_510),
    }
}

fn html(page: &CasePage, may_decide: bool) -> String {
    let shell = Shell::sample("Case");
    let case = shown(page, &shell, &Actor::User(UserId(1)), &clock());
    let outcomes = Outcome::ALL.iter().map(|outcome| outcome.word()).collect();
    Page { w: shell.w, shell, case, may_decide, outcomes, done: None }.render().unwrap()
}

#[test]
fn a_case_shows_its_alerts_notes_and_custody_with_log_entries() {
    let html = html(&page(State::Open), true);
    for wanted in
        ["C-10500", "A payee", "Asked the shop.", "wrote a note", "#10501", "/cases/case_", "/close"]
    {
        assert!(html.contains(wanted), "{wanted}");
    }
    assert!(
        !html.contains("<script>") || html.matches("<script ").count() == html.matches("<script").count()
    );
    assert!(!html.contains("<b>"));
}

#[test]
fn only_who_may_decide_is_offered_anything() {
    assert!(!html(&page(State::Open), false).contains("/cases/case_0000000000001/"));
}

#[test]
fn a_closed_case_says_why_and_can_be_opened_again() {
    let state = State::Closed {
        outcome: Outcome::Substantiated,
        reason: "He said so.".into(),
        by: UserId(1),
        at: "2025-11-05T11:00:00Z".parse().unwrap(),
    };
    let html = html(&page(state), true);
    assert!(html.contains("It happened") && html.contains("He said so.") && html.contains("/reopen"));
    assert!(!html.contains("/cases/case_0000000000001/close"));
}
