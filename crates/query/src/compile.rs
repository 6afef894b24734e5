//! From a literal and its field's type to a test that can be run, or a diagnostic.

mod instant;
mod keyword;
mod words;

use std::ops::{Bound, Range};
use std::sync::Arc;

use aboveboard_model::document::{Field, FieldType, Zone};
use aboveboard_text::{Options, normalise};
use jiff::Timestamp;

use crate::diagnostic::{Code, Diagnostic, Help, quoted};
use crate::fuzzy::Fuzzy;
use crate::glob::Glob;
use crate::lists::{Environment, Lexicon};
use crate::seek::{Form, Seek};
use crate::syntax::{Literal, Manner, Scope};
use crate::text_pattern::TextPattern;

pub use instant::MOMENT_STEPS_MAX;
pub(crate) use instant::{Clock, MomentInterval};
pub(crate) use keyword::glob as keyword_glob;
pub use words::{FUZZY_RUN_LETTERS_MAX, WILDCARDS_MAX};
pub(crate) use words::{entry, row_of, seek_of};

/// A test with everything worked out that does not depend on the document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    /// Every document.
    Everything,
    /// Words in a zone.
    Words(Words),
    /// Words in one of the zones that are found by more than their letters.
    Seek { zones: &'static [Zone], seek: Arc<Seek> },
    /// A keyword that is like something.
    Like { field: Field, like: Like },
    /// An instant, by the time of day where the employee works.
    Clock(Clock),
    /// An instant, in an interval whose ends depend on `now`.
    Moment { field: Field, interval: MomentInterval },
    /// A keyword, in `keyword_form`; with `is_prefix` any that begins so.
    Keyword { field: Field, form: String, is_prefix: bool },
    /// A number.
    Number { field: Field, interval: Interval<f64> },
    /// A flag.
    Flag { field: Field, value: bool },
    /// An instant.
    Instant { field: Field, interval: Interval<Timestamp> },
    /// One amount with this currency, if any, and this size.
    Money { field: Field, interval: Interval<f64>, currency: Option<String> },
    /// The score of the label, or of any, within the interval.
    Score { field: Field, label: Option<String>, interval: Interval<f64> },
    /// The field has a value.
    Exists { field: Field },
}

impl Test {
    /// Bytes that its patterns take.
    pub(crate) fn pattern_bytes(&self) -> usize {
        match self {
            Self::Seek { seek, .. } => seek.pattern_bytes(),
            Self::Like { like: Like::Pattern(pattern), .. } => pattern.size_bytes(),
            _ => 0,
        }
    }
}

/// What a keyword may be like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Like {
    Glob(Glob),
    Fuzzy(Fuzzy),
    /// A regular expression that the whole value must fit.
    Pattern(Box<TextPattern>),
    List(Arc<Lexicon>),
    /// This, as written.
    Written(Form),
}

/// Words that must stand in one of the zones at their distances, `slop` positions apart at most.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Words {
    pub(crate) zones: &'static [Zone],
    /// In order of position; the first has 0. Never empty.
    pub(crate) tokens: Vec<Sought>,
    /// Whether the last token may go on.
    pub(crate) is_prefix: bool,
    pub(crate) slop: u32,
}

/// A token and its place in a phrase.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sought {
    pub(crate) text: String,
    pub(crate) position: u32,
    /// Positions it covers.
    pub(crate) width: u32,
}

/// From, to.
pub(crate) type Interval<T> = (Bound<T>, Bound<T>);

/// The zones of a bare term: what somebody wrote or sent, not what he answered to.
pub(crate) const OWN_ZONES: &[Zone] =
    &[Zone::Text, Zone::Caption, Zone::Filename, Zone::Ocr, Zone::Transcript];

/// A score from which a label counts as given when no bound is asked for.
const LABEL_SCORE_MIN: f64 = 0.5;

/// Most tokens in one phrase.
pub const PHRASE_TOKENS_MAX: usize = 64;

