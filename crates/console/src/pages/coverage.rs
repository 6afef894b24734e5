//! Coverage: what was captured of each number by day and hour, where capture stopped, and what cannot be captured at all.

use std::collections::BTreeMap;

use aboveboard_ledger::view::{
    CoverageFilter, CoverageRow, Gap, Hour, NumberCounts, Numbers, TurnedAwayHour,
};
use aboveboard_model::{
    id::{NumberId, SourceId},
    pseudonym,
};
use askama::Template;
use jiff::{Timestamp, civil::Date};

use crate::{
    chart::{self, Cell, Days, HOURS, Strip},
    fields::link,
    moment::{Clock, Moment},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// Days that are shown.
const DAYS: usize = 28;
/// Numbers of one page.
const ROWS: usize = 40;
/// A cell of a strip of days, and of one of hours: pixels wide and high.
const DAY_CELL: (usize, usize) = (7, 24);
const HOUR_CELL: (usize, usize) = (8, 20);
/// Gaps named in a line of the list; a number's own page names all.
const GAPS_SHOWN: usize = 2;
/// What no official channel tells, in the order of the box.
const BLIND: &[&str] = &["other", "groups", "calls", "windows", "view_once", "plain", "before", "files"];

/// One of the choices of numbers.
#[derive(Clone, Debug)]
pub(super) struct Tab {
    pub(super) word: &'static str,
    pub(super) href: String,
    pub(super) count: u64,
    pub(super) current: bool,
}

/// A number with its strip of days.
#[derive(Clone, Debug)]
struct Row {
    href: String,
    masked: String,
    /// The platform's id.
    id: String,
    employee: Option<String>,
    strip: Strip,
    /// The strip in words, for whoever does not see it.
    told: String,
    sums: Hour,
    last: Moment,
    gaps: Vec<ShownGap>,
    more_gaps: usize,
}

/// A time without capture.
#[derive(Clone, Debug)]
struct ShownGap {
    from: Moment,
    until: Option<Moment>,
    /// What the source called it; a family of words knows the usual ones.
    reason: String,
}

/// A day of a number, or an hour of a day.
#[derive(Clone, Debug)]
struct Line {
    label: String,
    href: String,
    chosen: bool,
    stopped: bool,
    strip: Strip,
    told: String,
    sums: Hour,
    /// Callers that were turned away at the source's address meanwhile.
    turned: u64,
}

/// How often somebody was turned away at a source, for one reason, over the days.
#[derive(Clone, Debug)]
struct Turned {
    source: String,
    why: &'static str,
    times: u64,
    last: Moment,
}

#[derive(Template)]
#[template(path = "coverage.html")]
struct Page {
    shell: Shell,
    w: Words,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    next: Option<String>,
    /// The first page, where this is a later one.
    first: Option<String>,
    turned: Vec<Turned>,
    blind: &'static [&'static str],
    span: String,
    zone: String,
}

#[derive(Template)]
#[template(path = "coverage_number.html")]
struct One {
    shell: Shell,
    w: Words,
    row: Row,
    source: String,
    guide: String,
    since: Moment,
    waiting: u64,
    files: [u64; 2],
    gaps: Vec<ShownGap>,
    days: Vec<Line>,
    /// The day that is open, hour by hour.
    day: Option<(String, Vec<Line>)>,
    zone: String,
}

/// Numbers with their last four weeks.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let (days, clock, by) = (days(visit), visit.clock(), visit.by()?);
    let asked = visit.query.get("show");
    let numbers = Numbers::ALL.iter().copied().find(|one| Some(one.word()) == asked).unwrap_or_default();
    let after: Option<NumberId> = visit.query.parsed("after");
    let page =
        visit.ledger().coverage(by, &CoverageFilter { numbers, from: days.from(), after, limit: ROWS })?;
    let turned = visit.ledger().turned_away(by, days.from())?;
    visit.page(&Page {
        shell: visit.shell(),
        w: visit.words,
        tabs: tabs(Some(numbers), &visit.ledger().number_counts(by)?),
        rows: page
            .rows
            .iter()
            .map(|row| shown(row, &Grid::of(row, &days, visit.now), &days, &clock))
            .collect(),
        next: page.next.as_deref().map(|after| list(numbers, Some(after))),
        first: after.map(|_| list(numbers, None)),
        turned: turned_away(&turned, &names(visit)?, &clock),
        blind: BLIND,
        span: span(&days, &clock),
        zone: clock.zone_name(),
    })
}

