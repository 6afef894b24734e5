//! Speed of hand: moving, picking, deciding, taking back and going anywhere, by keys alone.

use aboveboard_model::access::Role;
use thirtyfour::Key;

use super::{
    fitness::loaded,
    samples::{path, take_alert, wait_for_alerts},
    visitor::Visitor,
};

/// Pages of alerts that the browser has asked for on this document.
const ASKED: &str = "return performance.getEntriesByType('resource')
    .filter((one) => new URL(one.name).pathname.startsWith('/alerts/alert_')).length";
/// The alert that is on the screen.
const HERE: &str = "return location.pathname";
/// The conversation of the list with the most messages.
const LONGEST: &str = "const messages = (row) => parseInt(row.querySelector('.tag:last-child').textContent.replace(/\\D/g, ''));
    return [...document.querySelectorAll('#conversations [data-row]')]
        .sort((one, other) => messages(other) - messages(one))[0].getAttribute('href')";
/// The last message of the page.
const LAST: &str = "return [...document.querySelectorAll('.message')].at(-1).id";
/// Whether it can be seen whole, and what comes before it was scrolled away.
const AT_THE_END: &str = "const messages = [...document.querySelectorAll('#conversation .message')];
    const [first, last] = [messages[0], messages.at(-1)].map((one) => one?.getBoundingClientRect());
    return location.hash === '#end' && first.bottom < 0 && last.top > 48 && last.bottom < innerHeight";

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
async fn z_goes_back_act_by_act_past_one_that_somebody_has_built_on() {
    let [reviewer, officer] =
        [Visitor::signed_in(Role::Reviewer).await, Visitor::signed_in(Role::ComplianceOfficer).await];
    let mut acts = Vec::new();
    for _ in 0..3 {
        wait_for_alerts(&reviewer).await;
        let alert = take_alert(&reviewer).await;
        let answer = reviewer.send(&format!("{}/dismiss", path(&alert)), "reason=misread").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        acts.push(path(&alert).to_owned());
    }
    officer.open("/alerts").await;
    assert_eq!(officer.send(&format!("{}/reopen", acts[1]), "").await.status, 200);
    let last = acts[2].rsplit('/').next().unwrap();
    reviewer.open(&format!("/alerts?done=dismissed&of={last}")).await;
    for (alert, said) in [(&acts[2], "Taken back."), (&acts[1], "It stands:"), (&acts[0], "Taken back.")] {
        reviewer.press("z").await;
        let told = format!(
            "return location.pathname === '{alert}' && !!document.querySelector('#done p')?.textContent.includes('{said}')"
        );
        reviewer.until(said, &told).await;
    }
    assert_eq!(reviewer.read("return !!document.querySelector('.state.open')").await, true);
    reviewer.press("z").await;
    let said = "return document.querySelector('#notice').textContent.includes('nothing of yours left')";
    reviewer.until("that nothing is left to take back", said).await;
    let [again, noted] = [&acts[2], &acts[0]];
    for act in [again, noted] {
        assert_eq!(reviewer.send(&format!("{act}/dismiss"), "reason=misread").await.status, 200);
    }
    assert_eq!(officer.send(&format!("{noted}/note"), "note=seen").await.status, 200);
    let ids = [again, noted].map(|act| format!("id={}", act.rsplit('/').next().unwrap())).join("&");
    let answer = reviewer.send("/alerts/undo", &ids).await;
    assert!(answer.text.contains("Taken back. Where somebody has done something since"), "{}", answer.text);
    officer.leave().await;
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
async fn a_conversation_opens_at_its_newest_message_and_that_of_an_alert_at_its_place() {
    let officer = Visitor::signed_in(Role::ComplianceOfficer).await;
    wait_for_alerts(&officer).await;
    let alert = take_alert(&officer).await;
    officer.go("/conversations").await;
    let longest = officer.text(LONGEST).await;
    officer.click(&format!("#conversations a[href='{longest}']")).await;
    officer.until("its newest message", AT_THE_END).await;
    let newest = officer.text(LAST).await;

    officer.open("/account").await;
    officer.open(&longest).await;
    assert_eq!(loaded(&officer).await.moved, Vec::<String>::new());
    assert_eq!(officer.read(AT_THE_END).await, true);
    assert_eq!(officer.text(LAST).await, newest);

    officer.open(&alert).await;
    let first = officer.text("return document.querySelector('.message').id").await;
    officer.click(".older a").await;
    let place = format!("const place = document.getElementById('{first}')?.getBoundingClientRect();
        return location.hash === '#{first}' && location.pathname.startsWith('/conversations/') && place.top > 48 && place.top < 200");
    officer.until("where the alert's messages begin", &place).await;
    officer.leave().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_search_is_said_while_it_is_typed() {
    let reviewer = Visitor::signed_in(Role::Reviewer).await;
    reviewer.open("/search").await;
    reviewer.until("the bar", "return document.activeElement.name === 'q'").await;
    reviewer.press("diretion:i").await;
    let told = "const [told, field] = [document.querySelector('#mistakes'), document.activeElement];
        return told.checkVisibility() && told.textContent.includes('Did you mean direction?')
            && field.value === 'diretion:i' && field.ariaInvalid === 'true' && location.search === ''";
    reviewer.until("what is wrong", told).await;
    for _ in "diretion:i".chars() {
        reviewer.press(Key::Backspace).await;
    }
    reviewer.press("direction:o").await;
    reviewer
        .until("values", "return document.querySelector('#completions [role=option]')?.checkVisibility()")
        .await;
    reviewer.press(Key::Down).await;
    reviewer.press(Key::Enter).await;
    let mended = "const [told, field] = [document.querySelector('#mistakes'), document.activeElement];
        return field.value === 'direction:out ' && told.hidden && field.ariaInvalid === 'false'
            && document.querySelector('#completions').hidden";
    reviewer.until("nothing wrong any more", mended).await;
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
