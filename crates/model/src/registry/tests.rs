//! The rules of the registry, by tables.

use super::{change::*, check::*, *};
use crate::{access::Actor, id::UserId, refusal::Refusal};

fn entry(kind: Kind, value: &str) -> Entry {
    Entry::new(kind, value)
}

#[test]
fn a_value_meets_itself_however_it_is_written() {
    let cases = [
        (Kind::Iban, "GB33 BUKB 2020 1555 5555 55", Role::Payment, "GB33BUKB20201555555555", true),
        (Kind::Pix, "12.345.678/0001-95", Role::Payment, "12345678000195", true),
        (
            Kind::Pix,
            "7d9f0335-8dcc-4054-9bf9-0dbd61d36906",
            Role::Payment,
            "7D9F03358DCC40549BF90DBD61D36906",
            true,
        ),
        (Kind::Phone, "+55 (11) 98888-0000", Role::Handle, "+5511988880000", true),
        (Kind::Upi, "Aurora@okhdfcbank", Role::Payment, "aurora@okhdfcbank", true),
        (Kind::Upi, "aurora@okhdfcbank", Role::Payment, "aurora@ybl", false),
        (Kind::Domain, "aurora.example", Role::Link, "shop.aurora.example", true),
        (Kind::Domain, "aurora.example", Role::Link, "evilaurora.example", false),
        (Kind::Domain, "aurora.example", Role::Handle, "sales@aurora.example", true),
        (Kind::Domain, "aurora.example", Role::Handle, "sales@aurora.example.evil", false),
        (Kind::Email, "@aurora.example", Role::Handle, "x@aurora.example", true),
        (Kind::Email, "pay@aurora.example", Role::Payment, "pay@aurora.example", false),
        (Kind::Phone, "+5511988880000", Role::Payment, "+5511988880000", false),
        (Kind::Pix, "+5511988880000", Role::Handle, "+5511988880000", true),
        (Kind::Handle, "@casa.aurora", Role::Handle, "casa.aurora", true),
        (Kind::Handle, "@casa.aurora", Role::Handle, "casa.aur0ra", false),
        (Kind::Account, "12", Role::Payment, "", false),
    ];
    for (kind, value, role, seen, wanted) in cases {
        assert_eq!(entry(kind, value).names(role, seen), wanted, "{value} {seen}");
    }
}

#[test]
fn an_entry_counts_only_while_it_is_valid() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let entry = Entry { from: Some(at(10)), until: Some(at(20)), ..entry(Kind::Pix, "a@b.c") };
    assert_eq!([9, 10, 19, 20].map(|second| entry.valid_at(at(second))), [false, true, true, false]);
}

#[test]
fn a_value_that_cannot_be_of_its_kind_is_refused() {
    let cases = [
        (Kind::Iban, "GB33 BUKB 2020 1555 5555 55", true),
        (Kind::Iban, "not an iban", false),
        (Kind::Upi, "aurora@okhdfcbank", true),
        (Kind::Upi, "aurora", false),
        (Kind::Email, "@aurora.example", true),
        (Kind::Email, "sales@aurora", false),
        (Kind::Domain, "aurora.example", true),
        (Kind::Domain, "aurora", false),
        (Kind::Phone, "+55 (11) 98888-0000", true),
        (Kind::Phone, "call me", false),
        (Kind::Account, "20-00-00 12345678", true),
        (Kind::Handle, "@casa.aurora", true),
    ];
    for (kind, value, wanted) in cases {
        assert_eq!(add(&[], entry(kind, value)).is_ok(), wanted, "{kind:?} {value}");
    }
}

