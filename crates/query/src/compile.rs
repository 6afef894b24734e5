//! From a literal and its field's type to a test that can be run, or a diagnostic.

use std::ops::{Bound, Range};

use aboveboard_model::document::{Field, FieldType, Zone};
use aboveboard_text::{Options, TokenKind, normalise};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::diagnostic::{Code, Diagnostic, Help, nearest, quoted};
use crate::syntax::{Literal, Scope};

/// A test with everything worked out that does not depend on the document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    /// Every document.
    Everything,
    /// Words in a zone.
    Words(Words),
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
const OWN_ZONES: &[Zone] = &[Zone::Text, Zone::Caption, Zone::Filename, Zone::Ocr, Zone::Transcript];

/// A score from which a label counts as given when no bound is asked for.
const LABEL_SCORE_MIN: f64 = 0.5;

/// Most tokens in one phrase.
pub const PHRASE_TOKENS_MAX: usize = 64;

/// Longest keyword, in bytes of its form; a longer one counts up to here.
pub const KEYWORD_BYTES_MAX: usize = 512;

/// The form in which keywords are compared: the search normal form without outer spaces and without the plus of a phone number.
pub fn keyword_form(value: &str) -> String {
    let normal = normalise(value, Options::SEARCH);
    let trimmed = normal.text().trim();
    let form = trimmed.strip_prefix('+').unwrap_or(trimmed);
    form[..form.floor_char_boundary(KEYWORD_BYTES_MAX)].to_owned()
}

type Compiled = Result<(Test, Option<Diagnostic>), Diagnostic>;

/// Works out a test; beside it may stand a warning.
pub(crate) fn compile(scope: &Scope, literal: &Literal, span: &Range<usize>) -> Compiled {
    let site = Site { literal, span };
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
        FieldType::Number => {
            let interval = site.interval(|text| site.number(text).map(Period::exactly))?;
            let warning = site.empty_interval(&interval);
            Ok((Test::Number { field, interval }, warning))
        }
        FieldType::Flag => site.flag(field),
        FieldType::Instant => {
            let interval = site.interval(|text| site.instant(text))?;
            let warning = site.empty_interval(&interval);
            Ok((Test::Instant { field, interval }, warning))
        }
        FieldType::Money => site.money(field),
        FieldType::Scores => site.any_label(field),
    }
}

/// A value that is a stretch: a day holds many instants, a number only itself.
struct Period<T> {
    first: T,
    /// The first value after it, if it is more than `first` alone.
    after: Option<T>,
}

impl<T: Copy> Period<T> {
    fn exactly(value: T) -> Self {
        Self { first: value, after: None }
    }

    fn from(&self, is_included: bool) -> Bound<T> {
        match (is_included, self.after) {
            (true, _) => Bound::Included(self.first),
            (false, Some(after)) => Bound::Included(after),
            (false, None) => Bound::Excluded(self.first),
        }
    }

    fn until(&self, is_included: bool) -> Bound<T> {
        match (is_included, self.after) {
            (true, Some(after)) => Bound::Excluded(after),
            (true, None) => Bound::Included(self.first),
            (false, _) => Bound::Excluded(self.first),
        }
    }
}

/// A literal and where it stands.
struct Site<'a> {
    literal: &'a Literal,
    span: &'a Range<usize>,
}

