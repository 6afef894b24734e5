//! One employee: numbers and places by date, notice and who recorded it, what waits sealed, alerts and cases.

use aboveboard_ledger::view::{EmployeeNumber, EmployeePage, HistoryRow};
use aboveboard_model::{
    access::{Actor, Permission, Purpose},
    people::{Employee, Event, Place},
    pseudonym,
};
use askama::Template;

use super::{
    access_log,
    alert::Step,
    alerts::{self, Done, done},
};
use crate::{
    moment::{Clock, Moment},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Another employee, by name and page.
#[derive(Clone, Debug)]
struct Colleague {
    href: String,
    name: String,
    reference: String,
}

/// A number by date.
#[derive(Clone, Debug)]
struct Number {
    id: String,
    /// All but its ends hidden; empty where the number was not heard of yet.
    masked: String,
    from: Moment,
    until: Option<Moment>,
    waiting: u64,
}

/// A team and region by date.
#[derive(Clone, Debug)]
struct Worked {
    team: String,
    region: String,
    from: Moment,
    is_now: bool,
}

/// A case by number and title.
#[derive(Clone, Debug)]
struct CaseLine {
    href: String,
    number: u64,
    title: String,
    is_open: bool,
}

#[derive(Template)]
#[template(path = "employee.html")]
struct Page {
    shell: Shell,
    w: Words,
    id: String,
    reference: String,
    name: String,
    pseudonym: String,
    /// Team and region now.
    team: String,
    region: String,
    manager: Option<Colleague>,
    leads: Vec<Colleague>,
    numbers: Vec<Number>,
    places: Vec<Worked>,
    /// `none`, `future` or `given`.
    notice: &'static str,
    notice_at: Option<Moment>,
    waiting: u64,
    alerts: Vec<alerts::Row>,
    cases: Vec<CaseLine>,
    history: Vec<Step>,
    reads: Option<Vec<access_log::Row>>,
    may_write: bool,
    done: Option<Done>,
    at: u64,
}

/// The page of an employee.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let known = visit.ledger().employee(&visit.access(Purpose::Investigation)?, visit.part("id")?)?;
    let shell = visit.shell_titled(known.employee.name.0.clone());
    let page = shown(shell, &known, &visit.by()?.actor, &visit.clock());
    visit.page(&Page { may_write: visit.may(Permission::PeopleWrite), done: done(visit), ..page })
}

fn shown(shell: Shell, page: &EmployeePage, me: &Actor, clock: &Clock) -> Page {
    let employee = &page.employee;
    let now = employee.place_at(clock.now);
    let case = |row: &aboveboard_ledger::view::CaseRow| CaseLine {
        href: format!("/cases/{}", row.case.id),
        number: row.number.0,
        title: row.case.title.clone(),
        is_open: row.case.state == aboveboard_model::case::State::Open,
    };
    let reads = |rows: &Vec<aboveboard_ledger::view::ReadRow>| {
        rows.iter().map(|read| access_log::row(read, &shell, me, clock)).collect()
    };
    Page {
        w: clock.w,
        id: employee.id.to_string(),
        reference: employee.reference.clone(),
        name: employee.name.0.clone(),
        pseudonym: pseudonym::employee(employee.id),
        team: now.map(|now| now.team.clone()).unwrap_or_default(),
        region: now.map(|now| now.region.clone()).unwrap_or_default(),
        manager: page.manager.as_ref().map(colleague),
        leads: page.leads.iter().map(colleague).collect(),
        numbers: page.numbers.iter().map(|one| number(one, clock)).collect(),
        places: employee.places.iter().rev().map(|place| worked(place, now, clock)).collect(),
        notice: super::people::notice_word(employee.notice_at, clock.now),
        notice_at: employee.notice_at.map(|at| clock.day_or_instant(at)),
        waiting: page.numbers.iter().map(|one| one.waiting).sum(),
        alerts: alerts::rows(&page.alerts, |alert| format!("/alerts/{alert}"), None, me, clock),
        cases: page.cases.iter().map(case).collect(),
        history: page.history.iter().rev().map(|one| step(one, me, clock)).collect(),
        reads: page.reads.as_ref().map(reads),
        may_write: false,
        done: None,
        at: page.at.0,
        shell,
    }
}

fn colleague(employee: &Employee) -> Colleague {
    Colleague {
        href: format!("/people/{}", employee.id),
        name: employee.name.0.clone(),
        reference: employee.reference.clone(),
    }
}