/// Longest keyword, in bytes of its form; a longer one counts up to here.
pub const KEYWORD_BYTES_MAX: usize = 512;

/// The form in which keywords are compared: the search normal form without outer spaces and without the plus of a phone number.
pub fn keyword_form(value: &str) -> String {
    let cut = |text: &str| {
        let trimmed = text.trim();
        let form = trimmed.strip_prefix('+').unwrap_or(trimmed);
        form[..form.floor_char_boundary(KEYWORD_BYTES_MAX)].to_owned()
    };
    if value.is_ascii() {
        // All that a normal form changes of ASCII is its case.
        let mut form = cut(value);
        form.make_ascii_lowercase();
        return form;
    }
    cut(normalise(value, Options::SEARCH).text())
}

type Compiled = Result<(Test, Option<Diagnostic>), Diagnostic>;

/// Works out a test; beside it may stand a warning.
pub(crate) fn compile(
    manner: Manner,
    scope: &Scope,
    literal: &Literal,
    written: &Written,
    environment: &Environment,
) -> Compiled {
    let site = Site { manner, literal, written, environment };
    let field = match scope {
        Scope::Words if *literal == Literal::Any => return Ok((Test::Everything, None)),
        Scope::Words => return site.words(OWN_ZONES).map(|test| (test, None)),
        Scope::Field(field) if *literal == Literal::Any => return Ok((Test::Exists { field: *field }, None)),
        Scope::Field(field) => *field,
        Scope::Label(field, label) => {
            let interval = site.label_interval()?;
            let warning = site.empty_interval(&interval);
            let label = Some(keyword_form(label));
            return Ok((Test::Score { field: *field, label, interval }, warning));
        }
    };
    match field.kind() {
        FieldType::Text => {
            let zones = Zone::ALL.iter().position(|zone| zone.field() == field);
            site.words(zones.map_or(&[], |at| &Zone::ALL[at..=at])).map(|test| (test, None))
        }
        FieldType::Keyword => site.keyword(field),
        FieldType::Number if field.in_words().is_some_and(|words| site.is_one_of(words)) => {
            site.keyword(field.in_words().unwrap_or(field))
        }
        FieldType::Number => {
            let interval = site.interval(|text| site.number(text).map(Period::exactly))?;
            let warning = site.empty_interval(&interval);
            Ok((Test::Number { field, interval }, warning))
        }
        FieldType::Flag => site.flag(field),
        FieldType::Instant => site.instant(field),
        FieldType::Money => site.money(field),
        FieldType::Scores => site.any_label(field),
    }
}

/// A value that is a stretch: a day holds many instants, a number only itself.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Period<T> {
    first: T,
    after: After<T>,
}

/// What comes after a stretch.
#[derive(Clone, Copy, Debug, PartialEq)]
enum After<T> {
    /// Whatever is more than its first value, which is its only one.
    First,
    /// This value and what is more.
    From(T),
    /// Nothing: this is the last value there can be.
    Nothing(T),
}

impl<T: Copy> Period<T> {
    fn exactly(value: T) -> Self {
        Self { first: value, after: After::First }
    }

    /// From the one to the other.
    fn interval(ends: &Interval<Self>) -> Interval<T> {
        let low = match &ends.0 {
            Bound::Included(period) => period.from(true),
            Bound::Excluded(period) => period.from(false),
            Bound::Unbounded => Bound::Unbounded,
        };
        let high = match &ends.1 {
            Bound::Included(period) => period.until(true),
            Bound::Excluded(period) => period.until(false),
            Bound::Unbounded => Bound::Unbounded,
        };
        (low, high)
    }

    fn from(&self, is_included: bool) -> Bound<T> {
        match (is_included, self.after) {
            (true, _) => Bound::Included(self.first),
            (false, After::From(after)) => Bound::Included(after),
            (false, After::First) => Bound::Excluded(self.first),
            (false, After::Nothing(last)) => Bound::Excluded(last),
        }
    }

