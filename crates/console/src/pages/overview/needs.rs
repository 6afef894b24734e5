//! What needs somebody, the most pressing first: each with what it means and the way to where it is mended.

use aboveboard_ledger::view::{Numbers, OpenAlert, TurnedAwayHour, WAITING_MAX};
use aboveboard_model::connection::Turned;
use jiff::{SignedDuration, Timestamp};

use super::Known;
use crate::{
    fields::link,
    moment::{Clock, Moment},
    pages::coverage::list,
    words::Words,
};

/// Callers with a wrong signature count for so long.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Something that needs somebody.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Need {
    /// How pressing, as a severity's word; its symbol stands before the line.
    pub(super) severity: &'static str,
    pub(super) href: String,
    pub(super) title: String,
    /// What it means, or what is to be done.
    pub(super) why: String,
    /// What it is about, in words from outside.
    pub(super) about: String,
    /// Since when, where that is known.
    pub(super) since: Option<Moment>,
}

impl Need {
    fn new(severity: &'static str, href: String, title: String, why: String) -> Self {
        Self { severity, href, title, why, about: String::new(), since: None }
    }
}

/// Since when callers with a wrong signature count.
pub(super) fn yesterday(now: Timestamp) -> Timestamp {
    now - DAY
}

/// How often a signature was wrong.
pub(super) fn wrong_signatures(turned: &[TurnedAwayHour]) -> u64 {
    turned.iter().filter(|one| one.why == Turned::WrongSignature).map(|one| one.times).sum()
}

/// What needs somebody.
pub(super) fn needs(known: &Known, clock: &Clock) -> Vec<Need> {
    let w = clock.w;
    let mut found = capture(known, w);
    found.extend(known.oldest.iter().map(|alert| oldest(alert, clock)));
    found.extend(known.alerts.as_ref().and_then(|(_, ageing)| {
        let (title, why) = (w.n("need.escalated", ageing.escalated), w.t("need.escalated_why"));
        let href = "/alerts?state=escalated".to_owned();
        (ageing.escalated > 0 && !known.oldest.is_empty()).then(|| Need::new("high", href, title, why))
    }));
    found.extend(people(known, w));
    let rank = |need: &Need| match need.severity {
        "critical" => 0,
        "high" => 1,
        "medium" => 2,
        _ => 3,
    };
    found.sort_by_key(rank);
    found
}

/// Sources and numbers of which something is not captured.
fn capture(known: &Known, w: Words) -> Vec<Need> {
    let mut found = Vec::new();
    if known.checked.is_some_and(|(_, whole)| !whole) {
        let (title, why) = (w.t("need.damaged"), w.t("need.damaged_why"));
        found.push(Need::new("critical", "/log/check".to_owned(), title, why));
    }
    for source in &known.sources {
        let report = source.connection.report.as_ref();
        if report.is_some_and(|(report, _)| !report.is_good()) {
            let href = link("/guide", &[("source", Some(&source.id.to_string()))]);
            let need = Need::new("high", href, w.t("need.connection"), w.t("need.connection_why"));
            found.push(Need { about: source.name.clone(), ..need });
        }
    }
    let Some((_, numbers)) = &known.captured else { return found };
    let mut add = |severity, count: u64, href: String, title: String, why: String| {
        if count > 0 {
            found.push(Need::new(severity, href, title, why));
        }
    };
    let ways = [Numbers::Stopped, Numbers::Unassigned, Numbers::Silent].map(|one| list(one, None));
    let [stopped, unassigned, silent] = ways;
    add("critical", numbers.stopped, stopped, w.n("need.stopped", numbers.stopped), w.t("need.stopped_why"));
    let wrong = known.wrong_signatures;
    add("high", wrong, "/sources/coverage#turned".into(), w.n("need.wrong", wrong), w.t("need.wrong_why"));
    let nobody = numbers.unassigned;
    add("high", nobody, unassigned, w.n("need.unassigned", nobody), w.t("need.unassigned_why"));
    add("medium", numbers.silent, silent, w.n("need.silent", numbers.silent), w.t("need.silent_why"));
    let shapes = known.unknown;
    add("low", shapes, "/sources#shapes".into(), w.n("need.unknown", shapes), w.t("need.unknown_why"));
    found
}

/// People who have not had notice, users who wait, and steps of the guide that nobody took.
fn people(known: &Known, w: Words) -> Vec<Need> {
    let mut found = Vec::new();
    if known.pending > 0 {
        let (title, why) = (w.n("need.pending", known.pending), w.t("need.pending_why"));
        found.push(Need::new("medium", "/users".to_owned(), title, why));
    }
    if known.proposals > 0 {
        let (title, why) = (w.n("need.proposals", known.proposals), w.t("need.pending_why"));
        found.push(Need::new("medium", "/policies".to_owned(), title, why));
    }
    let Some(setup) = &known.setup else { return found };
    let without = setup.accountable.saturating_sub(setup.noticed);
    if without > 0 {
        let (title, why) = (w.n("need.notice", without), w.t("need.notice_why"));
        found.push(Need::new("high", "/people".to_owned(), title, why));
    }
    if setup.waiting > 0 {
        let is_more = setup.waiting >= WAITING_MAX;
        let title =
            if is_more { w.n("need.waiting_many", WAITING_MAX) } else { w.n("need.waiting", setup.waiting) };
        let why = w.t("need.waiting_why");
        found.push(Need::new("medium", "/people".to_owned(), title, why));
    }
    let nothing = known.sources.iter().all(|source| source.messages == 0);
    if nothing || setup.administrators == 0 || setup.officers == 0 {
        let (title, why) = (w.t("need.guide"), w.t("need.guide_why"));
        found.push(Need::new("medium", "/guide".to_owned(), title, why));
    }
    found
}

fn oldest(alert: &OpenAlert, clock: &Clock) -> Need {
    let w = clock.w;
    let title = w.with("need.alert", "number", alert.number);
    let why = if alert.is_claimed { w.t("need.alert_claimed") } else { w.t("need.alert_unclaimed") };
    let need = Need::new(alert.severity.word(), format!("/alerts/{}", alert.id), title, why);
    Need { since: Some(clock.ago(alert.opened_at)), ..need }
}
