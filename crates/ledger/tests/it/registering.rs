//! The registry: what holds when, what it makes of offers, who is the second person, and what a change judges anew.

use aboveboard_ledger::{
    By, Command, Error,
    view::{QueueFilter, RegistryChoice},
};
use aboveboard_model::{
    access::{Purpose, Role},
    document::{Against, Amount, Document},
    id::{AlertId, ContactId, EmployeeId, Index},
    refusal::Refusal,
    registry::{Entry, Held, Kind, State, Terms},
};

use crate::{folding::replay_differs, support::*};

fn money(amount: f64) -> Amount {
    Amount { amount, currency: Some("BRL".into()) }
}

fn listed(item: &str, amount: f64, region: Option<&str>) -> Entry {
    let terms = Terms::Price {
        price: money(amount),
        region: region.map(str::to_owned),
        words: vec!["geladeira".into()],
    };
    Entry { terms, ..Entry::new(Kind::Price, item) }
}

fn authority(name: &str, percent: f64, team: Option<&str>, employee: Option<EmployeeId>) -> Entry {
    let terms = Terms::Authority { percent, employee, team: team.map(str::to_owned), region: None };
    Entry { terms, ..Entry::new(Kind::Discount, name) }
}

fn approval(contact: ContactId, percent: f64) -> Entry {
    let terms = Terms::Approval {
        contact: Some(contact),
        conversation: None,
        percent: Some(percent),
        price: None,
        approver: None,
    };
    Entry { terms, ..Entry::new(Kind::Approval, "As agreed") }
}

/// The newest documents, by their words.
fn document(firm: &Firm, words: &str) -> Document {
    let (documents, _) = firm.ledger().unjudged(500).unwrap();
    let found = documents
        .into_iter()
        .map(|one| one.document)
        .rfind(|one| one.zones.values().any(|text| text == words));
    found.unwrap_or_else(|| panic!("nothing says {words}"))
}

fn price(firm: &Firm, words: &str) -> Vec<String> {
    document(firm, words).price
}

fn rejudge(firm: &Firm) -> usize {
    (0..).take_while(|_| firm.ledger().rejudge().unwrap()).count()
}

fn officer(user: u64) -> By {
    by(user, Role::ComplianceOfficer)
}

