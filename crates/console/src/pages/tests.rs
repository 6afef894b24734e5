//! Tests of the table of pages.

use std::collections::BTreeSet;

use super::*;
use crate::route::Verb;

#[test]
fn no_page_is_in_the_table_twice() {
    let mut seen = BTreeSet::new();
    for route in ALL {
        assert!(seen.insert((route.path, route.verb == Verb::See)), "{}", route.path);
    }
}

#[test]
fn only_sign_in_and_what_it_needs_is_open_to_everybody() {
    let open: BTreeSet<&str> =
        ALL.iter().filter(|route| route.permission.is_none()).map(|route| route.path).collect();
    assert_eq!(open, BTreeSet::from(["/assets/{name}", "/first-run", "/sign-in"]));
}

#[test]
fn every_act_has_a_bounded_body_and_no_page_has_one() {
    for route in ALL {
        assert_eq!(route.body_bytes_max > 0, route.verb == Verb::Change, "{}", route.path);
        assert!(route.body_bytes_max <= 2 * 1024 * 1024);
    }
}

#[test]
fn a_path_is_lower_case_and_varies_only_in_named_parts() {
    for route in ALL {
        let plain = route.path.replace(['{', '}'], "");
        // The API's version, and its description under the name that machines look for.
        let plain = plain.replace("/api/v1/", "/").replace("/openapi.json", "/");
        assert!(plain.bytes().all(|one| one.is_ascii_lowercase() || b"/-".contains(&one)), "{}", route.path);
    }
}
