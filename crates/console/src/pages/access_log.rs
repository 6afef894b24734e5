//! The access log: who read what, and why.

use aboveboard_ledger::view::ReadRow;
use aboveboard_model::{
    access::{Actor, Purpose, ReadOf},
    id::Index,
};
use askama::Template;

use crate::{
    moment::{Clock, Moment},
    people,
    problem::Problem,
    prose::Draft,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Rows of one page.
const ROWS: usize = 100;

/// A look.
#[derive(Clone, Debug)]
struct Row {
    index: u64,
    at: Moment,
    who: String,
    what: String,
    /// The id of what was read, or a search's words with identifiers masked.
    which: String,
    why: String,
    /// The alert or case that it was for.
    for_which: String,
}

#[derive(Template)]
#[template(path = "access_log.html")]
struct Page {
    shell: Shell,
    w: Words,
    rows: Vec<Row>,
    older: Option<String>,
    is_past: bool,
}

/// Looks at content, newest first.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let before: Option<u64> = visit.query.parsed("before");
    let reads = visit.ledger().reads(visit.by()?, before.map(Index), ROWS)?;
    visit.page(&page(visit.shell(), &reads, before.is_some(), &visit.by()?.actor, &visit.clock()))
}

fn page(shell: Shell, reads: &[ReadRow], is_past: bool, me: &Actor, clock: &Clock) -> Page {
    let full = reads.last().filter(|_| reads.len() >= ROWS);
    Page {
        w: shell.w,
        shell,
        rows: reads.iter().map(|read| row(read, me, clock)).collect(),
        older: full.map(|last| format!("/access-log?before={}", last.index)),
        is_past,
    }
}

fn row(read: &ReadRow, me: &Actor, clock: &Clock) -> Row {
    let w = clock.w;
    let (what, mut which) = looked_at(&read.of, w);
    if let Some(query) = &read.query {
        which = Draft::guessed(query).finish().plain();
    }
    let (why, for_which) = purpose(&read.purpose);
    Row {
        index: read.index.0,
        at: clock.day_and_time(read.at),
        who: people::actor(w, &read.actor, me),
        what,
        which,
        why: w.of("purpose", why),
        for_which,
    }
}

/// What a look was at: a word, and which.
pub(super) fn looked_at(of: &ReadOf, w: Words) -> (String, String) {
    match of {
        ReadOf::Queue(count) => (w.n("access_log.queue", u64::from(*count)), String::new()),
        ReadOf::Alert(id) => (w.t("access_log.alert"), id.to_string()),
        ReadOf::Case(id) => (w.t("access_log.case"), id.to_string()),
        ReadOf::Cases(count) => (w.n("access_log.cases", u64::from(*count)), String::new()),
        ReadOf::Conversations(count) => (w.n("access_log.conversations", u64::from(*count)), String::new()),
        ReadOf::Conversation(id) => (w.t("access_log.conversation"), id.to_string()),
        ReadOf::Search { hits, .. } => (w.n("access_log.search", u64::from(*hits)), String::new()),
        ReadOf::Entry(index) => (w.t("access_log.entry"), format!("#{index}")),
        ReadOf::Media(index) => (w.t("access_log.media"), format!("#{index}")),
    }
}

fn purpose(purpose: &Purpose) -> (&'static str, String) {
    match purpose {
        Purpose::Review(alert) => ("review", alert.to_string()),
        Purpose::Case(case) => ("case", case.to_string()),
        Purpose::Queue => ("queue", String::new()),
        Purpose::Investigation => ("investigation", String::new()),
        Purpose::PolicyWork => ("policy_work", String::new()),
        Purpose::Detection => ("detection", String::new()),
        Purpose::Evidence => ("evidence", String::new()),
    }
}

#[cfg(test)]
mod tests {
    use aboveboard_model::id::{AlertId, CaseId, ConversationId, UserId};

    use super::*;
    use crate::bubble::tests::clock;

    fn read(index: u64, of: ReadOf, purpose: Purpose) -> ReadRow {
        let at = "2025-11-05T10:00:00Z".parse().unwrap();
        ReadRow { index: Index(index), at, actor: Actor::User(UserId(2)), purpose, of, query: None }
    }

    fn html(reads: &[ReadRow]) -> String {
        page(Shell::sample("Access log"), reads, true, &Actor::User(UserId(1)), &clock()).render().unwrap()
    }

    #[test]
    fn a_look_says_who_read_what_and_why() {
        let html = html(&[
            read(9, ReadOf::Alert(AlertId(3)), Purpose::Review(AlertId(3))),
            read(8, ReadOf::Conversation(ConversationId(4)), Purpose::Case(CaseId(5))),
            read(7, ReadOf::Queue(50), Purpose::Queue),
        ]);
        for wanted in [
            AlertId(3).to_string(),
            ConversationId(4).to_string(),
            CaseId(5).to_string(),
            "50 alerts of the queue".into(),
            "to judge an alert".into(),
            "href=\"/log/9\"".into(),
        ] {
            assert!(html.contains(&wanted), "{wanted}: {html}");
        }
    }

    #[test]
    fn what_was_searched_for_is_shown_without_identifiers_and_as_text() {
        let of = ReadOf::Search { search: None, query: String::new(), hits: 2 };
        let one = read(1, of, Purpose::Investigation);
        let with = ReadRow { query: Some("<script> 11 98888-0000 \0".into()), ..one.clone() };
        let shown = html(&[with]);
        assert!(shown.contains("&#60;script&#62;") && !shown.contains("98888") && shown.contains("2 hits"));
        assert!(html(&[one]).contains("2 hits"), "without the words it is still a search");
    }

    #[test]
    fn every_purpose_has_words() {
        let (alert, case) = (AlertId(1), CaseId(1));
        for one in [
            Purpose::Review(alert),
            Purpose::Case(case),
            Purpose::Queue,
            Purpose::Investigation,
            Purpose::PolicyWork,
            Purpose::Detection,
            Purpose::Evidence,
        ] {
            assert!(clock().w.has("purpose", purpose(&one).0), "{one:?}");
        }
    }

    #[test]
    fn a_full_page_leads_to_the_past_and_an_empty_one_says_so() {
        let reads: Vec<ReadRow> =
            (0..ROWS as u64).rev().map(|index| read(index + 7, ReadOf::Queue(1), Purpose::Queue)).collect();
        assert!(html(&reads).contains("/access-log?before=7\""));
        assert!(!html(&reads[1..]).contains("before="));
        assert!(html(&[]).contains("Nobody has read anything."));
    }
}
