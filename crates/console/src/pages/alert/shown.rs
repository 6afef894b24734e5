//! An alert made ready for its page: reasons by policy, messages with the words that each is about, history.

use std::{cmp::Reverse, collections::BTreeSet};

use aboveboard_ledger::view::{AlertPage, AlertRow, HistoryRow, Recorded};
use aboveboard_model::{
    access::Actor,
    alert::{Disposition, Event, OnDocument, State},
    finding::Severity,
    id::DocumentId,
    pseudonym,
};

use super::{
    super::alerts::{Row, rows, standing},
    why::{standings, why},
};
use crate::{
    bubble::{Bubble, Pointer, Sides, bubbles},
    moment::{Clock, Moment},
    people::{self, Person},
    prose::REASONS_MAX,
    shipped,
    words::Words,
};

/// Quotations of one reason that stand beside it; the others are in the conversation.
const QUOTATIONS_MAX: usize = 3;
/// Characters of a quotation.
const QUOTATION_CHARS_MAX: usize = 80;

/// Messages that stand open before the first that a reason is about, so that it is in view when the alert opens.
const BEFORE_FOUND: usize = 1;

/// An alert in a page.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) severity: &'static str,
    pub(crate) employee: Option<Person>,
    pub(crate) contact: Option<Person>,
    /// Closed alerts on the same employee before, and how many of them were true.
    pub(crate) earlier: (u64, u64),
    pub(crate) opened: Moment,
    pub(crate) last: Moment,
    /// `open`, `claimed`, `mine`, `true`, `dismissed`.
    pub(crate) state: &'static str,
    /// Who has it or who decided.
    pub(crate) by: String,
    /// Of a closed one: why, and when.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) escalated: bool,
    pub(crate) case: Option<String>,
    /// Why, in a sentence or two; empty where no message with findings may be read.
    pub(crate) why: String,
    pub(crate) reasons: Vec<Reason>,
    /// Closed alerts on the same employee or client.
    pub(crate) closed_before: Vec<Row>,
    /// Other alerts without outcome on the conversation.
    pub(crate) open_here: Vec<Row>,
    /// The conversation, where its older messages are.
    pub(crate) conversation: String,
    pub(crate) messages_before: u64,
    pub(crate) bubbles: Vec<Bubble>,
    /// How many of them are folded away ahead of the first that a reason is about.
    pub(crate) lead: usize,
    pub(crate) history: Vec<Step>,
    pub(crate) at: u64,
}

impl Shown {
    /// Whether it has no outcome.
    pub(crate) fn is_open(&self) -> bool {
        self.outcome.is_none()
    }
}

/// Why an alert was closed.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// The word of the reason; empty for `true`.
    pub(crate) reason: String,
    pub(crate) note: String,
    pub(crate) at: Moment,
}

/// Why it is an alert: one policy, and the words that it is about.
#[derive(Clone, Debug)]
pub(crate) struct Reason {
    pub(crate) number: usize,
    pub(crate) title: String,
    pub(crate) severity: &'static str,
    pub(crate) policy: String,
    pub(crate) version: u32,
    /// What the words passed: `payment`, `text` …, in words.
    pub(crate) because: Vec<String>,
    /// Messages it is about.
    pub(crate) messages: usize,
    /// Whether it would not be found today.
    pub(crate) lapsed: bool,
    /// The log entries that recorded it, and the versions of the detectors that read the messages.
    pub(crate) entries: Vec<u64>,
    pub(crate) detectors: Vec<u32>,
    /// What the registry said of its words at the time: `unregistered` …
    pub(crate) standing: Vec<String>,
    /// What the registry holds under its words now.
    pub(crate) registered: Vec<Registered>,
    pub(crate) quotations: Vec<Quotation>,
}

/// An entry of the registry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Registered {
    pub(crate) kind: String,
    pub(crate) label: String,
    pub(crate) index: u64,
}

/// Words of a message, and where it stands on the page.
#[derive(Clone, Debug)]
pub(crate) struct Quotation {
    pub(crate) anchor: String,
    pub(crate) text: String,
}

/// What was done, by whom, when, and the log entry that shows it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) index: u64,
    pub(crate) at: Moment,
    pub(crate) who: String,
    pub(crate) what: String,
    /// Words that somebody wrote.
    pub(crate) words: String,
}

