//! A file of a message.

use aboveboard_model::{access::Purpose, id::Index};

use crate::{problem::Problem, reply::Reply, visit::Visit};

/// Answers with the file's bytes. What it is read for stands in `?for=`: an alert, a case, or else an investigation.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let alert = visit.query.parsed("for").map(Purpose::Review);
    let case = || visit.query.parsed("for").map(Purpose::Case);
    let purpose = alert.or_else(case).unwrap_or(Purpose::Investigation);
    let entry = Index(visit.part("entry")?);
    Ok(Reply::media(visit.ledger().media(&visit.access(purpose)?, entry)?))
}
