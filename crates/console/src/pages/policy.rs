//! A policy: what it looks for in plain words, its text, every version of it, and the editor.

use aboveboard_ledger::{Command, view::PolicyRow};
use aboveboard_model::{
    access::{Actor, Permission},
    refusal::Refusal,
};
use aboveboard_policy::{DEFAULT, POLICY_BYTES_MAX, Pack, Policy, Remarks};
use askama::Template;
use http::StatusCode;

use super::{
    alerts::{Done, done},
    preview::{self, Preview},
};
use crate::{
    difference,
    fields::link,
    moment::{Clock, Moment},
    people,
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// A policy in a page.
#[derive(Clone, Debug)]
struct Shown {
    id: String,
    title: String,
    severity: Option<&'static str>,
    /// What it looks for and what follows, in plain words; empty where its text is no longer understood.
    explained: String,
    /// Why it is there, whom it serves and what it misfires on, as it says itself.
    remarks: Remarks,
    text: String,
    /// What changed since the version before: the line, and `gone`, `new` or nothing.
    changes: Vec<(&'static str, String)>,
    active: bool,
    findings: u64,
    given_up: u64,
    /// The version on the page.
    version: u32,
    is_newest: bool,
    versions: Vec<Version>,
}

/// A line of the history.
#[derive(Clone, Debug)]
struct Version {
    number: u32,
    at: Moment,
    by: String,
    index: u64,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "policy.html")]
struct Page {
    shell: Shell,
    w: Words,
    policy: Shown,
    lifecycle: Vec<(&'static str, bool)>,
    may_write: bool,
    done: Option<Done>,
}

#[derive(Template)]
#[template(path = "policy_edit.html")]
struct Editor {
    shell: Shell,
    w: Words,
    /// Where the form goes.
    action: String,
    back: String,
    text: String,
    failed: Option<String>,
    preview: Preview,
    lifecycle: Vec<(&'static str, bool)>,
    packs: Vec<&'static str>,
    rows: usize,
}

/// The newest version, or the one that `?version=` names.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let versions = visit.ledger().policy(visit.by()?, &visit.part::<String>("id")?)?;
    let policy = shown(&versions, visit.query.parsed("version"), &visit.by()?.actor, &visit.clock());
    let policy = policy.ok_or(Problem::NOT_FOUND)?;
    visit.page(&Page {
        shell: visit.shell_titled(policy.title.clone()),
        w: visit.words,
        lifecycle: lifecycle(if policy.active { "in_force" } else { "retired" }),
        policy,
        may_write: visit.may(Permission::PolicyWrite),
        done: done(visit),
    })
}

/// `versions` are newest first. None where the wanted one is not among them.
fn shown(versions: &[PolicyRow], wanted: Option<u32>, me: &Actor, clock: &Clock) -> Option<Shown> {
    let newest = versions.first()?;
    let row = match wanted {
        Some(wanted) => versions.iter().find(|row| row.version == wanted)?,
        None => newest,
    };
    let policy = Policy::parse(&row.text).ok().map(|parsed| parsed.policy);
    let before = versions.iter().find(|one| one.version + 1 == row.version);
    let version = |one: &PolicyRow| Version {
        number: one.version,
        at: clock.day_and_time(one.at),
        by: people::actor(clock.w, &one.by, me),
        index: one.index.0,
        chosen: one.version == row.version,
    };
    Some(Shown {
        id: row.id.clone(),
        title: policy
            .as_ref()
            .map_or_else(|| row.id.clone(), |policy| policy.title_in(clock.w.tag()).to_owned()),
        remarks: policy.as_ref().map(|policy| policy.remarks_in(clock.w.tag())).unwrap_or_default(),
        severity: policy.as_ref().map(|policy| policy.severity.word()),
        explained: policy.as_ref().map(|policy| preview::explained(policy, clock.w)).unwrap_or_default(),
        text: row.text.clone(),
        changes: before.map(|before| changes(&before.text, &row.text)).unwrap_or_default(),
        active: newest.active,
        findings: row.findings,
        given_up: row.given_up,
        version: row.version,
        is_newest: row.version == newest.version,
        versions: versions.iter().map(version).collect(),
    })
}

/// What stands in one text and not in the other, with the lines around; nothing where they are the same.
fn changes(old: &str, new: &str) -> Vec<(&'static str, String)> {
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

/// The editor for a new policy: empty, from a default policy, or around a query.
pub(super) fn new(visit: &Visit) -> Result<Reply, Problem> {
    let pack = visit.query.get("from").and_then(Pack::policy);
    let text = match pack {
        Some(pack) => pack.text.to_owned(),
        None => draft(&visit.query.text("query"), visit.words),
    };
    let looked_at = preview::preview(visit, &text)?;
    visit.page(&editor(visit, None, text, looked_at, None))
}

/// A policy around a query, for its author to name.
fn draft(query: &str, w: Words) -> String {
    let quoted = match query.contains("'''") {
        _ if query.is_empty() => "''".to_owned(),
        false if !query.contains(['\'', '\n']) => format!("'{query}'"),
        false => format!("'''\n{query}\n'''"),
        // No literal string can hold three apostrophes: as a basic string it is escaped.
        true => toml::Value::String(query.to_owned()).to_string(),
    };
    let (id, title) = (w.t("policy.draft_id"), w.t("policy.draft_title"));
    format!(
        "id = \"{id}\"\ntitle = \"{title}\"\nkind = \"match\"\nquery = {quoted}\nseverity = \"medium\"\naction = \"alert\"\n\n\
         [[example]]\ntext = ''\nexpect = \"match\"\n\n[[example]]\ntext = ''\nexpect = \"no match\"\n"
    )
}

/// The editor for a further version.
pub(super) fn edit(visit: &Visit) -> Result<Reply, Problem> {
    let id: String = visit.part("id")?;
    let versions = visit.ledger().policy(visit.by()?, &id)?;
    let text = versions.first().map(|row| row.text.clone()).unwrap_or_default();
    let looked_at = preview::preview(visit, &text)?;
    visit.page(&editor(visit, Some(&id), text, looked_at, None))
}

/// Checks a text, and publishes it where that is wanted and nothing is wrong with it.
pub(super) fn save(visit: &Visit) -> Result<Reply, Problem> {
    let id = visit.path.get("id").map(str::to_owned);
    let text = preview::typed(visit);
    let publish = visit.form.get("do") == Some("publish");
    let looked_at = preview::preview(visit, &text)?;
    let failed = refused(&text, &looked_at, id.as_deref(), visit.words);
    match looked_at.id.clone().filter(|_| publish && failed.is_none()) {
        Some(policy) => {
            let decided = visit.ledger().decide(visit.by()?, Command::PublishPolicy(text))?;
            Ok(Reply::to(&link(&format!("/policies/{policy}"), &[("done", Some("published"))]))
                .wrote(decided.index))
        }
        None => {
            let status = if failed.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            Ok(visit.page(&editor(visit, id.as_deref(), text, looked_at, failed))?.with_status(status))
        }
    }
}

/// Why a text cannot be published, in words; `None` where it can.
fn refused(text: &str, preview: &Preview, id: Option<&str>, w: Words) -> Option<String> {
    if text.len() > POLICY_BYTES_MAX {
        return Some(w.of("refusal", Refusal::TooLong.code()));
    }
    match (&preview.id, id) {
        (None, _) => Some(w.of("refusal", Refusal::PolicyBroken.code())),
        (Some(found), Some(id)) if found != id => Some(w.with("policy.keep_id", "id", id)),
        (Some(_), _) if preview.has_failures() => Some(w.t("policy.examples_fail")),
        (Some(_), _) => None,
    }
}

/// Lines of the editor at least.
const EDITOR_ROWS_MIN: usize = 16;

fn editor(visit: &Visit, id: Option<&str>, text: String, preview: Preview, failed: Option<String>) -> Editor {
    let title = match id {
        Some(id) => id.to_owned(),
        None => visit.words.t("policies.new"),
    };
    Editor { failed, ..editor_page(visit.shell_titled(title), id, text, preview) }
}

fn editor_page(shell: Shell, id: Option<&str>, text: String, preview: Preview) -> Editor {
    let (action, back) = match id {
        Some(id) => (format!("/policies/{id}/edit"), format!("/policies/{id}")),
        None => ("/policies/new".to_owned(), "/policies".to_owned()),
    };
    Editor {
        w: shell.w,
        shell,
        action,
        back,
        rows: (text.lines().count() + 2).max(EDITOR_ROWS_MIN),
        text,
        failed: None,
        preview,
        lifecycle: lifecycle("draft"),
        packs: if id.is_none() { DEFAULT.policies.iter().map(|one| one.name).collect() } else { vec![] },
    }
}

/// The steps of a policy's life, and which one this is.
fn lifecycle(here: &str) -> Vec<(&'static str, bool)> {
    ["draft", "in_force", "retired"].into_iter().map(|step| (step, step == here)).collect()
}

/// Ends it: nothing new is found by it from now on.
pub(super) fn retire(visit: &Visit) -> Result<Reply, Problem> {
    let id: String = visit.part("id")?;
    let decided = visit.ledger().decide(visit.by()?, Command::RetirePolicy(id.clone()))?;
    Ok(Reply::to(&link(&format!("/policies/{id}"), &[("done", Some("retired"))])).wrote(decided.index))
}

#[cfg(test)]
mod tests;
