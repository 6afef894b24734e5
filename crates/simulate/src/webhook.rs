//! Bodies as Meta's webhooks have them, for every field and type that the stand-in speaks.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    company::{BusinessNumber, Client, Company},
    item::{Content, Direction, Item, Status},
    media::Media,
};

mod bytes;

pub use bytes::to_bytes;

/// A body is never larger (Meta: webhooks, "payloads can be up to 3 MB").
pub const BODY_BYTES_MAX: usize = 3 * 1024 * 1024;

/// The whole body around some entries.
#[must_use]
pub fn envelope(entries: Vec<Value>) -> Value {
    json!({"object": "whatsapp_business_account", "entry": entries})
}

/// One entry of an account.
#[must_use]
pub fn entry(waba_id: &str, changes: Vec<Value>) -> Value {
    json!({"id": waba_id, "changes": changes})
}

/// One entry of an account-level field, which bears a time.
#[must_use]
pub fn account_entry(id: &str, at: Timestamp, field: &str, value: Value) -> Value {
    json!({"id": id, "time": at.as_second(), "changes": [change(field, value)]})
}

/// One change of a field.
#[must_use]
pub fn change(field: &str, value: Value) -> Value {
    json!({"field": field, "value": value})
}

/// The part that every phone-level value has, with one more member.
#[must_use]
pub fn phone_value(number: &BusinessNumber, name: &str, items: Value) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number.digits, "phone_number_id": number.phone_number_id},
        name: items,
    })
}

/// The field and the list within its value in which an item arrives.
#[must_use]
pub fn place(item: &Item) -> (&'static str, &'static str) {
    match (&item.content, item.direction) {
        (Content::Status { .. }, _) => ("messages", "statuses"),
        (_, Direction::In) => ("messages", "messages"),
        (_, Direction::Out) => ("smb_message_echoes", "message_echoes"),
    }
}

/// One change that holds items of one number and one [`place`], with the contacts they name.
#[must_use]
pub fn items_change(company: &Company, items: &[&Item]) -> Value {
    let Some(first) = items.first() else { return change("messages", json!({})) };
    let (field, list) = place(first);
    let shown: Vec<Value> = items.iter().map(|item| item_value(company, item)).collect();
    let mut value = phone_value(&company.numbers[first.number], list, Value::Array(shown));
    let mut known: Vec<usize> = items.iter().map(|item| item.client).collect();
    known.sort_unstable();
    known.dedup();
    let has_contacts = items.iter().all(|item| !matches!(item.content, Content::NumberChanged { .. }));
    if list != "statuses" && has_contacts {
        value["contacts"] = known.iter().map(|client| contact(&company.clients[*client])).collect();
    }
    change(field, value)
}

/// A client as `contacts[]` names them: with a phone, or with a username.
#[must_use]
pub fn contact(client: &Client) -> Value {
    match (&client.phone, &client.username) {
        (Some(phone), _) => {
            json!({"profile": {"name": client.name}, "wa_id": phone, "user_id": client.user_id})
        }
        (None, username) => {
            json!({"profile": {"name": client.name, "username": username}, "user_id": client.user_id})
        }
    }
}

/// One item as it stands in its list.
#[must_use]
pub fn item_value(company: &Company, item: &Item) -> Value {
    match &item.content {
        Content::Status { of, status } => status_value(company, item, of, *status),
        _ => message_value(company, item),
    }
}

/// A message as `messages[]`, `message_echoes[]` and history threads hold it.
#[must_use]
pub fn message_value(company: &Company, item: &Item) -> Value {
    let client = &company.clients[item.client];
    let mut message = content_value(&item.content, client);
    message.insert("id".into(), json!(item.id));
    message.insert("timestamp".into(), json!(item.at.as_second().to_string()));
    let own = json!(company.numbers[item.number].digits);
    let ours = item.direction == Direction::Out;
    if ours {
        message.insert("from".into(), own);
    }
    if let Some(phone) = &client.phone {
        message.insert(if ours { "to" } else { "from" }.into(), json!(phone));
    } else {
        message.insert(if ours { "to_user_id" } else { "from_user_id" }.into(), json!(client.user_id));
    }
    if let Some(context) = context(company, item) {
        message.insert("context".into(), context);
    }
    Value::Object(message)
}

