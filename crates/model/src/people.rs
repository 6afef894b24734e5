//! Employees: who is accountable for which business number from when, where they work, and whether they had notice.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    id::EmployeeId,
    personal::Personal,
    refusal::{Refusal, reason, within},
};

/// Bytes of a name, a team, a reference.
pub const NAME_BYTES_MAX: usize = 200;

/// An employee as folded from events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Employee {
    /// Which.
    pub id: EmployeeId,
    /// The firm's own reference for the person.
    pub reference: String,
    /// The name.
    pub name: Personal,
    /// Where they work, by date; oldest first.
    pub places: Vec<Place>,
    /// Who leads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<EmployeeId>,
    /// From when the person had notice; content before it, or without it, waits sealed.
    pub notice_at: Option<Timestamp>,
}

/// Where an employee works from a date on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// From when.
    pub from: Timestamp,
    /// The team.
    pub team: String,
    /// The region's code.
    pub region: String,
}

/// Who is accountable for a number from a date on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The number's id at its source.
    pub number: String,
    /// Who; `None` ends an assignment without a successor.
    pub employee: Option<EmployeeId>,
    /// From when.
    pub from: Timestamp,
}

impl Employee {
    /// Somebody of whom nothing is known but an id and the firm's reference.
    pub fn new(id: EmployeeId, reference: &str) -> Self {
        Self {
            id,
            reference: reference.to_owned(),
            name: Personal::default(),
            places: vec![],
            manager: None,
            notice_at: None,
        }
    }

    /// Changes what an event changes. An assignment changes a number, not its employee.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Saved { reference, name, .. } => {
                self.reference.clone_from(reference);
                self.name.clone_from(name);
            }
            Event::Placed { place, .. } => {
                self.places.push(place.clone());
                self.places.sort_by_key(|place| place.from);
            }
            Event::Managed { manager, .. } => self.manager = *manager,
            Event::Notice { at, .. } => self.notice_at = *at,
            Event::Assigned { .. } => {}
        }
    }

    /// Where the employee worked at an instant: the latest place that had begun, or the first if none had.
    pub fn place_at(&self, at: Timestamp) -> Option<&Place> {
        self.places.iter().rfind(|place| place.from <= at).or(self.places.first())
    }
}

/// Whether people and policies may read what was written on a number at an instant: the employee accountable for it must
/// have had notice by then. A number with nobody accountable for it waits.
pub fn readable(employee: Option<&Employee>, at: Timestamp) -> bool {
    employee.and_then(|employee| employee.notice_at).is_some_and(|notice_at| notice_at <= at)
}

/// What happened to people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Event {
    /// An employee was written down, or their name changed.
    Saved {
        /// Which.
        employee: EmployeeId,
        /// The firm's reference.
        reference: String,
        /// The name.
        name: Personal,
    },
    /// An employee works somewhere from a date on.
    Placed {
        /// Which.
        employee: EmployeeId,
        /// Where.
        place: Place,
    },
    /// An employee has a manager from now on, or none.
    Managed {
        /// Which.
        employee: EmployeeId,
        /// Who.
        manager: Option<EmployeeId>,
    },
    /// A number is somebody's from a date on.
    Assigned {
        /// What.
        assignment: Assignment,
    },
    /// An employee had notice from a date on, or has it no more.
    Notice {
        /// Which.
        employee: EmployeeId,
        /// From when; `None` takes it back.
        at: Option<Timestamp>,
    },
}

impl Event {
    /// The employee that an event is about; `None` where it ends an assignment.
    pub fn employee(&self) -> Option<EmployeeId> {
        match self {
            Event::Saved { employee, .. }
            | Event::Placed { employee, .. }
            | Event::Managed { employee, .. }
            | Event::Notice { employee, .. } => Some(*employee),
            Event::Assigned { assignment } => assignment.employee,
        }
    }
}

/// What the firm says about one employee, from a form or one line of a CSV file. Somebody with several numbers has
/// several of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The firm's reference; empty is refused.
    pub reference: String,
    /// The name; empty is refused.
    pub name: String,
    /// The team and region.
    pub place: Option<Place>,
    /// The firm's reference of the manager; `Some(None)` for nobody, `None` leaves it as it is.
    pub manager: Option<Option<String>>,
    /// A number and from when.
    pub number: Option<(String, Timestamp)>,
    /// Notice; `None` leaves it as it is.
    pub notice_at: Option<Option<Timestamp>>,
}

