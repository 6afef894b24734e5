//! Rules: the texts that change what is found. One person proposes what comes into force or ends, another agrees.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    access::{Actor, words},
    alert::NOTE_BYTES_MAX,
    document::{Document, Zone},
    id::{Index, UserId},
    refusal::{Refusal, reason, within},
};

/// Bytes of a policy's or a macro's text.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a word list.
pub const LIST_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a name.
pub const NAME_BYTES_MAX: usize = 100;
/// Backtests of a rule that are kept at hand, the newest; all of them are in the log.
pub const TESTS_MAX: usize = 20;

words! {
    /// What a text is.
    Kind {
        /// What the firm wants to be told about.
        Policy = "policy",
        /// A named word list, one entry a line.
        List = "list",
        /// A named part of queries.
        Macro = "macro",
    }
}

/// A rule as folded from its events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// What it is.
    pub kind: Kind,
    /// What it is called: a policy's id, a list's or a macro's name.
    pub name: String,
    /// The newest version that was ever in force.
    pub newest: Option<Newest>,
    /// What is being written.
    pub draft: Option<Draft>,
    /// What waits for a second person.
    pub proposal: Option<Proposal>,
    /// What was tested on history, oldest first, at most [`TESTS_MAX`].
    #[serde(default)]
    pub tests: Vec<Test>,
}

/// The newest version that was ever in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newest {
    /// Its number, from 1.
    pub version: u32,
    /// Its text.
    pub text: String,
    /// Whether it is in force still.
    pub active: bool,
}

/// A text that is being written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The text.
    pub text: String,
    /// Who wrote it last.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why it came back, where it was proposed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned: Option<Returned>,
}

/// Why a proposal came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// Who did not agree, or took it back.
    pub by: Actor,
    /// Why.
    pub note: String,
}

/// What waits for a second person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The text that is to be in force; `None` where the rule is to end.
    pub text: Option<String>,
    /// Why.
    pub note: String,
    /// Who proposed.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Its entry: who agrees names it, so that nothing else is agreed to.
    pub index: Index,
}

/// A backtest that somebody ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// SHA-256 of the text that was tested, hex.
    pub sha256: String,
    /// What came of it.
    pub figures: Figures,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Its entry.
    pub index: Index,
}

/// What a backtest counts. Nothing that anybody wrote is in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// The first day of the history that was looked at, and the last.
    pub days: (Date, Date),
    /// Document revisions that were proposed and looked at.
    pub looked_at: u64,
    /// Those that would have been found.
    pub hits: u64,
    /// Hits a day, days without one left out.
    pub by_day: Vec<(Date, u64)>,
    /// Hits by team, the most first.
    pub by_team: Vec<(String, u64)>,
    /// Hits whose message is in an alert that a person found true.
    pub judged_true: u64,
    /// Hits whose message is in an alert that a person dismissed.
    pub dismissed: u64,
    /// Hits that another policy found as well, by policy, the most first.
    pub also: Vec<(String, u64)>,
    /// Alerts that it would have made: hits of one conversation on one day are one.
    pub alerts: u64,
    /// Whether all of the history was looked at, and not cut short by a limit.
    pub is_whole: bool,
}

/// What somebody wants done with a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Keep a text that is being written.
    Draft {
        /// The text.
        text: String,
    },
    /// Throw the draft away.
    Discard,
    /// Ask a second person to put a text in force.
    Propose {
        /// The text; `None` for the draft as it stands.
        text: Option<String>,
        /// Why.
        note: String,
    },
    /// Ask a second person to end it.
    ProposeRetirement {
        /// Why.
        note: String,
    },
    /// Do not agree, or take one's own proposal back: a text is a draft again.
    Return {
        /// The proposal's entry.
        proposal: Index,
        /// Why.
        note: String,
    },
    /// Agree: what was proposed happens.
    Agree {
        /// The proposal's entry.
        proposal: Index,
        /// Why.
        note: String,
    },
    /// Write down what a backtest came to.
    Test {
        /// SHA-256 of the text that was tested, hex.
        sha256: String,
        /// What came of it.
        figures: Box<Figures>,
    },
}

