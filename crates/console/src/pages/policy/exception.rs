//! The exception that a dismissed alert asks for: a draft of a policy that lets its words pass, for its author to narrow.

use aboveboard_ledger::view::AlertPage;
use aboveboard_model::{access::Purpose, document::Zone, finding::Finding, id::AlertId, item::Direction};

use crate::{problem::Problem, visit::Visit, words::Words};

/// Words of the line that stand before and after what was found.
const WORDS_AROUND: usize = 4;
/// Phrases of one exception.
const PHRASES_MAX: usize = 8;

/// The text of the exception: content of the alert, so that it is read as the alert is.
pub(super) fn draft(visit: &Visit, alert: AlertId) -> Result<String, Problem> {
    let page = visit.ledger().alert(&visit.access(Purpose::Review(alert))?, alert, &Default::default())?;
    Ok(text(&phrases(&page), page.number.0, visit.words))
}

/// The words of each finding with those around, and which way they went.
fn phrases(page: &AlertPage) -> Vec<(Direction, String, String)> {
    let mut phrases: Vec<(Direction, String, String)> = Vec::new();
    for one in &page.alert.findings {
        let message = page.messages.iter().find(|message| message.document == one.document);
        let Some((message, version)) = message.and_then(|message| Some((message, message.versions.last()?)))
        else {
            continue;
        };
        for (line, found) in lines(&version.zones, &one.finding) {
            let phrase = (message.direction, line, found);
            if phrases.len() < PHRASES_MAX && !phrases.contains(&phrase) {
                phrases.push(phrase);
            }
        }
    }
    phrases
}

/// Each place of a finding with some words before and after it, and the words themselves.
fn lines(zones: &std::collections::BTreeMap<Zone, String>, finding: &Finding) -> Vec<(String, String)> {
    let place = |span: &aboveboard_model::finding::Span| {
        let text = zones.get(&span.zone)?;
        let found = text.get(span.start..span.end)?;
        let before: Vec<&str> = text[..span.start].rsplit('\n').next()?.split_whitespace().rev().collect();
        let after = text[span.end..].split('\n').next()?.split_whitespace().take(WORDS_AROUND);
        let before = before.into_iter().take(WORDS_AROUND).rev();
        let words: Vec<&str> = before.chain([found]).chain(after).collect();
        Some((plain(&words.join(" ")), plain(found)))
    };
    finding.spans.iter().filter_map(place).filter(|(line, _)| !line.is_empty()).collect()
}

/// The words without the signs that mean something in a query or in TOML.
fn plain(text: &str) -> String {
    let words = text.replace(['"', '\\', '\'', '\n', '\r'], " ");
    words.split_whitespace().filter(|word| !word.chars().all(char::is_control)).collect::<Vec<_>>().join(" ")
}

fn text(phrases: &[(Direction, String, String)], number: u64, w: Words) -> String {
    let quoted: Vec<String> = phrases.iter().map(|(_, line, _)| format!("\"{line}\"")).collect();
    let direction = phrases.first().map_or("", |(direction, ..)| direction.word());
    let is_one_way = phrases.iter().all(|(one, ..)| one.word() == direction) && !phrases.is_empty();
    let way = if is_one_way { format!("direction:{direction} ") } else { String::new() };
    let query = match quoted.as_slice() {
        [one] => format!("{way}{one}"),
        several => format!("{way}({})", several.join(" OR ")),
    };
    let example = |(direction, line, found): &(Direction, String, String)| {
        let way = direction.word();
        let pass = format!("[[example]]\ntext = '{line}'\ndirection = \"{way}\"\nexpect = \"match\"\n");
        if line == found {
            return pass;
        }
        format!("{pass}\n[[example]]\ntext = '{found}'\ndirection = \"{way}\"\nexpect = \"no match\"\n")
    };
    let examples: Vec<String> = phrases.iter().map(example).collect();
    format!(
        "# {}\nid = \"exception.a-{number}\"\ntitle = \"{}\"\nkind = \"match\"\nquery = '{query}'\nseverity = \"low\"\n\
         action = \"ignore\"\n\n{}",
        w.t("exception.names"),
        w.with("exception.of", "number", number),
        examples.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use aboveboard_model::{
        document::Document,
        document::Field,
        finding::{Action, Severity, Span},
    };
    use aboveboard_policy::{Policy, check_examples};

    use super::*;
    use crate::shell::Shell;

    fn finding(text: &str, word: &str) -> Finding {
        let start = text.find(word).unwrap();
        let span = Span { zone: Zone::Text, start, end: start + word.len(), because: Field::Text };
        Finding {
            policy: "a.b".into(),
            version: 1,
            title: "t".into(),
            severity: Severity::High,
            action: Action::Alert,
            spans: vec![span],
        }
    }

    #[test]
    fn an_exception_is_a_policy_that_lets_just_these_words_pass() {
        for (said, word) in [
            ("please take it to the cash register in the back of the shop today", "cash"),
            ("it's \"cash\" 'n' \\carry\nand more", "cash"),
            ("可以 cash 吗", "cash"),
        ] {
            let zones = [(Zone::Text, said.to_owned())].into();
            let found = lines(&zones, &finding(said, word));
            let phrases: Vec<_> =
                found.into_iter().map(|(line, found)| (Direction::Out, line, found)).collect();
            let text = text(&phrases, 104, Shell::sample("").w);
            let policy =
                Policy::parse(&text).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}")).policy;
            assert_eq!(policy.action, Action::Ignore);
            let failures = check_examples(&policy, &|_, _| Document::default());
            assert!(failures.is_empty(), "{text}: {failures:?}");
        }
    }
}
