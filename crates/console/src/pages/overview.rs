//! The overview: a few figures with their meaning and trend, then what needs somebody. Sums over everything, and each only for
//! who may see it; a manager looks in for two minutes.

mod needs;

use aboveboard_ledger::view::{Ageing, AlertHour, LogState, NumberCounts, OpenAlert, Setup, SourceRow};
use aboveboard_model::{access::Permission, rule::Rule};
use askama::Template;
use jiff::{SignedDuration, Timestamp};

use self::needs::{Need, needs};
use crate::{
    chart::{self, Bars, Days},
    check::Check,
    moment::{Clock, Moment},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Days of a chart.
const DAYS: usize = 28;
/// What a trend compares: the last seven days to the hour, and the seven before them.
const WEEK: SignedDuration = SignedDuration::from_hours(168);
/// A bar's width, and a chart's height.
const BAR: (usize, usize) = (6, 40);
/// Open alerts that are named, the oldest.
const ALERTS: usize = 3;

/// A figure with what it means.
#[derive(Clone, Debug, Default)]
struct Card {
    /// Its name in the language files.
    word: &'static str,
    href: &'static str,
    value: String,
    /// What the value is of, how it compares, and what stands beside it.
    lines: Vec<String>,
    /// By day, with the figures in words.
    chart: Option<(Bars, String)>,
    /// Parts of the value.
    parts: Vec<(String, u64)>,
}

/// The figures of a day: captured, then alerts opened, closed as true and dismissed, as far as the visitor may know.
#[derive(Clone, Debug)]
struct Line {
    label: String,
    figures: Vec<Figure>,
}

/// A number in a table.
#[derive(Clone, Debug)]
struct Figure {
    count: u64,
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    shell: Shell,
    w: Words,
    cards: Vec<Card>,
    needs: Vec<Need>,
    days: Vec<Line>,
    has_captured: bool,
    has_alerts: bool,
    now: Moment,
    zone: String,
}

/// What the visitor may know.
#[derive(Clone, Debug, Default)]
struct Known {
    captured: Option<(Vec<(Timestamp, u64)>, NumberCounts)>,
    alerts: Option<(Vec<AlertHour>, Ageing)>,
    oldest: Vec<OpenAlert>,
    log: Option<LogState>,
    /// When the whole log was last checked since the server started, and whether it was whole.
    checked: Option<(Timestamp, bool)>,
    sources: Vec<SourceRow>,
    setup: Option<Setup>,
    /// Callers at a source's address whose signature was wrong, in a day.
    wrong_signatures: u64,
    /// Users who wait for a second person.
    pending: u64,
    /// Policies that wait for a second person, and the visitor did not propose.
    proposals: u64,
    /// Shapes that the reader does not know.
    unknown: u64,
}

/// The overview.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let days = Days::until(visit.now, &visit.console.settings.zone, DAYS);
    let known = known(visit, days.from())?;
    visit.page(&page(visit.shell(), &known, &days, &visit.clock()))
}

fn known(visit: &Visit, from: Timestamp) -> Result<Known, Problem> {
    let (ledger, by) = (visit.ledger(), visit.by()?);
    let mut known = Known::default();
    if visit.may(Permission::SourceRead) {
        known.captured = Some((ledger.captured(by, from)?, ledger.number_counts(by)?));
        known.sources = ledger.sources(by)?;
        known.setup = Some(ledger.setup(by)?);
        known.unknown = ledger.unknown(by)?.len() as u64;
        known.wrong_signatures =
            needs::wrong_signatures(&ledger.turned_away(by, needs::yesterday(visit.now))?);
    }
    if visit.may(Permission::AlertFigures) {
        known.alerts = Some((ledger.alert_hours(by, from)?, ledger.ageing(by)?));
    }
    if visit.may(Permission::AlertRead) {
        known.oldest = ledger.oldest_alerts(by, ALERTS)?;
    }
    if visit.may(Permission::LogRead) {
        known.log = Some(ledger.log_state(by)?);
        if let Check::Done { at, report } = visit.console.checks.state() {
            known.checked = Some((at, report.problems.is_empty()));
        }
    }
    if visit.may(Permission::UserApprove) {
        let users = ledger.users(by)?;
        known.pending = users.iter().filter(|row| row.user.pending.is_some()).count() as u64;
    }
    if visit.may(Permission::PolicyWrite) {
        let waits = |rule: &Rule| rule.proposal.as_ref().is_some_and(|proposal| proposal.by != by.actor);
        known.proposals = ledger.rules_in_work(by, None)?.iter().filter(|rule| waits(rule)).count() as u64;
    }
    Ok(known)
}

fn page(shell: Shell, known: &Known, days: &Days, clock: &Clock) -> Page {
    let captured = known.captured.as_ref().map(|(hours, _)| by_day(hours.iter().copied(), days));
    let alerts = known.alerts.as_ref().map(|(hours, _)| alerts_by_day(hours, days));
    let line = |day: usize| Line {
        label: clock.day(days.noon(day)),
        figures: captured
            .iter()
            .map(|by_day| by_day[day])
            .chain(alerts.iter().flat_map(|by_day| by_day[day]))
            .map(|count| Figure { count })
            .collect(),
    };
    let has_any = captured.is_some() || alerts.is_some();
    let lines = if has_any { (0..days.count()).rev().map(line).collect() } else { vec![] };
    Page {
        w: shell.w,
        needs: needs(known, clock),
        cards: cards(known, days, clock),
        days: lines,
        has_captured: captured.is_some(),
        has_alerts: alerts.is_some(),
        now: clock.day_and_time(clock.now),
        zone: clock.zone_name(),
        shell,
    }
}

