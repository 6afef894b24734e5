//! What every journal must do, as checks to call from an implementation's tests. Each panics with what does not hold.

use std::collections::BTreeMap;
use std::sync::mpsc;

use super::{Batch, Draft, Expected, Journal, KeyHash, Sealed, Span, entries};
use crate::aead::sha256;
use crate::error::Error;
use crate::leaf::{At, Kind, Leaf, Rid};

/// Opens one storage, empty at first; called again after the journal before was dropped.
pub type Open<'a> = &'a dyn Fn() -> Box<dyn Journal>;

/// A rule by name; each is run on a storage of its own.
pub type Rule = (&'static str, fn(Open<'_>));

/// Every rule.
pub const ALL: &[Rule] = &[
    ("entries read back in order, also after opening again", entries_read_back),
    ("a violated precondition writes nothing and all are named", preconditions_hold),
    ("versions count the entries that carry a hash", versions_count),
    ("a batch that breaks a limit is refused", limits_hold),
    ("of two that expect the same version one wins", one_of_two_wins),
    ("submitted batches are answered once each", submissions_are_answered),
    ("destroyed content is gone and its leaf stays", destruction_lasts),
];

/// A draft whose sealed bytes follow from a number.
#[must_use]
pub fn draft(number: u64, hashes: &[u8]) -> Draft {
    let sealed = number.to_be_bytes().repeat(1 + number as usize % 40);
    let rid = Rid::from_random([number as u8; 16]);
    let at = jiff::Timestamp::from_second(1_795_000_000 + number as i64).ok().and_then(|at| At::new(at).ok());
    let leaf = Leaf {
        at: at.expect("a second of this century is in range"),
        commit: sha256(&number.to_le_bytes()),
        rid,
        sealed: sha256(&sealed),
        kind: Kind::new("conformance.entry").expect("the type is well formed"),
    };
    Draft { leaf, sealed, key_slot: number, hashes: hashes.iter().map(|hash| KeyHash([*hash; 16])).collect() }
}

fn append(
    journal: &dyn Journal,
    number: u64,
    hashes: &[u8],
    preconditions: &[(u8, Expected)],
) -> Result<u64, Error> {
    journal.append(Batch {
        drafts: vec![draft(number, hashes)],
        preconditions: preconditions
            .iter()
            .map(|(hash, expected)| (KeyHash([*hash; 16]), *expected))
            .collect(),
    })
}

fn same(journal: &dyn Journal, index: u64, draft: &Draft) {
    let entry = journal.read(index).expect("an appended entry reads");
    assert_eq!((entry.index, &entry.leaf, entry.key_slot), (index, &draft.leaf, draft.key_slot));
    assert_eq!((entry.sealed, &entry.hashes), (Sealed::Kept(draft.sealed.clone()), &draft.hashes));
}

fn entries_read_back(open: Open<'_>) {
    let mut len = 0;
    for life in 0..4u64 {
        let journal = open();
        assert_eq!(journal.len(), len);
        for size in 1..=5 {
            let drafts: Vec<Draft> = (0..size).map(|at| draft(len + at, &[life as u8])).collect();
            let first = journal.append(Batch { drafts, preconditions: vec![] }).expect("an append succeeds");
            assert_eq!(first, len);
            len += size;
        }
        assert_eq!((journal.len(), journal.key_slot_max()), (len, len - 1));
        for index in 0..len {
            same(journal.as_ref(), index, &draft(index, &[(index / 15) as u8]));
        }
        for from in [0, len / 2, len - 1, len, len + 7] {
            let indexes = entries(journal.as_ref(), from).map(|entry| entry.expect("reads").index);
            assert_eq!(indexes.collect::<Vec<_>>(), (from..len).collect::<Vec<_>>());
            leaves_are_those_of_entries(journal.as_ref(), from);
        }
        assert!(
            matches!(journal.read(len), Err(Error::Absent { index, len: all }) if index == len && all == len)
        );
    }
}

/// Page by page, whatever of the content was destroyed.
fn leaves_are_those_of_entries(journal: &dyn Journal, from: u64) {
    let expected: Vec<Vec<u8>> =
        entries(journal, from).map(|entry| entry.expect("reads").leaf.encode()).collect();
    let mut leaves = Vec::new();
    loop {
        let page = journal.leaves_from(from + leaves.len() as u64, 3).expect("leaves read");
        assert!(page.len() <= 3, "no more than was asked for");
        if page.is_empty() {
            break;
        }
        leaves.extend(page);
    }
    assert_eq!(leaves, expected);
}

