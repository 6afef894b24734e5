//! What an index must offer for a query: everything that matches and as little else as it can tell.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Bound, RangeBounds};

use aboveboard_model::document::Field;
use aboveboard_text::is_unspaced;
use jiff::Timestamp;

use crate::compile::{Interval, Like, Test, Words, is_empty};
use crate::fuzzy::Fuzzy;
use crate::glob::Glob;
use crate::reading::{Reading, Stored};
use crate::seek::{Form, Seek};
use crate::syntax::{Node, NodeKind};

/// Which documents to propose, in terms of what `Reading::stored` gives. Each is then put to the forward evaluator, which decides.
///
/// Every document that matches the query satisfies its plan. The reverse holds where the plan is exact; proximity, currencies
/// and scores, and what negates them, are left to the evaluator.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    /// Every document.
    All,
    /// No document.
    None,
    /// The field stores this token or term.
    Term {
        /// Where.
        field: Field,
        /// Which.
        token: String,
    },
    /// The field stores a token or term that begins so.
    Prefix {
        /// Where.
        field: Field,
        /// How it begins.
        prefix: String,
    },
    /// The field stores a token or term of which this holds.
    Matching {
        /// Where.
        field: Field,
        /// What holds.
        test: TokenTest,
    },
    /// The field stores these tokens at these distances.
    Phrase {
        /// Where.
        field: Field,
        /// Two or more tokens with their offsets; the first has 0.
        tokens: Vec<(u32, String)>,
    },
    /// The field stores a number in this range.
    Numbers {
        /// Where.
        field: Field,
        /// From.
        low: Bound<f64>,
        /// To.
        high: Bound<f64>,
    },
    /// The field stores an instant in this range.
    Instants {
        /// Where.
        field: Field,
        /// From.
        low: Bound<Timestamp>,
        /// To.
        high: Bound<Timestamp>,
    },
    /// The field has a value.
    Present {
        /// Which.
        field: Field,
    },
    /// All of two or more.
    And(Vec<Plan>),
    /// Any of two or more.
    Or(Vec<Plan>),
    /// None of these: only of a plan that is exact.
    Not(Box<Plan>),
}

/// What may be asked of a token or term, apart from being one.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenTest {
    /// It fits wildcards.
    Glob(Glob),
    /// It is a word with mistakes.
    Fuzzy(Fuzzy),
    /// It has these letters side by side.
    Contains(String),
}

impl TokenTest {
    /// How every token begins of which it holds; empty where that is not known.
    pub fn prefix(&self) -> &str {
        match self {
            Self::Glob(glob) => glob.prefix(),
            Self::Fuzzy(_) | Self::Contains(_) => "",
        }
    }

    /// Whether it may hold of a token or term as it is stored. Of a piece of a longer word nobody knows what stands in the whole.
    pub fn holds(&self, token: &str) -> bool {
        match self {
            Self::Glob(glob) => glob.fits(token),
            Self::Fuzzy(fuzzy) => fuzzy.fits(token),
            Self::Contains(letters) => {
                token.contains(letters.as_str()) || token.len() + 4 > aboveboard_text::TOKEN_BYTES_MAX
            }
        }
    }
}

/// The longest token or value of which an index is taken to store the whole, in bytes.
const WHOLE_BYTES_MAX: usize = 256;

/// Most entries of a list that a plan names one by one; of a longer list it asks for the field alone.
const ALTERNATIVES_MAX: usize = 1_024;

/// A plan, and whether it proposes nothing but matches.
struct Told {
    plan: Plan,
    is_exact: bool,
}

impl Plan {
    /// Whether a document would be proposed: the meaning that an index must give to the plan.
    pub fn proposes(&self, reading: &Reading<'_>) -> bool {
        self.proposes_of(&Index::of(reading))
    }

