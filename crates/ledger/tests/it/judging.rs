//! Judging: bounded goes, alerts that come once, findings that lapse.

use std::collections::BTreeSet;

use aboveboard_ledger::{
    By, Command, Judgement, Unjudged,
    view::{AlertRow, QueueFilter},
};
use aboveboard_model::{
    access::{Purpose, Role},
    alert::{self, DismissReason, Disposition},
    document::Field,
    finding::{Finding, GivenUp, Span},
    id::{AlertId, DocumentId},
    item::Direction,
    people::{Declared, Place},
    registry::{self, Kind},
};

use crate::support::*;

/// What the policy of these tests says: payees going out that are not in the registry, at their words.
fn judgement(unjudged: Unjudged) -> Judgement {
    let document = unjudged.document;
    let outgoing = document.direction == Some(Direction::Out);
    let payees = document.marks.iter().filter(|mark| mark.value == "unregistered" && outgoing);
    let spans: Vec<Span> = payees
        .map(|mark| Span { zone: mark.zone, start: mark.start, end: mark.end, because: Field::Payment })
        .collect();
    let findings = if spans.is_empty() { vec![] } else { vec![Finding { spans, ..finding() }] };
    Judgement { document, findings, given_up: vec![] }
}

fn judge(firm: &Firm, detectors: u32) {
    loop {
        let (documents, upto) = firm.ledger().unjudged(50).unwrap();
        let Some(upto) = upto else { return };
        let judgements: Vec<Judgement> = documents.into_iter().map(judgement).collect();
        firm.ledger().judged(&judgements, upto, detectors).unwrap();
        firm.settle();
    }
}

fn open_alerts(firm: &Firm) -> Vec<AlertRow> {
    let all = QueueFilter { limit: 50, ..QueueFilter::default() };
    firm.ledger().queue(&reviewer(), &all).unwrap().rows
}

fn dismiss(firm: &Firm, alert: AlertId) {
    let disposition = Disposition::Dismissed { reason: DismissReason::Misread, note: String::new() };
    let close = Command::Alert(alert, alert::Command::Close(disposition));
    let decided = firm.ledger().decide(&by(1, Role::Reviewer), close).unwrap();
    firm.ledger().at_least(decided.index).unwrap();
}

/// Moves Ana to another team: every document of hers is composed anew, with the same words.
fn compose_anew(firm: &Firm, team: &str) {
    let ana = declared("E-1", "Ana", "n1", Some(at("2026-10-01T00:00:00Z")));
    let place = Place { from: at("2026-02-01T00:00:00Z"), team: team.into(), region: "BR".into() };
    firm.by_machine(Command::DeclarePeople(vec![Declared { place: Some(place), ..ana }]));
    firm.settle();
}

/// Entries of findings in the log.
fn findings_entries(firm: &Firm) -> usize {
    let rows = firm.ledger().entries(&by(3, Role::Auditor), None, 500).unwrap();
    rows.iter().filter(|row| row.kind == "findings.recorded").count()
}

#[test]
fn an_entry_that_changes_many_documents_is_judged_in_bounded_goes_and_again_from_its_first_after_a_crash() {
    const DOCUMENTS: usize = 25;
    let mut firm = Firm::new();
    firm.record(
        (0..DOCUMENTS).map(|n| wrote("n1", n as i64, &format!("m{n}"), "paga no pix:77 ok")).collect(),
    );
    judge(&firm, 1);
    let found = findings_entries(&firm);
    assert_eq!(found, DOCUMENTS);
    compose_anew(&firm, "field");
    let mut seen: BTreeSet<DocumentId> = BTreeSet::new();
    let mut go = |firm: &Firm| {
        let (documents, upto) = firm.ledger().unjudged(10).unwrap();
        let Some(upto) = upto else { return 0 };
        let new = documents.iter().filter(|one| seen.insert(one.document.id.unwrap())).count();
        let judgements: Vec<Judgement> = documents.into_iter().map(judgement).collect();
        firm.ledger().judged(&judgements, upto, 1).unwrap();
        firm.settle();
        new
    };
    assert_eq!([go(&firm), go(&firm)], [10, 10]);
    firm.close();
    firm.open();
    firm.settle();
    assert_eq!([go(&firm), go(&firm), go(&firm), go(&firm)], [0, 0, 5, 0], "from the entry's first on");
    assert_eq!(findings_entries(&firm), found + DOCUMENTS, "each revision is found once");
    assert_eq!(open_alerts(&firm).len(), 1);
}