/// What happened to a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Event {
    /// A text was written.
    Drafted {
        /// The text.
        text: String,
    },
    /// The draft was thrown away.
    Discarded,
    /// Somebody asked a second person to agree.
    Proposed {
        /// The text that is to be in force; none where the rule is to end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Why.
        note: String,
    },
    /// The second person did not agree, or the first took it back.
    Returned {
        /// Why.
        note: String,
    },
    /// It is in force from now on in this version.
    Published {
        /// The version, from 1.
        version: u32,
        /// Its text.
        text: String,
        /// Why the second person agreed; empty where the program itself set it up.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
        /// The entry that proposed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proposal: Option<Index>,
    },
    /// It is in force no more.
    Retired {
        /// Why the second person agreed.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
        /// The entry that proposed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proposal: Option<Index>,
    },
    /// Somebody tested a text on history.
    Tested {
        /// SHA-256 of the text, hex.
        sha256: String,
        /// What came of it.
        figures: Box<Figures>,
    },
}

/// Who decides: the actor, and the other sign-ins of the same employee, who is no second person to themselves.
#[derive(Clone, Debug)]
pub struct Decider {
    /// Who.
    pub actor: Actor,
    /// Sign-ins of the same employee.
    pub same: BTreeSet<UserId>,
}

impl Decider {
    fn is(&self, other: &Actor) -> bool {
        self.actor == *other || other.user().is_some_and(|user| self.same.contains(&user))
    }
}

/// A text that is to be in force.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// What it is.
    pub kind: Kind,
    /// What it is to be called; `None` where its text says so.
    pub name: Option<&'a str>,
    /// The text; `None` asks whether the rest can do without it.
    pub text: Option<&'a str>,
}

/// What a candidate is checked against.
pub struct Around<'a> {
    /// Lists and macros in force, and policies where the candidate is none: kind, name, text.
    pub in_force: &'a [(Kind, String, String)],
    /// What detectors and an empty registry make of an example's words.
    pub example: &'a dyn Fn(Zone, &str) -> Document,
}

/// Says what a candidate is called, or why it cannot be in force: it has mistakes, no example that must match, one that fails, or
/// something in force would break. Handed in by the binary: pure.
pub type Check = fn(&Candidate<'_>, &Around<'_>) -> Result<String, Refusal>;

/// Says which events follow from a command. Whether a text can be in force at all is checked beside it.
///
/// # Errors
/// A refusal where the rule's state, who asks, or the command's words rule it out.
pub fn decide(rule: &Rule, command: Command, by: &Decider) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Draft { text } => {
            within(&text, rule.kind.text_bytes_max())?;
            rule.is_nobodys_to_agree()?;
            let is_same = rule.draft.as_ref().is_some_and(|draft| draft.text == text);
            Ok(if is_same { vec![] } else { vec![Event::Drafted { text }] })
        }
        Command::Discard => {
            rule.is_nobodys_to_agree()?;
            rule.draft.as_ref().ok_or(Refusal::NotFound)?;
            Ok(vec![Event::Discarded])
        }
        Command::Propose { text, note } => {
            reason(&note, NOTE_BYTES_MAX)?;
            rule.is_nobodys_to_agree()?;
            let text = match (text, &rule.draft) {
                (Some(text), _) => text,
                (None, Some(draft)) => draft.text.clone(),
                (None, None) => return Err(Refusal::NotFound),
            };
            within(&text, rule.kind.text_bytes_max())?;
            if rule.newest.as_ref().is_some_and(|newest| newest.active && newest.text == text) {
                return Err(Refusal::SameText);
            }
            Ok(vec![Event::Proposed { text: Some(text), note }])
        }
        Command::ProposeRetirement { note } => {
            reason(&note, NOTE_BYTES_MAX)?;
            rule.is_nobodys_to_agree()?;
            rule.newest.as_ref().filter(|newest| newest.active).ok_or(Refusal::NotFound)?;
            Ok(vec![Event::Proposed { text: None, note }])
        }
        Command::Return { proposal, note } => {
            reason(&note, NOTE_BYTES_MAX)?;
            rule.waiting(proposal)?;
            Ok(vec![Event::Returned { note }])
        }
        Command::Agree { proposal, note } => {
            let proposal = rule.waiting(proposal)?;
            // Two people, and no machine: neither a job nor the shell is the second pair of eyes.
            by.actor.user().ok_or(Refusal::NotPermitted)?;
            if by.is(&proposal.by) {
                return Err(Refusal::SecondPersonNeeded);
            }
            reason(&note, NOTE_BYTES_MAX)?;
            let index = Some(proposal.index);
            Ok(vec![match proposal.text.clone() {
                Some(text) => Event::Published { version: rule.next_version(), text, note, proposal: index },
                None => Event::Retired { note, proposal: index },
            }])
        }
        Command::Test { sha256, figures } => Ok(vec![Event::Tested { sha256, figures }]),
    }
}

