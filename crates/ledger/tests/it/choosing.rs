//! The queue: what it shows, deciding on several at once, taking back, and going to anything.

use aboveboard_ledger::{
    Command, Error,
    view::{Part, QueueFilter, QueueState, Target},
};
use aboveboard_model::{
    access::{Purpose, Role},
    alert::{self, Decider, DismissReason, Disposition, State},
    event::Event,
    id::{AlertId, Index, UserId},
    item::{Body, Direction, Item, Message},
    personal::Secret,
    pseudonym, queue,
    refusal::Refusal,
    user,
};

use crate::support::*;

/// A message to a client of its own.
fn wrote_to(client: u32, text: &str) -> Item {
    let to = party(&format!("55119888{client:05}"));
    let id = format!("m{client}");
    item("n1", i64::from(client), Body::Message(Message { to, ..message(&id, Direction::Out, text) }))
}

/// Four alerts: three that say nearly the same, and one that says something else.
fn firm_with_four() -> (Firm, Vec<AlertId>) {
    let firm = Firm::new();
    firm.record(vec![
        wrote_to(1, "last chance today pay 1350 to pix:11988880000 now"),
        wrote_to(2, "last chance today pay 1400 to pix:11988880001 now"),
        wrote_to(3, "Last chance today pay 990 to pix:11988880002 now"),
        wrote_to(4, "as agreed the deposit goes to pix:11988880003 thank you very much"),
    ]);
    firm.judge();
    let rows = firm.ledger().queue(&reviewer(), &filter()).unwrap().rows;
    let mut ids: Vec<(String, AlertId)> = rows.iter().map(|row| (words(&firm, row.id), row.id)).collect();
    ids.sort_by_key(|(words, _)| !words.to_lowercase().starts_with("last"));
    (firm, ids.into_iter().map(|(_, id)| id).collect())
}

fn words(firm: &Firm, id: AlertId) -> String {
    let page = firm.ledger().alert(&reviewer(), id, &filter()).unwrap();
    page.messages[0].versions[0].zones.values().next().cloned().unwrap()
}

fn filter() -> QueueFilter {
    QueueFilter { limit: 50, ..QueueFilter::default() }
}

fn state(firm: &Firm, id: AlertId) -> State {
    firm.ledger().alert(&reviewer(), id, &filter()).unwrap().alert.state
}

