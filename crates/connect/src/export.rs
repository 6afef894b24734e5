//! Chat exports: what a person saved with WhatsApp's "Export chat", on Android or iOS, as a text or zipped with its files.
//!
//! An export is text that anybody can edit: every item of it is of [`Stream::Export`](aboveboard_model::item::Stream),
//! self-reported. The format follows no published rule; it is read as public exports show it. A file is read twice, so
//! that what is decided is decided for all of it: the shape of its headers, day or month first, whether the app marks its
//! own text. What follows neither rule is kept as it is and reported by line: the raw bytes of all items, one after the
//! other, are the bytes of the text.
//!
//! ```
//! use std::{io::Cursor, ops::ControlFlow};
//!
//! use aboveboard_connect::export::{self, Options};
//!
//! let text = "31/12/2026, 09:15 - Ana: oi\n31/12/2026, 09:16 - Rui: bom dia\n";
//! let name = "WhatsApp Chat with Ana.txt";
//! let mut import = export::read(Cursor::new(text), name, Options::default(), &mut |_| {})?;
//! let mut items = Vec::new();
//! import.for_each(&mut |_| {}, &mut |exported| {
//!     items.push(exported.item);
//!     ControlFlow::Continue(())
//! })?;
//! assert_eq!(items.len(), 2);
//! # Ok::<(), export::Refusal>(())
//! ```

mod body;
mod clock;
mod cursor;
mod date;
mod events;
mod header;
mod identity;
mod item;
mod lines;
mod messages;
mod notice;
mod options;
mod order;
mod people;
mod phrases;
mod problem;
mod refusal;
mod source;
mod survey;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    io::{Read, Seek, Write},
    ops::{ControlFlow, RangeInclusive},
};

use aboveboard_model::item::Item;
use sha2::{Digest, Sha256};

pub use self::{
    date::{DateOrder, NotADateOrder},
    item::EDITED,
    options::{Limits, Options},
    order::DateExample,
    problem::{DIAGNOSTICS_MAX, Diagnostic, Diagnostics, Problem},
    refusal::{Names, Refusal},
    survey::Survey,
};
use self::{
    item::Composer,
    messages::Pass,
    options::within,
    source::{Source, compared_name},
    survey::{BUFFER_BYTES, Plan, report},
};

/// One message, call or unread stretch of an export.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    /// What it is. A message's or call's id is a hash: see the rule at `identity::Ids`.
    pub item: Item,
    /// The exact bytes of its lines, line ends included.
    pub raw: Vec<u8>,
    /// Its lines in the text, from 1.
    pub lines: RangeInclusive<u64>,
    /// The place of its first byte in the text.
    pub offset: u64,
}

/// How far an import has come. The text is read twice; both times count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of text read so far.
    pub read_bytes: u64,
    /// Bytes of text to be read in all, as far as known.
    pub total_bytes: u64,
}

/// A file in the archive beside the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name: the `id` of the media that it belongs to. Hostile; never a path.
    pub name: String,
    /// Its size in bytes as the archive declares it.
    pub size_bytes: u64,
    /// The line of the text that first names it, once the messages were read.
    pub line: Option<u64>,
}

/// A file that was copied out of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its size.
    pub size_bytes: u64,
    /// SHA-256 of its bytes in lower-case hex.
    pub sha256: String,
}

/// An export that was looked through and can be imported.
pub struct Import<R> {
    source: Source<R>,
    options: Options,
    survey: Survey,
    plan: Plan,
    /// What was odd with the file as a whole.
    opening: Diagnostics,
    diagnostics: Diagnostics,
    named: BTreeMap<String, u64>,
}