    fn until(&self, is_included: bool) -> Bound<T> {
        match (is_included, self.after) {
            (true, After::From(after)) => Bound::Excluded(after),
            (true, After::First) => Bound::Included(self.first),
            (true, After::Nothing(_)) => Bound::Unbounded,
            (false, _) => Bound::Excluded(self.first),
        }
    }
}

/// A bound with what its value comes to.
fn moved<A, B, E>(bound: &Bound<A>, with: impl FnOnce(&A) -> Result<B, E>) -> Result<Bound<B>, E> {
    Ok(match bound {
        Bound::Included(value) => Bound::Included(with(value)?),
        Bound::Excluded(value) => Bound::Excluded(with(value)?),
        Bound::Unbounded => Bound::Unbounded,
    })
}

/// Where a literal was written.
pub(crate) struct Written {
    pub(crate) whole: Range<usize>,
    /// The lower and the upper end of a range; both the same of anything else.
    pub(crate) ends: [Range<usize>; 2],
}

/// A literal and where it stands.
struct Site<'a> {
    manner: Manner,
    literal: &'a Literal,
    written: &'a Written,
    environment: &'a Environment,
}

impl Site<'_> {
    fn wrong(&self, code: Code, message: impl Into<String>, help: impl Into<Help>) -> Diagnostic {
        Diagnostic::new(code, self.written.whole.clone(), message).with_help(help)
    }

    /// The literal's text if it is a plain value: a word without wildcard or a phrase without distance.
    fn plain(&self) -> Result<&str, Diagnostic> {
        match self.literal {
            Literal::Word { text, is_prefix: false } | Literal::Phrase { text, slop: 0 } => Ok(text),
            Literal::Word { .. } | Literal::Pattern { .. } => Err(self.wrong(
                Code::WrongType,
                "a wildcard works on words and names only",
                "write the whole value or a range",
            )),
            Literal::Phrase { .. } | Literal::Near(_) => Err(self.wrong(
                Code::WrongType,
                "a distance works on words only",
                "remove what follows the quotation mark",
            )),
            Literal::Fuzzy { .. } | Literal::Regex { .. } | Literal::List { .. } => Err(self.wrong(
                Code::WrongType,
                "mistakes, regular expressions and lists are for words and names only",
                "write the whole value or a range",
            )),
            Literal::Range { .. } | Literal::Any => Err(self.no_range()),
        }
    }

    fn no_range(&self) -> Diagnostic {
        let message = "a range works on numbers, money, scores and times only";
        self.wrong(Code::WrongType, message, "write the values one by one: `(a OR b)`")
    }

    /// The list of that name.
    fn list(&self, name: &str) -> Result<&Arc<Lexicon>, Diagnostic> {
        self.environment.lists.get(name).ok_or_else(|| {
            let message = format!("no list is called {}", quoted(name));
            let help = match self.environment.lists.nearest(name) {
                Some(near) => Help::Near(format!("@{near}")),
                None => "make the list first, or write `\\@` to mean the character".into(),
            };
            self.wrong(Code::MissingList, message, help)
        })
    }

    fn broken_regex(&self, reason: &str) -> Diagnostic {
        let message = format!("this regular expression cannot be used: {reason}");
        self.wrong(
            Code::BrokenRegex,
            message,
            "mend it, or put the words in quotation marks to search for themselves",
        )
    }

    fn unsupported(&self, message: &str, help: &str) -> Diagnostic {
        self.wrong(Code::Unsupported, message, help)
    }

    /// Whether the value is one that a field has.
    fn is_one_of(&self, field: Field) -> bool {
        let (Literal::Word { text, .. } | Literal::Phrase { text, slop: 0 }) = self.literal else {
            return false;
        };
        closed_values(field).contains(&keyword_form(text).as_str())
    }

    fn flag(&self, field: Field) -> Compiled {
        let text = self.plain()?;
        let value = match keyword_form(text).as_str() {
            "true" => true,
            "false" => false,
            _ => {
                return Err(self.wrong(
                    Code::BadFlag,
                    format!("{} is neither true nor false", quoted(text)),
                    "write `true` or `false`",
                ));
            }
        };
        Ok((Test::Flag { field, value }, None))
    }

    /// The ends of a range, read by `read`, whose complaints are of that end alone; a plain value is both of its ends.
    fn ends<E: Clone>(
        &self,
        read: impl Fn(&str) -> Result<E, Diagnostic>,
    ) -> Result<Interval<E>, Diagnostic> {
        let Literal::Range { low, high } = self.literal else {
            let only = read(self.plain()?)?;
            return Ok((Bound::Included(only.clone()), Bound::Included(only)));
        };
        let [low_at, high_at] = &self.written.ends;
        let read_at = |text: &String, at: &Range<usize>| {
            read(text).map_err(|wrong| Diagnostic { span: at.clone(), ..wrong })
        };
        Ok((moved(low, |text| read_at(text, low_at))?, moved(high, |text| read_at(text, high_at))?))
    }

    /// The interval that the literal means, its ends read by `read`.
    fn interval<T: Copy>(
        &self,
        read: impl Fn(&str) -> Result<Period<T>, Diagnostic>,
    ) -> Result<Interval<T>, Diagnostic> {
        self.ends(read).map(|ends| Period::interval(&ends))
    }

    /// A warning if no value can lie in the interval.
    fn empty_interval<T: PartialOrd>(&self, interval: &Interval<T>) -> Option<Diagnostic> {
        is_empty(interval)
            .then(|| self.wrong(Code::NeverTrue, "nothing lies in this range", "exchange its ends"))
    }

    /// A decimal number; a percent sign after it is allowed.
    fn number(&self, text: &str) -> Result<f64, Diagnostic> {
        let digits = text.trim().strip_suffix('%').unwrap_or(text.trim());
        decimal(digits).ok_or_else(|| {
            self.wrong(
                Code::BadNumber,
                format!("{} is not a number", quoted(text)),
                "write digits, with a point for decimals: `12.5`",
            )
        })
    }

    fn money(&self, field: Field) -> Compiled {
        if let Literal::Word { text, is_prefix: false } | Literal::Phrase { text, slop: 0 } = self.literal
            && let Some(currency) = currency(text.trim())
        {
            let interval = (Bound::Unbounded, Bound::Unbounded);
            return Ok((Test::Money { field, interval, currency: Some(currency) }, None));
        }
        let read = |text: &str| {
            amount(text.trim()).ok_or_else(|| {
                let help = "write a number, with a currency if it matters: `1000`, `1000BRL`";
                self.wrong(Code::BadAmount, format!("{} is not an amount of money", quoted(text)), help)
            })
        };
        let interval = self.interval(|text| read(text).map(|(number, _)| Period::exactly(number)))?;
        let texts = match self.literal {
            Literal::Range { low, high } => [low, high].into_iter().filter_map(bound_text).collect(),
            _ => vec![self.plain()?],
        };
        let mut currencies = texts.into_iter().filter_map(|text| amount(text.trim())?.1);
        let currency = currencies.next();
        if let (Some(one), Some(other)) =
            (&currency, currencies.next().filter(|other| Some(other) != currency.as_ref()))
        {
            let message = format!("this range goes from one currency to another, {one} and {other}");
            return Err(self.wrong(Code::BadAmount, message, "use one currency"));
        }
        let warning = self.empty_interval(&interval);
        Ok((Test::Money { field, interval, currency }, warning))
    }

    /// `intent.x:…`: any score at all, or the bounds that are given.
    fn label_interval(&self) -> Result<Interval<f64>, Diagnostic> {
        match self.literal {
            Literal::Any => Ok((Bound::Unbounded, Bound::Unbounded)),
            _ => self.interval(|text| self.number(text).map(Period::exactly)),
        }
    }

    /// `intent:x` gives a label, `intent:>0.8` bounds for any label.
    fn any_label(&self, field: Field) -> Compiled {
        if let Literal::Range { .. } = self.literal {
            let interval = self.label_interval()?;
            let warning = self.empty_interval(&interval);
            return Ok((Test::Score { field, label: None, interval }, warning));
        }
        let label = keyword_form(self.plain()?);
        if label.is_empty() {
            return Err(self.wrong(
                Code::NothingToFind,
                "this value is empty",
                "write a label, or `*` for any",
            ));
        }
        let interval = (Bound::Included(LABEL_SCORE_MIN), Bound::Unbounded);
        Ok((Test::Score { field, label: Some(label), interval }, None))
    }
}

