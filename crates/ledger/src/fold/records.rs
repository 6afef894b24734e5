//! Registry, policies, sources, users and reads into the views, and what the registry says of what was seen.

use aboveboard_model::{
    access::{Purpose, ReadOf},
    connection,
    document::{Field, Mark},
    event::Event,
    features::{CONFIDENCE_MIN, Features, Role, Sighting},
    finding::{Finding, GivenUp},
    id::{ContactId, ConversationId, DocumentId, Index, SearchId, SourceId, UserId},
    item::Direction,
    registry::{self, Entry, Event as RegistryEvent, Kind},
    source::{self, Source},
    user::{self, User},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Fold, compose::Composed, docs::Doc, documents::mark};
use crate::{
    error::Result,
    fact::Opened,
    store::Store,
    views::{bits, from_json, json, micros, unbits},
};

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
        judge_by(features, |sighting| {
            let key = registry::key(&sighting.value);
            self.remember(&key, doc, conversation, composed.at, incoming)?;
            Ok(match sighting.role {
                Role::Identity => UNREGISTERED,
                _ if !incoming && self.clients_own(&key, conversation, contact, composed.at)? => CLIENTS_OWN,
                _ if self.registered(sighting, &key, composed.at)? => REGISTERED,
                _ => UNREGISTERED,
            })
        })
    }

    fn remember(
        &mut self,
        key: &str,
        doc: Doc,
        conversation: ConversationId,
        at: Timestamp,
        incoming: bool,
    ) -> Result<()> {
        let new = self
            .db
            .prepare_cached(
                "INSERT INTO sightings VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (key, row) DO UPDATE SET conversation = ?3 \
                 WHERE conversation <> ?3",
            )?
            .execute(params![key, doc.row, bits(conversation.0), micros(at), incoming])?;
        if new > 0 && incoming {
            // What the firm wrote later about the same account may now be the client's own.
            let mut later = self.db.prepare_cached(
                "SELECT docs.doc FROM sightings s JOIN docs ON docs.row = s.row \
                 WHERE s.key = ?1 AND s.conversation = ?2 AND s.incoming = 0 AND s.at > ?3",
            )?;
            for doc in
                later.query_map(params![key, bits(conversation.0), micros(at)], |row| row.get::<_, i64>(0))?
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

    /// Whether it is the company's: in the registry at the time, or one of the captured numbers.
    fn registered(&self, sighting: &Sighting, key: &str, at: Timestamp) -> Result<bool> {
        let own_number: bool = self
            .db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM numbers WHERE display = ?1)")?
            .query_row([key], |row| row.get(0))?;
        if own_number && sighting.role != Role::Payment {
            return Ok(true);
        }
        let mut entries = self.db.prepare_cached(
            "SELECT json FROM registry WHERE key = ?1 OR kind = 'domain' OR (kind = 'email' AND key LIKE '@%')",
        )?;
        for text in entries.query_map([key], |row| row.get::<_, String>(0))? {
            let entry: Entry = from_json(&text?)?;
            let value = if entry.kind == Kind::Domain { host(&sighting.value) } else { &sighting.value };
            if entry.valid_at(at) && entry.names(sighting.role, value) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn registry(&mut self, entry: &Opened, event: &RegistryEvent) -> Result<()> {
        let (kind, key) = match event {
            RegistryEvent::Added { entry: added } => {
                let key = registry::key(&added.value);
                self.db
                    .prepare_cached("INSERT OR REPLACE INTO registry VALUES (?1, ?2, ?3, ?4)")?
                    .execute(params![added.kind.word(), key, bits(entry.index.0), json(added)])?;
                (added.kind, key)
            }
            RegistryEvent::Ended { kind, key, at } => {
                let stored: Option<String> = self
                    .db
                    .prepare_cached("SELECT json FROM registry WHERE kind = ?1 AND key = ?2")?
                    .query_row([kind.word(), key], |row| row.get(0))
                    .optional()?;
                if let Some(text) = stored {
                    let mut ended: Entry = from_json(&text)?;
                    ended.until = Some(*at);
                    self.db
                        .prepare_cached("UPDATE registry SET json = ?3 WHERE kind = ?1 AND key = ?2")?
                        .execute(params![kind.word(), key, json(&ended)])?;
                }
                (*kind, key.clone())
            }
        };
        self.dirty_sightings(kind, &key)
    }

    /// Documents that name what the registry changed its mind about.
    fn dirty_sightings(&mut self, kind: Kind, key: &str) -> Result<()> {
        let anywhere = matches!(kind, Kind::Domain) || key.starts_with('@');
        let sql = if anywhere {
            "SELECT DISTINCT docs.doc FROM sightings s JOIN docs ON docs.row = s.row WHERE instr(s.key, ?1) > 0"
        } else {
            "SELECT docs.doc FROM sightings s JOIN docs ON docs.row = s.row WHERE s.key = ?1"
        };
        let mut docs = self.db.prepare_cached(sql)?;
        for doc in docs.query_map([key], |row| row.get::<_, i64>(0))? {
            self.dirty.insert(DocumentId(unbits(doc?)));
        }
        Ok(())
    }

    pub(super) fn policy_published(
        &mut self,
        entry: &Opened,
        id: &str,
        version: u32,
        text: &str,
    ) -> Result<()> {
        self.policy_retired(id)?;
        self.db
            .prepare_cached("INSERT OR REPLACE INTO policies VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, 0, 0)")?
            .execute(params![id, version, text, micros(entry.at), json(&entry.actor), bits(entry.index.0)])?;
        Ok(())
    }

    pub(super) fn policy_retired(&mut self, id: &str) -> Result<()> {
        self.db.prepare_cached("UPDATE policies SET active = 0 WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    pub(super) fn findings(
        &mut self,
        index: Index,
        (document, revision): (DocumentId, u32),
        detectors: u32,
        findings: &[Finding],
    ) -> Result<()> {
        for finding in findings {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO findings VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![bits(document.0), revision, finding.policy, bits(index.0), detectors])?;
            self.db
                .prepare_cached("UPDATE policies SET findings = findings + 1 WHERE id = ?1 AND version = ?2")?
                .execute(params![finding.policy, finding.version])?;
        }
        Ok(())
    }

    pub(super) fn given_up(&mut self, given_up: &[GivenUp]) -> Result<()> {
        for GivenUp { policy, version } in given_up {
            self.db
                .prepare_cached("UPDATE policies SET given_up = given_up + 1 WHERE id = ?1 AND version = ?2")?
                .execute(params![policy, version])?;
        }
        Ok(())
    }

    /// Settings stay sealed in their entries, of which only the index is kept; what the platform says is no secret.
    pub(super) fn source(&mut self, entry: &Opened, event: &source::Event) -> Result<()> {
        let id = event.source();
        if matches!(event, source::Event::Saved { .. } | source::Event::Rotated { .. }) {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO sources VALUES (?1, ?2)")?
                .execute([bits(id.0), bits(entry.index.0)])?;
        } else if !is_source(self.db, id)? {
            return Ok(());
        }
        let mut connection = find_connection(self.db, id)?;
        connection.apply(event, entry.at);
        self.db
            .prepare_cached("INSERT OR REPLACE INTO connections VALUES (?1, ?2)")?
            .execute(params![bits(id.0), json(&connection)])?;
        if let source::Event::TurnedAway { why, times, .. } = event {
            self.turned_away(id, *why, entry.at, *times)?;
        }
        Ok(())
    }

    pub(super) fn user(&mut self, entry: &Opened, id: UserId, event: &user::Event) -> Result<()> {
        let user = match find_user(self.db, id)? {
            None => User::create(id, event),
            Some(mut user) => {
                user.apply(event, &entry.actor, entry.at);
                Some(user)
            }
        };
        let Some(user) = user else { return Ok(()) };
        let signed_in = matches!(event, user::Event::SignedIn { .. }).then(|| micros(entry.at));
        let password = event.password().map(|_| bits(entry.index.0));
        self.db
            .prepare_cached(
                "INSERT INTO users VALUES (?1, ?2, ?3, coalesce(?4, 0), ?5) ON CONFLICT (id) DO UPDATE SET json = ?3, \
                 password = coalesce(?4, password), last_sign_in = coalesce(?5, last_sign_in)",
            )?
            .execute(params![bits(id.0), user.login.0.to_lowercase(), json(&user), password, signed_in])?;
        Ok(())
    }

    pub(super) fn search_asked(&mut self, search: SearchId, query: &str) -> Result<()> {
        self.db
            .prepare_cached("INSERT OR IGNORE INTO searches VALUES (?1, ?2)")?
            .execute(params![bits(search.0), query])?;
        Ok(())
    }

    pub(super) fn read(&mut self, entry: &Opened, purpose: &Purpose, of: &ReadOf) -> Result<()> {
        self.db.prepare_cached("INSERT OR IGNORE INTO reads VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(
            params![
                bits(entry.index.0),
                micros(entry.at),
                json(&entry.actor),
                json(purpose),
                json(of),
                purpose.word(),
            ],
        )?;
        for subject in self.subjects(of)? {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO reads_of VALUES (?1, ?2)")?
                .execute([subject, bits(entry.index.0)])?;
        }
        Ok(())
    }

    /// What a look was at: so that a person's looks are found.
    fn subjects(&self, of: &ReadOf) -> Result<Vec<i64>> {
        let conversation = |sql: &str, entry: Index| -> Result<Vec<i64>> {
            let found: Option<i64> =
                self.db.prepare_cached(sql)?.query_row([bits(entry.0)], |row| row.get(0)).optional()?;
            Ok(found.into_iter().collect())
        };
        Ok(match of {
            ReadOf::Queue(_) | ReadOf::Cases(_) | ReadOf::Conversations(_) | ReadOf::Search { .. } => vec![],
            ReadOf::Alert(id) => vec![bits(id.0)],
            ReadOf::Case(id) => {
                let alerts = super::find_case(self.db, *id)?.map_or(vec![], |case| case.alerts);
                std::iter::once(bits(id.0)).chain(alerts.iter().map(|alert| bits(alert.0))).collect()
            }
            ReadOf::Conversation(id) => vec![bits(id.0)],
            ReadOf::Contact(id) => vec![bits(id.0)],
            ReadOf::Employee(id) => vec![bits(id.0)],
            ReadOf::Entry(entry) => conversation(
                "SELECT m.conversation FROM items i JOIN messages m ON m.row = i.row WHERE i.idx = ?1",
                *entry,
            )?,
            ReadOf::Media(entry) => conversation(
                "SELECT m.conversation FROM media f JOIN messages m ON m.row = f.row WHERE f.entry = ?1",
                *entry,
            )?,
        })
    }
}

/// A source by id, with its secrets, from the sealed entries that say what it is.
pub(crate) fn find_source(db: &Connection, store: &Store, id: SourceId) -> Result<Option<Source>> {
    let mut entries = db.prepare_cached("SELECT idx FROM sources WHERE id = ?1 ORDER BY idx")?;
    let mut known = None;
    for index in entries.query_map([bits(id.0)], |row| row.get::<_, i64>(0))? {
        let Some(opened) = store.read(Index(unbits(index?)))? else { continue };
        if let Event::Source { event } = opened.event {
            known.get_or_insert_with(|| Source::new(id)).apply(&event);
        }
    }
    Ok(known)
}

/// Whether there is such a source.
pub(crate) fn is_source(db: &Connection, id: SourceId) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM sources WHERE id = ?1)")?
        .query_row([bits(id.0)], |row| row.get(0))?)
}

/// What is known of a source's connection.
pub(crate) fn find_connection(db: &Connection, id: SourceId) -> Result<connection::Connection> {
    let text: Option<String> = db
        .prepare_cached("SELECT json FROM connections WHERE id = ?1")?
        .query_row([bits(id.0)], |row| row.get(0))
        .optional()?;
    Ok(text.map(|text| from_json(&text)).transpose()?.unwrap_or_default())
}

/// A user by id.
pub(crate) fn find_user(db: &Connection, id: UserId) -> Result<Option<User>> {
    let text: Option<String> = db
        .prepare_cached("SELECT json FROM users WHERE id = ?1")?
        .query_row([bits(id.0)], |row| row.get(0))
        .optional()?;
    Ok(text.map(|text| from_json(&text)).transpose()?)
}

/// The host of a web address in normal form: what stands before the first slash, port, query or fragment.
fn host(address: &str) -> &str {
    address.split(['/', '?', '#', ':']).next().unwrap_or(address)
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
