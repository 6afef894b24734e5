//! Every page as every role: it opens or is refused, nothing is complained about, and nothing sticks out sideways.

use aboveboard_model::access::Role::{
    self, Administrator, Auditor, ComplianceOfficer, PrivacyOfficer, Reviewer,
};
use serde_json::{Value, json};

use super::{
    samples::{Samples, path},
    visitor::{Scripts, Visitor},
};

/// Who reads what people wrote.
const CONTENT: &[Role] = &[ComplianceOfficer, Reviewer];
/// Who sees the rules.
const RULES: &[Role] = &[ComplianceOfficer, Reviewer, PrivacyOfficer, Auditor];
/// Who writes rules.
const RULE_WRITERS: &[Role] = &[ComplianceOfficer];
/// Who sees people, sources, users and the log.
const OPERATION: &[Role] = &[Administrator, ComplianceOfficer, PrivacyOfficer, Auditor];
/// Who sees who read what.
const OVERSIGHT: &[Role] = &[PrivacyOfficer, Auditor];

/// The places of the navigation in reading order, and who has them.
const PLACES: &[(&str, &[Role])] = &[
    ("/overview", OPERATION),
    ("/alerts", CONTENT),
    ("/cases", CONTENT),
    ("/conversations", CONTENT),
    ("/search", CONTENT),
    ("/policies", RULES),
    ("/registry", RULES),
    ("/people", OPERATION),
    ("/sources", OPERATION),
    ("/log", OPERATION),
    ("/users", OPERATION),
    ("/access-log", OVERSIGHT),
];

/// A question with a mistake in it.
const MISTAKEN: &str = "/search?q=%28direction%3A";

/// Widths of a screen on a desk and of one in a hand, in CSS pixels.
const WIDTHS: &[u32] = &[1280, 390];

/// What can be scrolled sideways although it must not: the page, or a part of it that is not made for it.
const STICKS_OUT: &str = "
    const made_for_it = '.table-box, pre, textarea, input, .tabs, .rail, .acts, .narrow-by';
    const wide = (one) => one.scrollWidth > one.clientWidth + 1;
    const scrolls = (one) => ['auto', 'scroll'].includes(getComputedStyle(one).overflowX);
    const parts = [...document.body.querySelectorAll('*')]
        .filter((one) => !one.closest(made_for_it) && scrolls(one) && wide(one));
    const root = document.documentElement;
    return [...(wide(root) ? [root] : []), ...parts]
        .map((one) => `${one.tagName} ${one.id} ${one.className}: ${one.scrollWidth} > ${one.clientWidth}`);";

/// Controls that a screen reader could not name.
const NAMELESS: &str = "
    const named = (one) => one.ariaLabel || one.textContent.trim() || one.title || one.labels?.[0]?.textContent.trim();
    return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
        .filter((one) => one.checkVisibility() && !named(one)).map((one) => one.outerHTML);";

#[tokio::test]
async fn each_page_opens_for_the_roles_that_have_it_and_shows_itself_without_fault() {
    let pages = pages(Samples::found().await);
    let visitor = Visitor::new(Scripts::On).await;
    for role in Role::ALL {
        visitor.sign_in(*role).await;
        let wanted: Vec<&str> =
            PLACES.iter().filter(|(_, roles)| roles.contains(role)).map(|(path, _)| *path).collect();
        let rail = "return [...document.querySelectorAll('.rail a')].map((one) => one.getAttribute('href'))";
        assert_eq!(visitor.texts(rail).await, wanted, "the navigation of {}", role.word());
        for (page, roles) in &pages {
            let answer = if page == MISTAKEN { 422 } else { 200 };
            let wanted = if roles.contains(role) { answer } else { 403 };
            shows(&visitor, page, wanted, role.word()).await;
        }
        shows(&visitor, "/nowhere", 404, role.word()).await;
    }
    visitor.leave().await;
}

#[tokio::test]
async fn pages_for_those_who_are_not_signed_in_show_themselves_without_fault() {
    let visitor = Visitor::new(Scripts::On).await;
    for (page, wanted) in [("/sign-in", 200), ("/alerts", 200), ("/first-run", 404)] {
        shows(&visitor, page, wanted, "nobody").await;
    }
    assert_eq!(visitor.text("return location.pathname").await, "/first-run");
    visitor.open("/alerts").await;
    assert_eq!(visitor.text("return location.pathname + location.search").await, "/sign-in?next=%2Falerts");
    visitor.leave().await;
}

