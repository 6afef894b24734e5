//! Alerts: findings on one conversation and employee, grouped for a person to judge.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    access::words,
    finding::{Finding, Severity},
    id::{AlertId, CaseId, ContactId, ConversationId, DocumentId, EmployeeId, UserId},
    refusal::{Refusal, reason, within},
};

/// Bytes of a note or a reason.
pub const NOTE_BYTES_MAX: usize = 8 * 1024;
/// Findings of one alert; more on the same conversation open another.
pub const FINDINGS_MAX: usize = 100;
/// Findings on the same conversation and employee within this time of the alert's last one join it.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(24);

words! {
    /// Why an alert was dismissed.
    DismissReason {
        /// The words mean something else.
        Misread = "misread",
        /// It was allowed or approved.
        Allowed = "allowed",
        /// The account, number or address is the company's or the client's.
        Known = "known",
        /// A duplicate of another alert.
        Duplicate = "duplicate",
        /// Another reason, in the note.
        Other = "other",
    }
}

/// An alert as folded from its events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Which.
    pub id: AlertId,
    /// Where the findings are.
    pub conversation: ConversationId,
    /// Who is accountable for the number.
    pub employee: Option<EmployeeId>,
    /// The client.
    pub contact: Option<ContactId>,
    /// The worst of its findings.
    pub severity: Severity,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Source time of the newest document in it.
    pub last_at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// Every finding, in order of arrival.
    pub findings: Vec<OnDocument>,
    /// Whether somebody asked for a second pair of eyes.
    pub escalated: bool,
    /// What the last act of a person can be taken back to; `None` once something else was built on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// Who asked: theirs are not the second pair.
    pub escalated_by: BTreeSet<UserId>,
    /// Events so far: the version a decision is made on.
    pub version: u64,
}

/// How an alert stood before a person's last act on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Who acted: nobody else takes it back.
    pub by: UserId,
    /// Where it stood.
    pub state: State,
    /// Whether a second pair of eyes was asked for.
    pub escalated: bool,
    /// Whether somebody else has written something down since: then the act stands.
    #[serde(default)]
    pub noted: bool,
}

/// A finding and the document revision it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnDocument {
    /// Which document.
    pub document: DocumentId,
    /// Which revision.
    pub revision: u32,
    /// The finding.
    pub finding: Finding,
    /// A keyed hash of the words that matched, so that they are known again wherever an edit moves them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<u64>,
}

/// Where an alert stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody has it.
    Open,
    /// Somebody works on it.
    Claimed(UserId),
    /// It has an outcome, by a person.
    Closed {
        /// The outcome.
        disposition: Disposition,
        /// Who decided.
        by: UserId,
        /// When.
        at: Timestamp,
    },
}

/// A person's outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// It was what it looked like.
    True {
        /// Why, in the reviewer's words; may be empty.
        note: String,
    },
    /// It was not.
    Dismissed {
        /// One of the common reasons.
        reason: DismissReason,
        /// More words; needed for [`DismissReason::Other`].
        note: String,
    },
}

impl Disposition {
    /// `true`, or `dismissed`.
    pub fn word(&self) -> &'static str {
        match self {
            Disposition::True { .. } => "true",
            Disposition::Dismissed { .. } => "dismissed",
        }
    }
}

/// What a person wants done with an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Take it.
    Claim,
    /// Give it back.
    Release,
    /// Close it with an outcome.
    Close(Disposition),
    /// Take the outcome back.
    Reopen,
    /// Take back one's own last act, while nobody has done anything since.
    Undo,
    /// Give it to a colleague. The ledger fills in which employee the colleague is.
    Assign {
        /// Who gets it.
        to: Decider,
    },
    /// Ask for a second pair of eyes.
    Escalate {
        /// Why.
        note: String,
    },
    /// Write something down.
    Note {
        /// What.
        text: String,
    },
    /// Put it into a case.
    Link {
        /// Which.
        case: CaseId,
    },
}

