//! A plan as a query of the index.

use std::ops::Bound;

use aboveboard_model::document::Field;
use aboveboard_query::Plan;
use tantivy::{
    Term,
    query::{
        AllQuery, BooleanQuery, EmptyQuery, InvertedIndexRangeQuery, Occur, PhraseQuery, Query, RangeQuery,
        TermQuery,
    },
    schema::IndexRecordOption,
};

use super::{Fields, cut, keyword, matching::Matching, present, steady::Steady};

impl Fields {
    /// What proposes the documents that satisfy a plan.
    pub(super) fn translate(&self, plan: &Plan) -> Box<dyn Query> {
        match plan {
            Plan::All => Box::new(AllQuery),
            Plan::None => Box::new(EmptyQuery),
            Plan::Term { field, token } => exactly(self.term(*field, token)),
            Plan::Prefix { field, prefix } => self.prefix(*field, prefix),
            Plan::Matching { field, test } => {
                let (field, lead) = match self.words(*field) {
                    Some(words) => (words, String::new()),
                    None => (self.keyword, keyword(*field, "")),
                };
                Box::new(Matching { field, lead, test: test.clone() })
            }
            Plan::Phrase { field, tokens } => {
                let terms = tokens
                    .iter()
                    .map(|(offset, token)| (*offset as usize, self.term(*field, token)))
                    .collect();
                Box::new(PhraseQuery::new_with_offset(terms))
            }
            Plan::Instants { field: Field::At, low, high } => {
                let bound = |at: &Bound<jiff::Timestamp>| {
                    at.map(|at| Term::from_field_i64(self.at, at.as_microsecond()))
                };
                Box::new(RangeQuery::new(bound(low), bound(high)))
            }
            Plan::Numbers { field, low, high } => match self.numbers(*field) {
                Some(numbers) => {
                    let bound = |at: &Bound<f64>| at.map(|at| Term::from_field_f64(numbers, at));
                    Box::new(RangeQuery::new(bound(low), bound(high)))
                }
                None => self.has(*field),
            },
            Plan::Instants { field, .. } | Plan::Present { field } => self.has(*field),
            Plan::And(plans) => Box::new(BooleanQuery::new(self.conjunction(plans))),
            Plan::Or(plans) => {
                let clauses = plans.iter().map(|plan| (Occur::Should, self.translate(plan))).collect();
                Box::new(BooleanQuery::new(clauses))
            }
            Plan::Not(_) => Box::new(BooleanQuery::new(self.conjunction(std::slice::from_ref(plan)))),
        }
    }

    /// What must hold, and what must not: which needs something to be taken away from.
    fn conjunction(&self, plans: &[Plan]) -> Vec<(Occur, Box<dyn Query>)> {
        let clause = |plan: &Plan| match plan {
            Plan::Not(inner) => (Occur::MustNot, Box::new(Steady(self.translate(inner))) as Box<dyn Query>),
            plan => (Occur::Must, self.translate(plan)),
        };
        let mut clauses: Vec<_> = plans.iter().map(clause).collect();
        if plans.iter().all(|plan| matches!(plan, Plan::Not(_))) {
            clauses.push((Occur::Must, Box::new(AllQuery)));
        }
        clauses
    }

    fn has(&self, field: Field) -> Box<dyn Query> {
        exactly(Term::from_field_text(self.keyword, &present(field)))
    }

    fn term(&self, field: Field, token: &str) -> Term {
        match self.words(field) {
            Some(words) => Term::from_field_text(words, cut(token)),
            None => Term::from_field_text(self.keyword, &keyword(field, token)),
        }
    }

    fn prefix(&self, field: Field, prefix: &str) -> Box<dyn Query> {
        let low = self.term(field, prefix);
        let mut after = cut(prefix).to_owned();
        // No character of a term sorts after this one, so that it ends the range of all that begin with the prefix.
        after.push(char::MAX);
        let high = self.term(field, &after);
        Box::new(InvertedIndexRangeQuery::new(Bound::Included(low), Bound::Excluded(high)))
    }
}

fn exactly(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}
