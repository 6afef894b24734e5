//! One request as a page sees it: who asks, in which language, for what, with which fields.

use std::{net::IpAddr, str::FromStr, sync::Arc};

use aboveboard_ledger::{By, Ledger};
use aboveboard_model::{
    access::{Access, Permission, Purpose},
    id::AlertId,
};
use askama::Template;
use jiff::Timestamp;

use crate::{
    fields::Fields,
    moment::Clock,
    preferences::Preferences,
    problem::Problem,
    reply::Reply,
    route::{Route, Verb},
    router::Console,
    session,
    shell::{Shell, Signed},
    words::Words,
};

/// The name under which the body of a request to the API is kept.
pub(crate) const JSON: &str = "json";

/// Who is signed in.
#[derive(Clone)]
pub(crate) struct Viewer {
    pub(crate) by: By,
    pub(crate) login: String,
    pub(crate) session: session::Key,
    /// Stands in every form.
    pub(crate) form_token: String,
    /// Since when the password is one that somebody else gave: it has to be changed before anything else.
    pub(crate) given_at: Option<Timestamp>,
}

/// One request.
pub(crate) struct Visit {
    pub(crate) console: Arc<Console>,
    pub(crate) route: &'static Route,
    pub(crate) viewer: Option<Viewer>,
    pub(crate) words: Words,
    pub(crate) preferences: Preferences,
    pub(crate) now: Timestamp,
    /// The network address it came from, where it is known.
    pub(crate) from: Option<IpAddr>,
    /// Path and query as asked.
    pub(crate) here: String,
    pub(crate) path: Fields,
    pub(crate) query: Fields,
    pub(crate) form: Fields,
}

impl Visit {
    /// The ledger.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.console.ledger
    }

    /// Who is signed in. The router has let nobody else through to a route with a permission.
    pub(crate) fn viewer(&self) -> Result<&Viewer, Problem> {
        self.viewer.as_ref().ok_or(Problem::SignedOut)
    }

    /// Who asks, for questions without content and for commands.
    pub(crate) fn by(&self) -> Result<&By, Problem> {
        Ok(&self.viewer()?.by)
    }

    /// Who asks and why, for questions about content.
    pub(crate) fn access(&self, purpose: Purpose) -> Result<Access, Problem> {
        Ok(self.by()?.reading(purpose))
    }

    /// The body of a request to the API.
    ///
    /// # Errors
    /// Unreadable, where it is not JSON of that shape.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Problem> {
        let bytes = self.form.upload(JSON).ok_or(Problem::Unreadable)?;
        serde_json::from_slice(bytes).map_err(|_| Problem::Unreadable)
    }

    /// Whether the visitor may do something: for what a page offers. The router and the ledger enforce it.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        let owns = |viewer: &Viewer| viewer.given_at.is_none();
        self.viewer
            .as_ref()
            .is_some_and(|viewer| owns(viewer) && self.ledger().permitted(&viewer.by, permission))
    }

    /// Notes an act on alerts, for taking it back.
    pub(crate) fn acted(&self, alerts: &[AlertId]) -> Result<(), Problem> {
        self.console.sessions.acted(self.viewer()?.session, alerts);
        Ok(())
    }

    /// Notes that the session's act on alerts is taken back, or stands, and returns the alerts of the act before it.
    pub(crate) fn took_back(&self, alerts: &[AlertId]) -> Result<Vec<AlertId>, Problem> {
        Ok(self.console.sessions.took_back(self.viewer()?.session, alerts))
    }

    /// A part of the path, such as `{id}`.
    ///
    /// # Errors
    /// Not found, where it does not read as what it should be.
    pub(crate) fn part<T: FromStr>(&self, name: &str) -> Result<T, Problem> {
        self.path.parsed(name).ok_or(Problem::NOT_FOUND)
    }

    /// Whether a page was asked for, and not an act.
    pub(crate) fn is_page(&self) -> bool {
        self.route.verb == Verb::See
    }

    /// What shows instants.
    pub(crate) fn clock(&self) -> Clock {
        Clock { now: self.now, zone: self.console.settings.zone.clone(), w: self.words }
    }

    /// Everything around a page, under the route's own title.
    pub(crate) fn shell(&self) -> Shell {
        self.shell_titled(self.words.t(self.route.title))
    }

    /// The same under another title, such as a case's.
    pub(crate) fn shell_titled(&self, title: String) -> Shell {
        let signed = self
            .viewer
            .as_ref()
            .map(|viewer| Signed { login: viewer.login.clone(), form_token: viewer.form_token.clone() });
        Shell::new(&self.console.settings, self.words, title, self.preferences).signed_in(
            signed,
            &self.here,
            |permission| self.may(permission),
        )
    }

    /// A page from its template.
    pub(crate) fn page(&self, template: &impl Template) -> Result<Reply, Problem> {
        Ok(Reply::page(template.render()?))
    }
}
