//! Answers: what the ledger tells people. Plain values; names and numbers are ids until the page shows them.

use std::collections::BTreeMap;

use aboveboard_model::{
    access::{Actor, Purpose, ReadOf, Role},
    alert::{self, Alert},
    case::{self, Case},
    connection::Connection,
    document::{Field, Mark, Zone},
    finding::Severity,
    id::{AlertId, CaseId, ContactId, ConversationId, DocumentId, EmployeeId, Index, SourceId, UserId},
    item::{Direction, MediaKind, Stream},
    people::{self, Assignment, Employee},
    registry::{self, Held, Kind},
    user::User,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod contacts;
mod coverage;
mod overview;
mod rules;

pub use contacts::{
    ContactDecision, ContactFilter, ContactPage, ContactRow, IDENTITIES_SHOWN_MAX, IdentityRow, Suggestion,
};
pub use coverage::{
    CoverageFilter, CoverageRow, Gap, Hour, NumberCounts, NumberRow, Numbers, SILENT_AFTER, TurnedAwayHour,
};
pub use overview::{Ageing, AlertHour, OpenAlert};
pub use rules::{RulePage, RuleVersion};

/// Rows of one page at most.
pub const PAGE_ROWS_MAX: usize = 100;

/// One page of a list, by key and never by offset.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// What to ask for to get the next page; `None` at the end.
    pub next: Option<String>,
    /// The log index that the page is true at.
    pub at: Index,
}

/// Which alerts the queue shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    /// Without outcome: open and claimed.
    #[default]
    Open,
    /// Claimed by who asks.
    Mine,
    /// Escalated and without outcome.
    Escalated,
    /// With an outcome.
    Closed,
}

/// What to show of the queue. Worst first, then oldest; closed ones newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueFilter {
    /// Which.
    pub state: QueueState,
    /// At least this severity.
    pub severity: Option<Severity>,
    /// Findings of this policy only.
    pub policy: Option<String>,
    /// This employee's only.
    pub employee: Option<EmployeeId>,
    /// This client's only.
    pub contact: Option<ContactId>,
    /// Of employees in this team at the time.
    pub team: Option<String>,
    /// Of employees in this region at the time.
    pub region: Option<String>,
    /// Claimed by somebody, or by nobody.
    pub claimed: Option<bool>,
    /// Opened before this instant.
    pub opened_before: Option<Timestamp>,
    /// Where the page begins: a former page's `next`.
    pub after: Option<String>,
    /// Rows; at most [`PAGE_ROWS_MAX`].
    pub limit: usize,
}

/// What a queue can be narrowed by, as far as alerts without outcome know it; by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueChoices {
    /// Teams.
    pub teams: Vec<String>,
    /// Regions.
    pub regions: Vec<String>,
}

/// A line of the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRow {
    /// Which.
    pub id: AlertId,
    /// The log entry that opened it: what people quote, `A-10432`.
    pub number: Index,
    /// The worst of its findings.
    pub severity: Severity,
    /// Title of its worst policy.
    pub title: String,
    /// Titles of the other policies.
    pub others: Vec<String>,
    /// The employee, with team and region at the time.
    pub employee: Option<Place>,
    /// The client.
    pub contact: Option<ContactId>,
    /// Where.
    pub conversation: ConversationId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Source time of its newest document.
    pub last_at: Timestamp,
    /// Where it stands.
    pub state: alert::State,
    /// Whether a second pair of eyes was asked for.
    pub escalated: bool,
    /// The case it is in.
    pub case: Option<CaseId>,
}

/// An employee and where they worked at the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which employee.
    pub employee: EmployeeId,
    /// Team.
    pub team: Option<String>,
    /// Region.
    pub region: Option<String>,
}

/// Counts over the queue, for tabs and titles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Open and claimed.
    pub open: u64,
    /// Claimed by who asks.
    pub mine: u64,
    /// Escalated.
    pub escalated: u64,
    /// Closed since midnight UTC.
    pub closed_today: u64,
    /// Of those, by who asks.
    pub closed_today_by_me: u64,
    /// Of those, as true.
    pub closed_today_true: u64,
}

