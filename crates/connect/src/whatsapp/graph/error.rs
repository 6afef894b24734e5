//! What can go wrong with a call to the Graph API, and what to do about it.

use aboveboard_model::connection::Why;
use serde::Deserialize;

/// What to do after a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The token or a permission is wrong: an operator must act; it is tried again slowly.
    Auth,
    /// Too many calls: back off.
    Throttle,
    /// A passing fault: try again soon.
    Retry,
    /// Trying again would fail again: record and show it.
    Never,
    /// What was asked for is not there any more: record its loss.
    Gone,
}

/// A call that failed. Holds codes only: no content, no address, no token.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// The base address is of no use.
    #[error("the Graph API's base must be https to a public host, or http on loopback")]
    Base,
    /// The client could not be made.
    #[error("the TLS client could not be set up")]
    Setup,
    /// An id that would change the request's path.
    #[error("not an id of the Graph API: letters, digits, - and _ only")]
    Id,
    /// The API answered with an error.
    #[error("the Graph API answered {status}, code {code:?}, subcode {subcode:?}, trace {trace:?}")]
    Answer {
        /// The HTTP status.
        status: u16,
        /// Meta's code.
        code: Option<i64>,
        /// Meta's subcode.
        subcode: Option<i64>,
        /// Meta's trace id, for its support.
        trace: Option<String>,
    },
    /// The file's address, asked for twice, was not there.
    #[error("the address that was given for a file is not there: {status}")]
    File {
        /// The HTTP status of the second address.
        status: u16,
    },
    /// The request or its answer broke off.
    #[error("the connection failed: {stage}")]
    Connection {
        /// Where it broke off.
        stage: &'static str,
    },
    /// It took too long.
    #[error("the call took too long")]
    Time,
    /// The answer is not what the documentation says, or too long.
    #[error("the answer could not be read")]
    Unreadable,
    /// The API named an address on a host that it has no business to name.
    #[error("the address that was given for a file is on a host that is not allowed")]
    Host,
    /// A file is larger than allowed.
    #[error("the file is larger than {bytes_max} bytes")]
    Size {
        /// The limit.
        bytes_max: u64,
    },
    /// A file has other bytes than its message said. Discard what was written.
    #[error("the file's SHA-256 is not the one that was declared")]
    Hash,
    /// What was read could not be written.
    #[error("the file could not be written")]
    Write(#[source] std::io::Error),
}

impl GraphError {
    /// Why, as far as an administrator can mend it. Codes as Meta's error reference lists them.
    pub fn why(&self) -> Why {
        const EXPIRED: i64 = 463;
        match self {
            GraphError::Answer { code: Some(190), subcode: Some(EXPIRED), .. } => Why::TokenExpired,
            GraphError::Answer { code: Some(0 | 190), .. } => Why::TokenInvalid,
            GraphError::Answer { code: Some(3 | 10 | 200..=299), .. } => Why::Permission,
            GraphError::Answer { code: Some(100 | 33 | 803), .. } | GraphError::Id => Why::WrongId,
            GraphError::Answer { code: Some(2_200), .. } => Why::Handshake,
            GraphError::Answer { code: Some(2_593_107 | 2_593_108), .. } => Why::TooLate,
            GraphError::Base | GraphError::Host => Why::Address,
            GraphError::Connection { .. } | GraphError::Time => Why::Unreachable,
            other => match other.class() {
                Class::Auth => Why::TokenInvalid,
                Class::Throttle => Why::Throttled,
                Class::Retry => Why::Unreachable,
                Class::Never | Class::Gone => Why::Other,
            },
        }
    }

    /// The platform's code and its trace id, where it gave them.
    pub fn quoted(&self) -> (Option<i64>, Option<String>) {
        match self {
            GraphError::Answer { code, trace, .. } => (*code, trace.clone()),
            _ => (None, None),
        }
    }

    /// What to do next.
    pub fn class(&self) -> Class {
        match self {
            GraphError::Answer { status, code, subcode, .. } => class_of(*status, *code, *subcode),
            GraphError::File { status: 401 | 403 } => Class::Auth,
            GraphError::File { status: 429 } => Class::Throttle,
            GraphError::Base
            | GraphError::Setup
            | GraphError::Id
            | GraphError::Host
            | GraphError::Size { .. } => Class::Never,
            GraphError::File { .. }
            | GraphError::Connection { .. }
            | GraphError::Time
            | GraphError::Unreadable
            | GraphError::Hash
            | GraphError::Write(_) => Class::Retry,
        }
    }
}

