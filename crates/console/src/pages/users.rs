//! Users: who signs in, in which roles, and the second person's approval of roles that read content.

use std::collections::BTreeSet;

use aboveboard_ledger::{Command, view::UserRow};
use aboveboard_model::{
    access::{Actor, Permission, Role},
    id::{EmployeeId, Index, UserId},
    personal::Secret,
    pseudonym,
    refusal::Refusal,
    user,
};
use askama::Template;
use http::StatusCode;

use super::{
    alerts::{Done, done},
    people::Known,
};
use crate::{
    fields::{Fields, link},
    moment::{Clock, Moment},
    people,
    problem::Problem,
    reply::Reply,
    shell::Shell,
    visit::Visit,
    words::Words,
};

/// What given passwords are made of: no two look alike.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Letters of a given password: 100 bits.
const GIVEN_CHARS: usize = 20;
/// Letters that stand together in it.
const GIVEN_GROUP: usize = 5;
/// A short login may stand in a password by chance, which is then made again.
const GIVEN_TRIES_MAX: usize = 200;

/// Rows of one page: each has a form for each act.
const ROWS: usize = 25;

/// A line of the list.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    login: String,
    pseudonym: String,
    employee: Option<String>,
    /// Words of the roles held.
    roles: Vec<&'static str>,
    /// Roles that wait for a second person.
    pending: Option<Pending>,
    disabled: bool,
    /// Whether only places where the user has signed in before may try now.
    braked: bool,
    last_sign_in: Option<Moment>,
    is_me: bool,
    /// Whether the password is one that somebody else gave.
    is_given: bool,
}

/// A password that was just made for somebody, to be shown this once.
struct Given {
    login: String,
    password: String,
    until: Moment,
}

/// Roles that wait for a second person.
#[derive(Clone, Debug)]
struct Pending {
    roles: Vec<&'static str>,
    /// Who asked.
    by: String,
    /// Whether the visitor may be the second person.
    approvable: bool,
    /// Who gave a password since roles were last approved.
    gave: Option<Gave>,
}

/// A password that was given, as who approves is told about it.
#[derive(Clone, Debug)]
struct Gave {
    /// Who gave it, and when.
    said: String,
    /// That somebody replaced it, when, and whom to ask.
    replaced: Option<String>,
}

#[derive(Template)]
#[template(path = "users.html")]
struct Page {
    shell: Shell,
    w: Words,
    rows: Vec<Row>,
    /// Where the page begins, which an act leads back to; empty for the first.
    after: String,
    is_later: bool,
    next: Option<String>,
    roles: &'static [Role],
    may_write: bool,
    /// What was typed into the form that failed; never the password.
    login: String,
    failed: Option<String>,
    given: Option<Given>,
    done: Option<Done>,
}

/// Everybody who signs in, by what they type.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    page(visit, None, None)
}

fn page(visit: &Visit, failed: Option<String>, given: Option<Given>) -> Result<Reply, Problem> {
    let after = visit.query.get("after").or(visit.form.get("after"));
    let users = visit.ledger().users_page(visit.by()?, after, ROWS)?;
    let (me, may_approve) = (&visit.by()?.actor, visit.may(Permission::UserApprove));
    visit.page(&Page {
        shell: visit.shell_titled(visit.words.t("users.title")),
        w: visit.words,
        rows: users.rows.iter().map(|row| shown(row, me, may_approve, &visit.clock())).collect(),
        after: after.unwrap_or_default().to_owned(),
        is_later: after.is_some(),
        next: users.next.as_deref().map(|after| link("/users", &[("after", Some(after))])),
        roles: Role::ALL,
        may_write: visit.may(Permission::UserWrite),
        login: visit.form.text("login"),
        failed,
        given,
        done: done(visit),
    })
}

