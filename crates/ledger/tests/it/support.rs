//! A ledger in a temporary folder, with a clock of its own, two numbers and a detector that knows one word.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use aboveboard_ledger::{
    By, Clock, Command, Decided, DeploymentKey, Derive, Fact, Judgement, Ledger, Options,
};
use aboveboard_model::{
    access::{Access, Actor, Purpose, Role},
    document::Zone,
    event::Event,
    features::{Features, Input, Money, Place as SeenAt, Role as SightingRole, Sighting},
    finding::{Action, Finding, Severity},
    id::{SourceId, UserId},
    item::{Body, Content, Direction, Forwarded, Item, Message, Number, Party, Stream},
    people::{Declared, Place},
    refusal::Refusal,
};
use jiff::Timestamp;

pub const WAIT: Duration = Duration::from_secs(30);
pub const SOURCE: SourceId = SourceId(1);

pub struct Firm {
    pub folder: PathBuf,
    seconds: Arc<AtomicI64>,
    ledger: Option<Ledger>,
    _temporary: tempfile::TempDir,
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl Firm {
    /// A ledger whose number `n1` is Ana's, who has notice since October, and whose `n2` is Ben's, who has none.
    pub fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let seconds = Arc::new(AtomicI64::new(at("2026-11-04T12:00:00Z").as_second()));
        let folder = temporary.path().join("data");
        let mut firm = Firm { folder, seconds, ledger: None, _temporary: temporary };
        firm.open();
        let ana = declared("E-1", "Ana", "n1", Some(at("2026-10-01T00:00:00Z")));
        firm.by_machine(Command::DeclarePeople(vec![ana, declared("E-2", "Ben", "n2", None)]));
        firm
    }

    pub fn open(&mut self) {
        let seconds = self.seconds.clone();
        let clock: Clock =
            Arc::new(move || Timestamp::from_second(seconds.fetch_add(1, Ordering::SeqCst)).unwrap());
        let options = Options {
            folder: self.folder.clone(),
            origin: "test.example/firm/br/evidence".into(),
            deployment_key: DeploymentKey::new([7; 32]),
            derive: Derive { derive, version: 1 },
            check: |candidate, _| {
                let name = candidate.text.and_then(|text| text.strip_prefix("id = ")?.split(' ').next());
                name.map(str::to_owned).ok_or(Refusal::PolicyBroken)
            },
            clock,
            // So few that every story has many chunks, and a replay begins far behind.
            chunk_entries: 3,
        };
        self.ledger = Some(Ledger::open(options).unwrap());
    }

    pub fn close(&mut self) {
        self.ledger = None;
    }

    pub fn ledger(&self) -> &Ledger {
        self.ledger.as_ref().unwrap()
    }

    pub fn by_machine(&self, command: Command) -> Decided {
        let decided = self.ledger().decide(&By::command_line(), command).unwrap();
        self.ledger().at_least(decided.index).unwrap();
        decided
    }

    pub fn record(&self, items: Vec<Item>) {
        let facts = items.into_iter().map(fact).collect();
        self.ledger().record(&Actor::System("intake".into()), facts).unwrap();
        self.settle();
    }

    pub fn settle(&self) {
        self.ledger().settle(WAIT).unwrap();
    }

    /// Judges everything with one policy: what names an unregistered payee going out.
    pub fn judge(&self) {
        loop {
            let (documents, upto) = self.ledger().unjudged(50).unwrap();
            let Some(upto) = upto else { return };
            let judgements: Vec<Judgement> = documents
                .into_iter()
                .map(|unjudged| {
                    let bad = unjudged.document.payment.contains(&"unregistered".to_owned())
                        && unjudged.document.direction == Some(Direction::Out);
                    Judgement {
                        findings: if bad { vec![finding()] } else { vec![] },
                        given_up: vec![],
                        document: unjudged.document,
                    }
                })
                .collect();
            self.ledger().judged(&judgements, upto, 1).unwrap();
            self.settle();
        }
    }
}

pub fn finding() -> Finding {
    Finding {
        policy: "payee".into(),
        version: 1,
        title: "Payment details that are not the company's".into(),
        severity: Severity::High,
        action: Action::Alert,
        spans: vec![],
    }
}

pub fn declared(reference: &str, name: &str, number: &str, notice_at: Option<Timestamp>) -> Declared {
    let from = at("2026-01-01T00:00:00Z");
    Declared {
        reference: reference.into(),
        name: name.into(),
        place: Some(Place { from, team: "sales".into(), region: "BR".into() }),
        manager: None,
        number: Some((number.into(), from)),
        notice_at: Some(notice_at),
    }
}

