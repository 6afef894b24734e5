//! Employees, users, and who read what.

use aboveboard_model::{
    access::{Actor, Permission, ReadOf},
    id::{Index, UserId},
    user::User,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{alerts, rows_of, true_at};
use crate::{
    Ledger,
    command::By,
    error::Result,
    fold::assignments_of,
    view::{EmployeeRow, Page, ReadRow, UserRow},
    views::{bits, from_json, index, instant, unbits},
};

impl Ledger {
    /// A page of employees, by the firm's reference.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn employees(&self, by: &By, after: Option<&str>, limit: usize) -> Result<Page<EmployeeRow>> {
        let limit = rows_of(limit);
        self.plain(by, Permission::PeopleRead, |db| {
            let mut rows = db.prepare_cached(
                "SELECT json FROM employees WHERE reference > ?1 ORDER BY reference LIMIT ?2",
            )?;
            let rows = rows
                .query_map(params![after.unwrap_or(""), limit as i64 + 1], |row| row.get::<_, String>(0))?;
            let texts: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
            let mut rows = Vec::with_capacity(texts.len());
            for text in texts {
                let employee: aboveboard_model::people::Employee = from_json(&text)?;
                let waiting: i64 = db
                    .prepare_cached(
                        "SELECT count(*) FROM items WHERE waits = 1 AND number IN \
                         (SELECT number FROM assignments WHERE employee = ?1)",
                    )?
                    .query_row([bits(employee.id.0)], |row| row.get(0))?;
                let assignments = assignments_of(db, employee.id)?;
                rows.push(EmployeeRow { employee, assignments, waiting: unbits(waiting) });
            }
            alerts::page(rows, limit, |row| row.employee.reference.clone(), true_at(db)?)
        })
    }

    /// Users, by what they type to sign in.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn users(&self, by: &By) -> Result<Vec<UserRow>> {
        self.plain(by, Permission::UserRead, |db| {
            let mut rows = db.prepare_cached("SELECT json, last_sign_in FROM users ORDER BY login")?;
            let rows = rows.query_map([], |row| {
                Ok(UserRow {
                    user: from_json(&row.get::<_, String>(0)?)?,
                    last_sign_in_at: row.get::<_, Option<i64>>(1)?.map(instant),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Those who may decide about alerts, by id: whom an alert can be given to.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn deciders(&self, by: &By) -> Result<Vec<UserId>> {
        let users: Vec<User> = self.plain(by, Permission::AlertDecide, |db| {
            let mut rows = db.prepare_cached("SELECT json FROM users ORDER BY id")?;
            let rows = rows.query_map([], |row| from_json(&row.get::<_, String>(0)?))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })?;
        let roles = &self.inner().roles;
        let decides = |user: &User| {
            !user.disabled && roles.permit(&Actor::User(user.id), &user.roles, Permission::AlertDecide)
        };
        Ok(users.into_iter().filter(decides).map(|user| user.id).collect())
    }

    /// Who read what, newest first.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn reads(&self, by: &By, before: Option<Index>, limit: usize) -> Result<Vec<ReadRow>> {
        let before = before.map_or(i64::MAX, |before| bits(before.0));
        let with_words = self.permitted(by, Permission::SearchTextRead);
        self.plain(by, Permission::AccessLogRead, |db| {
            let mut rows = db.prepare_cached(
                "SELECT idx, at, actor, purpose, what FROM reads WHERE idx < ?1 ORDER BY idx DESC LIMIT ?2",
            )?;
            let rows = rows.query_map(params![before, rows_of(limit) as i64], |row| {
                let read = read_row(db, row)?;
                Ok(ReadRow { query: read.query.filter(|_| with_words), ..read })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
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

/// A look as it is stored: `idx, at, actor, purpose, what`.
pub(super) fn read_row(db: &Connection, row: &Row<'_>) -> rusqlite::Result<ReadRow> {
    let (of, query) = searched_for(db, from_json(&row.get::<_, String>(4)?)?)?;
    Ok(ReadRow {
        index: index(row.get(0)?),
        at: instant(row.get(1)?),
        actor: from_json(&row.get::<_, String>(2)?)?,
        purpose: from_json(&row.get::<_, String>(3)?)?,
        of,
        query,
    })
}
