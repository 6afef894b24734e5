//! The console in a browser that runs no script.

use aboveboard_model::access::Role;

use super::{
    samples::{take_alert, wait_for_alerts},
    visitor::{Scripts, Visitor},
};

#[tokio::test]
async fn without_scripts_a_person_signs_in_reads_the_queue_and_claims_an_alert() {
    let officer = Visitor::new(Scripts::Off).await;
    officer.sign_in(Role::ComplianceOfficer).await;
    assert_eq!(officer.read("return document.documentElement.classList.contains('script')").await, false);
    wait_for_alerts(&officer).await;
    let alert = take_alert(&officer).await;
    let row = format!("[href='{alert}']");
    let title = officer.one(&format!("{row} .line b")).await.text().await.unwrap();
    officer.one(&row).await.click().await.unwrap();
    officer.until("the alert", "return !!document.querySelector('#alert h1')").await;
    assert_eq!(officer.text("return document.querySelector('#alert h1').textContent").await, title);
    officer.one("form[action$='/claim'] button").await.click().await.unwrap();
    officer.until("the alert is mine", "return !!document.querySelector('.subject .state.mine')").await;
    officer.one("form[action$='/release'] button").await.click().await.unwrap();
    officer.until("the alert is open", "return !!document.querySelector('.subject .state.open')").await;
    officer.leave().await;
}

#[tokio::test]
async fn without_scripts_settings_are_set_and_the_theme_wins_over_the_systems() {
    let auditor = Visitor::new(Scripts::Off).await;
    auditor.sign_in(Role::Auditor).await;
    auditor.open("/account").await;
    for chosen in ["[name=theme] [value=dark]", "[name=language] [value=pt-BR]", "[name=keys]"] {
        auditor.one(chosen).await.click().await.unwrap();
    }
    auditor.one("form[action='/account/settings'] button").await.click().await.unwrap();
    auditor.until("the page in Portuguese", "return document.documentElement.lang === 'pt-BR'").await;
    let ground = "return getComputedStyle(document.body).backgroundColor";
    assert_eq!(auditor.text(ground).await, "rgb(23, 23, 23)");
    assert_eq!(auditor.text("return document.documentElement.dataset.keys").await, "off");
    auditor.one("[name=theme] [value=light]").await.click().await.unwrap();
    auditor.one("form[action='/account/settings'] button").await.click().await.unwrap();
    auditor.until("the light theme", "return document.documentElement.dataset.theme === 'light'").await;
    assert_eq!(auditor.text(ground).await, "rgb(245, 245, 244)");
    auditor.leave().await;
}
