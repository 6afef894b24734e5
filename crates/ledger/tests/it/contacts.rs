//! Who is one person: links, merges, splits, taking back; and that a replay says the same whatever came in which order.

use aboveboard_ledger::{
    Command, Error,
    view::{ContactFilter, ContactPage, ContactRow, QueueFilter},
};
use aboveboard_model::{
    access::{Permission, Purpose, Role},
    contact,
    id::{ContactId, IdentityId, Index},
    item::{Body, Direction, Item, Party},
    refusal::Refusal,
};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::{folding::replay_differs, support::*};

const ANA: &str = "5511988887777";

fn known_as(phone: Option<&str>, user_id: Option<&str>) -> Party {
    Party { phone: phone.map(str::to_owned), user_id: user_id.map(str::to_owned), ..Party::default() }
}

/// A message of a client on Ana's number.
fn from(party: &Party, second: i64, id: &str, text: &str) -> Item {
    let mut message = message(id, Direction::In, text);
    message.from = party.clone();
    item("n1", second, Body::Message(message))
}

/// A message of the firm to a client.
fn to(party: &Party, second: i64, id: &str, text: &str) -> Item {
    let mut message = message(id, Direction::Out, text);
    message.to = party.clone();
    item("n1", second, Body::Message(message))
}

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(at("2026-11-04T10:00:00Z").as_second() + second).unwrap()
}

fn contacts(firm: &Firm, text: &str) -> Vec<ContactRow> {
    let filter = ContactFilter { text: Some(text.into()), limit: 100, ..ContactFilter::default() };
    firm.ledger().contacts(&by(2, Role::ComplianceOfficer), &filter).unwrap().rows
}

fn only(firm: &Firm, text: &str) -> ContactId {
    let rows = contacts(firm, text);
    assert_eq!(rows.len(), 1, "{text}: {rows:?}");
    rows[0].id
}

fn page(firm: &Firm, id: ContactId) -> ContactPage {
    firm.ledger().contact(&by(2, Role::ComplianceOfficer).reading(Purpose::Investigation), id).unwrap()
}

