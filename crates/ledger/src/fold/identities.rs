//! Identities of clients: where and when each was seen, what links them, and the persons that follow (decision 0019).

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use aboveboard_model::{
    contact,
    id::{ContactId, IdentityId, Index},
    registry,
};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::Fold;
use crate::{
    error::Result,
    views::{bits, micros, unbits},
};

/// Identities of one person; evidence that would make more of them is left aside, so that hostile items stay cheap.
const IDENTITIES_MAX: i64 = 500;
/// Where an identity begins that no split gave a beginning.
pub(crate) const ALWAYS: i64 = i64::MIN;

/// When, by the source's clock, and in which entry something was seen.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub at: Timestamp,
    pub index: Index,
}

/// Why two identities are one person's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// One item named both.
    Together,
    /// One became the other.
    Changed,
    /// A person decided it, in this entry.
    Decided(Index),
}

impl Why {
    fn parts(self) -> (&'static str, i64) {
        match self {
            Why::Together => ("together", 0),
            Why::Changed => ("changed", 0),
            Why::Decided(index) => ("decided", bits(index.0)),
        }
    }
}

/// An identity as it was found or made.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub id: IdentityId,
    pub contact: ContactId,
    /// The entry of the split that began it; 0 where none did.
    cut: i64,
}

impl Found {
    /// An identity as a person's decision names it, whatever began it.
    pub fn decided(id: IdentityId, contact: ContactId) -> Self {
        Self { id, contact, cut: 0 }
    }
}

/// What is stored of an identity, as far as grouping needs it.
#[derive(Clone)]
struct Node {
    key: (String, String),
    born: i64,
    contact: i64,
}

/// A link between two identities, in the order in which links are taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    is_evidence: bool,
    index: i64,
    one: i64,
    other: i64,
    is_held: bool,
}