/// Looks through an export: opens it, reads its text once, and decides what must be decided for all of it.
///
/// `name` is the name of the file; it names the chat unless the options do. `progress` is called about every 256 KiB.
///
/// # Errors
/// A [`Refusal`]: the file is no export, is over a limit, or something must be said that the file does not say.
pub fn read<R: Read + Seek>(
    reader: R,
    name: &str,
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Import<R>, Refusal> {
    let mut opened = source::open(reader, &options.limits)?;
    let title = opened.text_name.as_deref().and_then(people::chat_name).or_else(|| people::chat_name(name));
    let total_bytes = opened.source.text_size_bytes().saturating_mul(2);
    let text = opened.source.text(&options.limits)?;
    let (survey, plan) =
        survey::survey(text, title, &options, &mut |bytes| report(progress, total_bytes, bytes))?;
    let mut opening = opened.diagnostics;
    if plan.is_own_absent {
        opening.add(None, Problem::OwnNameAbsent);
    }
    let diagnostics = opening.clone();
    Ok(Import { source: opened.source, options, survey, plan, opening, diagnostics, named: BTreeMap::new() })
}

impl<R: Read + Seek> Import<R> {
    /// What the file says as a whole.
    pub fn survey(&self) -> &Survey {
        &self.survey
    }

    /// Reads the text a second time and hands out every item in the order of the file, until `each` breaks. Can be called
    /// again; it starts again.
    ///
    /// # Errors
    /// A [`Refusal`] where the file cannot be read any more. What was handed out before stays true.
    pub fn for_each(
        &mut self,
        progress: &mut dyn FnMut(Progress),
        each: &mut dyn FnMut(Exported) -> ControlFlow<()>,
    ) -> Result<(), Refusal> {
        self.named.clear();
        self.diagnostics = self.opening.clone();
        let total_bytes = self.source.text_size_bytes().saturating_mul(2);
        let before = self.survey.text_bytes;
        // The text borrows the source, so the names of its files go along as a copy; they are bounded.
        let files = self.source.files().cloned();
        let text = self.source.text(&self.options.limits)?;
        let composer = Composer::new(&self.plan, &self.options, files.as_ref(), &mut self.named);
        let pass = Pass {
            plan: &self.plan,
            options: &self.options,
            diagnostics: &mut self.diagnostics,
            composer,
            open: None,
            last_at: None,
        };
        let flow = pass.run(text, &mut |bytes| report(progress, total_bytes, before + bytes), each)?;
        let unnamed = files.map_or(0, |files| files.len() - self.named.len());
        if flow.is_continue() && unnamed > 0 {
            self.diagnostics.add(None, Problem::FilesUnnamed { count: unnamed });
        }
        report(progress, total_bytes, before.saturating_mul(2));
        Ok(())
    }

    /// What was odd: in the file as a whole, and in the lines read so far.
    pub fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }

    /// The files beside the text, by name; none where a text came alone.
    pub fn attachments(&self) -> Vec<Attachment> {
        let files = self.source.files().into_iter().flatten();
        files
            .map(|(name, entry)| Attachment {
                name: name.clone(),
                size_bytes: entry.size_bytes,
                line: self.named.get(name).copied(),
            })
            .collect()
    }

    /// Copies a file out of the archive, never more than the limit whatever the archive declares.
    ///
    /// # Errors
    /// A [`Refusal`] where there is no such file, it is damaged or over the limit, or `to` cannot be written to. What was
    /// written before is then not the file.
    pub fn copy(&mut self, name: &str, to: &mut dyn Write) -> Result<Copied, Refusal> {
        let limit = self.options.limits.file_bytes_max;
        let mut file = self.source.file(&compared_name(name))?;
        let (mut hash, mut size_bytes) = (Sha256::new(), 0u64);
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let count = file.read(&mut buffer).map_err(Refusal::unreadable)?;
            if count == 0 {
                return Ok(Copied { size_bytes, sha256: hex::encode(hash.finalize()) });
            }
            size_bytes += count as u64;
            within("the file in bytes", size_bytes, limit)?;
            hash.update(&buffer[..count]);
            to.write_all(&buffer[..count]).map_err(Refusal::unreadable)?;
        }
    }
}

impl<R> std::fmt::Debug for Import<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Import").field("messages", &self.survey.messages).finish_non_exhaustive()
    }
}
