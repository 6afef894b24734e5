//! Go to anything: pages, and what a typed word names, within what the visitor may open. It shows no content.

use aboveboard_ledger::view::Target;
use aboveboard_model::pseudonym;
use askama::Template;

use crate::{fields::link, people, problem::Problem, reply::Reply, shell::Shell, visit::Visit, words::Words};

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
    let wanted = typed.to_lowercase();
    let named = shell.navigation.iter().filter(|place| place.label.to_lowercase().contains(&wanted));
    let pages = named.map(|place| Place {
        href: place.path.to_owned(),
        icon: place.icon,
        title: place.label.clone(),
        hint: shell.w.t("go.page"),
    });
    let mut options: Vec<Place> = targets.iter().filter_map(|target| option(target, &shell)).collect();
    options.extend(pages);
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
            let href = format!("/conversations/{id}");
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
    use aboveboard_model::id::{AlertId, CaseId, ContactId, Index};

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
