//! Employees and users.

use aboveboard_model::{
    access::{Access, Actor, Permission, ReadOf},
    case::Case,
    id::{AlertId, EmployeeId, UserId},
    people::{Assignment, Employee},
    refusal::Refusal,
    user::User,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{alerts, own::Own, rows_of, true_at};
use crate::{
    Ledger,
    command::By,
    error::Result,
    fold::{assignments_of, employee},
    view::{AlertRow, CaseRow, EmployeeNumber, EmployeePage, EmployeeRow, PAGE_ROWS_MAX, Page, UserRow},
    views::{bits, from_json, index, instant, micros, unbits},
};

/// Alerts and cases that an employee's page lists.
const LISTED_MAX: usize = 50;
/// Looks that an employee's page lists.
const READS_MAX: usize = 20;

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

    /// Everything an employee's page shows. Where alerts and cases are on it, it is a look.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub fn employee(&self, access: &Access, id: EmployeeId) -> Result<EmployeePage> {
        let by = By::of(access);
        self.need(&by, Permission::PeopleRead)?;
        let known = self.inner().views.ask(|db| employee(db, id))?.ok_or(Refusal::NotFound)?;
        // Nobody reviews themselves.
        let may = |permission| by.employee != Some(id) && self.permitted(&by, permission);
        let (with_alerts, with_cases) = (may(Permission::AlertRead), may(Permission::CaseRead));
        if with_alerts || with_cases {
            self.look(access, Permission::PeopleRead, ReadOf::Employee(id))?;
        }
        self.inner().views.ask(|db| {
            let manager = known.manager.map(|manager| employee(db, manager)).transpose()?.flatten();
            Ok(EmployeePage {
                manager,
                leads: leads(db, id)?,
                numbers: numbers(db, id)?,
                history: alerts::history(db, &id.to_string())?,
                alerts: if with_alerts { alerts_about(db, id)? } else { vec![] },
                cases: if with_cases { cases_about(db, id, Own::of(by.employee))? } else { vec![] },
                reads: match self.permitted(&by, Permission::AccessLogRead) {
                    true => Some(super::reads::about_employee(db, id, READS_MAX)?),
                    false => None,
                },
                employee: known,
                at: true_at(db)?,
            })
        })
    }

    /// Users, by what they type to sign in.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn users(&self, by: &By) -> Result<Vec<UserRow>> {
        self.plain(by, Permission::UserRead, |db| {
            let mut rows = db.prepare_cached("SELECT json, last_sign_in FROM users ORDER BY login")?;
            let rows = rows.query_map([], user_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// A page of users, by what they type to sign in. Its key is a user's id: what people type stands in no address.
    ///
    /// # Errors
    /// A refusal by role, or for a key that is none.
    pub fn users_page(&self, by: &By, after: Option<&str>, limit: usize) -> Result<Page<UserRow>> {
        let limit = rows_of(limit);
        let after: Option<UserId> =
            after.map(|after| after.parse().map_err(|_| Refusal::Malformed)).transpose()?;
        self.plain(by, Permission::UserRead, |db| {
            let mut rows = db.prepare_cached(
                "SELECT json, last_sign_in FROM users WHERE login > coalesce((SELECT login FROM users WHERE id = ?1), '') \
                 ORDER BY login LIMIT ?2",
            )?;
            let after = after.map(|after| bits(after.0));
            let rows = rows.query_map(params![after, limit as i64 + 1], user_row)?;
            let rows: Vec<UserRow> = rows.collect::<rusqlite::Result<_>>()?;
            alerts::page(rows, limit, |row| row.user.id.to_string(), true_at(db)?)
        })
    }

    /// One user.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub fn user(&self, by: &By, id: UserId) -> Result<UserRow> {
        self.plain(by, Permission::UserRead, |db| {
            let row = db
                .prepare_cached("SELECT json, last_sign_in FROM users WHERE id = ?1")?
                .query_row([bits(id.0)], user_row)
                .optional()?;
            Ok(row.ok_or(Refusal::NotFound)?)
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

fn user_row(row: &Row<'_>) -> rusqlite::Result<UserRow> {
    Ok(UserRow {
        user: from_json(&row.get::<_, String>(0)?)?,
        last_sign_in_at: row.get::<_, Option<i64>>(1)?.map(instant),
    })
}

fn leads(db: &Connection, id: EmployeeId) -> Result<Vec<Employee>> {
    let mut rows = db.prepare_cached(
        "SELECT json FROM employees WHERE json_extract(json, '$.manager') = ?1 ORDER BY reference LIMIT ?2",
    )?;
    let rows = rows.query_map(params![id.to_string(), PAGE_ROWS_MAX as i64], |row| {
        from_json(&row.get::<_, String>(0)?)
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn numbers(db: &Connection, id: EmployeeId) -> Result<Vec<EmployeeNumber>> {
    let mut rows = db.prepare_cached(
        "SELECT a.number, a.from_at, (SELECT min(b.from_at) FROM assignments b WHERE b.number = a.number \
         AND (b.from_at, b.idx) > (a.from_at, a.idx)), n.display FROM assignments a LEFT JOIN numbers n \
         ON n.number = a.number WHERE a.employee = ?1 ORDER BY a.from_at, a.idx",
    )?;
    let rows = rows.query_map([bits(id.0)], |row| {
        let from = instant(row.get(1)?);
        Ok(EmployeeNumber {
            assignment: Assignment { number: row.get(0)?, employee: Some(id), from },
            until: row.get::<_, Option<i64>>(2)?.map(instant),
            display: row.get(3)?,
            waiting: 0,
        })
    })?;
    let mut numbers: Vec<EmployeeNumber> = rows.collect::<rusqlite::Result<_>>()?;
    for number in &mut numbers {
        let until = number.until.map_or(i64::MAX, micros);
        number.waiting = db
            .prepare_cached(
                "SELECT count(*) FROM items WHERE waits = 1 AND number = ?1 AND at >= ?2 AND at < ?3",
            )?
            .query_row(params![number.assignment.number, micros(number.assignment.from), until], |row| {
                row.get::<_, i64>(0)
            })
            .map(unbits)?;
    }
    Ok(numbers)
}

fn alerts_about(db: &Connection, id: EmployeeId) -> Result<Vec<AlertRow>> {
    let mut ids =
        db.prepare_cached("SELECT id FROM alerts WHERE employee = ?1 ORDER BY idx DESC LIMIT ?2")?;
    let ids = ids.query_map(params![bits(id.0), LISTED_MAX as i64], |row| row.get::<_, i64>(0))?;
    let ids: Vec<i64> = ids.collect::<rusqlite::Result<_>>()?;
    let mut rows = Vec::with_capacity(ids.len());
    for alert in ids {
        rows.extend(alerts::alert_row(db, AlertId(unbits(alert)), Own::NOBODYS)?);
    }
    Ok(rows)
}

fn cases_about(db: &Connection, id: EmployeeId, own: Own) -> Result<Vec<CaseRow>> {
    let mut rows = db.prepare_cached(&format!(
        "SELECT c.idx, c.json FROM cases c WHERE json_extract(c.json, '$.id') IN (SELECT json_extract(a.json, '$.case') \
         FROM alerts a WHERE a.employee = ?1){} ORDER BY c.idx DESC LIMIT ?2",
        own.condition_on_cases("c.json")
    ))?;
    let rows = rows.query_map(params![bits(id.0), LISTED_MAX as i64], |row| {
        let case: Case = from_json(&row.get::<_, String>(1)?)?;
        Ok(CaseRow { number: index(row.get(0)?), case })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
