//! The disaster drill: a backup of a server under load, the machine lost, and everything stored before is back.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use aboveboard_model::id::SourceId;
use tokio::{
    task::{JoinSet, block_in_place},
    time::{Instant, sleep},
};

use crate::support::*;

/// Tasks that post at once.
const POSTERS: u32 = 4;
/// Messages stored before the first backup begins.
const STORED_MIN: usize = 60;
/// After how long backups are killed, in milliseconds.
const KILLED_AFTER_MS: [u64; 5] = [5, 30, 80, 200, 400];
/// How long the load may take to store what a test waits for.
const WAIT: Duration = Duration::from_secs(60);

/// Posts until it is told to stop or the server is gone; what got 200 is in `stored`.
struct Load {
    stored: Arc<Mutex<BTreeSet<String>>>,
    stop: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Load {
    fn start(server: &Server, source: SourceId) -> Self {
        let (stored, stop) = (Arc::new(Mutex::new(BTreeSet::new())), Arc::new(AtomicBool::new(false)));
        let (next, mut tasks) = (Arc::new(AtomicU32::new(0)), JoinSet::new());
        for poster in 0..POSTERS {
            let (client, url) = (server.client.clone(), server.webhook(source));
            let (stored, stop, next) = (stored.clone(), stop.clone(), next.clone());
            tasks.spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    let words = format!("drill {}", next.fetch_add(1, Ordering::SeqCst));
                    let body =
                        text_body(&format!("55119000002{poster:02}"), &format!("wamid.{words}"), &words);
                    match post(&client, &url, body).await {
                        Some(200) => stored.lock().unwrap().insert(words),
                        _ => return,
                    };
                }
            });
        }
        Self { stored, stop, tasks }
    }

    fn stored(&self) -> BTreeSet<String> {
        self.stored.lock().unwrap().clone()
    }

    async fn wait_for(&self, messages: usize) {
        let until = Instant::now() + WAIT;
        while self.stored().len() < messages {
            assert!(Instant::now() < until, "{} of {messages} are stored", self.stored().len());
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn end(mut self) -> BTreeSet<String> {
        self.stop.store(true, Ordering::SeqCst);
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
        self.stored()
    }
}

/// The arguments that name both folders of a backup.
fn folders(firm: &Firm, word: &str) -> Vec<String> {
    let place = |name: &str| firm.beside(name).to_str().unwrap().to_owned();
    vec![word.to_owned(), place("backup"), "--keys".to_owned(), place("keys")]
}

fn run(firm: &Firm, word: &str) -> Ran {
    let arguments = folders(firm, word);
    firm.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn succeed(firm: &Firm, word: &str) -> String {
    let ran = run(firm, word);
    assert!(ran.status.success(), "{word}: {}{}", ran.out, ran.err);
    ran.out
}

/// The root that a command printed.
fn root(told: &str) -> &str {
    let is_root = |word: &&str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    told.split(|letter: char| !letter.is_ascii_alphanumeric()).find(is_root).unwrap()
}

fn lose(folder: &Path) {
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_before_a_backup_began_survives_the_machine() {
    let (firm, source) = Firm::connected();
    let server = firm.serve();
    let load = Load::start(&server, source);
    load.wait_for(STORED_MIN).await;
    let before = load.stored();
    let told = block_in_place(|| succeed(&firm, "backup"));
    assert!(told.contains("every entry opens"), "{told}");
    for after in KILLED_AFTER_MS {
        let mut killed = firm.command(&[]).args(folders(&firm, "backup")).spawn().unwrap();
        sleep(Duration::from_millis(after)).await;
        killed.kill().unwrap();
        killed.wait().unwrap();
    }
    let drill = firm.beside("drill");
    let mut restore = firm.command(&[]);
    restore.args(folders(&firm, "restore")).env("ABOVEBOARD_DATA", &drill);
    let told = block_in_place(|| restore.output().unwrap());
    assert!(told.status.success(), "a killed backup leaves a whole one: {told:?}");
    lose(&drill);

    server.kill();
    let stored = load.end().await;
    assert!(before.is_subset(&stored) && before.len() < stored.len());
    let taken = succeed(&firm, "backup");
    lose(&firm.data());
    let restored = succeed(&firm, "restore");
    assert_eq!(root(&restored), root(&taken), "the same root\n{taken}{restored}");
    assert!(restored.contains("proved"), "{restored}");
    let server = firm.serve();
    server.idle().await;
    assert_eq!(server.post(source, text_body("5511900000299", "wamid.after", "after the drill")).await, 200);
    server.idle().await;
    server.stop().await;
    let ledger = firm.ledger();
    settle(&ledger);
    let found: BTreeSet<String> = words(&ledger).into_iter().collect();
    let lost: Vec<&String> = stored.iter().filter(|words| !found.contains(*words)).collect();
    assert_eq!(lost, [""; 0], "and it goes on");
    assert!(found.contains("after the drill"));
    drop(ledger);
    assert!(firm.succeed(&["verify"]).contains("0 problem(s)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_holds_what_was_stored_when_it_began() {
    let (firm, source) = Firm::connected();
    let server = firm.serve();
    let load = Load::start(&server, source);
    load.wait_for(STORED_MIN).await;
    let before = load.stored();
    block_in_place(|| succeed(&firm, "backup"));
    load.end().await;
    server.kill();
    lose(&firm.data());
    succeed(&firm, "restore");
    let server = firm.serve();
    server.idle().await;
    server.stop().await;
    let ledger = firm.ledger();
    settle(&ledger);
    let found: BTreeSet<String> = words(&ledger).into_iter().collect();
    assert!(before.is_subset(&found), "{:?}", before.difference(&found));
}

#[test]
fn each_mistake_is_told_with_its_cause_and_what_to_do() {
    let (firm, _) = Firm::connected();
    let told = |ran: Ran| {
        assert!(!ran.status.success(), "{}", ran.out);
        ran.err
    };
    let without = firm.run(&["backup", firm.beside("backup").to_str().unwrap()]);
    assert!(told(without).contains("--keys"), "keys are never forgotten");
    let inside = firm.data().join("backup");
    let nested = firm.run(&["backup", inside.to_str().unwrap(), "--without-keys"]);
    assert!(told(nested).contains("are not apart"));
    succeed(&firm, "backup");
    assert!(told(run(&firm, "restore")).contains("is not empty, it has"));

    let other = |name: &str, value: &str, word: &str| {
        let mut command = firm.command(&[]);
        command.args(folders(&firm, word)).env(format!("ABOVEBOARD_{name}"), value);
        let output = command.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let other_key = "11".repeat(32);
    for word in ["backup", "restore"] {
        if word == "restore" {
            lose(&firm.data());
        }
        let told = other("DEPLOYMENT_KEY", &other_key, word);
        assert!(told.contains("does not open keys.db") && told.contains("deployment_key_file"), "{told}");
        let told = other("REGION", "in-1", word);
        assert!(told.contains("region"), "{told}");
    }
    assert!(told(run(&firm, "backup")).contains("there is no log in"));

    let segment = firm.beside("backup/journal/00000000000000000000.seg");
    let mut bytes = bytes(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, &bytes).unwrap();
    let damaged = run(&firm, "restore");
    assert!(damaged.out.contains("damaged: journal/00000000000000000000.seg at byte"), "{}", damaged.out);
    assert!(told(damaged).contains("nothing was restored"));
    assert!(!firm.data().join("journal").exists());
    bytes[middle] ^= 1;
    std::fs::write(&segment, &bytes).unwrap();
    succeed(&firm, "restore");
    let nothing_new = succeed(&firm, "backup");
    assert!(nothing_new.contains("every byte was read again"), "{nothing_new}");
}
