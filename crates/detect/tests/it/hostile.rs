//! Hostile text: nothing panics, work is bounded, places are places of the text.

use std::time::{Duration, Instant};

use aboveboard_detect::{DETECTORS, derive, mask};
use aboveboard_model::{
    document::Zone,
    features::{Features, Input, SIGHTINGS_MAX},
};
use proptest::prelude::*;

/// Size of a webhook at its limit.
const BYTES: usize = 3 << 20;
/// Far above what a message of the largest size takes even without optimisation, far below what quadratic work would take.
const TIME_MAX: Duration = Duration::from_secs(30);

/// Texts that make a careless detector look back and forth.
const UNITS: &[&str] = &[
    "7",
    "1 ",
    "12 345 ",
    "98765 43210 ",
    "(",
    "[](){}",
    "😀",
    "@",
    "a@",
    "a@b.",
    ".",
    "a.",
    "a.co/",
    "a.co/)",
    "://",
    "http://",
    "http://a:",
    "a://",
    "000201",
    "00020126",
    "-",
    "3f1c8a52-",
    "GB82 ",
    "GB82WEST",
    "order ",
    "pix: ",
    "cpf 1 ",
    "+",
    "+1",
    "%40",
    "pa=a%40",
    "R$ ",
    "R$1,",
    "10% ",
    "折",
    "8折",
    "é",
    "e\u{301}\u{301}",
    "\u{200b}",
    "\u{202e}",
    "１",
    "१२३ ",
    "1.2-3/4(5)",
    "telegram: ",
    "insta @",
    "1,000,",
    "ऑर्डर ",
    "a_b.",
    "4K ",
    "bc1",
    "11.222.333/0001-81 ",
];

fn text(zone: &str) -> Features {
    derive(&Input { zones: vec![(Zone::Text, zone)], country: Some("BR") })
}

fn assert_in_bounds(zone: &str, features: &Features) {
    assert!(features.sightings.len() <= SIGHTINGS_MAX);
    for sighting in &features.sightings {
        assert!(
            zone.get(sighting.start..sighting.end).is_some_and(|place| !place.is_empty()),
            "{sighting:?}"
        );
        assert!((0.0..=1.0).contains(&sighting.confidence) && !sighting.value.is_empty(), "{sighting:?}");
        assert!(
            DETECTORS.iter().any(|detector| detector.kinds.contains(&sighting.kind.as_str())),
            "{sighting:?}"
        );
        assert!(!mask(&sighting.kind, &zone[sighting.start..sighting.end]).is_empty());
    }
    for money in &features.money {
        assert!(
            zone.get(money.start..money.end).is_some_and(|place| !place.is_empty())
                && money.amount.is_finite(),
            "{money:?}"
        );
    }
    assert!(features.discount_percent.is_none_or(|percent| percent > 0.0 && percent <= 100.0));
}

#[test]
fn the_largest_message_of_digits_brackets_or_emoji_is_read_in_bounded_time() {
    for unit in ["7", "(", "😀"] {
        let zone = unit.repeat(BYTES / unit.len());
        let start = Instant::now();
        assert_in_bounds(&zone, &text(&zone));
        assert!(start.elapsed() < TIME_MAX, "{unit}: {:?}", start.elapsed());
    }
}

#[test]
fn ten_times_the_text_takes_about_ten_times_the_time() {
    const SMALL: usize = 2 << 10;
    // Quadratic work would take a hundred times as long in every attempt; noise of a shared machine does not last.
    const RATIO_MAX: u32 = 40;
    const ATTEMPTS_MAX: usize = 30;
    let time = |zone: &str| {
        let start = Instant::now();
        text(zone);
        start.elapsed()
    };
    for unit in UNITS {
        let (small, large) = (unit.repeat(SMALL / unit.len()), unit.repeat(10 * SMALL / unit.len()));
        let is_linear = (0..ATTEMPTS_MAX).any(|_| time(&large) < time(&small) * RATIO_MAX);
        assert!(is_linear, "{unit:?}");
    }
}

#[test]
fn the_same_text_always_gives_the_same_features() {
    let zone = "pix 111.444.777-35, R$ 1.350,00, 10% off, https://wa.me/919876543210, me liga 11 98888-0000";
    assert_eq!(text(zone), text(zone));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_read_without_panic(zone in any::<String>(), country in "[A-Z]{0,3}") {
        let features = derive(&Input { zones: vec![(Zone::Text, &zone), (Zone::Filename, &zone)], country: Some(&country) });
        assert_in_bounds(&zone, &features);
    }

    #[test]
    fn any_mixture_of_hostile_pieces_is_read_without_panic(pieces in prop::collection::vec(0..UNITS.len(), 0..40)) {
        let zone: String = pieces.into_iter().map(|at| UNITS[at]).collect();
        assert_in_bounds(&zone, &text(&zone));
    }

    #[test]
    fn any_cut_of_a_telling_text_is_read_without_panic(from in 0usize..200, to in 0usize..200) {
        const TELLING: &str = "chave pix joana@example.com ou 3f1c8a52-6b0d-4e97-9c21-7d5e0b84a1f6, IBAN GB82 WEST 1234 5698 7654 32 — ₹1,35,000 \
            +५५ (११) ९८८८८-०००० sort code 20-45-53 account 12345678 https://t.me/joana_shop";
        let (from, to) = (TELLING.floor_char_boundary(from.min(to)), TELLING.floor_char_boundary(from.max(to)));
        let zone = &TELLING[from..to];
        assert_in_bounds(zone, &text(zone));
    }
}
