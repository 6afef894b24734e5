//! The policies that ship, and reading policies from a folder's files.

use std::collections::BTreeMap;

use crate::{
    diagnostic::{Code, Diagnostic},
    policy::Policy,
    source::quoted,
};

/// A policy that ships, as the text that the console shows and the log keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pack {
    /// The name of its file in `packs/default`, without the ending: the policy's id.
    pub name: &'static str,
    /// Its TOML text.
    pub text: &'static str,
}

macro_rules! packs {
    ($($name:literal,)*) => {
        &[$(Pack { name: $name, text: include_str!(concat!("../packs/default/", $name, ".toml")) },)*]
    };
}

/// The default policies, in the order in which a compliance officer would read them.
pub const ALL: &[Pack] = packs![
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
