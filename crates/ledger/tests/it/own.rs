//! Nobody reviews themselves: a reviewer who is an employee finds no alert about themselves, wherever alerts are shown.

use aboveboard_ledger::{
    By, Command, Error,
    view::{AlertRow, ContactFilter, Part, QueueFilter, QueueState},
};
use aboveboard_model::{
    access::{Purpose, Role},
    case,
    id::{AlertId, CaseId, EmployeeId, Index},
    people::Declared,
    refusal::Refusal,
};

use crate::support::*;

/// A firm with an alert and a case on Ana, and the like on Ben, who wrote to the same client.
struct House {
    firm: Firm,
    ana: EmployeeId,
    /// Ana's alert and case, then Ben's.
    alerts: [AlertRow; 2],
    cases: [CaseId; 2],
}

/// The firm, Ana, and the alerts without cases.
fn two_alerts() -> (Firm, EmployeeId, [AlertRow; 2]) {
    let firm = Firm::new();
    let mut ben = declared("E-2", "Ben", "n2", Some(at("2026-01-01T00:00:00Z")));
    ben.place.as_mut().unwrap().team = "support".into();
    firm.by_machine(Command::DeclarePeople(vec![ben]));
    firm.record(vec![
        wrote("n1", 0, "m1", "paga no pix:11988880000 direto"),
        wrote("n2", 5, "m2", "paga no pix:11988880000 direto"),
    ]);
    firm.judge();
    let ana = firm.ledger().employees(&By::command_line(), None, 1).unwrap().rows.remove(0).employee.id;
    let mut rows = firm.ledger().queue(&reviewer(), &every()).unwrap().rows;
    rows.sort_by_key(|row| row.employee.as_ref().unwrap().employee != ana);
    (firm, ana, rows.try_into().unwrap())
}

fn every() -> QueueFilter {
    QueueFilter { limit: 10, ..QueueFilter::default() }
}

fn open_case(firm: &Firm, alerts: Vec<AlertId>) -> CaseId {
    let open = case::Command::Open { title: "PIX".into(), alerts };
    let opened = firm.ledger().decide(&by(1, Role::Reviewer), Command::Case(None, open)).unwrap();
    firm.ledger().at_least(opened.index).unwrap();
    opened.case.unwrap()
}

fn house() -> House {
    let (firm, ana, alerts) = two_alerts();
    let cases = alerts.each_ref().map(|row| open_case(&firm, vec![row.id]));
    House { firm, ana, alerts, cases }
}

impl House {
    /// How many alerts, cases and choices each list holds for somebody.
    fn shown(&self, by: &By) -> Vec<(&'static str, usize)> {
        let (ledger, access) = (self.firm.ledger(), by.reading(Purpose::Investigation));
        let queue = |filter: &QueueFilter| ledger.queue(&access, filter).unwrap().rows.len();
        let claimed = QueueFilter { claimed: Some(true), ..every() };
        let of_policy = QueueFilter { policy: Some("payee".into()), ..every() };
        let of_ana = QueueFilter { employee: Some(self.ana), ..every() };
        let talks = ledger.conversations(&access, None, 10).unwrap().rows;
        let pages = talks.iter().map(|row| ledger.conversation(&access, row.id, None, None, 10).unwrap());
        let pages: Vec<_> = pages.collect();
        let contacts =
            ledger.contacts(by, &ContactFilter { limit: 10, ..ContactFilter::default() }).unwrap().rows;
        let contact = ledger.contact(&access, contacts[0].id).unwrap();
        let [open, about_ana] = [&every(), &of_ana].map(queue);
        vec![
            ("queue", open),
            ("claimed", queue(&claimed)),
            ("policy", queue(&of_policy)),
            ("counted", ledger.queue_count(&access, &of_policy).unwrap() as usize),
            ("counts", ledger.queue_counts(by).unwrap().open as usize),
            ("teams", ledger.queue_choices(by).unwrap().teams.len()),
            ("oldest", ledger.oldest_alerts(by, 10).unwrap().len()),
            ("cases", ledger.cases(&access, true, None, 10).unwrap().rows.len()),
            ("conversations", talks.iter().map(|row| row.open_alerts as usize).sum()),
            ("on conversations", pages.iter().map(|page| page.alerts.len()).sum()),
            ("findings", pages.iter().map(|page| page.findings.len()).sum()),
            ("clients", contacts.iter().map(|row| row.open_alerts as usize).sum()),
            ("client", contact.alerts.len()),
            (
                "client's conversations",
                contact.conversations.iter().map(|row| row.open_alerts as usize).sum(),
            ),
            ("about Ana", about_ana + 1),
        ]
    }

