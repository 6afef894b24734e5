//! Small readings shared by all kinds of items: instants, errors, hashes, leaves of an object.

use aboveboard_model::item::{Body, DETAILS_MAX, Number, SourceError};
use base64::{Engine, engine::general_purpose};
use jiff::Timestamp;

use super::json::{Json, Object};

/// What an element of a delivery was read as.
pub(super) struct Reading {
    /// When it happened.
    pub(super) at: Option<Timestamp>,
    /// What it is.
    pub(super) body: Body,
    /// Paths of the element that are not known, without a prefix.
    pub(super) unknown: Vec<String>,
    /// The place in the value's contacts of the one that belongs to it.
    pub(super) contact: Option<usize>,
    /// The number, where the element names it better than its surroundings.
    pub(super) number: Option<Number>,
}

impl Reading {
    /// A reading of something that names no contact and no other number.
    pub(super) fn of(at: Option<Timestamp>, body: Body, unknown: Vec<String>) -> Reading {
        Reading { at, body, unknown, contact: None, number: None }
    }

    /// An element that cannot be read; its bytes are kept.
    pub(super) fn unknown(field: &str, reason: &str) -> Reading {
        let body = Body::Unknown { field: cut(field, NAME_CHARS_MAX), reason: cut(reason, REASON_CHARS_MAX) };
        Reading::of(None, body, Vec::new())
    }
}

/// How many characters of a field's, type's or member's name are repeated outside the raw bytes.
pub(super) const NAME_CHARS_MAX: usize = 64;
/// How many characters of a JSON path are repeated outside the raw bytes.
pub(super) const PATH_CHARS_MAX: usize = 160;
/// How many characters a reason has at most.
const REASON_CHARS_MAX: usize = 160;
/// How many characters of one detail are repeated outside the raw bytes.
const DETAIL_CHARS_MAX: usize = 1_024;
/// How deep details are looked for; what lies deeper is given as its JSON.
const DETAIL_DEPTH_MAX: usize = 12;
/// How many errors of one item are repeated outside the raw bytes.
const ERRORS_MAX: usize = 32;
/// Bytes of a SHA-256 hash.
const SHA256_BYTES: usize = 32;

/// The beginning of a text, at most so many characters.
pub(super) fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

/// Unix seconds, as a string or a number.
pub(super) fn instant(json: Json<'_>) -> Option<Timestamp> {
    Timestamp::from_second(json.integer()?).ok()
}

/// The instant under `timestamp`.
pub(super) fn timestamp(object: &Object<'_>) -> Option<Timestamp> {
    instant(object.get("timestamp")?)
}

/// Errors in any of the shapes in which they were seen.
pub(super) fn errors(elements: Vec<Json<'_>>) -> Vec<SourceError> {
    elements.into_iter().take(ERRORS_MAX).map(error).collect()
}

/// One error: `code`, `title`, `message`, `error_data.details`, or an older shape with `details` on top.
pub(super) fn error(json: Json<'_>) -> SourceError {
    let Some(object) = json.object() else {
        return SourceError { title: json.text().unwrap_or_default(), ..SourceError::default() };
    };
    let (title, message) = (object.text("title"), object.text("message"));
    let nested = object.object("error_data").and_then(|data| data.text("details"));
    let details = nested.or_else(|| object.text("details"));
    let other = message.clone().filter(|message| title.as_ref().is_some_and(|title| title != message));
    SourceError {
        code: object.integer("code"),
        title: title.or(message).unwrap_or_default(),
        details: details.or(other),
    }
}

/// A SHA-256 hash in lower-case hex, from hex or base64 of any alphabet; `None` where it is neither.
pub(super) fn sha256_hex(text: &str) -> Option<String> {
    let text = text.trim();
    let plain = text.trim_end_matches('=');
    let bytes = hex::decode(text)
        .or_else(|_| general_purpose::STANDARD_NO_PAD.decode(plain))
        .or_else(|_| general_purpose::URL_SAFE_NO_PAD.decode(plain))
        .ok()?;
    (bytes.len() == SHA256_BYTES).then(|| hex::encode(bytes))
}

