//! URL: a web address, with scheme or without; normal form without scheme, host lower case. Links that lead to a person also give who: PHONE
//! (wa.me), SOCIAL_HANDLE (t.me, instagram.com and kin).

use std::ops::Range;

use aboveboard_model::features::Role;

use crate::{
    domains::{self, Suffix},
    findings::{Findings, Found},
    labels::Label,
    plans,
    reading::Reading,
};

/// Longest address that is read, in bytes; a longer one is cut there.
const URL_BYTES_MAX: usize = 2048;
/// Longest host, in bytes (RFC 1035, 2.3.4).
const HOST_BYTES_MAX: usize = 253;
/// Longest label of a host, in bytes.
const LABEL_BYTES_MAX: usize = 63;
/// Schemes of addresses that a person can open.
const SCHEMES: &[&str] = &["http", "https", "ftp", "hxxp", "hxxps"];

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    let text = reading.text();
    let mut at = 0;
    while at < text.len() && !findings.is_full() {
        let Some(skip) = text[at..].find(|c: char| c.is_ascii_alphanumeric()) else { return };
        let start = at + skip;
        let run = host_run(text, start);
        let found = address(reading, start..run);
        at = found.as_ref().map_or(run.max(start + 1), |address| address.span.end);
        if let Some(address) = found {
            push(reading, &address, findings);
        }
    }
}

/// A web address in a text.
struct Address {
    span: Range<usize>,
    /// The host and what stands before it, without scheme.
    authority: Range<usize>,
    confidence: f64,
}

/// The end of a run of characters that hosts and schemes are written in.
fn host_run(text: &str, start: usize) -> usize {
    let is_host = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'.' | b'-' | b'_');
    start + text.as_bytes()[start..].iter().take_while(is_host).count()
}

/// The address that begins with this run, if one does.
fn address(reading: &Reading, run: Range<usize>) -> Option<Address> {
    let text = reading.text();
    let follows = &text[run.end..];
    if follows.starts_with("://") {
        let scheme_start = text[run.clone()]
            .rfind(|c: char| !c.is_ascii_alphabetic())
            .map_or(run.start, |at| run.start + at + 1);
        let scheme = &text[scheme_start..run.end];
        let is_known = SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known));
        return if is_known { with_scheme(text, scheme_start, run.end + 3) } else { None };
    }
    let is_mail = follows.starts_with('@') || text[..run.start].ends_with(['@', '+', '=']);
    let host = text[run.clone()].trim_end_matches(['.', '-', '_']);
    if is_mail || host.len() > HOST_BYTES_MAX || host.len() < 4 || host.contains('_') {
        return None;
    }
    let host = run.start..run.start + host.len();
    let end = if host.end == run.end { path_end(text, run.end) } else { host.end };
    let confidence = bare_confidence(reading, &host, end > host.end)?;
    Some(Address { span: host.start..end, authority: host, confidence })
}

/// An address behind its scheme: any host, also in other scripts.
fn with_scheme(text: &str, start: usize, after_scheme: usize) -> Option<Address> {
    let limit = text.floor_char_boundary(after_scheme + 2 * HOST_BYTES_MAX);
    let window = &text[after_scheme..limit];
    let authority =
        &window[..window.find(|c| is_end(c) || matches!(c, '/' | '?' | '#')).unwrap_or(window.len())];
    let authority = authority.trim_end_matches(SENTENCE_MARKS);
    let host = authority.rsplit('@').next()?.split(':').next()?;
    if !host.contains('.') || !host.contains(char::is_alphanumeric) || host.len() > HOST_BYTES_MAX {
        return None;
    }
    let end = tail_end(text, after_scheme).max(after_scheme + authority.len());
    Some(Address {
        span: start..end,
        authority: after_scheme..after_scheme + authority.len(),
        confidence: 0.95,
    })
}

/// How sure a host without scheme is one; `None` if it cannot be.
fn bare_confidence(reading: &Reading, host: &Range<usize>, has_path: bool) -> Option<f64> {
    let written = &reading.text()[host.clone()];
    let (name, last) = written.rsplit_once('.')?;
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= LABEL_BYTES_MAX
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if last.len() > LABEL_BYTES_MAX || !written.split('.').all(is_label) {
        return None;
    }
    let suffix = domains::suffix(last)?;
    let is_www = written.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("www."));
    let starts_sentence =
        last.starts_with(|c: char| c.is_ascii_uppercase()) && last != last.to_ascii_uppercase();
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_local = reading.country.is_some_and(|country| country.eq_ignore_ascii_case(last));
    Some(match suffix {
        _ if is_www => 0.95,
        _ if is_number && !has_path && suffix == Suffix::Word => return None,
        _ if has_path => 0.9,
        _ if starts_sentence => 0.3,
        Suffix::Clear if name.len() >= 2 => 0.8,
        Suffix::Word if reading.is_labelled(host, &[Label::Site]) || (is_local && name.len() >= 6) => 0.65,
        _ => 0.35,
    })
}

/// Where an address ends whose host ends at `host_end`: behind port, path, query and fragment.
fn path_end(text: &str, host_end: usize) -> usize {
    let rest = &text[host_end..];
    let is_port = rest.starts_with(':') && rest[1..].starts_with(|c: char| c.is_ascii_digit());
    if rest.starts_with(['/', '?', '#']) || is_port { tail_end(text, host_end) } else { host_end }
}

