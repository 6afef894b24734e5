//! Messages of an export become items: parties, direction, ids, the app's own lines.

use std::collections::BTreeMap;

use aboveboard_model::item::{Body, Call, Content, Direction, Forwarded, Item, Message, Party, Stream};
use jiff::{Timestamp, civil::DateTime};

use super::{
    Exported, Options,
    body::{self, APP_MARK, Said, Surroundings, starts_marked},
    header::Style,
    identity::Ids,
    messages::{Draft, Kind, Piece},
    notice,
    people::{clean_name, folded, party},
    phrases::Called,
    problem::{Diagnostics, Problem},
    source::{Entry, compared_name},
    survey::Plan,
};

/// The state of a message that the app says was edited: the export holds its last version only.
pub const EDITED: &str = "EDITED";
/// The event of an app's line that is in no list.
const UNKNOWN_EVENT: &str = "unknown";

/// Makes items of messages.
pub(super) struct Composer<'a> {
    plan: &'a Plan,
    options: &'a Options,
    /// The files of the archive; `None` where the text came alone.
    files: Option<&'a BTreeMap<String, Entry>>,
    /// The line that first names each file.
    named: &'a mut BTreeMap<String, u64>,
    ids: Ids,
}

/// Who wrote a message, and to whom.
struct Parties {
    from: Party,
    to: Party,
    direction: Direction,
}

