//! What a form or a line of a file says about an employee, told apart from what is known already.

use std::collections::BTreeMap;

use aboveboard_ledger::view::{EmployeeRow, NumberRow};
use aboveboard_model::{
    id::EmployeeId,
    people::{self, Declared, Place},
    registry,
};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    lines::{self, Column, Mistakes},
    problem::Problem,
    visit::Visit,
    words::Words,
};

/// Columns of a file, and fields of the form.
pub(super) const COLUMNS: &[Column] = &[
    ("employee", true),
    ("name", false),
    ("team", false),
    ("region", false),
    ("manager", false),
    ("phone_number_id", false),
    ("number", false),
    ("assigned_from", false),
    ("notice_at", false),
];

/// Rows asked for at once, and how often, when the whole directory is read.
const DIRECTORY_ROWS: usize = 100;
const DIRECTORY_PAGES_MAX: usize = 500;

/// What is known before anything is written.
pub(in crate::pages) struct Known {
    employees: BTreeMap<String, EmployeeRow>,
    numbers: Vec<NumberRow>,
    now: Timestamp,
    zone: TimeZone,
}

impl Known {
    /// The whole directory, with the numbers that were heard of.
    pub(in crate::pages) fn read(visit: &Visit, numbers: Vec<NumberRow>) -> Result<Self, Problem> {
        let (mut employees, mut after) = (Vec::new(), None);
        for _ in 0..DIRECTORY_PAGES_MAX {
            let page = visit.ledger().employees(visit.by()?, after.as_deref(), DIRECTORY_ROWS)?;
            employees.extend(page.rows);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(Self::new(employees, numbers, visit.now, visit.console.settings.zone.clone()))
    }

    pub(super) fn new(
        employees: Vec<EmployeeRow>,
        numbers: Vec<NumberRow>,
        now: Timestamp,
        zone: TimeZone,
    ) -> Self {
        let employees = employees.into_iter().map(|row| (key(&row.employee.reference), row));
        Self { employees: employees.collect(), numbers, now, zone }
    }

    /// The employee with the firm's reference.
    pub(in crate::pages) fn find(&self, reference: &str) -> Option<&EmployeeRow> {
        self.employees.get(&key(reference))
    }

    /// The id under which a number was heard of.
    fn number(&self, typed: &str) -> Option<&str> {
        let same = |one: &&NumberRow| {
            one.number
                .display
                .as_deref()
                .is_some_and(|display| registry::key(display) == registry::key(typed))
        };
        self.numbers.iter().find(same)?.number.id.as_deref()
    }

    fn today(&self) -> Timestamp {
        let day = self.now.to_zoned(self.zone.clone()).date();
        day.to_zoned(self.zone.clone()).map_or(self.now, |midnight| midnight.timestamp())
    }
}

/// References are the same whatever their case.
fn key(reference: &str) -> String {
    reference.trim().to_lowercase()
}

/// Every line of a file, or every mistake in it.
pub(super) fn file(bytes: &[u8], known: &Known, w: Words) -> Result<Vec<Declared>, Mistakes> {
    let mut seen = BTreeMap::new();
    lines::read(bytes, COLUMNS, w, |line| {
        let person = declared(|name| line.get(name), known, w)?;
        match seen.insert(key(&person.reference), line.number) {
            Some(first) => Err(w.with("people_page.twice", "line", first)),
            None => Ok(person),
        }
    })
}

/// What the fields say about one employee; blank ones leave what is known.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn declared<'a>(
    get: impl Fn(&str) -> Option<&'a str>,
    known: &Known,
    w: Words,
) -> Result<Declared, String> {
    let reference = get("employee").ok_or_else(|| w.with("lines.blank", "name", "employee"))?;
    let row = known.find(reference);
    let name = get("name").map(str::to_owned).or_else(|| row.map(|row| row.employee.name.0.clone()));
    let date = |name: &str| match get(name) {
        Some(text) => match lines::instant(text, &known.zone) {
            Some(at) => Ok(Some(at)),
            None => Err(w.with("people_page.not_a_date", "name", name)),
        },
        None => Ok(None),
    };
    let from = date("assigned_from")?;
    let person = Declared {
        reference: row.map_or(reference, |row| &row.employee.reference).to_owned(),
        name: name.ok_or_else(|| w.with("lines.blank", "name", "name"))?,
        place: place(get("team"), get("region"), row, from.unwrap_or_else(|| known.today()), known.now),
        number: number(get("phone_number_id"), get("number"), row, from, known, w)?,
        notice_at: date("notice_at")?.map(Some),
    };
    people::decide(EmployeeId(0), None, &[], &person).map_err(|refusal| w.of("refusal", refusal.code()))?;
    Ok(person)
}

/// The place, where it is another than now.
fn place(
    team: Option<&str>,
    region: Option<&str>,
    row: Option<&EmployeeRow>,
    from: Timestamp,
    now: Timestamp,
) -> Option<Place> {
    let now = row.and_then(|row| row.employee.place_at(now));
    if team.is_none() && region.is_none() {
        return None;
    }
    let team = team.map(str::to_owned).or_else(|| now.map(|now| now.team.clone())).unwrap_or_default();
    let region = region.map(str::to_owned).or_else(|| now.map(|now| now.region.clone())).unwrap_or_default();
    let same = now.is_some_and(|now| now.team == team && now.region == region);
    (!same).then_some(Place { from, team, region })
}

/// The number and from when, where that is new. A new assignment has a date: what came before it stays another's.
fn number(
    id: Option<&str>,
    typed: Option<&str>,
    row: Option<&EmployeeRow>,
    from: Option<Timestamp>,
    known: &Known,
    w: Words,
) -> Result<Option<(String, Timestamp)>, String> {
    let id = match (id, typed) {
        (Some(id), _) => id,
        (None, Some(typed)) => known.number(typed).ok_or_else(|| w.t("people_page.number_unknown"))?,
        (None, None) => return Ok(None),
    };
    let is_held = row.is_some_and(|row| row.assignments.iter().any(|one| one.number == id));
    match from {
        Some(from) => Ok(Some((id.to_owned(), from))),
        None if is_held => Ok(None),
        None => Err(w.with("lines.blank", "name", "assigned_from")),
    }
}

/// The same employee, with notice taken back.
pub(super) fn no_more_notice(row: &EmployeeRow) -> Declared {
    Declared {
        reference: row.employee.reference.clone(),
        name: row.employee.name.0.clone(),
        notice_at: Some(None),
        ..Declared::default()
    }
}
