//! Whether a policy, list or macro can be in force: without mistakes, with an example that must match, and with every example met.

use aboveboard_model::{
    refusal::Refusal,
    rule::{Around, Candidate, Kind},
};

use crate::{
    examples::check_examples,
    policy::{Expect, Policy},
};

/// The id of a policy that nobody has named yet.
pub const DRAFT_ID: &str = "my.policy";

/// Says what a candidate is called, or why it cannot be in force.
///
/// # Errors
/// [`Refusal::PolicyBroken`], [`Refusal::ExampleMissing`], [`Refusal::ExampleFails`], [`Refusal::PlaceholderLeft`].
pub fn check(candidate: &Candidate<'_>, around: &Around<'_>) -> Result<String, Refusal> {
    match (candidate.kind, candidate.text) {
        (Kind::Policy, Some(text)) => policy(text, around),
        (Kind::Policy, None) => candidate.name.map(str::to_owned).ok_or(Refusal::Malformed),
        // Policies are read without lists and macros yet: nothing could use them.
        (Kind::List | Kind::Macro, _) => Err(Refusal::PolicyBroken),
    }
}

fn policy(text: &str, around: &Around<'_>) -> Result<String, Refusal> {
    let policy = Policy::parse(text).map_err(|_| Refusal::PolicyBroken)?.policy;
    if policy.id == DRAFT_ID {
        return Err(Refusal::PlaceholderLeft);
    }
    if !policy.examples.iter().any(|example| example.expect == Expect::Match) {
        return Err(Refusal::ExampleMissing);
    }
    match check_examples(&policy, around.example).as_slice() {
        [] => Ok(policy.id),
        _ => Err(Refusal::ExampleFails),
    }
}

#[cfg(test)]
mod tests {
    use aboveboard_model::document::Document;

    use super::*;

    fn checked(id: &str, query: &str, examples: &[(&str, &str)]) -> Result<String, Refusal> {
        let examples: String = examples
            .iter()
            .map(|(text, expect)| format!("[[example]]\ntext = '{text}'\nexpect = \"{expect}\"\n"))
            .collect();
        let text = format!(
            "id = \"{id}\"\ntitle = \"t\"\nkind = \"match\"\nquery = '{query}'\nseverity = \"low\"\naction = \"log\"\n{examples}"
        );
        let candidate = Candidate { kind: Kind::Policy, name: None, text: Some(&text) };
        check(&candidate, &Around { in_force: &[], example: &|_, _| Document::default() })
    }

    #[test]
    fn a_policy_without_examples_that_come_out_cannot_be_in_force() {
        let cases = [
            ("a.b", "cash", vec![("cash", "match"), ("card", "no match")], Ok("a.b".to_owned())),
            ("a.b", "cash", vec![("cash", "match")], Ok("a.b".to_owned())),
            ("a.b", "cash", vec![], Err(Refusal::ExampleMissing)),
            ("a.b", "cash", vec![("card", "no match")], Err(Refusal::ExampleMissing)),
            ("a.b", "cash", vec![("cash", "match"), ("card", "match")], Err(Refusal::ExampleFails)),
            ("a.b", "cash", vec![("cash", "match"), ("in cash", "no match")], Err(Refusal::ExampleFails)),
            ("a.b", "(", vec![("cash", "match")], Err(Refusal::PolicyBroken)),
            (DRAFT_ID, "cash", vec![("cash", "match")], Err(Refusal::PlaceholderLeft)),
        ];
        for (id, query, examples, wanted) in cases {
            assert_eq!(checked(id, query, &examples), wanted, "{id} {query} {examples:?}");
        }
    }
}