/// One number, day by day, and one of its days hour by hour.
pub(super) fn number(visit: &Visit) -> Result<Reply, Problem> {
    let (days, by) = (days(visit), visit.by()?);
    let row = visit.ledger().coverage_of(by, visit.part("number")?, days.from())?;
    let turned = visit.ledger().turned_away(by, days.from())?;
    let asked: Option<Date> = visit.query.parsed("day");
    let chosen = (0..days.count()).find(|day| Some(days.date(*day)) == asked);
    let source = names(visit)?.remove(&row.number.source).unwrap_or_default();
    visit.page(&one(visit.shell(), &row, (&turned, source), (&days, chosen), &visit.clock()))
}

fn days(visit: &Visit) -> Days {
    Days::until(visit.now, &visit.console.settings.zone, DAYS)
}

/// What people call the sources.
fn names(visit: &Visit) -> Result<BTreeMap<SourceId, String>, Problem> {
    let sources = visit.ledger().sources(visit.by()?)?;
    Ok(sources.into_iter().map(|source| (source.id, source.name)).collect())
}

pub(super) fn tabs(current: Option<Numbers>, counts: &NumberCounts) -> Vec<Tab> {
    let tab = |one: &Numbers| Tab {
        word: one.word(),
        href: list(*one, None),
        count: counts.of(*one),
        current: Some(*one) == current,
    };
    Numbers::ALL.iter().map(tab).collect()
}

/// The address of a list of numbers.
pub(super) fn list(numbers: Numbers, after: Option<&str>) -> String {
    let show = Some(numbers.word()).filter(|_| numbers != Numbers::All);
    link("/sources/coverage", &[("show", show), ("after", after)])
}

/// The first and the last day in words.
fn span(days: &Days, clock: &Clock) -> String {
    let [first, last] = [0, days.count() - 1].map(|day| clock.day(days.noon(day)));
    format!("{first} – {last}")
}

/// What was captured of a number by day and hour of the clock.
struct Grid {
    hours: Vec<[Hour; HOURS]>,
    /// Whether anybody listened, or something of the time came later all the same.
    known: Vec<[bool; HOURS]>,
    stopped: Vec<[bool; HOURS]>,
}

impl Grid {
    fn of(row: &CoverageRow, days: &Days, now: Timestamp) -> Self {
        let mut grid = Self {
            hours: vec![[Hour::at(Timestamp::UNIX_EPOCH); HOURS]; days.count()],
            known: vec![[false; HOURS]; days.count()],
            stopped: vec![[false; HOURS]; days.count()],
        };
        for (day, hour) in days.touched(row.number.first_at, now) {
            grid.known[day][hour] = true;
        }
        for one in &row.hours {
            if let Some((day, hour)) = days.place(one.at) {
                grid.hours[day][hour].add(one);
                grid.known[day][hour] = true;
            }
        }
        for gap in &row.gaps {
            for (day, hour) in days.touched(gap.from, gap.until.unwrap_or(now)) {
                grid.stopped[day][hour] = true;
            }
        }
        grid
    }

    fn hour(&self, day: usize, hour: usize) -> Cell {
        let count = self.known[day][hour].then(|| self.hours[day][hour].messages());
        Cell { count, stopped: self.stopped[day][hour] }
    }

    fn day(&self, day: usize) -> Cell {
        let known = self.known[day].iter().any(|known| *known);
        let stopped = self.stopped[day].iter().any(|stopped| *stopped);
        Cell { count: known.then(|| sum(&self.hours[day]).messages()), stopped }
    }

    /// The most messages of an hour.
    fn most(&self) -> u64 {
        self.hours.iter().flatten().map(Hour::messages).max().unwrap_or(0)
    }
}

fn sum(hours: &[Hour]) -> Hour {
    let mut all = Hour::at(Timestamp::UNIX_EPOCH);
    hours.iter().for_each(|hour| all.add(hour));
    all
}

fn shown(row: &CoverageRow, grid: &Grid, days: &Days, clock: &Clock) -> Row {
    let (number, w) = (&row.number, clock.w);
    let cells: Vec<Cell> = (0..days.count()).map(|day| grid.day(day)).collect();
    let counts = || cells.iter().filter_map(|cell| cell.count);
    let sums: Vec<Hour> = grid.hours.iter().map(|hours| sum(hours)).collect();
    let sums = sum(&sums);
    let told = [
        w.n("coverage.messages", sums.messages()),
        w.n("coverage.days_without", counts().filter(|count| *count == 0).count()),
        w.n("coverage.gaps", row.gaps.len()),
    ];
    Row {
        href: href(number.id, None),
        masked: number.number.display.as_deref().map(pseudonym::number).unwrap_or_default(),
        id: number.number.id.clone().or_else(|| number.number.account.clone()).unwrap_or_default(),
        employee: number.employee.map(pseudonym::employee),
        strip: chart::strip(&cells, counts().max().unwrap_or(0), DAY_CELL),
        told: told.join(", "),
        sums,
        last: clock.ago(number.last_at),
        gaps: row.gaps.iter().take(GAPS_SHOWN).map(|gap| shown_gap(gap, clock)).collect(),
        more_gaps: row.gaps.len().saturating_sub(GAPS_SHOWN),
    }
}

