//! Every field, type, shape and trap that the reference documents has a golden case.

use std::collections::BTreeSet;

use aboveboard_connect::whatsapp::extract;
use serde_json::Value;

use super::golden::cases;

/// What is documented: field, member, and the kinds seen there.
const DOCUMENTED: &[(&str, &str, &[&str])] = &[
    (
        "messages",
        "messages",
        &[
            "text",
            "image",
            "video",
            "document",
            "audio",
            "voice",
            "sticker",
            "location",
            "contacts",
            "reaction",
            "interactive",
            "interactive.button_reply",
            "interactive.list_reply",
            "interactive.nfm_reply",
            "interactive.call_permission_reply",
            "interactive.payment_method",
            "interactive.product",
            "button",
            "order",
            "system.user_changed_number",
            "system.customer_changed_number",
            "system.customer_identity_changed",
            "system.user_changed_user_id",
            "unsupported",
            "edit",
            "revoke",
            "unknown",
            "request_welcome",
            "ephemeral",
            "",
        ],
    ),
    (
        "messages",
        "statuses",
        &["sent", "delivered", "read", "failed", "played", "deleted", "warning", "captured"],
    ),
    ("messages", "errors", &[""]),
    ("messages", "conversation_context", &["summary"]),
    ("messages", "user_actions", &["marketing_messages_link_click", "landing_page_view"]),
    ("messages", "contacts", &[""]),
    ("messages", "calls", &["CALL_CONNECT"]),
    ("smb_message_echoes", "message_echoes", &["text", "image", "edit", "revoke", "reaction", "unsupported"]),
    ("history", "history", &[""]),
    ("history", "messages", &["text", "image", "media_placeholder"]),
    ("history", "message_echoes", &["document"]),
    ("history", "threads", &[""]),
    ("smb_app_state_sync", "state_sync", &["contact add", "contact remove"]),
    (
        "calls",
        "calls",
        &["connect", "terminate", "call_created", "call_recording_available", "call_transcription_available"],
    ),
    ("calls", "statuses", &["RINGING", "ACCEPTED", "REJECTED"]),
    ("calls", "errors", &[""]),
    ("group_lifecycle_update", "groups", &["group_create", "group_delete"]),
    (
        "group_participants_update",
        "groups",
        &[
            "group_participants_add",
            "group_participants_remove",
            "group_join_request_created",
            "group_join_request_revoked",
            "group_create",
        ],
    ),
    ("group_settings_update", "groups", &["group_settings_update"]),
    ("group_status_update", "groups", &["group_suspend", "group_suspend_cleared"]),
    ("standby", "messages", &["text"]),
    ("standby", "message_echoes", &["text", "template", "interactive", "image", "document", "reaction"]),
    ("standby", "statuses", &["delivered"]),
    ("messaging_handovers", "value", &["control_passed", "control_taken", "control_shared"]),
    (
        "account_update",
        "value",
        &[
            "ACCOUNT_DELETED",
            "ACCOUNT_OFFBOARDED",
            "ACCOUNT_RECONNECTED",
            "ACCOUNT_RESTRICTION",
            "ACCOUNT_VIOLATION",
            "AD_ACCOUNT_LINKED",
            "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE",
            "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE",
            "DISABLED_UPDATE",
            "MM_LITE_TERMS_SIGNED",
            "PARTNER_ADDED",
            "PARTNER_APP_INSTALLED",
            "PARTNER_APP_UNINSTALLED",
            "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE",
            "PARTNER_REMOVED",
            "VERIFIED_ACCOUNT",
            "VOLUME_BASED_PRICING_TIER_UPDATE",
        ],
    ),
    ("account_alerts", "value", &[""]),
    ("account_review_update", "value", &[""]),
    ("account_settings_update", "value", &["phone_number_settings"]),
    ("business_capability_update", "value", &[""]),
    ("business_username_update", "value", &["approved"]),
    ("business_username_updates", "value", &["approved"]),
    ("phone_number_username_update", "value", &[""]),
    ("phone_number_name_update", "value", &[""]),
    ("phone_number_quality_update", "value", &["DOWNGRADE", "THROUGHPUT_UPGRADE"]),
    ("security", "value", &["PIN_CHANGED", "PIN_RESET_REQUEST", "PIN_REQUEST_SUCCESS"]),
    (
        "message_template_status_update",
        "value",
        &[
            "APPROVED",
            "ARCHIVED",
            "DELETED",
            "DISABLED",
            "FLAGGED",
            "IN_APPEAL",
            "LIMIT_EXCEEDED",
            "LOCKED",
            "PAUSED",
            "PENDING",
            "PENDING_DELETION",
            "REINSTATED",
            "REJECTED",
        ],
    ),
    ("message_template_quality_update", "value", &[""]),
    ("message_template_components_update", "value", &[""]),
    ("template_category_update", "value", &[""]),
    ("template_correct_category_detection", "value", &[""]),
    ("user_preferences", "user_preferences", &["stop", "resume", "signup"]),
    (
        "flows",
        "value",
        &[
            "FLOW_STATUS_CHANGE",
            "CLIENT_ERROR_RATE",
            "ENDPOINT_ERROR_RATE",
            "ENDPOINT_LATENCY",
            "ENDPOINT_AVAILABILITY",
            "FLOW_VERSION_EXPIRY_WARNING",
        ],
    ),
    ("automatic_events", "automatic_events", &["LeadSubmitted", "Purchase"]),
    ("payment_configuration_update", "value", &["Needs Testing"]),
    ("partner_solutions", "value", &["SOLUTION_CREATED"]),
    ("user_id_update", "user_id_update", &[""]),
];