    fn proposes_of(&self, index: &Index<'_>) -> bool {
        let within = |low: &Bound<f64>, high: &Bound<f64>, number: &f64| (*low, *high).contains(number);
        match self {
            Self::All => true,
            Self::None => false,
            Self::Term { field, token } => {
                index.terms(*field).is_some_and(|terms| terms.contains_key(token.as_str()))
            }
            Self::Prefix { field, prefix } => index.terms(*field).is_some_and(|terms| {
                let from = (Bound::Included(prefix.as_str()), Bound::Unbounded);
                terms.range::<str, _>(from).next().is_some_and(|(term, _)| term.starts_with(prefix.as_str()))
            }),
            Self::Matching { field, test } => {
                index.terms(*field).is_some_and(|terms| terms.keys().any(|term| test.holds(term)))
            }
            Self::Phrase { field, tokens } => index.has_phrase(*field, tokens),
            Self::Numbers { field, low, high } => index
                .any(*field, |stored| matches!(stored, Stored::Number(number) if within(low, high, number))),
            Self::Instants { field, low, high } => index
                .any(*field, |stored| matches!(stored, Stored::Instant(at) if (*low, *high).contains(at))),
            Self::Present { field } => index.any(*field, |stored| *stored == Stored::Present),
            Self::And(plans) => plans.iter().all(|plan| plan.proposes_of(index)),
            Self::Or(plans) => plans.iter().any(|plan| plan.proposes_of(index)),
            Self::Not(plan) => !plan.proposes_of(index),
        }
    }

    /// The plan of a tree, and whether what it proposes needs no evaluator to say whether it matches.
    pub(crate) fn of(node: &Node) -> (Self, bool) {
        let Told { plan, is_exact } = Self::told(node);
        (plan, is_exact)
    }

    fn told(node: &Node) -> Told {
        let many = |nodes: &[Node], join: fn(Vec<Self>) -> Self| {
            let told: Vec<Told> = nodes.iter().map(Self::told).collect();
            let is_exact = told.iter().all(|told| told.is_exact);
            Told { plan: join(told.into_iter().map(|told| told.plan).collect()), is_exact }
        };
        match &node.kind {
            NodeKind::And(nodes) => many(nodes, |plans| Self::all_of(plans.into_iter())),
            NodeKind::Or(nodes) => many(nodes, |plans| Self::any_of(plans.into_iter())),
            NodeKind::Not(inner) => match Self::told(inner) {
                Told { plan, is_exact: true } => Told { plan: plan.negated(), is_exact: true },
                Told { .. } => Told { plan: Self::All, is_exact: false },
            },
            NodeKind::Leaf(leaf) => Told { plan: Self::of_test(&leaf.test), is_exact: is_exact(&leaf.test) },
        }
    }

    fn negated(self) -> Self {
        match self {
            Self::All => Self::None,
            Self::None => Self::All,
            Self::Not(plan) => *plan,
            plan => Self::Not(Box::new(plan)),
        }
    }

    fn of_test(test: &Test) -> Self {
        match test {
            Test::Everything => Self::All,
            Test::Words(words) => Self::of_words(words),
            Test::Seek { zones, seek } => {
                Self::any_of(zones.iter().map(|zone| Self::of_seek(zone.field(), seek)))
            }
            Test::Like { field, like } => Self::of_like(*field, like),
            Test::Clock(_) => Self::Present { field: Field::At },
            Test::Moment { field, .. } => Self::Present { field: *field },
            Test::Keyword { field, form, is_prefix: false } => {
                Self::Term { field: *field, token: form.clone() }
            }
            Test::Keyword { field, form, is_prefix: true } => {
                Self::Prefix { field: *field, prefix: form.clone() }
            }
            Test::Flag { field, value } => Self::Term { field: *field, token: value.to_string() },
            Test::Number { field, interval } | Test::Money { field, interval, .. } => {
                Self::numbers(*field, *interval)
            }
            Test::Instant { interval, .. } if is_empty(interval) => Self::None,
            Test::Instant { field, interval: (low, high) } => {
                Self::Instants { field: *field, low: *low, high: *high }
            }
            Test::Score { interval, .. } if is_empty(interval) => Self::None,
            Test::Score { field, label: Some(label), .. } => {
                Self::Term { field: *field, token: label.clone() }
            }
            Test::Score { field, label: None, .. } | Test::Exists { field } => {
                Self::Present { field: *field }
            }
        }
    }