impl Site<'_> {
    fn wrong(&self, code: Code, message: impl Into<String>, help: impl Into<Help>) -> Diagnostic {
        Diagnostic::new(code, self.span.clone(), message).with_help(help)
    }

    /// The literal's text if it is a plain value: a word without wildcard or a phrase without distance.
    fn plain(&self) -> Result<&str, Diagnostic> {
        match self.literal {
            Literal::Word { text, is_prefix: false } | Literal::Phrase { text, slop: 0 } => Ok(text),
            Literal::Word { .. } => Err(self.wrong(
                Code::WrongType,
                "a wildcard works on words and names only",
                "write the whole value or a range",
            )),
            Literal::Phrase { .. } => Err(self.wrong(
                Code::WrongType,
                "a distance works on words only",
                "remove what follows the quotation mark",
            )),
            Literal::Range { .. } | Literal::Any => Err(self.no_range()),
        }
    }

    fn no_range(&self) -> Diagnostic {
        let message = "a range works on numbers, money, scores and times only";
        self.wrong(Code::WrongType, message, "write the values one by one: `(a OR b)`")
    }

    fn words(&self, zones: &'static [Zone]) -> Result<Test, Diagnostic> {
        let (text, is_prefix, slop) = match self.literal {
            Literal::Word { text, is_prefix } => (text, *is_prefix, 0),
            Literal::Phrase { text, slop } => (text, false, *slop),
            Literal::Range { .. } | Literal::Any => return Err(self.no_range()),
        };
        let normal = normalise(text, Options::SEARCH);
        let mut tokens: Vec<Sought> = Vec::new();
        let mut last = None;
        for token in normal.sought_tokens().take(PHRASE_TOKENS_MAX + 1) {
            let width = token.end_position() - token.position;
            tokens.push(Sought { text: token.text.to_owned(), position: token.position, width });
            last = Some(token);
        }
        let Some(last) = last else {
            return Err(self.wrong(
                Code::NothingToFind,
                "there is no letter, digit or emoji here, so no word can match",
                "remove it or name a word",
            ));
        };
        if tokens.len() > PHRASE_TOKENS_MAX {
            let message = format!("a phrase has at most {PHRASE_TOKENS_MAX} words");
            return Err(self.wrong(Code::TooManyTerms, message, "join shorter phrases with AND"));
        }
        let first = tokens[0].position;
        tokens.iter_mut().for_each(|token| token.position -= first);
        let mut is_prefix = is_prefix && last.kind == TokenKind::Word;
        if is_prefix {
            // `wa.*` looks for words that begin with "wa."; in `98888-*` the word is over before the wildcard.
            match &normal.text()[last.place.end..] {
                "" => {}
                tail @ ("." | "'" | "," | ";") => {
                    tokens.iter_mut().next_back().into_iter().for_each(|t| t.text += tail)
                }
                _ => is_prefix = false,
            }
        }
        Ok(Test::Words(Words { zones, tokens, is_prefix, slop }))
    }

    fn keyword(&self, field: Field) -> Compiled {
        let (text, is_prefix) = match self.literal {
            Literal::Word { text, is_prefix } => (text.as_str(), *is_prefix),
            _ => (self.plain()?, false),
        };
        let form = keyword_form(text);
        if form.is_empty() {
            return Err(self.wrong(
                Code::NothingToFind,
                "this value is empty",
                "write a value, or `*` for any",
            ));
        }
        let known = closed_values(field);
        let is_known = known.is_empty()
            || known.iter().any(|value| *value == form || is_prefix && value.starts_with(&form));
        let warning = (!is_known).then(|| {
            let help = match nearest(&form, known.iter().copied()) {
                Some(near) => Help::Near(near.to_owned()),
                None => format!("it is one of {}", known.join(", ")).into(),
            };
            self.wrong(Code::NeverTrue, format!("`{}` is never {}", field.word(), quoted(text)), help)
        });
        Ok((Test::Keyword { field, form, is_prefix }, warning))
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

    /// The interval that the literal means, its ends read by `read`.
    fn interval<T: Copy>(
        &self,
        read: impl Fn(&str) -> Result<Period<T>, Diagnostic>,
    ) -> Result<Interval<T>, Diagnostic> {
        let Literal::Range { low, high } = self.literal else {
            let period = read(self.plain()?)?;
            return Ok((period.from(true), period.until(true)));
        };
        let low = match low {
            Bound::Included(text) => read(text)?.from(true),
            Bound::Excluded(text) => read(text)?.from(false),
            Bound::Unbounded => Bound::Unbounded,
        };
        let high = match high {
            Bound::Included(text) => read(text)?.until(true),
            Bound::Excluded(text) => read(text)?.until(false),
            Bound::Unbounded => Bound::Unbounded,
        };
        Ok((low, high))
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

    /// A year, month, day, minute, second or fraction; without an offset it is UTC.
    fn instant(&self, text: &str) -> Result<Period<Timestamp>, Diagnostic> {
        period(text.trim()).ok_or_else(|| {
            let help = "write `2026-11-21` or `2026-11-21T09:30:00Z`";
            self.wrong(Code::BadInstant, format!("{} is not a day or a time", quoted(text)), help)
        })
    }

    fn money(&self, field: Field) -> Compiled {
        if let Literal::Word { text, is_prefix: false } | Literal::Phrase { text, slop: 0 } = self.literal
            && is_currency(text.trim())
        {
            let (interval, currency) =
                ((Bound::Unbounded, Bound::Unbounded), Some(text.trim().to_ascii_uppercase()));
            return Ok((Test::Money { field, interval, currency }, None));
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

fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// A number with or without a currency after it.
fn amount(text: &str) -> Option<(f64, Option<String>)> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let currency = &text[digits.len()..];
    let number = decimal(digits.trim_end())?;
    match currency {
        "" => Some((number, None)),
        _ => is_currency(currency).then(|| (number, Some(currency.to_ascii_uppercase()))),
    }
}

fn period(text: &str) -> Option<Period<Timestamp>> {
    let utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let from_day = |first: Date, after: fn(Date) -> Option<Date>| {
        let (first, after) = (first.to_datetime(jiff::civil::Time::midnight()), after(first)?);
        Some(Period {
            first: utc(first)?,
            after: Some(utc(after.to_datetime(jiff::civil::Time::midnight()))?),
        })
    };
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    let part = |range: Range<usize>| text.get(range)?.parse::<i16>().ok();
    let small = |range: Range<usize>| i8::try_from(part(range)?).ok();
    match shape.as_str() {
        "9999" => from_day(Date::new(part(0..4)?, 1, 1).ok()?, |day| Date::new(day.year() + 1, 1, 1).ok()),
        "9999-99" => {
            from_day(Date::new(part(0..4)?, small(5..7)?, 1).ok()?, |day| day.last_of_month().tomorrow().ok())
        }
        "9999-99-99" => {
            from_day(Date::new(part(0..4)?, small(5..7)?, small(8..10)?).ok()?, |day| day.tomorrow().ok())
        }
        _ if shape.starts_with("9999-99-99T") => {
            let exact = text.parse::<Timestamp>().ok().or_else(|| utc(text.parse::<DateTime>().ok()?))?;
            Some(Period::exactly(exact))
        }
        _ => None,
    }
}
