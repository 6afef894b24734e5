//! What the firm says of its people, decided line by line on what the lines before it made of them.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use aboveboard_model::{event::Event, id::EmployeeId, people, refusal::Refusal};
use rusqlite::Connection;

use super::Ledger;
use crate::{
    error::Result,
    fold::{assignments_of, employee},
};

impl Ledger {
    /// Events for every declared employee, each on what those before it made of things. The id follows from the firm's
    /// reference, so that a file can be read again.
    pub(super) fn declare(&self, db: &Connection, declared: &[people::Declared]) -> Result<Vec<Event>> {
        let id_of = |reference: &str| {
            EmployeeId(self.inner().store.hasher.id("employee", &reference.trim().to_lowercase()))
        };
        let mut staff = Staff { db, known: HashMap::new() };
        let mut events = Vec::new();
        for declared in declared {
            let id = id_of(&declared.reference);
            let (known, assigned) = staff.of(id)?;
            let decided = people::decide(id, known.as_ref(), assigned, declared)?;
            staff.apply(id, &declared.reference, &decided);
            events.extend(decided);
        }
        for declared in declared {
            let Some(manager) = &declared.manager else { continue };
            let (id, manager) = (id_of(&declared.reference), manager.as_deref().map(id_of));
            // A manager may stand below who is led: everybody is known by now.
            if let Some(manager) = manager
                && staff.of(manager)?.0.is_none()
            {
                return Err(Refusal::NotFound.into());
            }
            let decided = people::manage(id, staff.of(id)?.0.as_ref(), manager)?;
            staff.apply(id, &declared.reference, decided.as_slice());
            events.extend(decided);
        }
        for declared in declared.iter().filter(|declared| declared.manager.is_some()) {
            if staff.is_led_by_itself(id_of(&declared.reference))? {
                return Err(Refusal::OwnManager.into());
            }
        }
        Ok(events.into_iter().map(|event| Event::People { event }).collect())
    }
}

/// Employees as they are, and as they become while a file is worked through.
struct Staff<'a> {
    db: &'a Connection,
    known: HashMap<EmployeeId, (Option<people::Employee>, Vec<people::Assignment>)>,
}

impl Staff<'_> {
    fn of(&mut self, id: EmployeeId) -> Result<&(Option<people::Employee>, Vec<people::Assignment>)> {
        match self.known.entry(id) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => Ok(new.insert((employee(self.db, id)?, assignments_of(self.db, id)?))),
        }
    }

    /// Whether those above an employee are led by that employee.
    fn is_led_by_itself(&mut self, id: EmployeeId) -> Result<bool> {
        let (mut seen, mut above) = (HashSet::new(), Some(id));
        while let Some(one) = above.filter(|one| seen.insert(*one)) {
            above = self.of(one)?.0.as_ref().and_then(|employee| employee.manager);
        }
        Ok(above == Some(id))
    }

    fn apply(&mut self, id: EmployeeId, reference: &str, events: &[people::Event]) {
        let Some((known, assigned)) = self.known.get_mut(&id) else { return };
        for event in events {
            known.get_or_insert_with(|| people::Employee::new(id, reference)).apply(event);
            if let people::Event::Assigned { assignment } = event {
                assigned.push(assignment.clone());
            }
        }
    }
}
