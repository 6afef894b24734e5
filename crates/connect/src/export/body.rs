//! What the body of a message is: words, a file, a placeholder, a call, a place.

use aboveboard_model::item::{Content, Media, MediaKind};

use super::{
    cursor::{is_blank, is_mark},
    header::Style,
    notice::{self, Placeholder},
    phrases::{self, Called, Omitted},
};

/// U+200E, which iOS puts before text that the app made and that nobody's keyboard has.
pub(super) const APP_MARK: char = '\u{200E}';
/// The longest file name that is one, in bytes.
const FILE_NAME_BYTES_MAX: usize = 255;

/// What is known about a body beside its words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// How the file's headers are written.
    pub style: Style,
    /// Whether text made by the app carries its mark in this file, so that text without it was typed.
    pub needs_mark: bool,
    /// Whether the mark stands before the header.
    pub is_header_marked: bool,
}

/// A body as it was understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    /// What it is.
    pub said: Said,
    /// Whether the app says that it was edited.
    pub is_edited: bool,
}

/// What a body is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    /// Content of a message.
    Content(Content),
    /// A call, and how many seconds it took.
    Call(Called, Option<u64>),
}

/// Understands the body of a message that has a sender.
pub(super) fn read(body: &str, around: Surroundings) -> Reading {
    let (body, is_edited) = without_edited(body, around);
    let is_app_made = !around.needs_mark || around.is_header_marked || starts_marked(body);
    let said = if around.style == Style::Bracket { bracketed(body, around) } else { attached_after(body) }
        .or_else(|| is_app_made.then(|| app_made(body, around)).flatten())
        .unwrap_or_else(|| Said::Content(Content::Text { body: body.to_owned() }));
    Reading { said, is_edited }
}

/// Whether the app's mark stands before the first character of a text.
pub(super) fn starts_marked(text: &str) -> bool {
    text.chars().take_while(|&c| is_mark(c)).any(|c| c == APP_MARK)
}

/// Takes the app's `<This message was edited>` off the end.
fn without_edited(body: &str, around: Surroundings) -> (&str, bool) {
    let trimmed = body.trim_end_matches(|c| is_mark(c) || is_blank(c));
    let Some(inner) = trimmed.strip_suffix('>') else { return (body, false) };
    let Some(open) = inner.rfind('<') else { return (body, false) };
    let before = &inner[..open];
    if !notice::is_one_of(&inner[open + 1..], phrases::EDITED)
        || (around.needs_mark && !before.ends_with(APP_MARK))
    {
        return (body, false);
    }
    (before.trim_end_matches(|c| is_mark(c) || is_blank(c)), true)
}

/// A placeholder, a call, a place: the whole body is the app's.
fn app_made(body: &str, around: Surroundings) -> Option<Said> {
    if let Some(said) = omitted_on_android(body, around) {
        return Some(said);
    }
    match notice::placeholder(body) {
        // In angle brackets old iOS versions wrote the same words; Android never writes them.
        Some(Placeholder::Omitted(what)) if around.style == Style::Bracket => {
            return Some(Said::Content(omitted(what, None, None)));
        }
        Some(Placeholder::Deleted) => return Some(unavailable("deleted")),
        Some(Placeholder::LiveLocation) => return Some(unavailable("live location")),
        Some(Placeholder::Waiting) => return Some(unavailable("not yet received")),
        Some(Placeholder::Omitted(_)) | None => {}
    }
    if around.style != Style::Bracket && body.trim() == "null" {
        return Some(unavailable("view once"));
    }
    call(body, around).or_else(|| location(body).map(Said::Content))
}

fn unavailable(was: &str) -> Said {
    Said::Content(Content::Unavailable { was: Some(was.to_owned()) })
}

/// A call under a name. Where anybody can type the words, a bare `Video call` is a message.
fn call(body: &str, around: Surroundings) -> Option<Said> {
    let (called, duration_s) = notice::call(body)?;
    let is_missed = matches!(called, Called::MissedVoice | Called::MissedVideo);
    let is_certain = around.needs_mark || is_missed || duration_s.is_some();
    is_certain.then_some(Said::Call(called, duration_s))
}

