//! Tests of the directory and of what its forms and files say.

use aboveboard_model::{
    id::{EmployeeId, Index, NumberId, SourceId},
    item,
    people::{Assignment, Employee, Place},
};
use jiff::tz::TimeZone;

use super::*;
use crate::bubble::tests::clock;

fn employee(reference: &str, name: &str, notice_at: Option<&str>) -> EmployeeRow {
    let place =
        Place { from: "2025-01-01T00:00:00Z".parse().unwrap(), team: "Sales".into(), region: "BR".into() };
    let id = EmployeeId(7 << 44);
    let from = "2025-02-01T00:00:00Z".parse().unwrap();
    EmployeeRow {
        employee: Employee {
            id,
            reference: reference.into(),
            name: name.into(),
            places: vec![place],
            manager: None,
            notice_at: notice_at.map(|at| at.parse().unwrap()),
        },
        assignments: vec![Assignment { number: "106540352242922".into(), employee: Some(id), from }],
        waiting: 1_234,
    }
}

pub(super) fn number(id: &str, display: &str) -> NumberRow {
    NumberRow {
        id: NumberId(1),
        source: SourceId(1),
        number: item::Number { account: None, id: Some(id.into()), display: Some(display.into()) },
        employee: None,
        first_at: "2025-11-01T00:00:00Z".parse().unwrap(),
        last_at: "2025-11-05T00:00:00Z".parse().unwrap(),
        received: 1,
        sent: 2,
        unknown: 0,
        media_waiting: 0,
        media_failed: 0,
        unavailable: 0,
        waiting: 0,
        gap: None,
    }
}

fn html(rows: Vec<EmployeeRow>, may_write: bool, mistakes: Mistakes) -> String {
    let rows = Rows { rows, next: Some("E-9".into()), at: Index(1) };
    let numbers = [number("106540352242922", "5511988880000")];
    let page = list(Shell::sample("People"), &rows, &numbers, false, &clock());
    Page { may_write, mistakes, ..page }.render().unwrap()
}

fn known() -> Known {
    let numbers = vec![number("222", "+55 11 97777-0000")];
    let employees = vec![employee("E-1", "Ana", None)];
    Known::new(employees, numbers, clock().now, TimeZone::fixed(jiff::tz::offset(-3)))
}

fn read(file: &str) -> Result<Vec<Declared>, Mistakes> {
    declare::file(file.as_bytes(), &known(), clock().w)
}

