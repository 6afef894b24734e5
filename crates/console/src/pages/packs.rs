//! Packs: the policies that ship, by sector and region, to be read, begun from, or proposed as they are.

use std::collections::BTreeMap;

use aboveboard_ledger::{Command, view::PolicyRow};
use aboveboard_model::{
    access::Actor,
    id::Index,
    rule::{self, Kind, Rule},
};
use aboveboard_policy::{ALL, Pack, Policy, Remarks, Shipped};
use askama::Template;

use super::{
    alerts::{Done, done},
    rule::may_write,
};
use crate::{fields::link, problem::Problem, reply::Reply, shell::Shell, visit::Visit, words::Words};

/// A line of the list of packs.
#[derive(Clone, Debug)]
struct Row {
    name: &'static str,
    sector: &'static str,
    regions: String,
    policies: usize,
    /// How many of them the company has, in force or retired.
    here: usize,
}

/// A policy of a pack.
#[derive(Clone, Debug)]
struct Line {
    id: &'static str,
    title: String,
    severity: &'static str,
    action: &'static str,
    remarks: Remarks,
    /// `None` where the company never had it.
    here: Option<Here>,
}

impl Line {
    /// Whether the visitor can agree to it.
    fn waits(&self) -> bool {
        matches!(self.here, Some(Here::Waits(_)))
    }
}

/// Where a policy of a pack stands in the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Here {
    InForce,
    Retired,
    /// Somebody writes it, or it waits for a second person in other words than the pack's.
    InWork,
    /// It waits as the pack has it, for somebody else than the visitor.
    Waits(Index),
}

impl Here {
    /// Its state's word in the files of words.
    fn word(self) -> &'static str {
        match self {
            Here::InForce => "policy.active",
            Here::Retired => "policies.retired",
            Here::InWork | Here::Waits(_) => "rule.work",
        }
    }
}

#[derive(Template)]
#[template(path = "packs.html")]
struct List {
    shell: Shell,
    w: Words,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "pack.html")]
struct Page {
    shell: Shell,
    w: Words,
    name: &'static str,
    lines: Vec<Line>,
    may_write: bool,
    done: Option<Done>,
}

impl Page {
    fn has_new(&self) -> bool {
        self.may_write && self.lines.iter().any(|line| line.here.is_none())
    }

    fn has_waiting(&self) -> bool {
        self.may_write && self.lines.iter().any(Line::waits)
    }
}

/// Every pack, with how much of it the company has.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    visit.page(&List { shell: visit.shell(), w: visit.words, rows: rows(&here(visit)?) })
}

/// Where each policy stands that the company has, or somebody works on.
fn here(visit: &Visit) -> Result<BTreeMap<String, Here>, Problem> {
    let by = visit.by()?;
    let policies = visit.ledger().policies(by)?;
    let in_work = visit.ledger().rules_in_work(by, Some(Kind::Policy))?;
    Ok(stand(&policies, &in_work, &by.actor))
}

fn stand(policies: &[PolicyRow], in_work: &[Rule], me: &Actor) -> BTreeMap<String, Here> {
    let had =
        policies.iter().map(|row| (row.id.clone(), if row.active { Here::InForce } else { Here::Retired }));
    let working = in_work.iter().map(|rule| {
        let as_shipped = rule.proposal.as_ref().filter(|proposal| {
            let text = Pack::policy(&rule.name).map(|shipped| shipped.text);
            text.is_some() && text == proposal.text.as_deref() && proposal.by != *me
        });
        (rule.name.clone(), as_shipped.map_or(Here::InWork, |proposal| Here::Waits(proposal.index)))
    });
    had.chain(working).collect()
}

fn rows(here: &BTreeMap<String, Here>) -> Vec<Row> {
    let row = |pack: &Pack| Row {
        name: pack.name,
        sector: pack.sector,
        regions: pack.regions.join(", "),
        policies: pack.policies.len(),
        here: pack.policies.iter().filter(|one| here.contains_key(one.name)).count(),
    };
    ALL.iter().map(row).collect()
}

/// What a pack holds.
pub(super) fn one(visit: &Visit) -> Result<Reply, Problem> {
    let pack = named(visit)?;
    visit.page(&Page {
        shell: visit.shell_titled(visit.words.of("pack", pack.name)),
        w: visit.words,
        name: pack.name,
        lines: lines(pack, &here(visit)?, visit.words),
        may_write: may_write(visit),
        done: done(visit),
    })
}

fn named(visit: &Visit) -> Result<&'static Pack, Problem> {
    let name: String = visit.part("pack")?;
    ALL.iter().find(|pack| pack.name == name).ok_or(Problem::NOT_FOUND)
}

fn lines(pack: &Pack, here: &BTreeMap<String, Here>, w: Words) -> Vec<Line> {
    let line = |shipped: &Shipped| {
        // A test of the policies' crate reads each of them.
        let policy = Policy::parse(shipped.text).ok()?.policy;
        Some(Line {
            id: shipped.name,
            title: policy.title_in(w.tag()).to_owned(),
            severity: policy.severity.word(),
            action: policy.action.word(),
            remarks: policy.remarks_in(w.tag()),
            here: here.get(shipped.name).copied(),
        })
    };
    pack.policies.iter().filter_map(line).collect()
}

