//! Go to anything: pages, and what a typed word names, within what the visitor may open. It shows no content.

use aboveboard_ledger::view::Target;
use aboveboard_model::pseudonym;
use askama::Template;

use super::conversation;
use crate::{
    fields::link, pages, people, problem::Problem, reply::Reply, shell::Shell, visit::Visit, words::Words,
};

/// Pages that are not in the navigation but can be gone to, with their symbols.
const BESIDE: &[(&str, &str)] = &[
    ("/account", "settings"),
    ("/guide", "sources"),
    ("/sources/coverage", "sources"),
    ("/people/contacts", "contact"),
    ("/policies/new", "add"),
    ("/packs", "policies"),
    ("/registry/new", "add"),
];

/// A place to go.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    href: String,
    icon: &'static str,
    title: String,
    /// What kind of thing it is, and a fact or two.
    hint: String,
}

#[derive(Template)]
#[template(path = "go.html")]
struct Page {
    shell: Shell,
    w: Words,
    typed: String,
    options: Vec<Place>,
}

/// Where a typed word may lead.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let typed = visit.query.text("q");
    let targets = visit.ledger().targets(visit.by()?, &typed)?;
    visit.page(&page(visit.shell(), typed, &targets))
}

fn page(shell: Shell, typed: String, targets: &[Target]) -> Page {
    let mut options: Vec<Place> = targets.iter().filter_map(|target| option(target, &shell)).collect();
    options.extend(named(&shell, &typed));
    if shell.opens("/search") && !typed.is_empty() {
        options.push(Place {
            href: link("/search", &[("q", Some(&typed))]),
            icon: "search",
            title: typed.clone(),
            hint: shell.w.t("go.search"),
        });
    }
    Page { w: shell.w, shell, typed, options }
}

/// Pages that the visitor may open and that are called so, by their titles or by other words for them; those of the
/// navigation are there before anything is typed.
fn named(shell: &Shell, typed: &str) -> Vec<Place> {
    let (w, wanted) = (shell.w, typed.trim().to_lowercase());
    let place = |path: &str, icon, title: String| {
        let key = path.rsplit('/').next().unwrap_or_default().replace('-', "_");
        let also = if w.has("go_also", &key) { w.of("go_also", &key) } else { String::new() };
        let is_called = title.to_lowercase().contains(&wanted)
            || also.split(' ').any(|word| !wanted.is_empty() && word.starts_with(&wanted));
        is_called.then(|| Place { href: path.to_owned(), icon, title, hint: w.t("go.page") })
    };
    let above = shell.navigation.iter().filter_map(|one| place(one.path, one.icon, one.label.clone()));
    let beside = BESIDE.iter().filter(|(path, _)| !wanted.is_empty() && shell.opens(path));
    let title = |path| pages::ALL.iter().find(|route| route.path == path).map(|route| w.t(route.title));
    above.chain(beside.filter_map(|(path, icon)| place(path, icon, title(*path)?))).collect()
}

/// None where the page that would show it is not open to the visitor.
fn option(target: &Target, shell: &Shell) -> Option<Place> {
    let w = shell.w;
    let made = |page: &str, href: String, icon, title, hint: String| {
        shell.opens(page).then_some(Place { href, icon, title, hint })
    };
    match target {
        Target::Alert { id, number, closed } => {
            let state = w.of("queue_state", if *closed { "closed" } else { "open" });
            let hint = format!("{} · {state}", w.t("alert.title"));
            made("/alerts", format!("/alerts/{id}"), "alerts", format!("A-{number}"), hint)
        }
        Target::Case { id, number, closed } => {
            let state = w.of("case_state", if *closed { "closed" } else { "open" });
            let hint = format!("{} · {state}", w.t("case.title"));
            made("/cases", format!("/cases/{id}"), "cases", format!("C-{number}"), hint)
        }
        Target::Employee(place) => {
            let person = people::employee(place);
            let hint = [w.t("people.employee"), person.place].join(" · ");
            let alerts = link("/alerts", &[("employee", Some(&place.employee.to_string()))]);
            let page =
                if shell.opens("/alerts") { ("/alerts", alerts) } else { ("/people", "/people".to_owned()) };
            made(page.0, page.1, "employee", person.name, hint.trim_end_matches(" · ").to_owned())
        }
        Target::Contact(contact) => {
            let href = link("/conversations", &[("contact", Some(&contact.to_string()))]);
            made("/conversations", href, "contact", pseudonym::contact(*contact), w.t("people.contact"))
        }
        Target::Conversation { id, contact } => {
            let name = contact.map_or_else(|| w.t("people.client"), pseudonym::contact);
            let href = conversation::newest(*id);
            made("/conversations", href, "conversations", name, w.t("conversation.title"))
        }
        Target::Policy { id } => {
            made("/policies", format!("/policies/{id}"), "policies", id.clone(), w.t("policy.title"))
        }
        Target::Entry(index) => {
            made("/log", format!("/log/{index}"), "log", format!("#{index}"), w.t("entry.title"))
        }
    }
}