/// What happened to an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Event {
    /// The first finding.
    Opened {
        /// Where.
        conversation: ConversationId,
        /// Who.
        employee: Option<EmployeeId>,
        /// With whom.
        contact: Option<ContactId>,
        /// What was found.
        findings: Vec<OnDocument>,
        /// Source time of the document.
        document_at: Timestamp,
    },
    /// More findings.
    Extended {
        /// What was found.
        findings: Vec<OnDocument>,
        /// Source time of the document.
        document_at: Timestamp,
    },
    /// Somebody took it.
    Claimed,
    /// Somebody gave it back.
    Released,
    /// Somebody closed it.
    Closed {
        /// The outcome.
        disposition: Disposition,
    },
    /// Somebody took the outcome back.
    Reopened,
    /// Somebody took back their own last act: everything stands as it stood before it.
    Undone,
    /// Somebody gave it to a colleague, who has it now.
    Assigned {
        /// Who has it.
        to: UserId,
    },
    /// Somebody asked for a second pair of eyes.
    Escalated {
        /// Why.
        note: String,
    },
    /// Somebody wrote something down.
    Noted {
        /// What.
        text: String,
    },
    /// It became part of a case.
    Linked {
        /// Which.
        case: CaseId,
    },
}

/// Who decides about an alert, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decider {
    /// The user.
    pub user: UserId,
    /// The employee that the user is.
    pub employee: Option<EmployeeId>,
}

/// Says which events follow from a command.
///
/// # Errors
/// A refusal where the alert's state or the person rules it out.
pub fn decide(alert: &Alert, command: Command, by: Decider) -> Result<Vec<Event>, Refusal> {
    if by.employee.is_some() && by.employee == alert.employee {
        return Err(Refusal::OwnConduct);
    }
    match command {
        Command::Claim => claim(alert, by),
        Command::Release => match alert.state {
            State::Claimed(user) if user == by.user => Ok(vec![Event::Released]),
            State::Claimed(_) => Err(Refusal::ClaimedByAnother),
            State::Open => Ok(vec![]),
            State::Closed { .. } => Err(Refusal::AlreadyClosed),
        },
        Command::Close(disposition) => close(alert, disposition, by),
        Command::Reopen => match alert.state {
            State::Closed { .. } => Ok(vec![Event::Reopened]),
            _ => Err(Refusal::NotClosed),
        },
        Command::Undo => match &alert.before {
            Some(before) if before.by == by.user && !before.noted => Ok(vec![Event::Undone]),
            _ => Err(Refusal::NothingToUndo),
        },
        Command::Assign { to } => assign(alert, to, by),
        Command::Escalate { note } => {
            reason(&note, NOTE_BYTES_MAX)?;
            unclosed(alert)?;
            Ok(vec![Event::Escalated { note }])
        }
        Command::Note { text } => {
            reason(&text, NOTE_BYTES_MAX)?;
            Ok(vec![Event::Noted { text }])
        }
        Command::Link { case } if alert.case == Some(case) => Ok(vec![]),
        Command::Link { .. } if alert.case.is_some() => Err(Refusal::Exists),
        Command::Link { case } => {
            unclosed(alert)?;
            Ok(vec![Event::Linked { case }])
        }
    }
}

fn claim(alert: &Alert, by: Decider) -> Result<Vec<Event>, Refusal> {
    match alert.state {
        State::Open => Ok(vec![Event::Claimed]),
        State::Claimed(user) if user == by.user => Ok(vec![]),
        State::Claimed(_) => Err(Refusal::ClaimedByAnother),
        State::Closed { .. } => Err(Refusal::AlreadyClosed),
    }
}

fn assign(alert: &Alert, to: Decider, by: Decider) -> Result<Vec<Event>, Refusal> {
    if to.employee.is_some() && to.employee == alert.employee {
        return Err(Refusal::OwnConduct);
    }
    match alert.state {
        State::Closed { .. } => Err(Refusal::AlreadyClosed),
        State::Claimed(user) if user == to.user => Ok(vec![]),
        State::Claimed(user) if user != by.user => Err(Refusal::ClaimedByAnother),
        _ => Ok(vec![Event::Assigned { to: to.user }]),
    }
}

