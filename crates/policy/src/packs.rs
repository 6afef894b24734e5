//! The policies that ship, and reading policies from a folder's files.

use std::collections::BTreeMap;

use crate::{
    diagnostic::{Code, Diagnostic},
    policy::Policy,
    source::quoted,
};

/// A policy that ships, as the text that the console shows and the log keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// The name of its file in its pack's folder, without the ending: the policy's id.
    pub name: &'static str,
    /// Its TOML text.
    pub text: &'static str,
}

/// Policies that belong together: one folder under `packs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pack {
    /// The name of its folder.
    pub name: &'static str,
    /// What it is called, in English.
    pub title: &'static str,
    /// The trade it is for; empty for every one.
    pub sector: &'static str,
    /// Where it is for: countries by their ISO 3166-1 codes, and `EU`, which is no country, for all members of the European
    /// Union; empty for everywhere.
    pub regions: &'static [&'static str],
    /// Its policies, in the order in which a compliance officer would read them.
    pub policies: &'static [Shipped],
}

impl Pack {
    /// The shipped policy of this name, whichever pack it is in.
    pub fn policy(name: &str) -> Option<&'static Shipped> {
        ALL.iter().flat_map(|pack| pack.policies).find(|policy| policy.name == name)
    }
}

macro_rules! pack {
    ($name:literal, $title:literal, $sector:literal, $regions:expr, [$($policy:literal,)*]) => {
        Pack {
            name: $name,
            title: $title,
            sector: $sector,
            regions: $regions,
            policies: &[$(Shipped {
                name: $policy,
                text: include_str!(concat!("../packs/", $name, "/", $policy, ".toml")),
            },)*],
        }
    };
}

/// The policies that every firm begins with.
pub const DEFAULT: Pack = pack!(
    "default",
    "To begin with",
    "",
    &[],
    [
        "side-deal.foreign-account",
        "side-deal.payment-changed",
        "side-deal.cash",
        "side-deal.discount",
        "side-deal.below-list",
        "side-deal.diversion",
        "side-deal.concealment",
        "off-channel.private-contact",
        "data-leak.customer-list",
        "data-leak.personal-mail",
        "data-leak.identity-number",
        "data-leak.card",
        "impersonation.link",
        "conduct.guarantee",
        "conduct.complaint",
        "conduct.first-contact-off-hours",
        "conduct.forwarded",
    ]
);

const SIDE_DEALS: Pack = pack!(
    "side-deals",
    "Side deals, in depth",
    "",
    &[],
    [
        "side-deal.pay-me",
        "side-deal.wallet-payment",
        "side-deal.tip-request",
        "side-deal.kickback",
        "side-deal.outside-system",
        "side-deal.day-off-work",
        "side-deal.false-receipt",
        "side-deal.own-business",
        "side-deal.leaver",
        "side-deal.private-crypto",
    ]
);

const OFF_CHANNEL: Pack = pack!(
    "off-channel",
    "Off-channel talk",
    "",
    &[],
    [
        "off-channel.other-app",
        "off-channel.second-number",
        "off-channel.social-handle",
        "off-channel.not-in-writing",
        "off-channel.vanishing",
        "off-channel.group-invite",
        "off-channel.private-mailbox",
    ]
);

const DATA_LEAK_INDIA: Pack = pack!(
    "data-leak-india",
    "Data leakage: India",
    "",
    &["IN"],
    ["data-leak.in-kyc-set", "data-leak.in-asks-papers", "data-leak.in-otp", "data-leak.in-third-person",]
);

const DATA_LEAK_BRAZIL: Pack = pack!(
    "data-leak-brazil",
    "Data leakage: Brazil",
    "",
    &["BR"],
    [
        "data-leak.br-asks-papers",
        "data-leak.br-code",
        "data-leak.br-database-sale",
        "data-leak.br-third-person",
    ]
);

const DATA_LEAK_EUROPE: Pack = pack!(
    "data-leak-europe",
    "Data leakage: European Union and United Kingdom",
    "",
    &["EU", "GB"],
    [
        "data-leak.eu-rights-request",
        "data-leak.eu-identity-copy",
        "data-leak.eu-special-category",
        "data-leak.eu-confidential-file",
        "data-leak.eu-card-security",
    ]
);

const DATA_LEAK_US: Pack = pack!(
    "data-leak-us",
    "Data leakage: United States",
    "",
    &["US"],
    [
        "data-leak.us-ssn-request",
        "data-leak.us-health",
        "data-leak.us-rights-request",
        "data-leak.us-account-login",
    ]
);

