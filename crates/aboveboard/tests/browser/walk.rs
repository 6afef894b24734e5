//! A newcomer's walk: from the worst alert of the demonstration to a proof that what they did about it was done.

use std::{
    io::Cursor,
    path::Path,
    process::{Command, Output},
};

use aboveboard_model::access::Role;
use serde::Deserialize;
use zip::ZipArchive;

use super::{
    demo::House,
    samples::wait_for_alerts,
    visitor::{Scripts, Visitor},
};

const TITLE: &str = "A private account instead of the company's";
const REASON: &str = "The client got the right account; the money came back.";
/// What the log calls an entry that closes a case.
const CLOSED: &str = "case.changed";

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
    /// The file that a browser saves.
    proof: String,
    /// The archive that a browser saves.
    export: Vec<u8>,
    /// The command that checks it once it is unpacked.
    check: String,
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
    let shown = find_in_the_log(&officer, folder.path()).await;
    officer.leave().await;
    house.stop();
    check_offline(folder.path(), &shown);
}

/// The first row, which is as bad as any.
async fn open_the_worst(officer: &Visitor) {
    let severities: Vec<i64> = serde_json::from_value(officer.read(SEVERITIES).await).unwrap();
    assert_eq!(severities.first(), severities.iter().max(), "the worst stands on top: {severities:?}");
    officer.click("#queue [data-row]").await;
    officer.until("the alert", "return !!document.querySelector('#alert h1')").await;
}

/// What is said to be wrong stands in the conversation, with the same number, word for word; a quotation leads there.
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
    officer.click(".quotes a").await;
    let led = "const quote = document.querySelector('.quotes a');
        const message = document.querySelector(quote.hash);
        return message === document.activeElement && !!message.querySelector('mark')";
    officer.until("the message that is quoted", led).await;
}

async fn open_and_close_a_case(officer: &Visitor) {
    officer.click("details:has([action$='/case']) > summary").await;
    officer.fill("/case", &[("title", TITLE)]).await;
    officer.until("the case", "return location.pathname.startsWith('/cases/case_')").await;
    officer.click("details:has([action$='/close']) > summary").await;
    officer.click("[name=outcome][value=substantiated]").await;
    officer.fill("/close", &[("reason", REASON)]).await;
    officer.until("the outcome", "return !!document.querySelector('.outcome .said')").await;
}

/// From the case's own history to the line of the log with the same number, which a checkpoint covers as soon as somebody
/// asks for a check, and to the proof that the line offers.
async fn find_in_the_log(officer: &Visitor, folder: &Path) -> Shown {
    let last = "return [...document.querySelectorAll('#custody a.entry')].at(-1)?.getAttribute('href')";
    let entry = officer.text(last).await;
    officer.go("/log").await;
    officer.click("form[action='/log/verify'] button").await;
    officer.until("the log is whole", "return !!document.querySelector('.done')").await;
    officer.go("/log").await;
    officer.click("#state summary").await;
    let key = "return [...document.querySelectorAll('#state code')].map((one) => one.innerText)
        .find((text) => /^[^+]+\\+[0-9a-f]{8}\\+/.test(text))";
    let key = officer.until("the log's key", key).await.as_str().unwrap().to_owned();
    officer.click(&format!("[name=kind] [value='{CLOSED}']")).await;
    officer.click(".narrow-by button").await;
    let narrowed = "return location.search.includes('kind=') && !!document.querySelector('#entries')";
    officer.until("entries of that kind", narrowed).await;
    officer.click(&format!("#entries a[href='{entry}']")).await;
    officer.until("the entry", &format!("return location.pathname === '{entry}'")).await;
    let kind = "return [...document.querySelectorAll('dd code')].map((one) => one.textContent)";
    assert!(officer.texts(kind).await.iter().any(|one| one == CLOSED));
    let leaf = officer.text("return document.querySelector('.source code').textContent").await;
    let index = entry.rsplit('/').next().unwrap().to_owned();
    let check = officer.text("return document.querySelector('#check').innerText").await;
    let saved = |end: &str| folder.join(format!("entry-{index}.{end}"));
    let proof = officer.download("a[download][href$='/proof']", &saved("tlog-proof")).await;
    let export = officer.download("a[download][href$='/export']", &saved("zip")).await;
    Shown { index, leaf, key, proof: String::from_utf8(proof).unwrap(), export, check }
}

/// The export is what the console showed; the program accepts it and so does a shell with openssl, both with the key that
/// the console gave; neither does once a word in it is changed. The proof that the console gave proves the same.
fn check_offline(folder: &Path, shown: &Shown) {
    let key = folder.join("log.vkey");
    std::fs::write(&key, format!("{}\n", shown.key)).unwrap();
    ZipArchive::new(Cursor::new(&shown.export)).unwrap().extract(folder).unwrap();
    let (_, arguments) = shown.check.split_once("aboveboard ").unwrap();
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let export = folder.join(arguments.last().unwrap());
    let [export_text, key_text] = [&export, &key].map(|path| path.to_str().unwrap());
    let read = |name: &str| String::from_utf8(super::demo::bytes(&export.join(name))).unwrap();
    assert_eq!(read("leaf.json"), shown.leaf);
    let has_the_reason = |name: &&str| export.join(name).exists() && read(name).contains(REASON);
    let part = ["raw.json", "record.json"].into_iter().find(has_the_reason).expect("the words are in a part");
    let index_line = format!("\nindex {}\n", shown.index);
    assert!(read("evidence.tlog-proof").contains(&index_line) && shown.proof.contains(&index_line));

    let script = export.join("verify.sh");
    let by_shell = || run("bash", &[script.to_str().unwrap(), export_text, key_text]);
    let check = [&arguments[..], &["--key", key_text]].concat();
    let by_program = || {
        let mut program = Command::new(env!("CARGO_BIN_EXE_aboveboard"));
        program.args(&check).current_dir(folder).env_remove("ABOVEBOARD_CONFIG").output().unwrap()
    };
    let checks = || [by_program(), by_shell()];
    for checked in checks() {
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(checked.status.success() && said.contains(&format!("entry {}", shown.index)), "{checked:?}");
    }
    let words = read(part);
    std::fs::write(export.join(part), words.replace("came back", "was kept")).unwrap();
    for checked in checks() {
        assert!(!checked.status.success(), "{checked:?}");
    }
    std::fs::write(export.join(part), words).unwrap();
    std::fs::write(export.join("evidence.tlog-proof"), &shown.proof).unwrap();
    let checked = by_shell();
    assert!(checked.status.success(), "the proof that the console gave: {checked:?}");
}

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).env_remove("ABOVEBOARD_CONFIG").output().unwrap()
}