fn close(alert: &Alert, disposition: Disposition, by: Decider) -> Result<Vec<Event>, Refusal> {
    unclosed(alert)?;
    if matches!(alert.state, State::Claimed(user) if user != by.user) {
        return Err(Refusal::ClaimedByAnother);
    }
    second_pair(alert, by)?;
    match &disposition {
        Disposition::Dismissed { reason: DismissReason::Other, note } => reason(note, NOTE_BYTES_MAX)?,
        Disposition::Dismissed { note, .. } | Disposition::True { note } => within(note, NOTE_BYTES_MAX)?,
    }
    Ok(vec![Event::Closed { disposition }])
}

/// Says which events give an alert the outcome of its case, which `opener` opened. What has an outcome keeps it. What the
/// opener claimed was claimed for the case; what anybody else holds has to be given back first: nobody's work is decided
/// over their head.
///
/// # Errors
/// A refusal where the alert's state or the person rules it out: then the case stays open too.
pub fn settle(
    alert: &Alert,
    disposition: Disposition,
    by: Decider,
    opener: UserId,
) -> Result<Vec<Event>, Refusal> {
    if by.employee.is_some() && by.employee == alert.employee {
        return Err(Refusal::OwnConduct);
    }
    match alert.state {
        State::Closed { .. } => return Ok(vec![]),
        State::Claimed(user) if user != by.user && user != opener => return Err(Refusal::ClaimedByAnother),
        State::Open | State::Claimed(_) => {}
    }
    second_pair(alert, by)?;
    Ok(vec![Event::Closed { disposition }])
}

/// Refuses who asked for a second pair of eyes and now would be it.
fn second_pair(alert: &Alert, by: Decider) -> Result<(), Refusal> {
    let asked = alert.escalated && alert.escalated_by.contains(&by.user);
    if asked { Err(Refusal::SecondPersonNeeded) } else { Ok(()) }
}

fn unclosed(alert: &Alert) -> Result<(), Refusal> {
    match alert.state {
        State::Closed { .. } => Err(Refusal::AlreadyClosed),
        _ => Ok(()),
    }
}

/// The findings on a document that no alert holds yet. `held` are those that some alert holds on the same document, with
/// or without outcome: what a person was shown once is not brought again.
pub fn fresh(held: &[OnDocument], findings: Vec<OnDocument>) -> Vec<OnDocument> {
    findings.into_iter().filter(|one| !held.iter().any(|other| is_same(other, one))).collect()
}

/// A finding is the same when the same policy points at the same words of the same document, whatever the revision.
fn is_same(held: &OnDocument, one: &OnDocument) -> bool {
    let words = match (held.matched, one.matched) {
        (Some(held), Some(one)) => held == one,
        _ => held.finding.spans == one.finding.spans,
    };
    words && held.document == one.document && held.finding.policy == one.finding.policy
}

/// Says whether findings that no alert holds join the newest one on their conversation and employee, or open another.
pub fn group(alert: Option<&Alert>, findings: &[OnDocument], document_at: Timestamp) -> Grouping {
    let Some(alert) = alert else { return Grouping::Open };
    let near = alert.last_at.duration_since(document_at).abs() <= WINDOW;
    let open = !matches!(alert.state, State::Closed { .. });
    if near && open && alert.findings.len() + findings.len() <= FINDINGS_MAX {
        return Grouping::Join;
    }
    Grouping::Open
}

/// Where findings go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// A new alert.
    Open,
    /// The alert that is there.
    Join,
}

