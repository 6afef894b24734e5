//! Employees, assignments and notice into the views, and what becomes readable or unreadable by them.

use aboveboard_model::{
    id::{DocumentId, EmployeeId, Index},
    item::Item,
    people::{self, Assignment, Employee, Event, Place},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::Fold;
use crate::{
    error::Result,
    fact::Opened,
    views::{bits, from_json, json, micros, unbits},
};

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

impl Fold<'_> {
    /// Whether what was written on a number at an instant may be read by people and policies.
    pub(super) fn readable(&self, number: &str, at: Timestamp) -> Result<bool> {
        let Some(id) = accountable(self.db, number, at)? else { return Ok(false) };
        Ok(people::readable(employee(self.db, id)?.as_ref(), at))
    }

    pub(super) fn people(&mut self, entry: &Opened, event: &Event) -> Result<()> {
        match event {
            Event::Saved { employee, reference, name } => {
                let mut known = self.known_employee(*employee, reference)?;
                known.reference = reference.clone();
                known.name = name.clone();
                self.store_employee(&known)
            }
            Event::Placed { employee, place } => self.placed(*employee, place),
            Event::Assigned { assignment } => self.assigned(entry.index, assignment),
            Event::Notice { employee, at } => {
                let mut known = self.known_employee(*employee, &employee.to_string())?;
                known.notice_at = *at;
                self.store_employee(&known)?;
                for number in self.numbers_of(*employee)? {
                    self.judge_readability(&number)?;
                }
                Ok(())
            }
        }
    }

    fn known_employee(&self, id: EmployeeId, reference: &str) -> Result<Employee> {
        Ok(employee(self.db, id)?.unwrap_or(Employee {
            id,
            reference: reference.to_owned(),
            name: Default::default(),
            places: vec![],
            notice_at: None,
        }))
    }

    fn store_employee(&self, employee: &Employee) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO employees VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET reference = ?2, json = ?3",
            )?
            .execute(params![bits(employee.id.0), employee.reference, json(employee)])?;
        Ok(())
    }

    fn placed(&mut self, id: EmployeeId, place: &Place) -> Result<()> {
        let mut known = self.known_employee(id, &id.to_string())?;
        known.places.push(place.clone());
        known.places.sort_by_key(|place| place.from);
        self.store_employee(&known)?;
        for number in self.numbers_of(id)? {
            self.dirty_documents(&number)?;
        }
        Ok(())
    }

    fn assigned(&mut self, index: Index, assignment: &Assignment) -> Result<()> {
        self.db.prepare_cached("INSERT OR REPLACE INTO assignments VALUES (?1, ?2, ?3, ?4)")?.execute(
            params![
                assignment.number,
                micros(assignment.from),
                bits(index.0),
                assignment.employee.map(|employee| bits(employee.0)),
            ],
        )?;
        self.judge_readability(&assignment.number)?;
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
            "SELECT DISTINCT doc FROM items WHERE number = ?1 AND doc IS NOT NULL AND json IS NOT NULL",
        )?;
        let rows = docs.query_map([number], |row| row.get::<_, i64>(0))?;
        for doc in rows {
            self.dirty.insert(DocumentId(unbits(doc?)));
        }
        Ok(())
    }

    /// Takes in what waited and may be read now, and seals again what may be read no more.
    fn judge_readability(&mut self, number: &str) -> Result<()> {
        let items: Vec<(u64, Option<u64>, Timestamp, bool)> = self
            .db
            .prepare_cached("SELECT idx, doc, at, json IS NULL FROM items WHERE number = ?1 ORDER BY idx")?
            .query_map([number], |row| {
                let doc: Option<i64> = row.get(1)?;
                let at = crate::views::instant(row.get(2)?);
                Ok((unbits(row.get(0)?), doc.map(unbits), at, row.get(3)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        for (index, doc, at, waits) in items {
            let doc = doc.map(DocumentId);
            match (waits, self.readable(number, at)?) {
                (true, true) => self.release(Index(index), doc)?,
                (false, false) => self.seal_again(Index(index), doc)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn release(&mut self, index: Index, doc: Option<DocumentId>) -> Result<()> {
        let Some(item) = self.item_of(index)? else { return Ok(()) };
        self.db
            .prepare_cached("UPDATE items SET json = ?2 WHERE idx = ?1")?
            .execute(params![bits(index.0), json(&item)])?;
        self.take_in(index, doc, &item)
    }

    fn seal_again(&mut self, index: Index, doc: Option<DocumentId>) -> Result<()> {
        let Some(item) = self.item_of(index)? else { return Ok(()) };
        if !super::items::concerns_people(&item.body) {
            return Ok(());
        }
        self.db.prepare_cached("UPDATE items SET json = NULL WHERE idx = ?1")?.execute([bits(index.0)])?;
        if let Some(doc) = doc {
            self.db.prepare_cached("DELETE FROM statuses WHERE doc = ?1")?.execute([bits(doc.0)])?;
            self.dirty.insert(doc);
        }
        Ok(())
    }

    fn item_of(&self, index: Index) -> Result<Option<Item>> {
        Ok(self.store.read(index)?.and_then(|opened| match opened.event {
            aboveboard_model::event::Event::Item { item, .. } => Some(*item),
            _ => None,
        }))
    }
}
