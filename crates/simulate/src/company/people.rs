//! Who works for the sample company, who buys from it, and the people file.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    BusinessNumber, CLIENTS, Client, Company, Employee, Lane, Language, ONBOARDED_DAYS_BEFORE_END, Region,
    Team, names, notice_within,
};
use crate::random::Random;

/// What makes one member of staff different from the next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Head of the country.
    Head,
    /// Manager of the other city.
    Manager,
    /// Own number, in the field.
    Field,
    /// Answers for the shared number.
    Desk,
    /// Second seat at the shared number.
    Seat,
    /// Own number, no notice given.
    Unnoticed,
    /// Own number, notice in the middle of the 30 days.
    NoticedLate,
    /// Own number, onboarded in the middle of the 30 days.
    Newcomer,
}

use Language::{Arabic, Chinese, Spanish};
use Region::{Brazil, India, UnitedKingdom};
use Role::{Desk, Field, Head, Manager, Newcomer, NoticedLate, Seat, Unnoticed};
use Team::{Sales, Service};

type Row = (&'static str, Region, &'static str, Team, Role, Option<Language>);

/// Name, country, city, team, role, and a language beyond those of the country.
const STAFF: [Row; 40] = [
    ("Renata Falcão", Brazil, "São Paulo", Sales, Head, None),
    ("Bruno Tavares", Brazil, "São Paulo", Sales, Field, None),
    ("Camila Duarte", Brazil, "São Paulo", Sales, Field, None),
    ("Diego Farias", Brazil, "São Paulo", Sales, Field, None),
    ("Elaine Sasaki", Brazil, "São Paulo", Sales, Field, None),
    ("Fábio Coutinho", Brazil, "São Paulo", Sales, Field, Some(Spanish)),
    ("Gabriela Monteiro", Brazil, "São Paulo", Sales, Field, Some(Spanish)),
    ("Heitor Lacerda", Brazil, "São Paulo", Service, Field, None),
    ("Ivone Prates", Brazil, "São Paulo", Service, Desk, Some(Spanish)),
    ("João Pedro Viana", Brazil, "São Paulo", Service, Seat, None),
    ("Jussara Meireles", Brazil, "Rio de Janeiro", Sales, Manager, None),
    ("Kauã Nogueira", Brazil, "Rio de Janeiro", Sales, Field, None),
    ("Larissa Brandão", Brazil, "Rio de Janeiro", Sales, Field, None),
    ("Marcelo Pinheiro", Brazil, "Rio de Janeiro", Sales, Field, None),
    ("Natália Quintela", Brazil, "Rio de Janeiro", Sales, Unnoticed, None),
    ("Otávio Ramalho", Brazil, "Rio de Janeiro", Service, Field, None),
    ("Anjali Deshpande", India, "Mumbai", Sales, Head, None),
    ("Rohan Kulkarni", India, "Mumbai", Sales, Field, None),
    ("Sneha Iyer", India, "Mumbai", Sales, Field, None),
    ("Imran Shaikh", India, "Mumbai", Sales, Field, None),
    ("Priya Nair", India, "Mumbai", Sales, Field, None),
    ("Vikram Salunkhe", India, "Mumbai", Sales, Newcomer, None),
    ("Meera Joshi", India, "Mumbai", Service, Desk, None),
    ("Farhan Qureshi", India, "Mumbai", Service, Seat, None),
    ("Harpreet Gill", India, "Delhi", Sales, Manager, None),
    ("Nikhil Bansal", India, "Delhi", Sales, Field, None),
    ("Pooja Chauhan", India, "Delhi", Sales, Field, None),
    ("Tarun Mehra", India, "Delhi", Sales, Unnoticed, None),
    ("Sunita Rawat", India, "Delhi", Sales, Field, None),
    ("Aditya Saxena", India, "Delhi", Service, Field, None),
    ("Helen Ashworth", UnitedKingdom, "London", Sales, Head, None),
    ("Oliver Brandt", UnitedKingdom, "London", Sales, Field, None),
    ("Yasmin Haddad", UnitedKingdom, "London", Sales, Field, Some(Arabic)),
    ("Wei Zhang", UnitedKingdom, "London", Sales, Field, Some(Chinese)),
    ("Callum Reid", UnitedKingdom, "London", Sales, NoticedLate, None),
    ("Grace Okafor", UnitedKingdom, "London", Service, Desk, None),
    ("Tom Ellery", UnitedKingdom, "London", Service, Seat, None),
    ("Siobhan Kerr", UnitedKingdom, "Manchester", Sales, Manager, None),
    ("Layla Mansour", UnitedKingdom, "Manchester", Sales, Field, Some(Arabic)),
    ("Daniel Lim", UnitedKingdom, "Manchester", Sales, Field, Some(Chinese)),
];

/// How many of the clients write in each language, and where they buy.
const SHARES: [(Language, Region, usize); 8] = [
    (Language::Portuguese, Brazil, 205),
    (Language::English, UnitedKingdom, 90),
    (Language::IndianEnglish, India, 80),
    (Language::Hindi, India, 45),
    (Language::Hinglish, India, 80),
    (Spanish, Brazil, 35),
    (Chinese, UnitedKingdom, 30),
    (Arabic, UnitedKingdom, 35),
];

/// One client in this many writes under a username, without a phone number.
const USERNAME_EVERY: usize = 50;