fn number(one: &EmployeeNumber, clock: &Clock) -> Number {
    Number {
        id: one.assignment.number.clone(),
        masked: one.display.as_deref().map(pseudonym::number).unwrap_or_default(),
        from: clock.day_or_instant(one.assignment.from),
        until: one.until.map(|until| clock.day_or_instant(until)),
        waiting: one.waiting,
    }
}

fn worked(place: &Place, now: Option<&Place>, clock: &Clock) -> Worked {
    Worked {
        team: place.team.clone(),
        region: place.region.clone(),
        from: clock.day_or_instant(place.from),
        is_now: now == Some(place),
    }
}

fn step(row: &HistoryRow<Event>, me: &Actor, clock: &Clock) -> Step {
    let w = clock.w;
    let day = |at| clock.day_or_instant(at).shown;
    let told = match &row.event {
        Event::Saved { name, .. } => (w.t("employee.saved"), name.0.clone()),
        Event::Placed { place, .. } => {
            (w.with("employee.placed", "day", day(place.from)), format!("{} · {}", place.team, place.region))
        }
        Event::Managed { manager: Some(manager), .. } => {
            (w.t("employee.managed"), pseudonym::employee(*manager))
        }
        Event::Managed { manager: None, .. } => (w.t("employee.unmanaged"), String::new()),
        Event::Assigned { assignment } => {
            (w.with("employee.assigned", "day", day(assignment.from)), assignment.number.clone())
        }
        Event::Notice { at: Some(at), .. } => (w.with("employee.noticed", "day", day(*at)), String::new()),
        Event::Notice { at: None, .. } => (w.t("employee.unnoticed"), String::new()),
    };
    Step::of(row, told, me, clock)
}

#[cfg(test)]
mod tests {
    use aboveboard_model::{
        id::{EmployeeId, Index, UserId},
        people::Assignment,
    };
    use jiff::tz::TimeZone;

    use super::*;
    use crate::bubble::tests::clock;

    fn at(text: &str) -> jiff::Timestamp {
        text.parse().unwrap()
    }

    fn known() -> EmployeePage {
        let place = |from: &str, team: &str| Place { from: at(from), team: team.into(), region: "BR".into() };
        let ana = Employee {
            name: "Ana <b>".into(),
            places: vec![place("2025-01-01T03:00:00Z", "Sales"), place("2025-06-01T03:00:00Z", "Service")],
            notice_at: Some(at("2025-11-04T03:00:00Z")),
            ..Employee::new(EmployeeId(7 << 44), "E-1")
        };
        let row = |index, event| HistoryRow {
            index: Index(index),
            at: at("2025-11-04T12:00:00Z"),
            actor: Actor::User(UserId(2)),
            event,
        };
        EmployeePage {
            manager: Some(Employee::new(EmployeeId(9), "E-9")),
            leads: vec![],
            numbers: vec![EmployeeNumber {
                assignment: Assignment {
                    number: "106540352242922".into(),
                    employee: Some(ana.id),
                    from: at("2025-02-01T03:00:00Z"),
                },
                until: Some(at("2025-09-01T15:30:00Z")),
                display: Some("5511988880000".into()),
                waiting: 12,
            }],
            history: vec![
                row(3, Event::Notice { employee: ana.id, at: ana.notice_at }),
                row(4, Event::Notice { employee: ana.id, at: None }),
            ],
            alerts: vec![],
            cases: vec![],
            reads: None,
            employee: ana,
            at: Index(9),
        }
    }

    fn html(may_write: bool) -> String {
        let clock = Clock { zone: TimeZone::fixed(jiff::tz::offset(-3)), ..clock() };
        let shown = shown(Shell::sample("Ana"), &known(), &Actor::User(UserId(1)), &clock);
        Page { may_write, ..shown }.render().unwrap()
    }

    #[test]
    fn an_employee_shows_days_as_days_and_who_recorded_notice() {
        let html = html(true);
        for wanted in [
            "Ana &#60;b&#62;",
            ">Sat 1 Feb<",
            ">Mon 1 Sep, 12:30<",
            ">Sun 1 Jun<",
            ">Tue 4 Nov<",
            "+55 •••• 00",
            "E-9",
            "U-0000",
            "took notice back",
            "action=\"/people/notice\"",
        ] {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
        assert!(!html.contains("98888"));
    }

    #[test]
    fn who_may_only_read_gets_no_form() {
        assert!(!html(false).contains("action=\"/people/"));
    }
}
