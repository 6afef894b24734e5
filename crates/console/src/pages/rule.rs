//! The life of a policy, a word list or a macro: what is being written, what waits for a second person, its versions, and the acts
//! that move it on.

use aboveboard_ledger::{
    Command, Error,
    view::{RulePage, RuleVersion},
};
use aboveboard_model::{
    access::{Actor, Permission},
    id::Index,
    refusal::Refusal,
    rule::{self, Kind},
};

use super::backtest::{self, Tested};
use crate::{
    difference,
    fields::link,
    moment::{Clock, Moment},
    people,
    problem::Problem,
    reply::Reply,
    visit::Visit,
};

/// Where rules of each kind are.
const PLACES: &[(Kind, &str)] = &[(Kind::Policy, "/policies")];

/// A line of a comparison: `gone`, `new` or nothing, and the line.
pub(super) type Change = (&'static str, String);

/// The life of a rule, as its page shows it.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    /// Its page's address.
    pub(super) base: String,
    pub(super) may_write: bool,
    pub(super) is_active: bool,
    pub(super) is_policy: bool,
    pub(super) draft: Option<DraftShown>,
    pub(super) waiting: Option<Waiting>,
    /// Newest first.
    pub(super) versions: Vec<Version>,
    /// The version on the page, and the one that it is compared with; 0 where there is none.
    pub(super) version: u32,
    pub(super) compared: u32,
    pub(super) changes: Vec<Change>,
    /// What was done to it, newest first.
    pub(super) past: Vec<Past>,
}

/// A text that is being written.
#[derive(Clone, Debug)]
pub(super) struct DraftShown {
    pub(super) by: String,
    pub(super) at: Moment,
    /// Who did not agree, and why.
    pub(super) returned: Option<(String, String)>,
    pub(super) changes: Vec<Change>,
}

/// What waits for a second person.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// Whether the rule is to end.
    pub(super) is_end: bool,
    pub(super) by: String,
    pub(super) at: Moment,
    pub(super) note: String,
    pub(super) index: u64,
    pub(super) is_mine: bool,
    pub(super) changes: Vec<Change>,
    /// Tests of just this text on history; of a policy.
    pub(super) tests: Vec<Tested>,
}

/// A line of the list of versions.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) number: u32,
    pub(super) at: Moment,
    pub(super) by: String,
    pub(super) index: u64,
    pub(super) note: String,
    /// Who proposed it, and in which entry; the program's own set-up was nobody's proposal.
    pub(super) proposed: Option<(String, u64)>,
}

/// Something that was done to it.
#[derive(Clone, Debug)]
pub(super) struct Past {
    pub(super) at: Moment,
    pub(super) by: String,
    pub(super) did: &'static str,
    pub(super) note: String,
    pub(super) index: u64,
}

/// What is known of a rule, in the words of a page, about the version that is wanted. `None` where there is no such version.
pub(super) fn life(page: &RulePage, wanted: Wanted, me: &Actor, clock: &Clock) -> Option<Life> {
    let rule = &page.rule;
    let version = match wanted.version {
        Some(version) => page.versions.iter().find(|one| one.version == version)?.version,
        None => page.versions.first().map_or(0, |newest| newest.version),
    };
    let text_of =
        |number: u32| page.versions.iter().find(|one| one.version == number).map(|one| one.text.as_str());
    let compared = wanted.with.unwrap_or_else(|| version.saturating_sub(1));
    let changes =
        text_of(compared).zip(text_of(version)).map_or_else(Vec::new, |(old, new)| changes(old, new));
    let newest = rule.newest.as_ref().map_or("", |newest| newest.text.as_str());
    let who = |actor: &Actor| people::actor(clock.w, actor, me);
    Some(Life {
        base: format!("{}/{}", place(rule.kind), rule.name),
        may_write: false,
        is_policy: rule.kind == Kind::Policy,
        is_active: rule.newest.as_ref().is_some_and(|newest| newest.active),
        draft: rule.draft.as_ref().map(|draft| DraftShown {
            by: who(&draft.by),
            at: clock.day_and_time(draft.at),
            returned: draft.returned.as_ref().map(|returned| (who(&returned.by), returned.note.clone())),
            changes: changes_from(newest, &draft.text),
        }),
        waiting: rule.proposal.as_ref().map(|proposal| Waiting {
            is_end: proposal.text.is_none(),
            by: who(&proposal.by),
            at: clock.day_and_time(proposal.at),
            note: proposal.note.clone(),
            index: proposal.index.0,
            is_mine: proposal.by == *me,
            changes: proposal.text.as_ref().map_or_else(Vec::new, |text| changes_from(newest, text)),
            tests: proposal.text.as_ref().map_or_else(Vec::new, |text| {
                let mut tests = backtest::tests(rule, text, clock.w, me, clock);
                tests.retain(|test| test.is_of_text);
                tests
            }),
        }),
        versions: page.versions.iter().map(|one| shown(one, &who, clock)).collect(),
        version,
        compared,
        changes,
        past: page.history.iter().rev().map(|row| past(row, &who, clock)).collect(),
    })
}

/// Which version a page is about, and with which one it is compared; the newest and the one before where nothing is said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    pub(super) version: Option<u32>,
    pub(super) with: Option<u32>,
}

