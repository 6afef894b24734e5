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
/// What detectors and registry say of the words.
const MARKS: &[Field] = &[Field::Payment, Field::Handle, Field::Link, Field::Entity];
/// The kind of document that needs no mention.
const MESSAGE: &str = "message";
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
pub(super) struct Hit {
    /// The conversation, at the message.
    pub(super) href: Option<String>,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) place: String,
    /// What it is, where it is not a message.
    pub(super) kind: Option<String>,
    pub(super) at: Moment,
    pub(super) texts: Vec<Zoned>,
}

/// What was found.
#[derive(Clone, Debug)]
struct Found {
    hits: Vec<Hit>,
    /// How many there are in all, in words.
    total: String,
    took: String,
    next: Option<String>,
    first: Option<String>,
}

/// A field and the values that narrow the search to them.
#[derive(Clone, Debug)]
struct Group {
    title: String,
    values: Vec<Narrower>,
    /// Further values, in words.
    others: Option<String>,
}

/// A value of a field: a click narrows the search to it, or takes that back.
#[derive(Clone, Debug)]
struct Narrower {
    label: String,
    /// How many, in words that say if it is an estimate.
    count: String,
    href: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "search.html")]
struct Page {
    shell: Shell,
    w: Words,
    query: String,
    mistakes: Vec<Mistake>,
    groups: Vec<Group>,
    found: Option<Found>,
    /// Where the query becomes a policy.
    to_policy: String,
    /// Whether it says how to ask: before a search, and after one that found nothing.
    shows_how: bool,
    fields: Vec<&'static str>,
    examples: Vec<Example>,
}

impl Page {
    /// Whether the query cannot be answered.
    fn is_wrong(&self) -> bool {
        self.mistakes.iter().any(|mistake| mistake.is_error)
    }
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
        return visit.page(&page(visit.shell(), query));
    }
    let mistakes = mistakes(&query, visit.words);
    let access = visit.access(Purpose::Investigation)?;
    match visit.ledger().search(&access, &query, after, HITS) {
        Ok(answer) => {
            let parsed = Query::parse(&query).map_err(Error::Query)?;
            let found = found(&answer, &query, after.is_some(), &visit.clock());
            let groups = groups(&answer, &parsed, visit.words);
            let shows_how = found.hits.is_empty();
            let found = Some(found);
            visit.page(&Page { mistakes, groups, found, shows_how, ..page(visit.shell(), query) })
        }
        Err(Error::Query(_)) => {
            let status = http::StatusCode::UNPROCESSABLE_ENTITY;
            Ok(visit.page(&Page { mistakes, ..page(visit.shell(), query) })?.with_status(status))
        }
        Err(error) => Err(error.into()),
    }
}

/// What is wrong with a query, or perhaps not as meant.
pub(super) fn mistakes(query: &str, w: Words) -> Vec<Mistake> {
    let mend = |mended: &str| link("/search", &[("q", Some(mended))]);
    match Query::parse(query) {
        Ok(parsed) => mistake::in_query(query, parsed.warnings(), w, mend),
        Err(diagnostics) => mistake::in_query(query, &diagnostics, w, mend),
    }
}

/// The page before anything is found: how to ask.
fn page(shell: Shell, query: String) -> Page {
    let w = shell.w;
    let example = |(query, word): &(&'static str, &str)| Example {
        query,
        href: link("/search", &[("q", Some(query))]),
        what: w.of("search_example", word),
    };
    Page {
        w,
        shell,
        mistakes: vec![],
        groups: vec![],
        shows_how: true,
        found: None,
        to_policy: link("/policies/new", &[("query", Some(&query))]),
        query,
        fields: Field::ALL.iter().map(|field| field.word()).collect(),
        examples: EXAMPLES.iter().map(example).collect(),
    }
}

/// The values of each field among what was found. Those of detectors and registry stand together: they are what was marked.
fn groups(answer: &SearchPage, query: &Query, w: Words) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for facet in &answer.facets {
        let is_mark = MARKS.contains(&facet.field);
        let title = if is_mark { w.t("search.marked") } else { w.of("facet", facet.field.word()) };
        let narrower =
            |(value, count): &(String, u64)| narrower(query, facet.field, value, *count, answer, w);
        let values: Vec<Narrower> = facet.values.iter().map(narrower).collect();
        let others = (facet.others > 0).then(|| w.n("search.others", facet.others));
        match groups.last_mut().filter(|last| is_mark && last.title == title) {
            Some(last) => last.values.extend(values),
            None => groups.push(Group { title, values, others }),
        }
    }
    groups
}

fn narrower(query: &Query, field: Field, value: &str, count: u64, answer: &SearchPage, w: Words) -> Narrower {
    let without = query.widened(field, value);
    let is_chosen = without.is_some();
    let text = without.unwrap_or_else(|| query.narrowed(field, value));
    let shown = w.number(count);
    Narrower {
        label: label(field, value, w),
        count: if answer.facets_estimated { w.with("search.about_count", "count", shown) } else { shown },
        // There are many of them: they say what differs from where they stand.
        href: link("", &[("q", Some(&text))]),
        is_chosen,
    }
}

/// A value in the reader's words, where it is one of ours.
fn label(field: Field, value: &str, w: Words) -> String {
    match field {
        Field::Direction => w.of("facet_direction", value),
        Field::Kind => w.of("facet_kind", value),
        Field::Media => w.of("media", value),
        Field::At => month(value, w).unwrap_or_else(|| value.to_owned()),
        _ if MARKS.contains(&field) => {
            // What is no verdict is the kind of an identifier.
            let judged = w.of("facet_judged", value);
            format!("{} · {judged}", w.of("facet", field.word()))
        }
        _ => value.to_owned(),
    }
}

/// `2026-11` in words.
fn month(value: &str, w: Words) -> Option<String> {
    let (year, month) = value.split_once('-')?;
    let number: u8 = month.parse().ok()?;
    Some(format!("{} {year}", w.of("month", &number.to_string())))
}

fn found(answer: &SearchPage, query: &str, is_later: bool, clock: &Clock) -> Found {
    let w = clock.w;
    let total = match answer.estimated {
        true => w.n("search.about", answer.total),
        false => w.n("search.exactly", answer.total),
    };
    let more = |after: &String| link("/search", &[("q", Some(query)), ("after", Some(after))]);
    Found {
        hits: answer.hits.rows.iter().map(|hit| shown(hit, clock)).collect(),
        total,
        took: w.with("search.took", "ms", w.number(answer.took_ms)),
        next: answer.hits.next.as_ref().map(more),
        first: is_later.then(|| link("/search", &[("q", Some(query))])),
    }
}

pub(super) fn shown(hit: &view::Hit, clock: &Clock) -> Hit {
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
        kind: (hit.kind != MESSAGE).then(|| w.of("facet_kind", &hit.kind)),
        at: clock.day_and_time(hit.at),
        texts: hit.zones.iter().map(zoned).collect(),
    }
}

#[cfg(test)]
mod tests;
