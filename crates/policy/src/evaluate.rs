//! Many policies over one document: findings with the words they are about.

use std::collections::BTreeMap;

use aboveboard_model::{
    document::{Document, Zone},
    finding::{Action, Finding, Span},
};
use aboveboard_query::{FieldSpan, Judged, Match, QuerySet, Reading};

use crate::policy::Policy;

/// A policy in force, in one of its versions.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// The policy.
    pub policy: Policy,
    /// Its version, from 1.
    pub version: u32,
}

/// Policies that run together over each document.
#[derive(Debug)]
pub struct PolicySet {
    published: Vec<Published>,
    /// For each, where its later versions are: what one of them judges is none of its business.
    later: Vec<Vec<usize>>,
    queries: QuerySet,
}

/// What policies say of a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict<'p> {
    /// What they find.
    pub findings: Vec<Finding>,
    /// Policies that cost more than a document may, and were given up: whether they match is not known.
    pub exceeded: Vec<&'p Published>,
}

impl PolicySet {
    /// Prepares policies to run together. Findings come in the order given.
    pub fn new(published: Vec<Published>) -> Self {
        let queries = published.iter().map(|published| published.policy.query.clone()).collect();
        let later = later(&published);
        PolicySet { queries: QuerySet::new(queries), published, later }
    }

    /// Whether a version is the newest of its policy that counts for a document.
    fn judges(&self, number: usize, document: &Document) -> bool {
        let counts = |number: &usize| self.published[*number].policy.effective.holds(document);
        counts(&number) && !self.later[number].iter().any(counts)
    }

    /// The policies, in order.
    pub fn published(&self) -> &[Published] {
        &self.published
    }

    /// What the policies find in a document.
    ///
    /// A policy whose action is `ignore` names a known exception: a finding all of whose words lie within the exception's
    /// words is none, and an exception that matches on facts alone leaves no finding at all. Exceptions themselves are not
    /// findings.
    pub fn evaluate(&self, document: &Document) -> Vec<Finding> {
        self.judge(document).findings
    }

    /// The same, and which policies were given up on the document.
    pub fn judge(&self, document: &Document) -> Verdict<'_> {
        let Judged { matches, exceeded, .. } = self.queries.judge(&Reading::of(document));
        let exceeded = exceeded.into_iter().filter(|number| self.judges(*number, document));
        let exceeded = exceeded.map(|number| &self.published[number]);
        let in_scope = |published: &&Published| published.policy.scope.holds(document);
        Verdict { findings: self.findings(matches, document), exceeded: exceeded.filter(in_scope).collect() }
    }

    fn findings(&self, matches: Vec<(usize, Match)>, document: &Document) -> Vec<Finding> {
        let matched: Vec<(&Published, Match)> = matches
            .into_iter()
            .filter(|(number, _)| self.judges(*number, document))
            .map(|(number, found)| (&self.published[number], found))
            .filter(|(published, _)| published.policy.scope.holds(document))
            .collect();
        let is_exception = |published: &Published| published.policy.action == Action::Ignore;
        let (exceptions, matched): (Vec<_>, Vec<_>) =
            matched.into_iter().partition(|(published, _)| is_exception(published));
        if exceptions.iter().any(|(_, found)| found.spans.is_empty()) {
            return Vec::new();
        }
        let excepted: Vec<FieldSpan> = exceptions.into_iter().flat_map(|(_, found)| found.spans).collect();
        matched
            .into_iter()
            .filter(|(_, found)| found.spans.is_empty() || !all_within(&found.spans, &excepted))
            .map(|(published, found)| finding(published, &found))
            .collect()
    }
}

/// For each policy, where its later versions are.
fn later(published: &[Published]) -> Vec<Vec<usize>> {
    let mut versions: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, one) in published.iter().enumerate() {
        versions.entry(&one.policy.id).or_default().push(number);
    }
    let of = |one: &Published| {
        let same = versions.get(one.policy.id.as_str()).into_iter().flatten().copied();
        same.filter(|number| published[*number].version > one.version).collect()
    };
    published.iter().map(of).collect()
}

/// Whether every place lies within one of the others.
fn all_within(places: &[FieldSpan], others: &[FieldSpan]) -> bool {
    places.iter().all(|place| {
        others
            .iter()
            .any(|other| other.field == place.field && other.start <= place.start && place.end <= other.end)
    })
}

fn finding(published: &Published, found: &Match) -> Finding {
    let Policy { id, title, severity, action, .. } = &published.policy;
    Finding {
        policy: id.clone(),
        version: published.version,
        title: title.clone(),
        severity: *severity,
        action: *action,
        spans: found.spans.iter().filter_map(span).collect(),
    }
}

