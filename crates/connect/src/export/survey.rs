//! The first pass: what a file says as a whole — its shape, its date order, who writes in it, what it is called.

use std::{
    collections::BTreeMap,
    io::{BufReader, Read},
};

use aboveboard_model::item::Content;

use super::{
    DateOrder, Names, Options, Progress, Refusal,
    body::{self, Said, Surroundings, starts_marked},
    cursor::is_mark,
    header::{self, Header, Shape, Speech, Style},
    lines::{Line, Lines},
    notice,
    options::within,
    order::{OrderEvidence, is_other_calendar},
    people::{clean_name, folded},
};

/// How many bytes are read between two reports of progress.
pub(super) const PROGRESS_STEP_BYTES: u64 = 256 * 1024;
/// How many bytes are asked from the file at once.
pub(super) const BUFFER_BYTES: usize = 64 * 1024;

/// What a file says as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// The chat's name: part of every id.
    pub conversation: String,
    /// Whether more than two write in it.
    pub is_group: bool,
    /// How its numeric dates are read.
    pub date_order: DateOrder,
    /// Lines that begin a message, before the days were checked.
    pub messages: u64,
    /// Lines.
    pub lines: u64,
    /// Size of the text in bytes.
    pub text_bytes: u64,
    /// Everybody who wrote, by name.
    pub senders: Names,
    /// Those of them, and others, who count as the firm's side.
    pub own_names: Names,
}

/// What the second pass goes by.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub shape: Shape,
    pub order: DateOrder,
    /// Whether the app's marks are in the file: text like the app's without a mark was then typed.
    pub needs_mark: bool,
    pub conversation: String,
    pub is_group: bool,
    /// Names of the firm's side, folded.
    pub own: Vec<String>,
    /// The first of them as it is written.
    pub own_name: String,
    /// Whether none of them wrote although some others did.
    pub is_own_absent: bool,
    /// The other side's name, where there is one.
    pub peer: String,
}

/// Events that only groups have.
const GROUP_EVENTS: &[&str] = &[
    "group_created",
    "subject_changed",
    "description_changed",
    "admin_changed",
    "participant_joined",
    "participant_left",
    "participant_added",
    "participant_removed",
];

#[derive(Debug, Default)]
struct Tally {
    shape: Option<Shape>,
    evidence: OrderEvidence,
    messages: u64,
    has_marks: bool,
    has_group_event: bool,
    /// By folded name: the name as written, lines, lines of the app's own words.
    senders: BTreeMap<String, (String, u64, u64)>,
    /// The first sender of the app's own words: on iOS the chat's name.
    app_sender: Option<String>,
}

/// Reads the text once. `title` is the chat's name by the file's name.
pub(super) fn survey(
    text: Box<dyn Read + '_>,
    title: Option<String>,
    options: &Options,
    progress: &mut dyn FnMut(u64),
) -> Result<(Survey, Plan), Refusal> {
    let limits = &options.limits;
    let mut lines = Lines::new(BufReader::with_capacity(BUFFER_BYTES, text), limits.line_bytes_max);
    let mut tally = Tally::default();
    let (mut line, mut text_bytes, mut reported) = (Line::default(), 0, 0);
    while lines.next(&mut line).map_err(Refusal::unreadable)? {
        text_bytes = line.offset + line.bytes.len() as u64;
        within("the chat's text in bytes", text_bytes, limits.text_bytes_max)?;
        if !line.is_rest {
            tally.add(&line)?;
            within("the number of messages", tally.messages, limits.messages_max)?;
            within("the number of senders", tally.senders.len() as u64, limits.senders_max)?;
        }
        if text_bytes - reported >= PROGRESS_STEP_BYTES {
            reported = text_bytes;
            progress(text_bytes);
        }
    }
    tally.conclude(title, options, line.number, text_bytes)
}

/// A line as text, without its end and without a byte-order mark.
pub(super) fn text_of(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let bytes = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(bytes);
    String::from_utf8_lossy(bytes)
}

/// Who speaks after a header. A line about quoted names with a colon in them is the app's.
pub(super) fn speech<'a>(header: &Header<'a>) -> Speech<'a> {
    let mut speech = header::speech(header.rest);
    let is_quoting = |name: &str| name.contains(['"', '“', '„', '«', '”', '»']);
    if header.shape.style != Style::Bracket
        && speech.sender.is_some_and(is_quoting)
        && notice::event(header.rest).is_some()
    {
        speech = Speech { sender: None, body: header.rest };
    }
    speech
}

/// Whether a marked body is words of the app, not a placeholder for something that a person sent.
fn is_words(body: &str, is_header_marked: bool) -> bool {
    let around = Surroundings { style: Style::Bracket, needs_mark: true, is_header_marked };
    matches!(body::read(body, around).said, Said::Content(Content::Text { .. }))
}

