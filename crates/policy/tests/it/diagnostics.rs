//! What the writer of a policy is told: all mistakes at once, each at its place, each with a way out.

use aboveboard_policy::{Before, Code, Level, Policy};
use proptest::prelude::*;

const GOOD: &str = r#"id = "side-deal.cash"
title = "Cash"
kind = "match"
query = 'direction:out cash'
scope = { regions = ["BR", "IN"], teams = ["sales"] }
severity = "high"
action = "alert"
before = "justify"

[[example]]
text = "cash only"
expect = "match"

[[example]]
text = "by card"
expect = "no match"
direction = "in"
payment = "registered"
"#;

/// The diagnostics of the good policy after one edit, as code, the text at their place, and help.
fn after(from: &str, to: &str) -> Vec<(String, String, Option<String>)> {
    assert!(GOOD.contains(from), "{from}");
    let text = GOOD.replace(from, to);
    let diagnostics = match Policy::parse(&text) {
        Ok(parsed) => parsed.warnings,
        Err(diagnostics) => diagnostics,
    };
    let told = |diagnostic: aboveboard_policy::Diagnostic| {
        let place = text[diagnostic.span].to_owned();
        (diagnostic.code.word().to_owned(), place, diagnostic.help)
    };
    diagnostics.into_iter().map(told).collect()
}

#[test]
fn a_good_policy_is_read_whole() {
    let parsed = Policy::parse(GOOD).unwrap();
    assert_eq!(parsed.warnings, []);
    let policy = parsed.policy;
    assert_eq!((policy.id.as_str(), policy.before), ("side-deal.cash", Before::Justify));
    assert_eq!(policy.scope.regions, ["BR", "IN"]);
    assert_eq!(policy.examples[1].facts.payment.as_deref(), Some(&["registered".to_owned()][..]));
    assert_eq!(&GOOD[parsed.id_span], "\"side-deal.cash\"");
}

#[test]
fn every_mistake_is_told_at_its_place_with_a_way_out() {
    let cases: &[(&str, &str, &str, &str, Option<&str>)] = &[
        ("severity =", "serverity =", "P004", "serverity", Some("did you mean \"severity\"?")),
        ("\"high\"", "\"hihg\"", "P006", "\"hihg\"", Some("did you mean \"high\"?")),
        ("\"high\"", "3", "P005", "3", None),
        (
            "\"match\"\nquery",
            "\"count\"\nquery",
            "P007",
            "\"count\"",
            Some("the kinds that can be used are: match"),
        ),
        ("\"match\"\nquery", "\"mtach\"\nquery", "P006", "\"mtach\"", Some("did you mean \"match\"?")),
        (
            "\"side-deal.cash\"",
            "\"Side Deal\"",
            "P008",
            "\"Side Deal\"",
            Some("like side-deal.foreign-account"),
        ),
        ("\"Cash\"", "\" \"", "P009", "\" \"", None),
        ("direction:out", "directoin:out", "E009", "directoin", Some("did you mean `direction`?")),
        ("teams =", "team =", "P004", "team", Some("did you mean \"teams\"?")),
        ("\"no match\"", "\"nomatch\"", "P006", "\"nomatch\"", Some("did you mean \"no match\"?")),
        ("before =", "lateness = \"soon\"\nbefore =", "P011", "\"soon\"", Some("like \"2h\" or \"30m\"")),
    ];
    for (from, to, code, place, help) in cases {
        let found = after(from, to);
        let wanted = ((*code).to_owned(), (*place).to_owned(), help.map(str::to_owned));
        assert!(found.contains(&wanted), "{from} -> {to}: {found:?}");
    }
}

