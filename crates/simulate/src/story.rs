//! The hand-written conversations and what should be found in each: the truth that tests and the demo check against.

use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::{
    company::{BusinessNumber, CLIENTS, Company, Lane, Language, Region, names},
    identifier,
    item::Item,
    perform::{Cast, perform},
    random::Random,
    script::{Line, Slots},
    talk,
};

mod files;

/// One conversation written by hand, with its verdict.
#[derive(Debug, Clone)]
pub struct Story {
    /// A stable name such as `personal-pix`.
    pub id: &'static str,
    /// What happens, in one sentence.
    pub title: &'static str,
    /// The kind of policy it is about, such as `side-deal.foreign-account`.
    pub theme: &'static str,
    /// Whether the default policies should bring it to a person.
    pub expect_alert: bool,
    /// Meta's id of the number it happens on.
    pub phone_number_id: String,
    /// The client's digits as in `wa_id`.
    pub wa_id: String,
    /// Index in `Company::employees`.
    pub employee: usize,
    /// Index in `Company::clients`.
    pub client: usize,
    /// When the first message is sent.
    pub starts_at: Timestamp,
    /// How many messages, edits, deletions and reactions it has.
    pub messages: usize,
    /// Short enough, and clear enough, to be played again in live traffic.
    pub live: bool,
    pub(crate) language: Language,
    pub(crate) script: Script,
}

/// A story's lines, and the file they came from.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) lines: Vec<Line>,
}

/// The head of a story file.
struct Head {
    id: &'static str,
    title: &'static str,
    theme: &'static str,
    alert: bool,
    live: bool,
    language: Language,
    employee: &'static str,
    days_before: i64,
    hour: i8,
    minute: i8,
}

/// Gives every story its employee, its client and its day.
pub(crate) fn cast(company: &mut Company) {
    let mut taken = Vec::new();
    for file in files::ALL {
        let (head, script) = parse(file).expect("a test reads every authored story");
        let employee = company.employees.iter().position(|e| e.name == head.employee);
        let employee = employee.expect("a test finds every story's employee");
        let client = client_for(company, employee, head.language, &taken);
        taken.push(client);
        company.clients[client].employee = employee;
        let number = company.number_of(employee);
        let zone = company.employees[employee].region.time_zone();
        let date = company.ending_at.to_zoned(zone.clone()).date() - head.days_before.days();
        let starts_at = date.at(head.hour, head.minute, 0, 0).to_zoned(zone).map(|z| z.timestamp());
        company.stories.push(Story {
            id: head.id,
            title: head.title,
            theme: head.theme,
            expect_alert: head.alert,
            phone_number_id: company.numbers[number].phone_number_id.clone(),
            wa_id: company.clients[client].phone.clone().unwrap_or_default(),
            employee,
            client,
            starts_at: starts_at.unwrap_or(company.starting_at),
            messages: script.lines.len(),
            live: head.live,
            language: head.language,
            script,
        });
    }
}

/// A client with a phone who writes that language in that country and has no story yet; the employee's own first.
fn client_for(company: &Company, employee: usize, language: Language, taken: &[usize]) -> usize {
    let region = company.employees[employee].region;
    let fits = |index: &usize| {
        let client = &company.clients[*index];
        client.language == language
            && client.region == region
            && client.phone.is_some()
            && !taken.contains(index)
    };
    let own = (0..CLIENTS).filter(fits).find(|index| company.clients[*index].employee == employee);
    own.or_else(|| (0..CLIENTS).find(fits)).expect("every language has more clients than stories")
}

pub(crate) fn perform_story(company: &Company, index: usize) -> Vec<Item> {
    let story = &company.stories[index];
    let mut random = company.random("story").fork(story.id);
    let slots = slots(company, story.client, &mut random);
    let number = company.number_of(story.employee);
    let cast = Cast { company, client: story.client, number, story: Some(index), manners: None };
    perform(&cast, &story.script.lines, slots, story.starts_at, &mut random)
}