fn cards(known: &Known, days: &Days, clock: &Clock) -> Vec<Card> {
    let captured = known.captured.as_ref().map(|(hours, numbers)| captured_card(hours, numbers, days, clock));
    let alerts = known.alerts.as_ref().map(|(hours, _)| alerts_card(hours, days, clock));
    let ageing = known.alerts.as_ref().map(|(_, ageing)| ageing_card(ageing, clock));
    let log = known.log.as_ref().map(|log| log_card(log, known.checked, clock));
    [captured, alerts, ageing, log].into_iter().flatten().collect()
}

fn by_day(hours: impl Iterator<Item = (Timestamp, u64)>, days: &Days) -> Vec<u64> {
    let mut sums = vec![0; days.count()];
    for (at, count) in hours {
        if let Some((day, _)) = days.place(at) {
            sums[day] += count;
        }
    }
    sums
}

/// Opened, closed as true, dismissed.
fn alerts_by_day(hours: &[AlertHour], days: &Days) -> Vec<[u64; 3]> {
    let of = |count: fn(&AlertHour) -> u64| by_day(hours.iter().map(|hour| (hour.at, count(hour))), days);
    let (opened, confirmed, dismissed) =
        (of(|hour| hour.opened), of(|hour| hour.confirmed), of(|hour| hour.dismissed));
    (0..days.count()).map(|day| [opened[day], confirmed[day], dismissed[day]]).collect()
}

/// The sum of the last seven days, and of the seven before them.
fn weeks(hours: impl Iterator<Item = (Timestamp, u64)>, now: Timestamp) -> (u64, u64) {
    let (mut week, mut before) = (0, 0);
    for (at, count) in hours {
        match now.duration_since(at) {
            age if age < WEEK => week += count,
            age if age < WEEK * 2 => before += count,
            _ => {}
        }
    }
    (week, before)
}

/// How a week compares with the one before it.
fn trend(week: u64, before: u64, w: Words) -> String {
    let percent = |part: u64| part.saturating_mul(100).saturating_add(before / 2) / before;
    match week.cmp(&before) {
        _ if before == 0 => w.t("overview.trend_none"),
        std::cmp::Ordering::Equal => w.n("overview.trend_same", before),
        std::cmp::Ordering::Greater => {
            w.n("overview.trend_more", before).replace("{percent}", &w.number(percent(week - before)))
        }
        std::cmp::Ordering::Less => {
            w.n("overview.trend_less", before).replace("{percent}", &w.number(percent(before - week)))
        }
    }
}

fn captured_card(hours: &[(Timestamp, u64)], numbers: &NumberCounts, days: &Days, clock: &Clock) -> Card {
    let w = clock.w;
    let (week, before) = weeks(hours.iter().copied(), clock.now);
    let heard = numbers.all.saturating_sub(numbers.silent);
    let trend = trend(week, before, w);
    let told = format!("{}: {trend}", w.n("overview.captured_told", week));
    let covered = w.n("overview.heard", numbers.all).replace("{heard}", &w.number(heard));
    Card {
        word: "captured",
        href: "/sources/coverage",
        value: w.number(week),
        lines: vec![w.t("overview.captured_of"), trend, covered],
        chart: Some((chart::bars(&by_day(hours.iter().copied(), days), BAR), told)),
        parts: vec![],
    }
}

fn alerts_card(hours: &[AlertHour], days: &Days, clock: &Clock) -> Card {
    let w = clock.w;
    let opened = || hours.iter().map(|hour| (hour.at, hour.opened));
    let (week, before) = weeks(opened(), clock.now);
    let confirmed: u64 = hours.iter().map(|hour| hour.confirmed).sum();
    let closed = confirmed + hours.iter().map(|hour| hour.dismissed).sum::<u64>();
    let share = match (confirmed * 100 + closed / 2).checked_div(closed) {
        None => w.t("overview.none_closed"),
        Some(percent) => w
            .n("overview.true_share", closed)
            .replace("{true}", &w.number(confirmed))
            .replace("{percent}", &w.number(percent)),
    };
    let trend = trend(week, before, w);
    let told = format!("{}: {trend}", w.n("overview.alerts_told", week));
    Card {
        word: "alerts",
        href: "/alerts",
        value: w.number(week),
        lines: vec![w.t("overview.alerts_of"), trend, share],
        chart: Some((chart::bars(&by_day(opened(), days), BAR), told)),
        parts: vec![],
    }
}

fn ageing_card(ageing: &Ageing, clock: &Clock) -> Card {
    let w = clock.w;
    let mut lines = vec![w.t("overview.ageing_of")];
    lines.extend(ageing.oldest_at.map(|at| w.with("overview.oldest", "when", clock.ago(at).shown)));
    let ages = [
        ("a_day", ageing.a_day),
        ("three_days", ageing.three_days),
        ("a_week", ageing.a_week),
        ("longer", ageing.longer),
    ];
    let parts = ages.into_iter().map(|(word, count)| (w.of("age", word), count)).collect();
    Card { word: "ageing", href: "/alerts", value: w.number(ageing.open()), lines, chart: None, parts }
}

fn log_card(log: &LogState, checked: Option<(Timestamp, bool)>, clock: &Clock) -> Card {
    let w = clock.w;
    let mut lines = vec![w.t("overview.log_of")];
    lines.push(match checked {
        None => w.t("overview.unchecked"),
        Some((at, true)) => w.with("overview.whole", "when", clock.ago(at).shown),
        Some((at, false)) => w.with("overview.damaged", "when", clock.ago(at).shown),
    });
    let newer = log.entries.saturating_sub(log.fixed);
    lines.push(if newer == 0 { w.t("log.none_pending") } else { w.n("log.pending", newer) });
    Card { word: "log", href: "/log", value: w.number(log.fixed), lines, ..Card::default() }
}

#[cfg(test)]
mod tests;
