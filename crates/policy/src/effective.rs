//! From when a version counts, and for whom. Until then the version before it does.

use aboveboard_model::document::Document;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use toml::de::DeValue;

use crate::{
    diagnostic::{Code, Diagnostic},
    policy::{SCOPE_NAMES_MAX, Scope},
    source::{Notes, Table, WORD_BYTES_MAX, wrong_type},
};

/// Dates that one version may name.
pub const EFFECTIVE_MAX: usize = 100;

/// From when a version counts; empty: from the moment it is published, for everybody.
///
/// Of the lines that are about a document the last counts, so that the general one comes first:
/// `effective = [{ from = "2026-12-01" }, { regions = ["IN"], from = "2027-01-01" }]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effective(pub Vec<Since>);

/// From when a version counts for some.
#[derive(Clone, Debug, PartialEq)]
pub struct Since {
    /// For whom.
    pub scope: Scope,
    /// From when. A day begins at midnight UTC; an instant with an offset says it otherwise.
    pub from: Timestamp,
}

impl Effective {
    /// Whether the version counts for a document, by the document's own time, so that a replay gives the same. One that says no time
    /// is of now.
    pub fn holds(&self, document: &Document) -> bool {
        let about = self.0.iter().rev().find(|since| since.scope.holds(document));
        match about {
            None => self.0.is_empty(),
            Some(since) => document.at.is_none_or(|at| at >= since.from),
        }
    }
}

/// The dates of a policy's text.
pub(crate) fn effective(table: &Table<'_, '_>, notes: &mut Notes) -> Effective {
    let Some(value) = table.get("effective") else { return Effective::default() };
    let Some(lines) = value.get_ref().as_array() else {
        wrong_type("effective", "a list of tables with \"from\"", value, notes);
        return Effective::default();
    };
    if lines.len() > EFFECTIVE_MAX {
        let message = format!("\"effective\" has {} lines, the limit is {EFFECTIVE_MAX}", lines.len());
        notes.add(Diagnostic::new(Code::TooMany, value.span(), message));
    }
    let mut since = Vec::new();
    for line in lines.iter().take(EFFECTIVE_MAX) {
        let DeValue::Table(inner) = line.get_ref() else {
            wrong_type("effective", "a table with \"from\"", line, notes);
            continue;
        };
        let line = Table::new(inner, line.span(), "a line of \"effective\"");
        line.only(&["from", "regions", "teams"], notes);
        let scope = Scope {
            regions: line.texts("regions", SCOPE_NAMES_MAX, notes).unwrap_or_default(),
            teams: line.texts("teams", SCOPE_NAMES_MAX, notes).unwrap_or_default(),
        };
        let Some(from) = line.required_text("from", WORD_BYTES_MAX, notes) else { continue };
        match instant(from.value) {
            Some(from) => since.push(Since { scope, from }),
            None => notes.add(
                Diagnostic::new(Code::BadDate, from.span, "\"from\" is neither a day nor an instant")
                    .with_help("like \"2026-12-01\" or \"2026-12-01T00:00:00-03:00\""),
            ),
        }
    }
    Effective(since)
}

fn instant(text: &str) -> Option<Timestamp> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse().ok().or_else(|| day().map(|day| day.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    const TEXT: &str =
        "id = \"a.b\"\ntitle = \"t\"\nkind = \"match\"\nquery = 'x'\nseverity = \"low\"\naction = \"log\"\n";

    fn parsed(line: &str) -> Result<Effective, Vec<String>> {
        let policy = Policy::parse(&format!("{TEXT}{line}"));
        policy
            .map(|parsed| parsed.policy.effective)
            .map_err(|mistakes| mistakes.iter().map(|one| one.code.word().to_owned()).collect())
    }

    fn document(region: &str, at: &str) -> Document {
        let at = (!at.is_empty()).then(|| at.parse().unwrap());
        Document { region: Some(region.into()), at, ..Document::default() }
    }

    #[test]
    fn a_version_counts_from_its_day_and_the_last_line_about_somebody_is_theirs() {
        let dates = parsed(
            "effective = [{ from = \"2026-12-01\" }, { regions = [\"IN\"], from = \"2027-01-01T00:00:00+05:30\" }]",
        )
        .unwrap();
        for (region, at, wanted) in [
            ("BR", "2026-11-30T23:59:59Z", false),
            ("BR", "2026-12-01T00:00:00Z", true),
            ("IN", "2026-12-01T00:00:00Z", false),
            ("IN-MH", "2026-12-31T18:29:59Z", false),
            ("IN-MH", "2026-12-31T18:30:00Z", true),
            ("BR", "", true),
        ] {
            assert_eq!(dates.holds(&document(region, at)), wanted, "{region} {at}");
        }
        let some = parsed("effective = [{ regions = [\"IN\"], from = \"2026-12-01\" }]").unwrap();
        assert!(!some.holds(&document("BR", "2027-12-01T00:00:00Z")), "nobody said that it counts there");
        assert!(Effective::default().holds(&document("BR", "2020-01-01T00:00:00Z")));
    }

    #[test]
    fn what_is_no_date_is_named() {
        for (line, code) in [
            ("effective = \"2026-12-01\"", "P005"),
            ("effective = [{ from = \"tomorrow\" }]", "P013"),
            ("effective = [{ regions = [\"IN\"] }]", "P003"),
            ("effective = [{ from = \"2026-12-01\", until = \"2027\" }]", "P004"),
        ] {
            assert!(parsed(line).unwrap_err().contains(&code.to_owned()), "{line}");
        }
    }
}
