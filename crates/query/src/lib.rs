//! The query language: one text that searches an archive backward and watches new documents forward.
//!
//! Lucene query syntax over the typed fields of a document. Bare terms are ANDed and search what people wrote; case, width, accents
//! and look-alike letters do not count.
//!
//! ```
//! use aboveboard_model::document::{Document, Zone};
//! use aboveboard_query::Query;
//!
//! let query = Query::parse(r#"("my pix" OR "send cash"~3) kind:message NOT team:finance"#).expect("it is well formed");
//! let mut document = Document { kind: "message".into(), ..Document::default() };
//! document.zones.insert(Zone::Text, "Send me the cash, João".into());
//! let found = query.matches(&document).expect("cash is near send");
//! assert_eq!(found.spans.len(), 2);
//!
//! let mistakes = Query::parse("tex:pix").expect_err("no such field");
//! assert_eq!(mistakes[0].to_string(), "E009 at 0..3: no field is called `tex` (did you mean `text`?)");
//! ```
//!
//! The same query runs forward (`Query::matches`, or `QuerySet` for thousands at once) and backward: `Query::plan` says what an
//! index must propose, and the forward evaluator decides on the stored document.

mod syntax;

mod compile;
mod diagnostic;
mod fix;
mod judge;
mod lists;
mod parse;
mod scan;

mod byte_rules;
mod clues;
mod engine;
mod fuzzy;
mod glob;
mod herald;
mod literals;
mod matching;
mod needs;
mod patterns;
mod reading;
mod seek;
mod set;
mod shadow;
mod stem;
mod text_pattern;

mod imply;
mod plan;

mod expect;
mod manual;
mod narrow;

use std::fmt;

use aboveboard_model::document::Document;

pub use crate::byte_rules::ByteRules;
pub use crate::compile::{
    FUZZY_RUN_LETTERS_MAX, KEYWORD_BYTES_MAX, MOMENT_STEPS_MAX, PHRASE_TOKENS_MAX, WILDCARDS_MAX,
    keyword_form,
};
pub use crate::diagnostic::{Code, Diagnostic, Help, Severity};
pub use crate::expect::{Expected, Wanted, expected, known_values};
pub use crate::fuzzy::{EDITS_MAX, Fuzzy};
pub use crate::glob::Glob;
pub use crate::lists::{
    Environment, LIST_BYTES_MAX, LIST_ENTRIES_MAX, LIST_ENTRY_BYTES_MAX, LIST_PATTERNS_MAX, Lexicon,
    ListProblem, Lists,
};
pub use crate::manual::manual;
pub use crate::matching::{FieldSpan, Match, SPANS_MAX};
pub use crate::parse::{
    DEPTH_MAX, DIAGNOSTICS_MAX, MACRO_DEPTH_MAX, NEAR_DEPTH_MAX, PATTERNS_MAX, QUERY_BYTES_MAX,
    QUERY_PATTERN_BYTES_MAX, SLOP_MAX, TERMS_MAX,
};
pub use crate::plan::{Plan, TokenTest};
pub use crate::reading::{Reading, Stored, seconds_of_day};
pub use crate::seek::{NEAR_PAIRS_MAX, NEAR_PLACES_MAX, PLACES_MAX};
pub use crate::set::{Judged, QuerySet};
pub use crate::stem::Language;
pub use crate::syntax::{Leaf, Literal, Manner, Near, Node, NodeKind, Scope};
pub use crate::text_pattern::{PATTERN_BYTES_MAX, PATTERN_NESTING_MAX, PATTERN_REREAD_BYTES_MAX};

/// A query without mistakes. Two are equal if they ask the same in the same order; printed and parsed again it is the same.
#[derive(Clone, Debug)]
pub struct Query {
    root: Node,
    warnings: Vec<Diagnostic>,
}

impl Query {
    /// Parses a query.
    ///
    /// # Errors
    /// Everything that is wrong with it (and what is odd besides), in the order found, at most `DIAGNOSTICS_MAX`; at least one
    /// is of `Severity::Error`.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        Self::parse_in(text, &Environment::default())
    }

    /// Parses a query that may name lists and parts of queries, and that knows what `now` is if the environment does.
    ///
    /// # Errors
    /// As of [`Query::parse`].
    pub fn parse_in(text: &str, environment: &Environment) -> Result<Self, Vec<Diagnostic>> {
        let (root, diagnostics) = parse::parse(text, environment);
        root.map(|root| Self { root, warnings: diagnostics.clone() }).ok_or(diagnostics)
    }

    /// What is odd about it but does not keep it from running.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The tree, whose spans are places in the text that was parsed.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// Whether a document matches, and where.
    pub fn matches(&self, document: &Document) -> Option<Match> {
        self.find(&Reading::of(document))
    }

    /// The same for a document that is already read.
    pub fn find(&self, reading: &Reading<'_>) -> Option<Match> {
        matching::find(&self.root, reading)
    }

    /// What an index must propose so that no match is missed.
    pub fn plan(&self) -> Plan {
        Plan::of(&self.root).0
    }

    /// Whether everything that the plan proposes matches: then an index can count without looking at documents.
    pub fn plan_is_exact(&self) -> bool {
        Plan::of(&self.root).1
    }
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.root == other.root
    }
}

impl fmt::Display for Query {
    /// Prints the query so that parsing gives it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}
