//! What a page answers with.

use std::{
    cell::Cell,
    io::{BufWriter, Write},
    time::Duration,
};

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
use tokio::{
    runtime::Handle,
    sync::{
        OwnedSemaphorePermit,
        mpsc::{self, error::SendTimeoutError},
    },
};
use tokio_stream::wrappers::ReceiverStream;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Pieces of a media file that wait for a slow reader.
const PIECES_MAX: usize = 2;
/// How long an archive waits for a reader that takes nothing.
const STALL_SECONDS_MAX: Duration = Duration::from_secs(60);
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

    /// What the API says.
    pub(crate) fn json(status: StatusCode, body: &impl serde::Serialize) -> Self {
        let json = HeaderValue::from_static("application/json");
        match serde_json::to_vec(body) {
            Ok(bytes) => Self::from((status, bytes).into_response()).with_header(CONTENT_TYPE, json),
            Err(_) => Self::from(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        }
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
    pub(crate) fn media(media: MediaStream) -> Self {
        let shown = shown_as(media.mime.as_deref());
        let length = HeaderValue::from(media.size_bytes);
        let body = as_it_is_taken(media, |media| {
            media.read().map_err(|error| {
                tracing::error!(%error, "a media file ended early");
                std::io::Error::other("the file ended early")
            })
        });
        let reply = Self::from(body.into_response())
            .with_header(CONTENT_LENGTH, length)
            .with_header(CONTENT_TYPE, HeaderValue::from_static(shown.unwrap_or("application/octet-stream")));
        match shown {
            Some(_) => reply,
            None => reply.with_header(CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
        }
    }

    /// An entry's export as an archive with one folder of a name of our own, written as the reader takes it, who may not keep it
    /// waiting for long. Holds `turn` until the end. Called on a thread of the runtime.
    pub(crate) fn export(export: EntryExport, turn: OwnedSemaphorePermit, name: &str, now: DateTime) -> Self {
        let folder = name.to_owned();
        let (pieces, taken) = mpsc::channel(PIECES_MAX);
        let runtime = Handle::current();
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let pieces = Pieces::new(pieces, runtime, STALL_SECONDS_MAX);
            let mut to = BufWriter::with_capacity(PIECE_BYTES, &pieces);
            let written = archive(export, &folder, now, &mut to).and_then(|()| to.flush());
            drop(to);
            // A reader who leaves ends it too, and wants no answer.
            if let Err(error) = written
                && !pieces.to.is_closed()
            {
                tracing::error!(%error, "an export ended early");
                drop(pieces.hand_over(Err(std::io::Error::other("the archive ended early"))));
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

/// Reads a piece whenever there is room for one: a reader that takes nothing holds no thread.
fn as_it_is_taken<T: Send + 'static>(
    mut from: T,
    read: fn(&mut T) -> std::io::Result<Option<Vec<u8>>>,
) -> Body {
    let (pieces, taken) = mpsc::channel(PIECES_MAX);
    tokio::spawn(async move {
        while let Ok(room) = pieces.reserve().await {
            let piece = tokio::task::spawn_blocking(move || (read(&mut from), from)).await;
            let Ok((piece, rest)) = piece else { return };
            from = rest;
            match piece.transpose() {
                None => return,
                Some(piece) => {
                    let last = piece.is_err();
                    room.send(piece);
                    if last {
                        return;
                    }
                }
            }
        }
    });
    Body::from_stream(ReceiverStream::new(taken))
}

/// Hands what is written over, piece by piece.
struct Pieces {
    to: mpsc::Sender<std::io::Result<Vec<u8>>>,
    runtime: Handle,
    /// How long is waited for a reader that takes nothing.
    stall: Duration,
    given_up: Cell<bool>,
}

impl Pieces {
    fn new(to: mpsc::Sender<std::io::Result<Vec<u8>>>, runtime: Handle, stall: Duration) -> Self {
        Self { to, runtime, stall, given_up: Cell::new(false) }
    }

    fn hand_over(&self, piece: std::io::Result<Vec<u8>>) -> std::io::Result<()> {
        match self.runtime.block_on(self.to.send_timeout(piece, self.stall)) {
            Ok(()) => Ok(()),
            Err(SendTimeoutError::Timeout(_)) => Err(std::io::ErrorKind::TimedOut.into()),
            Err(SendTimeoutError::Closed(_)) => Err(std::io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Write for &Pieces {
    /// Fails once: what is written after that is for nobody, and the archive complains on standard error where it cannot end.
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if !self.given_up.get() {
            let handed_over = self.hand_over(Ok(bytes.to_vec()));
            self.given_up.set(handed_over.is_err());
            handed_over?;
        }
        Ok(bytes.len())
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
    use axum::body::to_bytes;
    use tokio::{
        runtime::{Builder, Runtime},
        time::timeout,
    };

    use super::*;

    /// Long enough for a busy machine.
    const PATIENCE: Duration = Duration::from_secs(20);

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

    /// Counts down, a byte a piece.
    fn countdown(left: &mut u8) -> std::io::Result<Option<Vec<u8>>> {
        *left -= 1;
        Ok((*left > 0).then(|| vec![*left]))
    }

    fn one_blocking_thread() -> Runtime {
        Builder::new_multi_thread().worker_threads(1).max_blocking_threads(1).enable_all().build().unwrap()
    }

    #[test]
    fn a_file_is_read_as_it_is_taken_and_who_takes_nothing_holds_no_thread() {
        one_blocking_thread().block_on(async {
            let idle: Vec<Body> = (0..9).map(|_| as_it_is_taken(u8::MAX, countdown)).collect();
            let body = as_it_is_taken(5, countdown);
            let taken = timeout(PATIENCE, to_bytes(body, 100)).await.expect("a thread is free").unwrap();
            assert_eq!(taken.as_ref(), [4, 3, 2, 1]);
            drop(idle);
        });
    }

    #[test]
    fn what_cannot_be_read_ends_the_answer_with_an_error() {
        one_blocking_thread().block_on(async {
            let body = as_it_is_taken((), |()| Err(std::io::Error::other("damaged")));
            assert!(timeout(PATIENCE, to_bytes(body, 100)).await.expect("it ends").is_err());
        });
    }

    #[test]
    fn an_archive_does_not_wait_for_ever_for_who_takes_nothing() {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (to, _never_taken) = mpsc::channel(PIECES_MAX);
        let pieces = Pieces::new(to, runtime.handle().clone(), Duration::from_millis(50));
        let mut results = (0..=PIECES_MAX).map(|_| (&pieces).write(b"abc"));
        assert!(results.by_ref().take(PIECES_MAX).all(|written| written.is_ok_and(|bytes| bytes == 3)));
        assert_eq!(results.next().unwrap().unwrap_err().kind(), std::io::ErrorKind::TimedOut);
        assert_eq!((&pieces).write(b"for nobody").unwrap(), 10);
    }

    #[test]
    fn a_reply_remembers_what_was_written() {
        let (response, wrote) = Reply::to("/alerts").wrote(Index(7)).into_parts();
        assert_eq!((response.status(), wrote), (StatusCode::SEE_OTHER, Some(Index(7))));
    }
}
