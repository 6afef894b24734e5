//! The command line: what a person with a shell is told.

use std::process::Command;

use aboveboard_ledger::view::Message;
use aboveboard_model::{document::Zone, pseudonym};

use crate::support::*;

/// An Android export with a day that can only be a day, a deleted message and a system line.
const EXPORT: &str = "\
25/08/2026, 09:10 - Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, can read or listen to them.
25/08/2026, 09:12 - Lia Prado: Hello, is the teal kettle back?
25/08/2026, 09:15 - Ana Ferraz: It came in this morning,
I can put one aside for you
26/08/2026, 18:40 - Lia Prado: Yes please, the teal one
";
/// The same with dates that can be read both ways.
const AMBIGUOUS: &str = "\
01/02/2026, 09:15 - Lia Prado: Is the copper kettle back?
03/02/2026, 09:16 - Ana Ferraz: Tomorrow
";

#[test]
fn check_names_every_mistake_at_once() {
    let firm = Firm::new();
    assert!(firm.succeed(&["check"]).contains("no mistakes"));
    let mut command = firm.command(&["check"]);
    for (name, value) in [
        ("LISTEN", "everywhere"),
        ("ORIGIN", "console.example"),
        ("FIRM", ""),
        ("TIME_ZONE", "Mars/Base"),
        ("DEPLOYMENT_KEY", "short"),
        ("TLS_KEY_FILE", "/no/such.pem"),
        ("POLICIES", "/no/such/folder"),
        ("LOG_FORMAT", "xml"),
    ] {
        command.env(format!("ABOVEBOARD_{name}"), value);
    }
    let output = command.output().unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("8 mistake(s)"), "{told}");
    let named = [
        "listen",
        "origin",
        "firm",
        "time_zone",
        "ABOVEBOARD_DEPLOYMENT_KEY",
        "tls",
        "policies",
        "log_format",
    ];
    for name in named {
        assert!(told.contains(&format!("\n  - {name}")), "{name} in {told}");
    }
    assert!(!firm.data().exists(), "a check makes nothing");
}

#[test]
fn check_names_an_unknown_field_of_the_file() {
    let firm = Firm::new();
    let file = firm.beside("aboveboard.toml");
    std::fs::write(&file, "time_zon = \"UTC\"\n").unwrap();
    let ran = firm.run(&["check", "--config", file.to_str().unwrap()]);
    assert!(!ran.status.success());
    assert!(ran.err.contains("time_zon"), "{}", ran.err);
}

/// Writes an export under a name as the app gives it, and imports it.
fn import(firm: &Firm, text: &str, more: &[&str]) -> Ran {
    let file = firm.beside("WhatsApp Chat with Lia Prado.txt");
    std::fs::write(&file, text).unwrap();
    let arguments = ["import", file.to_str().unwrap(), "--number", NUMBER_ID, "--own-name", "Ana Ferraz"];
    firm.run(&[&arguments, more].concat())
}

#[test]
fn the_same_export_twice_imports_nothing_new() {
    let (firm, _) = Firm::connected();
    let first = import(&firm, EXPORT, &[]);
    assert!(first.status.success(), "{}", first.err);
    assert!(first.out.contains("4 messages are new, 0 were known before"), "{}", first.out);
    let second = import(&firm, EXPORT, &[]);
    assert!(second.out.contains("0 messages are new, 4 were known before"), "{}", second.out);
    let longer = format!("{EXPORT}27/08/2026, 08:00 - Ana Ferraz: It is at the till\n");
    let third = import(&firm, &longer, &[]);
    assert!(third.out.contains("1 messages are new, 4 were known before"), "{}", third.out);
    let ledger = firm.ledger();
    settle(&ledger);
    assert_eq!(words(&ledger).iter().filter(|words| words.contains("teal")).count(), 2);
}

#[test]
fn an_export_whose_dates_can_be_read_both_ways_is_asked_about_and_never_guessed() {
    let (firm, _) = Firm::connected();
    let asked = import(&firm, AMBIGUOUS, &[]);
    assert!(!asked.status.success());
    assert!(asked.err.contains("--date-order"), "{}", asked.err);
    assert!(!asked.err.contains("kettle"), "no word of the chat is in an error: {}", asked.err);
    let ledger = firm.ledger();
    assert_eq!(entries_of(&ledger, "item.captured"), 0);
    drop(ledger);
    let told = import(&firm, AMBIGUOUS, &["--date-order", "dmy"]);
    assert!(told.out.contains("2 messages are new"), "{}{}", told.out, told.err);
    assert!(firm.succeed(&["search", "copper"]).contains("2026-02-01"));
}

