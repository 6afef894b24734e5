//! Golden cases: `tests/golden/<detector>/hits.txt` must each be found, `look_alikes.txt` must not; `UPDATE_EXPECT=1` rewrites what is expected.
//!
//! A case is `text: …` (with `\n` for a line end and `\u{…}` for a code point), optionally `country: XX` before it, and the sightings
//! of the detector's kinds: kind, role, value, the text at the span, confidence.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use aboveboard_detect::{DETECTORS, Detector, derive};
use aboveboard_model::{
    document::Zone,
    features::{CONFIDENCE_MIN, Input, Sighting},
};

const FILE_BYTES_MAX: u64 = 1 << 20;

struct Case {
    country: Option<String>,
    text: String,
    expected: Vec<String>,
}

#[test]
fn every_detector_finds_its_hits_and_leaves_their_look_alikes() {
    for detector in DETECTORS {
        let hits = check(detector, "hits.txt", true);
        let look_alikes = check(detector, "look_alikes.txt", false);
        assert!(hits >= 5, "{}: only {hits} hits", detector.name);
        assert!(look_alikes >= hits, "{}: {look_alikes} look-alikes for {hits} hits", detector.name);
    }
}

#[test]
fn every_file_and_every_golden_folder_is_on_the_list() {
    let names = |folder: PathBuf| -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .filter(|name| name != "addresses") // Shared by e-mail and UPI, finds nothing by itself.
            .collect();
        names.sort();
        names
    };
    let mut listed: Vec<&str> = DETECTORS.iter().map(|detector| detector.name).collect();
    listed.sort_unstable();
    assert_eq!(names(root().join("src/detectors")), listed);
    assert_eq!(names(root().join("tests/golden")), listed);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// Checks one file and says how many cases it has.
fn check(detector: &Detector, file: &str, is_hit: bool) -> usize {
    let path = root().join("tests/golden").join(detector.name).join(file);
    let mut written = String::new();
    File::open(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .take(FILE_BYTES_MAX)
        .read_to_string(&mut written)
        .expect("golden files are UTF-8");
    let cases = parse(&written);
    let mut rewritten = String::new();
    let mut failures = String::new();
    for case in &cases {
        let text = unescape(&case.text);
        let seen = sightings(detector, &text, case.country.as_deref());
        let lines: Vec<String> = seen.iter().map(|sighting| line(sighting, &text)).collect();
        let counts = seen
            .iter()
            .any(|sighting| sighting.kind == detector.kinds[0] && sighting.confidence >= CONFIDENCE_MIN);
        if counts != is_hit {
            failures.push_str(&format!("{}: {lines:?}\n", case.text));
        }
        if lines != case.expected && std::env::var_os("UPDATE_EXPECT").is_none() {
            failures.push_str(&format!("{}: expected {:?}, saw {lines:?}\n", case.text, case.expected));
        }
        if let Some(country) = &case.country {
            rewritten.push_str(&format!("country: {country}\n"));
        }
        rewritten.push_str(&format!("text: {}\n", case.text));
        lines.iter().for_each(|line| rewritten.push_str(&format!("  {line}\n")));
        rewritten.push('\n');
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, rewritten.trim_end().to_owned() + "\n")
            .expect("the golden folder can be written");
    }
    assert!(failures.is_empty(), "{}:\n{failures}", path.display());
    cases.len()
}

fn sightings(detector: &Detector, text: &str, country: Option<&str>) -> Vec<Sighting> {
    let features = derive(&Input { zones: vec![(Zone::Text, text)], country });
    features
        .sightings
        .into_iter()
        .filter(|sighting| detector.kinds.contains(&sighting.kind.as_str()))
        .collect()
}

fn line(sighting: &Sighting, text: &str) -> String {
    let role = format!("{:?}", sighting.role).to_lowercase();
    let place = text[sighting.start..sighting.end].escape_debug();
    format!("{} {role} {} \"{place}\" {}", sighting.kind, sighting.value, sighting.confidence)
}

fn parse(written: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut country = None;
    for line in written.lines() {
        if let Some(named) = line.strip_prefix("country: ") {
            country = Some(named.to_owned());
        } else if let Some(text) = line.strip_prefix("text: ") {
            cases.push(Case { country: country.take(), text: text.to_owned(), expected: Vec::new() });
        } else if let Some(expected) = line.strip_prefix("  ") {
            cases.last_mut().expect("a sighting stands under its text").expected.push(expected.to_owned());
        } else {
            assert!(line.is_empty(), "no part of a case: {line}");
        }
    }
    cases
}

fn unescape(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').expect("a code point ends with a bracket");
        let code = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
        plain.push(code.expect("a hexadecimal code point"));
        plain.push_str(rest);
    }
    plain.replace("\\n", "\n")
}