impl Alert {
    /// The alert that an `Opened` event makes; `None` for any other event.
    pub fn open(id: AlertId, event: &Event, at: Timestamp) -> Option<Alert> {
        let Event::Opened { conversation, employee, contact, findings, document_at } = event else {
            return None;
        };
        Some(Alert {
            id,
            conversation: *conversation,
            employee: *employee,
            contact: *contact,
            severity: worst(findings),
            opened_at: at,
            last_at: *document_at,
            state: State::Open,
            case: None,
            findings: findings.clone(),
            escalated: false,
            before: None,
            escalated_by: BTreeSet::new(),
            version: 1,
        })
    }

    /// What an event changes. `by` is who did it, `at` when.
    pub fn apply(&mut self, event: &Event, by: Option<UserId>, at: Timestamp) {
        self.version += 1;
        self.remember(event, by);
        match event {
            Event::Opened { .. } | Event::Noted { .. } => {}
            Event::Extended { findings, document_at } => {
                self.severity = self.severity.max(worst(findings));
                self.last_at = self.last_at.max(*document_at);
                self.findings.extend(findings.iter().cloned());
            }
            Event::Claimed => self.state = by.map_or(State::Open, State::Claimed),
            Event::Released => self.state = State::Open,
            Event::Closed { disposition } => {
                let Some(by) = by else { return };
                self.state = State::Closed { disposition: disposition.clone(), by, at };
            }
            Event::Reopened => self.state = by.map_or(State::Open, State::Claimed),
            Event::Escalated { .. } => {
                self.escalated = true;
                self.escalated_by.extend(by);
                self.state = State::Open;
            }
            Event::Undone => {
                let Some(before) = self.before.take() else { return };
                self.state = before.state;
                self.escalated = before.escalated;
            }
            Event::Assigned { to } => self.state = State::Claimed(*to),
            Event::Linked { case } => self.case = Some(*case),
        }
    }

    /// Keeps how it stood before an act that can be taken back. What a case was built on is not taken back from under it.
    fn remember(&mut self, event: &Event, by: Option<UserId>) {
        let before = |by| Before { by, state: self.state.clone(), escalated: self.escalated, noted: false };
        self.before = match event {
            Event::Opened { .. } | Event::Extended { .. } | Event::Undone => return,
            // The decision refuses, not the fold: what was taken back when a note did not hold an act is taken back still.
            Event::Noted { .. } => self.before.take().map(|before| {
                let noted = before.noted || by != Some(before.by);
                Before { noted, ..before }
            }),
            Event::Linked { .. } => None,
            Event::Closed { .. } if self.case.is_some() => None,
            Event::Claimed
            | Event::Released
            | Event::Closed { .. }
            | Event::Reopened
            | Event::Escalated { .. }
            | Event::Assigned { .. } => by.map(before),
        };
    }
}

