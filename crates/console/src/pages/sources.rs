//! Sources: where deliveries come from, the way to what was captured of each number, and shapes that the reader does not know.

use aboveboard_ledger::{
    Command,
    view::{SourceRow, UnknownRow},
};
use aboveboard_model::{
    access::Permission,
    id::SourceId,
    personal::Secret,
    source::{Declared, Setting},
};
use askama::Template;

use super::{
    alerts::{Done, done},
    coverage::{Tab, tabs},
};
use crate::{
    fields::Fields,
    moment::{Clock, Moment},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// The connector that the form connects: WhatsApp's Cloud API.
pub(super) const CONNECTOR: &str = "whatsapp";

/// A source in a page. Its secrets never come this far.
#[derive(Clone, Debug)]
struct Source {
    id: String,
    name: String,
    connector: String,
    /// What Meta has to be told.
    callback: String,
    secrets: usize,
    has_access_token: bool,
    graph_url: String,
    deliveries: u64,
    last: Option<Moment>,
    unread: u64,
}

/// A shape that the reader does not know.
#[derive(Clone, Debug)]
struct Unknown {
    what: String,
    count: u64,
    last: u64,
}

#[derive(Template)]
#[template(path = "sources.html")]
struct Page {
    shell: Shell,
    w: Words,
    sources: Vec<Source>,
    /// Kinds of business numbers, with the way to their coverage.
    numbers: Vec<Tab>,
    has_numbers: bool,
    unknown: Vec<Unknown>,
    may_write: bool,
    done: Option<Done>,
}

/// Everything about capture on one page.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let (ledger, by, clock) = (visit.ledger(), visit.by()?, visit.clock());
    let (origin, counts) = (&visit.console.settings.origin, ledger.number_counts(by)?);
    visit.page(&Page {
        shell: visit.shell(),
        w: visit.words,
        sources: ledger.sources(by)?.iter().map(|row| source(row, origin, &clock)).collect(),
        numbers: tabs(None, &counts),
        has_numbers: counts.all > 0,
        unknown: ledger.unknown(by)?.into_iter().map(shape).collect(),
        may_write: visit.may(Permission::SourceWrite),
        done: done(visit),
    })
}

fn source(row: &SourceRow, origin: &str, clock: &Clock) -> Source {
    Source {
        id: row.id.to_string(),
        name: row.name.clone(),
        connector: row.connector.clone(),
        callback: callback(origin, row.id),
        secrets: row.secrets,
        has_access_token: row.has_access_token,
        graph_url: row.graph_url.clone().unwrap_or_default(),
        deliveries: row.deliveries,
        last: row.last_at.map(|at| clock.ago(at)),
        unread: row.unread,
    }
}

/// The address that the platform delivers a source's webhooks to.
pub(super) fn callback(origin: &str, source: SourceId) -> String {
    format!("{origin}/webhooks/whatsapp/{source}")
}

fn shape(row: UnknownRow) -> Unknown {
    Unknown { what: row.what, count: row.count, last: row.last.0 }
}

/// Connects a new source.
pub(super) fn connect(visit: &Visit) -> Result<Reply, Problem> {
    let declared = Declared { connector: CONNECTOR.to_owned(), ..typed(&visit.form) };
    let decided = visit.ledger().decide(visit.by()?, Command::DeclareSource(None, declared))?;
    let id = decided.source.ok_or_else(|| Problem::Broken("a source was connected without an id".into()))?;
    Ok(Reply::to(&format!("/sources?done=connected#{id}")).wrote(decided.index))
}

/// Changes a source: a new app secret stands beside the former one for a while; blank fields stay as they are.
pub(super) fn change(visit: &Visit) -> Result<Reply, Problem> {
    let id: SourceId = visit.part("id")?;
    let sources = visit.ledger().sources(visit.by()?)?;
    let known = sources.into_iter().find(|source| source.id == id).ok_or(Problem::NOT_FOUND)?;
    let typed = typed(&visit.form);
    let name = Some(typed.name.clone()).filter(|name| !name.is_empty()).unwrap_or(known.name);
    let declared = Declared { name, connector: known.connector, ..typed };
    let decided = visit.ledger().decide(visit.by()?, Command::DeclareSource(Some(id), declared))?;
    Ok(Reply::to(&format!("/sources?done=saved#{id}")).wrote(decided.index))
}

