//! The registry into the views, what it says of what was seen, and which documents are judged anew when it changes.

use aboveboard_model::{
    document::{Field, Mark},
    features::{CONFIDENCE_MIN, Features, Input, Role, Sighting},
    id::{ContactId, ConversationId, DocumentId, Index},
    item::Direction,
    registry::{self, Entry, Event, Held, Kind, State, Terms},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Fold, compose::Composed, docs::Doc, documents::mark, terms::phrases};
use crate::{
    error::Result,
    fact::Opened,
    views::{bits, from_json, json, micros, unbits},
};

/// Documents judged anew with the entry that changed the registry; the others follow with entries of progress.
const REJUDGED_AT_ONCE: usize = 200;
/// Documents judged anew with one entry of progress.
const REJUDGED_MAX: usize = 1_000;
/// The runner's stage that judges documents anew after a change.
pub(crate) const REJUDGING: &str = "registry";
/// Labels of a host that are looked up.
const LABELS_MAX: usize = 12;

/// What the registry makes of a document's sightings.
#[derive(Default)]
pub(super) struct Judged {
    pub entity: Vec<String>,
    pub payment: Vec<String>,
    pub handle: Vec<String>,
    pub link: Vec<String>,
    pub marks: Vec<Mark>,
}

const REGISTERED: &str = "registered";
const UNREGISTERED: &str = "unregistered";
/// The client's own, said by the client before: a refund goes there, not a side deal.
const CLIENTS_OWN: &str = "client";

/// Where a sighting stands: in which document of which conversation, when, and whether the client wrote it.
struct Sighted {
    doc: Doc,
    conversation: ConversationId,
    at: Timestamp,
    incoming: bool,
}

