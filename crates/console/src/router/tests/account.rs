//! Tests of one's own account: settings of the browser, one's password, and passwords that somebody else gave.

use super::*;

/// What an administrator, a reviewer and a compliance officer do in one house.
struct House {
    server: Server,
    rita: UserId,
    admin: String,
    officer: String,
}

impl House {
    async fn new() -> Self {
        let server = Server::new();
        server.make("adam", Role::Administrator);
        server.make("olga", Role::ComplianceOfficer);
        let rita = server.make("rita", Role::Reviewer);
        let (admin, officer) = (server.sign_in("adam").await, server.sign_in("olga").await);
        Self { server, rita, admin, officer }
    }

    /// Sends a form of a session, with its token.
    async fn send(&self, path: &str, cookie: &str, form: &str) -> Answer {
        send(&self.server, path, cookie, form).await
    }

    /// The password that the administrator is shown for Rita.
    async fn give(&self) -> String {
        self.shown(&format!("/users/{}/password", self.rita), "").await
    }

    /// The password that the administrator is shown for a form.
    async fn shown(&self, path: &str, form: &str) -> String {
        let answer = self.send(path, &self.admin, form).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let (_, rest) = answer.text.split_once("<code class=\"secret\">").unwrap();
        rest.split('<').next().unwrap().to_owned()
    }

    fn id(&self, login: &str) -> UserId {
        let users = self.server.ledger.users(&By::command_line()).unwrap();
        users.iter().find(|row| row.user.login.0 == login).unwrap().user.id
    }

    async fn enter(&self, password: &str) -> Answer {
        let form = format!("login=rita&password={}", password.replace(' ', "+"));
        self.server.post("/sign-in", "", ORIGIN_OWN, &form).await
    }
}

async fn send(server: &Server, path: &str, cookie: &str, form: &str) -> Answer {
    let token = server.token(cookie).await;
    server.post(path, cookie, ORIGIN_OWN, &format!("{form}&form_token={token}")).await
}

fn passwords(old: &str, new: &str, again: &str) -> String {
    format!("old={old}&new={new}&again={again}").replace(' ', "+")
}

#[tokio::test]
async fn settings_are_kept_in_the_browser_and_only_what_is_offered_is_taken() {
    let server = Server::new();
    server.make("rita", Role::Reviewer);
    let cookie = server.sign_in("rita").await;
    let page = server.get("/account", &format!("{cookie}; theme=dark; keys=off; language=pt-BR")).await.text;
    assert!(page.contains("<html lang=\"pt-BR\" data-keys=\"off\" data-theme=\"dark\">"), "{page}");
    for odd in ["theme=\"><script>alert(1)</script>", "theme=da%00rk", "theme=%D9%85", "theme=DARK; keys=no"]
    {
        let page = server.get("/account", &format!("{cookie}; {odd}")).await.text;
        assert!(page.contains("data-keys=\"on\" data-theme=\"system\""), "{odd}");
    }
    for (form, wanted) in [
        ("language=en&theme=light&keys=on", StatusCode::SEE_OTHER),
        ("language=en&theme=light", StatusCode::SEE_OTHER),
        ("language=en&theme=%3Cscript%3E", StatusCode::BAD_REQUEST),
        ("language=en&theme=li%00ght", StatusCode::BAD_REQUEST),
        ("language=xx&theme=light", StatusCode::BAD_REQUEST),
        ("theme=light", StatusCode::BAD_REQUEST),
    ] {
        let answer = send(&server, "/account/settings", &cookie, form).await;
        assert_eq!(answer.status, wanted, "{form}: {}", answer.text);
    }
}

