//! What people wrote who had no notice waits sealed: no file on the disk, no search, no alert holds their words.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use aboveboard_ledger::{Ledger, view::QueueFilter};
use aboveboard_simulate::{deliver, item::Item};

use crate::{
    company::{self, COMPANY, ITEMS, deliveries, post_all},
    support::*,
};

/// One in so many clients of the people without notice have their talk delivered.
const SEALED_ONE_IN: usize = 5;
/// Words shorter than this are said by everybody.
const NEEDLE_BYTES_MIN: usize = 24;
/// Bytes of a needle by which it is looked up.
const HEAD_BYTES: usize = 12;

/// Whether who answers for an item's number had notice when it was said.
fn has_notice(item: &Item) -> bool {
    let employee = &COMPANY.employees[COMPANY.numbers[item.number].employee];
    employee.notice_at.is_some_and(|notice_at| notice_at <= item.at)
}

/// Somebody whose words may be read, so that looking for words can succeed.
fn is_control(item: &Item) -> bool {
    COMPANY.stories[..4].iter().any(|story| story.client == item.client) && has_notice(item)
}

/// Said on a number whose employee never had notice: the story of one, and the talk of some of the clients.
fn is_sealed(item: &Item) -> bool {
    let never = COMPANY.employees[COMPANY.numbers[item.number].employee].notice_at.is_none();
    never && (item.story.is_some() || item.client.is_multiple_of(SEALED_ONE_IN))
}

/// Long words that only these items say, none of which JSON writes otherwise.
fn needles(of: impl Fn(&Item) -> bool) -> BTreeSet<&'static str> {
    let (mine, others): (Vec<&Item>, Vec<&Item>) =
        ITEMS.iter().filter(|item| is_sealed(item) || is_control(item)).partition(|item| of(item));
    let others: BTreeSet<&str> = others.into_iter().map(Item::words).collect();
    let plain = |words: &&str| words.len() >= NEEDLE_BYTES_MIN && !words.contains(['"', '\\', '\n']);
    let unsaid = |words: &&str| !others.iter().any(|other| other.contains(words));
    mine.into_iter().map(Item::words).filter(plain).filter(unsaid).collect()
}

/// Which of the needles occur, byte for byte, in any file under a folder, with the file.
fn occurrences(folder: &Path, needles: &BTreeSet<&'static str>) -> BTreeMap<&'static str, PathBuf> {
    let mut heads: BTreeMap<&[u8], Vec<&'static str>> = BTreeMap::new();
    for needle in needles {
        heads.entry(&needle.as_bytes()[..HEAD_BYTES]).or_default().push(needle);
    }
    let mut found = BTreeMap::new();
    for path in files(folder) {
        // A running server's index merges its files: those that are gone meanwhile are in the merged one.
        let Ok(bytes) = bytes(&path) else { continue };
        for (at, head) in bytes.windows(HEAD_BYTES).enumerate() {
            for needle in heads.get(head).into_iter().flatten() {
                if bytes[at..].starts_with(needle.as_bytes()) {
                    found.insert(*needle, path.clone());
                }
            }
        }
    }
    found
}

/// Whether a search for words as a phrase finds exactly these; what differs in case or signs only is another's.
fn is_found(ledger: &Ledger, words: &str) -> bool {
    let page = ledger.search(&investigator(), &format!("\"{words}\""), None, 100).unwrap();
    page.hits.rows.iter().any(|hit| hit.zones.values().any(|found| found == words))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_people_without_notice_are_in_no_view_no_index_no_search_and_no_alert() {
    let (sealed, open) = (needles(is_sealed), needles(is_control));
    assert!(sealed.len() > 50 && open.len() > 10, "{} and {} words", sealed.len(), open.len());
    let story = ITEMS.iter().filter(|item| is_sealed(item) && item.story.is_some());
    assert!(story.filter(|item| sealed.contains(item.words())).count() > 0, "a side deal is among them");
    let (firm, source) = company::firm();
    let server = firm.serve();
    let options =
        deliver::Options { concurrency: 8, ..deliver::Options::plain(&server.webhook(source), APP_SECRET) };
    post_all(&server, &options, deliveries(|item| is_sealed(item) || is_control(item))).await;
    assert_eq!(occurrences(&firm.data(), &sealed), BTreeMap::new(), "while the server runs");
    server.stop().await;
    assert_eq!(occurrences(&firm.data(), &sealed), BTreeMap::new(), "after it stopped");
    let readable = occurrences(&firm.data(), &open).len();
    assert!(readable > open.len() / 2, "the same look finds what may be read: {readable} of {}", open.len());

    // From here on the log holds what was searched for: a look is an entry.
    let ledger = firm.ledger();
    settle(&ledger);
    for words in sealed.iter().step_by(7) {
        assert!(!is_found(&ledger, words), "{words}");
    }
    for words in open.iter().step_by(7) {
        assert!(is_found(&ledger, words), "{words}");
    }
    let readable = words(&ledger);
    assert_eq!(readable.iter().filter(|words| sealed.contains(words.as_str())).count(), 0);
    let numbers: BTreeSet<&str> = ITEMS
        .iter()
        .filter(|item| is_sealed(item))
        .map(|item| COMPANY.numbers[item.number].digits.as_str())
        .collect();
    let queue = ledger.queue(&investigator(), &QueueFilter { limit: 100, ..QueueFilter::default() }).unwrap();
    assert!(!queue.rows.is_empty(), "the others' stories alert");
    for row in &queue.rows {
        let page = ledger.conversation(&investigator(), row.conversation, None, None, 1).unwrap();
        assert!(!numbers.contains(page.row.number.unwrap_or_default().as_str()));
    }
}