impl Fold<'_> {
    /// Looks every sighting up, and remembers it so that a change of the registry finds its documents.
    pub(super) fn judge(
        &mut self,
        doc: Doc,
        conversation: ConversationId,
        contact: Option<ContactId>,
        composed: &Composed,
        features: &Features,
    ) -> Result<Judged> {
        let incoming = composed.direction == Direction::In;
        let sighted = Sighted { doc, conversation, at: composed.at, incoming };
        judge_by(features, |sighting| {
            let key = registry::key(&sighting.value);
            self.remember(&key, host_of(sighting), &sighted)?;
            Ok(match sighting.role {
                Role::Identity => UNREGISTERED,
                _ if !incoming && self.clients_own(&key, conversation, contact, composed.at)? => CLIENTS_OWN,
                _ if registered(self.db, sighting, &key, composed.at)? => REGISTERED,
                _ => UNREGISTERED,
            })
        })
    }

    fn remember(&mut self, key: &str, host: Option<&str>, sighted: &Sighted) -> Result<()> {
        let Sighted { doc, conversation, at, incoming } = sighted;
        let new = self
            .db
            .prepare_cached(
                "INSERT INTO sightings VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (key, row) DO UPDATE SET conversation = ?3 \
                 WHERE conversation <> ?3",
            )?
            .execute(params![key, doc.row, bits(conversation.0), micros(*at), incoming])?;
        if let Some(host) = host {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO sighted_hosts VALUES (?1, ?2, ?3)")?
                .execute(params![outermost_first(host), doc.row, micros(*at)])?;
        }
        if new > 0 && *incoming {
            // What the firm wrote later about the same account may now be the client's own.
            let mut later = self.db.prepare_cached(
                "SELECT docs.doc FROM sightings s JOIN docs ON docs.row = s.row \
                 WHERE s.key = ?1 AND s.conversation = ?2 AND s.incoming = 0 AND s.at > ?3",
            )?;
            for doc in later
                .query_map(params![key, bits(conversation.0), micros(*at)], |row| row.get::<_, i64>(0))?
            {
                self.dirty.insert(DocumentId(unbits(doc?)));
            }
        }
        Ok(())
    }

    /// Whether the client has said it before, or it is the client's own number.
    fn clients_own(
        &self,
        key: &str,
        conversation: ConversationId,
        contact: Option<ContactId>,
        at: Timestamp,
    ) -> Result<bool> {
        let said: bool = self
            .db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM sightings WHERE key = ?1 AND conversation = ?2 AND incoming = 1 AND at < ?3)",
            )?
            .query_row(params![key, bits(conversation.0), micros(at)], |row| row.get(0))?;
        let Some(contact) = contact.filter(|_| !said) else { return Ok(said) };
        Ok(self
            .db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM identities WHERE scheme = 'phone' AND value = ?1 AND contact = ?2)")?
            .query_row(params![key, bits(contact.0)], |row| row.get(0))?)
    }

    /// Folds a change; documents that it concerns are judged anew, some of them now.
    pub(super) fn registry(&mut self, entry: &Opened, event: &Event) -> Result<()> {
        let changed = match event {
            Event::Added { entry: added, alert, waits } => {
                let by = (entry.actor.clone(), entry.at);
                let held = Held::new(entry.index, added.clone(), *waits, *alert, by);
                self.forget_same(&held)?;
                self.name(&held)?;
                vec![(None, held)]
            }
            Event::Ended { kind, key, .. } => {
                let ending = entries_under(self.db, *kind, key)?;
                ending
                    .into_iter()
                    .filter(|held| held.state != State::Declined)
                    .map(|held| (Some(held.clone()), held))
                    .collect()
            }
            Event::EndSet { entry, .. } | Event::Confirmed { entry } | Event::Declined { entry, .. } => {
                find_entry(self.db, *entry)?.into_iter().map(|held| (Some(held.clone()), held)).collect()
            }
        };
        for (before, mut held) in changed {
            held.apply(event, &entry.actor);
            self.remember_event(&format!("registry/{}", held.index), entry, &json(event))?;
            store_entry(self.db, &held)?;
            self.note_concerned(before.as_ref(), &held)?;
        }
        self.rejudge_waiting(REJUDGED_AT_ONCE)
    }

    /// The same thing said again, with another label, takes the place of what was said before.
    fn forget_same(&self, held: &Held) -> Result<()> {
        for same in entries_under(self.db, held.entry.kind, &held.entry.key())? {
            if same.entry.is_same(&held.entry) && same.state == held.state {
                self.db
                    .prepare_cached("DELETE FROM registry WHERE idx = ?1")?
                    .execute([bits(same.index.0)])?;
                for table in ["registry_names", "registry_items"] {
                    self.db
                        .prepare_cached(&format!("DELETE FROM {table} WHERE idx = ?1"))?
                        .execute([bits(same.index.0)])?;
                }
            }
        }
        Ok(())
    }

    /// The other names under which an entry is looked up.
    fn name(&self, held: &Held) -> Result<()> {
        let index = bits(held.index.0);
        let mut names = self.db.prepare_cached("INSERT OR IGNORE INTO registry_names VALUES (?1, ?2, ?3)")?;
        for domain in held.entry.domains() {
            names.execute(params!["host", domain, index])?;
        }
        if let Some(domain) = held.entry.mail_domain() {
            names.execute(params!["mail", domain, index])?;
        }
        for key in self.other_keys(&held.entry) {
            names.execute(params!["key", key, index])?;
        }
        let (what, name) = match &held.entry.terms {
            Terms::Authority { .. } => ("authority", super::terms::whose(&held.entry.terms)),
            Terms::Approval { contact: Some(contact), .. } => ("client", contact.to_string()),
            Terms::Approval { conversation: Some(conversation), .. } => {
                ("conversation", conversation.to_string())
            }
            _ => ("", String::new()),
        };
        if !what.is_empty() {
            names.execute(params![what, name, index])?;
        }
        let mut items = self.db.prepare_cached("INSERT OR IGNORE INTO registry_items VALUES (?1, ?2, ?3)")?;
        for (word, phrase) in phrases(&held.entry) {
            items.execute(params![word, phrase, index])?;
        }
        Ok(())
    }

    /// What the detectors would make of a value in a message, where that is another form of it: `paypal.me/aurora` is `aurora`.
    fn other_keys(&self, entry: &Entry) -> Vec<String> {
        if !entry.kind.is_identifier() || !entry.domains().is_empty() {
            return vec![];
        }
        let own = entry.key();
        let input =
            Input { zones: vec![(aboveboard_model::document::Zone::Text, &entry.value)], country: None };
        let seen = (self.derive.derive)(&input).sightings.into_iter().filter(|sighting| {
            // It ends the value, as the name in a link does, or is most of it.
            let is_most =
                sighting.end == entry.value.len() || (sighting.end - sighting.start) * 2 >= entry.value.len();
            let role = matches!(sighting.role, Role::Payment | Role::Handle);
            role && is_most && sighting.confidence >= CONFIDENCE_MIN
        });
        seen.map(|sighting| registry::key(&sighting.value))
            .filter(|key| !key.is_empty() && *key != own)
            .collect()
    }

    /// Notes the documents that an entry concerns which is another one than before.
    fn note_concerned(&self, before: Option<&Held>, held: &Held) -> Result<()> {
        let counted = before.filter(|before| before.state == State::Counts);
        let counts = Some(held).filter(|held| held.state == State::Counts);
        let span = |held: &Held| span(&held.entry);
        let (from, until) = match (counted, counts) {
            (None, None) => return Ok(()),
            (Some(one), None) | (None, Some(one)) => span(one),
            // Only the end may have moved.
            (Some(before), Some(after)) if before.entry == after.entry => return Ok(()),
            (Some(before), Some(after)) => {
                let (before, after) = (span(before).1, span(after).1);
                (before.min(after), before.max(after))
            }
        };
        match held.entry.kind {
            Kind::Price => self.rejudge_span("money", from, until),
            Kind::Discount => self.rejudge_span("discount", from, until),
            Kind::Approval => self.rejudge_offers(&held.entry.terms, from, until),
            _ => self.rejudge_sightings(held, from, until),
        }
    }

    fn rejudge_sightings(&self, held: &Held, from: i64, until: i64) -> Result<()> {
        let mut keys = vec![held.entry.key()];
        keys.extend(names_of(self.db, "key", held.index)?);
        for key in keys {
            self.db
                .prepare_cached(
                    "INSERT OR IGNORE INTO rejudging SELECT row FROM sightings WHERE key = ?1 AND at >= ?2 AND at < ?3",
                )?
                .execute(params![key, from, until])?;
        }
        for domain in held.entry.domains().into_iter().chain(held.entry.mail_domain()) {
            // The host itself, and all below it: a full stop comes right before a slash.
            let host = outermost_first(&domain);
            self.db
                .prepare_cached(
                    "INSERT OR IGNORE INTO rejudging SELECT row FROM sighted_hosts \
                     WHERE (host = ?1 OR (host > ?1 || '.' AND host < ?1 || '/')) AND at >= ?2 AND at < ?3",
                )?
                .execute(params![host, from, until])?;
        }
        Ok(())
    }

    /// All documents with an amount or a discount in a time. Many changes of a list are one walk.
    fn rejudge_span(&self, what: &str, from: i64, until: i64) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO rejudging_spans VALUES (?1, ?2, ?3, ?2, ?4) ON CONFLICT (what) DO UPDATE SET \
                 from_at = min(from_at, ?2), until_at = max(until_at, ?3), at = min(from_at, ?2), row = ?4",
            )?
            .execute(params![what, from, until, i64::MIN])?;
        Ok(())
    }

    fn rejudge_offers(&self, terms: &Terms, from: i64, until: i64) -> Result<()> {
        let Terms::Approval { contact, conversation, .. } = terms else { return Ok(()) };
        let sql = match contact {
            Some(_) => {
                "INSERT OR IGNORE INTO rejudging SELECT o.row FROM conversations c JOIN offers o ON o.conversation = c.id \
                 WHERE c.contact = (SELECT contact FROM identities WHERE id = ?1) AND o.at >= ?2 AND o.at < ?3"
            }
            None => {
                "INSERT OR IGNORE INTO rejudging SELECT row FROM offers WHERE conversation = ?1 AND at >= ?2 AND at < ?3"
            }
        };
        let of = match (contact, conversation) {
            (Some(contact), _) => super::former_identity(self.db, bits(contact.0))?,
            (None, conversation) => conversation.map_or(0, |conversation| bits(conversation.0)),
        };
        self.db.prepare_cached(sql)?.execute(params![of, from, until])?;
        Ok(())
    }

    /// Judges some of the documents anew that a change of the registry concerns: those noted one by one, then those of a time.
    pub(super) fn rejudge_some(&mut self) -> Result<()> {
        let left = REJUDGED_MAX.saturating_sub(self.rejudge_counted(REJUDGED_MAX)?);
        if left > 0 {
            self.walk_spans(left)?;
        }
        Ok(())
    }

    fn rejudge_waiting(&mut self, most: usize) -> Result<()> {
        self.rejudge_counted(most).map(drop)
    }

    fn rejudge_counted(&mut self, most: usize) -> Result<usize> {
        let docs: Vec<(i64, i64)> = self
            .db
            .prepare_cached(
                "SELECT r.row, docs.doc FROM rejudging r JOIN docs ON docs.row = r.row ORDER BY r.row LIMIT ?1",
            )?
            .query_map([most as i64], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut done = self.db.prepare_cached("DELETE FROM rejudging WHERE row = ?1")?;
        for (row, doc) in &docs {
            done.execute([row])?;
            self.dirty.insert(DocumentId(unbits(*doc)));
        }
        Ok(docs.len())
    }

    fn walk_spans(&mut self, most: usize) -> Result<()> {
        let next: Option<(String, i64, i64, i64)> = self
            .db
            .prepare_cached("SELECT what, at, row, until_at FROM rejudging_spans ORDER BY what LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        let Some((what, at, place, until)) = next else { return Ok(()) };
        let places: Vec<(i64, i64, i64)> = self
            .db
            .prepare_cached(
                "SELECT o.at, o.row, docs.doc FROM offers o JOIN docs ON docs.row = o.row \
                 WHERE (o.at, o.row) > (?1, ?2) AND o.at < ?3 \
                 AND ((?4 = 'money' AND o.money = 1) OR (?4 = 'discount' AND o.discount = 1)) ORDER BY o.at, o.row LIMIT ?5",
            )?
            .query_map(params![at, place, until, what, most as i64], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        match places.last().filter(|_| places.len() == most) {
            Some((at, place, _)) => self
                .db
                .prepare_cached("UPDATE rejudging_spans SET at = ?2, row = ?3 WHERE what = ?1")?
                .execute(params![what, at, place])?,
            None => {
                self.db.prepare_cached("DELETE FROM rejudging_spans WHERE what = ?1")?.execute([&what])?
            }
        };
        self.dirty.extend(places.into_iter().map(|(.., doc)| DocumentId(unbits(doc))));
        Ok(())
    }
}

/// Whether documents wait to be judged anew.
pub(crate) fn is_rejudging(db: &Connection) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM rejudging) OR EXISTS (SELECT 1 FROM rejudging_spans)")?
        .query_row([], |row| row.get(0))?)
}