/// The end of what a person would copy: up to a space or quote, without the sentence's own marks.
fn tail_end(text: &str, start: usize) -> usize {
    let limit = text.floor_char_boundary(start + URL_BYTES_MAX);
    let mut tail = &text[start..limit];
    tail = &tail[..tail.find(is_end).unwrap_or(tail.len())];
    let mut unopened = tail.matches(')').count().saturating_sub(tail.matches('(').count());
    loop {
        tail = tail.trim_end_matches(SENTENCE_MARKS);
        if unopened == 0 || !tail.ends_with(')') {
            return start + tail.len();
        }
        tail = &tail[..tail.len() - 1];
        unopened -= 1;
    }
}

/// Marks at the end of an address that belong to the sentence around it.
const SENTENCE_MARKS: [char; 12] = ['.', ',', ';', ':', '!', '?', '\'', '*', '~', '_', ']', '…'];

/// Whether no address goes on behind this character. Chinese and Japanese run on without a space.
fn is_end(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '"' | '<' | '>' | '`' | '{' | '}' | '|' | '\\' | '^')
        || matches!(c, '\u{3000}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{FF00}'..='\u{FF60}')
}

fn push(reading: &Reading, address: &Address, findings: &mut Findings) {
    let text = reading.text();
    let authority = reading.literal(address.authority.clone());
    let rest = &text[address.authority.end..address.span.end];
    let rest = if rest == "/" { "" } else { rest };
    let host = authority.rsplit('@').next().unwrap_or(&authority);
    let host = host.strip_prefix("www.").unwrap_or(host);
    let span = address.span.clone();
    let found = Found::new("URL", Role::Link, format!("{authority}{rest}"), span.clone(), address.confidence);
    // A text that is hardly an address does not take a number in it away from others.
    findings.push(if address.confidence >= 0.5 { found.enclosing() } else { found });
    if let Some(person) = phone_of(text, host, address).or_else(|| handle_of(text, host, address)) {
        findings.push(person.at("URL", span));
    }
}

/// The number that a WhatsApp link leads to.
fn phone_of(text: &str, host: &str, address: &Address) -> Option<Found> {
    let rest = &text[address.authority.end..address.span.end];
    let skip = match host {
        "wa.me" => 1,
        "api.whatsapp.com" | "web.whatsapp.com" | "whatsapp.com" | "chat.whatsapp.com" => {
            rest.find("phone=")? + "phone=".len()
        }
        _ => return None,
    };
    let number = rest.get(skip..)?;
    let sign = number.len() - number.trim_start_matches('+').trim_start_matches("%2B").len();
    let digits: &str = &number[sign..];
    let len = digits.bytes().take_while(u8::is_ascii_digit).count();
    let start = address.authority.end + skip + sign;
    let dialled = plans::international(&digits[..len])?;
    Some(Found::new("PHONE", Role::Handle, dialled.e164, start..start + len, 0.97))
}

/// Networks whose addresses lead to a person: host, and what stands before the name.
const NETWORKS: &[(&str, &str)] = &[
    ("t.me", "/"),
    ("telegram.me", "/"),
    ("telegram.dog", "/"),
    ("instagram.com", "/"),
    ("instagr.am", "/"),
    ("ig.me", "/m/"),
    ("facebook.com", "/"),
    ("fb.com", "/"),
    ("fb.me", "/"),
    ("m.me", "/"),
    ("m.facebook.com", "/"),
    ("tiktok.com", "/@"),
    ("twitter.com", "/"),
    ("x.com", "/"),
    ("threads.net", "/@"),
    ("snapchat.com", "/add/"),
    ("linkedin.com", "/in/"),
    ("line.me", "/ti/p/~"),
    ("vk.com", "/"),
];
/// First parts of paths on those hosts that are no person's name.
const NO_NAMES: &[&str] = &[
    "p",
    "s",
    "c",
    "reel",
    "reels",
    "stories",
    "explore",
    "joinchat",
    "share",
    "sharer",
    "addstickers",
    "proxy",
    "socks",
    "groups",
    "events",
    "watch",
    "marketplace",
    "pages",
    "hashtag",
    "i",
    "intent",
    "home",
    "search",
    "login",
    "accounts",
    "tv",
    "help",
    "about",
    "settings",
    "photo",
    "story",
    "permalink",
];
/// Shortest and longest name, in bytes.
const NAME_LEN: std::ops::RangeInclusive<usize> = 3..=64;

/// The name that a social network's link leads to.
fn handle_of(text: &str, host: &str, address: &Address) -> Option<Found> {
    let rest = &text[address.authority.end..address.span.end];
    let (_, head) = NETWORKS.iter().find(|(known, _)| *known == host)?;
    let name = rest.strip_prefix(head)?;
    let len = name
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
        .count();
    let name = name[..len].trim_end_matches('.');
    let is_name = NAME_LEN.contains(&name.len())
        && !NO_NAMES.contains(&name.to_ascii_lowercase().as_str())
        && !name.ends_with(".php");
    let start = address.authority.end + head.len();
    is_name.then(|| {
        Found::new("SOCIAL_HANDLE", Role::Handle, name.to_ascii_lowercase(), start..start + name.len(), 0.95)
    })
}
