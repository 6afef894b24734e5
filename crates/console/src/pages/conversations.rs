//! Conversations: the newest first, each with its two sides and its last words.

use aboveboard_ledger::view::{ConversationRow, Page as Rows};
use aboveboard_model::{access::Purpose, id::ContactId, pseudonym};
use askama::Template;

use super::conversation;
use crate::{
    fields::link,
    moment::{Clock, Moment},
    people::{self, Person},
    problem::Problem,
    prose::Draft,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Rows of one page.
const ROWS: usize = 50;

/// A line of the list.
#[derive(Clone, Debug)]
struct Row {
    href: String,
    contact: Option<Person>,
    employee: Option<Person>,
    last: Moment,
    /// Its last words, identifiers masked.
    words: String,
    messages: u64,
    open_alerts: u64,
}

#[derive(Template)]
#[template(path = "conversations.html")]
struct Page {
    shell: Shell,
    w: Words,
    rows: Vec<Row>,
    next: Option<String>,
    /// The first page, where this is not it.
    first: Option<String>,
    /// The client whose conversations alone are shown.
    with: Option<String>,
}

/// The list, a page at a time.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let after = visit.query.get("after");
    let contact: Option<ContactId> = visit.query.parsed("contact");
    let access = visit.access(Purpose::Investigation)?;
    let page = visit.ledger().conversations_with(&access, contact, after, ROWS)?;
    visit.page(&list(visit.shell(), &page, contact, after.is_some(), &visit.clock()))
}

fn list(
    shell: Shell,
    page: &Rows<ConversationRow>,
    with: Option<ContactId>,
    is_later: bool,
    clock: &Clock,
) -> Page {
    let rows = page.rows.iter().map(|row| Row {
        href: conversation::newest(row.id),
        contact: row.contact.map(people::contact),
        employee: row.employee.as_ref().map(people::employee),
        last: clock.ago(row.last_at),
        words: Draft::guessed(&row.last_text).finish().plain(),
        messages: row.messages,
        open_alerts: row.open_alerts,
    });
    let contact = with.map(|contact| contact.to_string());
    let to = |after| link("/conversations", &[("contact", contact.as_deref()), ("after", after)]);
    Page {
        w: shell.w,
        shell,
        rows: rows.collect(),
        next: page.next.as_deref().map(|after| to(Some(after))),
        first: is_later.then(|| to(None)),
        with: with.map(pseudonym::contact),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use aboveboard_ledger::view::Place;
    use aboveboard_model::id::{ContactId, ConversationId, EmployeeId, Index};

    use super::*;
    use crate::bubble::tests::clock;

    /// A conversation of a client with an employee.
    pub(crate) fn row(last_text: &str) -> ConversationRow {
        ConversationRow {
            id: ConversationId(9),
            contact: Some(ContactId(5 << 44)),
            employee: Some(Place {
                employee: EmployeeId(7 << 44),
                team: Some("Sales <b>".into()),
                region: Some("BR".into()),
            }),
            number: Some("5511988880000".into()),
            messages: 1_234,
            last_at: "2025-11-05T11:58:00Z".parse().unwrap(),
            last_text: last_text.into(),
            open_alerts: 2,
        }
    }

    fn html(rows: Vec<ConversationRow>) -> String {
        let page = Rows { rows, next: Some("1.2".into()), at: Index(1) };
        list(Shell::sample("Conversations"), &page, None, true, &clock()).render().unwrap()
    }

    #[test]
    fn a_line_shows_both_sides_by_pseudonym_and_last_words_without_identifiers() {
        let html = html(vec![row("pix 11 98888-0000 <script>alert(1)</script> مرحبا \0")]);
        assert!(
            html.contains("1,234 messages") && html.contains("2 open alerts") && html.contains("2 min ago")
        );
        assert!(
            !html.contains("98888") && !html.contains("<script>alert") && !html.contains("<b>"),
            "{html}"
        );
        assert!(!html.contains("5511988880000"), "no whole number");
        assert!(html.contains("/conversations?after=1.2"));
        assert!(html.contains(&format!("href=\"/conversations/{}#end\"", ConversationId(9))), "{html}");
    }

    #[test]
    fn nobody_accountable_and_no_client_is_said() {
        let html = html(vec![ConversationRow { contact: None, employee: None, open_alerts: 0, ..row("") }]);
        assert!(html.contains("No accountable person") && html.contains(">Client<"));
    }

    #[test]
    fn an_empty_list_says_so() {
        assert!(html(vec![]).contains("No conversation may be read yet."));
    }

    #[test]
    fn a_full_page_stays_small() {
        assert!(html(vec![row(&"long ".repeat(40)); ROWS]).len() < 100_000);
    }
}
