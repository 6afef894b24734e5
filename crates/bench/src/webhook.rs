//! Webhook bodies as Meta posts them: one text message each, of a client or of an employee's app.

use std::fmt::Write as _;

use crate::corpus::{Message, NUMBERS};

/// When the corpus begins: 2026-06-01 at midnight UTC, so that the same seed makes the same bytes.
const BEGINS_AT: i64 = 1_780_272_000;
/// Seconds between two messages of the corpus: a million in half a year.
const SECONDS_BETWEEN: f64 = 15.0;

/// Who wrote what to whom, and when.
pub struct Text<'a> {
    /// Meta's id of the message, without what stands before it in every id.
    pub id: &'a str,
    /// Which business number, below [`NUMBERS`].
    pub number: usize,
    /// The client's digits.
    pub client: &'a str,
    /// Whether staff wrote it.
    pub out: bool,
    /// When, in seconds since 1970.
    pub second: i64,
    /// The words.
    pub text: &'a str,
}

/// The id of a business number at Meta.
pub fn number_id(number: usize) -> String {
    format!("10654035224{number:04}")
}

/// The digits of a business number.
pub fn number_digits(number: usize) -> String {
    format!("55114000{number:04}")
}

/// The digits of a client of the corpus.
pub fn client_digits(client: usize) -> String {
    format!("5521{client:08}")
}

/// When a message of the corpus was written.
pub fn second(at: usize) -> i64 {
    BEGINS_AT + (at as f64 * SECONDS_BETWEEN) as i64
}

/// The message of the corpus that was written then.
pub fn place(second: i64) -> usize {
    ((second - BEGINS_AT) as f64 / SECONDS_BETWEEN) as usize
}

/// The body of a message of the corpus. `run` keeps the messages of one run apart from those of another.
pub fn of(message: &Message, run: &str) -> Vec<u8> {
    body(&Text {
        id: &format!("{run}{:08}", message.at),
        number: message.client % NUMBERS,
        client: &client_digits(message.client),
        out: message.out,
        second: second(message.at),
        text: &message.text,
    })
}

/// A body.
pub fn body(text: &Text<'_>) -> Vec<u8> {
    let (own, own_id) = (number_digits(text.number), number_id(text.number));
    let (field, list) =
        if text.out { ("smb_message_echoes", "message_echoes") } else { ("messages", "messages") };
    let words = serde_json::Value::from(text.text);
    let mut body = format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"102290129340398","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"{own}","phone_number_id":"{own_id}"}},"contacts":[{{"profile":{{"name":"Client {0}"}},"wa_id":"{0}"}}],"{list}":[{{"#,
        text.client
    );
    let parties = if text.out {
        format!(r#""from":"{own}","to":"{}""#, text.client)
    } else {
        format!(r#""from":"{}""#, text.client)
    };
    let written = write!(
        body,
        r#"{parties},"id":"wamid.HBgNNTUyMTk{}","timestamp":"{}","type":"text","text":{{"body":{words}}}}}]}},"field":"{field}"}}]}}]}}"#,
        text.id, text.second
    );
    debug_assert!(written.is_ok(), "a string takes what is written to it");
    body.into_bytes()
}

#[cfg(test)]
mod tests {
    use aboveboard_connect::whatsapp::extract;

    use super::*;

    #[test]
    fn the_receiver_reads_one_message_out_of_each_body() {
        for out in [false, true] {
            let message = Message { at: 7, client: 41, out, text: "said \"so\"\n".to_owned() };
            let extraction = extract(&of(&message, "T"));
            assert!(extraction.complete, "{out}");
            assert_eq!(extraction.items.len(), 1, "{out}");
        }
    }
}