/// Everything an alert's page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertPage {
    /// The alert.
    pub alert: Alert,
    /// The log entry that opened it.
    pub number: Index,
    /// The employee, with team and region.
    pub employee: Option<Place>,
    /// Closed alerts on the same employee before, and how many of them were true.
    pub earlier: (u64, u64),
    /// Closed alerts on the same employee or client, newest first.
    pub closed_before: Vec<AlertRow>,
    /// Other alerts without outcome on the same conversation.
    pub open_here: Vec<AlertRow>,
    /// Other alerts without outcome that are about the same policies: those among them may be near-duplicates.
    pub same_policies: u64,
    /// Which entries recorded the findings.
    pub recorded: Vec<Recorded>,
    /// What the registry holds now under a value that stands in a message with findings.
    pub registered: Vec<(DocumentId, RegistryRow)>,
    /// The messages with findings and those around them, oldest first.
    pub messages: Vec<Message>,
    /// How many messages of the conversation come before the first shown.
    pub messages_before: u64,
    /// For each finding of the alert, whether its document was judged again since and its policy matches no more.
    pub lapsed: Vec<bool>,
    /// What people wrote down and did, oldest first.
    pub history: Vec<HistoryRow<alert::Event>>,
    /// The alert after this one in the queue as it is ordered.
    pub next: Option<AlertId>,
    /// The alert before this one in the queue as it is ordered.
    pub previous: Option<AlertId>,
    /// The log index that the page is true at.
    pub at: Index,
}

/// The entry that recorded a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// On which document.
    pub document: DocumentId,
    /// On which revision.
    pub revision: u32,
    /// By which policy.
    pub policy: String,
    /// The log entry.
    pub index: Index,
    /// The version of the detectors that read the document.
    pub detectors: u32,
}

/// An alert that may be a near-duplicate of another.
#[derive(Clone, Debug, PartialEq)]
pub struct Alike {
    /// The alert.
    pub row: AlertRow,
    /// The message with its first finding, where it may be read.
    pub message: Option<Message>,
    /// Of all different words of the two messages, how many in a hundred both have.
    pub shared_percent: u8,
    /// Whether the same policies found it.
    pub same_policies: bool,
    /// Whether it is near enough to be decided together.
    pub is_near: bool,
}

/// An alert, and others about the same policies or that somebody picked, nearest first.
#[derive(Clone, Debug, PartialEq)]
pub struct AlikePage {
    /// The alert itself.
    pub one: Alike,
    /// The others.
    pub others: Vec<Alike>,
    /// The log index that the page is true at.
    pub at: Index,
}

/// Somewhere to go, as a typed word names it. It holds no content.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// An alert.
    Alert {
        /// Which.
        id: AlertId,
        /// `A-…`.
        number: Index,
        /// Whether it has an outcome.
        closed: bool,
    },
    /// A case.
    Case {
        /// Which.
        id: CaseId,
        /// `C-…`.
        number: Index,
        /// Whether it has an outcome.
        closed: bool,
    },
    /// An employee.
    Employee(Place),
    /// A client.
    Contact(ContactId),
    /// A conversation.
    Conversation {
        /// Which.
        id: ConversationId,
        /// The client.
        contact: Option<ContactId>,
    },
    /// A policy.
    Policy {
        /// Its id.
        id: String,
    },
    /// An entry of the log.
    Entry(Index),
}

/// A thing that was done to an alert or a case.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryRow<E> {
    /// The log entry.
    pub index: Index,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub event: E,
}

/// A message as a conversation shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Which document.
    pub document: DocumentId,
    /// The log entry of the item that brought it.
    pub index: Index,
    /// When it was written, by the source's clock.
    pub at: Timestamp,
    /// Which way.
    pub direction: Direction,
    /// In which stream it came.
    pub stream: Stream,
    /// What kind of message: `text`, `image`, `location`, `unavailable`, `call` …
    pub kind: String,
    /// Every version, oldest first; the last is the current one. At least one.
    pub versions: Vec<Version>,
    /// When it was deleted for everyone.
    pub deleted_at: Option<Timestamp>,
    /// Whether the original never came and only later changes are known.
    pub original_missing: bool,
    /// The file.
    pub media: Option<MediaView>,
    /// What it answers.
    pub reply: Option<Reply>,
    /// Forwarded: 0 no, 1 yes, 2 often.
    pub forwarded: u8,
    /// Emoji by side, in order; taken-back ones are gone.
    pub reactions: Vec<(Direction, String)>,
    /// `sent`, `delivered`, `read`, `played`, `failed` for what went out.
    pub status: Option<String>,
    /// Errors the source gave with it, in its words.
    pub errors: Vec<String>,
}

