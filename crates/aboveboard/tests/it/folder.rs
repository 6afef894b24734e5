//! A folder of policies under version control: checked with places, proposed by the shell, in force by a person, and pulled back.

use std::{fs::File, io::Read};

use aboveboard_ledger::{By, Command};
use aboveboard_model::{
    access::{Actor, Role},
    id::UserId,
    rule::{self, Kind},
};
use aboveboard_policy::DEFAULT;

use crate::support::*;

/// Bytes of a file that is read.
const FILE_BYTES_MAX: u64 = 1 << 20;

fn write(folder: &std::path::Path, name: &str, text: &str) {
    std::fs::create_dir_all(folder.join("policies")).unwrap();
    std::fs::write(folder.join("policies").join(name), text).unwrap();
}

#[test]
fn a_folder_is_checked_without_a_server_and_each_mistake_has_its_place() {
    let firm = Firm::new();
    let folder = firm.beside("rules");
    for policy in DEFAULT.policies {
        write(&folder, &format!("{}.toml", policy.name), policy.text);
    }
    let path = folder.to_str().unwrap();
    let ran = firm.run(&["policy", "check", path]);
    assert!(ran.status.success(), "{}{}", ran.out, ran.err);
    let cash = DEFAULT.policies.iter().find(|policy| policy.name == "side-deal.cash").unwrap();
    write(&folder, "side-deal.cash.toml", &cash.text.replace("severity = ", "severty = "));
    write(
        &folder,
        "another.toml",
        &cash.text.replace("\"match\"", "\"no match\"").replace("kind = \"no match\"", "kind = \"match\""),
    );
    let ran = firm.run(&["policy", "check", path]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(ran.out.contains("side-deal.cash.toml:") && ran.out.contains(": P004 "), "{}", ran.out);
    assert!(ran.out.contains("another.toml:") && ran.out.contains("example_fails"), "{}", ran.out);
    let pushed = firm.run(&["policy", "push", path, "--note", "x"]);
    assert_eq!(pushed.status.code(), Some(1), "nothing of a folder with a mistake is proposed");
    assert!(!firm.data().exists(), "not even the data folder is opened");
}

#[test]
fn what_is_pushed_is_proposed_and_what_a_person_agreed_to_is_pulled() {
    let firm = Firm::new();
    let (folder, back) = (firm.beside("rules"), firm.beside("back"));
    let policy = DEFAULT.policies[0];
    write(&folder, &format!("{}.toml", policy.name), policy.text);
    let path = folder.to_str().unwrap();
    let pushed = firm.run(&["policy", "push", path, "--note", "reviewed in the repository"]);
    assert!(pushed.status.success(), "{}{}", pushed.out, pushed.err);
    {
        let ledger = firm.ledger();
        ledger.settle(std::time::Duration::from_secs(60)).unwrap();
        assert!(ledger.policies_in_force().unwrap().is_empty(), "the shell puts nothing in force");
        let officer =
            By { actor: Actor::User(UserId(7)), roles: [Role::ComplianceOfficer].into(), employee: None };
        let waiting = ledger.rule(&officer, Kind::Policy, policy.name).unwrap().rule.proposal.unwrap();
        assert_eq!(waiting.by, Actor::CommandLine);
        let agree = rule::Command::Agree { proposal: waiting.index, note: "as reviewed".into() };
        let agreed = ledger.decide(&officer, Command::Rule(Kind::Policy, policy.name.into(), agree)).unwrap();
        ledger.at_least(agreed.index).unwrap();
    }
    let pulled = firm.run(&["policy", "pull", back.to_str().unwrap()]);
    assert!(pulled.status.success(), "{}{}", pulled.out, pulled.err);
    let written = back.join("policies").join(format!("{}.toml", policy.name));
    let mut text = String::new();
    File::open(written).unwrap().take(FILE_BYTES_MAX).read_to_string(&mut text).unwrap();
    assert_eq!(text, policy.text);
    let again = firm.run(&["policy", "push", back.to_str().unwrap(), "--note", "nothing new"]);
    assert!(again.out.contains("0 proposed"), "{}", again.out);
}