fn context(company: &Company, item: &Item) -> Option<Value> {
    if item.forwarded {
        return Some(json!({"forwarded": true}));
    }
    let id = item.reply_to.as_ref()?;
    Some(json!({"from": company.numbers[item.number].digits, "id": id}))
}

/// `type` and the object under its own name.
fn content_value(content: &Content, client: &Client) -> Map<String, Value> {
    let (kind, object) = match content {
        Content::Text { body } => ("text", json!({"body": body})),
        Content::Image { media, caption } => ("image", captioned(media, caption)),
        Content::Video { media, caption } => ("video", captioned(media, caption)),
        Content::Voice { media } => {
            let mut object = captioned(media, "");
            object["voice"] = json!(true);
            ("audio", object)
        }
        Content::Sticker { media } => {
            let mut object = captioned(media, "");
            object["animated"] = json!(false);
            ("sticker", object)
        }
        Content::Document { media, filename, caption } => {
            let mut object = captioned(media, caption);
            object["filename"] = json!(filename);
            ("document", object)
        }
        Content::Location { latitude, longitude, name } => {
            ("location", json!({"latitude": latitude, "longitude": longitude, "name": name}))
        }
        Content::Contacts { name, phone } => ("contacts", cards(name, phone)),
        Content::Reaction { to, emoji } => ("reaction", json!({"message_id": to, "emoji": emoji})),
        Content::Edit { of, body } => {
            let message = json!({"type": "text", "text": {"body": body}, "context": {"id": of}});
            ("edit", json!({"original_message_id": of, "message": message}))
        }
        Content::Revoke { of } => ("revoke", json!({"original_message_id": of})),
        Content::Order { product, quantity, price, currency } => {
            let line = json!({"product_retailer_id": product, "quantity": quantity, "item_price": price,
                "currency": currency});
            ("order", json!({"catalog_id": "194836987003835", "text": "", "product_items": [line]}))
        }
        Content::ButtonReply { id, title } => {
            ("interactive", json!({"type": "button_reply", "button_reply": {"id": id, "title": title}}))
        }
        Content::NumberChanged { to } => ("system", number_changed(client, to)),
        Content::Unsupported { code, kind } => return unsupported(*code, kind),
        Content::Unknown { kind, object } => (*kind, object.clone()),
        // A status is never a message; `item_value` sends it elsewhere.
        Content::Status { .. } => ("unknown", json!({})),
    };
    Map::from_iter([("type".to_owned(), json!(kind)), (kind.to_owned(), object)])
}

fn captioned(media: &Media, caption: &str) -> Value {
    let mut object =
        json!({"id": media.id(), "mime_type": media.kind.mime_type(), "sha256": media.sha256_base64()});
    if !caption.is_empty() {
        object["caption"] = json!(caption);
    }
    object
}

fn cards(name: &str, phone: &str) -> Value {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let first = name.split(' ').next().unwrap_or(name);
    json!([{
        "name": {"formatted_name": name, "first_name": first},
        "phones": [{"phone": phone, "wa_id": digits, "type": "MOBILE"}],
    }])
}

fn number_changed(client: &Client, to: &str) -> Value {
    let from = client.phone.as_deref().unwrap_or_default();
    let body = format!("User {} changed from {from} to {to}", client.name);
    json!({"type": "user_changed_number", "body": body, "wa_id": to, "user_id": client.user_id})
}

fn unsupported(code: u32, kind: &str) -> Map<String, Value> {
    let (title, details) = match code {
        131_060 => ("This message is currently unavailable", "This message is currently unavailable."),
        _ => ("Message type unknown", "Message type is currently not supported."),
    };
    let error = json!({"code": code, "title": title, "message": title, "error_data": {"details": details}});
    let mut message =
        Map::from_iter([("type".to_owned(), json!("unsupported")), ("errors".to_owned(), json!([error]))]);
    if !kind.is_empty() {
        message.insert("unsupported".to_owned(), json!({"type": kind}));
    }
    message
}

