//! Mistakes that people make, and where, and acts that are answered at no address of their own: what is said about each
//! is looked at.

use aboveboard_model::access::Role;
use serde_json::json;

use super::visitor::Visitor;

/// A mistake, or another act.
pub(super) struct Act {
    /// What the sheet calls it: the page that it is done on.
    pub page: &'static str,
    /// Who does it; nobody who has signed in where there is none.
    pub role: Option<Role>,
    /// The address to open; behind `>` what to follow there: the first link that begins so.
    address: &'static str,
    /// The end of the address of the form that is sent; the page itself is the mistake where there is none.
    form: Option<&'static str>,
    fields: &'static [(&'static str, &'static str)],
}

const OFFICER: Option<Role> = Some(Role::ComplianceOfficer);
const ADMINISTRATOR: Option<Role> = Some(Role::Administrator);

const fn at(page: &'static str, role: Option<Role>, address: &'static str) -> Act {
    Act { page, role, address, form: None, fields: &[] }
}

const fn sent(
    page: &'static str,
    role: Option<Role>,
    address: &'static str,
    form: &'static str,
    fields: &'static [(&'static str, &'static str)],
) -> Act {
    Act { page, role, address, form: Some(form), fields }
}

/// In the order of the pages.
pub(super) const MISTAKES: &[Act] = &[
    sent(
        "/sign-in",
        None,
        "/sign-in",
        "/sign-in",
        &[("login", "nobody@aurora.example"), ("password", "wrong")],
    ),
    at("/alerts/{id}", OFFICER, "/alerts/alert_nothing"),
    sent("/alerts/{id}/case", OFFICER, "/alerts>/alerts/alert_", "/case", &[("title", "")]),
    sent("/alerts/{id}/escalate", OFFICER, "/alerts>/alerts/alert_", "/escalate", &[("note", "")]),
    sent("/cases/{id}/add", OFFICER, "/cases>/cases/case_", "/add", &[("alert", "A-999999999")]),
    sent("/cases/{id}/close", OFFICER, "/cases>/cases/case_", "/close", &[("reason", "")]),
    at("/search", OFFICER, "/search?q=%28direction%3A"),
    sent(
        "/policies/new",
        OFFICER,
        "/policies/new",
        "/policies/new",
        &[("text", "id = \"Not an id\"\ntitle = \"\"\nkind = \"mtach\"\nquery = 'direction:(in OR'\n")],
    ),
    sent(
        "/registry/add",
        OFFICER,
        "/registry/new?kind=iban",
        "/registry/add",
        &[("value", "not an account")],
    ),
    sent(
        "/people/save",
        OFFICER,
        "/people",
        "/people/save",
        &[("employee", "E-1"), ("name", ""), ("notice_at", "")],
    ),
    sent(
        "/sources/connect",
        ADMINISTRATOR,
        "/sources",
        "/sources/connect",
        &[("name", "x"), ("graph_url", "http://")],
    ),
    sent(
        "/users/new",
        ADMINISTRATOR,
        "/users",
        "/users/new",
        &[("login", "somebody@aurora.example"), ("employee", "nobody")],
    ),
    sent(
        "/account/password",
        ADMINISTRATOR,
        "/account",
        "/account/password",
        &[("old", "wrong"), ("new", "one long password"), ("again", "another password")],
    ),
    at("/log/{index}", ADMINISTRATOR, "/log/999999999"),
    at("/alerts", ADMINISTRATOR, "/alerts"),
    at("/nowhere", ADMINISTRATOR, "/nowhere"),
];

/// What is shown once, and to whom did it. It changes how others sign in, so that it is done last and not in a house that
/// other tests live in.
pub(super) const SHOWN_ONCE: &[Act] = &[
    sent("/users/new", ADMINISTRATOR, "/users", "/users/new", &[("login", "somebody@aurora.example")]),
    sent("/users/{id}/password", ADMINISTRATOR, "/users", "/password", &[]),
];

/// Fills the form whose address ends so and sends it as a person would whose browser checks nothing.
const SEND: &str = "
    const [action, fields] = arguments;
    const form = [...document.forms].find((one) => new URL(one.action).pathname.endsWith(action) && one.method === 'post');
    for (let panel = form.closest('details'); panel; panel = panel.parentElement.closest('details')) panel.open = true;
    for (const [name, value] of fields) form.elements[name].value = value;
    form.noValidate = true;
    form.requestSubmit();";

/// Where the page says what is wrong, or what is shown once.
const IS_SAID: &str = "return document.readyState === 'complete'
    && !!document.querySelector('[data-problem], .failed, .mistakes, .secret, #notice:not(:empty)')";

impl Act {
    /// Does it, and waits until the page answers.
    pub(super) async fn perform(&self, visitor: &Visitor) {
        let (address, follow) = self.address.split_once('>').unwrap_or((self.address, ""));
        visitor.open(address).await;
        if !follow.is_empty() {
            let link =
                format!("return document.querySelector('main [href^=\"{follow}\"]')?.getAttribute('href')");
            let link = visitor.until(follow, &link).await;
            visitor.open(link.as_str().unwrap()).await;
        }
        if let Some(form) = self.form {
            let sent = visitor.driver().execute(SEND, vec![json!(form), json!(self.fields)]).await;
            sent.unwrap_or_else(|error| panic!("{}: {error}", self.page));
        }
        visitor.until(&format!("it is answered: {}", self.page), IS_SAID).await;
    }
}
