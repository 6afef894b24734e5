//! Lists that grow without end come in pages: each row once, in order, whatever the number of them.

use aboveboard_ledger::{Error, Fact};
use aboveboard_model::{
    access::{Actor, Role},
    event::Event,
    id::UserId,
    personal::Secret,
    refusal::Refusal,
    user,
};

use crate::support::*;

/// More than two pages of each.
const POLICIES: usize = 230;
/// Of them one in so many is retired.
const RETIRED_EVERY: usize = 10;
const USERS: u64 = 130;
const ROWS: usize = 50;

fn published(policy: usize, version: u32) -> Fact {
    let text = format!("version = {version}");
    let (policy, note, proposal) = (format!("p.{policy:04}"), String::new(), None);
    Fact::new(Event::PolicyPublished { policy, version, text, note, proposal })
}

#[test]
fn policies_come_in_pages_those_in_force_first_and_each_in_its_newest_version() {
    let firm = Firm::new();
    let officer = Actor::User(UserId(2));
    let mut facts: Vec<Fact> = (0..POLICIES).map(|policy| published(policy, 1)).collect();
    facts.extend((0..POLICIES).step_by(3).map(|policy| published(policy, 2)));
    let retired = (0..POLICIES).step_by(RETIRED_EVERY);
    facts.extend(retired.map(|policy| {
        let (policy, note, proposal) = (format!("p.{policy:04}"), String::new(), None);
        Fact::new(Event::PolicyRetired { policy, note, proposal })
    }));
    for facts in facts.chunks(100) {
        firm.ledger().record(&officer, facts.to_vec()).unwrap();
    }
    firm.settle();
    let auditor = by(3, Role::Auditor);
    let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = firm.ledger().policies_page(&auditor, after.as_deref(), ROWS).unwrap();
        assert!(page.rows.len() == ROWS || page.next.is_none());
        seen.extend(page.rows.into_iter().map(|row| (!row.active, row.id, row.version)));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, POLICIES.div_ceil(ROWS));
    let of = |policy: usize| {
        let version = if policy.is_multiple_of(3) { 2 } else { 1 };
        (policy.is_multiple_of(RETIRED_EVERY), format!("p.{policy:04}"), version)
    };
    let mut wanted: Vec<_> = (0..POLICIES).map(of).collect();
    wanted.sort();
    assert_eq!(seen, wanted);
    for wrong in ["", "p.0001", "2:p.0001"] {
        let refused = firm.ledger().policies_page(&auditor, Some(wrong), ROWS);
        assert!(matches!(refused, Err(Error::Refused(Refusal::Malformed))), "{wrong}");
    }
}

#[test]
fn users_come_in_pages_by_login_and_a_key_names_nobody() {
    let firm = Firm::new();
    let machine = Actor::CommandLine;
    let user = |n: u64| {
        let login = format!("user-{:03}@firm.example", n * 7 % USERS);
        let (password, roles) = (Secret::new("$hash"), [Role::Auditor].into_iter().collect());
        let event = user::Event::Created { login: login.as_str().into(), password, roles, employee: None };
        Fact::new(Event::User { user: UserId(1_000 + n), event })
    };
    firm.ledger().record(&machine, (0..USERS).map(user).collect()).unwrap();
    firm.settle();
    let auditor = by(3, Role::Auditor);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = firm.ledger().users_page(&auditor, after.as_deref(), ROWS).unwrap();
        seen.extend(page.rows.into_iter().map(|row| row.user.login.0));
        after = page.next;
        let Some(key) = &after else { break };
        assert!(key.parse::<UserId>().is_ok(), "{key}");
    }
    let all = firm.ledger().users(&auditor).unwrap();
    assert_eq!(seen, all.iter().map(|row| row.user.login.0.clone()).collect::<Vec<_>>());
    assert!(seen.is_sorted() && seen.len() as u64 >= USERS);
    let row = firm.ledger().user(&auditor, all[5].user.id).unwrap();
    assert_eq!(row, all[5]);
    let nobody = firm.ledger().user(&auditor, UserId(7));
    assert!(matches!(nobody, Err(Error::Refused(Refusal::NotFound))));
    let refused = firm.ledger().users_page(&auditor, Some("user-001@firm.example"), ROWS);
    assert!(matches!(refused, Err(Error::Refused(Refusal::Malformed))));
}