fn shown(row: &UserRow, me: &Actor, may_approve: bool, clock: &Clock) -> Row {
    let user = &row.user;
    let words = |roles: &BTreeSet<Role>| roles.iter().map(|role| role.word()).collect();
    let (is_me, given) = (*me == Actor::User(user.id), user.given.as_ref());
    Row {
        id: user.id.to_string(),
        login: user.login.0.clone(),
        pseudonym: pseudonym::user(user.id),
        employee: user.employee.map(pseudonym::employee),
        roles: words(&user.roles),
        pending: user.pending.as_ref().map(|pending| Pending {
            roles: words(&pending.roles),
            by: people::actor(clock.w, &pending.by, me),
            approvable: may_approve
                && !is_me
                && pending.by != *me
                && given.is_none_or(|given| given.by != *me && given.replaced_at.is_some()),
            gave: given.map(|given| gave(given, me, clock)),
        }),
        disabled: user.disabled,
        braked: !user.disabled && user.is_braked(clock.now),
        last_sign_in: row.last_sign_in_at.map(|at| clock.ago(at)),
        is_me,
        is_given: user.given_at().is_some(),
    }
}

fn gave(given: &user::Given, me: &Actor, clock: &Clock) -> Gave {
    let day = |at| clock.day_and_time(at).shown;
    let said = clock.w.with("users.gave", "who", people::actor(clock.w, &given.by, me));
    Gave {
        said: said.replace("{day}", &day(given.at)),
        replaced: given.replaced_at.map(|at| clock.w.with("users.replaced", "day", day(at))),
    }
}

