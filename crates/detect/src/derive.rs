//! The one walk over a message: each zone is read once, shown to every detector, settled, and told in places of the stored text.

use std::cmp::Reverse;

use aboveboard_model::{
    document::Zone,
    features::{Features, Input, Place, Role, SIGHTINGS_MAX, Sighting},
};

use crate::{detectors::ALL, discount, findings::Findings, language, money, reading::Reading};

/// Longest text of a zone that is read, in bytes; WhatsApp sends at most 64 Ki characters, a delivery has at most 3 MB.
pub const ZONE_BYTES_MAX: usize = 4 << 20;

/// Sees what there is to see in the words of a message. The same input always gives the same features.
///
/// Time and space are linear in the text, up to [`ZONE_BYTES_MAX`] a zone; nothing panics.
#[must_use]
pub fn derive(input: &Input<'_>) -> Features {
    let mut zones: Vec<(Zone, &str)> = input
        .zones
        .iter()
        .map(|(zone, text)| (*zone, &text[..text.floor_char_boundary(ZONE_BYTES_MAX)]))
        .collect();
    zones.sort_by_key(|(zone, _)| *zone);
    let language = language::of(&zones);
    let country = input.country.or_else(|| language.and_then(language::home));
    let mut features = Features { language: language.map(str::to_owned), ..Features::default() };
    for (zone, text) in zones {
        look(zone, text, country, &mut features);
    }
    keep_most_telling(&mut features.sightings);
    features
}

/// Adds what one zone holds.
fn look(zone: Zone, text: &str, country: Option<&str>, features: &mut Features) {
    let reading = Reading::new(text, country);
    let mut findings = Findings::default();
    for detector in ALL {
        findings.begin();
        (detector.detect)(&reading, &mut findings);
    }
    let settled = findings.settled();
    money::find(&reading, zone, &settled, &mut features.money);
    let offered = discount::largest(reading.text()).map(|(percent, span)| {
        let place = reading.original(span);
        (percent, Place { zone, start: place.start, end: place.end })
    });
    let largest = discount::larger(features.discount_percent.zip(features.discount_at), offered);
    (features.discount_percent, features.discount_at) = largest.unzip();
    features.sightings.extend(settled.into_iter().map(|found| {
        let place = reading.original(found.span);
        Sighting {
            kind: found.kind.to_owned(),
            role: found.role,
            value: found.value,
            zone,
            start: place.start,
            end: place.end,
            confidence: found.confidence,
        }
    }));
}

/// Cuts to [`SIGHTINGS_MAX`] so that a flood of links hides no payee: payees first, then identities, handles, links, the surer ones first.
fn keep_most_telling(sightings: &mut Vec<Sighting>) {
    if sightings.len() <= SIGHTINGS_MAX {
        return;
    }
    let rank = |role: Role| match role {
        Role::Payment => 0,
        Role::Identity => 1,
        Role::Handle => 2,
        Role::Link => 3,
    };
    sightings.sort_by(|a, b| rank(a.role).cmp(&rank(b.role)).then(b.confidence.total_cmp(&a.confidence)));
    sightings.truncate(SIGHTINGS_MAX);
    sightings.sort_by_key(|sighting| (sighting.zone, sighting.start, Reverse(sighting.end)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_links_hides_no_payee() {
        let text = format!("{} pay asha.k@okaxis", "https://a.example/x ".repeat(2 * SIGHTINGS_MAX));
        let features = derive(&Input { zones: vec![(Zone::Text, &text)], country: None });
        assert_eq!(features.sightings.len(), SIGHTINGS_MAX);
        assert!(features.sightings.iter().any(|sighting| sighting.value == "asha.k@okaxis"));
        assert!(features.sightings.is_sorted_by_key(|sighting| sighting.start));
    }

    #[test]
    fn zones_are_told_in_the_order_people_read_them() {
        let zones = vec![
            (Zone::Quoted, "a@example.com"),
            (Zone::Text, "b@example.com"),
            (Zone::Caption, "c@example.com"),
        ];
        let features = derive(&Input { zones, country: None });
        let seen: Vec<Zone> = features.sightings.iter().map(|sighting| sighting.zone).collect();
        assert_eq!(seen, [Zone::Text, Zone::Caption, Zone::Quoted]);
    }

    #[test]
    fn places_are_bytes_of_the_stored_text() {
        let text = "ação: ｊｏａｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ, fone +５５ (１１) ９８８８８-００\u{200b}００!";
        let features = derive(&Input { zones: vec![(Zone::Text, text)], country: None });
        let seen: Vec<(&str, &str)> =
            features.sightings.iter().map(|s| (s.value.as_str(), &text[s.start..s.end])).collect();
        assert_eq!(
            seen,
            [
                ("joana@example.com", "ｊｏａｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ"),
                ("+5511988880000", "+５５ (１１) ９８８８８-００\u{200b}００"),
            ]
        );
    }
}