pub(super) fn staff(root: &Random, ending_at: Timestamp) -> (Vec<Employee>, Vec<BusinessNumber>) {
    let mut random = root.fork("staff");
    let wabas: Vec<String> = (0..4).map(|_| format!("1{}", random.digits(14))).collect();
    let mut employees: Vec<Employee> = Vec::new();
    let mut numbers: Vec<BusinessNumber> = Vec::new();
    for (index, row) in STAFF.iter().enumerate() {
        let (name, region, city, team, role, extra) = *row;
        let manager = if role == Head { None } else { Some(manager_of(index)) };
        let number = (role != Seat).then_some(numbers.len());
        if role != Seat {
            numbers.push(number_for(&mut random, &wabas, index, ending_at));
        }
        let days = random.between(40, 700);
        employees.push(Employee {
            id: format!("E{:03}", index + 1),
            name: name.to_owned(),
            team,
            region,
            city,
            manager,
            number,
            assigned_from: assigned_from(role, days, ending_at),
            notice_at: notice_at(&mut random, role, ending_at),
            languages: languages(region, extra),
        });
    }
    (employees, numbers)
}

/// The nearest manager above a row: of the same city, else the head of the country.
fn manager_of(index: usize) -> usize {
    let (_, region, city, _, role, _) = STAFF[index];
    let leads = |row: &Row| row.1 == region && matches!(row.4, Head | Manager);
    let same_city = STAFF.iter().position(|row| leads(row) && row.2 == city && role != Manager);
    same_city.or_else(|| STAFF.iter().position(|row| row.1 == region && row.4 == Head)).unwrap_or(0)
}

fn number_for(random: &mut Random, wabas: &[String], index: usize, ending_at: Timestamp) -> BusinessNumber {
    let (_, region, city, _, role, _) = STAFF[index];
    let waba = match (region, city) {
        (Brazil, _) => 0,
        (India, _) => 1,
        (UnitedKingdom, "London") => 2,
        (UnitedKingdom, _) => 3,
    };
    let joined = ending_at - SignedDuration::from_hours(24 * ONBOARDED_DAYS_BEFORE_END);
    BusinessNumber {
        phone_number_id: format!("2{}", random.digits(14)),
        waba_id: wabas[waba].clone(),
        digits: names::staff_phone(city, index),
        lane: if role == Desk { Lane::Inbox } else { Lane::Native },
        employee: index,
        onboarded_at: (role == Newcomer).then_some(joined),
    }
}

fn assigned_from(role: Role, days: i64, ending_at: Timestamp) -> jiff::civil::Date {
    let days = if role == Newcomer { 100 } else { days };
    (ending_at - SignedDuration::from_hours(24 * days)).to_zoned(TimeZone::UTC).date()
}

fn notice_at(random: &mut Random, role: Role, ending_at: Timestamp) -> Option<Timestamp> {
    let before = ending_at - SignedDuration::from_hours(24 * random.between(35, 38));
    match role {
        Unnoticed => None,
        NoticedLate => Some(notice_within(ending_at)),
        // The newcomer's history reaches back before the first day, and so does the notice.
        Newcomer => Some(ending_at - SignedDuration::from_hours(24 * 95)),
        Head | Manager | Field | Desk | Seat => Some(before),
    }
}

fn languages(region: Region, extra: Option<Language>) -> Vec<Language> {
    let mut languages = match region {
        Brazil => vec![Language::Portuguese],
        India => vec![Language::IndianEnglish, Language::Hindi, Language::Hinglish],
        UnitedKingdom => vec![Language::English],
    };
    languages.extend(extra);
    languages
}

pub(super) fn clients(root: &Random, employees: &[Employee], numbers: &[BusinessNumber]) -> Vec<Client> {
    let mut random = root.fork("clients");
    let mut clients = Vec::with_capacity(CLIENTS);
    for (language, region, count) in SHARES {
        let served = servers(employees, numbers, language, region);
        for place in 0..count {
            let employee = *random.pick(&served);
            let index = clients.len();
            clients.push(client(&mut random, language, region, employee, index, place));
        }
    }
    clients
}

/// The employees with a number who answer in a language; a desk counts twice.
fn servers(
    employees: &[Employee],
    numbers: &[BusinessNumber],
    language: Language,
    region: Region,
) -> Vec<usize> {
    let mut served = Vec::new();
    for number in numbers {
        let employee = &employees[number.employee];
        if employee.region == region && employee.languages.contains(&language) {
            served.push(number.employee);
            if number.lane == Lane::Inbox {
                served.push(number.employee);
            }
        }
    }
    served
}

pub(crate) fn client(
    random: &mut Random,
    language: Language,
    region: Region,
    employee: usize,
    index: usize,
    place: usize,
) -> Client {
    let (name, latin) = names::client(random, language, place);
    let anonymous = index % USERNAME_EVERY == USERNAME_EVERY - 1;
    let username = anonymous.then(|| format!("{}.{}", latin.to_lowercase(), random.digits(3)));
    let phone = names::client_phone(language, region, index);
    Client {
        name,
        phone: (!anonymous).then_some(phone),
        user_id: format!("{}.{}", region.code(), random.digits(16)),
        username,
        language,
        region,
        employee,
    }
}

pub(super) fn csv(company: &Company) -> String {
    let header = [
        "employee",
        "name",
        "team",
        "region",
        "manager",
        "phone_number_id",
        "number",
        "assigned_from",
        "notice_at",
    ];
    let rows = company.employees.iter().map(|employee| {
        let number = employee.number.map(|index| &company.numbers[index]);
        vec![
            employee.id.clone(),
            employee.name.clone(),
            employee.team.code().to_owned(),
            employee.region.code().to_owned(),
            employee.manager.map(|index| company.employees[index].id.clone()).unwrap_or_default(),
            number.map(|number| number.phone_number_id.clone()).unwrap_or_default(),
            number.map(|number| format!("+{}", number.digits)).unwrap_or_default(),
            employee.assigned_from.to_string(),
            employee.notice_at.map(|at| at.to_string()).unwrap_or_default(),
        ]
    });
    super::register::write(&header, rows)
}
