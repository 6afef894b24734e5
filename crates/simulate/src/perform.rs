//! Turns a script into the items of one conversation: pauses, ids, replies, files and statuses.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};

use crate::{
    company::{Client, Company, Lane, Region},
    item::{Content, Direction, Item, Status},
    manner::Manner,
    media::{Kind, Media},
    random::Random,
    script::{Act, Line, Slots, Speaker},
};

/// Share of native-lane messages whose statuses are told; a shared number tells all.
const NATIVE_STATUS_PERCENT: u32 = 55;

/// Who takes part in a conversation, and on which number.
pub(crate) struct Cast<'a> {
    pub(crate) company: &'a Company,
    pub(crate) client: usize,
    pub(crate) number: usize,
    pub(crate) story: Option<usize>,
    /// How the client and the employee write; a story is played as written.
    pub(crate) manners: Option<[Manner; 2]>,
}

/// A conversation under way.
struct Performance<'a, 'b> {
    cast: &'b Cast<'a>,
    at: Timestamp,
    items: Vec<Item>,
    tags: BTreeMap<String, String>,
    /// The id of the last message of each side: client, employee.
    last: [Option<String>; 2],
}

/// Plays lines from an instant on; what a line cannot do (an edit of nothing) is left out.
pub(crate) fn perform(
    cast: &Cast<'_>,
    lines: &[Line],
    mut slots: Slots<'_>,
    starts_at: Timestamp,
    random: &mut Random,
) -> Vec<Item> {
    let mut performance =
        Performance { cast, at: starts_at, items: Vec::new(), tags: BTreeMap::new(), last: [None, None] };
    let mut before = None;
    let mut chance = (100, true);
    for line in lines {
        // Neighbours of the same chance are a question and its answer: both are said, or neither.
        if line.percent == 100 || line.percent != chance.0 {
            chance = (line.percent, random.chance(line.percent));
        }
        if !chance.1 {
            continue;
        }
        let pause = pause(line, before, random);
        performance.at += SignedDuration::from_secs(pause);
        before = Some(line.speaker);
        let text = slots.fill(&line.text, random).expect("a test plays every authored line");
        let argument = argument(&line.act, &mut slots, random);
        let text = performance.dressed(line, text, random);
        performance.play(line, text, argument, random);
    }
    performance.items
}

/// The act's own word with its slots filled: a file name, a number on a card.
fn argument(act: &Act, slots: &mut Slots<'_>, random: &mut Random) -> String {
    match act {
        Act::Document(word) | Act::Contact(word) => {
            slots.fill(word, random).expect("a test plays every authored line")
        }
        _ => String::new(),
    }
}

/// Seconds before a line: as written, or a person's natural pause.
fn pause(line: &Line, before: Option<Speaker>, random: &mut Random) -> i64 {
    match (line.minutes, before) {
        (Some(minutes), _) => minutes * 60 + random.between(1, 40),
        (None, None) => 0,
        (None, Some(speaker)) if speaker == line.speaker => random.between(6, 55),
        (None, Some(Speaker::Client)) => random.between(20, 480),
        (None, Some(Speaker::Employee)) => random.between(15, 1400),
    }
}

impl Performance<'_, '_> {
    fn play(&mut self, line: &Line, text: String, argument: String, random: &mut Random) {
        let side = usize::from(line.speaker == Speaker::Employee);
        let target = self.target(line, side);
        let content = match (&line.act, target.clone()) {
            (Act::Say | Act::Forward, _) => Content::Text { body: text },
            (Act::React, Some(to)) => Content::Reaction { to, emoji: text },
            (Act::Edit, Some(of)) => Content::Edit { of, body: text },
            (Act::Revoke, Some(of)) => Content::Revoke { of },
            (Act::React | Act::Edit | Act::Revoke, None) => return,
            (Act::Image, _) => Content::Image { media: Media::draw(Kind::Image, random), caption: text },
            (Act::Voice, _) => Content::Voice { media: Media::draw(Kind::Voice, random) },
            (Act::Sticker, _) => Content::Sticker { media: Media::draw(Kind::Sticker, random) },
            (Act::Document(_), _) => {
                let kind = if argument.ends_with(".xlsx") { Kind::Sheet } else { Kind::Document };
                Content::Document { media: Media::draw(kind, random), filename: argument, caption: text }
            }
            (Act::Location, _) => location(self.client().region, text, random),
            (Act::Contact(_), _) => Content::Contacts { name: text, phone: argument },
            (Act::Order, _) => order(self.client().region, random),
        };
        let replies = matches!(line.act, Act::Say | Act::Image) && line.target.is_some();
        let id = wamid(self.client(), line.speaker, random);
        if let Some(tag) = &line.tag {
            self.tags.insert(tag.clone(), id.clone());
        }
        if !matches!(content, Content::Reaction { .. } | Content::Edit { .. } | Content::Revoke { .. }) {
            self.last[side] = Some(id.clone());
        }
        let reply_to = if replies { target } else { None };
        self.push(line, id, content, reply_to, random);
    }