#[test]
fn search_prints_people_as_pseudonyms_only() {
    let (firm, _) = Firm::connected();
    import(&firm, EXPORT, &[]);
    let found = firm.succeed(&["search", "teal"]);
    let ledger = firm.ledger();
    let page = ledger.search(&investigator(), "teal", None, 10).unwrap();
    drop(ledger);
    assert_eq!(page.hits.rows.len(), 2, "{found}");
    for hit in &page.hits.rows {
        let employee = hit.employee.as_ref().map(|place| pseudonym::employee(place.employee)).unwrap();
        let client = hit.contact.map(pseudonym::contact).unwrap();
        assert!(found.contains(&employee) && found.contains(&client), "{employee} and {client} in {found}");
    }
    assert!(found.contains("Hello, is the teal kettle back?"));
    for person in ["Lia", "Prado", "Ana", "Ferraz", NUMBER_ID, NUMBER_DIGITS] {
        assert!(!found.contains(person), "{person} in {found}");
    }
    let wrong = firm.run(&["search", "hour:noon AND ("]);
    assert!(!wrong.status.success() && !wrong.out.is_empty(), "mistakes are told: {}", wrong.out);
}

#[test]
fn an_exported_entry_is_accepted_by_its_own_script_and_no_more_once_it_is_changed() {
    let (firm, _) = Firm::connected();
    import(&firm, EXPORT, &[]);
    let ledger = firm.ledger();
    let page = ledger.conversations(&investigator(), None, 1).unwrap();
    let messages = ledger.conversation(&investigator(), page.rows[0].id, None, None, 10).unwrap().messages;
    let about_kettles = |message: &&Message| message.versions[0].zones[&Zone::Text].contains("teal");
    let index = messages.rows.iter().find(about_kettles).unwrap().index;
    drop(ledger);
    let folder = firm.beside("evidence");
    firm.succeed(&["proof", &index.to_string(), folder.to_str().unwrap()]);
    let script = || {
        let arguments = [folder.join("verify.sh"), folder.clone(), folder.join("log.vkey")];
        let output = Command::new("bash").args(arguments).output().unwrap();
        (output.status.success(), format!("{output:?}"))
    };
    let (accepted, told) = script();
    assert!(accepted && told.contains("OK: entry"), "{told}");
    let raw = folder.join("raw.json");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut std::fs::File::open(&raw).unwrap(), &mut text).unwrap();
    assert!(text.contains("teal"), "the evidence is the message: {text}");
    std::fs::write(&raw, text.replacen("teal", "pink", 1)).unwrap();
    let (accepted, told) = script();
    assert!(!accepted && told.contains("FAIL"), "{told}");
    let nothing = firm.run(&["proof", "999999", firm.beside("nothing").to_str().unwrap()]);
    assert!(!nothing.status.success());
}

#[test]
fn users_are_made_and_listed_and_a_weak_password_or_an_unknown_role_is_refused() {
    let firm = Firm::new();
    let add = |login: &str, role: &str, password: &str| {
        firm.run_with(&["user", "add", login, "--role", role], &format!("{password}\n"))
    };
    assert!(add("root@firm.example", "administrator", "correct horse battery").status.success());
    let weak = add("weak@firm.example", "auditor", "short");
    assert!(!weak.status.success() && weak.err.contains("password"), "{}", weak.err);
    assert!(!weak.err.contains("short\n"), "a password is never repeated: {}", weak.err);
    let unknown = add("who@firm.example", "emperor", "correct horse battery");
    assert!(!unknown.status.success() && unknown.err.contains("compliance_officer"), "{}", unknown.err);
    let again = add("root@firm.example", "auditor", "another good password");
    assert!(!again.status.success(), "a login is one person's");
    let listed = firm.succeed(&["user", "list"]);
    assert_eq!(listed.lines().count(), 1, "{listed}");
    assert!(listed.contains("root@firm.example") && listed.contains("administrator"), "{listed}");
    let last = firm.run(&["user", "disable", "root@firm.example"]);
    assert!(!last.status.success() && last.err.contains("last_administrator"), "{}", last.err);
    assert!(!firm.run(&["user", "disable", "nobody@firm.example"]).status.success());
}

#[tokio::test]
async fn users_are_there_at_once_after_the_views_were_lost() {
    let firm = Firm::new();
    firm.serve().stop().await;
    assert!(firm.printed().contains("first run"), "nobody can sign in yet: {}", firm.printed());
    let add = ["user", "add", "root@firm.example", "--role", "administrator"];
    assert!(firm.run_with(&add, "correct horse battery").status.success());
    for _ in 0..3 {
        firm.lose_views();
        assert!(firm.succeed(&["user", "list"]).contains("root@firm.example"));
        firm.lose_views();
        firm.serve().stop().await;
        assert_eq!(firm.printed(), "", "a code for a first run is given only where there is none");
    }
}
