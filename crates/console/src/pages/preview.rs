//! What a policy's text comes to while it is written: its mistakes in their places, what it looks for, whether its examples come out,
//! and what it would have found of late.

use std::ops::Range;

use aboveboard_ledger::Error;
use aboveboard_model::{
    access::{Permission, Purpose},
    document::Zone,
};
use aboveboard_policy::{Diagnostic, Expect, Level, POLICY_BYTES_MAX, Policy, check_examples};
use askama::Template;
use jiff::{SignedDuration, Timestamp};

use super::search::{self, Hit};
use crate::{
    mistake::{self, Mistake},
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// How far back live hits go.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Live hits that are shown.
const HITS: usize = 6;

/// An example and whether it comes out as it says.
#[derive(Clone, Debug)]
pub(super) struct ExampleShown {
    pub(super) text: String,
    pub(super) must_match: bool,
    pub(super) is_met: bool,
}

/// What the policy would have found of late.
#[derive(Clone, Debug)]
pub(super) struct Live {
    /// How many, in words.
    pub(super) total: String,
    pub(super) hits: Vec<Hit>,
    /// The search that shows them all.
    pub(super) href: String,
}

/// A piece of the text, and how bad it is what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) text: String,
    /// `error`, `warning`, or nothing.
    pub(super) class: &'static str,
}

/// Everything beside and under the text.
#[derive(Clone, Debug, Default)]
pub(super) struct Preview {
    /// The policy's id, where it has no mistakes.
    pub(super) id: Option<String>,
    pub(super) mistakes: Vec<Mistake>,
    pub(super) explained: Option<String>,
    pub(super) examples: Vec<ExampleShown>,
    pub(super) live: Option<Live>,
    pub(super) marked: Vec<Marked>,
    /// The numbers of the lines, one a line.
    pub(super) numbers: String,
}

#[derive(Template)]
#[template(path = "policy_preview.html")]
struct Page {
    shell: Shell,
    w: Words,
    preview: Preview,
}

/// What the text in the form comes to, for the script that swaps it in.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let text = typed(visit);
    visit.page(&Page { shell: visit.shell(), w: visit.words, preview: preview(visit, &text)? })
}

/// The text as typed, with the ends of lines that files have.
pub(super) fn typed(visit: &Visit) -> String {
    visit.form.raw("text").unwrap_or_default().replace("\r\n", "\n")
}

/// Looks at a text. Live hits are content: they are shown to those who may search, and each showing is a look to test a policy.
pub(super) fn preview(visit: &Visit, text: &str) -> Result<Preview, Problem> {
    let derive = |zone: Zone, text: &str| visit.ledger().example(zone, text);
    let (mut preview, policy) = read(text, visit.words, &derive);
    if let Some(policy) = policy.filter(|_| visit.may(Permission::Search)) {
        preview.live = live(visit, &policy)?;
    }
    Ok(preview)
}

/// What can be said of a text without looking at anything else.
pub(super) fn read(
    text: &str,
    w: Words,
    derive: &dyn Fn(Zone, &str) -> aboveboard_model::document::Document,
) -> (Preview, Option<Policy>) {
    let lines = text.split('\n').count().max(1);
    let numbers = (1..=lines).map(|line| line.to_string()).collect::<Vec<_>>().join("\n");
    if text.len() > POLICY_BYTES_MAX {
        return (Preview { numbers, ..Preview::default() }, None);
    }
    if super::policy::is_untouched(text) {
        // Nobody has typed anything: there is nothing to complain of.
        return (Preview { marked: marked(text, &[]), numbers, ..Preview::default() }, None);
    }
    match Policy::parse(text) {
        Err(diagnostics) => {
            let mistakes = mistake::in_policy(text, &diagnostics, w);
            (Preview { mistakes, marked: marked(text, &diagnostics), numbers, ..Preview::default() }, None)
        }
        Ok(parsed) => {
            let failures = check_examples(&parsed.policy, derive);
            let example = |(number, example): (usize, &aboveboard_policy::Example)| ExampleShown {
                text: example.text.clone(),
                must_match: example.expect == Expect::Match,
                is_met: !failures.iter().any(|failure| failure.number == number),
            };
            let preview = Preview {
                id: Some(parsed.policy.id.clone()),
                mistakes: mistake::in_policy(text, &parsed.warnings, w),
                explained: Some(explained(&parsed.policy, w)),
                examples: parsed.policy.examples.iter().enumerate().map(example).collect(),
                live: None,
                marked: marked(text, &parsed.warnings),
                numbers,
            };
            (preview, Some(parsed.policy))
        }
    }
}

