//! The first page: whatever the visitor's work begins with.

use aboveboard_model::access::Permission;

use crate::{problem::Problem, reply::Reply, visit::Visit};

/// Leads to the first place of the navigation that the visitor may open, or to the guide while nothing is captured and the
/// visitor connects sources; who may open none sees their account.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    if visit.may(Permission::SourceWrite) {
        let sources = visit.ledger().sources(visit.by()?)?;
        if sources.iter().all(|source| source.messages == 0) {
            return Ok(Reply::to("/guide"));
        }
    }
    let shell = visit.shell();
    let first = shell.navigation.first().map(|place| place.path);
    Ok(Reply::to(first.unwrap_or("/account")))
}
