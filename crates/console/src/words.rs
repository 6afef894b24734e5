//! The words on every page, one file a language; a page holds none of its own.

use std::{collections::BTreeMap, sync::LazyLock};

/// A language of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    BrazilianPortuguese,
}

impl Language {
    /// All of them, the one of last resort first.
    pub(crate) const ALL: &'static [Language] = &[Language::English, Language::BrazilianPortuguese];

    /// The BCP 47 tag.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::BrazilianPortuguese => "pt-BR",
        }
    }

    /// What its speakers call it.
    pub(crate) fn own_name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::BrazilianPortuguese => "Português (Brasil)",
        }
    }

    /// The language with this tag.
    pub(crate) fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|language| language.tag().eq_ignore_ascii_case(tag))
    }

    /// The first language of an `Accept-Language` header that the console speaks, by its primary part.
    pub(crate) fn accepted(header: &str) -> Option<Self> {
        let mut wanted: Vec<(f32, &str)> = header.split(',').take(20).filter_map(weighed).collect();
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
        wanted.iter().find_map(|(_, tag)| {
            let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
            Self::ALL.iter().copied().find(|language| primary(language.tag()) == primary(tag))
        })
    }

    fn file(self) -> &'static BTreeMap<String, Phrase> {
        static ENGLISH: LazyLock<BTreeMap<String, Phrase>> =
            LazyLock::new(|| read(include_str!("../words/en.toml")));
        static PORTUGUESE: LazyLock<BTreeMap<String, Phrase>> =
            LazyLock::new(|| read(include_str!("../words/pt-BR.toml")));
        match self {
            Language::English => &ENGLISH,
            Language::BrazilianPortuguese => &PORTUGUESE,
        }
    }

    /// CLDR's plural rule: zero is singular in Brazilian Portuguese.
    fn is_one(self, count: u64) -> bool {
        match self {
            Language::English => count == 1,
            Language::BrazilianPortuguese => count <= 1,
        }
    }

    /// What stands between thousands.
    fn thousands(self) -> char {
        match self {
            Language::English => ',',
            Language::BrazilianPortuguese => '.',
        }
    }
}

/// A tag of `Accept-Language` with its weight; none where the weight is zero.
fn weighed(part: &str) -> Option<(f32, &str)> {
    let (tag, parameters) = part.split_once(';').unwrap_or((part, ""));
    let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse().ok())?;
    (weight > 0.0).then_some((weight, tag.trim()))
}

/// A text with `{name}` places, or one for each plural form.
#[derive(Clone, Debug, PartialEq)]
enum Phrase {
    Plain(String),
    Plural { one: String, other: String },
}

fn read(file: &str) -> BTreeMap<String, Phrase> {
    let table: toml::Table = file.parse().expect("a test reads every embedded language file");
    let mut phrases = BTreeMap::new();
    flatten("", &table, &mut phrases);
    phrases
}

fn flatten(prefix: &str, table: &toml::Table, into: &mut BTreeMap<String, Phrase>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::String(text) => {
                into.insert(key, Phrase::Plain(text.clone()));
            }
            toml::Value::Table(inner) => match (text(inner, "one"), text(inner, "other")) {
                (Some(one), Some(other)) => {
                    into.insert(key, Phrase::Plural { one, other });
                }
                _ => flatten(&key, inner, into),
            },
            _ => {}
        }
    }
}

fn text(table: &toml::Table, name: &str) -> Option<String> {
    table.get(name).and_then(toml::Value::as_str).map(str::to_owned)
}

/// A number of things. Templates hand over references.
pub(crate) trait Count {
    fn count(&self) -> u64;
}

impl Count for u64 {
    fn count(&self) -> u64 {
        *self
    }
}

impl Count for usize {
    fn count(&self) -> u64 {
        u64::try_from(*self).unwrap_or(u64::MAX)
    }
}

impl<T: Count> Count for &T {
    fn count(&self) -> u64 {
        (*self).count()
    }
}

/// The words of one language, for templates: `w.t("alert.claim")`, `w.n("alert.earlier", 3)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    pub(crate) language: Language,
}

impl Words {
    /// The words of a language.
    pub(crate) fn new(language: Language) -> Self {
        Self { language }
    }

    /// The BCP 47 tag, for `lang`.
    pub(crate) fn tag(self) -> &'static str {
        self.language.tag()
    }

    /// A text as it stands in the file.
    pub(crate) fn t(self, key: &str) -> String {
        self.find(key).unwrap_or_else(|| key.to_owned())
    }

    /// A text with one `{name}` filled in.
    pub(crate) fn with(self, key: &str, name: &str, value: impl std::fmt::Display) -> String {
        self.t(key).replace(&format!("{{{name}}}"), &value.to_string())
    }

    /// A text in the form for a count, `{n}` filled in.
    pub(crate) fn n(self, key: &str, count: impl Count) -> String {
        let count = count.count();
        let phrase = match self.language.file().get(key) {
            Some(Phrase::Plural { one, .. }) if self.language.is_one(count) => one.clone(),
            Some(Phrase::Plural { other, .. }) => other.clone(),
            Some(Phrase::Plain(text)) => text.clone(),
            None => key.to_owned(),
        };
        phrase.replace("{n}", &self.number(count))
    }

    /// A word of a family such as `severity`; the member itself where the files do not know it, as with a code that a
    /// source invented yesterday.
    pub(crate) fn of(self, family: &str, member: &str) -> String {
        self.find(&format!("{family}.{member}")).unwrap_or_else(|| member.to_owned())
    }

    /// Whether a member of a family has a word.
    pub(crate) fn has(self, family: &str, member: &str) -> bool {
        self.find(&format!("{family}.{member}")).is_some()
    }

    /// A whole number with its thousands set apart.
    pub(crate) fn number(self, value: impl Count) -> String {
        let digits = value.count().to_string();
        let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                shown.push(self.language.thousands());
            }
            shown.push(digit);
        }
        shown
    }

    /// A number with what stands behind its decimal mark: two digits of money, none where there are none.
    pub(crate) fn decimal(self, value: f64) -> String {
        let cents = (value.abs() * 100.0).round();
        let whole = self.number((cents / 100.0).trunc() as u64);
        let rest = (cents % 100.0) as u64;
        let sign = if value < 0.0 { "-" } else { "" };
        match (rest, self.language) {
            (0, _) => format!("{sign}{whole}"),
            (rest, Language::English) => format!("{sign}{whole}.{rest:02}"),
            (rest, Language::BrazilianPortuguese) => format!("{sign}{whole},{rest:02}"),
        }
    }

    /// An amount with its currency.
    pub(crate) fn amount(self, amount: &aboveboard_model::document::Amount) -> String {
        let number = self.decimal(amount.amount);
        amount.currency.as_ref().map_or(number.clone(), |currency| format!("{currency} {number}"))
    }

    fn find(self, key: &str) -> Option<String> {
        match self.language.file().get(key)? {
            Phrase::Plain(text) => Some(text.clone()),
            Phrase::Plural { other, .. } => Some(other.clone()),
        }
    }
}

#[cfg(test)]
mod tests;
