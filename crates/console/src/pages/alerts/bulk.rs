//! Near-duplicates of an alert, decided together: exactly what will be acted on, one entry each, and the way back.

use aboveboard_ledger::{
    Command,
    view::{Alike, AlikePage},
};
use aboveboard_model::{
    access::{Actor, Permission, Purpose},
    alert::{self, DismissReason, Disposition, State},
    id::AlertId,
};
use askama::Template;

use super::{super::alert::take_back, Choice, Row, rows};
use crate::{
    bubble::{Bubble, Sides, bubbles},
    moment::Clock,
    people,
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// An alert with the message that it is about.
#[derive(Clone, Debug)]
struct Line {
    row: Row,
    bubbles: Vec<Bubble>,
    /// How much of the words it shares with the first.
    shared: String,
    /// Whether it can be decided together with the first.
    can: bool,
    /// Why it cannot.
    why_not: String,
}

#[derive(Template)]
#[template(path = "alike.html")]
struct Page {
    shell: Shell,
    w: Words,
    like: String,
    number: u64,
    lines: Vec<Line>,
    /// How many of them can be decided together.
    near: usize,
    back: String,
    choice: Vec<(&'static str, String)>,
    reasons: Vec<&'static str>,
    may_decide: bool,
}

/// The near-duplicates of an alert, or of the first of those that were picked.
pub(in crate::pages) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let picked: Vec<AlertId> = visit.query.all("id").filter_map(|id| id.parse().ok()).collect();
    let Some(like) = visit.query.parsed("like").or(picked.first().copied()) else {
        return Ok(Reply::to("/alerts"));
    };
    let choice = Choice::read(&visit.query);
    let access = visit.access(Purpose::Review(like))?;
    let page = visit.ledger().alike(&access, like, &picked)?;
    let lines = lines(&page, &picked, &choice, &access.actor, &visit.clock());
    visit.page(&Page {
        shell: visit.shell(),
        w: visit.words,
        like: like.to_string(),
        number: page.one.row.number.0,
        near: lines.iter().filter(|line| line.can).count(),
        lines,
        back: if picked.is_empty() { choice.to(like) } else { choice.link("/alerts", &[]) },
        choice: choice.fields(),
        reasons: DismissReason::ALL.iter().map(|reason| reason.word()).collect(),
        may_decide: visit.may(Permission::AlertDecide),
    })
}

/// The first alert, then the others: all of them, or those that were picked.
fn lines(page: &AlikePage, picked: &[AlertId], choice: &Choice, me: &Actor, clock: &Clock) -> Vec<Line> {
    let wanted = |one: &&Alike| picked.is_empty() || picked.contains(&one.row.id);
    let others = page.others.iter().filter(wanted);
    std::iter::once(&page.one).chain(others).filter_map(|one| line(one, choice, me, clock)).collect()
}

fn line(one: &Alike, choice: &Choice, me: &Actor, clock: &Clock) -> Option<Line> {
    let w = clock.w;
    let row = rows(std::slice::from_ref(&one.row), |alert| choice.to(alert), None, me, clock).pop()?;
    let employee = one.row.employee.as_ref().map(|place| place.employee);
    let sides = Sides {
        client: one.row.contact.map_or_else(|| w.t("people.client"), |contact| people::contact(contact).name),
        employee: people::employee_name(employee, w),
    };
    let message: Vec<_> = one.message.iter().cloned().collect();
    let elses = matches!(&one.row.state, State::Claimed(user) if me.user() != Some(*user));
    let closed = matches!(&one.row.state, State::Closed { .. });
    let why_not = match (elses, closed, one.message.is_none(), one.is_near) {
        (_, true, ..) => w.t("alike.closed"),
        (true, ..) => w.t("alike.elses"),
        _ if !one.same_policies => w.t("alike.other_policies"),
        (_, _, true, _) => w.t("alike.sealed"),
        (_, _, _, false) => w.t("alike.far"),
        _ => String::new(),
    };
    Some(Line {
        bubbles: bubbles(&message, &[], &sides, clock, &one.row.id.to_string()),
        shared: w.with("alike.shared", "percent", one.shared_percent),
        can: why_not.is_empty(),
        why_not,
        row,
    })
}

/// Dismisses those that are ticked, all with the same reason.
pub(in crate::pages) fn dismiss(visit: &Visit) -> Result<Reply, Problem> {
    let reason = visit.form.get("reason").and_then(DismissReason::from_word).ok_or(Problem::Unreadable)?;
    let disposition = Disposition::Dismissed { reason, note: visit.form.text("note") };
    let like: AlertId = visit.form.parsed("like").ok_or(Problem::Unreadable)?;
    let alerts = ids(visit);
    let of: Vec<String> = alerts.iter().map(ToString::to_string).collect();
    let command = alert::Command::Close(disposition);
    let many = Command::Alerts { like: Some(like), alerts: alerts.clone(), command };
    let decided = visit.ledger().decide(visit.by()?, many)?;
    visit.acted(&alerts)?;
    let mut more = vec![("done", Some("dismissed_many"))];
    more.extend(of.iter().map(|id| ("of", Some(id.as_str()))));
    Ok(Reply::to(&Choice::read(&visit.form).link("/alerts", &more)).wrote(decided.index))
}

/// Takes what was done to several back.
pub(in crate::pages) fn undo(visit: &Visit) -> Result<Reply, Problem> {
    let alerts = ids(visit);
    let command = Command::Alerts { like: None, alerts: alerts.clone(), command: alert::Command::Undo };
    take_back(visit, &alerts, command, "/alerts")
}

fn ids(visit: &Visit) -> Vec<AlertId> {
    visit.form.all("id").filter_map(|id| id.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use aboveboard_model::id::{Index, UserId};

    use super::{
        super::tests::{me, row},
        *,
    };
    use crate::bubble::tests::{clock, messages};

    fn one(id: u64, shared_percent: u8, state: State) -> Alike {
        let row = aboveboard_ledger::view::AlertRow { state, ..row(id, "A payee") };
        let message = messages().into_iter().nth(1);
        Alike { row, message, shared_percent, same_policies: true, is_near: shared_percent >= 80 }
    }

    fn html(others: Vec<Alike>, picked: &[AlertId]) -> String {
        let page = AlikePage { one: one(1, 100, State::Open), others, at: Index(1) };
        let shell = Shell::sample("Decide together");
        let lines = lines(&page, picked, &Choice::default(), &me(), &clock());
        let page = Page {
            w: shell.w,
            shell,
            like: AlertId(1).to_string(),
            number: 10_432,
            near: lines.iter().filter(|line| line.can).count(),
            lines,
            back: "/alerts".into(),
            choice: vec![("region", "BR".into())],
            reasons: vec!["known", "other"],
            may_decide: true,
        };
        page.render().unwrap()
    }

    #[test]
    fn only_what_says_nearly_the_same_can_be_ticked_and_the_rest_says_why_not() {
        let others = vec![
            one(2, 90, State::Open),
            one(3, 79, State::Open),
            one(4, 100, State::Claimed(UserId(2))),
            Alike { message: None, ..one(5, 0, State::Open) },
            Alike { same_policies: false, is_near: false, ..one(6, 90, State::Open) },
        ];
        let html = html(others, &[]);
        assert_eq!(html.matches("name=\"id\"").count(), 2, "itself and the near one: {html}");
        for wanted in [
            "90 %",
            "does not say nearly the same",
            "Somebody else has claimed it",
            "may not be read",
            "about other policies",
        ] {
            assert!(html.contains(wanted), "{wanted}");
        }
        assert!(!html.contains("98888") && !html.contains("<script>alert"));
    }

    #[test]
    fn picked_rows_alone_are_shown() {
        let others = vec![one(2, 90, State::Open), one(3, 90, State::Open)];
        let html = html(others, &[AlertId(1), AlertId(3)]);
        assert!(html.contains(&AlertId(3).to_string()) && !html.contains(&AlertId(2).to_string()));
    }
}
