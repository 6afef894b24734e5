//! From the queue to a closed case without touching a mouse.

use aboveboard_model::access::Role;
use thirtyfour::Key;

use super::{samples::wait_for_alerts, visitor::Visitor};

const TITLE: &str = "Sent a client to a private account";
const NOTE: &str = "Asked the branch for the receipt.";
const REASON: &str = "Spoke with both; the money came back on the same day.";

/// The row of the queue that has the focus.
const FOCUSED_ROW: &str =
    "return document.activeElement?.matches('[data-row]') && document.activeElement.getAttribute('href')";

#[tokio::test]
async fn a_reviewer_goes_from_the_queue_to_a_closed_case_by_keyboard_alone() {
    let reviewer = Visitor::signed_in(Role::Reviewer).await;
    wait_for_alerts(&reviewer).await;
    walk_the_queue(&reviewer).await;

    reviewer.press(Key::Enter).await;
    reviewer.until("the alert", "return location.pathname.startsWith('/alerts/alert_')").await;
    read_the_evidence(&reviewer).await;
    come_back_to_the_row(&reviewer).await;
    reviewer.press("a").await;
    reviewer.until("the alert is mine", "return !!document.querySelector('.subject .state.mine')").await;
    reviewer.press("c").await;
    reviewer.until("the title has the focus", "return document.activeElement.name === 'title'").await;
    reviewer.press(TITLE).await;
    reviewer.press(Key::Enter).await;
    reviewer.until("the case", "return location.pathname.startsWith('/cases/case_')").await;
    assert_eq!(reviewer.text("return document.querySelector('h1').textContent").await, TITLE);

    write_a_note(&reviewer).await;
    close_the_case(&reviewer).await;
    let case = reviewer.text("return location.pathname").await;
    let entries = reviewer
        .texts(
            "return [...document.querySelectorAll('#custody .entry')].map((one) => one.textContent.slice(1))",
        )
        .await;
    reviewer.leave().await;
    stands_in_the_log(&case, &entries).await;
}

/// J goes down, K goes up. Rows may come in between: more messages arrive all the time.
async fn walk_the_queue(reviewer: &Visitor) {
    reviewer.press("j").await;
    let first = reviewer.until("a row has the focus", FOCUSED_ROW).await;
    reviewer.press("j").await;
    let second = reviewer.until("a row has the focus", FOCUSED_ROW).await;
    assert_ne!(first, second);
    reviewer.press("k").await;
    let third = reviewer.until("a row has the focus", FOCUSED_ROW).await;
    assert_ne!(third, second);
    let order = format!(
        "const rows = [...document.querySelectorAll('[data-row]')].map((row) => row.getAttribute('href'));
         return rows.indexOf({first}) < rows.indexOf({second}) && rows.indexOf({third}) < rows.indexOf({second})"
    );
    assert_eq!(reviewer.read(&order).await, true);
}

/// The first message that a reason is about is in view as the alert opens, and keys scroll on from there.
async fn read_the_evidence(reviewer: &Visitor) {
    let top = "return document.querySelector('.message.found').getBoundingClientRect().top";
    let height = reviewer.read("return innerHeight").await.as_f64().unwrap();
    let opened_at = reviewer.read(top).await.as_f64().unwrap();
    assert!(opened_at > 0.0 && opened_at < height, "{opened_at} of {height}");
    reviewer.press(Key::PageDown).await;
    let scrolled = format!("{top} < {opened_at}");
    reviewer.until("the evidence scrolls", &scrolled).await;
}

/// Escape leads back to the queue with the row of the alert in focus, and Enter opens it again.
async fn come_back_to_the_row(reviewer: &Visitor) {
    let here = reviewer.text("return location.pathname").await;
    reviewer.press(Key::Escape).await;
    let focused = "return location.pathname === '/alerts' && document.activeElement.matches('[data-row]')
        && new URL(document.activeElement.href).pathname";
    assert_eq!(reviewer.until("the row that was left has the focus", focused).await, here.as_str());
    reviewer.press(Key::Enter).await;
    reviewer.until("the alert again", &format!("return location.pathname === '{here}'")).await;
}

async fn write_a_note(reviewer: &Visitor) {
    reviewer.press("n").await;
    reviewer.until("the note has the focus", "return document.activeElement.name === 'note'").await;
    reviewer.press(NOTE).await;
    reviewer.press(Key::Tab).await;
    reviewer.press(Key::Enter).await;
    reviewer.until("the note", "return !!document.querySelector('#notes .said')").await;
    assert_eq!(reviewer.text("return document.querySelector('#notes .said').textContent").await, NOTE);
}

async fn close_the_case(reviewer: &Visitor) {
    reviewer.press("e").await;
    reviewer.until("an outcome has the focus", "return document.activeElement.name === 'outcome'").await;
    reviewer.press(" ").await;
    let outcome = reviewer.text("return document.querySelector('[name=outcome]:checked')?.value").await;
    assert!(!outcome.is_empty());
    reviewer.press(Key::Tab).await;
    reviewer.until("the reason has the focus", "return document.activeElement.name === 'reason'").await;
    reviewer.press(REASON).await;
    reviewer.press(Key::Tab).await;
    reviewer.press(Key::Enter).await;
    reviewer.until("the outcome", "return !!document.querySelector('.outcome .said')").await;
    assert_eq!(reviewer.text("return document.querySelector('.outcome .said').textContent").await, REASON);
    let state = format!("return document.querySelector('.subject .state').classList.contains('{outcome}')");
    assert_eq!(reviewer.read(&state).await, true);
}

/// What was done is in the log, where an auditor sees that it was, but not what was written.
async fn stands_in_the_log(case: &str, entries: &[String]) {
    assert!(entries.len() >= 3, "opened, noted, closed: {entries:?}");
    let auditor = Visitor::signed_in(Role::Auditor).await;
    for entry in entries {
        let after = entry.parse::<u64>().unwrap() + 1;
        auditor.open(&format!("/log?before={after}")).await;
        let row =
            format!("return document.querySelector('[href=\"/log/{entry}\"]').closest('tr').textContent");
        let row = auditor.text(&row).await;
        assert!(row.contains("case.changed"), "{entry}: {row}");
    }
    assert_eq!(auditor.open(case).await, 403);
    let refused = auditor.complaints().await;
    assert!(refused.iter().all(|one| one.contains("status of 403 ")), "{refused:?}");
    auditor.leave().await;
}

#[tokio::test]
async fn whoever_switches_single_letters_off_presses_them_without_effect() {
    let auditor = Visitor::signed_in(Role::Auditor).await;
    auditor.open("/log").await;
    auditor.press("?").await;
    auditor.until("the help", "return document.querySelector('#keys').open").await;
    let saved = auditor.send("/account/settings", "language=en&theme=system").await;
    assert_eq!(saved.status, 200);
    auditor.open("/log").await;
    auditor.press("?").await;
    auditor.press_with_control('k').await;
    auditor.until("the palette", "return document.querySelector('#go').open").await;
    assert_eq!(auditor.read("return document.querySelector('#keys').open").await, false);
    auditor.leave().await;
}
