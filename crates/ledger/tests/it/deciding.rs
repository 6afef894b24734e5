//! Deciding: roles, second persons, races.

use aboveboard_ledger::{Command, Error, view::QueueFilter};
use aboveboard_model::{
    access::{Permission, Purpose, Role},
    alert::{self, DismissReason, Disposition},
    case,
    id::AlertId,
    people,
    personal::Secret,
    refusal::Refusal,
    user,
};

use crate::support::*;

fn firm_with_an_alert() -> (Firm, AlertId) {
    let firm = Firm::new();
    firm.record(vec![said("n1", 0, "m1", "oi"), wrote("n1", 60, "m2", "paga no pix:11988880000 direto")]);
    firm.judge();
    let queue = firm.ledger().queue(&reviewer(), &Default::default()).expect("the queue is read");
    (firm, queue.rows[0].id)
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn from_the_queue_to_a_closed_case() {
    let (firm, alert) = firm_with_an_alert();
    let me = by(1, Role::Reviewer);
    let open = case::Command::Open { title: "PIX de funcionário".into(), alerts: vec![alert] };
    let opened = firm.ledger().decide(&me, Command::Case(None, open)).unwrap();
    firm.ledger().at_least(opened.index).unwrap();
    let case = opened.case.unwrap();
    let close =
        case::Command::Close { outcome: case::Outcome::Substantiated, reason: "He paid it back".into() };
    let closed = firm.ledger().decide(&me, Command::Case(Some(case), close.clone())).unwrap();
    firm.ledger().at_least(closed.index).unwrap();
    let page = firm.ledger().case(&me.reading(Purpose::Case(case)), case).unwrap();
    assert!(matches!(page.case.state, case::State::Closed { outcome: case::Outcome::Substantiated, .. }));
    assert_eq!(page.history.len(), 2);
    let alert = firm.ledger().alert(&me.reading(Purpose::Review(alert)), alert, &Default::default()).unwrap();
    let alert::State::Closed { disposition, .. } = alert.alert.state else { panic!("the alert is open") };
    assert_eq!(disposition, Disposition::True { note: "He paid it back".into() });
    assert_eq!(refused(firm.ledger().decide(&me, Command::Case(Some(case), close))), Refusal::AlreadyClosed);
}

#[test]
fn a_case_closes_no_alert_that_another_holds_nor_one_that_waits_for_second_eyes() {
    let (firm, first) = firm_with_an_alert();
    firm.record(vec![wrote("n1", 3 * 86_400, "m9", "ou no pix:22 mesmo")]);
    firm.judge();
    let all = QueueFilter { limit: 50, ..QueueFilter::default() };
    let open_alerts = || firm.ledger().queue(&reviewer(), &all).unwrap().rows;
    let second = open_alerts().iter().find(|row| row.id != first).unwrap().id;
    let decide = |user: u64, command: Command| {
        let decided = firm.ledger().decide(&by(user, Role::Reviewer), command)?;
        firm.ledger().at_least(decided.index)?;
        Ok::<_, Error>(decided)
    };
    decide(2, Command::Alert(second, alert::Command::Claim)).unwrap();
    let open = case::Command::Open { title: "PIX".into(), alerts: vec![first, second] };
    let case = decide(1, Command::Case(None, open)).unwrap().case;
    let close = |user: u64| {
        let outcome = case::Outcome::Substantiated;
        decide(user, Command::Case(case, case::Command::Close { outcome, reason: "paid back".into() }))
    };
    assert_eq!(refused(close(1)), Refusal::ClaimedByAnother, "the second is somebody else's work");
    decide(2, Command::Alert(second, alert::Command::Release)).unwrap();
    decide(1, Command::Alert(second, alert::Command::Escalate { note: "look at this".into() })).unwrap();
    assert_eq!(refused(close(1)), Refusal::SecondPersonNeeded);
    assert_eq!(open_alerts().len(), 2, "what was refused changed nothing");
    close(3).unwrap();
    assert_eq!(open_alerts(), []);
}

#[test]
fn of_two_who_claim_at_once_one_is_told() {
    let (firm, alert) = firm_with_an_alert();
    let claim = |user| {
        let by = by(user, Role::Reviewer);
        let decided = firm.ledger().decide(&by, Command::Alert(alert, alert::Command::Claim));
        decided.map(|decided| decided.entries)
    };
    let outcomes = std::thread::scope(|scope| {
        let threads = [1, 2].map(|user| scope.spawn(move || claim(user)));
        threads.map(|thread| thread.join().unwrap())
    });
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let loser = outcomes.into_iter().find(Result::is_err).unwrap();
    assert_eq!(refused(loser), Refusal::ClaimedByAnother);
}

#[test]
fn a_role_without_the_permission_is_refused_every_question_about_content() {
    let (firm, alert) = firm_with_an_alert();
    let ledger = firm.ledger();
    for role in Role::ALL.iter().filter(|role| !role.reads_content()) {
        let by = by(5, *role);
        let access = by.reading(Purpose::Investigation);
        let conversation = ledger.conversations(&reviewer(), None, 1).unwrap().rows[0].id;
        assert_eq!(refused(ledger.queue(&access, &Default::default())), Refusal::NotPermitted);
        assert_eq!(refused(ledger.queue_counts(&by)), Refusal::NotPermitted);
        assert_eq!(refused(ledger.alert(&access, alert, &Default::default())), Refusal::NotPermitted);
        assert_eq!(refused(ledger.conversations(&access, None, 10)), Refusal::NotPermitted);
        assert_eq!(
            refused(ledger.conversation(&access, conversation, None, None, 10)),
            Refusal::NotPermitted
        );
        assert_eq!(refused(ledger.search(&access, "pix", None, 10)), Refusal::NotPermitted);
        assert_eq!(refused(ledger.cases(&access, true, None, 10)), Refusal::NotPermitted);
        let dismissed = Disposition::Dismissed { reason: DismissReason::Misread, note: String::new() };
        let close = Command::Alert(alert, alert::Command::Close(dismissed));
        assert_eq!(refused(ledger.decide(&by, close)), Refusal::NotPermitted);
    }
}

#[test]
fn a_file_names_managers_in_any_order_and_several_numbers_of_one_employee() {
    let firm = Firm::new();
    let line = |reference: &str, number: &str, manager: Option<&str>| people::Declared {
        manager: manager.map(|manager| Some(manager.to_owned())),
        ..declared(reference, "Somebody", number, None)
    };
    let lines = vec![line("E-8", "n8", Some("e-9")), line("E-8", "n88", None), line("E-9", "n9", None)];
    firm.by_machine(Command::DeclarePeople(lines.clone()));
    let by = by(5, Role::ComplianceOfficer);
    let rows = firm.ledger().employees(&by, Some("E-7"), 10).unwrap().rows;
    let (led, leader) = (&rows[0].employee, &rows[1].employee);
    assert_eq!(led.manager, Some(leader.id));
    let reading = by.reading(Purpose::Investigation);
    let page = firm.ledger().employee(&reading, led.id).unwrap();
    let numbers: Vec<&str> = page.numbers.iter().map(|one| one.assignment.number.as_str()).collect();
    assert_eq!((numbers, page.manager.unwrap().reference.as_str()), (vec!["n8", "n88"], "E-9"));
    assert_eq!(firm.ledger().employee(&reading, leader.id).unwrap().leads.len(), 1);
    assert!(!page.history.is_empty() && page.reads.is_none());
    let again = firm.ledger().decide(&by, Command::DeclarePeople(lines)).unwrap();
    assert_eq!(again.entries, 0, "the same file again changes nothing");
    let unknown = firm.ledger().decide(&by, Command::DeclarePeople(vec![line("E-8", "n8", Some("E-404"))]));
    assert_eq!(refused(unknown), Refusal::NotFound);
    let own = firm.ledger().decide(&by, Command::DeclarePeople(vec![line("E-8", "n8", Some("E-8"))]));
    assert_eq!(refused(own), Refusal::OwnManager);
    let round = firm.ledger().decide(&by, Command::DeclarePeople(vec![line("E-9", "n9", Some("E-8"))]));
    assert_eq!(refused(round), Refusal::OwnManager, "E-9 leads E-8");
    let nobody = people::Declared { manager: Some(None), ..line("E-8", "n8", None) };
    let turned = vec![line("E-9", "n9", Some("E-8")), nobody];
    assert_eq!(firm.ledger().decide(&by, Command::DeclarePeople(turned)).unwrap().entries, 2);
}

#[test]
fn the_machine_judges_nobody() {
    let (firm, alert) = firm_with_an_alert();
    let claim = Command::Alert(alert, alert::Command::Claim);
    let machine = aboveboard_ledger::By::command_line();
    assert_eq!(refused(firm.ledger().decide(&machine, claim)), Refusal::NotPermitted);
}

#[test]
fn sign_in_locks_after_five_failures_and_never_says_why() {
    let firm = Firm::new();
    let ledger = firm.ledger();
    assert!(ledger.first_run().unwrap());
    assert_eq!(refused(ledger.hash_password("ana", "short")), Refusal::WeakPassword);
    let password = ledger.hash_password("ana", "correct horse battery").unwrap();
    let create = user::Command::Create {
        login: "Ana@firm.example".into(),
        password,
        roles: [Role::Reviewer].into(),
        employee: None,
    };
    firm.by_machine(Command::User(None, create));
    assert!(!ledger.first_run().unwrap());
    let signed_in = ledger.sign_in("ana@FIRM.example", "correct horse battery", None).unwrap();
    assert!(ledger.permitted(&by(signed_in.user.0, Role::Reviewer), Permission::AlertRead));
    for _ in 0..5 {
        assert_eq!(refused(ledger.sign_in("ana@firm.example", "wrong", None)), Refusal::SignInFailed);
    }
    assert_eq!(
        refused(ledger.sign_in("ana@firm.example", "correct horse battery", None)),
        Refusal::SignInFailed
    );
    assert_eq!(refused(ledger.sign_in("nobody", "x", None)), Refusal::SignInFailed);
}

#[test]
fn who_knows_a_login_locks_out_nobody_but_themselves() {
    let firm = Firm::new();
    let ledger = firm.ledger();
    let password = ledger.hash_password("ana", "correct horse battery").unwrap();
    let roles = [Role::Reviewer].into();
    let create = user::Command::Create { login: "ana".into(), password, roles, employee: None };
    firm.by_machine(Command::User(None, create));
    let from = |text: &str| Some(text.parse().unwrap());
    for _ in 0..5 {
        assert_eq!(refused(ledger.sign_in("ana", "wrong", from("2001:db8:0:1::7"))), Refusal::SignInFailed);
    }
    let right = |place: &str| ledger.sign_in("ana", "correct horse battery", from(place));
    assert_eq!(refused(right("2001:db8:0:1::8")), Refusal::SignInFailed, "the same network");
    right("198.51.100.7").unwrap();
}

#[test]
fn two_cannot_create_the_same_login() {
    let firm = Firm::new();
    let create = || {
        let roles = [Role::Auditor].into();
        user::Command::Create { login: "a".into(), password: Secret::new("x"), roles, employee: None }
    };
    firm.by_machine(Command::User(None, create()));
    let machine = aboveboard_ledger::By::command_line();
    assert_eq!(refused(firm.ledger().decide(&machine, Command::User(None, create()))), Refusal::Exists);
}
