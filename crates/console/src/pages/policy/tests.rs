//! Tests of a policy's page and of the editor.

use aboveboard_ledger::view::RuleVersion;
use aboveboard_model::{
    document::Document,
    id::{Index, UserId},
    rule::{Newest, Proposal, Rule},
};

use super::*;
use crate::{bubble::tests::clock, pages::policies::tests::TEXT};

const ME: Actor = Actor::User(UserId(1));
const ANOTHER: Actor = Actor::User(UserId(2));

/// A policy with these texts as its versions, oldest first.
fn page(texts: &[&str]) -> RulePage {
    let version = |(at, text): (usize, &&str)| RuleVersion {
        version: at as u32 + 1,
        text: (*text).to_owned(),
        active: at + 1 == texts.len(),
        at: clock().now,
        by: ANOTHER,
        index: Index(41 + at as u64),
        note: "agreed <b>".into(),
        proposed: Some((ME, Index(40))),
        findings: 7,
        given_up: 3,
    };
    let newest = texts.last().map(|text| Newest {
        version: texts.len() as u32,
        text: (*text).to_owned(),
        active: true,
    });
    RulePage {
        rule: Rule { newest, ..Rule::new(Kind::Policy, "side-deal.pix") },
        versions: texts.iter().enumerate().map(version).rev().collect(),
        history: vec![],
    }
}

fn proposed(text: Option<&str>, by: Actor) -> RulePage {
    let mut page = page(&[TEXT]);
    let (text, note) = (text.map(str::to_owned), "too many <i>".to_owned());
    page.rule.proposal = Some(Proposal { text, note, by, at: clock().now, index: Index(77) });
    page
}

fn html(page: &RulePage, wanted: Wanted, may_write: bool) -> String {
    let shell = Shell::sample("Policy");
    let (policy, life) = shown(page, wanted, &ME, &clock()).unwrap();
    let (lifecycle, life) = (lifecycle(stage(&life)), Life { may_write, ..life });
    Page { w: shell.w, shell, policy, life, lifecycle, may_write, done: None }.render().unwrap()
}

fn version(version: u32) -> Wanted {
    Wanted { version: Some(version), with: None }
}

fn looked_at(text: &str) -> Preview {
    preview::read(text, Shell::sample("").w, &|_, _| Document::default()).0
}

fn edited(text: &str, id: Option<&str>) -> String {
    let shell = Shell::sample("Edit");
    let preview = looked_at(text);
    let failed = refused(text, &preview, id, shell.w);
    Editor { failed, ..editor_page(shell, id, text.to_owned(), preview) }.render().unwrap()
}

/// The text with an example that comes out.
fn whole() -> String {
    format!("{TEXT}[[example]]\ntext = 'my pix'\nexpect = \"match\"\n")
}

#[test]
fn a_policy_is_told_in_plain_words_with_its_text_and_its_versions() {
    let old = TEXT.replace("high", "low");
    let html = html(&page(&[&old, TEXT]), Wanted::default(), true);
    assert!(html.contains("Own &#60;PIX&#62; key") && html.contains("Matches when"), "{html}");
    assert!(html.contains("/policies/side-deal.pix/edit") && html.contains("/policies/side-deal.pix/retire"));
    assert!(html.contains("?version=1") && html.contains("href=\"/log/42\""));
    assert!(html.contains("href=\"/log/40\"") && html.contains("agreed &#60;b&#62;"), "{html}");
}

#[test]
fn an_earlier_version_is_shown_as_one_and_not_edited() {
    let old = TEXT.replace("high", "low");
    let page = page(&[&old, TEXT]);
    let html = html(&page, version(1), true);
    assert!(html.contains("severity = &#34;low&#34;") && html.contains("an earlier version"), "{html}");
    assert!(!html.contains("/retire"));
    assert!(shown(&page, version(9), &ME, &clock()).is_none());
}

#[test]
fn who_may_not_write_is_offered_nothing() {
    for page in [page(&[TEXT]), proposed(None, ANOTHER)] {
        let html = html(&page, Wanted::default(), false);
        assert!(!html.contains("<form method=\"post\" action=\"/policies"));
    }
}

#[test]
fn who_proposed_is_told_that_somebody_else_has_to_agree() {
    let text = TEXT.replace("high", "low");
    let mine = html(&proposed(Some(&text), ME), Wanted::default(), true);
    assert!(mine.contains("somebody else has to agree") && !mine.contains("/agree\""), "{mine}");
    assert!(mine.contains("/return\"") && mine.contains("too many &#60;i&#62;"));
    let anothers = html(&proposed(Some(&text), ANOTHER), Wanted::default(), true);
    assert!(anothers.contains("/agree\"") && anothers.contains("name=\"proposal\" value=\"77\""));
    assert!(anothers.contains("</del>") && !anothers.contains("/edit\""), "{anothers}");
    let end = html(&proposed(None, ANOTHER), Wanted::default(), true);
    assert!(end.contains("Agree that it ends") && !end.contains("/retire\""));
}

