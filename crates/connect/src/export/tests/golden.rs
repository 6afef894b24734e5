//! Golden cases: a folder holds one export (or `archive/`, to be zipped), `options.json` where it needs any, and
//! `expect.json`, which `UPDATE_EXPECT=1` rewrites.

use serde_json::{Map, Value, json};

use super::*;

/// The name under which a case's archive is handed in.
const ARCHIVE_NAME: &str = "WhatsApp Chat - Ana.zip";

#[test]
fn every_golden_case_reads_as_expected() {
    let cases = cases();
    assert!(cases.len() >= 40, "the golden folder has shrunk to {}", cases.len());
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut failed = Vec::new();
    for case in cases {
        let found = format!("{}\n", serde_json::to_string_pretty(&outcome(&case)).unwrap());
        let expected = case.join("expect.json");
        if update {
            std::fs::write(&expected, &found).unwrap();
        } else if !expected.exists() || found.as_bytes() != bytes_of(&expected) {
            failed.push(case.file_name().unwrap().to_owned());
        }
    }
    assert!(failed.is_empty(), "not as expected (UPDATE_EXPECT=1 rewrites): {failed:?}");
}

#[test]
fn no_line_of_a_golden_case_is_lost() {
    for case in cases() {
        let (name, bytes) = input(&case);
        let Ok(mut import) = read_bytes(&bytes, &name, options(&case)) else { continue };
        let raw: Vec<u8> = all_of(&mut import).into_iter().flat_map(|exported| exported.raw).collect();
        assert!(raw == text_in(&case), "{}", case.display());
    }
}

/// The export of a case and the name under which it is handed in.
fn input(case: &Path) -> (String, Vec<u8>) {
    let folder = case.join("archive");
    if !folder.is_dir() {
        let text = text_path(case);
        return (text.file_name().unwrap().to_str().unwrap().to_owned(), bytes_of(&text));
    }
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let files: Vec<(&str, Vec<u8>)> =
        names.iter().map(|name| (name.as_str(), bytes_of(&folder.join(name)))).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    (ARCHIVE_NAME.to_owned(), archive(&files))
}

fn text_path(case: &Path) -> PathBuf {
    let folder = Some(case.join("archive")).filter(|folder| folder.is_dir());
    let mut texts = std::fs::read_dir(folder.as_deref().unwrap_or(case))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"));
    let text = texts.next().unwrap_or_else(|| panic!("{} holds no text", case.display()));
    assert!(texts.next().is_none(), "{} holds two texts", case.display());
    text
}

fn text_in(case: &Path) -> Vec<u8> {
    bytes_of(&text_path(case))
}

/// The options of a case: a firm whose employee is called Rui, in São Paulo, unless the case says otherwise.
fn options(case: &Path) -> Options {
    let path = case.join("options.json");
    let given: Map<String, Value> =
        if path.exists() { serde_json::from_slice(&bytes_of(&path)).unwrap() } else { Map::new() };
    let text = |key: &str| given.get(key).map(|value| value.as_str().unwrap().to_owned());
    let own_names = match given.get("own_names") {
        Some(names) => serde_json::from_value(names.clone()).unwrap(),
        None => vec!["Rui".to_owned()],
    };
    let zone = text("time_zone").unwrap_or_else(|| "America/Sao_Paulo".to_owned());
    Options {
        date_order: text("date_order").map(|word| word.parse().unwrap()),
        own_names,
        conversation: text("conversation"),
        time_zone: jiff::tz::TimeZone::get(&zone).unwrap(),
        ..Options::default()
    }
}

fn outcome(case: &Path) -> Value {
    let (name, bytes) = input(case);
    let mut import = match read_bytes(&bytes, &name, options(case)) {
        Ok(import) => import,
        Err(refusal) => return refused(&refusal),
    };
    let items: Vec<Value> = all_of(&mut import)
        .into_iter()
        .map(|exported| {
            let (first, last) = (exported.lines.start(), exported.lines.end());
            json!({"lines": [first, last], "item": exported.item})
        })
        .collect();
    let survey = import.survey();
    let diagnostics: Vec<String> = import.diagnostics().listed.iter().map(ToString::to_string).collect();
    let files: Vec<Value> = import
        .attachments()
        .into_iter()
        .map(|file| json!({"name": file.name, "size_bytes": file.size_bytes, "line": file.line}))
        .collect();
    json!({
        "conversation": survey.conversation,
        "is_group": survey.is_group,
        "date_order": survey.date_order.word(),
        "senders": survey.senders.0,
        "own_names": survey.own_names.0,
        "items": items,
        "diagnostics": diagnostics,
        "files": files,
    })
}

fn refused(refusal: &Refusal) -> Value {
    let examples: Vec<Value> = match refusal {
        Refusal::DateOrderNeeded { examples } => examples
            .iter()
            .map(|example| {
                let readings: Vec<String> =
                    example.readings.iter().map(|(order, date)| format!("{order} {date}")).collect();
                json!({"line": example.line, "written": example.written, "readings": readings})
            })
            .collect(),
        _ => Vec::new(),
    };
    json!({"refusal": refusal.code(), "message": refusal.to_string(), "examples": examples})
}
