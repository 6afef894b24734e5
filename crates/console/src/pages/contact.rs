//! One client: the ways in which the person is known, conversations, alerts, who looked, and who is who.

use aboveboard_ledger::{
    Command,
    view::{ContactDecision, ContactFilter, ContactPage, Suggestion},
};
use aboveboard_model::{
    access::{Actor, Permission, Purpose},
    contact::{self, Event},
    id::{ContactId, IdentityId, Index},
    pseudonym,
};
use askama::Template;
use http::StatusCode;

use super::{
    access_log,
    alerts::{self, Done, done},
    contacts::masked,
    conversation,
};
use crate::{
    fields::link,
    lines,
    moment::{Clock, Moment},
    people::{self, Person},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// One way in which the client is known.
#[derive(Clone, Debug)]
struct Identity {
    id: String,
    scheme: &'static str,
    masked: String,
    from: Option<String>,
    until: Option<String>,
    first: Option<(Moment, u64)>,
    last: Option<(Moment, u64)>,
    is_own: bool,
}

/// A conversation, without words.
#[derive(Clone, Debug)]
struct Talk {
    href: String,
    employee: Option<Person>,
    number: Option<String>,
    last: Moment,
    messages: u64,
    open_alerts: u64,
}

/// Something that was decided about who is who.
#[derive(Clone, Debug)]
struct Decision {
    index: u64,
    at: Moment,
    who: String,
    what: String,
    reason: String,
    /// Whether it holds and can be taken back.
    stands: bool,
    undone: bool,
}

/// Somebody who may be the same person.
#[derive(Clone, Debug)]
struct Other {
    id: String,
    href: String,
    name: String,
    why: &'static str,
    index: u64,
}

#[derive(Template)]
#[template(path = "contact.html")]
struct Page {
    shell: Shell,
    w: Words,
    id: String,
    name: String,
    since: u64,
    last: Option<Moment>,
    messages: u64,
    identities: Vec<Identity>,
    talks: Vec<Talk>,
    alerts: Vec<alerts::Row>,
    decisions: Vec<Decision>,
    suggestions: Vec<Other>,
    /// `None` where the visitor may not see the access log.
    reads: Option<Vec<access_log::Row>>,
    may_write: bool,
    failed: Option<String>,
    done: Option<Done>,
    at: u64,
}

/// The page of a client.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    page(visit, None)
}

fn page(visit: &Visit, failed: Option<String>) -> Result<Reply, Problem> {
    let id: ContactId = visit.part("id")?;
    let known = visit.ledger().contact(&visit.access(Purpose::Investigation)?, id)?;
    let me = &visit.by()?.actor;
    let shell =
        visit.shell_titled(visit.words.with("contact.named", "name", pseudonym::contact(known.row.id)));
    let status = if failed.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let may_write = visit.may(Permission::ContactWrite);
    let page = Page { may_write, failed, done: done(visit), ..shown(shell, &known, me, &visit.clock()) };
    Ok(visit.page(&page)?.with_status(status))
}

fn shown(shell: Shell, page: &ContactPage, me: &Actor, clock: &Clock) -> Page {
    let w = clock.w;
    let talk = |row: &aboveboard_ledger::view::ConversationRow| Talk {
        href: conversation::newest(row.id),
        employee: row.employee.as_ref().map(people::employee),
        number: row.number.as_deref().map(pseudonym::number),
        last: clock.ago(row.last_at),
        messages: row.messages,
        open_alerts: row.open_alerts,
    };
    let reads = |rows: &Vec<aboveboard_ledger::view::ReadRow>| {
        rows.iter().map(|read| access_log::row(read, &shell, me, clock)).collect()
    };
    Page {
        w,
        id: page.row.id.to_string(),
        name: pseudonym::contact(page.row.id),
        since: page.row.since.0,
        last: page.row.last_at.map(|at| clock.day_and_time(at)),
        messages: page.row.messages,
        identities: page.row.identities.iter().map(|one| identity(one, clock)).collect(),
        talks: page.conversations.iter().map(talk).collect(),
        alerts: alerts::rows(&page.alerts, |alert| format!("/alerts/{alert}"), None, me, clock),
        decisions: page.decisions.iter().map(|one| decision(one, me, clock)).collect(),
        suggestions: page.suggestions.iter().map(other).collect(),
        reads: page.reads.as_ref().map(reads),
        may_write: false,
        failed: None,
        done: None,
        at: page.at.0,
        shell,
    }
}

fn identity(one: &aboveboard_ledger::view::IdentityRow, clock: &Clock) -> Identity {
    let seen = |seen: Option<(jiff::Timestamp, Index)>| seen.map(|(at, by)| (clock.day_and_time(at), by.0));
    Identity {
        id: one.id.to_string(),
        scheme: one.scheme,
        masked: masked(one),
        from: one.from.map(|at| clock.day(at)),
        until: one.until.map(|at| clock.day(at)),
        first: seen(one.first),
        last: seen(one.last),
        is_own: one.is_own,
    }
}

fn decision(one: &ContactDecision, me: &Actor, clock: &Clock) -> Decision {
    let w = clock.w;
    let (what, reason) = match &one.event {
        Event::Merged { contact, other, reason } => {
            let names = format!("{} + {}", pseudonym::contact(*contact), pseudonym::contact(*other));
            (w.with("contact.merged", "names", names), reason)
        }
        Event::Split { from: Some(from), reason, .. } => {
            (w.with("contact.split_from", "day", clock.day(*from)), reason)
        }
        Event::Split { from: None, reason, .. } => (w.t("contact.split_off"), reason),
        Event::Undone { decision, reason } => (w.with("contact.undone", "index", decision), reason),
    };
    Decision {
        index: one.index.0,
        at: clock.day_and_time(one.at),
        who: people::actor(w, &one.actor, me),
        what,
        reason: reason.clone(),
        stands: one.undone.is_none() && !matches!(one.event, Event::Undone { .. }),
        undone: one.undone.is_some(),
    }
}