    /// The words as their speaker would write them; names of places and emoji stay as they are.
    fn dressed(&self, line: &Line, text: String, random: &mut Random) -> String {
        let words = matches!(line.act, Act::Say | Act::Image | Act::Document(_));
        match &self.cast.manners {
            Some(manners) if words => {
                let side = usize::from(line.speaker == Speaker::Employee);
                manners[side].dress(text, self.last[side].is_none(), random)
            }
            _ => text,
        }
    }

    fn push(
        &mut self,
        line: &Line,
        id: String,
        content: Content,
        reply_to: Option<String>,
        random: &mut Random,
    ) {
        let direction = if line.speaker == Speaker::Client { Direction::In } else { Direction::Out };
        let item = Item {
            at: self.at,
            number: self.cast.number,
            client: self.cast.client,
            direction,
            id,
            content,
            reply_to,
            forwarded: line.act == Act::Forward,
            story: self.cast.story,
        };
        let bears_status = direction == Direction::Out
            && !matches!(
                item.content,
                Content::Reaction { .. } | Content::Edit { .. } | Content::Revoke { .. }
            );
        let statuses = if bears_status { self.statuses(&item, random) } else { Vec::new() };
        self.items.push(item);
        self.items.extend(statuses);
    }

    /// The message a line aims at: its tag, else the other side's last for a reaction, else one's own last.
    fn target(&self, line: &Line, side: usize) -> Option<String> {
        match (&line.target, &line.act) {
            (Some(name), _) if name == "last" => self.last[1 - side].clone(),
            (Some(tag), _) => self.tags.get(tag).cloned(),
            (None, Act::React) => self.last[1 - side].clone(),
            (None, Act::Edit | Act::Revoke) => self.last[side].clone(),
            (None, _) => None,
        }
    }

    fn statuses(&self, item: &Item, random: &mut Random) -> Vec<Item> {
        let native = self.cast.company.numbers[item.number].lane == Lane::Native;
        if native && !random.chance(NATIVE_STATUS_PERCENT) {
            return Vec::new();
        }
        let sent = random.between(1, 3);
        let delivered = sent + random.between(1, 15);
        let read = delivered + random.between(10, 900);
        let mut told = vec![(delivered, Status::Delivered)];
        if !native {
            told.insert(0, (sent, Status::Sent));
        }
        if random.chance(86) {
            told.push((read, Status::Read));
        }
        let status = |(seconds, status)| Item {
            at: item.at + SignedDuration::from_secs(seconds),
            content: Content::Status { of: item.id.clone(), status },
            reply_to: None,
            forwarded: false,
            ..item.clone()
        };
        told.into_iter().map(status).collect()
    }

    fn client(&self) -> &Client {
        &self.cast.company.clients[self.cast.client]
    }
}

/// An id as Meta forms them: base64 over a header, the client's digits, a direction mark and a random part.
pub(crate) fn wamid(client: &Client, speaker: Speaker, random: &mut Random) -> String {
    let digits = client.phone.as_deref().unwrap_or_else(|| client.user_id.get(3..15).unwrap_or("0"));
    let (mark, length) = match speaker {
        Speaker::Client => (0x12, 20),
        Speaker::Employee => (0x11, 18),
    };
    let mut bytes = vec![0x1c, 0x18, u8::try_from(digits.len()).unwrap_or(u8::MAX)];
    bytes.extend(digits.bytes());
    bytes.extend([0x15, 0x02, 0x00, mark, 0x18, length]);
    bytes.extend(random.hex(usize::from(length)).bytes());
    bytes.push(0);
    format!("wamid.{}", STANDARD.encode(bytes))
}

fn location(region: Region, name: String, random: &mut Random) -> Content {
    let (latitude, longitude) = match region {
        Region::Brazil => (-23.561, -46.656),
        Region::India => (19.076, 72.877),
        Region::UnitedKingdom => (51.507, -0.128),
    };
    let mut shift = || f64::from(i32::try_from(random.between(-400, 400)).unwrap_or(0)) / 10_000.0;
    Content::Location { latitude: latitude + shift(), longitude: longitude + shift(), name }
}

fn order(region: Region, random: &mut Random) -> Content {
    let currency = match region {
        Region::Brazil => "BRL",
        Region::India => "INR",
        Region::UnitedKingdom => "GBP",
    };
    let quantity = u32::try_from(random.between(1, 2)).unwrap_or(1);
    let price = u32::try_from(random.between(99, 899)).unwrap_or(99);
    Content::Order { product: format!("AH-{}", random.digits(4)), quantity, price, currency }
}
