//! Employees, assignments and notice into the views, and what becomes readable or unreadable by them.

use std::{collections::HashMap, ops::Range, rc::Rc};

use aboveboard_model::{
    id::{DocumentId, EmployeeId, Index},
    item::Item,
    people::{self, Assignment, Employee, Event},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Fold, docs::Doc, identities::Seen};
use crate::{
    error::Result,
    fact::Opened,
    views::{bits, from_json, json, micros, set_sealed_again, unbits},
};

/// Employees and numbers that are remembered.
const MEMO_MAX: usize = 20_000;

/// The employee with an id.
pub(crate) fn employee(db: &Connection, id: EmployeeId) -> Result<Option<Employee>> {
    let found: Option<String> = db
        .prepare_cached("SELECT json FROM employees WHERE id = ?1")?
        .query_row([bits(id.0)], |row| row.get(0))
        .optional()?;
    Ok(found.map(|text| from_json(&text)).transpose()?)
}

/// Who was accountable for a number at an instant: the assignment that began last before it.
pub(crate) fn accountable(db: &Connection, number: &str, at: Timestamp) -> Result<Option<EmployeeId>> {
    let found: Option<Option<i64>> = db
        .prepare_cached(
            "SELECT employee FROM assignments WHERE number = ?1 AND from_at <= ?2 ORDER BY from_at DESC, idx DESC LIMIT 1",
        )?
        .query_row(params![number, micros(at)], |row| row.get(0))
        .optional()?;
    Ok(found.flatten().map(|id| EmployeeId(unbits(id))))
}

