//! The access log: who read what, and why; narrowed by who looked, whom it concerned, what for, and the day.

use aboveboard_ledger::view::{Concerns, ReadFilter, ReadRow};
use aboveboard_model::{
    access::{Actor, Permission, Purpose, ReadOf},
    id::{ContactId, EmployeeId, Index, UserId},
    pseudonym,
};
use askama::Template;
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use crate::{
    fields::{Fields, link},
    moment::{Clock, Moment},
    people,
    problem::Problem,
    prose::Draft,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Rows of one page.
const ROWS: usize = 100;

/// A look.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) index: u64,
    pub(super) at: Moment,
    pub(super) who: String,
    /// The same list by this person only.
    by: Option<String>,
    pub(super) what: String,
    pub(super) which: Which,
    pub(super) why: String,
    pub(super) for_which: Which,
}

/// What something is called, and its page, where the visitor may open it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Which {
    pub(super) name: String,
    pub(super) href: Option<String>,
}

/// What the list is narrowed to, as it stands in the form.
#[derive(Clone, Debug, Default)]
struct Narrowed {
    who: String,
    of: String,
    why: String,
    day: String,
    /// What does not read as what it should be.
    failed: Option<String>,
}

impl Narrowed {
    fn is_any(&self) -> bool {
        [&self.who, &self.of, &self.why, &self.day].iter().any(|one| !one.is_empty())
    }
}

/// Somebody who signs in, to choose from.
#[derive(Clone, Debug)]
struct Person {
    id: String,
    name: String,
}

#[derive(Template)]
#[template(path = "access_log.html")]
struct Page {
    shell: Shell,
    w: Words,
    rows: Vec<Row>,
    narrowed: Narrowed,
    users: Vec<Person>,
    purposes: &'static [&'static str],
    older: Option<String>,
    is_past: bool,
}

/// Looks at content, newest first.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let (filter, narrowed) = filter(&visit.query, &visit.console.settings.zone, visit.words);
    let reads = match narrowed.failed {
        None => visit.ledger().reads(visit.by()?, &filter)?,
        Some(_) => vec![],
    };
    let page = page(visit.shell(), &reads, &filter, narrowed, &visit.by()?.actor, &visit.clock());
    visit.page(&Page { users: users(visit)?, ..page })
}

/// Everybody who signs in, where the visitor may know them.
fn users(visit: &Visit) -> Result<Vec<Person>, Problem> {
    if !visit.may(Permission::UserRead) {
        return Ok(vec![]);
    }
    let users = visit.ledger().users(visit.by()?)?;
    let person = |row: aboveboard_ledger::view::UserRow| Person {
        id: row.user.id.to_string(),
        name: format!("{} · {}", pseudonym::user(row.user.id), row.user.login.0),
    };
    Ok(users.into_iter().map(person).collect())
}

/// What the address asks for. What does not read is said, and shows nothing rather than everything.
fn filter(query: &Fields, zone: &TimeZone, w: Words) -> (ReadFilter, Narrowed) {
    let mut narrowed = Narrowed {
        who: query.text("who"),
        of: query.text("of"),
        why: query.text("why"),
        day: query.text("day"),
        failed: None,
    };
    let between = day(&narrowed.day, zone);
    let filter = ReadFilter {
        actor: narrowed.who.parse().ok().map(Actor::User),
        concerns: concerns(&narrowed.of),
        purpose: Purpose::WORDS.iter().find(|word| **word == narrowed.why).map(|word| (*word).to_owned()),
        between,
        before: query.parsed("before").map(Index),
        limit: ROWS,
    };
    let unread = [
        (&narrowed.who, filter.actor.is_none()),
        (&narrowed.of, filter.concerns.is_none()),
        (&narrowed.why, filter.purpose.is_none()),
        (&narrowed.day, filter.between.is_none()),
    ];
    let unread = unread.iter().find(|(text, is_unread)| !text.is_empty() && *is_unread);
    narrowed.failed = unread.map(|(text, _)| w.with("access_log.unread", "text", text));
    (filter, narrowed)
}

fn concerns(text: &str) -> Option<Concerns> {
    let contact = text.parse::<ContactId>().ok().map(Concerns::Contact);
    contact.or_else(|| text.parse::<EmployeeId>().ok().map(Concerns::Employee))
}

/// From midnight to midnight where the firm is.
fn day(text: &str, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let day: Date = text.parse().ok()?;
    let midnight = |day: Date| Some(day.to_zoned(zone.clone()).ok()?.timestamp());
    Some((midnight(day)?, midnight(day.checked_add(1.day()).ok()?)?))
}