#[test]
fn the_same_entry_twice_is_one_event() {
    let one = entry(Kind::Pix, "loja@aurora.example");
    assert_eq!(add(&[], one.clone()).unwrap().len(), 1);
    assert_eq!(add(std::slice::from_ref(&one), one.clone()).unwrap(), vec![]);
    let labelled = Entry { label: "The shop".into(), ..one.clone() };
    assert_eq!(
        add(std::slice::from_ref(&labelled), one.clone()).unwrap(),
        vec![],
        "a blank label keeps the held one"
    );
    assert_eq!(add(&[], entry(Kind::Pix, " . ")), Err(Refusal::Malformed));
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn money(amount: f64, currency: &str) -> Amount {
    Amount { amount, currency: Some(currency.to_owned()) }
}

fn with(kind: Kind, value: &str, terms: Terms) -> Entry {
    Entry { terms, ..entry(kind, value) }
}

fn price(amount: f64, currency: &str) -> Terms {
    Terms::Price { price: money(amount, currency), region: None, words: vec![] }
}

fn authority(percent: f64) -> Terms {
    Terms::Authority { percent, employee: None, team: None, region: None }
}

fn approval(contact: Option<u64>, percent: Option<f64>) -> Terms {
    let contact = contact.map(ContactId);
    Terms::Approval { contact, conversation: None, percent, price: None, approver: None }
}

#[test]
fn what_is_wrong_is_told_by_column() {
    let brand = |domains: &[&str]| Terms::Brand { domains: domains.iter().map(|&one| one.into()).collect() };
    let late = Entry { from: Some(at(20)), until: Some(at(10)), ..entry(Kind::Pix, "a@b.c") };
    let cases = [
        (entry(Kind::Pix, "a@b.c"), None),
        (entry(Kind::Pix, "  "), Some(Flaw::Blank)),
        (entry(Kind::Iban, "nothing"), Some(Flaw::Shape)),
        (late, Some(Flaw::Dates)),
        (entry(Kind::Price, "Fridge"), Some(Flaw::Price)),
        (with(Kind::Price, "Fridge", price(1350.0, "BRL")), None),
        (with(Kind::Price, "Fridge", price(0.0, "BRL")), Some(Flaw::Price)),
        (with(Kind::Price, "Fridge", price(f64::NAN, "BRL")), Some(Flaw::Price)),
        (with(Kind::Price, "Fridge", price(1.0, "R$")), Some(Flaw::Currency)),
        (with(Kind::Pix, "a@b.c", price(1.0, "BRL")), Some(Flaw::OtherKind)),
        (with(Kind::Discount, "All", authority(5.0)), None),
        (with(Kind::Discount, "All", authority(101.0)), Some(Flaw::Percent)),
        (with(Kind::Approval, "Sofa", approval(None, Some(5.0))), Some(Flaw::ForWhom)),
        (with(Kind::Approval, "Sofa", approval(Some(7), None)), Some(Flaw::HowFar)),
        (with(Kind::Approval, "Sofa", approval(Some(7), Some(5.0))), None),
        (with(Kind::Brand, "Aurora", brand(&[])), Some(Flaw::Domains)),
        (with(Kind::Brand, "Aurora", brand(&["aurora"])), Some(Flaw::Domains)),
        (with(Kind::Brand, "Aurora", brand(&["aurora.example"])), None),
    ];
    for (entry, wanted) in cases {
        assert_eq!(flaw(&entry), wanted, "{entry:?}");
        assert_eq!(add(&[], entry.clone()).is_err(), wanted.is_some(), "{entry:?}");
    }
}

#[test]
fn a_brand_brings_its_domains() {
    let domains = vec!["aurora.example".into()];
    let brand = with(Kind::Brand, "Aurora Home", Terms::Brand { domains });
    assert!(brand.names(Role::Link, "shop.aurora.example"));
    assert!(brand.names(Role::Handle, "x@aurora.example"));
    assert!(!brand.names(Role::Link, "evilaurora.example"));
    assert!(!brand.names(Role::Payment, "x@aurora.example"));
}

#[test]
fn another_time_or_price_is_another_entry() {
    let listed = with(Kind::Price, "Fridge", price(1350.0, "BRL"));
    let dearer = with(Kind::Price, "Fridge", price(1400.0, "BRL"));
    assert_eq!(add(std::slice::from_ref(&listed), listed.clone()).unwrap(), vec![]);
    assert_eq!(add(std::slice::from_ref(&listed), dearer).unwrap().len(), 1);
    let later = Entry { from: Some(at(9)), ..listed.clone() };
    assert_eq!(add(std::slice::from_ref(&listed), later).unwrap().len(), 1);
}

fn held(waits: bool) -> Held {
    let by = (Actor::User(UserId(1)), at(5));
    Held::new(Index(3), Entry { from: Some(at(10)), ..entry(Kind::Pix, "a@b.c") }, waits, None, by)
}

#[test]
fn a_second_person_confirms_and_it_is_not_the_one_who_asked_nor_the_one_it_concerns() {
    let waiting = held(true);
    let concerned = [EmployeeId(8)];
    let settle = |user, employee: Option<u64>, declined| {
        waiting.settle(UserId(user), employee.map(EmployeeId), &concerned, declined)
    };
    assert_eq!(settle(1, None, None), Err(Refusal::SecondPersonNeeded));
    assert_eq!(settle(2, Some(8), None), Err(Refusal::OwnConduct));
    assert_eq!(settle(2, Some(9), None), Ok(vec![Event::Confirmed { entry: Index(3) }]));
    assert!(settle(2, None, Some("not ours")).is_ok() && settle(1, None, Some("mistyped")).is_ok());
    assert_eq!(held(false).settle(UserId(2), None, &[], None), Err(Refusal::NothingPending));
    let mut settled = waiting.clone();
    settled.apply(&Event::Confirmed { entry: Index(3) }, &Actor::User(UserId(2)));
    assert_eq!(settled.state, State::Counts);
    let mut settled = waiting;
    settled.apply(&Event::Declined { entry: Index(3), note: String::new() }, &Actor::User(UserId(2)));
    assert_eq!(settled.state, State::Declined);
}

#[test]
fn an_end_has_a_date_and_may_wait_too() {
    let mut one = held(false);
    assert_eq!(one.end_at(at(9), false), Err(Refusal::Malformed), "before it begins");
    assert_eq!(held(true).end_at(at(20), false), Err(Refusal::NotFound), "it does not count yet");
    let by = Actor::User(UserId(1));
    for event in one.end_at(at(20), true).unwrap() {
        one.apply(&event, &by);
    }
    assert_eq!((one.entry.until, one.is_pending()), (None, true));
    one.apply(&Event::Confirmed { entry: Index(3) }, &Actor::User(UserId(2)));
    assert_eq!((one.entry.until, one.is_pending()), (Some(at(20)), false));
    assert_eq!(one.end_at(at(30), false), Ok(vec![]), "it has ended before");
    assert_eq!(one.end_at(at(15), false).unwrap().len(), 1);
}
