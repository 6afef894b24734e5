//! One's own account: language, theme, keys, password.

use aboveboard_ledger::Command;
use aboveboard_model::{access::Actor, pseudonym, refusal::Refusal, user};
use askama::Template;
use http::StatusCode;

use crate::{
    cookies,
    moment::Moment,
    preferences::Theme,
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::{Language, Words},
};

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    shell: Shell,
    w: Words,
    login: String,
    pseudonym: String,
    roles: Vec<String>,
    languages: &'static [Language],
    themes: &'static [Theme],
    /// Until when the password works, where somebody else gave it.
    given_until: Option<Moment>,
    failed: Option<String>,
    done: Option<String>,
}

/// Who one is to the program, and what one may change about it.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    page(visit, None)
}

/// Sets how this browser shows the pages: language, theme, keys.
pub(super) fn settings(visit: &Visit) -> Result<Reply, Problem> {
    let language = visit.form.get("language").and_then(Language::from_tag).ok_or(Problem::Unreadable)?;
    let theme = visit.form.get("theme").and_then(Theme::from_word).ok_or(Problem::Unreadable)?;
    let keys = if visit.form.ticked("keys") { "on" } else { cookies::KEYS_OFF };
    let cookie = |name, value| cookies::prefer(&visit.console.settings, name, value);
    Ok(Reply::to("/account?done=saved")
        .with_cookie(cookie(cookies::LANGUAGE, language.tag()))
        .with_cookie(cookie(cookies::THEME, theme.word()))
        .with_cookie(cookie(cookies::KEYS, keys)))
}

/// Sets another password, if the old one is known, and ends the person's other sessions.
pub(super) fn password(visit: &Visit) -> Result<Reply, Problem> {
    let _turn = visit.console.passwords.try_acquire().map_err(|_| Problem::Busy)?;
    match set_password(visit) {
        Ok(reply) => Ok(reply),
        Err(Problem::Refused(refusal)) => {
            let failed = visit.words.of("refusal", refusal.code());
            Ok(page(visit, Some(failed))?.with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(problem) => Err(problem),
    }
}

fn set_password(visit: &Visit) -> Result<Reply, Problem> {
    let viewer = visit.viewer()?;
    let Actor::User(me) = viewer.by.actor else { return Err(Problem::SignedOut) };
    let [old, new, again] = ["old", "new", "again"].map(|field| visit.form.raw(field).unwrap_or_default());
    if new != again {
        return Err(Refusal::Malformed.into());
    }
    visit.ledger().sign_in(&viewer.login, old, visit.from)?;
    if new == old {
        return Err(Refusal::SamePassword.into());
    }
    let password = visit.ledger().hash_password(&viewer.login, new)?;
    let command = Command::User(Some(me), user::Command::SetPassword { password });
    let decided = visit.ledger().decide(&viewer.by, command)?;
    visit.console.sessions.close_others(me, viewer.session);
    // The next page is for somebody with a password of their own.
    visit.ledger().at_least(decided.index)?;
    let on = if viewer.given_at.is_some() { "/" } else { "/account?done=password_set" };
    Ok(Reply::to(on).wrote(decided.index))
}

fn page(visit: &Visit, failed: Option<String>) -> Result<Reply, Problem> {
    let viewer = visit.viewer()?;
    let done = visit.query.get("done").filter(|done| visit.words.has("done", done));
    visit.page(&Page {
        shell: visit.shell(),
        w: visit.words,
        login: viewer.login.clone(),
        pseudonym: viewer.by.actor.user().map(pseudonym::user).unwrap_or_default(),
        roles: viewer.by.roles.iter().map(|role| visit.words.of("role", role.word())).collect(),
        languages: Language::ALL,
        themes: Theme::ALL,
        given_until: viewer.given_at.map(|at| visit.clock().day_and_time(at + user::GIVEN_PASSWORD)),
        failed,
        done: done.map(|done| visit.words.of("done", done)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_who_one_is_and_offers_every_language() {
        let shell = Shell::sample("Account");
        let page = Page {
            w: shell.w,
            shell,
            login: "<rita>".into(),
            pseudonym: "U-0001".into(),
            roles: vec!["Reviewer".into()],
            languages: Language::ALL,
            themes: Theme::ALL,
            given_until: None,
            failed: None,
            done: None,
        };
        let html = page.render().unwrap();
        assert!(html.contains("<option value=\"system\" selected>"), "{html}");
        assert!(html.contains("&#60;rita&#62;") && html.contains("Reviewer"));
        for language in Language::ALL {
            assert!(html.contains(language.own_name()));
        }
    }
}
