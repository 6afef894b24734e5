//! What a page answers with.

use aboveboard_ledger::MediaStream;
use aboveboard_model::id::Index;
use axum::{
    body::Body,
    response::{Html, IntoResponse, Redirect, Response},
};
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE},
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Pieces of a media file that wait for a slow reader.
const PIECES_MAX: usize = 2;
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

    /// The answer, and the entry to wait for.
    pub(crate) fn into_parts(self) -> (Response, Option<Index>) {
        (self.response, self.wrote)
    }
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
