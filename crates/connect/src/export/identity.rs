//! Ids of exported messages: the same file again, or a longer one later, gives the same ids.

use std::collections::HashMap;

use jiff::civil::DateTime;
use sha2::{Digest, Sha256};

/// What the first bytes of every hash say; a change of the rule below needs another.
const RULE: &[u8] = b"aboveboard chat export message 1";
/// How many bytes of a hash an id keeps.
const ID_BYTES: usize = 16;

/// Gives ids in the order of the file.
///
/// An id is a hash of the chat's name, the time as written, the sender, the body, and how many messages of exactly these
/// stood before it. Exports carry no ids of their own. The time is the wall clock's, so that a time zone set right later
/// imports nothing twice. Where the oldest messages were cut from a later export between two alike of one minute, the
/// second takes the id of the first. What two exports write differently has two ids: a message that was edited or deleted
/// in between, a file that was left out and then exported, seconds that only one system writes. Nothing is lost by that.
#[derive(Debug)]
pub(super) struct Ids {
    chat: Sha256,
    /// How often each message was seen; at most one entry a message, and messages are limited.
    seen: HashMap<[u8; ID_BYTES], u32>,
}

impl Ids {
    pub(super) fn new(chat: &str) -> Self {
        let mut hash = Sha256::new();
        add(&mut hash, RULE);
        add(&mut hash, chat.as_bytes());
        Ids { chat: hash, seen: HashMap::new() }
    }

    /// The id of the next message.
    pub(super) fn next(&mut self, at: DateTime, sender: &str, body: &str) -> String {
        let mut hash = self.chat.clone();
        add(&mut hash, at.to_string().as_bytes());
        add(&mut hash, sender.as_bytes());
        add(&mut hash, body.as_bytes());
        let occurrence = self.seen.entry(shortened(hash.clone())).or_insert(0);
        add(&mut hash, &occurrence.to_be_bytes());
        *occurrence = occurrence.saturating_add(1);
        format!("export-{}", hex::encode(shortened(hash)))
    }
}

/// Adds a part with its length, so that no two lists of parts are one stream of bytes.
fn add(hash: &mut Sha256, part: &[u8]) {
    hash.update((part.len() as u64).to_be_bytes());
    hash.update(part);
}

fn shortened(hash: Sha256) -> [u8; ID_BYTES] {
    let mut id = [0; ID_BYTES];
    id.copy_from_slice(&hash.finalize()[..ID_BYTES]);
    id
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_id_depends_on_every_part_and_on_the_occurrence() {
        let at = date(2026, 8, 1).at(15, 24, 0, 0);
        let first = Ids::new("Ana").next(at, "Ana", "oi");
        let mut again = Ids::new("Ana");
        assert_eq!(again.next(at, "Ana", "oi"), first, "the same file again");
        let mut all = vec![first, again.next(at, "Ana", "oi")];
        all.push(Ids::new("Rui").next(at, "Ana", "oi"));
        all.push(Ids::new("Ana").next(date(2026, 8, 1).at(15, 25, 0, 0), "Ana", "oi"));
        all.push(Ids::new("Ana").next(at, "Anao", "i"));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 5);
    }
}