/// The leaves below a value as path and value, at most [`DETAILS_MAX`] together with those already there.
pub(super) fn leaves(json: Json<'_>, path: &str, depth: usize, found: &mut Vec<(String, String)>) {
    if found.len() >= DETAILS_MAX {
        return;
    }
    let inside = depth < DETAIL_DEPTH_MAX;
    if let Some(object) = json.object().filter(|_| inside) {
        for (name, value) in &object.members {
            let below = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
            leaves(*value, &cut(&below, PATH_CHARS_MAX), depth + 1, found);
        }
    } else if let Some(elements) = json.array().filter(|_| inside) {
        for (at, element) in elements.into_iter().enumerate().take(DETAILS_MAX) {
            leaves(element, &cut(&format!("{path}[{at}]"), PATH_CHARS_MAX), depth + 1, found);
        }
    } else if !json.is_null() {
        let text = json.text().unwrap_or_else(|| json.slice().to_owned());
        found.push((path.to_owned(), cut(&text, DETAIL_CHARS_MAX)));
    }
}

/// The leaves of all members of an object but those named.
pub(super) fn details_but(object: &Object<'_>, left_out: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, value) in object.members.iter().filter(|(name, _)| !left_out.contains(&&**name)) {
        leaves(*value, &cut(name, PATH_CHARS_MAX), 1, &mut found);
    }
    found
}

/// The leaves of the named members of an object.
pub(super) fn details_of(object: &Object<'_>, names: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for name in names {
        if let Some(value) = object.get(name) {
            leaves(value, name, 1, &mut found);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json<'_> {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_hash_reads_the_same_from_hex_and_from_base64() {
        let hex_form = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        for form in [
            hex_form,
            &hex_form.to_uppercase(),
            "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
            "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg",
        ] {
            assert_eq!(sha256_hex(form).as_deref(), Some(hex_form), "{form}");
        }
        for bad in ["", "abcd", "not a hash", "29ed500fa64eb55fc19dc4124acb300e5dcca0f822a301ae99944db"] {
            assert_eq!(sha256_hex(bad), None, "{bad}");
        }
    }

    #[test]
    fn instants_are_read_from_both_forms_and_never_invented() {
        let at = Timestamp::from_second(1_700_000_000).unwrap();
        assert_eq!(instant(json("1700000000")), Some(at));
        assert_eq!(instant(json("\"1700000000\"")), Some(at));
        for bad in ["\"\"", "\"soon\"", "99999999999999999", "{}", "1.5e9"] {
            assert_eq!(instant(json(bad)), None, "{bad}");
        }
    }

    #[test]
    fn errors_are_read_in_the_new_and_in_the_old_shape() {
        let new = error(json(r#"{"code":"131051","title":"T","message":"M","error_data":{"details":"D"}}"#));
        assert_eq!((new.code, &*new.title, new.details.as_deref()), (Some(131_051), "T", Some("D")));
        let old = error(json(r#"{"code":400,"details":"D","title":"T"}"#));
        assert_eq!((old.code, &*old.title, old.details.as_deref()), (Some(400), "T", Some("D")));
        let call = error(json(r#"{"code":1,"message":"M"}"#));
        assert_eq!((&*call.title, call.details), ("M", None));
        assert_eq!(error(json("\"plain\"")).title, "plain");
    }

    #[test]
    fn leaves_are_bounded_in_number_length_and_depth() {
        let wide = format!("[{}]", vec!["1"; 1_000].join(","));
        let mut found = Vec::new();
        leaves(json(&wide), "a", 0, &mut found);
        assert_eq!(found.len(), DETAILS_MAX);
        let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
        let mut found = Vec::new();
        leaves(json(&deep), "a", 0, &mut found);
        assert_eq!(found.len(), 1);
        assert!(found[0].1.len() <= DETAIL_CHARS_MAX && found[0].0.len() <= PATH_CHARS_MAX);
    }
}
