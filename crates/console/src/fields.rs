//! Names and values as a browser sends them: of a query string, a path or a form.

use std::{fmt, str::FromStr};

/// Fields of one request at most; more are dropped.
const FIELDS_MAX: usize = 500;

/// A file of a form.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) field: String,
    pub(crate) bytes: Vec<u8>,
}

/// Names and values in the order in which they came. `Debug` shows neither: they may be personal or secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    pairs: Vec<(String, String)>,
    pub(crate) uploads: Vec<Upload>,
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fields", self.pairs.len())
    }
}

impl Fields {
    /// Reads `a=1&b=2`, percent-encoded.
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        form_urlencoded::parse(encoded)
            .take(FIELDS_MAX)
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    }

    /// Adds one; beyond the limit nothing happens.
    pub(crate) fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        if self.pairs.len() < FIELDS_MAX {
            self.pairs.push((name.into(), value.into()));
        }
    }

    /// The first value of a name, where it is not blank; trimmed.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).map(str::trim).filter(|value| !value.is_empty())
    }

    /// The first value of a name, trimmed; empty where it is missing.
    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// The first value of a name exactly as it came: for passwords.
    pub(crate) fn raw(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// All values of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a name as an id or a number; `None` where it is missing or reads as neither.
    pub(crate) fn parsed<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }

    /// Whether a box was ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// The bytes of an uploaded file; `None` where none was chosen.
    pub(crate) fn upload(&self, field: &str) -> Option<&[u8]> {
        let upload = self.uploads.iter().find(|upload| upload.field == field)?;
        Some(upload.bytes.as_slice()).filter(|bytes| !bytes.is_empty())
    }
}

impl FromIterator<(String, String)> for Fields {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self { pairs: pairs.into_iter().collect(), uploads: vec![] }
    }
}

/// A path with a query string, percent-encoded; absent values are left out.
pub(crate) fn link(path: &str, query: &[(&str, Option<&str>)]) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.iter().filter_map(|(name, value)| value.map(|value| (name, value))) {
        encoded.append_pair(name, value);
    }
    let encoded = encoded.finish();
    if encoded.is_empty() { path.to_owned() } else { format!("{path}?{encoded}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_trimmed_and_repeatable() {
        let fields = Fields::parse(b"note=+a%C3%A9+&role=x&role=y&blank=++");
        assert_eq!(fields.get("note"), Some("aé"));
        assert_eq!(fields.raw("note"), Some(" aé "));
        assert_eq!(fields.all("role").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(fields.get("blank"), None);
        assert_eq!(fields.parsed::<u64>("note"), None);
    }

    #[test]
    fn a_flood_of_fields_is_cut() {
        let flood = "a=1&".repeat(FIELDS_MAX * 2);
        assert_eq!(Fields::parse(flood.as_bytes()).all("a").count(), FIELDS_MAX);
    }

    #[test]
    fn a_link_leaves_out_what_is_absent_and_encodes_the_rest() {
        let query = [("state", Some("open")), ("policy", None), ("q", Some("a&b=c"))];
        assert_eq!(link("/alerts", &query), "/alerts?state=open&q=a%26b%3Dc");
        assert_eq!(link("/alerts", &[]), "/alerts");
    }
}