    fn of_like(field: Field, like: &Like) -> Self {
        match like {
            Like::Glob(glob) => Self::Matching { field, test: TokenTest::Glob(glob.clone()) },
            Like::Fuzzy(fuzzy) => Self::Matching { field, test: TokenTest::Fuzzy(fuzzy.clone()) },
            Like::List(lexicon) if lexicon.len() <= ALTERNATIVES_MAX => {
                let forms = lexicon.forms().0.map(|form| Self::Term { field, token: form.clone() });
                let globs = lexicon.globs().iter();
                let globs = globs.map(|glob| Self::Matching { field, test: TokenTest::Glob(glob.clone()) });
                Self::any_of(forms.chain(globs))
            }
            Like::List(_) | Like::Pattern(_) | Like::Written(_) => Self::Present { field },
        }
    }

    /// What a zone must store for something to be found in it.
    fn of_seek(field: Field, seek: &Seek) -> Self {
        let all = |plans: &mut dyn Iterator<Item = Self>| match Self::all_of(plans) {
            Self::All => Self::Present { field },
            plan => plan,
        };
        match seek {
            Seek::Row(row) => all(&mut row.words.iter().map(|wanted| Self::of_form(field, &wanted.form))),
            Seek::Pattern(pattern) => {
                let run = |run: &String| match run.chars().all(is_unspaced) {
                    true => Self::Term { field, token: run.clone() },
                    false => Self::Matching { field, test: TokenTest::Contains(run.clone()) },
                };
                all(&mut pattern.needs().iter().map(|group| Self::any_of(group.iter().map(run))))
            }
            // Fewer letters are wrong than there are, and each that is not stands there.
            Seek::Stretch(fuzzy) => {
                Self::any_of(fuzzy.letters().iter().map(|c| Self::Term { field, token: c.to_string() }))
            }
            Seek::Any(seeks) => Self::any_of(seeks.iter().map(|seek| Self::of_seek(field, seek))),
            Seek::Besides(first, second) => {
                Self::any_of([first, second].into_iter().map(|seek| Self::of_seek(field, seek)))
            }
            Seek::Near { left, right, .. } => {
                all(&mut [left, right].into_iter().map(|seek| Self::of_seek(field, seek)))
            }
            Seek::List(lexicon) if lexicon.len() > ALTERNATIVES_MAX => Self::Present { field },
            Seek::List(lexicon) => {
                let (words, prefixes, patterns) = lexicon.parts();
                let words = words.map(|words| Self::of_words_in(field, words));
                let prefixes = prefixes.map(|prefix| Self::Prefix { field, prefix: prefix.clone() });
                Self::any_of(
                    words.chain(prefixes).chain(patterns.iter().map(|seek| Self::of_seek(field, seek))),
                )
            }
        }
    }

    fn of_form(field: Field, form: &Form) -> Self {
        match form {
            Form::Same(text) => Self::Term { field, token: text.clone() },
            Form::Glob(glob) if glob.is_prefix() => Self::Prefix { field, prefix: glob.prefix().to_owned() },
            Form::Glob(glob) => Self::Matching { field, test: TokenTest::Glob(glob.clone()) },
            Form::Fuzzy(fuzzy) => Self::Matching { field, test: TokenTest::Fuzzy(fuzzy.clone()) },
            Form::Stem(stem) => match stem.prefix() {
                Some(prefix) => Self::Prefix { field, prefix },
                None => Self::Present { field },
            },
            Form::Any => Self::Present { field },
        }
    }

    fn numbers(field: Field, (low, high): Interval<f64>) -> Self {
        match (low, high) {
            (Bound::Unbounded, Bound::Unbounded) => Self::Present { field },
            _ if is_empty(&(low, high)) => Self::None,
            _ => Self::Numbers { field, low, high },
        }
    }

    /// Exact phrases as they are, words in proximity as words alone, a wildcard at the end apart.
    fn of_words(words: &Words) -> Self {
        Self::any_of(words.zones.iter().map(|zone| Self::of_words_in(zone.field(), words)))
    }