/// The class by Meta's code and, where there is none, by the HTTP status. Codes as Meta's error reference groups them.
pub(super) fn class_of(status: u16, code: Option<i64>, subcode: Option<i64>) -> Class {
    /// With code 100: the object does not exist, or cannot be seen.
    const NOT_THERE: i64 = 33;
    match (code, subcode) {
        (Some(100), Some(NOT_THERE)) | (Some(NOT_THERE), _) => Class::Gone,
        (Some(0 | 3 | 10 | 190 | 200..=299), _) => Class::Auth,
        (Some(4 | 80_007 | 130_429 | 131_048 | 131_056), _) => Class::Throttle,
        (Some(1 | 2 | 131_000 | 131_016 | 131_057 | 133_004), _) => Class::Retry,
        (Some(_), _) if status < 500 && status != 429 => Class::Never,
        _ => match status {
            401 | 403 => Class::Auth,
            404 | 410 => Class::Gone,
            429 => Class::Throttle,
            408 | 425 | 500.. => Class::Retry,
            _ => Class::Never,
        },
    }
}

/// An error from an answer's status and body.
pub(super) fn answer(status: u16, body: &[u8]) -> GraphError {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Envelope {
        error: Inner,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Inner {
        code: Option<i64>,
        error_subcode: Option<i64>,
        fbtrace_id: Option<String>,
    }
    let inner = serde_json::from_slice::<Envelope>(body).unwrap_or_default().error;
    let trace = inner.fbtrace_id.filter(|id| is_trace(id));
    GraphError::Answer { status, code: inner.code, subcode: inner.error_subcode, trace }
}

fn is_trace(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=64).contains(&id.len()) && id.bytes().all(plain)
}

/// An error of the connection. `reqwest` would print the address, which holds a key.
pub(super) fn transport(error: &reqwest::Error) -> GraphError {
    if error.is_timeout() {
        return GraphError::Time;
    }
    let stage = if error.is_connect() {
        "while connecting"
    } else if error.is_body() || error.is_decode() {
        "while reading"
    } else {
        "while asking"
    };
    GraphError::Connection { stage }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_administrator_is_told_what_can_be_mended() {
        let cases = [
            (190, Some(463), Why::TokenExpired),
            (190, Some(460), Why::TokenInvalid),
            (190, None, Why::TokenInvalid),
            (200, None, Why::Permission),
            (10, None, Why::Permission),
            (100, Some(33), Why::WrongId),
            (100, None, Why::WrongId),
            (2_200, None, Why::Handshake),
            (2_593_107, None, Why::TooLate),
            (4, None, Why::Throttled),
            (2, None, Why::Unreachable),
            (131_051, None, Why::Other),
        ];
        for (code, subcode, why) in cases {
            let error = GraphError::Answer { status: 400, code: Some(code), subcode, trace: None };
            assert_eq!(error.why(), why, "{code} {subcode:?}");
        }
        assert_eq!(GraphError::Base.why(), Why::Address);
        assert_eq!(GraphError::Time.why(), Why::Unreachable);
        assert_eq!(GraphError::Id.why(), Why::WrongId);
    }

    #[test]
    fn every_documented_code_has_its_class() {
        let groups: &[(Class, &[i64])] = &[
            (Class::Auth, &[0, 3, 10, 190, 200, 250, 299]),
            (Class::Throttle, &[4, 80_007, 130_429, 131_048, 131_056]),
            (Class::Retry, &[1, 2, 131_000, 131_016, 131_057, 133_004]),
            (Class::Gone, &[33]),
            (
                Class::Never,
                &[
                    100, 368, 131_008, 131_009, 131_021, 131_026, 131_030, 131_031, 131_037, 131_042,
                    131_045, 131_047, 131_049, 131_050, 131_051, 131_052, 131_053, 131_060, 131_062, 132_000,
                    132_015, 133_016, 2_593_107, 2_593_108, 2_593_109,
                ],
            ),
        ];
        for (class, codes) in groups {
            for code in *codes {
                assert_eq!(class_of(400, Some(*code), None), *class, "{code}");
            }
        }
    }

    #[test]
    fn without_a_code_the_http_status_decides() {
        for (status, class) in [
            (401, Class::Auth),
            (404, Class::Gone),
            (429, Class::Throttle),
            (500, Class::Retry),
            (503, Class::Retry),
            (302, Class::Never),
        ] {
            assert_eq!(answer(status, b"<html>").class(), class, "{status}");
        }
        assert_eq!(class_of(500, Some(999_999), None), Class::Retry);
        assert_eq!(class_of(400, Some(100), Some(33)), Class::Gone);
    }

    #[test]
    fn an_error_repeats_codes_and_nothing_else_of_the_answer() {
        let body = br#"{"error":{"message":"(#190) token EAAsecret of +5511988880000","code":190,"fbtrace_id":"A1b_2"}}"#;
        let shown = format!("{0} {0:?}", answer(401, body));
        assert!(shown.contains("190") && shown.contains("A1b_2"));
        assert!(!shown.contains("EAA") && !shown.contains("5511"));
        let odd = format!("{:?}", answer(400, br#"{"error":{"code":1,"fbtrace_id":"<b>x</b>"}}"#));
        assert!(!odd.contains("<b>"));
    }
}
