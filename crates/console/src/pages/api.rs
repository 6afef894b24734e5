//! The JSON API for machines: the same sign-in, permissions and rules as the pages, described by an OpenAPI 3.1 document.
//!
//! Who changes something sends `application/json` from the console's own origin. A page of somebody else can send neither that
//! type without asking first, nor that origin, so that a cookie alone changes nothing.

use aboveboard_ledger::{
    Command, Decided,
    view::{RegistryChoice, RegistryRow},
};
use aboveboard_model::{id::Index, refusal::Refusal, registry::Kind};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::registry::given::{COLUMNS, Failed, Reader, cells};
use crate::{lines::APPENDED_MAX, problem::Problem, reply::Reply, visit::Visit};

/// Entries of a page at most, and where nothing is said.
const ROWS_MAX: usize = 100;

/// The document that describes the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Aboveboard",
        description = "Machines' way to what the console shows. Sign in as on the page; send the session's cookie."
    ),
    paths(list, add, end)
)]
struct Document;

/// An entry of the registry. What does not go with its kind is left out.
#[derive(Serialize, ToSchema)]
struct Listed {
    /// The entry of the log that added it: its name.
    id: u64,
    /// `counts`, `waits` for a second person, or `declined`.
    state: &'static str,
    /// Whether it, or its end, waits for a second person.
    pending: bool,
    /// The members that an entry is added with, by name, as text.
    #[serde(flatten)]
    #[schema(value_type = Given)]
    members: serde_json::Map<String, serde_json::Value>,
}

/// A page of entries by kind and value.
#[derive(Serialize, ToSchema)]
struct Page {
    /// The entries.
    entries: Vec<Listed>,
    /// What to ask for `after` to see the next page; missing on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// The entry of the log up to which the answer is true.
    at: u64,
}

/// An entry as it is added. Text, or a number for `price` and `percent`.
#[derive(Deserialize, ToSchema)]
#[allow(
    dead_code,
    reason = "only described: what is sent is read member by member, to say what is wrong with which"
)]
struct Given {
    /// `upi`, `pix`, `iban`, `account`, `phone`, `email`, `domain`, `handle`, `brand`, `price`, `discount`, `approval`.
    kind: String,
    /// What is the company's, the item, or a name.
    value: String,
    /// What it is for.
    label: Option<String>,
    /// From when: a day (`2026-01-31`) or an instant (RFC 3339).
    from: Option<String>,
    /// Until when: the last day, or an instant.
    until: Option<String>,
    /// Of a handle or an account.
    network: Option<String>,
    /// Of a brand, parted by `|`.
    domains: Option<String>,
    /// Of an item, or the lowest that was approved.
    price: Option<String>,
    /// ISO 4217.
    currency: Option<String>,
    /// What people call an item besides, parted by `|`.
    words: Option<String>,
    /// Of an authority or an approval.
    percent: Option<String>,
    /// Whose an authority is, by reference or id.
    employee: Option<String>,
    /// Whose an authority is.
    team: Option<String>,
    /// Where a price or an authority holds.
    region: Option<String>,
    /// For whom something was approved: a phone number or the client's id.
    client: Option<String>,
    /// For which conversation something was approved, by id.
    conversation: Option<String>,
    /// Who approved it, by reference or id.
    approver: Option<String>,
}

/// Entries to add: all of them, or none.
#[derive(Deserialize, ToSchema)]
struct Adding {
    /// At most 1,000.
    #[schema(value_type = Vec<Given>)]
    entries: Vec<serde_json::Map<String, serde_json::Value>>,
    /// Only say what is wrong with them.
    #[serde(default)]
    dry_run: bool,
}

/// What was written.
#[derive(Serialize, ToSchema)]
struct Written {
    /// The last entry of the log: what is asked after it knows of it.
    index: u64,
    /// How many entries were new.
    entries: usize,
}

/// What is wrong with one of the entries.
#[derive(Serialize, ToSchema)]
struct Mistake {
    /// Which, from 0.
    entry: usize,
    /// Which of its members.
    member: &'static str,
    /// A stable code.
    code: &'static str,
    /// What is wrong and what mends it, in the reader's language.
    what: String,
}

/// Everything that is wrong. Nothing was written.
#[derive(Serialize, ToSchema)]
struct Mistakes {
    /// Each entry's first.
    mistakes: Vec<Mistake>,
}

/// Until when an entry holds.
#[derive(Deserialize, ToSchema)]
struct Ending {
    /// The last day, or an instant; now where it is missing.
    until: Option<String>,
}

/// The document itself.
pub(super) fn described(_: &Visit) -> Result<Reply, Problem> {
    Ok(Reply::json(StatusCode::OK, &Document::openapi()))
}

