//! Policies, sources, users and reads into the views.

use aboveboard_model::{
    access::{Purpose, ReadOf},
    connection,
    event::Event,
    finding::{Finding, GivenUp},
    id::{DocumentId, Index, SearchId, SourceId, UserId},
    source::{self, Source},
    user::{self, User},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::Fold;
use crate::{
    error::Result,
    fact::Opened,
    store::Store,
    views::{bits, from_json, json, micros, unbits},
};

impl Fold<'_> {
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
                .prepare_cached(
                    "UPDATE rule_versions SET findings = findings + 1 WHERE kind = 'policy' AND name = ?1 AND version = ?2",
                )?
                .execute(params![finding.policy, finding.version])?;
        }
        Ok(())
    }

    pub(super) fn given_up(&mut self, given_up: &[GivenUp]) -> Result<()> {
        for GivenUp { policy, version } in given_up {
            self.db
                .prepare_cached(
                    "UPDATE rule_versions SET given_up = given_up + 1 WHERE kind = 'policy' AND name = ?1 AND version = ?2",
                )?
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