impl Fold<'_> {
    /// The identity that a scheme and a value mean at an instant, made where it is new. A sighting to note is put with
    /// those that are noted together.
    pub(super) fn observe(
        &mut self,
        scheme: &str,
        value: &str,
        seen_as: i64,
        seen: Seen,
        stale: &mut Vec<i64>,
    ) -> Result<Found> {
        let at = (micros(seen.at), bits(seen.index.0));
        let known = self
            .db
            .prepare_cached(
                "SELECT id, contact, cut, first_at, first_idx, last_at, last_idx, seen_as FROM identities \
                 WHERE scheme = ?1 AND value = ?2 AND from_at <= ?3 ORDER BY from_at DESC, cut DESC LIMIT 1",
            )?
            .query_row(params![scheme, value, at.0], |row| {
                let found = Found {
                    id: IdentityId(unbits(row.get(0)?)),
                    contact: ContactId(unbits(row.get(1)?)),
                    cut: row.get(2)?,
                };
                let first: Option<(i64, i64)> = row.get::<_, Option<i64>>(3)?.zip(row.get(4)?);
                let last: Option<(i64, i64)> = row.get::<_, Option<i64>>(5)?.zip(row.get(6)?);
                Ok((found, first, last, row.get::<_, i64>(7)?))
            })
            .optional()?;
        let Some((found, first, last, known_as)) = known else {
            return self.make_identity(scheme, value, seen_as, seen);
        };
        if first.is_none_or(|first| at < first) || last.is_none_or(|last| last < at) {
            stale.push(bits(found.id.0));
        }
        if known_as | seen_as != known_as {
            self.db
                .prepare_cached("UPDATE identities SET seen_as = ?2 WHERE id = ?1")?
                .execute([bits(found.id.0), known_as | seen_as])?;
        }
        Ok(found)
    }

    /// Notes in one statement that identities were seen: what every message costs.
    pub(super) fn note_all(&self, stale: &[i64], seen: Seen) -> Result<()> {
        let at = (micros(seen.at), bits(seen.index.0));
        for some in stale.chunks(4) {
            let id = |place: usize| some.get(place).or(some.first()).copied();
            self.db
                .prepare_cached(
                    "UPDATE identities SET \
                     first_idx = CASE WHEN first_at IS NULL OR (?1, ?2) < (first_at, first_idx) THEN ?2 ELSE first_idx END, \
                     first_at = min(coalesce(first_at, ?1), ?1), \
                     last_idx = CASE WHEN last_at IS NULL OR (?1, ?2) > (last_at, last_idx) THEN ?2 ELSE last_idx END, \
                     last_at = max(coalesce(last_at, ?1), ?1) WHERE id IN (?3, ?4, ?5, ?6)",
                )?
                .execute(params![at.0, at.1, id(0), id(1), id(2), id(3)])?;
        }
        Ok(())
    }

    /// Notes that an identity was seen, where that is earlier or later than what is known.
    pub(super) fn note_seen(
        &self,
        id: i64,
        at: (i64, i64),
        first: Option<(i64, i64)>,
        last: Option<(i64, i64)>,
    ) -> Result<()> {
        if first.is_some_and(|first| first <= at) && last.is_some_and(|last| at <= last) {
            return Ok(());
        }
        let (first, last) = (first.map_or(at, |first| first.min(at)), last.map_or(at, |last| last.max(at)));
        self.db
            .prepare_cached(
                "UPDATE identities SET first_at = ?2, first_idx = ?3, last_at = ?4, last_idx = ?5 WHERE id = ?1",
            )?
            .execute([id, first.0, first.1, last.0, last.1])?;
        Ok(())
    }

    /// When and where an identity was seen first and last.
    pub(super) fn seen_of(&self, id: i64) -> Result<[Option<(i64, i64)>; 2]> {
        Ok(self.db.query_row(
            "SELECT first_at, first_idx, last_at, last_idx FROM identities WHERE id = ?1",
            [id],
            |row| {
                let pair = |at| -> rusqlite::Result<Option<(i64, i64)>> {
                    Ok(row.get::<_, Option<i64>>(at)?.zip(row.get(at + 1)?))
                };
                Ok([pair(0)?, pair(2)?])
            },
        )?)
    }

    fn make_identity(&mut self, scheme: &str, value: &str, seen_as: i64, seen: Seen) -> Result<Found> {
        let id = IdentityId(self.store.hasher.id("contact", &format!("{scheme}:{value}")));
        let (at, index) = (micros(seen.at), bits(seen.index.0));
        self.db
            .prepare_cached(
                "INSERT INTO identities (id, scheme, value, from_at, cut, contact, born, alike, seen_as, first_at, first_idx, \
                 last_at, last_idx) VALUES (?1, ?2, ?3, ?4, 0, ?1, ?5, ?6, ?7, ?8, ?5, ?8, ?5)",
            )?
            .execute(params![
                bits(id.0),
                scheme,
                value,
                ALWAYS,
                index,
                contact::alike(scheme, value),
                seen_as,
                at
            ])?;
        let contact = ContactId(id.0);
        self.refresh_contact(bits(contact.0))?;
        Ok(Found { id, contact, cut: 0 })
    }

    /// Notes that two identities are one person's, and works out who is who where that is new.
    pub(super) fn link(&mut self, one: Found, other: Found, why: Why, seen: Seen) -> Result<bool> {
        // What was in the log when a person cut an identity is no evidence against the cut.
        let knows = |found: Found| found.cut == 0 || bits(seen.index.0) > found.cut;
        if one.id == other.id || !knows(one) || !knows(other) {
            return Ok(false);
        }
        let ends = (bits(one.id.0).min(bits(other.id.0)), bits(one.id.0).max(bits(other.id.0)));
        let (word, decision) = why.parts();
        let known: bool = self
            .db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM identity_links WHERE one = ?1 AND other = ?2 AND why = ?3 AND decision = ?4)",
            )?
            .query_row(params![ends.0, ends.1, word, decision], |row| row.get(0))?;
        if known || decision == 0 && self.is_crowded(one.contact, other.contact)? {
            return Ok(false);
        }
        self.db
            .prepare_cached("INSERT INTO identity_links VALUES (?1, ?2, ?3, ?4, ?5, 0)")?
            .execute(params![ends.0, ends.1, word, decision, bits(seen.index.0)])?;
        self.regroup(&[ends.0, ends.1])?;
        Ok(true)
    }

    fn is_crowded(&self, one: ContactId, other: ContactId) -> Result<bool> {
        if one == other {
            return Ok(false);
        }
        let count: i64 = self
            .db
            .prepare_cached("SELECT count(*) FROM identities WHERE contact IN (?1, ?2)")?
            .query_row([bits(one.0), bits(other.0)], |row| row.get(0))?;
        Ok(count > IDENTITIES_MAX)
    }

    /// The person that an identity belongs to now.
    pub(super) fn person_of(&self, identity: IdentityId) -> Result<Option<ContactId>> {
        let contact: Option<i64> = self
            .db
            .prepare_cached("SELECT contact FROM identities WHERE id = ?1")?
            .query_row([bits(identity.0)], |row| row.get(0))
            .optional()?;
        Ok(contact.map(|contact| ContactId(unbits(contact))))
    }

    /// Works out who is who among all identities that links reach from some, and what follows where it changed.
    pub(super) fn regroup(&mut self, seeds: &[i64]) -> Result<()> {
        let (nodes, links) = self.region(seeds)?;
        let mut groups = Groups::new(&nodes);
        for link in &links {
            let joined = groups.join(link.one, link.other, link.is_evidence);
            if link.is_held == joined {
                self.db
                    .prepare_cached(
                        "UPDATE identity_links SET held = ?3 WHERE one = ?1 AND other = ?2 AND decision = 0",
                    )?
                    .execute(params![link.one, link.other, !joined])?;
            }
        }
        let persons = groups.persons(&nodes);
        let changed: Vec<(i64, &Node, i64)> = nodes
            .iter()
            .filter_map(|(id, node)| Some((*id, node, *persons.get(id)?)))
            .filter(|(_, node, person)| node.contact != *person)
            .collect();
        let mut touched = BTreeSet::new();
        for (id, node, person) in &changed {
            touched.extend([node.contact, *person]);
            self.db
                .prepare_cached("UPDATE identities SET contact = ?2 WHERE id = ?1")?
                .execute([id, person])?;
            if node.key.0 == "phone" {
                self.dirty_phone(&node.key.1)?;
            }
        }
        let left: BTreeSet<i64> = changed.iter().map(|(_, node, _)| node.contact).collect();
        for contact in left {
            self.dirty_contact(contact)?;
        }
        for contact in touched {
            self.refresh_contact(contact)?;
        }
        Ok(())
    }

    /// Every identity that links and cuts reach, and the links between them.
    fn region(&self, seeds: &[i64]) -> Result<(BTreeMap<i64, Node>, BTreeSet<Link>)> {
        let mut nodes = BTreeMap::new();
        let mut links = BTreeSet::new();
        let mut waiting: VecDeque<i64> = seeds.iter().copied().collect();
        while let Some(id) = waiting.pop_front() {
            if nodes.contains_key(&id) {
                continue;
            }
            let Some(node) = self.node(id)? else { continue };
            let mut found = self.db.prepare_cached(
                "SELECT one, other, decision = 0, idx, held FROM identity_links WHERE one = ?1 \
                 UNION ALL SELECT one, other, decision = 0, idx, held FROM identity_links WHERE other = ?1",
            )?;
            for link in found.query_map([id], link)? {
                let link = link?;
                waiting.extend([link.one, link.other]);
                links.insert(link);
            }
            let mut spans =
                self.db.prepare_cached("SELECT id FROM identities WHERE scheme = ?1 AND value = ?2")?;
            for span in spans.query_map([&node.key.0, &node.key.1], |row| row.get::<_, i64>(0))? {
                waiting.push_back(span?);
            }
            nodes.insert(id, node);
        }
        Ok((nodes, links))
    }

    fn node(&self, id: i64) -> Result<Option<Node>> {
        Ok(self
            .db
            .prepare_cached("SELECT scheme, value, born, contact FROM identities WHERE id = ?1")?
            .query_row([id], |row| {
                Ok(Node { key: (row.get(0)?, row.get(1)?), born: row.get(2)?, contact: row.get(3)? })
            })
            .optional()?)
    }

    /// Keeps the list of persons equal to the identities. An identity that was cut from its own beginning on is nobody.
    pub(super) fn refresh_contact(&self, contact: i64) -> Result<()> {
        let (born, is_somebody): (Option<i64>, Option<bool>) = self
            .db
            .prepare_cached(
                "SELECT min(born), max(NOT EXISTS (SELECT 1 FROM identities later WHERE later.scheme = own.scheme \
                 AND later.value = own.value AND later.from_at = own.from_at AND later.cut > own.cut)) \
                 FROM identities own WHERE contact = ?1",
            )?
            .query_row([contact], |row| Ok((row.get(0)?, row.get(1)?)))?;
        match born.filter(|_| is_somebody == Some(true)) {
            Some(born) => self
                .db
                .prepare_cached(
                    "INSERT INTO contacts VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET idx = ?2",
                )?
                .execute([contact, born])?,
            None => self.db.prepare_cached("DELETE FROM contacts WHERE id = ?1")?.execute([contact])?,
        };
        Ok(())
    }

    /// What the firm wrote about a phone may now be about the client's own, or no more.
    fn dirty_phone(&mut self, digits: &str) -> Result<()> {
        let key = registry::key(digits);
        self.dirty_all("SELECT docs.doc FROM sightings s JOIN docs ON docs.row = s.row WHERE s.key = ?1 AND s.incoming = 0", [key])
    }
}