#[test]
fn any_two_versions_are_compared() {
    let texts = [TEXT.replace("high", "low"), TEXT.replace("high", "medium"), TEXT.to_owned()];
    let page = page(&[&texts[0], &texts[1], &texts[2]]);
    let gone = |wanted: Wanted| {
        let html: String = html(&page, wanted, true).split_whitespace().collect::<Vec<_>>().join(" ");
        ["low", "medium", "high"]
            .into_iter()
            .filter(|word| html.contains(&format!("severity = &#34;{word}&#34;</del>")))
            .collect::<Vec<_>>()
    };
    assert_eq!(gone(Wanted::default()), ["medium"], "the one before, where nothing is said");
    assert_eq!(gone(Wanted { version: Some(3), with: Some(1) }), ["low"]);
    assert_eq!(gone(Wanted { version: Some(1), with: Some(3) }), ["high"]);
    assert_eq!(gone(version(1)), [""; 0], "the first version changed nothing");
}

#[test]
fn mistakes_stand_under_the_text_with_line_and_column() {
    let html = edited("id = 7\ntitle = \"<b>\"\n", None);
    assert!(html.contains("The policy has mistakes.") && html.contains("P005") && html.contains("1:6"));
    assert!(html.contains("id = 7\ntitle = &#34;&#60;b&#62;"), "the text is still there: {html}");
    assert!(!html.contains("value=\"publish\" disabled"));
}

#[test]
fn a_text_without_mistakes_is_explained_and_its_warnings_stay() {
    let html = edited(TEXT, Some("side-deal.pix"));
    assert!(html.contains("Matches when") && html.contains("W102") && !html.contains("has mistakes"));
}

#[test]
fn a_further_version_keeps_the_id() {
    let w = Shell::sample("").w;
    assert!(refused(TEXT, &looked_at(TEXT), Some("other.id"), w).unwrap().contains("other.id"));
    assert_eq!(refused(&whole(), &looked_at(&whole()), Some("side-deal.pix"), w), None);
}

#[test]
fn a_text_that_is_too_long_is_not_even_read() {
    let long = "#".repeat(POLICY_BYTES_MAX + 1);
    let preview = looked_at(&long);
    assert!(preview.id.is_none() && refused(&long, &preview, None, Shell::sample("").w).is_some());
}

#[test]
fn a_query_becomes_a_policy_whatever_quotation_marks_it_has() {
    let w = Shell::sample("").w;
    for query in ["direction:out \"my pix\"~3", "don't", "a\nb", "x ''' \" \\ y", "\0", "مرحبا"] {
        let text = draft(query, w);
        let table: Result<toml::Table, _> = text.parse();
        match table {
            Ok(table) => assert_eq!(table["query"].as_str().unwrap().trim_end_matches('\n'), query, "{text}"),
            Err(error) => assert_eq!(query, "\0", "{error}: {text}"),
        }
    }
    let parsed = Policy::parse(&draft("direction:out pix", w));
    let errors = parsed.map_or_else(|mistakes| mistakes, |parsed| parsed.warnings);
    assert!(errors.iter().all(|one| one.code.word() != "P001"), "{errors:?}");
}

#[test]
fn every_default_policy_can_be_started_from() {
    let html = edited(TEXT, None);
    assert!(DEFAULT.policies.iter().all(|pack| html.contains(&format!("value=\"{}\"", pack.name))));
    for pack in DEFAULT.policies {
        assert!(looked_at(pack.text).id.is_some(), "{}", pack.name);
    }
}

#[test]
fn a_policy_whose_examples_fail_is_not_published() {
    let text = format!("{TEXT}[[example]]\ntext = 'nothing of the kind'\nexpect = \"match\"\n");
    let html = edited(&text, None);
    assert!(html.contains("An example does not come out as it says."), "{html}");
    assert!(html.contains("data-previews=\"/policies/preview\"") && html.contains("aria-current=\"step\""));
}

#[test]
fn a_policy_without_an_example_that_must_match_is_not_proposed() {
    let w = Shell::sample("").w;
    assert_eq!(refused(TEXT, &looked_at(TEXT), None, w), Some(w.of("refusal", "example_missing")));
    assert_eq!(refused(&whole(), &looked_at(&whole()), None, w), None);
}

#[test]
fn the_name_that_a_draft_begins_with_is_not_proposed_in_any_language() {
    let w = Shell::sample("").w;
    for language in Language::ALL {
        let title = Words::new(*language).t("policy.draft_title");
        let (id, named) =
            (whole().replace("side-deal.pix", DRAFT_ID), whole().replace("Own <PIX> key", &title));
        for text in [id, named] {
            assert_eq!(refused(&text, &looked_at(&text), None, w), Some(w.of("refusal", "placeholder_left")));
        }
    }
}

#[test]
fn an_editor_in_which_nobody_has_typed_complains_of_nothing() {
    for language in Language::ALL {
        let text = draft("", Words::new(*language));
        let preview = looked_at(&text);
        assert!(preview.mistakes.is_empty() && preview.marked.iter().all(|run| run.class.is_empty()));
        assert!(!looked_at(&text.replace("query = ''", "query = '('")).mistakes.is_empty());
    }
}
