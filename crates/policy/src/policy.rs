//! A policy as a value: what it looks for, where, how bad a match is, and what follows.

use std::{collections::BTreeMap, ops::Range};

use aboveboard_model::{
    document::{Document, Zone},
    finding::{Action, Severity},
    item::Direction,
};
use aboveboard_query::Query;
use jiff::SignedDuration;

use crate::{
    diagnostic::{Diagnostic, Level},
    effective::Effective,
    parse,
};

/// The longest policy text, in bytes.
pub const POLICY_BYTES_MAX: usize = 128 << 10;
/// The longest id, in bytes.
pub const ID_BYTES_MAX: usize = 100;
/// The longest title, in bytes.
pub const TITLE_BYTES_MAX: usize = 200;
/// The longest of the texts that say why it is there, whom it serves and what it misfires on, in bytes.
pub const REMARK_BYTES_MAX: usize = 1_000;
/// The languages in which a policy may say its title and remarks once more: those of the console.
pub const LANGUAGES: &[&str] = &["en", "pt-BR"];
/// How many examples a policy may have.
pub const EXAMPLES_MAX: usize = 200;
/// How many regions, and how many teams, a scope may name.
pub const SCOPE_NAMES_MAX: usize = 200;

/// A policy without mistakes.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its name for programs, such as `side-deal.cash`: lower-case words with hyphens, parted by full stops.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What it says about itself, in the language of its author.
    pub remarks: Remarks,
    /// Title and remarks once more, by language: one of [`LANGUAGES`] each.
    pub translations: BTreeMap<&'static str, Translation>,
    /// How it looks.
    pub kind: Kind,
    /// What it looks for.
    pub query: Query,
    /// Whom it is about.
    pub scope: Scope,
    /// From when this version counts, and for whom.
    pub effective: Effective,
    /// How bad a match would be if it were true.
    pub severity: Severity,
    /// What follows once it has happened.
    pub action: Action,
    /// What follows before it is sent, in the inbox and at the endpoint.
    pub before: Before,
    /// How long a late delivery may still change the answer; kept for the kinds that look at more than one message.
    pub lateness: Option<SignedDuration>,
    /// What it must and must not match.
    pub examples: Vec<Example>,
}

/// A policy and what is odd about its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The policy.
    pub policy: Policy,
    /// Warnings only.
    pub warnings: Vec<Diagnostic>,
    /// The bytes of its id in the text, for mistakes that only show beside other policies.
    pub id_span: Range<usize>,
}

impl Policy {
    /// Reads a policy from TOML text, at most [`POLICY_BYTES_MAX`] long.
    ///
    /// # Errors
    /// Everything that is wrong with it, and what is odd besides, in the order of the text, at most
    /// [`DIAGNOSTICS_MAX`](crate::DIAGNOSTICS_MAX); at least one is an error.
    pub fn parse(text: &str) -> Result<Parsed, Vec<Diagnostic>> {
        let (parsed, diagnostics) = parse::parse(text);
        match parsed {
            Some((policy, id_span)) if diagnostics.iter().all(|one| one.level() == Level::Warning) => {
                Ok(Parsed { policy, warnings: diagnostics, id_span })
            }
            _ => Err(diagnostics),
        }
    }
}

/// What a policy says about itself to those who read it; each part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Why it is there.
    pub why: Option<String>,
    /// Whom it serves.
    pub serves: Option<String>,
    /// What it finds although it should not, so that a reviewer expects it.
    pub misfires: Option<String>,
}

/// Title and remarks in a further language; what is missing is read in the author's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Translation {
    /// The title.
    pub title: Option<String>,
    /// The remarks.
    pub remarks: Remarks,
}

impl Policy {
    /// The title in a language, by its tag, or in the author's.
    pub fn title_in(&self, language: &str) -> &str {
        let title = self.translations.get(language).and_then(|translation| translation.title.as_deref());
        title.unwrap_or(&self.title)
    }

    /// The remarks in a language, by its tag; what is not translated is in the author's.
    pub fn remarks_in(&self, language: &str) -> Remarks {
        let there = self.translations.get(language).map(|translation| translation.remarks.clone());
        let Remarks { why, serves, misfires } = there.unwrap_or_default();
        let own = self.remarks.clone();
        Remarks { why: why.or(own.why), serves: serves.or(own.serves), misfires: misfires.or(own.misfires) }
    }
}