fn decide(firm: &Firm, user: u64, command: Command) -> Result<usize, Refusal> {
    match firm.ledger().decide(&by(user, Role::Reviewer), command) {
        Ok(decided) => {
            firm.ledger().at_least(decided.index).unwrap();
            Ok(decided.entries)
        }
        Err(Error::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("{error}"),
    }
}

fn dismissed() -> alert::Command {
    alert::Command::Close(Disposition::Dismissed { reason: DismissReason::Known, note: String::new() })
}

#[test]
fn near_duplicates_are_dismissed_at_once_with_an_entry_each_and_taken_back() {
    let (firm, ids) = firm_with_four();
    let page = firm.ledger().alike(&reviewer(), ids[0], &[]).unwrap();
    let near: Vec<(u8, bool)> = page.others.iter().map(|one| (one.shared_percent, one.is_near)).collect();
    assert_eq!(near[..2], [(100, true), (100, true)], "numbers do not tell messages apart");
    assert!(!near[2].1, "{near:?}");
    let all = |like, alerts: &[AlertId], command| Command::Alerts { like, alerts: alerts.to_vec(), command };
    let refused = decide(&firm, 1, all(Some(ids[0]), &ids, dismissed()));
    assert_eq!(refused, Err(Refusal::NotAlike), "the fourth says something else");
    assert_eq!(decide(&firm, 1, all(None, &ids[..3], dismissed())), Err(Refusal::NotAlike));
    assert_eq!(state(&firm, ids[0]), State::Open, "all or none");
    assert_eq!(decide(&firm, 1, all(Some(ids[0]), &ids[..3], dismissed())), Ok(3));
    let counts = firm.ledger().queue_counts(&by(1, Role::Reviewer)).unwrap();
    assert_eq!((counts.open, counts.closed_today, counts.closed_today_by_me), (1, 3, 3));
    let beside = firm.ledger().alike(&reviewer(), ids[3], &ids).unwrap().others;
    let closed = beside.iter().filter(|one| matches!(one.row.state, State::Closed { .. })).count();
    assert_eq!((beside.len(), closed), (3, 3), "what was picked is there, closed or not");
    assert!(firm.ledger().alike(&reviewer(), ids[3], &[]).unwrap().others.is_empty());
    assert_eq!(decide(&firm, 2, all(None, &ids[..3], alert::Command::Undo)), Err(Refusal::NothingToUndo));
    assert_eq!(decide(&firm, 1, all(None, &ids[..3], alert::Command::Undo)), Ok(3));
    assert!(ids.iter().all(|id| state(&firm, *id) == State::Open));
    assert_eq!(decide(&firm, 1, all(None, &[], alert::Command::Undo)), Err(Refusal::Malformed));
}

#[test]
fn of_several_those_that_nobody_has_built_on_are_taken_back() {
    let (firm, ids) = firm_with_four();
    let all = |command| Command::Alerts { like: Some(ids[0]), alerts: ids[..3].to_vec(), command };
    assert_eq!(decide(&firm, 1, all(dismissed())), Ok(3));
    assert_eq!(decide(&firm, 2, Command::Alert(ids[1], alert::Command::Reopen)), Ok(1));
    assert_eq!(decide(&firm, 1, all(alert::Command::Undo)), Ok(2));
    let states = [ids[0], ids[1], ids[2]].map(|id| state(&firm, id));
    assert_eq!(states, [State::Open, State::Claimed(UserId(2)), State::Open]);
    assert_eq!(decide(&firm, 1, all(alert::Command::Undo)), Err(Refusal::NothingToUndo));
}

#[test]
fn what_a_decision_on_several_is_about_is_a_look_at_each() {
    let (firm, ids) = firm_with_four();
    let access = by(1, Role::Reviewer).reading(Purpose::Review(ids[0]));
    firm.ledger().alike(&access, ids[0], &[]).unwrap();
    firm.settle();
    let reads = firm
        .ledger()
        .reads(
            &by(9, Role::PrivacyOfficer),
            &aboveboard_ledger::view::ReadFilter { limit: 100, ..Default::default() },
        )
        .unwrap();
    for id in ids {
        let looks = reads.iter().filter(|read| read.purpose == Purpose::Review(id)).count();
        assert_eq!(looks, 1, "{id}");
    }
}

#[test]
fn a_queue_is_narrowed_by_team_region_age_and_claim_and_counted() {
    let (firm, ids) = firm_with_four();
    decide(&firm, 1, Command::Alert(ids[0], alert::Command::Claim)).unwrap();
    let now = firm.ledger().now();
    let cases: Vec<(&str, QueueFilter, u64)> = vec![
        ("all", filter(), 4),
        ("region", QueueFilter { region: Some("BR".into()), ..filter() }, 4),
        ("another region", QueueFilter { region: Some("IN".into()), ..filter() }, 0),
        ("team", QueueFilter { team: Some("sales".into()), ..filter() }, 4),
        ("another team", QueueFilter { team: Some("service".into()), ..filter() }, 0),
        ("claimed", QueueFilter { claimed: Some(true), ..filter() }, 1),
        ("free", QueueFilter { claimed: Some(false), ..filter() }, 3),
        ("mine", QueueFilter { state: QueueState::Mine, ..filter() }, 1),
        ("escalated", QueueFilter { state: QueueState::Escalated, ..filter() }, 0),
        ("closed", QueueFilter { state: QueueState::Closed, ..filter() }, 0),
        ("policy", QueueFilter { policy: Some("payee".into()), ..filter() }, 4),
        (
            "policy and team",
            QueueFilter { policy: Some("payee".into()), team: Some("x".into()), ..filter() },
            0,
        ),
        ("no policy", QueueFilter { policy: Some("none".into()), ..filter() }, 0),
        ("old", QueueFilter { opened_before: Some(at("2026-11-01T00:00:00Z")), ..filter() }, 0),
        ("opened by now", QueueFilter { opened_before: Some(now), ..filter() }, 4),
    ];
    let access = by(1, Role::Reviewer).reading(Purpose::Queue);
    for (name, filter, wanted) in cases {
        let rows = firm.ledger().queue(&access, &filter).unwrap().rows;
        assert_eq!(rows.len() as u64, wanted, "{name}");
        assert_eq!(firm.ledger().queue_count(&access, &filter).unwrap(), wanted, "{name}");
    }
    let choices = firm.ledger().queue_choices(&by(1, Role::Reviewer)).unwrap();
    assert_eq!((choices.teams, choices.regions), (vec!["sales".into()], vec!["BR".into()]));
    let moved = aboveboard_model::people::Declared {
        place: Some(aboveboard_model::people::Place {
            from: at("2026-02-01T00:00:00Z"),
            team: "service".into(),
            region: "IN".into(),
        }),
        ..declared("E-1", "Ana", "n1", Some(at("2026-10-01T00:00:00Z")))
    };
    firm.by_machine(Command::DeclarePeople(vec![moved]));
    let moved = QueueFilter { team: Some("service".into()), region: Some("IN".into()), ..filter() };
    assert_eq!(firm.ledger().queue_count(&access, &moved).unwrap(), 4, "where they worked was said later");
}

#[test]
fn pages_follow_each_other_without_gap_in_every_order() {
    let (firm, ids) = firm_with_four();
    for id in &ids[..2] {
        decide(&firm, 1, Command::Alert(*id, dismissed())).unwrap();
    }
    for (filter, wanted) in [
        (QueueFilter { limit: 1, ..filter() }, 2),
        (QueueFilter { limit: 1, policy: Some("payee".into()), ..filter() }, 2),
        (QueueFilter { limit: 1, state: QueueState::Closed, ..filter() }, 2),
    ] {
        let (mut filter, mut seen) = (filter, Vec::new());
        loop {
            let page = firm.ledger().queue(&reviewer(), &filter).unwrap();
            seen.extend(page.rows.iter().map(|row| row.id));
            match page.next {
                Some(next) => filter.after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen.len(), wanted, "{filter:?}");
        let first = firm.ledger().alert(&reviewer(), seen[0], &filter).unwrap();
        assert_eq!((first.previous, first.next), (None, Some(seen[1])));
    }
}

#[test]
fn an_alert_shows_what_stands_beside_it() {
    let (firm, ids) = firm_with_four();
    decide(
        &firm,
        1,
        Command::Alert(ids[3], alert::Command::Close(Disposition::True { note: String::new() })),
    )
    .unwrap();
    let page = firm.ledger().alert(&reviewer(), ids[0], &filter()).unwrap();
    assert_eq!((page.earlier, page.same_policies), ((1, 1), 2));
    assert_eq!(page.closed_before.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[3]]);
    assert_eq!(page.recorded.len(), 1);
    let entry = firm.ledger().entry(&by(3, Role::Auditor), page.recorded[0].index).unwrap();
    assert_eq!(entry.row.kind, "findings.recorded");
    assert!(page.open_here.is_empty() && page.registered.is_empty());
}

#[test]
fn an_alert_is_given_to_somebody_who_may_decide_and_no_one_else() {
    let (firm, ids) = firm_with_four();
    let make = |login: &str, role| {
        let password = Secret::new("x");
        let command =
            user::Command::Create { login: login.into(), password, roles: [role].into(), employee: None };
        firm.by_machine(Command::User(None, command)).user.unwrap()
    };
    let (colleague, auditor) = (make("eva", Role::Reviewer), make("otto", Role::Auditor));
    let give = |user| {
        let to = Decider { user, employee: None };
        Command::Alert(ids[0], alert::Command::Assign { to })
    };
    assert_eq!(decide(&firm, 1, give(auditor)), Err(Refusal::NotPermitted));
    assert_eq!(decide(&firm, 1, give(UserId(77))), Err(Refusal::NotFound));
    assert_eq!(decide(&firm, 1, give(colleague)), Ok(1));
    assert_eq!(state(&firm, ids[0]), State::Claimed(colleague));
    assert_eq!(firm.ledger().deciders(&by(1, Role::Reviewer)).unwrap(), [colleague]);
    assert_eq!(decide(&firm, 1, Command::Alert(ids[0], alert::Command::Undo)), Ok(1));
    assert_eq!(state(&firm, ids[0]), State::Open);
}

#[test]
fn a_saved_queue_is_an_entry_and_a_shared_one_is_seen_by_all() {
    let (firm, _) = firm_with_four();
    let save = |shared| queue::Command::Save { name: "Brazil".into(), choice: "region=BR".into(), shared };
    assert_eq!(decide(&firm, 1, Command::Queue(None, save(false))), Ok(1));
    assert_eq!(decide(&firm, 1, Command::Queue(None, save(false))), Err(Refusal::Exists));
    let seen = |user| firm.ledger().saved_queues(&by(user, Role::Reviewer)).unwrap();
    assert_eq!((seen(1).len(), seen(2).len()), (1, 0));
    let id = seen(1)[0].id;
    assert_eq!(decide(&firm, 2, Command::Queue(Some(id), save(true))), Err(Refusal::NotPermitted));
    assert_eq!(decide(&firm, 1, Command::Queue(Some(id), save(true))), Ok(1));
    assert_eq!(seen(2)[0].choice, "region=BR");
    let kinds = firm.ledger().entries(&by(3, Role::Auditor), None, 1).unwrap();
    assert_eq!(kinds[0].kind, "queue.changed");
    assert_eq!(decide(&firm, 1, Command::Queue(Some(id), queue::Command::Drop)), Ok(1));
    assert!(seen(1).is_empty() && seen(2).is_empty());
}

#[test]
fn a_typed_word_names_only_what_the_role_may_open() {
    let (firm, ids) = firm_with_four();
    let page = firm.ledger().alert(&reviewer(), ids[0], &filter()).unwrap();
    let number = format!("a-{}", page.number);
    let employee = page.alert.employee.unwrap();
    let pseudonym = pseudonym::employee(employee);
    let targets = |role, typed: &str| firm.ledger().targets(&by(1, role), typed).unwrap();
    let is_alert = |found: &[Target]| matches!(found, [Target::Alert { id, .. }] if *id == ids[0]);
    assert!(
        is_alert(&targets(Role::Reviewer, &number))
            && is_alert(&targets(Role::Reviewer, &ids[0].to_string()))
    );
    assert!(targets(Role::Auditor, &number).is_empty());
    assert!(targets(Role::Administrator, &ids[0].to_string()).is_empty());
    let named = targets(Role::Reviewer, &pseudonym[..4].to_lowercase());
    assert!(matches!(&named[..], [Target::Employee(place)] if place.employee == employee), "{named:?}");
    let contact = page.alert.contact.unwrap();
    assert!(targets(Role::Reviewer, &pseudonym::contact(contact)).contains(&Target::Contact(contact)));
    assert!(targets(Role::Reviewer, &page.alert.conversation.to_string()).len() == 1);
    assert_eq!(targets(Role::Auditor, "0"), [Target::Entry(Index(0))]);
    assert!(targets(Role::Auditor, "999999999").is_empty());
    for nonsense in ["", " ", "K-", "K-é", "A-é", "alert_", &"x".repeat(5_000)] {
        assert!(targets(Role::Reviewer, nonsense).is_empty(), "{nonsense}");
    }
}

#[test]
fn a_conversation_is_opened_at_a_day_or_with_marked_messages_only() {
    let firm = Firm::new();
    let mut items: Vec<Item> =
        (0..40).map(|at| said("n1", at * 3_600, &format!("m{at}"), "bom dia")).collect();
    items.push(wrote("n1", 20 * 3_600 + 60, "marked", "paga no pix:11988880000"));
    firm.record(items);
    firm.judge();
    let id = firm.ledger().conversations(&reviewer(), None, 10).unwrap().rows[0].id;
    let part = |part: &Part| firm.ledger().conversation_part(&reviewer(), id, part).unwrap();
    let from = at("2026-11-05T06:00:00Z");
    let page = part(&Part { from: Some(from), limit: 11, ..Part::default() });
    let middle = page.messages.rows.iter().position(|message| message.at >= from).unwrap();
    assert!((4..=6).contains(&middle), "{middle}");
    let marked = part(&Part { marked: true, limit: 50, ..Part::default() });
    assert_eq!(marked.messages.rows.len(), 1);
    assert_eq!((marked.findings.len(), marked.alerts.len()), (1, 1));
}

#[test]
fn what_a_case_holds_and_who_looked_is_on_its_page() {
    let (firm, ids) = firm_with_four();
    let open = aboveboard_model::case::Command::Open { title: "One".into(), alerts: vec![ids[0]] };
    let decided = firm.ledger().decide(&by(1, Role::Reviewer), Command::Case(None, open)).unwrap();
    firm.ledger().at_least(decided.index).unwrap();
    let case = decided.case.unwrap();
    firm.ledger().case(&by(2, Role::Reviewer).reading(Purpose::Case(case)), case).unwrap();
    firm.settle();
    let page = firm.ledger().case(&by(1, Role::Reviewer).reading(Purpose::Case(case)), case).unwrap();
    assert_eq!(page.evidence.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [ids[0]]);
    assert!(page.looks.iter().any(|look| look.actor.user() == Some(UserId(2))), "{:?}", page.looks);
}

#[test]
fn replay_gives_the_same_queue() {
    let (mut firm, ids) = firm_with_four();
    decide(&firm, 1, Command::Alert(ids[0], alert::Command::Claim)).unwrap();
    decide(&firm, 1, Command::Alert(ids[1], dismissed())).unwrap();
    decide(&firm, 1, Command::Alert(ids[1], alert::Command::Undo)).unwrap();
    let seen = |firm: &Firm| firm.ledger().queue(&reviewer(), &filter()).unwrap().rows;
    let before = seen(&firm);
    firm.close();
    std::fs::remove_file(firm.folder.join("views.db")).unwrap();
    firm.open();
    firm.settle();
    assert_eq!(seen(&firm), before);
    let undone = firm.ledger().alert(&reviewer(), ids[1], &filter()).unwrap().history;
    assert!(undone.iter().any(|row| row.event == alert::Event::Undone));
    assert!(Event::Alert { alert: ids[1], event: alert::Event::Undone }.kind() == "alert.changed");
}
