//! What the detectors of one zone found, and which of it stands when spans overlap.
//!
//! The rules, in this order:
//! 1. A finding that *encloses* (link, e-mail, UPI address, IBAN, BR Code, UUID) owns the text in it: digits in a link are no number.
//! 2. Otherwise the surer finding wins, then the longer one, then the one whose detector stands first in `DETECTORS`.
//! 3. A finding *at* another one says what that is good for and stands or falls with it: a CPF given as a PIX key is BR_CPF
//!    (Identity) and PIX_KEY (Payment); the number in a wa.me link is PHONE (Handle) in the URL (Link); the key in a BR Code is a PIX_KEY.

use std::{cmp::Reverse, collections::BTreeMap, ops::Range};

use aboveboard_model::features::Role;

/// Most findings that one detector keeps of one zone.
pub(crate) const FOUND_MAX: usize = 512;

/// One finding; spans are bytes of the reading's normal form.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// Its kind, as the manual spells it.
    pub(crate) kind: &'static str,
    /// What it is good for.
    pub(crate) role: Role,
    /// Its normal form.
    pub(crate) value: String,
    /// Where it stands.
    pub(crate) span: Range<usize>,
    /// 0 to 1.
    pub(crate) confidence: f64,
    /// How it shares its text with others.
    pub(crate) share: Share,
}

/// How a finding shares its text with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// The text is this or something else.
    Claims,
    /// As `Claims`, and what others see inside is a part of it.
    Encloses,
    /// Stands with the finding of this kind that claims exactly this span.
    At(&'static str, Range<usize>),
}

impl Found {
    /// A finding that claims its text.
    pub(crate) fn new(
        kind: &'static str,
        role: Role,
        value: impl Into<String>,
        span: Range<usize>,
        confidence: f64,
    ) -> Self {
        Self { kind, role, value: value.into(), span, confidence, share: Share::Claims }
    }

    /// The same, owning what others see inside.
    pub(crate) fn enclosing(self) -> Self {
        Self { share: Share::Encloses, ..self }
    }

    /// The same, standing with another finding.
    pub(crate) fn at(self, kind: &'static str, host: Range<usize>) -> Self {
        Self { share: Share::At(kind, host), ..self }
    }
}

/// The findings of one zone.
#[derive(Default)]
pub(crate) struct Findings {
    all: Vec<Found>,
    /// How many there were when the running detector began.
    before: usize,
}

impl Findings {
    /// Begins the next detector's share.
    pub(crate) fn begin(&mut self) {
        self.before = self.all.len();
    }

    /// Adds a finding, unless the detector has its share already.
    pub(crate) fn push(&mut self, found: Found) {
        if !self.is_full() {
            self.all.push(found);
        }
    }

    /// Whether the running detector has its share.
    pub(crate) fn is_full(&self) -> bool {
        self.all.len() - self.before >= FOUND_MAX
    }

    /// The findings of earlier detectors, and of this one so far.
    pub(crate) fn all(&self) -> &[Found] {
        &self.all
    }

    /// What stands after the rules above, in order of place.
    pub(crate) fn settled(self) -> Vec<Found> {
        let (mut attached, mut claiming): (Vec<_>, Vec<_>) =
            self.all.into_iter().partition(|found| matches!(found.share, Share::At(..)));
        claiming
            .sort_by(|a, b| strength(b).0.total_cmp(&strength(a).0).then(strength(a).1.cmp(&strength(b).1)));
        let mut claims: BTreeMap<usize, (usize, &'static str)> = BTreeMap::new();
        claiming.retain(|found| {
            let previous = claims.range(..found.span.end).next_back();
            let is_free = previous.is_none_or(|(_, (end, _))| *end <= found.span.start);
            if is_free {
                claims.insert(found.span.start, (found.span.end, found.kind));
            }
            is_free
        });
        attached.retain(|found| {
            matches!(&found.share, Share::At(kind, host) if claims.get(&host.start) == Some(&(host.end, *kind)))
        });
        // A number may have been seen twice, printed and as digits, and what stands at it with it.
        attached.sort_by_key(|found| (found.span.start, found.span.end, found.kind));
        attached.dedup();
        claiming.append(&mut attached);
        claiming.sort_by_key(|found| (found.span.start, Reverse(found.span.end)));
        claiming
    }
}

/// What decides between findings: greater first by the first part, then smaller first by the second. The sort is stable, so equals
/// stay in the order of detectors.
fn strength(found: &Found) -> (f64, Reverse<usize>) {
    let enclosing = if found.share == Share::Encloses { 1.0 } else { 0.0 };
    (found.confidence + enclosing, Reverse(found.span.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kind: &'static str, span: Range<usize>, confidence: f64, share: Share) -> Found {
        Found { kind, role: Role::Identity, value: String::new(), span, confidence, share }
    }

    #[test]
    fn overlaps_are_settled_by_the_rules() {
        let mut findings = Findings::default();
        findings.begin();
        for one in [
            found("number in a link", 3..9, 0.9, Share::Claims),
            found("link", 0..12, 0.6, Share::Encloses),
            found("part of the link", 3..9, 0.9, Share::At("link", 0..12)),
            found("unsure", 20..30, 0.6, Share::Claims),
            found("sure", 25..35, 0.7, Share::Claims),
            found("at the unsure one", 20..30, 0.9, Share::At("unsure", 20..30)),
            found("part of the link", 3..9, 0.9, Share::At("link", 0..12)),
            found("at another kind", 25..35, 0.9, Share::At("unsure", 25..35)),
            found("short", 40..45, 0.5, Share::Claims),
            found("long", 38..45, 0.5, Share::Claims),
        ] {
            findings.push(one);
        }
        let kinds: Vec<&str> = findings.settled().iter().map(|found| found.kind).collect();
        assert_eq!(kinds, ["link", "part of the link", "sure", "long"]);
    }

    #[test]
    fn no_detector_takes_more_than_its_share() {
        let mut findings = Findings::default();
        for _ in 0..2 {
            findings.begin();
            (0..2 * FOUND_MAX).for_each(|at| findings.push(found("x", at..at + 1, 0.5, Share::Claims)));
        }
        assert_eq!(findings.all().len(), 2 * FOUND_MAX);
    }
}