impl<'a> Composer<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        options: &'a Options,
        files: Option<&'a BTreeMap<String, Entry>>,
        named: &'a mut BTreeMap<String, u64>,
    ) -> Self {
        Composer { plan, options, files, named, ids: Ids::new(&plan.conversation) }
    }

    /// The item of some lines.
    pub(super) fn compose(&mut self, piece: Piece, diagnostics: &mut Diagnostics) -> Exported {
        let (at, body) = match &piece.kind {
            Kind::Message(draft) => {
                let body = self.body(draft, piece.first_line, diagnostics);
                (self.instant(draft.at), body)
            }
            Kind::Unread(reason) => {
                let unread = Body::Unknown { field: "export".to_owned(), reason: (*reason).to_owned() };
                (None, unread)
            }
        };
        let item = Item {
            number: self.options.number.clone(),
            stream: Stream::Export,
            at,
            body,
            unknown: Vec::new(),
        };
        let Piece { raw, first_line, last_line, offset, .. } = piece;
        Exported { item, raw, lines: first_line..=last_line, offset }
    }

    /// The instant of a wall-clock time. A time that a clock change skipped or doubled is read as calendars do (RFC 5545).
    fn instant(&self, at: DateTime) -> Option<Timestamp> {
        self.options.time_zone.to_ambiguous_zoned(at).compatible().ok().map(|zoned| zoned.timestamp())
    }

    fn body(&mut self, draft: &Draft, line: u64, diagnostics: &mut Diagnostics) -> Body {
        let sender = draft.sender.as_deref().map(clean_name);
        let words = draft.words();
        let id = self.ids.next(draft.at, sender.as_deref().unwrap_or_default(), words);
        let (said, is_edited) = self.said(sender.as_deref(), words, draft.is_header_marked);
        let speaker = sender.filter(|name| !self.is_app(name, &said));
        // What Android reports without a name was missed by the phone that exported the chat.
        let missed_by_us = matches!(said, Said::Call(Called::MissedVoice | Called::MissedVideo, _));
        let caller = (missed_by_us && !self.plan.is_group).then(|| self.plan.peer.clone());
        let parties = self.parties(speaker.or(caller).as_deref());
        let content = match said {
            Said::Call(called, duration_s) => return call(id, called, duration_s, words, parties),
            Said::Content(content) => self.with_file(content, line, diagnostics),
        };
        Body::Message(Message {
            id,
            direction: parties.direction,
            from: parties.from,
            to: parties.to,
            group: self.plan.is_group.then(|| self.plan.conversation.clone()),
            content,
            reply_to: None,
            forwarded: Forwarded::No,
            referral: Vec::new(),
            errors: Vec::new(),
            identity: None,
            history_status: is_edited.then(|| EDITED.to_owned()),
        })
    }

    fn said(&self, sender: Option<&str>, words: &str, is_header_marked: bool) -> (Said, bool) {
        let style = self.plan.shape.style;
        let Some(sender) = sender else { return (nobodys(words), false) };
        let around = Surroundings { style, needs_mark: self.plan.needs_mark, is_header_marked };
        let reading = body::read(words, around);
        let Said::Content(Content::Text { .. }) = &reading.said else {
            return (reading.said, reading.is_edited);
        };
        // Only iOS puts a name before the app's own lines, and marks them. Such a line is one line.
        let is_marked = style != Style::Dash && (is_header_marked || starts_marked(words));
        let event = if is_marked && !words.contains('\n') { notice::event(words) } else { None };
        let is_chat = self.plan.is_group && folded(sender) == folded(&self.plan.conversation);
        match event.or_else(|| (is_marked && is_chat).then_some(UNKNOWN_EVENT)) {
            Some(event) => (system(event, words), false),
            None => (reading.said, reading.is_edited),
        }
    }

    /// Whether it is the app that speaks under the chat's name.
    fn is_app(&self, name: &str, said: &Said) -> bool {
        matches!(said, Said::Content(Content::System { .. }))
            && folded(name) == folded(&self.plan.conversation)
    }

    fn parties(&self, sender: Option<&str>) -> Parties {
        let own = || party(&self.plan.own_name);
        let peer = || if self.plan.is_group { Party::default() } else { party(&self.plan.peer) };
        match sender {
            None => Parties { from: Party::default(), to: Party::default(), direction: Direction::In },
            Some(name) if self.plan.own.contains(&folded(name)) => {
                Parties { from: party(name), to: peer(), direction: Direction::Out }
            }
            Some(name) => Parties { from: party(name), to: own(), direction: Direction::In },
        }
    }

    /// Ties a file to the one of its name in the archive, by which its bytes are asked for.
    fn with_file(&mut self, mut content: Content, line: u64, diagnostics: &mut Diagnostics) -> Content {
        let (Content::Media(media), Some(files)) = (&mut content, self.files) else { return content };
        let Some(name) = media.filename.as_deref().map(compared_name) else { return content };
        if files.contains_key(&name) {
            self.named.entry(name.clone()).or_insert(line);
            media.id = Some(name);
        } else if !files.is_empty() {
            diagnostics.add(line, Problem::FileMissing);
        }
        content
    }
}

/// A line without a name: a call, an event, or whatever else the app says.
fn nobodys(words: &str) -> Said {
    if let Some((called, duration_s)) = notice::call(words) {
        return Said::Call(called, duration_s);
    }
    system(notice::event(words).unwrap_or(UNKNOWN_EVENT), words)
}

fn system(event: &str, words: &str) -> Said {
    let text = words.trim_start_matches(APP_MARK).to_owned();
    Said::Content(Content::System { event: event.to_owned(), text })
}

fn call(id: String, called: Called, duration_s: Option<u64>, words: &str, parties: Parties) -> Body {
    let (event, is_missed) = match called {
        Called::MissedVoice => ("voice_call", true),
        Called::MissedVideo => ("video_call", true),
        Called::Voice => ("voice_call", false),
        Called::Video => ("video_call", false),
    };
    let status = if is_missed { "missed".to_owned() } else { words.replace(APP_MARK, "") };
    Body::Call(Call {
        id,
        event: event.to_owned(),
        direction: parties.direction,
        from: parties.from,
        to: parties.to,
        status: Some(status),
        started_at: None,
        ended_at: None,
        duration_s,
        recording: None,
        errors: Vec::new(),
    })
}
