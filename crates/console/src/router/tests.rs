//! Tests of the router on a real ledger: who gets through to a page, and what stops everybody else.

use std::{
    io::{Cursor, Read},
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    task::Poll,
};

use aboveboard_ledger::{Command, DEPLOYMENT_KEY_BYTES, DeploymentKey, Derive, Fact, Options};
use aboveboard_model::{
    access::{Permission, Role},
    event::Event,
    features::Features,
    id::UserId,
    personal::Secret,
    pseudonym, user,
};
use http::{
    Request as HttpRequest, StatusCode,
    header::{CONTENT_DISPOSITION, COOKIE, LOCATION, ORIGIN, SET_COOKIE},
};
use jiff::Timestamp;
use tempfile::TempDir;
use tower::ServiceExt;
use zip::ZipArchive;

use super::*;

mod account;
mod people;
mod registry;

const ORIGIN_OWN: &str = "https://console.example.com";
const PASSWORD: &str = "correct horse battery";
const CODE: &str = "abc-def-ghi";
/// How long these tests wait for a form that does not come; long enough for those that do.
const BODY_TIME: Duration = Duration::from_secs(2);
/// Bytes of a page that a test reads.
const PAGE_BYTES_MAX: usize = 1024 * 1024;

struct Server {
    router: Router,
    ledger: Arc<Ledger>,
    seconds: Arc<AtomicI64>,
    _folder: TempDir,
}

/// What came back, as far as tests look at it.
struct Answer {
    status: StatusCode,
    location: String,
    cookie: String,
    text: String,
}