fn link(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        one: row.get(0)?,
        other: row.get(1)?,
        is_evidence: row.get(2)?,
        index: row.get(3)?,
        is_held: row.get(4)?,
    })
}

/// Identities as they come together.
struct Groups {
    parent: HashMap<i64, i64>,
    /// For each group, by its root: which scheme and value it holds.
    held: HashMap<i64, BTreeSet<(String, String)>>,
}

impl Groups {
    fn new(nodes: &BTreeMap<i64, Node>) -> Self {
        Self {
            parent: nodes.keys().map(|id| (*id, *id)).collect(),
            held: nodes.iter().map(|(id, node)| (*id, [node.key.clone()].into())).collect(),
        }
    }

    fn root(&mut self, id: i64) -> i64 {
        let mut root = id;
        while let Some(parent) = self.parent.get(&root).copied().filter(|parent| *parent != root) {
            root = parent;
        }
        self.parent.insert(id, root);
        root
    }

    /// Joins the groups of two identities; evidence joins no two sides of a cut. Says whether they are one now.
    fn join(&mut self, one: i64, other: i64, is_evidence: bool) -> bool {
        let (one, other) = (self.root(one), self.root(other));
        if one == other {
            return true;
        }
        let (Some(mine), Some(theirs)) = (self.held.get(&one), self.held.get(&other)) else { return false };
        if is_evidence && !mine.is_disjoint(theirs) {
            return false;
        }
        let theirs = self.held.remove(&other).unwrap_or_default();
        self.held.entry(one).or_default().extend(theirs);
        self.parent.insert(other, one);
        true
    }

