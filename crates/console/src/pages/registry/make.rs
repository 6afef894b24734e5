//! Writing one entry down: by its kind, or because an alert made somebody see that an account is the company's.

use aboveboard_ledger::{Command, view::AlertPage};
use aboveboard_model::{
    access::Purpose,
    document::{Field, Mark},
    id::AlertId,
    refusal::Refusal,
    registry::{Entry, Kind},
};
use askama::Template;
use http::StatusCode;

use super::given::{Failed, Reader};
use crate::{
    fields::Fields, problem::Problem, prose::Draft, reply::Reply, shell::Shell, visit::Visit, words::Words,
};

/// Identifiers of an alert that are offered.
const FOUND_MAX: usize = 20;

/// Something in an alert's messages that the registry did not know.
struct Found {
    kind: Kind,
    value: String,
    /// As it is shown: masked.
    shown: String,
}

#[derive(Template)]
#[template(path = "registry_new.html")]
struct Page {
    shell: Shell,
    w: Words,
    kind: &'static str,
    kinds: &'static [Kind],
    /// What was typed, to be typed no second time.
    typed: Fields,
    wrong: Option<String>,
    /// The alert it comes from, and what stands in its messages.
    alert: Option<String>,
    found: Vec<Found>,
    conversation: Option<String>,
}

impl Page {
    fn typed(&self, name: &str) -> String {
        self.typed.text(name)
    }
}

/// The form of a kind.
pub(in crate::pages) fn new(visit: &Visit) -> Result<Reply, Problem> {
    form(visit, &visit.query, None)
}

fn form(visit: &Visit, given: &Fields, wrong: Option<String>) -> Result<Reply, Problem> {
    let kind = given.get("kind").and_then(Kind::from_word).unwrap_or(Kind::Account);
    let alert: Option<AlertId> = given.parsed("alert");
    let found = match alert {
        Some(alert) if kind.is_identifier() => seen(visit, alert)?,
        _ => vec![],
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = Page {
        shell: visit.shell(),
        w: visit.words,
        kind: kind.word(),
        kinds: Kind::ALL,
        typed: given.clone(),
        wrong,
        alert: alert.map(|alert| alert.to_string()),
        found,
        conversation: given.get("conversation").map(str::to_owned),
    };
    Ok(visit.page(&page)?.with_status(status))
}

/// What the messages of an alert name that the registry does not know; the alert is looked at for it.
fn seen(visit: &Visit, alert: AlertId) -> Result<Vec<Found>, Problem> {
    let access = visit.access(Purpose::Review(alert))?;
    let page = visit.ledger().alert(&access, alert, &Default::default())?;
    Ok(found(&page))
}

fn found(page: &AlertPage) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    let versions = page.messages.iter().flat_map(|message| &message.versions);
    for version in versions {
        for mark in version.marks.iter().filter(|mark| mark.value == "unregistered") {
            let Some(value) = version.zones.get(&mark.zone).and_then(|text| text.get(mark.start..mark.end))
            else {
                continue;
            };
            let Some(kind) = kind_of(mark) else { continue };
            if all.len() < FOUND_MAX && !all.iter().any(|one| one.kind == kind && one.value == value) {
                let whole = Mark { start: 0, end: value.len(), ..mark.clone() };
                let shown = Draft::masked(value, mark.zone, &[whole]).finish().plain();
                all.push(Found { kind, value: value.to_owned(), shown });
            }
        }
    }
    all
}

/// Which kind of entry a place would become.
fn kind_of(mark: &Mark) -> Option<Kind> {
    Some(match (mark.field, mark.kind.as_str()) {
        (Field::Payment, "UPI") => Kind::Upi,
        (Field::Payment, "PIX_KEY") => Kind::Pix,
        (Field::Payment, "IBAN") => Kind::Iban,
        (Field::Payment, _) => Kind::Account,
        (Field::Handle, "PHONE") => Kind::Phone,
        (Field::Handle, "EMAIL") => Kind::Email,
        (Field::Handle, _) => Kind::Handle,
        _ => return None,
    })
}

/// Writes one entry down.
pub(in crate::pages) fn add(visit: &Visit) -> Result<Reply, Problem> {
    let clock = visit.clock();
    let reader = Reader { ledger: visit.ledger(), by: visit.by()?, zone: &clock.zone };
    let alert: Option<AlertId> = visit.form.parsed("alert");
    let picked = match (alert, visit.form.parsed::<usize>("found")) {
        (Some(alert), Some(at)) => Some(seen(visit, alert)?.into_iter().nth(at).ok_or(Refusal::NotFound)?),
        _ => None,
    };
    let conversation = conversation_of(visit, alert)?;
    let get = |name: &str| match (&picked, name) {
        (Some(found), "kind") => Some(found.kind.word().to_owned()),
        (Some(found), "value") => Some(found.value.clone()),
        (_, "conversation") => visit.form.get(name).map(str::to_owned).or_else(|| conversation.clone()),
        _ => visit.form.get(name).map(str::to_owned),
    };
    let entry: Entry = match reader.entry(&get) {
        Ok(entry) => entry,
        Err(Failed::Wrong(wrong)) => return form(visit, &visit.form, Some(wrong.told(visit.words))),
        Err(Failed::Problem(problem)) => return Err(problem),
    };
    let command = match alert {
        Some(alert) => Command::AddFromAlert { alert, entry },
        None => Command::AddToRegistry(vec![entry]),
    };
    let decided = visit.ledger().decide(visit.by()?, command)?;
    visit.ledger().at_least(decided.index)?;
    let waits = decided.entries > 0
        && visit.ledger().registry_entry(visit.by()?, decided.index).is_ok_and(|page| page.held.is_pending());
    let word = if waits { "waits" } else { "added" };
    Ok(Reply::to(&format!("/registry?done={word}")).wrote(decided.index))
}

/// The conversation that an approval from an alert is for.
fn conversation_of(visit: &Visit, alert: Option<AlertId>) -> Result<Option<String>, Problem> {
    let is_approval = visit.form.get("kind") == Some(Kind::Approval.word());
    let Some(alert) = alert.filter(|_| is_approval && visit.form.get("client").is_none()) else {
        return Ok(None);
    };
    let access = visit.access(Purpose::Review(alert))?;
    let page = visit.ledger().alert(&access, alert, &Default::default())?;
    Ok(Some(page.alert.conversation.to_string()))
}
