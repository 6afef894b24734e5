//! The administrator keeps the house and reads nothing in it.

use aboveboard_model::access::Role;

use super::{
    samples::{Samples, path},
    visitor::{Answer, Visitor},
};

/// Everything that an administrator may open.
const OWN: &[&str] =
    &["/", "/overview", "/account", "/people", "/sources", "/sources/coverage", "/users", "/log"];

#[tokio::test]
async fn the_administrator_reaches_no_content_by_any_address_that_somebody_else_knows() {
    let samples = Samples::found().await;
    let addresses = addresses(samples);

    let reviewer = Visitor::signed_in(Role::Reviewer).await;
    let mut seen = String::new();
    for address in &addresses {
        let answer = reviewer.ask(address).await;
        assert_eq!(answer.status, 200, "{address} for a reviewer");
        seen.push_str(&answer.text);
    }
    assert!(
        samples.words.iter().any(|words| seen.contains(words)),
        "the words stand on the pages of a reviewer"
    );
    reviewer.leave().await;

    let administrator = Visitor::signed_in(Role::Administrator).await;
    for address in &addresses {
        let answer = administrator.ask(address).await;
        assert_eq!(answer.status, 403, "{address}");
        tells_nothing(&answer, samples, address);
    }
    for address in OWN.iter().copied().chain([samples.entry.as_str(), &format!("{}/proof", samples.entry)]) {
        let answer = administrator.ask(address).await;
        let fixed_later = answer.status == 404 && address.ends_with("/proof");
        assert!(answer.status == 200 || fixed_later, "{address}: {}", answer.status);
        tells_nothing(&answer, samples, address);
    }
    let export = format!("{}/export", samples.entry);
    let answer = administrator.ask(&export).await;
    assert_eq!(answer.status, 403, "{export}");
    tells_nothing(&answer, samples, &export);
    leave_refused(administrator).await;
}

#[tokio::test]
async fn the_administrator_changes_no_alert_case_or_policy() {
    let samples = Samples::found().await;
    let administrator = Visitor::signed_in(Role::Administrator).await;
    let (alert, case) = (path(&samples.alert), path(&samples.case));
    let forms = [
        (alert, "/claim", ""),
        (alert, "/release", ""),
        (alert, "/dismiss", "reason=other&note=Mine"),
        (alert, "/confirm", ""),
        (alert, "/escalate", "note=Please look."),
        (alert, "/note", "note=Hm."),
        (alert, "/reopen", ""),
        (alert, "/case", "title=Mine"),
        (case, "/note", "note=Hm."),
        (case, "/add", "alert=1"),
        (case, "/close", "outcome=unfounded&reason=Nothing."),
        (case, "/reopen", ""),
        ("/policies", "/new", "source="),
        ("/policies/side-deal.cash", "/edit", "source="),
        ("/policies/side-deal.cash", "/retire", ""),
        ("/registry", "/add", ""),
    ];
    for (page, act, fields) in forms {
        let answer = administrator.send(&format!("{page}{act}"), fields).await;
        assert_eq!(answer.status, 403, "{page}{act}");
        tells_nothing(&answer, samples, page);
    }
    leave_refused(administrator).await;
}

/// Leaves where the browser complained of refusals and of nothing else.
async fn leave_refused(visitor: Visitor) {
    let complaints = visitor.complaints().await;
    let is_refusal = |one: &&String| one.contains("status of 403 ") || one.contains("status of 404 ");
    let others: Vec<&String> = complaints.iter().filter(|one| !is_refusal(one)).collect();
    assert!(others.is_empty(), "{others:?}");
    visitor.leave().await;
}

/// Addresses that show content to a reviewer.
fn addresses(samples: &Samples) -> Vec<String> {
    let known = [&samples.alert, &samples.case, &samples.conversation, &samples.media];
    let alone = known.iter().map(|address| path(address).to_owned());
    let question =
        ["/alerts", "/alerts?state=closed", "/cases", "/conversations", "/search?q=direction%3Aout"];
    known.iter().map(|address| (*address).clone()).chain(alone).chain(question.map(str::to_owned)).collect()
}

fn tells_nothing(answer: &Answer, samples: &Samples, address: &str) {
    for words in &samples.words {
        assert!(!answer.text.contains(words), "{address} tells: {words}");
    }
}