/// An entry of the registry by the entry of the log that added it.
pub(crate) fn find_entry(db: &Connection, index: Index) -> Result<Option<Held>> {
    let text: Option<String> = db
        .prepare_cached("SELECT json FROM registry WHERE idx = ?1")?
        .query_row([bits(index.0)], |row| row.get(0))
        .optional()?;
    Ok(text.map(|text| from_json(&text)).transpose()?)
}

/// Entries of a kind with a key, oldest first.
pub(crate) fn entries_under(db: &Connection, kind: Kind, key: &str) -> Result<Vec<Held>> {
    let mut rows =
        db.prepare_cached("SELECT json FROM registry WHERE kind = ?1 AND key = ?2 ORDER BY idx")?;
    let rows = rows.query_map([kind.word(), key], |row| from_json(&row.get::<_, String>(0)?))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The names of one sort under which an entry is looked up.
pub(crate) fn names_of(db: &Connection, what: &str, index: Index) -> Result<Vec<String>> {
    let mut rows =
        db.prepare_cached("SELECT name FROM registry_names WHERE idx = ?1 AND what = ?2 ORDER BY name")?;
    let rows = rows.query_map(params![bits(index.0), what], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// From when until when an entry counts, as the views order it.
pub(crate) fn span(entry: &Entry) -> (i64, i64) {
    (entry.from.map_or(i64::MIN, micros), entry.until.map_or(i64::MAX, micros))
}

fn store_entry(db: &Connection, held: &Held) -> Result<()> {
    let entry = &held.entry;
    let (from, until) = span(entry);
    db.prepare_cached("INSERT OR REPLACE INTO registry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
        .execute(params![
            bits(held.index.0),
            entry.kind.word(),
            entry.key(),
            held.state == State::Counts,
            held.is_pending(),
            from,
            until,
            format!("{}\n{}", entry.value, entry.label).to_lowercase(),
            json(held),
        ])?;
    Ok(())
}

/// Whether it is the company's: in the registry at the time, or one of the captured numbers.
fn registered(db: &Connection, sighting: &Sighting, key: &str, at: Timestamp) -> Result<bool> {
    let exists = |sql: &str, name: &str| -> Result<bool> {
        Ok(db.prepare_cached(sql)?.query_row(params![name, micros(at)], |row| row.get(0))?)
    };
    let own_number = "SELECT EXISTS (SELECT 1 FROM numbers WHERE display = ?1 AND ?2 IS NOT NULL)";
    if sighting.role != Role::Payment && exists(own_number, key)? {
        return Ok(true);
    }
    let (by_key, by_name) = match sighting.role {
        Role::Payment => (
            "SELECT EXISTS (SELECT 1 FROM registry WHERE key = ?1 AND counts = 1 AND from_at <= ?2 AND ?2 < until_at \
             AND kind IN ('upi', 'pix', 'iban', 'account'))",
            "SELECT EXISTS (SELECT 1 FROM registry_names n JOIN registry r ON r.idx = n.idx WHERE n.what = 'key' \
             AND n.name = ?1 AND r.counts = 1 AND r.from_at <= ?2 AND ?2 < r.until_at \
             AND r.kind IN ('upi', 'pix', 'iban', 'account'))",
        ),
        _ => (
            "SELECT EXISTS (SELECT 1 FROM registry WHERE key = ?1 AND counts = 1 AND from_at <= ?2 AND ?2 < until_at \
             AND kind IN ('upi', 'pix', 'iban', 'account', 'phone', 'email', 'handle'))",
            "SELECT EXISTS (SELECT 1 FROM registry_names n JOIN registry r ON r.idx = n.idx WHERE n.what = 'key' \
             AND n.name = ?1 AND r.counts = 1 AND r.from_at <= ?2 AND ?2 < r.until_at)",
        ),
    };
    if !key.is_empty() && (exists(by_key, key)? || exists(by_name, key)?) {
        return Ok(true);
    }
    let by_host = "SELECT EXISTS (SELECT 1 FROM registry_names n JOIN registry r ON r.idx = n.idx WHERE n.what = 'host' \
                   AND n.name = ?1 AND r.counts = 1 AND r.from_at <= ?2 AND ?2 < r.until_at)";
    let Some(host) = host_of(sighting) else { return Ok(false) };
    let host = registry::key(host);
    let by_mail = "SELECT EXISTS (SELECT 1 FROM registry_names n JOIN registry r ON r.idx = n.idx WHERE n.what = 'mail' \
                   AND n.name = ?1 AND r.counts = 1 AND r.from_at <= ?2 AND ?2 < r.until_at)";
    if sighting.role == Role::Handle && exists(by_mail, &host)? {
        return Ok(true);
    }
    // The host itself, and each domain that it is below.
    let above = std::iter::successors(Some(host.as_str()), |host| host.split_once('.').map(|(_, rest)| rest));
    for domain in above.take(LABELS_MAX) {
        if exists(by_host, domain)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The host that a web or mail address is at.
fn host_of(sighting: &Sighting) -> Option<&str> {
    match sighting.role {
        Role::Link => Some(host(&sighting.value)),
        Role::Handle => sighting.value.rsplit_once('@').map(|(_, host)| host),
        Role::Payment | Role::Identity => None,
    }
}

/// The host of a web address in normal form: what stands before the first slash, port, query or fragment.
fn host(address: &str) -> &str {
    address.split(['/', '?', '#', ':']).next().unwrap_or(address)
}

/// A host with its outermost label first, so that all hosts below one lie together.
fn outermost_first(host: &str) -> String {
    host.to_lowercase().split('.').rev().collect::<Vec<_>>().join(".")
}

/// What follows from sightings, once somebody says of each whose it is.
pub(super) fn judge_by(
    features: &Features,
    mut verdict: impl FnMut(&Sighting) -> Result<&'static str>,
) -> Result<Judged> {
    let mut judged = Judged::default();
    for sighting in features.sightings.iter().filter(|sighting| sighting.confidence >= CONFIDENCE_MIN) {
        let verdict = verdict(sighting)?;
        let (field, list) = match sighting.role {
            Role::Identity => (Field::Entity, &mut judged.entity),
            Role::Payment => (Field::Payment, &mut judged.payment),
            Role::Handle => (Field::Handle, &mut judged.handle),
            Role::Link => (Field::Link, &mut judged.link),
        };
        let (value, extra) = match sighting.role {
            Role::Identity => (sighting.kind.clone(), None),
            Role::Link => (verdict.to_owned(), Some(host(&sighting.value).to_owned())),
            Role::Payment | Role::Handle => (verdict.to_owned(), Some(sighting.kind.clone())),
        };
        judged.marks.push(mark(field, &value, sighting));
        for word in std::iter::once(value).chain(extra) {
            if !list.contains(&word) {
                list.push(word);
            }
        }
    }
    Ok(judged)
}

/// What detectors make of sightings where nothing is registered.
pub(super) fn judged_unregistered(features: &Features) -> Judged {
    judge_by(features, |_| Ok(UNREGISTERED)).unwrap_or_default()
}
