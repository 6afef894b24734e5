//! Clients as persons: the list, and one of them.

use aboveboard_model::{
    access::{Access, Permission, ReadOf},
    id::{ContactId, ConversationId, IdentityId, Index},
    personal::Personal,
    pseudonym,
    refusal::Refusal,
};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter, types::Value};

use super::{alerts, conversations, key_of, key_text, own::Own, rows_of, true_at};
use crate::{
    Ledger,
    command::By,
    error::Result,
    fold::{ALWAYS, SEEN_AS_PHONE, SEEN_AS_WA_ID, former_identity},
    view::{
        AlertRow, ContactDecision, ContactFilter, ContactPage, ContactRow, ConversationRow,
        IDENTITIES_SHOWN_MAX, IdentityRow, Page, Suggestion,
    },
    views::{bits, from_json, index, instant, unbits},
};

/// Conversations and alerts that a client's page lists.
const LISTED_MAX: usize = 50;
/// Looks that a client's page lists.
const READS_MAX: usize = 20;
/// Suggestions that a client's page lists.
const SUGGESTIONS_MAX: i64 = 20;
/// Bytes of a filter.
const FILTER_BYTES_MAX: usize = 200;

impl Ledger {
    /// A page of clients, newest known first. Values of identities are in it for the page to mask.
    ///
    /// # Errors
    /// A refusal by role, or for a key that is none.
    pub fn contacts(&self, by: &By, filter: &ContactFilter) -> Result<Page<ContactRow>> {
        let limit = rows_of(filter.limit);
        let [newest, id] = key_of::<2>(filter.after.as_deref())?.unwrap_or([i64::MAX, i64::MIN]);
        let mut values = vec![Value::Integer(newest), Value::Integer(id), Value::Integer(limit as i64 + 1)];
        let mut condition = String::new();
        if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            if text.len() > FILTER_BYTES_MAX {
                return Err(Refusal::TooLong.into());
            }
            let (test, wanted) = named(text);
            condition.push_str(&test);
            values.extend(wanted);
        }
        if filter.suggested {
            condition.push_str(SUGGESTED);
        }
        self.plain(by, Permission::ContactRead, |db| {
            let mut rows = db.prepare_cached(&format!(
                "SELECT id, idx FROM contacts WHERE idx <= ?1 AND (idx < ?1 OR id > ?2){condition} ORDER BY idx DESC, id LIMIT ?3"
            ))?;
            let rows = rows.query_map(params_from_iter(values), |row| Ok((row.get(0)?, row.get(1)?)))?;
            let ids: Vec<(i64, i64)> = rows.collect::<rusqlite::Result<_>>()?;
            let mut rows = Vec::with_capacity(ids.len());
            for (id, since) in ids {
                rows.push(contact_row(db, id, since, Own::of(by.employee))?);
            }
            alerts::page(rows, limit, |row| key_text(&[bits(row.since.0), bits(row.id.0)]), true_at(db)?)
        })
    }

    /// Everything a client's page shows. An id of a person who is one with another now shows that one.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub fn contact(&self, access: &Access, id: ContactId) -> Result<ContactPage> {
        let by = By::of(access);
        self.need(&by, Permission::ContactRead)?;
        let now = self.inner().views.ask(|db| contact_now(db, id))?.ok_or(Refusal::NotFound)?;
        self.look(access, Permission::ContactRead, ReadOf::Contact(now))?;
        let may = |permission| self.permitted(&by, permission);
        let own = Own::of(by.employee);
        self.inner().views.ask(|db| {
            let id = contact_now(db, id)?.ok_or(Refusal::NotFound)?;
            let since = db
                .query_row("SELECT idx FROM contacts WHERE id = ?1", [bits(id.0)], |row| row.get(0))
                .optional()?
                .ok_or(Refusal::NotFound)?;
            Ok(ContactPage {
                row: contact_row(db, bits(id.0), since, own)?,
                conversations: if may(Permission::ConversationRead) { talks(db, id, own)? } else { vec![] },
                alerts: if may(Permission::AlertRead) { alerts_about(db, id, own)? } else { vec![] },
                decisions: decisions(db, id)?,
                suggestions: suggestions(db, id)?,
                reads: match may(Permission::AccessLogRead) {
                    true => Some(super::reads::about_contact(db, id, READS_MAX)?),
                    false => None,
                },
                at: true_at(db)?,
            })
        })
    }
}

/// The person that an id means now.
pub(super) fn contact_now(db: &Connection, id: ContactId) -> Result<Option<ContactId>> {
    let contact: Option<i64> = db
        .prepare_cached("SELECT contact FROM identities WHERE id = ?1")?
        .query_row([former_identity(db, bits(id.0))?], |row| row.get(0))
        .optional()?;
    Ok(contact.map(|contact| ContactId(unbits(contact))))
}