/// Whether nothing can lie in an interval.
pub(crate) fn is_empty<T: PartialOrd>(interval: &Interval<T>) -> bool {
    match interval {
        (Bound::Included(low), Bound::Included(high)) => low > high,
        (Bound::Included(low) | Bound::Excluded(low), Bound::Included(high) | Bound::Excluded(high)) => {
            low >= high
        }
        _ => false,
    }
}

/// The values that a field can have, where they are few and fixed, so that another one can never be.
pub(crate) fn closed_values(field: Field) -> &'static [&'static str] {
    match field {
        Field::Direction => &["in", "out", "internal"],
        Field::DiscountLimit => &["over_authority", "within_authority"],
        Field::Price => &["below_list", "at_list"],
        Field::Approval => &["none", "given"],
        _ => &[],
    }
}

fn bound_text(bound: &Bound<String>) -> Option<&str> {
    match bound {
        Bound::Included(text) | Bound::Excluded(text) => Some(text),
        Bound::Unbounded => None,
    }
}

/// A number in plain decimal notation.
fn decimal(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
    text.parse().ok().filter(|number: &f64| is_plain && number.is_finite())
}

/// The currency of a code or a sign.
fn currency(text: &str) -> Option<String> {
    let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let of_sign = SIGNS.iter().find(|(sign, _)| *sign == text).map(|(_, code)| (*code).to_owned());
    of_sign.or_else(|| is_code.then(|| text.to_ascii_uppercase()))
}