fn status_value(company: &Company, item: &Item, of: &str, status: Status) -> Value {
    let client = &company.clients[item.client];
    let word = match status {
        Status::Sent => "sent",
        Status::Delivered => "delivered",
        Status::Read => "read",
        Status::Failed { .. } => "failed",
    };
    let mut value = json!({
        "id": of,
        "status": word,
        "timestamp": item.at.as_second().to_string(),
        "recipient_user_id": client.user_id,
    });
    if let Some(phone) = &client.phone {
        value["recipient_id"] = json!(phone);
    }
    match status {
        Status::Sent | Status::Delivered => {
            value["pricing"] = json!({"billable": false, "pricing_model": "PMP", "type": "free_customer_service",
                "category": "service"});
        }
        Status::Failed { code } => {
            let title = "Message undeliverable";
            value["errors"] = json!([{"code": code, "title": title, "message": title,
                "error_data": {"details": "Message Undeliverable."},
                "href": "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"}]);
        }
        Status::Read => {}
    }
    value
}

/// One chunk of a number's earlier messages, as field `history` brings it.
///
/// `phase` is 0 for the last day, 1 to day 90, 2 to day 180; `progress` is in percent.
#[must_use]
pub fn history_change(company: &Company, number: usize, chunk: &HistoryChunk<'_>) -> Value {
    let mut threads: Vec<(usize, Vec<Value>)> = Vec::new();
    for item in chunk.items {
        let mut message = message_value(company, item);
        placeholder(&mut message);
        message["history_context"] = json!({"status": "READ"});
        match threads.iter_mut().find(|(client, _)| *client == item.client) {
            Some((_, messages)) => messages.push(message),
            None => threads.push((item.client, vec![message])),
        }
    }
    let threads: Vec<Value> =
        threads.into_iter().map(|(client, messages)| thread(company, client, messages)).collect();
    let metadata = json!({"phase": chunk.phase, "chunk_order": chunk.order, "progress": chunk.progress});
    let history = json!([{"metadata": metadata, "threads": threads}]);
    change("history", phone_value(&company.numbers[number], "history", history))
}

/// What one `history` change brings.
#[derive(Debug, Clone, Copy)]
pub struct HistoryChunk<'a> {
    /// 0, 1 or 2.
    pub phase: u8,
    /// From 1 on within a phase.
    pub order: u32,
    /// 0 to 100.
    pub progress: u8,
    /// Messages of any thread, in the order of time.
    pub items: &'a [Item],
}

fn thread(company: &Company, client: usize, messages: Vec<Value>) -> Value {
    let person = &company.clients[client];
    let id = person.phone.as_ref().unwrap_or(&person.user_id);
    let mut context = json!({"user_id": person.user_id});
    if let Some(phone) = &person.phone {
        context["wa_id"] = json!(phone);
    }
    json!({"id": id, "context": context, "messages": messages})
}

/// In history a file is announced only; it follows in a webhook of its own.
fn placeholder(message: &mut Value) {
    let kind = message["type"].as_str().unwrap_or_default().to_owned();
    if matches!(kind.as_str(), "image" | "video" | "audio" | "document" | "sticker")
        && let Some(object) = message.as_object_mut()
    {
        object.remove(&kind);
        object.insert("type".to_owned(), json!("media_placeholder"));
    }
}

/// The address book of a number's app, as field `smb_app_state_sync` brings it.
#[must_use]
pub fn address_book_change(company: &Company, number: usize, clients: &[usize], at: Timestamp) -> Value {
    let sync = |client: &usize| {
        let person = &company.clients[*client];
        let first = person.name.split(' ').next().unwrap_or(&person.name);
        let mut contact = json!({"full_name": person.name, "first_name": first, "user_id": person.user_id});
        if let Some(phone) = &person.phone {
            contact["phone_number"] = json!(phone);
        }
        json!({"type": "contact", "action": "add", "contact": contact,
            "metadata": {"timestamp": at.as_second().to_string()}})
    };
    let contacts: Vec<Value> = clients.iter().map(sync).collect();
    change("smb_app_state_sync", phone_value(&company.numbers[number], "state_sync", Value::Array(contacts)))
}
