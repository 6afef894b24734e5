//! The account fields, their events, and the paths known in each.

/// The fields whose value is one event.
pub(in crate::whatsapp) const FIELDS: &[&str] = &[
    "account_update",
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "business_capability_update",
    "business_status_update",
    "business_username_update",
    "business_username_updates",
    "phone_number_username_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "message_template_status_update",
    "message_template_quality_update",
    "message_template_components_update",
    "template_category_update",
    "template_correct_category_detection",
    "flows",
    "payment_configuration_update",
    "partner_solutions",
];

/// The events of `account_update`.
pub(super) const UPDATE_EVENTS: &[&str] = &[
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
];

/// What any account value may have.
pub(super) const COMMON: &[&str] = &[
    "messaging_product",
    "metadata.display_phone_number",
    "metadata.phone_number_id",
    "event",
    "timestamp",
    "field",
    "object",
];

/// The paths known in one field.
pub(super) fn of(field: &str) -> &'static [&'static str] {
    match field {
        "account_update" => UPDATE,
        "account_alerts" => ALERTS,
        "account_review_update" => &["decision"],
        "account_settings_update" => &["type", "phone_number_settings.*"],
        "business_capability_update" => CAPABILITY,
        "business_status_update" => &["business_id", "waba_info.*"],
        "business_username_update" | "business_username_updates" | "phone_number_username_update" => USERNAME,
        "phone_number_name_update" => NAME,
        "phone_number_quality_update" => QUALITY,
        "security" => &["display_phone_number", "requester"],
        "flows" => FLOWS,
        "payment_configuration_update" => PAYMENT,
        "partner_solutions" => &["solution_id", "solution_status"],
        _ => TEMPLATE,
    }
}

const UPDATE: &[&str] = &[
    "phone_number",
    "country",
    "waba_info.waba_id",
    "waba_info.owner_business_id",
    "waba_info.partner_app_id",
    "waba_info.solution_id",
    "waba_info.solution_partner_business_ids[]",
    "waba_info.ad_account_linked",
    "restriction_info[].restriction_type",
    "restriction_info[].expiration",
    "restriction_info[].remediation",
    "violation_info.violation_type",
    "violation_info.remediation",
    "ban_info.waba_ban_state",
    "ban_info.waba_ban_state[]",
    "ban_info.waba_ban_date",
    "disconnection_info.reason",
    "disconnection_info.initiated_by",
    "auth_international_rate_eligibility.*",
    "partner_client_certification_info.*",
    "volume_tier_info.*",
];

const ALERTS: &[&str] = &[
    "entity_type",
    "entity_id",
    "alert_info.alert_severity",
    "alert_info.alert_status",
    "alert_info.alert_type",
    "alert_info.alert_description",
];

const CAPABILITY: &[&str] = &[
    "max_daily_conversation_per_phone",
    "max_daily_conversations_per_business",
    "max_phone_numbers_per_business",
    "max_phone_numbers_per_waba",
];

const USERNAME: &[&str] =
    &["display_phone_number", "username", "status", "decision", "requested_username", "rejection_reasons[]"];

const NAME: &[&str] = &["display_phone_number", "decision", "requested_verified_name", "rejection_reason"];

const QUALITY: &[&str] =
    &["display_phone_number", "current_limit", "old_limit", "max_daily_conversations_per_business"];

const FLOWS: &[&str] = &[
    "flow_id",
    "message",
    "old_status",
    "new_status",
    "warning",
    "alert_state",
    "error_rate",
    "threshold",
    "errors[].*",
    "p50_latency",
    "p90_latency",
    "requests_count",
    "availability",
];

const PAYMENT: &[&str] = &[
    "configuration_name",
    "provider_mid",
    "provider_name",
    "status",
    "created_timestamp",
    "updated_timestamp",
];

const TEMPLATE: &[&str] = &[
    "message_template_id",
    "message_template_name",
    "message_template_language",
    "message_template_category",
    "reason",
    "disable_info.*",
    "other_info.*",
    "rejection_info.*",
    "previous_quality_score",
    "new_quality_score",
    "message_template_element",
    "message_template_title",
    "message_template_footer",
    "message_template_buttons[].message_template_button_type",
    "message_template_buttons[].message_template_button_text",
    "message_template_buttons[].message_template_button_url",
    "message_template_buttons[].message_template_button_phone_number",
    "previous_category",
    "new_category",
    "correct_category",
    "category_update_timestamp",
];
