//! Secrets of sources and hashes of passwords lie in the log's sealed entries, and nowhere else.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use aboveboard_ledger::{Command, Decided};
use aboveboard_model::{access::Role, personal::Secret, source, user};

use crate::support::*;

/// No file of these tests is larger.
const FILE_BYTES_MAX: u64 = 64 << 20;

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return vec![] };
    let entries = entries.filter_map(|entry| Some(entry.ok()?.path()));
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The files under a folder in which words stand byte for byte.
fn holders(folder: &Path, words: &str) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let mut bytes = Vec::new();
        // The index merges its files: those that are gone meanwhile are in the merged one.
        let Ok(file) = std::fs::File::open(path) else { return false };
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).unwrap();
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    };
    files(folder).into_iter().filter(holds).collect()
}

fn declared_source(app_secret: &str) -> source::Declared {
    source::Declared {
        name: "Meta".into(),
        connector: "whatsapp-cloud".into(),
        verify_token: Some(Secret::new("verify-token-needle")),
        app_secret: Some(Secret::new(app_secret)),
        access_token: Some(Secret::new("access-token-needle")),
        ..source::Declared::default()
    }
}

fn forget_views(firm: &mut Firm) {
    firm.close();
    for gone in ["views.db", "views.db-wal", "views.db-shm"] {
        let _ = std::fs::remove_file(firm.folder.join(gone));
    }
    firm.open();
    firm.settle();
}

#[test]
fn no_byte_of_a_secret_or_of_a_password_lies_in_any_file_and_both_still_work() {
    let mut firm = Firm::new();
    let declare = |firm: &Firm, id, secret: &str| -> Decided {
        firm.by_machine(Command::DeclareSource(id, declared_source(secret)))
    };
    let id = declare(&firm, None, "app-secret-needle-one").source;
    declare(&firm, id, "app-secret-needle-two");
    let password = |firm: &Firm, words| firm.ledger().hash_password("lia-needle", words).unwrap();
    let (first, second) =
        (password(&firm, "correct horse battery one"), password(&firm, "correct horse battery two"));
    let create = user::Command::Create {
        login: "lia-needle".into(),
        password: first.clone(),
        roles: [Role::Reviewer].into(),
        employee: None,
    };
    let lia = firm.by_machine(Command::User(None, create)).user;
    firm.ledger().sign_in("lia-needle", "correct horse battery one", None).unwrap();
    firm.by_machine(Command::User(lia, user::Command::SetPassword { password: second.clone() }));

    // Of a hash, the part after the salt is looked for as well: nothing may keep it apart.
    let tail = |hash: &Secret| hash.reveal().rsplit('$').next().unwrap().to_owned();
    let tails = [tail(&first), tail(&second)];
    let needles = [
        "verify-token-needle",
        "access-token-needle",
        "app-secret-needle",
        "correct horse",
        "$argon2id",
        &tails[0],
        &tails[1],
    ];
    let look = |firm: &Firm, when: &str| {
        for words in needles {
            assert_eq!(holders(&firm.folder, words), Vec::<PathBuf>::new(), "{words} {when}");
        }
        assert!(!holders(&firm.folder, "lia-needle").is_empty(), "the same look finds what is no secret");
    };
    look(&firm, "while the ledger is open");
    forget_views(&mut firm);
    look(&firm, "after replay");

    let known = firm.ledger().source(id.unwrap()).unwrap().unwrap();
    assert_eq!(known.verify_token.reveal(), "verify-token-needle");
    assert_eq!(known.access_token.unwrap().reveal(), "access-token-needle");
    let secrets: Vec<&str> = known.secrets.iter().map(|dated| dated.secret.reveal()).collect();
    assert_eq!(secrets, ["app-secret-needle-two", "app-secret-needle-one"]);
    assert!(firm.ledger().sign_in("lia-needle", "correct horse battery one", None).is_err());
    firm.ledger().sign_in("lia-needle", "correct horse battery two", None).unwrap();
    let rows = firm.ledger().sources(&by(1, Role::Administrator)).unwrap();
    assert_eq!((rows.len(), rows[0].secrets, rows[0].has_access_token), (1, 2, true));
}
