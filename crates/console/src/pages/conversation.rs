//! A conversation: its messages, newest page first and back to its beginning, and the alerts on it.

use aboveboard_ledger::view::{ConversationPage, Part};
use aboveboard_model::{
    access::{Actor, Purpose},
    alert::OnDocument,
    id::{AlertId, CaseId, ConversationId, DocumentId},
    pseudonym,
};
use askama::Template;
use jiff::civil::Date;

use super::alerts::{Row, rows};
use crate::{
    bubble::{Bubble, Pointer, Sides, bubbles},
    fields::{Fields, link},
    lines,
    moment::{Clock, Moment},
    people::{self, Person},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Messages of one page.
const MESSAGES: usize = 60;

/// A conversation in a page.
#[derive(Clone, Debug)]
struct Shown {
    contact: Option<Person>,
    /// The client's page.
    contact_page: Option<String>,
    employee: Option<Person>,
    /// The business number, all but its ends hidden.
    number: Option<String>,
    messages: u64,
    last: Moment,
    bubbles: Vec<Bubble>,
    /// The page before this one.
    older: Option<String>,
    /// The page after this one.
    newer: Option<String>,
    /// The newest page, where this is not it.
    newest: Option<String>,
    /// Every message, and only those with findings.
    all: String,
    marked: String,
    is_marked: bool,
    /// For the form that opens it at a day.
    path: String,
    /// Where an approval for it is written down.
    approval: String,
    of: Option<String>,
    day: String,
    alerts: Vec<Row>,
    waiting: u64,
    at: u64,
}

#[derive(Template)]
#[template(path = "conversation.html")]
struct Page {
    shell: Shell,
    w: Words,
    conversation: Shown,
    /// The alert or case that it was opened from, or else the list.
    back: String,
}

/// The end of a page of messages, where it is opened: one reads on from there, back in time.
const END: &str = "#end";

/// Where a conversation is opened: at the end of its newest page.
pub(super) fn newest(id: ConversationId) -> String {
    format!("/conversations/{id}{END}")
}

/// What content is read for, as an address says it: an alert, a case, or else an investigation.
pub(super) fn purpose(fields: &Fields) -> Purpose {
    let alert = fields.parsed("for").map(Purpose::Review);
    let case = || fields.parsed("for").map(Purpose::Case);
    alert.or_else(case).unwrap_or(Purpose::Investigation)
}

/// The newest messages, those before a key, or those around a document.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let id: ConversationId = visit.part("id")?;
    let day = visit.query.get("day").filter(|day| day.parse::<Date>().is_ok());
    let part = Part {
        before: visit.query.get("before").map(str::to_owned),
        around: visit.query.parsed::<DocumentId>("around"),
        from: day.and_then(|day| lines::instant(day, &visit.console.settings.zone)),
        marked: visit.query.get("show") == Some("marked"),
        limit: MESSAGES,
    };
    let access = visit.access(purpose(&visit.query))?;
    let page = visit.ledger().conversation_part(&access, id, &part)?;
    let place = Place {
        of: for_of(&visit.query),
        is_newest: part.before.is_none() && part.around.is_none() && part.from.is_none(),
        day: day.map(str::to_owned),
        marked: part.marked,
    };
    let conversation = shown(&page, &place, &access.actor, &visit.clock());
    visit.page(&Page { shell: visit.shell(), w: visit.words, conversation, back: back(place.of.as_deref()) })
}

/// Where in a conversation a page is.
struct Place {
    /// The alert or case that it is read for.
    of: Option<String>,
    is_newest: bool,
    /// The day that it was opened at.
    day: Option<String>,
    /// Whether only messages with findings are shown.
    marked: bool,
}

fn for_of(fields: &Fields) -> Option<String> {
    match purpose(fields) {
        Purpose::Review(alert) => Some(alert.to_string()),
        Purpose::Case(case) => Some(case.to_string()),
        _ => None,
    }
}

fn back(of: Option<&str>) -> String {
    let alert = of.and_then(|of| of.parse::<AlertId>().ok()).map(|alert| format!("/alerts/{alert}"));
    let case = || of.and_then(|of| of.parse::<CaseId>().ok()).map(|case| format!("/cases/{case}"));
    alert.or_else(case).unwrap_or_else(|| "/conversations".to_owned())
}

fn shown(page: &ConversationPage, place: &Place, me: &Actor, clock: &Clock) -> Shown {
    let (w, row) = (clock.w, &page.row);
    let contact = row.contact.map(people::contact);
    let employee = row.employee.as_ref().map(people::employee);
    let name = |person: &Option<Person>, none: &str| {
        person.as_ref().map_or_else(|| none.to_owned(), |person| person.name.clone())
    };
    let sides = Sides {
        client: name(&contact, &w.t("people.client")),
        employee: name(&employee, &w.t("people.employee")),
    };
    let path = format!("/conversations/{}", row.id);
    let of = place.of.as_deref();
    let show = place.marked.then_some("marked");
    let to = |name: &str, value: &str| link(&path, &[("for", of), ("show", show), (name, Some(value))]);
    let pointers = pointers(page);
    let last = page.messages.rows.last().filter(|last| last.at < row.last_at);
    Shown {
        contact_page: row.contact.map(|id| format!("/people/contacts/{id}")),
        bubbles: bubbles(&page.messages.rows, &pointers, &sides, clock, of.unwrap_or_default()),
        number: row.number.as_deref().map(pseudonym::number),
        messages: row.messages,
        last: clock.ago(row.last_at),
        older: page.messages.next.as_deref().map(|before| to("before", before) + END),
        // A page around its last message begins in its middle: nothing is skipped on the way to the newest.
        newer: last.map(|last| {
            let last = last.document.to_string();
            format!("{}#{last}", to("around", &last))
        }),
        newest: (!place.is_newest).then(|| link(&path, &[("for", of), ("show", show)]) + END),
        all: link(&path, &[("for", of)]) + END,
        marked: link(&path, &[("for", of), ("show", Some("marked"))]) + END,
        is_marked: place.marked,
        of: place.of.clone(),
        day: place.day.clone().unwrap_or_default(),
        path: path.clone(),
        approval: link(
            "/registry/new",
            &[("kind", Some("approval")), ("conversation", Some(&row.id.to_string()))],
        ),
        alerts: rows(&page.alerts, |alert| format!("/alerts/{alert}"), None, me, clock),
        waiting: page.waiting,
        at: page.messages.at.0,
        contact,
        employee,
    }
}