/// `<Media omitted>`, and the caption on the lines after it.
fn omitted_on_android(body: &str, around: Surroundings) -> Option<Said> {
    if around.style == Style::Bracket {
        return None;
    }
    let (first, caption) = first_line(body);
    let inner = clean(first).strip_prefix('<')?.strip_suffix('>')?;
    if !notice::is_one_of(inner, phrases::MEDIA_OMITTED) {
        return None;
    }
    Some(match caption {
        // Which kind of file is not said; with words under it, the words must not be lost.
        Some(caption) => Said::Content(Content::Media(file(MediaKind::Document, None, Some(caption)))),
        None => unavailable("media"),
    })
}

/// `IMG-20260801-WA0001.jpg (file attached)`, and the caption on the lines after it.
fn attached_after(body: &str) -> Option<Said> {
    let (first, caption) = first_line(body);
    let inner = clean(first).strip_suffix(')')?;
    let open = inner.rfind('(')?;
    let name = file_name(&inner[..open])?;
    if !name.contains('.') || !notice::is_one_of(&inner[open + 1..], phrases::ATTACHED_AFTER) {
        return None;
    }
    Some(Said::Content(Content::Media(file(kind_of(name), Some(name), caption))))
}

/// iOS: `<attached: FILE>` or `image omitted`, each with the app's mark before it; a caption may stand before or below.
fn bracketed(body: &str, around: Surroundings) -> Option<Said> {
    let (before, app_part) = match body.rfind(APP_MARK) {
        Some(at) => (&body[..at], &body[at + APP_MARK.len_utf8()..]),
        None if around.needs_mark && !around.is_header_marked => return None,
        None => ("", body),
    };
    let (app_line, below) = first_line(app_part);
    let words: Vec<&str> = [before, below.unwrap_or_default()]
        .into_iter()
        .map(clean)
        .filter(|words| !words.is_empty())
        .collect();
    let caption = Some(words.join("\n")).filter(|caption| !caption.is_empty());
    if let Some(name) = attached_before(app_line) {
        // A document's own name and pages stand before it.
        let caption = caption.filter(|caption| !caption.starts_with(name) && !caption.contains(" • "));
        return Some(Said::Content(Content::Media(file(kind_of(name), Some(name), caption.as_deref()))));
    }
    match notice::placeholder(app_line)? {
        Placeholder::Omitted(what) => Some(Said::Content(omitted_behind(what, caption.as_deref()))),
        _ => None,
    }
}

/// The file's name in `<attached: FILE>`.
fn attached_before(text: &str) -> Option<&str> {
    let inner = clean(text).strip_prefix('<')?.strip_suffix('>')?;
    let (word, name) = inner.split_once(':')?;
    if !notice::is_one_of(word, phrases::ATTACHED_BEFORE) {
        return None;
    }
    file_name(name)
}

/// An omitted file with what stands before it: a caption, or a document's name and pages.
fn omitted_behind(what: Omitted, before: Option<&str>) -> Content {
    match (what, before) {
        (Omitted::File(MediaKind::Document), Some(before)) => match before.split_once('•') {
            Some((name, _)) => omitted(what, file_name(name), None),
            None => omitted(what, file_name(before), None),
        },
        _ => omitted(what, None, before),
    }
}

fn omitted(what: Omitted, name: Option<&str>, caption: Option<&str>) -> Content {
    match what {
        Omitted::File(kind) => Content::Media(file(kind, name, caption)),
        Omitted::Card => Content::Unavailable { was: Some("contact card".to_owned()) },
    }
}

/// A file as the text tells of it. `id` is left to the caller, who knows whether the file is there.
fn file(kind: MediaKind, name: Option<&str>, caption: Option<&str>) -> Media {
    Media {
        media: kind,
        id: None,
        mime: name.and_then(mime_of).map(str::to_owned),
        sha256: None,
        filename: name.map(str::to_owned),
        caption: caption.map(str::to_owned),
    }
}