impl Tally {
    fn add(&mut self, line: &Line) -> Result<(), Refusal> {
        let text = text_of(&line.bytes);
        let Some(header) = header::read(&text) else { return Ok(()) };
        let shape = match self.shape {
            Some(shape) => shape,
            None if is_other_calendar(&header) => return Err(Refusal::OtherCalendar { line: line.number }),
            None if DateOrder::ALL.iter().all(|order| header.date.resolve(*order).is_err()) => return Ok(()),
            None => *self.shape.insert(header.shape),
        };
        if header.shape != shape {
            return Ok(());
        }
        self.messages += 1;
        self.evidence.add(&header, line.number);
        let speech = speech(&header);
        // Android marks file names too; there the mark says nothing about who speaks.
        let is_marked = shape.style == Style::Bracket && (header.is_marked || starts_marked(speech.body));
        self.has_marks |= is_marked;
        let is_apps = is_marked && is_words(speech.body, header.is_marked);
        if speech.sender.is_none() || is_apps {
            let event = notice::event(speech.body);
            self.has_group_event |= event.is_some_and(|event| GROUP_EVENTS.contains(&event));
            if event.is_some() && self.app_sender.is_none() {
                self.app_sender = speech.sender.map(clean_name);
            }
        }
        if let Some(sender) = speech.sender {
            let name = clean_name(sender);
            let (_, count, apps) = self.senders.entry(folded(&name)).or_insert((name, 0, 0));
            *count += 1;
            *apps += u64::from(is_apps);
        }
        Ok(())
    }

    fn conclude(
        self,
        title: Option<String>,
        options: &Options,
        last_line: u64,
        text_bytes: u64,
    ) -> Result<(Survey, Plan), Refusal> {
        let shape = self.shape.ok_or(Refusal::NotAnExport)?;
        let order = match options.date_order {
            Some(order) => order,
            None => self.evidence.decide().map_err(|examples| Refusal::DateOrderNeeded { examples })?,
        };
        let title = options.conversation.as_deref().map(clean_name).or(title).filter(|name| !name.is_empty());
        // Under the chat's name the app itself speaks; it is a person only if something was typed under it.
        let chat = title.clone().or(self.app_sender).map(|name| folded(&name));
        let people: Vec<(&String, &String)> = self
            .senders
            .iter()
            .filter(|(folded, (_, count, apps))| chat.as_ref() != Some(*folded) || apps < count)
            .map(|(folded, (name, _, _))| (folded, name))
            .collect();
        let is_group = self.has_group_event || people.len() > 2;
        let own_names = own_names(options, &people, chat.as_deref(), is_group)?;
        let own: Vec<String> = own_names.iter().map(|name| folded(name)).collect();
        let peer = people.iter().find(|(folded, _)| !own.contains(*folded)).map(|(_, name)| (*name).clone());
        let app_name = self.senders.iter().find(|(folded, _)| Some(*folded) == chat.as_ref());
        let conversation = title
            .or_else(|| app_name.map(|(_, (name, _, _))| name.clone()))
            .or_else(|| peer.clone().filter(|_| !is_group))
            .ok_or(Refusal::ConversationNameNeeded)?;
        let is_own_absent =
            !people.is_empty() && !own.is_empty() && !people.iter().any(|(folded, _)| own.contains(*folded));
        let plan = Plan {
            shape,
            order,
            needs_mark: self.has_marks,
            is_group,
            own,
            is_own_absent,
            own_name: own_names.first().cloned().unwrap_or_default(),
            peer: peer.unwrap_or_else(|| conversation.clone()),
            conversation: conversation.clone(),
        };
        let survey = Survey {
            conversation,
            is_group,
            date_order: order,
            messages: self.messages,
            lines: last_line,
            text_bytes,
            senders: Names(people.into_iter().map(|(_, name)| name.clone()).collect()),
            own_names: Names(own_names),
        };
        Ok((survey, plan))
    }
}

/// The names of the firm's side: as given, or the one who is not the other in a chat of two that is named after the other.
fn own_names(
    options: &Options,
    people: &[(&String, &String)],
    chat: Option<&str>,
    is_group: bool,
) -> Result<Vec<String>, Refusal> {
    let given: Vec<String> =
        options.own_names.iter().map(|name| clean_name(name)).filter(|name| !name.is_empty()).collect();
    if !given.is_empty() || people.is_empty() {
        return Ok(given);
    }
    let others: Vec<&(&String, &String)> =
        people.iter().filter(|(folded, _)| Some(folded.as_str()) != chat).collect();
    match others.as_slice() {
        [] if !is_group => Ok(Vec::new()),
        [(_, only)] if !is_group && people.len() == 2 => Ok(vec![(*only).clone()]),
        _ => {
            let senders = people.iter().map(|(_, name)| (*name).clone()).collect();
            Err(Refusal::OwnNamesNeeded { senders: Names(senders) })
        }
    }
}

/// Reports how far two passes over one text have come.
pub(super) fn report(progress: &mut dyn FnMut(Progress), total_bytes: u64, read_bytes: u64) {
    // A size that an archive declares may be wrong.
    progress(Progress { read_bytes, total_bytes: total_bytes.max(read_bytes) });
}

/// Whether a line holds nothing to read.
pub(super) fn is_blank_line(text: &str) -> bool {
    text.chars().all(|c| is_mark(c) || c.is_whitespace())
}