fn shown_gap(gap: &Gap, clock: &Clock) -> ShownGap {
    ShownGap {
        from: clock.day_and_time(gap.from),
        until: gap.until.map(|until| clock.day_and_time(until)),
        reason: gap.reason.clone(),
    }
}

fn href(number: NumberId, day: Option<Date>) -> String {
    let day = day.map(|day| day.to_string());
    link(&format!("/sources/coverage/{number}"), &[("day", day.as_deref())])
}

fn one(
    shell: Shell,
    row: &CoverageRow,
    (turned, source): (&[TurnedAwayHour], String),
    (days, chosen): (&Days, Option<usize>),
    clock: &Clock,
) -> One {
    let grid = Grid::of(row, days, clock.now);
    let turned = turned_by_hour(turned, row.number.source, days);
    let shown = shown(row, &grid, days, clock);
    let mut shell = shell;
    shell.title = shell.w.with("coverage.one", "number", &shown.masked);
    One {
        w: shell.w,
        shell,
        source,
        guide: link("/guide", &[("source", Some(&row.number.source.to_string()))]),
        since: clock.day_and_time(row.number.first_at),
        waiting: row.number.waiting,
        files: [row.number.media_waiting, row.number.media_failed],
        gaps: row.gaps.iter().map(|gap| shown_gap(gap, clock)).collect(),
        days: (0..days.count())
            .rev()
            .map(|day| Line {
                chosen: chosen == Some(day),
                ..day_line(row, &grid, &turned, (days, day), clock)
            })
            .collect(),
        day: chosen.map(|day| (clock.day(days.noon(day)), hour_lines(&grid, &turned[day], days, day))),
        zone: clock.zone_name(),
        row: shown,
    }
}

fn day_line(
    row: &CoverageRow,
    grid: &Grid,
    turned: &[[u64; HOURS]],
    (days, day): (&Days, usize),
    clock: &Clock,
) -> Line {
    let cells: Vec<Cell> = (0..HOURS).map(|hour| grid.hour(day, hour)).collect();
    let busy = cells.iter().filter(|cell| cell.count.is_some_and(|count| count > 0)).count();
    Line {
        label: clock.day(days.noon(day)),
        href: href(row.number.id, Some(days.date(day))),
        chosen: false,
        stopped: grid.day(day).stopped,
        strip: chart::strip(&cells, grid.most(), HOUR_CELL),
        told: clock.w.n("coverage.hours_with", busy),
        sums: sum(&grid.hours[day]),
        turned: turned[day].iter().sum(),
    }
}

/// The hours of a day of which anything is known.
fn hour_lines(grid: &Grid, turned: &[u64; HOURS], days: &Days, day: usize) -> Vec<Line> {
    let line = |hour: usize| Line {
        label: format!("{hour:02}:{:02}", days.minute()),
        href: String::new(),
        chosen: false,
        stopped: grid.stopped[day][hour],
        strip: Strip::default(),
        told: String::new(),
        sums: grid.hours[day][hour],
        turned: turned[hour],
    };
    (0..HOURS).filter(|hour| grid.known[day][*hour] || grid.stopped[day][*hour]).map(line).collect()
}

/// Who was turned away at a source's address, by day and hour of the clock.
fn turned_by_hour(turned: &[TurnedAwayHour], source: SourceId, days: &Days) -> Vec<[u64; HOURS]> {
    let mut hours = vec![[0; HOURS]; days.count()];
    for one in turned.iter().filter(|one| one.source == source) {
        if let Some((day, hour)) = days.place(one.at) {
            hours[day][hour] += one.times;
        }
    }
    hours
}

/// Sums by source and reason, the most frequent first.
fn turned_away(turned: &[TurnedAwayHour], names: &BTreeMap<SourceId, String>, clock: &Clock) -> Vec<Turned> {
    let mut sums: BTreeMap<(SourceId, &'static str), (u64, Timestamp)> = BTreeMap::new();
    for one in turned {
        let (times, last) = sums.entry((one.source, one.why.word())).or_insert((0, one.at));
        *times += one.times;
        *last = (*last).max(one.at);
    }
    let mut rows: Vec<_> = sums.into_iter().collect();
    rows.sort_by_key(|(_, (times, _))| std::cmp::Reverse(*times));
    let row = |((source, why), (times, last)): ((SourceId, &'static str), (u64, Timestamp))| Turned {
        source: names.get(&source).cloned().unwrap_or_default(),
        why,
        times,
        last: clock.ago(last),
    };
    rows.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests;