impl Step {
    /// A row of a history, told as what was done and the words with it.
    pub(crate) fn of<E>(
        row: &HistoryRow<E>,
        (what, words): (String, String),
        me: &Actor,
        clock: &Clock,
    ) -> Self {
        let who = people::actor(clock.w, &row.actor, me);
        Self { index: row.index.0, at: clock.day_and_time(row.at), who, what, words }
    }
}

/// Makes an alert ready for its page.
pub(crate) fn shown(page: &AlertPage, me: &Actor, clock: &Clock) -> Shown {
    let w = clock.w;
    let alert = &page.alert;
    let order = policies(&alert.findings);
    let pointers = pointers(&alert.findings, &order);
    let contact = alert.contact.map(people::contact);
    let sides = Sides {
        client: contact.as_ref().map_or_else(|| w.t("people.client"), |contact| contact.name.clone()),
        employee: people::employee_name(alert.employee, w),
    };
    let mut bubbles = bubbles(&page.messages, &pointers, &sides, clock, &alert.id.to_string());
    let lead = bubbles.iter().position(|bubble| bubble.is_found).unwrap_or(0).saturating_sub(BEFORE_FOUND);
    if let (Some(bubble), Some(message)) = (bubbles.get_mut(lead), page.messages.get(lead)) {
        bubble.day.get_or_insert_with(|| clock.day(message.at));
    }
    let (state, by) = standing(&alert.state, me, w);
    let reasons = reasons(page, &order, &bubbles, w);
    let beside = |related: &[AlertRow]| rows(related, |alert| format!("/alerts/{alert}"), None, me, clock);
    Shown {
        id: alert.id.to_string(),
        number: page.number.0,
        title: reasons.first().map_or_else(|| w.t("alert.title"), |reason| reason.title.clone()),
        severity: alert.severity.word(),
        employee: page.employee.as_ref().map(people::employee),
        contact,
        earlier: page.earlier,
        opened: clock.ago(alert.opened_at),
        last: clock.ago(alert.last_at),
        state,
        by,
        outcome: outcome(&alert.state, clock),
        escalated: alert.escalated,
        case: alert.case.map(|case| case.to_string()),
        why: why(page, &order, &bubbles, clock),
        reasons,
        closed_before: beside(&page.closed_before),
        open_here: beside(&page.open_here),
        conversation: alert.conversation.to_string(),
        messages_before: page.messages_before,
        bubbles,
        lead,
        history: page.history.iter().map(|row| Step::of(row, told(&row.event, w), me, clock)).collect(),
        at: page.at.0,
    }
}

/// Policies of the findings, worst first, else in order of arrival: the numbers that stand beside the words.
fn policies(findings: &[OnDocument]) -> Vec<&str> {
    let mut order: Vec<(&str, Severity)> = Vec::new();
    for OnDocument { finding, .. } in findings {
        match order.iter_mut().find(|(policy, _)| *policy == finding.policy) {
            Some((_, severity)) => *severity = (*severity).max(finding.severity),
            None => order.push((&finding.policy, finding.severity)),
        }
    }
    order.sort_by_key(|(_, severity)| Reverse(*severity));
    order.into_iter().take(REASONS_MAX).map(|(policy, _)| policy).collect()
}

fn pointers(findings: &[OnDocument], order: &[&str]) -> Vec<Pointer> {
    let mut pointers = Vec::new();
    for OnDocument { document, revision, finding, .. } in findings {
        let Some(at) = order.iter().position(|policy| *policy == finding.policy) else { continue };
        let pointer = |words| Pointer { document: *document, revision: *revision, words, reason: at + 1 };
        if finding.spans.is_empty() {
            pointers.push(pointer(None));
        }
        pointers.extend(finding.spans.iter().map(|span| pointer(Some((span.zone, span.start, span.end)))));
    }
    pointers
}

