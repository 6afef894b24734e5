//! What a form, a line of a file or a request of the API says about an entry, made into one; or what is wrong with it, by column.

use aboveboard_ledger::{By, Ledger};
use aboveboard_model::{
    document::Amount,
    id::{ContactId, ConversationId, EmployeeId},
    registry::{self, Entry, Flaw, Kind, Terms},
};
use jiff::{Timestamp, ToSpan, tz::TimeZone};

use crate::{
    lines::{self, Column},
    problem::Problem,
    words::Words,
};

/// Columns of a file, fields of a form, members of the API.
pub(in crate::pages) const COLUMNS: &[Column] = &[
    ("kind", true),
    ("value", true),
    ("label", false),
    ("from", false),
    ("until", false),
    ("network", false),
    ("domains", false),
    ("price", false),
    ("currency", false),
    ("words", false),
    ("percent", false),
    ("employee", false),
    ("team", false),
    ("region", false),
    ("client", false),
    ("conversation", false),
    ("approver", false),
];
/// What stands between several domains or words of one cell.
const BETWEEN: char = '|';

/// What is wrong: in which column, and the word of it under `registry_flaw`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pages) struct Wrong {
    pub(in crate::pages) column: &'static str,
    pub(in crate::pages) what: &'static str,
}

impl Wrong {
    fn new(column: &'static str, what: &'static str) -> Self {
        Self { column, what }
    }

    /// The column, what is wrong, and what mends it.
    pub(in crate::pages) fn told(&self, w: Words) -> String {
        format!("{}: {}", self.column, w.of("registry_flaw", self.what))
    }
}

/// Why there is no entry.
pub(in crate::pages) enum Failed {
    /// Something is wrong with what was given.
    Wrong(Wrong),
    /// The question whom it names was refused, or could not be asked.
    Problem(Problem),
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Failed::Problem(problem)
    }
}

impl From<Wrong> for Failed {
    fn from(wrong: Wrong) -> Self {
        Failed::Wrong(wrong)
    }
}

/// Whom names are looked up for, and in which zone days begin.
pub(in crate::pages) struct Reader<'a> {
    pub(in crate::pages) ledger: &'a Ledger,
    pub(in crate::pages) by: &'a By,
    pub(in crate::pages) zone: &'a TimeZone,
}

/// What goes with a kind besides what goes with all.
fn columns_of(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Handle | Kind::Account => &["network"],
        Kind::Brand => &["domains"],
        Kind::Price => &["price", "currency", "region", "words"],
        Kind::Discount => &["percent", "employee", "team", "region"],
        Kind::Approval => &["percent", "price", "currency", "client", "conversation", "approver"],
        _ => &[],
    }
}