/// `location: https://maps.google.com/?q=-23.5,-46.6`.
fn location(body: &str) -> Option<Content> {
    let (word, link) = clean(body).split_once(": ")?;
    if !notice::is_one_of(word, phrases::LOCATION) {
        return None;
    }
    let place = clean(link).strip_prefix("https://maps.google.com/?q=")?;
    let (latitude, longitude) = place.split_once(',')?;
    let latitude: f64 = latitude.parse().ok().filter(|degrees: &f64| degrees.abs() <= 90.0)?;
    let longitude: f64 = longitude.parse().ok().filter(|degrees: &f64| degrees.abs() <= 180.0)?;
    Some(Content::Location { latitude, longitude, name: None, address: None, url: None })
}

fn first_line(body: &str) -> (&str, Option<&str>) {
    match body.split_once('\n') {
        Some((first, rest)) => (first, Some(rest).filter(|rest| !rest.trim().is_empty())),
        None => (body, None),
    }
}

fn clean(text: &str) -> &str {
    text.trim_matches(|c| is_mark(c) || is_blank(c) || c == '\n' || c == '\r')
}

fn file_name(text: &str) -> Option<&str> {
    let name = clean(text);
    let is_name =
        !name.is_empty() && name.len() <= FILE_NAME_BYTES_MAX && !name.contains(['/', '\\', '\0', '\n']);
    is_name.then_some(name)
}

