//! Tests of the alert's page.

use aboveboard_ledger::view::{HistoryRow, Message};
use aboveboard_model::{
    access::Actor,
    alert::{Alert, Event, OnDocument, State},
    document::{Field, Zone},
    finding::{Action, Finding, Severity, Span},
    id::{ContactId, ConversationId, DocumentId, EmployeeId, Index, UserId},
};

use super::{
    super::alerts::tests::{me, row, sample_queue},
    *,
};
use crate::bubble::tests::{OFFER, clock, messages};

fn finding(policy: &str, severity: Severity, words: Option<&str>) -> OnDocument {
    let span = words.and_then(|words| OFFER.find(words).map(|start| (start, start + words.len())));
    let spans = span.map(|(start, end)| Span { zone: Zone::Text, start, end, because: Field::Payment });
    OnDocument {
        document: DocumentId(2),
        revision: 2,
        finding: Finding {
            policy: policy.into(),
            version: 3,
            title: format!("Title of {policy}"),
            severity,
            action: Action::Alert,
            spans: spans.into_iter().collect(),
        },
        matched: None,
    }
}

fn page(findings: Vec<OnDocument>, state: State, messages: Vec<Message>) -> AlertPage {
    let at = "2025-11-04T14:09:00Z".parse().unwrap();
    let alert = Alert {
        id: AlertId(1),
        conversation: ConversationId(1),
        employee: Some(EmployeeId(1 << 44)),
        contact: Some(ContactId(2 << 44)),
        severity: Severity::High,
        opened_at: at,
        last_at: at,
        state,
        case: None,
        findings: findings.clone(),
        escalated: false,
        before: None,
        escalated_by: Default::default(),
        version: 1,
    };
    let note = Event::Noted { text: "<i>looked at it</i>".into() };
    AlertPage {
        number: Index(10_432),
        employee: row(1, "").employee,
        earlier: (2, 1),
        closed_before: vec![],
        open_here: vec![],
        same_policies: 3,
        recorded: vec![],
        registered: vec![],
        messages,
        messages_before: 11,
        lapsed: vec![false; findings.len()],
        history: vec![HistoryRow { index: Index(10_440), at, actor: Actor::User(UserId(1)), event: note }],
        next: Some(AlertId(2)),
        previous: None,
        at: Index(10_500),
        alert,
    }
}

fn findings() -> Vec<OnDocument> {
    vec![
        finding("side-deal.price", Severity::Medium, Some("I can do 1.350")),
        finding("side-deal.payee", Severity::High, Some("11 98888-0000")),
        finding("side-deal.price", Severity::Medium, None),
    ]
}

fn html(page: &AlertPage) -> String {
    let shell = Shell::sample("Alert A-10432");
    let choice = Choice::default();
    let template = Page {
        w: shell.w,
        queue: sample_queue(vec![row(1, "A payee")], &choice),
        alert: shown(page, &me(), &clock()),
        acts: Acts {
            decide: true,
            open_case: true,
            back: "/alerts".into(),
            choice: vec![("state", "mine".into())],
            next: page.next.map(|next| choice.to(next)),
            next_id: page.next.map(|next| next.to_string()),
            previous: None,
            reasons: vec!["misread", "allowed", "known", "duplicate"],
            alike: Some(Alike { href: "/alerts/alike?like=alert_1".into(), count: page.same_policies }),
            colleagues: vec![Colleague { id: "user_2".into(), name: "U-0002".into() }],
        },
        done: None,
        shell,
    };
    template.render().unwrap()
}

#[test]
fn reasons_are_numbered_by_policy_worst_first() {
    let shown = shown(&page(findings(), State::Open, messages()), &me(), &clock());
    let reasons: Vec<(usize, &str)> =
        shown.reasons.iter().map(|one| (one.number, one.policy.as_str())).collect();
    assert_eq!(reasons, [(1, "side-deal.payee"), (2, "side-deal.price")]);
    assert_eq!(shown.title, "Title of side-deal.payee");
    let quoted: Vec<&str> = shown.reasons.iter().map(|reason| reason.quotations[0].text.as_str()).collect();
    assert_eq!(quoted, ["•• •••••-••00", "I can do 1.350"]);
    assert_eq!(shown.bubbles[1].reasons, [2], "the finding about facts");
}

#[test]
fn the_page_shows_why_the_words_and_the_acts_with_their_keys() {
    let html = html(&page(findings(), State::Open, messages()));
    for key in ["a", "e", "1", "2", "3", "4", "5", "t", "c", "s", "g", "d", "n", "j", "Escape"] {
        assert!(html.contains(&format!("data-key=\"{key}\"")), "{key}");
    }
    for wanted in [
        "A-10432",
        "2 closed alerts on this employee, 1 true",
        "id=\"reason-1\"",
        "href=\"#reason-2\"",
        "<mark",
        "Edited",
    ] {
        assert!(html.contains(wanted), "{wanted}");
    }
    assert!(!html.contains("98888"), "an identifier is readable");
    assert_eq!(
        html.matches("method=\"post\"").count(),
        html.matches("name=\"form_token\" value=\"f0f0\"").count()
    );
}

#[test]
fn what_came_from_outside_is_text() {
    let html = html(&page(findings(), State::Open, messages()));
    assert!(!html.contains("<script>alert") && !html.contains("<i>") && !html.contains('\0'));
    assert!(html.contains("مرحبا"));
}

#[test]
fn who_has_it_decides_what_is_offered() {
    let mine = html(&page(findings(), State::Claimed(UserId(1)), messages()));
    assert!(mine.contains("/release") && !mine.contains("/claim"));
    let elses = html(&page(findings(), State::Claimed(UserId(2)), messages()));
    assert!(!elses.contains("/release") && !elses.contains("/claim"));
    let reason = DismissReason::Known;
    let disposition = Disposition::Dismissed { reason, note: "registered <b>since</b>".into() };
    let closed = State::Closed { disposition, by: UserId(2), at: "2025-11-05T10:00:00Z".parse().unwrap() };
    let closed = html(&page(findings(), closed, messages()));
    assert!(closed.contains("/reopen") && !closed.contains("/dismiss"));
    assert!(closed.contains("The account or number is known") && !closed.contains("<b>since"));
}

#[test]
fn an_alert_without_readable_messages_says_so() {
    let html = html(&page(findings(), State::Open, vec![]));
    assert!(html.contains("No message may be read here"));
}

#[test]
fn a_hundred_findings_on_as_many_policies_have_a_number_each() {
    let many = (0..100).map(|n| finding(&format!("p{n}"), Severity::Low, Some("1.350"))).collect();
    let shown = shown(&page(many, State::Open, messages()), &me(), &clock());
    assert_eq!(shown.reasons.len(), 100);
    assert!(shown.bubbles[1].texts[0].prose.head.iter().any(|run| run.reasons.len() == 100));
}
