//! Policies to narrow the queue by: those that found something. Few are a list in the form, many are completed as one types.

use aboveboard_ledger::view::PolicyRow;
use aboveboard_model::access::Permission;
use aboveboard_policy::Policy;

use crate::{
    pages::completions::{Line, List},
    problem::Problem,
    reply::Reply,
    visit::Visit,
};

/// So many stand in the form; nobody reads a longer list, and every page would carry it.
pub(super) const LISTED_MAX: usize = 40;
/// Lines that are offered for what was typed.
const LINES_MAX: usize = 8;

/// By id, those in force that found something, and the one that is chosen; none where the visitor may not see policies.
pub(super) fn found(visit: &Visit, chosen: Option<&str>) -> Result<Vec<String>, Problem> {
    let is_offered = |row: &PolicyRow| is_useful(row) || chosen == Some(&row.id);
    Ok(all(visit)?.into_iter().filter(is_offered).map(|row| row.id).collect())
}

/// What may stand where somebody types a policy: asked for by the script.
pub(in crate::pages) fn complete(visit: &Visit) -> Result<Reply, Problem> {
    visit.page(&List { lines: lines(&all(visit)?, &visit.query.text("q")) })
}

fn all(visit: &Visit) -> Result<Vec<PolicyRow>, Problem> {
    if !visit.may(Permission::PolicyRead) {
        return Ok(vec![]);
    }
    Ok(visit.ledger().policies(visit.by()?)?)
}

fn is_useful(row: &PolicyRow) -> bool {
    row.active && row.findings > 0
}

/// By id or title, those first that begin with what was typed.
fn lines(rows: &[PolicyRow], typed: &str) -> Vec<Line> {
    let typed = typed.to_lowercase();
    let title =
        |row: &PolicyRow| Policy::parse(&row.text).map(|parsed| parsed.policy.title).unwrap_or_default();
    let mut named: Vec<(&PolicyRow, String)> = rows
        .iter()
        .filter(|row| is_useful(row))
        .map(|row| (row, title(row)))
        .filter(|(row, title)| row.id.contains(&typed) || title.to_lowercase().contains(&typed))
        .collect();
    named.sort_by_key(|(row, _)| !row.id.starts_with(&typed));
    named.truncate(LINES_MAX);
    named.into_iter().map(|(row, title)| Line::whole(&row.id, title)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::policies::tests::{TEXT, policy};

    #[test]
    fn policies_that_found_something_are_offered_by_id_or_title() {
        let row = |id: &str, active| policy(id, 1, TEXT, active);
        let quiet = PolicyRow { findings: 0, ..row("side-deal.quiet", true) };
        let rows =
            [row("conduct.side-deal", true), quiet, row("side-deal.cash", true), row("side-deal.old", false)];
        let ids = |typed| -> Vec<String> { lines(&rows, typed).into_iter().map(|line| line.query).collect() };
        assert_eq!(ids("Side-deal"), ["side-deal.cash", "conduct.side-deal"]);
        assert_eq!(ids("own <pix> k").len(), 2, "by title");
        assert_eq!(ids("nothing so called"), [""; 0]);
        let many: Vec<PolicyRow> = (0..100).map(|at| row(&format!("p{at}"), true)).collect();
        assert_eq!(lines(&many, "").len(), LINES_MAX);
    }
}
