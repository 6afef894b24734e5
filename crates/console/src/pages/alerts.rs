//! The queue: alerts by state, worst first, a page at a time, narrowed as somebody chose or saved.

mod bulk;
mod choice;
mod policies;
mod saved;

use aboveboard_ledger::{
    COUNTED_MAX,
    view::{AlertRow, Page as Rows, QueueChoices, QueueCounts, QueueState},
};
use aboveboard_model::{
    access::{Actor, Permission, Purpose},
    alert::{Disposition, State},
    finding::Severity,
    id::AlertId,
    pseudonym,
    queue::Queue as Saved,
};
use askama::Template;

pub(super) use bulk::{dismiss as dismiss_alike, show as alike, undo as undo_many};
pub(crate) use choice::Choice;
use choice::{DAYS, STATES, word};
pub(super) use policies::complete as complete_policy;
pub(super) use saved::{drop as drop_queue, save as save_queue};

use crate::{
    moment::{Clock, Moment},
    people::{self, Person},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    shipped,
    visit::Visit,
    words::Words,
};

/// A line of the queue.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) href: String,
    pub(crate) number: u64,
    pub(crate) severity: &'static str,
    pub(crate) title: String,
    /// Titles of further policies, or their number.
    pub(crate) more: String,
    pub(crate) employee: Option<Person>,
    pub(crate) contact: Option<Person>,
    pub(crate) opened: Moment,
    /// `open`, `claimed`, `mine`, `true`, `dismissed`.
    pub(crate) state: &'static str,
    /// Who has it or who decided.
    pub(crate) by: String,
    pub(crate) escalated: bool,
    pub(crate) in_case: bool,
    pub(crate) chosen: bool,
}

/// Makes lines of the queue ready for a page.
pub(crate) fn rows(
    rows: &[AlertRow],
    href: impl Fn(AlertId) -> String,
    chosen: Option<AlertId>,
    me: &Actor,
    clock: &Clock,
) -> Vec<Row> {
    let rows = rows.iter().map(|row| {
        let (state, by) = standing(&row.state, me, clock.w);
        Row {
            id: row.id.to_string(),
            href: href(row.id),
            number: row.number.0,
            severity: row.severity.word(),
            title: shipped::title(&row.title, clock.w),
            more: match row.others.as_slice() {
                [] => String::new(),
                [other] => shipped::title(other, clock.w),
                others => clock.w.n("alerts.more_reasons", others.len()),
            },
            employee: row.employee.as_ref().map(people::employee),
            contact: row.contact.map(people::contact),
            opened: clock.ago(row.opened_at),
            state,
            by,
            escalated: row.escalated,
            in_case: row.case.is_some(),
            chosen: chosen == Some(row.id),
        }
    });
    rows.collect()
}

/// Where an alert stands, as a word, and who it is with.
pub(super) fn standing(state: &State, me: &Actor, w: Words) -> (&'static str, String) {
    let name = |user| people::actor(w, &Actor::User(user), me);
    match state {
        State::Open => ("open", String::new()),
        State::Claimed(user) if me.user() == Some(*user) => ("mine", w.t("people.you")),
        State::Claimed(user) => ("claimed", pseudonym::user(*user)),
        State::Closed { disposition: Disposition::True { .. }, by, .. } => ("true", name(*by)),
        State::Closed { disposition: Disposition::Dismissed { .. }, by, .. } => ("dismissed", name(*by)),
    }
}

/// A tab over the queue.
#[derive(Clone, Debug)]
pub(super) struct Tab {
    pub(super) href: String,
    pub(super) label: String,
    pub(super) count: Option<String>,
    pub(super) current: bool,
}

fn tabs(choice: &Choice, counts: QueueCounts, w: Words) -> Vec<Tab> {
    let count = |state| match state {
        QueueState::Open => Some(counts.open),
        QueueState::Mine => Some(counts.mine),
        QueueState::Escalated => Some(counts.escalated),
        QueueState::Closed => None,
    };
    let tab = |(state, word): &(QueueState, &str)| Tab {
        href: Choice { state: *state, after: None, ..choice.clone() }.link("/alerts", &[]),
        label: w.of("queue_state", word),
        count: count(*state).map(|count| w.number(count)),
        current: *state == choice.state,
    };
    STATES.iter().map(tab).collect()
}

/// The queue as the left column of an alert's page, or as a page of its own.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    /// Says which list it is: one of another choice or page is not the same list brought up to date.
    pub(super) choice: String,
    /// The word of the state that is shown.
    pub(super) state: &'static str,
    pub(super) tabs: Vec<Tab>,
    pub(super) rows: Vec<Row>,
    pub(super) compact: bool,
    /// Whether rows can be picked to be decided together.
    pub(super) picks: bool,
    /// The next page.
    pub(super) next: Option<String>,
    /// The first page, where this is not it.
    pub(super) first: Option<String>,
    /// What was done today, in a sentence.
    pub(super) today: String,
    pub(super) is_narrowed: bool,
}

/// Makes the queue ready for a page.
pub(super) fn queue(
    page: &Rows<AlertRow>,
    counts: QueueCounts,
    choice: &Choice,
    chosen: Option<AlertId>,
    me: &Actor,
    clock: &Clock,
) -> Queue {
    let next = |after: &String| Choice { after: Some(after.clone()), ..choice.clone() }.link("/alerts", &[]);
    let first = || Choice { after: None, ..choice.clone() }.link("/alerts", &[]);
    Queue {
        choice: choice.link(if chosen.is_some() { "beside" } else { "alone" }, &[]),
        state: word(choice.state),
        tabs: tabs(choice, counts, clock.w),
        rows: rows(&page.rows, |alert| choice.to(alert), chosen, me, clock),
        compact: choice.compact,
        picks: chosen.is_none() && choice.state != QueueState::Closed,
        next: page.next.as_ref().map(next),
        first: choice.after.is_some().then(first),
        today: today(counts, clock.w),
        is_narrowed: choice.is_narrowed(),
    }
}