fn worst(findings: &[OnDocument]) -> Severity {
    findings.iter().map(|one| one.finding.severity).max().unwrap_or(Severity::Low)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: Decider = Decider { user: UserId(1), employee: None };
    const BEN: Decider = Decider { user: UserId(2), employee: Some(EmployeeId(9)) };

    fn alert(state: State) -> Alert {
        let event = Event::Opened {
            conversation: ConversationId(1),
            employee: Some(EmployeeId(9)),
            contact: None,
            findings: vec![],
            document_at: Timestamp::UNIX_EPOCH,
        };
        Alert { state, ..Alert::open(AlertId(1), &event, Timestamp::UNIX_EPOCH).unwrap() }
    }

    fn closed() -> State {
        State::Closed { disposition: yes(), by: UserId(1), at: Timestamp::UNIX_EPOCH }
    }

    fn yes() -> Disposition {
        Disposition::True { note: String::new() }
    }

    fn no(reason: DismissReason, note: &str) -> Disposition {
        Disposition::Dismissed { reason, note: note.into() }
    }

    #[test]
    fn every_command_in_every_state_is_decided() {
        let other = State::Claimed(UserId(7));
        let mine = State::Claimed(UserId(1));
        let cases: Vec<(State, Command, Result<usize, Refusal>)> = vec![
            (State::Open, Command::Claim, Ok(1)),
            (mine.clone(), Command::Claim, Ok(0)),
            (other.clone(), Command::Claim, Err(Refusal::ClaimedByAnother)),
            (closed(), Command::Claim, Err(Refusal::AlreadyClosed)),
            (mine.clone(), Command::Release, Ok(1)),
            (other.clone(), Command::Release, Err(Refusal::ClaimedByAnother)),
            (State::Open, Command::Close(yes()), Ok(1)),
            (other, Command::Close(yes()), Err(Refusal::ClaimedByAnother)),
            (closed(), Command::Close(yes()), Err(Refusal::AlreadyClosed)),
            (mine.clone(), Command::Close(no(DismissReason::Other, "  ")), Err(Refusal::ReasonMissing)),
            (mine.clone(), Command::Close(no(DismissReason::Misread, "")), Ok(1)),
            (mine.clone(), Command::Note { text: "x".repeat(NOTE_BYTES_MAX + 1) }, Err(Refusal::TooLong)),
            (mine, Command::Reopen, Err(Refusal::NotClosed)),
            (closed(), Command::Reopen, Ok(1)),
            (closed(), Command::Link { case: CaseId(1) }, Err(Refusal::AlreadyClosed)),
        ];
        for (state, command, wanted) in cases {
            let got = decide(&alert(state.clone()), command.clone(), ANA).map(|events| events.len());
            assert_eq!(got, wanted, "{state:?} {command:?}");
        }
    }

    fn done(alert: &mut Alert, command: Command, by: Decider) {
        for event in decide(alert, command, by).unwrap() {
            alert.apply(&event, Some(by.user), Timestamp::UNIX_EPOCH);
        }
    }

    #[test]
    fn what_somebody_did_last_they_take_back_and_nobody_else_does() {
        const EVA: Decider = Decider { user: UserId(3), employee: None };
        let acts = [
            Command::Claim,
            Command::Close(yes()),
            Command::Escalate { note: "look".into() },
            Command::Assign { to: EVA },
        ];
        for act in acts {
            let mut held = alert(State::Open);
            done(&mut held, act.clone(), ANA);
            assert_eq!(decide(&held, Command::Undo, EVA), Err(Refusal::NothingToUndo), "{act:?}");
            let note = Command::Note { text: "a note stands".into() };
            let mut noted = held.clone();
            done(&mut noted, note.clone(), EVA);
            done(&mut noted, note.clone(), ANA);
            assert_eq!(decide(&noted, Command::Undo, ANA), Err(Refusal::NothingToUndo), "{act:?}");
            noted.apply(&Event::Undone, Some(ANA.user), Timestamp::UNIX_EPOCH);
            assert_eq!(noted.state, State::Open, "{act:?}: what a program of before took back is taken back");
            done(&mut noted, act.clone(), ANA);
            assert!(decide(&noted, Command::Undo, ANA).is_ok(), "{act:?}: the note was before it");
            done(&mut held, note, ANA);
            done(&mut held, Command::Undo, ANA);
            assert_eq!((held.state.clone(), held.escalated), (State::Open, false), "{act:?}");
            assert_eq!(decide(&held, Command::Undo, ANA), Err(Refusal::NothingToUndo), "{act:?}");
        }
    }

    #[test]
    fn an_act_that_something_was_built_on_stays() {
        let mut held = alert(State::Open);
        done(&mut held, Command::Claim, ANA);
        done(&mut held, Command::Link { case: CaseId(1) }, ANA);
        assert_eq!(decide(&held, Command::Undo, ANA), Err(Refusal::NothingToUndo));
        done(&mut held, Command::Close(yes()), ANA);
        assert_eq!(decide(&held, Command::Undo, ANA), Err(Refusal::NothingToUndo), "its case closed it");
    }

    #[test]
    fn an_alert_is_given_to_a_colleague_by_who_has_it_and_never_to_whom_it_is_about() {
        const EVA: Decider = Decider { user: UserId(3), employee: None };
        let give = |to| Command::Assign { to };
        let cases = [
            (State::Open, EVA, Ok(1)),
            (State::Claimed(UserId(1)), EVA, Ok(1)),
            (State::Claimed(UserId(3)), EVA, Ok(0)),
            (State::Claimed(UserId(7)), EVA, Err(Refusal::ClaimedByAnother)),
            (closed(), EVA, Err(Refusal::AlreadyClosed)),
            (State::Open, BEN, Err(Refusal::OwnConduct)),
        ];
        for (state, to, wanted) in cases {
            let got = decide(&alert(state.clone()), give(to), ANA).map(|events| events.len());
            assert_eq!(got, wanted, "{state:?} {to:?}");
        }
    }

    #[test]
    fn a_finding_is_known_by_its_words_wherever_they_stand() {
        use crate::{
            document::{Field, Zone},
            finding::{Action, Span},
        };
        let one = |document: u64, policy: &str, start: usize, matched: Option<u64>| OnDocument {
            document: DocumentId(document),
            revision: 0,
            finding: Finding {
                policy: policy.into(),
                version: 1,
                title: policy.into(),
                severity: Severity::Low,
                action: Action::Alert,
                spans: vec![Span { zone: Zone::Text, start, end: start + 3, because: Field::Text }],
            },
            matched,
        };
        let held = [one(1, "payee", 0, Some(11)), one(2, "payee", 0, None)];
        for (finding, is_fresh) in [
            (one(1, "payee", 0, Some(11)), false),
            (one(1, "payee", 40, Some(11)), false),
            (one(1, "payee", 0, Some(12)), true),
            (one(1, "other", 0, Some(11)), true),
            (one(3, "payee", 0, Some(11)), true),
            (one(2, "payee", 0, Some(11)), false),
            (one(2, "payee", 9, Some(11)), true),
        ] {
            assert_eq!(fresh(&held, vec![finding.clone()]).len(), usize::from(is_fresh), "{finding:?}");
        }
    }

    #[test]
    fn an_alert_is_in_one_case() {
        let held = Alert { case: Some(CaseId(1)), ..alert(State::Open) };
        assert_eq!(decide(&held, Command::Link { case: CaseId(1) }, ANA), Ok(vec![]));
        assert_eq!(decide(&held, Command::Link { case: CaseId(2) }, ANA), Err(Refusal::Exists));
    }

    #[test]
    fn who_asks_for_a_second_pair_of_eyes_is_not_it() {
        let mut asked = alert(State::Open);
        asked.apply(&Event::Escalated { note: "look".into() }, Some(ANA.user), Timestamp::UNIX_EPOCH);
        let cleo = Decider { user: UserId(3), employee: None };
        for (by, wanted) in [(ANA, Err(Refusal::SecondPersonNeeded)), (cleo, Ok(1))] {
            let closed = decide(&asked, Command::Close(yes()), by).map(|events| events.len());
            assert_eq!(closed, wanted);
            let settled = settle(&asked, yes(), by, ANA.user).map(|events| events.len());
            assert_eq!(settled, wanted);
        }
    }

    #[test]
    fn a_closed_case_decides_nothing_that_another_holds() {
        let opener = UserId(5);
        for (state, wanted) in [
            (State::Open, Ok(1)),
            (State::Claimed(ANA.user), Ok(1)),
            (State::Claimed(opener), Ok(1)),
            (State::Claimed(UserId(7)), Err(Refusal::ClaimedByAnother)),
            (closed(), Ok(0)),
        ] {
            let settled = settle(&alert(state.clone()), yes(), ANA, opener).map(|events| events.len());
            assert_eq!(settled, wanted, "{state:?}");
        }
        assert_eq!(settle(&alert(State::Open), yes(), BEN, opener), Err(Refusal::OwnConduct));
    }

    #[test]
    fn nobody_reviews_themselves() {
        for command in [Command::Claim, Command::Close(yes()), Command::Note { text: "mine".into() }] {
            assert_eq!(decide(&alert(State::Open), command, BEN), Err(Refusal::OwnConduct));
        }
    }
}