/// Those of whom something says that they are one person with somebody else.
const SUGGESTED: &str = " AND id IN (SELECT i.contact FROM identity_links l JOIN identities i ON i.id IN (l.one, l.other) \
     WHERE l.held = 1 UNION SELECT a.contact FROM identities a WHERE a.alike IN (SELECT alike FROM identities \
     WHERE alike IS NOT NULL GROUP BY alike HAVING min(contact) <> max(contact) AND min(scheme || value) <> max(scheme || value)))";

/// The condition that a client is known by what was typed, and what goes into it from the fourth value on.
fn named(text: &str) -> (String, Vec<Value>) {
    if let Ok(id) = text.parse::<ContactId>() {
        return (
            " AND id = (SELECT contact FROM identities WHERE id = ?4)".into(),
            vec![id.0.cast_signed().into()],
        );
    }
    if let Some(ranges) = pseudonym::contact_ranges(text) {
        let mut values: Vec<Value> = Vec::with_capacity(ranges.len() * 2);
        let mut tests = Vec::with_capacity(ranges.len());
        for (low, high) in ranges {
            tests.push(format!("id BETWEEN ?{} AND ?{}", values.len() + 4, values.len() + 5));
            values.extend([Value::Integer(bits(low)), Value::Integer(bits(high))]);
        }
        return (format!(" AND ({})", tests.join(" OR ")), values);
    }
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, '+' | '-' | '(' | ')' | '.' | '/') && !c.is_whitespace())
        .collect();
    let is_phone = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let beginning = if is_phone { digits } else { text.strip_prefix('@').unwrap_or(text).to_owned() };
    let after = format!("{beginning}{}", char::MAX);
    (
        " AND id IN (SELECT k.contact FROM identities k WHERE k.scheme IN ('phone', 'user_id', 'parent_user_id') \
         AND k.value >= ?4 AND k.value < ?5 AND NOT EXISTS (SELECT 1 FROM identities n WHERE n.scheme = k.scheme \
         AND n.value = k.value AND n.from_at = k.from_at AND n.cut > k.cut) UNION SELECT i.contact FROM usernames u JOIN identities i ON i.id = u.identity \
         WHERE u.username >= ?4 AND u.username < ?5)"
            .into(),
        vec![beginning.into(), after.into()],
    )
}

fn contact_row(db: &Connection, id: i64, since: i64, own: Own) -> Result<ContactRow> {
    let (conversations, messages, last, open_alerts): (i64, i64, Option<i64>, i64) = db
        .prepare_cached(&format!(
            "SELECT count(*), coalesce(sum(messages), 0), max(last_at), coalesce(sum((SELECT count(*) FROM alerts a \
             WHERE a.conversation = c.id AND a.closed = 0{})), 0) FROM conversations c WHERE contact = ?1 AND messages > 0",
            own.condition("a.id")
        ))?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let identities = identities(db, id)?;
    let seen = identities.iter().filter_map(|identity| identity.last).map(|(at, _)| at).max();
    Ok(ContactRow {
        id: ContactId(unbits(id)),
        since: index(since),
        conversations: unbits(conversations),
        messages: unbits(messages),
        last_at: last.map(instant).max(seen),
        open_alerts: unbits(open_alerts),
        identities,
    })
}

/// Identities that are or were this client's, oldest first. One whose whole time a split took away is not there.
fn identities(db: &Connection, contact: i64) -> Result<Vec<IdentityRow>> {
    let mut own = db.prepare_cached(
        "SELECT i.id, i.scheme, i.value, i.from_at, (SELECT min(n.from_at) FROM identities n WHERE n.scheme = i.scheme \
         AND n.value = i.value AND n.from_at > i.from_at), i.seen_as, i.first_at, i.first_idx, i.last_at, i.last_idx \
         FROM identities i WHERE i.contact = ?1 AND NOT EXISTS (SELECT 1 FROM identities n WHERE n.scheme = i.scheme \
         AND n.value = i.value AND n.from_at = i.from_at AND n.cut > i.cut) ORDER BY i.born, i.id LIMIT ?2",
    )?;
    let rows = own.query_map(params![contact, IDENTITIES_SHOWN_MAX as i64], identity)?;
    let mut rows: Vec<IdentityRow> = rows.collect::<rusqlite::Result<_>>()?;
    let mut names = db.prepare_cached(
        "SELECT u.identity, u.username, u.first_at, u.first_idx, u.last_at, u.last_idx FROM usernames u \
         JOIN identities i ON i.id = u.identity WHERE i.contact = ?1 ORDER BY u.first_at, u.username LIMIT ?2",
    )?;
    let names = names.query_map(params![contact, IDENTITIES_SHOWN_MAX as i64], |row| {
        Ok(IdentityRow {
            id: IdentityId(unbits(row.get(0)?)),
            scheme: "username",
            value: Personal(row.get(1)?),
            from: None,
            until: None,
            first: seen(row, 2)?,
            last: seen(row, 4)?,
            is_own: false,
        })
    })?;
    rows.extend(names.collect::<rusqlite::Result<Vec<_>>>()?);
    rows.truncate(IDENTITIES_SHOWN_MAX);
    Ok(rows)
}

