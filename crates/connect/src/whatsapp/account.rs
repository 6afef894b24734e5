//! Events of the account, its numbers, templates and settings, and what each means for capture.

mod fields;

use aboveboard_model::item::{AccountEffect, Body, Number};

use super::{
    json::{Json, Object},
    party::{self, digits},
    paths,
    reading::{NAME_CHARS_MAX, Reading, cut, details_but, instant, timestamp},
    value::Scene,
};

pub(super) use fields::FIELDS;

/// Whether a value that came without a field's name is an `account_update`.
pub(super) fn is_update(value: &Object<'_>) -> bool {
    let event = value.text("event").unwrap_or_default();
    fields::UPDATE_EVENTS.contains(&&*event)
}

/// Reads the value of an account field as a whole.
pub(super) fn read(scene: &Scene<'_>, field: &str, json: Json<'_>, value: &Object<'_>) -> Reading {
    let field = if field.is_empty() { "account_update" } else { field };
    let event = value.text("event").or_else(|| value.text_of(&["decision", "type", "status"]));
    let body = Body::Account {
        field: field.to_owned(),
        effect: effect(field, value),
        event: event.map(|event| cut(&event, NAME_CHARS_MAX)),
        details: details_but(value, &["event", "messaging_product", "field", "object"]),
    };
    let at = timestamp(value).or_else(|| scene.entry_time.and_then(instant));
    let unknown = paths::unknown(json, &[fields::COMMON, fields::of(field)]);
    Reading { number: Some(number(scene, field, value)), ..Reading::of(at, body, unknown) }
}

/// The number that an event concerns. `waba_info` names the account; the entry's id is then, as always for
/// `partner_solutions`, that of a business portfolio.
fn number(scene: &Scene<'_>, field: &str, value: &Object<'_>) -> Number {
    let waba_info = value.object("waba_info");
    let mut number = party::number(scene.entry_id, value.get("metadata"));
    if field == "partner_solutions" || (field == "account_update" && waba_info.is_some()) {
        number.account = waba_info.and_then(|info| info.text("waba_id")).map(|id| cut(&id, NAME_CHARS_MAX));
    }
    let settings =
        value.object("phone_number_settings").and_then(|settings| settings.text("phone_number_id"));
    number.id = number.id.or(settings.map(|id| cut(&id, NAME_CHARS_MAX)));
    let shown = value.text_of(&["display_phone_number", "phone_number"]);
    number.display =
        number.display.or(shown.map(|text| digits(&text).unwrap_or_else(|| cut(&text, NAME_CHARS_MAX))));
    number
}

fn effect(field: &str, value: &Object<'_>) -> AccountEffect {
    let event = value.text("event").unwrap_or_default();
    match (field, &*event) {
        ("security", _) => AccountEffect::Takeover,
        ("account_update", "DISABLED_UPDATE") => ban(value),
        (
            "account_update",
            "ACCOUNT_DELETED" | "ACCOUNT_OFFBOARDED" | "PARTNER_REMOVED" | "PARTNER_APP_UNINSTALLED",
        ) => AccountEffect::GapBegins,
        ("account_update", "ACCOUNT_RECONNECTED" | "PARTNER_ADDED" | "PARTNER_APP_INSTALLED") => {
            AccountEffect::GapEnds
        }
        _ => AccountEffect::None,
    }
}

/// `DISABLE`, `REINSTATE`, or a warning that leaves things as they are.
fn ban(value: &Object<'_>) -> AccountEffect {
    let info = value.object("ban_info");
    let states = info.map(|info| info.elements("waba_ban_state")).unwrap_or_default();
    match states.last().and_then(|state| state.text()).unwrap_or_default().as_str() {
        "DISABLE" => AccountEffect::GapBegins,
        "REINSTATE" => AccountEffect::GapEnds,
        _ => AccountEffect::None,
    }
}

/// Reads an element of `user_actions`: somebody clicked in a marketing message. It names nobody.
pub(super) fn user_action(scene: &Scene<'_>, json: Json<'_>) -> Reading {
    event(scene, json, "user_actions", "action_type", paths::USER_ACTION)
}

/// Reads an element of `automatic_events`: a lead or a purchase that Meta saw in a thread.
pub(super) fn automatic_event(scene: &Scene<'_>, json: Json<'_>) -> Reading {
    event(scene, json, "automatic_events", "event_name", paths::AUTOMATIC_EVENT)
}

fn event(scene: &Scene<'_>, json: Json<'_>, field: &str, name: &str, table: &[&str]) -> Reading {
    let object = json.object();
    let named = object.as_ref().and_then(|object| Some((object, object.text(name)?)));
    let Some((object, event)) = named else {
        return Reading::unknown(scene.field(), "an event without a name");
    };
    let body = Body::Account {
        field: field.to_owned(),
        event: Some(cut(&event, NAME_CHARS_MAX)),
        effect: AccountEffect::None,
        details: details_but(object, &[name, "timestamp"]),
    };
    Reading::of(timestamp(object), body, paths::unknown(json, &[table]))
}
