//! Every page in every state: looked at for what makes it hard to use, and put on a contact sheet where one is wanted.
//!
//! `cargo xtask sheet` wants one; then the huge state is looked at too. The pages are those of the console's own table:
//! a page that is added there is on the sheet by itself.

use std::{sync::Arc, time::Duration};

use aboveboard_model::access::Role;

use super::{
    album::{Album, Wish},
    camera::{self, SCHEMES, SIZES, Scheme, Size},
    demo::House,
    fitness::{self, HTML_BYTES_MAX},
    mistakes::{Act, MISTAKES, SHOWN_ONCE},
    states::State,
    visitor::{Scripts, Visitor},
};

/// Pages for those who have not signed in.
const OUTSIDE: &[&str] = &["/sign-in", "/first-run"];
/// More views of pages that have several.
const VIEWS: &[&str] = &[
    "/alerts?state=mine",
    "/alerts?state=closed",
    "/cases?state=closed",
    "/search?q=direction%3Aout",
    "/search?q=nothing-that-anybody-wrote",
];
/// Views that the README shows, and the names of their pictures.
const IN_THE_README: &[(&str, &str)] = &[
    ("/alerts/{id}", "alert.png"),
    ("/search?q=direction%3Aout", "search.png"),
    ("/policies/{id}/edit", "policy.png"),
];
/// Who looks at the pages, in turns: what one may not open the next one may.
const LOOKERS: &[Role] = &[Role::ComplianceOfficer, Role::PrivacyOfficer, Role::Administrator];
/// Addresses that the page leads to.
const LEADS_TO: &str = "return [...document.querySelectorAll('a[href^=\"/\"]:not([download])')]
    .map((one) => one.getAttribute('href'))";

#[tokio::test]
async fn every_page_in_every_state_is_fit_for_everybody() {
    let mut album = Album::new(Wish::read());
    let states = State::ALL.iter().filter(|state| album.wish.wants_state(**state));
    for state in states.copied().collect::<Vec<_>>() {
        let furnished = state.furnished(&album.wish.kept(), |rows| album.tell_rows(rows)).await;
        visit(&mut album, state, &furnished.house).await;
        if let Some(fresh) = &furnished.fresh {
            visit(&mut album, state, fresh).await;
        }
    }
    let faults = album.finish();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Sends a visitor through a house.
async fn visit(album: &mut Album, state: State, house: &Arc<House>) {
    let visitor = Visitor::at(house.clone(), Scripts::On).await;
    let mut tour = Tour { album, visitor: &visitor, state, known: vec![] };
    // The browser makes a process for a house it was never at, in a window of its own size: not yet looked at.
    visitor.open("/sign-in").await;
    for page in OUTSIDE {
        tour.look(page, page).await;
    }
    match state {
        State::Error => tour.perform(MISTAKES).await,
        _ if house.has_users() => tour.look_around().await,
        _ => {}
    }
    if matches!(state, State::Empty | State::LongNames | State::RightToLeft) && house.has_users() {
        tour.perform(SHOWN_ONCE).await;
    }
    // What was refused on the way was complained about there.
    visitor.complaints().await;
    visitor.leave().await;
}

/// One visitor's way through all pages of one house.
struct Tour<'a> {
    album: &'a mut Album,
    visitor: &'a Visitor,
    state: State,
    /// Addresses that pages led to so far, in the order in which they were seen.
    known: Vec<String>,
}