/// `17 alerts were closed today: 3 true, 14 dismissed; 5 by you.`
fn today(counts: QueueCounts, w: Words) -> String {
    let all = w.n("alerts.closed_today", counts.closed_today);
    if counts.closed_today == 0 {
        return all;
    }
    let dismissed = counts.closed_today.saturating_sub(counts.closed_today_true);
    let parts = w
        .with("alerts.closed_as", "confirmed", w.number(counts.closed_today_true))
        .replace("{dismissed}", &w.number(dismissed))
        .replace("{mine}", &w.number(counts.closed_today_by_me));
    format!("{all} {parts}")
}

#[derive(Template)]
#[template(path = "alerts.html")]
struct Page {
    shell: Shell,
    w: Words,
    queue: Queue,
    choice: Choice,
    /// How many alerts the choice shows.
    shown: String,
    /// The same choice with rows of the other height.
    other_rows: String,
    severities: &'static [Severity],
    days: &'static [u16],
    policies: Vec<String>,
    choices: QueueChoices,
    saved: Vec<SavedRow>,
    may_decide: bool,
    done: Option<Done>,
}

impl Page {
    /// Whether a choice that is kept as words stands in the form as chosen.
    fn is(&self, chosen: &Option<String>, value: &str) -> bool {
        chosen.as_deref() == Some(value)
    }

    fn policies_listed_max(&self) -> usize {
        policies::LISTED_MAX
    }
}

/// A saved queue in the page.
#[derive(Clone, Debug)]
struct SavedRow {
    id: String,
    name: String,
    href: String,
    shared: bool,
    own: bool,
    current: bool,
}

/// What was done just before, with the way to take it back.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub(super) text: String,
    /// Where the form that takes it back goes.
    pub(super) undo: Option<String>,
    /// What its button says.
    pub(super) undo_word: String,
    /// The queue's choice, and the alerts where there are several, as hidden fields of that form.
    pub(super) choice: Vec<(&'static str, String)>,
}

/// What an address says was done: only words that the language files know.
pub(super) fn done(visit: &Visit) -> Option<Done> {
    let word = visit.query.get("done").filter(|word| visit.words.has("done", word))?;
    let of: Vec<AlertId> = visit.query.all("of").filter_map(|id| id.parse().ok()).collect();
    let mut choice = Choice::read(&visit.query).fields();
    let undo = match of.as_slice() {
        [] => None,
        [one] => Some(format!("/alerts/{one}/undo")),
        several => {
            choice.extend(several.iter().map(|id| ("id", id.to_string())));
            Some("/alerts/undo".to_owned())
        }
    };
    let is_going_back = matches!(word, "undone" | "undone_in_part" | "stands");
    let undo_word = if is_going_back { visit.words.t("act.undo_before") } else { visit.words.t("act.undo") };
    Some(Done { text: visit.words.of("done", word), undo, undo_word, choice })
}

/// The queue as it was narrowed.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let choice = Choice::read(&visit.query);
    let access = visit.access(Purpose::Queue)?;
    let (ledger, filter) = (visit.ledger(), choice.filter(visit.now));
    let page = ledger.queue(&access, &filter)?;
    let counts = ledger.queue_counts(visit.by()?)?;
    let shown = match choice.state {
        _ if choice.is_narrowed() => counted(ledger.queue_count(&access, &filter)?, visit.words),
        QueueState::Closed => counted(ledger.queue_count(&access, &filter)?, visit.words),
        QueueState::Mine => visit.words.n("alerts.shown", counts.mine),
        QueueState::Escalated => visit.words.n("alerts.shown", counts.escalated),
        QueueState::Open => visit.words.n("alerts.shown", counts.open),
    };
    let clock = visit.clock();
    let saved = ledger.saved_queues(visit.by()?)?;
    visit.page(&Page {
        shell: visit.shell(),
        w: visit.words,
        queue: queue(&page, counts, &choice, None, &access.actor, &clock),
        shown,
        other_rows: Choice { compact: !choice.compact, ..choice.clone() }.link("/alerts", &[]),
        severities: Severity::ALL,
        days: DAYS,
        policies: policies::found(visit, choice.policy.as_deref())?,
        choices: ledger.queue_choices(visit.by()?)?,
        saved: saved_rows(&saved, &choice, &access.actor),
        may_decide: visit.may(Permission::AlertDecide),
        done: done(visit),
        choice,
    })
}

/// `1,234 alerts`, or that there are more than are counted.
fn counted(count: u64, w: Words) -> String {
    if count > COUNTED_MAX {
        w.with("alerts.more_than", "n", w.number(COUNTED_MAX))
    } else {
        w.n("alerts.shown", count)
    }
}

fn saved_rows(saved: &[Saved], choice: &Choice, me: &Actor) -> Vec<SavedRow> {
    let kept = choice.kept();
    let row = |queue: &Saved| {
        let own = Choice::saved(&queue.choice);
        SavedRow {
            id: queue.id.to_string(),
            name: queue.name.clone(),
            href: own.link("/alerts", &[]),
            shared: queue.shared,
            own: me.user() == Some(queue.owner),
            current: own.kept() == kept,
        }
    };
    saved.iter().map(row).collect()
}

#[cfg(test)]
pub(super) mod tests;