#[tokio::test]
async fn ones_password_takes_the_one_now_and_wrong_ones_lock_the_place() {
    let server = Server::new();
    server.make("rita", Role::Reviewer);
    let (cookie, other) = (server.sign_in("rita").await, server.sign_in("rita").await);
    let new = "another long password";
    let try_it = async |form: String| send(&server, "/account/password", &cookie, &form).await;
    for refused in [
        passwords(PASSWORD, new, "not the same one"),
        passwords(PASSWORD, "short", "short"),
        passwords(PASSWORD, "my rita password", "my rita password"),
        passwords("wrong <script>", new, new),
        passwords("%00", new, new),
        passwords("مرحبا", new, new),
    ] {
        let answer = try_it(refused.clone()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
        assert!(!answer.text.contains("<script>") && !answer.text.contains("another+long"), "{refused}");
    }
    assert_eq!(try_it(passwords(PASSWORD, new, new)).await.location, "/account?done=password_set");
    assert!(server.get("/account", &other).await.location.starts_with("/sign-in"), "other sessions end");
    assert_eq!(server.get("/account", &cookie).await.status, StatusCode::OK);
    for _ in 0..user::FAILURES_MAX {
        try_it(passwords(PASSWORD, new, new)).await;
    }
    let locked = try_it(passwords(new, "a third long password", "a third long password")).await;
    assert_eq!(locked.status, StatusCode::UNPROCESSABLE_ENTITY, "the right one, too late");
}

#[tokio::test]
async fn a_given_password_ends_sessions_is_good_for_an_own_one_only_and_leaves_guarded_roles_to_two() {
    let house = House::new().await;
    let server = &house.server;
    let before = server.sign_in("rita").await;
    let given = house.give().await;
    assert!(server.get("/alerts", &before).await.location.starts_with("/sign-in"));
    assert_eq!(house.enter(PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let users = server.get("/users", &house.admin).await.text;
    assert!(!users.contains(&given) && users.contains("password given"), "shown once");

    let rita = house.enter(&given).await.cookie;
    for route in pages::ALL.iter().filter(|route| route.permission.is_some()) {
        if BEFORE_OWN_PASSWORD.contains(&route.path) {
            continue;
        }
        let answer = match route.verb {
            Verb::See => server.get(&path(route), &rita).await,
            Verb::Change => house.send(&path(route), &rita, "").await,
        };
        let wanted = match route.is_api {
            true => (StatusCode::FORBIDDEN, ""),
            false => (StatusCode::SEE_OTHER, "/account"),
        };
        assert_eq!((answer.status, answer.location.as_str()), wanted, "{}", route.path);
    }
    let account = server.get("/account", &rita).await.text;
    assert!(account.contains("Somebody else knows") && !account.contains("href=\"/alerts\""), "{account}");
    let own = "an own long password";
    let wrong = house.send("/account/password", &rita, &passwords("wrong", own, own)).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let same = house.send("/account/password", &rita, &passwords(&given, &given, &given)).await;
    assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY, "who gave it knows it");
    let approve = format!("/users/{}/approve", house.rita);
    assert!(!server.get("/users", &house.officer).await.text.contains(&approve), "not offered yet");
    let early = house.send(&approve, &house.officer, "").await;
    assert_eq!(early.status, StatusCode::CONFLICT, "{}", early.text);
    let done = house.send("/account/password", &rita, &passwords(&given, own, own)).await;
    assert_eq!((done.status, done.location.as_str()), (StatusCode::SEE_OTHER, "/"), "{}", done.text);

    assert_eq!(server.get("/alerts", &rita).await.status, StatusCode::FORBIDDEN, "the role waits");
    let told = server.get("/users", &house.officer).await.text;
    let adam = pseudonym::user(house.id("adam"));
    assert!(
        told.contains(&format!("to this person by {adam}")) && told.contains("Ask this person"),
        "{told}"
    );
    assert_eq!(house.send(&approve, &house.admin, "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.send(&approve, &house.officer, "").await.status, StatusCode::SEE_OTHER);
    assert!(!server.get("/users", &house.officer).await.text.contains("waits for a second person"));
    assert_eq!(server.get("/alerts", &rita).await.status, StatusCode::OK);
    assert_eq!(house.enter(&given).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn who_may_not_gives_no_password_and_a_given_one_ends_after_a_day() {
    let house = House::new().await;
    let rita = house.server.sign_in("rita").await;
    let path = format!("/users/{}/password", house.rita);
    for cookie in [&rita, &house.officer] {
        assert_eq!(house.send(&path, cookie, "").await.status, StatusCode::FORBIDDEN);
    }
    let nobody = house.send("/users/user_zzzzzzzzzzzzz/password", &house.admin, "").await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    let own = house.send(&format!("/users/{}/password", house.id("adam")), &house.admin, "").await;
    assert_eq!(own.status, StatusCode::CONFLICT, "{}", own.text);
    assert_eq!(house.server.get("/account", &rita).await.status, StatusCode::OK, "nothing has changed");

    let given = house.give().await;
    house.server.wait(24 * 60 - 1);
    assert_eq!(house.enter(&given).await.status, StatusCode::SEE_OTHER);
    house.server.wait(1);
    assert_eq!(house.enter(&given).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_user_whom_an_administrator_makes_gets_a_made_password_and_sets_an_own_one_first() {
    let house = House::new().await;
    let form = format!("login=new&password={}&role=auditor", PASSWORD.replace(' ', "+"));
    let given = house.shown("/users/new", &form).await;
    assert_ne!(given, PASSWORD, "nobody chooses somebody else's");
    let users = house.server.get("/users", &house.admin).await.text;
    assert!(users.contains("password given") && !users.contains(&given), "shown once");
    let enter = async |password: &str| {
        let form = format!("login=new&password={}", password.replace(' ', "+"));
        house.server.post("/sign-in", "", ORIGIN_OWN, &form).await
    };
    assert_eq!(enter(PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let cookie = enter(&given).await.cookie;
    assert_eq!(house.server.get("/log", &cookie).await.location, "/account");
    let own = "an own long password";
    house.send("/account/password", &cookie, &passwords(&given, own, own)).await;
    assert_eq!(house.server.get("/log", &cookie).await.status, StatusCode::OK);
}
