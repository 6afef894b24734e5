//! Sign-in and sign-out.

use aboveboard_ledger::Error;
use aboveboard_model::refusal::Refusal;
use askama::Template;

use crate::{cookies, problem::Problem, reply::Reply, shell::Shell, visit::Visit, words::Words};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    shell: Shell,
    w: Words,
    login: String,
    next: String,
    /// What went wrong: one text for a wrong name, a wrong password and a lock.
    failed: Option<String>,
    /// What was done just before.
    done: Option<String>,
}

/// The form; who is signed in already goes on.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    if visit.viewer.is_some() {
        return Ok(Reply::to(next(visit.query.get("next"))));
    }
    if visit.console.settings.setup_code.is_some() && visit.ledger().first_run()? {
        return Ok(Reply::to("/first-run"));
    }
    let done = visit.query.get("done").filter(|done| visit.words.has("done", done));
    visit.page(&Page {
        shell: visit.shell(),
        w: visit.words,
        login: String::new(),
        next: next(visit.query.get("next")).to_owned(),
        failed: None,
        done: done.map(|done| visit.words.of("done", done)),
    })
}

/// Opens a session under a new token.
pub(super) fn enter(visit: &Visit) -> Result<Reply, Problem> {
    let _turn = visit.console.passwords.try_acquire().map_err(|_| Problem::Busy)?;
    let login = visit.form.text("login");
    let password = visit.form.raw("password").unwrap_or_default();
    let signed = match visit.ledger().sign_in(&login, password, visit.from) {
        Ok(signed) => signed,
        Err(Error::Refused(Refusal::SignInFailed)) => return again(visit, login),
        Err(error) => return Err(error.into()),
    };
    if let Some(viewer) = &visit.viewer {
        visit.console.sessions.close(viewer.session);
    }
    let no_randomness = || Problem::Unavailable("no randomness for a session".into());
    let token = visit.console.sessions.open(signed.user, visit.now).ok_or_else(no_randomness)?;
    let cookie = cookies::open_session(&visit.console.settings, &token);
    Ok(Reply::to(next(visit.form.get("next"))).with_cookie(cookie))
}

/// Ends the session here and in the log.
pub(super) fn leave(visit: &Visit) -> Result<Reply, Problem> {
    let viewer = visit.viewer()?;
    visit.console.sessions.close(viewer.session);
    visit.ledger().sign_out(&viewer.by)?;
    let cookie = cookies::close_session(&visit.console.settings);
    Ok(Reply::to("/sign-in?done=signed_out").with_cookie(cookie))
}

fn again(visit: &Visit, login: String) -> Result<Reply, Problem> {
    let page = Page {
        shell: visit.shell(),
        w: visit.words,
        login,
        next: next(visit.form.get("next")).to_owned(),
        failed: Some(visit.words.of("refusal", Refusal::SignInFailed.code())),
        done: None,
    };
    Ok(visit.page(&page)?.with_status(http::StatusCode::UNPROCESSABLE_ENTITY))
}

/// Where to go after sign-in: a path of our own, or the first page.
fn next(wanted: Option<&str>) -> &str {
    // Browsers drop tabs and line ends from addresses, so that `/<tab>/host` would lead to another host.
    let odd = |letter: char| letter == '\\' || letter.is_control();
    let own = |path: &&str| path.starts_with('/') && !path.starts_with("//") && !path.contains(odd);
    wanted.filter(own).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_in_leads_nowhere_else() {
        let cases = [
            (Some("/alerts?state=mine"), "/alerts?state=mine"),
            (Some("//evil.example"), "/"),
            (Some("/\t/evil.example"), "/"),
            (Some("/\u{b}x"), "/"),
            (Some("/\\evil.example"), "/"),
            (Some("https://evil.example"), "/"),
            (None, "/"),
        ];
        for (wanted, got) in cases {
            assert_eq!(next(wanted), got, "{wanted:?}");
        }
    }

    #[test]
    fn the_form_shows_one_text_for_every_failure() {
        let shell = Shell::sample("Sign in");
        let failed = Some(shell.w.of("refusal", Refusal::SignInFailed.code()));
        let login = "\"><script>".to_owned();
        let page = Page { w: shell.w, shell, login, next: "/".into(), failed, done: None };
        let html = page.render().unwrap();
        assert!(!html.contains("<script>"), "{html}");
        assert!(html.contains("role=\"alert\""));
    }
}
