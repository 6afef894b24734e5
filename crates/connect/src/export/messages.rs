//! The second pass: lines become messages, with their exact bytes; nothing that was read is left out.

use std::{
    io::{BufReader, Read},
    ops::ControlFlow,
};

use jiff::civil::DateTime;

use super::{
    Exported, Options, Refusal,
    cursor::is_blank,
    header,
    item::Composer,
    lines::{Line, Lines},
    options::within,
    problem::{Diagnostics, Problem},
    survey::{BUFFER_BYTES, PROGRESS_STEP_BYTES, Plan, is_blank_line, speech, text_of},
};

/// How far a clock may go back without a word: a day of travel and an hour of winter time.
const BACKWARD_HOURS_MAX: i64 = 25;

/// Lines that belong together.
#[derive(Debug)]
pub(super) struct Piece {
    /// What is known of them.
    pub kind: Kind,
    /// Their exact bytes.
    pub raw: Vec<u8>,
    /// The first line, from 1.
    pub first_line: u64,
    /// The last line.
    pub last_line: u64,
    /// The place of the first byte in the text.
    pub offset: u64,
}

/// What lines that belong together are.
#[derive(Debug)]
pub(super) enum Kind {
    /// A message.
    Message(Draft),
    /// Bytes that are kept unread, and why.
    Unread(&'static str),
}

/// A message whose lines are being gathered.
#[derive(Debug)]
pub(super) struct Draft {
    /// When it was written, by the phone's wall clock.
    pub at: DateTime,
    /// The name as written; `None` where the app speaks.
    pub sender: Option<String>,
    /// Whether the app's mark stands before the header.
    pub is_header_marked: bool,
    /// The body so far.
    pub body: String,
}

/// Reads the text a second time and hands out every item in order.
pub(super) struct Pass<'a> {
    pub plan: &'a Plan,
    pub options: &'a Options,
    pub diagnostics: &'a mut Diagnostics,
    pub composer: Composer<'a>,
    pub open: Option<Piece>,
    pub last_at: Option<DateTime>,
}

impl Pass<'_> {
    /// Runs the pass. A stop asked for by `each` ends it at once.
    pub(super) fn run(
        mut self,
        text: Box<dyn Read + '_>,
        progress: &mut dyn FnMut(u64),
        each: &mut dyn FnMut(Exported) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Refusal> {
        let limits = &self.options.limits;
        let mut lines = Lines::new(BufReader::with_capacity(BUFFER_BYTES, text), limits.line_bytes_max);
        let (mut line, mut reported) = (Line::default(), 0);
        while lines.next(&mut line).map_err(Refusal::unreadable)? {
            let read_bytes = line.offset + line.bytes.len() as u64;
            within("the chat's text in bytes", read_bytes, limits.text_bytes_max)?;
            if self.take(&line, each).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            if read_bytes - reported >= PROGRESS_STEP_BYTES {
                reported = read_bytes;
                progress(read_bytes);
            }
        }
        Ok(self.close(each))
    }

    /// Takes the next line: the start of a message, or more of one.
    fn take(&mut self, line: &Line, each: &mut dyn FnMut(Exported) -> ControlFlow<()>) -> ControlFlow<()> {
        let text = text_of(&line.bytes);
        if matches!(text, std::borrow::Cow::Owned(_)) {
            self.diagnostics.add(line.number, Problem::NotUtf8);
        }
        if line.is_rest {
            self.diagnostics.add(line.number, Problem::LongLine);
        } else if let Some(draft) = self.draft(&text, line.number) {
            self.close(each)?;
            self.check_time(draft.at, line.number);
            self.open = Some(Piece::new(Kind::Message(draft), line));
            return ControlFlow::Continue(());
        }
        self.append(line, &text, each)
    }

    /// The message that a line begins, if it does.
    fn draft(&mut self, text: &str, line: u64) -> Option<Draft> {
        let header = header::read(text)?;
        if header.shape != self.plan.shape {
            self.diagnostics.add(line, Problem::OtherShape);
            return None;
        }
        let Ok(date) = header.date.resolve(self.plan.order) else {
            self.diagnostics.add(line, Problem::NoSuchDay);
            return None;
        };
        let speech = speech(&header);
        Some(Draft {
            at: date.to_datetime(header.clock.time),
            sender: speech.sender.map(str::to_owned),
            is_header_marked: header.is_marked,
            body: speech.body.to_owned(),
        })
    }

    fn check_time(&mut self, at: DateTime, line: u64) {
        if let Some(last) = self.last_at
            && last.duration_since(at).as_hours() > BACKWARD_HOURS_MAX
        {
            self.diagnostics.add(line, Problem::TimeGoesBack);
        }
        self.last_at = Some(at);
    }

    /// Adds a line to what is open. What would grow over the limit is closed, and the rest is kept unread.
    fn append(
        &mut self,
        line: &Line,
        text: &str,
        each: &mut dyn FnMut(Exported) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let limit = self.options.limits.message_bytes_max;
        let is_full = |piece: &Piece| (piece.raw.len() + line.bytes.len()) as u64 > limit;
        match &mut self.open {
            Some(piece) if is_full(piece) => {
                if matches!(piece.kind, Kind::Message(_)) {
                    self.diagnostics.add(line.number, Problem::LongMessage);
                }
                self.close(each)?;
                self.open = Some(Piece::new(Kind::Unread("the rest of a message over the size limit"), line));
            }
            Some(piece) => piece.append(line, text),
            None => {
                if !is_blank_line(text) {
                    self.diagnostics.add(line.number, Problem::BeforeFirstMessage);
                }
                self.open = Some(Piece::new(Kind::Unread("text before the first message"), line));
            }
        }
        ControlFlow::Continue(())
    }

    fn close(&mut self, each: &mut dyn FnMut(Exported) -> ControlFlow<()>) -> ControlFlow<()> {
        match self.open.take() {
            Some(piece) => each(self.composer.compose(piece, self.diagnostics)),
            None => ControlFlow::Continue(()),
        }
    }
}

impl Piece {
    fn new(kind: Kind, line: &Line) -> Self {
        let raw = line.bytes.clone();
        Piece { kind, raw, first_line: line.number, last_line: line.number, offset: line.offset }
    }

    fn append(&mut self, line: &Line, text: &str) {
        self.raw.extend_from_slice(&line.bytes);
        self.last_line = line.number;
        if let Kind::Message(draft) = &mut self.kind {
            if !line.is_rest {
                draft.body.push('\n');
            }
            draft.body.push_str(text);
        }
    }
}

impl Draft {
    /// The body without blank lines at its end: the last message of an export has none where a longer one later does.
    pub(super) fn words(&self) -> &str {
        self.body.trim_end_matches(|c| c == '\n' || is_blank(c))
    }
}