fn page(
    shell: Shell,
    reads: &[ReadRow],
    filter: &ReadFilter,
    narrowed: Narrowed,
    me: &Actor,
    clock: &Clock,
) -> Page {
    let full = reads.last().filter(|_| reads.len() >= ROWS);
    let older = full.map(|last| {
        let before = last.index.to_string();
        let text = |text: &'static str, value: &str| (text, (!value.is_empty()).then(|| value.to_owned()));
        let kept = [
            text("who", &narrowed.who),
            text("of", &narrowed.of),
            text("why", &narrowed.why),
            text("day", &narrowed.day),
            text("before", &before),
        ];
        let kept: Vec<(&str, Option<&str>)> =
            kept.iter().map(|(name, value)| (*name, value.as_deref())).collect();
        link("/access-log", &kept)
    });
    Page {
        w: shell.w,
        rows: reads.iter().map(|read| row(read, &shell, me, clock)).collect(),
        shell,
        narrowed,
        users: vec![],
        purposes: Purpose::WORDS,
        older,
        is_past: filter.before.is_some(),
    }
}

/// A look as a page lists it.
pub(super) fn row(read: &ReadRow, shell: &Shell, me: &Actor, clock: &Clock) -> Row {
    let w = clock.w;
    let (what, which) = looked_at(read, shell, w);
    Row {
        index: read.index.0,
        at: clock.day_and_time(read.at),
        who: people::actor(w, &read.actor, me),
        by: read.actor.user().map(|user: UserId| link("/access-log", &[("who", Some(&user.to_string()))])),
        what,
        which,
        why: w.of("purpose", read.purpose.word()),
        for_which: match &read.purpose {
            Purpose::Review(alert) if read.of != ReadOf::Alert(*alert) => {
                page_of(shell, "/alerts", &alert.to_string(), None, "A")
            }
            Purpose::Case(case) if read.of != ReadOf::Case(*case) => {
                page_of(shell, "/cases", &case.to_string(), None, "C")
            }
            _ => Which::default(),
        },
    }
}

/// An alert, case or conversation by the number that people quote, or its id; with its page, or the entry that opened it.
fn page_of(shell: &Shell, list: &str, id: &str, number: Option<Index>, letter: &str) -> Which {
    let name = number.map_or_else(|| id.to_owned(), |number| format!("{letter}-{number}"));
    let href = if shell.opens(&format!("{list}/{{id}}")) {
        Some(format!("{list}/{id}"))
    } else {
        number.filter(|_| shell.opens("/log")).map(|number| format!("/log/{number}"))
    };
    Which { name, href }
}

/// What a look was at: a word, and which.
pub(super) fn looked_at(read: &ReadRow, shell: &Shell, w: Words) -> (String, Which) {
    let entry = |index: &Index| Which {
        name: format!("#{index}"),
        href: shell.opens("/log").then(|| format!("/log/{index}")),
    };
    match &read.of {
        ReadOf::Queue(count) => (w.n("access_log.queue", u64::from(*count)), Which::default()),
        ReadOf::Alert(id) => {
            (w.t("access_log.alert"), page_of(shell, "/alerts", &id.to_string(), read.number, "A"))
        }
        ReadOf::Case(id) => {
            (w.t("access_log.case"), page_of(shell, "/cases", &id.to_string(), read.number, "C"))
        }
        ReadOf::Cases(count) => (w.n("access_log.cases", u64::from(*count)), Which::default()),
        ReadOf::Conversations(count) => {
            (w.n("access_log.conversations", u64::from(*count)), Which::default())
        }
        ReadOf::Conversation(id) => {
            (w.t("access_log.conversation"), page_of(shell, "/conversations", &id.to_string(), None, ""))
        }
        ReadOf::Search { hits, .. } => {
            let query = read.query.as_deref().unwrap_or_default();
            let name = Draft::guessed(query).finish().plain();
            // An address would show what the mask hides.
            let is_plain = !name.is_empty() && name == query;
            let href = (shell.opens("/search") && is_plain).then(|| link("/search", &[("q", Some(query))]));
            (w.n("access_log.search", u64::from(*hits)), Which { name, href })
        }
        ReadOf::Contact(id) => {
            let href = shell.opens("/people/contacts/{id}").then(|| format!("/people/contacts/{id}"));
            (w.t("access_log.contact"), Which { name: pseudonym::contact(*id), href })
        }
        ReadOf::Employee(id) => {
            let href = shell.opens("/people/{id}").then(|| format!("/people/{id}"));
            (w.t("access_log.employee"), Which { name: pseudonym::employee(*id), href })
        }
        ReadOf::Entry(index) => (w.t("access_log.entry"), entry(index)),
        ReadOf::Media(index) => (w.t("access_log.media"), entry(index)),
    }
}

#[cfg(test)]
mod tests {
    use aboveboard_model::id::{AlertId, CaseId, ConversationId, UserId};

    use super::*;
    use crate::bubble::tests::clock;

    fn read(index: u64, of: ReadOf, purpose: Purpose) -> ReadRow {
        let at = "2025-11-05T10:00:00Z".parse().unwrap();
        ReadRow {
            index: Index(index),
            at,
            actor: Actor::User(UserId(2)),
            purpose,
            of,
            number: None,
            query: None,
        }
    }

