//! The registry with the detectors that ship: what is written down as a company writes it is found in messages as people write.

use aboveboard_ledger::{Command, Fact, Ledger};
use aboveboard_model::{
    access::Actor,
    document::{Amount, Document},
    event::Event,
    id::{Index, SourceId},
    item::{Body, Content, Direction, Forwarded, Item, Message, Number, Party, Stream},
    people::{Declared, Place},
    registry::{Entry, Kind, Terms},
};

use crate::support::{Firm, decide};

fn written(ledger: &Ledger, texts: &[&str]) -> Vec<Document> {
    let from = "2026-01-01T00:00:00Z".parse().unwrap();
    let ana = Declared {
        reference: "E-1".into(),
        name: "Ana".into(),
        place: Some(Place { from, team: "sales".into(), region: "BR".into() }),
        manager: None,
        number: Some(("n1".into(), from)),
        notice_at: Some(Some(from)),
    };
    decide(ledger, Command::DeclarePeople(vec![ana]));
    let fact = |(at, text): (usize, &&str)| {
        let message = Message {
            id: format!("m{at}"),
            direction: Direction::Out,
            from: Party::default(),
            to: Party { phone: Some("5511988887777".into()), ..Party::default() },
            group: None,
            content: Content::Text { body: (*text).into() },
            reply_to: None,
            forwarded: Forwarded::No,
            referral: vec![],
            errors: vec![],
            identity: None,
            history_status: None,
        };
        let item = Item {
            number: Number { account: None, id: Some("n1".into()), display: None },
            stream: Stream::Messages,
            at: Some("2026-03-01T12:00:00Z".parse().unwrap()),
            body: Body::Message(message),
            unknown: vec![],
        };
        let raw = serde_json::to_vec(&item).unwrap();
        Fact::with_raw(
            Event::Item { source: SourceId(1), delivery: None, range: (0, 1), item: Box::new(item) },
            raw,
        )
    };
    let facts = texts.iter().enumerate().map(fact).collect();
    ledger.record(&Actor::System("intake".into()), facts).unwrap();
    ledger.at_least(Index(ledger.len() - 1)).unwrap();
    let (documents, _) = ledger.unjudged(500).unwrap();
    texts
        .iter()
        .map(|text| {
            let said = documents.iter().find(|one| one.document.zones.values().any(|words| words == text));
            said.unwrap_or_else(|| panic!("{text}")).document.clone()
        })
        .collect()
}

#[test]
fn every_kind_that_is_written_down_is_found_to_be_the_companys_and_its_neighbour_is_not() {
    let firm = Firm::new();
    let ledger = firm.ledger();
    let cases = [
        (Kind::Upi, "Aurora@okhdfcbank", "pay aurora@okhdfcbank please", "pay aurora1@okhdfcbank please"),
        (
            Kind::Pix,
            "7d9f0335-8dcc-4054-9bf9-0dbd61d36906",
            "pix 7d9f0335-8dcc-4054-9bf9-0dbd61d36906",
            "pix 7d9f0335-8dcc-4054-9bf9-0dbd61d36907",
        ),
        (
            Kind::Iban,
            "GB33 BUKB 2020 1555 5555 55",
            "IBAN GB33BUKB20201555555555",
            "IBAN GB82WEST12345698765432",
        ),
        (
            Kind::Account,
            "20-00-00 55779911",
            "sort code 20-00-00 account number 55779911",
            "sort code 20-00-00 account number 55779912",
        ),
        (
            Kind::Account,
            "https://www.paypal.com/paypalme/AuroraHome",
            "paypal.me/aurorahome/20",
            "paypal.me/aurorahomes/20",
        ),
        (Kind::Phone, "+44 1632 960417", "call +441632960417", "call +441632960418"),
        (
            Kind::Email,
            "sales@aurora.example",
            "write to sales@aurora.example",
            "write to sale@aurora.example",
        ),
        (Kind::Email, "@mail.example", "write to anyone@mail.example", "write to anyone@gmail.example"),
        (Kind::Domain, "aurora.com", "see https://shop.aurora.com/x?y", "see https://shop-aurora.com/x"),
        (Kind::Handle, "@casa.aurora", "insta: @casa.aurora", "insta: @casa.aur0ra"),
        (Kind::Handle, "https://t.me/aurora_home", "https://t.me/aurora_home", "https://t.me/aurora_h0me"),
    ];
    decide(
        &ledger,
        Command::AddToRegistry(cases.iter().map(|(kind, value, ..)| Entry::new(*kind, value)).collect()),
    );
    let texts: Vec<&str> = cases.iter().flat_map(|(_, _, own, other)| [*own, *other]).collect();
    let documents = written(&ledger, &texts);
    for (document, ((kind, value, own, other), is_own)) in
        documents.iter().zip(cases.iter().flat_map(|case| [(case, true), (case, false)]))
    {
        let list = match kind {
            Kind::Upi | Kind::Pix | Kind::Iban | Kind::Account => &document.payment,
            Kind::Domain => &document.link,
            _ => &document.handle,
        };
        let known = list.iter().any(|word| word == "registered");
        let unknown = list.iter().any(|word| word == "unregistered");
        assert_eq!((known, unknown), (is_own, !is_own), "{value}: {own} / {other}: {list:?}");
    }
}

#[test]
fn prices_and_discounts_are_measured_in_the_ways_people_write_them() {
    let firm = Firm::new();
    let ledger = firm.ledger();
    let price = |item: &str, amount, currency: &str, words: &[&str]| Entry {
        terms: Terms::Price {
            price: Amount { amount, currency: Some(currency.into()) },
            region: None,
            words: words.iter().map(|&word| word.into()).collect(),
        },
        ..Entry::new(Kind::Price, item)
    };
    let five = Terms::Authority { percent: 5.0, employee: None, team: None, region: None };
    decide(
        &ledger,
        Command::AddToRegistry(vec![
            price("fridge", 3_700.0, "BRL", &["geladeira", "冰箱", "ثلاجة"]),
            price("tv", 4_000.0, "BRL", &["TV", "TV Prisma 65"]),
            Entry { terms: five, ..Entry::new(Kind::Discount, "Everybody") },
        ]),
    );
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("a geladeira sai por R$ 3.000 no meu pix", &["below_list"], &[]),
        ("a Geladeira sai por R$ 3.700,00 à vista", &["at_list"], &[]),
        ("faço 3 mil reais na geladeira", &["below_list"], &[]),
        ("a geladeira em 10x de R$ 370", &[], &[]),
        ("a geladeira, com entrada de R$ 500", &[], &[]),
        ("entrega da geladeira: frete R$ 80", &[], &[]),
        ("a TV Prisma 65 por R$ 3.500 e a geladeira por R$ 3.800", &["below_list", "at_list"], &[]),
        ("冰箱 R$ 3.000", &["below_list"], &[]),
        ("ثلاجة R$ 3.000", &["below_list"], &[]),
        ("12% de desconto para você", &[], &["over_authority"]),
        ("5% de desconto para você", &[], &["within_authority"]),
        ("dou R$ 100 de desconto na geladeira", &[], &[]),
    ];
    let texts: Vec<&str> = cases.iter().map(|(text, ..)| *text).collect();
    for (document, (text, price, limit)) in written(&ledger, &texts).iter().zip(cases) {
        assert_eq!(document.price, *price, "{text}");
        assert_eq!(document.discount_limit, *limit, "{text}");
        let breach = price.contains(&"below_list") || limit.contains(&"over_authority");
        assert_eq!(document.approval, if breach { vec!["none"] } else { vec![] }, "{text}");
    }
}
