//! An alert: why it is one, the conversation with the words that it is about, and what can be done.

use aboveboard_ledger::{Command, Error, view::AlertPage};
use aboveboard_model::{
    access::{Permission, Purpose},
    alert::{self, Decider, DismissReason, Disposition},
    case,
    id::{AlertId, UserId},
    pseudonym,
    refusal::Refusal,
};
use askama::Template;

use super::alerts::{Choice, Done, Queue, done, queue};
use crate::{problem::Problem, reply::Reply, shell::Shell, visit::Visit, words::Words};

mod shown;
mod why;

pub(super) use shown::Step;
use shown::{Shown, shown};

#[derive(Template)]
#[template(path = "alert.html")]
struct Page {
    shell: Shell,
    w: Words,
    queue: Queue,
    alert: Shown,
    acts: Acts,
    done: Option<Done>,
}

/// What the visitor may do now, and where the next step is.
#[derive(Clone, Debug)]
struct Acts {
    /// Whether anything may be decided at all.
    decide: bool,
    open_case: bool,
    /// The queue that it was chosen from.
    back: String,
    /// The queue's choice, as hidden fields.
    choice: Vec<(&'static str, String)>,
    next: Option<String>,
    /// The next alert's id, as a hidden field.
    next_id: Option<String>,
    previous: Option<String>,
    reasons: Vec<&'static str>,
    /// Where its near-duplicates are, and how many there may be.
    alike: Option<Alike>,
    /// Whom it can be given to.
    colleagues: Vec<Colleague>,
}

/// The way to an alert's near-duplicates.
#[derive(Clone, Debug)]
struct Alike {
    href: String,
    count: u64,
}

/// Somebody who may decide about alerts.
#[derive(Clone, Debug)]
struct Colleague {
    id: String,
    name: String,
}

/// The alert with its conversation; at the left the queue that it was chosen from.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let id: AlertId = visit.part("id")?;
    let choice = Choice::read(&visit.query);
    let filter = choice.filter(visit.now);
    let page = visit.ledger().alert(&visit.access(Purpose::Review(id))?, id, &filter)?;
    let list = visit.ledger().queue(&visit.access(Purpose::Queue)?, &filter)?;
    let counts = visit.ledger().queue_counts(visit.by()?)?;
    let clock = visit.clock();
    let me = &visit.by()?.actor;
    let alert = shown(&page, me, &clock);
    visit.page(&Page {
        shell: visit.shell_titled(visit.words.with("alert.numbered", "number", alert.number)),
        w: visit.words,
        queue: queue(&list, counts, &choice, Some(id), me, &clock),
        acts: acts(visit, &page, &choice)?,
        alert,
        done: done(visit),
    })
}

fn acts(visit: &Visit, page: &AlertPage, choice: &Choice) -> Result<Acts, Problem> {
    let common = DismissReason::ALL.iter().filter(|reason| **reason != DismissReason::Other);
    let decide = visit.may(Permission::AlertDecide);
    let me = visit.by()?.actor.user();
    let colleagues = if decide { visit.ledger().deciders(visit.by()?)? } else { vec![] };
    let like = page.alert.id.to_string();
    Ok(Acts {
        decide,
        open_case: visit.may(Permission::CaseDecide) && page.alert.case.is_none(),
        back: choice.link("/alerts", &[]),
        choice: choice.fields(),
        next_id: page.next.map(|next| next.to_string()),
        next: page.next.map(|next| choice.to(next)),
        previous: page.previous.map(|previous| choice.to(previous)),
        reasons: common.map(|reason| reason.word()).collect(),
        alike: (page.same_policies > 0).then(|| Alike {
            href: choice.link("/alerts/alike", &[("like", Some(&like))]),
            count: page.same_policies,
        }),
        colleagues: colleagues
            .into_iter()
            .filter(|user| Some(*user) != me)
            .map(|user| Colleague { id: user.to_string(), name: pseudonym::user(user) })
            .collect(),
    })
}

/// Takes it.
pub(super) fn claim(visit: &Visit) -> Result<Reply, Problem> {
    stay(visit, alert::Command::Claim)
}

/// Gives it back.
pub(super) fn release(visit: &Visit) -> Result<Reply, Problem> {
    stay(visit, alert::Command::Release)
}

/// Writes something down.
pub(super) fn note(visit: &Visit) -> Result<Reply, Problem> {
    stay(visit, alert::Command::Note { text: visit.form.text("note") })
}

/// Takes the outcome back.
pub(super) fn reopen(visit: &Visit) -> Result<Reply, Problem> {
    stay(visit, alert::Command::Reopen)
}

