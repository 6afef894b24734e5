//! The first run: one administrator, who sees no content, and one compliance officer, who does.

use aboveboard_ledger::{By, Command};
use aboveboard_model::{access::Role, refusal::Refusal, user};
use askama::Template;

use crate::{guard, problem::Problem, reply::Reply, shell::Shell, visit::Visit, words::Words};

#[derive(Template)]
#[template(path = "first_run.html")]
struct Page {
    shell: Shell,
    w: Words,
    administrator: String,
    officer: String,
    failed: Option<String>,
}

/// The form, while there is nobody yet and the server has a code to ask for.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    open(visit)?;
    form(visit, None)
}

/// Makes both users, if the code is the one that the server printed.
pub(super) fn make(visit: &Visit) -> Result<Reply, Problem> {
    let _turn = visit.console.passwords.try_acquire().map_err(|_| Problem::Busy)?;
    let code = open(visit)?;
    if !guard::same(&visit.form.text("code"), code) {
        return failed(visit, visit.words.t("first_run.wrong_code"));
    }
    let names = [visit.form.text("administrator"), visit.form.text("officer")];
    if names[0].eq_ignore_ascii_case(&names[1]) {
        return failed(visit, visit.words.t("first_run.same_name"));
    }
    let roles = [Role::Administrator, Role::ComplianceOfficer];
    match create(visit, &names, roles) {
        Ok(()) => Ok(Reply::to("/sign-in?done=first_run")),
        Err(Problem::Refused(refusal)) => failed(visit, visit.words.of("refusal", refusal.code())),
        Err(problem) => Err(problem),
    }
}

/// Both passwords are checked before either user is made.
fn create(visit: &Visit, names: &[String; 2], roles: [Role; 2]) -> Result<(), Problem> {
    let fields = ["administrator_password", "officer_password"];
    let mut commands = Vec::new();
    for ((login, role), field) in names.iter().zip(roles).zip(fields) {
        let password = visit.ledger().hash_password(login, visit.form.raw(field).unwrap_or_default())?;
        let roles = [role].into_iter().collect();
        commands.push(user::Command::Create { login: login.clone(), password, roles, employee: None });
    }
    for command in commands {
        let decided = visit.ledger().decide(&By::system("first-run"), Command::User(None, command))?;
        visit.ledger().at_least(decided.index)?;
    }
    Ok(())
}

/// The code to ask for.
///
/// # Errors
/// Not found, once there is a user or where the server has no code.
fn open(visit: &Visit) -> Result<&str, Problem> {
    let code = visit.console.settings.setup_code.as_ref().ok_or(Problem::NOT_FOUND)?;
    if visit.ledger().first_run()? { Ok(code.reveal()) } else { Err(Refusal::NotFound.into()) }
}

fn failed(visit: &Visit, text: String) -> Result<Reply, Problem> {
    Ok(form(visit, Some(text))?.with_status(http::StatusCode::UNPROCESSABLE_ENTITY))
}

fn form(visit: &Visit, failed: Option<String>) -> Result<Reply, Problem> {
    visit.page(&Page {
        shell: visit.shell(),
        w: visit.words,
        administrator: visit.form.text("administrator"),
        officer: visit.form.text("officer"),
        failed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_keeps_names_and_never_passwords() {
        let shell = Shell::sample("First run");
        let page = Page {
            w: shell.w,
            shell,
            administrator: "ana".into(),
            officer: "<b>".into(),
            failed: Some("No.".into()),
        };
        let html = page.render().unwrap();
        assert!(html.contains("value=\"ana\"") && html.contains("&#60;b&#62;"), "{html}");
        assert_eq!(html.matches("type=\"password\"").count(), 2);
    }
}
