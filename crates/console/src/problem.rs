//! What went wrong, for a person: what happened, what is safe, what to do, and a code to quote.

use aboveboard_ledger::Error;
use aboveboard_model::refusal::Refusal;
use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::StatusCode;

use crate::{fields::link, reply::Reply, shell::Shell, visit::Visit, words::Words};

/// Bytes of a reference that ties a page to a line of the program's log.
const REFERENCE_BYTES: usize = 4;

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Nobody is signed in, or not any more.
    SignedOut,
    /// The password is one that somebody else gave, and has to be changed first.
    PasswordDue,
    /// A domain answer: no, and why.
    Refused(Refusal),
    /// A form that is not from our own page, or from a session that has ended.
    NotOurs,
    /// More bytes than a form may have.
    TooLarge,
    /// The form does not read as one.
    Unreadable,
    /// Too much at once, or the views are behind: the same may go through in a moment.
    Busy,
    /// Storage is full or fails. Nothing was changed.
    Unavailable(String),
    /// A fault of the program, with words for its log that hold no content.
    Broken(String),
}

impl Problem {
    /// Something that does not exist, or not for this role.
    pub(crate) const NOT_FOUND: Problem = Problem::Refused(Refusal::NotFound);

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Problem::SignedOut => StatusCode::UNAUTHORIZED,
            Problem::Refused(Refusal::NotFound) => StatusCode::NOT_FOUND,
            Problem::Refused(Refusal::NotPermitted | Refusal::OwnConduct) | Problem::NotOurs => {
                StatusCode::FORBIDDEN
            }
            Problem::PasswordDue => StatusCode::FORBIDDEN,
            Problem::Refused(_) => StatusCode::CONFLICT,
            Problem::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::Unreadable => StatusCode::BAD_REQUEST,
            Problem::Busy | Problem::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Problem::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable word for it, under `problem` in the language files.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Problem::SignedOut => "signed_out",
            Problem::PasswordDue => "password_due",
            Problem::Refused(Refusal::NotFound) => "not_found",
            Problem::Refused(Refusal::NotPermitted) => "not_permitted",
            Problem::Refused(_) => "refused",
            Problem::NotOurs => "not_ours",
            Problem::TooLarge => "too_large",
            Problem::Unreadable => "unreadable",
            Problem::Busy => "busy",
            Problem::Unavailable(_) => "unavailable",
            Problem::Broken(_) => "broken",
        }
    }

    /// Every word that [`Problem::word`] can say.
    #[cfg(test)]
    pub(crate) const WORDS: &'static [&'static str] = &[
        "signed_out",
        "password_due",
        "not_found",
        "not_permitted",
        "refused",
        "not_ours",
        "too_large",
        "unreadable",
        "busy",
        "unavailable",
        "broken",
    ];

    /// What happened, in a sentence.
    pub(crate) fn what(&self, w: Words) -> String {
        match self {
            Problem::Refused(refusal) => w.of("refusal", refusal.code()),
            other => w.of("problem", &format!("{}.what", other.word())),
        }
    }

    /// What to quote: the status, the code, and for faults the reference in the program's log.
    fn code(&self) -> String {
        let word = match self {
            Problem::Refused(refusal) => refusal.code(),
            other => other.word(),
        };
        format!("{}-{word}", self.status().as_u16())
    }

    /// Writes a fault to the program's log and returns its reference.
    fn reported(&self) -> Option<String> {
        let (Problem::Unavailable(cause) | Problem::Broken(cause)) = self else { return None };
        let mut bytes = [0; REFERENCE_BYTES];
        getrandom::fill(&mut bytes).ok()?;
        let reference = hex::encode(bytes);
        tracing::error!(reference, cause, "a page could not be answered");
        Some(reference)
    }

    /// The page that says so.
    pub(crate) fn answer(self, visit: &Visit) -> Response {
        if visit.route.is_api {
            return self.json(visit.words);
        }
        match self {
            Problem::SignedOut => return Redirect::to(&sign_in(visit)).into_response(),
            Problem::PasswordDue => return Redirect::to("/account").into_response(),
            _ => {}
        }
        let shell = visit.shell_titled(self.title(visit.words));
        self.page(shell)
    }

    /// The same for a machine: a stable code, and what happened in a sentence.
    fn json(self, w: Words) -> Response {
        let reference = self.reported();
        let code = match &self {
            Problem::Refused(refusal) => refusal.code(),
            other => other.word(),
        };
        let what = match &self {
            Problem::Refused(_) => self.what(w),
            _ if w.has("problem", &format!("{}.what", self.word())) => self.what(w),
            _ => self.title(w),
        };
        let body = serde_json::json!({ "error": { "code": code, "what": what, "reference": reference } });
        Reply::json(self.status(), &body).into_parts().0
    }

    /// The page where there is no visit left to speak of.
    pub(crate) fn page(self, shell: Shell) -> Response {
        let reference = self.reported();
        let page = Page {
            w: shell.w,
            what: self.what(shell.w),
            safe: shell.w.of("problem", &format!("{}.safe", self.word())),
            todo: shell.w.of("problem", &format!("{}.todo", self.word())),
            code: reference.map_or_else(|| self.code(), |reference| format!("{}-{reference}", self.code())),
            title: self.title(shell.w),
            shell,
        };
        match page.render() {
            Ok(html) => (self.status(), Html(html)).into_response(),
            Err(_) => self.status().into_response(),
        }
    }

    fn title(&self, w: Words) -> String {
        w.of("problem", &format!("{}.title", self.word()))
    }
}

/// Sign-in, and back here afterwards where that is a page and not an act.
fn sign_in(visit: &Visit) -> String {
    let next = Some(visit.here.as_str()).filter(|here| visit.is_page() && *here != "/");
    link("/sign-in", &[("next", next)])
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Problem::Refused(refusal),
            Error::Query(_) => Problem::Unreadable,
            Error::Busy => Problem::Busy,
            other if other.is_unavailable() => Problem::Unavailable(other.to_string()),
            other => Problem::Broken(other.to_string()),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Problem::Refused(refusal)
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Problem::Broken(error.to_string())
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page {
    shell: Shell,
    w: Words,
    title: String,
    what: String,
    safe: String,
    todo: String,
    code: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn a_problem_says_what_happened_what_is_safe_and_what_to_do() {
        let shell = Shell::sample("broken");
        let response = Problem::Broken("disk".into()).page(shell);
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn every_refusal_has_a_status_and_words_of_its_own() {
        let w = Words::new(Language::English);
        for refusal in Refusal::ALL {
            let problem = Problem::Refused(*refusal);
            assert!(problem.status().is_client_error(), "{refusal}");
            assert_ne!(problem.what(w), refusal.code(), "{refusal}");
            assert!(Problem::WORDS.contains(&problem.word()));
        }
    }
}
