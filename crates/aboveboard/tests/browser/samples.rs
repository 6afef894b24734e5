//! Things of the demonstration that tests look at: found once, by a compliance officer, as soon as they have arrived.

use std::{collections::BTreeSet, sync::Mutex};

use aboveboard_model::access::Role;
use tokio::sync::OnceCell;

use super::visitor::Visitor;

/// Alerts that have to be there before a test looks at the queue.
const ALERTS_MIN: usize = 12;

static SAMPLES: OnceCell<Samples> = OnceCell::const_new();

/// Addresses of pages that show content, and words that stand on them.
#[derive(Debug)]
pub(super) struct Samples {
    pub alert: String,
    pub case: String,
    pub conversation: String,
    pub media: String,
    pub employee: String,
    /// What was captured of a number.
    pub number: String,
    /// A page of the log for an entry that brought content.
    pub entry: String,
    /// Pieces of what people wrote, as they stand in the HTML of the pages above.
    pub words: Vec<String>,
}

impl Samples {
    /// Those of this test run.
    pub(super) async fn found() -> &'static Self {
        SAMPLES.get_or_init(find).await
    }
}

/// Waits until alerts have arrived, and leaves the visitor on the queue.
pub(super) async fn wait_for_alerts(visitor: &Visitor) {
    let enough = format!("return document.querySelectorAll('[data-row]').length >= {ALERTS_MIN}");
    visitor.open_until("/alerts", "alerts in the queue", &enough).await;
}

/// The address of an open alert in the queue that the visitor has on the screen, as it stands there. No other test gets
/// the same. They are taken from the bottom, because somebody who works by keyboard begins at the top.
pub(super) async fn take_alert(visitor: &Visitor) -> String {
    static TAKEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let open = "return [...document.querySelectorAll('[data-row]:not(:has(.state))')]
        .map((row) => row.getAttribute('href'))";
    let open = visitor.texts(open).await;
    let mut taken = TAKEN.lock().unwrap();
    open.into_iter().rev().find(|alert| taken.insert(alert.clone())).unwrap()
}

async fn find() -> Samples {
    let officer = Visitor::signed_in(Role::ComplianceOfficer).await;
    wait_for_alerts(&officer).await;
    let alert = take_alert(&officer).await;
    officer.open(&alert).await;
    let conversation = first(&officer, ".older a").await;
    let entry = first(&officer, ".bubble a.entry").await;
    let mut words = words_shown(&officer).await;
    let opened = officer.send(&format!("{}/case", path(&alert)), "title=What the samples show").await;
    assert_eq!(opened.status, 200);
    officer.open("/cases").await;
    let case = first(&officer, "[data-row], .rows a, table a").await;
    let media = media(&officer).await;
    officer.open("/people").await;
    let employee = first(&officer, "tbody a").await;
    officer.open("/sources/coverage").await;
    let number = first(&officer, "#coverage [data-row]").await;
    officer.open(&conversation).await;
    words.extend(words_shown(&officer).await);
    assert!(!words.is_empty());
    officer.leave().await;
    Samples { alert, case, conversation, media, employee, number, entry, words }
}

/// The path of an address without its question.
pub(super) fn path(address: &str) -> &str {
    address.split('?').next().unwrap_or_default()
}

/// Where the first element that a selector finds leads to, as soon as it is there.
async fn first(visitor: &Visitor, selector: &str) -> String {
    let script = format!("return document.querySelector('main {selector}')?.getAttribute('href')");
    visitor.until(selector, &script).await.as_str().unwrap().to_owned()
}

/// A stored file of some message.
async fn media(visitor: &Visitor) -> String {
    visitor.open("/search?q=media%3A*").await;
    let hits = visitor
        .texts("return [...document.querySelectorAll('.hit a')].map((one) => one.getAttribute('href'))")
        .await;
    for hit in hits {
        visitor.open(&hit).await;
        let file = "
            const file = document.querySelector('.file a, .file img');
            return file?.getAttribute('href') ?? file?.getAttribute('src')";
        let file = visitor.text(file).await;
        if file.starts_with("/media/") {
            return file;
        }
    }
    panic!("no message has a stored file");
}

/// Pieces of text in bubbles, long enough to be nobody else's and without what HTML writes differently.
async fn words_shown(visitor: &Visitor) -> Vec<String> {
    visitor
        .texts(
            "const pieces = [];
             for (const words of document.querySelectorAll('.bubble .words')) {
                 const walker = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
                 while (walker.nextNode()) pieces.push(...walker.currentNode.data.split(/[&<>\"'\\n]/));
             }
             return pieces.filter((piece) => piece.trim().length >= 16);",
        )
        .await
}
