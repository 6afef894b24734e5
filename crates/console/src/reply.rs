//! What a page answers with.

use std::io::{BufWriter, Write};

use aboveboard_ledger::{EntryExport, MediaStream};
use aboveboard_model::id::Index;
use axum::{
    body::Body,
    response::{Html, IntoResponse, Redirect, Response},
};
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE},
};
use jiff::civil::DateTime;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Pieces of a media file that wait for a slow reader.
const PIECES_MAX: usize = 2;
/// Bytes of a piece of an archive.
const PIECE_BYTES: usize = 64 * 1024;
/// MIME types that a browser may show in a page. Everything else is a download, never interpreted.
const SHOWN: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "audio/ogg",
    "audio/mpeg",
    "audio/mp4",
    "audio/aac",
    "audio/amr",
    "video/mp4",
    "video/3gpp",
];

/// An answer, and what the session has to remember of it.
pub(crate) struct Reply {
    response: Response,
    wrote: Option<Index>,
}

impl Reply {
    /// A page.
    pub(crate) fn page(html: String) -> Self {
        Html(html).into_response().into()
    }

    /// Another page instead (303), after a form.
    pub(crate) fn to(path: &str) -> Self {
        Redirect::to(path).into_response().into()
    }

    /// The session's next questions wait for this entry.
    pub(crate) fn wrote(self, index: Index) -> Self {
        Self { wrote: Some(index), ..self }
    }

    /// Sets a cookie; nothing where there is none to set.
    pub(crate) fn with_cookie(mut self, cookie: Option<HeaderValue>) -> Self {
        if let Some(cookie) = cookie {
            self.response.headers_mut().append(SET_COOKIE, cookie);
        }
        self
    }

    /// Sets the status.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        *self.response.status_mut() = status;
        self
    }

    /// Sets a header.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.response.headers_mut().insert(name, value);
        self
    }

    /// A text for the browser to save; `name` is our own and plain ASCII.
    pub(crate) fn download(mime: &'static str, name: &str, text: String) -> Self {
        let named = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
        let disposition = named.unwrap_or(HeaderValue::from_static("attachment"));
        Self::from(text.into_response())
            .with_header(CONTENT_TYPE, HeaderValue::from_static(mime))
            .with_header(CONTENT_DISPOSITION, disposition)
    }

    /// A media file, piece by piece as the reader takes it. Called on a thread of the runtime.
    pub(crate) fn media(mut media: MediaStream) -> Self {
        let shown = shown_as(media.mime.as_deref());
        let length = HeaderValue::from(media.size_bytes);
        let (pieces, taken) = mpsc::channel(PIECES_MAX);
        tokio::task::spawn_blocking(move || {
            while let Some(piece) = media.read().transpose() {
                let piece = piece.map_err(|error| {
                    tracing::error!(%error, "a media file ended early");
                    std::io::Error::other("the file ended early")
                });
                let last = piece.is_err();
                if pieces.blocking_send(piece).is_err() || last {
                    break;
                }
            }
        });
        let reply = Self::from(Body::from_stream(ReceiverStream::new(taken)).into_response())
            .with_header(CONTENT_LENGTH, length)
            .with_header(CONTENT_TYPE, HeaderValue::from_static(shown.unwrap_or("application/octet-stream")));
        match shown {
            Some(_) => reply,
            None => reply.with_header(CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
        }
    }

    /// An entry's export as an archive with one folder of a name of our own, written as the reader takes it. Called on a thread of
    /// the runtime.
    pub(crate) fn export(export: EntryExport, name: &str, now: DateTime) -> Self {
        let folder = name.to_owned();
        let (pieces, taken) = mpsc::channel(PIECES_MAX);
        tokio::task::spawn_blocking(move || {
            let mut to = BufWriter::with_capacity(PIECE_BYTES, Pieces(pieces.clone()));
            let written = archive(export, &folder, now, &mut to).and_then(|()| to.flush());
            // A reader who leaves ends it too, and wants no answer.
            if let Err(error) = written
                && !pieces.is_closed()
            {
                tracing::error!(%error, "an export ended early");
                drop(pieces.blocking_send(Err(std::io::Error::other("the archive ended early"))));
            }
        });
        let named = HeaderValue::from_str(&format!("attachment; filename=\"{name}.zip\""));
        Self::from(Body::from_stream(ReceiverStream::new(taken)).into_response())
            .with_header(CONTENT_TYPE, HeaderValue::from_static("application/zip"))
            .with_header(CONTENT_DISPOSITION, named.unwrap_or(HeaderValue::from_static("attachment")))
    }

    /// The answer, and the entry to wait for.
    pub(crate) fn into_parts(self) -> (Response, Option<Index>) {
        (self.response, self.wrote)
    }
}

/// Hands what is written over, piece by piece.
struct Pieces(mpsc::Sender<std::io::Result<Vec<u8>>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let sent = self.0.blocking_send(Ok(bytes.to_vec()));
        sent.map(|()| bytes.len()).map_err(|_| std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn archive(export: EntryExport, folder: &str, now: DateTime, to: impl Write) -> std::io::Result<()> {
    let at = zip_time(now);
    let file = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let file = at.map_or(file, |at| file.last_modified_time(at));
    let mut zip = ZipWriter::new_stream(to);
    for (name, bytes) in &export.files {
        zip.start_file(format!("{folder}/{name}"), file)?;
        zip.write_all(bytes)?;
    }
    if let Some((name, mut content)) = export.attachment {
        // How long it is is known at its end, and it may be longer than the short form can say.
        zip.start_file(format!("{folder}/{name}"), file.large_file(true))?;
        while let Some(piece) = content.read().map_err(std::io::Error::other)? {
            zip.write_all(&piece)?;
        }
    }
    zip.finish()?;
    Ok(())
}

/// A moment as archives have it; none before 1980.
fn zip_time(at: DateTime) -> Option<zip::DateTime> {
    let [month, day, hour, minute, second] =
        [at.month(), at.day(), at.hour(), at.minute(), at.second()].map(|part| u8::try_from(part).ok());
    let year = u16::try_from(at.year()).ok()?;
    zip::DateTime::from_date_and_time(year, month?, day?, hour?, minute?, second?).ok()
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self { response, wrote: None }
    }
}

/// The type under which a browser may show a file; none for what is only saved.
fn shown_as(mime: Option<&str>) -> Option<&'static str> {
    let plain = mime?.split(';').next()?.trim();
    SHOWN.iter().copied().find(|shown| shown.eq_ignore_ascii_case(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_sounds_and_films_are_shown_and_the_rest_is_saved() {
        let cases = [
            (Some("image/jpeg"), Some("image/jpeg")),
            (Some("Audio/OGG; codecs=opus"), Some("audio/ogg")),
            (Some("image/svg+xml"), None),
            (Some("text/html"), None),
            (Some("application/pdf"), None),
            (Some(""), None),
            (None, None),
        ];
        for (mime, wanted) in cases {
            assert_eq!(shown_as(mime), wanted, "{mime:?}");
        }
    }

    #[test]
    fn a_reply_remembers_what_was_written() {
        let (response, wrote) = Reply::to("/alerts").wrote(Index(7)).into_parts();
        assert_eq!((response.status(), wrote), (StatusCode::SEE_OTHER, Some(Index(7))));
    }
}
