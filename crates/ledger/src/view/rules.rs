//! Answers about policies, lists and macros.

use aboveboard_model::{
    access::Actor,
    id::Index,
    rule::{self, Rule},
};
use jiff::Timestamp;

use super::HistoryRow;

/// A policy, list or macro with everything that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct RulePage {
    /// Where it stands.
    pub rule: Rule,
    /// Its versions, newest first.
    pub versions: Vec<RuleVersion>,
    /// What was done to it, oldest first, without its texts.
    pub history: Vec<HistoryRow<rule::Event>>,
}

/// A version of a rule that was in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleVersion {
    /// Its number, from 1.
    pub version: u32,
    /// Its text.
    pub text: String,
    /// Whether it is in force.
    pub active: bool,
    /// When it was published.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// The entry that published it.
    pub index: Index,
    /// Why.
    pub note: String,
    /// Who proposed it, in which entry; nobody where the program set it up, or in a log of before.
    pub proposed: Option<(Actor, Index)>,
    /// Findings of this version so far; of policies.
    pub findings: u64,
    /// Documents on which it cost too much and was given up; of policies.
    pub given_up: u64,
}