const DATA_LEAK_CHINA: Pack = pack!(
    "data-leak-china",
    "Data leakage: China",
    "",
    &["CN"],
    [
        "data-leak.cn-id-photo",
        "data-leak.cn-code",
        "data-leak.cn-list-sale",
        "data-leak.cn-abroad",
        "data-leak.cn-rights-request",
    ]
);

const IMPERSONATION: Pack = pack!(
    "impersonation",
    "Impersonation and links",
    "",
    &[],
    [
        "impersonation.code-request",
        "impersonation.new-number",
        "impersonation.bank-details-changed",
        "impersonation.shortened-link",
        "impersonation.lookalike-host",
        "impersonation.remote-access",
        "impersonation.prize-or-fee",
    ]
);

const CONDUCT: Pack = pack!(
    "conduct",
    "Conduct",
    "",
    &[],
    [
        "conduct.insult",
        "conduct.advance",
        "conduct.threat",
        "conduct.discrimination",
        "conduct.review-bought",
        "conduct.debt-pressure",
    ]
);

const COMPLAINTS: Pack = pack!(
    "complaints",
    "Complaints of clients",
    "",
    &[],
    [
        "complaint.safety",
        "complaint.employee-asked-for-money",
        "complaint.publicity",
        "complaint.ignored",
        "complaint.vulnerable",
    ]
);

const FINANCE: Pack = pack!(
    "finance",
    "Finance",
    "finance",
    &[],
    [
        "finance.guaranteed-return",
        "finance.inside-information",
        "finance.tip",
        "finance.loss-cover",
        "finance.account-access",
        "finance.loan-fee",
    ]
);

const PHARMA: Pack = pack!(
    "pharma",
    "Medicines",
    "pharma",
    &[],
    [
        "pharma.off-label",
        "pharma.adverse-event",
        "pharma.cure-claim",
        "pharma.no-prescription",
        "pharma.inducement",
    ]
);

const GOVERNMENT: Pack = pack!(
    "government",
    "Government",
    "government",
    &[],
    [
        "government.circular",
        "government.tender",
        "government.speed-money",
        "government.beneficiaries",
        "government.queue-favour",
    ]
);

/// All packs: the default one, whose policies the demo publishes, then those that an administrator chooses from at `/packs`.
pub const ALL: &[Pack] = &[
    DEFAULT,
    SIDE_DEALS,
    OFF_CHANNEL,
    DATA_LEAK_INDIA,
    DATA_LEAK_BRAZIL,
    DATA_LEAK_EUROPE,
    DATA_LEAK_US,
    DATA_LEAK_CHINA,
    IMPERSONATION,
    CONDUCT,
    COMPLAINTS,
    FINANCE,
    PHARMA,
    GOVERNMENT,
];

/// Reads the policies of a folder, given as names and texts of its files.
///
/// Gives the policies without mistakes in the order of the files, and every diagnostic by file. Of two with the same id
/// the first counts.
pub fn folder<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> (Vec<Policy>, Vec<(&'a str, Diagnostic)>) {
    let mut policies: Vec<Policy> = Vec::new();
    let mut diagnostics = Vec::new();
    let mut seen: BTreeMap<String, &'a str> = BTreeMap::new();
    for (name, text) in files {
        let parsed = match Policy::parse(text) {
            Ok(parsed) => parsed,
            Err(mistakes) => {
                diagnostics.extend(mistakes.into_iter().map(|mistake| (name, mistake)));
                continue;
            }
        };
        diagnostics.extend(parsed.warnings.into_iter().map(|warning| (name, warning)));
        if let Some(first) = seen.get(&parsed.policy.id) {
            let message = format!("another policy has the id {}", quoted(&parsed.policy.id));
            let mistake = Diagnostic::new(Code::DuplicateId, parsed.id_span, message);
            diagnostics.push((name, mistake.with_help(format!("it is in {}", quoted(first)))));
            continue;
        }
        seen.insert(parsed.policy.id.clone(), name);
        policies.push(parsed.policy);
    }
    (policies, diagnostics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_policies_with_one_id_the_first_counts() {
        let text = "id = \"a\"\ntitle = \"t\"\nkind = \"match\"\nquery = \"x\"\nseverity = \"low\"\naction = \"log\"\n";
        let (policies, diagnostics) = folder([("1.toml", text), ("2.toml", text), ("3.toml", "id = 1")]);
        assert_eq!(policies.len(), 1);
        let codes = |file| -> Vec<&str> {
            let of_file = diagnostics.iter().filter(|(name, _)| *name == file);
            of_file.map(|(_, diagnostic)| diagnostic.code.word()).collect()
        };
        assert_eq!(codes("1.toml"), ["W102"]);
        assert_eq!(codes("2.toml"), ["W102", "P012"]);
        assert!(codes("3.toml").contains(&"P005"));
    }
}