/// One version of a message's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// The log entry that brought it.
    pub index: Index,
    /// When, by the source's clock.
    pub at: Timestamp,
    /// The document revision that policies judged last.
    pub revision: u32,
    /// The words by zone.
    pub zones: BTreeMap<Zone, String>,
    /// Where identifiers stand.
    pub marks: Vec<Mark>,
}

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaView {
    /// What kind.
    pub kind: MediaKind,
    /// MIME type.
    pub mime: Option<String>,
    /// Bytes, once it is here.
    pub size_bytes: Option<u64>,
    /// The log entry that holds the bytes, once they are here.
    pub entry: Option<Index>,
    /// Why it is not here and will not be, as a code.
    pub failed: Option<String>,
}

/// What a message answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The document, where the original is known.
    pub document: Option<DocumentId>,
    /// Its words, cut; empty where they are unknown or not readable.
    pub text: String,
}

/// A line of the list of conversations.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationRow {
    /// Which.
    pub id: ConversationId,
    /// The client.
    pub contact: Option<ContactId>,
    /// The employee, with team and region now.
    pub employee: Option<Place>,
    /// The business number, digits.
    pub number: Option<String>,
    /// Messages that may be read.
    pub messages: u64,
    /// When the last one was written.
    pub last_at: Timestamp,
    /// Its words, cut.
    pub last_text: String,
    /// Alerts without outcome.
    pub open_alerts: u64,
}

/// A page of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationPage {
    /// The conversation.
    pub row: ConversationRow,
    /// Messages, oldest first; a page ends at `next` towards the past.
    pub messages: Page<Message>,
    /// Alerts on it, newest first.
    pub alerts: Vec<AlertRow>,
    /// Their findings, each with its alert.
    pub findings: Vec<(AlertId, alert::OnDocument)>,
    /// Messages that wait sealed because nobody accountable had notice.
    pub waiting: u64,
}

/// Which part of a conversation is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// Messages before this key: a former page's `next`.
    pub before: Option<String>,
    /// Messages around this one.
    pub around: Option<DocumentId>,
    /// Messages from this instant on, with some before it.
    pub from: Option<Timestamp>,
    /// Only messages with findings.
    pub marked: bool,
    /// Messages; at most [`PAGE_ROWS_MAX`].
    pub limit: usize,
}

/// A hit of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The document.
    pub document: DocumentId,
    /// The revision that matched.
    pub revision: u32,
    /// What it is: `message`, `reaction`, `call`.
    pub kind: String,
    /// Where.
    pub conversation: Option<ConversationId>,
    /// The employee, with team and region at the time.
    pub employee: Option<Place>,
    /// The client.
    pub contact: Option<ContactId>,
    /// Which way.
    pub direction: Option<Direction>,
    /// When.
    pub at: Timestamp,
    /// The words by zone.
    pub zones: BTreeMap<Zone, String>,
    /// What matched: zone, first byte, one past the last.
    pub spans: Vec<(Zone, usize, usize)>,
    /// Where identifiers stand.
    pub marks: Vec<Mark>,
}

/// The answer to a search, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchPage {
    /// The hits.
    pub hits: Page<Hit>,
    /// How many documents match; what the index proposes, so possibly a few more than match, where `estimated`.
    pub total: u64,
    /// Whether not every proposal was looked at, and some may not match.
    pub estimated: bool,
    /// How many documents hold each value, for the fields that have any.
    pub facets: Vec<Facet>,
    /// Whether those numbers are estimates.
    pub facets_estimated: bool,
    /// Milliseconds it took.
    pub took_ms: u64,
}

/// The values of a field among what a search finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// Which; months are under `at`.
    pub field: Field,
    /// Values as people write them and how many documents hold each: the most frequent first, months from the last one back.
    pub values: Vec<(String, u64)>,
    /// How many further values there are.
    pub others: usize,
}