fn other(one: &Suggestion) -> Other {
    Other {
        id: one.contact.to_string(),
        href: format!("/people/contacts/{}", one.contact),
        name: pseudonym::contact(one.contact),
        why: one.why,
        index: one.index.0,
    }
}

/// Makes this client and another one person.
pub(super) fn merge(visit: &Visit) -> Result<Reply, Problem> {
    let contact: ContactId = visit.part("id")?;
    let filter = ContactFilter { text: Some(visit.form.text("other")), limit: 2, ..ContactFilter::default() };
    let found = match visit.form.get("other") {
        Some(_) => visit.ledger().contacts(visit.by()?, &filter)?.rows,
        None => vec![],
    };
    match found.as_slice() {
        [one] => {
            let command =
                contact::Command::Merge { contact, other: one.id, reason: visit.form.text("reason") };
            decide(visit, contact, command, "merged")
        }
        [] => page(visit, Some(visit.words.t("contact.nobody"))),
        _ => page(visit, Some(visit.words.t("contact.several"))),
    }
}

/// Takes an identity away into a person of its own.
pub(super) fn split(visit: &Visit) -> Result<Reply, Problem> {
    let contact: ContactId = visit.part("id")?;
    let zone = &visit.console.settings.zone;
    let from = match visit.form.get("from").map(|text| lines::instant(text, zone)) {
        Some(None) => return page(visit, Some(visit.words.t("contact.not_a_day"))),
        given => given.flatten(),
    };
    let Some(identity) = visit.form.parsed::<IdentityId>("identity") else {
        return page(visit, Some(visit.words.t("contact.no_identity")));
    };
    let command = contact::Command::Split { identity, from, reason: visit.form.text("reason") };
    decide(visit, contact, command, "split")
}

/// Takes a merge or a split back.
pub(super) fn undo(visit: &Visit) -> Result<Reply, Problem> {
    let contact: ContactId = visit.part("id")?;
    let decision = visit.form.parsed("decision").map(Index).ok_or(Problem::NOT_FOUND)?;
    let command = contact::Command::Undo { decision, reason: visit.form.text("reason") };
    decide(visit, contact, command, "taken_back")
}

fn decide(visit: &Visit, id: ContactId, command: contact::Command, word: &str) -> Result<Reply, Problem> {
    let decided = visit.ledger().decide(visit.by()?, Command::Contact(command))?;
    let to = link(&format!("/people/contacts/{id}"), &[("done", Some(word))]);
    Ok(Reply::to(&to).wrote(decided.index))
}

#[cfg(test)]
mod tests {
    use aboveboard_ledger::view::ReadRow;
    use aboveboard_model::{access::ReadOf, id::UserId};

    use super::*;
    use crate::{
        bubble::tests::clock,
        pages::contacts::tests::{identity, row},
    };

    fn known() -> ContactPage {
        let at = "2025-11-05T10:00:00Z".parse().unwrap();
        let split = Event::Split { identity: IdentityId(9), from: Some(at), reason: "<b>sold</b>".into() };
        let decision = |index, event, undone| ContactDecision {
            index: Index(index),
            at,
            actor: Actor::User(UserId(2)),
            event,
            undone,
        };
        let merged = Event::Merged { contact: ContactId(1), other: ContactId(2), reason: "same".into() };
        let phone =
            aboveboard_ledger::view::IdentityRow { until: Some(at), ..identity("phone", "5511988880000") };
        ContactPage {
            row: row(vec![phone, identity("username", "lia")]),
            conversations: vec![],
            alerts: vec![],
            decisions: vec![decision(30, split, None), decision(20, merged, Some(Index(25)))],
            suggestions: vec![Suggestion { contact: ContactId(7), why: "alike", index: Index(12) }],
            reads: Some(vec![ReadRow {
                index: Index(40),
                at,
                actor: Actor::User(UserId(2)),
                purpose: Purpose::Investigation,
                of: ReadOf::Contact(ContactId(3 << 40)),
                number: None,
                query: None,
            }]),
            at: Index(50),
        }
    }

    fn html(page: &ContactPage, may_write: bool) -> String {
        let shown = shown(Shell::sample("C-0000"), page, &Actor::User(UserId(1)), &clock());
        Page { may_write, ..shown }.render().unwrap()
    }

    #[test]
    fn a_client_shows_identities_decisions_suggestions_and_who_looked_and_no_value() {
        let html = html(&known(), true);
        for wanted in [
            "+55 •••• 00",
            "until Wed 5 Nov",
            "#5",
            "#7",
            "&#60;b&#62;sold",
            "The same phone, written another way",
            "Taken back",
            "action=\"/people/contacts/",
            "name=\"decision\" value=\"30\"",
        ] {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
        assert!(!html.contains("98888") && !html.contains("<b>sold"));
        assert!(
            !html.contains("name=\"decision\" value=\"20\""),
            "what was taken back is not taken back again"
        );
    }

    #[test]
    fn who_may_only_read_gets_no_form_and_no_access_log() {
        let html = html(&ContactPage { reads: None, ..known() }, false);
        assert!(!html.contains("<form method=\"post\" action=\"/people") && !html.contains("Who looked"));
    }
}
