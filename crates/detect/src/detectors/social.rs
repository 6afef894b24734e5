//! SOCIAL_HANDLE: a name in a social network that its label announces ("insta @joana.shop", "telegram: joana_shop"); normal form without
//! the sign, lower case. Handles in links (t.me, instagram.com) come with the link.

use std::ops::Range;

use aboveboard_model::features::Role;

use crate::{
    findings::{Findings, Found},
    labels::Label,
    reading::Reading,
};

/// Shortest and longest handle, in bytes: Instagram's 30 and Telegram's 32 are the longest.
const HANDLE_LEN: std::ops::RangeInclusive<usize> = 3..=32;
/// How far behind a label a handle without its sign may begin, in bytes of the normal form.
const ANNOUNCED_BYTES_MAX: usize = 24;

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    signed(reading, findings);
    announced(reading, findings);
}

/// Handles with their sign. Without a label an `@name` is more often a person mentioned in a group.
fn signed(reading: &Reading, findings: &mut Findings) {
    let text = reading.text();
    for (at, _) in text.match_indices('@') {
        let is_inner = text[..at]
            .ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '@'));
        let Some(name) = handle_at(text, at + 1).filter(|_| !is_inner) else { continue };
        let span = at..name.end;
        if !text[name.clone()].contains(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let confidence = if reading.is_labelled(&span, &[Label::Social, Label::Handle]) { 0.9 } else { 0.3 };
        push(findings, text, name, span, confidence);
    }
}

/// Handles without their sign, right behind the network's name and a colon, or shaped like nothing else.
fn announced(reading: &Reading, findings: &mut Findings) {
    let text = reading.text();
    for label in reading.labels(&[Label::Social]) {
        let window = &text[label.end..text.floor_char_boundary(label.end + ANNOUNCED_BYTES_MAX)];
        let Some((skip, has_colon)) = announcement(window) else { continue };
        let start = label.end + skip;
        let Some(name) = handle_at(text, start) else { continue };
        let written = &text[name.clone()];
        let is_shaped = written.contains('_')
            || written.bytes().any(|byte| byte.is_ascii_digit())
            || written.contains('.');
        let is_lower = written == written.to_ascii_lowercase();
        let has_letter = written.bytes().any(|byte| byte.is_ascii_alphabetic());
        if has_letter && (is_shaped || (has_colon && is_lower)) {
            push(findings, text, name.clone(), name, if is_shaped { 0.85 } else { 0.7 });
        }
    }
}

/// How many bytes of small words stand before a handle ("id is ", ": "), and whether a colon is among them.
fn announcement(window: &str) -> Option<(usize, bool)> {
    const WORDS: &[&str] = &[
        "id", "is", "user", "username", "usuario", "handle", "e", "es", "no", "hai", "name", "account",
        "conta",
    ];
    let mut has_colon = false;
    let mut at = 0;
    for word in window.split_inclusive([' ', ':', '=', '-']) {
        let bare = word.trim_end_matches([' ', ':', '=', '-']).to_ascii_lowercase();
        if !bare.is_empty() && !WORDS.contains(&bare.as_str()) {
            return (at > 0).then_some((at, has_colon));
        }
        has_colon |= word.ends_with([':', '=']);
        at += word.len();
    }
    None
}

/// The handle that begins at `start`, without a full stop at its end.
fn handle_at(text: &str, start: usize) -> Option<Range<usize>> {
    let bytes = &text.as_bytes()[start..];
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let len = bytes.iter().take(HANDLE_LEN.end() + 1).take_while(is_name).count();
    let name = text[start..start + len].trim_end_matches('.');
    let follows = text[start + name.len()..].chars().next();
    let is_whole = !matches!(follows, Some('@' | '/'));
    (is_whole && HANDLE_LEN.contains(&name.len()) && !name.starts_with('.'))
        .then(|| start..start + name.len())
}

fn push(findings: &mut Findings, text: &str, name: Range<usize>, span: Range<usize>, confidence: f64) {
    let value = text[name].to_ascii_lowercase();
    findings.push(Found::new("SOCIAL_HANDLE", Role::Handle, value, span, confidence));
}
