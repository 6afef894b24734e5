//! Data folders of every released version: each opens, verifies, is folded anew, and answers as it did.
//!
//! `ABOVEBOARD_MAKE_GOLDEN=1 cargo test --workspace --test it data_folder_of_every_version` makes the folder of the
//! version that is about to be released; once released, it is never made again.

use std::path::{Path, PathBuf};

use aboveboard_ledger::{By, Command, Ledger, view::QueueFilter};
use aboveboard_policy::DEFAULT;
use serde_json::{Value, json};

use crate::support::*;

/// Asked of every folder; the answers are kept beside it.
const QUERIES: [&str; 6] =
    ["kettle", "chaleira", "茶壶", "payment:unregistered", "direction:in AND pix", "\"teal kettle\""];
/// A golden folder has at most so many bytes.
const GOLDEN_BYTES_MAX: u64 = 300_000;
/// Said to a made-up shop; the last two are about paying somebody else.
const SAID: [&str; 8] = [
    "Hello, is the teal kettle back?",
    "Oi, a chaleira azul chegou?",
    "你好，蓝色的茶壶还有吗？",
    "हाँ, नीली केतली चाहिए",
    "مرحبا، هل وصلت الغلاية؟",
    "The teal kettle, please, and two cups",
    "me manda o pix 529.982.247-25 por fora que sai mais barato",
    "pay the kettle to pix 7d9f0335-8dcc-4054-9bf9-0dbd61d36906, not to the shop",
];

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// What a ledger says, without times, ids and anything that a later version may well add to.
fn answers(ledger: &Ledger) -> Value {
    let log = ledger.log_state(&By::command_line()).unwrap();
    settle(ledger);
    let mut all = words(ledger);
    all.sort();
    let found = QUERIES.map(|query| {
        let page = ledger.search(&investigator(), query, None, 100).unwrap();
        let mut texts: Vec<String> =
            page.hits.rows.iter().flat_map(|hit| hit.zones.values().cloned()).collect();
        texts.sort();
        json!({ "query": query, "texts": texts })
    });
    let filter = QueueFilter { limit: 100, ..QueueFilter::default() };
    let mut alerts: Vec<String> =
        ledger.queue(&investigator(), &filter).unwrap().rows.into_iter().map(|row| row.title).collect();
    alerts.sort();
    let users = ledger.users(&By::command_line()).unwrap();
    let users: Vec<String> = users.into_iter().map(|row| row.user.login.0).collect();
    json!({
        "entries": log.entries, "root": log.root, "words": all, "found": found, "alerts": alerts, "users": users,
    })
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let place = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::copy(&file, place).unwrap();
    }
}

/// Makes the folder of this version. It goes through a backup, which leaves out the keys that nothing was sealed with.
async fn make(folder: &Path) {
    let (firm, source) = Firm::connected();
    let user = ["user", "add", "root@firm.example", "--role", "administrator"];
    assert!(firm.run_with(&user, "correct horse battery").status.success());
    let ledger = firm.ledger();
    for pack in DEFAULT.policies {
        decide(&ledger, Command::PublishPolicy(pack.text.to_owned()));
    }
    drop(ledger);
    let server = firm.serve();
    for (number, text) in SAID.iter().enumerate() {
        let digits = format!("55119000003{:02}", number % 3);
        assert_eq!(
            server.post(source, text_body(&digits, &format!("wamid.golden{number}"), text)).await,
            200
        );
    }
    server.idle().await;
    server.stop().await;
    let (backup, keys) = (firm.beside("backup"), firm.beside("keys"));
    let folders = [backup.to_str().unwrap(), "--keys", keys.to_str().unwrap()];
    firm.succeed(&[&["backup"], &folders[..]].concat());
    std::fs::remove_dir_all(firm.data()).unwrap();
    firm.succeed(&[&["restore"], &folders[..]].concat());
    copy(&firm.data(), &folder.join("data"));
    std::fs::remove_file(folder.join("data/journal/lock")).unwrap();
    let answers = serde_json::to_string_pretty(&answers(&firm.ledger())).unwrap();
    std::fs::write(folder.join("answers.json"), answers + "\n").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_folder_of_every_version_opens_verifies_and_answers_as_it_did() {
    let mine = golden().join(env!("CARGO_PKG_VERSION"));
    if std::env::var_os("ABOVEBOARD_MAKE_GOLDEN").is_some() {
        assert!(!mine.exists(), "{} is there already, and is what this version wrote", mine.display());
        make(&mine).await;
    }
    assert!(mine.exists(), "make it: see the head of this file");
    for version in std::fs::read_dir(golden()).unwrap() {
        let folder = version.unwrap().path();
        let size: u64 = files(&folder).iter().map(|file| file.metadata().unwrap().len()).sum();
        assert!(size <= GOLDEN_BYTES_MAX, "{} has {size} bytes", folder.display());
        let expected: Value = serde_json::from_slice(&bytes(&folder.join("answers.json")).unwrap()).unwrap();
        let firm = Firm::new();
        copy(&folder.join("data"), &firm.data());
        assert_eq!(answers(&firm.ledger()), expected, "{}", folder.display());
        // The looks of the first round are entries: everything but the length is the same.
        let told = firm.succeed(&["verify"]);
        assert!(told.contains("0 problem(s)"), "{told}");
        firm.succeed(&["replay"]);
        let mut again = answers(&firm.ledger());
        for name in ["entries", "root"] {
            again[name] = expected[name].clone();
        }
        assert_eq!(again, expected, "{} after a replay", folder.display());
    }
}
