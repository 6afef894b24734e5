//! Policies: every one in its newest version, with what it has found.

use aboveboard_ledger::view::PolicyRow;
use aboveboard_model::{
    access::Permission,
    rule::{Kind, Rule},
};
use aboveboard_policy::Policy;
use askama::Template;

use super::alerts::{Done, done};
use crate::{
    fields::link,
    moment::{Clock, Moment},
    people,
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Rows of one page.
const ROWS: usize = 50;

/// A line of the list.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    title: String,
    /// `None` where this version of the program does not read the text.
    severity: Option<&'static str>,
    action: &'static str,
    version: u32,
    findings: u64,
    /// Messages on which it cost too much.
    given_up: u64,
    active: bool,
    at: Moment,
}

/// A policy that somebody writes or that waits for a second person.
#[derive(Clone, Debug)]
struct Work {
    id: String,
    title: String,
    /// `drafted`, `proposed`, or `proposed_end`.
    state: &'static str,
    by: String,
    at: Moment,
}

#[derive(Template)]
#[template(path = "policies.html")]
struct Page {
    shell: Shell,
    w: Words,
    rows: Vec<Row>,
    /// What somebody writes, and what waits for a second person.
    work: Vec<Work>,
    is_later: bool,
    next: Option<String>,
    may_write: bool,
    done: Option<Done>,
}

/// Those in force first, then the retired ones, each by id.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let after = visit.query.get("after");
    let policies = visit.ledger().policies_page(visit.by()?, after, ROWS)?;
    visit.page(&Page {
        shell: visit.shell(),
        w: visit.words,
        rows: rows(&policies.rows, &visit.clock()),
        work: if after.is_some() { vec![] } else { work(visit)? },
        is_later: after.is_some(),
        next: policies.next.as_deref().map(|after| link("/policies", &[("after", Some(after))])),
        may_write: visit.may(Permission::PolicyWrite),
        done: done(visit),
    })
}

fn work(visit: &Visit) -> Result<Vec<Work>, Problem> {
    let (by, clock) = (visit.by()?, visit.clock());
    let rules = visit.ledger().rules_in_work(by, Some(Kind::Policy))?;
    let line = |rule: &Rule| {
        let (text, state, who, at) = match (&rule.proposal, &rule.draft) {
            (Some(proposal), _) => {
                let state = if proposal.text.is_some() { "proposed" } else { "proposed_end" };
                (proposal.text.as_deref(), state, &proposal.by, proposal.at)
            }
            (None, Some(draft)) => (Some(draft.text.as_str()), "drafted", &draft.by, draft.at),
            (None, None) => return None,
        };
        let text = text.or(rule.newest.as_ref().map(|newest| newest.text.as_str())).unwrap_or_default();
        let title = Policy::parse(text).map_or_else(|_| rule.name.clone(), |parsed| parsed.policy.title);
        let by = people::actor(clock.w, who, &by.actor);
        Some(Work { id: rule.name.clone(), title, state, by, at: clock.ago(at) })
    };
    Ok(rules.iter().filter_map(line).collect())
}

fn rows(policies: &[PolicyRow], clock: &Clock) -> Vec<Row> {
    let row = |row: &PolicyRow| {
        let policy = Policy::parse(&row.text).ok().map(|parsed| parsed.policy);
        Row {
            id: row.id.clone(),
            title: policy
                .as_ref()
                .map_or_else(|| row.id.clone(), |policy| policy.title_in(clock.w.tag()).to_owned()),
            severity: policy.as_ref().map(|policy| policy.severity.word()),
            action: policy.as_ref().map_or("", |policy| policy.action.word()),
            version: row.version,
            findings: row.findings,
            given_up: row.given_up,
            active: row.active,
            at: clock.ago(row.at),
        }
    };
    policies.iter().map(row).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use aboveboard_model::{
        access::Actor,
        id::{Index, UserId},
    };

    use super::*;
    use crate::bubble::tests::clock;

    /// A policy without mistakes, but for the warning that it has no examples.
    pub(crate) const TEXT: &str = r#"id = "side-deal.pix"
title = "Own <PIX> key"
kind = "match"
query = 'direction:out "my pix"'
severity = "high"
action = "alert"
"#;

    /// A version of a policy.
    pub(crate) fn policy(id: &str, version: u32, text: &str, active: bool) -> PolicyRow {
        PolicyRow {
            id: id.into(),
            version,
            text: text.into(),
            active,
            at: "2025-11-05T10:00:00Z".parse().unwrap(),
            by: Actor::User(UserId(1)),
            index: Index(40 + u64::from(version)),
            findings: 12_345,
            given_up: 2,
        }
    }

    fn html(policies: &[PolicyRow], may_write: bool) -> String {
        let shell = Shell::sample("Policies");
        let rows = rows(policies, &clock());
        let next = Some("/policies?after=1%3Ab".into());
        Page { w: shell.w, shell, rows, work: vec![], is_later: true, next, may_write, done: None }
            .render()
            .unwrap()
    }

    #[test]
    fn a_policy_is_listed_with_what_it_has_found() {
        let html = html(&[policy("side-deal.pix", 3, TEXT, true)], true);
        assert!(html.contains("Own &#60;PIX&#62; key") && html.contains("12,345") && html.contains("High"));
        assert!(html.contains("2 messages too costly"));
        assert!(html.contains("href=\"/policies/side-deal.pix\"") && html.contains("href=\"/policies/new\""));
    }

    #[test]
    fn retired_ones_and_those_that_no_longer_read_are_still_there() {
        let policies = [policy("a.old", 1, "id = 7", false), policy("side-deal.pix", 1, TEXT, true)];
        let html = html(&policies, false);
        assert!(html.contains("Retired") && html.contains("a.old"));
        assert!(!html.contains("/policies/new"));
    }

    #[test]
    fn a_page_leads_to_the_next_and_the_first_and_stays_small() {
        let long: Vec<_> = (0..ROWS).map(|n| policy(&format!("a.{n}"), 1, TEXT, true)).collect();
        let html = html(&long, true);
        assert!(html.contains("href=\"/policies?after=1%3Ab\"") && html.contains("href=\"/policies\">First"));
        assert!(html.len() < 100_000, "{}", html.len());
    }

    #[test]
    fn without_policies_nothing_is_looked_for_and_the_page_says_so() {
        assert!(html(&[], true).contains("Nothing is looked for yet."));
    }
}