    fn of_words_in(field: Field, words: &Words) -> Self {
        let whole = words.tokens.len() - usize::from(words.is_prefix);
        let (exact, open) = words.tokens.split_at(whole);
        let term = |token: &str| Self::Term { field, token: token.to_owned() };
        let prefix = open.iter().map(|token| Self::Prefix { field, prefix: token.text.clone() });
        if words.slop > 0 || exact.len() < 2 {
            return Self::all_of(exact.iter().map(|token| term(&token.text)).chain(prefix));
        }
        let tokens = exact.iter().map(|token| (token.position, token.text.clone())).collect();
        Self::all_of(std::iter::once(Self::Phrase { field, tokens }).chain(prefix))
    }

    fn all_of(plans: impl Iterator<Item = Self>) -> Self {
        let mut needed: Vec<Self> = plans.filter(|plan| *plan != Self::All).collect();
        if needed.contains(&Self::None) {
            return Self::None;
        }
        match needed.len() {
            0 => Self::All,
            1 => needed.remove(0),
            _ => Self::And(needed),
        }
    }

    fn any_of(plans: impl Iterator<Item = Self>) -> Self {
        let mut possible: Vec<Self> = plans.filter(|plan| *plan != Self::None).collect();
        if possible.contains(&Self::All) {
            return Self::All;
        }
        match possible.len() {
            0 => Self::None,
            1 => possible.remove(0),
            _ => Self::Or(possible),
        }
    }
}

/// Whether an index can tell all of a test by what is stored.
fn is_exact(test: &Test) -> bool {
    let is_whole = |text: &str| text.len() <= WHOLE_BYTES_MAX;
    match test {
        Test::Everything
        | Test::Number { .. }
        | Test::Flag { .. }
        | Test::Instant { .. }
        | Test::Exists { .. } => true,
        Test::Seek { .. } | Test::Like { .. } | Test::Clock(_) | Test::Moment { .. } => false,
        Test::Words(words) => {
            let is_single = words.tokens.len() == 1;
            (is_single || words.slop == 0 && !words.is_prefix)
                && words.tokens.iter().all(|token| is_whole(&token.text))
        }
        Test::Keyword { form, .. } => is_whole(form),
        Test::Money { currency, .. } => currency.is_none(),
        Test::Score { interval, .. } => is_empty(interval),
    }
}

/// What an index stores of one document, by field.
#[derive(Default)]
struct Index<'r> {
    /// Tokens and terms, with the positions of tokens, ascending.
    terms: HashMap<Field, BTreeMap<&'r str, Vec<u32>>>,
    others: Vec<(Field, Stored<'r>)>,
}

impl<'r> Index<'r> {
    fn of(reading: &'r Reading<'_>) -> Self {
        let mut index = Self::default();
        for (field, stored) in reading.stored() {
            match stored {
                Stored::Token(text, position) => {
                    let terms = index.terms.entry(field).or_default();
                    terms.entry(text).or_default().push(position);
                }
                Stored::Term(text) => {
                    index.terms.entry(field).or_default().entry(text).or_default();
                }
                other => index.others.push((field, other)),
            }
        }
        index
    }

    fn terms(&self, field: Field) -> Option<&BTreeMap<&'r str, Vec<u32>>> {
        self.terms.get(&field)
    }

    fn any(&self, field: Field, holds: impl Fn(&Stored<'_>) -> bool) -> bool {
        self.others.iter().any(|(of, stored)| *of == field && holds(stored))
    }

    /// Whether tokens stand at their distances, starting from the rarest.
    fn has_phrase(&self, field: Field, tokens: &[(u32, String)]) -> bool {
        let places = |(offset, token): &(u32, String)| {
            self.terms(field).and_then(|terms| terms.get(token.as_str())).map(|places| (*offset, places))
        };
        let Some(all) = tokens.iter().map(places).collect::<Option<Vec<_>>>() else { return false };
        let Some((rarest, starts)) = all.iter().min_by_key(|(_, places)| places.len()) else { return false };
        starts
            .iter()
            .filter_map(|place| place.checked_sub(*rarest))
            .any(|start| all.iter().all(|(offset, places)| places.binary_search(&(start + offset)).is_ok()))
    }
}
