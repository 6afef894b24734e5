//! JSON as exact slices of the bytes it came in: nothing is re-serialised, and nothing that is valid JSON is refused.
//!
//! Duplicate names are kept in order, numbers keep their digits, a lone surrogate in a string reads as U+FFFD. Slices are
//! found by `serde_json`'s scanner, which does not recurse, so nesting costs no stack.

use std::{borrow::Cow, fmt, ops::Range};

use serde::{
    Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// One JSON value: the exact slice that spells it, without blanks around it.
#[derive(Clone, Copy)]
pub(super) struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// The one value that the bytes hold, or `None` where they are not JSON in UTF-8.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Json<'a>> {
        serde_json::from_slice::<&RawValue>(bytes).ok().map(|raw| Json(raw.get()))
    }

    /// The slice itself.
    pub(super) fn slice(self) -> &'a str {
        self.0
    }

    /// Where the slice lies in the delivery that it was cut from.
    pub(super) fn range(self, delivery: &[u8]) -> Range<usize> {
        let start = (self.0.as_ptr() as usize).saturating_sub(delivery.as_ptr() as usize);
        start..start + self.0.len()
    }

    /// From the beginning of this value to the end of a later one of the same delivery.
    pub(super) fn range_to(self, last: Json<'a>, delivery: &[u8]) -> Range<usize> {
        self.range(delivery).start..last.range(delivery).end
    }

    pub(super) fn is_null(self) -> bool {
        self.0 == "null"
    }

    pub(super) fn is_object(self) -> bool {
        self.0.starts_with('{')
    }

    pub(super) fn is_array(self) -> bool {
        self.0.starts_with('[')
    }

    pub(super) fn is_string(self) -> bool {
        self.0.starts_with('"')
    }

    /// The members of an object, or `None` for anything else.
    pub(super) fn object(self) -> Option<Object<'a>> {
        if !self.is_object() {
            return None;
        }
        let members = serde_json::Deserializer::from_str(self.0).deserialize_map(Members).ok()?;
        Some(Object { members })
    }

    /// The elements of an array, or `None` for anything else.
    pub(super) fn array(self) -> Option<Vec<Json<'a>>> {
        if !self.is_array() {
            return None;
        }
        let elements = serde_json::from_str::<Vec<&'a RawValue>>(self.0).ok()?;
        Some(elements.into_iter().map(|raw| Json(raw.get())).collect())
    }

    /// The elements of an array; a single value stands for an array of one, `null` for an empty one.
    pub(super) fn elements(self) -> Vec<Json<'a>> {
        match self.array() {
            Some(elements) => elements,
            None if self.is_null() => Vec::new(),
            None => vec![self],
        }
    }

    /// The characters of a string, or the digits and letters of a number or boolean; `None` for anything else. Ids and
    /// timestamps come in either form.
    pub(super) fn text(self) -> Option<String> {
        match self.0.as_bytes().first()? {
            b'"' => Some(decoded(self.0)),
            b'{' | b'[' | b'n' => None,
            _ => Some(self.0.to_owned()),
        }
    }

    /// A whole number, written as a number or as a string.
    pub(super) fn integer(self) -> Option<i64> {
        self.text()?.trim().parse().ok()
    }

    /// A finite number, written as a number or as a string.
    pub(super) fn number(self) -> Option<f64> {
        self.text()?.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// A boolean, written as one or as a string.
    pub(super) fn flag(self) -> bool {
        self.text().is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }
}

/// The members of a JSON object in their order, duplicates included.
pub(super) struct Object<'a> {
    pub(super) members: Vec<(Cow<'a, str>, Json<'a>)>,
}

