//! The shape and limits of a send request, as Meta documents them.

use serde_json::Value;

use super::GraphError;

const BODY_CHARS_MAX: usize = 4_096;
const CAPTION_CHARS_MAX: usize = 1_024;
const HEADER_CHARS_MAX: usize = 60;
const BUTTONS_MAX: usize = 3;
const BUTTON_TITLE_CHARS_MAX: usize = 20;
const BUTTON_ID_CHARS_MAX: usize = 256;
const ROWS_MAX: usize = 10;
const ROW_TITLE_CHARS_MAX: usize = 24;
const ROW_DESCRIPTION_CHARS_MAX: usize = 72;
const ROW_ID_CHARS_MAX: usize = 200;
const TEMPLATE_NAME_CHARS_MAX: usize = 512;
const OPAQUE_CHARS_MAX: usize = 512;

/// What a valid request wants.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A message to a client; `template` needs no open window.
    Message { to: String, template: bool, reference: Option<String> },
    /// A read receipt, with or without a typing sign.
    Read,
}

/// Reads and checks a request body.
pub(super) fn read(body: &Value) -> Result<Wanted, GraphError> {
    if body["messaging_product"] != "whatsapp" {
        return Err(GraphError::missing("messaging_product"));
    }
    if body["status"] == "read" {
        required(body, "message_id", usize::MAX)?;
        return Ok(Wanted::Read);
    }
    let to = body["to"].as_str().or_else(|| body["recipient"].as_str()).filter(|to| !to.is_empty());
    let to = to.ok_or_else(|| GraphError::missing("to"))?.trim_start_matches('+').to_owned();
    if !matches!(body["recipient_type"].as_str(), None | Some("individual" | "group")) {
        return Err(GraphError::invalid("recipient_type must be individual or group"));
    }
    let kind = body["type"].as_str().unwrap_or("text");
    object(kind, &body[kind])?;
    let reference = optional(body, "biz_opaque_callback_data", OPAQUE_CHARS_MAX)?;
    Ok(Wanted::Message { to, template: kind == "template", reference: reference.map(str::to_owned) })
}

fn object(kind: &str, object: &Value) -> Result<(), GraphError> {
    let known = [
        "text",
        "image",
        "audio",
        "video",
        "document",
        "sticker",
        "location",
        "contacts",
        "reaction",
        "interactive",
        "template",
    ];
    if !known.contains(&kind) {
        return Err(GraphError::unsupported_kind(kind));
    }
    if object.is_null() {
        return Err(GraphError::missing(kind));
    }
    match kind {
        "text" => required(object, "body", BODY_CHARS_MAX).map(drop),
        "image" | "audio" | "video" | "document" | "sticker" => file(object),
        "location" => location(object),
        "contacts" => contacts(object),
        "reaction" => required(object, "message_id", usize::MAX).map(drop),
        "interactive" => interactive(object),
        _ => template(object),
    }
}

fn file(object: &Value) -> Result<(), GraphError> {
    let named =
        object["id"].is_string() || object["link"].as_str().is_some_and(|link| link.starts_with("http"));
    if !named {
        return Err(GraphError::missing("id"));
    }
    optional(object, "caption", CAPTION_CHARS_MAX).map(drop)
}

fn location(object: &Value) -> Result<(), GraphError> {
    let degrees = |name: &str, limit: f64| {
        let value = object[name].as_f64().or_else(|| object[name].as_str()?.parse().ok());
        value.filter(|value| value.abs() <= limit).map(drop).ok_or_else(|| GraphError::missing(name))
    };
    degrees("latitude", 90.0)?;
    degrees("longitude", 180.0)
}

fn contacts(object: &Value) -> Result<(), GraphError> {
    let cards =
        object.as_array().filter(|cards| !cards.is_empty()).ok_or_else(|| GraphError::missing("contacts"))?;
    cards.iter().try_for_each(|card| required(&card["name"], "formatted_name", usize::MAX).map(drop))
}

fn template(object: &Value) -> Result<(), GraphError> {
    let name = required(object, "name", TEMPLATE_NAME_CHARS_MAX)?;
    if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
        return Err(GraphError::invalid("template.name may have a-z, 0-9 and _ only"));
    }
    required(&object["language"], "code", usize::MAX).map(drop)
}

fn interactive(object: &Value) -> Result<(), GraphError> {
    let kind = required(object, "type", usize::MAX)?;
    optional(&object["header"], "text", HEADER_CHARS_MAX)?;
    optional(&object["footer"], "text", HEADER_CHARS_MAX)?;
    match kind {
        "button" => {
            required(&object["body"], "text", CAPTION_CHARS_MAX)?;
            buttons(&object["action"]["buttons"])
        }
        "list" => {
            required(&object["body"], "text", BODY_CHARS_MAX)?;
            rows(&object["action"]["sections"])
        }
        _ => object["action"]
            .is_object()
            .then_some(())
            .ok_or_else(|| GraphError::missing("interactive.action")),
    }
}

fn buttons(buttons: &Value) -> Result<(), GraphError> {
    let buttons = buttons.as_array().ok_or_else(|| GraphError::missing("interactive.action.buttons"))?;
    if buttons.is_empty() || buttons.len() > BUTTONS_MAX {
        return Err(GraphError::invalid(format!("interactive.action.buttons takes 1 to {BUTTONS_MAX}")));
    }
    buttons.iter().try_for_each(|button| {
        required(&button["reply"], "title", BUTTON_TITLE_CHARS_MAX)?;
        required(&button["reply"], "id", BUTTON_ID_CHARS_MAX).map(drop)
    })
}

fn rows(sections: &Value) -> Result<(), GraphError> {
    let sections = sections.as_array().ok_or_else(|| GraphError::missing("interactive.action.sections"))?;
    let rows: Vec<&Value> =
        sections.iter().filter_map(|section| section["rows"].as_array()).flatten().collect();
    if rows.is_empty() || rows.len() > ROWS_MAX {
        return Err(GraphError::invalid(format!("interactive.action.sections takes 1 to {ROWS_MAX} rows")));
    }
    rows.into_iter().try_for_each(|row| {
        required(row, "title", ROW_TITLE_CHARS_MAX)?;
        optional(row, "description", ROW_DESCRIPTION_CHARS_MAX)?;
        required(row, "id", ROW_ID_CHARS_MAX).map(drop)
    })
}

fn required<'a>(object: &'a Value, name: &str, chars_max: usize) -> Result<&'a str, GraphError> {
    let text = optional(object, name, chars_max)?.filter(|text| !text.is_empty());
    text.ok_or_else(|| GraphError::missing(name))
}

fn optional<'a>(object: &'a Value, name: &str, chars_max: usize) -> Result<Option<&'a str>, GraphError> {
    match &object[name] {
        Value::Null => Ok(None),
        Value::String(text) if text.chars().count() <= chars_max => Ok(Some(text)),
        Value::String(_) => {
            Err(GraphError::invalid(format!("{name} must be at most {chars_max} characters long")))
        }
        _ => Err(GraphError::invalid(format!("{name} must be a string"))),
    }
}
