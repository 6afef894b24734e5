//! Firms that tests furnish: people, rules, registry through the ledger, then messages through the receiver.

use std::{path::Path, sync::Arc, time::Duration};

use aboveboard_connect::whatsapp::signature;
use aboveboard_ledger::{By, Clock, Command, DeploymentKey, Derive, Ledger, Options};
use aboveboard_model::{
    access::Role,
    id::SourceId,
    people::{Declared, Place},
    personal::Secret,
    registry, source, user,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    demo::{House, KEY, PASSWORD, log_name, login},
    texts::Texts,
};

/// What webhooks are signed with.
const APP_SECRET: &str = "an app secret of the tests";
/// Business numbers that are somebody's; every message is on one of them.
const NUMBERS: usize = 3;
/// Messages in one delivery.
const DELIVERY_MESSAGES: usize = 400;
/// Lines that one command takes here.
const COMMAND_LINES: usize = 500;
/// Conversations in which the employee answers, edits and deletes too.
const ANSWERED: usize = 8;
/// How long the server may take to read what was delivered: a debug build that reads 100,000 messages.
const READ_MAX: Duration = Duration::from_secs(60 * 60);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Writes down the people who sign in, and nothing else.
pub(super) fn users(ledger: &Ledger) {
    for role in Role::ALL {
        let login = login(*role);
        let password = ledger.hash_password(login, PASSWORD).unwrap();
        let roles = [*role].into();
        let create = user::Command::Create { login: login.to_owned(), password, roles, employee: None };
        decide(ledger, Command::User(None, create));
    }
}

/// Opens the ledger of a firm; its house must not be served.
pub(super) fn ledger(data: &Path, firm: &str) -> Ledger {
    let options = Options {
        folder: data.to_owned(),
        origin: log_name(firm),
        deployment_key: DeploymentKey::new(KEY),
        derive: Derive { derive: aboveboard_detect::derive, version: aboveboard_detect::VERSION },
        check: aboveboard_policy::check,
        clock: clock(),
        chunk_entries: aboveboard_ledger::CHUNK_ENTRIES,
    };
    Ledger::open(options).unwrap()
}

/// Writes down everything that a firm has before its first message, in so many rows of each.
pub(super) fn furnish(ledger: &Ledger, texts: &Texts, rows: usize) -> SourceId {
    users(ledger);
    let lines: Vec<usize> = (0..rows).collect();
    for lines in lines.chunks(COMMAND_LINES) {
        let people = lines.iter().map(|line| employee(texts, *line)).collect();
        decide(ledger, Command::DeclarePeople(people));
        let entries = lines.iter().map(|line| entry(texts, *line)).collect();
        decide(ledger, Command::AddToRegistry(entries));
    }
    for (at, policy) in texts.policies.iter().enumerate() {
        let severity = ["medium", "critical", "low", "high"][at];
        let query = format!("direction:in \"{}\"", policy.words);
        // A text in JSON is one in TOML too.
        let [title, query, asked] =
            [&policy.title, &query, &policy.asked].map(|text| json!(text).to_string());
        let text = format!(
            "id = \"house.{severity}\"\ntitle = {title}\nkind = \"match\"\nquery = {query}\n\
             severity = \"{severity}\"\naction = \"alert\"\n\
             [[example]]\ntext = {asked}\ndirection = \"in\"\nexpect = \"match\"\n"
        );
        decide(ledger, Command::PublishPolicy(text));
    }
    let declared = source::Declared {
        name: texts.source.clone(),
        connector: "whatsapp".to_owned(),
        verify_token: Some(Secret::new("a verify token of the tests")),
        app_secret: Some(Secret::new(APP_SECRET)),
        ..source::Declared::default()
    };
    decide(ledger, Command::DeclareSource(None, declared)).source.unwrap()
}

fn decide(ledger: &Ledger, command: Command) -> aboveboard_ledger::Decided {
    let decided = ledger.decide(&By::system("setup"), command).unwrap();
    ledger.at_least(decided.index).unwrap();
    decided
}

fn employee(texts: &Texts, line: usize) -> Declared {
    let from = Timestamp::UNIX_EPOCH;
    Declared {
        reference: format!("E-{:04}", line + 1),
        name: texts.names[line % texts.names.len()].clone(),
        place: Some(Place { from, team: texts.team.clone(), region: texts.region.clone() }),
        manager: Some((!line.is_multiple_of(10)).then(|| format!("E-{:04}", line - line % 10 + 1))),
        number: (line < NUMBERS).then(|| (number_id(line), from)),
        notice_at: Some((line % 7 != 6).then_some(from)),
    }
}

fn entry(texts: &Texts, line: usize) -> registry::Entry {
    let kinds: Vec<registry::Kind> = registry::Kind::ALL
        .iter()
        .copied()
        .filter(|kind| kind.is_identifier() && *kind != registry::Kind::Brand)
        .collect();
    let kind = kinds[line % kinds.len()];
    let value = match kind {
        registry::Kind::Upi => format!("desk-{line}@okbank"),
        registry::Kind::Email => format!("desk-{line}@{}", texts.domain),
        registry::Kind::Domain => format!("shop-{line}.{}", texts.domain),
        registry::Kind::Phone => format!("+55 11 4{line:07}"),
        registry::Kind::Iban => format!("DE{:020}", line),
        _ => format!("{}-{line}", texts.account),
    };
    registry::Entry { label: texts.label.clone(), ..registry::Entry::new(kind, &value) }
}