#[cfg(test)]
mod tests {
    use aboveboard_model::{
        access::Permission,
        id::{AlertId, CaseId, ContactId, Index},
    };

    use super::*;

    fn html(typed: &str, targets: &[Target]) -> String {
        page(Shell::sample("Go to"), typed.into(), targets).render().unwrap()
    }

    #[test]
    fn a_target_leads_to_its_page_and_pages_are_found_by_name() {
        let targets = [
            Target::Alert { id: AlertId(1), number: Index(104), closed: false },
            Target::Case { id: CaseId(2), number: Index(9), closed: true },
            Target::Contact(ContactId(0)),
            Target::Policy { id: "side-deal.cash".into() },
            Target::Policy { id: "<b>x</b>".into() },
        ];
        let html = html("al", &targets);
        for wanted in [
            "href=\"/alerts/alert_0000000000001\"",
            "A-104",
            "Alert · Open",
            "C-9",
            "Case · Closed",
            "/conversations?contact=con_",
            "/policies/side-deal.cash",
            "href=\"/alerts\"",
            "/search?q=al",
        ] {
            assert!(html.contains(wanted), "{wanted} in {html}");
        }
        assert!(!html.contains("<b>x") && !html.contains("href=\"/cases\" role"));
    }

    #[test]
    fn a_page_is_found_by_its_title_or_another_word_for_it() {
        for (typed, wanted) in [
            ("settings", "/account"),
            ("coverage", "/sources/coverage"),
            ("gaps", "/sources/coverage"),
            ("guide", "/guide"),
            ("Clients", "/people/contacts"),
            ("audit", "/log"),
        ] {
            let html = html(typed, &[]);
            assert!(html.contains(&format!("href=\"{wanted}\" aria-selected")), "{typed}: {html}");
        }
        assert!(named(&Shell::sample("Go to"), "zzz").is_empty());
    }

    #[test]
    fn only_pages_that_may_be_opened_are_found() {
        let settings = crate::settings::Settings::new("https://console.example.com", "Example");
        let w = Words::new(crate::words::Language::English);
        let signed = crate::shell::Signed { login: "rita".into(), form_token: "f0f0".into() };
        let shell = Shell::new(&settings, w, "t".into(), crate::preferences::Preferences::NONE);
        let shell = shell.signed_in(Some(signed), "/go", |one| one == Permission::OwnAccount);
        let found = |typed| named(&shell, typed).into_iter().map(|place| place.href).collect::<Vec<_>>();
        assert_eq!(found("settings"), ["/account"]);
        assert!(found("coverage").is_empty());
    }

    #[test]
    fn every_page_with_an_address_of_its_own_can_be_gone_to() {
        let elsewhere = ["/", "/go", "/alerts/alike", "/log/check", "/registry/export"];
        let own =
            |path: &&str| !path.contains('{') && !path.starts_with("/api/") && !elsewhere.contains(path);
        let open = |path: &&str| pages::ALL.iter().any(|one| one.path == *path && one.permission.is_some());
        for path in pages::addresses().filter(own).filter(open) {
            let known = crate::shell::NAVIGATION.iter().chain(BESIDE).any(|(known, _)| *known == path);
            assert!(known, "{path}");
        }
    }

    #[test]
    fn nothing_typed_shows_every_page() {
        let shown = html("", &[]).matches("role=\"option\"").count();
        assert_eq!(shown, Shell::sample("Go to").navigation.len());
    }

    #[test]
    fn what_leads_nowhere_says_so() {
        let mut shell = Shell::sample("Go to");
        shell.navigation.clear();
        let none = Page { w: shell.w, shell, typed: "zzz".into(), options: vec![] };
        assert!(none.render().unwrap().contains("Nothing by that name"));
    }
}
