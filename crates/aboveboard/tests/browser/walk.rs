//! A newcomer's walk: from the worst alert of the demonstration to a proof that what they did about it was done.

use std::{
    path::Path,
    process::{Command, Output},
};

use aboveboard_model::access::Role;
use serde::Deserialize;

use super::{
    demo::House,
    samples::wait_for_alerts,
    visitor::{Scripts, Visitor},
};

const TITLE: &str = "A private account instead of the company's";
const REASON: &str = "The client got the right account; the money came back.";

/// The severities of the queue's rows, as they stand there.
const SEVERITIES: &str = "return [...document.querySelectorAll('#queue [data-row] .severity')]
    .map((one) => ['low', 'medium', 'high', 'critical'].findIndex((word) => one.classList.contains(word)))";

/// Each reason: its number, the words that it quotes, and the words that bear its number in the conversation.
const REASONS: &str = "return [...document.querySelectorAll('.reason')].map((reason) => {
    const number = reason.querySelector('.number').textContent;
    const texts = (selector, root) => [...root.querySelectorAll(selector)].map((one) => one.textContent);
    return {
        title: reason.querySelector('.title').textContent,
        quotes: texts('.quotes a', reason),
        marked: texts(`.talk mark[data-reason~='${number}']`, document),
        how: reason.querySelector('.how')?.textContent ?? '',
    };
})";

/// What the reviewer is told of one reason.
#[derive(Debug, Deserialize)]
struct Reason {
    title: String,
    quotes: Vec<String>,
    marked: Vec<String>,
    how: String,
}

/// What the console says of an entry, to be held against what leaves the house.
struct Shown {
    index: String,
    leaf: String,
    key: String,
    proof: String,
}

#[tokio::test]
async fn a_newcomer_goes_from_the_worst_alert_to_a_proof_that_anybody_can_check_offline() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::kept(&folder.path().join("kept"));
    let officer = Visitor::at(house.clone(), Scripts::On).await;
    officer.sign_in(Role::ComplianceOfficer).await;
    wait_for_alerts(&officer).await;
    open_the_worst(&officer).await;
    understand(&officer).await;
    open_and_close_a_case(&officer).await;
    let shown = find_in_the_log(&officer).await;
    officer.leave().await;
    house.stop();
    check_offline(folder.path(), &shown);
}

async fn open_the_worst(officer: &Visitor) {
    let severities: Vec<i64> = serde_json::from_value(officer.read(SEVERITIES).await).unwrap();
    assert_eq!(severities.first(), severities.iter().max(), "the worst stands on top: {severities:?}");
    officer.one("[data-row]").await.click().await.unwrap();
    officer.until("the alert", "return !!document.querySelector('#alert h1')").await;
}

/// What is said to be wrong stands in the conversation, with the same number, word for word.
async fn understand(officer: &Visitor) {
    let reasons: Vec<Reason> = serde_json::from_value(officer.read(REASONS).await).unwrap();
    assert!(!reasons.is_empty());
    for reason in &reasons {
        assert!(!reason.title.is_empty() && !reason.how.is_empty(), "{reason:?}");
        let marked = reason.marked.concat();
        for quote in &reason.quotes {
            assert!(marked.contains(quote.trim_end_matches('…')), "{reason:?}");
        }
    }
    assert!(reasons.iter().any(|reason| !reason.quotes.is_empty()), "{reasons:?}");
}

async fn open_and_close_a_case(officer: &Visitor) {
    officer.press("c").await;
    let title = officer.until_element("input[name=title]").await;
    title.clear().await.unwrap();
    title.send_keys(TITLE).await.unwrap();
    officer.one("form[action$='/case'] button").await.click().await.unwrap();
    officer.until("the case", "return location.pathname.startsWith('/cases/case_')").await;
    officer.press("e").await;
    officer.until_element("[name=outcome][value=substantiated]").await.click().await.unwrap();
    officer.one("textarea[name=reason]").await.send_keys(REASON).await.unwrap();
    officer.one("form[action$='/close'] button").await.click().await.unwrap();
    officer.until("the outcome", "return !!document.querySelector('.outcome .said')").await;
}

/// From the case's own history to the entry in the log, which a checkpoint covers as soon as somebody asks for a check.
async fn find_in_the_log(officer: &Visitor) -> Shown {
    let last = "return [...document.querySelectorAll('#custody a.entry')].at(-1)?.getAttribute('href')";
    let entry = officer.text(last).await;
    officer.open("/log").await;
    officer.one("form[action='/log/verify'] button").await.click().await.unwrap();
    officer.until("the log is whole", "return !!document.querySelector('.done')").await;
    officer.open("/log").await;
    let key = "return [...document.querySelectorAll('#state code')].map((one) => one.textContent)
        .find((text) => /^[^+]+\\+[0-9a-f]{8}\\+/.test(text))";
    let key = officer.text(key).await;
    officer.open(&entry).await;
    let kind = "return [...document.querySelectorAll('dd code')].map((one) => one.textContent).join(' ')";
    assert!(officer.text(kind).await.contains("case.changed"));
    let leaf = officer.text("return document.querySelector('.source code').textContent").await;
    let proof = officer.ask(&format!("{entry}/proof")).await;
    assert_eq!(proof.status, 200);
    let index = entry.rsplit('/').next().unwrap().to_owned();
    Shown { index, leaf, key, proof: proof.text }
}

/// The export is what the console showed; the program accepts it and so does a shell with openssl, both with the key that
/// the console gave; neither does once a word in it is changed.
fn check_offline(folder: &Path, shown: &Shown) {
    let (export, key) = (folder.join("export"), folder.join("log.vkey"));
    std::fs::write(&key, format!("{}\n", shown.key)).unwrap();
    let configuration = folder.join("kept/aboveboard.toml");
    let [export_text, key_text] = [&export, &key].map(|path| path.to_str().unwrap());
    let program = |arguments: &[&str]| run(env!("CARGO_BIN_EXE_aboveboard"), arguments);
    let exported =
        program(&["--config", configuration.to_str().unwrap(), "proof", &shown.index, export_text]);
    assert!(exported.status.success(), "{exported:?}");
    let read = |name: &str| String::from_utf8(super::demo::bytes(&export.join(name))).unwrap();
    assert_eq!(read("leaf.json"), shown.leaf);
    let has_the_reason = |name: &&str| export.join(name).exists() && read(name).contains(REASON);
    let part = ["raw.json", "record.json"].into_iter().find(has_the_reason).expect("the words are in a part");
    let index_line = format!("\nindex {}\n", shown.index);
    assert!(read("evidence.tlog-proof").contains(&index_line) && shown.proof.contains(&index_line));

    let script = export.join("verify.sh");
    let checks = || {
        [
            program(&["check-proof", export_text, "--key", key_text]),
            run("bash", &[script.to_str().unwrap(), export_text, key_text]),
        ]
    };
    for checked in checks() {
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(checked.status.success() && said.contains(&format!("entry {}", shown.index)), "{checked:?}");
    }
    std::fs::write(export.join(part), read(part).replace("came back", "was kept")).unwrap();
    for checked in checks() {
        assert!(!checked.status.success(), "{checked:?}");
    }
}

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).env_remove("ABOVEBOARD_CONFIG").output().unwrap()
}
