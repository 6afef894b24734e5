//! A policy: what it looks for in plain words, its text, its life, and the editor.

use aboveboard_ledger::{Command, Error, view::RulePage};
use aboveboard_model::{
    access::Actor,
    id::AlertId,
    refusal::Refusal,
    rule::{self, Kind},
};
use aboveboard_policy::{DEFAULT, DRAFT_ID, POLICY_BYTES_MAX, Pack, Policy, Remarks};
use askama::Template;
use http::StatusCode;

use super::{
    alerts::{Done, done},
    preview::{self, Preview},
    rule::{Life, Wanted, life, may_write},
};
use crate::{
    fields::link,
    moment::Clock,
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::{Language, Words},
};

mod exception;

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
    active: bool,
    findings: u64,
    given_up: u64,
    /// The version on the page; 0 before the first.
    version: u32,
    is_newest: bool,
}

#[derive(Template)]
#[template(path = "policy.html")]
struct Page {
    shell: Shell,
    w: Words,
    policy: Shown,
    life: Life,
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
    note: String,
    failed: Option<String>,
    preview: Preview,
    lifecycle: Vec<(&'static str, bool)>,
    packs: Vec<&'static str>,
    rows: usize,
}

/// The newest version, or the one that `?version=` names, beside the one that `?with=` names.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let page = visit.ledger().rule(visit.by()?, Kind::Policy, &visit.part::<String>("id")?)?;
    let may_write = may_write(visit);
    let (policy, life) =
        shown(&page, Wanted::of(visit), &visit.by()?.actor, &visit.clock()).ok_or(Problem::NOT_FOUND)?;
    visit.page(&Page {
        shell: visit.shell_titled(policy.title.clone()),
        w: visit.words,
        lifecycle: lifecycle(stage(&life)),
        policy,
        life: Life { may_write, ..life },
        may_write,
        done: done(visit),
    })
}

/// None where the wanted version is not among the policy's.
fn shown(page: &RulePage, wanted: Wanted, me: &Actor, clock: &Clock) -> Option<(Shown, Life)> {
    let life = life(page, wanted, me, clock)?;
    let row = page.versions.iter().find(|row| row.version == life.version);
    let written = || page.rule.draft.as_ref().map(|draft| draft.text.as_str());
    let proposed = || page.rule.proposal.as_ref()?.text.as_deref();
    let text = row.map(|row| row.text.as_str()).or_else(proposed).or_else(written).unwrap_or_default();
    let policy = Policy::parse(text).ok().map(|parsed| parsed.policy);
    let shown = Shown {
        id: page.rule.name.clone(),
        title: policy
            .as_ref()
            .map_or_else(|| page.rule.name.clone(), |policy| policy.title_in(clock.w.tag()).to_owned()),
        remarks: policy.as_ref().map(|policy| policy.remarks_in(clock.w.tag())).unwrap_or_default(),
        severity: policy.as_ref().map(|policy| policy.severity.word()),
        explained: policy.as_ref().map(|policy| preview::explained(policy, clock.w)).unwrap_or_default(),
        text: text.to_owned(),
        active: life.is_active,
        findings: page.versions.iter().map(|version| version.findings).sum(),
        given_up: page.versions.iter().map(|version| version.given_up).sum(),
        version: life.version,
        is_newest: page.versions.first().is_none_or(|newest| newest.version == life.version),
    };
    Some((shown, life))
}

/// Where it stands: what waits or is written comes first.
fn stage(life: &Life) -> &'static str {
    match (&life.waiting, &life.draft) {
        (Some(_), _) => "proposed",
        (None, Some(_)) if !life.is_active => "draft",
        _ if life.is_active => "in_force",
        _ => "retired",
    }
}

/// The editor for a new policy: empty, from a default policy, around a query, or as the exception that an alert asks for.
pub(super) fn new(visit: &Visit) -> Result<Reply, Problem> {
    let pack = visit.query.get("from").and_then(Pack::policy);
    let excepted: Option<AlertId> = visit.query.parsed("exception");
    let text = match (pack, excepted) {
        (Some(pack), _) => pack.text.to_owned(),
        (None, Some(alert)) => exception::draft(visit, alert)?,
        (None, None) => draft(&visit.query.text("query"), visit.words),
    };
    let looked_at = preview::preview(visit, &text)?;
    visit.page(&editor(visit, None, text, looked_at, None))
}

/// A policy around a query, for its author to name.
pub(super) fn draft(query: &str, w: Words) -> String {
    let quoted = match query.contains("'''") {
        _ if query.is_empty() => "''".to_owned(),
        false if !query.contains(['\'', '\n']) => format!("'{query}'"),
        false => format!("'''\n{query}\n'''"),
        // No literal string can hold three apostrophes: as a basic string it is escaped.
        true => toml::Value::String(query.to_owned()).to_string(),
    };
    let title = w.t("policy.draft_title");
    format!(
        "id = \"{DRAFT_ID}\"\ntitle = \"{title}\"\nkind = \"match\"\nquery = {quoted}\nseverity = \"medium\"\naction = \"alert\"\n\n\
         [[example]]\ntext = ''\nexpect = \"match\"\n\n[[example]]\ntext = ''\nexpect = \"no match\"\n"
    )
}

/// Whether nobody has typed anything yet, in whichever language the editor was opened.
pub(super) fn is_untouched(text: &str) -> bool {
    Language::ALL.iter().any(|language| draft("", Words::new(*language)) == text)
}