impl Wanted {
    pub(super) fn of(visit: &Visit) -> Self {
        Wanted { version: visit.query.parsed("version"), with: visit.query.parsed("with") }
    }
}

fn shown(version: &RuleVersion, who: &dyn Fn(&Actor) -> String, clock: &Clock) -> Version {
    Version {
        number: version.version,
        at: clock.day_and_time(version.at),
        by: who(&version.by),
        index: version.index.0,
        note: version.note.clone(),
        proposed: version.proposed.as_ref().map(|(by, index)| (who(by), index.0)),
    }
}

fn past(
    row: &aboveboard_ledger::view::HistoryRow<rule::Event>,
    who: &dyn Fn(&Actor) -> String,
    clock: &Clock,
) -> Past {
    let (did, note) = match &row.event {
        rule::Event::Drafted { .. } => ("drafted", ""),
        rule::Event::Discarded => ("discarded", ""),
        rule::Event::Proposed { text: Some(_), note } => ("proposed", note.as_str()),
        rule::Event::Proposed { text: None, note } => ("proposed_end", note.as_str()),
        rule::Event::Returned { note } => ("returned", note.as_str()),
        rule::Event::Published { note, .. } => ("published", note.as_str()),
        rule::Event::Retired { note, .. } => ("retired", note.as_str()),
        rule::Event::Tested { .. } => ("tested", ""),
    };
    Past {
        at: clock.day_and_time(row.at),
        by: who(&row.actor),
        did,
        note: note.to_owned(),
        index: row.index.0,
    }
}

/// What stands in one text and not in the other, with the lines around; nothing where they are the same.
fn changes(old: &str, new: &str) -> Vec<Change> {
    if old == new {
        return vec![];
    }
    let line = |line: &difference::Line<'_>| match line {
        difference::Line::Kept(text) => ("", (*text).to_owned()),
        difference::Line::Gone(text) => ("gone", (*text).to_owned()),
        difference::Line::New(text) => ("new", (*text).to_owned()),
    };
    difference::lines(old, new).iter().map(line).collect()
}

/// The same against what is in force; where nothing ever was, the text as it is.
fn changes_from(newest: &str, text: &str) -> Vec<Change> {
    match newest {
        "" => text.lines().map(|line| ("", line.to_owned())).collect(),
        _ => changes(newest, text),
    }
}

/// Where rules of a kind are.
pub(super) fn place(kind: Kind) -> &'static str {
    PLACES.iter().find(|(of, _)| *of == kind).map_or("/policies", |(_, place)| place)
}

/// Which kind a page's address is about.
fn kind(visit: &Visit) -> Kind {
    let here = PLACES.iter().find(|(_, place)| visit.route.path.starts_with(place));
    here.map_or(Kind::Policy, |(kind, _)| *kind)
}

/// Agrees: what somebody else proposed comes into force or ends.
pub(super) fn agree(visit: &Visit) -> Result<Reply, Problem> {
    let (kind, name) = (kind(visit), visit.part::<String>("id")?);
    let page = visit.ledger().rule(visit.by()?, kind, &name)?;
    let is_end = page.rule.proposal.is_some_and(|proposal| proposal.text.is_none());
    let command = rule::Command::Agree { proposal: proposal(visit)?, note: visit.form.text("note") };
    act(visit, command, if is_end { "retired" } else { "published" })
}

/// Does not agree, or takes one's own proposal back.
pub(super) fn give_back(visit: &Visit) -> Result<Reply, Problem> {
    let command = rule::Command::Return { proposal: proposal(visit)?, note: visit.form.text("note") };
    act(visit, command, "returned")
}

/// Throws the draft away.
pub(super) fn discard(visit: &Visit) -> Result<Reply, Problem> {
    act(visit, rule::Command::Discard, "discarded")
}

/// Asks a second person to end it.
pub(super) fn retire(visit: &Visit) -> Result<Reply, Problem> {
    act(visit, rule::Command::ProposeRetirement { note: visit.form.text("note") }, "proposed")
}

/// The proposal that the form was about.
fn proposal(visit: &Visit) -> Result<Index, Problem> {
    visit.form.parsed("proposal").map(Index).ok_or_else(|| Refusal::Malformed.into())
}

fn act(visit: &Visit, command: rule::Command, done: &str) -> Result<Reply, Problem> {
    let (kind, name) = (kind(visit), visit.part::<String>("id")?);
    let decided = visit.ledger().decide(visit.by()?, Command::Rule(kind, name.clone(), command))?;
    visit.ledger().at_least(decided.index)?;
    // Of a text that was never in force nothing is left once it is thrown away.
    let page = match visit.ledger().rule(visit.by()?, kind, &name) {
        Err(Error::Refused(Refusal::NotFound)) => place(kind).to_owned(),
        found => found.map(|_| format!("{}/{name}", place(kind)))?,
    };
    Ok(Reply::to(&link(&page, &[("done", Some(done))])).wrote(decided.index))
}

/// Whether the visitor may move rules on.
pub(super) fn may_write(visit: &Visit) -> bool {
    visit.may(Permission::PolicyWrite)
}
