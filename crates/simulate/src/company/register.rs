//! What is the company's own: the accounts, numbers, addresses and handles that staff may give out.

use super::{BusinessNumber, Lane};
use crate::{identifier, random::Random};

/// One line of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryEntry {
    /// `upi`, `pix`, `iban`, `account`, `phone`, `email`, `domain` or `handle`.
    pub kind: &'static str,
    /// As staff write it.
    pub value: String,
    /// What it is, in words.
    pub label: String,
}

pub(super) fn entries(root: &Random, numbers: &[BusinessNumber]) -> Vec<RegistryEntry> {
    let mut random = root.fork("registry");
    let fixed = [
        ("pix", identifier::cnpj(&mut random), "Company tax number, Brazil"),
        ("pix", "financeiro@casaaurora.example".to_owned(), "Accounts receivable, Brazil"),
        ("pix", identifier::pix_random(&mut random), "Online shop, Brazil"),
        ("upi", "aurorahome@upi".to_owned(), "Collections, Mumbai"),
        ("upi", "aurorahome.delhi@upi".to_owned(), "Collections, Delhi"),
        ("iban", identifier::iban(&mut random, "ABHM"), "Client account, London"),
        (
            "account",
            format!("Agência 0417 Conta {}-{}", random.digits(5), random.digits(1)),
            "Current account, Brazil",
        ),
        ("account", format!("5011{}", random.digits(10)), "Current account, India"),
        ("email", "financeiro@casaaurora.example".to_owned(), "Accounts receivable, Brazil"),
        ("email", "accounts@aurorahome.example".to_owned(), "Accounts receivable, India and UK"),
        ("email", "care@aurorahome.example".to_owned(), "Customer care"),
        ("domain", "casaaurora.example".to_owned(), "Brazilian shop"),
        ("domain", "aurorahome.example".to_owned(), "Group site"),
        ("handle", "@casaaurora".to_owned(), "Social profile, Brazil"),
        ("handle", "@aurorahome".to_owned(), "Social profile, group"),
        ("phone", "+441632960417".to_owned(), "Switchboard, London"),
        ("phone", "+551130000417".to_owned(), "Switchboard, São Paulo"),
        ("phone", "+912240000417".to_owned(), "Switchboard, Mumbai"),
    ];
    let fixed =
        fixed.into_iter().map(|(kind, value, label)| RegistryEntry { kind, value, label: label.to_owned() });
    let lines = numbers.iter().map(|number| RegistryEntry {
        kind: "phone",
        value: format!("+{}", number.digits),
        label: if number.lane == Lane::Inbox { "Shared inbox" } else { "Field number" }.to_owned(),
    });
    fixed.chain(lines).collect()
}

pub(super) fn csv(entries: &[RegistryEntry]) -> String {
    let rows = entries.iter().map(|e| vec![e.kind.to_owned(), e.value.clone(), e.label.clone()]);
    write(&["kind", "value", "label"], rows)
}

/// A header and rows as RFC 4180 text.
pub(super) fn write(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written =
        writer.write_record(header).and_then(|()| rows.into_iter().try_for_each(|r| writer.write_record(r)));
    written.expect("a vector takes every write and all rows have the header's width");
    let bytes = writer.into_inner().expect("a vector flushes");
    String::from_utf8(bytes).expect("only strings were written")
}
