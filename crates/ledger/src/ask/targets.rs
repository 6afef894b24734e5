//! Go to anything: what a typed word may name, within what the person may open. No answer holds content.

use aboveboard_model::{
    access::Permission,
    id::{AlertId, CaseId, ContactId, ConversationId, EmployeeId, Index},
    pseudonym,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{alerts::place, own::Own};
use crate::{
    Ledger,
    command::By,
    error::Result,
    fold::{find_alert, find_case},
    view::Target,
    views::{bits, folded, index, unbits},
};

/// Bytes of a typed word that are read.
const WORD_BYTES_MAX: usize = 200;
/// Targets of one kind.
const TARGETS_MAX: i64 = 6;

impl Ledger {
    /// What a typed word names: an alert, case or entry by number, an id, a pseudonym's beginning, part of a policy's id. Of alerts and cases
    /// it says the number and whether they are closed, nothing more: people go by here at each letter, and so it is no look.
    ///
    /// # Errors
    /// The views could not be asked. What the roles do not open is left out.
    pub fn targets(&self, by: &By, typed: &str) -> Result<Vec<Target>> {
        let typed = typed.trim();
        if typed.is_empty() || typed.len() > WORD_BYTES_MAX {
            return Ok(vec![]);
        }
        let may = |permission| self.permitted(by, permission);
        let (now, own) = (self.now(), Own::of(by.employee));
        self.inner().views.ask(|db| {
            let mut found = Vec::new();
            if may(Permission::AlertRead) {
                found.extend(alert(db, typed, own)?);
            }
            if may(Permission::CaseRead) {
                found.extend(case(db, typed, own)?);
            }
            if may(Permission::AlertRead) || may(Permission::PeopleRead) {
                for id in by_pseudonym(
                    db,
                    "employees WHERE",
                    typed,
                    "K-",
                    typed.parse().ok().map(|EmployeeId(id)| id),
                )? {
                    found.extend(place(db, Some(EmployeeId(id)), now)?.map(Target::Employee));
                }
            }
            if may(Permission::ConversationRead) {
                let whole = typed.parse().ok().map(|ContactId(id)| id);
                let contacts = by_pseudonym(db, "contacts WHERE", typed, "C-", whole)?;
                found.extend(contacts.into_iter().map(|id| Target::Contact(ContactId(id))));
                found.extend(conversation(db, typed)?);
            }
            if may(Permission::PolicyRead) {
                found.extend(policies(db, typed)?);
            }
            if may(Permission::LogRead) {
                let number = typed.trim_start_matches('#').parse::<u64>().ok();
                let known = folded(db)?;
                found.extend(
                    number.filter(|number| *number < known).map(|number| Target::Entry(Index(number))),
                );
            }
            Ok(found)
        })
    }
}

/// The number after a sign such as `A-`, or a bare one.
fn number(typed: &str, sign: &str) -> Option<i64> {
    let (head, tail) = typed.split_at_checked(sign.len()).unwrap_or(("", typed));
    let digits = if head.eq_ignore_ascii_case(sign) { tail } else { typed };
    digits.parse::<u32>().ok().map(i64::from)
}

fn alert(db: &Connection, typed: &str, own: Own) -> Result<Option<Target>> {
    let by_number = |number: i64| {
        db.prepare_cached("SELECT id FROM alerts WHERE idx = ?1")?
            .query_row([number], |row| Ok(AlertId(unbits(row.get(0)?))))
            .optional()
    };
    let id = match typed.parse().ok() {
        Some(id) => Some(id),
        None => number(typed, "A-").map(by_number).transpose()?.flatten(),
    };
    let found = id.map(|id| find_alert(db, id)).transpose()?.flatten();
    let Some(alert) = found.filter(|alert| !own.hides(alert)) else { return Ok(None) };
    let number = db
        .prepare_cached("SELECT idx FROM alerts WHERE id = ?1")?
        .query_row([bits(alert.id.0)], |row| row.get(0).map(index))?;
    let closed = matches!(alert.state, aboveboard_model::alert::State::Closed { .. });
    Ok(Some(Target::Alert { id: alert.id, number, closed }))
}

fn case(db: &Connection, typed: &str, own: Own) -> Result<Option<Target>> {
    let by_number = |number: i64| {
        db.prepare_cached("SELECT id FROM cases WHERE idx = ?1")?
            .query_row([number], |row| Ok(CaseId(unbits(row.get(0)?))))
            .optional()
    };
    let id = match typed.parse().ok() {
        Some(id) => Some(id),
        None => number(typed, "C-").map(by_number).transpose()?.flatten(),
    };
    let Some(case) = id.map(|id| find_case(db, id)).transpose()?.flatten() else { return Ok(None) };
    if own.hides_case(db, &case)? {
        return Ok(None);
    }
    let number = db
        .prepare_cached("SELECT idx FROM cases WHERE id = ?1")?
        .query_row([bits(case.id.0)], |row| row.get(0).map(index))?;
    let closed = matches!(case.state, aboveboard_model::case::State::Closed { .. });
    Ok(Some(Target::Case { id: case.id, number, closed }))
}

fn conversation(db: &Connection, typed: &str) -> Result<Option<Target>> {
    let Ok(id) = typed.parse::<ConversationId>() else { return Ok(None) };
    let found = db
        .prepare_cached("SELECT contact FROM conversations WHERE id = ?1 AND messages > 0")?
        .query_row([bits(id.0)], |row| row.get::<_, Option<i64>>(0))
        .optional()?;
    Ok(found.map(|contact| Target::Conversation { id, contact: contact.map(|id| ContactId(unbits(id))) }))
}

/// People whose id or pseudonym begins as typed.
fn by_pseudonym(
    db: &Connection,
    from: &str,
    typed: &str,
    sign: &str,
    whole: Option<u64>,
) -> Result<Vec<u64>> {
    let head = typed.get(..sign.len()).filter(|head| head.eq_ignore_ascii_case(sign));
    let ranges = match (whole, head) {
        (Some(id), _) => vec![(id, id)],
        (None, Some(head)) => pseudonym::ranges(&typed[head.len()..]),
        (None, None) => vec![],
    };
    let sql = format!("SELECT id FROM {from} id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3");
    let mut found = Vec::new();
    for (first, last) in ranges {
        let left = TARGETS_MAX.saturating_sub_unsigned(found.len() as u64);
        let mut ids = db.prepare_cached(&sql)?;
        let ids = ids.query_map(params![bits(first), bits(last), left], |row| row.get(0).map(unbits))?;
        found.extend(ids.collect::<rusqlite::Result<Vec<u64>>>()?);
    }
    Ok(found)
}

fn policies(db: &Connection, typed: &str) -> Result<Vec<Target>> {
    let mut ids = db.prepare_cached(
        "SELECT DISTINCT id FROM policies WHERE active = 1 AND instr(lower(id), ?1) > 0 ORDER BY id LIMIT ?2",
    )?;
    let ids = ids.query_map(params![typed.to_lowercase(), TARGETS_MAX], |row| row.get(0))?;
    Ok(ids.map(|id| id.map(|id| Target::Policy { id })).collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_with_its_sign_or_bare() {
        let cases = [
            ("A-104", Some(104)),
            ("a-104", Some(104)),
            ("104", Some(104)),
            ("C-104", None),
            ("A-", None),
            ("é", None),
        ];
        for (typed, wanted) in cases {
            assert_eq!(number(typed, "A-"), wanted, "{typed}");
        }
    }
}
