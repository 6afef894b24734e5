//! All that happens on the company's numbers in its 30 days, in the order of time.

use std::{cmp::Reverse, collections::BTreeMap, collections::BinaryHeap};

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};

use crate::{
    company::{CLIENTS, Company, DAYS},
    item::Item,
    manner::Manner,
    perform::{Cast, perform},
    random::Random,
    script::Line,
    talk::{self, Stage},
};

/// Visits after which a client is interested in another product.
const VISITS_A_COURSE: usize = 4;

/// When a conversation begins and which one it is.
#[derive(Debug, Clone, Copy)]
struct Session {
    at: Timestamp,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    /// The client's n-th visit; several clients started before the 30 days.
    Visit {
        client: usize,
        visit: usize,
    },
    Story(usize),
}

/// Every conversation's beginning, in the order of time: a few thousand small entries.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schedule {
    sessions: Vec<Session>,
}

impl Schedule {
    pub(crate) fn new(company: &Company) -> Self {
        let mut sessions = Vec::new();
        let busy: BTreeMap<usize, Timestamp> =
            company.stories.iter().map(|s| (s.client, s.starts_at)).collect();
        for client in 0..CLIENTS {
            visits(company, client, busy.get(&client).copied(), &mut sessions);
        }
        for (index, story) in company.stories.iter().enumerate() {
            sessions.push(Session { at: story.starts_at, what: What::Story(index) });
        }
        sessions.sort_by_key(|session| session.at);
        Self { sessions }
    }
}

/// One client's visits: a few days apart, and none in the days around their story.
fn visits(company: &Company, client: usize, story_at: Option<Timestamp>, sessions: &mut Vec<Session>) {
    let mut random = company.random("visits").fork(&client.to_string());
    let zone = company.clients[client].region.time_zone();
    let mut visit = if random.chance(45) { random.index(VISITS_A_COURSE) } else { 0 };
    let mut day = random.between(0, 11);
    while day <= DAYS {
        let date = company.starting_at.to_zoned(zone.clone()).date();
        let at = (date + day.days()).at(0, 0, 0, 0).to_zoned(zone.clone()).map(|z| z.timestamp());
        let at = at.unwrap_or(company.starting_at) + opening(&mut random, date + day.days());
        let near = story_at.is_some_and(|story| {
            (story - SignedDuration::from_hours(20)) < at && at < story + SignedDuration::from_hours(24 * 6)
        });
        if at > company.starting_at && at < company.ending_at && !near {
            sessions.push(Session { at, what: What::Visit { client, visit } });
            visit += 1;
        }
        day += random.between(2, 10);
    }
}

/// The time of day at which a client writes: mostly office hours, fewer on Sundays, some late.
fn opening(random: &mut Random, date: Date) -> SignedDuration {
    let sunday = date.weekday() == jiff::civil::Weekday::Sunday;
    let hour = match random.below(100) {
        0..4 => random.between(6, 8),
        4..11 => random.between(20, 22),
        _ if sunday => random.between(10, 14),
        _ => random.between(9, 18),
    };
    SignedDuration::from_secs(hour * 3600 + random.between(0, 3599))
}

/// The company's items, one after another; memory holds the conversations under way and no more.
#[derive(Debug)]
pub struct Traffic<'a> {
    company: &'a Company,
    next_session: usize,
    pending: BinaryHeap<Reverse<Pending>>,
    made: u64,
}

/// An item waiting for its time; ties are told in the order in which they were made.
#[derive(Debug)]
struct Pending {
    key: (Timestamp, u64),
    item: Item,
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl Eq for Pending {}
impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Pending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl<'a> Traffic<'a> {
    fn new(company: &'a Company) -> Self {
        Self { company, next_session: 0, pending: BinaryHeap::new(), made: 0 }
    }

    fn begin(&mut self, session: Session) {
        let company = self.company;
        let items = match session.what {
            What::Visit { client, visit } => perform_visit(company, client, visit, session.at),
            What::Story(index) => crate::story::perform_story(company, index),
        };
        for item in items.into_iter().filter(|item| item.at <= company.ending_at) {
            self.made += 1;
            self.pending.push(Reverse(Pending { key: (item.at, self.made), item }));
        }
    }
}

impl Iterator for Traffic<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while let Some(session) = self.company.schedule.sessions.get(self.next_session).copied() {
            if self.pending.peek().is_some_and(|Reverse(first)| first.key.0 < session.at) {
                break;
            }
            self.next_session += 1;
            self.begin(session);
        }
        self.pending.pop().map(|Reverse(first)| first.item)
    }
}

impl Company {
    /// Every message, change and status of the 30 days in the order of time, whether or not it was captured.
    #[must_use]
    pub fn items(&self) -> Traffic<'_> {
        Traffic::new(self)
    }
}

/// The scene of a client's n-th visit, its slots and its lines.
pub(crate) fn perform_visit(company: &Company, client: usize, visit: usize, at: Timestamp) -> Vec<Item> {
    let person = &company.clients[client];
    let name = format!("{client}/{visit}");
    let mut random = company.random("visit").fork(&name);
    let mut course = company.random("course").fork(&format!("{client}/{}", visit / VISITS_A_COURSE));
    let lines = scene(company, client, visit);
    let slots = talk::slots(company, client, &mut course, &mut random);
    let manner = |who: String| Manner::draw(person.language, company.random("manner").fork(&who));
    let manners = Some([manner(format!("client {client}")), manner(format!("employee {}", person.employee))]);
    let cast = Cast { company, client, number: company.number_of(person.employee), story: None, manners };
    perform(&cast, lines, slots, at, &mut random)
}

/// Walks the scenes of a stage in an order of the client's own, so that nobody lives through one twice in a row.
fn scene(company: &Company, client: usize, visit: usize) -> &[Line] {
    let dialect = company.library.dialect(company.clients[client].language);
    let stage = [Stage::Lead, Stage::Deal, Stage::Delivery, Stage::After][visit % VISITS_A_COURSE];
    let scenes: Vec<&talk::Scene> = dialect.scenes.iter().filter(|scene| scene.stage == stage).collect();
    let offset = company.random("scene").fork(&client.to_string()).index(scenes.len());
    scenes.get((offset + visit / VISITS_A_COURSE) % scenes.len().max(1)).map_or(&[], |scene| &scene.lines)
}
