//! Items gathered into webhook bodies, in the order of time, with the account's own news in between.

mod account;

use std::{collections::VecDeque, iter::Peekable};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{
    company::Company,
    item::{Content, Direction, Item},
    random::Random,
    traffic::Traffic,
    webhook,
};

/// Items of one body at most, of several numbers and accounts.
const ITEMS_A_BODY_MAX: usize = 8;
/// How long the first item of a body waits for others.
const GATHER_SECONDS_MAX: i64 = 25;
/// Share of bodies that gather at all.
const GATHER_PERCENT: u32 = 22;
/// Statuses of one body at most.
const STATUSES_A_BODY_MAX: usize = 24;
/// How long the oldest status waits.
const STATUS_MINUTES_MAX: i64 = 12;

/// One webhook body and when it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// When it leaves the platform.
    pub at: Timestamp,
    /// The exact bytes, which the signature covers; at most [`webhook::BODY_BYTES_MAX`].
    pub body: Vec<u8>,
    /// How many messages it holds, history included, statuses and account news not.
    pub messages: usize,
    /// Who wrote to which number, and when: what opens the customer service window.
    pub inbound: Vec<Inbound>,
}

/// A client's message, as far as the customer service window cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Meta's id of the number written to.
    pub phone_number_id: String,
    /// The client's digits, or user id where there are none.
    pub from: String,
    /// When.
    pub at: Timestamp,
}

/// The company's deliveries in the order of time; memory holds the conversations under way and no more.
pub struct Deliveries<'a> {
    company: &'a Company,
    items: Peekable<Traffic<'a>>,
    account: VecDeque<account::News>,
    statuses: Vec<Item>,
    history: Vec<Item>,
    ready: VecDeque<Delivery>,
    random: Random,
    /// When the last body left: none leaves before it.
    last: Timestamp,
}

impl Company {
    /// Every body that the company's numbers cause within the 30 days.
    ///
    /// What clients write comes in field `messages`, what staff write in `smb_message_echoes`; the messages of the
    /// number that joined later come as `history`; what happened in the gap does not come at all.
    #[must_use]
    pub fn deliveries(&self) -> Deliveries<'_> {
        Deliveries {
            company: self,
            items: self.items().peekable(),
            account: account::news(self),
            statuses: Vec::new(),
            history: Vec::new(),
            ready: VecDeque::new(),
            random: self.random("deliveries"),
            last: self.starting_at,
        }
    }
}

impl Iterator for Deliveries<'_> {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        while self.ready.is_empty() {
            let Some(at) = self.items.peek().map(|item| item.at) else {
                self.finish();
                break;
            };
            self.tell_account(at);
            if self.statuses.first().is_some_and(|oldest| {
                self.statuses.len() >= STATUSES_A_BODY_MAX
                    || (oldest.at + SignedDuration::from_mins(STATUS_MINUTES_MAX)) < at
            }) {
                self.flush_statuses(at);
            }
            self.take();
        }
        let mut delivery = self.ready.pop_front()?;
        delivery.at = delivery.at.max(self.last);
        self.last = delivery.at;
        Some(delivery)
    }
}

impl Deliveries<'_> {
    /// Takes one item, and those soon after it when this body gathers.
    fn take(&mut self) {
        let Some(first) = self.items.next() else { return };
        let until = first.at + SignedDuration::from_secs(GATHER_SECONDS_MAX);
        let mut gathered = Vec::new();
        self.sort(first, &mut gathered);
        if !gathered.is_empty() && self.random.chance(GATHER_PERCENT) {
            let soon = self.account.front().map_or(until, |news| news.at.min(until));
            while gathered.len() < ITEMS_A_BODY_MAX
                && let Some(item) = self.items.next_if(|item| item.at < soon)
            {
                self.sort(item, &mut gathered);
            }
        }
        if let Some(at) = gathered.last().map(|item| item.at) {
            let delivery = self.deliver(at + SignedDuration::from_secs(1), &gathered);
            self.ready.push_back(delivery);
        }
    }

    /// Puts an item where it leaves from: this body, the next body of statuses, a later history, or nowhere.
    fn sort(&mut self, item: Item, gathered: &mut Vec<Item>) {
        let number = &self.company.numbers[item.number];
        if !self.company.is_captured(item.number, item.at) {
            return;
        }
        let before_joining = number.onboarded_at.is_some_and(|joined| item.at < joined);
        match (before_joining, &item.content) {
            (
                true,
                Content::Status { .. }
                | Content::Reaction { .. }
                | Content::Edit { .. }
                | Content::Revoke { .. },
            ) => {}
            (true, _) => self.history.push(item),
            (false, Content::Status { .. }) => self.statuses.push(item),
            (false, _) => gathered.push(item),
        }
    }

    fn flush_statuses(&mut self, at: Timestamp) {
        let statuses = std::mem::take(&mut self.statuses);
        let delivery = self.deliver(at, &statuses);
        self.ready.push_back(delivery);
    }

    /// The account's news up to an instant, each in a body of its own.
    fn tell_account(&mut self, until: Timestamp) {
        while let Some(news) = self.account.pop_front_if(|news| news.at <= until) {
            let bodies = account::bodies(self.company, &news, &mut self.history);
            self.ready.extend(bodies);
        }
    }

    fn finish(&mut self) {
        if !self.statuses.is_empty() {
            self.flush_statuses(self.company.ending_at);
        }
        self.tell_account(self.company.ending_at);
    }

    fn deliver(&self, at: Timestamp, items: &[Item]) -> Delivery {
        deliver(self.company, at, items)
    }
}

/// One body of items, which may be of several accounts, numbers and fields.
pub(crate) fn deliver(company: &Company, at: Timestamp, items: &[Item]) -> Delivery {
    let mut groups: Vec<Vec<&Item>> = Vec::new();
    for item in items {
        let same = |group: &&mut Vec<&Item>| {
            group.first().is_some_and(|first| {
                first.number == item.number && webhook::place(first) == webhook::place(item)
            })
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    let mut accounts: Vec<(&str, Vec<Value>)> = Vec::new();
    for group in &groups {
        let waba = company.numbers[group[0].number].waba_id.as_str();
        let change = webhook::items_change(company, group);
        match accounts.iter_mut().find(|(id, _)| *id == waba) {
            Some((_, changes)) => changes.push(change),
            None => accounts.push((waba, vec![change])),
        }
    }
    let entries = accounts.into_iter().map(|(waba, changes)| webhook::entry(waba, changes)).collect();
    Delivery {
        at,
        body: webhook::to_bytes(&webhook::envelope(entries)),
        messages: items.iter().filter(|item| item.is_message()).count(),
        inbound: items.iter().filter_map(|item| inbound(company, item)).collect(),
    }
}

fn inbound(company: &Company, item: &Item) -> Option<Inbound> {
    let client = &company.clients[item.client];
    (item.direction == Direction::In && item.is_message()).then(|| Inbound {
        phone_number_id: company.numbers[item.number].phone_number_id.clone(),
        from: client.phone.clone().unwrap_or_else(|| client.user_id.clone()),
        at: item.at,
    })
}
