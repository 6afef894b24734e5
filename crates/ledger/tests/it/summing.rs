//! The figures of the first page: counted as things happen, taken back when they are, for those who may.

use aboveboard_ledger::{
    Command,
    view::{Ageing, QueueFilter},
};
use aboveboard_model::{
    access::Role,
    alert::{self, DismissReason, Disposition},
    id::AlertId,
};
use jiff::Timestamp;

use crate::{folding::replay_differs, support::*};

fn since() -> Timestamp {
    at("2026-11-01T00:00:00Z")
}

/// Two alerts, three hours of messages, and those who judge.
fn firm_with_alerts() -> (Firm, Vec<AlertId>) {
    let firm = Firm::new();
    firm.record(vec![said("n1", 0, "m1", "oi"), wrote("n1", 60, "m2", "paga no pix:11988880000 direto")]);
    firm.judge();
    firm.record(vec![said("n2", 3_600, "m3", "oi"), wrote("n1", 3 * 86_400, "m9", "ou no pix:22 mesmo")]);
    firm.judge();
    let queue =
        firm.ledger().queue(&reviewer(), &QueueFilter { limit: 50, ..QueueFilter::default() }).unwrap();
    (firm, queue.rows.iter().map(|row| row.id).collect())
}

fn close(firm: &Firm, alert: AlertId, disposition: Disposition) {
    let command = Command::Alert(alert, alert::Command::Close(disposition));
    let decided = firm.ledger().decide(&by(1, Role::Reviewer), command).unwrap();
    firm.ledger().at_least(decided.index).unwrap();
}

fn reopen(firm: &Firm, alert: AlertId) {
    let command = Command::Alert(alert, alert::Command::Reopen);
    let decided = firm.ledger().decide(&by(1, Role::Reviewer), command).unwrap();
    firm.ledger().at_least(decided.index).unwrap();
}

/// Opened, closed as true, dismissed.
fn alerts(firm: &Firm) -> [u64; 3] {
    let hours = firm.ledger().alert_hours(&by(2, Role::Auditor), since()).unwrap();
    hours.iter().fold([0; 3], |[opened, confirmed, dismissed], hour| {
        [opened + hour.opened, confirmed + hour.confirmed, dismissed + hour.dismissed]
    })
}

#[test]
fn messages_are_summed_over_all_numbers_by_the_hour() {
    let (firm, _) = firm_with_alerts();
    let hours = firm.ledger().captured(&by(2, Role::Administrator), since()).unwrap();
    let hours: Vec<(String, u64)> = hours.into_iter().map(|(at, count)| (at.to_string(), count)).collect();
    let hour = |text: &str, count| (text.to_owned(), count);
    assert_eq!(
        hours,
        [hour("2026-11-04T10:00:00Z", 2), hour("2026-11-04T11:00:00Z", 1), hour("2026-11-04T12:00:00Z", 1)],
        "what a clock puts days ahead counts as now"
    );
    assert_eq!(firm.ledger().captured(&by(2, Role::Administrator), at("2026-11-05T00:00:00Z")).unwrap(), []);
}

#[test]
fn an_alert_counts_as_closed_for_as_long_as_it_is() {
    let (mut firm, ids) = firm_with_alerts();
    assert_eq!((ids.len(), alerts(&firm)), (2, [2, 0, 0]));
    let dismissed = Disposition::Dismissed { reason: DismissReason::Allowed, note: String::new() };
    close(&firm, ids[0], dismissed);
    close(&firm, ids[1], Disposition::True { note: "he said so".into() });
    assert_eq!(alerts(&firm), [2, 1, 1]);
    reopen(&firm, ids[0]);
    assert_eq!(alerts(&firm), [2, 1, 0]);
    close(&firm, ids[0], Disposition::True { note: "after all".into() });
    assert_eq!(alerts(&firm), [2, 2, 0]);
    assert_eq!(replay_differs(&mut firm), Vec::<String>::new());
    assert_eq!(alerts(&firm), [2, 2, 0]);
}

#[test]
fn what_waits_is_counted_by_its_age_and_the_oldest_is_named_without_its_content() {
    let (firm, ids) = firm_with_alerts();
    let ageing = firm.ledger().ageing(&by(2, Role::PrivacyOfficer)).unwrap();
    assert_eq!((ageing.open(), ageing.a_day, ageing.unclaimed, ageing.escalated), (2, 2, 2, 0));
    let oldest = firm.ledger().oldest_alerts(&by(1, Role::Reviewer), 1).unwrap();
    assert_eq!(Some(oldest[0].opened_at), ageing.oldest_at);
    assert!(ids.contains(&oldest[0].id) && !oldest[0].is_claimed);
    let command = Command::Alert(oldest[0].id, alert::Command::Claim);
    let decided = firm.ledger().decide(&by(1, Role::Reviewer), command).unwrap();
    firm.ledger().at_least(decided.index).unwrap();
    assert_eq!(firm.ledger().ageing(&by(2, Role::PrivacyOfficer)).unwrap().unclaimed, 1);
    ids.iter().for_each(|id| close(&firm, *id, Disposition::True { note: "yes".into() }));
    assert_eq!(firm.ledger().ageing(&by(2, Role::PrivacyOfficer)).unwrap(), Ageing::default());
}

#[test]
fn figures_of_alerts_are_not_an_administrators_and_a_single_alert_is_only_a_readers() {
    let (firm, _) = firm_with_alerts();
    for role in [Role::Administrator, Role::Reviewer] {
        assert!(firm.ledger().alert_hours(&by(2, role), since()).is_err(), "{role:?}");
        assert!(firm.ledger().ageing(&by(2, role)).is_err(), "{role:?}");
    }
    for role in [Role::Administrator, Role::Auditor, Role::PrivacyOfficer] {
        assert!(firm.ledger().oldest_alerts(&by(2, role), 3).is_err(), "{role:?}");
    }
    assert!(firm.ledger().captured(&by(2, Role::Reviewer), since()).is_err());
}
