//! Somebody in front of a browser: opens pages, presses keys, and sees what the browser complains about.

use std::{path::Path, sync::Arc, time::Duration};

use aboveboard_model::access::Role;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{
    ChromiumLikeCapabilities, DesiredCapabilities, Key, LoggingPrefsLogLevel, WebDriver,
    common::keys::TypingData,
};
use tokio::time::{Instant, sleep};

use super::demo::{House, bytes, driver, login};

/// How long a page may take to show what a test waits for. Generous: a debug build on a busy machine reads 30 days of
/// messages at the same time.
const SHOWN_MAX: Duration = Duration::from_secs(30);
/// How long alerts may take to arrive: the program judges what it has when most of the 30 days are in.
const ARRIVED_MAX: Duration = Duration::from_secs(900);
/// How often a test looks whether it is there.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Without the switches against background work Chromium looks up its maker's hosts, which a closed network refuses.
const SWITCHES: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--lang=en",
    "--window-size=1280,800",
];

/// Whether a browser runs scripts of pages.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Scripts {
    On,
    Off,
}

/// What the server answered to a question that a page's own script could ask.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u64,
    pub text: String,
}

/// A browser of its own in one house, signed in or not.
pub(super) struct Visitor {
    house: Arc<House>,
    /// There until the visitor leaves.
    driver: Option<WebDriver>,
    _profile: TempDir,
}

impl Visitor {
    /// A fresh browser in the demonstration, with which nobody has signed in.
    pub(super) async fn new(scripts: Scripts) -> Self {
        Self::at(House::of_the_demo(), scripts).await
    }

    /// A fresh browser in a house.
    pub(super) async fn at(house: Arc<House>, scripts: Scripts) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut wanted = DesiredCapabilities::chrome();
        for switch in SWITCHES {
            wanted.add_arg(switch).unwrap();
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
        wanted.add_arg(&format!("--host-resolver-rules=MAP console.localhost:80 {}", house.address)).unwrap();
        if scripts == Scripts::Off {
            wanted.add_arg("--blink-settings=scriptEnabled=false").unwrap();
        }
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        let driver = WebDriver::new(driver(), wanted).await.unwrap();
        Self { house, driver: Some(driver), _profile: profile }
    }

    /// The browser.
    pub(super) fn driver(&self) -> &WebDriver {
        self.driver.as_ref().unwrap()
    }

    /// A fresh browser, signed in as the demonstration's person in a role.
    pub(super) async fn signed_in(role: Role) -> Self {
        let visitor = Self::new(Scripts::On).await;
        visitor.sign_in(role).await;
        visitor
    }

    /// Signs in by the form; whoever was signed in before is forgotten.
    pub(super) async fn sign_in(&self, role: Role) {
        self.sign_in_with(role, self.house.password()).await;
    }

    /// The same with a password.
    pub(super) async fn sign_in_with(&self, role: Role, password: &str) {
        self.driver().delete_all_cookies().await.unwrap();
        self.open("/sign-in").await;
        self.enter(role, password).await;
    }

    /// Signs in where the form is on the screen.
    pub(super) async fn enter(&self, role: Role, password: &str) {
        self.fill("/sign-in", &[("login", login(role)), ("password", password)]).await;
        self.until("somebody is signed in", "return !!document.querySelector('.rail')").await;
    }

    /// Opens a page by its address and returns its HTTP status.
    pub(super) async fn open(&self, path: &str) -> u64 {
        self.driver().goto(format!("{}{path}", self.house.origin)).await.unwrap();
        let status = "return performance.getEntriesByType('navigation')[0].responseStatus";
        self.read(status).await.as_u64().unwrap()
    }

    /// The one element that a selector finds.
    pub(super) async fn one(&self, selector: &str) -> thirtyfour::WebElement {
        self.driver().find(thirtyfour::By::Css(selector)).await.unwrap()
    }

    /// The element that a selector finds, as soon as it can be seen.
    pub(super) async fn until_element(&self, selector: &str) -> thirtyfour::WebElement {
        let is_seen = format!("return !!document.querySelector({})?.checkVisibility()", json!(selector));
        self.until(selector, &is_seen).await;
        self.one(selector).await
    }

