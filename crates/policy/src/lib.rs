//! Policies: what a firm wants to be told about. Text in, compiled policies, findings, explanations and example checks out. Pure.
//!
//! ```
//! use aboveboard_model::document::{Document, Zone};
//! use aboveboard_policy::{Policy, PolicySet, Published};
//!
//! let text = r#"
//! id = "conduct.shouting"
//! title = "Shouting at a client"
//! kind = "match"
//! query = 'direction:out "calm down"'
//! severity = "low"
//! action = "log"
//! "#;
//! let policy = Policy::parse(text).expect("it has no mistakes").policy;
//! let set = PolicySet::new(vec![Published { policy, version: 1 }]);
//!
//! let mut document = Document::default();
//! document.direction = Some(aboveboard_model::item::Direction::Out);
//! document.zones.insert(Zone::Text, "Calm down, madam!".to_owned());
//! assert_eq!(set.evaluate(&document)[0].policy, "conduct.shouting");
//!
//! let mistakes = Policy::parse("id = 7").expect_err("it has many");
//! assert!(mistakes.len() > 3);
//! ```
//!
//! A policy is one TOML file. Its keys: `id`, `title`, `why`, `serves`, `misfires`, `kind` (`match`), `query` (the query language),
//! `scope` (`regions`, `teams`), `severity`, `action`, `before`, `lateness`, `[[example]]` tables, and a table for each further
//! language (`[pt-BR]`) with `title`, `why`, `serves`, `misfires`.

mod diagnostic;
mod effective;
mod nearest;
mod policy;
mod source;

mod parse;
mod parse_example;

mod check;
mod evaluate;
mod examples;
mod explain;
mod packs;

pub use crate::{
    check::{DRAFT_ID, check},
    diagnostic::{Code, DIAGNOSTICS_MAX, Diagnostic, Level},
    effective::{EFFECTIVE_MAX, Effective, Since},
    evaluate::{PolicySet, Published, Verdict},
    examples::{ExampleFailure, check_examples},
    explain::Phrase,
    packs::{ALL, DEFAULT, Pack, Shipped, folder},
    policy::{
        Before, EXAMPLES_MAX, Example, Expect, Facts, ID_BYTES_MAX, Kind, LANGUAGES, POLICY_BYTES_MAX,
        Parsed, Policy, REMARK_BYTES_MAX, Remarks, SCOPE_NAMES_MAX, Scope, TITLE_BYTES_MAX, Translation,
    },
};
