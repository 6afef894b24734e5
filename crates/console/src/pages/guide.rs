//! The guide: from nothing to the first message of a real number. What is done is read from the log, never from clicks.

use aboveboard_ledger::{
    Command,
    view::{Setup, SourceRow},
};
use aboveboard_model::{
    access::Permission, connection::Errand, id::SourceId, personal::Secret, pseudonym, refusal::Refusal,
    source::Declared,
};
use askama::Template;
use http::StatusCode;

use super::{
    alerts::{Done, done},
    sources::{CONNECTOR, callback, typed},
};
use crate::{
    fields::link,
    moment::{Clock, Moment},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

mod shown;

use shown::{Answer, State, answer, states};

/// Bytes of a verify token that the program makes.
const VERIFY_TOKEN_BYTES: usize = 16;
/// The choice of a source that is not connected yet.
const NEW: &str = "new";

#[derive(Template)]
#[template(path = "guide.html")]
struct Page {
    shell: Shell,
    w: Words,
    /// Where each step stands, in order: users, people, source, address, platform, delivery, message.
    states: [State; 7],
    setup: Setup,
    /// All sources, to choose from: address, name, whether chosen.
    sources: Vec<(String, String, bool)>,
    source: Option<Source>,
    /// Whether Meta can deliver to the origin at all.
    is_https: bool,
    may_write: bool,
    typed: Typed,
    failed: Option<String>,
    done: Option<Done>,
}

/// What was typed into the form that was refused; never a secret.
#[derive(Clone, Debug, Default)]
struct Typed {
    name: String,
    account: String,
    number: String,
    graph_url: String,
}

/// The source that the guide is about.
#[derive(Clone, Debug)]
struct Source {
    id: String,
    name: String,
    account: String,
    number: String,
    has_access_token: bool,
    graph_url: String,
    callback: String,
    /// Shown to who may connect sources, until the platform has asked for it.
    verify_token: Option<String>,
    greeted: Option<Moment>,
    /// Somebody came with another verify token since.
    wrong_token: Option<Moment>,
    /// Deliveries came that the app secret did not sign, since the last good one.
    wrong_secret: Option<Moment>,
    /// What is being asked at the platform now.
    errand: Option<&'static str>,
    answer: Option<Answer>,
    /// Whether the number is also used in the app, so that its past can be asked for.
    shares_the_app: bool,
    deliveries: u64,
    last: Option<Moment>,
    unread: u64,
    messages: u64,
}

/// The guide on the source that is chosen: by default the newest that has no message yet.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    page(visit, Typed::default(), None)
}

fn page(visit: &Visit, typed: Typed, failed: Option<String>) -> Result<Reply, Problem> {
    let (by, ledger) = (visit.by()?, visit.ledger());
    let (rows, setup) = (ledger.sources(by)?, ledger.setup(by)?);
    let chosen = choose(&rows, visit.query.get("source"));
    let may_write = visit.may(Permission::SourceWrite);
    let verify_token = match chosen.filter(|row| may_write && row.connection.greeted_at.is_none()) {
        Some(row) => Some(ledger.verify_token(by, row.id)?.reveal().to_owned()),
        None => None,
    };
    let origin = &visit.console.settings.origin;
    visit.page(&Page {
        shell: visit.shell(),
        w: visit.words,
        states: states(&setup, chosen),
        setup,
        sources: rows.iter().map(|row| choice(row, chosen)).collect(),
        source: chosen.map(|row| source(row, origin, verify_token, &visit.clock())),
        is_https: origin.starts_with("https://"),
        may_write,
        typed,
        failed,
        done: done(visit),
    })
}

fn choose<'a>(rows: &'a [SourceRow], asked: Option<&str>) -> Option<&'a SourceRow> {
    match asked {
        Some(NEW) => None,
        Some(id) => rows.iter().find(|row| row.id.to_string() == id),
        None => rows.iter().rev().find(|row| row.messages == 0).or(rows.last()),
    }
}

fn choice(row: &SourceRow, chosen: Option<&SourceRow>) -> (String, String, bool) {
    let id = row.id.to_string();
    (link("/guide", &[("source", Some(&id))]), row.name.clone(), chosen.is_some_and(|one| one.id == row.id))
}