/// A closed set of words of the policy language.
macro_rules! words {
    ($(#[doc = $outer:literal])* $name:ident { $($(#[$meta:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[doc = $outer])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$meta])* $variant,)* }

        impl $name {
            /// All of them, in the manual's order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word in a policy's text.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }
    };
}

words! {
    /// How a policy looks at documents.
    Kind {
        /// At one document at a time.
        #[default]
        Match = "match",
    }
}

/// Kinds that the language will have: named, so that a policy written for them says clearly why it does not work yet.
pub(crate) const KINDS_TO_COME: &[&str] = &["count", "sequence", "absence"];

words! {
    /// What happens before something is sent.
    Before {
        /// Nothing.
        #[default]
        None = "none",
        /// The sender is told afterwards that it was seen.
        Notify = "notify",
        /// The sender is asked to think again.
        Warn = "warn",
        /// The sender must give a reason.
        Justify = "justify",
        /// It is not sent.
        Block = "block",
    }
}

words! {
    /// What an example says the query does.
    Expect {
        /// It matches.
        #[default]
        Match = "match",
        /// It does not.
        NoMatch = "no match",
    }
}

/// Whom a policy is about. An empty list names everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Codes of regions; `BR` holds `BR-SP` too.
    pub regions: Vec<String>,
    /// Names of teams.
    pub teams: Vec<String>,
}

impl Scope {
    /// Whether a document is about somebody in the scope. A document whose region or team is not known is in no scope that
    /// names any.
    pub fn holds(&self, document: &Document) -> bool {
        let team = |name: &String| document.team.as_deref().is_some_and(|team| same(team, name));
        let region =
            |code: &String| document.region.as_deref().is_some_and(|region| within_region(region, code));
        (self.teams.is_empty() || self.teams.iter().any(team))
            && (self.regions.is_empty() || self.regions.iter().any(region))
    }

    /// Whether it names everybody.
    pub fn is_everybody(&self) -> bool {
        self.regions.is_empty() && self.teams.is_empty()
    }
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn within_region(region: &str, code: &str) -> bool {
    let parts = region.match_indices('-').map(|(at, _)| &region[..at]);
    parts.chain([region]).any(|part| same(part, code))
}

/// A text that the policy must match, or must not.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The words.
    pub text: String,
    /// Where they stand.
    pub zone: Zone,
    /// What must come of it.
    pub expect: Expect,
    /// What is known besides the words.
    pub facts: Facts,
    /// Its bytes in the policy's text.
    pub span: Range<usize>,
}

/// What is known about an example besides its words. A list that is given stands for what detectors and registry would
/// say; one that is not is left to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Which way it went; out, unless said.
    pub direction: Direction,
    /// Values of `payment`: `registered`, `unregistered`, `client`, and kinds.
    pub payment: Option<Vec<String>>,
    /// Values of `handle`.
    pub handle: Option<Vec<String>>,
    /// Values of `link`: hosts, `registered`, `unregistered`.
    pub link: Option<Vec<String>>,
    /// Values of `entity`: kinds.
    pub entity: Option<Vec<String>>,
    /// Value of `discount`, in percent.
    pub discount: Option<f64>,
    /// Values of `discount_limit`: `over_authority`, `within_authority`.
    pub discount_limit: Option<Vec<String>>,
    /// Values of `price`: `below_list`, `at_list`.
    pub price: Option<Vec<String>>,
    /// Values of `approval`: `none`, `given`.
    pub approval: Option<Vec<String>>,
    /// Value of `media`.
    pub media: Option<String>,
    /// Value of `deleted`.
    pub deleted: bool,
    /// Value of `edited`.
    pub edited: bool,
    /// Value of `forwarded`.
    pub forwarded: bool,
    /// Value of `first_contact`.
    pub first_contact: bool,
    /// Value of `off_hours`.
    pub off_hours: bool,
}

impl Default for Facts {
    fn default() -> Self {
        Facts {
            direction: Direction::Out,
            payment: None,
            handle: None,
            link: None,
            entity: None,
            discount: None,
            discount_limit: None,
            price: None,
            approval: None,
            media: None,
            deleted: false,
            edited: false,
            forwarded: false,
            first_contact: false,
            off_hours: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_holds_whom_it_names_and_a_region_its_parts() {
        let scope = Scope { regions: vec!["BR".into()], teams: vec!["Sales".into()] };
        let document = |region: Option<&str>, team: Option<&str>| Document {
            region: region.map(str::to_owned),
            team: team.map(str::to_owned),
            ..Document::default()
        };
        assert!(scope.holds(&document(Some("br"), Some("sales"))));
        assert!(scope.holds(&document(Some("BR-SP"), Some("sales"))));
        assert!(!scope.holds(&document(Some("BRX"), Some("sales"))));
        assert!(!scope.holds(&document(Some("BR"), Some("care"))));
        assert!(!scope.holds(&document(None, Some("sales"))));
        assert!(Scope::default().holds(&document(None, None)));
    }
}
