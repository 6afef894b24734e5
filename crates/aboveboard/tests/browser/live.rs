//! Pages that stay open while messages arrive and others work.

use aboveboard_model::access::Role;

use super::{
    samples::{path, take_alert, wait_for_alerts},
    visitor::Visitor,
};

/// Times that the log has to move while an alert's page is open.
const MOVES: usize = 5;
/// Marks the document, so that a reload would be seen: a new document does not have it.
const MARK: &str = "window.marked = true";
const IS_MARKED: &str = "return window.marked === true";
/// Shows what says that rows came, at the top of the list, and hides it again.
const ROOM_FOR_WHAT_CAME: &str = "
    const [bar, row] = ['[data-came]', '#queue [data-row]'].map((one) => document.querySelector(one));
    const [was, before] = [bar.hidden, row.getBoundingClientRect().top];
    Object.assign(bar, { hidden: false, textContent: '3' });
    const place = row.getBoundingClientRect();
    const at = document.elementFromPoint(place.left + place.width / 2, place.top + 1);
    bar.hidden = was;
    return place.top === before && row.contains(at)";

/// From an alert goes to another, and while that one is on its way asks for what is new on the first: both answers are kept back.
const GO_AND_ASK: &str = "
    const real = window.fetch, wait = (name) => new Promise((open) => (window[name] = open));
    const [gone, asked] = [wait('letGo'), wait('letLive')];
    window.fetch = async (url, options = {}) => {
        if (!options.headers?.['X-Live']) return gone.then(() => real(url, options));
        await asked;
        const answer = await real(url, options);
        answer.clone().text().then(() => setTimeout(() => (window.dealt = true), 500));
        return answer;
    };
    const rows = [...document.querySelectorAll('#queue a[data-row]')];
    rows.find((row) => new URL(row.href).pathname !== location.pathname).click();
    const button = Object.assign(document.createElement('button'), { type: 'button' });
    button.dataset.came = '';
    document.body.append(button);
    button.click();
    button.remove();
    return location.pathname";
/// The first thing that was done to the alert: no other has the same.
const BEGAN: &str = "return document.querySelector('#known .steps [href^=\"/log/\"]').textContent";
/// Writes down what the page says of that from now on, and lets the answer in that was kept back.
const WATCH: &str = "
    window.said = [];
    const watch = () => window.said.push(document.querySelector('#known .steps [href^=\"/log/\"]')?.textContent);
    new MutationObserver(watch).observe(document.querySelector('main'), { childList: true, subtree: true });
    window.letLive()";

#[tokio::test]
async fn what_was_asked_about_one_alert_is_never_shown_with_another() {
    let officer = Visitor::signed_in(Role::ComplianceOfficer).await;
    wait_for_alerts(&officer).await;
    let alert = take_alert(&officer).await;
    officer.open(&alert).await;
    let (first, left) = (officer.text(BEGAN).await, officer.text(GO_AND_ASK).await);
    officer.read("window.letGo()").await;
    officer.until("the other alert", &format!("return location.pathname !== '{left}'")).await;
    let other = officer.text(BEGAN).await;
    assert_ne!(other, first);
    officer.read(WATCH).await;
    officer.until("the late answer is dealt with", "return window.dealt === true").await;
    let said = officer.texts("return window.said").await;
    assert!(said.iter().all(|said| *said == other), "{other} is shown, and then {said:?}");
    officer.leave().await;
}

#[tokio::test]
async fn an_alert_that_somebody_reads_stays_as_it_is_while_messages_arrive() {
    let officer = Visitor::signed_in(Role::ComplianceOfficer).await;
    wait_for_alerts(&officer).await;
    let alert = take_alert(&officer).await;
    officer.open(&alert).await;
    officer.until("the page is live", "return !!document.querySelector('[data-live-state].on')").await;
    officer.read(MARK).await;
    officer.press("n").await;
    officer.until("the note has the focus", "return document.activeElement.name === 'note'").await;
    officer.press("half a sentence").await;
    let moves = format!(
        "if (!window.events) {{
             window.events = new EventSource('/events');
             window.moves = 0;
             window.events.addEventListener('changed', () => window.moves++);
         }}
         return window.moves >= {MOVES}"
    );
    officer.until("the log moves", &moves).await;
    officer.read("window.events.close()").await;
    assert_eq!(officer.text("return document.activeElement.value").await, "half a sentence");
    assert_eq!(officer.read(IS_MARKED).await, true);
    assert_eq!(officer.text("return location.pathname").await, path(&alert));
    officer.leave().await;
}

#[tokio::test]
async fn the_queue_follows_what_somebody_else_does_without_a_reload() {
    let reviewer = Visitor::signed_in(Role::Reviewer).await;
    wait_for_alerts(&reviewer).await;
    reviewer.until("the page is live", "return !!document.querySelector('[data-live-state].on')").await;
    reviewer.read(MARK).await;
    let alert = take_alert(&reviewer).await;

    let officer = Visitor::signed_in(Role::ComplianceOfficer).await;
    let claimed = officer.send(&format!("{}/claim", path(&alert)), "").await;
    assert_eq!(claimed.status, 200);
    let shows_claimed = format!("return !!document.querySelector('[href=\"{alert}\"] .state')");
    reviewer.until("the row shows that it is claimed", &shows_claimed).await;
    let why = "reason=other&note=A colleague's own order.";
    let dismissed = officer.send(&format!("{}/dismiss", path(&alert)), why).await;
    assert_eq!(dismissed.status, 200);
    let is_gone = format!("return !!document.querySelector('.gone > [href=\"{alert}\"]')");
    reviewer.until("the row stays as a shadow, and no other moves", &is_gone).await;
    assert_eq!(reviewer.read(IS_MARKED).await, true);
    let room = reviewer.read(ROOM_FOR_WHAT_CAME).await;
    assert_eq!(room, true, "what says that rows came moves nothing and covers no row");
    officer.leave().await;
    reviewer.leave().await;
}