impl Reader<'_> {
    /// Makes an entry of what is given by column.
    pub(in crate::pages) fn entry(&self, get: &dyn Fn(&str) -> Option<String>) -> Result<Entry, Failed> {
        let kind = get("kind").map(|word| word.to_lowercase()).and_then(|word| Kind::from_word(&word));
        let kind = kind.ok_or(Wrong::new("kind", "no_kind"))?;
        let common = ["kind", "value", "label", "from", "until"];
        let fits = |column: &str| common.contains(&column) || columns_of(kind).contains(&column);
        if let Some((column, _)) = COLUMNS.iter().find(|(column, _)| !fits(column) && get(column).is_some()) {
            return Err(Wrong::new(column, Flaw::OtherKind.word()).into());
        }
        let value = plain(get("value").ok_or(Wrong::new("value", Flaw::Blank.word()))?);
        let entry = Entry {
            label: plain(get("label").unwrap_or_default()),
            from: self.begin(get)?,
            until: self.end(get)?,
            terms: self.terms(kind, get)?,
            ..Entry::new(kind, &value)
        };
        match registry::flaw(&entry) {
            Some(flaw) => Err(Wrong::new(flaw.column(), flaw.word()).into()),
            None => Ok(entry),
        }
    }

    fn begin(&self, get: &dyn Fn(&str) -> Option<String>) -> Result<Option<Timestamp>, Wrong> {
        let Some(text) = get("from") else { return Ok(None) };
        lines::instant(&text, self.zone).map(Some).ok_or(Wrong::new("from", "date"))
    }

    /// A day is the last day: what ends on it holds until it is over.
    pub(in crate::pages) fn end(
        &self,
        get: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Timestamp>, Wrong> {
        let Some(text) = get("until") else { return Ok(None) };
        let wrong = || Wrong::new("until", "date");
        let at = lines::instant(&text, self.zone).ok_or_else(wrong)?;
        if text.len() != "2026-01-31".len() {
            return Ok(Some(at));
        }
        let next = at.to_zoned(self.zone.clone()).checked_add(1.day()).map_err(|_| wrong())?;
        Ok(Some(next.timestamp()))
    }

    fn terms(&self, kind: Kind, get: &dyn Fn(&str) -> Option<String>) -> Result<Terms, Failed> {
        let several = |column: &str| -> Vec<String> {
            let text = get(column).unwrap_or_default();
            text.split(BETWEEN).map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
        };
        Ok(match kind {
            Kind::Handle | Kind::Account => get("network")
                .map_or(Terms::None, |network| Terms::Network { network: network.to_lowercase() }),
            Kind::Brand => Terms::Brand { domains: several("domains") },
            Kind::Price => Terms::Price {
                price: price(get)?.ok_or(Wrong::new("price", Flaw::Price.word()))?,
                region: get("region"),
                words: several("words"),
            },
            Kind::Discount => Terms::Authority {
                percent: percent(get)?.ok_or(Wrong::new("percent", Flaw::Percent.word()))?,
                employee: self.employee("employee", get)?,
                team: get("team"),
                region: get("region"),
            },
            Kind::Approval => Terms::Approval {
                contact: self.client(get)?,
                conversation: self.conversation(get)?,
                percent: percent(get)?,
                price: price(get)?,
                approver: self.employee("approver", get)?,
            },
            _ => Terms::None,
        })
    }

    fn employee(
        &self,
        column: &'static str,
        get: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<EmployeeId>, Failed> {
        let Some(reference) = get(column) else { return Ok(None) };
        let known = self.ledger.employee_of_reference(self.by, &reference).map_err(Problem::from)?;
        Ok(Some(known.ok_or(Wrong::new(column, "employee_unknown"))?))
    }

    fn client(&self, get: &dyn Fn(&str) -> Option<String>) -> Result<Option<ContactId>, Failed> {
        let Some(named) = get("client") else { return Ok(None) };
        let known = self.ledger.client_of(self.by, &named).map_err(Problem::from)?;
        Ok(Some(known.ok_or(Wrong::new("client", "client_unknown"))?))
    }

    fn conversation(&self, get: &dyn Fn(&str) -> Option<String>) -> Result<Option<ConversationId>, Failed> {
        let Some(named) = get("conversation") else { return Ok(None) };
        let id: Option<ConversationId> = named.parse().ok();
        let unknown = Wrong::new("conversation", "conversation_unknown");
        let id = id.ok_or(unknown.clone())?;
        let known = self.ledger.is_conversation(self.by, id).map_err(Problem::from)?;
        if known { Ok(Some(id)) } else { Err(unknown.into()) }
    }
}

fn price(get: &dyn Fn(&str) -> Option<String>) -> Result<Option<Amount>, Wrong> {
    let Some(text) = get("price") else { return Ok(None) };
    let amount = decimal(&text).ok_or(Wrong::new("price", Flaw::Price.word()))?;
    Ok(Some(Amount { amount, currency: get("currency").map(|currency| currency.to_uppercase()) }))
}

fn percent(get: &dyn Fn(&str) -> Option<String>) -> Result<Option<f64>, Wrong> {
    let Some(text) = get("percent") else { return Ok(None) };
    let bare = text.trim_end_matches('%').trim_end();
    decimal(bare).map(Some).ok_or(Wrong::new("percent", Flaw::Percent.word()))
}

/// Digits with one decimal mark, a full stop or a comma. Thousands are not set apart: nobody could tell them from a fraction.
fn decimal(text: &str) -> Option<f64> {
    let marks = text.bytes().filter(|byte| matches!(byte, b'.' | b',')).count();
    let behind = text.rfind(['.', ',']).map_or(0, |at| text.len() - at - 1);
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    (is_plain && marks <= 1 && behind != 3).then(|| text.replace(',', ".").parse().ok()).flatten()
}

/// Without the apostrophe that keeps a spreadsheet from reading a formula.
fn plain(text: String) -> String {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(is_formula) => rest.to_owned(),
        _ => text,
    }
}