/// A word of messages that nobody may read: the detector must never be shown it.
pub const UNSPOKEN: &str = "verschwiegen";
/// Whether the detector was shown it.
pub static WAS_SHOWN: AtomicBool = AtomicBool::new(false);

fn derive(input: &Input<'_>) -> Features {
    let mut features = Features::default();
    WAS_SHOWN.fetch_or(input.zones.iter().any(|(_, text)| text.contains(UNSPOKEN)), Ordering::SeqCst);
    for (zone, text) in &input.zones {
        for (start, word) in text.match_indices("pix:") {
            let end = text[start..].find(' ').map_or(text.len(), |length| start + length);
            features.sightings.push(Sighting {
                kind: "PIX_KEY".into(),
                role: SightingRole::Payment,
                value: text[start + word.len()..end].into(),
                zone: *zone,
                start,
                end,
                confidence: 0.9,
            });
        }
        offers(*zone, text, &mut features);
    }
    features
}

/// Amounts such as `R$1200`, and discounts such as `10% off`.
fn offers(zone: Zone, text: &str, features: &mut Features) {
    for (sign, currency) in [("R$", "BRL"), ("US$", "USD")] {
        for (start, _) in text.match_indices(sign) {
            let digits = text[start + sign.len()..].chars().take_while(char::is_ascii_digit).count();
            let end = start + sign.len() + digits;
            let Ok(amount) = text[start + sign.len()..end].parse() else { continue };
            let currency = Some(currency.to_owned());
            features.money.push(Money { amount, currency, is_part: false, zone, start, end });
        }
    }
    for (end, _) in text.match_indices("% off") {
        let start = text[..end].rfind(' ').map_or(0, |space| space + 1);
        features.discount_percent = text[start..end].parse().ok();
        features.discount_at = Some(SeenAt { zone, start, end: end + 1 });
    }
}

pub fn fact(item: Item) -> Fact {
    let raw = serde_json::to_vec(&item).unwrap();
    Fact::with_raw(Event::Item { source: SOURCE, delivery: None, range: (0, 1), item: Box::new(item) }, raw)
}

pub fn party(phone: &str) -> Party {
    Party { phone: Some(phone.into()), ..Party::default() }
}

pub fn number(id: &str) -> Number {
    Number {
        account: Some("w1".into()),
        id: Some(id.into()),
        display: Some(format!("55110000000{}", &id[1..])),
    }
}

fn content(text: &str) -> Content {
    Content::Text { body: text.into() }
}

pub fn message(id: &str, direction: Direction, text: &str) -> Message {
    let (client, firm) = (party("5511988887777"), Party::default());
    let (from, to) = if direction == Direction::In { (client, firm) } else { (firm, client) };
    Message {
        id: id.into(),
        direction,
        from,
        to,
        group: None,
        content: content(text),
        reply_to: None,
        forwarded: Forwarded::No,
        referral: vec![],
        errors: vec![],
        identity: None,
        history_status: None,
    }
}

pub fn item(on: &str, second: i64, body: Body) -> Item {
    let at = Timestamp::from_second(at("2026-11-04T10:00:00Z").as_second() + second).unwrap();
    Item { number: number(on), stream: Stream::Messages, at: Some(at), body, unknown: vec![] }
}

pub fn said(on: &str, second: i64, id: &str, text: &str) -> Item {
    item(on, second, Body::Message(message(id, Direction::In, text)))
}

pub fn wrote(on: &str, second: i64, id: &str, text: &str) -> Item {
    item(on, second, Body::Message(message(id, Direction::Out, text)))
}

pub fn edit(on: &str, second: i64, original: &str, text: &str) -> Item {
    let id = format!("edit-{original}-{second}");
    item(
        on,
        second,
        Body::Edit { id, original: original.into(), message: message(original, Direction::Out, text) },
    )
}

pub fn revoke(on: &str, second: i64, original: &str) -> Item {
    let (from, to) = (Party::default(), party("5511988887777"));
    let id = format!("revoke-{original}");
    item(
        on,
        second,
        Body::Revoke { id, original: original.into(), group: None, from, to, direction: Direction::Out },
    )
}

pub fn by(user: u64, role: Role) -> By {
    By { actor: Actor::User(UserId(user)), roles: BTreeSet::from([role]), employee: None }
}

pub fn reviewer() -> Access {
    by(1, Role::Reviewer).reading(Purpose::Investigation)
}

pub fn texts(firm: &Firm, query: &str) -> Vec<String> {
    let page = firm.ledger().search(&reviewer(), query, None, 100).unwrap();
    page.hits.rows.iter().map(|hit| hit.zones.get(&Zone::Text).cloned().unwrap_or_default()).collect()
}