/// A line of the list of cases.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseRow {
    /// The case.
    pub case: Case,
    /// The log entry that opened it: `C-…`.
    pub number: Index,
}

/// Everything a case's page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct CasePage {
    /// The case.
    pub case: Case,
    /// The log entry that opened it.
    pub number: Index,
    /// Its alerts.
    pub alerts: Vec<AlertRow>,
    /// The messages with findings of its alerts that may be read, oldest first, each with its alert.
    pub evidence: Vec<(AlertId, Message)>,
    /// Who looked for its sake, newest first.
    pub looks: Vec<ReadRow>,
    /// What was done, oldest first: the chain of custody so far.
    pub history: Vec<HistoryRow<case::Event>>,
    /// The log index that the page is true at.
    pub at: Index,
}

/// A policy in its newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRow {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// Its TOML text.
    pub text: String,
    /// Whether it is in force.
    pub active: bool,
    /// When this version was published.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// The entry that published it.
    pub index: Index,
    /// Findings so far, over all versions.
    pub findings: u64,
    /// How often it cost too much on a document and was given up there, over all versions.
    pub given_up: u64,
}

/// An employee with their numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct EmployeeRow {
    /// The employee.
    pub employee: Employee,
    /// Numbers, by date.
    pub assignments: Vec<Assignment>,
    /// Items that wait sealed for their notice.
    pub waiting: u64,
}

/// Everything an employee's page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct EmployeePage {
    /// The employee.
    pub employee: Employee,
    /// Who leads them.
    pub manager: Option<Employee>,
    /// Whom they lead, by the firm's reference; at most [`PAGE_ROWS_MAX`].
    pub leads: Vec<Employee>,
    /// Numbers, by date.
    pub numbers: Vec<EmployeeNumber>,
    /// What was written down about them, oldest first.
    pub history: Vec<HistoryRow<people::Event>>,
    /// Alerts, newest first; none where the asker may not see them, or is that employee.
    pub alerts: Vec<AlertRow>,
    /// Cases of those alerts; none where the asker may not see them, or is that employee.
    pub cases: Vec<CaseRow>,
    /// Who looked at anything of theirs, newest first; `None` where the asker may not see the access log.
    pub reads: Option<Vec<ReadRow>>,
    /// The log index that the page is true at.
    pub at: Index,
}

/// A number that an employee is or was accountable for.
#[derive(Clone, Debug, PartialEq)]
pub struct EmployeeNumber {
    /// Which, and from when.
    pub assignment: Assignment,
    /// Until when, where another assignment follows.
    pub until: Option<Timestamp>,
    /// The number in digits, once it was heard of.
    pub display: Option<String>,
    /// Items of that time that wait sealed for notice.
    pub waiting: u64,
}

/// A source without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// Which.
    pub id: SourceId,
    /// What people call it.
    pub name: String,
    /// The connector.
    pub connector: String,
    /// Whether a token for media is set.
    pub has_access_token: bool,
    /// How many app secrets are good now.
    pub secrets: usize,
    /// Until when former app secrets are good, where there are any.
    pub overlap_until: Option<Timestamp>,
    /// The Graph API's base, where it is not Meta's own.
    pub graph_url: Option<String>,
    /// The platform's id of the account.
    pub account: Option<String>,
    /// The platform's id of the first number.
    pub number: Option<String>,
    /// Handshake, errands, and what the platform says.
    pub connection: Connection,
    /// Deliveries so far.
    pub deliveries: u64,
    /// When the last one came.
    pub last_at: Option<Timestamp>,
    /// Deliveries that are not read yet.
    pub unread: u64,
    /// Messages so far.
    pub messages: u64,
}

/// How far an installation is on its way to its first message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// Users who administer and may sign in.
    pub administrators: u64,
    /// Users who read content and may sign in.
    pub officers: u64,
    /// Employees.
    pub employees: u64,
    /// Employees who are accountable for a number, now or later.
    pub accountable: u64,
    /// Those of them who have had notice.
    pub noticed: u64,
    /// Items that wait sealed; at most [`WAITING_MAX`].
    pub waiting: u64,
    /// Whether any message may be read.
    pub readable: bool,
}

