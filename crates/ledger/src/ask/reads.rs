//! Who read what: the access log, narrowed by who looked, whom it concerned, why and when.

use aboveboard_model::{
    access::{Permission, Purpose, ReadOf},
    id::{ContactId, EmployeeId, Index},
};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter, types::Value};

use super::{contacts::contact_now, rows_of};
use crate::{
    Ledger,
    command::By,
    error::Result,
    view::{Concerns, ReadFilter, ReadRow},
    views::{bits, from_json, index, instant, json, micros, unbits},
};

/// What a client's page, conversations (those that were emptied into them too) and alerts are known by.
const OF_CONTACT: &str = "WITH RECURSIVE talk(id) AS (SELECT id FROM conversations WHERE contact = ?1 \
     UNION SELECT conversation FROM members WHERE contact = ?1 \
     UNION SELECT c.id FROM conversations c JOIN talk ON c.merged_into = talk.id) \
     SELECT id FROM talk UNION SELECT id FROM alerts WHERE conversation IN (SELECT id FROM talk) \
     UNION SELECT id FROM identities WHERE contact = ?1";
/// What an employee's page, conversations and alerts are known by.
const OF_EMPLOYEE: &str = "SELECT ?1 UNION SELECT id FROM conversations WHERE number IN (SELECT number FROM assignments WHERE employee = ?1) \
     UNION SELECT id FROM alerts WHERE employee = ?1";
const COLUMNS: &str = "idx, at, actor, purpose, what";

impl Ledger {
    /// Who read what, newest first.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn reads(&self, by: &By, filter: &ReadFilter) -> Result<Vec<ReadRow>> {
        let with_words = self.permitted(by, Permission::SearchTextRead);
        self.plain(by, Permission::AccessLogRead, |db| {
            let (subjects, whose) = match filter.concerns {
                None => (None, 0),
                Some(Concerns::Contact(id)) => (Some(OF_CONTACT), bits(contact_now(db, id)?.unwrap_or(id).0)),
                Some(Concerns::Employee(id)) => (Some(OF_EMPLOYEE), bits(id.0)),
            };
            let mut values = vec![Value::Integer(whose)];
            let mut condition = "?1 IS NOT NULL".to_owned();
            let mut and = |test: &str, value: Value| {
                values.push(value);
                condition.push_str(&format!(" AND {test} ?{}", values.len()));
            };
            if let Some(before) = filter.before {
                and("idx <", bits(before.0).into());
            }
            if let Some(actor) = &filter.actor {
                and("actor =", json(actor).into());
            }
            if let Some(purpose) = &filter.purpose {
                and("why =", purpose.clone().into());
            }
            if let Some((from, until)) = filter.between {
                and("at >=", micros(from).into());
                and("at <", micros(until).into());
            }
            if let Some(subjects) = subjects {
                condition.push_str(&format!(
                    " AND idx IN (SELECT idx FROM reads_of WHERE subject IN ({subjects}))"
                ));
            }
            let limit = rows_of(filter.limit);
            let mut rows = db.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM reads WHERE {condition} ORDER BY idx DESC LIMIT {limit}"
            ))?;
            let rows = rows.query_map(params_from_iter(values), read_row)?;
            told(db, rows.collect::<rusqlite::Result<_>>()?, with_words)
        })
    }
}

/// Who looked at anything of a client, newest first.
pub(super) fn about_contact(db: &Connection, id: ContactId, limit: usize) -> Result<Vec<ReadRow>> {
    about(db, OF_CONTACT, bits(id.0), limit)
}

/// Who looked for one purpose, newest first.
pub(super) fn for_purpose(db: &Connection, purpose: &Purpose, limit: usize) -> Result<Vec<ReadRow>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM reads WHERE purpose = ?1 ORDER BY idx DESC LIMIT ?2"
    ))?;
    let rows = rows.query_map(params![json(purpose), limit as i64], read_row)?;
    told(db, rows.collect::<rusqlite::Result<_>>()?, false)
}

/// Who looked at anything of an employee, newest first.
pub(super) fn about_employee(db: &Connection, id: EmployeeId, limit: usize) -> Result<Vec<ReadRow>> {
    about(db, OF_EMPLOYEE, bits(id.0), limit)
}

fn about(db: &Connection, subjects: &str, whose: i64, limit: usize) -> Result<Vec<ReadRow>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM reads WHERE idx IN (SELECT idx FROM reads_of WHERE subject IN ({subjects})) \
         ORDER BY idx DESC LIMIT ?2"
    ))?;
    let rows = rows.query_map(params![whose, limit as i64], read_row)?;
    // What was searched for concerns nobody in particular.
    told(db, rows.collect::<rusqlite::Result<_>>()?, false)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<ReadRow> {
    Ok(ReadRow {
        index: index(row.get(0)?),
        at: instant(row.get(1)?),
        actor: from_json(&row.get::<_, String>(2)?)?,
        purpose: from_json(&row.get::<_, String>(3)?)?,
        of: from_json(&row.get::<_, String>(4)?)?,
        number: None,
        query: None,
    })
}

/// Puts beside alerts and cases the numbers that people quote, the entries that opened them; and beside searches their
/// words, for those who may see them.
fn told(db: &Connection, mut rows: Vec<ReadRow>, with_words: bool) -> Result<Vec<ReadRow>> {
    for row in &mut rows {
        let (of, query) = searched_for(db, row.of.clone())?;
        (row.of, row.query) = (of, query.filter(|_| with_words));
        let (table, id) = match &row.of {
            ReadOf::Alert(id) => ("alerts", id.0),
            ReadOf::Case(id) => ("cases", id.0),
            _ => continue,
        };
        let mut found = db.prepare_cached(&format!("SELECT idx FROM {table} WHERE id = ?1"))?;
        let number: Option<i64> = found.query_map([bits(id)], |row| row.get(0))?.next().transpose()?;
        row.number = number.map(|number| Index(unbits(number)));
    }
    Ok(rows)
}

/// A read without the words that were searched for, and those words, where they are still there.
fn searched_for(db: &Connection, of: ReadOf) -> rusqlite::Result<(ReadOf, Option<String>)> {
    let ReadOf::Search { search, query, hits } = of else { return Ok((of, None)) };
    let stored = match search {
        Some(search) => db
            .prepare_cached("SELECT query FROM searches WHERE id = ?1")?
            .query_row([bits(search.0)], |row| row.get(0))
            .optional()?,
        None => Some(query),
    };
    Ok((ReadOf::Search { search, query: String::new(), hits }, stored))
}
