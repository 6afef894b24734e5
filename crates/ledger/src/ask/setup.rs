//! How far an installation is on its way to its first message. Counts only: who may see sources may see them.

use aboveboard_model::{
    access::{Permission, Role},
    people::Employee,
    user::User,
};

use crate::{
    Ledger,
    command::By,
    error::Result,
    view::{Setup, WAITING_MAX},
    views::{from_json, unbits},
};

impl Ledger {
    /// What is there already of what a first message needs.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn setup(&self, by: &By) -> Result<Setup> {
        let now = self.now();
        self.plain(by, Permission::SourceRead, |db| {
            let mut setup = Setup::default();
            let mut users = db.prepare_cached("SELECT json FROM users")?;
            for text in users.query_map([], |row| row.get::<_, String>(0))? {
                let user: User = from_json(&text?)?;
                let roles = Some(&user.roles).filter(|_| !user.disabled);
                setup.administrators +=
                    u64::from(roles.is_some_and(|roles| roles.contains(&Role::Administrator)));
                setup.officers +=
                    u64::from(roles.is_some_and(|roles| roles.contains(&Role::ComplianceOfficer)));
            }
            let mut employees = db.prepare_cached(
                "SELECT json, EXISTS (SELECT 1 FROM assignments a WHERE a.employee = employees.id) FROM employees",
            )?;
            for row in employees.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))? {
                let (text, is_accountable) = row?;
                let employee: Employee = from_json(&text)?;
                setup.employees += 1;
                setup.accountable += u64::from(is_accountable);
                let noticed = employee.notice_at.is_some_and(|at| at <= now);
                setup.noticed += u64::from(is_accountable && noticed);
            }
            setup.waiting = unbits(
                db.prepare_cached(
                    "SELECT count(*) FROM (SELECT 1 FROM items WHERE waits = 1 LIMIT ?1)",
                )?
                .query_row([i64::try_from(WAITING_MAX).unwrap_or(i64::MAX)], |row| row.get(0))?,
            );
            setup.readable = db
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM messages)")?
                .query_row([], |row| row.get(0))?;
            Ok(setup)
        })
    }
}