    fn html(reads: &[ReadRow]) -> String {
        let filter = ReadFilter { before: Some(Index(900)), ..ReadFilter::default() };
        let narrowed = Narrowed { why: "queue".into(), ..Narrowed::default() };
        page(Shell::sample("Access log"), reads, &filter, narrowed, &Actor::User(UserId(1)), &clock())
            .render()
            .unwrap()
    }

    #[test]
    fn a_look_says_who_read_what_and_why() {
        let html = html(&[
            read(9, ReadOf::Alert(AlertId(3)), Purpose::Review(AlertId(3))),
            read(8, ReadOf::Conversation(ConversationId(4)), Purpose::Case(CaseId(5))),
            read(7, ReadOf::Queue(50), Purpose::Queue),
            read(6, ReadOf::Contact(ContactId(6)), Purpose::Investigation),
            read(5, ReadOf::Employee(EmployeeId(7 << 44)), Purpose::Investigation),
        ]);
        for wanted in [
            AlertId(3).to_string(),
            ConversationId(4).to_string(),
            CaseId(5).to_string(),
            "50 alerts of the queue".into(),
            "to judge an alert".into(),
            "href=\"/log/9\"".into(),
            format!("href=\"/conversations/{}\"", ConversationId(4)),
            format!("href=\"/alerts/{}\"", AlertId(3)),
            format!("href=\"/people/contacts/{}\"", ContactId(6)),
            pseudonym::contact(ContactId(6)),
            format!("href=\"/people/{}\"", EmployeeId(7 << 44)),
            pseudonym::employee(EmployeeId(7 << 44)),
        ] {
            assert!(html.contains(&wanted), "{wanted}: {html}");
        }
    }

    #[test]
    fn what_was_searched_for_is_shown_without_identifiers_and_as_text() {
        let of = ReadOf::Search { search: None, query: String::new(), hits: 2 };
        let one = read(1, of, Purpose::Investigation);
        let with = |query: &str| html(&[ReadRow { query: Some(query.into()), ..one.clone() }]);
        let shown = with("<script> 11 98888-0000 \0");
        assert!(shown.contains("&#60;script&#62;") && !shown.contains("98888") && shown.contains("2 hits"));
        assert!(with("desconto").contains("href=\"/search?q=desconto\""));
        assert!(
            html(std::slice::from_ref(&one)).contains("2 hits"),
            "without the words it is still a search"
        );
    }

    #[test]
    fn every_purpose_has_words() {
        let (alert, case) = (AlertId(1), CaseId(1));
        for one in [
            Purpose::Review(alert),
            Purpose::Case(case),
            Purpose::Queue,
            Purpose::Investigation,
            Purpose::PolicyWork,
            Purpose::Detection,
            Purpose::Evidence,
        ] {
            assert!(clock().w.has("purpose", one.word()) && Purpose::WORDS.contains(&one.word()), "{one:?}");
        }
    }

    #[test]
    fn a_full_page_leads_to_the_past_and_an_empty_one_says_so() {
        let reads: Vec<ReadRow> =
            (0..ROWS as u64).rev().map(|index| read(index + 7, ReadOf::Queue(1), Purpose::Queue)).collect();
        assert!(html(&reads).contains("/access-log?why=queue&#38;before=7\""));
        assert!(!html(&reads[1..]).contains("before="));
        assert!(html(&[]).contains("No look is like this."));
    }

    #[test]
    fn a_quoted_number_stands_for_an_alert_and_leads_to_its_entry_where_its_page_is_closed() {
        let alert = ReadRow { number: Some(Index(5)), ..read(9, ReadOf::Alert(AlertId(3)), Purpose::Queue) };
        assert!(html(std::slice::from_ref(&alert)).contains(">A-5<"));
        let closed = Shell::new(
            &crate::settings::Settings::new("https://a.example", "A"),
            clock().w,
            "".into(),
            crate::preferences::Preferences::NONE,
        );
        assert_eq!(looked_at(&alert, &closed, clock().w).1, Which { name: "A-5".into(), href: None });
    }

    #[test]
    fn the_address_says_who_whom_why_and_which_day_and_nonsense_shows_nothing() {
        let zone = TimeZone::fixed(jiff::tz::offset(-3));
        let read = |text: &str| filter(&Fields::parse(text.as_bytes()), &zone, clock().w);
        let text = format!("who={}&of={}&why=case&day=2026-01-31", UserId(2), EmployeeId(3));
        let (filter, narrowed) = read(&text);
        assert_eq!(filter.actor, Some(Actor::User(UserId(2))));
        assert_eq!(filter.concerns, Some(Concerns::Employee(EmployeeId(3))));
        assert_eq!(filter.purpose.as_deref(), Some("case"));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(filter.between, Some((at("2026-01-31T03:00:00Z"), at("2026-02-01T03:00:00Z"))));
        assert!(narrowed.is_any() && narrowed.failed.is_none());
        for nonsense in ["who=Ana", "of=C-7F2A", "why=fun", "day=31/01/2026"] {
            assert!(read(nonsense).1.failed.is_some(), "{nonsense}");
        }
        assert!(!read("").1.is_any());
    }
}