/// Asks a second person to put the chosen ones in force, each by an entry of its own.
pub(super) fn propose(visit: &Visit) -> Result<Reply, Problem> {
    let here = here(visit)?;
    let command = |shipped: &Shipped| {
        // What the company has already is left as it is, in force, retired or in work.
        let is_new = !here.contains_key(shipped.name);
        let text = Some(shipped.text.to_owned());
        is_new.then(|| rule::Command::Propose { text, note: visit.form.text("note") })
    };
    each(visit, "proposed", command)
}

/// Agrees to the chosen ones, where they wait in the pack's own words.
pub(super) fn agree(visit: &Visit) -> Result<Reply, Problem> {
    let here = here(visit)?;
    let command = |shipped: &Shipped| match here.get(shipped.name) {
        Some(Here::Waits(proposal)) => {
            Some(rule::Command::Agree { proposal: *proposal, note: visit.form.text("note") })
        }
        _ => None,
    };
    each(visit, "published", command)
}

/// Decides about each policy of the pack that the form chose.
fn each(
    visit: &Visit,
    word: &str,
    command: impl Fn(&Shipped) -> Option<rule::Command>,
) -> Result<Reply, Problem> {
    let pack = named(visit)?;
    let is_chosen = |shipped: &&Shipped| visit.form.all("policy").any(|chosen| chosen == shipped.name);
    let mut last = None;
    for shipped in pack.policies.iter().filter(is_chosen) {
        let Some(command) = command(shipped) else { continue };
        let command = Command::Rule(Kind::Policy, shipped.name.to_owned(), command);
        last = Some(visit.ledger().decide(visit.by()?, command)?.index);
    }
    let done = last.map(|_| word);
    let reply = Reply::to(&link(&format!("/packs/{}", pack.name), &[("done", done)]));
    Ok(last.into_iter().fold(reply, Reply::wrote))
}

#[cfg(test)]
mod tests {
    use aboveboard_model::id::UserId;
    use aboveboard_policy::DEFAULT;

    use super::*;
    use crate::{pages::policies::tests::policy, words::Language};

    fn html(here: &BTreeMap<String, Here>, language: Language, may_write: bool) -> String {
        let (shell, w) = (Shell::sample("Pack"), Words::new(language));
        let lines = lines(&DEFAULT, here, w);
        Page { shell, w, name: DEFAULT.name, lines, may_write, done: None }.render().unwrap()
    }

    /// One in force, one retired, and what Olga (1) proposed: as the pack has it, in other words, and as a draft.
    fn some(me: u64) -> BTreeMap<String, Here> {
        let had = [policy("side-deal.cash", 2, "", true), policy("side-deal.discount", 1, "", false)];
        let proposed = |name: &str, text: &str| {
            let mut rule = Rule::new(Kind::Policy, name);
            let (olga, at) = (Actor::User(UserId(1)), had[0].at);
            let text = Some(text.to_owned());
            rule.apply(&rule::Event::Proposed { text, note: "".into() }, &olga, at, Index(77));
            rule
        };
        let shipped = Pack::policy("side-deal.concealment").unwrap().text;
        let work =
            [proposed("side-deal.concealment", shipped), proposed("side-deal.foreign-account", "id = 1")];
        stand(&had, &work, &Actor::User(UserId(me)))
    }

    #[test]
    fn the_packs_are_listed_with_how_much_of_each_is_here() {
        let rows = rows(&some(2));
        assert_eq!((rows.len(), rows[0].here, rows[0].policies), (ALL.len(), 4, DEFAULT.policies.len()));
        let shell = Shell::sample("Packs");
        let html = List { w: shell.w, shell, rows }.render().unwrap();
        for pack in ALL {
            assert!(html.contains(&format!("href=\"/packs/{}\"", pack.name)), "{}", pack.name);
        }
    }

    #[test]
    fn a_policy_of_a_pack_says_why_in_the_readers_language() {
        let [english, portuguese] =
            [Language::English, Language::BrazilianPortuguese].map(|one| html(&BTreeMap::new(), one, true));
        assert!(english.contains("Card numbers must not be kept in messages"));
        assert!(portuguese.contains("Números de cartão não podem ficar em mensagens"));
        assert!(
            portuguese.contains("Número de cartão numa conversa")
                && !portuguese.contains("A card number in a chat")
        );
    }

    #[test]
    fn only_what_is_not_here_can_be_proposed_and_only_what_another_proposed_unchanged_be_agreed_to() {
        let can = |html: &str, act: &str, id: &str| {
            html.contains(&format!("form=\"{act}\" name=\"policy\" value=\"{id}\""))
        };
        for (me, agrees) in [(1, false), (2, true)] {
            let with = html(&some(me), Language::English, true);
            assert!(can(&with, "propose", "off-channel.private-contact"));
            for id in ["side-deal.cash", "side-deal.discount", "side-deal.concealment"] {
                assert!(!can(&with, "propose", id) && with.contains(&format!("href=\"/policies/{id}\"")));
            }
            assert_eq!(can(&with, "agree", "side-deal.concealment"), agrees);
            assert!(!can(&with, "agree", "side-deal.foreign-account"), "in other words than the pack's");
        }
        let without = html(&some(2), Language::English, false);
        assert!(!without.contains("<form method=\"post\" action=\"/packs"));
        assert!(!without.contains("type=\"checkbox\""));
    }
}
