//! An administrator's first hour: from a program without users, along the guide, to the first message of a number.

use aboveboard_model::access::Role;

use super::{
    demo::{House, PASSWORD, free_address, login},
    program::Program,
    visitor::{Scripts, Visitor},
};

/// What the stand-in for Meta holds.
const APP_SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const ACCESS_TOKEN: &str = "EAAG-a-token-of-the-tests";

/// What the guide says is wrong.
const WRONG: &str = "return [...document.querySelectorAll('.findings .bad, .guide [data-state=wrong]')]
    .map((one) => one.textContent)";

/// A business number at the stand-in.
struct Number {
    account: String,
    id: String,
}

#[tokio::test]
async fn an_administrator_goes_from_a_program_without_users_to_the_first_message() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::fresh(&folder.path().join("data"), "Aurora Home");
    let address = free_address();
    let arguments =
        ["simulate", "--listen", &address, "--app-secret", APP_SECRET, "--access-token", ACCESS_TOKEN];
    let meta = Program::start(env!("CARGO_BIN_EXE_aboveboard"), &arguments);
    let graph = meta.says("Graph API is at ");
    let line = meta.line("account ");
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = Number { account: words[1].to_owned(), id: words[3].to_owned() };

    let visitor = Visitor::at(house.clone(), Scripts::On).await;
    first_run(&visitor, &house).await;
    visitor.enter(Role::Administrator, PASSWORD).await;
    visitor.until("the guide", "return location.pathname === '/guide'").await;
    connect(&visitor, &graph, &number).await;
    visitor.click("form[action='/sign-out'] button").await;
    visitor.enter(Role::ComplianceOfficer, PASSWORD).await;
    write_people_down(&visitor).await;
    read_the_first_message(&visitor).await;
    visitor.leave().await;
    house.stop();
    meta.stop();
}

/// The code that the server printed makes the first two users.
async fn first_run(visitor: &Visitor, house: &House) {
    visitor.open("/").await;
    visitor.until("the first run", "return location.pathname === '/first-run'").await;
    let fields = [
        ("code", house.setup_code()),
        ("administrator", login(Role::Administrator).to_owned()),
        ("administrator_password", PASSWORD.to_owned()),
        ("officer", login(Role::ComplianceOfficer).to_owned()),
        ("officer_password", PASSWORD.to_owned()),
    ];
    visitor.fill("/first-run", &fields.each_ref().map(|(name, text)| (*name, text.as_str()))).await;
    visitor.until("the users are there", "return location.pathname === '/sign-in'").await;
}

/// What the firm knows of its number is typed once; the rest is set up at the platform with one button.
async fn connect(visitor: &Visitor, graph: &str, number: &Number) {
    is(visitor, "step-users", "done").await;
    let fields = [
        ("name", "WhatsApp"),
        ("app_secret", APP_SECRET),
        ("access_token", ACCESS_TOKEN),
        ("account", &number.account),
        ("number", &number.id),
        ("graph_url", graph),
    ];
    visitor.fill("/guide/source", &fields).await;
    is(visitor, "step-source", "done").await;
    is(visitor, "step-address", "now").await;
    visitor.click("#step-address button[value=subscribe]").await;
    for step in ["step-address", "step-platform", "step-delivery"] {
        is(visitor, step, "done").await;
    }
    assert_eq!(visitor.texts(WRONG).await, Vec::<String>::new());
    // What comes is kept, and nobody reads it: who is accountable for the number is not known yet.
    let waits = "return !!document.querySelector('#step-message a[href=\"/people\"]')";
    visitor.until("what came waits sealed", waits).await;
    is(visitor, "step-message", "now").await;
}

/// Waits until a step of the guide stands so.
async fn is(visitor: &Visitor, step: &str, state: &str) {
    let stands = format!("return document.getElementById('{step}')?.dataset.state === '{state}'");
    visitor.until(&format!("{step} is {state}"), &stands).await;
}

/// The overview says that nobody is accountable for a number that was heard, and leads to it; so who is is written down.
async fn write_people_down(visitor: &Visitor) {
    visitor.go("/conversations").await;
    assert_eq!(visitor.read("return document.querySelectorAll('[data-row]').length").await, 0);
    visitor.go("/overview").await;
    visitor.click("#needs a[href$='show=unassigned']").await;
    visitor.click("#coverage [data-row]").await;
    let id = "return document.querySelector('.source-of dd code')?.textContent";
    let id = visitor.until("the number's id", id).await;
    visitor.go("/people").await;
    visitor.click("details:has([action='/people/save']) > summary").await;
    let fields = [
        ("employee", "E-1"),
        ("name", "Ana Ferraz"),
        ("team", "sales"),
        ("region", "BR"),
        ("phone_number_id", id.as_str().unwrap()),
        ("assigned_from", "2020-01-01"),
        ("notice_at", "2020-01-01"),
    ];
    visitor.fill("/people/save", &fields).await;
    let is_there = "return !!document.querySelector('#people')?.textContent.includes('Ana Ferraz')";
    visitor.until("the employee is there", is_there).await;
}

/// What waited can be read now; nothing new has to come.
async fn read_the_first_message(visitor: &Visitor) {
    visitor.go("/conversations").await;
    visitor.click("#conversations [data-row]").await;
    let said = "return document.querySelector('.bubble > :not(.sender, .foot)')?.textContent.trim()";
    visitor.until("what somebody said", &format!("{said} || null")).await;
}
