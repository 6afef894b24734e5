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

/// What several lines about one employee may say once only.
const SAID_ONCE: &[&str] = &["name", "team", "region", "manager", "notice_at"];
/// Lines of what a file would do that are shown.
const PLANNED_MAX: usize = 50;
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

    /// Whether naming a manager would change anything.
    fn leads(&self, row: Option<&EmployeeRow>, manager: Option<&str>) -> bool {
        let now = row.and_then(|row| row.employee.manager);
        let named = manager.and_then(|manager| self.find(manager)).map(|row| row.employee.id);
        manager.is_some() && named.is_none() || now != named
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

/// What a file would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) new: usize,
    pub(super) changed: usize,
    pub(super) same: usize,
    /// The first of those that are new or change.
    pub(super) shown: Vec<Planned>,
}

/// What a file would do to one employee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) reference: String,
    pub(super) is_new: bool,
    /// Words of what changes: columns of the file.
    pub(super) what: Vec<&'static str>,
}

/// Says what lines would do, without doing it.
pub(super) fn plan(people: &[Declared], known: &Known) -> Plan {
    let mut planned: BTreeMap<String, Planned> = BTreeMap::new();
    for person in people {
        let row = known.find(&person.reference);
        let line = planned.entry(key(&person.reference)).or_insert_with(|| Planned {
            reference: person.reference.clone(),
            is_new: row.is_none(),
            what: vec![],
        });
        let (employee, assigned) =
            row.map_or((None, &[][..]), |row| (Some(&row.employee), row.assignments.as_slice()));
        let id = employee.map_or(EmployeeId(0), |employee| employee.id);
        let events = people::decide(id, employee, assigned, person).unwrap_or_default();
        let mut what: Vec<&'static str> = events.iter().map(column).collect();
        what.extend(
            person.manager.as_ref().filter(|manager| known.leads(row, manager.as_deref())).map(|_| "manager"),
        );
        for word in what {
            if !line.what.contains(&word) {
                line.what.push(word);
            }
        }
    }
    let new = planned.values().filter(|one| one.is_new).count();
    let same = planned.values().filter(|one| !one.is_new && one.what.is_empty()).count();
    Plan {
        new,
        changed: planned.len() - new - same,
        same,
        shown: planned
            .into_values()
            .filter(|one| one.is_new || !one.what.is_empty())
            .take(PLANNED_MAX)
            .collect(),
    }
}

/// The column that an event comes from.
fn column(event: &people::Event) -> &'static str {
    match event {
        people::Event::Saved { .. } => "name",
        people::Event::Placed { .. } => "team",
        people::Event::Managed { .. } => "manager",
        people::Event::Assigned { .. } => "number",
        people::Event::Notice { .. } => "notice_at",
    }
}

/// What a file says of an employee in its first line about them, and where that is.
struct First {
    line: u64,
    said: BTreeMap<&'static str, String>,
}

/// Every line of a file, or every mistake in it. Somebody with several numbers has several lines, which say the same of
/// everything else or leave it blank.
pub(super) fn file(bytes: &[u8], known: &Known, w: Words) -> Result<Vec<Declared>, Mistakes> {
    let mut firsts: BTreeMap<String, First> = BTreeMap::new();
    let mut numbers: BTreeMap<(String, Timestamp), (String, u64)> = BTreeMap::new();
    let mut managers: Vec<(u64, String)> = Vec::new();
    let people = lines::read(bytes, COLUMNS, w, |line| {
        let first = firsts.get(&key(&line.text("employee")));
        // A second line of somebody new need not repeat the name.
        let get = |name: &str| {
            let said = first.filter(|_| name == "name").and_then(|first| first.said.get("name"));
            line.get(name).or(said.map(String::as_str))
        };
        let mut person = declared(get, known, w)?;
        agree(line, first, w)?;
        if first.is_some() {
            person.place = person.place.filter(|_| line.get("team").or(line.get("region")).is_some());
            if first.is_some_and(|first| first.said.contains_key("team") || first.said.contains_key("region"))
            {
                person.place = None;
            }
        }
        if let Some((number, from)) = &person.number {
            let mine = (key(&person.reference), line.number);
            let theirs = numbers.entry((number.clone(), *from)).or_insert_with(|| mine.clone());
            if theirs.0 != mine.0 {
                return Err(w.with("people_page.number_twice", "line", theirs.1));
            }
        }
        managers.extend(person.manager.clone().flatten().map(|manager| (line.number, manager)));
        let said = SAID_ONCE.iter().filter_map(|name| Some((*name, line.get(name)?.to_owned())));
        let first = firsts
            .entry(key(&person.reference))
            .or_insert_with(|| First { line: line.number, said: BTreeMap::new() });
        for (name, value) in said {
            first.said.entry(name).or_insert(value);
        }
        Ok(person)
    })?;
    let mut mistakes = Mistakes::default();
    for (line, manager) in managers {
        if known.find(&manager).is_none() && !firsts.contains_key(&key(&manager)) {
            mistakes.add(line, w.with("people_page.manager_unknown", "name", manager));
        }
    }
    if mistakes.is_empty() { Ok(people) } else { Err(mistakes) }
}

/// Refuses a line that says otherwise than an earlier one about the same employee.
fn agree(line: &lines::Line, first: Option<&First>, w: Words) -> Result<(), String> {
    let Some(first) = first else { return Ok(()) };
    let differs = SAID_ONCE.iter().find(|name| {
        let said = first.said.get(*name).map(String::as_str);
        said.zip(line.get(name)).is_some_and(|(said, now)| said != now)
    });
    match differs {
        Some(&"name") => Err(w.with("people_page.differs_name", "line", first.line)),
        Some(&"team") => Err(w.with("people_page.differs_team", "line", first.line)),
        Some(&"region") => Err(w.with("people_page.differs_region", "line", first.line)),
        Some(&"manager") => Err(w.with("people_page.differs_manager", "line", first.line)),
        Some(_) => Err(w.with("people_page.differs_notice_at", "line", first.line)),
        None => Ok(()),
    }
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
        manager: manager(get("manager"), reference, w)?,
        number: number(get("phone_number_id"), get("number"), row, from, known, w)?,
        notice_at: date("notice_at")?.map(Some),
    };
    people::decide(EmployeeId(0), None, &[], &person).map_err(|refusal| w.of("refusal", refusal.code()))?;
    Ok(person)
}

/// The manager's reference; a dash for nobody.
fn manager(typed: Option<&str>, reference: &str, w: Words) -> Result<Option<Option<String>>, String> {
    match typed {
        None => Ok(None),
        Some("-") => Ok(Some(None)),
        Some(typed) if key(typed) == key(reference) => Err(w.of("refusal", "own_manager")),
        Some(typed) => Ok(Some(Some(typed.to_owned()))),
    }
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