impl<'a> Object<'a> {
    /// The member of that name; the last of several, as JSON readers commonly do. `null` counts as missing.
    pub(super) fn get(&self, name: &str) -> Option<Json<'a>> {
        self.members
            .iter()
            .rev()
            .find(|(other, _)| other == name)
            .map(|(_, json)| *json)
            .filter(|json| !json.is_null())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A member that is an object itself.
    pub(super) fn object(&self, name: &str) -> Option<Object<'a>> {
        self.get(name)?.object()
    }

    /// The elements of a member; none where it is missing.
    pub(super) fn elements(&self, name: &str) -> Vec<Json<'a>> {
        self.get(name).map(Json::elements).unwrap_or_default()
    }

    /// The text of a member; an empty one counts as missing.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.text().filter(|text| !text.is_empty())
    }

    /// The first text found under one of several spellings.
    pub(super) fn text_of(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.text(name))
    }

    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.get(name)?.integer()
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(Json::flag)
    }
}

/// Collects names and values as slices. Names are taken raw, because a lone surrogate in one must not cost the object.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(Cow<'de, str>, Json<'de>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            members.push((name_of(name.get()), Json(value.get())));
        }
        Ok(members)
    }
}

fn name_of(slice: &str) -> Cow<'_, str> {
    match slice.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
        _ => Cow::Owned(decoded(slice)),
    }
}

/// The characters of a JSON string. `serde_json` hands out lone surrogates as bytes that are not UTF-8.
fn decoded(slice: &str) -> String {
    struct Bytes;
    impl Visitor<'_> for Bytes {
        type Value = String;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }
        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
            Ok(with_replacements(bytes))
        }
    }
    serde_json::Deserializer::from_str(slice).deserialize_bytes(Bytes).unwrap_or_default()
}

/// A surrogate is three bytes that begin with 0xED; each of them becomes one replacement character.
fn with_replacements(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if chunk.invalid().first() == Some(&0xED) {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json(text: &str) -> Json<'_> {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn slices_are_exact_and_know_where_they_lie() {
        let body = r#" {"a" : {"b": [1,  "x\u0041\/"] } } "#;
        let list = json(body).object().unwrap().object("a").unwrap().get("b").unwrap();
        assert_eq!(list.slice(), r#"[1,  "x\u0041\/"]"#);
        assert_eq!(&body[list.range(body.as_bytes())], list.slice());
        assert_eq!(list.array().unwrap()[1].text().unwrap(), "xA/");
    }

    #[test]
    fn duplicate_names_stay_and_the_last_one_counts() {
        let object = json(r#"{"a":1,"\u0061":2}"#).object().unwrap();
        assert_eq!(object.members.len(), 2);
        assert_eq!(object.integer("a"), Some(2));
    }

    #[test]
    fn numbers_of_any_size_keep_their_digits() {
        let huge = "123456789012345678901234567890";
        assert_eq!(json(huge).text().unwrap(), huge);
        assert_eq!(json(huge).integer(), None);
        assert_eq!(json("1e999").number(), None);
        assert_eq!(json("\"-3.5\"").number(), Some(-3.5));
        assert_eq!(json("\"17\"").integer(), Some(17));
    }

    #[test]
    fn a_lone_surrogate_costs_one_character_only() {
        assert_eq!(json(r#""a\ud800b\udc00""#).text().unwrap(), "a\u{FFFD}b\u{FFFD}");
        assert_eq!(json(r#""\ud83d\ude00""#).text().unwrap(), "😀");
        let object = json(r#"{"\ud800":1,"b":2}"#).object().unwrap();
        assert_eq!(object.integer("b"), Some(2));
    }

    #[test]
    fn deep_nesting_needs_no_stack() {
        let deep = format!("{}{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
        assert_eq!(json(&deep).array().unwrap().len(), 1);
    }

    proptest! {
        #[test]
        fn what_serde_json_writes_is_read_back(text: String) {
            let written = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(json(&written).text().unwrap(), text);
        }

        #[test]
        fn no_bytes_panic_the_reader(bytes: Vec<u8>) {
            if let Some(json) = Json::parse(&bytes) {
                let _ = (json.object().is_some(), json.elements().len(), json.text(), json.number());
            }
        }
    }
}