/// What the form says; a blank secret is none.
pub(super) fn typed(form: &Fields) -> Declared {
    let secret = |name: &str| form.get(name).map(Secret::new);
    Declared {
        name: form.text("name"),
        connector: String::new(),
        verify_token: secret("verify_token"),
        app_secret: secret("app_secret"),
        access_token: secret("access_token"),
        graph_url: form.get("graph_url").map(str::to_owned),
        account: form.get("account").map(str::to_owned),
        number: form.get("number").map(str::to_owned),
        clear: form.all("clear").filter_map(Setting::from_word).collect(),
    }
}

#[cfg(test)]
mod tests {
    use aboveboard_ledger::view::NumberCounts;
    use aboveboard_model::{connection::Connection, id::Index};

    use super::*;
    use crate::bubble::tests::clock;

    fn html(may_write: bool) -> String {
        let shell = Shell::sample("Sources");
        let row = SourceRow {
            id: SourceId(3),
            name: "Meta <app>".into(),
            connector: CONNECTOR.into(),
            has_access_token: false,
            secrets: 2,
            overlap_until: Some("2025-11-07T12:00:00Z".parse().unwrap()),
            graph_url: None,
            account: Some("2040".into()),
            number: Some("1060".into()),
            connection: Connection::default(),
            messages: 5,
            deliveries: 98_765,
            last_at: Some("2025-11-05T11:59:00Z".parse().unwrap()),
            unread: 4,
        };
        let unknown = UnknownRow { what: "messages · <script>".into(), count: 12, last: Index(99) };
        let counts = NumberCounts { all: 1_024, stopped: 3, ..NumberCounts::default() };
        let page = Page {
            w: shell.w,
            sources: vec![source(&row, "https://c.example.com", &clock())],
            numbers: tabs(None, &counts),
            has_numbers: true,
            unknown: vec![shape(unknown)],
            may_write,
            done: None,
            shell,
        };
        page.render().unwrap()
    }

    #[test]
    fn a_source_says_what_meta_has_to_be_told_and_shows_no_secret() {
        let html = html(true);
        let callback = format!("https://c.example.com/webhooks/whatsapp/{}", SourceId(3));
        assert!(html.contains(&callback) && html.contains("Meta &#60;app&#62;") && html.contains("98,765"));
        assert!(html.contains("2 app secrets") && html.contains("4 unread"));
        assert!(html.matches("type=\"password\"").count() >= 4 && !html.contains("value=\"Secret"));
    }

    #[test]
    fn the_numbers_are_a_way_to_their_coverage() {
        let html = html(false);
        assert!(html.contains("href=\"/sources/coverage?show=stopped\"") && html.contains("1,024"));
        assert!(!html.contains("show=silent"), "what there is none of is not offered");
        assert!(html.contains("messages · &#60;script&#62;") && html.contains("href=\"/log/99\""));
        assert!(!html.contains("action=\"/sources"), "who may not write is offered nothing");
    }

    #[test]
    fn blank_secrets_are_none() {
        let form = Fields::parse(b"name=Meta&app_secret=++&access_token=t");
        let declared = typed(&form);
        assert_eq!((declared.app_secret, declared.verify_token), (None, None));
        assert_eq!(declared.access_token, Some(Secret::new("t")));
    }

    #[test]
    fn without_sources_the_page_says_how_to_begin() {
        let shell = Shell::sample("Sources");
        let (sources, numbers, unknown) = (vec![], vec![], vec![]);
        let page = Page {
            w: shell.w,
            shell,
            sources,
            numbers,
            has_numbers: false,
            unknown,
            may_write: true,
            done: None,
        };
        let html = page.render().unwrap();
        assert!(html.contains("No source is connected.") && html.contains("action=\"/sources/connect\""));
    }
}