/// Says which events put a text in force without a second person: the program does so when it is set up, nobody else.
///
/// # Errors
/// A refusal where a person asks, or the text is too long.
pub fn set_up(rule: &Rule, text: &str, by: &Actor) -> Result<Vec<Event>, Refusal> {
    if !matches!(by, Actor::System(_)) {
        return Err(Refusal::SecondPersonNeeded);
    }
    within(text, rule.kind.text_bytes_max())?;
    if rule.newest.as_ref().is_some_and(|newest| newest.active && newest.text == text) {
        return Ok(vec![]);
    }
    let version = rule.next_version();
    Ok(vec![Event::Published { version, text: text.to_owned(), note: String::new(), proposal: None }])
}

impl Kind {
    /// Bytes of a text of this kind.
    pub fn text_bytes_max(self) -> usize {
        if self == Kind::List { LIST_BYTES_MAX } else { TEXT_BYTES_MAX }
    }

    /// Whether a rule of this kind may be called so: words of lower-case letters, digits and hyphens; a policy's parted by full stops.
    pub fn takes_name(self, name: &str) -> bool {
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_word = |word: &str| {
            word.bytes().all(|byte| is_letter(byte) || byte == b'-')
                && word.bytes().next().is_some_and(is_letter)
                && !word.ends_with('-')
        };
        let is_fit = match self {
            Kind::Policy => name.split('.').all(is_word),
            Kind::List | Kind::Macro => is_word(name),
        };
        is_fit && name.len() <= NAME_BYTES_MAX
    }
}

impl Event {
    /// The event without the words of rules, for lists of what was done.
    pub fn without_text(&self) -> Event {
        match self.clone() {
            Event::Drafted { .. } => Event::Drafted { text: String::new() },
            Event::Proposed { text, note } => Event::Proposed { text: text.map(|_| String::new()), note },
            Event::Published { version, note, proposal, .. } => {
                Event::Published { version, text: String::new(), note, proposal }
            }
            event => event,
        }
    }
}

impl Rule {
    /// A rule of which nothing is known.
    pub fn new(kind: Kind, name: &str) -> Self {
        let name = name.to_owned();
        Rule { kind, name, newest: None, draft: None, proposal: None, tests: Vec::new() }
    }

    /// Whether nothing is left of it but its past.
    pub fn is_blank(&self) -> bool {
        self.newest.is_none() && self.draft.is_none() && self.proposal.is_none()
    }