#[tokio::test]
async fn nothing_that_is_not_ours_runs_or_loads_and_the_browser_says_so() {
    let visitor = Visitor::new(Scripts::On).await;
    visitor.open("/sign-in").await;
    assert_eq!(visitor.complaints().await, Vec::<String>::new());
    let smuggled = "
        const script = document.createElement('script');
        script.append('window.smuggled = true');
        document.body.append(script);
        return window.smuggled ?? false;";
    assert_eq!(visitor.read(smuggled).await, json!(false));
    let complaints = visitor.complaints().await;
    assert!(complaints.iter().any(|one| one.contains("TrustedScript")), "{complaints:?}");
    let fetched = "return new Promise((told) => {
        const picture = new Image();
        picture.onload = () => told('shown');
        picture.onerror = () => told('refused');
        picture.src = 'http://elsewhere.example/picture.png';
    })";
    assert_eq!(visitor.text(fetched).await, "refused");
    let complaints = visitor.complaints().await;
    let by_policy =
        |one: &String| one.contains("Content Security Policy directive") && one.contains("img-src");
    assert!(complaints.iter().any(by_policy), "{complaints:?}");
    visitor.leave().await;
}

/// All pages that can be looked at, with one of each kind, and who has them.
fn pages(samples: &Samples) -> Vec<(String, &'static [Role])> {
    let details: [(&str, &[Role]); 22] = [
        ("/", Role::ALL),
        ("/account", Role::ALL),
        (&samples.alert, CONTENT),
        (path(&samples.alert), CONTENT),
        ("/alerts?state=mine", CONTENT),
        ("/alerts?state=closed", CONTENT),
        (&samples.case, CONTENT),
        ("/cases?state=closed", CONTENT),
        (&samples.conversation, CONTENT),
        ("/search?q=direction%3Aout", CONTENT),
        (MISTAKEN, CONTENT),
        ("/policies/off-channel.private-contact", RULES),
        ("/policies/off-channel.private-contact/edit", RULE_WRITERS),
        ("/policies/new", RULE_WRITERS),
        ("/packs", RULES),
        ("/packs/finance", RULES),
        (&samples.employee, OPERATION),
        ("/sources/coverage", OPERATION),
        ("/sources/coverage?show=unassigned", OPERATION),
        (&samples.number, OPERATION),
        ("/log/0", OPERATION),
        (&samples.entry, OPERATION),
    ];
    PLACES.iter().chain(&details).map(|(page, roles)| ((*page).to_owned(), *roles)).collect()
}

/// Opens a page, and looks at it in every width.
async fn shows(visitor: &Visitor, page: &str, wanted: u64, who: &str) {
    let status = visitor.open(page).await;
    let about = format!("{page} as {who}");
    assert_eq!(status, wanted, "{about}");
    let code = visitor.text("return document.querySelector('[data-problem] .code code')?.textContent").await;
    let told = match wanted {
        403 => "403-not_permitted",
        404 => "404-not_found",
        _ => "",
    };
    assert_eq!(code, told, "{about}");
    assert_eq!(visitor.texts(NAMELESS).await, Vec::<String>::new(), "{about}");
    for width in WIDTHS {
        widen(visitor, Some(*width)).await;
        assert_eq!(visitor.texts(STICKS_OUT).await, Vec::<String>::new(), "{about}, {width} wide");
    }
    widen(visitor, None).await;
    let deliberate = format!("status of {wanted} ");
    let complaints: Vec<String> = visitor.complaints().await;
    let unwanted: Vec<&String> = complaints.iter().filter(|one| !one.contains(&deliberate)).collect();
    assert!(unwanted.is_empty(), "{about}: {unwanted:?}");
}

/// Makes the page so many CSS pixels wide; as wide as the window where there is no number.
async fn widen(visitor: &Visitor, width: Option<u32>) {
    let cdp = visitor.driver().cdp();
    let done: Value = match width {
        Some(width) => {
            let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
            cdp.send_raw("Emulation.setDeviceMetricsOverride", size).await.unwrap()
        }
        None => cdp.send_raw("Emulation.clearDeviceMetricsOverride", json!({})).await.unwrap(),
    };
    assert!(done.is_object() || done.is_null());
}
