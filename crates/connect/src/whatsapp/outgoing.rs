//! What the firm sent, read from the request by which it was sent: the words that the client saw.

use aboveboard_model::item::{Content, MediaKind};

use super::{
    content,
    json::{Json, Object},
    reading::{NAME_CHARS_MAX, cut},
};

/// How many characters of a template's or interactive message's words are read out.
const WORDS_CHARS_MAX: usize = 16_384;
/// How deep words are looked for.
const WORDS_DEPTH_MAX: usize = 12;
/// How many parts of a template, and buttons and parameters of a part, are read out; a template has about ten.
const PARTS_MAX: usize = 64;

/// Reads a send request, and the template's definition where it stands beside it.
pub(super) fn read(request: &Object<'_>, definition: Option<&Object<'_>>) -> Content {
    let kind = request.text("type").unwrap_or_else(|| content::shown_type("", request).to_owned());
    let unknown = || Content::Unknown { name: cut(&kind, NAME_CHARS_MAX) };
    let own = request.object(&kind);
    match (&*kind, own) {
        ("template", own) => template(own.as_ref(), definition),
        ("interactive", Some(own)) => interactive(&own).unwrap_or_else(unknown),
        ("image", Some(own)) => file(MediaKind::Image, &own),
        ("video", Some(own)) => file(MediaKind::Video, &own),
        ("audio", Some(own)) => file(MediaKind::Audio, &own),
        ("document", Some(own)) => file(MediaKind::Document, &own),
        ("sticker", Some(own)) => file(MediaKind::Sticker, &own),
        _ => content::read(&kind, request, &[]),
    }
}

/// A file that was sent by its id or by a link; the link stands in for the name of a file that has none.
fn file(kind: MediaKind, own: &Object<'_>) -> Content {
    let mut media = content::media(kind, own);
    if media.filename.is_none() {
        media.filename = own.text("link");
    }
    Content::Media(media)
}

fn interactive(own: &Object<'_>) -> Option<Content> {
    let mut words = Words::default();
    for part in ["header", "body", "footer"].into_iter().filter_map(|name| own.get(name)) {
        words.gather(part, 0);
    }
    // The action's own name says which kind of button it is; nobody sees it.
    let action = own.object("action").map(|action| action.members).unwrap_or_default();
    for (name, part) in action.iter().filter(|(name, _)| name != "name") {
        words.member(name, *part, 0);
    }
    let name = own.text("type").map(|kind| cut(&kind, NAME_CHARS_MAX));
    (!words.list.is_empty()).then(|| Content::Template { name, text: words.text() })
}

/// A template's words: its definition with the parameters filled in or, without one, the parameters alone.
fn template(own: Option<&Object<'_>>, definition: Option<&Object<'_>>) -> Content {
    let name = own.and_then(|own| own.text("name")).or_else(|| definition.and_then(|own| own.text("name")));
    let mut sent = own.map(|own| own.elements("components")).unwrap_or_default();
    sent.truncate(PARTS_MAX);
    let mut words = Words::default();
    match definition {
        Some(definition) => {
            for component in definition.elements("components").into_iter().take(PARTS_MAX) {
                defined(component, &sent, &mut words);
            }
        }
        None => sent.iter().for_each(|component| words.gather(*component, 0)),
    }
    Content::Template { name, text: words.text() }
}

fn defined(component: Json<'_>, sent: &[Json<'_>], words: &mut Words) {
    let Some(object) = component.object() else { return };
    let kind = object.text("type").unwrap_or_default().to_ascii_lowercase();
    if let Some(text) = object.text("text") {
        words.push(filled(&text, &parameters(sent, &kind)));
    }
    for (at, button) in object.elements("buttons").into_iter().enumerate().take(PARTS_MAX) {
        let mut shown = Words::default();
        shown.gather(button, 0);
        words.push(filled(&shown.text(), &parameters(&of_button(sent, at), "button")));
    }
    for card in object.elements("cards") {
        words.gather(card, 0);
    }
}

/// The components sent for the button in that place.
fn of_button<'a>(sent: &[Json<'a>], place: usize) -> Vec<Json<'a>> {
    let same = |json: &Json<'_>| {
        json.object().and_then(|object| object.integer("index")) == i64::try_from(place).ok()
    };
    sent.iter().copied().filter(same).collect()
}

/// The parameters sent for one component: name, or number from 1, and text.
fn parameters(sent: &[Json<'_>], kind: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for component in sent.iter().filter_map(|json| json.object()) {
        if !component.text("type").is_some_and(|other| other.eq_ignore_ascii_case(kind)) {
            continue;
        }
        let parameters = component.elements("parameters");
        for (at, parameter) in parameters.into_iter().enumerate().take(PARTS_MAX) {
            let Some(parameter) = parameter.object() else { continue };
            let name = parameter.text("parameter_name").unwrap_or_else(|| (at + 1).to_string());
            found.push((name, parameter_text(&parameter)));
        }
    }
    found
}

fn parameter_text(parameter: &Object<'_>) -> String {
    let nested = |name| parameter.object(name).and_then(|value| value.text("fallback_value"));
    parameter.text("text").or_else(|| nested("currency")).or_else(|| nested("date_time")).unwrap_or_default()
}

/// The text with its `{{1}}` or `{{name}}` replaced by what was sent.
fn filled(text: &str, parameters: &[(String, String)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else { break };
        out.push_str(before);
        match parameters.iter().find(|(known, _)| known == name.trim()) {
            Some((_, value)) => out.push_str(value),
            None => out.extend(["{{", name, "}}"]),
        }
        rest = behind;
        if out.len() > WORDS_CHARS_MAX {
            break;
        }
    }
    out.push_str(rest);
    out
}

/// Members whose text a client sees, in requests and in definitions.
const SHOWN: &[&str] = &[
    "text",
    "title",
    "description",
    "display_text",
    "flow_cta",
    "url",
    "phone_number",
    "name",
    "button",
    "caption",
    "filename",
    "link",
    "reference_id",
    "fallback_value",
    "coupon_code",
    "code",
    "product_retailer_id",
];

/// The words found so far, and how many bytes they have.
#[derive(Default)]
struct Words {
    list: Vec<String>,
    bytes: usize,
}

impl Words {
    fn push(&mut self, text: String) {
        if !text.is_empty() && self.bytes < WORDS_CHARS_MAX {
            self.bytes += text.len();
            self.list.push(text);
        }
    }

    fn gather(&mut self, json: Json<'_>, depth: usize) {
        if depth > WORDS_DEPTH_MAX || self.bytes >= WORDS_CHARS_MAX {
            return;
        }
        if let Some(object) = json.object() {
            for (name, value) in &object.members {
                self.member(name, *value, depth);
            }
        } else if let Some(elements) = json.array() {
            elements.into_iter().for_each(|element| self.gather(element, depth + 1));
        }
    }

    fn member(&mut self, name: &str, value: Json<'_>, depth: usize) {
        match value.text().filter(|_| value.is_string()) {
            Some(text) if SHOWN.contains(&name) => self.push(text),
            Some(_) => {}
            None => self.gather(value, depth + 1),
        }
    }

    fn text(self) -> String {
        cut(&self.list.join("\n"), WORDS_CHARS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_templates_gaps_are_filled_by_number_and_by_name() {
        let parameters = [("1".to_owned(), "Ana".to_owned()), ("code".to_owned(), "R-7".to_owned())];
        assert_eq!(filled("Hi {{1}}, {{ code }} {{2}} {{", &parameters), "Hi Ana, R-7 {{2}} {{");
    }
}
