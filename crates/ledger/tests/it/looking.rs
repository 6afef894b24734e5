//! Looking: every list of people's words is a look, and a look's purpose is about what is looked at.

use aboveboard_ledger::{By, Command, Error, Ledger};
use aboveboard_model::{
    access::{Access, Actor, Purpose, ReadOf, Role},
    case,
    id::{AlertId, ConversationId},
    item::{Body, Content, Direction, Media, MediaKind, Message, Party},
    refusal::Refusal,
};

use crate::support::*;

/// Writes to another client on Ana's number.
fn wrote_to_another(id: &str, text: &str) -> aboveboard_model::item::Item {
    let to = party("5521977776666");
    let message = message(id, Direction::Out, text);
    item("n1", 30, Body::Message(Message { from: Party::default(), to, ..message }))
}

fn picture(id: &str) -> aboveboard_model::item::Item {
    let picture = Media {
        media: MediaKind::Image,
        id: Some(id.into()),
        mime: None,
        sha256: None,
        filename: None,
        caption: None,
    };
    let content = Content::Media(picture);
    item("n1", 40, Body::Message(Message { content, ..message("p1", Direction::In, "") }))
}

/// The alert on one conversation, that conversation, and another one without alerts.
fn two_conversations(firm: &Firm) -> (AlertId, ConversationId, ConversationId) {
    firm.record(vec![
        wrote("n1", 0, "m1", "paga no pix:11988880000 direto"),
        wrote_to_another("m2", "bom dia"),
        picture("f1"),
    ]);
    firm.judge();
    let alert = firm.ledger().queue(&reviewer(), &Default::default()).unwrap().rows.remove(0);
    let rows = firm.ledger().conversations(&reviewer(), None, 10).unwrap().rows;
    let other = rows.iter().find(|row| row.id != alert.conversation).unwrap().id;
    (alert.id, alert.conversation, other)
}

fn looks(ledger: &Ledger) -> Vec<ReadOf> {
    ledger.settle(WAIT).unwrap();
    let reads = ledger
        .reads(
            &by(9, Role::PrivacyOfficer),
            &aboveboard_ledger::view::ReadFilter { limit: 100, ..Default::default() },
        )
        .unwrap();
    reads.into_iter().map(|read| read.of).collect()
}

#[test]
fn a_purpose_that_names_an_alert_or_a_case_opens_only_what_it_is_about() {
    let firm = Firm::new();
    let (alert, conversation, other) = two_conversations(&firm);
    let me = by(1, Role::Reviewer);
    let open = case::Command::Open { title: "PIX".into(), alerts: vec![alert] };
    let opened = firm.ledger().decide(&me, Command::Case(None, open)).unwrap();
    firm.ledger().at_least(opened.index).unwrap();
    let wanted = firm.ledger().wanted_media(10).unwrap().remove(0);
    let mut pieces = vec![b"the bytes".to_vec()].into_iter();
    let actor = Actor::System("media".into());
    let file = firm.ledger().record_media(&actor, &wanted, None, &mut || Ok(pieces.next())).unwrap().unwrap();
    firm.settle();

    let ledger = firm.ledger();
    let read = |access: &Access, id| ledger.conversation(access, id, None, None, 10).map(|_| ());
    for purpose in [Purpose::Review(alert), Purpose::Case(opened.case.unwrap())] {
        let access = me.reading(purpose.clone());
        read(&access, conversation).unwrap();
        ledger.media(&access, file).map(|_| ()).unwrap();
        ledger.alert(&access, alert, &Default::default()).map(|_| ()).unwrap();
        let before = looks(ledger);
        for refused in [
            read(&access, other),
            ledger.search(&access, "pix", None, 10).map(|_| ()),
            ledger.conversations(&access, None, 10).map(|_| ()),
            ledger.queue(&access, &Default::default()).map(|_| ()),
        ] {
            assert!(
                matches!(refused, Err(Error::Refused(Refusal::PurposeUnrelated))),
                "{purpose:?}: {refused:?}"
            );
        }
        assert_eq!(looks(ledger), before, "what was refused was not looked at");
    }
    let unknown = me.reading(Purpose::Review(AlertId(1)));
    assert!(matches!(read(&unknown, conversation), Err(Error::Refused(Refusal::PurposeUnrelated))));
    assert!(ledger.media(&unknown, file).is_err());
    read(&me.reading(Purpose::Investigation), other).unwrap();
}

#[test]
fn every_list_of_peoples_words_is_a_look() {
    let firm = Firm::new();
    two_conversations(&firm);
    let (ledger, me) = (firm.ledger(), reviewer());
    let before = looks(ledger).len();
    ledger.cases(&me, true, None, 10).unwrap();
    assert_eq!(looks(ledger)[0], ReadOf::Cases(0));
    ledger.search(&me, "pix", None, 10).unwrap();
    assert!(matches!(looks(ledger)[0], ReadOf::Search { hits: 1, .. }));
    assert_eq!(looks(ledger).len(), before + 2, "queue and conversations were looked at within the minute");
}

#[test]
fn an_employees_page_is_a_look_where_alerts_are_on_it_and_shows_nobody_their_own() {
    let firm = Firm::new();
    let (alert, ..) = two_conversations(&firm);
    let officer = by(3, Role::ComplianceOfficer);
    let ana = firm.ledger().employees(&officer, None, 10).unwrap().rows.remove(0).employee.id;
    let page = |by: &By, purpose| firm.ledger().employee(&by.reading(purpose), ana);
    for role in [Role::Administrator, Role::PrivacyOfficer, Role::Auditor] {
        assert!(page(&by(4, role), Purpose::Investigation).unwrap().alerts.is_empty());
    }
    let herself = By { employee: Some(ana), ..by(5, Role::ComplianceOfficer) };
    assert!(page(&herself, Purpose::Investigation).unwrap().alerts.is_empty());
    let refused = page(&by(6, Role::Reviewer), Purpose::Investigation).map(|_| ());
    assert!(matches!(refused, Err(Error::Refused(Refusal::NotPermitted))), "{refused:?}");
    assert!(!looks(firm.ledger()).contains(&ReadOf::Employee(ana)));

    let shown = page(&officer, Purpose::Review(alert)).unwrap();
    assert_eq!(shown.alerts.iter().map(|row| row.id).collect::<Vec<_>>(), [alert]);
    assert!(looks(firm.ledger()).contains(&ReadOf::Employee(ana)));
    let ben = firm.ledger().employees(&officer, Some("E-1"), 10).unwrap().rows.remove(0).employee.id;
    let other = firm.ledger().employee(&officer.reading(Purpose::Review(alert)), ben).map(|_| ());
    assert!(matches!(other, Err(Error::Refused(Refusal::PurposeUnrelated))), "{other:?}");
    let privacy = page(&by(9, Role::PrivacyOfficer), Purpose::Investigation).unwrap();
    let of: Vec<ReadOf> = privacy.reads.unwrap().into_iter().map(|read| read.of).collect();
    assert!(of.contains(&ReadOf::Employee(ana)), "{of:?}");
}