/// Lists what is the company's.
#[utoipa::path(
    get, path = "/api/v1/registry",
    params(
        ("kind" = Option<String>, Query, description = "Of one kind"),
        ("q" = Option<String>, Query, description = "With these letters in value or label"),
        ("only" = Option<String>, Query, description = "`waiting`: what waits for a second person"),
        ("after" = Option<String>, Query, description = "The `next` of the page before"),
        ("limit" = Option<usize>, Query, description = "1 to 100"),
    ),
    responses((status = 200, body = Page), (status = 401), (status = 403))
)]
pub(super) fn list(visit: &Visit) -> Result<Reply, Problem> {
    let choice = RegistryChoice {
        kind: visit
            .query
            .get("kind")
            .map(|word| Kind::from_word(word).ok_or(Refusal::Malformed))
            .transpose()?,
        text: visit.query.get("q"),
        waiting: visit.query.get("only") == Some("waiting"),
        at: None,
    };
    let limit = visit.query.parsed("limit").unwrap_or(ROWS_MAX).clamp(1, ROWS_MAX);
    let page = visit.ledger().registry(visit.by()?, &choice, visit.query.get("after"), limit)?;
    let entries = page.rows.iter().map(listed).collect();
    Ok(Reply::json(StatusCode::OK, &Page { entries, next: page.next, at: page.at.0 }))
}

fn listed(held: &RegistryRow) -> Listed {
    let named = COLUMNS.iter().zip(cells(&held.entry)).filter(|(_, text)| !text.is_empty());
    // What keeps a spreadsheet from reading formulas is for files.
    let plain = |text: String| match text.strip_prefix('\'') {
        Some(rest) if !held.entry.value.starts_with('\'') => rest.to_owned(),
        _ => text,
    };
    Listed {
        id: held.index.0,
        state: held.state.word(),
        pending: held.is_pending(),
        members: named.map(|((name, _), text)| ((*name).to_owned(), plain(text).into())).collect(),
    }
}

/// Adds entries. What would quiet an open alert waits for a second person, who confirms it on its page.
#[utoipa::path(
    post, path = "/api/v1/registry", request_body = Adding,
    responses((status = 200, body = Written), (status = 401), (status = 403), (status = 422, body = Mistakes))
)]
pub(super) fn add(visit: &Visit) -> Result<Reply, Problem> {
    let adding: Adding = visit.json()?;
    if adding.entries.is_empty() || adding.entries.len() > APPENDED_MAX {
        return Err(Refusal::Malformed.into());
    }
    let clock = visit.clock();
    let reader = Reader { ledger: visit.ledger(), by: visit.by()?, zone: &clock.zone };
    let (mut entries, mut mistakes) = (Vec::new(), Vec::new());
    for (at, members) in adding.entries.iter().enumerate() {
        if let Some(unknown) = members.keys().find(|name| !COLUMNS.iter().any(|(column, _)| column == name)) {
            tracing::debug!(unknown = unknown.len(), "a member that no entry has");
            let what = visit.words.of("registry_flaw", "member");
            mistakes.push(Mistake { entry: at, member: "kind", code: "member", what });
            continue;
        }
        match reader.entry(&|name| text(members.get(name)?)) {
            Ok(entry) => entries.push(entry),
            Err(Failed::Wrong(wrong)) => {
                let what = visit.words.of("registry_flaw", wrong.what);
                mistakes.push(Mistake { entry: at, member: wrong.column, code: wrong.what, what });
            }
            Err(Failed::Problem(problem)) => return Err(problem),
        }
    }
    if !mistakes.is_empty() {
        return Ok(Reply::json(StatusCode::UNPROCESSABLE_ENTITY, &Mistakes { mistakes }));
    }
    if adding.dry_run {
        return Ok(Reply::json(StatusCode::OK, &Written { index: 0, entries: 0 }));
    }
    let decided = visit.ledger().decide(visit.by()?, Command::AddToRegistry(entries))?;
    wrote(visit, &decided)
}

/// A member as text; missing where it is null or blank.
fn text(value: &serde_json::Value) -> Option<String> {
    let text = match value {
        serde_json::Value::String(text) => text.trim().to_owned(),
        serde_json::Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// Ends an entry.
#[utoipa::path(
    post, path = "/api/v1/registry/{id}/end", request_body = Ending,
    params(("id" = u64, Path, description = "The entry's id")),
    responses((status = 200, body = Written), (status = 401), (status = 403), (status = 404), (status = 409))
)]
pub(super) fn end(visit: &Visit) -> Result<Reply, Problem> {
    let index = Index(visit.part("id")?);
    let ending: Ending = visit.json()?;
    let clock = visit.clock();
    let reader = Reader { ledger: visit.ledger(), by: visit.by()?, zone: &clock.zone };
    let at = reader.end(&|_| ending.until.clone()).map_err(|_| Refusal::Malformed)?.unwrap_or(visit.now);
    let decided = visit.ledger().decide(visit.by()?, Command::EndEntry { entry: index, at })?;
    wrote(visit, &decided)
}

/// A machine keeps no mark of what it wrote, as a browser does: it is answered once the next answer knows of it.
fn wrote(visit: &Visit, decided: &Decided) -> Result<Reply, Problem> {
    visit.ledger().at_least(decided.index)?;
    Ok(Reply::json(StatusCode::OK, &Written { index: decided.index.0, entries: decided.entries }))
}