/// Delivers one conversation a row, each with a client of its own, and waits until everything is judged. `told` hears
/// how many rows are delivered.
pub(super) async fn deliver(
    house: &Arc<House>,
    source: SourceId,
    texts: &Texts,
    rows: usize,
    told: impl Fn(usize),
) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/webhooks/whatsapp/{source}", house.address);
    let now = clock()();
    let lines: Vec<usize> = (0..rows).collect();
    for lines in lines.chunks(DELIVERY_MESSAGES) {
        for number in 0..NUMBERS {
            let own: Vec<usize> = lines.iter().copied().filter(|line| line % NUMBERS == number).collect();
            let asked = own.iter().map(|line| asked(texts, *line, now)).collect();
            let answered =
                own.iter().filter(|line| **line < ANSWERED).flat_map(|line| answered(texts, *line, now));
            for body in [
                body(number, "messages", "messages", asked),
                body(number, "smb_message_echoes", "message_echoes", answered.collect()),
            ] {
                let signed = signature::sign(&body, &Secret::new(APP_SECRET));
                let answer =
                    client.post(&url).header(signature::HEADER, signed).body(body).send().await.unwrap();
                assert_eq!(answer.status().as_u16(), 200);
            }
        }
        told(lines.len());
    }
    until_read(house).await;
}

/// Waits until the house has read and judged all that was delivered.
pub(super) async fn until_read(house: &Arc<House>) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let by = Instant::now() + READ_MAX;
    loop {
        let url = format!("http://{}/metrics", house.metrics);
        let answer = client.get(url).send().await.unwrap().error_for_status().unwrap();
        let metrics = answer.text().await.unwrap();
        let waits = |name: &str| metrics.contains(&format!("aboveboard_backlog_{name} 0\n"));
        if ["entries", "deliveries", "documents"].into_iter().all(waits) {
            return;
        }
        assert!(Instant::now() < by, "the house does not read what it was sent: {metrics}");
        sleep(LOOK_EVERY).await;
    }
}

/// A delivery of messages of one number, as Meta sends it; clients are named as their messages name them.
fn body(number: usize, field: &str, list: &str, messages: Vec<Value>) -> Vec<u8> {
    let digits = |message: &Value| message["from"].as_str().unwrap().to_owned();
    let contact = |message: &Value| json!({"profile": {"name": "Lia"}, "wa_id": digits(message)});
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number_digits(number), "phone_number_id": number_id(number)},
    });
    if list == "messages" {
        value["contacts"] = messages.iter().map(contact).collect();
    }
    value[list] = Value::Array(messages);
    let change = json!({"field": field, "value": value});
    let entry = json!([{"id": "102290129340398", "changes": [change]}]);
    serde_json::to_vec(&json!({"object": "whatsapp_business_account", "entry": entry})).unwrap()
}

fn asked(texts: &Texts, line: usize, now: Timestamp) -> Value {
    let text = &texts.policies[line % texts.policies.len()].asked;
    json!({
        "from": client_digits(line),
        "id": format!("wamid.HOUSE{line}"),
        "timestamp": at(line, now, 0),
        "type": "text",
        "text": {"body": text},
    })
}

/// What the employee says in one conversation: an answer that is edited, a long text, and one that is deleted.
fn answered(texts: &Texts, line: usize, now: Timestamp) -> Vec<Value> {
    let message = |part: usize, kind: &str, object: Value| {
        let mut message = json!({
            "from": number_digits(line % NUMBERS),
            "to": client_digits(line),
            "id": format!("wamid.HOUSE{line}-{part}"),
            "timestamp": at(line, now, part as i64),
            "type": kind,
        });
        message[kind] = object;
        message
    };
    let first = format!("wamid.HOUSE{line}-1");
    let edited = json!({"type": "text", "text": {"body": texts.edited}, "context": {"id": first}});
    vec![
        message(1, "text", json!({"body": texts.answer})),
        message(2, "text", json!({"body": texts.long})),
        message(3, "edit", json!({"original_message_id": first, "message": edited})),
        message(4, "text", json!({"body": texts.answer})),
        message(5, "revoke", json!({"original_message_id": format!("wamid.HOUSE{line}-4")})),
    ]
}

/// Conversations are three minutes apart, the newest is the last row.
fn at(line: usize, now: Timestamp, minute: i64) -> String {
    let ago = SignedDuration::from_mins(10 + 3 * (line as i64) - minute.min(2));
    (now - ago).as_second().to_string()
}

fn client_digits(line: usize) -> String {
    format!("55119{:08}", 30_000_000 + line)
}

fn number_id(number: usize) -> String {
    format!("10654035224292{number}")
}

fn number_digits(number: usize) -> String {
    format!("55114000041{number}")
}

/// The machine's clock.
#[allow(clippy::disallowed_methods)]
fn clock() -> Clock {
    Arc::new(Timestamp::now)
}