/// Makes a user and shows the password once. Roles that read content wait for a second person.
pub(super) fn create(visit: &Visit) -> Result<Reply, Problem> {
    let _turn = visit.console.passwords.try_acquire().map_err(|_| Problem::Busy)?;
    match make(visit) {
        Err(Problem::Refused(refusal)) if refusal != Refusal::NotPermitted => {
            let failed = visit.words.of("refusal", refusal.code());
            Ok(page(visit, Some(failed), None)?.with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        other => other,
    }
}

fn make(visit: &Visit) -> Result<Reply, Problem> {
    let login = visit.form.text("login");
    let employee = employee(visit)?;
    let (password, hash) = new_password(visit, &login)?;
    let command =
        user::Command::Create { login: login.clone(), password: hash, roles: roles(&visit.form), employee };
    let decided = visit.ledger().decide(visit.by()?, Command::User(None, command))?;
    show_once(visit, login, password, decided.index)
}

/// A password that the program makes, and its hash.
fn new_password(visit: &Visit, login: &str) -> Result<(String, Secret), Problem> {
    let password = made(login).ok_or_else(|| Problem::Unavailable("no randomness for a password".into()))?;
    let hash = visit.ledger().hash_password(login, &password)?;
    Ok((password, hash))
}

/// The page with a password that is never shown again.
fn show_once(visit: &Visit, login: String, password: String, written: Index) -> Result<Reply, Problem> {
    visit.ledger().at_least(written)?;
    let until = visit.clock().day_and_time(visit.now + user::GIVEN_PASSWORD);
    Ok(page(visit, None, Some(Given { login, password, until }))?.wrote(written))
}

/// The employee that the user is, by the firm's reference.
fn employee(visit: &Visit) -> Result<Option<EmployeeId>, Problem> {
    let Some(reference) = visit.form.get("employee") else { return Ok(None) };
    let known = Known::read(visit, vec![])?;
    let row = known.find(reference).ok_or(Refusal::Malformed)?;
    Ok(Some(row.employee.id))
}

/// The roles that were ticked.
fn roles(form: &Fields) -> BTreeSet<Role> {
    form.all("role").filter_map(Role::from_word).collect()
}

/// Asks for other roles.
pub(super) fn set_roles(visit: &Visit) -> Result<Reply, Problem> {
    let roles = roles(&visit.form);
    decide(visit, Some(visit.part("id")?), user::Command::SetRoles { roles }, "roles_set")
}

/// Makes a password for somebody who forgot theirs and shows it once. It ends their sessions, and is good only to set another.
pub(super) fn give_password(visit: &Visit) -> Result<Reply, Problem> {
    let _turn = visit.console.passwords.try_acquire().map_err(|_| Problem::Busy)?;
    let id: UserId = visit.part("id")?;
    let login = visit.ledger().user(visit.by()?, id)?.user.login.0;
    let (password, hash) = new_password(visit, &login)?;
    let command = Command::User(Some(id), user::Command::GivePassword { password: hash });
    let decided = visit.ledger().decide(visit.by()?, command)?;
    visit.console.sessions.close_all(id);
    show_once(visit, login, password, decided.index)
}

/// A password of [`GIVEN_CHARS`] random letters and digits in groups; `None` where the machine has no randomness to give.
fn made(login: &str) -> Option<String> {
    for _ in 0..GIVEN_TRIES_MAX {
        let mut bytes = [0; GIVEN_CHARS];
        getrandom::fill(&mut bytes).ok()?;
        // 32 letters divide 256: each is as likely as any other.
        let letters = bytes.map(|byte| LETTERS[usize::from(byte) % LETTERS.len()]);
        let groups: Vec<&str> = letters.chunks(GIVEN_GROUP).flat_map(std::str::from_utf8).collect();
        let password = groups.join("-");
        if user::check_password(login, &password).is_ok() {
            return Some(password);
        }
    }
    None
}

/// Grants what waits: the second pair of eyes.
pub(super) fn approve(visit: &Visit) -> Result<Reply, Problem> {
    decide(visit, Some(visit.part("id")?), user::Command::Approve, "approved")
}

/// Lets somebody sign in no more.
pub(super) fn disable(visit: &Visit) -> Result<Reply, Problem> {
    decide(visit, Some(visit.part("id")?), user::Command::Disable, "disabled")
}

/// Lets somebody sign in again.
pub(super) fn enable(visit: &Visit) -> Result<Reply, Problem> {
    decide(visit, Some(visit.part("id")?), user::Command::Enable, "enabled")
}

fn decide(visit: &Visit, id: Option<UserId>, command: user::Command, word: &str) -> Result<Reply, Problem> {
    let decided = visit.ledger().decide(visit.by()?, Command::User(id, command))?;
    let here = link("/users", &[("after", visit.form.get("after")), ("done", Some(word))]);
    Ok(Reply::to(&here).wrote(decided.index))
}

#[cfg(test)]
mod tests {
    use aboveboard_model::user::User;

    use super::*;
    use crate::bubble::tests::clock;

    fn user(id: u64, login: &str, roles: &[Role]) -> UserRow {
        let event = user::Event::Created {
            login: login.into(),
            password: Secret::new("$argon2id$hash"),
            roles: roles.iter().copied().collect(),
            employee: None,
        };
        let last = Some("2025-11-05T11:00:00Z".parse().unwrap());
        UserRow { user: User::create(UserId(id << 44), &event).unwrap(), last_sign_in_at: last }
    }

    fn asked(mut row: UserRow, by: u64) -> UserRow {
        let roles = [Role::Reviewer].into_iter().collect();
        let event = user::Event::RolesRequested { roles };
        row.user.apply(&event, &Actor::User(UserId(by << 44)), clock().now);
        row
    }

    fn html(rows: &[UserRow], me: u64, may_write: bool, may_approve: bool) -> String {
        let shell = Shell::sample("Users");
        let me = Actor::User(UserId(me << 44));
        let page = Page {
            w: shell.w,
            rows: rows.iter().map(|row| shown(row, &me, may_approve, &clock())).collect(),
            after: "user_0000000000007".into(),
            is_later: true,
            next: Some("/users?after=user_0000000000009".into()),
            roles: Role::ALL,
            may_write,
            login: "<typed>".into(),
            failed: Some("No.".into()),
            given: None,
            done: None,
            shell,
        };
        page.render().unwrap()
    }

    #[test]
    fn a_user_is_listed_with_roles_and_never_with_a_password() {
        let html = html(&[user(2, "ana <b> مرحبا \0", &[Role::Administrator])], 1, true, false);
        assert!(
            html.contains("ana &#60;b&#62;") && html.contains("Administrator") && html.contains("1 h ago")
        );
        assert!(!html.contains("argon2id") && html.contains("value=\"&#60;typed&#62;\""));
        assert!(html.contains("/disable") && !html.contains("/enable"));
    }

    #[test]
    fn a_page_leads_on_its_acts_lead_back_to_it_and_it_stays_small() {
        let login = |n: usize| format!("somebody.with.a.long.name-{n}@a-firm-with-a-long-name.example");
        let rows: Vec<_> = (0..ROWS).map(|n| asked(user(n as u64 + 9, &login(n), Role::ALL), 1)).collect();
        let html = html(&rows, 2, true, true);
        assert!(
            html.contains("href=\"/users?after=user_0000000000009\"")
                && html.contains("href=\"/users\">First")
        );
        let forms = html.matches("<form method=\"post\" action=\"/users").count();
        assert_eq!(html.matches("name=\"after\" value=\"user_0000000000007\"").count(), forms);
        assert!(html.len() < 100_000, "{}", html.len());
    }

    #[test]
    fn only_a_second_person_is_offered_the_approval() {
        let rows = [asked(user(3, "new", &[]), 1)];
        assert!(html(&rows, 2, false, true).contains("/approve"));
        for (me, may) in [(1, true), (3, true), (2, false)] {
            assert!(!html(&rows, me, false, may).contains("/approve"), "{me}");
        }
        assert!(html(&rows, 2, false, true).contains("Reviewer waits for a second person"));
    }

    #[test]
    fn who_approves_is_told_who_gave_a_password_and_whom_to_ask() {
        let given = |at: &str| user::Given {
            by: Actor::User(UserId(1 << 44)),
            at: at.parse().unwrap(),
            replaced_at: None,
        };
        let mut row = asked(user(3, "new", &[]), 5);
        row.user.given = Some(given("2025-11-04T09:00:00Z"));
        let early = html(&[row.clone()], 2, false, true);
        let who = pseudonym::user(UserId(1 << 44));
        assert!(
            early.contains(&format!("to this person by {who}")) && early.contains("Tue 4 Nov"),
            "{early}"
        );
        assert!(!early.contains("/approve") && !early.contains("Ask"));
        let mut replaced = given("2025-11-04T09:00:00Z");
        replaced.replaced_at = Some("2025-11-05T08:00:00Z".parse().unwrap());
        row.user.given = Some(replaced);
        let late = html(&[row.clone()], 2, false, true);
        assert!(late.contains("Wed 5 Nov") && late.contains("Ask this person") && late.contains("/approve"));
        assert!(!html(&[row], 1, false, true).contains("/approve"), "who gave it approves nothing");
    }

    #[test]
    fn a_disabled_and_a_braked_user_are_told_apart() {
        let mut disabled = user(2, "a", &[]);
        disabled.user.disabled = true;
        let mut braked = user(3, "b", &[]);
        let failure = |place| user::Failure { at: clock().now, from: user::Place(place) };
        braked.user.failures = (0..user::FAILURES_ANYWHERE_MAX as u64).map(failure).collect();
        let html = html(&[disabled, braked], 1, true, false);
        assert!(html.contains("Disabled") && html.contains("Braked") && html.contains("/enable"));
    }

    #[test]
    fn a_given_password_is_random_and_good_whatever_the_login() {
        for login in ["a", "2", "ana@aurora.example", "مرحبا <b>", ""] {
            let passwords = [made(login).unwrap(), made(login).unwrap()];
            assert_ne!(passwords[0], passwords[1]);
            for password in passwords {
                assert_eq!(user::check_password(login, &password), Ok(()), "{login} {password}");
                assert_eq!(password.len(), GIVEN_CHARS + GIVEN_CHARS / GIVEN_GROUP - 1);
            }
        }
    }

    #[test]
    fn who_may_not_write_is_offered_no_form() {
        assert!(
            !html(&[user(2, "a", &[])], 1, false, false).contains("<form method=\"post\" action=\"/users")
        );
    }

    #[test]
    fn roles_that_do_not_exist_are_left_out() {
        let form = Fields::parse(b"role=reviewer&role=root&role=auditor");
        assert_eq!(roles(&form), BTreeSet::from([Role::Reviewer, Role::Auditor]));
    }
}
