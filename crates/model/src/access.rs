//! Who asks, in which roles, and why. Every question about content takes an [`Access`], and its read is an entry.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use crate::id::{AlertId, CaseId, ContactId, ConversationId, EmployeeId, Index, SearchId, UserId};

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person who signed in.
    User(UserId),
    /// A job of the program, by its name: `intake`, `runner`, `media` …
    System(String),
    /// Somebody with a shell on the machine.
    CommandLine,
}

impl Actor {
    /// The user, where a person acts.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Actor::User(user) => Some(*user),
            _ => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::User(user) => user.fmt(f),
            Actor::System(job) => write!(f, "system/{job}"),
            Actor::CommandLine => f.write_str("command-line"),
        }
    }
}

macro_rules! words {
    ($(#[doc = $outer:literal])* $name:ident { $($(#[doc = $doc:literal])* $variant:ident = $word:literal,)* }) => {
        $(#[doc = $outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[doc = $doc])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// All of them, in reading order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word in the log, in Cedar policies, in URLs and in the language files.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// The one with this word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}

pub(crate) use words;

words! {
    /// What a person is to the program. Rights follow from roles by `ledger`'s Cedar policies, deny by default.
    Role {
        /// Sources, users, settings. Never content.
        Administrator = "administrator",
        /// Policies, registry, people, queues, cases.
        ComplianceOfficer = "compliance_officer",
        /// Queues and cases.
        Reviewer = "reviewer",
        /// The access log, notice, erasure.
        PrivacyOfficer = "privacy_officer",
        /// Reads the log, the configuration, and nothing else.
        Auditor = "auditor",
    }
}

impl Role {
    /// Whether the role reads what people wrote.
    pub fn reads_content(self) -> bool {
        matches!(self, Role::ComplianceOfficer | Role::Reviewer)
    }

    /// Whether its grant takes two people, and never goes with administration: it reads content, or decides by notice
    /// what becomes readable.
    pub fn is_guarded(self) -> bool {
        self.reads_content() || self == Role::PrivacyOfficer
    }
}

words! {
    /// What a route, a question or a command needs.
    Permission {
        /// See the queue, alerts, and their conversations.
        AlertRead = "alert.read",
        /// See how many alerts there are and how they ended, and none of them.
        AlertFigures = "alert.figures",
        /// Claim, release, dismiss, confirm, escalate.
        AlertDecide = "alert.decide",
        /// See cases.
        CaseRead = "case.read",
        /// Open, note, close.
        CaseDecide = "case.decide",
        /// Read a conversation.
        ConversationRead = "conversation.read",
        /// Search all that is readable.
        Search = "search",
        /// See policies and their versions.
        PolicyRead = "policy.read",
        /// Save and retire policies.
        PolicyWrite = "policy.write",
        /// See the registry.
        RegistryRead = "registry.read",
        /// Change the registry.
        RegistryWrite = "registry.write",
        /// See employees, assignments, notice.
        PeopleRead = "people.read",
        /// Change employees, assignments, notice.
        PeopleWrite = "people.write",
        /// See clients as persons: their identities under masks, conversations, and who is whom.
        ContactRead = "contact.read",
        /// Merge and split clients.
        ContactWrite = "contact.write",
        /// See sources and their state.
        SourceRead = "source.read",
        /// Connect sources and rotate their secrets.
        SourceWrite = "source.write",
        /// See the overview: sums over everything, each where its own permission is held, too.
        OverviewRead = "overview.read",
        /// See the log's entries without content, checkpoints, proofs; verify.
        LogRead = "log.read",
        /// Take an entry out of the house, with its content and its proof. What the entry is about takes its own permission, too.
        EntryExport = "entry.export",
        /// See who read what.
        AccessLogRead = "access_log.read",
        /// See what others searched for.
        SearchTextRead = "search_text.read",
        /// See users.
        UserRead = "user.read",
        /// Create, disable, reset users.
        UserWrite = "user.write",
        /// Grant a role that reads content: the second pair of eyes.
        UserApprove = "user.approve",
        /// One's own session, password, settings.
        OwnAccount = "own.account",
    }
}

/// Why content is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To judge an alert.
    Review(AlertId),
    /// To work on a case.
    Case(CaseId),
    /// To see the queue.
    Queue,
    /// To find evidence.
    Investigation,
    /// To test a policy while it is written.
    PolicyWork,
    /// To detect, by the program itself.
    Detection,
    /// To produce an entry as evidence.
    Evidence,
}

impl Purpose {
    /// The words of all purposes, in reading order.
    pub const WORDS: &'static [&'static str] =
        &["review", "case", "queue", "investigation", "policy_work", "detection", "evidence"];

    /// The word of the purpose, in the access log and the language files.
    pub fn word(&self) -> &'static str {
        match self {
            Purpose::Review(_) => "review",
            Purpose::Case(_) => "case",
            Purpose::Queue => "queue",
            Purpose::Investigation => "investigation",
            Purpose::PolicyWork => "policy_work",
            Purpose::Detection => "detection",
            Purpose::Evidence => "evidence",
        }
    }
}

/// Who asks, in which roles, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Who asks.
    pub actor: Actor,
    /// The roles held now.
    pub roles: BTreeSet<Role>,
    /// The employee that the user is, if any: nobody reviews themselves.
    pub employee: Option<EmployeeId>,
    /// Why.
    pub purpose: Purpose,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadOf {
    /// A page of the queue: this many alerts.
    Queue(u32),
    /// An alert and its conversation.
    Alert(AlertId),
    /// A case.
    Case(CaseId),
    /// A page of cases: this many. Their titles are people's words.
    Cases(u32),
    /// A page of conversations: this many.
    Conversations(u32),
    /// A page of a conversation.
    Conversation(ConversationId),
    /// A search: how many hits were shown. What was searched for is an entry of its own.
    Search {
        /// Which entry `search.asked` has the words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        search: Option<SearchId>,
        /// The query as typed, in entries of the first versions only.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        query: String,
        /// Hits shown.
        hits: u32,
    },
    /// A client's page.
    Contact(ContactId),
    /// The alerts and cases on an employee's page.
    Employee(EmployeeId),
    /// One entry's parts.
    Entry(Index),
    /// A media file, by its entry.
    Media(Index),
}