/// Takes back one's own last act, and offers the one before it.
pub(super) fn undo(visit: &Visit) -> Result<Reply, Problem> {
    let id: AlertId = visit.part("id")?;
    take_back(visit, &[id], Command::Alert(id, alert::Command::Undo), &format!("/alerts/{id}"))
}

/// Takes back what was done to alerts. Where somebody has done something since it stands, on some of them or on all, and that is said;
/// the act before it is offered either way.
pub(super) fn take_back(
    visit: &Visit,
    alerts: &[AlertId],
    command: Command,
    path: &str,
) -> Result<Reply, Problem> {
    let (word, wrote) = match visit.ledger().decide(visit.by()?, command) {
        Ok(decided) if decided.entries < alerts.len() => ("undone_in_part", Some(decided.index)),
        Ok(decided) => ("undone", Some(decided.index)),
        Err(Error::Refused(Refusal::NothingToUndo)) => ("stands", None),
        Err(error) => return Err(error.into()),
    };
    let before: Vec<String> = visit.took_back(alerts)?.iter().map(ToString::to_string).collect();
    let mut more = vec![("done", Some(word))];
    more.extend(before.iter().map(|id| ("of", Some(id.as_str()))));
    let reply = Reply::to(&Choice::read(&visit.form).link(path, &more));
    Ok(match wrote {
        Some(index) => reply.wrote(index),
        None => reply,
    })
}

/// Gives it to a colleague.
pub(super) fn assign(visit: &Visit) -> Result<Reply, Problem> {
    let user: UserId = visit.form.parsed("to").ok_or(Problem::Unreadable)?;
    go_on(visit, alert::Command::Assign { to: Decider { user, employee: None } }, "assigned", true)
}

/// Closes it as not what it looked like.
pub(super) fn dismiss(visit: &Visit) -> Result<Reply, Problem> {
    let reason = visit.form.get("reason").and_then(DismissReason::from_word).ok_or(Problem::Unreadable)?;
    let disposition = Disposition::Dismissed { reason, note: visit.form.text("note") };
    go_on(visit, alert::Command::Close(disposition), "dismissed", true)
}

/// Closes it as what it looked like.
pub(super) fn confirm(visit: &Visit) -> Result<Reply, Problem> {
    let disposition = Disposition::True { note: visit.form.text("note") };
    go_on(visit, alert::Command::Close(disposition), "confirmed", true)
}

/// Asks for a second pair of eyes.
pub(super) fn escalate(visit: &Visit) -> Result<Reply, Problem> {
    go_on(visit, alert::Command::Escalate { note: visit.form.text("note") }, "escalated", true)
}

/// Opens a case on it.
pub(super) fn open_case(visit: &Visit) -> Result<Reply, Problem> {
    let alerts = vec![visit.part("id")?];
    let command = case::Command::Open { title: visit.form.text("title"), alerts: alerts.clone() };
    let decided = visit.ledger().decide(visit.by()?, Command::Case(None, command))?;
    visit.took_back(&alerts)?;
    let opened = decided.case.ok_or_else(|| Problem::Broken("a case was opened without an id".into()))?;
    Ok(Reply::to(&format!("/cases/{opened}?done=case_opened")).wrote(decided.index))
}

/// Does it and shows the same alert again.
fn stay(visit: &Visit, command: alert::Command) -> Result<Reply, Problem> {
    let id: AlertId = visit.part("id")?;
    let is_note = matches!(command, alert::Command::Note { .. });
    let decided = visit.ledger().decide(visit.by()?, Command::Alert(id, command))?;
    if !is_note {
        // The alert's last act is now this one, which is not on the way back.
        visit.took_back(&[id])?;
    }
    Ok(Reply::to(&Choice::read(&visit.form).to(id)).wrote(decided.index))
}

/// Does it and shows the next alert of the queue, or the queue where there is none.
fn go_on(visit: &Visit, command: alert::Command, word: &str, can_be_undone: bool) -> Result<Reply, Problem> {
    let id: AlertId = visit.part("id")?;
    let decided = visit.ledger().decide(visit.by()?, Command::Alert(id, command))?;
    if can_be_undone {
        visit.acted(&[id])?;
    }
    let choice = Choice::read(&visit.form);
    let next: Option<AlertId> = visit.form.parsed("next");
    let path = next.map_or("/alerts".to_owned(), |next| format!("/alerts/{next}"));
    let of = id.to_string();
    let more = [("done", Some(word)), ("of", Some(of.as_str()).filter(|_| can_be_undone))];
    Ok(Reply::to(&choice.link(&path, &more)).wrote(decided.index))
}

#[cfg(test)]
pub(crate) mod tests;