/// Items that wait sealed are counted no further.
pub const WAITING_MAX: u64 = 1_000;

/// A shape that the reader does not know, for the operator's screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRow {
    /// The webhook field, and the type or the JSON path.
    pub what: String,
    /// How often.
    pub count: u64,
    /// The newest entry.
    pub last: Index,
}

/// A line of the log, without content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Which.
    pub index: Index,
    /// When it was made.
    pub at: Timestamp,
    /// Its type.
    pub kind: String,
    /// Hash of the leaf, hex.
    pub leaf_hash: String,
}

/// Where the log stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogState {
    /// Its name.
    pub origin: String,
    /// Entries.
    pub entries: u64,
    /// Entries under the signed checkpoint.
    pub fixed: u64,
    /// When the checkpoint was signed.
    pub fixed_at: Option<Timestamp>,
    /// The checkpoint's root hash, base64.
    pub root: String,
    /// The key that proves it.
    pub verifier_key: String,
    /// The entry up to which views are folded.
    pub folded: Index,
}

/// One entry, for whoever may see the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPage {
    /// The line of the log.
    pub row: EntryRow,
    /// The public leaf, exact.
    pub leaf: String,
    /// The parts' names and sizes in bytes.
    pub parts: Vec<(String, u64)>,
    /// Whether a signed checkpoint covers it.
    pub fixed: bool,
    /// Whether its content waits for notice, so that nobody takes it out.
    pub waits: bool,
    /// Whether whoever asks may take such entries out of the house with their content.
    pub may_export: bool,
}

/// Who read what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRow {
    /// The log entry.
    pub index: Index,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// Why.
    pub purpose: Purpose,
    /// What; never with the words of a search.
    pub of: ReadOf,
    /// What was searched for, for those who may see that; `None` too where it was erased.
    pub query: Option<String>,
    /// The entry that opened the alert or case that was read: what people quote.
    pub number: Option<Index>,
}

/// Which looks the access log shows. Newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadFilter {
    /// By this actor only.
    pub actor: Option<Actor>,
    /// At what concerned this person only: conversations, alerts, cases, files, the person's page. Lists and searches
    /// concern nobody in particular.
    pub concerns: Option<Concerns>,
    /// For this purpose only, by its word.
    pub purpose: Option<String>,
    /// From one instant until before another.
    pub between: Option<(Timestamp, Timestamp)>,
    /// Before this entry.
    pub before: Option<Index>,
    /// Rows; at most [`PAGE_ROWS_MAX`].
    pub limit: usize,
}

/// Whom a look concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concerns {
    /// A client.
    Contact(ContactId),
    /// An employee.
    Employee(EmployeeId),
}

/// A user for the page of users, without the password.
#[derive(Clone, Debug, PartialEq)]
pub struct UserRow {
    /// The user.
    pub user: User,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
}

/// Somebody who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// What they type to sign in.
    pub login: String,
    /// Roles now.
    pub roles: std::collections::BTreeSet<Role>,
    /// The employee they are.
    pub employee: Option<EmployeeId>,
    /// Since when the password is one that somebody else gave, and has to be changed.
    pub given_at: Option<Timestamp>,
}

/// An entry of the registry.
pub type RegistryRow = Held;

/// What a page of the registry is narrowed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegistryChoice<'a> {
    /// Of one kind.
    pub kind: Option<Kind>,
    /// With a text in value or label.
    pub text: Option<&'a str>,
    /// Only what waits for a second person.
    pub waiting: bool,
    /// Only what counts at an instant.
    pub at: Option<Timestamp>,
}

/// An entry of the registry with what was done to it.
#[derive(Clone, Debug, PartialEq)]
pub struct RegistryPage {
    /// The entry.
    pub held: Held,
    /// What was done, oldest first.
    pub history: Vec<HistoryRow<registry::Event>>,
}

/// What waits to be done by the program itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Entries not folded yet.
    pub unfolded: u64,
    /// Deliveries not read yet.
    pub unread: u64,
    /// Documents not judged yet.
    pub unjudged: u64,
    /// Files not fetched yet.
    pub media: u64,
}