/// What a policy looks for and what follows, in the reader's language.
pub(super) fn explained(policy: &Policy, w: Words) -> String {
    policy.explain(&|phrase| w.t(&phrase.key()))
}

impl Preview {
    /// Whether an example does not come out as it says.
    pub(super) fn has_failures(&self) -> bool {
        self.examples.iter().any(|example| !example.is_met)
    }

    /// Whether an example says what must match.
    pub(super) fn has_match(&self) -> bool {
        self.examples.iter().any(|example| example.must_match)
    }

    /// How many examples come out as they say.
    pub(super) fn examples_met(&self) -> u64 {
        self.examples.iter().filter(|example| example.is_met).count() as u64
    }
}

fn live(visit: &Visit, policy: &Policy) -> Result<Option<Live>, Problem> {
    let query = looking_back(policy, visit.now);
    let access = visit.access(Purpose::PolicyWork)?;
    let answer = match visit.ledger().search(&access, &query, None, HITS) {
        Ok(answer) => answer,
        // A query that is too long or too deep to be narrowed is shown without hits.
        Err(Error::Query(_) | Error::Refused(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let clock = visit.clock();
    let w = visit.words;
    let total = match answer.estimated {
        true => w.n("policy.live_about", answer.total),
        false => w.n("policy.live_exactly", answer.total),
    };
    Ok(Some(Live {
        total,
        hits: answer.hits.rows.iter().map(|hit| search::shown(hit, &clock)).collect(),
        href: crate::fields::link("/search", &[("q", Some(&query))]),
    }))
}

/// The policy's query within its scope and the last days, as a search.
fn looking_back(policy: &Policy, now: Timestamp) -> String {
    let since = now.saturating_sub(LOOK_BACK).unwrap_or(now).strftime("%Y-%m-%d");
    narrowed(policy, &format!("at:>={since}"))
}

/// The policy's query within its scope and a time, as a search.
pub(super) fn narrowed(policy: &Policy, time: &str) -> String {
    let quoted = |name: &String| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    let any = |tests: Vec<String>| match tests.is_empty() {
        true => String::new(),
        false => format!(" ({})", tests.join(" OR ")),
    };
    let teams = policy.scope.teams.iter().map(|team| format!("team:{}", quoted(team))).collect();
    let within = |region: &String| {
        let is_code = region.chars().all(|c| c.is_alphanumeric() || c == '-') && !region.is_empty();
        let parts = if is_code { format!(" OR region:{region}-*") } else { String::new() };
        format!("region:{}{parts}", quoted(region))
    };
    let regions = policy.scope.regions.iter().map(within).collect();
    format!("({}) {time}{}{}", policy.query, any(regions), any(teams))
}

/// The text cut at the places that diagnostics name.
fn marked(text: &str, diagnostics: &[Diagnostic]) -> Vec<Marked> {
    let place = |one: &Diagnostic| -> (Range<usize>, &'static str) {
        let start = text.floor_char_boundary(one.span.start);
        let end = text.ceil_char_boundary(one.span.end.min(text.len())).max(start);
        (start..end, if one.level() == Level::Error { "error" } else { "warning" })
    };
    let mut places: Vec<_> = diagnostics.iter().map(place).filter(|(span, _)| !span.is_empty()).collect();
    places.sort_by_key(|(span, _)| (span.start, span.end));
    let (mut runs, mut at) = (Vec::new(), 0);
    let run = |span: Range<usize>, class| Marked { text: text[span].to_owned(), class };
    for (span, class) in places {
        if span.start < at {
            continue;
        }
        runs.push(run(at..span.start, ""));
        at = span.end;
        runs.push(run(span, class));
    }
    runs.push(run(at..text.len(), ""));
    runs.retain(|run| !run.text.is_empty());
    runs
}

#[cfg(test)]
mod tests {
    use aboveboard_model::document::Document;
    use aboveboard_query::Query;

    use super::*;
    use crate::{pages::policies::tests::TEXT, words::Language};

    fn looked_at(text: &str) -> (Preview, Option<Policy>) {
        read(text, Shell::sample("").w, &|_, _| Document::default())
    }

    fn html(text: &str) -> String {
        let shell = Shell::sample("Policy");
        Page { w: shell.w, shell, preview: looked_at(text).0 }.render().unwrap()
    }

    #[test]
    fn examples_are_checked_while_the_policy_is_written() {
        let text = format!(
            "{TEXT}\n[[example]]\ntext = 'send to my <pix>'\nexpect = \"match\"\n[[example]]\ntext = 'my pix is gone'\nexpect = \"no match\"\n"
        );
        let (preview, policy) = looked_at(&text);
        assert!(policy.is_some() && preview.has_failures() && preview.examples_met() == 1);
        let html = html(&text);
        assert!(html.contains("my &#60;pix&#62;") && html.contains("1 of 2"), "{html}");
        assert!(html.contains("Must not match, but does") && html.contains("Matches, as it must"), "{html}");
    }

    #[test]
    fn a_policy_is_told_in_the_readers_language() {
        let text = r#"
id = "a.b"
title = "t"
kind = "match"
query = 'direction:out (payment:unregistered OR "my pix"~3) discount:>10 NOT (refund OR reembols*) intent.secrecy:>=0.5'
severity = "high"
action = "alert"
before = "justify"
scope = { regions = ["BR"], teams = ["<b>", "مبيعات"] }
"#;
        let policy = Policy::parse(text).unwrap().policy;
        let wanted = "\
Matches when all of this holds:
- somebody of the company wrote it to a client
- any of this:
  - payee that is not the company's
  - the words contain the words “my pix” at most 3 places out of order or apart
- discount is more than 10
- not: the words contain “refund” or a word that begins with “reembols”
- the intent of secrecy is at least 0.5
It is about people in the regions BR in the teams <b>, مبيعات.
A match makes an alert; severity: High. Before sending, the sender must give a reason.";
        assert_eq!(explained(&policy, Words::new(Language::English)), wanted);
        let wanted = "\
Encontra quando tudo isto vale:
- alguém da empresa escreveu a um cliente
- algo disto:
  - recebedor que não é da empresa
  - as palavras contêm as palavras “my pix”, no máximo 3 posições fora de ordem ou separadas
- desconto: mais de 10
- não: as palavras contêm “refund” ou uma palavra que começa com “reembols”
- intenção de secrecy: no mínimo 0.5
Vale para as pessoas das regiões BR das equipes <b>, مبيعات.
O que encontra vira um alerta; gravidade: Alta. Antes do envio, quem envia precisa dar um motivo.";
        assert_eq!(explained(&policy, Words::new(Language::BrazilianPortuguese)), wanted);
    }

    #[test]
    fn the_places_of_mistakes_are_marked_in_the_text() {
        let text = "id = 7\ntitel = \"é\"\n";
        let (preview, policy) = looked_at(text);
        assert!(policy.is_none() && preview.id.is_none());
        let whole: String = preview.marked.iter().map(|run| run.text.as_str()).collect();
        assert_eq!(whole, text);
        let wrong: Vec<&str> =
            preview.marked.iter().filter(|run| run.class == "error").map(|run| run.text.as_str()).collect();
        assert!(wrong.contains(&"7") && wrong.contains(&"titel"), "{wrong:?}");
        assert_eq!(preview.numbers, "1\n2\n3");
        assert!(html(text).contains("P004"));
    }

    #[test]
    fn live_hits_are_within_the_scope_and_the_last_days() {
        let text = TEXT.replace(
            "severity",
            "scope = { regions = [\"BR\"], teams = [\"Key \\\"1\\\"\", \"b\"] }\nseverity",
        );
        let policy = looked_at(&text).1.unwrap();
        let query = looking_back(&policy, "2026-11-22T10:00:00Z".parse().unwrap());
        assert!(Query::parse(&query).unwrap().warnings().is_empty(), "{query}");
        assert_eq!(
            query,
            "(direction:out AND \"my pix\") at:>=2026-10-23 (region:\"BR\" OR region:BR-*) (team:\"Key \\\"1\\\"\" OR team:\"b\")"
        );
    }
}