    fn beside(&self, by: &By, alert: AlertId) -> (usize, usize, usize) {
        let (ledger, access) = (self.firm.ledger(), by.reading(Purpose::Investigation));
        let page = ledger.alert(&access, alert, &every()).unwrap();
        let near = page.next.iter().chain(&page.previous).count();
        (near, page.same_policies as usize, ledger.alike(&access, alert, &[]).unwrap().others.len())
    }
}

#[test]
fn who_is_an_employee_sees_no_alert_about_themselves_in_any_list() {
    let house = house();
    for role in [Role::Reviewer, Role::ComplianceOfficer] {
        let (colleague, herself) = (by(7, role), By { employee: Some(house.ana), ..by(8, role) });
        let (all, hers) = (house.shown(&colleague), house.shown(&herself));
        for ((list, all), (_, hers)) in all.into_iter().zip(hers) {
            assert_eq!((all, hers), (2, 1), "{list} as {role:?}");
        }
        assert_eq!(house.beside(&colleague, house.alerts[1].id), (1, 1, 1));
        assert_eq!(house.beside(&herself, house.alerts[1].id), (0, 0, 0));
    }
    let officer = By { employee: Some(house.ana), ..by(8, Role::ComplianceOfficer) };
    assert_eq!(house.firm.ledger().ageing(&officer).unwrap().a_day, 1);
    let closed = QueueFilter { state: QueueState::Closed, ..every() };
    for case in house.cases {
        let (outcome, reason) = (case::Outcome::Substantiated, "as seen".to_owned());
        let close = Command::Case(Some(case), case::Command::Close { outcome, reason });
        let done = house.firm.ledger().decide(&by(2, Role::Reviewer), close).unwrap();
        house.firm.ledger().at_least(done.index).unwrap();
    }
    let closed = |by: &By| {
        let access = by.reading(Purpose::Investigation);
        let counts = house.firm.ledger().queue_counts(by).unwrap();
        (house.firm.ledger().queue(&access, &closed).unwrap().rows.len(), counts.closed_today)
    };
    assert_eq!(closed(&by(7, Role::ComplianceOfficer)), (2, 2));
    assert_eq!(closed(&officer), (1, 1));
}

#[test]
fn an_alert_about_oneself_and_a_case_with_it_are_not_found_by_address_and_no_look_is_written() {
    let house = house();
    let ledger = house.firm.ledger();
    let herself = By { employee: Some(house.ana), ..by(8, Role::Reviewer) };
    let looks = || {
        ledger.settle(WAIT).unwrap();
        let filter = aboveboard_ledger::view::ReadFilter { limit: 100, ..Default::default() };
        ledger.reads(&by(9, Role::PrivacyOfficer), &filter).unwrap().len()
    };
    let before = looks();
    let open = |by: &By, at: usize| {
        let access = by.reading(Purpose::Investigation);
        let (alert, case) = (house.alerts[at].id, house.cases[at]);
        [
            ledger.alert(&access, alert, &every()).map(|_| ()),
            ledger.alike(&access, alert, &[]).map(|_| ()),
            ledger.case(&access, case).map(|_| ()),
        ]
    };
    let go = |by: &By, at: usize| {
        let (alert, case) = (&house.alerts[at], house.cases[at]);
        let typed = [alert.id.to_string(), format!("A-{}", alert.number), case.to_string()];
        typed.iter().map(|typed| ledger.targets(by, typed).unwrap().len()).sum::<usize>()
    };
    for tried in open(&herself, 0) {
        assert!(matches!(tried, Err(Error::Refused(Refusal::NotFound))), "{tried:?}");
    }
    assert_eq!(go(&herself, 0), 0);
    assert_eq!(looks(), before);
    for (who, at) in [(&herself, 1), (&by(7, Role::Reviewer), 0)] {
        for opened in open(who, at) {
            opened.unwrap();
        }
        assert_eq!(go(who, at), 3);
    }
    for role in [Role::Administrator, Role::PrivacyOfficer, Role::Auditor] {
        for tried in open(&By { employee: Some(house.ana), ..by(8, role) }, 0) {
            assert!(matches!(tried, Err(Error::Refused(Refusal::NotPermitted))), "{role:?}: {tried:?}");
        }
    }
}