fn decide(firm: &Firm, command: contact::Command) -> Result<Index, Refusal> {
    match firm.ledger().decide(&by(2, Role::ComplianceOfficer), Command::Contact(command)) {
        Ok(decided) => {
            firm.settle();
            Ok(decided.index)
        }
        Err(Error::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{other}"),
    }
}

fn merge(firm: &Firm, contact: ContactId, other: ContactId) -> Result<Index, Refusal> {
    decide(firm, contact::Command::Merge { contact, other, reason: "the same person".into() })
}

fn split(firm: &Firm, identity: IdentityId, from: Option<Timestamp>) -> Result<Index, Refusal> {
    decide(firm, contact::Command::Split { identity, from, reason: "another owner".into() })
}

fn undo(firm: &Firm, decision: Index) -> Result<Index, Refusal> {
    decide(firm, contact::Command::Undo { decision, reason: "it was right before".into() })
}

/// The identity of a client that has a value.
fn identity(firm: &Firm, id: ContactId, value: &str) -> IdentityId {
    let identities = page(firm, id).row.identities;
    identities.iter().rfind(|one| one.value.0 == value).expect("the client has it").id
}

fn texts_of(firm: &Firm, contact: ContactId) -> Vec<String> {
    let mut texts = texts(firm, &format!("contact:{contact}"));
    texts.sort();
    texts
}

#[test]
fn a_person_is_known_by_all_identities_that_were_seen_together() {
    let firm = Firm::new();
    let with_name = Party { username: Some("lia.prado".into()), ..known_as(Some(ANA), Some("BR.1")) };
    firm.record(vec![
        from(&known_as(Some(ANA), None), 0, "m1", "one"),
        from(&with_name, 60, "m2", "two"),
        from(&known_as(None, Some("BR.1")), 120, "m3", "three"),
    ]);
    let lia = only(&firm, "@lia");
    for text in ["55 11 98888", "BR.1", &lia.to_string(), &aboveboard_model::pseudonym::contact(lia)] {
        assert_eq!(only(&firm, text), lia, "{text}");
    }
    assert!(contacts(&firm, "5521").is_empty());
    let page = page(&firm, lia);
    let seen: Vec<_> = page
        .row
        .identities
        .iter()
        .map(|one| (one.scheme, one.first.unwrap().0, one.last.unwrap().0))
        .collect();
    assert_eq!(
        seen,
        [
            ("phone", second(0), second(60)),
            ("user_id", second(60), second(120)),
            ("username", second(60), second(60))
        ]
    );
    assert_eq!((page.row.messages, page.row.conversations), (3, 1));
    assert_eq!(texts_of(&firm, lia), ["one", "three", "two"]);
}

#[test]
fn a_merge_joins_pages_queries_and_alerts_and_can_be_taken_back() {
    let firm = Firm::new();
    let (old, new) = (known_as(Some(ANA), None), known_as(Some("5511977776666"), None));
    firm.record(vec![
        from(&old, 0, "m1", "meu pix:55 é este"),
        from(&new, 60, "m2", "oi"),
        to(&new, 90, "m3", "devolvo no pix:55 já"),
        to(&old, 95, "m4", "paga no pix:77 direto"),
    ]);
    firm.judge();
    let (first, second) = (only(&firm, ANA), only(&firm, "5511977776666"));
    assert_eq!(texts(&firm, "payment:client").len(), 0, "the client of m3 never named the account");
    let alerts = || {
        firm.ledger().queue(&reviewer(), &QueueFilter { limit: 50, ..QueueFilter::default() }).unwrap().rows
    };
    assert_eq!(alerts().len(), 2);
    let decision = merge(&firm, second, first).unwrap();
    assert_eq!(only(&firm, "5511977776666"), first, "the one known longest stays");
    assert_eq!(texts_of(&firm, first).len(), 4);
    assert_eq!(texts(&firm, "payment:client"), ["devolvo no pix:55 já"]);
    assert!(alerts().iter().all(|row| row.contact == Some(first)));
    let talk = alerts()[0].conversation;
    assert!(alerts().iter().all(|row| row.conversation == talk), "alerts follow their documents");
    assert_eq!(page(&firm, second).row.id, first, "the other's page shows the one it is now");
    assert_eq!(page(&firm, first).conversations.len(), 1);
    assert_eq!(merge(&firm, second, first), Err(Refusal::SamePerson));

    undo(&firm, decision).unwrap();
    assert_eq!(
        (only(&firm, ANA), only(&firm, "5511977776666")),
        (first, second),
        "with their own pseudonyms"
    );
    assert_eq!((texts_of(&firm, first).len(), texts_of(&firm, second).len()), (2, 2));
    assert!(texts(&firm, "payment:client").is_empty());
    assert_eq!(alerts().iter().filter(|row| row.contact == Some(second)).count(), 1);
    assert_eq!(undo(&firm, decision), Err(Refusal::AlreadyUndone));
    let decisions = page(&firm, second).decisions;
    assert_eq!(decisions.len(), 2, "both persons show what was decided");
    assert!(decisions[1].undone.is_some());
}

#[test]
fn a_split_takes_a_number_away_from_a_day_on_and_new_evidence_does_not_bring_it_back() {
    let firm = Firm::new();
    let both = known_as(Some(ANA), Some("BR.1"));
    firm.record(vec![
        from(&both, 0, "m1", "one"),
        from(&known_as(Some(ANA), None), 100, "m2", "two"),
        from(&known_as(None, Some("BR.1")), 110, "m3", "three"),
    ]);
    let first = only(&firm, "BR.1");
    let phone = identity(&firm, first, ANA);
    let decision = split(&firm, phone, Some(second(100))).unwrap();
    assert_eq!(split(&firm, phone, Some(second(100))), Err(Refusal::Exists));
    let other = contacts(&firm, ANA).into_iter().find(|row| row.id != first).unwrap().id;
    assert_eq!(texts_of(&firm, first), ["one", "three"]);
    assert_eq!(texts_of(&firm, other), ["two"]);
    let spans: Vec<_> = page(&firm, other).row.identities.iter().map(|one| (one.from, one.until)).collect();
    assert_eq!(spans, [(Some(second(100)), None)]);
    assert_eq!(
        page(&firm, first).row.identities[0].until.or(page(&firm, first).row.identities[1].until),
        Some(second(100))
    );

    firm.record(vec![
        from(&both, 200, "m4", "four"),
        from(&known_as(Some(ANA), Some("BR.9")), 210, "m5", "five"),
    ]);
    assert_eq!(texts_of(&firm, first), ["four", "one", "three"], "the user id lasts longer than the phone");
    assert_eq!(texts_of(&firm, other), ["five", "two"], "the phone's new owner is known by a new user id");
    let suggested: Vec<_> = page(&firm, other).suggestions.iter().map(|one| (one.contact, one.why)).collect();
    assert_eq!(suggested, [(first, "together")]);

    undo(&firm, decision).unwrap();
    assert_eq!(only(&firm, ANA), first);
    assert_eq!(texts_of(&firm, first).len(), 5);
    assert_eq!(page(&firm, other).row.id, first, "an id that was shown leads on");
}

#[test]
fn a_split_from_the_beginning_leaves_the_others_and_their_pseudonym() {
    let firm = Firm::new();
    firm.record(vec![
        from(&known_as(Some(ANA), None), 0, "m1", "one"),
        from(&known_as(Some(ANA), Some("BR.1")), 10, "m2", "two"),
    ]);
    let first = only(&firm, ANA);
    split(&firm, identity(&firm, first, ANA), None).unwrap();
    let other = only(&firm, ANA);
    assert_ne!(other, first);
    assert_eq!(
        page(&firm, first).row.identities.len(),
        1,
        "what was taken away from the beginning is not shown"
    );
    assert_eq!(
        (texts_of(&firm, first), texts_of(&firm, other)),
        (vec!["two".to_owned()], vec!["one".to_owned()])
    );
    assert_eq!(split(&firm, identity(&firm, other, ANA), None), Err(Refusal::OnlyIdentity));
}

#[test]
fn a_changed_number_links_and_the_same_phone_written_differently_is_suggested() {
    let firm = Firm::new();
    let (nine, eight) = (known_as(Some(ANA), None), known_as(Some("551188887777"), None));
    let change = Body::Identity {
        change: "user_changed_number".into(),
        previous: nine.clone(),
        current: known_as(Some("5521966665555"), None),
        text: None,
    };
    firm.record(vec![from(&nine, 0, "m1", "one"), from(&eight, 5, "m2", "two"), item("n1", 10, change)]);
    let (first, second) = (only(&firm, ANA), only(&firm, "551188887777"));
    assert_eq!(only(&firm, "5521966665555"), first);
    assert_ne!(first, second);
    let why: Vec<_> = page(&firm, first).suggestions.iter().map(|one| (one.contact, one.why)).collect();
    assert_eq!(why, [(second, "alike")]);
    let suggested = ContactFilter { suggested: true, limit: 10, ..ContactFilter::default() };
    assert_eq!(firm.ledger().contacts(&by(2, Role::PrivacyOfficer), &suggested).unwrap().rows.len(), 2);
    merge(&firm, first, second).unwrap();
    assert!(firm.ledger().contacts(&by(2, Role::PrivacyOfficer), &suggested).unwrap().rows.is_empty());
}

#[test]
fn who_may_not_see_or_change_clients_is_refused() {
    let firm = Firm::new();
    firm.record(vec![from(&known_as(Some(ANA), None), 0, "m1", "one")]);
    let id = only(&firm, ANA);
    for role in Role::ALL {
        let by = by(5, *role);
        let (read, write) = [Permission::ContactRead, Permission::ContactWrite]
            .map(|one| firm.ledger().permitted(&by, one))
            .into();
        let filter = ContactFilter { limit: 1, ..ContactFilter::default() };
        assert_eq!(firm.ledger().contacts(&by, &filter).is_ok(), read, "{role:?}");
        assert_eq!(firm.ledger().contact(&by.reading(Purpose::Investigation), id).is_ok(), read, "{role:?}");
        let command = contact::Command::Split { identity: IdentityId(id.0), from: None, reason: "x".into() };
        let refused = firm.ledger().decide(&by, Command::Contact(command)).unwrap_err();
        let wanted = if write { Refusal::OnlyIdentity } else { Refusal::NotPermitted };
        assert!(matches!(refused, Error::Refused(one) if one == wanted), "{role:?}");
    }
    assert!(page(&firm, id).reads.is_none(), "the access log is not everybody's");
    let officer = by(6, Role::PrivacyOfficer).reading(Purpose::Investigation);
    let reads = firm.ledger().contact(&officer, id).unwrap().reads.unwrap();
    assert!(!reads.is_empty(), "looks at the page are looks at the client");
}

/// One thing that happens in the property test.
#[derive(Clone, Debug)]
enum Happens {
    Said(Option<usize>, Option<usize>, bool, i64),
    Changed(usize, usize),
    Merged(usize, usize),
    Split(usize, usize, Option<i64>),
    Undone(usize),
}

fn happens() -> impl Strategy<Value = Happens> {
    let (one, other) = (0..4usize, 0..4usize);
    prop_oneof![
        6 => (proptest::option::of(0..3usize), proptest::option::of(0..3usize), any::<bool>(), 0..1_000i64)
            .prop_map(|(phone, user, out, second)| Happens::Said(phone, user, out, second)),
        1 => (0..3usize, 0..3usize).prop_map(|(one, other)| Happens::Changed(one, other)),
        2 => (one.clone(), other.clone()).prop_map(|(one, other)| Happens::Merged(one, other)),
        2 => (one, other, proptest::option::of(0..1_000i64))
            .prop_map(|(contact, identity, at)| Happens::Split(contact, identity, at)),
        1 => (0..4usize).prop_map(Happens::Undone),
    ]
}

fn phone(at: usize) -> String {
    format!("55119888877{at:02}")
}

fn user_id(at: usize) -> String {
    format!("BR.{at}")
}

/// Lets it all happen; what a rule refuses does not.
fn play(firm: &Firm, all: &[Happens]) {
    let mut decisions = Vec::new();
    for (at, one) in all.iter().enumerate() {
        let rows = contacts(firm, "");
        let nth = |at: usize| rows.get(at % rows.len().max(1));
        let decided = match one {
            Happens::Said(phone_at, user_at, out, second) => {
                let (phone, user) = (phone_at.map(phone), user_at.map(user_id));
                let party = known_as(phone.as_deref(), user.as_deref());
                let (id, text) = (format!("m{at}"), format!("texto pix:{} fim", second % 3));
                let said =
                    if *out { to(&party, *second, &id, &text) } else { from(&party, *second, &id, &text) };
                firm.record(vec![said]);
                None
            }
            Happens::Changed(one, other) => {
                let previous = known_as(Some(&phone(*one)), None);
                let current = known_as(Some(&phone(*other)), None);
                let change = "user_changed_number".to_owned();
                let body = Body::Identity { change, previous, current, text: None };
                firm.record(vec![item("n1", at as i64, body)]);
                None
            }
            Happens::Merged(one, other) => {
                nth(*one).zip(nth(*other)).and_then(|(one, other)| merge(firm, one.id, other.id).ok())
            }
            Happens::Split(contact, identity, at) => nth(*contact).and_then(|row| {
                let own: Vec<_> = row.identities.iter().filter(|one| one.is_own).collect();
                split(firm, own.get(identity % own.len().max(1))?.id, at.map(second)).ok()
            }),
            Happens::Undone(at) => {
                decisions.get(*at).and_then(|decision: &Index| undo(firm, *decision).ok());
                None
            }
        };
        decisions.extend(decided);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn in_any_order_of_deliveries_merges_and_splits_replay_equals_live(
        all in proptest::collection::vec(happens(), 1..14),
    ) {
        let mut firm = Firm::new();
        play(&firm, &all);
        firm.judge();
        for row in contacts(&firm, "") {
            let found = texts_of(&firm, row.id).len() as u64;
            prop_assert_eq!(found, row.messages, "index and views agree on {:?}", row.id);
            prop_assert!(!row.identities.is_empty());
        }
        prop_assert_eq!(replay_differs(&mut firm), Vec::<String>::new());
    }
}

#[test]
fn of_an_identity_that_was_cut_away_whole_no_person_is_left_over() {
    let mut firm = Firm::new();
    let all = [Happens::Said(Some(0), Some(0), false, 0), Happens::Split(0, 1, None), Happens::Merged(0, 1)];
    play(&firm, &all);
    let rows = contacts(&firm, "");
    let schemes: Vec<Vec<&str>> =
        rows.iter().map(|row| row.identities.iter().map(|one| one.scheme).collect()).collect();
    assert_eq!(schemes, [["phone", "user_id"]]);
    play(&firm, &[Happens::Undone(0)]);
    assert_eq!(replay_differs(&mut firm), Vec::<String>::new());
}