/// Cases that stand for a shape or a trap of the reference, by its number in section 14 where it has one.
const SHAPES_AND_TRAPS: &[(&str, &str)] = &[
    ("field inside value", "envelope/field-inside-value"),
    ("object inside entry", "envelope/object-inside-entry"),
    ("template quality labelled as status", "message_template_status_update/quality-by-a-wrong-name"),
    ("a flat body", "envelope/flat-body"),
    ("entry is not a list", "envelope/entry-not-a-list"),
    ("entry is not even an object", "envelope/entry-is-text"),
    ("timestamps as numbers", "messages/timestamp-as-number"),
    ("ids as numbers", "messages/id-as-number"),
    ("ids of the envelope as numbers", "envelope/ids-and-times-as-numbers"),
    ("an empty phone", "messages/by-user-id-with-empty-phone"),
    ("not JSON", "envelope/not-json"),
    ("trap 1, more than the first", "messages/batch-of-everything"),
    ("trap 2, a status beside messages", "messages/batch-of-everything"),
    ("trap 4, the same twice", "messages/the-same-twice"),
    ("trap 6, a call's id on a message", "messages/voicemail-with-call-id"),
    ("trap 6, a copy in standby", "standby/message"),
    ("trap 6, a status per participant", "messages/status-group-per-participant"),
    ("trap 8, errors beside media", "messages/image-with-errors"),
    ("trap 9, unsupported", "messages/unsupported-without-object"),
    ("trap 10, echoes", "smb_message_echoes/text"),
    ("trap 11, disconnection", "account_update/partner-removed"),
    ("trap 12, media without id", "history/media-placeholder"),
    ("trap 13, nobody's phone", "messages/by-user-id-without-phone"),
    ("trap 14, one level deeper", "standby/echo-text"),
    ("trap 15, escapes", "messages/escapes"),
    ("trap 16, a reply to an unknown original", "messages/reply-to-an-unknown-original"),
    ("trap 17, new members", "messages/new-members"),
    ("trap 17, a new type", "messages/new-type"),
    ("trap 17, a new field", "envelope/unknown-field"),
    ("trap 18, a portfolio's id", "account_update/partner-added"),
    ("contacts in another order", "messages/contacts-out-of-order"),
];

#[test]
fn every_documented_field_and_type_has_a_golden_case() {
    let mut seen: BTreeSet<(String, String, String)> = BTreeSet::new();
    for case in cases() {
        for extracted in extract(&case.body).items {
            let Ok(raw) = serde_json::from_slice::<Value>(&lossless(&extracted.raw)) else { continue };
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            for kind in kinds(&raw["item"]) {
                seen.insert((text(&raw["field"]), text(&raw["member"]), kind));
            }
        }
    }
    for (field, member, kinds) in DOCUMENTED {
        for kind in *kinds {
            let wanted = ((*field).to_owned(), (*member).to_owned(), (*kind).to_owned());
            assert!(seen.contains(&wanted), "no golden case has {wanted:?}");
        }
    }
}

/// `Value` takes neither lone surrogates nor numbers beyond its range.
fn lossless(raw: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(raw).replace("\\ud800", "").replace("1e999", "1").into_bytes()
}

/// The words by which an item's kind goes: always the empty one, so that a field without kinds is found too.
fn kinds(item: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kind = text(&item["type"]);
    let sent = text(&item["message"]["type"]);
    let mut found = vec![String::new(), kind.clone(), sent];
    for name in ["event", "status", "action_type", "event_name", "value"] {
        found.push(text(&item[name]));
    }
    if kind == "interactive" || kind == "system" {
        found.push(format!("{kind}.{}", text(&item[&kind]["type"])));
    }
    found.push(format!("{kind} {}", text(&item["action"])));
    found
}

#[test]
fn every_shape_and_trap_has_a_golden_case() {
    let names: BTreeSet<String> = cases().into_iter().map(|case| case.name).collect();
    for (what, case) in SHAPES_AND_TRAPS {
        assert!(names.contains(*case), "no golden case for {what}: {case}");
    }
}
