//! Why an alert is one, in a sentence or two: what was written, by which side, in order, and never more than was found.

use aboveboard_ledger::view::{AlertPage, Message};
use aboveboard_model::{
    alert::OnDocument,
    document::{Against, Field, Mark},
    item::Direction,
};
use jiff::SignedDuration;

use super::shown::quotations;
use crate::{bubble::Bubble, moment::Clock, shipped, words::Words};

/// Things that are told; of more it is said how many.
const CLAUSES_MAX: usize = 5;

/// One thing that one side did.
#[derive(Clone, Debug, PartialEq)]
struct Clause {
    client: bool,
    text: String,
}

/// What the messages with findings say, oldest first, in one sentence for each turn. `order` numbers the policies as the
/// bubbles do.
pub(super) fn why(page: &AlertPage, order: &[&str], bubbles: &[Bubble], clock: &Clock) -> String {
    let w = clock.w;
    let mut clauses: Vec<Clause> = Vec::new();
    for (message, bubble) in page.messages.iter().zip(bubbles) {
        let client = message.direction == Direction::In;
        for text in told(page, message, bubble, order, clock) {
            let clause = Clause { client, text };
            if !clauses.contains(&clause) {
                clauses.push(clause);
            }
        }
    }
    let more = clauses.len().saturating_sub(CLAUSES_MAX);
    clauses.truncate(CLAUSES_MAX);
    let turns = clauses.chunk_by(|one, other| one.client == other.client);
    let mut sentences: Vec<String> = turns.map(|turn| sentence(turn, w)).collect();
    if more > 0 {
        sentences.push(w.n("why.more", more));
    }
    sentences.join(" ")
}

fn sentence(turn: &[Clause], w: Words) -> String {
    let client = turn.first().is_some_and(|clause| clause.client);
    let texts: Vec<&str> = turn.iter().map(|clause| clause.text.as_str()).collect();
    let what = texts.join(&w.t("why.then"));
    if client { w.with("why.client", "what", what) } else { w.with("why.employee", "what", what) }
}

/// What one message says, policy by policy, and what became of it.
fn told(page: &AlertPage, message: &Message, bubble: &Bubble, order: &[&str], clock: &Clock) -> Vec<String> {
    let w = clock.w;
    let findings = page.alert.findings.iter().filter(|one| one.document == message.document);
    let mut texts = Vec::new();
    for one in findings {
        let Some(number) = order.iter().position(|policy| *policy == one.finding.policy) else { continue };
        texts.push(clause(one, message, bubble, number + 1, clock));
    }
    if !texts.is_empty() && message.versions.len() > 1 {
        texts.push(w.t("why.edited"));
    }
    if !texts.is_empty() && message.deleted_at.is_some() {
        texts.push(w.t("why.deleted"));
    }
    texts
}

fn clause(one: &OnDocument, message: &Message, bubble: &Bubble, number: usize, clock: &Clock) -> String {
    let w = clock.w;
    let known = marks(one, message).into_iter().find_map(|mark| match mark.field {
        Field::Price | Field::DiscountLimit => against(mark, clock),
        Field::Approval => Some(w.of("why_named", &format!("approval_{}", mark.value))),
        Field::Payment | Field::Handle | Field::Link => {
            let key = format!("{}_{}", mark.field.word(), mark.value);
            w.has("why_named", &key).then(|| w.of("why_named", &key))
        }
        Field::Entity => Some(w.with("why.identifier", "kind", &mark.value)),
        _ => None,
    });
    let said = || {
        let words = quotations(number, std::slice::from_ref(bubble)).into_iter().next()?.text;
        (!words.is_empty()).then(|| w.with("why.said", "words", words))
    };
    known
        .or_else(said)
        .unwrap_or_else(|| w.with("why.matched", "title", shipped::title(&one.finding.title, w)))
}

/// What somebody wrote beside the line of the registry that it goes against; nothing where it does not.
fn against(mark: &Mark, clock: &Clock) -> Option<String> {
    let w = clock.w;
    match (mark.against.as_ref()?, mark.value.as_str()) {
        (Against::Price { item, offered, list, until, .. }, "below_list") => {
            let said = if until.is_some() { w.t("why.below_list_until") } else { w.t("why.below_list") };
            // What ends at midnight held until the day before.
            let last = until.map(|until| clock.day(until - SignedDuration::from_secs(1)));
            let text = said.replace("{offered}", &w.amount(offered)).replace("{list}", &w.amount(list));
            Some(text.replace("{until}", &last.unwrap_or_default()).replace("{item}", item))
        }
        (Against::Discount { offered, limit, .. }, "over_authority") => {
            let text = w.with("why.over_authority", "offered", w.decimal(*offered));
            Some(text.replace("{limit}", &w.decimal(*limit)))
        }
        _ => None,
    }
}

/// What detectors and registry vouch for under the words of a finding, as of the version that was judged.
fn marks<'a>(one: &OnDocument, message: &'a Message) -> Vec<&'a Mark> {
    let judged = message.versions.iter().find(|version| version.revision >= one.revision);
    let Some(version) = judged.or(message.versions.last()) else { return vec![] };
    let under = |mark: &&Mark| {
        one.finding.spans.iter().any(|span| {
            span.because == mark.field
                && span.zone == mark.zone
                && span.start < mark.end
                && mark.start < span.end
        })
    };
    version.marks.iter().filter(under).collect()
}

/// What the registry said of the words of a finding: `unregistered`, `registered`, `client`.
pub(super) fn standings(one: &OnDocument, messages: &[Message]) -> Vec<String> {
    let Some(message) = messages.iter().find(|message| message.document == one.document) else {
        return vec![];
    };
    let judged = |mark: &&Mark| matches!(mark.field, Field::Payment | Field::Handle | Field::Link);
    marks(one, message).into_iter().filter(judged).map(|mark| mark.value.clone()).collect()
}
