//! What the firm offers beside what may be offered: prices beside the list, discounts beside the authority, and approvals.

use std::{collections::BTreeMap, ops::Range};

use aboveboard_model::{
    document::{Against, Amount, Field, Mark, Zone},
    features::{Features, Money, Place},
    id::Index,
    item::Direction,
    registry::{Entry, Held, Terms},
};
use aboveboard_text::{Normal, Options, normalise};
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{Fold, compose::Composed, documents::About};
use crate::{
    error::Result,
    views::{bits, from_json, micros, unbits},
};

/// Positions between an amount and an item that it may be the price of.
const BESIDE_MAX: u32 = 12;
/// Different words of a zone that are looked up.
const WORDS_MAX: usize = 512;
/// Lines of the list with one name that are compared.
const LINES_MAX: i64 = 64;
/// Less than this is no difference: amounts are read as binary fractions.
const CENT: f64 = 0.005;

const BELOW: &str = "below_list";
const AT_LIST: &str = "at_list";
const OVER: &str = "over_authority";
const WITHIN: &str = "within_authority";
const GIVEN: &str = "given";
const NONE: &str = "none";

/// What follows from the terms of the registry.
#[derive(Default)]
pub(super) struct Reckoned {
    pub price: Vec<String>,
    pub discount_limit: Vec<String>,
    pub approval: Vec<String>,
    pub marks: Vec<Mark>,
}

/// Something that goes against a line of the registry.
struct Breach {
    against: Against,
    place: Option<Place>,
    /// How far it goes, in percent of what was due.
    percent: f64,
    /// The amount, where it is one.
    offered: Option<Amount>,
}

/// An item named in a zone, in positions.
struct Mention {
    at: Range<u32>,
    phrase: String,
}