fn source(row: &SourceRow, origin: &str, verify_token: Option<String>, clock: &Clock) -> Source {
    use aboveboard_model::connection::Turned;
    let connection = &row.connection;
    let answer = connection.report.as_ref().map(|(report, at)| answer(report, *at, clock));
    let in_app = |answer: &Answer| {
        answer.numbers.iter().any(|number| number.in_app && Some(&number.id) == row.number.as_ref())
    };
    let since = |why, good_at| connection.turned_away_since(why, good_at).map(|turned| clock.ago(turned.at));
    Source {
        id: row.id.to_string(),
        name: row.name.clone(),
        account: row.account.clone().unwrap_or_default(),
        number: row.number.clone().unwrap_or_default(),
        has_access_token: row.has_access_token,
        graph_url: row.graph_url.clone().unwrap_or_default(),
        callback: callback(origin, row.id),
        verify_token,
        greeted: connection.greeted_at.map(|at| clock.ago(at)),
        wrong_token: since(Turned::VerifyToken, connection.greeted_at),
        wrong_secret: since(Turned::WrongSignature, row.last_at),
        errand: connection.errand.map(|(errand, _)| errand.word()),
        shares_the_app: answer.as_ref().is_some_and(in_app),
        answer,
        deliveries: row.deliveries,
        last: row.last_at.map(|at| clock.ago(at)),
        unread: row.unread,
        messages: row.messages,
    }
}

/// Makes the source, with a verify token that nobody has to invent.
pub(super) fn connect(visit: &Visit) -> Result<Reply, Problem> {
    let mut bytes = [0; VERIFY_TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Problem::Unavailable(error.to_string()))?;
    let declared = Declared {
        connector: CONNECTOR.to_owned(),
        verify_token: Some(Secret::new(hex::encode(bytes))),
        ..typed(&visit.form)
    };
    match visit.ledger().decide(visit.by()?, Command::DeclareSource(None, declared)).map_err(Problem::from) {
        Ok(decided) => {
            let id = decided.source.ok_or_else(|| Problem::Broken("a source without an id".into()))?;
            Ok(back(id).wrote(decided.index))
        }
        Err(Problem::Refused(refusal)) if refusal != Refusal::NotPermitted => {
            let [name, account, number, graph_url] =
                ["name", "account", "number", "graph_url"].map(|field| visit.form.text(field));
            let failed = Some(visit.words.of("refusal", refusal.code()));
            let page = page(visit, Typed { name, account, number, graph_url }, failed)?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(problem) => Err(problem),
    }
}

/// Mends what the platform found wrong: blank fields stay as they are.
pub(super) fn mend(visit: &Visit) -> Result<Reply, Problem> {
    let id: SourceId = visit.part("id")?;
    let sources = visit.ledger().sources(visit.by()?)?;
    let known = sources.into_iter().find(|source| source.id == id).ok_or(Problem::NOT_FOUND)?;
    let declared = Declared { name: known.name, connector: known.connector, ..typed(&visit.form) };
    let decided = visit.ledger().decide(visit.by()?, Command::DeclareSource(Some(id), declared))?;
    Ok(back(id).wrote(decided.index))
}

/// Asks for something at the platform; a job does it, and the page shows its answer when it is there.
pub(super) fn ask(visit: &Visit) -> Result<Reply, Problem> {
    let id: SourceId = visit.part("id")?;
    let errand = visit.form.get("errand").and_then(Errand::from_word).ok_or(Problem::Unreadable)?;
    let decided = visit.ledger().decide(visit.by()?, Command::AskSource(id, errand))?;
    Ok(back(id).wrote(decided.index))
}

fn back(id: SourceId) -> Reply {
    Reply::to(&link("/guide", &[("source", Some(&id.to_string()))]))
}

/// A number with all but its ends hidden, from what the platform displays.
fn masked(display: &str) -> String {
    let digits: String = display.chars().filter(char::is_ascii_digit).collect();
    pseudonym::number(&digits)
}

#[cfg(test)]
pub(crate) const STEP_WORDS: [&str; 4] = State::WORDS;

#[cfg(test)]
mod tests;
