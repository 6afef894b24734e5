//! Speed of hand: moving, picking, deciding, taking back and going anywhere, by keys alone.

use aboveboard_model::access::Role;
use thirtyfour::Key;

use super::{
    samples::{path, take_alert, wait_for_alerts},
    visitor::Visitor,
};

/// Pages of alerts that the browser has asked for on this document.
const ASKED: &str = "return performance.getEntriesByType('resource')
    .filter((one) => new URL(one.name).pathname.startsWith('/alerts/alert_')).length";
/// The alert that is on the screen.
const HERE: &str = "return location.pathname";

#[tokio::test]
async fn j_and_k_move_without_a_request_a_key_and_the_row_they_rest_on_opens() {
    let reviewer = Visitor::signed_in(Role::Reviewer).await;
    wait_for_alerts(&reviewer).await;
    reviewer.press("j").await;
    reviewer.press(Key::Enter).await;
    reviewer.until("the alert", "return location.pathname.startsWith('/alerts/alert_')").await;
    let (first, before) = (reviewer.text(HERE).await, reviewer.read(ASKED).await.as_u64().unwrap());
    reviewer.press("jjj").await;
    let moved = format!("return location.pathname !== '{first}' && !!document.querySelector('.row.chosen')");
    reviewer.until("the row that the cursor rests on is open", &moved).await;
    let asked = reviewer.read(ASKED).await.as_u64().unwrap() - before;
    assert!(asked <= 2, "three keys asked for {asked} alerts");
    let chosen = "return new URL(document.querySelector('.row.chosen').href).pathname";
    assert_eq!(reviewer.text(chosen).await, reviewer.text(HERE).await);
    reviewer.leave().await;
}

#[tokio::test]
async fn an_act_leads_on_and_z_takes_it_back() {
    let reviewer = Visitor::signed_in(Role::Reviewer).await;
    wait_for_alerts(&reviewer).await;
    let alert = take_alert(&reviewer).await;
    reviewer.open(&alert).await;
    reviewer.press("e").await;
    reviewer.until("the reasons", "return !!document.querySelector('#acts details[open]')").await;
    reviewer.press("3").await;
    let done =
        "return location.search.includes('done=dismissed') && !!document.querySelector('#done button')";
    reviewer.until("the next page says what was done", done).await;
    assert_ne!(reviewer.text(HERE).await, path(&alert));
    reviewer.press("z").await;
    let back =
        format!("return location.pathname === '{}' && !!document.querySelector('.state.open')", path(&alert));
    reviewer.until("the alert is open again", &back).await;
    let history = reviewer.text("return document.querySelector('#known .steps').textContent").await;
    assert!(history.contains("took the last act back"), "{history}");
    assert_eq!(reviewer.text("return document.querySelector('#done p').textContent").await, "Taken back.");
    reviewer.press("z").await;
    let said = "return document.querySelector('#notice').textContent.includes('nothing of yours left')";
    reviewer.until("that nothing is left to take back", said).await;
    reviewer.leave().await;
}

#[tokio::test]
async fn control_k_goes_to_an_alert_by_its_number_and_to_a_page_by_its_name() {
    let reviewer = Visitor::signed_in(Role::Reviewer).await;
    wait_for_alerts(&reviewer).await;
    let row = "const row = document.querySelector('[data-row]');
        return [row.querySelector('.id').textContent, new URL(row.href).pathname]";
    let row = reviewer.texts(row).await;
    reviewer.press_with_control('k').await;
    reviewer.until("the palette", "return document.querySelector('#go').open").await;
    reviewer.press(row[0].as_str()).await;
    let found = format!(
        "return document.querySelector('#go [aria-selected=true] bdi')?.textContent === '{}'",
        row[0]
    );
    reviewer.until("the alert is found", &found).await;
    reviewer.press(Key::Enter).await;
    reviewer.until("the alert", &format!("return location.pathname === '{}'", row[1])).await;
    reviewer.press_with_control('k').await;
    reviewer.press("conver").await;
    let found = "return document.querySelector('#go [aria-selected=true]')?.getAttribute('href') === '/conversations'";
    reviewer.until("the page is found", found).await;
    reviewer.press(Key::Enter).await;
    reviewer.until("the page", "return location.pathname === '/conversations'").await;
    reviewer.leave().await;
}

#[tokio::test]
async fn rows_are_picked_and_keys_can_be_silent() {
    let reviewer = Visitor::signed_in(Role::Reviewer).await;
    wait_for_alerts(&reviewer).await;
    let picked = "return document.querySelectorAll('#picked :checked').length";
    reviewer.press("jx").await;
    assert_eq!(reviewer.read(picked).await, 1);
    reviewer.read("document.body.dataset.keys = 'off'").await;
    reviewer.press("xjjx").await;
    assert_eq!(reviewer.read(picked).await, 1, "the keys are silent");
    reviewer.read("document.body.dataset.keys = 'on'").await;
    reviewer.press("d").await;
    reviewer.until("what would be decided", "return location.pathname === '/alerts/alike'").await;
    assert_eq!(reviewer.read("return document.querySelectorAll('.alike > li').length").await, 1);
    reviewer.leave().await;
}
