//! Nobody reviews themselves: who is an employee sees no alert about themselves, and no case with one (docs/decisions/0024).

use aboveboard_model::{
    access::{Access, Permission},
    alert::Alert,
    case::Case,
    id::{AlertId, CaseId, EmployeeId},
    refusal::Refusal,
};
use rusqlite::Connection;

use crate::{
    Ledger,
    command::By,
    error::Result,
    fold::{find_alert, find_case},
    views::bits,
};

/// The employee that who asks is, if any: what is about them is left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own(Option<EmployeeId>);

impl Own {
    pub(super) fn of(employee: Option<EmployeeId>) -> Self {
        Self(employee)
    }

    /// Who decides is refused by the rules of `model`, and compares everything.
    pub(super) const NOBODYS: Self = Self(None);

    pub(super) fn hides(self, alert: &Alert) -> bool {
        self.0.is_some() && alert.employee == self.0
    }

    /// Whether a case holds an alert that is hidden.
    pub(super) fn hides_case(self, db: &Connection, case: &Case) -> Result<bool> {
        for alert in &case.alerts {
            if find_alert(db, *alert)?.is_some_and(|alert| self.hides(&alert)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What is added to a condition on alerts; `id` is their column. The few that are left out come from an index of their own, so
    /// that the order of the others still comes from theirs.
    pub(super) fn condition(self, id: &str) -> String {
        self.0.map_or(String::new(), |EmployeeId(own)| {
            format!(" AND {id} NOT IN (SELECT own.id FROM alerts own WHERE own.employee = {})", bits(own))
        })
    }

    /// The same for cases; `case` is the column with their text, with its table.
    pub(super) fn condition_on_cases(self, case: &str) -> String {
        self.0.map_or(String::new(), |EmployeeId(own)| {
            format!(
                " AND NOT EXISTS (SELECT 1 FROM json_each({case}, '$.alerts') held WHERE held.value IN \
                 (SELECT json_extract(own.json, '$.id') FROM alerts own WHERE own.employee = {}))",
                bits(own)
            )
        })
    }

    /// What is added to a condition on messages so that those with findings are left; `document` is their column. To who is an employee
    /// a finding is known by an alert on somebody else, and by nothing else: all others may be about them.
    pub(super) fn condition_on_marked(self, document: &str) -> String {
        match self.0 {
            None => format!(" AND EXISTS (SELECT 1 FROM findings WHERE doc = {document})"),
            Some(EmployeeId(own)) => format!(
                " AND EXISTS (SELECT 1 FROM alert_documents held JOIN alerts shown ON shown.id = held.alert \
                 WHERE held.document = {document} AND shown.employee IS NOT {})",
                bits(own)
            ),
        }
    }
}

impl Ledger {
    /// Who asks for an alert by its address. One about themselves is not found, and was not looked at.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub(super) fn own_beside_alert(&self, access: &Access, id: AlertId) -> Result<Own> {
        let own = self.own(access, Permission::AlertRead)?;
        let alert = self.inner().views.ask(|db| find_alert(db, id))?;
        if alert.is_some_and(|alert| own.hides(&alert)) { Err(Refusal::NotFound.into()) } else { Ok(own) }
    }

    /// The same for a case.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`].
    pub(super) fn own_beside_case(&self, access: &Access, id: CaseId) -> Result<Own> {
        let own = self.own(access, Permission::CaseRead)?;
        let is_hidden = self.inner().views.ask(|db| match find_case(db, id)? {
            Some(case) => own.hides_case(db, &case),
            None => Ok(false),
        })?;
        if is_hidden { Err(Refusal::NotFound.into()) } else { Ok(own) }
    }

    fn own(&self, access: &Access, permission: Permission) -> Result<Own> {
        self.need(&By::of(access), permission)?;
        Ok(Own::of(access.employee))
    }
}
