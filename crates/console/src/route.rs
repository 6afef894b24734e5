//! A line of the table of pages.

use aboveboard_model::access::Permission;

use crate::{problem::Problem, reply::Reply, visit::Visit};

/// Bytes of a form.
const FORM_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a form with a CSV file.
const CSV_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Answers one request. Runs on a thread that may block.
pub(crate) type Answer = fn(&Visit) -> Result<Reply, Problem>;

/// What a request wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// To see: GET.
    See,
    /// To change: POST.
    Change,
}

/// One page or one act: what it is called, who may, and what answers.
pub(crate) struct Route {
    pub(crate) verb: Verb,
    /// With `{name}` for a part that varies.
    pub(crate) path: &'static str,
    /// Key of the title in the language files.
    pub(crate) title: &'static str,
    /// What the visitor's roles have to carry; `None` before sign-in.
    pub(crate) permission: Option<Permission>,
    /// Bytes of a body.
    pub(crate) body_bytes_max: usize,
    /// Whether it is the API's: JSON both ways, and problems too.
    pub(crate) is_api: bool,
    /// Whether it counts as the person's doing, which keeps the session alive.
    pub(crate) by_person: bool,
    pub(crate) answer: Answer,
}

impl Route {
    /// A page.
    pub(crate) const fn get(
        path: &'static str,
        title: &'static str,
        permission: Permission,
        answer: Answer,
    ) -> Self {
        Self { permission: Some(permission), ..Self::open_get(path, title, answer) }
    }

    /// An act: a form that the visitor sends.
    pub(crate) const fn post(
        path: &'static str,
        title: &'static str,
        permission: Permission,
        answer: Answer,
    ) -> Self {
        Self { permission: Some(permission), ..Self::open_post(path, title, answer) }
    }

    /// An act with a CSV file in its form.
    pub(crate) const fn post_csv(
        path: &'static str,
        title: &'static str,
        permission: Permission,
        answer: Answer,
    ) -> Self {
        Self { body_bytes_max: CSV_BYTES_MAX, ..Self::post(path, title, permission, answer) }
    }

    /// What a machine asks.
    pub(crate) const fn api_get(path: &'static str, permission: Permission, answer: Answer) -> Self {
        Self { is_api: true, ..Self::get(path, "api.title", permission, answer) }
    }

    /// What a machine changes.
    pub(crate) const fn api_post(path: &'static str, permission: Permission, answer: Answer) -> Self {
        Self {
            is_api: true,
            body_bytes_max: CSV_BYTES_MAX,
            ..Self::post(path, "api.title", permission, answer)
        }
    }

    /// What the script asks for by itself: it does not keep a session alive.
    pub(crate) const fn by_script(
        path: &'static str,
        title: &'static str,
        permission: Permission,
        answer: Answer,
    ) -> Self {
        Self { by_person: false, ..Self::get(path, title, permission, answer) }
    }

    /// A page for everybody: sign-in and what it needs.
    pub(crate) const fn open_get(path: &'static str, title: &'static str, answer: Answer) -> Self {
        Self {
            verb: Verb::See,
            path,
            title,
            permission: None,
            body_bytes_max: 0,
            is_api: false,
            by_person: true,
            answer,
        }
    }

    /// A form for everybody.
    pub(crate) const fn open_post(path: &'static str, title: &'static str, answer: Answer) -> Self {
        Self {
            verb: Verb::Change,
            path,
            title,
            permission: None,
            body_bytes_max: FORM_BYTES_MAX,
            is_api: false,
            by_person: true,
            answer,
        }
    }
}