impl Fold<'_> {
    /// Compares what the firm wrote with price list and authority as of its time, and remembers that it offers something.
    pub(super) fn reckon(
        &mut self,
        about: &About,
        composed: &Composed,
        zones: &BTreeMap<Zone, String>,
        features: &Features,
    ) -> Result<Reckoned> {
        let mut reckoned = Reckoned::default();
        let offers = !features.money.is_empty() || features.discount_percent.is_some();
        if !offers || composed.direction == Direction::In {
            return Ok(reckoned);
        }
        let mut breaches = self.prices(about, composed.at, zones, &features.money, &mut reckoned)?;
        breaches.extend(self.discount(about, composed.at, features, &mut reckoned)?);
        self.approvals(about, composed.at, &breaches, &mut reckoned)?;
        self.remember_offer(about, composed.at, features, &breaches)?;
        Ok(reckoned)
    }

    fn remember_offer(
        &self,
        about: &About,
        at: Timestamp,
        features: &Features,
        breaches: &[Breach],
    ) -> Result<()> {
        let entry_of = |breach: &Breach| match breach.against {
            Against::Price { entry, .. } => (Some(bits(entry.0)), None),
            Against::Discount { entry, .. } => (None, Some(bits(entry.0))),
            Against::Approval { .. } => (None, None),
        };
        let below = breaches.iter().find_map(|breach| entry_of(breach).0);
        let over = breaches.iter().find_map(|breach| entry_of(breach).1);
        self.db
            .prepare_cached("INSERT OR REPLACE INTO offers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
                about.doc.row,
                bits(about.conversation.0),
                micros(at),
                !features.money.is_empty(),
                features.discount_percent.is_some(),
                below,
                over,
            ])?;
        Ok(())
    }

    /// Each whole amount beside an item of the list, and those that are less than the list has it.
    fn prices(
        &self,
        about: &About,
        at: Timestamp,
        zones: &BTreeMap<Zone, String>,
        money: &[Money],
        reckoned: &mut Reckoned,
    ) -> Result<Vec<Breach>> {
        let mut breaches = Vec::new();
        let any: bool = self
            .db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM registry_items)")?
            .query_row([], |row| row.get(0))?;
        for (zone, text) in zones.iter().filter(|(zone, _)| any && **zone != Zone::Quoted) {
            let amounts: Vec<&Money> =
                money.iter().filter(|money| money.zone == *zone && !money.is_part).collect();
            if amounts.is_empty() {
                continue;
            }
            let normal = normalise(text, Options::SEARCH);
            let places: Vec<Range<u32>> = amounts.iter().map(|money| positions(&normal, money)).collect();
            let mentions = self.mentions(&normal, &places)?;
            for (money, place) in amounts.iter().zip(&places) {
                let Some(mention) = nearest(place, &mentions) else { continue };
                let Some(line) = self.line(&mention.phrase, about.region.as_deref(), money, at)? else {
                    continue;
                };
                let Terms::Price { price, .. } = &line.entry.terms else { continue };
                let is_below = money.amount < price.amount - CENT;
                let value = if is_below { BELOW } else { AT_LIST };
                let offered = Amount { amount: money.amount, currency: price.currency.clone() };
                let against = Against::Price {
                    item: line.entry.value.clone(),
                    offered: offered.clone(),
                    list: price.clone(),
                    until: line.entry.until,
                    entry: line.index,
                };
                let place = Place { zone: *zone, start: money.start, end: money.end };
                say(&mut reckoned.price, value);
                reckoned.marks.push(marked(Field::Price, value, "PRICE", place, Some(against.clone())));
                if is_below {
                    let percent = (1.0 - money.amount / price.amount) * 100.0;
                    breaches.push(Breach { against, place: Some(place), percent, offered: Some(offered) });
                }
            }
        }
        Ok(breaches)
    }

    /// The items of the list that a text names near some places.
    fn mentions(&self, normal: &Normal, places: &[Range<u32>]) -> Result<Vec<Mention>> {
        let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut mentions: Vec<Mention> = Vec::new();
        let mut lookup = self
            .db
            .prepare_cached("SELECT DISTINCT phrase FROM registry_items WHERE word = ?1 ORDER BY length(phrase) DESC LIMIT ?2")?;
        for token in normal.tokens() {
            let near = places
                .iter()
                .any(|place| distance(place, &(token.position..token.end_position())) <= BESIDE_MAX);
            if !near || known.len() >= WORDS_MAX && !known.contains_key(token.text) {
                continue;
            }
            if !known.contains_key(token.text) {
                let phrases = lookup.query_map(params![token.text, LINES_MAX], |row| row.get(0))?;
                known.insert(token.text.to_owned(), phrases.collect::<rusqlite::Result<_>>()?);
            }
            let rest = &normal.text()[token.place.start..];
            let Some(phrase) = known[token.text].iter().find(|phrase| begins(rest, phrase)) else { continue };
            let words =
                u32::try_from(normalise(phrase, Options::SEARCH).sought_tokens().count()).unwrap_or(1);
            let at = token.position..token.position + words.max(1);
            // "Fridge 450" is not also "Fridge".
            if mentions.last().is_none_or(|last| last.at.end <= at.start || last.phrase.len() < phrase.len())
            {
                mentions.push(Mention { at, phrase: phrase.clone() });
            }
        }
        Ok(mentions)
    }

    /// The line of the list that holds for an amount: of the region before everywhere, then the one that began last.
    fn line(&self, phrase: &str, region: Option<&str>, money: &Money, at: Timestamp) -> Result<Option<Held>> {
        let mut lines = self.db.prepare_cached(
            "SELECT r.json FROM registry_items i JOIN registry r ON r.idx = i.idx WHERE i.word = ?1 AND i.phrase = ?2 \
             AND r.counts = 1 AND r.from_at <= ?3 AND ?3 < r.until_at ORDER BY r.from_at DESC, r.idx DESC LIMIT ?4",
        )?;
        let lines = lines.query_map(params![first_word(phrase), phrase, micros(at), LINES_MAX], |row| {
            row.get::<_, String>(0)
        })?;
        let mut everywhere = None;
        for text in lines {
            let held: Held = from_json(&text?)?;
            let Terms::Price { price, region: of, .. } = &held.entry.terms else { continue };
            if money.currency.is_some() && money.currency != price.currency {
                continue;
            }
            match of {
                Some(of) if region.is_some_and(|region| region.eq_ignore_ascii_case(of)) => {
                    return Ok(Some(held));
                }
                Some(_) => {}
                None => everywhere = everywhere.or(Some(held)),
            }
        }
        Ok(everywhere)
    }

    /// The discount beside what the accountable employee may give.
    fn discount(
        &self,
        about: &About,
        at: Timestamp,
        features: &Features,
        reckoned: &mut Reckoned,
    ) -> Result<Option<Breach>> {
        let Some(offered) = features.discount_percent else { return Ok(None) };
        let Some((limit, entry)) = self.authority(about, at)? else { return Ok(None) };
        let is_over = offered > limit + CENT;
        let value = if is_over { OVER } else { WITHIN };
        let against = Against::Discount { offered, limit, entry };
        say(&mut reckoned.discount_limit, value);
        let place = features.discount_at;
        let mark =
            place.map(|place| marked(Field::DiscountLimit, value, "DISCOUNT", place, Some(against.clone())));
        reckoned.marks.extend(mark);
        Ok(is_over.then_some(Breach { against, place, percent: offered, offered: None }))
    }

    /// What the employee may take off: of the narrowest line that is theirs, the one that began last.
    fn authority(&self, about: &About, at: Timestamp) -> Result<Option<(f64, Index)>> {
        let Some(employee) = about.employee else { return Ok(None) };
        let of = |employee, team: Option<&String>, region: Option<&String>| {
            whose(&Terms::Authority { percent: 0.0, employee, team: team.cloned(), region: region.cloned() })
        };
        let (team, region) = (about.team.as_ref(), about.region.as_ref());
        let mut lines = self.db.prepare_cached(
            "SELECT r.json FROM registry_names n JOIN registry r ON r.idx = n.idx WHERE n.what = 'authority' AND n.name = ?1 \
             AND r.counts = 1 AND r.from_at <= ?2 AND ?2 < r.until_at ORDER BY r.from_at DESC, r.idx DESC LIMIT 1",
        )?;
        for name in [
            of(Some(employee), None, None),
            of(None, team, region),
            of(None, team, None),
            of(None, None, region),
            of(None, None, None),
        ] {
            let mut found = lines.query_map(params![name, micros(at)], |row| row.get::<_, String>(0))?;
            let Some(text) = found.next() else { continue };
            let held: Held = from_json(&text?)?;
            if let Terms::Authority { percent, .. } = held.entry.terms {
                return Ok(Some((percent, held.index)));
            }
        }
        Ok(None)
    }

    /// Whether somebody approved what goes too far; all of it has to be.
    fn approvals(
        &self,
        about: &About,
        at: Timestamp,
        breaches: &[Breach],
        reckoned: &mut Reckoned,
    ) -> Result<()> {
        if breaches.is_empty() {
            return Ok(());
        }
        let approvals = approvals_of(self.db, about, at)?;
        let mut all = true;
        for breach in breaches {
            let given = approvals.iter().find(|held| covers(&held.entry, breach));
            all &= given.is_some();
            let value = if given.is_some() { GIVEN } else { NONE };
            let against = given.map(|held| Against::Approval { entry: held.index });
            let mark = breach.place.map(|place| marked(Field::Approval, value, "APPROVAL", place, against));
            reckoned.marks.extend(mark);
        }
        say(&mut reckoned.approval, if all { GIVEN } else { NONE });
        Ok(())
    }
}

