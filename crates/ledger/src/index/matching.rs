//! A query for the documents that have a term of which a test holds: the dictionary of terms is read, from where they begin as they
//! must.

use aboveboard_query::TokenTest;
use tantivy::{
    BitSet, DocId, Score, SegmentReader,
    query::{BitSetDocSet, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight},
    schema::{Field, IndexRecordOption},
};

use super::{TERM_BYTES_MAX, cut};

/// The documents with a term of a field that begins with `lead` and of whose rest the test holds.
#[derive(Clone, Debug)]
pub(super) struct Matching {
    pub field: Field,
    /// What stands before the token in a term: the name of the field, where one holds several.
    pub lead: String,
    pub test: TokenTest,
}

impl Matching {
    /// Whether the test may hold of what a term was before it was cut.
    fn holds(&self, term: &[u8]) -> bool {
        let token = term.get(self.lead.len()..).and_then(|token| std::str::from_utf8(token).ok());
        // A character less than the longest fits where the next one did not.
        token.is_some_and(|token| self.test.holds(token) || token.len() + 4 > TERM_BYTES_MAX)
    }
}

impl Query for Matching {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Matching {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let mut found = BitSet::with_max_value(reader.max_doc());
        let inverted = reader.inverted_index(self.field)?;
        let first = format!("{}{}", self.lead, cut(self.test.prefix()));
        let mut terms = inverted.terms().range().ge(first.as_bytes()).into_stream()?;
        while terms.advance() && terms.key().starts_with(first.as_bytes()) {
            if !self.holds(terms.key()) {
                continue;
            }
            let mut postings =
                inverted.read_block_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?;
            while !postings.docs().is_empty() {
                for doc in postings.docs() {
                    found.insert(*doc);
                }
                postings.advance();
            }
        }
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(found), boost)))
    }

    fn explain(&self, _: &SegmentReader, _: DocId) -> tantivy::Result<Explanation> {
        Ok(Explanation::new("a term of which a test holds", 1.0))
    }
}
