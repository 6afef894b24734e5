//! What a queue's address says: which alerts, how they are narrowed, and how they are shown.

use aboveboard_ledger::view::{QueueFilter, QueueState};
use aboveboard_model::{
    finding::Severity,
    id::{AlertId, ContactId, EmployeeId},
};
use jiff::{SignedDuration, Timestamp};

use crate::fields::{Fields, link};

/// Rows of one page.
const ROWS: usize = 50;
/// Bytes of a team's, region's or policy's name in an address.
const NAME_BYTES_MAX: usize = 200;

/// Everything but where its page begins is kept by a saved queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Choice {
    pub(crate) state: QueueState,
    pub(crate) severity: Option<Severity>,
    pub(crate) policy: Option<String>,
    pub(crate) employee: Option<EmployeeId>,
    pub(crate) contact: Option<ContactId>,
    pub(crate) team: Option<String>,
    pub(crate) region: Option<String>,
    /// Claimed by somebody, or by nobody.
    pub(crate) claimed: Option<bool>,
    /// Opened so many days ago or longer.
    pub(crate) days: Option<u16>,
    /// Rows of one line.
    pub(crate) compact: bool,
    pub(crate) after: Option<String>,
}

/// Ages that the form offers, in days.
pub(super) const DAYS: &[u16] = &[1, 3, 7, 30];

impl Choice {
    /// Reads it from a query string or a form; what is malformed is left out.
    pub(crate) fn read(fields: &Fields) -> Self {
        let name = |name| fields.get(name).filter(|value| value.len() <= NAME_BYTES_MAX).map(str::to_owned);
        Self {
            state: fields.get("state").and_then(state_of).unwrap_or_default(),
            severity: fields.get("severity").and_then(Severity::from_word),
            policy: name("policy"),
            employee: fields.parsed("employee"),
            contact: fields.parsed("contact"),
            team: name("team"),
            region: name("region"),
            claimed: fields.get("claimed").and_then(|word| match word {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            }),
            days: fields.parsed("days"),
            compact: fields.get("rows") == Some("compact"),
            after: name("after"),
        }
    }

    /// Reads it from what a saved queue keeps.
    pub(super) fn saved(choice: &str) -> Self {
        Self { after: None, ..Self::read(&Fields::parse(choice.as_bytes())) }
    }

    /// The question it asks of the ledger.
    pub(crate) fn filter(&self, now: Timestamp) -> QueueFilter {
        let age = |days: u16| now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).ok();
        QueueFilter {
            state: self.state,
            severity: self.severity,
            policy: self.policy.clone(),
            employee: self.employee,
            contact: self.contact,
            team: self.team.clone(),
            region: self.region.clone(),
            claimed: self.claimed,
            opened_before: self.days.and_then(age),
            after: self.after.clone(),
            limit: ROWS,
        }
    }

    /// The choice as names and values; what is usual is left out.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let state = Some(self.state).filter(|state| *state != QueueState::Open);
        let fields = [
            ("state", state.map(|state| word(state).to_owned())),
            ("severity", self.severity.map(|severity| severity.word().to_owned())),
            ("policy", self.policy.clone()),
            ("employee", self.employee.map(|employee| employee.to_string())),
            ("contact", self.contact.map(|contact| contact.to_string())),
            ("team", self.team.clone()),
            ("region", self.region.clone()),
            ("claimed", self.claimed.map(|claimed| if claimed { "yes" } else { "no" }.to_owned())),
            ("days", self.days.map(|days| days.to_string())),
            ("rows", self.compact.then(|| "compact".to_owned())),
            ("after", self.after.clone()),
        ];
        fields.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
    }

    /// The address of a page with this choice, and more.
    pub(crate) fn link(&self, path: &str, more: &[(&str, Option<&str>)]) -> String {
        let own = self.fields();
        let own = own.iter().map(|(name, value)| (*name, Some(value.as_str())));
        let query: Vec<(&str, Option<&str>)> = own.chain(more.iter().copied()).collect();
        link(path, &query)
    }

    /// The choice as a saved queue keeps it: a query string without the page's beginning.
    pub(super) fn kept(&self) -> String {
        let link = Self { after: None, ..self.clone() }.link("", &[]);
        link.trim_start_matches('?').to_owned()
    }

    /// Where an alert's page is, within this choice.
    pub(crate) fn to(&self, alert: AlertId) -> String {
        self.link(&format!("/alerts/{alert}"), &[])
    }

    /// Whether it shows less than its state holds.
    pub(super) fn is_narrowed(&self) -> bool {
        let plain =
            Self { state: self.state, compact: self.compact, after: self.after.clone(), ..Self::default() };
        *self != plain
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
