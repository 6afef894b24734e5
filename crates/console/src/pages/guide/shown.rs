//! Where each step of the guide stands, and what the platform answered, ready to print.

use aboveboard_ledger::view::{Setup, SourceRow};
use aboveboard_model::connection::{Report, Turned};
use jiff::{SignedDuration, Timestamp};

use super::masked;
use crate::moment::{Clock, Moment};

/// A token that ends sooner than this is called short-lived.
const TOKEN_SHORT: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Numbers of an account that are shown.
const NUMBERS_MAX: usize = 20;

/// The step of people and notice.
const PEOPLE: usize = 1;

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The log shows it.
    Done,
    /// The first that is not done; beside people and notice also the one after it.
    Now,
    /// Something came that shows a mistake.
    Wrong,
    /// Not done, and not its turn.
    Later,
}

impl State {
    pub(super) fn word(self) -> &'static str {
        match self {
            State::Done => "done",
            State::Now => "now",
            State::Wrong => "wrong",
            State::Later => "later",
        }
    }

    pub(super) fn icon(self) -> &'static str {
        match self {
            State::Done => "true",
            State::Now => "claim",
            State::Wrong => "high",
            State::Later => "low",
        }
    }

    #[cfg(test)]
    pub(super) const WORDS: [&'static str; 4] = ["done", "now", "wrong", "later"];
}

/// Where each step stands: users, people, source, address, platform, delivery, message.
pub(super) fn states(setup: &Setup, source: Option<&SourceRow>) -> [State; 7] {
    let of = |is: fn(&SourceRow) -> bool| source.is_some_and(is);
    let done = [
        setup.administrators > 0 && setup.officers > 0,
        setup.noticed > 0,
        source.is_some(),
        of(|row| row.connection.greeted_at.is_some()),
        of(|row| row.connection.report.as_ref().is_some_and(|(report, _)| report.is_good())),
        of(|row| row.deliveries > 0),
        of(|row| row.messages > 0) && setup.readable,
    ];
    let wrong = [
        false,
        false,
        false,
        of(|row| row.connection.turned_away_since(Turned::VerifyToken, row.connection.greeted_at).is_some()),
        of(|row| row.connection.report.as_ref().is_some_and(|(report, _)| !report.is_good())),
        of(|row| row.connection.turned_away_since(Turned::WrongSignature, row.last_at).is_some()),
        false,
    ];
    let now = done.iter().position(|done| !done);
    // People are written down by others, and nothing of the platform waits for them.
    let beside = done.iter().skip(PEOPLE + 1).position(|done| !done).map(|step| step + PEOPLE + 1);
    let is_now = |step| now == Some(step) || (now == Some(PEOPLE) && beside == Some(step));
    std::array::from_fn(|step| match (wrong[step], done[step]) {
        (true, _) => State::Wrong,
        (false, true) => State::Done,
        (false, false) if is_now(step) => State::Now,
        (false, false) => State::Later,
    })
}

/// What the platform answered.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) at: Moment,
    pub(super) is_good: bool,
    /// The app's id.
    pub(super) app: String,
    /// When the token ends, where that is soon.
    pub(super) ends: Option<Moment>,
    /// Permissions that the token lacks.
    pub(super) lacks: String,
    pub(super) numbers: Vec<Number>,
    pub(super) numbers_more: usize,
    /// `yes`, `no`, or nothing where it could not be found out.
    pub(super) subscribed: &'static str,
    /// `ours`, `elsewhere`, or nothing.
    pub(super) webhook: &'static str,
    /// Fields that are not subscribed.
    pub(super) missing: String,
    pub(super) past_asked: bool,
    pub(super) failures: Vec<Failure>,
}

/// A number of the account.
#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) id: String,
    pub(super) masked: String,
    pub(super) status: String,
    pub(super) in_app: bool,
}

/// Something that failed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) doing: &'static str,
    pub(super) why: &'static str,
    /// The platform's code and trace, to quote.
    pub(super) quoted: String,
}

pub(super) fn answer(report: &Report, at: Timestamp, clock: &Clock) -> Answer {
    let token = report.token.as_ref();
    let ends = token.and_then(|token| token.ends_at);
    let number = |number: &aboveboard_model::connection::AccountNumber| Number {
        id: number.id.clone(),
        masked: number.display.as_deref().map(masked).unwrap_or_default(),
        status: number.status.clone().unwrap_or_default(),
        in_app: number.in_app == Some(true),
    };
    let quoted = |failure: &aboveboard_model::connection::Failure| {
        let code = failure.code.map(|code| code.to_string());
        [code, failure.trace.clone()].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    Answer {
        at: clock.ago(at),
        is_good: report.is_good(),
        app: token.map(|token| token.app.clone()).unwrap_or_default(),
        ends: ends
            .filter(|ends| ends.duration_since(clock.now) < TOKEN_SHORT)
            .map(|ends| clock.day_and_time(ends)),
        lacks: token.map(|token| token.lacks.join(", ")).unwrap_or_default(),
        numbers: report.numbers.iter().take(NUMBERS_MAX).map(number).collect(),
        numbers_more: report.numbers.len().saturating_sub(NUMBERS_MAX),
        subscribed: match report.subscribed {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        },
        webhook: match &report.webhook {
            Some(webhook) if webhook.ours => "ours",
            Some(_) => "elsewhere",
            None => "",
        },
        missing: report.webhook.as_ref().map(|webhook| webhook.missing.join(", ")).unwrap_or_default(),
        past_asked: report.past_asked,
        failures: report
            .failures
            .iter()
            .map(|failure| Failure {
                doing: failure.doing.word(),
                why: failure.why.word(),
                quoted: quoted(failure),
            })
            .collect(),
    }
}