    /// What an event changes.
    pub fn apply(&mut self, event: &Event, by: &Actor, at: Timestamp, index: Index) {
        match event {
            Event::Drafted { text } => {
                self.draft = Some(Draft { text: text.clone(), by: by.clone(), at, returned: None });
            }
            Event::Discarded => self.draft = None,
            Event::Proposed { text, note } => {
                // What is proposed is the draft no longer; a retirement leaves the draft as it is.
                if text.is_some() {
                    self.draft = None;
                }
                let (text, note) = (text.clone(), note.clone());
                self.proposal = Some(Proposal { text, note, by: by.clone(), at, index });
            }
            Event::Returned { note } => {
                let Some(Proposal { text: Some(text), by: author, at, .. }) = self.proposal.take() else {
                    return;
                };
                let returned = Some(Returned { by: by.clone(), note: note.clone() });
                self.draft = Some(Draft { text, by: author, at, returned });
            }
            Event::Published { version, text, .. } => {
                self.proposal = None;
                self.draft.take_if(|draft| draft.text == *text);
                self.newest = Some(Newest { version: *version, text: text.clone(), active: true });
            }
            Event::Retired { .. } => {
                self.proposal = None;
                if let Some(newest) = &mut self.newest {
                    newest.active = false;
                }
            }
            Event::Tested { sha256, figures } => {
                if self.tests.len() >= TESTS_MAX {
                    self.tests.remove(0);
                }
                let (sha256, figures) = (sha256.clone(), (**figures).clone());
                self.tests.push(Test { sha256, figures, by: by.clone(), at, index });
            }
        }
    }

    /// Refuses while a second person is asked: what they agree to must not change under their eyes.
    fn is_nobodys_to_agree(&self) -> Result<(), Refusal> {
        if self.proposal.is_some() { Err(Refusal::ProposalPending) } else { Ok(()) }
    }

    fn waiting(&self, index: Index) -> Result<&Proposal, Refusal> {
        let proposal = self.proposal.as_ref().ok_or(Refusal::NothingPending)?;
        if proposal.index == index { Ok(proposal) } else { Err(Refusal::ChangedMeanwhile) }
    }