/// The slots of ordinary talk, and identifiers that are not the company's.
pub(crate) fn slots(company: &Company, client: usize, random: &mut Random) -> Slots<'static> {
    let mut course = random.fork("course");
    let mut slots = talk::slots(company, client, &mut course, random);
    let person = &company.clients[client];
    let employee = &company.employees[person.employee];
    let surname = employee.name.rsplit(' ').next().unwrap_or_default();
    let handle: String =
        talk::first_name(&employee.name).to_lowercase().chars().filter(char::is_ascii).collect();
    let private = names::private_phone(random, person.region);
    let compact: String = private.chars().filter(char::is_ascii_digit).collect();
    let more = [
        ("cpf", identifier::cpf(random)),
        ("cnpj", identifier::cnpj(random)),
        ("aadhaar", identifier::aadhaar(random)),
        ("pan", identifier::pan(random, surname)),
        ("card", identifier::card(random)),
        ("iban", identifier::iban(random, "NORB")),
        ("pix_random", identifier::pix_random(random)),
        ("pix_mail", format!("{handle}.{}@correio.example", random.digits(2))),
        ("upi", format!("{handle}{}@upi", random.digits(4))),
        (
            "client_upi",
            format!("{}@upi", compact.get(2..).unwrap_or_default().chars().rev().collect::<String>()),
        ),
        ("client_cpf", identifier::cpf(random)),
        ("handle", format!("{handle}_vip{}", random.digits(2))),
        ("private", private),
        ("private_digits", compact),
        ("desk", desk(company, person.region)),
    ];
    slots.fixed.extend(more);
    slots
}

/// The digits of the country's shared number.
fn desk(company: &Company, region: Region) -> String {
    let shared =
        |n: &&BusinessNumber| n.lane == Lane::Inbox && company.employees[n.employee].region == region;
    company.numbers.iter().find(shared).map(|n| n.digits.clone()).unwrap_or_default()
}

fn parse(file: &'static str) -> Result<(Head, Script), String> {
    let (head, body) = file.split_once("\n---\n").ok_or("no --- after the head")?;
    let field = |name: &str| {
        let found = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.map(str::trim).ok_or_else(|| format!("no {name} in {head:?}"))
    };
    let tag = field("language")?;
    let language =
        Language::ALL.into_iter().find(|l| l.tag() == tag).ok_or_else(|| format!("language {tag:?}"))?;
    let (days, clock) = field("starts")?.split_once(' ').ok_or("starts has a day and a time")?;
    let (hour, minute) = clock.split_once(':').ok_or("a time has a colon")?;
    let bad = |_| format!("starts of {head:?}");
    let head = Head {
        id: field("id")?,
        title: field("title")?,
        theme: field("theme")?,
        alert: field("alert")? == "yes",
        live: field("live")? == "yes",
        language,
        employee: field("employee")?,
        days_before: days.trim_start_matches('-').parse().map_err(bad)?,
        hour: hour.parse().map_err(bad)?,
        minute: minute.parse().map_err(bad)?,
    };
    let lines = body.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("//"));
    Ok((head, Script { lines: lines.map(Line::parse).collect::<Result<_, _>>()? }))
}

impl Story {
    /// The latest instant at which the story's last message is sent.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        /// The longest unwritten pause, in minutes.
        const PAUSE_MINUTES_MAX: i64 = 24;
        let minutes: i64 =
            self.script.lines.iter().map(|line| line.minutes.unwrap_or(PAUSE_MINUTES_MAX) + 1).sum();
        self.starts_at + SignedDuration::from_mins(minutes)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_story_file_reads_and_has_its_own_id() {
        let heads: Vec<Head> = files::ALL.iter().map(|file| parse(file).unwrap().0).collect();
        let ids: BTreeSet<&str> = heads.iter().map(|head| head.id).collect();
        assert_eq!(ids.len(), heads.len());
        assert!(heads.iter().filter(|head| head.alert).count() >= 12);
        assert!(heads.iter().filter(|head| !head.alert).count() >= 5);
    }

    #[test]
    fn a_head_without_a_field_is_refused() {
        assert!(parse("id: a\n---\nc: hi").is_err_and(|problem| problem.contains("language")));
        assert!(parse("c: hi").is_err());
    }
}