impl Tour<'_> {
    async fn look_around(&mut self) {
        let inside = aboveboard_console::addresses().chain(VIEWS.iter().copied());
        let mut left: Vec<&str> = inside.filter(|page| !OUTSIDE.contains(page)).collect();
        for role in LOOKERS {
            self.visitor.sign_in(*role).await;
            let mut closed = Vec::new();
            for page in left {
                let seen = match self.address(page) {
                    Some(address) => self.look(page, &address).await,
                    None => false,
                };
                if !seen {
                    closed.push(page);
                }
            }
            left = closed;
        }
    }

    /// An address of a page: the page itself, or one with its varying parts that another page led to.
    fn address(&self, page: &str) -> Option<String> {
        if !page.contains('{') {
            return Some(page.to_owned());
        }
        let is_its_own = |address: &&String| {
            let path = address.split(['?', '#']).next().unwrap_or_default();
            fits(page, path) && !aboveboard_console::addresses().any(|other| other == path)
        };
        self.known.iter().find(is_its_own).cloned()
    }

    /// Looks at a page in every size and scheme; says whether it could be opened.
    async fn look(&mut self, page: &str, address: &str) -> bool {
        if !self.album.wish.wants_page(page) && !page_is_on_the_way(page, &self.album.wish) {
            return true;
        }
        for size in SIZES {
            camera::set(self.visitor, size, Scheme::Light).await;
            let status = self.visitor.open(address).await;
            let here = self.visitor.text("return location.pathname + location.search").await;
            if matches!(status, 403 | 404) || here != address.split('#').next().unwrap_or_default() {
                return false;
            }
            let leads_to = self.visitor.texts(LEADS_TO).await;
            self.known.extend(leads_to);
            if !self.album.wish.wants_page(page) {
                return true;
            }
            self.judge_loading(page, size).await;
            self.judge_and_picture(page, size).await;
        }
        true
    }

    /// How the page came: nothing moved, not too much was sent.
    async fn judge_loading(&mut self, page: &str, size: &Size) {
        let loaded = fitness::loaded(self.visitor).await;
        for moved in loaded.moved {
            self.album.fault(self.state, page, size, &format!("moved after it was shown: {moved}"));
        }
        if loaded.html_bytes > HTML_BYTES_MAX {
            self.album.fault(self.state, page, size, &format!("{} bytes of HTML", loaded.html_bytes));
        }
        if let Some(paint) = loaded.first_paint_ms {
            self.album.first_paint(Duration::from_secs_f64(paint / 1000.0));
        }
    }

    /// What axe-core says of it as it stands there, and its pictures. In the dark only colours differ, on a small screen
    /// and with other data hardly anything: there colours are not looked at again.
    async fn judge_and_picture(&mut self, page: &str, size: &Size) {
        for scheme in SCHEMES {
            camera::set(self.visitor, size, *scheme).await;
            let rules: Option<&[&str]> = match scheme {
                Scheme::Light => Some(&[]),
                Scheme::Dark if self.state == State::Ordinary || self.state == State::Error => {
                    Some(&["color-contrast"])
                }
                Scheme::Dark => None,
            };
            if let Some(rules) = rules {
                for found in fitness::hard_to_use(self.visitor, rules).await {
                    self.album.fault(self.state, page, size, &format!("{}: {found}", scheme.name()));
                }
            }
            let in_the_readme = IN_THE_README.iter().find(|(shown, _)| *shown == page);
            if let Some((_, name)) = in_the_readme
                && self.album.wish.readme.is_some()
                && (self.state, *scheme, size.width) == (State::Ordinary, Scheme::Light, SIZES[0].width)
            {
                self.album.add_to_readme(name, &camera::screen(self.visitor).await);
            }
            if self.album.wish.folder.is_some() {
                let picture = camera::picture(self.visitor, size).await;
                self.album.add(self.state, page, size, *scheme, &picture);
            }
        }
    }

    /// Does everything of a list and looks at what is said about it.
    async fn perform(&mut self, acts: &[Act]) {
        let mut signed_in = None;
        for act in acts {
            if !self.album.wish.wants_page(act.page) {
                continue;
            }
            if signed_in != act.role {
                if let Some(role) = act.role {
                    self.visitor.sign_in(role).await;
                }
                signed_in = act.role;
            }
            for size in SIZES {
                camera::set(self.visitor, size, Scheme::Light).await;
                act.perform(self.visitor).await;
                self.judge_and_picture(act.page, size).await;
            }
        }
    }
}

/// Whether a page must be opened although nobody wants to see it: it leads to one that is wanted.
fn page_is_on_the_way(page: &str, wish: &Wish) -> bool {
    aboveboard_console::addresses()
        .any(|other| other != page && other.starts_with(&format!("{page}/")) && wish.wants_page(other))
}

/// Whether a path is of a page: the same parts, but for those that vary.
fn fits(page: &str, path: &str) -> bool {
    let (page, path) = (page.split('/'), path.split('/'));
    page.clone().count() == path.clone().count()
        && page.zip(path).all(|(part, own)| part == own || part.starts_with('{') && !own.is_empty())
}
