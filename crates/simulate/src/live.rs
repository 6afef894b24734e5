//! Endless believable traffic after the 30 days: several conversations at once, and now and then a story.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::{
    company::{CLIENTS, Company},
    delivery::{self, Delivery},
    item::Item,
    perform::{Cast, perform},
    random::Random,
    story, traffic,
};

/// Ordinary conversations under way at once.
const CONVERSATIONS: usize = 6;
/// The first story begins with this delivery, and takes every other turn from then on.
const FIRST_STORY_AT: u64 = 3;
/// Deliveries between the beginnings of two stories.
const STORY_EVERY: u64 = 70;

/// How fast live traffic comes.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The shortest pause between two deliveries, in milliseconds.
    pub pause_ms_min: u64,
    /// The longest.
    pub pause_ms_max: u64,
}

impl Default for Pace {
    /// One to three seconds, so that a person can watch.
    fn default() -> Self {
        Self { pause_ms_min: 1_000, pause_ms_max: 3_000 }
    }
}

/// A source of deliveries without end; it keeps a handful of conversations and nothing else.
#[derive(Debug)]
pub struct LiveTraffic<'a> {
    company: &'a Company,
    random: Random,
    ordinary: Vec<VecDeque<Item>>,
    story: VecDeque<Item>,
    told: u64,
    stories_begun: u64,
}

impl Company {
    /// Traffic after the 30 days, decided by the company's seed and end and by the number of calls.
    #[must_use]
    pub fn live(&self) -> LiveTraffic<'_> {
        LiveTraffic {
            company: self,
            random: self.random("live").fork(&self.ending_at.to_string()),
            ordinary: Vec::new(),
            story: VecDeque::new(),
            told: 0,
            stories_begun: 0,
        }
    }
}

impl LiveTraffic<'_> {
    /// The next delivery, as if what it tells had happened at `now`.
    pub fn next_at(&mut self, now: Timestamp) -> Delivery {
        self.told += 1;
        if self.told % STORY_EVERY == FIRST_STORY_AT {
            self.begin_story(now);
        }
        while self.ordinary.len() < CONVERSATIONS {
            let begun = self.begin_visit(now);
            self.ordinary.push(begun);
        }
        let in_story = !self.story.is_empty() && self.told.is_multiple_of(2);
        let item = if in_story { self.story.pop_front() } else { None };
        let mut items: Vec<Item> = item.or_else(|| self.ordinary_item()).into_iter().collect();
        for item in &mut items {
            item.at = now;
        }
        delivery::deliver(self.company, now, &items)
    }

    /// The pause before the next delivery.
    pub fn pause_ms(&mut self, pace: Pace) -> u64 {
        let span = pace.pause_ms_max.saturating_sub(pace.pause_ms_min);
        pace.pause_ms_min + self.random.below(span + 1)
    }

    fn ordinary_item(&mut self) -> Option<Item> {
        let place = self.random.index(self.ordinary.len());
        let item = self.ordinary[place].pop_front();
        self.ordinary.retain(|conversation| !conversation.is_empty());
        item
    }

    /// A visit that never was among the 30 days: its number counts on from where they could not reach.
    fn begin_visit(&mut self, now: Timestamp) -> VecDeque<Item> {
        const BEYOND_THE_DAYS: usize = 1_000;
        loop {
            let client = self.random.index(CLIENTS);
            let visit = BEYOND_THE_DAYS + usize::try_from(self.told).unwrap_or(0) * 4 + self.random.index(4);
            let items = traffic::perform_visit(self.company, client, visit, now);
            let items: VecDeque<Item> = items.into_iter().filter(Item::is_message).collect();
            if !items.is_empty() {
                return items;
            }
        }
    }

    /// Another client of the same language meets the same employee's temptation.
    fn begin_story(&mut self, now: Timestamp) {
        let stories: Vec<&story::Story> = self.company.stories.iter().filter(|story| story.live).collect();
        let turn = usize::try_from(self.stories_begun).unwrap_or(0) % stories.len().max(1);
        self.stories_begun += 1;
        let Some(story) = stories.get(turn) else { return };
        let fits = |client: &usize| {
            let person = &self.company.clients[*client];
            person.language == story.language && person.employee == story.employee && *client != story.client
        };
        let others: Vec<usize> = (0..CLIENTS).filter(fits).collect();
        let client = if others.is_empty() { story.client } else { *self.random.pick(&others) };
        let slots = story::slots(self.company, client, &mut self.random);
        let number = self.company.number_of(story.employee);
        let cast = Cast { company: self.company, client, number, story: None, manners: None };
        let items = perform(&cast, &story.script.lines, slots, now + SignedDuration::ZERO, &mut self.random);
        self.story = items.into_iter().filter(Item::is_message).collect();
    }
}