    fn next_version(&self) -> u32 {
        self.newest.as_ref().map_or(1, |newest| newest.version + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(user: u64) -> Decider {
        Decider { actor: Actor::User(UserId(user)), same: BTreeSet::new() }
    }

    /// What follows from each command in turn, the last one's answer; entries are numbered from 1.
    fn played(commands: &[(Command, &Decider)]) -> (Rule, Result<(), Refusal>) {
        let (mut rule, mut index, mut last) = (Rule::new(Kind::Policy, "a.b"), 0, Ok(()));
        for (command, who) in commands {
            last = decide(&rule, command.clone(), who).map(|events| {
                for event in events {
                    index += 1;
                    rule.apply(&event, &who.actor, Timestamp::UNIX_EPOCH, Index(index));
                }
            });
        }
        (rule, last)
    }

    fn propose(text: &str) -> Command {
        Command::Propose { text: Some(text.into()), note: "clients ask for it".into() }
    }

    fn agree(index: u64) -> Command {
        Command::Agree { proposal: Index(index), note: "read and tested".into() }
    }

    fn end() -> Command {
        Command::ProposeRetirement { note: "no use".into() }
    }

    #[test]
    fn a_second_person_must_be_another_person() {
        let (ana, bo) = (by(1), by(2));
        let anas_other = Decider { same: [UserId(1), UserId(3)].into(), ..by(3) };
        let shell = Decider { actor: Actor::CommandLine, same: BTreeSet::new() };
        let cases = [
            (&ana, Err(Refusal::SecondPersonNeeded)),
            (&anas_other, Err(Refusal::SecondPersonNeeded)),
            (&shell, Err(Refusal::NotPermitted)),
            (&bo, Ok(())),
        ];
        for (second, wanted) in cases {
            let (rule, got) = played(&[(propose("x"), &ana), (agree(1), second)]);
            assert_eq!(got, wanted, "{second:?}");
            assert_eq!(rule.newest.is_some_and(|newest| newest.active), wanted.is_ok(), "{second:?}");
        }
    }

    #[test]
    fn an_end_takes_two_as_well() {
        let (ana, bo) = (by(1), by(2));
        let begun = [(propose("x"), &ana), (agree(1), &bo), (end(), &bo)];
        let alone = [&begun[..], &[(agree(3), &bo)]].concat();
        let (rule, refused) = played(&alone);
        assert_eq!(refused, Err(Refusal::SecondPersonNeeded));
        assert!(rule.newest.unwrap().active);
        let (rule, agreed) = played(&[&begun[..], &[(agree(3), &ana)]].concat());
        assert_eq!(agreed, Ok(()));
        assert!(!rule.newest.unwrap().active && rule.proposal.is_none());
    }

    #[test]
    fn nothing_else_is_agreed_to_than_what_was_read() {
        let (ana, bo) = (by(1), by(2));
        let back = Command::Return { proposal: Index(1), note: "too wide".into() };
        let (rule, got) = played(&[(propose("x"), &ana), (back, &bo), (propose("y"), &ana), (agree(1), &bo)]);
        assert_eq!(got, Err(Refusal::ChangedMeanwhile));
        assert_eq!(rule.proposal.unwrap().text.as_deref(), Some("y"));
        let draft = Command::Draft { text: "z".into() };
        for change in [draft, propose("z"), end(), Command::Discard] {
            assert_eq!(played(&[(propose("x"), &ana), (change, &bo)]).1, Err(Refusal::ProposalPending));
        }
    }

    #[test]
    fn what_comes_back_is_a_draft_with_the_reason() {
        let (ana, bo) = (by(1), by(2));
        let back = Command::Return { proposal: Index(1), note: "too wide".into() };
        let (rule, _) = played(&[(propose("x"), &ana), (back, &bo)]);
        let draft = rule.draft.unwrap();
        assert_eq!((draft.text.as_str(), draft.by), ("x", ana.actor));
        assert_eq!(draft.returned.unwrap().note, "too wide");
    }

    #[test]
    fn both_give_a_reason_and_the_text_must_differ() {
        let (ana, bo) = (by(1), by(2));
        let blank = Command::Propose { text: Some("x".into()), note: " ".into() };
        assert_eq!(played(&[(blank, &ana)]).1, Err(Refusal::ReasonMissing));
        let silent = Command::Agree { proposal: Index(1), note: String::new() };
        assert_eq!(played(&[(propose("x"), &ana), (silent, &bo)]).1, Err(Refusal::ReasonMissing));
        let again = [(propose("x"), &ana), (agree(1), &bo), (propose("x"), &ana)];
        assert_eq!(played(&again).1, Err(Refusal::SameText));
        assert_eq!(played(&[(end(), &ana)]).1, Err(Refusal::NotFound));
        assert_eq!(played(&[(agree(1), &ana)]).1, Err(Refusal::NothingPending));
    }

    #[test]
    fn only_the_program_sets_up_alone() {
        let rule = Rule::new(Kind::Policy, "a.b");
        for actor in [Actor::User(UserId(1)), Actor::CommandLine] {
            assert_eq!(set_up(&rule, "x", &actor), Err(Refusal::SecondPersonNeeded));
        }
        assert_eq!(set_up(&rule, "x", &Actor::System("demo".into())).map(|events| events.len()), Ok(1));
    }

    #[test]
    fn names_are_words() {
        for (kind, name, wanted) in [
            (Kind::Policy, "side-deal.cash", true),
            (Kind::List, "payees-2", true),
            (Kind::List, "side-deal.cash", false),
            (Kind::Macro, "", false),
            (Kind::Macro, "../x", false),
            (Kind::Policy, "a..b", false),
            (Kind::Policy, "A", false),
        ] {
            assert_eq!(kind.takes_name(name), wanted, "{kind:?} {name}");
        }
    }
}