/// A number with or without a currency before or after it.
fn amount(text: &str) -> Option<(f64, Option<String>)> {
    let of_sign = SIGNS.iter().find_map(|(sign, code)| {
        let digits = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign))?;
        Some((*code, digits.trim()))
    });
    if let Some((currency, digits)) = of_sign {
        return Some((decimal(digits)?, Some(currency.to_owned())));
    }
    let is_letter = |c: char| c.is_ascii_alphabetic();
    let (before, after) = (text.trim_start_matches(is_letter), text.trim_end_matches(is_letter));
    let (code, digits) = match (text.len() - before.len(), text.len() - after.len()) {
        (len, 0) => (&text[..len], before.trim_start()),
        (0, _) => (&text[after.len()..], after.trim_end()),
        _ => return None,
    };
    let number = decimal(digits)?;
    match code {
        "" => Some((number, None)),
        _ => currency(code).map(|currency| (number, Some(currency))),
    }
}

/// Signs that mean one currency only, longer ones first: what `$` and `¥` are depends on the country.
const SIGNS: [(&str, &str); 20] = [
    ("US$", "USD"),
    ("HK$", "HKD"),
    ("MX$", "MXN"),
    ("NT$", "TWD"),
    ("R$", "BRL"),
    ("A$", "AUD"),
    ("C$", "CAD"),
    ("S$", "SGD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("₹", "INR"),
    ("₦", "NGN"),
    ("₩", "KRW"),
    ("₺", "TRY"),
    ("₽", "RUB"),
    ("₴", "UAH"),
    ("₱", "PHP"),
    ("₫", "VND"),
    ("฿", "THB"),
    ("₪", "ILS"),
];