/// Approvals for a conversation or its client that hold at an instant, newest first.
fn approvals_of(db: &Connection, about: &About, at: Timestamp) -> Result<Vec<Held>> {
    let mut names = vec![("conversation", about.conversation.to_string())];
    if let Some(contact) = about.contact {
        // Of a client who was two before, an approval names one of them.
        let mut ids = db.prepare_cached("SELECT id FROM identities WHERE contact = ?1 ORDER BY id")?;
        for id in ids.query_map([bits(contact.0)], |row| row.get::<_, i64>(0))? {
            names.push(("client", aboveboard_model::id::ContactId(unbits(id?)).to_string()));
        }
    }
    let mut lines = db.prepare_cached(
        "SELECT r.json FROM registry_names n JOIN registry r ON r.idx = n.idx WHERE n.what = ?1 AND n.name = ?2 \
         AND r.counts = 1 AND r.from_at <= ?3 AND ?3 < r.until_at ORDER BY r.idx DESC LIMIT ?4",
    )?;
    let mut found = Vec::new();
    for (what, name) in names {
        for text in
            lines.query_map(params![what, name, micros(at), LINES_MAX], |row| row.get::<_, String>(0))?
        {
            found.push(from_json::<Held>(&text?)?);
        }
    }
    Ok(found)
}

