//! One `[[example]]` of a policy's text.

use aboveboard_model::{document::Zone, item::Direction};
use toml::de::DeValue;

use crate::{
    policy::{Example, Expect, Facts},
    source::{Notes, Table, Value, WORD_BYTES_MAX, wrong_type},
};

/// The keys of an example, in the manual's order.
const KEYS: &[&str] = &[
    "text",
    "expect",
    "zone",
    "direction",
    "payment",
    "handle",
    "link",
    "entity",
    "discount",
    "discount_limit",
    "price",
    "approval",
    "media",
    "deleted",
    "edited",
    "forwarded",
    "first_contact",
    "off_hours",
];

/// The longest text of an example, in bytes.
const TEXT_BYTES_MAX: usize = 4_096;
/// How many values a list of facts may have.
const VALUES_MAX: usize = 20;

/// Reads one example; `None` where it is too broken to be one.
pub(crate) fn example(value: &Value<'_>, notes: &mut Notes) -> Option<Example> {
    let DeValue::Table(table) = value.get_ref() else {
        wrong_type("example", "a table", value, notes);
        return None;
    };
    let table = Table::new(table, value.span(), "an example");
    table.only(KEYS, notes);
    let text = table.required_text("text", TEXT_BYTES_MAX, notes).map(|text| text.value.to_owned());
    table.required("expect", notes);
    let expect = table.word("expect", Expect::ALL, Expect::word, notes);
    let zone = match table.get("zone") {
        Some(_) => table.word("zone", Zone::ALL, |zone| zone.field().word(), notes),
        None => Some(Zone::Text),
    };
    let facts = facts(&table, notes);
    Some(Example { text: text?, zone: zone?, expect: expect?, facts, span: value.span() })
}

fn facts(table: &Table<'_, '_>, notes: &mut Notes) -> Facts {
    const DIRECTIONS: &[Direction] = &[Direction::In, Direction::Out, Direction::Internal];
    Facts {
        direction: table.word("direction", DIRECTIONS, Direction::word, notes).unwrap_or(Direction::Out),
        payment: table.texts("payment", VALUES_MAX, notes),
        handle: table.texts("handle", VALUES_MAX, notes),
        link: table.texts("link", VALUES_MAX, notes),
        entity: table.texts("entity", VALUES_MAX, notes),
        discount: table.number("discount", notes),
        discount_limit: table.texts("discount_limit", VALUES_MAX, notes),
        price: table.texts("price", VALUES_MAX, notes),
        approval: table.texts("approval", VALUES_MAX, notes),
        media: table.text("media", WORD_BYTES_MAX, notes).map(|media| media.value.to_owned()),
        deleted: table.flag("deleted", notes),
        edited: table.flag("edited", notes),
        forwarded: table.flag("forwarded", notes),
        first_contact: table.flag("first_contact", notes),
        off_hours: table.flag("off_hours", notes),
    }
}
