//! Packs: the policies that ship, by sector and region, to be read, begun from or put in force as they are.

use std::collections::BTreeMap;

use aboveboard_ledger::{Command, view::PolicyRow};
use aboveboard_model::access::Permission;
use aboveboard_policy::{ALL, Pack, Policy, Remarks, Shipped};
use askama::Template;

use super::alerts::{Done, done};
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
    /// Whether it is in force, or was; `None` where the company never had it.
    active: Option<bool>,
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
    /// Whether there is one that the company never had.
    has_new: bool,
    may_write: bool,
    done: Option<Done>,
}

/// Every pack, with how much of it the company has.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let policies = visit.ledger().policies(visit.by()?)?;
    visit.page(&List { shell: visit.shell(), w: visit.words, rows: rows(&by_id(&policies)) })
}

/// Whether each of the company's policies is in force.
fn by_id(policies: &[PolicyRow]) -> BTreeMap<&str, bool> {
    policies.iter().map(|row| (row.id.as_str(), row.active)).collect()
}

fn rows(here: &BTreeMap<&str, bool>) -> Vec<Row> {
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
    let policies = visit.ledger().policies(visit.by()?)?;
    let lines = lines(pack, &by_id(&policies), visit.words);
    visit.page(&Page {
        shell: visit.shell_titled(visit.words.of("pack", pack.name)),
        w: visit.words,
        name: pack.name,
        has_new: has_new(&lines),
        lines,
        may_write: visit.may(Permission::PolicyWrite),
        done: done(visit),
    })
}

fn named(visit: &Visit) -> Result<&'static Pack, Problem> {
    let name: String = visit.part("pack")?;
    ALL.iter().find(|pack| pack.name == name).ok_or(Problem::NOT_FOUND)
}

fn lines(pack: &Pack, here: &BTreeMap<&str, bool>, w: Words) -> Vec<Line> {
    let line = |shipped: &Shipped| {
        // A test of the policies' crate reads each of them.
        let policy = Policy::parse(shipped.text).ok()?.policy;
        Some(Line {
            id: shipped.name,
            title: policy.title_in(w.tag()).to_owned(),
            severity: policy.severity.word(),
            action: policy.action.word(),
            remarks: policy.remarks_in(w.tag()),
            active: here.get(shipped.name).copied(),
        })
    };
    pack.policies.iter().filter_map(line).collect()
}

fn has_new(lines: &[Line]) -> bool {
    lines.iter().any(|line| line.active.is_none())
}

/// Puts one policy of a pack in force, or all that the company never had, each as a version of its own in the log.
pub(super) fn adopt(visit: &Visit) -> Result<Reply, Problem> {
    let pack = named(visit)?;
    let policies = visit.ledger().policies(visit.by()?)?;
    let wanted = chosen(pack, visit.form.get("policy"), &by_id(&policies));
    let back = link(&format!("/packs/{}", pack.name), &[("done", Some("published"))]);
    let mut reply = Reply::to(&back);
    for shipped in wanted {
        let decided = visit.ledger().decide(visit.by()?, Command::PublishPolicy(shipped.text.to_owned()))?;
        reply = reply.wrote(decided.index);
    }
    Ok(reply)
}

/// What is to be put in force: what the company has already is left as it is, in force or retired.
fn chosen<'a>(pack: &'a Pack, policy: Option<&str>, here: &BTreeMap<&str, bool>) -> Vec<&'a Shipped> {
    let is_wanted = |shipped: &&Shipped| {
        policy.is_none_or(|wanted| wanted == shipped.name) && !here.contains_key(shipped.name)
    };
    pack.policies.iter().filter(is_wanted).collect()
}

#[cfg(test)]
mod tests {
    use aboveboard_policy::DEFAULT;

    use super::*;
    use crate::words::Language;

    fn html(here: &BTreeMap<&str, bool>, language: Language, may_write: bool) -> String {
        let (shell, w) = (Shell::sample("Pack"), Words::new(language));
        let lines = lines(&DEFAULT, here, w);
        Page { shell, w, name: DEFAULT.name, has_new: has_new(&lines), lines, may_write, done: None }
            .render()
            .unwrap()
    }

    #[test]
    fn the_packs_are_listed_with_how_much_of_each_is_here() {
        let here = [("side-deal.cash", true), ("side-deal.discount", false)].into();
        let rows = rows(&here);
        assert_eq!((rows.len(), rows[0].here, rows[0].policies), (ALL.len(), 2, DEFAULT.policies.len()));
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
    fn only_what_is_not_here_can_be_put_in_force_and_only_by_who_may() {
        let here = [("side-deal.cash", true), ("side-deal.discount", false)].into();
        let with = html(&here, Language::English, true);
        assert!(
            with.contains("value=\"side-deal.concealment\"")
                && with.contains("href=\"/policies/side-deal.cash\"")
        );
        assert!(!with.contains("value=\"side-deal.cash\"") && !with.contains("value=\"side-deal.discount\""));
        assert!(!html(&here, Language::English, false).contains("<form method=\"post\" action=\"/packs"));
        let chosen = |policy| chosen(&DEFAULT, policy, &here).iter().map(|one| one.name).collect::<Vec<_>>();
        assert_eq!(chosen(None).len(), DEFAULT.policies.len() - 2);
        assert_eq!(chosen(Some("side-deal.concealment")), ["side-deal.concealment"]);
        assert_eq!(chosen(Some("side-deal.discount")), [""; 0], "what was retired stays retired");
    }
}
