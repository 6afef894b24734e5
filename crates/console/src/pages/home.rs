//! The first page: whatever the visitor's work begins with.

use crate::{problem::Problem, reply::Reply, visit::Visit};

/// Leads to the first place of the navigation that the visitor may open; who may open none sees their account.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let shell = visit.shell();
    let first = shell.navigation.first().map(|place| place.path);
    Ok(Reply::to(first.unwrap_or("/account")))
}
