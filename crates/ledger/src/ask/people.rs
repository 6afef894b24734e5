//! Employees and users.

use aboveboard_model::{
    access::{Actor, Permission},
    id::UserId,
    user::User,
};
use rusqlite::params;

use super::{alerts, rows_of, true_at};
use crate::{
    Ledger,
    command::By,
    error::Result,
    fold::assignments_of,
    view::{EmployeeRow, Page, UserRow},
    views::{bits, from_json, instant, unbits},
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
}
