//! Names in an export: how they are cleaned, compared, and what they say about a person.

use aboveboard_model::item::Party;
use unicode_normalization::UnicodeNormalization;

use super::cursor::{digit, is_blank, is_mark};

/// A name without marks, odd blanks and the tilde that stands before names of people who are not contacts.
pub(super) fn clean_name(written: &str) -> String {
    let mut name = String::with_capacity(written.len());
    for c in written.nfc().filter(|&c| !is_mark(c)) {
        if !is_blank(c) {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with(' ') {
            name.push(' ');
        }
    }
    let name = name.trim_end();
    name.strip_prefix('~').map_or(name, str::trim_start).to_owned()
}

/// The form in which names are compared; numbers are the same however their digits are set apart.
pub(super) fn folded(name: &str) -> String {
    let name = clean_name(name);
    phone(&name).map_or_else(|| name.to_lowercase(), |digits| format!("+{digits}"))
}

/// What a name says about a person: a phone where the app had no name for the number.
pub(super) fn party(name: &str) -> Party {
    match phone(name) {
        Some(phone) => Party { phone: Some(phone), ..Party::default() },
        None if name.is_empty() => Party::default(),
        None => Party { name: Some(name.to_owned()), ..Party::default() },
    }
}

/// Digits of a number in E.164, by its rules of 7 to 15 digits after a plus sign.
fn phone(name: &str) -> Option<String> {
    let rest = name.strip_prefix('+')?;
    let mut digits = String::new();
    for c in rest.chars() {
        match digit(c) {
            Some(value) => digits.extend(char::from_digit(value, 10)),
            None if is_blank(c) || matches!(c, '-' | '(' | ')' | '.' | '‑') => {}
            None => return None,
        }
    }
    (7..=15).contains(&digits.len()).then_some(digits)
}

/// What stands before and after the name of a chat in the name of an exported file, by language.
const TITLES: &[(&str, &str)] = &[
    ("whatsapp chat with ", ""),
    ("whatsapp chat - ", ""),
    ("conversa do whatsapp com ", ""),
    ("conversa do whatsapp - ", ""),
    ("chat de whatsapp con ", ""),
    ("chat de whatsapp - ", ""),
    ("whatsapp-chat mit ", ""),
    ("whatsapp chat mit ", ""),
    ("discussion whatsapp avec ", ""),
    ("discussion whatsapp - ", ""),
    ("chat whatsapp con ", ""),
    ("chat whatsapp - ", ""),
    ("whatsapp-chat met ", ""),
    ("whatsapp-chat - ", ""),
    ("chat whatsapp s ", ""),
    ("whatsapp chat s ", ""),
    ("konverzace whatsapp s ", ""),
    ("чат whatsapp с контактом ", ""),
    ("чат whatsapp с ", ""),
    ("чат whatsapp - ", ""),
    ("", " के साथ whatsapp चैट"),
    ("محادثة واتساب مع ", ""),
    ("دردشة واتساب مع ", ""),
    ("与", "的 whatsapp 聊天记录"),
    ("与 ", " 的 whatsapp 聊天"),
    ("與 ", " 的 whatsapp 對話"),
    ("", "とのwhatsappトーク"),
    ("การแชท whatsapp กับ ", ""),
    ("cuộc trò chuyện whatsapp với ", ""),
    ("chat whatsapp dengan ", ""),
];

/// The chat's name by the name of its file; `None` where the file is called like every other (`_chat.txt`).
///
/// The number that browsers put behind a second copy is no part of it: the same chat must have the same name.
pub(super) fn chat_name(file: &str) -> Option<String> {
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = ["txt", "zip"].iter().find_map(|ending| strip_ending(base, ending)).unwrap_or(base);
    let stem = clean_name(without_copy_number(stem));
    let lower = stem.to_lowercase();
    // Lower case may be longer than what it came from; only where it is not can places be carried over.
    let title = TITLES.iter().filter(|_| lower.len() == stem.len()).find_map(|(before, after)| {
        let inner = lower.strip_prefix(before)?.strip_suffix(after)?;
        let name = stem.get(before.len()..before.len() + inner.len())?;
        Some(name.to_owned())
    });
    let name = title.unwrap_or(stem);
    (!name.is_empty() && name != "_chat" && name.to_lowercase() != "whatsapp chat").then_some(name)
}

fn strip_ending<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let (stem, after) = name.rsplit_once('.')?;
    after.eq_ignore_ascii_case(ending).then_some(stem)
}

/// Takes ` (2)` off the end.
fn without_copy_number(stem: &str) -> &str {
    let trimmed = stem.trim_end();
    let Some((before, number)) = trimmed.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) else {
        return trimmed;
    };
    let is_number = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { before.trim_end() } else { trimmed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_is_named_by_its_file_in_every_language() {
        let cases = [
            ("WhatsApp Chat with Ana Lima.txt", Some("Ana Lima")),
            ("WhatsApp Chat with Ana Lima (1).txt", Some("Ana Lima")),
            ("WhatsApp Chat - Ana Lima.zip", Some("Ana Lima")),
            ("Conversa do WhatsApp com Ana.txt", Some("Ana")),
            ("WhatsApp-Chat mit Jörg.ZIP", Some("Jörg")),
            ("folder/Chat de WhatsApp con Ana.txt", Some("Ana")),
            ("राज के साथ WhatsApp चैट.txt", Some("राज")),
            ("anything.txt", Some("anything")),
            ("_chat.txt", None),
            ("_chat (2).txt", None),
            ("", None),
        ];
        for (file, wanted) in cases {
            assert_eq!(chat_name(file).as_deref(), wanted, "{file}");
        }
    }

    #[test]
    fn a_number_without_a_name_is_a_phone() {
        let written = "\u{202A}+55\u{A0}11\u{A0}98888\u{2011}0000\u{202C}";
        assert_eq!(party(&clean_name(written)).phone.as_deref(), Some("5511988880000"));
        assert_eq!(party(&clean_name("~\u{202F}Ana")).name.as_deref(), Some("Ana"));
        assert_eq!(party("+12").name.as_deref(), Some("+12"));
        assert!(party("").is_empty());
    }

    #[test]
    fn names_are_the_same_whatever_the_marks_blanks_and_case() {
        assert_eq!(folded("\u{200E}ANA\u{A0} Lima "), folded("Ana Lima"));
        assert_eq!(folded("Jose\u{301}"), folded("José"));
        assert_eq!(folded("+55 11 98888\u{2011}0000"), folded("+55 (11) 98888-0000"));
    }
}
