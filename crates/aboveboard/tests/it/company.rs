//! The sample company as a firm's source, people, registry and policies, and bodies of a part of its traffic.

use std::{path::PathBuf, sync::LazyLock};

use aboveboard_ledger::{Command, Ledger};
use aboveboard_model::{
    id::SourceId,
    people::{Declared, Place},
    registry,
};
use aboveboard_simulate::{
    Company, Delivery, company, deliver,
    item::Item,
    webhook::{entry, envelope, items_change, to_bytes},
};
use jiff::tz::TimeZone;
use tokio::sync::watch;

use crate::support::{APP_SECRET, Firm, Server, bytes, connect, decide, files};

/// One company for all tests.
pub static COMPANY: LazyLock<Company> =
    LazyLock::new(|| Company::new(20_261_121, "2026-11-21T12:00:00Z".parse().unwrap()));
/// Everything that happens on its numbers.
pub static ITEMS: LazyLock<Vec<Item>> = LazyLock::new(|| COMPANY.items().collect());

/// Files of a data folder, by their places in it.
type Files = Vec<(PathBuf, Vec<u8>)>;

/// The company's data folder before its first message, made once and kept in memory, with its source.
static PREPARED: LazyLock<(SourceId, Files)> = LazyLock::new(|| {
    let firm = Firm::new();
    let ledger = firm.ledger();
    let source = prepare(&ledger);
    drop(ledger);
    let relative = |path: &PathBuf| path.strip_prefix(firm.data()).unwrap().to_owned();
    (source, files(&firm.data()).iter().map(|path| (relative(path), bytes(path).unwrap())).collect())
});

/// The company as a firm of its own, before its first message.
pub fn firm() -> (Firm, SourceId) {
    let firm = Firm::new();
    let (source, files) = &*PREPARED;
    for (path, bytes) in files {
        let path = firm.data().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    (firm, *source)
}

/// Writes down what the company would have written down before its first message.
fn prepare(ledger: &Ledger) -> SourceId {
    for pack in aboveboard_policy::DEFAULT.policies {
        decide(ledger, Command::PublishPolicy(pack.text.to_owned()));
    }
    decide(ledger, Command::DeclarePeople(COMPANY.employees.iter().map(declared).collect()));
    let entries = COMPANY.registry.iter().map(|entry| {
        let kind = registry::Kind::from_word(entry.kind).unwrap();
        registry::Entry { label: entry.label.clone(), ..registry::Entry::new(kind, &entry.value) }
    });
    decide(ledger, Command::AddToRegistry(entries.collect()));
    connect(ledger, APP_SECRET)
}

fn declared(employee: &company::Employee) -> Declared {
    let from = employee.assigned_from.to_zoned(TimeZone::UTC).unwrap().timestamp();
    let (team, region) = (employee.team.code().to_owned(), employee.region.code().to_owned());
    Declared {
        reference: employee.id.clone(),
        name: employee.name.clone(),
        place: Some(Place { from, team, region }),
        manager: None,
        number: employee.number.map(|number| (COMPANY.numbers[number].phone_number_id.clone(), from)),
        notice_at: Some(employee.notice_at),
    }
}

/// The chosen items in the order of time, each in a body of its own.
pub fn deliveries(chosen: impl Fn(&Item) -> bool) -> Vec<Delivery> {
    ITEMS.iter().filter(|item| chosen(item)).map(delivery).collect()
}

fn delivery(item: &Item) -> Delivery {
    let waba = &COMPANY.numbers[item.number].waba_id;
    let body = to_bytes(&envelope(vec![entry(waba, vec![items_change(&COMPANY, &[item])])]));
    Delivery { at: item.at, body, messages: usize::from(item.is_message()), inbound: Vec::new() }
}

/// Posts deliveries through the receiver and waits until they are judged.
pub async fn post_all(server: &Server, options: &deliver::Options, deliveries: Vec<Delivery>) {
    let (_keep, stop) = watch::channel(false);
    let progress = deliver::deliver(options, deliveries.into_iter(), |_| {}, stop).await.unwrap();
    assert!(progress.finished && progress.refused == 0 && progress.lost == 0, "{progress:?}");
    server.idle().await;
}
