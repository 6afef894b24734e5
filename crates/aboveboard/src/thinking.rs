//! The pure parts, wired: what the ledger is handed to think with.

use aboveboard_ledger::Derive;
use aboveboard_policy::{Policy, PolicySet, Published};

/// The shipped detectors.
pub(crate) const DERIVE: Derive =
    Derive { derive: aboveboard_detect::derive, version: aboveboard_detect::VERSION };

/// The policies in force, ready to run. One that no longer parses is left out and reported: it was checked when it was
/// published, so that only a newer program can refuse it.
pub(crate) fn compile(in_force: &[(String, u32, String)]) -> PolicySet {
    let mut published = Vec::with_capacity(in_force.len());
    for (id, version, text) in in_force {
        match Policy::parse(text) {
            Ok(parsed) => published.push(Published { policy: parsed.policy, version: *version }),
            Err(mistakes) => {
                tracing::error!(policy = id, mistakes = mistakes.len(), "a policy in force does not parse")
            }
        }
    }
    PolicySet::new(published)
}