/// The findings of the conversation's alerts. A number is an alert's place among those at the side.
fn pointers(page: &ConversationPage) -> Vec<Pointer> {
    let mut pointers = Vec::new();
    for (id, OnDocument { document, revision, finding, .. }) in &page.findings {
        let Some(at) = page.alerts.iter().position(|alert| alert.id == *id) else { continue };
        let pointer = |words| Pointer { document: *document, revision: *revision, words, reason: at + 1 };
        if finding.spans.is_empty() {
            pointers.push(pointer(None));
        }
        pointers.extend(finding.spans.iter().map(|span| pointer(Some((span.zone, span.start, span.end)))));
    }
    pointers
}

#[cfg(test)]
mod tests {
    use aboveboard_ledger::view::Page as Rows;
    use aboveboard_model::id::Index;

    use super::*;
    use crate::{
        bubble::tests::{clock, messages},
        pages::{
            alerts::tests::{me, row as alert},
            conversations::tests::row,
        },
    };

    fn page() -> ConversationPage {
        ConversationPage {
            row: row("last"),
            messages: Rows { rows: messages(), next: Some("7.8".into()), at: Index(99) },
            alerts: vec![alert(3, "Payee <i>not</i> known")],
            findings: vec![],
            waiting: 3,
        }
    }

    fn html(page: &ConversationPage, of: Option<&str>, is_newest: bool) -> String {
        let shell = Shell::sample("Conversation");
        let place = Place { of: of.map(str::to_owned), is_newest, day: None, marked: false };
        let conversation = shown(page, &place, &me(), &clock());
        Page { w: shell.w, shell, conversation, back: back(of) }.render().unwrap()
    }

    #[test]
    fn the_page_shows_bubbles_alerts_and_what_waits_sealed() {
        let html = html(&page(), None, true);
        assert!(html.contains("3 messages wait sealed"));
        assert!(html.contains("?before=7.8") && html.contains("Payee &#60;i&#62;not"), "{html}");
        assert!(!html.contains("<script>alert") && !html.contains("98888"));
        assert!(html.contains("+55 •••• 00") && html.contains("href=\"/conversations\""));
    }

    #[test]
    fn what_it_is_read_for_stays_in_every_link() {
        let of = AlertId(3).to_string();
        let html = html(&page(), Some(&of), false);
        assert!(html.contains(&format!("?for={of}&#38;before=7.8")), "{html}");
        assert!(html.contains(&format!("href=\"/alerts/{of}\"")));
        assert!(html.contains(&format!("?for={of}#end\"")), "a way to the newest page");
    }

    #[test]
    fn one_reads_on_from_the_end_of_each_page() {
        let html = html(&page(), None, true);
        assert!(html.contains("?before=7.8#end\"") && html.contains("?show=marked#end\""), "{html}");
        let last = page().messages.rows.last().unwrap().document;
        let [last, end, facts] =
            [&format!("id=\"{last}\""), "id=\"end\"", "<aside"].map(|one| html.find(one).unwrap());
        assert!(last < end && end < facts);
    }

    #[test]
    fn a_page_of_the_past_leads_forward_from_its_last_message() {
        let mut page = page();
        page.row.last_at = "2025-11-09T00:00:00Z".parse().unwrap();
        let last = page.messages.rows.last().unwrap().document;
        assert!(html(&page, None, false).contains(&format!("?around={last}#{last}")));
        page.row.last_at = page.messages.rows.last().unwrap().at;
        assert!(!html(&page, None, true).contains("around="));
    }

    #[test]
    fn the_purpose_is_an_alert_a_case_or_an_investigation() {
        let fields = |text: &str| Fields::parse(text.as_bytes());
        assert_eq!(purpose(&fields(&format!("for={}", AlertId(1)))), Purpose::Review(AlertId(1)));
        assert_eq!(purpose(&fields(&format!("for={}", CaseId(1)))), Purpose::Case(CaseId(1)));
        for nonsense in ["", "for=", "for=alert_", "for=emp_0000000000001"] {
            assert_eq!(purpose(&fields(nonsense)), Purpose::Investigation);
        }
    }

    #[test]
    fn an_empty_page_says_why() {
        let page = ConversationPage {
            messages: Rows { rows: vec![], next: None, at: Index(0) },
            alerts: vec![],
            waiting: 0,
            ..page()
        };
        let html = html(&page, None, true);
        assert!(html.contains("No message may be read here") && !html.contains("wait sealed"));
    }
}