#[test]
fn what_a_policy_says_about_itself_is_read_bounded_and_told_where_it_is_wrong() {
    let remarks = "title = \"Cash\"\nwhy = \"It leaves no trace.\"\nserves = \"Finance.\"\n";
    let text = GOOD.replace("title = \"Cash\"\n", remarks)
        + "\n[pt-BR]\ntitle = \"Dinheiro\"\nwhy = \"Não deixa rastro.\"\n";
    let policy = Policy::parse(&text).unwrap().policy;
    assert_eq!((policy.title_in("pt-BR"), policy.title_in("en")), ("Dinheiro", "Cash"));
    let theirs = policy.remarks_in("pt-BR");
    assert_eq!(theirs.why.as_deref(), Some("Não deixa rastro."));
    assert_eq!((theirs.serves.as_deref(), theirs.misfires), (Some("Finance."), None));

    let told = |put: &str| {
        let codes =
            after("[[example]]\ntext = \"by card\"", &format!("{put}\n[[example]]\ntext = \"by card\""));
        codes.into_iter().map(|(code, place, _)| (code, place)).collect::<Vec<_>>()
    };
    let long = "x".repeat(aboveboard_policy::REMARK_BYTES_MAX + 1);
    assert_eq!(told(&format!("[en]\nwhy = \"{long}\"")), [("P009".to_owned(), format!("\"{long}\""))]);
    assert_eq!(told("[pt-BR]\nwy = \"x\""), [("P004".to_owned(), "wy".to_owned())]);
    assert_eq!(told("[pt-br]\nwhy = \"x\"")[0].0, "P004", "a language that no page speaks");
    assert_eq!(after("title = \"Cash\"", "title = \"Cash\"\nserves = 3")[0].0, "P005");
    assert_eq!(after("title = \"Cash\"", "title = \"Cash\"\npt-BR = 3")[0].0, "P005");
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_text() {
    let text =
        "id = 7\ntitle = \"\"\nkind = \"absence\"\nquery = '(a'\nseverty = \"low\"\naction = \"call\"\n";
    let mistakes = Policy::parse(text).unwrap_err();
    let codes: Vec<&str> = mistakes.iter().map(|mistake| mistake.code.word()).collect();
    assert_eq!(codes, ["P003", "P005", "P009", "P007", "E005", "P004", "P006", "W102"]);
    let broken = Policy::parse("id = \ntitle = \"x\"\nkind = \"match\"\n").unwrap_err();
    assert!(broken.iter().any(|mistake| mistake.code == Code::NotToml));
    assert!(broken.iter().any(|mistake| mistake.code == Code::MissingKey));
}

#[test]
fn what_is_odd_is_told_and_does_not_stop_the_policy() {
    let codes = |from, to| after(from, to).into_iter().map(|(code, _, _)| code).collect::<Vec<String>>();
    assert_eq!(codes("before =", "lateness = \"2h\"\nbefore ="), ["W101"]);
    assert_eq!(codes("action = \"alert\"", "action = \"ignore\""), ["W101"]);
    assert_eq!(codes("expect = \"no match\"", "expect = \"match\""), ["W102"]);
    assert_eq!(codes("cash'", "cash and carry'"), ["W001"]);
}

#[test]
fn a_policy_over_its_limits_is_refused() {
    let long = format!("{GOOD}# {}\n", "x".repeat(aboveboard_policy::POLICY_BYTES_MAX));
    assert_eq!(Policy::parse(&long).unwrap_err()[0].code, Code::TooLong);
    let example = "[[example]]\ntext = \"a\"\nexpect = \"match\"\n";
    let many = format!("{GOOD}{}", example.repeat(aboveboard_policy::EXAMPLES_MAX));
    assert!(Policy::parse(&many).unwrap_err().iter().any(|mistake| mistake.code == Code::TooMany));
}

proptest! {
    #[test]
    fn no_text_panics_the_reader(text: String) {
        let _ = Policy::parse(&text);
    }

    #[test]
    fn no_edit_of_a_good_policy_panics_and_every_place_is_in_the_text(
        at in 0..GOOD.len(), drop in 0usize..30, put in "[\\PC\n]{0,20}"
    ) {
        let mut text = GOOD.to_owned();
        text.replace_range(at..(at + drop).min(GOOD.len()), &put);
        let diagnostics = match Policy::parse(&text) {
            Ok(parsed) => parsed.warnings,
            Err(mistakes) => {
                prop_assert!(mistakes.iter().any(|mistake| mistake.level() == Level::Error));
                mistakes
            }
        };
        for diagnostic in diagnostics {
            prop_assert!(text.get(diagnostic.span.clone()).is_some(), "{:?}", diagnostic);
        }
    }
}
