//! Clients: everybody whom the firm's numbers talked with, under pseudonyms, with the ways in which they are known.

use aboveboard_ledger::view::{ContactFilter, ContactRow, IdentityRow, Page as Rows};
use aboveboard_model::pseudonym;
use askama::Template;

use crate::{
    fields::link,
    moment::{Clock, Moment},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Rows of one page.
const ROWS: usize = 50;
/// Identities that a line names.
const IDENTITIES: usize = 4;

/// A line of the list.
#[derive(Clone, Debug)]
struct Row {
    href: String,
    name: String,
    /// Scheme and masked value.
    identities: Vec<(&'static str, String)>,
    /// How many more there are.
    more: usize,
    last: Option<Moment>,
    conversations: u64,
    messages: u64,
    open_alerts: u64,
}

#[derive(Template)]
#[template(path = "contacts.html")]
struct Page {
    shell: Shell,
    w: Words,
    tab: &'static str,
    rows: Vec<Row>,
    /// What was typed.
    text: String,
    suggested: bool,
    next: Option<String>,
    is_later: bool,
}

/// The list, newest known first.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let filter = ContactFilter {
        text: visit.query.get("q").map(str::to_owned),
        suggested: visit.query.ticked("suggested"),
        after: visit.query.get("after").map(str::to_owned),
        limit: ROWS,
    };
    let page = visit.ledger().contacts(visit.by()?, &filter)?;
    visit.page(&list(visit.shell(), &page, filter, &visit.clock()))
}

fn list(shell: Shell, page: &Rows<ContactRow>, filter: ContactFilter, clock: &Clock) -> Page {
    let suggested = filter.suggested.then_some("on");
    let next = page.next.as_deref().map(|after| {
        let kept = [("q", filter.text.as_deref()), ("suggested", suggested), ("after", Some(after))];
        link("/people/contacts", &kept)
    });
    Page {
        w: shell.w,
        shell,
        tab: "contacts",
        rows: page.rows.iter().map(|row| shown(row, clock)).collect(),
        text: filter.text.unwrap_or_default(),
        suggested: filter.suggested,
        next,
        is_later: filter.after.is_some(),
    }
}

fn shown(row: &ContactRow, clock: &Clock) -> Row {
    Row {
        href: format!("/people/contacts/{}", row.id),
        name: pseudonym::contact(row.id),
        identities: row.identities.iter().take(IDENTITIES).map(|one| (one.scheme, masked(one))).collect(),
        more: row.identities.len().saturating_sub(IDENTITIES),
        last: row.last_at.map(|at| clock.ago(at)),
        conversations: row.conversations,
        messages: row.messages,
        open_alerts: row.open_alerts,
    }
}

/// An identity's value, all but its ends hidden.
pub(super) fn masked(identity: &IdentityRow) -> String {
    pseudonym::identity(identity.scheme, &identity.value.0)
}

#[cfg(test)]
pub(super) mod tests {
    use aboveboard_model::{
        id::{ContactId, IdentityId, Index},
        personal::Personal,
    };

    use super::*;
    use crate::bubble::tests::clock;

    pub(crate) fn identity(scheme: &'static str, value: &str) -> IdentityRow {
        let at = "2025-11-05T10:00:00Z".parse().unwrap();
        IdentityRow {
            id: IdentityId(9),
            scheme,
            value: Personal(value.into()),
            from: None,
            until: None,
            first: Some((at, Index(5))),
            last: Some((at, Index(7))),
            is_own: scheme != "username",
        }
    }

    pub(crate) fn row(identities: Vec<IdentityRow>) -> ContactRow {
        ContactRow {
            id: ContactId(3 << 40),
            since: Index(4),
            identities,
            conversations: 2,
            messages: 1_234,
            last_at: Some("2025-11-05T10:00:00Z".parse().unwrap()),
            open_alerts: 1,
        }
    }

    fn html(rows: Vec<ContactRow>, filter: ContactFilter) -> String {
        let rows = Rows { rows, next: Some("7.9".into()), at: Index(1) };
        list(Shell::sample("Clients"), &rows, filter, &clock()).render().unwrap()
    }

    #[test]
    fn a_client_is_shown_by_pseudonym_and_by_the_ends_of_every_identity() {
        let identities = vec![
            identity("phone", "5511988880000"),
            identity("user_id", "BR.13491208655302741918"),
            identity("username", "<script>lia"),
            identity("name", "n1\nAna Prado"),
            identity("phone", "5511988881111"),
        ];
        let html = html(vec![row(identities)], ContactFilter::default());
        for wanted in ["+55 •••• 00", "BR.••••18", "@&#60;•••", "1,234", "and 1 more", "C-0003"]
        {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
        for hidden in ["98888", "1349120", "script>lia", "Prado"] {
            assert!(!html.contains(hidden), "{hidden}");
        }
    }

    #[test]
    fn what_narrows_the_list_stays_in_the_next_pages_address() {
        let filter = ContactFilter {
            text: Some("C-7F2A&x".into()),
            suggested: true,
            after: Some("1.2".into()),
            limit: 50,
        };
        let html = html(vec![], filter);
        assert!(html.contains("/people/contacts?q=C-7F2A%26x&#38;suggested=on&#38;after=7.9"), "{html}");
        assert!(html.contains("value=\"C-7F2A&#38;x\"") && html.contains("No client is like this."));
    }
}
