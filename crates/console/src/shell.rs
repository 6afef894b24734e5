//! What stands around every page: title, navigation, who is signed in.

use std::collections::BTreeSet;

use aboveboard_model::access::Permission;

use crate::{
    assets, pages,
    preferences::Preferences,
    route::{Route, Verb},
    settings::Settings,
    words::Words,
};

/// The navigation in reading order: a path of the table of pages, and its symbol. Only what the visitor may open is shown.
pub(crate) const NAVIGATION: &[(&str, &str)] = &[
    ("/overview", "overview"),
    ("/alerts", "alerts"),
    ("/cases", "cases"),
    ("/conversations", "conversations"),
    ("/search", "search"),
    ("/policies", "policies"),
    ("/registry", "registry"),
    ("/people", "people"),
    ("/sources", "sources"),
    ("/log", "log"),
    ("/users", "users"),
    ("/access-log", "access"),
];

/// A line of the navigation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) path: &'static str,
    pub(crate) label: String,
    pub(crate) icon: &'static str,
    pub(crate) current: bool,
}

/// Who is signed in, as far as the shell shows it.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) login: String,
    pub(crate) form_token: String,
}

/// What stands around every page.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    pub(crate) w: Words,
    pub(crate) title: String,
    pub(crate) firm: String,
    pub(crate) navigation: Vec<Place>,
    pub(crate) signed: Option<Signed>,
    pub(crate) preferences: Preferences,
    held: BTreeSet<Permission>,
}

impl Shell {
    /// For somebody who is not signed in.
    pub(crate) fn new(settings: &Settings, w: Words, title: String, preferences: Preferences) -> Self {
        Self {
            w,
            title,
            firm: settings.firm.clone(),
            navigation: vec![],
            signed: None,
            preferences,
            held: BTreeSet::new(),
        }
    }

    /// For somebody who is, at a path, with what they may open.
    pub(crate) fn signed_in(
        self,
        signed: Option<Signed>,
        here: &str,
        may: impl Fn(Permission) -> bool,
    ) -> Self {
        let held = if signed.is_some() {
            Permission::ALL.iter().copied().filter(|one| may(*one)).collect()
        } else {
            BTreeSet::new()
        };
        let mut shell = Self { signed, held, ..self };
        let place = |(path, icon): &(&'static str, &'static str)| {
            let route = pages::ALL.iter().find(|route| route.path == *path).filter(|_| shell.opens(path))?;
            Some(Place { path, label: shell.w.t(route.title), icon, current: is_within(here, path) })
        };
        shell.navigation = NAVIGATION.iter().filter_map(place).collect();
        shell
    }

    /// Whether there is a page with this path in the table that the visitor may open: for links that lead to it.
    pub(crate) fn opens(&self, path: &str) -> bool {
        let page = |route: &&Route| route.path == path && route.verb == Verb::See;
        let route = pages::ALL.iter().find(page);
        route.and_then(|route| route.permission).is_some_and(|permission| self.held.contains(&permission))
    }

    /// The token for a form of this session; empty where nobody is signed in.
    pub(crate) fn form_token(&self) -> &str {
        self.signed.as_ref().map_or("", |signed| &signed.form_token)
    }

    /// The address of the style sheet.
    pub(crate) fn style(&self) -> &'static str {
        &assets::STYLE.path
    }

    /// The address of the script.
    pub(crate) fn script(&self) -> &'static str {
        &assets::SCRIPT.path
    }

    /// The address of the product's mark.
    pub(crate) fn mark(&self) -> &'static str {
        &assets::MARK.path
    }

    /// The address of the symbols.
    pub(crate) fn icons(&self) -> &'static str {
        &assets::ICONS.path
    }

    /// A shell with every place, for tests of templates.
    #[cfg(test)]
    pub(crate) fn sample(title: &str) -> Self {
        let w = Words::new(crate::words::Language::English);
        let signed = Signed { login: "rita".into(), form_token: "f0f0".into() };
        Self::new(
            &Settings::new("https://console.example.com", "Example"),
            w,
            title.into(),
            Preferences::NONE,
        )
        .signed_in(Some(signed), "/alerts", |_| true)
    }
}

/// Whether a place of the navigation leads to this page or to one above it.
fn is_within(here: &str, place: &str) -> bool {
    let path = here.split('?').next().unwrap_or_default();
    // A policy of a firm may be called `packs`, so that packs have an address of their own.
    let path = if path.starts_with("/packs") { "/policies" } else { path };
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_the_navigation_is_a_page() {
        for (path, icon) in NAVIGATION {
            assert!(pages::ALL.iter().any(|route| route.path == *path), "{path}");
            assert!(assets::has_icon(icon), "{icon}");
        }
    }

    #[test]
    fn only_what_the_visitor_may_open_is_there() {
        let settings = Settings::new("https://console.example.com", "Example");
        let w = Words::new(crate::words::Language::English);
        let signed = Signed { login: "rita".into(), form_token: "f0f0".into() };
        let shell = Shell::new(&settings, w, "t".into(), Preferences::NONE).signed_in(
            Some(signed.clone()),
            "/cases/case_1?x",
            |permission| permission == Permission::CaseRead,
        );
        let paths: Vec<(&str, bool)> =
            shell.navigation.iter().map(|place| (place.path, place.current)).collect();
        assert_eq!(paths, [("/cases", true)]);
        let nobody = Shell::new(&settings, w, "t".into(), Preferences::NONE).signed_in(None, "/", |_| true);
        assert!(nobody.navigation.is_empty());
    }
}
