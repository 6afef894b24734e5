//! A disk that is full refuses, loses nothing, and once there is room all parts go on by themselves.

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use aboveboard_archive::{fs::crash::CrashFs, random::SystemRandom};
use aboveboard_model::{
    event::Event,
    features::{Features, Input},
    id::{Index, SourceId},
};
use jiff::Timestamp;
use rusqlite::Connection;

use super::{Ledger, Options};
use crate::{error::Result, fold::Derive, secrets::DeploymentKey};

/// How long the parts may take to go on: the fold waits five seconds for a lock and one before it tries again.
const GOES_ON_MAX: Duration = Duration::from_secs(30);

#[allow(clippy::disallowed_methods)]
fn ledger(fs: &CrashFs, folder: &std::path::Path) -> Ledger {
    fn nothing(_: &Input<'_>) -> Features {
        Features::default()
    }
    let options = Options {
        folder: folder.to_owned(),
        origin: "a.example/firm/br/evidence".to_owned(),
        deployment_key: DeploymentKey::new([7; 32]),
        derive: Derive { derive: nothing, version: 1 },
        check: |_, _| Err(aboveboard_model::refusal::Refusal::PolicyBroken),
        clock: Arc::new(Timestamp::now),
        chunk_entries: super::CHUNK_ENTRIES,
    };
    Ledger::open_on(Arc::new(fs.clone()), options, Arc::new(SystemRandom::default()), true).unwrap()
}

fn deliver(ledger: &Ledger) -> Result<Index> {
    let (tell, told) = mpsc::channel();
    let stored = Box::new(move |result| tell.send(result).unwrap());
    ledger.receive(SourceId(1), 0, vec![b'x'; 2_000], stored);
    told.recv().unwrap()
}

/// Whether views, index and tree come to hold everything.
fn goes_on(ledger: &Ledger) -> bool {
    let until = Instant::now() + GOES_ON_MAX;
    while Instant::now() < until {
        let tree = ledger.inner().integrator.lock().unwrap().size();
        if ledger.settle(Duration::from_millis(200)).is_ok() && tree == ledger.len() {
            return ledger.ended().is_empty();
        }
    }
    false
}

#[test]
fn journal_keys_and_tree_go_on_when_there_is_room_again() {
    let (fs, folder) = (CrashFs::new(1), tempfile::tempdir().unwrap());
    let ledger = ledger(&fs, folder.path());
    let before = deliver(&ledger).unwrap();
    assert!(goes_on(&ledger));
    fs.set_free(Some(0));
    // Longer than the tree and the keys wait between two tries.
    let full_until = Instant::now() + Duration::from_secs(2);
    while Instant::now() < full_until {
        assert!(deliver(&ledger).is_err(), "nothing is said to be durable that is not");
        ledger.rest(Duration::from_millis(100));
    }
    assert_eq!(ledger.ended(), Vec::<&str>::new(), "no part gave up");
    fs.set_free(None);
    let after = deliver(&ledger).unwrap();
    assert_eq!(after.0, before.0 + 1, "what was refused is not in the log");
    assert!(goes_on(&ledger));
    assert!(matches!(ledger.inner().store.read(after).unwrap().unwrap().event, Event::Delivery { .. }));
}

#[test]
fn the_fold_goes_on_when_the_views_can_be_written_again() {
    let (fs, folder) = (CrashFs::new(1), tempfile::tempdir().unwrap());
    let ledger = ledger(&fs, folder.path());
    assert!(deliver(&ledger).is_ok() && goes_on(&ledger));
    let another = Connection::open(folder.path().join("views.db")).unwrap();
    another.execute_batch("BEGIN IMMEDIATE").unwrap();
    deliver(&ledger).unwrap();
    let folded = ledger.folded();
    // Longer than the fold waits for a lock: it has failed once and waits to try again.
    ledger.rest(Duration::from_millis(5_500));
    assert_eq!(ledger.folded(), folded);
    another.execute_batch("ROLLBACK").unwrap();
    assert!(goes_on(&ledger));
    assert_eq!(ledger.folded(), folded + 1);
}
