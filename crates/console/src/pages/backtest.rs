//! Backtest: what a policy's text would have found in chosen history, with what people judged and other policies found.

use std::sync::atomic::Ordering;

use aboveboard_ledger::{Backtest, text_sha256};
use aboveboard_model::{
    refusal::Refusal,
    rule::{Figures, Kind, Rule, Test},
};
use aboveboard_policy::Policy;
use askama::Template;
use http::{HeaderValue, header::REFRESH};
use jiff::{ToSpan, civil::Date};

use super::{
    preview,
    search::{self, Hit},
};
use crate::{
    backtests::{Job, Stage},
    chart::{self, Bars},
    moment::{Clock, Moment},
    people,
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Days of history, where nobody chose.
const DAYS: i64 = 30;
/// Days of history at most.
const DAYS_MAX: i32 = 732;
/// Hits that are shown.
const SAMPLE: usize = 12;
/// After how many seconds a running backtest is looked at again.
const AGAIN_SECONDS: u8 = 1;
/// Width of a bar and height of the chart, in pixels.
const BAR: (usize, usize) = (6, 48);

/// A backtest that is written down.
#[derive(Clone, Debug)]
pub(super) struct Tested {
    pub(super) by: String,
    pub(super) at: Moment,
    pub(super) index: u64,
    /// Whether it tested just the text that it would be about now.
    pub(super) is_of_text: bool,
    days: (String, String),
    pub(super) hits: u64,
    /// Hits that people judged, and which share of them they found true.
    judged: u64,
    found_true: u64,
    share: Option<u64>,
    a_day: String,
    pub(super) alerts_a_day: String,
    is_whole: bool,
    bars: Bars,
    by_day: Vec<(String, u64)>,
    by_team: Vec<(String, u64)>,
    also: Vec<(String, u64)>,
}

#[derive(Template)]
#[template(path = "backtest.html")]
struct Page {
    shell: Shell,
    w: Words,
    id: String,
    from: String,
    until: String,
    /// How much is done, in words and in a hundred parts, and since when.
    running: Option<(String, u64, Moment)>,
    cancelled: bool,
    failed: bool,
    sample: Vec<Hit>,
    /// Newest first.
    tests: Vec<Tested>,
    can_test: bool,
}

/// The tests of a policy's text, and the one that runs.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let id: String = visit.part("id")?;
    let rule = visit.ledger().rule(visit.by()?, Kind::Policy, &id)?.rule;
    let job = visit.console.backtests.of(&visit.by()?.actor, &id);
    let clock = visit.clock();
    let (from, until) = days(visit)?;
    let text = text(&rule).unwrap_or_default();
    let page = Page {
        shell: visit.shell_titled(visit.words.with("backtest.of", "id", &id)),
        w: visit.words,
        id,
        from: from.to_string(),
        until: until.to_string(),
        running: None,
        cancelled: false,
        failed: false,
        sample: vec![],
        tests: tests(&rule, text, visit.words, &visit.by()?.actor, &clock),
        can_test: Policy::parse(text).is_ok(),
    };
    let page = staged(page, job.as_ref(), &clock);
    let is_running = page.running.is_some();
    let reply = visit.page(&page)?;
    Ok(match is_running {
        true => reply.with_header(REFRESH, HeaderValue::from(u16::from(AGAIN_SECONDS))),
        false => reply,
    })
}

fn staged(page: Page, job: Option<&Job>, clock: &Clock) -> Page {
    match job.map(|job| (&job.stage, job.since)) {
        None => page,
        Some((Stage::Running(progress), since)) => {
            let (done, all) = (progress.done.load(Ordering::Relaxed), progress.all.load(Ordering::Relaxed));
            let w = clock.w;
            let said = w.with("backtest.so_far", "done", w.number(done)).replace("{all}", &w.number(all));
            let percent = (done * 100).checked_div(all).unwrap_or(0).min(100);
            Page { running: Some((said, percent, clock.ago(since))), ..page }
        }
        Some((Stage::Done(tested), _)) => {
            Page { sample: tested.sample.iter().map(|hit| search::shown(hit, clock)).collect(), ..page }
        }
        Some((Stage::Cancelled, _)) => Page { cancelled: true, ..page },
        Some((Stage::Failed, _)) => Page { failed: true, ..page },
    }
}

/// Begins a test of what waits, else of what is written, else of what is in force.
pub(super) fn begin(visit: &Visit) -> Result<Reply, Problem> {
    let id: String = visit.part("id")?;
    let rule = visit.ledger().rule(visit.by()?, Kind::Policy, &id)?.rule;
    let text = text(&rule).ok_or(Problem::NOT_FOUND)?;
    let policy = Policy::parse(text).map_err(|_| Refusal::PolicyBroken)?.policy;
    let days = days(visit)?;
    let wanted = Backtest {
        query: preview::narrowed(&policy, &format!("at:[{} TO {}]", days.0, days.1)),
        policy: id.clone(),
        days,
        zone: visit.console.settings.zone.clone(),
        sample: SAMPLE,
    };
    let (ledger, by) = (visit.console.ledger.clone(), visit.by()?.clone());
    visit.console.backtests.begin(ledger, by, wanted, text_sha256(text))?;
    Ok(Reply::to(&format!("/policies/{id}/backtest")))
}

/// Ends the visitor's own test.
pub(super) fn cancel(visit: &Visit) -> Result<Reply, Problem> {
    let id: String = visit.part("id")?;
    visit.console.backtests.cancel(&visit.by()?.actor, &id)?;
    Ok(Reply::to(&format!("/policies/{id}/backtest")))
}