#[test]
fn words_that_were_brought_once_are_not_brought_again_until_other_words_match() {
    let firm = Firm::new();
    firm.record(vec![wrote("n1", 60, "m2", "paga no pix:11988880000 direto")]);
    judge(&firm, 1);
    dismiss(&firm, open_alerts(&firm)[0].id);
    firm.record(vec![wrote("n1", 90, "m4", "ou no pix:22 mesmo")]);
    judge(&firm, 1);
    dismiss(&firm, open_alerts(&firm)[0].id);
    let found = findings_entries(&firm);
    compose_anew(&firm, "field");
    judge(&firm, 1);
    assert_eq!(findings_entries(&firm), found + 2, "both documents were judged anew");
    assert_eq!(open_alerts(&firm), [], "the same words of the same messages");
    firm.record(vec![edit("n1", 100, "m2", "olha: paga no pix:11988880000 direto")]);
    judge(&firm, 1);
    assert_eq!(open_alerts(&firm), [], "the same words at another place");
    firm.record(vec![edit("n1", 110, "m2", "olha: paga no pix:11988889999 direto")]);
    judge(&firm, 1);
    assert_eq!(open_alerts(&firm).len(), 1, "another payee at the same place");
}

#[test]
fn a_policy_that_was_given_up_on_a_document_is_an_entry_and_counted_once() {
    let mut firm = Firm::new();
    let text = "id = payee".to_owned();
    let set_up = firm.ledger().decide(&By::system("setup"), Command::PublishPolicy(text)).unwrap();
    firm.ledger().at_least(set_up.index).unwrap();
    firm.record(vec![wrote("n1", 60, "m2", "ola")]);
    let (documents, upto) = firm.ledger().unjudged(10).unwrap();
    let given_up = vec![GivenUp { policy: "payee".into(), version: 1 }];
    let costly = |unjudged: Unjudged| Judgement { given_up: given_up.clone(), ..judgement(unjudged) };
    let judgements: Vec<Judgement> = documents.into_iter().map(costly).collect();
    for _ in 0..2 {
        firm.ledger().judged(&judgements, upto.unwrap(), 1).unwrap();
        firm.settle();
    }
    assert_eq!((findings_entries(&firm), open_alerts(&firm).len()), (1, 0));
    let counted = |firm: &Firm| firm.ledger().policies(&by(3, Role::Auditor)).unwrap()[0].given_up;
    assert_eq!(counted(&firm), 1);
    assert_eq!(crate::folding::replay_differs(&mut firm), Vec::<String>::new());
    assert_eq!(counted(&firm), 1);
}

#[test]
fn findings_are_written_once_for_each_version_of_the_detectors_and_alert_once() {
    let firm = Firm::new();
    firm.record(vec![wrote("n1", 60, "m2", "paga no pix:11988880000 direto")]);
    let (documents, upto) = firm.ledger().unjudged(10).unwrap();
    let judgements: Vec<Judgement> = documents.into_iter().map(judgement).collect();
    for (detectors, entries) in [(1, 1), (1, 1), (2, 2), (2, 2)] {
        firm.ledger().judged(&judgements, upto.unwrap(), detectors).unwrap();
        firm.settle();
        assert_eq!(findings_entries(&firm), entries, "after detectors {detectors}");
    }
    assert_eq!(open_alerts(&firm).len(), 1);
}

#[test]
fn a_finding_that_is_found_no_more_stays_and_says_so() {
    let firm = Firm::new();
    firm.record(vec![wrote("n1", 60, "m2", "paga no pix:11988880000 direto")]);
    judge(&firm, 1);
    let id = open_alerts(&firm)[0].id;
    let lapsed = || {
        let access = by(1, Role::Reviewer).reading(Purpose::Review(id));
        let page = firm.ledger().alert(&access, id, &Default::default()).unwrap();
        assert_eq!(page.alert.findings.len(), 1);
        page.lapsed
    };
    assert_eq!(lapsed(), [false]);
    compose_anew(&firm, "field");
    judge(&firm, 1);
    assert_eq!(lapsed(), [false], "judged anew, and found again");
    let entry =
        registry::Entry { label: "the shop's".into(), ..registry::Entry::new(Kind::Pix, "11988880000") };
    firm.by_machine(Command::AddToRegistry(vec![entry]));
    firm.settle();
    assert_eq!(lapsed(), [false], "not judged yet");
    judge(&firm, 1);
    assert_eq!(lapsed(), [true]);
}