    /// For each identity the person: the oldest identity of its group.
    fn persons(mut self, nodes: &BTreeMap<i64, Node>) -> HashMap<i64, i64> {
        let mut oldest: HashMap<i64, (i64, i64)> = HashMap::new();
        for (id, node) in nodes {
            let root = self.root(*id);
            let mine = (node.born, *id);
            let known = oldest.entry(root).or_insert(mine);
            *known = mine.min(*known);
        }
        nodes.keys().filter_map(|id| Some((*id, oldest.get(&self.root(*id))?.1))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(keys: &[(i64, &str)]) -> BTreeMap<i64, Node> {
        let node = |(id, value): &(i64, &str)| {
            (*id, Node { key: ("phone".into(), (*value).into()), born: 10 - *id, contact: *id })
        };
        keys.iter().map(node).collect()
    }

    #[test]
    fn a_person_is_named_after_the_oldest_identity() {
        let nodes = nodes(&[(1, "a"), (2, "b"), (3, "c")]);
        let mut groups = Groups::new(&nodes);
        assert!(groups.join(1, 2, true) && groups.join(1, 2, true));
        let persons = groups.persons(&nodes);
        assert_eq!((persons[&1], persons[&2], persons[&3]), (2, 2, 3));
    }

    #[test]
    fn evidence_joins_no_two_sides_of_a_cut_and_a_person_does() {
        let nodes = nodes(&[(1, "a"), (2, "b"), (3, "a")]);
        let mut groups = Groups::new(&nodes);
        assert!(groups.join(1, 2, true));
        assert!(!groups.join(2, 3, true), "1 and 3 are two sides of a cut");
        assert!(groups.join(2, 3, false));
    }
}