/// The editor for a further version: what is being written, else what is in force.
pub(super) fn edit(visit: &Visit) -> Result<Reply, Problem> {
    let id: String = visit.part("id")?;
    let page = visit.ledger().rule(visit.by()?, Kind::Policy, &id)?;
    let draft = page.rule.draft.map(|draft| draft.text);
    let text = draft.or(page.rule.newest.map(|newest| newest.text)).unwrap_or_default();
    let looked_at = preview::preview(visit, &text)?;
    visit.page(&editor(visit, Some(&id), text, looked_at, None))
}

/// Checks a text, keeps it as a draft, or proposes it where nothing is wrong with it.
pub(super) fn save(visit: &Visit) -> Result<Reply, Problem> {
    let id = visit.path.get("id").map(str::to_owned);
    let text = preview::typed(visit);
    let looked_at = preview::preview(visit, &text)?;
    let failed = match visit.form.get("do") {
        Some("draft") => match keep(visit, id.as_deref(), &text)? {
            Kept::There(reply) => return Ok(reply),
            Kept::Refused(why) => Some(why),
        },
        Some("propose") => match refused(&text, &looked_at, id.as_deref(), visit.words) {
            Some(why) => Some(why),
            None => match propose(visit, id.as_deref(), &text, &looked_at)? {
                Kept::There(reply) => return Ok(reply),
                Kept::Refused(why) => Some(why),
            },
        },
        _ => refused(&text, &looked_at, id.as_deref(), visit.words),
    };
    let status = if failed.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = editor(visit, id.as_deref(), text, looked_at, failed);
    Ok(visit.page(&Editor { note: visit.form.text("note"), ..page })?.with_status(status))
}

/// What came of a text: the way to its page, or why not, in words.
enum Kept {
    There(Reply),
    Refused(String),
}

/// Keeps a text that may have mistakes, under the id that it names.
fn keep(visit: &Visit, id: Option<&str>, text: &str) -> Result<Kept, Problem> {
    let Some(name) = id.map(str::to_owned).or_else(|| named(text)) else {
        return Ok(Kept::Refused(visit.words.t("policy.name_first")));
    };
    let is_new = id.is_none();
    decided(visit, &name, is_new, rule::Command::Draft { text: text.to_owned() }, "drafted")
}

fn propose(visit: &Visit, id: Option<&str>, text: &str, preview: &Preview) -> Result<Kept, Problem> {
    let Some(name) = &preview.id else {
        return Ok(Kept::Refused(visit.words.of("refusal", Refusal::PolicyBroken.code())));
    };
    let command = rule::Command::Propose { text: Some(text.to_owned()), note: visit.form.text("note") };
    decided(visit, name, id.is_none(), command, "proposed")
}

fn decided(
    visit: &Visit,
    name: &str,
    is_new: bool,
    command: rule::Command,
    done: &str,
) -> Result<Kept, Problem> {
    let refused = |refusal: Refusal| Ok(Kept::Refused(visit.words.of("refusal", refusal.code())));
    if is_new && visit.ledger().rule(visit.by()?, Kind::Policy, name).is_ok() {
        return refused(Refusal::Exists);
    }
    match visit.ledger().decide(visit.by()?, Command::Rule(Kind::Policy, name.to_owned(), command)) {
        Ok(decided) => Ok(Kept::There(
            Reply::to(&link(&format!("/policies/{name}"), &[("done", Some(done))])).wrote(decided.index),
        )),
        Err(Error::Refused(refusal)) => refused(refusal),
        Err(error) => Err(error.into()),
    }
}

/// The id that a text names, though the rest of it may not be understood; none that is the draft's own.
fn named(text: &str) -> Option<String> {
    let table: toml::Table = text.parse().ok()?;
    let id = table.get("id")?.as_str()?;
    (Kind::Policy.takes_name(id) && id != DRAFT_ID).then(|| id.to_owned())
}

/// Why a text cannot be proposed, in words; `None` where it can.
fn refused(text: &str, preview: &Preview, id: Option<&str>, w: Words) -> Option<String> {
    let refusal = |refusal: Refusal| Some(w.of("refusal", refusal.code()));
    if text.len() > POLICY_BYTES_MAX {
        return refusal(Refusal::TooLong);
    }
    match (&preview.id, id) {
        (None, _) if is_untouched(text) => refusal(Refusal::PlaceholderLeft),
        (None, _) => refusal(Refusal::PolicyBroken),
        (Some(found), Some(id)) if found != id => Some(w.with("policy.keep_id", "id", id)),
        (Some(found), _) if found == DRAFT_ID || has_draft_title(text) => refusal(Refusal::PlaceholderLeft),
        (Some(_), _) if preview.has_failures() => refusal(Refusal::ExampleFails),
        (Some(_), _) if !preview.has_match() => refusal(Refusal::ExampleMissing),
        (Some(_), _) => None,
    }
}

/// Whether the title is still the one that a draft begins with.
fn has_draft_title(text: &str) -> bool {
    let title = Policy::parse(text).map(|parsed| parsed.policy.title);
    let is_drafts = |language: &Language| {
        title.as_ref().is_ok_and(|title| *title == Words::new(*language).t("policy.draft_title"))
    };
    Language::ALL.iter().any(is_drafts)
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
        note: String::new(),
        failed: None,
        preview,
        lifecycle: lifecycle("draft"),
        packs: if id.is_none() { DEFAULT.policies.iter().map(|one| one.name).collect() } else { vec![] },
    }
}

/// The steps of a policy's life, and which one this is.
fn lifecycle(here: &str) -> Vec<(&'static str, bool)> {
    ["draft", "proposed", "in_force", "retired"].into_iter().map(|step| (step, step == here)).collect()
}

#[cfg(test)]
mod tests;