fn reasons(page: &AlertPage, order: &[&str], bubbles: &[Bubble], w: Words) -> Vec<Reason> {
    let findings = &page.alert.findings;
    let reason = |(at, policy): (usize, &&str)| {
        let own: Vec<&OnDocument> = findings.iter().filter(|one| one.finding.policy == **policy).collect();
        let newest = own.iter().max_by_key(|one| one.finding.version)?;
        let mut documents: Vec<DocumentId> = own.iter().map(|one| one.document).collect();
        documents.sort_unstable();
        documents.dedup();
        let mut because: Vec<&str> =
            own.iter().flat_map(|one| one.finding.spans.iter().map(|span| span.because.word())).collect();
        because.sort_unstable();
        because.dedup();
        Some(Reason {
            number: at + 1,
            title: shipped::title(&newest.finding.title, w),
            severity: newest.finding.severity.word(),
            policy: newest.finding.policy.clone(),
            version: newest.finding.version,
            because: because.into_iter().map(|field| w.of("field", field)).collect(),
            messages: documents.len(),
            lapsed: findings
                .iter()
                .zip(&page.lapsed)
                .all(|(one, lapsed)| *lapsed || one.finding.policy != **policy),
            entries: unique(recorded(page, policy).map(|one| one.index.0)),
            detectors: unique(recorded(page, policy).map(|one| one.detectors)),
            standing: unique(own.iter().flat_map(|one| standings(one, &page.messages)))
                .into_iter()
                .map(|standing| w.of("standing", &standing))
                .collect(),
            registered: registered(page, &documents, w),
            quotations: quotations(at + 1, bubbles),
        })
    };
    order.iter().enumerate().filter_map(reason).collect()
}

fn recorded<'a>(page: &'a AlertPage, policy: &'a str) -> impl Iterator<Item = &'a Recorded> {
    page.recorded.iter().filter(move |one| one.policy == policy)
}

fn unique<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    values.collect::<BTreeSet<T>>().into_iter().collect()
}

fn registered(page: &AlertPage, documents: &[DocumentId], w: Words) -> Vec<Registered> {
    let mut found: Vec<Registered> = Vec::new();
    for (_, held) in page.registered.iter().filter(|(document, _)| documents.contains(document)) {
        let kind = w.of("registry_kind", held.entry.kind.word());
        let one = Registered { kind, label: held.entry.label.clone(), index: held.index.0 };
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

/// The words of a reason as the conversation shows them: masked, joined where highlights overlap.
pub(super) fn quotations(number: usize, bubbles: &[Bubble]) -> Vec<Quotation> {
    let mut quotations = Vec::new();
    for bubble in bubbles {
        let versions = std::iter::once(&bubble.texts).chain(bubble.edits.iter().map(|edit| &edit.texts));
        for zoned in versions.flatten() {
            let mut open = String::new();
            for run in zoned.prose.head.iter().chain(&zoned.prose.rest) {
                if run.reasons.contains(&number) {
                    open.push_str(&run.text);
                }
                if run.ends.contains(&number) {
                    let text = cut(std::mem::take(&mut open).trim());
                    let quotation = Quotation { anchor: bubble.document.clone(), text };
                    if quotations.len() < QUOTATIONS_MAX {
                        quotations.push(quotation);
                    }
                }
            }
        }
    }
    quotations
}

fn cut(text: &str) -> String {
    if text.chars().count() <= QUOTATION_CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(QUOTATION_CHARS_MAX - 1).chain(['…']).collect()
}

fn outcome(state: &State, clock: &Clock) -> Option<Outcome> {
    let State::Closed { disposition, at, .. } = state else { return None };
    let (reason, note) = match disposition {
        Disposition::True { note } => (String::new(), note),
        Disposition::Dismissed { reason, note } => (clock.w.of("dismiss_reason", reason.word()), note),
    };
    Some(Outcome { reason, note: note.clone(), at: clock.day_and_time(*at) })
}

/// What an event says, in a few words, and the words that its person wrote.
fn told(event: &Event, w: Words) -> (String, String) {
    let said = |member: &str| w.of("alert_event", member);
    match event {
        Event::Opened { findings, .. } => (w.n("alert_event.opened", findings.len()), String::new()),
        Event::Extended { findings, .. } => (w.n("alert_event.extended", findings.len()), String::new()),
        Event::Claimed => (said("claimed"), String::new()),
        Event::Released => (said("released"), String::new()),
        Event::Closed { disposition: Disposition::True { note } } => (said("confirmed"), note.clone()),
        Event::Closed { disposition: Disposition::Dismissed { reason, note } } => {
            let reason = w.of("dismiss_reason", reason.word());
            (w.with("alert_event.dismissed", "reason", reason), note.clone())
        }
        Event::Reopened => (said("reopened"), String::new()),
        Event::Escalated { note } => (said("escalated"), note.clone()),
        Event::Noted { text } => (said("noted"), text.clone()),
        Event::Linked { .. } => (said("linked"), String::new()),
        Event::Undone => (said("undone"), String::new()),
        Event::Assigned { to } => {
            (w.with("alert_event.assigned", "who", pseudonym::user(*to)), String::new())
        }
    }
}