fn preconditions_hold(open: Open<'_>) {
    let journal = open();
    append(journal.as_ref(), 0, &[1, 2], &[(1, Expected::Absent), (9, Expected::Version(0))])
        .expect("both hold");
    let refused = append(
        journal.as_ref(),
        1,
        &[3],
        &[
            (1, Expected::Absent),
            (2, Expected::Version(1)),
            (3, Expected::Version(2)),
            (2, Expected::Version(0)),
        ],
    );
    assert!(matches!(refused, Err(Error::Conflict(violated)) if violated == [0, 2, 3]));
    assert_eq!((journal.len(), journal.span(KeyHash([3; 16])).expect("reads")), (1, None));
    drop(journal);
    let journal = open();
    assert!(matches!(append(journal.as_ref(), 1, &[1], &[(1, Expected::Absent)]), Err(Error::Conflict(_))));
    assert_eq!(append(journal.as_ref(), 1, &[1], &[(1, Expected::Version(1))]).expect("holds"), 1);
}

fn versions_count(open: Open<'_>) {
    let mut model: BTreeMap<u8, Span> = BTreeMap::new();
    for life in 0..3u64 {
        let journal = open();
        for step in 0..30u64 {
            let index = life * 30 + step;
            let hashes = [(index * 7 % 5) as u8, 10 + (index * 3 % 4) as u8];
            append(journal.as_ref(), index, &hashes, &[]).expect("an append succeeds");
            for hash in hashes {
                let span = model.entry(hash).or_insert(Span { first: index, last: index, version: 0 });
                (span.last, span.version) = (index, span.version + 1);
            }
        }
        for hash in 0..20u8 {
            assert_eq!(journal.span(KeyHash([hash; 16])).expect("reads"), model.get(&hash).copied());
        }
    }
}

fn limits_hold(open: Open<'_>) {
    let journal = open();
    let mut lying = draft(0, &[]);
    lying.sealed.push(0);
    let many = (0..super::HASHES_MAX as u8 + 1).collect::<Vec<_>>();
    let batches = [
        Batch::default(),
        Batch::one(lying),
        Batch::one(draft(0, &[1, 1])),
        Batch::one(draft(0, &many)),
        Batch { drafts: vec![draft(0, &[]); super::BATCH_ENTRIES_MAX + 1], preconditions: vec![] },
    ];
    for batch in batches {
        assert!(matches!(journal.append(batch), Err(Error::Invalid(_))));
    }
    assert!(journal.is_empty());
}

fn one_of_two_wins(open: Open<'_>) {
    let journal = open();
    for round in 0..20u64 {
        let wins = std::thread::scope(|scope| {
            let race = |number: u64| {
                let journal = journal.as_ref();
                scope.spawn(move || append(journal, number, &[5], &[(5, Expected::Version(round))]).is_ok())
            };
            let racers = [race(2 * round), race(2 * round + 1)];
            racers
                .map(|racer| racer.join().expect("a racer does not panic"))
                .into_iter()
                .filter(|won| *won)
                .count()
        });
        assert_eq!(wins, 1);
    }
    assert_eq!(journal.len(), 20);
}

fn submissions_are_answered(open: Open<'_>) {
    let journal = open();
    let (sender, receiver) = mpsc::channel();
    for number in 0..100u64 {
        let sender = sender.clone();
        let hash = (number % 50) as u8;
        let preconditions = vec![(KeyHash([hash; 16]), Expected::Absent)];
        let batch = Batch { drafts: vec![draft(number, &[hash])], preconditions };
        journal
            .submit(batch, Box::new(move |answer| sender.send((number, answer)).expect("somebody listens")));
    }
    drop(sender);
    let answers: BTreeMap<u64, _> = receiver.iter().collect();
    assert_eq!((answers.len(), journal.len()), (100, 50));
    for (number, answer) in answers {
        match answer {
            Ok(index) => same(journal.as_ref(), index, &draft(number, &[(number % 50) as u8])),
            Err(error) => assert!(number >= 50 && matches!(error, Error::Conflict(_)), "{number}: {error}"),
        }
    }
}

fn destruction_lasts(open: Open<'_>) {
    let journal = open();
    for number in 0..30 {
        append(journal.as_ref(), number, &[number as u8], &[]).expect("an append succeeds");
    }
    let gone = [3, 4, 17, 29, 3];
    journal.destroy(&gone).expect("destroys");
    journal.destroy(&gone[..2]).expect("destroys again");
    assert!(matches!(journal.destroy(&[5, 30]), Err(Error::Absent { .. })));
    let intact = |journal: &dyn Journal| {
        for number in 0..30 {
            let entry = journal.read(number).expect("its leaf reads");
            assert_eq!(entry.leaf, draft(number, &[]).leaf);
            assert_eq!(entry.sealed == Sealed::Destroyed, gone.contains(&number), "{number}");
            assert_eq!(
                journal.span(KeyHash([number as u8; 16])).expect("reads").map(|span| span.version),
                Some(1)
            );
        }
        leaves_are_those_of_entries(journal, 0);
    };
    intact(journal.as_ref());
    drop(journal);
    intact(open().as_ref());
}
