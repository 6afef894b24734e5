//! Tests of a policy's page and of the editor.

use aboveboard_model::{document::Document, id::UserId};

use super::*;
use crate::{
    bubble::tests::clock,
    pages::policies::tests::{TEXT, policy},
};

fn html(versions: &[PolicyRow], wanted: Option<u32>, may_write: bool) -> String {
    let shell = Shell::sample("Policy");
    let policy = shown(versions, wanted, &Actor::User(UserId(1)), &clock()).unwrap();
    let lifecycle = lifecycle("in_force");
    Page { w: shell.w, shell, policy, lifecycle, may_write, done: None }.render().unwrap()
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

#[test]
fn a_policy_is_told_in_plain_words_with_its_text_and_its_versions() {
    let old = TEXT.replace("high", "low");
    let versions = [policy("side-deal.pix", 2, TEXT, true), policy("side-deal.pix", 1, &old, false)];
    let html = html(&versions, None, true);
    assert!(html.contains("Own &#60;PIX&#62; key") && html.contains("Matches when"), "{html}");
    assert!(html.contains("/policies/side-deal.pix/edit") && html.contains("/policies/side-deal.pix/retire"));
    assert!(html.contains("?version=1") && html.contains("href=\"/log/42\""));
}

#[test]
fn an_earlier_version_is_shown_as_one_and_not_edited() {
    let old = TEXT.replace("high", "low");
    let versions = [policy("side-deal.pix", 2, TEXT, true), policy("side-deal.pix", 1, &old, false)];
    let html = html(&versions, Some(1), true);
    assert!(html.contains("severity = &#34;low&#34;") && html.contains("an earlier version"), "{html}");
    assert!(!html.contains("/retire"));
    assert!(shown(&versions, Some(9), &Actor::CommandLine, &clock()).is_none());
    assert!(shown(&[], None, &Actor::CommandLine, &clock()).is_none());
}

#[test]
fn who_may_not_write_is_offered_nothing() {
    let html = html(&[policy("side-deal.pix", 1, TEXT, true)], None, false);
    assert!(!html.contains("<form method=\"post\" action=\"/policies"));
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
    assert_eq!(refused(TEXT, &looked_at(TEXT), Some("side-deal.pix"), w), None);
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
fn a_version_shows_what_changed_since_the_one_before() {
    let old = TEXT.replace("high", "low");
    let versions = [policy("side-deal.pix", 2, TEXT, true), policy("side-deal.pix", 1, &old, false)];
    let newest = html(&versions, None, true);
    let squeezed: String = newest.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(squeezed.contains("severity = &#34;low&#34;</del>"), "{newest}");
    assert!(squeezed.contains("severity = &#34;high&#34;</ins>"));
    assert!(!html(&versions, Some(1), true).contains("</del>"), "the first version changed nothing");
}

#[test]
fn a_policy_whose_examples_fail_is_not_published() {
    let text = format!("{TEXT}[[example]]\ntext = 'nothing of the kind'\nexpect = \"match\"\n");
    let html = edited(&text, None);
    assert!(html.contains("An example does not come out as it says."), "{html}");
    assert!(html.contains("data-previews=\"/policies/preview\"") && html.contains("aria-current=\"step\""));
}