impl Server {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seconds = Arc::new(AtomicI64::new(1_760_000_000));
        let time = seconds.clone();
        let options = Options {
            folder: folder.path().to_owned(),
            origin: "console.example.com/test/evidence".into(),
            deployment_key: DeploymentKey::new([7; DEPLOYMENT_KEY_BYTES]),
            derive: Derive { derive: |_| Features::default(), version: 1 },
            check: aboveboard_policy::check,
            clock: Arc::new(move || Timestamp::from_second(time.load(Ordering::SeqCst)).unwrap()),
            chunk_entries: aboveboard_ledger::CHUNK_ENTRIES,
        };
        let ledger = Arc::new(Ledger::open(options).unwrap());
        let mut settings = Settings::new(ORIGIN_OWN, "Example");
        settings.setup_code = Some(Secret::new(CODE));
        settings.body_time_max = BODY_TIME;
        Self { router: router(ledger.clone(), settings), ledger, seconds, _folder: folder }
    }

    fn wait(&self, minutes: i64) {
        self.seconds.fetch_add(minutes * 60, Ordering::SeqCst);
    }

    async fn ask(&self, request: HttpRequest<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (status, location) = (response.status(), header(LOCATION).unwrap_or_default());
        let cookie = header(SET_COOKIE).unwrap_or_default();
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let is_stream = header(CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let bytes = if is_stream {
            vec![].into()
        } else {
            to_bytes(response.into_body(), PAGE_BYTES_MAX).await.unwrap()
        };
        Answer { status, location, cookie, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.ask(HttpRequest::get(path).header(COOKIE, cookie).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, cookie: &str, origin: &str, form: &str) -> Answer {
        let request = HttpRequest::post(path)
            .header(COOKIE, cookie)
            .header(ORIGIN, origin)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    fn make(&self, login: &str, role: Role) -> UserId {
        let password = self.ledger.hash_password(login, PASSWORD).unwrap();
        let roles = [role].into_iter().collect();
        let command = user::Command::Create { login: login.into(), password, roles, employee: None };
        let decided = self.ledger.decide(&By::command_line(), Command::User(None, command)).unwrap();
        self.ledger.at_least(decided.index).unwrap();
        decided.user.unwrap()
    }

    async fn sign_in(&self, login: &str) -> String {
        let form = format!("login={login}&password={}", PASSWORD.replace(' ', "+"));
        let answer = self.post("/sign-in", "", ORIGIN_OWN, &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        answer.cookie
    }

    /// The token in the forms of a session.
    async fn token(&self, cookie: &str) -> String {
        let page = self.get("/account", cookie).await.text;
        let (_, rest) = page.split_once("name=\"form_token\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

/// A path with its parts filled in.
fn path(route: &Route) -> String {
    route
        .path
        .replace("/alerts/{id}", "/alerts/alert_0000000000001")
        .replace("/cases/{id}", "/cases/case_0000000000001")
}

#[tokio::test]
async fn nobody_gets_through_without_signing_in() {
    let server = Server::new();
    for route in pages::ALL.iter().filter(|route| route.permission.is_some()) {
        let answer = match route.verb {
            Verb::See => server.get(&path(route), "__Host-session=0").await,
            Verb::Change => server.post(&path(route), "", ORIGIN_OWN, "").await,
        };
        if route.is_api {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", route.path);
            continue;
        }
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", route.path);
        assert!(answer.location.starts_with("/sign-in"), "{}", route.path);
    }
}

#[tokio::test]
async fn a_pack_comes_into_force_by_two_people_and_never_twice() {
    let server = Server::new();
    for (login, role) in
        [("olga", Role::ComplianceOfficer), ("omar", Role::ComplianceOfficer), ("rita", Role::Reviewer)]
    {
        server.make(login, role);
    }
    let versions = || {
        server.ledger.at_least(aboveboard_model::id::Index(server.ledger.len() - 1)).unwrap();
        let policies = server.ledger.policies(&By::command_line()).unwrap();
        policies.into_iter().map(|row| (row.id, row.version)).collect::<Vec<_>>()
    };
    let send = async |login: &str, path: &str, form: &str| {
        let cookie = server.sign_in(login).await;
        let token = server.token(&cookie).await;
        let form = format!("form_token={token}&note=yes{form}");
        server.post(path, &cookie, ORIGIN_OWN, &form).await.status
    };
    let one = "&policy=pharma.off-label";
    let pharma = aboveboard_policy::ALL.iter().find(|pack| pack.name == "pharma").unwrap();
    let all: String = pharma.policies.iter().map(|shipped| format!("&policy={}", shipped.name)).collect();
    assert_eq!(send("rita", "/packs/pharma", one).await, StatusCode::FORBIDDEN);
    for (who, path, form, in_force) in [
        ("olga", "/packs/pharma", "", 0),
        ("olga", "/packs/pharma", one, 0),
        ("olga", "/packs/pharma/agree", one, 0),
        ("omar", "/packs/pharma/agree", "&policy=pharma.inducement", 0),
        ("omar", "/packs/pharma/agree", one, 1),
        ("omar", "/packs/pharma", all.as_str(), 1),
        ("omar", "/packs/pharma", all.as_str(), 1),
        ("olga", "/packs/pharma/agree", all.as_str(), pharma.policies.len()),
        ("omar", "/packs/pharma/agree", all.as_str(), pharma.policies.len()),
    ] {
        assert_eq!(send(who, path, form).await, StatusCode::SEE_OTHER, "{who} {path} {form}");
        assert_eq!(versions().len(), in_force, "{who} {path} {form}");
    }
    assert!(versions().iter().all(|(_, version)| *version == 1));
    assert_eq!(send("rita", "/packs/pharma/agree", one).await, StatusCode::FORBIDDEN);
    let cookie = server.sign_in("olga").await;
    assert_eq!(server.get("/packs/nothing", &cookie).await.status, StatusCode::NOT_FOUND);
    assert!(server.get("/packs/pharma", &cookie).await.text.contains("Drug safety, patients."));
}

#[tokio::test]
async fn each_role_reaches_what_its_permissions_say_and_nothing_else() {
    let server = Server::new();
    for role in Role::ALL {
        let user = server.make(role.word(), *role);
        let cookie = server.sign_in(role.word()).await;
        let by = By { actor: Actor::User(user), roles: [*role].into_iter().collect(), employee: None };
        for route in pages::ALL.iter().filter(|route| route.verb == Verb::See) {
            let Some(permission) = route.permission else { continue };
            let refused = server.get(&path(route), &cookie).await.status == StatusCode::FORBIDDEN;
            assert_eq!(refused, !server.ledger.permitted(&by, permission), "{} {}", role.word(), route.path);
        }
        if *role == Role::Administrator {
            assert!(!server.ledger.permitted(&by, Permission::AlertRead));
        }
    }
}

#[tokio::test]
async fn an_entry_is_downloaded_as_one_archive_with_a_folder_of_its_own() {
    let server = Server::new();
    server.make("olga", Role::ComplianceOfficer);
    let cookie = server.sign_in("olga").await;
    let job = Actor::System("clock".into());
    let index = server.ledger.record(&job, vec![Fact::new(Event::Heartbeat)]).unwrap()[0].unwrap();
    let address = format!("/log/{index}/export");
    assert_eq!(server.get(&address, &cookie).await.status, StatusCode::NOT_FOUND, "no checkpoint covers it");
    server.ledger.verify(&By::command_line(), &|_, _| {}).unwrap();
    let request = HttpRequest::get(&address).header(COOKIE, &cookie).body(Body::empty()).unwrap();
    let response = server.router.clone().oneshot(request).await.unwrap();
    let named = response.headers().get(CONTENT_DISPOSITION).unwrap().to_str().unwrap().to_owned();
    assert_eq!(named, format!("attachment; filename=\"entry-{index}.zip\""));
    let bytes = to_bytes(response.into_body(), PAGE_BYTES_MAX).await.unwrap();
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut record = String::new();
    let name = format!("entry-{index}/record.json");
    archive.by_name(&name).unwrap().read_to_string(&mut record).unwrap();
    assert_eq!(record, r#"{"t":"heartbeat"}"#);
    for file in
        ["evidence.tlog-proof", "leaf.json", "log.vkey", "manifest-sha256.txt", "salt.hex", "verify.sh"]
    {
        assert!(archive.by_name(&format!("entry-{index}/{file}")).is_ok(), "{file}");
    }
    let names: Vec<String> =
        (0..archive.len()).map(|at| archive.by_index(at).unwrap().name().unwrap().into_owned()).collect();
    assert!(names.iter().all(|name| name.starts_with(&format!("entry-{index}/"))), "{names:?}");
    let first = server.get("/log/0/export", &cookie).await;
    assert_eq!(first.status, StatusCode::FORBIDDEN, "a user's entry holds the hash of a password");
}

#[tokio::test]
async fn archives_that_nobody_takes_leave_no_room_for_more_until_they_are_given_up() {
    let server = Server::new();
    server.make("olga", Role::ComplianceOfficer);
    let cookie = server.sign_in("olga").await;
    // Longer than what is written ahead, and nothing that becomes shorter.
    let mut state = 1_u64;
    let raw = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    });
    let fact = Fact::with_raw(Event::Heartbeat, raw.take(1 << 20).collect());
    let job = Actor::System("clock".into());
    let index = server.ledger.record(&job, vec![fact]).unwrap()[0].unwrap();
    server.ledger.verify(&By::command_line(), &|_, _| {}).unwrap();
    let ask = || {
        let request = HttpRequest::get(format!("/log/{index}/export")).header(COOKIE, &cookie);
        server.router.clone().oneshot(request.body(Body::empty()).unwrap())
    };
    let mut held = Vec::new();
    for _ in 0..EXPORTS_AT_ONCE {
        let answer = ask().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        held.push(answer);
    }
    assert_eq!(ask().await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    held.pop();
    while ask().await.unwrap().status() != StatusCode::OK {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_form_needs_our_origin_and_the_sessions_token() {
    let server = Server::new();
    server.make("rita", Role::Reviewer);
    let cookie = server.sign_in("rita").await;
    let token = server.token(&cookie).await;
    let form = |token: &str| format!("language=pt-BR&theme=dark&form_token={token}");
    let cases = [
        (ORIGIN_OWN, form(&token), StatusCode::SEE_OTHER),
        (ORIGIN_OWN, form("0000"), StatusCode::FORBIDDEN),
        (ORIGIN_OWN, "language=pt-BR".into(), StatusCode::FORBIDDEN),
        ("https://evil.example", form(&token), StatusCode::FORBIDDEN),
        ("null", form(&token), StatusCode::FORBIDDEN),
    ];
    for (origin, form, wanted) in cases {
        let answer = server.post("/account/settings", &cookie, origin, &form).await;
        assert_eq!(answer.status, wanted, "{origin} {form}");
    }
    let elses = server.post("/sign-in", "", "https://evil.example", "login=rita&password=x").await;
    assert_eq!(elses.status, StatusCode::FORBIDDEN, "nobody is signed in from elsewhere");
}

#[tokio::test]
async fn notice_without_a_day_is_refused_in_words() {
    let server = Server::new();
    server.make("olga", Role::ComplianceOfficer);
    let cookie = server.sign_in("olga").await;
    let token = server.token(&cookie).await;
    let form = format!("employee=E-1&notice_at=&do=set&form_token={token}");
    let answer = server.post("/people/notice", &cookie, ORIGIN_OWN, &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
    assert!(answer.text.contains("choose the day from which"), "{}", answer.text);
}

#[tokio::test]
async fn a_session_ends_by_idleness_by_sign_out_and_when_its_user_is_disabled() {
    let server = Server::new();
    server.make("keeper", Role::Administrator);
    let rita = server.make("rita", Role::Reviewer);
    let idle = server.sign_in("rita").await;
    assert_eq!(server.get("/account", &idle).await.status, StatusCode::OK);
    server.wait(31);
    assert_eq!(server.get("/account", &idle).await.status, StatusCode::SEE_OTHER);

    let left = server.sign_in("rita").await;
    let token = server.token(&left).await;
    let out = server.post("/sign-out", &left, ORIGIN_OWN, &format!("form_token={token}")).await;
    assert_eq!((out.status, out.cookie.as_str()), (StatusCode::SEE_OTHER, "__Host-session="));
    assert_eq!(server.get("/account", &left).await.status, StatusCode::SEE_OTHER);

    let disabled = server.sign_in("rita").await;
    let command = Command::User(Some(rita), user::Command::Disable);
    let decided = server.ledger.decide(&By::command_line(), command).unwrap();
    server.ledger.at_least(decided.index).unwrap();
    assert_eq!(server.get("/account", &disabled).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_first_run_asks_for_the_code_makes_two_people_and_closes() {
    let server = Server::new();
    let form = |code: &str| {
        format!(
            "code={code}&administrator=ana&officer=otto&administrator_password=correct+horse+one1\
             &officer_password=correct+horse+two2"
        )
    };
    assert_eq!(server.get("/sign-in", "").await.location, "/first-run");
    let wrong = server.post("/first-run", "", ORIGIN_OWN, &form("guess")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(server.ledger.first_run().unwrap());
    let weak = form(CODE).replace("correct+horse+two2", "short");
    assert_eq!(
        server.post("/first-run", "", ORIGIN_OWN, &weak).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert!(server.ledger.first_run().unwrap(), "nobody is made where one of the passwords is weak");
    let made = server.post("/first-run", "", ORIGIN_OWN, &form(CODE)).await;
    assert_eq!(made.location, "/sign-in?done=first_run", "{}", made.text);
    assert_eq!(server.get("/first-run", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.post("/first-run", "", ORIGIN_OWN, &form(CODE)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_locked_name_and_a_wrong_password_look_the_same() {
    let server = Server::new();
    server.make("rita", Role::Reviewer);
    let wrong = "login=rita&password=wrong";
    let first = server.post("/sign-in", "", ORIGIN_OWN, wrong).await;
    for _ in 0..user::FAILURES_MAX {
        server.post("/sign-in", "", ORIGIN_OWN, wrong).await;
    }
    let right = format!("login=rita&password={}", PASSWORD.replace(' ', "+"));
    let locked = server.post("/sign-in", "", ORIGIN_OWN, &right).await;
    assert_eq!((locked.status, locked.text), (first.status, first.text));
    let unknown = server.post("/sign-in", "", ORIGIN_OWN, "login=nobody&password=wrong").await;
    assert_eq!(unknown.status, first.status);
    server.wait(16);
    assert_eq!(server.post("/sign-in", "", ORIGIN_OWN, &right).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_is_not_in_the_table_is_not_there() {
    let server = Server::new();
    server.make("rita", Role::Reviewer);
    let cookie = server.sign_in("rita").await;
    for path in
        ["/nowhere", "/alerts/", "/alerts/x/y/z", "/cases/alert_0000000000001", "/assets/app.css", "/%00"]
    {
        let answer = server.get(path, &cookie).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text.contains("404-not_found"), "{path}");
    }
    let token = server.token(&cookie).await;
    let wrong_verb = server.post("/alerts", &cookie, ORIGIN_OWN, &format!("form_token={token}")).await;
    assert_eq!(wrong_verb.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_over_its_limit_is_refused_before_it_is_read_whole() {
    let server = Server::new();
    let form = format!("login={}", "x".repeat(70 * 1024));
    assert_eq!(server.post("/sign-in", "", ORIGIN_OWN, &form).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

/// A body that notes whether anybody asked for a byte of it, and never gives one.
fn endless(asked: &Arc<AtomicBool>) -> Body {
    let asked = asked.clone();
    Body::from_stream(futures_util::stream::poll_fn(move |_| {
        asked.store(true, Ordering::SeqCst);
        Poll::<Option<Result<Vec<u8>, std::io::Error>>>::Pending
    }))
}

#[tokio::test]
async fn who_may_not_send_a_form_has_no_byte_of_it_read() {
    let server = Server::new();
    server.make("rita", Role::Reviewer);
    let reviewer = server.sign_in("rita").await;
    for (cookie, origin, wanted) in [
        ("", ORIGIN_OWN, StatusCode::SEE_OTHER),
        (reviewer.as_str(), ORIGIN_OWN, StatusCode::FORBIDDEN),
        (reviewer.as_str(), "https://evil.example", StatusCode::FORBIDDEN),
    ] {
        let asked = Arc::new(AtomicBool::new(false));
        let request = HttpRequest::post("/registry/add").header(COOKIE, cookie).header(ORIGIN, origin);
        let answer = server.ask(request.body(endless(&asked)).unwrap()).await;
        assert_eq!(answer.status, wanted, "{cookie} {origin}");
        assert!(!asked.load(Ordering::SeqCst), "{cookie} {origin}");
    }
}

#[tokio::test]
async fn a_form_that_does_not_arrive_in_time_is_refused() {
    let server = Server::new();
    let asked = Arc::new(AtomicBool::new(false));
    let request = HttpRequest::post("/sign-in").header(ORIGIN, ORIGIN_OWN);
    let answer = server.ask(request.body(endless(&asked)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(asked.load(Ordering::SeqCst));
}

#[tokio::test]
async fn live_streams_end_at_their_number_and_come_free_when_left() {
    let server = Server::new();
    server.make("rita", Role::Reviewer);
    let cookie = server.sign_in("rita").await;
    let open = async || {
        let request = HttpRequest::get("/events").header(COOKIE, &cookie).body(Body::empty()).unwrap();
        server.router.clone().oneshot(request).await.unwrap()
    };
    let mut held = Vec::new();
    while held.len() < 100 {
        let response = open().await;
        if response.status() == StatusCode::SERVICE_UNAVAILABLE {
            break;
        }
        assert_eq!(response.status(), StatusCode::OK);
        held.push(response);
    }
    assert!((2..100).contains(&held.len()), "{}", held.len());
    held.pop();
    assert_eq!(open().await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_language_follows_the_choice_then_the_browser() {
    let server = Server::new();
    server.make("rita", Role::Reviewer);
    let asked = |cookie: &str, accept: &str| {
        HttpRequest::get("/sign-in")
            .header(COOKIE, cookie)
            .header(ACCEPT_LANGUAGE, accept)
            .body(Body::empty())
            .unwrap()
    };
    assert!(server.ask(asked("", "pt-BR")).await.text.contains("lang=\"pt-BR\""));
    assert!(server.ask(asked("language=en", "pt-BR")).await.text.contains("lang=\"en\""));
    assert!(server.ask(asked("language=xx", "de")).await.text.contains("lang=\"en\""));
}