fn is_formula(first: char) -> bool {
    matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r')
}

/// An entry as a line of a file, in the order of [`COLUMNS`]; no cell is read as a formula.
pub(in crate::pages) fn cells(entry: &Entry) -> Vec<String> {
    let mut cells: Vec<(&str, String)> = vec![
        ("kind", entry.kind.word().to_owned()),
        ("value", entry.value.clone()),
        ("label", entry.label.clone()),
        ("from", entry.from.map_or_else(String::new, |at| at.to_string())),
        ("until", entry.until.map_or_else(String::new, |at| at.to_string())),
    ];
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let id = |id: Option<String>| id.unwrap_or_default();
    let mut money =
        |amount: &Amount| [("price", format!("{:.2}", amount.amount)), ("currency", text(&amount.currency))];
    match &entry.terms {
        Terms::None => {}
        Terms::Network { network } => cells.push(("network", network.clone())),
        Terms::Brand { domains } => cells.push(("domains", domains.join("|"))),
        Terms::Price { price, region, words } => {
            cells.extend(money(price));
            cells.extend([("region", text(region)), ("words", words.join("|"))]);
        }
        Terms::Authority { percent, employee, team, region } => cells.extend([
            ("percent", percent.to_string()),
            ("employee", id(employee.map(|id| id.to_string()))),
            ("team", text(team)),
            ("region", text(region)),
        ]),
        Terms::Approval { contact, conversation, percent, price, approver } => {
            cells.extend(price.iter().flat_map(&mut money));
            cells.extend([
                ("percent", percent.map_or_else(String::new, |percent| percent.to_string())),
                ("client", id(contact.map(|id| id.to_string()))),
                ("conversation", id(conversation.map(|id| id.to_string()))),
                ("approver", id(approver.map(|id| id.to_string()))),
            ]);
        }
    }
    let cell = |(column, _): &Column| {
        let found = cells.iter().find(|(name, _)| name == column);
        let text = found.map_or_else(String::new, |(_, text)| text.clone());
        if text.starts_with(is_formula) { format!("'{text}") } else { text }
    };
    COLUMNS.iter().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_where_they_can_mean_one_thing_only() {
        for (text, wanted) in [
            ("1350", Some(1350.0)),
            ("1350.5", Some(1350.5)),
            ("1350,50", Some(1350.5)),
            ("1.350", None),
            ("1,350.00", None),
            ("-5", None),
            ("R$ 5", None),
            ("", None),
            ("1e9", None),
        ] {
            assert_eq!(decimal(text), wanted, "{text}");
        }
    }

    #[test]
    fn no_cell_is_a_formula_and_what_was_written_is_read_back() {
        let entry = Entry::new(Kind::Account, "=HYPERLINK(\"x\")");
        let line = cells(&entry);
        assert_eq!(line[1], "'=HYPERLINK(\"x\")");
        assert_eq!(plain(line[1].clone()), entry.value);
        assert_eq!(plain("'s-Hertogenbosch".into()), "'s-Hertogenbosch");
        assert_eq!(cells(&Entry::new(Kind::Phone, "+55 11"))[1], "'+55 11");
        assert_eq!(line.len(), COLUMNS.len());
    }
}