fn one(fields: &[(&str, &'static str)]) -> Result<Declared, String> {
    declared(|name| fields.iter().find(|(one, _)| *one == name).map(|(_, value)| *value), &known(), clock().w)
}

#[test]
fn a_person_is_shown_with_place_numbers_notice_and_what_waits() {
    let html = html(vec![employee("E-1", "Ana <b>", None)], true, Mistakes::default());
    for wanted in
        ["Ana &#60;b&#62;", "E-1", "Sales · BR", "+55 •••• 00", "106540352242922", "1,234", "No notice"]
    {
        assert!(html.contains(wanted), "{wanted}: {html}");
    }
    assert!(!html.contains("5511988880000") && html.contains("#notice_at\""), "{html}");
}

#[test]
fn notice_is_given_or_still_to_come() {
    let given = html(vec![employee("E-1", "Ana", Some("2025-11-04T00:00:00Z"))], true, Mistakes::default());
    assert!(given.contains("Tue 4 Nov"));
    let future = html(vec![employee("E-1", "Ana", Some("2025-12-01T00:00:00Z"))], false, Mistakes::default());
    assert!(future.contains("from") && future.contains("Mon 1 Dec") && !future.contains("#notice_at"));
}

#[test]
fn an_empty_directory_says_what_that_means() {
    assert!(html(vec![], false, Mistakes::default()).contains("Everything that arrives waits sealed"));
}

#[test]
fn a_line_says_everything_about_a_person() {
    let file = "employee,name,team,region,manager,phone_number_id,number,assigned_from,notice_at\n\
                E-2,Bo,Sales,IN,E-1,333,,2026-01-31,2026-02-01T00:00:00Z\n";
    let people = read(file).unwrap();
    let at = |text: &str| text.parse().unwrap();
    assert_eq!(people[0].number, Some(("333".into(), at("2026-01-31T03:00:00Z"))));
    assert_eq!(people[0].notice_at, Some(Some(at("2026-02-01T00:00:00Z"))));
    let place = Place { from: at("2026-01-31T03:00:00Z"), team: "Sales".into(), region: "IN".into() };
    assert_eq!(people[0].place, Some(place));
    assert_eq!(people[0].manager, Some(Some("E-1".into())));
}

#[test]
fn somebody_with_several_numbers_has_several_lines_that_agree() {
    let file = "employee,name,team,region,manager,phone_number_id,assigned_from\n\
                E-2,Bo,Sales,IN,E-3,333,2026-01-31\nE-2,,,,,444,2026-02-28\nE-3,Di,,,-,,\n";
    let people = read(file).unwrap();
    assert_eq!(people.len(), 3);
    assert_eq!((people[1].name.as_str(), people[1].place.clone()), ("Bo", None));
    assert_eq!(
        (people[1].number.clone().unwrap().0.as_str(), people[2].manager.clone()),
        ("444", Some(None))
    );
    let plan = declare::plan(&people, &known());
    assert_eq!((plan.new, plan.changed, plan.same), (2, 0, 0));
    assert_eq!(plan.shown[0].what, ["name", "team", "number", "manager"]);
    for (line, column) in [("E-2,Ed,,,,,", "name"), ("E-2,,Service,,,,", "team"), ("E-2,,,,E-1,,", "manager")]
    {
        let what = &read(&format!("{file}{line}\n")).unwrap_err().shown[0];
        assert!(what.line == 5 && what.what.contains("Line 2"), "{column}: {what:?}");
    }
    let stolen = read(&format!("{file}E-3,,,,,333,2026-01-31\n")).unwrap_err();
    assert!(stolen.shown[0].what.contains("line 2"), "{stolen:?}");
    let unknown = read(&file.replace("E-3,333", "E-404,333")).unwrap_err();
    assert!(unknown.shown[0].line == 2 && unknown.shown[0].what.contains("E-404"), "{unknown:?}");
}

#[test]
fn what_is_known_already_is_planned_as_it_is() {
    let plan = declare::plan(&read("employee,team,region\nE-1,Sales,BR\n").unwrap(), &known());
    assert_eq!((plan.new, plan.changed, plan.same), (0, 0, 1));
    let plan = declare::plan(&read("employee,notice_at\nE-1,2026-01-01\n").unwrap(), &known());
    assert_eq!((plan.changed, plan.shown[0].what.as_slice()), (1, ["notice_at"].as_slice()));
}

#[test]
fn ten_thousand_lines_are_read() {
    let lines: String = (0..10_000).map(|at| format!("F-{at},Name {at},Sales,BR,F-0\n")).collect();
    let file = format!("employee,name,team,region,manager\n{}", lines.replacen("BR,F-0", "BR,", 1));
    assert_eq!(read(&file).unwrap().len(), 10_000);
}

#[test]
fn a_blank_field_leaves_what_is_known_and_the_same_again_changes_nothing() {
    let same =
        read("employee,team,region,phone_number_id\ne-1,Sales,BR,106540352242922\n").unwrap().remove(0);
    assert_eq!((same.reference.as_str(), same.name.as_str()), ("E-1", "Ana"));
    assert_eq!((same.place, same.number, same.notice_at), (None, None, None));
    let moved = one(&[("employee", "E-1"), ("team", "Service")]).unwrap().place.unwrap();
    assert_eq!((moved.team.as_str(), moved.region.as_str()), ("Service", "BR"));
    assert_eq!(moved.from, "2025-11-05T03:00:00Z".parse().unwrap(), "from today, where the firm is");
}

#[test]
fn a_number_is_found_by_its_digits_and_needs_a_date() {
    let fields = [("employee", "E-1"), ("number", "5511977770000"), ("assigned_from", "2025-03-01")];
    assert_eq!(one(&fields).unwrap().number.unwrap().0, "222");
    assert!(one(&fields[..2]).unwrap_err().contains("assigned_from"));
    assert!(one(&[("employee", "E-1"), ("number", "999")]).unwrap_err().contains("phone_number_id"));
}

#[test]
fn every_line_with_a_mistake_is_named_and_nothing_is_kept() {
    let long = "x".repeat(300);
    let file = format!(
        "employee,name,notice_at\nE-2,Bo,\nE-2,Bu,\nE-3,,\nE-4,Di,01/02/2026\nE-5,{long},\n,Ed,\nE-1,,2026-01-01\n"
    );
    let mistakes = read(&file).unwrap_err();
    assert_eq!(mistakes.shown.iter().map(|one| one.line).collect::<Vec<_>>(), [3, 4, 5, 6, 7]);
    assert!(mistakes.shown[0].what.contains("Line 2") && mistakes.shown[2].what.contains("notice_at"));
    assert!(html(vec![], true, mistakes).contains("Nothing was written"));
}

#[test]
fn notice_is_taken_back_without_touching_anything_else() {
    let back = no_more_notice(&employee("E-1", "Ana", Some("2025-11-04T00:00:00Z")));
    assert_eq!(back.notice_at, Some(None));
    assert_eq!((back.place, back.number), (None, None));
}

#[test]
fn a_refused_form_keeps_what_was_typed_and_a_refused_notice_opens_no_form() {
    let rows = Rows { rows: vec![employee("E-1", "Ana", None)], next: None, at: Index(1) };
    let page = |typed| Page {
        may_write: true,
        failed: Some("why".into()),
        typed,
        ..list(Shell::sample("People"), &rows, &[], false, &clock())
    };
    let person = page(BTreeMap::from([("employee", "E-<9>".to_owned())])).render().unwrap();
    assert!(person.contains("name=\"employee\" value=\"E-&#60;9&#62;\""), "{person}");
    assert!(person.contains("name=\"forms\" open"));
    let notice = page(BTreeMap::new()).render().unwrap();
    assert!(notice.contains("why") && !notice.contains("name=\"forms\" open"));
}
