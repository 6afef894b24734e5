//! Graph's error envelope.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// An error as Graph answers it, with its documented code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphError {
    /// The HTTP status.
    pub status: u16,
    /// Graph's code, such as 131047.
    pub code: u32,
    /// Graph's subcode, where there is one.
    pub subcode: Option<u32>,
    /// Graph's class of error.
    pub kind: &'static str,
    /// The code's title.
    pub title: &'static str,
    /// What exactly.
    pub details: String,
}

impl GraphError {
    fn new(status: u16, code: u32, title: &'static str, details: impl Into<String>) -> Self {
        Self { status, code, subcode: None, kind: "OAuthException", title, details: details.into() }
    }

    pub(super) fn invalid(details: impl Into<String>) -> Self {
        Self::new(400, 100, "Invalid parameter", details)
    }

    pub(super) fn missing(name: &str) -> Self {
        Self::new(400, 131_008, "Required parameter is missing", format!("The parameter {name} is required."))
    }

    pub(super) fn unsupported_kind(kind: &str) -> Self {
        Self::new(400, 131_051, "Unsupported message type", format!("{kind} is not a message type."))
    }

    pub(super) fn unknown_object(id: &str) -> Self {
        let details = format!(
            "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, \
             or does not support this operation"
        );
        Self {
            kind: "GraphMethodException",
            subcode: Some(33),
            ..Self::new(400, 100, "Invalid parameter", details)
        }
    }

    pub(super) fn unknown_path() -> Self {
        Self::new(404, 2500, "Unknown path components", "Unknown path components")
    }

    pub(super) fn invalid_token() -> Self {
        Self::new(
            401,
            190,
            "Invalid OAuth access token",
            "Invalid OAuth access token - Cannot parse access token",
        )
    }

    pub(super) fn expired_token() -> Self {
        let details = "Error validating access token: Session has expired.";
        Self { subcode: Some(463), ..Self::new(401, 190, "Invalid OAuth access token", details) }
    }

    pub(super) fn permission() -> Self {
        let details = "The access token lacks the permission whatsapp_business_management.";
        Self::new(403, 200, "Permissions error", details)
    }

    pub(super) fn app_token_needed() -> Self {
        let details = "This method must be called with an app access_token.";
        Self::new(400, 15, "This method must be called with an app access_token.", details)
    }

    pub(super) fn callback(problem: &str) -> Self {
        let details = format!("Callback verification failed with the following errors: {problem}");
        Self::new(400, 2_200, "Callback verification failed", details)
    }

    pub(super) fn no_token() -> Self {
        let details = "An active access token must be used to query information about the current user.";
        Self::new(401, 190, "Authentication error", details)
    }

    pub(super) fn outside_window() -> Self {
        let details = "Message failed to send because more than 24 hours have passed since the customer last replied to \
                       this number.";
        Self::new(400, 131_047, "Re-engagement message", details)
    }

    pub(super) fn pair_rate() -> Self {
        let details = "Message failed to send because there were too many messages sent from this phone number to the \
                       same phone number in a short period of time.";
        Self::new(400, 131_056, "(Business Account, Consumer Account) pair rate limit hit", details)
    }

    pub(super) fn throughput() -> Self {
        let details = "Message failed to send because there were too many messages sent from this phone number in a \
                       short period of time.";
        Self::new(400, 130_429, "Rate limit hit", details)
    }

    pub(super) fn synchronised_before() -> Self {
        Self::new(
            400,
            2_593_107,
            "Synchronization request limit exceeded",
            "This can only be requested once.",
        )
    }

    pub(super) fn media_gone() -> Self {
        Self::new(404, 131_052, "Media download error", "The media url has expired or does not exist.")
    }
}

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut body = json!({"error": {
            "message": format!("(#{}) {}", self.code, self.title),
            "type": self.kind,
            "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
            "fbtrace_id": "AboveboardStandIn0000",
        }});
        if let Some(subcode) = self.subcode {
            body["error"]["error_subcode"] = subcode.into();
        }
        (status, Json(body)).into_response()
    }
}
