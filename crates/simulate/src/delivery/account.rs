//! What the platform says of the accounts themselves: joining, history, outage, security, and things nobody knows yet.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Delivery;
use crate::{
    company::{CLIENTS, Company},
    item::{Content, Direction, Item},
    perform::wamid,
    script::Speaker,
    webhook::{self, HistoryChunk},
};

/// Messages of one history chunk.
const CHUNK_MESSAGES_MAX: usize = 120;
/// Contacts of one address book that are synchronised.
const BOOK_CONTACTS_MAX: usize = 60;

/// Something to be told at its time.
#[derive(Debug, Clone)]
pub(super) struct News {
    pub(super) at: Timestamp,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    /// A number joined: its address book, then what was written before.
    Joined { number: usize },
    /// One account-level entry.
    Account { id: String, field: &'static str, value: Value },
    /// A message that no script holds.
    Odd(Box<Item>),
}

/// All news of the 30 days in the order of time.
pub(super) fn news(company: &Company) -> VecDeque<News> {
    let mut news = numbers(company);
    news.extend(outage(company));
    news.extend(settings(company));
    news.extend(odd_messages(company));
    news.sort_by_key(|news| news.at);
    news.into()
}

fn numbers(company: &Company) -> Vec<News> {
    let joined = |(number, line): (usize, &crate::company::BusinessNumber)| {
        let at = line.onboarded_at.unwrap_or(company.starting_at + SignedDuration::from_mins(5));
        // Address books come at joining; a few of the others share theirs on the first day.
        (line.onboarded_at.is_some() || number % 9 == 0).then_some(News { at, what: What::Joined { number } })
    };
    company.numbers.iter().enumerate().filter_map(joined).collect()
}

fn outage(company: &Company) -> [News; 2] {
    let tell = |at, event: &str| account(at, &company.gap.waba_id, "account_update", json!({"event": event}));
    [tell(company.gap.from, "ACCOUNT_OFFBOARDED"), tell(company.gap.to, "ACCOUNT_RECONNECTED")]
}

fn settings(company: &Company) -> Vec<News> {
    let waba = |number: usize| company.numbers[number].waba_id.as_str();
    let phone = |number: usize| company.numbers[number].digits.as_str();
    let at = |hours: i64| company.starting_at + SignedDuration::from_hours(hours);
    vec![
        account(
            at(30),
            waba(0),
            "account_update",
            json!({"event": "VERIFIED_ACCOUNT", "phone_number": phone(0)}),
        ),
        account(
            at(77),
            waba(18),
            "phone_number_quality_update",
            json!({"display_phone_number": phone(18), "event": "UPGRADE", "old_limit": "TIER_1K",
                "current_limit": "TIER_10K", "max_daily_conversations_per_business": "TIER_10K"}),
        ),
        account(
            at(131),
            waba(0),
            "message_template_status_update",
            json!({"event": "APPROVED", "message_template_id": 1_457_782_213_u64,
                "message_template_name": "entrega_confirmada", "message_template_language": "pt_BR", "reason": "NONE"}),
        ),
        account(
            at(260),
            waba(28),
            "security",
            json!({"event": "PIN_CHANGED", "display_phone_number": phone(28), "requester": "61555822107539"}),
        ),
        account(
            at(402),
            waba(18),
            "account_alerts",
            json!({"entity_type": "PHONE_NUMBER", "entity_id": company.numbers[18].phone_number_id, "alert_info": {
                "alert_severity": "INFORMATIONAL", "alert_status": "ACTIVE", "alert_type": "OBA_APPROVED",
                "alert_description": "The number has been approved as an official business account."}}),
        ),
        account(
            at(515),
            waba(0),
            "conversation_insight_update",
            json!({"messaging_product": "whatsapp", "insight": {"kind": "topic", "words": ["entrega", "garantia"]}}),
        ),
    ]
}

fn account(at: Timestamp, id: &str, field: &'static str, value: Value) -> News {
    News { at, what: What::Account { id: id.to_owned(), field, value } }
}

/// Messages that the platform would not hand over, and one of a type that nobody knows yet.
fn odd_messages(company: &Company) -> Vec<News> {
    let mut random = company.random("odd");
    let mut news = Vec::new();
    let contents = [
        Content::Unsupported { code: 131_051, kind: "poll_creation" },
        Content::Unsupported { code: 131_060, kind: "" },
        Content::Unsupported { code: 131_051, kind: "gif" },
        Content::Unknown {
            kind: "event_invite",
            object: json!({"name": "Visita à loja", "start_time": "1795000000"}),
        },
        Content::ButtonReply { id: "confirm_delivery".into(), title: "Confirmar".into() },
        Content::NumberChanged { to: "551190000987".into() },
        Content::Unsupported { code: 131_051, kind: "" },
        Content::Unsupported { code: 131_060, kind: "" },
    ];
    for content in contents {
        let client = random.index(CLIENTS);
        let number = company.number_of(company.clients[client].employee);
        let at = company.starting_at + SignedDuration::from_secs(random.between(20 * 3600, 29 * 24 * 3600));
        let joined = company.numbers[number].onboarded_at.is_none_or(|joined| at >= joined);
        if !joined || !company.is_captured(number, at) {
            continue;
        }
        let id = wamid(&company.clients[client], Speaker::Client, &mut random);
        let item = Item {
            at,
            number,
            client,
            direction: Direction::In,
            id,
            content,
            reply_to: None,
            forwarded: false,
            story: None,
        };
        news.push(News { at, what: What::Odd(Box::new(item)) });
    }
    news
}

/// The bodies that tell of one piece of news; history is taken from what waited for it.
pub(super) fn bodies(company: &Company, news: &News, history: &mut Vec<Item>) -> Vec<Delivery> {
    match &news.what {
        What::Account { id, field, value } => {
            let entry = webhook::account_entry(id, news.at, field, value.clone());
            vec![body(news.at, entry, 0)]
        }
        What::Odd(item) => vec![super::deliver(company, news.at, std::slice::from_ref(item.as_ref()))],
        What::Joined { number } => joined(company, *number, news.at, history),
    }
}

fn joined(company: &Company, number: usize, at: Timestamp, history: &mut Vec<Item>) -> Vec<Delivery> {
    let employee = company.numbers[number].employee;
    let book: Vec<usize> = (0..CLIENTS)
        .filter(|client| company.clients[*client].employee == employee)
        .take(BOOK_CONTACTS_MAX)
        .collect();
    let waba = &company.numbers[number].waba_id;
    let entry = |change: Value| webhook::entry(waba, vec![change]);
    let mut bodies = vec![body(at, entry(webhook::address_book_change(company, number, &book, at)), 0)];
    if company.numbers[number].onboarded_at.is_none() {
        return bodies;
    }
    let past = std::mem::take(history);
    let day = at - SignedDuration::from_hours(24);
    for (phase, range) in [(0, day..at), (1, company.starting_at..day)] {
        let items: Vec<Item> = past.iter().filter(|item| range.contains(&item.at)).cloned().collect();
        let chunks = items.chunks(CHUNK_MESSAGES_MAX);
        let count = chunks.len();
        for (order, items) in chunks.enumerate() {
            let progress = u8::try_from(50 * usize::from(phase) + 50 * (order + 1) / count).unwrap_or(100);
            let order = u32::try_from(order + 1).unwrap_or(u32::MAX);
            let chunk = HistoryChunk { phase, order, progress, items };
            let change = webhook::history_change(company, number, &chunk);
            bodies.push(body(at, entry(change), items.len()));
        }
    }
    bodies.extend(files(company, number, at, &past));
    bodies
}

/// The files of the last 14 days, which follow their history in webhooks shaped like ordinary ones.
fn files(company: &Company, number: usize, at: Timestamp, past: &[Item]) -> Vec<Delivery> {
    let since = at - SignedDuration::from_hours(24 * 14);
    let has_file = |item: &&Item| {
        item.at >= since
            && matches!(
                item.content,
                Content::Image { .. }
                    | Content::Voice { .. }
                    | Content::Document { .. }
                    | Content::Sticker { .. }
            )
    };
    let tell = |item: &Item| {
        let list = if item.direction == Direction::In { "messages" } else { "message_echoes" };
        let shown = json!([webhook::message_value(company, item)]);
        let mut value = webhook::phone_value(&company.numbers[number], list, shown);
        value["contacts"] = json!([webhook::contact(&company.clients[item.client])]);
        let entry = webhook::entry(&company.numbers[number].waba_id, vec![webhook::change("history", value)]);
        body(at, entry, 0)
    };
    past.iter().filter(has_file).map(tell).collect()
}

fn body(at: Timestamp, entry: Value, messages: usize) -> Delivery {
    let body = webhook::to_bytes(&webhook::envelope(vec![entry]));
    Delivery { at, body, messages, inbound: Vec::new() }
}
