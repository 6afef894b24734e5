//! The queue: alerts by state, worst first, a page at a time.

use aboveboard_ledger::view::{AlertRow, Page as Rows, QueueCounts, QueueFilter, QueueState};
use aboveboard_model::{
    access::{Actor, Purpose},
    alert::{Disposition, State},
    finding::Severity,
    id::{AlertId, EmployeeId},
    pseudonym,
};
use askama::Template;

use crate::{
    fields::{Fields, link},
    moment::{Clock, Moment},
    people::{self, Person},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Rows of one page.
const ROWS: usize = 50;

/// What a queue's address says: everything but where its page begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Choice {
    pub(super) state: QueueState,
    pub(super) severity: Option<Severity>,
    pub(super) policy: Option<String>,
    pub(super) employee: Option<EmployeeId>,
    pub(super) after: Option<String>,
}

impl Choice {
    /// Reads it from a query string or a form; what is malformed is left out.
    pub(super) fn read(fields: &Fields) -> Self {
        Self {
            state: fields.get("state").and_then(state_of).unwrap_or_default(),
            severity: fields.get("severity").and_then(Severity::from_word),
            policy: fields.get("policy").map(str::to_owned),
            employee: fields.parsed("employee"),
            after: fields.get("after").map(str::to_owned),
        }
    }

    /// The question it asks of the ledger.
    pub(super) fn filter(&self) -> QueueFilter {
        QueueFilter {
            state: self.state,
            severity: self.severity,
            policy: self.policy.clone(),
            employee: self.employee,
            after: self.after.clone(),
            limit: ROWS,
        }
    }

    /// The choice as names and values; what is usual is left out.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let state = Some(self.state).filter(|state| *state != QueueState::Open);
        let fields = [
            ("state", state.map(|state| word(state).to_owned())),
            ("severity", self.severity.map(|severity| severity.word().to_owned())),
            ("policy", self.policy.clone()),
            ("employee", self.employee.map(|employee| employee.to_string())),
            ("after", self.after.clone()),
        ];
        fields.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
    }

    /// The address of a page with this choice, and more.
    pub(super) fn link(&self, path: &str, more: &[(&str, Option<&str>)]) -> String {
        let own = self.fields();
        let own = own.iter().map(|(name, value)| (*name, Some(value.as_str())));
        let query: Vec<(&str, Option<&str>)> = own.chain(more.iter().copied()).collect();
        link(path, &query)
    }

    /// Where an alert's page is, within this choice.
    pub(super) fn to(&self, alert: AlertId) -> String {
        self.link(&format!("/alerts/{alert}"), &[])
    }
}

/// Every state of a queue with its word, in the order of the tabs.
pub(super) const STATES: &[(QueueState, &str)] = &[
    (QueueState::Open, "open"),
    (QueueState::Mine, "mine"),
    (QueueState::Escalated, "escalated"),
    (QueueState::Closed, "closed"),
];

fn state_of(wanted: &str) -> Option<QueueState> {
    STATES.iter().find(|(_, word)| *word == wanted).map(|(state, _)| *state)
}

/// The word of a state, in addresses and language files.
pub(super) fn word(state: QueueState) -> &'static str {
    STATES.iter().find(|(one, _)| *one == state).map_or("open", |(_, word)| word)
}

/// A line of the queue.
#[derive(Clone, Debug)]
pub(crate) struct Row {
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
            href: href(row.id),
            number: row.number.0,
            severity: row.severity.word(),
            title: row.title.clone(),
            more: match row.others.as_slice() {
                [] => String::new(),
                [other] => other.clone(),
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
    /// The word of the state that is shown.
    pub(super) state: &'static str,
    pub(super) tabs: Vec<Tab>,
    pub(super) rows: Vec<Row>,
    /// The next page.
    pub(super) next: Option<String>,
    /// The first page, where this is not it.
    pub(super) first: Option<String>,
    pub(super) closed_today: u64,
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
        state: word(choice.state),
        tabs: tabs(choice, counts, clock.w),
        rows: rows(&page.rows, |alert| choice.to(alert), chosen, me, clock),
        next: page.next.as_ref().map(next),
        first: choice.after.is_some().then(first),
        closed_today: counts.closed_today,
        is_narrowed: choice.severity.is_some() || choice.policy.is_some() || choice.employee.is_some(),
    }
}

#[derive(Template)]
#[template(path = "alerts.html")]
struct Page {
    shell: Shell,
    w: Words,
    queue: Queue,
    /// The word of the state that is shown.
    state: &'static str,
    choice: Choice,
    severities: &'static [Severity],
    policies: Vec<String>,
    done: Option<Done>,
}

/// What was done just before, with the way to take it back.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub(super) text: String,
    /// Where the form that takes it back goes.
    pub(super) undo: Option<String>,
    /// The queue's choice, as hidden fields of that form.
    pub(super) choice: Vec<(&'static str, String)>,
}

/// What an address says was done: only words that the language files know.
pub(super) fn done(visit: &Visit) -> Option<Done> {
    let word = visit.query.get("done").filter(|word| visit.words.has("done", word))?;
    let of: Option<AlertId> = visit.query.parsed("of");
    Some(Done {
        text: visit.words.of("done", word),
        undo: of.map(|alert| format!("/alerts/{alert}/reopen")),
        choice: Choice::read(&visit.query).fields(),
    })
}

/// The queue by state, severity and policy.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let choice = Choice::read(&visit.query);
    let access = visit.access(Purpose::Queue)?;
    let page = visit.ledger().queue(&access, &choice.filter())?;
    let counts = visit.ledger().queue_counts(visit.by()?)?;
    let clock = visit.clock();
    visit.page(&Page {
        shell: visit.shell(),
        w: visit.words,
        queue: queue(&page, counts, &choice, None, &access.actor, &clock),
        state: word(choice.state),
        choice,
        severities: Severity::ALL,
        policies: policies(visit)?,
        done: done(visit),
    })
}

/// Policies to narrow the queue by: all that the visitor may see, by id and title.
fn policies(visit: &Visit) -> Result<Vec<String>, Problem> {
    if !visit.may(aboveboard_model::access::Permission::PolicyRead) {
        return Ok(vec![]);
    }
    let policies = visit.ledger().policies(visit.by()?)?;
    Ok(policies.into_iter().filter(|policy| policy.active).map(|policy| policy.id).collect())
}

#[cfg(test)]
pub(super) mod tests;
