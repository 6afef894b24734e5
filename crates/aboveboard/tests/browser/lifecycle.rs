//! A policy's life by two people: from an empty editor to what it finds, and to its end.

use aboveboard_ledger::{By, Command, Ledger};
use aboveboard_model::{access::Role, user};

use super::{
    demo::{House, PASSWORD, login},
    firm,
    texts::Texts,
    visitor::{Scripts, Visitor},
};

/// The second officer of the house.
const SECOND: &str = "second@aurora.example";
const PAGE: &str = "/policies/conduct.late-again";
/// Conversations before the policy is in force, and with those that come afterwards.
const BEFORE: usize = 6;
const AFTERWARDS: usize = 12;

const TEXT: &str = "id = 'conduct.late-again'
title = 'Late again'
kind = 'match'
query = 'direction:in \"late again\"'
severity = 'low'
action = 'alert'
";
const EXAMPLE: &str = "[[example]]
text = 'it is late again'
direction = 'in'
expect = 'match'
";

#[tokio::test]
async fn a_policy_comes_into_force_finds_and_ends_by_two_people() {
    let folder = tempfile::tempdir().unwrap();
    let (data, texts) = (folder.path().join("data"), Texts::ordinary());
    let source = {
        let ledger = firm::ledger(&data, &texts.firm);
        let source = firm::furnish(&ledger, &texts, BEFORE);
        add_second(&ledger);
        source
    };
    let house = House::serve(&data, &texts.firm);
    firm::deliver(&house, source, &texts, BEFORE, |_| {}).await;

    let first = Visitor::at(house.clone(), Scripts::On).await;
    first.sign_in(Role::ComplianceOfficer).await;
    write(&first).await;
    let second = Visitor::at(house.clone(), Scripts::On).await;
    second.open("/sign-in").await;
    second.fill("/sign-in", &[("login", SECOND), ("password", PASSWORD)]).await;
    second.until("the second officer is signed in", "return !!document.querySelector('.rail')").await;

    refused_alone(&first).await;
    second.open(PAGE).await;
    second.fill("/agree", &[("note", "read and tried")]).await;
    says(&second, "In force").await;
    firm::deliver(&house, source, &texts, AFTERWARDS, |_| {}).await;
    let found = "return Number(document.querySelector('.known dd')?.textContent) > 0";
    second.open_until(PAGE, "what came since is found", found).await;

    second.click("details:has([action$='/retire']) > summary").await;
    second.fill("/retire", &[("note", "no use")]).await;
    says(&second, "somebody else has to agree").await;
    refused_alone(&second).await;
    first.open(PAGE).await;
    first.fill("/agree", &[("note", "nobody needs it")]).await;
    says(&first, "Retired").await;
    for visitor in [first, second] {
        leave(visitor).await;
    }
    house.must_be_content();
    house.stop();
}

fn add_second(ledger: &Ledger) {
    let password = ledger.hash_password(SECOND, PASSWORD).unwrap();
    let roles = [Role::ComplianceOfficer].into();
    let create = user::Command::Create { login: SECOND.to_owned(), password, roles, employee: None };
    ledger.decide(&By::system("setup"), Command::User(None, create)).unwrap();
    assert_ne!(login(Role::ComplianceOfficer), SECOND);
}

/// An empty editor says nothing of mistakes; without an example that must match a text is not proposed, with one it is.
async fn write(visitor: &Visitor) {
    visitor.open("/policies/new").await;
    let errors =
        "return [...document.querySelectorAll('#preview .error, #marks mark')].map((one) => one.textContent)";
    assert_eq!(visitor.texts(errors).await, Vec::<String>::new());
    typed(visitor, "textarea[name=text]", TEXT).await;
    typed(visitor, "textarea[name=note]", "clients wait").await;
    visitor.click("button[value=propose]").await;
    says(visitor, "No example says what it must match").await;
    typed(visitor, "textarea[name=text]", &format!("{TEXT}{EXAMPLE}")).await;
    let is_green = "return !!document.querySelector('#preview .example-checks .met')";
    visitor.until("the example comes out", is_green).await;
    visitor.click("button[value=propose]").await;
    says(visitor, "somebody else has to agree").await;
}

async fn typed(visitor: &Visitor, selector: &str, text: &str) {
    let field = visitor.until_element(selector).await;
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

/// Who proposed is offered nothing to agree with, and is refused where they ask all the same.
async fn refused_alone(visitor: &Visitor) {
    visitor.open(PAGE).await;
    assert_eq!(visitor.read("return document.querySelectorAll('form[action$=\"/agree\"]').length").await, 0);
    let proposal = visitor.text("return document.querySelector('[name=proposal]').value").await;
    let answer = visitor.send(&format!("{PAGE}/agree"), &format!("proposal={proposal}&note=mine")).await;
    assert_eq!(answer.status, 409);
    assert!(answer.text.contains("cannot be the one who asked"), "{}", answer.text);
}

async fn says(visitor: &Visitor, words: &str) {
    let is_said = format!("return document.querySelector('main')?.textContent.includes({words:?})");
    visitor.until(words, &is_said).await;
}

/// Leaves where the browser complained of what was refused and of nothing else.
async fn leave(visitor: Visitor) {
    let complaints = visitor.complaints().await;
    let is_refusal = |one: &&String| one.contains("status of 409 ") || one.contains("status of 422 ");
    let others: Vec<&String> = complaints.iter().filter(|one| !is_refusal(one)).collect();
    assert!(others.is_empty(), "{others:?}");
    visitor.leave().await;
}