/// The numbers an employee was ever accountable for.
pub(crate) fn assignments_of(db: &Connection, id: EmployeeId) -> Result<Vec<Assignment>> {
    let mut rows = db.prepare_cached(
        "SELECT number, from_at FROM assignments WHERE employee = ?1 ORDER BY from_at, idx",
    )?;
    let rows = rows.query_map([bits(id.0)], |row| {
        Ok(Assignment { number: row.get(0)?, employee: Some(id), from: crate::views::instant(row.get(1)?) })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The assignments of a number, the last one first: since when, and to whom.
type Assigned = Rc<[(i64, Option<EmployeeId>)]>;

/// Employees and assignments that were looked up, kept from entry to entry until one of them changes.
#[derive(Default)]
pub(crate) struct Memo {
    employees: HashMap<EmployeeId, Option<Rc<Employee>>>,
    assigned: HashMap<String, Assigned>,
}

impl Memo {
    /// Forgets all: after a change, and when it has grown too much.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn make_room(&mut self) {
        if self.employees.len() + self.assigned.len() >= MEMO_MAX {
            self.clear();
        }
    }
}

/// The assignments of a number, the last one first.
fn assigned(db: &Connection, number: &str) -> Result<Assigned> {
    let mut rows = db.prepare_cached(
        "SELECT from_at, employee FROM assignments WHERE number = ?1 ORDER BY from_at DESC, idx DESC",
    )?;
    let rows = rows.query_map([number], |row| {
        Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.map(|id| EmployeeId(unbits(id)))))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

impl Fold<'_> {
    pub(super) fn employee(&mut self, id: EmployeeId) -> Result<Option<Rc<Employee>>> {
        if let Some(known) = self.memo.employees.get(&id) {
            return Ok(known.clone());
        }
        let found = employee(self.db, id)?.map(Rc::new);
        self.memo.make_room();
        self.memo.employees.insert(id, found.clone());
        Ok(found)
    }

    fn assignments(&mut self, number: &str) -> Result<Assigned> {
        if let Some(known) = self.memo.assigned.get(number) {
            return Ok(known.clone());
        }
        let found = assigned(self.db, number)?;
        self.memo.make_room();
        self.memo.assigned.insert(number.to_owned(), found.clone());
        Ok(found)
    }

    /// As [`accountable`], from memory.
    pub(super) fn accountable(&mut self, number: &str, at: Timestamp) -> Result<Option<EmployeeId>> {
        let known = self.assignments(number)?;
        Ok(known.iter().find(|(from, _)| *from <= micros(at)).and_then(|(_, employee)| *employee))
    }

    /// The time around an instant in which what was written on a number may be read by people and policies; `None` where
    /// at that instant it may not.
    pub(super) fn readable(&mut self, number: &str, at: Timestamp) -> Result<Option<Range<i64>>> {
        let Some(id) = self.accountable(number, at)? else { return Ok(None) };
        let employee = self.employee(id)?;
        let notice = employee.as_deref().filter(|known| people::readable(Some(known), at));
        let Some(notice_at) = notice.and_then(|known| known.notice_at) else { return Ok(None) };
        let known = self.assignments(number)?;
        let since = known.iter().map(|(from, _)| *from).find(|from| *from <= micros(at));
        let until = known.iter().map(|(from, _)| *from).rfind(|from| *from > micros(at));
        Ok(Some(since.unwrap_or(i64::MIN).max(micros(notice_at))..until.unwrap_or(i64::MAX)))
    }

    pub(super) fn people(&mut self, entry: &Opened, event: &Event) -> Result<()> {
        self.ahead.forget();
        if let Some(id) = event.employee() {
            self.remember_event(&id.to_string(), entry, &json(event))?;
        }
        match event {
            Event::Saved { employee, reference, .. } => self.changed(*employee, reference, event),
            Event::Managed { employee, .. } => self.changed(*employee, &employee.to_string(), event),
            Event::Placed { employee, .. } => {
                self.changed(*employee, &employee.to_string(), event)?;
                for number in self.numbers_of(*employee)? {
                    self.dirty_documents(&number)?;
                }
                self.place_alerts(*employee)
            }
            Event::Assigned { assignment } => self.assigned(entry.index, assignment),
            Event::Notice { employee, .. } => {
                self.changed(*employee, &employee.to_string(), event)?;
                for number in self.numbers_of(*employee)? {
                    self.judge_readability(&number, entry.index)?;
                }
                Ok(())
            }
        }
    }

    fn changed(&mut self, id: EmployeeId, reference: &str, event: &Event) -> Result<()> {
        self.memo.clear();
        let mut known = employee(self.db, id)?.unwrap_or_else(|| Employee::new(id, reference));
        known.apply(event);
        self.db
            .prepare_cached(
                "INSERT INTO employees VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET reference = ?2, json = ?3",
            )?
            .execute(params![bits(id.0), known.reference, json(&known)])?;
        Ok(())
    }

    fn assigned(&mut self, index: Index, assignment: &Assignment) -> Result<()> {
        self.memo.clear();
        self.db.prepare_cached("INSERT OR REPLACE INTO assignments VALUES (?1, ?2, ?3, ?4)")?.execute(
            params![
                assignment.number,
                micros(assignment.from),
                bits(index.0),
                assignment.employee.map(|employee| bits(employee.0)),
            ],
        )?;
        self.judge_readability(&assignment.number, index)?;
        self.dirty_documents(&assignment.number)
    }

    fn numbers_of(&self, employee: EmployeeId) -> Result<Vec<String>> {
        let mut numbers =
            self.db.prepare_cached("SELECT DISTINCT number FROM assignments WHERE employee = ?1")?;
        let rows = numbers.query_map([bits(employee.0)], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn dirty_documents(&mut self, number: &str) -> Result<()> {
        let mut docs = self.db.prepare_cached(
            "SELECT DISTINCT docs.doc FROM items JOIN docs ON docs.row = items.row WHERE number = ?1 AND waits = 0",
        )?;
        let rows = docs.query_map([number], |row| row.get::<_, i64>(0))?;
        for doc in rows {
            self.dirty.insert(DocumentId(unbits(doc?)));
        }
        Ok(())
    }

    /// Takes in what waited and may be read now, and seals again what may be read no more.
    fn judge_readability(&mut self, number: &str, because: Index) -> Result<()> {
        let items: Vec<(u64, Option<Doc>, Timestamp, bool)> = self
            .db
            .prepare_cached(
                "SELECT idx, docs.row, docs.doc, at, waits FROM items LEFT JOIN docs ON docs.row = items.row \
                 WHERE number = ?1 ORDER BY idx",
            )?
            .query_map([number], |row| {
                let at = crate::views::instant(row.get(3)?);
                Ok((unbits(row.get(0)?), Doc::stored(row.get(1)?, row.get(2)?), at, row.get(4)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        for (index, doc, at, waits) in items {
            match (waits, self.readable(number, at)?.is_some()) {
                (true, true) => self.release(Seen { at, index: Index(index) }, doc)?,
                (false, false) => self.seal_again(Index(index), doc, because)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn release(&mut self, seen: Seen, doc: Option<Doc>) -> Result<()> {
        let Some(item) = self.item_of(seen.index)? else { return Ok(()) };
        self.db.prepare_cached("UPDATE items SET waits = 0 WHERE idx = ?1")?.execute([bits(seen.index.0)])?;
        self.take_in(seen, doc, &item)
    }

    fn seal_again(&mut self, index: Index, doc: Option<Doc>, because: Index) -> Result<()> {
        let Some(item) = self.item_of(index)? else { return Ok(()) };
        if !super::items::concerns_people(&item.body) {
            return Ok(());
        }
        set_sealed_again(self.db, because)?;
        self.db.prepare_cached("UPDATE items SET waits = 1 WHERE idx = ?1")?.execute([bits(index.0)])?;
        if let Some(doc) = doc {
            self.db.prepare_cached("DELETE FROM statuses WHERE row = ?1")?.execute([doc.row])?;
            self.dirty.insert(doc.id);
        }
        Ok(())
    }

    pub(super) fn item_of(&self, index: Index) -> Result<Option<Item>> {
        Ok(self.store.read(index)?.and_then(|opened| match opened.event {
            aboveboard_model::event::Event::Item { item, .. } => Some(*item),
            _ => None,
        }))
    }
}
