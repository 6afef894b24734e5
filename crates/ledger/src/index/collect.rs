//! What is taken from the index in one pass over what a plan proposes: the newest after a place, how many there are, and how
//! many of each value.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::{ColumnValues, StrColumn},
};

use super::Proposal;

/// Documents of a segment whose values are all counted; of what comes after, one in [`SAMPLED_ONE_IN`] stands for the others.
const COUNTED_MAX: u64 = 20_000;
/// See [`COUNTED_MAX`].
const SAMPLED_ONE_IN: u64 = 16;
/// Values that a segment reports, the most frequent.
const VALUES_MAX: usize = 512;

/// The newest proposals after a place.
pub(super) struct Newest {
    pub after: Option<Proposal>,
    pub limit: usize,
    /// Whether values are counted.
    pub tallies: bool,
}

/// What was collected.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// In order: newest first.
    pub proposals: Vec<Proposal>,
    /// How many the plan proposes in all, before and after the place.
    pub count: u64,
    /// How many documents hold each `field=value`.
    pub tally: BTreeMap<String, u64>,
    /// Whether the tally is an estimate.
    pub is_sampled: bool,
}

/// One segment's part of it.
pub(super) struct Segment {
    at: Arc<dyn ColumnValues<i64>>,
    doc: Arc<dyn ColumnValues<u64>>,
    revision: Arc<dyn ColumnValues<u64>>,
    top: Top,
    count: u64,
    tally: Option<Tally>,
}

impl Proposal {
    /// The one order of all searches: newest first, and what stands at the same instant by document and revision.
    pub(crate) fn place(self) -> (Reverse<i64>, u64, u32) {
        (Reverse(self.at), self.doc, self.revision)
    }
}

impl Collector for Newest {
    type Fruit = Collected;
    type Child = Segment;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Segment> {
        let columns = segment.fast_fields();
        let values = columns.str(super::VALUES).ok().flatten().filter(|_| self.tallies);
        Ok(Segment {
            at: columns.i64("sort_at")?.first_or_default_col(0),
            doc: columns.u64("doc")?.first_or_default_col(0),
            revision: columns.u64("revision")?.first_or_default_col(0),
            top: Top { after: self.after, limit: self.limit, kept: Vec::new(), last: None },
            count: 0,
            tally: values.map(Tally::new),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, parts: Vec<Collected>) -> tantivy::Result<Collected> {
        let mut whole = Collected::default();
        for part in parts {
            whole.proposals.extend(part.proposals);
            whole.count += part.count;
            whole.is_sampled |= part.is_sampled;
            for (value, count) in part.tally {
                *whole.tally.entry(value).or_default() += count;
            }
        }
        whole.proposals.sort_unstable_by_key(|one| one.place());
        whole.proposals.truncate(self.limit);
        Ok(whole)
    }
}

impl SegmentCollector for Segment {
    type Fruit = Collected;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.count += 1;
        if let Some(tally) = &mut self.tally {
            tally.count(doc, self.count);
        }
        let at = self.at.get_val(doc);
        if self.top.may_take(at) {
            let revision = u32::try_from(self.revision.get_val(doc)).unwrap_or(u32::MAX);
            self.top.take(Proposal { at, doc: self.doc.get_val(doc), revision });
        }
    }

    fn harvest(self) -> Collected {
        let (tally, is_sampled) = self.tally.map_or((BTreeMap::new(), false), Tally::told);
        Collected { proposals: self.top.kept, count: self.count, tally, is_sampled }
    }
}

/// The first so many in order that come after a place.
struct Top {
    after: Option<Proposal>,
    limit: usize,
    /// Up to twice the limit; what cannot be among the first is dropped when it is full.
    kept: Vec<Proposal>,
    /// Nothing after this one is among the first.
    last: Option<Proposal>,
}

impl Top {
    fn may_take(&self, at: i64) -> bool {
        self.last.is_none_or(|last| at >= last.at) && self.after.is_none_or(|after| at <= after.at)
    }

    fn take(&mut self, one: Proposal) {
        let is_before = |bound: Option<Proposal>| bound.is_none_or(|bound| one.place() < bound.place());
        if !is_before(self.last) || self.after.is_some_and(|after| one.place() <= after.place()) {
            return;
        }
        self.kept.push(one);
        if self.kept.len() >= self.limit.saturating_mul(2).max(1) {
            let (_, last, _) =
                self.kept.select_nth_unstable_by_key(self.limit.saturating_sub(1), |one| one.place());
            self.last = Some(*last);
            self.kept.truncate(self.limit);
        }
    }
}

/// How many documents hold each value.
struct Tally {
    values: StrColumn,
    counts: Vec<u64>,
    is_sampled: bool,
}

impl Tally {
    fn new(values: StrColumn) -> Self {
        let counts = vec![0; values.num_terms()];
        Self { values, counts, is_sampled: false }
    }

    /// Counts a document that is the `number`th of its segment.
    fn count(&mut self, doc: DocId, number: u64) {
        let weight = match number {
            _ if number <= COUNTED_MAX => 1,
            _ if number.is_multiple_of(SAMPLED_ONE_IN) => SAMPLED_ONE_IN,
            _ => {
                self.is_sampled = true;
                return;
            }
        };
        for value in self.values.term_ords(doc) {
            if let Some(count) = usize::try_from(value).ok().and_then(|at| self.counts.get_mut(at)) {
                *count += weight;
            }
        }
    }

    /// The values by name, and whether some were estimated or left out.
    fn told(mut self) -> (BTreeMap<String, u64>, bool) {
        let mut counted: Vec<(u64, usize)> = self
            .counts
            .drain(..)
            .enumerate()
            .filter(|(_, count)| *count > 0)
            .map(|(at, count)| (count, at))
            .collect();
        if counted.len() > VALUES_MAX {
            counted.select_nth_unstable_by(VALUES_MAX, |one, other| other.cmp(one));
            counted.truncate(VALUES_MAX);
            self.is_sampled = true;
        }
        let mut told = BTreeMap::new();
        for (count, at) in counted {
            let mut value = String::new();
            if self.values.ord_to_str(at as u64, &mut value).unwrap_or(false) {
                told.insert(value, count);
            }
        }
        (told, self.is_sampled)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_after_a_place_are_what_sorting_everything_gives(
            all in prop::collection::btree_set((0i64..6, 0u64..40, 0u32..3), 0..120),
            after in prop::option::of((0i64..6, 0u64..40, 0u32..3)),
            limit in 1usize..20,
        ) {
            let proposal = |(at, doc, revision)| Proposal { at, doc, revision };
            let after = after.map(proposal);
            let mut top = Top { after, limit, kept: Vec::new(), last: None };
            for one in all.iter().copied().map(proposal) {
                if top.may_take(one.at) {
                    top.take(one);
                }
            }
            top.kept.sort_unstable_by_key(|one| one.place());
            top.kept.truncate(limit);
            let mut wanted: Vec<Proposal> = all.into_iter().map(proposal).collect();
            wanted.retain(|one| after.is_none_or(|after| one.place() > after.place()));
            wanted.sort_unstable_by_key(|one| one.place());
            wanted.truncate(limit);
            prop_assert_eq!(top.kept, wanted);
        }
    }
}
