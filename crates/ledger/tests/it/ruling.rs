//! Policies, lists and macros: two people decide, nothing broken comes into force, and a replay knows all of it.

use aboveboard_ledger::{By, Command, Decided, Error, Result, view::RulePage};
use aboveboard_model::{
    access::{Actor, Role},
    id::{EmployeeId, Index, UserId},
    personal::Secret,
    refusal::Refusal,
    rule::{self, Kind},
    user,
};

use crate::support::*;

const NAME: &str = "side-deal.cash";

fn officer(user: u64) -> By {
    by(user, Role::ComplianceOfficer)
}

fn ask(firm: &Firm, who: &By, command: rule::Command) -> Result<Decided> {
    let decided = firm.ledger().decide(who, Command::Rule(Kind::Policy, NAME.into(), command))?;
    firm.ledger().at_least(decided.index)?;
    Ok(decided)
}

fn propose(text: &str) -> rule::Command {
    rule::Command::Propose { text: Some(text.into()), note: "clients ask for it".into() }
}

fn agree(proposal: Index) -> rule::Command {
    rule::Command::Agree { proposal, note: "read".into() }
}

fn refusal<T: std::fmt::Debug>(result: Result<T>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn page(firm: &Firm) -> RulePage {
    firm.ledger().rule(&officer(1), Kind::Policy, NAME).unwrap()
}

fn text(line: &str) -> String {
    format!("id = {NAME}{line}")
}

#[test]
fn a_policy_comes_into_force_and_ends_by_two_people_with_a_reason_each() {
    let firm = Firm::new();
    let (ana, bo) = (officer(1), officer(2));
    let proposed = ask(&firm, &ana, propose(&text(""))).unwrap().index;
    assert!(firm.ledger().policies_in_force().unwrap().is_empty(), "nothing is in force by one person");
    for alone in [ana.clone(), By::command_line(), By::system("runner")] {
        assert_ne!(ask(&firm, &alone, agree(proposed)).err().map(|_| ()), None, "{alone:?}");
    }
    assert_eq!(refusal(ask(&firm, &ana, agree(proposed))), Refusal::SecondPersonNeeded);
    assert_eq!(refusal(ask(&firm, &by(2, Role::Reviewer), agree(proposed))), Refusal::NotPermitted);
    let agreed = ask(&firm, &bo, agree(proposed)).unwrap().index;
    assert_eq!(firm.ledger().policies_in_force().unwrap(), [(NAME.to_owned(), 1, text(""))]);
    assert_eq!(firm.ledger().rules_changed().unwrap(), Some(agreed));
    let end = rule::Command::ProposeRetirement { note: "no use".into() };
    let ending = ask(&firm, &bo, end).unwrap().index;
    assert_eq!(refusal(ask(&firm, &bo, agree(ending))), Refusal::SecondPersonNeeded);
    assert_eq!(firm.ledger().policies_in_force().unwrap().len(), 1, "nobody ends it alone");
    ask(&firm, &ana, agree(ending)).unwrap();
    assert!(firm.ledger().policies_in_force().unwrap().is_empty());
    let known = page(&firm);
    assert_eq!(known.versions[0].proposed, Some((ana.actor, proposed)));
    assert_eq!((&known.versions[0].by, known.versions[0].note.as_str()), (&bo.actor, "read"));
    assert_eq!(known.history.len(), 4);
}

#[test]
fn what_cannot_be_in_force_is_neither_proposed_nor_set_up_by_any_route() {
    let firm = Firm::new();
    let broken = "no id";
    for who in [officer(1), By::command_line(), By::system("folder")] {
        assert_eq!(refusal(ask(&firm, &who, propose(broken))), Refusal::PolicyBroken, "{who:?}");
        let set_up = firm.ledger().decide(&who, Command::PublishPolicy(broken.into()));
        assert_eq!(refusal(set_up), Refusal::PolicyBroken, "{who:?}");
        let another = ask(&firm, &who, propose("id = another.name"));
        assert_eq!(refusal(another), Refusal::Malformed, "a text names itself: {who:?}");
    }
    for who in [officer(1), By::command_line()] {
        let alone = firm.ledger().decide(&who, Command::PublishPolicy(text("")));
        assert_eq!(refusal(alone), Refusal::SecondPersonNeeded, "{who:?}");
    }
    assert!(ask(&firm, &officer(1), rule::Command::Draft { text: broken.into() }).is_ok(), "a draft may be");
}

#[test]
fn two_sign_ins_of_one_employee_are_one_person() {
    let firm = Firm::new();
    let employee = EmployeeId(5);
    let make = |login: &str| {
        let password = Secret::new("$argon2id$not-a-real-hash");
        let roles = [Role::ComplianceOfficer].into();
        let create = user::Command::Create { login: login.into(), password, roles, employee: Some(employee) };
        let made = firm.by_machine(Command::User(None, create));
        By { employee: Some(employee), actor: Actor::User(made.user.unwrap()), ..officer(0) }
    };
    let (one, other) = (make("ana"), make("ana.ferraz"));
    let proposed = ask(&firm, &one, propose(&text(""))).unwrap().index;
    assert_eq!(refusal(ask(&firm, &other, agree(proposed))), Refusal::SecondPersonNeeded);
    let colleague = By { employee: Some(EmployeeId(6)), ..officer(9) };
    assert!(ask(&firm, &colleague, agree(proposed)).is_ok());
}

#[test]
fn a_replay_knows_drafts_proposals_versions_and_what_was_done() {
    let mut firm = Firm::new();
    let set_up = firm.ledger().decide(&By::system("setup"), Command::PublishPolicy(text(""))).unwrap();
    firm.ledger().at_least(set_up.index).unwrap();
    ask(&firm, &officer(1), rule::Command::Draft { text: text(" 2") }).unwrap();
    let proposed = ask(&firm, &officer(1), propose(&text(" 2"))).unwrap().index;
    let back = rule::Command::Return { proposal: proposed, note: "too wide".into() };
    ask(&firm, &officer(2), back).unwrap();
    let proposed = ask(&firm, &officer(2), propose(&text(" 3"))).unwrap().index;
    ask(&firm, &officer(1), agree(proposed)).unwrap();
    ask(&firm, &officer(1), propose(&text(" 4"))).unwrap();
    let live = page(&firm);
    firm.close();
    for gone in ["views.db", "views.db-wal", "views.db-shm"] {
        let _ = std::fs::remove_file(firm.folder.join(gone));
    }
    firm.open();
    firm.settle();
    assert_eq!(page(&firm), live);
    assert_eq!(live.rule.proposal.unwrap().by, Actor::User(UserId(1)));
    assert_eq!(live.versions.iter().map(|one| one.version).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(firm.ledger().policies_in_force().unwrap(), [(NAME.to_owned(), 2, text(" 3"))]);
    assert_eq!(firm.ledger().rules_in_work(&officer(1), None).unwrap().len(), 1);
}

#[test]
fn a_version_that_counts_from_a_date_on_leaves_the_one_before_in_force_until_then() {
    let firm = Firm::new();
    let publish = |line: &str| {
        let proposed = ask(&firm, &officer(1), propose(&text(line))).unwrap().index;
        ask(&firm, &officer(2), agree(proposed)).unwrap();
    };
    let versions = || -> Vec<u32> {
        firm.ledger().policies_in_force().unwrap().into_iter().map(|(_, version, _)| version).collect()
    };
    publish("");
    publish(" effective = soon");
    assert_eq!(versions(), [2, 1]);
    publish(" effective = later");
    assert_eq!(versions(), [3, 2, 1]);
    let ending = ask(&firm, &officer(1), rule::Command::ProposeRetirement { note: "no use".into() }).unwrap();
    ask(&firm, &officer(2), agree(ending.index)).unwrap();
    publish(" effective = once more");
    assert_eq!(versions(), [4], "what was ended does not come back");
}

#[test]
fn of_two_who_agree_at_once_one_is_told_that_nothing_waits() {
    let firm = Firm::new();
    let proposed = ask(&firm, &officer(1), propose(&text(""))).unwrap().index;
    ask(&firm, &officer(2), agree(proposed)).unwrap();
    assert_eq!(refusal(ask(&firm, &officer(3), agree(proposed))), Refusal::NothingPending);
}
