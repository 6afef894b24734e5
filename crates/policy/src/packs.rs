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
    /// The countries it is for, by their codes; empty for every one.
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

/// All packs: the default one, then those that an administrator chooses from.
pub const ALL: &[Pack] = &[DEFAULT];

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