    /// Clicks what a selector finds, as soon as it can be clicked; again where the page was swapped under the hand.
    pub(super) async fn click(&self, selector: &str) {
        let by = Instant::now() + SHOWN_MAX;
        loop {
            let clicked = match self.driver().find(thirtyfour::By::Css(selector)).await {
                Ok(one) => one.click().await,
                Err(error) => Err(error),
            };
            let Err(error) = clicked else { return };
            if Instant::now() > by {
                let page = self.read("return document.body.innerText").await;
                panic!("{selector} could not be clicked: {error}; the page: {page}");
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Goes to a place by the navigation.
    pub(super) async fn go(&self, place: &str) {
        self.click(&format!(".rail a[href='{place}']")).await;
        self.until(
            place,
            &format!("return location.pathname === '{place}' && !!document.querySelector('h1')"),
        )
        .await;
    }

    /// Types into fields of the form that is sent to an address with such an end, and sends it.
    pub(super) async fn fill(&self, action: &str, fields: &[(&str, &str)]) {
        let form = format!("form[method=post][action$='{action}']");
        for (name, text) in fields {
            let field = self.until_element(&format!("{form} [name={name}]")).await;
            if field.prop("type").await.unwrap().as_deref() == Some("date") {
                // How a date is typed depends on the language of the machine.
                let script = "arguments[0].value = arguments[1]";
                let arguments = vec![field.to_json().unwrap(), json!(text)];
                self.driver().execute(script, arguments).await.unwrap();
            } else {
                field.clear().await.unwrap();
                field.send_keys(*text).await.unwrap();
            }
        }
        self.click(&format!("{form} button")).await;
    }

    /// Clicks a link to a file, and reads what the browser saved under the name that it should have.
    pub(super) async fn download(&self, selector: &str, file: &Path) -> Vec<u8> {
        let place = json!({ "behavior": "allow", "downloadPath": file.parent().unwrap() });
        self.driver().cdp().send_raw("Browser.setDownloadBehavior", place).await.unwrap();
        self.click(selector).await;
        let by = Instant::now() + SHOWN_MAX;
        loop {
            if file.exists() && file.metadata().unwrap().len() > 0 {
                return bytes(file);
            }
            assert!(Instant::now() < by, "{} did not come", file.display());
            sleep(LOOK_EVERY).await;
        }
    }

    /// What a script of the test's own returns.
    pub(super) async fn read(&self, script: &str) -> Value {
        self.driver().execute(script, vec![]).await.unwrap().json().clone()
    }

    /// The text that a script returns.
    pub(super) async fn text(&self, script: &str) -> String {
        self.read(script).await.as_str().unwrap_or_default().to_owned()
    }

    /// The texts that a script returns.
    pub(super) async fn texts(&self, script: &str) -> Vec<String> {
        serde_json::from_value(self.read(script).await).unwrap()
    }

    /// Waits until a script returns something true, and returns it. Pages may come and go meanwhile.
    pub(super) async fn until(&self, what: &str, script: &str) -> Value {
        let by = Instant::now() + SHOWN_MAX;
        loop {
            let seen = self.driver().execute(script, vec![]).await.map(|seen| seen.json().clone());
            if let Ok(seen) = &seen
                && !matches!(seen, Value::Null | Value::Bool(false))
            {
                return seen.clone();
            }
            if Instant::now() > by {
                let page = self.read("return document.body.innerText").await;
                panic!("waited for this and it did not come: {what}; {seen:?}; the page: {page}");
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Opens a page again and again until a script finds true on it: for what arrives meanwhile.
    pub(super) async fn open_until(&self, path: &str, what: &str, script: &str) {
        let by = Instant::now() + ARRIVED_MAX;
        loop {
            self.open(path).await;
            if self.read(script).await == true {
                return;
            }
            assert!(Instant::now() < by, "waited for this and it did not come: {what}");
            sleep(LOOK_EVERY).await;
        }
    }

    /// Presses keys, wherever the focus is.
    pub(super) async fn press(&self, keys: impl Into<TypingData>) {
        self.driver().action_chain().send_keys(keys).perform().await.unwrap();
    }

    /// Asks for a path in the visitor's session and reads the answer, without leaving the page.
    pub(super) async fn ask(&self, path: &str) -> Answer {
        let script = "return fetch(arguments[0]).then(async (one) => ({ status: one.status, text: await one.text() }))";
        self.fetch(script, vec![json!(path)]).await
    }

    /// Sends a form of the visitor's session, as the page's own forms would be sent: `name=value&…`.
    pub(super) async fn send(&self, path: &str, fields: &str) -> Answer {
        let script = "
            const fields = new URLSearchParams(arguments[1]);
            fields.set('form_token', document.querySelector('[name=form_token]').value);
            return fetch(arguments[0], { method: 'POST', body: fields })
                .then(async (one) => ({ status: one.status, text: await one.text() }));";
        self.fetch(script, vec![json!(path), json!(fields)]).await
    }

    async fn fetch(&self, script: &str, arguments: Vec<Value>) -> Answer {
        let answer = self.driver().execute(script, arguments).await.unwrap().json().clone();
        let status = answer["status"].as_u64().unwrap();
        Answer { status, text: answer["text"].as_str().unwrap().to_owned() }
    }

    /// Presses a key while Control is held.
    pub(super) async fn press_with_control(&self, key: char) {
        let keys = self.driver().action_chain().key_down(Key::Control).send_keys(key).key_up(Key::Control);
        keys.perform().await.unwrap();
    }

    /// What the browser has complained about since the last time: errors of scripts, refusals of the content security
    /// policy, files that did not come. Warnings count too.
    pub(super) async fn complaints(&self) -> Vec<String> {
        let entries = self.driver().browser_log().await.unwrap();
        let is_complaint = |level: &str| matches!(level, "SEVERE" | "WARNING");
        entries.into_iter().filter(|one| is_complaint(&one.level)).map(|one| one.message).collect()
    }

    /// Ends the browser; fails where it, or the server, has complained.
    pub(super) async fn leave(mut self) {
        assert_eq!(self.complaints().await, Vec::<String>::new(), "the browser complained");
        self.house.must_be_content();
        self.driver.take().unwrap().quit().await.unwrap();
    }
}

impl Drop for Visitor {
    /// Only a test that failed drops an open browser, and the browser then ends with its driver. The client's own way
    /// out, to ask for the end from within `drop`, was seen to wait without end.
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            drop(driver.leak());
        }
    }
}