/// Endings of file names, what kind of file each is, and its MIME type.
const ENDINGS: &[(&str, MediaKind, &str)] = &[
    ("jpg", MediaKind::Image, "image/jpeg"),
    ("jpeg", MediaKind::Image, "image/jpeg"),
    ("png", MediaKind::Image, "image/png"),
    ("gif", MediaKind::Image, "image/gif"),
    ("heic", MediaKind::Image, "image/heic"),
    ("webp", MediaKind::Sticker, "image/webp"),
    ("mp4", MediaKind::Video, "video/mp4"),
    ("mov", MediaKind::Video, "video/quicktime"),
    ("3gp", MediaKind::Video, "video/3gpp"),
    ("opus", MediaKind::Voice, "audio/ogg"),
    ("ogg", MediaKind::Audio, "audio/ogg"),
    ("m4a", MediaKind::Audio, "audio/mp4"),
    ("mp3", MediaKind::Audio, "audio/mpeg"),
    ("aac", MediaKind::Audio, "audio/aac"),
    ("amr", MediaKind::Audio, "audio/amr"),
    ("wav", MediaKind::Audio, "audio/wav"),
    ("pdf", MediaKind::Document, "application/pdf"),
    ("vcf", MediaKind::Document, "text/vcard"),
    ("txt", MediaKind::Document, "text/plain"),
    ("csv", MediaKind::Document, "text/csv"),
    ("zip", MediaKind::Document, "application/zip"),
    ("doc", MediaKind::Document, "application/msword"),
    ("docx", MediaKind::Document, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", MediaKind::Document, "application/vnd.ms-excel"),
    ("xlsx", MediaKind::Document, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt", MediaKind::Document, "application/vnd.ms-powerpoint"),
    (
        "pptx",
        MediaKind::Document,
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
];

fn ending(name: &str) -> Option<&'static (&'static str, MediaKind, &'static str)> {
    let (_, after) = name.rsplit_once('.')?;
    ENDINGS.iter().find(|(ending, _, _)| after.eq_ignore_ascii_case(ending))
}

/// What kind of file a name tells of. The app's own prefixes (`PTT-`, `STK-`, `DOC-`, `-STICKER-`) say more than the end.
fn kind_of(name: &str) -> MediaKind {
    let upper = name.to_ascii_uppercase();
    if upper.starts_with("PTT-") {
        return MediaKind::Voice;
    }
    if upper.starts_with("STK-") || upper.contains("-STICKER-") {
        return MediaKind::Sticker;
    }
    if upper.starts_with("DOC-") {
        return MediaKind::Document;
    }
    ending(name).map_or(MediaKind::Document, |(_, kind, _)| *kind)
}

fn mime_of(name: &str) -> Option<&'static str> {
    ending(name).map(|(_, _, mime)| *mime)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANDROID: Surroundings =
        Surroundings { style: Style::Dash, needs_mark: false, is_header_marked: false };
    const IOS: Surroundings =
        Surroundings { style: Style::Bracket, needs_mark: true, is_header_marked: false };

    fn content(body: &str, around: Surroundings) -> Content {
        match read(body, around).said {
            Said::Content(content) => content,
            Said::Call(..) => panic!("a call: {body}"),
        }
    }

    fn media(body: &str, around: Surroundings) -> Media {
        match content(body, around) {
            Content::Media(media) => media,
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn typed_look_alikes_are_words_on_ios() {
        let typed = [
            "This message was deleted.",
            "image omitted",
            "<attached: 00000001-PHOTO.jpg>",
            "Missed voice call",
            "location: https://maps.google.com/?q=1,2",
            "hi <This message was edited>",
            "null",
        ];
        for body in typed {
            assert_eq!(content(body, IOS), Content::Text { body: body.to_owned() });
            assert!(!read(body, IOS).is_edited);
        }
    }

    #[test]
    fn files_are_known_by_name_on_both() {
        let android = media("\u{200E}PTT-20260801-WA0001.opus (arquivo anexado)", ANDROID);
        assert_eq!((android.media, android.caption), (MediaKind::Voice, None));
        assert_eq!(android.filename.as_deref(), Some("PTT-20260801-WA0001.opus"));
        let captioned = media("IMG-1.jpg (file attached)\nour price\nlist", ANDROID);
        assert_eq!(captioned.caption.as_deref(), Some("our price\nlist"));
        assert_eq!(captioned.mime.as_deref(), Some("image/jpeg"));
        let ios = media("see this \u{200E}<attached: 00000004-PHOTO-2026-08-01.jpg>", IOS);
        assert_eq!((ios.media, ios.caption.as_deref()), (MediaKind::Image, Some("see this")));
        let named = media("Quote.pdf \u{200E}<attached: Quote.pdf>", IOS);
        assert_eq!((named.filename.as_deref(), named.caption), (Some("Quote.pdf"), None));
    }

    #[test]
    fn omitted_files_keep_their_kind_name_and_caption() {
        assert_eq!(media("\u{200E}imagem ocultada", IOS).media, MediaKind::Image);
        assert_eq!(media("olha \u{200E}video omitted", IOS).caption.as_deref(), Some("olha"));
        assert_eq!(media("\u{200E}video omitted\nolha", IOS).caption.as_deref(), Some("olha"));
        let document = media("Contract.pdf • \u{200E}2 pages \u{200E}document omitted", IOS);
        assert_eq!(document.filename.as_deref(), Some("Contract.pdf"));
        assert_eq!(
            content("<Mídia oculta>", ANDROID),
            Content::Unavailable { was: Some("media".to_owned()) }
        );
        assert_eq!(media("<Media omitted>\npay me", ANDROID).caption.as_deref(), Some("pay me"));
    }

    #[test]
    fn an_edited_message_loses_the_suffix_and_keeps_its_words() {
        for (body, around) in [
            ("price 10 <This message was edited>", ANDROID),
            ("price 10 \u{200E}<This message was edited>", IOS),
        ] {
            let reading = read(body, around);
            assert_eq!(reading.said, Said::Content(Content::Text { body: "price 10".to_owned() }));
            assert!(reading.is_edited);
        }
    }

    #[test]
    fn a_bare_video_call_under_a_name_is_a_message_on_android() {
        assert_eq!(content("Video call", ANDROID), Content::Text { body: "Video call".to_owned() });
        assert_eq!(read("\u{200E}Video call", IOS).said, Said::Call(Called::Video, None));
        assert_eq!(read("Voice call. 3 min", ANDROID).said, Said::Call(Called::Voice, Some(180)));
    }

    #[test]
    fn a_place_is_a_place_only_within_the_globe() {
        let body = "location: https://maps.google.com/?q=-23.5,-46.6";
        let Content::Location { latitude, longitude, .. } = content(body, ANDROID) else { panic!() };
        assert_eq!((latitude, longitude), (-23.5, -46.6));
        let far = "location: https://maps.google.com/?q=95,400";
        assert_eq!(content(far, ANDROID), Content::Text { body: far.to_owned() });
    }
}