#[test]
fn a_case_with_one_alert_about_oneself_among_others_is_hidden_whole() {
    let (firm, ana, alerts) = two_alerts();
    let case = open_case(&firm, alerts.iter().map(|row| row.id).collect());
    let cases = |by: &By| {
        let page = firm.ledger().cases(&by.reading(Purpose::Investigation), true, None, 10).unwrap();
        page.rows.len()
    };
    let herself = By { employee: Some(ana), ..by(8, Role::ComplianceOfficer) };
    let opened = firm.ledger().case(&herself.reading(Purpose::Investigation), case).map(|_| ());
    assert!(matches!(opened, Err(Error::Refused(Refusal::NotFound))), "{opened:?}");
    assert_eq!((cases(&by(7, Role::Reviewer)), cases(&herself)), (1, 0));
    let ben = alerts[1].employee.as_ref().unwrap().employee;
    let about_ben = |by: &By| firm.ledger().employee(&by.reading(Purpose::Investigation), ben).unwrap();
    assert_eq!(about_ben(&by(7, Role::ComplianceOfficer)).cases.len(), 1);
    let page = about_ben(&herself);
    assert_eq!((page.alerts.len(), page.cases.len()), (1, 0));
}

#[test]
fn among_marked_messages_nobody_sees_which_of_their_own_were_found_whoever_has_the_number_now() {
    let (firm, ana, _) = two_alerts();
    let ben = declared("E-2", "Ben", "n1", Some(at("2026-01-01T00:00:00Z")));
    let number = Some(("n1".to_owned(), at("2026-11-04T11:00:00Z")));
    firm.by_machine(Command::DeclarePeople(vec![Declared { place: None, number, ..ben }]));
    firm.record(vec![
        wrote("n1", 10, "m3", "bom dia"),
        wrote("n1", 4_000, "m4", "paga no pix:11988881111 direto"),
    ]);
    firm.judge();
    let ben =
        firm.ledger().employees(&By::command_line(), Some("E-1"), 1).unwrap().rows.remove(0).employee.id;
    let marked = |by: &By| {
        let (ledger, access) = (firm.ledger(), by.reading(Purpose::Investigation));
        let talks = ledger.conversations(&access, None, 10).unwrap().rows;
        let part = Part { marked: true, limit: 10, ..Part::default() };
        let pages = talks.iter().map(|row| ledger.conversation_part(&access, row.id, &part).unwrap());
        let mut found: Vec<_> = pages.flat_map(|page| page.messages.rows).map(|message| message.at).collect();
        found.sort();
        found
    };
    let all = marked(&by(7, Role::Reviewer));
    let [hers, bens, later] = all[..] else { panic!("{all:?}") };
    for role in [Role::Reviewer, Role::ComplianceOfficer] {
        let seen = |employee| marked(&By { employee: Some(employee), ..by(8, role) });
        assert_eq!(seen(ana), [bens, later], "{role:?}");
        assert_eq!(seen(ben), [hers], "{role:?}");
        assert_eq!(seen(EmployeeId(1)), all, "{role:?}");
    }
}

#[test]
fn who_is_an_employee_exports_no_finding_alert_or_case_whomever_it_is_about() {
    let house = house();
    let ledger = house.firm.ledger();
    ledger.verify(&By::command_line(), &|_, _| {}).unwrap();
    let colleague = by(7, Role::ComplianceOfficer);
    let [herself, another] = [(8, house.ana), (9, EmployeeId(1))]
        .map(|(user, employee)| By { employee: Some(employee), ..by(user, Role::ComplianceOfficer) });
    let entries = ledger.entries(&By::command_line(), None, 200).unwrap();
    let tried = |by: &By, index| match ledger.entry_export(&by.reading(Purpose::Evidence), index) {
        Ok(_) => None,
        Err(Error::Refused(refusal)) => Some(refusal),
        Err(error) => panic!("{error}"),
    };
    let is_offered = |by: &By, index| ledger.entry(by, index).unwrap().may_export;
    for (kind, wanted) in [
        ("alert.changed", Some(Refusal::NotPermitted)),
        ("case.changed", Some(Refusal::NotPermitted)),
        ("findings.recorded", Some(Refusal::NotPermitted)),
        ("item.captured", None),
    ] {
        let of_kind = entries.iter().filter(|row| row.kind == kind).map(|row| row.index);
        let of_kind: Vec<Index> = of_kind.collect();
        assert!(of_kind.len() >= 2, "{kind}");
        for index in of_kind {
            assert_eq!((tried(&colleague, index), is_offered(&colleague, index)), (None, true), "{kind}");
            for employee in [&herself, &another] {
                let got = (tried(employee, index), is_offered(employee, index));
                assert_eq!(got, (wanted, wanted.is_none()), "{kind} {index}");
            }
        }
    }
}
