//! Near-duplicates: alerts about the same policies whose messages say nearly the same.

use std::collections::BTreeSet;

use aboveboard_model::{
    access::{Access, Permission, Purpose, ReadOf},
    id::{AlertId, DocumentId},
    refusal::Refusal,
};
use aboveboard_text::{Options, TokenKind, normalise};
use rusqlite::{Connection, params};

use super::{alerts::alert_row, conversations::message_at, own::Own, true_at};
use crate::{
    Ledger,
    error::Result,
    view::{Alike, AlikePage, Message},
    views::{bits, unbits},
};

/// Alerts that are compared with one; oldest first.
const CANDIDATES_MAX: i64 = 100;
/// Picked alerts that are compared although they are not among those.
const PICKED_MAX: usize = 100;
/// Of all different words of two messages, how many in a hundred both must have to be near-duplicates.
const SHARED_PERCENT_MIN: u8 = 80;
/// Words of a message that are compared.
const WORDS_MAX: usize = 2_000;

impl Ledger {
    /// An alert, the others about the same policies, and those that somebody picked, with what each says: everything that a
    /// decision on all of them would be about. Each is a look.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub fn alike(&self, access: &Access, id: AlertId, picked: &[AlertId]) -> Result<AlikePage> {
        let own = self.own_beside_alert(access, id)?;
        let page = self.inner().views.ask(|db| compared(db, id, picked, own))?;
        for one in std::iter::once(&page.one).chain(&page.others) {
            // Each is reviewed for itself: what is decided is decided about each.
            let access = Access { purpose: Purpose::Review(one.row.id), ..access.clone() };
            self.look(&access, Permission::AlertRead, ReadOf::Alert(one.row.id))?;
        }
        Ok(page)
    }
}

/// The alerts that are near enough to one to be decided together with it, itself among them.
pub(crate) fn near(db: &Connection, id: AlertId) -> Result<Vec<AlertId>> {
    let page = compared(db, id, &[], Own::NOBODYS)?;
    let others = page.others.iter().filter(|other| other.is_near).map(|other| other.row.id);
    Ok(std::iter::once(id).chain(others).collect())
}

fn compared(db: &Connection, id: AlertId, picked: &[AlertId], own: Own) -> Result<AlikePage> {
    let row = alert_row(db, id, own)?.ok_or(Refusal::NotFound)?;
    let message = found_message(db, id)?;
    let words = message.as_ref().map(words).unwrap_or_default();
    let mut others = Vec::new();
    let mut compared = candidates(db, id)?;
    let missing = |one: &AlertId| *one != id && !compared.contains(one);
    let missing: Vec<AlertId> = picked.iter().copied().filter(missing).take(PICKED_MAX).collect();
    compared.extend(missing);
    for other in compared {
        let Some(row) = alert_row(db, other, own)? else { continue };
        let same_policies = same_policies(db, id, other)?;
        let message = found_message(db, other)?;
        let shared_percent =
            message.as_ref().map_or(0, |message| shared_percent(&words, &self::words(message)));
        let is_near = same_policies && shared_percent >= SHARED_PERCENT_MIN;
        others.push(Alike { row, message, shared_percent, same_policies, is_near });
    }
    others.sort_by_key(|other| std::cmp::Reverse(other.shared_percent));
    Ok(AlikePage {
        one: Alike { row, message, shared_percent: 100, same_policies: true, is_near: true },
        others,
        at: true_at(db)?,
    })
}

/// Other alerts without outcome about the same policies.
fn candidates(db: &Connection, id: AlertId) -> Result<Vec<AlertId>> {
    let mut ids = db.prepare_cached(
        "SELECT id FROM alerts WHERE closed = 0 AND id <> ?1 AND reasons = (SELECT reasons FROM alerts WHERE id = ?1) \
         ORDER BY id LIMIT ?2",
    )?;
    let ids = ids.query_map(params![bits(id.0), CANDIDATES_MAX], |row| Ok(AlertId(unbits(row.get(0)?))))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// Whether two alerts are about the same policies.
fn same_policies(db: &Connection, one: AlertId, other: AlertId) -> Result<bool> {
    let same = "SELECT a.reasons = b.reasons FROM alerts a, alerts b WHERE a.id = ?1 AND b.id = ?2";
    Ok(db.prepare_cached(same)?.query_row([bits(one.0), bits(other.0)], |row| row.get(0))?)
}

/// The message with an alert's first finding, where it may be read.
fn found_message(db: &Connection, id: AlertId) -> Result<Option<Message>> {
    let document: Option<i64> = db
        .prepare_cached("SELECT found_doc FROM alerts WHERE id = ?1")?
        .query_row([bits(id.0)], |row| row.get(0))?;
    document.map_or(Ok(None), |document| message_at(db, DocumentId(unbits(document))))
}

/// The different words of a message's newest version. Numbers are all the same: an offer made to many differs in them.
fn words(message: &Message) -> BTreeSet<String> {
    let Some(version) = message.versions.last() else { return BTreeSet::new() };
    let mut words = BTreeSet::new();
    for text in version.zones.values() {
        for token in normalise(text, Options::SEARCH).tokens() {
            if words.len() >= WORDS_MAX {
                return words;
            }
            let is_number =
                token.kind == TokenKind::Word && token.text.chars().any(|one| one.is_ascii_digit());
            words.insert(if is_number { "#".to_owned() } else { token.text.to_owned() });
        }
    }
    words
}

/// Of all different words of two messages, how many in a hundred both have; rounded down.
fn shared_percent(one: &BTreeSet<String>, other: &BTreeSet<String>) -> u8 {
    let both = one.intersection(other).count();
    let all = one.union(other).count();
    u8::try_from((both * 100).checked_div(all).unwrap_or(0)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> BTreeSet<String> {
        normalise(text, Options::SEARCH).tokens().map(|token| token.text.to_owned()).collect()
    }

    #[test]
    fn words_are_shared_by_what_both_have_of_all_there_are() {
        let cases = [
            ("pay to my pix now", "PAY to my Pix now", 100),
            ("pay to my pix now", "pay to my pix", 80),
            ("pay to my pix now", "call me later", 0),
            ("", "", 0),
            ("", "pay", 0),
        ];
        for (one, other, wanted) in cases {
            assert_eq!(shared_percent(&set(one), &set(other)), wanted, "{one} / {other}");
        }
    }
}
