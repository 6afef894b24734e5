//! The table of pages: what can be asked of the console, and who may. What is not here does not exist.

mod account;
mod first_run;
mod home;
mod overview;
mod sign_in;

mod alert;
mod alerts;
mod case;
mod cases;
mod media;

mod completions;
mod conversation;
mod conversations;
mod go;
mod search;

mod backtest;
mod contact;
mod contacts;
mod employee;
mod packs;
mod people;
mod policies;
mod policy;
mod preview;
mod registry;
mod rule;

mod coverage;
mod entry;
mod guide;
mod log;
mod sources;

mod api;

mod access_log;
mod users;

mod asset;
mod events;

use aboveboard_model::access::Permission as May;

use crate::{
    problem::Problem,
    route::{Route, Verb},
};

/// Every page and every act, in the order of the work.
pub(crate) const ALL: &[Route] = &[
    Route::get("/", "home.title", May::OwnAccount, home::show),
    Route::get("/overview", "overview.title", May::OverviewRead, overview::show),
    Route::open_get("/sign-in", "sign_in.title", sign_in::show),
    Route::open_post("/sign-in", "sign_in.title", sign_in::enter),
    Route::post("/sign-out", "sign_out.title", May::OwnAccount, sign_in::leave),
    Route::open_get("/first-run", "first_run.title", first_run::show),
    Route::open_post("/first-run", "first_run.title", first_run::make),
    Route::get("/account", "account.title", May::OwnAccount, account::show),
    Route::post("/account/settings", "account.settings", May::OwnAccount, account::settings),
    Route::post("/account/password", "account.password", May::OwnAccount, account::password),
    Route::get("/alerts", "alerts.title", May::AlertRead, alerts::show),
    Route::by_script("/alerts/policies", "alerts.policy", May::PolicyRead, alerts::complete_policy),
    Route::get("/alerts/alike", "alike.title", May::AlertRead, alerts::alike),
    Route::post("/alerts/alike", "alike.title", May::AlertDecide, alerts::dismiss_alike),
    Route::post("/alerts/undo", "act.undo", May::AlertDecide, alerts::undo_many),
    Route::post("/queues/save", "queues.save", May::AlertRead, alerts::save_queue),
    Route::post("/queues/{id}/drop", "queues.drop", May::AlertRead, alerts::drop_queue),
    Route::get("/alerts/{id}", "alert.title", May::AlertRead, alert::show),
    Route::post("/alerts/{id}/claim", "alert.claim", May::AlertDecide, alert::claim),
    Route::post("/alerts/{id}/release", "alert.release", May::AlertDecide, alert::release),
    Route::post("/alerts/{id}/dismiss", "alert.dismiss", May::AlertDecide, alert::dismiss),
    Route::post("/alerts/{id}/confirm", "alert.confirm", May::AlertDecide, alert::confirm),
    Route::post("/alerts/{id}/escalate", "alert.escalate", May::AlertDecide, alert::escalate),
    Route::post("/alerts/{id}/note", "alert.note", May::AlertDecide, alert::note),
    Route::post("/alerts/{id}/reopen", "alert.reopen", May::AlertDecide, alert::reopen),
    Route::post("/alerts/{id}/undo", "act.undo", May::AlertDecide, alert::undo),
    Route::post("/alerts/{id}/assign", "alert.assign", May::AlertDecide, alert::assign),
    Route::post("/alerts/{id}/case", "alert.case", May::CaseDecide, alert::open_case),
    Route::get("/cases", "cases.title", May::CaseRead, cases::show),
    Route::get("/cases/{id}", "case.title", May::CaseRead, case::show),
    Route::post("/cases/{id}/note", "case.note", May::CaseDecide, case::note),
    Route::post("/cases/{id}/add", "case.add", May::CaseDecide, case::add),
    Route::post("/cases/{id}/close", "case.close", May::CaseDecide, case::close),
    Route::post("/cases/{id}/reopen", "case.reopen", May::CaseDecide, case::reopen),
    Route::get("/conversations", "conversations.title", May::ConversationRead, conversations::show),
    Route::get("/conversations/{id}", "conversation.title", May::ConversationRead, conversation::show),
    Route::get("/go", "go.title", May::OwnAccount, go::show),
    Route::get("/search", "search.title", May::Search, search::show),
    Route::by_script("/search/completions", "search.completions", May::Search, completions::show),
    Route::get("/packs", "packs.title", May::PolicyRead, packs::show),
    Route::get("/packs/{pack}", "packs.pack", May::PolicyRead, packs::one),
    Route::post("/packs/{pack}", "packs.propose", May::PolicyWrite, packs::propose),
    Route::post("/packs/{pack}/agree", "packs.agree", May::PolicyWrite, packs::agree),
    Route::get("/policies", "policies.title", May::PolicyRead, policies::show),
    Route::get("/policies/new", "policies.new", May::PolicyWrite, policy::new),
    Route::post("/policies/new", "policies.new", May::PolicyWrite, policy::save),
    Route::post("/policies/preview", "policy.preview", May::PolicyWrite, preview::show),
    Route::get("/policies/{id}", "policy.title", May::PolicyRead, policy::show),
    Route::get("/policies/{id}/backtest", "backtest.title", May::PolicyWrite, backtest::show),
    Route::post("/policies/{id}/backtest", "backtest.title", May::PolicyWrite, backtest::begin),
    Route::post("/policies/{id}/backtest/cancel", "backtest.cancel", May::PolicyWrite, backtest::cancel),
    Route::get("/policies/{id}/edit", "policy.edit", May::PolicyWrite, policy::edit),
    Route::post("/policies/{id}/edit", "policy.edit", May::PolicyWrite, policy::save),
    Route::post("/policies/{id}/agree", "rule.agree", May::PolicyWrite, rule::agree),
    Route::post("/policies/{id}/return", "rule.give_back", May::PolicyWrite, rule::give_back),
    Route::post("/policies/{id}/discard", "rule.discard", May::PolicyWrite, rule::discard),
    Route::post("/policies/{id}/retire", "policy.retire", May::PolicyWrite, rule::retire),
    Route::get("/registry", "registry.title", May::RegistryRead, registry::show),
    Route::get("/registry/new", "registry.add", May::RegistryWrite, registry::new),
    Route::post("/registry/add", "registry.add", May::RegistryWrite, registry::add),
    Route::post_csv("/registry/file", "lines.upload", May::RegistryWrite, registry::upload),
    Route::get("/registry/export", "registry.export", May::RegistryRead, registry::export),
    Route::get("/registry/{id}", "registry.title", May::RegistryRead, registry::show_one),
    Route::post("/registry/{id}/end", "registry.end", May::RegistryWrite, registry::end),
    Route::api_get("/api/v1/openapi.json", May::OwnAccount, api::described),
    Route::api_get("/api/v1/registry", May::RegistryRead, api::list),
    Route::api_post("/api/v1/registry", May::RegistryWrite, api::add),
    Route::api_post("/api/v1/registry/{id}/end", May::RegistryWrite, api::end),
    Route::post("/registry/{id}/settle", "registry.confirm", May::RegistryWrite, registry::settle),
    Route::get("/people", "people_page.title", May::PeopleRead, people::show),
    Route::post("/people/save", "people_page.add", May::PeopleWrite, people::save),
    Route::post("/people/notice", "people_page.notice", May::PeopleWrite, people::notice),
    Route::post_csv("/people/file", "lines.upload", May::PeopleWrite, people::upload),
    Route::get("/people/{id}", "employee.title", May::PeopleRead, employee::show),
    Route::get("/people/contacts", "contacts.title", May::ContactRead, contacts::show),
    Route::get("/people/contacts/{id}", "contact.title", May::ContactRead, contact::show),
    Route::post("/people/contacts/{id}/merge", "contact.merge", May::ContactWrite, contact::merge),
    Route::post("/people/contacts/{id}/split", "contact.split", May::ContactWrite, contact::split),
    Route::post("/people/contacts/{id}/undo", "contact.take_back", May::ContactWrite, contact::undo),
    Route::get("/sources", "sources.title", May::SourceRead, sources::show),
    Route::post("/sources/connect", "sources.connect", May::SourceWrite, sources::connect),
    Route::post("/sources/{id}/change", "sources.change", May::SourceWrite, sources::change),
    Route::get("/sources/coverage", "coverage.title", May::SourceRead, coverage::show),
    Route::get("/sources/coverage/{number}", "coverage.title", May::SourceRead, coverage::number),
    Route::get("/guide", "guide.title", May::SourceRead, guide::show),
    Route::post("/guide/source", "guide.make", May::SourceWrite, guide::connect),
    Route::post("/guide/{id}/mend", "guide.mend", May::SourceWrite, guide::mend),
    Route::post("/guide/{id}/ask", "guide.platform", May::SourceWrite, guide::ask),
    Route::get("/log", "log.title", May::LogRead, log::show),
    Route::post("/log/verify", "log.verified", May::LogRead, log::verify),
    Route::get("/log/check", "log.verified", May::LogRead, log::check),
    Route::get("/log/{index}", "entry.title", May::LogRead, entry::show),
    Route::get("/log/{index}/proof", "entry.proof", May::LogRead, entry::proof),
    Route::get("/log/{index}/export", "entry.export", May::EntryExport, entry::export),
    Route::get("/users", "users.title", May::UserRead, users::show),
    Route::post("/users/new", "users.new", May::UserWrite, users::create),
    Route::post("/users/{id}/roles", "users.change_roles", May::UserWrite, users::set_roles),
    Route::post("/users/{id}/approve", "users.approve", May::UserApprove, users::approve),
    Route::post("/users/{id}/disable", "users.disable", May::UserWrite, users::disable),
    Route::post("/users/{id}/enable", "users.enable", May::UserWrite, users::enable),
    Route::post("/users/{id}/password", "users.give_password", May::UserWrite, users::give_password),
    Route::get("/access-log", "access_log.title", May::AccessLogRead, access_log::show),
    Route::get("/media/{entry}", "media.title", May::ConversationRead, media::show),
    Route::by_script("/events", "events.title", May::OwnAccount, events::stream),
    Route::open_get("/assets/{name}", "asset.title", asset::show),
];

/// The address of every page that a person opens, in the order of the table and with `{name}` for a part that varies: for
/// tools that look at all of them.
pub fn addresses() -> impl Iterator<Item = &'static str> {
    ALL.iter()
        .filter(|route| route.verb == Verb::See && route.by_person && !route.is_api)
        .map(|route| route.path)
}

/// What answers where there is no page, and where a page does not take such a request.
pub(crate) static UNKNOWN: Route =
    Route::open_get("/", "problem.not_found.title", |_| Err(Problem::NOT_FOUND));

#[cfg(test)]
pub(crate) use guide::STEP_WORDS;

#[cfg(test)]
mod tests;
