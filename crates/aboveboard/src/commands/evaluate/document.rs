//! A document as cases have it: an object of fields.

use aboveboard_model::{
    document::{Amount, Document, Field, FieldType, Zone},
    item::Direction,
    region,
};
use aboveboard_query::{Reading, seconds_of_day};
use jiff::{Timestamp, civil::DateTime, tz::Offset};
use serde_json::{Map, Value};

use super::field;

/// A document, and what the product's own documents cannot hold: any text as a person or a direction, lists of what is one.
#[derive(Default)]
pub(super) struct Case {
    pub(super) document: Document,
    keywords: Vec<(Field, Vec<String>)>,
    clock_seconds: Option<u32>,
}

/// Which field is not as it should be, and why.
type Malformed = (String, String);

impl Case {
    /// Reads the fields; what is null is missing, a field of another name is a mistake.
    pub(super) fn read(fields: &Map<String, Value>) -> Result<Self, Malformed> {
        let mut case = Self::default();
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            let wrong = |why: &str| (name.clone(), why.to_owned());
            let field = field(name).ok_or_else(|| wrong("no field has this name"))?;
            case.set(field, value).map_err(wrong)?;
        }
        case.tell_hour();
        Ok(case)
    }

    /// The document, ready to be matched.
    pub(super) fn reading(&self) -> Reading<'_> {
        let reading = self.keywords.iter().fold(Reading::of(&self.document), |reading, (field, values)| {
            reading.holding(*field, values.clone())
        });
        match self.clock_seconds {
            Some(seconds) => reading.at_clock(seconds),
            None => reading,
        }
    }

    fn set(&mut self, field: Field, value: &Value) -> Result<(), &'static str> {
        match field.kind() {
            FieldType::Text => {
                let text = value.as_str().ok_or("this is a text")?;
                let zone = Zone::ALL.iter().find(|zone| zone.field() == field).ok_or("this is no text")?;
                self.document.zones.insert(*zone, text.to_owned());
            }
            FieldType::Keyword => self.set_keywords(field, texts(value)?),
            FieldType::Number => self.set_number(field, number(value)?)?,
            FieldType::Flag => self.set_flag(field, value.as_bool().ok_or("this is true or false")?),
            FieldType::Instant => self.set_at(value.as_str().ok_or("this is an RFC 3339 time")?)?,
            FieldType::Money => self.document.money = amounts(value)?,
            FieldType::Scores => {
                let scores = value.as_object().ok_or("this is an object of labels and scores")?;
                for (label, score) in scores {
                    self.document.intent.insert(label.clone(), number(score)?);
                }
            }
        }
        Ok(())
    }

    fn set_keywords(&mut self, field: Field, values: Vec<String>) {
        let first = values.first().cloned();
        // What other fields depend on stands in the document too.
        match field {
            Field::Region => self.document.region = first,
            Field::Language => self.document.language = first,
            Field::Kind => self.document.kind = first.unwrap_or_default(),
            Field::Direction => {
                let known = [Direction::In, Direction::Out, Direction::Internal];
                self.document.direction = first
                    .and_then(|word| known.into_iter().find(|one| one.word().eq_ignore_ascii_case(&word)));
            }
            _ => {}
        }
        if !values.is_empty() {
            self.keywords.push((field, values));
        }
    }

    fn set_number(&mut self, field: Field, number: f64) -> Result<(), &'static str> {
        let document = &mut self.document;
        match field {
            Field::Hour => {
                let is_hour = (0.0..24.0).contains(&number) && number.fract() == 0.0;
                document.hour =
                    Some(if is_hour { number as u8 } else { return Err("this is an hour, 0 to 23") });
            }
            Field::Size => {
                let is_size = number >= 0.0 && number.fract() == 0.0;
                document.size_bytes =
                    Some(if is_size { number as u64 } else { return Err("this is a number of bytes") });
            }
            Field::Discount => document.discount = Some(number),
            Field::SideDeal => document.side_deal = Some(number),
            _ => document.score = Some(number),
        }
        Ok(())
    }

    fn set_flag(&mut self, field: Field, flag: bool) {
        let document = &mut self.document;
        let place = match field {
            Field::OffHours => &mut document.off_hours,
            Field::Forwarded => &mut document.forwarded,
            Field::Deleted => &mut document.deleted,
            Field::Edited => &mut document.edited,
            Field::Disappearing => &mut document.disappearing,
            _ => &mut document.first_contact,
        };
        *place = Some(flag);
    }

    fn set_at(&mut self, text: &str) -> Result<(), &'static str> {
        let at: Timestamp = text.parse().map_err(|_| "this is an RFC 3339 time")?;
        // The time of day as it is written: the clock of whoever wrote it.
        let written = text.get(..19).and_then(|local| local.parse::<DateTime>().ok());
        let local = written.unwrap_or_else(|| Offset::UTC.to_datetime(at));
        self.clock_seconds = Some(seconds_of_day(local.time()));
        self.document.at = Some(at);
        Ok(())
    }

    /// The hour where the employee works, where it is not said: by the region, else as the time is written.
    fn tell_hour(&mut self) {
        let (None, Some(at)) = (self.document.hour, self.document.at) else { return };
        let region = self.document.region.as_deref().filter(|code| region::find(code).is_some());
        self.document.hour = match (region, self.clock_seconds) {
            (None, Some(seconds)) => u8::try_from(seconds / 3_600).ok(),
            _ => Some(region::hour_at(region, at).0),
        };
    }
}

fn number(value: &Value) -> Result<f64, &'static str> {
    value.as_f64().ok_or("this is a number")
}

/// One text or several; a number or a flag counts as its text.
fn texts(value: &Value) -> Result<Vec<String>, &'static str> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err("this is a text or a list of texts"),
    };
    match value {
        Value::Array(values) => values.iter().map(one).collect(),
        value => one(value).map(|text| vec![text]),
    }
}

fn amounts(value: &Value) -> Result<Vec<Amount>, &'static str> {
    const WRONG: &str = "this is a list of amounts: {\"amount\", \"currency\"}";
    let amount = |value: &Value| {
        let amount = value.get("amount").and_then(Value::as_f64).ok_or(WRONG)?;
        let currency = match value.get("currency") {
            None | Some(Value::Null) => None,
            Some(currency) => Some(currency.as_str().ok_or(WRONG)?.to_owned()),
        };
        Ok(Amount { amount, currency })
    };
    match value {
        Value::Array(values) => values.iter().map(amount).collect(),
        Value::Object(_) => amount(value).map(|amount| vec![amount]),
        _ => Err(WRONG),
    }
}