/// The text that a test is about: what waits, else what is written, else what is in force.
pub(super) fn text(rule: &Rule) -> Option<&str> {
    let proposed = rule.proposal.as_ref().and_then(|proposal| proposal.text.as_deref());
    let draft = || rule.draft.as_ref().map(|draft| draft.text.as_str());
    proposed.or_else(draft).or_else(|| rule.newest.as_ref().map(|newest| newest.text.as_str()))
}

/// The days that the form or the address names; the last ones, where it names none.
fn days(visit: &Visit) -> Result<(Date, Date), Problem> {
    let today = visit.clock().date(visit.now);
    let named = |name| visit.form.parsed::<Date>(name).or_else(|| visit.query.parsed(name));
    let until = named("until").unwrap_or(today);
    let from = named("from").unwrap_or_else(|| until.saturating_sub(DAYS.days()));
    let length = until.since(from).map_err(|_| Refusal::Malformed)?.get_days();
    if from > until || length > DAYS_MAX { Err(Refusal::Malformed.into()) } else { Ok((from, until)) }
}

/// Tests of a rule, newest first, and of each whether it is of this text.
pub(super) fn tests(
    rule: &Rule,
    text: &str,
    w: Words,
    me: &aboveboard_model::access::Actor,
    clock: &Clock,
) -> Vec<Tested> {
    let sha256 = text_sha256(text);
    let shown = |test: &Test| {
        let figures = &test.figures;
        let judged = figures.judged_true + figures.dismissed;
        let length = day_count(figures);
        Tested {
            by: people::actor(w, &test.by, me),
            at: clock.day_and_time(test.at),
            index: test.index.0,
            is_of_text: test.sha256 == sha256,
            days: (figures.days.0.to_string(), figures.days.1.to_string()),
            hits: figures.hits,
            judged,
            found_true: figures.judged_true,
            share: (figures.judged_true * 100 + judged / 2).checked_div(judged),
            a_day: per_day(figures.hits, length),
            alerts_a_day: per_day(figures.alerts, length),
            is_whole: figures.is_whole,
            bars: chart::bars(&each_day(figures), BAR),
            by_day: figures.by_day.iter().map(|(day, count)| (day.to_string(), *count)).collect(),
            by_team: figures.by_team.clone(),
            also: figures.also.clone(),
        }
    };
    rule.tests.iter().rev().map(shown).collect()
}

fn day_count(figures: &Figures) -> u64 {
    let (from, until) = figures.days;
    let days = until.since(from).map_or(0, |span| span.get_days());
    u64::try_from(days).unwrap_or(0) + 1
}

/// So many a day, with one decimal place.
fn per_day(count: u64, days: u64) -> String {
    format!("{:.1}", count as f64 / days.max(1) as f64)
}

/// Hits of every day, also of those without one.
fn each_day(figures: &Figures) -> Vec<u64> {
    let (from, until) = figures.days;
    let days = from.series(1.days()).take_while(|day| *day <= until).take(DAYS_MAX as usize + 1);
    let of = |day: Date| figures.by_day.iter().find(|(of, _)| *of == day).map_or(0, |(_, count)| *count);
    days.map(of).collect()
}

#[cfg(test)]
mod tests_of_figures {
    use aboveboard_model::{
        access::Actor,
        id::{Index, UserId},
    };
    use jiff::civil::date;

    use super::*;
    use crate::bubble::tests::clock;

    fn figures() -> Figures {
        Figures {
            days: (date(2025, 11, 1), date(2025, 11, 4)),
            looked_at: 90,
            hits: 10,
            by_day: vec![(date(2025, 11, 1), 4), (date(2025, 11, 4), 6)],
            by_team: vec![("<sales>".into(), 10)],
            judged_true: 3,
            dismissed: 1,
            also: vec![("side-deal.cash".into(), 2)],
            alerts: 6,
            is_whole: false,
        }
    }

    fn html(page: impl FnOnce(Page) -> Page) -> String {
        let shell = Shell::sample("Backtest");
        let test = Test {
            sha256: text_sha256("x"),
            figures: figures(),
            by: Actor::User(UserId(1)),
            at: clock().now,
            index: Index(9),
        };
        let rule = Rule { tests: vec![test], ..Rule::new(Kind::Policy, "a.b") };
        let tests = tests(&rule, "x", shell.w, &Actor::User(UserId(2)), &clock());
        let w = shell.w;
        let (from, until) = ("2025-10-06".into(), "2025-11-05".into());
        let whole = Page {
            shell,
            w,
            id: "a.b".into(),
            from,
            until,
            running: None,
            cancelled: false,
            failed: false,
            sample: vec![],
            tests,
            can_test: true,
        };
        page(whole).render().unwrap()
    }

    #[test]
    fn figures_say_how_many_a_day_and_what_people_judged() {
        let html = html(|page| page);
        for words in
            ["2.5", "1.5", "75 %", "3 of 4", "&#60;sales&#62;", "side-deal.cash", "2025-11-04", "<svg"]
        {
            assert!(html.contains(words), "{words}: {html}");
        }
        assert!(html.contains("not all of it"), "{html}");
    }

    #[test]
    fn one_that_runs_says_how_far_it_is_and_can_be_ended() {
        let html =
            html(|page| Page { running: Some(("10 of 20".into(), 50, clock().ago(clock().now))), ..page });
        assert!(html.contains("value=\"50\"") && html.contains("/policies/a.b/backtest/cancel"), "{html}");
    }

    #[test]
    fn every_day_has_a_bar() {
        assert_eq!(each_day(&figures()), [4, 0, 0, 6]);
        assert_eq!(day_count(&figures()), 4);
    }
}
