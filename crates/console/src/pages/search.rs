//! Search: one bar, what is wrong with what was typed, and hits with the words that matched, newest first.

use aboveboard_ledger::{
    Error,
    view::{self, SearchPage},
};
use aboveboard_model::{
    access::Purpose,
    document::{Field, Zone},
    item::Direction,
};
use aboveboard_query::Query;
use askama::Template;

use crate::{
    bubble::Zoned,
    fields::link,
    mistake::{self, Mistake},
    moment::{Clock, Moment},
    people,
    problem::Problem,
    prose::{Draft, Highlight},
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Hits of one page.
const HITS: usize = 25;
/// The number of the one reason that every highlight of a search has.
const FOUND: usize = 1;
/// Queries to learn from, with the key of what each is for.
const EXAMPLES: &[(&str, &str)] = &[
    ("direction:out payment:unregistered", "payee"),
    ("\"my pix\"", "phrase"),
    ("deleted:true OR edited:true", "undone"),
    ("media:image", "image"),
    ("off_hours:true first_contact:true", "first"),
];

/// A hit in a page.
#[derive(Clone, Debug)]
struct Hit {
    /// The conversation, at the message.
    href: Option<String>,
    from: String,
    to: String,
    place: String,
    at: Moment,
    texts: Vec<Zoned>,
}

/// What was found.
#[derive(Clone, Debug)]
struct Found {
    hits: Vec<Hit>,
    /// How many there are in all, in words; only on the first page.
    total: Option<String>,
    took: String,
    next: Option<String>,
    first: Option<String>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct Page {
    shell: Shell,
    w: Words,
    query: String,
    mistakes: Vec<Mistake>,
    found: Option<Found>,
    /// Where the query becomes a policy.
    to_policy: String,
    /// Whether it says how to ask: before a search, and after one that found nothing.
    shows_how: bool,
    fields: Vec<&'static str>,
    examples: Vec<Example>,
}

/// A query to learn from.
#[derive(Clone, Debug)]
struct Example {
    query: &'static str,
    href: String,
    what: String,
}

/// Answers the query in the address; without one it shows how to ask.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let (query, after) = (visit.query.text("q"), visit.query.get("after"));
    if query.is_empty() {
        return visit.page(&page(visit.shell(), query, vec![], None));
    }
    let access = visit.access(Purpose::Investigation)?;
    match visit.ledger().search(&access, &query, after, HITS) {
        Ok(answer) => {
            let warnings = Query::parse(&query).map_or(vec![], |parsed| parsed.warnings().to_vec());
            let found = found(&answer, &query, after.is_some(), &visit.clock());
            let mistakes = mistake::in_query(&query, &warnings);
            visit.page(&page(visit.shell(), query, mistakes, Some(found)))
        }
        Err(Error::Query(diagnostics)) => {
            let mistakes = mistake::in_query(&query, &diagnostics);
            let status = http::StatusCode::UNPROCESSABLE_ENTITY;
            Ok(visit.page(&page(visit.shell(), query, mistakes, None))?.with_status(status))
        }
        Err(error) => Err(error.into()),
    }
}

fn page(shell: Shell, query: String, mistakes: Vec<Mistake>, found: Option<Found>) -> Page {
    let w = shell.w;
    let example = |(query, word): &(&'static str, &str)| Example {
        query,
        href: link("/search", &[("q", Some(query))]),
        what: w.of("search_example", word),
    };
    Page {
        w,
        shell,
        mistakes,
        shows_how: found.as_ref().is_none_or(|found| found.hits.is_empty()),
        found,
        to_policy: link("/policies/new", &[("query", Some(&query))]),
        query,
        fields: Field::ALL.iter().map(|field| field.word()).collect(),
        examples: EXAMPLES.iter().map(example).collect(),
    }
}

fn found(answer: &SearchPage, query: &str, is_later: bool, clock: &Clock) -> Found {
    let w = clock.w;
    let total = || match answer.estimated {
        true => w.n("search.about", answer.total),
        false => w.n("search.exactly", answer.total),
    };
    let more = |after: &String| link("/search", &[("q", Some(query)), ("after", Some(after))]);
    Found {
        hits: answer.hits.rows.iter().map(|hit| shown(hit, clock)).collect(),
        total: (!is_later).then(total),
        took: w.with("search.took", "ms", w.number(answer.took_ms)),
        next: answer.hits.next.as_ref().map(more),
        first: is_later.then(|| link("/search", &[("q", Some(query))])),
    }
}

fn shown(hit: &view::Hit, clock: &Clock) -> Hit {
    let w = clock.w;
    let employee = hit.employee.as_ref().map(people::employee);
    let place = employee.as_ref().map(|person| person.place.clone()).unwrap_or_default();
    let employee = employee.map_or_else(|| w.t("people.nobody"), |person| person.name);
    let contact = hit.contact.map(people::contact).map_or_else(|| w.t("people.client"), |person| person.name);
    let (from, to) = match hit.direction {
        Some(Direction::In) => (contact, employee),
        _ => (employee, contact),
    };
    let zoned = |(zone, text): (&Zone, &String)| {
        let mut draft = Draft::masked(text, *zone, &hit.marks);
        let spans = hit.spans.iter().filter(|(place, _, _)| place == zone);
        let spans: Vec<Highlight> =
            spans.map(|(_, start, end)| Highlight { start: *start, end: *end, reason: FOUND }).collect();
        draft.highlight(&spans);
        let label = (*zone != Zone::Text).then(|| w.of("zone", zone.field().word()));
        Zoned { label, prose: draft.finish() }
    };
    let document = hit.document.to_string();
    let to_message = |id| {
        let path = format!("/conversations/{id}");
        format!("{}#{document}", link(&path, &[("around", Some(&document))]))
    };
    Hit {
        href: hit.conversation.map(to_message),
        from,
        to,
        place,
        at: clock.day_and_time(hit.at),
        texts: hit.zones.iter().map(zoned).collect(),
    }
}

#[cfg(test)]
mod tests;