/// Whether an approval reaches as far as what was offered.
fn covers(entry: &Entry, breach: &Breach) -> bool {
    let Terms::Approval { percent, price, .. } = &entry.terms else { return false };
    let by_percent = percent.is_some_and(|percent| breach.percent <= percent + CENT);
    let by_price = price.as_ref().zip(breach.offered.as_ref()).is_some_and(|(lowest, offered)| {
        lowest.currency == offered.currency && lowest.amount <= offered.amount + CENT
    });
    by_percent || by_price
}

/// Whose an authority is, as it is looked up.
pub(super) fn whose(terms: &Terms) -> String {
    let Terms::Authority { employee, team, region, .. } = terms else { return String::new() };
    let lower =
        |text: &Option<String>| text.as_ref().map_or(String::new(), |text| text.trim().to_lowercase());
    match employee {
        Some(employee) => employee.to_string(),
        None => format!("{}\n{}", lower(team), lower(region)),
    }
}

/// What an item is called, in normal form, each with the word under which it is looked up.
pub(super) fn phrases(entry: &Entry) -> Vec<(String, String)> {
    let Terms::Price { words, .. } = &entry.terms else { return vec![] };
    let names = std::iter::once(&entry.value).chain(words);
    names
        .map(|name| normalise(name, Options::SEARCH).text().trim().to_owned())
        .map(|phrase| (first_word(&phrase), phrase))
        .filter(|(word, _)| !word.is_empty())
        .collect()
}

fn first_word(phrase: &str) -> String {
    let normal = normalise(phrase, Options::SEARCH);
    normal.sought_tokens().next().map(|token| token.text.to_owned()).unwrap_or_default()
}

/// Whether a text begins with a phrase that ends where a word does.
fn begins(rest: &str, phrase: &str) -> bool {
    let Some(after) = rest.strip_prefix(phrase) else { return false };
    let last = phrase.chars().next_back();
    let goes_on = after.chars().next().is_some_and(char::is_alphanumeric);
    !goes_on || last.is_some_and(|last| !last.is_ascii() && after.starts_with(|c: char| !c.is_ascii()))
}

/// The positions of the tokens that an amount covers.
fn positions(normal: &Normal, money: &Money) -> Range<u32> {
    let mut covered: Option<Range<u32>> = None;
    for token in normal.tokens().filter(|token| token.span.start < money.end && money.start < token.span.end)
    {
        let whole = covered.map_or(token.position, |range| range.start);
        covered = Some(whole..token.end_position());
    }
    covered.unwrap_or(u32::MAX..u32::MAX)
}

/// Positions between two places.
fn distance(one: &Range<u32>, other: &Range<u32>) -> u32 {
    other.start.saturating_sub(one.end).max(one.start.saturating_sub(other.end))
}

/// The item nearest to an amount, of two equally near the one before it.
fn nearest<'m>(place: &Range<u32>, mentions: &'m [Mention]) -> Option<&'m Mention> {
    let near = mentions.iter().filter(|mention| distance(place, &mention.at) <= BESIDE_MAX);
    near.min_by_key(|mention| (distance(place, &mention.at), mention.at.start > place.start))
}

fn say(list: &mut Vec<String>, word: &str) {
    if !list.iter().any(|known| known == word) {
        list.push(word.to_owned());
    }
}

fn marked(field: Field, value: &str, kind: &str, place: Place, against: Option<Against>) -> Mark {
    let Place { zone, start, end } = place;
    Mark { field, value: value.to_owned(), kind: kind.to_owned(), zone, start, end, against }
}