/// The place as a finding keeps it; only zones hold words.
fn span(place: &FieldSpan) -> Option<Span> {
    let zone = Zone::ALL.iter().copied().find(|zone| zone.field() == place.field)?;
    Some(Span { zone, start: place.start, end: place.end, because: place.field })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(policies: &[&str]) -> PolicySet {
        let published = |(number, lines): (usize, &&str)| {
            let text =
                format!("id = \"p{number}\"\ntitle = \"t\"\nkind = \"match\"\nseverity = \"low\"\n{lines}");
            Published { policy: Policy::parse(&text).unwrap().policy, version: 3 }
        };
        PolicySet::new(policies.iter().enumerate().map(published).collect())
    }

    fn found(set: &PolicySet, text: &str) -> Vec<String> {
        let document = Document {
            zones: [(Zone::Text, text.to_owned())].into(),
            region: Some("BR".to_owned()),
            team: Some("sales".to_owned()),
            ..Document::default()
        };
        set.evaluate(&document).into_iter().map(|finding| finding.policy).collect()
    }

    #[test]
    fn a_finding_names_policy_version_and_words() {
        let set = set(&["action = \"alert\"\nquery = 'cash'"]);
        let document =
            Document { zones: [(Zone::Caption, "in cash".to_owned())].into(), ..Document::default() };
        let finding = set.evaluate(&document).remove(0);
        assert_eq!((finding.policy.as_str(), finding.version), ("p0", 3));
        let span = finding.spans[0];
        assert_eq!((span.zone, span.start, span.end), (Zone::Caption, 3, 7));
    }

    #[test]
    fn a_policy_that_costs_too_much_is_named_and_the_others_are_judged() {
        let long = "a b ".repeat(31) + "cash";
        let set = set(&[
            &format!("action = \"alert\"\nquery = '\"{long}\"~9'"),
            "action = \"alert\"\nquery = 'cash'",
            &format!("action = \"alert\"\nquery = '\"{long}\"~9'\nscope = {{ regions = [\"GB\"] }}"),
        ]);
        let text = "a b ".repeat(90_000) + "cash";
        let document = Document {
            zones: [(Zone::Text, text)].into(),
            region: Some("BR".to_owned()),
            ..Document::default()
        };
        let verdict = set.judge(&document);
        let names = |ids: Vec<&str>| ids.join(" ");
        assert_eq!(names(verdict.findings.iter().map(|finding| finding.policy.as_str()).collect()), "p1");
        assert_eq!(
            names(verdict.exceeded.iter().map(|published| published.policy.id.as_str()).collect()),
            "p0"
        );
    }

    #[test]
    fn until_a_version_counts_the_one_before_judges() {
        let version = |version: u32, lines: &str| {
            let text = format!(
                "id = \"p\"\ntitle = \"t\"\nkind = \"match\"\nseverity = \"low\"\naction = \"log\"\n{lines}"
            );
            Published { policy: Policy::parse(&text).unwrap().policy, version }
        };
        let set = PolicySet::new(vec![
            version(3, "query = 'gold'\neffective = [{ regions = [\"IN\"], from = \"2027-01-01\" }]"),
            version(1, "query = 'cash'"),
            version(2, "query = 'card'\neffective = [{ from = \"2026-12-01\" }]"),
        ]);
        let judged = |region: &str, at: &str| -> Vec<u32> {
            let document = Document {
                zones: [(Zone::Text, "cash card gold".to_owned())].into(),
                region: Some(region.to_owned()),
                at: Some(at.parse().unwrap()),
                ..Document::default()
            };
            set.evaluate(&document).into_iter().map(|finding| finding.version).collect()
        };
        assert_eq!(judged("BR", "2026-11-30T12:00:00Z"), [1]);
        assert_eq!(judged("BR", "2027-06-01T12:00:00Z"), [2]);
        assert_eq!(judged("IN", "2026-12-31T12:00:00Z"), [2]);
        assert_eq!(judged("IN", "2027-01-01T00:00:00Z"), [3]);
    }

    #[test]
    fn a_scope_leaves_others_out() {
        let set = set(&[
            "action = \"alert\"\nquery = 'cash'\nscope = { regions = [\"IN\"] }",
            "action = \"alert\"\nquery = 'cash'\nscope = { teams = [\"Sales\"] }",
        ]);
        assert_eq!(found(&set, "cash"), ["p1"]);
    }

    #[test]
    fn an_exception_takes_away_what_rests_on_its_words_only() {
        let set =
            set(&["action = \"alert\"\nquery = 'cash'", "action = \"ignore\"\nquery = '\"cash register\"'"]);
        assert_eq!(found(&set, "the cash register"), [""; 0]);
        assert_eq!(found(&set, "pay cash at the cash register"), ["p0"]);
        assert_eq!(found(&set, "cash"), ["p0"]);
    }

    #[test]
    fn an_exception_on_facts_alone_takes_all_away_within_its_scope() {
        let facts = set(&["action = \"alert\"\nquery = 'cash'", "action = \"ignore\"\nquery = 'team:sales'"]);
        assert_eq!(found(&facts, "cash"), [""; 0]);
        let elsewhere = set(&[
            "action = \"alert\"\nquery = 'cash'",
            "action = \"ignore\"\nquery = 'team:sales'\nscope = { regions = [\"GB\"] }",
        ]);
        assert_eq!(found(&elsewhere, "cash"), ["p0"]);
    }
}