/// Says which events follow from what the firm declares: only what differs from what is known.
///
/// # Errors
/// A refusal for an empty or overlong field.
pub fn decide(
    id: EmployeeId,
    known: Option<&Employee>,
    assigned: &[Assignment],
    declared: &Declared,
) -> Result<Vec<Event>, Refusal> {
    reason(&declared.reference, NAME_BYTES_MAX).map_err(|_| Refusal::Malformed)?;
    reason(&declared.name, NAME_BYTES_MAX).map_err(|_| Refusal::Malformed)?;
    let mut events = Vec::new();
    let name = Personal(declared.name.trim().to_owned());
    if known.is_none_or(|known| known.name != name) {
        events.push(Event::Saved { employee: id, reference: declared.reference.trim().to_owned(), name });
    }
    if let Some(place) = &declared.place {
        within(&place.team, NAME_BYTES_MAX)?;
        within(&place.region, NAME_BYTES_MAX)?;
        if known.is_none_or(|known| !known.places.contains(place)) {
            events.push(Event::Placed { employee: id, place: place.clone() });
        }
    }
    if let Some((number, from)) = &declared.number {
        within(number, NAME_BYTES_MAX)?;
        let assignment = Assignment { number: number.clone(), employee: Some(id), from: *from };
        if !assigned.contains(&assignment) {
            events.push(Event::Assigned { assignment });
        }
    }
    if let Some(at) = declared.notice_at
        && known.map(|known| known.notice_at).unwrap_or_default() != at
    {
        events.push(Event::Notice { employee: id, at });
    }
    Ok(events)
}

/// Says what follows from naming a manager.
///
/// # Errors
/// [`Refusal::OwnManager`] where somebody would lead themselves.
pub fn manage(
    id: EmployeeId,
    known: Option<&Employee>,
    manager: Option<EmployeeId>,
) -> Result<Option<Event>, Refusal> {
    if manager == Some(id) {
        return Err(Refusal::OwnManager);
    }
    let is_new = known.and_then(|known| known.manager) != manager;
    Ok(is_new.then_some(Event::Managed { employee: id, manager }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn employee(notice_at: Option<Timestamp>) -> Employee {
        let places = vec![
            Place { from: at("2026-01-01T00:00:00Z"), team: "sales".into(), region: "BR".into() },
            Place { from: at("2026-06-01T00:00:00Z"), team: "service".into(), region: "BR".into() },
        ];
        Employee {
            id: EmployeeId(1),
            reference: "E-1".into(),
            name: "Ana".into(),
            places,
            manager: None,
            notice_at,
        }
    }

    #[test]
    fn what_is_decided_and_applied_is_known_the_next_time() {
        let mut ana = Employee::new(EmployeeId(1), "E-1");
        let declared = Declared {
            reference: "E-1".into(),
            name: "Ana".into(),
            place: Some(Place {
                from: at("2026-01-01T00:00:00Z"),
                team: "sales".into(),
                region: "BR".into(),
            }),
            manager: None,
            number: None,
            notice_at: Some(Some(at("2026-03-01T00:00:00Z"))),
        };
        for event in decide(ana.id, Some(&ana), &[], &declared).unwrap() {
            ana.apply(&event);
        }
        assert_eq!(decide(ana.id, Some(&ana), &[], &declared), Ok(vec![]));
        let managed = manage(ana.id, Some(&ana), Some(EmployeeId(2))).unwrap().unwrap();
        ana.apply(&managed);
        assert_eq!(manage(ana.id, Some(&ana), Some(EmployeeId(2))), Ok(None));
        assert_eq!(manage(ana.id, Some(&ana), Some(ana.id)), Err(Refusal::OwnManager));
        assert_eq!(managed.employee(), Some(ana.id));
    }

    #[test]
    fn only_what_was_written_after_notice_is_readable() {
        let noticed = employee(Some(at("2026-03-01T00:00:00Z")));
        assert!(readable(Some(&noticed), at("2026-03-01T00:00:00Z")));
        assert!(!readable(Some(&noticed), at("2026-02-28T23:59:59Z")));
        assert!(!readable(Some(&employee(None)), at("2026-03-01T00:00:00Z")));
        assert!(!readable(None, at("2026-03-01T00:00:00Z")));
    }

    #[test]
    fn the_place_is_the_latest_that_had_begun() {
        let ana = employee(None);
        assert_eq!(ana.place_at(at("2026-07-01T00:00:00Z")).unwrap().team, "service");
        assert_eq!(ana.place_at(at("2026-02-01T00:00:00Z")).unwrap().team, "sales");
        assert_eq!(ana.place_at(at("2025-02-01T00:00:00Z")).unwrap().team, "sales");
    }

    #[test]
    fn declaring_the_same_again_changes_nothing() {
        let place = Place { from: at("2026-01-01T00:00:00Z"), team: "sales".into(), region: "BR".into() };
        let declared = Declared {
            reference: "E-1".into(),
            name: "Ana".into(),
            place: Some(place),
            manager: None,
            number: None,
            notice_at: Some(None),
        };
        assert_eq!(decide(EmployeeId(1), Some(&employee(None)), &[], &declared), Ok(vec![]));
        assert_eq!(decide(EmployeeId(1), None, &[], &declared).unwrap().len(), 2);
        let nameless = Declared { name: " ".into(), ..declared };
        assert_eq!(decide(EmployeeId(1), None, &[], &nameless), Err(Refusal::Malformed));
    }
}