fn identity(row: &Row<'_>) -> rusqlite::Result<IdentityRow> {
    let scheme: String = row.get(1)?;
    let seen_as: i64 = row.get(5)?;
    let from: i64 = row.get(3)?;
    Ok(IdentityRow {
        id: IdentityId(unbits(row.get(0)?)),
        scheme: match scheme.as_str() {
            "phone" if seen_as & SEEN_AS_WA_ID != 0 && seen_as & SEEN_AS_PHONE == 0 => "wa_id",
            "phone" => "phone",
            "user_id" => "user_id",
            "parent_user_id" => "parent_user_id",
            _ => "name",
        },
        value: Personal(row.get(2)?),
        from: (from != ALWAYS).then(|| instant(from)),
        until: row.get::<_, Option<i64>>(4)?.map(instant),
        first: seen(row, 6)?,
        last: seen(row, 8)?,
        is_own: true,
    })
}

fn seen(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<(jiff::Timestamp, Index)>> {
    let (when, by): (Option<i64>, Option<i64>) = (row.get(at)?, row.get(at + 1)?);
    Ok(when.zip(by).map(|(when, by)| (instant(when), index(by))))
}

/// Conversations without their last words: a client's page shows no content.
fn talks(db: &Connection, id: ContactId, own: Own) -> Result<Vec<ConversationRow>> {
    let mut ids = db.prepare_cached(
        "SELECT id FROM conversations WHERE messages > 0 AND (contact = ?1 OR id IN (SELECT conversation FROM members \
         WHERE contact = ?1)) ORDER BY last_at DESC, id LIMIT ?2",
    )?;
    let ids = ids.query_map(params![bits(id.0), LISTED_MAX as i64], |row| row.get::<_, i64>(0))?;
    let ids: Vec<i64> = ids.collect::<rusqlite::Result<_>>()?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        let row = conversations::conversation_row(db, ConversationId(unbits(id)), own)?;
        rows.extend(row.map(|row| ConversationRow { last_text: String::new(), ..row }));
    }
    Ok(rows)
}

fn alerts_about(db: &Connection, id: ContactId, own: Own) -> Result<Vec<AlertRow>> {
    let mut ids = db.prepare_cached(
        "SELECT id FROM alerts WHERE conversation IN (SELECT id FROM conversations WHERE contact = ?1 \
         UNION SELECT conversation FROM members WHERE contact = ?1) ORDER BY idx DESC LIMIT ?2",
    )?;
    let ids = ids.query_map(params![bits(id.0), LISTED_MAX as i64], |row| row.get::<_, i64>(0))?;
    let ids: Vec<i64> = ids.collect::<rusqlite::Result<_>>()?;
    let mut rows = Vec::with_capacity(ids.len());
    for alert in ids {
        rows.extend(alerts::alert_row(db, aboveboard_model::id::AlertId(unbits(alert)), own)?);
    }
    rows.retain(|row| row.contact == Some(id));
    Ok(rows)
}

fn decisions(db: &Connection, id: ContactId) -> Result<Vec<ContactDecision>> {
    let mut rows = db.prepare_cached(
        "SELECT idx, at, actor, event, undone FROM contact_decisions WHERE idx IN (SELECT d.decision FROM \
         contact_decisions_of d JOIN identities i ON i.id = d.identity WHERE i.contact = ?1 OR i.id = ?1) \
         ORDER BY idx DESC LIMIT ?2",
    )?;
    let rows = rows.query_map(params![bits(id.0), LISTED_MAX as i64], |row| {
        Ok(ContactDecision {
            index: index(row.get(0)?),
            at: instant(row.get(1)?),
            actor: from_json(&row.get::<_, String>(2)?)?,
            event: from_json(&row.get::<_, String>(3)?)?,
            undone: row.get::<_, Option<i64>>(4)?.map(index),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn suggestions(db: &Connection, id: ContactId) -> Result<Vec<Suggestion>> {
    let mut rows = db.prepare_cached(
        "SELECT f.contact, l.why, max(l.idx) FROM identities i JOIN identity_links l ON i.id IN (l.one, l.other) \
         JOIN identities f ON f.id IN (l.one, l.other) WHERE i.contact = ?1 AND l.held = 1 AND f.contact <> ?1 \
         GROUP BY f.contact, l.why UNION ALL SELECT f.contact, 'alike', max(f.born) FROM identities i \
         JOIN identities f ON f.alike = i.alike AND f.contact <> i.contact WHERE i.contact = ?1 AND NOT \
         (f.scheme = i.scheme AND f.value = i.value) GROUP BY f.contact ORDER BY 3 DESC LIMIT ?2",
    )?;
    let rows = rows.query_map(params![bits(id.0), SUGGESTIONS_MAX], |row| {
        let why: String = row.get(1)?;
        Ok(Suggestion {
            contact: ContactId(unbits(row.get(0)?)),
            why: match why.as_str() {
                "alike" => "alike",
                "changed" => "changed",
                _ => "together",
            },
            index: index(row.get(2)?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
