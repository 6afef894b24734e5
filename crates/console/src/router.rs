//! The router, built from the table of pages, and what every request passes on its way to its page.

use std::{sync::Arc, time::Duration};

use aboveboard_ledger::{By, Ledger};
use aboveboard_model::{access::Actor, refusal::Refusal};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{FromRequest, Multipart, RawPathParams, Request, State},
    middleware::map_response,
    response::Response,
    routing::{MethodFilter, on},
};
use http::{
    HeaderMap,
    header::{ACCEPT_LANGUAGE, CONTENT_TYPE},
};
use tokio::{
    sync::Semaphore,
    task::{JoinError, spawn_blocking},
    time::timeout,
};

use crate::{
    backtests::Backtests,
    check::Checks,
    cookies,
    fields::{Fields, Upload},
    guard, headers, pages,
    preferences::Preferences,
    problem::Problem,
    reply::Reply,
    route::{Route, Verb},
    session::{Session, Sessions, Streams},
    settings::Settings,
    shell::Shell,
    visit::{Viewer, Visit},
    words::{Language, Words},
};

/// Passwords that are checked at once: each takes 19 MiB and a core for a while.
const PASSWORDS_AT_ONCE: usize = 4;
/// Archives of entries that are written at once: each holds a thread, and an entry's parts.
const EXPORTS_AT_ONCE: usize = 8;
/// What somebody reaches whose password was given by somebody else.
const BEFORE_OWN_PASSWORD: &[&str] =
    &["/account", "/account/settings", "/account/password", "/sign-out", "/events"];
/// The header by which the script says that it asks by itself.
const BY_SCRIPT: &str = "x-live";

/// What all requests share.
pub(crate) struct Console {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) settings: Settings,
    pub(crate) sessions: Sessions,
    pub(crate) passwords: Semaphore,
    pub(crate) exports: Arc<Semaphore>,
    pub(crate) checks: Arc<Checks>,
    pub(crate) backtests: Arc<Backtests>,
    pub(crate) streams: Streams,
}

/// The console as a router for `axum::serve`, or to nest beside receivers.
pub fn router(ledger: Arc<Ledger>, settings: Settings) -> Router {
    let secure = settings.secure;
    let sessions = Sessions::new(settings.session_idle, settings.session_absolute);
    let passwords = Semaphore::new(PASSWORDS_AT_ONCE);
    let exports = Arc::new(Semaphore::new(EXPORTS_AT_ONCE));
    let (checks, backtests, streams) = (Arc::default(), Arc::default(), Streams::default());
    let console =
        Arc::new(Console { ledger, settings, sessions, passwords, exports, checks, backtests, streams });
    let mut router = Router::new();
    for route in pages::ALL {
        let filter = match route.verb {
            Verb::See => MethodFilter::GET,
            Verb::Change => MethodFilter::POST,
        };
        let answer = move |State(console): State<Arc<Console>>, path: RawPathParams, request: Request| {
            let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            answer(console, route, path, request)
        };
        router = router.route(route.path, on(filter, answer));
    }
    let nowhere = |State(console): State<Arc<Console>>, request: Request| {
        answer(console, &pages::UNKNOWN, Fields::default(), request)
    };
    router
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(map_response(move |response: Response| async move { headers::guard(response, secure) }))
        .with_state(console)
}

/// Lets the visitor in, then reads the form, then answers; what may block does so on a thread of its own.
async fn answer(console: Arc<Console>, route: &'static Route, path: Fields, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let words = Words::new(language(&parts.headers));
    let visit = Visit {
        console: console.clone(),
        route,
        viewer: None,
        words,
        preferences: Preferences::read(&parts.headers),
        now: console.ledger.now(),
        from: guard::client(&parts.extensions, &parts.headers),
        here: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        path,
        query: Fields::parse(parts.uri.query().unwrap_or_default().as_bytes()),
        form: Fields::default(),
    };
    let answered = passed(visit, parts.headers, body).await;
    answered.unwrap_or_else(|panic| {
        let problem = Problem::Broken(panic.to_string());
        problem.page(Shell::new(&console.settings, words, words.t("problem.broken.title"), Preferences::NONE))
    })
}

/// The way of a request: not a byte of a form is read for who may not send it.
async fn passed(visit: Visit, headers: HeaderMap, body: Body) -> Result<Response, JoinError> {
    let route = visit.route;
    let admitted = spawn_blocking(move || (admit(visit, &headers), headers)).await?;
    let (visit, session, headers) = match admitted {
        (Ok((visit, session)), headers) => (visit, session, headers),
        (Err(refused), _) => return Ok(*refused),
    };
    let time_max = visit.console.settings.body_time_max;
    let form = receive(route, &headers, body, time_max).await;
    spawn_blocking(move || serve(visit, session, form)).await
}

fn serve(mut visit: Visit, session: Option<Session>, form: Result<Fields, Problem>) -> Response {
    let outcome = accept(&mut visit, session, form).and_then(|()| (visit.route.answer)(&visit));
    let (response, wrote) = match outcome {
        Ok(reply) => Reply::into_parts(reply),
        Err(problem) => return problem.answer(&visit),
    };
    if let (Some(index), Some(viewer)) = (wrote, &visit.viewer) {
        visit.console.sessions.wrote(viewer.session, index);
    }
    response
}