fn decide(firm: &Firm, by: &By, command: Command) -> Result<Index, Refusal> {
    match firm.ledger().decide(by, command) {
        Ok(decided) => {
            firm.ledger().at_least(decided.index).unwrap();
            Ok(decided.index)
        }
        Err(Error::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{other}"),
    }
}

fn all(firm: &Firm) -> Vec<Held> {
    firm.ledger().registry(&officer(1), &RegistryChoice::default(), None, 100).unwrap().rows
}

fn alerts(firm: &Firm) -> Vec<AlertId> {
    let all = QueueFilter { limit: 50, ..QueueFilter::default() };
    firm.ledger().queue(&reviewer(), &all).unwrap().rows.into_iter().map(|row| row.id).collect()
}

fn ana(firm: &Firm) -> EmployeeId {
    firm.ledger().employee_of_reference(&officer(1), "e-1").unwrap().unwrap()
}

#[test]
fn an_amount_beside_an_item_is_compared_with_the_list_as_of_its_time_region_and_currency() {
    let firm = Firm::new();
    let old = Entry { until: Some(at("2026-11-04T10:01:00Z")), ..listed("Fridge 450", 1_000.0, None) };
    let new = Entry { from: Some(at("2026-11-04T10:01:00Z")), ..listed("Fridge 450", 1_350.0, None) };
    firm.by_machine(Command::AddToRegistry(vec![old, new, listed("Fridge 450", 9_999.0, Some("GB"))]));
    firm.record(vec![
        wrote("n1", 0, "m1", "the fridge 450 for R$1200, yes"),
        wrote("n1", 100, "m2", "the Fridge 450 for R$1200, no"),
        wrote("n1", 110, "m3", "a geladeira por R$1350"),
        wrote("n1", 120, "m4", "the oven for R$12"),
        said("n1", 130, "m5", "the fridge 450 for R$12 ?"),
        wrote("n1", 140, "m6", "the fridge 450 for US$12"),
        wrote("n1", 150, "m7", "refridge 450s for R$12"),
    ]);
    for (words, wanted) in [
        ("the fridge 450 for R$1200, yes", &["at_list"][..]),
        ("the Fridge 450 for R$1200, no", &["below_list"]),
        ("a geladeira por R$1350", &["at_list"]),
        ("the oven for R$12", &[]),
        ("the fridge 450 for R$12 ?", &[]),
        ("the fridge 450 for US$12", &[]),
        ("refridge 450s for R$12", &[]),
    ] {
        assert_eq!(price(&firm, words), wanted, "{words}");
    }
    let below = document(&firm, "the Fridge 450 for R$1200, no");
    assert_eq!(below.approval, ["none"]);
    let mark = below.marks.iter().find(|mark| mark.value == "below_list").unwrap();
    assert_eq!((mark.start, mark.end), (19, 25));
    let Some(Against::Price { item, offered, list, until, .. }) = &mark.against else { panic!("{mark:?}") };
    assert_eq!(
        (item.as_str(), offered, list, *until),
        ("Fridge 450", &money(1_200.0), &money(1_350.0), None)
    );
}

#[test]
fn a_discount_is_measured_by_the_narrowest_authority() {
    let firm = Firm::new();
    firm.record(vec![wrote("n1", 60, "m1", "I can do 10% off")]);
    let limit = |firm: &Firm| {
        rejudge(firm);
        document(firm, "I can do 10% off").discount_limit
    };
    assert_eq!(limit(&firm), [""; 0], "nothing is known of anybody");
    let add = |entry: Entry| firm.by_machine(Command::AddToRegistry(vec![entry]));
    add(authority("Everybody", 5.0, None, None));
    assert_eq!(limit(&firm), ["over_authority"]);
    add(authority("Service", 50.0, Some("service"), None));
    assert_eq!(limit(&firm), ["over_authority"]);
    add(authority("Sales", 12.0, Some("Sales"), None));
    assert_eq!(limit(&firm), ["within_authority"]);
    add(authority("Ana", 0.0, None, Some(ana(&firm))));
    assert_eq!(limit(&firm), ["over_authority"]);
    let one = all(&firm).into_iter().find(|held| held.entry.value == "Ana").unwrap();
    decide(&firm, &officer(1), Command::EndEntry { entry: one.index, at: at("2026-01-01T00:00:00Z") })
        .unwrap();
    assert_eq!(limit(&firm), ["within_authority"]);
}

#[test]
fn an_approval_reaches_as_far_as_it_says_and_for_whom() {
    let firm = Firm::new();
    firm.by_machine(Command::AddToRegistry(vec![authority("Everybody", 5.0, None, None)]));
    firm.record(vec![said("n1", 0, "m0", "oi"), wrote("n1", 60, "m1", "I can do 10% off")]);
    let given = || {
        rejudge(&firm);
        document(&firm, "I can do 10% off").approval
    };
    assert_eq!(given(), ["none"]);
    let client = firm.ledger().client_of(&officer(1), "+55 11 98888-7777").unwrap().unwrap();
    firm.by_machine(Command::AddToRegistry(vec![approval(ContactId(client.0 ^ 1), 90.0)]));
    assert_eq!(given(), ["none"], "somebody else's");
    firm.by_machine(Command::AddToRegistry(vec![approval(client, 8.0)]));
    assert_eq!(given(), ["none"], "not as far");
    firm.by_machine(Command::AddToRegistry(vec![approval(client, 10.0)]));
    assert_eq!(given(), ["given"]);
}

#[test]
fn what_quiets_an_open_alert_counts_once_a_second_person_has_confirmed_it() {
    let firm = Firm::new();
    firm.record(vec![wrote("n1", 60, "m2", "paga no pix:11988880000 direto")]);
    firm.judge();
    let alert = alerts(&firm)[0];
    let mine = Entry::new(Kind::Pix, "11 98888-0000");
    let lapsed = || {
        firm.judge();
        let access = by(1, Role::Reviewer).reading(Purpose::Review(alert));
        firm.ledger().alert(&access, alert, &Default::default()).unwrap().lapsed
    };
    assert_eq!(
        decide(&firm, &by(1, Role::Reviewer), Command::AddToRegistry(vec![mine.clone()])),
        Err(Refusal::NotPermitted)
    );
    // The plain form, not the alert's: the rule looks at what it does.
    decide(&firm, &officer(1), Command::AddToRegistry(vec![mine.clone()])).unwrap();
    let waiting = all(&firm).remove(0);
    assert_eq!((waiting.state, firm.ledger().registry_waiting(&officer(1)).unwrap()), (State::Waits, 1));
    assert_eq!(lapsed(), [false]);
    assert_eq!(
        decide(&firm, &officer(1), Command::AddToRegistry(vec![mine])).map(|_| ()),
        Ok(()),
        "no second one"
    );
    assert_eq!(all(&firm).len(), 1);
    let settle = |by: &By, declined: Option<&str>| {
        let declined = declined.map(str::to_owned);
        decide(&firm, by, Command::SettleEntry { entry: waiting.index, declined })
    };
    assert_eq!(settle(&officer(1), None), Err(Refusal::SecondPersonNeeded));
    assert_eq!(settle(&by(3, Role::Reviewer), None), Err(Refusal::NotPermitted));
    assert_eq!(settle(&By::command_line(), None), Err(Refusal::NotPermitted));
    let herself = By { employee: Some(ana(&firm)), ..officer(2) };
    assert_eq!(settle(&herself, None), Err(Refusal::OwnConduct));
    settle(&officer(2), None).unwrap();
    assert_eq!(lapsed(), [true]);
    assert_eq!(settle(&officer(2), None), Err(Refusal::NothingPending));
    let page = firm.ledger().registry_entry(&officer(1), waiting.index).unwrap();
    assert_eq!((page.held.state, page.history.len()), (State::Counts, 2));
}

#[test]
fn what_is_declined_never_counts_and_what_an_alert_led_to_always_waits() {
    let firm = Firm::new();
    firm.record(vec![wrote("n1", 60, "m2", "paga no pix:11988880000 direto")]);
    firm.judge();
    let alert = alerts(&firm)[0];
    let other = Entry::new(Kind::Pix, "unseen@example.com");
    let add = |by: &By| decide(&firm, by, Command::AddFromAlert { alert, entry: other.clone() });
    assert_eq!(add(&By { employee: Some(ana(&firm)), ..officer(1) }), Err(Refusal::OwnConduct));
    add(&officer(1)).unwrap();
    let held = all(&firm).remove(0);
    assert_eq!((held.state, held.alert), (State::Waits, Some(alert)));
    let decline = Command::SettleEntry { entry: held.index, declined: Some("hers".into()) };
    decide(&firm, &officer(2), decline).unwrap();
    assert_eq!(all(&firm)[0].state, State::Declined);
    firm.record(vec![wrote("n1", 80, "m3", "pix:unseen@example.com ok")]);
    let (documents, _) = firm.ledger().unjudged(50).unwrap();
    assert!(documents.iter().all(|one| one.document.payment.contains(&"unregistered".to_owned())));
    // Whoever has captured conversations of their own never registers alone.
    let ben = By { employee: Some(ana(&firm)), ..officer(5) };
    decide(&firm, &ben, Command::AddToRegistry(vec![Entry::new(Kind::Pix, "mine@example.com")])).unwrap();
    assert!(all(&firm).iter().any(|held| held.entry.value.starts_with("mine") && held.state == State::Waits));
}

#[test]
fn the_end_of_a_limit_that_an_open_alert_rests_on_waits_too() {
    let firm = Firm::new();
    firm.by_machine(Command::AddToRegistry(vec![authority("Everybody", 5.0, None, None)]));
    firm.record(vec![wrote("n1", 60, "m2", "10% off, pix:11988880000 direto")]);
    firm.judge();
    assert_eq!(alerts(&firm).len(), 1);
    let line = all(&firm).remove(0).index;
    let end = |by: &By, from: &str| decide(&firm, by, Command::EndEntry { entry: line, at: at(from) });
    end(&officer(1), "2026-11-04T09:00:00Z").unwrap();
    let held = all(&firm).remove(0);
    assert_eq!((held.entry.until, held.is_pending()), (None, true));
    decide(&firm, &officer(2), Command::SettleEntry { entry: line, declined: None }).unwrap();
    assert_eq!(all(&firm).remove(0).entry.until, Some(at("2026-11-04T09:00:00Z")));
}

#[test]
fn a_change_judges_anew_what_lies_within_its_dates_in_bounded_steps() {
    let mut firm = Firm::new();
    const MESSAGES: i64 = 450;
    firm.record((0..MESSAGES).map(|n| wrote("n1", n, &format!("m{n}"), "pix:22 ok")).collect());
    firm.judge();
    let half = at("2026-11-04T10:00:00Z") + jiff::SignedDuration::from_secs(MESSAGES / 2);
    let entry = Entry { from: Some(half), ..Entry::new(Kind::Pix, "2 2") };
    firm.by_machine(Command::AddToRegistry(vec![entry]));
    let changed = |firm: &Firm| {
        let (documents, _) = firm.ledger().unjudged(1_000).unwrap();
        assert!(documents.iter().all(|one| one.document.payment.contains(&"registered".to_owned())));
        documents.len()
    };
    assert_eq!(changed(&firm), 200, "at once");
    // What is left is known to the views, whoever opens them.
    firm.close();
    firm.open();
    firm.settle();
    assert_eq!(rejudge(&firm), 1);
    assert_eq!(changed(&firm), 225, "the later half, and nothing else");
    assert_eq!(replay_differs(&mut firm), Vec::<String>::new());
}

#[test]
fn replay_equals_live_with_prices_authority_and_approvals() {
    let mut firm = Firm::new();
    firm.record(vec![
        said("n1", 0, "m0", "oi"),
        wrote("n1", 60, "m1", "the fridge 450 for R$1200, 10% off"),
        wrote("n1", 61, "m2", "pix:11988880000 ok"),
        wrote("n2", 62, "m3", "the fridge 450 for R$1200"),
    ]);
    firm.judge();
    let client = firm.ledger().client_of(&officer(1), "5511988887777").unwrap().unwrap();
    let entries = vec![
        listed("Fridge 450", 1_350.0, None),
        authority("Sales", 5.0, Some("sales"), None),
        approval(client, 20.0),
        Entry::new(Kind::Domain, "example.com"),
    ];
    firm.by_machine(Command::AddToRegistry(entries));
    decide(&firm, &officer(1), Command::AddToRegistry(vec![Entry::new(Kind::Pix, "11988880000")])).unwrap();
    rejudge(&firm);
    let waiting = all(&firm).into_iter().find(Held::is_pending).unwrap();
    decide(&firm, &officer(2), Command::SettleEntry { entry: waiting.index, declined: None }).unwrap();
    firm.judge();
    firm.record(vec![edit("n1", 90, "m1", "the fridge 450 for R$1400")]);
    assert_eq!(price(&firm, "the fridge 450 for R$1400"), ["at_list"]);
    firm.judge();
    assert_eq!(replay_differs(&mut firm), Vec::<String>::new());
}

#[test]
fn a_page_is_narrowed_to_kind_words_waiting_and_day() {
    let firm = Firm::new();
    let past = Entry { until: Some(at("2026-01-01T00:00:00Z")), ..Entry::new(Kind::Pix, "old@example.com") };
    firm.by_machine(Command::AddToRegistry(vec![
        past,
        Entry::new(Kind::Pix, "new@example.com"),
        Entry::new(Kind::Domain, "example.com"),
    ]));
    let found = |choice: RegistryChoice<'_>| {
        let page = firm.ledger().registry(&by(1, Role::Auditor), &choice, None, 10).unwrap();
        page.rows.into_iter().map(|row| row.entry.value).collect::<Vec<_>>()
    };
    assert_eq!(found(RegistryChoice::default()).len(), 3);
    let now = Some(at("2026-11-04T00:00:00Z"));
    assert_eq!(
        found(RegistryChoice { kind: Some(Kind::Pix), at: now, ..Default::default() }),
        ["new@example.com"]
    );
    assert_eq!(found(RegistryChoice { waiting: true, ..Default::default() }), [""; 0]);
    assert_eq!(found(RegistryChoice { text: Some("OLD"), ..Default::default() }), ["old@example.com"]);
    let page = firm.ledger().registry(&officer(1), &RegistryChoice::default(), None, 2).unwrap();
    let rest =
        firm.ledger().registry(&officer(1), &RegistryChoice::default(), page.next.as_deref(), 2).unwrap();
    assert_eq!((page.rows.len(), rest.rows.len(), rest.next), (2, 1, None));
    assert!(firm.ledger().registry(&officer(1), &RegistryChoice::default(), Some("x"), 2).is_err());
}