/// Finds out who asks, and whether they may. Nobody else's request gets further than this.
fn admit(mut visit: Visit, headers: &HeaderMap) -> Result<(Visit, Option<Session>), Box<Response>> {
    match may(&mut visit, headers) {
        Ok(session) => Ok((visit, session)),
        Err(problem) => Err(Box::new(problem.answer(&visit))),
    }
}

fn may(visit: &mut Visit, headers: &HeaderMap) -> Result<Option<Session>, Problem> {
    let changes = visit.route.verb == Verb::Change;
    if changes && !guard::is_own(headers, &visit.console.settings.origin) {
        return Err(Problem::NotOurs);
    }
    let session = recognise(visit, headers)?;
    if let Some(permission) = visit.route.permission {
        let viewer = visit.viewer()?;
        if viewer.given_at.is_some() && !BEFORE_OWN_PASSWORD.contains(&visit.route.path) {
            return Err(Problem::PasswordDue);
        }
        if !visit.ledger().permitted(&viewer.by, permission) {
            return Err(Refusal::NotPermitted.into());
        }
    }
    Ok(session)
}

/// Takes the form, where it is of the visitor's own session, and waits for what the visitor wrote last.
fn accept(visit: &mut Visit, session: Option<Session>, form: Result<Fields, Problem>) -> Result<(), Problem> {
    visit.form = form?;
    let Some(session) = session else { return Ok(()) };
    let token = visit.form.raw("form_token").unwrap_or_default();
    // Of the API the type of the body says what the token says of a form: no other page can send it unasked.
    let has_token = visit.route.is_api || guard::same(token, &session.form_token);
    if visit.route.verb == Verb::Change && !has_token {
        return Err(Problem::NotOurs);
    }
    visit.ledger().at_least(session.at_least)?;
    Ok(())
}

/// Finds out who asks: the session of the cookie, if the user may still sign in, with the roles held now.
fn recognise(visit: &mut Visit, headers: &HeaderMap) -> Result<Option<Session>, Problem> {
    let Some(token) = cookies::read(headers, cookies::session_name(&visit.console.settings)) else {
        return Ok(None);
    };
    let by_person = visit.route.by_person && !headers.contains_key(BY_SCRIPT);
    let Some((key, session)) = visit.console.sessions.find(token, by_person, visit.now) else {
        return Ok(None);
    };
    let Some(signed) = visit.ledger().signed_in(session.user)? else {
        visit.console.sessions.close(key);
        return Ok(None);
    };
    visit.viewer = Some(Viewer {
        by: By { actor: Actor::User(signed.user), roles: signed.roles, employee: signed.employee },
        login: signed.login,
        session: key,
        form_token: session.form_token.clone(),
        given_at: signed.given_at,
    });
    Ok(Some(session))
}

/// The language that the person chose, or the first that the browser asks for.
fn language(headers: &HeaderMap) -> Language {
    let chosen = cookies::read(headers, cookies::LANGUAGE).and_then(Language::from_tag);
    let accepted = || Language::accepted(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?);
    chosen.or_else(accepted).unwrap_or(Language::English)
}

/// Reads a form within the route's limit of bytes and the limit of time.
async fn receive(
    route: &Route,
    headers: &HeaderMap,
    body: Body,
    time_max: Duration,
) -> Result<Fields, Problem> {
    if route.body_bytes_max == 0 {
        return Ok(Fields::default());
    }
    let bytes = timeout(time_max, to_bytes(body, route.body_bytes_max))
        .await
        .map_err(|_| Problem::Unreadable)?
        .map_err(|_| Problem::TooLarge)?;
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if route.is_api {
        return json(kind, bytes.into());
    }
    if kind.starts_with("multipart/form-data") {
        parts(kind, bytes.into()).await
    } else {
        Ok(Fields::parse(&bytes))
    }
}

/// The body of a request to the API, which says that it is JSON.
fn json(kind: &str, bytes: Vec<u8>) -> Result<Fields, Problem> {
    let is_json = kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json");
    if !is_json {
        return Err(Problem::Unreadable);
    }
    let mut fields = Fields::default();
    fields.uploads.push(Upload { field: crate::visit::JSON.to_owned(), bytes });
    Ok(fields)
}

/// Fields and files of a form in parts, already within its limit.
async fn parts(kind: &str, body: Body) -> Result<Fields, Problem> {
    let request =
        Request::builder().header(CONTENT_TYPE, kind).body(body).map_err(|_| Problem::Unreadable)?;
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| Problem::Unreadable)?;
    let mut fields = Fields::default();
    while let Some(part) = parts.next_field().await.map_err(|_| Problem::Unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = part.file_name().is_some();
        let bytes = part.bytes().await.map_err(|_| Problem::Unreadable)?;
        if is_file {
            fields.uploads.push(Upload { field: name, bytes: bytes.into() });
        } else {
            fields.push(name, String::from_utf8_lossy(&bytes));
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests;
